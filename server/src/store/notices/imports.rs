//! Uploaded files of notices, and putting their notices into the list.

use super::{FoundMatch, NoticeRow, TEXTS_PER_INSERT, insert_rows, keyed, matches, values_of};
use crate::store::convert::{bytes, gln, int, uint};
use crate::store::{KEYS_PER_QUERY, Store, StoreError, marks, sql};
use sea_orm::{ConnectionTrait as _, FromQueryResult, Value};
use tracelight_api::rest::notice::{NoticeFindings, NoticeImportState};
use tracelight_domain::ids::MemberId;
use tracelight_regulatory::notices::NoticeKey;
use uuid::Uuid;

/// Files of a member that are kept; a new one pushes out the oldest.
pub const NOTICE_FILES_MAX: u64 = 5;
const TABLE: &str = "notice_import";

/// A file, without its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeImportRow {
    /// Id.
    pub id: Uuid,
    /// Whose.
    pub member: MemberId,
    /// The file's name.
    pub name: String,
    /// Hash of its bytes.
    pub hash: [u8; 32],
    /// Where it stands.
    pub state: NoticeImportState,
    /// What its check found.
    pub found: NoticeFindings,
    /// Who uploaded it.
    pub user: String,
    /// When, milliseconds.
    pub created_ms: u64,
}

#[derive(FromQueryResult)]
struct Row {
    id: Vec<u8>,
    member: String,
    name: String,
    content_hash: Vec<u8>,
    state: i16,
    told: Vec<u8>,
    user_name: String,
    created_ms: i64,
}

const COLUMNS: &str = "id, member, name, content_hash, state, told, user_name, created_ms";

const fn state_code(state: NoticeImportState) -> i16 {
    match state {
        NoticeImportState::Checked => 1,
        NoticeImportState::Applied => 2,
    }
}

fn row_of(row: Row) -> Result<NoticeImportRow, StoreError> {
    let state = match row.state {
        1 => NoticeImportState::Checked,
        2 => NoticeImportState::Applied,
        other => return Err(StoreError::corrupt(TABLE, "state", other)),
    };
    Ok(NoticeImportRow {
        id: Uuid::from_bytes(bytes(TABLE, "id", &row.id)?),
        member: gln(TABLE, "member", &row.member)?,
        name: row.name,
        hash: bytes(TABLE, "content_hash", &row.content_hash)?,
        state,
        found: serde_json::from_slice(&row.told).map_err(|error| StoreError::corrupt(TABLE, "told", error))?,
        user: row.user_name,
        created_ms: uint(row.created_ms),
    })
}

impl Store {
    /// Keeps a checked file. One with the same bytes makes room for it, under its own id.
    ///
    /// # Errors
    /// [`StoreError`]; nothing is kept then.
    pub async fn keep_notice_import(&self, row: &NoticeImportRow, file: &[u8]) -> Result<NoticeImportRow, StoreError> {
        let txn = self.begin().await?;
        let text = format!("SELECT {COLUMNS} FROM notice_import WHERE member = ? AND content_hash = ?");
        let values: [Value; 2] = [row.member.to_string().into(), row.hash.to_vec().into()];
        let same = Row::find_by_statement(sql(&txn, &text, values)).one(&txn).await?.map(row_of).transpose()?;
        let kept = NoticeImportRow { id: same.map_or(row.id, |same| same.id), ..row.clone() };
        let text = format!(
            "SELECT id FROM {TABLE} WHERE member = ? AND id <> ? ORDER BY created_ms DESC, id DESC LIMIT ? OFFSET ?"
        );
        let values: [Value; 4] = [
            row.member.to_string().into(),
            kept.id.as_bytes().to_vec().into(),
            int(1_000).into(),
            int(NOTICE_FILES_MAX - 1).into(),
        ];
        let mut gone: Vec<Value> = vec![kept.id.as_bytes().to_vec().into()];
        for old in txn.query_all_raw(sql(&txn, &text, values)).await? {
            gone.push(old.try_get::<Vec<u8>>("", "id")?.into());
        }
        let text = format!("DELETE FROM {TABLE} WHERE id IN ({})", marks(gone.len()));
        txn.execute_raw(sql(&txn, &text, gone)).await?;
        let values: Vec<Value> = vec![
            kept.id.as_bytes().to_vec().into(),
            kept.member.to_string().into(),
            kept.name.clone().into(),
            kept.hash.to_vec().into(),
            state_code(kept.state).into(),
            // Plain strings and numbers: they always have a JSON form.
            serde_json::to_vec(&kept.found).unwrap_or_default().into(),
            kept.user.clone().into(),
            int(kept.created_ms).into(),
            file.to_vec().into(),
        ];
        insert_rows(&txn, "INSERT", TABLE, &format!("{COLUMNS}, file"), 1, vec![values]).await?;
        txn.commit().await?;
        Ok(kept)
    }

    /// The kept files of a member, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn notice_imports(&self, member: MemberId) -> Result<Vec<NoticeImportRow>, StoreError> {
        let text = format!("SELECT {COLUMNS} FROM {TABLE} WHERE member = ? ORDER BY created_ms DESC, id DESC");
        let statement = sql(self.reader(), &text, [member.to_string().into()]);
        Row::find_by_statement(statement).all(self.reader()).await?.into_iter().map(row_of).collect()
    }

    /// One file of a member, with its bytes.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn notice_import(
        &self,
        member: MemberId,
        id: Uuid,
    ) -> Result<Option<(NoticeImportRow, Vec<u8>)>, StoreError> {
        let condition = "WHERE member = ? AND id = ?";
        let values = || -> [Value; 2] { [member.to_string().into(), id.as_bytes().to_vec().into()] };
        let text = format!("SELECT {COLUMNS} FROM {TABLE} {condition}");
        let row = Row::find_by_statement(sql(self.reader(), &text, values())).one(self.reader()).await?;
        let Some(row) = row.map(row_of).transpose()? else { return Ok(None) };
        let text = format!("SELECT file FROM {TABLE} {condition}");
        let file = self.reader().query_one_raw(sql(self.reader(), &text, values())).await?;
        let file = file.map(|row| row.try_get::<Vec<u8>>("", "file")).transpose()?;
        Ok(file.map(|file| (row, file)))
    }

    /// Puts notices in the place of those of their keys, with their matches, and marks the file. One transaction: all of it is
    /// there, or nothing.
    ///
    /// # Errors
    /// [`StoreError`]; nothing is changed then.
    pub async fn apply_notices(
        &self,
        import: &NoticeImportRow,
        rows: &[NoticeRow],
        found: &[FoundMatch],
    ) -> Result<(), StoreError> {
        let txn = self.begin().await?;
        let mut keys: Vec<NoticeKey> = rows.iter().map(|row| row.notice.key.clone()).collect();
        keys.dedup();
        for part in keys.chunks(KEYS_PER_QUERY) {
            let (named, values) = keyed("public_notice", part);
            let text = format!("DELETE FROM public_notice WHERE member = ? AND {named}");
            let values = std::iter::once(Value::from(import.member.to_string())).chain(values);
            txn.execute_raw(sql(&txn, &text, values)).await?;
        }
        let columns = "member, source, notice_id, part, recall_class, status, sort_date, content, words, changed_ms";
        let values = rows.iter().map(|row| values_of(import.member, row)).collect();
        insert_rows(&txn, "INSERT", "public_notice", columns, TEXTS_PER_INSERT, values).await?;
        matches::drop_of(&txn, import.member, &keys).await?;
        matches::put(&txn, import.member, found).await?;
        let text = format!("UPDATE {TABLE} SET state = ? WHERE id = ?");
        let values: [Value; 2] = [state_code(NoticeImportState::Applied).into(), import.id.as_bytes().to_vec().into()];
        txn.execute_raw(sql(&txn, &text, values)).await?;
        Ok(txn.commit().await?)
    }
}

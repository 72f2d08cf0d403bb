//! Imports: uploaded files as jobs, and what they put into the database.
//!
//! * What an import does is one transaction with its new state: all of it is there, or nothing.
//! * Codes stand under a code order of their own, one for each batch, whose id the import remembers. Taking it back deletes
//!   them, as long as none of them was used.
//! * At most [`OPEN_MAX`] files of a member wait; a new one pushes out the oldest.

use super::convert::{bytes, gln, int, uint};
use super::entity::{code, code_order, import_file, import_job, import_order, partner};
use super::listing::{Column, Conditions, Holds, List, Place, Wanted};
use super::lists::{Keyed, Narrowed, in_order, keyed, odd};
use super::orders::state_code as order_state;
use super::{KEYS_PER_QUERY, ROWS_PER_INSERT, Store, StoreError, sql};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, DatabaseTransaction, EntityTrait as _, FromQueryResult as _, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use std::collections::BTreeMap;
use tracelight_api::rest::goods::OrderState;
use tracelight_api::rest::imports::{ImportFault, ImportKind, ImportState, Partner};
use tracelight_domain::gs1::{Gln, Gtin, Serial};
use tracelight_domain::ids::{BatchId, MemberId};
use tracelight_imports::{CodeRow, PartnerRow};
use uuid::Uuid;

/// Files of a member that are checked or refused and still kept.
pub const OPEN_MAX: u64 = 20;

const TABLE: &str = "import_job";

/// The list of imports.
pub const IMPORTS: List = List { from: "import_job i", key: &[Column { sql: "i.id", holds: Holds::Bytes }] };
/// Columns that it can be sorted by.
pub const IMPORT_SORTS: &[(&str, Column)] = &[
    ("uploaded", Column { sql: "i.created_ms", holds: Holds::Int }),
    ("name", Column { sql: "i.name", holds: Holds::Text }),
    ("rows", Column { sql: "i.row_count", holds: Holds::Int }),
];

/// A job as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportRow {
    /// Id.
    pub id: Uuid,
    /// Whose.
    pub member: MemberId,
    /// What it is about.
    pub kind: ImportKind,
    /// The file's name.
    pub name: String,
    /// Hash of file and mapping.
    pub hash: [u8; 32],
    /// The mapping as it was told.
    pub mapping: String,
    /// Where it stands.
    pub state: ImportState,
    /// Rows below the header.
    pub rows: u64,
    /// Rows with a fault.
    pub refused: u64,
    /// All faults.
    pub faults_count: u64,
    /// The first ones.
    pub faults: Vec<ImportFault>,
    /// Rows that are done.
    pub applied: u64,
    /// Who uploaded it.
    pub user: String,
    /// When, milliseconds.
    pub created_ms: u64,
}

/// Why codes cannot be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TakenBack {
    /// They are gone.
    Done,
    /// Some were used; all stay.
    Used,
    /// The import is not one that was applied.
    NotApplied,
}

const fn kind_code(kind: ImportKind) -> i16 {
    match kind {
        ImportKind::Products => 1,
        ImportKind::Partners => 2,
        ImportKind::Codes => 3,
    }
}

const fn state_code(state: ImportState) -> i16 {
    match state {
        ImportState::Checked => 1,
        ImportState::Refused => 2,
        ImportState::Applying => 3,
        ImportState::Applied => 4,
        ImportState::Undone => 5,
    }
}

fn row_of(row: import_job::Model) -> Result<ImportRow, StoreError> {
    let kinds = [ImportKind::Products, ImportKind::Partners, ImportKind::Codes];
    let kind = kinds.into_iter().find(|kind| kind_code(*kind) == row.kind);
    let state = ImportState::ALL.into_iter().find(|state| state_code(*state) == row.state);
    Ok(ImportRow {
        id: Uuid::from_bytes(bytes(TABLE, "id", &row.id)?),
        member: gln(TABLE, "member", &row.member)?,
        kind: kind.ok_or_else(|| StoreError::corrupt(TABLE, "kind", row.kind))?,
        name: row.name,
        hash: bytes(TABLE, "content_hash", &row.content_hash)?,
        mapping: row.mapping,
        state: state.ok_or_else(|| StoreError::corrupt(TABLE, "state", row.state))?,
        rows: uint(row.row_count),
        refused: uint(row.refused),
        faults_count: uint(row.faults),
        faults: serde_json::from_slice(&row.told).map_err(|error| StoreError::corrupt(TABLE, "told", error))?,
        applied: uint(row.applied),
        user: row.user_name,
        created_ms: uint(row.created_ms),
    })
}

fn new_row(row: &ImportRow) -> import_job::Model {
    import_job::Model {
        id: row.id.as_bytes().to_vec(),
        member: row.member.to_string(),
        kind: kind_code(row.kind),
        name: row.name.clone(),
        content_hash: row.hash.to_vec(),
        mapping: row.mapping.clone(),
        state: state_code(row.state),
        row_count: int(row.rows),
        refused: int(row.refused),
        faults: int(row.faults_count),
        // Plain strings and numbers: they always have a JSON form.
        told: serde_json::to_vec(&row.faults).unwrap_or_default(),
        applied: int(row.applied),
        user_name: row.user.clone(),
        created_ms: int(row.created_ms),
    }
}

impl Store {
    /// Keeps a checked file. One with the same content that was not applied makes room for it; one that was stands.
    ///
    /// # Errors
    /// [`StoreError`]; nothing is kept then.
    pub async fn keep_import(&self, row: &ImportRow, file: &[u8]) -> Result<ImportRow, StoreError> {
        let txn = self.begin().await?;
        let same = import_job::Entity::find()
            .filter(import_job::Column::Member.eq(row.member.to_string()))
            .filter(import_job::Column::Kind.eq(kind_code(row.kind)))
            .filter(import_job::Column::ContentHash.eq(row.hash.to_vec()))
            .one(&txn)
            .await?;
        if let Some(same) = same {
            if [state_code(ImportState::Applying), state_code(ImportState::Applied)].contains(&same.state) {
                txn.rollback().await?;
                return row_of(same);
            }
            forget(&txn, vec![same.id]).await?;
        }
        let open = [state_code(ImportState::Checked), state_code(ImportState::Refused)];
        let old: Vec<Vec<u8>> = import_job::Entity::find()
            .select_only()
            .column(import_job::Column::Id)
            .filter(import_job::Column::Member.eq(row.member.to_string()))
            .filter(import_job::Column::State.is_in(open))
            .order_by_desc(import_job::Column::Id)
            .offset(OPEN_MAX - 1)
            .limit(OPEN_MAX)
            .into_tuple()
            .all(&txn)
            .await?;
        forget(&txn, old).await?;
        import_job::Entity::insert(new_row(row).into_active_model()).exec_without_returning(&txn).await?;
        let content = import_file::Model { id: row.id.as_bytes().to_vec(), content: file.to_vec() };
        import_file::Entity::insert(content.into_active_model()).exec_without_returning(&txn).await?;
        txn.commit().await?;
        Ok(row.clone())
    }

    /// One import.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn import(&self, id: Uuid) -> Result<Option<ImportRow>, StoreError> {
        let row = import_job::Entity::find_by_id(id.as_bytes().to_vec()).one(self.reader()).await?;
        row.map(row_of).transpose()
    }

    /// The file of an import, while it is kept.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn import_file(&self, id: Uuid) -> Result<Option<Vec<u8>>, StoreError> {
        let row = import_file::Entity::find_by_id(id.as_bytes().to_vec()).one(self.reader()).await?;
        Ok(row.map(|row| row.content))
    }

    /// Imports of a member. Words are looked for in the file's name and in who uploaded it; the states are those of an import.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn list_imports(
        &self,
        member: MemberId,
        narrowed: &Narrowed,
        wanted: &Wanted,
    ) -> Result<Keyed<Uuid>, StoreError> {
        let mut conditions = Conditions::default();
        conditions.add("i.member = ?", [member.to_string().into()]);
        if let Some((part, values)) = self.words(&narrowed.q, &["i.user_name"], &[], &["i.name"]) {
            conditions.add(part, values);
        }
        let state = narrowed.status.and_then(ImportState::parse);
        if let Some(state) = state {
            conditions.add("i.state = ?", [state_code(state).into()]);
        }
        keyed(self.places(&IMPORTS, wanted, conditions).await?, |key| match key {
            [Place::Bytes(id)] => Ok(Uuid::from_bytes(bytes(TABLE, "id", id)?)),
            _ => Err(odd(TABLE)),
        })
    }

    /// These imports, in their order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn imports_at(&self, ids: &[Uuid]) -> Result<Vec<ImportRow>, StoreError> {
        let mut out = Vec::with_capacity(ids.len());
        for part in ids.chunks(KEYS_PER_QUERY) {
            let keys: Vec<Vec<u8>> = part.iter().map(|id| id.as_bytes().to_vec()).collect();
            let rows = import_job::Entity::find().filter(import_job::Column::Id.is_in(keys.clone()));
            let rows = in_order(&keys, rows.all(self.reader()).await?, |row| row.id.clone());
            out.extend(rows.into_iter().map(row_of).collect::<Result<Vec<_>, _>>()?);
        }
        Ok(out)
    }

    /// Writes how far an import of products is.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn import_progress(&self, id: Uuid, state: ImportState, applied: u64) -> Result<(), StoreError> {
        let txn = self.begin().await?;
        let open = [ImportState::Checked, ImportState::Applying];
        set_state(&txn, id, &open, state, applied).await?;
        Ok(txn.commit().await?)
    }

    /// Puts partners into the member's address book. False when the import was applied meanwhile.
    ///
    /// # Errors
    /// [`StoreError`]; nothing is stored then.
    pub async fn apply_partners(&self, import: &ImportRow, rows: &[(u32, PartnerRow)]) -> Result<bool, StoreError> {
        let txn = self.begin().await?;
        let applied = rows.len() as u64;
        if !set_state(&txn, import.id, &[ImportState::Checked], ImportState::Applied, applied).await? {
            txn.rollback().await?;
            return Ok(false);
        }
        let member = import.member.to_string();
        let last: Option<Option<i64>> = partner::Entity::find()
            .select_only()
            .column_as(partner::Column::Seq.max(), "last")
            .filter(partner::Column::Member.eq(member.clone()))
            .into_tuple()
            .one(&txn)
            .await?;
        // Two imports of a member at once would collide in the key, and the second be undone: no entry is ever lost.
        let seq = last.flatten().unwrap_or(0) + 1;
        let models: Vec<_> = rows
            .iter()
            .map(|(_, row)| {
                partner::Model {
                    member: member.clone(),
                    gln: row.gln.to_string(),
                    seq,
                    import_id: import.id.as_bytes().to_vec(),
                    name_zh: row.name_zh.clone(),
                    name_en: row.name_en.clone(),
                    partner_role: row.role.to_owned(),
                    licence: row.licence.clone(),
                    licence_until: row.licence_until.map(|date| date.to_string()),
                }
                .into_active_model()
            })
            .collect();
        for chunk in models.chunks(ROWS_PER_INSERT) {
            partner::Entity::insert_many(chunk.to_vec()).exec_without_returning(&txn).await?;
        }
        txn.commit().await?;
        Ok(true)
    }

    /// Stores codes that were made elsewhere, each batch as an order that is done. False when the import was applied
    /// meanwhile.
    ///
    /// # Errors
    /// [`StoreError`], also when a serial was taken meanwhile; nothing is stored then.
    pub async fn apply_codes(
        &self,
        import: &ImportRow,
        rows: &[(u32, CodeRow)],
        now_ms: u64,
    ) -> Result<bool, StoreError> {
        let txn = self.begin().await?;
        let applied = rows.len() as u64;
        if !set_state(&txn, import.id, &[ImportState::Checked], ImportState::Applied, applied).await? {
            txn.rollback().await?;
            return Ok(false);
        }
        let mut batches: BTreeMap<BatchId, Vec<&Serial>> = BTreeMap::new();
        for (_, row) in rows {
            let batch = BatchId { gtin: row.gtin, lot: row.lot.clone() };
            batches.entry(batch).or_default().push(&row.serial);
        }
        for (batch, serials) in batches {
            store_order(&txn, import, &batch, &serials, now_ms).await?;
        }
        txn.commit().await?;
        Ok(true)
    }

    /// Takes partners or codes back.
    ///
    /// # Errors
    /// [`StoreError`]; nothing is taken back then.
    pub async fn undo_import(&self, import: &ImportRow) -> Result<TakenBack, StoreError> {
        let txn = self.begin().await?;
        if !set_state(&txn, import.id, &[ImportState::Applied], ImportState::Undone, 0).await? {
            txn.rollback().await?;
            return Ok(TakenBack::NotApplied);
        }
        let id = import.id.as_bytes().to_vec();
        partner::Entity::delete_many().filter(partner::Column::ImportId.eq(id.clone())).exec(&txn).await?;
        let orders: Vec<Vec<u8>> = import_order::Entity::find()
            .select_only()
            .column(import_order::Column::OrderId)
            .filter(import_order::Column::ImportId.eq(id.clone()))
            .into_tuple()
            .all(&txn)
            .await?;
        for order in orders {
            let made: Option<i64> = code_order::Entity::find_by_id(order.clone())
                .select_only()
                .column(code_order::Column::Made)
                .into_tuple()
                .one(&txn)
                .await?;
            // What a line holds may be on a label by now. The deletion itself asks, because a line may take codes meanwhile.
            let untouched = code::Entity::delete_many()
                .filter(code::Column::OrderId.eq(order.clone()))
                .filter(code::Column::State.eq(super::codes::ISSUED))
                .filter(code::Column::BlockId.is_null());
            if int(untouched.exec(&txn).await?.rows_affected) != made.unwrap_or(0) {
                txn.rollback().await?;
                return Ok(TakenBack::Used);
            }
            code_order::Entity::delete_by_id(order).exec(&txn).await?;
        }
        import_order::Entity::delete_many().filter(import_order::Column::ImportId.eq(id)).exec(&txn).await?;
        txn.commit().await?;
        Ok(TakenBack::Done)
    }

    /// Which of these serials a product has already.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn taken_serials(&self, gtin: Gtin, serials: &[&Serial]) -> Result<Vec<Vec<u8>>, StoreError> {
        let mut taken = Vec::new();
        for chunk in serials.chunks(ROWS_PER_INSERT) {
            let found: Vec<Vec<u8>> = code::Entity::find()
                .select_only()
                .column(code::Column::Serial)
                .filter(code::Column::Gtin.eq(gtin.to_string()))
                .filter(code::Column::Serial.is_in(chunk.iter().map(|serial| serial.as_bytes().to_vec())))
                .into_tuple()
                .all(self.reader())
                .await?;
            taken.extend(found);
        }
        Ok(taken)
    }

    /// Partners of a member after a GLN, in the order of their GLNs.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn partners(&self, member: MemberId, after: Option<Gln>, limit: u64) -> Result<Vec<Partner>, StoreError> {
        let text = "SELECT p.* FROM partner p JOIN (SELECT gln, MAX(seq) AS seq FROM partner WHERE member = ? \
                    GROUP BY gln) l ON l.gln = p.gln AND l.seq = p.seq \
                    WHERE p.member = ? AND p.gln > ? ORDER BY p.gln LIMIT ?";
        let member = member.to_string();
        let after = after.map(|gln| gln.to_string()).unwrap_or_default();
        let values = [member.clone().into(), member.into(), after.into(), int(limit).into()];
        let rows = partner::Model::find_by_statement(sql(self.reader(), text, values)).all(self.reader()).await?;
        let view = |row: partner::Model| Partner {
            gln: row.gln,
            name_zh: row.name_zh,
            name_en: row.name_en,
            role: row.partner_role,
            licence: row.licence,
            licence_until: row.licence_until,
        };
        Ok(rows.into_iter().map(view).collect())
    }
}

/// Moves an import from one of some states; a file that is not needed any more goes. False when it stood elsewhere.
async fn set_state(
    txn: &DatabaseTransaction,
    id: Uuid,
    from: &[ImportState],
    to: ImportState,
    applied: u64,
) -> Result<bool, StoreError> {
    let key = id.as_bytes().to_vec();
    let done = import_job::Entity::update_many()
        .col_expr(import_job::Column::State, Expr::value(state_code(to)))
        .col_expr(import_job::Column::Applied, Expr::value(int(applied)))
        .filter(import_job::Column::Id.eq(key.clone()))
        .filter(import_job::Column::State.is_in(from.iter().map(|state| state_code(*state))))
        .exec(txn)
        .await?;
    // MySQL counts rows that changed: every move changes the state or the number, or there is nothing to do.
    if matches!(to, ImportState::Applied | ImportState::Undone) {
        import_file::Entity::delete_by_id(key).exec(txn).await?;
    }
    Ok(done.rows_affected > 0)
}

async fn forget(txn: &DatabaseTransaction, ids: Vec<Vec<u8>>) -> Result<(), StoreError> {
    if ids.is_empty() {
        return Ok(());
    }
    import_file::Entity::delete_many().filter(import_file::Column::Id.is_in(ids.clone())).exec(txn).await?;
    import_job::Entity::delete_many().filter(import_job::Column::Id.is_in(ids)).exec(txn).await?;
    Ok(())
}

async fn store_order(
    txn: &DatabaseTransaction,
    import: &ImportRow,
    batch: &BatchId,
    serials: &[&Serial],
    now_ms: u64,
) -> Result<(), StoreError> {
    let id = Uuid::now_v7().as_bytes().to_vec();
    let (gtin, lot) = (batch.gtin.to_string(), batch.lot.as_bytes().to_vec());
    let count = int(serials.len() as u64);
    let order = code_order::Model {
        id: id.clone(),
        gtin: gtin.clone(),
        lot: lot.clone(),
        member: import.member.to_string(),
        wanted: count,
        made: count,
        signed: 0,
        state: order_state(OrderState::Done),
        created_ms: int(now_ms),
        started_ms: None,
        updated_ms: int(now_ms),
        made_before: 0,
        worker: None,
        lease_ms: 0,
        error: None,
    };
    code_order::Entity::insert(order.into_active_model()).exec_without_returning(txn).await?;
    let link = import_order::Model { import_id: import.id.as_bytes().to_vec(), order_id: id.clone() };
    import_order::Entity::insert(link.into_active_model()).exec_without_returning(txn).await?;
    for (chunk, first) in serials.chunks(ROWS_PER_INSERT).zip((0i64..).step_by(ROWS_PER_INSERT)) {
        let rows = chunk.iter().zip(first..).map(|(serial, seq)| {
            let serial = serial.as_bytes().to_vec();
            let (gtin, lot) = (gtin.clone(), lot.clone());
            code::Model { gtin, serial, lot, order_id: id.clone(), seq, state: 0, block_id: None }.into_active_model()
        });
        code::Entity::insert_many(rows).exec_without_returning(txn).await?;
    }
    Ok(())
}

//! Sessions behind the cookie `tl_session`, for tower-sessions, and as their owners see them. A row's key is the SHA-256 of
//! the session id, so that a copy of the table signs nobody in.
//!
//! Whose a session is, when it began and in what kind of browser stand in its data and in columns of their own; when it was
//! last seen, to the minute, in a column only. No address is kept.

use super::audit::NewAudit;
use super::auth::{UserStep, finished};
use super::convert::{bytes, int, uint, uuid};
use super::entity::app_session;
use super::{Store, StoreError, sql};
use async_trait::async_trait;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DatabaseTransaction, EntityTrait as _, FromQueryResult,
    IntoActiveModel as _, QueryFilter as _, Value,
};
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result};
use tower_sessions::{ExpiredDeletion, SessionStore};
use tracelight_api::rest::account::SESSIONS_MAX;
use tracelight_proof::hash::sha256;
use uuid::Uuid;

/// Attempts to draw a session id that is free. One of 2^128 is taken about never.
const CREATE_ATTEMPTS_MAX: usize = 4;
/// Whose session it is, within its data.
pub const SESSION_USER: &str = "account";
/// When it began, within its data.
pub const SESSION_BEGUN: &str = "begun_ms";
/// The kind of browser, within its data.
pub const SESSION_BROWSER: &str = "browser";

/// The key of a session's row.
#[must_use]
pub fn session_key(id: &Id) -> [u8; 32] {
    sha256(&id.0.to_be_bytes()).0
}

fn key(id: &Id) -> Vec<u8> {
    session_key(id).to_vec()
}

/// A session of somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRow {
    /// Its row's key.
    pub key: [u8; 32],
    /// When it began.
    pub begun_ms: u64,
    /// When it was last seen.
    pub seen_ms: u64,
    /// The kind of browser.
    pub browser: String,
}

#[derive(FromQueryResult)]
struct Row {
    id: Vec<u8>,
    begun_ms: Option<i64>,
    seen_ms: Option<i64>,
    browser: Option<String>,
}

impl Store {
    /// The sessions of an account that are running, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn sessions_of(&self, user: Uuid, now_ms: u64) -> std::result::Result<Vec<SessionRow>, StoreError> {
        let text = "SELECT id, begun_ms, seen_ms, browser FROM app_session WHERE user_id = ? AND expires_ms > ? \
                    ORDER BY begun_ms DESC LIMIT ?";
        let values: [Value; 3] = [uuid(user), int(now_ms).into(), int(2 * SESSIONS_MAX).into()];
        let rows = Row::find_by_statement(sql(self.reader(), text, values)).all(self.reader()).await?;
        let one = |row: Row| {
            let begun_ms = row.begun_ms.map_or(0, uint);
            Ok(SessionRow {
                key: bytes("app_session", "id", &row.id)?,
                begun_ms,
                seen_ms: row.seen_ms.map_or(begun_ms, uint),
                browser: row.browser.unwrap_or_default(),
            })
        };
        rows.into_iter().map(one).collect()
    }

    /// Makes room for one more session of an account: the oldest beyond the bound end.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn room_for_session(&self, user: Uuid, now_ms: u64) -> std::result::Result<(), StoreError> {
        let kept = usize::try_from(SESSIONS_MAX - 1).unwrap_or(usize::MAX);
        for old in self.sessions_of(user, now_ms).await?.into_iter().skip(kept) {
            app_session::Entity::delete_by_id(old.key.to_vec()).exec(self.writer()).await?;
        }
        Ok(())
    }

    /// Writes down when a session was seen.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn session_seen(&self, key: [u8; 32], seen_ms: u64) -> std::result::Result<(), StoreError> {
        let text = "UPDATE app_session SET seen_ms = ? WHERE id = ? AND (seen_ms IS NULL OR seen_ms < ?)";
        let values: [Value; 3] = [int(seen_ms).into(), key.to_vec().into(), int(seen_ms).into()];
        self.writer().execute_raw(sql(self.writer(), text, values)).await?;
        Ok(())
    }

    /// Ends one session of an account; `Outdated` when it has none such.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn end_session(
        &self,
        user: Uuid,
        key: [u8; 32],
        line: NewAudit,
        now_ms: u64,
    ) -> std::result::Result<UserStep, StoreError> {
        let txn = self.begin().await?;
        let text = "DELETE FROM app_session WHERE id = ? AND user_id = ?";
        let values: [Value; 2] = [key.to_vec().into(), uuid(user)];
        if txn.execute_raw(sql(&txn, text, values)).await?.rows_affected() == 0 {
            return Ok(UserStep::Outdated);
        }
        finished(txn, line, now_ms).await
    }

    /// Ends all sessions of an account but one. Returns how many.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn end_other_sessions(
        &self,
        user: Uuid,
        kept: [u8; 32],
        line: NewAudit,
        now_ms: u64,
    ) -> std::result::Result<u64, StoreError> {
        let txn = self.begin().await?;
        let ended = end_of(&txn, user, Some(kept)).await?;
        finished(txn, line, now_ms).await?;
        Ok(ended)
    }
}

/// Ends all sessions of an account, or all but one.
pub(super) async fn end_of(
    txn: &DatabaseTransaction,
    user: Uuid,
    kept: Option<[u8; 32]>,
) -> std::result::Result<u64, StoreError> {
    let text = "DELETE FROM app_session WHERE user_id = ? AND id <> ?";
    // No row has an empty key.
    let kept = kept.map_or_else(Vec::new, |key| key.to_vec());
    Ok(txn.execute_raw(sql(txn, text, [uuid(user), kept.into()])).await?.rows_affected())
}

fn expires_ms(record: &Record) -> i64 {
    i64::try_from(record.expiry_date.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

fn backend(error: impl ToString) -> Error {
    Error::Backend(error.to_string())
}

fn row(record: &Record) -> Result<app_session::Model> {
    let data = serde_json::to_vec(record).map_err(|error| Error::Encode(error.to_string()))?;
    let text = |name: &str| record.data.get(name).and_then(serde_json::Value::as_str);
    let begun_ms = record.data.get(SESSION_BEGUN).and_then(serde_json::Value::as_u64).map(int);
    Ok(app_session::Model {
        id: key(&record.id),
        data,
        expires_ms: expires_ms(record),
        user_id: text(SESSION_USER).and_then(|id| Uuid::parse_str(id).ok()).map(|id| id.as_bytes().to_vec()),
        begun_ms,
        seen_ms: begun_ms,
        browser: text(SESSION_BROWSER).map(str::to_owned),
    })
}

#[async_trait]
impl SessionStore for Store {
    async fn create(&self, record: &mut Record) -> Result<()> {
        for _ in 0..CREATE_ATTEMPTS_MAX {
            if app_session::Entity::find_by_id(key(&record.id)).one(self.reader()).await.map_err(backend)?.is_none() {
                return self.save(record).await;
            }
            record.id = Id::default();
        }
        Err(backend("no free session id was drawn; the source of randomness is broken"))
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let newer = OnConflict::column(app_session::Column::Id)
            .update_columns([
                app_session::Column::Data,
                app_session::Column::ExpiresMs,
                app_session::Column::UserId,
                app_session::Column::BegunMs,
                app_session::Column::Browser,
            ])
            .to_owned();
        app_session::Entity::insert(row(record)?.into_active_model())
            .on_conflict(newer)
            .exec_without_returning(self.writer())
            .await
            .map_err(backend)?;
        Ok(())
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let found = app_session::Entity::find_by_id(key(id)).one(self.reader()).await.map_err(backend)?;
        let now = int(crate::clock::now_ms());
        let Some(row) = found.filter(|row| row.expires_ms > now) else { return Ok(None) };
        serde_json::from_slice(&row.data).map(Some).map_err(|error| Error::Decode(error.to_string()))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        app_session::Entity::delete_by_id(key(id)).exec(self.writer()).await.map_err(backend)?;
        Ok(())
    }
}

#[async_trait]
impl ExpiredDeletion for Store {
    async fn delete_expired(&self) -> Result<()> {
        app_session::Entity::delete_many()
            .filter(app_session::Column::ExpiresMs.lte(int(crate::clock::now_ms())))
            .exec(self.writer())
            .await
            .map_err(backend)?;
        Ok(())
    }
}

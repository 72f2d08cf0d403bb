//! Sessions behind the cookie `tl_session`, for tower-sessions. A row's key is the SHA-256 of the session id, so that a
//! copy of the table signs nobody in.

use super::Store;
use super::convert::int;
use super::entity::app_session;
use async_trait::async_trait;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _};
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result};
use tower_sessions::{ExpiredDeletion, SessionStore};
use tracelight_proof::hash::sha256;

/// Attempts to draw a session id that is free. One of 2^128 is taken about never.
const CREATE_ATTEMPTS_MAX: usize = 4;

fn key(id: &Id) -> Vec<u8> {
    sha256(&id.0.to_be_bytes()).0.to_vec()
}

fn expires_ms(record: &Record) -> i64 {
    i64::try_from(record.expiry_date.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

fn backend(error: impl ToString) -> Error {
    Error::Backend(error.to_string())
}

fn row(record: &Record) -> Result<app_session::Model> {
    let data = serde_json::to_vec(record).map_err(|error| Error::Encode(error.to_string()))?;
    Ok(app_session::Model { id: key(&record.id), data, expires_ms: expires_ms(record) })
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
            .update_columns([app_session::Column::Data, app_session::Column::ExpiresMs])
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

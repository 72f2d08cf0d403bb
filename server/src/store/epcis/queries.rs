//! Stored queries.

use super::insert;
use crate::store::convert::{int, uint};
use crate::store::{Store, StoreError, sql};
use sea_orm::{ConnectionTrait as _, FromQueryResult, Value};
use tracelight_domain::ids::MemberId;

/// Stored queries of one member.
pub const QUERIES_MAX: u64 = 200;

/// A stored query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryRow {
    /// Its name.
    pub name: String,
    /// The JSON of its parameters.
    pub body: String,
    /// When it was stored, milliseconds.
    pub created_ms: u64,
}

/// What became of a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueryStored {
    /// It is new.
    Stored,
    /// One of that name is there.
    Taken,
    /// The member has [`QUERIES_MAX`].
    TooMany,
}

#[derive(FromQueryResult)]
struct Row {
    name: Vec<u8>,
    body: Vec<u8>,
    created_ms: i64,
}

fn query(row: Row) -> Result<QueryRow, StoreError> {
    let text = |column, bytes: Vec<u8>| {
        String::from_utf8(bytes).map_err(|error| StoreError::corrupt("epcis_query", column, error))
    };
    Ok(QueryRow { name: text("name", row.name)?, body: text("body", row.body)?, created_ms: uint(row.created_ms) })
}

impl Store {
    /// Stores a query under a free name.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn epcis_add_query(
        &self,
        member: MemberId,
        name: &str,
        body: &str,
        now_ms: u64,
    ) -> Result<QueryStored, StoreError> {
        let txn = self.begin().await?;
        let text = "SELECT name FROM epcis_query WHERE member = ?";
        let found = txn.query_all_raw(sql(&txn, text, [member.to_string().into()])).await?;
        let names: Vec<Vec<u8>> = found.iter().map(|row| row.try_get("", "name")).collect::<Result<_, _>>()?;
        if names.iter().any(|taken| taken == name.as_bytes()) {
            return Ok(QueryStored::Taken);
        }
        if names.len() as u64 >= QUERIES_MAX {
            return Ok(QueryStored::TooMany);
        }
        let row: Vec<Value> = vec![
            member.to_string().into(),
            name.as_bytes().to_vec().into(),
            body.as_bytes().to_vec().into(),
            int(now_ms).into(),
        ];
        insert(&txn, "INSERT", "epcis_query", "member, name, body, created_ms", vec![row]).await?;
        txn.commit().await?;
        Ok(QueryStored::Stored)
    }

    /// A member's query.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn epcis_query(&self, member: MemberId, name: &str) -> Result<Option<QueryRow>, StoreError> {
        let text = "SELECT name, body, created_ms FROM epcis_query WHERE member = ? AND name = ?";
        let values: [Value; 2] = [member.to_string().into(), name.as_bytes().to_vec().into()];
        let row = Row::find_by_statement(sql(self.reader(), text, values)).one(self.reader()).await?;
        row.map(query).transpose()
    }

    /// A member's queries by name, behind `after`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn epcis_queries(&self, member: MemberId, after: &str, limit: u64) -> Result<Vec<QueryRow>, StoreError> {
        let text = "SELECT name, body, created_ms FROM epcis_query WHERE member = ? AND name > ? ORDER BY name LIMIT ?";
        let values: [Value; 3] = [member.to_string().into(), after.as_bytes().to_vec().into(), int(limit).into()];
        let rows = Row::find_by_statement(sql(self.reader(), text, values)).all(self.reader()).await?;
        rows.into_iter().map(query).collect()
    }

    /// Deletes a query with its subscriptions. Returns whether it was there.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn epcis_delete_query(&self, member: MemberId, name: &str) -> Result<bool, StoreError> {
        let txn = self.begin().await?;
        let key = || -> [Value; 2] { [member.to_string().into(), name.as_bytes().to_vec().into()] };
        let text = "DELETE FROM epcis_delivery WHERE subscription_id IN \
                    (SELECT id FROM epcis_subscription WHERE member = ? AND query_name = ?)";
        txn.execute_raw(sql(&txn, text, key())).await?;
        txn.execute_raw(sql(&txn, "DELETE FROM epcis_subscription WHERE member = ? AND query_name = ?", key())).await?;
        let gone = txn.execute_raw(sql(&txn, "DELETE FROM epcis_query WHERE member = ? AND name = ?", key())).await?;
        txn.commit().await?;
        Ok(gone.rows_affected() > 0)
    }
}

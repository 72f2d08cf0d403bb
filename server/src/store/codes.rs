//! Codes that were made, read page by page: a million of them never stand in memory at once.

use super::convert::{int, serial, uint};
use super::entity::code;
use super::{Store, StoreError, sql};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use tracelight_api::rest::goods::CodeCounts;
use tracelight_domain::gs1::Serial;
use tracelight_domain::ids::BatchId;
use uuid::Uuid;

/// Serials of one page: about 200 KB.
pub const CODES_PER_PAGE: u64 = 5_000;

/// Nobody has said what became of the code.
pub(in crate::store) const ISSUED: i16 = 0;
/// A code is under the sealed root.
pub(in crate::store) const COMMISSIONED: i16 = 1;
/// A code was rejected or relabelled by the line.
pub(in crate::store) const SCRAPPED: i16 = 2;
/// Its label or pack is a sample.
pub(in crate::store) const SAMPLED: i16 = 3;
/// It came back unused.
pub(in crate::store) const RETURNED: i16 = 4;
/// By the line's list it is not to be used.
pub(in crate::store) const INVALID: i16 = 5;
/// A person declared it invalid.
pub(in crate::store) const DECLARED: i16 = 6;

impl Store {
    /// Counts the codes of a batch.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn code_count(&self, batch: &BatchId) -> Result<CodeCounts, StoreError> {
        counts(self.reader(), batch).await
    }

    /// Serials of an order from a number on, in the order in which they were made; at most [`CODES_PER_PAGE`].
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn codes_of_order(&self, order: Uuid, first: u64, limit: u64) -> Result<Vec<Serial>, StoreError> {
        let rows: Vec<Vec<u8>> = code::Entity::find()
            .select_only()
            .column(code::Column::Serial)
            .filter(code::Column::OrderId.eq(order.as_bytes().to_vec()))
            .filter(code::Column::Seq.gte(int(first)))
            .order_by_asc(code::Column::Seq)
            .limit(limit.min(CODES_PER_PAGE))
            .into_tuple()
            .all(self.reader())
            .await?;
        rows.iter().map(|bytes| serial("code", "serial", bytes)).collect()
    }
}

/// The sum of a batch's codes, by their states.
pub(in crate::store) async fn counts<C: ConnectionTrait>(db: &C, batch: &BatchId) -> Result<CodeCounts, StoreError> {
    let text = "SELECT state, COUNT(*) FROM code WHERE gtin = ? AND lot = ? GROUP BY state";
    let mut counts = CodeCounts::default();
    for row in db.query_all_raw(sql(db, text, super::numbers::key(batch))).await? {
        super::numbers::add(&mut counts, row.try_get_by_index(0)?, uint(row.try_get_by_index(1)?))?;
    }
    Ok(counts)
}

//! Codes that were made, read page by page: a million of them never stand in memory at once.

use super::convert::{int, serial, uint};
use super::entity::code;
use super::{Store, StoreError, sql};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use tracelight_domain::gs1::Serial;
use tracelight_domain::ids::BatchId;
use uuid::Uuid;

/// Serials of one page: about 200 KB.
pub const CODES_PER_PAGE: u64 = 5_000;

/// How many codes of a batch are where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CodeCount {
    /// Made.
    pub issued: u64,
    /// Under the sealed root.
    pub commissioned: u64,
    /// Rejected by the line.
    pub rejected: u64,
}

/// A code is under the sealed root.
pub(in crate::store) const COMMISSIONED: i16 = 1;
/// A code was rejected by the line.
pub(in crate::store) const REJECTED: i16 = 2;

impl Store {
    /// Counts the codes of a batch.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn code_count(&self, batch: &BatchId) -> Result<CodeCount, StoreError> {
        let text = "SELECT state, COUNT(*) FROM code WHERE gtin = ? AND lot = ? GROUP BY state";
        let values = [batch.gtin.to_string().into(), batch.lot.as_bytes().to_vec().into()];
        let mut count = CodeCount::default();
        for row in self.reader().query_all_raw(sql(self.reader(), text, values)).await? {
            let (state, codes): (i16, i64) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            count.issued += uint(codes);
            match state {
                COMMISSIONED => count.commissioned += uint(codes),
                REJECTED => count.rejected += uint(codes),
                _ => {}
            }
        }
        Ok(count)
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

    /// Serials of a batch after one, in the order of their bytes; at most [`CODES_PER_PAGE`].
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn codes_of_batch(&self, batch: &BatchId, after: Option<&Serial>) -> Result<Vec<Serial>, StoreError> {
        let mut query = code::Entity::find()
            .select_only()
            .column(code::Column::Serial)
            .filter(code::Column::Gtin.eq(batch.gtin.to_string()))
            .filter(code::Column::Lot.eq(batch.lot.as_bytes().to_vec()))
            .order_by_asc(code::Column::Serial)
            .limit(CODES_PER_PAGE);
        if let Some(after) = after {
            query = query.filter(code::Column::Serial.gt(after.as_bytes().to_vec()));
        }
        let rows: Vec<Vec<u8>> = query.into_tuple().all(self.reader()).await?;
        rows.iter().map(|bytes| serial("code", "serial", bytes)).collect()
    }
}

//! The lists behind the roots, as bundles and unit actions need them. Only lists that were compared with the chain.

use super::convert::{batch_id, bytes, int, serial, uint};
use super::entity::{batch_plan, manifest_batch, manifest_case_unit, manifest_unit};
use super::{Store, StoreError};
use sea_orm::QueryOrder;
use sea_orm::QuerySelect as _;
use sea_orm::prelude::*;
use tracelight_domain::gs1::{Serial, Sscc};
use tracelight_domain::ids::BatchId;

/// Serials that are read at once.
const PAGE: u64 = 20_000;
/// Packs of one case: `domain::rules::goods::UNITS_PER_CASE_MAX` is far above what a case holds; a larger list is not read.
const CASE_UNITS_MAX: u64 = 100_000;
/// `manifest_batch.state` of a list that was compared with the root on the chain.
pub(super) const LIST_CHECKED: i16 = 2;

/// What is secret about a batch.
#[derive(Clone)]
pub struct BatchSecrets {
    /// Salts are derived from it.
    pub batch_secret: [u8; 32],
    /// Leaves.
    pub units: u64,
    /// Salt of the count commitment.
    pub count_salt: [u8; 16],
}

/// A batch's key as the tables know it.
fn key(batch: &BatchId) -> (String, Vec<u8>) {
    (batch.gtin.to_string(), batch.lot.as_bytes().to_vec())
}

impl Store {
    /// Is the batch's list here and compared with the chain?
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn has_list(&self, batch: &BatchId) -> Result<bool, StoreError> {
        let list = manifest_batch::Entity::find_by_id(key(batch)).one(self.reader()).await?;
        Ok(list.is_some_and(|list| list.state == LIST_CHECKED))
    }

    /// The secrets of a batch whose maker this server serves and whose list is complete.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn batch_secrets(&self, batch: &BatchId) -> Result<Option<BatchSecrets>, StoreError> {
        let Some(batch_secret) = self.salt_secret(batch).await? else { return Ok(None) };
        let list = manifest_batch::Entity::find_by_id(key(batch)).one(self.reader()).await?;
        let Some(list) = list.filter(|list| list.state == LIST_CHECKED) else { return Ok(None) };
        let count_salt = bytes("manifest_batch", "count_salt", &list.count_salt)?;
        Ok(Some(BatchSecrets { batch_secret, units: uint(list.units), count_salt }))
    }

    /// The secret of a batch, sealed or not: packs can be in a case before their batch is sealed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn salt_secret(&self, batch: &BatchId) -> Result<Option<[u8; 32]>, StoreError> {
        let plan = batch_plan::Entity::find_by_id(key(batch)).one(self.reader()).await?;
        plan.map(|plan| bytes("batch_plan", "batch_secret", &plan.batch_secret)).transpose()
    }

    /// The serials of a batch from a leaf on, in the order of the leaves; so many that they are read at once.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn leaf_serials(&self, batch: &BatchId, from: u64) -> Result<Vec<Serial>, StoreError> {
        let rows: Vec<(i64, Vec<u8>)> = manifest_unit::Entity::find()
            .select_only()
            .column(manifest_unit::Column::Idx)
            .column(manifest_unit::Column::Serial)
            .filter(manifest_unit::Column::Gtin.eq(batch.gtin.as_str()))
            .filter(manifest_unit::Column::Lot.eq(batch.lot.as_bytes().to_vec()))
            .filter(manifest_unit::Column::Idx.gte(int(from)))
            .order_by_asc(manifest_unit::Column::Idx)
            .limit(PAGE)
            .into_tuple()
            .all(self.reader())
            .await?;
        rows.iter()
            .zip(from..)
            .map(|((idx, text), expected)| {
                if uint(*idx) != expected {
                    return Err(StoreError::corrupt(
                        "manifest_unit",
                        "idx",
                        format!("{batch}: leaf {expected} is missing"),
                    ));
                }
                serial("manifest_unit", "serial", text)
            })
            .collect()
    }

    /// The list of a case, in the order of its leaves.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn case_list(&self, case: Sscc) -> Result<Vec<(BatchId, Serial)>, StoreError> {
        let rows: Vec<(String, Vec<u8>, Vec<u8>)> = manifest_case_unit::Entity::find()
            .select_only()
            .column(manifest_case_unit::Column::Gtin)
            .column(manifest_case_unit::Column::Lot)
            .column(manifest_case_unit::Column::Serial)
            .filter(manifest_case_unit::Column::Sscc.eq(case.as_str()))
            .order_by_asc(manifest_case_unit::Column::Idx)
            .limit(CASE_UNITS_MAX)
            .into_tuple()
            .all(self.reader())
            .await?;
        let table = "manifest_case_unit";
        let units =
            rows.iter().map(|(gtin, lot, text)| Ok((batch_id(table, gtin, lot)?, serial(table, "serial", text)?)));
        units.collect()
    }
}

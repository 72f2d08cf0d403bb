//! The lists behind the roots, as bundles and unit actions need them. Only lists that were compared with the chain.

use super::convert::{batch_id, bytes, int, lot, serial, sscc, uint};
use super::entity::{batch_plan, manifest_batch, manifest_case_unit, manifest_unit};
use super::{Store, StoreError, sql};
use sea_orm::FromQueryResult;
use sea_orm::QueryOrder;
use sea_orm::QuerySelect as _;
use sea_orm::prelude::*;
use tracelight_domain::gs1::{Lot, Serial, Sscc};
use tracelight_domain::ids::{BatchId, UnitId};

/// Serials that are read at once.
const PAGE: u64 = 20_000;
/// Packs of one case: `domain::rules::goods::UNITS_PER_CASE_MAX` is far above what a case holds; a larger list is not read.
const CASE_UNITS_MAX: u64 = 100_000;
/// Cases that list one pack: it was packed again; the newest counts.
const CASES_OF_UNIT_MAX: u64 = 16;
/// `manifest_batch.state` of a list that was compared with the root on the chain.
const LIST_CHECKED: i16 = 2;

/// Where a pack stands in its batch's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitPlace {
    /// Its lot.
    pub lot: Lot,
    /// Which leaf it is, from 0.
    pub index: u64,
}

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

/// The list of one case, in the order of its leaves.
#[derive(Clone, Debug)]
pub struct CaseList {
    /// The case.
    pub case: Sscc,
    /// Packs.
    pub units: Vec<(BatchId, Serial)>,
}

#[derive(FromQueryResult)]
struct PlaceRow {
    lot: Vec<u8>,
    idx: i64,
}

/// A batch's key as the tables know it.
fn key(batch: &BatchId) -> (String, Vec<u8>) {
    (batch.gtin.to_string(), batch.lot.as_bytes().to_vec())
}

impl Store {
    /// Where a pack stands in a sealed batch's list.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn unit_place(&self, unit: &UnitId) -> Result<Option<UnitPlace>, StoreError> {
        let text = "SELECT u.lot, u.idx FROM manifest_unit u JOIN manifest_batch b ON b.gtin = u.gtin AND b.lot = u.lot \
                    WHERE u.gtin = ? AND u.serial = ? AND b.state = ? LIMIT 1";
        let values = [unit.gtin.as_str().into(), unit.serial.as_bytes().to_vec().into(), LIST_CHECKED.into()];
        let row = PlaceRow::find_by_statement(sql(self.reader(), text, values)).one(self.reader()).await?;
        row.map(|row| Ok(UnitPlace { lot: lot("manifest_unit", "lot", &row.lot)?, index: uint(row.idx) })).transpose()
    }

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

    /// The newest case that lists the pack, with its whole list.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn case_of(&self, unit: &UnitId) -> Result<Option<CaseList>, StoreError> {
        match self.case_label_of(unit).await? {
            Some(label) => Ok(Some(self.case_list(label).await?)),
            None => Ok(None),
        }
    }

    /// The newest case that lists the pack.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn case_label_of(&self, unit: &UnitId) -> Result<Option<Sscc>, StoreError> {
        let text = "SELECT l.sscc FROM (SELECT sscc FROM manifest_case_unit WHERE gtin = ? AND serial = ? LIMIT ?) u \
                    JOIN manifest_case c ON c.sscc = u.sscc AND c.checked = 1 JOIN rm_logistic l ON l.sscc = u.sscc \
                    ORDER BY l.made_height DESC LIMIT 1";
        let values = [unit.gtin.as_str().into(), unit.serial.as_bytes().to_vec().into(), int(CASES_OF_UNIT_MAX).into()];
        let newest = self.reader().query_one_raw(sql(self.reader(), text, values)).await?;
        let label: Option<String> = newest.map(|row| row.try_get("", "sscc")).transpose()?;
        label.map(|label| sscc("rm_logistic", "sscc", &label)).transpose()
    }

    async fn case_list(&self, case: Sscc) -> Result<CaseList, StoreError> {
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
        Ok(CaseList { case, units: units.collect::<Result<_, StoreError>>()? })
    }
}

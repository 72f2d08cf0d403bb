//! What is taken away when a shopper asks for it, before its time. What counts stays: a check is still a check, and a report still a
//! report about a code; what led to a person goes.

use super::convert::{int, uint};
use super::{Store, StoreError, sql};
use sea_orm::Value;
use sea_orm::prelude::*;
use tracelight_domain::ids::UnitId;

impl Store {
    /// When a code was checked, from one moment on until before another, oldest first: milliseconds.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn checks_between(&self, unit: &UnitId, from_ms: u64, until_ms: u64) -> Result<Vec<u64>, StoreError> {
        let text =
            "SELECT at_ms FROM scan_check WHERE gtin = ? AND serial = ? AND at_ms >= ? AND at_ms < ? ORDER BY at_ms";
        let rows = self.reader().query_all_raw(sql(self.reader(), text, between(unit, from_ms, until_ms))).await?;
        rows.iter().map(|row| Ok(uint(row.try_get("", "at_ms")?))).collect()
    }

    /// Takes device and place away from these checks. Returns from how many.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn forget_checks(&self, unit: &UnitId, from_ms: u64, until_ms: u64) -> Result<u64, StoreError> {
        let text = "UPDATE scan_check SET device = ?, today = ?, cell = NULL \
                    WHERE gtin = ? AND serial = ? AND at_ms >= ? AND at_ms < ?";
        let nobody = || Value::from(Vec::<u8>::new());
        let values: Vec<Value> = [nobody(), nobody()].into_iter().chain(between(unit, from_ms, until_ms)).collect();
        let txn = self.begin().await?;
        let gone = txn.execute_raw(sql(&txn, text, values)).await?;
        txn.commit().await?;
        Ok(gone.rows_affected())
    }

    /// Takes away the contact, the words and the photos of a report. `false`: there is none of this number.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn forget_report(&self, case_number: &str) -> Result<bool, StoreError> {
        let txn = self.begin().await?;
        let text = "SELECT id FROM scan_report WHERE case_number = ?";
        let Some(row) = txn.query_one_raw(sql(&txn, text, [case_number.into()])).await? else { return Ok(false) };
        let id: Vec<u8> = row.try_get("", "id")?;
        for text in [
            "UPDATE scan_report SET contact_sealed = NULL, detail = '' WHERE id = ?",
            "DELETE FROM scan_report_photo WHERE report_id = ?",
        ] {
            txn.execute_raw(sql(&txn, text, [id.clone().into()])).await?;
        }
        txn.commit().await?;
        Ok(true)
    }
}

fn between(unit: &UnitId, from_ms: u64, until_ms: u64) -> [Value; 4] {
    [unit.gtin.to_string().into(), unit.serial.as_bytes().to_vec().into(), int(from_ms).into(), int(until_ms).into()]
}

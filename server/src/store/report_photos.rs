//! Photos of reports: pictures of our own making ([`tracelight_photos`]), in a table beside the report.
//!
//! A table and no folder: they come and go with the report in one transaction, every server of the database has them, and a
//! backup of the database is whole. A picture has at most 1 MB, a report five; how many there are in all is bounded where
//! they are taken ([`crate::scan`]), and they go when the contact goes.

use super::convert::{int, uint};
use super::reports::{CONTACT_AFTER_MS, CONTACT_MS_MAX};
use super::{Store, StoreError, sql};
use sea_orm::prelude::*;
use sea_orm::{DatabaseTransaction, Value};

/// Keeps the pictures of a new report, numbered from 1.
pub(super) async fn keep(
    txn: &DatabaseTransaction,
    report: [u8; 16],
    at_ms: u64,
    photos: &[Vec<u8>],
) -> Result<(), StoreError> {
    let text = "INSERT INTO scan_report_photo (report_id, number, at_ms, size, jpeg) VALUES (?, ?, ?, ?, ?)";
    for (number, jpeg) in (1i32..).zip(photos) {
        let size = int(jpeg.len() as u64);
        let values: [Value; 5] =
            [report.to_vec().into(), number.into(), int(at_ms).into(), size.into(), jpeg.clone().into()];
        txn.execute_raw(sql(txn, text, values)).await?;
    }
    Ok(())
}

impl Store {
    /// Bytes of all pictures that are kept.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn photo_bytes(&self) -> Result<u64, StoreError> {
        let int = self.int_type();
        let text = format!("SELECT CAST(COALESCE(SUM(size), 0) AS {int}) AS bytes FROM scan_report_photo");
        let row = self.reader().query_one_raw(sql(self.reader(), &text, [])).await?;
        row.map_or(Ok(0), |row| Ok(uint(row.try_get("", "bytes")?)))
    }

    /// A picture of a case, by its number from 1.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn report_photo(&self, case_number: &str, number: u32) -> Result<Option<Vec<u8>>, StoreError> {
        let text = "SELECT f.jpeg FROM scan_report_photo f JOIN scan_report r ON r.id = f.report_id \
                    WHERE r.case_number = ? AND f.number = ?";
        let values: [Value; 2] = [case_number.into(), int(u64::from(number)).into()];
        let row = self.reader().query_one_raw(sql(self.reader(), text, values)).await?;
        row.map(|row| Ok(row.try_get("", "jpeg")?)).transpose()
    }

    /// Removes the pictures whose time is over: they go when the contact goes. Returns how many.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn forget_photos(&self, now_ms: u64) -> Result<u64, StoreError> {
        let text = "DELETE FROM scan_report_photo WHERE at_ms < ? OR report_id IN \
                    (SELECT report_id FROM report_case WHERE status = 'closed' AND changed_ms < ?)";
        let before = |age: u64| Value::from(int(now_ms.saturating_sub(age)));
        let txn = self.begin().await?;
        let gone = txn.execute_raw(sql(&txn, text, [before(CONTACT_MS_MAX), before(CONTACT_AFTER_MS)])).await?;
        txn.commit().await?;
        Ok(gone.rows_affected())
    }
}

//! What is kept with a check for a while: a rough place, as a cell of H3, for [`crate::scan::place::PLACES_MS_MAX`], and the device of
//! the day, for [`crate::scan::token::DEVICES_MS_MAX`].

use super::convert::int;
use super::{Store, StoreError, sql};
use sea_orm::Value;
use sea_orm::prelude::*;

impl Store {
    /// Keeps a cell with the check that was counted under this page's number. `false`: there is no such check.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn keep_place(&self, number: [u8; 16], cell: u64) -> Result<bool, StoreError> {
        let txn = self.begin().await?;
        let text = "SELECT check_id FROM scan_page WHERE nonce = ?";
        let Some(row) = txn.query_one_raw(sql(&txn, text, [number.to_vec().into()])).await? else { return Ok(false) };
        let check: Vec<u8> = row.try_get("", "check_id")?;
        let values: [Value; 2] = [int(cell).into(), check.into()];
        txn.execute_raw(sql(&txn, "UPDATE scan_check SET cell = ? WHERE id = ?", values)).await?;
        txn.commit().await?;
        Ok(true)
    }

    /// Removes the cells of checks that are older. Returns how many.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn forget_places(&self, before_ms: u64) -> Result<u64, StoreError> {
        let text = "UPDATE scan_check SET cell = NULL WHERE cell IS NOT NULL AND at_ms < ?";
        let txn = self.begin().await?;
        let gone = txn.execute_raw(sql(&txn, text, [int(before_ms).into()])).await?;
        txn.commit().await?;
        Ok(gone.rows_affected())
    }

    /// Takes away what shows that one device has checked several codes, of checks that are older. Returns of how many.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn forget_devices(&self, before_ms: u64) -> Result<u64, StoreError> {
        let text = "UPDATE scan_check SET today = ? WHERE today <> ? AND at_ms < ?";
        let values: [Value; 3] = [Vec::<u8>::new().into(), Vec::<u8>::new().into(), int(before_ms).into()];
        let txn = self.begin().await?;
        let gone = txn.execute_raw(sql(&txn, text, values)).await?;
        txn.commit().await?;
        Ok(gone.rows_affected())
    }

    /// Of every check what is kept of its device: with its code, and of its day.
    #[cfg(test)]
    pub(crate) async fn check_devices(&self) -> Result<Vec<(Vec<u8>, Vec<u8>)>, StoreError> {
        let text = "SELECT device, today FROM scan_check ORDER BY at_ms, id";
        let rows = self.reader().query_all_raw(sql(self.reader(), text, [])).await?;
        rows.iter().map(|row| Ok((row.try_get("", "device")?, row.try_get("", "today")?))).collect()
    }

    /// Every cell that is kept, for the test that looks into the database.
    #[cfg(test)]
    pub(crate) async fn cells(&self) -> Result<Vec<u64>, StoreError> {
        let text = "SELECT cell FROM scan_check WHERE cell IS NOT NULL";
        let rows = self.reader().query_all_raw(sql(self.reader(), text, [])).await?;
        rows.iter().map(|row| Ok(super::convert::uint(row.try_get("", "cell")?))).collect()
    }
}

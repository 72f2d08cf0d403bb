//! How to reach whoever reported: kept sealed, so that no telephone number stands on the disk in clear.
//!
//! `scan_report.contact_sealed` is sealed under the secret `contact`, bound to the report's id. The secret lies with the others of this
//! database (`server_secret`). This keeps contacts out of dumps of single tables, indexes, logs of statements and pages of deleted
//! rows; whoever has the whole database and knows this file can open them.

use super::{Store, StoreError};
use crate::sealed::SealKey;

/// Name of the secret.
const SECRET_NAME: &str = "contact";

impl Store {
    /// A contact as it is kept; an empty one stays nothing.
    pub(super) async fn seal_contact(&self, report: &[u8], contact: &str) -> Result<Option<Vec<u8>>, StoreError> {
        if contact.is_empty() {
            return Ok(None);
        }
        let sealed = self.contact_key().await?.seal(report, contact.as_bytes());
        sealed.map(Some).map_err(|error| StoreError::corrupt("scan_report", "contact_sealed", error))
    }

    /// The contact of a report.
    pub(super) async fn open_contact(&self, report: &[u8], sealed: &[u8]) -> Result<String, StoreError> {
        let opened = self.contact_key().await?.open(report, sealed);
        let text = opened.and_then(|opened| String::from_utf8(opened.to_vec()).ok());
        text.ok_or_else(|| {
            StoreError::corrupt("scan_report", "contact_sealed", "the secret `contact` does not open it")
        })
    }

    async fn contact_key(&self) -> Result<SealKey, StoreError> {
        let mut fresh = [0; 32];
        getrandom::fill(&mut fresh).map_err(|error| StoreError::corrupt("server_secret", "value", error))?;
        Ok(SealKey::new(&self.shared_secret(SECRET_NAME, fresh, crate::clock::now_ms()).await?))
    }
}

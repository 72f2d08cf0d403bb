//! How to reach whoever reported: kept sealed, so that no telephone number stands on the disk in clear.
//!
//! ```text
//! scan_report.contact_sealed    nonce 24 | XChaCha20-Poly1305 under the secret `contact`, bound to the report's id
//! scan_report.contact           what was kept in clear before this column came; emptied by [`Store::seal_contacts`]
//! ```
//! The secret lies with the others of this database (`server_secret`). This keeps contacts out of dumps of single tables,
//! indexes, logs of statements and pages of deleted rows; whoever has the whole database and knows this file can open them.

use super::convert::int;
use super::{Store, StoreError, sql};
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use sea_orm::Value;
use sea_orm::prelude::*;

/// Name of the secret.
const SECRET_NAME: &str = "contact";
const NONCE_BYTES: usize = 24;
/// Contacts that one sweep seals.
const SEALED_AT_ONCE: u64 = 500;

/// The key of contacts.
pub(super) struct ContactKey(XChaCha20Poly1305);

impl ContactKey {
    fn new(secret: &[u8; 32]) -> Self {
        Self(XChaCha20Poly1305::new(secret.into()))
    }

    /// An empty contact stays nothing.
    pub(super) fn seal(&self, report: &[u8], contact: &str) -> Result<Option<Vec<u8>>, StoreError> {
        if contact.is_empty() {
            return Ok(None);
        }
        let corrupt = |error: String| StoreError::corrupt("scan_report", "contact_sealed", error);
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(|error| corrupt(error.to_string()))?;
        let text = Payload { msg: contact.as_bytes(), aad: report };
        let sealed = self.0.encrypt(XNonce::from_slice(&nonce), text).map_err(|error| corrupt(error.to_string()))?;
        Ok(Some([nonce.as_slice(), &sealed].concat()))
    }

    /// The contact of this report, and of no other.
    pub(super) fn open(&self, report: &[u8], sealed: &[u8]) -> Result<String, StoreError> {
        let corrupt = || StoreError::corrupt("scan_report", "contact_sealed", "the secret `contact` does not open it");
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or_else(corrupt)?;
        let text = Payload { msg: sealed, aad: report };
        let opened = self.0.decrypt(XNonce::from_slice(nonce), text).map_err(|_| corrupt())?;
        String::from_utf8(opened).map_err(|_| corrupt())
    }
}

impl Store {
    pub(super) async fn contact_key(&self) -> Result<ContactKey, StoreError> {
        let corrupt = |error: getrandom::Error| StoreError::corrupt("server_secret", "value", error.to_string());
        let mut fresh = [0; 32];
        getrandom::fill(&mut fresh).map_err(corrupt)?;
        Ok(ContactKey::new(&self.shared_secret(SECRET_NAME, fresh, crate::clock::now_ms()).await?))
    }

    /// Seals contacts that were kept in clear. Returns how many.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn seal_contacts(&self) -> Result<u64, StoreError> {
        let text = "SELECT id, contact FROM scan_report WHERE contact <> '' LIMIT ?";
        let rows = self.reader().query_all_raw(sql(self.reader(), text, [int(SEALED_AT_ONCE).into()])).await?;
        if rows.is_empty() {
            return Ok(0);
        }
        let key = self.contact_key().await?;
        let txn = self.begin().await?;
        for row in &rows {
            let (id, contact): (Vec<u8>, String) = (row.try_get("", "id")?, row.try_get("", "contact")?);
            let sealed = key.seal(&id, &contact)?;
            let values: [Value; 2] = [sealed.into(), id.into()];
            let text = "UPDATE scan_report SET contact_sealed = ?, contact = '' WHERE id = ?";
            txn.execute_raw(sql(&txn, text, values)).await?;
        }
        txn.commit().await?;
        Ok(rows.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::ContactKey;

    #[test]
    fn a_sealed_contact_opens_for_its_own_report_alone() {
        let key = ContactKey::new(&[3; 32]);
        let sealed = key.seal(b"one", "+86 139 0000 0000").expect("sealed").expect("something");
        assert!(!sealed.windows(4).any(|part| part == b"0000"));
        assert_eq!(key.open(b"one", &sealed).expect("opened"), "+86 139 0000 0000");
        assert_ne!(key.seal(b"one", "+86 139 0000 0000").expect("sealed"), Some(sealed.clone()), "no two are alike");
        assert!(key.open(b"two", &sealed).is_err() && ContactKey::new(&[4; 32]).open(b"one", &sealed).is_err());
        for length in 0..sealed.len() {
            assert!(key.open(b"one", &sealed[..length]).is_err());
        }
        assert_eq!(key.seal(b"one", "").expect("nothing"), None);
    }
}

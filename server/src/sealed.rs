//! Small secrets in the database that a copy of a table must not show: XChaCha20-Poly1305, each bound to what it belongs to.
//!
//! ```text
//! nonce 24 | ciphertext and tag
//! ```
//! Where the key comes from is the caller's, and with it what the sealing is worth: a file ([`crate::auth::totp`]) or another row of
//! the same database ([`crate::store`], contacts of reports).

use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use thiserror::Error;
use zeroize::Zeroizing;

const NONCE_BYTES: usize = 24;

/// A key.
pub struct SealKey(XChaCha20Poly1305);

/// Nothing was sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SealError {
    /// The machine has no randomness.
    #[error("no randomness: {0}")]
    Randomness(#[from] getrandom::Error),
    /// More than one message may hold.
    #[error("it is too long to be sealed")]
    TooLong,
}

impl SealKey {
    /// Of these bytes.
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Self {
        Self(XChaCha20Poly1305::new(key.into()))
    }

    /// Seals bytes for an owner. No two are alike.
    ///
    /// # Errors
    /// [`SealError`].
    pub fn seal(&self, owner: &[u8], plain: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut sealed = vec![0; NONCE_BYTES];
        getrandom::fill(&mut sealed)?;
        let payload = Payload { msg: plain, aad: owner };
        let encrypted = self.0.encrypt(XNonce::from_slice(&sealed), payload).map_err(|_| SealError::TooLong)?;
        sealed.extend(encrypted);
        Ok(sealed)
    }

    /// What was sealed for this owner under this key; `None` for anything else.
    #[must_use]
    pub fn open(&self, owner: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, encrypted) = sealed.split_at_checked(NONCE_BYTES)?;
        let payload = Payload { msg: encrypted, aad: owner };
        self.0.decrypt(XNonce::from_slice(nonce), payload).ok().map(Zeroizing::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_for_its_owner_and_key_alone() {
        let key = SealKey::new(&[3; 32]);
        let sealed = key.seal(b"one", b"+86 139 0000 0000").expect("sealed");
        assert!(!sealed.windows(4).any(|part| part == b"0000"));
        assert_eq!(key.open(b"one", &sealed).expect("opened").as_slice(), b"+86 139 0000 0000");
        assert_ne!(key.seal(b"one", b"+86 139 0000 0000").expect("sealed"), sealed, "no two are alike");
        assert_eq!(key.open(b"two", &sealed), None);
        assert_eq!(SealKey::new(&[4; 32]).open(b"one", &sealed), None);
        for length in 0..sealed.len() {
            assert_eq!(key.open(b"one", &sealed[..length]), None);
        }
    }
}

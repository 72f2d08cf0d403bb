//! A secret key, read from its file.
//!
//! The file holds the 32 bytes of an ed25519 seed as 64 hexadecimal digits and a newline, and is readable by its owner
//! alone (mode 0600 or stricter; checked on unix). The seed is wiped from memory when the key is dropped. There is one
//! method a purpose and none that signs plain bytes.

use ed25519_dalek::{Signer as _, SigningKey};
use std::fmt;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use thiserror::Error;
use tracelight_domain::ids::PublicKey;
use tracelight_domain::tx::{SignedTx, Tx};
use tracelight_proof::note::cosignature_message;
use tracelight_proof::signed::{reading_message, tx_message};
use zeroize::Zeroizing;

/// Bytes of a key file: 64 digits and a line end.
const FILE_BYTES_MAX: u64 = 66;

/// Why a key file is not usable.
#[derive(Debug, Error)]
pub enum KeyFileError {
    /// It cannot be read.
    #[error("the key file `{path}` cannot be read: {source}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Others may read it.
    #[error("the key file `{path}` has mode {mode:o}, so others may read it. Hint: chmod 600 `{path}`")]
    Open {
        /// Which file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It does not hold a seed.
    #[error("the key file `{path}` does not hold 64 hexadecimal digits")]
    Format {
        /// Which file.
        path: PathBuf,
    },
}

/// A secret key and what it may be used for.
pub struct SigningKeyFile {
    /// Wiped when dropped (feature `zeroize` of ed25519-dalek).
    key: SigningKey,
}

impl SigningKeyFile {
    /// Reads the key from its file.
    ///
    /// # Errors
    /// [`KeyFileError`].
    pub fn read(path: &Path) -> Result<Self, KeyFileError> {
        let failed = |source| KeyFileError::Io { path: path.to_owned(), source };
        let file = std::fs::File::open(path).map_err(failed)?;
        check_mode(path, &file.metadata().map_err(failed)?)?;
        let mut text = Zeroizing::new(String::with_capacity(80));
        file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text).map_err(failed)?;
        let mut seed = Zeroizing::new([0u8; 32]);
        if text.len() as u64 > FILE_BYTES_MAX || hex::decode_to_slice(text.trim_end(), seed.as_mut()).is_err() {
            return Err(KeyFileError::Format { path: path.to_owned() });
        }
        Ok(Self::from_seed(&seed))
    }

    /// The key of a seed, for tests and for whoever makes keys.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self { key: SigningKey::from_bytes(seed) }
    }

    /// The public half, which is the key's name on the chain.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        PublicKey(self.key.verifying_key().to_bytes())
    }

    /// Signs a transaction. Its `key` field becomes this key, so that nobody can sign in another key's name by mistake.
    #[must_use]
    pub fn sign_tx(&self, mut tx: Tx) -> SignedTx {
        tx.key = self.public_key();
        let signature = self.key.sign(&tx_message(&tx)).to_bytes();
        SignedTx { tx, signature }
    }

    /// Signs a checkpoint as a witness: the text of `proof::note::Checkpoint`, at this second.
    #[must_use]
    pub fn cosign(&self, time_s: u64, checkpoint: &str) -> [u8; 64] {
        self.key.sign(&cosignature_message(time_s, checkpoint)).to_bytes()
    }

    /// Signs a line device's reading: the bytes of `api::line::Reading::body`.
    #[must_use]
    pub fn sign_reading(&self, body: &[u8]) -> [u8; 64] {
        self.key.sign(&reading_message(body)).to_bytes()
    }
}

impl fmt::Debug for SigningKeyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKeyFile({})", self.public_key())
    }
}

#[cfg(unix)]
fn check_mode(path: &Path, meta: &std::fs::Metadata) -> Result<(), KeyFileError> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = meta.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeyFileError::Open { path: path.to_owned(), mode });
    }
    Ok(())
}

#[cfg(not(unix))]
fn check_mode(_path: &Path, _meta: &std::fs::Metadata) -> Result<(), KeyFileError> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;
    use tracelight_domain::ids::{ChainId, RecallId};
    use tracelight_domain::tx::TxBody;

    fn key_file(text: &str, mode: u32) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().expect("a scratch file");
        std::fs::write(file.path(), text).expect("the scratch file is writable");
        std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(mode)).expect("our own file");
        file
    }

    #[test]
    fn a_key_from_its_file_signs_what_the_verifier_accepts() {
        let file = key_file(&format!("{}\n", "07".repeat(32)), 0o600);
        let key = SigningKeyFile::read(file.path()).expect("a good key file");
        assert_eq!(key.public_key(), SigningKeyFile::from_seed(&[7; 32]).public_key());
        let tx = Tx {
            chain: ChainId([1; 32]),
            key: PublicKey([0; 32]),
            nonce: 1,
            expires_at: 10,
            body: TxBody::CloseRecall { recall: RecallId([2; 16]) },
        };
        let mut signed = key.sign_tx(tx);
        assert_eq!(signed.tx.key, key.public_key());
        tracelight_proof::signed::verify(&signed).expect("our own signature");
        signed.tx.nonce = 2;
        assert!(tracelight_proof::signed::verify(&signed).is_err(), "a changed transaction keeps no signature");
        let signature = key.sign_reading(b"{}");
        tracelight_proof::signed::verify_reading(&key.public_key(), &signature, b"{}").expect("our own reading");
    }

    #[test]
    fn a_file_that_others_may_read_and_a_file_without_a_seed_are_refused_by_name() {
        let open = key_file(&"07".repeat(32), 0o640);
        assert!(matches!(SigningKeyFile::read(open.path()), Err(KeyFileError::Open { mode: 0o640, .. })));
        for text in ["", "07", &"07".repeat(33), &"0z".repeat(32)] {
            let file = key_file(text, 0o600);
            assert!(matches!(SigningKeyFile::read(file.path()), Err(KeyFileError::Format { .. })), "`{text}`");
        }
        assert!(matches!(SigningKeyFile::read(Path::new("/nonexistent/key")), Err(KeyFileError::Io { .. })));
    }
}

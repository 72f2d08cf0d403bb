//! A secret key, read from its file, and what it may be used for.
//!
//! The file's formats (plain, or under a passphrase) and their rules are in [`tracelight_keys`]. The seed is wiped from
//! memory when the key is dropped. There is one method a purpose and none that signs plain bytes.

use ed25519_dalek::{Signer as _, SigningKey};
use std::fmt;
use std::path::Path;
use tracelight_domain::ids::PublicKey;
use tracelight_domain::tx::{SignedTx, Tx};
use tracelight_proof::note::cosignature_message;
use tracelight_proof::signed::{reading_message, tx_message};

pub use tracelight_keys::passphrase::ask as ask_passphrase;
pub use tracelight_keys::{KeyError as KeyFileError, Seed, Token, Unlock};

/// A secret key and what it may be used for.
pub struct SigningKeyFile {
    /// Wiped when dropped (feature `zeroize` of ed25519-dalek).
    key: SigningKey,
}

impl SigningKeyFile {
    /// Reads the key from its file; asks at the terminal for the passphrase of an encrypted one.
    ///
    /// # Errors
    /// [`KeyFileError`].
    pub fn read(path: &Path) -> Result<Self, KeyFileError> {
        Self::unlock(path, &Unlock::Terminal)
    }

    /// Reads the key from its file; `unlock` says where the passphrase of an encrypted one comes from.
    ///
    /// # Errors
    /// [`KeyFileError`].
    pub fn unlock(path: &Path, unlock: &Unlock) -> Result<Self, KeyFileError> {
        Ok(Self::from_seed(&Seed::read(path, unlock)?.into_bytes()))
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
}

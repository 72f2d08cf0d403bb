//! A private key, wherever it is, and what it may be used for.
//!
//! ```text
//! NAME.toml    where a key is in a PKCS#11 token       crate::pkcs11
//! other names  the key itself, plain or encrypted      crate::seed, crate::sealed
//! ```
//! There is one method a purpose and none that signs plain bytes. Each purpose signs under a domain of its own, so that no
//! signature can be shown for another purpose:
//!
//! | method | signs | specified in |
//! |---|---|---|
//! | [`sign_tx`](Signer::sign_tx) | `tracelight/tx-signature/v1`, transaction | `proof::signed` |
//! | [`sign_reading`](Signer::sign_reading) | a domain of its own, reading | `proof::signed` |
//! | [`sign_receipt`](Signer::sign_receipt) | `tracelight/verdict-receipt/v1`, receipt | `proof::receipt` |
//! | [`cosign`](Signer::cosign) | `cosignature/v1`, time, checkpoint | `proof::note` |
//! | [`sign_vote`](Signer::sign_vote) | length, `tracelight/consensus/v1/…`, vote | `proof::certificate` |
//! | [`sign_handshake`](Signer::sign_handshake) | 0, 32 bytes: hash of the handshake so far | the engine's SAKE |
//!
//! The last two are the engine's own formats: a message has the length of its namespace before it, which is 0 for the handshake,
//! and no text of another purpose begins with such a byte.
//!
//! A key in a token can fail at each signature, and a signature may take as long as [`pkcs11::Place::timeout_ms`]: callers
//! on an async thread go through `spawn_blocking` where [`Signer::may_wait`]. A key in memory never fails and takes some 50 µs.

use crate::file::KeyError;
use crate::passphrase::Unlock;
use crate::pkcs11::{Place, TokenKey};
use crate::seed::Seed;
use ed25519_dalek::{Signer as _, SigningKey};
use std::fmt;
use std::path::Path;
use tracelight_domain::ids::PublicKey;
use tracelight_domain::tx::{SignedTx, Tx};
use tracelight_proof::note::cosignature_message;
use tracelight_proof::receipt::{Receipt, SignedReceipt};
use tracelight_proof::signed::{reading_message, tx_message};

/// What every namespace of votes begins with; the chain id and the kind of vote follow.
const VOTE_PREFIX: &[u8] = b"tracelight/consensus/v1/";
/// Bytes of a namespace: its length is one byte, a varint of seven bits.
const NAMESPACE_BYTES_MAX: usize = 127;

/// A private key and what it may be used for.
pub struct Signer {
    public: PublicKey,
    held: Held,
}

enum Held {
    /// Wiped when dropped (feature `zeroize` of ed25519-dalek).
    Memory(Box<SigningKey>),
    Token(TokenKey),
}

impl Signer {
    /// Opens the key of a key file; asks at the terminal for a passphrase or PIN that no file holds.
    ///
    /// # Errors
    /// [`KeyError`] naming the file, and the token.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        Self::unlock(path, &Unlock::Terminal)
    }

    /// Opens the key of a key file; `unlock` says where the passphrase of an encrypted one comes from. (A token's PIN has its place
    /// in the file that names the token.)
    ///
    /// # Errors
    /// [`KeyError`] naming the file, and the token.
    pub fn unlock(path: &Path, unlock: &Unlock) -> Result<Self, KeyError> {
        if Place::is_named(path) {
            let (place, public) = Place::read(path)?;
            return Ok(Self { public, held: Held::Token(TokenKey::open(path, place, public)?) });
        }
        Ok(Self::from_seed(&Seed::read(path, unlock)?.into_bytes()))
    }

    /// The public half of a key file; of one in a token as the file says, without asking the token; of an encrypted one without the
    /// passphrase.
    ///
    /// # Errors
    /// [`KeyError`] naming the file.
    pub fn public_of(path: &Path) -> Result<PublicKey, KeyError> {
        if Place::is_named(path) { Place::read(path).map(|(_, public)| public) } else { Seed::public_of(path) }
    }

    /// The key of a seed, for tests and for whoever makes keys.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        let key = Box::new(SigningKey::from_bytes(seed));
        Self { public: PublicKey(key.verifying_key().to_bytes()), held: Held::Memory(key) }
    }

    /// The public half, which is the key's name on the chain.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        self.public
    }

    /// Whether signing may block the caller for longer than a computation.
    #[must_use]
    pub fn may_wait(&self) -> bool {
        matches!(self.held, Held::Token(_))
    }

    /// Where the key is, if it is in a token.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        match &self.held {
            Held::Memory(_) => None,
            Held::Token(key) => Some(key.place()),
        }
    }

    /// Signs a transaction. Its `key` field becomes this key, so that nobody can sign in another key's name by mistake.
    ///
    /// # Errors
    /// [`KeyError::Token`].
    pub fn sign_tx(&self, mut tx: Tx) -> Result<SignedTx, KeyError> {
        tx.key = self.public;
        let signature = self.sign(tx_message(&tx))?;
        Ok(SignedTx { tx, signature })
    }

    /// Signs a checkpoint as a witness: the text of `proof::note::Checkpoint`, at this second.
    ///
    /// # Errors
    /// [`KeyError::Token`].
    pub fn cosign(&self, time_s: u64, checkpoint: &str) -> Result<[u8; 64], KeyError> {
        self.sign(cosignature_message(time_s, checkpoint))
    }

    /// Signs a line device's reading: the bytes of `api::line::Reading::body`.
    ///
    /// # Errors
    /// [`KeyError::Token`].
    pub fn sign_reading(&self, body: &[u8]) -> Result<[u8; 64], KeyError> {
        self.sign(reading_message(body))
    }

    /// Signs a receipt of a verdict, as the server that said it.
    ///
    /// # Errors
    /// [`KeyError::Token`].
    pub fn sign_receipt(&self, receipt: Receipt) -> Result<SignedReceipt, KeyError> {
        let signature = self.sign(receipt.message())?;
        Ok(SignedReceipt { receipt, signature })
    }

    /// Signs a validator's vote under the namespace of its chain and its kind.
    ///
    /// # Errors
    /// [`KeyError::Token`]; [`KeyError::Purpose`] when the namespace is not one of votes.
    pub fn sign_vote(&self, namespace: &[u8], vote: &[u8]) -> Result<[u8; 64], KeyError> {
        let length = u8::try_from(namespace.len()).ok().filter(|length| usize::from(*length) <= NAMESPACE_BYTES_MAX);
        match length {
            Some(length) if namespace.starts_with(VOTE_PREFIX) => {
                self.sign([[length].as_slice(), namespace, vote].concat())
            }
            _ => Err(KeyError::Purpose("this is no namespace of votes")),
        }
    }

    /// Signs a handshake with another node: the hash of what was said so far.
    ///
    /// # Errors
    /// [`KeyError::Token`].
    pub fn sign_handshake(&self, transcript: &[u8; 32]) -> Result<[u8; 64], KeyError> {
        self.sign([[0].as_slice(), transcript].concat())
    }

    fn sign(&self, message: Vec<u8>) -> Result<[u8; 64], KeyError> {
        match &self.held {
            Held::Memory(key) => Ok(key.sign(&message).to_bytes()),
            Held::Token(key) => Ok(key.sign(message)?),
        }
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.public)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::{Signature, Verifier as _, VerifyingKey};
    use tracelight_domain::ids::{ChainId, RecallId};
    use tracelight_domain::tx::TxBody;

    fn key() -> Signer {
        Signer::from_seed(&[7; 32])
    }

    #[test]
    fn each_purpose_signs_what_its_verifier_accepts() {
        let chain = ChainId([1; 32]);
        let body = TxBody::CloseRecall { recall: RecallId([2; 16]) };
        let tx = Tx { chain, key: PublicKey([0; 32]), nonce: 1, expires_at: 10, body };
        let mut signed = key().sign_tx(tx).expect("in memory");
        assert_eq!(signed.tx.key, key().public_key());
        tracelight_proof::signed::verify(&signed).expect("our own signature");
        signed.tx.nonce = 2;
        assert!(tracelight_proof::signed::verify(&signed).is_err(), "a changed transaction keeps no signature");
        let signature = key().sign_reading(b"{}").expect("in memory");
        tracelight_proof::signed::verify_reading(&key().public_key(), &signature, b"{}").expect("our own reading");
        let signature = key().cosign(5, "text\n").expect("in memory");
        assert!(tracelight_proof::note::verify_cosignature(&key().public_key(), 5, "text\n", &signature));
    }

    #[test]
    fn votes_and_handshakes_have_the_engines_form_and_nothing_else_passes_for_a_vote() {
        let public = VerifyingKey::from_bytes(&key().public_key().0).expect("a key");
        let holds =
            |message: &[u8], signature: [u8; 64]| public.verify(message, &Signature::from_bytes(&signature)).is_ok();
        let namespace = [VOTE_PREFIX, &[b'c'; 64], b"_FINALIZE"].concat();
        let vote = key().sign_vote(&namespace, b"vote").expect("a vote");
        assert!(holds(&[[97].as_slice(), &namespace, b"vote"].concat(), vote));
        let hello = key().sign_handshake(&[9; 32]).expect("a handshake");
        assert!(holds(&[[0].as_slice(), &[9; 32]].concat(), hello));
        let long = [VOTE_PREFIX, &[b'c'; 128]].concat();
        for wrong in [b"".as_slice(), b"tracelight/tx-signature/v1", &long] {
            assert!(matches!(key().sign_vote(wrong, b"vote"), Err(KeyError::Purpose(_))), "{wrong:?}");
        }
    }
}

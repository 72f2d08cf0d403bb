//! Signed transactions: the bytes a key signs, the id, and the check of one signature.
//!
//! ```text
//! message = "tracelight/tx-signature/v1" ‖ transaction bytes
//! id      = H(tx id ‖ transaction bytes)             (the signature is not part of it)
//! ```
//! Signatures follow ZIP-215 (<https://zips.z.cash/zip-0215>), so that single and batch verification agree and no node
//! can be forked off by an odd signature. There is no function that signs plain bytes.

use crate::codec::{Canonical as _, DecodeError};
use crate::hash::{READING, TX_ID, TX_SIGNATURE, hash};
use ed25519_zebra::{Signature, VerificationKey};
use thiserror::Error;
use tracelight_domain::ids::{PublicKey, TxId};
use tracelight_domain::tx::{SignedTx, TX_BYTES_MAX, Tx};

/// Why bytes are not a well-signed transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SignedTxError {
    /// Not a transaction.
    #[error("not a transaction: {0}")]
    Decode(#[from] DecodeError),
    /// The signature does not fit.
    #[error("the signature does not fit the bytes and the key")]
    BadSignature,
}

/// The bytes that the transaction's key signs.
#[must_use]
pub fn tx_message(tx: &Tx) -> Vec<u8> {
    let mut message = TX_SIGNATURE.0.to_vec();
    tx.write(&mut message);
    message
}

/// The transaction's id.
#[must_use]
pub fn tx_id(tx: &Tx) -> TxId {
    TxId(hash(TX_ID, &[&tx.to_bytes()]).0)
}

/// Reads a signed transaction of at most [`TX_BYTES_MAX`]. The signature is not checked here.
///
/// # Errors
/// [`DecodeError`].
pub fn parse(bytes: &[u8]) -> Result<SignedTx, DecodeError> {
    SignedTx::parse(bytes, TX_BYTES_MAX, "transaction")
}

/// Checks the signature of one transaction.
///
/// # Errors
/// [`SignedTxError::BadSignature`].
pub fn verify(signed: &SignedTx) -> Result<(), SignedTxError> {
    verify_bytes(&signed.tx.key, &signed.signature, &tx_message(&signed.tx))
}

/// The bytes that a line device signs over one reading (the MQTT payload without its signature).
#[must_use]
pub fn reading_message(payload: &[u8]) -> Vec<u8> {
    [READING.0, payload].concat()
}

/// Checks a line device's signature over one reading.
///
/// # Errors
/// [`SignedTxError::BadSignature`].
pub fn verify_reading(key: &PublicKey, signature: &[u8; 64], payload: &[u8]) -> Result<(), SignedTxError> {
    verify_bytes(key, signature, &reading_message(payload))
}

fn verify_bytes(key: &PublicKey, signature: &[u8; 64], message: &[u8]) -> Result<(), SignedTxError> {
    VerificationKey::try_from(key.0)
        .and_then(|key| key.verify(&Signature::from_bytes(signature), message))
        .map_err(|_| SignedTxError::BadSignature)
}

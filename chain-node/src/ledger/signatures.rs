//! Signature checks: ZIP-215, many at once, each exact bytes only once.
//!
//! Under ZIP-215 a key of small order accepts signatures that nobody made, so a transaction signed by such a key counts as
//! badly signed. This is part of what makes a block valid and must not differ between nodes.

use super::checked::{CheckedTx, SeenTxs, bytes_key};
use ed25519_zebra::{Signature, VerificationKey, VerificationKeyBytes, batch};
use rand_core::OsRng;
use std::sync::Arc;
use thiserror::Error;
use tracelight_domain::ids::PublicKey;
use tracelight_proof::codec::DecodeError;
use tracelight_proof::signed;

/// The neutral point and a zero: a signature that only keys of small order accept.
const NEUTRAL_SIGNATURE: [u8; 64] = {
    let mut bytes = [0; 64];
    bytes[0] = 1;
    bytes
};

/// Why bytes are not a well-signed transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TxFault {
    /// Not the format.
    #[error("not a transaction: {0}")]
    Malformed(#[from] DecodeError),
    /// The signature does not fit, or the key has small order.
    #[error("the signature does not fit the bytes and the key")]
    BadSignature,
}

/// Checks the signatures of many transactions. Computes for about 30 us a transaction that was not seen before, so it
/// belongs on a blocking thread.
pub fn check_all(seen: &SeenTxs, txs: &[&[u8]]) -> Vec<Result<Arc<CheckedTx>, TxFault>> {
    let mut answers: Vec<Result<Arc<CheckedTx>, TxFault>> = Vec::with_capacity(txs.len());
    // Positions of the transactions that are new, each with what the batch needs.
    let mut fresh: Vec<(usize, batch::Item)> = Vec::new();
    for (index, bytes) in txs.iter().enumerate() {
        let answer = match seen.get(&bytes_key(bytes)) {
            Some(known) => Ok(known),
            None => parse(bytes).and_then(|tx| {
                let key = tx.signed.tx.key;
                if !seen.key_is_good(&key, || is_good_key(&key)) {
                    return Err(TxFault::BadSignature);
                }
                fresh.push((index, item(&tx)));
                Ok(Arc::new(tx))
            }),
        };
        answers.push(answer);
    }
    let mut all = batch::Verifier::new();
    fresh.iter().for_each(|(_, item)| all.queue(item.clone()));
    // One bad signature spoils the batch; then each is looked at alone, which gives the same answers.
    let all_good = fresh.is_empty() || all.verify(OsRng).is_ok();
    for (index, item) in fresh {
        let Some(answer) = answers.get_mut(index) else { continue };
        if !all_good && item.verify_single().is_err() {
            *answer = Err(TxFault::BadSignature);
        } else if let Ok(tx) = answer {
            seen.insert(bytes_key(&tx.bytes), Arc::clone(tx));
        }
    }
    answers
}

fn parse(bytes: &[u8]) -> Result<CheckedTx, TxFault> {
    let signed = signed::parse(bytes)?;
    Ok(CheckedTx { id: signed::tx_id(&signed.tx), signed, bytes: bytes.to_vec() })
}

/// Reads transactions of a final block: a quorum has checked their signatures before it signed the block.
///
/// # Errors
/// [`TxFault::Malformed`].
pub fn parse_final(seen: &SeenTxs, txs: &[&[u8]]) -> Result<Vec<Arc<CheckedTx>>, TxFault> {
    txs.iter().map(|bytes| seen.get(&bytes_key(bytes)).map_or_else(|| parse(bytes).map(Arc::new), Ok)).collect()
}

fn item(tx: &CheckedTx) -> batch::Item {
    let key = VerificationKeyBytes::from(tx.signed.tx.key.0);
    let signature = Signature::from_bytes(&tx.signed.signature);
    batch::Item::from((key, signature, &signed::tx_message(&tx.signed.tx)))
}

fn is_good_key(key: &PublicKey) -> bool {
    VerificationKey::try_from(key.0)
        .is_ok_and(|key| key.verify(&Signature::from_bytes(&NEUTRAL_SIGNATURE), b"tracelight/small-order").is_err())
}

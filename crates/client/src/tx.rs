//! Makes signed transactions.
//!
//! A person's intention gets its nonce from [`nonce_of`]: the same intention sent twice is then recognised by the chain,
//! and answered with its first result. A device counts from 0 without a gap instead.

use crate::keys::{KeyFileError, Signer};
use tracelight_domain::ids::{ChainId, Height, PublicKey};
use tracelight_domain::tx::{EXPIRY_BLOCKS_MAX, SignedTx, Tx, TxBody};
use tracelight_proof::hash::sha256;

/// Blocks for which a transaction stays good when nobody says otherwise: at least a quarter of an hour on a quiet chain.
pub const VALID_BLOCKS: u64 = 1_000;

/// Makes transactions of one alliance that expire together.
#[derive(Clone, Copy, Debug)]
pub struct TxBuilder {
    chain: ChainId,
    expires_at: Height,
}

impl TxBuilder {
    /// For an alliance whose newest block is `now`; good for [`VALID_BLOCKS`].
    #[must_use]
    pub const fn new(chain: ChainId, now: Height) -> Self {
        Self { chain, expires_at: now.saturating_add(VALID_BLOCKS) }
    }

    /// Good for this many blocks after `now`, at most [`EXPIRY_BLOCKS_MAX`].
    #[must_use]
    pub const fn valid_for(chain: ChainId, now: Height, blocks: u64) -> Self {
        let blocks = if blocks > EXPIRY_BLOCKS_MAX { EXPIRY_BLOCKS_MAX } else { blocks };
        Self { chain, expires_at: now.saturating_add(blocks) }
    }

    /// A signed transaction. May block for as long as a token takes: see [`Signer::may_wait`].
    ///
    /// # Errors
    /// [`KeyFileError::Token`]; a key in memory never fails.
    pub fn sign(&self, key: &Signer, nonce: u64, body: TxBody) -> Result<SignedTx, KeyFileError> {
        let signed_by: PublicKey = key.public_key();
        key.sign_tx(Tx { chain: self.chain, key: signed_by, nonce, expires_at: self.expires_at, body })
    }
}

/// The nonce of an intention that is named by bytes: the first 8 of their SHA-256. The name should hold who intends it,
/// and an idempotency key or random bytes.
#[must_use]
pub fn nonce_of(intention: &[u8]) -> u64 {
    let hash = sha256(intention).0;
    hash.iter().take(8).fold(0, |nonce, byte| nonce << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracelight_domain::ids::RecallId;

    #[test]
    fn a_transaction_expires_within_the_ledgers_bound_and_is_signed() {
        let key = Signer::from_seed(&[3; 32]);
        let chain = ChainId([9; 32]);
        let body = TxBody::CloseRecall { recall: RecallId([1; 16]) };
        let signed = TxBuilder::new(chain, 50).sign(&key, 4, body.clone()).expect("in memory");
        assert_eq!((signed.tx.expires_at, signed.tx.nonce, signed.tx.chain), (50 + VALID_BLOCKS, 4, chain));
        tracelight_proof::signed::verify(&signed).expect("our own signature");
        let far = TxBuilder::valid_for(chain, 50, u64::MAX).sign(&key, 4, body).expect("in memory");
        assert_eq!(far.tx.expires_at, 50 + EXPIRY_BLOCKS_MAX);
    }

    #[test]
    fn equal_intentions_have_equal_nonces() {
        assert_eq!(nonce_of(b"user 1, key abc"), nonce_of(b"user 1, key abc"));
        assert_ne!(nonce_of(b"user 1, key abc"), nonce_of(b"user 2, key abc"));
    }
}

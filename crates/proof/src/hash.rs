//! SHA-256 with one domain-separation string per purpose. No two purposes share a string, so no hash or signature made
//! for one can be passed off as another.

use sha2::{Digest as _, Sha256};
use tracelight_domain::ids::Hash;

/// What a hash is for. Every string is unique; a test compares them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purpose(pub(crate) &'static [u8]);

/// Genesis bytes to chain id.
pub const GENESIS: Purpose = Purpose(b"tracelight/genesis/v1");
/// Header bytes to block id. The consensus crate uses the same string.
pub const BLOCK: Purpose = Purpose(b"tracelight/block/v1");
/// Transaction bytes to transaction id.
pub const TX_ID: Purpose = Purpose(b"tracelight/tx-id/v1");
/// Bytes that a key signs.
pub const TX_SIGNATURE: Purpose = Purpose(b"tracelight/tx-signature/v1");
/// Leaf of the transactions tree.
pub const TX_LEAF: Purpose = Purpose(b"tracelight/tx-leaf/v1");
/// Hash chain over the outcomes of blocks.
pub const OUTCOMES: Purpose = Purpose(b"tracelight/outcomes/v1");
/// An event.
pub const EVENT: Purpose = Purpose(b"tracelight/event/v1");
/// Head of a history.
pub const HISTORY: Purpose = Purpose(b"tracelight/history/v1");
/// A pack's salted leaf.
pub const UNIT_LEAF: Purpose = Purpose(b"tracelight/unit-leaf/v1");
/// A batch's hidden count.
pub const COUNT: Purpose = Purpose(b"tracelight/count/v1");
/// A batch's unit root.
pub const UNIT_ROOT: Purpose = Purpose(b"tracelight/unit-root/v1");
/// A case on a pallet.
pub const CASE_LEAF: Purpose = Purpose(b"tracelight/case-leaf/v1");
/// A node of a Merkle tree.
pub const NODE: Purpose = Purpose(b"tracelight/node/v1");
/// A product's master data.
pub const PRODUCT: Purpose = Purpose(b"tracelight/product/v1");
/// The validators that certify a header.
pub const VALIDATORS: Purpose = Purpose(b"tracelight/validators/v1");
/// A unit's salt, derived from the batch secret.
pub const UNIT_SALT: Purpose = Purpose(b"tracelight/unit-salt/v1");
/// A batch's hidden quota.
pub const QUOTA: Purpose = Purpose(b"tracelight/quota/v1");
/// The salt of a quota, derived from the batch secret.
pub const QUOTA_SALT: Purpose = Purpose(b"tracelight/quota-salt/v1");
/// A line device's signed reading.
pub const READING: Purpose = Purpose(b"tracelight/reading/v1");
/// An entry of a member's log of captured EPCIS events.
pub const CAPTURED: Purpose = Purpose(b"tracelight/captured/v1");
/// A server's receipt of a verdict.
pub const VERDICT_RECEIPT: Purpose = Purpose(b"tracelight/verdict-receipt/v1");

/// Every purpose, for the test that they differ.
pub const ALL: &[Purpose] = &[
    GENESIS,
    BLOCK,
    TX_ID,
    TX_SIGNATURE,
    TX_LEAF,
    OUTCOMES,
    EVENT,
    HISTORY,
    UNIT_LEAF,
    COUNT,
    UNIT_ROOT,
    CASE_LEAF,
    NODE,
    PRODUCT,
    VALIDATORS,
    UNIT_SALT,
    QUOTA,
    QUOTA_SALT,
    READING,
    CAPTURED,
    VERDICT_RECEIPT,
];

/// `SHA-256(purpose ‖ parts…)`. The parts are of fixed length or carry their own lengths.
#[must_use]
pub fn hash(purpose: Purpose, parts: &[&[u8]]) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(purpose.0);
    for part in parts {
        hasher.update(part);
    }
    Hash(hasher.finalize().into())
}

/// Plain SHA-256, for documents that others hash too.
#[must_use]
pub fn sha256(bytes: &[u8]) -> Hash {
    Hash(Sha256::digest(bytes).into())
}

/// BLAKE3 of a block's body: it only guards the transport of a body beside its header, and is 20 times faster here.
#[must_use]
pub fn body_hash(body: &[u8]) -> Hash {
    Hash(*blake3::hash(body).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::ALL;

    #[test]
    fn no_purpose_is_a_prefix_of_another() {
        for (i, a) in ALL.iter().enumerate() {
            for (j, b) in ALL.iter().enumerate() {
                assert!(i == j || !b.0.starts_with(a.0), "{a:?} is a prefix of {b:?}");
            }
        }
    }
}

//! Membership and absence in the authenticated state.
//!
//! The state is a Jellyfish Merkle tree (crate `jmt` 0.12, SHA-256). Its own proofs carry 65 bytes a sibling; a checker
//! needs 32, and none for an empty one. Our encoding:
//!
//! ```text
//! proof = kind u8: 1 present, value (length u32 | bytes)
//!                  2 absent, nothing stands in its place
//!                  3 absent, another leaf stands there (key hash 32, value hash 32)
//!         | count u16 | bitmap of non-empty siblings, ceil(count/8) bytes, first sibling = lowest bit | 32 bytes each
//! leaf  = SHA-256("JMT::LeafNode" ‖ key hash ‖ SHA-256(value))
//! node  = SHA-256("JMT::IntrnalNode" ‖ left ‖ right)         empty = "SPARSE_MERKLE_PLACEHOLDER_HASH__"
//! ```
//! Siblings run from the leaf to the root. A native test compares this checker with jmt's own on random trees.

use crate::codec::{Canonical, DecodeError, Reader, write_blob, write_count};
use crate::hash::{STATE_KEY, hash, sha256};
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use tracelight_domain::ids::Hash;
use tracelight_domain::state::{ObjectId, ObjectState};

/// Bytes of one state value. The largest is a shipment of 512 objects.
pub const VALUE_BYTES_MAX: usize = 8 * 1024;
/// Siblings of one proof: the bits of a key.
pub const SIBLINGS_MAX: usize = 256;
/// jmt's hash of an empty subtree.
pub const EMPTY: Hash = Hash(*b"SPARSE_MERKLE_PLACEHOLDER_HASH__");

/// What stands at an object's key, and the siblings up to the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateProof {
    /// What stands there.
    pub leaf: ProofLeaf,
    /// From the leaf to the root; `None` is an empty subtree.
    pub siblings: Vec<Option<Hash>>,
}

/// What stands at a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProofLeaf {
    /// The object, with its value.
    Present(Vec<u8>),
    /// Nothing.
    Absent,
    /// Another object whose key shares the beginning.
    Other {
        /// Its key.
        key: Hash,
        /// Hash of its value.
        value: Hash,
    },
}

/// Why a proof proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum StateProofError {
    /// The siblings lead to another root.
    #[error("the state proof leads to another root")]
    WrongRoot,
    /// The leaf that stands in the way has nothing to do with the key.
    #[error("the state proof shows a leaf that does not stand in the object's place")]
    UnrelatedLeaf,
    /// The value is not an object's state.
    #[error("the proven value is not a state: {0}")]
    Value(#[from] DecodeError),
}

/// The key of an object in the state tree.
#[must_use]
pub fn state_key(object: &ObjectId) -> Hash {
    hash(STATE_KEY, &[&object.to_bytes()])
}

/// Checks what the proof says of `object` under `state_root`: its state, or that it does not exist.
///
/// # Errors
/// [`StateProofError`].
pub fn verify(
    proof: &StateProof,
    state_root: &Hash,
    object: &ObjectId,
) -> Result<Option<ObjectState>, StateProofError> {
    let key = state_key(object);
    let depth = proof.siblings.len();
    let leaf = match &proof.leaf {
        ProofLeaf::Present(value) => leaf_hash(&key, &sha256(value)),
        ProofLeaf::Absent => EMPTY,
        ProofLeaf::Other { key: other, value } => {
            if *other == key || common_bits(other, &key) < depth {
                return Err(StateProofError::UnrelatedLeaf);
            }
            leaf_hash(other, value)
        }
    };
    // Sibling 0 is the deepest: it hangs at bit depth-1 of the key.
    let root = proof.siblings.iter().enumerate().fold(leaf, |at, (step, sibling)| {
        let sibling = sibling.unwrap_or(EMPTY);
        if bit(&key, depth - 1 - step) { node_hash(&sibling, &at) } else { node_hash(&at, &sibling) }
    });
    if root != *state_root {
        return Err(StateProofError::WrongRoot);
    }
    match &proof.leaf {
        ProofLeaf::Present(value) => Ok(Some(ObjectState::parse(value, VALUE_BYTES_MAX, "state")?)),
        ProofLeaf::Absent | ProofLeaf::Other { .. } => Ok(None),
    }
}

fn bit(key: &Hash, index: usize) -> bool {
    key.0.get(index / 8).is_some_and(|byte| (byte >> (7 - index % 8)) & 1 == 1)
}

fn common_bits(a: &Hash, b: &Hash) -> usize {
    (0..256).take_while(|index| bit(a, *index) == bit(b, *index)).count()
}

/// The hash of a state's bytes.
#[must_use]
pub fn value_hash(value: &[u8]) -> Hash {
    sha256(value)
}

/// The hash of a leaf: a key and the hash of its value.
#[must_use]
pub fn leaf_hash(key: &Hash, value: &Hash) -> Hash {
    tree_hash(b"JMT::LeafNode", key, value)
}

/// The hash of a subtree with two leaves or more.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    tree_hash(b"JMT::IntrnalNode", left, right)
}

fn tree_hash(tag: &[u8], left: &Hash, right: &Hash) -> Hash {
    Hash(Sha256::new().chain_update(tag).chain_update(left.0).chain_update(right.0).finalize().into())
}

/// jmt's hash of a leaf, for whoever converts its proofs.
#[must_use]
pub fn jmt_leaf_hash(key: &Hash, value: &Hash) -> Hash {
    leaf_hash(key, value)
}

/// jmt's hash of an inner node, for whoever converts its proofs.
#[must_use]
pub fn jmt_node_hash(left: &Hash, right: &Hash) -> Hash {
    node_hash(left, right)
}

impl Canonical for StateProof {
    fn write(&self, out: &mut Vec<u8>) {
        match &self.leaf {
            ProofLeaf::Present(value) => {
                out.push(1);
                write_blob(value, out);
            }
            ProofLeaf::Absent => out.push(2),
            ProofLeaf::Other { key, value } => {
                out.push(3);
                key.write(out);
                value.write(out);
            }
        }
        write_count(self.siblings.len(), out);
        for eight in self.siblings.chunks(8) {
            out.push(eight.iter().enumerate().fold(0u8, |bits, (i, s)| bits | (u8::from(s.is_some()) << i)));
        }
        self.siblings.iter().flatten().for_each(|sibling| sibling.write(out));
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let leaf = match u8::read(r)? {
            1 => ProofLeaf::Present(r.blob(VALUE_BYTES_MAX, "state value")?.to_vec()),
            2 => ProofLeaf::Absent,
            3 => ProofLeaf::Other { key: Canonical::read(r)?, value: Canonical::read(r)? },
            _ => return Err(r.invalid("proof kind", 1)),
        };
        let count = r.count(SIBLINGS_MAX, "siblings")?;
        let bitmap = r.take(count.div_ceil(8), "siblings")?;
        let present: Vec<bool> = bitmap.iter().flat_map(|byte| (0..8).map(move |bit| (byte >> bit) & 1 == 1)).collect();
        if present.iter().skip(count).any(|set| *set) {
            return Err(r.invalid("siblings", 1));
        }
        let sibling = |set: &bool, r: &mut Reader<'_>| if *set { Hash::read(r).map(Some) } else { Ok(None) };
        let siblings = present.iter().take(count).map(|set| sibling(set, r)).collect::<Result<_, _>>()?;
        Ok(Self { leaf, siblings })
    }
}

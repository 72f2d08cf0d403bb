//! Membership and absence in the authenticated state.
//!
//! The state is a compact binary Merkle tree over the keys' bits, most significant first (ADR 0007):
//!
//! ```text
//! key            = B("object", object id)                 32 bytes
//! value hash     = B("value", state bytes)
//! leaf           = B("leaf", key ‖ value hash)
//! subtree of     no leaf = 32 zero bytes       one leaf = that leaf       more = B("node", left ‖ right)
//! B(what, bytes) = BLAKE3 in keyed mode; the key is "tracelight/state/" what "/v1", filled with zero bytes to 32
//! ```
//! The root is a function of the content alone. A different BLAKE3 key for each purpose keeps a leaf from being passed off as
//! a node, at one compression for either. A single leaf stands as high as it can, so an absent object is proven by an empty
//! place, or by the other leaf that stands where the object would.
//!
//! ```text
//! proof = kind u8: 1 present, value (length u32 | bytes)
//!                  2 absent, nothing stands in its place
//!                  3 absent, another leaf stands there (key 32, value hash 32)
//!         | count u16 | bitmap of non-empty siblings, ceil(count/8) bytes, first sibling = lowest bit | 32 bytes each
//! ```
//! Siblings run from the leaf to the root. An empty sibling is spelled by its bit alone; 32 zero bytes in its place are
//! refused, so a proof has one spelling.

mod subtree;

pub use subtree::{Leaf, Subtree};

use crate::codec::{Canonical, DecodeError, Reader, write_blob, write_count};
use thiserror::Error;
use tracelight_domain::ids::Hash;
use tracelight_domain::state::{ObjectId, ObjectState};

/// Bytes of one state value. The largest is a shipment of 512 objects.
pub const VALUE_BYTES_MAX: usize = 16 * 1024;
/// Siblings of one proof: the bits of a key.
pub const SIBLINGS_MAX: usize = 256;
/// The hash of an empty subtree.
pub const EMPTY: Hash = Hash::ZERO;

const OBJECT: [u8; 32] = purpose(b"tracelight/state/object/v1");
const VALUE: [u8; 32] = purpose(b"tracelight/state/value/v1");
const LEAF: [u8; 32] = purpose(b"tracelight/state/leaf/v1");
const NODE: [u8; 32] = purpose(b"tracelight/state/node/v1");

/// A text, filled with zero bytes.
const fn purpose(text: &[u8]) -> [u8; 32] {
    let mut key = [0; 32];
    let (head, _) = key.split_at_mut(text.len());
    head.copy_from_slice(text);
    key
}

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
    keyed(&OBJECT, &object.to_bytes())
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
        ProofLeaf::Present(value) => leaf_hash(&key, &value_hash(value)),
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

/// A bit of a key, the most significant first.
#[must_use]
pub fn bit(key: &Hash, index: usize) -> bool {
    key.0.get(index / 8).is_some_and(|byte| (byte >> (7 - index % 8)) & 1 == 1)
}

fn common_bits(a: &Hash, b: &Hash) -> usize {
    (0..256).take_while(|index| bit(a, *index) == bit(b, *index)).count()
}

/// The hash of a state's bytes.
#[must_use]
pub fn value_hash(value: &[u8]) -> Hash {
    keyed(&VALUE, value)
}

/// The hash of a leaf: a key and the hash of its value.
#[must_use]
pub fn leaf_hash(key: &Hash, value: &Hash) -> Hash {
    keyed_pair(&LEAF, key, value)
}

/// The hash of a subtree with two leaves or more.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    keyed_pair(&NODE, left, right)
}

fn keyed_pair(purpose: &[u8; 32], left: &Hash, right: &Hash) -> Hash {
    let mut both = [0; 64];
    let (head, tail) = both.split_at_mut(32);
    head.copy_from_slice(&left.0);
    tail.copy_from_slice(&right.0);
    keyed(purpose, &both)
}

fn keyed(purpose: &[u8; 32], bytes: &[u8]) -> Hash {
    Hash(*blake3::keyed_hash(purpose, bytes).as_bytes())
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
        let sibling = |set: &bool, r: &mut Reader<'_>| match set.then(|| Hash::read(r)).transpose()? {
            Some(EMPTY) => Err(r.invalid("sibling", 32)),
            sibling => Ok(sibling),
        };
        let siblings = present.iter().take(count).map(|set| sibling(set, r)).collect::<Result<_, _>>()?;
        Ok(Self { leaf, siblings })
    }
}

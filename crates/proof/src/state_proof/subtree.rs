//! Subtrees of the state: what a page of the tree, or a file of a snapshot, stands for one level up.

use super::{EMPTY, bit, leaf_hash, node_hash};
use tracelight_domain::ids::Hash;

/// A leaf: a key and the hash of its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Leaf {
    /// Hash of the object's id.
    pub key: Hash,
    /// Hash of the state's bytes.
    pub value: Hash,
}

/// A subtree, as the level above it sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subtree {
    /// No leaf.
    Empty,
    /// One leaf, which stands as high as it can.
    Single(Hash),
    /// Two leaves or more.
    Many(Hash),
}

impl Subtree {
    /// What stands for it in the level above.
    #[must_use]
    pub const fn hash(self) -> Hash {
        match self {
            Self::Empty => EMPTY,
            Self::Single(hash) | Self::Many(hash) => hash,
        }
    }

    /// The subtree of two halves.
    #[must_use]
    pub fn join(left: Self, right: Self) -> Self {
        match (left, right) {
            (Self::Empty, one @ (Self::Empty | Self::Single(_))) | (one @ Self::Single(_), Self::Empty) => one,
            _ => Self::Many(node_hash(&left.hash(), &right.hash())),
        }
    }

    /// The subtree over a row of subtrees; their number is a power of two.
    #[must_use]
    pub fn over(row: &[Self]) -> Self {
        match row {
            [] => Self::Empty,
            [one] => *one,
            more => {
                let (left, right) = more.split_at(more.len() / 2);
                Self::join(Self::over(left), Self::over(right))
            }
        }
    }

    /// The subtree of sorted leaves with different keys that share their first `bits` bits.
    #[must_use]
    pub fn of_leaves(leaves: &[Leaf], bits: usize) -> Self {
        match leaves {
            [] => Self::Empty,
            [leaf] => Self::Single(leaf_hash(&leaf.key, &leaf.value)),
            // Keys have 256 bits: equal ones, which the caller excludes, end here instead of going on for ever.
            _ if bits >= 256 => Self::Empty,
            more => {
                let (left, right) = more.split_at(more.partition_point(|leaf| !bit(&leaf.key, bits)));
                Self::join(Self::of_leaves(left, bits + 1), Self::of_leaves(right, bits + 1))
            }
        }
    }
}

//! The log of all blocks: an append-only Merkle tree in the manner of Certificate Transparency.
//!
//! ```text
//! entry n  = id of block n, 32 bytes                              leaf = SHA-256(0x00 ‖ entry)
//! node     = SHA-256(0x01 ‖ left ‖ right)                         empty log = SHA-256("")
//! shape    = RFC 6962 section 2.1: split at the largest power of two below the size
//! ```
//! A header states the root over blocks `0..=executed` (ADR 0006), so every certified header vouches for every block before
//! it, and a witness that saw two headers can demand the proof that the later log continues the earlier one.
//!
//! This is the one tree of Tracelight whose hashes carry RFC prefixes and not a purpose of [`crate::hash`]: outsiders check
//! it with tools that they have (C2SP tlog-witness). An entry is always 32 bytes and a node 64, so neither passes for the
//! other, and no purpose string begins with byte 0 or 1.
//!
//! * [`Frontier`] is the compact range over all entries: it appends and states the root with at most 64 hashes.
//! * [`Nodes`] is whoever keeps the roots of complete subtrees; proofs are built from it with O(log n) reads.
//! * The verifiers are those of RFC 9162 sections 2.1.3.2 and 2.1.4.2 and take any input without a panic.

use crate::codec::{Canonical, DecodeError, Reader};
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use tracelight_domain::ids::Hash;

#[cfg(test)]
mod tests;

/// Hashes of one proof at most: a consistency proof of a log of 2^63 entries has no more.
pub const PROOF_HASHES_MAX: usize = 64;

/// A complete subtree of `2^level` entries, from entry `index * 2^level` on.
pub type Place = (u8, u64);

/// The hash of an entry.
#[must_use]
pub fn leaf(entry: &[u8]) -> Hash {
    Hash(Sha256::new().chain_update([0]).chain_update(entry).finalize().into())
}

/// The root of a log without entries.
#[must_use]
pub fn empty_root() -> Hash {
    Hash(Sha256::digest([]).into())
}

fn node(left: &Hash, right: &Hash) -> Hash {
    Hash(Sha256::new().chain_update([1]).chain_update(left.0).chain_update(right.0).finalize().into())
}

/// The roots of the complete subtrees that a log of this size falls into, largest first.
///
/// ```text
/// frontier = size u64 | one root for each 1 bit of the size, highest bit first
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

impl Frontier {
    /// Number of entries.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Appends an entry and returns the subtrees that it completes, lowest first: what a [`Nodes`] has to keep.
    ///
    /// A log of 2^64 - 1 entries is full and takes no more; at a thousand blocks a second that is 500 million years.
    pub fn append(&mut self, entry: &[u8]) -> Vec<(Place, Hash)> {
        if self.size == u64::MAX {
            return Vec::new();
        }
        let (mut at, mut root) = ((0u8, self.size), leaf(entry));
        let mut completed = vec![(at, root)];
        // Each trailing 1 bit of the size is a peak that the new entry completes to one of twice its size.
        for _ in 0..self.size.trailing_ones() {
            let Some(left) = self.peaks.pop() else { break };
            root = node(&left, &root);
            at = (at.0 + 1, at.1 >> 1);
            completed.push((at, root));
        }
        self.peaks.push(root);
        self.size += 1;
        completed
    }

    /// The root over all entries.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(last) = peaks.next() else { return empty_root() };
        peaks.fold(*last, |right, left| node(left, &right))
    }
}

impl Canonical for Frontier {
    fn write(&self, out: &mut Vec<u8>) {
        self.size.write(out);
        self.peaks.iter().for_each(|peak| peak.write(out));
    }
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let size = u64::read(reader)?;
        let peaks = (0..size.count_ones()).map(|_| Hash::read(reader)).collect::<Result<_, _>>()?;
        Ok(Self { size, peaks })
    }
}

/// Whoever keeps the roots of complete subtrees.
pub trait Nodes {
    /// Why one cannot be read.
    type Error;

    /// The root of this complete subtree.
    ///
    /// # Errors
    /// When it is not there or cannot be read.
    fn node(&self, place: Place) -> Result<Hash, Self::Error>;
}

/// The largest power of two below `count`; `count` is at least 2.
const fn split(count: u64) -> u64 {
    1 << (u64::BITS - 1 - (count - 1).leading_zeros())
}

/// Root over the entries `begin..end`, a range as RFC 6962 makes them: `begin` is a multiple of every power of two up to
/// the length.
fn range<N: Nodes>(nodes: &N, begin: u64, end: u64) -> Result<Hash, N::Error> {
    let count = end - begin;
    if count.is_power_of_two() {
        let level = count.trailing_zeros();
        return nodes.node((u8::try_from(level).unwrap_or(u8::MAX), begin >> level));
    }
    let middle = begin + split(count);
    Ok(node(&range(nodes, begin, middle)?, &range(nodes, middle, end)?))
}

/// The root over the first `size` entries.
///
/// # Errors
/// Those of the nodes.
pub fn root<N: Nodes>(nodes: &N, size: u64) -> Result<Hash, N::Error> {
    if size == 0 { Ok(empty_root()) } else { range(nodes, 0, size) }
}

/// Proof that entry `index` is in the log of `size` entries (RFC 6962 section 2.1.1); `None` when it is not.
///
/// # Errors
/// Those of the nodes.
pub fn prove_inclusion<N: Nodes>(nodes: &N, index: u64, size: u64) -> Result<Option<Vec<Hash>>, N::Error> {
    if index >= size {
        return Ok(None);
    }
    let (mut begin, mut end, mut proof) = (0, size, Vec::new());
    while end - begin > 1 {
        let middle = begin + split(end - begin);
        if index < middle {
            proof.push(range(nodes, middle, end)?);
            end = middle;
        } else {
            proof.push(range(nodes, begin, middle)?);
            begin = middle;
        }
    }
    proof.reverse();
    Ok(Some(proof))
}

/// Proof that the log of `to` entries continues that of `from` (RFC 6962 section 2.1.2); `None` when `from > to`. Empty
/// when `from` is 0 or `to`.
///
/// # Errors
/// Those of the nodes.
pub fn prove_consistency<N: Nodes>(nodes: &N, from: u64, to: u64) -> Result<Option<Vec<Hash>>, N::Error> {
    if from > to {
        return Ok(None);
    }
    if from == 0 || from == to {
        return Ok(Some(Vec::new()));
    }
    let (mut begin, mut end, mut proof) = (0, to, Vec::new());
    // Walks down to where the old log ends; `whole` while everything on the way is left of it.
    while from != end {
        let middle = begin + split(end - begin);
        if from <= middle {
            proof.push(range(nodes, middle, end)?);
            end = middle;
        } else {
            proof.push(range(nodes, begin, middle)?);
            begin = middle;
        }
    }
    if begin != 0 {
        proof.push(range(nodes, begin, end)?);
    }
    proof.reverse();
    Ok(Some(proof))
}

/// Why a proof of the log proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum LogError {
    /// The entry, or the older log, lies beyond the end of the log.
    #[error("entry or size {asked} lies beyond the log's {size} entries")]
    Beyond {
        /// Asked for.
        asked: u64,
        /// Entries of the log.
        size: u64,
    },
    /// The proof has another length than the place demands.
    #[error("a proof of {hashes} hashes does not fit these sizes")]
    Length {
        /// Hashes given.
        hashes: usize,
    },
    /// The proof leads to another root.
    #[error("the proof leads to another root of the log")]
    WrongRoot,
}

/// Checks that `leaf` is entry `index` of the log of `size` entries with this root.
///
/// # Errors
/// [`LogError`].
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> Result<(), LogError> {
    if index >= size {
        return Err(LogError::Beyond { asked: index, size });
    }
    let wrong_length = LogError::Length { hashes: proof.len() };
    let mut walk = Walk { old: index, new: size - 1 };
    let mut at = *leaf;
    for sibling in proof {
        at = match walk.step().ok_or(wrong_length)? {
            Side::Left => node(sibling, &at),
            Side::Right => node(&at, sibling),
        };
    }
    if walk.new != 0 {
        return Err(wrong_length);
    }
    if at == *root { Ok(()) } else { Err(LogError::WrongRoot) }
}

/// A log, by its size and its root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogHead {
    /// Entries.
    pub size: u64,
    /// Root over them.
    pub root: Hash,
}

/// Checks that the log `new` continues the log `old`: that no entry of `old` was changed, moved or removed.
///
/// # Errors
/// [`LogError`].
pub fn verify_consistency(old: &LogHead, new: &LogHead, proof: &[Hash]) -> Result<(), LogError> {
    if old.size > new.size {
        return Err(LogError::Beyond { asked: old.size, size: new.size });
    }
    let wrong_length = LogError::Length { hashes: proof.len() };
    if old.size == 0 || old.size == new.size {
        let same = if old.size == 0 { old.root == empty_root() } else { old.root == new.root };
        return match (proof.is_empty(), same) {
            (false, _) => Err(wrong_length),
            (true, false) => Err(LogError::WrongRoot),
            (true, true) => Ok(()),
        };
    }
    let mut walk = Walk { old: old.size - 1, new: new.size - 1 };
    let skipped = walk.old.trailing_ones();
    (walk.old, walk.new) = (walk.old.checked_shr(skipped).unwrap_or(0), walk.new.checked_shr(skipped).unwrap_or(0));
    // A complete old log is itself the first hash; the proof does not repeat it.
    let (first, rest) = if old.size.is_power_of_two() {
        (old.root, proof)
    } else {
        let (first, rest) = proof.split_first().ok_or(wrong_length)?;
        (*first, rest)
    };
    let (mut before, mut after) = (first, first);
    for sibling in rest {
        match walk.step().ok_or(wrong_length)? {
            Side::Left => (before, after) = (node(sibling, &before), node(sibling, &after)),
            Side::Right => after = node(&after, sibling),
        }
    }
    if walk.new != 0 {
        return Err(wrong_length);
    }
    if before == old.root && after == new.root { Ok(()) } else { Err(LogError::WrongRoot) }
}

enum Side {
    /// The sibling stands on the left.
    Left,
    Right,
}

/// The walk of both verifiers from a leaf (or old edge) up to the root: `fn` and `sn` of RFC 9162.
struct Walk {
    old: u64,
    new: u64,
}

impl Walk {
    /// On which side the next sibling stands; `None` at the root.
    fn step(&mut self) -> Option<Side> {
        if self.new == 0 {
            return None;
        }
        let side = if self.old & 1 == 1 || self.old == self.new {
            // An old edge that is the right edge moves up past the levels where it has no sibling.
            if self.old & 1 == 0 {
                let up = self.old.trailing_zeros();
                (self.old, self.new) = (self.old.checked_shr(up).unwrap_or(0), self.new.checked_shr(up).unwrap_or(0));
            }
            Side::Left
        } else {
            Side::Right
        };
        (self.old, self.new) = (self.old >> 1, self.new >> 1);
        Some(side)
    }
}

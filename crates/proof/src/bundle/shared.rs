//! Several state proofs under one root, each hash once.
//!
//! The proofs of one bundle start at the same root, so their upper siblings are the same, and where two paths part, the
//! sibling of the one is what the other computes. The objects and their leaves come before; from them a reader knows all
//! keys and with them the shape:
//!
//! ```text
//! proofs     = 0 | for each object: siblings                               when they do not fit together
//!            | 1 | group of all objects at depth 0
//! group      = of one object: siblings from its leaf up to this depth
//!            | of several: split by the key's bit at this depth
//!                both sides have objects: left group | right group         (each side's root is the other's sibling)
//!                one side has them:       sibling | group one deeper
//! siblings   = count varint | bitmap of non-empty ones, ceil(count/8) bytes, first = lowest bit | 32 bytes each
//! sibling    = 0 (empty) | 1, 32 bytes
//! ```
//! Whoever can write form 1 must; a reader compares the whole bundle with how it would write it.

use crate::codec::{Canonical, DecodeError, Reader, write_varint};
use crate::state_proof::{EMPTY, ProofLeaf, SIBLINGS_MAX, leaf_hash, node_hash, value_hash};
use tracelight_domain::ids::Hash;

/// An object on its way: its key, its leaf, and the siblings from the leaf up.
pub(super) struct Item<'a> {
    pub key: Hash,
    pub leaf: &'a ProofLeaf,
    pub siblings: &'a [Option<Hash>],
}

impl Item<'_> {
    /// The sibling that hangs at this bit of the key.
    fn at(&self, depth: usize) -> Option<Option<Hash>> {
        let index = self.siblings.len().checked_sub(depth + 1)?;
        self.siblings.get(index).copied()
    }
}

fn bit(key: &Hash, depth: usize) -> bool {
    key.0.get(depth / 8).is_some_and(|byte| (byte >> (7 - depth % 8)) & 1 == 1)
}

fn bottom(key: &Hash, leaf: &ProofLeaf) -> Hash {
    match leaf {
        ProofLeaf::Present(value) => leaf_hash(key, &value_hash(value)),
        ProofLeaf::Absent => EMPTY,
        ProofLeaf::Other { key, value } => leaf_hash(key, value),
    }
}

fn join(key: &Hash, depth: usize, at: &Hash, sibling: Option<Hash>) -> Hash {
    let sibling = sibling.unwrap_or(EMPTY);
    if bit(key, depth) { node_hash(&sibling, at) } else { node_hash(at, &sibling) }
}

/// Climbs from the leaf with all siblings below `depth`.
fn climb(key: &Hash, leaf: &ProofLeaf, depth: usize, siblings: &[Option<Hash>]) -> Hash {
    let deepest = depth + siblings.len();
    siblings
        .iter()
        .enumerate()
        .fold(bottom(key, leaf), |at, (step, sibling)| join(key, deepest - 1 - step, &at, *sibling))
}

/// A hash as a sibling: the empty one is spelled by its absence.
fn as_sibling(hash: Hash) -> Option<Hash> {
    Some(hash).filter(|hash| *hash != EMPTY)
}

/// Writes the siblings of all objects.
pub(super) fn write(items: &[Item<'_>], out: &mut Vec<u8>) {
    let mut shared = vec![1];
    let all: Vec<&Item<'_>> = items.iter().collect();
    if write_group(&all, 0, &mut shared).is_some() {
        out.extend_from_slice(&shared);
        return;
    }
    out.push(0);
    items.iter().for_each(|item| write_siblings(item.siblings, out));
}

/// Writes a group and returns its root; `None` when the proofs contradict each other or end inside one another.
fn write_group(items: &[&Item<'_>], depth: usize, out: &mut Vec<u8>) -> Option<Hash> {
    if let [one] = items {
        let below = one.siblings.get(..one.siblings.len().checked_sub(depth)?)?;
        write_siblings(below, out);
        return Some(climb(&one.key, one.leaf, depth, below));
    }
    let first = items.first()?;
    let (right, left): (Vec<&Item<'_>>, Vec<&Item<'_>>) = items.iter().partition(|item| bit(&item.key, depth));
    let fits = |items: &[&Item<'_>], sibling| items.iter().all(|item| item.at(depth) == Some(sibling));
    if left.is_empty() || right.is_empty() {
        let sibling = first.at(depth)?;
        if !fits(items, sibling) {
            return None;
        }
        sibling.write(out);
        let below = write_group(items, depth + 1, out)?;
        return Some(join(&first.key, depth, &below, sibling));
    }
    let left_root = write_group(&left, depth + 1, out)?;
    let right_root = write_group(&right, depth + 1, out)?;
    let agree = fits(&left, as_sibling(right_root)) && fits(&right, as_sibling(left_root));
    agree.then(|| node_hash(&left_root, &right_root))
}

/// Reads the siblings of all objects, in their order.
pub(super) fn read(leaves: &[(Hash, &ProofLeaf)], r: &mut Reader<'_>) -> Result<Vec<Vec<Option<Hash>>>, DecodeError> {
    if !bool::read(r)? {
        return leaves.iter().map(|_| read_siblings(SIBLINGS_MAX, r)).collect();
    }
    let mut siblings = vec![Vec::new(); leaves.len()];
    let all: Vec<usize> = (0..leaves.len()).collect();
    Group { leaves, siblings: &mut siblings }.read(&all, 0, r)?;
    Ok(siblings)
}

struct Group<'a> {
    leaves: &'a [(Hash, &'a ProofLeaf)],
    /// Of each object, from the leaf up.
    siblings: &'a mut [Vec<Option<Hash>>],
}

impl Group<'_> {
    fn read(&mut self, members: &[usize], depth: usize, r: &mut Reader<'_>) -> Result<Hash, DecodeError> {
        let key_of = |index: &usize| self.leaves.get(*index).map_or(Hash::ZERO, |(key, _)| *key);
        if let [one] = members {
            let below = read_siblings(SIBLINGS_MAX - depth, r)?;
            let root = self.leaves.get(*one).map_or(EMPTY, |(key, leaf)| climb(key, leaf, depth, &below));
            self.push(members, &below);
            return Ok(root);
        }
        // Nobody's key is longer: two objects have the same key, or there is no object at all.
        let Some(first) = members.first().filter(|_| depth < SIBLINGS_MAX) else {
            return Err(r.invalid("state proofs", 0));
        };
        let first = key_of(first);
        let (right, left): (Vec<usize>, Vec<usize>) = members.iter().partition(|index| bit(&key_of(index), depth));
        if left.is_empty() || right.is_empty() {
            let sibling = if bool::read(r)? { Some(read_sibling(r)?) } else { None };
            let below = self.read(members, depth + 1, r)?;
            self.push(members, &[sibling]);
            return Ok(join(&first, depth, &below, sibling));
        }
        let left_root = self.read(&left, depth + 1, r)?;
        let right_root = self.read(&right, depth + 1, r)?;
        self.push(&left, &[as_sibling(right_root)]);
        self.push(&right, &[as_sibling(left_root)]);
        Ok(node_hash(&left_root, &right_root))
    }

    fn push(&mut self, members: &[usize], siblings: &[Option<Hash>]) {
        for index in members {
            if let Some(list) = self.siblings.get_mut(*index) {
                list.extend_from_slice(siblings);
            }
        }
    }
}

fn write_siblings(siblings: &[Option<Hash>], out: &mut Vec<u8>) {
    write_varint(siblings.len() as u64, out);
    for eight in siblings.chunks(8) {
        out.push(eight.iter().enumerate().fold(0u8, |bits, (i, s)| bits | (u8::from(s.is_some()) << i)));
    }
    siblings.iter().flatten().for_each(|sibling| sibling.write(out));
}

fn read_siblings(max: usize, r: &mut Reader<'_>) -> Result<Vec<Option<Hash>>, DecodeError> {
    let count = r.small(max, "siblings")?;
    let bitmap = r.take(count.div_ceil(8), "siblings")?;
    let set = |index: usize| bitmap.get(index / 8).is_some_and(|byte| (byte >> (index % 8)) & 1 == 1);
    (0..count).map(|index| if set(index) { read_sibling(r).map(Some) } else { Ok(None) }).collect()
}

fn read_sibling(r: &mut Reader<'_>) -> Result<Hash, DecodeError> {
    let sibling = Hash::read(r)?;
    // The empty one is spelled by its absence.
    if sibling == EMPTY { Err(r.invalid("sibling", 32)) } else { Ok(sibling) }
}

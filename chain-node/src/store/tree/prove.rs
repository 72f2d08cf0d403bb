//! What stands at a key. Every page is hashed again on the way and compared with what the level above says of it, from the
//! committed root down: a damaged page is an error, never a wrong proof. Its hash does not cover all of an inner page: between
//! two neighbours the bit `single` changes no hash, so it is compared with the page below, whose hash settles it.

use super::page::{Inner, SLOTS};
use super::{Leaf, Page, Pages, Path, Subtree, bit};
use tracelight_domain::ids::Hash;
use tracelight_proof::state_proof::EMPTY;

/// Where a key's way ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) struct Found {
    /// The leaf there: the key's own, or another's in its place.
    pub leaf: Option<Leaf>,
    /// From the leaf to the root; `None` is an empty subtree.
    pub siblings: Vec<Option<Hash>>,
}

/// Follows `key` down from `root`.
pub(in crate::store) fn prove<P: Pages>(pages: &P, root: Hash, key: &Hash) -> Result<Found, P::Error> {
    let mut siblings = Vec::new();
    let leaf = descend(pages, root, key, &mut siblings)?;
    siblings.reverse();
    Ok(Found { leaf, siblings })
}

fn descend<P: Pages>(
    pages: &P,
    root: Hash,
    key: &Hash,
    siblings: &mut Vec<Option<Hash>>,
) -> Result<Option<Leaf>, P::Error> {
    let (mut path, mut page) = (Path::ROOT, checked(pages, &Path::ROOT, root)?);
    // Ends: every round goes one nibble deeper, and the deepest page is a bucket.
    loop {
        let Some(here) = page else { return Ok(None) };
        let inner = match &here {
            Page::Bucket(leaves) => return Ok(in_bucket(leaves, path.bits(), key, siblings)),
            Page::Inner(inner) => inner,
        };
        let nibble = path.nibble(key);
        match in_inner(inner, nibble, siblings) {
            Step::Empty => return Ok(None),
            Step::Single(slot) => {
                let child = path.child(slot);
                return match checked(pages, &child, inner.slot(slot).hash())? {
                    Some(Page::Bucket(leaves)) => match *leaves {
                        [leaf] => Ok(Some(leaf)),
                        _ => Err(pages.wrong(&path)),
                    },
                    Some(Page::Inner(below)) if matches!(below.subtree(), Subtree::Many(_)) => Err(pages.wrong(&path)),
                    _ => Err(pages.wrong(&child)),
                };
            }
            Step::Down(hash) => {
                path = path.child(nibble);
                page = checked(pages, &path, hash)?;
            }
        }
    }
}

/// The page, if it hashes to what is expected of it.
fn checked<P: Pages>(pages: &P, path: &Path, expected: Hash) -> Result<Option<Page>, P::Error> {
    let page = match pages.known(path) {
        Some(page) => page,
        None => pages.read(&[*path])?.pop().flatten(),
    };
    let found = page.as_ref().map_or(EMPTY, |page| page.subtree(path).hash());
    if found == expected { Ok(page) } else { Err(pages.wrong(path)) }
}

enum Step {
    Empty,
    /// The only leaf of a subtree, in this slot.
    Single(usize),
    Down(Hash),
}

fn in_inner(inner: &Inner, nibble: usize, siblings: &mut Vec<Option<Hash>>) -> Step {
    let levels = inner.levels();
    let at = |level: usize, index: usize| {
        levels.get(level).and_then(|level| level.get(index)).copied().unwrap_or(Subtree::Empty)
    };
    for level in (0..=4).rev() {
        match at(level, nibble >> level) {
            Subtree::Empty => return Step::Empty,
            Subtree::Single(_) => {
                let first = (nibble >> level) << level;
                let slot = (first..first + (1 << level)).find(|slot| inner.slot(*slot) != Subtree::Empty);
                return Step::Single(slot.unwrap_or(first) % SLOTS);
            }
            Subtree::Many(hash) if level == 0 => return Step::Down(hash),
            Subtree::Many(_) => siblings.push(sibling(at(level - 1, (nibble >> (level - 1)) ^ 1))),
        }
    }
    Step::Empty
}

fn in_bucket(leaves: &[Leaf], bits: usize, key: &Hash, siblings: &mut Vec<Option<Hash>>) -> Option<Leaf> {
    let (mut here, mut bits) = (leaves, bits);
    while here.len() > 1 {
        let (left, right) = here.split_at(here.partition_point(|leaf| !bit(&leaf.key, bits)));
        let (mine, other) = if bit(key, bits) { (right, left) } else { (left, right) };
        bits += 1;
        siblings.push(sibling(Subtree::of_leaves(other, bits)));
        here = mine;
    }
    here.first().copied()
}

fn sibling(subtree: Subtree) -> Option<Hash> {
    (subtree != Subtree::Empty).then(|| subtree.hash())
}

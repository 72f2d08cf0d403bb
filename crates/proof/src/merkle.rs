//! Merkle trees over hashes that already carry their purpose (unit, case and transaction leaves).
//!
//! The shape is that of RFC 9162 section 2.1: neighbours are paired level by level and an odd last node moves up as it
//! is. A path names the side of each sibling itself, so that checking it needs no leaf count: the size of a batch is a
//! trade secret, and the root of a batch covers a *salted* commitment to it instead (see [`crate::commitments`]).

use crate::hash::{NODE, hash};
use tracelight_domain::ids::Hash;
use tracelight_domain::tx::{PATH_STEPS_MAX, Path};

/// A tree with all its levels. Memory: 64 bytes a leaf; a million leaves are 64 MB.
#[derive(Clone, Debug)]
pub struct Tree {
    levels: Vec<Vec<Hash>>,
}

impl Tree {
    /// Builds the tree over `leaves`, in their order.
    #[must_use]
    pub fn new(leaves: Vec<Hash>) -> Self {
        let mut levels = vec![leaves];
        while let Some(below) = levels.last()
            && below.len() > 1
        {
            let above = below.chunks(2).map(parent).collect();
            levels.push(above);
        }
        Self { levels }
    }

    /// The root; for no leaves at all, the hash of nothing.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.levels.last().and_then(|top| top.first()).copied().unwrap_or_else(|| hash(NODE, &[]))
    }

    /// The path of leaf `index`, or `None` when there is no such leaf.
    #[must_use]
    pub fn path(&self, index: usize) -> Option<Path> {
        self.levels.first()?.get(index)?;
        let mut path = Path { left: 0, siblings: Vec::with_capacity(self.levels.len()) };
        let mut at = index;
        for level in &self.levels {
            if let Some(sibling) = level.get(at ^ 1) {
                path.left |= u64::from(at % 2 == 1) << path.siblings.len();
                path.siblings.push(*sibling);
            }
            at /= 2;
        }
        Some(path)
    }
}

fn parent(pair: &[Hash]) -> Hash {
    match pair {
        [left, right] => node(left, right),
        [only] => *only,
        _ => Hash::ZERO,
    }
}

fn node(left: &Hash, right: &Hash) -> Hash {
    hash(NODE, &[&left.0, &right.0])
}

/// The root of `leaves`.
#[must_use]
pub fn root(leaves: Vec<Hash>) -> Hash {
    Tree::new(leaves).root()
}

/// Walks a path from its leaf to the root it leads to. A path over [`PATH_STEPS_MAX`] leads nowhere.
#[must_use]
pub fn fold(leaf: Hash, path: &Path) -> Option<Hash> {
    if path.siblings.len() > PATH_STEPS_MAX {
        return None;
    }
    let walk = path.siblings.iter().enumerate().fold(leaf, |at, (step, sibling)| {
        if (path.left >> step) & 1 == 1 { node(sibling, &at) } else { node(&at, sibling) }
    });
    Some(walk)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::UNIT_LEAF;

    fn leaves(count: u32) -> Vec<Hash> {
        (0..count).map(|i| hash(UNIT_LEAF, &[&i.to_be_bytes()])).collect()
    }

    #[test]
    fn every_leaf_of_every_small_tree_has_a_path_to_the_root_and_no_other_leaf_has_it() {
        for count in 1..=33 {
            let leaves = leaves(count);
            let tree = Tree::new(leaves.clone());
            for (index, leaf) in leaves.iter().enumerate() {
                let path = tree.path(index).expect("the leaf exists");
                assert_eq!(fold(*leaf, &path), Some(tree.root()), "leaf {index} of {count}");
                for (other, wrong) in leaves.iter().enumerate().filter(|(other, _)| *other != index) {
                    assert_ne!(fold(*wrong, &path), Some(tree.root()), "leaf {other} on the path of {index}");
                }
            }
            assert_eq!(tree.path(count as usize), None);
        }
    }

    #[test]
    fn the_shape_is_that_of_rfc_9162() {
        fn reference(leaves: &[Hash]) -> Hash {
            match leaves {
                [one] => *one,
                more => {
                    let split = (more.len() - 1).ilog2();
                    let (left, right) = more.split_at(1 << split);
                    node(&reference(left), &reference(right))
                }
            }
        }
        for count in 1..=65 {
            let leaves = leaves(count);
            assert_eq!(root(leaves.clone()), reference(&leaves), "{count} leaves");
        }
    }

    #[test]
    fn an_inner_node_cannot_pass_for_a_leaf_of_another_tree() {
        let four = leaves(4);
        let inner = node(&four[0], &four[1]);
        assert_ne!(hash(UNIT_LEAF, &[&four[0].0, &four[1].0]), inner);
    }
}

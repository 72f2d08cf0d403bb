//! A whole tree from sorted leaves, in one pass and a few kilobytes of memory.

use super::page::{Inner, SLOTS};
use super::{BUCKET_MAX, Leaf, Page, Path, Subtree};
use std::collections::VecDeque;
use std::sync::Arc;

/// Builds the tree of `leaves`, which come in ascending order of their keys, and gives every page to `sink`: children before
/// their parent, pages of one depth in ascending order.
pub(in crate::store) fn build<E>(
    leaves: impl Iterator<Item = Result<Leaf, E>>,
    sink: impl FnMut(&Path, &Page) -> Result<(), E>,
) -> Result<Subtree, E> {
    let mut builder = Builder { leaves, ahead: VecDeque::new(), sink };
    let few = builder.below(Path::ROOT)?;
    builder.settle(&Path::ROOT, few)
}

struct Builder<I, S> {
    leaves: I,
    /// Leaves taken from the iterator and not used yet.
    ahead: VecDeque<Leaf>,
    sink: S,
}

/// What lies below a path.
enum Below {
    /// Its leaves, which fit a bucket; nothing is written yet.
    Few(Vec<Leaf>),
    /// An inner page, written.
    Written(Subtree),
}

impl<E, I: Iterator<Item = Result<Leaf, E>>, S: FnMut(&Path, &Page) -> Result<(), E>> Builder<I, S> {
    fn below(&mut self, path: Path) -> Result<Below, E> {
        while self.ahead.len() <= BUCKET_MAX && self.ahead.back().is_none_or(|leaf| path.leads_to(&leaf.key)) {
            let Some(leaf) = self.leaves.next().transpose()? else { break };
            self.ahead.push_back(leaf);
        }
        let count = self.ahead.iter().take_while(|leaf| path.leads_to(&leaf.key)).count();
        if count <= BUCKET_MAX {
            return Ok(Below::Few(self.ahead.drain(..count).collect()));
        }
        let mut inner = Inner::EMPTY;
        for nibble in 0..SLOTS {
            let child = path.child(nibble);
            let below = self.below(child)?;
            inner.set(nibble, self.settle(&child, below)?);
        }
        let page = Page::Inner(Arc::new(inner));
        (self.sink)(&path, &page)?;
        Ok(Below::Written(page.subtree(&path)))
    }

    fn settle(&mut self, path: &Path, below: Below) -> Result<Subtree, E> {
        match below {
            Below::Written(subtree) => Ok(subtree),
            Below::Few(leaves) if leaves.is_empty() => Ok(Subtree::Empty),
            Below::Few(leaves) => {
                let page = Page::Bucket(leaves.into());
                (self.sink)(path, &page)?;
                Ok(page.subtree(path))
            }
        }
    }
}

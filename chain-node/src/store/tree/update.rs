//! Writing a block's keys into the tree: down once for all of them, and up again.

use super::page::{Inner, SLOTS};
use super::path::MixerBuild;
use super::{BUCKET_MAX, Leaf, Page, Pages, Path, Subtree, Write};
use std::collections::HashMap;
use std::sync::Arc;

/// A page that an update replaces.
#[derive(Clone, Debug)]
pub(in crate::store) struct Changed {
    pub path: Path,
    /// What stood there.
    pub before: Option<Page>,
    /// What stands there now.
    pub after: Option<Page>,
}

/// What an update does.
#[derive(Clone, Debug)]
pub(in crate::store) struct Change {
    /// The whole tree.
    pub root: Subtree,
    /// Sorted by path, each once.
    pub pages: Vec<Changed>,
}

/// Applies `writes`, sorted by key and each key once.
pub(in crate::store) fn update<P: Pages>(pages: &P, writes: &[Write]) -> Result<Change, P::Error> {
    debug_assert!(writes.is_sorted_by(|a, b| a.key < b.key), "sorted, each key once");
    let mut work =
        Work { pages, loaded: load(pages, writes)?, changed: Vec::with_capacity(writes.len() * 2), row: Vec::new() };
    let root = work.apply(Path::ROOT, writes)?;
    let mut changed = work.changed;
    changed.sort_unstable_by_key(|changed| changed.path);
    Ok(Change { root, pages: changed })
}

type Loaded = HashMap<Path, Option<Page>, MixerBuild>;

/// All pages on the way to the written keys, each level with one read.
fn load<P: Pages>(pages: &P, writes: &[Write]) -> Result<Loaded, P::Error> {
    let mut loaded = Loaded::with_capacity_and_hasher(writes.len() * 2, MixerBuild::default());
    let mut front: Vec<(Path, &[Write])> = vec![(Path::ROOT, writes)];
    while !front.is_empty() {
        let found: Vec<Option<Option<Page>>> = front.iter().map(|(path, _)| pages.known(path)).collect();
        let unknown = front.iter().zip(&found).filter(|(_, found)| found.is_none());
        let unknown: Vec<Path> = unknown.map(|((path, _), _)| *path).collect();
        let mut read = if unknown.is_empty() { Vec::new() } else { pages.read(&unknown)? }.into_iter();
        let mut next = Vec::new();
        for ((path, writes), found) in front.into_iter().zip(found) {
            let page = found.unwrap_or_else(|| read.next().flatten());
            if let Some(Page::Inner(inner)) = &page {
                for (nibble, group) in groups(&path, writes) {
                    if inner.slot(nibble) != Subtree::Empty {
                        next.push((path.child(nibble), group));
                    }
                }
            }
            loaded.insert(path, page);
        }
        front = next;
    }
    Ok(loaded)
}

/// The writes of each slot below `path`.
fn groups<'w>(path: &Path, mut writes: &'w [Write]) -> impl Iterator<Item = (usize, &'w [Write])> {
    let path = *path;
    std::iter::from_fn(move || {
        let nibble = path.nibble(&writes.first()?.key);
        let (group, rest) = writes.split_at(writes.partition_point(|write| path.nibble(&write.key) <= nibble));
        writes = rest;
        Some((nibble, group))
    })
}

struct Work<'a, P> {
    pages: &'a P,
    loaded: Loaded,
    changed: Vec<Changed>,
    /// Leaves of one page while it is made; its memory serves the next.
    row: Vec<Leaf>,
}

impl<P: Pages> Work<'_, P> {
    fn apply(&mut self, path: Path, writes: &[Write]) -> Result<Subtree, P::Error> {
        let before = self.loaded.get(&path).cloned().flatten();
        let goes = writes.iter().any(|write| write.value.is_none());
        let after = match &before {
            Some(Page::Inner(inner)) => {
                let mut page = Arc::clone(inner);
                // Copied once, to where it stays.
                let inner = Arc::make_mut(&mut page);
                for (nibble, group) in groups(&path, writes) {
                    let child = path.child(nibble);
                    // A page that its parent names must be there.
                    if inner.slot(nibble) != Subtree::Empty && !matches!(self.loaded.get(&child), Some(Some(_))) {
                        return Err(self.pages.wrong(&child));
                    }
                    inner.set(nibble, self.apply(child, group)?);
                }
                if goes { self.shrink(&path, page)? } else { Some(Page::Inner(page)) }
            }
            Some(Page::Bucket(leaves)) => self.merged(&path, leaves, writes),
            None => self.merged(&path, &[], writes),
        };
        let subtree = after.as_ref().map_or(Subtree::Empty, |page| page.subtree(&path));
        if before != after {
            self.changed.push(Changed { path, before, after });
        }
        Ok(subtree)
    }

    /// The page for these leaves with writes on top.
    fn merged(&mut self, path: &Path, leaves: &[Leaf], writes: &[Write]) -> Option<Page> {
        let mut row = std::mem::take(&mut self.row);
        merge(leaves, writes, &mut row);
        let page = self.fill(path, &row);
        self.row = row;
        page
    }

    /// The page for these leaves; too many for a bucket are spread over pages below.
    fn fill(&mut self, path: &Path, leaves: &[Leaf]) -> Option<Page> {
        if leaves.is_empty() {
            return None;
        }
        if leaves.len() <= BUCKET_MAX {
            return Some(Page::Bucket(leaves.into()));
        }
        let mut inner = Inner::EMPTY;
        let mut rest = leaves;
        while let Some(first) = rest.first() {
            let nibble = path.nibble(&first.key);
            let (group, more) = rest.split_at(rest.partition_point(|leaf| path.nibble(&leaf.key) <= nibble));
            rest = more;
            let child = path.child(nibble);
            if let Some(page) = self.fill(&child, group) {
                inner.set(nibble, page.subtree(&child));
                self.changed.push(Changed { path: child, before: None, after: Some(page) });
            }
        }
        Some(Page::Inner(Arc::new(inner)))
    }

    /// Turns an inner page that leaves were taken from back into a bucket, if they fit one.
    fn shrink(&mut self, path: &Path, inner: Arc<Inner>) -> Result<Option<Page>, P::Error> {
        let present: Vec<usize> = (0..SLOTS).filter(|nibble| inner.slot(*nibble) != Subtree::Empty).collect();
        let mut leaves = Vec::new();
        for nibble in &present {
            let Some(Page::Bucket(some)) = self.newest(&path.child(*nibble))? else {
                return Ok(Some(Page::Inner(inner)));
            };
            leaves.extend_from_slice(&some);
            if leaves.len() > BUCKET_MAX {
                return Ok(Some(Page::Inner(inner)));
            }
        }
        for nibble in present {
            let child = path.child(nibble);
            let before = self.before(&child)?;
            self.changed.retain(|changed| changed.path != child);
            if before.is_some() {
                self.changed.push(Changed { path: child, before, after: None });
            }
        }
        Ok((!leaves.is_empty()).then(|| Page::Bucket(leaves.into())))
    }

    /// The page as it stands within this update.
    fn newest(&mut self, path: &Path) -> Result<Option<Page>, P::Error> {
        match self.changed.iter().rev().find(|changed| changed.path == *path) {
            Some(changed) => Ok(changed.after.clone()),
            None => self.before(path),
        }
    }

    /// The page as it stood before this update. Only a removal asks for pages beside the written ones.
    fn before(&mut self, path: &Path) -> Result<Option<Page>, P::Error> {
        if let Some(page) = self.loaded.get(path) {
            return Ok(page.clone());
        }
        let page = match self.pages.known(path) {
            Some(page) => page,
            None => self.pages.read(&[*path])?.pop().flatten(),
        };
        self.loaded.insert(*path, page.clone());
        Ok(page)
    }
}

/// Sorted leaves with sorted writes on top, in place of what `out` held.
fn merge(leaves: &[Leaf], writes: &[Write], out: &mut Vec<Leaf>) {
    out.clear();
    out.reserve(leaves.len() + writes.len());
    let mut rest = leaves.iter().peekable();
    for write in writes {
        while let Some(leaf) = rest.next_if(|leaf| leaf.key < write.key) {
            out.push(*leaf);
        }
        let _ = rest.next_if(|leaf| leaf.key == write.key);
        out.extend(write.value.map(|value| Leaf { key: write.key, value }));
    }
    out.extend(rest.copied());
}

//! What the window holds in memory: the versions after `base`, where the newest differs from the disk, and both as a tree.

use super::super::StoreError;
use super::super::columns::{self, OBJECTS, PAGES, Row, WRITES, family};
use super::super::tree::path::{MixerBuild, PathRow};
use super::super::tree::{Page, Pages, Path};
use super::{CACHED_DEPTH, Fold, KEYS_MAX, SHARE, VERSIONS_MAX, VERSIONS_MIN};
use rocksdb::{DB, ReadOptions, WriteBatch};
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use tracelight_domain::ids::Hash;
use tracelight_proof::codec::Canonical as _;

/// The window under its lock.
pub(super) struct Inner {
    pub base: u64,
    pub base_root: Hash,
    /// The oldest version that can be proven: `base`, or later while a batch is on its way to the disk.
    pub oldest: u64,
    /// Version base+1 and later.
    pub versions: VecDeque<Version>,
    pub pages: HashMap<Path, Entry, MixerBuild>,
    pub objects: HashMap<Hash, (u64, Arc<Row>), MixerBuild>,
    /// Keys of all versions.
    pub keys: usize,
}

pub(super) struct Entry {
    /// The newest; `None` where the disk may have one that is gone.
    pub page: Option<Page>,
    /// Which version wrote it.
    pub version: u64,
}

pub(super) struct Version {
    pub root: Hash,
    /// Sorted by key.
    pub rows: Vec<(Hash, Arc<Row>)>,
    /// The pages that it replaced, sorted by path.
    pub replaced: Vec<(Path, Option<Page>)>,
}

impl Inner {
    pub fn newest(&self) -> u64 {
        self.base + u64::try_from(self.versions.len()).unwrap_or(u64::MAX)
    }

    pub fn newest_root(&self) -> Hash {
        self.versions.back().map_or(self.base_root, |version| version.root)
    }

    /// How many of the oldest versions have to go when one more of `keys` keys comes.
    pub fn too_many(&self, keys: usize) -> usize {
        let mut left = (self.versions.len() + 1, self.keys + keys);
        if left.0 <= VERSIONS_MAX && left.1 <= KEYS_MAX {
            return 0;
        }
        let (versions, keys) = (VERSIONS_MAX * SHARE.0 / SHARE.1, KEYS_MAX * SHARE.0 / SHARE.1);
        let goes = |version: &&Version| {
            let more = left.0 > VERSIONS_MIN && (left.0 > versions || left.1 > keys);
            left = (left.0 - 1, left.1.saturating_sub(version.rows.len()));
            more
        };
        self.versions.iter().take_while(goes).count()
    }

    /// Puts the state after the oldest `count` versions into the batch.
    pub fn fold(&self, db: &DB, batch: &mut WriteBatch, count: usize) -> Result<Fold, StoreError> {
        let to = self.base + u64::try_from(count).unwrap_or(u64::MAX);
        let going = || self.versions.iter().take(count);
        let mut paths: Vec<Path> = going().flat_map(|version| version.replaced.iter().map(|(path, _)| *path)).collect();
        paths.sort_unstable();
        paths.dedup();
        let mut buffer = Vec::new();
        for path in &paths {
            put_page(db, batch, path, self.page_at(to, path).flatten().as_ref(), &mut buffer)?;
        }
        let objects = family(db, OBJECTS.name)?;
        let mut seen: HashSet<Hash, MixerBuild> = HashSet::default();
        for (key, row) in self.versions.iter().take(count).rev().flat_map(|version| &version.rows) {
            if seen.insert(*key) {
                batch.put_cf(objects, key.0, row.bytes());
            }
        }
        let writes = family(db, WRITES)?;
        (self.base + 1..=to).for_each(|version| batch.delete_cf(writes, version.to_bytes()));
        Ok(Fold { count, paths })
    }

    pub fn drop_folded(&mut self, fold: &Fold) {
        for version in self.versions.drain(..fold.count) {
            self.base += 1;
            self.base_root = version.root;
            self.keys = self.keys.saturating_sub(version.rows.len());
            for (key, _) in version.rows {
                if self.objects.get(&key).is_some_and(|(version, _)| *version <= self.base) {
                    self.objects.remove(&key);
                }
            }
        }
        self.oldest = self.base;
        for path in &fold.paths {
            let Some(entry) = self.pages.get(path) else { continue };
            if entry.version <= self.base && (path.depth() > CACHED_DEPTH || entry.page.is_none()) {
                self.pages.remove(path);
            }
        }
    }

    /// The page in this version, if memory says.
    pub fn page_at(&self, version: u64, path: &Path) -> Option<Option<Page>> {
        let entry = self.pages.get(path)?;
        if entry.version <= version {
            return Some(entry.page.clone());
        }
        let later = usize::try_from(version.saturating_sub(self.base)).unwrap_or(usize::MAX);
        for later in self.versions.iter().skip(later) {
            if let Ok(index) = later.replaced.binary_search_by_key(path, |(path, _)| *path) {
                return later.replaced.get(index).map(|(_, before)| before.clone());
            }
        }
        Some(entry.page.clone())
    }

    pub fn row_at(&self, db: &DB, version: u64, key: &Hash) -> Result<Option<Arc<Row>>, StoreError> {
        let count = usize::try_from(version.saturating_sub(self.base)).unwrap_or(usize::MAX);
        for version in self.versions.iter().take(count).rev() {
            if let Ok(index) = version.rows.binary_search_by_key(key, |(key, _)| *key) {
                return Ok(version.rows.get(index).map(|(_, row)| Arc::clone(row)));
            }
        }
        Ok(columns::object_row(db, key)?.map(Arc::new))
    }
}

/// The tree of the newest version.
pub(super) struct Newest<'a> {
    pub db: &'a DB,
    pub inner: &'a Inner,
    /// Whether pages that are read stay in the block cache. A proof's upper pages are those of the next one; what a block writes
    /// to lies all over a table many times the cache's size, and would push those out.
    pub fill_cache: bool,
}

impl Pages for Newest<'_> {
    type Error = StoreError;

    fn known(&self, path: &Path) -> Option<Option<Page>> {
        self.inner.pages.get(path).map(|entry| entry.page.clone())
    }

    fn read(&self, paths: &[Path]) -> Result<Vec<Option<Page>>, StoreError> {
        let rows: Vec<PathRow> = paths.iter().map(Path::row).collect();
        let mut options = ReadOptions::default();
        options.fill_cache(self.fill_cache);
        let found = self.db.batched_multi_get_cf_opt(family(self.db, PAGES)?, &rows, true, &options);
        let parse = |(path, row): (&Path, Result<Option<rocksdb::DBPinnableSlice<'_>>, rocksdb::Error>)| {
            let Some(row) = row.map_err(|source| StoreError::Read { column: PAGES, source })? else { return Ok(None) };
            let page = Page::decode(path, &row);
            page.map(Some).map_err(|source| StoreError::Damaged { column: PAGES, source })
        };
        paths.iter().zip(found).map(parse).collect()
    }

    fn wrong(&self, path: &Path) -> StoreError {
        StoreError::OtherPage { path: path.to_string() }
    }
}

/// The tree of an older version.
pub(super) struct AtVersion<'a> {
    pub newest: Newest<'a>,
    pub version: u64,
}

impl Pages for AtVersion<'_> {
    type Error = StoreError;

    fn known(&self, path: &Path) -> Option<Option<Page>> {
        self.newest.inner.page_at(self.version, path)
    }

    fn read(&self, paths: &[Path]) -> Result<Vec<Option<Page>>, StoreError> {
        self.newest.read(paths)
    }

    fn wrong(&self, path: &Path) -> StoreError {
        self.newest.wrong(path)
    }
}

/// Puts a page into the batch, or its absence.
pub(super) fn put_page(
    db: &DB,
    batch: &mut WriteBatch,
    path: &Path,
    page: Option<&Page>,
    buffer: &mut Vec<u8>,
) -> Result<(), StoreError> {
    let pages = family(db, PAGES)?;
    buffer.clear();
    match page {
        Some(page) => {
            page.write(path, buffer);
            batch.put_cf(pages, path.row(), &buffer);
        }
        None => batch.delete_cf(pages, path.row()),
    }
    Ok(())
}

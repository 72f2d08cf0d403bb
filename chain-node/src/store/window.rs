//! The newest versions of the state, in memory, over the older one on disk.
//!
//! ```text
//! disk:    objects, tree_pages   the state of version `base`, whole
//!          writes                what versions base+1 to the newest wrote
//! memory:  pages, objects        where the newest version differs from `base`, and the upper pages of the tree
//!          versions              for each version after `base`: its root, what it wrote, which pages it replaced
//! ```
//! A block is durable with its row in `writes`; its objects and pages reach the disk later, in the batch of another block,
//! together with those of other blocks: upper pages change with every block and are written once for many. After a crash the
//! rows of `writes` are applied again in memory and have to lead to the root in the head.
//!
//! Versions are gapless from 0 (the genesis). A block that writes nothing makes no version. `base` and all versions after it
//! can be proven: [`VERSIONS_MIN`] at least, once that many exist.
//!
//! | bound | value | why |
//! |---|---|---|
//! | [`VERSIONS_MAX`] | 48 versions | what a start applies again, on a quiet chain |
//! | [`KEYS_MAX`] | 65,536 keys and one block | the same on a busy one: about a second, and some 130 MB with their pages |
//! | [`CACHED_DEPTH`] | 69,905 pages | upper pages stay in memory: at most 42 MB |

mod versions;

use super::columns::{OBJECT_ROW_BYTES_MAX, OBJECTS, ObjectRow, Row, WRITES, family};
use super::tree::{self, Change, Changed, Path, Subtree, Write};
use super::{StoreError, columns};
use rocksdb::{DB, IteratorMode, ReadOptions, WriteBatch};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use tracelight_domain::ids::Hash;
use tracelight_domain::state::{ObjectId, ObjectState};
use tracelight_proof::codec::{Canonical as _, DecodeError, Reader, write_blob};
use tracelight_proof::state_proof::{ProofLeaf, StateProof, state_key, value_hash};
use versions::{AtVersion, Entry, Inner, Newest, Version, put_page};

/// Versions that are kept in memory at least; a proof is asked for under the newest certified header, a few blocks back.
pub const VERSIONS_MIN: usize = 8;
/// Versions that are kept in memory at most.
pub const VERSIONS_MAX: usize = 48;
/// Keys written by the kept versions, but for [`VERSIONS_MIN`] of them.
pub const KEYS_MAX: usize = 65_536;
/// Half of either bound stays when versions go to disk, so that many go together: of 30,000 keys at ten million objects, four
/// fifths have a page of their own at depth 4 and one in eight at depth 3.
const SHARE: (usize, usize) = (1, 2);
/// Pages of this many nibbles or fewer stay in memory once they were changed.
pub const CACHED_DEPTH: usize = 4;

/// An object that a block writes.
pub(super) struct ObjectWrite {
    pub key: Hash,
    pub value: Hash,
    pub row: Arc<Row>,
}

impl ObjectWrite {
    pub fn new(id: &ObjectId, state: &ObjectState) -> Self {
        let row = Row::new(id, state);
        Self { key: state_key(id), value: value_hash(row.value()), row: Arc::new(row) }
    }
}

/// The state's newest versions.
pub(super) struct Window(RwLock<Inner>);

/// A version that is computed and not yet in the window.
pub(super) struct Prepared {
    version: u64,
    pub root: Hash,
    rows: Vec<(Hash, Arc<Row>)>,
    change: Change,
}

/// Versions on their way to the disk.
pub(super) struct Fold {
    /// How many of the oldest.
    count: usize,
    paths: Vec<Path>,
}

impl Window {
    /// The window over an empty disk, before the genesis is written.
    pub fn empty() -> Self {
        Self::over(0, Subtree::Empty.hash())
    }

    fn over(base: u64, base_root: Hash) -> Self {
        Self(RwLock::new(Inner {
            base,
            base_root,
            oldest: base,
            versions: VecDeque::new(),
            pages: HashMap::default(),
            objects: HashMap::default(),
            keys: 0,
        }))
    }

    /// Reads the root page, and applies again what versions after `base` wrote. The newest version is known from the head.
    pub fn open(db: &DB, newest: u64, newest_root: &Hash) -> Result<Self, StoreError> {
        let rows = columns::writes(db, VERSIONS_MAX + VERSIONS_MIN + 2)?;
        let count = u64::try_from(rows.len()).unwrap_or(u64::MAX);
        let base = newest.checked_sub(count).ok_or(StoreError::Missing { column: WRITES, height: newest })?;
        let root = columns::page(db, &Path::ROOT)?.map_or(Subtree::Empty, |page| page.subtree(&Path::ROOT));
        let window = Self::over(base, root.hash());
        for (number, (version, row)) in (base + 1..).zip(rows) {
            if version != number {
                return Err(StoreError::Missing { column: WRITES, height: number });
            }
            let damaged = |source| StoreError::Damaged { column: WRITES, source };
            let writes = parse_writes(&row).map_err(damaged)?;
            let prepared = window.prepare(db, version, writes)?;
            window.apply(prepared, None);
        }
        let reached = window.read().newest_root();
        if reached == *newest_root {
            Ok(window)
        } else {
            Err(StoreError::OtherRoot { version: newest, found: reached, expected: *newest_root })
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, Inner> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Computes the next version. Writes nothing.
    pub fn prepare(&self, db: &DB, version: u64, mut writes: Vec<ObjectWrite>) -> Result<Prepared, StoreError> {
        let inner = self.read();
        debug_assert_eq!(version, inner.newest() + 1, "versions are gapless");
        writes.sort_unstable_by_key(|write| write.key);
        let keys: Vec<Write> = writes.iter().map(|write| Write { key: write.key, value: Some(write.value) }).collect();
        let change = tree::update(&Newest { db, inner: &inner, fill_cache: false }, &keys)?;
        let rows = writes.into_iter().map(|write| (write.key, write.row)).collect();
        Ok(Prepared { version, root: change.root.hash(), rows, change })
    }

    /// Puts the version's row into the batch, and older versions if there are too many. What this returns has to be applied
    /// when the batch is on disk.
    pub fn put(&self, db: &DB, batch: &mut WriteBatch, prepared: &Prepared) -> Result<Option<Fold>, StoreError> {
        let writes = encode_writes(prepared.rows.iter().map(|(_, row)| row.as_ref()));
        batch.put_cf(family(db, WRITES)?, prepared.version.to_bytes(), writes);
        let fold = {
            let inner = self.read();
            let count = inner.too_many(prepared.rows.len());
            if count == 0 { None } else { Some(inner.fold(db, batch, count)?) }
        };
        if let Some(fold) = &fold {
            // Waits for proofs under way; later ones do not look for what is about to be overwritten.
            let mut inner = self.0.write().unwrap_or_else(PoisonError::into_inner);
            inner.oldest = inner.base + u64::try_from(fold.count).unwrap_or(u64::MAX);
        }
        Ok(fold)
    }

    /// Puts the first version onto an empty disk.
    pub fn put_first(db: &DB, batch: &mut WriteBatch, writes: Vec<ObjectWrite>) -> Result<Hash, StoreError> {
        let prepared = Self::empty().prepare(db, 1, writes)?;
        for (key, row) in &prepared.rows {
            batch.put_cf(family(db, OBJECTS.name)?, key.0, row.bytes());
        }
        let mut buffer = Vec::new();
        for Changed { path, after, .. } in &prepared.change.pages {
            put_page(db, batch, path, after.as_ref(), &mut buffer)?;
        }
        Ok(prepared.root)
    }

    /// Takes in what is on disk now.
    pub fn apply(&self, prepared: Prepared, fold: Option<Fold>) {
        let mut inner = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(fold) = fold {
            inner.drop_folded(&fold);
        }
        let Prepared { version, root, rows, change } = prepared;
        inner.keys += rows.len();
        for (key, row) in &rows {
            inner.objects.insert(*key, (version, Arc::clone(row)));
        }
        let mut replaced = Vec::with_capacity(change.pages.len());
        for Changed { path, before, after } in change.pages {
            inner.pages.insert(path, Entry { page: after, version });
            replaced.push((path, before));
        }
        inner.versions.push_back(Version { root, rows, replaced });
    }

    /// An object's newest state.
    pub fn object(&self, db: &DB, id: &ObjectId) -> Result<Option<ObjectState>, StoreError> {
        let key = state_key(id);
        let held = self.read().objects.get(&key).map(|(_, row)| Arc::clone(row));
        let row = match held {
            Some(row) => row.parse(),
            None => match OBJECTS.get(db, &key)? {
                Some(row) => Ok(row),
                None => return Ok(None),
            },
        };
        let damaged = |source| StoreError::Damaged { column: OBJECTS.name, source };
        let row: ObjectRow = row.map_err(damaged)?;
        if row.id == *id { Ok(Some(row.state)) } else { Err(StoreError::OtherObject { key }) }
    }

    /// Gives every object of this version to `put`, in ascending order of keys. The caller keeps the version from moving on:
    /// the store is not written meanwhile.
    pub fn each_object<E: From<StoreError>>(
        &self,
        db: &DB,
        version: u64,
        put: &mut impl FnMut(Hash, &Row) -> Result<(), E>,
    ) -> Result<(), E> {
        let newer: BTreeMap<Hash, Arc<Row>> = {
            let inner = self.read();
            let count = usize::try_from(version.saturating_sub(inner.base)).unwrap_or(usize::MAX);
            let rows = inner.versions.iter().take(count).flat_map(|version| &version.rows);
            rows.map(|(key, row)| (*key, Arc::clone(row))).collect()
        };
        let mut newer = newer.into_iter().peekable();
        let mut options = ReadOptions::default();
        options.fill_cache(false);
        for row in db.iterator_cf_opt(family(db, OBJECTS.name)?, options, IteratorMode::Start) {
            let (key, value) = row.map_err(|source| StoreError::Read { column: OBJECTS.name, source })?;
            let damaged = |source| StoreError::Damaged { column: OBJECTS.name, source };
            let key = Hash::parse(&key, 32, OBJECTS.name).map_err(damaged)?;
            while let Some((key, row)) = newer.next_if(|(newer, _)| *newer < key) {
                put(key, &row)?;
            }
            match newer.next_if(|(newer, _)| *newer == key) {
                Some((_, row)) => put(key, &row)?,
                None => put(key, &Row::read_from(&value).map_err(damaged)?)?,
            }
        }
        newer.try_for_each(|(key, row)| put(key, &row))
    }

    /// Whether the state of this version can be proven.
    pub fn is_provable(&self, version: u64) -> bool {
        let inner = self.read();
        (inner.oldest..=inner.newest()).contains(&version)
    }

    /// What stands at the object's key in this version, whose committed root is given.
    pub fn prove(&self, db: &DB, (version, root): (u64, Hash), id: &ObjectId) -> Result<StateProof, StoreError> {
        let inner = self.read();
        if !(inner.oldest..=inner.newest()).contains(&version) {
            return Err(StoreError::NotProvable { version, oldest: inner.oldest });
        }
        let key = state_key(id);
        let newest = Newest { db, inner: &inner, fill_cache: true };
        let found = tree::prove(&AtVersion { newest, version }, root, &key)?;
        let leaf = match found.leaf {
            None => ProofLeaf::Absent,
            Some(leaf) if leaf.key != key => ProofLeaf::Other { key: leaf.key, value: leaf.value },
            Some(leaf) => {
                let row = inner.row_at(db, version, &key)?.ok_or(StoreError::OtherObject { key })?;
                if value_hash(row.value()) != leaf.value {
                    return Err(StoreError::OtherObject { key });
                }
                ProofLeaf::Present(row.value().to_vec())
            }
        };
        Ok(StateProof { leaf, siblings: found.siblings })
    }
}

/// `count u32 | (length u32 | object row)*`
fn encode_writes<'r>(rows: impl ExactSizeIterator<Item = &'r Row>) -> Vec<u8> {
    let mut out = Vec::new();
    // A block writes some ten thousand objects.
    u32::try_from(rows.len()).unwrap_or(u32::MAX).write(&mut out);
    rows.for_each(|row| write_blob(row.bytes(), &mut out));
    out
}

pub(super) fn parse_writes(bytes: &[u8]) -> Result<Vec<ObjectWrite>, DecodeError> {
    let mut reader = Reader::new(bytes);
    let count = u32::read(&mut reader)?;
    let mut writes = Vec::new();
    for _ in 0..count {
        let row = Row::read_from(reader.blob(OBJECT_ROW_BYTES_MAX, "object row")?)?;
        writes.push(ObjectWrite {
            key: state_key(&row.parse()?.id),
            value: value_hash(row.value()),
            row: Arc::new(row),
        });
    }
    reader.finish()?;
    Ok(writes)
}

//! Column families: one name, one key type and one value type each. Keys are canonical bytes, so they sort by number.
//!
//! | name | key | value |
//! |---|---|---|
//! | `meta` | 0 | [`Meta`]: format, chain, head |
//! | `blocks` | height | [`BlockRow`] |
//! | `pruned` | height | [`PrunedRow`], of a block that `blocks` no longer has, see [`super::prune`] |
//! | `certificates` | height | certificate bytes |
//! | `executed` | height | [`Commitments`] after that block |
//! | `objects` | key hash of the object | object id, state |
//! | `events` | key hash of the object, position | event |
//! | `txs` | transaction id | [`TxRow`] |
//! | `nonces` | key, nonce | transaction id |
//! | `validators` | height | state of the `Validators` object after that block, which changed it |
//! | `steps` | height of an epoch's last block | [`StepRow`], where the set changes |
//! | `log_nodes` | level, index of a complete subtree of the log | its root |
//! | `writes` | version of the state | what that version wrote and is not in `objects` yet, see [`super::window`] |
//! | `tree_pages` | path | page, see [`super::tree`] |
//!
//! `objects` and `tree_pages` are of an older version than the head: [`super::window`] says which, and holds the difference.

use super::StoreError;
use super::tree::{Page, Path};
use rocksdb::{ColumnFamily, DB, IteratorMode, WriteBatch};
use std::marker::PhantomData;
use tracelight_domain::ids::{ChainId, Hash, Height, PublicKey, TxId};
use tracelight_domain::state::{Event, ObjectId, ObjectState};
pub use tracelight_proof::block::Commitments;
use tracelight_proof::block::{BODY_BYTES_MAX, HEADER_BYTES, TXS_PER_BLOCK_MAX};
use tracelight_proof::certificate::CERTIFICATE_BYTES_MAX;
use tracelight_proof::codec::{Canonical, DecodeError, Reader, write_blob, write_list};
use tracelight_proof::log::{Frontier, Place};
pub(super) use tracelight_proof::snapshot::OBJECT_ROW_BYTES_MAX;
pub use tracelight_proof::snapshot::Step as StepRow;

/// Version of the layout on disk. History: 1 = first; 2 = log of block ids; own state tree instead of jmt's (ADR 0007);
/// 3 = the column `pruned` (ADR 0014). A store of format 2 is one of format 3 in which nothing is pruned.
pub const FORMAT: u32 = 3;
/// The oldest layout that is taken over.
pub const FORMAT_MIN: u32 = 2;

/// Bytes of one row at most: a full block with its outcomes.
const ROW_BYTES_MAX: usize = BODY_BYTES_MAX + HEADER_BYTES + 34 * TXS_PER_BLOCK_MAX + 64;

/// Bytes of one row of `writes`. A full block writes some 30,000 objects of 200 bytes.
pub(super) const WRITES_BYTES_MAX: usize = 256 * 1024 * 1024;

/// A column family with its types.
pub(super) struct Column<K, V> {
    pub name: &'static str,
    types: PhantomData<fn() -> (K, V)>,
}

impl<K, V> Column<K, V> {
    const fn new(name: &'static str) -> Self {
        Self { name, types: PhantomData }
    }
}

pub(super) const META: Column<u8, Meta> = Column::new("meta");
pub(super) const BLOCKS: Column<Height, BlockRow> = Column::new("blocks");
pub(super) const PRUNED: Column<Height, PrunedRow> = Column::new("pruned");
pub(super) const CERTIFICATES: Column<Height, Blob> = Column::new("certificates");
pub(super) const EXECUTED: Column<Height, Commitments> = Column::new("executed");
pub(super) const OBJECTS: Column<Hash, ObjectRow> = Column::new("objects");
pub(super) const EVENTS: Column<(Hash, u32), Event> = Column::new("events");
pub(super) const TXS: Column<TxId, TxRow> = Column::new("txs");
pub(super) const NONCES: Column<(PublicKey, u64), TxId> = Column::new("nonces");
pub(super) const VALIDATORS: Column<Height, ObjectState> = Column::new("validators");
pub(super) const STEPS: Column<Height, StepRow> = Column::new("steps");
pub(super) const LOG_NODES: Column<Place, Hash> = Column::new("log_nodes");
pub(super) const WRITES: &str = "writes";
pub(super) const PAGES: &str = "tree_pages";

/// All names, for opening.
pub(super) const NAMES: &[&str] = &[
    META.name,
    BLOCKS.name,
    PRUNED.name,
    CERTIFICATES.name,
    EXECUTED.name,
    OBJECTS.name,
    EVENTS.name,
    TXS.name,
    NONCES.name,
    VALIDATORS.name,
    STEPS.name,
    LOG_NODES.name,
    WRITES,
    PAGES,
];

/// The only row of `meta`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meta {
    /// [`FORMAT`] that wrote it.
    pub format: u32,
    /// The alliance.
    pub chain: ChainId,
    /// The newest executed block.
    pub head: Head,
}

/// The newest executed block and what follows from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its height.
    pub height: Height,
    /// Its id.
    pub block: Hash,
    /// Its BFT time, milliseconds since 1970.
    pub time_ms: u64,
    /// The newest block up to here that holds transactions; 0 when none does.
    pub txs_height: Height,
    /// What later headers say of this state.
    pub commitments: Commitments,
    /// The log of the blocks up to here.
    pub log: Frontier,
}

/// A final block and its outcomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockRow {
    /// Header bytes.
    pub header: Vec<u8>,
    /// Body bytes.
    pub body: Vec<u8>,
    /// Outcome code of each transaction.
    pub outcomes: Vec<u16>,
}

/// What is left of a final block whose body is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrunedRow {
    /// Header bytes.
    pub header: Vec<u8>,
    /// Outcome code of each transaction.
    pub outcomes: Vec<u16>,
    /// Id of each transaction.
    pub ids: Vec<TxId>,
    /// Rows of `nonces` that are of this block's transactions.
    pub nonces: u32,
}

/// Where a transaction stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TxRow {
    /// Block.
    pub height: Height,
    /// Position in the block.
    pub index: u32,
    /// Outcome code.
    pub outcome: u16,
}

/// An object, as `objects` holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectRow {
    /// Which. The key holds only its hash.
    pub id: ObjectId,
    /// What it is.
    pub state: ObjectState,
}

/// The bytes of an [`ObjectRow`], and where its state begins in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    bytes: Vec<u8>,
    value_at: usize,
}

impl Row {
    pub fn new(id: &ObjectId, state: &ObjectState) -> Self {
        let mut bytes = Vec::with_capacity(256);
        id.write(&mut bytes);
        let value_at = bytes.len();
        state.write(&mut bytes);
        Self { bytes, value_at }
    }

    /// Reads the id only.
    pub fn read_from(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        ObjectId::read(&mut reader)?;
        Ok(Self { bytes: bytes.to_vec(), value_at: reader.at() })
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The state's bytes, which the tree hashes.
    pub fn value(&self) -> &[u8] {
        self.bytes.get(self.value_at..).unwrap_or_default()
    }

    pub fn parse(&self) -> Result<ObjectRow, DecodeError> {
        ObjectRow::parse(&self.bytes, OBJECT_ROW_BYTES_MAX, OBJECTS.name)
    }
}

/// Bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob(pub Vec<u8>);

macro_rules! row {
    ($name:ident { $($field:ident),+ }) => {
        impl Canonical for $name {
            fn write(&self, out: &mut Vec<u8>) {
                $(self.$field.write(out);)+
            }
            fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                Ok(Self { $($field: Canonical::read(reader)?),+ })
            }
        }
    };
}
row!(Meta { format, chain, head });
row!(Head { height, block, time_ms, txs_height, commitments, log });
row!(TxRow { height, index, outcome });
row!(ObjectRow { id, state });

impl Canonical for BlockRow {
    fn write(&self, out: &mut Vec<u8>) {
        write_blob(&self.header, out);
        write_blob(&self.body, out);
        write_list(&self.outcomes, out);
    }
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            header: reader.blob(HEADER_BYTES, "header")?.to_vec(),
            body: reader.blob(BODY_BYTES_MAX, "body")?.to_vec(),
            outcomes: reader.list(TXS_PER_BLOCK_MAX, "outcomes")?,
        })
    }
}

impl Canonical for PrunedRow {
    fn write(&self, out: &mut Vec<u8>) {
        write_blob(&self.header, out);
        write_list(&self.outcomes, out);
        write_list(&self.ids, out);
        self.nonces.write(out);
    }
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            header: reader.blob(HEADER_BYTES, "header")?.to_vec(),
            outcomes: reader.list(TXS_PER_BLOCK_MAX, "outcomes")?,
            ids: reader.list(TXS_PER_BLOCK_MAX, "transaction ids")?,
            nonces: Canonical::read(reader)?,
        })
    }
}

impl Canonical for Blob {
    fn write(&self, out: &mut Vec<u8>) {
        write_blob(&self.0, out);
    }
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self(reader.blob(CERTIFICATE_BYTES_MAX, "certificate")?.to_vec()))
    }
}

impl<K: Canonical, V: Canonical> Column<K, V> {
    /// The row with this key.
    pub fn get(&self, db: &DB, key: &K) -> Result<Option<V>, StoreError> {
        let read = db.get_pinned_cf(family(db, self.name)?, key.to_bytes());
        let Some(bytes) = read.map_err(|source| StoreError::Read { column: self.name, source })? else {
            return Ok(None);
        };
        self.parse(&bytes).map(Some)
    }

    /// A row's value from its bytes.
    pub fn parse(&self, bytes: &[u8]) -> Result<V, StoreError> {
        V::parse(bytes, ROW_BYTES_MAX, self.name).map_err(|source| StoreError::Damaged { column: self.name, source })
    }

    /// Puts a row into the batch.
    pub fn put(&self, db: &DB, batch: &mut WriteBatch, key: &K, value: &V) -> Result<(), StoreError> {
        batch.put_cf(family(db, self.name)?, key.to_bytes(), value.to_bytes());
        Ok(())
    }
}

/// The row of an object, its state not looked into.
pub(super) fn object_row(db: &DB, key: &Hash) -> Result<Option<Row>, StoreError> {
    let row = db.get_pinned_cf(family(db, OBJECTS.name)?, key.to_bytes());
    let row = row.map_err(|source| StoreError::Read { column: OBJECTS.name, source })?;
    let damaged = |source| StoreError::Damaged { column: OBJECTS.name, source };
    row.map(|row| Row::read_from(&row)).transpose().map_err(damaged)
}

/// The page at this path.
pub(super) fn page(db: &DB, path: &Path) -> Result<Option<Page>, StoreError> {
    let row = db.get_pinned_cf(family(db, PAGES)?, path.row());
    let row = row.map_err(|source| StoreError::Read { column: PAGES, source })?;
    let damaged = |source| StoreError::Damaged { column: PAGES, source };
    row.map(|row| Page::decode(path, &row)).transpose().map_err(damaged)
}

/// A version and the bytes of its row in `writes`.
pub(super) type VersionRow = (u64, Box<[u8]>);

/// The rows of `writes`, at most `max`, with their versions.
pub(super) fn writes(db: &DB, max: usize) -> Result<Vec<VersionRow>, StoreError> {
    let rows = db.iterator_cf(family(db, WRITES)?, IteratorMode::Start).take(max);
    rows.map(|row| {
        let (key, value) = row.map_err(|source| StoreError::Read { column: WRITES, source })?;
        let damaged = |source| StoreError::Damaged { column: WRITES, source };
        let version = u64::parse(&key, 8, WRITES).map_err(damaged)?;
        if value.len() > WRITES_BYTES_MAX {
            let source = DecodeError::TooLong { what: WRITES, length: value.len() as u64, max: WRITES_BYTES_MAX };
            return Err(damaged(source));
        }
        Ok((version, value))
    })
    .collect()
}

pub(super) fn family<'a>(db: &'a DB, name: &'static str) -> Result<&'a ColumnFamily, StoreError> {
    db.cf_handle(name).ok_or(StoreError::NoColumn { column: name })
}

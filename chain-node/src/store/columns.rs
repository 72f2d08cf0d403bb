//! Column families: one name, one key type and one value type each. Keys are canonical bytes, so they sort by number.
//!
//! | name | key | value |
//! |---|---|---|
//! | `meta` | 0 | [`Meta`]: format, chain, head |
//! | `blocks` | height | [`BlockRow`] |
//! | `certificates` | height | certificate bytes |
//! | `executed` | height | [`Commitments`] after that block |
//! | `objects` | object id | state |
//! | `events` | key hash of the object, position | event |
//! | `txs` | transaction id | [`TxRow`] |
//! | `nonces` | key, nonce | transaction id |
//! | `log_nodes` | level, index of a complete subtree of the log | its root |
//! | `tree_nodes`, `tree_values`, `tree_stale` | see [`super::tree`] | |

use super::StoreError;
use rocksdb::{ColumnFamily, DB, WriteBatch};
use std::marker::PhantomData;
use tracelight_domain::ids::{ChainId, Hash, Height, PublicKey, TxId};
use tracelight_domain::state::{Event, ObjectId, ObjectState};
use tracelight_proof::block::{BODY_BYTES_MAX, HEADER_BYTES, TXS_PER_BLOCK_MAX};
use tracelight_proof::certificate::CERTIFICATE_BYTES_MAX;
use tracelight_proof::codec::{Canonical, DecodeError, Reader, write_blob, write_list};
use tracelight_proof::log::{Frontier, Place};

/// Version of the layout on disk. History: 1 = first; 2 = log of block ids.
pub const FORMAT: u32 = 2;

/// Bytes of one row at most: a full block with its outcomes.
const ROW_BYTES_MAX: usize = BODY_BYTES_MAX + HEADER_BYTES + 2 * TXS_PER_BLOCK_MAX + 64;

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
pub(super) const CERTIFICATES: Column<Height, Blob> = Column::new("certificates");
pub(super) const EXECUTED: Column<Height, Commitments> = Column::new("executed");
pub(super) const OBJECTS: Column<ObjectId, ObjectState> = Column::new("objects");
pub(super) const EVENTS: Column<(Hash, u32), Event> = Column::new("events");
pub(super) const TXS: Column<TxId, TxRow> = Column::new("txs");
pub(super) const NONCES: Column<(PublicKey, u64), TxId> = Column::new("nonces");
pub(super) const LOG_NODES: Column<Place, Hash> = Column::new("log_nodes");
pub(super) const TREE_NODES: &str = "tree_nodes";
pub(super) const TREE_VALUES: &str = "tree_values";
pub(super) const TREE_STALE: &str = "tree_stale";

/// All names, for opening.
pub(super) const NAMES: &[&str] = &[
    META.name,
    BLOCKS.name,
    CERTIFICATES.name,
    EXECUTED.name,
    OBJECTS.name,
    EVENTS.name,
    TXS.name,
    NONCES.name,
    LOG_NODES.name,
    TREE_NODES,
    TREE_VALUES,
    TREE_STALE,
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

/// What a header with `executed` at this height has to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commitments {
    /// Root of the authenticated state.
    pub state_root: Hash,
    /// Hash chain over all outcomes.
    pub outcomes: Hash,
    /// Events since genesis.
    pub events: u64,
    /// Root of the log of blocks up to here.
    pub log_root: Hash,
    /// Version of the tree that holds this state. Blocks that write nothing share the version before.
    pub version: u64,
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
row!(Commitments { state_root, outcomes, events, log_root, version });
row!(TxRow { height, index, outcome });

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
        let value = V::parse(&bytes, ROW_BYTES_MAX, self.name);
        value.map(Some).map_err(|source| StoreError::Damaged { column: self.name, source })
    }

    /// Puts a row into the batch.
    pub fn put(&self, db: &DB, batch: &mut WriteBatch, key: &K, value: &V) -> Result<(), StoreError> {
        batch.put_cf(family(db, self.name)?, key.to_bytes(), value.to_bytes());
        Ok(())
    }
}

pub(super) fn family<'a>(db: &'a DB, name: &'static str) -> Result<&'a ColumnFamily, StoreError> {
    db.cf_handle(name).ok_or(StoreError::NoColumn { column: name })
}

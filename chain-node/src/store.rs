//! The node's disk: everything the ledger knows, in one rocksdb, one column family a kind.
//!
//! An executed block is written in ONE batch with a synced log: the block, its certificate, its effects, the tree, and the
//! head. A crash leaves the store before a block or after it. From the return of [`Store::commit`] on, a crash recovers
//! to that height.
//!
//! A store whose write failed refuses further writes until it is opened again: what the disk holds is then unknown.

pub(crate) mod columns;
mod error;
#[cfg(test)]
mod tests;
pub(crate) mod tree;

pub use columns::{BlockRow, Commitments, Head, TxRow};
pub use error::StoreError;
pub use tree::{VERSIONS_KEPT, convert as convert_proof};

use crate::ledger::{APPLIED, BlockEffects, View, genesis_header};
use columns::{
    BLOCKS, Blob, CERTIFICATES, EVENTS, EXECUTED, FORMAT, LOG_NODES, META, Meta, NAMES, NONCES, OBJECTS, TXS,
};
use rocksdb::{BlockBasedOptions, Cache, ColumnFamilyDescriptor, DB, Options, WriteBatch, WriteOptions};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use tracelight_domain::ids::{ChainId, Hash, Height, PublicKey, TxId};
use tracelight_domain::state::{Event, ObjectId, ObjectState};
use tracelight_proof::block::{Header, block_id, next_outcomes};
use tracelight_proof::genesis::Genesis;
use tracelight_proof::log::{self, Frontier};
use tracelight_proof::state_proof::{StateProof, state_key};

/// Bytes of rocksdb's block cache, shared by all columns.
const CACHE_BYTES: usize = 64 * 1024 * 1024;
/// Files that rocksdb may hold open.
const OPEN_FILES_MAX: i32 = 256;

/// A block that is about to be written.
#[derive(Clone, Copy)]
pub struct FinalBlock<'a> {
    /// As decoded.
    pub header: &'a Header,
    /// Header bytes.
    pub header_bytes: &'a [u8],
    /// Body bytes.
    pub body: &'a [u8],
    /// The finalization of exactly this block, if the node has it.
    pub certificate: Option<&'a [u8]>,
}

/// An open store.
pub struct Store {
    db: DB,
    poisoned: AtomicBool,
    #[cfg(test)]
    fail_next_write: AtomicBool,
}

impl Store {
    /// Opens the store in `path`; a new one begins with the genesis.
    ///
    /// # Errors
    /// [`StoreError`] naming the folder.
    pub fn open(path: &Path, genesis: &Genesis) -> Result<Self, StoreError> {
        let mut options = Options::default();
        options.create_if_missing(true);
        options.create_missing_column_families(true);
        options.set_max_open_files(OPEN_FILES_MAX);
        let db = DB::open_cf_descriptors(&options, path, descriptors())
            .map_err(|source| StoreError::Open { path: path.to_owned(), source })?;
        let store = Self::new(db);
        match META.get(&store.db, &0)? {
            Some(meta) => check_meta(path, &meta, Some(genesis.chain_id()))?,
            None => store.write_genesis(genesis)?,
        }
        Ok(store)
    }

    /// Opens the store to look at it, beside a running node or after it.
    ///
    /// # Errors
    /// [`StoreError`] naming the folder.
    pub fn open_read_only(path: &Path) -> Result<Self, StoreError> {
        let db = DB::open_cf_descriptors_read_only(&Options::default(), path, descriptors(), false)
            .map_err(|source| StoreError::Open { path: path.to_owned(), source })?;
        let store = Self::new(db);
        match META.get(&store.db, &0)? {
            Some(meta) => check_meta(path, &meta, None)?,
            None => return Err(StoreError::Empty { path: path.to_owned() }),
        }
        Ok(store)
    }

    fn new(db: DB) -> Self {
        Self {
            db,
            poisoned: AtomicBool::new(false),
            #[cfg(test)]
            fail_next_write: AtomicBool::new(false),
        }
    }

    fn write_genesis(&self, genesis: &Genesis) -> Result<(), StoreError> {
        let mut batch = WriteBatch::default();
        let objects = genesis.objects();
        for (id, state) in &objects {
            OBJECTS.put(&self.db, &mut batch, id, state)?;
        }
        let writes = objects.iter().map(|(id, state)| (id, state));
        let state_root = tree::extend(&self.db, &mut batch, (0, VERSIONS_KEPT), writes)?;
        let header = genesis_header(genesis, state_root)?;
        let row = BlockRow { header: header.encode(), body: Vec::new(), outcomes: Vec::new() };
        BLOCKS.put(&self.db, &mut batch, &0, &row)?;
        let mut log = Frontier::default();
        let log_root = self.extend_log(&mut batch, &mut log, &header.id())?;
        let commitments = Commitments { state_root, outcomes: header.outcomes, events: 0, log_root, version: 0 };
        EXECUTED.put(&self.db, &mut batch, &0, &commitments)?;
        let head = Head { height: 0, block: header.id(), time_ms: header.time_ms, txs_height: 0, commitments, log };
        META.put(&self.db, &mut batch, &0, &Meta { format: FORMAT, chain: genesis.chain_id(), head })?;
        self.write(0, batch)
    }

    /// Writes an executed block with everything it changed, synced, and returns the new head.
    ///
    /// # Errors
    /// [`StoreError::OutOfOrder`] when it is not the next block; otherwise the disk.
    pub fn commit(&self, block: FinalBlock<'_>, effects: &BlockEffects) -> Result<Head, StoreError> {
        let meta = self.meta()?;
        let (before, height) = (&meta.head, block.header.height);
        if height != before.height + 1 {
            return Err(StoreError::OutOfOrder { height, head: before.height });
        }
        let mut batch = WriteBatch::default();
        let mut commitments = before.commitments.clone();
        commitments.outcomes = next_outcomes(&commitments.outcomes, height, &effects.outcomes);
        commitments.events += u64::try_from(effects.events.len()).unwrap_or(u64::MAX);
        if !effects.objects.is_empty() {
            commitments.version += 1;
            let writes = effects.objects.iter();
            commitments.state_root = tree::extend(&self.db, &mut batch, (commitments.version, VERSIONS_KEPT), writes)?;
        }
        let (mut log, block_id) = (before.log.clone(), block_id(block.header_bytes));
        commitments.log_root = self.extend_log(&mut batch, &mut log, &block_id)?;
        self.put_effects(&mut batch, height, effects)?;
        let row = BlockRow {
            header: block.header_bytes.to_vec(),
            body: block.body.to_vec(),
            outcomes: effects.outcomes.clone(),
        };
        BLOCKS.put(&self.db, &mut batch, &height, &row)?;
        if let Some(certificate) = block.certificate {
            CERTIFICATES.put(&self.db, &mut batch, &height, &Blob(certificate.to_vec()))?;
        }
        EXECUTED.put(&self.db, &mut batch, &height, &commitments)?;
        let txs_height = if effects.tx_ids.is_empty() { before.txs_height } else { height };
        let time_ms = block.header.time_ms;
        let head = Head { height, block: block_id, time_ms, txs_height, commitments, log };
        META.put(&self.db, &mut batch, &0, &Meta { head: head.clone(), ..meta })?;
        self.write(height, batch)?;
        Ok(head)
    }

    /// Appends a block to the log and returns the log's new root.
    fn extend_log(&self, batch: &mut WriteBatch, log: &mut Frontier, block: &Hash) -> Result<Hash, StoreError> {
        for (place, root) in log.append(&block.0) {
            LOG_NODES.put(&self.db, batch, &place, &root)?;
        }
        Ok(log.root())
    }

    fn put_effects(&self, batch: &mut WriteBatch, height: Height, effects: &BlockEffects) -> Result<(), StoreError> {
        for (id, state) in &effects.objects {
            OBJECTS.put(&self.db, batch, id, state)?;
        }
        for placed in &effects.events {
            EVENTS.put(&self.db, batch, &(state_key(&placed.object), placed.seq), &placed.event)?;
        }
        for ((key, nonce), tx) in &effects.nonces {
            NONCES.put(&self.db, batch, &(*key, *nonce), tx)?;
        }
        for (index, (id, outcome)) in effects.tx_ids.iter().zip(&effects.outcomes).enumerate() {
            // A transaction that a faulty leader ordered twice keeps its first outcome; applied it is only once.
            if *outcome == APPLIED || TXS.get(&self.db, id)?.is_none() {
                let index = u32::try_from(index).unwrap_or(u32::MAX);
                TXS.put(&self.db, batch, id, &TxRow { height, index, outcome: *outcome })?;
            }
        }
        Ok(())
    }

    /// Keeps a certificate that came after its block.
    ///
    /// # Errors
    /// [`StoreError`] of the disk.
    pub fn put_certificate(&self, height: Height, certificate: &[u8]) -> Result<(), StoreError> {
        let mut batch = WriteBatch::default();
        CERTIFICATES.put(&self.db, &mut batch, &height, &Blob(certificate.to_vec()))?;
        self.write(height, batch)
    }

    fn write(&self, height: Height, batch: WriteBatch) -> Result<(), StoreError> {
        if self.poisoned.load(Ordering::Acquire) {
            return Err(StoreError::Poisoned);
        }
        #[cfg(test)]
        if self.fail_next_write.swap(false, Ordering::AcqRel) {
            self.poisoned.store(true, Ordering::Release);
            return Err(StoreError::Write { height, message: "told to fail".to_owned() });
        }
        let mut options = WriteOptions::default();
        options.set_sync(true);
        self.db.write_opt(batch, &options).map_err(|source| {
            self.poisoned.store(true, Ordering::Release);
            StoreError::Write { height, message: source.to_string() }
        })
    }

    fn meta(&self) -> Result<Meta, StoreError> {
        META.get(&self.db, &0)?.ok_or(StoreError::Missing { column: META.name, height: 0 })
    }

    /// The alliance.
    ///
    /// # Errors
    /// [`StoreError`] of the disk.
    pub fn chain(&self) -> Result<ChainId, StoreError> {
        Ok(self.meta()?.chain)
    }

    /// The newest executed block.
    ///
    /// # Errors
    /// [`StoreError`] of the disk.
    pub fn head(&self) -> Result<Head, StoreError> {
        Ok(self.meta()?.head)
    }

    /// What a header with `executed` at this height says; `None` when it is not executed yet.
    ///
    /// # Errors
    /// [`StoreError`] of the disk.
    pub fn commitments(&self, height: Height) -> Result<Option<Commitments>, StoreError> {
        EXECUTED.get(&self.db, &height)
    }

    /// The executed block at this height.
    ///
    /// # Errors
    /// [`StoreError`] of the disk.
    pub fn block(&self, height: Height) -> Result<Option<BlockRow>, StoreError> {
        BLOCKS.get(&self.db, &height)
    }

    /// The certificate of exactly this block.
    ///
    /// # Errors
    /// [`StoreError`] of the disk.
    pub fn certificate(&self, height: Height) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(CERTIFICATES.get(&self.db, &height)?.map(|blob| blob.0))
    }

    /// Where a transaction stands.
    ///
    /// # Errors
    /// [`StoreError`] of the disk.
    pub fn tx(&self, id: &TxId) -> Result<Option<TxRow>, StoreError> {
        TXS.get(&self.db, id)
    }

    /// The first `count` events of an object.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there are fewer.
    pub fn events(&self, object: &ObjectId, count: u32) -> Result<Vec<Event>, StoreError> {
        let key = state_key(object);
        let event = |seq| {
            let found = EVENTS.get(&self.db, &(key, seq))?;
            found.ok_or(StoreError::Missing { column: EVENTS.name, height: u64::from(seq) })
        };
        (0..count).map(event).collect()
    }

    /// What stands at an object's key in this version of the tree.
    ///
    /// # Errors
    /// [`StoreError::Tree`] when the version has been pruned.
    pub fn prove(&self, version: u64, object: &ObjectId) -> Result<StateProof, StoreError> {
        tree::Tree { db: &self.db }.prove(version, object)
    }

    /// Follows the stored chain and checks that each block names the one before. Returns the number of blocks.
    ///
    /// # Errors
    /// [`StoreError`] naming the first height that is wrong.
    pub fn check_chain(&self) -> Result<u64, StoreError> {
        let head = self.head()?;
        let mut before = Hash::ZERO;
        for height in 0..=head.height {
            let missing = StoreError::Missing { column: BLOCKS.name, height };
            let row = self.block(height)?.ok_or(missing)?;
            let header =
                Header::decode(&row.header).map_err(|source| StoreError::Damaged { column: BLOCKS.name, source })?;
            if header.height != height || header.parent != before {
                return Err(StoreError::OutOfOrder { height: header.height, head: height.saturating_sub(1) });
            }
            before = block_id(&row.header);
        }
        if before != head.block {
            return Err(StoreError::Missing { column: META.name, height: head.height });
        }
        Ok(head.height + 1)
    }
}

impl View for Store {
    type Error = StoreError;

    fn object(&self, id: &ObjectId) -> Result<Option<ObjectState>, StoreError> {
        OBJECTS.get(&self.db, id)
    }

    fn nonce_owner(&self, key: &PublicKey, nonce: u64) -> Result<Option<TxId>, StoreError> {
        NONCES.get(&self.db, &(*key, nonce))
    }
}

impl log::Nodes for Store {
    type Error = StoreError;

    fn node(&self, place: log::Place) -> Result<Hash, StoreError> {
        LOG_NODES.get(&self.db, &place)?.ok_or(StoreError::Missing { column: LOG_NODES.name, height: place.1 })
    }
}

fn descriptors() -> Vec<ColumnFamilyDescriptor> {
    let cache = Cache::new_lru_cache(CACHE_BYTES);
    let descriptor = |name: &&str| {
        let mut table = BlockBasedOptions::default();
        table.set_block_cache(&cache);
        table.set_bloom_filter(10.0, false);
        let mut options = Options::default();
        options.set_block_based_table_factory(&table);
        ColumnFamilyDescriptor::new(*name, options)
    };
    NAMES.iter().chain(&["default"]).map(descriptor).collect()
}

fn check_meta(path: &Path, meta: &Meta, expected: Option<ChainId>) -> Result<(), StoreError> {
    if meta.format != FORMAT {
        return Err(StoreError::OtherFormat { path: path.to_owned(), found: meta.format });
    }
    match expected {
        Some(expected) if meta.chain != expected => {
            Err(StoreError::OtherChain { path: path.to_owned(), found: meta.chain, expected })
        }
        _ => Ok(()),
    }
}

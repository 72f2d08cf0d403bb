//! The node's disk: everything the ledger knows, in one rocksdb, one column family a kind.
//!
//! An executed block is written in ONE batch with a synced log: the block, its certificate, what it wrote, and the head. A crash
//! leaves the store before a block or after it. From the return of [`Store::commit`] on, a crash recovers to that height.
//! Objects and the tree's pages follow some blocks later, see [`window`].
//!
//! A store whose write failed refuses further writes until it is opened again: what the disk holds is then unknown.

mod bulk;
mod check;
pub(crate) mod columns;
mod copy;
mod error;
pub mod measure;
mod options;
pub mod snapshot;
#[cfg(test)]
mod tests;
mod tree;
mod validators;
mod window;

pub use check::{Finding, Pace, Report};
pub use columns::{BlockRow, Commitments, Head, TxRow};
pub use error::StoreError;
pub use validators::{StepRow, Validators};
pub use window::{KEYS_MAX, VERSIONS_MAX, VERSIONS_MIN};

use crate::ledger::{APPLIED, BlockEffects, View, genesis_header};
use columns::{BLOCKS, Blob, CERTIFICATES, EVENTS, EXECUTED, FORMAT, LOG_NODES, META, Meta, NONCES, TXS, VALIDATORS};
use rocksdb::{DB, WriteBatch, WriteOptions};
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use tracelight_domain::ids::{ChainId, Hash, Height, PublicKey, TxId};
use tracelight_domain::state::{Event, ObjectId, ObjectState};
use tracelight_proof::block::{Header, block_id, next_outcomes};
use tracelight_proof::genesis::Genesis;
use tracelight_proof::log::{self, Frontier};
use tracelight_proof::state_proof::{StateProof, state_key};
use window::{ObjectWrite, Window};

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

/// What a disk does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteFault {
    /// Nothing is written, and it says so.
    Before,
    /// Everything is written, and it says that it was not.
    After,
    /// Nothing is written, and it says that everything was. No node survives that; a simulation that does not notice is worth
    /// nothing.
    Lie,
}

/// Asked before each write, with its height.
pub type WriteFaults = Box<dyn Fn(Height) -> Option<WriteFault> + Send + Sync>;

/// An open store.
pub struct Store {
    db: DB,
    window: Window,
    poisoned: AtomicBool,
    faults: OnceLock<WriteFaults>,
    #[cfg(test)]
    fail_next_write: AtomicBool,
}

impl Store {
    /// Opens the store in `path`; a new one begins with the genesis.
    ///
    /// # Errors
    /// [`StoreError`] naming the folder.
    pub fn open(path: &Path, genesis: &Genesis) -> Result<Self, StoreError> {
        let opened = DB::open_cf_descriptors(&options::database(), path, options::columns());
        let db = opened.map_err(|source| StoreError::Open { path: path.to_owned(), source })?;
        match META.get(&db, &0)? {
            Some(meta) => check_meta(path, &meta, Some(genesis.chain_id()))?,
            None => Self::write_genesis(&db, genesis)?,
        }
        Self::recovered(db)
    }

    /// Opens the store to look at it, beside a running node or after it.
    ///
    /// # Errors
    /// [`StoreError`] naming the folder.
    pub fn open_read_only(path: &Path) -> Result<Self, StoreError> {
        let db = DB::open_cf_descriptors_read_only(&options::read_only(), path, options::columns(), false)
            .map_err(|source| StoreError::Open { path: path.to_owned(), source })?;
        match META.get(&db, &0)? {
            Some(meta) => check_meta(path, &meta, None)?,
            None => return Err(StoreError::Empty { path: path.to_owned() }),
        }
        Self::recovered(db)
    }

    /// Opens a damaged store for what its blocks still say: its state is not looked at.
    ///
    /// # Errors
    /// [`StoreError`] naming the folder, or its head.
    pub fn open_to_salvage(path: &Path, genesis: &Genesis) -> Result<Self, StoreError> {
        let opened = DB::open_cf_descriptors(&options::existing(), path, options::columns());
        let db = opened.map_err(|source| StoreError::Open { path: path.to_owned(), source })?;
        check_meta(path, &meta_of(&db)?, Some(genesis.chain_id()))?;
        Ok(Self::new(db, Window::empty()))
    }

    /// Takes up where the store on disk ends.
    fn recovered(db: DB) -> Result<Self, StoreError> {
        let newest = head_of(&db)?.commitments;
        let window = Window::open(&db, newest.version, &newest.state_root)?;
        Ok(Self::new(db, window))
    }

    fn new(db: DB, window: Window) -> Self {
        Self {
            db,
            window,
            poisoned: AtomicBool::new(false),
            faults: OnceLock::new(),
            #[cfg(test)]
            fail_next_write: AtomicBool::new(false),
        }
    }

    fn write_genesis(db: &DB, genesis: &Genesis) -> Result<(), StoreError> {
        let mut batch = WriteBatch::default();
        let objects = genesis.objects();
        let writes = objects.iter().map(|(id, state)| ObjectWrite::new(id, state)).collect();
        let state_root = Window::put_first(db, &mut batch, writes)?;
        Self::write_first(db, batch, genesis, (state_root, 0))
    }

    /// Writes block 0 over a state that is written already or with it.
    fn write_first(
        db: &DB,
        mut batch: WriteBatch,
        genesis: &Genesis,
        (state_root, events): (Hash, u64),
    ) -> Result<(), StoreError> {
        if let Some((_, state)) = genesis.objects().into_iter().find(|(id, _)| *id == ObjectId::Validators) {
            VALIDATORS.put(db, &mut batch, &0, &state)?;
        }
        let header = Header { events, ..genesis_header(genesis, state_root)? };
        let row = BlockRow { header: header.encode(), body: Vec::new(), outcomes: Vec::new() };
        BLOCKS.put(db, &mut batch, &0, &row)?;
        let mut log = Frontier::default();
        let log_root = extend_log(db, &mut batch, &mut log, &header.id())?;
        let commitments = Commitments { state_root, outcomes: header.outcomes, events, log_root, version: 0 };
        EXECUTED.put(db, &mut batch, &0, &commitments)?;
        let head = Head { height: 0, block: header.id(), time_ms: header.time_ms, txs_height: 0, commitments, log };
        META.put(db, &mut batch, &0, &Meta { format: FORMAT, chain: genesis.chain_id(), head })?;
        write_synced(db, batch).map_err(|source| StoreError::Write { height: 0, message: source.to_string() })
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
        let mut next = None;
        if !effects.objects.is_empty() {
            commitments.version += 1;
            let writes = effects.objects.iter().map(|(id, state)| ObjectWrite::new(id, state)).collect();
            let prepared = self.window.prepare(&self.db, commitments.version, writes)?;
            commitments.state_root = prepared.root;
            let fold = self.window.put(&self.db, &mut batch, &prepared)?;
            next = Some((prepared, fold));
        }
        let (mut log, block_id) = (before.log.clone(), block_id(block.header_bytes));
        commitments.log_root = extend_log(&self.db, &mut batch, &mut log, &block_id)?;
        self.put_effects(&mut batch, height, effects)?;
        self.put_validators(&mut batch, height, effects.objects.iter())?;
        self.put_step(&mut batch, &block)?;
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
        // From here a crash recovers to this height.
        if let Some((prepared, fold)) = next {
            self.window.apply(prepared, fold);
        }
        Ok(head)
    }

    fn put_effects(&self, batch: &mut WriteBatch, height: Height, effects: &BlockEffects) -> Result<(), StoreError> {
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
        let injected = self.faults.get().and_then(|faults| faults(height));
        let written = match injected {
            Some(WriteFault::Before) => Err("told to fail before writing".to_owned()),
            Some(WriteFault::Lie) => Ok(()),
            None | Some(WriteFault::After) => write_synced(&self.db, batch).map_err(|source| source.to_string()),
        };
        let written = match injected {
            Some(WriteFault::After) => written.and(Err("told to fail after writing".to_owned())),
            _ => written,
        };
        written.map_err(|message| {
            self.poisoned.store(true, Ordering::Release);
            StoreError::Write { height, message }
        })
    }

    /// Makes writes fail when told so; for the simulation. Only the first call counts.
    pub fn inject(&self, faults: WriteFaults) {
        let _ = self.faults.set(faults);
    }

    fn meta(&self) -> Result<Meta, StoreError> {
        meta_of(&self.db)
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

    /// Removes the first row of a column.
    #[cfg(test)]
    pub(crate) fn lose_a_row(&self, column: &'static str) {
        let family = columns::family(&self.db, column).expect("a column");
        let (key, _) = self.db.iterator_cf(family, rocksdb::IteratorMode::Start).next().expect("a row").expect("sound");
        self.db.delete_cf(family, key).expect("written");
    }

    /// Whether the state that these speak of can still be proven.
    #[must_use]
    pub fn is_provable(&self, at: &Commitments) -> bool {
        self.window.is_provable(at.version)
    }

    /// What stands at an object's key in the state that `at` speaks of. The whole way is hashed again from `at`'s root down.
    ///
    /// # Errors
    /// [`StoreError::NotProvable`] when the state is too old; [`StoreError::OtherPage`] or [`StoreError::OtherObject`] when
    /// what is stored does not lead to that root.
    pub fn prove(&self, at: &Commitments, object: &ObjectId) -> Result<StateProof, StoreError> {
        self.window.prove(&self.db, (at.version, at.state_root), object)
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
        self.window.object(&self.db, id)
    }

    fn nonce_owner(&self, key: &PublicKey, nonce: u64) -> Result<Option<TxId>, StoreError> {
        NONCES.get(&self.db, &(*key, nonce))
    }

    fn block_id(&self, height: Height) -> Result<Option<Hash>, StoreError> {
        Ok(self.block(height)?.map(|row| block_id(&row.header)))
    }
}

impl log::Nodes for Store {
    type Error = StoreError;

    fn node(&self, place: log::Place) -> Result<Hash, StoreError> {
        LOG_NODES.get(&self.db, &place)?.ok_or(StoreError::Missing { column: LOG_NODES.name, height: place.1 })
    }
}

/// Appends a block to the log and returns the log's new root.
fn extend_log(db: &DB, batch: &mut WriteBatch, log: &mut Frontier, block: &Hash) -> Result<Hash, StoreError> {
    for (place, root) in log.append(&block.0) {
        LOG_NODES.put(db, batch, &place, &root)?;
    }
    Ok(log.root())
}

fn write_synced(db: &DB, batch: WriteBatch) -> Result<(), rocksdb::Error> {
    let mut options = WriteOptions::default();
    options.set_sync(true);
    db.write_opt(batch, &options)
}

fn meta_of(db: &DB) -> Result<Meta, StoreError> {
    META.get(db, &0)?.ok_or(StoreError::Missing { column: META.name, height: 0 })
}

fn head_of(db: &DB) -> Result<Head, StoreError> {
    Ok(meta_of(db)?.head)
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

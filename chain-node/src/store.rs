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
mod commit;
mod copy;
mod error;
pub mod measure;
mod options;
pub mod prune;
pub mod snapshot;
#[cfg(test)]
mod tests;
mod tree;
mod validators;
mod window;

pub use check::{Finding, Pace, Report};
pub use columns::{BlockRow, Commitments, Head, PrunedRow, TxRow};
pub use commit::{FinalBlock, WriteFault, WriteFaults};
pub use error::StoreError;
pub use options::Room;
pub use validators::{StepRow, Validators};
pub use window::{KEYS_MAX, VERSIONS_MAX, VERSIONS_MIN};

use crate::ledger::{View, genesis_header};
use columns::{
    BLOCKS, CERTIFICATES, EVENTS, EXECUTED, FORMAT, FORMAT_MIN, LOG_NODES, META, Meta, NONCES, TXS, VALIDATORS,
};
use commit::{extend_log, write_synced};
use rocksdb::{DB, WriteBatch};
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64};
use tracelight_domain::ids::{ChainId, Hash, Height, PublicKey, TxId};
use tracelight_domain::state::{Event, ObjectId, ObjectState};
use tracelight_proof::block::{Header, block_id};
use tracelight_proof::genesis::Genesis;
use tracelight_proof::log::{self, Frontier};
use tracelight_proof::state_proof::{StateProof, state_key};
use window::{ObjectWrite, Window};

/// An open store.
pub struct Store {
    db: DB,
    window: Window,
    /// The newest block whose body was pruned.
    horizon: AtomicU64,
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
        Self::open_in(Room::SERVER, path, genesis)
    }

    /// The same, in so much memory and log.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_in(room: Room, path: &Path, genesis: &Genesis) -> Result<Self, StoreError> {
        let opened = DB::open_cf_descriptors(&options::database(room), path, options::columns(room));
        let db = opened.map_err(|source| StoreError::Open { path: path.to_owned(), source })?;
        match META.get(&db, &0)? {
            Some(meta) => {
                check_meta(path, &meta, Some(genesis.chain_id()))?;
                upgrade(&db, meta)?;
            }
            None => Self::write_genesis(&db, genesis)?,
        }
        Self::recovered(db)
    }

    /// Opens the store to look at it, beside a running node or after it.
    ///
    /// # Errors
    /// [`StoreError`] naming the folder.
    pub fn open_read_only(path: &Path) -> Result<Self, StoreError> {
        Self::open_to_read(path, &options::read_only())
    }

    /// Opens the store to look at what a start would find when its log is damaged: the blocks before the damage.
    ///
    /// # Errors
    /// [`StoreError`] naming the folder: more than the log is damaged.
    pub fn open_up_to_damage(path: &Path) -> Result<Self, StoreError> {
        Self::open_to_read(path, &options::read_only_up_to_damage())
    }

    fn open_to_read(path: &Path, options: &rocksdb::Options) -> Result<Self, StoreError> {
        let failed = |source| StoreError::Open { path: path.to_owned(), source };
        // A store of an older format lacks columns, which only a writer makes.
        let there = DB::list_cf(options, path).map_err(failed)?;
        let columns =
            options::columns(Room::SERVER).into_iter().filter(|column| there.iter().any(|name| name == column.name()));
        let db = DB::open_cf_descriptors_read_only(options, path, columns, false).map_err(failed)?;
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
        let opened = DB::open_cf_descriptors(&options::existing(), path, options::columns(Room::SERVER));
        let db = opened.map_err(|source| StoreError::Open { path: path.to_owned(), source })?;
        check_meta(path, &meta_of(&db)?, Some(genesis.chain_id()))?;
        let horizon = prune::horizon_of(&db)?;
        Ok(Self::new(db, Window::empty(), horizon))
    }

    /// Takes up where the store on disk ends.
    fn recovered(db: DB) -> Result<Self, StoreError> {
        let newest = head_of(&db)?.commitments;
        let window = Window::open(&db, newest.version, &newest.state_root)?;
        let horizon = prune::horizon_of(&db)?;
        Ok(Self::new(db, window, horizon))
    }

    fn new(db: DB, window: Window, horizon: Height) -> Self {
        Self {
            db,
            window,
            horizon: AtomicU64::new(horizon),
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
    /// [`StoreError::Pruned`] when its body is gone; otherwise the disk.
    pub fn block(&self, height: Height) -> Result<Option<BlockRow>, StoreError> {
        if let Some(row) = BLOCKS.get(&self.db, &height)? {
            return Ok(Some(row));
        }
        match self.pruned(height)? {
            None => Ok(None),
            Some(_) => Err(StoreError::Pruned { height, first: self.horizon().max(height) + 1 }),
        }
    }

    /// The certificate of exactly this block.
    ///
    /// # Errors
    /// [`StoreError`] of the disk.
    pub fn certificate(&self, height: Height) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(CERTIFICATES.get(&self.db, &height)?.map(|blob| blob.0))
    }

    /// The certificate of the newest block up to this one that has one of its own.
    ///
    /// # Errors
    /// [`StoreError`] of the disk.
    pub fn newest_certificate(&self, height: Height) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.newest_at(&CERTIFICATES, height)?.map(|blob| blob.0))
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
            let bytes = self.header_bytes(height)?.ok_or(missing)?;
            let header =
                Header::decode(&bytes).map_err(|source| StoreError::Damaged { column: BLOCKS.name, source })?;
            if header.height != height || header.parent != before {
                return Err(StoreError::OutOfOrder { height: header.height, head: height.saturating_sub(1) });
            }
            before = block_id(&bytes);
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

    fn event(&self, id: &ObjectId, seq: u32) -> Result<Option<Event>, StoreError> {
        EVENTS.get(&self.db, &(state_key(id), seq))
    }

    fn nonce_owner(&self, key: &PublicKey, nonce: u64) -> Result<Option<TxId>, StoreError> {
        NONCES.get(&self.db, &(*key, nonce))
    }

    fn block_id(&self, height: Height) -> Result<Option<Hash>, StoreError> {
        Ok(self.header_bytes(height)?.map(|header| block_id(&header)))
    }
}

impl log::Nodes for Store {
    type Error = StoreError;

    fn node(&self, place: log::Place) -> Result<Hash, StoreError> {
        LOG_NODES.get(&self.db, &place)?.ok_or(StoreError::Missing { column: LOG_NODES.name, height: place.1 })
    }
}

fn meta_of(db: &DB) -> Result<Meta, StoreError> {
    META.get(db, &0)?.ok_or(StoreError::Missing { column: META.name, height: 0 })
}

fn head_of(db: &DB) -> Result<Head, StoreError> {
    Ok(meta_of(db)?.head)
}

/// Takes a store of an older format over.
fn upgrade(db: &DB, meta: Meta) -> Result<(), StoreError> {
    if meta.format == FORMAT {
        return Ok(());
    }
    let (mut batch, height) = (WriteBatch::default(), meta.head.height);
    META.put(db, &mut batch, &0, &Meta { format: FORMAT, ..meta })?;
    write_synced(db, batch).map_err(|source| StoreError::Write { height, message: source.to_string() })
}

fn check_meta(path: &Path, meta: &Meta, expected: Option<ChainId>) -> Result<(), StoreError> {
    if !(FORMAT_MIN..=FORMAT).contains(&meta.format) {
        return Err(StoreError::OtherFormat { path: path.to_owned(), found: meta.format });
    }
    match expected {
        Some(expected) if meta.chain != expected => {
            Err(StoreError::OtherChain { path: path.to_owned(), found: meta.chain, expected })
        }
        _ => Ok(()),
    }
}

//! Whole stores: a copy beside a running node, and a store made anew from its blocks.

use super::bulk::Files;
use super::columns::{BLOCKS, Head, META, NAMES, family};
use super::{FinalBlock, Room, Store, StoreError, options, write_synced};
use crate::ledger::checked::SeenTxs;
use crate::ledger::{BlockInput, execute, signatures};
use rocksdb::{DB, IteratorMode, ReadOptions, WriteBatch};
use std::path::Path;
use tracelight_domain::ids::Height;
use tracelight_proof::block::{Header, split_body};
use tracelight_proof::codec::Canonical as _;
use tracelight_proof::genesis::Genesis;

impl Store {
    /// Copies every row, as of this moment, into a new store in `to`, which is absent or empty. The head is written last.
    ///
    /// # Errors
    /// [`StoreError`] of either disk, or naming a row that cannot be read.
    pub fn copy_to(&self, to: &Path) -> Result<Head, StoreError> {
        let head = self.head()?;
        let into = DB::open_cf_descriptors(&options::database(Room::SERVER), to, options::columns(Room::SERVER));
        let into = into.map_err(|source| StoreError::Open { path: to.to_owned(), source })?;
        if META.get(&into, &0)?.is_some() {
            return Err(StoreError::NotEmpty { path: to.to_owned() });
        }
        let scratch = to.with_extension("loading");
        std::fs::create_dir_all(&scratch).map_err(|source| StoreError::Folder { path: scratch.clone(), source })?;
        let table = options::table_file();
        let snapshot = self.db.snapshot();
        let there = NAMES.iter().filter(|name| self.db.cf_handle(name).is_some());
        for name in there.filter(|name| **name != META.name) {
            let mut options = ReadOptions::default();
            options.fill_cache(false);
            let mut files = Files::new(&table, &scratch, name);
            for row in snapshot.iterator_cf_opt(family(&self.db, name)?, options, IteratorMode::Start) {
                let (key, value) = row.map_err(|source| StoreError::Read { column: name, source })?;
                files.put(&key, &value)?;
            }
            files.take_in(&into, name)?;
        }
        let meta = snapshot.get_cf(family(&self.db, META.name)?, 0u8.to_bytes());
        let meta = meta.map_err(|source| StoreError::Read { column: META.name, source })?;
        let meta = meta.ok_or(StoreError::Missing { column: META.name, height: head.height })?;
        let mut batch = WriteBatch::default();
        batch.put_cf(family(&into, META.name)?, 0u8.to_bytes(), &meta);
        write_synced(&into, batch).map_err(|source| StoreError::Write { height: 0, message: source.to_string() })?;
        std::fs::remove_dir_all(&scratch).map_err(|source| StoreError::Folder { path: scratch, source })?;
        Ok(META.parse(&meta)?.head)
    }

    /// Executes the blocks of this store again, into a new store in `to`; everything but the blocks and their certificates is
    /// computed anew. Returns the new head; the blocks end before a damaged one.
    ///
    /// # Errors
    /// [`StoreError::Pruned`] when blocks have no body; [`StoreError`] of either disk; [`StoreError::OtherState`] when a header says something else than the execution.
    pub fn rebuild_to(&self, to: &Path, genesis: &Genesis) -> Result<Head, StoreError> {
        let into = Self::open(to, genesis)?;
        let (last, mut head) = (self.head()?.height, into.head()?);
        let horizon = self.horizon();
        if horizon > 0 {
            return Err(StoreError::Pruned { height: 1, first: horizon + 1 });
        }
        let missing = |height| StoreError::Missing { column: BLOCKS.name, height };
        if self.block(0)?.ok_or(missing(0))?.header != into.block(0)?.ok_or(missing(0))?.header {
            return Err(StoreError::OtherState { executed: 0 });
        }
        for height in head.height + 1..=last {
            head = into.replay(height, self)?;
        }
        Ok(head)
    }

    pub(super) fn replay(&self, height: Height, from: &Self) -> Result<Head, StoreError> {
        let row = from.block(height)?.ok_or(StoreError::Missing { column: BLOCKS.name, height })?;
        let damaged = |source| StoreError::Damaged { column: BLOCKS.name, source };
        let header = Header::decode(&row.header).map_err(damaged)?;
        let own = self.commitments(header.executed)?;
        let is_same = own.is_some_and(|own| {
            own.state_root == header.state_root && own.outcomes == header.outcomes && own.events == header.events
        });
        if !is_same {
            return Err(StoreError::OtherState { executed: header.executed });
        }
        let unreadable = || StoreError::UnreadableBlock { height };
        let bodies = if row.body.is_empty() { Vec::new() } else { split_body(&row.body).map_err(|_| unreadable())? };
        let txs = signatures::parse_final(&SeenTxs::default(), &bodies).map_err(|_| unreadable())?;
        let input = BlockInput { chain: header.chain, height, time_ms: header.time_ms, txs: &txs };
        let effects = execute(self, input)?;
        let certificate = from.certificate(height)?;
        let block = FinalBlock {
            header: &header,
            header_bytes: &row.header,
            body: &row.body,
            certificate: certificate.as_deref(),
        };
        self.commit(block, &effects)
    }
}

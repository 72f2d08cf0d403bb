//! Pruning: the bodies of old blocks go, everything that proves something stays (ADR 0014).
//!
//! ```text
//! blocks    0 and horizon+1 .. head     whole
//! pruned    1 .. horizon                header, outcomes, transaction ids, nonces used up
//! ```
//! A block goes from one column to the other in one synced batch with others, so a crash leaves each block in exactly one of
//! them; who does not find a block in `blocks` looks into `pruned` after it. What stays besides: certificates, steps,
//! validators, commitments, the log, objects and their whole histories, transaction rows and nonces. So every proof that
//! could be made can still be made, and a transaction that is submitted again gets its first answer, for ever. What cannot be
//! had any more is the body itself: for a follower that is behind the horizon, and for executing the chain again.

use super::columns::{BLOCKS, BlockRow, NONCES, PRUNED, PrunedRow, TXS, family};
use super::{Store, StoreError};
use rocksdb::{DB, IteratorMode, WriteBatch};
use std::sync::atomic::Ordering;
use tracelight_domain::ids::Height;
use tracelight_proof::block::split_body;
use tracelight_proof::codec::Canonical as _;
use tracelight_proof::signed;

/// Blocks of one batch. Reading them holds at most this many bodies of 2 MiB in turn, and writing them 34 bytes a transaction.
pub const BATCH_BLOCKS: u64 = 64;
/// Blocks after which rocksdb is told to give their room back. It reads what lies between once more.
const COMPACT_BLOCKS: u64 = 4_096;

impl Store {
    /// The newest block without a body; 0 when all have theirs.
    #[must_use]
    pub fn horizon(&self) -> Height {
        self.horizon.load(Ordering::Acquire)
    }

    /// What is left of a pruned block.
    ///
    /// # Errors
    /// [`StoreError`] of the disk.
    pub fn pruned(&self, height: Height) -> Result<Option<PrunedRow>, StoreError> {
        match self.db.cf_handle(PRUNED.name) {
            None => Ok(None),
            Some(_) => PRUNED.get(&self.db, &height),
        }
    }

    /// The header of an executed block, pruned or not.
    ///
    /// # Errors
    /// [`StoreError`] of the disk.
    pub fn header_bytes(&self, height: Height) -> Result<Option<Vec<u8>>, StoreError> {
        // In this order: a block is in `pruned` before it is gone from `blocks`, for everybody who looks.
        if let Some(row) = BLOCKS.get(&self.db, &height)? {
            return Ok(Some(row.header));
        }
        Ok(self.pruned(height)?.map(|row| row.header))
    }

    /// Drops the bodies of the next blocks up to `last`, at most [`BATCH_BLOCKS`], synced. Returns the horizon. Block 0 and the
    /// newest executed block stay whole whatever `last` is.
    ///
    /// # Errors
    /// [`StoreError`]; nothing of this batch is written then.
    pub fn prune(&self, last: Height) -> Result<Height, StoreError> {
        let horizon = self.horizon();
        let last = last.min(self.head()?.height.saturating_sub(1)).min(horizon.saturating_add(BATCH_BLOCKS));
        if last <= horizon {
            return Ok(horizon);
        }
        let mut batch = WriteBatch::default();
        for height in horizon + 1..=last {
            let row = BLOCKS.get(&self.db, &height)?.ok_or(StoreError::Missing { column: BLOCKS.name, height })?;
            PRUNED.put(&self.db, &mut batch, &height, &self.left_of(height, row)?)?;
        }
        let blocks = family(&self.db, BLOCKS.name)?;
        batch.delete_range_cf(blocks, (horizon + 1).to_bytes(), (last + 1).to_bytes());
        self.write(last, batch)?;
        // From here a crash finds these blocks pruned.
        self.horizon.store(last, Ordering::Release);
        if last / COMPACT_BLOCKS > horizon / COMPACT_BLOCKS {
            self.db.compact_range_cf(blocks, Some(1u64.to_bytes()), Some(last.to_bytes()));
        }
        Ok(last)
    }

    fn left_of(&self, height: Height, row: BlockRow) -> Result<PrunedRow, StoreError> {
        let BlockRow { header, body, outcomes } = row;
        let unreadable = || StoreError::UnreadableBlock { height };
        let bodies = if body.is_empty() { Vec::new() } else { split_body(&body).map_err(|_| unreadable())? };
        let (mut ids, mut nonces) = (Vec::with_capacity(bodies.len()), 0);
        for (index, bytes) in (0u32..).zip(bodies) {
            let tx = signed::parse(bytes).map_err(|_| unreadable())?.tx;
            let id = signed::tx_id(&tx);
            // A transaction that was ordered twice has one row, and used its nonce once.
            let is_here = TXS.get(&self.db, &id)?.is_some_and(|row| (row.height, row.index) == (height, index));
            if is_here && NONCES.get(&self.db, &(tx.key, tx.nonce))? == Some(id) {
                nonces += 1;
            }
            ids.push(id);
        }
        Ok(PrunedRow { header, outcomes, ids, nonces })
    }
}

/// Where pruning stood when the store was opened.
pub(super) fn horizon_of(db: &DB) -> Result<Height, StoreError> {
    // A store of an older format that is only read has no such column.
    let Some(pruned) = db.cf_handle(PRUNED.name) else { return Ok(0) };
    let Some(row) = db.iterator_cf(pruned, IteratorMode::End).next() else { return Ok(0) };
    let (key, _) = row.map_err(|source| StoreError::Read { column: PRUNED.name, source })?;
    let damaged = |source| StoreError::Damaged { column: PRUNED.name, source };
    Height::parse(&key, 8, PRUNED.name).map_err(damaged)
}

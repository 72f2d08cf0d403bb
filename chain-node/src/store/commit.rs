//! Writing an executed block: everything it changed in one synced batch.

use super::columns::{
    BLOCKS, Blob, BlockRow, CERTIFICATES, EVENTS, EXECUTED, Head, LOG_NODES, META, Meta, NONCES, TXS, TxRow,
};
use super::window::ObjectWrite;
use super::{Store, StoreError};
use crate::ledger::{APPLIED, BlockEffects};
use rocksdb::{DB, WriteBatch, WriteOptions};
use std::sync::atomic::Ordering;
use tracelight_domain::ids::{Hash, Height};
use tracelight_proof::block::{Header, block_id, next_outcomes};
use tracelight_proof::log::Frontier;
use tracelight_proof::state_proof::state_key;

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

impl Store {
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

    /// Writes a batch, synced, unless an earlier write failed.
    pub(super) fn write(&self, height: Height, batch: WriteBatch) -> Result<(), StoreError> {
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
}

/// Appends a block to the log and returns the log's new root.
pub(super) fn extend_log(
    db: &DB,
    batch: &mut WriteBatch,
    log: &mut Frontier,
    block: &Hash,
) -> Result<Hash, StoreError> {
    for (place, root) in log.append(&block.0) {
        LOG_NODES.put(db, batch, &place, &root)?;
    }
    Ok(log.root())
}

pub(super) fn write_synced(db: &DB, batch: WriteBatch) -> Result<(), rocksdb::Error> {
    let mut options = WriteOptions::default();
    options.set_sync(true);
    db.write_opt(batch, &options)
}

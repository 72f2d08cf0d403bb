//! Executing a block as soon as it is known to be final, while the engine still stores it as final.
//!
//! ```text
//! finalization assembled or received, in the engine's journal, synced
//!   ├─ engine: block and certificate into its archive, sync ─► delivered, in order ─► `take_final` finds it done
//!   └─ here:   execute, write, sync ─► those who wait are answered
//! ```
//! The block is final whoever writes first, and the store is synced before anybody is answered, as ever. After a crash in between
//! the store is ahead of the engine's archive, and the engine delivers the block again; that is recognised by its height.
//!
//! Only blocks whose whole line down to the executed ones was proposed or judged here are executed this way; the rest, and the
//! last block of an epoch, wait for the delivery. So does everything that fails here: the delivery meets the same fault and
//! stops the node.

use super::{FinalBlockError, Node};
use crate::ancestry::Line;
use bytes::Bytes;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tracelight_domain::ids::Hash;
use tracelight_proof::block::{block_id, body_digest, encode_body};

/// The newest block that is known to be final and not looked at yet. One replaces another: its line holds the older one.
#[derive(Default)]
pub(super) struct Ahead(Mutex<Slot>);

#[derive(Default)]
struct Slot {
    newest: Option<(Hash, Bytes)>,
    /// A thread works on it.
    working: bool,
}

impl Ahead {
    fn lock(&self) -> MutexGuard<'_, Slot> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether somebody has to be sent to work.
    fn put(&self, id: Hash, certificate: Bytes) -> bool {
        let mut slot = self.lock();
        slot.newest = Some((id, certificate));
        !std::mem::replace(&mut slot.working, true)
    }

    fn take(&self) -> Option<(Hash, Bytes)> {
        let mut slot = self.lock();
        let newest = slot.newest.take();
        slot.working = newest.is_some();
        newest
    }
}

impl Node {
    /// The block with this id is final, with its finalization. Returns at once.
    pub fn execute_ahead(self: &Arc<Self>, id: Hash, certificate: Bytes) {
        if self.ahead.put(id, certificate) {
            let node = Arc::clone(self);
            let work = move || {
                while let Some((id, certificate)) = node.ahead.take() {
                    if let Err(fault) = node.take_ahead(id, &certificate) {
                        tracing::warn!("Executing the final block {id} before its delivery: {fault}");
                    }
                }
            };
            // It goes on when nobody waits for it.
            drop(self.host.compute(Box::new(work)));
        }
    }

    fn take_ahead(&self, id: Hash, certificate: &[u8]) -> Result<(), FinalBlockError> {
        let line = {
            let pending = self.pending();
            pending.ancestry.height_of(&id).map_or_else(Line::default, |height| self.line(&pending, height, id))
        };
        if !line.whole {
            return Ok(());
        }
        for block in line.blocks.iter().rev() {
            let height = block.header.height;
            let txs: Vec<&[u8]> = block.txs.iter().map(|tx| tx.bytes.as_slice()).collect();
            let (header, body) = (block.header.encode(), encode_body(&txs));
            if height == self.last_of(self.epoch_of(height)) || body_digest(&body) != block.header.body {
                return Ok(());
            }
            let own = (block_id(&header) == id).then_some(certificate);
            self.take_final(&header, &body, own)?;
        }
        Ok(())
    }
}

//! The parts of a node as one thing: what consensus writes, what rpc reads, and the lock between them.
//!
//! Lock order: `executing`, then `pending`. The head is published and the mempool is settled under `pending`, after the
//! block is on disk; so whoever holds `pending` and does not find a transaction in the store may put it into the mempool
//! without ordering it a second time.

mod admission;
mod ahead;
mod execution;
mod membership;
mod quorum;
mod sight;
pub mod stall;
#[cfg(test)]
mod tests;
pub mod waits;

pub use admission::{LocalRefusal, Origin, final_receipt, rejected};
pub use execution::FinalBlockError;
pub use membership::{CommitteeError, Term};

use crate::ancestry::{Ancestry, Line, ProposedBlock};
use crate::clock::Clock;
use crate::host::{Host, TokioHost};
use crate::ledger::View as _;
use crate::ledger::checked::{CheckedTx, SeenTxs};
use crate::mempool::{Mempool, MempoolLimits};
use crate::store::{Head, Store, StoreError};
use bytes::Bytes;
use membership::Membership;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use tokio::sync::futures::Notified;
use tokio::sync::{Notify, watch};
use tracelight_api::chain::{Receipt, TxOutcome};
use tracelight_domain::ids::{ChainId, Hash, Height, MemberId, PublicKey, TxId};
use tracelight_domain::state::{ObjectId, StateBody};
use tracelight_proof::block::{encode_body, split_body};
use tracelight_proof::genesis::Genesis;

/// Bytes of one gossiped message; the engine's default bound.
pub const GOSSIP_BYTES_MAX: usize = 256 * 1024;

/// Who the node is.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The alliance.
    pub chain: ChainId,
    /// Its genesis, as stored.
    pub genesis: Vec<u8>,
    /// This node's validator key.
    pub validator: PublicKey,
    /// Blocks of an epoch.
    pub epoch_blocks: u32,
    /// The founding members' names, for people.
    pub names: BTreeMap<MemberId, String>,
}

/// Parts that change together.
pub struct Pending {
    /// Transactions that wait for a block.
    pub mempool: Mempool,
    /// Blocks that wait for finality or execution.
    pub ancestry: Ancestry,
}

type Broadcast = Box<dyn Fn(Bytes) + Send + Sync>;

/// A node without its network.
pub struct Node {
    /// Who it is.
    pub identity: Identity,
    /// Its disk.
    pub store: Store,
    /// Signatures checked before.
    pub seen: SeenTxs,
    host: Arc<dyn Host>,
    pending: Mutex<Pending>,
    /// Held while a block is executed and written: one at a time.
    executing: Mutex<()>,
    head: watch::Sender<Head>,
    /// Those who wait for outcomes.
    pub waits: waits::Waits,
    /// Wakes the consensus side, in the order in which it began to wait, which `watch` does not promise.
    changes: Notify,
    stopping: watch::Sender<bool>,
    broadcast: OnceLock<Broadcast>,
    peers: AtomicU32,
    /// Newest final height heard of.
    tip: AtomicU64,
    /// A block whose time this clock has not reached makes its voters wait until then; 0 when none does.
    waits_for_ms: AtomicU64,
    gossip_dropped: AtomicU64,
    membership: Membership,
    sight: sight::Sight,
    ahead: ahead::Ahead,
}

impl Node {
    /// Puts a node together over an open store.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn new(
        genesis: &Genesis,
        validator: PublicKey,
        store: Store,
        limits: MempoolLimits,
        clock: Clock,
    ) -> Result<Self, StoreError> {
        Self::new_on(Arc::new(TokioHost(clock)), genesis, validator, store, limits)
    }

    /// Puts a node together on this machine.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn new_on(
        host: Arc<dyn Host>,
        genesis: &Genesis,
        validator: PublicKey,
        store: Store,
        limits: MempoolLimits,
    ) -> Result<Self, StoreError> {
        use tracelight_proof::codec::Canonical as _;
        let head = store.head()?;
        let identity = Identity {
            chain: genesis.chain_id(),
            genesis: genesis.to_bytes(),
            validator,
            epoch_blocks: genesis.epoch_blocks,
            names: genesis.members.iter().map(|member| (member.gln, member.name_en.clone())).collect(),
        };
        let pending = Pending { mempool: Mempool::new(limits), ancestry: Ancestry::default() };
        let height = head.height;
        let node = Self {
            identity,
            seen: SeenTxs::default(),
            host,
            pending: Mutex::new(pending),
            executing: Mutex::new(()),
            tip: AtomicU64::new(head.height),
            head: watch::Sender::new(head),
            waits: waits::Waits::default(),
            changes: Notify::new(),
            stopping: watch::Sender::new(false),
            broadcast: OnceLock::new(),
            peers: AtomicU32::new(0),
            waits_for_ms: AtomicU64::new(0),
            gossip_dropped: AtomicU64::new(0),
            membership: Membership::default(),
            sight: sight::Sight::default(),
            ahead: ahead::Ahead::default(),
            store,
        };
        // Until consensus runs, the node votes for nothing.
        node.set_term(node.epoch_of(height + 1), false)?;
        Ok(node)
    }

    /// The same node, with what its configuration says: where other nodes are found, and when it was restored from a backup.
    #[must_use]
    pub fn with_membership(
        mut self,
        addresses: BTreeMap<PublicKey, String>,
        quarantined_since_ms: Option<u64>,
    ) -> Self {
        let term = self.term();
        self.membership = Membership::new(addresses, quarantined_since_ms, term);
        self
    }

    /// Milliseconds since 1970 by this machine's clock.
    #[must_use]
    pub fn now_ms(&self) -> u64 {
        self.host.now_ms()
    }

    /// The machine that the node runs on.
    #[must_use]
    pub fn host(&self) -> &dyn Host {
        &*self.host
    }

    /// Resolves when a block is executed or a transaction joins the mempool after this call.
    pub fn changed(&self) -> Notified<'_> {
        self.changes.notified()
    }

    /// A transaction joined the mempool.
    fn note_arrival(&self) {
        self.changes.notify_waiters();
    }

    /// The newest executed block, and a way to wait for the next.
    #[must_use]
    pub fn watch_head(&self) -> watch::Receiver<Head> {
        self.head.subscribe()
    }

    /// The newest executed block.
    #[must_use]
    pub fn head(&self) -> Head {
        self.head.borrow().clone()
    }

    /// Wakes when the node begins to stop.
    #[must_use]
    pub fn watch_stopping(&self) -> watch::Receiver<bool> {
        self.stopping.subscribe()
    }

    /// Ends every wait of rpc.
    pub fn begin_stop(&self) {
        self.stopping.send_replace(true);
    }

    /// Mempool and unexecuted blocks.
    pub fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Connects the node to its peers. Only the first call counts.
    pub fn set_broadcast(&self, broadcast: Broadcast) {
        let _ = self.broadcast.set(broadcast);
    }

    /// Tells peers of transactions, in messages of at most [`GOSSIP_BYTES_MAX`].
    pub fn tell_peers(&self, txs: &[Arc<CheckedTx>]) {
        let Some(broadcast) = self.broadcast.get() else { return };
        let mut message: Vec<&[u8]> = Vec::new();
        let mut bytes = 4;
        for tx in txs {
            if bytes + tx.bytes.len() + 4 > GOSSIP_BYTES_MAX {
                broadcast(encode_body(&message).into());
                (message, bytes) = (Vec::new(), 4);
            }
            bytes += tx.bytes.len() + 4;
            message.push(&tx.bytes);
        }
        if !message.is_empty() {
            broadcast(encode_body(&message).into());
        }
    }

    /// Tells peers again of transactions that arrived up to `mark` and still wait: gossip is best effort, and what it lost
    /// would wait until this node leads. Returns the mark for the next time.
    pub fn repeat_gossip(&self, mark: u64) -> u64 {
        let (waiting, arrivals) = {
            let pending = self.pending();
            (pending.mempool.waiting_since(mark, GOSSIP_BYTES_MAX / 2), pending.mempool.arrivals())
        };
        self.tell_peers(&waiting);
        arrivals
    }

    /// Takes what a peer gossiped. Computes; belongs on a blocking thread.
    pub fn take_gossip(&self, message: &[u8]) {
        match split_body(message) {
            Ok(txs) => drop(self.submit(&txs, Origin::Peer)),
            Err(error) => tracing::debug!("Dropped a gossiped message: {error}"),
        }
    }

    /// Counts a gossiped message that found its queue full.
    pub fn count_dropped_gossip(&self) {
        self.gossip_dropped.fetch_add(1, Ordering::Relaxed);
    }

    /// Gossiped messages dropped so far.
    #[must_use]
    pub fn dropped_gossip(&self) -> u64 {
        self.gossip_dropped.load(Ordering::Relaxed)
    }

    /// Other validators it is connected to.
    #[must_use]
    pub fn peers(&self) -> u32 {
        self.peers.load(Ordering::Relaxed)
    }

    /// Notes how many other validators it is connected to.
    pub fn set_peers(&self, count: usize) {
        self.peers.store(u32::try_from(count).unwrap_or(u32::MAX), Ordering::Relaxed);
    }

    /// Newest final height heard of.
    #[must_use]
    pub fn tip(&self) -> Height {
        self.tip.load(Ordering::Relaxed)
    }

    /// Notes a newer final height.
    pub fn set_tip(&self, height: Height) {
        self.tip.fetch_max(height, Ordering::Relaxed);
    }

    /// Notes that a vote waits until this machine's clock reaches a block's time; 0 when it no longer does.
    pub fn set_waits_for_ms(&self, time_ms: u64) {
        self.waits_for_ms.store(time_ms, Ordering::Relaxed);
    }

    /// Where a transaction stands, if the node knows it.
    ///
    /// # Errors
    /// [`StoreError`] of the disk.
    pub fn receipt(&self, id: &TxId) -> Result<Option<Receipt>, StoreError> {
        let pending = self.pending();
        if let Some(row) = self.store.tx(id)? {
            return Ok(Some(admission::final_receipt(*id, row)));
        }
        let waits = pending.mempool.contains(id) || pending.ancestry.holds(id);
        Ok(waits.then(|| admission::receipt(Some(*id), TxOutcome::Pending)))
    }

    /// The line of unexecuted blocks that ends with this block.
    #[must_use]
    pub fn line(&self, pending: &Pending, height: Height, id: Hash) -> Line {
        pending.ancestry.above(self.head.borrow().height, height, id)
    }

    /// The nonce that a device has to use after the executed blocks and these.
    ///
    /// # Errors
    /// [`StoreError`] of the disk.
    pub fn next_nonce(&self, line: &[ProposedBlock], key: &PublicKey) -> Result<u64, StoreError> {
        let ordered = line.iter().flat_map(|block| block.txs.iter()).map(|tx| &tx.signed.tx);
        let after_line = ordered.filter(|tx| tx.key == *key).map(|tx| tx.nonce.saturating_add(1)).max();
        match (after_line, self.store.object(&ObjectId::Key(*key))?.map(|state| state.body)) {
            (Some(next), _) => Ok(next),
            (None, Some(StateBody::Key { next_nonce, .. })) => Ok(next_nonce),
            (None, _) => Ok(0),
        }
    }
}

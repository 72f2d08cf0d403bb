//! Transactions on their way into a block. Bounded by count and bytes; when full it refuses with `busy`.
//!
//! Order: operators' and approvers' transactions by arrival. A device's transactions carry gapless nonces, so they are
//! taken in the order of their nonces, beginning at the one the chain expects, at the place of the first that arrived.
//!
//! Of one key and nonce only one transaction is held; another is a conflict.

use crate::ledger::checked::CheckedTx;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use tracelight_domain::ids::{Height, PublicKey, TxId};
use tracelight_domain::tx::TX_BYTES_MAX;

/// How far a device's nonce may run ahead of the chain. What comes before has to be sent too, so this is a device's window.
pub const DEVICE_AHEAD_MAX: u64 = 8_192;

/// Bounds of a mempool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MempoolLimits {
    /// Transactions.
    pub txs_max: usize,
    /// Bytes of them. Memory is about three times as much.
    pub bytes_max: usize,
}

/// Bounds of a block.
#[derive(Clone, Copy, Debug)]
pub struct BlockLimits {
    /// Transactions.
    pub txs_max: usize,
    /// Bytes of the body.
    pub bytes_max: usize,
}

/// What became of an offered transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offered {
    /// It waits for a block.
    Added,
    /// It waited already.
    Known,
    /// Another one with its key and nonce waits.
    Conflict(TxId),
    /// No room; try again later.
    Busy,
}

/// Is the key a device's, and which nonce comes next?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyTurn {
    /// Any nonce.
    Any,
    /// This nonce.
    Next(u64),
}

struct Entry {
    tx: Arc<CheckedTx>,
    device: bool,
}

/// The transactions that wait.
pub struct Mempool {
    limits: MempoolLimits,
    bytes: usize,
    arrivals: u64,
    queue: BTreeMap<u64, Entry>,
    place: HashMap<TxId, u64>,
    nonces: BTreeMap<(PublicKey, u64), u64>,
}

impl Mempool {
    /// An empty one.
    #[must_use]
    pub fn new(limits: MempoolLimits) -> Self {
        let (queue, place, nonces) = (BTreeMap::new(), HashMap::new(), BTreeMap::new());
        Self { limits, bytes: 0, arrivals: 0, queue, place, nonces }
    }

    /// Transactions that wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.queue.len()
    }

    /// Does nothing wait?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Bytes that wait.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Does this transaction wait?
    #[must_use]
    pub fn contains(&self, id: &TxId) -> bool {
        self.place.contains_key(id)
    }

    /// Takes a well-signed transaction in.
    pub fn offer(&mut self, tx: Arc<CheckedTx>, turn: KeyTurn) -> Offered {
        if self.contains(&tx.id) {
            return Offered::Known;
        }
        let slot = (tx.signed.tx.key, tx.signed.tx.nonce);
        if let Some(other) = self.nonces.get(&slot).and_then(|place| self.queue.get(place)) {
            return Offered::Conflict(other.tx.id);
        }
        if self.queue.len() >= self.limits.txs_max || self.bytes + tx.bytes.len() > self.limits.bytes_max {
            return Offered::Busy;
        }
        self.arrivals += 1;
        self.bytes += tx.bytes.len();
        self.place.insert(tx.id, self.arrivals);
        self.nonces.insert(slot, self.arrivals);
        self.queue.insert(self.arrivals, Entry { tx, device: turn != KeyTurn::Any });
        Offered::Added
    }

    /// Forgets what a block has executed, what has expired, and what a device can no longer use.
    pub fn settle(&mut self, executed: &[TxId], next_height: Height, next_nonces: &BTreeMap<PublicKey, u64>) {
        for id in executed {
            self.remove(id);
        }
        let useless = |entry: &Entry| {
            let tx = &entry.tx.signed.tx;
            tx.expires_at < next_height
                || (entry.device && next_nonces.get(&tx.key).is_some_and(|next| tx.nonce < *next))
        };
        let gone: Vec<TxId> = self.queue.values().filter(|entry| useless(entry)).map(|entry| entry.tx.id).collect();
        gone.iter().for_each(|id| self.remove(id));
    }

    fn remove(&mut self, id: &TxId) {
        let Some(entry) = self.place.remove(id).and_then(|place| self.queue.remove(&place)) else { return };
        self.bytes -= entry.tx.bytes.len();
        self.nonces.remove(&(entry.tx.signed.tx.key, entry.tx.signed.tx.nonce));
    }

    /// Chooses the transactions of a block at `height` that are not in its unexecuted ancestors. `next_nonce` says which
    /// nonce of a device follows after those ancestors.
    pub fn select(
        &self,
        height: Height,
        limits: BlockLimits,
        ancestors: &HashSet<TxId>,
        mut next_nonce: impl FnMut(&PublicKey) -> u64,
    ) -> Vec<Arc<CheckedTx>> {
        let mut chosen = Chosen { txs: Vec::new(), bytes: 4, limits, height };
        let mut devices = BTreeSet::new();
        for entry in self.queue.values() {
            let key = entry.tx.signed.tx.key;
            if !entry.device {
                if !ancestors.contains(&entry.tx.id) {
                    chosen.take(&entry.tx);
                }
            } else if devices.insert(key) {
                let mut nonce = next_nonce(&key);
                while let Some(next) = self.nonces.get(&(key, nonce)).and_then(|place| self.queue.get(place)) {
                    // What does not fit would leave a gap for those behind it.
                    if !chosen.take(&next.tx) {
                        break;
                    }
                    nonce += 1;
                }
            }
            if chosen.is_full() {
                break;
            }
        }
        chosen.txs
    }

    /// Transactions that ever arrived; a mark in time for [`Mempool::waiting_since`].
    #[must_use]
    pub const fn arrivals(&self) -> u64 {
        self.arrivals
    }

    /// The transactions that arrived up to this mark and still wait, up to this many bytes, to be told to peers again.
    #[must_use]
    pub fn waiting_since(&self, mark: u64, bytes_max: usize) -> Vec<Arc<CheckedTx>> {
        let mut bytes = 0;
        let fits = |(_, entry): &(&u64, &Entry)| {
            bytes += entry.tx.bytes.len() + 4;
            bytes <= bytes_max
        };
        self.queue.range(..=mark).take_while(fits).map(|(_, entry)| Arc::clone(&entry.tx)).collect()
    }
}

struct Chosen {
    txs: Vec<Arc<CheckedTx>>,
    bytes: usize,
    limits: BlockLimits,
    height: Height,
}

impl Chosen {
    fn take(&mut self, tx: &Arc<CheckedTx>) -> bool {
        let bytes = tx.bytes.len() + 4;
        let fits = self.txs.len() < self.limits.txs_max && self.bytes + bytes <= self.limits.bytes_max;
        if !fits || tx.signed.tx.expires_at < self.height {
            return false;
        }
        self.bytes += bytes;
        self.txs.push(Arc::clone(tx));
        true
    }

    fn is_full(&self) -> bool {
        self.txs.len() >= self.limits.txs_max || self.bytes + TX_BYTES_MAX > self.limits.bytes_max
    }
}

#[cfg(test)]
mod tests;

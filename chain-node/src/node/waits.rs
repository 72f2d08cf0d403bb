//! Who waits for the outcome of which transaction.
//!
//! A call that waits is told each of its outcomes once, by the block that brings it. Asking the store about every open
//! transaction after every block would cost more than all the rest that is done for a transaction.
//!
//! Bounded by the calls under way and the transactions of a call; a call that ends takes its entries out.

use crate::store::TxRow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::mpsc;
use tracelight_domain::ids::TxId;

/// An outcome, as it is stored.
pub type Settled = (TxId, TxRow);

/// Several calls may wait for one transaction, each under its number.
type Entries = HashMap<TxId, Vec<(u64, mpsc::Sender<Settled>)>>;

#[derive(Default)]
struct Inner {
    entries: Entries,
    /// Calls so far; each has its number.
    calls: u64,
}

/// The calls that wait.
#[derive(Clone, Default)]
pub struct Waits(Arc<Mutex<Inner>>);

impl Waits {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for these. What was executed before this call is not told.
    #[must_use]
    pub fn wait_for(&self, ids: &[TxId]) -> Wait {
        // Each is told once, so there is always room.
        let (sender, outcomes) = mpsc::channel(ids.len().max(1));
        let mut inner = self.lock();
        inner.calls += 1;
        let call = inner.calls;
        for id in ids {
            inner.entries.entry(*id).or_default().push((call, sender.clone()));
        }
        Wait { call, ids: ids.to_vec(), outcomes, waits: self.clone() }
    }

    /// Tells those who wait what became of a block's transactions.
    pub(super) fn tell(&self, settled: impl Iterator<Item = Settled>) {
        let mut inner = self.lock();
        if inner.entries.is_empty() {
            return;
        }
        for (id, row) in settled {
            for (_, call) in inner.entries.remove(&id).into_iter().flatten() {
                // It ended meanwhile.
                let _ = call.try_send((id, row));
            }
        }
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.lock().entries.len()
    }
}

/// One call that waits.
pub struct Wait {
    call: u64,
    ids: Vec<TxId>,
    outcomes: mpsc::Receiver<Settled>,
    waits: Waits,
}

impl Wait {
    /// The next outcome, once for each transaction. After the last it waits for ever.
    pub async fn next(&mut self) -> Settled {
        match self.outcomes.recv().await {
            Some(settled) => settled,
            None => std::future::pending().await,
        }
    }

    /// An outcome that is there already.
    #[cfg(test)]
    fn ready(&mut self) -> Option<Settled> {
        self.outcomes.try_recv().ok()
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        let mut inner = self.waits.lock();
        for id in &self.ids {
            if let Some(calls) = inner.entries.get_mut(id) {
                calls.retain(|(call, _)| *call != self.call);
                if calls.is_empty() {
                    inner.entries.remove(id);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(height: u64) -> TxRow {
        TxRow { height, index: 0, outcome: 0 }
    }

    #[tokio::test]
    async fn each_call_is_told_its_own_and_leaves_nothing_behind() {
        let [one, two, three] = [1, 2, 3].map(|byte| TxId([byte; 32]));
        let waits = Waits::default();
        let mut first = waits.wait_for(&[one, two]);
        let mut second = waits.wait_for(&[two, three]);
        waits.tell([(two, row(4)), (TxId([9; 32]), row(4))].into_iter());
        assert_eq!(first.next().await, (two, row(4)));
        assert_eq!(second.next().await, (two, row(4)));
        assert_eq!((first.ready(), waits.len()), (None, 2));
        // A block that names it again has nobody to tell.
        waits.tell([(two, row(5))].into_iter());
        assert_eq!(first.ready(), None);
        drop(second);
        assert_eq!(waits.len(), 1);
        waits.tell([(one, row(6)), (three, row(6))].into_iter());
        assert_eq!(first.ready(), Some((one, row(6))));
        drop(first);
        assert_eq!(waits.len(), 0);
    }
}

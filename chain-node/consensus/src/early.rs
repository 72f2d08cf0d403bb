//! Messages of epochs that this node has not entered.
//!
//! Nodes enter an epoch within some milliseconds of each other. What the quicker ones say meanwhile cannot be checked here, so
//! a little of it is kept and given to the new epoch's engine first; without that, the first proposal of an epoch would be
//! lost on a node that is a moment late, and with a few such nodes the first view would run into its timeout. A message of any
//! later epoch also says that this node is behind: then it asks the sender for the certificate of its own epoch's last block.

use crate::engine::Mailbox;
use commonware_consensus::types::{Epoch, Epocher as _, FixedEpocher};
use commonware_cryptography::ed25519::PublicKey;
use commonware_p2p::{Message, Receiver};
use commonware_runtime::Clock;
use commonware_utils::{sync::Mutex, vec::NonEmptyVec};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};
use tokio::sync::mpsc;

/// Messages kept of one peer and channel; further ones are dropped. With 4 KB a message and 160 peers at most 5 MB.
const PER_PEER_MAX: usize = 8;

/// Shortest time between two requests for a certificate.
const HINT_INTERVAL: Duration = Duration::from_millis(200);

/// A peer's messages, each with its epoch.
type Kept = VecDeque<(u64, Message<PublicKey>)>;

/// Messages of the epoch after this node's.
#[derive(Clone, Default)]
pub(crate) struct Early(Arc<Mutex<BTreeMap<PublicKey, Kept>>>);

impl Early {
    fn keep(&self, epoch: u64, message: Message<PublicKey>) {
        let mut kept = self.0.lock();
        let of_peer = kept.entry(message.0.clone()).or_default();
        if of_peer.len() < PER_PEER_MAX {
            of_peer.push_back((epoch, message));
        }
    }

    /// Gives out what was kept of this epoch and forgets the rest.
    pub fn take(&self, epoch: u64) -> VecDeque<Message<PublicKey>> {
        let kept = std::mem::take(&mut *self.0.lock());
        let messages = kept.into_values().flatten().filter(|(of, _)| *of == epoch);
        messages.map(|(_, message)| message).collect()
    }
}

/// A channel of one epoch, beginning with what came early.
#[derive(Debug)]
pub(crate) struct Replayed<R> {
    pub early: VecDeque<Message<PublicKey>>,
    pub later: R,
}

impl<R: Receiver<PublicKey = PublicKey>> Receiver for Replayed<R> {
    type Error = R::Error;
    type PublicKey = PublicKey;

    async fn recv(&mut self) -> Result<Message<PublicKey>, R::Error> {
        match self.early.pop_front() {
            Some(message) => Ok(message),
            None => self.later.recv().await,
        }
    }

    fn capacity(&self) -> std::num::NonZeroUsize {
        self.later.capacity()
    }
}

/// Works off what no epoch's engine took, until the network is gone.
pub(crate) async fn watch<E: Clock>(
    context: E,
    mut unclaimed: mpsc::Receiver<(u64, Message<PublicKey>)>,
    early: Early,
    current: Arc<AtomicU64>,
    epocher: FixedEpocher,
    mailbox: Mailbox,
) {
    let mut hinted = SystemTime::UNIX_EPOCH;
    while let Some((epoch, message)) = unclaimed.recv().await {
        let own = current.load(Ordering::Relaxed);
        if epoch <= own {
            continue;
        }
        let from = message.0.clone();
        if epoch == own + 1 {
            early.keep(epoch, message);
        }
        let now = context.current();
        let due = now.duration_since(hinted).is_ok_and(|since| since >= HINT_INTERVAL);
        if let Some(last) = epocher.last(Epoch::new(own)).filter(|_| due) {
            hinted = now;
            mailbox.hint_finalized(last, NonEmptyVec::new(from));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use commonware_codec::{Copying, DecodeExt as _};
    use commonware_cryptography::{Signer as _, ed25519::PrivateKey};

    #[test]
    fn a_peer_fills_only_its_own_share_and_other_epochs_are_forgotten() {
        let peer = |seed| PrivateKey::decode(Copying(&[seed; 32])).expect("any seed is a key").public_key();
        let early = Early::default();
        for _ in 0..100 {
            early.keep(3, (peer(1), b"loud".to_vec().into()));
        }
        early.keep(3, (peer(2), b"quiet".to_vec().into()));
        early.keep(2, (peer(3), b"old".to_vec().into()));
        let taken = early.take(3);
        assert_eq!(taken.len(), PER_PEER_MAX + 1);
        assert!(taken.iter().any(|(_, bytes)| bytes.as_ref() == b"quiet"));
        assert_eq!(early.take(2).len(), 0);
    }
}

//! Transactions between validators, on a channel of their own.
//!
//! Gossip is best effort: nothing is repeated, ordered or acknowledged, and what does not fit a queue is dropped and counted.
//! Applications repeat what matters, or the next leader never hears of it.

use crate::{StateMachine, adapter::key_bytes};
use bytes::Bytes;
use commonware_cryptography::ed25519::PublicKey;
use commonware_p2p::{CheckedSender as _, LimitedSender, Receiver, Recipients};
use commonware_runtime::Clock;
use commonware_utils::NZU32;
use std::{
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::mpsc;

/// Messages that wait to be sent. Worst case memory: 256 * 256 KiB = 64 MiB at the default message bound.
pub const GOSSIP_QUEUE_MAX: usize = 256;

/// Messages a second to and from each peer. With transactions batched by the application this is far above the chain's own rate.
pub(crate) const RATE: NonZeroU32 = NZU32!(512);

/// Messages at once, before the rate counts.
pub(crate) const BURST: NonZeroU32 = NZU32!(256);

/// The longest wait for a peer's quota to free up before the message is dropped.
const QUOTA_WAIT_MAX: Duration = Duration::from_millis(100);

/// The sending end, for the [`Handle`](crate::Handle).
#[derive(Clone)]
pub(crate) struct Outbox {
    queue: mpsc::Sender<Bytes>,
    dropped: Arc<AtomicU64>,
    message_bytes_max: usize,
}

impl Outbox {
    /// The outbox, and what [`send`] takes from it.
    pub fn new(message_bytes_max: usize) -> (Self, mpsc::Receiver<Bytes>) {
        let (queue, receiver) = mpsc::channel(GOSSIP_QUEUE_MAX);
        (Self { queue, dropped: Arc::default(), message_bytes_max }, receiver)
    }

    /// Queues a message for all peers, or drops and counts it.
    pub fn push(&self, bytes: Bytes) {
        if bytes.len() > self.message_bytes_max || self.queue.try_send(bytes).is_err() {
            self.count_drop();
        }
    }

    /// Messages dropped since the start: too long, queue full, or refused by the network.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    fn count_drop(&self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }
}

/// Sends what is queued until the queue's other end is gone.
pub(crate) async fn send(
    clock: impl Clock,
    mut network: impl LimitedSender<PublicKey = PublicKey>,
    mut queue: mpsc::Receiver<Bytes>,
    outbox: Outbox,
) {
    while let Some(bytes) = queue.recv().await {
        // All peers receive the same messages, so either all have quota left or (nearly) none has.
        if let Err(free_at) = network.check(Recipients::All).map(drop) {
            let wait = free_at.duration_since(clock.current()).unwrap_or_default();
            clock.sleep(wait.min(QUOTA_WAIT_MAX)).await;
        }
        match network.check(Recipients::All) {
            Ok(checked) => {
                if !checked.send(bytes, false).accepted() {
                    outbox.count_drop();
                }
            }
            Err(_) => outbox.count_drop(),
        }
    }
}

/// Passes on what arrives until the network is gone.
pub(crate) async fn receive(
    mut network: impl Receiver<PublicKey = PublicKey>,
    machine: Arc<dyn StateMachine>,
    message_bytes_max: usize,
) {
    while let Ok((from, message)) = network.recv().await {
        if message.len() > message_bytes_max {
            tracing::warn!(peer = %from, bytes = message.len(), "Dropped a gossiped message over the bound");
            continue;
        }
        // Copied, because the network's buffers are pooled and the application may keep what it likes.
        machine.gossip(key_bytes(&from), Bytes::copy_from_slice(message.as_ref()));
    }
}

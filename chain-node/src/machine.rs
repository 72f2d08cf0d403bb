//! The replicated application: what consensus asks of the ledger. The asking side is `tracelight_consensus::StateMachine`;
//! proposing and verifying are in the two files beside this one, as functions over [`Node`].
//!
//! What makes a block valid, beyond height, parent and body hash, which consensus checks:
//!
//! * chain id, transactions root and count are right; the validators are those that the parent names, and the next ones the
//!   same, or in the last block of an epoch those of the ledger after `executed` ([`crate::node`]);
//! * its time is later than its parent's, and not more than [`AHEAD_MS_MAX`] ahead of the voter's clock (the voter waits);
//! * `executed` does not fall, is below its height, and the four commitments are those the voter computed (it waits until
//!   it has executed that far);
//! * every transaction parses and is well signed; none stands twice in the block or in a block before it.
//!
//! A voter that lacks the blocks before (after a restart) cannot see the last point and leaves it to execution, where a
//! nonce works only once.

mod propose;
#[cfg(test)]
pub(crate) mod tests;
mod verify;

use crate::host::compute;
use crate::node::Node;
use bytes::Bytes;
use std::sync::Arc;
use tokio::sync::mpsc;
use tracelight_consensus::{Activity, Block, BoxFuture, Committee, FatalError, NO_VOTES_NAME, StateMachine};
use tracelight_domain::ids::Hash;

/// How far a block's time may be ahead of the voter's clock.
pub const AHEAD_MS_MAX: u64 = 5_000;
/// Gossiped messages that wait to be checked. Worst case memory: 64 * 256 KiB = 16 MiB. When full, new ones are dropped and
/// counted; their senders repeat them.
pub const GOSSIP_WAITING_MAX: usize = 64;

/// When a leader proposes without transactions.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Time between blocks of a quiet chain, milliseconds. Must stay below the engine's leader timeout.
    pub heartbeat_ms: u64,
}

/// The application that consensus drives.
pub struct Machine {
    node: Arc<Node>,
    pace: Pace,
    gossip: mpsc::Sender<Bytes>,
}

impl Machine {
    /// The application over a node, and the queue of gossiped messages that somebody has to work off
    /// ([`work_off_gossip`]).
    #[must_use]
    pub fn new(node: Arc<Node>, pace: Pace) -> (Self, mpsc::Receiver<Bytes>) {
        let (gossip, queue) = mpsc::channel(GOSSIP_WAITING_MAX);
        (Self { node, pace, gossip }, queue)
    }
}

/// Checks gossiped transactions until the queue's other end is gone.
pub async fn work_off_gossip(node: Arc<Node>, mut queue: mpsc::Receiver<Bytes>) {
    while let Some(message) = queue.recv().await {
        let own = Arc::clone(&node);
        if let Err(lost) = compute(node.host(), move || own.take_gossip(&message)).await {
            tracing::error!("Checking a gossiped message: {lost}");
        }
    }
}

impl StateMachine for Machine {
    fn propose(&self, parent: Block) -> BoxFuture<'_, Option<Block>> {
        Box::pin(propose::propose(&self.node, self.pace, parent))
    }

    fn verify(&self, parent: Block, block: Block) -> BoxFuture<'_, bool> {
        Box::pin(async move {
            match verify::verify(&self.node, parent, block.clone()).await {
                Ok(()) => true,
                Err(fault) => {
                    tracing::warn!(height = block.height(), "Voting against block {}: {fault}", block.height());
                    false
                }
            }
        })
    }

    fn certified(&self, block_id: [u8; 32], certificate: Bytes) {
        self.node.execute_ahead(Hash(block_id), certificate);
    }

    fn finalized(&self, block: Block, certificate: Option<Bytes>) -> BoxFuture<'_, Result<(), FatalError>> {
        Box::pin(async move {
            let node = Arc::clone(&self.node);
            // When this future is dropped the work goes on and ends; the repeated delivery waits for it and finds it done.
            let work = move || node.take_final(&block.header, &block.body, certificate.as_deref());
            match compute(self.node.host(), work).await {
                Ok(done) => done.map_err(FatalError::new),
                Err(lost) => Err(FatalError::new(format!("executing a block: {lost}"))),
            }
        })
    }

    fn executed(&self) -> Option<u64> {
        Some(self.node.head().height)
    }

    fn committee(&self, epoch: u64) -> BoxFuture<'_, Result<Committee, FatalError>> {
        Box::pin(async move {
            let node = Arc::clone(&self.node);
            match compute(self.node.host(), move || node.committee(epoch)).await {
                Ok(committee) => committee.map_err(FatalError::new),
                Err(lost) => Err(FatalError::new(format!("looking up the validators: {lost}"))),
            }
        })
    }

    fn gossip(&self, _from: [u8; 32], bytes: Bytes) {
        if self.gossip.try_send(bytes).is_err() {
            self.node.count_dropped_gossip();
        }
    }

    fn activity(&self, activity: Activity) {
        match activity {
            Activity::Tip { height, .. } => self.node.set_tip(height),
            Activity::Skipped { view } => {
                crate::metrics::skipped_view();
                tracing::debug!(view, "View {view} passed without a block");
            }
            Activity::Lagging { validators } => {
                crate::metrics::lagging(validators.len());
                let validators: Vec<String> = validators.iter().map(hex::encode).collect();
                if validators.is_empty() {
                    tracing::info!("All validators keep pace");
                } else {
                    tracing::info!(
                        ?validators,
                        "Validators whose votes come too late to wait for: their turns are passed over"
                    );
                }
            }
            Activity::Misbehaviour { validator, kind, view, evidence } => {
                crate::metrics::misbehaviour();
                let (validator, evidence) = (hex::encode(validator), hex::encode(evidence));
                tracing::error!(
                    %validator, view, %evidence,
                    "Validator {validator} signed two contradicting votes in view {view} ({kind:?}); keep the evidence"
                );
            }
            Activity::Epoch { epoch, votes, validators, quorum } => {
                if let Err(error) = self.node.set_term(epoch, votes) {
                    // The committee was read from the same disk a moment ago; what fails now is noticed where it matters.
                    tracing::error!("Cannot note the validators of epoch {epoch}: {error}");
                }
                let part = if votes { "votes" } else { "follows and does not vote" };
                tracing::info!(
                    epoch,
                    votes,
                    validators,
                    quorum,
                    "Epoch {epoch}: {validators} validators, {quorum} of them decide; this node {part}"
                );
            }
            Activity::KeyUsedElsewhere { epoch, view } => {
                crate::metrics::misbehaviour();
                let validator = self.node.identity.validator;
                let notice = format!(
                    "validator {validator} runs on two hosts: in epoch {epoch}, view {view}, a vote was signed with this \
                     node's key that this node did not cast. This node no longer votes. Stop the other host, wait for the next \
                     epoch, remove `{NO_VOTES_NAME}` from the consensus folder and start this node again"
                );
                tracing::error!(%validator, epoch, view, "{notice}");
                self.node.set_notice(notice);
            }
            Activity::Blocked { validators } if !validators.is_empty() => {
                let validators: Vec<String> = validators.iter().map(hex::encode).collect();
                tracing::warn!(?validators, "Refusing to talk to validators that sent what no honest one sends");
            }
            Activity::Blocked { .. } => tracing::info!("Talking to all validators again"),
        }
    }
}

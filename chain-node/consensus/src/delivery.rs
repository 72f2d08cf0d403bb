//! Hands final blocks to the application, one at a time, acknowledges each when the application has it, and leads from one
//! epoch to the next.

use crate::{
    EngineError, StateMachine,
    adapter::Delivery,
    committee::Members,
    engine::Mailbox,
    epochs::Epochs,
    wiring::{Context, Directory, ForbidVotes, Guard},
};
use bytes::Bytes;
use commonware_codec::Encode as _;
use commonware_consensus::types::{Epocher as _, FixedEpocher, Height};
use commonware_cryptography::ed25519::PublicKey;
use commonware_p2p::Sender;
use commonware_utils::{Acknowledgement as _, vec::NonEmptyVec};
use std::{future::pending, sync::Arc, time::Duration};
use tokio::sync::{mpsc, oneshot};

/// How long the engine may take to read one certificate from its disk. Longer means that the disk hangs.
const CERTIFICATE_WAIT_MAX: Duration = Duration::from_secs(30);

/// How long the certificate of an epoch's last block is asked of the peers. Afterwards the node ends, and asks again when
/// it is started again.
const BOUNDARY_WAIT_MAX: Duration = Duration::from_secs(600);
const BOUNDARY_POLL: Duration = Duration::from_millis(250);

/// What the delivery of blocks needs.
pub(crate) struct Deliveries<E> {
    pub context: E,
    pub delivered: mpsc::Receiver<Delivery>,
    /// Views in which somebody else voted with this node's key.
    pub alarms: mpsc::Receiver<u64>,
    pub mailbox: Mailbox,
    pub machine: Arc<dyn StateMachine>,
    pub epocher: FixedEpocher,
    pub forbid_votes: ForbidVotes,
    pub failed: oneshot::Sender<EngineError>,
}

impl<E: Context> Deliveries<E> {
    /// Runs until the application or the engine fails; reports the failure and then waits to be dropped with everything else.
    pub async fn run<D, B, S>(mut self, mut epochs: Epochs<E, D, B, S>, epoch: u64, members: Members)
    where
        D: Directory,
        B: Guard,
        S: Sender<PublicKey = PublicKey>,
    {
        let mut outcome = epochs.enter(epoch, members).await;
        // Keeping acknowledgements keeps marshal from panicking over a lost one while the engine is stopped.
        let mut unacknowledged = None;
        while outcome.is_ok() {
            outcome = tokio::select! {
                // In this order, because chance would come from outside of the context.
                biased;
                Some(view) = self.alarms.recv() => self.stop_voting(&mut epochs, view).await,
                Some((digested, ack)) = self.delivered.recv() => {
                    let block = digested.inner().share();
                    let taken = self.take(&mut epochs, block).await;
                    match taken {
                        Ok(()) => ack.acknowledge(),
                        Err(_) => unacknowledged = Some(ack),
                    }
                    taken
                }
                else => break,
            };
        }
        if let Err(error) = outcome {
            let _ = self.failed.send(error);
        }
        pending::<()>().await;
        drop(unacknowledged);
    }

    async fn take<D, B, S>(&self, epochs: &mut Epochs<E, D, B, S>, block: crate::Block) -> Result<(), EngineError>
    where
        D: Directory,
        B: Guard,
        S: Sender<PublicKey = PublicKey>,
    {
        let height = block.height();
        // Everybody knows the genesis.
        if height == 0 {
            return Ok(());
        }
        let at = self.epocher.containing(Height::new(height));
        let ends = at.filter(|at| at.last().get() == height).map(|at| at.epoch().get());
        let certificate = match ends {
            None => self.own_certificate(height).await?,
            Some(_) => Some(self.boundary_certificate(height, epochs.validators()).await?),
        };
        let taken = self.machine.finalized(block, certificate).await;
        taken.map_err(|error| EngineError::StateMachine { height, error })?;
        if let Some(epoch) = ends.and_then(|epoch| epoch.checked_add(1)) {
            let members = epochs.prepare(epoch).await?;
            epochs.enter(epoch, members).await?;
        }
        Ok(())
    }

    /// Makes the mark first: after a crash in between the node does not vote either.
    async fn stop_voting<D, B, S>(&self, epochs: &mut Epochs<E, D, B, S>, view: u64) -> Result<(), EngineError>
    where
        D: Directory,
        B: Guard,
        S: Sender<PublicKey = PublicKey>,
    {
        if !epochs.may_vote {
            return Ok(());
        }
        let epoch = epochs.current.load(std::sync::atomic::Ordering::Relaxed);
        let why = format!(
            "in epoch {epoch}, view {view}, a vote was signed with this node's key that this node did not cast"
        );
        (self.forbid_votes)(&why).map_err(|error| EngineError::Panicked(format!("cannot note that {why}: {error}")))?;
        epochs.stop_voting(view).await
    }

    /// The finalization of exactly the block at this height, if this node has one.
    async fn own_certificate(&self, height: u64) -> Result<Option<Bytes>, EngineError> {
        let (at, mailbox) = (Height::new(height), self.mailbox.clone());
        let read = async move {
            if let Some(finalization) = mailbox.get_finalization(at).await {
                return Some(finalization.encode());
            }
            // A closed mailbox also answers "none". The block itself is surely stored, so no answer for it means that the
            // engine is stopping, and the block comes again after the next start.
            if mailbox.get_info(at).await.is_none() {
                return pending().await;
            }
            None
        };
        let answer = self.context.timeout(CERTIFICATE_WAIT_MAX, read).await;
        answer.map_err(|_| EngineError::StorageStalled { height })
    }

    /// The finalization of an epoch's last block, which has to be kept for ever: it is what a light client steps on. As a rule
    /// it is there, because the block was delivered by it; otherwise the peers are asked.
    async fn boundary_certificate(&self, height: u64, validators: Vec<PublicKey>) -> Result<Bytes, EngineError> {
        let tries = BOUNDARY_WAIT_MAX.as_millis() / BOUNDARY_POLL.as_millis();
        for attempt in 0..tries {
            if let Some(certificate) = self.own_certificate(height).await? {
                return Ok(certificate);
            }
            if attempt == 0 {
                tracing::warn!(height, "Asking for the certificate of block {height}, the last of its epoch");
            }
            if let Ok(targets) = NonEmptyVec::try_from(validators.clone()) {
                self.mailbox.hint_finalized(Height::new(height), targets);
            }
            self.context.sleep(BOUNDARY_POLL).await;
        }
        Err(EngineError::BoundaryCertificate { height })
    }
}

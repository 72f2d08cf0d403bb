//! One consensus engine an epoch, and the way from one to the next.
//!
//! ```text
//! last block of e taken by the application
//!   -> committee of e+1 from the application; its scheme is known before anything of e+1 is checked
//!   -> its peers are tracked: validators, and observers, who may connect and follow
//!   -> engine of e+1 starts (votes of e+1 in a folder of their own), engine of e is aborted
//!   -> the last block of e is acknowledged; what e-1 kept of votes is removed
//! ```
//! A crash in between starts again in e, because the block was not acknowledged, and finds the votes of e+1 where it left
//! them. The number of views restarts with every epoch, so an engine whose votes were lost must not vote in that epoch again.

use crate::{
    Activity, EngineError, StateMachine,
    adapter::Builder,
    audit::Auditor,
    chain_block::ChainBlock,
    committee::{Members, Schemes},
    config::Checked,
    early::{Early, Replayed},
    engine::{MAILBOX, WRITE_BUFFER, partition},
    hurry::{Election, Hurried, Watch},
    scheme::Scheme,
    wiring::{Context, Directory, Guard},
};
use commonware_consensus::{
    Reporters,
    marshal::standard::Inline,
    simplex::{self, Floor, ForwardPolicy, SkipPolicy},
    types::{Epoch, FixedEpocher, ViewDelta},
};
use commonware_cryptography::{
    Signer as _,
    certificate::{Provider as _, Scheme as _, Scoped},
    ed25519::PublicKey,
};
use commonware_p2p::{
    Sender,
    utils::mux::{MuxHandle, SubReceiver, SubSender},
};
use commonware_parallel::Sequential;
use commonware_runtime::{Handle, buffer::paged::CacheRef};
use commonware_utils::NZDuration;
use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::mpsc;

/// How long an aborted engine may take to give its channels back.
const RELEASE_WAIT_MAX: Duration = Duration::from_secs(10);
const RELEASE_POLL: Duration = Duration::from_millis(20);

/// The three channels that every epoch has for itself.
pub(crate) struct Channels<S: Sender> {
    pub votes: MuxHandle<S>,
    pub early_votes: Early,
    pub certificates: MuxHandle<S>,
    pub early_certificates: Early,
    pub resolver: MuxHandle<S>,
}

type Channel<S> = (SubSender<S>, Replayed<SubReceiver<PublicKey>>);

/// The engines, of which one runs at a time.
pub(crate) struct Epochs<E: Context, D, B, S: Sender<PublicKey = PublicKey>> {
    pub context: E,
    pub config: Arc<Checked>,
    pub machine: Arc<dyn StateMachine>,
    pub directory: D,
    pub blocker: B,
    pub channels: Channels<S>,
    pub automaton: Inline<E, Scheme, Builder, ChainBlock, FixedEpocher>,
    pub schemes: Schemes,
    pub page_cache: CacheRef,
    /// The epoch that runs, for those who watch.
    pub current: Arc<AtomicU64>,
    /// Told the view in which somebody else voted with this node's key.
    pub alarm: mpsc::Sender<u64>,
    /// Whether this node may vote at all.
    pub may_vote: bool,
    pub running: Option<Running>,
}

/// Asks the application who decides in an epoch.
pub(crate) async fn members_of(
    machine: &dyn StateMachine,
    config: &Checked,
    epoch: u64,
    may_vote: bool,
) -> Result<Members, EngineError> {
    let asked = machine.committee(epoch).await;
    let committee = asked.map_err(|error| EngineError::Committee { epoch, reason: error.to_string() })?;
    Members::check(committee, config, may_vote).map_err(|faults| {
        let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
        EngineError::Committee { epoch, reason: faults.join("; ") }
    })
}

/// The engine of an epoch.
pub(crate) struct Running {
    epoch: u64,
    votes: bool,
    engine: Handle<()>,
}

impl<E, D, B, S> Epochs<E, D, B, S>
where
    E: Context,
    D: Directory,
    B: Guard,
    S: Sender<PublicKey = PublicKey>,
{
    /// Learns who decides in an epoch and lets them connect.
    pub async fn prepare(&mut self, epoch: u64) -> Result<Members, EngineError> {
        let members = members_of(&*self.machine, &self.config, epoch, self.may_vote).await?;
        self.schemes.insert(epoch, members.scheme.clone());
        // Handed to a mailbox; a closed one means that the engine is stopping.
        let _ = self.directory.track(epoch, members.peers.clone());
        Ok(members)
    }

    /// Starts the engine of an epoch and stops the one before.
    pub async fn enter(&mut self, epoch: u64, members: Members) -> Result<(), EngineError> {
        let engine = self.start(epoch, &members).await?;
        self.current.store(epoch, Ordering::Relaxed);
        let (votes, validators, quorum) = (members.votes, members.count(), members.quorum());
        let before = self.running.replace(Running { epoch, votes, engine });
        if let Some(before) = before {
            before.engine.abort();
        }
        if let Some(old) = epoch.checked_sub(2) {
            self.forget(old).await;
        }
        self.machine.activity(Activity::Epoch { epoch, votes, validators, quorum });
        Ok(())
    }

    /// Goes on without voting, in the same epoch.
    pub async fn stop_voting(&mut self, view: u64) -> Result<(), EngineError> {
        self.may_vote = false;
        let Some(running) = self.running.take().filter(|running| running.votes) else { return Ok(()) };
        running.engine.abort();
        let _ = running.engine.await;
        self.machine.activity(Activity::KeyUsedElsewhere { epoch: running.epoch, view });
        let members = self.prepare(running.epoch).await?;
        self.enter(running.epoch, members).await
    }

    /// The validators of the running epoch, this node excluded.
    pub fn validators(&self) -> Vec<PublicKey> {
        let own = self.config.signer.public_key();
        let scheme = self.schemes.scoped(Epoch::new(self.current.load(Ordering::Relaxed)));
        let scheme = scheme.and_then(Scoped::into_scheme);
        scheme.map(|it| it.participants().iter().filter(|key| **key != own).cloned().collect()).unwrap_or_default()
    }

    async fn start(&mut self, epoch: u64, members: &Members) -> Result<Handle<()>, EngineError> {
        let early = self.channels.early_votes.clone();
        let votes = self.channel(epoch, |channels| &mut channels.votes, || early.take(epoch)).await?;
        let early = self.channels.early_certificates.clone();
        let certificates = self.channel(epoch, |channels| &mut channels.certificates, || early.take(epoch)).await?;
        let resolver = self.channel(epoch, |channels| &mut channels.resolver, VecDeque::new).await?;
        let (automaton, leader_timeout) = (self.automaton.clone(), self.config.leader_timeout);
        let own = self.config.signer.public_key();
        let votes_as = members.votes.then_some(&own);
        let auditor = Auditor::new(self.machine.clone(), members.scheme.clone(), votes_as, self.alarm.clone());
        let context = self.context.child("consensus").with_attribute("epoch", epoch);
        let watch = Watch::new(&context, epoch, &members.scheme, self.machine.clone());
        let engine = simplex::Engine::new(
            Hurried::new(context, watch.clone()),
            simplex::Config {
                scheme: members.scheme.clone(),
                elector: Election::default(),
                blocker: self.blocker.clone(),
                automaton: automaton.clone(),
                relay: automaton.clone(),
                reporter: Reporters::from((automaton, Reporters::<Auditor, Watch>::from((auditor, watch)))),
                track_historical_votes: true,
                strategy: Sequential,
                partition: partition::of_epoch(epoch, members.votes),
                mailbox_size: MAILBOX,
                epoch: Epoch::new(epoch),
                floor: Floor::Genesis(members.parent),
                replay_buffer: WRITE_BUFFER,
                write_buffer: WRITE_BUFFER,
                page_cache: self.page_cache.clone(),
                leader_timeout,
                certification_timeout: leader_timeout * 2,
                // Votes sent before the peers are connected are lost; they are repeated at this interval. A node that was
                // away comes in with the second repetition: the first tells it which view it is.
                timeout_retry: leader_timeout / 8,
                view_retention: ViewDelta::new(10),
                skip: SkipPolicy::Enabled {
                    // Must exceed the certification timeout.
                    timeout: leader_timeout * 5 / 2,
                    budget: Default::default(),
                },
                fetch_timeout: NZDuration!(Duration::from_secs(1)),
                fetch_retry_delay: Duration::from_millis(100),
                forward: ForwardPolicy::Disabled,
            },
        );
        Ok(engine.start(votes, certificates, resolver))
    }

    /// A channel of this epoch. An engine of the same epoch that was just aborted gives its channel back in a moment.
    async fn channel(
        &mut self,
        epoch: u64,
        of: impl Fn(&mut Channels<S>) -> &mut MuxHandle<S>,
        early: impl FnOnce() -> VecDeque<commonware_p2p::Message<PublicKey>>,
    ) -> Result<Channel<S>, EngineError> {
        let tries = RELEASE_WAIT_MAX.as_millis() / RELEASE_POLL.as_millis();
        for _ in 0..tries {
            match of(&mut self.channels).register(epoch).await {
                Ok((sender, later)) => return Ok((sender, Replayed { early: early(), later })),
                Err(_) => self.context.sleep(RELEASE_POLL).await,
            }
        }
        Err(EngineError::Panicked(format!("the channels of epoch {epoch} are not to be had")))
    }

    /// Removes the votes of an epoch that is long over.
    async fn forget(&mut self, epoch: u64) {
        for votes in [true, false] {
            // What was never there is as good as removed; what stays is looked at again by nobody.
            let _ = self.context.remove(&partition::of_epoch(epoch, votes), None).await;
        }
    }
}

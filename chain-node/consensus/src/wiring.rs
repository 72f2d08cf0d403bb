//! The parts of the engine and the order in which they start, whatever they run on: tokio and real sockets
//! ([`crate::engine`]), or a simulated clock, disk and network.
//!
//! Nothing here reads a clock, opens a file or waits by itself: all of that comes from the runtime's context.

use crate::{
    Activity, EngineError, StateMachine,
    adapter::{Builder, Delivery, Finalized, key_bytes},
    chain_block::ChainBlock,
    committee::Schemes,
    config::Checked,
    delivery, early,
    early::Early,
    engine::{
        BLOCKS_PER_PEER, ITEMS_PER_SECTION, MAILBOX, Mailbox, PAGE_BYTES, PENDING_ACKS_MAX, REPAIR_MAX, REPLAY_BUFFER,
        WRITE_BUFFER, partition,
    },
    epochs::{Channels, Epochs, members_of},
    gossip,
    handle::Ready,
    recover::{self, Floor},
    scheme::Scheme,
};
use bytes::Bytes;
use commonware_broadcast::buffered;
use commonware_consensus::{
    marshal::{
        self, Start,
        core::{Actor as Marshal, Processed},
        resolver::p2p as backfill,
        standard::Inline,
    },
    types::{Epocher as _, FixedEpocher, Height, ViewDelta},
};
use commonware_cryptography::{Digested, Digestible as _, Signer as _, certificate::Verifier as _, ed25519::PublicKey};
use commonware_p2p::{
    AddressableManager, Blocker, Receiver, Sender,
    utils::mux::{Builder as _, Muxer},
};
use commonware_parallel::Sequential;
use commonware_runtime::{Clock, Metrics, Spawner, Storage, buffer::paged::CacheRef};
use commonware_storage::{archive::prunable, translator::FourCap};
use commonware_utils::{NZDuration, sync::Mutex};
use futures::StreamExt as _;
use rand_core::CryptoRng;
use std::{
    num::NonZeroUsize,
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};
use tokio::sync::{mpsc, oneshot};

/// Votes sent before the peers are connected are lost, and the first views with them. Waiting this long for a quorum makes the
/// first block come sooner; longer would hold back a node whose peers are dead.
const QUORUM_WAIT_MAX: Duration = Duration::from_secs(2);
const QUORUM_POLL: Duration = Duration::from_millis(50);
/// How often the list of connected peers is refreshed.
const PEERS_INTERVAL: Duration = Duration::from_secs(1);

/// The runtime: clock, disk, tasks, randomness, metrics.
pub trait Context: Clock + CryptoRng + Spawner + Storage + Metrics {}
impl<T: Clock + CryptoRng + Spawner + Storage + Metrics> Context for T {}

/// Who may connect, and who is connected.
pub trait Directory: AddressableManager<PublicKey = PublicKey> + Sync {}
impl<T: AddressableManager<PublicKey = PublicKey> + Sync> Directory for T {}

/// Shuts out peers that send what no honest one sends.
pub trait Guard: Blocker<PublicKey = PublicKey> + Sync {}
impl<T: Blocker<PublicKey = PublicKey> + Sync> Guard for T {}

/// One channel of the network.
pub type Channel<S, R> = (S, R);

/// The network: who may connect, whom to shut out, and a channel a purpose.
pub struct Network<D, B, S, R> {
    /// Who may connect.
    pub directory: D,
    /// Whom to shut out.
    pub blocker: B,
    /// Split by epoch.
    pub votes: Channel<S, R>,
    /// Split by epoch.
    pub certificates: Channel<S, R>,
    /// Split by epoch.
    pub resolver: Channel<S, R>,
    /// New blocks.
    pub blocks: Channel<S, R>,
    /// Old blocks.
    pub backfill: Channel<S, R>,
    /// Transactions.
    pub gossip: Channel<S, R>,
    /// The keys of the peers connected now, ascending.
    pub connected: Arc<dyn Fn() -> Vec<[u8; 32]> + Send + Sync>,
}

/// Makes sure that a node does not vote after a restart either; told why.
pub type ForbidVotes = Box<dyn Fn(&str) -> std::io::Result<()> + Send + Sync>;

/// What the node itself brings.
pub struct Own {
    /// What it was told.
    pub config: Checked,
    /// What it decides about.
    pub machine: Arc<dyn StateMachine>,
    /// Whether the node may vote: not when it found its key in use elsewhere.
    pub may_vote: bool,
    /// Called when it finds that out.
    pub forbid_votes: ForbidVotes,
    /// Pages of [`PAGE_BYTES`] that it keeps of its storage. They are taken at the start.
    pub cache_pages: NonZeroUsize,
}

type MarshalConfig = marshal::Config<Schemes, FixedEpocher, Sequential, ChainBlock, Digested<ChainBlock>>;

/// Runs the engine until `stop` fires or something fails. Returning from the runtime drops all tasks.
pub async fn run<E, D, B, S, R>(
    context: E,
    own: Own,
    network: Network<D, B, S, R>,
    ready: impl FnOnce(Ready) + Send,
    stop: oneshot::Receiver<()>,
) -> Result<(), EngineError>
where
    E: Context,
    D: Directory,
    B: Guard,
    S: Sender<PublicKey = PublicKey>,
    R: Receiver<PublicKey = PublicKey>,
{
    let Network { directory, blocker, connected, .. } = &network;
    let (connected, machine) = (connected.clone(), own.machine.clone());
    let wiring = Wiring {
        epocher: FixedEpocher::new(own.config.epoch_blocks),
        schemes: Schemes::default(),
        page_cache: CacheRef::new(PAGE_BYTES, own.cache_pages),
        config: Arc::new(own.config),
        machine: own.machine,
        directory: directory.clone(),
        blocker: blocker.clone(),
        context,
    };
    let (deliveries, delivered) = mpsc::channel(PENDING_ACKS_MAX.get());
    let floor = wiring.floor(own.may_vote).await?;
    let floor_epoch = floor.as_ref().map(|floor| floor.epoch);
    let (mailbox, processed) = wiring.start_marshal(floor, network.blocks, network.backfill, deliveries).await?;
    // Before anything is asked of the application that it may have forgotten.
    let acknowledged = processed.unwrap_or(Height::zero());
    recover::give_again(&wiring.context, &mailbox, &*machine, acknowledged).await?;
    let (alarm, alarms) = mpsc::channel(1);
    let current = Arc::new(AtomicU64::new(0));
    let channels = wiring.start_muxers((network.votes, network.certificates, network.resolver), &mailbox, &current);
    let mut epochs = wiring.epochs(&mailbox, channels, current, alarm, own.may_vote);
    let next = wiring.epocher.containing(acknowledged.next()).map_or(0, |at| at.epoch().get());
    // Without anything acknowledged the block of the floor comes first.
    let epoch = floor_epoch.filter(|_| processed.is_none()).unwrap_or(next);
    // The first committee is known before anybody hears that the node is ready: without it there is nothing to run.
    let members = epochs.prepare(epoch).await?;
    let (outbox, queue) = gossip::Outbox::new(wiring.config.gossip_bytes_max);
    wiring.start_gossip(network.gossip, queue, outbox.clone());
    let peers: Arc<Mutex<Vec<[u8; 32]>>> = Arc::default();
    ready(Ready { mailbox: mailbox.clone(), outbox, peers: peers.clone() });

    let (failed, failure) = oneshot::channel();
    let others = members.quorum().saturating_sub(1);
    let delivery = delivery::Deliveries {
        context: wiring.context.child("delivery"),
        delivered,
        alarms,
        mailbox,
        machine,
        epocher: wiring.epocher.clone(),
        forbid_votes: own.forbid_votes,
        failed,
    };
    let poll = connected.clone();
    let clock = wiring.context.child("quorum");
    wiring.spawn("epochs", async move {
        quorum_connected(&clock, &*poll, others).await;
        delivery.run(epochs, epoch, members).await;
    });
    let look_after = async {
        loop {
            *peers.lock() = connected();
            wiring.context.sleep(PEERS_INTERVAL).await;
        }
    };
    tokio::select! {
        // In this order, because chance would come from outside of the context.
        biased;
        // Also when the handle was dropped.
        _ = stop => Ok(()),
        error = failure => Err(error.unwrap_or_else(|_| EngineError::Panicked("the delivery of blocks ended".to_owned()))),
        () = look_after => Ok(()),
    }
}

/// Waits until enough validators are connected to agree on something, or [`QUORUM_WAIT_MAX`].
async fn quorum_connected<E: Context>(
    context: &E,
    connected: &(dyn Fn() -> Vec<[u8; 32]> + Send + Sync),
    others: usize,
) {
    let tries = QUORUM_WAIT_MAX.as_millis() / QUORUM_POLL.as_millis();
    // Without a quorum the engine starts as well, and waits inside.
    for _ in 0..tries {
        if connected().len() >= others {
            return;
        }
        context.sleep(QUORUM_POLL).await;
    }
}

/// What the parts of the engine share.
struct Wiring<E, D, B> {
    context: E,
    config: Arc<Checked>,
    machine: Arc<dyn StateMachine>,
    directory: D,
    blocker: B,
    epocher: FixedEpocher,
    schemes: Schemes,
    page_cache: CacheRef,
}

impl<E: Context, D: Directory, B: Guard> Wiring<E, D, B> {
    /// Where the engine begins if not at the genesis. The validators that certified it are known from here on.
    async fn floor(&self, may_vote: bool) -> Result<Option<Floor>, EngineError> {
        let Some(bytes) = &self.config.floor else { return Ok(None) };
        let floor = Floor::read(bytes)?;
        let epoch = floor.epoch;
        let members = members_of(&*self.machine, &self.config, epoch, may_vote).await?;
        floor.check(self.context.child("floor"), &members)?;
        self.schemes.insert(epoch, members.scheme);
        Ok(Some(floor))
    }

    /// Opens the stored blocks and starts the part that orders, stores, fetches and delivers them. Also says which block the
    /// application has acknowledged last, if any.
    async fn start_marshal<S, R>(
        &self,
        floor: Option<Floor>,
        blocks: Channel<S, R>,
        backfill: Channel<S, R>,
        deliveries: mpsc::Sender<Delivery>,
    ) -> Result<(Mailbox, Option<Height>), EngineError>
    where
        S: Sender<PublicKey = PublicKey>,
        R: Receiver<PublicKey = PublicKey>,
    {
        let block_bytes_max = self.config.block_bytes_max;
        let certificate_config = Scheme::certificate_codec_config_unbounded();
        let stored_certificates = prunable::Archive::init(
            self.context.child("certificates"),
            self.archive(partition::CERTIFICATES, certificate_config),
        )
        .await
        .map_err(|error| EngineError::Panicked(format!("cannot open the stored certificates: {error}")))?;
        let stored_blocks =
            prunable::Archive::init(self.context.child("blocks"), self.archive(partition::BLOCKS, block_bytes_max))
                .await
                .map_err(|error| EngineError::Panicked(format!("cannot open the stored blocks: {error}")))?;
        let begins = floor;
        let (marshal, mailbox, floor) = Marshal::init(
            self.context.child("marshal"),
            stored_certificates,
            stored_blocks,
            self.marshal_config(begins),
        )
        .await;
        let (buffer_engine, buffer) = buffered::Engine::new(
            self.context.child("buffer"),
            buffered::Config {
                public_key: self.config.signer.public_key(),
                mailbox_size: MAILBOX,
                deque_size: BLOCKS_PER_PEER,
                priority: true,
                codec_config: block_bytes_max,
                peer_provider: self.directory.clone(),
                strategy: Sequential,
            },
        );
        let resolver = backfill::init(
            self.context.child("backfill"),
            backfill::Config {
                public_key: self.config.signer.public_key(),
                peer_provider: self.directory.clone(),
                blocker: self.blocker.clone(),
                mailbox_size: MAILBOX,
                fetch_timeout: NZDuration!(Duration::from_secs(2)),
                fetch_retry_delay: Duration::from_millis(100),
                priority_requests: false,
                priority_responses: false,
            },
            backfill,
        );
        buffer_engine.start(blocks);
        marshal.start(Finalized { machine: self.machine.clone(), deliveries }, buffer, resolver);
        Ok((mailbox, floor.processed().map(Processed::height)))
    }

    fn marshal_config(&self, floor: Option<Floor>) -> MarshalConfig {
        let genesis = self.config.genesis.clone();
        let genesis_digest = genesis.digest();
        marshal::Config {
            provider: self.schemes.clone(),
            epocher: self.epocher.clone(),
            start: match floor {
                None => Start::Genesis(Digested::precomputed(genesis, genesis_digest)),
                Some(floor) => Start::Floor(floor.finalization),
            },
            partition_prefix: partition::CACHE.to_owned(),
            mailbox_size: MAILBOX,
            view_retention: ViewDelta::new(100),
            prunable_items_per_section: ITEMS_PER_SECTION,
            page_cache: self.page_cache.clone(),
            replay_buffer: REPLAY_BUFFER,
            key_write_buffer: WRITE_BUFFER,
            value_write_buffer: WRITE_BUFFER,
            block_codec_config: self.config.block_bytes_max,
            max_repair: REPAIR_MAX,
            max_pending_acks: PENDING_ACKS_MAX,
            strategy: Sequential,
        }
    }

    fn archive<C>(&self, name: &str, codec_config: C) -> prunable::Config<FourCap, C> {
        prunable::Config {
            translator: FourCap,
            metadata_partition: format!("{name}-meta"),
            key_partition: format!("{name}-key"),
            key_page_cache: self.page_cache.clone(),
            value_partition: format!("{name}-value"),
            compression: None,
            codec_config,
            items_per_section: ITEMS_PER_SECTION,
            key_write_buffer: WRITE_BUFFER,
            value_write_buffer: WRITE_BUFFER,
            replay_buffer: REPLAY_BUFFER,
        }
    }

    /// Splits votes, certificates and their repair by epoch: an engine shuts out a peer that speaks of another epoch.
    fn start_muxers<S, R>(
        &self,
        (votes, certificates, resolver): (Channel<S, R>, Channel<S, R>, Channel<S, R>),
        mailbox: &Mailbox,
        current: &Arc<AtomicU64>,
    ) -> Channels<S>
    where
        S: Sender<PublicKey = PublicKey>,
        R: Receiver<PublicKey = PublicKey>,
    {
        let split = |label, (sender, receiver): Channel<S, R>| {
            let muxer = Muxer::builder(self.context.child(label), sender, receiver).with_backup();
            let (muxer, handle, unclaimed) = muxer.build();
            drop(muxer.start());
            let early = Early::default();
            let clock = self.context.child("early_clock");
            let (kept, current, epocher, mailbox) =
                (early.clone(), current.clone(), self.epocher.clone(), mailbox.clone());
            self.spawn("early", early::watch(clock, unclaimed, kept, current, epocher, mailbox));
            (handle, early)
        };
        let (votes, early_votes) = split("mux_votes", votes);
        let (certificates, early_certificates) = split("mux_certificates", certificates);
        let (muxer, resolver) = Muxer::new(self.context.child("mux_resolver"), resolver.0, resolver.1);
        drop(muxer.start());
        Channels { votes, early_votes, certificates, early_certificates, resolver }
    }

    fn epochs<S: Sender<PublicKey = PublicKey>>(
        &self,
        mailbox: &Mailbox,
        channels: Channels<S>,
        current: Arc<AtomicU64>,
        alarm: mpsc::Sender<u64>,
        may_vote: bool,
    ) -> Epochs<E, D, B, S> {
        let builder = Builder { machine: self.machine.clone(), block_bytes_max: self.config.block_bytes_max };
        let application = self.context.child("application");
        Epochs {
            context: self.context.child("epoch"),
            config: self.config.clone(),
            machine: self.machine.clone(),
            directory: self.directory.clone(),
            blocker: self.blocker.clone(),
            channels,
            automaton: Inline::new(application, builder, mailbox.clone(), self.epocher.clone()),
            schemes: self.schemes.clone(),
            page_cache: self.page_cache.clone(),
            current,
            alarm,
            may_vote,
            running: None,
        }
    }

    fn start_gossip<S, R>(
        &self,
        (sender, receiver): Channel<S, R>,
        queue: mpsc::Receiver<Bytes>,
        outbox: gossip::Outbox,
    ) where
        S: Sender<PublicKey = PublicKey>,
        R: Receiver<PublicKey = PublicKey>,
    {
        let clock = self.context.child("gossip_clock");
        self.spawn("gossip_send", gossip::send(clock, sender, queue, outbox));
        let bytes_max = self.config.gossip_bytes_max;
        self.spawn("gossip_receive", gossip::receive(receiver, self.machine.clone(), bytes_max));
        let (mut blocker, machine) = (self.blocker.clone(), self.machine.clone());
        self.spawn("blocked", async move {
            let mut changes = blocker.blocked();
            let mut known = Vec::new();
            while let Some(blocked) = changes.next().await {
                let validators: Vec<_> = blocked.iter().map(key_bytes).collect();
                if validators != known {
                    known.clone_from(&validators);
                    machine.activity(Activity::Blocked { validators });
                }
            }
        });
    }

    fn spawn(&self, label: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        // Not awaited: the task ends with the runtime, and a panic in it ends the runtime.
        drop(self.context.child(label).spawn(|_| task));
    }
}

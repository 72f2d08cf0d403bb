//! The wiring of commonware: which part gets what, and in which order they start.

use crate::{
    Activity, EngineError, StateMachine,
    adapter::{Auditor, Builder, Delivery, Finalized, key_bytes},
    block::ChainBlock,
    config::Checked,
    delivery, gossip,
    handle::Ready,
    peers,
};
use bytes::Bytes;
use commonware_broadcast::buffered;
use commonware_consensus::{
    Reporters,
    marshal::{
        self, Start,
        core::Actor as Marshal,
        resolver::p2p as backfill,
        standard::{Inline, Standard},
    },
    simplex::{self, Floor, ForwardPolicy, SkipPolicy, elector::RoundRobin, scheme::ed25519::Scheme},
    types::{Epoch, FixedEpocher, ViewDelta},
};
use commonware_cryptography::{
    ChaCha20Poly1305, Digested, Digestible as _, Sha256, Signer as _,
    certificate::{ConstantProvider, Scheme as _, Verifier as _},
    ed25519::{PrivateKey, PublicKey},
};
use commonware_p2p::{Address, AddressableManager as _, Blocker as _, authenticated::lookup};
use commonware_parallel::Sequential;
use commonware_runtime::{Metrics as _, Quota, Spawner as _, Supervisor as _, buffer::paged::CacheRef, tokio::Context};
use commonware_storage::{archive::prunable, translator::FourCap};
use commonware_stream::{
    cups::{self, Cups},
    sake::{self, Sake},
};
use commonware_utils::{
    N3f1, NZDuration, NZU16, NZU32, NZU64, NZUsize,
    ordered::{Map, Quorum as _, Set},
    sync::Mutex,
    union,
};
use futures::StreamExt as _;
use std::{
    net::SocketAddr,
    num::{NonZeroU16, NonZeroU32, NonZeroU64, NonZeroUsize},
    sync::Arc,
    time::Duration,
};
use tokio::sync::{mpsc, oneshot};

/// How far the clocks of two validators may be apart before they refuse to connect.
pub const CLOCK_SKEW_MAX: Duration = Duration::from_secs(5);

/// Age at which a half-made connection is given up.
const HANDSHAKE_AGE_MAX: Duration = Duration::from_secs(10);

/// Appended to the chain's namespace for connections. Votes have suffixes of their own (`_NOTARIZE`, `_FINALIZE`, ..).
const PEER_SUFFIX: &[u8] = b"/peers";

/// Names of what commonware keeps on disk. Changing one orphans the data under it.
mod partition {
    pub const VOTES: &str = "votes";
    pub const CACHE: &str = "marshal";
    pub const BLOCKS: &str = "blocks";
    pub const CERTIFICATES: &str = "certificates";
}

/// Numbers of the channels between peers. Wire format: never reuse a number for something else.
mod channel {
    pub const VOTES: u64 = 0;
    pub const CERTIFICATES: u64 = 1;
    pub const RESOLVER: u64 = 2;
    pub const BLOCKS: u64 = 3;
    pub const BACKFILL: u64 = 4;
    pub const GOSSIP: u64 = 5;
}

/// Votes, certificates and their repair: small messages, several a block, so this allows hundreds of blocks a second.
const VOTE_RATE: NonZeroU32 = NZU32!(4096);
/// Blocks and backfill: at most this many blocks a second and peer. A node that was away catches up at this speed from each peer.
/// A hostile validator can fill a second's worth of buffers with the largest messages; it signs with its name.
const BLOCK_RATE: NonZeroU32 = NZU32!(512);
/// Handshakes accepted a second, from one address and from one subnet.
const HANDSHAKE_RATE: NonZeroU32 = NZU32!(128);
/// Capacity of the mailboxes between the engine's parts.
const MAILBOX: NonZeroUsize = NZUsize!(1024);
/// Blocks of one peer that wait to be voted on.
const BLOCKS_PER_PEER: usize = 10;
/// Blocks that may be with the application unacknowledged. The application takes one at a time; the rest are read ahead.
const PENDING_ACKS_MAX: NonZeroUsize = NZUsize!(16);
/// Missing blocks fetched at a time by a node that was away.
const REPAIR_MAX: NonZeroUsize = NZUsize!(20);
/// All blocks of the chain are one epoch until membership changes are built. At 1000 blocks a second this lasts 8900 years.
const EPOCH_BLOCKS: NonZeroU64 = NZU64!(1 << 48);
/// Blocks and certificates to a file, and to a unit of pruning, which is not done.
const ITEMS_PER_SECTION: NonZeroU64 = NZU64!(1024);
const WRITE_BUFFER: NonZeroUsize = NZUsize!(1 << 20);
const REPLAY_BUFFER: NonZeroUsize = NZUsize!(8 << 20);
/// Cache for keys on disk: 2000 pages of 16 KiB = 32 MB.
const PAGE_BYTES: NonZeroU16 = NZU16!(16_384);
const PAGES: NonZeroUsize = NZUsize!(2_000);
/// Votes sent before the peers are connected are lost, and the first views with them. Waiting this long for a quorum makes the
/// first block come sooner; longer would hold back a node whose peers are dead.
const QUORUM_WAIT_MAX: Duration = Duration::from_secs(2);
const QUORUM_POLL: Duration = Duration::from_millis(50);
/// How often the list of connected peers is refreshed.
const PEERS_INTERVAL: Duration = Duration::from_secs(1);

/// Where final blocks and certificates are asked for.
pub(crate) type Mailbox = marshal::core::Mailbox<Scheme, Standard<ChainBlock>>;

type Network = lookup::Network<Context, Cups<Sake<PrivateKey>, ChaCha20Poly1305>>;
type Oracle = lookup::Oracle<PublicKey>;
type MarshalConfig =
    marshal::Config<ConstantProvider<Scheme, Epoch>, FixedEpocher, Sequential, ChainBlock, Digested<ChainBlock>>;
type Channel = (lookup::Sender<PublicKey, Context>, lookup::Receiver<PublicKey>);

/// Runs the engine until `stop` fires or something fails. Returning from the runtime drops all tasks.
pub(crate) async fn run(
    context: Context,
    config: Checked,
    machine: Arc<dyn StateMachine>,
    ready: impl FnOnce(Ready),
    stop: oneshot::Receiver<()>,
) -> Result<(), EngineError> {
    let validators = Set::from_iter_dedup(config.validators.iter().map(|(key, _)| key.clone()));
    let scheme = Scheme::signer(&config.namespace, validators, config.signer.clone())
        .ok_or_else(|| EngineError::Panicked("this node is not a validator".to_owned()))?;
    let (mut network, oracle) = network(&context, &config);
    let votes = network.register(channel::VOTES, Quota::per_second(VOTE_RATE));
    let certificates = network.register(channel::CERTIFICATES, Quota::per_second(VOTE_RATE));
    let resolver = network.register(channel::RESOLVER, Quota::per_second(VOTE_RATE));
    let blocks = network.register(channel::BLOCKS, Quota::per_second(BLOCK_RATE));
    let backfill = network.register(channel::BACKFILL, Quota::per_second(BLOCK_RATE));
    let gossip = network.register(channel::GOSSIP, Quota::per_second(gossip::RATE));

    let wiring = Wiring { page_cache: CacheRef::new(PAGE_BYTES, PAGES), context, config, scheme, oracle, machine };
    let (deliveries, delivered) = mpsc::channel(PENDING_ACKS_MAX.get());
    network.start();
    let mailbox = wiring.start_marshal(blocks, backfill, deliveries).await?;
    let (failed, failure) = oneshot::channel();
    wiring.spawn("delivery", delivery::deliver(delivered, mailbox.clone(), wiring.machine.clone(), failed));
    let (outbox, queue) = gossip::Outbox::new(wiring.config.gossip_bytes_max);
    wiring.start_gossip(gossip, queue, outbox.clone());
    let connected: Arc<Mutex<Vec<[u8; 32]>>> = Arc::default();
    ready(Ready { mailbox: mailbox.clone(), outbox, peers: connected.clone() });

    let work = async {
        wiring.quorum_connected().await;
        wiring.start_consensus(&mailbox, votes, certificates, resolver);
        loop {
            *connected.lock() = peers::connected(&wiring.context.encode());
            tokio::time::sleep(PEERS_INTERVAL).await;
        }
    };
    tokio::select! {
        // Also when the handle was dropped.
        _ = stop => Ok(()),
        error = failure => Err(error.unwrap_or_else(|_| EngineError::Panicked("the delivery of blocks ended".to_owned()))),
        () = work => Ok(()),
    }
}

/// The connections to the other validators, and what decides who may connect.
fn network(context: &Context, config: &Checked) -> (Network, Oracle) {
    let count = config.validators.len();
    let participants = u32::try_from(count).unwrap_or(u32::MAX);
    let block_payload =
        marshal::max_payload_size::<Standard<ChainBlock>, Scheme>(participants, &config.block_bytes_max);
    let handshake = Cups::<_, ChaCha20Poly1305>::new(
        Sake {
            signer: config.signer.clone(),
            synchrony_bound: CLOCK_SKEW_MAX,
            max_handshake_age: HANDSHAKE_AGE_MAX,
            version: sake::Version::V1,
        },
        cups::Version::V1,
    );
    let mut settings = lookup::Config::local(
        handshake,
        &union(&config.namespace, PEER_SUFFIX),
        config.listen,
        NonZeroUsize::new(count).unwrap_or(NonZeroUsize::MIN),
        commonware_p2p::max_message_size(&[block_payload, config.gossip_bytes_max]),
        MAILBOX,
    );
    // The key is the identity: members sit behind translating routers and in containers. A stranger costs a handshake, and
    // those are rationed.
    settings.bypass_ip_check = true;
    settings.allow_dns = false;
    settings.tracked_peer_sets = NZUsize!(1);
    // One peer is dialled at each tick, so a full mesh of four stands within a second of the last start.
    settings.dial_frequency = Duration::from_millis(200);
    settings.allowed_handshake_rate_per_ip = Quota::per_second(HANDSHAKE_RATE);
    settings.allowed_handshake_rate_per_subnet = Quota::per_second(HANDSHAKE_RATE);
    let (network, mut oracle) = lookup::Network::new(context.child("network"), settings);
    let address = |(key, at): &(PublicKey, SocketAddr)| (key.clone(), Address::from(*at));
    // Handed to a mailbox that is not running yet and has room.
    let _ = oracle.track(0, Map::from_iter_dedup(config.validators.iter().map(address)));
    (network, oracle)
}

/// What the parts of the engine share.
struct Wiring {
    context: Context,
    config: Checked,
    scheme: Scheme,
    oracle: Oracle,
    machine: Arc<dyn StateMachine>,
    page_cache: CacheRef,
}

impl Wiring {
    /// Opens the stored blocks and starts the part that orders, stores, fetches and delivers them.
    async fn start_marshal(
        &self,
        blocks: Channel,
        backfill: Channel,
        deliveries: mpsc::Sender<Delivery>,
    ) -> Result<Mailbox, EngineError> {
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
        let (marshal, mailbox, _floor) =
            Marshal::init(self.context.child("marshal"), stored_certificates, stored_blocks, self.marshal_config())
                .await;
        let (buffer_engine, buffer) = buffered::Engine::new(
            self.context.child("buffer"),
            buffered::Config {
                public_key: self.config.signer.public_key(),
                mailbox_size: MAILBOX,
                deque_size: BLOCKS_PER_PEER,
                priority: true,
                codec_config: block_bytes_max,
                peer_provider: self.oracle.clone(),
                strategy: Sequential,
            },
        );
        let resolver = backfill::init(
            self.context.child("backfill"),
            backfill::Config {
                public_key: self.config.signer.public_key(),
                peer_provider: self.oracle.clone(),
                blocker: self.oracle.clone(),
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
        Ok(mailbox)
    }

    fn marshal_config(&self) -> MarshalConfig {
        let genesis = self.config.genesis.clone();
        let genesis_digest = genesis.digest();
        marshal::Config {
            provider: ConstantProvider::<Scheme, Epoch>::new(self.scheme.clone()),
            epocher: FixedEpocher::new(EPOCH_BLOCKS),
            start: Start::Genesis(Digested::precomputed(genesis, genesis_digest)),
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

    /// Waits until enough validators are connected to agree on something, or [`QUORUM_WAIT_MAX`].
    async fn quorum_connected(&self) {
        let others = self.scheme.participants().quorum::<N3f1>().saturating_sub(1) as usize;
        let connected = async {
            while peers::connected(&self.context.encode()).len() < others {
                tokio::time::sleep(QUORUM_POLL).await;
            }
        };
        // Without a quorum the engine starts as well, and waits inside.
        let _ = tokio::time::timeout(QUORUM_WAIT_MAX, connected).await;
    }

    /// Starts the part that proposes, votes and decides.
    fn start_consensus(&self, mailbox: &Mailbox, votes: Channel, certificates: Channel, resolver: Channel) {
        let builder = Builder { machine: self.machine.clone(), block_bytes_max: self.config.block_bytes_max };
        let automaton =
            Inline::new(self.context.child("application"), builder, mailbox.clone(), FixedEpocher::new(EPOCH_BLOCKS));
        let auditor = Auditor { machine: self.machine.clone(), scheme: self.scheme.clone() };
        let leader_timeout = self.config.leader_timeout;
        let engine = simplex::Engine::new(
            self.context.child("consensus"),
            simplex::Config {
                scheme: self.scheme.clone(),
                elector: RoundRobin::<Sha256>::default(),
                blocker: self.oracle.clone(),
                automaton: automaton.clone(),
                relay: automaton.clone(),
                reporter: Reporters::from((automaton, auditor)),
                track_historical_votes: true,
                strategy: Sequential,
                partition: partition::VOTES.to_owned(),
                mailbox_size: MAILBOX,
                epoch: Epoch::zero(),
                floor: Floor::Genesis(self.config.genesis.digest()),
                replay_buffer: WRITE_BUFFER,
                write_buffer: WRITE_BUFFER,
                page_cache: self.page_cache.clone(),
                leader_timeout,
                certification_timeout: leader_timeout * 2,
                // Votes sent before the peers are connected are lost; they are repeated at this interval.
                timeout_retry: leader_timeout / 3,
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
        engine.start(votes, certificates, resolver);
    }

    fn start_gossip(&self, (sender, receiver): Channel, queue: mpsc::Receiver<Bytes>, outbox: gossip::Outbox) {
        self.spawn("gossip_send", gossip::send(sender, queue, outbox));
        let bytes_max = self.config.gossip_bytes_max;
        self.spawn("gossip_receive", gossip::receive(receiver, self.machine.clone(), bytes_max));
        let (mut oracle, machine) = (self.oracle.clone(), self.machine.clone());
        self.spawn("blocked", async move {
            let mut changes = oracle.blocked();
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

//! The engine on real sockets, files and clocks: the numbers it runs with, and its network.

use crate::{
    EngineError,
    chain_block::ChainBlock,
    committee::PEERS_MAX,
    config::Checked,
    gossip,
    handle::Ready,
    peers,
    scheme::{Identity, Scheme},
    wiring::{self, Own},
};
use commonware_consensus::{
    marshal::{self, standard::Standard},
    simplex,
};
use commonware_cryptography::{ChaCha20Poly1305, sha256::Digest};
use commonware_p2p::{authenticated::lookup, utils::mux::prefixed};
use commonware_runtime::{Metrics as _, Quota, Supervisor as _, tokio::Context};
use commonware_stream::{
    cups::{self, Cups},
    sake::{self, Sake},
};
use commonware_utils::{NZU16, NZU32, NZU64, NZUsize, union};
use std::{
    num::{NonZeroU16, NonZeroU32, NonZeroU64, NonZeroUsize},
    sync::Arc,
    time::Duration,
};
use tokio::sync::oneshot;

/// How far the clocks of two validators may be apart before they refuse to connect.
pub const CLOCK_SKEW_MAX: Duration = Duration::from_secs(5);

/// Age at which a half-made connection is given up.
const HANDSHAKE_AGE_MAX: Duration = Duration::from_secs(10);

/// Appended to the chain's namespace for connections. Votes have suffixes of their own (`_NOTARIZE`, `_FINALIZE`, ..).
const PEER_SUFFIX: &[u8] = b"/peers";

/// Names of what commonware keeps on disk. Changing one orphans the data under it.
pub(crate) mod partition {
    pub const CACHE: &str = "marshal";
    pub const BLOCKS: &str = "blocks";
    pub const CERTIFICATES: &str = "certificates";

    /// What consensus keeps of an epoch: of a node that votes, the votes it cast; of one that follows, the certificates.
    pub fn of_epoch(epoch: u64, votes: bool) -> String {
        if votes { format!("votes-e{epoch}") } else { format!("watch-e{epoch}") }
    }
}

/// Numbers of the channels between peers. Wire format: never reuse a number for something else. The first three carry
/// the epoch, a varint, before each message.
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
/// Messages that a peer may send at once before the rates above count. Every channel has a queue for the bursts of all peers
/// that may ever be tracked, allocated at the start: 320 peers * (3 * 128 + 2 * 64 + 256) * about 150 B = 37 MB.
const VOTE_BURST: NonZeroU32 = NZU32!(128);
const BLOCK_BURST: NonZeroU32 = NZU32!(64);
/// Epochs whose peers stay connected: this one and the one before, so that who is late can follow.
const TRACKED_EPOCHS: NonZeroUsize = NZUsize!(2);
/// Handshakes accepted a second, from one address and from one subnet.
const HANDSHAKE_RATE: NonZeroU32 = NZU32!(128);
/// Capacity of the mailboxes between the engine's parts.
pub(crate) const MAILBOX: NonZeroUsize = NZUsize!(1024);
/// Blocks of one peer that wait to be voted on.
pub(crate) const BLOCKS_PER_PEER: usize = 10;
/// Blocks that may be with the application unacknowledged. The application takes one at a time; the rest are read ahead.
pub(crate) const PENDING_ACKS_MAX: NonZeroUsize = NZUsize!(16);
/// Missing blocks fetched at a time by a node that was away.
pub(crate) const REPAIR_MAX: NonZeroUsize = NZUsize!(20);
/// Blocks and certificates to a file, and to a unit of pruning.
pub(crate) const ITEMS_PER_SECTION: NonZeroU64 = NZU64!(1024);
pub(crate) const WRITE_BUFFER: NonZeroUsize = NZUsize!(1 << 20);
pub(crate) const REPLAY_BUFFER: NonZeroUsize = NZUsize!(8 << 20);
/// A page of the cache for keys on disk.
pub(crate) const PAGE_BYTES: NonZeroU16 = NZU16!(16_384);
/// Pages of it: 2000 of 16 KiB = 32 MB.
pub(crate) const CACHE_PAGES: NonZeroUsize = NZUsize!(2_000);

/// Where final blocks and certificates are asked for.
pub(crate) type Mailbox = marshal::core::Mailbox<Scheme, Standard<ChainBlock>>;

type Network = lookup::Network<Context, Cups<Sake<Identity>, ChaCha20Poly1305>>;

/// Runs the engine on sockets until `stop` fires or something fails.
pub(crate) async fn run(
    context: Context,
    own: Own,
    ready: impl FnOnce(Ready) + Send,
    stop: oneshot::Receiver<()>,
) -> Result<(), EngineError> {
    let (mut network, oracle) = network(&context, &own.config);
    let votes = Quota::per_second(VOTE_RATE).allow_burst(VOTE_BURST);
    let blocks = Quota::per_second(BLOCK_RATE).allow_burst(BLOCK_BURST);
    let metrics = context.child("connected");
    let parts = wiring::Network {
        directory: oracle.clone(),
        blocker: oracle,
        votes: network.register(channel::VOTES, votes),
        certificates: network.register(channel::CERTIFICATES, votes),
        resolver: network.register(channel::RESOLVER, votes),
        blocks: network.register(channel::BLOCKS, blocks),
        backfill: network.register(channel::BACKFILL, blocks),
        gossip: network.register(channel::GOSSIP, Quota::per_second(gossip::RATE).allow_burst(gossip::BURST)),
        connected: Arc::new(move || peers::connected(&metrics.encode())),
    };
    network.start();
    wiring::run(context, own, parts, ready, stop).await
}

/// The connections to the other nodes, and what decides who may connect.
fn network(
    context: &Context,
    config: &Checked,
) -> (Network, lookup::Oracle<commonware_cryptography::ed25519::PublicKey>) {
    let participants = u32::try_from(crate::VALIDATORS_MAX).unwrap_or(u32::MAX);
    let block_payload =
        marshal::max_payload_size::<Standard<ChainBlock>, Scheme>(participants, &config.block_bytes_max);
    let vote_payload = prefixed(simplex::max_payload_size::<Scheme, Digest>(participants));
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
        NonZeroUsize::new(PEERS_MAX).unwrap_or(NonZeroUsize::MIN),
        commonware_p2p::max_message_size(&[block_payload, vote_payload, config.gossip_bytes_max]),
        MAILBOX,
    );
    // The key is the identity: members sit behind translating routers and in containers. A stranger costs a handshake, and
    // those are rationed.
    settings.bypass_ip_check = true;
    settings.allow_dns = true;
    settings.tracked_peer_sets = TRACKED_EPOCHS;
    // One peer is dialled at each tick, so a full mesh of four stands within a second of the last start.
    settings.dial_frequency = Duration::from_millis(200);
    // Counted from the attempt before, whoever made it. A node that comes back is refused by whoever just called it in vain.
    settings.peer_connection_cooldown = Duration::from_millis(250);
    settings.allowed_handshake_rate_per_ip = Quota::per_second(HANDSHAKE_RATE);
    settings.allowed_handshake_rate_per_subnet = Quota::per_second(HANDSHAKE_RATE);
    lookup::Network::new(context.child("network"), settings)
}

//! What an engine needs to know, checked once before anything starts.

use crate::{
    block::{Block, BlockError},
    chain_block::ChainBlock,
    scheme::{Identity, Key},
};
use bytes::Bytes;
use commonware_cryptography::ed25519;
use std::{fmt, net::SocketAddr, num::NonZeroU64, path::PathBuf, time::Duration};

/// Blocks of an epoch at the least: the last of them has to speak of a state that is younger than the epoch.
pub const EPOCH_BLOCKS_MIN: u32 = 8;
/// Blocks of an epoch at the most: a year of a quiet chain.
pub const EPOCH_BLOCKS_MAX: u32 = 1 << 25;

/// Bytes of a block body, unless configured.
pub const BLOCK_BYTES_MAX_DEFAULT: u32 = 2 << 20;

/// The largest bound on block bodies that may be configured. Up to a hundred blocks may be in buffers at once.
pub const BLOCK_BYTES_MAX_LIMIT: u32 = 32 << 20;

/// Bytes of one gossiped message, unless configured.
pub const GOSSIP_BYTES_MAX_DEFAULT: u32 = 256 << 10;

/// How long the others wait for a leader's block, unless configured. Must exceed the longest that
/// [`StateMachine::propose`](crate::StateMachine::propose) waits for transactions (about 1 s) plus the way to the farthest
/// validator.
pub const LEADER_TIMEOUT_DEFAULT: Duration = Duration::from_millis(1500);

/// Threads of the engine's runtime, unless configured.
const WORKER_THREADS_DEFAULT: usize = 2;

/// What an engine needs to know. Every node of a chain must have the same `namespace`, `genesis_header`, `epoch_blocks`,
/// `block_bytes_max` and `gossip_bytes_max`. Who the validators are is asked of the
/// [`StateMachine`](crate::StateMachine::committee), epoch by epoch.
pub struct Config {
    /// This node's key. In epochs whose committee holds it the node votes, in others it follows. Two running nodes must never
    /// share it.
    pub key: Key,
    /// Where this node listens for the others. May differ from its address in the committee behind a translating router.
    pub listen: SocketAddr,
    /// Folder for votes, blocks and certificates; made if absent. One engine at a time.
    pub storage_dir: PathBuf,
    /// Distinguishes this chain in signatures: `tracelight/consensus/v1/` and the chain id. 1 to 128 bytes.
    pub namespace: Vec<u8>,
    /// Header of the block of height 0, whose body is empty.
    pub genesis_header: Vec<u8>,
    /// Blocks of an epoch, fixed for ever; [`EPOCH_BLOCKS_MIN`] to [`EPOCH_BLOCKS_MAX`].
    pub epoch_blocks: u32,
    /// Bytes of a block body; 1 to [`BLOCK_BYTES_MAX_LIMIT`], default [`BLOCK_BYTES_MAX_DEFAULT`]. May be raised, never lowered.
    pub block_bytes_max: u32,
    /// Bytes of one gossiped message; 1 to `block_bytes_max`, default [`GOSSIP_BYTES_MAX_DEFAULT`].
    pub gossip_bytes_max: u32,
    /// How long the others wait for a leader; 50 ms to 60 s, default [`LEADER_TIMEOUT_DEFAULT`]. A dead validator costs
    /// this much once in each of its turns until it is skipped outright.
    pub leader_timeout: Duration,
    /// Threads of the engine's runtime; 1 to 64, default 2.
    pub worker_threads: usize,
    /// Where an engine without storage begins when not at the genesis: the encoded finalization of a block that the application
    /// has executed. Blocks before it are neither fetched nor offered to others. An engine that has storage goes on where
    /// it was, whatever stands here. Default none.
    pub floor: Option<Vec<u8>>,
}

impl Config {
    /// A configuration with the defaults for everything that has one.
    #[must_use]
    pub fn new(
        key: Key,
        listen: SocketAddr,
        storage_dir: PathBuf,
        namespace: Vec<u8>,
        genesis_header: Vec<u8>,
        epoch_blocks: u32,
    ) -> Self {
        Self {
            key,
            listen,
            storage_dir,
            namespace,
            genesis_header,
            epoch_blocks,
            block_bytes_max: BLOCK_BYTES_MAX_DEFAULT,
            gossip_bytes_max: GOSSIP_BYTES_MAX_DEFAULT,
            leader_timeout: LEADER_TIMEOUT_DEFAULT,
            worker_threads: WORKER_THREADS_DEFAULT,
            floor: None,
        }
    }
}

impl fmt::Debug for Config {
    /// Everything but the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("listen", &self.listen)
            .field("storage_dir", &self.storage_dir)
            .field("epoch_blocks", &self.epoch_blocks)
            .field("block_bytes_max", &self.block_bytes_max)
            .field("gossip_bytes_max", &self.gossip_bytes_max)
            .field("leader_timeout", &self.leader_timeout)
            .field("worker_threads", &self.worker_threads)
            .finish_non_exhaustive()
    }
}

/// One thing wrong with a [`Config`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigFault {
    /// Its public half is not a point of the curve.
    #[error("the node's key is not an ed25519 key")]
    Key,
    /// Empty or too long.
    #[error("the namespace has {bytes} bytes, not 1 to 128")]
    Namespace {
        /// Bytes given.
        bytes: usize,
    },
    /// The genesis header is not that of a block with an empty body.
    #[error("the genesis header does not fit an empty body: {0}")]
    Genesis(BlockError),
    /// The genesis is height 0.
    #[error("the genesis header has height {height}, not 0")]
    GenesisHeight {
        /// Height found.
        height: u64,
    },
    /// A number is outside its range.
    #[error("`{setting}` is {value}, not {min} to {max}")]
    OutOfRange {
        /// Name of the setting.
        setting: &'static str,
        /// Value given.
        value: u128,
        /// Smallest allowed.
        min: u128,
        /// Largest allowed.
        max: u128,
    },
}

/// A [`Config`] without faults, in the engine's types.
pub struct Checked {
    pub(crate) signer: Identity,
    pub(crate) listen: SocketAddr,
    pub(crate) storage_dir: PathBuf,
    pub(crate) namespace: Vec<u8>,
    pub(crate) genesis: ChainBlock,
    pub(crate) epoch_blocks: NonZeroU64,
    pub(crate) block_bytes_max: usize,
    pub(crate) gossip_bytes_max: usize,
    pub(crate) leader_timeout: Duration,
    pub(crate) worker_threads: usize,
    pub(crate) floor: Option<Vec<u8>>,
}

impl Checked {
    /// The key with which the node votes and connects.
    #[must_use]
    pub fn public_key(&self) -> ed25519::PublicKey {
        commonware_cryptography::Signer::public_key(&self.signer)
    }
}

impl Config {
    /// Finds every fault, not only the first.
    ///
    /// # Errors
    ///
    /// All of them.
    pub fn check(self) -> Result<Checked, Vec<ConfigFault>> {
        let mut faults = Vec::new();
        let signer = Identity::new(self.key);
        if signer.is_none() {
            faults.push(ConfigFault::Key);
        }
        if !(1..=128).contains(&self.namespace.len()) {
            faults.push(ConfigFault::Namespace { bytes: self.namespace.len() });
        }
        let genesis = check_genesis(self.genesis_header, &mut faults);
        let mut range = |setting, value: u128, min, max| {
            if !(min..=max).contains(&value) {
                faults.push(ConfigFault::OutOfRange { setting, value, min, max });
            }
        };
        range("epoch_blocks", self.epoch_blocks.into(), EPOCH_BLOCKS_MIN.into(), EPOCH_BLOCKS_MAX.into());
        range("block_bytes_max", self.block_bytes_max.into(), 1, BLOCK_BYTES_MAX_LIMIT.into());
        range("gossip_bytes_max", self.gossip_bytes_max.into(), 1, self.block_bytes_max.into());
        range("leader_timeout (ms)", self.leader_timeout.as_millis(), 50, 60_000);
        range("worker_threads", self.worker_threads as u128, 1, 64);
        match (signer, genesis, NonZeroU64::new(self.epoch_blocks.into())) {
            (Some(signer), Some(genesis), Some(epoch_blocks)) if faults.is_empty() => Ok(Checked {
                signer,
                listen: self.listen,
                storage_dir: self.storage_dir,
                namespace: self.namespace,
                genesis,
                epoch_blocks,
                block_bytes_max: self.block_bytes_max as usize,
                gossip_bytes_max: self.gossip_bytes_max as usize,
                leader_timeout: self.leader_timeout,
                worker_threads: self.worker_threads,
                floor: self.floor,
            }),
            _ => Err(faults),
        }
    }
}

fn check_genesis(header: Vec<u8>, faults: &mut Vec<ConfigFault>) -> Option<ChainBlock> {
    let block = Block { header: Bytes::from(header), body: Bytes::new() };
    let height = block.height();
    match ChainBlock::new(block, 0) {
        Err(error) => faults.push(ConfigFault::Genesis(error)),
        Ok(_) if height != 0 => faults.push(ConfigFault::GenesisHeight { height }),
        Ok(genesis) => return Some(genesis),
    }
    None
}

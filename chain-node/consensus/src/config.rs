//! What an engine needs to know, checked once before anything starts.

use crate::block::{Block, BlockError, ChainBlock};
use bytes::Bytes;
use commonware_codec::{Copying, DecodeExt as _};
use commonware_cryptography::{Signer as _, Verifier as _, ed25519};
use std::{fmt, net::SocketAddr, path::PathBuf, time::Duration};
use zeroize::Zeroizing;

/// Validators of one chain. Every validator talks to every other, and a certificate carries a signature of two thirds.
pub const VALIDATORS_MAX: usize = 128;

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

/// A signature whose `R` is the neutral point and whose `s` is zero: keys of small order accept it for every message.
const NEUTRAL_SIGNATURE: [u8; 64] = {
    let mut bytes = [0; 64];
    bytes[0] = 1;
    bytes
};

/// A member of the alliance who votes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Validator {
    /// Ed25519 public key; signs votes and authenticates connections.
    pub public_key: [u8; 32],
    /// Where the others reach it.
    pub address: SocketAddr,
}

/// What an engine needs to know. Every validator of a chain must have the same `validators`, `namespace`, `genesis_header`,
/// `block_bytes_max` and `gossip_bytes_max`.
pub struct Config {
    /// Ed25519 seed (RFC 8032) of this node's key, which must be one of the validators'. Two running nodes must never share it.
    pub signer_seed: Zeroizing<[u8; 32]>,
    /// All validators, this one included, in any order; 1 to [`VALIDATORS_MAX`].
    pub validators: Vec<Validator>,
    /// Where this node listens for the others. May differ from its address in `validators` behind a translating router.
    pub listen: SocketAddr,
    /// Folder for votes, blocks and certificates; made if absent. One engine at a time.
    pub storage_dir: PathBuf,
    /// Distinguishes this chain in signatures: `tracelight/consensus/v1/` and the chain id. 1 to 128 bytes.
    pub namespace: Vec<u8>,
    /// Header of the block of height 0, whose body is empty.
    pub genesis_header: Vec<u8>,
    /// Bytes of a block body; 1 to [`BLOCK_BYTES_MAX_LIMIT`], default [`BLOCK_BYTES_MAX_DEFAULT`]. May be raised, never lowered.
    pub block_bytes_max: u32,
    /// Bytes of one gossiped message; 1 to `block_bytes_max`, default [`GOSSIP_BYTES_MAX_DEFAULT`].
    pub gossip_bytes_max: u32,
    /// How long the others wait for a leader; 50 ms to 60 s, default [`LEADER_TIMEOUT_DEFAULT`]. A dead validator costs
    /// this much once in each of its turns until it is skipped outright.
    pub leader_timeout: Duration,
    /// Threads of the engine's runtime; 1 to 64, default 2.
    pub worker_threads: usize,
}

impl Config {
    /// A configuration with the defaults for everything that has one.
    #[must_use]
    pub fn new(
        signer_seed: Zeroizing<[u8; 32]>,
        validators: Vec<Validator>,
        listen: SocketAddr,
        storage_dir: PathBuf,
        namespace: Vec<u8>,
        genesis_header: Vec<u8>,
    ) -> Self {
        Self {
            signer_seed,
            validators,
            listen,
            storage_dir,
            namespace,
            genesis_header,
            block_bytes_max: BLOCK_BYTES_MAX_DEFAULT,
            gossip_bytes_max: GOSSIP_BYTES_MAX_DEFAULT,
            leader_timeout: LEADER_TIMEOUT_DEFAULT,
            worker_threads: WORKER_THREADS_DEFAULT,
        }
    }
}

impl fmt::Debug for Config {
    /// Everything but the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("validators", &self.validators)
            .field("listen", &self.listen)
            .field("storage_dir", &self.storage_dir)
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
    /// None, or more than [`VALIDATORS_MAX`].
    #[error("there are {count} validators, not 1 to {VALIDATORS_MAX}")]
    ValidatorCount {
        /// Validators given.
        count: usize,
    },
    /// Not a point of the curve.
    #[error("the key of validator {index} is not an ed25519 public key")]
    NotAKey {
        /// Position in `validators`.
        index: usize,
    },
    /// The key accepts signatures that nobody made.
    #[error("the key of validator {index} has small order and would accept forged votes")]
    SmallOrder {
        /// Position in `validators`.
        index: usize,
    },
    /// Two validators share a key.
    #[error("validators {first} and {second} have the same key")]
    DuplicateKey {
        /// Position in `validators`.
        first: usize,
        /// Position in `validators`.
        second: usize,
    },
    /// Two validators share an address.
    #[error("validators {first} and {second} have the same address")]
    DuplicateAddress {
        /// Position in `validators`.
        first: usize,
        /// Position in `validators`.
        second: usize,
    },
    /// This node's key is nobody's.
    #[error("the public key of `signer_seed` is not among the validators")]
    NotAValidator,
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
pub(crate) struct Checked {
    pub signer: ed25519::PrivateKey,
    pub validators: Vec<(ed25519::PublicKey, SocketAddr)>,
    pub listen: SocketAddr,
    pub storage_dir: PathBuf,
    pub namespace: Vec<u8>,
    pub genesis: ChainBlock,
    pub block_bytes_max: usize,
    pub gossip_bytes_max: usize,
    pub leader_timeout: Duration,
    pub worker_threads: usize,
}

impl Config {
    /// Finds every fault, not only the first.
    pub(crate) fn check(self) -> Result<Checked, Vec<ConfigFault>> {
        let mut faults = Vec::new();
        let validators = check_validators(&self.validators, &mut faults);
        let signer = ed25519::PrivateKey::decode(Copying(&self.signer_seed[..])).ok();
        let signer = signer.filter(|key| validators.iter().any(|(known, _)| *known == key.public_key()));
        if signer.is_none() {
            faults.push(ConfigFault::NotAValidator);
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
        range("block_bytes_max", self.block_bytes_max.into(), 1, BLOCK_BYTES_MAX_LIMIT.into());
        range("gossip_bytes_max", self.gossip_bytes_max.into(), 1, self.block_bytes_max.into());
        range("leader_timeout (ms)", self.leader_timeout.as_millis(), 50, 60_000);
        range("worker_threads", self.worker_threads as u128, 1, 64);
        match (signer, genesis) {
            (Some(signer), Some(genesis)) if faults.is_empty() => Ok(Checked {
                signer,
                validators,
                listen: self.listen,
                storage_dir: self.storage_dir,
                namespace: self.namespace,
                genesis,
                block_bytes_max: self.block_bytes_max as usize,
                gossip_bytes_max: self.gossip_bytes_max as usize,
                leader_timeout: self.leader_timeout,
                worker_threads: self.worker_threads,
            }),
            _ => Err(faults),
        }
    }
}

fn check_validators(validators: &[Validator], faults: &mut Vec<ConfigFault>) -> Vec<(ed25519::PublicKey, SocketAddr)> {
    let count = validators.len();
    if !(1..=VALIDATORS_MAX).contains(&count) {
        faults.push(ConfigFault::ValidatorCount { count });
        return Vec::new();
    }
    let mut checked = Vec::with_capacity(count);
    for (second, validator) in validators.iter().enumerate() {
        for (first, earlier) in validators.iter().enumerate().take(second) {
            if earlier.public_key == validator.public_key {
                faults.push(ConfigFault::DuplicateKey { first, second });
            }
            if earlier.address == validator.address {
                faults.push(ConfigFault::DuplicateAddress { first, second });
            }
        }
        match ed25519::PublicKey::decode(Copying(&validator.public_key)) {
            Err(_) => faults.push(ConfigFault::NotAKey { index: second }),
            Ok(key) if has_small_order(&key) => faults.push(ConfigFault::SmallOrder { index: second }),
            Ok(key) => checked.push((key, validator.address)),
        }
    }
    checked
}

/// Whether the key accepts signatures that nobody made. Exact but for a chance of 2^-252 on an honest key.
fn has_small_order(key: &ed25519::PublicKey) -> bool {
    let neutral = ed25519::Signature::decode(Copying(&NEUTRAL_SIGNATURE));
    neutral.is_ok_and(|signature| key.verify(b"tracelight/small-order", b"", &signature))
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

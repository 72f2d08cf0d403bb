//! The node's configuration: one TOML file. Paths in it are relative to the file's folder. An unknown key stops the start.
//!
//! ```toml
//! genesis = "../genesis.bin"
//! validator_key = "validator.key"
//! data_dir = "data"
//! rpc_listen = "127.0.0.1:7801"
//! p2p_listen = "127.0.0.1:7701"
//! # validator_key = "validator.toml": the key is in a PKCS#11 token, and that file says where
//!
//! [rpc]
//! token_file = "rpc.token"     # what callers show who submit transactions
//!
//! [prune]                      # absent: every block stays whole, which costs 1.5 KB a block and its transactions twice
//! keep_blocks = 1000000        # newer blocks stay whole; of older ones what proves something
//!
//! [[validators]]               # where nodes are found; goes before the address on the chain
//! public_key = "…64 hex digits…"
//! address = "chain.example.org:7701"
//! ```
//! Who votes is written on the chain, not here. A node that is listed here and does not vote may connect and follow.

use crate::mempool::MempoolLimits;
use crate::rpc::CallLimits;
use crate::rpc::access::Access;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use thiserror::Error;
use tracelight_api::{Hex, Text};
use tracelight_consensus::{OBSERVERS_MAX, VALIDATORS_MAX};
use tracelight_domain::ids::PublicKey;
use tracelight_keys::{KeyError, Signer, Token, Unlock};
use tracelight_proof::genesis::{Genesis, GenesisError};

/// Entries of `validators` at most: a full set of validators and as many who look on as may.
pub const PEERS_MAX: usize = VALIDATORS_MAX + OBSERVERS_MAX;

/// The file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeConfig {
    /// The alliance's genesis.
    pub genesis: PathBuf,
    /// This node's validator key file, plain or under a passphrase; or, named `*.toml`, a file that says where the key is in a
    /// PKCS#11 token (`tracelight_keys::pkcs11`).
    pub validator_key: PathBuf,
    /// File with the passphrase. Without it the node asks at the terminal, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validator_key_passphrase_file: Option<PathBuf>,
    /// Where the node keeps its chain; made if absent.
    pub data_dir: PathBuf,
    /// Where rpc listens.
    pub rpc_listen: SocketAddr,
    /// Where the node listens for the other validators.
    pub p2p_listen: SocketAddr,
    /// Who may call rpc.
    pub rpc: RpcConfig,
    /// Bounds and pace; each has a default.
    #[serde(default)]
    pub limits: Limits,
    /// Which blocks stay whole; without it all do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prune: Option<PruneConfig>,
    /// Where other nodes are found, whether they vote or not: goes before the address on the chain, which founders do not
    /// have.
    pub validators: Vec<ValidatorAddress>,
}

/// Which blocks stay whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PruneConfig {
    /// The newest so many blocks keep their bodies: at least 64, and two epochs. A follower (a server's read model) that is
    /// further behind has to be filled from a node that keeps more, and a snapshot older than this cannot be caught up from.
    pub keep_blocks: u64,
}

/// Who may call rpc.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RpcConfig {
    /// File with the token that callers show who submit transactions, mode 0600.
    pub token_file: PathBuf,
    /// Whether callers from other machines may ask without it. Default no.
    #[serde(default)]
    pub open_reads: bool,
}

/// Where a validator is reached.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValidatorAddress {
    /// Its key.
    pub public_key: Hex<PublicKey>,
    /// Host and port; a name is looked up whenever the node is called.
    pub address: String,
}

/// Bounds and pace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Transactions that may wait for a block; 1 to 1,000,000, default 50,000.
    pub mempool_txs_max: usize,
    /// Bytes of them; 16 KiB to 1 GiB, default 64 MiB. Memory is about three times as much.
    pub mempool_bytes_max: usize,
    /// Rpc calls at once; 1 to 10,000, default 512. Callers without the token get half of them.
    pub rpc_calls_max: usize,
    /// Rpc connections; 4 to 10,000, default 512.
    pub rpc_connections_max: usize,
    /// Rpc calls a second of one address without the token; 1 to 100,000, default 200.
    pub rpc_calls_per_s: u32,
    /// Milliseconds between blocks of a quiet chain; 50 to 1,200, default 1,000. Must stay below `leader_timeout_ms`.
    pub heartbeat_ms: u64,
    /// How long the others wait for a leader's block, milliseconds; 100 to 60,000, default 1,500.
    pub leader_timeout_ms: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            mempool_txs_max: 50_000,
            mempool_bytes_max: 64 * 1024 * 1024,
            rpc_calls_max: 512,
            rpc_connections_max: 512,
            rpc_calls_per_s: 200,
            heartbeat_ms: 1_000,
            leader_timeout_ms: 1_500,
        }
    }
}

/// Why a configuration cannot be used.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read `{path}`: {source}. Hint: `chain-node init-alliance` writes one for each member")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// Not the format, or an unknown key.
    #[error("`{path}`: {source}")]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong where.
        source: Box<toml::de::Error>,
    },
    /// Everything that is wrong.
    #[error("`{path}` has {} fault(s):\n{}", .faults.len(), .faults.iter().map(|f| format!("  - {f}")).collect::<Vec<_>>().join("\n"))]
    Faults {
        /// The file.
        path: PathBuf,
        /// One sentence each.
        faults: Vec<String>,
    },
}

/// A configuration without faults, with what it points to.
pub struct Checked {
    /// The alliance.
    pub genesis: Genesis,
    /// This node's key.
    pub signer: Signer,
    /// Its file.
    pub validator_key: PathBuf,
    /// Its public half.
    pub validator: PublicKey,
    /// Where the node keeps its chain.
    pub data_dir: PathBuf,
    /// Where rpc listens.
    pub rpc_listen: SocketAddr,
    /// Who may call it.
    pub access: Access,
    /// Where the node listens for validators.
    pub p2p_listen: SocketAddr,
    /// Where other nodes are found.
    pub peers: BTreeMap<PublicKey, String>,
    /// Bounds and pace.
    pub limits: Limits,
    /// Blocks that stay whole; `None` for all.
    pub keep_blocks: Option<u64>,
}

/// Blocks that stay whole at the least, whatever an epoch has.
const KEEP_BLOCKS_MIN: u64 = 64;

impl NodeConfig {
    /// Reads the file and makes its paths absolute or relative to the working folder.
    ///
    /// # Errors
    /// [`ConfigError::Read`] or [`ConfigError::Format`].
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text =
            std::fs::read_to_string(path).map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        let mut config: Self = toml::from_str(&text)
            .map_err(|source| ConfigError::Format { path: path.to_owned(), source: Box::new(source) })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let files = [&mut config.genesis, &mut config.validator_key, &mut config.data_dir, &mut config.rpc.token_file];
        for file in files.into_iter().chain(config.validator_key_passphrase_file.as_mut()) {
            *file = folder.join(&*file);
        }
        Ok(config)
    }

    /// Finds every fault, and loads what the file points to.
    ///
    /// # Errors
    /// [`ConfigError::Faults`] with all of them.
    pub fn validate(self, path: &Path) -> Result<Checked, ConfigError> {
        let mut faults = Vec::new();
        let genesis = self.load_genesis().map_err(|fault| faults.push(fault)).ok();
        let unlock = Unlock::from(self.validator_key_passphrase_file.as_deref());
        let wrong = |name: &str, fault: KeyError| format!("`{name}`: {fault}");
        let signer = Signer::unlock(&self.validator_key, &unlock);
        let signer = signer.map_err(|fault| faults.push(wrong("validator_key", fault))).ok();
        let token = Token::read(&self.rpc.token_file);
        let token = token.map_err(|fault| faults.push(wrong("rpc.token_file", fault))).ok();
        faults.extend(self.limits.faults());
        let peers = self.peers(&mut faults);
        let keep_min = genesis.as_ref().map_or(0, |it| 2 * u64::from(it.epoch_blocks)).max(KEEP_BLOCKS_MIN);
        if let Some(PruneConfig { keep_blocks }) = self.prune.filter(|prune| prune.keep_blocks < keep_min) {
            faults.push(format!("`prune.keep_blocks` is {keep_blocks}; at least {keep_min} are needed: two epochs"));
        }
        // A node whose key has no seat follows, so only a key that can never have one is a fault.
        let mut others = genesis.iter().flat_map(|genesis| &genesis.members).flat_map(|member| &member.keys);
        if signer.as_ref().is_some_and(|signer| others.any(|(key, _)| *key == signer.public_key())) {
            faults.push("`validator_key`: this key signs transactions; a node needs a key of its own".to_owned());
        }
        match (genesis, signer, token) {
            (Some(genesis), Some(signer), Some(token)) if faults.is_empty() => Ok(Checked {
                validator: signer.public_key(),
                genesis,
                signer,
                validator_key: self.validator_key,
                data_dir: self.data_dir,
                rpc_listen: self.rpc_listen,
                access: Access { token, open_reads: self.rpc.open_reads },
                p2p_listen: self.p2p_listen,
                peers,
                limits: self.limits,
                keep_blocks: self.prune.map(|prune| prune.keep_blocks),
            }),
            _ => Err(ConfigError::Faults { path: path.to_owned(), faults }),
        }
    }

    fn load_genesis(&self) -> Result<Genesis, String> {
        let shown = self.genesis.display();
        let bytes =
            std::fs::read(&self.genesis).map_err(|error| format!("`genesis`: cannot read `{shown}`: {error}"))?;
        Genesis::parse_checked(&bytes).map_err(|error: GenesisError| format!("`genesis`: `{shown}`: {error}"))
    }

    fn peers(&self, faults: &mut Vec<String>) -> BTreeMap<PublicKey, String> {
        let mut peers = BTreeMap::new();
        for ValidatorAddress { public_key, address } in &self.validators {
            let parts = address.rsplit_once(':');
            if !parts.is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok()) {
                faults.push(format!("`validators`: `{address}` is not `host:port`"));
            }
            if peers.insert(public_key.0, address.clone()).is_some() {
                faults.push(format!("`validators`: {} stands twice", public_key.0));
            }
        }
        if peers.len() > PEERS_MAX {
            faults.push(format!("`validators`: {} entries; at most {PEERS_MAX} are taken", peers.len()));
        }
        peers
    }
}

impl Limits {
    fn faults(&self) -> Vec<String> {
        let number = |value: usize| u64::try_from(value).unwrap_or(u64::MAX);
        let mut faults: Vec<String> = [
            ("mempool_txs_max", number(self.mempool_txs_max), 1, 1_000_000),
            ("mempool_bytes_max", number(self.mempool_bytes_max), 16 * 1024, 1 << 30),
            ("rpc_calls_max", number(self.rpc_calls_max), 1, 10_000),
            ("rpc_connections_max", number(self.rpc_connections_max), 4, 10_000),
            ("rpc_calls_per_s", self.rpc_calls_per_s.into(), 1, 100_000),
            ("heartbeat_ms", self.heartbeat_ms, 50, 1_200),
            ("leader_timeout_ms", self.leader_timeout_ms, 100, 60_000),
        ]
        .into_iter()
        .filter(|(_, value, min, max)| !(min..=max).contains(&value))
        .map(|(name, value, min, max)| format!("`limits.{name}` is {value}, not {min} to {max}"))
        .collect();
        if self.heartbeat_ms.saturating_add(200) > self.leader_timeout_ms {
            faults.push("`limits.heartbeat_ms` must be at least 200 below `limits.leader_timeout_ms`".to_owned());
        }
        faults
    }

    /// The calls' part.
    #[must_use]
    pub const fn calls(&self) -> CallLimits {
        CallLimits { calls_max: self.rpc_calls_max, calls_per_s: self.rpc_calls_per_s }
    }

    /// The mempool's part.
    #[must_use]
    pub const fn mempool(&self) -> MempoolLimits {
        MempoolLimits { txs_max: self.mempool_txs_max, bytes_max: self.mempool_bytes_max }
    }
}

/// One validator's entry.
#[must_use]
pub fn validator_address(key: PublicKey, address: impl Into<String>) -> ValidatorAddress {
    ValidatorAddress { public_key: Text(key), address: address.into() }
}

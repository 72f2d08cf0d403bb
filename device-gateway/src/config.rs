//! The configuration file, TOML. Unknown keys stop the start and name themselves; [`Config::load`] reports every fault, not
//! the first. Paths that are not absolute are relative to the file's folder. Secrets stand in files of their own.

use crate::spool::Limits;
use crate::topic::{Place, is_level};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use thiserror::Error;
use tracelight_api::Hex;
use tracelight_api::line::DeviceKey;
use tracelight_client::chain::NodeAccess;
use tracelight_client::keys::{KeyFileError, Token};
use tracelight_domain::gs1::Gln;
use tracelight_domain::ids::ChainId;

/// A gateway's configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// GLN of the member; first level of all topics.
    pub org: String,
    /// Folder of spool, outbox and batches. It has to exist.
    pub data_dir: PathBuf,
    /// Name of this gateway: device level of the topics of line states, and MQTT client id. Default `gateway`.
    #[serde(default = "default_id")]
    pub id: String,
    /// Longest time to work off what waits when asked to end, in seconds. Default 10.
    #[serde(default = "default_drain_s")]
    pub drain_s: u64,
    /// The broker.
    pub broker: BrokerConfig,
    /// The chain.
    pub chain: ChainConfig,
    /// The member's server.
    pub server: ServerConfig,
    /// Bounds on disk.
    #[serde(default)]
    pub spool: SpoolConfig,
    /// Devices that may report.
    #[serde(default, rename = "device")]
    pub devices: Vec<DeviceConfig>,
}

/// The broker: either `url`, or `embedded = true` with `listen`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BrokerConfig {
    /// Start one in this process. For demonstrations only.
    #[serde(default)]
    pub embedded: bool,
    /// Where the embedded one listens. Default `127.0.0.1:1883`.
    pub listen: Option<SocketAddr>,
    /// `mqtt://host:port` of a broker that runs elsewhere.
    pub url: Option<String>,
    /// User at that broker; needs `password_file`.
    pub username: Option<String>,
    /// File with the password.
    pub password_file: Option<PathBuf>,
}

/// The chain.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainConfig {
    /// Hash of the alliance's genesis, hex. Nodes of another alliance are not believed.
    pub chain_id: Hex<ChainId>,
    /// Nodes, asked in this order; transactions go to those whose token is named.
    pub nodes: Vec<NodeEntry>,
    /// File with the gateway's key, made by `device-gateway keygen` and registered on the chain.
    pub key_file: PathBuf,
    /// File with its passphrase, where it is encrypted. Without it the gateway asks at the terminal.
    pub key_passphrase_file: Option<PathBuf>,
}

/// A node: its RPC URL alone, or `{ url = "..", token_file = ".." }`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum NodeEntry {
    /// It is only asked.
    Asked(String),
    /// It takes transactions from whoever shows its token.
    With {
        /// Its RPC URL.
        url: String,
        /// File with its token, mode 0600.
        token_file: PathBuf,
    },
}

impl NodeEntry {
    /// The node with its token, as the client wants it.
    ///
    /// # Errors
    /// When the token's file cannot be read.
    pub fn access(&self) -> Result<NodeAccess, KeyFileError> {
        match self {
            Self::Asked(url) => Ok(NodeAccess::asked(url)),
            Self::With { url, token_file } => Ok(NodeAccess::with(url, Token::read(token_file)?)),
        }
    }
}

/// The member's server.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerConfig {
    /// Its URL.
    pub url: String,
    /// File with the gateway's bearer token.
    pub token_file: PathBuf,
}

/// Bounds on disk, in bytes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SpoolConfig {
    /// Readings kept before new ones are refused. Ten million of 700 B are 7 GB. Default 16 GiB. At least two segments.
    pub spool_bytes_max: u64,
    /// One segment; recovery holds one in memory. Default 16 MiB.
    pub segment_bytes_max: u64,
    /// What does not count, kept for people. Default 256 MiB. At least two segments' worth of 1 MiB.
    pub quarantine_bytes_max: u64,
}

/// A device.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceConfig {
    /// Topic level of the site.
    pub site: String,
    /// Topic level of the line.
    pub line: String,
    /// Topic level of the device.
    pub id: String,
    /// Key with which it signs, hex.
    pub public_key: DeviceKey,
}

/// Why a configuration cannot be used.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file.
    #[error("cannot read configuration `{}`: {source}", .path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// Its form.
    #[error("configuration `{}`: {what}", .path.display())]
    Parse {
        /// Which.
        path: PathBuf,
        /// Where and what.
        what: String,
    },
    /// Its content.
    #[error("configuration `{}`: {}", .path.display(), .faults.join("; "))]
    Faults {
        /// Which.
        path: PathBuf,
        /// All of them.
        faults: Vec<String>,
    },
}

fn default_id() -> String {
    "gateway".to_owned()
}

const fn default_drain_s() -> u64 {
    10
}

impl Default for SpoolConfig {
    fn default() -> Self {
        Self {
            spool_bytes_max: 16 * 1024 * 1024 * 1024,
            segment_bytes_max: 16 * 1024 * 1024,
            quarantine_bytes_max: 256 * 1024 * 1024,
        }
    }
}

impl SpoolConfig {
    /// Bounds of the spool.
    #[must_use]
    pub const fn spool(&self) -> Limits {
        Limits { segment_bytes_max: self.segment_bytes_max, total_bytes_max: self.spool_bytes_max }
    }

    /// Bounds of the quarantine.
    #[must_use]
    pub const fn quarantine(&self) -> Limits {
        Limits { segment_bytes_max: 1024 * 1024, total_bytes_max: self.quarantine_bytes_max }
    }
}

impl BrokerConfig {
    /// Where the embedded broker listens.
    #[must_use]
    pub fn listen(&self) -> SocketAddr {
        self.listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 1883)))
    }

    /// Host and port to connect to; `None` when the URL is none.
    #[must_use]
    pub fn address(&self) -> Option<(String, u16)> {
        if self.embedded {
            let listen = self.listen();
            return Some((listen.ip().to_string(), listen.port()));
        }
        self.url.as_deref().and_then(broker_address)
    }
}

/// Host and port of `mqtt://host:port`.
#[must_use]
pub fn broker_address(url: &str) -> Option<(String, u16)> {
    let (host, port) = url.strip_prefix("mqtt://")?.trim_end_matches('/').rsplit_once(':')?;
    let port = port.parse().ok().filter(|port| *port != 0)?;
    (!host.is_empty() && !host.contains(['/', '@'])).then(|| (host.to_owned(), port))
}

impl Config {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text =
            std::fs::read_to_string(path).map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        let mut config: Self = toml::from_str(&text)
            .map_err(|error| ConfigError::Parse { path: path.to_owned(), what: error.to_string() })?;
        config.resolve(path.parent().unwrap_or_else(|| Path::new(".")));
        let faults = config.validate();
        if faults.is_empty() { Ok(config) } else { Err(ConfigError::Faults { path: path.to_owned(), faults }) }
    }

    fn resolve(&mut self, folder: &Path) {
        for path in [&mut self.data_dir, &mut self.chain.key_file, &mut self.server.token_file] {
            *path = folder.join(&*path);
        }
        let tokens = self.chain.nodes.iter_mut().filter_map(|node| match node {
            NodeEntry::Asked(_) => None,
            NodeEntry::With { token_file, .. } => Some(token_file),
        });
        let others = [self.broker.password_file.as_mut(), self.chain.key_passphrase_file.as_mut()];
        for path in tokens.chain(others.into_iter().flatten()) {
            *path = folder.join(&*path);
        }
    }

    /// Everything that is wrong, one sentence each.
    #[must_use]
    pub fn validate(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if let Err(error) = Gln::parse(&self.org) {
            faults.push(format!("org: {error}"));
        }
        if !is_level(&self.id) {
            faults.push(format!("id: `{}` is no topic level (1 to 64 of A-Z a-z 0-9 . _ -)", self.id));
        }
        if !self.data_dir.is_dir() {
            faults.push(format!("data_dir: folder `{}` does not exist; make it", self.data_dir.display()));
        }
        self.broker.validate(&mut faults);
        if self.chain.nodes.is_empty() {
            faults.push("chain.nodes: name at least one RPC URL".to_owned());
        }
        for (index, node) in self.chain.nodes.iter().enumerate() {
            if let Err(error) = node.access() {
                faults.push(format!("chain.nodes[{index}]: {error}"));
            }
        }
        for (name, path) in [("chain.key_file", &self.chain.key_file), ("server.token_file", &self.server.token_file)] {
            if !path.is_file() {
                faults.push(format!("{name}: file `{}` does not exist", path.display()));
            }
        }
        self.spool.validate(&mut faults);
        self.validate_devices(&mut faults);
        faults
    }

    fn validate_devices(&self, faults: &mut Vec<String>) {
        if self.devices.is_empty() {
            faults.push("device: register at least one device with [[device]]".to_owned());
        }
        let mut seen = BTreeSet::new();
        for device in &self.devices {
            for (name, level) in [("site", &device.site), ("line", &device.line), ("id", &device.id)] {
                if !is_level(level) {
                    faults.push(format!("device.{name}: `{level}` is no topic level (1 to 64 of A-Z a-z 0-9 . _ -)"));
                }
            }
            if device.id == self.id {
                faults.push(format!("device.id: `{}` is the name of the gateway itself", device.id));
            }
            if !seen.insert((&device.site, &device.line, &device.id)) {
                faults.push(format!("device: `{}/{}/{}` stands twice", device.site, device.line, device.id));
            }
        }
    }

    /// Devices by their place.
    #[must_use]
    pub fn places(&self) -> BTreeMap<Place, DeviceKey> {
        let place = |device: &DeviceConfig| Place {
            org: self.org.clone(),
            site: device.site.clone(),
            line: device.line.clone(),
            device: device.id.clone(),
        };
        self.devices.iter().map(|device| (place(device), device.public_key)).collect()
    }
}

impl BrokerConfig {
    fn validate(&self, faults: &mut Vec<String>) {
        match (self.embedded, &self.url) {
            (true, Some(_)) => faults.push("broker: either `embedded = true` or `url`, not both".to_owned()),
            (false, None) => faults.push("broker: name a `url`, or set `embedded = true` for a demo".to_owned()),
            (false, Some(url)) if broker_address(url).is_none() => {
                faults.push(format!("broker.url: `{url}` is not mqtt://host:port"));
            }
            _ => {}
        }
        if self.embedded && self.listen().port() == 0 {
            faults.push("broker.listen: port 0 cannot be told to the devices; name a port".to_owned());
        }
        if self.username.is_some() != self.password_file.is_some() {
            faults.push("broker: `username` and `password_file` go together".to_owned());
        }
    }
}

impl SpoolConfig {
    fn validate(&self, faults: &mut Vec<String>) {
        if !(64 * 1024..=1024 * 1024 * 1024).contains(&self.segment_bytes_max) {
            faults.push(format!("spool.segment_bytes_max: {} is not 64 KiB to 1 GiB", self.segment_bytes_max));
        }
        if self.spool_bytes_max < self.segment_bytes_max.saturating_mul(2) {
            faults.push("spool.spool_bytes_max: must hold two segments".to_owned());
        }
        if self.quarantine_bytes_max < 2 * 1024 * 1024 {
            faults.push("spool.quarantine_bytes_max: must be 2 MiB or more".to_owned());
        }
    }
}

#[cfg(test)]
mod tests;

//! The configuration file, TOML. Unknown keys stop the start and name themselves; [`Config::load`] reports every fault, not
//! the first. Paths that are not absolute are relative to the file's folder. Secrets stand in files of their own.

mod check;

use crate::mqtt::{TlsFiles, broker_address};
use crate::reading::Trust;
use crate::sparkplug::host::Source;
use crate::sparkplug::link::{MetricName, Scanner};
use crate::sparkplug::topic::NodeId;
use crate::spool::Limits;
use crate::topic::Place;
use crate::vouch::Station;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use thiserror::Error;
use tracelight_api::Hex;
use tracelight_api::line::DeviceKey;
use tracelight_client::chain::NodeAccess;
use tracelight_client::keys::{KeyFileError, Token};
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
    /// The gateway as a Sparkplug host, where devices speak that.
    pub sparkplug: Option<SparkplugConfig>,
    /// The page for operators, where devices are terminals.
    pub terminal: Option<TerminalConfig>,
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
    /// `mqtt://host:port` of a broker that runs elsewhere, or `mqtts://host:port` over TLS.
    pub url: Option<String>,
    /// PEM file of the authority that signed the broker's certificate; with `mqtts` only, and needed there.
    pub ca_file: Option<PathBuf>,
    /// PEM file with the gateway's own certificate and those between it and the authority; needs `client_key_file`.
    pub client_cert_file: Option<PathBuf>,
    /// PEM file with its key.
    pub client_key_file: Option<PathBuf>,
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
    /// File with the gateway's key, made by `device-gateway keygen` and registered on the chain; or, named `*.toml`, where the key
    /// is in a PKCS#11 token.
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
    /// Key with which it signs, hex. A device has one of this, `trust`, `station` and `token_file`.
    pub public_key: Option<DeviceKey>,
    /// It writes readings and signs nothing: the broker lets nobody else publish on its topics.
    pub trust: Option<TrustedBy>,
    /// It cannot sign: what a code from it means. It publishes the bare code on `.../raw`, or speaks Sparkplug.
    pub station: Option<Station>,
    /// It is a terminal: file with the token (mode 0600) that it shows. Whoever has it can report for this device.
    pub token_file: Option<PathBuf>,
    /// It speaks Sparkplug: which metric holds the codes.
    pub sparkplug: Option<MetricConfig>,
}

/// Whose word is taken for it that a reading is of the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrustedBy {
    /// The broker's, which knows the device by its certificate.
    Broker,
}

/// A metric of text type whose values are codes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetricConfig {
    /// Group.
    pub group: String,
    /// Edge node.
    pub node: String,
    /// Device of the node; without it the metric is the node's own.
    pub device: Option<String>,
    /// Name of the metric.
    pub metric: String,
}

/// The gateway as a Sparkplug host.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SparkplugConfig {
    /// Its id, unique in the plant.
    pub host_id: String,
    /// How long it waits for a missing number before it asks for a rebirth, in milliseconds. Default 2,000.
    #[serde(default = "default_reorder_ms")]
    pub reorder_ms: u64,
}

/// The page for operators of lines.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TerminalConfig {
    /// Where it is served.
    pub listen: SocketAddr,
    /// PEM file with the certificate and those between it and the authority; needs `key_file`.
    pub cert_file: Option<PathBuf>,
    /// PEM file with its key.
    pub key_file: Option<PathBuf>,
    /// Serve it without TLS although other machines can reach it: whoever hears the network then has the tokens. Default false.
    #[serde(default)]
    pub plain_http: bool,
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

const fn default_reorder_ms() -> u64 {
    2_000
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
    /// Files for TLS, if the URL asks for it.
    #[must_use]
    pub fn tls(&self) -> Option<TlsFiles> {
        let ca = self.ca_file.clone()?;
        Some(TlsFiles { ca, client: self.client_cert_file.clone().zip(self.client_key_file.clone()) })
    }

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
        let broker = &mut self.broker;
        let others = [
            broker.password_file.as_mut(),
            broker.ca_file.as_mut(),
            broker.client_cert_file.as_mut(),
            broker.client_key_file.as_mut(),
            self.chain.key_passphrase_file.as_mut(),
        ];
        let terminals = self.devices.iter_mut().filter_map(|device| device.token_file.as_mut());
        let tls =
            self.terminal.iter_mut().flat_map(|terminal| [terminal.cert_file.as_mut(), terminal.key_file.as_mut()]);
        let others = others.into_iter().chain(tls).flatten();
        for path in tokens.chain(others).chain(terminals) {
            *path = folder.join(&*path);
        }
    }

    fn place(&self, device: &DeviceConfig) -> Place {
        Place { org: self.org.clone(), site: device.site.clone(), line: device.line.clone(), device: device.id.clone() }
    }

    /// Devices by their place.
    #[must_use]
    pub fn places(&self) -> BTreeMap<Place, Trust> {
        let trust = |device: &DeviceConfig| match (device.public_key, &device.token_file) {
            (Some(key), _) => Trust::Signed(key),
            (None, Some(_)) => Trust::Terminal,
            (None, None) => Trust::Broker,
        };
        self.devices.iter().map(|device| (self.place(device), trust(device))).collect()
    }

    /// Scanners that publish bare codes.
    #[must_use]
    pub fn raw_stations(&self) -> BTreeMap<Place, Station> {
        let raw = self.devices.iter().filter(|device| device.sparkplug.is_none());
        raw.filter_map(|device| device.station.map(|station| (self.place(device), station))).collect()
    }

    /// Terminals, each with the file of its token.
    pub fn terminals(&self) -> impl Iterator<Item = (Place, &Path)> {
        self.devices.iter().filter_map(|device| Some((self.place(device), device.token_file.as_deref()?)))
    }

    /// Metrics of edge nodes that are scanners.
    #[must_use]
    pub fn metrics(&self) -> BTreeMap<MetricName, Scanner> {
        let named = |device: &DeviceConfig| {
            let (metric, station) = (device.sparkplug.as_ref()?, device.station?);
            let node = NodeId { group: metric.group.clone(), node: metric.node.clone() };
            let source = Source { node, device: metric.device.clone() };
            let name = MetricName { source, metric: metric.metric.clone() };
            Some((name, Scanner { place: self.place(device), station }))
        };
        self.devices.iter().filter_map(named).collect()
    }
}

#[cfg(test)]
mod tests;

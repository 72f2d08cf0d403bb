//! Configuration: defaults, then a TOML file, then `TRACELIGHT_*` from the environment, then flags.
//!
//! Unknown keys stop the start and name themselves. [`Config::validate`] reports every fault at once. A secret (a key, a
//! password inside a database URL) comes from a file of its own, never from a value here. Paths in the file are relative
//! to the folder of the file.

mod accounts;
mod label_keys;
mod marks;
mod sites;

pub use accounts::{AccountsConfig, TotpKeyConfig};
pub use label_keys::LabelKeyConfig;
pub use marks::{MarksConfig, PepperConfig, ScoreServiceConfig, TagKeyConfig, TagLayout, TagsConfig};
pub use sites::SiteConfig;

use ipnet::IpNet;
use serde::Deserialize;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use thiserror::Error;
use tracelight_client::chain::NodeAccess;
use tracelight_client::keys::{KeyFileError, Token};
use tracelight_domain::gs1::Gln;

/// Bytes of a configuration file.
const FILE_BYTES_MAX: u64 = 256 * 1024;
/// Where Debian's `fonts-noto-cjk` puts its faces.
const DEBIAN_FONT: &str = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc";
/// Characters of [`Config::privacy_contact`].
const PRIVACY_CONTACT_CHARS_MAX: usize = 200;
/// Database of a server that was told of none.
pub const DEFAULT_DATABASE: &str = "sqlite:./data/server.db?mode=rwc";

/// All that the server needs to be told.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Address and port of the HTTP interface. Default `127.0.0.1:8080`.
    pub listen: String,
    /// How browsers and phones reach this server; the beginning of every printed code. Default `http://127.0.0.1:8080`.
    /// With `https://` the session cookie is marked `Secure`.
    pub public_base_url: String,
    /// `sqlite:path?mode=rwc`, or `mysql://host/name` without a password.
    pub database_url: String,
    /// A file that holds the database URL, for one with a password. Outranks `database_url`.
    pub database_url_file: Option<PathBuf>,
    /// Run the migrations at the start. Default: yes on SQLite, no elsewhere (`server migrate` does it).
    pub auto_migrate: Option<bool>,
    /// The alliance's genesis. Without one the server starts and can check nothing.
    pub genesis: Option<PathBuf>,
    /// Chain-nodes, asked in this order; the first is the member's own.
    pub nodes: Vec<NodeConfig>,
    /// Members that this server signs for.
    pub members: Vec<MemberConfig>,
    /// Gateways that may use the line's calls.
    pub gateways: Vec<GatewayConfig>,
    /// Witnesses that are asked to cosign. Each has to stand in the genesis.
    pub witnesses: Vec<WitnessConfig>,
    /// Reverse proxies in front of this server, as addresses or networks (`10.0.0.0/8`): only what they say in `X-Forwarded-For`
    /// is believed. Without them, a server behind `https://` does not limit shoppers' forms by network.
    pub proxies: Vec<Network>,
    /// Folder of the built browser files (`xtask assets`).
    pub assets_dir: Option<PathBuf>,
    /// Hours after which a session ends. 1 to 720, default 12.
    pub session_hours: u32,
    /// EPCIS: capture, queries, subscriptions.
    pub epcis: EpcisConfig,
    /// Recall cases: reminders of holders.
    pub recalls: RecallsConfig,
    /// Physical marks against copying: where their keys are. Without it no mark is enrolled or checked, and no page speaks of any.
    pub marks: Option<MarksConfig>,
    /// Where members keep goods. Without them no rule asks whether a pack is checked where it was sent.
    pub sites: Vec<SiteConfig>,
    /// Keys that sign labels, and the public ones of other makers. Without any no order of signed labels is taken.
    pub label_keys: Vec<LabelKeyConfig>,
    /// Where shoppers ask about what is kept of them, as the page `/privacy` shows it: an address, a telephone number. Up to 200
    /// characters. Without it the page names the maker on the pack.
    pub privacy_contact: Option<String>,
    /// A file with a typewriter face that has Chinese, for reports as PDF. Default: that of Debian's `fonts-noto-cjk`, where it is
    /// installed; without one reports are in English.
    pub report_font: Option<PathBuf>,
    /// Accounts of people: keys of second factors, how long the audit log is kept.
    pub accounts: AccountsConfig,
}

/// What the EPCIS interface takes and does.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct EpcisConfig {
    /// Events of one capture, 1 to 10,000. Default 2,000.
    pub capture_events_max: usize,
    /// Bytes of one capture, 1 KiB to 16 MiB; parsed, a document takes ten times as much memory. Default 8 MiB.
    pub capture_bytes_max: usize,
    /// Seconds between two anchors of one member's captured events on the chain, 1 to 86,400. Default 60.
    pub anchor_seconds: u64,
    /// Webhooks may go to the machine itself, also without TLS. For tests and sidecars. Default no: https to public
    /// addresses only.
    pub webhooks_to_loopback: bool,
}

impl Default for EpcisConfig {
    fn default() -> Self {
        Self {
            capture_events_max: 2_000,
            capture_bytes_max: 8 * 1024 * 1024,
            anchor_seconds: 60,
            webhooks_to_loopback: false,
        }
    }
}

impl EpcisConfig {
    fn faults(&self, faults: &mut Vec<String>) {
        if !(1..=10_000).contains(&self.capture_events_max) {
            faults.push(format!("epcis.capture_events_max: {} is outside 1 to 10000", self.capture_events_max));
        }
        if !(1_024..=16 * 1024 * 1024).contains(&self.capture_bytes_max) {
            faults.push(format!("epcis.capture_bytes_max: {} is outside 1024 to 16777216", self.capture_bytes_max));
        }
        if !(1..=86_400).contains(&self.anchor_seconds) {
            faults.push(format!("epcis.anchor_seconds: {} is outside 1 to 86400", self.anchor_seconds));
        }
    }
}

/// What recall cases do by themselves.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct RecallsConfig {
    /// Hours after which a holder that has not answered is reminded, and between two reminders: 24 to 720, because nobody is reminded
    /// more often than daily. Default 24.
    pub remind_hours: u32,
}

impl Default for RecallsConfig {
    fn default() -> Self {
        Self { remind_hours: 24 }
    }
}

/// An address, or a network such as `10.0.0.0/8`.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(try_from = "String")]
pub struct Network(IpNet);

impl Network {
    /// Does the address belong to it?
    #[must_use]
    pub fn contains(&self, ip: &IpAddr) -> bool {
        self.0.contains(ip)
    }
}

impl TryFrom<String> for Network {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let one = text.parse::<IpAddr>().map(IpNet::from);
        let parsed = one.or_else(|_| text.parse::<IpNet>());
        parsed.map(Self).map_err(|_| format!("`{text}` is neither an address nor a network such as 10.0.0.0/8"))
    }
}

/// One chain-node.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct NodeConfig {
    /// Whose it is, for screens.
    pub name: String,
    /// Its RPC, `http://host:port`.
    pub url: String,
    /// File with its token, mode 0600. Without it the node is only asked; transactions go to nodes with one.
    pub token_file: Option<PathBuf>,
}

/// A member that this server signs for.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct MemberConfig {
    /// GLN.
    pub gln: String,
    /// GS1 company prefix, 4 to 12 digits: where the numbers of its cases and pallets begin. Without it none are given out.
    pub gs1_company_prefix: Option<String>,
    /// Key file of the operator, mode 0600: the key, or, named `*.toml`, where it is in a PKCS#11 token.
    pub operator_key_file: PathBuf,
    /// Key file of the approver, likewise. Without it nobody approves recalls here.
    pub approver_key_file: Option<PathBuf>,
    /// File with the passphrase of both, where they are encrypted. Without it the server asks at the terminal.
    pub key_passphrase_file: Option<PathBuf>,
}

/// A gateway that may use the line's calls for its member.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct GatewayConfig {
    /// GLN of its member.
    pub member: String,
    /// File with the SHA-256 of its bearer token, 64 hexadecimal digits.
    pub token_sha256_file: PathBuf,
}

/// A witness of the alliance.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct WitnessConfig {
    /// Its name in the genesis.
    pub name: String,
    /// Its submission prefix, `http://host:port`.
    pub url: String,
}

impl NodeConfig {
    /// The node with its token, as the client wants it.
    ///
    /// # Errors
    /// When the token's file cannot be read.
    pub fn access(&self) -> Result<NodeAccess, KeyFileError> {
        let token = self.token_file.as_deref().map(Token::read).transpose()?;
        Ok(NodeAccess { url: self.url.clone(), token })
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8080".to_owned(),
            public_base_url: "http://127.0.0.1:8080".to_owned(),
            database_url: DEFAULT_DATABASE.to_owned(),
            database_url_file: None,
            auto_migrate: None,
            genesis: None,
            nodes: Vec::new(),
            members: Vec::new(),
            gateways: Vec::new(),
            witnesses: Vec::new(),
            proxies: Vec::new(),
            assets_dir: None,
            session_hours: 12,
            epcis: EpcisConfig::default(),
            recalls: RecallsConfig::default(),
            marks: None,
            sites: Vec::new(),
            label_keys: Vec::new(),
            privacy_contact: None,
            report_font: None,
            accounts: AccountsConfig::default(),
        }
    }
}

/// Why there is no usable configuration.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("the configuration `{path}` cannot be read: {source}")]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is longer than any configuration.
    #[error("the configuration `{path}` has more than {FILE_BYTES_MAX} bytes")]
    TooLong {
        /// Which file.
        path: PathBuf,
    },
    /// It is not TOML, or has a key that nobody knows.
    #[error("the configuration `{path}`: {source}")]
    Parse {
        /// Which file.
        path: PathBuf,
        /// Where and what.
        source: Box<toml::de::Error>,
    },
    /// It contradicts itself. One line a fault.
    #[error("the configuration has {} faults:\n  - {}", .0.len(), .0.join("\n  - "))]
    Faults(Vec<String>),
}

impl Config {
    /// Reads a file; paths in it become relative to its folder.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let failed = |source| ConfigError::Read { path: path.to_owned(), source };
        if std::fs::metadata(path).map_err(failed)?.len() > FILE_BYTES_MAX {
            return Err(ConfigError::TooLong { path: path.to_owned() });
        }
        let text = std::fs::read_to_string(path).map_err(failed)?;
        let mut config: Self = toml::from_str(&text)
            .map_err(|source| ConfigError::Parse { path: path.to_owned(), source: Box::new(source) })?;
        config.relative_to(path.parent().unwrap_or(Path::new(".")));
        Ok(config)
    }

    fn relative_to(&mut self, folder: &Path) {
        let fix = |path: &mut PathBuf| *path = folder.join(&*path);
        self.database_url_file.iter_mut().for_each(fix);
        self.genesis.iter_mut().for_each(fix);
        self.assets_dir.iter_mut().for_each(fix);
        self.report_font.iter_mut().for_each(fix);
        for member in &mut self.members {
            fix(&mut member.operator_key_file);
            member.approver_key_file.iter_mut().for_each(fix);
            member.key_passphrase_file.iter_mut().for_each(fix);
        }
        self.nodes.iter_mut().filter_map(|node| node.token_file.as_mut()).for_each(fix);
        self.gateways.iter_mut().for_each(|gateway| fix(&mut gateway.token_sha256_file));
        self.marks.iter_mut().flat_map(MarksConfig::files).for_each(fix);
        self.label_keys.iter_mut().filter_map(|key| key.file.as_mut()).for_each(fix);
        self.accounts.files().for_each(fix);
    }

    /// The database URL, from its file when one is named.
    ///
    /// # Errors
    /// [`ConfigError::Read`].
    pub fn database(&self) -> Result<String, ConfigError> {
        let Some(path) = &self.database_url_file else { return Ok(self.database_url.clone()) };
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read { path: path.clone(), source })?;
        Ok(text.trim().to_owned())
    }

    /// The file with the face of reports: the one that is named, else Debian's, where it is.
    #[must_use]
    pub fn report_font(&self) -> Option<PathBuf> {
        self.report_font.clone().or_else(|| Some(PathBuf::from(DEBIAN_FONT)).filter(|path| path.is_file()))
    }

    /// Checks what a command needs that knows the database and nothing else: it may run where no key of a member lies.
    ///
    /// # Errors
    /// [`ConfigError::Faults`] with every fault.
    pub fn validate_database(&self) -> Result<(), ConfigError> {
        let mut faults = Vec::new();
        self.faults_of_database(&mut faults);
        if faults.is_empty() { Ok(()) } else { Err(ConfigError::Faults(faults)) }
    }

    fn faults_of_database(&self, faults: &mut Vec<String>) {
        match &self.database_url_file {
            Some(path) if !path.is_file() => {
                faults.push(format!("database_url_file: there is no file `{}`", path.display()));
            }
            Some(_) => {}
            None => database_faults(&self.database_url, faults),
        }
    }

    /// Checks everything that can be checked without the network.
    ///
    /// # Errors
    /// [`ConfigError::Faults`] with every fault.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let mut faults = Vec::new();
        if self.listen.parse::<SocketAddr>().is_err() {
            faults.push(format!("listen: `{}` is not address:port, for example 127.0.0.1:8080", self.listen));
        }
        let host =
            self.public_base_url.strip_prefix("http://").or_else(|| self.public_base_url.strip_prefix("https://"));
        if host.is_none_or(|host| host.is_empty() || host.ends_with('/')) {
            faults.push(format!(
                "public_base_url: `{}` is not http(s)://host without a slash at its end",
                self.public_base_url
            ));
        }
        self.faults_of_database(&mut faults);
        if !(1..=720).contains(&self.session_hours) {
            faults.push(format!("session_hours: {} is outside 1 to 720", self.session_hours));
        }
        if let Some(Err(error)) = self.report_font.as_deref().map(tracelight_labels::report::Face::read) {
            faults.push(format!("report_font: {error}"));
        }
        if let Some(contact) = &self.privacy_contact
            && (contact.trim().is_empty() || contact.chars().count() > PRIVACY_CONTACT_CHARS_MAX)
        {
            faults.push(format!("privacy_contact: it is empty or longer than {PRIVACY_CONTACT_CHARS_MAX} characters"));
        }
        if !(24..=720).contains(&self.recalls.remind_hours) {
            faults.push(format!("recalls.remind_hours: {} is outside 24 to 720", self.recalls.remind_hours));
        }
        if self.genesis.is_none() && !(self.nodes.is_empty() && self.members.is_empty()) {
            faults.push("genesis: nodes and members mean nothing without the alliance's genesis".to_owned());
        }
        for (index, node) in self.nodes.iter().enumerate() {
            if let Err(error) = tracelight_client::chain::NodeClient::new(&[&node.url]) {
                faults.push(format!("nodes[{index}].url: {error}"));
            }
            if let Err(error) = node.access() {
                faults.push(format!("nodes[{index}].token_file: {error}"));
            }
        }
        self.epcis.faults(&mut faults);
        self.accounts.faults(&mut faults);
        if let Some(Err(why)) = self.marks.as_ref().map(crate::marks::Marks::read) {
            faults.extend(why);
        }
        if let Err(why) = crate::label_keys::LabelKeys::read(&self.label_keys) {
            faults.extend(why);
        }
        for (index, site) in self.sites.iter().enumerate() {
            site.faults(&format!("sites[{index}]"), &mut faults);
            if self.sites.iter().take(index).any(|other| other.member == site.member) {
                faults.push(format!(
                    "sites[{index}].member: `{}` stands twice; one with a longer reach has room for all its places",
                    site.member
                ));
            }
        }
        self.member_faults(&mut faults);
        if faults.is_empty() { Ok(()) } else { Err(ConfigError::Faults(faults)) }
    }

    fn member_faults(&self, faults: &mut Vec<String>) {
        for (index, member) in self.members.iter().enumerate() {
            if let Some(prefix) = &member.gs1_company_prefix
                && let Err(error) = tracelight_domain::gs1::Sscc::references(prefix)
            {
                faults.push(format!("members[{index}].gs1_company_prefix: {error}"));
            }
            if let Err(error) = Gln::parse(&member.gln) {
                faults.push(format!("members[{index}].{error}"));
            }
            if self.members.iter().take(index).any(|other| other.gln == member.gln) {
                faults.push(format!("members[{index}].gln: `{}` stands twice", member.gln));
            }
            let files = [Some(&member.operator_key_file), member.approver_key_file.as_ref()];
            for file in files.into_iter().flatten().filter(|file| !file.is_file()) {
                faults.push(format!("members[{index}]: there is no key file `{}`", file.display()));
            }
        }
        for (index, gateway) in self.gateways.iter().enumerate() {
            if let Err(error) = Gln::parse(&gateway.member) {
                faults.push(format!("gateways[{index}].member: {error}"));
            }
            if !gateway.token_sha256_file.is_file() {
                let file = gateway.token_sha256_file.display();
                faults.push(format!("gateways[{index}].token_sha256_file: there is no file `{file}`"));
            }
        }
    }
}

fn database_faults(url: &str, faults: &mut Vec<String>) {
    if !url.starts_with("sqlite:") && !url.starts_with("mysql://") {
        faults.push("database_url: expected sqlite:path?mode=rwc or mysql://host/name".to_owned());
    }
    let userinfo = url.strip_prefix("mysql://").and_then(|rest| rest.split_once('@')).map(|(user, _)| user);
    if userinfo.is_some_and(|user| user.contains(':')) {
        faults.push(
            "database_url: holds a password; put the URL into a file and name it in database_url_file".to_owned(),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_a_usable_configuration() {
        Config::default().validate().expect("no configuration at all is enough to start");
    }

    #[test]
    fn an_unknown_key_stops_the_start_and_names_itself() {
        for text in ["listen_to = 1", "[[nodes]]\nname = 'a'\nurl = 'http://a'\nport = 1"] {
            let error = toml::from_str::<Config>(text).expect_err("unknown key").to_string();
            assert!(error.contains("listen_to") || error.contains("port"), "{error}");
        }
    }

    #[test]
    fn proxies_are_addresses_or_networks() {
        let config: Config = toml::from_str("proxies = ['192.0.2.7', 'fd00::/8']").expect("a good list");
        let within = |ip: &str| config.proxies.iter().any(|one| one.contains(&ip.parse().expect("an address")));
        assert!(within("192.0.2.7") && within("fd00::1") && !within("192.0.2.8"));
        let error = toml::from_str::<Config>("proxies = ['proxy.example']").expect_err("a name").to_string();
        assert!(error.contains("`proxy.example`"), "{error}");
    }

    #[test]
    fn every_fault_is_reported_at_once() {
        let text = r#"
            listen = "nowhere"
            public_base_url = "http://x/"
            database_url = "mysql://u:secret@h/n"
            session_hours = 0
            [[nodes]]
            name = "own"
            url = "tcp://a"
            [[members]]
            gln = "6901234000018"
            operator_key_file = "/nonexistent/operator.key"
            [[gateways]]
            member = "1"
            token_sha256_file = "/nonexistent/token"
        "#;
        let config: Config = toml::from_str(text).expect("the keys are known");
        let Err(ConfigError::Faults(faults)) = config.validate() else { panic!("it has faults") };
        let named = |word: &str| assert!(faults.iter().any(|fault| fault.contains(word)), "{word} in {faults:#?}");
        ["listen:", "public_base_url:", "database_url:", "session_hours:", "genesis:", "nodes[0].url", "members[0]"]
            .into_iter()
            .for_each(named);
        ["key file", "gateways[0].member", "gateways[0].token_sha256_file"].into_iter().for_each(named);
        assert!(!faults.iter().any(|fault| fault.contains("secret")), "a password is never repeated");
        let Err(ConfigError::Faults(faults)) = config.validate_database() else { panic!("it has one") };
        assert!(faults.len() == 1 && faults[0].starts_with("database_url:"), "{faults:?}");
        let sqlite = Config { database_url: "sqlite:x.db".to_owned(), ..config };
        sqlite.validate_database().expect("what else is wrong does not keep the tables from being brought up to date");
    }

    #[test]
    fn paths_are_relative_to_the_file() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path().join("server.toml");
        std::fs::write(&path, "genesis = 'genesis.bin'\nassets_dir = '/srv/assets'\n").expect("a scratch file");
        let config = Config::read(&path).expect("a good file");
        assert_eq!(config.genesis, Some(folder.path().join("genesis.bin")));
        assert_eq!(config.assets_dir, Some(PathBuf::from("/srv/assets")));
    }
}

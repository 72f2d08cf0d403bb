//! What may be wrong with a configuration, each fault in one sentence that names the key.

use super::{BrokerConfig, Config, DeviceConfig, SparkplugConfig, SpoolConfig, TerminalConfig};
use crate::mqtt::{broker_address, is_tls, named_by_half};
use crate::sparkplug::topic::is_id;
use crate::terminal::listen::TERMINALS_MAX;
use crate::topic::is_level;
use std::collections::BTreeSet;
use tracelight_client::keys::Token;
use tracelight_domain::gs1::Gln;

impl Config {
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
        if let Some(sparkplug) = &self.sparkplug {
            sparkplug.validate(&mut faults);
        }
        if let Some(terminal) = &self.terminal {
            terminal.validate(&mut faults);
            let terminals = self.terminals().count();
            if terminals == 0 {
                faults.push("terminal: no device is a terminal; give one a `token_file`".to_owned());
            }
            if terminals > TERMINALS_MAX {
                faults.push(format!(
                    "terminal: {terminals} devices have a `token_file`, at most {TERMINALS_MAX} can; give the others to another gateway"
                ));
            }
        }
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
            device.validate(self.sparkplug.is_some(), faults);
            device.validate_token(self.terminal.is_some(), faults);
            if device.id == self.id {
                faults.push(format!("device.id: `{}` is the name of the gateway itself", device.id));
            }
            if !seen.insert((&device.site, &device.line, &device.id)) {
                faults.push(format!("device: `{}/{}/{}` stands twice", device.site, device.line, device.id));
            }
        }
    }
}

impl DeviceConfig {
    fn validate(&self, host: bool, faults: &mut Vec<String>) {
        let id = &self.id;
        let kinds =
            [self.public_key.is_some(), self.trust.is_some(), self.station.is_some(), self.token_file.is_some()];
        if kinds.into_iter().filter(|named| *named).count() != 1 {
            let one = "a `public_key`, `trust = \"broker\"` if it signs nothing, a `station` if it sends bare codes, or a \
                       `token_file` if it is a terminal";
            faults.push(format!("device `{id}`: needs one of {one}"));
        }
        let Some(metric) = &self.sparkplug else { return };
        if self.station.is_none() {
            faults.push(format!("device `{id}`: with `sparkplug` it needs a `station`"));
        }
        if !host {
            faults.push(format!("device `{id}`: speaks Sparkplug, but there is no [sparkplug] with a `host_id`"));
        }
        let levels = [Some(&metric.group), Some(&metric.node), metric.device.as_ref()];
        if metric.metric.is_empty() || !levels.into_iter().flatten().all(|level| is_id(level)) {
            faults.push(format!("device `{id}`: group, node, device and metric have to be Sparkplug ids (no + / #)"));
        }
    }
}

impl DeviceConfig {
    fn validate_token(&self, served: bool, faults: &mut Vec<String>) {
        let (id, Some(file)) = (&self.id, &self.token_file) else { return };
        if let Err(error) = Token::read(file) {
            faults.push(format!("device `{id}`: token_file: {error}"));
        }
        if !served {
            faults.push(format!("device `{id}`: is a terminal, but there is no [terminal] with a `listen`"));
        }
    }
}

impl TerminalConfig {
    fn validate(&self, faults: &mut Vec<String>) {
        if self.listen.port() == 0 {
            faults.push("terminal.listen: port 0 cannot be told to the terminals; name a port".to_owned());
        }
        if self.cert_file.is_some() != self.key_file.is_some() {
            faults.push("terminal: `cert_file` and `key_file` go together".to_owned());
        }
        for (name, path) in [("cert_file", &self.cert_file), ("key_file", &self.key_file)] {
            if let Some(path) = path.as_ref().filter(|path| !path.is_file()) {
                faults.push(format!("terminal.{name}: file `{}` does not exist", path.display()));
            }
        }
        if self.cert_file.is_none() && !self.listen.ip().is_loopback() && !self.plain_http {
            let way =
                "name `cert_file` and `key_file`, or set `plain_http = true` where nobody else is on that network";
            faults.push(format!("terminal: on `{}` without TLS its tokens can be read; {way}", self.listen));
        }
    }
}

impl BrokerConfig {
    fn validate(&self, faults: &mut Vec<String>) {
        match (self.embedded, &self.url) {
            (true, Some(_)) => faults.push("broker: either `embedded = true` or `url`, not both".to_owned()),
            (false, None) => faults.push("broker: name a `url`, or set `embedded = true` for a demo".to_owned()),
            (false, Some(url)) if broker_address(url).is_none() => {
                faults.push(format!("broker.url: `{url}` is not mqtt://host:port or mqtts://host:port"));
            }
            _ => {}
        }
        if self.embedded && self.listen().port() == 0 {
            faults.push("broker.listen: port 0 cannot be told to the devices; name a port".to_owned());
        }
        let tls = !self.embedded && self.url.as_deref().is_some_and(is_tls);
        let files = [
            ("ca_file", &self.ca_file),
            ("client_cert_file", &self.client_cert_file),
            ("client_key_file", &self.client_key_file),
        ];
        let login = [self.username.is_some(), self.password_file.is_some()];
        let halves = named_by_half(tls, files.map(|(_, path)| path.is_some()), login);
        faults.extend(halves.into_iter().map(|half| format!("broker: {half}")));
        for (name, path) in files {
            if let Some(path) = path.as_ref().filter(|path| !path.is_file()) {
                faults.push(format!("broker.{name}: file `{}` does not exist", path.display()));
            }
        }
    }
}

impl SparkplugConfig {
    fn validate(&self, faults: &mut Vec<String>) {
        if !is_id(&self.host_id) {
            faults.push(format!("sparkplug.host_id: `{}` is no Sparkplug id (no + / #)", self.host_id));
        }
        if !(100..=60_000).contains(&self.reorder_ms) {
            faults.push(format!("sparkplug.reorder_ms: {} is not 100 to 60000", self.reorder_ms));
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

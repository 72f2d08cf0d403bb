//! The packaging line: the gateway, and a simulated scanner that plays a batch over MQTT.

use super::alliance::{Alliance, Binaries, SLUGS};
use super::story::CASE_PACKS;
use super::web::Person;
use anyhow::{Context, ensure};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tracelight_api::rest::Page;
use tracelight_api::rest::device::{Device, DeviceState, NewDevice};
use tracelight_testkit::process::{Child, run};

/// Longest time for one batch of the demo.
const BATCH_MAX: Duration = Duration::from_secs(120);
/// Labels that the line rejects.
const REJECTS: u64 = 2;

/// A running gateway and what a scanner needs to talk to it.
pub struct Line {
    simulator: PathBuf,
    folder: PathBuf,
    broker: String,
    org: String,
    gateway: Child,
}

/// What the simulator reported.
pub struct LineRun {
    /// Serials of the good packs, in order.
    pub commissioned: Vec<String>,
    /// SSCCs of the cases, in order.
    pub cases: Vec<String>,
    /// SSCC of the pallet.
    pub pallet: String,
    /// Answers by outcome and reason.
    pub answers: BTreeMap<String, u64>,
}

/// What the gateway is told.
pub struct LineSetup<'a> {
    pub server: &'a str,
    pub token_file: &'a Path,
    /// A real broker, or none for the embedded one.
    pub broker: Option<String>,
    pub embedded_port: u16,
    /// Registers the gateway for the manufacturer.
    pub maker: &'a Person,
}

impl Line {
    /// Makes keys, registers the gateway on the chain and starts it.
    pub async fn start(
        binaries: &Binaries,
        alliance: &Alliance,
        folder: &Path,
        setup: &LineSetup<'_>,
    ) -> anyhow::Result<Self> {
        let folder = folder.join("gateway");
        std::fs::create_dir_all(folder.join("data"))?;
        let gateway_key = keygen(binaries, &folder, "gateway")?;
        let scanner_key = keygen(binaries, &folder, "scanner")?;
        register(setup.maker, gateway_key).await?;
        let org = alliance.gln("manufacturer")?;
        let (broker, broker_toml) = match &setup.broker {
            Some(url) => (url.clone(), format!("url = {url:?}")),
            None => {
                let listen = format!("127.0.0.1:{}", setup.embedded_port);
                (format!("mqtt://{listen}"), format!("embedded = true\nlisten = {listen:?}"))
            }
        };
        let nodes: Vec<String> = SLUGS
            .iter()
            .zip(alliance.node_urls())
            .map(|(slug, url)| format!("{{ url = {url:?}, token_file = {:?} }}", alliance.token(slug)))
            .collect();
        let nodes = nodes.join(", ");
        let config = format!(
            "org = {org:?}\ndata_dir = \"data\"\n\n[broker]\n{broker_toml}\n\n[chain]\nchain_id = {:?}\nnodes = [{nodes}]\n\
             key_file = \"gateway.key\"\n\n[server]\nurl = {:?}\ntoken_file = {:?}\n\n\
             [[device]]\nsite = \"xian\"\nline = \"line2\"\nid = \"cam1\"\npublic_key = {scanner_key:?}\n",
            alliance.chain_id()?,
            setup.server,
            setup.token_file,
        );
        std::fs::write(folder.join("gateway.toml"), config)?;
        let mut command = binaries.command("device-gateway");
        command.arg("run").arg("--config").arg(folder.join("gateway.toml"));
        let gateway = Child::spawn("device-gateway", command, &folder.join("gateway.log"))?;
        Ok(Self { simulator: binaries.path("tracelight"), folder, broker, org, gateway })
    }

    /// Where scanners connect.
    pub fn broker(&self) -> &str {
        &self.broker
    }

    /// Plays one batch: all packs in cases, the cases on one pallet, the batch sealed.
    pub fn play(&mut self, batch: &Batch<'_>) -> anyhow::Result<LineRun> {
        ensure!(self.gateway.is_running()?, "the gateway has ended{}", self.gateway.log_tail());
        let script = format!(
            "broker = {:?}\norg = {:?}\nsite = \"xian\"\nline = \"line2\"\ndevice = \"cam1\"\nkey_file = \"scanner.key\"\n\
             gtin = {:?}\nlot = {:?}\nlabels = {:?}\nunits = {}\nreject = {REJECTS}\ncase_units = {CASE_PACKS}\n\
             sscc_prefix = \"6901234\"\nsscc_first = {}\nfaults = {}\ntimeout_s = {}\n",
            self.broker,
            self.org,
            batch.gtin,
            batch.lot,
            batch.labels,
            batch.packs,
            batch.sscc_first,
            batch.faults,
            BATCH_MAX.as_secs(),
        );
        let file = self.folder.join(format!("line-{}.toml", batch.lot));
        std::fs::write(&file, script)?;
        let mut command = std::process::Command::new(&self.simulator);
        command.arg("simulate-line").arg("--config").arg(&file);
        let log = self.folder.join(format!("line-{}.log", batch.lot));
        let output = run("simulate-line", command, &log, BATCH_MAX + Duration::from_secs(30))
            .with_context(|| format!("the gateway's log ends with{}", self.gateway.log_tail()))?;
        let summary = output.lines().rev().find(|line| line.starts_with('{')).context("the simulator prints JSON")?;
        let summary: Value = serde_json::from_str(summary)?;
        ensure!(summary["line"] == "ok", "the line got unexpected answers: {summary}");
        let texts = |name: &str| -> Vec<String> {
            let list = summary[name].as_array().into_iter().flatten();
            list.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let pallets = texts("pallets");
        Ok(LineRun {
            commissioned: texts("serials"),
            cases: texts("cases"),
            pallet: pallets.into_iter().next().context("a pallet was closed")?,
            answers: serde_json::from_value(summary["acks"].clone())?,
        })
    }
}

/// A batch to play.
pub struct Batch<'a> {
    pub gtin: &'a str,
    pub lot: &'a str,
    pub labels: &'a Path,
    /// Good packs.
    pub packs: u64,
    pub sscc_first: u64,
    /// Bad reads on purpose.
    pub faults: bool,
}

/// The bad reads that a run with faults has to have answered by name, each at least once.
pub const NAMED_ANSWERS: [&str; 6] =
    ["bad_read", "foreign_code", "duplicate", "sequence_gap", "malformed", "bad_signature"];

fn keygen(binaries: &Binaries, folder: &Path, name: &str) -> anyhow::Result<String> {
    let mut command = binaries.command("device-gateway");
    command.arg("keygen").arg("--out").arg(folder.join(format!("{name}.key")));
    let output = run("keygen", command, &folder.join("keygen.log"), Duration::from_secs(10))?;
    output
        .lines()
        .rev()
        .map(str::trim)
        .find(|line| line.len() == 64)
        .map(str::to_owned)
        .context("keygen prints the public key")
}

/// The manufacturer lets the gateway sign for its lines, and sees it in its list.
async fn register(maker: &Person, key: String) -> anyhow::Result<()> {
    let new = NewDevice { key, line: "line 2".into(), site: "Xi'an".into() };
    let made: Device = maker.post("/devices", &new).await?;
    let list: Page<Device> = maker.get("/devices").await?;
    ensure!(list.items.contains(&made), "the gateway is registered and not listed: {list:?}");
    ensure!(made.state == DeviceState::Active && made.last_sequence.is_none(), "a new gateway is not ready: {made:?}");
    Ok(())
}

//! Broker, gateway, server and devices around an alliance.

use super::office::{Known, Office};
use crate::demo::alliance::{Alliance, Binaries, SLUGS};
use anyhow::{Context as _, ensure};
use serde_json::Value;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tracelight_api::chain::TxOutcome;
use tracelight_client::chain::NodeClient;
use tracelight_client::keys::Signer;
use tracelight_client::tx::TxBuilder;
use tracelight_domain::gs1::{Date, Gtin, Lot, Serial};
use tracelight_domain::ids::{BatchId, PublicKey};
use tracelight_domain::serial::serial_from_random;
use tracelight_domain::tx::{Product, ProductKind, TxBody};
use tracelight_proof::commitments::{quota_commitment, quota_salt};
use tracelight_testkit::process::{Child, run, with_clock};
use tracelight_testkit::services::{Mosquitto, MosquittoConfig};

/// Packaging lines.
pub const LINES: usize = 4;
/// Packs in a case, cases on a pallet.
pub const CASE_UNITS: usize = 25;
pub const PALLET_CASES: usize = 10;
/// Labels rejected in each order.
pub const REJECTS: usize = 3;
/// Packs of an order at most; more readings are more orders.
const UNITS_MAX: u64 = 2_500;
const GTIN_PREFIX: &str = "6901234";
const EXPIRES_ON: &str = "2030-10-31";
const SITE: &str = "xian";
/// Readings of a run whose broker saves after every change, which lets through some hundred readings a second. In a longer one a
/// broker that is killed forgets sessions and queues: what was not acknowledged, the devices send again.
const SAVED_MAX: usize = 100_000;
/// Longest time from the last answer until everything is final.
const FINAL_MAX: Duration = Duration::from_secs(1_800);

/// How many orders of how many packs.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    pub orders_per_line: usize,
    pub units: usize,
}

impl Size {
    /// About so many readings.
    pub fn of(readings: u64) -> Self {
        let per_line = readings.div_ceil(LINES as u64);
        // Two readings a pack, and a few for cases and pallets.
        let orders = per_line.div_ceil(2 * UNITS_MAX).max(2);
        let units = (per_line / orders / 2).max(CASE_UNITS as u64);
        let narrow = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
        Self { orders_per_line: narrow(orders), units: narrow(units) }
    }

    pub const fn orders(self) -> usize {
        self.orders_per_line * LINES
    }

    /// Readings of one order: open, commission, reject, pack, close, stack, close, close.
    pub const fn per_order(self) -> usize {
        let cases = self.units.div_ceil(CASE_UNITS);
        2 + 2 * self.units + REJECTS + 2 * cases + cases.div_ceil(PALLET_CASES)
    }

    pub const fn readings(self) -> usize {
        self.per_order() * self.orders()
    }
}

/// One order of one line, as its device plays it.
#[derive(Clone, Debug)]
pub struct OrderPlan {
    pub line: usize,
    pub lot: String,
    /// Good packs first, then those that are rejected.
    pub serials: Vec<Serial>,
}

/// Why the gateway believes a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trusted {
    /// It signs.
    ByKey,
    /// The broker knows it.
    ByBroker,
}

/// Everything.
pub struct Plant {
    pub binaries: Binaries,
    pub alliance: Alliance,
    pub broker: Mosquitto,
    pub office: Office,
    pub gtin: Gtin,
    pub secret: [u8; 32],
    pub orders: Vec<OrderPlan>,
    folder: PathBuf,
    gateway: Option<Child>,
    duplicates: bool,
    trusted: Trusted,
}

/// A device process of a line; plays the orders of its line one after the other.
pub struct Device {
    pub line: usize,
    pub child: Child,
}

impl Plant {
    /// Registers product, batches and gateway on the chain, then starts broker, server and gateway.
    pub async fn start(
        binaries: &Binaries,
        alliance: Alliance,
        folder: &Path,
        size: Size,
        trusted: Trusted,
    ) -> anyhow::Result<Self> {
        let folder = folder.join("plant");
        std::fs::create_dir_all(folder.join("data"))?;
        let gtin = Gtin::build(0, GTIN_PREFIX, 902)?;
        let secret = [7; 32];
        let orders = plans(size);
        let office = Office::default();
        for order in &orders {
            let known = Known {
                gtin: gtin.to_string(),
                expires_on: EXPIRES_ON.to_owned(),
                secret,
                serials: order.serials.clone(),
            };
            office.know(&order.lot, known);
        }
        let broker = Mosquitto::start(&MosquittoConfig {
            save_every_change: size.readings() <= SAVED_MAX,
            lines: ["max_queued_messages 100000", "max_inflight_messages 500", "set_tcp_nodelay true"]
                .map(str::to_owned)
                .to_vec(),
            ..MosquittoConfig::default()
        })?;
        let server = office.listen().await?;
        let mut plant = Self {
            binaries: Binaries::built()?,
            alliance,
            broker,
            office,
            gtin,
            secret,
            orders,
            folder,
            gateway: None,
            duplicates: true,
            trusted,
        };
        ensure!(binaries.path("device-gateway").exists(), "`device-gateway` is not built");
        plant.register(size).await?;
        plant.configure(server)?;
        plant.start_gateway(None)?;
        Ok(plant)
    }

    /// Each reading goes out once.
    pub const fn without_duplicates(&mut self) {
        self.duplicates = false;
    }

    pub fn gateway_pid(&self) -> Option<u32> {
        self.gateway.as_ref().map(Child::pid)
    }

    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn keygen(&self, name: &str) -> anyhow::Result<String> {
        let mut command = self.binaries.command("device-gateway");
        command.arg("keygen").arg("--out").arg(self.folder.join(format!("{name}.key")));
        let output = run("keygen", command, &self.folder.join("keygen.log"), Duration::from_secs(20))?;
        output.lines().last().map(|line| line.trim().to_owned()).context("keygen prints the public key")
    }

    async fn register(&mut self, size: Size) -> anyhow::Result<()> {
        let nodes = NodeClient::with_access(self.alliance.access()?)?;
        let status = nodes.status().await?;
        let operator = Signer::read(&self.alliance.key(SLUGS[0], "operator"))?;
        let device = PublicKey::parse_hex(&self.keygen("gateway")?).context("a public key")?;
        let builder = TxBuilder::valid_for(status.chain_id.0, status.height, 100_000);
        let product = Product {
            gtin: self.gtin,
            name_en: "Torture".into(),
            name_zh: String::new(),
            detail: String::new(),
            approval: String::new(),
            hotline: String::new(),
            kind: ProductKind::Medicine,
        };
        let (made_on, expires_on) = (Date::parse_iso("2026-11-01")?, Date::parse_iso(EXPIRES_ON)?);
        let quota = quota_commitment((size.units + REJECTS) as u64, &quota_salt(&self.secret));
        let batch = |order: &OrderPlan| -> anyhow::Result<TxBody> {
            let batch = BatchId { gtin: self.gtin, lot: Lot::parse(&order.lot)? };
            Ok(TxBody::RegisterBatch { batch, made_on, expires_on, quota })
        };
        let batches = self.orders.iter().map(batch).collect::<anyhow::Result<Vec<_>>>()?;
        let first = vec![TxBody::RegisterDevice { device, label: "torture".into() }, TxBody::RegisterProduct(product)];
        let mut nonce = 0;
        for bodies in std::iter::once(first.as_slice()).chain(batches.chunks(100)) {
            let signed = bodies.iter().zip(nonce..).map(|(body, n)| builder.sign(&operator, n, body.clone()));
            let txs = signed.collect::<Result<Vec<_>, _>>()?;
            nonce += txs.len() as u64;
            let receipts = nodes.submit(&txs, 20_000).await?;
            let applied = receipts.iter().all(|receipt| receipt.outcome == TxOutcome::Applied);
            ensure!(applied, "the set-up was not applied: {receipts:?}");
        }
        Ok(())
    }

    fn configure(&self, server: std::net::SocketAddr) -> anyhow::Result<()> {
        std::fs::write(self.folder.join("token"), "t\n")?;
        let nodes: Vec<String> = SLUGS
            .iter()
            .zip(self.alliance.node_urls())
            .map(|(slug, url)| format!("{{ url = {url:?}, token_file = {:?} }}", self.alliance.token(slug)))
            .collect();
        let org = self.alliance.gln(SLUGS[0])?;
        let mut config = format!(
            "org = {org:?}\ndata_dir = \"data\"\ndrain_s = 5\n[broker]\nurl = \"mqtt://{}\"\n[chain]\nchain_id = {:?}\n\
             nodes = [{}]\nkey_file = \"gateway.key\"\n[server]\nurl = \"http://{server}\"\ntoken_file = \"token\"\n\
             [spool]\nspool_bytes_max = {}\nsegment_bytes_max = 1048576\n",
            self.broker.address(),
            self.alliance.chain_id()?,
            nodes.join(", "),
            self.spool_bytes_max(),
        );
        for line in 0..LINES {
            let trust = match self.trusted {
                Trusted::ByKey => format!("public_key = {:?}", self.keygen(&device(line))?),
                Trusted::ByBroker => "trust = \"broker\"".to_owned(),
            };
            let id = device(line);
            write!(config, "[[device]]\nsite = \"{SITE}\"\nline = \"line-{line}\"\nid = {id:?}\n{trust}\n")?;
        }
        std::fs::write(self.folder.join("gateway.toml"), config)?;
        self.scripts(&org)
    }

    /// Room for twice the orders that are open at once: a longer outage of the chain fills it.
    fn spool_bytes_max(&self) -> u64 {
        const RECORD_BYTES: u64 = 450;
        let units = self.orders.first().map_or(0, |order| order.serials.len()) as u64;
        (2 * units * RECORD_BYTES * LINES as u64 * 2).max(4 * 1024 * 1024)
    }

    /// What each device plays: a file an order.
    fn scripts(&self, org: &str) -> anyhow::Result<()> {
        let mut reference = 1;
        for order in &self.orders {
            let mut table = String::from("serial,element_string\n");
            for serial in &order.serials {
                writeln!(table, "{serial},01{}1730103110{}\u{1d}21{serial}", self.gtin, order.lot)?;
            }
            std::fs::write(self.folder.join(format!("{}.csv", order.lot)), table)?;
            let units = order.serials.len() - REJECTS;
            let key = match self.trusted {
                Trusted::ByKey => format!("key_file = \"{}.key\"\n", device(order.line)),
                Trusted::ByBroker => String::new(),
            };
            let script = format!(
                "broker = \"mqtt://{}\"\norg = {org:?}\nsite = \"{SITE}\"\nline = \"line-{}\"\ndevice = {:?}\n{key}\
                 gtin = \"{}\"\nlot = {:?}\nlabels = \"{}.csv\"\nunits = {units}\nreject = {REJECTS}\ncase_units = {CASE_UNITS}\n\
                 pallet_cases = {PALLET_CASES}\nsscc_prefix = \"{GTIN_PREFIX}\"\nsscc_first = {reference}\ntimeout_s = 7200\n\
                 cbor = {}\n",
                self.broker.address(),
                order.line,
                device(order.line),
                self.gtin,
                order.lot,
                order.lot,
                order.line % 2 == 1,
            );
            reference += units.div_ceil(CASE_UNITS) + units.div_ceil(CASE_UNITS).div_ceil(PALLET_CASES) + 1;
            std::fs::write(self.folder.join(format!("{}.toml", order.lot)), script)?;
        }
        Ok(())
    }

    /// Starts the gateway, with a clock that is wrong by so many seconds if asked to.
    pub fn start_gateway(&mut self, skew_s: Option<i64>) -> anyhow::Result<()> {
        let mut command = self.binaries.command("device-gateway");
        if let Some(skew) = skew_s {
            with_clock(&mut command, &format!("{skew:+}s"))?;
        }
        command.arg("run").arg("--config").arg(self.folder.join("gateway.toml"));
        self.gateway = Some(Child::spawn("device-gateway", command, &self.folder.join("gateway.log"))?);
        Ok(())
    }

    pub fn kill_gateway(&mut self) -> anyhow::Result<()> {
        self.gateway.take().map_or(Ok(()), |mut gateway| gateway.kill9())
    }

    /// One process a line; it plays its orders in turn.
    pub fn start_devices(&self) -> anyhow::Result<Vec<Device>> {
        let start = |line: usize| {
            let mut command = self.binaries.command("tracelight");
            command.arg("simulate-line");
            for order in self.orders.iter().filter(|order| order.line == line) {
                command.arg("--config").arg(self.folder.join(format!("{}.toml", order.lot)));
            }
            if self.duplicates {
                command.args(["--duplicate-every", "7"]);
            }
            let log = self.folder.join(format!("device-{line}.log"));
            Ok(Device { line, child: Child::spawn(&device(line), command, &log)? })
        };
        (0..LINES).map(start).collect()
    }

    /// Everything works again.
    pub fn mend(&mut self) -> anyhow::Result<()> {
        self.kill_gateway()?;
        // What it said of itself before is not what the new one says.
        let health = self.data().join("health.json");
        if health.exists() {
            std::fs::remove_file(health)?;
        }
        self.start_gateway(None)
    }

    /// Waits until the gateway says that nothing waits.
    pub async fn until_final(&mut self) -> anyhow::Result<()> {
        let began = Instant::now();
        loop {
            let health = std::fs::read(self.data().join("health.json")).ok();
            let health: Option<Value> = health.and_then(|bytes| serde_json::from_slice(&bytes).ok());
            let fresh = health.filter(|health| health["time_ms"].as_u64().is_some_and(is_now));
            if fresh.as_ref().is_some_and(|health| health["deeds_waiting"] == 0 && health["readings_waiting"] == 0) {
                return Ok(());
            }
            let gateway = self.gateway.as_mut().context("the gateway runs")?;
            ensure!(gateway.is_running()?, "the gateway has ended{}", gateway.log_tail());
            ensure!(began.elapsed() < FINAL_MAX, "not everything is final after {} s: {fresh:?}", FINAL_MAX.as_secs());
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

fn is_now(time_ms: u64) -> bool {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    u128::from(time_ms).abs_diff(now.as_millis()) < 5_000
}

fn device(line: usize) -> String {
    format!("cam-{line}")
}

fn plans(size: Size) -> Vec<OrderPlan> {
    let mut plans = Vec::new();
    let mut number = 0u64;
    for turn in 0..size.orders_per_line {
        for line in 0..LINES {
            let mut serial = || {
                let mut random = [0x3c; 13];
                random[..8].copy_from_slice(&number.to_be_bytes());
                number += 1;
                serial_from_random(&random)
            };
            let serials = (0..size.units + REJECTS).map(|_| serial()).collect();
            plans.push(OrderPlan { line, lot: format!("T{line}N{turn:04}"), serials });
        }
    }
    plans
}

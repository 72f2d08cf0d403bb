//! A gateway process, its server, and a device.

use axum::extract::Path as Segments;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::time::timeout;
use tracelight_api::line::{Ack, AckOutcome, LineOp, Reading, ReadingBody};
use tracelight_api::rest::line::LineBatch;
use tracelight_api::{Base64, Text};
use tracelight_client::keys::SigningKeyFile;
use tracelight_device_gateway::core::{Core, Setup};
use tracelight_device_gateway::mqtt::{Bus, Keep, MqttConfig, Rumqtt};
use tracelight_device_gateway::spool::Limits;
use tracelight_device_gateway::topic::Place;
use tracelight_domain::gs1::Serial;
use tracelight_domain::serial::serial_from_random;
use tracelight_testkit::ports::free_port;
use tracelight_testkit::process::{Child, run};

const ORG: &str = "9506000134376";
const GTIN: &str = "09506000134352";
const LOT: &str = "A24K07";
const BOUND: Duration = Duration::from_secs(60);

pub enum Where {
    Url(SocketAddr),
    Embedded,
}

pub struct Rig {
    folder: tempfile::TempDir,
    child: Option<Child>,
    serials: Vec<Serial>,
    pub device: Device,
}

fn place() -> Place {
    Place { org: ORG.into(), site: "xian".into(), line: "line-2".into(), device: "scan-1".into() }
}

fn device_key() -> SigningKeyFile {
    SigningKeyFile::from_seed(&[4; 32])
}

fn serials(count: u16) -> Vec<Serial> {
    let serial = |i: u16| {
        let mut random = [0x5a; 13];
        random[..2].copy_from_slice(&i.to_be_bytes());
        serial_from_random(&random)
    };
    (0..count).map(serial).collect()
}

/// The member's server, as far as a line needs it.
async fn server(serials: Vec<Serial>) -> SocketAddr {
    let issued = serials.len() as u64;
    let batch = move |Segments((gtin, lot)): Segments<(String, String)>| async move {
        if (gtin.as_str(), lot.as_str()) != (GTIN, LOT) {
            return Err(StatusCode::NOT_FOUND);
        }
        let batch_secret = Base64(vec![7; 32]);
        Ok(Json(LineBatch {
            gtin,
            lot,
            expires_on: "2027-10-31".into(),
            batch_secret,
            issued,
            quota: issued,
            sealed: false,
        }))
    };
    let text: String = serials.iter().map(|serial| format!("{serial}\n")).collect();
    let app = Router::new()
        .route("/api/v1/line/batches/{gtin}/{lot}", get(batch))
        .route("/api/v1/line/batches/{gtin}/{lot}/codes", get(move || async move { text }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

impl Rig {
    pub async fn start(broker: Where, codes: u16) -> Self {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let serials = serials(codes);
        let server = server(serials.clone()).await;
        let (broker, address) = match broker {
            Where::Url(address) => (format!("url = \"mqtt://{address}\""), address),
            Where::Embedded => {
                let address = SocketAddr::from(([127, 0, 0, 1], free_port().expect("a free port")));
                (format!("embedded = true\nlisten = \"{address}\""), address)
            }
        };
        std::fs::create_dir(folder.path().join("data")).expect("our folder");
        std::fs::write(folder.path().join("token"), "t\n").expect("our folder");
        write_key(&folder.path().join("device.key"), &[4; 32]);
        let keygen = |name: &str| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_device-gateway"));
            command.args(["keygen", "--out"]).arg(folder.path().join(name));
            run("keygen", command, &folder.path().join("keygen.log"), BOUND)
        };
        assert_eq!(keygen("gateway.key").expect("makes a key").trim().len(), 64);
        assert!(keygen("gateway.key").is_err(), "a key is never replaced");
        // No chain answers here: what is stored waits in the spool, where the test counts it.
        let text = format!(
            "org = \"{ORG}\"\ndata_dir = \"data\"\ndrain_s = 0\n[broker]\n{broker}\n[chain]\nchain_id = \"{}\"\n\
             nodes = [\"http://127.0.0.1:{}\"]\nkey_file = \"gateway.key\"\n[server]\nurl = \"http://{server}\"\n\
             token_file = \"token\"\n[[device]]\nsite = \"xian\"\nline = \"line-2\"\nid = \"scan-1\"\npublic_key = \"{}\"\n",
            "07".repeat(32),
            free_port().expect("a free port"),
            device_key().public_key(),
        );
        std::fs::write(folder.path().join("gateway.toml"), text).expect("our folder");
        let child = Some(launch(folder.path()));
        let device = Device::connect(address).await;
        Self { folder, child, serials, device }
    }

    pub fn serial(&self, i: usize) -> String {
        self.serials[i].to_string()
    }

    /// Element strings and Digital Links in turn.
    pub fn code(&self, i: usize) -> String {
        let serial = self.serial(i);
        if i.is_multiple_of(2) {
            format!("]d201{GTIN}1727103110{LOT}\u{1d}21{serial}")
        } else {
            format!("]Q1https://t.example/01/{GTIN}/10/{LOT}/21/{serial}?17=271031")
        }
    }

    pub fn kill_and_restart(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill9().expect("it can be killed");
        }
        self.child = Some(launch(self.folder.path()));
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("gateway.log")).expect("a log")
    }

    pub fn stop(&mut self) {
        let child = self.child.take().expect("it runs");
        assert!(child.terminate(BOUND).expect("it ends by itself").success());
    }

    fn open(&mut self) -> Core {
        if let Some(mut child) = self.child.take() {
            child.kill9().expect("it can be killed");
        }
        let limits = Limits { segment_bytes_max: 1 << 24, total_bytes_max: 1 << 30 };
        let devices = BTreeMap::from([(place(), Text(device_key().public_key()))]);
        let folder = self.folder.path().join("data");
        Core::open(Setup { folder, devices, spool: limits, quarantine: limits }).expect("opens").0
    }

    /// After everything was answered: the spool holds exactly so many good packs.
    pub async fn assert_spool(&mut self, commissioned: u64) {
        let core = self.open();
        let state = core.line_states().into_values().next().expect("one line");
        assert_eq!((state.commissioned, state.lot.as_deref()), (commissioned, Some(LOT)));
        let spool = self.folder.path().join("data").join("spool");
        assert!(std::fs::read_dir(spool).expect("a spool").count() >= 1);
    }

    pub fn deeds(&mut self) -> usize {
        let waiting = self.open().deeds_waiting();
        self.child = Some(launch(self.folder.path()));
        waiting
    }

    pub async fn healthy(&self) {
        let started = Instant::now();
        loop {
            let mut command = Command::new(env!("CARGO_BIN_EXE_device-gateway"));
            command.args(["healthcheck", "--config"]).arg(self.folder.path().join("gateway.toml"));
            match run("healthcheck", command, &self.folder.path().join("health.log"), BOUND) {
                Ok(text) => return assert!(text.contains("\"broker_connected\":true"), "{text}"),
                Err(error) => assert!(started.elapsed() < BOUND, "{error:#}"),
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Plays the program's own simulator with every fault.
    pub async fn simulate(&mut self, broker: SocketAddr) -> serde_json::Value {
        let mut table = csv::Writer::from_path(self.path("labels.csv")).expect("our folder");
        table.write_record(["serial", "digital_link", "element_string"]).expect("our file");
        for serial in &self.serials {
            let link = format!("https://t.example/01/{GTIN}/10/{LOT}/21/{serial}?17=271031");
            let elements = format!("01{GTIN}1727103110{LOT}\u{1d}21{serial}");
            table.write_record([serial.as_str(), &link, &elements]).expect("our file");
        }
        table.flush().expect("our file");
        let text = format!(
            "broker = \"mqtt://{broker}\"\norg = \"{ORG}\"\nsite = \"xian\"\nline = \"line-2\"\ndevice = \"scan-1\"\n\
             key_file = \"device.key\"\ngtin = \"{GTIN}\"\nlot = \"{LOT}\"\nlabels = \"labels.csv\"\nunits = 30\nreject = 2\n\
             case_units = 10\nsscc_prefix = \"9506000\"\nsscc_first = 1\nfaults = true\ntimeout_s = 60\n"
        );
        std::fs::write(self.path("sim.toml"), text).expect("our folder");
        let mut command = Command::new(env!("CARGO_BIN_EXE_device-gateway"));
        command.args(["simulate-line", "--config"]).arg(self.path("sim.toml"));
        let log = self.path("sim.log");
        let output = tokio::task::spawn_blocking(move || run("simulate-line", command, &log, 2 * BOUND));
        let output = output.await.expect("no panic").expect("the line is played");
        let last = output.lines().last().expect("a summary");
        serde_json::from_str(last).expect("one JSON object")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

fn write_key(path: &Path, seed: &[u8; 32]) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::write(path, hex::encode(seed) + "\n").expect("our folder");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).expect("our file");
}

fn launch(folder: &Path) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_device-gateway"));
    command.args(["run", "--config"]).arg(folder.join("gateway.toml"));
    Child::spawn("device-gateway", command, &folder.join("gateway.log")).expect("it starts")
}

/// A device that keeps what is not answered.
pub struct Device {
    bus: Arc<dyn Bus>,
    seq: u64,
    waiting: VecDeque<(u64, Vec<u8>)>,
}

impl Device {
    async fn connect(broker: SocketAddr) -> Self {
        let config = MqttConfig {
            host: broker.ip().to_string(),
            port: broker.port(),
            client_id: "scan-1".into(),
            login: None,
            will: None,
        };
        let bus: Arc<dyn Bus> = Arc::new(Rumqtt::start(&config));
        bus.subscribe(&place().topic("ack")).await.expect("subscribes");
        Self { bus, seq: 0, waiting: VecDeque::new() }
    }

    fn payload(seq: u64, op: LineOp) -> Vec<u8> {
        let body = ReadingBody { boot: "0123456789abcdef".into(), seq, ts_ms: 1, op };
        let body = serde_json::to_string(&body).expect("plain data");
        let sig = Base64(device_key().sign_reading(body.as_bytes()).to_vec());
        serde_json::to_vec(&Reading { body, sig }).expect("plain data")
    }

    /// Sends until there is an answer to this number.
    async fn ask(&mut self, seq: Option<u64>, payload: Vec<u8>) -> Ack {
        let started = Instant::now();
        loop {
            assert!(started.elapsed() < BOUND, "no answer to {seq:?} within {} s", BOUND.as_secs());
            let _ = self.bus.publish(&place().topic("evt"), payload.clone(), Keep::No).await;
            let again = Instant::now() + Duration::from_secs(2);
            while let Some(ack) = self.answer(again).await {
                if ack.seq == seq {
                    return ack;
                }
            }
        }
    }

    async fn answer(&self, until: Instant) -> Option<Ack> {
        let left = until.saturating_duration_since(Instant::now());
        let message = timeout(left, self.bus.next()).await.ok()?.expect("the bus is open");
        self.bus.ack(message.token).await.expect("room in the queue");
        Some(serde_json::from_slice(&message.payload).expect("an answer"))
    }

    pub async fn open_batch(&mut self) {
        let op = LineOp::OpenBatch { gtin: GTIN.into(), lot: LOT.into() };
        let ack = self.insist(op).await;
        assert!(matches!(ack.outcome, AckOutcome::Stored | AckOutcome::AlreadyStored), "{ack:?}");
    }

    /// The next reading, once answered for good.
    pub async fn next(&mut self, op: LineOp) -> Ack {
        let ack = self.ask(Some(self.seq), Self::payload(self.seq, op)).await;
        if ack.outcome != AckOutcome::Refused {
            self.seq += 1;
        }
        ack
    }

    /// As [`Device::next`], and again while it is refused.
    pub async fn insist(&mut self, op: LineOp) -> Ack {
        loop {
            let ack = self.next(op.clone()).await;
            if ack.outcome != AckOutcome::Refused {
                return ack;
            }
        }
    }

    pub async fn at(&mut self, seq: u64, op: LineOp) -> Ack {
        self.ask(Some(seq), Self::payload(seq, op)).await
    }

    pub async fn raw(&mut self, payload: Vec<u8>) -> Ack {
        self.ask(None, payload).await
    }

    /// Sends without waiting for answers.
    pub async fn burst(&mut self, ops: Vec<LineOp>) {
        for op in ops {
            let payload = Self::payload(self.seq, op);
            let _ = self.bus.publish(&place().topic("evt"), payload.clone(), Keep::No).await;
            self.waiting.push_back((self.seq, payload));
            self.seq += 1;
        }
    }

    /// Sends again until everything of the bursts is held.
    pub async fn settle(&mut self) {
        while let Some((seq, payload)) = self.waiting.pop_front() {
            let started = Instant::now();
            loop {
                let ack = self.ask(Some(seq), payload.clone()).await;
                match ack.outcome {
                    AckOutcome::Stored | AckOutcome::AlreadyStored => break,
                    // An answer of earlier, when a number before it was still on its way.
                    AckOutcome::Refused if started.elapsed() < BOUND => {}
                    _ => panic!("number {seq}: {ack:?}"),
                }
            }
        }
    }
}

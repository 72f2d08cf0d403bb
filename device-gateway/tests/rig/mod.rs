//! A gateway process, its server, and a device.

// Each test program uses a part of it.
#![expect(dead_code, reason = "each test program uses a part of the rig")]

use axum::extract::Path as Segments;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::time::timeout;
use tracelight_api::line::{Ack, AckOutcome, LineOp, LineState, Reading, ReadingBody};
use tracelight_api::rest::line::LineBatch;
use tracelight_api::rest::numbers::{HeldByLine, TakeBlock};
use tracelight_api::{Base64, Text};
use tracelight_client::keys::Signer;
use tracelight_device_gateway::core::{Core, Setup};
use tracelight_device_gateway::mqtt::{Bus, Keep, MqttConfig, Rumqtt, Session, TlsFiles};
use tracelight_device_gateway::reading::Trust;
use tracelight_device_gateway::spool::Limits;
use tracelight_device_gateway::topic::Place;
use tracelight_domain::gs1::Serial;
use tracelight_domain::serial::serial_from_random;
use tracelight_simulator::{Line, Script};
use tracelight_testkit::ports::free_port;
use tracelight_testkit::process::{Child, run, with_clock};

pub const ORG: &str = "9506000134376";
const GTIN: &str = "09506000134352";
const LOT: &str = "A24K07";
const BOUND: Duration = Duration::from_secs(60);

pub enum Where {
    Url(SocketAddr),
    /// Over TLS: the gateway's files, and the device's.
    Tls(SocketAddr, TlsFiles, TlsFiles),
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

fn device_key() -> Signer {
    Signer::from_seed(&[4; 32])
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
            line: String::new(),
        }))
    };
    let text: String = serials.iter().map(|serial| format!("{serial}\n")).collect();
    let take = move |Json(TakeBlock { line }): Json<TakeBlock>| async move { Json(HeldByLine { line, codes: issued }) };
    let app = Router::new()
        .route("/api/v1/line/batches/{gtin}/{lot}", get(batch))
        .route("/api/v1/line/batches/{gtin}/{lot}/blocks", post(take))
        .route("/api/v1/line/batches/{gtin}/{lot}/codes", get(move || async move { text }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

impl Rig {
    pub async fn start(broker: Where, codes: u16) -> Self {
        Self::start_with(broker, codes, "").await
    }

    /// With more tables in the gateway's configuration.
    pub async fn start_with(broker: Where, codes: u16, more: &str) -> Self {
        let mut rig = Self::prepare(broker, codes, more).await;
        rig.launch();
        rig
    }

    /// Everything but the gateway itself.
    pub async fn prepare(broker: Where, codes: u16, more: &str) -> Self {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let serials = serials(codes);
        let server = server(serials.clone()).await;
        let (broker, address, device_tls) = match broker {
            Where::Url(address) => (format!("url = \"mqtt://{address}\""), address, None),
            Where::Tls(address, gateway, device) => {
                let (certificate, key) = gateway.client.expect("the gateway has a certificate");
                let text = format!(
                    "url = \"mqtts://{address}\"\nca_file = {:?}\nclient_cert_file = {certificate:?}\nclient_key_file = {key:?}",
                    gateway.ca
                );
                (text, address, Some(device))
            }
            Where::Embedded => {
                let address = SocketAddr::from(([127, 0, 0, 1], free_port().expect("a free port")));
                (format!("embedded = true\nlisten = \"{address}\""), address, None)
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
             token_file = \"token\"\n[[device]]\nsite = \"xian\"\nline = \"line-2\"\nid = \"scan-1\"\npublic_key = \"{}\"\n{more}",
            "07".repeat(32),
            free_port().expect("a free port"),
            device_key().public_key(),
        );
        std::fs::write(folder.path().join("gateway.toml"), text).expect("our folder");
        let device = Device::connect(address, device_tls).await;
        Self { folder, child: None, serials, device }
    }

    pub fn launch(&mut self) {
        self.child = Some(launch(self.folder.path()));
    }

    /// Killed, and started with a clock that is wrong by so much, in libfaketime's words.
    pub fn kill_and_restart_at(&mut self, skew: &str) {
        self.kill();
        let mut command = gateway(self.folder.path());
        with_clock(&mut command, skew).expect("libfaketime");
        self.child = Some(spawn(command, self.folder.path()));
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
        self.kill();
        self.child = Some(launch(self.folder.path()));
    }

    /// Killed, and not started again.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill9().expect("it can be killed");
        }
        // The next one removes it, but not before somebody may have read it.
        let _ = std::fs::remove_file(self.path("data/health.json"));
    }

    /// What the disk says of the line, when nothing of the program is left; [`Rig::launch`] starts it again.
    pub fn line_on_disk(&mut self) -> LineState {
        self.open().line_states().into_values().next().expect("one line")
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("gateway.log")).expect("a log")
    }

    pub fn stop(&mut self) {
        let child = self.child.take().expect("it runs");
        assert!(child.terminate(BOUND).expect("it ends by itself").success());
    }

    fn open(&mut self) -> Core {
        self.kill();
        let limits = Limits { segment_bytes_max: 1 << 24, total_bytes_max: 1 << 30 };
        let others = ["raw-1", "edge-1"].map(|device| (Place { device: device.to_owned(), ..place() }, Trust::Broker));
        let signed = (place(), Trust::Signed(Text(device_key().public_key())));
        let devices: BTreeMap<_, _> = others.into_iter().chain([signed]).collect();
        let folder = self.folder.path().join("data");
        Core::open(Setup { folder, devices, spool: limits, quarantine: limits }).expect("opens").0
    }

    /// Good packs, as the gateway publishes them.
    pub fn health(&self) -> serde_json::Value {
        let bytes = std::fs::read(self.path("data/health.json")).unwrap_or_default();
        serde_json::from_slice(&bytes).unwrap_or_default()
    }

    /// Waits until the gateway has stored so many readings since it started.
    pub async fn stored(&self, count: u64) {
        let started = Instant::now();
        while self.health()["stored"].as_u64() != Some(count) {
            assert!(
                started.elapsed() < BOUND,
                "stored {} of {count}; the log ends with\n{}",
                self.health(),
                self.log()
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Waits until the gateway has logged this.
    pub async fn logged(&self, text: &str) {
        let started = Instant::now();
        while !self.log().contains(text) {
            assert!(started.elapsed() < BOUND, "no `{text}` in the log:\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
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

    /// Plays a line with every fault, as `tracelight simulate-line` does.
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
        let script = Script::load(&self.path("sim.toml")).expect("a script");
        let line = Line::prepare(script).expect("all that it names");
        let played = tokio::time::timeout(2 * BOUND, line.play(None)).await.expect("in time");
        serde_json::to_value(played.expect("the line is played")).expect("texts and numbers")
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

fn write_key(path: &Path, seed: &[u8; 32]) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::write(path, hex::encode(seed) + "\n").expect("our folder");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).expect("our file");
}

fn gateway(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_device-gateway"));
    command.args(["run", "--config"]).arg(folder.join("gateway.toml"));
    command
}

fn spawn(command: Command, folder: &Path) -> Child {
    Child::spawn("device-gateway", command, &folder.join("gateway.log")).expect("it starts")
}

fn launch(folder: &Path) -> Child {
    spawn(gateway(folder), folder)
}

/// A device that keeps what is not answered.
pub struct Device {
    bus: Arc<dyn Bus>,
    seq: u64,
    waiting: VecDeque<(u64, Vec<u8>)>,
}

impl Device {
    async fn connect(broker: SocketAddr, tls: Option<TlsFiles>) -> Self {
        let config = MqttConfig {
            host: broker.ip().to_string(),
            port: broker.port(),
            client_id: "scan-1".into(),
            login: None,
            tls,
            session: Session::Persistent,
            will: None,
        };
        let bus: Arc<dyn Bus> = Arc::new(Rumqtt::start(&config).expect("no files are needed"));
        bus.subscribe(&place().topic("ack")).await.expect("subscribes");
        Self { bus, seq: 0, waiting: VecDeque::new() }
    }

    pub fn payload(seq: u64, op: LineOp) -> Vec<u8> {
        let body = ReadingBody { boot: "0123456789abcdef".into(), seq, ts_ms: 1, op };
        let body = serde_json::to_string(&body).expect("plain data");
        let sig = Base64(device_key().sign_reading(body.as_bytes()).expect("in memory").to_vec());
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
        let op = LineOp::open(GTIN, LOT);
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

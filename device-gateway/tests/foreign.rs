//! Clients of other makers against the program, through a real Mosquitto: Debian's `mosquitto_pub`, npm's
//! `sparkplug-client` and PyPI's `pysparkplug`; and the broker's access list by client certificate.

mod rig;

use rig::{Device, ORG, Rig, Where};
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{ChildStdin, Command, Stdio};
use std::time::Duration;
use tracelight_api::line::{AckOutcome, LineOp, LineReason};
use tracelight_device_gateway::mqtt::TlsFiles;
use tracelight_domain::gs1::Sscc;
use tracelight_testkit::browser::tools_folder;
use tracelight_testkit::process::{program, run};
use tracelight_testkit::services::{Acl, Authority, Identity, Mosquitto, MosquittoConfig, MutualTls};

const BOUND: Duration = Duration::from_secs(60);
const RAW: &str = "[[device]]\nsite = \"xian\"\nline = \"line-2\"\nid = \"raw-1\"\nstation = \"commission\"\n";

/// An authority, and a broker that lets each device write under its own name only.
fn guarded() -> (Authority, Mosquitto) {
    let authority = Authority::new("plant").expect("an authority");
    let tls = MutualTls { ca: authority.ca(), server: authority.server().expect("a certificate") };
    let acl = format!(
        "user gateway\ntopic read tt/v1/{ORG}/#\ntopic write tt/v1/{ORG}/+/+/+/ack\ntopic write tt/v1/{ORG}/+/+/gateway/state\n\
         pattern write tt/v1/{ORG}/+/+/%u/evt\npattern write tt/v1/{ORG}/+/+/%u/raw\npattern read tt/v1/{ORG}/+/+/%u/ack\n\
         pattern write tt/v1/{ORG}/+/+/%u/state\n"
    );
    let config = MosquittoConfig { tls: Some(tls), acl: Some(Acl(acl)), ..MosquittoConfig::default() };
    (authority, Mosquitto::start(&config).expect("Mosquitto starts"))
}

fn files(authority: &Authority, name: &str) -> TlsFiles {
    let Identity { certificate, key } = authority.client(name).expect("a certificate");
    TlsFiles { ca: authority.ca(), client: Some((certificate, key)) }
}

/// `mosquitto_pub` as one of the plant's clients.
fn publish(broker: SocketAddr, as_whom: &TlsFiles, topic: &str, what: &[&str], log: PathBuf) -> anyhow::Result<String> {
    let (certificate, key) = as_whom.client.as_ref().expect("it has a certificate");
    let mut command = Command::new(program("mosquitto_pub")?);
    command.args(["-h", "127.0.0.1", "-p", &broker.port().to_string(), "-q", "1", "-t", topic]).args(what);
    command.arg("--cafile").arg(&as_whom.ca).arg("--cert").arg(certificate).arg("--key").arg(key);
    run("mosquitto_pub", command, &log, BOUND)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d6_mosquitto_pub_is_a_scanner_and_a_certificate_says_whose_topics_it_may_use() {
    let (authority, broker) = guarded();
    let (gateway, device) = (files(&authority, "gateway"), files(&authority, "scan-1"));
    let mut rig = Rig::start_with(Where::Tls(broker.address(), gateway, device.clone()), 40, RAW).await;
    rig.device.open_batch().await;
    let raw = files(&authority, "raw-1");
    let topic = |device: &str, kind: &str| format!("tt/v1/{ORG}/xian/line-2/{device}/{kind}");
    let send =
        |who: &TlsFiles, topic: &str, what: &[&str]| publish(broker.address(), who, topic, what, rig.path("pub.log"));
    // A bare code, and a reading that another program signed, each from a command line.
    send(&raw, &topic("raw-1", "raw"), &["-m", &rig.code(0)]).expect("published");
    rig.stored(2).await;
    std::fs::write(rig.path("reading.json"), Device::payload(1, LineOp::Commission { raw: rig.code(1) }))
        .expect("our folder");
    let file = rig.path("reading.json").display().to_string();
    send(&device, &topic("scan-1", "evt"), &["-f", &file]).expect("published");
    rig.stored(3).await;
    // Under somebody else's name the broker throws it away: nobody has heard of it.
    send(&raw, &topic("scan-1", "raw"), &["-m", &rig.code(2)]).expect("the broker says nothing");
    send(&device, &topic("raw-1", "raw"), &["-m", &rig.code(2)]).expect("the broker says nothing");
    send(&raw, &topic("raw-1", "raw"), &["-m", &rig.code(3)]).expect("published");
    rig.stored(4).await;
    // A stranger's certificate gets no connection, and neither does none at all.
    let strangers = Authority::new("elsewhere").expect("an authority");
    let (certificate, key) = files(&strangers, "raw-1").client.expect("it has one");
    let stranger = TlsFiles { ca: authority.ca(), client: Some((certificate, key)) };
    assert!(send(&stranger, &topic("raw-1", "raw"), &["-m", &rig.code(4)]).is_err());
    // A broker with a certificate of another authority is not believed.
    let misled = TlsFiles { ca: strangers.ca(), ..raw };
    assert!(send(&misled, &topic("raw-1", "raw"), &["-m", &rig.code(5)]).is_err());
    rig.assert_spool(3).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d6_a_bad_read_is_blocked_within_200_ms_with_the_reason_and_the_way_out() {
    let broker = Mosquitto::start(&MosquittoConfig::default()).expect("Mosquitto starts");
    let mut rig = Rig::start(Where::Url(broker.address()), 60).await;
    rig.device.open_batch().await;
    rig.device.next(LineOp::Commission { raw: rig.code(0) }).await;
    let product = rig.code(2).replace("09506000134352", "09506000134369");
    let foreign = rig.code(2).replace(&rig.serial(2), "NEVERISSUED");
    let label = format!("(00){}", Sscc::build(3, "9506000", 1).expect("a label"));
    let mut took_ms: Vec<u128> = Vec::new();
    for _ in 0..10 {
        for (raw, reason) in [
            (product.clone(), LineReason::WrongProduct),
            (rig.code(0), LineReason::Duplicate),
            (foreign.clone(), LineReason::ForeignCode),
            (label.clone(), LineReason::WrongLevel),
        ] {
            let asked = std::time::Instant::now();
            let ack = rig.device.next(LineOp::Commission { raw }).await;
            took_ms.push(asked.elapsed().as_millis());
            assert_eq!((ack.outcome, ack.reason), (AckOutcome::Quarantined, Some(reason)), "{ack:?}");
            assert_eq!(ack.way_out.as_deref(), Some(reason.way_out()));
            assert!(ack.detail.is_some_and(|detail| !detail.is_empty()));
        }
    }
    took_ms.sort_unstable();
    println!("milliseconds to each answer: {took_ms:?}");
    // The machine runs other tests at the same time: one in ten may be late for that.
    let late = took_ms.iter().filter(|took| **took > 200).count();
    assert!(late * 10 <= took_ms.len(), "{late} of {} answers took more than 200 ms: {took_ms:?}", took_ms.len());
}

/// An edge node in a process of its own.
struct Edge {
    child: std::process::Child,
    stdin: ChildStdin,
}

impl Edge {
    fn spawn(mut command: Command, log: PathBuf) -> Self {
        let log = std::fs::File::options().create(true).append(true).open(log).expect("our folder");
        command.stdin(Stdio::piped()).stdout(log.try_clone().expect("a file")).stderr(log);
        let mut child = command.spawn().expect("it starts");
        let stdin = child.stdin.take().expect("it is piped");
        Self { child, stdin }
    }

    fn ask(&mut self, what: serde_json::Value) {
        writeln!(self.stdin, "{what}").and_then(|()| self.stdin.flush()).expect("the edge node runs");
    }

    fn read(&mut self, code: &str) {
        self.ask(serde_json::json!({ "read": code }));
    }

    fn kill(mut self) {
        self.child.kill().and_then(|()| self.child.wait()).expect("it can be killed");
    }
}

impl Drop for Edge {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn scripts() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/foreign")
}

fn installed(what: &str) -> PathBuf {
    let path = tools_folder().expect("a folder of tools").join(what);
    assert!(path.exists(), "`{}` is missing. Hint: run ./scripts/test, which installs it", path.display());
    path
}

fn sparkplug(group: &str) -> String {
    format!(
        "[[device]]\nsite = \"xian\"\nline = \"line-2\"\nid = \"edge-1\"\nstation = \"commission\"\n\
         sparkplug = {{ group = \"{group}\", node = \"packer\", device = \"cam\", metric = \"Read/Good\" }}\n\
         [sparkplug]\nhost_id = \"tracelight\"\nreorder_ms = 500\n"
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_edge_node_of_sparkplug_client_is_a_scanner_that_may_die_and_lose_numbers() {
    let mut broker = Mosquitto::start(&MosquittoConfig::default()).expect("Mosquitto starts");
    let mut rig = Rig::start_with(Where::Url(broker.address()), 40, &sparkplug("npm")).await;
    rig.device.open_batch().await;
    let start = |rig: &Rig| {
        let mut command = Command::new(program("node").expect("Node"));
        command.env("FOREIGN_MODULES", installed("foreign/node_modules")).arg(scripts().join("edge.mjs"));
        command.args([&format!("tcp://{}", broker_url(rig)), "npm", "packer", "cam"]);
        Edge::spawn(command, rig.path("edge.log"))
    };
    std::fs::write(rig.path("broker"), broker.address().to_string()).expect("our folder");
    let mut edge = start(&rig);
    rig.logged("device cam of edge node npm/packer is online").await;
    for i in 0..5 {
        edge.read(&rig.code(i));
    }
    rig.stored(6).await;
    // A number is lost: the host waits, asks for a rebirth, gets it, and what was read meanwhile has not been thrown away.
    edge.ask(serde_json::json!({ "skip": true }));
    edge.read(&rig.code(5));
    rig.stored(7).await;
    rig.logged("Gap").await;
    let born = |rig: &Rig| rig.log().matches("device cam of edge node npm/packer is online").count();
    wait_for(|| born(&rig) >= 2, "a rebirth").await;
    edge.read(&rig.code(6));
    rig.stored(8).await;
    // Killed: the broker publishes its will. Started again: a new session.
    edge.kill();
    rig.logged("device cam of edge node npm/packer is offline").await;
    let mut edge = start(&rig);
    wait_for(|| born(&rig) >= 3, "a birth after the kill").await;
    edge.read(&rig.code(7));
    rig.stored(9).await;
    // The broker restarts: both sides come back, and the host is online again.
    broker.restart().expect("Mosquitto restarts");
    wait_for(|| born(&rig) >= 4, "a birth after the broker's restart").await;
    edge.read(&rig.code(8));
    rig.stored(10).await;
    edge.ask(serde_json::json!({ "stop": true }));
    wait_for(|| rig.log().matches("edge node npm/packer is offline").count() >= 2, "a goodbye").await;
    drop(edge);
    rig.assert_spool(9).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_edge_node_of_pysparkplug_is_a_scanner_that_may_die() {
    let broker = Mosquitto::start(&MosquittoConfig::default()).expect("Mosquitto starts");
    let mut rig = Rig::start_with(Where::Url(broker.address()), 40, &sparkplug("pypi")).await;
    rig.device.open_batch().await;
    let start = |rig: &Rig| {
        let mut command = Command::new(installed("foreign-python/bin/python"));
        command.arg(scripts().join("edge.py"));
        command.args(["127.0.0.1", &broker.port().to_string(), "pypi", "packer", "cam"]);
        Edge::spawn(command, rig.path("edge.log"))
    };
    let born = |rig: &Rig| rig.log().matches("device cam of edge node pypi/packer is online").count();
    let mut edge = start(&rig);
    wait_for(|| born(&rig) >= 1, "a birth").await;
    (0..5).for_each(|i| edge.read(&rig.code(i)));
    rig.stored(6).await;
    edge.kill();
    rig.logged("device cam of edge node pypi/packer is offline").await;
    let mut edge = start(&rig);
    wait_for(|| born(&rig) >= 2, "a birth after the kill").await;
    // Read twice: the second is a duplicate, and does not count.
    edge.read(&rig.code(5));
    edge.read(&rig.code(5));
    edge.read(&rig.code(6));
    rig.stored(8).await;
    edge.ask(serde_json::json!({ "stop": true }));
    rig.assert_spool(7).await;
}

fn broker_url(rig: &Rig) -> String {
    std::fs::read_to_string(rig.path("broker")).expect("written before")
}

async fn wait_for(mut done: impl FnMut() -> bool, what: &str) {
    let started = std::time::Instant::now();
    while !done() {
        assert!(started.elapsed() < BOUND, "no {what} within {} s", BOUND.as_secs());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

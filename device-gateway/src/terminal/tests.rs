//! The calls through the router, with a real core, intake and disk behind them.

mod access;
mod page;
mod readings;

use super::access::{Doorkeeper, Over};
use super::*;
use crate::core::{Core, Setup};
use crate::intake::{Intake, RawScanners};
use crate::line::{Sheet, batch_id};
use crate::mode::Mode;
use crate::mqtt::Bus;
use crate::mqtt::memory::MemoryBus;
use crate::reading::Trust;
use crate::spool::Limits;
use crate::uplink::{LinkError, Office, lock};
use crate::vouch::Voucher;
use async_trait::async_trait;
use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Mutex;
use tokio::task::JoinHandle;
use tower::ServiceExt as _;
use tracelight_api::line::{LineOp, ReadingBody};
use tracelight_api::rest::line::{Manifest, ManifestStored};
use tracelight_client::keys::Token;
use tracelight_domain::gs1::{Date, Serial, Sscc};
use tracelight_domain::ids::BatchId;

const GTIN: &str = "09506000134352";
const HOST: &str = "line.plant:8443";
const LIMITS: Limits = Limits { segment_bytes_max: 1 << 16, total_bytes_max: 1 << 22 };

/// A server that is away: a line starts on what is kept.
struct Away;

#[async_trait]
impl Office for Away {
    async fn batch(&self, _batch: &BatchId, _line: &str) -> Result<Option<Sheet>, LinkError> {
        Err(LinkError::Unreachable("no route".to_owned()))
    }
    async fn store(&self, _manifest: &Manifest) -> Result<ManifestStored, LinkError> {
        Err(LinkError::Unreachable("no route".to_owned()))
    }
}

pub(super) fn place(line: &str, device: &str) -> Place {
    Place { org: "o".into(), site: "s".into(), line: line.into(), device: device.into() }
}

fn sheet(lot: &str) -> Sheet {
    Sheet {
        batch: batch_id(GTIN, lot).expect("a batch"),
        secret: [5; 32],
        issued: (0..40).map(|i| Serial::parse(&format!("S{i:02}")).expect("a serial")).collect(),
        expires_on: Date::new(2027, 10, 31).ok(),
        quota: 12,
        sealed: false,
        line: "s/l".to_owned(),
    }
}

pub(super) fn core(folder: &Path, limits: Limits) -> Core {
    let terminals = [("l", "t1"), ("l", "t2"), ("m", "t3")].map(|(line, id)| (place(line, id), Trust::Terminal));
    let camera = (place("l", "cam"), Trust::Broker);
    let devices: BTreeMap<_, _> = terminals.into_iter().chain([camera]).collect();
    let setup = Setup { folder: folder.to_owned(), devices, spool: limits, quarantine: LIMITS };
    let core = Core::open(setup).expect("opens").0;
    ["L", "M"].iter().for_each(|lot| core.keep_sheet(&sheet(lot)).expect("keeps"));
    core
}

/// A gateway of three terminals: `t1` and `t2` of line `l`, `t3` of line `m`.
pub(super) struct Rig {
    _folder: tempfile::TempDir,
    router: axum::Router,
    tokens: BTreeMap<&'static str, String>,
    mode: watch::Sender<Since>,
    core: Arc<Mutex<Core>>,
    bus: Arc<MemoryBus>,
    intake: JoinHandle<()>,
    seqs: BTreeMap<&'static str, u64>,
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.intake.abort();
    }
}

pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) cookie: Option<String>,
    pub(super) json: Value,
}

impl Rig {
    pub(super) fn new(over: Over) -> Self {
        Self::with(over, LIMITS)
    }

    pub(super) fn with(over: Over, limits: Limits) -> Self {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let core = Arc::new(Mutex::new(core(folder.path(), limits)));
        let bus = Arc::new(MemoryBus::default());
        let named = [("t1", "l"), ("t2", "l"), ("t3", "m")];
        let tokens: Vec<_> = named.iter().map(|(id, line)| (*id, *line, Token::generate().expect("random"))).collect();
        let texts = tokens.iter().map(|(id, _, token)| (*id, token.reveal().to_owned())).collect();
        let known = tokens.into_iter().map(|(id, line, token)| (place(line, id), token)).collect();
        let doorkeeper = Arc::new(Doorkeeper::new("o", over, known).expect("three tokens"));
        let (mode, modes) = watch::channel(Since { mode: Mode::Online, since_ms: 1 });
        let (readings, of_terminals) = mpsc::channel(QUEUE_MAX);
        let raw = RawScanners { stations: BTreeMap::new(), voucher: Voucher::new([1; 8]) };
        let (shared, office) = (Arc::clone(&bus) as Arc<dyn Bus>, Arc::new(Away));
        let intake = Intake::new(shared, Arc::clone(&core), office, ("o", "gateway"), raw);
        let mut intake = intake.with_terminals(of_terminals);
        let taking = tokio::spawn(async move {
            while let Ok(first) = intake.first().await {
                let group = intake.group(first).await;
                intake.take(group).await.expect("a good disk");
            }
        });
        let shown = lock(&core).shown();
        let router = Terminals::new(doorkeeper, shown, readings, modes, "r".to_owned()).router();
        let seqs = BTreeMap::new();
        Self { _folder: folder, router, tokens: texts, mode, core, bus, intake: taking, seqs }
    }

    /// A call as a browser of this terminal makes it.
    pub(super) fn request(&self, method: &str, path: &str, terminal: Option<&str>) -> axum::http::request::Builder {
        let request = Request::builder().method(method).uri(path).header("host", HOST);
        let request = request.header("origin", format!("https://{HOST}")).header("content-type", "application/json");
        match terminal {
            Some(id) => request.header("cookie", format!("x=y; tracelight-terminal={}", self.tokens[id])),
            None => request,
        }
    }

    pub(super) async fn call(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.expect("infallible");
        let status = response.status().as_u16();
        let cookie = response.headers().get("set-cookie").map(|value| value.to_str().expect("text").to_owned());
        let policy = response.headers().get("content-security-policy").expect("every answer has one").clone();
        assert!(!policy.to_str().expect("text").contains("unsafe"), "{policy:?}");
        let bytes = response.into_body().collect().await.expect("a body").to_bytes();
        Answer { status, cookie, json: serde_json::from_slice(&bytes).unwrap_or_default() }
    }

    pub(super) async fn get(&self, path: &str, terminal: Option<&str>) -> Answer {
        self.call(self.request("GET", path, terminal).body(Body::empty()).expect("a call")).await
    }

    pub(super) async fn post(&self, path: &str, terminal: Option<&str>, body: &Value) -> Answer {
        self.call(self.request("POST", path, terminal).body(Body::from(body.to_string())).expect("a call")).await
    }

    pub(super) async fn send(&self, terminal: &str, readings: &[Value]) -> Answer {
        let line = if terminal == "t3" { "m" } else { "l" };
        let path = format!("/terminal/s/{line}/{terminal}/readings");
        self.post(&path, Some(terminal), &json!({ "readings": readings })).await
    }

    pub(super) fn reading(boot: &str, seq: u64, op: LineOp) -> Value {
        let body = ReadingBody { boot: boot.to_owned(), seq, ts_ms: 1, op };
        json!({ "body": serde_json::to_string(&body).expect("plain data"), "sig": "" })
    }

    /// The next reading of a terminal; its answer.
    pub(super) async fn next(&mut self, terminal: &'static str, op: LineOp) -> Value {
        let seq = self.seqs.entry(terminal).or_default();
        let reading = Self::reading("0123456789abcdef", *seq, op);
        *seq += 1;
        let answer = self.send(terminal, &[reading]).await;
        assert_eq!(answer.status, 200, "{}", answer.json);
        let ack = answer.json["acks"][0].clone();
        if ack["outcome"] == "refused" {
            *self.seqs.entry(terminal).or_default() -= 1;
        }
        ack
    }

    pub(super) async fn ok(&mut self, terminal: &'static str, ops: impl IntoIterator<Item = LineOp>) {
        for op in ops {
            let ack = self.next(terminal, op.clone()).await;
            assert_eq!(ack["outcome"], "stored", "{op:?}: {ack}");
        }
    }
}

pub(super) fn code(i: u32) -> String {
    format!("]d201{GTIN}10L\u{1d}21S{i:02}")
}

pub(super) fn label(reference: u64) -> String {
    format!("]C100{}", Sscc::build(3, "9506000", reference).expect("a label"))
}

//! Intake over a broker in memory that sends everything unacknowledged again, as a real one does after a reconnection.

use super::*;
use crate::core::Setup;
use crate::line::Sheet;
use crate::mqtt::memory::MemoryBus;
use crate::mqtt::{AckToken, Keep};
use crate::reading::Trust;
use crate::spool::Limits;
use crate::uplink::LinkError;
use async_trait::async_trait;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use tracelight_api::Base64;
use tracelight_api::line::codec::{decode_ack, encode, encoding_of};
use tracelight_api::line::{LineOp, Reading, ReadingBody};
use tracelight_api::rest::line::{Manifest, ManifestStored};
use tracelight_client::keys::Signer;
use tracelight_domain::gs1::Serial;

const GTIN: &str = "09506000134352";
const EVT: &str = "tt/v1/o/s/l/d/evt";

#[derive(Default)]
struct FakeOffice {
    away: AtomicBool,
    /// How long it thinks about an answer, milliseconds.
    thinks_ms: AtomicU64,
    asked: AtomicU64,
}

#[async_trait]
impl Office for FakeOffice {
    async fn batch(&self, batch: &BatchId, line: &str) -> Result<Option<Sheet>, LinkError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(self.thinks_ms.load(Ordering::Relaxed))).await;
        if self.away.load(Ordering::Relaxed) {
            return Err(LinkError::Unreachable("no route".to_owned()));
        }
        let issued = (0..500).map(|i| Serial::parse(&format!("S{i}")).expect("a serial")).collect();
        let (batch, line) = (batch.clone(), line.to_owned());
        Ok(Some(Sheet { batch, secret: [1; 32], issued, expires_on: None, quota: 500, sealed: false, line }))
    }
    async fn store(&self, _manifest: &Manifest) -> Result<ManifestStored, LinkError> {
        Ok(ManifestStored { already: false, checked: true })
    }
}

/// A broker that takes no answers for a while: what the gateway says is lost.
struct Deaf(Arc<MemoryBus>);

#[async_trait]
impl Bus for Deaf {
    async fn subscribe(&self, filter: &str) -> Result<(), BusError> {
        self.0.subscribe(filter).await
    }
    async fn next(&self) -> Result<Message, BusError> {
        self.0.next().await
    }
    fn waiting(&self, max: usize) -> Vec<Message> {
        self.0.waiting(max)
    }
    async fn ack(&self, _token: AckToken) -> Result<(), BusError> {
        Err(BusError::Congested)
    }
    async fn publish(&self, _topic: &str, _payload: Vec<u8>, _keep: Keep) -> Result<(), BusError> {
        Err(BusError::Congested)
    }
    fn is_connected(&self) -> bool {
        false
    }
}

fn core(folder: &Path) -> Arc<Mutex<Core>> {
    let limits = Limits { segment_bytes_max: 1 << 16, total_bytes_max: 1 << 24 };
    let place = Place { org: "o".into(), site: "s".into(), line: "l".into(), device: "d".into() };
    let key = Signer::from_seed(&[4; 32]).public_key();
    let raw = Place { device: "raw".into(), ..place.clone() };
    let devices = BTreeMap::from([(place, Trust::Signed(tracelight_api::Text(key))), (raw, Trust::Broker)]);
    let setup = Setup { folder: folder.to_owned(), devices, spool: limits, quarantine: limits };
    Arc::new(Mutex::new(Core::open(setup).expect("opens").0))
}

fn intake(bus: Arc<dyn Bus>, core: Arc<Mutex<Core>>, office: Arc<dyn Office>) -> Intake {
    let place = Place { org: "o".into(), site: "s".into(), line: "l".into(), device: "raw".into() };
    let raw = RawScanners { stations: BTreeMap::from([(place, Station::Commission)]), voucher: Voucher::new([1; 8]) };
    Intake::new(bus, core, office, ("o", "gateway"), raw)
}

async fn next_group(intake: &mut Intake) -> Vec<Arrival> {
    let first = intake.first().await.expect("a message");
    intake.group(first).await
}

fn payload(seq: u64, op: LineOp) -> Vec<u8> {
    let body = ReadingBody { boot: "0123456789abcdef".into(), seq, ts_ms: 1, op };
    let body = serde_json::to_string(&body).expect("plain data");
    let sig = Base64(Signer::from_seed(&[4; 32]).sign_reading(body.as_bytes()).expect("in memory").to_vec());
    serde_json::to_vec(&Reading { body, sig }).expect("plain data")
}

fn open_batch(seq: u64) -> Vec<u8> {
    payload(seq, LineOp::open(GTIN, "L"))
}

fn commission(seq: u64) -> Vec<u8> {
    payload(seq, LineOp::Commission { raw: format!("(01){GTIN}(10)L(21)S{seq}") })
}

fn acks(bus: &MemoryBus) -> Vec<Ack> {
    let published = bus.take_published();
    let answers = published.iter().filter(|(topic, ..)| topic.ends_with("/ack"));
    answers.map(|(_, payload, _)| serde_json::from_slice(payload).expect("an answer")).collect()
}

#[tokio::test]
async fn an_end_between_the_disk_and_the_answer_loses_nothing_and_doubles_nothing() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let bus = Arc::new(MemoryBus::default());
    let office: Arc<dyn Office> = Arc::new(FakeOffice::default());
    bus.device_sends(EVT, open_batch(0));
    (1..50).for_each(|seq| bus.device_sends(EVT, commission(seq)));
    let deaf: Arc<dyn Bus> = Arc::new(Deaf(Arc::clone(&bus)));
    let mut first = intake(deaf, core(folder.path()), Arc::clone(&office));
    let group = next_group(&mut first).await;
    assert_eq!(group.len(), 50, "all that wait share one sync");
    // On disk and synced, but neither answer nor acknowledgement gets out: the program ends here.
    assert!(first.take(group).await.expect("a good disk").stored);
    drop(first);
    assert_eq!(bus.unacknowledged(), 50);

    bus.reconnect();
    let again = core(folder.path());
    let mut intake = intake(Arc::clone(&bus) as Arc<dyn Bus>, Arc::clone(&again), office);
    let group = next_group(&mut intake).await;
    intake.take(group).await.expect("a good disk");
    let answers = acks(&bus);
    assert_eq!(answers.len(), 50);
    assert!(answers.iter().all(|ack| ack.outcome == AckOutcome::AlreadyStored));
    assert!(answers.iter().all(|ack| ack.contiguous == Some(49)));
    assert_eq!(bus.unacknowledged(), 0, "acknowledged in the order of receipt");
    let state = lock(&again).line_states().into_values().next().expect("a line");
    assert_eq!((state.commissioned, state.waiting), (49, 50));
}

#[tokio::test]
async fn a_line_starts_without_the_server_only_on_a_batch_that_is_kept() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let bus = Arc::new(MemoryBus::default());
    let office = Arc::new(FakeOffice::default());
    office.away.store(true, Ordering::Relaxed);
    let core = core(folder.path());
    let mut intake = intake(Arc::clone(&bus) as Arc<dyn Bus>, core, Arc::clone(&office) as Arc<dyn Office>);
    let outcome = async |intake: &mut Intake, payload| {
        bus.device_sends(EVT, payload);
        let group = next_group(intake).await;
        intake.take(group).await.expect("a good disk");
        let ack = acks(&bus).pop().expect("an answer");
        (ack.outcome, ack.reason)
    };
    let unreachable = (AckOutcome::Refused, Some(LineReason::ServerUnreachable));
    assert_eq!(outcome(&mut intake, open_batch(0)).await, unreachable);
    office.away.store(false, Ordering::Relaxed);
    assert_eq!(outcome(&mut intake, open_batch(0)).await, (AckOutcome::Stored, None));
    assert_eq!(outcome(&mut intake, commission(1)).await, (AckOutcome::Stored, None));
}

#[tokio::test]
async fn a_batch_that_the_disk_does_not_take_refuses_its_opening_and_nothing_else() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let bus = Arc::new(MemoryBus::default());
    let core = core(folder.path());
    let office: Arc<dyn Office> = Arc::new(FakeOffice::default());
    let mut intake = intake(Arc::clone(&bus) as Arc<dyn Bus>, Arc::clone(&core), office);
    let sheets = folder.path().join("sheets");
    std::fs::remove_dir(&sheets).expect("an empty folder");
    bus.device_sends(EVT, open_batch(0));
    bus.device_sends("tt/v1/o/s/l/raw/raw", b"]d2smudge".to_vec());
    let group = next_group(&mut intake).await;
    intake.take(group).await.expect("the core goes on");
    let answers = acks(&bus);
    let found: Vec<_> = answers.iter().map(|ack| (ack.outcome, ack.reason)).collect();
    let refused = (AckOutcome::Refused, Some(LineReason::ServerUnreachable));
    assert_eq!(found, [refused, (AckOutcome::Quarantined, Some(LineReason::NoOpenBatch))]);
    assert!(answers[0].detail.as_ref().is_some_and(|detail| detail.contains("could not be kept")), "{answers:?}");
    std::fs::create_dir(&sheets).expect("room again");
    bus.device_sends(EVT, open_batch(0));
    let group = next_group(&mut intake).await;
    intake.take(group).await.expect("a good disk");
    assert_eq!(acks(&bus)[0].outcome, AckOutcome::Stored);
}

#[tokio::test]
async fn neither_the_broker_nor_terminals_fill_a_group_alone() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let bus = Arc::new(MemoryBus::default());
    let office: Arc<dyn Office> = Arc::new(FakeOffice::default());
    let (sender, readings) = mpsc::channel(GROUP_MAX);
    let intake = intake(Arc::clone(&bus) as Arc<dyn Bus>, core(folder.path()), office);
    let mut intake = intake.with_terminals(readings);
    for _ in 0..GROUP_MAX {
        bus.device_sends(EVT, commission(0));
        let source = Source::Terminal(oneshot::channel().0);
        sender.try_send(Arrival { topic: EVT.to_owned(), payload: commission(0), source }).expect("room");
    }
    let group = next_group(&mut intake).await;
    let of_terminals = group.iter().filter(|arrival| matches!(arrival.source, Source::Terminal(_))).count();
    let half = GROUP_MAX / 2;
    assert_eq!((of_terminals, group.len()), (half, GROUP_MAX));
}

#[tokio::test]
async fn readings_gather_while_they_follow_each_other_and_a_single_one_does_not_wait() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let bus = Arc::new(MemoryBus::default());
    let office: Arc<dyn Office> = Arc::new(FakeOffice::default());
    let mut intake = intake(Arc::clone(&bus) as Arc<dyn Bus>, core(folder.path()), office);
    // Readings that wait, then one that comes while a group gathers, if it does: how many are in the group.
    let mut group_of = async |answered: Option<Duration>, waiting: usize| {
        intake.answered = answered.map(|ago| Instant::now().checked_sub(ago).expect("after the start of the clock"));
        (0..waiting).for_each(|_| bus.device_sends(EVT, commission(0)));
        let (group, ()) = tokio::join!(next_group(&mut intake), async { bus.device_sends(EVT, commission(0)) });
        let late = bus.waiting(1).len();
        assert_eq!(group.len() + late, waiting + 1);
        group.len()
    };
    assert_eq!(group_of(None, 1).await, 1, "nothing came before it");
    assert_eq!(group_of(Some(Duration::ZERO), 1).await, 2, "the one that comes meanwhile shares its sync");
    assert_eq!(group_of(Some(Duration::ZERO), GROUP_MIN).await, GROUP_MIN, "enough wait already");
    assert_eq!(group_of(Some(BUSY), 1).await, 1, "the last is long ago");
}

#[tokio::test]
async fn a_server_that_thinks_keeps_nobody_waiting_and_is_asked_once() {
    const RAW: &str = "tt/v1/o/s/l/raw/raw";
    const THINKS_MS: u64 = 2_000;
    let folder = tempfile::tempdir().expect("a scratch folder");
    let bus = Arc::new(MemoryBus::default());
    let office = Arc::new(FakeOffice::default());
    office.thinks_ms.store(THINKS_MS, Ordering::Relaxed);
    let core = core(folder.path());
    let mut intake = intake(Arc::clone(&bus) as Arc<dyn Bus>, core, Arc::clone(&office) as Arc<dyn Office>);
    let mut refused = 0;
    for _ in 0..100 {
        bus.device_sends(EVT, open_batch(0));
        bus.device_sends(RAW, b"]d2smudge".to_vec());
        let asked = Instant::now();
        let group = next_group(&mut intake).await;
        intake.take(group).await.expect("a good disk");
        let waited = asked.elapsed();
        assert!(waited < Duration::from_millis(THINKS_MS / 2), "a bad read waited {waited:?} for the server");
        let answers = acks(&bus);
        assert_eq!(answers[1].outcome, AckOutcome::Quarantined, "{answers:?}");
        if answers[0].outcome == AckOutcome::Stored {
            break;
        }
        assert_eq!(answers[0].reason, Some(LineReason::ServerUnreachable), "{answers:?}");
        refused += 1;
    }
    assert!((1..100).contains(&refused), "refused {refused} times, then stored");
    assert_eq!(office.asked.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn the_state_of_a_line_is_published_retained_when_it_changes_and_only_then() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let bus = Arc::new(MemoryBus::default());
    let office: Arc<dyn Office> = Arc::new(FakeOffice::default());
    let mut intake = intake(Arc::clone(&bus) as Arc<dyn Bus>, core(folder.path()), office);
    intake.show_states().await;
    intake.show_states().await;
    let published = bus.take_published();
    let [(topic, payload, keep)] = published.as_slice() else { panic!("one message: {published:?}") };
    assert_eq!((topic.as_str(), *keep), ("tt/v1/o/s/l/gateway/state", Keep::Retained));
    let state: LineState = serde_json::from_slice(payload).expect("a state");
    assert_eq!((state.gtin, state.waiting), (None, 0));
}

#[tokio::test]
async fn a_bare_code_counts_as_its_station_says_and_is_answered_like_a_reading() {
    const RAW: &str = "tt/v1/o/s/l/raw/raw";
    let folder = tempfile::tempdir().expect("a scratch folder");
    let bus = Arc::new(MemoryBus::default());
    let core = core(folder.path());
    let office: Arc<dyn Office> = Arc::new(FakeOffice::default());
    let mut intake = intake(Arc::clone(&bus) as Arc<dyn Bus>, Arc::clone(&core), office);
    bus.device_sends(EVT, open_batch(0));
    let code = |i: u32| format!("]d201{GTIN}10L\u{1d}21S{i}").into_bytes();
    for payload in [code(1), code(2), code(1), b"smudge \xff".to_vec(), vec![b'x'; 20_000], code(3)] {
        bus.device_sends(RAW, payload);
    }
    // Nobody has configured a scanner here.
    bus.device_sends("tt/v1/o/s/l/other/raw", code(4));
    let group = next_group(&mut intake).await;
    intake.take(group).await.expect("a good disk");
    let published = bus.take_published();
    let to = |topic: &str| published.iter().filter(|(at, ..)| at == topic).count();
    assert_eq!((to("tt/v1/o/s/l/raw/ack"), to("tt/v1/o/s/l/other/ack")), (6, 1));
    let answers: Vec<Ack> = published
        .iter()
        .filter(|(topic, ..)| topic == "tt/v1/o/s/l/raw/ack")
        .map(|(_, payload, _)| serde_json::from_slice(payload).expect("an answer"))
        .collect();
    let found: Vec<_> = answers.iter().map(|ack| (ack.reason, ack.seq)).collect();
    use LineReason::{BadRead, Duplicate, Malformed};
    let expected = [
        (None, Some(0)),
        (None, Some(1)),
        (Some(Duplicate), Some(2)),
        (Some(BadRead), Some(3)),
        (Some(Malformed), None),
        (None, Some(4)),
    ];
    assert_eq!(found, expected);
    assert!(answers.iter().filter(|ack| ack.reason.is_some()).all(|ack| ack.way_out.is_some()));
    assert_eq!(lock(&core).line_states().into_values().next().expect("a line").commissioned, 3);
}

#[tokio::test]
async fn an_answer_comes_in_the_form_of_its_reading() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let bus = Arc::new(MemoryBus::default());
    let office: Arc<dyn Office> = Arc::new(FakeOffice::default());
    let mut intake = intake(Arc::clone(&bus) as Arc<dyn Bus>, core(folder.path()), office);
    let key = Signer::from_seed(&[4; 32]);
    let body = |seq, op| ReadingBody { boot: "0123456789abcdef".into(), seq, ts_ms: 1, op };
    let sign = |bytes: &[u8]| key.sign_reading(bytes).expect("in memory").to_vec();
    let cbor = |body: &ReadingBody| encode(Encoding::Cbor, body, sign).expect("fits");
    bus.device_sends(EVT, cbor(&body(0, LineOp::open(GTIN, "L"))));
    bus.device_sends(EVT, commission(1));
    // The same reading, once in each form, is not the same bytes: the signature covers them.
    let again = body(1, LineOp::Commission { raw: format!("(01){GTIN}(10)L(21)S1") });
    bus.device_sends(EVT, cbor(&again));
    let group = next_group(&mut intake).await;
    intake.take(group).await.expect("a good disk");
    let published = bus.take_published();
    let answers: Vec<_> =
        published.iter().filter(|(topic, ..)| topic.ends_with("/ack")).map(|(_, bytes, _)| bytes).collect();
    let forms: Vec<_> = answers.iter().map(|bytes| encoding_of(bytes)).collect();
    assert_eq!(forms, [Encoding::Cbor, Encoding::Json, Encoding::Cbor]);
    let outcomes: Vec<_> = answers.iter().map(|bytes| decode_ack(bytes).expect("an answer").outcome).collect();
    assert_eq!(outcomes, [AckOutcome::Stored, AckOutcome::Stored, AckOutcome::Quarantined]);
}

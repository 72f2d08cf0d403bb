//! Intake over a broker in memory that sends everything unacknowledged again, as a real one does after a reconnection.

use super::*;
use crate::core::Setup;
use crate::line::Sheet;
use crate::mqtt::memory::MemoryBus;
use crate::mqtt::{AckToken, Keep};
use crate::spool::Limits;
use async_trait::async_trait;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use tracelight_api::Base64;
use tracelight_api::line::{LineOp, Reading, ReadingBody};
use tracelight_api::rest::line::{Manifest, ManifestStored};
use tracelight_client::keys::SigningKeyFile;
use tracelight_domain::gs1::Serial;

const GTIN: &str = "09506000134352";
const EVT: &str = "tt/v1/o/s/l/d/evt";

#[derive(Default)]
struct FakeOffice {
    away: AtomicBool,
}

#[async_trait]
impl Office for FakeOffice {
    async fn batch(&self, batch: &BatchId) -> Result<Option<Sheet>, LinkError> {
        if self.away.load(Ordering::Relaxed) {
            return Err(LinkError::Unreachable("no route".to_owned()));
        }
        let issued = (0..500).map(|i| Serial::parse(&format!("S{i}")).expect("a serial")).collect();
        Ok(Some(Sheet { batch: batch.clone(), secret: [1; 32], issued, quota: 500, sealed: false }))
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
    let key = SigningKeyFile::from_seed(&[4; 32]).public_key();
    let devices = BTreeMap::from([(place, tracelight_api::Text(key))]);
    let setup = Setup { folder: folder.to_owned(), devices, spool: limits, quarantine: limits };
    Arc::new(Mutex::new(Core::open(setup).expect("opens").0))
}

fn payload(seq: u64, op: LineOp) -> Vec<u8> {
    let body = ReadingBody { boot: "0123456789abcdef".into(), seq, ts_ms: 1, op };
    let body = serde_json::to_string(&body).expect("plain data");
    let sig = Base64(SigningKeyFile::from_seed(&[4; 32]).sign_reading(body.as_bytes()).to_vec());
    serde_json::to_vec(&Reading { body, sig }).expect("plain data")
}

fn open_batch(seq: u64) -> Vec<u8> {
    payload(seq, LineOp::OpenBatch { gtin: GTIN.into(), lot: "L".into() })
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
    let mut intake = Intake::new(deaf, core(folder.path()), Arc::clone(&office), "o", "gateway");
    let group = intake.group().await.expect("messages");
    assert_eq!(group.len(), 50, "all that wait share one sync");
    // On disk and synced, but neither answer nor acknowledgement gets out: the program ends here.
    assert!(intake.take(group).await.expect("a good disk").stored);
    drop(intake);
    assert_eq!(bus.unacknowledged(), 50);

    bus.reconnect();
    let again = core(folder.path());
    let mut intake = Intake::new(Arc::clone(&bus) as Arc<dyn Bus>, Arc::clone(&again), office, "o", "gateway");
    let group = intake.group().await.expect("messages");
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
    let mut intake =
        Intake::new(Arc::clone(&bus) as Arc<dyn Bus>, core, Arc::clone(&office) as Arc<dyn Office>, "o", "gateway");
    let outcome = async |intake: &mut Intake, payload| {
        bus.device_sends(EVT, payload);
        let group = intake.group().await.expect("a message");
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
async fn the_state_of_a_line_is_published_retained_when_it_changes_and_only_then() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let bus = Arc::new(MemoryBus::default());
    let office: Arc<dyn Office> = Arc::new(FakeOffice::default());
    let mut intake = Intake::new(Arc::clone(&bus) as Arc<dyn Bus>, core(folder.path()), office, "o", "gateway");
    intake.show_states().await;
    intake.show_states().await;
    let published = bus.take_published();
    let [(topic, payload, keep)] = published.as_slice() else { panic!("one message: {published:?}") };
    assert_eq!((topic.as_str(), *keep), ("tt/v1/o/s/l/gateway/state", Keep::Retained));
    let state: LineState = serde_json::from_slice(payload).expect("a state");
    assert_eq!((state.gtin, state.waiting), (None, 0));
}

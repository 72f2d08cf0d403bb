//! A device that loses nothing: keeps what is not answered, sends it again, and counts the answers.

use super::script::Expect;
use super::{Summary, expectation};
use anyhow::Context as _;
use std::collections::VecDeque;
use std::num::NonZeroU64;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::time::{sleep, timeout};
use tracelight_api::line::codec::{Encoding, decode_ack, encode};
use tracelight_api::line::{Ack, AckOutcome, LineOp, LineReason, ReadingBody};
use tracelight_client::keys::Signer;
use tracelight_domain::gs1::scan::parse_scan;
use tracelight_mqtt::topic::Place;
use tracelight_mqtt::{Bus, Keep};

/// Readings on the way.
const WINDOW: usize = 64;
/// After so long without an answer everything on the way is sent again.
const SILENCE: Duration = Duration::from_secs(3);
/// Pause before what was refused is sent again.
const REFUSED_PAUSE: Duration = Duration::from_millis(300);
const UNEXPECTED_MAX: usize = 10;

/// The device's clock.
fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

struct Sent {
    seq: u64,
    op: LineOp,
    expect: Expect,
    payload: Vec<u8>,
}

type Probe = (AckOutcome, Option<LineReason>);

/// How a device sends.
#[derive(Clone, Copy, Debug)]
pub(super) struct How {
    pub(super) encoding: Encoding,
    /// Every so many readings one is published twice.
    pub(super) duplicate_every: Option<NonZeroU64>,
}

pub(super) struct Scanner {
    bus: Arc<dyn Bus>,
    place: Place,
    key: Option<Signer>,
    how: How,
    boot: String,
    next: u64,
    waiting: VecDeque<Sent>,
    last: Option<Vec<u8>>,
    summary: Summary,
}

impl Scanner {
    pub(super) async fn start(bus: Arc<dyn Bus>, place: Place, key: Option<Signer>, how: How) -> anyhow::Result<Self> {
        let mut boot = [0; 8];
        getrandom::fill(&mut boot).map_err(|error| anyhow::anyhow!("no random bytes: {error}"))?;
        let boot = hex::encode(boot);
        bus.subscribe(&place.topic("ack")).await?;
        bus.publish(&place.topic("state"), br#"{"online":true}"#.to_vec(), Keep::Retained).await?;
        let summary = Summary { line: "ok".to_owned(), boot: boot.clone(), ..Summary::default() };
        Ok(Self { bus, place, key, how, boot, next: 0, waiting: VecDeque::new(), last: None, summary })
    }

    pub(super) const fn next_seq(&self) -> u64 {
        self.next
    }

    pub(super) fn last_payload(&self) -> Option<Vec<u8>> {
        self.last.clone()
    }

    pub(super) fn standing(&self) -> String {
        format!("{} readings sent, {} without an answer", self.next, self.waiting.len())
    }

    /// A reading of this device in bytes.
    pub(super) fn payload(&self, seq: u64, op: &LineOp) -> anyhow::Result<Vec<u8>> {
        self.signed(seq, op, |_| {})
    }

    /// The same with a signature that is not the device's.
    pub(super) fn forged(&self, seq: u64, op: &LineOp) -> anyhow::Result<Vec<u8>> {
        self.signed(seq, op, |signature| signature.iter_mut().take(1).for_each(|byte| *byte ^= 1))
    }

    pub(super) const fn signs(&self) -> bool {
        self.key.is_some()
    }

    /// A reading under the device's signature, changed as told; without one, if the device has no key.
    fn signed(&self, seq: u64, op: &LineOp, change: impl FnOnce(&mut Vec<u8>)) -> anyhow::Result<Vec<u8>> {
        let mut fault = None;
        let sign = |bytes: &[u8]| {
            let mut signature = match self.key.as_ref().map(|key| key.sign_reading(bytes)) {
                Some(Ok(signature)) => signature.to_vec(),
                Some(Err(error)) => {
                    fault = Some(error);
                    Vec::new()
                }
                None => Vec::new(),
            };
            change(&mut signature);
            signature
        };
        let payload = encode(self.how.encoding, &self.body(seq, op), sign)?;
        match fault {
            Some(error) => Err(error).context("the device's key does not sign"),
            None => Ok(payload),
        }
    }

    fn body(&self, seq: u64, op: &LineOp) -> ReadingBody {
        ReadingBody { boot: self.boot.clone(), seq, ts_ms: now_ms(), op: op.clone() }
    }

    /// Sends a reading in its turn; waits while too many are on the way.
    pub(super) async fn send(&mut self, op: LineOp, expect: Expect) -> anyhow::Result<()> {
        while self.waiting.len() >= WINDOW {
            self.step().await?;
        }
        let payload = self.payload(self.next, &op)?;
        self.publish(payload.clone()).await;
        if self.how.duplicate_every.is_some_and(|every| (self.next + 1).is_multiple_of(every.get())) {
            self.publish(payload.clone()).await;
            self.summary.published_twice += 1;
        }
        self.waiting.push_back(Sent { seq: self.next, op, expect, payload });
        self.next += 1;
        self.summary.readings += 1;
        Ok(())
    }

    /// Waits until everything is answered.
    pub(super) async fn settle(&mut self) -> anyhow::Result<()> {
        while !self.waiting.is_empty() {
            self.step().await?;
        }
        Ok(())
    }

    /// Sends something odd by itself and waits for its answer.
    /// `seq` is the number that its answer will name.
    pub(super) async fn probe(&mut self, payload: Vec<u8>, seq: Option<u64>, expected: Probe) -> anyhow::Result<()> {
        self.settle().await?;
        self.publish(payload.clone()).await;
        loop {
            let Some(ack) = self.answer().await? else {
                self.publish(payload.clone()).await;
                continue;
            };
            // Late answers to what was sent twice, and those of an earlier run that the broker kept.
            let ours = ack.seq == seq && (seq.is_none() || ack.boot == self.boot);
            let late = ack.outcome == AckOutcome::AlreadyStored && expected.0 != AckOutcome::AlreadyStored;
            if !ours || late {
                continue;
            }
            if ack.reason == Some(LineReason::SpoolFull) {
                sleep(REFUSED_PAUSE).await;
                self.publish(payload.clone()).await;
                continue;
            }
            self.compare(&ack, expected, "probe");
            return Ok(());
        }
    }

    pub(super) fn summary(self) -> Summary {
        let line = if self.summary.unexpected.is_empty() { "ok" } else { "not ok" };
        Summary { line: line.to_owned(), ..self.summary }
    }

    async fn publish(&self, payload: Vec<u8>) {
        // What is not sent is not answered, and is sent again.
        let _ = self.bus.publish(&self.place.topic("evt"), payload, Keep::No).await;
    }

    /// The next answer; `None` after a silence.
    async fn answer(&self) -> anyhow::Result<Option<Ack>> {
        let Ok(message) = timeout(SILENCE, self.bus.next()).await else { return Ok(None) };
        let message = message?;
        self.bus.ack(message.token).await?;
        decode_ack(&message.payload).map(Some).context("an answer is no answer")
    }

    async fn step(&mut self) -> anyhow::Result<()> {
        let Some(ack) = self.answer().await? else { return self.send_again().await };
        if ack.boot != self.boot {
            return Ok(());
        }
        let Some(first) = self.waiting.front() else { return Ok(()) };
        if ack.outcome == AckOutcome::Refused {
            // Those behind the first are refused because of it.
            if ack.seq == Some(first.seq) {
                self.count(&ack);
                sleep(REFUSED_PAUSE).await;
                return self.send_again().await;
            }
            return Ok(());
        }
        if ack.seq != Some(first.seq) {
            return Ok(());
        }
        if let Some(sent) = self.waiting.pop_front() {
            let name = format!("{} {:?}", sent.seq, sent.op);
            // Sent twice because the answer was late: the first answer is lost, and said as much.
            if ack.outcome == AckOutcome::AlreadyStored {
                self.count(&ack);
            } else {
                self.compare(&ack, expectation(sent.expect), &name);
            }
            self.note(&sent);
            self.last = Some(sent.payload);
        }
        Ok(())
    }

    async fn send_again(&mut self) -> anyhow::Result<()> {
        for sent in &self.waiting {
            self.publish(sent.payload.clone()).await;
        }
        Ok(())
    }

    fn note(&mut self, sent: &Sent) {
        if sent.expect != Expect::Stored {
            return;
        }
        let sscc =
            |raw: &str| parse_scan(raw.as_bytes()).ok().and_then(|scan| scan.sscc()).map(|sscc| sscc.to_string());
        match &sent.op {
            LineOp::Commission { raw } => {
                self.summary.commissioned += 1;
                let unit = parse_scan(raw.as_bytes()).ok().and_then(|scan| scan.unit().ok());
                self.summary.serials.extend(unit.map(|unit| unit.serial.to_string()));
            }
            LineOp::CloseCase { raw, .. } => self.summary.cases.extend(sscc(raw)),
            LineOp::ClosePallet { raw, .. } => self.summary.pallets.extend(sscc(raw)),
            _ => {}
        }
    }

    fn compare(&mut self, ack: &Ack, expected: Probe, name: &str) {
        self.count(ack);
        if (ack.outcome, ack.reason) != expected && self.summary.unexpected.len() < UNEXPECTED_MAX {
            let detail = ack.detail.as_deref().unwrap_or_default();
            let found = format!("{name}: {:?} {:?} ({detail}), expected {expected:?}", ack.outcome, ack.reason);
            self.summary.unexpected.push(found);
        }
    }

    fn count(&mut self, ack: &Ack) {
        let word = |value: serde_json::Result<serde_json::Value>| {
            value.ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
        };
        let mut name = word(serde_json::to_value(ack.outcome));
        if let Some(reason) = ack.reason {
            name = format!("{name}.{}", word(serde_json::to_value(reason)));
        }
        *self.summary.acks.entry(name).or_default() += 1;
    }
}

//! A packaging line to try a gateway with: plays a script over MQTT as a real scanner would (`tracelight simulate-line`).
//!
//! It keeps every reading until its answer covers it, sends again what was refused or not answered, and compares each
//! answer with what the script expects. With `faults = true` the script also holds a bad read, foreign codes, duplicates, a
//! pack that was never commissioned, a payload that is none, a bad signature, a sequence gap, a repetition and a conflict.

mod scanner;
mod script;

pub use script::Script;

use anyhow::Context as _;
use scanner::{How, Scanner};
use script::{Expect, codes, foreign_code, steps};
use serde::Serialize;
use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use tracelight_api::line::codec::Encoding;
use tracelight_api::line::{AckOutcome, LineOp, LineReason};
use tracelight_client::keys::Signer;
use tracelight_mqtt::{Bus, MqttConfig, Rumqtt, Session, broker_address};

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// `ok`, or `not ok` when some answer was not the expected one.
    pub line: String,
    /// Boot id of this run.
    pub boot: String,
    /// Readings sent, repetitions not counted.
    pub readings: u64,
    /// Of them, so many went out twice on purpose.
    pub published_twice: u64,
    /// Answers by outcome; quarantined and refused ones by reason behind a dot.
    pub acks: BTreeMap<String, u64>,
    /// Packs commissioned.
    pub commissioned: u64,
    /// Their serials, in order.
    pub serials: Vec<String>,
    /// Cases closed.
    pub cases: Vec<String>,
    /// Pallets closed.
    pub pallets: Vec<String>,
    /// Answers that were not the expected ones, at most ten.
    pub unexpected: Vec<String>,
}

/// A line that is ready to be played: its script, and what that names, read. Only the files of a TLS connection are read when
/// it connects.
pub struct Line {
    script: Script,
    steps: Vec<(LineOp, Expect)>,
    key: Option<Signer>,
    connection: MqttConfig,
}

impl Line {
    /// Reads labels, key and password, and lays the readings out.
    ///
    /// # Errors
    /// Names the field of the script whose file cannot be read, or whose number does not fit.
    pub fn prepare(script: Script) -> anyhow::Result<Self> {
        let steps = steps(&script, &codes(&script)?)?;
        let key = script.key_file.as_deref().map(Signer::read).transpose().context("key_file")?;
        let (host, port) = broker_address(&script.broker).context("broker: expected mqtt://host:port")?;
        let login = match (&script.username, &script.password_file) {
            (Some(user), Some(path)) => {
                Some((user.clone(), std::fs::read_to_string(path).context("password_file")?.trim_end().to_owned()))
            }
            _ => None,
        };
        let place = script.place();
        let state = place.topic("state");
        let connection = MqttConfig {
            host,
            port,
            client_id: format!("line-{}-{}-{}", place.site, place.line, place.device),
            login,
            tls: script.tls(),
            session: Session::Persistent,
            will: Some(Arc::new(move || (state.clone(), br#"{"online":false}"#.to_vec()))),
        };
        Ok(Self { script, steps, key, connection })
    }

    /// Plays it to its end and waits for all answers. With `duplicate_every` one of so many readings is published twice.
    ///
    /// # Errors
    /// When it cannot connect, or answers do not come within the script's time.
    pub async fn play(self, duplicate_every: Option<NonZeroU64>) -> anyhow::Result<Summary> {
        let Self { script, steps, key, connection } = self;
        let encoding = if script.cbor { Encoding::Cbor } else { Encoding::Json };
        let how = How { encoding, duplicate_every };
        let bus: Arc<dyn Bus> = Arc::new(Rumqtt::start(&connection).context("broker")?);
        let mut scanner = Scanner::start(bus, script.place(), key, how).await?;
        let all = timeout(Duration::from_secs(script.timeout_s), play_steps(&script, steps, &mut scanner)).await;
        all.with_context(|| format!("not all answers came within {} s; {}", script.timeout_s, scanner.standing()))??;
        Ok(scanner.summary())
    }
}

async fn play_steps(script: &Script, steps: Vec<(LineOp, Expect)>, scanner: &mut Scanner) -> anyhow::Result<()> {
    if script.faults {
        strangers(scanner).await?;
    }
    for (op, expect) in steps {
        scanner.send(op, expect).await?;
    }
    scanner.settle().await?;
    if script.faults {
        numbers(script, scanner).await?;
    }
    Ok(())
}

/// Payloads that are no reading of this device.
async fn strangers(scanner: &mut Scanner) -> anyhow::Result<()> {
    use AckOutcome::Quarantined;
    scanner.probe(b"no reading".to_vec(), None, (Quarantined, Some(LineReason::Malformed))).await?;
    if !scanner.signs() {
        return Ok(());
    }
    let seq = 1 << 40;
    let forged = scanner.forged(seq, &LineOp::close_batch())?;
    let expected = (Quarantined, Some(LineReason::BadSignature));
    scanner.probe(forged, Some(seq), expected).await
}

/// Numbers that are out of turn.
async fn numbers(script: &Script, scanner: &mut Scanner) -> anyhow::Result<()> {
    let op = LineOp::Commission { raw: foreign_code(script) };
    let (ahead, last) = (scanner.next_seq() + 7, scanner.next_seq() - 1);
    let gap = scanner.payload(ahead, &op)?;
    scanner.probe(gap, Some(ahead), (AckOutcome::Refused, Some(LineReason::SequenceGap))).await?;
    let again = scanner.last_payload().context("something was sent")?;
    scanner.probe(again, Some(last), (AckOutcome::AlreadyStored, None)).await?;
    let conflict = scanner.payload(last, &op)?;
    scanner.probe(conflict, Some(last), (AckOutcome::Quarantined, Some(LineReason::Conflict))).await
}

/// An expectation of one answer.
pub(crate) fn expectation(expect: Expect) -> (AckOutcome, Option<LineReason>) {
    match expect {
        Expect::Stored => (AckOutcome::Stored, None),
        Expect::Quarantined(reason) => (AckOutcome::Quarantined, Some(reason)),
    }
}

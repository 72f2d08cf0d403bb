//! From the broker and the terminals to the core and back: takes readings in groups, has them written, synced once, and
//! answered in order. A reading goes the same way whichever side it came from; only its answer goes back where it came from.

mod lookups;

use crate::core::{Core, CoreError, Incoming, Lookup};
use crate::mqtt::{AckToken, Bus, BusError, Keep, Message};
use crate::reading::Way;
use crate::topic::{self, LineKey, Place};
use crate::uplink::{Office, lock};
use crate::vouch::{Station, Voucher};
use lookups::Lookups;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use thiserror::Error;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use tracelight_api::line::codec::{self, Encoding};
use tracelight_api::line::{Ack, AckOutcome, LineReason, LineState};
use tracelight_domain::ids::BatchId;
use tracing::{debug, info, warn};

/// Readings that share one fsync.
const GROUP_MAX: usize = 256;
/// While readings follow each other within [`BUSY`], a group that is small is given so long to grow: one sync for all of them costs
/// little more than one for each. Of the 200 ms in which a line is stopped it takes few; a single reading does not wait at all.
const GATHER: Duration = Duration::from_millis(10);
const GROUP_MIN: usize = 64;
const BUSY: Duration = Duration::from_millis(20);

/// Why intake ended, of readings or of what Sparkplug's devices say.
#[derive(Debug, Error)]
pub enum IntakeError {
    /// The disk: everything has to be opened again.
    #[error(transparent)]
    Core(#[from] CoreError),
    /// The broker's client is gone.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// The operating system gives no random bytes.
    #[error("no random bytes: {0}")]
    Random(String),
}

/// Was there room for what came?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// A reading was stored.
    pub stored: bool,
    /// A reading was refused for want of room.
    pub no_room: bool,
}

/// A reading that came.
#[derive(Debug)]
pub struct Arrival {
    /// The topic it came on, or would have come on.
    pub topic: String,
    /// Its bytes.
    pub payload: Vec<u8>,
    /// Who waits for its answer.
    pub source: Source,
}

/// Who waits for an answer.
#[derive(Debug)]
pub enum Source {
    /// The broker, and behind it a device.
    Broker(AckToken),
    /// A call of a terminal, which has shown the device's token.
    Terminal(oneshot::Sender<Ack>),
}

impl Source {
    const fn way(&self) -> Way {
        match self {
            Self::Broker(_) => Way::Broker,
            Self::Terminal(_) => Way::Terminal,
        }
    }
}

impl From<Message> for Arrival {
    fn from(Message { topic, payload, token, .. }: Message) -> Self {
        Self { topic, payload, source: Source::Broker(token) }
    }
}

/// An answer that waits for the sync.
struct Answer {
    topic: String,
    source: Source,
    /// As the reading came.
    encoding: Encoding,
    ack: Ack,
}

/// Takes readings.
pub struct Intake {
    bus: Arc<dyn Bus>,
    core: Arc<Mutex<Core>>,
    lookups: Lookups,
    /// Device level of the topics on which line states are published.
    org: String,
    gateway: String,
    shown: BTreeMap<LineKey, LineState>,
    raw: RawScanners,
    terminals: Option<mpsc::Receiver<Arrival>>,
    /// When the last group was answered.
    answered: Option<Instant>,
}

/// Scanners that publish bare codes.
pub struct RawScanners {
    /// What a code from each means.
    pub stations: BTreeMap<Place, Station>,
    /// Signs for them.
    pub voucher: Voucher,
}

impl Intake {
    /// For the lines of one organisation.
    pub fn new(
        bus: Arc<dyn Bus>,
        core: Arc<Mutex<Core>>,
        office: Arc<dyn Office>,
        (org, gateway): (&str, &str),
        raw: RawScanners,
    ) -> Self {
        let (lookups, shown) = (Lookups::new(office), BTreeMap::new());
        let (org, gateway) = (org.to_owned(), gateway.to_owned());
        Self { bus, core, lookups, org, gateway, shown, raw, terminals: None, answered: None }
    }

    /// Takes what terminals send, too.
    #[must_use]
    pub fn with_terminals(self, terminals: mpsc::Receiver<Arrival>) -> Self {
        Self { terminals: Some(terminals), ..self }
    }

    /// Waits for a reading. Giving the wait up loses none.
    ///
    /// # Errors
    /// [`BusError::Closed`].
    pub async fn first(&mut self) -> Result<Arrival, BusError> {
        let Some(terminals) = &mut self.terminals else { return self.bus.next().await.map(Arrival::from) };
        tokio::select! {
            message = self.bus.next() => message.map(Arrival::from),
            Some(arrival) = terminals.recv() => Ok(arrival),
        }
    }

    /// A reading with all that wait behind it, each kind in the order in which it came, of the broker and of terminals at most
    /// half of [`GROUP_MAX`] each, so that neither keeps the other waiting. What it holds has to be taken: until it has an answer
    /// no later message can be acknowledged, until the connection breaks.
    pub async fn group(&mut self, first: Arrival) -> Vec<Arrival> {
        let mut group = vec![first];
        self.gather(&mut group);
        if group.len() < GROUP_MIN && self.answered.is_some_and(|then| then.elapsed() < BUSY) {
            self.bus.gather(GATHER).await;
            self.gather(&mut group);
        }
        group
    }

    fn gather(&mut self, group: &mut Vec<Arrival>) {
        let of_broker = group.iter().filter(|arrival| arrival.source.way() == Way::Broker).count();
        let of_terminals = group.len() - of_broker;
        let part_max = if self.terminals.is_some() { GROUP_MAX / 2 } else { GROUP_MAX };
        let room = part_max.saturating_sub(of_broker);
        group.extend(self.bus.waiting(room).into_iter().map(Arrival::from));
        if let Some(terminals) = &mut self.terminals {
            let room = part_max.saturating_sub(of_terminals);
            group.extend(std::iter::from_fn(|| terminals.try_recv().ok()).take(room));
        }
    }

    /// Handles a group: every reading is on disk, or refused, before its answer leaves.
    ///
    /// # Errors
    /// [`IntakeError`]: nothing more may be answered, and everything has to be opened again.
    pub async fn take(&mut self, group: Vec<Arrival>) -> Result<Taken, IntakeError> {
        let mut answers = Vec::with_capacity(group.len());
        let mut taken = Taken::default();
        let mut patience: Option<Instant> = None;
        let mut salts = vec![[0; 16]; group.len()];
        getrandom::fill(salts.as_flattened_mut()).map_err(|error| IntakeError::Random(error.to_string()))?;
        for (Arrival { topic, payload, source }, salt) in group.into_iter().zip(salts) {
            let way = source.way();
            // A terminal's topic is an event's, never a raw scanner's.
            let place = Place::of_raw(&topic).filter(|place| self.raw.stations.contains_key(place));
            let incoming = match &place {
                None => Incoming { topic, payload, way, received_ms: now_ms(), salt },
                Some(place) => self.vouched(place, payload, salt),
            };
            let wanted = lock(&self.core).wants(&incoming);
            let lookup = match wanted {
                None => Lookup::Kept,
                Some((batch, line)) => {
                    // Nobody before this reading has to wait for the server.
                    self.answer(&mut answers).await?;
                    let until = *patience.get_or_insert_with(Lookups::patience);
                    self.look_up(&batch, &line, until).await?
                }
            };
            let ack = lock(&self.core).handle(&incoming, &lookup)?;
            taken.stored |= ack.outcome == AckOutcome::Stored;
            taken.no_room |= ack.reason == Some(LineReason::SpoolFull);
            if let Some(place) = &place {
                self.raw.voucher.answered(place, &ack);
            }
            let encoding = codec::encoding_of(&incoming.payload);
            answers.push(Answer { topic: incoming.topic, source, encoding, ack });
        }
        self.answer(&mut answers).await?;
        self.answered = Some(Instant::now());
        self.show_states().await;
        Ok(taken)
    }

    /// The reading that a bare code is. One that is longer than a reading may be stays what it was, and is malformed.
    fn vouched(&self, place: &Place, payload: Vec<u8>, salt: [u8; 16]) -> Incoming {
        let now_ms = now_ms();
        let code = String::from_utf8_lossy(&payload).into_owned();
        let op = self.raw.stations.get(place).map(|station| station.op(code));
        op.and_then(|op| self.raw.voucher.reading(place, op, now_ms, salt).ok()).unwrap_or_else(|| Incoming {
            topic: place.topic("evt"),
            payload,
            way: Way::Broker,
            received_ms: now_ms,
            salt,
        })
    }

    async fn look_up(&mut self, batch: &BatchId, line: &LineKey, until: Instant) -> Result<Lookup, IntakeError> {
        match self.lookups.ask(batch, line, until).await {
            None => Ok(Lookup::Asked),
            Some(Ok(Some(sheet))) => {
                // A disk that has no room for a batch has to go on for those that are open.
                if let Err(why) = lock(&self.core).keep_sheet(&sheet) {
                    warn!(batch.id = %batch, "Batch {batch} came from the server and could not be kept: {why}");
                    return Ok(Lookup::NotKept(why.to_string()));
                }
                info!(batch.id = %batch, issued = sheet.issued.len(), "Batch {batch} came from the server");
                Ok(Lookup::Kept)
            }
            Some(Ok(None)) => Ok(Lookup::Unknown),
            Some(Err(why)) => {
                warn!(batch.id = %batch, "Batch {batch} could not be had from the server: {why}");
                Ok(Lookup::Unreachable(why.to_string()))
            }
        }
    }

    /// Syncs the disk, then answers, then acknowledges to the broker where it came from there, in order of receipt.
    async fn answer(&self, answers: &mut Vec<Answer>) -> Result<(), IntakeError> {
        if answers.is_empty() {
            return Ok(());
        }
        lock(&self.core).sync()?;
        for Answer { topic, source, encoding, ack } in answers.drain(..) {
            let token = match source {
                Source::Broker(token) => token,
                Source::Terminal(reply) => {
                    log(&topic, &ack);
                    // A terminal that has gone away keeps the reading, and learns when it sends again that it is stored.
                    let _ = reply.send(ack);
                    continue;
                }
            };
            if let (Some(reply), Ok(payload)) = (topic::ack_topic(&topic), codec::encode_ack(encoding, &ack)) {
                log(&topic, &ack);
                // A lost answer is no lost reading: the device sends again and learns that it is stored.
                if let Err(why) = self.bus.publish(&reply, payload, Keep::No).await {
                    warn!(topic = reply, "An answer could not be sent: {why}");
                }
            }
            if let Err(why) = self.bus.ack(token).await {
                debug!("A message stays unacknowledged and will come again: {why}");
            }
        }
        Ok(())
    }

    /// Publishes the state of every line whose state has changed.
    pub async fn show_states(&mut self) {
        let states = lock(&self.core).line_states();
        for (key, state) in states {
            if self.shown.get(&key) == Some(&state) {
                continue;
            }
            let place = Place {
                org: self.org.clone(),
                site: key.site.clone(),
                line: key.line.clone(),
                device: self.gateway.clone(),
            };
            let Ok(payload) = serde_json::to_vec(&state) else { continue };
            if self.bus.publish(&place.topic("state"), payload, Keep::Retained).await.is_ok() {
                self.shown.insert(key, state);
            }
        }
    }
}

fn log(topic: &str, ack: &Ack) {
    match ack.outcome {
        AckOutcome::Stored | AckOutcome::AlreadyStored => {
            debug!(topic, seq = ack.seq, outcome = ?ack.outcome, "Reading answered");
        }
        AckOutcome::Quarantined | AckOutcome::Refused => {
            let (reason, detail) = (ack.reason, ack.detail.as_deref().unwrap_or_default());
            warn!(topic, seq = ack.seq, ?reason, "Reading does not count ({:?}): {detail}", ack.outcome);
        }
    }
}

/// Milliseconds since 1970.
#[must_use]
pub fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;

//! From the broker to the core and back: takes messages in groups, has them written, synced once, and answered in order.

use crate::core::{Core, CoreError, Incoming, Lookup};
use crate::mqtt::{Bus, BusError, Keep, Message};
use crate::topic::{self, LineKey, Place};
use crate::uplink::{LinkError, Office, lock};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use thiserror::Error;
use tokio::time::timeout;
use tracelight_api::line::{Ack, AckOutcome, LineReason, LineState};
use tracelight_domain::ids::BatchId;
use tracing::{debug, info, warn};

/// Readings that share one fsync.
const GROUP_MAX: usize = 256;
/// How long a line that starts may wait for the server.
const LOOKUP_TIMEOUT: Duration = Duration::from_secs(20);

/// Why intake ended.
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

/// Takes readings.
pub struct Intake {
    bus: Arc<dyn Bus>,
    core: Arc<Mutex<Core>>,
    office: Arc<dyn Office>,
    /// Device level of the topics on which line states are published.
    org: String,
    gateway: String,
    shown: BTreeMap<LineKey, LineState>,
}

impl Intake {
    /// For the lines of one organisation.
    pub fn new(bus: Arc<dyn Bus>, core: Arc<Mutex<Core>>, office: Arc<dyn Office>, org: &str, gateway: &str) -> Self {
        Self { bus, core, office, org: org.to_owned(), gateway: gateway.to_owned(), shown: BTreeMap::new() }
    }

    /// Waits for a message and takes it with all that wait behind it, up to [`GROUP_MAX`].
    ///
    /// # Errors
    /// [`BusError::Closed`].
    pub async fn group(&self) -> Result<Vec<Message>, BusError> {
        let mut group = vec![self.bus.next().await?];
        while group.len() < GROUP_MAX {
            // Zero time: what is there is taken, nothing is waited for.
            match timeout(Duration::ZERO, self.bus.next()).await {
                Ok(message) => group.push(message?),
                Err(_) => break,
            }
        }
        Ok(group)
    }

    /// Handles a group: every message is on disk, or refused, before its answer leaves.
    ///
    /// # Errors
    /// [`IntakeError`]: nothing more may be answered, and everything has to be opened again.
    pub async fn take(&mut self, group: Vec<Message>) -> Result<Taken, IntakeError> {
        let mut answers = Vec::with_capacity(group.len());
        let mut taken = Taken::default();
        for message in group {
            let mut salt = [0; 16];
            getrandom::fill(&mut salt).map_err(|error| IntakeError::Random(error.to_string()))?;
            let Message { topic, payload, token } = message;
            let incoming = Incoming { topic, payload, received_ms: now_ms(), salt };
            let wanted = lock(&self.core).wants(&incoming);
            let lookup = match wanted {
                None => Lookup::Kept,
                Some(batch) => {
                    // The server may take its time; nobody before this reading has to wait for it.
                    self.answer(&mut answers).await?;
                    self.look_up(&batch).await?
                }
            };
            let ack = lock(&self.core).handle(&incoming, &lookup)?;
            taken.stored |= ack.outcome == AckOutcome::Stored;
            taken.no_room |= ack.reason == Some(LineReason::SpoolFull);
            answers.push((incoming.topic, token, ack));
        }
        self.answer(&mut answers).await?;
        self.show_states().await;
        Ok(taken)
    }

    async fn look_up(&self, batch: &BatchId) -> Result<Lookup, IntakeError> {
        let asked = match timeout(LOOKUP_TIMEOUT, self.office.batch(batch)).await {
            Ok(asked) => asked,
            Err(_) => Err(LinkError::Unreachable(format!("no answer within {} s", LOOKUP_TIMEOUT.as_secs()))),
        };
        match asked {
            Ok(Some(sheet)) => {
                lock(&self.core).keep_sheet(&sheet)?;
                info!(batch.id = %batch, issued = sheet.issued.len(), "Batch {batch} came from the server");
                Ok(Lookup::Kept)
            }
            Ok(None) => Ok(Lookup::Unknown),
            Err(why) => {
                warn!(batch.id = %batch, "Batch {batch} could not be had from the server: {why}");
                Ok(Lookup::Unreachable(why.to_string()))
            }
        }
    }

    /// Syncs the disk, then answers, then acknowledges to the broker, in order of receipt.
    async fn answer(&self, answers: &mut Vec<(String, crate::mqtt::AckToken, Ack)>) -> Result<(), IntakeError> {
        if answers.is_empty() {
            return Ok(());
        }
        lock(&self.core).sync()?;
        for (topic, token, ack) in answers.drain(..) {
            if let (Some(reply), Ok(payload)) = (topic::ack_topic(&topic), serde_json::to_vec(&ack)) {
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

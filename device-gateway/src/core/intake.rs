//! One payload to one answer.

use super::lines::{self, Step};
use super::view::Recent;
use super::{Core, CoreError, spool_error};
use crate::journal::{Entry, Fate, KEPT_BYTES_MAX};
use crate::line::{Sheet, Stamp};
use crate::reading::{self, Objection, Way};
use crate::sequence::{Digest, Standing};
use crate::spool::SpoolError;
use crate::topic::{LineKey, Place, TOPIC_BYTES_MAX};
use std::sync::Arc;
use tracelight_api::line::codec::Unverified;
use tracelight_api::line::{Ack, AckOutcome, LineOp, LineReason, ReadingBody};
use tracelight_domain::ids::BatchId;
use tracelight_proof::codec::Canonical as _;

/// One part in so many of the spool is kept for readings that end something.
const RESERVE: u64 = 16;
/// What the payload of an opening reading holds.
const WORD: &[u8] = b"open_batch";

/// A payload as it came, with what the step may need from outside.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// Its topic.
    pub topic: String,
    /// Its bytes.
    pub payload: Vec<u8>,
    /// How it came: what a device is believed by depends on it.
    pub way: Way,
    /// Gateway clock, milliseconds since 1970.
    pub received_ms: u64,
    /// Random.
    pub salt: [u8; 16],
}

/// What asking the server for a batch gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// Nobody asked, or the answer is in the catalogue by now.
    Kept,
    /// The server was asked and has not answered yet. A kept copy will not do: it may be older than the answer.
    Asked,
    /// The server knows no such batch.
    Unknown,
    /// It answered, and the disk did not take the answer. A kept copy will not do: it may be older.
    NotKept(String),
    /// No answer; a kept copy will do.
    Unreachable(String),
}

/// A reading of a known device with a good signature.
struct Genuine {
    place: Place,
    digest: Digest,
    body: ReadingBody,
}

/// How far a payload got.
enum Checked {
    Genuine(Box<Genuine>),
    /// Not a reading of one of our devices; what it says of itself is unproven.
    Stranger(Objection, String, Option<u64>),
}

impl Core {
    /// The batch that has to be asked of the server before this payload is handled, and the line that asks: only for a
    /// genuine reading in its turn that starts a line on a batch.
    #[must_use]
    pub fn wants(&self, incoming: &Incoming) -> Option<(BatchId, LineKey)> {
        // Saves a second look at nearly every payload; one that spells the word otherwise is served from the catalogue.
        if !incoming.payload.windows(WORD.len()).any(|window| window == WORD) {
            return None;
        }
        let Checked::Genuine(genuine) = self.check(incoming) else { return None };
        let LineOp::OpenBatch { gtin, lot, .. } = &genuine.body.op else { return None };
        let key = genuine.place.line_key();
        let idle = self.lines.get(&key).is_none_or(|line| line.batch().is_none());
        let batch = crate::line::batch_id(gtin, lot).ok()?;
        let next = self.standing(&genuine) == Standing::Next;
        // A batch that is open on another line must not get another list of codes.
        let elsewhere = self.lines.values().any(|line| line.batch() == Some(&batch));
        (idle && next && !elsewhere && !self.ledger.closed.contains(&batch)).then_some((batch, key))
    }

    /// Keeps a batch that the server told, before the reading that starts on it is handled.
    ///
    /// # Errors
    /// [`CoreError::Catalogue`].
    pub fn keep_sheet(&self, sheet: &Sheet) -> Result<(), CoreError> {
        Ok(self.catalogue.store(sheet)?)
    }

    /// Handles one payload. The answer may go out after the next [`Core::sync`].
    ///
    /// # Errors
    /// [`CoreError`]: nothing may be answered, and the core has to be opened again.
    pub fn handle(&mut self, incoming: &Incoming, lookup: &Lookup) -> Result<Ack, CoreError> {
        let ack = match self.check(incoming) {
            Checked::Stranger(objection, boot, seq) => self.quarantine_stranger(incoming, objection, boot, seq)?,
            Checked::Genuine(genuine) => self.handle_genuine(incoming, &genuine, lookup)?,
        };
        let reason = ack.reason.unwrap_or(LineReason::Malformed);
        match ack.outcome {
            AckOutcome::Stored => self.tally.stored += 1,
            AckOutcome::AlreadyStored => self.tally.already += 1,
            AckOutcome::Quarantined => *self.tally.quarantined.entry(reason).or_default() += 1,
            AckOutcome::Refused => *self.tally.refused.entry(reason).or_default() += 1,
        }
        Ok(ack)
    }

    fn check(&self, incoming: &Incoming) -> Checked {
        let stranger = |reason, detail: String| Checked::Stranger(Objection::new(reason, detail), String::new(), None);
        let shown = reading::shown(&incoming.topic);
        let Some(place) = Place::of_event(&incoming.topic) else {
            return stranger(LineReason::UnknownDevice, format!("topic `{shown}` names no device"));
        };
        let Some(trust) = self.setup.devices.get(&place) else {
            let detail = format!("device `{place}` is not registered in this gateway's configuration");
            return stranger(LineReason::UnknownDevice, detail);
        };
        match reading::parse(&incoming.payload) {
            Err(objection) => Checked::Stranger(objection, String::new(), None),
            Ok(reading) => match reading::check_signature(&reading, trust, incoming.way) {
                Err(objection) => Checked::Stranger(objection, reading.body.boot, Some(reading.body.seq)),
                Ok(()) => {
                    let Unverified { body, signed, .. } = reading;
                    Checked::Genuine(Box::new(Genuine { place, digest: Digest::of(&signed), body }))
                }
            },
        }
    }

    fn standing(&self, genuine: &Genuine) -> Standing {
        let Genuine { place, digest, body } = genuine;
        self.book.standing(&place.to_string(), &body.boot, body.seq, *digest)
    }

    fn handle_genuine(&mut self, incoming: &Incoming, genuine: &Genuine, lookup: &Lookup) -> Result<Ack, CoreError> {
        match self.standing(genuine) {
            Standing::Seen => {
                let Genuine { place, body, .. } = genuine;
                let objection = self.book.objection(&place.to_string(), &body.boot, body.seq).map(|reason| {
                    let detail = format!("number {} was taken before, and does not count", body.seq);
                    Objection::new(reason, detail)
                });
                Ok(self.answer(genuine, AckOutcome::AlreadyStored, objection))
            }
            Standing::Gap => {
                let held = self.book.contiguous(&genuine.place.to_string(), &genuine.body.boot);
                let expected = held.map_or(0, |held| held + 1);
                let detail =
                    format!("number {} came where {expected} is expected; send from {expected}", genuine.body.seq);
                let objection = Objection::new(LineReason::SequenceGap, detail);
                Ok(self.answer(genuine, AckOutcome::Refused, Some(objection)))
            }
            Standing::Conflict => {
                let detail = format!("number {} of this boot is held with other content", genuine.body.seq);
                let objection = Objection::new(LineReason::Conflict, detail);
                let outcome = match self.quarantine.append(&entry(incoming, Fate::Quarantined(objection.reason))) {
                    Ok(_) => return Ok(self.answer(genuine, AckOutcome::Quarantined, Some(objection))),
                    Err(error) => full("quarantine", error)?,
                };
                Ok(self.answer(genuine, AckOutcome::Refused, Some(outcome)))
            }
            Standing::Next => self.step(incoming, genuine, lookup),
        }
    }

    fn step(&mut self, incoming: &Incoming, genuine: &Genuine, lookup: &Lookup) -> Result<Ack, CoreError> {
        let key = genuine.place.line_key();
        let op = &genuine.body.op;
        let mut line = self.lines.remove(&key).unwrap_or_default();
        let planned = line.plan(op, |batch| self.sheet(batch, lookup));
        let plan = match planned {
            Ok(plan) => plan,
            Err(objection) => {
                self.lines.insert(key, line);
                return self.object(incoming, genuine, objection);
            }
        };
        let bytes = entry(incoming, Fate::Stored { salt: incoming.salt });
        let appended = match self.room_for(op, bytes.len()) {
            Ok(()) => self.spool.append(&bytes),
            Err(full) => Err(full),
        };
        let id = match appended {
            Ok(id) => id,
            Err(error) => {
                self.lines.insert(key, line);
                let objection = full("spool", error)?;
                return Ok(self.answer(genuine, AckOutcome::Refused, Some(objection)));
            }
        };
        let batch = lines::order_of(&line, op);
        let done = line.commit(plan, Stamp { record: id, salt: incoming.salt });
        let received_ms = incoming.received_ms;
        self.ledger.account(Step { id, received_ms, key: key.clone(), op, line: &line, batch, done });
        self.lines.insert(key, line);
        self.count(genuine, None, received_ms);
        Ok(self.answer(genuine, AckOutcome::Stored, None))
    }

    /// The last part of the spool is for readings that end something, so that a line can always finish what it began: only
    /// then can what it has sent become final and make room.
    fn room_for(&self, op: &LineOp, length: usize) -> Result<(), SpoolError> {
        let ends = matches!(
            op,
            LineOp::CloseBundle { .. }
                | LineOp::CloseCase { .. }
                | LineOp::ClosePallet { .. }
                | LineOp::CloseBatch { .. }
                | LineOp::ReleaseBatch { .. }
                | LineOp::CancelBatch
                | LineOp::Unpack { .. }
        );
        let max = self.setup.spool.total_bytes_max;
        let bytes = self.spool.bytes();
        let roomy = !self.starved && bytes.saturating_add(length as u64) <= max - max / RESERVE;
        if ends || roomy {
            return Ok(());
        }
        Err(SpoolError::Full { bytes, max })
    }

    /// A genuine reading in its turn that does not count: kept, and its number is used up.
    fn object(&mut self, incoming: &Incoming, genuine: &Genuine, objection: Objection) -> Result<Ack, CoreError> {
        if objection.reason == LineReason::ServerUnreachable {
            return Ok(self.answer(genuine, AckOutcome::Refused, Some(objection)));
        }
        let bytes = entry(incoming, Fate::Quarantined(objection.reason));
        // For people first: when the spool's segment is deleted one day, the quarantine still has it.
        let kept = self.quarantine.append(&bytes).map_err(|error| ("quarantine", error));
        if let Err((what, error)) = kept.and_then(|_| self.spool.append(&bytes).map_err(|error| ("spool", error))) {
            let objection = full(what, error)?;
            return Ok(self.answer(genuine, AckOutcome::Refused, Some(objection)));
        }
        self.count(genuine, Some(objection.reason), incoming.received_ms);
        Ok(self.answer(genuine, AckOutcome::Quarantined, Some(objection)))
    }

    fn quarantine_stranger(
        &mut self,
        incoming: &Incoming,
        objection: Objection,
        boot: String,
        seq: Option<u64>,
    ) -> Result<Ack, CoreError> {
        let answer = |outcome, objection: Objection| Ack {
            boot,
            seq,
            outcome,
            contiguous: None,
            reason: Some(objection.reason),
            detail: Some(objection.detail),
            way_out: Some(objection.reason.way_out().to_owned()),
        };
        // Strangers may fill half of the quarantine; the other half stays for the bad reads of our own devices.
        if self.quarantine.bytes() > self.setup.quarantine.total_bytes_max / 2 {
            let detail =
                "the quarantine is full; look into it, then move its segments away while the gateway is stopped";
            return Ok(answer(AckOutcome::Refused, Objection::new(LineReason::SpoolFull, detail)));
        }
        match self.quarantine.append(&entry(incoming, Fate::Quarantined(objection.reason))) {
            Ok(_) => Ok(answer(AckOutcome::Quarantined, objection)),
            Err(error) => full("quarantine", error).map(|objection| answer(AckOutcome::Refused, objection)),
        }
    }

    fn sheet(&self, batch: &BatchId, lookup: &Lookup) -> Result<Arc<Sheet>, Objection> {
        let wrong_step = |what: &str| Err(Objection::new(LineReason::WrongStep, format!("batch {batch} {what}")));
        if let Some((key, _)) = self.lines.iter().find(|(_, line)| line.batch() == Some(batch)) {
            return wrong_step(&format!("is open on line {key}"));
        }
        if self.ledger.closed.contains(batch) {
            return wrong_step("was closed here; a closed batch is never opened again");
        }
        if *lookup == Lookup::Unknown {
            let detail = format!("the server knows no batch {batch}; register it first");
            return Err(Objection::new(LineReason::ForeignCode, detail));
        }
        let unreachable = |why: String| {
            let detail = format!("batch {batch} could not be had from the server, and no copy is kept: {why}");
            Err(Objection::new(LineReason::ServerUnreachable, detail))
        };
        if *lookup == Lookup::Asked {
            let detail = format!("the server was asked for batch {batch} and has not answered yet; send again");
            return Err(Objection::new(LineReason::ServerUnreachable, detail));
        }
        if let Lookup::NotKept(why) = lookup {
            let detail = format!("batch {batch} came from the server and could not be kept: {why}; send again");
            return Err(Objection::new(LineReason::ServerUnreachable, detail));
        }
        match (self.catalogue.load(batch), lookup) {
            (Ok(Some(sheet)), _) if sheet.sealed => wrong_step("is sealed"),
            (Ok(Some(sheet)), _) if sheet.issued.is_empty() => wrong_step(
                "has no codes for this line: order some, or give it a block of those that another line holds",
            ),
            (Ok(Some(sheet)), _) => Ok(Arc::new(sheet)),
            (Ok(None), Lookup::Unreachable(why)) => unreachable(why.clone()),
            (Ok(None), _) => unreachable("try again".to_owned()),
            (Err(error), _) => unreachable(error.to_string()),
        }
    }

    fn count(&mut self, genuine: &Genuine, objection: Option<LineReason>, received_ms: u64) {
        let Genuine { place, digest, body } = genuine;
        self.book.record(&place.to_string(), &body.boot, body.seq, *digest, objection);
        let line = place.line_key();
        self.unsynced = true;
        self.board.changed(&line);
        self.ledger.remember(&line, Recent::of(place, &body.op, objection, received_ms));
    }

    fn answer(&self, genuine: &Genuine, outcome: AckOutcome, objection: Option<Objection>) -> Ack {
        let way_out = objection.as_ref().map(|objection| objection.reason.way_out().to_owned());
        let (reason, detail) = objection.map_or((None, None), |o| (Some(o.reason), Some(o.detail)));
        Ack {
            boot: genuine.body.boot.clone(),
            seq: Some(genuine.body.seq),
            outcome,
            contiguous: self.book.contiguous(&genuine.place.to_string(), &genuine.body.boot),
            reason,
            detail,
            way_out,
        }
    }
}

fn entry(incoming: &Incoming, fate: Fate) -> Vec<u8> {
    let topic = incoming.topic.char_indices().take_while(|(at, c)| at + c.len_utf8() <= TOPIC_BYTES_MAX);
    let payload = incoming.payload.get(..KEPT_BYTES_MAX).unwrap_or(&incoming.payload).to_vec();
    Entry { fate, received_ms: incoming.received_ms, topic: topic.map(|(_, c)| c).collect(), payload }.to_bytes()
}

/// No room is an answer; anything else stops the core.
fn full(what: &'static str, error: SpoolError) -> Result<Objection, CoreError> {
    match error {
        SpoolError::Full { .. } => Ok(Objection::new(LineReason::SpoolFull, format!("{what}: {error}"))),
        other => Err(spool_error(what)(other)),
    }
}

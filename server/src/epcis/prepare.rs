//! A body as events that can be stored: read, checked, hashed, written once as JSON-LD and read back.
//!
//! What is stored is what will be answered, so an event that would come back as another one is not stored at all. An event
//! without an id gets its hash as one, which makes a repetition harmless.

use super::answer::moment;
use super::headers::Behaviour;
use super::names;
use super::problem::title;
use crate::store::{NewEvent, Rejected, StoreError};
use serde_json::json;
use tracelight_epcis::document::{Captured as Read, Document, DocumentKind, Format, read};
use tracelight_epcis::error::{Exception, ExceptionKind, Violation};
use tracelight_epcis::hash::event_hash;
use tracelight_epcis::key::comparable;
use tracelight_epcis::limits::{Limits, Policy};
use tracelight_epcis::text::Uri;
use tracelight_epcis::{Event, json as write_json};
use tracelight_proof::hash::sha256;

/// What one event of ours may take when it is read back: it was bounded when it came, and JSON-LD may be longer than XML.
const STORED: Limits =
    Limits { bytes_max: 256 * 1024 * 1024, nodes_max: 8_000_000, depth_max: 256, events_max: 1, violations_max: 4 };

/// Somebody who says what an event shall do on the ledger: `true` when it is to be signed, and the reason.
pub type Judge<'j> = &'j (dyn Fn(&Event) -> (bool, String) + Sync);

/// A body that can be stored.
#[derive(Debug)]
pub struct Prepared {
    /// SHA-256 of the body.
    pub document: [u8; 32],
    /// Its header with master data, if it has any.
    pub master: Option<String>,
    /// Good events, in their order.
    pub events: Vec<NewEvent>,
    /// The id of the first of them.
    pub first_id: Option<String>,
    /// The others, each as the JSON of an error of the job.
    pub errors: Vec<String>,
}

/// Reads a body.
///
/// # Errors
/// What [`read`] refuses; with `rollback`, every broken event; an event that cannot be kept as it is; no randomness.
pub fn prepare(
    bytes: &[u8],
    format: Format,
    limits: &Limits,
    behaviour: Behaviour,
    now_ms: u64,
    judge: Judge<'_>,
) -> Result<Prepared, Exception> {
    let capture = read(bytes, format, limits, Policy::default())?;
    let mut bad: Vec<(String, Vec<Violation>)> = Vec::new();
    let mut events = Vec::with_capacity(capture.events.len());
    let mut first_id = None;
    for Read { pointer, outcome, .. } in capture.events {
        match outcome {
            Ok(event) => {
                let (id, entry) = entry(event, pointer, now_ms, judge)?;
                first_id.get_or_insert(id);
                events.push(entry);
            }
            Err(violations) => bad.push((pointer, violations)),
        }
    }
    if behaviour == Behaviour::Rollback && !bad.is_empty() {
        return Err(Exception::validation(bad.into_iter().flat_map(|(_, violations)| violations).collect()));
    }
    let errors = bad.iter().map(|(pointer, violations)| broken(pointer, violations)).collect();
    Ok(Prepared { document: sha256(bytes).0, master: master(capture.document), events, first_id, errors })
}

/// An event's id, and the event as it is stored.
fn entry(mut event: Event, pointer: String, now_ms: u64, judge: Judge<'_>) -> Result<(String, NewEvent), Exception> {
    let hash = event_hash(&event);
    let given_id = event.event_id.is_some();
    if !given_id {
        event.event_id = Uri::parse(&hash).ok();
    }
    event.record_time = Some(moment(now_ms));
    let body = write_json::write_event(&event);
    let again = parse(body.as_bytes()).ok().filter(|again| again.same(&event) && event_hash(again) == hash);
    let Some((_, digest)) = again.zip(hash_bytes(&hash)) else {
        let detail = format!("{pointer}: the event cannot be kept as it is; nothing of the document was stored");
        return Err(Exception::new(ExceptionKind::Implementation, detail));
    };
    let mut salt = [0; 16];
    getrandom::fill(&mut salt)
        .map_err(|error| Exception::new(ExceptionKind::Implementation, format!("no randomness: {error}")))?;
    let (to_be_signed, ledger_note) = judge(&event);
    let id = event.event_id.as_ref().map_or(hash.as_str(), Uri::as_str).to_owned();
    let stored = NewEvent {
        event_hash: digest,
        content: event.fingerprint(),
        id_key: id_key(&id),
        given_id,
        declared: event.error.is_some(),
        event_ms: i64::try_from(event.event_time.unix_nanos().div_euclid(1_000_000)).unwrap_or(i64::MAX),
        names: names::of(&event),
        pointer,
        body,
        salt,
        to_be_signed,
        ledger_note,
    };
    Ok((id, stored))
}

/// The key by which an event is found by its id.
#[must_use]
pub fn id_key(id: &str) -> [u8; 32] {
    sha256(comparable(id).as_bytes()).0
}

/// The digest within an event hash, `ni:///sha-256;…?ver=CBV2.0`. `None` for other ids.
#[must_use]
pub fn hash_bytes(id: &str) -> Option<[u8; 32]> {
    let digits = id.strip_prefix("ni:///sha-256;")?.strip_suffix("?ver=CBV2.0")?;
    let mut out = [0; 32];
    hex::decode_to_slice(digits, &mut out).ok()?;
    Some(out)
}

/// A header that has master data, as a document of its own.
fn master(document: Document) -> Option<String> {
    if document.header.master_data.is_empty() {
        return None;
    }
    let (mut header, context) = (document.header, document.context);
    (header.sender, header.receiver, header.instance) = (None, None, None);
    let only = Document {
        kind: DocumentKind::Events,
        schema_version: "2.0".to_owned(),
        // The same master data is kept once, whenever it comes.
        creation_date: Some(moment(0)),
        header,
        context,
        ..Document::default()
    };
    Some(write_json::write(&only, moment(0)))
}

/// An event of ours, read back.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn parse(body: &[u8]) -> Result<Event, StoreError> {
    let corrupt = |why: String| StoreError::Corrupt { table: "epcis_event", column: "body", why };
    let capture = read(body, Format::Json, &STORED, Policy::default()).map_err(|error| corrupt(error.to_string()))?;
    let document = capture.all_or_nothing().map_err(|error| corrupt(error.to_string()))?;
    document.events.into_iter().next().ok_or_else(|| corrupt("no event".to_owned()))
}

/// An error of a job: a broken event.
fn broken(pointer: &str, violations: &[Violation]) -> String {
    let kind = ExceptionKind::Validation;
    let told: Vec<_> =
        violations.iter().map(|v| json!({ "pointer": v.pointer, "fault": v.fault.to_string() })).collect();
    let detail = violations.first().map(ToString::to_string).unwrap_or_default();
    json!({
        "type": Exception::new(kind, "").problem_type(), "title": title(kind), "status": kind.status(), "detail": detail,
        "pointer": pointer, "violations": told,
    })
    .to_string()
}

/// An error of a job: an event whose id is another one's.
#[must_use]
pub fn conflict(rejected: &Rejected) -> String {
    let kind = ExceptionKind::ResourceAlreadyExists;
    json!({
        "type": Exception::new(kind, "").problem_type(), "title": title(kind), "status": kind.status(),
        "detail": CONFLICT, "pointer": rejected.pointer,
    })
    .to_string()
}

/// What a conflict means, and the way out.
pub const CONFLICT: &str = "another event has this eventID; events do not change: withdraw it with an errorDeclaration and \
                            send the right one under an id of its own";

//! Histories of the chain as EPCIS events.
//!
//! | history of | becomes |
//! |---|---|
//! | a pack, a case, a pallet | ObjectEvent or AggregationEvent of its one id |
//! | a lot | ObjectEvent of its class; TransformationEvent where it was made from or into others |
//! | a hand-over | TransactionEvent of its document |
//!
//! | line | bizStep / disposition |
//! |---|---|
//! | registered, sealed | creating_class_instance, commissioning / active |
//! | packed, unpacked | packing, unpacking / in_progress |
//! | shipped | shipping / in_transit |
//! | received, received damaged, missing, refused | receiving / in_progress, damaged, unknown, returned |
//! | found, lost, stolen | inspecting / sellable_not_accessible, unknown, stolen |
//! | dispensed, sold, sampled, destroyed, exported, returned | dispensing, retail_selling, sampling, destroying, shipping, receiving / their own |
//! | recalled | holding / recalled, which lasts |
//! | corrected | the withdrawn event once more, with `errorDeclaration` |
//!
//! Members, keys, votes, validators, products, recalls (their lot carries them) and logs are no goods and have no events.
//! Transformations are joined by `transformationID`, because the history of one lot names no other lot.

use crate::event::{
    Action, Containment, ErrorDeclaration, Event, EventKind, Objects, PersistentDisposition, Quantity, Typed,
};
use crate::hash::event_hash;
use crate::key::ORIGIN;
use crate::name::Context;
use crate::text::{Offset, Timestamp, Uri};
use crate::vocabulary::{List, Term};
use std::sync::Arc;
use tracelight_domain::gs1::digital_link::build_path;
use tracelight_domain::gs1::{Sscc, ai::Ai};
use tracelight_domain::ids::{BatchId, MemberId, ShipmentId, TxId, UnitId};
use tracelight_domain::state::{self, EventKind as Line, ObjectId};

/// The events of one object, in the order of its history. Empty for objects that are no goods.
#[must_use]
pub fn read_back(object: &ObjectId, history: &[state::Event]) -> Vec<Event> {
    let mut events: Vec<Option<Event>> = Vec::with_capacity(history.len());
    for (position, line) in history.iter().enumerate() {
        let event = match line.withdraws.and_then(|position| usize::try_from(position).ok()) {
            // A correction can only name an earlier line.
            Some(withdrawn) => events.get(withdrawn).cloned().flatten().map(|event| declared(event, line)),
            None => event_of(object, line, position == 0),
        };
        events.push(event);
    }
    events.into_iter().flatten().collect()
}

/// The withdrawn event again. The hash, and with it the id, leave the declaration out.
fn declared(mut event: Event, line: &state::Event) -> Event {
    let time = time_of(line);
    let reason = Some(Term::Standard(List::ErrorReason, "incorrect_data"));
    event.error = Some(ErrorDeclaration { time, reason, corrective_ids: Vec::new(), extensions: Vec::new() });
    event.record_time = Some(time);
    event
}

fn time_of(line: &state::Event) -> Timestamp {
    Timestamp::from_unix_ms(i64::try_from(line.time_ms).unwrap_or(i64::MAX))
}

fn event_of(object: &ObjectId, line: &state::Event, first: bool) -> Option<Event> {
    let (kind, step, disposition) = match object {
        ObjectId::Unit(unit) => goods(&unit_uri(unit)?, line)?,
        ObjectId::Logistic(sscc) => goods(&sscc_uri(*sscc)?, line)?,
        ObjectId::Batch(batch) => lot(batch, line, first)?,
        ObjectId::Shipment(_) => hand_over(line)?,
        ObjectId::Member(_)
        | ObjectId::Key(_)
        | ObjectId::Product(_)
        | ObjectId::Recall(_)
        | ObjectId::Log(..)
        | ObjectId::Validators
        | ObjectId::Proposal(_)
        | ObjectId::Roll
        | ObjectId::Lineage(_)
        | ObjectId::Agenda => return None,
    };
    let recalled = line.kind == Line::Recalled;
    let lasting =
        recalled.then(|| PersistentDisposition { set: vec![word(List::Disposition, "recalled")], unset: Vec::new() });
    let mut documents = vec![Typed { kind: None, id: transaction_uri(line.tx)? }];
    if let ObjectId::Shipment(shipment) = object {
        let kind = Some(word(List::TransactionType, "desadv"));
        documents.insert(0, Typed { kind, id: shipment_uri(*shipment)? });
    }
    let (sources, destinations) = parties(line)?;
    let mut event = Event {
        event_time: time_of(line),
        offset: Offset::UTC,
        record_time: Some(time_of(line)),
        event_id: None,
        error: None,
        certification_info: Vec::new(),
        kind,
        biz_step: step.map(|step| word(List::BizStep, step)),
        disposition: disposition.map(|disposition| word(List::Disposition, disposition)),
        persistent_disposition: lasting,
        read_point: None,
        biz_location: None,
        biz_transactions: documents,
        sources,
        destinations,
        sensors: Vec::new(),
        extensions: Vec::new(),
        context: Arc::new(Context::default()),
    };
    event.event_id = Uri::parse(&event_hash(&event)).ok();
    Some(event)
}

fn word(list: List, word: &'static str) -> Term {
    Term::Standard(list, word)
}

/// Kind, step, disposition.
type Mapped = (EventKind, Option<&'static str>, Option<&'static str>);

fn observed(id: &Uri, action: Action) -> EventKind {
    EventKind::Object { action, objects: Objects { epcs: vec![id.clone()], quantities: Vec::new() }, ilmd: Vec::new() }
}

/// A pack, a case or a pallet.
fn goods(id: &Uri, line: &state::Event) -> Option<Mapped> {
    let object = |action, step, disposition| Some((observed(id, action), Some(step), Some(disposition)));
    match line.kind {
        Line::Registered | Line::Sealed => object(Action::Add, "commissioning", "active"),
        Line::Packed | Line::Unpacked => {
            let (action, step) =
                if line.kind == Line::Packed { (Action::Add, "packing") } else { (Action::Delete, "unpacking") };
            match line.container {
                // Put onto a pallet, or taken off.
                Some(pallet) => {
                    let children = Objects { epcs: vec![id.clone()], quantities: Vec::new() };
                    let content = Containment { action, parent: Some(sscc_uri(pallet)?), children };
                    Some((EventKind::Aggregation(content), Some(step), Some("in_progress")))
                }
                // Came to be around its content, which lies off the chain; or was broken up: everything leaves.
                None if action == Action::Add => {
                    Some((observed(id, Action::Add), Some(step), Some("container_closed")))
                }
                None => {
                    let content = Containment { action, parent: Some(id.clone()), children: Objects::default() };
                    Some((EventKind::Aggregation(content), Some(step), Some("in_progress")))
                }
            }
        }
        Line::Shipped => object(Action::Observe, "shipping", "in_transit"),
        Line::Received => object(Action::Observe, "receiving", "in_progress"),
        Line::ReceivedDamaged => object(Action::Observe, "receiving", "damaged"),
        Line::MissingOnArrival => object(Action::Observe, "receiving", "unknown"),
        Line::Refused => object(Action::Observe, "receiving", "returned"),
        Line::Found => object(Action::Observe, "inspecting", "sellable_not_accessible"),
        Line::Lost => object(Action::Observe, "inspecting", "unknown"),
        Line::Stolen => object(Action::Observe, "inspecting", "stolen"),
        Line::Dispensed => object(Action::Observe, "dispensing", "dispensed"),
        Line::Sold => object(Action::Observe, "retail_selling", "retail_sold"),
        Line::Sampled => object(Action::Observe, "sampling", "non_sellable_other"),
        Line::Destroyed => object(Action::Delete, "destroying", "destroyed"),
        Line::Exported => object(Action::Observe, "shipping", "unavailable"),
        Line::Returned => object(Action::Observe, "receiving", "returned"),
        Line::Recalled => object(Action::Observe, "holding", "recalled"),
        Line::Transformed => {
            let inputs = Objects { epcs: vec![id.clone()], quantities: Vec::new() };
            transformed(inputs, Objects::default(), line)
        }
        other => unspecific(observed(id, Action::Observe), other),
    }
}

fn lot(batch: &BatchId, line: &state::Event, first: bool) -> Option<Mapped> {
    let class = Quantity { class: batch_uri(batch)?, quantity: None, uom: None };
    let objects = Objects { epcs: Vec::new(), quantities: vec![class] };
    let kind = |action| EventKind::Object { action, objects: objects.clone(), ilmd: Vec::new() };
    match line.kind {
        Line::Registered => Some((kind(Action::Add), Some("creating_class_instance"), Some("active"))),
        Line::Sealed => Some((kind(Action::Add), Some("commissioning"), Some("active"))),
        Line::Recalled => Some((kind(Action::Observe), Some("holding"), Some("recalled"))),
        // The first line of a lot that was made from others says so; a later one, that it went into another.
        Line::Transformed if first => transformed(Objects::default(), objects, line),
        Line::Transformed => transformed(objects, Objects::default(), line),
        other => unspecific(kind(Action::Observe), other),
    }
}

fn transformed(inputs: Objects, outputs: Objects, line: &state::Event) -> Option<Mapped> {
    let id = Some(transaction_uri(line.tx)?);
    let kind = EventKind::Transformation { inputs, outputs, id, ilmd: Vec::new() };
    Some((kind, Some("commissioning"), Some("in_progress")))
}

fn hand_over(line: &state::Event) -> Option<Mapped> {
    let kind = |action| EventKind::Transaction { action, parent: None, objects: Objects::default() };
    match line.kind {
        Line::Shipped => Some((kind(Action::Add), Some("shipping"), Some("in_transit"))),
        Line::Received => Some((kind(Action::Delete), Some("receiving"), Some("in_progress"))),
        Line::Refused => Some((kind(Action::Delete), Some("receiving"), Some("returned"))),
        other => unspecific(kind(Action::Observe), other),
    }
}

/// Lines that CBV has no word for: disputes, and those that another kind of object should not have.
fn unspecific(kind: EventKind, line: Line) -> Option<Mapped> {
    match line {
        Line::Disputed | Line::SettlementOffered | Line::DisputeSettled => Some((kind, Some("inspecting"), None)),
        Line::RecallOpened | Line::RecallClosed => Some((kind, Some("holding"), None)),
        Line::Proposed
        | Line::VotedFor
        | Line::VotedAgainst
        | Line::Adopted
        | Line::Rejected
        | Line::Suspended
        | Line::Reinstated
        | Line::Removed
        | Line::KeyRevoked
        | Line::ValidatorApproved
        | Line::ValidatorJoined
        | Line::ValidatorReplaced
        | Line::ValidatorLeft => None,
        _ => Some((kind, Some("other"), None)),
    }
}

/// Who had it and who has it. A line names the one who signed and the other side.
fn parties(line: &state::Event) -> Option<(Vec<Typed>, Vec<Typed>)> {
    let possessing = |member: MemberId| {
        Some(Typed { kind: Some(word(List::SourceDestinationType, "possessing_party")), id: party(member)? })
    };
    let Some(peer) = line.peer else { return Some((vec![possessing(line.actor)?], Vec::new())) };
    let (from, to) = match line.kind {
        Line::Received | Line::ReceivedDamaged | Line::MissingOnArrival => (peer, line.actor),
        _ => (line.actor, peer),
    };
    Some((vec![possessing(from)?], vec![possessing(to)?]))
}

fn uri(path: &[(Ai, String)]) -> Option<Uri> {
    Uri::parse(&format!("{ORIGIN}{}", build_path(path))).ok()
}

/// A member as a party.
#[must_use]
pub fn party(member: MemberId) -> Option<Uri> {
    uri(&[(Ai::parse("417")?, member.to_string())])
}

fn unit_uri(unit: &UnitId) -> Option<Uri> {
    uri(&[(Ai::GTIN, unit.gtin.to_string()), (Ai::SERIAL, unit.serial.to_string())])
}

fn batch_uri(batch: &BatchId) -> Option<Uri> {
    uri(&[(Ai::GTIN, batch.gtin.to_string()), (Ai::LOT, batch.lot.to_string())])
}

fn sscc_uri(sscc: Sscc) -> Option<Uri> {
    uri(&[(Ai::SSCC, sscc.to_string())])
}

/// A transaction by its hash (RFC 6920).
fn transaction_uri(tx: TxId) -> Option<Uri> {
    Uri::parse(&format!("ni:///sha-256;{tx}")).ok()
}

/// A hand-over by its sixteen bytes, in the form of a UUID.
fn shipment_uri(shipment: ShipmentId) -> Option<Uri> {
    let hex = shipment.to_string();
    let part = |from: usize, to: usize| hex.get(from..to);
    let text =
        format!("urn:uuid:{}-{}-{}-{}-{}", part(0, 8)?, part(8, 12)?, part(12, 16)?, part(16, 20)?, part(20, 32)?);
    Uri::parse(&text).ok()
}

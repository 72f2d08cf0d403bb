//! One event of JSON-LD: the definitions `Event`, `ObjectEvent`, … `Extended-Event` of GS1's JSON Schema.

use super::reader::{At, Reader};
use super::value::Json;
use crate::error::Fault;
use crate::event::{
    Action, Containment, ErrorDeclaration, Event, EventKind, Objects, PersistentDisposition, Place, Quantity, Typed,
    Uom,
};
use crate::name::Context;
use crate::rules::{self, Seen};
use crate::text::{Decimal, Offset, Timestamp, Uri, shown};
use crate::vocabulary::{List, Term};
use std::sync::Arc;

/// Members that every event may have.
const COMMON: [&str; 8] = [
    "@context",
    "type",
    "eventTime",
    "recordTime",
    "eventTimeZoneOffset",
    "eventID",
    "certificationInfo",
    "errorDeclaration",
];
/// Members that every standard event may have besides.
const WHAT_AND_WHERE: [&str; 8] = [
    "bizStep",
    "disposition",
    "readPoint",
    "bizLocation",
    "bizTransactionList",
    "sourceList",
    "destinationList",
    "sensorElementList",
];

/// `persistentDisposition` where the JSON Schema has no such member and the XSD has: the same property, spelt as an own one.
pub(super) const PERSISTENT_SPELT_OUT: &str = "epcis:persistentDisposition";

/// The members of one type of event beyond [`COMMON`] and [`WHAT_AND_WHERE`].
fn own_members(kind: &str) -> Option<&'static [&'static str]> {
    Some(match kind {
        "ObjectEvent" => &["action", "epcList", "quantityList", "persistentDisposition", "ilmd"],
        "AggregationEvent" | "AssociationEvent" => &["action", "parentID", "childEPCs", "childQuantityList"],
        "TransactionEvent" => &["action", "parentID", "epcList", "quantityList"],
        "TransformationEvent" => &[
            "inputEPCList",
            "inputQuantityList",
            "outputEPCList",
            "outputQuantityList",
            "transformationID",
            "persistentDisposition",
            "ilmd",
        ],
        _ => return None,
    })
}

/// Reads one event; `None` when something essential is missing (which is a violation already).
pub(super) fn read(reader: &mut Reader<'_>, json: &Json, at: &At<'_>, context: &Arc<Context>) -> Option<Event> {
    if !reader.is_object(json, at) {
        return None;
    }
    let kind_name = reader.required(json, "type", at, |text| Ok(text.to_owned()))?;
    let own = own_members(&kind_name);
    let mut known: Vec<&str> = COMMON.to_vec();
    if let Some(own) = own {
        known.extend(WHAT_AND_WHERE);
        known.extend(own);
        known.push(PERSISTENT_SPELT_OUT);
    }
    let violations_before = reader.findings.violations.len();
    let kind = match own {
        Some(_) => standard_kind(reader, &kind_name, json, at),
        None => extended_kind(reader, &kind_name, at),
    };
    let event_time = reader.required(json, "eventTime", at, Timestamp::parse);
    let offset = reader.required(json, "eventTimeZoneOffset", at, Offset::parse);
    let standard = own.is_some();
    let empty = Json::Null;
    let body = if standard { json } else { &empty };
    let event = Event {
        record_time: reader.optional(json, "recordTime", at, Timestamp::parse),
        event_id: reader.optional(json, "eventID", at, Uri::parse),
        error: error_declaration(reader, json, at),
        certification_info: certification(reader, json, at),
        biz_step: reader.optional(body, "bizStep", at, |text| Term::parse_json(List::BizStep, text)),
        disposition: reader.optional(body, "disposition", at, |text| Term::parse_json(List::Disposition, text)),
        persistent_disposition: persistent(reader, body, at),
        read_point: place(reader, body, "readPoint", at),
        biz_location: place(reader, body, "bizLocation", at),
        biz_transactions: typed(reader, body, "bizTransactionList", "bizTransaction", at),
        sources: typed(reader, body, "sourceList", "source", at),
        destinations: typed(reader, body, "destinationList", "destination", at),
        sensors: reader.list(body, "sensorElementList", at, super::sensor::read),
        // The schema takes any name in an event of somebody's own kind.
        extensions: if standard { reader.extensions(json, &known, at) } else { reader.free_extensions(json, &known) },
        context: Arc::clone(context),
        event_time: event_time?,
        offset: offset?,
        kind: kind?,
    };
    if reader.findings.violations.len() == violations_before {
        let seen = Seen { objects: json.get("epcList").is_some() || !is_empty_list(json.get("quantityList")) };
        rules::check(&event, seen, reader.policy, &mut |severity, path, fault| {
            let pointer = format!("{at}/{path}");
            match severity {
                Some(severity) => reader.findings.weighed(severity, &pointer, fault),
                None => reader.findings.violation(&pointer, fault),
            }
        });
    }
    Some(event)
}

fn is_empty_list(json: Option<&Json>) -> bool {
    match json {
        Some(Json::List(members)) => members.is_empty(),
        _ => true,
    }
}

fn extended_kind(reader: &mut Reader<'_>, name: &str, at: &At<'_>) -> Option<EventKind> {
    let here = at.member("type");
    let named = reader.context.name(name).map_err(|_| Fault::NotEvent(shown(name)));
    reader.findings.take(&here, named).map(EventKind::Extended)
}

fn standard_kind(reader: &mut Reader<'_>, name: &str, json: &Json, at: &At<'_>) -> Option<EventKind> {
    if name == "TransformationEvent" {
        return Some(EventKind::Transformation {
            inputs: objects(reader, json, "inputEPCList", "inputQuantityList", at),
            outputs: objects(reader, json, "outputEPCList", "outputQuantityList", at),
            id: reader.optional(json, "transformationID", at, Uri::parse),
            ilmd: ilmd(reader, json, at),
        });
    }
    let action = reader.required(json, "action", at, Action::parse);
    let parent = reader.optional(json, "parentID", at, Uri::parse);
    Some(match name {
        "ObjectEvent" => EventKind::Object {
            objects: objects(reader, json, "epcList", "quantityList", at),
            ilmd: ilmd(reader, json, at),
            action: action?,
        },
        "TransactionEvent" => {
            if json.get("bizTransactionList").is_none() {
                reader.findings.violation(at, Fault::Missing("bizTransactionList"));
            }
            EventKind::Transaction {
                objects: plain_objects(reader, json, "epcList", "quantityList", at),
                parent,
                action: action?,
            }
        }
        other => {
            let children = plain_objects(reader, json, "childEPCs", "childQuantityList", at);
            if other == "AssociationEvent" && json.get("parentID").is_none() {
                reader.findings.violation(at, Fault::Missing("parentID"));
            }
            let content = Containment { children, parent, action: action? };
            if other == "AggregationEvent" { EventKind::Aggregation(content) } else { EventKind::Association(content) }
        }
    })
}

/// Lists in which no id may stand twice.
fn objects(reader: &mut Reader<'_>, json: &Json, epcs: &'static str, quantities: &'static str, at: &At<'_>) -> Objects {
    let objects = plain_objects(reader, json, epcs, quantities, at);
    let mut seen = std::collections::BTreeSet::new();
    if let Some(twice) = objects.epcs.iter().find(|epc| !seen.insert(epc.as_str())) {
        reader.findings.violation(&at.member(epcs), Fault::Duplicate(shown(twice.as_str())));
    }
    objects
}

fn plain_objects(
    reader: &mut Reader<'_>,
    json: &Json,
    epcs: &'static str,
    quantities: &'static str,
    at: &At<'_>,
) -> Objects {
    Objects {
        epcs: reader.list(json, epcs, at, |reader, json, at| reader.text(json, at, Uri::parse)),
        quantities: reader.list(json, quantities, at, quantity),
    }
}

fn quantity(reader: &mut Reader<'_>, json: &Json, at: &At<'_>) -> Option<Quantity> {
    if !reader.is_object(json, at) {
        return None;
    }
    reader.only(json, &["epcClass", "quantity", "uom"], at);
    let class = reader.required(json, "epcClass", at, Uri::parse);
    let quantity = number(reader, json, "quantity", at);
    let uom = reader.optional(json, "uom", at, Uom::parse);
    Some(Quantity { class: class?, quantity, uom })
}

/// A JSON number, kept as it was written.
pub(super) fn number(reader: &mut Reader<'_>, json: &Json, name: &'static str, at: &At<'_>) -> Option<Decimal> {
    let value = json.get(name)?;
    let result = match value {
        Json::Number(number) => Decimal::parse(number),
        other => Err(Fault::Type { expected: "a number", found: other.noun() }),
    };
    reader.findings.take(&at.member(name), result)
}

fn ilmd(reader: &mut Reader<'_>, json: &Json, at: &At<'_>) -> Vec<crate::event::Extension> {
    let Some(value) = json.get("ilmd") else { return Vec::new() };
    let here = at.member("ilmd");
    if !reader.is_object(value, &here) {
        return Vec::new();
    }
    // An empty one counts as named, so that the rule about ADD sees it; the schema does the same.
    if value == &Json::Object(Vec::new()) && json.get("action").is_some_and(|action| action.text() != Some("ADD")) {
        reader.findings.violation(&here, Fault::IlmdWithoutAdd);
    }
    reader.extensions(value, &[], &here)
}

fn certification(reader: &mut Reader<'_>, json: &Json, at: &At<'_>) -> Vec<Uri> {
    match json.get("certificationInfo") {
        Some(Json::List(_)) => {
            reader.list(json, "certificationInfo", at, |reader, json, at| reader.text(json, at, Uri::parse))
        }
        Some(one) => reader.text(one, &at.member("certificationInfo"), Uri::parse).into_iter().collect(),
        None => Vec::new(),
    }
}

fn error_declaration(reader: &mut Reader<'_>, json: &Json, at: &At<'_>) -> Option<ErrorDeclaration> {
    let value = json.get("errorDeclaration")?;
    let here = at.member("errorDeclaration");
    if !reader.is_object(value, &here) {
        return None;
    }
    let time = reader.required(value, "declarationTime", &here, Timestamp::parse);
    let reason = reader.optional(value, "reason", &here, |text| Term::parse_json(List::ErrorReason, text));
    let corrective_ids =
        reader.list(value, "correctiveEventIDs", &here, |reader, json, at| reader.text(json, at, Uri::parse));
    let extensions = reader.extensions(value, &["declarationTime", "reason", "correctiveEventIDs"], &here);
    Some(ErrorDeclaration { time: time?, reason, corrective_ids, extensions })
}

fn persistent(reader: &mut Reader<'_>, json: &Json, at: &At<'_>) -> Option<PersistentDisposition> {
    let names = ["persistentDisposition", PERSISTENT_SPELT_OUT];
    let (name, value) = names.into_iter().find_map(|name| json.get(name).map(|value| (name, value)))?;
    let here = at.member(name);
    if !reader.is_object(value, &here) {
        return None;
    }
    reader.only(value, &["set", "unset"], &here);
    let mut terms = |name: &'static str| {
        let list = reader.list(value, name, &here, |reader, json, at| {
            reader.text(json, at, |text| Term::parse_json(List::Disposition, text))
        });
        if value.get(name).is_some_and(|json| is_empty_list(Some(json))) {
            reader.findings.violation(&here.member(name), Fault::Empty("persistentDisposition"));
        }
        list
    };
    Some(PersistentDisposition { set: terms("set"), unset: terms("unset") })
}

fn place(reader: &mut Reader<'_>, json: &Json, name: &'static str, at: &At<'_>) -> Option<Place> {
    let value = json.get(name)?;
    let here = at.member(name);
    if !reader.is_object(value, &here) {
        return None;
    }
    let id = reader.required(value, "id", &here, Uri::parse);
    let extensions = reader.free_extensions(value, &["id"]);
    Some(Place { id: id?, extensions })
}

/// `bizTransactionList`, `sourceList`, `destinationList`.
fn typed(reader: &mut Reader<'_>, json: &Json, list: &'static str, name: &'static str, at: &At<'_>) -> Vec<Typed> {
    let words = if name == "bizTransaction" { List::TransactionType } else { List::SourceDestinationType };
    reader.list(json, list, at, |reader, json, at| {
        if !reader.is_object(json, at) {
            return None;
        }
        reader.only(json, &["type", name], at);
        let parse = |text: &str| Term::parse_json(words, text);
        let kind = if name == "bizTransaction" {
            reader.optional(json, "type", at, parse)
        } else {
            Some(reader.required(json, "type", at, parse)?)
        };
        let id = reader.required(json, name, at, Uri::parse);
        Some(Typed { kind, id: id? })
    })
}

//! One event of XML, 2.0 or 1.x.

use super::node::{Fields, Place as At, Reader, XSI, text_of};
use crate::error::Fault;
use crate::event::{
    Action, Containment, ErrorDeclaration, Event, EventKind, Extension, Objects, PersistentDisposition, Place,
    Quantity, Typed, Uom,
};
use crate::name::{Context, Name};
use crate::rules::{self, Seen};
use crate::text::{Decimal, Offset, Timestamp, Uri};
use crate::vocabulary::{List, Term};
use roxmltree::Node;
use std::sync::Arc;

/// The elements of each kind of event in the order of the XSD. 1.x differs in the order of what it wraps, which is not checked.
fn order(kind: &str) -> Option<&'static [&'static str]> {
    macro_rules! order {
        ($($own:literal),*; $($middle:literal),*; $($late:literal),*) => {
            &[
                "eventTime", "recordTime", "eventTimeZoneOffset", "eventID", "errorDeclaration", "certificationInfo",
                $($own,)* "bizStep", "disposition", "readPoint", "bizLocation", $($middle,)*
                "sourceList", "destinationList", "sensorElementList", "persistentDisposition", $($late,)*
            ]
        };
    }
    Some(match kind {
        "ObjectEvent" => order!("epcList", "action"; "bizTransactionList", "quantityList"; "ilmd"),
        "AggregationEvent" => order!("parentID", "childEPCs", "action"; "bizTransactionList", "childQuantityList";),
        "AssociationEvent" => order!("parentID", "childEPCs", "childQuantityList", "action"; "bizTransactionList";),
        "TransactionEvent" => order!("bizTransactionList", "parentID", "epcList", "action"; "quantityList";),
        "TransformationEvent" => order!(
            "inputEPCList", "inputQuantityList", "outputEPCList", "outputQuantityList", "transformationID";
            "bizTransactionList"; "ilmd"
        ),
        "QuantityEvent" => order!("epcClass", "quantity"; "bizTransactionList";),
        _ => return None,
    })
}

/// The local names of standard events.
pub(super) fn is_event(name: &str) -> bool {
    order(name).is_some()
}

/// Reads one event; `None` when something essential is missing (which is a violation already).
pub(super) fn read(reader: &mut Reader<'_>, node: Node<'_, '_>, context: &Arc<Context>) -> Option<Event> {
    let name = node.tag_name().name();
    let standard = node.tag_name().namespace().is_none().then(|| order(name)).flatten();
    let fields = Fields::of(node);
    let violations_before = reader.findings.violations.len();
    match standard {
        Some(order) => fields.check(reader, order),
        None => fields.check(
            reader,
            &["eventTime", "recordTime", "eventTimeZoneOffset", "eventID", "errorDeclaration", "certificationInfo"],
        ),
    }
    let kind = match standard {
        Some(_) => standard_kind(reader, name, node, &fields),
        None => Some(EventKind::Extended(Name::new(node.tag_name().namespace().unwrap_or_default(), name))),
    };
    let event_time = fields.required(reader, "eventTime", Timestamp::parse);
    let offset = fields.required(reader, "eventTimeZoneOffset", Offset::parse);
    let event = Event {
        record_time: fields.optional(reader, "recordTime", Timestamp::parse),
        event_id: fields.optional(reader, "eventID", Uri::parse),
        error: fields.get("errorDeclaration").and_then(|node| error_declaration(reader, node)),
        certification_info: fields.optional(reader, "certificationInfo", Uri::parse).into_iter().collect(),
        biz_step: fields.optional(reader, "bizStep", |text| Term::parse(List::BizStep, text)),
        disposition: fields.optional(reader, "disposition", |text| Term::parse(List::Disposition, text)),
        persistent_disposition: fields.get("persistentDisposition").map(|node| persistent(reader, node)),
        read_point: fields.get("readPoint").and_then(|node| place(reader, node)),
        biz_location: fields.get("bizLocation").and_then(|node| place(reader, node)),
        biz_transactions: typed(reader, fields.get("bizTransactionList"), "bizTransaction", List::TransactionType),
        sources: typed(reader, fields.get("sourceList"), "source", List::SourceDestinationType),
        destinations: typed(reader, fields.get("destinationList"), "destination", List::SourceDestinationType),
        sensors: super::sensor::list(reader, fields.get("sensorElementList")),
        extensions: reader.extensions(&fields.others),
        context: Arc::clone(context),
        event_time: event_time?,
        offset: offset?,
        kind: kind?,
    };
    if reader.findings.violations.len() == violations_before {
        let seen = Seen { objects: fields.get("epcList").is_some() };
        rules::check(&event, seen, reader.policy, &mut |severity, path, fault| {
            let pointer = format!("{}/{}", At(node), xpath(path));
            match severity {
                Some(severity) => reader.findings.weighed(severity, &pointer, fault),
                None => reader.findings.violation(&pointer, fault),
            }
        });
    }
    Some(event)
}

/// `childEPCs/2` of the rules is `childEPCs/*[3]`.
fn xpath(path: &str) -> String {
    let step = |step: &str| {
        step.parse::<usize>().map_or_else(|_| step.to_owned(), |index| format!("*[{}]", index.saturating_add(1)))
    };
    path.split('/').map(step).collect::<Vec<_>>().join("/")
}

fn standard_kind(
    reader: &mut Reader<'_>,
    name: &str,
    node: Node<'_, '_>,
    fields: &Fields<'_, '_>,
) -> Option<EventKind> {
    match name {
        "TransformationEvent" => {
            return Some(EventKind::Transformation {
                inputs: objects(reader, fields, "inputEPCList", "inputQuantityList"),
                outputs: objects(reader, fields, "outputEPCList", "outputQuantityList"),
                id: fields.optional(reader, "transformationID", Uri::parse),
                ilmd: ilmd(reader, fields),
            });
        }
        "QuantityEvent" => return quantity_event(reader, fields),
        _ => {}
    }
    let action = fields.required(reader, "action", Action::parse);
    let parent = fields.optional(reader, "parentID", Uri::parse);
    Some(match name {
        "ObjectEvent" => EventKind::Object {
            objects: objects(reader, fields, "epcList", "quantityList"),
            ilmd: ilmd(reader, fields),
            action: action?,
        },
        "TransactionEvent" => {
            if fields.get("bizTransactionList").is_none() {
                reader.findings.violation(&At(node), Fault::Missing("bizTransactionList"));
            }
            EventKind::Transaction {
                objects: objects(reader, fields, "epcList", "quantityList"),
                parent,
                action: action?,
            }
        }
        other => {
            let children = objects(reader, fields, "childEPCs", "childQuantityList");
            let content = Containment { children, parent, action: action? };
            if other == "AggregationEvent" { EventKind::Aggregation(content) } else { EventKind::Association(content) }
        }
    })
}

/// EPCIS 1.0's event about a quantity: what 1.1 and later say as an observed object.
fn quantity_event(reader: &mut Reader<'_>, fields: &Fields<'_, '_>) -> Option<EventKind> {
    let class = fields.required(reader, "epcClass", Uri::parse)?;
    let quantity = fields.required(reader, "quantity", Decimal::parse);
    let quantities = vec![Quantity { class, quantity, uom: None }];
    Some(EventKind::Object {
        action: Action::Observe,
        objects: Objects { epcs: Vec::new(), quantities },
        ilmd: Vec::new(),
    })
}

fn objects(reader: &mut Reader<'_>, fields: &Fields<'_, '_>, epcs: &str, quantities: &str) -> Objects {
    Objects {
        epcs: reader.list(fields.get(epcs), "epc", |reader, node| reader.text(node, Uri::parse)),
        quantities: reader.list(fields.get(quantities), "quantityElement", quantity),
    }
}

fn quantity(reader: &mut Reader<'_>, node: Node<'_, '_>) -> Option<Quantity> {
    let fields = Fields::of(node);
    fields.check(reader, &["epcClass", "quantity", "uom"]);
    if let Some(other) = fields.others.first() {
        reader.findings.violation(&At(*other), Fault::Unknown(other.tag_name().name().to_owned()));
    }
    let class = fields.required(reader, "epcClass", Uri::parse);
    let nil =
        |node: &Node<'_, '_>| matches!(node.attribute((XSI, "nil")), Some("true" | "1")) && text_of(*node).is_empty();
    let quantity = fields.get("quantity").filter(|node| !nil(node)).and_then(|node| reader.text(node, Decimal::parse));
    let uom = fields.optional(reader, "uom", Uom::parse);
    Some(Quantity { class: class?, quantity, uom })
}

fn ilmd(reader: &mut Reader<'_>, fields: &Fields<'_, '_>) -> Vec<Extension> {
    let Some(node) = fields.get("ilmd") else { return Vec::new() };
    let inner = Fields::of(node);
    inner.check(reader, &[]);
    if inner.others.is_empty() && fields.get("action").is_some_and(|action| text_of(action) != "ADD") {
        reader.findings.violation(&At(node), Fault::IlmdWithoutAdd);
    }
    reader.extensions(&inner.others)
}

fn error_declaration(reader: &mut Reader<'_>, node: Node<'_, '_>) -> Option<ErrorDeclaration> {
    let fields = Fields::of(node);
    // The XSD lets these stand in any order.
    for name in ["declarationTime", "reason", "correctiveEventIDs"] {
        let count =
            node.children().filter(|child| super::node::is_own(child) && child.tag_name().name() == name).count();
        if count > 1 {
            reader.findings.violation(&At(node), Fault::Repeated(name.to_owned()));
        }
    }
    let known = |child: &Node<'_, '_>| {
        matches!(child.tag_name().name(), "declarationTime" | "reason" | "correctiveEventIDs" | "extension")
    };
    for child in node.children().filter(super::node::is_own).filter(|child| !known(child)) {
        reader.findings.violation(&At(child), Fault::Unknown(child.tag_name().name().to_owned()));
    }
    let time = fields.required(reader, "declarationTime", Timestamp::parse);
    let reason = fields.optional(reader, "reason", |text| Term::parse(List::ErrorReason, text));
    let corrective_ids = reader
        .list(fields.get("correctiveEventIDs"), "correctiveEventID", |reader, node| reader.text(node, Uri::parse));
    Some(ErrorDeclaration { time: time?, reason, corrective_ids, extensions: reader.extensions(&fields.others) })
}

fn persistent(reader: &mut Reader<'_>, node: Node<'_, '_>) -> PersistentDisposition {
    let mut lasting = PersistentDisposition::default();
    for child in node.children().filter(Node::is_element) {
        let name = if super::node::is_own(&child) { child.tag_name().name() } else { "" };
        let list = match name {
            "set" => &mut lasting.set,
            "unset" => &mut lasting.unset,
            _ => {
                reader.findings.violation(&At(child), Fault::Unknown(child.tag_name().name().to_owned()));
                continue;
            }
        };
        list.extend(reader.text(child, |text| Term::parse(List::Disposition, text)));
    }
    lasting
}

fn place(reader: &mut Reader<'_>, node: Node<'_, '_>) -> Option<Place> {
    let fields = Fields::of(node);
    fields.check(reader, &["id"]);
    let id = fields.required(reader, "id", Uri::parse);
    let extensions = reader.extensions(&fields.others);
    Some(Place { id: id?, extensions })
}

fn typed(reader: &mut Reader<'_>, list: Option<Node<'_, '_>>, name: &'static str, words: List) -> Vec<Typed> {
    reader.list(list, name, |reader, node| {
        let parse = |text: &str| Term::parse(words, text);
        if words == List::SourceDestinationType && node.attribute("type").is_none() {
            reader.findings.violation(&At(node), Fault::Missing("type"));
            return None;
        }
        let kind = match node.attribute("type") {
            Some(_) => Some(reader.attribute(node, "type", parse)?),
            None => None,
        };
        reader.text(node, Uri::parse).map(|id| Typed { kind, id })
    })
}

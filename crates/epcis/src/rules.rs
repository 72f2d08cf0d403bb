//! The rules that neither the JSON Schema nor the XSD holds, or that one of them holds and the other does not.
//!
//! ```text
//! ObjectEvent          names objects, or sensors at a read point; ilmd with ADD only
//! AggregationEvent     ADD and DELETE need the parent; ADD and OBSERVE need children; DELETE without children: everything leaves
//! AssociationEvent     always a parent; children as above
//! TransactionEvent     a document of business; objects, unless DELETE (XML: or a parent)
//! TransformationEvent  inputs and outputs, or an id that joins it with the events that have the others
//! persistentDisposition   set or unset, nothing in both
//! sensors              time, device, metadata, raw data and method stand in the metadata or in the reports, not in both
//! keys                 EPC URNs and Digital Links are keys that can exist: weighed by the policy
//! ```
//! The first line is relaxed as the schema relaxes it: an `epcList` that is there and empty counts as named.

use crate::error::Fault;
use crate::event::{Action, Containment, Event, EventKind, Objects, SensorElement};
use crate::key;
use crate::limits::{Policy, Severity};
use crate::text::{Uri, shown};

/// What the document said beyond what an [`Event`] keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// A list of objects was there, be it empty.
    pub objects: bool,
}

/// Reports every broken rule: its weight (`None`: always refused), the field, the fault.
pub type Report<'r> = &'r mut dyn FnMut(Option<Severity>, &str, Fault);

/// Checks one event. Every fault is reported, none is returned.
pub fn check(event: &Event, seen: Seen, policy: Policy, report: Report<'_>) {
    kind(event, seen, report);
    persistent(event, report);
    for (index, element) in event.sensors.iter().enumerate() {
        sensor(index, element, report);
    }
    keys(event, policy.keys, report);
}

fn kind(event: &Event, seen: Seen, report: Report<'_>) {
    match &event.kind {
        EventKind::Object { action, objects, ilmd } => {
            let sensed = !event.sensors.is_empty() && event.read_point.is_some();
            if objects.is_empty() && !seen.objects && !sensed {
                report(None, "epcList", Fault::NoObjects);
            }
            if !ilmd.is_empty() && *action != Action::Add {
                report(None, "ilmd", Fault::IlmdWithoutAdd);
            }
        }
        EventKind::Aggregation(content) => {
            if content.parent.is_none() && content.action != Action::Observe {
                report(None, "parentID", Fault::NoParent { event: "AggregationEvent", action: content.action.name() });
            }
            containment(content, "AggregationEvent", report);
        }
        EventKind::Association(content) => {
            if content.parent.is_none() {
                report(None, "parentID", Fault::NoParent { event: "AssociationEvent", action: content.action.name() });
            }
            containment(content, "AssociationEvent", report);
        }
        EventKind::Transaction { action, objects, parent } => {
            if event.biz_transactions.is_empty() {
                report(None, "bizTransactionList", Fault::Empty("bizTransactionList"));
            }
            if objects.is_empty() && !seen.objects && parent.is_none() && *action != Action::Delete {
                report(None, "epcList", Fault::NoTransactionObjects(action.name()));
            }
        }
        EventKind::Transformation { inputs, outputs, id, .. } => {
            let whole = !inputs.is_empty() && !outputs.is_empty();
            let joined = id.is_some() && !(inputs.is_empty() && outputs.is_empty());
            if !whole && !joined {
                report(None, "transformationID", Fault::NoTransformation);
            }
        }
        EventKind::Extended(_) => {}
    }
}

fn containment(content: &Containment, event: &'static str, report: Report<'_>) {
    if content.children.is_empty() && content.action != Action::Delete {
        report(None, "childEPCs", Fault::NoChildren { event, action: content.action.name() });
    }
    if let Some(parent) = &content.parent
        && content.children.epcs.contains(parent)
    {
        report(None, "childEPCs", Fault::ParentIsChild(shown(parent.as_str())));
    }
}

fn persistent(event: &Event, report: Report<'_>) {
    let Some(lasting) = &event.persistent_disposition else { return };
    if lasting.set.is_empty() && lasting.unset.is_empty() {
        report(None, "persistentDisposition", Fault::NoPersistentDisposition);
    }
    for (name, list) in [("persistentDisposition/set", &lasting.set), ("persistentDisposition/unset", &lasting.unset)] {
        let repeated =
            list.iter().enumerate().find(|(index, term)| list.iter().take(*index).any(|other| other == *term));
        if let Some((_, term)) = repeated {
            report(None, name, Fault::Duplicate(shown(term.short())));
        }
    }
    if let Some(both) = lasting.set.iter().find(|term| lasting.unset.contains(term)) {
        report(None, "persistentDisposition", Fault::SetAndUnset(shown(both.short())));
    }
}

fn sensor(index: usize, element: &SensorElement, report: Report<'_>) {
    let Some(metadata) = &element.metadata else { return };
    let any = |held: fn(&crate::event::SensorReport) -> bool| element.reports.iter().any(held);
    let path = format!("sensorElementList/{index}");
    let pairs: [(&'static str, bool, bool); 5] = [
        ("time", metadata.time.is_some(), any(|report| report.time.is_some())),
        ("deviceID", metadata.device_id.is_some(), any(|report| report.device_id.is_some())),
        ("deviceMetadata", metadata.device_metadata.is_some(), any(|report| report.device_metadata.is_some())),
        ("rawData", metadata.raw_data.is_some(), any(|report| report.raw_data.is_some())),
        (
            "dataProcessingMethod",
            metadata.data_processing_method.is_some(),
            any(|report| report.data_processing_method.is_some()),
        ),
    ];
    for (name, above, below) in pairs {
        if above && below {
            report(None, &path, Fault::SensorTwice(name));
        }
    }
    if let (Some(start), Some(end)) = (metadata.start_time, metadata.end_time)
        && start.unix_nanos() > end.unix_nanos()
    {
        report(Some(Severity::Note), &path, Fault::SensorEndsBeforeStart);
    }
}

/// Ids that look like GS1 keys and cannot be any.
fn keys(event: &Event, severity: Severity, report: Report<'_>) {
    let mut check = |path: &str, id: &Uri| {
        if let Err(reason) = key::check(id.as_str()) {
            report(Some(severity), path, Fault::Key(reason));
        }
    };
    let mut objects = |epcs: &'static str, quantities: &'static str, objects: &Objects| {
        for (index, epc) in objects.epcs.iter().enumerate() {
            check(&format!("{epcs}/{index}"), epc);
        }
        for (index, quantity) in objects.quantities.iter().enumerate() {
            check(&format!("{quantities}/{index}/epcClass"), &quantity.class);
        }
    };
    match &event.kind {
        EventKind::Object { objects: what, .. } | EventKind::Transaction { objects: what, .. } => {
            objects("epcList", "quantityList", what);
        }
        EventKind::Aggregation(content) | EventKind::Association(content) => {
            objects("childEPCs", "childQuantityList", &content.children);
        }
        EventKind::Transformation { inputs, outputs, .. } => {
            objects("inputEPCList", "inputQuantityList", inputs);
            objects("outputEPCList", "outputQuantityList", outputs);
        }
        EventKind::Extended(_) => {}
    }
    if let Some(parent) = event.kind.parent() {
        check("parentID", parent);
    }
    for (name, place) in [("readPoint/id", &event.read_point), ("bizLocation/id", &event.biz_location)] {
        if let Some(place) = place {
            check(name, &place.id);
        }
    }
    for (name, list) in [("sourceList", &event.sources), ("destinationList", &event.destinations)] {
        for (index, party) in list.iter().enumerate() {
            check(&format!("{name}/{index}"), &party.id);
        }
    }
}

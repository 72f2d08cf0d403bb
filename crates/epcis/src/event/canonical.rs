//! One form for all spellings of an event, for comparison only. It is written as text, so that it can be sorted.

use super::{Containment, Event, EventKind, Extension, Objects, Place, Quantity, SensorElement, Typed, Value};
use crate::text::{Decimal, Timestamp, Uri};
use crate::vocabulary::Term;

/// The canonical text. Every piece of somebody's text is quoted with its length, so that no two events have one text.
pub(super) fn of(event: &Event) -> String {
    let mut out = Out(String::new());
    out.piece("type", &event.kind.name());
    out.piece("time", &moment(event.event_time));
    out.piece("offset", &event.offset.to_string());
    out.optional("record", event.record_time.map(moment));
    out.optional("id", event.event_id.as_ref().map(Uri::to_string));
    if let Some(error) = &event.error {
        out.piece("error", &moment(error.time));
        out.optional("reason", error.reason.as_ref().map(Term::web));
        out.set("corrective", error.corrective_ids.iter().map(Uri::to_string));
        out.piece("own", &fields(&error.extensions));
    }
    out.set("certification", event.certification_info.iter().map(Uri::to_string));
    kind(&mut out, &event.kind);
    out.optional("step", event.biz_step.as_ref().map(Term::web));
    out.optional("disposition", event.disposition.as_ref().map(Term::web));
    if let Some(lasting) = &event.persistent_disposition {
        out.set("set", lasting.set.iter().map(Term::web));
        out.set("unset", lasting.unset.iter().map(Term::web));
    }
    out.optional("readPoint", event.read_point.as_ref().map(place));
    out.optional("bizLocation", event.biz_location.as_ref().map(place));
    for (name, list) in
        [("transaction", &event.biz_transactions), ("source", &event.sources), ("destination", &event.destinations)]
    {
        out.set(name, list.iter().map(typed));
    }
    out.set("sensor", event.sensors.iter().map(sensor));
    out.piece("own", &fields(&event.extensions));
    out.0
}

struct Out(String);

impl Out {
    fn piece(&mut self, name: &str, text: &str) {
        self.0.push_str(&format!("{name}:{}:{text};", text.len()));
    }

    fn optional(&mut self, name: &str, text: Option<String>) {
        if let Some(text) = text {
            self.piece(name, &text);
        }
    }

    fn set(&mut self, name: &str, members: impl Iterator<Item = String>) {
        let mut sorted: Vec<String> = members.collect();
        sorted.sort_unstable();
        for member in sorted {
            self.piece(name, &member);
        }
    }
}

fn moment(time: Timestamp) -> String {
    time.in_utc().to_string()
}

fn number(decimal: &Decimal) -> String {
    plain(decimal.as_str()).unwrap_or_else(|| decimal.value().to_string())
}

/// A number without exponent in its shortest exact form: no plus, no zeros at either end.
fn plain(text: &str) -> Option<String> {
    if text.contains(['e', 'E']) {
        return None;
    }
    let json = Decimal::parse(text).ok()?.json();
    let trimmed = if json.contains('.') { json.trim_end_matches('0').trim_end_matches('.') } else { &json };
    Some(if trimmed == "-0" { "0".to_owned() } else { trimmed.to_owned() })
}

fn kind(out: &mut Out, kind: &EventKind) {
    match kind {
        EventKind::Object { action, objects: what, ilmd } => {
            out.piece("action", action.name());
            objects(out, "", what);
            out.piece("ilmd", &fields(ilmd));
        }
        EventKind::Aggregation(content) | EventKind::Association(content) => containment(out, content),
        EventKind::Transaction { action, parent, objects: what } => {
            out.piece("action", action.name());
            out.optional("parent", parent.as_ref().map(Uri::to_string));
            objects(out, "", what);
        }
        EventKind::Transformation { inputs, outputs, id, ilmd } => {
            objects(out, "in.", inputs);
            objects(out, "out.", outputs);
            out.optional("transformation", id.as_ref().map(Uri::to_string));
            out.piece("ilmd", &fields(ilmd));
        }
        EventKind::Extended(_) => {}
    }
}

fn containment(out: &mut Out, content: &Containment) {
    out.piece("action", content.action.name());
    out.optional("parent", content.parent.as_ref().map(Uri::to_string));
    objects(out, "child.", &content.children);
}

fn objects(out: &mut Out, head: &str, objects: &Objects) {
    out.set(&format!("{head}epc"), objects.epcs.iter().map(Uri::to_string));
    out.set(&format!("{head}class"), objects.quantities.iter().map(quantity));
}

fn quantity(quantity: &Quantity) -> String {
    let mut out = Out(String::new());
    out.piece("class", quantity.class.as_str());
    out.optional("quantity", quantity.quantity.as_ref().map(number));
    out.optional("uom", quantity.uom.as_ref().map(|uom| uom.as_str().to_owned()));
    out.0
}

fn place(place: &Place) -> String {
    let mut out = Out(String::new());
    out.piece("id", place.id.as_str());
    out.piece("own", &fields(&place.extensions));
    out.0
}

fn typed(typed: &Typed) -> String {
    let mut out = Out(String::new());
    out.optional("type", typed.kind.as_ref().map(Term::web));
    out.piece("id", typed.id.as_str());
    out.0
}

fn sensor(element: &SensorElement) -> String {
    let mut out = Out(String::new());
    if let Some(metadata) = &element.metadata {
        for (name, time) in [("time", metadata.time), ("start", metadata.start_time), ("end", metadata.end_time)] {
            out.optional(name, time.map(moment));
        }
        let uris = [
            &metadata.device_id,
            &metadata.device_metadata,
            &metadata.raw_data,
            &metadata.data_processing_method,
            &metadata.biz_rules,
        ];
        for (index, uri) in uris.into_iter().enumerate() {
            out.optional(&format!("m{index}"), uri.as_ref().map(Uri::to_string));
        }
        out.piece("own", &fields(&metadata.extensions));
    }
    out.set("report", element.reports.iter().map(report));
    out.piece("own", &fields(&element.extensions));
    out.0
}

fn report(report: &super::SensorReport) -> String {
    let mut out = Out(String::new());
    out.piece("type", &report.kind.web());
    out.optional("exception", report.exception.as_ref().map(Term::web));
    out.optional("component", report.component.as_ref().map(Term::web));
    let uris = [
        &report.device_id,
        &report.device_metadata,
        &report.raw_data,
        &report.data_processing_method,
        &report.biz_rules,
        &report.microorganism,
        &report.chemical_substance,
        &report.coordinate_reference_system,
        &report.uri_value,
    ];
    for (index, uri) in uris.into_iter().enumerate() {
        out.optional(&format!("u{index}"), uri.as_ref().map(Uri::to_string));
    }
    out.optional("time", report.time.map(moment));
    for (name, value) in report.numbers() {
        out.optional(name, value.map(number));
    }
    out.optional("string", report.string_value.clone());
    out.optional("boolean", report.boolean_value.map(|value| value.to_string()));
    out.optional("hex", report.hex_binary_value.clone());
    out.optional("uom", report.uom.clone());
    out.piece("own", &fields(&report.extensions));
    out.0
}

/// Own fields as a sorted set; lists become repeated fields, numbers and booleans text.
fn fields(extensions: &[Extension]) -> String {
    let each = |extension: &Extension| -> Vec<String> {
        let values = extension.value.flat();
        values.into_iter().map(|value| field(&extension.name.iri(), value)).collect()
    };
    let mut out = Out(String::new());
    out.set("f", extensions.iter().flat_map(each));
    out.0
}

fn field(name: &str, value: &Value) -> String {
    let mut out = Out(String::new());
    out.piece("name", name);
    let text = value.text().unwrap_or_default();
    let text = text.trim();
    out.piece("text", &plain(text).unwrap_or_else(|| text.to_owned()));
    out.set("attribute", value.attributes().iter().map(|(name, text)| format!("{name}={text}")));
    out.piece("in", &fields(value.children()));
    out.0
}

//! The event hash id of CBV 2.0: `ni:///sha-256;{hex}?ver=CBV2.0`, the same for every spelling of an event.
//!
//! ```text
//! pre-hash   eventType=…eventTime=…eventTimeZoneOffset=…epcList epc=…   key=value without separators
//! order      eventTime, eventTimeZoneOffset, epcList, parentID, inputEPCList, childEPCs, quantityList, childQuantityList,
//!            inputQuantityList, outputEPCList, outputQuantityList, action, transformationID, bizStep, disposition,
//!            persistentDisposition(set, unset), readPoint, bizLocation, sensorElementList, then, sorted as strings:
//!            bizTransactionList, destinationList, ilmd, sourceList and the own fields
//! left out   recordTime, eventID, errorDeclaration, certificationInfo, comments (rdfs:comment)
//! values     trimmed; numbers in their shortest form; times of standard fields in UTC with three decimals, half up;
//!            CBV words as web URIs; abbreviations expanded; GS1 keys as constrained canonical Digital Links
//! lists      the list's name once, then its members sorted by their bytes; a type stands before the id it belongs to
//! own fields {namespace}local=value, sorted, those of a place, a sensor element or a report at the end of it
//! ```
//! Two things are as GS1's reference implementation does them and its published hashes prove, not as the prose of the standard
//! says: the type stands before its id, and the lists of documents, sources and destinations come after the sensors in the
//! order of their names. Numbers also follow the reference: a text that is a number is read as a double, so **texts of more
//! than fifteen digits can collide**; whoever takes equal hashes for equal events compares with [`crate::Event::same`] too.
//!
//! A hash proves nothing about who wrote the event.

mod number;

use crate::event::{
    Containment, Event, EventKind, Extension, Objects, Place, SensorElement, SensorReport, Typed, Value,
};
use crate::key;
use crate::name::Context;
use crate::text::{Timestamp, Uri};
use crate::vocabulary::Term;
use sha2::{Digest as _, Sha256};

/// Stands behind every hash of this algorithm; stored with it, because CBV 2.1 computes another.
pub const VERSION: &str = "CBV2.0";

/// `ni:///sha-256;…?ver=CBV2.0`.
#[must_use]
pub fn event_hash(event: &Event) -> String {
    let digest = Sha256::digest(pre_hash(event).as_bytes());
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("ni:///sha-256;{hex}?ver={VERSION}")
}

/// The text that is hashed.
#[must_use]
pub fn pre_hash(event: &Event) -> String {
    let scribe = Scribe { context: &event.context };
    let mut out = format!("eventType={}", event.kind.name());
    out.push_str(&format!("eventTime={}", event.event_time.utc_milliseconds()));
    out.push_str(&format!("eventTimeZoneOffset={}", event.offset));
    scribe.kind(&mut out, &event.kind);
    scribe.term(&mut out, "bizStep", event.biz_step.as_ref());
    scribe.term(&mut out, "disposition", event.disposition.as_ref());
    if let Some(lasting) = &event.persistent_disposition {
        let mut inner = String::new();
        for (name, list) in [("set", &lasting.set), ("unset", &lasting.unset)] {
            let each = |term: &Term| format!("{name}={}", scribe.term_text(term));
            inner.push_str(&sorted(list.iter().map(each)));
        }
        parent(&mut out, "persistentDisposition", &inner);
    }
    for (name, place) in [("readPoint", &event.read_point), ("bizLocation", &event.biz_location)] {
        if let Some(Place { id, extensions }) = place {
            let inner = format!("id={}{}", scribe.value(id.as_str()), scribe.fields(extensions));
            parent(&mut out, name, &inner);
        }
    }
    parent(&mut out, "sensorElementList", &sorted(event.sensors.iter().map(|element| scribe.sensor(element))));
    // The rest stands in the order of its own text.
    let mut rest = scribe.field_texts(&event.extensions);
    let lists = [
        ("bizTransactionList", "bizTransaction", &event.biz_transactions),
        ("sourceList", "source", &event.sources),
        ("destinationList", "destination", &event.destinations),
    ];
    for (list, name, members) in lists {
        if !members.is_empty() {
            rest.push(format!("{list}{}", sorted(members.iter().map(|typed| scribe.typed(name, typed)))));
        }
    }
    let ilmd = scribe.fields(event.kind.ilmd());
    if !ilmd.is_empty() {
        rest.push(format!("ilmd{ilmd}"));
    }
    out.push_str(&sorted(rest.into_iter()));
    out
}

/// Nothing for nothing.
fn parent(out: &mut String, name: &str, inner: &str) {
    if !inner.is_empty() {
        out.push_str(name);
        out.push_str(inner);
    }
}

fn sorted(members: impl Iterator<Item = String>) -> String {
    let mut all: Vec<String> = members.collect();
    all.sort_unstable();
    all.concat()
}

/// Writes values in the light of a document's prefixes.
struct Scribe<'c> {
    context: &'c Context,
}

impl Scribe<'_> {
    /// Any text: trimmed, abbreviations expanded, CBV URNs as web URIs, numbers shortened, keys canonical.
    fn value(&self, text: &str) -> String {
        let text = text.trim();
        if let Some(short) = number::canonical(text) {
            return short;
        }
        let text = self.context.expand(text).unwrap_or_else(|| text.to_owned());
        let text = words(text);
        key::canonical(&text).unwrap_or(text)
    }

    fn uri(&self, out: &mut String, name: &str, uri: Option<&Uri>) {
        if let Some(uri) = uri {
            out.push_str(&format!("{name}={}", self.value(uri.as_str())));
        }
    }

    fn time(out: &mut String, name: &str, time: Option<Timestamp>) {
        if let Some(time) = time {
            out.push_str(&format!("{name}={}", time.utc_milliseconds()));
        }
    }

    fn text(&self, out: &mut String, name: &str, text: Option<&str>) {
        if let Some(text) = text.filter(|text| !text.trim().is_empty()) {
            out.push_str(&format!("{name}={}", self.value(text)));
        }
    }

    fn term_text(&self, term: &Term) -> String {
        match term {
            Term::Standard(..) => term.web(),
            Term::Own(uri) => self.value(uri.as_str()),
        }
    }

    fn term(&self, out: &mut String, name: &str, term: Option<&Term>) {
        if let Some(term) = term {
            out.push_str(&format!("{name}={}", self.term_text(term)));
        }
    }

    fn kind(&self, out: &mut String, kind: &EventKind) {
        match kind {
            EventKind::Object { action, objects, .. } => {
                self.epcs(out, "epcList", objects);
                self.quantities(out, "quantityList", objects);
                out.push_str(&format!("action={}", action.name()));
            }
            EventKind::Transaction { action, parent, objects } => {
                self.epcs(out, "epcList", objects);
                self.uri(out, "parentID", parent.as_ref());
                self.quantities(out, "quantityList", objects);
                out.push_str(&format!("action={}", action.name()));
            }
            EventKind::Aggregation(Containment { action, parent, children })
            | EventKind::Association(Containment { action, parent, children }) => {
                self.uri(out, "parentID", parent.as_ref());
                self.epcs(out, "childEPCs", children);
                self.quantities(out, "childQuantityList", children);
                out.push_str(&format!("action={}", action.name()));
            }
            EventKind::Transformation { inputs, outputs, id, .. } => {
                self.epcs(out, "inputEPCList", inputs);
                self.quantities(out, "inputQuantityList", inputs);
                self.epcs(out, "outputEPCList", outputs);
                self.quantities(out, "outputQuantityList", outputs);
                self.uri(out, "transformationID", id.as_ref());
            }
            EventKind::Extended(_) => {}
        }
    }

    fn epcs(&self, out: &mut String, name: &str, objects: &Objects) {
        let each = |epc: &Uri| format!("epc={}", self.value(epc.as_str()));
        parent(out, name, &sorted(objects.epcs.iter().map(each)));
    }

    fn quantities(&self, out: &mut String, name: &str, objects: &Objects) {
        let each = |quantity: &crate::event::Quantity| {
            let mut inner = format!("quantityElementepcClass={}", self.value(quantity.class.as_str()));
            self.text(&mut inner, "quantity", quantity.quantity.as_ref().map(crate::text::Decimal::as_str));
            self.text(&mut inner, "uom", quantity.uom.as_ref().map(crate::event::Uom::as_str));
            inner
        };
        parent(out, name, &sorted(objects.quantities.iter().map(each)));
    }

    fn typed(&self, name: &str, typed: &Typed) -> String {
        let mut out = String::new();
        self.term(&mut out, "type", typed.kind.as_ref());
        self.uri(&mut out, name, Some(&typed.id));
        out
    }

    fn sensor(&self, element: &SensorElement) -> String {
        let mut out = "sensorElement".to_owned();
        if let Some(metadata) = &element.metadata {
            let mut inner = String::new();
            Self::time(&mut inner, "time", metadata.time);
            Self::time(&mut inner, "startTime", metadata.start_time);
            Self::time(&mut inner, "endTime", metadata.end_time);
            self.uri(&mut inner, "deviceID", metadata.device_id.as_ref());
            self.uri(&mut inner, "deviceMetadata", metadata.device_metadata.as_ref());
            self.uri(&mut inner, "rawData", metadata.raw_data.as_ref());
            self.uri(&mut inner, "dataProcessingMethod", metadata.data_processing_method.as_ref());
            self.uri(&mut inner, "bizRules", metadata.biz_rules.as_ref());
            inner.push_str(&self.fields(&metadata.extensions));
            parent(&mut out, "sensorMetadata", &inner);
        }
        out.push_str(&sorted(element.reports.iter().map(|report| self.report(report))));
        out.push_str(&self.fields(&element.extensions));
        out
    }

    fn report(&self, report: &SensorReport) -> String {
        let mut out = "sensorReport".to_owned();
        self.term(&mut out, "type", Some(&report.kind));
        self.term(&mut out, "exception", report.exception.as_ref());
        self.uri(&mut out, "deviceID", report.device_id.as_ref());
        self.uri(&mut out, "deviceMetadata", report.device_metadata.as_ref());
        self.uri(&mut out, "rawData", report.raw_data.as_ref());
        self.uri(&mut out, "dataProcessingMethod", report.data_processing_method.as_ref());
        Self::time(&mut out, "time", report.time);
        self.uri(&mut out, "microorganism", report.microorganism.as_ref());
        self.uri(&mut out, "chemicalSubstance", report.chemical_substance.as_ref());
        let number = |decimal: &Option<crate::text::Decimal>| decimal.as_ref().map(|number| number.as_str().to_owned());
        self.text(&mut out, "value", number(&report.value).as_deref());
        self.term(&mut out, "component", report.component.as_ref());
        self.text(&mut out, "stringValue", report.string_value.as_deref());
        self.text(&mut out, "booleanValue", report.boolean_value.map(|value| value.to_string()).as_deref());
        self.text(&mut out, "hexBinaryValue", report.hex_binary_value.as_deref());
        self.uri(&mut out, "uriValue", report.uri_value.as_ref());
        self.text(&mut out, "minValue", number(&report.min_value).as_deref());
        self.text(&mut out, "maxValue", number(&report.max_value).as_deref());
        self.text(&mut out, "meanValue", number(&report.mean_value).as_deref());
        self.text(&mut out, "sDev", number(&report.s_dev).as_deref());
        self.text(&mut out, "percRank", number(&report.perc_rank).as_deref());
        self.text(&mut out, "percValue", number(&report.perc_value).as_deref());
        self.text(&mut out, "uom", report.uom.as_deref());
        self.uri(&mut out, "coordinateReferenceSystem", report.coordinate_reference_system.as_ref());
        // The standard's list has no business rules in a report; they stand where own fields do.
        let mut rest = self.field_texts(&report.extensions);
        rest.extend(report.biz_rules.as_ref().map(|rules| format!("bizRules={}", self.value(rules.as_str()))));
        out.push_str(&sorted(rest.into_iter()));
        out
    }

    fn fields(&self, extensions: &[Extension]) -> String {
        sorted(self.field_texts(extensions).into_iter())
    }

    fn field_texts(&self, extensions: &[Extension]) -> Vec<String> {
        let mut texts = Vec::new();
        for extension in extensions.iter().filter(|extension| !is_comment(extension)) {
            for value in extension.value.flat() {
                texts.push(format!("{}{}", extension.name, self.content(value)));
            }
        }
        texts
    }

    /// `=value` of a simple field, the fields and attributes of a structure, nothing of an empty one.
    fn content(&self, value: &Value) -> String {
        let text = value.text().unwrap_or_default();
        let mut out = String::new();
        if !text.trim().is_empty() {
            out.push_str(&format!("={}", self.value(&text)));
        }
        let mut inner = self.field_texts(value.children());
        for (name, text) in value.attributes() {
            let text = if text.trim().is_empty() { String::new() } else { format!("={}", self.value(text)) };
            inner.push(format!("{name}{text}"));
        }
        out.push_str(&sorted(inner.into_iter()));
        out
    }
}

fn is_comment(extension: &Extension) -> bool {
    extension.name.local == "comment"
        && matches!(extension.name.namespace.as_str(), "" | "http://www.w3.org/2000/01/rdf-schema#")
}

/// URNs of CBV words within a text, as web URIs.
fn words(text: String) -> String {
    const PAIRS: [(&str, &str); 5] = [
        ("urn:epcglobal:cbv:bizstep:", "https://ref.gs1.org/cbv/BizStep-"),
        ("urn:epcglobal:cbv:disp:", "https://ref.gs1.org/cbv/Disp-"),
        ("urn:epcglobal:cbv:btt:", "https://ref.gs1.org/cbv/BTT-"),
        ("urn:epcglobal:cbv:sdt:", "https://ref.gs1.org/cbv/SDT-"),
        ("urn:epcglobal:cbv:er:", "https://ref.gs1.org/cbv/ER-"),
    ];
    if !text.contains("urn:epcglobal:cbv:") {
        return text;
    }
    PAIRS.iter().fold(text, |text, (urn, web)| text.replace(urn, web))
}

#[cfg(test)]
mod tests;

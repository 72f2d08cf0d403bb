//! Writing JSON-LD 2.0 that GS1's JSON Schema accepts and [`crate::read`] reads back as the same events.

use super::event::PERSISTENT_SPELT_OUT;
use super::value::Json;
use crate::document::{Document, DocumentKind};
use crate::event::{
    Containment, Event, EventKind, Extension, Objects, Place, SensorElement, SensorReport, Typed, Value,
};
use crate::name::{Context, Name};
use crate::text::{Decimal, Timestamp, Uri};
use crate::vocabulary::Term;
use std::collections::BTreeMap;

/// GS1's context, by its address.
pub(crate) const CONTEXT: &str = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld";

/// A document. `written_at` stands in for a creation date that it does not have.
#[must_use]
pub fn write(document: &Document, written_at: Timestamp) -> String {
    let mut prefixes = Prefixes::new(&document.context);
    let events: Vec<Json> = document.events.iter().map(|event| event_object(event, &mut prefixes).json()).collect();
    let own = prefixes.fields(&document.extensions);
    let mut out = Object::default();
    let context_at = out.0.len();
    out.text("type", if document.kind == DocumentKind::Events { "EPCISDocument" } else { "EPCISQueryDocument" });
    out.optional("id", document.id.as_ref().map(Uri::as_str));
    out.text("schemaVersion", "2.0");
    out.text("creationDate", &document.creation_date.unwrap_or(written_at).to_string());
    // The schema has no header in the results of a query.
    if document.kind == DocumentKind::Events {
        out.optional("sender", document.header.sender.as_deref());
        out.optional("receiver", document.header.receiver.as_deref());
        out.optional("instanceIdentifier", document.header.instance.as_deref());
        let header = header(document, &mut prefixes);
        out.0.extend(header.map(|header| ("epcisHeader".to_owned(), header)));
        out.0.extend(own);
    }
    let list = ("eventList".to_owned(), Json::List(events));
    let body = match &document.kind {
        DocumentKind::Events => Json::Object(vec![list]),
        DocumentKind::Query { name, subscription } => {
            let mut results = Object::default();
            results.text("queryName", name);
            results.optional("subscriptionID", subscription.as_deref());
            results.put("resultsBody", Json::Object(vec![list]));
            Json::Object(vec![("queryResults".to_owned(), results.json())])
        }
    };
    out.put("epcisBody", body);
    out.0.insert(context_at, ("@context".to_owned(), prefixes.context()));
    out.json().to_string()
}

/// One bare event with its context.
#[must_use]
pub fn write_event(event: &Event) -> String {
    let mut prefixes = Prefixes::new(&event.context);
    let mut out = event_object(event, &mut prefixes);
    out.0.insert(0, ("@context".to_owned(), prefixes.context()));
    out.json().to_string()
}

/// The members of an object that is being written.
#[derive(Default)]
struct Object(Vec<(String, Json)>);

impl Object {
    fn put(&mut self, name: &str, value: Json) {
        self.0.push((name.to_owned(), value));
    }

    fn text(&mut self, name: &str, text: &str) {
        self.put(name, Json::Text(text.to_owned()));
    }

    fn optional(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(name, text);
        }
    }

    fn term(&mut self, name: &str, term: Option<&Term>) {
        self.optional(name, term.map(Term::short));
    }

    fn time(&mut self, name: &str, time: Option<Timestamp>) {
        self.optional(name, time.map(|time| time.to_string()).as_deref());
    }

    fn uri(&mut self, name: &str, uri: Option<&Uri>) {
        self.optional(name, uri.map(Uri::as_str));
    }

    fn number(&mut self, name: &str, number: Option<&Decimal>) {
        if let Some(number) = number {
            self.put(name, Json::Number(number.json()));
        }
    }

    /// Nothing for an empty list.
    fn list(&mut self, name: &str, members: Vec<Json>) {
        if !members.is_empty() {
            self.put(name, Json::List(members));
        }
    }

    fn json(self) -> Json {
        Json::Object(self.0)
    }
}

/// The prefixes that the text uses: the document's own, and made ones for namespaces that have none.
struct Prefixes {
    declared: BTreeMap<String, String>,
    context: Context,
}

impl Prefixes {
    fn new(context: &Context) -> Self {
        let declared =
            context.prefixes().map(|(prefix, namespace)| (prefix.to_owned(), namespace.to_owned())).collect();
        Self { declared, context: context.clone() }
    }

    /// Declares the prefixes of an event's own document, so that abbreviations in values keep their meaning.
    fn adopt(&mut self, context: &Context) {
        for (prefix, namespace) in context.prefixes() {
            if self.context.namespace(prefix).is_none() {
                self.context.declare(prefix, namespace);
                self.declared.insert(prefix.to_owned(), namespace.to_owned());
            }
        }
    }

    /// The key for a name. An event of another document may use a prefix for another namespace: then the name gets a new one.
    fn key(&mut self, name: &Name) -> String {
        if name.namespace.is_empty() {
            return name.local.clone();
        }
        if let Some(prefix) = self.context.prefix_of(&name.namespace)
            && self.context.namespace(prefix) == Some(name.namespace.as_str())
        {
            return format!("{prefix}:{}", name.local);
        }
        let made =
            (1_usize..).map(|number| format!("ns{number}")).find(|prefix| self.context.namespace(prefix).is_none());
        let prefix = made.unwrap_or_default();
        self.context.declare(&prefix, &name.namespace);
        self.declared.insert(prefix.clone(), name.namespace.clone());
        format!("{prefix}:{}", name.local)
    }

    fn context(&self) -> Json {
        let address = Json::Text(CONTEXT.to_owned());
        let member = |(prefix, namespace): (&String, &String)| {
            Json::Object(vec![(prefix.clone(), Json::Text(namespace.clone()))])
        };
        Json::List([address].into_iter().chain(self.declared.iter().map(member)).collect())
    }

    /// Own fields as members. Fields of one name become a list, because an object has a member once.
    fn fields(&mut self, extensions: &[Extension]) -> Vec<(String, Json)> {
        let mut members: Vec<(String, Json)> = Vec::new();
        for extension in extensions {
            let key = self.key(&extension.name);
            let value = self.value(&extension.value);
            match members.iter_mut().find(|(known, _)| *known == key) {
                Some((_, Json::List(list))) => list.push(value),
                Some((_, first)) => {
                    let before = std::mem::replace(first, Json::Null);
                    *first = Json::List(vec![before, value]);
                }
                None => members.push((key, value)),
            }
        }
        members
    }

    fn value(&mut self, value: &Value) -> Json {
        match value {
            Value::Null => Json::Null,
            Value::Bool(value) => Json::Bool(*value),
            Value::Number(number) => Json::Number(number.json()),
            Value::Text(text) => Json::Text(text.clone()),
            Value::List(values) => Json::List(values.iter().map(|value| self.value(value)).collect()),
            Value::Tree(children) => Json::Object(self.fields(children)),
            Value::Element { attributes, children, text } => {
                let mut members = Vec::new();
                for (name, text) in attributes {
                    members.push((format!("@{}", self.key(name)), Json::Text(text.clone())));
                }
                if !text.is_empty() || children.is_empty() {
                    members.push(("#text".to_owned(), Json::Text(text.clone())));
                }
                members.extend(self.fields(children));
                Json::Object(members)
            }
        }
    }
}

fn header(document: &Document, prefixes: &mut Prefixes) -> Option<Json> {
    if document.header.master_data.is_empty() {
        return None;
    }
    let vocabularies = document.header.master_data.iter().map(|vocabulary| {
        let elements = vocabulary.elements.iter().map(|element| {
            let mut out = Object::default();
            out.text("id", element.id.as_str());
            let attributes = element.attributes.iter().map(|(id, value)| {
                let mut out = Object::default();
                out.text("id", id.as_str());
                // The schema takes a text, a number or an object here.
                let value = match value {
                    Value::Null => Json::Text(String::new()),
                    Value::Bool(value) => Json::Text(value.to_string()),
                    other => prefixes.value(other),
                };
                out.put("attribute", value);
                out.json()
            });
            let attributes = attributes.collect();
            out.list("attributes", attributes);
            out.list("children", uris(&element.children));
            out.json()
        });
        let elements = elements.collect();
        let mut out = Object::default();
        out.text("type", vocabulary.kind.as_str());
        out.list("vocabularyElementList", elements);
        out.json()
    });
    let list = ("vocabularyList".to_owned(), Json::List(vocabularies.collect()));
    Some(Json::Object(vec![("epcisMasterData".to_owned(), Json::Object(vec![list]))]))
}

fn uris(list: &[Uri]) -> Vec<Json> {
    list.iter().map(|uri| Json::Text(uri.as_str().to_owned())).collect()
}

fn terms(list: &[Term]) -> Vec<Json> {
    list.iter().map(|term| Json::Text(term.short().to_owned())).collect()
}

fn event_object(event: &Event, prefixes: &mut Prefixes) -> Object {
    prefixes.adopt(&event.context);
    let mut out = Object::default();
    let name = match &event.kind {
        EventKind::Extended(name) => prefixes.key(name),
        standard => standard.name(),
    };
    out.text("type", &name);
    out.text("eventTime", &event.event_time.to_string());
    out.time("recordTime", event.record_time);
    out.text("eventTimeZoneOffset", &event.offset.to_string());
    out.uri("eventID", event.event_id.as_ref());
    if let Some(error) = &event.error {
        let mut inner = Object::default();
        inner.text("declarationTime", &error.time.to_string());
        inner.term("reason", error.reason.as_ref());
        inner.list("correctiveEventIDs", uris(&error.corrective_ids));
        inner.0.extend(prefixes.fields(&error.extensions));
        out.put("errorDeclaration", inner.json());
    }
    out.list("certificationInfo", uris(&event.certification_info));
    kind(&mut out, event);
    out.term("bizStep", event.biz_step.as_ref());
    out.term("disposition", event.disposition.as_ref());
    if let Some(lasting) = &event.persistent_disposition {
        let mut inner = Object::default();
        inner.list("unset", terms(&lasting.unset));
        inner.list("set", terms(&lasting.set));
        let known = matches!(event.kind, EventKind::Object { .. } | EventKind::Transformation { .. });
        out.put(if known { "persistentDisposition" } else { PERSISTENT_SPELT_OUT }, inner.json());
    }
    for (name, place) in [("readPoint", &event.read_point), ("bizLocation", &event.biz_location)] {
        if let Some(Place { id, extensions }) = place {
            let mut inner = Object::default();
            inner.text("id", id.as_str());
            inner.0.extend(prefixes.fields(extensions));
            out.put(name, inner.json());
        }
    }
    out.list("bizTransactionList", typed("bizTransaction", &event.biz_transactions));
    out.list("sourceList", typed("source", &event.sources));
    out.list("destinationList", typed("destination", &event.destinations));
    let sensors = event.sensors.iter().map(|element| sensor(element, prefixes)).collect();
    out.list("sensorElementList", sensors);
    if !event.kind.ilmd().is_empty() {
        out.put("ilmd", Json::Object(prefixes.fields(event.kind.ilmd())));
    }
    out.0.extend(prefixes.fields(&event.extensions));
    out
}

fn kind(out: &mut Object, event: &Event) {
    if let Some(action) = event.kind.action() {
        out.text("action", action.name());
    }
    out.uri("parentID", event.kind.parent());
    match &event.kind {
        // The schema wants a list of objects; it may be empty.
        EventKind::Object { objects, .. } | EventKind::Transaction { objects, .. } => {
            if objects.is_empty() {
                out.put("epcList", Json::List(Vec::new()));
            }
            what(out, "epcList", "quantityList", objects);
        }
        EventKind::Aggregation(Containment { children, .. }) | EventKind::Association(Containment { children, .. }) => {
            what(out, "childEPCs", "childQuantityList", children);
        }
        EventKind::Transformation { inputs, outputs, id, .. } => {
            what(out, "inputEPCList", "inputQuantityList", inputs);
            what(out, "outputEPCList", "outputQuantityList", outputs);
            out.uri("transformationID", id.as_ref());
        }
        EventKind::Extended(_) => {}
    }
}

fn what(out: &mut Object, epcs: &str, quantities: &str, objects: &Objects) {
    out.list(epcs, uris(&objects.epcs));
    let quantity = |quantity: &crate::event::Quantity| {
        let mut inner = Object::default();
        inner.text("epcClass", quantity.class.as_str());
        inner.number("quantity", quantity.quantity.as_ref());
        inner.optional("uom", quantity.uom.as_ref().map(crate::event::Uom::as_str));
        inner.json()
    };
    out.list(quantities, objects.quantities.iter().map(quantity).collect());
}

fn typed(name: &str, list: &[Typed]) -> Vec<Json> {
    let each = |typed: &Typed| {
        let mut inner = Object::default();
        inner.term("type", typed.kind.as_ref());
        inner.text(name, typed.id.as_str());
        inner.json()
    };
    list.iter().map(each).collect()
}

fn sensor(element: &SensorElement, prefixes: &mut Prefixes) -> Json {
    let mut out = Object::default();
    if let Some(metadata) = &element.metadata {
        let mut inner = Object::default();
        inner.time("time", metadata.time);
        inner.time("startTime", metadata.start_time);
        inner.time("endTime", metadata.end_time);
        inner.uri("deviceID", metadata.device_id.as_ref());
        inner.uri("deviceMetadata", metadata.device_metadata.as_ref());
        inner.uri("rawData", metadata.raw_data.as_ref());
        inner.uri("dataProcessingMethod", metadata.data_processing_method.as_ref());
        inner.uri("bizRules", metadata.biz_rules.as_ref());
        inner.0.extend(prefixes.fields(&metadata.extensions));
        out.put("sensorMetadata", inner.json());
    }
    let reports = element.reports.iter().map(|report| report_object(report, prefixes)).collect();
    out.put("sensorReport", Json::List(reports));
    out.0.extend(prefixes.fields(&element.extensions));
    out.json()
}

fn report_object(report: &SensorReport, prefixes: &mut Prefixes) -> Json {
    let mut out = Object::default();
    out.text("type", report.kind.short());
    out.term("exception", report.exception.as_ref());
    out.uri("deviceID", report.device_id.as_ref());
    out.uri("deviceMetadata", report.device_metadata.as_ref());
    out.uri("rawData", report.raw_data.as_ref());
    out.uri("dataProcessingMethod", report.data_processing_method.as_ref());
    out.uri("bizRules", report.biz_rules.as_ref());
    out.time("time", report.time);
    out.uri("microorganism", report.microorganism.as_ref());
    out.uri("chemicalSubstance", report.chemical_substance.as_ref());
    out.uri("coordinateReferenceSystem", report.coordinate_reference_system.as_ref());
    for (name, number) in report.numbers() {
        out.number(name, number);
    }
    out.term("component", report.component.as_ref());
    out.optional("stringValue", report.string_value.as_deref());
    if let Some(value) = report.boolean_value {
        out.put("booleanValue", Json::Bool(value));
    }
    out.optional("hexBinaryValue", report.hex_binary_value.as_deref());
    out.uri("uriValue", report.uri_value.as_ref());
    out.optional("uom", report.uom.as_deref());
    out.0.extend(prefixes.fields(&report.extensions));
    out.json()
}

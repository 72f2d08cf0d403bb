//! Writing XML 2.0 that GS1's XSD accepts and [`crate::read`] reads back as the same events.
//!
//! A tree of elements is built first, then quick-xml writes it, so that every text is escaped in one place.

mod element;
mod header;

use super::envelope::{EPCIS, QUERY, SBDH};
use crate::document::{Document, DocumentKind, Header};
use crate::event::{
    Event, EventKind, Extension, Objects, PersistentDisposition, Place, Quantity, SensorElement, Typed, Value,
};
use crate::name::{Context, Name};
use crate::text::{Timestamp, Uri};
use crate::vocabulary::Term;
use element::{Element, is_ncname, is_xml, serialise};
use std::collections::BTreeMap;

/// Why a document cannot be XML.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// An own field whose name XML cannot have: no namespace, or characters that no element name has.
    #[error("the own field `{0}` has no name that XML can hold")]
    Name(String),
    /// Sensor metadata and reports hold attributes only.
    #[error("the own field `{0}` of a sensor has a structure, and XML has attributes there")]
    Structure(String),
    /// A character that XML 1.0 does not have.
    #[error("`{0}` holds a control character, which XML does not have")]
    Character(String),
    /// Two certificates or more; the XSD has room for one.
    #[error("an event has {0} certificates, and XML has room for one")]
    Certificates(usize),
}

/// A document. `written_at` stands in for a creation date that it does not have.
///
/// # Errors
/// See [`WriteError`]: what JSON can say and XML cannot.
pub fn write(document: &Document, written_at: Timestamp) -> Result<String, WriteError> {
    let mut build = Build { context: document.context.as_ref().clone(), used: BTreeMap::new() };
    build.adopt(&document.context);
    let query = document.kind != DocumentKind::Events;
    let mut root = Element::new(if query { "epcisq:EPCISQueryDocument" } else { "epcis:EPCISDocument" });
    root.attribute("schemaVersion", "2.0");
    root.attribute("creationDate", &document.creation_date.unwrap_or(written_at).to_string());
    if let Some(header) = header::header(&mut build, &document.header)? {
        root.children.push(header);
    }
    let mut list = Element::new("EventList");
    for event in &document.events {
        let element = build.event(event)?;
        // The XSD has events of other namespaces in an extension of the list.
        if let EventKind::Extended(_) = event.kind {
            list.list("extension", vec![element]);
        } else {
            list.children.push(element);
        }
    }
    let mut body = Element::new("EPCISBody");
    match &document.kind {
        DocumentKind::Events => body.children.push(list),
        DocumentKind::Query { name, subscription } => {
            let mut results = Element::new("epcisq:QueryResults");
            results.leaf("queryName", name);
            if let Some(subscription) = subscription {
                results.leaf("subscriptionID", subscription);
            }
            let mut inner = Element::new("resultsBody");
            inner.children.push(list);
            results.children.push(inner);
            body.children.push(results);
        }
    }
    root.children.push(body);
    root.children.extend(build.fields(&document.extensions)?);
    root.attribute("xmlns:epcis", EPCIS);
    if query {
        root.attribute("xmlns:epcisq", QUERY);
    }
    if !document.header.master_data.is_empty() || document.header != Header::default() {
        root.attribute("xmlns:sbdh", SBDH);
    }
    for (namespace, prefix) in &build.used {
        root.attribute(&format!("xmlns:{prefix}"), namespace);
    }
    serialise(&root)
}

/// Prefixes in use, and the parts that need them.
struct Build {
    context: Context,
    /// Namespace and its prefix.
    used: BTreeMap<String, String>,
}

impl Build {
    /// Declares the prefixes of a document, so that abbreviations in values keep their meaning.
    fn adopt(&mut self, context: &Context) {
        for (prefix, namespace) in context.prefixes() {
            let free = is_ncname(prefix) && !self.is_taken(prefix) && !namespace.is_empty() && is_xml(namespace);
            if free && !self.used.contains_key(namespace) {
                self.used.insert(namespace.to_owned(), prefix.to_owned());
            }
        }
    }

    fn is_taken(&self, prefix: &str) -> bool {
        matches!(prefix, "epcis" | "epcisq" | "sbdh" | "xml" | "xmlns" | "xsi")
            || self.used.values().any(|used| used == prefix)
    }

    /// `prefix:local`.
    fn name(&mut self, name: &Name) -> Result<String, WriteError> {
        let refuse = || WriteError::Name(name.to_string());
        if name.namespace.is_empty() || !is_ncname(&name.local) || !is_xml(&name.namespace) {
            return Err(refuse());
        }
        if let Some(prefix) = self.used.get(&name.namespace) {
            return Ok(format!("{prefix}:{}", name.local));
        }
        let own = self.context.prefix_of(&name.namespace).filter(|prefix| is_ncname(prefix) && !self.is_taken(prefix));
        let prefix = match own {
            Some(prefix) => prefix.to_owned(),
            None => (1_usize..)
                .map(|number| format!("ns{number}"))
                .find(|prefix| !self.is_taken(prefix))
                .ok_or_else(refuse)?,
        };
        self.used.insert(name.namespace.clone(), prefix.clone());
        Ok(format!("{prefix}:{}", name.local))
    }

    /// Fields beside the standard's: each needs a namespace.
    fn outer_fields(&mut self, extensions: &[Extension]) -> Result<Vec<Element>, WriteError> {
        match extensions.iter().find(|extension| extension.name.namespace.is_empty()) {
            Some(bare) => Err(WriteError::Name(bare.name.to_string())),
            None => self.fields(extensions),
        }
    }

    fn fields(&mut self, extensions: &[Extension]) -> Result<Vec<Element>, WriteError> {
        let mut elements = Vec::new();
        for extension in extensions {
            for value in extension.value.flat() {
                elements.push(self.field(&extension.name, value)?);
            }
        }
        Ok(elements)
    }

    fn field(&mut self, name: &Name, value: &Value) -> Result<Element, WriteError> {
        // A bare word inside of own fields is an element without namespace.
        let tag =
            if name.namespace.is_empty() && is_ncname(&name.local) { name.local.clone() } else { self.name(name)? };
        let mut element = Element::new(&tag);
        for (name, text) in value.attributes() {
            let attribute = if name.namespace.is_empty() { name.local.clone() } else { self.name(name)? };
            element.attribute(&attribute, text);
        }
        element.children = self.fields(value.children())?;
        if element.children.is_empty() {
            element.text = value.text().unwrap_or_default();
        }
        Ok(element)
    }

    /// Own fields as attributes.
    fn attributes(&mut self, element: &mut Element, extensions: &[Extension]) -> Result<(), WriteError> {
        for extension in extensions {
            let text = extension.value.text().filter(|_| extension.value.children().is_empty());
            let text = text.ok_or_else(|| WriteError::Structure(extension.name.to_string()))?;
            let name = self.name(&extension.name)?;
            if element.attributes.iter().any(|(known, _)| *known == name) {
                return Err(WriteError::Structure(extension.name.to_string()));
            }
            element.attribute(&name, &text);
        }
        Ok(())
    }

    fn event(&mut self, event: &Event) -> Result<Element, WriteError> {
        // The event may come from another document: its prefixes are asked first.
        self.adopt(&event.context);
        let outer = std::mem::replace(&mut self.context, event.context.as_ref().clone());
        let element = self.event_element(event);
        self.context = outer;
        element
    }

    fn event_element(&mut self, event: &Event) -> Result<Element, WriteError> {
        let name = match &event.kind {
            EventKind::Extended(name) => self.name(name)?,
            standard => standard.name(),
        };
        let mut out = Element::new(&name);
        out.leaf("eventTime", &event.event_time.to_string());
        out.optional("recordTime", event.record_time.map(|time| time.to_string()));
        out.leaf("eventTimeZoneOffset", &event.offset.to_string());
        out.optional("eventID", event.event_id.as_ref().map(Uri::to_string));
        if let Some(error) = &event.error {
            let mut inner = Element::new("errorDeclaration");
            inner.leaf("declarationTime", &error.time.to_string());
            inner.optional("reason", error.reason.as_ref().map(Term::xml));
            inner.list("correctiveEventIDs", uris("correctiveEventID", &error.corrective_ids));
            inner.children.extend(self.fields(&error.extensions)?);
            out.children.push(inner);
        }
        match event.certification_info.as_slice() {
            [] => {}
            [one] => out.leaf("certificationInfo", one.as_str()),
            more => return Err(WriteError::Certificates(more.len())),
        }
        self.body(&mut out, event)?;
        out.children.extend(self.outer_fields(&event.extensions)?);
        Ok(out)
    }

    /// The fields between the common head and the own fields, in the order of the XSD.
    fn body(&mut self, out: &mut Element, event: &Event) -> Result<(), WriteError> {
        let transactions = typed("bizTransaction", &event.biz_transactions);
        if let EventKind::Extended(_) = event.kind {
            return Ok(());
        }
        let (late_transactions, late_quantities) = match &event.kind {
            EventKind::Transaction { action, parent, objects } => {
                out.list("bizTransactionList", transactions);
                out.optional("parentID", parent.as_ref().map(Uri::to_string));
                if objects.is_empty() {
                    out.children.push(Element::new("epcList"));
                }
                epcs(out, "epcList", objects);
                out.leaf("action", action.name());
                (Vec::new(), ("quantityList", objects.quantities.as_slice()))
            }
            EventKind::Object { action, objects, .. } => {
                // An empty list is kept: it says that the event is about no objects.
                if objects.is_empty() {
                    out.children.push(Element::new("epcList"));
                }
                epcs(out, "epcList", objects);
                out.leaf("action", action.name());
                (transactions, ("quantityList", objects.quantities.as_slice()))
            }
            EventKind::Aggregation(content) => {
                out.optional("parentID", content.parent.as_ref().map(Uri::to_string));
                epcs(out, "childEPCs", &content.children);
                out.leaf("action", content.action.name());
                (transactions, ("childQuantityList", content.children.quantities.as_slice()))
            }
            EventKind::Association(content) => {
                out.optional("parentID", content.parent.as_ref().map(Uri::to_string));
                epcs(out, "childEPCs", &content.children);
                out.list("childQuantityList", quantities(&content.children.quantities));
                out.leaf("action", content.action.name());
                (transactions, ("", [].as_slice()))
            }
            EventKind::Transformation { inputs, outputs, id, .. } => {
                epcs(out, "inputEPCList", inputs);
                out.list("inputQuantityList", quantities(&inputs.quantities));
                epcs(out, "outputEPCList", outputs);
                out.list("outputQuantityList", quantities(&outputs.quantities));
                out.optional("transformationID", id.as_ref().map(Uri::to_string));
                (transactions, ("", [].as_slice()))
            }
            EventKind::Extended(_) => return Ok(()),
        };
        out.optional("bizStep", event.biz_step.as_ref().map(Term::xml));
        out.optional("disposition", event.disposition.as_ref().map(Term::xml));
        for (name, place) in [("readPoint", &event.read_point), ("bizLocation", &event.biz_location)] {
            if let Some(Place { id, extensions }) = place {
                let mut inner = Element::new(name);
                inner.leaf("id", id.as_str());
                inner.children.extend(self.outer_fields(extensions)?);
                out.children.push(inner);
            }
        }
        out.list("bizTransactionList", late_transactions);
        out.list(late_quantities.0, quantities(late_quantities.1));
        out.list("sourceList", typed("source", &event.sources));
        out.list("destinationList", typed("destination", &event.destinations));
        let sensors: Result<Vec<Element>, WriteError> =
            event.sensors.iter().map(|element| self.sensor(element)).collect();
        out.list("sensorElementList", sensors?);
        if let Some(lasting) = &event.persistent_disposition {
            out.children.push(persistent(lasting));
        }
        if !event.kind.ilmd().is_empty() {
            let children = self.fields(event.kind.ilmd())?;
            out.list("ilmd", children);
        }
        Ok(())
    }

    fn sensor(&mut self, element: &SensorElement) -> Result<Element, WriteError> {
        let mut out = Element::new("sensorElement");
        let uri = |uri: &Option<Uri>| uri.as_ref().map(Uri::to_string);
        let time = |time: Option<Timestamp>| time.map(|time| time.to_string());
        if let Some(metadata) = &element.metadata {
            let mut inner = Element::new("sensorMetadata");
            inner.optional_attribute("time", time(metadata.time));
            inner.optional_attribute("startTime", time(metadata.start_time));
            inner.optional_attribute("endTime", time(metadata.end_time));
            inner.optional_attribute("deviceID", uri(&metadata.device_id));
            inner.optional_attribute("deviceMetadata", uri(&metadata.device_metadata));
            inner.optional_attribute("rawData", uri(&metadata.raw_data));
            inner.optional_attribute("dataProcessingMethod", uri(&metadata.data_processing_method));
            inner.optional_attribute("bizRules", uri(&metadata.biz_rules));
            self.attributes(&mut inner, &metadata.extensions)?;
            out.children.push(inner);
        }
        for report in &element.reports {
            let mut inner = Element::new("sensorReport");
            inner.attribute("type", &report.kind.xml());
            inner.optional_attribute("exception", report.exception.as_ref().map(Term::xml));
            inner.optional_attribute("deviceID", uri(&report.device_id));
            inner.optional_attribute("deviceMetadata", uri(&report.device_metadata));
            inner.optional_attribute("rawData", uri(&report.raw_data));
            inner.optional_attribute("dataProcessingMethod", uri(&report.data_processing_method));
            // The XSD forgot `bizRules` here; its wildcard takes no attribute without namespace.
            inner.optional_attribute("bizRules", uri(&report.biz_rules));
            inner.optional_attribute("time", time(report.time));
            inner.optional_attribute("microorganism", uri(&report.microorganism));
            inner.optional_attribute("chemicalSubstance", uri(&report.chemical_substance));
            inner.optional_attribute("coordinateReferenceSystem", uri(&report.coordinate_reference_system));
            for (name, number) in report.numbers() {
                inner.optional_attribute(name, number.map(|number| number.as_str().to_owned()));
            }
            inner.optional_attribute("component", report.component.as_ref().map(Term::xml));
            inner.optional_attribute("stringValue", report.string_value.clone());
            inner.optional_attribute("booleanValue", report.boolean_value.map(|value| value.to_string()));
            inner.optional_attribute("hexBinaryValue", report.hex_binary_value.clone());
            inner.optional_attribute("uriValue", uri(&report.uri_value));
            inner.optional_attribute("uom", report.uom.clone());
            self.attributes(&mut inner, &report.extensions)?;
            out.children.push(inner);
        }
        out.children.extend(self.fields(&element.extensions)?);
        Ok(out)
    }
}

fn uris(name: &str, list: &[Uri]) -> Vec<Element> {
    list.iter().map(|uri| Element::with_text(name, uri.as_str())).collect()
}

fn epcs(out: &mut Element, name: &str, objects: &Objects) {
    out.list(name, uris("epc", &objects.epcs));
}

fn quantities(list: &[Quantity]) -> Vec<Element> {
    let each = |quantity: &Quantity| {
        let mut out = Element::new("quantityElement");
        out.leaf("epcClass", quantity.class.as_str());
        out.optional("quantity", quantity.quantity.as_ref().map(|number| number.json()));
        if let Some(uom) = &quantity.uom {
            // The XSD has no unit without a quantity; an unknown one is nil, which needs a namespace of its own.
            if quantity.quantity.is_none() {
                let mut nil = Element::new("quantity");
                nil.attribute("xmlns:xsi", super::node::XSI);
                nil.attribute("xsi:nil", "true");
                out.children.push(nil);
            }
            out.leaf("uom", uom.as_str());
        }
        out
    };
    list.iter().map(each).collect()
}

fn typed(name: &str, list: &[Typed]) -> Vec<Element> {
    let each = |typed: &Typed| {
        let mut out = Element::with_text(name, typed.id.as_str());
        out.optional_attribute("type", typed.kind.as_ref().map(Term::xml));
        out
    };
    list.iter().map(each).collect()
}

fn persistent(lasting: &PersistentDisposition) -> Element {
    let mut out = Element::new("persistentDisposition");
    for (name, list) in [("unset", &lasting.unset), ("set", &lasting.set)] {
        list.iter().for_each(|term| out.leaf(name, &term.xml()));
    }
    out
}

//! The envelopes of XML: documents and query results, 2.0 and 1.x.

use super::event;
use super::node::{Fields, Place, Reader, is_own, text_of};
use crate::document::{
    Capture, Captured, Document, DocumentKind, Findings, Header, Vocabulary, VocabularyElement, check_count,
};
use crate::error::{Exception, ExceptionKind, Fault};
use crate::event::{Extension, Value};
use crate::limits::{Limits, Policy};
use crate::name::Context;
use crate::text::{Timestamp, Uri, shown};
use roxmltree::{Node, ParsingOptions};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) const EPCIS: &str = "urn:epcglobal:epcis:xsd:2";
pub(super) const QUERY: &str = "urn:epcglobal:epcis-query:xsd:2";
pub(super) const SBDH: &str = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader";
const EPCIS_1: &str = "urn:epcglobal:epcis:xsd:1";
const QUERY_1: &str = "urn:epcglobal:epcis-query:xsd:1";

/// Reads a body that is UTF-8 and within its length.
pub(crate) fn read(text: &str, limits: &Limits, policy: Policy) -> Result<Capture, Exception> {
    check_encoding(text)?;
    let options = ParsingOptions { allow_dtd: false, nodes_limit: limits.nodes_max, ..ParsingOptions::default() };
    let tree = roxmltree::Document::parse_with_options(text, options).map_err(|error| {
        Exception::new(ExceptionKind::Validation, format!("the body is no XML that is taken: {error}"))
    })?;
    check_depth(&tree, limits)?;
    let root = tree.root_element();
    let name = root.tag_name();
    match (name.namespace(), name.name()) {
        (Some(EPCIS | EPCIS_1), "EPCISDocument") => document(root, limits, policy),
        (Some(QUERY | QUERY_1), "EPCISQueryDocument") => query_document(root, limits, policy),
        (namespace, name) => {
            let shown = shown(name);
            let detail = format!(
                "the root element is `{shown}` of `{}`; expected EPCISDocument or EPCISQueryDocument of EPCIS 2.0 or 1.x",
                crate::text::shown(namespace.unwrap_or_default())
            );
            Err(Exception::new(ExceptionKind::Validation, detail))
        }
    }
}

/// The bytes were UTF-8; a declaration that says otherwise is about other bytes.
fn check_encoding(text: &str) -> Result<(), Exception> {
    let declaration = text.strip_prefix("<?xml").and_then(|rest| rest.split("?>").next()).unwrap_or_default();
    let Some((_, rest)) = declaration.split_once("encoding") else { return Ok(()) };
    let quoted = rest.trim_start().strip_prefix('=').map(str::trim_start).unwrap_or_default();
    let named = quoted.get(1..).unwrap_or_default().split(['"', '\'']).next().unwrap_or_default();
    if named.eq_ignore_ascii_case("utf-8") || named.eq_ignore_ascii_case("us-ascii") {
        return Ok(());
    }
    let detail = format!("the XML declares the encoding `{}`; send UTF-8", shown(named));
    Err(Exception::new(ExceptionKind::Validation, detail))
}

fn check_depth(tree: &roxmltree::Document<'_>, limits: &Limits) -> Result<(), Exception> {
    let mut depth = 0_usize;
    let mut node = tree.root();
    // Iterative: the text decides how deep the tree is.
    loop {
        if let Some(child) = node.first_child() {
            node = child;
            depth = depth.saturating_add(1);
            if depth > limits.depth_max {
                let detail = format!("elements are nested deeper than {}", limits.depth_max);
                return Err(Exception::new(ExceptionKind::Validation, detail));
            }
            continue;
        }
        loop {
            if let Some(sibling) = node.next_sibling() {
                node = sibling;
                break;
            }
            match node.parent() {
                Some(parent) => node = parent,
                None => return Ok(()),
            }
            depth = depth.saturating_sub(1);
        }
    }
}

/// The prefixes in scope at an element, without the standard's own namespaces.
fn context_of(node: Node<'_, '_>) -> Context {
    let mut context = Context::default();
    for namespace in node.namespaces() {
        let ours = [EPCIS, EPCIS_1, QUERY, QUERY_1, SBDH, super::node::XSI, "http://www.w3.org/XML/1998/namespace"];
        if let Some(prefix) = namespace.name()
            && !ours.contains(&namespace.uri())
        {
            context.declare(prefix, namespace.uri());
        }
    }
    context
}

/// Attributes of the root that every document has.
fn root_attributes(reader: &mut Reader<'_>, root: Node<'_, '_>) -> (String, Option<Timestamp>) {
    for name in ["schemaVersion", "creationDate"] {
        if root.attribute(name).is_none() {
            reader.findings.violation(&Place(root), Fault::Missing(name));
        }
    }
    let version = reader.attribute(root, "schemaVersion", |text| {
        let holds = text.split('.').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
        if holds { Ok(text.to_owned()) } else { Err(Fault::NotVersion(shown(text))) }
    });
    // `xsd:dateTime` may lack a zone; then it is read as UTC.
    let created = reader.attribute(root, "creationDate", |text| {
        Timestamp::parse(text).or_else(|fault| Timestamp::parse(&format!("{text}Z")).map_err(|_| fault))
    });
    (version.unwrap_or_default(), created)
}

fn document(root: Node<'_, '_>, limits: &Limits, policy: Policy) -> Result<Capture, Exception> {
    let mut findings = Findings::new(limits);
    let context = Arc::new(context_of(root));
    let mut reader = Reader { findings: &mut findings, policy };
    let (schema_version, creation_date) = root_attributes(&mut reader, root);
    let fields = Fields::of(root);
    fields.check(&mut reader, &["EPCISHeader", "EPCISBody"]);
    let header = fields.get("EPCISHeader").map(|node| header(&mut reader, node)).unwrap_or_default();
    let extensions = reader.extensions(&fields.others);
    let list = match fields.get("EPCISBody") {
        Some(body) => {
            let inner = Fields::of(body);
            inner.check(&mut reader, &["EventList"]);
            inner.get("EventList")
        }
        None => {
            reader.findings.violation(&Place(root), Fault::Missing("EPCISBody"));
            None
        }
    };
    let document = Document {
        kind: DocumentKind::Events,
        id: None,
        schema_version,
        creation_date,
        header,
        extensions,
        context,
        events: Vec::new(),
    };
    finish(findings, document, list, limits, policy)
}

fn query_document(root: Node<'_, '_>, limits: &Limits, policy: Policy) -> Result<Capture, Exception> {
    let mut findings = Findings::new(limits);
    let context = Arc::new(context_of(root));
    let mut reader = Reader { findings: &mut findings, policy };
    let (schema_version, creation_date) = root_attributes(&mut reader, root);
    let fields = Fields::of(root);
    fields.check(&mut reader, &["EPCISHeader", "EPCISBody"]);
    let results = fields
        .get("EPCISBody")
        .and_then(|body| body.children().find(|child| child.is_element() && child.tag_name().name() == "QueryResults"));
    let mut list = None;
    let mut name = String::new();
    let mut subscription = None;
    if let Some(results) = results {
        let inner = Fields::of(results);
        inner.check(&mut reader, &["queryName", "subscriptionID", "resultsBody"]);
        let plain = |text: &str| Ok(text.to_owned());
        name = inner.required(&mut reader, "queryName", plain).unwrap_or_default();
        subscription = inner.optional(&mut reader, "subscriptionID", plain);
        let body = inner.get("resultsBody").map(Fields::of);
        list = body.and_then(|body| body.get("EventList"));
    }
    if list.is_none() {
        reader.findings.violation(&Place(root), Fault::Missing("EventList"));
    }
    let kind = DocumentKind::Query { name, subscription };
    let document = Document { kind, schema_version, creation_date, context, ..Document::default() };
    finish(findings, document, list, limits, policy)
}

fn finish(
    findings: Findings,
    document: Document,
    list: Option<Node<'_, '_>>,
    limits: &Limits,
    policy: Policy,
) -> Result<Capture, Exception> {
    if !findings.violations.is_empty() {
        return Err(Exception::validation(findings.violations));
    }
    let mut nodes = Vec::new();
    if let Some(list) = list {
        gather_events(list, &Place(list).to_string(), &mut nodes, limits)?;
    }
    let one = |(node, pointer)| one(node, pointer, &document.context, limits, policy);
    let events = nodes.into_iter().map(one).collect();
    Ok(Capture { document, events })
}

/// The events of a list and their XPaths; EPCIS 1.x has some of them in an `extension`. Counting here keeps the XPath of the
/// last of ten thousand events as cheap as that of the first.
fn gather_events<'n, 'i>(
    list: Node<'n, 'i>,
    path: &str,
    out: &mut Vec<(Node<'n, 'i>, String)>,
    limits: &Limits,
) -> Result<(), Exception> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for child in list.children().filter(Node::is_element) {
        let name = child.tag_name().name();
        let count = counts.entry(name).or_default();
        *count = count.saturating_add(1);
        let pointer = format!("{path}/{name}[{count}]");
        if is_own(&child) && name == "extension" {
            gather_events(child, &pointer, out, limits)?;
        } else {
            out.push((child, pointer));
        }
        check_count(out.len(), limits)?;
    }
    Ok(())
}

fn one(node: Node<'_, '_>, pointer: String, outer: &Arc<Context>, limits: &Limits, policy: Policy) -> Captured {
    let mut findings = Findings::new(limits);
    let own = context_of(node);
    let context = if own == **outer { Arc::clone(outer) } else { Arc::new(own) };
    let mut reader = Reader { findings: &mut findings, policy };
    let standard = event::is_event(node.tag_name().name());
    let event = if is_own(&node) && !standard {
        reader.findings.violation(&Place(node), Fault::NotEvent(shown(node.tag_name().name())));
        None
    } else {
        event::read(&mut reader, node, &context)
    };
    findings.below(&pointer);
    findings.captured(pointer, event)
}

/// Sender, receiver and instance of a StandardBusinessDocumentHeader, and master data. The rest of the header is not kept.
fn header(reader: &mut Reader<'_>, node: Node<'_, '_>) -> Header {
    let mut header = Header::default();
    let within = |node: Node<'_, '_>, path: &[&str]| -> Option<String> {
        let mut at = node;
        for step in path {
            at = at.children().find(|child| child.tag_name().name() == *step)?;
        }
        Some(text_of(at)).filter(|text| !text.is_empty())
    };
    for child in node.children().filter(Node::is_element) {
        match (child.tag_name().namespace(), child.tag_name().name()) {
            (Some(SBDH), "StandardBusinessDocumentHeader") => {
                header.sender = within(child, &["Sender", "Identifier"]);
                header.receiver = within(child, &["Receiver", "Identifier"]);
                header.instance = within(child, &["DocumentIdentification", "InstanceIdentifier"]);
            }
            (None, "extension") => {
                let master = Fields::of(child).get("EPCISMasterData");
                let list = master.map(Fields::of).and_then(|fields| fields.get("VocabularyList"));
                header.master_data = reader.list(list, "Vocabulary", vocabulary);
            }
            (Some(_), _) => {}
            (None, name) => reader.findings.violation(&Place(child), Fault::Unknown(shown(name))),
        }
    }
    header
}

fn vocabulary(reader: &mut Reader<'_>, node: Node<'_, '_>) -> Option<Vocabulary> {
    if node.attribute("type").is_none() {
        reader.findings.violation(&Place(node), Fault::Missing("type"));
    }
    let kind = reader.attribute(node, "type", Uri::parse)?;
    let list = Fields::of(node).get("VocabularyElementList");
    Some(Vocabulary { kind, elements: reader.list(list, "VocabularyElement", vocabulary_element) })
}

fn vocabulary_element(reader: &mut Reader<'_>, node: Node<'_, '_>) -> Option<VocabularyElement> {
    if node.attribute("id").is_none() {
        reader.findings.violation(&Place(node), Fault::Missing("id"));
    }
    let id = reader.attribute(node, "id", Uri::parse)?;
    let mut attributes = Vec::new();
    let mut children = Vec::new();
    for child in node.children().filter(is_own) {
        match child.tag_name().name() {
            "attribute" => {
                if child.attribute("id").is_none() {
                    reader.findings.violation(&Place(child), Fault::Missing("id"));
                }
                let id = reader.attribute(child, "id", Uri::parse)?;
                attributes.push((id, attribute_value(reader, child)));
            }
            "children" => children = reader.list(Some(child), "id", |reader, node| reader.text(node, Uri::parse)),
            "extension" => {}
            other => reader.findings.violation(&Place(child), Fault::Unknown(shown(other))),
        }
    }
    Some(VocabularyElement { id, attributes, children })
}

/// The content of a master data attribute: text, or elements of any namespace.
fn attribute_value(reader: &mut Reader<'_>, node: Node<'_, '_>) -> Value {
    let elements: Vec<Node<'_, '_>> = node.children().filter(Node::is_element).collect();
    if elements.is_empty() {
        return Value::Text(text_of(node));
    }
    let children: Vec<Extension> = reader.extensions(&elements);
    Value::Tree(children)
}

//! The envelopes of JSON-LD: documents, query results, bare events.

use super::event;
use super::reader::{At, Reader};
use super::value::{Json, parse};
use crate::document::{
    Capture, Captured, Document, DocumentKind, Findings, Header, Vocabulary, VocabularyElement, check_count,
};
use crate::error::{Exception, ExceptionKind, Fault};
use crate::limits::{Limits, Policy};
use crate::name::Context;
use crate::text::{Timestamp, Uri, is_uri, shown};
use std::sync::Arc;

/// Reads a body that is UTF-8 and within its length.
pub(crate) fn read(text: &str, limits: &Limits, policy: Policy) -> Result<Capture, Exception> {
    let json = parse(text, limits.nodes_max, limits.depth_max).map_err(|reason| {
        Exception::new(ExceptionKind::Validation, format!("the body is no JSON that is taken: {reason}"))
    })?;
    match &json {
        Json::List(events) => bare_list(events, limits, policy),
        Json::Object(_) => match json.get("type").and_then(Json::text) {
            Some("EPCISDocument") => document(&json, limits, policy),
            Some("EPCISQueryDocument") => query_document(&json, limits, policy),
            _ => bare(&json, limits, policy),
        },
        other => {
            let detail = format!("the body is {}; expected a document, an event or a list of events", other.noun());
            Err(Exception::new(ExceptionKind::Validation, detail))
        }
    }
}

/// One event that is its own document: it needs its own context.
fn bare(json: &Json, limits: &Limits, policy: Policy) -> Result<Capture, Exception> {
    let mut findings = Findings::new(limits);
    if json.get("@context").is_none() {
        findings.violation(&At::ROOT, Fault::Missing("@context"));
    }
    let captured = one(json, &At::ROOT, &Arc::default(), findings, policy);
    let context = captured.outcome.as_ref().map(|event| Arc::clone(&event.context)).unwrap_or_default();
    let document = Document { schema_version: "2.0".to_owned(), context, ..Document::default() };
    Ok(Capture { document, events: vec![captured] })
}

/// Bare events in a list; each may have a context, and none has to.
fn bare_list(events: &[Json], limits: &Limits, policy: Policy) -> Result<Capture, Exception> {
    check_count(events.len(), limits)?;
    let read = |(index, json)| one(json, &At::ROOT.index(index), &Arc::default(), Findings::new(limits), policy);
    let document = Document { schema_version: "2.0".to_owned(), ..Document::default() };
    Ok(Capture { document, events: events.iter().enumerate().map(read).collect() })
}

/// One event, in the context of its document and its own.
fn one(json: &Json, at: &At<'_>, outer: &Arc<Context>, mut findings: Findings, policy: Policy) -> Captured {
    let context = match json.get("@context") {
        Some(own) => {
            let mut context = Context::clone(outer);
            add_context(&mut context, own, &at.member("@context"), &mut findings);
            Arc::new(context)
        }
        None => Arc::clone(outer),
    };
    let event = event::read(&mut Reader { findings: &mut findings, context: &context, policy }, json, at, &context);
    let pointer = at.to_string();
    findings.captured(pointer, event)
}

fn events(
    list: &[Json],
    at: &At<'_>,
    context: &Arc<Context>,
    limits: &Limits,
    policy: Policy,
) -> Result<Vec<Captured>, Exception> {
    check_count(list.len(), limits)?;
    let read = |(index, json)| one(json, &at.index(index), context, Findings::new(limits), policy);
    Ok(list.iter().enumerate().map(read).collect())
}

fn document(json: &Json, limits: &Limits, policy: Policy) -> Result<Capture, Exception> {
    let mut findings = Findings::new(limits);
    let context = Arc::new(document_context(json, &mut findings));
    let mut reader = Reader { findings: &mut findings, context: &context, policy };
    let known = [
        "@context",
        "id",
        "type",
        "schemaVersion",
        "creationDate",
        "instanceIdentifier",
        "sender",
        "receiver",
        "epcisHeader",
        "epcisBody",
    ];
    let at = At::ROOT;
    let version = reader.required(json, "schemaVersion", &at, version);
    let creation_date = reader.required(json, "creationDate", &at, Timestamp::parse);
    let plain = |text: &str| Ok(text.to_owned());
    let header = Header {
        sender: reader.optional(json, "sender", &at, plain),
        receiver: reader.optional(json, "receiver", &at, plain),
        instance: reader.optional(json, "instanceIdentifier", &at, plain),
        master_data: header(&mut reader, json, &at),
    };
    let document = Document {
        kind: DocumentKind::Events,
        id: reader.optional(json, "id", &at, Uri::parse),
        schema_version: version.unwrap_or_default(),
        creation_date,
        header,
        extensions: reader.extensions(json, &known, &at),
        context: Arc::clone(&context),
        events: Vec::new(),
    };
    let body_at = at.member("epcisBody");
    let list = match json.get("epcisBody") {
        Some(body) if reader.is_object(body, &body_at) => event_list(&mut reader, body, &body_at),
        Some(_) => None,
        None => {
            reader.findings.violation(&at, Fault::Missing("epcisBody"));
            None
        }
    };
    finish(findings, document, list, &body_at.member("eventList"), limits, policy)
}

fn query_document(json: &Json, limits: &Limits, policy: Policy) -> Result<Capture, Exception> {
    let mut findings = Findings::new(limits);
    let context = Arc::new(document_context(json, &mut findings));
    let mut reader = Reader { findings: &mut findings, context: &context, policy };
    let at = At::ROOT;
    let schema_version = reader.optional(json, "schemaVersion", &at, version).unwrap_or_default();
    let creation_date = reader.optional(json, "creationDate", &at, Timestamp::parse);
    let id = reader.optional(json, "id", &at, Uri::parse);
    reader.only(json, &["@context", "id", "type", "schemaVersion", "creationDate", "epcisBody"], &at);
    let empty = Json::Object(Vec::new());
    let body_at = at.member("epcisBody");
    let body = member(&mut reader, json, "epcisBody", &at).unwrap_or(&empty);
    reader.extensions(body, &["queryResults"], &body_at);
    let results_at = body_at.member("queryResults");
    let results = member(&mut reader, body, "queryResults", &body_at).unwrap_or(&empty);
    reader.extensions(results, &["queryName", "subscriptionID", "resultsBody"], &results_at);
    let plain = |text: &str| Ok(text.to_owned());
    let name = reader.required(results, "queryName", &results_at, plain).unwrap_or_default();
    let subscription = reader.optional(results, "subscriptionID", &results_at, plain);
    let inner_at = results_at.member("resultsBody");
    let inner = member(&mut reader, results, "resultsBody", &results_at).unwrap_or(&empty);
    reader.extensions(inner, &["eventList", "vocabularyList"], &inner_at);
    let list = event_list(&mut reader, inner, &inner_at);
    let document = Document {
        kind: DocumentKind::Query { name, subscription },
        id,
        schema_version,
        creation_date,
        context: Arc::clone(&context),
        ..Document::default()
    };
    finish(findings, document, list, &inner_at.member("eventList"), limits, policy)
}

/// A member that has to be an object.
fn member<'j>(reader: &mut Reader<'_>, json: &'j Json, name: &'static str, at: &At<'_>) -> Option<&'j Json> {
    let Some(value) = json.get(name) else {
        reader.findings.violation(at, Fault::Missing(name));
        return None;
    };
    reader.is_object(value, &at.member(name)).then_some(value)
}

fn event_list<'j>(reader: &mut Reader<'_>, body: &'j Json, at: &At<'_>) -> Option<&'j [Json]> {
    match body.get("eventList") {
        Some(Json::List(events)) => Some(events),
        Some(other) => {
            let fault = Fault::Type { expected: "a list", found: other.noun() };
            reader.findings.violation(&at.member("eventList"), fault);
            None
        }
        None => {
            reader.findings.violation(at, Fault::Missing("eventList"));
            None
        }
    }
}

fn finish(
    findings: Findings,
    document: Document,
    list: Option<&[Json]>,
    at: &At<'_>,
    limits: &Limits,
    policy: Policy,
) -> Result<Capture, Exception> {
    let list = match list {
        Some(list) if findings.violations.is_empty() => list,
        _ => return Err(Exception::validation(findings.violations)),
    };
    let events = events(list, at, &document.context, limits, policy)?;
    Ok(Capture { document, events })
}

fn version(text: &str) -> Result<String, Fault> {
    let holds = text.split('.').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    if holds { Ok(text.to_owned()) } else { Err(Fault::NotVersion(shown(text))) }
}

fn document_context(json: &Json, findings: &mut Findings) -> Context {
    let mut context = Context::default();
    match json.get("@context") {
        Some(value) => add_context(&mut context, value, &At::ROOT.member("@context"), findings),
        None => findings.violation(&At::ROOT, Fault::Missing("@context")),
    }
    context
}

/// A context is an address, an object of prefixes and terms, or a list of both without repetitions.
fn add_context(context: &mut Context, json: &Json, at: &At<'_>, findings: &mut Findings) {
    match json {
        Json::List(members) => {
            for (index, member) in members.iter().enumerate() {
                let here = at.index(index);
                if members.iter().take(index).any(|earlier| earlier == member) {
                    findings.violation(&here, Fault::Duplicate(shown(&member.to_string())));
                }
                match member {
                    Json::List(_) => {
                        findings.violation(&here, Fault::Type { expected: "a URI or an object", found: "a list" })
                    }
                    other => add_context(context, other, &here, findings),
                }
            }
        }
        Json::Text(address) if is_uri(address) => {}
        Json::Text(text) => findings.violation(at, Fault::NotUri(shown(text))),
        Json::Object(members) => members.iter().for_each(|(term, meaning)| add_term(context, term, meaning)),
        other => findings.violation(at, Fault::Type { expected: "a URI, an object or a list", found: other.noun() }),
    }
}

/// A term without a colon can be a prefix. One whose IRI does not end as a namespace also stands for itself.
fn add_term(context: &mut Context, term: &str, meaning: &Json) {
    let iri = meaning.text().or_else(|| meaning.get("@id").and_then(Json::text));
    match (term, iri) {
        ("@vocab", Some(iri)) => context.declare_vocabulary(iri),
        (term, Some(iri)) if !term.starts_with('@') => {
            let prefix = !term.contains(':');
            if prefix {
                context.declare(term, iri);
            }
            if !prefix || !iri.ends_with(['/', '#', ':']) {
                context.declare_term(term, iri);
            }
        }
        _ => {}
    }
}

fn header(reader: &mut Reader<'_>, json: &Json, at: &At<'_>) -> Vec<Vocabulary> {
    let Some(value) = json.get("epcisHeader") else { return Vec::new() };
    let here = at.member("epcisHeader");
    if !reader.is_object(value, &here) {
        return Vec::new();
    }
    reader.extensions(value, &["epcisMasterData"], &here);
    let Some(master) = value.get("epcisMasterData") else { return Vec::new() };
    let here = here.member("epcisMasterData");
    if !reader.is_object(master, &here) {
        return Vec::new();
    }
    reader.list(master, "vocabularyList", &here, |reader, json, at| {
        if !reader.is_object(json, at) {
            return None;
        }
        let kind = reader.required(json, "type", at, Uri::parse);
        let elements = reader.list(json, "vocabularyElementList", at, vocabulary_element);
        Some(Vocabulary { kind: kind?, elements })
    })
}

fn vocabulary_element(reader: &mut Reader<'_>, json: &Json, at: &At<'_>) -> Option<VocabularyElement> {
    if !reader.is_object(json, at) {
        return None;
    }
    let id = reader.required(json, "id", at, Uri::parse);
    let attributes = reader.list(json, "attributes", at, |reader, json, at| {
        if !reader.is_object(json, at) {
            return None;
        }
        let id = reader.required(json, "id", at, Uri::parse)?;
        let value = json.get("attribute").unwrap_or(&Json::Null);
        if matches!(value, Json::Bool(_) | Json::List(_)) {
            let fault = Fault::Type { expected: "a number, a text or an object", found: value.noun() };
            reader.findings.violation(&at.member("attribute"), fault);
        }
        Some((id, super::extension::value(reader.context, value)))
    });
    let children = reader.list(json, "children", at, |reader, json, at| reader.text(json, at, Uri::parse));
    Some(VocabularyElement { id: id?, attributes, children })
}

/// Prefixes and terms of a context that stands outside of a document; what is wrong in it declares nothing.
pub(crate) fn declare(context: &mut Context, json: &Json) {
    let mut findings = Findings::new(&Limits::default());
    add_context(context, json, &At::ROOT, &mut findings);
}

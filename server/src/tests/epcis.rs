//! EPCIS through the router.

mod capture;
mod chain;
mod foreign;
mod query;
mod subscriptions;
mod vectors;

use crate::testing::{Reply, World};
use axum::body::Body;
use axum::http::{Request, header};
use serde_json::{Value, json};
use tracelight_epcis::document::{Format, read};
use tracelight_epcis::limits::{Limits, Policy};
use tracelight_epcis::{Document, Event};

/// GS1's context.
const CONTEXT: &str = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld";

/// Sends a body with headers, besides the credential.
async fn send(
    world: &World,
    method: &str,
    path: &str,
    credential: &str,
    headers: &[(&str, &str)],
    body: impl Into<Body>,
) -> Reply {
    let (name, value) = credential.split_once(": ").expect("a header");
    let mut request = Request::builder().method(method).uri(path).header(name, value);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    world.send(request.body(body.into()).expect("a good request")).await
}

async fn capture(world: &World, credential: &str, media: &str, body: impl Into<Body>) -> Reply {
    send(world, "POST", "/epcis/capture", credential, &[("content-type", media)], body).await
}

fn location(reply: &Reply) -> String {
    reply.headers[header::LOCATION].to_str().expect("a text").to_owned()
}

/// The job of an accepted capture.
async fn job(world: &World, credential: &str, reply: Reply) -> Value {
    let path = location(&reply.expect(202));
    world.call("GET", &path, Some(credential), None).await.expect(200).json()
}

/// The exception's name.
fn exception(reply: &Reply) -> String {
    let kind = reply.json()["type"].as_str().unwrap_or_default().to_owned();
    kind.strip_prefix("epcisException:").unwrap_or(&kind).to_owned()
}

fn format_of(reply: &Reply) -> Format {
    let media = reply.headers[header::CONTENT_TYPE].to_str().expect("a text");
    Format::from_media_type(media).expect("JSON or XML")
}

/// The events of an answer.
fn events(reply: &Reply) -> Vec<Event> {
    document(&reply.body, format_of(reply)).events
}

fn document(body: &[u8], format: Format) -> Document {
    let capture = read(body, format, &Limits::default(), Policy::default()).expect("a document");
    capture.all_or_nothing().expect("good events")
}

/// An ObjectEvent of these objects, with more fields.
pub(super) fn object_event(epcs: &[&str], more: Value) -> Value {
    let mut event = json!({ "type": "ObjectEvent", "eventTime": "2026-11-01T10:00:00.000Z",
        "eventTimeZoneOffset": "+00:00", "action": "OBSERVE", "epcList": epcs });
    for (name, value) in more.as_object().into_iter().flatten() {
        event[name] = value.clone();
    }
    event
}

/// A document of events.
pub(super) fn of(events: &[Value]) -> String {
    json!({ "@context": [CONTEXT, { "example": "https://ns.example.com/epcis/" }], "type": "EPCISDocument",
        "schemaVersion": "2.0", "creationDate": "2026-11-01T10:00:00Z", "epcisBody": { "eventList": events } })
    .to_string()
}

/// The target of `Link: …; rel="next"`, as a path.
fn next(reply: &Reply) -> Option<String> {
    let link = reply.headers.get(header::LINK)?.to_str().expect("a text");
    let url = link.strip_prefix('<').and_then(|rest| rest.strip_suffix(">; rel=\"next\"")).expect("a link");
    Some(url.split_once("://").and_then(|(_, rest)| rest.find('/').map(|at| rest[at..].to_owned())).expect("a URL"))
}

//! Answers: documents of events, lists, and the link to the next page.

use super::headers::{EpcFormat, TOKEN_EXPIRES, Written};
use super::problem::{EpcisError, EpcisResult};
use crate::app::AppState;
use crate::http::encoded;
use axum::http::{HeaderValue, Uri, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;
use tracelight_epcis::Event;
use tracelight_epcis::document::{Document, DocumentKind, Format};
use tracelight_epcis::error::ExceptionKind;
use tracelight_epcis::json::write as write_json;
use tracelight_epcis::text::Timestamp;
use tracelight_epcis::xml::write as write_xml;

/// Tokens hold no state and do not expire; this is what is promised.
const TOKEN_LIVES_MS: u64 = 24 * 60 * 60 * 1_000;
/// GS1's context, by its address.
const CONTEXT: &str = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld";

/// A moment of ours.
#[must_use]
pub fn moment(ms: u64) -> Timestamp {
    Timestamp::from_unix_ms(i64::try_from(ms).unwrap_or(i64::MAX))
}

/// Events as the result of a query.
///
/// # Errors
/// NotAcceptableException for events that XML cannot hold.
pub fn document(
    events: Vec<Event>,
    name: &str,
    subscription: Option<&str>,
    written: Written,
    now_ms: u64,
) -> EpcisResult<String> {
    let events = match written.epcs {
        EpcFormat::AsCaptured => events,
        EpcFormat::DigitalLink => events.into_iter().map(Event::with_digital_links).collect(),
    };
    let kind = DocumentKind::Query { name: name.to_owned(), subscription: subscription.map(str::to_owned) };
    let document = Document { kind, schema_version: "2.0".to_owned(), events, ..Document::default() };
    let now = moment(now_ms);
    match written.format {
        Format::Json => Ok(write_json(&document, now)),
        Format::Xml => write_xml(&document, now).map_err(|error| {
            EpcisError::new(ExceptionKind::NotAcceptable, format!("{error}; ask for application/json"))
        }),
    }
}

/// The answer to a query.
///
/// # Errors
/// As [`document`].
pub fn events(events: Vec<Event>, name: &str, written: Written) -> EpcisResult<Response> {
    let media = match written.format {
        Format::Json => "application/json",
        Format::Xml => "application/xml",
    };
    let body = document(events, name, None, written, crate::clock::now_ms())?;
    Ok(([(header::CONTENT_TYPE, media)], body).into_response())
}

/// A list of names or URIs.
#[must_use]
pub fn collection(members: &[String]) -> Response {
    axum::Json(json!({ "@context": CONTEXT, "type": "Collection", "member": members })).into_response()
}

/// `Link: …; rel="next"`, when there is a next page.
pub fn link(state: &AppState, response: &mut Response, uri: &Uri, pairs: &[(String, String)], next: Option<&str>) {
    let Some(next) = next else { return };
    let mut target = format!("{}{}?", state.config.public_base_url, uri.path());
    for (name, value) in pairs.iter().filter(|(name, _)| name != "nextPageToken") {
        target.push_str(&format!("{}={}&", encoded(name), encoded(value)));
    }
    target.push_str(&format!("nextPageToken={}", encoded(next)));
    if let Ok(value) = HeaderValue::from_str(&format!("<{target}>; rel=\"next\"")) {
        response.headers_mut().insert(header::LINK, value);
    }
    let until = crate::clock::iso(crate::clock::now_ms().saturating_add(TOKEN_LIVES_MS));
    if let Ok(value) = HeaderValue::from_str(&until) {
        response.headers_mut().insert(TOKEN_EXPIRES, value);
    }
}

/// A text within XML.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // XML 1.0 has no other control characters, not even escaped.
            other if other.is_control() && !matches!(other, '\n' | '\r' | '\t') => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    out
}

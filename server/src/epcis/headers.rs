//! The headers that GS1 defines, with their defaults, and the choice of the syntax.
//!
//! | header | asked | default |
//! |---|---|---|
//! | `GS1-EPCIS-Version`, `-Min`, `-Max`, `GS1-CBV-…` | 1.x and 2.0 are read, 2.0 is written | whatever it is |
//! | `GS1-Capture-Error-Behaviour` | `rollback`, `proceed` | `rollback` |
//! | `GS1-EPC-Format` | `No_Preference`, `Never_Translates`, `Always_GS1_Digital_Link` | as captured |
//! | `GS1-CBV-XML-Format` | `No_Preference`, `Always_URN` | URNs in XML, bare words in JSON |
//! | `GS1-Extensions` | `prefix=namespace, …` | GS1's own prefixes |
//!
//! `Always_EPC_URN` needs the length of every company prefix, which this server does not know; XML with web URIs is not
//! written. Both are NotAcceptable, and never a silent other answer.

use super::problem::{EpcisError, EpcisResult};
use crate::accept::weighted;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use tracelight_epcis::document::Format;
use tracelight_epcis::error::ExceptionKind;
use tracelight_epcis::name::Context;
use tracelight_epcis::text::shown;

/// What this server writes.
pub const VERSION: &str = "2.0.0";
/// The oldest version that is read (XML).
pub const VERSION_MIN: &str = "1.0.0";

const EPC_FORMAT: HeaderName = HeaderName::from_static("gs1-epc-format");
const CBV_XML_FORMAT: HeaderName = HeaderName::from_static("gs1-cbv-xml-format");
const ERROR_BEHAVIOUR: HeaderName = HeaderName::from_static("gs1-capture-error-behaviour");
const EXTENSIONS: HeaderName = HeaderName::from_static("gs1-extensions");
/// Events that one capture takes.
pub const CAPTURE_LIMIT: HeaderName = HeaderName::from_static("gs1-epcis-capture-limit");
/// Bytes that one capture takes.
pub const FILE_SIZE_LIMIT: HeaderName = HeaderName::from_static("gs1-epcis-capture-file-size-limit");
/// Until when a page token is good, at least.
pub const TOKEN_EXPIRES: HeaderName = HeaderName::from_static("gs1-next-page-token-expires");

/// What becomes of the good events of a capture with bad ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// All or none.
    Rollback,
    /// The good ones are stored.
    Proceed,
}

impl Behaviour {
    /// As the header writes it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Rollback => "rollback",
            Self::Proceed => "proceed",
        }
    }
}

/// In which form ids are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EpcFormat {
    /// As they were captured.
    AsCaptured,
    /// GS1 keys as canonical Digital Links.
    DigitalLink,
}

/// How an answer with events is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// Syntax.
    pub format: Format,
    /// Ids.
    pub epcs: EpcFormat,
}

fn text(headers: &HeaderMap, name: &HeaderName) -> EpcisResult<Option<String>> {
    let Some(value) = headers.get(name) else { return Ok(None) };
    match value.to_str() {
        Ok(text) => Ok(Some(text.trim().to_owned())),
        Err(_) => Err(EpcisError::new(ExceptionKind::Validation, format!("the header `{name}` holds no plain text"))),
    }
}

/// Major and minor number.
fn version(name: &HeaderName, text: &str) -> EpcisResult<(u32, u32)> {
    let mut parts = text.split('.').map(|part| part.parse::<u32>().ok());
    match (parts.next().flatten(), parts.next().unwrap_or(Some(0))) {
        (Some(major), Some(minor)) => Ok((major, minor)),
        _ => {
            let detail = format!("the header `{name}` says `{}`, expected a version such as 2.0.0", shown(text));
            Err(EpcisError::new(ExceptionKind::Validation, detail))
        }
    }
}

/// Refuses versions that are neither read nor written here.
///
/// # Errors
/// NotAcceptableException; ValidationException for what is no version.
pub fn check_versions(headers: &HeaderMap) -> EpcisResult<()> {
    for standard in ["epcis", "cbv"] {
        let named = |end: &str| HeaderName::try_from(format!("gs1-{standard}-{end}"));
        let bounds = [("version", (0, 0), (2, 0)), ("min", (0, 0), (2, 0)), ("max", (2, 0), (u32::MAX, 0))];
        for (end, low, high) in bounds {
            let Ok(name) = named(end) else { continue };
            let Some(value) = text(headers, &name)? else { continue };
            let asked = version(&name, &value)?;
            if asked < low || asked > high {
                let detail =
                    format!("`{name}: {}`: this server reads {VERSION_MIN} to 2.0 and writes 2.0", shown(&value));
                return Err(EpcisError::new(ExceptionKind::NotAcceptable, detail));
            }
        }
    }
    Ok(())
}

/// What the sender wants to become of the good events.
///
/// # Errors
/// ValidationException for another word.
pub fn behaviour(headers: &HeaderMap) -> EpcisResult<Behaviour> {
    match text(headers, &ERROR_BEHAVIOUR)?.as_deref() {
        None | Some("rollback") => Ok(Behaviour::Rollback),
        Some("proceed") => Ok(Behaviour::Proceed),
        Some(other) => {
            let detail = format!("`{ERROR_BEHAVIOUR}: {}`, expected `rollback` or `proceed`", shown(other));
            Err(EpcisError::new(ExceptionKind::Validation, detail))
        }
    }
}

/// The syntax of a body: by its media type, or by its first character when none is said.
///
/// # Errors
/// UnsupportedMediaTypeException.
pub fn body_format(headers: &HeaderMap, body: &[u8]) -> EpcisResult<Format> {
    let said = text(headers, &header::CONTENT_TYPE)?;
    let format = match &said {
        Some(media) => Format::from_media_type(media),
        None => Format::sniff(body),
    };
    format.ok_or_else(|| {
        let said =
            said.map_or_else(|| "a body without a media type".to_owned(), |media| format!("`{}`", shown(&media)));
        let detail = format!("{said}: expected application/json, application/ld+json, application/xml or text/xml");
        EpcisError::new(ExceptionKind::UnsupportedMediaType, detail)
    })
}

/// The syntax that the client accepts best; JSON when it does not mind.
///
/// # Errors
/// NotAcceptableException.
pub fn accepted(headers: &HeaderMap) -> EpcisResult<Format> {
    text(headers, &header::ACCEPT)?;
    let said = weighted(headers, &header::ACCEPT);
    if said.is_empty() {
        return Ok(Format::Json);
    }
    let mut best: Option<(Format, u16)> = None;
    for (media, weight) in &said {
        let format = match media.as_str() {
            "*/*" | "application/*" => Some(Format::Json),
            "text/*" => Some(Format::Xml),
            other => Format::from_media_type(other),
        };
        if let Some(format) = format.filter(|_| *weight > 0)
            && best.is_none_or(|(_, so_far)| *weight > so_far)
        {
            best = Some((format, *weight));
        }
    }
    best.map(|(format, _)| format).ok_or_else(|| {
        let named: Vec<&str> = said.iter().map(|(media, _)| media.as_str()).collect();
        let detail =
            format!("`Accept: {}`: application/json and application/xml can be made", shown(&named.join(", ")));
        EpcisError::new(ExceptionKind::NotAcceptable, detail)
    })
}

/// How an answer with events is written.
///
/// # Errors
/// NotAcceptableException.
pub fn written(headers: &HeaderMap) -> EpcisResult<Written> {
    check_versions(headers)?;
    let format = accepted(headers)?;
    let not_made = |name: &HeaderName, value: &str, why: &str| {
        EpcisError::new(ExceptionKind::NotAcceptable, format!("`{name}: {}`: {why}", shown(value)))
    };
    let epcs = match text(headers, &EPC_FORMAT)?.as_deref() {
        None | Some("No_Preference" | "Never_Translates") => EpcFormat::AsCaptured,
        Some("Always_GS1_Digital_Link") => EpcFormat::DigitalLink,
        Some(other) => {
            let why = "this server writes ids as they were captured, or as GS1 Digital Links";
            return Err(not_made(&EPC_FORMAT, other, why));
        }
    };
    match text(headers, &CBV_XML_FORMAT)?.as_deref() {
        None | Some("No_Preference" | "Always_URN") => {}
        Some(_) if format == Format::Json => {}
        Some(other) => {
            return Err(not_made(&CBV_XML_FORMAT, other, "this server writes standard words in XML as URNs"));
        }
    }
    Ok(Written { format, epcs })
}

/// The prefixes of own fields in query parameters.
///
/// # Errors
/// QueryParameterException for another form.
pub fn extensions(headers: &HeaderMap) -> EpcisResult<Context> {
    let mut context = Context::default();
    for pair in
        text(headers, &EXTENSIONS)?.unwrap_or_default().split(',').map(str::trim).filter(|pair| !pair.is_empty())
    {
        let Some((prefix, namespace)) = pair.split_once('=') else {
            let detail = format!("`{EXTENSIONS}`: `{}`, expected prefix=namespace", shown(pair));
            return Err(EpcisError::new(ExceptionKind::QueryParameter, detail));
        };
        context.declare(prefix.trim(), namespace.trim());
    }
    Ok(context)
}

/// Puts GS1's headers on every answer, and answers `OPTIONS` with what a path takes.
pub async fn around(request: Request, next: Next) -> Response {
    let asks_options = request.method() == Method::OPTIONS;
    let captures = request.uri().path().split('/').any(|part| part == "capture");
    let mut response = next.run(request).await;
    if asks_options && response.status() == StatusCode::METHOD_NOT_ALLOWED {
        let allow = response.headers().get(header::ALLOW).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let allow = HeaderValue::from_str(&format!("{allow},OPTIONS")).ok();
        response = StatusCode::NO_CONTENT.into_response();
        response.headers_mut().extend(allow.map(|allow| (header::ALLOW, allow)));
        let more = [
            ("gs1-epcis-min", VERSION_MIN),
            ("gs1-epcis-max", VERSION),
            ("gs1-cbv-min", VERSION_MIN),
            ("gs1-cbv-max", VERSION),
            ("gs1-epc-format", "No_Preference, Never_Translates, Always_GS1_Digital_Link"),
            ("gs1-cbv-xml-format", "No_Preference, Always_URN"),
        ];
        for (name, value) in more {
            response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        if captures {
            response.headers_mut().insert(ERROR_BEHAVIOUR, HeaderValue::from_static("all"));
        }
    }
    let always = [
        ("gs1-epcis-version", VERSION),
        ("gs1-cbv-version", VERSION),
        ("gs1-extensions", ""),
        ("gs1-vendor-version", env!("CARGO_PKG_VERSION")),
    ];
    for (name, value) in always {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let one = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        pairs.iter().map(one).collect()
    }

    #[track_caller]
    fn accepts(accept: &'static str, expected: Option<Format>) {
        assert_eq!(accepted(&headers(&[("accept", accept)])).ok(), expected, "{accept}");
    }

    #[test]
    fn the_best_syntax_is_chosen() {
        accepts("*/*", Some(Format::Json));
        accepts("application/xml", Some(Format::Xml));
        accepts("application/xml;q=0.5, application/ld+json", Some(Format::Json));
        accepts("text/html, text/xml;q=0.1", Some(Format::Xml));
        accepts("application/json;q=0", None);
        accepts("image/png", None);
        assert_eq!(accepted(&HeaderMap::new()).ok(), Some(Format::Json));
    }

    #[test]
    fn versions_that_cannot_be_served_are_not_acceptable() {
        let kind = |pairs: &[(&'static str, &'static str)]| check_versions(&headers(pairs)).map_err(|e| e.kind());
        assert_eq!(kind(&[]), Ok(()));
        assert_eq!(kind(&[("gs1-epcis-version", "1.2.0"), ("gs1-cbv-min", "1.0"), ("gs1-epcis-max", "2.0.0")]), Ok(()));
        assert_eq!(kind(&[("gs1-epcis-min", "2.1.0")]), Err(ExceptionKind::NotAcceptable));
        assert_eq!(kind(&[("gs1-cbv-max", "1.2")]), Err(ExceptionKind::NotAcceptable));
        assert_eq!(kind(&[("gs1-epcis-version", "two")]), Err(ExceptionKind::Validation));
    }

    #[test]
    fn what_is_not_made_is_said() {
        let kind = |pairs: &[(&'static str, &'static str)]| written(&headers(pairs)).map_err(|error| error.kind());
        assert!(kind(&[("gs1-epc-format", "Always_GS1_Digital_Link")]).is_ok());
        assert_eq!(kind(&[("gs1-epc-format", "Always_EPC_URN")]), Err(ExceptionKind::NotAcceptable));
        assert!(kind(&[("gs1-cbv-xml-format", "Always_Web_URI")]).is_ok(), "it is about XML only");
        let xml = [("gs1-cbv-xml-format", "Always_Web_URI"), ("accept", "text/xml")];
        assert_eq!(kind(&xml), Err(ExceptionKind::NotAcceptable));
    }
}

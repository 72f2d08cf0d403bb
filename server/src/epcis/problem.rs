//! EPCIS's exceptions as problems (RFC 9457; GS1's OpenAPI document still says RFC 7807).
//!
//! ```text
//! { "type": "epcisException:ValidationException", "title": …, "status": 400, "detail": …,
//!   "violations": [ { "pointer": "/epcisBody/eventList/0/bizStep", "fault": … } ] }
//! ```

use crate::http::ApiError;
use crate::store::StoreError;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tracelight_api::problem::PROBLEM_JSON;
use tracelight_epcis::error::{Exception, ExceptionKind, Violation};

/// Violations that one answer lists.
const VIOLATIONS_MAX: usize = 200;

/// Result of a handler.
pub type EpcisResult<T> = Result<T, EpcisError>;

/// An answer that is not the one that was asked for.
#[derive(Debug)]
pub struct EpcisError(Box<Inner>);

#[derive(Debug)]
struct Inner {
    exception: Exception,
    status: u16,
    incident: Option<String>,
    headers: Vec<(HeaderName, String)>,
}

/// What is written.
#[derive(Debug, Serialize)]
struct Body<'a> {
    r#type: String,
    title: &'static str,
    status: u16,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    incident: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    violations: Vec<At<'a>>,
}

#[derive(Debug, Serialize)]
struct At<'a> {
    pointer: &'a str,
    fault: String,
}

impl EpcisError {
    /// An exception with its own status.
    #[must_use]
    pub fn new(kind: ExceptionKind, detail: impl Into<String>) -> Self {
        Exception::new(kind, detail).into()
    }

    /// Nobody who is known.
    #[must_use]
    pub fn unauthorized() -> Self {
        let mut error =
            Self::new(ExceptionKind::Security, "sign in, or send `Authorization: Bearer` with a system's token");
        error.0.status = StatusCode::UNAUTHORIZED.as_u16();
        error.with(header::WWW_AUTHENTICATE, "Bearer".to_owned())
    }

    /// There is no such thing, or it is another member's.
    #[must_use]
    pub fn no_resource(what: impl Into<String>) -> Self {
        Self::new(ExceptionKind::NoSuchResource, what)
    }

    /// With a header.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: String) -> Self {
        self.0.headers.push((name, value));
        self
    }

    /// Which exception.
    #[must_use]
    pub fn kind(&self) -> ExceptionKind {
        self.0.exception.kind
    }

    /// One sentence.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.0.exception.detail
    }
}

/// The name of each exception for people.
#[must_use]
pub const fn title(kind: ExceptionKind) -> &'static str {
    match kind {
        ExceptionKind::Validation => "the document or event breaks a rule",
        ExceptionKind::QueryValidation => "the stored query is not valid",
        ExceptionKind::QueryParameter => "a query parameter is not valid",
        ExceptionKind::SubscriptionControls => "the subscription is not valid",
        ExceptionKind::Security => "not allowed",
        ExceptionKind::NoSuchName => "there is no query of that name",
        ExceptionKind::NoSuchResource => "there is no such resource",
        ExceptionKind::NotAcceptable => "nothing that you accept can be made",
        ExceptionKind::ResourceAlreadyExists => "it is there already",
        ExceptionKind::CaptureLimitExceeded => "more than one capture may have",
        ExceptionKind::QueryTooLarge => "more events than one query may have",
        ExceptionKind::QueryTooComplex => "more work than one query may be",
        ExceptionKind::URITooLong => "the URI is too long",
        ExceptionKind::UnsupportedMediaType => "neither JSON-LD nor XML",
        ExceptionKind::Implementation => "a fault on our side",
    }
}

impl From<Exception> for EpcisError {
    fn from(exception: Exception) -> Self {
        let status = exception.kind.status();
        Self(Box::new(Inner { exception, status, incident: None, headers: Vec::new() }))
    }
}

impl From<ApiError> for EpcisError {
    fn from(error: ApiError) -> Self {
        let problem = *error.0;
        let kind = match problem.status {
            401 | 403 => ExceptionKind::Security,
            404 => ExceptionKind::NoSuchResource,
            409 => ExceptionKind::ResourceAlreadyExists,
            _ => ExceptionKind::Implementation,
        };
        let exception = Exception::new(kind, problem.detail.unwrap_or(problem.title));
        let mut headers = Vec::new();
        headers.extend(problem.retry_after_s.map(|seconds| (header::RETRY_AFTER, seconds.to_string())));
        Self(Box::new(Inner { exception, status: problem.status, incident: problem.incident, headers }))
    }
}

impl From<StoreError> for EpcisError {
    fn from(error: StoreError) -> Self {
        ApiError::from(error).into()
    }
}

impl IntoResponse for EpcisError {
    fn into_response(self) -> Response {
        let Inner { exception, status, incident, headers } = *self.0;
        let at =
            |violation: &'_ Violation| -> (String, String) { (violation.pointer.clone(), violation.fault.to_string()) };
        let violations: Vec<(String, String)> = exception.violations.iter().take(VIOLATIONS_MAX).map(at).collect();
        let body = Body {
            r#type: exception.problem_type(),
            title: title(exception.kind),
            status,
            detail: &exception.detail,
            incident: incident.as_deref(),
            violations: violations.iter().map(|(pointer, fault)| At { pointer, fault: fault.clone() }).collect(),
        };
        // Plain strings and numbers always have a JSON form.
        let bytes = serde_json::to_vec(&body).unwrap_or_default();
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, bytes).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        for (name, value) in headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

/// For paths under `/epcis` that no route has.
pub async fn no_such_resource(uri: axum::http::Uri) -> EpcisError {
    EpcisError::no_resource(format!("nothing is served under `{}`", tracelight_epcis::text::shown(uri.path())))
}

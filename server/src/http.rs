//! What all HTTP handlers share: errors as RFC 9457 problems, addresses, bodies, the idempotency key.
//!
//! A fault of ours gets an incident id: the answer carries the id, the log the cause. A caller's mistake names the field,
//! the position and what was expected. Nothing internal is ever shown.

mod address;
mod encoding;

pub use address::{Path, Query};
pub use encoding::Encoding;

use crate::rates::TooOften;
use crate::store::StoreError;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::{HeaderValue, StatusCode, header, request::Parts};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use tracelight_api::problem::{PROBLEM_JSON, Problem};
use tracelight_client::chain::ClientError;
use tracelight_domain::gs1::KeyError;
use tracelight_domain::rules::Refusal;

/// Bytes of an `Idempotency-Key`.
pub const IDEMPOTENCY_KEY_BYTES_MAX: usize = 200;

/// An answer that is not the one that was asked for.
#[derive(Clone, Debug)]
pub struct ApiError(pub Box<Problem>);

/// Result of a handler.
pub type ApiResult<T> = Result<T, ApiError>;

/// A text as one segment of a path, or one value of a query.
#[must_use]
pub fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// Reads what somebody uploaded where waiting holds nobody up.
///
/// # Errors
/// 500 when the work ended by a fault of ours.
pub async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> ApiResult<T> {
    let title = "the file could not be read";
    let ended =
        |error: tokio::task::JoinError| ApiError::fault(StatusCode::INTERNAL_SERVER_ERROR, "fault", title, &error);
    tokio::task::spawn_blocking(work).await.map_err(ended)
}

impl ApiError {
    /// A problem with a stable name.
    #[must_use]
    pub fn new(status: StatusCode, name: &str, title: &str) -> Self {
        Self(Box::new(Problem::new(status.as_u16(), name, title)))
    }

    /// With an explanation and the way out.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    /// About this field of the request.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>) -> Self {
        self.0.field = Some(field.into());
        self
    }

    /// The request's idempotency key belongs to another request.
    #[must_use]
    pub fn idempotency_conflict() -> Self {
        let title = "this idempotency key was used for another request";
        Self::new(StatusCode::CONFLICT, "idempotency_conflict", title)
            .field("Idempotency-Key")
            .detail("choose a new key for a new request")
    }

    /// Nobody is signed in.
    #[must_use]
    pub fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "not_signed_in", "sign in first")
    }

    /// Somebody is signed in who may not.
    #[must_use]
    pub fn forbidden(detail: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "not_allowed", "your role does not allow this").detail(detail)
    }

    /// There is no such thing, or it is another member's.
    #[must_use]
    pub fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "there is no such thing").detail(what)
    }

    /// A field of the request is wrong.
    #[must_use]
    pub fn invalid(field: &str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_field", "a field of the request is wrong")
            .field(field)
            .detail(detail)
    }

    /// Done too often; the answer says when it may be done again.
    #[must_use]
    pub fn too_often(name: &str, title: &str, too_often: TooOften) -> Self {
        let mut error = Self::new(StatusCode::TOO_MANY_REQUESTS, name, title);
        error.0.retry_after_s = Some(too_often.wait_s());
        error
    }

    /// A part that is needed for an answer does not answer. Says nothing about the goods.
    #[must_use]
    pub fn unavailable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "cannot_check_now", "cannot check now").detail(detail)
    }

    /// A fault of ours: the cause goes to the log, its id to the caller.
    #[must_use]
    pub fn fault(status: StatusCode, name: &str, title: &str, cause: &dyn std::fmt::Display) -> Self {
        let incident = uuid::Uuid::now_v7().simple().to_string();
        tracing::error!(incident, cause = %cause, "Request failed, incident {incident}");
        let mut error = Self::new(status, name, title).detail(format!("tell your operator this number: {incident}"));
        error.0.incident = Some(incident);
        error
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        // A problem is plain strings and numbers; it always has a JSON form.
        let body = serde_json::to_vec(&*self.0).unwrap_or_default();
        let mut response = (status, body).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if let Some(seconds) = self.0.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<getrandom::Error> for ApiError {
    fn from(error: getrandom::Error) -> Self {
        Self::fault(StatusCode::INTERNAL_SERVER_ERROR, "no_randomness", "no randomness", &error)
    }
}

impl From<KeyError> for ApiError {
    fn from(error: KeyError) -> Self {
        let mut problem = Self::invalid(error.field(), error.to_string());
        problem.0.position = u32::try_from(error.position()).ok();
        problem
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        let status = match error {
            StoreError::Database(_) => StatusCode::SERVICE_UNAVAILABLE,
            StoreError::Corrupt { .. } | StoreError::NotMigrated { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self::fault(status, "cannot_check_now", "cannot check now: the database does not answer as it should", &error)
    }
}

impl From<ClientError> for ApiError {
    fn from(error: ClientError) -> Self {
        Self::fault(StatusCode::SERVICE_UNAVAILABLE, "chain_unreachable", "no chain-node answers as it should", &error)
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        let status = match refusal {
            Refusal::DatesInOrder
            | Refusal::CountOutOfRange
            | Refusal::Duplicate
            | Refusal::ToYourself
            | Refusal::WrongChain
            | Refusal::BadSignature
            | Refusal::ExpiryTooFar => StatusCode::UNPROCESSABLE_ENTITY,
            _ => StatusCode::CONFLICT,
        };
        Self::new(status, refusal.name(), "the chain refuses this").detail(refusal.text())
    }
}

/// A JSON body. What is wrong with it is said with field and position.
#[derive(Debug)]
pub struct Body<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let media = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
        if media.split(';').next().unwrap_or("").trim() != "application/json" {
            let title = "the body has to be JSON";
            return Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not_json", title)
                .field("content-type")
                .detail(format!("found `{media}`, expected `application/json`")));
        }
        let bytes = axum::body::Bytes::from_request(request, state).await.map_err(|rejection| {
            let status = rejection.status();
            ApiError::new(status, "body_unreadable", "the body cannot be read").detail(rejection.body_text())
        })?;
        serde_json::from_slice(&bytes).map(Self).map_err(|error| json_error(&error))
    }
}

fn json_error(error: &serde_json::Error) -> ApiError {
    let text = error.to_string();
    // serde names the field between backticks: "missing field `gtin` at line 1 column 2".
    let field = text.split('`').nth(1).unwrap_or("body").to_owned();
    let mut problem = ApiError::new(StatusCode::BAD_REQUEST, "invalid_json", "the body is not what this call takes")
        .field(field)
        .detail(text);
    problem.0.position = u32::try_from(error.column()).ok();
    problem
}

/// The `Idempotency-Key` header, when there is one: the same key and request again give the first result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey(pub Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, ApiError> {
        let Some(value) = parts.headers.get("idempotency-key") else { return Ok(Self(None)) };
        match value.to_str() {
            Ok(text) if (1..=IDEMPOTENCY_KEY_BYTES_MAX).contains(&text.len()) => Ok(Self(Some(text.to_owned()))),
            _ => Err(ApiError::invalid(
                "Idempotency-Key",
                format!("expected 1 to {IDEMPOTENCY_KEY_BYTES_MAX} visible characters"),
            )),
        }
    }
}

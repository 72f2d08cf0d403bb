//! `POST /capture`, `POST /events`, and the list of capture jobs.
//!
//! | body | answer |
//! |---|---|
//! | good | 202, `Location` of the job |
//! | a broken event (`rollback`), a broken envelope | 400 ValidationException with every violation; nothing is stored, no job |
//! | a broken event (`proceed`) | 202; the job tells it |
//! | an eventID that another event has | 202; the job tells it, and with `rollback` nothing else is stored. `/events`: 409 |
//! | too many events or bytes | 413 CaptureLimitExceededException |
//!
//! The work is done before the answer, on a thread for it: "running" is never true, and a client need not poll.

use super::caller::Caller;
use super::headers::{self, Behaviour, CAPTURE_LIMIT, FILE_SIZE_LIMIT};
use super::prepare::{CONFLICT, Prepared, conflict, prepare};
use super::problem::{EpcisError, EpcisResult};
use super::{custody, jobs};
use crate::app::AppState;
use crate::http::{ApiError, encoded};
use crate::store::{Captured, NewCapture};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use http_body_util::LengthLimitError;
use tracelight_epcis::document::Format;
use tracelight_epcis::error::ExceptionKind;
use tracelight_epcis::limits::Limits;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// Says of a capture which it was: `stored`, `already_stored`.
const OUTCOME: HeaderName = HeaderName::from_static("tracelight-outcome");

/// The calls of this file and of the jobs.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(capture, jobs::list)).routes(routes!(jobs::show))
}

/// Captures the events of an EPCIS document: JSON-LD 2.0, XML 2.0 or XML 1.x.
#[utoipa::path(post, path = "/capture", tag = "epcis",
    request_body(content = String, content_type = "application/ld+json", description = "EPCISDocument or EPCISQueryDocument"),
    params(
        ("GS1-Capture-Error-Behaviour" = Option<String>, Header, description = "`rollback` (default) or `proceed`"),
        ("GS1-EPCIS-Version" = Option<String>, Header, description = "of the body"),
        ("GS1-CBV-Version" = Option<String>, Header, description = "of the body"),
    ),
    responses(
        (status = 202, description = "done; `Location` is the capture job"),
        (status = 400, description = "ValidationException; nothing was stored"),
        (status = 401, description = "SecurityException"), (status = 403, description = "SecurityException"),
        (status = 413, description = "CaptureLimitExceededException"),
        (status = 415, description = "UnsupportedMediaTypeException"),
    ))]
pub async fn capture(State(state): State<AppState>, caller: Caller, request: Request) -> EpcisResult<Response> {
    caller.must_write()?;
    let (head, body) = request.into_parts();
    headers::check_versions(&head.headers)?;
    let behaviour = headers::behaviour(&head.headers)?;
    let (format, bytes) = whole_body(&state, &head.headers, body).await?;
    let (job, _, _) = store(&state, &caller, format, bytes, behaviour).await?;
    let mut response = StatusCode::ACCEPTED.into_response();
    location(&mut response, &format!("/epcis/capture/{}", job.simple()));
    limits(&state, response.headers_mut());
    Ok(response)
}

/// Captures one event.
#[utoipa::path(post, path = "/events", tag = "epcis",
    request_body(content = String, content_type = "application/ld+json", description = "one event, or a document with one"),
    responses(
        (status = 201, description = "stored, now or before (`Tracelight-Outcome`); `Location` is the event"),
        (status = 400, description = "ValidationException; nothing was stored"),
        (status = 401, description = "SecurityException"), (status = 403, description = "SecurityException"),
        (status = 409, description = "ResourceAlreadyExistsException: another event has this eventID"),
        (status = 413, description = "CaptureLimitExceededException"),
        (status = 415, description = "UnsupportedMediaTypeException"),
    ))]
pub async fn one_event(State(state): State<AppState>, caller: Caller, request: Request) -> EpcisResult<Response> {
    caller.must_write()?;
    let (head, body) = request.into_parts();
    headers::check_versions(&head.headers)?;
    let (format, bytes) = whole_body(&state, &head.headers, body).await?;
    let one = Limits { events_max: 1, ..capture_limits(&state) };
    let (_, captured, id) = store_within(&state, &caller, format, bytes, Behaviour::Rollback, one).await?;
    if !captured.rejected.is_empty() {
        return Err(EpcisError::new(ExceptionKind::ResourceAlreadyExists, CONFLICT));
    }
    let Some(id) = id else {
        return Err(EpcisError::new(ExceptionKind::Validation, "the document has no event; expected one"));
    };
    let mut response = StatusCode::CREATED.into_response();
    location(&mut response, &format!("/epcis/events/{}", encoded(&id)));
    let outcome = if captured.stored == 1 { "stored" } else { "already_stored" };
    response.headers_mut().insert(OUTCOME, HeaderValue::from_static(outcome));
    Ok(response)
}

fn capture_limits(state: &AppState) -> Limits {
    let config = &state.config.epcis;
    Limits { bytes_max: config.capture_bytes_max, events_max: config.capture_events_max, ..Limits::default() }
}

fn limits(state: &AppState, headers: &mut HeaderMap) {
    let config = &state.config.epcis;
    headers.insert(CAPTURE_LIMIT, HeaderValue::from(config.capture_events_max));
    headers.insert(FILE_SIZE_LIMIT, HeaderValue::from(config.capture_bytes_max));
}

fn location(response: &mut Response, to: &str) {
    if let Ok(value) = HeaderValue::from_str(to) {
        response.headers_mut().insert(header::LOCATION, value);
    }
}

/// The body within the bound, and its syntax.
async fn whole_body(state: &AppState, headers: &HeaderMap, body: Body) -> EpcisResult<(Format, Vec<u8>)> {
    let max = state.config.epcis.capture_bytes_max;
    let too_long = || {
        let detail = format!("the body has more than {max} bytes; send the events in several documents");
        over(state, EpcisError::new(ExceptionKind::CaptureLimitExceeded, detail))
    };
    let said: Option<usize> = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if said.is_some_and(|said| said > max) {
        return Err(too_long());
    }
    if headers.contains_key(header::CONTENT_TYPE) {
        // A wrong type is refused before its body is read.
        headers::body_format(headers, &[])?;
    }
    let bytes = axum::body::to_bytes(body, max).await.map_err(|error| {
        let cause: Box<dyn std::error::Error + Send + Sync> = error.into_inner();
        if cause.is::<LengthLimitError>() {
            return too_long();
        }
        EpcisError::new(ExceptionKind::Validation, "the body ended before it was whole")
    })?;
    Ok((headers::body_format(headers, &bytes)?, bytes.to_vec()))
}

/// Says the limits beside a refusal for being over them.
fn over(state: &AppState, error: EpcisError) -> EpcisError {
    if error.kind() != ExceptionKind::CaptureLimitExceeded {
        return error;
    }
    let config = &state.config.epcis;
    error
        .with(CAPTURE_LIMIT, config.capture_events_max.to_string())
        .with(FILE_SIZE_LIMIT, config.capture_bytes_max.to_string())
}

async fn store(
    state: &AppState,
    caller: &Caller,
    format: Format,
    bytes: Vec<u8>,
    behaviour: Behaviour,
) -> EpcisResult<(Uuid, Captured, Option<String>)> {
    store_within(state, caller, format, bytes, behaviour, capture_limits(state)).await
}

/// Reads and stores. Returns the job, what became of it, and the first event's id.
async fn store_within(
    state: &AppState,
    caller: &Caller,
    format: Format,
    bytes: Vec<u8>,
    behaviour: Behaviour,
    limits: Limits,
) -> EpcisResult<(Uuid, Captured, Option<String>)> {
    let now_ms = crate::clock::now_ms();
    let judge = custody::judge(state, caller);
    let task = tokio::task::spawn_blocking(move || prepare(&bytes, format, &limits, behaviour, now_ms, &judge));
    let ended = |error: tokio::task::JoinError| {
        EpcisError::from(ApiError::fault(StatusCode::INTERNAL_SERVER_ERROR, "fault", "reading ended", &error))
    };
    let prepared = task.await.map_err(ended)?.map_err(|exception| over(state, exception.into()))?;
    let Prepared { document, master, events, first_id, errors } = prepared;
    let (user, user_name) = caller.author();
    let call = NewCapture {
        job: Uuid::now_v7(),
        member: caller.member,
        user,
        user_name,
        now_ms,
        proceed: behaviour == Behaviour::Proceed,
        document,
        master,
        errors,
    };
    let job = call.job;
    let captured = state.store.epcis_capture(call, events, conflict).await?;
    metrics::counter!("epcis_events_captured_total").increment(captured.stored);
    tracing::info!(
        job.id = %job,
        stored_count = captured.stored,
        known_count = captured.known,
        rejected_count = captured.rejected.len(),
        "Captured EPCIS events, job {job}"
    );
    Ok((job, captured, first_id))
}

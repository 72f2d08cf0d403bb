//! Stored queries: under a name, with the parameters of `/events` as JSON.

use super::address::{Asked, Path};
use super::answer;
use super::ask::Ask;
use super::caller::Caller;
use super::headers;
use super::jobs::{one, per_page};
use super::problem::{EpcisError, EpcisResult};
use super::search::search;
use super::stream;
use crate::app::AppState;
use crate::store::{QUERIES_MAX, QueryRow, QueryStored};
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{OriginalUri, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use tracelight_epcis::document::Format;
use tracelight_epcis::error::{Exception, ExceptionKind};
use tracelight_epcis::query::Query as Conditions;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Bytes of a query's name.
const NAME_BYTES_MAX: usize = 100;
/// Bytes of a query, and of a subscription.
pub const BODY_BYTES_MAX: usize = 256 * 1024;

/// The calls of this file.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(show, delete)).routes(routes!(run))
}

/// Stores a query of your member.
#[utoipa::path(post, path = "/queries", tag = "epcis",
    request_body(content = String, content_type = "application/json", description = "`{\"name\": …, \"query\": {…}}`"),
    responses((status = 201, description = "stored; `Location` is the query"),
        (status = 400, description = "QueryValidationException"), (status = 401, description = "SecurityException"),
        (status = 403, description = "SecurityException"), (status = 409, description = "ResourceAlreadyExistsException"),
        (status = 415, description = "UnsupportedMediaTypeException")))]
async fn create(State(state): State<AppState>, caller: Caller, request: Request) -> EpcisResult<Response> {
    caller.must_write()?;
    headers::check_versions(request.headers())?;
    let text = json_body(request).await?;
    let refuse = |detail: String| EpcisError::new(ExceptionKind::QueryValidation, detail);
    let json: Value = serde_json::from_str(&text).map_err(|error| refuse(format!("the body is no JSON: {error}")))?;
    let name = json["name"].as_str().ok_or_else(|| refuse("`name` is missing".to_owned()))?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~');
    if !(1..=NAME_BYTES_MAX).contains(&name.len()) || !name.bytes().all(plain) {
        return Err(refuse(format!("`name`: expected 1 to {NAME_BYTES_MAX} letters, digits, `-`, `.`, `_` or `~`")));
    }
    if !json["query"].is_object() {
        return Err(refuse("`query` is missing; expected an object of parameters".to_owned()));
    }
    // A wrong parameter makes the query invalid: GS1 has one exception for both.
    Conditions::from_json(&text).map_err(|fault| EpcisError::from(as_validation(fault)))?;
    match state.store.epcis_add_query(caller.member, name, &text, crate::clock::now_ms()).await? {
        QueryStored::Stored => {}
        QueryStored::Taken => {
            let detail = format!("your member has a query `{name}`; delete it first, or choose another name");
            return Err(EpcisError::new(ExceptionKind::ResourceAlreadyExists, detail));
        }
        QueryStored::TooMany => {
            let detail = format!("your member has {QUERIES_MAX} queries, and no more are kept; delete one");
            return Err(EpcisError::new(ExceptionKind::QueryTooComplex, detail));
        }
    }
    let mut response = StatusCode::CREATED.into_response();
    if let Ok(value) = HeaderValue::from_str(&format!("/epcis/queries/{name}")) {
        response.headers_mut().insert(header::LOCATION, value);
    }
    Ok(response)
}

fn as_validation(fault: Exception) -> Exception {
    match fault.kind {
        ExceptionKind::QueryParameter => Exception { kind: ExceptionKind::QueryValidation, ..fault },
        _ => fault,
    }
}

/// A JSON body within [`BODY_BYTES_MAX`].
///
/// # Errors
/// UnsupportedMediaTypeException, QueryValidationException.
pub async fn json_body(request: Request) -> EpcisResult<String> {
    let (head, body) = request.into_parts();
    let media =
        head.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("application/json");
    if Format::from_media_type(media) != Some(Format::Json) {
        return Err(EpcisError::new(ExceptionKind::UnsupportedMediaType, "expected application/json"));
    }
    let refuse = |detail: String| EpcisError::new(ExceptionKind::QueryValidation, detail);
    let bytes = axum::body::to_bytes(body, BODY_BYTES_MAX).await;
    let bytes = bytes.map_err(|_| refuse(format!("the body has more than {BODY_BYTES_MAX} bytes, or is not whole")))?;
    String::from_utf8(bytes.to_vec()).map_err(|_| refuse("the body is not UTF-8".to_owned()))
}

fn view(row: &QueryRow) -> Value {
    let stored: Value = serde_json::from_str(&row.body).unwrap_or_default();
    json!({ "name": row.name, "query": stored["query"] })
}

/// A query of the caller's member.
///
/// # Errors
/// NoSuchNameException.
pub async fn named(state: &AppState, caller: &Caller, name: &str) -> EpcisResult<QueryRow> {
    state.store.epcis_query(caller.member, name).await?.ok_or_else(no_such_name)
}

fn no_such_name() -> EpcisError {
    EpcisError::new(ExceptionKind::NoSuchName, "your member has no query of this name")
}

/// Queries of your member, by name.
#[utoipa::path(get, path = "/queries", tag = "epcis",
    params(("perPage" = Option<u32>, Query,), ("nextPageToken" = Option<String>, Query,)),
    responses((status = 200, description = "a list of queries; `Link: rel=\"next\"`"),
        (status = 401, description = "SecurityException")))]
async fn list(
    State(state): State<AppState>,
    caller: Caller,
    headers: HeaderMap,
    OriginalUri(uri): OriginalUri,
    Asked(pairs): Asked,
) -> EpcisResult<Response> {
    headers::check_versions(&headers)?;
    let per_page = per_page(&pairs)?;
    let after = one(&pairs, "nextPageToken").unwrap_or_default();
    let mut rows = state.store.epcis_queries(caller.member, after, per_page as u64 + 1).await?;
    let more = rows.len() > per_page;
    rows.truncate(per_page);
    let mut response = axum::Json(rows.iter().map(view).collect::<Vec<_>>()).into_response();
    let next = rows.last().filter(|_| more).map(|row| row.name.as_str());
    answer::link(&state, &mut response, &uri, &pairs, next);
    Ok(response)
}

/// A query of your member.
#[utoipa::path(get, path = "/queries/{queryName}", tag = "epcis", params(("queryName" = String, Path,)),
    responses((status = 200, description = "the query"), (status = 401, description = "SecurityException"),
        (status = 404, description = "NoSuchNameException")))]
async fn show(
    State(state): State<AppState>,
    caller: Caller,
    headers: HeaderMap,
    Path(name): Path<String>,
) -> EpcisResult<Response> {
    headers::check_versions(&headers)?;
    Ok(axum::Json(view(&named(&state, &caller, &name).await?)).into_response())
}

/// Deletes a query and its subscriptions.
#[utoipa::path(delete, path = "/queries/{queryName}", tag = "epcis", params(("queryName" = String, Path,)),
    responses((status = 204, description = "gone"), (status = 401, description = "SecurityException"),
        (status = 403, description = "SecurityException"), (status = 404, description = "NoSuchNameException")))]
async fn delete(State(state): State<AppState>, caller: Caller, Path(name): Path<String>) -> EpcisResult<StatusCode> {
    caller.must_write()?;
    let gone = state.store.epcis_delete_query(caller.member, &name).await?;
    if gone { Ok(StatusCode::NO_CONTENT) } else { Err(no_such_name()) }
}

/// The events of a query; with `Upgrade: websocket`, those that come from now on.
#[utoipa::path(get, path = "/queries/{queryName}/events", tag = "epcis", params(("queryName" = String, Path,),
    ("perPage" = Option<u32>, Query,), ("nextPageToken" = Option<String>, Query,),
    ("stream" = Option<bool>, Query, description = "WebSocket: report at once"),
    ("reportIfEmpty" = Option<bool>, Query, description = "WebSocket"),
    ("initialRecordTime" = Option<String>, Query, description = "WebSocket: from when on"),
    ("second" = Option<String>, Query, description = "WebSocket: a schedule, with minute, hour, dayOfMonth, month, dayOfWeek")),
    responses((status = 101, description = "WebSocket; each message is an EPCISQueryDocument"),
        (status = 200, description = "EPCISQueryDocument in JSON-LD or XML; `Link: rel=\"next\"`"),
        (status = 400, description = "QueryParameterException, SubscriptionControlsException"),
        (status = 401, description = "SecurityException"), (status = 404, description = "NoSuchNameException"),
        (status = 413, description = "QueryTooLargeException")))]
async fn run(
    State(state): State<AppState>,
    caller: Caller,
    headers: HeaderMap,
    OriginalUri(uri): OriginalUri,
    Path(name): Path<String>,
    Asked(pairs): Asked,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> EpcisResult<Response> {
    let row = named(&state, &caller, &name).await?;
    let written = headers::written(&headers)?;
    if headers.contains_key(header::UPGRADE) {
        // A browser opens a socket from any page and sends its cookies along.
        let origin = headers.get(header::ORIGIN).map(HeaderValue::as_bytes);
        if caller.user.is_some() && origin.is_some_and(|origin| origin != state.config.public_base_url.as_bytes()) {
            return Err(EpcisError::new(ExceptionKind::Security, "a page of another origin does not listen"));
        }
        let upgrade =
            upgrade.map_err(|error| EpcisError::new(ExceptionKind::SubscriptionControls, error.body_text()))?;
        return stream::open(state, caller, row, &pairs, written, upgrade).await;
    }
    let ask = Ask::stored(&row.name, &row.body, &pairs)?;
    let page = search(&state, caller.sight(), &ask).await?;
    let mut response = answer::events(page.events, &row.name, written)?;
    answer::link(&state, &mut response, &uri, &pairs, page.next.map(|token| token.text()).as_deref());
    Ok(response)
}

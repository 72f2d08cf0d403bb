//! `GET /events`, `GET /events/{eventID}`, and the root.

use super::address::{Asked, Pairs, Path};
use super::answer;
use super::ask::{Ask, SIMPLE};
use super::caller::Caller;
use super::capture;
use super::headers;
use super::prepare::hash_bytes;
use super::problem::{EpcisError, EpcisResult};
use super::search::{events_of, search};
use crate::app::AppState;
use axum::extract::{OriginalUri, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use tracelight_epcis::error::ExceptionKind;
use tracelight_epcis::query::PER_PAGE_MAX;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The calls of this file.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(root))
        .routes(routes!(find, capture::one_event))
        .routes(routes!(one))
        .routes(routes!(forget))
}

/// What there is.
#[utoipa::path(get, path = "/", tag = "epcis", responses(
    (status = 200, description = "the resources of this interface"), (status = 401, description = "SecurityException")))]
async fn root(_caller: Caller, headers: HeaderMap) -> EpcisResult<Response> {
    headers::check_versions(&headers)?;
    let all = [
        "queries",
        "capture",
        "events",
        "eventTypes",
        "epcs",
        "readPoints",
        "bizLocations",
        "dispositions",
        "bizSteps",
    ];
    Ok(answer::collection(&all.map(str::to_owned)))
}

/// Events that meet all parameters: those that your member captured, and what the ledger has about goods with a part of your
/// member in their history. All query parameters of EPCIS 2.0 are taken.
#[utoipa::path(get, path = "/events", tag = "epcis", params(
    ("perPage" = Option<u32>, Query, description = "events of a page; default 30, at most 1000"),
    ("nextPageToken" = Option<String>, Query,),
    ("eventType" = Option<String>, Query, description = "one of many parameters; several values stand with `|` between them"),
    ("GS1-EPC-Format" = Option<String>, Header,), ("GS1-CBV-XML-Format" = Option<String>, Header,),
    ("GS1-Extensions" = Option<String>, Header, description = "prefixes of own fields"),
), responses(
    (status = 200, description = "EPCISQueryDocument in JSON-LD or XML; `Link: rel=\"next\"`"),
    (status = 400, description = "QueryParameterException"), (status = 401, description = "SecurityException"),
    (status = 406, description = "NotAcceptableException"), (status = 413, description = "QueryTooLargeException"),
    (status = 414, description = "URITooLongException"),
))]
async fn find(
    State(state): State<AppState>,
    caller: Caller,
    headers: HeaderMap,
    OriginalUri(uri): OriginalUri,
    Asked(pairs): Asked,
) -> EpcisResult<Response> {
    found(&state, &caller, &headers, &uri, pairs, &[]).await
}

/// Finds events by a URL and what its path stands for.
///
/// # Errors
/// As the calls that use it.
pub async fn found(
    state: &AppState,
    caller: &Caller,
    headers: &HeaderMap,
    uri: &axum::http::Uri,
    pairs: Pairs,
    path: &[(&str, &str)],
) -> EpcisResult<Response> {
    let written = headers::written(headers)?;
    let ask = Ask::from_url(uri, &pairs, path, &headers::extensions(headers)?)?;
    let page = search(state, caller.sight(), &ask).await?;
    let mut response = answer::events(page.events, SIMPLE, written)?;
    answer::link(state, &mut response, uri, &pairs, page.next.map(|token| token.text()).as_deref());
    Ok(response)
}

/// All events of a class of goods as one document in JSON-LD, whatever the caller's `Accept` says: a browser that follows a link to a
/// file would rather have XML.
///
/// # Errors
/// QueryTooLargeException beyond [`FILE_PAGES_MAX`] pages; as [`search`].
pub async fn file_of_class(state: &AppState, caller: &Caller, class: &str) -> EpcisResult<Response> {
    let uri = axum::http::Uri::from_static("/epcis/events");
    let pairs: Pairs = vec![
        ("MATCH_anyEPCClass".to_owned(), class.replace('|', "%7C")),
        ("perPage".to_owned(), PER_PAGE_MAX.to_string()),
    ];
    let mut ask = Ask::from_url(&uri, &pairs, &[], &tracelight_epcis::name::Context::default())?;
    let mut events = Vec::new();
    for _ in 0..FILE_PAGES_MAX {
        let page = search(state, caller.sight(), &ask).await?;
        events.extend(page.events);
        match page.next {
            None => return answer::events(events, SIMPLE, headers::written(&HeaderMap::new())?),
            next => ask.token = next,
        }
    }
    let detail = "more events than a file holds; ask `/epcis/events` page by page";
    Err(EpcisError::new(ExceptionKind::QueryTooLarge, detail))
}

/// The event of an id or of an event hash (CBV 2.0), and its withdrawal if there is one.
#[utoipa::path(get, path = "/events/{eventID}", tag = "epcis", params(("eventID" = String, Path,)), responses(
    (status = 200, description = "EPCISQueryDocument in JSON-LD or XML"), (status = 401, description = "SecurityException"),
    (status = 404, description = "NoSuchResourceException")))]
async fn one(
    State(state): State<AppState>,
    caller: Caller,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> EpcisResult<Response> {
    let written = headers::written(&headers)?;
    let none = || EpcisError::no_resource("your member has no event with this id");
    let pairs: Pairs = vec![("EQ_eventID".to_owned(), id.replace('|', "%7C")), ("perPage".to_owned(), "10".to_owned())];
    let uri = axum::http::Uri::from_static("/epcis/events");
    let mut ask = Ask::from_url(&uri, &pairs, &[], &tracelight_epcis::name::Context::default()).map_err(|_| none())?;
    let mut events = Vec::new();
    // The ledger has no index of ids; a page that ends early goes on.
    for _ in 0..PAGES_MAX {
        let page = search(&state, caller.sight(), &ask).await?;
        events.extend(page.events);
        if !events.is_empty() || page.next.is_none() {
            break;
        }
        ask.token = page.next;
    }
    if events.is_empty()
        && let Some(hash) = hash_bytes(&id)
    {
        let rows = state.store.epcis_events_of_hash(caller.sight().member, &hash).await?;
        events.extend(events_of(rows).await?.into_iter().map(|(_, event)| event));
    }
    if events.is_empty() { Err(none()) } else { answer::events(events, SIMPLE, written) }
}

/// Pages that are looked through for one id.
const PAGES_MAX: usize = 5;

/// Pages of one file: 20,000 events. Worst case memory: 20,000 events * 2 KB = 40 MB.
const FILE_PAGES_MAX: usize = 20;

/// Gives a page token up. Tokens hold no state here, so there is nothing to do.
#[utoipa::path(delete, path = "/nextPageToken/{token}", tag = "epcis", params(("token" = String, Path,)), responses(
    (status = 204, description = "done"), (status = 401, description = "SecurityException")))]
async fn forget(_caller: Caller, Path(_token): Path<String>) -> EpcisResult<StatusCode> {
    Ok(StatusCode::NO_CONTENT)
}

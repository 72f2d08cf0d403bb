//! The lists of what events name: `eventTypes`, `epcs`, `bizSteps`, `bizLocations`, `readPoints`, `dispositions`, and the
//! events of each member of them.
//!
//! A list has what your member captured, in the order in which it was first named, then what only the ledger names.

use super::address::{Asked, Path};
use super::answer;
use super::ask::object;
use super::caller::{Caller, Sight};
use super::events::found;
use super::headers;
use super::jobs::{bad_token, one, per_page};
use super::names;
use super::problem::{EpcisError, EpcisResult};
use super::search::{SCAN_MAX, now};
use crate::app::AppState;
use crate::store::{Kind, Resource};
use axum::extract::{OriginalUri, State};
use axum::http::HeaderMap;
use axum::response::Response;
use std::collections::BTreeSet;
use tracelight_domain::state::ObjectId;
use tracelight_epcis::key::comparable;
use tracelight_epcis::ledger::read_back;
use tracelight_epcis::text::shown;
use tracelight_epcis::vocabulary::{List, Term};
use tracelight_proof::codec::Canonical as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The five types of the standard.
const EVENT_TYPES: [&str; 5] =
    ["ObjectEvent", "AggregationEvent", "AssociationEvent", "TransactionEvent", "TransformationEvent"];

/// The calls of this file.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(member)).routes(routes!(events))
}

/// A list by its name in a path, and the query parameter that asks for one of its members.
fn kind_of(name: &str) -> EpcisResult<(Kind, &'static str)> {
    Ok(match name {
        "eventTypes" => (Kind::EventType, "eventType"),
        "epcs" => (Kind::Epc, "MATCH_anyEPC"),
        "bizSteps" => (Kind::BizStep, "EQ_bizStep"),
        "bizLocations" => (Kind::BizLocation, "EQ_bizLocation"),
        "readPoints" => (Kind::ReadPoint, "EQ_readPoint"),
        "dispositions" => (Kind::Disposition, "EQ_disposition"),
        other => return Err(EpcisError::no_resource(format!("there is no list `{}`", shown(other)))),
    })
}

/// A list: `eventTypes`, `epcs`, `bizSteps`, `bizLocations`, `readPoints`, `dispositions`.
#[utoipa::path(get, path = "/{list}", tag = "epcis", params(("list" = String, Path,),
    ("perPage" = Option<u32>, Query,), ("nextPageToken" = Option<String>, Query,)),
    responses((status = 200, description = "a collection; `Link: rel=\"next\"`"),
        (status = 401, description = "SecurityException"), (status = 404, description = "NoSuchResourceException")))]
async fn list(
    State(state): State<AppState>,
    caller: Caller,
    headers: HeaderMap,
    OriginalUri(uri): OriginalUri,
    Path(name): Path<String>,
    Asked(pairs): Asked,
) -> EpcisResult<Response> {
    let (kind, _) = kind_of(&name)?;
    headers::check_versions(&headers)?;
    let per_page = per_page(&pairs)?;
    let place = one(&pairs, "nextPageToken").map(|token| Place::parse(token).ok_or_else(bad_token)).transpose()?;
    let (members, next) = page(&state, caller.sight(), kind, place.unwrap_or(Place::Standard), per_page).await?;
    let mut response = answer::collection(&members);
    answer::link(&state, &mut response, &uri, &pairs, next.map(|place| place.text()).as_deref());
    Ok(response)
}

/// Where a page of a list begins.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Standard,
    Captured(i64, Vec<u8>),
    Ledger(Vec<u8>),
}

impl Place {
    fn text(&self) -> String {
        match self {
            Self::Standard => "s".to_owned(),
            Self::Captured(first, key) => format!("c{first:x}-{}", hex::encode(key)),
            Self::Ledger(key) => format!("l{}", hex::encode(key)),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        if let Some(rest) = text.strip_prefix('c') {
            let (first, key) = rest.split_once('-')?;
            return Some(Self::Captured(i64::from_str_radix(first, 16).ok()?, hex::decode(key).ok()?));
        }
        text.strip_prefix('l').and_then(|key| Some(Self::Ledger(hex::decode(key).ok()?)))
    }
}

async fn page(
    state: &AppState,
    sight: Sight,
    kind: Kind,
    place: Place,
    per_page: usize,
) -> EpcisResult<(Vec<String>, Option<Place>)> {
    let mut members: Vec<String> = Vec::new();
    let mut place = place;
    // The standard's types come beside the first page.
    let standard = if kind == Kind::EventType { EVENT_TYPES.len() } else { 0 };
    if place == Place::Standard && kind == Kind::EventType {
        members.extend(EVENT_TYPES.map(str::to_owned));
    }
    let from_ledger = match place {
        Place::Ledger(key) => key,
        Place::Standard | Place::Captured(..) => {
            loop {
                let after = if let Place::Captured(first, key) = &place { Some((*first, key.clone())) } else { None };
                let left = (per_page + standard).saturating_sub(members.len());
                let rows = state.store.epcis_resources(sight.member, kind, after, left as u64).await?;
                let Some(last) = rows.last() else { break };
                place = Place::Captured(last.first_seq, last.value_key.clone());
                let full = rows.len() == left;
                let known =
                    |row: &Resource| kind == Kind::EventType && EVENT_TYPES.iter().any(|t| t.as_bytes() == row.value);
                members.extend(
                    rows.iter().filter(|row| !known(row)).map(|row| String::from_utf8_lossy(&row.value).into_owned()),
                );
                if full {
                    return Ok((members, Some(place)));
                }
            }
            Vec::new()
        }
    };
    match kind {
        Kind::Epc => ledger_epcs(state, sight, from_ledger, members, per_page).await,
        Kind::BizStep | Kind::Disposition => {
            members.extend(ledger_words(state, sight, kind).await?);
            Ok((members, None))
        }
        // The ledger knows no places, and no types but the standard ones.
        _ => Ok((members, None)),
    }
}

async fn ledger_epcs(
    state: &AppState,
    sight: Sight,
    from: Vec<u8>,
    mut members: Vec<String>,
    per_page: usize,
) -> EpcisResult<(Vec<String>, Option<Place>)> {
    let height = now(state, sight).await?.height;
    let mut from = from;
    loop {
        let objects = state.store.epcis_histories(sight.scope(), &from, height, None).await?;
        if objects.is_empty() {
            return Ok((members, None));
        }
        for (object, history) in objects {
            let key = object.to_bytes();
            if members.len() >= per_page {
                return Ok((members, Some(Place::Ledger(key))));
            }
            from = [key.as_slice(), &[0]].concat();
            if !matches!(object, ObjectId::Unit(_) | ObjectId::Logistic(_)) {
                continue;
            }
            let own = read_back(&object, history.get(..1).unwrap_or_default());
            // The first line of a pack, case or pallet names nothing else.
            for (kind, id) in own.iter().flat_map(names::of) {
                let is_own = kind == Kind::Epc && self::object(&id).as_ref() == Some(&object);
                if is_own && !state.store.epcis_names(sight.member, Kind::Epc, &id).await? {
                    members.push(id);
                }
            }
        }
    }
}

/// Words of the ledger that no captured event names. There are some twenty in all.
async fn ledger_words(state: &AppState, sight: Sight, kind: Kind) -> EpcisResult<Vec<String>> {
    let height = now(state, sight).await?.height;
    let (mut words, mut from, mut scanned) = (BTreeSet::new(), Vec::new(), 0);
    while scanned < SCAN_MAX {
        let objects = state.store.epcis_histories(sight.scope(), &from, height, None).await?;
        let Some((last, _)) = objects.last() else { break };
        from = [last.to_bytes().as_slice(), &[0]].concat();
        for (object, history) in &objects {
            scanned += history.len();
            let named = read_back(object, history).iter().flat_map(names::of).collect::<BTreeSet<_>>();
            words.extend(named.into_iter().filter(|(of, _)| *of == kind).map(|(_, word)| word));
        }
    }
    let mut new = Vec::new();
    for word in words {
        if !state.store.epcis_names(sight.member, kind, &word).await? {
            new.push(word);
        }
    }
    Ok(new)
}

/// A member of a list in the form in which the list has it.
fn as_listed(kind: Kind, value: &str) -> String {
    let word = |list| Term::parse(list, value).map_or_else(|_| value.to_owned(), |term| term.short().to_owned());
    match kind {
        Kind::BizStep => word(List::BizStep),
        Kind::Disposition => word(List::Disposition),
        Kind::EventType => value.strip_prefix("https://ref.gs1.org/epcis/").unwrap_or(value).to_owned(),
        _ => comparable(value).into_owned(),
    }
}

/// What there is of a member of a list.
#[utoipa::path(get, path = "/{list}/{value}", tag = "epcis", params(("list" = String, Path,), ("value" = String, Path,)),
    responses((status = 200, description = "a collection"), (status = 401, description = "SecurityException"),
        (status = 404, description = "NoSuchResourceException")))]
async fn member(
    State(state): State<AppState>,
    caller: Caller,
    headers: HeaderMap,
    Path((name, value)): Path<(String, String)>,
) -> EpcisResult<Response> {
    let (kind, _) = kind_of(&name)?;
    headers::check_versions(&headers)?;
    let listed = as_listed(kind, &value);
    let sight = caller.sight();
    let known = EVENT_TYPES.contains(&listed.as_str())
        || state.store.epcis_names(sight.member, kind, &listed).await?
        || match kind {
            Kind::Epc => on_ledger(&state, sight, &listed).await?,
            Kind::BizStep | Kind::Disposition => ledger_words(&state, sight, kind).await?.contains(&listed),
            _ => false,
        };
    if !known {
        return Err(EpcisError::no_resource(format!("no event of yours names `{}`", shown(&value))));
    }
    Ok(answer::collection(&["events".to_owned()]))
}

async fn on_ledger(state: &AppState, sight: Sight, id: &str) -> EpcisResult<bool> {
    let Some(object) = object(id) else { return Ok(false) };
    let height = now(state, sight).await?.height;
    let only = [object.to_bytes()];
    Ok(!state.store.epcis_histories(sight.scope(), &[], height, Some(&only)).await?.is_empty())
}

/// The events that name a member of a list; takes the parameters of `/events` too.
#[utoipa::path(get, path = "/{list}/{value}/events", tag = "epcis",
    params(("list" = String, Path,), ("value" = String, Path,),
        ("perPage" = Option<u32>, Query,), ("nextPageToken" = Option<String>, Query,)),
    responses((status = 200, description = "EPCISQueryDocument in JSON-LD or XML; `Link: rel=\"next\"`"),
        (status = 400, description = "QueryParameterException"), (status = 401, description = "SecurityException"),
        (status = 404, description = "NoSuchResourceException")))]
async fn events(
    State(state): State<AppState>,
    caller: Caller,
    headers: HeaderMap,
    OriginalUri(uri): OriginalUri,
    Path((name, value)): Path<(String, String)>,
    Asked(pairs): Asked,
) -> EpcisResult<Response> {
    let (_, parameter) = kind_of(&name)?;
    found(&state, &caller, &headers, &uri, pairs, &[(parameter, value.as_str())]).await
}

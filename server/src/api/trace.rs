//! Histories: of a pack with all that ever held it, of a case or pallet, of a lot.
//!
//! The regulator sees everything. Another member sees a history when it makes the lot, or has part in it: it shipped,
//! received, was sent or holds the goods. For everybody else it does not exist (404).

use crate::app::AppState;
use crate::auth::User;
use crate::http::{ApiError, ApiResult, Query};
use crate::scan::journey::{Happened, merge};
use crate::store::evidence_of;
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use tracelight_api::rest::handover::{Trace, TraceStep};
use tracelight_domain::gs1::scan::{Scan, parse_scan};
use tracelight_domain::gs1::{Sscc, scan::UnitCode};
use tracelight_domain::ids::{BatchId, MemberId, UnitId};
use tracelight_domain::state::{Event, MemberRole, ObjectId, StateBody};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The calls of this file.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(trace))
}

/// What to trace.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// A pack, an SSCC, or a lot with its GTIN: element string, Digital Link or bracketed text.
    code: String,
}

/// The subject of a trace.
enum Subject {
    Unit(UnitCode),
    Logistic(Sscc),
    Lot(BatchId),
}

/// What was found.
struct Found {
    subject: String,
    events: Vec<Happened>,
    custodian: Option<MemberId>,
}

/// The whole history of a pack, case, pallet or lot, each step with its place on the chain.
#[utoipa::path(get, path = "/trace", params(Asked), responses(
    (status = 200, body = Trace), (status = 400, description = "the code is wrong: field and position"),
    (status = 401, description = "not signed in"), (status = 404, description = "unknown, or not yours to see"),
))]
async fn trace(State(state): State<AppState>, user: User, Query(asked): Query<Asked>) -> ApiResult<Json<Trace>> {
    let scan = parse_scan(asked.code.as_bytes()).map_err(|error| super::units::scan_error(&error))?;
    let found = match subject(&scan)? {
        Subject::Unit(code) => of_unit(&state, code).await?,
        Subject::Logistic(sscc) => of_logistic(&state, sscc).await?,
        Subject::Lot(batch) => of_lot(&state, batch).await?,
    };
    let found = found.filter(|found| may_see(&user, found)).ok_or_else(|| {
        ApiError::not_found("the chain does not know this code, or your member has no part in its history")
    })?;
    crate::audit::searched(&state, &user, &found.subject, makers(&state, &found).await?).await?;
    let withdrawn = withdrawn(&state, &found.events).await?;
    let one = |(object, event): &Happened| TraceStep {
        withdrawn: withdrawn.iter().any(|(of, gone)| of == object && gone == event),
        ..step(&state, object, event)
    };
    Ok(Json(Trace {
        subject: found.subject,
        steps: found.events.iter().map(one).collect(),
        custodian: found.custodian.map(|member| member.to_string()),
    }))
}

fn subject(scan: &Scan) -> ApiResult<Subject> {
    if let Some(sscc) = scan.sscc() {
        return Ok(Subject::Logistic(sscc));
    }
    if let Ok(code) = scan.unit() {
        return Ok(Subject::Unit(code));
    }
    match (scan.gtin(), scan.lot()) {
        (Some(gtin), Some(lot)) => Ok(Subject::Lot(BatchId { gtin, lot })),
        _ => Err(ApiError::invalid("code", "expected a pack (01)(21), a case or pallet (00), or a lot (01)(10)")),
    }
}

/// Whose goods a history is about: the makers of its lots, else whoever has them.
async fn makers(state: &AppState, found: &Found) -> ApiResult<BTreeSet<MemberId>> {
    let lots: Vec<BatchId> = found
        .events
        .iter()
        .filter_map(|(object, _)| match object {
            ObjectId::Batch(batch) => Some(batch.clone()),
            _ => None,
        })
        .collect();
    let makers = crate::audit::makers_of(state, &lots).await?;
    Ok(if makers.is_empty() { found.custodian.into_iter().collect() } else { makers })
}

fn may_see(user: &User, found: &Found) -> bool {
    let part = |(_, event): &Happened| event.actor == user.member || event.peer == Some(user.member);
    user.member_role == MemberRole::Regulator || found.custodian == Some(user.member) || found.events.iter().any(part)
}

async fn of_unit(state: &AppState, code: UnitCode) -> ApiResult<Option<Found>> {
    let unit = UnitId { gtin: code.gtin, serial: code.serial };
    let store = &state.store;
    let object = ObjectId::Unit(unit.clone());
    let present = store.object(&object).await?;
    let Some(pack) = store.pack(&unit).await? else { return Ok(None) };
    let lot = match &present {
        Some(state) => match &state.body {
            StateBody::Unit { lot, .. } => Some(lot.clone()),
            _ => None,
        },
        None => pack.place.map(|place| place.lot),
    };
    let Some(lot) = lot.filter(|lot| code.lot.as_ref().is_none_or(|named| named == lot)) else { return Ok(None) };
    let batch = ObjectId::Batch(BatchId { gtin: unit.gtin, lot });
    let case = pack.case.map(|case| case.sscc);
    let mut objects = vec![batch.clone(), object.clone()];
    objects.extend(case.map(ObjectId::Logistic));
    let mut events = store.events_of(&objects).await?;
    let case_events = case.and_then(|case| events.remove(&ObjectId::Logistic(case))).unwrap_or_default();
    let hosts = store.hosts_of(&case_events).await?;
    let of_case = case.map(|case| owned(ObjectId::Logistic(case), case_events)).unwrap_or_default();
    let merged = merge(take(&mut events, batch), take(&mut events, object), of_case, &hosts);
    let custodian = match present.map(|state| state.body) {
        Some(StateBody::Unit { custodian, .. }) => Some(custodian),
        _ => match case {
            Some(case) => custodian_of(state, case).await?,
            None => merged.first().map(|(_, event)| event.actor),
        },
    };
    Ok(Some(Found { subject: unit.to_string(), events: merged, custodian }))
}

async fn of_logistic(state: &AppState, label: Sscc) -> ApiResult<Option<Found>> {
    let store = &state.store;
    let object = ObjectId::Logistic(label);
    if store.object(&object).await?.is_none() {
        return Ok(None);
    }
    let lots: Vec<ObjectId> = store.lots_in(label).await?.into_iter().map(ObjectId::Batch).collect();
    let mut objects = lots.clone();
    objects.push(object.clone());
    let mut events = store.events_of(&objects).await?;
    let own = events.remove(&object).unwrap_or_default();
    let hosts = store.hosts_of(&own).await?;
    let of_lots = lots.into_iter().flat_map(|lot| take(&mut events, lot)).collect();
    let merged = merge(of_lots, Vec::new(), owned(object, own), &hosts);
    let custodian = custodian_of(state, label).await?;
    Ok(Some(Found { subject: format!("(00){label}"), events: merged, custodian }))
}

/// A lot: its own events, those of its recalls, and those of the cases that hold it and the pallets under them.
async fn of_lot(state: &AppState, batch: BatchId) -> ApiResult<Option<Found>> {
    let store = &state.store;
    let object = ObjectId::Batch(batch.clone());
    let Some(present) = store.object(&object).await? else { return Ok(None) };
    let custodian = match present.body {
        StateBody::Batch { maker, .. } => Some(maker),
        _ => None,
    };
    let mut objects = vec![object];
    objects.extend(store.carriers_of(&batch).await?.into_iter().map(ObjectId::Logistic));
    let mut events = store.events_of(&objects).await?;
    let hosts: BTreeMap<Sscc, Vec<Event>> = {
        let all: Vec<Event> = events.values().flatten().cloned().collect();
        store.hosts_of(&all).await?
    };
    for (host, of_host) in hosts {
        events.entry(ObjectId::Logistic(host)).or_insert(of_host);
    }
    let mut merged: Vec<Happened> = events.into_iter().flat_map(|(object, events)| owned(object, events)).collect();
    merged.sort_by_key(|(_, event)| event.height);
    Ok(Some(Found { subject: batch.to_string(), events: merged, custodian }))
}

/// Who answers for a case or pallet; for a case on a pallet, the pallet's custodian.
async fn custodian_of(state: &AppState, label: Sscc) -> ApiResult<Option<MemberId>> {
    let read = |label| async move { state.store.object(&ObjectId::Logistic(label)).await };
    let Some(StateBody::Logistic { custodian, parent, .. }) = read(label).await?.map(|state| state.body) else {
        return Ok(None);
    };
    let Some(parent) = parent else { return Ok(Some(custodian)) };
    match read(parent).await?.map(|state| state.body) {
        Some(StateBody::Logistic { custodian, .. }) => Ok(Some(custodian)),
        _ => Ok(None),
    }
}

fn owned(object: ObjectId, events: Vec<Event>) -> Vec<Happened> {
    events.into_iter().map(|event| (object.clone(), event)).collect()
}

fn take(events: &mut BTreeMap<ObjectId, Vec<Event>>, object: ObjectId) -> Vec<Happened> {
    let of_object = events.remove(&object).unwrap_or_default();
    owned(object, of_object)
}

/// The events that their signers have withdrawn. A withdrawal names a position in the whole history of its object, of which
/// a trace may show a part.
async fn withdrawn(state: &AppState, events: &[Happened]) -> ApiResult<Vec<Happened>> {
    let corrections = events.iter().filter_map(|(object, event)| Some((object.clone(), event.withdraws?)));
    let corrections: Vec<(ObjectId, u32)> = corrections.collect();
    if corrections.is_empty() {
        return Ok(Vec::new());
    }
    let objects: BTreeSet<ObjectId> = corrections.iter().map(|(object, _)| object.clone()).collect();
    let histories = state.store.events_of(&objects.into_iter().collect::<Vec<_>>()).await?;
    let at = |(object, seq): (ObjectId, u32)| {
        let event = histories.get(&object)?.get(usize::try_from(seq).ok()?)?.clone();
        Some((object, event))
    };
    Ok(corrections.into_iter().filter_map(at).collect())
}

fn step(state: &AppState, object: &ObjectId, event: &Event) -> TraceStep {
    let (place_en, place_zh) = state.alliance.place(event.actor);
    TraceStep {
        place_en,
        place_zh,
        object: object_text(object),
        event: event.kind.name().to_owned(),
        actor: event.actor.to_string(),
        actor_name: state.alliance.name_en(event.actor),
        peer_name: event.peer.map(|peer| state.alliance.name_en(peer)),
        container: event.container.map(|sscc| sscc.to_string()),
        withdrawn: false,
        evidence: evidence_of(event),
    }
}

fn object_text(object: &ObjectId) -> String {
    match object {
        ObjectId::Batch(batch) => batch.to_string(),
        ObjectId::Unit(unit) => unit.to_string(),
        ObjectId::Logistic(sscc) => format!("(00){sscc}"),
        ObjectId::Product(gtin) => format!("(01){gtin}"),
        ObjectId::Member(gln) => format!("(417){gln}"),
        ObjectId::Shipment(id) => format!("shipment {id}"),
        ObjectId::Recall(id) => format!("recall {id}"),
        ObjectId::Key(key) => format!("key {key}"),
        ObjectId::Log(member, log) => format!("log {log} of {member}"),
        ObjectId::Validators => "validators".to_owned(),
        ObjectId::Proposal(id) => format!("proposal {id}"),
        ObjectId::Roll => "members with a vote".to_owned(),
        ObjectId::Lineage(batch) => format!("lineage of {batch}"),
        ObjectId::Agenda => "open proposals".to_owned(),
    }
}

//! Captured events that are transactions too: a hand-over that a person of the member captured is signed with the member's
//! key, where this server holds it and the ledger's rules allow it. Everything else is evidence only, and the job says why.
//!
//! ```text
//! shipping of cases and pallets, to a member           Ship
//! receiving of exactly the objects of one shipment     Receive; all of them damaged, when the event says so
//! ```
//! Other steps need what an event does not carry (salts, paths, a second person): the ledger's own calls make those.
//!
//! Signing is repeated until there is an answer; the idempotency key of an entry makes the repetition harmless.

use super::caller::Caller;
use super::prepare::parse;
use crate::app::AppState;
use crate::auth::user_of;
use crate::http::{ApiError, ApiResult, IdempotencyKey};
use crate::signing::{Capacity, Intent as Signing, sign_and_submit};
use crate::store::OnLedger;
use std::collections::BTreeSet;
use tracelight_api::rest::session::UserRole;
use tracelight_domain::gs1::Sscc;
use tracelight_domain::ids::{MemberId, ShipmentId, TxId};
use tracelight_domain::state::{LogisticStatus, MemberRole, ObjectId, StateBody};
use tracelight_domain::tx::{OBJECTS_MAX, TxBody};
use tracelight_epcis::Event;
use tracelight_epcis::ledger::{Condition, Intent, intent};
use tracelight_proof::hash::sha256;
use uuid::Uuid;

/// Events of one member that are signed in one turn.
const TURN_MAX: u64 = 16;

/// Says of each event whether it is to be signed, and why.
pub fn judge(state: &AppState, caller: &Caller) -> impl Fn(&Event) -> (bool, String) + Send + Sync + use<> {
    let person = caller.user.as_ref().is_some_and(|user| user.role == UserRole::Operator);
    let may = if caller.role == MemberRole::Regulator {
        Err("a regulator hands no goods over")
    } else if !person {
        Err("a system's token signs nothing: a person with the operator's role has to capture it")
    } else if !state.keys.serves(caller.member) {
        Err("this server does not hold your member's key")
    } else {
        Ok(())
    };
    move |event| match (intent(event), may) {
        (Intent::EvidenceOnly(reason), _) => (false, reason.to_string()),
        (Intent::Ship { to: None, .. }, _) => (false, "no destination is named by a GLN".to_owned()),
        (Intent::Ship { .. }, Ok(())) => (true, SHIP.to_owned()),
        (Intent::Receive { .. }, Ok(())) => (true, RECEIVE.to_owned()),
        (Intent::Ship { .. } | Intent::Receive { .. }, Err(reason)) => (false, reason.to_owned()),
        (_, _) => (false, "the ledger's own call for this step needs what an event does not carry".to_owned()),
    }
}

/// Signs what waits, a few events of each member. Returns whether everything that was tried got its answer.
pub async fn turn(state: &AppState) -> bool {
    let members: Vec<MemberId> = state.keys.members().collect();
    for member in members {
        if let Err(error) = of_member(state, member).await {
            let why = error.0.detail.as_deref().unwrap_or(&error.0.title);
            tracing::warn!(member = %member, "Captured hand-overs of {member} wait for the chain: {why}");
            return false;
        }
    }
    true
}

async fn of_member(state: &AppState, member: MemberId) -> ApiResult<()> {
    for (entry, body, job) in state.store.epcis_to_be_signed(member, TURN_MAX).await? {
        let (settled, note, tx) = settle(state, member, entry, &body, job).await?;
        state.store.epcis_settled(member, entry, settled, &note, tx).await?;
    }
    Ok(())
}

type Settled = (OnLedger, String, Option<TxId>);

fn evidence_only(why: impl Into<String>) -> Settled {
    (OnLedger::Refused, why.into(), None)
}

/// What becomes of one entry. An error means: not now.
async fn settle(state: &AppState, member: MemberId, entry: u64, body: &[u8], job: Uuid) -> ApiResult<Settled> {
    let event = parse(body)?;
    let Some(row) = state.store.epcis_job(member, job).await? else { return Ok(evidence_only("its job is gone")) };
    let Some(user) = user_of(state, row.user).await?.filter(|user| user.member == member) else {
        return Ok(evidence_only("the person who captured it is gone"));
    };
    let made = match intent(&event) {
        Intent::Ship { objects, to: Some(to) } => ship(member, entry, job, objects, to),
        Intent::Receive { objects, condition, .. } => receive(state, member, objects, condition).await?,
        _ => Err("it asks the ledger for nothing that is signed here".to_owned()),
    };
    let Step { word, action, body: body_to_sign } = match made {
        Ok(step) => step,
        Err(why) => return Ok(evidence_only(why)),
    };
    let key = IdempotencyKey(Some(format!("epcis-{}-{entry}", job.simple())));
    let signing =
        Signing { user: &user, capacity: Capacity::Operator, action, key: &key, request: body, body: body_to_sign };
    match sign_and_submit(state, signing).await {
        Ok(signed) => Ok((OnLedger::Signed, word.to_owned(), TxId::parse_hex(&signed.evidence.tx_id))),
        Err(error) if error.0.status >= 500 => Err(error),
        Err(error) => Ok(evidence_only(refused(&error))),
    }
}

fn refused(error: &ApiError) -> String {
    let rule = error.0.kind.trim_start_matches("tracelight:");
    format!("{rule}: {}", error.0.detail.as_deref().unwrap_or(&error.0.title))
}

/// What is signed of an event.
struct Step {
    /// As the job tells it.
    word: &'static str,
    /// As the audit log has it.
    action: &'static str,
    body: TxBody,
}

const SHIP: &str = "ship";
const RECEIVE: &str = "receive";

type Made = Result<Step, String>;

fn ship(member: MemberId, entry: u64, job: Uuid, objects: Vec<Sscc>, to: MemberId) -> Made {
    if objects.len() > OBJECTS_MAX {
        return Err(format!("{} objects; one hand-over has at most {OBJECTS_MAX}", objects.len()));
    }
    // The same entry makes the same hand-over, however often it is tried.
    let name = sha256(format!("epcis/{member}/{}/{entry}", job.simple()).as_bytes());
    let mut id = [0; ShipmentId::LEN];
    id.iter_mut().zip(name.0).for_each(|(to, from)| *to = from);
    Ok(Step { word: SHIP, action: "epcis_ship", body: TxBody::Ship { shipment: ShipmentId(id), to, objects } })
}

/// The one shipment to the member that holds exactly these objects.
async fn receive(state: &AppState, member: MemberId, objects: Vec<Sscc>, condition: Condition) -> ApiResult<Made> {
    let mut shipments = BTreeSet::new();
    for label in objects.iter().take(OBJECTS_MAX) {
        match state.store.object(&ObjectId::Logistic(*label)).await?.map(|state| state.body) {
            Some(StateBody::Logistic { status: LogisticStatus::InTransit(shipment), .. }) => shipments.insert(shipment),
            _ => return Ok(Err(format!("(00){label} is not on its way"))),
        };
    }
    let mut shipments = shipments.into_iter();
    let (Some(shipment), None) = (shipments.next(), shipments.next()) else {
        return Ok(Err("the objects are of several hand-overs; send an event for each".to_owned()));
    };
    let Some(StateBody::Shipment { to, objects: handed, .. }) =
        state.store.object(&ObjectId::Shipment(shipment)).await?.map(|state| state.body)
    else {
        return Ok(Err("the ledger does not have their hand-over".to_owned()));
    };
    let (named, handed): (BTreeSet<Sscc>, BTreeSet<Sscc>) =
        (objects.into_iter().collect(), handed.into_iter().collect());
    if to != member {
        return Ok(Err("they are on their way to another member".to_owned()));
    }
    if named != handed {
        let why =
            format!("{} objects of a hand-over of {}; what is missing is said on the page", named.len(), handed.len());
        return Ok(Err(why));
    }
    let damaged = if condition == Condition::Damaged { handed.into_iter().collect() } else { Vec::new() };
    let body = TxBody::Receive { shipment, short: Vec::new(), damaged };
    Ok(Ok(Step { word: RECEIVE, action: "epcis_receive", body }))
}

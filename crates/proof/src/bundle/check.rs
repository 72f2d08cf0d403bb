//! The check itself, in the order of the head of [`super`].

use super::behind::{Behind, anchor, fresh};
use super::{Bundle, BundleFault, Part, Pin, Verified};
use crate::block::Header;
use crate::commitments::Sha256Commitments;
use crate::history;
use crate::state_proof;
use std::sync::Arc;
use tracelight_domain::gs1::{Date, Sscc};
use tracelight_domain::ids::{BatchId, MemberId};
use tracelight_domain::rules::Commitments as _;
use tracelight_domain::state::{Event, History, LogisticStatus, ObjectId, ObjectState, StateBody, UnitStatus};
use tracelight_domain::tx::{Path, RecallClass, UnitTouch};

/// Checks a bundle against the pinned alliance and the scanned code.
///
/// # Errors
/// The first part that does not hold.
pub fn verify(bytes: &[u8], pin: &Pin<'_>) -> Result<Verified, BundleFault> {
    verify_under(bytes, pin, &mut None)
}

/// The same, for those who check many bundles under one header. What stands behind a header is not checked again when a bundle carries
/// what `behind` was made of, part by part; else it is checked, and kept for the next.
///
/// # Errors
/// The first part that does not hold.
pub fn verify_under(bytes: &[u8], pin: &Pin<'_>, behind: &mut Option<Arc<Behind>>) -> Result<Verified, BundleFault> {
    let bundle = Bundle::decode(bytes)?;
    let anchor = anchor(&bundle, pin)?;
    if !behind.as_ref().is_some_and(|behind| behind.is_of(&bundle, &anchor, pin)) {
        *behind = None;
    }
    let behind = match behind {
        Some(behind) => behind,
        None => behind.insert(Arc::new(Behind::check(&bundle, anchor, pin)?)),
    };
    let Behind { header, signers, validators, steps, witnesses, genesis, .. } = &**behind;
    fresh(header, pin)?;
    let touch = &bundle.touch;
    if touch.unit != *pin.unit || pin.lot.is_some_and(|lot| *lot != touch.lot) {
        return Err(Part::Subject.fault("the bundle is about another pack"));
    }
    let objects = proven_objects(&bundle, header)?;
    let batch = batch_facts(touch, &objects)?;
    let (unit, custodian) = place(touch, &objects)?;
    related(touch, &objects)?;
    let mut journey: Vec<_> = bundle
        .objects
        .iter()
        .flat_map(|object| object.events.iter().map(|event| (object.id.clone(), event.clone())))
        .collect();
    journey.sort_by_key(|(_, event)| event.height);
    Ok(Verified {
        height: header.height,
        as_of_ms: header.time_ms,
        signers: signers.clone(),
        validators: *validators,
        steps: *steps,
        witnesses: witnesses.clone(),
        maker: batch.maker,
        made_on: batch.made_on,
        expires_on: batch.expires_on,
        recalled: batch.recalled,
        unit,
        custodian,
        journey,
        genesis: genesis.clone(),
    })
}

struct Proven<'a> {
    id: &'a ObjectId,
    state: Option<ObjectState>,
    events: &'a [Event],
}

fn proven_objects<'a>(bundle: &'a Bundle, header: &Header) -> Result<Vec<Proven<'a>>, BundleFault> {
    bundle
        .objects
        .iter()
        .map(|object| {
            let state = state_proof::verify(&object.proof, &header.state_root, &object.id)
                .map_err(|error| Part::StateProof.fault(error))?;
            let claimed = state.as_ref().map_or(History::EMPTY, |state| state.history);
            if !history::is_complete(&object.events, &claimed) {
                return Err(Part::History.fault("the events are not the whole history of the object"));
            }
            Ok(Proven { id: &object.id, state, events: &object.events })
        })
        .collect()
}

fn find<'p, 'a>(objects: &'p [Proven<'a>], id: &ObjectId) -> Option<&'p Proven<'a>> {
    objects.iter().find(|object| object.id == id)
}

struct BatchFacts {
    maker: MemberId,
    made_on: Date,
    expires_on: Date,
    recalled: Option<RecallClass>,
}

fn batch_facts(touch: &UnitTouch, objects: &[Proven<'_>]) -> Result<BatchFacts, BundleFault> {
    let id = ObjectId::Batch(BatchId { gtin: touch.unit.gtin, lot: touch.lot.clone() });
    let state = find(objects, &id).and_then(|object| object.state.as_ref());
    let Some(StateBody::Batch { maker, made_on, expires_on, unit_root, recalled, .. }) = state.map(|state| &state.body)
    else {
        return Err(Part::BatchPath.fault("the bundle holds no proof of the pack's batch"));
    };
    let Some(unit_root) = unit_root else { return Err(Part::BatchPath.fault("the batch is not sealed")) };
    if !Sha256Commitments.in_batch(touch, unit_root) {
        return Err(Part::BatchPath.fault("the path does not lead from the pack to the batch's sealed root"));
    }
    Ok(BatchFacts { maker: *maker, made_on: *made_on, expires_on: *expires_on, recalled: *recalled })
}

/// Nothing may be shown that has nothing to do with the pack, and nothing twice: a journey with another pallet's hops in it
/// is true in every line and still a lie.
fn related(touch: &UnitTouch, objects: &[Proven<'_>]) -> Result<(), BundleFault> {
    let batch = ObjectId::Batch(BatchId { gtin: touch.unit.gtin, lot: touch.lot.clone() });
    let mut wanted = vec![batch, ObjectId::Unit(touch.unit.clone())];
    if let Some((case, _)) = &touch.in_case {
        let case = ObjectId::Logistic(*case);
        let hosts = find(objects, &case).map(hosts_of).unwrap_or_default();
        wanted.push(case);
        wanted.extend(hosts.into_iter().map(ObjectId::Logistic));
    }
    for object in objects {
        match wanted.iter().position(|id| id == object.id) {
            Some(at) => drop(wanted.swap_remove(at)),
            None => return Err(Part::Containment.fault("the bundle shows what has nothing to do with the pack")),
        }
    }
    Ok(())
}

/// The pallets that the case ever stood on, each once.
fn hosts_of(case: &Proven<'_>) -> Vec<Sscc> {
    let parent = match case.state.as_ref().map(|state| &state.body) {
        Some(StateBody::Logistic { parent, .. }) => *parent,
        _ => None,
    };
    let mut hosts = Vec::new();
    for host in case.events.iter().filter_map(|event| event.container).chain(parent) {
        if !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    hosts
}

/// Where the pack stands: by its own state when it has one, else by the case that holds it.
fn place(touch: &UnitTouch, objects: &[Proven<'_>]) -> Result<(UnitStatus, Option<MemberId>), BundleFault> {
    let Some(unit) = find(objects, &ObjectId::Unit(touch.unit.clone())) else {
        return Err(Part::StateProof.fault("the bundle does not say whether anything happened to this single pack"));
    };
    let held = match &touch.in_case {
        // That it is in no case is the bundle's word: nothing proves it, so nothing is said of who holds the pack.
        None => (UnitStatus::Active, None),
        Some((case, path)) => case_standing(touch, objects, *case, path)?,
    };
    match unit.state.as_ref().map(|state| &state.body) {
        None => Ok(held),
        Some(StateBody::Unit { lot, status, custodian, .. }) if *lot == touch.lot => Ok((*status, Some(*custodian))),
        Some(_) => Err(Part::Subject.fault("the serial belongs to another lot")),
    }
}

/// What the case says of its packs, and who answers for it.
fn case_standing(
    touch: &UnitTouch,
    objects: &[Proven<'_>],
    case: Sscc,
    path: &Path,
) -> Result<(UnitStatus, Option<MemberId>), BundleFault> {
    let Some(proven) = find(objects, &ObjectId::Logistic(case)) else {
        return Err(Part::Containment.fault("the bundle holds no proof of the case"));
    };
    let Some(StateBody::Logistic { status, custodian, parent, content_root, .. }) =
        proven.state.as_ref().map(|state| &state.body)
    else {
        return Err(Part::Containment.fault("the case does not exist"));
    };
    if !Sha256Commitments.in_case(touch, path, content_root) {
        return Err(Part::Containment.fault("the path does not lead from the pack to the case"));
    }
    // Hand-overs of a pallet stand in the pallet's history: every pallet the case ever stood on has to be shown.
    for host in hosts_of(proven) {
        if find(objects, &ObjectId::Logistic(host)).is_none_or(|object| object.state.is_none()) {
            return Err(Part::Containment.fault("a pallet that carried the case is left out"));
        }
    }
    let (status, custodian) = match parent.map(|pallet| find(objects, &ObjectId::Logistic(pallet))) {
        None => (status, custodian),
        Some(pallet) => match pallet.and_then(|object| object.state.as_ref()).map(|state| &state.body) {
            Some(StateBody::Logistic { status, custodian, .. }) => (status, custodian),
            _ => return Err(Part::Containment.fault("the pallet does not exist")),
        },
    };
    use LogisticStatus::{Consumed, Lost, Stolen, Unpacked};
    let gone = matches!(status, Lost | Stolen | Unpacked | Consumed);
    Ok((status.fate_of_packs(), if gone { None } else { Some(*custodian) }))
}

//! The check itself, in the order of the head of [`super`].

use super::steps::{Followed, certify, follow};
use super::{
    Anchor, Bundle, BundleFault, Cosigned, FRESH_MS_MAX, Part, Pin, ShortCertificate, ShortHeader, Signer, Verified,
    Witnessed,
};
use crate::block::Header;
use crate::commitments::Sha256Commitments;
use crate::genesis::{Genesis, validators_hash};
use crate::history;
use crate::log::{LogHead, verify_consistency};
use crate::note::{Checkpoint, verify_cosignature};
use crate::state_proof;
use tracelight_domain::gs1::{Date, Sscc};
use tracelight_domain::ids::{BatchId, MemberId, PublicKey};
use tracelight_domain::rules::Commitments as _;
use tracelight_domain::state::{Event, History, LogisticStatus, ObjectId, ObjectState, StateBody, UnitStatus};
use tracelight_domain::tx::{Path, RecallClass, UnitTouch};

/// Checks a bundle against the pinned alliance and the scanned code.
///
/// # Errors
/// The first part that does not hold.
pub fn verify(bytes: &[u8], pin: &Pin<'_>) -> Result<Verified, BundleFault> {
    let bundle = Bundle::decode(bytes)?;
    let anchor = anchor(&bundle, pin)?;
    let genesis = Genesis::parse_checked(&anchor.genesis).map_err(|error| Part::Genesis.fault(error))?;
    if genesis.chain_id() != pin.chain {
        return Err(Part::Genesis.fault("the bundle speaks for another alliance"));
    }
    let followed = follow(&genesis, &anchor.steps).map_err(|fault| Part::Steps.fault(fault))?;
    let (header, signers) = certified_header(&bundle.header, &bundle.certificate, &genesis, &followed)?;
    fresh(&header, pin)?;
    let witnesses = match &bundle.cosigned {
        None => Vec::new(),
        Some(cosigned) => witnessed(cosigned, &genesis, &header, pin)?,
    };
    let touch = &bundle.touch;
    if touch.unit != *pin.unit || pin.lot.is_some_and(|lot| *lot != touch.lot) {
        return Err(Part::Subject.fault("the bundle is about another pack"));
    }
    let objects = proven_objects(&bundle, &header)?;
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
        signers,
        validators: followed.validators.len(),
        steps: anchor.steps.len(),
        witnesses,
        maker: batch.maker,
        made_on: batch.made_on,
        expires_on: batch.expires_on,
        recalled: batch.recalled,
        unit,
        custodian,
        journey,
        genesis,
    })
}

/// The bundle's own anchor, or else the one that the checker was given.
fn anchor(bundle: &Bundle, pin: &Pin<'_>) -> Result<Anchor, BundleFault> {
    match (&bundle.anchor, pin.anchor) {
        (Some(anchor), _) => Ok(anchor.clone()),
        (None, Some(bytes)) => Anchor::decode(bytes).map_err(|error| Part::Genesis.fault(error)),
        (None, None) => Err(Part::Genesis.fault("the bundle leaves out its genesis, and none was given with it")),
    }
}

/// The header in full, and who signed it.
pub(super) fn certified_header(
    short: &ShortHeader,
    certificate: &ShortCertificate,
    genesis: &Genesis,
    followed: &Followed,
) -> Result<(Header, Vec<Signer>), BundleFault> {
    let validators = &followed.validators;
    let header = short.expand(genesis.chain_id(), validators_hash(validators));
    if header.executed >= header.height {
        return Err(Part::Header.fault("the header speaks of a block that comes after it"));
    }
    if header.height <= followed.height {
        return Err(Part::Header.fault("the header is older than the last change of the validators"));
    }
    let signers = certify(&header, certificate, validators).map_err(|message| Part::Certificate.fault(message))?;
    let signer = |key: [u8; 32]| Signer {
        key: PublicKey(key),
        member: genesis.members.iter().find(|member| member.validator.0 == key).map(|member| member.gln),
    };
    Ok((header, signers.into_iter().filter_map(|index| validators.key(index)).map(signer).collect()))
}

fn witnessed(
    cosigned: &Cosigned,
    genesis: &Genesis,
    header: &Header,
    pin: &Pin<'_>,
) -> Result<Vec<Witnessed>, BundleFault> {
    let fault = |message: String| Part::Witness.fault(message);
    let newest = LogHead { size: header.executed.saturating_add(1), root: header.log_root };
    let head = match &cosigned.older {
        None => newest,
        Some(older) => {
            let size = newest.size.checked_sub(older.entries_fewer).filter(|_| older.entries_fewer > 0);
            let size = size.ok_or_else(|| fault("the cosigned log is not older than the header's".to_owned()))?;
            let head = LogHead { size, root: older.root };
            verify_consistency(&head, &newest, &older.proof)
                .map_err(|error| fault(format!("the header's log does not continue the cosigned one: {error}")))?;
            head
        }
    };
    if cosigned.cosignatures.is_empty() || !cosigned.cosignatures.is_sorted_by(|a, b| a.witness < b.witness) {
        return Err(fault("a witness is named twice, or none is".to_owned()));
    }
    let text = Checkpoint { chain: header.chain, head }.text();
    let one = |cosignature: &super::Cosignature| {
        let number = cosignature.witness;
        let witness = genesis.witnesses.get(usize::from(number));
        let witness = witness.ok_or_else(|| fault(format!("the alliance has no witness number {number}")))?;
        if cosignature.time_s.saturating_mul(1000) > pin.now_ms.saturating_add(FRESH_MS_MAX) {
            return Err(fault(format!("the cosignature of `{}` is dated in the future", witness.name)));
        }
        if !verify_cosignature(&witness.key, cosignature.time_s, &text, &cosignature.signature) {
            return Err(fault(format!(
                "the cosignature of `{}` is not its own, or of another checkpoint",
                witness.name
            )));
        }
        Ok(Witnessed { name: witness.name.clone(), time_s: cosignature.time_s })
    };
    cosigned.cosignatures.iter().map(one).collect()
}

fn fresh(header: &Header, pin: &Pin<'_>) -> Result<(), BundleFault> {
    if header.time_ms > pin.now_ms.saturating_add(FRESH_MS_MAX) {
        return Err(Part::Freshness.fault("the header is dated in the future; is this clock right?"));
    }
    let age_ms = pin.now_ms.saturating_sub(header.time_ms);
    if age_ms > pin.fresh_ms_max {
        return Err(Part::Freshness.fault(format!("the header is {} seconds old", age_ms / 1000)));
    }
    Ok(())
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

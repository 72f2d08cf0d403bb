//! The bundle: all that a phone needs to check an answer, and the check.
//!
//! ```text
//! bundle = version u8 | genesis (u32 | bytes) | header (u32 | bytes) | certificate (u32 | bytes)
//!        | touch of the pack (unit, lot, salt, path in batch, count commitment, case and path)
//!        | list of objects: id | state proof | count u16 | events
//! ```
//! The check trusts one thing: the hash of the genesis. In this order it asks, and names the part that fails:
//!
//! 1. `format`      is it a bundle of at most [`BUNDLE_BYTES_MAX`]?
//! 2. `genesis`     is this the alliance that the phone is pinned to?
//! 3. `header`      does the header belong to that alliance and name its validators?
//! 4. `certificate` did a quorum of them sign it?
//! 5. `freshness`   is it of now, not of before a recall?
//! 6. `subject`     is it about the code that was scanned?
//! 7. `state_proof` is each object's state (or absence) part of the certified state?
//! 8. `history`     are each object's events all there, in order?
//! 9. `batch_path`  is the pack a leaf of its sealed batch?
//! 10. `containment` is the pack in the case, the case on the pallet, and none of their hosts left out?

use crate::block::{HEADER_BYTES, Header, block_id};
use crate::certificate::{CERTIFICATE_BYTES_MAX, Certificate};
use crate::codec::{Canonical, DecodeError, Reader, write_blob, write_list};
use crate::commitments::Sha256Commitments;
use crate::genesis::{GENESIS_BYTES_MAX, Genesis, consensus_namespace, validators_hash};
use crate::history;
use crate::state_proof::{self, StateProof};
use thiserror::Error;
use tracelight_domain::gs1::{Date, Sscc};
use tracelight_domain::ids::{BatchId, ChainId, Height, MemberId};
use tracelight_domain::rules::Commitments as _;
use tracelight_domain::state::{Event, LogisticStatus, ObjectId, ObjectState, StateBody, UnitStatus};
use tracelight_domain::tx::{RecallClass, UnitTouch};

/// Bytes of a bundle; longer ones are refused unread.
pub const BUNDLE_BYTES_MAX: usize = 64 * 1024;
/// Objects in a bundle: batch, pack, case, and the pallets that the case ever stood on.
pub const BUNDLE_OBJECTS_MAX: usize = 12;
/// Events of one object in a bundle.
pub const BUNDLE_EVENTS_MAX: usize = 256;
/// How old the certified header may be before the answer counts as stale, in milliseconds.
pub const FRESH_MS_MAX: u64 = 10 * 60 * 1000;

const BUNDLE_VERSION: u8 = 1;

/// What a phone needs to check an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    /// Bytes of the genesis.
    pub genesis: Vec<u8>,
    /// Bytes of a certified header.
    pub header: Vec<u8>,
    /// Its certificate.
    pub certificate: Vec<u8>,
    /// The pack, its leaf's secret and its paths.
    pub touch: UnitTouch,
    /// Batch first, then the pack, then the case and its pallets.
    pub objects: Vec<BundleObject>,
}

/// One object with the proof of its state and its whole history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BundleObject {
    /// Which object.
    pub id: ObjectId,
    /// Its state, or that it does not exist.
    pub proof: StateProof,
    /// All its events.
    pub events: Vec<Event>,
}

/// The part of a bundle that did not hold.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{part}: {message}")]
pub struct BundleFault {
    /// Which part.
    pub part: Part,
    /// What was found, for the expert.
    pub message: String,
}

/// The parts of the check, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Not a bundle.
    Format,
    /// Another alliance.
    Genesis,
    /// A header of something else.
    Header,
    /// No quorum signed it.
    Certificate,
    /// Too old, or from the future.
    Freshness,
    /// About another pack.
    Subject,
    /// State that is not certified.
    StateProof,
    /// Events are missing, added or changed.
    History,
    /// The pack is no leaf of the batch.
    BatchPath,
    /// Pack, case and pallet do not hang together.
    Containment,
}

impl Part {
    /// The stable name for programs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::Genesis => "genesis",
            Self::Header => "header",
            Self::Certificate => "certificate",
            Self::Freshness => "freshness",
            Self::Subject => "subject",
            Self::StateProof => "state_proof",
            Self::History => "history",
            Self::BatchPath => "batch_path",
            Self::Containment => "containment",
        }
    }

    fn fault(self, message: impl ToString) -> BundleFault {
        BundleFault { part: self, message: message.to_string() }
    }
}

impl core::fmt::Display for Part {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.name())
    }
}

/// What the checker is told from outside the bundle.
#[derive(Clone, Debug)]
pub struct Pin<'a> {
    /// The alliance.
    pub chain: ChainId,
    /// The code that was scanned.
    pub unit: &'a tracelight_domain::ids::UnitId,
    /// The lot in the code, when it names one.
    pub lot: Option<&'a tracelight_domain::gs1::Lot>,
    /// The checker's clock, milliseconds since 1970.
    pub now_ms: u64,
    /// Oldest header that counts as fresh; [`FRESH_MS_MAX`] unless somebody checks a kept bundle.
    pub fresh_ms_max: u64,
}

/// What a checked bundle proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The alliance.
    pub genesis: Genesis,
    /// Height of the certified header.
    pub height: Height,
    /// Its time, milliseconds since 1970.
    pub as_of_ms: u64,
    /// The members whose validators signed.
    pub signers: Vec<MemberId>,
    /// Who makes the batch.
    pub maker: MemberId,
    /// AI 11.
    pub made_on: Date,
    /// AI 17.
    pub expires_on: Date,
    /// The gravest recall in force.
    pub recalled: Option<RecallClass>,
    /// What happened to the pack.
    pub unit: UnitStatus,
    /// Who answers for it; none while the batch is not packed or the goods are lost.
    pub custodian: Option<MemberId>,
    /// Everything that happened to the batch, the pack and what holds it, oldest first, each with its object.
    pub journey: Vec<(ObjectId, Event)>,
}

impl Bundle {
    /// Reads a bundle.
    ///
    /// # Errors
    /// [`Part::Format`].
    pub fn decode(bytes: &[u8]) -> Result<Self, BundleFault> {
        Self::parse(bytes, BUNDLE_BYTES_MAX, "bundle").map_err(|error| Part::Format.fault(error))
    }
}

/// Checks a bundle against the pinned alliance and the scanned code.
///
/// # Errors
/// The first part that does not hold.
pub fn verify(bytes: &[u8], pin: &Pin<'_>) -> Result<Verified, BundleFault> {
    let bundle = Bundle::decode(bytes)?;
    let genesis = Genesis::parse_checked(&bundle.genesis).map_err(|error| Part::Genesis.fault(error))?;
    if genesis.chain_id() != pin.chain {
        return Err(Part::Genesis.fault("the bundle speaks for another alliance"));
    }
    let (header, signers) = certified_header(&bundle, &genesis)?;
    fresh(&header, pin)?;
    let touch = &bundle.touch;
    if touch.unit != *pin.unit || pin.lot.is_some_and(|lot| *lot != touch.lot) {
        return Err(Part::Subject.fault("the bundle is about another pack"));
    }
    let objects = proven_objects(&bundle, &header)?;
    let batch = batch_facts(touch, &objects)?;
    let (unit, custodian) = place(touch, &objects, batch.maker)?;
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

fn certified_header(bundle: &Bundle, genesis: &Genesis) -> Result<(Header, Vec<MemberId>), BundleFault> {
    let header = Header::decode(&bundle.header).map_err(|error| Part::Header.fault(error))?;
    if header.chain != genesis.chain_id() {
        return Err(Part::Header.fault("the header belongs to another chain"));
    }
    let validators = genesis.validators().map_err(|error| Part::Genesis.fault(error))?;
    if header.validators != validators_hash(&validators) {
        return Err(Part::Header.fault("the header names other validators"));
    }
    let signers = Certificate::parse(&bundle.certificate, &validators)
        .and_then(|certificate| {
            certificate.verify(&consensus_namespace(header.chain), &validators, &block_id(&bundle.header).0)
        })
        .map_err(|error| Part::Certificate.fault(error))?;
    let signers = signers
        .as_slice()
        .iter()
        .filter_map(|index| validators.key(*index))
        .filter_map(|key| genesis.members.iter().find(|member| member.validator.0 == key))
        .map(|member| member.gln)
        .collect();
    Ok((header, signers))
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
            let claimed = state.as_ref().map_or(tracelight_domain::state::History::EMPTY, |state| state.history);
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

/// Where the pack stands: by its own state when it has one, else by the case that holds it.
fn place(
    touch: &UnitTouch,
    objects: &[Proven<'_>],
    maker: MemberId,
) -> Result<(UnitStatus, Option<MemberId>), BundleFault> {
    let Some(unit) = find(objects, &ObjectId::Unit(touch.unit.clone())) else {
        return Err(Part::StateProof.fault("the bundle does not say whether anything happened to this single pack"));
    };
    let held = match &touch.in_case {
        None => Some(maker),
        Some((case, path)) => case_custodian(touch, objects, *case, path)?,
    };
    match unit.state.as_ref().map(|state| &state.body) {
        None => Ok((UnitStatus::Active, held)),
        Some(StateBody::Unit { lot, status, custodian, .. }) if *lot == touch.lot => Ok((*status, Some(*custodian))),
        Some(_) => Err(Part::Subject.fault("the serial belongs to another lot")),
    }
}

fn case_custodian(
    touch: &UnitTouch,
    objects: &[Proven<'_>],
    case: Sscc,
    path: &tracelight_domain::tx::Path,
) -> Result<Option<MemberId>, BundleFault> {
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
    let hosts = proven.events.iter().filter_map(|event| event.container).chain(*parent);
    for host in hosts {
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
    Ok(if matches!(status, LogisticStatus::Lost | LogisticStatus::Stolen) { None } else { Some(*custodian) })
}

impl Canonical for BundleObject {
    fn write(&self, out: &mut Vec<u8>) {
        self.id.write(out);
        self.proof.write(out);
        write_list(&self.events, out);
    }
    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self { id: Canonical::read(r)?, proof: Canonical::read(r)?, events: r.list(BUNDLE_EVENTS_MAX, "events")? })
    }
}

impl Canonical for Bundle {
    fn write(&self, out: &mut Vec<u8>) {
        BUNDLE_VERSION.write(out);
        write_blob(&self.genesis, out);
        write_blob(&self.header, out);
        write_blob(&self.certificate, out);
        self.touch.write(out);
        write_list(&self.objects, out);
    }
    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if u8::read(r)? != BUNDLE_VERSION {
            return Err(r.invalid("bundle version", 1));
        }
        Ok(Self {
            genesis: r.blob(GENESIS_BYTES_MAX, "genesis")?.to_vec(),
            header: r.blob(HEADER_BYTES, "header")?.to_vec(),
            certificate: r.blob(CERTIFICATE_BYTES_MAX, "certificate")?.to_vec(),
            touch: Canonical::read(r)?,
            objects: r.list(BUNDLE_OBJECTS_MAX, "objects")?,
        })
    }
}

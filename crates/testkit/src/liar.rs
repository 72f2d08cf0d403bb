//! A server that lies: true bundles of a true chain, each with one change that a server could make and would like to, and the
//! part and the reason with which a checker refuses it. The same list is tried natively (`crates/proof/tests/liar.rs`) and in
//! Chromium (`tests/tests/liar.rs`).
//!
//! A lie is not a damaged byte: wherever the liar could know or make a thing, it has made it well. It holds every node's data,
//! every true proof of every time and the keys of too few validators. ([`Court::damaged`] makes what nobody thought of.)

mod damage;
mod signers;

use crate::journey::{Journey, NOW_MS, Plan, batch, certify, pallet, quorum, unit, validator_key, witness_key};
use ed25519_dalek::SigningKey;
use std::sync::Arc;
use tracelight_domain::gs1::{Lot, Serial};
use tracelight_domain::ids::{ChainId, Hash, PublicKey, RecallId, UnitId};
use tracelight_domain::state::{Event, EventKind, ObjectId, ObjectState, RecallStatus, StateBody, UnitStatus};
use tracelight_domain::tx::RecallClass;
use tracelight_proof::block::Header;
use tracelight_proof::bundle::{
    Anchor, Behind, Bundle, BundleFault, Cosignature, Cosigned, FRESH_MS_MAX, OlderLog, Part, Pin, ShortCertificate,
    ShortHeader, Step, Verified, verify_under,
};
use tracelight_proof::certificate::ValidatorSet;
use tracelight_proof::codec::Canonical as _;
use tracelight_proof::genesis::{Genesis, validators_hash};
use tracelight_proof::log::LogHead;
use tracelight_proof::state_proof::ProofLeaf;

/// What a liar sends, and what it must hear.
#[derive(Clone, Debug)]
pub struct Lie {
    /// What it does.
    pub name: &'static str,
    /// The bundle.
    pub bundle: Vec<u8>,
    /// The anchor beside it.
    pub anchor: Vec<u8>,
    /// The code that was scanned.
    pub unit: UnitId,
    /// The lot in that code.
    pub lot: Lot,
    /// The clock of the checker, milliseconds since 1970.
    pub now_ms: u64,
    /// The part that has to be named; none for the truth.
    pub part: Option<Part>,
    /// Stands in the reason.
    pub reason: &'static str,
}

/// The alliance that the checker is pinned to.
#[derive(Debug)]
pub struct Court {
    /// Its id.
    pub chain: ChainId,
    /// The truths, which must be believed, and then the lies.
    pub cases: Vec<Lie>,
}

impl Lie {
    /// The case for a checker in a browser (`tests/browser/checker.mjs`).
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        serde_json::json!({
            "name": self.name,
            "bundle": hex(&self.bundle),
            "anchor": hex(&self.anchor),
            "code": format!("/01/{}/10/{}/21/{}", self.unit.gtin, self.lot, self.unit.serial),
            "now_ms": self.now_ms,
            "part": self.part.map(Part::name),
            "reason": self.reason,
        })
    }

    /// What the native checker says.
    ///
    /// # Errors
    /// What it says to a lie.
    pub fn check(&self, chain: ChainId) -> Result<Verified, BundleFault> {
        self.check_after(chain, &mut None)
    }

    /// What it says when it has just seen other bundles.
    ///
    /// # Errors
    /// What it says to a lie.
    pub fn check_after(&self, chain: ChainId, behind: &mut Option<Arc<Behind>>) -> Result<Verified, BundleFault> {
        let pin = Pin {
            chain,
            anchor: Some(&self.anchor),
            unit: &self.unit,
            lot: Some(&self.lot),
            now_ms: self.now_ms,
            fresh_ms_max: FRESH_MS_MAX,
        };
        verify_under(&self.bundle, &pin, behind)
    }
}

/// Four states of one chain, and the bundles that lies are made from.
struct Stage {
    /// Now: the lot is recalled, the pack was dispensed.
    now: Journey,
    /// The same moment in a chain where nothing of this happened.
    calm: Journey,
    truth: Bundle,
    calm_truth: Bundle,
    cases: Vec<Lie>,
}

impl Stage {
    fn new() -> Self {
        let now = Journey::new(Plan { recalled: true, dispensed: true, ..Plan::SMALL });
        let calm = Journey::new(Plan::SMALL);
        let (truth, calm_truth) = (now.bundle(0), calm.bundle(0));
        Self { now, calm, truth, calm_truth, cases: Vec::new() }
    }

    fn case(&mut self, name: &'static str, expected: Option<Part>, reason: &'static str, bundle: &Bundle) {
        let anchor = self.now.anchor().to_bytes();
        self.cases.push(Lie {
            name,
            bundle: bundle.to_bytes(),
            anchor,
            unit: unit(0),
            lot: batch().lot,
            now_ms: NOW_MS + 2_000,
            part: expected,
            reason,
        });
    }

    /// A change of the true bundle of now.
    fn lie(
        &mut self,
        name: &'static str,
        part: Part,
        reason: &'static str,
        change: impl FnOnce(&Journey, &mut Bundle),
    ) {
        let mut bundle = self.truth.clone();
        change(&self.now, &mut bundle);
        assert_ne!(bundle, self.truth, "{name} changes nothing");
        self.case(name, Some(part), reason, &bundle);
    }

    /// A change of the true bundle of the calm chain: its pack is active and its lot is not recalled.
    fn calm_lie(
        &mut self,
        name: &'static str,
        part: Part,
        reason: &'static str,
        change: impl FnOnce(&Journey, &mut Bundle),
    ) {
        let mut bundle = self.calm_truth.clone();
        change(&self.calm, &mut bundle);
        assert_ne!(bundle, self.calm_truth, "{name} changes nothing");
        self.case(name, Some(part), reason, &bundle);
    }

    /// A true bundle beside an anchor that lies.
    fn anchored(&mut self, name: &'static str, part: Part, reason: &'static str, change: impl FnOnce(&mut Anchor)) {
        let truth = self.truth.clone();
        self.case(name, Some(part), reason, &truth);
        let mut anchor = self.now.anchor();
        change(&mut anchor);
        if let Some(case) = self.cases.last_mut() {
            case.anchor = anchor.to_bytes();
        }
    }
}

/// Places of the objects in a bundle.
const BATCH: usize = 0;
const UNIT: usize = 1;
const CASE: usize = 2;
const PALLET: usize = 3;

/// Makes the case: truths first.
#[must_use]
pub fn court() -> Court {
    let mut stage = Stage::new();
    truths(&mut stage);
    histories(&mut stage);
    states(&mut stage);
    recalls(&mut stage);
    absences(&mut stage);
    paths(&mut stage);
    objects(&mut stage);
    signers::headers(&mut stage);
    signers::signatures(&mut stage);
    signers::validators(&mut stage);
    signers::witnesses(&mut stage);
    other_packs(&mut stage);
    spellings(&mut stage);
    Court { chain: stage.now.chain, cases: stage.cases }
}

fn truths(stage: &mut Stage) {
    let (truth, calm) = (stage.truth.clone(), stage.calm_truth.clone());
    stage.case("the truth", None, "", &truth);
    stage.case("the truth of a calm chain", None, "", &calm);
    let whole = Bundle { anchor: Some(stage.now.anchor()), ..truth.clone() };
    stage.case("the truth with its anchor", None, "", &whole);
    let unwatched = Bundle { cosigned: None, ..truth.clone() };
    stage.case("the truth without witnesses", None, "", &unwatched);
    let mut silent = calm.clone();
    silent.touch.in_case = None;
    silent.objects.truncate(CASE);
    // It proves less, and the checker says less: nobody is named as the holder.
    stage.case("the truth of a server that keeps the case to itself", None, "", &silent);
    let (head, proof) = stage.now.log.older(1_777);
    let fewer = stage.now.log.head().size - head.size;
    let cosignatures = vec![stage.now.cosign(1, head, NOW_MS / 1000 - 300)];
    let older = Some(OlderLog { entries_fewer: fewer, root: head.root, proof });
    stage.case(
        "the truth, an older log witnessed",
        None,
        "",
        &Bundle { cosigned: Some(Cosigned { older, cosignatures }), ..truth },
    );
}

fn histories(stage: &mut Stage) {
    const WHOLE: &str = "not the whole history";
    stage.lie("a hop of the pallet is left out", Part::History, WHOLE, |_, b| {
        drop(b.objects[PALLET].events.drain(3..5))
    });
    stage.lie("the first hop is left out", Part::History, WHOLE, |_, b| drop(b.objects[PALLET].events.drain(1..3)));
    stage.lie("the last hop of the case is left out", Part::History, WHOLE, |_, b| {
        let events = &mut b.objects[CASE].events;
        events.truncate(events.len() - 2);
    });
    stage.lie("a shipment without its receipt", Part::History, WHOLE, |_, b| {
        b.objects[CASE].events.pop();
    });
    stage.lie("hops in another order", Part::History, WHOLE, |_, b| b.objects[PALLET].events.swap(1, 3));
    stage.lie("a hop is told twice", Part::History, WHOLE, |_, b| {
        let again = b.objects[PALLET].events[2].clone();
        b.objects[PALLET].events.insert(3, again);
    });
    stage.lie("no history at all", Part::History, WHOLE, |_, b| b.objects[PALLET].events.clear());
    stage.lie("another receiver", Part::History, WHOLE, |_, b| {
        b.objects[PALLET].events[2].actor = crate::alliance::gln(4);
    });
    stage.lie("another shipper", Part::History, WHOLE, |_, b| {
        b.objects[PALLET].events[2].peer = Some(crate::alliance::gln(4));
    });
    stage.lie("a hop dated earlier", Part::History, WHOLE, |_, b| b.objects[CASE].events[4].time_ms -= 86_400_000);
    stage.lie("a hop in another block", Part::History, WHOLE, |_, b| b.objects[CASE].events[4].height += 1);
    stage.lie("another kind of event", Part::History, WHOLE, |_, b| {
        b.objects[CASE].events[4].kind = EventKind::Found;
    });
    stage.lie("another transaction", Part::History, WHOLE, |_, b| b.objects[CASE].events[4].tx.0[7] ^= 1);
    stage.lie("an event of another case", Part::History, WHOLE, |_, b| {
        let foreign = b.objects[PALLET].events[1].clone();
        b.objects[CASE].events.push(foreign);
    });
    stage.lie("an invented hop", Part::History, WHOLE, |_, b| {
        let last = b.objects[CASE].events.last().cloned();
        let invented = last.map(|last| Event { height: last.height + 5, ..last });
        b.objects[CASE].events.extend(invented);
    });
    stage.lie("an event withdrawn that was not", Part::History, WHOLE, |_, b| {
        let events = &mut b.objects[CASE].events;
        let last = events.len() - 1;
        events[last].withdraws = Some(0);
    });
    stage.lie("the packing is hidden to hide the pallet", Part::History, WHOLE, |_, b| {
        b.objects[CASE].events.retain(|event| event.container.is_none());
        b.objects.truncate(PALLET);
    });
}

fn with_state(leaf: &mut ProofLeaf, change: impl FnOnce(&mut ObjectState)) {
    let ProofLeaf::Present(value) = leaf else { panic!("the object exists") };
    let mut state = ObjectState::parse(value, 8_192, "state").expect("ours");
    change(&mut state);
    *value = state.to_bytes();
}

fn states(stage: &mut Stage) {
    const ROOT: &str = "leads to another root";
    stage.lie("an old head of the history", Part::StateProof, ROOT, |_, b| {
        let shorter: Vec<Event> = b.objects[PALLET].events[..3].to_vec();
        let older = shorter.iter().fold(tracelight_domain::state::History::EMPTY, tracelight_proof::history::extend);
        with_state(&mut b.objects[PALLET].proof.leaf, |state| state.history = older);
        b.objects[PALLET].events = shorter;
    });
    stage.lie("another custodian", Part::StateProof, ROOT, |_, b| {
        with_state(&mut b.objects[CASE].proof.leaf, |state| {
            if let StateBody::Logistic { custodian, .. } = &mut state.body {
                *custodian = crate::alliance::gln(1);
            }
        });
    });
    stage.lie("a later date of expiry", Part::StateProof, ROOT, |_, b| {
        with_state(&mut b.objects[BATCH].proof.leaf, |state| {
            if let StateBody::Batch { expires_on, .. } = &mut state.body {
                *expires_on = tracelight_domain::gs1::Date::parse_iso("2029-10").expect("a date");
            }
        });
    });
    stage.lie("another maker", Part::StateProof, ROOT, |_, b| {
        with_state(&mut b.objects[BATCH].proof.leaf, |state| {
            if let StateBody::Batch { maker, .. } = &mut state.body {
                *maker = crate::alliance::gln(2);
            }
        });
    });
    stage.lie("a dispensed pack as active", Part::StateProof, ROOT, |_, b| {
        with_state(&mut b.objects[UNIT].proof.leaf, |state| {
            if let StateBody::Unit { status, .. } = &mut state.body {
                *status = UnitStatus::Active;
            }
        });
    });
    stage.lie("the state of the case for the pallet", Part::StateProof, ROOT, |_, b| {
        b.objects[PALLET].proof = b.objects[CASE].proof.clone();
    });
    stage.lie("a sibling of the proof is changed", Part::StateProof, ROOT, |_, b| {
        let sibling = b.objects[CASE].proof.siblings.iter_mut().flatten().next();
        sibling.expect("a sibling").0[4] ^= 1;
    });
    stage.lie("a sibling of the proof is left out", Part::StateProof, ROOT, |_, b| {
        assert!(b.objects[CASE].proof.siblings.pop().is_some());
    });
}

fn recalls(stage: &mut Stage) {
    const ROOT: &str = "leads to another root";
    stage.lie("the batch as it was before the recall", Part::StateProof, ROOT, |journey, b| {
        let mut before = journey.state.clone();
        let (state, events) = before.objects.get_mut(&ObjectId::Batch(batch())).expect("the batch");
        events.pop();
        state.history = events.iter().fold(tracelight_domain::state::History::EMPTY, tracelight_proof::history::extend);
        if let StateBody::Batch { recalled, .. } = &mut state.body {
            *recalled = None;
        }
        b.objects[BATCH] = journey.with_state(before).object(&ObjectId::Batch(batch()));
    });
    stage.lie("the recall is struck from the state", Part::StateProof, ROOT, |_, b| {
        with_state(&mut b.objects[BATCH].proof.leaf, |state| {
            if let StateBody::Batch { recalled, .. } = &mut state.body {
                *recalled = None;
            }
        });
    });
    stage.lie("the recall is struck from the history", Part::History, "not the whole history", |_, b| {
        b.objects[BATCH].events.pop();
    });
    stage.lie("a graver recall as a lighter one", Part::StateProof, ROOT, |_, b| {
        with_state(&mut b.objects[BATCH].proof.leaf, |state| {
            if let StateBody::Batch { recalled, .. } = &mut state.body {
                *recalled = Some(RecallClass::Three);
            }
        });
    });
    stage.lie("the recall shown as one that was wound up", Part::History, "not the whole history", |_, b| {
        if let Some(last) = b.objects[BATCH].events.last_mut() {
            last.kind = EventKind::RecallClosed;
        }
    });
    stage.calm_lie("a recall that there is not", Part::StateProof, ROOT, |_, b| {
        with_state(&mut b.objects[BATCH].proof.leaf, |state| {
            if let StateBody::Batch { recalled, .. } = &mut state.body {
                *recalled = Some(RecallClass::One);
            }
        });
    });
    stage.calm_lie("a drill shown beside the pack", Part::Containment, "nothing to do with the pack", |journey, b| {
        let (id, state) = drill();
        let mut drilled = journey.state.clone();
        drilled.put(id.clone(), state, None);
        let drilled = journey.with_state(drilled);
        *b = drilled.bundle(0);
        b.objects.push(drilled.object(&id));
    });
    // The whole bundle is of before the recall, and true then.
    let calm = stage.calm_truth.clone();
    stage.case("a bundle of before the recall", Some(Part::Freshness), "seconds old", &calm);
    if let Some(case) = stage.cases.last_mut() {
        case.now_ms = NOW_MS + FRESH_MS_MAX + 1_000;
    }
}

/// A drill of a recall of this very lot: true, and without effect on the pack.
fn drill() -> (ObjectId, StateBody) {
    let body = StateBody::Recall {
        batch: batch(),
        class: RecallClass::One,
        drill: true,
        status: RecallStatus::Approved,
        opened_by: PublicKey(witness_key(0).verifying_key().to_bytes()),
        opened_for: crate::alliance::gln(4),
        notice: Hash([8; 32]),
    };
    (ObjectId::Recall(RecallId([0xd0; 16])), body)
}

fn absences(stage: &mut Stage) {
    const ROOT: &str = "leads to another root";
    stage.lie("the dispensed pack does not exist", Part::StateProof, ROOT, |_, b| {
        b.objects[UNIT].proof.leaf = ProofLeaf::Absent;
        b.objects[UNIT].events.clear();
    });
    stage.lie("the absence of another pack", Part::StateProof, "", |journey, b| {
        let other = journey.object(&ObjectId::Unit(unit(7)));
        (b.objects[UNIT].proof, b.objects[UNIT].events) = (other.proof, other.events);
    });
    stage.lie("the pack's absence of a calm day", Part::StateProof, ROOT, |journey, b| {
        let mut calm = journey.state.clone();
        calm.objects.remove(&ObjectId::Unit(unit(0)));
        b.objects[UNIT] = journey.with_state(calm).object(&ObjectId::Unit(unit(0)));
    });
    stage.lie(
        "another leaf said to stand in the pack's place",
        Part::StateProof,
        "does not stand in the object's place",
        |journey, b| {
            let leaves = journey.state.leaves();
            let key = tracelight_proof::state_proof::state_key(&ObjectId::Unit(unit(0)));
            let far = leaves.iter().find(|(other, _)| (other.0[0] ^ key.0[0]) & 0x80 != 0).expect("half of them");
            b.objects[UNIT].proof.leaf = ProofLeaf::Other { key: far.0, value: far.1 };
            b.objects[UNIT].events.clear();
        },
    );
    stage.lie(
        "the pack itself as the leaf in its way",
        Part::StateProof,
        "does not stand in the object's place",
        |_, b| {
            let key = tracelight_proof::state_proof::state_key(&ObjectId::Unit(unit(0)));
            let ProofLeaf::Present(value) = &b.objects[UNIT].proof.leaf else { panic!("it was dispensed") };
            let value = tracelight_proof::state_proof::value_hash(value);
            b.objects[UNIT].proof.leaf = ProofLeaf::Other { key, value };
            b.objects[UNIT].events.clear();
        },
    );
    stage.lie("the batch does not exist", Part::StateProof, ROOT, |_, b| {
        b.objects[BATCH].proof.leaf = ProofLeaf::Absent;
        b.objects[BATCH].events.clear();
    });
    stage.lie("the pallet does not exist", Part::StateProof, ROOT, |_, b| {
        b.objects[PALLET].proof.leaf = ProofLeaf::Absent;
        b.objects[PALLET].events.clear();
    });
    stage.calm_lie("an invented state of an untouched pack", Part::StateProof, ROOT, |_, b| {
        let holder = crate::alliance::gln(3);
        let body = StateBody::Unit {
            lot: batch().lot,
            status: UnitStatus::Stolen,
            custodian: holder,
            by: holder,
            since_ms: 1,
        };
        let state = ObjectState { history: tracelight_domain::state::History::EMPTY, body };
        b.objects[UNIT].proof.leaf = ProofLeaf::Present(state.to_bytes());
    });
}

fn paths(stage: &mut Stage) {
    const BATCH_PATH: &str = "does not lead from the pack to the batch";
    const CASE_PATH: &str = "does not lead from the pack to the case";
    stage.lie("the path of another pack", Part::BatchPath, BATCH_PATH, |journey, b| {
        b.touch.in_batch = journey.touch(5).in_batch;
    });
    stage.lie("the secret of another pack", Part::BatchPath, BATCH_PATH, |journey, b| {
        b.touch.salt = journey.touch(5).salt;
    });
    stage.lie("another size of the batch", Part::BatchPath, BATCH_PATH, |_, b| {
        b.touch.count_commitment = tracelight_proof::commitments::count_commitment(1_000_000, &[0xc0; 16]);
    });
    stage.lie("a pack that nobody commissioned", Part::BatchPath, BATCH_PATH, |journey, b| {
        b.touch = journey.touch(1);
        b.touch.unit = unit(0);
    });
    stage.lie("a left turn for a right turn", Part::BatchPath, BATCH_PATH, |_, b| b.touch.in_batch.left ^= 1);
    stage.lie("the path in the case of another pack", Part::Containment, CASE_PATH, |journey, b| {
        let other = journey.touch(5).in_case.expect("in the case");
        b.touch.in_case = Some(other);
    });
    let outside = stage.now.plan.in_case + 3;
    let mut bundle = stage.now.bundle(outside);
    bundle.touch.in_case = stage.now.touch(0).in_case;
    stage.case("a pack outside the case shown in it", Some(Part::Containment), CASE_PATH, &bundle);
    if let Some(case) = stage.cases.last_mut() {
        case.unit = unit(outside);
    }
    stage.lie("in the pallet instead of the case", Part::Containment, "", |_, b| {
        let path = b.touch.in_case.clone().expect("in the case").1;
        b.touch.in_case = Some((pallet(), path));
        b.objects.remove(CASE);
    });
}

fn objects(stage: &mut Stage) {
    stage.lie("the pallet is left out", Part::Containment, "a pallet that carried the case is left out", |_, b| {
        b.objects.truncate(PALLET);
    });
    stage.lie("the case is left out", Part::Containment, "no proof of the case", |_, b| drop(b.objects.remove(CASE)));
    stage.lie(
        "the pack's own state is left out",
        Part::StateProof,
        "whether anything happened to this single pack",
        |_, b| {
            drop(b.objects.remove(UNIT));
        },
    );
    stage.lie("the batch is left out", Part::BatchPath, "no proof of the pack's batch", |_, b| {
        drop(b.objects.remove(BATCH));
    });
    stage.lie("another lot of the same product", Part::BatchPath, "no proof of the pack's batch", |journey, b| {
        let lot = Lot::parse("A24K08").expect("a lot");
        let other = ObjectId::Batch(tracelight_domain::ids::BatchId { lot, ..batch() });
        b.objects[BATCH] = journey.object(&other);
    });
    stage.lie("an object is shown twice", Part::Containment, "nothing to do with the pack", |_, b| {
        let again = b.objects[PALLET].clone();
        b.objects.push(again);
    });
    stage.lie(
        "a pallet that never carried the case",
        Part::Containment,
        "nothing to do with the pack",
        |journey, b| {
            b.objects.push(journey.object(&ObjectId::Logistic(crate::alliance::sscc(77))));
        },
    );
    stage.lie(
        "the case is hidden by leaving it out of the pack",
        Part::Containment,
        "nothing to do with the pack",
        |_, b| {
            b.touch.in_case = None;
        },
    );
}

fn other_packs(stage: &mut Stage) {
    const OTHER: &str = "about another pack";
    let (now, calm) = (stage.now.bundle(4), stage.calm.bundle(4));
    stage.case("the bundle of another pack", Some(Part::Subject), OTHER, &now);
    stage.case("the bundle of a neighbour that was not dispensed", Some(Part::Subject), OTHER, &calm);
    stage.lie("another serial on the proofs of this pack", Part::Subject, OTHER, |_, b| {
        b.touch.unit.serial = Serial::parse("7F3K9Q99999999").expect("a serial");
    });
    stage.lie("another lot on the proofs of this pack", Part::Subject, OTHER, |_, b| {
        b.touch.lot = Lot::parse("A24K08").expect("a lot");
    });
    let truth = stage.truth.clone();
    stage.case("the truth of yesterday", Some(Part::Freshness), "seconds old", &truth);
    if let Some(case) = stage.cases.last_mut() {
        case.now_ms = NOW_MS + 86_400_000;
    }
}

/// The same content in other bytes, or bytes that are no bundle.
fn spellings(stage: &mut Stage) {
    let truth = stage.truth.clone();
    let mut other = |name, change: fn(&mut Vec<u8>), reason| {
        stage.case(name, Some(Part::Format), reason, &truth);
        if let Some(case) = stage.cases.last_mut() {
            change(&mut case.bundle);
        }
    };
    other("a bundle with a byte more", |bytes| bytes.push(0), "left over");
    other("a bundle cut in the middle", |bytes| bytes.truncate(bytes.len() / 2), "the bytes end");
    other("a bundle of another version", |bytes| bytes[0] = 1, "bundle version");
    other(
        "a bundle longer than any",
        |bytes| bytes.resize(tracelight_proof::bundle::BUNDLE_BYTES_MAX + 1, 0),
        "at most",
    );
    other("nothing", Vec::clear, "the bytes end");
}

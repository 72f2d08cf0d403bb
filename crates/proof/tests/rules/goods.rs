//! Quotas, transformations, disputes and corrections.

use crate::refusals::Case;
use crate::world::{LOGISTICS, PHARMACY, QUOTA, Role, World, batch, gln, gtin, product, register_batch};
use tracelight_domain::gs1::{Date, Lot, Sscc};
use tracelight_domain::ids::{BatchId, Hash, ShipmentId, TxId};
use tracelight_domain::rules::Refusal;
use tracelight_domain::state::{EventKind, LINEAGE_MAX, LogisticStatus, ObjectId, ShipmentStatus, StateBody};
use tracelight_domain::tx::{
    Content, Correction, CorrectionReason, DisputeOutcome, DisputeReason, Input, Seal, Transform, TxBody, UnitAction,
};
use tracelight_proof::history;

fn lot(text: &str) -> BatchId {
    BatchId { gtin: gtin(), lot: Lot::parse(text).expect("a lot") }
}

fn transform(inputs: Vec<Input>) -> Transform {
    let date = |iso| Date::parse_iso(iso).expect("a date");
    let (made_on, expires_on) = (date("2026-11-20"), date("2027-10"));
    Transform { output: lot("NEW1"), made_on, expires_on, quota: Hash([1; 32]), inputs }
}

fn loose_case(world: &mut World) -> Sscc {
    let (parent, cases) = (world.sscc(100), vec![world.sscc(1)]);
    world.act(Role::Maker, TxBody::Unpack { parent, cases }).expect("the case comes off");
    world.sscc(1)
}

fn seal_with(change: impl FnOnce(&mut Seal)) -> Result<(), Refusal> {
    let mut world = World::with_batch();
    let mut seal = world.seal();
    change(&mut seal);
    world.act(Role::Line, TxBody::SealBatch(seal))
}

fn dispute(world: &mut World, role: Role, shipment: ShipmentId) -> Result<(), Refusal> {
    world.act(role, TxBody::Dispute { shipment, reason: DisputeReason::Delivery, evidence: Hash::ZERO })
}

fn settle(world: &mut World, role: Role, shipment: ShipmentId, outcome: DisputeOutcome) -> Result<(), Refusal> {
    world.act(role, TxBody::SettleDispute { shipment, outcome })
}

/// Goods on their way from the maker to the pharmacy.
fn shipped() -> (World, ShipmentId) {
    let mut world = World::with_sealed_pallet(1, 1);
    let pallet = world.sscc(100);
    let shipment = world.ship(Role::Maker, PHARMACY, &[pallet]).expect("in stock");
    (world, shipment)
}

/// The withdrawal of the event at `seq` of an object's history as it is now.
fn correction(world: &World, object: ObjectId, seq: usize) -> Correction {
    let (_, events) = world.ledger.1.get(&object).expect("it has a history");
    let (tx, seq) = (events[seq].tx, u32::try_from(seq).expect("a short history"));
    Correction { object, seq, tx, reason: CorrectionReason::DidNotOccur, replaced_by: None }
}

fn corrected(role: Role, change: impl FnOnce(&mut Correction)) -> Result<(), Refusal> {
    let mut world = World::with_sealed_pallet(1, 1);
    let mut correction = correction(&world, ObjectId::Batch(batch()), 0);
    change(&mut correction);
    world.act(role, TxBody::Correct(correction))
}

pub const CASES: &[Case] = &[
    (Refusal::WrongQuota, || seal_with(|seal| seal.quota += 1)),
    (Refusal::WrongQuota, || seal_with(|seal| seal.quota_salt = [0; 16])),
    (Refusal::QuotaExceeded, || seal_with(|seal| seal.unit_count = QUOTA + 1)),
    (Refusal::QuotaExceeded, || seal_with(|seal| (seal.unit_count, seal.rejected, seal.sampled) = (QUOTA - 2, 2, 1))),
    (Refusal::QuotaExceeded, || seal_with(|seal| seal.rejected = u64::MAX)),
    (Refusal::LineageFull, || {
        let mut world = World::with_batch();
        let made_into = vec![lot("OTHER"); LINEAGE_MAX];
        let lineage = StateBody::Lineage { made_from: Vec::new(), made_into };
        world.ledger.0.insert(ObjectId::Lineage(batch()), lineage);
        world.act(Role::Maker, TxBody::Transform(transform(vec![Input { batch: batch(), cases: vec![] }])))
    }),
    (Refusal::Duplicate, || {
        let mut world = World::with_batch();
        let input = Input { batch: batch(), cases: vec![] };
        world.act(Role::Maker, TxBody::Transform(transform(vec![input.clone(), input])))
    }),
    (Refusal::CountOutOfRange, || World::with_batch().act(Role::Maker, TxBody::Transform(transform(vec![])))),
    (Refusal::UnknownBatch, || {
        let input = Input { batch: lot("NONE"), cases: vec![] };
        World::with_batch().act(Role::Maker, TxBody::Transform(transform(vec![input])))
    }),
    (Refusal::AlreadyExists, || {
        let mut world = World::with_batch();
        let input = Input { batch: batch(), cases: vec![] };
        world.act(Role::Maker, TxBody::Transform(Transform { output: batch(), ..transform(vec![input]) }))
    }),
    (Refusal::NotTheMaker, || {
        let input = Input { batch: batch(), cases: vec![] };
        World::with_batch().act(Role::Logistics, TxBody::Transform(transform(vec![input])))
    }),
    (Refusal::WrongLevel, || {
        let mut world = World::with_sealed_pallet(1, 1);
        let input = Input { batch: batch(), cases: vec![world.sscc(100)] };
        world.act(Role::Maker, TxBody::Transform(transform(vec![input])))
    }),
    (Refusal::InsideAnother, || {
        let mut world = World::with_sealed_pallet(1, 1);
        let input = Input { batch: batch(), cases: vec![world.sscc(1)] };
        world.act(Role::Maker, TxBody::Transform(transform(vec![input])))
    }),
    (Refusal::NotInStock, || {
        // What was used up cannot be used again.
        let mut world = World::with_sealed_pallet(1, 1);
        let case = loose_case(&mut world);
        let input = Input { batch: batch(), cases: vec![case] };
        world.act(Role::Maker, TxBody::Transform(transform(vec![input.clone()])))?;
        let again = Transform { output: lot("NEW2"), ..transform(vec![input]) };
        world.act(Role::Maker, TxBody::Transform(again))
    }),
    (Refusal::BatchRecalled, || {
        let mut world = World::with_batch();
        let recall = world.open_recall(false)?;
        world.act(Role::Approver, TxBody::ApproveRecall { recall })?;
        world.act(Role::Maker, TxBody::Transform(transform(vec![Input { batch: batch(), cases: vec![] }])))
    }),
    (Refusal::BatchExpired, || {
        let mut world = World::with_batch();
        world.days_pass(400);
        world.act(Role::Maker, TxBody::Transform(transform(vec![Input { batch: batch(), cases: vec![] }])))
    }),
    (Refusal::NotAParty, || {
        let (mut world, shipment) = shipped();
        dispute(&mut world, Role::Logistics, shipment)
    }),
    (Refusal::ShipmentDisputed, || {
        let (mut world, shipment) = shipped();
        dispute(&mut world, Role::Maker, shipment)?;
        world.receive(Role::Pharmacy, shipment, &[])
    }),
    (Refusal::ShipmentDisputed, || {
        let (mut world, shipment) = shipped();
        dispute(&mut world, Role::Maker, shipment)?;
        dispute(&mut world, Role::Pharmacy, shipment)
    }),
    (Refusal::ShipmentClosed, || {
        let (mut world, shipment) = shipped();
        world.receive(Role::Pharmacy, shipment, &[])?;
        dispute(&mut world, Role::Maker, shipment)?;
        settle(&mut world, Role::Maker, shipment, DisputeOutcome::AsRecorded)?;
        settle(&mut world, Role::Pharmacy, shipment, DisputeOutcome::AsRecorded)?;
        dispute(&mut world, Role::Pharmacy, shipment)
    }),
    (Refusal::NotDisputed, || {
        let (mut world, shipment) = shipped();
        settle(&mut world, Role::Maker, shipment, DisputeOutcome::AsRecorded)
    }),
    (Refusal::DisputeTooLate, || {
        let (mut world, shipment) = shipped();
        world.days_pass(15);
        dispute(&mut world, Role::Maker, shipment)
    }),
    (Refusal::OtherSide, || {
        let (mut world, shipment) = shipped();
        dispute(&mut world, Role::Maker, shipment)?;
        settle(&mut world, Role::Maker, shipment, DisputeOutcome::ForShipper)?;
        settle(&mut world, Role::Maker, shipment, DisputeOutcome::ForShipper)
    }),
    (Refusal::UnknownObject, || corrected(Role::Maker, |correction| correction.object = ObjectId::Batch(lot("NONE")))),
    (Refusal::NotTheSigner, || corrected(Role::Logistics, |_| ())),
    (Refusal::NotInHistory, || corrected(Role::Maker, |correction| correction.tx = TxId([9; 32]))),
    (Refusal::NotInHistory, || corrected(Role::Maker, |correction| correction.seq += 1)),
    (Refusal::NotInHistory, || {
        // An event of the block that is executed: nobody can have read it yet.
        let mut world = World::with_sealed_pallet(1, 1);
        let early = correction(&world, ObjectId::Batch(batch()), 0);
        let events = &mut world.ledger.1.get_mut(&ObjectId::Batch(batch())).expect("it has a history").1;
        events[0].height = world.height;
        world.act(Role::Maker, TxBody::Correct(early))
    }),
    (Refusal::NotCorrectable, || {
        let mut world = World::with_batch();
        let recall = world.open_recall(false)?;
        world.act(Role::Approver, TxBody::ApproveRecall { recall })?;
        let withdrawal = correction(&world, ObjectId::Batch(batch()), 1);
        assert_eq!(world.ledger.1[&ObjectId::Batch(batch())].1[1].kind, EventKind::Recalled);
        world.act(Role::Regulator, TxBody::Correct(withdrawal))
    }),
    (Refusal::NotCorrectable, || {
        // A withdrawal stands.
        let mut world = World::with_batch();
        let withdrawal = correction(&world, ObjectId::Batch(batch()), 0);
        world.act(Role::Maker, TxBody::Correct(withdrawal))?;
        let withdrawal = correction(&world, ObjectId::Batch(batch()), 1);
        world.act(Role::Maker, TxBody::Correct(withdrawal))
    }),
    (Refusal::BatchExpired, || {
        let mut world = World::delivered(1, 2);
        world.days_pass(400);
        let touch = world.touch(0);
        world.unit(Role::Pharmacy, &touch, UnitAction::Export)
    }),
];

#[test]
fn a_batch_is_sealed_up_to_its_quota_and_forgets_it() {
    let fits = |seal: &mut Seal| (seal.unit_count, seal.rejected, seal.sampled) = (QUOTA - 3, 2, 1);
    seal_with(fits).expect("exactly the quota");
    let world = World::with_sealed_pallet(1, 1);
    assert!(matches!(world.body(&ObjectId::Batch(batch())), Some(StateBody::Batch { quota: None, .. })));
    assert!(matches!(
        World::with_batch().body(&ObjectId::Batch(batch())),
        Some(StateBody::Batch { quota: Some(_), unit_root: None, .. })
    ));
}

#[test]
fn lineage_is_kept_on_both_sides() {
    let mut world = World::with_sealed_pallet(2, 1);
    let case = loose_case(&mut world);
    let input = Input { batch: batch(), cases: vec![case] };
    world.act(Role::Maker, TxBody::Transform(transform(vec![input]))).expect("in stock");
    let lineage = |world: &World, id: BatchId| match world.body(&ObjectId::Lineage(id)) {
        Some(StateBody::Lineage { made_from, made_into }) => (made_from, made_into),
        other => panic!("no lineage: {other:?}"),
    };
    assert_eq!(lineage(&world, batch()), (vec![], vec![lot("NEW1")]));
    assert_eq!(lineage(&world, lot("NEW1")), (vec![batch()], vec![]));
    let status = |world: &World, sscc| match world.body(&ObjectId::Logistic(sscc)) {
        Some(StateBody::Logistic { status, .. }) => status,
        other => panic!("no case: {other:?}"),
    };
    assert_eq!(status(&world, case), LogisticStatus::Consumed);
    assert_eq!(world.ship(Role::Maker, PHARMACY, &[case]).map(|_| ()), Err(Refusal::NotInStock));
    // A pack of a case that was used up is gone.
    let pack = world.touch(0);
    assert_eq!(world.unit(Role::Maker, &pack, UnitAction::Sample), Err(Refusal::NotInStock));
    // The new batch goes on as any other, and so does what is left of the old one.
    let made = Input { batch: lot("NEW1"), cases: vec![] };
    let next = Transform { output: lot("NEW2"), ..transform(vec![made, Input { batch: batch(), cases: vec![] }]) };
    world.act(Role::Maker, TxBody::Transform(next)).expect("not packed yet");
    assert_eq!(lineage(&world, batch()).1, [lot("NEW1"), lot("NEW2")]);
    assert_eq!(lineage(&world, lot("NEW1")), (vec![batch()], vec![lot("NEW2")]));
}

#[test]
fn another_members_batch_is_used_only_out_of_ones_own_stock() {
    let mut world = World::with_sealed_pallet(1, 1);
    // The carrier makes a product of its own out of the maker's goods.
    let own = tracelight_domain::gs1::Gtin::build(0, "6901234", 2).expect("a GTIN");
    let facts = tracelight_domain::tx::Product { gtin: own, ..product() };
    let body = StateBody::Product { maker: gln(LOGISTICS), kind: facts.kind, facts: Hash([2; 32]) };
    world.ledger.0.insert(ObjectId::Product(own), body);
    let output = BatchId { gtin: own, lot: Lot::parse("X1").expect("a lot") };
    let with = |cases| Transform { output: output.clone(), ..transform(vec![Input { batch: batch(), cases }]) };
    assert_eq!(world.act(Role::Logistics, TxBody::Transform(with(vec![]))), Err(Refusal::NotTheCustodian));
    let case = loose_case(&mut world);
    assert_eq!(world.act(Role::Logistics, TxBody::Transform(with(vec![case]))), Err(Refusal::NotTheCustodian));
    let shipment = world.ship(Role::Maker, LOGISTICS, &[case]).expect("in stock");
    world.receive(Role::Logistics, shipment, &[]).expect("arrived");
    world.act(Role::Logistics, TxBody::Transform(with(vec![case]))).expect("its own stock now");
}

#[test]
fn a_dispute_stops_a_hand_over_until_both_sides_agree() {
    let (mut world, shipment) = shipped();
    dispute(&mut world, Role::Maker, shipment).expect("within the deadline");
    assert_eq!(world.act(Role::Pharmacy, TxBody::Refuse { shipment }), Err(Refusal::ShipmentDisputed));
    settle(&mut world, Role::Maker, shipment, DisputeOutcome::ForShipper).expect("an offer");
    settle(&mut world, Role::Pharmacy, shipment, DisputeOutcome::AsRecorded).expect("another offer");
    settle(&mut world, Role::Maker, shipment, DisputeOutcome::AsRecorded).expect("agreed");
    let status = |world: &World| match world.body(&ObjectId::Shipment(shipment)) {
        Some(StateBody::Shipment { status, .. }) => status,
        other => panic!("no shipment: {other:?}"),
    };
    assert_eq!(status(&world), ShipmentStatus::Open, "it was open before");
    world.days_pass(13);
    world.receive(Role::Pharmacy, shipment, &[]).expect("it can be received again");
    world.days_pass(14);
    dispute(&mut world, Role::Pharmacy, shipment).expect("on the last day");
    settle(&mut world, Role::Pharmacy, shipment, DisputeOutcome::ForReceiver).expect("an offer");
    settle(&mut world, Role::Maker, shipment, DisputeOutcome::ForReceiver).expect("agreed");
    assert_eq!(status(&world), ShipmentStatus::Settled);
    // Custody is not moved by a dispute.
    let pallet = ObjectId::Logistic(world.sscc(100));
    assert!(matches!(world.body(&pallet), Some(StateBody::Logistic { custodian, .. }) if custodian == gln(PHARMACY)));
}

#[test]
fn a_correction_points_at_its_event_and_changes_nothing_else() {
    let mut world = World::with_sealed_pallet(1, 1);
    let case = ObjectId::Logistic(world.sscc(1));
    let before = world.body(&case);
    for seq in [1, 0] {
        let withdrawal = correction(&world, case.clone(), seq);
        world.act(Role::Maker, TxBody::Correct(withdrawal)).expect("the maker's own event");
    }
    assert_eq!(world.body(&case), before);
    let (head, events) = world.ledger.1.get(&case).expect("a history");
    let told: Vec<_> = events.iter().map(|event| (event.kind, event.withdraws)).collect();
    let packed = (EventKind::Packed, None);
    assert_eq!(told, [packed, packed, (EventKind::Corrected, Some(1)), (EventKind::Corrected, Some(0))]);
    assert!(history::is_complete(events, head));
    // The case can still be used as before.
    let pallet = world.sscc(100);
    world.ship(Role::Maker, PHARMACY, &[pallet]).expect("in stock");
}

#[test]
fn a_correction_that_waits_is_good_whatever_happens_to_the_goods() {
    let mut world = World::with_sealed_pallet(1, 1);
    let pallet = ObjectId::Logistic(world.sscc(100));
    let (early, shipment) = {
        let early = correction(&world, pallet.clone(), 0);
        let sscc = world.sscc(100);
        (early, world.ship(Role::Maker, PHARMACY, &[sscc]).expect("in stock"))
    };
    let second = correction(&world, pallet.clone(), 1);
    world.receive(Role::Pharmacy, shipment, &[]).expect("received");
    let sscc = world.sscc(100);
    world.ship(Role::Pharmacy, LOGISTICS, &[sscc]).expect("handed on");
    let before = world.body(&pallet);
    // Signed before three and two events that others made, and ordered now.
    world.act(Role::Maker, TxBody::Correct(early)).expect("the maker's own event");
    world.act(Role::Maker, TxBody::Correct(second)).expect("the maker's own event");
    assert_eq!(world.body(&pallet), before);
    let (head, events) = world.ledger.1.get(&pallet).expect("a history");
    let told: Vec<_> = events.iter().skip(4).map(|event| (event.kind, event.withdraws)).collect();
    assert_eq!(told, [(EventKind::Corrected, Some(0)), (EventKind::Corrected, Some(1))]);
    assert!(history::is_complete(events, head));
}

#[test]
fn a_batch_registered_twice_or_packed_by_another_is_refused_as_before() {
    let mut world = World::with_batch();
    assert_eq!(world.act(Role::Maker, register_batch("2026-11-03", "2027-10")), Err(Refusal::AlreadyExists));
    let content = Content::Units { root: Hash::ZERO, batches: vec![(batch(), 1)] };
    let parent = world.sscc(1);
    assert_eq!(world.act(Role::Logistics, TxBody::Pack { parent, content }), Err(Refusal::NotTheMaker));
}

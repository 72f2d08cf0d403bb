//! The ledger's rules with the real hashes: the story as it should go, every refusal, and random walks over invariants.

mod goods;
mod governance;
mod refusals;
mod walk;
mod world;

use tracelight_domain::rules::Refusal;
use tracelight_domain::state::{LogisticStatus, ObjectId, ShipmentStatus, StateBody, UnitStatus};
use tracelight_domain::tx::{TxBody, UnitAction};
use world::{LOGISTICS, MAKER, PHARMACY, Role, World};

#[test]
fn the_story_from_the_line_to_the_patient_and_the_recall() {
    let mut world = World::with_sealed_pallet(2, 3);
    let (pallet, cases) = (world.sscc(100), [world.sscc(1), world.sscc(2)]);
    let first = world.ship(Role::Maker, LOGISTICS, &[pallet]).expect("the maker holds the pallet");
    world.receive(Role::Logistics, first, &[]).expect("the receiver accepts");
    let second = world.ship(Role::Logistics, PHARMACY, &[pallet]).expect("the carrier holds it now");
    world.receive(Role::Pharmacy, second, &[cases[1]]).expect("one case short");

    let case = |world: &World, sscc| match world.body(&ObjectId::Logistic(sscc)) {
        Some(StateBody::Logistic { status, custodian, parent, .. }) => (status, custodian, parent),
        other => panic!("not a case: {other:?}"),
    };
    assert_eq!(case(&world, cases[1]), (LogisticStatus::Short(second), world::gln(LOGISTICS), None));
    assert_eq!(case(&world, cases[0]), (LogisticStatus::InStock, world::gln(MAKER), Some(pallet)));
    assert_eq!(case(&world, pallet).1, world::gln(PHARMACY));
    assert!(matches!(
        world.body(&ObjectId::Shipment(second)),
        Some(StateBody::Shipment { status: ShipmentStatus::ReceivedInPart, .. })
    ));

    // A pack of the case that arrived can be dispensed once; a pack of the missing one cannot.
    let here = world.touch(0);
    world.unit(Role::Pharmacy, &here, UnitAction::Dispense).expect("it is in the pharmacy's stock");
    assert_eq!(world.unit(Role::Pharmacy, &here, UnitAction::Dispense), Err(Refusal::UnitGone));
    let missing = world.touch(3);
    assert_eq!(world.unit(Role::Pharmacy, &missing, UnitAction::Dispense), Err(Refusal::NotInStock));

    let recall = world.open_recall(false).expect("the regulator may");
    assert!(!world.is_recalled(), "one person alone changes nothing");
    world.act(Role::Approver, TxBody::ApproveRecall { recall }).expect("the second person may");
    assert!(world.is_recalled());
    let another = world.touch(1);
    assert_eq!(world.unit(Role::Pharmacy, &another, UnitAction::Dispense), Err(Refusal::BatchRecalled));
}

#[test]
fn a_drill_leaves_the_lot_alone() {
    let mut world = World::with_sealed_pallet(1, 2);
    let recall = world.open_recall(true).expect("the regulator may");
    world.act(Role::Approver, TxBody::ApproveRecall { recall }).expect("the second person may");
    assert!(!world.is_recalled());
}

#[test]
fn a_dispensed_pack_comes_back_within_ten_days_and_only_to_who_supplied_it() {
    let mut world = World::delivered(1, 2);
    let pack = world.touch(0);
    world.unit(Role::Pharmacy, &pack, UnitAction::Dispense).expect("in stock");
    assert_eq!(world.unit(Role::Logistics, &pack, UnitAction::Return), Err(Refusal::NotTheCustodian));
    world.days_pass(10);
    world.unit(Role::Pharmacy, &pack, UnitAction::Return).expect("on the tenth day");
    assert!(matches!(
        world.body(&ObjectId::Unit(pack.unit.clone())),
        Some(StateBody::Unit { status: UnitStatus::Active, .. })
    ));
    world.unit(Role::Pharmacy, &pack, UnitAction::Dispense).expect("again");
    world.days_pass(11);
    assert_eq!(world.unit(Role::Pharmacy, &pack, UnitAction::Return), Err(Refusal::ReturnTooLate));
}

//! Random walks: whatever is accepted, in whatever order, these stay true.
//!
//! - one custodian per object, and only the custodian's signature (or the receiver's acceptance) moves it;
//! - containment is a forest: a case stands on at most one pallet, and that pallet exists;
//! - a pack that is gone stays gone, but for a return;
//! - device nonces have no gap.

use crate::world::{LOGISTICS, MAKER, PHARMACY, Role, World, gln};
use proptest::prelude::*;
use tracelight_domain::ids::ShipmentId;
use tracelight_domain::state::{Level, LogisticStatus, ObjectId, StateBody};
use tracelight_domain::tx::{Content, ShortOutcome, TxBody, UnitAction};

#[derive(Clone, Debug)]
enum Step {
    Ship(u8, u64, u64),
    Receive(u8, u8, Option<u64>),
    Refuse(u8, u8),
    Unpack(u8, u64),
    Stack(u8, u64, u64),
    Resolve(u8, u64, u8),
    Unit(u8, usize, u8),
}

fn step() -> impl Strategy<Value = Step> {
    let who = 0..4u8;
    let object = prop_oneof![1..5u64, 100..103u64];
    prop_oneof![
        (who.clone(), 1..4u64, object.clone()).prop_map(|(a, b, c)| Step::Ship(a, b, c)),
        (who.clone(), 1..12u8, proptest::option::of(1..5u64)).prop_map(|(a, b, c)| Step::Receive(a, b, c)),
        (who.clone(), 1..12u8).prop_map(|(a, b)| Step::Refuse(a, b)),
        (who.clone(), 1..5u64).prop_map(|(a, b)| Step::Unpack(a, b)),
        (who.clone(), 101..103u64, 1..5u64).prop_map(|(a, b, c)| Step::Stack(a, b, c)),
        (who.clone(), 1..5u64, 0..3u8).prop_map(|(a, b, c)| Step::Resolve(a, b, c)),
        (who, 0..8usize, 0..7u8).prop_map(|(a, b, c)| Step::Unit(a, b, c)),
    ]
}

fn role(number: u8) -> Role {
    [Role::Maker, Role::Logistics, Role::Pharmacy, Role::Line][usize::from(number) % 4]
}

fn play(world: &mut World, step: &Step) -> bool {
    let done = match *step {
        Step::Ship(who, to, object) => {
            let object = world.sscc(object);
            world.ship(role(who), to, &[object]).map(|_| ())
        }
        Step::Receive(who, shipment, short) => {
            let short: Vec<_> = short.map(|n| world.sscc(n)).into_iter().collect();
            world.receive(role(who), ShipmentId([shipment; 16]), &short)
        }
        Step::Refuse(who, shipment) => world.act(role(who), TxBody::Refuse { shipment: ShipmentId([shipment; 16]) }),
        Step::Unpack(who, case) => {
            let (parent, cases) = (world.sscc(100), vec![world.sscc(case)]);
            world.act(role(who), TxBody::Unpack { parent, cases })
        }
        Step::Stack(who, pallet, case) => {
            let (parent, content) = (world.sscc(pallet), Content::Cases(vec![world.sscc(case)]));
            world.act(role(who), TxBody::Pack { parent, content })
        }
        Step::Resolve(who, case, outcome) => {
            let outcome = [ShortOutcome::Found, ShortOutcome::Lost, ShortOutcome::Stolen][usize::from(outcome)];
            let sscc = world.sscc(case);
            world.act(role(who), TxBody::ResolveShort { sscc, outcome })
        }
        Step::Unit(who, unit, action) => {
            let actions = [
                UnitAction::Dispense,
                UnitAction::Sell,
                UnitAction::Sample,
                UnitAction::Destroy,
                UnitAction::ReportStolen,
                UnitAction::Export,
                UnitAction::Return,
            ];
            let touch = world.touch(unit);
            world.unit(role(who), &touch, actions[usize::from(action)])
        }
    };
    done.is_ok()
}

fn check(world: &World) {
    let members = [gln(MAKER), gln(LOGISTICS), gln(PHARMACY)];
    let mut on_pallet = std::collections::BTreeMap::new();
    for (id, body) in &world.ledger.0 {
        let StateBody::Logistic { custodian, parent, level, status, .. } = body else { continue };
        assert!(members.contains(custodian), "{id:?} is nobody's");
        let Some(pallet) = parent else { continue };
        *on_pallet.entry(*pallet).or_insert(0u32) += 1;
        assert_eq!(*level, Level::Case, "only cases stand on pallets");
        assert_eq!(*status, LogisticStatus::InStock, "a case on a pallet has no hand-over of its own");
        let host = world.body(&ObjectId::Logistic(*pallet));
        assert!(matches!(host, Some(StateBody::Logistic { level: Level::Pallet, parent: None, .. })), "{host:?}");
    }
    for (id, body) in &world.ledger.0 {
        let (ObjectId::Logistic(sscc), StateBody::Logistic { level: Level::Pallet, content_count, .. }) = (id, body)
        else {
            continue;
        };
        assert_eq!(on_pallet.get(sscc).copied().unwrap_or(0), *content_count, "cases on {sscc}");
    }
}

fn outer_custodian(world: &World, number: u64) -> Option<tracelight_domain::gs1::Gln> {
    let id = ObjectId::Logistic(world.sscc(number));
    match world.body(&id)? {
        StateBody::Logistic { parent: Some(pallet), .. } => match world.body(&ObjectId::Logistic(pallet))? {
            StateBody::Logistic { custodian, .. } => Some(custodian),
            _ => None,
        },
        StateBody::Logistic { custodian, .. } => Some(custodian),
        _ => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]
    #[test]
    fn whatever_is_accepted_the_invariants_hold(steps in proptest::collection::vec(step(), 1..60)) {
        let mut world = World::with_sealed_pallet(4, 2);
        for step in &steps {
            let before: Vec<_> = (1..5).map(|n| outer_custodian(&world, n)).collect();
            let accepted = play(&mut world, step);
            check(&world);
            let after: Vec<_> = (1..5).map(|n| outer_custodian(&world, n)).collect();
            // Custody of a case moves to the receiver by acceptance, and back to the shipper when the case is missing.
            prop_assert!(before == after || (accepted && matches!(step, Step::Receive(..))), "{step:?} moved custody");
        }
    }
}

//! Every refusal that a rule can give, reached once.

use crate::world::{LOGISTICS, PHARMACY, REGULATOR, Role, World, gln, open_recall, product, register_batch};
use std::collections::BTreeSet;
use tracelight_domain::ids::{ChainId, Hash, PublicKey, RecallId, ShipmentId};
use tracelight_domain::rules::Refusal;
use tracelight_domain::state::{ObjectId, Standing, StateBody};
use tracelight_domain::tx::{Content, EXPIRY_BLOCKS_MAX, ShortOutcome, Tx, TxBody, UnitAction};

pub type Case = (Refusal, fn() -> Result<(), Refusal>);

fn with_tx(change: impl FnOnce(&mut Tx)) -> Result<(), Refusal> {
    let mut world = World::new();
    let mut tx = world.tx(Role::Maker, TxBody::RegisterProduct(product()));
    change(&mut tx);
    world.run(&tx)
}

fn device_nonce(nonce: u64) -> Result<(), Refusal> {
    let mut world = World::with_sealed_pallet(1, 1);
    let mut tx = world.tx(Role::Line, TxBody::Anchor { log: Hash::ZERO, size: 1, root: Hash::ZERO });
    tx.nonce = nonce;
    world.run(&tx)
}

fn unit_after(prepare: impl FnOnce(&mut World), action: UnitAction) -> Result<(), Refusal> {
    let mut world = World::delivered(1, 2);
    prepare(&mut world);
    let touch = world.touch(0);
    world.unit(Role::Pharmacy, &touch, action)
}

const CASES: &[Case] = &[
    (Refusal::WrongChain, || with_tx(|tx| tx.chain = ChainId([6; 32]))),
    (Refusal::Expired, || with_tx(|tx| tx.expires_at = 0)),
    (Refusal::ExpiryTooFar, || with_tx(|tx| tx.expires_at = EXPIRY_BLOCKS_MAX + 2)),
    (Refusal::UnknownKey, || with_tx(|tx| tx.key = PublicKey([99; 32]))),
    (Refusal::KeyInactive, || {
        let mut world = World::new();
        let key = ObjectId::Key(Role::Maker.key());
        if let Some(StateBody::Key { until, .. }) = world.ledger.0.get_mut(&key) {
            *until = Some(1);
        }
        world.act(Role::Maker, TxBody::RegisterProduct(product()))
    }),
    (Refusal::MemberInactive, || {
        let mut world = World::with_sealed_pallet(1, 1);
        if let Some(StateBody::Member { standing, .. }) = world.ledger.0.get_mut(&ObjectId::Member(gln(PHARMACY))) {
            *standing = Standing::Suspended;
        }
        let pallet = world.sscc(100);
        world.ship(Role::Maker, PHARMACY, &[pallet]).map(|_| ())
    }),
    (Refusal::NonceGap, || device_nonce(99)),
    (Refusal::NonceUsed, || device_nonce(0)),
    (Refusal::WrongPurpose, || World::with_batch().act(Role::Line, TxBody::RegisterProduct(product()))),
    (Refusal::WrongRole, || World::new().act(Role::Pharmacy, TxBody::RegisterProduct(product()))),
    (Refusal::AlreadyExists, || World::with_batch().act(Role::Maker, TxBody::RegisterProduct(product()))),
    (Refusal::UnknownProduct, || World::new().act(Role::Maker, register_batch("2026-11-03", "2027-10"))),
    (Refusal::NotTheMaker, || World::with_batch().act(Role::Logistics, register_batch("2026-11-03", "2027-10"))),
    (Refusal::DatesInOrder, || {
        let mut world = World::new();
        world.act(Role::Maker, TxBody::RegisterProduct(product()))?;
        world.act(Role::Maker, register_batch("2026-11-03", "2026-11-03"))
    }),
    (Refusal::UnknownBatch, || World::new().act(Role::Regulator, open_recall(RecallId([1; 16]), false))),
    (Refusal::BatchSealed, || {
        let mut world = World::with_sealed_pallet(1, 1);
        let seal = world.seal();
        world.act(Role::Line, TxBody::SealBatch(seal))
    }),
    (Refusal::BatchNotSealed, || {
        let world = World::with_sealed_pallet(1, 1);
        let touch = world.touch(0);
        World::with_batch().unit(Role::Maker, &touch, UnitAction::Sample)
    }),
    (Refusal::BatchRecalled, || {
        unit_after(
            |world| {
                let recall = world.open_recall(false).expect("opened");
                world.act(Role::Approver, TxBody::ApproveRecall { recall }).expect("approved");
            },
            UnitAction::Sell,
        )
    }),
    (Refusal::BatchExpired, || unit_after(|world| world.days_pass(400), UnitAction::Dispense)),
    (Refusal::CountOutOfRange, || World::with_sealed_pallet(1, 1).ship(Role::Maker, PHARMACY, &[]).map(|_| ())),
    (Refusal::Duplicate, || {
        let mut world = World::with_sealed_pallet(1, 1);
        let pallet = world.sscc(100);
        world.ship(Role::Maker, PHARMACY, &[pallet, pallet]).map(|_| ())
    }),
    (Refusal::UnknownLogisticUnit, || {
        let mut world = World::with_sealed_pallet(1, 1);
        let nowhere = world.sscc(999);
        world.ship(Role::Maker, PHARMACY, &[nowhere]).map(|_| ())
    }),
    (Refusal::NotTheCustodian, || {
        let mut world = World::with_sealed_pallet(1, 1);
        let pallet = world.sscc(100);
        world.ship(Role::Logistics, PHARMACY, &[pallet]).map(|_| ())
    }),
    (Refusal::InsideAnother, || {
        let mut world = World::with_sealed_pallet(1, 1);
        let case = world.sscc(1);
        world.ship(Role::Maker, PHARMACY, &[case]).map(|_| ())
    }),
    (Refusal::NotInStock, || {
        let mut world = World::with_sealed_pallet(1, 1);
        let pallet = world.sscc(100);
        world.ship(Role::Maker, PHARMACY, &[pallet])?;
        world.ship(Role::Maker, LOGISTICS, &[pallet]).map(|_| ())
    }),
    (Refusal::WrongLevel, || {
        let mut world = World::with_sealed_pallet(1, 1);
        let (pallet, bigger) = (world.sscc(100), world.sscc(101));
        world.act(Role::Line, TxBody::Pack { parent: bigger, content: Content::Cases(vec![pallet]) })
    }),
    (Refusal::NotInside, || {
        let mut world = World::with_sealed_pallet(1, 1);
        let (pallet, stranger) = (world.sscc(100), world.sscc(5));
        let content = world.case_content(0);
        world.act(Role::Line, TxBody::Pack { parent: stranger, content })?;
        let shipment = world.ship(Role::Maker, PHARMACY, &[pallet])?;
        world.receive(Role::Pharmacy, shipment, &[stranger])
    }),
    (Refusal::UnknownMember, || {
        let mut world = World::with_sealed_pallet(1, 1);
        let pallet = world.sscc(100);
        world.ship(Role::Maker, 77, &[pallet]).map(|_| ())
    }),
    (Refusal::ToYourself, || {
        let mut world = World::with_sealed_pallet(1, 1);
        let pallet = world.sscc(100);
        world.ship(Role::Maker, crate::world::MAKER, &[pallet]).map(|_| ())
    }),
    (Refusal::UnknownShipment, || World::new().receive(Role::Pharmacy, ShipmentId([1; 16]), &[])),
    (Refusal::NotTheReceiver, || {
        let mut world = World::with_sealed_pallet(1, 1);
        let pallet = world.sscc(100);
        let shipment = world.ship(Role::Maker, PHARMACY, &[pallet])?;
        world.receive(Role::Logistics, shipment, &[])
    }),
    (Refusal::ShipmentClosed, || {
        let mut world = World::with_sealed_pallet(1, 1);
        let pallet = world.sscc(100);
        let shipment = world.ship(Role::Maker, PHARMACY, &[pallet])?;
        world.receive(Role::Pharmacy, shipment, &[])?;
        world.act(Role::Pharmacy, TxBody::Refuse { shipment })
    }),
    (Refusal::NotShort, || {
        let mut world = World::with_sealed_pallet(1, 1);
        let sscc = world.sscc(1);
        world.act(Role::Maker, TxBody::ResolveShort { sscc, outcome: ShortOutcome::Lost })
    }),
    (Refusal::NotInBatch, || {
        let mut world = World::delivered(1, 2);
        let mut touch = world.touch(0);
        touch.salt = [1; 16];
        world.unit(Role::Pharmacy, &touch, UnitAction::Dispense)
    }),
    (Refusal::NotInCase, || {
        let mut world = World::delivered(2, 2);
        let mut touch = world.touch(0);
        touch.in_case = world.touch(2).in_case;
        world.unit(Role::Pharmacy, &touch, UnitAction::Dispense)
    }),
    (Refusal::NoCase, || {
        let mut world = World::with_sealed_pallet(1, 2);
        let mut touch = world.touch(0);
        touch.in_case = None;
        world.unit(Role::Maker, &touch, UnitAction::Sell)
    }),
    (Refusal::UnitGone, || {
        unit_after(
            |world| {
                let touch = world.touch(0);
                world.unit(Role::Pharmacy, &touch, UnitAction::Destroy).expect("in stock");
            },
            UnitAction::Dispense,
        )
    }),
    (Refusal::NothingToReturn, || unit_after(|_| (), UnitAction::Return)),
    (Refusal::ReturnTooLate, || {
        unit_after(
            |world| {
                let touch = world.touch(0);
                world.unit(Role::Pharmacy, &touch, UnitAction::Dispense).expect("in stock");
                world.days_pass(11);
            },
            UnitAction::Return,
        )
    }),
    (Refusal::UnknownRecall, || World::new().act(Role::Approver, TxBody::ApproveRecall { recall: RecallId([1; 16]) })),
    (Refusal::SamePerson, || {
        let mut world = World::with_batch();
        let recall = world.open_recall(false)?;
        world.act(Role::Regulator, TxBody::ApproveRecall { recall })
    }),
    (Refusal::RecallSettled, || {
        let mut world = World::with_batch();
        let recall = world.open_recall(false)?;
        world.act(Role::Approver, TxBody::ApproveRecall { recall })?;
        world.act(Role::Approver, TxBody::ApproveRecall { recall })
    }),
];

fn all() -> impl Iterator<Item = &'static Case> {
    CASES.iter().chain(crate::goods::CASES).chain(crate::governance::CASES)
}

#[test]
fn every_rule_refuses_by_its_own_name() {
    for (refusal, attempt) in all() {
        assert_eq!(attempt(), Err(*refusal), "wanted {}", refusal.name());
    }
    // A signature is checked before the rules are asked; `proof::signed` tests that one.
    let reached: BTreeSet<_> = all().map(|(refusal, _)| *refusal).chain([Refusal::BadSignature]).collect();
    let missing: Vec<_> = Refusal::ALL.iter().filter(|refusal| !reached.contains(refusal)).collect();
    assert!(missing.is_empty(), "no test reaches {missing:?}");
}

#[test]
fn a_regulator_receives_no_goods_but_may_sample_anywhere() {
    let mut world = World::delivered(1, 2);
    let pallet = world.sscc(100);
    assert_eq!(world.ship(Role::Pharmacy, REGULATOR, &[pallet]).map(|_| ()), Err(Refusal::WrongRole));
    let touch = world.touch(0);
    world.unit(Role::Regulator, &touch, UnitAction::Sample).expect("an authority may sample");
}

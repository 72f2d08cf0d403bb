//! Goods: a random walk beside an account of who holds what, kept by hand.

use crate::world::{
    MAKER, MEMBERS, Outcome, PHARMACY, QUOTA, REGULATOR, World, approver, batch, case_root, device, gln, operator,
    register_batch, seal, sscc, touch,
};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestRng, TestRunner};
use std::collections::{BTreeMap, BTreeSet};
use tracelight_domain::gs1::{Date, Sscc};
use tracelight_domain::ids::{Hash, MemberId, RecallId, ShipmentId, TxId};
use tracelight_domain::rules::DAY_MS;
use tracelight_domain::state::{EventKind, Level, LogisticStatus, ObjectId, ShipmentStatus, StateBody};
use tracelight_domain::tx::{
    Content, Correction, CorrectionReason, DisputeOutcome, DisputeReason, Input, RecallClass, ShortOutcome, Transform,
    TxBody, UnitAction,
};

const LOTS: u8 = 3;
const CASES: u8 = 6;
const PALLETS: [u8; 3] = [100, 101, 102];
/// Two packs a case.
const UNITS: u8 = 2 * CASES;

/// One step. `who` is a member, or 0 for whoever may.
#[derive(Clone, Debug)]
enum Step {
    Register(u8),
    Seal {
        lot: u8,
        good: u64,
        rejected: u64,
        sampled: u64,
        skew: i8,
    },
    Pack {
        case: u8,
        skew: i8,
    },
    Stack {
        who: u8,
        pallet: u8,
        cases: Vec<u8>,
    },
    Unpack {
        who: u8,
        pallet: u8,
        case: u8,
    },
    Ship {
        who: u8,
        to: u8,
        object: u8,
    },
    Receive {
        who: u8,
        shipment: u8,
        short: Option<Part>,
        damaged: Option<Part>,
    },
    Refuse {
        who: u8,
        shipment: u8,
    },
    Resolve {
        who: u8,
        case: u8,
        outcome: ShortOutcome,
    },
    Dispute {
        who: u8,
        shipment: u8,
    },
    Settle {
        who: u8,
        shipment: u8,
        outcome: DisputeOutcome,
    },
    Transform {
        who: u8,
        lot: u8,
        output: u8,
        case: Option<u8>,
    },
    Unit {
        who: u8,
        unit: u8,
        action: UnitAction,
    },
    OpenRecall {
        lot: u8,
    },
    ApproveRecall {
        lot: u8,
    },
    /// Signed now; ordered now, or with the next one that is.
    Correct {
        who: u8,
        object: u8,
        seq: u32,
        waits: bool,
    },
    Days(u64),
}

/// What of a hand-over is missing or broken.
#[derive(Clone, Copy, Debug)]
enum Part {
    /// What was handed over.
    Whole,
    /// The first case on it.
    Inside,
    /// Something that may have nothing to do with it.
    Other(u8),
}

impl Part {
    fn resolve(self, account: &Account, shipment: u8) -> u8 {
        let whole = account.passages.get(usize::from(shipment)).and_then(|passage| passage.objects.first().copied());
        match (self, whole) {
            (Self::Whole, Some(whole)) => whole,
            (Self::Inside, Some(whole)) => account.inside(whole).first().copied().unwrap_or(1),
            (Self::Other(object), _) => object,
            (_, None) => 1,
        }
    }
}

impl Step {
    fn name(&self) -> String {
        let text = format!("{self:?}");
        let end = text.find([' ', '(', '{']).unwrap_or(text.len());
        match self {
            Self::Unit { action, .. } => format!("Unit {action:?}"),
            _ => text[..end].to_owned(),
        }
    }
}

/// Half of the walks begin with everything packed and sealed, so that they get further.
fn steps() -> impl Strategy<Value = Vec<Step>> {
    let seal = |lot| Step::Seal { lot, good: 6, rejected: 1, sampled: 0, skew: 0 };
    let prefix: Vec<Step> = (1..=CASES).map(|case| Step::Pack { case, skew: 0 }).chain((0..LOTS).map(seal)).collect();
    (any::<bool>(), random_steps()).prop_map(move |(warm, steps)| {
        let prefix = if warm { prefix.clone() } else { Vec::new() };
        prefix.into_iter().chain(steps).collect()
    })
}

fn random_steps() -> impl Strategy<Value = Vec<Step>> {
    let who = || prop_oneof![4 => Just(0u8), 1 => 1..5u8];
    let case = || 1..=CASES;
    let pallet = || prop::sample::select(PALLETS.to_vec());
    let object = move || prop_oneof![case(), pallet()];
    let part =
        move || prop_oneof![3 => Just(Part::Whole), 3 => Just(Part::Inside), 1 => object().prop_map(Part::Other)];
    let lot = || 0..LOTS;
    let to = || prop_oneof![2 => Just(PHARMACY), 3 => 1..5u8];
    let skew = || prop_oneof![6 => Just(0i8), 1 => Just(1i8), 1 => Just(-1i8)];
    let outcomes = vec![ShortOutcome::Found, ShortOutcome::Lost, ShortOutcome::Stolen];
    let endings = vec![DisputeOutcome::AsRecorded, DisputeOutcome::ForShipper];
    let actions = vec![
        UnitAction::Dispense,
        UnitAction::Sell,
        UnitAction::Sample,
        UnitAction::Destroy,
        UnitAction::ReportStolen,
        UnitAction::Export,
        UnitAction::Return,
    ];
    let step = prop_oneof![
        1 => lot().prop_map(Step::Register),
        3 => (lot(), 0..QUOTA, 0..4u64, 0..4u64, skew()).prop_map(|(lot, good, rejected, sampled, skew)| Step::Seal {
            lot, good, rejected, sampled, skew
        }),
        4 => (case(), skew()).prop_map(|(case, skew)| Step::Pack { case, skew }),
        3 => (who(), pallet(), prop::collection::vec(case(), 1..4))
            .prop_map(|(who, pallet, cases)| Step::Stack { who, pallet, cases }),
        2 => (who(), pallet(), case()).prop_map(|(who, pallet, case)| Step::Unpack { who, pallet, case }),
        5 => (who(), to(), object()).prop_map(|(who, to, object)| Step::Ship { who, to, object }),
        6 => (who(), 0..8u8, prop::option::weighted(0.3, part()), prop::option::weighted(0.2, part()))
            .prop_map(|(who, shipment, short, damaged)| Step::Receive { who, shipment, short, damaged }),
        1 => (who(), 0..8u8).prop_map(|(who, shipment)| Step::Refuse { who, shipment }),
        2 => (who(), case(), prop::sample::select(outcomes))
            .prop_map(|(who, case, outcome)| Step::Resolve { who, case, outcome }),
        1 => (who(), 0..8u8).prop_map(|(who, shipment)| Step::Dispute { who, shipment }),
        2 => (1..4u8, 0..8u8, prop::sample::select(endings))
            .prop_map(|(who, shipment, outcome)| Step::Settle { who, shipment, outcome }),
        1 => (who(), lot(), 3..6u8, prop::option::of(case()))
            .prop_map(|(who, lot, output, case)| Step::Transform { who, lot, output, case }),
        8 => (who(), 0..UNITS, prop::sample::select(actions))
            .prop_map(|(who, unit, action)| Step::Unit { who, unit, action }),
        1 => lot().prop_map(|lot| Step::OpenRecall { lot }),
        1 => lot().prop_map(|lot| Step::ApproveRecall { lot }),
        1 => (who(), object(), 0..4u32, any::<bool>())
            .prop_map(|(who, object, seq, waits)| Step::Correct { who, object, seq, waits }),
        1 => (0..6u64).prop_map(Step::Days),
    ];
    prop::collection::vec(step, 1..120)
}

/// What ought to be true of a case or pallet.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Held {
    holder: u8,
    on: Option<u8>,
    /// It can still be handed on and opened.
    alive: bool,
    /// Between ship and answer.
    on_the_way: bool,
    /// Missing at the receiver.
    short: bool,
}

#[derive(Clone, Debug)]
struct Passage {
    from: u8,
    to: u8,
    objects: Vec<u8>,
    open: bool,
}

/// The account kept by hand: it knows nothing of the rules' code, only what an accepted transaction means.
#[derive(Default)]
struct Account {
    held: BTreeMap<u8, Held>,
    passages: Vec<Passage>,
    /// Good, rejected and sampled packs of sealed lots.
    sealed: BTreeMap<u8, u64>,
    /// Nonces of the device's transactions that had their turn.
    turns: Vec<u64>,
    /// Corrections that are signed and wait.
    drawer: Vec<(u8, Correction)>,
    accepted: BTreeSet<String>,
}

fn member_number(member: MemberId) -> u8 {
    MEMBERS.into_iter().find(|number| gln(*number) == member).expect("one of the four")
}

fn shipment_id(number: usize) -> ShipmentId {
    ShipmentId([u8::try_from(number).expect("a short walk"); 16])
}

impl Account {
    /// Who answers for it: a case on a pallet is its pallet's holder's.
    fn holder(&self, object: u8) -> Option<u8> {
        let held = self.held.get(&object)?;
        match held.on {
            Some(pallet) => self.holder(pallet),
            None => Some(held.holder),
        }
    }

    fn in_stock(&self, object: u8) -> bool {
        self.held.get(&object).is_some_and(|held| held.alive && !held.on_the_way && !held.short)
    }

    fn make(&mut self, object: u8, holder: u8) {
        let held = Held { holder, on: None, alive: true, on_the_way: false, short: false };
        assert!(self.held.insert(object, held).is_none(), "a label was used twice");
    }

    fn get(&mut self, object: u8) -> &mut Held {
        self.held.get_mut(&object).expect("only what exists is moved")
    }

    fn inside(&self, pallet: u8) -> Vec<u8> {
        self.held.iter().filter(|(_, held)| held.on == Some(pallet)).map(|(case, _)| *case).collect()
    }

    /// Books an accepted step. The assertions are the properties themselves.
    fn book(&mut self, step: &Step, who: u8) {
        match step {
            Step::Seal { lot, good, rejected, sampled, .. } => {
                assert!(self.sealed.insert(*lot, good + rejected + sampled).is_none(), "sealed twice");
                assert!(good + rejected + sampled <= QUOTA, "quota exceeded");
            }
            Step::Pack { case, .. } => self.make(*case, MAKER),
            Step::Stack { pallet, cases, .. } => {
                for case in cases {
                    assert!(self.in_stock(*case), "only what is in stock is stacked");
                    assert_eq!(
                        (self.holder(*case), self.get(*case).on),
                        (Some(who), None),
                        "only one's own, only loose"
                    );
                    self.get(*case).on = Some(*pallet);
                }
                self.make(*pallet, who);
            }
            Step::Unpack { pallet, case, .. } => {
                assert!(self.in_stock(*pallet) && self.holder(*pallet) == Some(who), "only one's own stock");
                assert_eq!(self.get(*case).on, Some(*pallet));
                *self.get(*case) = Held { holder: who, on: None, alive: true, on_the_way: false, short: false };
                self.get(*pallet).alive = !self.inside(*pallet).is_empty();
            }
            Step::Ship { to, object, .. } => {
                assert!(self.in_stock(*object), "only what is in stock leaves");
                assert_eq!(self.holder(*object), Some(who), "a transfer by a non-holder");
                assert_eq!(self.get(*object).on, None, "only outermost units leave");
                self.get(*object).on_the_way = true;
                self.passages.push(Passage { from: who, to: *to, objects: vec![*object], open: true });
            }
            Step::Receive { shipment, short, damaged, .. } => {
                let [short, damaged] = [short, damaged].map(|part| part.map(|part| part.resolve(self, *shipment)));
                self.receive(*shipment, short, damaged, who);
            }
            Step::Refuse { shipment, .. } => {
                let passage = self.close(*shipment, who);
                passage.objects.iter().for_each(|object| self.get(*object).on_the_way = false);
            }
            Step::Resolve { case, outcome, .. } => {
                let held = self.get(*case);
                assert!(held.short && held.holder == who, "only the shipper explains, and only what is missing");
                (held.short, held.alive) = (false, *outcome == ShortOutcome::Found);
            }
            Step::Transform { case: Some(case), .. } => {
                assert!(self.in_stock(*case) && self.holder(*case) == Some(who) && self.get(*case).on.is_none());
                self.get(*case).alive = false;
            }
            _ => {}
        }
    }

    fn close(&mut self, shipment: u8, who: u8) -> Passage {
        let passage = &mut self.passages[usize::from(shipment)];
        assert!(passage.open && passage.to == who, "only the receiver answers, and only once");
        passage.open = false;
        passage.clone()
    }

    fn receive(&mut self, shipment: u8, short: Option<u8>, damaged: Option<u8>, who: u8) {
        let Passage { from, objects, .. } = self.close(shipment, who);
        for object in &objects {
            let held = self.get(*object);
            held.on_the_way = false;
            held.short = short == Some(*object);
            held.alive = damaged != Some(*object);
            held.holder = if held.short { from } else { who };
        }
        for (case, missing) in short.map(|case| (case, true)).into_iter().chain(damaged.map(|case| (case, false))) {
            if objects.contains(&case) {
                continue;
            }
            let held = self.get(case);
            assert!(held.on.is_some_and(|pallet| objects.contains(&pallet)), "not part of the hand-over");
            let holder = if missing { from } else { who };
            *held = Held { holder, on: None, alive: missing, on_the_way: false, short: missing };
        }
    }
}

/// Who may do a step, as the ledger stands; a guess is good enough, it only makes walks go further.
fn rightful(world: &World, account: &Account, step: &Step) -> u8 {
    let passage = |shipment: &u8| account.passages.get(usize::from(*shipment));
    match step {
        Step::Stack { cases, .. } => cases.first().and_then(|case| account.holder(*case)),
        Step::Unpack { pallet, .. } => account.holder(*pallet),
        Step::Ship { object, .. } => account.holder(*object),
        Step::Receive { shipment, .. } | Step::Refuse { shipment, .. } => passage(shipment).map(|passage| passage.to),
        Step::Dispute { shipment, .. } => passage(shipment).map(|passage| passage.from),
        Step::Resolve { case, .. } => account.held.get(case).map(|held| held.holder),
        Step::Correct { object, seq, .. } => {
            let events = world.ledger.events.get(&ObjectId::Logistic(sscc(*object)));
            events.and_then(|events| events.get(*seq as usize)).map(|event| member_number(event.actor))
        }
        Step::Unit { unit, .. } => match world.body(&ObjectId::Unit(unit_touch(*unit).unit)) {
            Some(StateBody::Unit { by, .. }) => Some(member_number(*by)),
            _ => account.holder(unit / 2 + 1),
        },
        _ => Some(MAKER),
    }
    .unwrap_or(MAKER)
}

fn unit_touch(unit: u8) -> tracelight_domain::tx::UnitTouch {
    touch(unit, unit / 2 + 1, unit / 4)
}

fn body(account: &Account, step: &Step) -> TxBody {
    let objects = |numbers: &[u8]| numbers.iter().map(|number| sscc(*number)).collect::<Vec<Sscc>>();
    let shipment = |number: &u8| shipment_id(usize::from(*number));
    match step {
        Step::Register(lot) => register_batch(*lot),
        Step::Seal { lot, good, rejected, sampled, .. } => seal(*lot, *good, *rejected, *sampled),
        Step::Pack { case, .. } => {
            let content = Content::Units { root: case_root(*case), batches: vec![(batch((case - 1) / 2), 2)] };
            TxBody::Pack { parent: sscc(*case), content }
        }
        Step::Stack { pallet, cases, .. } => {
            TxBody::Pack { parent: sscc(*pallet), content: Content::Cases(objects(cases)) }
        }
        Step::Unpack { pallet, case, .. } => TxBody::Unpack { parent: sscc(*pallet), cases: vec![sscc(*case)] },
        Step::Ship { to, object, .. } => {
            TxBody::Ship { shipment: shipment_id(account.passages.len()), to: gln(*to), objects: objects(&[*object]) }
        }
        Step::Receive { shipment: number, short, damaged, .. } => TxBody::Receive {
            shipment: shipment(number),
            short: short.map(|part| sscc(part.resolve(account, *number))).into_iter().collect(),
            damaged: damaged.map(|part| sscc(part.resolve(account, *number))).into_iter().collect(),
        },
        Step::Refuse { shipment: number, .. } => TxBody::Refuse { shipment: shipment(number) },
        Step::Resolve { case, outcome, .. } => TxBody::ResolveShort { sscc: sscc(*case), outcome: *outcome },
        Step::Dispute { shipment: number, .. } => {
            TxBody::Dispute { shipment: shipment(number), reason: DisputeReason::Damage, evidence: Hash::ZERO }
        }
        Step::Settle { shipment: number, outcome, .. } => {
            TxBody::SettleDispute { shipment: shipment(number), outcome: *outcome }
        }
        Step::Transform { lot, output, case, .. } => {
            let date = |iso| Date::parse_iso(iso).expect("a date");
            let inputs = vec![Input { batch: batch(*lot), cases: case.map(sscc).into_iter().collect() }];
            let (output, made_on, expires_on) = (batch(*output), date("2026-11-20"), date("2027-10"));
            TxBody::Transform(Transform { output, made_on, expires_on, quota: Hash::ZERO, inputs })
        }
        Step::Unit { unit, action, .. } => TxBody::UnitAction { touch: unit_touch(*unit), action: *action },
        Step::OpenRecall { lot } => TxBody::OpenRecall {
            recall: RecallId([*lot; 16]),
            batch: batch(*lot),
            class: RecallClass::One,
            drill: false,
            notice: Hash::ZERO,
        },
        Step::ApproveRecall { lot } => TxBody::ApproveRecall { recall: RecallId([*lot; 16]) },
        Step::Correct { .. } | Step::Days(_) => unreachable!("no transaction of its own"),
    }
}

fn withdrawal(world: &World, object: u8, seq: u32) -> Correction {
    let object = ObjectId::Logistic(sscc(object));
    let events = world.ledger.events.get(&object).map(Vec::as_slice).unwrap_or_default();
    let tx = events.get(seq as usize).map_or(TxId([0; 32]), |event| event.tx);
    Correction { object, seq, tx, reason: CorrectionReason::WrongDetail, replaced_by: None }
}

/// Orders a correction. It is applied exactly when its event is the signer's own and no withdrawal, whatever happened to
/// the object since it was signed.
fn order(world: &mut World, account: &mut Account, who: u8, correction: Correction) {
    let events = world.ledger.events.get(&correction.object).map(Vec::as_slice).unwrap_or_default();
    let named = events.get(correction.seq as usize);
    let is_good = named.is_some_and(|event| {
        event.tx == correction.tx && event.kind != EventKind::Corrected && event.actor == gln(who)
    });
    match world.act(operator(who), TxBody::Correct(correction.clone())) {
        Outcome::Applied(changes) => {
            assert!(is_good, "{correction:?} of {who}");
            assert!(changes.iter().all(|change| change.event.is_some_and(|event| event.withdraws.is_some())));
            account.accepted.insert("Correct".to_owned());
        }
        refused => assert!(!is_good, "{correction:?} of {who}: {refused:?}"),
    }
}

/// Runs a step; says whether it was applied.
fn play(world: &mut World, account: &mut Account, step: &Step) {
    if let Step::Days(days) = step {
        world.time_ms += days * DAY_MS;
        return;
    }
    let who = match step {
        Step::Stack { who, .. }
        | Step::Unpack { who, .. }
        | Step::Ship { who, .. }
        | Step::Receive { who, .. }
        | Step::Refuse { who, .. }
        | Step::Resolve { who, .. }
        | Step::Dispute { who, .. }
        | Step::Settle { who, .. }
        | Step::Transform { who, .. }
        | Step::Unit { who, .. }
        | Step::Correct { who, .. }
            if *who > 0 =>
        {
            *who
        }
        other => rightful(world, account, other),
    };
    if let Step::Correct { object, seq, waits, .. } = step {
        account.drawer.push((who, withdrawal(world, *object, *seq)));
        if !waits {
            let signed = std::mem::take(&mut account.drawer);
            signed.into_iter().for_each(|(who, correction)| order(world, account, who, correction));
        }
        return;
    }
    let tx = body(account, step);
    let units = units(world);
    let outcome = match step {
        // What a line does, a line signs, with the nonce that it believes to be next.
        Step::Seal { skew, .. } | Step::Pack { skew, .. } => {
            let next = account.turns.len() as u64;
            let nonce = next.saturating_add_signed(i64::from(*skew));
            let outcome = world.run(device(), nonce, tx);
            if !matches!(outcome, Outcome::NotAdmitted(_)) {
                account.turns.push(nonce);
            }
            outcome
        }
        Step::OpenRecall { .. } => world.act(operator(REGULATOR), tx),
        Step::ApproveRecall { .. } => world.act(approver(REGULATOR), tx),
        _ => world.act(operator(who), tx),
    };
    if let Outcome::Applied(_) = &outcome {
        account.accepted.insert(step.name());
        account.book(step, who);
        if let Step::Unit { unit, action, .. } = step {
            check_unit(&units, world, account, *unit, *action, who);
        }
    }
}

type Units = BTreeMap<u8, (tracelight_domain::state::UnitStatus, MemberId)>;

fn units(world: &World) -> Units {
    let all = (0..UNITS).filter_map(|unit| match world.body(&ObjectId::Unit(unit_touch(unit).unit)) {
        Some(StateBody::Unit { status, custodian, .. }) => Some((unit, (*status, *custodian))),
        _ => None,
    });
    all.collect()
}

/// A pack that was touched for the first time was its case's; after that it goes its own way.
fn check_unit(before: &Units, world: &World, account: &Account, unit: u8, action: UnitAction, who: u8) {
    let after = units(world);
    let custodian = match before.get(&unit) {
        Some((_, custodian)) => *custodian,
        None => gln(account.holder(unit / 2 + 1).expect("its case exists")),
    };
    let (_, now) = after.get(&unit).expect("it was touched");
    assert_eq!(*now, custodian, "what happens to a pack moves no custody");
    let authority = who == REGULATOR && matches!(action, UnitAction::Sample | UnitAction::Return);
    assert!(gln(who) == custodian || authority, "a pack was acted on by a non-holder");
    let others =
        |units: &Units| units.iter().filter(|(other, _)| **other != unit).map(|(o, s)| (*o, *s)).collect::<Vec<_>>();
    assert_eq!(others(before), others(&after), "another pack changed");
}

/// The ledger says of every case and pallet what the account says.
fn compare(world: &World, account: &Account) {
    let mut on_pallet: BTreeMap<Sscc, u32> = BTreeMap::new();
    for (number, held) in &account.held {
        let id = ObjectId::Logistic(sscc(*number));
        let Some(StateBody::Logistic { status, custodian, parent, level, content_count, .. }) = world.body(&id) else {
            panic!("{number} is not on the ledger");
        };
        assert_eq!(*level, if PALLETS.contains(number) { Level::Pallet } else { Level::Case });
        assert_eq!(*parent, held.on.map(sscc), "where {number} stands");
        if held.on.is_none() {
            assert_eq!(member_number(*custodian), held.holder, "who answers for {number}");
            let (in_stock, on_the_way) =
                (*status == LogisticStatus::InStock, matches!(status, LogisticStatus::InTransit(_)));
            assert_eq!(in_stock, account.in_stock(*number), "{number} is {status:?}, the account says {held:?}");
            assert_eq!(on_the_way, held.on_the_way, "{number} is {status:?}");
        }
        if let Some(pallet) = parent {
            *on_pallet.entry(*pallet).or_default() += 1;
            let host = world.body(&ObjectId::Logistic(*pallet));
            let good = matches!(host, Some(StateBody::Logistic { level: Level::Pallet, parent: None, .. }));
            assert!(good && *level == Level::Case, "{number} stands on {host:?}");
        }
        if *level == Level::Pallet {
            assert_eq!(*content_count as usize, account.inside(*number).len(), "cases on {number}");
        }
    }
    let on_ledger = world.ledger.bodies.keys().filter(|id| matches!(id, ObjectId::Logistic(_))).count();
    assert_eq!(on_ledger, account.held.len(), "the ledger knows a unit that the account does not");
    assert!(account.turns.iter().zip(0u64..).all(|(turn, expected)| *turn == expected), "a gap: {:?}", account.turns);
    let next = world.body(&ObjectId::Key(device()));
    assert!(matches!(next, Some(StateBody::Key { next_nonce, .. }) if *next_nonce == account.turns.len() as u64));
    for (number, passage) in account.passages.iter().enumerate() {
        let Some(StateBody::Shipment { status, from, to, .. }) = world.body(&ObjectId::Shipment(shipment_id(number)))
        else {
            panic!("hand-over {number} is not on the ledger");
        };
        assert_eq!((*from, *to), (gln(passage.from), gln(passage.to)));
        let waits = matches!(status, ShipmentStatus::Open);
        assert!(!waits || passage.open, "hand-over {number} was answered and is open again");
    }
}

/// Walks and checks after every step; returns the kinds of steps that were accepted.
fn walk(steps: &[Step]) -> BTreeSet<String> {
    let (mut world, mut account) = (World::new(), Account::default());
    for lot in 0..LOTS {
        assert!(world.act(operator(MAKER), register_batch(lot)).is_applied());
    }
    for step in steps {
        play(&mut world, &mut account, step);
        compare(&world, &account);
    }
    account.accepted
}

proptest! {
    #![proptest_config(Config::with_cases(256))]
    #[test]
    fn whatever_is_accepted_the_account_and_the_ledger_agree(steps in steps()) {
        walk(&steps);
    }
}

#[test]
fn the_walks_reach_every_kind_of_step() {
    let config = Config::default();
    let rng = TestRng::deterministic_rng(config.rng_algorithm);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let mut accepted = BTreeSet::new();
    for _ in 0..400 {
        let steps = steps().new_tree(&mut runner).expect("a walk").current();
        accepted.extend(walk(&steps));
    }
    let actions = ["Dispense", "Sell", "Sample", "Destroy", "ReportStolen", "Export", "Return"];
    let wanted = [
        "Seal",
        "Pack",
        "Stack",
        "Unpack",
        "Ship",
        "Receive",
        "Refuse",
        "Resolve",
        "Dispute",
        "Settle",
        "Transform",
        "OpenRecall",
        "ApproveRecall",
        "Correct",
    ];
    let wanted = wanted.map(str::to_owned).into_iter().chain(actions.map(|action| format!("Unit {action}")));
    let missing: Vec<_> = wanted.filter(|name| !accepted.contains(name)).collect();
    assert!(missing.is_empty(), "no walk was allowed to {missing:?}");
}

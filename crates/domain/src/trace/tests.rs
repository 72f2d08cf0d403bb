use super::*;
use crate::gs1::{Date, Gln, Gtin, Lot, Sscc};
use crate::ids::{BatchId, ShipmentId, TxId};
use crate::state::{ObjectId, ShipmentStatus};
use proptest::prelude::{Just, any, prop_assert, prop_assert_eq, prop_oneof};
use proptest::proptest;
use std::collections::{BTreeMap, BTreeSet};

type World = BTreeMap<BatchId, LotRead>;

fn lot(name: &str) -> BatchId {
    let gtin = Gtin::build(0, "6901234", 77).expect("a GTIN of constants");
    BatchId { gtin, lot: Lot::parse(name).expect("a lot of constants") }
}

fn member(number: u64) -> Gln {
    Gln::build("6901234", number).expect("a GLN of constants")
}

fn sscc(number: u64) -> Sscc {
    Sscc::build(0, "6901234", number).expect("an SSCC of constants")
}

/// The transaction that made a lot: its name, padded.
fn made(name: &str) -> TxId {
    let mut bytes = [0; 32];
    for (to, from) in bytes.iter_mut().zip(name.bytes()) {
        *to = from;
    }
    TxId(bytes)
}

fn shipment(number: u8) -> ShipmentId {
    ShipmentId([number; 16])
}

/// Lots of member 0 with these links, each `from` and `to`.
fn world(links: &[(&str, &str)]) -> World {
    let date = |text| Date::parse_iso(text).expect("a date of constants");
    let names: BTreeSet<&str> = links.iter().flat_map(|(from, to)| [*from, *to]).collect();
    let one = |name: &str| LotRead {
        maker: member(0),
        product: (String::new(), String::new()),
        made_on: date("2026-10-01"),
        expires_on: date("2028-09"),
        recalled: None,
        sealed: Some(0),
        made_by: made(name),
        made_from: links.iter().filter(|(_, to)| *to == name).map(|(from, _)| lot(from)).collect(),
        made_into: links.iter().filter(|(from, _)| *from == name).map(|(_, to)| lot(to)).collect(),
        withdrawn: BTreeSet::new(),
    };
    names.into_iter().map(|name| (lot(name), one(name))).collect()
}

/// Walks; no lot may be asked for twice.
fn walk(world: &World, asked: &str, direction: Direction, sight: Sight, bounds: Bounds) -> Option<Walked> {
    let mut walk = Walk::new(lot(asked), direction, sight, bounds);
    let mut read = BTreeSet::new();
    while let Some(wanted) = walk.wanted() {
        assert!(wanted.iter().all(|id| read.insert(id.clone())), "a lot is read once");
        let found = wanted.iter().filter_map(|id| Some((id.clone(), world.get(id)?.clone()))).collect();
        walk.take(wanted, found);
    }
    assert!(read.len() <= bounds.lots_max);
    walk.finish()
}

fn whole(world: &World, asked: &str, direction: Direction) -> Walked {
    walk(world, asked, direction, Sight::All, Bounds::GRAPH).expect("it is there")
}

/// Names with their distances, in order.
fn names(walked: &Walked) -> Vec<(&str, i32)> {
    walked.nodes.iter().map(|node| (node.id.lot.as_str(), node.distance)).collect()
}

fn links(walked: &Walked) -> Vec<(&str, &str)> {
    let name = |at: usize| walked.nodes.get(at).expect("an end is a node").id.lot.as_str();
    let mut all: Vec<_> = walked.links.iter().map(|link| (name(link.from), name(link.to))).collect();
    all.sort_unstable();
    all
}

#[test]
fn directions_are_closures_of_the_lot_and_not_its_siblings() {
    let world =
        world(&[("flour", "dough"), ("yeast", "dough"), ("dough", "bread"), ("flour", "noodles"), ("bread", "crumbs")]);
    let forward = whole(&world, "dough", Direction::Forward);
    assert_eq!(names(&forward), [("dough", 0), ("bread", 1), ("crumbs", 2)]);
    let back = whole(&world, "dough", Direction::Back);
    assert_eq!(names(&back), [("flour", -1), ("yeast", -1), ("dough", 0)]);
    let both = whole(&world, "dough", Direction::Both);
    assert_eq!(names(&both), [("flour", -1), ("yeast", -1), ("dough", 0), ("bread", 1), ("crumbs", 2)]);
    assert_eq!(links(&both), [("bread", "crumbs"), ("dough", "bread"), ("flour", "dough"), ("yeast", "dough")]);
    assert!(both.cut.is_empty());
}

#[test]
fn a_diamond_has_each_lot_once_and_all_its_links() {
    let world = world(&[("a", "b"), ("a", "c"), ("b", "d"), ("c", "d"), ("a", "d")]);
    let forward = whole(&world, "a", Direction::Forward);
    assert_eq!(names(&forward), [("a", 0), ("b", 1), ("c", 1), ("d", 1)], "the shortest way counts");
    assert_eq!(links(&forward), [("a", "b"), ("a", "c"), ("a", "d"), ("b", "d"), ("c", "d")]);
}

#[test]
fn a_loop_ends() {
    let world = world(&[("a", "b"), ("b", "c"), ("c", "a"), ("starter", "c"), ("a", "a")]);
    let forward = whole(&world, "a", Direction::Forward);
    assert_eq!(names(&forward), [("a", 0), ("b", 1), ("c", 2)]);
    assert_eq!(links(&forward), [("a", "a"), ("a", "b"), ("b", "c"), ("c", "a")]);
    // What is reached both ways goes on both ways: the starter went into the loop.
    let both = whole(&world, "a", Direction::Both);
    assert_eq!(names(&both), [("starter", -2), ("a", 0), ("b", 1), ("c", 2)]);
}

#[test]
fn a_bound_cuts_the_farthest_and_says_where() {
    let world = world(&[("a", "b"), ("a", "c"), ("b", "d"), ("c", "d"), ("c", "e")]);
    let few = Bounds { lots_max: 3, ..Bounds::GRAPH };
    let forward = walk(&world, "a", Direction::Forward, Sight::All, few).expect("it is there");
    assert_eq!(names(&forward), [("a", 0), ("b", 1), ("c", 1)]);
    assert_eq!(forward.cut, [(1, 1), (2, 2)]);
    let near = Bounds { steps_max: 1, ..Bounds::GRAPH };
    assert_eq!(walk(&world, "a", Direction::Forward, Sight::All, near).expect("it is there"), forward);
    let told = Told::of(&forward, &BTreeMap::new(), &Journeys::default(), 0);
    assert_eq!(told.gaps, [Gap::Cut { lot: 1, lots: 1 }, Gap::Cut { lot: 2, lots: 2 }]);
    let all = Bounds { lots_max: 5, steps_max: 2 };
    assert!(walk(&world, "a", Direction::Forward, Sight::All, all).expect("it is there").cut.is_empty());
}

#[test]
fn a_making_that_was_withdrawn_on_either_side_is_left_out() {
    for (whose, from) in [("b", "a"), ("a", "a")] {
        let mut world = world(&[("a", "b"), ("a", "c"), ("b", "d")]);
        world.get_mut(&lot(whose)).expect("it is there").withdrawn.insert(made("b"));
        assert_eq!(names(&whole(&world, from, Direction::Forward)), [("a", 0), ("c", 1)], "declared by {whose}");
        assert_eq!(names(&whole(&world, "d", Direction::Back)), [("b", -1), ("d", 0)]);
    }
}

#[test]
fn a_member_sees_its_own_lots_and_the_bare_names_of_those_beside_them() {
    let mut world =
        world(&[("seed", "raw"), ("raw", "mine"), ("mine", "also"), ("also", "theirs"), ("theirs", "back")]);
    for name in ["seed", "raw", "theirs"] {
        world.get_mut(&lot(name)).expect("it is there").maker = member(1);
    }
    let mine = Sight::Of(member(0));
    let walked = walk(&world, "mine", Direction::Both, mine, Bounds::GRAPH).expect("it is its own");
    assert_eq!(names(&walked), [("raw", -1), ("mine", 0), ("also", 1), ("theirs", 2)]);
    let in_full: Vec<bool> = walked.nodes.iter().map(|node| node.in_full).collect();
    assert_eq!(in_full, [false, true, true, false]);
    assert_eq!(links(&walked), [("also", "theirs"), ("mine", "also"), ("raw", "mine")]);
    let journeys = journeys(&[(lot("raw"), 1, 5)], ShipmentStatus::Open, None);
    assert!(Told::of(&walked, &BTreeMap::new(), &journeys, u64::MAX).moves.is_empty());
    for hidden in ["raw", "theirs", "nothing"] {
        assert_eq!(walk(&world, hidden, Direction::Both, mine, Bounds::GRAPH), None);
    }
}

/// Hand-over 1 of these packs from member 0 to member 1, due at 100, shipped at 10.
fn journeys(carried: &[(BatchId, u64, u64)], status: ShipmentStatus, answered: Option<(TxId, u64)>) -> Journeys {
    let one = |(lot, case, units): &(BatchId, u64, u64)| Carried {
        lot: lot.clone(),
        shipment: shipment(1),
        object: sscc(*case),
        shipped: Used { cases: 1, units: *units },
        short: Used::default(),
    };
    let shipped = (made("ship"), 10);
    let hand_over = HandOver { from: member(0), to: member(1), status, due_ms: 100, shipped, answered };
    Journeys {
        carried: carried.iter().map(one).collect(),
        hand_overs: BTreeMap::from([(shipment(1), hand_over)]),
        withdrawn: BTreeSet::new(),
    }
}

#[test]
fn packs_are_counted_by_who_sent_them_to_whom() {
    let walked = whole(&world(&[("a", "b")]), "a", Direction::Forward);
    let answered = Some((made("answer"), 30));
    let mut journeys =
        journeys(&[(lot("a"), 1, 5), (lot("a"), 2, 7), (lot("b"), 2, 1)], ShipmentStatus::ReceivedInPart, answered);
    journeys.carried[1].short = journeys.carried[1].shipped;
    let told = Told::of(&walked, &BTreeMap::new(), &journeys, 1_000);
    let of = |lot, cases, units, short| Move {
        lot,
        from: member(0),
        to: member(1),
        status: ShipmentStatus::ReceivedInPart,
        shipments: 1,
        goods: Used { cases, units },
        short,
        first_ms: 10,
        last_ms: 30,
    };
    assert_eq!(told.moves, [of(0, 1, 5, 7), of(1, 1, 1, 0)]);
    assert!(told.gaps.is_empty(), "an answer ends the wait");
    // Case 2 was declared not to have been shipped.
    journeys.withdrawn.insert((ObjectId::Logistic(sscc(2)), made("ship")));
    assert_eq!(Told::of(&walked, &BTreeMap::new(), &journeys, 1_000).moves, [of(0, 1, 5, 0)]);
    // The answer was: the hand-over is on its way again, and late.
    journeys.withdrawn = BTreeSet::from([(ObjectId::Shipment(shipment(1)), made("answer"))]);
    let told = Told::of(&walked, &BTreeMap::new(), &journeys, 1_000);
    let open = Move { status: ShipmentStatus::Open, last_ms: 10, ..of(0, 2, 12, 0) };
    assert_eq!(told.moves[0], open);
    let late =
        Gap::NotReceived { lot: 0, shipment: shipment(1), from: member(0), to: member(1), units: 12, due_ms: 100 };
    assert_eq!(told.gaps[0], late);
    journeys.withdrawn.insert((ObjectId::Shipment(shipment(1)), made("ship")));
    assert_eq!(Told::of(&walked, &BTreeMap::new(), &journeys, 1_000), Told { used: told.used, ..Told::default() });
}

#[test]
fn what_is_not_known_is_named() {
    let mut world = world(&[("gone", "a"), ("a", "b"), ("a", "c")]);
    world.remove(&lot("gone"));
    world.get_mut(&lot("b")).expect("it is there").sealed = None;
    world.get_mut(&lot("c")).expect("it is there").sealed = Some(30);
    let walked = whole(&world, "a", Direction::Both);
    let packs =
        |units| Packed { all: Used { cases: 1, units }, used: BTreeMap::from([(made("b"), Used { cases: 1, units })]) };
    let packed = BTreeMap::from([(lot("a"), packs(20)), (lot("c"), packs(24))]);
    let open = journeys(&[(lot("c"), 1, 24)], ShipmentStatus::Open, None);
    let told = Told::of(&walked, &packed, &open, 100);
    assert_eq!(names(&walked), [("gone", -1), ("a", 0), ("b", 1), ("c", 1)]);
    let expected = [Gap::LotUnknown { lot: 0 }, Gap::NotSealed { lot: 2 }, Gap::InNoCase { lot: 3, units: 6 }];
    assert_eq!(told.gaps, expected, "on its day a hand-over is not late");
    assert_eq!(told.used, BTreeMap::from([(Link { from: 1, to: 2 }, Used { cases: 1, units: 20 })]));
    let late = Told::of(&walked, &packed, &open, 101);
    assert!(matches!(late.gaps.last(), Some(Gap::NotReceived { lot: 3, units: 24, .. })), "{:?}", late.gaps);
    assert!(late.gaps.iter().is_sorted_by_key(Gap::lot));
}

/// Up to 20 lots, anyhow linked; lot 0 is always there.
fn anyhow() -> impl proptest::strategy::Strategy<Value = Vec<(u8, u8)>> {
    proptest::collection::vec((0..20_u8, 0..20_u8), 0..60)
}

proptest! {
    #[test]
    fn every_link_ends_at_nodes_whatever_is_linked(
        pairs in anyhow(),
        direction in prop_oneof![Just(Direction::Forward), Just(Direction::Back), Just(Direction::Both)],
        lots_max in 1..25_usize,
        steps_max in 0..6_u32,
        unknown in any::<u32>(),
        others in any::<u32>(),
    ) {
        let all: Vec<String> = (0..20).map(|number| format!("L{number}")).collect();
        let named: Vec<(&str, &str)> = pairs.iter()
            .filter_map(|(from, to)| Some((all.get(usize::from(*from))?.as_str(), all.get(usize::from(*to))?.as_str())))
            .chain([("L0", "L0")])
            .collect();
        let mut world = world(&named);
        for (number, name) in (0..20_u32).zip(&all).skip(1) {
            if unknown >> number & 1 == 1 {
                world.remove(&lot(name));
            } else if let Some(read) = world.get_mut(&lot(name)).filter(|_| others >> number & 1 == 1) {
                read.maker = member(1);
            }
        }
        for sight in [Sight::All, Sight::Of(member(0))] {
            let bounds = Bounds { lots_max, steps_max };
            let walked = walk(&world, "L0", direction, sight, bounds).expect("lot 0 is there");
            prop_assert!(walked.nodes.len() <= lots_max);
            let ids: BTreeSet<&BatchId> = walked.nodes.iter().map(|node| &node.id).collect();
            prop_assert_eq!(ids.len(), walked.nodes.len());
            for link in &walked.links {
                let ends = walked.nodes.get(link.from).zip(walked.nodes.get(link.to));
                prop_assert!(ends.is_some_and(|(from, to)| from.in_full || to.in_full));
            }
            prop_assert!(walked.nodes.iter().all(|node| node.distance.unsigned_abs() <= steps_max));
            // Without a cut, whatever a lot of the closure names is there.
            if walked.cut.is_empty() && direction == Direction::Forward {
                let named = walked.nodes.iter().filter(|node| node.in_full).filter_map(|node| node.lot.as_ref());
                prop_assert!(named.flat_map(|lot| &lot.made_into).all(|id| ids.contains(id)));
            }
            let told = Told::of(&walked, &BTreeMap::new(), &Journeys::default(), 0);
            prop_assert!(told.gaps.iter().all(|gap| gap.lot() < walked.nodes.len()));
        }
    }
}

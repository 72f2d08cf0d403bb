//! The rule over the row, one claim after the other as a store would settle them.

use super::{TRIES, kind, slot};
use crate::{Claim, Slot, Standing, Stored, Tries};
use proptest::prelude::*;

fn settle(row: &mut Stored, claim: Claim, now_ms: u64) -> Standing {
    let (after, standing) = claim.settle(*row, now_ms);
    *row = after;
    standing
}

fn advance(counter: u32) -> Claim {
    Claim::Advance { slot: slot(), counter }
}

const MISS: fn() -> Claim = || Claim::Miss { slot: slot(), tries: TRIES };
const FIRST: fn() -> Claim = || Claim::First { slot: slot(), tries: Some(TRIES) };

#[test]
fn a_counter_only_rises() {
    let mut row = Stored::default();
    // A tag that was never read begins at zero, and that is above nothing.
    assert_eq!(settle(&mut row, advance(0), 1), Standing::Fresh);
    assert_eq!(settle(&mut row, advance(0), 2), Standing::AlreadyUsed { at_ms: 1, count: 2 });
    assert_eq!(settle(&mut row, advance(9), 3), Standing::Fresh);
    assert_eq!(settle(&mut row, advance(8), 4), Standing::AlreadyUsed { at_ms: 3, count: 2 });
    assert_eq!(settle(&mut row, advance(9), 5), Standing::AlreadyUsed { at_ms: 3, count: 3 });
    assert_eq!(settle(&mut row, advance(0x00FF_FFFF), 6), Standing::Fresh);
    assert_eq!(row, Stored { highest: 0x00FF_FFFF, used_at_ms: 6, uses: 1, misses: 0, misses_since_ms: 0 });
}

#[test]
fn tries_are_counted_from_the_first_of_them_and_come_back() {
    let mut row = Stored::default();
    let left: Vec<Standing> = [10, 500, 1_009].map(|now| settle(&mut row, MISS(), now)).to_vec();
    assert_eq!(left, [2, 1, 0].map(|left| Standing::Missed { left }));
    assert_eq!(settle(&mut row, MISS(), 1_009), Standing::TriesSpent);
    assert_eq!(settle(&mut row, FIRST(), 1_009), Standing::TriesSpent);
    // A clock that went back does not give them back.
    assert_eq!(settle(&mut row, MISS(), 0), Standing::TriesSpent);
    assert_eq!(settle(&mut row, MISS(), 1_010), Standing::Missed { left: 2 });
    assert_eq!((row.misses, row.misses_since_ms), (1, 1_010));
    assert_eq!(settle(&mut row, FIRST(), 1_011), Standing::Fresh);
    assert_eq!(settle(&mut row, FIRST(), 1_012), Standing::AlreadyUsed { at_ms: 1_011, count: 2 });
    let none = Tries { misses_max: 0, per_ms: 1 };
    let guess = Claim::First { slot: slot(), tries: Some(none) };
    assert_eq!(guess.settle(Stored::default(), 0).1, Standing::TriesSpent, "no tries are no tries");
}

#[test]
fn numbers_stop_at_their_end() {
    let full = Stored { highest: u32::MAX, used_at_ms: 1, uses: u32::MAX, misses: u16::MAX, misses_since_ms: u64::MAX };
    for claim in [advance(1), FIRST(), MISS(), Claim::First { slot: slot(), tries: None }] {
        let (row, _) = claim.settle(full, u64::MAX);
        assert!(row.uses >= 1);
    }
}

#[test]
fn a_slot_is_of_its_kind_and_parts_and_nothing_else() {
    let slots = [
        Slot::of(&kind("a.b"), &[b"ab", b"c"]),
        Slot::of(&kind("a.b"), &[b"a", b"bc"]),
        Slot::of(&kind("a.b"), &[b"abc"]),
        Slot::of(&kind("a.c"), &[b"abc"]),
        Slot::of(&kind("a.b"), &[b"abc", b""]),
    ];
    for (index, one) in slots.iter().enumerate() {
        assert!(slots.iter().skip(index + 1).all(|other| other != one), "{index}");
    }
    assert_eq!(Claim::None.slot(), None);
    assert_eq!(advance(1).slot(), Some(slot()));
    // Frozen: rows outlive programs.
    assert_eq!(format!("{:?}", slot()), "Slot(e6872f0d91e985dcf924a32260f0bdbfb9fb792e155a9df5c3d6b3980d56aef9)");
}

proptest! {
    /// However readings of a tag arrive, each counter is fresh at most once, and the fresh ones rise.
    #[test]
    fn no_counter_is_fresh_twice(counters in proptest::collection::vec(0u32..12, 1..60)) {
        let (mut row, mut fresh) = (Stored::default(), Vec::new());
        for (now, counter) in (1u64..).zip(counters) {
            if settle(&mut row, advance(counter), now) == Standing::Fresh {
                fresh.push(counter);
            }
        }
        prop_assert!(fresh.is_sorted_by(|one, next| one < next), "{fresh:?}");
    }

    /// Of any tries in any order: one is first, and within any window at most as many are answered as there are.
    #[test]
    fn guesses_are_bounded(tries in proptest::collection::vec((any::<bool>(), 0u64..400), 1..80)) {
        let (mut row, mut now, mut firsts, mut misses) = (Stored::default(), 1, 0, Vec::new());
        for (right, later) in tries {
            now += later;
            match settle(&mut row, if right { FIRST() } else { MISS() }, now) {
                Standing::Fresh => firsts += 1,
                Standing::Missed { .. } => misses.push(now),
                Standing::AlreadyUsed { .. } => prop_assert_eq!(firsts, 1),
                Standing::TriesSpent => prop_assert!(misses.len() >= 3),
                other => prop_assert!(false, "{:?}", other),
            }
        }
        prop_assert!(firsts <= 1);
        // Windows begin at a miss, so two windows can meet: twice as many in a row, and never more.
        let crowded = misses.windows(7).filter(|seven| seven[6] - seven[0] < TRIES.per_ms).count();
        prop_assert_eq!(crowded, 0);
    }
}

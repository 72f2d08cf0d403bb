//! Marks: what is used up is used up once, and what is kept stays as it was kept.

use super::*;
use tracelight_api::rest::marks::{HologramOption, HologramQuestion, HologramQuestions};
use tracelight_marks::{
    Carried, Claim, Confidence, Enrolment, Item, Kind, Need, Outcome, Policy, Record, Resistance, Slot, Standing,
    Stored, Tries, Verdict, nfc, pin, reasons,
};

on_both! {
    one_of_many
    one_wrong_try_of_many_is_the_last
    rules_of_the_crate
    a_policy_is_the_one_that_was_written_last
    the_first_mark_of_an_item_stays
    outcomes_are_kept_in_their_order
}

const TRIES: Tries = Tries { misses_max: 5, per_ms: 1_000 };

fn slot(name: &str) -> Slot {
    Slot::of(&nfc::KIND, &[name.as_bytes()])
}

fn unit(serial: &str) -> UnitId {
    UnitId { gtin: Gtin::parse("06901234567892").expect("a GTIN"), serial: Serial::parse(serial).expect("a serial") }
}

async fn at_once(store: &Store, count: usize, claim: Claim) -> Vec<Standing> {
    let tasks: Vec<_> = (0..count)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { store.settle_mark(&claim, 5_000).await.expect("it is settled") })
        })
        .collect();
    let mut standings = Vec::new();
    for task in tasks {
        standings.push(task.await.expect("it does not panic"));
    }
    standings
}

/// 64 requests with the same message of a tag, and with the same PIN: one is the first.
async fn one_of_many(store: Store) {
    let advance = |counter| Claim::Advance { slot: slot("tag"), counter };
    let first = Claim::First { slot: slot("pin"), tries: Some(TRIES) };
    // A row that is not there yet, one that is, and a PIN.
    for claim in [advance(7), advance(8), first] {
        let standings = at_once(&store, 64, claim).await;
        let fresh = standings.iter().filter(|standing| **standing == Standing::Fresh).count();
        let used = |standing: &&Standing| matches!(standing, Standing::AlreadyUsed { at_ms: 5_000, .. });
        assert_eq!((fresh, standings.iter().filter(used).count()), (1, 63), "{claim:?}: {standings:?}");
    }
    assert_eq!(store.slot(slot("tag")).await.expect("it is read").highest, 8);
    assert_eq!(store.slot(slot("pin")).await.expect("it is read").uses, 64);
}

async fn one_wrong_try_of_many_is_the_last(store: Store) {
    let standings = at_once(&store, 64, Claim::Miss { slot: slot("pin"), tries: TRIES }).await;
    let missed = standings.iter().filter(|standing| matches!(standing, Standing::Missed { .. })).count();
    let spent = standings.iter().filter(|standing| **standing == Standing::TriesSpent).count();
    assert_eq!((missed, spent), (5, 59), "{standings:?}");
    let right = Claim::First { slot: slot("pin"), tries: Some(TRIES) };
    assert_eq!(store.settle_mark(&right, 5_999).await.expect("it is settled"), Standing::TriesSpent);
    assert_eq!(store.settle_mark(&right, 6_000).await.expect("it is settled"), Standing::Fresh, "they come back");
}

/// Walks through every kind of claim, beside the pure rule.
async fn rules_of_the_crate(store: Store) {
    let mut drawn = 0x9e37_79b9_u64;
    let mut next = |below: u64| {
        drawn = drawn.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (drawn >> 33) % below
    };
    let names = ["a", "b", "c"];
    let mut rows = [Stored::default(); 3];
    let mut now = 10_000;
    for step in 0..250 {
        // A clock may go back.
        now = now + next(400) - 60;
        let at = next(3) as usize;
        let slot = slot(names[at]);
        let claim = match (at, next(3)) {
            (0, _) => Claim::Advance { slot, counter: next(40) as u32 },
            (1, 0) => Claim::First { slot, tries: None },
            (_, 1) => Claim::First { slot, tries: Some(TRIES) },
            _ => Claim::Miss { slot, tries: TRIES },
        };
        let (row, standing) = claim.settle(rows[at], now);
        assert_eq!(store.settle_mark(&claim, now).await.expect("it is settled"), standing, "{step}: {claim:?}");
        assert_eq!(store.slot(slot).await.expect("it is read"), row, "{step}: {claim:?}");
        rows[at] = row;
    }
    assert_eq!(store.settle_mark(&Claim::None, now).await.expect("it is settled"), Standing::NotAsked);
}

async fn a_policy_is_the_one_that_was_written_last(store: Store) {
    let gtin = unit("A1").gtin;
    assert_eq!(store.mark_policy(gtin).await.expect("it is read"), None);
    let both = vec![
        Carried { kind: pin::KIND, need: Need::Required },
        Carried { kind: Kind::parse("acme.dna").expect("a kind"), need: Need::Optional },
    ];
    for carried in [both, Vec::new(), vec![Carried { kind: nfc::KIND, need: Need::Optional }]] {
        let policy = Policy::new(carried, 60_000, Confidence::percent(80)).expect("a policy");
        store.set_mark_policy(gtin, &policy, "maker", 7).await.expect("it is written");
        assert_eq!(store.mark_policy(gtin).await.expect("it is read"), Some(policy));
    }
}

fn mark(serial: &str, kind: &Kind, body: u8, finder: Option<&str>) -> NewMark {
    let enrolment = Enrolment::new(kind.clone(), 1, None, vec![body; 7]).expect("an enrolment");
    NewMark { unit: unit(serial), enrolment, finder: finder.map(slot) }
}

async fn the_first_mark_of_an_item_stays(store: Store) {
    let kept = |mark: NewMark| {
        let store = store.clone();
        async move { store.keep_mark(&mark, 7).await.expect("it is kept") }
    };
    let tag = |serial: &str, body| mark(serial, &nfc::KIND, body, Some(&format!("tag {body}")));
    assert_eq!(kept(tag("aB1", 1)).await, MarkKept::Stored);
    assert_eq!(kept(tag("aB1", 1)).await, MarkKept::Already);
    assert_eq!(kept(tag("aB1", 2)).await, MarkKept::Other);
    assert_eq!(kept(tag("Ab1", 1)).await, MarkKept::Taken, "one tag is on one item");
    assert_eq!(kept(tag("Ab1", 2)).await, MarkKept::Stored, "serials that differ in case are two");
    let (found, enrolment) = store.marked_unit(slot("tag 2")).await.expect("it is read").expect("it is there");
    assert_eq!((found, enrolment), (unit("Ab1"), tag("Ab1", 2).enrolment));
    assert_eq!(store.marked_unit(slot("tag 3")).await.expect("it is read"), None);

    // Marks that nothing finds do not get into each other's way.
    let pins = [mark("aB1", &pin::KIND, 1, None), mark("Ab1", &pin::KIND, 2, None)];
    assert!(store.keep_new_marks(&pins, Again::Refuse, 7).await.expect("they are kept"));
    let more = [mark("C1", &pin::KIND, 3, None), mark("aB1", &pin::KIND, 3, None)];
    assert!(!store.keep_new_marks(&more, Again::Refuse, 7).await.expect("it is asked"));
    assert_eq!(store.mark(&unit("C1"), &pin::KIND).await.expect("it is read"), None, "all of them or none");
    assert!(store.keep_new_marks(&more, Again::Replace, 7).await.expect("they are kept"));
    let now = store.mark(&unit("aB1"), &pin::KIND).await.expect("it is read").expect("it is there");
    assert_eq!(now.body(), [3; 7]);
    let serials: Vec<Serial> = ["aB1", "C1", "D1"].iter().map(|text| unit(text).serial).collect();
    let mut marked = store.marked_among(unit("C1").gtin, &serials, &pin::KIND).await.expect("they are read");
    marked.sort();
    assert_eq!(marked, [unit("C1").serial, unit("aB1").serial]);

    assert_eq!(store.marks_by_kind(unit("C1").gtin).await.expect("counted")["pin.covered"], 3);
    assert_eq!(store.hologram(unit("C1").gtin).await.expect("read"), None);
    let option = |words: &str| HologramOption { zh: words.to_owned(), en: words.to_owned() };
    let question = HologramQuestion {
        zh: "颜色".to_owned(),
        en: "Colour".to_owned(),
        options: vec![option("a"), option("b")],
        right: 1,
    };
    let asked = HologramQuestions { questions: vec![question.clone(), question], enough: 2 };
    for questions in [Some(&asked), Some(&asked), None] {
        store.set_hologram(unit("C1").gtin, questions, "maker", 7).await.expect("written");
        assert_eq!(store.hologram(unit("C1").gtin).await.expect("read").as_ref(), questions);
    }
}

async fn outcomes_are_kept_in_their_order(store: Store) {
    let item = unit("A1");
    let enrolment = mark("A1", &pin::KIND, 1, None).enrolment;
    let record = |at_ms| {
        let outcome = Outcome::new(Verdict::Suspect, Confidence::percent(30), reasons::PIN_DIFFERS);
        Record::new(Item::from(&item), &enrolment, Resistance::High, at_ms, outcome)
    };
    for at_ms in [3, 1, 2] {
        let id = *Uuid::now_v7().as_bytes();
        assert!(store.keep_outcome(id, &item, &record(at_ms)).await.expect("it is kept"));
    }
    let kept = store.mark_outcomes(&item).await.expect("they are read");
    assert_eq!(kept, [record(1), record(2), record(3)]);
    assert!(store.mark_outcomes(&unit("A2")).await.expect("they are read").is_empty());
}

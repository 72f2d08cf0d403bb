//! The eight lines of `policy.rs`: each has a case that fails when the line is gone, and properties hold over any records.

use super::{freshnesses, item, kind, outcome, verdicts};
use crate::{
    Carried, Confidence, Decision, Enrolment, Freshness, ItemVerdict, KINDS_MAX, Kind, Need, Policy, PolicyError,
    Record, Resistance, Verdict,
};
use proptest::prelude::*;

const NOW: u64 = 1_000_000;
const GOOD_FOR_MS: u64 = 60_000;

fn policy(carried: &[(&str, Need)]) -> Policy {
    let carried = carried.iter().map(|(name, need)| Carried { kind: kind(name), need: *need }).collect();
    Policy::new(carried, GOOD_FOR_MS, Confidence::percent(50)).expect("a policy")
}

/// NFC required, a hologram beside it.
fn usual() -> Policy {
    policy(&[("x.nfc", Need::Required), ("x.hologram", Need::Optional)])
}

fn record(name: &str, resistance: Resistance, verdict: Verdict, freshness: Freshness) -> Record {
    let enrolment = Enrolment::new(kind(name), 1, None, vec![]).expect("short");
    Record::new(item("A"), &enrolment, resistance, NOW, outcome(verdict, 90, freshness))
}

fn good() -> Record {
    record("x.nfc", Resistance::High, Verdict::Genuine, Freshness::Fresh)
}

fn weak(verdict: Verdict) -> Record {
    record("x.hologram", Resistance::Low, verdict, Freshness::None)
}

const USED: Freshness = Freshness::AlreadyUsed { at_ms: 1, count: 2 };

#[track_caller]
fn says(policy: &Policy, records: &[Record], verdict: ItemVerdict) -> Decision {
    let decision = policy.judge(&item("A"), records, NOW);
    assert_eq!(decision.verdict, verdict, "{decision:?}");
    // In whichever order they came.
    let turned: Vec<Record> = records.iter().rev().cloned().collect();
    assert_eq!(policy.judge(&item("A"), &turned, NOW).verdict, verdict);
    decision
}

#[test]
fn a_fresh_mark_that_cannot_be_copied_is_genuine() {
    says(&usual(), &[good()], ItemVerdict::Genuine);
    says(&usual(), &[good(), weak(Verdict::Genuine)], ItemVerdict::Genuine);
    // A hologram that could not be seen takes nothing away.
    says(&usual(), &[good(), weak(Verdict::Inconclusive)], ItemVerdict::Genuine);
}

#[test]
fn everything_that_genuine_needs_is_needed() {
    let optional = policy(&[("x.nfc", Need::Optional), ("x.hologram", Need::Optional)]);
    let one = |change: fn(&mut Record)| {
        let mut record = good();
        change(&mut record);
        [record]
    };
    says(&optional, &[good()], ItemVerdict::Genuine);
    says(&optional, &one(|r| r.resistance = Resistance::Low), ItemVerdict::Active);
    says(&optional, &one(|r| r.resistance = Resistance::None), ItemVerdict::Active);
    says(&optional, &one(|r| r.outcome = outcome(Verdict::Genuine, 90, Freshness::None)), ItemVerdict::Active);
    says(&optional, &one(|r| r.outcome = outcome(Verdict::Genuine, 49, Freshness::Fresh)), ItemVerdict::Active);
    says(&optional, &one(|r| r.outcome = outcome(Verdict::Genuine, 50, Freshness::Fresh)), ItemVerdict::Genuine);
    says(&optional, &one(|r| r.kind = kind("x.own")), ItemVerdict::Active);
    says(&optional, &one(|r| r.item = item("B")), ItemVerdict::Active);
    says(&optional, &one(|r| r.at_ms = NOW - GOOD_FOR_MS), ItemVerdict::Genuine);
    says(&optional, &one(|r| r.at_ms = NOW - GOOD_FOR_MS - 1), ItemVerdict::Active);
    says(&optional, &one(|r| r.at_ms = NOW + 1), ItemVerdict::Active);
    // Marks that can be copied, as many as you like.
    let many: Vec<Record> = (0..5).map(|_| weak(Verdict::Genuine)).collect();
    says(&optional, &many, ItemVerdict::Active);
}

#[test]
fn a_bare_code_is_active_and_what_is_missing_is_named() {
    let bare = says(&usual(), &[], ItemVerdict::Active);
    assert_eq!(bare.missing, [kind("x.nfc")]);
    assert_eq!(says(&policy(&[]), &[], ItemVerdict::Active).missing, []);
    let two = policy(&[("x.pin", Need::Required), ("x.nfc", Need::Required)]);
    let half = says(&two, &[good()], ItemVerdict::Active);
    assert_eq!(half.missing, [kind("x.pin")]);
    let pin = record("x.pin", Resistance::High, Verdict::Genuine, Freshness::Fresh);
    let whole = says(&two, &[good(), pin], ItemVerdict::Genuine);
    assert_eq!(whole.missing, []);
    // Checked in another visit is not checked.
    let old = Record { at_ms: NOW - GOOD_FOR_MS - 1, ..good() };
    assert_eq!(says(&usual(), &[old], ItemVerdict::Active).missing, [kind("x.nfc")]);
}

#[test]
fn a_required_mark_that_could_not_be_judged_is_no_good_news() {
    let two = policy(&[("x.pin", Need::Required), ("x.nfc", Need::Required)]);
    let pin = record("x.pin", Resistance::High, Verdict::Inconclusive, Freshness::None);
    let decision = says(&two, &[good(), pin], ItemVerdict::Inconclusive);
    assert_eq!(decision.missing, []);
    says(
        &usual(),
        &[record("x.nfc", Resistance::High, Verdict::Inconclusive, Freshness::None)],
        ItemVerdict::Inconclusive,
    );
    // Of an optional one alone, too.
    says(&policy(&[("x.hologram", Need::Optional)]), &[weak(Verdict::Inconclusive)], ItemVerdict::Inconclusive);
}

#[test]
fn bad_news_dominates() {
    let fake = record("x.own", Resistance::None, Verdict::Counterfeit, Freshness::None);
    says(&usual(), &[good(), fake.clone()], ItemVerdict::Counterfeit);
    says(&usual(), &[good(), weak(Verdict::Suspect)], ItemVerdict::Suspect);
    says(&usual(), &[weak(Verdict::Suspect), fake.clone()], ItemVerdict::Counterfeit);
    // It does not age, and it counts before anything is missing.
    says(&usual(), &[Record { at_ms: 0, ..fake.clone() }], ItemVerdict::Counterfeit);
    says(&usual(), &[weak(Verdict::Suspect)], ItemVerdict::Suspect);
    // Of another item it is about another item.
    says(&usual(), &[good(), Record { item: item("B"), ..fake }], ItemVerdict::Genuine);
}

#[test]
fn a_replay_dominates_everything_but_worse_news() {
    let replay = record("x.pin", Resistance::High, Verdict::Genuine, USED);
    let decision = says(&usual(), &[good(), replay.clone()], ItemVerdict::AlreadyUsed);
    assert_eq!(decision.replayed, [kind("x.pin")]);
    let own = record("x.nfc", Resistance::High, Verdict::Genuine, USED);
    says(&usual(), &[own], ItemVerdict::AlreadyUsed);
    says(&usual(), std::slice::from_ref(&replay), ItemVerdict::AlreadyUsed);
    let worse = says(&usual(), &[replay, weak(Verdict::Suspect)], ItemVerdict::Suspect);
    assert_eq!(worse.replayed, [kind("x.pin")], "it stays named");
    assert!(worse.reasons.iter().any(|(_, reason)| reason.id.as_str() == "mark.already_used"));
}

#[test]
fn what_cannot_be_a_policy() {
    let carried = |n: usize| Carried { kind: kind(&format!("x.k{n}")), need: Need::Optional };
    let new = |carried| Policy::new(carried, 1, Confidence::NONE);
    assert!(new((0..KINDS_MAX).map(carried).collect()).is_ok());
    assert_eq!(new((0..=KINDS_MAX).map(carried).collect()), Err(PolicyError::TooMany(KINDS_MAX + 1)));
    assert_eq!(new(vec![carried(1), carried(2), carried(1)]), Err(PolicyError::Twice(kind("x.k1"))));
    assert_eq!((usual().carried().len(), usual().good_for_ms()), (2, GOOD_FOR_MS));
}

fn kinds() -> impl Strategy<Value = Kind> {
    prop_oneof![Just(kind("x.nfc")), Just(kind("x.pin")), Just(kind("x.hologram")), Just(kind("x.own"))]
}

prop_compose! {
    fn any_record()(
        kind in kinds(), verdict in verdicts(), freshness in freshnesses(), percent in prop_oneof![Just(90u8), 0u8..=100],
        high in proptest::bool::weighted(0.8), recent in proptest::bool::weighted(0.8), same in proptest::bool::weighted(0.9),
    ) -> Record {
        let enrolment = Enrolment::new(kind, 1, None, vec![]).expect("short");
        let resistance = if high { Resistance::High } else { Resistance::Low };
        let at_ms = if recent { NOW - 1 } else { 0 };
        Record::new(item(if same { "A" } else { "B" }), &enrolment, resistance, at_ms, outcome(verdict, percent, freshness))
    }
}

fn policies() -> impl Strategy<Value = Policy> {
    let need = prop_oneof![Just(None), Just(Some(Need::Required)), Just(Some(Need::Optional))];
    proptest::collection::vec(need, 3).prop_map(|needs| {
        let names = ["x.nfc", "x.pin", "x.hologram"];
        policy(
            &names.into_iter().zip(needs).filter_map(|(name, need)| need.map(|need| (name, need))).collect::<Vec<_>>(),
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Everything that "genuine" promises, said a second time without the code's own words.
    #[test]
    fn genuine_promises_all_of_it(policy in policies(), records in proptest::collection::vec(any_record(), 0..6)) {
        let decision = policy.judge(&item("A"), &records, NOW);
        let ours: Vec<&Record> = records.iter().filter(|record| record.item == item("A")).collect();
        let recent = |record: &&Record| record.at_ms == NOW - 1;
        let proof = ours.iter().any(|record| {
            recent(record)
                && record.outcome.verdict() == Verdict::Genuine
                && record.outcome.freshness() == Freshness::Fresh
                && record.outcome.confidence().as_percent() >= 50
                && record.resistance == Resistance::High
                && policy.carried().iter().any(|carried| carried.kind == record.kind)
        });
        let clean = ours.iter().all(|record| {
            !matches!(record.outcome.verdict(), Verdict::Suspect | Verdict::Counterfeit)
                && !matches!(record.outcome.freshness(), Freshness::AlreadyUsed { .. })
        });
        let required = policy.carried().iter().filter(|carried| carried.need == Need::Required).all(|carried| {
            ours.iter().any(|record| {
                record.kind == carried.kind && recent(record) && record.outcome.verdict() == Verdict::Genuine
            })
        });
        prop_assert_eq!(decision.verdict == ItemVerdict::Genuine, proof && clean && required);
    }

    #[test]
    fn what_is_bad_is_told(policy in policies(), records in proptest::collection::vec(any_record(), 0..6)) {
        let decision = policy.judge(&item("A"), &records, NOW);
        let ours = || records.iter().filter(|record| record.item == item("A"));
        let any = |verdict| ours().any(|record| record.outcome.verdict() == verdict);
        prop_assert_eq!(decision.verdict == ItemVerdict::Counterfeit, any(Verdict::Counterfeit));
        if any(Verdict::Suspect) {
            prop_assert!(decision.verdict >= ItemVerdict::Suspect);
        }
        let replay = ours().any(|record| matches!(record.outcome.freshness(), Freshness::AlreadyUsed { .. }));
        prop_assert_eq!(!decision.replayed.is_empty(), replay);
        if replay {
            prop_assert!(matches!(
                decision.verdict,
                ItemVerdict::AlreadyUsed | ItemVerdict::Suspect | ItemVerdict::Counterfeit
            ));
        }
        if !decision.missing.is_empty() {
            prop_assert_ne!(decision.verdict, ItemVerdict::Genuine);
        }
    }

    /// One more record that is no good news never makes an answer good.
    #[test]
    fn inconclusive_never_helps(
        policy in policies(), records in proptest::collection::vec(any_record(), 0..5), more in any_record(),
    ) {
        let before = policy.judge(&item("A"), &records, NOW).verdict;
        if more.outcome.verdict() != Verdict::Genuine {
            let after = policy.judge(&item("A"), &[records, vec![more]].concat(), NOW).verdict;
            prop_assert!(before == ItemVerdict::Genuine || after != ItemVerdict::Genuine);
        }
    }

    #[test]
    fn inconclusive_alone_is_never_good(policy in policies(), records in proptest::collection::vec(any_record(), 0..6)) {
        let records: Vec<Record> =
            records.into_iter().filter(|record| record.outcome.verdict() == Verdict::Inconclusive).collect();
        prop_assert_ne!(policy.judge(&item("A"), &records, NOW).verdict, ItemVerdict::Genuine);
    }
}

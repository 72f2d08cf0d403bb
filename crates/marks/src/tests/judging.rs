//! The table of `check.rs`, cell by cell, and what holds in all of them.

use super::{TRIES, slot, verdicts};
use crate::hologram::HologramQuestions;
use crate::rfid::RfidTid;
use crate::{
    Claim, Confidence, Context, Enrolment, Fields, Freshness, Outcome, Reading, Registry, RegistryError, Resistance,
    Standing, Verdict, reasons,
};
use proptest::prelude::*;

fn finding(verdict: Verdict) -> Outcome {
    Outcome::new(verdict, Confidence::percent(80), reasons::NFC_FITS)
}

fn judged(claim: Claim, verdict: Verdict, standing: Standing) -> (Verdict, Freshness, String) {
    let outcome = Reading { claim, finding: finding(verdict) }.judge(standing);
    let reasons: Vec<&str> = outcome.reasons().iter().map(|reason| reason.id.as_str()).collect();
    (outcome.verdict(), outcome.freshness(), reasons.join(" "))
}

const ADVANCE: fn() -> Claim = || Claim::Advance { slot: slot(), counter: 1 };
const FIRST: fn() -> Claim = || Claim::First { slot: slot(), tries: None };
const GUESS: fn() -> Claim = || Claim::First { slot: slot(), tries: Some(TRIES) };
const MISS: fn() -> Claim = || Claim::Miss { slot: slot(), tries: TRIES };

/// Claim, finding, the store's answer; then verdict, freshness and reasons.
type Case = (fn() -> Claim, Verdict, Standing, Verdict, Freshness, &'static str);

#[test]
fn the_table_of_the_head_comment() {
    use Freshness::{Fresh, None as Old};
    use Verdict::{Counterfeit, Genuine, Inconclusive, Suspect};
    let used = Standing::AlreadyUsed { at_ms: 5, count: 2 };
    let again = Freshness::AlreadyUsed { at_ms: 5, count: 2 };
    let none = || Claim::None;
    let cases: &[Case] = &[
        (none, Genuine, Standing::NotAsked, Genuine, Old, "nfc.fits"),
        (none, Suspect, Standing::NotAsked, Suspect, Old, "nfc.fits"),
        (ADVANCE, Genuine, Standing::Fresh, Genuine, Fresh, "nfc.fits"),
        (FIRST, Genuine, Standing::Fresh, Genuine, Fresh, "nfc.fits"),
        (GUESS, Genuine, Standing::Fresh, Genuine, Fresh, "nfc.fits"),
        (ADVANCE, Suspect, Standing::Fresh, Suspect, Fresh, "nfc.fits"),
        (ADVANCE, Genuine, used, Inconclusive, again, "mark.already_used"),
        (FIRST, Genuine, used, Inconclusive, again, "mark.already_used"),
        (ADVANCE, Suspect, used, Suspect, again, "nfc.fits mark.already_used"),
        (FIRST, Counterfeit, used, Counterfeit, again, "nfc.fits mark.already_used"),
        (MISS, Suspect, Standing::Missed { left: 2 }, Suspect, Old, "nfc.fits mark.tries_left"),
        (MISS, Genuine, Standing::Missed { left: 2 }, Inconclusive, Old, "mark.tries_left"),
        (MISS, Suspect, Standing::TriesSpent, Inconclusive, Old, "mark.tries_spent"),
        (GUESS, Genuine, Standing::TriesSpent, Inconclusive, Old, "mark.tries_spent"),
        (ADVANCE, Genuine, Standing::Unavailable, Inconclusive, Old, "mark.cannot_check_now"),
        (ADVANCE, Suspect, Standing::Unavailable, Suspect, Old, "nfc.fits mark.cannot_check_now"),
        (FIRST, Inconclusive, Standing::Unavailable, Inconclusive, Old, "mark.cannot_check_now"),
        (GUESS, Genuine, Standing::Unavailable, Inconclusive, Old, "mark.cannot_check_now"),
        (MISS, Suspect, Standing::Unavailable, Inconclusive, Old, "mark.cannot_check_now"),
        (none, Genuine, Standing::Fresh, Inconclusive, Old, "mark.answer_does_not_fit"),
        (ADVANCE, Genuine, Standing::NotAsked, Inconclusive, Old, "mark.answer_does_not_fit"),
        (MISS, Suspect, Standing::Fresh, Inconclusive, Old, "mark.answer_does_not_fit"),
        (FIRST, Genuine, Standing::TriesSpent, Inconclusive, Old, "mark.answer_does_not_fit"),
        (GUESS, Genuine, Standing::Missed { left: 1 }, Inconclusive, Old, "mark.answer_does_not_fit"),
    ];
    for (claim, found, standing, verdict, freshness, why) in cases {
        let wanted = (*verdict, *freshness, (*why).to_owned());
        assert_eq!(judged(claim(), *found, *standing), wanted, "{:?} {found:?} {standing:?}", claim());
    }
}

fn claims() -> impl Strategy<Value = Claim> {
    prop_oneof![Just(Claim::None), Just(ADVANCE()), Just(FIRST()), Just(GUESS()), Just(MISS())]
}

fn standings() -> impl Strategy<Value = Standing> {
    prop_oneof![
        Just(Standing::NotAsked),
        Just(Standing::Fresh),
        Just(Standing::AlreadyUsed { at_ms: 1, count: 2 }),
        Just(Standing::Missed { left: 1 }),
        Just(Standing::TriesSpent),
        Just(Standing::Unavailable),
    ]
}

proptest! {
    #[test]
    fn good_news_is_never_made_and_freshness_only_by_the_store(
        claim in claims(), verdict in verdicts(), standing in standings(),
    ) {
        let (judged, freshness, _) = judged(claim, verdict, standing);
        if judged == Verdict::Genuine {
            prop_assert_eq!(verdict, Verdict::Genuine);
            prop_assert!(matches!(standing, Standing::Fresh | Standing::NotAsked));
        }
        prop_assert_eq!(freshness == Freshness::Fresh, standing == Standing::Fresh
            && matches!(claim, Claim::Advance { .. } | Claim::First { .. }));
    }

    /// Where answers are worth guesses, an answer without a count tells nothing of the finding.
    #[test]
    fn nothing_leaks_that_was_not_counted(one in verdicts(), other in verdicts(), standing in standings()) {
        let counted = matches!(standing, Standing::Fresh | Standing::AlreadyUsed { .. } | Standing::Missed { .. });
        if !counted {
            prop_assert_eq!(judged(GUESS(), one, standing), judged(MISS(), other, standing));
        }
    }
}

#[test]
fn an_unknown_kind_is_an_outcome_and_no_good_news() {
    let registry = Registry::new().with(Box::new(RfidTid)).and_then(|all| all.with(Box::new(HologramQuestions)));
    let registry = registry.expect("two kinds");
    let unknown = super::kind("acme.dna");
    let enrolment = Enrolment::new(unknown.clone(), 1, None, vec![1, 2, 3]).expect("short");
    let (item, evidence) = (super::item("A"), Fields::new());
    let outcome = registry.read(&enrolment, &evidence, Context { item: &item, now_ms: 0 });
    assert_eq!(outcome, Err(Outcome::inconclusive(reasons::UNKNOWN_KIND)));
    assert_eq!(registry.resistance(&unknown), Resistance::None);
    let refused = registry.enrol(&unknown, &item, &evidence, &[0; 32]);
    assert_eq!(refused, Err(RegistryError::Unknown(unknown)));
    let kinds: Vec<&str> = registry.kinds().map(crate::Kind::as_str).collect();
    assert_eq!(kinds, ["hologram.questions", "rfid.tid"]);
    assert_eq!(registry.resistance(&crate::rfid::KIND), Resistance::Low);
    let twice = registry.with(Box::new(RfidTid)).err();
    assert_eq!(twice, Some(RegistryError::Twice(crate::rfid::KIND)));
}

#[test]
fn our_kinds_are_well_formed_and_differ() {
    let ours = [crate::nfc::KIND, crate::pin::KIND, crate::rfid::KIND, crate::hologram::KIND, crate::score::KIND];
    for kind in &ours {
        assert_eq!(crate::Kind::parse(kind.as_str()).as_ref(), Ok(kind));
        assert_eq!(ours.iter().filter(|other| *other == kind).count(), 1);
    }
}

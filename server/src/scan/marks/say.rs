//! From an outcome to what the card says. Pure.

use super::visit::Visit;
use tracelight_marks::{Freshness, ItemVerdict, Outcome, ReasonId, Verdict, hologram, nfc, reasons};
use tracelight_web_ui::scan::model::MarkFound;

/// What the card says of a visit; `None` of a good mark that the product does not carry, or that is not sure enough.
pub(super) fn found(visit: &Visit) -> Option<MarkFound> {
    let outcome = &visit.record.outcome;
    if visit.record.kind == hologram::KIND {
        return Some(of_hologram(outcome));
    }
    let is_tag = visit.record.kind == nfc::KIND;
    // Good news as the policy has it. A kind that is still to be checked takes nothing from this mark's own.
    let good = matches!(visit.decision.verdict, ItemVerdict::Genuine)
        || (visit.decision.verdict == ItemVerdict::Active && !visit.decision.missing.is_empty());
    match (outcome.verdict(), outcome.freshness()) {
        (Verdict::Genuine, Freshness::Fresh) if !good => None,
        (Verdict::Genuine, Freshness::Fresh) => Some(if is_tag { MarkFound::TagFresh } else { MarkFound::PinFirst }),
        (Verdict::Suspect | Verdict::Counterfeit, _) if is_tag => {
            let opened = has(outcome, &reasons::NFC_OPENED);
            Some(if opened { MarkFound::TagOpened } else { MarkFound::TagDiffers })
        }
        (Verdict::Suspect | Verdict::Counterfeit, _) => Some(MarkFound::PinDiffers { left: tries_left(outcome) }),
        (_, Freshness::AlreadyUsed { at_ms, count }) => {
            let at_ms = i64::try_from(at_ms).unwrap_or(i64::MAX);
            Some(if is_tag { MarkFound::TagUsed { at_ms } } else { MarkFound::PinBefore { at_ms, count } })
        }
        _ if has(outcome, &reasons::TRIES_SPENT) => Some(MarkFound::PinSpent),
        _ if is_tag && !is_ours(outcome) => Some(MarkFound::TagUnreadable),
        _ => Some(MarkFound::NotNow),
    }
}

/// Looks alone are never good news: they find crude copies and nothing else.
fn of_hologram(outcome: &Outcome) -> MarkFound {
    match outcome.verdict() {
        Verdict::Genuine => MarkFound::HologramFits,
        Verdict::Suspect | Verdict::Counterfeit => MarkFound::HologramDiffers,
        Verdict::Inconclusive if is_ours(outcome) => MarkFound::NotNow,
        Verdict::Inconclusive => MarkFound::HologramOpen,
    }
}

fn has(outcome: &Outcome, id: &ReasonId) -> bool {
    outcome.reasons().iter().any(|reason| reason.id == *id)
}

/// Is it our fault that nothing can be said?
fn is_ours(outcome: &Outcome) -> bool {
    [
        reasons::CANNOT_CHECK_NOW,
        reasons::ANSWER_DOES_NOT_FIT,
        reasons::KEY_MISSING,
        reasons::ENROLMENT_UNREADABLE,
        reasons::UNKNOWN_KIND,
    ]
    .iter()
    .any(|id| has(outcome, id))
}

fn tries_left(outcome: &Outcome) -> u32 {
    let left = outcome.reasons().iter().find(|reason| reason.id == reasons::TRIES_LEFT);
    left.and_then(|reason| reason.number).and_then(|left| u32::try_from(left).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracelight_domain::gs1::{Gtin, Serial};
    use tracelight_domain::ids::UnitId;
    use tracelight_marks::{
        Carried, Claim, Confidence, Enrolment, Item, Kind, Need, Policy, Reading, Record, Resistance, Slot, Standing,
        pin,
    };

    fn said_of(kind: &Kind, carried: &[Carried], outcome: Outcome) -> Option<MarkFound> {
        let serial = Serial::parse("A1").expect("a serial");
        let item = Item::from(&UnitId { gtin: Gtin::parse("06901234567892").expect("a GTIN"), serial });
        let enrolment = Enrolment::new(kind.clone(), 1, None, vec![0; 7]).expect("an enrolment");
        let record = Record::new(item, &enrolment, Resistance::High, 5, outcome);
        let policy = Policy::new(carried.to_vec(), 60_000, crate::marks::CONFIDENCE_MIN).expect("a policy");
        let decision = policy.judge(&record.item, std::slice::from_ref(&record), 5);
        found(&Visit { record, decision })
    }

    fn carries(kind: &Kind, need: Need) -> Vec<Carried> {
        vec![Carried { kind: kind.clone(), need }]
    }

    #[test]
    fn what_is_not_good_has_its_own_word_and_a_fault_of_ours_is_none_of_the_mark() {
        let (tag, pin) = (&nfc::KIND, &pin::KIND);
        let bad = |verdict, reason: ReasonId| Outcome::new(verdict, Confidence::percent(90), reason);
        for (kind, outcome, expected) in [
            (tag, bad(Verdict::Suspect, reasons::NFC_OPENED), MarkFound::TagOpened),
            (tag, bad(Verdict::Suspect, reasons::NFC_OTHER_TAG), MarkFound::TagDiffers),
            (tag, bad(Verdict::Counterfeit, reasons::NFC_MAC_DIFFERS), MarkFound::TagDiffers),
            (tag, Outcome::inconclusive(reasons::NFC_LRP), MarkFound::TagUnreadable),
            (tag, Outcome::inconclusive(reasons::KEY_MISSING), MarkFound::NotNow),
            (tag, Outcome::inconclusive(reasons::CANNOT_CHECK_NOW), MarkFound::NotNow),
            (pin, Outcome::inconclusive(reasons::TRIES_SPENT), MarkFound::PinSpent),
            (pin, Outcome::inconclusive(reasons::CANNOT_CHECK_NOW), MarkFound::NotNow),
            (pin, bad(Verdict::Suspect, reasons::PIN_DIFFERS), MarkFound::PinDiffers { left: 0 }),
        ] {
            // Bad news counts of a kind that the product does not carry, too.
            for carried in [carries(kind, Need::Optional), Vec::new()] {
                assert_eq!(said_of(kind, &carried, outcome.clone()), Some(expected), "{outcome:?}");
            }
        }
    }

    #[test]
    fn good_news_is_for_what_the_product_carries_and_what_the_store_has_settled() {
        let (tag, slot) = (&nfc::KIND, Slot::of(&nfc::KIND, &[b"x"]));
        let judged = |percent, standing| {
            let finding = Outcome::new(Verdict::Genuine, Confidence::percent(percent), reasons::NFC_FITS);
            Reading { claim: Claim::Advance { slot, counter: 1 }, finding }.judge(standing)
        };
        let both = [carries(tag, Need::Required), carries(&pin::KIND, Need::Required)].concat();
        for carried in [carries(tag, Need::Optional), carries(tag, Need::Required), both] {
            let fresh = said_of(tag, &carried, judged(99, Standing::Fresh));
            assert_eq!(fresh, Some(MarkFound::TagFresh), "{carried:?}");
        }
        assert_eq!(said_of(tag, &[], judged(99, Standing::Fresh)), None);
        assert_eq!(said_of(tag, &carries(tag, Need::Optional), judged(10, Standing::Fresh)), None, "not sure enough");
        let used = judged(99, Standing::AlreadyUsed { at_ms: 3, count: 2 });
        assert_eq!(said_of(tag, &carries(tag, Need::Required), used), Some(MarkFound::TagUsed { at_ms: 3 }));
        let unsettled = judged(99, Standing::Unavailable);
        assert_eq!(said_of(tag, &carries(tag, Need::Required), unsettled), Some(MarkFound::NotNow));
    }
}

//! From an outcome to what the card says. Pure.

use super::visit::Visit;
use tracelight_marks::{Freshness, ItemVerdict, Outcome, ReasonId, Verdict, nfc, reasons};
use tracelight_web_ui::scan::model::MarkFound;

/// What the card says of a visit; `None` of a good mark that the product does not carry, or that is not sure enough.
pub(super) fn found(visit: &Visit) -> Option<MarkFound> {
    let outcome = &visit.record.outcome;
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

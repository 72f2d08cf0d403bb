//! The answer to a scan: twelve verdicts, and the one function that chooses between them.
//!
//! The order of precedence is the product's promise (`design.md` 10): an outage is never "fake", a recall outranks every
//! good answer, and absence of evidence never reads as good news.
//!
//! ```text
//! cannot check > unknown > false code > recalled > stolen > decommissioned > expired > not activated
//!              > sold or dispensed > suspicious > checked before > first check
//! ```

use crate::gs1::Date;
use crate::state::UnitStatus;

/// What a shopper is told. One page, one shape, one word and one next action each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Active code, nobody has checked it before.
    FirstCheck,
    /// Active code that somebody has checked before.
    CheckedBefore,
    /// The pattern of checks looks like a copied code.
    Suspicious,
    /// The batch is recalled.
    Recalled,
    /// The expiry date has passed.
    Expired,
    /// The code exists but its batch is not sealed, or the pack was not commissioned.
    NotActivated,
    /// The pack was sold or dispensed already.
    SoldOrDispensed,
    /// The code was taken out of use (sampled, destroyed, exported).
    Decommissioned,
    /// The pack was reported stolen.
    Stolen,
    /// No member has issued this code.
    UnknownCode,
    /// The batch is real, but its sealed root does not hold this code.
    BadSignature,
    /// An outage on our side. Says nothing about the pack.
    CannotCheckNow,
}

impl Verdict {
    /// Every verdict, in the order of the enum.
    pub const ALL: [Self; 12] = [
        Self::FirstCheck,
        Self::CheckedBefore,
        Self::Suspicious,
        Self::Recalled,
        Self::Expired,
        Self::NotActivated,
        Self::SoldOrDispensed,
        Self::Decommissioned,
        Self::Stolen,
        Self::UnknownCode,
        Self::BadSignature,
        Self::CannotCheckNow,
    ];

    /// The stable name used in the API, in metrics and in tests.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::FirstCheck => "first_check",
            Self::CheckedBefore => "checked_before",
            Self::Suspicious => "suspicious",
            Self::Recalled => "recalled",
            Self::Expired => "expired",
            Self::NotActivated => "not_activated",
            Self::SoldOrDispensed => "sold_or_dispensed",
            Self::Decommissioned => "decommissioned",
            Self::Stolen => "stolen",
            Self::UnknownCode => "unknown_code",
            Self::BadSignature => "bad_signature",
            Self::CannotCheckNow => "cannot_check_now",
        }
    }
}

/// What the network knows about a scanned code. Built by the server from verified facts, or by the phone from a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodeKnowledge {
    /// A part that is needed for an answer did not answer.
    Unavailable,
    /// No member issued the code.
    Unknown,
    /// Issued by a member, but not (yet) in a sealed batch.
    NotSealed,
    /// The code names a sealed batch whose root does not contain it.
    NotInBatch,
    /// The code is a leaf of a sealed batch.
    Sealed(SealedFacts),
}

/// Facts about a pack whose code is under a sealed root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedFacts {
    /// Is a recall in force for its batch?
    pub recalled: bool,
    /// Expiry as printed; day 0 means the end of the month.
    pub expires_on: Date,
    /// What happened to this single pack.
    pub unit: UnitStatus,
    /// Consumer checks that counted before this one.
    pub earlier_checks: u32,
    /// A risk rule has spoken.
    pub suspicious: bool,
}

/// Chooses the verdict. `today` is in days since 1970-01-01, in the market's own calendar day.
#[must_use]
pub fn judge(knowledge: &CodeKnowledge, today: i64) -> Verdict {
    let facts = match knowledge {
        CodeKnowledge::Unavailable => return Verdict::CannotCheckNow,
        CodeKnowledge::Unknown => return Verdict::UnknownCode,
        CodeKnowledge::NotSealed => return Verdict::NotActivated,
        CodeKnowledge::NotInBatch => return Verdict::BadSignature,
        CodeKnowledge::Sealed(facts) => facts,
    };
    if facts.recalled {
        return Verdict::Recalled;
    }
    match facts.unit {
        UnitStatus::Stolen => return Verdict::Stolen,
        UnitStatus::Sampled | UnitStatus::Destroyed | UnitStatus::Exported => return Verdict::Decommissioned,
        UnitStatus::Active | UnitStatus::Dispensed | UnitStatus::Sold => {}
    }
    if facts.expires_on.to_days() < today {
        return Verdict::Expired;
    }
    if matches!(facts.unit, UnitStatus::Dispensed | UnitStatus::Sold) {
        return Verdict::SoldOrDispensed;
    }
    if facts.suspicious {
        return Verdict::Suspicious;
    }
    if facts.earlier_checks > 0 { Verdict::CheckedBefore } else { Verdict::FirstCheck }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(change: impl FnOnce(&mut SealedFacts)) -> CodeKnowledge {
        let mut facts = SealedFacts {
            recalled: false,
            expires_on: Date::parse_iso("2027-10").expect("a valid month"),
            unit: UnitStatus::Active,
            earlier_checks: 0,
            suspicious: false,
        };
        change(&mut facts);
        CodeKnowledge::Sealed(facts)
    }

    fn day(iso: &str) -> i64 {
        Date::parse_iso(iso).expect("a valid date").to_days()
    }

    #[test]
    fn a_recall_outranks_everything_that_is_known_of_a_pack() {
        let all_at_once = sealed(|f| {
            f.recalled = true;
            f.unit = UnitStatus::Dispensed;
            f.suspicious = true;
            f.earlier_checks = 9;
        });
        assert_eq!(judge(&all_at_once, day("2030-01-01")), Verdict::Recalled);
    }

    #[test]
    fn an_expiry_month_without_a_day_lasts_to_its_last_day() {
        assert_eq!(judge(&sealed(|_| ()), day("2027-10-31")), Verdict::FirstCheck);
        assert_eq!(judge(&sealed(|_| ()), day("2027-11-01")), Verdict::Expired);
    }

    #[test]
    fn absence_of_evidence_is_never_good_news() {
        for (knowledge, verdict) in [
            (CodeKnowledge::Unavailable, Verdict::CannotCheckNow),
            (CodeKnowledge::Unknown, Verdict::UnknownCode),
            (CodeKnowledge::NotSealed, Verdict::NotActivated),
            (CodeKnowledge::NotInBatch, Verdict::BadSignature),
        ] {
            assert_eq!(judge(&knowledge, 0), verdict);
        }
    }

    #[test]
    fn each_unit_state_has_its_own_answer() {
        let today = day("2026-11-22");
        for (unit, verdict) in [
            (UnitStatus::Active, Verdict::FirstCheck),
            (UnitStatus::Dispensed, Verdict::SoldOrDispensed),
            (UnitStatus::Sold, Verdict::SoldOrDispensed),
            (UnitStatus::Sampled, Verdict::Decommissioned),
            (UnitStatus::Destroyed, Verdict::Decommissioned),
            (UnitStatus::Exported, Verdict::Decommissioned),
            (UnitStatus::Stolen, Verdict::Stolen),
        ] {
            assert_eq!(judge(&sealed(|f| f.unit = unit), today), verdict);
        }
        assert_eq!(judge(&sealed(|f| f.earlier_checks = 1), today), Verdict::CheckedBefore);
        assert_eq!(
            judge(
                &sealed(|f| {
                    f.earlier_checks = 1;
                    f.suspicious = true;
                }),
                today
            ),
            Verdict::Suspicious
        );
    }
}

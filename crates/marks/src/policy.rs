//! Per product: which marks an item carries, which are required, and what may be said of the item.
//!
//! The first line that holds decides:
//!
//! ```text
//! 1 any outcome is Counterfeit                                      -> Counterfeit
//! 2 any outcome is Suspect                                          -> Suspect
//! 3 any outcome is of something used before                         -> AlreadyUsed
//! 4 a required kind was checked and not found good                  -> Inconclusive
//! 5 a required kind was not checked                                 -> Active, and the kind is named
//! 6 a carried kind is Genuine, fresh, recent, sure enough, High     -> Genuine
//! 7 any outcome is Inconclusive                                     -> Inconclusive
//! 8 otherwise: a bare code, or marks that can be copied             -> Active
//! ```
//! Bad news counts of every kind, good news only of kinds that the product carries: whoever makes copies adds what they can
//! pass. Good news is for the visit it was earned in, so it ages ([`Policy::good_for_ms`]); bad news does not. A replay
//! stands above everything but worse news, and stays named in [`Decision::replayed`] below that.
//! Several records of one kind are several outcomes. After "tap again" or "type it again" the caller hands in the newest
//! record of that kind alone.

use crate::check::{Item, Resistance};
use crate::names::Kind;
use crate::outcome::{Confidence, Freshness, Reason, Verdict};
use crate::record::Record;
use thiserror::Error;

/// Kinds that a product can carry.
pub const KINDS_MAX: usize = 16;

/// What may be said of the item, by its marks. The ledger's own answers (recalled, expired, ...) outrank these where they are
/// worse; that is the caller's to weigh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ItemVerdict {
    /// A mark that cannot be copied was fresh and right.
    Genuine,
    /// The code is what can be spoken of; nothing proves that this item is the one.
    Active,
    /// A one-time mark had been used before this visit.
    AlreadyUsed,
    /// A mark could not be judged.
    Inconclusive,
    /// Something does not fit.
    Suspect,
    /// Proven to be no true item.
    Counterfeit,
}

impl ItemVerdict {
    /// Its stable name for programs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Genuine => "genuine",
            Self::Active => "active",
            Self::AlreadyUsed => "already_used",
            Self::Inconclusive => "inconclusive",
            Self::Suspect => "suspect",
            Self::Counterfeit => "counterfeit",
        }
    }
}

/// Must a kind be checked before anything good is said?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Yes.
    Required,
    /// It helps.
    Optional,
}

/// A kind that the product carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    /// The kind.
    pub kind: Kind,
    /// Must it be checked?
    pub need: Need,
}

/// Why a policy cannot be.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PolicyError {
    /// More than [`KINDS_MAX`].
    #[error("a product of {0} kinds of marks, expected at most {KINDS_MAX}")]
    TooMany(usize),
    /// A kind twice.
    #[error("kind `{0}` is there twice")]
    Twice(Kind),
}

/// The policy of a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    carried: Vec<Carried>,
    good_for_ms: u64,
    confidence_min: Confidence,
}

/// What may be said of an item, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The word.
    pub verdict: ItemVerdict,
    /// Required kinds that were not checked in this visit, in the policy's order.
    pub missing: Vec<Kind>,
    /// Kinds of which something was shown that had been used before.
    pub replayed: Vec<Kind>,
    /// The reasons of every outcome that was weighed.
    pub reasons: Vec<(Kind, Reason)>,
}

impl Policy {
    /// A policy. Good news counts for `good_for_ms` milliseconds after its check, and only from `confidence_min` on.
    ///
    /// # Errors
    /// [`PolicyError`].
    pub fn new(carried: Vec<Carried>, good_for_ms: u64, confidence_min: Confidence) -> Result<Self, PolicyError> {
        if carried.len() > KINDS_MAX {
            return Err(PolicyError::TooMany(carried.len()));
        }
        for (index, one) in carried.iter().enumerate() {
            if carried.iter().skip(index + 1).any(|other| other.kind == one.kind) {
                return Err(PolicyError::Twice(one.kind.clone()));
            }
        }
        Ok(Self { carried, good_for_ms, confidence_min })
    }

    /// The kinds that the product carries.
    #[must_use]
    pub fn carried(&self) -> &[Carried] {
        &self.carried
    }

    /// How long good news counts, milliseconds.
    #[must_use]
    pub const fn good_for_ms(&self) -> u64 {
        self.good_for_ms
    }

    /// How sure a check has to be for its good news to count.
    #[must_use]
    pub const fn confidence_min(&self) -> Confidence {
        self.confidence_min
    }

    /// Puts the outcomes of one visit together. Records of other items are about other items and are not weighed.
    #[must_use]
    pub fn judge(&self, item: &Item, records: &[Record], now_ms: u64) -> Decision {
        let records: Vec<&Record> = records.iter().filter(|record| record.item == *item).collect();
        let required = || self.carried.iter().filter(|carried| carried.need == Need::Required);
        let of = |kind: &Kind| records.iter().filter(move |record| record.kind == *kind).collect::<Vec<_>>();
        let missing: Vec<Kind> = required()
            .filter(|carried| of(&carried.kind).iter().all(|record| self.too_old(record, now_ms)))
            .map(|carried| carried.kind.clone())
            .collect();
        let unmet = required().any(|carried| {
            let checked = of(&carried.kind);
            !missing.contains(&carried.kind) && !checked.iter().any(|record| self.is_good(record, now_ms))
        });
        let any = |verdict| records.iter().any(|record| record.outcome.verdict() == verdict);
        let replayed: Vec<Kind> =
            records.iter().filter(|record| is_replay(record)).map(|record| record.kind.clone()).collect();
        let verdict = if any(Verdict::Counterfeit) {
            ItemVerdict::Counterfeit
        } else if any(Verdict::Suspect) {
            ItemVerdict::Suspect
        } else if !replayed.is_empty() {
            ItemVerdict::AlreadyUsed
        } else if unmet {
            ItemVerdict::Inconclusive
        } else if !missing.is_empty() {
            ItemVerdict::Active
        } else if records.iter().any(|record| self.carries_genuine(record, now_ms)) {
            ItemVerdict::Genuine
        } else if any(Verdict::Inconclusive) {
            ItemVerdict::Inconclusive
        } else {
            ItemVerdict::Active
        };
        let reasons = records
            .iter()
            .flat_map(|record| record.outcome.reasons().iter().map(|reason| (record.kind.clone(), reason.clone())));
        Decision { verdict, missing, replayed, reasons: reasons.collect() }
    }

    /// Is the record of another visit? One from the future is, too: somebody's clock is wrong.
    const fn too_old(&self, record: &Record, now_ms: u64) -> bool {
        record.at_ms > now_ms || now_ms - record.at_ms > self.good_for_ms
    }

    fn is_good(&self, record: &Record, now_ms: u64) -> bool {
        record.outcome.verdict() == Verdict::Genuine && !self.too_old(record, now_ms)
    }

    fn carries_genuine(&self, record: &Record, now_ms: u64) -> bool {
        self.is_good(record, now_ms)
            && record.resistance == Resistance::High
            && record.outcome.freshness() == Freshness::Fresh
            && record.outcome.confidence() >= self.confidence_min
            && self.carried.iter().any(|carried| carried.kind == record.kind)
    }
}

const fn is_replay(record: &Record) -> bool {
    matches!(record.outcome.freshness(), Freshness::AlreadyUsed { .. })
}

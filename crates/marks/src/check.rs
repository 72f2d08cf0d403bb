//! The trait of a kind, and the one rule of freshness.
//!
//! A kind says what its evidence is worth *if* the store grants what it claims; it cannot say that the store did. That is
//! [`Reading::judge`], the same for every kind:
//!
//! | the store says | an outcome that was Genuine | Suspect or Counterfeit |
//! |---|---|---|
//! | nothing was asked | stays, and is never fresh | stays |
//! | fresh | Genuine, fresh | stays, fresh |
//! | already used | Inconclusive, already used: a reload is no fake, and no good news | stays, already used |
//! | a wrong try was counted | (does not happen) | stays, with the tries left |
//! | tries are spent | Inconclusive; right and wrong tries look the same | the same |
//! | did not answer, or answered something else | Inconclusive | stays, unless tries are counted: then Inconclusive |

use crate::bytes::DecodeError;
use crate::claim::{Claim, Standing};
use crate::enrolment::Enrolment;
use crate::fields::{FieldError, Fields};
use crate::names::{KeyId, Kind};
use crate::outcome::{Freshness, Outcome, Reason, Verdict};
use crate::reasons;
use std::fmt;
use thiserror::Error;
use tracelight_domain::china::DrugCode;
use tracelight_domain::ids::UnitId;

/// Bytes of an item's name. GTIN and serial take 38.
const ITEM_BYTES_MAX: usize = 128;

/// Why a text is no item's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("an item's name of {bytes} bytes, expected 1 to {ITEM_BYTES_MAX}")]
pub struct ItemError {
    /// Its bytes.
    pub bytes: usize,
}

/// Which item: the code on it in its canonical text, compared byte for byte.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Item(String);

impl Item {
    /// An item of a family that has no type here; the text is its canonical code.
    ///
    /// # Errors
    /// [`ItemError`].
    pub fn parse(text: &str) -> Result<Self, ItemError> {
        if text.is_empty() || text.len() > ITEM_BYTES_MAX {
            return Err(ItemError { bytes: text.len() });
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&UnitId> for Item {
    fn from(unit: &UnitId) -> Self {
        Self(unit.to_string())
    }
}

impl From<&DrugCode> for Item {
    fn from(code: &DrugCode) -> Self {
        Self(code.as_str().to_owned())
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How hard the mark is to copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resistance {
    /// A scanner and a printer copy it, as they do a plain code.
    None,
    /// Copies take means that a counterfeiter of drugs has. Supports an answer, cannot carry it.
    Low,
    /// Copies take the key, or the item itself. Fresh and good, it can carry "genuine".
    High,
}

/// What a check is made in.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The item whose code was shown.
    pub item: &'a Item,
    /// Now, milliseconds since 1970.
    pub now_ms: u64,
}

/// Why a mark cannot be enrolled. For the people at the line, not for shoppers.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EnrolError {
    /// A field of the reference.
    #[error("the reference cannot be enrolled: {0}")]
    Field(#[from] FieldError),
    /// A value that such a mark cannot have.
    #[error("the reference cannot be enrolled: {field} is not {expected}")]
    Value {
        /// Which.
        field: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// The key that the reference names is not here.
    #[error("there is no key `{0}` here. Hint: is it in the server's key files?")]
    NoKey(KeyId),
    /// Too large to store.
    #[error("the reference cannot be enrolled: {0}")]
    TooLarge(#[from] DecodeError),
}

/// What evidence says, before the store has settled its claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// What the store has to settle first.
    pub claim: Claim,
    /// What the outcome is if it grants it.
    pub finding: Outcome,
}

/// A kind of mark.
pub trait Check: Send + Sync {
    /// Which kind; the same in every call.
    fn kind(&self) -> Kind;

    /// How hard marks of this kind are to copy.
    fn resistance(&self) -> Resistance;

    /// What to keep of a mark, made at the line. `random` is used up: never the same bytes twice.
    ///
    /// # Errors
    /// [`EnrolError`].
    fn enrol(&self, item: &Item, reference: &Fields, random: &[u8; 32]) -> Result<Enrolment, EnrolError>;

    /// Reads evidence, which is any stranger's. Pure, and tells nothing to anybody until the claim is settled.
    ///
    /// # Errors
    /// The outcome at once, when there is nothing to settle: the evidence or the enrolment cannot be read.
    fn read(&self, enrolment: &Enrolment, evidence: &Fields, context: Context<'_>) -> Result<Reading, Outcome>;
}

impl Reading {
    /// A finding that claims nothing.
    #[must_use]
    pub const fn of(finding: Outcome) -> Self {
        Self { claim: Claim::None, finding }
    }

    /// The outcome, with the store's answer to the claim: the table above.
    #[must_use]
    pub fn judge(self, standing: Standing) -> Outcome {
        let Self { claim, finding } = self;
        match (claim, standing) {
            (Claim::None, Standing::NotAsked) => finding,
            (Claim::Advance { .. } | Claim::First { .. }, Standing::Fresh) => finding.with_freshness(Freshness::Fresh),
            (Claim::Advance { .. } | Claim::First { .. }, Standing::AlreadyUsed { at_ms, count }) => finding
                .not_genuine()
                .because(Reason { id: reasons::ALREADY_USED, number: Some(u64::from(count)) })
                .with_freshness(Freshness::AlreadyUsed { at_ms, count }),
            // A finding behind a wrong try is no good news, whatever the kind says.
            (Claim::Miss { .. }, Standing::Missed { left }) => {
                finding.not_genuine().because(Reason { id: reasons::TRIES_LEFT, number: Some(u64::from(left)) })
            }
            (claim, Standing::TriesSpent) if claim.counts_tries() => Outcome::inconclusive(reasons::TRIES_SPENT),
            (claim, Standing::Unavailable) => unsettled(claim, finding, Reason::from(reasons::CANNOT_CHECK_NOW)),
            (claim, _) => unsettled(claim, finding, Reason::from(reasons::ANSWER_DOES_NOT_FIT)),
        }
    }
}

/// The claim was not settled. Where answers are worth guesses none is given, or whoever keeps the store from answering may
/// guess without end.
fn unsettled(claim: Claim, finding: Outcome, reason: Reason) -> Outcome {
    if claim.counts_tries() || finding.verdict() == Verdict::Inconclusive {
        return Outcome::inconclusive(reason);
    }
    finding.not_genuine().because(reason)
}

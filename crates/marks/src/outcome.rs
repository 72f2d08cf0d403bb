//! What one check of one mark says.

use crate::names::ReasonId;

/// Reasons of one outcome; more are dropped, the first ones weigh most.
pub const REASONS_MAX: usize = 8;

/// The word. It is about the mark and this visit, and never about the item alone: that is [`crate::Decision`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// The mark is what it should be.
    Genuine,
    /// Something does not fit, and there may be a harmless cause.
    Suspect,
    /// Proven: no true item shows this.
    Counterfeit,
    /// Nothing can be said: unreadable, unknown, or out of order on our side. Never good news, and never "fake".
    Inconclusive,
}

impl Verdict {
    /// Its stable name for programs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Genuine => "genuine",
            Self::Suspect => "suspect",
            Self::Counterfeit => "counterfeit",
            Self::Inconclusive => "inconclusive",
        }
    }
}

/// How sure the check is of its word, percent. Written down by the kind, not measured in the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Confidence(u8);

impl Confidence {
    /// Nothing is claimed.
    pub const NONE: Self = Self(0);

    /// So many percent; more than 100 is 100.
    #[must_use]
    pub const fn percent(percent: u8) -> Self {
        if percent > 100 { Self(100) } else { Self(percent) }
    }

    /// Percent, 0 to 100.
    #[must_use]
    pub const fn as_percent(self) -> u8 {
        self.0
    }
}

/// Was something used up that can be used once only?
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Freshness {
    /// Nothing of the sort. The same evidence could have been copied or sent before.
    None,
    /// Used up by this check, for the first time.
    Fresh,
    /// It had been used already. A reload does this too, so it is no accusation; it is not good news either.
    AlreadyUsed {
        /// When it was used, milliseconds since 1970.
        at_ms: u64,
        /// How often it was shown by now, this time included.
        count: u32,
    },
}

/// A reason, for the text catalogue.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reason {
    /// Which.
    pub id: ReasonId,
    /// The number in its text, if it has one; the reason's own description says of what.
    pub number: Option<u64>,
}

impl From<ReasonId> for Reason {
    fn from(id: ReasonId) -> Self {
        Self { id, number: None }
    }
}

/// What one check says.
///
/// A kind makes outcomes with [`Outcome::new`], and those are never fresh. Only [`crate::Reading::judge`], which has the
/// store's answer in hand, says [`Freshness::Fresh`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    verdict: Verdict,
    confidence: Confidence,
    freshness: Freshness,
    reasons: Vec<Reason>,
}

impl Outcome {
    /// An outcome with its first reason.
    #[must_use]
    pub fn new(verdict: Verdict, confidence: Confidence, reason: impl Into<Reason>) -> Self {
        Self { verdict, confidence, freshness: Freshness::None, reasons: vec![reason.into()] }
    }

    /// Nothing can be said, for this reason.
    #[must_use]
    pub fn inconclusive(reason: impl Into<Reason>) -> Self {
        Self::new(Verdict::Inconclusive, Confidence::NONE, reason)
    }

    /// With one more reason, up to [`REASONS_MAX`].
    #[must_use]
    pub fn because(mut self, reason: impl Into<Reason>) -> Self {
        if self.reasons.len() < REASONS_MAX {
            self.reasons.push(reason.into());
        }
        self
    }

    pub(crate) fn with_freshness(mut self, freshness: Freshness) -> Self {
        self.freshness = freshness;
        self
    }

    /// What may be left of it when its evidence was not used up just now: everything but good news.
    pub(crate) fn not_genuine(mut self) -> Self {
        if self.verdict == Verdict::Genuine {
            self.verdict = Verdict::Inconclusive;
            self.confidence = Confidence::NONE;
            // That it fits was good news; what follows says why it is not.
            self.reasons.clear();
        }
        self
    }

    /// The word.
    #[must_use]
    pub const fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// How sure.
    #[must_use]
    pub const fn confidence(&self) -> Confidence {
        self.confidence
    }

    /// Was a one-time thing used up?
    #[must_use]
    pub const fn freshness(&self) -> Freshness {
        self.freshness
    }

    /// Why, weightiest first; never empty, at most [`REASONS_MAX`].
    #[must_use]
    pub fn reasons(&self) -> &[Reason] {
        &self.reasons
    }
}

//! The only state of a check, and what has to happen to it at once.
//!
//! A reading may need something that only one of two simultaneous checks may get: the next value of a counter, the first
//! showing of a PIN, one of the wrong tries that are left. It names that as a [`Claim`]; the caller's store settles it in
//! **one atomic statement** on the row of the claim's [`Slot`], and answers with a [`Standing`]:
//!
//! ```text
//! Advance  UPDATE … SET highest = :counter, used_at = :now, uses = 1          WHERE slot = :slot AND highest < :counter
//! First    UPDATE … SET used_at = :now, uses = 1                              WHERE slot = :slot AND uses = 0 AND tries are left
//! Miss     UPDATE … SET misses = misses + 1                                   WHERE slot = :slot AND tries are left
//! ```
//! [`Claim::settle`] is the exact rule as a pure function over the row. A store may carry it out in statements like these,
//! or read the row, call the function and write back only if the row is unchanged (again otherwise); the tests of both are
//! this function. To read, decide and write without that condition lets two copies be first.

use sha2::{Digest as _, Sha256};
use std::fmt;

const SLOT: &[u8] = b"tracelight/mark-slot/v1";

/// The row that a claim is about: a hash, so that it says nothing of the PIN, tag or item behind it to who reads the table.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot([u8; 32]);

impl Slot {
    /// The row for these parts of a kind, whatever their lengths.
    #[must_use]
    pub fn of(kind: &crate::Kind, parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        hash.update(SLOT);
        for part in std::iter::once(kind.as_str().as_bytes()).chain(parts.iter().copied()) {
            // The length in front keeps ("ab", "c") and ("a", "bc") apart.
            hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }

    /// The key of the row.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Slot({})", tracelight_domain::ids::Hash(self.0))
    }
}

/// How many wrong tries there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tries {
    /// Wrong tries within the time below, after which nothing is answered any more.
    pub misses_max: u16,
    /// The time, milliseconds, counted from the first of them. Long enough that guessing does not pay; finite, because
    /// anybody can spend the tries of a pack whose code they have seen.
    pub per_ms: u64,
}

/// What the store has to settle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Nothing.
    None,
    /// A counter that only rises: this value is used up if it is above every earlier one.
    Advance {
        /// The row.
        slot: Slot,
        /// The value that was shown.
        counter: u32,
    },
    /// The first showing wins; later ones learn when that was.
    First {
        /// The row.
        slot: Slot,
        /// Wrong tries are counted in the same row, and when they are spent a right one is not answered either.
        tries: Option<Tries>,
    },
    /// One wrong try.
    Miss {
        /// The row.
        slot: Slot,
        /// How many there are.
        tries: Tries,
    },
}

/// The row of a slot; all zero when there is none yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    /// The highest counter that was accepted.
    pub highest: u32,
    /// When the thing was first used, or the counter last advanced, milliseconds since 1970.
    pub used_at_ms: u64,
    /// How often it was shown since; 0 is not yet.
    pub uses: u32,
    /// Wrong tries since the time below.
    pub misses: u16,
    /// When the first of these was, milliseconds since 1970.
    pub misses_since_ms: u64,
}

/// The store's answer to a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// There was nothing to settle.
    NotAsked,
    /// Used up now, for the first time.
    Fresh,
    /// Used before.
    AlreadyUsed {
        /// When: of a first showing its time, of a counter the time at which this value or a higher one was accepted.
        at_ms: u64,
        /// How often it was shown, this time included.
        count: u32,
    },
    /// The wrong try was counted.
    Missed {
        /// So many are left.
        left: u16,
    },
    /// No tries are left.
    TriesSpent,
    /// The store did not answer. Says nothing about the item.
    Unavailable,
}

impl Claim {
    /// The row that the store has to settle, if any.
    #[must_use]
    pub const fn slot(&self) -> Option<Slot> {
        match self {
            Self::None => None,
            Self::Advance { slot, .. } | Self::First { slot, .. } | Self::Miss { slot, .. } => Some(*slot),
        }
    }

    /// Must nothing be told of the reading when the store did not count it? True where each answer is worth a guess.
    pub(crate) const fn counts_tries(&self) -> bool {
        matches!(self, Self::First { tries: Some(_), .. } | Self::Miss { .. })
    }

    /// The rule: the row as it was, to the row as it is then and the answer. Both have to become true in one step.
    #[must_use]
    pub fn settle(&self, mut row: Stored, now_ms: u64) -> (Stored, Standing) {
        match *self {
            Self::None => (row, Standing::NotAsked),
            Self::Advance { counter, .. } if row.uses == 0 || counter > row.highest => {
                row.highest = counter;
                (used_first(row, now_ms), Standing::Fresh)
            }
            Self::Advance { .. } => used_again(row),
            Self::First { tries: Some(tries), .. } if tries.left(&row, now_ms) == 0 => (row, Standing::TriesSpent),
            Self::First { .. } if row.uses == 0 => (used_first(row, now_ms), Standing::Fresh),
            Self::First { .. } => used_again(row),
            Self::Miss { tries, .. } => match tries.left(&row, now_ms).checked_sub(1) {
                None => (row, Standing::TriesSpent),
                Some(left) => {
                    if row.misses == 0 || tries.over(&row, now_ms) {
                        (row.misses, row.misses_since_ms) = (0, now_ms);
                    }
                    row.misses = row.misses.saturating_add(1);
                    (row, Standing::Missed { left })
                }
            },
        }
    }
}

impl Tries {
    /// Are the misses of the row so long ago that they no longer count? A clock that went back does not make them so.
    const fn over(self, row: &Stored, now_ms: u64) -> bool {
        now_ms.saturating_sub(row.misses_since_ms) >= self.per_ms
    }

    fn left(self, row: &Stored, now_ms: u64) -> u16 {
        let misses = if self.over(row, now_ms) { 0 } else { row.misses };
        self.misses_max.saturating_sub(misses)
    }
}

const fn used_first(row: Stored, now_ms: u64) -> Stored {
    Stored { used_at_ms: now_ms, uses: 1, ..row }
}

const fn used_again(row: Stored) -> (Stored, Standing) {
    let count = row.uses.saturating_add(1);
    (Stored { uses: count, ..row }, Standing::AlreadyUsed { at_ms: row.used_at_ms, count })
}

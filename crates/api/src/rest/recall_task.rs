//! Recall notices to holders: what a member that holds or held packs of a recalled lot is told and asked, and its signed answers.
//!
//! ```text
//! told -> seen -> answered -> answered again, ...          reminded until it has answered for every lot, or the case is closed
//! ```
//! An answer is a whole: it names every lot that the member answers for so far. The newest one counts; all are kept. The member
//! signs each: the hash of its document is anchored on the chain in the member's name.

use super::Evidence;
use serde::{Deserialize, Serialize};

/// Characters of a note.
pub const NOTE_CHARS_MAX: usize = 500;
/// Answers of one member in one case. Worst case of a case in memory: 64 members * 20 answers * 200 lots * 600 B = 154 MB.
pub const ANSWERS_MAX: u32 = 20;
/// Packs that one answer may name of one lot.
pub const PACKS_MAX: u64 = 1 << 40;

/// What a member found of a lot. The four counts exclude each other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct LotAnswer {
    /// GTIN-14.
    pub gtin: String,
    /// Lot.
    pub lot: String,
    /// Packs found and not set apart yet.
    pub found: u64,
    /// Packs found and set apart.
    pub quarantined: u64,
    /// Packs sold on or dispensed before they could be stopped.
    pub sold: u64,
    /// Packs that were looked for and not found.
    pub unaccounted: u64,
    /// What else there is to say, at most 500 characters; needed for more packs than the chain says that the member holds.
    #[serde(default)]
    pub note: String,
}

impl LotAnswer {
    /// All packs that it speaks of.
    #[must_use]
    pub fn total(&self) -> u64 {
        [self.found, self.quarantined, self.sold, self.unaccounted].into_iter().fold(0, u64::saturating_add)
    }
}

/// Answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewAnswer {
    /// `revision` of the newest answer that it follows; 0 for the first. Another one in between is a conflict (409).
    pub revision: u32,
    /// Every lot that is answered for, those of the answer before included.
    pub lots: Vec<LotAnswer>,
}

/// The document of an answer, as it is hashed: JSON in the order of the fields, without spaces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerDocument {
    /// The case.
    pub case: String,
    /// GLN of the member that answers.
    pub member: String,
    /// 1, 2, 3, ...
    pub revision: u32,
    /// SHA-256 of the document before, hex; empty for the first.
    pub previous: String,
    /// When, milliseconds since 1970.
    pub at_ms: u64,
    /// The lots, ascending.
    pub lots: Vec<LotAnswer>,
}

/// A notice in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TaskRow {
    /// The case.
    pub case: String,
    /// What people call it.
    pub title: String,
    /// 1 (grave) to 3.
    pub class: u8,
    /// A drill?
    pub drill: bool,
    /// The case is still in force and takes answers.
    pub open: bool,
    /// When your member was told, milliseconds since 1970.
    pub told_ms: u64,
    /// When somebody of it first opened the notice.
    pub seen_ms: Option<u64>,
    /// When it was last reminded.
    pub reminded_ms: Option<u64>,
    /// Lots that it is asked about.
    pub lots: u64,
    /// Of them, those that it has answered for.
    pub answered_lots: u64,
}

/// A lot that a member is asked about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TaskLot {
    /// GTIN-14.
    pub gtin: String,
    /// Lot.
    pub lot: String,
    /// Product name in English.
    pub product_en: String,
    /// Product name in Chinese.
    pub product_zh: String,
    /// Packs in the member's stock, as the chain has it.
    pub in_stock: u64,
    /// Packs that it has shipped and nobody has received.
    pub in_transit: u64,
    /// Packs missing on arrival, the member's to explain.
    pub short: u64,
    /// What it answered last.
    pub answer: Option<LotAnswer>,
    /// What the chain says that it holds, beyond what it answered.
    pub not_explained: u64,
    /// What it answered, beyond what the chain says that it holds.
    pub beyond: u64,
}

/// An answer that was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GivenAnswer {
    /// 1, 2, 3, ...
    pub revision: u32,
    /// When, milliseconds since 1970.
    pub at_ms: u64,
    /// Who, of the member.
    pub user: String,
    /// SHA-256 of its document, hex.
    pub hash: String,
    /// The transaction that the member signed over it, hex.
    pub tx_id: String,
    /// Where it stands on the chain; absent while it is on its way.
    pub evidence: Option<Evidence>,
    /// What it says.
    pub lots: Vec<LotAnswer>,
}

/// A notice with everything that the member is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecallTask {
    /// In short.
    pub task: TaskRow,
    /// Who recalls: name in English.
    pub by_en: String,
    /// Who recalls: name in Chinese.
    pub by_zh: String,
    /// Why, in English.
    pub reason_en: String,
    /// Why, in Chinese.
    pub reason_zh: String,
    /// Where it holds, in words.
    pub region: String,
    /// The member's own lots, no others of the case.
    pub lots: Vec<TaskLot>,
    /// Number of the newest answer; 0 before the first.
    pub revision: u32,
    /// What was answered, oldest first.
    pub answers: Vec<GivenAnswer>,
}

//! Recall cases: the lots of one recall, opened, approved and closed together.
//!
//! ```text
//! draft -> opening -> opened -> approving -> approved -> closing -> closed
//!                        +----> withdrawing -> withdrawn          before it was approved, and only then
//! ```
//! The chain knows one recall a lot; a case groups them. The stages in `-ing` take one signed transaction a lot, and go on after
//! a crash where they stood. A draft is the member's own; nothing of it is told to anybody. A drill takes every step and changes
//! nothing that a shopper sees.

use super::Evidence;
use super::recall_task::LotAnswer;
use serde::{Deserialize, Serialize};

/// Lots of one case: one transaction each.
pub const LOTS_MAX: usize = 200;
/// Drafts that one member keeps.
pub const DRAFTS_MAX: u64 = 50;
/// Characters of a title.
pub const TITLE_CHARS_MAX: usize = 120;
/// Characters of a reason in one language, and of the reason of an end.
pub const REASON_CHARS_MAX: usize = 1_000;
/// Characters of a region, and of where else the recall is published.
pub const PLACE_CHARS_MAX: usize = 300;

/// Where a case stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CaseStage {
    /// It is written; nothing was sent.
    Draft,
    /// One recall a lot goes to the chain.
    Opening,
    /// It waits for a second person.
    Opened,
    /// The approval of each lot goes to the chain.
    Approving,
    /// In force.
    Approved,
    /// The end of each lot's recall goes to the chain.
    Closing,
    /// Wound up; its lots stay recalled.
    Closed,
    /// It is taken back before it was in force.
    Withdrawing,
    /// It was taken back and was never in force.
    Withdrawn,
}

impl CaseStage {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Draft,
        Self::Opening,
        Self::Opened,
        Self::Approving,
        Self::Approved,
        Self::Closing,
        Self::Closed,
        Self::Withdrawing,
        Self::Withdrawn,
    ];

    /// As it is written.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Opening => "opening",
            Self::Opened => "opened",
            Self::Approving => "approving",
            Self::Approved => "approved",
            Self::Closing => "closing",
            Self::Closed => "closed",
            Self::Withdrawing => "withdrawing",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Reads what [`CaseStage::word`] writes.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.word() == word)
    }

    /// The step that is under way in this stage.
    #[must_use]
    pub fn under_way(self) -> Option<CaseStep> {
        CaseStep::ALL.into_iter().find(|step| step.stages().1 == self)
    }
}

/// A step of a whole case: one transaction a lot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CaseStep {
    /// An operator opens it.
    Open,
    /// An approver approves it.
    Approve,
    /// An operator winds it up.
    Close,
    /// An operator takes it back before it is approved.
    Withdraw,
}

impl CaseStep {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Open, Self::Approve, Self::Close, Self::Withdraw];

    /// As it is written.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Approve => "approve",
            Self::Close => "close",
            Self::Withdraw => "withdraw",
        }
    }

    /// Reads what [`CaseStep::word`] writes.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.word() == word)
    }

    /// The stage before it, while it is under way, and after it.
    #[must_use]
    pub const fn stages(self) -> (CaseStage, CaseStage, CaseStage) {
        match self {
            Self::Open => (CaseStage::Draft, CaseStage::Opening, CaseStage::Opened),
            Self::Approve => (CaseStage::Opened, CaseStage::Approving, CaseStage::Approved),
            Self::Close => (CaseStage::Approved, CaseStage::Closing, CaseStage::Closed),
            Self::Withdraw => (CaseStage::Opened, CaseStage::Withdrawing, CaseStage::Withdrawn),
        }
    }
}

/// A lot by its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct LotName {
    /// GTIN, 8 to 14 digits.
    pub gtin: String,
    /// Lot.
    pub lot: String,
}

/// Something that is not known of a lot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum NotKnown {
    /// How many packs it has: it is not sealed.
    Unsealed,
    /// Who has some of its packs: they are in no case on record, or lost.
    Unplaced,
    /// Whether packs that are on their way have arrived.
    OnTheWay,
    /// Which serials it has: their list is not on this server. Asked for by serials, it may or may not be concerned.
    Serials,
    /// Which line sealed it: no registered device did.
    Line,
    /// Which number shoppers can call: its product has none.
    Hotline,
}

/// A lot, with what is known of its packs and what is not. Its parts add up to `sealed`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CaseLot {
    /// GTIN-14.
    pub gtin: String,
    /// Lot.
    pub lot: String,
    /// Product name in English.
    pub product_en: String,
    /// Product name in Chinese.
    pub product_zh: String,
    /// GLN of its maker.
    pub maker: String,
    /// AI 11.
    pub made_on: String,
    /// AI 17.
    pub expires_on: String,
    /// The device that sealed it, as it is labelled.
    pub line: Option<String>,
    /// The number that shoppers are told to call.
    pub hotline: String,
    /// Class of the gravest recall that is in force for it already.
    pub recalled: Option<u8>,
    /// Its serials within the range that was asked for, where that is known.
    pub in_range: Option<u64>,
    /// Packs sealed; absent before it is.
    pub sealed: Option<u64>,
    /// Members that hold packs of it now.
    pub holders: u64,
    /// Packs in somebody's stock.
    pub in_stock: u64,
    /// Packs on their way.
    pub in_transit: u64,
    /// Packs missing on arrival.
    pub short: u64,
    /// Packs out of trade: dispensed, sold, sampled, destroyed, exported.
    pub gone: u64,
    /// Packs that nobody can place.
    pub unknown: u64,
    /// What is not known of it.
    pub not_known: Vec<NotKnown>,
    /// Its recall on the chain, once it was opened: the id of [`super::recall::Recall`].
    pub recall: Option<String>,
    /// Where that stands: `opened`, `approved` or `closed`; absent before the chain has it.
    pub status: Option<String>,
}

/// What a search finds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LotsFound {
    /// Lots, newest first, at most [`LOTS_MAX`].
    pub lots: Vec<CaseLot>,
    /// There are more than these: ask for less.
    pub more: bool,
    /// A walk along the lineage met its bound, or there are more ingredient lots than were followed: lots may be missing here.
    pub lineage_cut: bool,
}

/// What a draft says. Kept as it is, complete or not; what is missing is told when it is opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CaseDraft {
    /// `revision` that it was written for; 0 for a new one. Another writing in between is a conflict (409).
    #[serde(default)]
    pub revision: u32,
    /// What people call it, at most 120 characters. Neither shoppers nor the chain have it.
    #[serde(default)]
    pub title: String,
    /// 1 (grave) to 3.
    #[serde(default = "class_two")]
    pub class: u8,
    /// What shoppers read, in English, at most 1,000 characters.
    #[serde(default)]
    pub reason_en: String,
    /// What shoppers read, in Chinese.
    #[serde(default)]
    pub reason_zh: String,
    /// What whoever has used it should look out for and do, in English, at most 1,000 characters. Both languages or none.
    #[serde(default)]
    pub advice_en: String,
    /// The same in Chinese.
    #[serde(default)]
    pub advice_zh: String,
    /// Where it holds, in words, at most 300 characters.
    #[serde(default)]
    pub region: String,
    /// Where else it is published, in words: newspapers, shops, an authority's page.
    #[serde(default)]
    pub publication: String,
    /// A drill changes nothing that a shopper sees.
    #[serde(default)]
    pub drill: bool,
    /// Its lots, at most [`LOTS_MAX`].
    #[serde(default)]
    pub lots: Vec<LotName>,
}

const fn class_two() -> u8 {
    2
}

/// A step that somebody asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AskStep {
    /// `revision` of the case that the person saw.
    pub revision: u32,
    /// How many packs the person says that it is about: has to be the case's [`CaseSums::packs`]. For opening and approving.
    #[serde(default)]
    pub packs: Option<u64>,
    /// Why it ends, at most 1,000 characters. A case that is withdrawn, or closed with answers missing, needs one.
    #[serde(default)]
    pub reason: String,
}

/// A step, as it was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StepTaken {
    /// Which.
    pub step: CaseStep,
    /// Who said so.
    pub user: String,
    /// When, milliseconds since 1970.
    pub asked_ms: u64,
    /// When it was done for every lot; absent while it is under way.
    pub done_ms: Option<u64>,
}

/// Packs of a case, counted. From the chain: `in_stock` to `unknown`, which add up to `packs`. From the holders' newest answers:
/// `found` to `unaccounted`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CaseSums {
    /// Packs of all lots, as far as they are known.
    pub packs: u64,
    /// Lots that are not sealed: their packs are not known.
    pub unsealed_lots: u64,
    /// In somebody's stock.
    pub in_stock: u64,
    /// On their way.
    pub in_transit: u64,
    /// Missing on arrival.
    pub short: u64,
    /// Out of trade.
    pub gone: u64,
    /// Nobody can place them.
    pub unknown: u64,
    /// Found, not set apart yet.
    pub found: u64,
    /// Found and set apart.
    pub quarantined: u64,
    /// Sold on, as the holders say.
    pub sold: u64,
    /// Looked for and not found.
    pub unaccounted: u64,
    /// Held, as the chain has it, by members who have not answered.
    pub not_answered: u64,
    /// Held, as the chain has it, by members who answered, beyond what they answered.
    pub not_explained: u64,
    /// Answered beyond what the chain says that the member holds.
    pub beyond: u64,
}

/// One member that was told, and what it said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CaseHolder {
    /// GLN.
    pub gln: String,
    /// Name in English.
    pub name_en: String,
    /// Name in Chinese.
    pub name_zh: String,
    /// Lots that it is asked about.
    pub lots: u64,
    /// Of them, those that it has answered for.
    pub answered_lots: u64,
    /// Packs of the case that the chain says it answers for now.
    pub held: u64,
    /// When it was told.
    pub told_ms: u64,
    /// When somebody of it opened the notice.
    pub seen_ms: Option<u64>,
    /// When it had answered for every lot.
    pub answered_ms: Option<u64>,
    /// When it was last reminded.
    pub reminded_ms: Option<u64>,
    /// How often.
    pub reminders: u32,
    /// Its newest answer.
    pub answers: Vec<LotAnswer>,
    /// SHA-256 of the document of that answer, hex.
    pub answer_hash: Option<String>,
    /// Where that hash stands on the chain.
    pub evidence: Option<Evidence>,
}

/// How far a case has come, in members.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reach {
    /// Members that were told.
    pub told: u64,
    /// Of them, those that opened the notice.
    pub seen: u64,
    /// Of them, those that answered for every lot.
    pub answered: u64,
}

/// Times from the first writing of a case, in milliseconds; absent where it has not come that far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Stopwatch {
    /// Until it was opened for every lot.
    pub opened_ms: Option<u64>,
    /// Until it was approved for every lot.
    pub approved_ms: Option<u64>,
    /// Until every holder had opened its notice.
    pub seen_ms: Option<u64>,
    /// Until every holder had answered.
    pub answered_ms: Option<u64>,
    /// Until it was closed.
    pub closed_ms: Option<u64>,
}

/// A case in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CaseRow {
    /// Its id.
    pub id: String,
    /// GLN of the member whose case it is.
    pub member: String,
    /// What people call it; may be empty.
    pub title: String,
    /// 1 to 3.
    pub class: u8,
    /// A drill?
    pub drill: bool,
    /// Where it stands.
    pub stage: CaseStage,
    /// How many lots it has.
    pub lots: u64,
    /// When it was last changed, milliseconds since 1970.
    pub changed_ms: u64,
    /// How many members were told, looked and answered.
    pub reach: Reach,
}

/// A case with everything that is known of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecallCase {
    /// Its id.
    pub id: String,
    /// GLN of the member whose case it is.
    pub member: String,
    /// Where it stands.
    pub stage: CaseStage,
    /// What it says; its `revision` counts the writings and the steps.
    pub draft: CaseDraft,
    /// Who began it.
    pub created_by: String,
    /// When, milliseconds since 1970.
    pub created_ms: u64,
    /// When it was last changed.
    pub changed_ms: u64,
    /// Its lots.
    pub lots: Vec<CaseLot>,
    /// Its packs, counted.
    pub sums: CaseSums,
    /// Steps that were taken.
    pub steps: Vec<StepTaken>,
    /// Lots for which the step under way is done.
    pub done_lots: u64,
    /// Why the step under way stands still; ask for it again when that is mended.
    pub trouble: Option<String>,
    /// Why it ended.
    pub end_reason: Option<String>,
    /// How many members were told, looked and answered.
    pub reach: Reach,
    /// Those members, by name.
    pub holders: Vec<CaseHolder>,
    /// How long everything took.
    pub stopwatch: Stopwatch,
    /// SHA-256 of the sealed record of a closed case, hex.
    pub record_hash: Option<String>,
    /// Where that hash stands on the chain.
    pub record: Option<Evidence>,
}

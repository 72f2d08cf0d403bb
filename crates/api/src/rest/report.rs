//! Reports of suspected fakes: what shoppers send, and what the maker of the product and the regulator make of it.
//!
//! ```text
//! received --(somebody looks)--> in_work --(a finding)--> closed
//!     ^------------------------------+<------------------------+      any step may be taken back, with a note
//! ```
//!
//! A finding about a code is what the rules of risk learn from: after `fake` every scan of the code says "possible copy", after `no_fake`
//! the checks before it are not held against the code. The newest finding counts, and one that is taken back counts no more.
//!
//! A report about a code belongs to the maker of its GTIN and to the regulator; one without a code, or of a GTIN that nobody has
//! registered, to the regulator alone. The reply is what the person who reported reads under the case number; notes are read
//! by those who work on the case. A contact is personal: it is in the answer about
//! one case that a regulator gets, and in no list.

use serde::{Deserialize, Serialize};

/// Characters of a reply.
pub const REPLY_CHARS_MAX: usize = 500;
/// Characters of a note.
pub const NOTE_CHARS_MAX: usize = 1_000;
/// Within this time after it was received somebody should look at a report, in milliseconds: three days.
pub const LOOK_WITHIN_MS: u64 = 3 * 24 * 60 * 60 * 1_000;
/// Other cases of the same code that an answer names.
pub const SAME_MAX: usize = 20;

/// Where a report stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReportStatus {
    /// Nobody has looked at it.
    Received,
    /// Somebody works on it.
    InWork,
    /// There is a finding.
    Closed,
}

/// What came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// A fake.
    Fake,
    /// No fake: the goods are the maker's.
    NoFake,
    /// It cannot be told.
    CannotTell,
    /// Of the same pack as another case, which goes on.
    Duplicate,
}

impl ReportStatus {
    /// All of them, in the order in which they follow each other.
    pub const ALL: [Self; 3] = [Self::Received, Self::InWork, Self::Closed];

    /// As it is written.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::InWork => "in_work",
            Self::Closed => "closed",
        }
    }

    /// Reads what [`ReportStatus::word`] writes.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.word() == word)
    }
}

impl Finding {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Fake, Self::NoFake, Self::CannotTell, Self::Duplicate];

    /// As it is written.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Fake => "fake",
            Self::NoFake => "no_fake",
            Self::CannotTell => "cannot_tell",
            Self::Duplicate => "duplicate",
        }
    }

    /// Reads what [`Finding::word`] writes.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|finding| finding.word() == word)
    }
}

/// A report in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Report {
    /// Its number, which the person who reported has: `TL-26-4K7M2P-93`.
    pub case_number: String,
    /// When it was received, milliseconds since 1970.
    pub received_ms: u64,
    /// GTIN-14 of the code, when it is about one.
    pub gtin: Option<String>,
    /// Lot, as the code named it.
    pub lot: Option<String>,
    /// Serial of the code.
    pub serial: Option<String>,
    /// The product's English name; empty when nobody has registered it.
    pub product_en: String,
    /// Its Chinese name.
    pub product_zh: String,
    /// What is wrong: `looks`, `print`, `seal`, `seller`, `other`.
    pub what: String,
    /// Where it stands.
    pub status: ReportStatus,
    /// What came out; of a closed one.
    pub finding: Option<Finding>,
    /// Reports of this very code, itself included; 1 for a report without a code.
    pub same_code: u64,
    /// Until when somebody should have looked at it; absent when somebody has.
    pub due_ms: Option<u64>,
}

/// One report with everything that is known of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReportCase {
    /// The report.
    pub report: Report,
    /// Where it was bought, in the person's words.
    pub place: String,
    /// How to reach the person, if they want to be reached. For the regulator alone; empty for makers.
    pub contact: String,
    /// Photos that came with it: `GET /api/v1/reports/{case}/photos/1` and following. 0 again when their time is over.
    #[serde(default)]
    pub photos: u32,
    /// What the person reads under the case number; empty before somebody has written it.
    pub reply: String,
    /// Counts the steps. The next one has to name it.
    pub revision: u32,
    /// Other cases of this very code, newest first, at most [`SAME_MAX`].
    pub same: Vec<String>,
    /// What was done, oldest first.
    pub steps: Vec<ReportStep>,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReportStep {
    /// When, milliseconds since 1970.
    pub time_ms: u64,
    /// Who.
    pub user: String,
    /// Of which member: its GLN.
    pub member: String,
    /// Where the report stood then.
    pub status: ReportStatus,
    /// What came out.
    pub finding: Option<Finding>,
    /// For those who work on it.
    pub note: String,
}

/// The next step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ReportUpdate {
    /// `revision` of the case that this step was written for; another one in between is a conflict (409).
    pub revision: u32,
    /// Where it stands from now on.
    pub status: ReportStatus,
    /// What came out: with `closed`, and only then.
    #[serde(default)]
    pub finding: Option<Finding>,
    /// What the person reads, at most 500 characters. A closed case needs one.
    #[serde(default)]
    pub reply: String,
    /// For those who work on it, at most 1,000 characters.
    #[serde(default)]
    pub note: String,
}

/// What the rules of risk had said of codes whose packs were then examined, and what came out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RulesRecord {
    /// Cases about a code that ended as a fake.
    pub fake: u64,
    /// Cases that ended as no fake.
    pub no_fake: u64,
    /// Each rule that had said something, the most often first; `none` where none had, last.
    pub rules: Vec<RuleRecord>,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RuleRecord {
    /// Its name: `disowned`, `too_many`, `too_fast`, `too_far`, `strangers`, `wrong_market`, `before_sale`, `after_sale`, `burst`, or `none`.
    pub rule: String,
    /// It had said something, and the pack was a fake.
    pub fake: u64,
    /// It had said something, and the pack was none.
    pub no_fake: u64,
}

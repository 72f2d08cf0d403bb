//! Public recall notices of authorities (FDA, openFDA, USDA FSIS): files that are uploaded, notices, and which products they may
//! concern.
//!
//! ```text
//! upload --> checked --apply--> applied        the same file again: the same import; of an applied one, checked anew
//! ```
//! A match is a hint to look, with its weight and its reasons. It recalls nothing.

use serde::{Deserialize, Serialize};

/// Bytes of an uploaded file.
pub const NOTICE_FILE_BYTES_MAX: usize = super::imports::IMPORT_BYTES_MAX;
/// Notices of one member. Worst case on disk: 20,000 * 2 * 6 kB = 240 MB; they are read 500 at a time.
pub const NOTICES_MAX: usize = 20_000;

/// Who published a notice, and in which form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum NoticeSource {
    /// A table of recalled products of the FDA.
    Fda,
    /// Enforcement reports of openFDA.
    Openfda,
    /// Recalls of USDA FSIS.
    Fsis,
}

/// How grave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum NoticeClass {
    /// Class I: serious harm is probable.
    One,
    /// Class II: harm that passes.
    Two,
    /// Class III: harm is unlikely.
    Three,
    /// A public health alert.
    HealthAlert,
    /// Not classified, or not said.
    None,
}

/// Where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum NoticeStatus {
    /// Goods are being taken back.
    Ongoing,
    /// The firm has done what it could.
    Completed,
    /// The authority has closed it.
    Terminated,
    /// Not said, or in a word that is not known.
    Unknown,
}

/// The weight of a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MatchStrength {
    /// The notice names the product.
    Fact,
    /// It does, if its digits are what they look like; or it names another packaging level.
    Likely,
    /// Somebody should look.
    Suggestion,
}

/// Where an import stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum NoticeImportState {
    /// It was read; nothing is changed yet.
    Checked,
    /// Its notices are in the list.
    Applied,
}

/// An uploaded file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NoticeImport {
    /// Its id.
    pub id: String,
    /// The file's name, as told.
    pub name: String,
    /// Where it stands.
    pub state: NoticeImportState,
    /// What the check found.
    pub found: NoticeFindings,
    /// Who uploaded it.
    pub user: String,
    /// When, milliseconds.
    pub created_ms: u64,
}

/// What a file holds, beside what is in the list already.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NoticeFindings {
    /// Records.
    pub rows: u64,
    /// Records that are no notices; they are left out.
    pub faults_count: u64,
    /// The first of them, in the order of the file.
    pub faults: Vec<NoticeFault>,
    /// Keys that are not in the list yet.
    pub new: u64,
    /// Keys whose notices say the same as before.
    pub same: u64,
    /// Keys whose notices say something else.
    pub changed: u64,
    /// The first of these.
    pub changes: Vec<NoticeChange>,
    /// Keys that several records of the file have; all of them are kept.
    pub repeated: u64,
    /// Notices that may concern a product, by their strongest reason.
    pub matches: MatchCounts,
}

/// Notices by the weight of their strongest match.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MatchCounts {
    /// Facts.
    pub fact: u64,
    /// Likely.
    pub likely: u64,
    /// Suggestions.
    pub suggestion: u64,
}

/// A record that is no notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NoticeFault {
    /// The row as a spreadsheet numbers it; in JSON the record's place.
    pub row: u32,
    /// The column, when one is meant.
    pub column: Option<String>,
    /// What is wrong, in Chinese.
    pub message_zh: String,
    /// What is wrong, in English.
    pub message_en: String,
    /// The record's beginning.
    pub found: String,
}

/// A notice that says something else than before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NoticeChange {
    /// Its key.
    pub key: String,
    /// What is different.
    pub fields: Vec<NoticeFieldChange>,
}

/// A part of a notice, before and now, each shortened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NoticeFieldChange {
    /// Its name in [`RecallNotice`].
    pub field: String,
    /// What it was.
    pub before: String,
    /// What it is.
    pub now: String,
}

/// A notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecallNotice {
    /// Its key, such as `fda:97962/217327`. Records that share one are told one below the other.
    pub key: String,
    /// Who published it.
    pub source: NoticeSource,
    /// The recall that it belongs to.
    pub event: String,
    /// Who recalls.
    pub firm: String,
    /// How grave.
    pub class: NoticeClass,
    /// Where it stands.
    pub status: NoticeStatus,
    /// When the recall began, an ISO date.
    pub initiated: Option<String>,
    /// When it was published, an ISO date.
    pub reported: Option<String>,
    /// State or country of the firm.
    pub region: String,
    /// Where the goods went, in the source's words.
    pub distribution: String,
    /// Why, in the source's words.
    pub reason: String,
    /// The product, in the source's words.
    pub product: String,
    /// Codes, lots and dates in the source's words, where they stand apart.
    pub codes: String,
    /// GTINs with a right check digit that the prose names.
    pub gtins: Vec<String>,
    /// Lots that it names; a range is `A to B`.
    pub lots: Vec<String>,
    /// Passages that announce something and were not understood, shortened.
    pub not_understood: Vec<String>,
    /// Products that it may concern, the strongest first.
    pub matches: Vec<NoticeMatch>,
    /// When it came or changed here, milliseconds.
    pub changed_ms: u64,
}

/// A product that a notice may concern.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NoticeMatch {
    /// GTIN-14.
    pub gtin: String,
    /// The product in English.
    pub product_en: String,
    /// The product in Chinese.
    pub product_zh: String,
    /// The weight of the strongest reason.
    pub strength: MatchStrength,
    /// All reasons, the strongest first.
    pub why: Vec<MatchReason>,
    /// Lots of the product that the notice names, at most 20.
    pub lots_named: Vec<String>,
    /// Lots that it may name: but for capitals or hyphens, or within a range; at most 20.
    pub lots_maybe: Vec<String>,
    /// Lots that it does not name. This is no clearance: see `unknown`.
    pub lots_not_named: u64,
    /// What is not known.
    pub unknown: Vec<MatchUnknown>,
}

/// Why a notice may concern a product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MatchReason {
    /// What kind of reason.
    pub kind: MatchReasonKind,
    /// The GTIN, the digits or the words that it rests on.
    pub value: String,
}

/// Kinds of reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MatchReasonKind {
    /// The notice says that this is the product's GTIN or UPC.
    GtinStated,
    /// Digits that have its form.
    GtinInferred,
    /// The GTIN of another packaging level of the same item.
    OtherLevel,
    /// A code with a wrong check digit or length, which could be this GTIN.
    DoubtfulCode,
    /// Words of the product's name.
    NameSimilar,
}

/// What is not known of a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MatchUnknown {
    /// The notice names no lots.
    NoLotsNamed,
    /// It names neither lots nor dates, nor that all is meant.
    ExtentNotStated,
    /// It names dates, which were not compared.
    DatesNotCompared,
    /// It has codes of several products, and does not tie its lots to one.
    NotTiedToProduct,
    /// Passages were not understood.
    NotUnderstood,
    /// No lots of the product are registered.
    OwnLotsUnknown,
}

/// Notices that may concern a product, counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NoticeHint {
    /// The product's GTIN.
    pub gtin: String,
    /// Notices by weight.
    pub notices: MatchCounts,
}

//! Physical marks against copying: what a product carries, what was put on its items, and covered PINs.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Marks of one call.
pub const MARKS_PER_CALL_MAX: usize = 1_000;
/// PINs of one call.
pub const PINS_PER_CALL_MAX: u64 = 10_000;
/// Minutes for which a good mark counts when nobody says how many.
pub const GOOD_FOR_MINUTES: u32 = 60;
/// Minutes for which a good mark can count, at most: a day.
pub const GOOD_FOR_MINUTES_MAX: u32 = 24 * 60;

/// Which marks every item of a product carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MarkPolicy {
    /// The kinds, each once, at most 16. None: pages say nothing of marks.
    pub marks: Vec<CarriedMark>,
    /// For how long a good mark counts in a visit, 1 to 1,440; 60 when absent.
    #[serde(default = "good_for_minutes")]
    pub good_for_minutes: u32,
}

const fn good_for_minutes() -> u32 {
    GOOD_FOR_MINUTES
}

/// A kind that a product carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CarriedMark {
    /// `pin.covered`, `nfc.ntag424`, `rfid.tid`, `hologram.questions` or `cdp.score`.
    pub kind: String,
    /// Must it be checked?
    pub need: MarkNeed,
}

/// Must a kind be checked before an item is called genuine?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MarkNeed {
    /// Yes.
    Required,
    /// It helps.
    Optional,
}

/// Marks of one kind that were put on items.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewMarks {
    /// 1 to 1,000.
    pub marks: Vec<ItemMark>,
}

/// A mark on an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ItemMark {
    /// The item's serial.
    pub serial: String,
    /// What its kind needs: `uid`, 14 hexadecimal digits, of a tag; `pin` of a covered PIN that was made elsewhere; `tid`, `epc` and
    /// `epc_locked` (`yes` or `no`) of an RFID chip; `service`, `genuine_from`, `copy_below` and `window_ms` of a scored pattern.
    pub reference: BTreeMap<String, String>,
}

/// What became of marks, in the order in which they were sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KeptMarks {
    /// One for each mark.
    pub marks: Vec<KeptMark>,
}

/// What became of a mark.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KeptMark {
    /// The item's serial.
    pub serial: String,
    /// What became of it.
    pub outcome: MarkOutcome,
    /// Why it was not kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// What became of a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MarkOutcome {
    /// It is kept.
    Stored,
    /// The same mark was there.
    AlreadyStored,
    /// The item has another mark of this kind, or the tag is another item's. The one that was there stays.
    Conflicts,
    /// No such code of this product was ever made here.
    UnknownCode,
    /// The reference is not what the kind needs.
    Refused,
}

/// Bytes of a table of marks.
pub const MARK_TABLE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Rows of a table of marks.
pub const MARK_ROWS_MAX: usize = 2_000;
/// Rows that are not right and are told, each by itself; the others are counted.
pub const MARK_FAULTS_SHOWN: usize = 100;

/// What became of a table of marks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MarkTable {
    /// Rows that were read.
    pub rows: u64,
    /// Marks that are kept now.
    pub stored: u64,
    /// Marks that were there.
    pub already: u64,
    /// Rows that were not kept.
    pub faults_count: u64,
    /// The first 100 of them.
    pub faults: Vec<MarkRowFault>,
}

/// A row that was not kept. Its reference is not repeated: it may be a PIN.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MarkRowFault {
    /// As a spreadsheet numbers it.
    pub row: u32,
    /// The serial that stands in it.
    pub serial: String,
    /// What is the matter.
    pub outcome: MarkOutcome,
    /// In words.
    pub detail: String,
}

/// The questions about a product's hologram. Whoever answers them finds crude copies; nothing genuine is proved by it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct HologramQuestions {
    /// 2 to 12; none takes the questions away.
    pub questions: Vec<HologramQuestion>,
    /// Right answers that are enough: more than half of the questions, at most all.
    pub enough: u32,
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct HologramQuestion {
    /// In Chinese, at most 80 characters.
    pub zh: String,
    /// In English, likewise.
    pub en: String,
    /// 2 to 8.
    pub options: Vec<HologramOption>,
    /// Place of the one that a genuine hologram shows, from 0. It goes to no page.
    pub right: u32,
}

/// An answer that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct HologramOption {
    /// In Chinese, at most 80 characters.
    pub zh: String,
    /// In English, likewise.
    pub en: String,
}

/// Characters of a question or an option.
pub const HOLOGRAM_CHARS_MAX: usize = 80;

/// What of a product carries which marks, and which kinds this server checks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MarkOverview {
    /// GTIN-14.
    pub gtin: String,
    /// The product's name in English.
    pub product_en: String,
    /// In Chinese.
    pub product_zh: String,
    /// The kinds that this server checks; none when its operator has configured no marks.
    pub known: Vec<String>,
    /// What every item carries.
    pub policy: MarkPolicy,
    /// The questions about its hologram.
    pub hologram: HologramQuestions,
    /// Items with a mark, by kind.
    pub enrolled: BTreeMap<String, u64>,
    /// What was found at checks so far, by kind and verdict.
    pub found: Vec<MarkFindings>,
}

/// How often a kind was found to be what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MarkFindings {
    /// The kind.
    pub kind: String,
    /// `genuine`, `suspect`, `counterfeit`, `inconclusive`.
    pub verdict: String,
    /// How often.
    pub count: u64,
}

/// A mark that somebody with a reader shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MarkCheck {
    /// The pack's code in any spelling.
    pub code: String,
    /// `rfid.tid` or `cdp.score`.
    pub kind: String,
    /// What the kind needs: `tid`, `epc` and, when the reader can tell, `epc_locked` of a chip, in hexadecimal digits; `statement` and
    /// `signature` of a scoring service, in hexadecimal digits.
    pub evidence: BTreeMap<String, String>,
}

/// What it proved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MarkAnswer {
    /// Of the mark: `genuine`, `suspect`, `counterfeit`, `inconclusive`.
    pub verdict: String,
    /// It had been shown before, at this time in milliseconds since 1970.
    pub used_before_ms: Option<u64>,
    /// Of the item, by its product's policy: `genuine`, `active`, `already_used`, `inconclusive`, `suspect`, `counterfeit`. It outranks no
    /// recall and no other answer about the code.
    pub item: String,
    /// Identifiers of the reasons.
    pub reasons: Vec<String>,
}

/// PINs to be made for the codes of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewPins {
    /// Number of the first code, from 0.
    #[serde(default)]
    pub first: u64,
    /// How many, 1 to 10,000; all that are left, if they are not more, when it is absent.
    #[serde(default)]
    pub count: Option<u64>,
    /// Makes new ones for codes that have a PIN, whose old ones are then worth nothing; only until the batch is sealed.
    #[serde(default)]
    pub replace: bool,
}

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
    /// `pin.covered` or `nfc.ntag424`.
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
    /// What its kind needs: `uid`, 14 hexadecimal digits, of a tag; `pin` of a covered PIN that was made elsewhere.
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

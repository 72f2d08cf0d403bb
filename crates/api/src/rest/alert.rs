//! Alerts of medicine packs: what the national systems of Delegated Regulation (EU) 2016/161 raise when a pack that somebody wants to
//! supply or decommission is unknown, inactive or printed otherwise than registered.
//!
//! ```text
//! open --(a note)--> explained      a mistake in handling or in data, and which
//!   ^        |
//!   |        '-----> suspicious     may be a falsified pack: it is kept apart and looked into
//!   '--------------------'          any step may be taken back, with a note
//! ```
//! An alert is a lead and no verdict. It is read by whoever raised it, by the maker of the product and by the regulator. The same thing
//! again at the same member within a day is the same alert, counted.

use super::handover::UnitAction;
use serde::{Deserialize, Serialize};

/// Characters of a note.
pub const ALERT_NOTE_CHARS_MAX: usize = 500;

/// Where an alert stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AlertStatus {
    /// Nobody has said what it was.
    Open,
    /// A mistake, and which.
    Explained,
    /// It may be a falsified pack.
    Suspicious,
}

impl AlertStatus {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Open, Self::Explained, Self::Suspicious];

    /// As it is written.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Explained => "explained",
            Self::Suspicious => "suspicious",
        }
    }

    /// Reads what [`AlertStatus::word`] writes.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.word() == word)
    }
}

/// How soon somebody should look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AlertGravity {
    /// Most often a mistake in handling: look when there are many.
    Handling,
    /// Most often wrong master data: ask who registered it.
    Data,
    /// May be a falsified pack: keep it, and look now.
    Falsification,
}

impl AlertGravity {
    /// As it is written.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Handling => "handling",
            Self::Data => "data",
            Self::Falsification => "falsification",
        }
    }
}

/// An alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Alert {
    /// Its number, such as `A24-7F3K9Q2XMB`.
    pub number: String,
    /// What the national systems number it: A1, A3, A4, A10, A24, A52, A68.
    pub kind: String,
    /// How soon to look.
    pub gravity: AlertGravity,
    /// The return code of the national systems; empty where they have none.
    pub code: String,
    /// GTIN-14 that was scanned.
    pub gtin: String,
    /// Serial that was scanned.
    pub serial: String,
    /// Lot that was scanned; empty when none was.
    pub lot: String,
    /// Expiry that was scanned; empty when none was.
    pub expires_on: String,
    /// Lot that is registered for the pack; empty for an unknown one.
    pub held_lot: String,
    /// Expiry that is registered for it.
    pub held_expires_on: String,
    /// The product's name in English; empty for an unknown one.
    pub product_en: String,
    /// In Chinese.
    pub product_zh: String,
    /// GLN of whoever wanted something with the pack.
    pub member: String,
    /// What they wanted.
    pub action: UnitAction,
    /// First time, milliseconds since 1970.
    pub first_ms: u64,
    /// Last time.
    pub last_ms: u64,
    /// How often.
    pub times: u64,
    /// Where it stands.
    pub status: AlertStatus,
    /// What was said of it last.
    pub note: String,
    /// GLN of the member that said so; empty while nobody has.
    pub decided_by: String,
    /// When.
    pub decided_ms: Option<u64>,
    /// Number of the last step: a step names the one that it was written for.
    pub revision: u32,
}

/// The next step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AlertUpdate {
    /// The revision that was read.
    pub revision: u32,
    /// Where it stands now.
    pub status: AlertStatus,
    /// Why; at most 500 characters. Not empty for `explained` and `suspicious`.
    #[serde(default)]
    pub note: String,
}

//! Stock, hand-overs, single packs and traces.

use super::Evidence;
use serde::{Deserialize, Serialize};

/// A case or pallet in somebody's hands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StockItem {
    /// SSCC.
    pub sscc: String,
    /// `case` or `pallet`.
    pub level: Level,
    /// `in_stock`, `in_transit`, `short`, `damaged`, `unpacked`, `lost`, `stolen`.
    pub status: String,
    /// The pallet it stands on.
    pub parent: Option<String>,
    /// Cases on a pallet, packs in a case.
    pub content_count: u32,
    /// Packs in all.
    pub unit_count: u64,
    /// Lots inside.
    pub lots: Vec<LotCount>,
    /// A recalled lot is inside.
    pub recalled: bool,
    /// The event that brought it here.
    pub evidence: Evidence,
}

/// Case or pallet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Holds packs.
    Case,
    /// Holds cases.
    Pallet,
}

/// Packs of one lot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LotCount {
    /// GTIN-14.
    pub gtin: String,
    /// Lot.
    pub lot: String,
    /// Packs.
    pub count: u64,
}

/// Ships goods.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewShipment {
    /// GLN of the receiver.
    pub to: String,
    /// SSCCs of outermost cases and pallets.
    pub objects: Vec<String>,
}

/// A hand-over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Shipment {
    /// Id, 32 hex digits.
    pub id: String,
    /// GLN of the shipper.
    pub from: String,
    /// Its name in English.
    pub from_name: String,
    /// GLN of the receiver.
    pub to: String,
    /// Its name in English.
    pub to_name: String,
    /// `open`, `received`, `received_in_part`, `refused`, `disputed`, `settled`.
    pub status: String,
    /// SSCCs.
    pub objects: Vec<ShipmentObject>,
    /// Millisecond by which it has to be settled.
    pub due_ms: u64,
    /// The shipper's signature.
    pub shipped: Evidence,
    /// The receiver's signature.
    pub answered: Option<Evidence>,
}

/// One object of a hand-over, with the cases on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShipmentObject {
    /// SSCC.
    pub sscc: String,
    /// Case or pallet.
    pub level: Level,
    /// Cases on the pallet when it was shipped.
    pub cases: Vec<String>,
    /// Packs in all.
    pub unit_count: u64,
    /// What the receiver said of it or of its cases: SSCC and `short` or `damaged`.
    pub remarks: Vec<(String, String)>,
}

/// Accepts a shipment and says what is wrong with it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ReceiveShipment {
    /// SSCCs that did not arrive.
    #[serde(default)]
    pub short: Vec<String>,
    /// SSCCs that arrived broken.
    #[serde(default)]
    pub damaged: Vec<String>,
}

/// Something happens to one pack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct UnitActionRequest {
    /// The code as scanned or typed: element string, Digital Link, bracketed text.
    pub code: String,
    /// What happens.
    pub action: UnitAction,
}

/// What can happen to one pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum UnitAction {
    /// Supplied to a patient.
    Dispense,
    /// Sold at a till.
    Sell,
    /// Taken as a sample.
    Sample,
    /// Destroyed.
    Destroy,
    /// Reported stolen.
    ReportStolen,
    /// Left the market.
    Export,
    /// Back into stock.
    Return,
}

impl UnitAction {
    /// All of them, in the order in which people meet them.
    pub const ALL: [Self; 7] =
        [Self::Dispense, Self::Sell, Self::Return, Self::Sample, Self::Destroy, Self::ReportStolen, Self::Export];

    /// As it is written.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Dispense => "dispense",
            Self::Sell => "sell",
            Self::Return => "return",
            Self::Sample => "sample",
            Self::Destroy => "destroy",
            Self::ReportStolen => "report_stolen",
            Self::Export => "export",
        }
    }

    /// Reads what [`UnitAction::word`] writes.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.word() == word)
    }
}

/// What became of a command that was signed for the user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Done {
    /// On the chain.
    pub evidence: Evidence,
    /// It had been done before by the same request.
    pub already: bool,
}

/// The history of a pack, case, pallet or lot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Trace {
    /// What was asked, in bracketed text.
    pub subject: String,
    /// Events, oldest first.
    pub steps: Vec<TraceStep>,
    /// Who answers for it now.
    pub custodian: Option<String>,
}

/// One event of a trace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TraceStep {
    /// The object it happened to, in bracketed text.
    pub object: String,
    /// `registered`, `sealed`, `packed`, `shipped`, `received`, …
    pub event: String,
    /// GLN of who signed.
    pub actor: String,
    /// Its name in English.
    pub actor_name: String,
    /// Where it works, in English, as the member lets the alliance know; empty when it does not. No exact place is on the chain.
    #[serde(default)]
    pub place_en: String,
    /// The same in Chinese.
    #[serde(default)]
    pub place_zh: String,
    /// Name of the other side.
    pub peer_name: Option<String>,
    /// SSCC it is tied to.
    pub container: Option<String>,
    /// Whoever signed it has withdrawn it. It stays in the history, and so does what it changed.
    pub withdrawn: bool,
    /// On the chain.
    pub evidence: Evidence,
}

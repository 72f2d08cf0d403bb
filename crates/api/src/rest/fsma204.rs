//! The FSMA 204 sortable spreadsheet: what a selection finds, before it is downloaded.
//!
//! The workbook and the CSV files are not JSON; what stands in them is said in `docs/fsma204.md`.

use serde::{Deserialize, Serialize};

/// Records of one download. Worst case memory: 50,000 rows * 13 cells * about 100 B, twice while the workbook is written, 130 MB.
pub const FSMA204_ROWS_MAX: usize = 50_000;

/// A critical tracking event that the network has records of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Fsma204Cte {
    /// 21 CFR 1.1330(a): lots that were registered without ingredients.
    InitialPacking,
    /// 21 CFR 1.1340(a): hand-overs, at who ships.
    Shipping,
    /// 21 CFR 1.1345(a): hand-overs, at who receives.
    Receiving,
    /// 21 CFR 1.1350(a): lots that were made from others.
    Transformation,
}

/// What a selection finds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Fsma204Summary {
    /// BFT time of the newest block that it rests on, milliseconds; 0 before the first.
    pub as_of_ms: u64,
    /// The zone of all dates, such as `UTC+08:00`.
    pub time_zone: String,
    /// Records and rows of each event, in the order of the sheets.
    pub sheets: Vec<Fsma204Sheet>,
    /// Key data elements that the records do not have, by their paragraph, the most frequent first.
    pub gaps: Vec<Fsma204Gap>,
    /// All of them.
    pub gaps_count: u64,
    /// Rules of traceability lot codes that do not hold.
    pub findings: u64,
}

/// Records of one event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Fsma204Sheet {
    /// Which.
    pub cte: Fsma204Cte,
    /// Records.
    pub records: u64,
    /// Rows: a transformation has one for each lot that went in.
    pub rows: u64,
}

/// A key data element that is not held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Fsma204Gap {
    /// The event.
    pub cte: Fsma204Cte,
    /// The column of the sheet.
    pub kde: String,
    /// Parts that are missing where others are known, in English as the regulation has them.
    pub parts: Vec<String>,
    /// The paragraph, such as `1.1340(a)(8)`.
    pub cfr: String,
    /// Records that lack it.
    pub records: u64,
}

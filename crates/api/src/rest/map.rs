//! Where and when packs are checked: areas of checks whose place a person told, and checks by day.
//!
//! Places are cells of H3 of resolution 5 (some 250 square kilometres), told by whoever checked, and kept for [`MAP_DAYS_MAX`]
//! days. An area is shown only when at least [`PEOPLE_MIN`] devices checked there on one day; what is fewer is shown in a larger
//! area, or told as a count without a place. The regulator sees all products, a maker its own.

use serde::{Deserialize, Serialize};

/// Devices on one day that an area has at least. A device's token lasts a day, so devices of different days may be one person's.
pub const PEOPLE_MIN: usize = 3;
/// Days that a map looks back at most: as long as places are kept.
pub const MAP_DAYS_MAX: u32 = 30;
/// Areas that are drawn at most.
pub const AREAS_MAX: usize = 600;
/// Clusters that are listed at most.
pub const CLUSTERS_MAX: usize = 50;
/// Lots that a cluster names at most.
pub const CLUSTER_LOTS_MAX: usize = 5;
/// Codes of one area that are listed at most.
pub const AREA_CODES_MAX: usize = 50;
/// Checks with a place that are looked at: the newest. Worst case memory: 50,000 checks * 250 B = 13 MB.
pub const CHECKS_LOOKED_AT_MAX: usize = 50_000;

/// What a check came out as: the verdicts by what they mean for a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CheckOutcome {
    /// The first check of a good code.
    First,
    /// Checked before, or sold before.
    Before,
    /// Possibly a copy.
    Copy,
    /// Recalled, expired, reported stolen or taken out of use.
    Stopped,
    /// Not released yet. Of codes that nobody issued nothing is counted.
    NotReleased,
}

impl CheckOutcome {
    /// All of them, in the order in which they are drawn.
    pub const ALL: [Self; 5] = [Self::First, Self::Before, Self::Copy, Self::Stopped, Self::NotReleased];

    /// As it is written.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Before => "before",
            Self::Copy => "copy",
            Self::Stopped => "stopped",
            Self::NotReleased => "not_released",
        }
    }

    /// Reads what [`CheckOutcome::word`] writes.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.word() == word)
    }

    /// Speaks against the pack's being the maker's: what the map is about.
    #[must_use]
    pub const fn is_suspicious(self) -> bool {
        matches!(self, Self::Copy | Self::NotReleased)
    }
}

/// What a choice of checks finds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CheckMap {
    /// When it was read, milliseconds since 1970.
    pub as_of_ms: u64,
    /// Days that it looks back.
    pub days: u32,
    /// All checks of the choice, with and without a place.
    pub checks: u64,
    /// Those whose place somebody told.
    pub placed: u64,
    /// There were more with a place than are looked at; the newest are shown.
    pub cut: bool,
    /// Checks with a place that are in no area: too few people anywhere around, or beyond the number of areas.
    pub elsewhere: u64,
    /// Areas, the gravest first.
    pub areas: Vec<MapArea>,
    /// Neighbouring areas with suspicious checks, joined; the gravest first.
    pub clusters: Vec<MapCluster>,
    /// The areas drawn; absent when there is none.
    pub drawing: Option<MapDrawing>,
    /// Checks of each day, the oldest first; each day of the time is there.
    pub by_day: Vec<DayChecks>,
    /// Suspicious codes of the area that was asked for, the gravest first.
    pub codes: Vec<MapCode>,
}

/// What is counted of an area or a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MapCounts {
    /// Checks.
    pub checks: u64,
    /// Of these, suspicious ones: [`CheckOutcome::is_suspicious`].
    pub suspicious: u64,
    /// Different codes.
    pub codes: u64,
    /// Of these, codes with a suspicious check here.
    pub suspicious_codes: u64,
    /// Reports of suspected fakes of these codes, wherever they were made.
    pub reports: u64,
    /// First day, such as `2026-11-03`.
    pub first_day: String,
    /// Last day.
    pub last_day: String,
}

/// An area: a hexagon of H3, or what is left of one beside smaller areas within it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MapArea {
    /// Its index of H3, in hexadecimal digits.
    pub cell: String,
    /// Its resolution: 5 is the finest, 2 the coarsest.
    pub resolution: u8,
    /// Some smaller areas within it are shown by themselves; this is the rest.
    pub rest: bool,
    /// Latitude of its middle, in thousandths of a degree.
    pub lat_mdeg: i32,
    /// Longitude of its middle.
    pub lon_mdeg: i32,
    /// The town that its middle is near to; none where it is far from any, or too wide to be near to one.
    pub near: Option<MapTown>,
    /// Counts.
    pub counts: MapCounts,
}

/// What a town is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MapTown {
    /// In English.
    pub en: String,
    /// In Chinese.
    pub zh: String,
}

/// Neighbouring areas with suspicious checks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MapCluster {
    /// Its areas.
    pub cells: Vec<String>,
    /// The smallest hexagon that holds them all, when there is one: `within` of a closer look.
    pub within: Option<String>,
    /// Latitude of the middle of its gravest area, in thousandths of a degree.
    pub lat_mdeg: i32,
    /// Longitude likewise.
    pub lon_mdeg: i32,
    /// The town that this area is near to.
    pub near: Option<MapTown>,
    /// Counts.
    pub counts: MapCounts,
    /// Lots with the most suspicious checks.
    pub lots: Vec<MapLot>,
}

/// A lot in a cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MapLot {
    /// GTIN-14.
    pub gtin: String,
    /// Lot, where the code named one.
    pub lot: Option<String>,
    /// The product's English name; empty when nobody has registered it.
    pub product_en: String,
    /// Its Chinese name.
    pub product_zh: String,
    /// Suspicious checks.
    pub suspicious: u64,
}

/// A suspicious code of an area.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MapCode {
    /// GTIN-14.
    pub gtin: String,
    /// Lot, where the code named one.
    pub lot: Option<String>,
    /// Serial.
    pub serial: String,
    /// The product's English name; empty when nobody has registered it.
    pub product_en: String,
    /// Its Chinese name.
    pub product_zh: String,
    /// Checks in the area.
    pub checks: u64,
    /// Suspicious ones.
    pub suspicious: u64,
    /// Reports of this code.
    pub reports: u64,
}

/// Checks of one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DayChecks {
    /// The day, such as `2026-11-03`.
    pub day: String,
    /// Checks by outcome, in the order of [`CheckOutcome::ALL`].
    pub counts: Vec<u64>,
}

/// The areas as a drawing: equirectangular, true to scale along the middle latitude, north up. All lengths in tenths of a unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MapDrawing {
    /// Width.
    pub width: i32,
    /// Height.
    pub height: i32,
    /// Outlines, in the order of the areas.
    pub outlines: Vec<MapOutline>,
    /// Meridians and parallels.
    pub lines: Vec<MapLine>,
    /// Length of the scale bar.
    pub scale: i32,
    /// What the scale bar is long on the ground, along the middle latitude, in kilometres.
    pub scale_km: u32,
}

/// The outline of an area.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MapOutline {
    /// Corners.
    pub points: Vec<[i32; 2]>,
    /// Its middle.
    pub middle: [i32; 2],
    /// How wide it is at its narrowest.
    pub across: i32,
}

/// A meridian or parallel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MapLine {
    /// A meridian; otherwise a parallel.
    pub meridian: bool,
    /// Degrees in thousandths: east and north are above zero.
    pub mdeg: i32,
    /// Where it is: across for a meridian, down for a parallel.
    pub at: i32,
}

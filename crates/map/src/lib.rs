//! Where packs are checked: places that people told, as areas in which nobody stands alone.
//!
//! ```text
//! checks with a cell (H3, resolution 5)
//!   -> areas      a tree of hexagons, split as far as each part keeps PEOPLE_MIN people     [tree]
//!   -> clusters   neighbouring areas with suspicious checks, joined                          [clusters]
//!   -> drawing    true outlines, projected; meridians, parallels, a scale bar; no borders    [project]
//! an area       -> the town that it is near to                                             [towns]
//! ```
//! All of it is a function of what goes in: no clock, no database, no file from outside. What is drawn follows from the whole
//! choice: looking closer (`within`) leaves areas away and splits others, and changes the count of none.
//!
//! **Invariant:** pure. No I/O, no clock, no randomness; nothing that goes in stops the program.

#![cfg_attr(
    not(test),
    deny(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::string_slice, clippy::unreachable)
)]

pub mod clusters;
mod counts;
pub mod project;
pub mod towns;
pub mod tree;

#[cfg(test)]
mod tests;

use counts::Data;
use h3o::{CellIndex, LatLng, Resolution};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use tracelight_api::rest::map::{
    AREA_CODES_MAX, AREAS_MAX, CLUSTERS_MAX, CheckOutcome, MapArea, MapCluster, MapCode, MapCounts, MapDrawing,
};
use tracelight_domain::gs1::Date;
use tree::{Shown, grouped};

/// How fine cells are kept.
pub const FINEST: Resolution = Resolution::Five;
/// Levels that areas are split to, the finest first.
const LEVELS: [Resolution; 4] = [Resolution::Five, Resolution::Four, Resolution::Three, Resolution::Two];
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// A check whose place somebody told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedCheck {
    /// Its cell.
    pub cell: u64,
    /// When, milliseconds since 1970.
    pub at_ms: u64,
    /// The day's token of the device, as a hash.
    pub device: Option<[u8; 32]>,
    /// The code.
    pub code: Code,
    /// What it came out as.
    pub outcome: CheckOutcome,
}

/// A code as a check or a report names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Code {
    /// GTIN-14.
    pub gtin: String,
    /// Serial.
    pub serial: String,
    /// Lot, where it was named.
    pub lot: Option<String>,
}

/// Names of products by GTIN: English, Chinese.
pub type Names = BTreeMap<String, (String, String)>;

/// Reports by GTIN and serial, whatever lot a report names.
pub type Reported = BTreeMap<(String, String), u64>;

/// What is asked of the checks.
#[derive(Clone, Copy, Debug, Default)]
pub struct View {
    /// Only areas in this hexagon.
    pub within: Option<CellIndex>,
    /// Minutes from UTC in which days begin.
    pub utc_offset_minutes: i32,
}

/// Areas, clusters and their drawing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Laid {
    /// Areas, the gravest first.
    pub areas: Vec<MapArea>,
    /// Which checks are in each.
    pub members: Vec<Vec<u32>>,
    /// Clusters, the gravest first.
    pub clusters: Vec<MapCluster>,
    /// The drawing, when there is an area.
    pub drawing: Option<MapDrawing>,
    /// Checks in no area of the whole choice.
    pub elsewhere: u64,
}

/// Lays checks out. Products of clusters are named by [`named`].
#[must_use]
pub fn laid(checks: &[PlacedCheck], reports: &Reported, view: &View) -> Laid {
    let data = Data::of(checks, reports, view.utc_offset_minutes);
    let in_view = |shown: &Shown| view.within.is_none_or(|within| holds(within, shown.cell));
    let mut fitting = None;
    for level in LEVELS {
        let mut parts = grouped(&data.seen, level);
        parts.shown.retain(in_view);
        let cells: Vec<CellIndex> = parts.shown.iter().map(|shown| shown.cell).collect();
        let fits = cells.len() <= AREAS_MAX
            && project::drawn(&cells)
                .is_none_or(|drawing| drawing.outlines.iter().all(|one| one.across >= project::ACROSS_MIN));
        fitting = Some(parts);
        if fits {
            break;
        }
    }
    let mut parts = fitting.unwrap_or_default();
    let mut elsewhere = parts.elsewhere + data.no_cell;
    parts.shown.sort_by_cached_key(|shown| Reverse(gravity(&data.counts(&shown.checks))));
    for beyond in parts.shown.split_off(parts.shown.len().min(AREAS_MAX)) {
        elsewhere += beyond.checks.len() as u64;
    }
    let is_suspicious = |shown: &Shown| data.suspicious(&shown.checks) > 0;
    let groups = clusters::joined(&parts.shown, is_suspicious);
    let mut clusters: Vec<MapCluster> = groups.iter().map(|group| data.cluster(&parts.shown, group)).collect();
    clusters.sort_by_cached_key(|cluster| Reverse(gravity(&cluster.counts)));
    clusters.truncate(CLUSTERS_MAX);
    let cells: Vec<CellIndex> = parts.shown.iter().map(|shown| shown.cell).collect();
    Laid {
        areas: parts.shown.iter().map(|shown| data.area(shown)).collect(),
        clusters,
        drawing: project::drawn(&cells),
        elsewhere,
        members: parts.shown.into_iter().map(|shown| shown.checks).collect(),
    }
}

/// Fills in what products are called.
pub fn named(clusters: &mut [MapCluster], names: &Names) {
    for lot in clusters.iter_mut().flat_map(|cluster| &mut cluster.lots) {
        (lot.product_en, lot.product_zh) = names.get(&lot.gtin).cloned().unwrap_or_default();
    }
}

/// Suspicious codes among these checks, the gravest first.
#[must_use]
pub fn codes(checks: &[PlacedCheck], members: &[u32], reports: &Reported, names: &Names) -> Vec<MapCode> {
    let mut by_code: BTreeMap<(&str, &str), MapCode> = BTreeMap::new();
    for check in members.iter().filter_map(|at| checks.get(*at as usize)) {
        let code = &check.code;
        let (product_en, product_zh) = names.get(&code.gtin).cloned().unwrap_or_default();
        let entry = by_code.entry((&code.gtin, &code.serial)).or_insert_with(|| MapCode {
            gtin: code.gtin.clone(),
            lot: None,
            serial: code.serial.clone(),
            product_en,
            product_zh,
            checks: 0,
            suspicious: 0,
            reports: reports.get(&(code.gtin.clone(), code.serial.clone())).copied().unwrap_or_default(),
        });
        entry.lot = entry.lot.take().or_else(|| code.lot.clone());
        entry.checks += 1;
        entry.suspicious += u64::from(check.outcome.is_suspicious());
    }
    let mut all: Vec<MapCode> = by_code.into_values().filter(|code| code.suspicious > 0).collect();
    all.sort_by_key(|code| Reverse((code.suspicious, code.reports, code.checks)));
    all.truncate(AREA_CODES_MAX);
    all
}

/// Reads a hexagon as the map names it; finer ones than are kept are none.
#[must_use]
pub fn hexagon(text: &str) -> Option<CellIndex> {
    let cell: CellIndex = text.parse().ok()?;
    (cell.resolution() <= FINEST).then_some(cell)
}

/// The cell of a place, in degrees; no place has none.
#[must_use]
pub fn cell_at(lat: f64, lon: f64) -> Option<u64> {
    Some(u64::from(LatLng::new(lat, lon).ok()?.to_cell(FINEST)))
}

/// Does a hexagon hold an area? An area that is larger than it does not count.
fn holds(within: CellIndex, cell: CellIndex) -> bool {
    cell.parent(within.resolution()) == Some(within)
}

/// Codes that look copied weigh most, then how often, then how often somebody said so.
fn gravity(counts: &MapCounts) -> (u64, u64, u64, u64) {
    (counts.suspicious_codes, counts.suspicious, counts.reports, counts.checks)
}

/// The day in which a moment is, counted from 1970.
#[must_use]
pub fn day_of(at_ms: u64, utc_offset_minutes: i32) -> i64 {
    let at = i64::try_from(at_ms).unwrap_or(i64::MAX / 2);
    (at + i64::from(utc_offset_minutes) * 60_000).div_euclid(DAY_MS)
}

/// A day in words: `2026-11-03`.
#[must_use]
pub fn day_words(day: i64) -> String {
    Date::from_days(day).map(|date| date.to_string()).unwrap_or_default()
}

/// Degrees in thousandths.
fn mdeg(degrees: f64) -> i32 {
    #[expect(clippy::cast_possible_truncation, reason = "within 360,000")]
    let rounded = (degrees * 1_000.0).round() as i32;
    rounded
}

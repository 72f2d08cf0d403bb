//! Counts of areas and clusters.

use super::clusters::common;
use super::tree::{Seen, Shown};
use super::{Code, FINEST, PlacedCheck, Reported, day_of, day_words, mdeg, towns};
use h3o::{CellIndex, LatLng};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use tracelight_api::rest::map::{CLUSTER_LOTS_MAX, MapArea, MapCluster, MapCounts, MapLot, MapTown};

/// The checks, with devices and codes as numbers.
pub struct Data<'a> {
    /// Checks in cells of ours.
    pub seen: Vec<Seen>,
    /// Checks whose number is no cell of ours.
    pub no_cell: u64,
    checks: &'a [PlacedCheck],
    /// Of each check: its code's number, and its day.
    of_check: Vec<(u32, i64)>,
    /// Reports of each code.
    reported: Vec<u64>,
}

impl<'a> Data<'a> {
    pub fn of(checks: &'a [PlacedCheck], reports: &Reported, utc_offset_minutes: i32) -> Self {
        let mut devices: BTreeMap<[u8; 32], u32> = BTreeMap::new();
        let mut codes: BTreeMap<(&str, &str), u32> = BTreeMap::new();
        let mut data = Self { seen: Vec::new(), no_cell: 0, checks, of_check: Vec::new(), reported: Vec::new() };
        for (check, at) in checks.iter().zip(0u32..) {
            let next = number(devices.len());
            let device = check.device.map(|device| *devices.entry(device).or_insert(next));
            let Code { gtin, serial, .. } = &check.code;
            let next = number(codes.len());
            let code = *codes.entry((gtin, serial)).or_insert(next);
            if code == next {
                data.reported.push(reports.get(&(gtin.clone(), serial.clone())).copied().unwrap_or_default());
            }
            let day = day_of(check.at_ms, utc_offset_minutes);
            data.of_check.push((code, day));
            match CellIndex::try_from(check.cell).ok().filter(|cell| cell.resolution() == FINEST) {
                Some(cell) => data.seen.push(Seen { at, cell, day, device }),
                None => data.no_cell += 1,
            }
        }
        data
    }

    /// Suspicious checks.
    pub fn suspicious(&self, members: &[u32]) -> u64 {
        members.iter().filter(|at| self.is_suspicious(**at)).count() as u64
    }

    fn is_suspicious(&self, at: u32) -> bool {
        self.checks.get(at as usize).is_some_and(|check| check.outcome.is_suspicious())
    }

    /// What is counted of these checks.
    pub fn counts(&self, members: &[u32]) -> MapCounts {
        let facts = || members.iter().filter_map(|at| Some((*at, *self.of_check.get(*at as usize)?)));
        let codes: BTreeSet<u32> = facts().map(|(_, (code, _))| code).collect();
        let bad = facts().filter(|(at, _)| self.is_suspicious(*at)).map(|(_, (code, _))| code);
        let reports = codes.iter().filter_map(|code| self.reported.get(*code as usize)).sum();
        let words = |day: Option<i64>| day.map(day_words).unwrap_or_default();
        MapCounts {
            checks: members.len() as u64,
            suspicious: self.suspicious(members),
            suspicious_codes: bad.collect::<BTreeSet<_>>().len() as u64,
            codes: codes.len() as u64,
            reports,
            first_day: words(facts().map(|(_, (_, day))| day).min()),
            last_day: words(facts().map(|(_, (_, day))| day).max()),
        }
    }

    /// An area.
    pub fn area(&self, shown: &Shown) -> MapArea {
        let middle = LatLng::from(shown.cell);
        MapArea {
            cell: shown.cell.to_string(),
            resolution: u8::from(shown.cell.resolution()),
            rest: shown.rest,
            lat_mdeg: mdeg(middle.lat()),
            lon_mdeg: mdeg(middle.lng()),
            near: near(shown.cell),
            counts: self.counts(&shown.checks),
        }
    }

    /// A cluster of these areas, which stand in the order of their gravity.
    pub fn cluster(&self, shown: &[Shown], group: &[usize]) -> MapCluster {
        let parts: Vec<&Shown> = group.iter().filter_map(|at| shown.get(*at)).collect();
        let members: Vec<u32> = parts.iter().flat_map(|part| part.checks.iter().copied()).collect();
        let cells: Vec<CellIndex> = parts.iter().map(|part| part.cell).collect();
        let middle = cells.first().copied().map(LatLng::from);
        MapCluster {
            within: common(&cells).map(|cell| cell.to_string()),
            lat_mdeg: middle.map(|middle| mdeg(middle.lat())).unwrap_or_default(),
            lon_mdeg: middle.map(|middle| mdeg(middle.lng())).unwrap_or_default(),
            near: cells.first().copied().and_then(near),
            cells: cells.iter().map(ToString::to_string).collect(),
            counts: self.counts(&members),
            lots: self.lots(&members),
        }
    }

    fn lots(&self, members: &[u32]) -> Vec<MapLot> {
        let mut lots: BTreeMap<(&str, Option<&str>), u64> = BTreeMap::new();
        for at in members.iter().filter(|at| self.is_suspicious(**at)) {
            if let Some(check) = self.checks.get(*at as usize) {
                *lots.entry((&check.code.gtin, check.code.lot.as_deref())).or_default() += 1;
            }
        }
        let mut lots: Vec<_> = lots.into_iter().collect();
        lots.sort_by_key(|(_, count)| Reverse(*count));
        let lot = |((gtin, lot), suspicious): ((&str, Option<&str>), u64)| MapLot {
            gtin: gtin.to_owned(),
            lot: lot.map(str::to_owned),
            product_en: String::new(),
            product_zh: String::new(),
            suspicious,
        };
        lots.into_iter().take(CLUSTER_LOTS_MAX).map(lot).collect()
    }
}

fn near(cell: CellIndex) -> Option<MapTown> {
    towns::near(cell).map(|town| MapTown { en: town.en.to_owned(), zh: town.zh.to_owned() })
}

/// At most [`CHECKS_LOOKED_AT_MAX`](tracelight_api::rest::map::CHECKS_LOOKED_AT_MAX) of a kind.
fn number(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

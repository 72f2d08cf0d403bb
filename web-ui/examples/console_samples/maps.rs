//! A canned map: checks of some towns, laid out as the server does it.

use tracelight_api::rest::map::{CheckMap, CheckOutcome, DayChecks};
use tracelight_map::{Code, Names, PlacedCheck, Reported, View, codes, day_of, day_words, hexagon, laid, named};

use super::{GTIN, HOUR, NOW_MS};

/// Towns: where, devices, checks that look copied.
const TOWNS: [(f64, f64, u8, u8); 12] = [
    (34.27, 108.95, 14, 9),
    (34.33, 109.20, 6, 4),
    (34.37, 107.15, 5, 0),
    (35.10, 109.00, 4, 0),
    (34.50, 109.50, 7, 1),
    (32.70, 109.02, 5, 3),
    (33.07, 107.02, 4, 0),
    (33.87, 109.94, 3, 0),
    (36.60, 109.49, 8, 0),
    (38.28, 109.73, 3, 3),
    (34.90, 108.10, 2, 1),
    (36.00, 108.00, 1, 0),
];

fn checks() -> Vec<PlacedCheck> {
    let mut all = Vec::new();
    for ((lat, lon, devices, copied), town) in TOWNS.into_iter().zip(0u8..) {
        for device in 0..devices {
            let copy = device < copied;
            let outcome = match (copy, device % 3) {
                (true, 0) => CheckOutcome::NotReleased,
                (true, _) => CheckOutcome::Copy,
                (false, 0) => CheckOutcome::Before,
                (false, _) => CheckOutcome::First,
            };
            let serial = if copy { format!("8K2M{:04}", town % 3) } else { format!("S{town:02}{device:03}") };
            let lot = Some(if town % 2 == 0 { "A24K07" } else { "A24K08" }.to_owned());
            all.push(PlacedCheck {
                cell: tracelight_map::cell_at(lat, lon).expect("a place"),
                at_ms: NOW_MS - u64::from(town % 7) * 24 * HOUR,
                device: Some([town.wrapping_mul(16).wrapping_add(device); 32]),
                code: Code { gtin: GTIN.into(), serial, lot },
                outcome,
            });
        }
    }
    all
}

/// The map; within a hexagon when one is given.
pub fn map(within: Option<&str>) -> CheckMap {
    let checks = checks();
    let reports = Reported::from([((GTIN.to_owned(), "8K2M0000".to_owned()), 3)]);
    let view = View { within: within.and_then(hexagon), utc_offset_minutes: 480 };
    let mut laid = laid(&checks, &reports, &view);
    let product = ("Paracetamol oral suspension".to_owned(), "对乙酰氨基酚口服混悬液".to_owned());
    let names = Names::from([(GTIN.to_owned(), product)]);
    named(&mut laid.clusters, &names);
    let members = laid.members.first().cloned().unwrap_or_default();
    let today = day_of(NOW_MS, 480);
    let day = |ago: u64| DayChecks {
        day: day_words(today - ago as i64),
        counts: vec![
            20 + ago * 7 % 13,
            9 + ago * 5 % 7,
            7_u64.saturating_sub(ago),
            ago % 4,
            u64::from(ago.is_multiple_of(5)),
        ],
    };
    let by_day: Vec<DayChecks> = (0..30).rev().map(day).collect();
    CheckMap {
        as_of_ms: NOW_MS,
        days: 30,
        checks: by_day.iter().flat_map(|day| &day.counts).sum(),
        placed: checks.len() as u64,
        cut: false,
        elsewhere: laid.elsewhere,
        codes: codes(&checks, &members, &reports, &names),
        areas: laid.areas,
        clusters: laid.clusters,
        drawing: laid.drawing,
        by_day,
    }
}

/// A map of which nobody has told a place.
pub fn placeless() -> CheckMap {
    let map = map(None);
    CheckMap {
        placed: 0,
        elsewhere: 0,
        areas: Vec::new(),
        clusters: Vec::new(),
        drawing: None,
        codes: Vec::new(),
        ..map
    }
}

/// The gravest area.
pub fn first() -> String {
    map(None).areas.first().map(|area| area.cell.clone()).expect("there are areas")
}

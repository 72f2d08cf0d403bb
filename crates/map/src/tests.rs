//! Small counts, clusters, outlines across 180 degrees and at the poles.

use super::project::{ACROSS_MIN, drawn};
use super::tree::{Seen, grouped, people};
use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;
use tracelight_api::rest::map::{MapTown, PEOPLE_MIN};

fn cell(lat: f64, lon: f64) -> CellIndex {
    LatLng::new(lat, lon).expect("a place").to_cell(FINEST)
}

fn check(lat: f64, lon: f64, day: u64, device: u8, outcome: CheckOutcome, serial: &str) -> PlacedCheck {
    let code = Code { gtin: "06901234000771".to_owned(), serial: serial.to_owned(), lot: Some("L1".to_owned()) };
    let at_ms = day * 86_400_000 + 1_000;
    PlacedCheck { cell: cell(lat, lon).into(), at_ms, device: Some([device; 32]), code, outcome }
}

fn seen(cell: CellIndex, at: u32, day: i64, device: u32) -> Seen {
    Seen { at, cell, day, device: Some(device) }
}

/// Checks around some towns, on a few days, by a few devices.
fn somewhere() -> impl Strategy<Value = Vec<Seen>> {
    let towns = [(39.9, 116.4), (31.2, 121.5), (-16.5, 179.9), (-16.5, -179.9), (89.9, 10.0), (0.0, 0.0)];
    let one = (0..towns.len(), -8i32..8, -8i32..8, 0i64..4, 0u32..12);
    proptest::collection::vec(one, 0..220).prop_map(move |rows| {
        let rows = rows.into_iter().zip(0u32..);
        let place = |town: usize, north: i32, east: i32| {
            let (lat, lon) = towns[town];
            cell((lat + f64::from(north) * 0.15_f64).min(90.0), lon + f64::from(east) * 0.15)
        };
        rows.map(|((town, north, east, day, device), at)| seen(place(town, north, east), at, day, device)).collect()
    })
}

proptest! {
    #[test]
    fn r6_nobody_stands_alone_on_a_map_nor_between_two_maps(all in somewhere()) {
        let by_at = |numbers: &[u32]| -> Vec<Seen> { numbers.iter().map(|at| all[*at as usize]).collect() };
        for level in LEVELS {
            let parts = grouped(&all, level);
            let mut counted = BTreeSet::new();
            for one in &parts.shown {
                prop_assert!(one.cell.resolution() <= level);
                prop_assert!(people(&by_at(&one.checks)) >= PEOPLE_MIN, "{one:?}");
                for at in &one.checks {
                    prop_assert!(counted.insert(*at), "once");
                    prop_assert_eq!(all[*at as usize].cell.parent(one.cell.resolution()), Some(one.cell));
                }
            }
            prop_assert_eq!(counted.len() as u64 + parts.elsewhere, all.len() as u64, "none is lost");
            // A wide look less a close one: what a hexagon of this level has beyond its areas of the finest level.
            let fine = grouped(&all, FINEST);
            for wide in &parts.shown {
                let inside = fine.shown.iter().filter(|one| one.cell != wide.cell && holds(wide.cell, one.cell));
                let known: BTreeSet<u32> = inside.flat_map(|one| one.checks.clone()).collect();
                let left: Vec<u32> = wide.checks.iter().copied().filter(|at| !known.contains(at)).collect();
                prop_assert!(left.is_empty() || people(&by_at(&left)) >= PEOPLE_MIN, "{wide:?}: {left:?}");
            }
        }
    }

    #[test]
    fn r6_every_outline_is_on_the_map(all in somewhere()) {
        let cells: Vec<CellIndex> = all.iter().map(|one| one.cell).collect::<BTreeSet<_>>().into_iter().collect();
        let Some(map) = drawn(&cells) else { return Ok(()) };
        prop_assert!(map.width == 7_200 && (3_600..=6_400).contains(&map.height), "{} x {}", map.width, map.height);
        for outline in &map.outlines {
            for [x, y] in outline.points.iter().copied().chain([outline.middle]) {
                prop_assert!((0..=map.width).contains(&x) && (0..=map.height).contains(&y), "{outline:?}");
            }
        }
        prop_assert!(map.lines.len() <= 20 && map.scale > 0 && map.scale < map.width / 3);
    }
}

#[test]
fn r6_one_person_on_many_days_is_one_person() {
    let home = cell(39.9, 116.4);
    let days: Vec<Seen> = (0..9u32).map(|day| seen(home, day, i64::from(day), day)).collect();
    assert_eq!(people(&days), 1, "a token lasts a day");
    let without = Seen { device: None, ..days[0] };
    assert_eq!(people(&[without; 5]), 0, "nobody knows");
    let parts = grouped(&days, FINEST);
    assert!(parts.shown.is_empty() && parts.elsewhere == 9);
}

#[test]
fn r6_fewer_than_three_go_into_the_larger_area_and_take_no_count_with_them() {
    let (town, village) = (cell(39.9, 116.4), cell(39.9, 116.4).edges().next().expect("six").destination());
    let mut all: Vec<Seen> = (0..5u32).map(|at| seen(town, at, 0, at)).collect();
    let alone = grouped(&all, FINEST);
    assert_eq!(alone.shown.iter().map(|one| one.cell).collect::<Vec<_>>(), [town]);
    all.push(seen(village, 5, 0, 9));
    let parts = grouped(&all, FINEST);
    let [one] = &parts.shown[..] else { panic!("one area: {parts:?}") };
    assert!(one.cell.resolution() < FINEST && !one.rest && one.checks.len() == 6, "{one:?}");
}

#[test]
fn r6_neighbours_with_suspicious_checks_are_one_cluster_and_the_gravest_stands_first() {
    let here = LatLng::from(cell(31.2, 121.5).edges().next().expect("six").destination());
    let mut all = Vec::new();
    for device in 0..6u8 {
        all.push(check(31.2, 121.5, 20_000, device, CheckOutcome::Copy, "A"));
        all.push(check(here.lat(), here.lng(), 20_000, device, CheckOutcome::Copy, if device < 3 { "A" } else { "B" }));
        all.push(check(23.1, 113.3, 20_000, device, CheckOutcome::Copy, "C"));
        all.push(check(45.8, 126.5, 20_000, device, CheckOutcome::First, "D"));
    }
    let reports = Reported::from([(("06901234000771".to_owned(), "B".to_owned()), 2)]);
    let laid = laid(&all, &reports, &View::default());
    let [first, second] = &laid.clusters[..] else { panic!("two clusters: {:?}", laid.clusters) };
    assert_eq!((first.counts.suspicious, first.counts.suspicious_codes, first.counts.reports), (12, 2, 2));
    assert_eq!((second.counts.suspicious, second.counts.suspicious_codes, second.counts.reports), (6, 1, 0));
    assert_eq!(first.lots[0].suspicious, 12);
    // Over half a continent areas are too wide to be near to one town.
    assert!(laid.areas.iter().all(|area| area.resolution < 4 && area.near.is_none()), "{:?}", laid.areas);
    assert_eq!(first.counts.first_day, "2024-10-04");
    assert!(laid.areas.last().is_some_and(|area| area.counts.suspicious == 0), "the quiet one stands last");
    let within: CellIndex = first.within.as_deref().expect("they have one").parse().expect("a cell");
    let closer = super::laid(&all, &reports, &View { within: Some(within), ..View::default() });
    assert_eq!(closer.areas.iter().map(|area| area.counts.checks).sum::<u64>(), 12, "{:?}", closer.areas);
    assert_eq!(closer.elsewhere, laid.elsewhere);
    let town = |near: &Option<MapTown>| near.as_ref().map(|town| (town.en.clone(), town.zh.clone()));
    let shanghai = Some(("Shanghai".to_owned(), "上海".to_owned()));
    assert_eq!((town(&closer.clusters[0].near), town(&closer.areas[0].near)), (shanghai.clone(), shanghai));
    let listed = codes(&all, &laid.members[0], &reports, &Names::new());
    assert!(listed.iter().all(|code| code.suspicious > 0) && !listed.is_empty());
}

#[test]
fn r6_a_map_across_180_degrees_is_whole_and_a_pole_is_a_strip() {
    let fiji = [cell(-16.5, 179.95), cell(-16.5, -179.95), cell(-17.0, 179.6)];
    let map = drawn(&fiji).expect("drawn");
    let wide = map.outlines.iter().map(|one| {
        one.points.iter().map(|point| point[0]).max().unwrap_or(0)
            - one.points.iter().map(|point| point[0]).min().unwrap_or(0)
    });
    assert!(wide.max().expect("three") < map.width / 2, "no outline goes round the world");
    assert!(map.scale_km <= 50, "the three are near each other: {} km", map.scale_km);
    assert!(map.lines.iter().any(|line| line.meridian && line.mdeg.abs() == 180_000), "{:?}", map.lines);
    for pole in [90.0, -90.0] {
        let map =
            drawn(&[cell(pole, 0.0), cell(pole, 0.0).edges().next().expect("some").destination()]).expect("drawn");
        let strip = &map.outlines[0];
        let xs = || strip.points.iter().map(|point| point[0]);
        assert!(xs().max().unwrap_or(0) - xs().min().unwrap_or(0) > map.width / 4, "{strip:?}");
        assert!(strip.across > 0);
    }
    assert_eq!(drawn(&[]), None);
}

#[test]
fn r6_a_country_is_drawn_in_hexagons_that_can_be_hit() {
    let mut all = Vec::new();
    for (north, east) in (0..12u8).flat_map(|north| (0..12u8).map(move |east| (north, east))) {
        for device in 0..3u8 {
            let (lat, lon) = (22.0 + f64::from(north) * 1.7, 98.0 + f64::from(east) * 2.1);
            all.push(check(lat, lon, 20_000, device, CheckOutcome::Before, &format!("S{north}-{east}")));
        }
    }
    let laid = laid(&all, &Reported::new(), &View::default());
    let drawing = laid.drawing.expect("drawn");
    assert!(drawing.outlines.iter().all(|one| one.across >= ACROSS_MIN), "{:?}", drawing.outlines.first());
    assert_eq!(laid.areas.iter().map(|area| area.counts.checks).sum::<u64>() + laid.elsewhere, all.len() as u64);
    assert!(laid.clusters.is_empty());
}

//! What a rough place is called: the town that it is near to.
//!
//! The list (`towns.tsv`) holds China's towns down to the seats of prefectures, and large ones elsewhere. A place with none of them within
//! [`NEAR_KM`] has no name: "near" has to be true to somebody who lives there.

use h3o::{CellIndex, LatLng, Resolution};
use std::sync::LazyLock;
use tracelight_domain::risk::{Place, Source};

/// How far "near" reaches, in kilometres.
pub const NEAR_KM: u32 = 60;
/// The same to the north or south, in thousandths of a degree, rounded up: 111 km are one.
const NEAR_MDEG: u32 = 560;
/// The coarsest areas that are near to one town, some 45 km across.
const COARSEST: Resolution = Resolution::Four;

/// A town.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Town {
    /// Its name in Chinese.
    pub zh: &'static str,
    /// In English.
    pub en: &'static str,
    at: Place,
}

static TOWNS: LazyLock<Vec<Town>> = LazyLock::new(|| include_str!("towns.tsv").lines().filter_map(town).collect());

/// A line of the list; a comment is none. That every other line is one is tested.
fn town(line: &'static str) -> Option<Town> {
    let mut columns = line.split('\t');
    let (zh, en) = (columns.next()?, columns.next()?);
    let at = point(columns.next()?.parse().ok()?, columns.next()?.parse().ok()?);
    Some(Town { zh, en, at })
}

fn point(lat: f64, lon: f64) -> Place {
    Place { lat_mdeg: super::mdeg(lat), lon_mdeg: super::mdeg(lon), reach_km: 0, source: Source::Record }
}

/// The town that the middle of an area is near to; none of an area that is wider than that.
#[must_use]
pub fn near(cell: CellIndex) -> Option<&'static Town> {
    if cell.resolution() < COARSEST {
        return None;
    }
    let middle = LatLng::from(cell);
    let middle = point(middle.lat(), middle.lng());
    let close = |town: &&Town| town.at.lat_mdeg.abs_diff(middle.lat_mdeg) <= NEAR_MDEG;
    let apart = TOWNS.iter().filter(close).map(|town| (town.at.km_apart(&middle), town));
    apart.filter(|(km, _)| *km <= NEAR_KM).min_by_key(|(km, _)| *km).map(|(_, town)| town)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FINEST;
    use std::collections::BTreeSet;

    fn name(lat: f64, lon: f64) -> Option<&'static str> {
        near(LatLng::new(lat, lon).expect("a place").to_cell(FINEST)).map(|town| town.en)
    }

    #[test]
    fn c14_every_line_is_a_town_with_names_of_its_own() {
        let lines = include_str!("towns.tsv").lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!((TOWNS.len(), lines > 450), (lines, true));
        for names in [|town: &Town| town.zh, |town: &Town| town.en] {
            let own: BTreeSet<_> = TOWNS.iter().map(names).collect();
            assert_eq!(own.len(), TOWNS.len(), "a name stands twice");
        }
        for town in TOWNS.iter() {
            assert!(!town.zh.is_empty() && !town.zh.is_ascii() && !town.en.is_empty(), "{town:?}");
            assert!(town.at.lat_mdeg.abs() <= 90_000 && town.at.lon_mdeg.abs() <= 180_000, "{town:?}");
            let itself = near(
                LatLng::new(f64::from(town.at.lat_mdeg) / 1_000.0, f64::from(town.at.lon_mdeg) / 1_000.0)
                    .expect("a place")
                    .to_cell(FINEST),
            );
            assert!(itself.is_some_and(|found| found.at.km_apart(&town.at) <= 20), "{town:?}: {itself:?}");
        }
    }

    #[test]
    fn c14_a_place_is_near_the_closest_town_and_the_sea_and_the_desert_are_near_none() {
        assert_eq!(name(34.27, 108.95), Some("Xi'an"));
        assert_eq!(name(34.33, 108.72), Some("Xianyang"), "20 km further");
        assert_eq!(name(-33.8, 151.0), Some("Sydney"), "south and east");
        assert_eq!(name(40.9, -74.2), Some("New York"), "west");
        for (lat, lon) in [(0.0, -150.0), (39.0, 83.0), (89.9, 10.0), (-89.9, 10.0)] {
            assert_eq!(name(lat, lon), None, "{lat} {lon}");
        }
        let fine = LatLng::new(34.27, 108.95).expect("a place");
        assert!(near(fine.to_cell(Resolution::Four)).is_some());
        assert!(near(fine.to_cell(Resolution::Three)).is_none(), "an area of 120 km is near to many");
    }
}

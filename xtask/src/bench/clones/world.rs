//! The land: 300 towns between 22 and 45 degrees north and 98 and 125 degrees east, as large as Zipf's law makes them, and
//! what a server learns of where somebody is.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use tracelight_domain::risk::{Place, Source};

/// Towns.
const TOWNS: usize = 300;
/// The largest of them, through which carriers lead their provinces.
const CAPITALS: usize = 30;
/// Kilometres that are "near".
const NEAR_KM: u32 = 300;

/// Of all checks: no place is known.
const P_NO_PLACE: f64 = 0.10;
/// Of all checks: the person shares where it is.
const P_SHARED: f64 = 0.12;
/// Of the network's guesses: a tunnel, which ends anywhere.
const P_TUNNEL: f64 = 0.03;
/// Of the network's guesses: the capital of the province.
const P_CAPITAL: f64 = 0.10;

/// A town's number.
pub type Town = usize;

/// The land.
pub struct World {
    towns: Vec<(i32, i32)>,
    /// Sums of the sizes, for drawing.
    sums: Vec<f64>,
    capital_of: Vec<Town>,
    near: Vec<Vec<Town>>,
}

impl World {
    pub fn new(rng: &mut ChaCha8Rng) -> Self {
        let towns: Vec<(i32, i32)> =
            (0..TOWNS).map(|_| (rng.random_range(22_000..45_000), rng.random_range(98_000..125_000))).collect();
        let mut sum = 0.0;
        let sums = (0..TOWNS)
            .map(|rank| {
                sum += 1.0 / (rank as f64 + 5.0);
                sum
            })
            .collect();
        let mut world = Self { towns, sums, capital_of: Vec::new(), near: Vec::new() };
        let km = |a: Town, b: Town| world.middle(a).km_apart(&world.middle(b));
        let capital_of =
            (0..TOWNS).map(|town| (0..CAPITALS).min_by_key(|other| km(town, *other)).unwrap_or(0)).collect();
        let near = (0..TOWNS)
            .map(|town| (0..TOWNS).filter(|other| *other != town && km(town, *other) <= NEAR_KM).collect())
            .collect();
        (world.capital_of, world.near) = (capital_of, near);
        world
    }

    /// Where somebody lives: large towns more often.
    pub fn anywhere(&self, rng: &mut ChaCha8Rng) -> Town {
        let at = rng.random::<f64>() * self.sums.last().copied().unwrap_or(1.0);
        self.sums.partition_point(|sum| *sum < at).min(TOWNS - 1)
    }

    /// A town within 300 km; the same one where there is none.
    pub fn near(&self, town: Town, rng: &mut ChaCha8Rng) -> Town {
        let near = &self.near[town];
        if near.is_empty() { town } else { near[rng.random_range(0..near.len())] }
    }

    fn middle(&self, town: Town) -> Place {
        self.place(town, 0, Source::Record)
    }

    fn place(&self, town: Town, reach_km: u16, source: Source) -> Place {
        let (lat_mdeg, lon_mdeg) = self.towns[town];
        Place { lat_mdeg, lon_mdeg, reach_km, source }
    }

    /// A place as the record of the goods has it.
    pub fn recorded(&self, town: Town) -> Place {
        self.place(town, 10, Source::Record)
    }

    /// What a server learns of somebody in this town.
    pub fn observed(&self, town: Town, rng: &mut ChaCha8Rng) -> Option<Place> {
        if rng.random_bool(P_NO_PLACE) {
            return None;
        }
        if rng.random_bool(P_SHARED) {
            let mut place = self.place(town, 10, Source::Shared);
            place.lat_mdeg += rng.random_range(-100..=100);
            place.lon_mdeg += rng.random_range(-100..=100);
            return Some(place);
        }
        let guessed = if rng.random_bool(P_TUNNEL) {
            rng.random_range(0..CAPITALS)
        } else if rng.random_bool(P_CAPITAL) {
            self.capital_of[town]
        } else {
            town
        };
        Some(self.place(guessed, 150, Source::Network))
    }
}

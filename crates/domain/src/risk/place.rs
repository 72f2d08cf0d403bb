//! Rough places on the globe.

/// Mean radius of the earth, kilometres.
const EARTH_KM: f64 = 6_371.0;

/// Where a place is known from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A person shared it.
    Shared,
    /// The network that asked stands about there.
    Network,
    /// The record of the goods.
    Record,
}

/// A rough place: the middle of an area and how far it reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Latitude of the middle, in thousandths of a degree, north positive.
    pub lat_mdeg: i32,
    /// Longitude, in thousandths of a degree, east positive.
    pub lon_mdeg: i32,
    /// How far the area reaches from its middle, kilometres.
    pub reach_km: u16,
    /// Where it is known from.
    pub source: Source,
}

impl Place {
    /// Kilometres that lie at least between two places: the distance of the middles less both reaches.
    #[must_use]
    pub fn km_apart(&self, other: &Self) -> u32 {
        let radians = |mdeg: i32| f64::from(mdeg) / 1_000.0 * std::f64::consts::PI / 180.0;
        let (lat, other_lat) = (radians(self.lat_mdeg), radians(other.lat_mdeg));
        let half = |a: f64, b: f64| ((b - a) / 2.0).sin().powi(2);
        // The haversine formula.
        let h =
            half(lat, other_lat) + lat.cos() * other_lat.cos() * half(radians(self.lon_mdeg), radians(other.lon_mdeg));
        let km = 2.0 * EARTH_KM * h.clamp(0.0, 1.0).sqrt().asin();
        let least = km - f64::from(self.reach_km) - f64::from(other.reach_km);
        // Half the earth's circumference at most, so it fits.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 20,016")]
        let least = least.max(0.0) as u32;
        least
    }
}

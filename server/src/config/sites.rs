//! `[[sites]]`: where members keep goods, for the rules that compare where a pack was sent with where it is checked.
//!
//! ```toml
//! [[sites]]
//! member = "6901234000030"
//! lat = 34.26                # degrees, north positive
//! lon = 108.94               # degrees, east positive
//! reach_km = 20              # how far its places lie from there; a chain of branches in one province: 300
//! ```

use serde::Deserialize;

/// The longest reach, in kilometres: a continent.
const REACH_KM_MAX: u16 = 3_000;

/// Where a member keeps goods.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct SiteConfig {
    /// GLN.
    pub member: String,
    /// Latitude in degrees.
    pub lat: f64,
    /// Longitude in degrees.
    pub lon: f64,
    /// Kilometres that its places lie from there at most, 0 to 3,000. Default 20.
    #[serde(default = "reach_km")]
    pub reach_km: u16,
}

const fn reach_km() -> u16 {
    20
}

impl SiteConfig {
    pub(super) fn faults(&self, at: &str, faults: &mut Vec<String>) {
        if let Err(error) = tracelight_domain::gs1::Gln::parse(&self.member) {
            faults.push(format!("{at}.member: {error}"));
        }
        for (name, value, most) in [("lat", self.lat, 90.0), ("lon", self.lon, 180.0)] {
            if !value.is_finite() || value.abs() > most {
                faults.push(format!("{at}.{name}: {value} is outside -{most} to {most}"));
            }
        }
        if self.reach_km > REACH_KM_MAX {
            faults.push(format!("{at}.reach_km: {} is outside 0 to {REACH_KM_MAX}", self.reach_km));
        }
    }
}

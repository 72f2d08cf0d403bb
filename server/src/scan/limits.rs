//! How often shoppers' forms may be sent, by network and by code.
//!
//! | form | one network | one code, from everywhere |
//! |---|---|---|
//! | `POST /scan/check` | 600 in a minute | 60 in a minute |
//! | `POST /scan/receipt` | 120 in a minute | 60 in ten minutes |
//! | `POST /scan/report` | 60 in ten minutes | 20 in ten minutes |
//! | `GET /scan/case` | 60 in ten minutes | |
//! | `POST /scan/pin` | 120 in a minute | 20 in ten minutes; of wrong PINs five a day ([`tracelight_marks::pin::TRIES`]) |
//!
//! * **Pages with a verdict are never limited here**, nor is the bundle: whoever holds a pack gets the answer. A refused check is
//!   one that is not counted; the page that it came from stays as it is. The answer is 429 with `Retry-After`.
//! * A network is an IPv4 address, or the /64 of an IPv6 one. Carriers put thousands of phones behind one IPv4 address; ten checks
//!   a second are more than they make, and when they are not, they lose counts and nothing else.
//! * A code's bound stops one person from filling the table of checks about one pack. 60 in a minute are far more than any rule
//!   of risk needs to see.
//! * Networks live in memory only, for one window: 20,000 of them and 20,000 codes for each form, together less than 12 MB. When
//!   there are more at once, the latecomers share one window of 100 times the bound.
//! * The network is that of the connection, or what a reverse proxy that the configuration names (`proxies`) says it is. A server
//!   behind `https://` that names no proxy sees only its proxy's address: there, networks are not limited, and the start says so.

use super::token::Subject;
use crate::config::Network;
use crate::http::ApiError;
use crate::rates::{Bounds, Full, Rates, TooOften};
use axum::http::HeaderMap;
use std::net::{IpAddr, Ipv6Addr};

/// Entries of `X-Forwarded-For` that are looked at, from the right.
const HOPS_MAX: usize = 8;

const fn bounds(uses_max: u32, window_ms: u64) -> Bounds {
    Bounds { uses_max, window_ms, keys_max: 20_000, full: Full::Share(100 * uses_max) }
}

const MINUTE_MS: u64 = 60_000;
const CHECKS_OF_NETWORK: Bounds = bounds(600, MINUTE_MS);
const CHECKS_OF_CODE: Bounds = bounds(60, MINUTE_MS);
const PINS_OF_NETWORK: Bounds = bounds(120, MINUTE_MS);
const PINS_OF_CODE: Bounds = bounds(20, 10 * MINUTE_MS);
const RECEIPTS_OF_NETWORK: Bounds = bounds(120, MINUTE_MS);
const RECEIPTS_OF_CODE: Bounds = bounds(60, 10 * MINUTE_MS);
const REPORTS_OF_NETWORK: Bounds = bounds(60, 10 * MINUTE_MS);
const REPORTS_OF_CODE: Bounds = bounds(20, 10 * MINUTE_MS);

/// Counts of one form.
#[derive(Debug)]
pub struct FormLimit {
    name: &'static str,
    networks: Rates<IpAddr>,
    codes: Rates<String>,
}

/// Counts of all forms.
#[derive(Debug)]
pub struct Limits {
    /// Of checks.
    pub checks: FormLimit,
    /// Of reports.
    pub reports: FormLimit,
    /// Of reports that are looked up by their numbers.
    pub cases: FormLimit,
    /// Of PINs.
    pub pins: FormLimit,
    /// Of receipts of verdicts.
    pub receipts: FormLimit,
}

impl Default for Limits {
    fn default() -> Self {
        let form = |name, networks, codes| FormLimit { name, networks: Rates::new(networks), codes: Rates::new(codes) };
        Self {
            checks: form("check", CHECKS_OF_NETWORK, CHECKS_OF_CODE),
            reports: form("report", REPORTS_OF_NETWORK, REPORTS_OF_CODE),
            cases: form("case", REPORTS_OF_NETWORK, REPORTS_OF_CODE),
            pins: form("pin", PINS_OF_NETWORK, PINS_OF_CODE),
            receipts: form("receipt", RECEIPTS_OF_NETWORK, RECEIPTS_OF_CODE),
        }
    }
}

impl FormLimit {
    /// Counts a form of this network, before anything else is done with it.
    ///
    /// # Errors
    /// 429.
    pub fn of_network(&self, network: Option<IpAddr>, now_ms: u64) -> Result<(), ApiError> {
        let Some(network) = network else { return Ok(()) };
        self.networks.take(household(network), now_ms).map_err(|too_often| self.refuse("network", too_often))
    }

    /// Counts a form about this code.
    ///
    /// # Errors
    /// 429.
    pub fn of_code(&self, subject: &Subject, now_ms: u64) -> Result<(), ApiError> {
        let code = format!("{}/{}", subject.gtin, subject.serial);
        self.codes.take(code, now_ms).map_err(|too_often| self.refuse("code", too_often))
    }

    fn refuse(&self, key: &'static str, too_often: TooOften) -> ApiError {
        metrics::counter!("scan_forms_refused_total", "form" => self.name, "key" => key).increment(1);
        let title = "too many of these at once";
        let seconds = too_often.wait_s();
        let detail = format!("the answer about the pack stands as it was shown; send this again in {seconds} s");
        ApiError::too_often("too_often", title, too_often).detail(detail)
    }
}

/// One phone or household of IPv6; one address of IPv4.
pub(super) fn household(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V4(ip) => IpAddr::V4(ip),
        IpAddr::V6(ip) => IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() & (u128::MAX << 64))),
    }
}

/// Who asks: the connection's other end or, when that is one of the proxies, the newest address that it passed on which is none of
/// them. `None` when nobody can say.
#[must_use]
pub fn network(peer: Option<IpAddr>, headers: &HeaderMap, proxies: &[Network], https: bool) -> Option<IpAddr> {
    let peer = peer?.to_canonical();
    let is_proxy = |ip: &IpAddr| proxies.iter().any(|network| network.contains(ip));
    if !is_proxy(&peer) {
        return (!https || !proxies.is_empty()).then_some(peer);
    }
    let lines = headers.get_all("x-forwarded-for").iter().rev();
    let hops = lines.filter_map(|line| line.to_str().ok()).flat_map(|line| line.rsplit(','));
    for hop in hops.take(HOPS_MAX) {
        // What no proxy of ours wrote may be anything; nothing left of it is believed either.
        let ip = hop.trim().parse::<IpAddr>().ok()?.to_canonical();
        if !is_proxy(&ip) {
            return Some(ip);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracelight_domain::gs1::{Gtin, Serial};

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    fn who(peer: &str, forwarded: &[&str], proxies: &[&str], https: bool) -> Option<IpAddr> {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", line.parse().expect("a header"));
        }
        let proxies: Vec<Network> =
            proxies.iter().map(|text| Network::try_from((*text).to_owned()).expect("a network")).collect();
        network(Some(ip(peer)), &headers, &proxies, https)
    }

    #[test]
    fn only_named_proxies_are_believed() {
        assert_eq!(who("203.0.113.9", &["198.51.100.1"], &[], false), Some(ip("203.0.113.9")));
        assert_eq!(who("203.0.113.9", &[], &[], true), None, "a proxy that nobody named: everybody has its address");
        let proxies = ["10.0.0.0/8", "192.0.2.7"];
        let chain = ["6.6.6.6, 198.51.100.1", "10.1.2.3"];
        assert_eq!(who("192.0.2.7", &chain, &proxies, true), Some(ip("198.51.100.1")));
        assert_eq!(who("::ffff:10.9.9.9", &["2001:db8::1"], &proxies, true), Some(ip("2001:db8::1")));
        assert_eq!(who("203.0.113.9", &chain, &proxies, true), Some(ip("203.0.113.9")), "past the proxy");
        assert_eq!(who("192.0.2.7", &["198.51.100.1, unknown"], &proxies, true), None);
        assert_eq!(who("192.0.2.7", &[], &proxies, true), None);
        assert_eq!(network(None, &HeaderMap::new(), &[], false), None);
    }

    #[test]
    fn a_carrier_keeps_its_verdicts_and_a_flood_is_told_when_to_come_back() {
        let limits = Limits::default();
        let subject = |serial: u32| Subject {
            gtin: Gtin::parse("09506000134352").expect("a GTIN"),
            lot: None,
            serial: Serial::parse(&format!("S{serial}")).expect("a serial"),
        };
        for serial in 0..CHECKS_OF_NETWORK.uses_max {
            limits.checks.of_network(Some(ip("198.51.100.1")), 1).expect("a busy carrier");
            limits.checks.of_code(&subject(serial), 1).expect("another pack each time");
        }
        let refused = limits.checks.of_network(Some(ip("198.51.100.1")), 2).expect_err("a flood");
        assert_eq!((refused.0.status, refused.0.retry_after_s), (429, Some(60)));
        limits.checks.of_network(Some(ip("198.51.100.2")), 2).expect("another network");
        for _ in 1..CHECKS_OF_CODE.uses_max {
            limits.checks.of_code(&subject(1), 2).expect("one pack, many phones");
        }
        assert_eq!(limits.checks.of_code(&subject(1), 2).expect_err("a flood about one pack").0.status, 429);
        limits.reports.of_code(&subject(1), 2).expect("reports count apart");
        // A household of IPv6 is one network.
        for host in 0..CHECKS_OF_NETWORK.uses_max {
            let host = ip(&format!("2001:db8:0:7::{host:x}"));
            limits.checks.of_network(Some(host), 2).expect("within the bound");
        }
        assert!(limits.checks.of_network(Some(ip("2001:db8:0:7:ffff::")), 2).is_err());
        limits.checks.of_network(Some(ip("2001:db8:0:8::1")), 2).expect("the neighbour");
    }
}

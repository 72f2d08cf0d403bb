//! How often a caller without a token may call: a token bucket for each address.
//!
//! A bucket holds twice what runs in within a second. Addresses of one IPv6 household (/64) share one. At most
//! [`CLIENTS_MAX`] buckets are kept, 64 bytes each, 256 KiB together; when that is not enough, those that are full again are
//! forgotten, and whoever comes while none can be shares one bucket with all the others who came too late.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Addresses that have a bucket of their own.
pub const CLIENTS_MAX: usize = 4_096;
/// Parts of a call that are counted, so that slow refilling loses nothing.
const PARTS: u64 = 1_000;

/// Buckets.
pub struct Rates {
    per_s: u64,
    buckets: Mutex<BTreeMap<IpAddr, Bucket>>,
}

#[derive(Clone, Copy)]
struct Bucket {
    /// Calls left, in parts.
    left: u64,
    at: Instant,
}

impl Bucket {
    fn refilled(self, per_s: u64, now: Instant) -> Self {
        let ms = u64::try_from(now.saturating_duration_since(self.at).as_millis()).unwrap_or(u64::MAX);
        // A call a second is a part a millisecond.
        let left = self.left.saturating_add(ms.saturating_mul(per_s)).min(2 * per_s * PARTS);
        Self { left, at: now }
    }
}

impl Rates {
    /// So many calls a second for each address, and as many again at once.
    #[must_use]
    pub fn new(per_s: u32) -> Self {
        Self { per_s: per_s.into(), buckets: Mutex::default() }
    }

    /// Takes one call; `false` when there is none left.
    pub fn take(&self, ip: IpAddr) -> bool {
        self.take_at(ip, Instant::now())
    }

    fn take_at(&self, ip: IpAddr, now: Instant) -> bool {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let mut client = household(ip);
        if !buckets.contains_key(&client) && buckets.len() >= CLIENTS_MAX {
            let full = 2 * self.per_s * PARTS;
            buckets.retain(|_, bucket| bucket.refilled(self.per_s, now).left < full);
            if buckets.len() >= CLIENTS_MAX {
                client = IpAddr::V6(Ipv6Addr::UNSPECIFIED);
            }
        }
        let full = Bucket { left: 2 * self.per_s * PARTS, at: now };
        let bucket = buckets.entry(client).or_insert(full);
        *bucket = bucket.refilled(self.per_s, now);
        let enough = bucket.left >= PARTS;
        if enough {
            bucket.left -= PARTS;
        }
        enough
    }
}

fn household(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V4(ip) => IpAddr::V4(ip),
        IpAddr::V6(ip) => IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() & (u128::MAX << 64))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn ip(last: u32) -> IpAddr {
        IpAddr::V4((0x0a00_0000 + last).into())
    }

    #[test]
    fn a_bucket_empties_and_fills_again() {
        let (rates, start) = (Rates::new(10), Instant::now());
        let at = |ms| start + Duration::from_millis(ms);
        let taken = (0..30).filter(|_| rates.take_at(ip(1), at(0))).count();
        assert_eq!(taken, 20);
        assert!(rates.take_at(ip(2), at(0)), "another address has its own");
        assert!(!rates.take_at(ip(1), at(99)) && rates.take_at(ip(1), at(100)) && !rates.take_at(ip(1), at(100)));
        assert_eq!((0..100).filter(|_| rates.take_at(ip(1), at(60_000))).count(), 20, "never more than a bucket");
    }

    #[test]
    fn a_household_shares_and_a_crowd_shares_too() {
        let (rates, now) = (Rates::new(1), Instant::now());
        let six = |text: &str| text.parse::<IpAddr>().expect("an address");
        assert!(rates.take_at(six("2001:db8::1"), now) && rates.take_at(six("2001:db8::2"), now));
        assert!(!rates.take_at(six("2001:db8::3"), now) && rates.take_at(six("2001:db8:0:1::1"), now));
        let crowd = (0..10_000).filter(|number| rates.take_at(ip(*number), now)).count();
        assert!(crowd <= CLIENTS_MAX + 2, "{crowd}");
        assert!(rates.buckets.lock().expect("not poisoned").len() <= CLIENTS_MAX + 1);
        // Later all are full again, and forgotten.
        assert!(rates.take_at(ip(20_000), now + Duration::from_secs(10)));
        assert_eq!(rates.buckets.lock().expect("not poisoned").len(), 1);
    }
}

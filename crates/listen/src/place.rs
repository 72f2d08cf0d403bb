//! How many connections there are, of whom.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// What of the connections one address of another machine may have.
const ADDRESS_PART: usize = 4;

/// How many connections there are, of whom.
#[derive(Clone)]
pub struct Open {
    max: usize,
    of: Arc<Mutex<BTreeMap<IpAddr, usize>>>,
}

/// A connection's place; given back when dropped.
pub struct Place {
    open: Open,
    ip: IpAddr,
}

impl Open {
    /// So many in all.
    pub fn new(max: usize) -> Self {
        Self { max, of: Arc::default() }
    }

    /// A place for a connection from there, if one is free.
    pub fn take(&self, ip: IpAddr) -> Option<Place> {
        let ip = ip.to_canonical();
        let mut of = self.of.lock().unwrap_or_else(PoisonError::into_inner);
        let (all, own) = (of.values().sum::<usize>(), of.get(&ip).copied().unwrap_or(0));
        let own_max = if ip.is_loopback() { self.max } else { (self.max / ADDRESS_PART).max(1) };
        if all >= self.max || own >= own_max {
            return None;
        }
        of.insert(ip, own + 1);
        drop(of);
        Some(Place { open: self.clone(), ip })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut of = self.open.of.lock().unwrap_or_else(PoisonError::into_inner);
        match of.get_mut(&self.ip) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(of.remove(&self.ip)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_given_back_and_no_address_takes_all() {
        let open = Open::new(8);
        let ip = |text: &str| text.parse::<IpAddr>().expect("an address");
        let two: Vec<_> = (0..3).filter_map(|_| open.take(ip("10.0.0.1"))).collect();
        assert_eq!(two.len(), 2, "a quarter");
        let own: Vec<_> = (0..9).filter_map(|_| open.take(ip("127.0.0.1"))).collect();
        assert_eq!(own.len(), 6, "the rest");
        assert!(open.take(ip("10.0.0.2")).is_none());
        drop(two);
        assert!(open.take(ip("10.0.0.2")).is_some());
        drop(own);
        assert!(open.of.lock().expect("not poisoned").is_empty());
    }
}

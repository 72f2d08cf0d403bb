//! Whose turn it is to have a pack looked up: so many at once for each network, the others of that network wait.
//!
//! * A network (see [`super::limits`]) that asks ten times what this server can do has [`AT_ONCE`] look-ups under way and waits for
//!   itself; everybody else finds a machine that is a little busier. Nobody is refused for sharing an address with many: whoever waits
//!   is answered in turn, up to [`super::ANSWER_TIMEOUT`] and [`WAITING_MAX`] deep, and is then told "cannot check now".
//! * An answer that is held needs no turn.
//! * Networks live in memory while they have look-ups under way, so there are at most as many as there are connections.
//! * A server that cannot tell networks apart gives turns to nobody and everybody.

use super::Outage;
use super::limits::household;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Look-ups of one network that are under way at once.
const AT_ONCE: usize = 4;
/// Requests of one network that wait.
const WAITING_MAX: usize = 512;

/// Turns of all networks.
#[derive(Debug, Default)]
pub struct Turns {
    networks: Arc<Mutex<HashMap<IpAddr, Arc<Network>>>>,
}

#[derive(Debug)]
struct Network {
    turns: Arc<Semaphore>,
    /// Who waits or has a turn.
    here: AtomicUsize,
}

/// A turn; it ends when it is dropped.
#[derive(Debug)]
pub struct Turn {
    _turn: Option<OwnedSemaphorePermit>,
    _place: Option<Place>,
}

/// A place among those who wait or have a turn; the last one takes its network with it.
#[derive(Debug)]
struct Place {
    ip: IpAddr,
    network: Arc<Network>,
    networks: Arc<Mutex<HashMap<IpAddr, Arc<Network>>>>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut networks = self.networks.lock().unwrap_or_else(PoisonError::into_inner);
        if self.network.here.fetch_sub(1, Ordering::Relaxed) == 1 {
            networks.remove(&self.ip);
        }
    }
}

impl Turns {
    /// The next turn of this network.
    ///
    /// # Errors
    /// [`Outage::Busy`] when too many of this network wait, or it took too long.
    pub async fn take(&self, network: Option<IpAddr>) -> Result<Turn, Outage> {
        let Some(ip) = network else { return Ok(Turn { _turn: None, _place: None }) };
        let place = self.enter(household(ip))?;
        let turn = Arc::clone(&place.network.turns).acquire_owned();
        let turn = tokio::time::timeout(super::ANSWER_TIMEOUT, turn).await;
        // The semaphore is never closed.
        let turn = turn.map_err(|_| Outage::Busy)?.map_err(|_| Outage::Busy)?;
        Ok(Turn { _turn: Some(turn), _place: Some(place) })
    }

    fn enter(&self, ip: IpAddr) -> Result<Place, Outage> {
        let mut networks = self.networks.lock().unwrap_or_else(PoisonError::into_inner);
        let network = networks.entry(ip).or_insert_with(|| {
            Arc::new(Network { turns: Arc::new(Semaphore::new(AT_ONCE)), here: AtomicUsize::new(0) })
        });
        if network.here.load(Ordering::Relaxed) >= AT_ONCE + WAITING_MAX {
            return Err(Outage::Busy);
        }
        network.here.fetch_add(1, Ordering::Relaxed);
        Ok(Place { ip, network: Arc::clone(network), networks: Arc::clone(&self.networks) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;
    use std::time::Duration;

    fn ip(last: u8) -> Option<IpAddr> {
        Some(IpAddr::V4(Ipv4Addr::new(127, 0, 0, last)))
    }

    #[tokio::test]
    async fn a_network_waits_for_itself_and_for_nobody_else() {
        let turns = Turns::default();
        let mut taken = Vec::new();
        for _ in 0..AT_ONCE {
            taken.push(turns.take(ip(1)).await.expect("a turn"));
        }
        let fifth = tokio::time::timeout(Duration::from_millis(1), turns.take(ip(1))).await;
        assert!(fifth.is_err(), "the fifth of one network waits");
        turns.take(ip(2)).await.expect("another network has its turn");
        turns.take(None).await.expect("nobody knows whose");
        assert!(matches!(turns.take(ip(1)).await, Err(Outage::Busy)), "and is told after two seconds");
        taken.pop();
        taken.push(turns.take(ip(1)).await.expect("a turn is free"));
        drop(taken);
        assert!(turns.networks.lock().expect("a lock").is_empty(), "a network that asks for nothing takes no memory");
    }

    #[tokio::test]
    async fn so_many_wait_and_no_more() {
        let turns = Arc::new(Turns::default());
        let mut taken = Vec::new();
        for _ in 0..AT_ONCE {
            taken.push(turns.take(ip(1)).await.expect("a turn"));
        }
        let places: Vec<_> =
            (0..WAITING_MAX).map(|_| turns.enter(ip(1).expect("an address")).expect("a place")).collect();
        assert!(matches!(turns.take(ip(1)).await, Err(Outage::Busy)));
        drop(places);
        let waiting = tokio::spawn({
            let turns = Arc::clone(&turns);
            async move { turns.take(ip(1)).await }
        });
        drop(taken);
        waiting.await.expect("no panic").expect("in turn");
    }
}

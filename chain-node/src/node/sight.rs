//! What a node sees of the others: when each was last connected, and how far their clocks are from its own.
//!
//! Every proposal that comes to a vote carries its leader's time. The difference to this machine's clock is a sample; the
//! median of the last [`SAMPLES`] of two minutes is how far this clock is ahead of the others (less than zero: behind), plus
//! the time of the way, which is a few milliseconds. One leader with a wrong clock does not move a median.

use super::Node;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tracelight_domain::ids::PublicKey;

/// Samples kept.
const SAMPLES: usize = 16;
/// Fewer say nothing.
const SAMPLES_MIN: usize = 3;
/// Older ones say nothing.
const SAMPLE_AGE_MAX: Duration = Duration::from_secs(120);
/// Nodes whose last connection is remembered: validators of all times and observers.
const NODES_MAX: usize = 1_024;

/// What is seen.
#[derive(Debug, Default)]
pub(super) struct Sight(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    /// When each node was last connected, by this machine's clock.
    last_ms: BTreeMap<PublicKey, u64>,
    /// Own clock minus a proposal's time.
    ahead_ms: VecDeque<(Instant, i64)>,
}

impl Sight {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Node {
    /// Notes which nodes are connected at this moment.
    pub(super) fn note_connected(&self, keys: &[PublicKey]) {
        let (now_ms, mut seen) = (self.now_ms(), self.sight.seen());
        if seen.last_ms.len() + keys.len() > NODES_MAX {
            seen.last_ms.retain(|key, _| keys.contains(key));
        }
        seen.last_ms.extend(keys.iter().map(|key| (*key, now_ms)));
    }

    /// Milliseconds since a node was last connected; `None` when it never was since this node's start.
    pub(super) fn unseen_ms(&self, key: &PublicKey) -> Option<u64> {
        Some(self.now_ms().saturating_sub(*self.sight.seen().last_ms.get(key)?))
    }

    /// Notes the time that another's proposal carries, at its arrival.
    pub fn note_proposal_time(&self, time_ms: u64) {
        let ahead_ms = i64::try_from(self.now_ms()).unwrap_or(i64::MAX);
        let ahead_ms = ahead_ms.saturating_sub(i64::try_from(time_ms).unwrap_or(i64::MAX));
        let mut seen = self.sight.seen();
        if seen.ahead_ms.len() >= SAMPLES {
            seen.ahead_ms.pop_front();
        }
        seen.ahead_ms.push_back((Instant::now(), ahead_ms));
    }

    /// How far this machine's clock is ahead of the others', milliseconds; less than zero when it is behind. `None` while
    /// too few have proposed lately.
    #[must_use]
    pub fn clock_ahead_ms(&self) -> Option<i64> {
        let seen = self.sight.seen();
        let young = seen.ahead_ms.iter().filter(|(at, _)| at.elapsed() <= SAMPLE_AGE_MAX);
        let mut samples: Vec<i64> = young.map(|(_, ahead_ms)| *ahead_ms).collect();
        samples.sort_unstable();
        (samples.len() >= SAMPLES_MIN).then(|| samples.get(samples.len() / 2).copied()).flatten()
    }
}

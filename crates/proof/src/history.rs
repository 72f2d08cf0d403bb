//! Completeness of an object's history.
//!
//! ```text
//! event hash = H(event ‖ event bytes)
//! head(0)    = 32 zero bytes
//! head(n)    = H(history ‖ head(n-1) ‖ event hash(n))
//! ```
//! The state of an object holds the count and the head, so one proof of the state proves that a list of events is the
//! whole list, in order: no hop and no recall can be left out.

use crate::codec::Canonical as _;
use crate::hash::{EVENT, HISTORY, hash};
use tracelight_domain::state::{Event, History};

/// The history with one more event.
#[must_use]
pub fn extend(history: History, event: &Event) -> History {
    let event_hash = hash(EVENT, &[&event.to_bytes()]);
    History { count: history.count.saturating_add(1), head: hash(HISTORY, &[&history.head.0, &event_hash.0]) }
}

/// Is `events` the whole history that `claimed` speaks of?
#[must_use]
pub fn is_complete(events: &[Event], claimed: &History) -> bool {
    events.iter().fold(History::EMPTY, extend) == *claimed
}

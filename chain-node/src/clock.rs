//! The one place that reads the clock. Everything else is given the time.

use std::time::{SystemTime, UNIX_EPOCH};

/// A clock: milliseconds since 1970.
pub type Clock = fn() -> u64;

/// The machine's clock. A clock before 1970 counts as 1970.
#[must_use]
pub fn system_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

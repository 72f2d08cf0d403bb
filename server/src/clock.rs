//! The one place where the server reads the clock.

use std::time::{SystemTime, UNIX_EPOCH};
use tracelight_epcis::text::Timestamp;

/// Milliseconds since 1970. A clock before 1970 reads as 0.
#[must_use]
pub fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// A time as answers write it: UTC with milliseconds, `2026-11-28T09:30:00.000Z`.
#[must_use]
pub fn iso(ms: u64) -> String {
    Timestamp::from_unix_ms(i64::try_from(ms).unwrap_or(i64::MAX)).utc_milliseconds()
}

//! Slows down guessing: a few attempts a name within a window.

use crate::http::{ApiError, ApiResult};
use crate::rates::{Bounds, Full, Rates, TooOften};

/// Ten attempts in ten minutes. 10,000 names of 64 + 32 bytes are 1 MB; when the table is full, new names are refused.
const BOUNDS: Bounds = Bounds { uses_max: 10, window_ms: 10 * 60 * 1000, keys_max: 10_000, full: Full::Refuse };
/// Bytes of a name that are looked at.
const NAME_BYTES_MAX: usize = 64;

/// Counts attempts by name.
#[derive(Debug)]
pub struct SignInLimit(Rates<String>);

impl Default for SignInLimit {
    fn default() -> Self {
        Self(Rates::new(BOUNDS))
    }
}

impl SignInLimit {
    /// Counts an attempt.
    ///
    /// # Errors
    /// 429 when there were too many; 400 for a name that nobody can have.
    pub fn take(&self, name: &str, now_ms: u64) -> ApiResult<()> {
        if name.is_empty() || name.len() > NAME_BYTES_MAX {
            return Err(ApiError::invalid("user", format!("expected 1 to {NAME_BYTES_MAX} bytes")));
        }
        let too_many = |too_often: TooOften| {
            let title = "too many attempts to sign in";
            ApiError::too_often("too_many_attempts", title, too_often).detail("wait ten minutes and try again")
        };
        self.0.take(name.to_owned(), now_ms).map_err(too_many)
    }

    /// Forgets the attempts of somebody who got in.
    pub fn forgive(&self, name: &str) {
        self.0.forgive(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_gets_ten_attempts_in_ten_minutes_and_a_success_clears_them() {
        let limit = SignInLimit::default();
        for _ in 0..BOUNDS.uses_max {
            limit.take("maker", 1).expect("within the limit");
        }
        let refused = limit.take("maker", 2).expect_err("one too many");
        assert_eq!((refused.0.status, refused.0.retry_after_s), (429, Some(600)));
        limit.take("carrier", 2).expect("another name is not concerned");
        limit.take("maker", BOUNDS.window_ms + 2).expect("a new window");
        limit.forgive("maker");
        for _ in 0..BOUNDS.uses_max {
            limit.take("maker", BOUNDS.window_ms + 3).expect("forgiven");
        }
        assert_eq!(limit.take(&"x".repeat(65), 0).expect_err("too long").0.status, 400);
    }

    #[test]
    fn the_memory_is_bounded() {
        let limit = SignInLimit::default();
        for index in 0..BOUNDS.keys_max {
            limit.take(&index.to_string(), 1).expect("room");
        }
        assert_eq!(limit.take("one more", 2).expect_err("full").0.status, 429);
        limit.take("one more", BOUNDS.window_ms + 1).expect("the old ones are forgotten");
    }
}

//! Slows down guessing: a few attempts a name within a window. In memory and bounded; a restart forgets.

use crate::http::{ApiError, ApiResult};
use axum::http::StatusCode;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Attempts within [`WINDOW_MS`].
const ATTEMPTS_MAX: u32 = 10;
/// Ten minutes.
const WINDOW_MS: u64 = 10 * 60 * 1000;
/// Names kept at a time: 64 + 32 bytes each, 1 MB in all. When it is full, names whose window is over are forgotten; if
/// there are none, new names are refused.
const NAMES_MAX: usize = 10_000;
/// Bytes of a name that are looked at.
const NAME_BYTES_MAX: usize = 64;

/// Counts attempts by name.
#[derive(Debug, Default)]
pub struct SignInLimit(Mutex<BTreeMap<String, Window>>);

#[derive(Debug)]
struct Window {
    began_ms: u64,
    attempts: u32,
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
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if names.len() >= NAMES_MAX && !names.contains_key(name) {
            names.retain(|_, window| now_ms.saturating_sub(window.began_ms) < WINDOW_MS);
            if names.len() >= NAMES_MAX {
                return Err(too_many());
            }
        }
        let window = names.entry(name.to_owned()).or_insert(Window { began_ms: now_ms, attempts: 0 });
        if now_ms.saturating_sub(window.began_ms) >= WINDOW_MS {
            *window = Window { began_ms: now_ms, attempts: 0 };
        }
        window.attempts = window.attempts.saturating_add(1);
        if window.attempts > ATTEMPTS_MAX { Err(too_many()) } else { Ok(()) }
    }

    /// Forgets the attempts of somebody who got in.
    pub fn forgive(&self, name: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
    }
}

fn too_many() -> ApiError {
    let title = "too many attempts to sign in";
    ApiError::new(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts", title).detail("wait ten minutes and try again")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_gets_ten_attempts_in_ten_minutes_and_a_success_clears_them() {
        let limit = SignInLimit::default();
        for _ in 0..ATTEMPTS_MAX {
            limit.take("maker", 0).expect("within the limit");
        }
        assert_eq!(limit.take("maker", 1).expect_err("one too many").0.status, 429);
        limit.take("carrier", 1).expect("another name is not concerned");
        limit.take("maker", WINDOW_MS + 2).expect("a new window");
        limit.forgive("maker");
        for _ in 0..ATTEMPTS_MAX {
            limit.take("maker", WINDOW_MS + 3).expect("forgiven");
        }
    }

    #[test]
    fn the_memory_is_bounded() {
        let limit = SignInLimit::default();
        for index in 0..NAMES_MAX {
            limit.take(&index.to_string(), 0).expect("room");
        }
        assert_eq!(limit.take("one more", 1).expect_err("full").0.status, 429);
        limit.take("one more", WINDOW_MS).expect("the old ones are forgotten");
        assert_eq!(limit.take(&"x".repeat(65), 0).expect_err("too long").0.status, 400);
    }
}

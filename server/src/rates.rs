//! How often something may be done under one key (a name, a network, a code): so many times within a window.
//!
//! * In memory; a restart forgets. Nothing of it is ever written down.
//! * A key's window begins with its first use and ends after a fixed time; then it begins anew.
//! * At most `keys_max` keys are kept. When that is not enough, keys whose window is over are forgotten; if none is, the policy
//!   of the table says what happens to a new key ([`Full`]).

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// What happens to a new key when the table is full of running windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// It is refused: nobody gets more than anybody else.
    Refuse,
    /// All new keys share one window with this many uses: who fills the table locks nobody out.
    Share(u32),
}

/// Bounds of a table.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Uses of one key within a window.
    pub uses_max: u32,
    /// Length of a window, milliseconds.
    pub window_ms: u64,
    /// Keys that are kept.
    pub keys_max: usize,
    /// What happens to a new key when there are so many.
    pub full: Full,
}

/// Too often; how long until it may be tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooOften {
    /// Milliseconds until the window is over.
    pub wait_ms: u64,
}

impl TooOften {
    /// For `Retry-After`: whole seconds, at least one.
    #[must_use]
    pub const fn wait_s(self) -> u64 {
        let seconds = self.wait_ms.div_ceil(1_000);
        if seconds == 0 { 1 } else { seconds }
    }
}

/// Counts uses by key.
#[derive(Debug)]
pub struct Rates<K> {
    bounds: Bounds,
    table: Mutex<Table<K>>,
}

#[derive(Debug)]
struct Table<K> {
    windows: BTreeMap<K, Window>,
    shared: Window,
}

#[derive(Clone, Copy, Debug, Default)]
struct Window {
    began_ms: u64,
    uses: u32,
}

impl Window {
    fn is_over(self, now_ms: u64, window_ms: u64) -> bool {
        now_ms.saturating_sub(self.began_ms) >= window_ms
    }

    fn take(&mut self, uses_max: u32, now_ms: u64, window_ms: u64) -> Result<(), TooOften> {
        if self.uses == 0 || self.is_over(now_ms, window_ms) {
            *self = Self { began_ms: now_ms, uses: 0 };
        }
        if self.uses >= uses_max {
            return Err(TooOften { wait_ms: window_ms.saturating_sub(now_ms.saturating_sub(self.began_ms)) });
        }
        self.uses += 1;
        Ok(())
    }
}

impl<K: Ord> Rates<K> {
    /// An empty table.
    #[must_use]
    pub const fn new(bounds: Bounds) -> Self {
        Self { bounds, table: Mutex::new(Table { windows: BTreeMap::new(), shared: Window { began_ms: 0, uses: 0 } }) }
    }

    /// Takes one use.
    ///
    /// # Errors
    /// [`TooOften`].
    pub fn take(&self, key: K, now_ms: u64) -> Result<(), TooOften> {
        let Bounds { uses_max, window_ms, keys_max, full } = self.bounds;
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        if !table.windows.contains_key(&key) && table.windows.len() >= keys_max {
            table.windows.retain(|_, window| !window.is_over(now_ms, window_ms));
            if table.windows.len() >= keys_max {
                return match full {
                    Full::Refuse => Err(TooOften { wait_ms: window_ms }),
                    Full::Share(shared_max) => table.shared.take(shared_max, now_ms, window_ms),
                };
            }
        }
        table.windows.entry(key).or_default().take(uses_max, now_ms, window_ms)
    }

    /// Forgets a key's uses.
    pub fn forgive<Q: Ord + ?Sized>(&self, key: &Q)
    where
        K: core::borrow::Borrow<Q>,
    {
        self.table.lock().unwrap_or_else(PoisonError::into_inner).windows.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Bounds = Bounds { uses_max: 3, window_ms: 60_000, keys_max: 2, full: Full::Refuse };

    #[test]
    fn a_key_has_so_many_uses_in_a_window_and_is_told_when_it_ends() {
        let rates = Rates::new(BOUNDS);
        for at in [5, 10, 15] {
            assert_eq!(rates.take("a", at), Ok(()));
        }
        let refused = rates.take("a", 20_005).expect_err("a fourth");
        assert_eq!((refused.wait_ms, refused.wait_s()), (40_000, 40));
        assert_eq!(TooOften { wait_ms: 0 }.wait_s(), 1);
        assert_eq!(rates.take("b", 20), Ok(()), "another key is not concerned");
        assert_eq!(rates.take("a", 60_005), Ok(()), "a new window");
        rates.forgive("a");
        for at in [60_006, 60_007, 60_008] {
            assert_eq!(rates.take("a", at), Ok(()));
        }
        // A clock that goes back gives nobody more.
        assert!(rates.take("a", 3).is_err());
    }

    #[test]
    fn a_full_table_refuses_or_shares() {
        let strict = Rates::new(BOUNDS);
        let shared = Rates::new(Bounds { full: Full::Share(4), ..BOUNDS });
        for key in ["a", "b"] {
            assert_eq!((strict.take(key, 0), shared.take(key, 0)), (Ok(()), Ok(())));
        }
        assert_eq!(strict.take("c", 1), Err(TooOften { wait_ms: 60_000 }));
        for late in ["c", "d", "e", "f"] {
            assert_eq!(shared.take(late, 1), Ok(()), "{late}");
        }
        assert!(shared.take("g", 2).is_err(), "all who came too late share one window");
        assert_eq!(shared.take("a", 2), Ok(()), "whoever has a window of its own keeps it");
        assert_eq!((strict.take("c", 60_000), shared.take("g", 60_000)), (Ok(()), Ok(())), "windows that are over go");
    }
}

//! When a session was last seen, to the minute, and in what kind of browser it runs. Nothing else of a request is kept.

use crate::store::Store;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

const MINUTE_MS: u64 = 60_000;
/// Sessions whose minute is remembered; when there are more, all are forgotten and written once more. 10,000 are 0.5 MB.
const REMEMBERED_MAX: usize = 10_000;

/// Which sessions were written down in which minute, so that a session costs one write a minute.
#[derive(Debug, Default)]
pub struct Seen(Mutex<BTreeMap<[u8; 32], u64>>);

impl Seen {
    /// A session makes a request. A failure is logged: it says nothing about who asks.
    pub async fn mark(&self, store: &Store, session: [u8; 32], now_ms: u64) {
        let minute = now_ms - now_ms % MINUTE_MS;
        if !self.is_news(session, minute) {
            return;
        }
        if let Err(error) = store.session_seen(session, minute).await {
            tracing::warn!(cause = %error, "When a session was seen was not written down: {error}");
        }
    }

    fn is_news(&self, session: [u8; 32], minute: u64) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED_MAX && !known.contains_key(&session) {
            known.clear();
        }
        known.insert(session, minute) != Some(minute)
    }
}

/// The kind of browser that a `User-Agent` names, as a short word. Brands that carry others' names come first.
#[must_use]
pub fn browser_word(agent: &str) -> &'static str {
    const BRANDS: [(&str, &str); 9] = [
        ("MicroMessenger", "WeChat"),
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser", "Samsung"),
        ("Firefox/", "Firefox"),
        ("FxiOS", "Firefox"),
        ("Chrome/", "Chrome"),
        ("CriOS", "Chrome"),
        ("Safari/", "Safari"),
    ];
    BRANDS.iter().find(|(mark, _)| agent.contains(mark)).map_or("other", |(_, word)| *word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn m12_a_browser_is_a_short_word_and_a_session_is_written_once_a_minute() {
        let chrome =
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36";
        assert_eq!(browser_word(chrome), "Chrome");
        assert_eq!(browser_word(&format!("{chrome} Edg/131.0")), "Edge");
        assert_eq!(browser_word("Mozilla/5.0 Gecko/20100101 Firefox/132.0"), "Firefox");
        assert_eq!(browser_word("curl/8"), "other");
        let seen = Seen::default();
        assert!(seen.is_news([1; 32], 60_000) && !seen.is_news([1; 32], 60_000) && seen.is_news([1; 32], 120_000));
        for index in 0..REMEMBERED_MAX as u64 {
            let mut key = [0; 32];
            key[..8].copy_from_slice(&index.to_be_bytes());
            seen.is_news(key, 0);
        }
        assert!(seen.0.lock().expect("not poisoned").len() <= REMEMBERED_MAX);
    }
}

//! Pages: how many events at once, and where the next page begins.
//!
//! ```text
//! token   16 hex digits: which query   `-`   hex digits: how many events were given out before
//! ```
//! A token says nothing that a client could not count itself, so it needs no secret; one that belongs to another query is
//! refused. How long it is good for is the server's to say (`GS1-Next-Page-Token-Expires`).

use super::refuse;
use crate::error::Exception;
use sha2::{Digest as _, Sha256};

/// Events of one page when the client says nothing.
pub const PER_PAGE_DEFAULT: usize = 30;
/// Most events of one page; more is asked for in vain and not an error.
pub const PER_PAGE_MAX: usize = 1_000;

/// Which page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Events of one page.
    pub per_page: usize,
    /// Where it begins; the beginning when absent.
    pub token: Option<PageToken>,
}

impl Default for Page {
    fn default() -> Self {
        Self { per_page: PER_PAGE_DEFAULT, token: None }
    }
}

/// Where a page begins, for one query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageToken {
    query: u64,
    /// Events of earlier pages.
    pub after: u64,
}

impl PageToken {
    /// The token of the page that begins after so many events of the query with these parameters (in any order).
    #[must_use]
    pub fn new<'q>(pairs: impl IntoIterator<Item = (&'q str, &'q str)>, after: u64) -> Self {
        Self { query: fingerprint(pairs), after }
    }

    /// Does it belong to the query with these parameters? Those about paging do not count.
    #[must_use]
    pub fn belongs_to<'q>(&self, pairs: impl IntoIterator<Item = (&'q str, &'q str)>) -> bool {
        self.query == fingerprint(pairs)
    }

    /// # Errors
    /// QueryParameterException for what is no token.
    pub fn parse(text: &str) -> Result<Self, Exception> {
        let fault = || refuse("nextPageToken", "is no token of ours");
        let (query, after) = text.split_once('-').ok_or_else(fault)?;
        let sound = |text: &str, max: usize| {
            (1..=max).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f'))
        };
        if query.len() != 16 || !sound(query, 16) || !sound(after, 16) {
            return Err(fault());
        }
        let number = |text: &str| u64::from_str_radix(text, 16).map_err(|_| fault());
        Ok(Self { query: number(query)?, after: number(after)? })
    }
}

impl std::fmt::Display for PageToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}-{:x}", self.query, self.after)
    }
}

fn fingerprint<'q>(pairs: impl IntoIterator<Item = (&'q str, &'q str)>) -> u64 {
    let mut pairs: Vec<(&str, &str)> =
        pairs.into_iter().filter(|(name, _)| !matches!(*name, "perPage" | "nextPageToken")).collect();
    pairs.sort_unstable();
    let mut hash = Sha256::new();
    for (name, value) in pairs {
        hash.update(format!("{}:{name}{}:{value}", name.len(), value.len()));
    }
    hash.finalize().iter().take(8).fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
}

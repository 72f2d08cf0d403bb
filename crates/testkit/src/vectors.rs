//! Third-party vectors, run and counted: the same code for the tests of each crate and for `cargo xtask vectors`.
//!
//! A runner reads one set in place, tries every case, and names each miss with its reason. It judges nothing else: how many
//! cases there have to be is written where it is called.

mod epcis;
mod gs1;

pub use epcis::{company_prefixes, documents, epcis_files, event_hashes};
pub use gs1::{check_digits, compressed_links, element_strings, link_paths, links, linters, scans};

use std::path::Path;

/// What became of one set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The set, by the path of its data.
    pub set: &'static str,
    /// Cases tried.
    pub total: usize,
    /// Cases that are about something that we do not have, by the reason written at the runner; not among those tried.
    pub set_aside: usize,
    /// Each case that did not do what it should, and why.
    pub misses: Vec<String>,
}

impl Outcome {
    const fn new(set: &'static str) -> Self {
        Self { set, total: 0, set_aside: 0, misses: Vec::new() }
    }

    /// Cases that did what they should.
    #[must_use]
    pub fn passed(&self) -> usize {
        self.total.saturating_sub(self.misses.len())
    }

    /// Counts a case; an `Err` is its miss.
    fn case(&mut self, result: Result<(), String>) {
        self.total += 1;
        self.misses.extend(result.err());
    }
}

/// A set and what runs it on the folder of the shared data.
pub type Runner = (&'static str, fn(&Path) -> Outcome);

/// Every set that is run, with the path of its data.
pub const ALL: &[Runner] = &[
    (gs1::CHECK_DIGITS, check_digits),
    (gs1::LINTERS, linters),
    (gs1::SCANS, scans),
    (gs1::ELEMENT_STRINGS, element_strings),
    (gs1::LINKS, links),
    (gs1::LINK_PATHS, link_paths),
    (gs1::COMPRESSED_LINKS, compressed_links),
    (epcis::EVENT_HASHES, event_hashes),
    (epcis::DOCUMENTS, documents),
    (epcis::PREFIXES, company_prefixes),
];

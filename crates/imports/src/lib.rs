//! Tables that people upload: products, partners and codes, as CSV or XLSX.
//!
//! ```text
//! bytes --[table::read]--> table of texts --[mapping]--> columns --[check]--> typed rows, or faults by row and column
//!                                                                             '--[error_file]--> the same table, with `error`
//! ```
//!
//! | module | holds |
//! |---|---|
//! | [`table`] | reading: which encoding, which delimiter, which cells a spreadsheet has mangled |
//! | [`template`] | what a table of each kind holds, and the file to fill in |
//! | [`mapping`] | which column of the file is which, by its header in Chinese or English, or as told |
//! | [`check()`] | the dry run: every row is read by the types of `domain`, every fault is named with what was expected |
//! | [`error_file()`] | the table to correct: what was wrong stands in the row that it is wrong in |
//! | [`limits`] | bounds on what is read |
//!
//! **Invariant:** pure: bytes in, rows or named faults out; no I/O, no clock. A file is read within its bounds, whatever it
//! says of itself. All or nothing is the caller's: [`Checked::rows`] is whole only when there are no faults.

#![cfg_attr(
    not(test),
    deny(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::string_slice, clippy::unreachable)
)]

mod check;
mod error_file;
mod fault;
pub mod limits;
pub mod mapping;
pub mod table;
pub mod template;

pub use check::{Checked, CheckedRows, CodeRow, PartnerRow, ProductRow, check};
pub use error_file::error_file;
pub use fault::{Fault, Problem, Words};

#[cfg(test)]
mod tests;

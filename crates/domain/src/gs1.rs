//! GS1 identification: keys, element strings, Digital Links and what scanners emit.
//!
//! Everything a stranger's scanner, label or form can hand us is parsed here, once, into types that cannot be wrong:
//! a [`Gtin`] has fourteen digits and a right check digit, a [`Serial`] is 1 to 20 characters of CSET 82. Nothing is
//! trimmed, upper-cased or read as a number; comparison is byte for byte. Facts: GS1 General Specifications, GS1
//! Digital Link URI syntax 1.4, and the GS1 Barcode Syntax Dictionary.
//!
//! ```text
//! keys            Gtin, Gln, Sscc and the modulo-10 check digit
//! text            Lot, Serial and the character sets
//! date            Date, the century rule, "day 00"
//! ai              the table of Application Identifiers: formats, lengths, associations
//! linters         the content rules that the table names
//! element_string  `01…17…10…<GS>21…` and `(01)…(10)…`
//! digital_link    `https://…/01/…/21/…?17=…`
//! epc             `urn:epc:id:sgtin:…`
//! scan            one entry for all of them: `scan::parse_scan`
//! ```
//!
//! **Invariant:** no function of this module panics, on any input.

#![cfg_attr(
    not(test),
    deny(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::string_slice, clippy::unreachable)
)]

pub mod ai;
mod date;
pub mod digital_link;
pub mod element_string;
pub mod epc;
mod error;
mod keys;
pub mod linters;
pub mod scan;
mod text;

pub use date::{DAYS_MAX, DAYS_MIN, Date};
pub use error::KeyError;
pub use keys::{Gln, Gtin, Sscc, check_digit};
pub use text::{Lot, Serial, is_cset39, is_cset64, is_cset82};

#[cfg(test)]
mod tests;
#[cfg(test)]
mod vectors;

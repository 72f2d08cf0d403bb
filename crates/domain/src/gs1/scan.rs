//! One entry for everything that a scanner, a phone or a person hands us.
//!
//! ```text
//! ]d2 ]Q3 ]C1 ]e0 ]J1   AI element string; ]e0 is GS1 DataBar, and composite symbols
//! ]d1 ]Q1 ]J0 ]C0       text: a Digital Link, an EPC URN, or bracketed text; anything else is not GS1 data
//! ]E0 ]E4               GTIN-13 and GTIN-8; a composite part may follow `|]e0`
//! none                  Digital Link, EPC URN, bracketed text or element string, told apart by how it begins
//! ```
//!
//! Bytes are taken as they are: only a carriage return or line feed at the very end, which keyboard-wedge scanners add
//! and which no value may hold, is dropped. A separator that a wedge replaced by something else is not guessed: the
//! caller puts the GS back.

mod error;
mod mapped;

use super::ai::{Ai, check_associations};
use super::digital_link::{self, Leniency};
use super::element_string::{self, Located};
use super::{Date, Gtin, KeyError, Lot, Serial, Sscc, epc};
pub use error::ScanError;
pub(super) use error::shown;
pub(super) use mapped::Mapped;

/// Longer input is refused before it is looked at. The largest carrier, a GS1 DataMatrix, holds 3,116 digits.
pub const RAW_BYTES_MAX: usize = 4096;
/// Values of one scan. Checking them against each other takes the square of this.
pub const ELEMENTS_MAX: usize = 64;

/// From which carrier the data came, as its symbology identifier says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Carrier {
    Gs1DataMatrix,
    Gs1QrCode,
    Gs1Code128,
    /// GS1 DataBar, and the composite part of any symbol.
    Gs1DataBar,
    Gs1DotCode,
    DataMatrix,
    QrCode,
    DotCode,
    /// Code 128 without FNC1 in front: not GS1 data; Chinese drug codes are printed so.
    Code128,
    Ean13,
    Ean8,
    /// No identifier: typed, or a scanner that sends none.
    Unknown,
}

/// How the data are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Syntax {
    ElementString,
    Bracketed,
    DigitalLink,
    EpcUrn,
    /// GTIN digits alone.
    BareGtin,
}

const IDENTIFIERS: [(&str, Carrier); 11] = [
    ("]d2", Carrier::Gs1DataMatrix),
    ("]Q3", Carrier::Gs1QrCode),
    ("]C1", Carrier::Gs1Code128),
    ("]e0", Carrier::Gs1DataBar),
    ("]J1", Carrier::Gs1DotCode),
    ("]d1", Carrier::DataMatrix),
    ("]Q1", Carrier::QrCode),
    ("]J0", Carrier::DotCode),
    ("]C0", Carrier::Code128),
    ("]E0", Carrier::Ean13),
    ("]E4", Carrier::Ean8),
];

impl Carrier {
    /// The three characters that a scanner sends first; empty for [`Carrier::Unknown`].
    #[must_use]
    pub fn symbology_identifier(self) -> &'static str {
        IDENTIFIERS.iter().find(|(_, carrier)| *carrier == self).map_or("", |(identifier, _)| identifier)
    }
}

/// One scan: values that are right by themselves and beside each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    pub elements: Vec<(Ai, String)>,
    pub carrier: Carrier,
    pub syntax: Syntax,
}

/// Reads raw scanner data.
///
/// # Errors
/// See [`ScanError`]: every variant says which field, where, and what was expected.
pub fn parse_scan(raw: &[u8]) -> Result<Scan, ScanError> {
    let (carrier, text, start) = split_identifier(raw)?;
    let (syntax, located) = match carrier {
        Carrier::Gs1DataMatrix
        | Carrier::Gs1QrCode
        | Carrier::Gs1Code128
        | Carrier::Gs1DataBar
        | Carrier::Gs1DotCode => (Syntax::ElementString, element_string::parse_at(text, start)?),
        Carrier::Ean13 => (Syntax::BareGtin, parse_ean(text, start, 13)?),
        Carrier::Ean8 => (Syntax::BareGtin, parse_ean(text, start, 8)?),
        Carrier::DataMatrix | Carrier::QrCode | Carrier::DotCode | Carrier::Code128 => parse_text(text, start)?,
        Carrier::Unknown if text.starts_with(|first: char| first.is_ascii_digit() || first == element_string::GS) => {
            (Syntax::ElementString, element_string::parse_at(text, start)?)
        }
        Carrier::Unknown => parse_text(text, start)?,
    };
    let positions: Vec<(Ai, usize)> = located.iter().map(|element| (element.ai, element.position)).collect();
    let elements = element_string::without_positions(located);
    check_associations(&elements).map_err(|source| {
        let at = positions.iter().rev().find(|(ai, _)| *ai == source.ai());
        ScanError::Association { position: at.map_or(start, |(_, position)| *position), source }
    })?;
    Ok(Scan { elements, carrier, syntax })
}

/// The carrier, the data behind its identifier, and the position of their first character.
///
/// # Errors
/// Too long, empty, not ASCII, or an identifier that we do not know.
pub fn split_identifier(raw: &[u8]) -> Result<(Carrier, &str, usize), ScanError> {
    if raw.len() > RAW_BYTES_MAX {
        return Err(ScanError::TooLong { found: raw.len() });
    }
    if let Some((index, found)) = raw.iter().enumerate().find(|(_, byte)| !byte.is_ascii()) {
        return Err(ScanError::NotAscii { position: index.saturating_add(1), found: *found });
    }
    let text = std::str::from_utf8(raw).unwrap_or_default().trim_end_matches(['\r', '\n']);
    if text.is_empty() {
        return Err(ScanError::Empty);
    }
    if !text.starts_with(']') {
        return Ok((Carrier::Unknown, text, 1));
    }
    let known = IDENTIFIERS.iter().find_map(|(identifier, carrier)| Some((*carrier, text.strip_prefix(identifier)?)));
    match known {
        Some((carrier, data)) => Ok((carrier, data, 4)),
        None => Err(ScanError::Symbology { found: shown(text.get(..3).unwrap_or(text)) }),
    }
}

/// Text that may be one of our three ways to write ids as text.
fn parse_text(text: &str, start: usize) -> Result<(Syntax, Vec<Located>), ScanError> {
    if digital_link::looks_like(text) {
        // A link that we did not print may be of an older syntax; what it means is not in doubt.
        let leniency = Leniency { pad_short_gtin: true, trailing_slash: true };
        let located = match digital_link::parse_at(text, start, leniency) {
            Ok(link) => link.located(),
            Err(error) => decompressed(text, start).ok_or(error)?,
        };
        return Ok((Syntax::DigitalLink, located));
    }
    if text.starts_with(epc::SCHEME) {
        return Ok((Syntax::EpcUrn, epc::parse_at(text, start)?));
    }
    if text.starts_with('(') {
        return Ok((Syntax::Bracketed, element_string::parse_bracketed_at(text, start)?));
    }
    if text.is_empty() {
        return Err(ScanError::Empty);
    }
    Err(ScanError::syntax("scan", start, "a Digital Link, an EPC URN, or (AI)value", text))
}

/// A compressed Digital Link. All its values stand where the compressed segment does.
fn decompressed(text: &str, start: usize) -> Option<Vec<Located>> {
    let path = text.split(['?', '#']).next().unwrap_or_default();
    let position = start.saturating_add(path.rfind('/')?).saturating_add(1);
    let link = digital_link::parse(&digital_link::decompress(text).ok()?).ok()?;
    Some(link.located().into_iter().map(|element| Located { position, ..element }).collect())
}

/// `length` digits, then perhaps a composite part.
fn parse_ean(text: &str, start: usize, length: usize) -> Result<Vec<Located>, ScanError> {
    let (digits, composite) = match text.split_once("|]e0") {
        Some((digits, composite)) => (digits, Some(composite)),
        None => (text, None),
    };
    if digits.len() != length && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        let expected = if length == 13 { "13 digits" } else { "8 digits" };
        let source = KeyError::Length { field: "gtin", expected, found: digits.len() };
        return Err(ScanError::Key { position: start.saturating_add(digits.len()), source });
    }
    let gtin = Gtin::parse_padded(digits).map_err(|source| {
        let position = start.saturating_add(source.position().saturating_sub(1));
        ScanError::Key { position, source }
    })?;
    let mut located = vec![Located { ai: Ai::GTIN, value: gtin.to_string(), position: start }];
    if let Some(composite) = composite {
        let at = start.saturating_add(digits.len()).saturating_add("|]e0".len());
        located.extend(element_string::parse_at(composite, at)?);
    }
    Ok(located)
}

/// The six digits of a date as a pack carries them. The century is the reader's business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PrintedDate([u8; 6]);

impl PrintedDate {
    /// `YYMMDD`, as printed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // ASCII digits by construction, so the empty default is never taken.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The date that a reader in `current_year` understands.
    ///
    /// # Errors
    /// None for dates that came out of a scan of this century: the month and the day were checked when it was read. 29
    /// February of a year 00 is one only in centuries that divide by 400.
    pub fn in_year(&self, current_year: u16) -> Result<Date, KeyError> {
        Date::parse_yymmdd(self.as_str(), current_year)
    }
}

/// What identifies one pack, and what is printed beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitCode {
    pub gtin: Gtin,
    pub serial: Serial,
    pub lot: Option<Lot>,
    pub expiry: Option<PrintedDate>,
}

impl Scan {
    /// The value of an AI, if the scan holds it.
    #[must_use]
    pub fn value(&self, ai: Ai) -> Option<&str> {
        self.elements.iter().find(|(found, _)| *found == ai).map(|(_, value)| value.as_str())
    }

    /// (01) the GTIN.
    #[must_use]
    pub fn gtin(&self) -> Option<Gtin> {
        self.value(Ai::GTIN).and_then(|value| Gtin::parse(value).ok())
    }

    /// (10) the lot.
    #[must_use]
    pub fn lot(&self) -> Option<Lot> {
        self.value(Ai::LOT).and_then(|value| Lot::parse(value).ok())
    }

    /// (21) the serial number.
    #[must_use]
    pub fn serial(&self) -> Option<Serial> {
        self.value(Ai::SERIAL).and_then(|value| Serial::parse(value).ok())
    }

    /// (00) the SSCC.
    #[must_use]
    pub fn sscc(&self) -> Option<Sscc> {
        self.value(Ai::SSCC).and_then(|value| Sscc::parse(value).ok())
    }

    /// (17) the expiry as printed.
    #[must_use]
    pub fn printed_expiry(&self) -> Option<PrintedDate> {
        self.value(Ai::EXPIRY).and_then(|value| value.as_bytes().try_into().ok()).map(PrintedDate)
    }

    /// (17) the expiry, as a reader in `current_year` understands it.
    #[must_use]
    pub fn expiry(&self, current_year: u16) -> Option<Date> {
        self.printed_expiry().and_then(|printed| printed.in_year(current_year).ok())
    }

    /// The one pack that the scan identifies.
    ///
    /// # Errors
    /// No GTIN or no serial number: the scan is of a product, a case or a place, not of one pack.
    pub fn unit(&self) -> Result<UnitCode, ScanError> {
        let missing = |field, ai, expected| ScanError::Missing { field, ai, expected };
        let gtin = self.gtin().ok_or_else(|| missing("gtin", Ai::GTIN, "the code of one pack: (01) and (21)"))?;
        let serial =
            self.serial().ok_or_else(|| missing("serial", Ai::SERIAL, "the code of one pack: (01) and (21)"))?;
        Ok(UnitCode { gtin, serial, lot: self.lot(), expiry: self.printed_expiry() })
    }
}

#[cfg(test)]
mod tests;

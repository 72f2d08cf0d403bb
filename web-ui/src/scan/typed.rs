//! Reads a code that somebody typed from the print under the symbol, and finds the first character that is wrong.
//!
//! ```text
//! typed:   link | bracketed | plain, spaces anywhere, full-width characters allowed (Chinese keyboards make them)
//! link:    anything with "/01/" gtin … "/21/" serial
//! bracketed: "(01)" gtin … "(21)" serial …
//! plain:   "01" gtin "21" serial | gtin
//! ```
//!
//! Positions count the typed characters without spaces, from 1, as a person counts them on the pack. What a GTIN and a
//! serial are is decided by `tracelight_domain::gs1` alone.

use tracelight_domain::gs1::{self, Gtin, KeyError, Serial};

use super::CODE_CHARS_MAX;
use super::model::CodeFault;

/// Digits of a GTIN-14.
const GTIN_DIGITS: usize = 14;
/// Elements that may follow a serial in brackets.
const AFTER_SERIAL: [&str; 5] = ["(10)", "(11)", "(17)", "(13)", "(15)"];

/// A pack, as typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypedUnit {
    /// Product number.
    pub gtin: Gtin,
    /// Serial.
    pub serial: Serial,
}

/// Reads a typed code. Longer input than [`CODE_CHARS_MAX`] is cut there.
///
/// # Errors
/// The first thing that is wrong, for [`super::render_code_entry_page`].
pub fn read_typed(text: &str) -> Result<TypedUnit, CodeFault> {
    let text: String = text.chars().map(narrow).filter(|c| !c.is_whitespace()).take(CODE_CHARS_MAX).collect();
    if text.is_empty() {
        return Err(CodeFault::Empty);
    }
    let parts = if text.contains("/01/") {
        if let Some(unit) = read_link(&text) {
            return Ok(unit);
        }
        between(&text, "/01/", "/21/", &["/", "?", "#"])
    } else if text.contains("(01)") {
        between(&text, "(01)", "(21)", &AFTER_SERIAL)
    } else {
        plain(&text)
    };
    let (gtin_at, gtin) = parts.gtin;
    let gtin = Gtin::parse(gtin).map_err(|error| fault(error, gtin, gtin_at))?;
    let (serial_at, serial) = parts.serial.filter(|(_, serial)| !serial.is_empty()).ok_or(CodeFault::NoSerial)?;
    let serial = Serial::parse(serial).map_err(|error| fault(error, serial, serial_at))?;
    Ok(TypedUnit { gtin, serial })
}

/// Where the two keys stand: characters before them, and they themselves.
struct Parts<'a> {
    gtin: (usize, &'a str),
    serial: Option<(usize, &'a str)>,
}

/// The ASCII form of a full-width character.
fn narrow(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        other => other,
    }
}

/// A link with all its rules: percent-encoding, any host, other elements.
fn read_link(text: &str) -> Option<TypedUnit> {
    let with_scheme = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let link = gs1::digital_link::parse(&with_scheme).ok()?;
    let value = |ai: &str| link.elements().into_iter().find(|(known, _)| known.as_str() == ai).map(|(_, value)| value);
    Some(TypedUnit { gtin: Gtin::parse(&value("01")?).ok()?, serial: Serial::parse(&value("21")?).ok()? })
}

fn between<'a>(text: &'a str, gtin_mark: &str, serial_mark: &str, ends: &[&str]) -> Parts<'a> {
    let (before, rest) = text.split_once(gtin_mark).unwrap_or(("", text));
    let gtin_at = before.chars().count() + gtin_mark.len();
    // The product number ends where the next element begins.
    let gtin = rest.split(['/', '(', '?', '#']).next().unwrap_or_default();
    let serial = text.split_once(serial_mark).map(|(before, rest)| {
        let end = ends.iter().filter_map(|end| rest.find(end)).min().unwrap_or(rest.len());
        let serial = rest.split_at_checked(end).map_or(rest, |(serial, _)| serial);
        (before.chars().count() + serial_mark.len(), serial)
    });
    Parts { gtin: (gtin_at, gtin), serial }
}

fn plain(text: &str) -> Parts<'_> {
    let elements = text.strip_prefix("01").and_then(|rest| rest.split_at_checked(GTIN_DIGITS));
    match elements {
        Some((gtin, rest)) => {
            let serial = rest.strip_prefix("21").map(|serial| (GTIN_DIGITS + 4, serial));
            Parts { gtin: (2, gtin), serial }
        }
        None => Parts { gtin: (0, text), serial: None },
    }
}

/// The reader's words for what the domain found. `at` is how many characters stand before the key.
fn fault(error: KeyError, key: &str, at: usize) -> CodeFault {
    match error {
        KeyError::CheckDigit { position, expected, found, .. } => {
            CodeFault::CheckDigit { others: position.saturating_sub(1), expected, found }
        }
        KeyError::Character { position, found, .. } => CodeFault::NotAllowed { position: at + position, found },
        KeyError::Length { field: "serial", .. } => match key.chars().nth(Serial::LENGTH_MAX) {
            Some(found) => CodeFault::NotAllowed { position: at + Serial::LENGTH_MAX + 1, found },
            None => CodeFault::NoSerial,
        },
        KeyError::Length { found, .. } => CodeFault::Length { found, expected: GTIN_DIGITS },
        KeyError::Value { position, .. } => match key.chars().nth(position.saturating_sub(1)) {
            Some(found) => CodeFault::NotAllowed { position: at + position, found },
            None => CodeFault::NoSerial,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_printed_form_is_read() {
        for text in [
            "(01)09521101530001(21)7F3K9QX2M4TB",
            " (01) 0952 1101 5300 01 (21) 7F3K 9QX2 M4TB ",
            "（01）09521101530001（21）7F3K9QX2M4TB",
            "(01)09521101530001(17)271031(10)A24K07(21)7F3K9QX2M4TB",
            "(01)09521101530001(21)7F3K9QX2M4TB(10)A24K07(17)271031",
            "0109521101530001217F3K9QX2M4TB",
            "https://t.tracelight.example/01/09521101530001/21/7F3K9QX2M4TB?17=271031",
            "t.tracelight.example/01/09521101530001/10/A%2FB/21/7F3K9QX2M4TB",
        ] {
            let unit = read_typed(text).unwrap_or_else(|fault| panic!("`{text}`: {fault:?}"));
            assert_eq!((unit.gtin.as_str(), unit.serial.as_str()), ("09521101530001", "7F3K9QX2M4TB"), "{text}");
        }
    }

    #[test]
    fn the_first_wrong_character_is_named() {
        let digit = |expected, found| CodeFault::CheckDigit { others: 13, expected, found };
        for (text, want) in [
            ("", CodeFault::Empty),
            (" \u{3000} ", CodeFault::Empty),
            ("0952 1101 5300 07", digit('1', '7')),
            ("(01)09521101530007(21)A", digit('1', '7')),
            ("09521101530001", CodeFault::NoSerial),
            ("(01)09521101530001(21)", CodeFault::NoSerial),
            ("0952110153000", CodeFault::Length { found: 13, expected: 14 }),
            ("(01)0952110153OOO1(21)A", CodeFault::NotAllowed { position: 15, found: 'O' }),
            ("(01)09521101530001(21)7F3Ké", CodeFault::NotAllowed { position: 27, found: 'é' }),
            ("(01)09521101530001(21)ABCDEFGHIJKLMNOPQRSTU", CodeFault::NotAllowed { position: 43, found: 'U' }),
            ("t.example/01/0952110153000X/21/A", CodeFault::NotAllowed { position: 27, found: 'X' }),
        ] {
            assert_eq!(read_typed(text), Err(want), "{text}");
        }
    }

    #[test]
    fn strange_input_gets_an_answer() {
        for text in ["(01)", "/01/", "/01//21/", "((((", "01", "0121", "€€€€€€€€€€€€€€€€€", "01€€€€€€€€€€€€€€€21x"]
        {
            assert!(read_typed(text).is_err(), "{text}");
        }
        assert!(read_typed(&"9".repeat(1_000_000)).is_err());
    }
}

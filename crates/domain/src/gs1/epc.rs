//! EPC URNs, as EPCIS 1.2 and many RFID readers write ids: `urn:epc:id:sgtin:0614141.812345.400`.
//!
//! ```text
//! urn:epc:id:sgtin:PREFIX.INDICATOR-AND-ITEM.SERIAL     -> (01) (21)
//! urn:epc:idpat:sgtin:PREFIX.INDICATOR-AND-ITEM.*       -> (01)
//! urn:epc:class:lgtin:PREFIX.INDICATOR-AND-ITEM.LOT     -> (01) (10)
//! urn:epc:id:sscc:PREFIX.EXTENSION-AND-SERIAL           -> (00)
//! urn:epc:id:sgln:PREFIX.LOCATION.EXTENSION             -> (414) (254), extension 0 = none
//! ```
//!
//! The check digit is not written in a URN; it is put back. Serials and lots are percent-encoded.

use super::ai::Ai;
use super::element_string::{Located, checked_entry};
use super::keys::check_digit;
use super::scan::{Mapped, ScanError};

/// With what every EPC begins.
pub(super) const SCHEME: &str = "urn:epc:";
const FIELD: &str = "epc urn";
/// Application Identifiers that only this module writes, in digits.
const PLACE: &str = "414";
const PLACE_EXTENSION: &str = "254";

/// Reads an EPC URN.
///
/// # Errors
/// See [`ScanError`]; positions count from the start of `data`.
pub fn parse(data: &str) -> Result<Vec<(Ai, String)>, ScanError> {
    parse_at(data, 1).map(super::element_string::without_positions)
}

pub(super) fn parse_at(data: &str, start: usize) -> Result<Vec<Located>, ScanError> {
    let position_of = |rest: &str| start.saturating_add(data.len().saturating_sub(rest.len()));
    let kinds: [(&str, Kind); 5] = [
        ("urn:epc:id:sgtin:", Kind { digits: 13, last: Last::Text(Ai::SERIAL) }),
        ("urn:epc:idpat:sgtin:", Kind { digits: 13, last: Last::Star }),
        ("urn:epc:class:lgtin:", Kind { digits: 13, last: Last::Text(Ai::LOT) }),
        ("urn:epc:id:sscc:", Kind { digits: 17, last: Last::Nothing }),
        ("urn:epc:id:sgln:", Kind { digits: 12, last: Last::Extension }),
    ];
    let found = kinds.iter().find_map(|(head, kind)| Some((kind, data.strip_prefix(head)?)));
    let Some((kind, body)) = found else {
        let expected = "urn:epc:id:sgtin, urn:epc:idpat:sgtin, urn:epc:class:lgtin, urn:epc:id:sscc or urn:epc:id:sgln";
        return Err(ScanError::syntax(FIELD, start, expected, data));
    };
    let body_at = position_of(body);
    let (prefix, after_prefix) = until_dot(body, body_at)?;
    let reference_at = position_of(after_prefix);
    let (reference, last) = match kind.last {
        Last::Nothing => (after_prefix, ""),
        _ => until_dot(after_prefix, reference_at)?,
    };
    let expected = "digits";
    for (text, position) in [(prefix, body_at), (reference, reference_at)] {
        if let Some(index) = text.bytes().position(|byte| !byte.is_ascii_digit()) {
            let found = text.get(index..).unwrap_or_default();
            return Err(ScanError::syntax(FIELD, position.saturating_add(index), expected, found));
        }
    }
    if !(6..=12).contains(&prefix.len()) || prefix.len().saturating_add(reference.len()) != kind.digits {
        let expected = "a company prefix of 6 to 12 digits, filled by its reference to the length of the key";
        return Err(ScanError::syntax(FIELD, body_at, expected, body));
    }
    let key = kind.key(prefix, reference);
    let key_ai = kind.key_ai();
    checked_entry(key_ai, &key)?;
    let mut located = vec![Located { ai: key_ai, value: key, position: body_at }];
    located.extend(kind.last_element(last, position_of(last))?);
    Ok(located)
}

#[derive(Clone, Copy)]
enum Last {
    Nothing,
    Star,
    Text(Ai),
    Extension,
}

struct Kind {
    /// Digits of company prefix and reference together.
    digits: usize,
    last: Last,
}

impl Kind {
    fn key_ai(&self) -> Ai {
        match self.last {
            Last::Nothing => Ai::SSCC,
            Last::Extension => Ai::parse(PLACE).unwrap_or(Ai::GTIN),
            Last::Star | Last::Text(_) => Ai::GTIN,
        }
    }

    /// The key as it is printed: the first digit of the reference leads, the check digit ends. A GLN has no leading digit.
    fn key(&self, prefix: &str, reference: &str) -> String {
        let payload = match (self.last, reference.split_at_checked(1)) {
            (Last::Extension, _) | (_, None) => format!("{prefix}{reference}"),
            (_, Some((lead, item))) => format!("{lead}{prefix}{item}"),
        };
        let check = check_digit(payload.as_bytes()).map(char::from);
        payload + &check.map(String::from).unwrap_or_default()
    }

    fn last_element(&self, last: &str, position: usize) -> Result<Option<Located>, ScanError> {
        let ai = match self.last {
            Last::Nothing => return Ok(None),
            Last::Star if last == "*" => return Ok(None),
            Last::Star => return Err(ScanError::syntax(FIELD, position, "`*`", last)),
            Last::Extension if last == "0" => return Ok(None),
            Last::Extension => Ai::parse(PLACE_EXTENSION).unwrap_or(Ai::SERIAL),
            Last::Text(ai) => ai,
        };
        let value = Mapped::percent_decoded(last, position, Mapped::path_character)?;
        let Some(entry) = ai.entry() else {
            return Err(ScanError::unknown_ai(position, ai.as_str()));
        };
        entry
            .check(&value.text)
            .map_err(|fault| ScanError::value(ai, &value.text, fault, |index| value.position(index)))?;
        Ok(Some(Located { ai, value: value.text, position }))
    }
}

/// What stands before the next dot, and behind it.
fn until_dot(text: &str, position: usize) -> Result<(&str, &str), ScanError> {
    text.split_once('.').ok_or_else(|| ScanError::syntax(FIELD, position, "digits and a dot", text))
}

//! AI element strings: `01095060001343521725123110ABC<GS>21SER1`, and the same with brackets.
//!
//! ```text
//! element string  = *( AI value [GS] )     GS = byte 0x1D, which stands for FNC1
//! bracketed text  = *( "(" AI ")" value )  `\(` in a value is an opening bracket
//! ```
//!
//! A value whose AI has no predefined length ends at a separator or at the end. A separator behind a value of predefined
//! length, or at the very end, is superfluous and tolerated. Bracketed text is what people read, not what scanners send;
//! each of its values must fill its brackets exactly.
//!
//! The trap that no parser can close: `21` followed by `10…` with the separator lost is one long, valid, wrong serial.

use super::ai::{Ai, Entry, split_ai};
use super::scan::{ELEMENTS_MAX, Mapped, ScanError};

/// The separator: FNC1 as scanners send it.
pub const GS: char = '\u{1d}';

/// One value, and where its AI stood in the raw input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Located {
    pub ai: Ai,
    pub value: String,
    pub position: usize,
}

/// Reads an element string, without symbology identifier. Values are not checked against each other.
///
/// # Errors
/// See [`ScanError`]; positions count from the start of `data`.
pub fn parse(data: &str) -> Result<Vec<(Ai, String)>, ScanError> {
    parse_at(data, 1).map(without_positions)
}

/// As [`parse`], where the first character of `data` is character `start` of the raw input.
pub(super) fn parse_at(data: &str, start: usize) -> Result<Vec<Located>, ScanError> {
    let position_of = |rest: &str| start.saturating_add(data.len().saturating_sub(rest.len()));
    let mut located = Vec::new();
    // Some scanners send the first FNC1 as well: it can mean nothing else.
    let mut rest = data.strip_prefix(GS).unwrap_or(data);
    if rest.is_empty() {
        return Err(ScanError::Empty);
    }
    while !rest.is_empty() {
        let position = position_of(rest);
        if located.len() >= ELEMENTS_MAX {
            return Err(ScanError::TooManyElements { position });
        }
        let Some((ai, entry, after_ai)) = split_ai(rest) else {
            return Err(ScanError::unknown_ai(position, rest.get(..4).unwrap_or(rest)));
        };
        let until_separator = after_ai.split(GS).next().unwrap_or_default();
        let value_at = position_of(after_ai);
        let (value, leftover) = entry
            .take(until_separator)
            .map_err(|fault| ScanError::value(ai, until_separator, fault, |index| value_at.saturating_add(index)))?;
        if !leftover.is_empty() && !entry.flags.predefined_length {
            return Err(ScanError::Value {
                ai,
                position: position_of(after_ai).saturating_add(value.len()),
                expected: "a separator (GS) or the end",
                found: super::scan::shown(leftover),
                rule: "TOO_LONG",
            });
        }
        located.push(Located { ai, value: value.to_owned(), position });
        let after_value = after_ai.strip_prefix(value).unwrap_or_default();
        rest = after_value.strip_prefix(GS).unwrap_or(after_value);
    }
    Ok(located)
}

/// Writes an element string without symbology identifier: a separator behind every value that needs one, except the last.
///
/// # Errors
/// A value that breaks its AI's rules; the position counts within the value.
pub fn build(elements: &[(Ai, String)]) -> Result<String, ScanError> {
    let mut text = String::new();
    let mut open = false;
    for (ai, value) in elements {
        let entry = checked_entry(*ai, value)?;
        if open {
            text.push(GS);
        }
        text.push_str(ai.as_str());
        text.push_str(value);
        open = !entry.flags.predefined_length;
    }
    Ok(text)
}

/// The row of an AI, when the value is right.
pub(super) fn checked_entry(ai: Ai, value: &str) -> Result<&'static Entry, ScanError> {
    let Some(entry) = ai.entry() else {
        return Err(ScanError::unknown_ai(1, ai.as_str()));
    };
    entry.check(value).map_err(|fault| ScanError::value(ai, value, fault, |index| index.saturating_add(1)))?;
    Ok(entry)
}

/// Reads bracketed text. Values are not checked against each other.
///
/// # Errors
/// See [`ScanError`]; positions count from the start of `data`.
pub fn parse_bracketed(data: &str) -> Result<Vec<(Ai, String)>, ScanError> {
    parse_bracketed_at(data, 1).map(without_positions)
}

pub(super) fn parse_bracketed_at(data: &str, start: usize) -> Result<Vec<Located>, ScanError> {
    let field = "bracketed text";
    let position_of = |rest: &str| start.saturating_add(data.len().saturating_sub(rest.len()));
    let mut located = Vec::new();
    let mut rest = data;
    if rest.is_empty() {
        return Err(ScanError::Empty);
    }
    while !rest.is_empty() {
        let position = position_of(rest);
        if located.len() >= ELEMENTS_MAX {
            return Err(ScanError::TooManyElements { position });
        }
        let Some(after_bracket) = rest.strip_prefix('(') else {
            return Err(ScanError::syntax(field, position, "`(`", rest));
        };
        let Some((digits, after_ai)) = after_bracket.split_once(')') else {
            return Err(ScanError::syntax(field, position_of(""), "`)`", ""));
        };
        let Some(ai) = Ai::parse(digits) else {
            return Err(ScanError::unknown_ai(position_of(after_bracket), digits));
        };
        let (value, after_value) = bracketed_value(after_ai, position_of(after_ai));
        let Some(entry) = ai.entry() else {
            return Err(ScanError::unknown_ai(position, digits));
        };
        entry
            .check(&value.text)
            .map_err(|fault| ScanError::value(ai, &value.text, fault, |index| value.position(index)))?;
        located.push(Located { ai, value: value.text, position: position_of(after_bracket) });
        rest = after_value;
    }
    Ok(located)
}

/// The value up to the next bracket that is not escaped, and the rest.
fn bracketed_value(data: &str, start: usize) -> (Mapped, &str) {
    let mut value = Mapped::new(start);
    let mut characters = data.char_indices().peekable();
    while let Some((index, character)) = characters.next() {
        let position = start.saturating_add(index);
        match character {
            '(' => return (value, data.get(index..).unwrap_or_default()),
            '\\' if characters.peek().is_some_and(|(_, next)| *next == '(') => {
                characters.next();
                value.push('(', position);
            }
            other => value.push(other, position),
        }
    }
    (value, "")
}

/// Writes bracketed text that [`parse_bracketed`] reads back.
#[must_use]
pub fn bracketed(elements: &[(Ai, String)]) -> String {
    elements.iter().map(|(ai, value)| format!("({ai}){}", value.replace('(', "\\("))).collect()
}

/// The human readable interpretation, one line a value: `(01) 09506000134352`.
#[must_use]
pub fn hri(elements: &[(Ai, String)]) -> Vec<String> {
    elements.iter().map(|(ai, value)| format!("({ai}) {value}")).collect()
}

/// As [`hri`], with the data title before the brackets: `GTIN (01) 09506000134352`.
#[must_use]
pub fn hri_with_titles(elements: &[(Ai, String)]) -> Vec<String> {
    elements.iter().map(|(ai, value)| format!("{} ({ai}) {value}", ai.title()).trim_start().to_owned()).collect()
}

pub(super) fn without_positions(located: Vec<Located>) -> Vec<(Ai, String)> {
    located.into_iter().map(|element| (element.ai, element.value)).collect()
}

#[cfg(test)]
mod tests;

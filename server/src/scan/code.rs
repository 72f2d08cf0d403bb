//! Codes as they arrive: in the path of an address, or typed by a person. The answer to a wrong one names the character.

use super::token::Subject;
use tracelight_domain::gs1::scan::{ScanError, parse_scan};
use tracelight_domain::gs1::{Gtin, KeyError, Lot, Serial};
use tracelight_web_ui::scan::CODE_CHARS_MAX;
use tracelight_web_ui::scan::model::{CodeFault, TypedCode};

/// The parts of a Digital Link path, already percent-decoded.
#[derive(Clone, Copy, Debug)]
pub struct PathCode<'a> {
    /// AI 01.
    pub gtin: &'a str,
    /// AI 10.
    pub lot: Option<&'a str>,
    /// AI 21.
    pub serial: &'a str,
}

/// Reads the code of a path.
///
/// # Errors
/// The code as text for the page, with the first wrong character.
pub fn from_path(code: PathCode<'_>) -> Result<Subject, TypedCode> {
    let lot_text = code.lot.map(|lot| format!("(10){lot}")).unwrap_or_default();
    let typed = |before: usize, error: &KeyError| TypedCode {
        text: cut(&format!("(01){}{lot_text}(21){}", code.gtin, code.serial)),
        fault: Some(fault_of(error, before)),
    };
    let gtin = Gtin::parse(code.gtin).map_err(|error| typed(4, &error))?;
    let lot_at = 4 + code.gtin.chars().count() + 4;
    let lot = code.lot.map(Lot::parse).transpose().map_err(|error| typed(lot_at, &error))?;
    let serial_at = 4 + code.gtin.chars().count() + lot_text.chars().count() + 4;
    let serial = Serial::parse(code.serial).map_err(|error| typed(serial_at, &error))?;
    Ok(Subject { gtin, lot, serial })
}

/// Reads what a person typed or pasted: an address, bracketed text, a scanner's element string, or the product number
/// followed by the serial. Spaces do not count.
///
/// # Errors
/// The text for the page's field, with the first thing that is wrong.
pub fn from_typed(text: &str) -> Result<Subject, TypedCode> {
    let kept = cut(text);
    // Separators that people cannot type stay; everything that looks like a space goes.
    let bare: String = kept.chars().filter(|c| !c.is_whitespace() && *c != '\u{200b}' && *c != '\u{feff}').collect();
    let fault = |fault| TypedCode { text: kept.clone(), fault: Some(fault) };
    if bare.is_empty() {
        return Err(fault(CodeFault::Empty));
    }
    // The path of one of our own pages: an address without its host.
    let whole = if bare.starts_with("/01/") { format!("https://host{bare}") } else { bare.clone() };
    match parse_scan(whole.as_bytes()).and_then(|scan| scan.unit()) {
        Ok(code) => Ok(Subject { gtin: code.gtin, lot: code.lot, serial: code.serial }),
        Err(error) => number_and_serial(&bare).unwrap_or_else(|| Err(scan_fault(&bare, &error))).map_err(fault),
    }
}

/// `09506000134352` and the serial behind it; `None` when the text does not begin like a product number alone.
fn number_and_serial(bare: &str) -> Option<Result<Subject, CodeFault>> {
    if !bare.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let digits = bare.chars().take_while(char::is_ascii_digit).count();
    let Some((number, serial)) = bare.split_at_checked(Gtin::LENGTH).filter(|_| digits >= Gtin::LENGTH) else {
        let found = bare.chars().nth(digits);
        return Some(Err(match found {
            Some(found) if bare.chars().count() > Gtin::LENGTH => CodeFault::NotAllowed { position: digits + 1, found },
            _ => CodeFault::Length { found: digits, expected: Gtin::LENGTH },
        }));
    };
    // `01` in front of fourteen digits that fit is an element string without its brackets.
    if number.starts_with("01") && bare.get(2..16).is_some_and(|inner| Gtin::parse(inner).is_ok()) {
        return None;
    }
    let gtin = match Gtin::parse(number) {
        Ok(gtin) => gtin,
        Err(error) => return Some(Err(fault_of(&error, 0))),
    };
    if serial.is_empty() {
        return Some(Err(CodeFault::NoSerial));
    }
    Some(
        Serial::parse(serial)
            .map(|serial| Subject { gtin, lot: None, serial })
            .map_err(|error| fault_of(&error, Gtin::LENGTH)),
    )
}

fn scan_fault(bare: &str, error: &ScanError) -> CodeFault {
    if let Some(fault) = check_digit_fault(bare) {
        return fault;
    }
    match error {
        ScanError::Missing { field: "serial", .. } => CodeFault::NoSerial,
        ScanError::Empty => CodeFault::Empty,
        ScanError::Key { source, position } => fault_of(source, position.saturating_sub(source.position())),
        other => at(bare, other.position()),
    }
}

/// The check digit of the product number inside brackets or a path, when that is what is wrong.
fn check_digit_fault(bare: &str) -> Option<CodeFault> {
    let after = ["(01)", "/01/"].iter().find_map(|mark| bare.split_once(mark).map(|(_, after)| after));
    let number = after.or_else(|| bare.strip_prefix("01"))?.get(..Gtin::LENGTH)?;
    match Gtin::parse(number) {
        Err(error @ KeyError::CheckDigit { .. }) => Some(fault_of(&error, 0)),
        _ => None,
    }
}

fn fault_of(error: &KeyError, before: usize) -> CodeFault {
    match error {
        KeyError::CheckDigit { position, expected, found, .. } => {
            CodeFault::CheckDigit { others: position.saturating_sub(1), expected: *expected, found: *found }
        }
        KeyError::Character { position, found, .. } => {
            CodeFault::NotAllowed { position: before + position, found: *found }
        }
        KeyError::Length { field: "gtin", found, .. } => CodeFault::Length { found: *found, expected: Gtin::LENGTH },
        KeyError::Length { found: 0, .. } => CodeFault::NoSerial,
        KeyError::Length { found, .. } => CodeFault::Length { found: *found, expected: Serial::LENGTH_MAX },
        KeyError::Value { position, found, .. } => {
            CodeFault::NotAllowed { position: before + position, found: found.chars().next().unwrap_or('?') }
        }
    }
}

fn at(bare: &str, position: usize) -> CodeFault {
    match bare.chars().nth(position.saturating_sub(1)).or_else(|| bare.chars().last()) {
        Some(found) => CodeFault::NotAllowed { position: position.min(bare.chars().count()), found },
        None => CodeFault::Empty,
    }
}

fn cut(text: &str) -> String {
    text.chars().take(CODE_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GTIN: &str = "09506000134352";

    fn subject(lot: Option<&str>, serial: &str) -> Subject {
        Subject {
            gtin: Gtin::parse(GTIN).expect("a valid GTIN"),
            lot: lot.map(|lot| Lot::parse(lot).expect("a valid lot")),
            serial: Serial::parse(serial).expect("a valid serial"),
        }
    }

    #[test]
    fn what_people_type_and_paste_is_read() {
        for (text, expected) in [
            ("09506000134352 7F3K 9QX2", subject(None, "7F3K9QX2")),
            ("(01) 09506000134352 (10) A24K07 (21) 7F3K9QX2", subject(Some("A24K07"), "7F3K9QX2")),
            ("(01)09506000134352(21)7F3K9QX2", subject(None, "7F3K9QX2")),
            ("https://t.example/01/09506000134352/10/A/21/b?17=271031", subject(Some("A"), "b")),
            ("/01/09506000134352/10/A/21/b%2F", subject(Some("A"), "b/")),
            ("0109506000134352217F3K9QX2", subject(None, "7F3K9QX2")),
            ("]d2010950600013435210A24K07\u{1d}217F3K9QX2", subject(Some("A24K07"), "7F3K9QX2")),
        ] {
            assert_eq!(from_typed(text).map_err(|typed| typed.fault), Ok(expected), "{text}");
        }
    }

    #[test]
    fn a_wrong_character_is_named() {
        for (text, expected) in [
            ("  ", CodeFault::Empty),
            ("09506000134351 7F3K", CodeFault::CheckDigit { others: 13, expected: '2', found: '1' }),
            ("(01)09506000134351(21)7F3K", CodeFault::CheckDigit { others: 13, expected: '2', found: '1' }),
            ("0950600013435O 7F3K", CodeFault::NotAllowed { position: 14, found: 'O' }),
            ("0950600013", CodeFault::Length { found: 10, expected: 14 }),
            (GTIN, CodeFault::NoSerial),
            ("(01)09506000134352", CodeFault::NoSerial),
            ("09506000134352 7F#K", CodeFault::NotAllowed { position: 17, found: '#' }),
        ] {
            let typed = from_typed(text).expect_err(text);
            assert_eq!(typed.fault, Some(expected), "{text}");
            assert_eq!(typed.text, text);
        }
    }

    #[test]
    fn the_parts_of_a_path_are_checked_one_by_one() {
        let good = PathCode { gtin: GTIN, lot: Some("A24K07"), serial: "7F3K" };
        assert_eq!(from_path(good).expect("a code"), subject(Some("A24K07"), "7F3K"));
        for (code, expected) in [
            (PathCode { gtin: "0950600013435x", ..good }, CodeFault::NotAllowed { position: 18, found: 'x' }),
            (PathCode { gtin: "9506000134352", ..good }, CodeFault::Length { found: 13, expected: 14 }),
            (PathCode { lot: Some("A 4"), ..good }, CodeFault::NotAllowed { position: 24, found: ' ' }),
            (PathCode { serial: "7é", ..good }, CodeFault::NotAllowed { position: 34, found: 'é' }),
            (PathCode { serial: "123456789012345678901", ..good }, CodeFault::Length { found: 21, expected: 20 }),
        ] {
            assert_eq!(from_path(code).expect_err("a fault").fault, Some(expected));
        }
    }

    #[test]
    fn long_and_strange_input_is_cut_and_never_panics() {
        for text in ["é".repeat(5_000), "(".repeat(5_000), "0".repeat(5_000), "]d2\u{1d}".repeat(900), "01é".to_owned()]
        {
            let typed = from_typed(&text).expect_err("no code");
            assert!(typed.text.chars().count() <= CODE_CHARS_MAX);
            assert!(typed.fault.is_some());
        }
    }
}

//! Linters that look into a list, or at the characters themselves.

use super::codes::{COUNTRIES, COUNTRY_LETTERS, CURRENCIES, PACKAGE_TYPES};
use super::{Fault, digits, whole};
use crate::gs1::text::is_cset64;

/// Exactly three digits, as a number.
fn three_digits(data: &str) -> Option<u16> {
    if data.len() == 3 && digits(data).is_ok() { data.parse().ok() } else { None }
}

pub(super) fn country(data: &str) -> Result<(), Fault> {
    match three_digits(data) {
        Some(code) if COUNTRIES.binary_search(&code).is_ok() => Ok(()),
        _ => Err(whole(data, "NOT_ISO3166", "a numeric country code of ISO 3166")),
    }
}

pub(super) fn country_or_999(data: &str) -> Result<(), Fault> {
    if data == "999" {
        return Ok(());
    }
    let rule = "NOT_ISO3166_OR_999";
    country(data).map_err(|_| whole(data, rule, "a numeric country code of ISO 3166, or 999"))
}

pub(super) fn country_letters(data: &str) -> Result<(), Fault> {
    match COUNTRY_LETTERS.binary_search(&data) {
        Ok(_) => Ok(()),
        Err(_) => Err(whole(data, "NOT_ISO3166_ALPHA2", "a two-letter country code of ISO 3166")),
    }
}

pub(super) fn currency(data: &str) -> Result<(), Fault> {
    match three_digits(data) {
        Some(code) if CURRENCIES.binary_search(&code).is_ok() => Ok(()),
        _ => Err(whole(data, "NOT_ISO4217", "a numeric currency code of ISO 4217")),
    }
}

pub(super) fn package_type(data: &str) -> Result<(), Fault> {
    match PACKAGE_TYPES.binary_search(&data) {
        Ok(_) => Ok(()),
        Err(_) => Err(whole(data, "INVALID_PACKAGE_TYPE", "a package type code of GS1")),
    }
}

/// 01 to 10 are assigned, 80 to 99 are for private agreement.
pub(super) fn media_type(data: &str) -> Result<(), Fault> {
    let assigned = ("01"..="10").contains(&data) || ("80"..="99").contains(&data);
    if assigned && data.len() == 2 && digits(data).is_ok() {
        return Ok(());
    }
    Err(whole(data, "INVALID_MEDIA_TYPE", "01 to 10, or 80 to 99"))
}

/// Exactly one character of `allowed`.
pub(super) fn one_of(data: &str, allowed: &str, rule: &'static str, expected: &'static str) -> Result<(), Fault> {
    if data.len() == 1 && allowed.contains(data) { Ok(()) } else { Err(whole(data, rule, expected)) }
}

/// Nothing but that byte.
pub(super) fn only(data: &str, byte: u8, rule: &'static str, expected: &'static str) -> Result<(), Fault> {
    if data.bytes().all(|found| found == byte) { Ok(()) } else { Err(whole(data, rule, expected)) }
}

pub(super) fn has_non_digit(data: &str) -> Result<(), Fault> {
    if digits(data).is_err() {
        return Ok(());
    }
    Err(whole(data, "REQUIRES_NON_DIGIT_CHARACTER", "at least one character that is not a digit"))
}

pub(super) fn importer_index(data: &str) -> Result<(), Fault> {
    if data.len() == 1 && data.bytes().all(is_cset64) {
        return Ok(());
    }
    Err(whole(data, "INVALID_IMPORT_IDX_CHARACTER", "one letter, digit, - or _"))
}

/// Every `%` is followed by two hexadecimal digits.
pub(super) fn percent_encoded(data: &str) -> Result<(), Fault> {
    for (start, _) in data.bytes().enumerate().filter(|(_, byte)| *byte == b'%') {
        let sequence: Vec<u8> = data.bytes().skip(start).take(3).collect();
        let well_formed = sequence.len() == 3 && sequence.iter().skip(1).all(u8::is_ascii_hexdigit);
        if !well_formed {
            let expected = "% and two hexadecimal digits";
            return Err(Fault::new("INVALID_PERCENT_SEQUENCE", expected, start, sequence.len()));
        }
    }
    Ok(())
}

/// No IBAN is shorter than this.
const IBAN_LENGTH_MIN: usize = 11;
const IBAN_LENGTH_MAX: usize = 34;

/// ISO 13616: country code, two check digits, account; as digits and with its head moved behind, 1 modulo 97.
pub(super) fn iban(data: &str) -> Result<(), Fault> {
    if data.len() < IBAN_LENGTH_MIN {
        return Err(whole(data, "IBAN_TOO_SHORT", "at least 11 characters"));
    }
    if data.len() > IBAN_LENGTH_MAX {
        return Err(whole(data, "IBAN_TOO_LONG", "at most 34 characters"));
    }
    let country = data.get(..2).unwrap_or_default();
    if country_letters(country).is_err() {
        return Err(Fault::new("ILLEGAL_IBAN_COUNTRY_CODE", "a two-letter country code", 0, 2));
    }
    let expected = "a digit or an upper-case letter";
    let allowed = |byte: &u8| byte.is_ascii_digit() || byte.is_ascii_uppercase();
    if let Some(start) = data.bytes().position(|byte| !allowed(&byte)) {
        return Err(Fault::new("INVALID_IBAN_CHARACTER", expected, start, 1));
    }
    let sum = data.bytes().cycle().skip(4).take(data.len()).fold(0_u32, |sum, byte| match byte {
        b'0'..=b'9' => (sum * 10 + u32::from(byte - b'0')) % 97,
        _ => (sum * 100 + u32::from(byte.saturating_sub(b'A')) + 10) % 97,
    });
    if sum == 1 {
        return Ok(());
    }
    Err(Fault::new("INCORRECT_IBAN_CHECKSUM", "the check digits of this account", 2, 2))
}

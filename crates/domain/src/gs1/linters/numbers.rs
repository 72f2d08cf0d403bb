//! Linters that reckon: check digits, dates, times, counts.

use super::{Fault, digits, each, whole};
use crate::gs1::date::days_in_month;
use crate::gs1::text::is_cset82;

/// Bytes `from..to`, or the empty string: the callers have checked the length.
fn part(data: &str, from: usize, to: usize) -> &str {
    data.get(from..to).unwrap_or_default()
}

/// The value of a short run of digits; the callers have checked that they are digits.
fn value(data: &str) -> u64 {
    data.bytes().fold(0, |sum, byte| sum.saturating_mul(10).saturating_add(u64::from(byte.saturating_sub(b'0'))))
}

pub(super) fn check_digit(data: &str) -> Result<(), Fault> {
    digits(data)?;
    let Some((found, payload)) = data.as_bytes().split_last() else {
        return Err(Fault::new("TOO_SHORT_FOR_CHECK_DIGIT", "digits and a check digit", 0, 0));
    };
    if crate::gs1::check_digit(payload) == Some(*found) {
        return Ok(());
    }
    Err(Fault::new("INCORRECT_CHECK_DIGIT", "the check digit of the digits before", payload.len(), 1))
}

/// The characters of CSET 32, in the order of their values.
const CSET32: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
/// The longest value of any AI is 90 characters; this leaves room and bounds the primes below.
const CHECK_PAIR_LENGTH_MAX: usize = 99;

/// GS1 General Specifications 7.9.5: values of CSET 82 weighted from the right by 2, 3, 5, 7, ..., modulo 1021, written
/// as two characters of CSET 32.
pub(super) fn check_pair(data: &str) -> Result<(), Fault> {
    if data.len() > CHECK_PAIR_LENGTH_MAX {
        return Err(whole(data, "TOO_LONG_FOR_CHECK_PAIR_IMPLEMENTATION", "at most 99 characters"));
    }
    let Some((payload, pair)) = data.len().checked_sub(2).and_then(|at| data.split_at_checked(at)) else {
        return Err(whole(data, "TOO_SHORT_FOR_CHECK_PAIR", "at least the two check characters"));
    };
    each(payload, is_cset82, "INVALID_CSET82_CHARACTER", "a character of CSET 82")?;
    let mut sum = 0_usize;
    for (byte, prime) in payload.bytes().rev().zip(primes()) {
        let weight = (0..byte).filter(|lower| is_cset82(*lower)).count();
        sum = (sum + weight * prime) % 1021;
    }
    let expected = [CSET32.get(sum >> 5), CSET32.get(sum & 31)];
    if pair.bytes().map(Some).eq(expected.map(Option::<&u8>::copied)) {
        return Ok(());
    }
    Err(Fault::new("INCORRECT_CHECK_PAIR", "the check pair of the characters before", payload.len(), 2))
}

/// The primes, from 2. Only the first 97 are ever drawn.
fn primes() -> impl Iterator<Item = usize> {
    (2_usize..).filter(|number| (2..*number).take_while(|d| d * d <= *number).all(|d| !number.is_multiple_of(d)))
}

pub(super) fn prefix(data: &str) -> Result<(), Fault> {
    let Some((head, _)) = data.split_at_checked(4) else {
        return Err(whole(data, "TOO_SHORT_FOR_GCP", "a company prefix of at least 4 digits"));
    };
    each(head, |byte| byte.is_ascii_digit(), "INVALID_GCP_PREFIX", "a company prefix of digits")
}

pub(super) fn prefix_after_first(data: &str) -> Result<(), Fault> {
    let Some((_, rest)) = data.split_at_checked(1) else {
        return Err(whole(data, "TOO_SHORT_FOR_GCP", "a digit and a company prefix"));
    };
    prefix(rest).map_err(|fault| fault.shifted(1))
}

/// `year_digits` digits of the year, then MMDD.
///
/// Two digits of a year are read as 20YY: the century matters only for 29 February of a year 00, and the dates of packs
/// lie within 50 years of today.
pub(super) fn date(data: &str, year_digits: usize, day_optional: bool) -> Result<(), Fault> {
    let length = year_digits.saturating_add(4);
    let expected = if year_digits == 2 { "YYMMDD" } else { "YYYYMMDD" };
    if data.len() != length {
        let rule = if data.len() < length { "DATE_TOO_SHORT" } else { "DATE_TOO_LONG" };
        return Err(whole(data, rule, expected));
    }
    digits(data)?;
    let month_at = year_digits;
    let day_at = year_digits.saturating_add(2);
    let century = if year_digits == 2 { 2000 } else { 0 };
    let year = u16::try_from(value(part(data, 0, month_at))).unwrap_or_default() + century;
    let month = u8::try_from(value(part(data, month_at, day_at))).unwrap_or_default();
    let day = u8::try_from(value(part(data, day_at, length))).unwrap_or_default();
    if !(1..=12).contains(&month) {
        return Err(Fault::new("ILLEGAL_MONTH", "a month from 01 to 12", month_at, 2));
    }
    if day > days_in_month(year, month) || (day == 0 && !day_optional) {
        let expected = if day_optional { "a day of that month, or 00" } else { "a day of that month" };
        return Err(Fault::new("ILLEGAL_DAY", expected, day_at, 2));
    }
    Ok(())
}

/// Two digits up to `max`, with the names of the three faults.
fn two_digits(data: &str, max: u64, rules: [&'static str; 3], expected: &'static str) -> Result<(), Fault> {
    let [short, long, illegal] = rules;
    if data.len() != 2 {
        return Err(whole(data, if data.len() < 2 { short } else { long }, expected));
    }
    digits(data)?;
    if value(data) > max { Err(whole(data, illegal, expected)) } else { Ok(()) }
}

pub(super) fn hour(data: &str) -> Result<(), Fault> {
    two_digits(data, 23, ["HOUR_TOO_SHORT", "HOUR_TOO_LONG", "ILLEGAL_HOUR"], "an hour from 00 to 23")
}

pub(super) fn minute(data: &str) -> Result<(), Fault> {
    two_digits(data, 59, ["MINUTE_TOO_SHORT", "MINUTE_TOO_LONG", "ILLEGAL_MINUTE"], "a minute from 00 to 59")
}

pub(super) fn second(data: &str) -> Result<(), Fault> {
    two_digits(data, 59, ["SECOND_TOO_SHORT", "SECOND_TOO_LONG", "ILLEGAL_SECOND"], "a second from 00 to 59")
}

pub(super) fn hour_minute(data: &str) -> Result<(), Fault> {
    if data.len() != 4 {
        let short = data.len() < 4;
        let rule = if short { "HOUR_WITH_MINUTE_TOO_SHORT" } else { "HOUR_WITH_MINUTE_TOO_LONG" };
        return Err(whole(data, rule, "HHMM"));
    }
    digits(data)?;
    hour(part(data, 0, 2))?;
    minute(part(data, 2, 4)).map_err(|fault| fault.shifted(2))
}

pub(super) fn non_zero(data: &str) -> Result<(), Fault> {
    digits(data)?;
    if data.bytes().all(|byte| byte == b'0') {
        return Err(whole(data, "ILLEGAL_ZERO_VALUE", "a number above zero"));
    }
    Ok(())
}

pub(super) fn no_zero_prefix(data: &str) -> Result<(), Fault> {
    digits(data)?;
    if data.starts_with('0') {
        return Err(Fault::new("ILLEGAL_ZERO_PREFIX", "a number without a leading zero", 0, 1));
    }
    Ok(())
}

pub(super) fn piece_of_total(data: &str) -> Result<(), Fault> {
    let half = data.len() / 2;
    let Some((piece, total)) = data.split_at_checked(half).filter(|(a, b)| a.len() == b.len() && half > 0) else {
        let expected = "piece number and total, of equal width";
        return Err(whole(data, "INVALID_LENGTH_FOR_PIECE_OF_TOTAL", expected));
    };
    digits(data)?;
    if piece.bytes().all(|byte| byte == b'0') {
        return Err(Fault::new("ZERO_PIECE_NUMBER", "a piece number from 1", 0, half));
    }
    if total.bytes().all(|byte| byte == b'0') {
        return Err(Fault::new("ZERO_TOTAL_PIECES", "a total from 1", half, half));
    }
    // Equal width: text order is number order.
    if piece > total {
        return Err(whole(data, "PIECE_NUMBER_EXCEEDS_TOTAL", "a piece number up to the total"));
    }
    Ok(())
}

pub(super) fn position_in_sequence(data: &str) -> Result<(), Fault> {
    let is_number = |text: &str| !text.is_empty() && digits(text).is_ok();
    let parts = data.split_once('/').filter(|(position, end)| is_number(position) && is_number(end));
    let Some((position, end)) = parts else {
        return Err(whole(data, "POSITION_IN_SEQUENCE_MALFORMED", "position/end, two numbers"));
    };
    let expected = "a number without a leading zero";
    if position.starts_with('0') {
        return Err(Fault::new("ILLEGAL_ZERO_PREFIX", expected, 0, position.len()));
    }
    if end.starts_with('0') {
        let start = position.len().saturating_add(1);
        return Err(Fault::new("ILLEGAL_ZERO_PREFIX", expected, start, end.len()));
    }
    // No leading zeros: the longer number is the larger one, and equal lengths compare as text.
    if (position.len(), position) > (end.len(), end) {
        return Err(whole(data, "POSITION_EXCEEDS_END", "a position up to the end"));
    }
    Ok(())
}

pub(super) fn latitude(data: &str) -> Result<(), Fault> {
    degrees(data, 1_800_000_000, ["LATITUDE_INVALID_LENGTH", "INVALID_LATITUDE"], "10 digits up to 1800000000")
}

pub(super) fn longitude(data: &str) -> Result<(), Fault> {
    degrees(data, 3_600_000_000, ["LONGITUDE_INVALID_LENGTH", "INVALID_LONGITUDE"], "10 digits up to 3600000000")
}

/// Ten digits: degrees from the origin, times ten million.
fn degrees(data: &str, max: u64, rules: [&'static str; 2], expected: &'static str) -> Result<(), Fault> {
    let [length, range] = rules;
    if data.len() != 10 {
        return Err(whole(data, length, expected));
    }
    digits(data)?;
    if value(data) > max { Err(whole(data, range, expected)) } else { Ok(()) }
}

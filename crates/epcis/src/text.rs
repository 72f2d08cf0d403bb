//! The leaves of an event: URIs, times, offsets, decimal numbers. Each has one way in, and that is the check.

use crate::error::Fault;
use std::fmt;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Text in an error message is cut here, in characters.
const SHOWN_MAX: usize = 80;

/// At most [`SHOWN_MAX`] characters of somebody's text, for a message.
#[must_use]
pub fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN_MAX) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// A URI with a scheme (RFC 3986), as written. Compared byte for byte; [`crate::key`] knows which ones name the same thing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uri(String);

impl Uri {
    /// # Errors
    /// No scheme, a character that RFC 3986 does not know, or a `%` without two hexadecimal digits.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        if is_uri(text) { Ok(Self(text.to_owned())) } else { Err(Fault::NotUri(shown(text))) }
    }

    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// RFC 3986 `URI`: scheme, colon, and the characters of a hierarchical part, query and fragment.
#[must_use]
pub fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let mut letters = scheme.bytes();
    let scheme_holds = letters.next().is_some_and(|first| first.is_ascii_alphabetic())
        && letters.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    if !scheme_holds || rest.matches('#').count() > 1 {
        return false;
    }
    // Square brackets stand around the address of a host and nowhere else.
    let authority = rest.strip_prefix("//").map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    let (head, tail) = match authority {
        Some(authority) => (authority, rest.get(authority.len().saturating_add(2)..).unwrap_or_default()),
        None => ("", rest),
    };
    holds_uri_characters(head, true) && holds_uri_characters(tail, false)
}

fn holds_uri_characters(text: &str, brackets: bool) -> bool {
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let sound = match byte {
            b'%' => [bytes.next(), bytes.next()].iter().all(|digit| digit.is_some_and(|d| d.is_ascii_hexdigit())),
            b'[' | b']' => brackets,
            b'-' | b'.' | b'_' | b'~' | b':' | b'/' | b'?' | b'#' | b'@' | b'!' | b'$' | b'&' | b'\'' | b'(' | b')'
            | b'*' | b'+' | b',' | b';' | b'=' => true,
            other => other.is_ascii_alphanumeric(),
        };
        if !sound {
            return false;
        }
    }
    true
}

/// A moment and the offset in which it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    /// Nanoseconds since 1970, UTC.
    nanos: i128,
    /// Minutes east of UTC.
    offset_minutes: i16,
}

impl Timestamp {
    /// RFC 3339, with capital `T` and `Z`: what both the JSON Schema and the XSD take. Digits after the ninth are dropped.
    ///
    /// # Errors
    /// Another form, no zone, a day or hour that does not exist, a leap second.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let fault = || Fault::NotTime(shown(text));
        let (date, rest) = text.split_once('T').ok_or_else(fault)?;
        let clock: String = rest.chars().take(8).collect();
        let shaped = |text: &str, shape: &str| {
            text.len() == shape.len()
                && text.bytes().zip(shape.bytes()).all(|(b, s)| if s == b'0' { b.is_ascii_digit() } else { b == s })
        };
        if !shaped(date, "0000-00-00") || !shaped(&clock, "00:00:00") || clock.ends_with("60") {
            return Err(fault());
        }
        let zone = rest.get(8..).unwrap_or_default();
        let zone = match zone.strip_prefix('.') {
            Some(fraction) => fraction.trim_start_matches(|c: char| c.is_ascii_digit()),
            None => zone,
        };
        let offset_minutes = if zone == "Z" { 0 } else { Offset::parse(zone).map_err(|_| fault())?.minutes };
        let parsed = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| fault())?;
        Ok(Self { nanos: parsed.unix_timestamp_nanos(), offset_minutes })
    }

    /// Milliseconds since 1970, UTC, written in UTC.
    #[must_use]
    pub fn from_unix_ms(ms: i64) -> Self {
        Self { nanos: i128::from(ms).saturating_mul(1_000_000), offset_minutes: 0 }
    }

    /// Nanoseconds since 1970: what times are compared by.
    #[must_use]
    pub const fn unix_nanos(self) -> i128 {
        self.nanos
    }

    /// The same moment, written in UTC.
    #[must_use]
    pub const fn in_utc(self) -> Self {
        Self { nanos: self.nanos, offset_minutes: 0 }
    }

    /// `2020-03-04T10:00:30.000Z`: UTC, three decimals, the fourth rounds half up (CBV 2.0, event hash).
    #[must_use]
    pub fn utc_milliseconds(self) -> String {
        let rounded = self.nanos.saturating_add(500_000).div_euclid(1_000_000).saturating_mul(1_000_000);
        Self { nanos: rounded, offset_minutes: 0 }.write(3)
    }

    fn write(self, decimals_min: usize) -> String {
        let shifted = self.nanos.saturating_add(i128::from(self.offset_minutes).saturating_mul(60_000_000_000));
        let Ok(at) = OffsetDateTime::from_unix_timestamp_nanos(shifted) else { return String::new() };
        let fraction = format!("{:09}", at.nanosecond());
        let used = fraction.trim_end_matches('0').len().max(decimals_min);
        let fraction = fraction.get(..used).unwrap_or_default();
        let point = if used == 0 { "" } else { "." };
        let zone =
            if self.offset_minutes == 0 { "Z".to_owned() } else { Offset { minutes: self.offset_minutes }.to_string() };
        let (date, clock) = (at.date(), at.time());
        format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{point}{fraction}{zone}",
            date.year(),
            u8::from(date.month()),
            date.day(),
            clock.hour(),
            clock.minute(),
            clock.second()
        )
    }
}

impl fmt::Display for Timestamp {
    /// In the offset in which it was written, with three decimals or as many as it has.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.write(3))
    }
}

/// A time zone offset, `±hh:mm`, at most fourteen hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Offset {
    minutes: i16,
}

impl Offset {
    /// `+00:00`.
    pub const UTC: Self = Self { minutes: 0 };

    /// # Errors
    /// Another form, or more than fourteen hours.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let fault = || Fault::NotOffset(shown(text));
        let bytes: [u8; 6] = text.as_bytes().try_into().map_err(|_| fault())?;
        let [sign, h1, h2, b':', m1, m2] = bytes else { return Err(fault()) };
        if ![h1, h2, m1, m2].iter().all(u8::is_ascii_digit) || !matches!(sign, b'+' | b'-') {
            return Err(fault());
        }
        let pair = |high: u8, low: u8| i16::from(high - b'0') * 10 + i16::from(low - b'0');
        let (hours, minutes) = (pair(h1, h2), pair(m1, m2));
        if minutes > 59 || hours * 60 + minutes > 14 * 60 {
            return Err(fault());
        }
        let east = hours * 60 + minutes;
        Ok(Self { minutes: if sign == b'-' { -east } else { east } })
    }

    /// Minutes east of UTC.
    #[must_use]
    pub const fn minutes(self) -> i16 {
        self.minutes
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.minutes < 0 { '-' } else { '+' };
        let east = self.minutes.unsigned_abs();
        write!(f, "{sign}{:02}:{:02}", east / 60, east % 60)
    }
}

/// A decimal number as written, so that none of its digits is lost between JSON and XML.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Decimal(String);

/// Characters of a number: more is no quantity of anything, and a query would only waste time on it.
const DECIMAL_CHARS_MAX: usize = 64;

impl Decimal {
    /// `xsd:decimal` or `xsd:double` without infinities: sign, digits, point, exponent.
    ///
    /// # Errors
    /// Another form, or a number beyond the range of a double.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let fault = || Fault::NotNumber(shown(text));
        let allowed = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E');
        if text.len() > DECIMAL_CHARS_MAX || !text.bytes().all(allowed) {
            return Err(fault());
        }
        let value: f64 = text.parse().map_err(|_| fault())?;
        if value.is_finite() { Ok(Self(text.to_owned())) } else { Err(fault()) }
    }

    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The nearest double, for comparisons and unit conversion.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.0.parse().unwrap_or(f64::NAN)
    }

    /// A form that JSON takes: no plus, no bare point, no leading zeros.
    #[must_use]
    pub fn json(&self) -> String {
        let (mantissa, exponent) = match self.0.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, format!("e{exponent}")),
            None => (self.0.as_str(), String::new()),
        };
        let (sign, digits) = match mantissa.strip_prefix('-') {
            Some(digits) => ("-", digits),
            None => ("", mantissa.strip_prefix('+').unwrap_or(mantissa)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let whole = whole.trim_start_matches('0');
        let whole = if whole.is_empty() { "0" } else { whole };
        let point = if fraction.is_empty() { "" } else { "." };
        format!("{sign}{whole}{point}{fraction}{exponent}")
    }
}

#[cfg(test)]
mod tests {
    use super::{Decimal, Offset, Timestamp, Uri};

    #[test]
    fn uris_are_those_of_rfc_3986() {
        for sound in [
            "urn:epc:id:sgtin:0614141.107346.2017",
            "https://a.b/c?d=e#f",
            "geo:42.69,23.31",
            "urn:epc:idpat:sgtin:4.0.*",
            "ni:///sha-256;ab?ver=CBV2.0",
            "http://[::1]/x",
            "example:Abc",
            "a:",
        ] {
            assert!(Uri::parse(sound).is_ok(), "{sound}");
        }
        for broken in [
            "", "shipping", "/x", "1a:b", ":x", "urn:a b", "urn:é", "urn:%2", "urn:%zz", "urn:<x>", "a:#b#c", "a:[x]",
            "x\"y:z",
        ] {
            assert!(Uri::parse(broken).is_err(), "{broken}");
        }
    }

    #[test]
    fn times_keep_their_offset_and_their_digits() {
        let shown = |text: &str| Timestamp::parse(text).map(|time| time.to_string()).unwrap_or_default();
        assert_eq!(shown("2020-03-04T11:00:30+01:00"), "2020-03-04T11:00:30.000+01:00");
        assert_eq!(shown("2005-04-03T20:33:31.116000-06:00"), "2005-04-03T20:33:31.116-06:00");
        assert_eq!(shown("2020-06-07T17:10:16Z"), "2020-06-07T17:10:16.000Z");
        let ms = |text: &str| Timestamp::parse(text).map(Timestamp::utc_milliseconds).unwrap_or_default();
        assert_eq!(ms("2020-03-04T11:00:30.9995+01:00"), "2020-03-04T10:00:31.000Z");
        assert_eq!(ms("2020-03-04T11:00:30.12345Z"), "2020-03-04T11:00:30.123Z");
        assert_eq!(ms("2020-03-04T11:00:30.0005Z"), "2020-03-04T11:00:30.001Z");
        for broken in [
            "2020-03-04",
            "2020-03-04T11:00:30",
            "2020-03-04 11:00:30Z",
            "2020-13-04T11:00:30Z",
            "2020-02-30T11:00:30Z",
            "2020-03-04T24:00:00Z",
            "2020-03-04T11:00:60Z",
            "2020-03-04T11:00:30+15:00",
            "2020-03-04T11:00:30.Z",
            "2020-03-04T11:00Z",
            "é",
        ] {
            assert!(Timestamp::parse(broken).is_err(), "{broken}");
        }
    }

    #[test]
    fn offsets_end_at_fourteen_hours() {
        assert_eq!(Offset::parse("-05:30").map(|offset| offset.to_string()), Ok("-05:30".to_owned()));
        assert!(Offset::parse("+14:00").is_ok());
        for broken in ["+14:01", "01:00", "+1:00", "+01:60", "Z", "+01.00", ""] {
            assert!(Offset::parse(broken).is_err(), "{broken}");
        }
    }

    #[test]
    fn numbers_keep_their_digits() {
        let json = |text: &str| Decimal::parse(text).map(|number| number.json()).unwrap_or_default();
        assert_eq!(json("+007.50"), "7.50");
        assert_eq!(json("-.5"), "-0.5");
        assert_eq!(json("1E3"), "1e3");
        assert_eq!(json("12345678901234567890.1234567890"), "12345678901234567890.1234567890");
        for broken in ["", "x", "1e999", "inf", "NaN", "0x10", "1,5", "1 "] {
            assert!(Decimal::parse(broken).is_err(), "{broken}");
        }
    }
}

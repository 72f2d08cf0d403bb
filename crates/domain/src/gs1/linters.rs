//! The content rules ("linters") that the GS1 Barcode Syntax Dictionary names, one function each.
//!
//! A linter looks at one component of a value whose length and character set the table has already fixed, and says what
//! is wrong with its meaning: a check digit, a month 13, a country that does not exist. Every rule keeps the name that
//! the dictionary gives to its fault, so that two systems can compare their answers.
//!
//! Not done here: whether a company prefix was ever issued (`Prefix` checks its shape only); that is a lookup.

mod codes;
mod coupon;
mod lists;
mod numbers;

use super::text::{is_cset39, is_cset64, is_cset82};

/// What a linter found: the rule's name in the dictionary, what was expected, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// The name of the fault in the dictionary, without its prefix: `ILLEGAL_MONTH`.
    pub rule: &'static str,
    /// What should have stood there, in words.
    pub expected: &'static str,
    /// The first wrong byte of the component, counted from 0.
    pub start: usize,
    /// How many bytes are wrong; 0 when something is missing.
    pub length: usize,
}

impl Fault {
    pub(super) const fn new(rule: &'static str, expected: &'static str, start: usize, length: usize) -> Self {
        Self { rule, expected, start, length }
    }

    /// The same fault in a value that begins `offset` bytes earlier.
    pub(super) const fn shifted(self, offset: usize) -> Self {
        Self { start: self.start.saturating_add(offset), ..self }
    }
}

/// A content rule. The names of the dictionary stand in [`Linter::name`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Linter {
    /// The last digit is the check digit of the others.
    CheckDigit,
    /// The last two characters are the check pair of the others.
    CheckPair,
    /// Starts with four digits, as every company prefix does.
    Prefix,
    /// As `Prefix`, behind one leading digit.
    PrefixAfterFirst,
    /// YYMMDD.
    Date,
    /// YYMMDD where day 00 means none.
    DateOrMonth,
    /// YYYYMMDD.
    LongDate,
    /// YYYYMMDD where day 00 means none.
    LongDateOrMonth,
    /// HHMM.
    HourMinute,
    /// HH.
    Hour,
    /// MM.
    Minute,
    /// SS.
    Second,
    /// ISO 3166-1 numeric.
    Country,
    /// ISO 3166-1 numeric, or 999.
    CountryOr999,
    /// ISO 3166-1 alpha-2.
    CountryLetters,
    /// ISO 4217 numeric.
    Currency,
    /// ISO 5218: 0, 1, 2 or 9.
    Sex,
    /// ISO 13616.
    Iban,
    /// GS1 `PackageTypeCode`.
    PackageType,
    /// AIDC media type.
    MediaType,
    /// Winding direction of a roll: 0, 1 or 9.
    Winding,
    /// 0 or 1.
    YesNo,
    /// Only hyphens.
    Hyphen,
    /// Only zeros.
    Zero,
    /// Not only zeros.
    NonZero,
    /// No leading zero.
    NoZeroPrefix,
    /// At least one character that is not a digit.
    HasNonDigit,
    /// Well-formed percent sequences.
    PercentEncoded,
    /// Piece number and number of pieces, of equal width.
    PieceOfTotal,
    /// `1/2`: position and number of positions.
    PositionInSequence,
    /// Ten digits, 0 to 180 degrees.
    Latitude,
    /// Ten digits, 0 to 360 degrees.
    Longitude,
    /// One character of EU 2018/574.
    ImporterIndex,
    /// North American coupon code, AI (8110).
    Coupon,
    /// North American positive offer coupon, AI (8112).
    CouponPositiveOffer,
}

impl Linter {
    /// The name in the dictionary.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CheckDigit => "csum",
            Self::CheckPair => "csumalpha",
            Self::Prefix => "gcppos1",
            Self::PrefixAfterFirst => "gcppos2",
            Self::Date => "yymmdd",
            Self::DateOrMonth => "yymmd0",
            Self::LongDate => "yyyymmdd",
            Self::LongDateOrMonth => "yyyymmd0",
            Self::HourMinute => "hhmi",
            Self::Hour => "hh",
            Self::Minute => "mi",
            Self::Second => "ss",
            Self::Country => "iso3166",
            Self::CountryOr999 => "iso3166999",
            Self::CountryLetters => "iso3166alpha2",
            Self::Currency => "iso4217",
            Self::Sex => "iso5218",
            Self::Iban => "iban",
            Self::PackageType => "packagetype",
            Self::MediaType => "mediatype",
            Self::Winding => "winding",
            Self::YesNo => "yesno",
            Self::Hyphen => "hyphen",
            Self::Zero => "zero",
            Self::NonZero => "nonzero",
            Self::NoZeroPrefix => "nozeroprefix",
            Self::HasNonDigit => "hasnondigit",
            Self::PercentEncoded => "pcenc",
            Self::PieceOfTotal => "pieceoftotal",
            Self::PositionInSequence => "posinseqslash",
            Self::Latitude => "latitude",
            Self::Longitude => "longitude",
            Self::ImporterIndex => "importeridx",
            Self::Coupon => "couponcode",
            Self::CouponPositiveOffer => "couponposoffer",
        }
    }

    /// Checks one component.
    ///
    /// # Errors
    /// The first fault.
    pub fn check(self, data: &str) -> Result<(), Fault> {
        match self {
            Self::CheckDigit => numbers::check_digit(data),
            Self::CheckPair => numbers::check_pair(data),
            Self::Prefix => numbers::prefix(data),
            Self::PrefixAfterFirst => numbers::prefix_after_first(data),
            Self::Date => numbers::date(data, 2, false),
            Self::DateOrMonth => numbers::date(data, 2, true),
            Self::LongDate => numbers::date(data, 4, false),
            Self::LongDateOrMonth => numbers::date(data, 4, true),
            Self::HourMinute => numbers::hour_minute(data),
            Self::Hour => numbers::hour(data),
            Self::Minute => numbers::minute(data),
            Self::Second => numbers::second(data),
            Self::Country => lists::country(data),
            Self::CountryOr999 => lists::country_or_999(data),
            Self::CountryLetters => lists::country_letters(data),
            Self::Currency => lists::currency(data),
            Self::Sex => lists::one_of(data, "0129", "INVALID_BIOLOGICAL_SEX_CODE", "0, 1, 2 or 9"),
            Self::Iban => lists::iban(data),
            Self::PackageType => lists::package_type(data),
            Self::MediaType => lists::media_type(data),
            Self::Winding => lists::one_of(data, "019", "INVALID_WINDING_DIRECTION", "0, 1 or 9"),
            Self::YesNo => lists::one_of(data, "01", "NOT_ZERO_OR_ONE", "0 or 1"),
            Self::Hyphen => lists::only(data, b'-', "NOT_HYPHEN", "a hyphen"),
            Self::Zero => lists::only(data, b'0', "NOT_ZERO", "zeros"),
            Self::NonZero => numbers::non_zero(data),
            Self::NoZeroPrefix => numbers::no_zero_prefix(data),
            Self::HasNonDigit => lists::has_non_digit(data),
            Self::PercentEncoded => lists::percent_encoded(data),
            Self::PieceOfTotal => numbers::piece_of_total(data),
            Self::PositionInSequence => numbers::position_in_sequence(data),
            Self::Latitude => numbers::latitude(data),
            Self::Longitude => numbers::longitude(data),
            Self::ImporterIndex => lists::importer_index(data),
            Self::Coupon => coupon::coupon(data),
            Self::CouponPositiveOffer => coupon::positive_offer(data),
        }
    }
}

/// A content rule by itself.
pub type Check = fn(&str) -> Result<(), Fault>;

/// The rule behind a name of the dictionary, the four character sets among them. `None` for a name that it does not have.
#[must_use]
pub fn by_name(name: &str) -> Option<Check> {
    Some(match name {
        "csetnumeric" => digits,
        "cset82" => cset82,
        "cset39" => cset39,
        "cset64" => cset64,
        "csum" => |data| Linter::CheckDigit.check(data),
        "csumalpha" => |data| Linter::CheckPair.check(data),
        "gcppos1" => |data| Linter::Prefix.check(data),
        "gcppos2" => |data| Linter::PrefixAfterFirst.check(data),
        "yymmdd" => |data| Linter::Date.check(data),
        "yymmd0" => |data| Linter::DateOrMonth.check(data),
        "yyyymmdd" => |data| Linter::LongDate.check(data),
        "yyyymmd0" => |data| Linter::LongDateOrMonth.check(data),
        "hhmi" => |data| Linter::HourMinute.check(data),
        "hh" => |data| Linter::Hour.check(data),
        "mi" => |data| Linter::Minute.check(data),
        "ss" => |data| Linter::Second.check(data),
        "iso3166" => |data| Linter::Country.check(data),
        "iso3166999" => |data| Linter::CountryOr999.check(data),
        "iso3166alpha2" => |data| Linter::CountryLetters.check(data),
        "iso4217" => |data| Linter::Currency.check(data),
        "iso5218" => |data| Linter::Sex.check(data),
        "iban" => |data| Linter::Iban.check(data),
        "packagetype" => |data| Linter::PackageType.check(data),
        "mediatype" => |data| Linter::MediaType.check(data),
        "winding" => |data| Linter::Winding.check(data),
        "yesno" => |data| Linter::YesNo.check(data),
        "hyphen" => |data| Linter::Hyphen.check(data),
        "zero" => |data| Linter::Zero.check(data),
        "nonzero" => |data| Linter::NonZero.check(data),
        "nozeroprefix" => |data| Linter::NoZeroPrefix.check(data),
        "hasnondigit" => |data| Linter::HasNonDigit.check(data),
        "pcenc" => |data| Linter::PercentEncoded.check(data),
        "pieceoftotal" => |data| Linter::PieceOfTotal.check(data),
        "posinseqslash" => |data| Linter::PositionInSequence.check(data),
        "latitude" => |data| Linter::Latitude.check(data),
        "longitude" => |data| Linter::Longitude.check(data),
        "importeridx" => |data| Linter::ImporterIndex.check(data),
        "couponcode" => |data| Linter::Coupon.check(data),
        "couponposoffer" => |data| Linter::CouponPositiveOffer.check(data),
        _ => return None,
    })
}

/// All characters are digits.
pub(super) fn digits(data: &str) -> Result<(), Fault> {
    each(data, |byte| byte.is_ascii_digit(), "NON_DIGIT_CHARACTER", "a digit")
}

/// All characters are in CSET 82.
pub(super) fn cset82(data: &str) -> Result<(), Fault> {
    let expected = "a letter, a digit or one of !\"%&'()*+,-./:;<=>?_";
    each(data, is_cset82, "INVALID_CSET82_CHARACTER", expected)
}

/// All characters are in CSET 39.
pub(super) fn cset39(data: &str) -> Result<(), Fault> {
    each(data, is_cset39, "INVALID_CSET39_CHARACTER", "an upper-case letter, a digit, #, - or /")
}

/// All characters are base64url, with no padding or the right one.
///
/// The dictionary counts padded text in threes, not in fours as RFC 4648 does; we follow the dictionary.
pub(super) fn cset64(data: &str) -> Result<(), Fault> {
    let kept = data.trim_end_matches('=');
    let pads = data.len().saturating_sub(kept.len());
    if pads > 2 || (pads > 0 && !data.len().is_multiple_of(3)) {
        return Err(Fault::new("INVALID_CSET64_PADDING", "no padding, or padding to threes", kept.len(), pads));
    }
    each(kept, is_cset64, "INVALID_CSET64_CHARACTER", "a letter, a digit, - or _")
}

/// Every byte satisfies the rule.
fn each(data: &str, allowed: impl Fn(u8) -> bool, rule: &'static str, expected: &'static str) -> Result<(), Fault> {
    match data.bytes().position(|byte| !allowed(byte)) {
        Some(start) => Err(Fault::new(rule, expected, start, 1)),
        None => Ok(()),
    }
}

/// A fault of the whole component.
const fn whole(data: &str, rule: &'static str, expected: &'static str) -> Fault {
    Fault::new(rule, expected, 0, data.len())
}

#[cfg(test)]
mod tests;

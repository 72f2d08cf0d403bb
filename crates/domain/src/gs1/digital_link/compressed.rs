//! Reading compressed Digital Links: `https://id.example/DBHKVAdpQgowOQ`.
//!
//! The last segment of the path is base64url of a string of bits, and the path holds no key. Compression is not unique
//! and we never write it; a resolver must be able to read it. GS1 Digital Link 1.2, chapter "Compression":
//!
//! ```text
//! bits      = *( item ) padding-zeros(0..8)
//! item      = 2..4 decimal digits of 4 bits: an AI, then its value
//!           | 2 hexadecimal digits of SEQUENCES: the values of several AIs
//!           | 1111 length(7) name(6 each) encoding(3) length(7) characters     a parameter that is no AI
//! value     = per part of the AI's layout
//!   digits, fixed      ceil(n log2 10 + 0.01) bits
//!   digits, up to m    length, then as fixed
//!   text, fixed        encoding(3), characters
//!   text, up to m      encoding(3), length, characters
//! encoding  = 0 decimal number | 1 hex, small | 2 hex, capital | 3 base64url, 6 bits each | 4 ASCII, 7 bits each
//! ```
//!
//! A length takes as many bits as its maximum does. Numbers of up to 127 digits occur, so they are converted digit by
//! digit; no machine integer holds them.

use super::{FIELD, build, is_key, looks_like, pairs_from_the_right, parse, segments};
use crate::gs1::ai::{Ai, Component, Set, matches_pattern};
use crate::gs1::scan::{ELEMENTS_MAX, RAW_BYTES_MAX, ScanError};
use crate::gs1::text::is_cset64;

/// Two hexadecimal digits that stand for several AIs at once.
#[rustfmt::skip]
const SEQUENCES: &[(&str, &str)] = &[
    ("0A", "01 22"), ("0B", "01 10"), ("0C", "01 21"), ("0D", "01 17"), ("0E", "01 7003"), ("0F", "01 30"),
    ("1A", "01 10 21 17"), ("1B", "01 15"), ("1C", "01 11"), ("1D", "01 16"), ("1E", "01 91"), ("1F", "01 10 15"),
    ("2A", "01 3100"), ("2B", "01 3101"), ("2C", "01 3102"), ("2D", "01 3103"), ("2E", "01 3104"), ("2F", "01 3105"),
    ("3A", "01 3200"), ("3B", "01 3201"), ("3C", "01 3202"), ("3D", "01 3203"), ("3E", "01 3204"), ("3F", "01 3205"),
    ("9A", "8010 8011"), ("9B", "8017 8019"), ("9C", "8018 8019"), ("9D", "414 254"),
    ("A0", "01 3920"), ("A1", "01 3921"), ("A2", "01 3922"), ("A3", "01 3923"), ("A4", "01 3924"),
    ("A5", "01 3925"), ("A6", "01 3926"), ("A7", "01 3927"), ("A8", "01 3928"), ("A9", "01 3929"),
    ("C0", "255 3900"), ("C1", "255 3901"), ("C2", "255 3902"), ("C3", "255 3903"), ("C4", "255 3904"),
    ("C5", "255 3905"), ("C6", "255 3906"), ("C7", "255 3907"), ("C8", "255 3908"), ("C9", "255 3909"),
    ("CA", "255 3940"), ("CB", "255 3941"), ("CC", "255 3942"), ("CD", "255 3943"),
];

/// AIs that the published table of layouts does not hold, or not usably. Their layout would be a guess.
const WITHOUT_LAYOUT: &[&str] = &[
    "03", "235", "4309", "433n", "7011", "7040", "7041", "715", "716", "717", "7241", "7242", "725n", "8014", "8030",
    "804n",
];

/// The longest IBAN of the published table, shorter than that of the dictionary: it sets the width of the length.
const IBAN: (&str, usize) = ("8007", 24);

/// Is this a compressed Digital Link, as far as its shape goes: no key in the path, and a last segment of base64url?
#[must_use]
pub fn is_compressed(uri: &str) -> bool {
    split(uri).is_some()
}

/// Undoes the compression: the same link with key, qualifiers and attributes written out.
///
/// # Errors
/// Not a compressed Digital Link; the position is that of the compressed segment.
pub fn decompress(uri: &str) -> Result<String, ScanError> {
    if uri.len() > RAW_BYTES_MAX {
        return Err(ScanError::TooLong { found: uri.len() });
    }
    let refused = |position: usize, expected| ScanError::syntax(FIELD, position, expected, uri);
    let Some((base, segment, query)) = split(uri) else {
        return Err(refused(1, "a link whose path ends in a compressed segment"));
    };
    let position = base.len().saturating_add(2);
    let Some((elements, mut other)) = Bits::new(segment).items() else {
        return Err(refused(position, "a compressed segment"));
    };
    let mut link = build(base, &elements).map_err(|_| refused(position, "compressed values that make a link"))?;
    other.extend((!query.is_empty()).then(|| query.to_owned()));
    for parameter in other {
        link.push(if link.contains('?') { '&' } else { '?' });
        link.push_str(&parameter);
    }
    parse(&link).map_err(|_| refused(position, "compressed values that make a link"))?;
    Ok(link)
}

/// What stands before the last segment, the segment, and the query. `None` when the path holds a key, or has another shape.
fn split(uri: &str) -> Option<(&str, &str, &str)> {
    let without_fragment = uri.split('#').next().unwrap_or_default();
    let (path, query) = without_fragment.split_once('?').unwrap_or((without_fragment, ""));
    let (base, segment) = path.rsplit_once('/')?;
    let (_, after_scheme) = path.split_once("://")?;
    let all = segments(after_scheme, 1);
    let has_key = pairs_from_the_right(&all).iter().any(|((name, _), _)| is_key(name));
    let shaped = looks_like(uri) && all.len() > 1 && !segment.is_empty() && segment.bytes().all(is_cset64);
    (shaped && !has_key).then_some((base, segment, query))
}

/// One part of a value as compression sees it.
struct Part {
    digits: bool,
    length: usize,
    variable: bool,
}

/// How an AI's value is laid out in bits: neighbours of one kind are one part.
fn layout(ai: Ai, components: &[Component]) -> Option<Vec<Part>> {
    if WITHOUT_LAYOUT.iter().any(|pattern| matches_pattern(ai.as_str(), pattern)) {
        return None;
    }
    let mut parts: Vec<Part> = Vec::new();
    for component in components {
        let digits = component.set == Set::Digits;
        let variable = component.optional || component.min != component.max;
        let length = usize::from(component.max);
        // Digits join digits of the same kind; text joins any text before it.
        match parts.last_mut().filter(|last| last.digits == digits && (!digits || last.variable == variable)) {
            Some(last) => {
                last.length = last.length.saturating_add(length);
                last.variable |= variable;
            }
            None => parts.push(Part { digits, length, variable }),
        }
    }
    if ai.as_str() == IBAN.0 {
        parts.iter_mut().for_each(|part| part.length = IBAN.1);
    }
    Some(parts)
}

/// `ceil(n log2 10 + 0.01)`, in units of 10^-11 (u64: the browser's usize has 32 bits).
fn bits_of_digits(count: usize) -> usize {
    const UNIT: u64 = 100_000_000_000;
    let bits = u64::try_from(count)
        .unwrap_or(u64::MAX)
        .saturating_mul(332_192_809_489)
        .saturating_add(UNIT / 100)
        .div_ceil(UNIT);
    usize::try_from(bits).unwrap_or(usize::MAX)
}

/// The bits of the longest length.
fn bits_of_length(max: usize) -> usize {
    usize::try_from(usize::BITS.saturating_sub(max.leading_zeros())).unwrap_or(0)
}

/// Bits that are still to be read, most significant first.
struct Bits {
    bits: std::vec::IntoIter<bool>,
}

type Items = (Vec<(Ai, String)>, Vec<String>);

impl Bits {
    fn new(segment: &str) -> Self {
        let bits: Vec<bool> = segment
            .bytes()
            .filter_map(|byte| BASE64URL.iter().position(|character| *character == byte))
            .flat_map(|value| (0..6_u32).rev().map(move |place| value >> place & 1 == 1))
            .collect();
        Self { bits: bits.into_iter() }
    }

    /// Everything, or nothing when one bit is wrong.
    fn items(mut self) -> Option<Items> {
        let (mut elements, mut other) = (Vec::new(), Vec::new());
        // Eight bits or fewer are padding: an item has at least nine.
        while self.bits.len() > 8 {
            if elements.len().saturating_add(other.len()) >= ELEMENTS_MAX {
                return None;
            }
            let first = self.number(4)?;
            if first == 15 {
                other.push(self.parameter()?);
                continue;
            }
            let head = format!("{first:X}{:X}", self.number(4)?);
            match SEQUENCES.iter().find(|(code, _)| *code == head) {
                Some((_, ais)) => {
                    for digits in ais.split(' ') {
                        elements.push(self.element(Ai::parse(digits)?)?);
                    }
                }
                None => {
                    let ai = self.ai(head)?;
                    elements.push(self.element(ai)?);
                }
            }
        }
        let padded = self.bits.all(|bit| !bit);
        (padded && !elements.is_empty()).then_some((elements, other))
    }

    /// An AI that begins with these two digits. No AI is the beginning of another.
    fn ai(&mut self, mut digits: String) -> Option<Ai> {
        loop {
            if let Some(ai) = Ai::parse(&digits) {
                return Some(ai);
            }
            if digits.len() >= 4 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            digits.push_str(&format!("{:X}", self.number(4)?));
        }
    }

    fn element(&mut self, ai: Ai) -> Option<(Ai, String)> {
        let mut value = String::new();
        for part in layout(ai, ai.entry()?.components)? {
            let encoding = if part.digits { 0 } else { self.number(3)? };
            let length = if part.variable { self.number(bits_of_length(part.length))? } else { part.length };
            if length > part.length {
                return None;
            }
            value.push_str(&self.text(encoding, length)?);
        }
        Some((ai, value))
    }

    /// `name=value` of somebody else. What a query cannot hold as it is, is percent-encoded.
    fn parameter(&mut self) -> Option<String> {
        let name_length = self.number(7)?;
        let name = self.text(3, name_length)?;
        let encoding = self.number(3)?;
        let length = self.number(7)?;
        let value = self.text(encoding, length)?;
        // A name of digits would become an AI that nobody has checked.
        let foreign = !name.is_empty() && !name.bytes().all(|byte| byte.is_ascii_digit());
        foreign.then(|| format!("{name}={}", super::build::percent_encoded(&value)))
    }

    fn text(&mut self, encoding: usize, length: usize) -> Option<String> {
        match encoding {
            0 => self.decimal(length),
            1 => (0..length).map(|_| self.character(4, b"0123456789abcdef")).collect(),
            2 => (0..length).map(|_| self.character(4, b"0123456789ABCDEF")).collect(),
            3 => (0..length).map(|_| self.character(6, BASE64URL)).collect(),
            4 => (0..length).map(|_| self.number(7).and_then(|code| u8::try_from(code).ok()).map(char::from)).collect(),
            _ => None,
        }
    }

    fn character(&mut self, bits: usize, alphabet: &[u8]) -> Option<char> {
        let index = self.number(bits)?;
        alphabet.get(index).copied().map(char::from)
    }

    /// A decimal number of exactly `length` digits. `None` when it does not fit.
    fn decimal(&mut self, length: usize) -> Option<String> {
        let mut digits = vec![0_u8; length];
        for _ in 0..bits_of_digits(length) {
            let mut carry = u8::from(self.bits.next()?);
            for digit in digits.iter_mut().rev() {
                let doubled = digit.saturating_mul(2).saturating_add(carry);
                *digit = doubled % 10;
                carry = doubled / 10;
            }
            if carry > 0 {
                return None;
            }
        }
        Some(digits.into_iter().map(|digit| char::from(b'0'.saturating_add(digit))).collect())
    }

    /// A small number of at most 16 bits.
    fn number(&mut self, bits: usize) -> Option<usize> {
        (0..bits.min(16)).try_fold(0_usize, |value, _| Some(value << 1 | usize::from(self.bits.next()?)))
    }
}

const BASE64URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

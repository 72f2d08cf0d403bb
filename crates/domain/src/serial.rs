//! The serial numbers that we make.
//!
//! A serial must not be guessable: somebody who has bought one pack must not be able to print the next one. So it is
//! sixteen characters of a 32-character alphabet, 80 random bits, and nothing else: no counter, no lot, no date.
//! The alphabet is digits and upper-case letters without `0 O 1 I`, so that a person can read a serial aloud and type
//! it; every character is in GS1 CSET 82 and in the alphanumeric mode of QR codes. This module takes random bytes and
//! draws none itself: the caller owns the generator.
//!
//! ```text
//! bytes 0..5  -> 8 characters, 5 bits each, most significant first
//! bytes 5..10 -> 8 characters
//! bytes 10..13   not used: room to lengthen the serial to 20 characters without a change of signature
//! ```

#![cfg_attr(
    not(test),
    deny(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::string_slice, clippy::unreachable)
)]

mod rule;

pub use rule::{Alphabet, BITS_MIN, CodeRule, RULE_BYTES, RuleError};

use crate::gs1::Serial;

/// Random bytes that one serial takes.
pub const RANDOM_BYTES: usize = 13;
/// Characters of a serial that we make.
pub const SERIAL_LENGTH: usize = 16;
/// Typed input longer than this is refused before it is read, in bytes.
pub const TYPED_BYTES_MAX: usize = 256;

/// The characters of our serials, and what people type in their place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SerialAlphabet;

impl SerialAlphabet {
    /// The 32 characters, in the order of their 5-bit values.
    pub const CHARACTERS: &'static [u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

    /// The character for the low five bits of `bits`.
    const fn character(bits: u64) -> u8 {
        // A constant table of 32 and an index below 32.
        let low = (bits & 31) as u8;
        match low {
            0..=7 => b'2' + low,
            8..=15 => b'A' + (low - 8),
            16..=20 => b'J' + (low - 16),
            _ => b'P' + (low - 21),
        }
    }

    /// May this character stand in a serial of ours?
    #[must_use]
    pub fn contains(character: char) -> bool {
        u8::try_from(character).is_ok_and(|byte| Self::CHARACTERS.contains(&byte))
    }

    /// The first character that cannot stand in a serial of ours, with its position counted from 1.
    #[must_use]
    pub fn first_impossible(text: &str) -> Option<(usize, char)> {
        let found = text.chars().enumerate().find(|(_, character)| !Self::contains(*character));
        found.map(|(index, character)| (index + 1, character))
    }
}

/// One serial from random bytes. Equal bytes give equal serials; 80 of the 104 bits are used.
#[must_use]
pub fn serial_from_random(random: &[u8; RANDOM_BYTES]) -> Serial {
    let [a0, a1, a2, a3, a4, b0, b1, b2, b3, b4, ..] = *random;
    let halves = [[a0, a1, a2, a3, a4], [b0, b1, b2, b3, b4]];
    let mut text = String::with_capacity(SERIAL_LENGTH);
    for half in halves {
        let bits = half.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        for place in (0..8_u32).rev() {
            text.push(char::from(SerialAlphabet::character(bits >> (5 * place))));
        }
    }
    Serial::from_own_alphabet(text)
}

/// What a person typed, as it may have been printed: spaces, hyphens and invisible breaks removed, letters upper-cased.
///
/// Only for serials of ours, whose alphabet has no lower case; a foreign serial is case-sensitive and stays as it is.
///
/// # Errors
/// [`TypedError`]: too long, empty, or a character that cannot occur, with its position in the text as typed.
pub fn normalise_typed(text: &str) -> Result<String, TypedError> {
    if text.len() > TYPED_BYTES_MAX {
        return Err(TypedError::TooLong { found: text.len() });
    }
    let mut serial = String::with_capacity(SERIAL_LENGTH);
    for (index, found) in text.chars().enumerate() {
        if is_separator(found) {
            continue;
        }
        let upper = found.to_ascii_uppercase();
        if !SerialAlphabet::contains(upper) {
            return Err(TypedError::Impossible { position: index + 1, found });
        }
        serial.push(upper);
    }
    if serial.is_empty() {
        return Err(TypedError::Empty);
    }
    Ok(serial)
}

/// What people and phones put between groups of characters.
fn is_separator(character: char) -> bool {
    character.is_whitespace() || matches!(character, '-' | '\u{2010}'..='\u{2015}' | '\u{200b}' | '\u{feff}')
}

/// Why a typed code cannot be one of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TypedError {
    /// Nothing but separators.
    #[error("the code is empty, expected {SERIAL_LENGTH} letters and digits")]
    Empty,
    /// Longer than any code.
    #[error("the code is {found} bytes long, expected at most {TYPED_BYTES_MAX}")]
    TooLong { found: usize },
    /// A character that no code of ours holds.
    #[error(
        "character {position} is `{}`, which no code holds: codes have no 0, O, 1 or I. Hint: compare with the pack",
        .found.escape_default()
    )]
    Impossible { position: usize, found: char },
}

#[cfg(test)]
mod tests;

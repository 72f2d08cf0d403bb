//! How the serials of one product look, where its maker has a rule of its own: `prefix + random characters`.
//!
//! The default is sixteen characters of [`SerialAlphabet`](super::SerialAlphabet) without a prefix. A rule may shorten or
//! lengthen that, take another alphabet (machines that print digits only), and put a fixed prefix in front (the site, the
//! year). What it may not do is make serials guessable: the random part has at least [`BITS_MIN`] bits. With a million
//! codes issued of a product, a made-up serial is then a true one once in seventeen million tries.

use super::SerialAlphabet;
use crate::gs1::{KeyError, Serial};

/// Random bits of a serial at least. 44 bits are 9 characters of the alphabet, or 14 digits.
pub const BITS_MIN: u32 = 44;
/// Random bytes that one serial takes. The number made of them is reduced to at most 100 bits; of those alphabets that
/// are no power of two, the longest takes 67 bits, so that no serial is likelier than another by more than 2^-61.
pub const RULE_BYTES: usize = 16;

/// Which characters the random part is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alphabet {
    /// Our own 32 characters, which cannot be mistaken for each other.
    Readable,
    /// `0` to `9`.
    Digits,
    /// `0` to `9` and `A` to `F`.
    Hexadecimal,
}

/// Why there can be no such rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// A prefix that cannot begin a serial.
    #[error("prefix: {0}")]
    Prefix(#[source] KeyError),
    /// Longer than a serial can be.
    #[error("{found} characters with the prefix, expected at most {}", Serial::LENGTH_MAX)]
    TooLong { found: usize },
    /// So short that serials could be guessed.
    #[error("{found} random characters of this alphabet can be guessed, expected at least {needed}")]
    Guessable { found: usize, needed: usize },
}

/// The form of a product's serials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeRule {
    prefix: Box<str>,
    alphabet: Alphabet,
    random: usize,
}

impl Alphabet {
    /// The characters, in the order of their values.
    #[must_use]
    pub const fn characters(self) -> &'static [u8] {
        match self {
            Self::Readable => SerialAlphabet::CHARACTERS,
            Self::Digits => b"0123456789",
            Self::Hexadecimal => b"0123456789ABCDEF",
        }
    }

    /// Characters that have [`BITS_MIN`] bits.
    #[must_use]
    pub fn characters_min(self) -> usize {
        let size = self.characters().len() as u128;
        let mut space = 1_u128;
        let mut count = 0;
        while space < 1 << BITS_MIN {
            // Below 2^44 times 32: far from the end of the type.
            space *= size;
            count += 1;
        }
        count
    }
}

impl CodeRule {
    /// A rule for serials of `length` characters in all.
    ///
    /// # Errors
    /// [`RuleError`].
    pub fn new(prefix: &str, alphabet: Alphabet, length: usize) -> Result<Self, RuleError> {
        if !prefix.is_empty() {
            Serial::parse(prefix).map_err(RuleError::Prefix)?;
        }
        if length > Serial::LENGTH_MAX {
            return Err(RuleError::TooLong { found: length });
        }
        let random = length.saturating_sub(prefix.len());
        let needed = alphabet.characters_min();
        if random < needed {
            return Err(RuleError::Guessable { found: random, needed });
        }
        Ok(Self { prefix: prefix.into(), alphabet, random })
    }

    /// The fixed beginning; may be empty.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Which characters follow it.
    #[must_use]
    pub fn alphabet(&self) -> Alphabet {
        self.alphabet
    }

    /// Characters in all.
    #[must_use]
    pub fn length(&self) -> usize {
        self.prefix.len() + self.random
    }

    /// One serial from random bytes. Equal bytes give equal serials.
    #[must_use]
    pub fn serial(&self, random: &[u8; RULE_BYTES]) -> Serial {
        let characters = self.alphabet.characters();
        let size = characters.len() as u128;
        let mut rest = u128::from_be_bytes(*random);
        let mut text = String::from(&*self.prefix);
        for _ in 0..self.random {
            // The remainder is below the number of characters.
            let index = usize::try_from(rest % size).unwrap_or(0);
            text.push(char::from(characters.get(index).copied().unwrap_or(b'2')));
            rest /= size;
        }
        Serial::from_own_alphabet(text)
    }
}

#[cfg(test)]
mod tests {
    use super::{Alphabet, CodeRule, RULE_BYTES, RuleError};
    use crate::gs1::Serial;
    use proptest::prelude::*;

    #[test]
    fn a_rule_that_can_be_guessed_is_none() {
        assert_eq!(Alphabet::Readable.characters_min(), 9);
        assert_eq!(Alphabet::Digits.characters_min(), 14);
        assert_eq!(Alphabet::Hexadecimal.characters_min(), 11);
        assert!(CodeRule::new("", Alphabet::Digits, 14).is_ok());
        assert_eq!(CodeRule::new("A", Alphabet::Digits, 14), Err(RuleError::Guessable { found: 13, needed: 14 }));
        assert_eq!(CodeRule::new("", Alphabet::Readable, 21), Err(RuleError::TooLong { found: 21 }));
        assert!(matches!(CodeRule::new("a b", Alphabet::Readable, 20), Err(RuleError::Prefix(_))));
        assert!(matches!(CodeRule::new("ABCDEFGHIJKLMNOPQRSTUV", Alphabet::Readable, 20), Err(RuleError::Prefix(_))));
    }

    proptest! {
        #[test]
        fn a_serial_has_the_form_of_its_rule(
            random in any::<[u8; RULE_BYTES]>(),
            alphabet in proptest::sample::select(vec![Alphabet::Readable, Alphabet::Digits, Alphabet::Hexadecimal]),
            prefix in "[!-%&-/0-9A-Z_a-z]{0,5}",
            length in 14_usize..=20,
        ) {
            if let Ok(rule) = CodeRule::new(&prefix, alphabet, length) {
                let serial = rule.serial(&random);
                prop_assert_eq!(Serial::parse(serial.as_str()), Ok(serial.clone()));
                prop_assert_eq!(serial.as_str().len(), length);
                let rest = serial.as_str().strip_prefix(rule.prefix()).expect("its prefix");
                prop_assert!(rest.bytes().all(|byte| alphabet.characters().contains(&byte)));
                prop_assert_eq!(rule.serial(&random), serial);
            }
        }
    }
}

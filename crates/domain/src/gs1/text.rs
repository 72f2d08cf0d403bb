//! Lots, serial numbers and the GS1 character sets.
//!
//! CSET 82 is what most Application Identifiers may hold:
//! `! " % & ' ( ) * + , - . / 0-9 : ; < = > ? A-Z _ a-z`. No space. Values are kept byte for byte: `abc` and `ABC` are
//! two serials, and so are `1` and `01`.

use super::KeyError;

/// Is this byte in GS1 character set 82?
#[must_use]
pub const fn is_cset82(byte: u8) -> bool {
    matches!(byte, b'!' | b'"' | b'%'..=b'?' | b'A'..=b'Z' | b'_' | b'a'..=b'z')
}

/// Is this byte in GS1 character set 39: `#`, `-`, `/`, digits and upper-case letters?
#[must_use]
pub const fn is_cset39(byte: u8) -> bool {
    matches!(byte, b'#' | b'-' | b'/' | b'0'..=b'9' | b'A'..=b'Z')
}

/// Is this byte in GS1 character set 64 (base64url), padding `=` excluded?
#[must_use]
pub const fn is_cset64(byte: u8) -> bool {
    matches!(byte, b'-' | b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z')
}

fn parse_text(field: &'static str, text: &str) -> Result<Box<str>, KeyError> {
    let bad = text.chars().enumerate().find(|(_, c)| !u8::try_from(*c).is_ok_and(is_cset82));
    if let Some((index, found)) = bad {
        let expected = "a letter, a digit or one of !\"%&'()*+,-./:;<=>?_";
        return Err(KeyError::Character { field, position: index + 1, expected, found });
    }
    if !(1..=20).contains(&text.len()) {
        return Err(KeyError::Length { field, expected: "1 to 20 characters", found: text.len() });
    }
    Ok(text.into())
}

macro_rules! text_value {
    ($(#[$doc:meta])* $name:ident, $field:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Box<str>);

        impl $name {
            /// The longest value, in bytes.
            pub const LENGTH_MAX: usize = 20;

            /// Takes the text as it is: nothing is trimmed or folded.
            ///
            /// # Errors
            /// Empty or longer than 20 characters, or a character outside CSET 82.
            pub fn parse(text: &str) -> Result<Self, KeyError> {
                parse_text($field, text).map(Self)
            }

            /// The text, byte for byte as it was read.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The bytes; all ASCII.
            #[must_use]
            pub fn as_bytes(&self) -> &[u8] {
                self.0.as_bytes()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = KeyError;
            fn from_str(text: &str) -> Result<Self, KeyError> {
                Self::parse(text)
            }
        }
    };
}

text_value!(
    /// A batch or lot number, AI (10).
    Lot, "lot"
);
text_value!(
    /// The serial number of one pack, AI (21): unique within its GTIN, for ever.
    Serial, "serial"
);

impl Serial {
    /// For a serial of our own alphabet and length, which is inside CSET 82 and 20 characters by construction.
    pub(crate) fn from_own_alphabet(text: String) -> Self {
        debug_assert!(Self::parse(&text).is_ok());
        Self(text.into_boxed_str())
    }
}

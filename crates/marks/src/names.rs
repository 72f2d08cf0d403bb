//! Names that are open to others and yet checked: kinds, reasons, keys.
//!
//! ```text
//! name    = segment *( "." segment )       at most NAME_BYTES_MAX bytes
//! segment = a-z *( a-z | 0-9 | "_" | "-" )
//! ```
//! A kind and a reason have at least two segments, of which the first says whose they are: `nfc.ntag424`, `acme.dna`.

use std::borrow::Cow;
use std::fmt;
use thiserror::Error;

/// Bytes of a name. It stands in stored rows, in signed records and in keys of the text catalogue.
pub const NAME_BYTES_MAX: usize = 48;

/// Why a text is no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NameError {
    /// Empty, or longer than [`NAME_BYTES_MAX`].
    #[error("a name of {bytes} bytes, expected 1 to {NAME_BYTES_MAX}")]
    Length {
        /// Its bytes.
        bytes: usize,
    },
    /// A segment that is empty, does not begin with a letter, or holds something else than the characters of names.
    #[error("a name is of lower-case segments such as `nfc.ntag424`, each beginning with a letter")]
    Form,
    /// One segment where two are needed.
    #[error("a name of one segment, expected `owner.thing`")]
    OneSegment,
}

fn check(text: &str, segments_min: usize) -> Result<(), NameError> {
    if text.is_empty() || text.len() > NAME_BYTES_MAX {
        return Err(NameError::Length { bytes: text.len() });
    }
    let well_formed = |segment: &str| {
        segment.starts_with(|c: char| c.is_ascii_lowercase())
            && segment.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-')
    };
    if !text.split('.').all(well_formed) {
        return Err(NameError::Form);
    }
    if text.split('.').count() < segments_min { Err(NameError::OneSegment) } else { Ok(()) }
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $segments_min:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Cow<'static, str>);

        impl $name {
            /// Reads a name.
            ///
            /// # Errors
            /// [`NameError`].
            pub fn parse(text: &str) -> Result<Self, NameError> {
                check(text, $segments_min)?;
                Ok(Self(Cow::Owned(text.to_owned())))
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }
    };
}

name!(
    /// A kind of mark, such as `nfc.ntag424`.
    Kind, 2
);
name!(
    /// Why an outcome is what it is, such as `nfc.mac_differs`. It is the key of a text in the catalogue and never changes its
    /// meaning.
    ReasonId, 2
);
name!(
    /// Which key, with its version, such as `tags-2026` or `pins.v2`. A key that is replaced gets a new name.
    KeyId, 1
);

impl Kind {
    /// One of ours; a test reads every one of them.
    pub(crate) const fn ours(text: &'static str) -> Self {
        Self(Cow::Borrowed(text))
    }
}

impl ReasonId {
    /// One of ours; a test reads every one of them.
    pub(crate) const fn ours(text: &'static str) -> Self {
        Self(Cow::Borrowed(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_its_form() {
        for good in ["nfc.ntag424", "a.b", "acme.dna-2.x_y"] {
            assert_eq!(Kind::parse(good).map(|kind| kind.to_string()), Ok(good.to_owned()));
        }
        for (bad, why) in [
            ("", NameError::Length { bytes: 0 }),
            ("nfc", NameError::OneSegment),
            ("Nfc.x", NameError::Form),
            ("nfc.", NameError::Form),
            (".nfc", NameError::Form),
            ("nfc..x", NameError::Form),
            ("nfc.4x", NameError::Form),
            ("nfc.x y", NameError::Form),
            ("nfc.é", NameError::Form),
        ] {
            assert_eq!(Kind::parse(bad), Err(why), "`{bad}`");
        }
        let long = format!("a.{}", "b".repeat(NAME_BYTES_MAX - 2));
        assert!(Kind::parse(&long).is_ok());
        assert_eq!(Kind::parse(&format!("{long}b")), Err(NameError::Length { bytes: NAME_BYTES_MAX + 1 }));
        assert!(KeyId::parse("tags-2026").is_ok(), "a key's name may be of one segment");
    }
}

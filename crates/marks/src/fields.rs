//! Evidence and references as they come in: named fields of bytes, within bounds. Each kind reads them into its own types, once.

use crate::bytes::unhex;
use std::collections::BTreeMap;
use thiserror::Error;

/// Fields of one evidence.
pub const FIELDS_MAX: usize = 32;
/// Bytes of one field. Worst case memory of one evidence: 32 * 8 KiB = 256 KiB.
pub const FIELD_BYTES_MAX: usize = 8 * 1024;
/// Bytes of a field's name.
const FIELD_NAME_BYTES_MAX: usize = 48;

/// Why fields are not what a kind needs.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FieldError {
    /// More than [`FIELDS_MAX`].
    #[error("more than {FIELDS_MAX} fields")]
    TooMany,
    /// A name that is empty or too long.
    #[error("a field's name of {bytes} bytes, expected 1 to {FIELD_NAME_BYTES_MAX}")]
    Name {
        /// Its bytes.
        bytes: usize,
    },
    /// More than [`FIELD_BYTES_MAX`].
    #[error("field `{name}` has {bytes} bytes, expected at most {FIELD_BYTES_MAX}")]
    TooLong {
        /// The field.
        name: String,
        /// Its bytes.
        bytes: usize,
    },
    /// The same field twice.
    #[error("field `{name}` is there twice")]
    Twice {
        /// The field.
        name: String,
    },
    /// Not there.
    #[error("field `{name}` is missing")]
    Missing {
        /// The field.
        name: String,
    },
    /// Not of the form that the field has.
    #[error("field `{name}` is not {expected}")]
    Form {
        /// The field.
        name: String,
        /// What it should be.
        expected: &'static str,
    },
}

/// Named fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(BTreeMap<String, Vec<u8>>);

impl Fields {
    /// None yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Adds a field.
    ///
    /// # Errors
    /// [`FieldError`] when it is beyond the bounds, or there already.
    pub fn with(mut self, name: &str, value: impl Into<Vec<u8>>) -> Result<Self, FieldError> {
        let value = value.into();
        if name.is_empty() || name.len() > FIELD_NAME_BYTES_MAX {
            return Err(FieldError::Name { bytes: name.len() });
        }
        if value.len() > FIELD_BYTES_MAX {
            return Err(FieldError::TooLong { name: name.to_owned(), bytes: value.len() });
        }
        if self.0.contains_key(name) {
            return Err(FieldError::Twice { name: name.to_owned() });
        }
        if self.0.len() >= FIELDS_MAX {
            return Err(FieldError::TooMany);
        }
        self.0.insert(name.to_owned(), value);
        Ok(self)
    }

    /// A field, when it is there.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.0.get(name).map(Vec::as_slice)
    }

    /// A field that has to be there.
    ///
    /// # Errors
    /// [`FieldError::Missing`].
    pub fn bytes(&self, name: &str) -> Result<&[u8], FieldError> {
        self.get(name).ok_or_else(|| FieldError::Missing { name: name.to_owned() })
    }

    /// A text that has to be there.
    ///
    /// # Errors
    /// [`FieldError::Missing`], [`FieldError::Form`] when it is not UTF-8.
    pub fn text(&self, name: &str) -> Result<&str, FieldError> {
        std::str::from_utf8(self.bytes(name)?)
            .map_err(|_| FieldError::Form { name: name.to_owned(), expected: "text in UTF-8" })
    }

    /// Hexadecimal digits that have to be there, in either case.
    ///
    /// # Errors
    /// [`FieldError::Missing`], [`FieldError::Form`].
    pub fn hex(&self, name: &str) -> Result<Vec<u8>, FieldError> {
        unhex(self.text(name)?)
            .ok_or_else(|| FieldError::Form { name: name.to_owned(), expected: "hexadecimal digits, two for a byte" })
    }

    /// A whole number that has to be there, in decimal digits.
    ///
    /// # Errors
    /// [`FieldError::Missing`], [`FieldError::Form`].
    pub fn number(&self, name: &str) -> Result<u64, FieldError> {
        let text = self.text(name)?;
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse()
            .ok()
            .filter(|_| digits)
            .ok_or_else(|| FieldError::Form { name: name.to_owned(), expected: "a whole number" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_hold() {
        let full = (0..FIELDS_MAX).try_fold(Fields::new(), |fields, n| fields.with(&format!("f{n}"), "x"));
        let full = full.expect("as many as there may be");
        assert_eq!(full.clone().with("one-more", "x"), Err(FieldError::TooMany));
        assert_eq!(full.with("f0", "y"), Err(FieldError::Twice { name: "f0".into() }));
        assert!(Fields::new().with("x", vec![0; FIELD_BYTES_MAX]).is_ok());
        assert!(matches!(Fields::new().with("x", vec![0; FIELD_BYTES_MAX + 1]), Err(FieldError::TooLong { .. })));
        assert_eq!(Fields::new().with("", "x"), Err(FieldError::Name { bytes: 0 }));
    }

    #[test]
    fn numbers_and_digits_have_one_form() {
        let fields = |text: &str| Fields::new().with("n", text).expect("a field");
        assert_eq!(fields("0012").number("n"), Ok(12));
        for bad in ["", "+1", "-1", "1.0", "18446744073709551616", " 1"] {
            assert!(fields(bad).number("n").is_err(), "`{bad}`");
        }
        assert_eq!(fields("aB01").hex("n"), Ok(vec![0xab, 0x01]));
        for bad in ["abc", "0x12", "gg", "é1"] {
            assert!(fields(bad).hex("n").is_err(), "`{bad}`");
        }
    }
}

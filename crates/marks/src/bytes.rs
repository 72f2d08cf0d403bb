//! Canonical bytes: integers big endian, texts and byte strings behind their length, one spelling for each value.
//!
//! A decoder refuses too many bytes before it looks at them, and bytes that are left over. Every value that it accepts is
//! written again as the same bytes; a property test holds it to that.

use thiserror::Error;

/// Why bytes are not what they should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// More bytes than such a value can have.
    #[error("{what} of {found} bytes, expected at most {max}")]
    TooLong {
        /// What was read.
        what: &'static str,
        /// Bytes there are.
        found: usize,
        /// Bytes there may be.
        max: usize,
    },
    /// The bytes end within a field.
    #[error("{what} ends too early")]
    Short {
        /// What was read.
        what: &'static str,
    },
    /// Bytes behind the end.
    #[error("{what} has {found} bytes behind its end")]
    Left {
        /// What was read.
        what: &'static str,
        /// How many.
        found: usize,
    },
    /// A version that this program does not know.
    #[error("{what} has version {found}, which is not known here. Hint: is this program older than the data?")]
    Version {
        /// What was read.
        what: &'static str,
        /// The version.
        found: u8,
    },
    /// A value that the field cannot have.
    #[error("{what} has a field that cannot be: {field}")]
    Value {
        /// What was read.
        what: &'static str,
        /// The field.
        field: &'static str,
    },
}

/// Reads bytes of one value from front to back.
pub(crate) struct Reader<'a> {
    what: &'static str,
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Begins, unless there are more than `max` bytes.
    pub(crate) const fn new(what: &'static str, bytes: &'a [u8], max: usize) -> Result<Self, DecodeError> {
        if bytes.len() > max {
            return Err(DecodeError::TooLong { what, found: bytes.len(), max });
        }
        Ok(Self { what, rest: bytes })
    }

    pub(crate) fn take(&mut self, length: usize) -> Result<&'a [u8], DecodeError> {
        let (head, rest) = self.rest.split_at_checked(length).ok_or(DecodeError::Short { what: self.what })?;
        self.rest = rest;
        Ok(head)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let short = DecodeError::Short { what: self.what };
        self.take(N)?.try_into().map_err(|_| short)
    }

    pub(crate) fn byte(&mut self) -> Result<u8, DecodeError> {
        self.array().map(|[byte]| byte)
    }

    pub(crate) fn version(&mut self, known: u8) -> Result<(), DecodeError> {
        let found = self.byte()?;
        if found == known { Ok(()) } else { Err(DecodeError::Version { what: self.what, found }) }
    }

    pub(crate) fn u16(&mut self) -> Result<u16, DecodeError> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, DecodeError> {
        self.array().map(u32::from_be_bytes)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, DecodeError> {
        self.array().map(u64::from_be_bytes)
    }

    /// A text behind a length of one byte.
    pub(crate) fn text(&mut self, field: &'static str) -> Result<&'a str, DecodeError> {
        let length = usize::from(self.byte()?);
        let wrong = self.value(field);
        std::str::from_utf8(self.take(length)?).map_err(|_| wrong)
    }

    pub(crate) const fn value(&self, field: &'static str) -> DecodeError {
        DecodeError::Value { what: self.what, field }
    }

    pub(crate) const fn end(self) -> Result<(), DecodeError> {
        if self.rest.is_empty() {
            return Ok(());
        }
        Err(DecodeError::Left { what: self.what, found: self.rest.len() })
    }
}

/// Writes a text behind a length of one byte. Every text that is written is shorter by its type; one that was not would be
/// cut, and its bytes would not be read again.
pub(crate) fn put_text(out: &mut Vec<u8>, text: &str) {
    let length = u8::try_from(text.len()).unwrap_or(u8::MAX);
    out.push(length);
    out.extend(text.bytes().take(usize::from(length)));
}

/// Hexadecimal digits in either case to bytes; `None` when there is anything else, or half a byte.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let digits = digits?;
    let (pairs, rest) = digits.as_chunks::<2>();
    rest.is_empty().then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

//! The byte format of everything that is hashed, signed or stored.
//!
//! ```text
//! integer   fixed width, big endian          bool      00 | 01
//! option    00 | 01 value                    enum      one byte tag, then its fields
//! list      count u16, then the items        text      count u16 of bytes, then UTF-8
//! ```
//! There is exactly one spelling of each value, so equal values have equal bytes and equal hashes. A reader is given the
//! largest size it may accept, refuses anything longer before it looks inside, and refuses bytes that are left over.

use thiserror::Error;

/// Why bytes are not a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// More bytes than the kind may have.
    #[error("{what} has {length} bytes, at most {max} are allowed")]
    TooLong {
        /// What was read.
        what: &'static str,
        /// Its length, as it was written: the same words on a 32-bit phone.
        length: u64,
        /// The bound.
        max: usize,
    },
    /// The bytes end inside a value.
    #[error("the bytes end at {at}, inside `{what}`")]
    Truncated {
        /// What was read.
        what: &'static str,
        /// Offset at which more was expected.
        at: usize,
    },
    /// A value that no encoder writes.
    #[error("`{what}` at byte {at} has no such value")]
    Invalid {
        /// What was read.
        what: &'static str,
        /// Offset of the value.
        at: usize,
    },
    /// Bytes after the value.
    #[error("{count} bytes are left over at {at}")]
    LeftOver {
        /// Offset of the first.
        at: usize,
        /// How many.
        count: usize,
    },
}

/// Reads values from the front of a byte string.
pub struct Reader<'a> {
    rest: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// Reads from `bytes`.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, at: 0 }
    }

    /// Offset of the next byte.
    #[must_use]
    pub const fn at(&self) -> usize {
        self.at
    }

    /// Takes exactly `count` bytes.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`].
    pub fn take(&mut self, count: usize, what: &'static str) -> Result<&'a [u8], DecodeError> {
        let (head, tail) =
            self.rest.split_at_checked(count).ok_or(DecodeError::Truncated { what, at: self.at + self.rest.len() })?;
        self.rest = tail;
        self.at += count;
        Ok(head)
    }

    /// Takes a fixed number of bytes.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`].
    pub fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], DecodeError> {
        let at = self.at;
        self.take(N, what)?.try_into().map_err(|_| DecodeError::Truncated { what, at })
    }

    /// A value that does not exist, at the place it was read from.
    #[must_use]
    pub const fn invalid(&self, what: &'static str, back: usize) -> DecodeError {
        DecodeError::Invalid { what, at: self.at.saturating_sub(back) }
    }

    /// Reads a count of items and checks it against its bound.
    ///
    /// # Errors
    /// [`DecodeError::TooLong`] or [`DecodeError::Truncated`].
    pub fn count(&mut self, max: usize, what: &'static str) -> Result<usize, DecodeError> {
        let count = usize::from(u16::read(self)?);
        if count > max {
            return Err(DecodeError::TooLong { what, length: count as u64, max });
        }
        Ok(count)
    }

    /// Reads an integer of 7 bits a byte ([`write_varint`]).
    ///
    /// # Errors
    /// [`DecodeError::Invalid`] when it has a shorter form or more than 64 bits.
    pub fn varint(&mut self, what: &'static str) -> Result<u64, DecodeError> {
        let (mut value, at) = (0u64, self.at);
        for shift in (0..64).step_by(7) {
            let byte = u8::read(self)?;
            let (group, last) = (u64::from(byte & 0x7f), byte & 0x80 == 0);
            if (last && byte == 0 && shift > 0) || (shift == 63 && byte > 1) {
                return Err(DecodeError::Invalid { what, at });
            }
            value |= group << shift;
            if last {
                return Ok(value);
            }
        }
        Err(DecodeError::Invalid { what, at })
    }

    /// Reads a varint of at most `max`.
    ///
    /// # Errors
    /// [`DecodeError::TooLong`], or those of the varint.
    pub fn small(&mut self, max: usize, what: &'static str) -> Result<usize, DecodeError> {
        let length = self.varint(what)?;
        let value = usize::try_from(length).ok().filter(|value| *value <= max);
        value.ok_or(DecodeError::TooLong { what, length, max })
    }

    /// Reads a difference ([`write_difference`]) and adds it to `base`.
    ///
    /// # Errors
    /// Those of the varint.
    pub fn difference(&mut self, base: u64, what: &'static str) -> Result<u64, DecodeError> {
        let folded = self.varint(what)?;
        let (sign, half) = (folded & 1, folded >> 1);
        // Two's complement: an odd number is -1 - half.
        Ok(base.wrapping_add(if sign == 0 { half } else { !half }))
    }

    /// Reads a list of at most `max` items.
    ///
    /// # Errors
    /// Those of the count and of the items.
    pub fn list<T: Canonical>(&mut self, max: usize, what: &'static str) -> Result<Vec<T>, DecodeError> {
        let count = self.count(max, what)?;
        (0..count).map(|_| T::read(self)).collect()
    }

    /// Reads text of at most `max` bytes.
    ///
    /// # Errors
    /// [`DecodeError::Invalid`] when it is not UTF-8.
    pub fn text(&mut self, max: usize, what: &'static str) -> Result<&'a str, DecodeError> {
        let count = self.count(max, what)?;
        let at = self.at;
        core::str::from_utf8(self.take(count, what)?).map_err(|_| DecodeError::Invalid { what, at })
    }

    /// Reads bytes of at most `max`, after a u32 count.
    ///
    /// # Errors
    /// [`DecodeError::TooLong`] or [`DecodeError::Truncated`].
    pub fn blob(&mut self, max: usize, what: &'static str) -> Result<&'a [u8], DecodeError> {
        let count = usize::try_from(u32::read(self)?).unwrap_or(usize::MAX);
        if count > max {
            return Err(DecodeError::TooLong { what, length: count as u64, max });
        }
        self.take(count, what)
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// [`DecodeError::LeftOver`].
    pub const fn finish(self) -> Result<(), DecodeError> {
        if self.rest.is_empty() { Ok(()) } else { Err(DecodeError::LeftOver { at: self.at, count: self.rest.len() }) }
    }
}

/// A value with exactly one spelling in bytes.
pub trait Canonical: Sized {
    /// Appends the value.
    fn write(&self, out: &mut Vec<u8>);

    /// Reads the value from the front.
    ///
    /// # Errors
    /// When the bytes are not what [`Canonical::write`] writes.
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError>;

    /// The value as bytes.
    fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }

    /// Reads a whole byte string of at most `max` bytes.
    ///
    /// # Errors
    /// [`DecodeError`].
    fn parse(bytes: &[u8], max: usize, what: &'static str) -> Result<Self, DecodeError> {
        if bytes.len() > max {
            return Err(DecodeError::TooLong { what, length: bytes.len() as u64, max });
        }
        let mut reader = Reader::new(bytes);
        let value = Self::read(&mut reader)?;
        reader.finish()?;
        Ok(value)
    }
}

/// Appends a list. The count is bounded by the types that hold lists.
pub fn write_list<T: Canonical>(items: &[T], out: &mut Vec<u8>) {
    write_count(items.len(), out);
    items.iter().for_each(|item| item.write(out));
}

/// Appends text.
pub fn write_text(text: &str, out: &mut Vec<u8>) {
    write_count(text.len(), out);
    out.extend_from_slice(text.as_bytes());
}

/// Appends bytes after a u32 count.
pub fn write_blob(bytes: &[u8], out: &mut Vec<u8>) {
    // A blob over 4 GiB would be cut in its count and then refused by every reader; no caller holds one.
    out.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend_from_slice(bytes);
}

/// Appends an integer of 7 bits a byte, least significant first; the high bit says that more follows.
pub fn write_varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
}

/// Appends `value - base` (mod 2^64) so that small differences of either sign are short: 0, -1, 1, -2 are 0, 1, 2, 3.
pub fn write_difference(base: u64, value: u64, out: &mut Vec<u8>) {
    let difference = value.wrapping_sub(base);
    let negative = difference >> 63 == 1;
    write_varint((if negative { !difference } else { difference }) << 1 | u64::from(negative), out);
}

/// Appends a count. A list over 65,535 items would be refused by every reader.
pub fn write_count(count: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(&u16::try_from(count).unwrap_or(u16::MAX).to_be_bytes());
}

macro_rules! integers {
    ($($int:ty),+) => {$(
        impl Canonical for $int {
            fn write(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_be_bytes());
            }
            fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                reader.array(stringify!($int)).map(Self::from_be_bytes)
            }
        }
    )+};
}
integers!(u8, u16, u32, u64);

impl Canonical for bool {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match u8::read(reader)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(reader.invalid("flag", 1)),
        }
    }
}

impl<const N: usize> Canonical for [u8; N] {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self);
    }
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.array("bytes")
    }
}

impl<T: Canonical> Canonical for Option<T> {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            None => out.push(0),
            Some(value) => {
                out.push(1);
                value.write(out);
            }
        }
    }
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if bool::read(reader)? { T::read(reader).map(Some) } else { Ok(None) }
    }
}

impl<A: Canonical, B: Canonical> Canonical for (A, B) {
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
        self.1.write(out);
    }
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok((A::read(reader)?, B::read(reader)?))
    }
}

/// Implements [`Canonical`] for a struct, field after field.
macro_rules! canonical_struct {
    ($name:path { $($field:ident),+ $(,)? }) => {
        impl $crate::codec::Canonical for $name {
            fn write(&self, out: &mut Vec<u8>) {
                $($crate::codec::Canonical::write(&self.$field, out);)+
            }
            fn read(reader: &mut $crate::codec::Reader<'_>) -> Result<Self, $crate::codec::DecodeError> {
                Ok(Self { $($field: $crate::codec::Canonical::read(reader)?),+ })
            }
        }
    };
}

/// Implements [`Canonical`] for an enum without fields.
macro_rules! canonical_tags {
    ($name:path, $what:literal: $($tag:literal = $variant:ident),+ $(,)?) => {
        impl $crate::codec::Canonical for $name {
            fn write(&self, out: &mut Vec<u8>) {
                out.push(match self { $(Self::$variant => $tag),+ });
            }
            fn read(reader: &mut $crate::codec::Reader<'_>) -> Result<Self, $crate::codec::DecodeError> {
                match u8::read(reader)? {
                    $($tag => Ok(Self::$variant),)+
                    _ => Err(reader.invalid($what, 1)),
                }
            }
        }
    };
}

pub(crate) use {canonical_struct, canonical_tags};

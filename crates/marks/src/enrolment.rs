//! What is kept of a mark from the line on: opaque bytes to everybody but the check of its kind.
//!
//! ```text
//! enrolment = version u8 = 1 | kind text | algorithm u16 | key text, empty for none | body u16 length, bytes
//! text      = u8 length, bytes
//! ```
//! Whoever alters a stored enrolment can exchange one mark for another they have, and cannot make one: the body of a PIN is
//! a hash under a key that is not in the database, and covers the item; that of a tag is its number.

use crate::bytes::{DecodeError, Reader, put_text};
use crate::names::{KeyId, Kind};

const VERSION: u8 = 1;
const WHAT: &str = "enrolment";
/// Bytes of a body; longer ones are refused when they are made.
pub(crate) const BODY_BYTES_MAX: usize = 8 * 1024;
/// Bytes of an enrolment.
pub const ENROLMENT_BYTES_MAX: usize = BODY_BYTES_MAX + 128;

/// What is stored of a mark. One of a kind that is not known here is kept and written again byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolment {
    kind: Kind,
    algorithm: u16,
    key: Option<KeyId>,
    body: Vec<u8>,
}

impl Enrolment {
    /// An enrolment, for the check of its kind to make. `algorithm` is the kind's own version of how the body is made.
    ///
    /// # Errors
    /// A body of more than 8 KiB.
    pub fn new(kind: Kind, algorithm: u16, key: Option<KeyId>, body: Vec<u8>) -> Result<Self, DecodeError> {
        if body.len() > BODY_BYTES_MAX {
            return Err(DecodeError::TooLong { what: WHAT, found: body.len(), max: BODY_BYTES_MAX });
        }
        Ok(Self { kind, algorithm, key, body })
    }

    /// The kind.
    #[must_use]
    pub const fn kind(&self) -> &Kind {
        &self.kind
    }

    /// The kind's own version of how the body is made.
    #[must_use]
    pub const fn algorithm(&self) -> u16 {
        self.algorithm
    }

    /// The key that the check needs, if any.
    #[must_use]
    pub const fn key(&self) -> Option<&KeyId> {
        self.key.as_ref()
    }

    /// The kind's own bytes.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The bytes to store.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = vec![VERSION];
        put_text(&mut out, self.kind.as_str());
        out.extend(self.algorithm.to_be_bytes());
        put_text(&mut out, self.key.as_ref().map_or("", KeyId::as_str));
        out.extend(u16::try_from(self.body.len()).unwrap_or(u16::MAX).to_be_bytes());
        out.extend(&self.body);
        out
    }

    /// Reads what [`Enrolment::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`DecodeError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(WHAT, bytes, ENROLMENT_BYTES_MAX)?;
        reader.version(VERSION)?;
        let kind = Kind::parse(reader.text("kind")?).map_err(|_| reader.value("kind"))?;
        let algorithm = reader.u16()?;
        let key = optional_key(&mut reader)?;
        let length = usize::from(reader.u16()?);
        let body = reader.take(length)?.to_vec();
        reader.end()?;
        Self::new(kind, algorithm, key, body)
    }
}

/// The name of a key, or an empty text for none.
pub(crate) fn optional_key(reader: &mut Reader<'_>) -> Result<Option<KeyId>, DecodeError> {
    match reader.text("key")? {
        "" => Ok(None),
        text => KeyId::parse(text).map(Some).map_err(|_| reader.value("key")),
    }
}

//! A reading and its answer in bytes: JSON, or CBOR (RFC 8949).
//!
//! ```text
//! JSON   {"body": "<JSON of ReadingBody>", "sig": "<base64 of 64 bytes>"}
//! CBOR   {"body": h'<CBOR of ReadingBody>', "sig": h'<64 bytes>'}
//! ```
//! Which of the two is told by the first byte: a CBOR map begins with `a0` to `bf`, JSON with `{` or white space. Names and
//! values are the same in both. A decoder takes nothing behind the document and nothing longer than
//! [`PAYLOAD_BYTES_MAX`].

use super::{Ack, PAYLOAD_BYTES_MAX, Reading, ReadingBody};
use crate::text::Base64;
use serde::de::{DeserializeOwned, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

/// How deep maps and lists may stand in each other. A reading needs four.
const DEPTH_MAX: usize = 8;
/// Characters of a library's message that are repeated.
const SHOWN_MAX: usize = 160;

/// The two forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Text.
    Json,
    /// Binary.
    Cbor,
}

/// A reading whose signature nobody has looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unverified {
    /// How it came, and how its answer has to go.
    pub encoding: Encoding,
    /// The signed part, exactly as it came.
    pub signed: Vec<u8>,
    /// What it says.
    pub body: ReadingBody,
    /// The signature, of whatever length.
    pub sig: Vec<u8>,
}

/// Why bytes are no reading.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CodecError {
    /// Too long.
    #[error("the payload has {0} bytes, at most {PAYLOAD_BYTES_MAX} are allowed")]
    TooLong(usize),
    /// Not of the form.
    #[error("{part}: {what}")]
    Form {
        /// Outer or signed part.
        part: &'static str,
        /// Where and what.
        what: String,
    },
}

/// Bytes as CBOR's byte string.
struct Blob(Vec<u8>);

impl Serialize for Blob {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Blob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl Visitor<'_> for Bytes {
            type Value = Blob;
            fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str("a byte string")
            }
            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Blob, E> {
                Ok(Blob(bytes.to_vec()))
            }
            fn visit_byte_buf<E>(self, bytes: Vec<u8>) -> Result<Blob, E> {
                Ok(Blob(bytes))
            }
        }
        deserializer.deserialize_byte_buf(Bytes)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CborReading {
    body: Blob,
    sig: Blob,
}

/// How the bytes say that they are written.
#[must_use]
pub fn encoding_of(payload: &[u8]) -> Encoding {
    if payload.first().is_some_and(|byte| (0xa0..=0xbf).contains(byte)) { Encoding::Cbor } else { Encoding::Json }
}

/// Reads a payload.
///
/// # Errors
/// [`CodecError`], with the position.
pub fn decode(payload: &[u8]) -> Result<Unverified, CodecError> {
    if payload.len() > PAYLOAD_BYTES_MAX {
        return Err(CodecError::TooLong(payload.len()));
    }
    match encoding_of(payload) {
        Encoding::Json => {
            let reading: Reading = from_json("payload", payload)?;
            let body = from_json("body", reading.body.as_bytes())?;
            Ok(Unverified { encoding: Encoding::Json, signed: reading.body.into_bytes(), body, sig: reading.sig.0 })
        }
        Encoding::Cbor => {
            let reading: CborReading = from_cbor("payload", payload)?;
            let body = from_cbor("body", &reading.body.0)?;
            Ok(Unverified { encoding: Encoding::Cbor, signed: reading.body.0, body, sig: reading.sig.0 })
        }
    }
}

/// Writes a reading; `sign` signs the exact bytes of its signed part. A device that the broker vouches for signs nothing:
/// its signature is empty.
///
/// # Errors
/// [`CodecError::TooLong`] when no gateway would take it.
pub fn encode(
    encoding: Encoding,
    body: &ReadingBody,
    sign: impl FnOnce(&[u8]) -> Vec<u8>,
) -> Result<Vec<u8>, CodecError> {
    let payload = match encoding {
        Encoding::Json => {
            let body = serde_json::to_string(body).map_err(|error| form("body", &error))?;
            let sig = Base64(sign(body.as_bytes()));
            serde_json::to_vec(&Reading { body, sig }).map_err(|error| form("payload", &error))?
        }
        Encoding::Cbor => {
            let body = to_cbor("body", body)?;
            let sig = Blob(sign(&body));
            to_cbor("payload", &CborReading { body: Blob(body), sig })?
        }
    };
    if payload.len() > PAYLOAD_BYTES_MAX { Err(CodecError::TooLong(payload.len())) } else { Ok(payload) }
}

/// Writes an answer.
///
/// # Errors
/// None for answers that a gateway makes.
pub fn encode_ack(encoding: Encoding, ack: &Ack) -> Result<Vec<u8>, CodecError> {
    match encoding {
        Encoding::Json => serde_json::to_vec(ack).map_err(|error| form("ack", &error)),
        Encoding::Cbor => to_cbor("ack", ack),
    }
}

/// Reads an answer.
///
/// # Errors
/// [`CodecError::Form`].
pub fn decode_ack(payload: &[u8]) -> Result<Ack, CodecError> {
    if payload.len() > PAYLOAD_BYTES_MAX {
        return Err(CodecError::TooLong(payload.len()));
    }
    match encoding_of(payload) {
        Encoding::Json => from_json("ack", payload),
        Encoding::Cbor => from_cbor("ack", payload),
    }
}

fn from_json<T: DeserializeOwned>(part: &'static str, bytes: &[u8]) -> Result<T, CodecError> {
    serde_json::from_slice(bytes).map_err(|error| form(part, &error))
}

fn from_cbor<T: DeserializeOwned>(part: &'static str, mut bytes: &[u8]) -> Result<T, CodecError> {
    let value =
        ciborium::de::from_reader_with_recursion_limit(&mut bytes, DEPTH_MAX).map_err(|error| form(part, &error))?;
    if bytes.is_empty() { Ok(value) } else { Err(form(part, &format!("{} bytes follow the document", bytes.len()))) }
}

fn to_cbor<T: Serialize>(part: &'static str, value: &T) -> Result<Vec<u8>, CodecError> {
    let mut out = Vec::new();
    ciborium::into_writer(value, &mut out).map_err(|error| form(part, &error))?;
    Ok(out)
}

fn form(part: &'static str, error: &dyn core::fmt::Display) -> CodecError {
    let text = error.to_string();
    let what = text.chars().take(SHOWN_MAX).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    CodecError::Form { part, what }
}

#[cfg(test)]
mod tests;

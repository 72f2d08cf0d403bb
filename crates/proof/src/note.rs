//! Checkpoints of the log of blocks, and what witnesses sign: the formats of C2SP (<https://c2sp.org/signed-note>,
//! `tlog-checkpoint`, `tlog-cosignature`, `tlog-witness`), so that any witness and monitor of that world can read them.
//!
//! ```text
//! checkpoint     tracelight/{chain id, 64 hex digits} LF {size} LF {base64 of the root} LF
//! note           text LF, then for each signature: — {name} {base64(key id 4 ‖ signature)} LF
//! key id         first 4 bytes of SHA-256(name ‖ LF ‖ type ‖ key)
//! cosignature    type 0x04: time u64 (seconds since 1970) ‖ ed25519 over "cosignature/v1" LF "time {time}" LF checkpoint
//! certification  type 0xff, "tracelight/certification/v1" for a key: header, certificate and steps from the genesis
//!                ([`crate::bundle::Certified`])
//! ```
//! The size is `executed + 1` of a certified header and the root its `log_root`. A log of this kind has no key of its own:
//! the quorum's certificate over that header stands where a log's signature stands, under the origin's name. A witness
//! that knows the alliance's genesis checks it ([`crate::bundle::Certified::verify`]); every other reader skips it, as the
//! format demands of unknown signatures.
//!
//! Cosignatures are plain ed25519 over the text and have nothing to do with the validators' namespace: a witness's key
//! certifies no block. Everything here takes any input without a panic.

use crate::codec::DecodeError;
use crate::genesis::is_note_name;
use crate::log::LogHead;
use ed25519_zebra::{Signature, VerificationKey};
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use tracelight_domain::ids::{ChainId, Hash, PublicKey};

mod base64;
mod request;
#[cfg(test)]
mod tests;

pub use base64::{decode as base64_decode, encode as base64_encode};
pub use request::{AddCheckpoint, REQUEST_BYTES_MAX, REQUEST_HASHES_MAX};

/// Bytes of a note: 256 steps of four validators, or 50 of 64.
pub const NOTE_BYTES_MAX: usize = 256 * 1024;
/// Signatures of a note that are looked at.
pub const SIGNATURES_MAX: usize = 64;
/// What a chain id follows in an origin line.
pub const ORIGIN_PREFIX: &str = "tracelight/";

/// Signature type of a cosignature.
const COSIGNATURE: u8 = 0x04;
/// Signature type without a number of its own.
const UNASSIGNED: u8 = 0xff;
/// Follows [`UNASSIGNED`] where a key would stand.
const CERTIFICATION: &[u8] = b"tracelight/certification/v1";
/// U+2014 and a blank.
const SIGNATURE_LINE: &str = "\u{2014} ";

/// Why text is no note, or proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NoteError {
    /// Longer than [`NOTE_BYTES_MAX`].
    #[error("the note has {0} bytes, at most {NOTE_BYTES_MAX} are read")]
    TooLong(usize),
    /// Not the format.
    #[error("not a note: {0}")]
    Malformed(&'static str),
    /// Not a checkpoint of a log of blocks.
    #[error("not a checkpoint: {0}")]
    NotACheckpoint(&'static str),
    /// Nobody with this name and key signed it.
    #[error("the note carries no signature of `{0}`")]
    NotSigned(String),
    /// A signature that does not fit.
    #[error("the signature of `{0}` does not fit the note")]
    BadSignature(String),
    /// The certification in it cannot be read.
    #[error("the certification: {0}")]
    Certification(#[from] DecodeError),
}

/// The head of an alliance's log of blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The alliance.
    pub chain: ChainId,
    /// Its log.
    pub head: LogHead,
}

impl Checkpoint {
    /// The name under which the alliance's log is known.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("{ORIGIN_PREFIX}{}", self.chain)
    }

    /// The text that is signed.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin(), self.head.size, base64_encode(&self.head.root.0))
    }

    /// Reads a checkpoint's text. Lines after the third are refused: our logs have none.
    ///
    /// # Errors
    /// [`NoteError::NotACheckpoint`].
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let wrong = NoteError::NotACheckpoint;
        let mut lines = text.strip_suffix('\n').ok_or(wrong("its last line does not end"))?.split('\n');
        let (origin, size, root) = (lines.next(), lines.next(), lines.next());
        if lines.next().is_some() {
            return Err(wrong("it has more than three lines"));
        }
        let chain =
            origin.and_then(|origin| origin.strip_prefix(ORIGIN_PREFIX)).ok_or(wrong("its origin is not ours"))?;
        let chain = ChainId::parse_hex(chain).ok_or(wrong("its origin names no chain"))?;
        let size = size.and_then(parse_decimal).ok_or(wrong("its second line is no size"))?;
        let root = root.and_then(parse_hash).ok_or(wrong("its third line is no hash"))?;
        let checkpoint = Self { chain, head: LogHead { size, root } };
        // Upper-case hexadecimal digits would be a second spelling of the origin, which is what a witness remembers.
        if checkpoint.text() == text { Ok(checkpoint) } else { Err(wrong("it is not in canonical form")) }
    }
}

/// A number as the formats write it: decimal, without a sign or leading zeros.
#[must_use]
pub fn parse_decimal(text: &str) -> Option<u64> {
    let plain = text == "0" || (!text.starts_with('0') && !text.is_empty());
    (plain && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

/// A hash in base64.
#[must_use]
pub fn parse_hash(text: &str) -> Option<Hash> {
    base64_decode(text)?.try_into().ok().map(Hash)
}

/// One signature of a note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteSignature {
    /// Who signed.
    pub name: String,
    /// With which key, and in which way.
    pub key_id: [u8; 4],
    /// The signature.
    pub bytes: Vec<u8>,
}

impl NoteSignature {
    /// The line of a note.
    #[must_use]
    pub fn line(&self) -> String {
        let bytes = [self.key_id.as_slice(), &self.bytes].concat();
        format!("{SIGNATURE_LINE}{} {}\n", self.name, base64_encode(&bytes))
    }

    /// Reads a line without its end.
    fn parse(line: &str) -> Option<Self> {
        let (name, bytes) = line.strip_prefix(SIGNATURE_LINE)?.split_once(' ')?;
        let bytes = base64_decode(bytes)?;
        let (key_id, bytes) = bytes.split_first_chunk::<4>()?;
        is_note_name(name).then(|| Self { name: name.to_owned(), key_id: *key_id, bytes: bytes.to_vec() })
    }
}

/// A text and those who signed it. Nothing about the signatures is known before they are checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The text, with its last line's end.
    pub text: String,
    /// In the order of the lines.
    pub signatures: Vec<NoteSignature>,
}

impl Note {
    /// The note as bytes.
    #[must_use]
    pub fn encode(&self) -> String {
        let lines: String = self.signatures.iter().map(NoteSignature::line).collect();
        format!("{}\n{lines}", self.text)
    }

    /// Reads a note.
    ///
    /// # Errors
    /// [`NoteError::TooLong`] or [`NoteError::Malformed`].
    pub fn parse(note: &[u8]) -> Result<Self, NoteError> {
        if note.len() > NOTE_BYTES_MAX {
            return Err(NoteError::TooLong(note.len()));
        }
        let note = core::str::from_utf8(note).map_err(|_| NoteError::Malformed("it is not UTF-8"))?;
        if note.chars().any(|character| character < ' ' && character != '\n') {
            return Err(NoteError::Malformed("it has control characters"));
        }
        let blank = note.rfind("\n\n").ok_or(NoteError::Malformed("no blank line stands before its signatures"))?;
        let (text, lines) = note.split_at(blank + 1);
        let lines = lines.get(1..).unwrap_or("");
        let lines = lines.strip_suffix('\n').ok_or(NoteError::Malformed("its last line does not end"))?;
        let signatures = Self::signature_lines(lines)?;
        Ok(Self { text: text.to_owned(), signatures })
    }

    /// Reads signature lines, as a witness answers them.
    ///
    /// # Errors
    /// [`NoteError::Malformed`].
    pub fn signature_lines(lines: &str) -> Result<Vec<NoteSignature>, NoteError> {
        let parsed: Option<Vec<_>> = lines.split('\n').take(SIGNATURES_MAX + 1).map(NoteSignature::parse).collect();
        match parsed {
            Some(signatures) if signatures.len() <= SIGNATURES_MAX => Ok(signatures),
            Some(_) => Err(NoteError::Malformed("it has too many signatures")),
            None => Err(NoteError::Malformed("a line is no signature")),
        }
    }

    /// The bytes of the certification, when the note carries one for its origin.
    #[must_use]
    pub fn certification(&self, origin: &str) -> Option<&[u8]> {
        let key_id = certification_key_id(origin);
        let ours = |signature: &&NoteSignature| signature.name == origin && signature.key_id == key_id;
        self.signatures.iter().find(ours).map(|signature| signature.bytes.as_slice())
    }
}

/// A signature line that carries the certification of a checkpoint's header.
#[must_use]
pub fn certification_line(origin: &str, certification: Vec<u8>) -> NoteSignature {
    NoteSignature { name: origin.to_owned(), key_id: certification_key_id(origin), bytes: certification }
}

fn certification_key_id(origin: &str) -> [u8; 4] {
    key_id(origin, UNASSIGNED, CERTIFICATION)
}

fn key_id(name: &str, kind: u8, key: &[u8]) -> [u8; 4] {
    let digest = Sha256::new().chain_update(name).chain_update([b'\n', kind]).chain_update(key).finalize();
    let mut id = [0; 4];
    id.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    id
}

/// Whoever cosigns: a name and a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cosigner<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its ed25519 key.
    pub key: &'a PublicKey,
}

impl Cosigner<'_> {
    /// The id of its key in signature lines.
    #[must_use]
    pub fn key_id(&self) -> [u8; 4] {
        key_id(self.name, COSIGNATURE, &self.key.0)
    }

    /// Name and key in one word, as configurations of the C2SP world have it.
    #[must_use]
    pub fn vkey(&self) -> String {
        let id: String = self.key_id().iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{}+{id}+{}", self.name, base64_encode(&[&[COSIGNATURE], self.key.0.as_slice()].concat()))
    }

    /// The line that carries a cosignature.
    #[must_use]
    pub fn line(&self, time_s: u64, signature: &[u8; 64]) -> NoteSignature {
        let bytes = [time_s.to_be_bytes().as_slice(), signature].concat();
        NoteSignature { name: self.name.to_owned(), key_id: self.key_id(), bytes }
    }

    /// The checked cosignature among these lines over `text`: its time and its 64 bytes. Signatures of other keys are
    /// skipped; one of this key that does not fit spoils the note.
    ///
    /// # Errors
    /// [`NoteError::NotSigned`] or [`NoteError::BadSignature`].
    pub fn find(&self, text: &str, signatures: &[NoteSignature]) -> Result<(u64, [u8; 64]), NoteError> {
        let id = self.key_id();
        let line = signatures.iter().find(|signature| signature.name == self.name && signature.key_id == id);
        let line = line.ok_or_else(|| NoteError::NotSigned(self.name.to_owned()))?;
        let bad = || NoteError::BadSignature(self.name.to_owned());
        let (time, signature) = line.bytes.split_first_chunk::<8>().ok_or_else(bad)?;
        let (time_s, signature) = (u64::from_be_bytes(*time), <[u8; 64]>::try_from(signature).map_err(|_| bad())?);
        if verify_cosignature(self.key, time_s, text, &signature) { Ok((time_s, signature)) } else { Err(bad()) }
    }
}

/// The bytes that a witness signs.
#[must_use]
pub fn cosignature_message(time_s: u64, text: &str) -> Vec<u8> {
    format!("cosignature/v1\ntime {time_s}\n{text}").into_bytes()
}

/// Does this key's signature, made at this second, fit the text? Times from 2^63 on fit nothing.
#[must_use]
pub fn verify_cosignature(key: &PublicKey, time_s: u64, text: &str, signature: &[u8; 64]) -> bool {
    let message = cosignature_message(time_s, text);
    time_s <= u64::MAX / 2
        && VerificationKey::try_from(key.0)
            .is_ok_and(|key| key.verify(&Signature::from_bytes(signature), &message).is_ok())
}

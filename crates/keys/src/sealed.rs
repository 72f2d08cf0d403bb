//! A key file under a passphrase.
//!
//! ```text
//! tracelight-key v1
//! argon2id m=65536 t=3 p=1 salt=<32 hex digits>
//! public <64 hex digits>
//! xchacha20poly1305 <48 hex digits: nonce> <96 hex digits: the seed and its tag>
//! ```
//! Four lines, each ended by a line feed. The key of the cipher is 32 bytes of Argon2id 1.3 (RFC 9106) of the passphrase; the
//! first three lines, byte for byte, are its additional data, so that nothing in the file can be changed unseen. The public
//! key stands in the clear: a program can say whose key it lacks the passphrase of. Default cost: 64 MiB, 3 passes, one lane
//! (RFC 9106's second recommendation with one lane: about a quarter of a second on the reference machine). A file may ask for
//! up to [`MEMORY_KIB_MAX`] and [`PASSES_MAX`], no more: a stranger's file must not stop a machine.

use crate::file::{self, KeyError};
use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::XChaCha20Poly1305;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use std::path::Path;
use tracelight_domain::ids::PublicKey;
use zeroize::Zeroizing;

/// The first line.
pub const MAGIC: &str = "tracelight-key v1";
/// Bytes of a file.
pub const FILE_BYTES_MAX: u64 = 512;
/// Memory that a file may ask for, KiB.
pub const MEMORY_KIB_MAX: u32 = 1 << 20;
/// Passes that a file may ask for.
pub const PASSES_MAX: u32 = 16;
/// Lanes that a file may ask for.
pub const LANES_MAX: u32 = 16;
const EXPECTED: &str = "an encrypted key as this program writes it";

/// What opening costs whoever guesses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Default for Cost {
    fn default() -> Self {
        Self { memory_kib: 64 * 1024, passes: 3, lanes: 1 }
    }
}

impl Cost {
    fn key(self, path: &Path, passphrase: &str, salt: &[u8]) -> Result<Zeroizing<[u8; 32]>, KeyError> {
        let wrong = |what: String| KeyError::Cost { path: path.to_owned(), what };
        if self.memory_kib > MEMORY_KIB_MAX || self.passes > PASSES_MAX || self.lanes > LANES_MAX {
            return Err(wrong(format!(
                "{self:?} is over {MEMORY_KIB_MAX} KiB, {PASSES_MAX} passes or {LANES_MAX} lanes"
            )));
        }
        let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(32));
        let params = params.map_err(|error| wrong(error.to_string()))?;
        let mut key = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.as_bytes(), salt, key.as_mut())
            .map_err(|error| wrong(error.to_string()))?;
        Ok(key)
    }
}

/// The file's text for a seed.
///
/// # Errors
/// [`KeyError::NoRandomness`], or [`KeyError::Cost`].
pub fn seal(path: &Path, seed: &[u8; 32], public: PublicKey, passphrase: &str, cost: Cost) -> Result<String, KeyError> {
    let (salt, nonce) = (file::random::<16>()?, file::random::<24>()?);
    let Cost { memory_kib, passes, lanes } = cost;
    let salt_hex = hex::encode(salt.as_slice());
    let head = format!(
        "{MAGIC}\nargon2id m={memory_kib} t={passes} p={lanes} salt={salt_hex}\npublic {}\n",
        hex::encode(public.0)
    );
    let key = cost.key(path, passphrase, salt.as_slice())?;
    let payload = Payload { msg: seed, aad: head.as_bytes() };
    let sealed = XChaCha20Poly1305::new((&*key).into()).encrypt((&*nonce).into(), payload);
    let sealed = sealed.map_err(|_| KeyError::Format { path: path.to_owned(), expected: "a seed" })?;
    Ok(format!("{head}xchacha20poly1305 {} {}\n", hex::encode(nonce.as_slice()), hex::encode(sealed)))
}

/// A file's parts.
struct Parts<'a> {
    head: &'a str,
    cost: Cost,
    salt: [u8; 16],
    public: PublicKey,
    nonce: [u8; 24],
    sealed: [u8; 48],
}

/// Is this text an encrypted key, of whatever version?
#[must_use]
pub fn is_sealed(text: &str) -> bool {
    text.starts_with("tracelight-key ")
}

/// The public half, which needs no passphrase. It is not proven before the file is opened.
///
/// # Errors
/// [`KeyError::Format`].
pub fn public(path: &Path, text: &str) -> Result<PublicKey, KeyError> {
    parse(text).map(|parts| parts.public).ok_or_else(|| KeyError::Format { path: path.to_owned(), expected: EXPECTED })
}

/// The seed.
///
/// # Errors
/// [`KeyError::Format`], [`KeyError::Cost`], or [`KeyError::WrongPassphrase`].
pub fn open(path: &Path, text: &str, passphrase: &str) -> Result<Zeroizing<[u8; 32]>, KeyError> {
    let parts = parse(text).ok_or_else(|| KeyError::Format { path: path.to_owned(), expected: EXPECTED })?;
    let key = parts.cost.key(path, passphrase, &parts.salt)?;
    let payload = Payload { msg: &parts.sealed, aad: parts.head.as_bytes() };
    let opened = XChaCha20Poly1305::new((&*key).into()).decrypt((&parts.nonce).into(), payload);
    let opened = Zeroizing::new(opened.map_err(|_| KeyError::WrongPassphrase { path: path.to_owned() })?);
    let mut seed = Zeroizing::new([0; 32]);
    if opened.len() != seed.len() {
        return Err(KeyError::Format { path: path.to_owned(), expected: EXPECTED });
    }
    seed.copy_from_slice(&opened);
    Ok(seed)
}

/// The one form that [`seal`] writes.
fn parse(text: &str) -> Option<Parts<'_>> {
    let (head, last) = text.split_at_checked(text.find("xchacha20poly1305 ")?)?;
    let mut lines = head.split_inclusive('\n');
    if lines.next()?.strip_suffix('\n')? != MAGIC {
        return None;
    }
    let mut words = lines.next()?.strip_prefix("argon2id ")?.strip_suffix('\n')?.split(' ');
    let memory_kib = number(words.next()?.strip_prefix("m=")?)?;
    let passes = number(words.next()?.strip_prefix("t=")?)?;
    let lanes = number(words.next()?.strip_prefix("p=")?)?;
    let salt = bytes(words.next()?.strip_prefix("salt=")?)?;
    let public = bytes(lines.next()?.strip_prefix("public ")?.strip_suffix('\n')?)?;
    let (nonce, sealed) = last.strip_prefix("xchacha20poly1305 ")?.strip_suffix('\n')?.split_once(' ')?;
    if words.next().is_some() || lines.next().is_some() {
        return None;
    }
    let cost = Cost { memory_kib, passes, lanes };
    Some(Parts { head, cost, salt, public: PublicKey(public), nonce: bytes(nonce)?, sealed: bytes(sealed)? })
}

fn number(text: &str) -> Option<u32> {
    let number: u32 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

/// Lower-case hexadecimal of exactly this length.
fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    (hex::encode(bytes) == text).then_some(bytes)
}

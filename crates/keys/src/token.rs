//! What a caller of a chain-node shows (`Authorization: Bearer ..`): 32 random bytes as 64 hexadecimal digits in a file.

use crate::file::{self, KeyError};
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::path::Path;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// Bytes of a token's file.
const FILE_BYTES_MAX: u64 = 130;
const EXPECTED: &str = "a token: 32 to 128 letters, digits, `-` or `_`";

/// A bearer token; wiped from memory when dropped, and never printed.
#[derive(Clone)]
pub struct Token(Zeroizing<String>);

impl Token {
    /// A new one: 256 random bits.
    ///
    /// # Errors
    /// [`KeyError::NoRandomness`].
    pub fn generate() -> Result<Self, KeyError> {
        Ok(Self(Zeroizing::new(hex::encode(file::random::<32>()?.as_slice()))))
    }

    /// Reads a token's file.
    ///
    /// # Errors
    /// [`KeyError`] naming the file.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let text = file::read(path, FILE_BYTES_MAX, EXPECTED)?;
        let text = text.trim_end();
        let good = (32..=128).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        if !good {
            return Err(KeyError::Format { path: path.to_owned(), expected: EXPECTED });
        }
        Ok(Self(Zeroizing::new(text.to_owned())))
    }

    /// Writes a new file, mode 0600. An existing file is never overwritten.
    ///
    /// # Errors
    /// [`KeyError`] naming the file.
    pub fn write_new(&self, path: &Path) -> Result<(), KeyError> {
        file::write_new(path, &Zeroizing::new(format!("{}\n", *self.0)))
    }

    /// Whether somebody shows this token. Takes the same time wherever the first difference is, and whatever the lengths are:
    /// the hashes are compared.
    #[must_use]
    pub fn is(&self, shown: &str) -> bool {
        let hash = |text: &str| Sha256::digest(text.as_bytes());
        hash(&self.0).as_slice().ct_eq(hash(shown).as_slice()).into()
    }

    /// The text, for the header of a call.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_back_and_is_itself() {
        let scratch = tempfile::tempdir().expect("scratch");
        let path = scratch.path().join("token");
        let token = Token::generate().expect("random");
        token.write_new(&path).expect("written");
        let read = Token::read(&path).expect("a token");
        assert!(read.is(token.reveal()) && !read.is("") && !read.is(&token.reveal()[1..]));
        assert_eq!(format!("{read:?}"), "Token(..)");
        assert!(token.write_new(&path).is_err(), "never overwritten");
        for text in ["", "short", &"x".repeat(129), &"white space ".repeat(4)] {
            std::fs::write(&path, text).expect("our own file");
            assert!(matches!(Token::read(&path), Err(KeyError::Format { .. })), "`{text}`");
        }
    }
}

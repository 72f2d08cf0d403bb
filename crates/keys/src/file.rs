//! Files that only their owner may read.

use crate::pkcs11::TokenKeyError;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use thiserror::Error;
use zeroize::Zeroizing;

/// Why a secret's file is of no use.
#[derive(Debug, Error)]
pub enum KeyError {
    /// The operating system refused.
    #[error("cannot {action} `{path}`: {source}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// Others may read it.
    #[error("`{path}` has mode {mode:o}, so others may read it. Hint: chmod 600 `{path}`")]
    Open {
        /// Which file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Not what was expected.
    #[error("`{path}` does not hold {expected}")]
    Format {
        /// Which file.
        path: PathBuf,
        /// What it should hold.
        expected: &'static str,
    },
    /// It is encrypted and there is no passphrase.
    #[error("the key file `{path}` is encrypted: {why}")]
    Locked {
        /// Which file.
        path: PathBuf,
        /// Why there is no passphrase, and what to do.
        why: &'static str,
    },
    /// It does not open.
    #[error("the key file `{path}` does not open: the passphrase is wrong, or the file was changed")]
    WrongPassphrase {
        /// Which file.
        path: PathBuf,
    },
    /// Its cost is out of bounds, or too much for this machine.
    #[error("the key file `{path}` asks for a derivation that is not done here: {what}")]
    Cost {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// It does not say where a key is in a token.
    #[error("`{path}`: {what}")]
    Place {
        /// Which file.
        path: PathBuf,
        /// What is wrong in it.
        what: String,
    },
    /// The key is in a token, which does not do what it should.
    #[error(transparent)]
    Token(#[from] Box<TokenKeyError>),
    /// What was to be signed is not for this key.
    #[error("not signed: {0}")]
    Purpose(&'static str),
    /// No randomness to be had.
    #[error("the operating system gives no random numbers")]
    NoRandomness,
}

impl From<TokenKeyError> for KeyError {
    fn from(error: TokenKeyError) -> Self {
        Self::Token(Box::new(error))
    }
}

/// Reads a secret of at most `bytes_max` bytes of text.
///
/// # Errors
/// [`KeyError::Io`], [`KeyError::Open`], or [`KeyError::Format`] when it is longer or no text.
pub fn read(path: &Path, bytes_max: u64, expected: &'static str) -> Result<Zeroizing<String>, KeyError> {
    let failed = |source| KeyError::Io { action: "read", path: path.to_owned(), source };
    let file = File::open(path).map_err(failed)?;
    check_mode(path, &file.metadata().map_err(failed)?)?;
    let wrong = || KeyError::Format { path: path.to_owned(), expected };
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(bytes_max + 1).unwrap_or(0)));
    file.take(bytes_max + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > bytes_max {
        return Err(wrong());
    }
    std::str::from_utf8(&bytes).map(|text| Zeroizing::new(text.to_owned())).map_err(|_| wrong())
}

/// Writes a new file, mode 0600, and syncs it. An existing file is never overwritten.
///
/// # Errors
/// [`KeyError::Io`].
pub fn write_new(path: &Path, text: &str) -> Result<(), KeyError> {
    let failed = |source| KeyError::Io { action: "write", path: path.to_owned(), source };
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)
}

/// Fills a buffer with random bytes.
///
/// # Errors
/// [`KeyError::NoRandomness`].
pub fn random<const N: usize>() -> Result<Zeroizing<[u8; N]>, KeyError> {
    let mut bytes = Zeroizing::new([0; N]);
    getrandom::fill(bytes.as_mut()).map_err(|_| KeyError::NoRandomness)?;
    Ok(bytes)
}

#[cfg(unix)]
fn check_mode(path: &Path, meta: &Metadata) -> Result<(), KeyError> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = meta.permissions().mode() & 0o777;
    if mode & 0o077 == 0 { Ok(()) } else { Err(KeyError::Open { path: path.to_owned(), mode }) }
}

#[cfg(not(unix))]
fn check_mode(_path: &Path, _meta: &Metadata) -> Result<(), KeyError> {
    Ok(())
}

//! Key files: an ed25519 seed (RFC 8032) as 64 hexadecimal digits and a line feed, readable by its owner only.

use ed25519_dalek::SigningKey;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use thiserror::Error;
use tracelight_domain::ids::PublicKey;
use zeroize::Zeroizing;

/// Why a key file is of no use.
#[derive(Debug, Error)]
pub enum KeyError {
    /// The operating system refused.
    #[error("cannot {action} the key file `{path}`: {source}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// Not a seed.
    #[error("the key file `{path}` does not hold 64 hexadecimal digits")]
    NotASeed {
        /// The file.
        path: PathBuf,
    },
    /// No randomness to be had.
    #[error("the operating system gives no random numbers")]
    NoRandomness,
}

/// An ed25519 seed; wiped from memory when dropped.
pub struct Seed(Zeroizing<[u8; 32]>);

impl Seed {
    /// A new one.
    ///
    /// # Errors
    /// [`KeyError::NoRandomness`].
    pub fn generate() -> Result<Self, KeyError> {
        let mut seed = Zeroizing::new([0; 32]);
        getrandom::fill(seed.as_mut()).map_err(|_| KeyError::NoRandomness)?;
        Ok(Self(seed))
    }

    /// Reads a key file.
    ///
    /// # Errors
    /// [`KeyError`] naming the file.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let io = |source| KeyError::Io { action: "read", path: path.to_owned(), source };
        let text = Zeroizing::new(std::fs::read_to_string(path).map_err(io)?);
        let mut seed = Zeroizing::new([0; 32]);
        hex::decode_to_slice(text.trim_end(), seed.as_mut())
            .map_err(|_| KeyError::NotASeed { path: path.to_owned() })?;
        Ok(Self(seed))
    }

    /// Writes a new key file, mode 0600. An existing file is never overwritten.
    ///
    /// # Errors
    /// [`KeyError`] naming the file.
    pub fn write_new(&self, path: &Path) -> Result<(), KeyError> {
        let io = |source| KeyError::Io { action: "write", path: path.to_owned(), source };
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(io)?;
        let text = Zeroizing::new(format!("{}\n", hex::encode(self.0.as_slice())));
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(io)
    }

    /// The public key.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(SigningKey::from_bytes(&self.0).verifying_key().to_bytes())
    }

    /// The seed, for whoever signs with it.
    #[must_use]
    pub fn into_bytes(self) -> Zeroizing<[u8; 32]> {
        self.0
    }
}

//! The PIN, and the memory of its having been refused.
//!
//! ```text
//! PIN_FILE           its first line
//! PIN_FILE.refused   nanoseconds since 1970 of the file's last change, a space, its length in bytes, a line feed: the token refused what
//!                    stood in it then. Removed when a PIN is taken.
//! ```

use super::error::Fault;
use super::place::Place;
use crate::file::KeyError;
use crate::passphrase::Unlock;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;
use zeroize::Zeroizing;

/// What a PIN that was typed is marked with.
const TYPED: &str = "typed";

pub(super) enum Pin {
    /// Read anew each time the token is opened.
    File {
        path: PathBuf,
        /// Mark of what was refused in this process, for where the note cannot be written.
        refused: Option<String>,
    },
    /// Typed at the start.
    Typed { pin: Zeroizing<String>, refused: bool },
}

impl Pin {
    /// Asks for it at the terminal where no file is named.
    pub fn of(place: &Place, key_file: &Path) -> Result<Self, KeyError> {
        match &place.pin_file {
            Some(path) => Ok(Self::File { path: path.clone(), refused: None }),
            None => Ok(Self::Typed { pin: Unlock::Terminal.passphrase(key_file)?, refused: false }),
        }
    }

    pub fn file(&self) -> Option<PathBuf> {
        match self {
            Self::File { path, .. } => Some(path.clone()),
            Self::Typed { .. } => None,
        }
    }

    /// The PIN, and the mark by which its refusal is remembered. Refuses to give out what was refused before.
    pub fn take(&self) -> Result<(Zeroizing<String>, String), Fault> {
        match self {
            Self::Typed { refused: true, .. } => Err(Fault::PinNotTried { file: None }),
            Self::Typed { pin, .. } => Ok((pin.clone(), TYPED.to_owned())),
            Self::File { path, refused } => {
                let mark = mark(path)?;
                let noted = std::fs::read_to_string(note(path)).is_ok_and(|noted| noted == mark);
                if noted || refused.as_ref() == Some(&mark) {
                    return Err(Fault::PinNotTried { file: Some(path.clone()) });
                }
                let pin = Unlock::File(path.clone()).passphrase(path);
                Ok((pin.map_err(|error| Fault::Pin(error.to_string()))?, mark))
            }
        }
    }

    /// The token refused it.
    pub fn was_refused(&mut self, mark: String) {
        match self {
            Self::Typed { refused, .. } => *refused = true,
            Self::File { path, refused } => {
                if let Err(error) = std::fs::write(note(path), &mark) {
                    let note = note(path);
                    tracing::warn!(
                        "Cannot write `{}`: {error}. A restart will try the refused PIN once more",
                        note.display()
                    );
                }
                *refused = Some(mark);
            }
        }
    }

    /// The token took it.
    pub fn was_taken(&mut self) {
        if let Self::File { path, refused } = self {
            *refused = None;
            // Not there, as a rule.
            let _ = std::fs::remove_file(note(path));
        }
    }
}

fn note(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".refused");
    PathBuf::from(name)
}

fn mark(path: &Path) -> Result<String, Fault> {
    let failed =
        |error: std::io::Error| Fault::Pin(format!("cannot read the PIN's file `{}`: {error}", path.display()));
    let meta = std::fs::metadata(path).map_err(failed)?;
    let changed = meta.modified().map_err(failed)?.duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(format!("{} {}\n", changed.as_nanos(), meta.len()))
}

//! What a witness must not forget: the last checkpoint that it signed, in one file.
//!
//! ```text
//! MEMORY        the checkpoint's text, three lines; empty before the first
//! MEMORY.new    the next one, until it is renamed
//! MEMORY.lock   held by the running witness
//! ```
//! Written anew, synced, renamed, and the folder synced. Whoever can change the file can make the witness sign a second
//! history; whoever can only read it learns what the witness publishes anyway.

use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use thiserror::Error;
use tracelight_client::keys::Signer;
use tracelight_domain::ids::ChainId;
use tracelight_proof::note::{Checkpoint, NoteError};

/// Bytes of the file; a checkpoint has 145 at most.
const BYTES_MAX: u64 = 4096;

/// Why there is no memory.
#[derive(Debug, Error)]
pub(crate) enum MemoryError {
    #[error("`{path}`: {source}")]
    Io { path: PathBuf, source: std::io::Error },
    #[error(
        "`{path}` is not there. A witness without its memory would sign a second history: restore the file, or say --first-start if there never was one"
    )]
    Missing { path: PathBuf },
    #[error("`{path}` is there; --first-start would forget it")]
    NotFirst { path: PathBuf },
    #[error("`{path}` is damaged: {source}. Restore it; do not begin anew")]
    Damaged { path: PathBuf, source: NoteError },
    #[error("`{path}` is about {found}, the genesis is of {expected}")]
    OtherChain { path: PathBuf, found: ChainId, expected: ChainId },
    #[error("another witness uses `{path}`")]
    InUse { path: PathBuf },
    #[error("an earlier write to `{path}` failed; start the witness again")]
    Poisoned { path: PathBuf },
}

/// The file, open and locked.
#[derive(Debug)]
pub(crate) struct Memory {
    path: PathBuf,
    last: Option<Checkpoint>,
    /// What the disk holds is unknown after a failed write.
    poisoned: bool,
    /// Keeps the lock.
    _lock: File,
}

impl Memory {
    pub(crate) fn open(path: &Path, chain: ChainId, first_start: bool) -> Result<Self, MemoryError> {
        let io = |source| MemoryError::Io { path: path.to_owned(), source };
        let lock_path = beside(path, "lock");
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&lock_path).map_err(io)?;
        lock.try_lock().map_err(|_| MemoryError::InUse { path: path.to_owned() })?;
        let there = path.try_exists().map_err(io)?;
        if first_start && there {
            return Err(MemoryError::NotFirst { path: path.to_owned() });
        }
        let mut memory = Self { path: path.to_owned(), last: None, poisoned: false, _lock: lock };
        if first_start {
            // An empty file says: nothing signed yet.
            memory.replace("").map_err(io)?;
            return Ok(memory);
        }
        if !there {
            return Err(MemoryError::Missing { path: path.to_owned() });
        }
        let mut text = String::new();
        File::open(path).and_then(|file| file.take(BYTES_MAX).read_to_string(&mut text)).map_err(io)?;
        if !text.is_empty() {
            let damaged = |source| MemoryError::Damaged { path: path.to_owned(), source };
            let last = Checkpoint::parse(&text).map_err(damaged)?;
            if last.chain != chain {
                return Err(MemoryError::OtherChain { path: path.to_owned(), found: last.chain, expected: chain });
            }
            memory.last = Some(last);
        }
        Ok(memory)
    }

    pub(crate) const fn last(&self) -> Option<Checkpoint> {
        self.last
    }

    /// Remembers a checkpoint. When this returns, it is on disk.
    pub(crate) fn remember(&mut self, checkpoint: Checkpoint) -> Result<(), MemoryError> {
        if self.poisoned {
            return Err(MemoryError::Poisoned { path: self.path.clone() });
        }
        self.replace(&checkpoint.text()).map_err(|source| {
            self.poisoned = true;
            MemoryError::Io { path: self.path.clone(), source }
        })?;
        self.last = Some(checkpoint);
        Ok(())
    }

    fn replace(&self, text: &str) -> std::io::Result<()> {
        let new = beside(&self.path, "new");
        let mut file = File::create(&new)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&new, &self.path)?;
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    }
}

fn beside(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(extension);
    path.with_file_name(name)
}

/// The key of this file; a new one when there is none.
pub(super) fn key_of(path: &Path) -> anyhow::Result<Signer> {
    use std::os::unix::fs::OpenOptionsExt as _;
    if !path.try_exists()? {
        let mut seed = [0u8; 32];
        getrandom::fill(&mut seed)?;
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(hex::encode(seed).as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()?;
    }
    Ok(Signer::read(path)?)
}

//! Snapshots: the state after one certified block, with the chain before it, as files that nobody has to be trusted for.
//! `tracelight_proof::snapshot` specifies their bytes and what each shows by itself.
//!
//! Reading begins with the manifest: the steps lead from the genesis to the validators of C, they certified C, C's parents
//! lead to E, and the 256 subtrees have C's state root. Then each state file has to have its subtree, and the history of each
//! object its events; each block follows the one before, up to E, and its outcomes those of C. All this happens before a row
//! reaches the new store, which is checked as a whole once more at the end ([`super::check`]) and only then takes its place.
//!
//! A snapshot of a store that was pruned has the same blocks without bodies, and makes a store that is pruned as far.
//!
//! Two things are not signed by anybody: the nonces of refused transactions, and of pruned blocks the ids of refused
//! transactions and all nonces. Each nonce must name a transaction of the chain, of whole blocks none of an applied one may
//! lack, and of pruned ones each event's transaction must be there. A snapshot that leaves others out makes a node that stops
//! (with a state that differs) when such a nonce comes again. `snapshot inspect` prints the digests of both, to be compared
//! with another member's.

mod load;
mod make;

pub use load::load;
pub use tracelight_proof::snapshot::{Manifest, Promise};

use super::StoreError;
use std::path::{Path, PathBuf};
use thiserror::Error;
use tracelight_proof::codec::{Canonical, DecodeError};
use tracelight_proof::genesis::Genesis;
use tracelight_proof::snapshot::read_entries;

/// Bytes of one file. At ten million objects a state file has 10 MB.
pub const FILE_BYTES_MAX: u64 = 1 << 30;

/// Why a snapshot cannot be made or taken.
#[derive(Debug, Error)]
pub enum SnapshotError {
    /// A store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file.
    #[error("cannot use `{path}`: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// A file is not what this program writes.
    #[error("`{path}` is no file of a snapshot: {source}; get the snapshot again, from another member if need be")]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: DecodeError,
    },
    /// A file is longer than any may be.
    #[error("`{path}` has {bytes} bytes, at most {FILE_BYTES_MAX} are read")]
    TooLong {
        /// The file.
        path: PathBuf,
        /// Its length.
        bytes: u64,
    },
    /// The snapshot says something that its chain does not.
    #[error("`{path}` is refused: {what}; nothing was changed. Get the snapshot from another member")]
    Refused {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// No certified header is at hand whose state can still be written.
    #[error("no certified header speaks of a state that this store still holds; run the node until the chain moves")]
    NothingCertified,
}

struct Folder<'a>(&'a Path);

impl Folder<'_> {
    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), SnapshotError> {
        use std::io::Write as _;
        let path = self.file(name);
        let io = |source| SnapshotError::Io { path: path.clone(), source };
        let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(&path).map_err(io)?;
        file.write_all(bytes).and_then(|()| file.sync_all()).map_err(io)
    }

    fn read(&self, name: &str) -> Result<Vec<u8>, SnapshotError> {
        let path = self.file(name);
        let io = |source| SnapshotError::Io { path: path.clone(), source };
        let bytes = std::fs::metadata(&path).map_err(io)?.len();
        if bytes > FILE_BYTES_MAX {
            return Err(SnapshotError::TooLong { path, bytes });
        }
        std::fs::read(&path).map_err(io)
    }

    fn refused(&self, name: &str, what: impl Into<String>) -> SnapshotError {
        SnapshotError::Refused { path: self.file(name), what: what.into() }
    }

    fn list<T: Canonical>(&self, name: &str) -> Result<Vec<T>, SnapshotError> {
        let bytes = self.read(name)?;
        read_entries(&bytes).map_err(|source| SnapshotError::Format { path: self.file(name), source })
    }

    fn manifest(&self, genesis: &Genesis) -> Result<Promise, SnapshotError> {
        let bytes = self.read("manifest")?;
        let manifest = Manifest::parse(&bytes, bytes.len(), "manifest");
        let manifest = manifest.map_err(|source| SnapshotError::Format { path: self.file("manifest"), source })?;
        manifest.check(genesis).map_err(|what| self.refused("manifest", what))
    }
}

fn part_name(part: usize) -> String {
    format!("state-{part:02x}")
}

/// Reads what the manifest in `dir` promises, without looking at the other files.
///
/// # Errors
/// [`SnapshotError`] when it does not follow from the genesis.
pub fn inspect(dir: &Path, genesis: &Genesis) -> Result<Promise, SnapshotError> {
    Folder(dir).manifest(genesis)
}

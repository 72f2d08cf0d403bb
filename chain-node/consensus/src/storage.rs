//! The storage folder: who uses it, and for which chain. Found out before commonware opens it, because commonware panics.
//!
//! ```text
//! identity:  "tracelight consensus v1\n" | "genesis " hex of the block id "\n" | "block_bytes_max " decimal "\n"
//! no-votes:  a sentence saying why; while the file is there, the node follows and does not vote
//! floor:     the encoded finalization at which this engine began; kept, because a crash may come before the engine has noted it
//! ```

use std::{
    fmt::Write as _,
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

const LOCK_NAME: &str = "lock";
const IDENTITY_NAME: &str = "identity";
const FLOOR_NAME: &str = "floor";
const ENGINE_NAME: &str = "engine";
/// Name of the file in the storage folder that keeps a node from voting, see [`Activity`](crate::Activity::KeyUsedElsewhere).
pub const NO_VOTES_NAME: &str = "no-votes";
const IDENTITY_MAGIC: &str = "tracelight consensus v1";

/// Why a storage folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The operating system refused.
    #[error("cannot {action} `{path}`: {source}. Hint: is it writable for this user, and the disk not full?")]
    Io {
        /// What was tried: make, open, lock, read or write.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// Another engine runs on it.
    #[error("`{path}` is in use by another running node; give each node its own folder")]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// It was made for a chain with another genesis.
    #[error("`{path}` holds another chain (genesis {found}, configured {expected}); choose another folder")]
    OtherChain {
        /// The folder.
        path: PathBuf,
        /// Its genesis block id, in hex.
        found: String,
        /// The configured genesis block id, in hex.
        expected: String,
    },
    /// Stored blocks may be larger than the configured bound, and could not be read.
    #[error("`{path}` holds blocks of up to {stored} bytes; `block_bytes_max` {configured} must not be smaller")]
    BoundLowered {
        /// The folder.
        path: PathBuf,
        /// The largest bound used so far.
        stored: usize,
        /// The configured bound.
        configured: usize,
    },
    /// Not what this program writes.
    #[error("`{path}` is damaged; check the disk, then restore this file from a backup")]
    Damaged {
        /// The file.
        path: PathBuf,
    },
}

/// The folder, held for this process until dropped.
#[derive(Debug)]
pub(crate) struct StorageFolder {
    /// Where commonware writes.
    pub engine_dir: PathBuf,
    dir: PathBuf,
    /// Whether nothing was written there yet.
    is_new: bool,
    /// The operating system gives the lock back when the file is closed, also by a crash.
    _lock: File,
}

impl StorageFolder {
    /// Takes the folder for the chain with this genesis, making it if it is absent.
    pub fn open(dir: &Path, genesis_id: [u8; 32], block_bytes_max: usize) -> Result<Self, StorageError> {
        let io = |action, path: &Path| {
            let path = path.to_owned();
            move |source| StorageError::Io { action, path, source }
        };
        let engine_dir = dir.join(ENGINE_NAME);
        fs::create_dir_all(&engine_dir).map_err(io("make", &engine_dir))?;
        let lock_path = dir.join(LOCK_NAME);
        let mut options = OpenOptions::new();
        let lock = options.write(true).create(true).truncate(false).open(&lock_path);
        let lock = lock.map_err(io("open", &lock_path))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => StorageError::InUse { path: dir.to_owned() },
            TryLockError::Error(source) => StorageError::Io { action: "lock", path: lock_path, source },
        })?;
        check_identity(dir, genesis_id, block_bytes_max)?;
        let is_new = fs::read_dir(&engine_dir).map_err(io("read", &engine_dir))?.next().is_none();
        Ok(Self { engine_dir, dir: dir.to_owned(), is_new, _lock: lock })
    }

    /// Where the engine begins or began, if not at the genesis: what is offered counts in a new folder only.
    pub fn floor(&self, offered: Option<Vec<u8>>) -> Result<Option<Vec<u8>>, StorageError> {
        let path = self.dir.join(FLOOR_NAME);
        match (self.is_new, offered) {
            (true, Some(floor)) => {
                let written = replace(&self.dir, &path, &floor);
                written.map_err(|source| StorageError::Io { action: "write", path, source })?;
                Ok(Some(floor))
            }
            _ => match fs::read(&path) {
                Ok(floor) => Ok(Some(floor)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                Err(source) => Err(StorageError::Io { action: "read", path, source }),
            },
        }
    }

    /// What keeps the node from voting.
    pub fn votes_mark(&self) -> VotesMark {
        VotesMark { dir: self.dir.clone() }
    }
}

/// The file that keeps a node from voting. Only a person removes it.
pub(crate) struct VotesMark {
    dir: PathBuf,
}

impl VotesMark {
    /// Is it there? What cannot be looked at counts as there.
    pub fn is_set(&self) -> bool {
        self.dir.join(NO_VOTES_NAME).try_exists().unwrap_or(true)
    }

    /// Makes it, durably.
    pub fn set(&self, why: &str) -> io::Result<()> {
        replace(&self.dir, &self.dir.join(NO_VOTES_NAME), format!("{why}\n").as_bytes())
    }
}

fn check_identity(dir: &Path, genesis_id: [u8; 32], configured: usize) -> Result<(), StorageError> {
    let path = dir.join(IDENTITY_NAME);
    let expected = hex(&genesis_id);
    let write = || {
        write_identity(dir, &path, &expected, configured).map_err(|source| StorageError::Io {
            action: "write",
            path: path.clone(),
            source,
        })
    };
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return write(),
        Err(source) => {
            return Err(StorageError::Io { action: "read", path, source });
        }
    };
    let Some((found, stored)) = parse_identity(&text) else {
        return Err(StorageError::Damaged { path });
    };
    if found != expected {
        return Err(StorageError::OtherChain { path: dir.to_owned(), found: found.to_owned(), expected });
    }
    if configured < stored {
        return Err(StorageError::BoundLowered { path: dir.to_owned(), stored, configured });
    }
    if configured > stored { write() } else { Ok(()) }
}

fn parse_identity(text: &str) -> Option<(&str, usize)> {
    let mut lines = text.lines();
    let magic = lines.next()?;
    let genesis = lines.next()?.strip_prefix("genesis ")?;
    let stored = lines.next()?.strip_prefix("block_bytes_max ")?.parse().ok()?;
    (magic == IDENTITY_MAGIC && genesis.len() == 64 && lines.next().is_none()).then_some((genesis, stored))
}

fn write_identity(dir: &Path, path: &Path, genesis: &str, block_bytes_max: usize) -> io::Result<()> {
    let text = format!("{IDENTITY_MAGIC}\ngenesis {genesis}\nblock_bytes_max {block_bytes_max}\n");
    replace(dir, path, text.as_bytes())
}

/// Replaces the file as a whole, durably: after a crash there is the old one or the new one.
fn replace(dir: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = path.with_extension("new");
    let mut file = File::create(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    File::open(dir)?.sync_all()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_serves_one_engine_of_one_chain() {
        let scratch = tempfile::tempdir().expect("scratch folder");
        let dir = scratch.path().join("deep/storage");
        let open = |genesis, bytes| StorageFolder::open(&dir, [genesis; 32], bytes);
        let held = open(1, 1000).expect("new folder");
        assert!(matches!(open(1, 1000), Err(StorageError::InUse { .. })));
        drop(held);
        assert!(matches!(open(2, 1000), Err(StorageError::OtherChain { .. })));
        assert!(matches!(open(1, 999), Err(StorageError::BoundLowered { stored: 1000, configured: 999, .. })));
        drop(open(1, 2000).expect("a larger bound"));
        assert!(matches!(open(1, 1000), Err(StorageError::BoundLowered { stored: 2000, .. })));
        fs::write(dir.join(IDENTITY_NAME), "tracelight consensus v1\ngenesis 00\n").expect("writable");
        assert!(matches!(open(1, 2000), Err(StorageError::Damaged { .. })));
    }

    #[test]
    fn a_floor_counts_in_a_new_folder_and_stays() {
        let scratch = tempfile::tempdir().expect("scratch folder");
        let open = || StorageFolder::open(scratch.path(), [1; 32], 1000).expect("a folder");
        assert_eq!(open().floor(None).expect("readable"), None);
        assert_eq!(open().floor(Some(vec![1, 2])).expect("writable"), Some(vec![1, 2]));
        fs::write(scratch.path().join("engine/votes"), "").expect("writable");
        assert_eq!(open().floor(Some(vec![3])).expect("readable"), Some(vec![1, 2]));
        fs::remove_file(scratch.path().join(FLOOR_NAME)).expect("there");
        assert_eq!(open().floor(Some(vec![3])).expect("readable"), None, "this one began at the genesis");
    }

    #[test]
    fn the_mark_against_voting_stays() {
        let scratch = tempfile::tempdir().expect("scratch folder");
        let open = || StorageFolder::open(scratch.path(), [1; 32], 1000).expect("a folder");
        assert!(!open().votes_mark().is_set());
        open().votes_mark().set("because").expect("writable");
        assert!(open().votes_mark().is_set());
        assert_eq!(fs::read_to_string(scratch.path().join(NO_VOTES_NAME)).expect("there"), "because\n");
    }

    #[test]
    fn a_file_in_the_way_is_named() {
        let scratch = tempfile::tempdir().expect("scratch folder");
        let dir = scratch.path().join("storage");
        fs::write(&dir, "not a folder").expect("writable");
        let error = StorageFolder::open(&dir, [1; 32], 1000).expect_err("a file stands there");
        assert!(error.to_string().contains("storage"), "{error}");
    }
}

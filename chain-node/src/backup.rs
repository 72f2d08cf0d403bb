//! `chain-node backup`, `restore` and `snapshot`: copies of the chain, and starting from one.
//!
//! | command | source | writes | trusts |
//! |---|---|---|---|
//! | `backup DIR` | the node's own store, also while it runs | `DIR/store`, `DIR/genesis.bin`, `DIR/backup.json` | itself |
//! | `restore DIR` | a backup | the data folder, which has no chain yet | who made the backup |
//! | `snapshot make DIR` | the node's own store, stopped or as of now | files, see [`crate::store::snapshot`] | itself |
//! | `snapshot restore DIR` | anybody's snapshot | the data folder, which has no chain yet | the genesis alone |
//!
//! What a validator voted is never copied: a node that took up old votes could vote a second time. Whoever restores, from
//! a backup or a snapshot, leaves the file [`QUARANTINE`] in the data folder before the store takes its place: the node follows
//! and answers, and does not vote in any epoch that began before that moment. So it cannot contradict a vote that it cast
//! after the copy was made and no longer knows of.
//!
//! A copy is read through and checked as a whole before it counts, and a folder that holds a chain is never overwritten: what
//! is restored is built beside it and renamed.

use crate::clock::system_ms;
use crate::config::NodeConfig;
use crate::run::{CONSENSUS_DIR, QUARANTINE, STORE_DIR, shown};
use crate::store::snapshot::{self, Promise, SnapshotError};
use crate::store::{Head, Report, Store, StoreError};
use std::fs::{self, File};
use std::io::Write as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use thiserror::Error;
use tracelight_domain::ids::Height;
use tracelight_proof::codec::Canonical as _;
use tracelight_proof::genesis::{Genesis, GenesisError};

const RESTORING: &str = "store.restoring";
/// Times that opening a running node's store is tried: it may remove files while we open them.
const OPEN_TRIES: usize = 5;

/// Why a copy was not made or not taken.
#[derive(Debug, Error)]
pub enum BackupError {
    /// A store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A snapshot.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// A file or folder.
    #[error("cannot use `{path}`: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// The genesis.
    #[error("`{path}`: {source}")]
    Genesis {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: GenesisError,
    },
    /// A folder that would be overwritten.
    #[error("`{path}` exists and is not overwritten; move it away first, or choose another folder")]
    Exists {
        /// The folder.
        path: PathBuf,
    },
    /// The copy is damaged.
    #[error("the store in `{path}` is damaged, in `{column}`: {what}; nothing was changed. Use another copy")]
    Damaged {
        /// The folder.
        path: PathBuf,
        /// Column family.
        column: &'static str,
        /// What is wrong.
        what: String,
    },
}

/// The alliance of a configuration.
///
/// # Errors
/// [`BackupError`] naming the file.
pub fn genesis(config: &NodeConfig) -> Result<Genesis, BackupError> {
    let path = &config.genesis;
    let bytes = fs::read(path).map_err(|source| BackupError::Io { path: path.clone(), source })?;
    Genesis::parse_checked(&bytes).map_err(|source| BackupError::Genesis { path: path.clone(), source })
}

/// Opens the node's store as of now, beside the node if it runs.
///
/// # Errors
/// [`StoreError`] of the last try.
pub fn open_beside(config: &NodeConfig) -> Result<Store, StoreError> {
    let path = config.data_dir.join(STORE_DIR);
    let mut tries = 1;
    loop {
        match Store::open_read_only(&path) {
            Err(StoreError::Open { .. } | StoreError::Read { .. }) if tries < OPEN_TRIES => tries += 1,
            answer => return answer,
        }
    }
}

/// Copies the node's chain to `dir`, and checks the copy. Returns its head.
///
/// # Errors
/// [`BackupError`]; what is in `dir` then is no backup.
pub fn backup(config: &NodeConfig, dir: &Path) -> Result<Head, BackupError> {
    let genesis = genesis(config)?;
    absent_or_empty(dir)?;
    let store = dir.join(STORE_DIR);
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| BackupError::Io { path, source }
    };
    fs::create_dir_all(&store).map_err(io(&store))?;
    let head = open_beside(config)?.copy_to(&store)?;
    checked(&store)?;
    write_new(&dir.join("genesis.bin"), &genesis.to_bytes())?;
    let note = serde_json::json!({
        "chain_id": genesis.chain_id().to_string(),
        "height": head.height,
        "block_id": head.block.to_string(),
        "state_root": head.commitments.state_root.to_string(),
        "made_ms": system_ms(),
        "program": env!("CARGO_PKG_VERSION"),
    });
    // Written last: a folder without it is no backup.
    write_new(&dir.join("backup.json"), format!("{note:#}\n").as_bytes())?;
    Ok(head)
}

/// Puts the chain of a backup into the data folder.
///
/// # Errors
/// [`BackupError`]; the data folder is as before.
pub fn restore(config: &NodeConfig, dir: &Path) -> Result<Height, BackupError> {
    let genesis = genesis(config)?;
    let note = dir.join("backup.json");
    fs::metadata(&note).map_err(|source| BackupError::Io { path: note, source })?;
    let from = dir.join(STORE_DIR);
    let source = Store::open_read_only(&from)?;
    if source.chain()? != genesis.chain_id() {
        return Err(StoreError::OtherChain { path: from, found: source.chain()?, expected: genesis.chain_id() }.into());
    }
    put_in_place(config, |to| {
        let head = source.copy_to(to)?;
        checked(to)?;
        Ok(head.height)
    })
}

/// Writes a snapshot of the newest certified state to `dir`.
///
/// # Errors
/// [`BackupError`]; a folder without a manifest is no snapshot.
pub fn make_snapshot(config: &NodeConfig, dir: &Path) -> Result<Promise, BackupError> {
    absent_or_empty(dir)?;
    Ok(open_beside(config)?.make_snapshot(dir)?)
}

/// Puts the chain of a snapshot into the data folder.
///
/// # Errors
/// [`BackupError`]; the data folder is as before.
pub fn restore_snapshot(config: &NodeConfig, dir: &Path) -> Result<Report, BackupError> {
    let genesis = genesis(config)?;
    // What the manifest alone shows is refused before a folder is made.
    snapshot::inspect(dir, &genesis)?;
    put_in_place(config, |to| Ok(snapshot::load(dir, to, &genesis)?))
}

/// Builds a store beside the place where the node expects it, and renames it when it is whole.
fn put_in_place<T>(config: &NodeConfig, build: impl FnOnce(&Path) -> Result<T, BackupError>) -> Result<T, BackupError> {
    let data = &config.data_dir;
    for name in [STORE_DIR, CONSENSUS_DIR, RESTORING] {
        absent_or_empty(&data.join(name))?;
    }
    let (restoring, store) = (data.join(RESTORING), data.join(STORE_DIR));
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| BackupError::Io { path, source }
    };
    fs::create_dir_all(&restoring).map_err(io(&restoring))?;
    let built = build(&restoring);
    let finished = built.and_then(|built| {
        // From here on the node does not vote in this epoch, whatever happens to the rest.
        let mark = data.join(QUARANTINE);
        let mut file = File::create(&mark).map_err(io(&mark))?;
        file.write_all(format!("{}\n", system_ms()).as_bytes()).and_then(|()| file.sync_all()).map_err(io(&mark))?;
        File::open(data).and_then(|folder| folder.sync_all()).map_err(io(data))?;
        if store.exists() {
            // It is empty, which was looked at above; anything else stays.
            fs::remove_dir(&store).map_err(io(&store))?;
        }
        fs::rename(&restoring, &store).map_err(io(&store))?;
        File::open(data).and_then(|folder| folder.sync_all()).map_err(io(data))?;
        Ok(built)
    });
    if finished.is_err()
        && let Err(error) = fs::remove_dir_all(&restoring)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::warn!("Cannot remove `{}`: {error}", shown(&restoring));
    }
    finished
}

/// Reads a store through.
fn checked(path: &Path) -> Result<Report, BackupError> {
    let report = Store::open_read_only(path)?.check(&mut |_| ControlFlow::Continue(()))?;
    match report.findings.first() {
        None => Ok(report),
        Some(finding) => {
            Err(BackupError::Damaged { path: path.to_owned(), column: finding.column, what: finding.what.clone() })
        }
    }
}

fn absent_or_empty(path: &Path) -> Result<(), BackupError> {
    match fs::read_dir(path).map(|mut entries| entries.next().is_none()) {
        Ok(true) => Ok(()),
        Ok(false) => Err(BackupError::Exists { path: path.to_owned() }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(BackupError::Io { path: path.to_owned(), source }),
    }
}

fn write_new(path: &Path, bytes: &[u8]) -> Result<(), BackupError> {
    let io = |source| BackupError::Io { path: path.to_owned(), source };
    let mut file = File::options().write(true).create_new(true).open(path).map_err(io)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(io)
}

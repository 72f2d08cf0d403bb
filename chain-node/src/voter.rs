//! Which folder holds the votes of a validator's key.
//!
//! A validator that forgot what it voted for in a view that is still open could vote again, for something else: two
//! contradicting signatures, for which anybody can call it a cheat. What it voted for is in its consensus folder. So that folder
//! has a random name of its own, and the same name stands beside the key:
//!
//! ```text
//! DATA_DIR/consensus/voter   32 hexadecimal digits and a line feed; made with the folder
//! VALIDATOR_KEY.voter        the same, of the folder that this key votes from
//! ```
//! When they differ, or the folder's is gone while the key's is there (the disk was replaced, the folder removed or
//! copied from elsewhere), the node is put in quarantine before anything else: it follows, and votes again in the first
//! epoch that began after this moment. All votes of earlier views are decided by then. A key without a note beside it has
//! not voted here; whoever brings a key from another machine without its data folder writes the quarantine by hand
//! (`docs/runbook.md`).

use crate::run::{CONSENSUS_DIR, QUARANTINE};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Name of the note in the consensus folder.
pub const VOTER: &str = "voter";

/// Why the note cannot be kept.
#[derive(Debug, Error)]
#[error("cannot {action} `{path}`, which says which folder holds this key's votes: {source}")]
pub struct VoterError {
    /// What was tried.
    action: &'static str,
    /// The file.
    path: PathBuf,
    /// What the operating system says.
    source: io::Error,
}

/// Compares the two notes and makes what is missing; puts the node in quarantine where its folder is not the one that the key
/// voted from. Returns whether it did.
///
/// # Errors
/// [`VoterError`]. A folder of the key that cannot be written is not one: a key may be mounted read-only, and then only a
/// note that is there already is compared.
pub fn note(key: &Path, data_dir: &Path, now_ms: u64) -> Result<bool, VoterError> {
    let folder = data_dir.join(CONSENSUS_DIR);
    let failed = |source| VoterError { action: "make", path: folder.clone(), source };
    fs::create_dir_all(&folder).map_err(failed)?;
    let in_folder = folder.join(VOTER);
    let mut beside_key = key.as_os_str().to_owned();
    beside_key.push(".voter");
    let beside_key = PathBuf::from(beside_key);
    let (here, known) = (read(&in_folder)?, read(&beside_key)?);
    let strange = known.is_some() && here != known;
    if strange {
        tracing::warn!(
            "The votes of `{}` were in another folder than `{}`: the node is put in quarantine. If more than a third of all \
             validators lost their folders at once, the chain cannot go on by itself; see the runbook",
            key.display(),
            folder.display()
        );
        write(&data_dir.join(QUARANTINE), &format!("{now_ms}\n"))?;
    }
    let name = match here {
        Some(name) => name,
        None => {
            let name = new_name(&in_folder)?;
            write(&in_folder, &name)?;
            name
        }
    };
    if known.as_ref() != Some(&name)
        && let Err(error) = write(&beside_key, &name)
    {
        tracing::warn!("{error}. Without it a lost data folder goes unnoticed");
    }
    Ok(strange)
}

/// 16 random bytes in hexadecimal and a line feed.
fn new_name(path: &Path) -> Result<String, VoterError> {
    let random = tracelight_keys::file::random::<16>();
    let failed = |error: tracelight_keys::KeyError| VoterError {
        action: "make",
        path: path.to_owned(),
        source: io::Error::other(error),
    };
    Ok(format!("{}\n", hex::encode(random.map_err(failed)?.as_slice())))
}

fn read(path: &Path) -> Result<Option<String>, VoterError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(VoterError { action: "read", path: path.to_owned(), source }),
    }
}

/// Replaces a file as a whole, durably.
fn write(path: &Path, text: &str) -> Result<(), VoterError> {
    let replace = || {
        let temporary = path.with_extension("new");
        let mut file = File::create(&temporary)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        match path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            Some(parent) => File::open(parent)?.sync_all(),
            None => Ok(()),
        }
    };
    replace().map_err(|source| VoterError { action: "write", path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Place(tempfile::TempDir);

    impl Place {
        fn new() -> Self {
            let place = Self(tempfile::tempdir().expect("scratch"));
            fs::create_dir(place.data()).expect("made");
            place
        }
        fn data(&self) -> PathBuf {
            self.0.path().join("data")
        }
        fn start(&self) -> bool {
            note(&self.0.path().join("validator.key"), &self.data(), 7).expect("noted")
        }
        fn quarantine(&self) -> Option<String> {
            fs::read_to_string(self.data().join(QUARANTINE)).ok()
        }
    }

    #[test]
    fn the_same_folder_is_the_same_at_every_start() {
        let place = Place::new();
        assert!(!place.start() && !place.start());
        assert_eq!(place.quarantine(), None);
        // A crash between the two notes.
        fs::remove_file(place.0.path().join("validator.key.voter")).expect("there");
        assert!(!place.start() && !place.start());
    }

    #[test]
    fn a_folder_that_is_gone_or_another_ones_is_put_in_quarantine_once() {
        let place = Place::new();
        assert!(!place.start());
        fs::remove_dir_all(place.data().join(CONSENSUS_DIR)).expect("there");
        assert!(place.start());
        assert_eq!(place.quarantine().as_deref(), Some("7\n"));
        assert!(!place.start(), "noted once");
        assert!(place.quarantine().is_some(), "and it stays, until an epoch has passed");
        fs::write(place.data().join(CONSENSUS_DIR).join(VOTER), "another\n").expect("ours");
        assert!(place.start() && !place.start());
    }
}

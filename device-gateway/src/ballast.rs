//! Room that is given up when the disk is full, so that what waits can still leave it.
//!
//! To make room the gateway has to write first: signed transactions, then its progress. A disk that its own spool has filled
//! would never get empty again. So a file of [`BYTES`] is kept. When a write fails for good, it is removed, and until it can
//! be made again only readings that end something are taken.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// A window of the largest transactions, twice.
pub const BYTES: usize = 2 * 1024 * 1024;

/// The file.
#[derive(Clone, Debug)]
pub struct Ballast {
    path: PathBuf,
    given: PathBuf,
}

impl Ballast {
    /// Of a folder of data.
    #[must_use]
    pub fn of(folder: &Path) -> Self {
        Self { path: folder.join("ballast"), given: folder.join("ballast.given") }
    }

    /// Was it given up, and not made again?
    #[must_use]
    pub fn is_given(&self) -> bool {
        self.given.exists()
    }

    /// Makes it if it is not there. Says whether it is there now.
    #[must_use]
    pub fn restore(&self) -> bool {
        let whole = fs::metadata(&self.path).is_ok_and(|meta| meta.len() == BYTES as u64);
        if !whole && self.write().is_err() {
            // Half a ballast is no use, and takes room.
            let _ = fs::remove_file(&self.path);
            return false;
        }
        match fs::remove_file(&self.given) {
            Ok(()) => true,
            Err(error) => error.kind() == io::ErrorKind::NotFound,
        }
    }

    fn write(&self) -> io::Result<()> {
        let mut file = File::create(&self.path)?;
        // Not a hole: the room has to be taken.
        let block = [0x5a; 64 * 1024];
        for _ in 0..BYTES / block.len() {
            file.write_all(&block)?;
        }
        file.sync_all()
    }

    /// Gives it up.
    ///
    /// # Errors
    /// The operating system's.
    pub fn give(&self) -> io::Result<()> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        File::create(&self.given).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_made_given_up_remembered_as_given_and_made_again() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let ballast = Ballast::of(folder.path());
        assert!(ballast.restore() && ballast.restore() && !ballast.is_given());
        ballast.give().expect("our folder");
        assert!(ballast.is_given() && !folder.path().join("ballast").exists());
        assert!(Ballast::of(folder.path()).is_given(), "a restart does not forget it");
        assert!(ballast.restore() && !ballast.is_given());
        assert!(!Ballast::of(&folder.path().join("nowhere")).restore());
    }
}

//! Batches on disk, so that a line runs while the server is away and recovery sees what the line saw.
//!
//! ```text
//! {gtin}-{lot in hex}.sheet     the server's `LineBatch` as one line of JSON, then one serial a line
//! ```
//! The file holds the batch's secret and is readable by its owner only. It is replaced when a line asks to start on the
//! batch and the server answers; never while the batch is open.

use crate::files;
use crate::line::Sheet;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use thiserror::Error;
use tracelight_api::Base64;
use tracelight_api::rest::line::LineBatch;
use tracelight_domain::gs1::{Date, Serial};
use tracelight_domain::ids::BatchId;

/// Codes of one batch that a gateway holds.
pub const ISSUED_MAX: usize = 5_000_000;
/// Bytes of a file: serials of at most 20 characters and their line ends, and room for the head.
const SHEET_BYTES_MAX: u64 = ISSUED_MAX as u64 * 21 + 64 * 1024;

/// Why a batch cannot be kept or read.
#[derive(Debug, Error)]
pub enum CatalogueError {
    /// The disk said no.
    #[error("cannot use `{}`: {source}", .path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The file or the server's answer is not a batch.
    #[error("batch {batch}: {what}")]
    NotABatch {
        /// Which.
        batch: String,
        /// What is wrong.
        what: String,
    },
}

/// The folder of batches.
#[derive(Clone, Debug)]
pub struct Catalogue {
    folder: PathBuf,
}

impl Catalogue {
    /// Opens the folder, and makes it if its parent exists.
    ///
    /// # Errors
    /// [`CatalogueError::Io`].
    pub fn open(folder: &Path) -> Result<Self, CatalogueError> {
        match std::fs::create_dir(folder) {
            Err(source) if source.kind() != std::io::ErrorKind::AlreadyExists => {
                Err(CatalogueError::Io { path: folder.to_owned(), source })
            }
            _ => Ok(Self { folder: folder.to_owned() }),
        }
    }

    /// Keeps a batch. Durable when it returns.
    ///
    /// # Errors
    /// [`CatalogueError::Io`].
    pub fn store(&self, sheet: &Sheet) -> Result<(), CatalogueError> {
        let batch = LineBatch {
            gtin: sheet.batch.gtin.to_string(),
            lot: sheet.batch.lot.to_string(),
            expires_on: sheet.expires_on.map(|date| date.to_string()).unwrap_or_default(),
            batch_secret: Base64(sheet.secret.to_vec()),
            issued: sheet.issued.len() as u64,
            quota: sheet.quota,
            sealed: sheet.sealed,
            line: sheet.line.clone(),
        };
        let mut text = serde_json::to_string(&batch).map_err(|error| not_a_batch(&sheet.batch, &error))?;
        text.push('\n');
        for serial in &sheet.issued {
            text.push_str(serial.as_str());
            text.push('\n');
        }
        let path = self.path(&sheet.batch);
        files::replace(&path, text.as_bytes()).map_err(|source| CatalogueError::Io { path, source })
    }

    /// A batch that was kept.
    ///
    /// # Errors
    /// [`CatalogueError`].
    pub fn load(&self, batch: &BatchId) -> Result<Option<Sheet>, CatalogueError> {
        let path = self.path(batch);
        let Some(bytes) = files::read(&path, SHEET_BYTES_MAX).map_err(|source| CatalogueError::Io { path, source })?
        else {
            return Ok(None);
        };
        let text = String::from_utf8(bytes).map_err(|error| not_a_batch(batch, &error))?;
        let (head, codes) = text.split_once('\n').unwrap_or((&text, ""));
        let head: LineBatch = serde_json::from_str(head).map_err(|error| not_a_batch(batch, &error))?;
        sheet(batch, &head, codes).map(Some)
    }

    fn path(&self, batch: &BatchId) -> PathBuf {
        self.folder.join(format!("{}-{}.sheet", batch.gtin, hex::encode(batch.lot.as_bytes())))
    }
}

/// The sheet of a batch from what the server says, one serial a line.
///
/// # Errors
/// [`CatalogueError::NotABatch`]: another batch, a secret of another length, a serial that is none, too many.
pub fn sheet(batch: &BatchId, head: &LineBatch, codes: &str) -> Result<Sheet, CatalogueError> {
    if head.gtin != batch.gtin.as_str() || head.lot != batch.lot.as_str() {
        return Err(not_a_batch(batch, &format!("the answer is about ({}, {})", head.gtin, head.lot)));
    }
    let secret = head.batch_secret.0.as_slice().try_into();
    let secret = secret.map_err(|_| not_a_batch(batch, &"the batch secret is not 32 bytes"))?;
    // Copies that were kept by an earlier version do not name the date.
    let expires_on = match head.expires_on.as_str() {
        "" => None,
        text => Some(Date::parse_iso(text).map_err(|error| not_a_batch(batch, &format!("expires_on: {error}")))?),
    };
    let mut issued = BTreeSet::new();
    for (index, line) in codes.lines().filter(|line| !line.is_empty()).enumerate() {
        let serial =
            Serial::parse(line).map_err(|error| not_a_batch(batch, &format!("code {}: {error}", index + 1)))?;
        issued.insert(serial);
        if issued.len() > ISSUED_MAX {
            return Err(not_a_batch(batch, &format!("more than {ISSUED_MAX} codes")));
        }
    }
    let (quota, sealed, line) = (head.quota, head.sealed, head.line.clone());
    Ok(Sheet { batch: batch.clone(), secret, issued, expires_on, quota, sealed, line })
}

fn not_a_batch(batch: &BatchId, what: &dyn std::fmt::Display) -> CatalogueError {
    CatalogueError::NotABatch { batch: batch.to_string(), what: what.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::batch_id;

    #[test]
    fn a_batch_is_kept_and_read_back_and_the_file_is_private() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a scratch folder");
        let catalogue = Catalogue::open(&folder.path().join("sheets")).expect("opens");
        let batch = batch_id("09506000134352", "A/b-1").expect("a batch");
        assert!(catalogue.load(&batch).expect("reads").is_none());
        let issued = ["S1", "s1", "Z%2"].map(|text| Serial::parse(text).expect("a serial")).into();
        let sheet = Sheet {
            batch: batch.clone(),
            secret: [3; 32],
            issued,
            expires_on: Date::parse_iso("2027-10-31").ok(),
            quota: 9,
            sealed: false,
            line: "xian/line-2".to_owned(),
        };
        catalogue.store(&sheet).expect("stores");
        assert_eq!(catalogue.load(&batch).expect("reads"), Some(sheet));
        let mode = std::fs::metadata(catalogue.path(&batch)).expect("is there").permissions().mode();
        assert_eq!(mode & 0o077, 0);
    }
}

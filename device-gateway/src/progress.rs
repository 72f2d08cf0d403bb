//! What has to be known of readings that are no longer in the spool: `progress.json`, replaced before segments are deleted.

use crate::files;
use crate::sequence::BootMark;
use crate::topic::LineKey;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Batches closed by this gateway that are remembered, so that none is opened again before the server knows.
pub const CLOSED_MAX: usize = 10_000;
const VERSION: u32 = 1;
/// Bytes of the file: thousands of devices with all boots that are remembered of each, 100 B a boot.
const BYTES_MAX: u64 = 64 << 20;

/// The file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Progress {
    /// Version of the file.
    pub version: u32,
    /// Id of the spool's next record when the file was written.
    pub next_id: u64,
    /// For each line, the first record that still matters.
    pub lines: Vec<LineMark>,
    /// Numbers held of each boot.
    pub boots: Vec<BootMark>,
    /// GTIN and lot of batches that this gateway has closed, oldest first.
    pub closed: Vec<(String, String)>,
}

/// Everything of this line before `from` is final.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineMark {
    /// Site.
    pub site: String,
    /// Line.
    pub line: String,
    /// Record id.
    pub from: u64,
}

impl Default for Progress {
    fn default() -> Self {
        Self { version: VERSION, next_id: 1, lines: Vec::new(), boots: Vec::new(), closed: Vec::new() }
    }
}

impl Progress {
    /// Reads the file; a gateway without one starts anew.
    ///
    /// # Errors
    /// A sentence that names the file.
    pub fn load(path: &Path) -> Result<Self, String> {
        let named = |what: &dyn std::fmt::Display| format!("`{}`: {what}", path.display());
        let Some(bytes) = files::read(path, BYTES_MAX).map_err(|error| named(&error))? else {
            return Ok(Self::default());
        };
        let progress: Self = serde_json::from_slice(&bytes).map_err(|error| named(&error))?;
        if progress.version != VERSION {
            return Err(named(&format!("version {} is not {VERSION}", progress.version)));
        }
        Ok(progress)
    }

    /// Replaces the file. Durable when it returns.
    ///
    /// # Errors
    /// A sentence that names the file.
    pub fn store(&self, path: &Path) -> Result<(), String> {
        let bytes = serde_json::to_vec(self).map_err(|error| error.to_string())?;
        files::replace(path, &bytes).map_err(|error| format!("`{}`: {error}", path.display()))
    }

    /// The first record of a line that still matters.
    #[must_use]
    pub fn line_from(&self, line: &LineKey) -> u64 {
        self.lines.iter().find(|mark| mark.site == line.site && mark.line == line.line).map_or(0, |mark| mark.from)
    }
}

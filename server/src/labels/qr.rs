//! QR codes as rectangles. Error correction M (15 %), quiet zone of four modules (ISO/IEC 18004).

use super::LabelError;
use qrcode::{Color, EcLevel, QrCode};

/// Light modules around the symbol.
pub const QUIET_MODULES: usize = 4;

/// A QR symbol without its quiet zone.
pub struct Symbol {
    modules: usize,
    /// Row by row, dark or not.
    dark: Vec<bool>,
}

/// A run of dark modules in one row, in modules from the symbol's top left corner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// First column.
    pub column: usize,
    /// Row.
    pub row: usize,
    /// Columns.
    pub length: usize,
}

impl Symbol {
    /// Encodes text.
    ///
    /// # Errors
    /// [`LabelError::TooLong`].
    pub fn new(text: &str) -> Result<Self, LabelError> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M)
            .map_err(|_| LabelError::TooLong { bytes: text.len() })?;
        let modules = code.width();
        let dark = code.into_colors().into_iter().map(|color| color == Color::Dark).collect();
        Ok(Self { modules, dark })
    }

    /// Modules on a side, quiet zone included.
    #[must_use]
    pub fn modules_with_quiet_zone(&self) -> usize {
        self.modules + 2 * QUIET_MODULES
    }

    /// The dark modules, joined along rows: fewer rectangles, and no hairlines between neighbours in a viewer.
    #[must_use]
    pub fn runs(&self) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        for (row, line) in self.dark.chunks(self.modules.max(1)).enumerate() {
            let mut open: Option<Run> = None;
            for (column, dark) in line.iter().enumerate() {
                match (&mut open, dark) {
                    (Some(run), true) => run.length += 1,
                    (None, true) => open = Some(Run { column, row, length: 1 }),
                    (_, false) => runs.extend(open.take()),
                }
            }
            runs.extend(open);
        }
        runs
    }
}

//! Sheet presets: where labels stand on A4 paper, in millimetres.
//!
//! The figures are those of common self-adhesive sheets. Every page also carries a ruler of [`RULER_MM`] in the bottom
//! margin: when it does not measure 50 mm, the print dialogue has scaled the page and the codes are too small.

/// A4.
pub const PAGE_MM: (f32, f32) = (210.0, 297.0);
/// Length of the calibration ruler.
pub const RULER_MM: f32 = 50.0;

/// A grid of equal labels on A4.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Preset {
    /// Stable name, used in requests.
    pub name: &'static str,
    /// Labels across.
    pub columns: usize,
    /// Labels down.
    pub rows: usize,
    /// Width and height of a label.
    pub label: (f32, f32),
    /// From the page's top left corner to the first label's.
    pub margin: (f32, f32),
    /// From one label's corner to the next one's.
    pub pitch: (f32, f32),
}

/// All presets; the first is the default.
pub const PRESETS: [Preset; 3] = [
    Preset { name: "a4-21", columns: 3, rows: 7, label: (63.5, 38.1), margin: (7.25, 15.15), pitch: (66.0, 38.1) },
    Preset { name: "a4-24", columns: 3, rows: 8, label: (64.0, 33.8), margin: (9.0, 13.3), pitch: (64.0, 33.8) },
    Preset { name: "a4-40", columns: 4, rows: 10, label: (48.5, 25.4), margin: (8.0, 21.5), pitch: (48.5, 25.4) },
];

impl Preset {
    /// The preset with this name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        PRESETS.into_iter().find(|preset| preset.name == name)
    }

    /// Labels on one page.
    #[must_use]
    pub const fn per_page(&self) -> usize {
        self.columns * self.rows
    }

    /// Top left corner of the label at `position` (row by row, from 0) on its page.
    #[must_use]
    pub fn corner_mm(&self, position: usize) -> (f32, f32) {
        let column = position % self.columns;
        let row = position / self.columns;
        // At most 4 columns and 10 rows, exact in f32.
        (self.margin.0 + column as f32 * self.pitch.0, self.margin.1 + row as f32 * self.pitch.1)
    }
}

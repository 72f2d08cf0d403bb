//! What stands where on one label: the one layout from which PDF, ZPL and the preview are made.
//!
//! ```text
//! drawing  = grid, width, height, marks in the order of printing
//! mark     = symbol (modules, top left dark module, dots of a module) | text (one line) | rule (a filled rectangle)
//! ```
//! Positions are whole dots from the top left corner. An output adds nothing and leaves nothing out: what a preview shows
//! is what is printed, but for the face of the letters, which is the printer's own.

use crate::grid::Grid;
use crate::symbol::Symbol;

/// Width of a narrow character in thousandths of the text's height: that of DejaVu Sans Mono.
pub const ADVANCE_PERMILLE: u32 = 602;
/// Width of a wide (Chinese) character.
const WIDE_PERMILLE: u32 = 1000;

/// One label.
#[derive(Clone, Debug)]
pub struct Drawing {
    /// The grid of all numbers below.
    pub grid: Grid,
    /// Dots across.
    pub width: u32,
    /// Dots down.
    pub height: u32,
    /// What is printed.
    pub marks: Vec<Mark>,
}

/// One thing on a label.
#[derive(Clone, Debug)]
pub enum Mark {
    /// A barcode, without its quiet zone.
    Symbol(Placed),
    /// One line of text.
    Text(Line),
    /// A filled rectangle.
    Rule(Area),
}

/// A symbol in its place.
#[derive(Clone, Debug)]
pub struct Placed {
    /// Its modules.
    pub symbol: Symbol,
    /// Left edge of the first column.
    pub left: u32,
    /// Upper edge of the first row.
    pub top: u32,
    /// Dots across of one module.
    pub module_width: u32,
    /// Dots down of one module; the height of the bars of a linear symbol.
    pub module_height: u32,
}

/// One line of text. Whatever is in it is text: outputs escape it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Left edge.
    pub left: u32,
    /// Upper edge.
    pub top: u32,
    /// Height in dots, from the upper edge of tall letters to the lower edge of hanging ones.
    pub size: u32,
    /// The text.
    pub text: String,
}

/// A rectangle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Area {
    /// Left edge.
    pub left: u32,
    /// Upper edge.
    pub top: u32,
    /// Dots across.
    pub width: u32,
    /// Dots down.
    pub height: u32,
}

/// Is it drawn as wide as it is high? All that is neither Latin nor a neighbour of it.
#[must_use]
pub fn is_wide(character: char) -> bool {
    character >= '\u{1100}'
}

/// Dots that a text takes at a height.
#[must_use]
pub fn text_width(text: &str, size: u32) -> u32 {
    let permille = |c: char| if is_wide(c) { WIDE_PERMILLE } else { ADVANCE_PERMILLE };
    let total: u64 = text.chars().map(|c| u64::from(permille(c))).sum();
    u32::try_from(total * u64::from(size) / 1000).unwrap_or(u32::MAX)
}

/// The beginning of a text that fits into `width` at this height, with `...` where something was cut off.
#[must_use]
pub fn fitting(text: &str, size: u32, width: u32) -> String {
    if text_width(text, size) <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    for character in text.chars() {
        kept.push(character);
        if text_width(&kept, size) + text_width("...", size) > width {
            kept.pop();
            break;
        }
    }
    kept + "..."
}

impl Line {
    /// Dots across.
    #[must_use]
    pub fn width(&self) -> u32 {
        text_width(&self.text, self.size)
    }
}

impl Placed {
    /// The dark rectangles in dots: runs of modules, joined along rows, so that there are no hairlines between neighbours.
    pub fn areas(&self) -> impl Iterator<Item = Area> + '_ {
        self.symbol.runs().into_iter().map(|run| Area {
            left: self.left + run.column as u32 * self.module_width,
            top: self.top + run.row as u32 * self.module_height,
            width: run.length as u32 * self.module_width,
            height: self.module_height,
        })
    }

    /// Dots across, without the quiet zone.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.symbol.columns() as u32 * self.module_width
    }

    /// Dots down, without the quiet zone.
    #[must_use]
    pub fn height(&self) -> u32 {
        self.symbol.rows() as u32 * self.module_height
    }
}

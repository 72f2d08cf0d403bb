//! The logistic label of a case or pallet (GS1 Logistic Label Guideline; GS1 General Specifications 6.6).
//!
//! ```text
//! free format     from whom, to whom
//! text            data titles and data: SSCC, CONTENT, COUNT, USE BY or EXPIRY, BATCH/LOT    | GS1 DataMatrix with all of it
//! barcodes        GS1-128 (02)(37)       when it fits
//!                 GS1-128 (17)(10)       when it fits
//!                 GS1-128 (00)           always, and always the lowest
//! ```
//! A GS1-128 has a module of at least 0.495 mm and bars of at least 31.75 mm (symbol specification table 5), and its
//! interpretation for people below it; at half a millimetre a long lot is wider than the label. Such a group stands in the
//! text and in the DataMatrix (module at least 0.743 mm), which holds everything. Text of the text block is 7 mm high where
//! there is room, as the guideline wants, and less on small labels.

use crate::LabelError;
use crate::drawing::{ADVANCE_PERMILLE, Area, Drawing, Line, Mark, Placed, fitting};
use crate::grid::Grid;
use crate::symbol::Symbol;
use tracelight_domain::gs1::ai::Ai;
use tracelight_domain::gs1::{Date, Gtin, Lot, Sscc, element_string};

/// (37) has at most eight digits.
pub const COUNT_MAX: u32 = 99_999_999;
/// Bytes of a name in the free-format block; what does not fit on its line is cut off with dots.
pub const NAME_BYTES_MAX: usize = 200;

const LINEAR_MODULE_MM_MIN: f32 = 0.495;
const BAR_MM: f32 = 31.75;
const MATRIX_MODULE_MM_MIN: f32 = 0.743;
const MARGIN_MM: f32 = 2.0;
const HRI_MM: f32 = 2.8;
const TEXT_MM_MAX: f32 = 7.0;
const TEXT_MM_MIN: f32 = 1.8;
const RULE_MM: f32 = 0.25;
/// Height that text and DataMatrix keep, whatever linear symbols there are: a DataMatrix of all data is at most 28.5 mm.
const WORDS_MM_MIN: f32 = 33.0;
const LEADING_PERCENT: u32 = 115;

/// What stands on the label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogisticFacts {
    /// AI 00.
    pub sscc: Sscc,
    /// Who sends it; a name in any language.
    pub from: String,
    /// Who gets it; empty while that is not known.
    pub to: String,
    /// What is in it, when it is all of one kind.
    pub content: Option<Content>,
}

/// The content of a case or pallet whose packs are all of one product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// AI 02.
    pub gtin: Gtin,
    /// AI 37, 1 to [`COUNT_MAX`].
    pub count: u32,
    /// AI 10, when all are of one lot.
    pub lot: Option<Lot>,
    /// AI 17, likewise.
    pub expires_on: Option<Date>,
}

/// The paper.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogisticStock {
    /// Stable name, used in requests.
    pub name: &'static str,
    /// Width and height in millimetres.
    pub label: (f32, f32),
}

/// Usual sizes; the first is the default.
pub const LOGISTIC_STOCKS: [LogisticStock; 3] = [
    LogisticStock { name: "a6", label: (105.0, 148.0) },
    LogisticStock { name: "4x6in", label: (101.6, 152.4) },
    LogisticStock { name: "a5", label: (148.0, 210.0) },
];

impl LogisticStock {
    /// The stock with this name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        LOGISTIC_STOCKS.into_iter().find(|stock| stock.name == name)
    }
}

type Elements = Vec<(Ai, String)>;

impl LogisticFacts {
    /// The groups of data that belong together, the SSCC last.
    fn groups(&self) -> Vec<Elements> {
        let mut groups = Vec::new();
        if let Some(content) = &self.content {
            groups.push(vec![(Ai::CONTENT, content.gtin.to_string()), (Ai::COUNT, content.count.to_string())]);
            let expiry = content.expires_on.map(|date| (Ai::EXPIRY, date.yymmdd()));
            let lot = content.lot.as_ref().map(|lot| (Ai::LOT, lot.to_string()));
            let trace: Elements = expiry.into_iter().chain(lot).collect();
            if !trace.is_empty() {
                groups.push(trace);
            }
        }
        groups.push(vec![(Ai::SSCC, self.sscc.to_string())]);
        groups
    }

    /// All data as one element string, the SSCC first: what the DataMatrix holds.
    ///
    /// # Errors
    /// [`LabelError::Link`] for a count of nought or too many digits.
    pub fn element_string(&self) -> Result<String, LabelError> {
        let mut groups = self.groups();
        groups.rotate_right(1);
        element_string::build(&groups.concat()).map_err(LabelError::Link)
    }

    /// Data titles and data for people.
    fn text(&self) -> Vec<(&'static str, String)> {
        let mut rows = vec![(Ai::SSCC.title(), self.sscc.to_string())];
        if let Some(content) = &self.content {
            rows.push((Ai::CONTENT.title(), content.gtin.to_string()));
            rows.push((Ai::COUNT.title(), content.count.to_string()));
            rows.extend(content.expires_on.map(|date| (Ai::EXPIRY.title(), date.to_string())));
            rows.extend(content.lot.as_ref().map(|lot| (Ai::LOT.title(), lot.to_string())));
        }
        rows
    }
}

/// Lays out the label.
///
/// # Errors
/// [`LabelError`]: a name that is too long, a count that is no count, or a label too small for the SSCC.
pub fn draw(facts: &LogisticFacts, label_mm: (f32, f32), grid: Grid) -> Result<Drawing, LabelError> {
    for name in [&facts.from, &facts.to] {
        if name.len() > NAME_BYTES_MAX {
            return Err(LabelError::NameTooLong { bytes: name.len() });
        }
    }
    let mut drawing = Drawing { grid, width: grid.dots(label_mm.0), height: grid.dots(label_mm.1), marks: Vec::new() };
    let free_down_to = barcodes(facts, &mut drawing)?;
    words(facts, &mut drawing, free_down_to)?;
    Ok(drawing)
}

/// Places the linear symbols from the lower edge upwards. Returns the upper edge of the highest.
fn barcodes(facts: &LogisticFacts, drawing: &mut Drawing) -> Result<u32, LabelError> {
    let grid = drawing.grid;
    let module = grid.dots_at_least(LINEAR_MODULE_MM_MIN);
    let (bar, hri, margin) = (grid.dots_at_least(BAR_MM), grid.dots(HRI_MM), grid.dots(MARGIN_MM));
    let block = bar + hri + margin;
    // Text and DataMatrix need something too: what has no room goes there.
    let words_at_least = grid.dots(WORDS_MM_MIN);
    let mut bottom = drawing.height.saturating_sub(margin);
    for (index, group) in facts.groups().iter().rev().enumerate() {
        let is_sscc = index == 0;
        let symbol = Symbol::gs1_128(&element_string::build(group).map_err(LabelError::Link)?)?;
        let modules = symbol.columns_with_quiet_zone();
        let across = modules as u32 * module;
        let fits = across <= drawing.width && bottom >= block + words_at_least;
        if !fits && is_sscc {
            return Err(LabelError::TooSmall { modules, needs_mm: grid.mm(across), has_mm: grid.mm(drawing.width) });
        }
        if !fits {
            continue;
        }
        let left = (drawing.width - symbol.columns() as u32 * module) / 2;
        let top = bottom - hri - grid.dots(0.7) - bar;
        let text: String = group.iter().map(|(ai, value)| format!("({ai}){value}")).collect();
        // A long lot in small modules: its interpretation shrinks rather than losing a character.
        let size = hri.min(drawing.width * 1000 / (text.len() as u32 * ADVANCE_PERMILLE).max(1));
        let line = Line { left: 0, top: bottom - hri, size, text };
        let line = Line { left: drawing.width.saturating_sub(line.width()) / 2, ..line };
        drawing.marks.push(Mark::Symbol(Placed { symbol, left, top, module_width: module, module_height: bar }));
        drawing.marks.push(Mark::Text(line));
        bottom = bottom.saturating_sub(block);
    }
    Ok(bottom)
}

/// Names, data for people and the DataMatrix, between the upper edge and `down_to`.
fn words(facts: &LogisticFacts, drawing: &mut Drawing, down_to: u32) -> Result<(), LabelError> {
    let grid = drawing.grid;
    let margin = grid.dots(MARGIN_MM);
    let rows = facts.text();
    // Two names, then the data, in lines of one height; a rule below each block.
    let lines = 2 + rows.len() as u32;
    let per_line = down_to.saturating_sub(2 * margin) / lines;
    let symbol = Symbol::gs1_datamatrix(&facts.element_string()?)?;
    let module = grid.dots_at_least(MATRIX_MODULE_MM_MIN);
    let side = symbol.columns_with_quiet_zone() as u32 * module;
    let top = margin;
    if top + side > down_to {
        let modules = symbol.columns_with_quiet_zone();
        return Err(LabelError::TooSmall { modules, needs_mm: grid.mm(side), has_mm: grid.mm(down_to) });
    }
    let quiet = symbol.quiet() as u32 * module;
    let matrix_left = drawing.width.saturating_sub(margin + side);
    let room = matrix_left.saturating_sub(2 * margin);
    // The longest line is a title and a value of twenty characters at most.
    let longest = rows.iter().map(|(title, value)| title.len() + 1 + value.len()).max().unwrap_or(1) as u32;
    let across = room * 1000 / (longest * ADVANCE_PERMILLE);
    let size = (per_line * 100 / LEADING_PERCENT).min(across).min(grid.dots(TEXT_MM_MAX));
    if size < grid.dots_at_least(TEXT_MM_MIN) {
        return Err(LabelError::NoRoomForText { has_mm: grid.mm(room) });
    }
    let mut at = margin;
    for (title, name) in [("FROM", &facts.from), ("TO", &facts.to)] {
        let text = fitting(&format!("{title} {name}"), size, room);
        drawing.marks.push(Mark::Text(Line { left: margin, top: at, size, text }));
        at += per_line;
    }
    for (title, value) in rows {
        let text = format!("{title} {value}");
        drawing.marks.push(Mark::Text(Line { left: margin, top: at, size, text }));
        at += per_line;
    }
    drawing.marks.push(Mark::Symbol(Placed {
        symbol,
        left: matrix_left + quiet,
        top: top + quiet,
        module_width: module,
        module_height: module,
    }));
    let rule = grid.dots(RULE_MM).max(1);
    let area =
        Area { left: margin, top: down_to.saturating_sub(rule), width: drawing.width - 2 * margin, height: rule };
    drawing.marks.push(Mark::Rule(area));
    Ok(())
}

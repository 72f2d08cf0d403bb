//! The label of one pack: a code at the left, and beside it what the code says.
//!
//! ```text
//! +-------------------------+     module   as large as fits, within the bounds of the carrier (below)
//! | ####### GTIN            |     text     GTIN, LOT, EXP, S/N, each with its value on a line of its own;
//! | ####### 09506000134352  |              at most 2.3 mm (6.5 points), at least 1.2 mm
//! | ####### LOT ...         |
//! +-------------------------+
//! ```

use crate::drawing::{ADVANCE_PERMILLE, Drawing, Line, Mark, Placed};
use crate::grid::Grid;
use crate::symbol::Symbol;
use crate::{LabelError, LabelFacts};
use tracelight_domain::gs1::Serial;

/// Between a label's edge and what is printed on it.
const PADDING_MM: f32 = 1.0;
/// The tallest text on a label: 6.5 points.
const TEXT_MM_MAX: f32 = 2.3;
/// The smallest text that people read on a pack.
const TEXT_MM_MIN: f32 = 1.2;
/// Characters of the longest line on a label: a lot or a serial.
const LINE_CHARS_MAX: u32 = 20;
/// Line distance in hundredths of the text's height.
const LEADING_PERCENT: u32 = 115;

/// What carries the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// A QR code with a Digital Link: shoppers' phones open it.
    QrDigitalLink,
    /// A GS1 DataMatrix with the element string: what regulated medicines carry.
    Gs1DataMatrix,
}

impl Carrier {
    /// Smallest and largest module in millimetres: GS1 General Specifications, symbol specification tables 1 (QR code at
    /// the till) and 7 (DataMatrix on medicines). A larger module than the second only costs room.
    const fn module_mm(self) -> (f32, f32) {
        match self {
            Self::QrDigitalLink => (0.396, 0.6),
            Self::Gs1DataMatrix => (0.255, 0.6),
        }
    }

    fn symbol(self, facts: &LabelFacts, serial: &Serial) -> Result<Symbol, LabelError> {
        match self {
            Self::QrDigitalLink => Symbol::qr(&facts.digital_link(serial)?),
            Self::Gs1DataMatrix => Symbol::gs1_datamatrix(&facts.element_string(serial)?),
        }
    }
}

/// Labels on a roll, in a printer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stock {
    /// Stable name, used in requests.
    pub name: &'static str,
    /// Width and height in millimetres.
    pub label: (f32, f32),
}

/// Usual sizes; the first is the default.
pub const STOCKS: [Stock; 3] = [
    Stock { name: "50x30", label: (50.0, 30.0) },
    Stock { name: "60x40", label: (60.0, 40.0) },
    Stock { name: "100x50", label: (100.0, 50.0) },
];

impl Stock {
    /// The stock with this name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        STOCKS.into_iter().find(|stock| stock.name == name)
    }
}

/// Lays out the label of one pack.
///
/// # Errors
/// [`LabelError`]: the code or the text would be smaller than it may be.
pub fn draw(
    facts: &LabelFacts,
    serial: &Serial,
    carrier: Carrier,
    label_mm: (f32, f32),
    grid: Grid,
) -> Result<Drawing, LabelError> {
    let (width, height) = (grid.dots(label_mm.0), grid.dots(label_mm.1));
    let symbol = carrier.symbol(facts, serial)?;
    let module = module(&symbol, carrier, height.saturating_sub(grid.dots(PADDING_MM)), grid)?;
    let quiet = symbol.quiet() as u32 * module;
    let side = symbol.columns_with_quiet_zone() as u32 * module;
    let (left, top) = (grid.dots(PADDING_MM / 2.0), height.saturating_sub(side) / 2);
    let placed = Placed { symbol, left: left + quiet, top: top + quiet, module_width: module, module_height: module };
    let mut marks = vec![Mark::Symbol(placed)];

    let text_left = left + side;
    let room = width.saturating_sub(text_left + grid.dots(PADDING_MM));
    let lines = [
        "GTIN".to_owned(),
        facts.gtin.to_string(),
        "LOT".to_owned(),
        facts.lot.to_string(),
        "EXP".to_owned(),
        facts.expires_on.to_string(),
        "S/N".to_owned(),
        serial.to_string(),
    ];
    let across = room * 1000 / (LINE_CHARS_MAX * ADVANCE_PERMILLE);
    let down = height * 100 / (lines.len() as u32 * LEADING_PERCENT);
    let size = across.min(down).min(grid.dots(TEXT_MM_MAX));
    if size < grid.dots_at_least(TEXT_MM_MIN) {
        return Err(LabelError::NoRoomForText { has_mm: grid.mm(room) });
    }
    let leading = size * LEADING_PERCENT / 100;
    let first = height.saturating_sub(lines.len() as u32 * leading) / 2;
    for (index, text) in lines.into_iter().enumerate() {
        marks.push(Mark::Text(Line { left: text_left, top: first + index as u32 * leading, size, text }));
    }
    Ok(Drawing { grid, width, height, marks })
}

/// The largest module that fits into `room` dots.
fn module(symbol: &Symbol, carrier: Carrier, room: u32, grid: Grid) -> Result<u32, LabelError> {
    let (smallest, largest) = carrier.module_mm();
    let modules = symbol.columns_with_quiet_zone();
    let module = (room / (modules as u32).max(1)).min(grid.dots_at_most(largest));
    let at_least = grid.dots_at_least(smallest);
    if module < at_least {
        let needs_mm = modules as f32 * grid.mm(at_least);
        return Err(LabelError::TooSmall { modules, needs_mm, has_mm: grid.mm(room) });
    }
    Ok(module)
}

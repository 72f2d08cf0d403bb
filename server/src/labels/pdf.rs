//! Sheets of labels as PDF, in true millimetres.
//!
//! ```text
//! page    ruler of 50 mm and page number in the bottom margin | cut marks outside the grid | labels row by row
//! label   QR code (quiet zone included), beside it GTIN, LOT, EXP and S/N for people
//! module  as large as fits, at most 0.6 mm, at least 0.396 mm (GS1 General Specifications, 2D symbols on small packs)
//! ```
//! Codes are vector rectangles, so that they are as sharp as the printer is. The same input gives the same bytes: no
//! clock and no randomness go in.

use super::qr::{QUIET_MODULES, Symbol};
use super::sheet::{PAGE_MM, Preset, RULER_MM};
use super::{LabelError, LabelFacts};
use krilla::Document;
use krilla::geom::{PathBuilder, Point, Rect, Transform};
use krilla::metadata::Metadata;
use krilla::page::PageSettings;
use krilla::surface::Surface;
use krilla::text::{Font, GlyphId, KrillaGlyph};
use skrifa::{FontRef, MetadataProvider as _};
use std::num::NonZeroU64;
use tracelight_domain::gs1::Serial;

/// Points of one millimetre.
const POINTS_PER_MM: f32 = 72.0 / 25.4;
/// The smallest module that every scanner of packs reads.
const MODULE_MM_MIN: f32 = 0.396;
/// A larger module only costs room.
const MODULE_MM_MAX: f32 = 0.6;
/// Between a label's edge and what is printed on it.
const PADDING_MM: f32 = 1.0;
/// The tallest text on a label: 6.5 points.
const TEXT_MM_MAX: f32 = 2.3;
/// Characters of the longest line on a label: a lot or a serial.
const LINE_CHARS_MAX: f32 = 20.0;
/// Line distance in text heights.
const LEADING: f32 = 1.15;
/// Height of a page's footer.
const FOOTER_MM: f32 = 2.6;
/// ASCII glyphs of DejaVu Sans Mono; licence beside it.
const FONT: &[u8] = include_bytes!("../../assets/fonts/DejaVuSansMono-Latin.ttf");

/// Which labels, and on which sheet.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// The sheet.
    pub preset: Preset,
    /// Labels of the first page that are used up already.
    pub skip: usize,
    /// The order's number of the first label, from 1; printed on the page for people.
    pub first: NonZeroU64,
}

/// Draws one label for each serial.
///
/// # Errors
/// [`LabelError`].
pub fn draw(facts: &LabelFacts, serials: &[Serial], layout: &Layout) -> Result<Vec<u8>, LabelError> {
    let pen = Pen::new()?;
    let per_page = layout.preset.per_page();
    let skip = layout.skip.min(per_page.saturating_sub(1));
    let mut document = Document::new();
    document.set_metadata(
        Metadata::new()
            .title(format!("Labels (01){}(10){}", facts.gtin, facts.lot))
            .creator("Tracelight".to_owned())
            .language("en".to_owned()),
    );
    let pages = (skip + serials.len()).div_ceil(per_page).max(1);
    let mut rest = serials;
    let mut number = layout.first.get();
    for page_index in 0..pages {
        let free_from = if page_index == 0 { skip } else { 0 };
        let (here, later) = rest.split_at(rest.len().min(per_page - free_from));
        rest = later;
        // Everything that can be refused comes first: the library panics when a page is left half drawn.
        let symbols = here
            .iter()
            .map(|serial| PlacedSymbol::new(facts, serial, &layout.preset))
            .collect::<Result<Vec<_>, _>>()?;
        let (width, height) = (PAGE_MM.0 * POINTS_PER_MM, PAGE_MM.1 * POINTS_PER_MM);
        let settings = PageSettings::from_wh(width, height).ok_or_else(|| LabelError::Pdf("page size".to_owned()))?;
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        surface.push_transform(&Transform::from_scale(POINTS_PER_MM, POINTS_PER_MM));
        for (index, (serial, symbol)) in here.iter().zip(&symbols).enumerate() {
            let corner = layout.preset.corner_mm(free_from + index);
            label(&mut surface, &pen, facts, serial, symbol, &layout.preset, corner);
        }
        cut_marks(&mut surface, &layout.preset);
        let last = number + (here.len() as u64).saturating_sub(1);
        let footer = format!(
            "50 mm | (01){}(10){} | labels {number}-{last} | page {}/{pages} | print at 100 %",
            facts.gtin,
            facts.lot,
            page_index + 1
        );
        ruler(&mut surface, &pen, &footer);
        number = last + 1;
        surface.pop();
        surface.finish();
        page.finish();
    }
    document.finish().map_err(|error| LabelError::Pdf(format!("{error:?}")))
}

/// A symbol and how large its modules are on this sheet.
struct PlacedSymbol {
    symbol: Symbol,
    module_mm: f32,
}

impl PlacedSymbol {
    fn new(facts: &LabelFacts, serial: &Serial, preset: &Preset) -> Result<Self, LabelError> {
        let symbol = Symbol::new(&facts.digital_link(serial)?)?;
        let modules = symbol.modules_with_quiet_zone();
        let has_mm = preset.label.1 - PADDING_MM;
        let module_mm = (has_mm / modules as f32).min(MODULE_MM_MAX);
        if module_mm < MODULE_MM_MIN {
            return Err(LabelError::TooSmall { modules, needs_mm: modules as f32 * MODULE_MM_MIN, has_mm });
        }
        Ok(Self { symbol, module_mm })
    }

    fn side_mm(&self) -> f32 {
        self.symbol.modules_with_quiet_zone() as f32 * self.module_mm
    }
}

fn label(
    surface: &mut Surface<'_>,
    pen: &Pen,
    facts: &LabelFacts,
    serial: &Serial,
    placed: &PlacedSymbol,
    preset: &Preset,
    (left, top): (f32, f32),
) {
    let side = placed.side_mm();
    let symbol_top = top + (preset.label.1 - side) / 2.0;
    draw_symbol(surface, &placed.symbol, (left + PADDING_MM / 2.0, symbol_top), placed.module_mm);

    let text_left = left + PADDING_MM / 2.0 + side;
    let room = preset.label.0 - PADDING_MM * 1.5 - side;
    let size = (room / (LINE_CHARS_MAX * pen.advance)).min(TEXT_MM_MAX);
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
    let height = lines.len() as f32 * size * LEADING;
    let first = top + (preset.label.1 - height) / 2.0 + size;
    for (index, line) in lines.iter().enumerate() {
        pen.write(surface, (text_left, first + index as f32 * size * LEADING), size, line);
    }
}

fn draw_symbol(surface: &mut Surface<'_>, symbol: &Symbol, (left, top): (f32, f32), module_mm: f32) {
    let mut path = PathBuilder::new();
    for run in symbol.runs() {
        let (x, y) = ((run.column + QUIET_MODULES) as f32, (run.row + QUIET_MODULES) as f32);
        if let Some(rect) = Rect::from_xywh(x, y, run.length as f32, 1.0) {
            path.push_rect(rect);
        }
    }
    let Some(path) = path.finish() else { return };
    // In this frame a module is 1, so that the rectangles are whole numbers in the file.
    surface.push_transform(&Transform::from_row(module_mm, 0.0, 0.0, module_mm, left, top));
    surface.draw_path(&path);
    surface.pop();
}

/// Ticks outside the grid, at the edges of every column and row: nothing is printed on or between labels.
fn cut_marks(surface: &mut Surface<'_>, preset: &Preset) {
    const LENGTH_MM: f32 = 3.0;
    const GAP_MM: f32 = 1.0;
    let last = preset.corner_mm(preset.per_page() - 1);
    let (right, bottom) = (last.0 + preset.label.0, last.1 + preset.label.1);
    for column in 0..preset.columns {
        let x = preset.corner_mm(column).0;
        for edge in [x, x + preset.label.0] {
            line(surface, (edge, preset.margin.1 - GAP_MM - LENGTH_MM), (0.0, LENGTH_MM));
            line(surface, (edge, bottom + GAP_MM), (0.0, LENGTH_MM));
        }
    }
    for row in 0..preset.rows {
        let y = preset.corner_mm(row * preset.columns).1;
        for edge in [y, y + preset.label.1] {
            line(surface, (preset.margin.0 - GAP_MM - LENGTH_MM, edge), (LENGTH_MM, 0.0));
            line(surface, (right + GAP_MM, edge), (LENGTH_MM, 0.0));
        }
    }
}

/// 50 mm with a tick every 10 mm, above the bottom edge, and what page this is.
fn ruler(surface: &mut Surface<'_>, pen: &Pen, footer: &str) {
    let (left, bottom) = (12.0, PAGE_MM.1 - 6.0);
    line(surface, (left, bottom), (RULER_MM, 0.0));
    for centimetre in 0..=5u8 {
        line(surface, (left + f32::from(centimetre) * 10.0, bottom - 2.0), (0.0, 2.0));
    }
    pen.write(surface, (left + RULER_MM + 3.0, bottom), FOOTER_MM, footer);
}

/// A line of 0.1 mm, as a rectangle: it starts at the given point and extends along one axis.
fn line(surface: &mut Surface<'_>, (x, y): (f32, f32), (dx, dy): (f32, f32)) {
    const WIDTH_MM: f32 = 0.1;
    let mut path = PathBuilder::new();
    // Centred on the coordinate, so that the ends of the ruler are exact.
    let half = WIDTH_MM / 2.0;
    let rect = if dy == 0.0 {
        Rect::from_xywh(x - half, y - half, dx + WIDTH_MM, WIDTH_MM)
    } else {
        Rect::from_xywh(x - half, y - half, WIDTH_MM, dy + WIDTH_MM)
    };
    if let Some(rect) = rect {
        path.push_rect(rect);
    }
    if let Some(path) = path.finish() {
        surface.draw_path(&path);
    }
}

/// Writes ASCII text in a typewriter face.
struct Pen {
    font: Font,
    glyphs: skrifa::charmap::Charmap<'static>,
    /// Width of every glyph in text heights.
    advance: f32,
}

impl Pen {
    fn new() -> Result<Self, LabelError> {
        let broken = || LabelError::Pdf("the built-in font cannot be read".to_owned());
        let face = FontRef::new(FONT).map_err(|_| broken())?;
        let metrics = face.metrics(skrifa::instance::Size::unscaled(), skrifa::instance::LocationRef::default());
        let width = metrics.max_width.ok_or_else(broken)?;
        let font = Font::new(FONT.into(), 0).ok_or_else(broken)?;
        Ok(Self { font, glyphs: face.charmap(), advance: width / f32::from(metrics.units_per_em) })
    }

    fn write(&self, surface: &mut Surface<'_>, (x, y): (f32, f32), size: f32, text: &str) {
        let glyphs: Vec<KrillaGlyph> = text
            .char_indices()
            .map(|(at, character)| {
                // What the face does not have is drawn as its empty box.
                let id = self.glyphs.map(character).map_or(0, |id| id.to_u32());
                let range = at..at + character.len_utf8();
                KrillaGlyph::new(GlyphId::new(id), self.advance, 0.0, 0.0, 0.0, range, None)
            })
            .collect();
        surface.draw_glyphs(Point::from_xy(x, y), &glyphs, self.font.clone(), text, size, false);
    }
}

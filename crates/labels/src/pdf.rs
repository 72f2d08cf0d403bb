//! Sheets of labels as PDF, in true millimetres.
//!
//! ```text
//! page    ruler of 50 mm and page number in the bottom margin | cut marks outside the grid | labels row by row
//! label   a drawing of [`crate::unit`] with a QR code; or, alone on a page of its own size, any drawing
//! ```
//! Codes are vector rectangles, so that they are as sharp as the printer is. The same input gives the same bytes: no
//! clock and no randomness go in.

use crate::drawing::{Drawing, Line, Mark, Placed};
use crate::grid::Grid;
use crate::sheet::{PAGE_MM, Preset, RULER_MM};
use crate::unit::{self, Carrier};
use crate::{LabelError, LabelFacts};
use krilla::Document;
use krilla::geom::{PathBuilder, Point, Rect, Transform};
use krilla::metadata::Metadata;
use krilla::page::PageSettings;
use krilla::surface::Surface;
use krilla::text::{Font, GlyphId, KrillaGlyph};
use skrifa::{FontRef, MetadataProvider as _};
use std::num::NonZeroU64;
use std::sync::Arc;
use tracelight_domain::gs1::Serial;

/// Points of one millimetre.
pub(crate) const POINTS_PER_MM: f32 = 72.0 / 25.4;
/// Height of a page's footer.
const FOOTER_MM: f32 = 2.6;
/// From the upper edge of tall letters to the base line, in text heights.
pub(crate) const BASELINE: f32 = 0.8;
/// ASCII glyphs of DejaVu Sans Mono; licence beside it.
const FONT: &[u8] = include_bytes!("../assets/fonts/DejaVuSansMono-Latin.ttf");

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
        let drawings = here
            .iter()
            .map(|serial| unit::draw(facts, serial, Carrier::QrDigitalLink, layout.preset.label, Grid::SHEET))
            .collect::<Result<Vec<_>, _>>()?;
        let mut page = document.start_page_with(page_of(PAGE_MM)?);
        let mut surface = page.surface();
        surface.push_transform(&Transform::from_scale(POINTS_PER_MM, POINTS_PER_MM));
        for (index, drawing) in drawings.iter().enumerate() {
            let corner = layout.preset.corner_mm(free_from + index);
            paint(&mut surface, &pen, drawing, corner);
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

/// One drawing on a page of its own size.
///
/// # Errors
/// [`LabelError::Typeface`] for text outside ASCII; [`LabelError::Pdf`].
pub fn single(drawing: &Drawing) -> Result<Vec<u8>, LabelError> {
    let pen = Pen::new()?;
    let lines = drawing.marks.iter().filter_map(|mark| if let Mark::Text(line) = mark { Some(line) } else { None });
    if let Some(missing) = lines.flat_map(|line| line.text.chars()).find(|c| pen.glyphs.map(*c).is_none()) {
        return Err(LabelError::Typeface(missing));
    }
    let mut document = Document::new();
    let size = (drawing.grid.mm(drawing.width), drawing.grid.mm(drawing.height));
    let mut page = document.start_page_with(page_of(size)?);
    let mut surface = page.surface();
    surface.push_transform(&Transform::from_scale(POINTS_PER_MM, POINTS_PER_MM));
    paint(&mut surface, &pen, drawing, (0.0, 0.0));
    surface.pop();
    surface.finish();
    page.finish();
    document.finish().map_err(|error| LabelError::Pdf(format!("{error:?}")))
}

pub(crate) fn page_of((width_mm, height_mm): (f32, f32)) -> Result<PageSettings, LabelError> {
    PageSettings::from_wh(width_mm * POINTS_PER_MM, height_mm * POINTS_PER_MM)
        .ok_or_else(|| LabelError::Pdf("page size".to_owned()))
}

/// A drawing with its top left corner at a place of the page, in millimetres.
fn paint(surface: &mut Surface<'_>, pen: &Pen<'_>, drawing: &Drawing, (left, top): (f32, f32)) {
    let dot_mm = drawing.grid.mm(1);
    // In this frame a dot is 1, so that positions are whole numbers in the file.
    surface.push_transform(&Transform::from_row(dot_mm, 0.0, 0.0, dot_mm, left, top));
    for mark in &drawing.marks {
        match mark {
            Mark::Symbol(placed) => draw_symbol(surface, placed),
            Mark::Text(line) => pen.line(surface, line),
            Mark::Rule(area) => {
                let rect = Rect::from_xywh(area.left as f32, area.top as f32, area.width as f32, area.height as f32);
                fill(surface, rect.into_iter());
            }
        }
    }
    surface.pop();
}

fn draw_symbol(surface: &mut Surface<'_>, placed: &Placed) {
    let rect = |area: crate::drawing::Area| {
        Rect::from_xywh(area.left as f32, area.top as f32, area.width as f32, area.height as f32)
    };
    fill(surface, placed.areas().filter_map(rect));
}

fn fill(surface: &mut Surface<'_>, rects: impl Iterator<Item = Rect>) {
    let mut path = PathBuilder::new();
    rects.for_each(|rect| path.push_rect(rect));
    if let Some(path) = path.finish() {
        surface.draw_path(&path);
    }
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
fn ruler(surface: &mut Surface<'_>, pen: &Pen<'_>, footer: &str) {
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
    // Centred on the coordinate, so that the ends of the ruler are exact.
    let half = WIDTH_MM / 2.0;
    let rect = if dy == 0.0 {
        Rect::from_xywh(x - half, y - half, dx + WIDTH_MM, WIDTH_MM)
    } else {
        Rect::from_xywh(x - half, y - half, WIDTH_MM, dy + WIDTH_MM)
    };
    fill(surface, rect.into_iter());
}

/// Writes text in a typewriter face.
pub(crate) struct Pen<'a> {
    font: Font,
    glyphs: skrifa::charmap::Charmap<'a>,
    metrics: skrifa::metrics::GlyphMetrics<'a>,
    /// Width of an ASCII glyph, in the face's own units.
    narrow: f32,
    units: f32,
}

impl Pen<'static> {
    /// In the face of this program, which has ASCII.
    pub(crate) fn new() -> Result<Self, LabelError> {
        let broken = || LabelError::Pdf("the built-in font cannot be read".to_owned());
        let face = FontRef::new(FONT).map_err(|_| broken())?;
        Self::with(Font::new(FONT.into(), 0).ok_or_else(broken)?, &face).ok_or_else(broken)
    }
}

impl<'a> Pen<'a> {
    /// In a face of a file.
    pub(crate) fn of(bytes: &'a Arc<Vec<u8>>, index: u32) -> Result<Self, LabelError> {
        let broken = || LabelError::Pdf("the face cannot be read".to_owned());
        let face = FontRef::from_index(bytes, index).map_err(|_| broken())?;
        let font = Font::new(Arc::clone(bytes).into(), index).ok_or_else(broken)?;
        Self::with(font, &face).ok_or_else(broken)
    }

    fn with(font: Font, face: &FontRef<'a>) -> Option<Self> {
        let (size, location) = (skrifa::instance::Size::unscaled(), skrifa::instance::LocationRef::default());
        let (glyphs, metrics) = (face.charmap(), face.glyph_metrics(size, location));
        let narrow = metrics.advance_width(glyphs.map('0')?).filter(|width| *width > 0.0)?;
        Some(Self { font, glyphs, metrics, narrow, units: f32::from(face.metrics(size, location).units_per_em) })
    }

    /// Columns that a character takes: one, or two for Chinese; none that the face does not have.
    pub(crate) fn columns(&self, character: char) -> Option<usize> {
        if character != ' ' && (character.is_control() || character.is_whitespace()) {
            return None;
        }
        let width = self.metrics.advance_width(self.glyphs.map(character)?)?;
        Some(if width > self.narrow * 1.5 { 2 } else { 1 })
    }

    /// A line of a drawing: its upper edge is given, the face is set from its base line.
    fn line(&self, surface: &mut Surface<'_>, line: &Line) {
        let base = line.top as f32 + line.size as f32 * BASELINE;
        self.write(surface, (line.left as f32, base), line.size as f32, &line.text);
    }

    pub(crate) fn write(&self, surface: &mut Surface<'_>, (x, y): (f32, f32), size: f32, text: &str) {
        let glyphs: Vec<KrillaGlyph> = text
            .char_indices()
            .map(|(at, character)| {
                // What the face does not have is drawn as its empty box.
                let id = self.glyphs.map(character).map_or(0, |id| id.to_u32());
                let range = at..at + character.len_utf8();
                let advance = self.columns(character).unwrap_or(1) as f32 * self.narrow / self.units;
                KrillaGlyph::new(GlyphId::new(id), advance, 0.0, 0.0, 0.0, range, None)
            })
            .collect();
        surface.draw_glyphs(Point::from_xy(x, y), &glyphs, self.font.clone(), text, size, false);
    }
}

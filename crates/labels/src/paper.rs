//! A page of words: receipts that people keep, print and show. A5, one page, one column.
//!
//! ```text
//! title      20 pt        fact   label in small letters, the value below it in large ones
//! heading    13 pt        text   10 pt, wrapped: between Latin words, and between any two Chinese characters
//! footer     8 pt, at the bottom
//! ```
//! The face holds ASCII and the Chinese characters of our own texts; [`lacks`] says what it does not have. Callers leave out
//! what it lacks (names that strangers registered) rather than print boxes. The same page gives the same bytes.

use crate::LabelError;
use krilla::Document;
use krilla::geom::{Point, Rect};
use krilla::metadata::Metadata;
use krilla::page::PageSettings;
use krilla::surface::Surface;
use krilla::text::{Font, GlyphId, KrillaGlyph};
use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider as _};
use std::sync::OnceLock;

/// Glyphs of Noto Sans CJK SC; licence beside it.
const FACE: &[u8] = include_bytes!("../assets/fonts/NotoSansSC-Receipt.otf");
/// A5 in points.
const WIDTH: f32 = 420.0;
const HEIGHT: f32 = 595.0;
const MARGIN: f32 = 40.0;
/// Lowest base line of the column; the footer stands below it.
const COLUMN_END: f32 = HEIGHT - 66.0;
/// Lines of a page. 60 of the smallest ones would fill it.
const LINES_MAX: usize = 60;

/// A page.
#[derive(Clone, Debug)]
pub struct Paper {
    /// What it is.
    pub title: String,
    /// Language of its words, as in BCP 47.
    pub lang: &'static str,
    /// From top to bottom.
    pub blocks: Vec<Block>,
    /// One line at the bottom.
    pub footer: String,
}

/// A part of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A heading.
    Heading(String),
    /// A paragraph.
    Text(String),
    /// A value with what it is.
    Fact {
        /// What it is.
        label: String,
        /// The value.
        value: String,
    },
}

impl Block {
    fn texts(&self) -> [&str; 2] {
        match self {
            Self::Heading(text) | Self::Text(text) => [text, ""],
            Self::Fact { label, value } => [label, value],
        }
    }
}

/// The first character that the face does not have.
#[must_use]
pub fn lacks(text: &str) -> Option<char> {
    let charmap = face().ok()?.charmap();
    text.chars().find(|character| charmap.map(*character).is_none())
}

/// Draws a page.
///
/// # Errors
/// [`LabelError::Typeface`] for a character that the face does not have; [`LabelError::NoRoomForText`] when it does not fit
/// the page; [`LabelError::Pdf`].
pub fn draw(paper: &Paper) -> Result<Vec<u8>, LabelError> {
    let texts = paper.blocks.iter().flat_map(Block::texts);
    if let Some(missing) = texts.chain([paper.title.as_str(), &paper.footer]).find_map(lacks) {
        return Err(LabelError::Typeface(missing));
    }
    let pen = Pen::new()?;
    let lines = laid_out(&pen, paper)?;
    let mut document = Document::new();
    document.set_metadata(
        Metadata::new().title(paper.title.clone()).creator("Tracelight".to_owned()).language(paper.lang.to_owned()),
    );
    let size = PageSettings::from_wh(WIDTH, HEIGHT).ok_or_else(|| LabelError::Pdf("page size".to_owned()))?;
    let mut page = document.start_page_with(size);
    let mut surface = page.surface();
    for line in &lines {
        pen.write(&mut surface, (MARGIN, line.base), line.size, &line.text);
    }
    rule(&mut surface, HEIGHT - 54.0);
    surface.finish();
    page.finish();
    document.finish().map_err(|error| LabelError::Pdf(format!("{error:?}")))
}

struct Line {
    base: f32,
    size: f32,
    text: String,
}

/// Lines with their places; everything that can be refused is refused before a page is begun.
fn laid_out(pen: &Pen, paper: &Paper) -> Result<Vec<Line>, LabelError> {
    let mut lines = Vec::new();
    let mut base = MARGIN;
    let mut put = |space: f32, size: f32, text: &str| {
        base += space;
        for text in wrapped(pen, text, size) {
            base += size * 1.4;
            lines.push(Line { base, size, text });
        }
    };
    put(0.0, 20.0, &paper.title);
    for block in &paper.blocks {
        match block {
            Block::Heading(text) => put(16.0, 13.0, text),
            Block::Text(text) => put(4.0, 10.0, text),
            Block::Fact { label, value } => {
                put(10.0, 9.0, label);
                put(0.0, 14.0, value);
            }
        }
    }
    if base > COLUMN_END || lines.len() > LINES_MAX {
        return Err(LabelError::NoRoomForText { has_mm: COLUMN_END * 25.4 / 72.0 });
    }
    lines.push(Line { base: HEIGHT - 40.0, size: 8.0, text: paper.footer.clone() });
    Ok(lines)
}

/// A text in lines that fit the column. A word that is longer than a line is broken where the line ends.
fn wrapped(pen: &Pen, text: &str, size: f32) -> Vec<String> {
    let room = (WIDTH - 2.0 * MARGIN) / size;
    let mut lines = vec![String::new()];
    let mut used = 0.0f32;
    for piece in pieces(text) {
        let wide = pen.width(piece);
        let fits = used + pen.width(piece.trim_end()) <= room;
        if !fits && used > 0.0 {
            lines.push(String::new());
            used = 0.0;
        }
        for character in piece.chars() {
            let one = pen.advance(character);
            if wide > room && used + one > room {
                lines.push(String::new());
                used = 0.0;
            }
            if let Some(line) = lines.last_mut() {
                line.push(character);
            }
            used += one;
        }
    }
    lines.iter().map(|line| line.trim_end().to_owned()).collect()
}

/// What a line is not broken within: a Latin word with the blanks behind it, or one Chinese character with the
/// punctuation that may not begin a line.
fn pieces(text: &str) -> Vec<&str> {
    let mut cuts = vec![0];
    let mut before: Option<char> = None;
    for (at, character) in text.char_indices() {
        let breaks = before.is_some_and(|before| {
            let after_blank = before == ' ' && character != ' ';
            let wide = (is_wide(before) || is_wide(character)) && character != ' ' && before != ' ';
            after_blank || (wide && !never_first(character) && !never_last(before))
        });
        if breaks {
            cuts.push(at);
        }
        before = Some(character);
    }
    cuts.push(text.len());
    cuts.windows(2).filter_map(|pair| text.get(*pair.first()?..*pair.last()?)).collect()
}

const fn is_wide(character: char) -> bool {
    character as u32 >= 0x2e80
}

fn never_first(character: char) -> bool {
    "，。、；：？！）”’》】,.;:?!)".contains(character)
}

fn never_last(character: char) -> bool {
    "（“‘《【(".contains(character)
}

fn rule(surface: &mut Surface<'_>, y: f32) {
    let mut path = krilla::geom::PathBuilder::new();
    if let Some(rect) = Rect::from_xywh(MARGIN, y, WIDTH - 2.0 * MARGIN, 0.5) {
        path.push_rect(rect);
    }
    if let Some(path) = path.finish() {
        surface.draw_path(&path);
    }
}

fn face() -> Result<&'static FontRef<'static>, LabelError> {
    static FONT: OnceLock<Option<FontRef<'static>>> = OnceLock::new();
    let read = FONT.get_or_init(|| FontRef::new(FACE).ok());
    read.as_ref().ok_or_else(|| LabelError::Pdf("the built-in face cannot be read".to_owned()))
}

struct Pen {
    font: Font,
    face: &'static FontRef<'static>,
    units: f32,
}

impl Pen {
    fn new() -> Result<Self, LabelError> {
        let face = face()?;
        let units = f32::from(face.metrics(Size::unscaled(), LocationRef::default()).units_per_em);
        let font = Font::new(FACE.into(), 0).ok_or_else(|| LabelError::Pdf("the built-in face".to_owned()))?;
        Ok(Self { font, face, units })
    }

    /// Width of a character in text heights.
    fn advance(&self, character: char) -> f32 {
        let metrics = self.face.glyph_metrics(Size::unscaled(), LocationRef::default());
        let glyph = self.face.charmap().map(character);
        glyph.and_then(|glyph| metrics.advance_width(glyph)).unwrap_or(self.units) / self.units
    }

    fn width(&self, text: &str) -> f32 {
        text.chars().map(|character| self.advance(character)).sum()
    }

    fn write(&self, surface: &mut Surface<'_>, (x, y): (f32, f32), size: f32, text: &str) {
        let charmap = self.face.charmap();
        let glyph = |(at, character): (usize, char)| {
            let id = charmap.map(character).map_or(0, |id| id.to_u32());
            let range = at..at + character.len_utf8();
            KrillaGlyph::new(GlyphId::new(id), self.advance(character), 0.0, 0.0, 0.0, range, None)
        };
        let glyphs: Vec<KrillaGlyph> = text.char_indices().map(glyph).collect();
        surface.draw_glyphs(Point::from_xy(x, y), &glyphs, self.font.clone(), text, size, false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paper(blocks: Vec<Block>) -> Paper {
        Paper { title: "Receipt".to_owned(), lang: "en", blocks, footer: "id.example".to_owned() }
    }

    #[test]
    fn the_same_page_gives_the_same_bytes_and_a_long_one_is_refused() {
        let page = paper(vec![Block::Fact { label: "受理编号".to_owned(), value: "TL-26-4K7M2P-93".to_owned() }]);
        let pdf = draw(&page).expect("a page");
        assert!(pdf.starts_with(b"%PDF-") && draw(&page).expect("again") == pdf);
        let long = paper(vec![Block::Text("word ".repeat(2_000))]);
        assert!(matches!(draw(&long), Err(LabelError::NoRoomForText { .. })));
        let strange = paper(vec![Block::Text("ঌ".to_owned())]);
        assert!(matches!(draw(&strange), Err(LabelError::Typeface('ঌ'))));
    }

    #[test]
    fn lines_end_between_words_and_no_line_begins_with_a_full_stop() {
        let pen = Pen::new().expect("a pen");
        let english = "The pack, what is in it, and your proof of purchase. You may need them for a refund.";
        let lines = wrapped(&pen, english, 14.0);
        assert!(lines.len() > 1 && lines.join(" ") == english, "{lines:?}");
        let chinese = "包装、内容物和购物凭证，退款时可能需要。请勿使用该商品。".repeat(3);
        let lines = wrapped(&pen, &chinese, 14.0);
        assert_eq!(lines.concat(), chinese);
        for line in &lines {
            assert!(!line.starts_with(never_first), "{line}");
            assert!(pen.width(line) * 14.0 <= WIDTH - 2.0 * MARGIN + 14.0, "{line}");
        }
        let word = "W".repeat(200);
        assert_eq!(wrapped(&pen, &word, 14.0).concat(), word);
    }
}

//! A report as PDF: headings, paragraphs and tables in a typewriter face on A4, so that columns stand under each other by counting.
//!
//! ```text
//! page   LINES_MAX lines of COLUMNS columns | title and page number at the foot
//! ```
//! The face of this program has ASCII and nothing else ([`Face::latin`]). A typewriter face with Chinese is too large to carry: it comes from
//! a file of the machine ([`Face::read`]), and what the report uses of it goes into the PDF. A Chinese character takes two
//! columns. What a face cannot draw is not left out silently: [`OTHER_SCRIPT`] stands in its place, and the reader finds the text on the page
//! that the report is of.

use crate::LabelError;
use crate::pdf::{POINTS_PER_MM, Pen, page_of};
use crate::sheet::PAGE_MM;
use krilla::Document;
use krilla::geom::Transform;
use krilla::metadata::Metadata;
use skrifa::instance::{LocationRef, Size};
use skrifa::string::StringId;
use skrifa::{FontRef, MetadataProvider as _};
use std::path::Path;
use std::sync::Arc;

/// Columns of a line.
pub const COLUMNS: usize = 96;
/// Lines of a page.
const LINES_MAX: usize = 66;
/// Pages of a report; what comes behind is counted on the last one.
pub const PAGES_MAX: usize = 200;
/// In the place of text in another script.
pub const OTHER_SCRIPT: &str = "[not Latin: see the page of the case]";
const LEFT_MM: f32 = 17.0;
const TOP_MM: f32 = 18.0;
const LINE_MM: f32 = 3.9;
const SIZE_MM: f32 = 3.05;
/// Bytes of a file of faces. The largest that are sold have 100 MB.
const FACE_BYTES_MAX: u64 = 128 * 1024 * 1024;
/// Faces of one file that are looked at.
const FACES_MAX: u32 = 64;

/// The face that a report is written in.
#[derive(Clone)]
pub struct Face(Option<Wide>);

/// A face from a file.
#[derive(Clone)]
struct Wide {
    bytes: Arc<Vec<u8>>,
    index: u32,
}

impl std::fmt::Debug for Face {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() { "Face(from a file)" } else { "Face(Latin)" })
    }
}

impl Face {
    /// The face that this program carries.
    #[must_use]
    pub const fn latin() -> Self {
        Self(None)
    }

    /// The face of a file in which ASCII is half as wide as Chinese, such as Noto Sans Mono CJK SC in `NotoSansCJK-Regular.ttc`.
    ///
    /// # Errors
    /// [`LabelError::Pdf`]: the file cannot be read, or has no such face.
    pub fn read(path: &Path) -> Result<Self, LabelError> {
        let fault = |why: String| LabelError::Pdf(format!("the face in `{}`: {why}", path.display()));
        let length = std::fs::metadata(path).map_err(|error| fault(error.to_string()))?.len();
        if length > FACE_BYTES_MAX {
            return Err(fault(format!("{length} bytes, expected at most {FACE_BYTES_MAX}")));
        }
        let bytes = Arc::new(std::fs::read(path).map_err(|error| fault(error.to_string()))?);
        let is =
            |index: u32, what: fn(&FontRef<'_>) -> bool| FontRef::from_index(&bytes, index).is_ok_and(|it| what(&it));
        let fitting: Vec<u32> = (0..FACES_MAX).filter(|index| is(*index, is_typewriter)).collect();
        // A file of all of East Asia draws the same characters as Japan, Korea, Taiwan and the mainland write them.
        let index = fitting.iter().find(|index| is(**index, is_simplified)).or(fitting.first()).copied();
        let index = index.ok_or_else(|| fault("none in which ASCII is half as wide as Chinese".to_owned()))?;
        Ok(Self(Some(Wide { bytes, index })))
    }

    /// Whether Chinese can be drawn.
    #[must_use]
    pub const fn has_chinese(&self) -> bool {
        self.0.is_some()
    }

    fn pen(&self) -> Result<Pen<'_>, LabelError> {
        match &self.0 {
            None => Pen::new(),
            Some(wide) => Pen::of(&wide.bytes, wide.index),
        }
    }
}

/// ASCII is half as wide as simplified Chinese.
fn is_typewriter(face: &FontRef<'_>) -> bool {
    let (glyphs, metrics) = (face.charmap(), face.glyph_metrics(Size::unscaled(), LocationRef::default()));
    let width = |character: char| metrics.advance_width(glyphs.map(character)?);
    let (narrow, wide) = (['i', 'W', '0'].map(width), width('药'));
    wide.is_some_and(|wide| wide > 0.0 && narrow.iter().all(|one| *one == Some(wide / 2.0)))
}

/// By its name it is for simplified Chinese.
fn is_simplified(face: &FontRef<'_>) -> bool {
    let names = face.localized_strings(StringId::FAMILY_NAME);
    names.english_or_first().is_some_and(|name| name.chars().collect::<String>().ends_with(" SC"))
}

/// A part of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// A heading.
    Heading(String),
    /// A paragraph.
    Text(String),
    /// A table: heads, then rows. Columns are as wide as what stands in them; the last one is cut.
    Table(Vec<String>, Vec<Vec<String>>),
}

/// A text as the face can draw it.
fn drawable(pen: &Pen<'_>, text: &str) -> String {
    let is_ours = |character: char| character == '\n' || pen.columns(character).is_some();
    if text.chars().all(is_ours) {
        return text.to_owned();
    }
    // Quotes, dashes and signs have neighbours in ASCII; letters of another script have none.
    let near: Option<String> = text
        .chars()
        .map(|character| match character {
            character if is_ours(character) => Some(character),
            '\u{2018}' | '\u{2019}' => Some('\''),
            '\u{201c}' | '\u{201d}' => Some('"'),
            '\u{2010}'..='\u{2015}' => Some('-'),
            '\u{a0}' => Some(' '),
            '×' => Some('x'),
            _ => None,
        })
        .collect();
    near.unwrap_or_else(|| OTHER_SCRIPT.to_owned())
}

/// Columns that a drawable text takes.
fn width(pen: &Pen<'_>, text: &str) -> usize {
    text.chars().filter_map(|character| pen.columns(character)).sum()
}

/// The beginning of a text that takes at most so many columns.
fn cut<'a>(pen: &Pen<'_>, text: &'a str, columns: usize) -> &'a str {
    let mut used = 0;
    for (at, character) in text.char_indices() {
        used += pen.columns(character).unwrap_or(1);
        if used > columns {
            return text.get(..at).unwrap_or(text);
        }
    }
    text
}

/// The lines of the parts.
fn lines(pen: &Pen<'_>, parts: &[Part]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for part in parts {
        match part {
            Part::Heading(text) => {
                if !out.is_empty() {
                    out.push(String::new());
                }
                let text = drawable(pen, text).to_uppercase();
                let text = cut(pen, &text, COLUMNS);
                out.push(text.to_owned());
                out.push("-".repeat(width(pen, text)));
            }
            Part::Text(text) => drawable(pen, text).lines().for_each(|line| wrap(pen, line, &mut out)),
            Part::Table(heads, rows) => table(pen, heads, rows, &mut out),
        }
    }
    out
}

/// Breaks between words; a word that is longer than a line, and Chinese, which has no blanks, is broken within.
fn wrap(pen: &Pen<'_>, text: &str, out: &mut Vec<String>) {
    let mut line = String::new();
    for word in text.split(' ') {
        let mut word = word;
        let has_wide = word.chars().any(|character| pen.columns(character) == Some(2));
        if !line.is_empty() && width(pen, &line) + 1 + width(pen, word) > COLUMNS && !has_wide {
            out.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        while width(pen, &line) + width(pen, word) > COLUMNS {
            let head = cut(pen, word, COLUMNS.saturating_sub(width(pen, &line)));
            line.push_str(head);
            out.push(std::mem::take(&mut line).trim_end().to_owned());
            word = word.get(head.len()..).unwrap_or_default();
        }
        line.push_str(word);
    }
    out.push(line);
}

fn table(pen: &Pen<'_>, heads: &[String], rows: &[Vec<String>], out: &mut Vec<String>) {
    let all: Vec<Vec<String>> = std::iter::once(heads)
        .chain(rows.iter().map(Vec::as_slice))
        .map(|row| row.iter().map(|cell| drawable(pen, cell)).collect())
        .collect();
    let widths: Vec<usize> = (0..heads.len())
        .map(|column| all.iter().filter_map(|row| row.get(column)).map(|cell| width(pen, cell)).max().unwrap_or(0))
        .collect();
    for (at, row) in all.iter().enumerate() {
        let mut line = String::new();
        for (cell, columns) in row.iter().zip(&widths) {
            let blank = " ".repeat(columns.saturating_sub(width(pen, cell)));
            // Numbers stand to the right, so that their digits stand under each other.
            let is_number =
                at > 0 && !cell.is_empty() && cell.bytes().all(|byte| byte.is_ascii_digit() || byte == b',');
            line.push_str(&if is_number { format!("{blank}{cell}  ") } else { format!("{cell}{blank}  ") });
        }
        out.push(cut(pen, line.trim_end(), COLUMNS).to_owned());
    }
}

/// Draws a report in a face. `lang` is the language of its words, as in BCP 47.
///
/// # Errors
/// [`LabelError::Pdf`].
pub fn draw(face: &Face, lang: &str, title: &str, parts: &[Part]) -> Result<Vec<u8>, LabelError> {
    let pen = face.pen()?;
    let title = drawable(&pen, title);
    let mut all = lines(&pen, parts);
    let most = LINES_MAX * PAGES_MAX;
    if all.len() > most {
        let left_out = all.len() - (most - 1);
        all.truncate(most - 1);
        all.push(format!("... and {left_out} more lines: see the sealed record of the case"));
    }
    let pages: Vec<&[String]> = all.chunks(LINES_MAX).collect();
    let mut document = Document::new();
    document
        .set_metadata(Metadata::new().title(title.clone()).creator("Tracelight".to_owned()).language(lang.to_owned()));
    for (at, lines) in pages.iter().enumerate() {
        let mut page = document.start_page_with(page_of(PAGE_MM)?);
        let mut surface = page.surface();
        surface.push_transform(&Transform::from_scale(POINTS_PER_MM, POINTS_PER_MM));
        let mut base = TOP_MM;
        for line in *lines {
            pen.write(&mut surface, (LEFT_MM, base), SIZE_MM, line);
            base += LINE_MM;
        }
        let foot = format!("{title} | {}/{}", at + 1, pages.len());
        pen.write(&mut surface, (LEFT_MM, PAGE_MM.1 - 10.0), SIZE_MM, cut(&pen, &foot, COLUMNS));
        surface.pop();
        surface.finish();
        page.finish();
    }
    document.finish().map_err(|error| LabelError::Pdf(format!("{error:?}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracelight_testkit::machine::able;

    /// Debian's fonts-noto-cjk, which the set-up brings.
    const NOTO: &str = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc";

    fn laid(face: &Face, parts: &[Part]) -> Vec<String> {
        lines(&face.pen().expect("a pen"), parts)
    }

    fn noto() -> Option<Face> {
        let found = if Path::new(NOTO).is_file() { Ok(()) } else { Err(anyhow::anyhow!("there is no file {NOTO}")) };
        able("the test of reports in Chinese", found).then(|| Face::read(Path::new(NOTO)).expect("it has such a face"))
    }

    #[test]
    fn what_the_face_cannot_draw_is_said_to_be_missing() {
        let face = Face::latin();
        let pen = face.pen().expect("a pen");
        assert_eq!(drawable(&pen, "Amoxicillin 250 mg × 24 – “new”"), "Amoxicillin 250 mg x 24 - \"new\"");
        assert_eq!(drawable(&pen, "阿莫西林"), OTHER_SCRIPT);
    }

    #[test]
    fn lines_keep_within_the_page_and_numbers_stand_under_each_other() {
        let long = format!("{} {}", "word ".repeat(40), "x".repeat(COLUMNS + 5));
        let cells = |lot: &str, packs: &str| vec![lot.to_owned(), packs.to_owned()];
        let parts = [
            Part::Heading("Lots".to_owned()),
            Part::Text(long),
            Part::Table(cells("Lot", "Packs"), vec![cells("A24K07", "48,000"), cells("B", "7")]),
        ];
        let lines = laid(&Face::latin(), &parts);
        assert!(lines.iter().all(|line| line.len() <= COLUMNS), "{lines:?}");
        assert_eq!(
            lines.iter().rev().take(3).collect::<Vec<_>>(),
            ["B            7", "A24K07  48,000", "Lot     Packs"]
        );
    }

    #[test]
    fn a_face_from_a_file_draws_chinese_in_two_columns_and_only_what_is_used_goes_into_the_file() {
        let Some(face) = noto() else { return };
        let cells = |name: &str, packs: &str| vec![name.to_owned(), packs.to_owned()];
        let parts = [
            Part::Heading("召回：量杯".to_owned()),
            Part::Text("刻度有误，可能导致用量过大。".repeat(6)),
            Part::Text(format!("批号 {}", "x".repeat(COLUMNS + 5))),
            Part::Table(cells("产品", "包"), vec![cells("对乙酰氨基酚", "48,000"), cells("B", "7")]),
        ];
        let pen = face.pen().expect("a pen");
        let lines = lines(&pen, &parts);
        assert!(lines.iter().all(|line| width(&pen, line) <= COLUMNS), "{lines:?}");
        assert_eq!(lines[1], "-".repeat(10));
        assert_eq!(lines.iter().rev().take(2).collect::<Vec<_>>(), ["B                  7", "对乙酰氨基酚  48,000"]);
        let pdf = draw(&face, "zh-CN", "召回报告", &parts).expect("it is drawn");
        assert!(pdf.len() < 100_000, "{} bytes", pdf.len());
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("report.pdf");
        std::fs::write(&path, &pdf).expect("it is written");
        let read = std::process::Command::new("pdftotext").args(["-layout"]).arg(&path).arg("-").output();
        let text = String::from_utf8(read.expect("poppler").stdout).expect("UTF-8");
        assert!(text.contains("召回：量杯") && text.contains("对乙酰氨基酚"), "{text}");
        let fonts = std::process::Command::new("pdffonts").arg(&path).output().expect("poppler");
        let fonts = String::from_utf8(fonts.stdout).expect("UTF-8");
        assert!(fonts.contains("NotoSansMonoCJKsc"), "as the mainland writes it: {fonts}");
    }

    #[test]
    fn a_file_without_such_a_face_is_refused_with_its_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("face.ttc");
        for bytes in
            [&b""[..], b"ttcf\0\x01\0\0\xff\xff\xff\xff", include_bytes!("../assets/fonts/NotoSansSC-Receipt.otf")]
        {
            std::fs::write(&path, bytes).expect("it is written");
            let error = Face::read(&path).expect_err("it is none").to_string();
            assert!(error.contains("face.ttc"), "{error}");
        }
        assert!(Face::read(&folder.path().join("none")).is_err());
    }

    #[test]
    fn a_long_report_has_several_pages_and_is_the_same_again() {
        let parts: Vec<Part> = (0..200).map(|at| Part::Text(format!("Line {at}"))).collect();
        let drawn = |parts: &[Part]| draw(&Face::latin(), "en", "Recall", parts).expect("it is drawn");
        let one = drawn(&parts);
        assert!(one.starts_with(b"%PDF") && one == drawn(&parts));
        assert!(drawn(&[]).starts_with(b"%PDF"), "an empty one too");
    }
}

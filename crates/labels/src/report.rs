//! A report as PDF: headings, paragraphs and tables in a typewriter face on A4, so that columns stand under each other by counting.
//!
//! ```text
//! page   LINES_MAX lines of COLUMNS characters | title and page number at the foot
//! ```
//! The face has ASCII and nothing else. What it cannot draw is not left out silently: [`drawable`] puts [`OTHER_SCRIPT`] in its
//! place, and the reader finds the text on the page that the report is of.

use crate::LabelError;
use crate::pdf::{POINTS_PER_MM, Pen, page_of};
use crate::sheet::PAGE_MM;
use krilla::Document;
use krilla::geom::Transform;
use krilla::metadata::Metadata;

/// Characters of a line.
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
#[must_use]
pub fn drawable(text: &str) -> String {
    let is_ours = |character: char| character == ' ' || character.is_ascii_graphic();
    if text.chars().all(|character| is_ours(character) || character == '\n') {
        return text.to_owned();
    }
    // Quotes, dashes and signs have neighbours in ASCII; letters of another script have none.
    let near: Option<String> = text
        .chars()
        .map(|character| match character {
            character if is_ours(character) || character == '\n' => Some(character),
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

/// The lines of the parts.
#[must_use]
pub fn lines(parts: &[Part]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for part in parts {
        match part {
            Part::Heading(text) => {
                if !out.is_empty() {
                    out.push(String::new());
                }
                let text = drawable(text).to_uppercase();
                out.push(text.clone());
                out.push("-".repeat(text.chars().count().min(COLUMNS)));
            }
            Part::Text(text) => drawable(text).lines().for_each(|line| wrap(line, &mut out)),
            Part::Table(heads, rows) => table(heads, rows, &mut out),
        }
    }
    out
}

/// Breaks between words; a word that is longer than a line is broken within.
fn wrap(text: &str, out: &mut Vec<String>) {
    let mut line = String::new();
    for word in text.split(' ') {
        let mut word = word;
        if !line.is_empty() && line.len() + 1 + word.len() > COLUMNS {
            out.push(std::mem::take(&mut line));
        }
        while word.len() > COLUMNS {
            let (head, tail) = word.split_at(COLUMNS);
            out.push(head.to_owned());
            word = tail;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    out.push(line);
}

fn table(heads: &[String], rows: &[Vec<String>], out: &mut Vec<String>) {
    let all: Vec<Vec<String>> = std::iter::once(heads)
        .chain(rows.iter().map(Vec::as_slice))
        .map(|row| row.iter().map(|cell| drawable(cell)).collect())
        .collect();
    let widths: Vec<usize> = (0..heads.len())
        .map(|column| all.iter().filter_map(|row| row.get(column)).map(String::len).max().unwrap_or(0))
        .collect();
    for (at, row) in all.iter().enumerate() {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            // Numbers stand to the right, so that their digits stand under each other.
            let is_number =
                at > 0 && !cell.is_empty() && cell.bytes().all(|byte| byte.is_ascii_digit() || byte == b',');
            line.push_str(&if is_number { format!("{cell:>width$}  ") } else { format!("{cell:<width$}  ") });
        }
        let line = line.trim_end();
        out.push(line.get(..COLUMNS).unwrap_or(line).to_owned());
    }
}

/// Draws a report.
///
/// # Errors
/// [`LabelError::Pdf`].
pub fn draw(title: &str, parts: &[Part]) -> Result<Vec<u8>, LabelError> {
    let (title, pen) = (drawable(title), Pen::new()?);
    let mut all = lines(parts);
    let most = LINES_MAX * PAGES_MAX;
    if all.len() > most {
        let left_out = all.len() - (most - 1);
        all.truncate(most - 1);
        all.push(format!("... and {left_out} more lines: see the sealed record of the case"));
    }
    let pages: Vec<&[String]> = all.chunks(LINES_MAX).collect();
    let mut document = Document::new();
    document
        .set_metadata(Metadata::new().title(title.clone()).creator("Tracelight".to_owned()).language("en".to_owned()));
    for (at, lines) in pages.iter().enumerate() {
        let mut page = document.start_page_with(page_of(PAGE_MM)?);
        let mut surface = page.surface();
        surface.push_transform(&Transform::from_scale(POINTS_PER_MM, POINTS_PER_MM));
        let mut base = TOP_MM;
        for line in *lines {
            pen.write(&mut surface, (LEFT_MM, base), SIZE_MM, line);
            base += LINE_MM;
        }
        let foot = format!("{title} | page {}/{}", at + 1, pages.len());
        pen.write(&mut surface, (LEFT_MM, PAGE_MM.1 - 10.0), SIZE_MM, foot.get(..COLUMNS).unwrap_or(&foot));
        surface.pop();
        surface.finish();
        page.finish();
    }
    document.finish().map_err(|error| LabelError::Pdf(format!("{error:?}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_face_cannot_draw_is_said_to_be_missing() {
        assert_eq!(drawable("Amoxicillin 250 mg × 24 – “new”"), "Amoxicillin 250 mg x 24 - \"new\"");
        assert_eq!(drawable("阿莫西林"), OTHER_SCRIPT);
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
        let lines = lines(&parts);
        assert!(lines.iter().all(|line| line.len() <= COLUMNS), "{lines:?}");
        assert_eq!(
            lines.iter().rev().take(3).collect::<Vec<_>>(),
            ["B            7", "A24K07  48,000", "Lot     Packs"]
        );
    }

    #[test]
    fn a_long_report_has_several_pages_and_is_the_same_again() {
        let parts: Vec<Part> = (0..200).map(|at| Part::Text(format!("Line {at}"))).collect();
        let one = draw("Recall", &parts).expect("it is drawn");
        assert!(one.starts_with(b"%PDF") && one == draw("Recall", &parts).expect("it is drawn"));
        assert!(draw("Recall", &[]).is_ok(), "an empty one too");
    }
}

//! The preview: the drawing as SVG, in true millimetres, a user unit for each dot.
//!
//! A text keeps the room that the layout gave it (`textLength`), whatever face the reader has. The file holds no script, no
//! link and no style from outside; characters that XML 1.0 has no place for are shown as U+FFFD.

use crate::drawing::{Area, Drawing, Line, Mark};
use std::fmt::Write as _;

/// From the upper edge of tall letters to the base line, in thousandths of the text's height; as in the PDF.
const BASELINE_PERMILLE: u32 = (crate::pdf::BASELINE * 1000.0) as u32;

/// Writes one label.
#[must_use]
pub fn write(drawing: &Drawing) -> String {
    let (width, height) = (drawing.width, drawing.height);
    let (width_mm, height_mm) = (drawing.grid.mm(width), drawing.grid.mm(height));
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width_mm}mm\" height=\"{height_mm}mm\" \
         viewBox=\"0 0 {width} {height}\" shape-rendering=\"crispEdges\">\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>\n"
    );
    for mark in &drawing.marks {
        match mark {
            Mark::Symbol(placed) => path(&mut out, placed.areas()),
            Mark::Rule(area) => path(&mut out, std::iter::once(*area)),
            Mark::Text(line) => text(&mut out, line),
        }
    }
    out.push_str("</svg>\n");
    out
}

fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _ = out.write_fmt(text);
}

fn path(out: &mut String, areas: impl Iterator<Item = Area>) {
    out.push_str("<path d=\"");
    for Area { left, top, width, height } in areas {
        push(out, format_args!("M{left} {top}h{width}v{height}h-{width}z"));
    }
    out.push_str("\"/>\n");
}

fn text(out: &mut String, line: &Line) {
    let base = line.top + line.size * BASELINE_PERMILLE / 1000;
    push(
        out,
        format_args!(
            "<text x=\"{}\" y=\"{base}\" font-size=\"{}\" textLength=\"{}\" lengthAdjust=\"spacingAndGlyphs\" \
             font-family=\"DejaVu Sans Mono,Noto Sans Mono CJK SC,monospace\" xml:space=\"preserve\">",
            line.left,
            line.size,
            line.width()
        ),
    );
    for character in line.text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // XML 1.0, section 2.2, without the white space that would break the line.
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    out.push_str("</text>\n");
}

//! ZPL II for label printers (Zebra ZPL II Programming Guide).
//!
//! ```text
//! label   ^XA ^CI28 ^PW ^LL ^LH0,0  field...  ^PQ1 ^XZ
//! symbol  ^FO x,y ^GFA bytes,bytes,bytes of a row, data ^FS        every dot as in the drawing
//! text    ^FO x,y ^A0N,height,width ^FH\ ^FD escaped text ^FS      ^A@ with the printer's own font beyond ASCII
//! rule    ^FO x,y ^GB width,height,thickness ^FS
//! ```
//! Symbols are sent as dots, not as `^BQ`, `^BX` and `^BC`: what was decoded in our tests is then what is printed, on every
//! firmware, at a size that the layout knows. The data are compressed by the scheme of `~DG` (repeat counts, `,` for the rest
//! of a row, `:` for the row before), so that a label takes 1.8, 2.5 and 3.1 kB at 203, 300 and 600 dpi.
//!
//! **Text cannot become a command.** Commands begin with `^` or `~`; in a text every byte that is no letter, digit, space or
//! one of `. , - / : ( )` is written as `\` and two hexadecimal digits, which `^FH\` turns back into text only after commands
//! have been told apart. Text is UTF-8 by `^CI28`. No other field of a command comes from outside.

use crate::LabelError;
use crate::drawing::{Drawing, Line, Mark, Placed};
use std::fmt::Write as _;

/// Width of the printer's own scalable face in hundredths of its height. It is condensed: with this width its widest
/// letters stay inside the room that the layout gave them.
const WIDTH_PERCENT: u32 = 70;

/// A font that was loaded into the printer, for text beyond ASCII: drive, name and ending, such as `E:SIMSUN.TTF`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrinterFont(String);

impl PrinterFont {
    /// Reads a font's name.
    ///
    /// # Errors
    /// [`LabelError::Font`] for what is not a drive (`E`, `R`, `B`, `A` or `Z`), a name of 1 to 16 letters, digits and
    /// `_`, and `TTF`, `TTE` or `FNT`.
    pub fn parse(text: &str) -> Result<Self, LabelError> {
        let refused = || LabelError::Font(text.chars().take(32).collect());
        let (drive, file) = text.split_once(':').ok_or_else(refused)?;
        let (name, ending) = file.split_once('.').ok_or_else(refused)?;
        let plain = name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
        let known = matches!(drive, "E" | "R" | "B" | "A" | "Z") && matches!(ending, "TTF" | "TTE" | "FNT");
        if plain && known && (1..=16).contains(&name.len()) { Ok(Self(text.to_owned())) } else { Err(refused()) }
    }
}

/// Writes one label.
#[must_use]
pub fn write(drawing: &Drawing, font: Option<&PrinterFont>) -> String {
    let mut out = format!("^XA\n^CI28\n^PW{}\n^LL{}\n^LH0,0\n", drawing.width, drawing.height);
    for mark in &drawing.marks {
        match mark {
            Mark::Symbol(placed) => symbol(&mut out, placed),
            Mark::Text(line) => text(&mut out, line, font),
            Mark::Rule(area) => {
                // A box whose lines are as thick as its shorter side is filled.
                let thickness = area.width.min(area.height);
                push(
                    &mut out,
                    format_args!("^FO{},{}^GB{},{},{thickness}^FS\n", area.left, area.top, area.width, area.height),
                );
            }
        }
    }
    out.push_str("^PQ1\n^XZ\n");
    out
}

fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _ = out.write_fmt(text);
}

fn text(out: &mut String, line: &Line, font: Option<&PrinterFont>) {
    push(out, format_args!("^FO{},{}", line.left, line.top));
    match font.filter(|_| !line.text.is_ascii()) {
        Some(font) => push(out, format_args!("^A@N,{},{},{}", line.size, line.size, font.0)),
        None => push(out, format_args!("^A0N,{},{}", line.size, line.size * WIDTH_PERCENT / 100)),
    }
    push(out, format_args!("^FH\\^FD{}^FS\n", escaped(&line.text)));
}

/// A text as field data after `^FH\`.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b" .,-/:()".contains(&byte) {
            out.push(char::from(byte));
        } else {
            push(&mut out, format_args!("\\{byte:02X}"));
        }
    }
    out
}

fn symbol(out: &mut String, placed: &Placed) {
    let row_bytes = (placed.width() as usize).div_ceil(8);
    let total = row_bytes * placed.height() as usize;
    push(out, format_args!("^FO{},{}^GFA,{total},{total},{row_bytes},", placed.left, placed.top));
    let mut before: Option<String> = None;
    let mut runs = placed.symbol.runs().into_iter().peekable();
    for row in 0..placed.symbol.rows() {
        let mut bits = vec![0u8; row_bytes];
        while let Some(run) = runs.next_if(|run| run.row == row) {
            let first = run.column * placed.module_width as usize;
            for dot in first..first + run.length * placed.module_width as usize {
                if let Some(byte) = bits.get_mut(dot / 8) {
                    *byte |= 0x80 >> (dot % 8);
                }
            }
        }
        let line = compressed(&bits);
        for _ in 0..placed.module_height {
            out.push_str(if before.as_ref() == Some(&line) { ":" } else { &line });
            if before.as_ref() != Some(&line) {
                before = Some(line.clone());
            }
        }
    }
    out.push_str("^FS\n");
}

/// One row of dots: hexadecimal digits with repeat counts, and `,` when only light ones follow.
fn compressed(row: &[u8]) -> String {
    let digits: Vec<u8> = row.iter().flat_map(|byte| [byte >> 4, byte & 15]).collect();
    let used = digits.iter().rposition(|digit| *digit != 0).map_or(0, |last| last + 1);
    let mut out = String::new();
    for run in digits.get(..used).unwrap_or_default().chunk_by(|a, b| a == b) {
        repeat_count(&mut out, run.len());
        let digit = run.first().copied().unwrap_or_default();
        out.push(char::from_digit(u32::from(digit), 16).unwrap_or('0').to_ascii_uppercase());
    }
    if used < digits.len() {
        out.push(',');
    }
    out
}

/// `g` to `z` are 20 to 400 repetitions, `G` to `Y` 1 to 19; several add up.
fn repeat_count(out: &mut String, mut count: usize) {
    if count < 2 {
        return;
    }
    while count > 419 {
        out.push('z');
        count -= 400;
    }
    let letter = |first: u8, number: usize| char::from(first + u8::try_from(number - 1).unwrap_or_default());
    if count >= 20 {
        out.push(letter(b'g', count / 20));
    }
    if !count.is_multiple_of(20) {
        out.push(letter(b'G', count % 20));
    }
}

#[cfg(test)]
mod tests {
    use super::{PrinterFont, compressed, escaped};

    #[test]
    fn rows_are_compressed_as_the_guide_shows() {
        // The guide's example: `M6` is seven sixes, `hB` forty Bs.
        assert_eq!(compressed(&[0x66, 0x66, 0x66, 0x67]), "M67");
        assert_eq!(compressed(&[0xbb; 20]), "hB");
        assert_eq!(compressed(&[0xff; 210]), "zgF");
        assert_eq!(compressed(&[0xf0, 0, 0]), "F,");
        assert_eq!(compressed(&[0, 0]), ",");
    }

    #[test]
    fn a_text_has_no_command_in_it() {
        assert_eq!(escaped("^XZ~JR\\_\n"), "\\5EXZ\\7EJR\\5C\\5F\\0A");
        assert_eq!(escaped("药 A-1"), "\\E8\\8D\\AF A-1");
    }

    #[test]
    fn a_font_is_a_name_and_nothing_else() {
        for good in ["E:SIMSUN.TTF", "Z:A.FNT"] {
            assert!(PrinterFont::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "E:.TTF", "E:A^XZ.TTF", "C:A.TTF", "E:A.TTF^FS", "E:A.EXE", "E:AAAAAAAAAAAAAAAAA.TTF"] {
            assert!(PrinterFont::parse(bad).is_err(), "{bad}");
        }
    }
}

//! Symbols as modules: what is dark, and how much has to stay light around it.
//!
//! | kind | holds | quiet zone | source |
//! |---|---|---|---|
//! | QR code, error correction M (15 %) | a Digital Link | 4 modules | ISO/IEC 18004 |
//! | GS1 DataMatrix, square | FNC1, then the element string | 1 module | ISO/IEC 16022; GS1 General Specifications 5.6 |
//! | GS1-128 | FNC1, then the element string | 10 modules at both sides | ISO/IEC 15417; GS1 General Specifications 5.4 |
//!
//! FNC1 in the first place is what makes a symbol a GS1 one: scanners then send `]d2` and `]C1`. A separator within the
//! data is GS (0x1D) in a DataMatrix, which the standard allows beside FNC1, and FNC1 in GS1-128.

use crate::LabelError;
use barcoders::sym::code128::Code128;
use datamatrix::{DataMatrix, SymbolList};
use qrcode::{Color, EcLevel, QrCode};
use std::fmt::Write as _;
use tracelight_domain::gs1::element_string::GS;

/// Characters of data in one GS1-128 symbol, AIs and separators included (GS1 General Specifications 5.4.3).
pub const GS1_128_CHARS_MAX: usize = 48;

/// A symbol without its quiet zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    columns: usize,
    quiet: usize,
    /// Row by row, dark or not.
    dark: Vec<bool>,
}

/// A run of dark modules in one row, in modules from the symbol's top left corner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// First column.
    pub column: usize,
    /// Row.
    pub row: usize,
    /// Columns.
    pub length: usize,
}

impl Symbol {
    /// A QR code that holds a text.
    ///
    /// # Errors
    /// [`LabelError::TooLong`].
    pub fn qr(text: &str) -> Result<Self, LabelError> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M)
            .map_err(|_| LabelError::TooLong { bytes: text.len() })?;
        let columns = code.width();
        let dark = code.into_colors().into_iter().map(|color| color == Color::Dark).collect();
        Ok(Self { columns, quiet: 4, dark })
    }

    /// A square GS1 DataMatrix that holds an element string; its separator is U+001D.
    ///
    /// # Errors
    /// [`LabelError::Symbol`] when it does not fit.
    pub fn gs1_datamatrix(elements: &str) -> Result<Self, LabelError> {
        let refused = |error| LabelError::Symbol { what: "GS1 DataMatrix", why: format!("{error:?}") };
        let list = SymbolList::default().enforce_square();
        let code = DataMatrix::encode_gs1(elements.as_bytes(), list).map_err(refused)?;
        let bitmap = code.bitmap();
        let columns = bitmap.width();
        Ok(Self { columns, quiet: 1, dark: bitmap.bits().to_vec() })
    }

    /// A GS1-128 that holds an element string: one row of modules.
    ///
    /// # Errors
    /// [`LabelError::Symbol`] for more than [`GS1_128_CHARS_MAX`] characters, or one outside ASCII.
    pub fn gs1_128(elements: &str) -> Result<Self, LabelError> {
        let what = "GS1-128";
        let count = elements.chars().count();
        if count > GS1_128_CHARS_MAX {
            return Err(LabelError::Symbol { what, why: format!("{count} characters, at most {GS1_128_CHARS_MAX}") });
        }
        // Beyond ASCII are the encoder's own commands.
        if let Some(found) = elements.chars().find(|c| *c != GS && !(' '..='~').contains(c)) {
            return Err(LabelError::Symbol { what, why: format!("`{}` has no place in it", found.escape_default()) });
        }
        let code = Code128::new(code_sets(elements));
        let code = code.map_err(|error| LabelError::Symbol { what, why: error.to_string() })?;
        let dark: Vec<bool> = code.encode().into_iter().map(|module| module == 1).collect();
        Ok(Self { columns: dark.len(), quiet: 10, dark })
    }

    /// Modules across.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Modules down; 1 for a linear symbol.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.dark.len() / self.columns.max(1)
    }

    /// Light modules that have to stand at each side.
    #[must_use]
    pub fn quiet(&self) -> usize {
        self.quiet
    }

    /// Modules across, quiet zone included.
    #[must_use]
    pub fn columns_with_quiet_zone(&self) -> usize {
        self.columns + 2 * self.quiet
    }

    /// The dark modules as the path of an SVG, in modules, with the quiet zone to the left and above.
    #[must_use]
    pub fn path(&self) -> String {
        let mut path = String::new();
        for Run { column, row, length } in self.runs() {
            let _ = write!(path, "M{} {}h{length}v1h-{length}z", column + self.quiet, row + self.quiet);
        }
        path
    }

    /// The dark modules, joined along rows.
    #[must_use]
    pub fn runs(&self) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        for (row, line) in self.dark.chunks(self.columns.max(1)).enumerate() {
            let mut open: Option<Run> = None;
            for (column, dark) in line.iter().enumerate() {
                match (&mut open, dark) {
                    (Some(run), true) => run.length += 1,
                    (None, true) => open = Some(Run { column, row, length: 1 }),
                    (_, false) => runs.extend(open.take()),
                }
            }
            runs.extend(open);
        }
        runs
    }
}

const CODE_B: char = '\u{181}';
const CODE_C: char = '\u{106}';
const FNC1: char = '\u{179}';

/// The text with its code sets, as the encoder wants it: FNC1 first, pairs of digits in set C wherever that is shorter
/// (ISO/IEC 15417, annex E: four digits or more, an odd one stays in set B).
fn code_sets(elements: &str) -> String {
    let characters: Vec<char> = elements.chars().collect();
    let digits_at = |at: usize| characters.iter().skip(at).take_while(|c| c.is_ascii_digit()).count();
    let mut out = String::new();
    let mut in_c = digits_at(0) >= 2;
    out.push(if in_c { CODE_C } else { CODE_B });
    out.push(FNC1);
    let mut at = 0;
    while let Some(character) = characters.get(at) {
        let digits = digits_at(at);
        if *character == GS {
            out.push(FNC1);
            at += 1;
        } else if in_c && digits >= 2 {
            out.extend(characters.iter().skip(at).take(2));
            at += 2;
        } else if in_c {
            out.push(CODE_B);
            in_c = false;
        } else if digits >= 4 && digits.is_multiple_of(2) {
            out.push(CODE_C);
            in_c = true;
        } else {
            out.push(*character);
            at += 1;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{CODE_B, CODE_C, FNC1, Symbol, code_sets};

    fn shown(elements: &str) -> String {
        code_sets(elements).replace(CODE_B, "[B]").replace(CODE_C, "[C]").replace(FNC1, "[1]")
    }

    #[test]
    fn digits_go_in_pairs_and_the_separator_stays_fnc1() {
        assert_eq!(shown("00123456789012345675"), "[C][1]00123456789012345675");
        assert_eq!(shown("37123\u{1d}10AB"), "[C][1]3712[B]3[1]10AB");
        assert_eq!(shown("10A12345"), "[C][1]10[B]A1[C]2345");
        assert_eq!(shown("10A123"), "[C][1]10[B]A123");
        assert_eq!(shown("A"), "[B][1]A");
    }

    #[test]
    fn an_sscc_symbol_has_the_width_of_the_standard() {
        // Start, FNC1, ten pairs, check: 11 modules each; stop: 13 (GS1 General Specifications 5.4.4).
        let symbol = Symbol::gs1_128("00123456789012345675").expect("fits");
        assert_eq!((symbol.columns(), symbol.rows()), (13 * 11 + 13, 1));
    }

    #[test]
    fn what_no_symbol_holds_is_refused() {
        assert!(Symbol::gs1_128(&"1".repeat(49)).is_err());
        assert!(Symbol::gs1_128("10\u{106}").is_err());
        assert!(Symbol::gs1_datamatrix(&"A".repeat(4_000)).is_err());
        assert!(Symbol::qr(&"A".repeat(4_000)).is_err());
    }
}

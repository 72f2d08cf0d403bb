//! Labels: what a printer or a person needs to put codes on packs, cases and pallets.
//!
//! ```text
//! digital link    {public base}/01/{gtin}/10/{lot}/21/{serial}?17={yymmdd}      what the QR code of a pack holds; of a signed
//!                 …&8030={signature}                                            label with its [`signature`] behind it
//! element string  01{gtin}17{yymmdd}10{lot} GS 21{serial}                       what its GS1 DataMatrix holds
//!
//! facts --[unit], [logistic]--> drawing --[pdf], [zpl], [svg]--> bytes
//! ```
//! There is one layout, a [`drawing::Drawing`] of [`symbol`]s and lines on a [`grid`] of whole dots, and three outputs of it:
//! [`pdf`] for sheets ([`sheet`] has their millimetres), [`zpl`] for label printers, [`svg`] to look at first. [`csv`] writes
//! one row a code for printers that make their own labels. [`report`] writes plain reports with the same pen.
//!
//! **Invariant:** pure. Facts in, the same bytes out: no clock, no randomness, no I/O; and no text of a user is ever more
//! than text in an output.

pub mod csv;
pub mod drawing;
pub mod grid;
pub mod logistic;
pub mod paper;
pub mod pdf;
pub mod report;
pub mod sheet;
pub mod signature;
pub mod svg;
pub mod symbol;
pub mod unit;
pub mod zpl;

use thiserror::Error;
use tracelight_domain::gs1::ai::Ai;
use tracelight_domain::gs1::scan::ScanError;
use tracelight_domain::gs1::{Date, Gtin, Lot, Serial, digital_link, element_string};

/// What all labels of an order share.
#[derive(Clone, Debug)]
pub struct LabelFacts {
    /// Where shoppers' phones are sent, without a slash at the end: `https://t.example`.
    pub public_base_url: String,
    /// AI 01.
    pub gtin: Gtin,
    /// AI 10.
    pub lot: Lot,
    /// AI 17.
    pub expires_on: Date,
    /// What signs the labels, if they are signed.
    pub signing: Option<signature::LabelKey>,
}

/// Why labels cannot be made.
#[derive(Debug, Error)]
pub enum LabelError {
    /// The base address and the code do not make a Digital Link.
    #[error("the code cannot be written as a Digital Link: {0}")]
    Link(#[source] ScanError),
    /// A QR code cannot hold the link.
    #[error("the link is too long for a QR code ({bytes} bytes). Hint: use a shorter public base URL")]
    TooLong {
        /// Bytes of the link.
        bytes: usize,
    },
    /// The modules would be smaller than scanners read.
    #[error(
        "a code of {modules} modules needs {needs_mm:.1} mm, and the label has {has_mm:.1} mm. \
         Hint: choose a sheet with larger labels, or a shorter public base URL"
    )]
    TooSmall {
        /// Modules on a side, quiet zone included.
        modules: usize,
        /// Millimetres at the smallest module.
        needs_mm: f32,
        /// Millimetres there are.
        has_mm: f32,
    },
    /// Text beside the code would be smaller than people read.
    #[error("{has_mm:.1} mm are left for text, which is not enough. Hint: choose a wider label")]
    NoRoomForText {
        /// Millimetres there are.
        has_mm: f32,
    },
    /// A symbol cannot hold the data.
    #[error("a {what} cannot hold the data: {why}")]
    Symbol {
        /// Which kind of symbol.
        what: &'static str,
        /// Why not.
        why: String,
    },
    /// A name on a logistic label is no name.
    #[error("a name of {bytes} bytes, expected at most {}", logistic::NAME_BYTES_MAX)]
    NameTooLong {
        /// Its bytes.
        bytes: usize,
    },
    /// A font that no printer can have.
    #[error("`{0}` is no font of a printer, expected a drive, a colon, a name and an ending, such as E:SIMSUN.TTF")]
    Font(String),
    /// The PDF has one typeface, of ASCII.
    #[error("the sheet's typeface has no `{0}`. Hint: use ZPL or SVG for other scripts")]
    Typeface(char),
    /// The PDF library refused.
    #[error("the sheet could not be drawn: {0}")]
    Pdf(String),
    /// The CSV library refused.
    #[error("the table could not be written: {0}")]
    Csv(String),
}

impl LabelFacts {
    fn elements(&self, serial: &Serial) -> Vec<(Ai, String)> {
        vec![
            (Ai::GTIN, self.gtin.to_string()),
            (Ai::EXPIRY, self.expires_on.yymmdd()),
            (Ai::LOT, self.lot.to_string()),
            (Ai::SERIAL, serial.to_string()),
        ]
    }

    /// What the QR code of one pack holds.
    ///
    /// # Errors
    /// [`LabelError::Link`].
    pub fn digital_link(&self, serial: &Serial) -> Result<String, LabelError> {
        let mut elements = self.elements(serial);
        if let Some(key) = &self.signing {
            elements.push((Ai::DIGSIG, key.sign(&self.element_string(serial)?)));
        }
        digital_link::build(&self.public_base_url, &elements).map_err(LabelError::Link)
    }

    /// The same as a GS1 element string, for printers that make their own symbols; the separator is U+001D. Never signed: the
    /// DataMatrix of a medicine has no room to spare.
    ///
    /// # Errors
    /// [`LabelError::Link`].
    pub fn element_string(&self, serial: &Serial) -> Result<String, LabelError> {
        element_string::build(&self.elements(serial)).map_err(LabelError::Link)
    }
}

#[cfg(test)]
mod tests;

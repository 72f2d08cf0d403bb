//! Labels: what a printer or a person needs to put an order's codes on packs.
//!
//! ```text
//! digital link    {public base}/01/{gtin}/10/{lot}/21/{serial}?17={yymmdd}      what the QR code holds
//! element string  01{gtin}17{yymmdd}10{lot} GS 21{serial}                       what a GS1 DataMatrix would hold
//! ```
//! [`csv`] writes one row a code, [`pdf`] draws sheets ([`sheet`] has the millimetres, [`qr`] the modules). Pure: serials
//! in, bytes out.

pub mod csv;
pub mod pdf;
pub mod qr;
pub mod sheet;

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
        digital_link::build(&self.public_base_url, &self.elements(serial)).map_err(LabelError::Link)
    }

    /// The same as a GS1 element string, for printers that make their own symbols; the separator is U+001D.
    ///
    /// # Errors
    /// [`LabelError::Link`].
    pub fn element_string(&self, serial: &Serial) -> Result<String, LabelError> {
        element_string::build(&self.elements(serial)).map_err(LabelError::Link)
    }
}

#[cfg(test)]
mod tests;

//! The table of an order's codes, for printers and spreadsheets.
//!
//! ```text
//! EF BB BF                                                            so that Excel reads UTF-8
//! gtin,lot,expiry,serial,digital_link,element_string \r\n
//! 09506000134352,A24K07,2027-10-31,7F3K…,https://…,01095…{GS}21…
//! ```
//! No cell can be run as a formula: [`tracelight_domain::cell`].

use crate::{LabelError, LabelFacts};
use tracelight_domain::cell::neutral;
use tracelight_domain::gs1::Serial;

/// The first row.
pub const COLUMNS: [&str; 6] = ["gtin", "lot", "expiry", "serial", "digital_link", "element_string"];
/// Marks the file as UTF-8 for spreadsheets.
const BOM: &str = "\u{feff}";

/// The beginning of the file: byte order mark and column names.
///
/// # Errors
/// [`LabelError::Csv`].
pub fn head() -> Result<Vec<u8>, LabelError> {
    let mut out = BOM.as_bytes().to_vec();
    out.extend(write(|writer| writer.write_record(COLUMNS))?);
    Ok(out)
}

/// Some rows, in the order of the serials. The caller streams the file in parts of bounded size.
///
/// # Errors
/// [`LabelError`].
pub fn rows(facts: &LabelFacts, serials: &[Serial]) -> Result<Vec<u8>, LabelError> {
    let (gtin, lot, expiry) = (facts.gtin.to_string(), facts.lot.to_string(), facts.expires_on.to_string());
    let mut links = Vec::with_capacity(serials.len());
    for serial in serials {
        links.push((serial.to_string(), facts.digital_link(serial)?, facts.element_string(serial)?));
    }
    write(|writer| {
        links.iter().try_for_each(|(serial, link, elements)| {
            let cells = [&gtin, &lot, &expiry, serial, link, elements];
            writer.write_record(cells.map(|cell| neutral(cell).into_owned()))
        })
    })
}

fn write(fill: impl FnOnce(&mut csv::Writer<Vec<u8>>) -> csv::Result<()>) -> Result<Vec<u8>, LabelError> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    fill(&mut writer).map_err(|error| LabelError::Csv(error.to_string()))?;
    writer.into_inner().map_err(|error| LabelError::Csv(error.to_string()))
}

//! The table to correct and send again: the same rows in the same order, with a column `error` at the end.
//!
//! CSV in UTF-8 with a byte order mark, whatever the upload was. Where it was corrected, it can be uploaded as it is: the
//! column `error` is passed over, and a cell that had to be neutralised comes back as it was.

use crate::fault::Fault;
use crate::table::{Row, Table};
use crate::template::Language;
use std::collections::BTreeMap;
use tracelight_domain::cell::neutral;

/// The name of the added column.
pub(crate) const ERROR: &str = "error";

/// Writes the table with its faults.
///
/// # Errors
/// None that a table of [`crate::table::read`] can cause: the text of the CSV library's own complaint.
pub fn error_file(table: &Table, faults: &[Fault], language: Language) -> Result<Vec<u8>, String> {
    let mut by_row: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    for fault in faults {
        let (message, expected) = (fault.message(), fault.expected.clone());
        let text = match language {
            Language::Zh => format!("{}：{}（应为：{}）", fault.column, message.zh, expected.zh),
            Language::En => format!("{}: {} (expected: {})", fault.column, message.en, expected.en),
        };
        by_row.entry(fault.row).or_default().push(text);
    }
    // A file that was corrected and is wrong again has the column already.
    let kept: Vec<usize> = (0..width(table)).filter(|at| table.header.get(*at).is_none_or(|h| h != ERROR)).collect();
    let behind = |bytes: Vec<u8>, quotes| {
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).quote_style(quotes).from_writer(bytes)
    };
    // Quoted, so that a semicolon in the name of a column is no delimiter.
    let mut head = behind("\u{feff}".as_bytes().to_vec(), csv::QuoteStyle::Always);
    let header = kept.iter().map(|at| table.header.get(*at).map_or("", String::as_str)).chain([ERROR]);
    let told = |error: csv::Error| error.to_string();
    head.write_record(header.map(|name| neutral(name).into_owned())).map_err(told)?;
    let head = head.into_inner().map_err(|error| error.to_string())?;
    let mut writer = behind(head, csv::QuoteStyle::Necessary);
    for row in &table.rows {
        let error = by_row.remove(&row.number).unwrap_or_default().join("; ");
        let cells = kept.iter().map(|at| text_of(row, *at)).chain([error.as_str()]);
        writer.write_record(cells.map(|text| neutral(text).into_owned())).map_err(told)?;
    }
    writer.into_inner().map_err(|error| error.to_string())
}

fn width(table: &Table) -> usize {
    table.rows.iter().map(|row| row.cells.len()).max().unwrap_or_default().max(table.header.len())
}

fn text_of(row: &Row, column: usize) -> &str {
    row.cells.get(column).map_or("", |cell| &cell.text)
}

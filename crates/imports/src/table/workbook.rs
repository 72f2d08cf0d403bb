//! XLSX. Everything in the package is unpacked once, only to be counted: what its directory says of sizes is a stranger's
//! word. Cells are then read one by one, so that a cell in the last corner of a sheet costs no more than any other.

use super::{Builder, Cell, CellKind, TableError};
use calamine::{DataRef, Reader as _, Xlsx};
use std::io::{Cursor, Read as _};

/// Members of a package: a workbook of one sheet has about ten.
const MEMBERS_MAX: usize = 1_000;

/// Reads the rows of the first sheet that has cells.
pub(super) fn read(bytes: &[u8], builder: &mut Builder<'_>) -> Result<(), TableError> {
    count_unpacked(bytes, builder.limits.unpacked_bytes_max)?;
    let refused = |error: calamine::XlsxError| TableError::Workbook(error.to_string());
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(refused)?;
    for name in book.sheet_names() {
        let mut cells = match book.worksheet_cells_reader(&name) {
            Ok(cells) => cells,
            // A sheet of another kind, such as a chart.
            Err(calamine::XlsxError::NotAWorksheet(_)) => continue,
            Err(error) => return Err(refused(error)),
        };
        let (mut number, mut row) = (0, Vec::new());
        while let Some(cell) = cells.next_cell().map_err(refused)? {
            let (at, column) = cell.get_position();
            if at != number {
                builder.row(number.saturating_add(1), std::mem::take(&mut row))?;
                number = at;
            }
            let Some(value) = value(cell.get_value()) else { continue };
            let column = usize::try_from(column).unwrap_or(usize::MAX);
            builder.admit(at.saturating_add(1), column, &value.text)?;
            // `admit` bounds the column.
            row.resize_with(row.len().max(column + 1), || Cell::text(""));
            if let Some(place) = row.get_mut(column) {
                *place = value;
            }
        }
        builder.row(number.saturating_add(1), row)?;
        if builder.header.is_some() {
            return Ok(());
        }
    }
    Ok(())
}

fn count_unpacked(bytes: &[u8], most: u64) -> Result<(), TableError> {
    let refused = |error: zip::result::ZipError| TableError::Workbook(error.to_string());
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(refused)?;
    if archive.len() > MEMBERS_MAX {
        return Err(TableError::Workbook(format!("{} parts, expected at most {MEMBERS_MAX}", archive.len())));
    }
    let mut left = most;
    for index in 0..archive.len() {
        let member = archive.by_index(index).map_err(refused)?;
        let mut bounded = member.take(left.saturating_add(1));
        let got = std::io::copy(&mut bounded, &mut std::io::sink());
        let got = got.map_err(|error| TableError::Workbook(error.to_string()))?;
        left = left.checked_sub(got).ok_or(TableError::Bomb { most })?;
    }
    Ok(())
}

/// The cell as a text, and what a spreadsheet made of it. `None` for an empty one.
fn value(data: &DataRef<'_>) -> Option<Cell> {
    let cell = |text: String, kind| Some(Cell { text: text.into(), kind });
    match data {
        DataRef::Empty => None,
        DataRef::String(text) => Some(Cell::text(text)),
        DataRef::SharedString(text) => Some(Cell::text(text)),
        DataRef::Int(number) => cell(number.to_string(), CellKind::Number),
        // Rust writes the shortest decimal that is the number, never with an exponent.
        DataRef::Float(number) => cell(number.to_string(), CellKind::Number),
        DataRef::DateTime(date) if date.is_datetime() => {
            let (year, month, day, ..) = date.to_ymd_hms_milli();
            cell(format!("{year:04}-{month:02}-{day:02}"), CellKind::Date)
        }
        DataRef::DateTime(date) => cell(date.as_f64().to_string(), CellKind::Number),
        DataRef::DateTimeIso(text) => cell(text.chars().take(10).collect(), CellKind::Date),
        DataRef::DurationIso(text) => cell(text.clone(), CellKind::Other),
        DataRef::Bool(value) => cell(value.to_string(), CellKind::Other),
        DataRef::Error(error) => cell(error.to_string(), CellKind::Other),
    }
}

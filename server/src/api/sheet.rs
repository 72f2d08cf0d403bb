//! Tables that leave the house as files: the same rows as CSV and as a workbook.
//!
//! ```text
//! CSV     UTF-8 with a byte order mark, for the spreadsheets that guess otherwise; times are ISO 8601 in UTC; no cell is a formula
//! XLSX    a sheet for each table, its header frozen, a filter over its columns; counts are numbers, the rest text, which nothing runs
//! ```
//! A table has at most [`ROWS_MAX`] rows, which is checked before it is made: a file that ends early would read as a whole one.

use super::{CSV, attachment, csv_of};
use crate::clock::iso;
use crate::http::{ApiError, ApiResult};
use axum::http::StatusCode;
use axum::response::Response;
use rust_xlsxwriter::{Color, Format, Workbook, XlsxError};

/// Rows of a table. A sheet has room for 1,048,576; worst case memory: 100,000 rows * 12 cells * 60 B = 72 MB.
pub const ROWS_MAX: usize = 100_000;
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// A cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Text as it is.
    Text(String),
    /// A count.
    Number(u64),
    /// A moment, milliseconds since 1970.
    Time(u64),
    /// Nothing is known, or nothing is told.
    Empty,
}

impl Cell {
    /// Text as it is.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A count, where there is one.
    pub fn number(count: Option<u64>) -> Self {
        count.map_or(Self::Empty, Self::Number)
    }

    /// A text, where there is one.
    pub fn some(text: Option<impl Into<String>>) -> Self {
        text.map_or(Self::Empty, Self::text)
    }

    fn words(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(count) => count.to_string(),
            Self::Time(ms) => iso(*ms),
            Self::Empty => String::new(),
        }
    }
}

/// A table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// Its name, at most 31 characters.
    pub name: &'static str,
    /// Names of the columns.
    pub heads: &'static [&'static str],
    /// Rows, each as long as `heads`.
    pub rows: Vec<Vec<Cell>>,
}

/// Refuses a table that is too long.
///
/// # Errors
/// 400 `too_many_rows`, with the way out.
pub fn check_rows(rows: usize) -> ApiResult<()> {
    if rows <= ROWS_MAX {
        return Ok(());
    }
    let title = "the table has too many rows";
    let detail = format!("more than {ROWS_MAX} rows; narrow the filter and export the parts");
    Err(ApiError::new(StatusCode::BAD_REQUEST, "too_many_rows", title).field("q").detail(detail))
}

/// A table as a CSV file.
///
/// # Errors
/// As [`check_rows`]; a fault when it cannot be written.
pub fn csv_file(file: &str, sheet: &Sheet) -> ApiResult<Response> {
    check_rows(sheet.rows.len())?;
    let heads: Vec<String> = sheet.heads.iter().map(|head| (*head).to_owned()).collect();
    let rows = sheet.rows.iter().map(|row| row.iter().map(Cell::words).collect());
    let bytes = csv_of("\u{feff}", std::iter::once(heads).chain(rows))?;
    Ok(attachment(&format!("{file}.csv"), CSV, bytes))
}

/// Tables as a workbook. It is made off the async threads.
///
/// # Errors
/// As [`csv_file`].
pub async fn xlsx_file(file: &str, sheets: Vec<Sheet>) -> ApiResult<Response> {
    for sheet in &sheets {
        check_rows(sheet.rows.len())?;
    }
    let failed = |error: &dyn std::fmt::Display| {
        ApiError::fault(StatusCode::INTERNAL_SERVER_ERROR, "fault", "the workbook could not be written", error)
    };
    let written = tokio::task::spawn_blocking(move || workbook(&sheets)).await.map_err(|error| failed(&error))?;
    let bytes = written.map_err(|error| failed(&error))?;
    Ok(attachment(&format!("{file}.xlsx"), XLSX, bytes))
}

fn workbook(sheets: &[Sheet]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let head = Format::new().set_bold().set_background_color(Color::RGB(0x00E7_EEF5));
    for sheet in sheets {
        let page = book.add_worksheet().set_name(sheet.name)?;
        for (name, column) in sheet.heads.iter().zip(0u16..) {
            page.write_string_with_format(0, column, *name, &head)?;
            page.set_column_width(column, 20)?;
        }
        for (row, at) in sheet.rows.iter().zip(1u32..) {
            for (cell, column) in row.iter().zip(0u16..) {
                match cell {
                    // Counts of packs are far below 2^53, to where a spreadsheet's numbers are exact.
                    Cell::Number(count) => page.write_number(at, column, *count as f64)?,
                    Cell::Empty => page,
                    other => page.write_string(at, column, other.words())?,
                };
            }
        }
        let (rows, columns) = (u32::try_from(sheet.rows.len()), u16::try_from(sheet.heads.len()));
        if let (Ok(rows), Ok(columns @ 1..)) = (rows, columns) {
            page.autofilter(0, 0, rows, columns - 1)?;
            page.set_freeze_panes(1, 0)?;
        }
    }
    book.save_to_buffer()
}

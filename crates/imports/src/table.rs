//! Reading a file into a table of texts.
//!
//! ```text
//! XLSX      begins with `PK`: the first sheet that has cells, cell by cell, never as a dense grid
//! CSV       otherwise. Encoding: byte order mark, else UTF-8 when all of it is, else GB18030 (Excel on Chinese Windows)
//!           Delimiter: of comma, semicolon and tab the one that is most in the first row, outside of quotation marks
//! header    the first row with a text in it; rows without any text are passed over, but counted
//! ```
//! Rows are numbered as a spreadsheet numbers them, from 1, each number above the one before: a fault that is found later is put
//! where its row is. White space around a cell is dropped. An apostrophe that we put
//! before a would-be formula is taken away again.

mod text_file;
mod workbook;

use crate::limits::Limits;
use tracelight_domain::cell::restored;

/// A file that is no table, as a whole.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// Nothing in it.
    #[error("the file has no rows. Hint: take the template and fill it in")]
    Empty,
    /// More bytes than are read.
    #[error("the file has {found} bytes, at most {most} are read. Hint: split it")]
    TooLarge {
        /// Its bytes.
        found: usize,
        /// The bound.
        most: usize,
    },
    /// It unpacks to more than is read.
    #[error("the workbook unpacks to more than {most} bytes. Hint: save only the one sheet, or use CSV")]
    Bomb {
        /// The bound.
        most: u64,
    },
    /// Too many rows.
    #[error("more than {most} rows. Hint: split the file")]
    Rows {
        /// The bound.
        most: usize,
    },
    /// A row that a program wrote behind a later one; spreadsheets write them in order.
    #[error("row {row} stands behind a later one or twice. Hint: open the workbook in a spreadsheet and save it again")]
    Order {
        /// Which.
        row: u32,
    },
    /// Too many columns.
    #[error("row {row} has more than {most} columns")]
    Columns {
        /// Where.
        row: u32,
        /// The bound.
        most: usize,
    },
    /// A cell that is too long.
    #[error("a cell in row {row}, column {column} has more than {most} characters")]
    Cell {
        /// Where.
        row: u32,
        /// Where, counted from 1.
        column: usize,
        /// The bound.
        most: usize,
    },
    /// All cells together are too long.
    #[error("the cells hold more than {most} bytes of text. Hint: split the file")]
    Text {
        /// The bound.
        most: usize,
    },
    /// Neither UTF-8 nor GB18030.
    #[error("the file is neither UTF-8 nor GB18030 text. Hint: save it as XLSX, or as CSV UTF-8")]
    Encoding,
    /// The CSV cannot be split into cells.
    #[error("the CSV breaks off or has a stray quotation mark: {0}")]
    Csv(String),
    /// The workbook cannot be read.
    #[error("the workbook cannot be read: {0}. Hint: save it again as .xlsx, without a password")]
    Workbook(String),
}

/// What a cell was in the file, where that tells what a spreadsheet did to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellKind {
    /// A text.
    Text,
    /// A number: leading zeros are gone, and digits beyond the fifteenth are made up.
    Number,
    /// A date, written here as ISO.
    Date,
    /// A formula that failed, or true and false.
    Other,
}

/// A cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Its text.
    pub text: Box<str>,
    /// What it was.
    pub kind: CellKind,
}

impl Cell {
    pub(crate) fn text(text: &str) -> Self {
        Self { text: restored(text.trim()).into(), kind: CellKind::Text }
    }
}

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// As the spreadsheet numbers it, from 1.
    pub number: u32,
    /// Its cells; those beyond the last are empty.
    pub cells: Vec<Cell>,
}

impl Row {
    /// The cell in a column, counted from 0.
    #[must_use]
    pub fn cell(&self, column: usize) -> Option<&Cell> {
        self.cells.get(column).filter(|cell| !cell.text.is_empty())
    }
}

/// How the file was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// CSV in UTF-8.
    CsvUtf8,
    /// CSV in GB18030.
    CsvGb18030,
    /// XLSX.
    Xlsx,
}

/// A file as texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// How it was written.
    pub format: Format,
    /// Names of the columns.
    pub header: Vec<String>,
    /// The rows below.
    pub rows: Vec<Row>,
}

/// Reads a file.
///
/// # Errors
/// [`TableError`].
pub fn read(bytes: &[u8], limits: &Limits) -> Result<Table, TableError> {
    if bytes.len() > limits.file_bytes_max {
        return Err(TableError::TooLarge { found: bytes.len(), most: limits.file_bytes_max });
    }
    let mut builder = Builder { limits, header: None, rows: Vec::new(), last: 0, bytes: 0 };
    let format = if bytes.starts_with(b"PK") {
        workbook::read(bytes, &mut builder)?;
        Format::Xlsx
    } else {
        text_file::read(bytes, &mut builder)?
    };
    let header = builder.header.ok_or(TableError::Empty)?;
    Ok(Table { format, header, rows: builder.rows })
}

/// Takes rows in their order and holds the bounds.
struct Builder<'a> {
    limits: &'a Limits,
    header: Option<Vec<String>>,
    rows: Vec<Row>,
    /// Number of the row that was taken last.
    last: u32,
    bytes: usize,
}

impl Builder<'_> {
    /// Takes one cell's text.
    fn admit(&mut self, row: u32, column: usize, text: &str) -> Result<(), TableError> {
        let limits = self.limits;
        if column >= limits.columns_max {
            return Err(TableError::Columns { row, most: limits.columns_max });
        }
        if text.len() > limits.cell_chars_max && text.chars().count() > limits.cell_chars_max {
            return Err(TableError::Cell { row, column: column + 1, most: limits.cell_chars_max });
        }
        self.bytes = self.bytes.saturating_add(text.len());
        if self.bytes > limits.table_bytes_max {
            return Err(TableError::Text { most: limits.table_bytes_max });
        }
        Ok(())
    }

    fn row(&mut self, number: u32, cells: Vec<Cell>) -> Result<(), TableError> {
        if cells.iter().all(|cell| cell.text.is_empty()) {
            return Ok(());
        }
        if number <= self.last {
            return Err(TableError::Order { row: number });
        }
        self.last = number;
        if self.header.is_none() {
            self.header = Some(cells.into_iter().map(|cell| cell.text.into_string()).collect());
            return Ok(());
        }
        if self.rows.len() >= self.limits.rows_max {
            return Err(TableError::Rows { most: self.limits.rows_max });
        }
        self.rows.push(Row { number, cells });
        Ok(())
    }
}

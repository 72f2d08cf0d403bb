//! Records of a CSV, each with its exact text.
//!
//! RFC 4180, with what real files do: a quotation mark opens at the beginning of a cell only and is a character elsewhere; a
//! line ends with LF, CR or both. A library reads the cells as well, but passes empty lines over and tells neither an open quotation
//! mark nor the exact text of a record; all of these are asked for here.

/// A record.
pub(super) struct Record<'t> {
    /// As a spreadsheet numbers it: an empty line is a row, a line within quotation marks is none.
    pub row: u32,
    /// The line that it begins in.
    pub line: u32,
    /// Its characters, without its line end.
    pub text: &'t str,
    /// Its cells.
    pub cells: Vec<String>,
    /// The file ends within quotation marks.
    pub open: bool,
}

/// Splits a text, record by record. Empty lines are counted and not given.
pub(super) struct Records<'t> {
    rest: &'t str,
    delimiter: char,
    row: u32,
    line: u32,
}

impl<'t> Records<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        Self { rest: text, delimiter: delimiter(text), row: 0, line: 1 }
    }
}

impl<'t> Iterator for Records<'t> {
    type Item = Record<'t>;

    fn next(&mut self) -> Option<Record<'t>> {
        loop {
            if self.rest.is_empty() {
                return None;
            }
            let (row, line) = (self.row.saturating_add(1), self.line);
            let split = split(self.rest, self.delimiter);
            let (text, tail) = self.rest.split_at_checked(split.length)?;
            let end = if tail.starts_with("\r\n") { 2 } else { usize::from(!tail.is_empty()) };
            self.rest = tail.get(end..).unwrap_or_default();
            self.row = row;
            self.line = self.line.saturating_add(split.lines).saturating_add(u32::from(end > 0));
            if !text.is_empty() {
                return Some(Record { row, line, text, cells: split.cells, open: split.open });
            }
        }
    }
}

struct Split {
    length: usize,
    lines: u32,
    cells: Vec<String>,
    open: bool,
}

#[derive(PartialEq, Eq)]
enum At {
    Begin,
    Plain,
    Quoted,
    Closed,
}

/// The cells up to the end of the line, and how many bytes they take.
fn split(text: &str, delimiter: char) -> Split {
    let mut at = At::Begin;
    let (mut cells, mut cell, mut lines) = (Vec::new(), String::new(), 0_u32);
    let mut length = text.len();
    let mut characters = text.char_indices().peekable();
    while let Some((index, character)) = characters.next() {
        let begins_line =
            character == '\n' || (character == '\r' && characters.peek().is_none_or(|(_, next)| *next != '\n'));
        match (&at, character) {
            (At::Quoted, '"') => at = At::Closed,
            (At::Quoted, other) => {
                lines = lines.saturating_add(u32::from(begins_line));
                cell.push(other);
            }
            (At::Closed, '"') => {
                at = At::Quoted;
                cell.push('"');
            }
            (At::Begin, '"') => at = At::Quoted,
            (_, '\r' | '\n') => {
                length = index;
                break;
            }
            (_, other) if other == delimiter => {
                at = At::Begin;
                cells.push(std::mem::take(&mut cell));
            }
            (_, other) => {
                // What stands behind a closing mark belongs to the cell, and a mark in it opens nothing.
                at = At::Plain;
                cell.push(other);
            }
        }
    }
    cells.push(cell);
    Split { length, lines, cells, open: at == At::Quoted }
}

/// Of comma, semicolon and tab the one that the first line has most of, outside of quotation marks.
fn delimiter(text: &str) -> char {
    let first = text.trim_start_matches(['\r', '\n']);
    let counts = [',', ';', '\t'].map(|known| (split(first, known).cells.len(), known));
    // Of equals the first: a file of one column is split at commas.
    counts.into_iter().rev().max_by_key(|(count, _)| *count).map_or(',', |(_, known)| known)
}

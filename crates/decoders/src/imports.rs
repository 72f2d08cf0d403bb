//! Tables that people upload, CSV and XLSX (`crates/imports`): what is read is within its bounds, every row is either good or has
//! its fault, and the table to correct is the same table.

use tracelight_imports::limits::Limits;
use tracelight_imports::mapping::Mapping;
use tracelight_imports::table::{Row, Table, read};
use tracelight_imports::template::{Kind, Language};
use tracelight_imports::{Fault, Problem, check as dry_run, error_file};

/// Small ones, so that a fuzzer meets them.
const LIMITS: Limits = Limits {
    file_bytes_max: 64 * 1024,
    unpacked_bytes_max: 1024 * 1024,
    rows_max: 200,
    columns_max: 16,
    cell_chars_max: 200,
    table_bytes_max: 32 * 1024,
    faults_max: 20,
};

/// The name of the column that says what is wrong.
const ERROR: &str = "error";

/// Panics when a promise is broken.
pub fn check(bytes: &[u8]) {
    let Ok(table) = read(bytes, &LIMITS) else { return };
    bounded(&table);
    comes_back(&table, &[]);
    for kind in Kind::ALL {
        if let Ok(mapping) = Mapping::of(kind, &table.header, &[]) {
            checked(kind, &table, &mapping);
        }
    }
}

fn bounded(table: &Table) {
    assert!(table.rows.len() <= LIMITS.rows_max && table.header.len() <= LIMITS.columns_max);
    assert!(table.rows.is_sorted_by(|one, next| one.number < next.number), "rows out of order");
    for cell in table.rows.iter().flat_map(|row| &row.cells) {
        assert!(cell.text.chars().count() <= LIMITS.cell_chars_max);
    }
}

fn checked(kind: Kind, table: &Table, mapping: &Mapping) {
    let mut checked = dry_run(kind, table, mapping, &LIMITS);
    assert_eq!(checked.rows.len() + checked.rows_refused, table.rows.len(), "a row is neither good nor refused");
    assert!(checked.faults.len() <= LIMITS.faults_max && checked.faults.len() <= checked.faults_count);
    assert_eq!(checked.faults_count == 0, checked.rows_refused == 0, "a refused row has a fault");
    for fault in &checked.faults {
        assert!(table.rows.iter().any(|row| row.number == fault.row), "a fault of no row");
        let (message, expected) = (fault.message(), &fault.expected);
        assert!([&message.zh, &message.en, &expected.zh, &expected.en].iter().all(|words| !words.is_empty()));
        assert_eq!(fault.letters().is_some(), fault.place.is_some());
    }
    comes_back(table, &checked.faults);
    // What only the caller knows finds its row.
    if let (Some(row), Some(column)) = (table.rows.last(), kind.columns().first()) {
        let before = checked.faults_count;
        checked.object(kind, table, mapping, &LIMITS, [(row.number, column.name, Problem::Known)]);
        assert_eq!(checked.faults_count, before + 1, "an objection to row {} was lost", row.number);
        assert_eq!(checked.rows.len() + checked.rows_refused, table.rows.len(), "a row is neither good nor refused");
    }
}

/// The table to correct holds the same columns and rows, and is read as such.
fn comes_back(table: &Table, faults: &[Fault]) {
    // A workbook can hold a character that no CSV file of ours may have.
    let nul = |text: &str| text.contains('\0');
    if table.header.iter().any(|name| nul(name))
        || table.rows.iter().flat_map(|row| &row.cells).any(|cell| nul(&cell.text))
    {
        return;
    }
    let wide = Limits { columns_max: LIMITS.columns_max + 1, ..Limits::SERVER };
    let wide = Limits { cell_chars_max: 100_000, ..wide };
    for language in [Language::Zh, Language::En] {
        let file = error_file(table, faults, language).expect("a table that was read can be written");
        let again = read(&file, &wide).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&file)));
        let kept = |at: usize| table.header.get(at).is_none_or(|name| name != ERROR);
        let names: Vec<&str> = table.header.iter().filter(|name| *name != ERROR).map(|name| name.trim()).collect();
        let (last, others) = again.header.split_last().expect("it has a column for what is wrong");
        assert_eq!(last, ERROR);
        let others: Vec<&str> = others.iter().map(|name| name.trim()).collect();
        assert_eq!(trimmed(others.clone()), trimmed(names), "other columns");
        let before = table.rows.iter().map(|row| texts(row, kept)).filter(|row| !row.is_empty());
        let after = again.rows.iter().map(|row| texts(row, |at| at < others.len())).filter(|row| !row.is_empty());
        assert!(before.eq(after), "other rows: {}", String::from_utf8_lossy(&file));
    }
}

/// The texts of a row in some columns, without the empty ones at its end.
fn texts(row: &Row, kept: impl Fn(usize) -> bool) -> Vec<&str> {
    let cells = row.cells.iter().enumerate().filter(|(at, _)| kept(*at));
    trimmed(cells.map(|(_, cell)| cell.text.trim()).collect())
}

fn trimmed(mut texts: Vec<&str>) -> Vec<&str> {
    while texts.last().is_some_and(|text| text.is_empty()) {
        texts.pop();
    }
    texts
}

//! What is asked for, as sheets of cells, with what is missing.

use super::cells::Cell;
use super::check::{Finding, check};
use super::columns::{Cte, Need};
use super::records::{Entry, FoodKind, Record};
use super::select::{Choice, Selection};
use std::collections::{BTreeMap, BTreeSet};
use tracelight_domain::gs1::Date;

/// Entries that one request may have.
pub const RECORDS_MAX: usize = 500_000;

/// Rows of all sheets together: at about 1 kB a row, 200 MB. A spreadsheet takes 1,048,576 in one sheet.
pub const ROWS_MAX: usize = 200_000;

/// Characters of a cell that a spreadsheet takes.
pub(super) const CELL_CHARS_MAX: usize = 32_767;

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// All entries that are kept: rules of lot codes are looked at over all of them.
    pub entries: &'a [Entry],
    /// Which are asked for.
    pub selection: &'a Selection,
    /// The zone that the dates are of, such as `America/New_York`.
    pub time_zone: &'a str,
    /// The day on which the export is made.
    pub made_on: Date,
    /// Codes and what they mean, of the record keeper.
    pub glossary: &'a [(String, String)],
}

/// A request that cannot be answered as a whole.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// Too many entries.
    #[error("{found} records, at most {most} are exported at once. Hint: ask for a shorter time")]
    Records {
        /// So many.
        found: usize,
        /// The bound.
        most: usize,
    },
    /// Too many rows: transformations of many lots into many have a row for each pair.
    #[error("more than {most} rows. Hint: ask for a shorter time or fewer lots")]
    Rows {
        /// The bound.
        most: usize,
    },
    /// A text that no cell takes. It is not cut: a cut record would be another one.
    #[error("record {record}, column {column}: {found} characters, a cell takes {most}")]
    CellText {
        /// The record.
        record: String,
        /// The column.
        column: String,
        /// Its characters.
        found: usize,
        /// The bound.
        most: usize,
    },
    /// The workbook could not be made.
    #[error("the workbook cannot be written: {0}")]
    Workbook(String),
}

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The entry's id.
    pub record: String,
    /// Its lot codes: of a transformation those of the row's pair, otherwise those of the entry.
    pub tlcs: Vec<String>,
    /// A cell for each column.
    pub cells: Vec<Cell>,
}

/// The rows of one CTE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// Which.
    pub cte: Cte,
    /// Entries.
    pub records: usize,
    /// Rows.
    pub rows: Vec<Row>,
}

/// A mandatory KDE that is not known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// The entry's id.
    pub record: String,
    /// Its CTE.
    pub cte: Cte,
    /// The column.
    pub kde: &'static str,
    /// The parts that are missing, when others are known.
    pub parts: Vec<&'static str>,
    /// The paragraph of 21 CFR.
    pub cfr: &'static str,
}

/// An answer, ready to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// A sheet for each CTE, in the order of [`Cte::ALL`]; one without rows, too.
    pub sheets: Vec<Sheet>,
    /// What is missing, in the order of the entries and of their columns, each once.
    pub gaps: Vec<Gap>,
    /// Rules of lot codes that do not hold, for the codes that the answer has.
    pub findings: Vec<Finding>,
    /// Codes and what they mean.
    pub glossary: Vec<(String, String)>,
    /// Codes that occur and are explained nowhere.
    pub unexplained: BTreeSet<String>,
    /// Lines of the first sheet.
    pub about: Vec<(String, String)>,
    /// The day on which it is made.
    pub made_on: Date,
}

/// Selects, lays out and looks for what is missing.
///
/// # Errors
/// Too many records or rows, or a text that no cell takes.
pub fn export(request: &Request<'_>) -> Result<Export, ExportError> {
    if request.entries.len() > RECORDS_MAX {
        return Err(ExportError::Records { found: request.entries.len(), most: RECORDS_MAX });
    }
    let mut sheets: BTreeMap<Cte, Sheet> =
        Cte::ALL.into_iter().map(|cte| (cte, Sheet { cte, records: 0, rows: Vec::new() })).collect();
    let (mut gaps, mut told, mut unknown, mut without_lot, mut rows) =
        (Vec::new(), BTreeSet::new(), 0_usize, 0_usize, 0_usize);
    for entry in request.entries {
        match request.selection.choose(entry) {
            Choice::Out => continue,
            Choice::OutWithoutLot => {
                without_lot += 1;
                continue;
            }
            Choice::InUnknown => unknown += 1,
            Choice::In => {}
        }
        rows = rows.saturating_add(entry.record.rows_count());
        if rows > ROWS_MAX {
            return Err(ExportError::Rows { most: ROWS_MAX });
        }
        let Some(sheet) = sheets.get_mut(&entry.record.cte()) else { continue };
        sheet.records += 1;
        for cells in entry.rows() {
            fits(entry, &cells)?;
            // Rows of one transformation lack the same.
            gaps.extend(gaps_of(entry, &cells).into_iter().filter(|gap| told.insert(gap.clone())));
            sheet.rows.push(Row { record: entry.id.clone(), tlcs: tlcs_of(entry, &cells), cells });
        }
    }
    let sheets: Vec<Sheet> = sheets.into_values().collect();
    let named: BTreeSet<&str> =
        sheets.iter().flat_map(|sheet| &sheet.rows).flat_map(|row| row.tlcs.iter().map(String::as_str)).collect();
    let findings: Vec<Finding> =
        check(request.entries).into_iter().filter(|finding| named.contains(finding.tlc())).collect();
    let glossary = super::write::glossary(request.glossary);
    let unexplained = unexplained(&sheets, &glossary);
    let mut export =
        Export { sheets, gaps, findings, glossary, unexplained, about: Vec::new(), made_on: request.made_on };
    export.about = super::write::about(request, &export, unknown, without_lot);
    Ok(export)
}

/// A transformation of hundreds of lots into hundreds has all of them in none of its rows.
fn tlcs_of(entry: &Entry, cells: &[Cell]) -> Vec<String> {
    if let Record::Transformation(_) = entry.record {
        let named = entry.record.cte().columns().iter().zip(cells).filter(|(column, _)| column.name.ends_with("TLC"));
        return named.map(|(_, cell)| cell.plain()).filter(|tlc| !tlc.is_empty()).collect();
    }
    entry.record.tlcs().into_iter().map(|tlc| tlc.as_str().to_owned()).collect()
}

fn fits(entry: &Entry, cells: &[Cell]) -> Result<(), ExportError> {
    for (column, cell) in entry.record.cte().columns().iter().zip(cells) {
        let (Cell::Text(text) | Cell::Partial { text, .. }) = cell else { continue };
        let found = text.encode_utf16().count();
        if found > CELL_CHARS_MAX {
            let (record, column) = (entry.id.clone(), column.name.to_owned());
            return Err(ExportError::CellText { record, column, found, most: CELL_CHARS_MAX });
        }
    }
    Ok(())
}

fn gaps_of(entry: &Entry, cells: &[Cell]) -> Vec<Gap> {
    let cte = entry.record.cte();
    let mut gaps = Vec::new();
    for (at, (column, cell)) in cte.columns().iter().zip(cells).enumerate() {
        let parts = match cell {
            Cell::Empty => Vec::new(),
            // Also of a KDE that need not be there: what is there is to be whole.
            Cell::Partial { missing, .. } => missing.clone(),
            Cell::Text(_) | Cell::Date(_) | Cell::Number(_) => continue,
        };
        let needed = match column.need {
            Need::Always => true,
            Need::IfApplicable => false,
            Need::IfGrown => entry.kind != FoodKind::Other,
            Need::OrNext => cells.get(at + 1).is_none_or(|next| *next == Cell::Empty),
        };
        if needed || !parts.is_empty() {
            gaps.push(Gap { record: entry.id.clone(), cte, kde: column.name, parts, cfr: column.cfr });
        }
    }
    gaps
}

/// Units of measure and document types that occur and that nothing explains.
fn unexplained(sheets: &[Sheet], glossary: &[(String, String)]) -> BTreeSet<String> {
    let known: BTreeSet<String> = glossary.iter().map(|(code, _)| code.to_lowercase()).collect();
    let is_code = |name: &str| name.contains("UOM") || name == "Reference Document Type";
    let mut codes = BTreeSet::new();
    for sheet in sheets {
        let places: Vec<usize> =
            (0..).zip(sheet.cte.columns()).filter(|(_, c)| is_code(c.name)).map(|(at, _)| at).collect();
        for cell in sheet.rows.iter().flat_map(|row| places.iter().filter_map(|at| row.cells.get(*at))) {
            if let Cell::Text(text) = cell
                && !known.contains(&text.to_lowercase())
            {
                codes.insert(text.clone());
            }
        }
    }
    codes
}

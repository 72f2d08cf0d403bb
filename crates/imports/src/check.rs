//! The dry run: every row is read by the types of `domain`, and every fault is found, not the first alone.

use crate::fault::{Fault, Problem};
use crate::limits::Limits;
use crate::mapping::Mapping;
use crate::table::{Cell, CellKind, Row, Table};
use crate::template::{Column, Kind};
use std::collections::{BTreeMap, BTreeSet};
use tracelight_domain::gs1::{Date, Gln, Gtin, KeyError, Lot, Serial};
use tracelight_domain::tx::{Product, ProductKind, TEXT_BYTES_MAX};

/// A product to register.
pub type ProductRow = Product;

/// A company in the member's address book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartnerRow {
    /// Who it is.
    pub gln: Gln,
    /// Name in Chinese.
    pub name_zh: String,
    /// Name in English.
    pub name_en: String,
    /// What it does: one of [`ROLES`]' names.
    pub role: &'static str,
    /// Number of its licence.
    pub licence: String,
    /// The licence's last day.
    pub licence_until: Option<Date>,
}

/// A serial that was made elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeRow {
    /// The product.
    pub gtin: Gtin,
    /// The batch.
    pub lot: Lot,
    /// The serial.
    pub serial: Serial,
}

/// Typed rows, each with its number in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckedRows {
    /// Of [`Kind::Products`].
    Products(Vec<(u32, ProductRow)>),
    /// Of [`Kind::Partners`].
    Partners(Vec<(u32, PartnerRow)>),
    /// Of [`Kind::Codes`].
    Codes(Vec<(u32, CodeRow)>),
}

/// What a dry run found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The rows without a fault.
    pub rows: CheckedRows,
    /// The first faults, in the order of the file.
    pub faults: Vec<Fault>,
    /// All faults there are.
    pub faults_count: usize,
    /// Rows with a fault.
    pub rows_refused: usize,
}

/// Words for a kind of product, and for a role.
const KINDS: [(&str, ProductKind); 4] = [
    ("medicine", ProductKind::Medicine),
    ("药品", ProductKind::Medicine),
    ("food", ProductKind::Food),
    ("食品", ProductKind::Food),
];
/// What a partner does: the word in a file and its name for programs.
pub const ROLES: [(&str, &str); 12] = [
    ("manufacturer", "manufacturer"),
    ("生产", "manufacturer"),
    ("carrier", "carrier"),
    ("物流", "carrier"),
    ("wholesaler", "wholesaler"),
    ("批发", "wholesaler"),
    ("pharmacy", "pharmacy"),
    ("药店", "pharmacy"),
    ("hospital", "hospital"),
    ("医院", "hospital"),
    ("other", "other"),
    ("其他", "other"),
];

impl CheckedRows {
    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Products(rows) => rows.len(),
            Self::Partners(rows) => rows.len(),
            Self::Codes(rows) => rows.len(),
        }
    }

    /// Takes the rows of these numbers out, and says how many there were.
    fn remove(&mut self, numbers: &BTreeSet<u32>) -> usize {
        fn take<T>(rows: &mut Vec<(u32, T)>, numbers: &BTreeSet<u32>) -> usize {
            let before = rows.len();
            rows.retain(|(row, _)| !numbers.contains(row));
            before - rows.len()
        }
        match self {
            Self::Products(rows) => take(rows, numbers),
            Self::Partners(rows) => take(rows, numbers),
            Self::Codes(rows) => take(rows, numbers),
        }
    }

    /// None at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Checked {
    /// Adds faults that only the caller can know of, each by the number of its row and the name of its column: their rows are good
    /// no longer. A row or column that is not there changes nothing.
    pub fn object<'n>(
        &mut self,
        kind: Kind,
        table: &Table,
        mapping: &Mapping,
        limits: &Limits,
        objections: impl IntoIterator<Item = (u32, &'n str, Problem)>,
    ) {
        let mut refused = BTreeSet::new();
        for (number, name, problem) in objections {
            let found = table.rows.binary_search_by_key(&number, |row| row.number);
            let Some(row) = found.ok().and_then(|at| table.rows.get(at)) else { continue };
            let mut cells = Cells { row, kind, mapping, faults: Vec::new() };
            cells.refuse(name, problem);
            if !cells.faults.is_empty() {
                refused.insert(number);
            }
            self.faults_count += cells.faults.len();
            let room = limits.faults_max.saturating_sub(self.faults.len());
            self.faults.extend(cells.faults.into_iter().take(room));
        }
        self.rows_refused += self.rows.remove(&refused);
    }
}

/// Reads every row of a table.
#[must_use]
pub fn check(kind: Kind, table: &Table, mapping: &Mapping, limits: &Limits) -> Checked {
    let mut run = Run { kind, mapping, limits, faults: Vec::new(), faults_count: 0, rows_refused: 0 };
    let rows = match kind {
        Kind::Products => CheckedRows::Products(run.rows(table, product, |row| row.gtin)),
        Kind::Partners => CheckedRows::Partners(run.rows(table, partner, |row| row.gln)),
        Kind::Codes => CheckedRows::Codes(run.rows(table, code, |row| (row.gtin, row.serial.clone()))),
    };
    Checked { rows, faults: run.faults, faults_count: run.faults_count, rows_refused: run.rows_refused }
}

struct Run<'a> {
    kind: Kind,
    mapping: &'a Mapping,
    limits: &'a Limits,
    faults: Vec<Fault>,
    faults_count: usize,
    rows_refused: usize,
}

impl Run<'_> {
    fn rows<T, K: Ord>(
        &mut self,
        table: &Table,
        read: fn(&mut Cells<'_>) -> Option<T>,
        key: fn(&T) -> K,
    ) -> Vec<(u32, T)> {
        let mut seen: BTreeMap<K, u32> = BTreeMap::new();
        let mut rows = Vec::with_capacity(table.rows.len());
        for row in &table.rows {
            let mut cells = Cells { row, kind: self.kind, mapping: self.mapping, faults: Vec::new() };
            let value = read(&mut cells);
            // The first columns are the key in every kind; the last of them is named.
            if let Some(value) = &value {
                let first = *seen.entry(key(value)).or_insert(row.number);
                if first != row.number {
                    let name = if self.kind == Kind::Codes { "serial" } else { self.key_column() };
                    cells.refuse(name, Problem::Twice { first });
                }
            }
            let faults = cells.faults;
            if let (Some(value), true) = (value, faults.is_empty()) {
                rows.push((row.number, value));
                continue;
            }
            self.rows_refused += 1;
            self.faults_count += faults.len();
            let room = self.limits.faults_max.saturating_sub(self.faults.len());
            self.faults.extend(faults.into_iter().take(room));
        }
        rows
    }

    fn key_column(&self) -> &'static str {
        self.kind.columns().first().map_or("", |column| column.name)
    }
}

/// The cells of one row, by name, and what is wrong with them.
struct Cells<'a> {
    row: &'a Row,
    kind: Kind,
    mapping: &'a Mapping,
    faults: Vec<Fault>,
}

impl<'a> Cells<'a> {
    fn find(&self, name: &str) -> Option<(&'static Column, Option<usize>)> {
        self.mapping.places(self.kind).find(|(column, _)| column.name == name)
    }

    fn refuse(&mut self, name: &str, problem: Problem) {
        let Some((column, place)) = self.find(name) else { return };
        let found = place.and_then(|at| self.row.cell(at)).map_or("", |cell| &cell.text);
        self.faults.push(Fault::new(self.row.number, column, place.map(|at| at + 1), problem, found));
    }

    /// The cell, when it is there; a missing one is a fault where the column is required.
    fn cell(&mut self, name: &str) -> Option<&'a Cell> {
        let (column, place) = self.find(name)?;
        let cell = place.and_then(|at| self.row.cell(at));
        match cell {
            Some(cell) if cell.kind == CellKind::Other => {
                self.refuse(name, Problem::NoText);
                None
            }
            None if column.required => {
                self.refuse(name, Problem::Missing);
                None
            }
            found => found,
        }
    }

    fn or_refuse<T>(&mut self, name: &str, result: Result<T, Problem>) -> Option<T> {
        result.map_err(|problem| self.refuse(name, problem)).ok()
    }

    /// A key of digits.
    fn digits<T>(&mut self, name: &str, parse: fn(&str) -> Result<T, KeyError>) -> Option<T> {
        let cell = self.cell(name)?;
        self.or_refuse(name, digits(cell, parse))
    }

    /// A lot or a serial.
    fn code<T>(&mut self, name: &str, parse: fn(&str) -> Result<T, KeyError>) -> Option<T> {
        let cell = self.cell(name)?;
        let read = match cell.kind {
            CellKind::Date => Err(Problem::BecameDate),
            CellKind::Number => Err(Problem::NumberForText),
            _ if has_exponent(&cell.text) => Err(Problem::Exponent),
            _ => parse(&cell.text).map_err(Problem::Key),
        };
        self.or_refuse(name, read)
    }

    /// One line of text. `None` when it is missing though required, or no line.
    fn line(&mut self, name: &str) -> Option<String> {
        let required = self.find(name)?.0.required;
        let Some(cell) = self.cell(name) else {
            return if required { None } else { Some(String::new()) };
        };
        let read = if cell.text.len() > TEXT_BYTES_MAX {
            Err(Problem::TooLong)
        } else if cell.text.chars().any(char::is_control) {
            Err(Problem::Control)
        } else {
            Ok(cell.text.to_string())
        };
        self.or_refuse(name, read)
    }

    fn word<T: Copy>(&mut self, name: &str, words: &[(&str, T)]) -> Option<T> {
        let cell = self.cell(name)?;
        let found = words.iter().find(|(word, _)| word.eq_ignore_ascii_case(&cell.text)).map(|(_, value)| *value);
        self.or_refuse(name, found.ok_or(Problem::Word))
    }

    /// A date that may be absent: the outer `None` is a fault.
    fn date(&mut self, name: &str) -> Option<Option<Date>> {
        let Some(cell) = self.cell(name) else { return Some(None) };
        let read = match cell.kind {
            CellKind::Number => Err(Problem::DateSerial),
            // What Excel writes into a CSV when a date cell has no format.
            _ if cell.text.len() == 5 && cell.text.bytes().all(|byte| byte.is_ascii_digit()) => {
                Err(Problem::DateSerial)
            }
            _ => Date::parse_iso(&iso(&cell.text)).map_err(Problem::Key),
        };
        self.or_refuse(name, read).map(Some)
    }
}

/// `2027/1/5`, as Excel writes dates in Chinese, as ISO.
fn iso(text: &str) -> String {
    let parts: Vec<&str> = text.split('/').collect();
    match parts.as_slice() {
        [year, month, day] if year.len() == 4 => format!("{year}-{month:0>2}-{day:0>2}"),
        _ => text.to_owned(),
    }
}

/// Did a spreadsheet write this? `6.90123E+12`.
fn has_exponent(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else { return false };
    let Some(digits) = exponent.strip_prefix('+') else { return false };
    let number = mantissa.split_once('.').map_or(mantissa.to_owned(), |(whole, part)| format!("{whole}{part}"));
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    all_digits(&number) && all_digits(digits)
}

fn digits<T>(cell: &Cell, parse: fn(&str) -> Result<T, KeyError>) -> Result<T, Problem> {
    if cell.kind == CellKind::Date {
        return Err(Problem::BecameDate);
    }
    if has_exponent(&cell.text) {
        return Err(Problem::Exponent);
    }
    parse(&cell.text).map_err(|error| match error {
        // Only digits, but too few: in a number cell, and in a CSV that went through a spreadsheet.
        KeyError::Length { found, .. } if found < 13 => Problem::LostZeros,
        other => Problem::Key(other),
    })
}

fn product(cells: &mut Cells<'_>) -> Option<ProductRow> {
    let gtin = cells.digits("gtin", Gtin::parse_padded);
    let [name_zh, name_en, detail, approval, hotline] =
        ["name_zh", "name_en", "detail", "approval", "hotline"].map(|name| cells.line(name));
    let kind = cells.word("kind", &KINDS);
    Some(Product {
        gtin: gtin?,
        name_en: name_en?,
        name_zh: name_zh?,
        detail: detail?,
        approval: approval?,
        hotline: hotline?,
        kind: kind?,
    })
}

fn partner(cells: &mut Cells<'_>) -> Option<PartnerRow> {
    let gln = cells.digits("gln", Gln::parse);
    let [name_zh, name_en, licence] = ["name_zh", "name_en", "licence"].map(|name| cells.line(name));
    let role = cells.word("role", &ROLES);
    let licence_until = cells.date("licence_until");
    Some(PartnerRow {
        gln: gln?,
        name_zh: name_zh?,
        name_en: name_en?,
        role: role?,
        licence: licence?,
        licence_until: licence_until?,
    })
}

fn code(cells: &mut Cells<'_>) -> Option<CodeRow> {
    let gtin = cells.digits("gtin", Gtin::parse_padded);
    let lot = cells.code("lot", Lot::parse);
    let serial = cells.code("serial", Serial::parse);
    Some(CodeRow { gtin: gtin?, lot: lot?, serial: serial? })
}

//! A file to notices: see the head of [`super`] for the rules.

use super::fields::{Record, Role, role};
use super::{
    Class, Encoding, Field, Notice, NoticeKey, Original, Remark, RowFault, RowProblem, Source, Status, csv_rows,
    decode, extract, json_rows, values,
};
use serde_json::Value;
use std::collections::BTreeMap;
use tracelight_domain::gs1::Date;

/// Characters of a found text that a remark shows.
const FOUND_CHARS_MAX: usize = 80;

/// How much is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file.
    pub file_bytes_max: usize,
    /// Records.
    pub rows_max: usize,
    /// Bytes of one record; a longer one is a fault.
    pub record_bytes_max: usize,
    /// Columns of a table.
    pub columns_max: usize,
}

impl Limits {
    /// What a server allows. The whole of openFDA's food reports is about 30,000 records of 2 kB.
    pub const SERVER: Self =
        Self { file_bytes_max: 128 * 1024 * 1024, rows_max: 200_000, record_bytes_max: 256 * 1024, columns_max: 256 };
}

/// A file that is no list of notices, as a whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// Nothing in it.
    #[error("the file has no records")]
    Empty,
    /// More bytes than are read.
    #[error("the file has {found} bytes, at most {most} are read. Hint: split it")]
    TooLarge {
        /// Its bytes.
        found: usize,
        /// The bound.
        most: usize,
    },
    /// More records than are read.
    #[error("more than {most} records. Hint: split the file")]
    Rows {
        /// The bound.
        most: usize,
    },
    /// More columns than are read.
    #[error("the header has {found} columns, at most {most} are read")]
    Columns {
        /// Of the header.
        found: usize,
        /// The bound.
        most: usize,
    },
    /// The header lacks what no notice can be without.
    #[error("the header has no column {expected}. Hint: is it a list of recalls?")]
    Header {
        /// What, in words.
        expected: &'static str,
    },
}

/// What a file held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// How it was written.
    pub encoding: Encoding,
    /// The columns of a table, as they stand; empty for JSON.
    pub header: Vec<String>,
    /// Records in the file: notices and faults together.
    pub rows: usize,
    /// In the order of the file.
    pub notices: Vec<Notice>,
    /// Records that are no notices, in the order of the file.
    pub faults: Vec<RowFault>,
    /// Keys that more than one record has, with their rows.
    pub conflicts: Vec<(NoticeKey, Vec<u32>)>,
}

/// Reads a file.
///
/// # Errors
/// [`ImportError`], when nothing of it can be read. A fault of a record is in [`Import::faults`].
pub fn read(bytes: &[u8], limits: &Limits) -> Result<Import, ImportError> {
    if bytes.len() > limits.file_bytes_max {
        return Err(ImportError::TooLarge { found: bytes.len(), most: limits.file_bytes_max });
    }
    let (text, encoding) = decode::decode(bytes);
    let mut import = Import { encoding, header: vec![], rows: 0, notices: vec![], faults: vec![], conflicts: vec![] };
    if json_rows::is_json(&text) {
        import.json(&text, limits)?;
    } else {
        import.table(&text, limits)?;
    }
    if import.rows == 0 {
        return Err(ImportError::Empty);
    }
    let mut rows: BTreeMap<&NoticeKey, Vec<u32>> = BTreeMap::new();
    for notice in &import.notices {
        rows.entry(&notice.key).or_default().push(notice.original.row);
    }
    import.conflicts =
        rows.into_iter().filter(|(_, rows)| rows.len() > 1).map(|(key, rows)| (key.clone(), rows)).collect();
    Ok(import)
}

impl Import {
    fn table(&mut self, text: &str, limits: &Limits) -> Result<(), ImportError> {
        let mut records = csv_rows::Records::of(text);
        let header = records.next().ok_or(ImportError::Empty)?.cells;
        check_header(&header, limits)?;
        for record in records {
            let original = Original { row: record.row, line: record.line, text: record.text.to_owned() };
            let problem = if record.open {
                Some(RowProblem::OpenQuote)
            } else if record.text.len() > limits.record_bytes_max {
                Some(RowProblem::TooLong { found: record.text.len(), most: limits.record_bytes_max })
            } else if record.cells.iter().all(|cell| cell.trim().is_empty()) {
                Some(RowProblem::Blank)
            } else if record.cells.len() != header.len() {
                Some(RowProblem::Cells { found: record.cells.len(), expected: header.len() })
            } else {
                None
            };
            let cells = header.iter().map(String::as_str).zip(record.cells.iter().map(String::as_str));
            let result = match problem {
                Some(problem) => Err((None, problem)),
                None => notice(&Record::of(cells)),
            };
            self.take(result, original, limits)?;
        }
        self.header = header;
        Ok(())
    }

    fn json(&mut self, text: &str, limits: &Limits) -> Result<(), ImportError> {
        let pieces = json_rows::pieces(text).ok_or(ImportError::Empty)?;
        for (index, piece) in pieces.enumerate() {
            let row = u32::try_from(index + 1).unwrap_or(u32::MAX);
            let original = Original { row, line: piece.line, text: piece.text.to_owned() };
            let found = piece.text.len();
            let result = match piece.value {
                _ if found > limits.record_bytes_max => {
                    Err((None, RowProblem::TooLong { found, most: limits.record_bytes_max }))
                }
                Err(error) => Err((None, RowProblem::Json(error))),
                Ok(members) => {
                    let texts: Vec<(String, String)> =
                        members.iter().map(|(name, value)| (name.clone(), text_of(value))).collect();
                    notice(&Record::of(texts.iter().map(|(name, text)| (name.as_str(), text.as_str()))))
                }
            };
            self.take(result, original, limits)?;
        }
        Ok(())
    }

    fn take(
        &mut self,
        result: Result<Notice, (Option<String>, RowProblem)>,
        original: Original,
        limits: &Limits,
    ) -> Result<(), ImportError> {
        if self.rows >= limits.rows_max {
            return Err(ImportError::Rows { most: limits.rows_max });
        }
        self.rows += 1;
        match result {
            Ok(notice) => self.notices.push(Notice { original, ..notice }),
            Err((column, problem)) => self.faults.push(RowFault { column, problem, original }),
        }
        Ok(())
    }
}

fn check_header(header: &[String], limits: &Limits) -> Result<(), ImportError> {
    if header.len() > limits.columns_max {
        return Err(ImportError::Columns { found: header.len(), most: limits.columns_max });
    }
    let has = |wanted: &[Role]| header.iter().filter_map(|name| role(name)).any(|role| wanted.contains(&role));
    if !has(&[Role::Number, Role::Event]) {
        return Err(ImportError::Header { expected: "with the recall's number (`recall_id`, `recall_number`)" });
    }
    if !has(&[Role::Product, Role::Firm, Role::Title]) {
        return Err(ImportError::Header { expected: "with product or firm (`product_description`, `recalling_firm`)" });
    }
    Ok(())
}

/// A member's value as a cell would have it.
fn text_of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(text_of).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

fn notice(record: &Record<'_>) -> Result<Notice, (Option<String>, RowProblem)> {
    let source = record.source();
    let missing = |role, name: &str| {
        let column = record.first(role).map_or(name, |(column, _)| column);
        (Some(column.to_owned()), RowProblem::Missing)
    };
    let trimmed = |role| record.text(role).trim().to_owned();
    let (number, event, product_id) = (trimmed(Role::Number), trimmed(Role::Event), trimmed(Role::ProductId));
    let (id, event) = match source {
        Source::FdaTable if event.is_empty() => return Err(missing(Role::Event, "recall_id")),
        Source::FdaTable if record.first(Role::ProductId).is_some() && product_id.is_empty() => {
            return Err(missing(Role::ProductId, "product_id"));
        }
        Source::FdaTable if product_id.is_empty() => (event.clone(), event),
        Source::FdaTable => (format!("{event}/{product_id}"), event),
        Source::OpenFda | Source::Fsis if number.is_empty() => return Err(missing(Role::Number, "recall_number")),
        Source::OpenFda => (number.clone(), if event.is_empty() { number } else { event }),
        Source::Fsis => match trimmed(Role::Language) {
            language if language.is_empty() => (number.clone(), number),
            language => (format!("{number}/{language}"), number),
        },
    };
    let prose = |role| {
        let text = record.text(role);
        if source == Source::Fsis { values::plain(&text) } else { text }
    };
    let (product, codes, reason) = (prose(Role::Product), prose(Role::Codes), prose(Role::Reason));
    let firm = Some(trimmed(Role::Firm)).filter(|firm| !firm.is_empty()).unwrap_or_else(|| trimmed(Role::Title));
    if firm.is_empty() && product.trim().is_empty() && codes.trim().is_empty() {
        return Err(missing(Role::Product, "product_description"));
    }
    let mut remarks = Vec::new();
    let class = word(record, Role::Class, values::class, "Class I, II or III", &mut remarks);
    let status = word(record, Role::Status, values::status, "Ongoing, Completed or Terminated", &mut remarks);
    let mut date = |role| -> Option<Date> {
        word(record, role, values::date, "a date, such as 12/29/2025, 20251229 or 2025-12-29", &mut remarks)
    };
    let (initiated, reported) = (date(Role::Initiated), date(Role::Reported));
    let (classified, terminated) = (date(Role::Classified), date(Role::Terminated));
    let scope = extract(&[(Field::Product, &product), (Field::Codes, &codes)]);
    Ok(Notice {
        key: NoticeKey { source, id },
        event,
        firm,
        class: class.unwrap_or(Class::None),
        status: status.unwrap_or(Status::Unknown),
        initiated,
        reported,
        classified,
        terminated,
        region: record.joined(Role::Region, ", ").trim().to_owned(),
        distribution: record.joined(Role::Distribution, ", ").trim().to_owned(),
        reason,
        product,
        codes,
        scope,
        remarks,
        // The caller puts the record in.
        original: Original { row: 0, line: 0, text: String::new() },
    })
}

/// A column's word as what it means; a word that means nothing is remarked.
fn word<T>(
    record: &Record<'_>,
    role: Role,
    read: fn(&str) -> Option<T>,
    expected: &'static str,
    remarks: &mut Vec<Remark>,
) -> Option<T> {
    let (column, text) = record.filled(role)?;
    let value = read(text);
    if value.is_none() {
        let found = text.chars().take(FOUND_CHARS_MAX).collect();
        remarks.push(Remark { column: column.to_owned(), found, expected });
    }
    value
}

//! The workbook and the CSV files.
//!
//! Each sheet has its header frozen and a filter over its columns. Dates are date cells (`yyyy-mm-dd`), amounts are numbers,
//! everything else is text, which no spreadsheet runs. A date before 1900, which no spreadsheet has, is text.

use super::cells::Cell;
use super::columns::{Column, Cte};
use super::export::{Export, ExportError, Request, Sheet};
use rust_xlsxwriter::{Color, DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};
use tracelight_domain::cell::neutral;

/// Codes that the regulation and this workbook use, and common units of UN/ECE Recommendation 20.
const CODES: [(&str, &str); 21] = [
    ("CTE", "Critical Tracking Event, 21 CFR 1.1310"),
    ("KDE", "Key Data Element, 21 CFR 1.1310"),
    ("TLC", "Traceability lot code, 21 CFR 1.1310: identifies a lot within the records of its source"),
    ("TLC source", "The place where the traceability lot code was assigned"),
    ("TLC source reference", "Another way to name that place: GLN, FDA registration number, web address or GGN"),
    ("FTL", "Food Traceability List"),
    ("ISR", "Immediate subsequent recipient, other than a transporter"),
    ("UOM", "Unit of measure"),
    ("GLN", "GS1 Global Location Number, 13 digits"),
    ("GTIN", "GS1 Global Trade Item Number, 14 digits"),
    ("FFRN", "FDA Food Facility Registration Number"),
    ("GGN", "GlobalG.A.P. Number"),
    ("BOL", "Bill of lading"),
    ("PO", "Purchase order"),
    ("ASN", "Advance ship notice"),
    ("KGM", "Kilogram"),
    ("LBR", "Pound"),
    ("CS", "Case"),
    ("CT", "Carton"),
    ("EA", "Each"),
    ("BX", "Box"),
];

/// The record keeper's codes first, then ours that these do not explain already.
pub(super) fn glossary(own: &[(String, String)]) -> Vec<(String, String)> {
    let mut list = own.to_vec();
    let ours = CODES.iter().filter(|(code, _)| !own.iter().any(|(known, _)| known.eq_ignore_ascii_case(code)));
    list.extend(ours.map(|(code, meaning)| ((*code).to_owned(), (*meaning).to_owned())));
    list
}

/// The lines of the first sheet.
pub(super) fn about(
    request: &Request<'_>,
    export: &Export,
    unknown: usize,
    without_lot: usize,
) -> Vec<(String, String)> {
    let mut lines = vec![
        ("Contents".to_owned(), "Records of critical tracking events, 21 CFR part 1 subpart S (FSMA 204)".to_owned()),
        ("Made on".to_owned(), request.made_on.to_string()),
        ("Time zone of all dates".to_owned(), request.time_zone.to_owned()),
    ];
    lines.extend(request.selection.words().into_iter().map(|(part, words)| (format!("Selected: {part}"), words)));
    lines.push((
        "Kept without the selected detail".to_owned(),
        format!("{unknown} records: they do not say what is selected by; see Gaps"),
    ));
    lines.push((
        "Left out without a lot code".to_owned(),
        format!("{without_lot} records of harvesting and cooling, which have no lot code"),
    ));
    lines.push((
        "Rows of transformation".to_owned(),
        "One row for each pair of a lot used and a lot produced. Quantities repeat: do not add them up over rows."
            .to_owned(),
    ));
    lines.push(("Events of several days".to_owned(), "The date is the last day.".to_owned()));
    for sheet in &export.sheets {
        let counts = format!("{} records, {} rows (21 CFR {})", sheet.records, sheet.rows.len(), sheet.cte.section());
        lines.push((format!("Sheet: {}", sheet.cte.sheet()), counts));
    }
    lines.push(("Sheet: Gaps".to_owned(), format!("{} key data elements are missing", export.gaps.len())));
    lines.push(("Sheet: TLC checks".to_owned(), format!("{} rules of lot codes do not hold", export.findings.len())));
    lines
}

struct Styles {
    head: Format,
    date: Format,
}

impl Export {
    /// The workbook.
    ///
    /// # Errors
    /// [`ExportError::Workbook`]; the library refused a cell that was looked at before, or ran out of room.
    pub fn xlsx(&self) -> Result<Vec<u8>, ExportError> {
        self.workbook().map_err(|error| ExportError::Workbook(error.to_string()))
    }

    fn workbook(&self) -> Result<Vec<u8>, XlsxError> {
        let mut book = Workbook::new();
        let day = self.made_on.last_day();
        let made = ExcelDateTime::from_ymd(day.year().max(1900), day.month(), day.day())?;
        book.set_properties(
            &DocProperties::new().set_title("FSMA 204 sortable spreadsheet").set_creation_datetime(&made),
        );
        let head = Format::new().set_bold().set_background_color(Color::RGB(0x00E7_EEF5)).set_text_wrap();
        let styles = Styles { head, date: Format::new().set_num_format("yyyy-mm-dd") };
        let about = self.about.iter().map(|(name, value)| vec![name.clone(), value.clone()]);
        texts(book.add_worksheet().set_name("About")?, &["What", "Value"], about, &styles)?;
        for sheet in &self.sheets {
            cte_sheet(book.add_worksheet().set_name(sheet.cte.sheet())?, sheet, &styles)?;
        }
        texts(book.add_worksheet().set_name("Records")?, &["Sheet", "Row", "Record", "TLC"], self.index(), &styles)?;
        let gaps = self.gaps.iter().map(|gap| {
            let what =
                if gap.parts.is_empty() { "not known".to_owned() } else { format!("without {}", gap.parts.join(", ")) };
            vec![
                gap.record.clone(),
                gap.cte.sheet().to_owned(),
                gap.kde.to_owned(),
                what,
                format!("21 CFR {}", gap.cfr),
            ]
        });
        texts(
            book.add_worksheet().set_name("Gaps")?,
            &["Record", "CTE", "KDE", "Missing", "Paragraph"],
            gaps,
            &styles,
        )?;
        let findings = self.findings.iter().map(|finding| vec![finding.tlc().to_owned(), finding.to_string()]);
        texts(book.add_worksheet().set_name("TLC checks")?, &["TLC", "Finding"], findings, &styles)?;
        let known = self.glossary.iter().map(|(code, meaning)| vec![code.clone(), meaning.clone()]);
        let unknown =
            self.unexplained.iter().map(|code| vec![code.clone(), "not explained by the record keeper".to_owned()]);
        texts(book.add_worksheet().set_name("Glossary")?, &["Code", "Meaning"], known.chain(unknown), &styles)?;
        book.save_to_buffer()
    }

    /// Which row is of which record and lot.
    fn index(&self) -> impl Iterator<Item = Vec<String>> + '_ {
        self.sheets.iter().flat_map(|sheet| {
            sheet.rows.iter().enumerate().map(|(at, row)| {
                // Behind the header, counted from 1.
                let number = (at + 2).to_string();
                vec![sheet.cte.sheet().to_owned(), number, row.record.clone(), row.tlcs.join(" | ")]
            })
        })
    }

    /// The rows of one CTE as CSV: UTF-8 with a byte order mark, for spreadsheets.
    ///
    /// # Errors
    /// [`ExportError::Workbook`], when there is no memory for it.
    pub fn csv(&self, cte: Cte) -> Result<Vec<u8>, ExportError> {
        let failed = |error: String| ExportError::Workbook(error);
        let mut writer =
            csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(b"\xef\xbb\xbf".to_vec());
        writer
            .write_record(cte.columns().iter().map(|column| column.name))
            .map_err(|error| failed(error.to_string()))?;
        for row in self.sheets.iter().filter(|sheet| sheet.cte == cte).flat_map(|sheet| &sheet.rows) {
            let cells = row.cells.iter().map(|cell| neutral(&cell.plain()).into_owned());
            writer.write_record(cells).map_err(|error| failed(error.to_string()))?;
        }
        writer.into_inner().map_err(|error| failed(error.to_string()))
    }
}

fn number<T: TryFrom<usize>>(value: usize) -> Result<T, XlsxError> {
    T::try_from(value).map_err(|_| XlsxError::RowColumnLimitError)
}

fn heads<'h>(
    sheet: &mut Worksheet,
    names: impl Iterator<Item = &'h str>,
    rows: usize,
    styles: &Styles,
) -> Result<(), XlsxError> {
    let mut columns = 0_u16;
    for name in names {
        sheet.write_string_with_format(0, columns, name, &styles.head)?;
        sheet.set_column_width(columns, 22)?;
        columns = columns.saturating_add(1);
    }
    sheet.set_freeze_panes(1, 0)?;
    sheet.autofilter(0, 0, number(rows)?, columns.saturating_sub(1))?;
    Ok(())
}

/// A sheet of texts.
fn texts(
    sheet: &mut Worksheet,
    names: &[&str],
    rows: impl Iterator<Item = Vec<String>>,
    styles: &Styles,
) -> Result<(), XlsxError> {
    let mut count = 0_usize;
    for row in rows {
        count += 1;
        for (column, text) in row.iter().enumerate() {
            // Ids and codes of ours: a text that no cell takes is cut here, where it is no record.
            let text: String = text.chars().take(super::export::CELL_CHARS_MAX / 2).collect();
            sheet.write_string(number(count)?, number(column)?, text)?;
        }
    }
    heads(sheet, names.iter().copied(), count, styles)
}

fn cte_sheet(sheet: &mut Worksheet, rows: &Sheet, styles: &Styles) -> Result<(), XlsxError> {
    for (at, row) in rows.rows.iter().enumerate() {
        for (column, cell) in row.cells.iter().enumerate() {
            let (at, column) = (number(at + 1)?, number(column)?);
            match cell {
                Cell::Empty => continue,
                Cell::Text(text) | Cell::Partial { text, .. } => sheet.write_string(at, column, text)?,
                Cell::Number(amount) => sheet.write_number(at, column, amount.as_f64())?,
                Cell::Date(date) => match ExcelDateTime::from_ymd(date.year(), date.month(), date.day()) {
                    Ok(value) => sheet.write_datetime_with_format(at, column, &value, &styles.date)?,
                    Err(_) => sheet.write_string(at, column, date.to_string())?,
                },
            };
        }
    }
    heads(sheet, rows.cte.columns().iter().map(|column: &Column| column.name), rows.rows.len(), styles)
}

//! Files as spreadsheets write them, good and bad.

use crate::limits::Limits;
use crate::mapping::{Mapping, MappingError};
use crate::table::{Format, Table, TableError, read};
use crate::template::{Kind, Language, template};
use crate::{Checked, CheckedRows, Fault, Problem, check, error_file};
use proptest::prelude::*;
use rust_xlsxwriter::{ExcelDateTime, Format as Style, Formula, Workbook};

const LIMITS: Limits = Limits { faults_max: 10, ..Limits::SERVER };

fn table(bytes: &[u8]) -> Table {
    read(bytes, &LIMITS).expect("a table")
}

fn dry_run(kind: Kind, table: &Table) -> Checked {
    let mapping = Mapping::of(kind, &table.header, &[]).expect("its columns");
    check(kind, table, &mapping, &LIMITS)
}

/// Row, column and what sort of fault.
#[track_caller]
fn check_faults(kind: Kind, bytes: &[u8], expected: &[(u32, &str, Problem)]) -> Vec<Fault> {
    let checked = dry_run(kind, &table(bytes));
    let found: Vec<_> = checked.faults.iter().map(|f| (f.row, f.column, f.problem.clone())).collect();
    assert_eq!(found, expected);
    checked.faults
}

/// A sheet that a closure fills.
fn workbook(fill: impl FnOnce(&mut rust_xlsxwriter::Worksheet)) -> Vec<u8> {
    let mut book = Workbook::new();
    fill(book.add_worksheet());
    book.save_to_buffer().expect("a workbook")
}

fn header(sheet: &mut rust_xlsxwriter::Worksheet, kind: Kind) {
    for (at, column) in kind.columns().iter().enumerate() {
        sheet.write(0, u16::try_from(at).expect("few"), column.zh).expect("a header");
    }
}

#[test]
fn m4_a_template_that_was_filled_in_is_right_in_both_languages() {
    for kind in Kind::ALL {
        for language in [Language::Zh, Language::En] {
            let checked = dry_run(kind, &table(&template(kind, language)));
            assert_eq!((checked.rows.len(), checked.faults), (1, vec![]), "{kind:?} {language:?}");
        }
    }
}

#[test]
fn m4_encodings_and_delimiters_of_real_spreadsheets_give_the_same_table() {
    let text = "商品条码,批号,序列号\r\n06901234000016,甲-1,S1\r\n";
    let utf8 = table(text.as_bytes());
    assert_eq!((utf8.format, utf8.rows[0].number), (Format::CsvUtf8, 2));
    let with_bom = table(format!("\u{feff}{text}").as_bytes());
    let (gb, _, lossy) = encoding_rs::GB18030.encode(text);
    assert!(!lossy);
    let gb = table(&gb);
    assert_eq!(gb.format, Format::CsvGb18030);
    let semicolons = table(text.replace(',', ";").as_bytes());
    let tabs = table(text.replace(',', "\t").as_bytes());
    let xlsx = table(&workbook(|sheet| {
        for (row, line) in text.lines().enumerate() {
            for (column, cell) in line.split(',').enumerate() {
                sheet.write(row as u32, column as u16, cell).expect("a cell");
            }
        }
    }));
    assert_eq!(xlsx.format, Format::Xlsx);
    for other in [with_bom, gb, semicolons, tabs, xlsx] {
        assert_eq!((&other.header, &other.rows), (&utf8.header, &utf8.rows), "{:?}", other.format);
    }
}

#[test]
fn rows_are_numbered_as_the_spreadsheet_does() {
    let bytes = "\r\n\r\nGTIN,Lot,Serial\r\n\r\n06901234000016,A,S1\r\n\"x\ny\",A,S2\r\n06901234000016,A,\r\n";
    let faults = check_faults(
        Kind::Codes,
        bytes.as_bytes(),
        &[
            (
                6,
                "gtin",
                Problem::Key(tracelight_domain::gs1::KeyError::Character {
                    field: "gtin",
                    position: 1,
                    expected: "a digit",
                    found: 'x',
                }),
            ),
            (7, "serial", Problem::Missing),
        ],
    );
    assert_eq!((faults[1].letters().as_deref(), faults[1].place), (Some("C"), Some(3)));
    let sheet = workbook(|sheet| {
        header(sheet, Kind::Codes);
        sheet.write(9, 0, "06901234000016").expect("a cell");
    });
    check_faults(Kind::Codes, &sheet, &[(10, "lot", Problem::Missing), (10, "serial", Problem::Missing)]);
}

#[test]
fn what_excel_does_to_codes_is_named() {
    let csv = "GTIN,Lot,Serial\n6.90123E+12,A,S1\n1234000013,A,S2\n06901234000016,1E+5,S3\n";
    let faults = check_faults(
        Kind::Codes,
        csv.as_bytes(),
        &[(2, "gtin", Problem::Exponent), (3, "gtin", Problem::LostZeros), (4, "lot", Problem::Exponent)],
    );
    assert!(faults[0].message().zh.contains("6.90123E+12") && faults[0].message().en.contains("format the column"));
    let sheet = workbook(|sheet| {
        header(sheet, Kind::Codes);
        // A GTIN of thirteen digits as a number is still whole; a serial is not to be trusted.
        sheet.write(1, 0, 6_901_234_000_016_f64).expect("a cell");
        sheet.write(1, 1, "A").expect("a cell");
        sheet.write(1, 2, 1234).expect("a cell");
        sheet.write(2, 0, 1_234_000_013).expect("a cell");
        sheet.write(2, 1, 24_001).expect("a cell");
        sheet.write(2, 2, "S").expect("a cell");
        let date = ExcelDateTime::from_ymd(2024, 11, 1).expect("a date");
        sheet.write(3, 0, "06901234000016").expect("a cell");
        sheet.write_with_format(3, 1, &date, &Style::new().set_num_format("mmm-yy")).expect("a cell");
        sheet.write(3, 2, true).expect("a cell");
        sheet.write(4, 0, "06901234000016").expect("a cell");
        sheet.write(4, 1, "A").expect("a cell");
        sheet.write(4, 2, Formula::new("=1/0").set_result("#DIV/0!")).expect("a cell");
    });
    let checked = dry_run(Kind::Codes, &table(&sheet));
    let found: Vec<_> = checked.faults.iter().map(|f| (f.row, f.column, f.problem.clone())).collect();
    assert_eq!(
        found[..5],
        [
            (2, "serial", Problem::NumberForText),
            (3, "gtin", Problem::LostZeros),
            (3, "lot", Problem::NumberForText),
            (4, "lot", Problem::BecameDate),
            (4, "serial", Problem::NoText),
        ]
    );
    assert_eq!((found[5].0, found[5].1), (5, "serial"), "a formula that failed is no serial: {found:?}");
}

#[test]
fn dates_are_read_as_people_and_excel_write_them() {
    let row = |date: &str| format!("GLN,Name (English),Role,Licence valid until\n6901234000023,N,carrier,{date}\n");
    for good in ["2027-10-31", "2027/10/31", ""] {
        check_faults(Kind::Partners, row(good).as_bytes(), &[]);
    }
    check_faults(Kind::Partners, row("46691").as_bytes(), &[(2, "licence_until", Problem::DateSerial)]);
    let sheet = workbook(|sheet| {
        header(sheet, Kind::Partners);
        let date = ExcelDateTime::from_ymd(2027, 10, 31).expect("a date");
        for row in 1..=2 {
            sheet.write(row, 0, ["6901234000023", "6901234000030"][row as usize - 1]).expect("a cell");
            sheet.write(row, 2, "N").expect("a cell");
            sheet.write(row, 3, "药店").expect("a cell");
        }
        sheet.write_with_format(1, 5, &date, &Style::new().set_num_format("yyyy-mm-dd")).expect("a cell");
        sheet.write(2, 5, 46_691).expect("a cell");
    });
    let checked = dry_run(Kind::Partners, &table(&sheet));
    let CheckedRows::Partners(rows) = &checked.rows else { panic!("partners") };
    let date = rows[0].1.licence_until.map(|date| date.to_string());
    assert_eq!((date.as_deref(), rows[0].1.role), (Some("2027-10-31"), "pharmacy"));
    let problems: Vec<_> = checked.faults.iter().map(|f| (f.row, f.problem.clone())).collect();
    assert_eq!(problems, [(3, Problem::DateSerial)]);
}

#[test]
fn a_row_twice_names_the_first_one() {
    let csv = "GTIN,Lot,Serial\n06901234000016,A,S1\n6901234000016,B,S1\n06901234000016,A,s1\n";
    let faults = check_faults(Kind::Codes, csv.as_bytes(), &[(3, "serial", Problem::Twice { first: 2 })]);
    assert_eq!(faults[0].message().zh, "与第 2 行重复");
}

#[test]
fn faults_are_told_within_a_bound_and_counted_beyond_it() {
    let csv = format!("GTIN,Lot,Serial\n{}", "x,y,\n".repeat(50));
    let checked = dry_run(Kind::Codes, &table(csv.as_bytes()));
    assert_eq!((checked.faults.len(), checked.faults_count, checked.rows_refused), (10, 100, 50));
    assert!(checked.rows.is_empty());
}

#[test]
fn m4_columns_are_found_by_header_or_as_told() {
    let header = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let told = |name: &str, wanted: &str| vec![(name.to_owned(), wanted.to_owned())];
    let missing = Mapping::of(Kind::Codes, &header(&["gtin", "SERIAL "]), &[]).expect_err("no lot");
    assert!(matches!(missing, MappingError::Missing { en: "Lot", .. }) && missing.words().zh.contains("批号"));
    let twice = Mapping::of(Kind::Codes, &header(&["GTIN", "商品条码", "lot", "serial"]), &[]);
    assert_eq!(twice, Err(MappingError::Twice { en: "GTIN", first: 1, second: 2 }));
    let names = header(&["Artikel", "lot", "序列号"]);
    assert!(Mapping::of(Kind::Codes, &names, &told("gtin", "Artikel")).is_ok());
    assert!(Mapping::of(Kind::Codes, &names, &told("gtin", "Nummer")).is_err());
    assert!(Mapping::of(Kind::Codes, &names, &told("colour", "Artikel")).is_err());
}

#[test]
fn the_error_file_can_be_corrected_and_sent_again() {
    let csv = "GLN,Name (English),Role\n6901234000023,=cmd|x,carrier\n6901234000020,'=1,Carrier\n";
    let first = table(csv.as_bytes());
    let checked = dry_run(Kind::Partners, &first);
    assert_eq!(checked.faults.len(), 1);
    for language in [Language::Zh, Language::En] {
        let file = error_file(&first, &checked.faults, language).expect("a file");
        let text = String::from_utf8(file.clone()).expect("UTF-8");
        assert!(text.starts_with('\u{feff}') && text.contains(",'=cmd|x,") && text.contains("gln"), "{text}");
        let again = table(&file);
        assert_eq!(again.header.last().map(String::as_str), Some("error"));
        for (one, two) in first.rows.iter().zip(&again.rows) {
            assert_eq!(one.cells[..], two.cells[..3]);
        }
        let corrected = table(text.replace("6901234000020", "6901234000030").as_bytes());
        let checked = dry_run(Kind::Partners, &corrected);
        assert_eq!((checked.faults, checked.rows.len()), (vec![], 2));
        let twice = error_file(&again, &[], language).expect("a file");
        assert_eq!(table(&twice).header.iter().filter(|name| *name == "error").count(), 1);
    }
}

#[test]
fn a_name_of_a_column_may_have_what_delimits_others() {
    let csv = "\"GTIN\",\"a;b;c;d\te\",\"two\nlines\"\n1,2,3\n";
    let first = table(csv.as_bytes());
    assert_eq!(first.header, ["GTIN", "a;b;c;d\te", "two\nlines"]);
    let again = table(&error_file(&first, &[], Language::En).expect("a file"));
    assert_eq!((&again.header[..3], &again.rows[0].cells[..3]), (&first.header[..], &first.rows[0].cells[..]));
    // A quotation mark within a cell opens nothing.
    assert_eq!(table(b"5\" pack;lot,x;serial\n").header.len(), 3);
}

/// A workbook whose one sheet has these rows, as a program may write it.
fn raw_workbook(rows: &str) -> Vec<u8> {
    use std::io::Write as _;
    let office = "http://schemas.openxmlformats.org";
    let main = format!("{office}/spreadsheetml/2006/main");
    let rel = format!("{office}/officeDocument/2006/relationships");
    let package = format!("{office}/package/2006");
    let parts = [
        ("[Content_Types].xml", format!("<Types xmlns=\"{package}/content-types\"/>")),
        (
            "xl/workbook.xml",
            format!(
                "<workbook xmlns=\"{main}\" xmlns:r=\"{rel}\"><sheets><sheet name=\"S\" sheetId=\"1\" r:id=\"r1\"/>\
                 </sheets></workbook>"
            ),
        ),
        (
            "_rels/.rels",
            format!(
                "<Relationships xmlns=\"{package}/relationships\"><Relationship Id=\"r1\" Type=\"{rel}/officeDocument\" \
                 Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                "<Relationships xmlns=\"{package}/relationships\"><Relationship Id=\"r1\" Type=\"{rel}/worksheet\" \
                 Target=\"worksheets/sheet1.xml\"/></Relationships>"
            ),
        ),
        ("xl/worksheets/sheet1.xml", format!("<worksheet xmlns=\"{main}\"><sheetData>{rows}</sheetData></worksheet>")),
    ];
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, text) in parts {
        archive.start_file(name, stored).expect("a part");
        archive.write_all(text.as_bytes()).expect("written");
    }
    archive.finish().expect("a workbook").into_inner()
}

/// Rows are looked up by their numbers: what the server alone knows to be wrong would be found nowhere in a table that is out
/// of order.
#[test]
fn rows_out_of_order_are_refused() {
    let row = |number: u32, text: &str| {
        format!("<row r=\"{number}\"><c r=\"A{number}\" t=\"inlineStr\"><is><t>{text}</t></is></c></row>")
    };
    let good = table(&raw_workbook(&[row(1, "GTIN"), row(3, "a"), row(7, "b")].concat()));
    assert_eq!(good.rows.iter().map(|row| row.number).collect::<Vec<_>>(), [3, 7]);
    for (rows, at) in [([row(1, "GTIN"), row(7, "b"), row(3, "a")], 3), ([row(5, "GTIN"), row(1, "b"), row(9, "a")], 1)]
    {
        assert_eq!(read(&raw_workbook(&rows.concat()), &LIMITS), Err(TableError::Order { row: at }));
    }
}

#[test]
fn a_file_is_read_within_its_bounds() {
    let small = Limits { rows_max: 2, columns_max: 3, cell_chars_max: 5, table_bytes_max: 40, ..LIMITS };
    let refused = |text: &str| read(text.as_bytes(), &small).expect_err("too much");
    assert_eq!(refused("a\n1\n2\n3\n"), TableError::Rows { most: 2 });
    assert_eq!(refused("a,b,c,d\n"), TableError::Columns { row: 1, most: 3 });
    assert_eq!(refused("a\n药药药药药药\n"), TableError::Cell { row: 2, column: 1, most: 5 });
    assert_eq!(refused("药药药药,药药药药,药药药药,\n药药,,\n"), TableError::Columns { row: 1, most: 3 });
    assert_eq!(refused("药药药药,药药药药\n药药药药,药药药药\n"), TableError::Text { most: 40 });
    assert_eq!(refused(""), TableError::Empty);
    assert_eq!(read(b"a\n", &Limits { file_bytes_max: 1, ..LIMITS }), Err(TableError::TooLarge { found: 2, most: 1 }));
    assert_eq!(read(b"\xff\xfe\x00a", &LIMITS), Err(TableError::Encoding));
    assert!(matches!(read(b"PK\x03\x04rubbish", &LIMITS), Err(TableError::Workbook(_))));
    // One cell in the last corner is one cell, not seventeen thousand million.
    let corner = workbook(|sheet| {
        sheet.write(0, 0, "a").expect("a cell");
        sheet.write(1_048_575, 0, "b").expect("a cell");
        sheet.write(1_048_575, 16_383, "c").expect("a cell");
    });
    assert_eq!(read(&corner, &LIMITS), Err(TableError::Columns { row: 1_048_576, most: 64 }));
}

#[test]
fn a_zip_bomb_is_refused_whatever_it_says_of_its_size() {
    let big = workbook(|sheet| {
        for row in 0..40_000 {
            sheet.write(row, 0, "0000000000").expect("a cell");
        }
    });
    let most = 500_000;
    assert!((big.len() as u64) < most);
    assert_eq!(read(&big, &Limits { unpacked_bytes_max: most, ..LIMITS }), Err(TableError::Bomb { most }));
    assert!(read(&big, &LIMITS).is_ok());
}

#[test]
fn m4_a_hundred_thousand_rows_are_one_table() {
    let mut csv = String::from("GTIN,Lot,Serial\n");
    for row in 0..100_000 {
        csv.push_str(&format!("06901234000016,A24K07,S{row:08}\n"));
    }
    let checked = dry_run(Kind::Codes, &table(csv.as_bytes()));
    assert_eq!((checked.rows.len(), checked.faults_count), (100_000, 0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_file_panics(bytes in proptest::collection::vec(any::<u8>(), 0..400), zip in any::<bool>()) {
        let mut bytes = bytes;
        if zip {
            bytes.splice(0..0, *b"PK\x03\x04");
        }
        if let Ok(table) = read(&bytes, &LIMITS) {
            for kind in Kind::ALL {
                if let Ok(mapping) = Mapping::of(kind, &table.header, &[]) {
                    let _ = check(kind, &table, &mapping, &LIMITS);
                }
            }
        }
    }

    #[test]
    fn a_damaged_workbook_does_not_panic(at in any::<proptest::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = workbook(|sheet| header(sheet, Kind::Codes));
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = read(&bytes, &LIMITS);
    }

    #[test]
    fn no_row_panics(cells in proptest::collection::vec("\\PC{0,24}", 3)) {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(["GTIN", "Lot", "Serial"]).expect("a header");
        writer.write_record(&cells).expect("a row");
        let bytes = writer.into_inner().expect("a file");
        if let Ok(table) = read(&bytes, &LIMITS) {
            let checked = dry_run(Kind::Codes, &table);
            let _ = error_file(&table, &checked.faults, Language::Zh).expect("a file");
            for fault in checked.faults {
                prop_assert!(!fault.message().zh.is_empty() && !fault.expected.en.is_empty());
            }
        }
    }
}

#[test]
fn what_the_caller_objects_to_is_good_no_longer_and_counted_once() {
    let rows: String = (1..=4).map(|number| format!("06901234000016,A-1,S{number}\n")).collect();
    let table = table(format!("商品条码,批号,序列号\n{rows}").as_bytes());
    let mapping = Mapping::of(Kind::Codes, &table.header, &[]).expect("its columns");
    let mut checked = check(Kind::Codes, &table, &mapping, &LIMITS);
    let objections = [
        (3, "serial", Problem::Known),
        (5, "lot", Problem::NoBatch),
        // A second one to the same row; a row and a column that are not there.
        (5, "serial", Problem::Known),
        (9, "serial", Problem::Known),
        (2, "weight", Problem::Known),
    ];
    checked.object(Kind::Codes, &table, &mapping, &LIMITS, objections);
    let CheckedRows::Codes(good) = &checked.rows else { panic!("codes") };
    assert_eq!(good.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [2, 4]);
    assert_eq!((checked.rows_refused, checked.faults_count, checked.faults.len()), (2, 3, 3));
    checked.object(Kind::Codes, &table, &mapping, &LIMITS, [(3, "lot", Problem::NoBatch)]);
    assert_eq!((checked.rows.len(), checked.rows_refused, checked.faults_count), (2, 2, 4), "refused already");
}

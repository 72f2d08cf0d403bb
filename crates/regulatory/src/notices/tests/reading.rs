//! Files: encodings, tables, JSON, faults, keys, changes.

use super::super::*;
use proptest::prelude::*;

const HEADER: &str = "recalling_firm,status,recall_state,recall_date,reason_for_recall,product_description,recall_id,recall_class,product_id,recall_month\r\n";

fn row(product: &str, id: u32) -> String {
    format!("\"Firm, Inc.\",Ongoing,Ohio,12/29/2025,Lead,\"{product}\",100,Class II,{id},2025-12\r\n")
}

fn import(text: &str) -> Import {
    read(text.as_bytes(), &Limits::SERVER).expect("a list of recalls")
}

#[test]
fn a_row_of_an_fda_table_is_a_typed_notice_and_its_original() {
    let text = format!("{HEADER}{}", row("Nuts \"\"deluxe\"\"\nUPC 0 12345 67890 5", 7));
    let import = import(&text);
    let notice = import.notices.first().expect("a notice");
    assert_eq!(notice.key.to_string(), "fda:100/7");
    assert_eq!((notice.firm.as_str(), notice.class, notice.status), ("Firm, Inc.", Class::II, Status::Ongoing));
    assert_eq!(notice.initiated, Date::parse_iso("2025-12-29").ok());
    assert_eq!((notice.region.as_str(), notice.reason.as_str()), ("Ohio", "Lead"));
    assert_eq!(notice.product, "Nuts \"deluxe\"\nUPC 0 12345 67890 5");
    assert_eq!(notice.scope.gtins.len(), 1);
    assert_eq!((notice.original.row, notice.original.line), (2, 2));
    assert_eq!(format!("{HEADER}{}\r\n", notice.original.text), text);
}

#[test]
fn every_encoding_gives_every_character() {
    let text = format!("{HEADER}{}", row("Tater Gems® ¿ café", 7));
    let utf8 = import(&text);
    assert_eq!(utf8.encoding, Encoding::Utf8);
    let bom = read([b"\xef\xbb\xbf", text.as_bytes()].concat().as_slice(), &Limits::SERVER).expect("read");
    assert_eq!(bom.notices, utf8.notices);
    let latin: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).expect("Latin-1")).collect();
    let latin = read(&latin, &Limits::SERVER).expect("read");
    assert_eq!((latin.encoding, &latin.notices), (Encoding::Windows1252, &utf8.notices));
    let wide: Vec<u8> = [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let wide = read(&wide, &Limits::SERVER).expect("read");
    assert_eq!((wide.encoding, &wide.notices), (Encoding::Utf16, &utf8.notices));
    let quotes = row("\u{93}best by\u{94} \u{85} \u{80}", 7).chars().map(|c| c as u8).collect::<Vec<u8>>();
    let quotes = read(&[HEADER.as_bytes(), &quotes].concat(), &Limits::SERVER).expect("read");
    assert_eq!(quotes.notices[0].product, "“best by” … €");
}

#[test]
fn a_broken_row_is_a_fault_with_its_place_and_the_others_are_notices() {
    let text = format!(
        "{HEADER}{}\r\nshort,row\r\n,,,,,,,,,\r\nF,Ongoing,Ohio,1/2/2025,R,P,,Class I,9,x\r\nF,Ongoing,Ohio,1/2/2025,R,P,5,Class I,,x\r\n,Ongoing,Ohio,1/2/2025,R, ,5,Class I,6,x\r\n{}\"open,1",
        row("a", 1),
        row("b", 2)
    );
    let import = import(&text);
    let told: Vec<_> = import.faults.iter().map(|f| (f.original.row, f.column.as_deref(), f.problem.clone())).collect();
    assert_eq!(
        told,
        [
            (4, None, RowProblem::Cells { found: 2, expected: 10 }),
            (5, None, RowProblem::Blank),
            (6, Some("recall_id"), RowProblem::Missing),
            (7, Some("product_id"), RowProblem::Missing),
            (8, Some("product_description"), RowProblem::Missing),
            (10, None, RowProblem::OpenQuote),
        ]
    );
    assert_eq!((import.rows, import.notices.len()), (8, 2));
    assert_eq!(import.faults[0].original.text, "short,row");
}

#[test]
fn a_mark_within_a_cell_is_a_character() {
    let text = format!("{HEADER}F,Ongoing,Ohio,1/2/2025,R,5\" pan and 6\" pan,5,Class I,6,x\n{}", row("b", 2));
    let import = import(&text);
    assert_eq!((import.notices.len(), import.notices[0].product.as_str()), (2, "5\" pan and 6\" pan"));
}

#[test]
fn an_odd_word_or_date_is_remarked_and_the_notice_stands() {
    let text = format!("{HEADER}F,Paused,Ohio,13/13/2025,R,P,5,Class IX,6,x\n");
    let notice = &import(&text).notices[0];
    let told: Vec<_> = notice.remarks.iter().map(|r| (r.column.as_str(), r.found.as_str())).collect();
    assert_eq!(told, [("recall_class", "Class IX"), ("status", "Paused"), ("recall_date", "13/13/2025")]);
    assert_eq!((notice.class, notice.status, notice.initiated), (Class::None, Status::Unknown, None));
}

#[test]
fn enforcement_reports_are_read_and_a_broken_one_is_a_fault() {
    let text = r#"{"meta":{"results":{"total":3}, "note": "[{"},
 "results":[
  {"recall_number":"F-0001-2026","event_id":"9","status":"Terminated","classification":"Class I","recalling_firm":"A {B}",
   "recall_initiation_date":"20251104","termination_date":"20260105","report_date":"2025-11-12","city":"Boise","state":"ID",
   "country":"United States","distribution_pattern":"Nationwide","reason_for_recall":"Milk","product_description":"Soup, \"hot\"",
   "code_info":"Lot 24123, Best By 11/04/2025","more_code_info":null,"openfda":{}},
  {"recall_number":"F-0002-2026", broken},
  17,
  {"recalling_firm":"no number","recall_number":""}
 ]}"#;
    let import = import(text);
    assert_eq!((import.rows, import.notices.len(), import.faults.len()), (4, 1, 3));
    let notice = &import.notices[0];
    assert_eq!((notice.key.to_string().as_str(), notice.event.as_str()), ("openfda:F-0001-2026", "9"));
    assert_eq!((notice.class, notice.status), (Class::I, Status::Terminated));
    assert_eq!(notice.region, "Boise, ID, United States");
    assert_eq!(notice.terminated.map(|date| date.to_string()).as_deref(), Some("2026-01-05"));
    assert_eq!(notice.scope.lots[0].value.as_str(), "24123");
    assert_eq!(notice.scope.lots[0].field, Field::Codes);
    assert_eq!(notice.scope.dates.len(), 1);
    assert!(text.contains(&notice.original.text) && notice.original.text.ends_with("\"openfda\":{}}"));
    let rows: Vec<_> = import.faults.iter().map(|fault| (fault.original.row, fault.original.line)).collect();
    assert_eq!(rows, [(2, 7), (3, 8), (4, 9)]);
    assert_eq!(import.faults[2].column.as_deref(), Some("recall_number"));
}

#[test]
fn fsis_recalls_are_read_with_their_markup_away() {
    let text = r#"[{"field_title":"Butcher Recalls Sausage","field_recall_number":"001-2026","langcode":"English",
 "field_recall_classification":"High - Class I","field_recall_type":"Active Recall","field_recall_date":"2026-01-05",
 "field_states":"Ohio, Texas","field_recall_reason":"Listeria","field_product_items":"",
 "field_summary":"<p>Sausage<br/>with lot code 51234 and &ldquo;use by&rdquo; 1/31/2026 &amp; more</p>"}]"#;
    let notice = &import(text).notices[0];
    assert_eq!((notice.key.to_string().as_str(), notice.class), ("fsis:001-2026/English", Class::I));
    assert_eq!((notice.firm.as_str(), notice.distribution.as_str()), ("Butcher Recalls Sausage", "Ohio, Texas"));
    assert_eq!(notice.codes, "\nSausage\nwith lot code 51234 and “use by” 1/31/2026 & more\n");
    assert_eq!(notice.scope.lots[0].value.as_str(), "51234");
    assert_eq!(notice.scope.dates[0].value.kind, DateKind::UseBy);
}

#[test]
fn the_same_file_again_is_no_change_and_another_word_is_one() {
    let before = import(&format!("{HEADER}{}{}", row("a", 1), row("b", 2))).notices;
    // Another order of rows and another way to write them, the same words.
    let again = import(&format!("{HEADER}{}{}", row("b", 2), row("a", 1).replace("\"a\"", "a"))).notices;
    let all_same = compare(&before, &again).iter().all(|change| matches!(change, Change::Same(_)));
    assert!(all_same);
    let text = format!("{HEADER}{}{}", row("a", 1).replace("Ongoing", "Terminated"), row("c", 3));
    let changes = compare(&before, &import(&text).notices);
    let status = FieldChange { field: "status", before: "Ongoing".to_owned(), now: "Terminated".to_owned() };
    let key = |id: &str| NoticeKey { source: Source::FdaTable, id: id.to_owned() };
    assert_eq!(
        changes,
        [
            Change::Changed { key: key("100/1"), fields: vec![status] },
            Change::NotInFile(key("100/2")),
            Change::New(key("100/3")),
        ]
    );
}

#[test]
fn records_with_one_key_are_all_kept_and_named() {
    let import = import(&format!("{HEADER}{}{}{}", row("a", 1), row("b", 2), row("other words", 1)));
    assert_eq!((import.rows, import.notices.len()), (3, 3));
    let told: Vec<_> = import.conflicts.iter().map(|(key, rows)| (key.to_string(), rows.clone())).collect();
    assert_eq!(told, [("fda:100/1".to_owned(), vec![2, 4])]);
    let mut turned = import.notices.clone();
    turned.reverse();
    assert!(compare(&import.notices, &turned).iter().all(|change| matches!(change, Change::Same(_))));
}

#[test]
fn files_that_are_no_lists_of_recalls_are_refused() {
    let refused = |text: &str| read(text.as_bytes(), &Limits::SERVER).expect_err("refused");
    assert_eq!((refused(""), refused(HEADER)), (ImportError::Empty, ImportError::Empty));
    assert!(matches!(refused("a,b\n1,2\n"), ImportError::Header { .. }));
    assert!(matches!(refused("recall_id,b\n1,2\n"), ImportError::Header { .. }));
    let small = Limits { file_bytes_max: 10, ..Limits::SERVER };
    assert_eq!(read(HEADER.as_bytes(), &small), Err(ImportError::TooLarge { found: HEADER.len(), most: 10 }));
    let one = Limits { rows_max: 1, ..Limits::SERVER };
    let text = format!("{HEADER}{}{}", row("a", 1), row("b", 2));
    assert_eq!(read(text.as_bytes(), &one), Err(ImportError::Rows { most: 1 }));
    let short = Limits { record_bytes_max: 20, ..Limits::SERVER };
    let import = read(text.as_bytes(), &short).expect("read");
    assert!(import.faults.iter().all(|fault| matches!(fault.problem, RowProblem::TooLong { .. })));
    assert_eq!((import.rows, import.faults.len()), (2, 2));
}

proptest! {
    /// Rows in are notices and faults; their originals, with the line ends between them, are the file.
    #[test]
    fn nothing_of_a_table_is_lost(rows in prop::collection::vec(("[a-z\"\n\r, é]{0,30}", 1_u32..9, 0_u8..6), 1..12)) {
        let quoted = |text: &str| text.replace('"', "\"\"");
        let body: String = rows
            .iter()
            .map(|(text, id, kind)| match kind {
                0 => format!("{}\n", text.replace(['"', '\n', '\r'], "")),
                1 => "\n".to_owned(),
                _ => row(&quoted(text), *id),
            })
            .collect();
        let text = format!("{HEADER}{body}");
        if let Ok(import) = read(text.as_bytes(), &Limits::SERVER) {
            prop_assert_eq!(import.rows, import.notices.len() + import.faults.len());
            let mut originals: Vec<&Original> = import.notices.iter().map(|notice| &notice.original).collect();
            originals.extend(import.faults.iter().map(|fault| &fault.original));
            originals.sort_by_key(|original| original.row);
            let mut rest = text.strip_prefix(HEADER).expect("the header");
            for original in originals {
                rest = rest.trim_start_matches(['\r', '\n']);
                rest = rest.strip_prefix(original.text.as_str()).expect("the originals stand in their order");
            }
            prop_assert_eq!(rest.trim_matches(['\r', '\n']), "");
        }
    }

    /// Any bytes: no panic, and the sum holds.
    #[test]
    fn any_bytes_are_read_or_refused(
        bytes in prop::collection::vec(any::<u8>(), 0..400),
        front in prop::sample::select(vec!["", HEADER, "[", "{\"results\":[{", "recall_number,product_description\n", "\u{feff}{"]),
    ) {
        let bytes = [front.as_bytes(), &bytes].concat();
        if let Ok(import) = read(&bytes, &Limits::SERVER) {
            prop_assert_eq!(import.rows, import.notices.len() + import.faults.len());
        }
    }

    /// JSON with pieces that break it.
    #[test]
    fn broken_json_is_read_or_refused(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "{", "}", "[", "]", ",", ":", "\"results\"", "\"recall_number\":\"F-1\"", "\"recalling_firm\":\"é\"", "\\", "\"", "1", " ", "\n",
        ]), 0..40),
    ) {
        let text: String = pieces.concat();
        if let Ok(import) = read(text.as_bytes(), &Limits::SERVER) {
            prop_assert_eq!(import.rows, import.notices.len() + import.faults.len());
        }
    }
}

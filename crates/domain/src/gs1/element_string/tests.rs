use super::{bracketed, build, hri, hri_with_titles, parse, parse_bracketed};
use crate::gs1::ai::Ai;
use crate::gs1::digital_link;
use crate::gs1::scan::{Carrier, ELEMENTS_MAX, ScanError};
use crate::gs1::vectors::{cases, from_carets, text};
use tracelight_testkit::{data::shared_data, vectors};

type Elements = Vec<(Ai, String)>;

#[test]
fn element_strings_of_the_syntax_engine() {
    let Some(file) = shared_data("gs1-syntax/ai_elementstring_validate.json") else { return };
    let outcome = vectors::element_strings(&file);
    assert!(outcome.total >= 38, "{} cases", outcome.total);
    assert_eq!(outcome.misses, Vec::<String>::new());
}

#[test]
fn bracketed_text_of_the_syntax_engine() {
    let Some(cases) = cases("gs1-syntax/ai_bracketed_parse.json", 27) else {
        return;
    };
    for case in &cases {
        let data = text(case, "bracketed_ai");
        let built = parse_bracketed(data).and_then(|elements| build(&elements)).ok();
        assert_eq!(built, from_carets(text(case, "ai_data")), "{data}: {}", case["note"]);
    }
}

#[test]
fn linter_errors_of_the_syntax_engine() {
    let Some(cases) = cases("gs1-syntax/ai_linter_errors.json", 50) else {
        return;
    };
    for case in &cases {
        let data = text(case, "bracketed_ai");
        match parse_bracketed(data) {
            Ok(_) => assert!(case["valid"] == true, "{data}"),
            Err(ScanError::Value { rule, .. }) => {
                assert_eq!(format!("GS1_LINTER_{rule}"), text(case, "error"), "{data}");
            }
            Err(other) => panic!("{data}: {other}"),
        }
    }
}

/// Either notation of the vectors; `|` stands before the composite part of a symbol.
fn elements_of(data: &str) -> Result<Elements, ScanError> {
    let mut elements = Vec::new();
    for part in data.split('|') {
        elements.extend(match (from_carets(part), part.starts_with('(')) {
            (Some(element_string), _) => parse(&element_string)?,
            (None, true) => parse_bracketed(part)?,
            (None, false) => digital_link::parse(part)?.elements(),
        });
    }
    Ok(elements)
}

#[test]
fn human_readable_lines_of_the_syntax_engine() {
    let Some(cases) = cases("gs1-syntax/hri.json", 12) else {
        return;
    };
    let mut unknown = 0_usize;
    for case in &cases {
        let data = format!("{}{}", text(case, "data_str"), text(case, "bracketed_ai"));
        let lines: Vec<&str> = case["hri"].as_array().expect("lines").iter().filter_map(|line| line.as_str()).collect();
        match elements_of(&data) {
            Ok(elements) if case["titles"] == true => {
                assert_eq!(hri_with_titles(&elements), lines, "{data}")
            }
            Ok(elements) => assert_eq!(hri(&elements), lines, "{data}"),
            // The engine can be told to let AIs through that the dictionary does not know. We cannot.
            Err(ScanError::UnknownAi { .. }) => unknown += 1,
            Err(error) => panic!("{data}: {error}"),
        }
    }
    assert_eq!(unknown, 4, "cases with AIs 88, 89, 236 and 8299");
}

#[test]
fn scanner_output_of_the_syntax_engine() {
    let Some(cases) = cases("gs1-syntax/scan_generate.json", 45) else {
        return;
    };
    let carriers = [
        ("QR", Carrier::Gs1QrCode),
        ("DM", Carrier::Gs1DataMatrix),
        ("DotCode", Carrier::Gs1DotCode),
        ("DataBarExpanded", Carrier::Gs1DataBar),
        ("GS1_128_CCA", Carrier::Gs1Code128),
    ];
    let mut written = 0_usize;
    for case in &cases {
        let carrier = carriers.iter().find(|(name, _)| *name == text(case, "symbology")).map(|(_, carrier)| *carrier);
        // What we write: one symbol of GS1 data. Not plain text, not composites, not linear symbols of keys alone.
        let data = from_carets(text(case, "data_str")).filter(|data| !data.contains('|'));
        let (Some(carrier), Some(data)) = (carrier, data) else {
            continue;
        };
        let elements = parse(&data).expect("right data");
        let scan = format!("{}{}", carrier.symbology_identifier(), build(&elements).expect("right values"));
        // We never write the superfluous separator at the end.
        assert_eq!(scan, text(case, "scan_data").trim_end_matches('\u{1d}'));
        written += 1;
    }
    assert_eq!(written, 8);
}

#[test]
fn the_example_of_the_brief() {
    let elements = parse("01095060001343521725123110ABC\u{1d}21SER1").expect("a right element string");
    let written: Vec<String> = elements.iter().map(|(ai, value)| format!("{ai}={value}")).collect();
    assert_eq!(written, ["01=09506000134352", "17=251231", "10=ABC", "21=SER1"]);
    assert_eq!(bracketed(&elements), "(01)09506000134352(17)251231(10)ABC(21)SER1");
}

#[test]
fn a_lost_separator_is_one_long_serial() {
    // Valid and wrong: nothing in the data says so. The length limit is what catches the worst of it.
    let elements = parse("01095060001343522112310ABC").expect("a valid element string");
    assert_eq!(elements.get(1), Some(&(Ai::SERIAL, "12310ABC".to_owned())));
    let too_long = parse("0109506000134352211234567890123456789010ABC").expect_err("21 characters");
    assert_eq!((too_long.field(), too_long.position()), ("21".into(), 39), "{too_long}");
}

#[track_caller]
fn refused(data: &str, field: &str, position: usize) {
    let error = parse(data).expect_err("something is wrong");
    assert_eq!((error.field().as_str(), error.position()), (field, position), "{error}");
}

#[test]
fn errors_say_where() {
    refused("", "scan", 1);
    refused("\u{1d}", "scan", 1);
    refused("0109506000134353", "01", 16);
    refused("01095060001343521725133110ABC", "17", 21);
    refused("010950600013435", "01", 16);
    refused("010950600O134352", "01", 10);
    refused("010950600013435210AB C", "10", 21);
    refused("010950600013435299", "99", 19);
    refused("0109506000134352231", "application identifier", 17);
    refused("010950600013435210A\u{1d}\u{1d}21B", "application identifier", 21);
    let many = "2001".repeat(ELEMENTS_MAX + 1);
    assert_eq!(parse(&many), Err(ScanError::TooManyElements { position: 4 * ELEMENTS_MAX + 1 }));
}

#[test]
fn bracketed_errors_count_escapes() {
    let error = parse_bracketed("(01)09506000134352(10)A\\(B C").expect_err("a space");
    assert_eq!((error.field(), error.position()), ("10".into(), 27), "{error}");
}

#[test]
fn wrong_values_are_not_written() {
    assert!(build(&[(Ai::GTIN, "09506000134353".into())]).is_err());
    assert!(build(&[(Ai::LOT, "A\u{1d}21B".into())]).is_err());
    assert!(build(&[(Ai::LOT, String::new())]).is_err());
}

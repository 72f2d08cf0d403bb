use super::{Carrier, RAW_BYTES_MAX, ScanError, Syntax, parse_scan};
use crate::gs1::element_string;
use tracelight_testkit::{data::shared_data, vectors};

#[test]
fn scanner_data_of_the_syntax_engine() {
    let Some(file) = shared_data("gs1-syntax/scan_parse.json") else { return };
    let outcome = vectors::scans(&file);
    assert!(outcome.total >= 30, "{} cases", outcome.total);
    assert_eq!(outcome.misses, Vec::<String>::new());
}

#[track_caller]
fn unit(raw: &str, syntax: Syntax) {
    let scan = parse_scan(raw.as_bytes()).unwrap_or_else(|error| panic!("{raw}: {error}"));
    assert_eq!(scan.syntax, syntax, "{raw}");
    let unit = scan.unit().expect("one pack");
    assert_eq!((unit.gtin.as_str(), unit.serial.as_str()), ("09506000134352", "SER1"), "{raw}");
}

#[test]
fn one_pack_in_all_its_spellings() {
    unit("]d201095060001343521725123110ABC\u{1d}21SER1", Syntax::ElementString);
    unit("01095060001343521725123110ABC\u{1d}21SER1", Syntax::ElementString);
    unit("\u{1d}01095060001343521725123110ABC\u{1d}21SER1\u{1d}\r\n", Syntax::ElementString);
    unit("(01)09506000134352(10)ABC(21)SER1", Syntax::Bracketed);
    unit("]Q1https://id.example/01/09506000134352/10/ABC/21/SER1?17=251231", Syntax::DigitalLink);
    unit("HTTPS://ID.EXAMPLE/01/09506000134352/21/SER1", Syntax::DigitalLink);
    unit("https://id.example/01/9506000134352/21/SER1/", Syntax::DigitalLink);
    unit("urn:epc:id:sgtin:9506000.013435.SER1", Syntax::EpcUrn);
}

#[test]
fn a_compressed_link_is_a_link() {
    let scan = parse_scan(b"]Q1https://example.com/some/other/path/info/DBHKVAdpQgowOQ").expect("a compressed link");
    assert_eq!(element_string::bracketed(&scan.elements), "(01)09780345418913(21)12345");
    assert_eq!(scan.syntax, Syntax::DigitalLink);
    refused(b"]Q1https://example.com/about", "digital link", 23);
}

#[test]
fn what_the_pack_says() {
    let scan = parse_scan(b"]d201095060001343521727100010ABC\x1d21SER1").expect("a right scan");
    assert_eq!(scan.carrier, Carrier::Gs1DataMatrix);
    assert_eq!(scan.lot().map(|lot| lot.to_string()).as_deref(), Some("ABC"));
    assert_eq!(scan.expiry(2026).map(|date| date.to_string()).as_deref(), Some("2027-10"));
    assert_eq!(scan.unit().expect("one pack").expiry.map(|date| date.as_str().to_owned()).as_deref(), Some("271000"));
    let pallet = parse_scan(b"]C100006141411234567890").expect("an SSCC");
    assert_eq!(pallet.sscc().map(|sscc| sscc.to_string()).as_deref(), Some("006141411234567890"));
    let missing = pallet.unit().expect_err("a pallet is no pack");
    assert!(matches!(missing, ScanError::Missing { field: "gtin", .. }), "{missing}");
    let ean = parse_scan(b"]E09506000134352").expect("an EAN-13");
    assert_eq!(ean.gtin().map(|gtin| gtin.to_string()).as_deref(), Some("09506000134352"));
    assert!(matches!(ean.unit(), Err(ScanError::Missing { field: "serial", .. })));
}

#[test]
fn epcs() {
    let elements = |urn: &str| {
        let scan = parse_scan(urn.as_bytes()).unwrap_or_else(|error| panic!("{urn}: {error}"));
        element_string::bracketed(&scan.elements)
    };
    assert_eq!(elements("urn:epc:id:sgtin:0614141.812345.6%2F7"), "(01)80614141123458(21)6/7");
    assert_eq!(elements("urn:epc:idpat:sgtin:0614141.812345.*"), "(01)80614141123458");
    assert_eq!(elements("urn:epc:class:lgtin:4012345.012345.998877"), "(01)04012345123456(10)998877");
    assert_eq!(elements("urn:epc:id:sscc:0614141.1234567890"), "(00)106141412345678908");
    assert_eq!(elements("urn:epc:id:sgln:0614141.12345.400"), "(414)0614141123452(254)400");
    assert_eq!(elements("urn:epc:id:sgln:0614141.12345.0"), "(414)0614141123452");
}

#[track_caller]
fn refused(raw: &[u8], field: &str, position: usize) {
    let error = parse_scan(raw).expect_err("something is wrong");
    assert_eq!((error.field().as_str(), error.position()), (field, position), "{error}");
}

#[test]
fn errors_say_where() {
    refused(b"", "scan", 1);
    refused(b"\r\n", "scan", 1);
    refused(b"]", "symbology identifier", 1);
    refused(b"]X9123", "symbology identifier", 1);
    refused(b"]d20109506000134353", "01", 19);
    refused(b"]d2010950600013435221A B", "21", 23);
    refused(b"]d221ABC", "21", 4);
    refused(b"]d2010950600013435210A\x1d10B", "10", 24);
    refused(b"]d201095060001343523712", "01", 4);
    refused(b"]E09506000134353", "gtin", 16);
    refused(b"]E0950600013435", "gtin", 16);
    refused(b"]E412ABC678", "gtin", 6);
    refused(b"]Q1hello", "scan", 4);
    refused(b"]C081001340153674200216", "scan", 4);
    refused("]d20109506000134352\u{1d}21é".as_bytes(), "scan", 23);
    refused(b"]Q1https://a/01/09506000134352/21/A?17=251331", "17", 42);
    refused(b"urn:epc:id:sgtin:9506000.13435.SER1", "epc urn", 18);
    refused(b"urn:epc:id:sgtin:950600A.013435.SER1", "epc urn", 24);
    refused(b"urn:epc:id:sgtin:9506000.013435", "epc urn", 26);
    refused(b"urn:epc:id:sgtin:9506000.013435.A%20B", "21", 34);
    refused(b"urn:epc:id:giai:9506000.1", "epc urn", 1);
    refused(&vec![b'0'; RAW_BYTES_MAX + 1], "scan", RAW_BYTES_MAX + 1);
}

#[test]
fn messages_are_for_people() {
    let message = |raw: &[u8]| parse_scan(raw).expect_err("something is wrong").to_string();
    assert_eq!(
        message(b"]d20109506000134353"),
        "(01) GTIN: expected the check digit of the digits before at character 19, found `3` (INCORRECT_CHECK_DIGIT)"
    );
    assert_eq!(message(b"]d221ABC"), "(21) needs (01), or (03), or (8006) beside it, at character 4");
    assert_eq!(
        message(b"]Q1\x07evil\x1b[2J"),
        "scan: expected a Digital Link, an EPC URN, or (AI)value at character 4, found `\\u{7}evil\\u{1b}[2J`"
    );
}

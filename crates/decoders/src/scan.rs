//! What scanners, phones, labels and people hand us: element strings, Digital Links (also compressed), EPC URNs, Chinese drug
//! codes, typed serials (`crates/domain/src/gs1`, `china.rs`, `serial.rs`).

use tracelight_domain::china::DrugCode;
use tracelight_domain::gs1::ai::{Ai, entries};
use tracelight_domain::gs1::scan::{Scan, ScanError, parse_scan};
use tracelight_domain::gs1::{digital_link, element_string, epc};
use tracelight_domain::serial::normalise_typed;

/// Panics when a promise is broken.
pub fn check(bytes: &[u8]) {
    match parse_scan(bytes) {
        Ok(scan) => accepted(&scan),
        Err(error) => refused(bytes, &error),
    }
    let Ok(text) = core::str::from_utf8(bytes) else { return };
    if let Ok(elements) = element_string::parse(text) {
        let built = element_string::build(&elements).expect("values that were accepted");
        assert_eq!(element_string::parse(&built), Ok(elements));
    }
    if let Ok(elements) = element_string::parse_bracketed(text) {
        assert_eq!(element_string::parse_bracketed(&element_string::bracketed(&elements)), Ok(elements));
    }
    let _ = epc::parse(text);
    link(text);
    if let Ok(code) = DrugCode::parse(text) {
        assert_eq!(code.to_string(), text, "a second spelling");
        assert_eq!(format!("{}{}", code.drug_identification(), code.production_identification()), text);
    }
    if let Ok(serial) = normalise_typed(text) {
        assert_eq!(normalise_typed(&serial), Ok(serial), "tidying twice changes more");
    }
    for entry in entries() {
        let _ = entry.check(text);
    }
}

/// Whatever was accepted can be written, and is then read as the same.
fn accepted(scan: &Scan) {
    let built = element_string::build(&scan.elements).expect("values that were accepted");
    assert_eq!(element_string::parse(&built).as_ref(), Ok(&scan.elements));
    let again = parse_scan(format!("]d2{built}").as_bytes()).expect("what was accepted");
    assert_eq!(again.elements, scan.elements);
    let _ = (scan.expiry(2026), scan.sscc(), element_string::hri_with_titles(&scan.elements));
    if let Ok(unit) = scan.unit() {
        let mut path = vec![(Ai::GTIN, unit.gtin.to_string())];
        path.extend(unit.lot.map(|lot| (Ai::LOT, lot.to_string())));
        path.push((Ai::SERIAL, unit.serial.to_string()));
        let uri = format!("https://id.example{}", digital_link::build_path(&path));
        assert_eq!(digital_link::parse(&uri).expect("a pack's own link").path, path);
    }
}

/// The message names a place in the input.
fn refused(bytes: &[u8], error: &ScanError) {
    assert!(error.position() <= bytes.len() + 1, "{error}: {} of {}", error.position(), bytes.len());
    assert!(!error.field().is_empty() && !error.expected().is_empty() && !error.to_string().is_empty());
}

fn link(text: &str) {
    if let Ok(link) = digital_link::parse(text) {
        let again = digital_link::parse(&link.canonical()).expect("the canonical form is a link");
        assert_eq!(again.path, link.path, "the canonical form says something else");
        assert!(again.attributes.is_empty() && again.stem.is_empty());
    }
    if let Ok(long) = digital_link::decompress(text) {
        let link = digital_link::parse(&long).expect("a decompressed link is a link");
        assert!(!digital_link::is_compressed(&long), "{long} is still compressed");
        // The one entry for scans reads the same out of the short form as out of the long one.
        let (short, long) = (parse_scan(text.as_bytes()), parse_scan(long.as_bytes()));
        if let (Ok(short), Ok(long)) = (short, long) {
            assert_eq!(short.elements, long.elements, "the short form says something else");
            assert_eq!(short.elements, link.elements());
        }
    }
}

//! What we write, we read back; and nothing that a stranger sends makes us panic.

use crate::gs1::ai::{Ai, entries};
use crate::gs1::scan::{Syntax, parse_scan};
use crate::gs1::{Date, Gtin, Lot, Serial, Sscc, check_digit, digital_link, element_string, epc};
use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};

fn with_check_digit(mut digits: String) -> String {
    digits.push(check_digit(digits.as_bytes()).map_or('?', char::from));
    digits
}

fn cset82(max: usize) -> impl Strategy<Value = String> {
    proptest::string::string_regex(&format!("[!\"%-?A-Z_a-z]{{1,{max}}}")).expect("a right pattern")
}

fn yymmdd() -> impl Strategy<Value = String> {
    (0_u32..100, 1_u32..=12, 0_u32..=28).prop_map(|(y, m, d)| format!("{y:02}{m:02}{d:02}"))
}

/// GTIN, perhaps lot, expiry and serial, in any order behind the GTIN.
fn unit() -> impl Strategy<Value = Vec<(Ai, String)>> {
    let gtin = "[0-9]{13}".prop_map(with_check_digit);
    let rest = (proptest::option::of(cset82(20)), proptest::option::of(yymmdd()), proptest::option::of(cset82(20)));
    (gtin, rest, any::<bool>()).prop_map(|(gtin, (lot, expiry, serial), expiry_last)| {
        let expiry = expiry.map(|expiry| (Ai::EXPIRY, expiry));
        let mut elements = vec![(Ai::GTIN, gtin)];
        elements.extend(expiry.clone().filter(|_| !expiry_last));
        elements.extend(lot.map(|lot| (Ai::LOT, lot)));
        elements.extend(serial.map(|serial| (Ai::SERIAL, serial)));
        elements.extend(expiry.filter(|_| expiry_last));
        elements
    })
}

/// Something near what is right: the alphabet of scanners with few other characters.
fn scannerish() -> impl Strategy<Value = Vec<u8>> {
    let token = prop_oneof![
        proptest::sample::select(entries().iter().map(|entry| entry.first.as_bytes().to_vec()).collect::<Vec<_>>()),
        "[0-9]{1,20}".prop_map(String::into_bytes),
        proptest::sample::select(vec![
            "]d2",
            "]Q1",
            "]Q3",
            "]C0",
            "]C1",
            "]e0",
            "]E0",
            "]E4",
            "]J0",
            "]J1",
            "|]e0",
            "\u{1d}",
            "(",
            ")",
            "\\(",
            "/",
            "?",
            "&",
            "=",
            "#",
            "%",
            "%2F",
            "%00",
            "+",
            "https://",
            "HTTP://",
            "a.example",
            "/01/",
            "09506000134352",
            "*",
            ".",
            "urn:epc:id:sgtin:",
            "urn:epc:id:sscc:",
            "urn:epc:class:lgtin:",
            "urn:epc:id:sgln:",
            "é",
            "\r\n",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
        proptest::collection::vec(any::<u8>(), 0..4),
        cset82(30).prop_map(String::into_bytes),
    ];
    proptest::collection::vec(token, 0..12).prop_map(|tokens| tokens.concat())
}

proptest! {
    #[test]
    fn element_strings_come_back(elements in unit()) {
        let text = element_string::build(&elements).expect("right values");
        assert_eq!(element_string::parse(&text), Ok(elements.clone()));
        for identifier in ["]d2", "]Q3", "]C1", "]e0", "]J1", ""] {
            let scan = parse_scan(format!("{identifier}{text}").as_bytes()).expect("a right scan");
            assert_eq!(&scan.elements, &elements);
            assert_eq!(scan.carrier.symbology_identifier(), identifier);
        }
    }

    #[test]
    fn bracketed_text_comes_back(elements in unit()) {
        let text = element_string::bracketed(&elements);
        let scan = parse_scan(text.as_bytes());
        // A backslash cannot occur in a value, so an escaped bracket is never in doubt.
        assert_eq!(scan.map(|scan| scan.elements), Ok(elements));
    }

    #[test]
    fn digital_links_come_back(elements in unit(), stem in "(/[a-z0-9]{1,5}){0,3}") {
        let uri = digital_link::build(&format!("https://id.example{stem}"), &elements).expect("right values");
        let link = digital_link::parse(&uri).expect("what we wrote");
        let mut read = link.elements();
        let mut written = elements.clone();
        read.sort();
        written.sort();
        assert_eq!(read, written, "{uri}");
        assert_eq!(format!("/{}", link.stem).trim_end_matches('/'), stem);
        let again = digital_link::parse(&link.canonical()).expect("the canonical form");
        assert_eq!(again.path, link.path);
        assert!(again.attributes.is_empty() && again.stem.is_empty());
        let scan = parse_scan(format!("]Q1{uri}").as_bytes()).expect("a right scan");
        assert_eq!(scan.syntax, Syntax::DigitalLink);
        assert_eq!(scan.gtin().map(|gtin| gtin.to_string()).as_ref(), elements.first().map(|(_, value)| value));
    }

    #[test]
    fn nothing_that_is_scanned_panics(raw in prop_oneof![scannerish(), proptest::collection::vec(any::<u8>(), 0..64)]) {
        match parse_scan(&raw) {
            Ok(scan) => {
                // Whatever was accepted can be written, and is then read as the same.
                let text = element_string::build(&scan.elements).expect("values that were accepted");
                assert_eq!(element_string::parse(&text), Ok(scan.elements.clone()));
                let _ = (scan.unit(), scan.expiry(2026), scan.sscc(), element_string::hri_with_titles(&scan.elements));
            }
            Err(error) => {
                assert!(error.position() <= raw.len() + 1, "{error}: {} of {}", error.position(), raw.len());
                assert!(!error.field().is_empty() && !error.expected().is_empty() && !error.to_string().is_empty());
            }
        }
        let text = String::from_utf8_lossy(&raw);
        let _ = (element_string::parse(&text), element_string::parse_bracketed(&text), epc::parse(&text));
        let _ = (digital_link::parse(&text), digital_link::decompress(&text), digital_link::build(&text, &[(Ai::GTIN, "09506000134352".into())]));
        for entry in entries() {
            let _ = entry.check(&text);
        }
    }

    #[test]
    fn no_compressed_segment_panics(segment in "[A-Za-z0-9_-]{0,80}") {
        for head in ["", "01", "ARHK", "DBHKVAdpQg", "HxHKVAdpQg", "Pw"] {
            if let Ok(uri) = digital_link::decompress(&format!("https://a.example/{head}{segment}")) {
                assert!(digital_link::parse(&uri).is_ok(), "{uri}");
            }
        }
    }

    #[test]
    fn no_field_parser_panics(text in ".{0,30}", year in any::<u16>()) {
        let _ = (Gtin::parse(&text), Gtin::parse_padded(&text), Sscc::parse(&text), Lot::parse(&text), Serial::parse(&text));
        let _ = (Date::parse_yymmdd("491231", year), Date::parse_yymmdd("000101", year));
        let _ = (Date::parse_iso(&text), Date::parse_yymmdd(&text, year), Gtin::build(9, &text, u64::MAX));
    }

    #[test]
    fn every_key_is_its_own_text(digits in "[0-9]{17}", lead in 0_u8..=9) {
        let sscc = Sscc::parse(&with_check_digit(digits)).expect("17 digits and their check digit");
        assert_eq!(Sscc::parse(sscc.as_str()), Ok(sscc));
        assert!(Sscc::build(lead, "9521234", u64::from(lead)).is_ok());
    }

    #[test]
    fn a_changed_digit_is_noticed(digits in "[0-9]{13}", place in 0_usize..14, change in 1_u8..=9, _x in Just(())) {
        let mut gtin = with_check_digit(digits).into_bytes();
        if let Some(digit) = gtin.get_mut(place) {
            *digit = (*digit - b'0' + change) % 10 + b'0';
        }
        assert!(Gtin::parse(std::str::from_utf8(&gtin).expect("digits")).is_err());
    }

    #[test]
    fn packs_and_calendars_agree(days in -36_000_i64..47_000) {
        let date = Date::from_days(days).expect("within the range");
        assert_eq!(Date::parse_yymmdd(&date.yymmdd(), date.year()), Ok(date));
        assert_eq!(Date::parse_iso(&date.to_string()), Ok(date));
    }
}

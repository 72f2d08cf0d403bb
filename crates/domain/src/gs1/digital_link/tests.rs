use super::{Leniency, build, decompress, parse, parse_with};
use crate::gs1::ai::Ai;
use crate::gs1::scan::{Mapped, ScanError};
use crate::gs1::vectors::{cases, text};
use tracelight_testkit::{data::shared_data, vectors};

#[test]
fn uris_of_the_syntax_engine() {
    let Some(file) = shared_data("gs1-syntax/dl_parse.json") else { return };
    let outcome = vectors::links(&file);
    assert!(outcome.total >= 55, "{} cases", outcome.total);
    assert_eq!(outcome.misses, Vec::<String>::new());
}

#[test]
fn path_sequences_of_the_syntax_engine() {
    let Some(file) = shared_data("gs1-syntax/dl_path_sequences.json") else { return };
    let outcome = vectors::link_paths(&file);
    assert!(outcome.total >= 20, "{} cases", outcome.total);
    assert_eq!(outcome.misses, Vec::<String>::new());
}

#[test]
fn unescaping_of_the_syntax_engine() {
    let Some(cases) = cases("gs1-syntax/dl_uri_unescape.json", 21) else {
        return;
    };
    for case in &cases {
        let input = text(case, "input");
        let path = Mapped::percent_decoded(input, 1, Mapped::path_character).expect("no %00 here");
        let query = Mapped::percent_decoded(input, 1, Mapped::query_character).expect("no %00 here");
        assert_eq!((path.text.as_str(), query.text.as_str()), (text(case, "path"), text(case, "query")), "{input}");
    }
}

#[test]
fn parts_of_a_link() {
    let link =
        parse("https://id.example:8443/stem/01/x/01/09506000134352/10/A%2FB/21/S%25?17=251231&linkType=gs1:pip&x#f");
    let link = link.expect("a right link");
    assert_eq!((link.authority.as_str(), link.stem.as_str()), ("id.example:8443", "stem/01/x"));
    let path: Vec<&str> = link.path.iter().map(|(_, value)| value.as_str()).collect();
    assert_eq!(path, ["09506000134352", "A/B", "S%"]);
    assert_eq!(link.attributes, [(Ai::EXPIRY, "251231".to_owned())]);
    assert_eq!(link.other_query, ["linkType=gs1:pip", "x"]);
    assert_eq!(link.canonical(), "https://id.gs1.org/01/09506000134352/10/A%2FB/21/S%25");
}

#[test]
fn capitals_and_slashes() {
    assert!(parse("HTTPS://ID.EXAMPLE/01/09506000134352/21/A1").is_ok());
    assert!(parse("Https://id.example/01/09506000134352/21/A1").is_err());
    let tolerant = Leniency { trailing_slash: true, ..Leniency::default() };
    assert!(parse("https://id.example/01/09506000134352/21/A1/").is_err());
    assert!(parse_with("https://id.example/01/09506000134352/21/A1/", tolerant).is_ok());
    assert!(parse_with("https://id.example/01/09506000134352/21/A1//", tolerant).is_err());
}

#[track_caller]
fn refused(uri: &str, field: &str, position: usize) {
    let error = parse(uri).expect_err("something is wrong");
    assert_eq!((error.field().as_str(), error.position()), (field, position), "{error}");
}

#[test]
fn errors_say_where() {
    refused("https://a/01/09506000134353", "01", 27);
    refused("https://a/01/9506000134352", "01", 27);
    refused("https://a/01/09506000134352/21/A%20B", "21", 33);
    refused("https://a/01/09506000134352/21/A%2FB%23", "21", 37);
    refused("https://a/01/09506000134352?17=251331", "17", 34);
    refused("https://a/01/09506000134352?10=AB+C", "10", 29);
    refused("https://a/01/09506000134352?98=AB+C", "98", 34);
    refused("https://a/01/09506000134352?21=A", "21", 29);
    refused("https://a/01/09506000134352/21/A/10/B", "10", 34);
    refused("https://a/01/09506000134352/235/A/21/B", "21", 35);
    refused("https://a/01/09506000134352?98=A&98=A", "98", 34);
    refused("https://a/01/09506000134352?999=A", "application identifier", 29);
    refused("https://a/01/09506000134352?98=A%00", "percent-encoding", 33);
    refused("https://a/01/09506000134352/21/é", "digital link", 32);
    refused("https:///01/09506000134352", "digital link", 9);
    refused("https://a@b/01/09506000134352", "digital link", 10);
    refused("ftp://a/01/09506000134352", "digital link", 1);
    refused("https://a", "digital link", 10);
}

#[test]
fn a_padded_gtin_still_points_into_the_link() {
    let padding = Leniency { pad_short_gtin: true, ..Leniency::default() };
    let link = parse_with("https://a/01/9506000134352", padding).expect("13 digits are padded");
    assert_eq!(link.path, [(Ai::GTIN, "09506000134352".to_owned())]);
    let wrong = parse_with("https://a/01/9506000134353", padding).expect_err("a wrong check digit");
    assert_eq!(wrong.position(), 26, "{wrong}");
}

#[test]
fn links_are_built_in_the_order_of_the_standard() {
    let elements = [
        (Ai::SERIAL, "S/1".to_owned()),
        (Ai::EXPIRY, "251200".to_owned()),
        (Ai::GTIN, "09506000134352".to_owned()),
        (Ai::LOT, "A+B".to_owned()),
    ];
    let uri = build("https://id.example/s", &elements).expect("right elements");
    assert_eq!(uri, "https://id.example/s/01/09506000134352/10/A%2BB/21/S%2F1?17=251200");
    assert!(build("https://id.example", &[(Ai::LOT, "A".to_owned())]).is_err(), "no key");
    assert!(build("id.example", &elements).is_err(), "no scheme");
    assert!(build("https://id.example/", &elements).is_ok(), "an empty stem segment is still a stem");
    assert!(build("https://id.example?x=", &elements).is_err(), "a query in the base");
    assert!(build("https://id.example#x", &elements).is_err(), "a fragment in the base");
    let another = build("https://id.example/01/09521234543213?x=", &elements);
    assert!(matches!(another, Err(ScanError::Syntax { field: "base", .. })), "a link for a base: {another:?}");
}

#[test]
fn compressed_links_of_gs1() {
    let Some(file) = shared_data("gs1-dl-compression/digital-link-js_compression.json") else { return };
    let outcome = vectors::compressed_links(&file);
    assert!(outcome.total >= 10, "{} cases", outcome.total);
    assert_eq!(outcome.misses, Vec::<String>::new());
}

#[test]
fn truncated_and_foreign_segments_are_refused() {
    let whole = "https://gs1.evrythng.com/HxHKVAdpQhCTxbrOF_yEFcx_4a2GeAh1mFOZkChg6Z8pgcEMEWpMganmIfESxTyJ5UvMJa9Za";
    let link = decompress(whole).and_then(|uri| parse(&uri)).expect("the whole link");
    let head = "https://gs1.evrythng.com/".len();
    let mut read = 0_usize;
    for length in head + 1..whole.len() {
        // Cut at the end of an item it may still be right, and then says less, never something else.
        if let Ok(uri) = decompress(whole.get(..length).unwrap_or_default()) {
            let shorter = parse(&uri).expect("what decompression accepts");
            assert!(shorter.elements().iter().all(|element| link.elements().contains(element)), "{uri}");
            read += 1;
        }
    }
    assert!(read < 12, "{read} cuts were read");
    for word in ["about", "products", "01", "index-html", "A", "AAAAAAAAAAAAAAAA", "____________"] {
        let error = decompress(&format!("https://id.example/{word}")).expect_err("no compressed link");
        assert_eq!(error.position(), 20, "{word}: {error}");
    }
    assert!(decompress("ftp://id.example/DBHKVAdpQgowOQ").is_err());
    assert!(decompress("https://DBHKVAdpQgowOQ").is_err());
}

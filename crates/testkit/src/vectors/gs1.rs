//! GS1's own vectors: the Barcode Syntax Engine and Dictionary, the Digital Link toolkit.

use super::Outcome;
use serde_json::Value;
use std::fs;
use std::path::Path;
use tracelight_domain::gs1::ai::Ai;
use tracelight_domain::gs1::digital_link::{self, Leniency, decompress, is_compressed};
use tracelight_domain::gs1::scan::{Carrier, Scan, ScanError, parse_scan, split_identifier};
use tracelight_domain::gs1::{Gtin, element_string, linters as rules};

pub(super) const CHECK_DIGITS: &str = "gs1-syntax/gtin_check_digit.json";
pub(super) const LINTERS: &str = "gs1-syntax/linters.json";
pub(super) const SCANS: &str = "gs1-syntax/scan_parse.json";
pub(super) const ELEMENT_STRINGS: &str = "gs1-syntax/ai_elementstring_validate.json";
pub(super) const LINKS: &str = "gs1-syntax/dl_parse.json";
pub(super) const LINK_PATHS: &str = "gs1-syntax/dl_path_sequences.json";
pub(super) const COMPRESSED_LINKS: &str = "gs1-dl-compression/digital-link-js_compression.json";

/// Runs every case of a file; a file that cannot be read is one missed case.
fn run(set: &'static str, file: &Path, judge: impl Fn(&Value) -> Result<(), String>) -> Outcome {
    let mut outcome = Outcome::new(set);
    let cases = fs::read_to_string(file)
        .map_err(|error| error.to_string())
        .and_then(|text| serde_json::from_str::<Value>(&text).map_err(|error| error.to_string()))
        .and_then(|mut file| match file["cases"].take() {
            Value::Array(cases) => Ok(cases),
            _ => Err("there is no list `cases`".to_owned()),
        });
    match cases {
        Ok(cases) => {
            for case in &cases {
                if set == LINTERS && set_aside(case) {
                    outcome.set_aside += 1;
                } else {
                    outcome.case(judge(case));
                }
            }
        }
        Err(reason) => outcome.case(Err(reason)),
    }
    outcome
}

fn text<'c>(case: &'c Value, name: &str) -> &'c str {
    case[name].as_str().unwrap_or_default()
}

/// The vectors write FNC1 as `^`; an element string begins with one.
fn from_carets(data: &str) -> Option<String> {
    data.strip_prefix('^').map(|rest| rest.replace('^', "\u{1d}"))
}

fn expect<T: PartialEq + std::fmt::Debug>(what: &str, found: &T, wanted: &T) -> Result<(), String> {
    if found == wanted { Ok(()) } else { Err(format!("`{what}`: {found:?}, expected {wanted:?}")) }
}

/// GTINs of 8 to 14 digits and whether their last digit is right.
#[must_use]
pub fn check_digits(file: &Path) -> Outcome {
    run(CHECK_DIGITS, file, |case| {
        let gtin = text(case, "gtin");
        expect(gtin, &Gtin::parse_padded(gtin).is_ok(), &(case["valid"] == true))
    })
}

/// Cases about the lookup of company prefixes in a service that the reference code can be given. We have no such hook.
fn needs_the_prefix_service(name: &str, data: &str, rule: &str) -> bool {
    rule == "GCP_DATASOURCE_OFFLINE"
        || matches!((name, data, rule), ("gcppos1", "1234567", _) | ("gcppos2", "I1234567", "INVALID_GCP_PREFIX"))
}

/// The dictionary shows a fault as `20*13*10`.
fn highlighted(data: &str, fault: &rules::Fault) -> String {
    let mut shown: Vec<char> = data.chars().collect();
    shown.insert((fault.start + fault.length).min(shown.len()), '*');
    shown.insert(fault.start.min(shown.len()), '*');
    shown.into_iter().collect()
}

/// Is it such a case?
fn set_aside(case: &Value) -> bool {
    let rule = text(case, "error").trim_start_matches("GS1_LINTER_");
    needs_the_prefix_service(text(case, "linter"), text(case, "value"), rule)
}

/// The content rules of the dictionary: the verdict, its name, and the place of the fault.
#[must_use]
pub fn linters(file: &Path) -> Outcome {
    run(LINTERS, file, |case| {
        let (name, data) = (text(case, "linter"), text(case, "value"));
        let rule = text(case, "error").trim_start_matches("GS1_LINTER_");
        let linter = rules::by_name(name).ok_or_else(|| format!("there is no linter {name}"))?;
        let found = linter(data).map_err(|fault| (fault.rule.to_owned(), highlighted(data, &fault)));
        let wanted =
            if case["valid"] == true { Ok(()) } else { Err((rule.to_owned(), text(case, "highlight").to_owned())) };
        expect(&format!("{name} {data}"), &found, &wanted)
    })
}

/// What scanners emit.
#[must_use]
pub fn scans(file: &Path) -> Outcome {
    run(SCANS, file, |case| {
        let (raw, wanted) = (text(case, "scan_data"), text(case, "data_str"));
        let parsed = parse_scan(raw.as_bytes());
        if case["valid"] == false {
            return expect(raw, &parsed.is_err(), &true);
        }
        if let Some(data) = ["]Q1", "]d1", "]J0"].iter().find_map(|identifier| raw.strip_prefix(identifier)) {
            // The engine takes any text. We do as far as the identifier; then it must be GS1 data.
            expect(raw, &escaped(data).as_str(), &wanted)?;
            expect(raw, &split_identifier(raw.as_bytes()).map(|(_, text, _)| text).ok(), &Some(data))?;
            let is_link = data.starts_with("https://") || data.starts_with("HTTPS://");
            return expect(raw, &parsed.is_ok(), &is_link);
        }
        let scan = parsed.map_err(|error| format!("`{raw}`: {error}"))?;
        expect(raw, &as_engine(&scan), &Some(wanted.replace("|^", "|")))
    })
}

/// `^` in front would be FNC1, so a text that has one there is escaped.
fn escaped(data: &str) -> String {
    let is_escaped = data.trim_start_matches('\\').starts_with('^');
    if is_escaped { format!("\\{data}") } else { data.to_owned() }
}

/// The engine writes FNC1 as `^`, and a bare GTIN as it was scanned.
fn as_engine(scan: &Scan) -> Option<String> {
    let elements = &scan.elements;
    let built = |elements: &[(Ai, String)]| Some(element_string::build(elements).ok()?.replace('\u{1d}', "^"));
    if scan.carrier != Carrier::Ean13 {
        return Some(format!("^{}", built(elements)?));
    }
    let gtin = scan.gtin()?.as_str().trim_start_matches('0').to_owned();
    let rest = built(elements.get(1..).unwrap_or_default())?;
    Some(if rest.is_empty() { gtin } else { format!("{gtin}|{rest}") })
}

/// Element strings and whether they are right.
#[must_use]
pub fn element_strings(file: &Path) -> Outcome {
    run(ELEMENT_STRINGS, file, |case| {
        let data = text(case, "ai_data");
        let accepted = from_carets(data).is_some_and(|data| element_string::parse(&data).is_ok());
        expect(data, &accepted, &(case["valid"] == true))
    })
}

/// Digital Links and the element strings that they are.
#[must_use]
pub fn links(file: &Path) -> Outcome {
    run(LINKS, file, |case| {
        let uri = text(case, "uri");
        let pad_short_gtin = case["options"]["PermitZeroSuppressedGTINinDLuris"] == true;
        let parsed = digital_link::parse_with(uri, Leniency { pad_short_gtin, trailing_slash: false });
        if case["options"]["permitConvenienceAlphas"] == true {
            // `/gtin/…/ser/…` left the standard with 1.3, and we never let it in.
            return expect(uri, &parsed.is_err(), &true);
        }
        let built = parsed.and_then(|link| element_string::build(&link.elements())).ok();
        expect(uri, &built, &from_carets(text(case, "ai_data")))
    })
}

/// A right value for an AI of the path sequences.
fn value_of(ai: &str) -> &'static str {
    match ai {
        "01" => "09506000134352",
        "253" | "255" | "414" | "417" => "9521234000006",
        "402" => "12345678901234560",
        "8003" => "09521234000006",
        "8006" => "095060001343520102",
        "8018" => "952123456789012345",
        "7040" => "1ABC",
        _ => "12345",
    }
}

/// The orders of qualifiers that each key takes; any other is refused.
#[must_use]
pub fn link_paths(file: &Path) -> Outcome {
    run(LINK_PATHS, file, |case| {
        let sequence: Vec<&str> = case["seq"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let path: String = sequence.iter().map(|ai| format!("/{ai}/{}", value_of(ai))).collect();
        let link = digital_link::parse(&format!("https://a{path}")).map_err(|error| format!("{path}: {error}"))?;
        let found: Vec<&str> = link.path.iter().map(|(ai, _)| ai.as_str()).collect();
        expect(&path, &found, &sequence)?;
        let [key, first, .., last] = sequence.as_slice() else { return Ok(()) };
        let turned = format!("https://a/{key}/{}/{last}/{}/{first}/{}", value_of(key), value_of(last), value_of(first));
        match digital_link::parse(&turned) {
            Err(ScanError::Misplaced { .. }) => Ok(()),
            other => Err(format!("{turned}: {other:?}")),
        }
    })
}

/// The words for AIs that older links use.
fn numeric(uri: &str) -> String {
    uri.replace("/gtin/", "/01/").replace("/lot/", "/10/").replace("/ser/", "/21/")
}

/// Compressed links. Compression is not unique, so its result is read back and must be what went in.
#[must_use]
pub fn compressed_links(file: &Path) -> Outcome {
    run(COMPRESSED_LINKS, file, |case| {
        let (input, wanted) = (text(case, "input"), text(case, "expect"));
        match text(case, "fn") {
            "decompressWebUri" => expect(input, &decompress(input).ok(), &Some(numeric(wanted))),
            "isCompressedWebUri" => expect(input, &is_compressed(&numeric(input)).to_string().as_str(), &wanted),
            "compressWebUri" => {
                let padding = Leniency { pad_short_gtin: true, ..Leniency::default() };
                let link = decompress(wanted).and_then(|uri| digital_link::parse(&uri));
                let link = link.map_err(|error| format!("{wanted}: {error}"))?;
                let original =
                    digital_link::parse_with(&numeric(input), padding).map_err(|error| format!("{input}: {error}"))?;
                expect(wanted, &link.elements(), &original.elements())?;
                expect(wanted, &(link.stem, link.authority), &(original.stem, original.authority))?;
                expect(wanted, &link.other_query, &original.other_query)
            }
            other => Err(format!("there is no function {other}")),
        }
    })
}

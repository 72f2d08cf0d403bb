//! EPCIS documents, event hashes and company prefixes.

use super::Outcome;
use std::fs;
use std::path::{Path, PathBuf};
use tracelight_epcis::document::{Format, read};
use tracelight_epcis::hash::{event_hash, pre_hash};
use tracelight_epcis::key::{self, Prefixes};
use tracelight_epcis::limits::{Limits, Policy};
use tracelight_epcis::text::Timestamp;
use tracelight_epcis::{Document, Event, json, xml};

pub(super) const EVENT_HASHES: &str = "epcis-event-hash/examples";
pub(super) const DOCUMENTS: &str = "gs1-epcis";
pub(super) const PREFIXES: &str = "gcp/gcp_length_by_prefix.json";

fn files(folder: &Path, out: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() { files(&path, out) } else { out.push(path) }
    }
    out.sort();
}

fn format_of(path: &Path) -> Option<Format> {
    match path.extension()?.to_str()? {
        "jsonld" | "json" => Some(Format::Json),
        "xml" => Some(Format::Xml),
        _ => None,
    }
}

fn document(path: &Path) -> Result<Document, String> {
    let format = format_of(path).ok_or("neither JSON nor XML")?;
    let bytes = fs::read(path).map_err(|error| error.to_string())?;
    let told = |error: tracelight_epcis::Exception| match error.violations.as_slice() {
        [] => error.to_string(),
        violations => violations.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
    };
    let capture = read(&bytes, format, &Limits::default(), Policy::default()).map_err(told)?;
    capture.all_or_nothing().map_err(told)
}

fn shown(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Every event of every document beside which a `.prehashes` or a `.hashes` lies: both texts, line for line, in each syntax.
#[must_use]
pub fn event_hashes(folder: &Path) -> Outcome {
    let mut outcome = Outcome::new(EVENT_HASHES);
    let mut all = Vec::new();
    files(folder, &mut all);
    for path in all.iter().filter(|path| format_of(path).is_some()) {
        for (extension, of) in [("prehashes", pre_hash as fn(&Event) -> String), ("hashes", event_hash)] {
            let Ok(expected) = fs::read_to_string(path.with_extension(extension)) else { continue };
            let expected: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
            match document(path) {
                Ok(document) => compare(&mut outcome, path, &expected, &document.events, of),
                Err(reason) => expected.iter().for_each(|_| outcome.case(Err(format!("{}: {reason}", shown(path))))),
            }
        }
    }
    outcome
}

fn compare(outcome: &mut Outcome, path: &Path, expected: &[&str], events: &[Event], of: fn(&Event) -> String) {
    let count = expected.len().max(events.len());
    for index in 0..count {
        let found = events.get(index).map(of);
        let wanted = expected.get(index).copied();
        let same = found.as_deref() == wanted;
        let reason = || format!("{} event {index}: {found:?}, expected {wanted:?}", shown(path));
        outcome.case(if same { Ok(()) } else { Err(reason()) });
    }
}

/// Every document and bare event under a folder: it is accepted, written in both syntaxes and read back the same.
#[must_use]
pub fn documents(folder: &Path) -> Outcome {
    let mut outcome = Outcome::new(DOCUMENTS);
    for path in &epcis_files(folder) {
        outcome.case(round_trip(path).map_err(|reason| format!("{}: {reason}", shown(path))));
    }
    outcome
}

/// Every document and bare event under a folder.
#[must_use]
pub fn epcis_files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    files(folder, &mut all);
    all.retain(|path| format_of(path).is_some() && holds_events(path));
    all
}

/// Schemas, contexts and capture jobs lie beside the documents.
fn holds_events(path: &Path) -> bool {
    let Ok(text) = fs::read_to_string(path) else { return false };
    let text = text.trim_start_matches('\u{feff}');
    if text.trim_start().starts_with('<') {
        return text.contains("EPCISDocument") || text.contains("EPCISQueryDocument");
    }
    let Ok(json) = serde_json::from_str::<serde_json::Value>(text) else { return false };
    let kind = json["type"].as_str().unwrap_or_default();
    (kind.ends_with("Event") || kind.starts_with("EPCIS")) && json.get("$schema").is_none()
}

fn round_trip(path: &Path) -> Result<(), String> {
    let first = document(path)?;
    let json_text = json::write(&first, Timestamp::from_unix_ms(0));
    same(&first, &json_text, Format::Json)?;
    let xml_text = xml::write(&first, Timestamp::from_unix_ms(0)).map_err(|error| error.to_string())?;
    same(&first, &xml_text, Format::Xml)
}

fn same(first: &Document, text: &str, format: Format) -> Result<(), String> {
    let capture = read(text.as_bytes(), format, &Limits::default(), Policy::default());
    let again = capture.and_then(tracelight_epcis::Capture::all_or_nothing);
    let again = again.map_err(|error| format!("what was written as {format:?} is not read: {error}"))?;
    if again.events.len() != first.events.len() {
        return Err(format!("{} events became {} in {format:?}", first.events.len(), again.events.len()));
    }
    for (index, (left, right)) in first.events.iter().zip(&again.events).enumerate() {
        if !left.same(right) {
            return Err(format!("event {index} is another in {format:?}"));
        }
        if event_hash(left) != event_hash(right) {
            return Err(format!(
                "event {index} has another hash in {format:?}: {} / {}",
                pre_hash(left),
                pre_hash(right)
            ));
        }
    }
    if (first.header != again.header) || first.kind != again.kind {
        return Err(format!("the header is another in {format:?}"));
    }
    Ok(())
}

/// For every row of the table of company prefixes: a key with that prefix, as a URN and back.
#[must_use]
pub fn company_prefixes(file: &Path) -> Outcome {
    let mut outcome = Outcome::new(PREFIXES);
    let text = fs::read_to_string(file).unwrap_or_default();
    let prefixes = match Prefixes::parse(&text) {
        Ok(prefixes) => prefixes,
        Err(error) => {
            outcome.case(Err(error.to_string()));
            return outcome;
        }
    };
    let table: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    let rows = table["prefix_to_gcp_length"].as_object().cloned().unwrap_or_default();
    for (prefix, length) in rows {
        let length = usize::try_from(length.as_u64().unwrap_or_default()).unwrap_or_default();
        // A URN knows company prefixes of six to twelve digits only.
        if !(6..=12).contains(&length) || prefix.len() > length {
            continue;
        }
        outcome.case(there_and_back(&prefixes, &prefix, length));
    }
    outcome
}

fn there_and_back(prefixes: &Prefixes, prefix: &str, length: usize) -> Result<(), String> {
    let company = format!("{prefix:0<length$}");
    // Longer rows may say otherwise about this very company.
    if prefixes.length_of(&company) != Some(length) {
        return Ok(());
    }
    let item = "1".repeat(13 - length);
    let urn = format!("urn:epc:id:sgtin:{company}.{item}.S%2F1");
    let link = key::canonical(&urn).ok_or_else(|| format!("{urn} has no link"))?;
    match key::to_urn(&link, prefixes) {
        Some(back) if back == urn => Ok(()),
        back => Err(format!("{urn} became {link} and {back:?}")),
    }
}

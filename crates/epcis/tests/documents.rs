//! GS1's own documents: all are accepted, and written and read back the same in both syntaxes.

use tracelight_epcis::document::{Format, read};
use tracelight_epcis::limits::{Limits, Policy};
use tracelight_testkit::data::shared_data;
use tracelight_testkit::vectors;

#[test]
fn every_document_of_gs1_is_read_and_written() {
    let Some(folder) = shared_data("gs1-epcis") else { return };
    let outcome = vectors::documents(&folder);
    assert!(outcome.total >= 47, "{} documents", outcome.total);
    assert_eq!(outcome.misses, Vec::<String>::new());
}

#[test]
fn every_document_of_the_event_hash_is_read_and_written() {
    let Some(folder) = shared_data("epcis-event-hash") else { return };
    let outcome = vectors::documents(&folder);
    assert!(outcome.total >= 8, "{} documents", outcome.total);
    assert_eq!(outcome.misses, Vec::<String>::new());
}

#[test]
fn every_company_prefix_leads_back() {
    let Some(file) = shared_data("gcp/gcp_length_by_prefix.json") else { return };
    let outcome = vectors::company_prefixes(&file);
    assert!(outcome.total >= 100_000, "{} prefixes", outcome.total);
    assert_eq!(outcome.misses, Vec::<String>::new());
}

/// The keys of GS1's examples exist: none of them is refused by the strict policy either.
#[test]
fn gs1_s_documents_hold_under_the_strict_policy() {
    let Some(folder) = shared_data("gs1-epcis/JSON") else { return };
    let mut documents = 0;
    for entry in std::fs::read_dir(folder).expect("the folder").flatten() {
        let path = entry.path();
        if path.extension().is_none_or(|extension| extension != "jsonld") {
            continue;
        }
        let bytes = std::fs::read(&path).expect("a document");
        let capture = read(&bytes, Format::Json, &Limits::default(), Policy::STRICT).expect("an envelope");
        for captured in capture.events {
            assert!(captured.outcome.is_ok(), "{}: {:?}", path.display(), captured.outcome);
        }
        documents += 1;
    }
    assert!(documents >= 10, "{documents}");
}

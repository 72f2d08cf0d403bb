//! The event hash, canonical keys, queries and the mapping to the ledger: total on every event that is read.

use tracelight_epcis::document::{Format, read};
use tracelight_epcis::hash::{event_hash, pre_hash};
use tracelight_epcis::limits::{Limits, Policy};
use tracelight_epcis::name::Context;
use tracelight_epcis::query::{MasterData, Query};
use tracelight_epcis::{key, ledger};

/// Panics when a promise is broken.
pub fn check(bytes: &[u8]) {
    if let Ok(text) = core::str::from_utf8(bytes) {
        if let Some(link) = key::canonical(text) {
            assert_eq!(key::canonical(&link).as_deref(), Some(link.as_str()), "canonical is not final: {text}");
            assert!(key::matches(text, &link) && key::matches(&link, text));
        }
        let _ = key::check(text);
        let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
        let _ = (Query::from_pairs(pairs, &Context::default()), Query::from_json(text));
    }
    for format in [Format::Json, Format::Xml] {
        let limits = Limits { nodes_max: 20_000, ..Limits::default() };
        let Ok(capture) = read(bytes, format, &limits, Policy::STRICT) else { continue };
        for event in capture.events.into_iter().filter_map(|captured| captured.outcome.ok()) {
            assert!(pre_hash(&event).starts_with("eventType="));
            assert_eq!(event_hash(&event), event_hash(&event.clone()));
            assert!(event.same(&event));
            let _ = ledger::intent(&event);
            let query = Query::from_pairs(
                [("GE_value_KEL", "1"), ("MATCH_anyEPC", "urn:epc:idpat:sgtin:4012345.*.*")],
                &Context::default(),
            );
            let _ = query.map(|query| query.admits(&event, &MasterData::default()));
        }
    }
}

//! EPCIS in XML, 2.0 and 1.x: what is read is written in both syntaxes and read back the same.

use tracelight_epcis::document::{Format, read};
use tracelight_epcis::limits::{Limits, Policy};
use tracelight_epcis::text::Timestamp;
use tracelight_epcis::{json, xml};

/// Panics when a promise is broken.
pub fn check(bytes: &[u8]) {
    let limits = Limits { nodes_max: 20_000, ..Limits::default() };
    let Ok(capture) = read(bytes, Format::Xml, &limits, Policy::default()) else { return };
    let Ok(document) = capture.all_or_nothing() else { return };
    let again = |text: &str, format| {
        let back = read(text.as_bytes(), format, &Limits::default(), Policy::default());
        back.and_then(tracelight_epcis::Capture::all_or_nothing)
    };
    let text = json::write(&document, Timestamp::from_unix_ms(0));
    let back = again(&text, Format::Json).unwrap_or_else(|error| panic!("JSON is refused: {error}\n{text}"));
    assert!(document.events.iter().zip(&back.events).all(|(left, right)| left.same(right)), "another event: {text}");
    let Ok(text) = xml::write(&document, Timestamp::from_unix_ms(0)) else { return };
    let back = again(&text, Format::Xml).unwrap_or_else(|error| panic!("XML is refused: {error}\n{text}"));
    assert!(document.events.iter().zip(&back.events).all(|(left, right)| left.same(right)), "another event: {text}");
}

//! EPCIS in JSON-LD: what is read is written and read back the same, in both syntaxes.

use tracelight_epcis::document::{Format, read};
use tracelight_epcis::limits::{Limits, Policy};
use tracelight_epcis::text::Timestamp;
use tracelight_epcis::{json, xml};

/// Panics when a promise is broken.
pub fn check(bytes: &[u8]) {
    let limits = Limits { nodes_max: 20_000, ..Limits::default() };
    let Ok(capture) = read(bytes, Format::Json, &limits, Policy::default()) else { return };
    let Ok(document) = capture.all_or_nothing() else { return };
    let again = |text: &str, format| read(text.as_bytes(), format, &Limits::default(), Policy::default());
    let text = json::write(&document, Timestamp::from_unix_ms(0));
    let back = again(&text, Format::Json).and_then(tracelight_epcis::Capture::all_or_nothing);
    let back = back.unwrap_or_else(|error| panic!("what was written is refused: {error}\n{text}"));
    assert_eq!(back.events.len(), document.events.len());
    assert!(document.events.iter().zip(&back.events).all(|(left, right)| left.same(right)), "another event: {text}");
    // XML cannot hold every name and character; what it holds, it gives back.
    if let Ok(text) = xml::write(&document, Timestamp::from_unix_ms(0))
        && let Ok(back) = again(&text, Format::Xml)
    {
        assert_eq!(back.events.len(), document.events.len(), "{text}");
    }
}

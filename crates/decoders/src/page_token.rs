//! The token in a scan page's form and the device's cookie (`server/src/scan/token.rs`): whatever a browser sends as them.

use tracelight_domain::gs1::{Gtin, Lot, Serial, digital_link};
use tracelight_domain::verdict::Verdict;

#[path = "../../../server/src/scan/token.rs"]
pub mod token;

use token::{PageToken, Said, ScanSecret, Subject, TOKEN_CHARS_MAX, device_cookie};

/// Panics when a promise is broken.
pub fn check(bytes: &[u8]) {
    let Ok(text) = core::str::from_utf8(bytes) else { return };
    let secret = ScanSecret::new([9; 32]);
    if let Ok(page) = secret.open(text) {
        assert_eq!(secret.seal(&page), text, "a second spelling of a token");
        assert!(ScanSecret::new([8; 32]).open(text).is_err(), "a token of another server counts");
    }
    if let Some(cookie) = device_cookie(text) {
        assert_eq!(cookie, text);
    }
    // `gtin lot serial`: a page about whatever they are.
    let mut parts = text.split(' ');
    let (gtin, lot, serial) = (parts.next().map(Gtin::parse), parts.next().map(Lot::parse), parts.next());
    if let (Some(Ok(gtin)), Some(lot), Some(Ok(serial))) = (gtin, lot, serial.map(Serial::parse)) {
        about(&secret, Subject { gtin, lot: lot.ok(), serial });
    }
}

fn about(secret: &ScanSecret, subject: Subject) {
    let uri = format!("https://id.example{}", subject.path());
    let link = digital_link::parse(&uri).expect("a page's own address is a link");
    assert_eq!(link.path.last().map(|(_, value)| value.as_str()), Some(subject.serial.as_str()));
    let said = Some(Said { verdict: Verdict::Expired, height: u64::MAX, as_of_ms: 1 });
    let page = PageToken { rendered_ms: 1, nonce: [7; 16], subject: Some(subject), said, checked_as: Some([9; 16]) };
    let token = secret.seal(&page);
    assert!(token.len() <= TOKEN_CHARS_MAX, "a token that its own server refuses");
    assert_eq!(secret.open(&token), Ok(page));
}

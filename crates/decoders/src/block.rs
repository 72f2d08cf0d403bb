//! Headers and bodies.

use tracelight_proof::block::{Header, decode_body, encode_body, split_body};
use tracelight_proof::bundle::ShortHeader;
use tracelight_proof::codec::Canonical as _;

/// Panics when a promise is broken.
pub fn check(bytes: &[u8]) {
    if let Ok(header) = Header::decode(bytes) {
        assert_eq!(header.encode(), bytes, "a second spelling");
        let short = ShortHeader::of(&header);
        assert_eq!(short.expand(header.chain, header.validators), header, "the short form loses something");
        assert_eq!(ShortHeader::parse(&short.to_bytes(), 1024, "header"), Ok(short));
    }
    if let Ok(txs) = split_body(bytes) {
        assert_eq!(encode_body(&txs), bytes, "a second spelling");
        let _ = decode_body(bytes);
    }
}

//! Signed transactions: what is read is written again as the same bytes; a signature check never panics.

use tracelight_proof::codec::Canonical as _;
use tracelight_proof::signed::{parse, tx_id, verify};

/// Panics when a promise is broken.
pub fn check(bytes: &[u8]) {
    if let Ok(signed) = parse(bytes) {
        assert_eq!(signed.to_bytes(), bytes, "a second spelling");
        let _ = (tx_id(&signed.tx), verify(&signed));
    }
}

//! What a checkpoint carries to a witness.

use tracelight_proof::bundle::Certified;
use tracelight_proof::codec::Canonical as _;

/// Panics when a promise is broken.
pub fn check(bytes: &[u8]) {
    if let Ok(certified) = Certified::decode(bytes) {
        assert_eq!(certified.to_bytes(), bytes, "a second spelling");
    }
}

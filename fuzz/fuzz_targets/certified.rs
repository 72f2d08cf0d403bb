//! What a checkpoint carries to a witness.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tracelight_proof::bundle::Certified;
use tracelight_proof::codec::Canonical as _;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(certified) = Certified::decode(bytes) {
        assert_eq!(certified.to_bytes(), bytes, "a second spelling");
    }
});

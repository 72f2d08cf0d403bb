//! Signed transactions: what is read is written again as the same bytes; a signature check never panics.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tracelight_proof::codec::Canonical as _;
use tracelight_proof::signed::{parse, tx_id, verify};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(signed) = parse(bytes) {
        assert_eq!(signed.to_bytes(), bytes, "a second spelling");
        let _ = (tx_id(&signed.tx), verify(&signed));
    }
});

//! Geneses and anchors.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tracelight_proof::bundle::{Anchor, follow};
use tracelight_proof::codec::Canonical as _;
use tracelight_proof::genesis::Genesis;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(genesis) = Genesis::parse_checked(bytes) {
        assert_eq!(genesis.to_bytes(), bytes, "a second spelling");
        let _ = genesis.objects();
    }
    if let Ok(anchor) = Anchor::decode(bytes)
        && let Ok(genesis) = Genesis::parse_checked(&anchor.genesis)
    {
        let _ = follow(&genesis, &anchor.steps);
    }
});

//! Geneses and anchors.

use tracelight_proof::bundle::{Anchor, follow};
use tracelight_proof::codec::Canonical as _;
use tracelight_proof::genesis::Genesis;

/// Panics when a promise is broken.
pub fn check(bytes: &[u8]) {
    if let Ok(genesis) = Genesis::parse_checked(bytes) {
        assert_eq!(genesis.to_bytes(), bytes, "a second spelling");
        let _ = genesis.objects();
    }
    if let Ok(anchor) = Anchor::decode(bytes)
        && let Ok(genesis) = Genesis::parse_checked(&anchor.genesis)
    {
        let _ = follow(&genesis, &anchor.steps);
    }
}

//! Bundles: one spelling, and a check that refuses without a panic.

use tracelight_domain::ids::ChainId;
use tracelight_proof::bundle::{Bundle, FRESH_MS_MAX, Pin, verify};
use tracelight_proof::codec::Canonical as _;
use tracelight_proof::genesis::Genesis;

/// Panics when a promise is broken.
pub fn check(bytes: &[u8]) {
    let Ok(bundle) = Bundle::decode(bytes) else { return };
    assert_eq!(bundle.to_bytes(), bytes, "a second spelling");
    // Pinned to whatever the bundle says of itself, so that the check goes as far as it can.
    let genesis = bundle.anchor.as_ref().and_then(|anchor| Genesis::parse_checked(&anchor.genesis).ok());
    let pin = Pin {
        chain: genesis.map_or(ChainId([0; 32]), |genesis| genesis.chain_id()),
        anchor: None,
        unit: &bundle.touch.unit,
        lot: None,
        now_ms: bundle.header.time_ms,
        fresh_ms_max: FRESH_MS_MAX,
    };
    let _ = verify(bytes, &pin);
}

//! The WASM boundary: the phone's checker is one function, and every argument of it comes from a server or an address bar
//! (`web-ui/verifier/src/lib.rs`).
//!
//! ```text
//! input    now u64 BE, the bits of a float | code: length u8, bytes | anchor: length u16 BE, bytes | bundle
//! ```
//! The pinned genesis is that of the anchor in the input, so that the check goes as far as it can.

use serde_json::Value;
use tracelight_proof::bundle::{Anchor, Bundle};
use tracelight_proof::genesis::Genesis;

#[path = "../../../web-ui/verifier/src/lib.rs"]
pub mod verifier;

/// Writes an input.
#[must_use]
pub fn input(now_ms: f64, code: &str, anchor: &[u8], bundle: &[u8]) -> Vec<u8> {
    let mut out = now_ms.to_bits().to_be_bytes().to_vec();
    out.push(u8::try_from(code.len()).unwrap_or(u8::MAX));
    out.extend_from_slice(code.as_bytes());
    out.extend_from_slice(&u16::try_from(anchor.len()).unwrap_or(u16::MAX).to_be_bytes());
    out.extend_from_slice(anchor);
    out.extend_from_slice(bundle);
    out
}

/// Time, code, anchor, bundle.
fn read(bytes: &[u8]) -> Option<(f64, &str, &[u8], &[u8])> {
    let (now, rest) = bytes.split_first_chunk::<8>()?;
    let (length, rest) = rest.split_first()?;
    let (code, rest) = rest.split_at_checked(usize::from(*length))?;
    let (length, rest) = rest.split_first_chunk::<2>()?;
    let (anchor, bundle) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    Some((f64::from_bits(u64::from_be_bytes(*now)), core::str::from_utf8(code).ok()?, anchor, bundle))
}

/// Panics when a promise is broken.
pub fn check(bytes: &[u8]) {
    let Some((now_ms, code, anchor, bundle)) = read(bytes) else { return };
    let apart = Anchor::decode(anchor).ok();
    let within = || Bundle::decode(bundle).ok().and_then(|bundle| bundle.anchor);
    let genesis = apart.or_else(within).and_then(|anchor| Genesis::parse_checked(&anchor.genesis).ok());
    let pinned = genesis.map_or_else(|| code.to_owned(), |genesis| genesis.chain_id().to_string());
    let answer = verifier::verify_bundle(bundle, anchor, &pinned, code, now_ms);
    let said: Value = serde_json::from_str(&answer).expect("the checker's answer is JSON");
    match said.get("ok").and_then(Value::as_bool) {
        Some(true) => {
            let fact = |name: &str| said.pointer(&format!("/facts/{name}")).and_then(Value::as_u64).unwrap_or(0);
            assert!(fact("members") > 0 && fact("members_signed") * 3 > fact("members") * 2, "{answer}");
        }
        Some(false) => {
            let text = |name: &str| said.get(name).and_then(Value::as_str).unwrap_or_default();
            assert!(!text("part").is_empty() && !text("message").is_empty(), "{answer}");
        }
        None => panic!("the checker says neither yes nor no: {answer}"),
    }
}

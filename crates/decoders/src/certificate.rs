//! Certificates, for sets of four and of nine, in both forms.

use std::sync::LazyLock;
use tracelight_domain::ids::Hash;
use tracelight_proof::bundle::ShortCertificate;
use tracelight_proof::certificate::{Certificate, ValidatorSet};
use tracelight_proof::codec::Canonical as _;

/// Multiples of the base point: the first keys that are keys.
static SETS: LazyLock<[ValidatorSet; 2]> = LazyLock::new(|| {
    let set = |count: usize| {
        let mut keys = Vec::new();
        for first in 0..=u8::MAX {
            let mut key = [first; 32];
            key[31] = 0x11;
            if keys.len() < count && ValidatorSet::new(&[key]).is_ok() {
                keys.push(key);
            }
        }
        ValidatorSet::new(&keys).expect("distinct keys")
    };
    [set(4), set(9)]
});

/// Panics when a promise is broken.
pub fn check(bytes: &[u8]) {
    for set in SETS.iter() {
        if let Ok(certificate) = Certificate::parse(bytes, set) {
            assert_eq!(certificate.encode(set), bytes, "a second spelling");
            let id = *certificate.block_id();
            let _ = certificate.verify(b"tracelight/consensus/v1/fuzz", set, &id);
            let short = ShortCertificate::of(bytes).expect("the short form reads what the long one reads");
            assert_eq!(short.expand(&Hash(id), set.len()), bytes, "the short form loses something");
        }
    }
    if let Some(short) = ShortCertificate::of(bytes) {
        assert_eq!(ShortCertificate::parse(&short.to_bytes(), 1 << 16, "certificate"), Ok(short));
    }
    if let Ok(short) = ShortCertificate::parse(bytes, 1 << 16, "certificate") {
        let _ = short.expand(&Hash([0; 32]), 4);
    }
}

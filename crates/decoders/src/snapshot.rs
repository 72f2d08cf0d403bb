//! The files of a snapshot: its manifest, and the entries of its parts.

use std::sync::LazyLock;
use tracelight_proof::codec::Canonical;
use tracelight_proof::genesis::Genesis;
use tracelight_proof::snapshot::{
    BlockEntry, Manifest, NonceEntry, ObjectEntry, ValidatorsEntry, is_part, read_entries,
};
use tracelight_proof::state_proof::Subtree;

/// The fixed alliance's: a manifest is signed by its validators or refused.
static GENESIS: LazyLock<Genesis> = LazyLock::new(|| {
    Genesis::parse_checked(include_bytes!("../../../fuzz/corpus/genesis/seed-genesis"))
        .expect("a seed is a true example")
});

/// Panics when a promise is broken.
pub fn check(bytes: &[u8]) {
    if let Ok(manifest) = Manifest::parse(bytes, bytes.len(), "manifest") {
        assert_eq!(manifest.to_bytes(), bytes, "a second spelling");
        // Either answer is good; a panic is not.
        let _ = manifest.check(&GENESIS);
    }
    let objects = one_spelling::<ObjectEntry>(bytes);
    let part = objects.first().map_or(0, |object| usize::from(object.leaf().key.0[0]));
    assert!(objects.is_empty() || !is_part(part, Subtree::Empty, &objects));
    one_spelling::<BlockEntry>(bytes);
    one_spelling::<ValidatorsEntry>(bytes);
    one_spelling::<NonceEntry>(bytes);
}

/// What is read is written with the same bytes.
fn one_spelling<T: Canonical>(bytes: &[u8]) -> Vec<T> {
    let Ok(entries) = read_entries::<T>(bytes) else { return Vec::new() };
    let mut again = u32::try_from(entries.len()).expect("counted by 32 bits").to_bytes();
    entries.iter().for_each(|entry| entry.write(&mut again));
    assert_eq!(again, bytes, "a second spelling");
    entries
}

//! Files of a snapshot: canonical, bounded, and refused as soon as they say something that their chain does not.

use tracelight_domain::ids::{Hash, TxId};
use tracelight_proof::block::Header;
use tracelight_proof::codec::Canonical;
use tracelight_proof::snapshot::{
    BlockEntry, Manifest, NonceEntry, ObjectEntry, ValidatorsEntry, is_part, read_entries,
};
use tracelight_proof::state_proof::Subtree;
use tracelight_testkit::alliance::{certify, genesis};
use tracelight_testkit::snapshot::{Files, snapshot};

/// Reads back as itself; cut anywhere or with a byte more it is refused, and a large count over few bytes too.
#[track_caller]
fn frozen<T: Canonical + PartialEq + std::fmt::Debug>(entries: &[T]) {
    let bytes = Files::file(entries);
    assert_eq!(read_entries::<T>(&bytes).as_deref(), Ok(entries));
    for length in 0..bytes.len() {
        assert!(read_entries::<T>(&bytes[..length]).is_err(), "cut to {length}");
    }
    assert!(read_entries::<T>(&[bytes.as_slice(), &[0]].concat()).is_err());
    let claimed = [&u32::MAX.to_be_bytes(), &bytes[4..]].concat();
    assert!(read_entries::<T>(&claimed).is_err());
}

#[test]
fn every_file_has_one_spelling() {
    let files = snapshot();
    frozen::<BlockEntry>(&files.blocks);
    frozen::<ValidatorsEntry>(&files.validators);
    frozen::<NonceEntry>(&files.nonces);
    files.parts.iter().filter(|part| !part.is_empty()).for_each(|part| frozen::<ObjectEntry>(part));
    let bytes = files.manifest.to_bytes();
    assert_eq!(Manifest::parse(&bytes, bytes.len(), "manifest").as_ref(), Ok(&files.manifest));
    for length in (0..bytes.len()).step_by(7) {
        assert!(Manifest::parse(&bytes[..length], bytes.len(), "manifest").is_err(), "cut to {length}");
    }
}

#[test]
fn a_sound_manifest_promises_its_state_and_its_parts() {
    let files = snapshot();
    let promise = files.manifest.clone().check(&genesis()).expect("it follows from the genesis");
    assert_eq!((promise.state.height, promise.certified.height), (10, 11));
    assert_eq!(Subtree::over(&promise.manifest.parts).hash(), promise.certified.state_root);
    for (part, entries) in files.parts.iter().enumerate() {
        assert!(is_part(part, promise.manifest.parts[part], entries), "part {part}");
    }
    let full: Vec<usize> = (0..256).filter(|part| !files.parts[*part].is_empty()).collect();
    let (first, entries) = (full[0], &files.parts[full[0]]);
    assert!(!is_part(first, Subtree::Empty, entries) && !is_part(full[1], promise.manifest.parts[first], entries));
    assert!(!is_part(first, promise.manifest.parts[first], &[]));
    let twice = [entries.as_slice(), entries].concat();
    assert!(!is_part(first, promise.manifest.parts[first], &twice), "an object twice");
}

#[test]
fn an_object_brings_its_whole_history() {
    let files = snapshot();
    let with_events = files.parts.iter().flatten().find(|entry| entry.events.len() > 1).expect("the pallet moved");
    let mut shorter = with_events.clone();
    shorter.events.pop();
    let mut swapped = with_events.clone();
    swapped.events.swap(0, 1);
    for wrong in [shorter, swapped] {
        assert!(read_entries::<ObjectEntry>(&Files::file(&[wrong])).is_err());
    }
}

/// Every lie in a manifest is named.
#[track_caller]
fn refused(change: impl FnOnce(&mut Manifest), needle: &str) {
    let mut manifest = snapshot().manifest;
    change(&mut manifest);
    let what = manifest.check(&genesis()).map(|_| ()).expect_err("refused");
    assert!(what.contains(needle), "`{needle}` is not in `{what}`");
}

/// Changes header C and lets the validators certify it, so that only the change itself can be wrong.
fn with_certified(manifest: &mut Manifest, change: impl FnOnce(&mut Header)) {
    let last = manifest.headers.last_mut().expect("two headers");
    let mut header = Header::decode(last).expect("a header");
    change(&mut header);
    *last = header.encode();
    manifest.certificate = certify(&genesis(), last, &[11, 12, 14]);
}

#[test]
fn every_lie_of_a_manifest_is_named() {
    refused(|manifest| manifest.chain.0[0] ^= 1, "it is of chain");
    refused(|manifest| manifest.certificate = certify(&genesis(), &manifest.headers[0], &[11, 12, 14]), "certificate");
    refused(
        |manifest| manifest.certificate = certify(&genesis(), &manifest.headers[1], &[11, 12]),
        "2 validators signed",
    );
    refused(|manifest| drop(manifest.headers.remove(0)), "speaks of block");
    refused(|manifest| manifest.headers.swap(0, 1), "");
    refused(|manifest| with_certified(manifest, |header| header.parent = Hash([9; 32])), "does not follow");
    refused(|manifest| with_certified(manifest, |header| header.executed = 9), "speaks of block 9");
    refused(|manifest| with_certified(manifest, |header| header.state_root = Hash([9; 32])), "subtrees");
    refused(|manifest| with_certified(manifest, |header| header.validators = Hash([9; 32])), "other validators");
    refused(|manifest| manifest.parts[3] = Subtree::Many(Hash([9; 32])), "subtrees");
    refused(|manifest| manifest.pruned = 11, "block 11 is pruned");
}

#[test]
fn bounds_stand_before_anything_is_read() {
    let manifest = snapshot().manifest;
    let bytes = manifest.to_bytes();
    let mut old = bytes.clone();
    old[0] = 1;
    assert!(Manifest::parse(&old, old.len(), "manifest").is_err(), "version 1 had no pruned blocks");
    let mut many = bytes.clone();
    many[33..37].copy_from_slice(&1_025u32.to_be_bytes());
    assert!(Manifest::parse(&many, many.len(), "manifest").is_err(), "too many headers");
    let files_at = bytes.len() - 64 - 8;
    let mut many = bytes.clone();
    many[files_at..files_at + 4].copy_from_slice(&100_001u32.to_be_bytes());
    assert!(Manifest::parse(&many, many.len(), "manifest").is_err(), "too many files");
    let block = snapshot().blocks.swap_remove(1);
    let ids = |count: usize| {
        let mut long = block.clone();
        long.content = tracelight_proof::snapshot::Content::Pruned { ids: vec![TxId([1; 32]); count], nonces: 0 };
        read_entries::<BlockEntry>(&Files::file(&[long])).is_ok()
    };
    assert!(ids(10_000) && !ids(10_001));
}

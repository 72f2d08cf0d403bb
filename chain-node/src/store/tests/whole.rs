//! Whole stores: read through, damaged, copied, rebuilt, and taken from a snapshot.

use super::*;
use crate::store::snapshot::{self, SnapshotError};
use std::collections::BTreeSet;
use std::fs;
use std::ops::ControlFlow;

/// Every row of every column.
type Dump = BTreeMap<(&'static str, Vec<u8>), Vec<u8>>;

fn dump(store: &Store) -> Dump {
    let mut rows = Dump::new();
    for name in columns::NAMES {
        let family = columns::family(&store.db, name).expect("there");
        for row in store.db.iterator_cf(family, IteratorMode::Start) {
            let (key, value) = row.expect("a sound row");
            rows.insert((name, key.to_vec()), value.to_vec());
        }
    }
    rows
}

fn findings(store: &Store) -> Vec<Finding> {
    match store.check(&mut |_| ControlFlow::Continue(())) {
        Ok(report) => {
            assert!(report.is_whole);
            report.findings
        }
        // The validators of the genesis, with which a check begins.
        Err(error) => vec![Finding { column: "validators", height: Some(0), what: error.to_string() }],
    }
}

/// A true chain: the story of a batch, then blocks of other products until versions have gone to disk, then quiet ones.
fn grown(dir: &tempfile::TempDir, alliance: &mut Alliance) -> Store {
    let store = open(dir, alliance);
    for txs in alliance.story(&Goods::new(1)) {
        apply(&store, &txs).expect("committed");
    }
    for number in 2..60 {
        let goods = Goods::new(number);
        let txs = vec![alliance.sign(0, goods.register_product()), alliance.sign(1, goods.register_product())];
        apply(&store, &txs).expect("committed");
    }
    // Ordered twice by a faulty leader.
    let twice = alliance.sign(0, Goods::new(60).register_product());
    for txs in [vec![twice.clone()], vec![twice], Vec::new(), Vec::new()] {
        apply(&store, &txs).expect("committed");
    }
    store
}

fn flush(store: &Store) {
    for name in columns::NAMES {
        store.db.flush_cf(columns::family(&store.db, name).expect("there")).expect("flushed");
    }
}

#[test]
fn a_sound_chain_has_no_findings_and_any_other_row_is_one() {
    let mut alliance = alliance();
    let dir = tempfile::tempdir().expect("scratch");
    let store = grown(&dir, &mut alliance);
    assert_eq!(findings(&store), Vec::new());
    let rows = dump(&store);
    let with_rows: BTreeSet<_> = rows.keys().map(|(name, _)| *name).collect();
    let without: Vec<_> = columns::NAMES.iter().filter(|name| !with_rows.contains(**name)).collect();
    assert_eq!(without, [&"steps"], "no validator changes in this story; the tests of members see steps");
    let is_found = |store: &Store| {
        let head = store.head().map(|head| head.commitments);
        !findings(store).is_empty()
            || head.is_err()
            || head.is_ok_and(|at| Window::open(&store.db, at.version, &at.state_root).is_err())
    };
    for name in with_rows {
        let of_column: Vec<_> = rows.iter().filter(|((column, _), _)| *column == name).collect();
        let family = columns::family(&store.db, name).expect("there");
        for index in [0, of_column.len() / 2, of_column.len() - 1] {
            let ((_, key), value) = of_column[index];
            store.db.delete_cf(family, key).expect("written");
            // A node may lack the certificate of a block: a later one covers it, and steps keep their own.
            assert!(name == "certificates" || is_found(&store), "row {index} of `{name}` is gone");
            for at in [0, value.len() / 2, value.len() - 1] {
                let mut other = value.clone();
                other[at] ^= 4;
                store.db.put_cf(family, key, other).expect("written");
                assert!(is_found(&store), "byte {at} of row {index} of `{name}` is another");
            }
            store.db.put_cf(family, key, value).expect("written");
        }
        let strange = [b"no such row".as_slice(), &[7; 29]].concat();
        store.db.put_cf(family, &strange, b"nothing").expect("written");
        assert!(is_found(&store), "a strange row in `{name}`");
        store.db.delete_cf(family, &strange).expect("written");
    }
    assert_eq!(findings(&store), Vec::new());
}

/// Flips one bit in each of the real files of a stopped store, at several places. Each is found, or changes no row.
#[test]
fn a_flipped_bit_in_any_file_is_found_or_harmless() {
    let mut alliance = alliance();
    let dir = tempfile::tempdir().expect("scratch");
    let store = grown(&dir, &mut alliance);
    flush(&store);
    // Some rows in table files, some only in the log.
    apply(&store, &[alliance.sign(0, Goods::new(61).register_product())]).expect("committed");
    apply(&store, &[]).expect("committed");
    let (sound, head) = (dump(&store), store.head().expect("a head"));
    drop(store);
    let path = dir.path().join("store");
    let files: Vec<_> = fs::read_dir(&path).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    let (mut found, mut harmless) = (0, 0);
    for file in files {
        let bytes = fs::read(&file).expect("a file");
        let name = file.file_name().expect("a name").to_string_lossy().into_owned();
        let places: BTreeSet<usize> =
            [0, bytes.len() / 3, bytes.len() / 2, bytes.len() * 4 / 5, bytes.len().saturating_sub(1)].into();
        for at in places.into_iter().filter(|at| *at < bytes.len()) {
            let copy = tempfile::tempdir().expect("scratch");
            let to = copy.path().join("store");
            fs::create_dir(&to).expect("a folder");
            for entry in fs::read_dir(&path).expect("a folder") {
                let entry = entry.expect("an entry");
                fs::copy(entry.path(), to.join(entry.file_name())).expect("copied");
            }
            let mut other = bytes.clone();
            other[at] ^= 0x10;
            fs::write(to.join(&name), other).expect("written");
            // A failure to open, a finding, or a chain that ends early: the engine's next block does not follow then.
            let is_found = match Store::open(&to, &alliance.genesis) {
                Err(_) => true,
                Ok(store) => {
                    let is_short = store.head().expect("a head").height < head.height;
                    let is_found = is_short || !findings(&store).is_empty();
                    assert!(is_found || dump(&store) == sound, "byte {at} of {name}: other rows, and nobody noticed");
                    is_found
                }
            };
            if is_found { found += 1 } else { harmless += 1 }
        }
    }
    eprintln!("{found} flips found, {harmless} harmless");
    assert!(found > 50, "{found}");
}

#[test]
fn a_copy_and_a_rebuilt_store_are_the_same_row_by_row() {
    let mut alliance = alliance();
    let dir = tempfile::tempdir().expect("scratch");
    let store = grown(&dir, &mut alliance);
    let sound = dump(&store);
    let head = store.head().expect("a head");
    // Beside the running node, through a second opening.
    let beside = Store::open_read_only(&dir.path().join("store")).expect("opens beside");
    let copy = dir.path().join("copy");
    assert_eq!(beside.copy_to(&copy).expect("copied"), head);
    let copied = Store::open(&copy, &alliance.genesis).expect("a store");
    assert!(dump(&copied) == sound);
    assert_eq!(findings(&copied), Vec::new());
    assert!(matches!(beside.copy_to(&copy), Err(StoreError::Open { .. } | StoreError::NotEmpty { .. })));

    // Everything that follows from the blocks is lost or wrong.
    for name in [columns::PAGES, columns::OBJECTS.name, "txs", "nonces", "log_nodes", "writes", "events"] {
        let family = columns::family(&copied.db, name).expect("there");
        for (_, key) in sound.keys().filter(|(column, _)| *column == name) {
            copied.db.delete_cf(family, key).expect("written");
        }
    }
    drop(copied);
    assert!(Store::open(&copy, &alliance.genesis).is_err());
    let salvaged = Store::open_to_salvage(&copy, &alliance.genesis).expect("its blocks are sound");
    let rebuilt = dir.path().join("rebuilt");
    assert_eq!(salvaged.rebuild_to(&rebuilt, &alliance.genesis).expect("rebuilt"), head);
    assert!(dump(&Store::open(&rebuilt, &alliance.genesis).expect("a store")) == sound);
}

#[test]
fn a_snapshot_is_taken_whole_or_refused() {
    let mut alliance = alliance();
    let dir = tempfile::tempdir().expect("scratch");
    let store = grown(&dir, &mut alliance);
    let (made, to) = (dir.path().join("snapshot"), dir.path().join("taken"));
    let promise = store.make_snapshot(&made).expect("made");
    assert_eq!(promise.certified.executed, promise.state.height);
    let report = snapshot::load(&made, &to, &alliance.genesis).expect("taken");
    assert!(report.is_whole && report.findings.is_empty());
    let taken = Store::open(&to, &alliance.genesis).expect("a store");
    let head = taken.head().expect("a head");
    assert_eq!((head.height, head.commitments.state_root), (promise.state.height, promise.certified.state_root));
    // It goes on as the first one did: the same blocks lead to the same states.
    for height in head.height + 1..=store.head().expect("a head").height {
        taken.replay(height, &store).expect("the next block");
    }
    assert_eq!(taken.head().expect("a head").commitments, store.head().expect("a head").commitments);
    for txs in [vec![alliance.sign(2, Goods::new(70).register_product())], Vec::new()] {
        let after = (apply(&store, &txs).expect("committed"), apply(&taken, &txs).expect("committed"));
        assert_eq!(after.0, after.1);
    }

    let mut other = alliance.genesis.clone();
    other.name = "Another".to_owned();
    let refused = snapshot::inspect(&made, &other).err().expect("another chain");
    assert!(matches!(&refused, SnapshotError::Refused { what, .. } if what.contains("chain")), "{refused}");
    let (mut tries, mut names) = (0, BTreeSet::new());
    for entry in fs::read_dir(&made).expect("a folder") {
        let path = entry.expect("an entry").path();
        let bytes = fs::read(&path).expect("a file");
        if bytes.len() <= 4 {
            continue;
        }
        for at in [0, 3, bytes.len() / 3, bytes.len() / 2, bytes.len() - 1] {
            let mut mutated = bytes.clone();
            mutated[at] ^= 1;
            fs::write(&path, mutated).expect("written");
            let to = dir.path().join(format!("refused{tries}"));
            assert!(snapshot::load(&made, &to, &alliance.genesis).is_err(), "byte {at} of {}", path.display());
            tries += 1;
        }
        fs::write(&path, &bytes[..bytes.len() - 1]).expect("written");
        assert!(snapshot::load(&made, &dir.path().join(format!("cut{tries}")), &alliance.genesis).is_err());
        fs::remove_file(&path).expect("removed");
        assert!(snapshot::load(&made, &dir.path().join(format!("gone{tries}")), &alliance.genesis).is_err());
        fs::write(&path, &bytes).expect("written");
        names.insert(path.file_name().expect("a name").to_string_lossy()[..5].to_owned());
    }
    assert_eq!(names.len(), 5, "manifest, state, blocks, validators, nonces: {names:?}");
    snapshot::load(&made, &dir.path().join("again"), &alliance.genesis).expect("sound again");
}

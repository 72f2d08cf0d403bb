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
    // No validator changes in this story; the tests of members see steps.
    any_other_row_is_found(&store, &["pruned", "steps"]);
}

#[test]
fn a_pruned_chain_has_no_findings_and_any_other_row_is_one() {
    let mut alliance = alliance();
    let dir = tempfile::tempdir().expect("scratch");
    let store = grown(&dir, &mut alliance);
    while store.prune(40).expect("pruned") < 40 {}
    any_other_row_is_found(&store, &["steps"]);
}

#[track_caller]
fn any_other_row_is_found(store: &Store, empty: &[&str]) {
    assert_eq!(findings(store), Vec::new());
    let rows = dump(store);
    let with_rows: BTreeSet<_> = rows.keys().map(|(name, _)| *name).collect();
    let without: Vec<_> = columns::NAMES.iter().copied().filter(|name| !with_rows.contains(*name)).collect();
    assert_eq!(without, empty);
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
            assert!(name == "certificates" || is_found(store), "row {index} of `{name}` is gone");
            for at in [0, value.len() / 2, value.len() - 1] {
                let mut other = value.clone();
                other[at] ^= 4;
                store.db.put_cf(family, key, other).expect("written");
                assert!(is_found(store), "byte {at} of row {index} of `{name}` is another");
            }
            store.db.put_cf(family, key, value).expect("written");
        }
        let strange = [b"no such row".as_slice(), &[7; 29]].concat();
        store.db.put_cf(family, &strange, b"nothing").expect("written");
        assert!(is_found(store), "a strange row in `{name}`");
        store.db.delete_cf(family, &strange).expect("written");
    }
    assert_eq!(findings(store), Vec::new());
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
    let refused = snapshot::inspect(&made, &other).expect_err("another chain");
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

/// Columns that say how far the window has come, and not what the chain says.
const WINDOW: [&str; 3] = ["objects", "tree_pages", "writes"];

/// All that can be asked of a store about old blocks, but for their bodies.
fn told(store: &Store, without: &[&str]) -> Vec<String> {
    let head = store.head().expect("a head");
    let mut told = vec![format!("{head:?}")];
    for height in 0..=head.height {
        told.push(format!("{:?}", store.header_bytes(height).expect("a read").expect("kept")));
        told.push(format!("{:?} {:?}", store.certificate(height), store.commitments(height)));
        told.push(format!("{:?}", crate::ledger::View::block_id(store, height)));
    }
    let is_kept = |name: &str| !["meta", "blocks", "pruned"].contains(&name) && !without.contains(&name);
    let kept = dump(store).into_iter().filter(|((name, _), _)| is_kept(name));
    told.extend(kept.map(|(place, row)| format!("{place:?} {row:?}")));
    told
}

#[test]
fn pruning_leaves_everything_but_bodies_and_goes_on_after_a_crash() {
    let mut alliance = alliance();
    let dir = tempfile::tempdir().expect("scratch");
    let store = grown(&dir, &mut alliance);
    let (before, head) = (told(&store, &[]), store.head().expect("a head").height);
    assert_eq!((store.horizon(), store.prune(0).expect("nothing")), (0, 0));
    let bodies: Vec<_> = (0..=head).map(|height| store.block(height).expect("a read").expect("whole")).collect();
    // A bound that lies beyond the newest block takes what is below it.
    let mut horizon = 0;
    while horizon < 50 {
        let next = store.prune(50).expect("pruned");
        assert!(next > horizon && next - horizon <= crate::store::prune::BATCH_BLOCKS);
        horizon = next;
    }
    assert_eq!(horizon, 50);
    assert!(told(&store, &[]) == before);
    for (height, whole) in (0..).zip(&bodies) {
        match store.block(height) {
            Ok(Some(row)) => assert!(row == *whole && !(1..=50).contains(&height)),
            Err(StoreError::Pruned { height: at, first }) => assert!(at == height && first == 51 && height <= 50),
            other => panic!("block {height}: {other:?}"),
        }
    }
    let error = store.block(7).expect_err("pruned").to_string();
    assert!(error.contains("pruned below block 51") && error.contains("snapshot"), "{error}");
    // Nothing can be executed again from here, and that is said before anything is written.
    let rebuilt = store.rebuild_to(&dir.path().join("rebuilt"), &alliance.genesis);
    assert!(matches!(rebuilt, Err(StoreError::Pruned { first: 51, .. })), "{rebuilt:?}");
    // A write that fails leaves each block in one column, and the next pass goes on.
    store.fail_next_write.store(true, Ordering::Release);
    assert!(matches!(store.prune(55), Err(StoreError::Write { .. })));
    assert!(matches!(store.prune(55), Err(StoreError::Poisoned)));
    drop(store);
    let store = open(&dir, &alliance);
    assert_eq!(store.horizon(), 50);
    assert!(told(&store, &[]) == before && findings(&store).is_empty());
    assert_eq!(store.prune(u64::MAX).expect("pruned"), head - 1, "the newest block stays whole");
    drop(store);
    let store = open(&dir, &alliance);
    assert!(told(&store, &[]) == before && findings(&store).is_empty());
    assert_eq!(store.check_chain().expect("a chain"), head + 1);
    apply(&store, &[alliance.sign(2, Goods::new(71).register_product())]).expect("the chain goes on");
    assert_eq!(findings(&store), Vec::new());
}

#[test]
fn a_snapshot_of_a_pruned_store_makes_a_store_that_is_pruned_as_far() {
    let mut alliance = alliance();
    let dir = tempfile::tempdir().expect("scratch");
    let store = grown(&dir, &mut alliance);
    while store.prune(40).expect("pruned") < 40 {}
    let (made, to) = (dir.path().join("snapshot"), dir.path().join("taken"));
    let promise = store.make_snapshot(&made).expect("made");
    assert_eq!(promise.manifest.pruned, 40);
    let report = snapshot::load(&made, &to, &alliance.genesis).expect("taken");
    assert!(report.is_whole && report.findings.is_empty() && report.horizon == 40);
    let taken = Store::open(&to, &alliance.genesis).expect("a store");
    assert_eq!(taken.horizon(), 40);
    for height in taken.head().expect("a head").height + 1..=store.head().expect("a head").height {
        taken.replay(height, &store).expect("the next block");
    }
    assert!(told(&taken, &WINDOW) == told(&store, &WINDOW));
    // Every byte of the blocks' file counts, those of pruned blocks too.
    let file = made.join("blocks-0");
    let bytes = fs::read(&file).expect("a file");
    for step in 0..40 {
        let at = step * (bytes.len() - 1) / 39;
        let mut mutated = bytes.clone();
        mutated[at] ^= 1;
        fs::write(&file, mutated).expect("written");
        let to = dir.path().join(format!("refused{step}"));
        assert!(snapshot::load(&made, &to, &alliance.genesis).is_err(), "byte {at} of {}", bytes.len());
    }
}

#[test]
fn a_store_of_the_format_before_is_taken_over() {
    let mut alliance = alliance();
    let dir = tempfile::tempdir().expect("scratch");
    let mut store = grown(&dir, &mut alliance);
    let before = dump(&store);
    // As the program before wrote it: no column `pruned`, and another number.
    let meta = Meta { format: 2, ..store.meta().expect("a head") };
    let mut batch = rocksdb::WriteBatch::default();
    META.put(&store.db, &mut batch, &0, &meta).expect("a batch");
    store.db.write(batch).expect("written");
    store.db.drop_cf("pruned").expect("dropped");
    drop(store);
    let path = dir.path().join("store");
    let beside = Store::open_read_only(&path).expect("readable");
    assert_eq!((beside.horizon(), findings(&beside)), (0, Vec::new()));
    let copy = dir.path().join("copy");
    beside.copy_to(&copy).expect("copied");
    drop(beside);
    for path in [path, copy] {
        let store = Store::open(&path, &alliance.genesis).expect("taken over");
        assert!(dump(&store) == before && findings(&store).is_empty());
        assert_eq!(store.prune(9).expect("pruned"), 9);
    }
}

/// A flip in the newest record of the log looks like a torn write: the store opens one block short, and says so by its
/// head. The engine, which knows what was acknowledged, gives the block again (`tracelight_consensus`).
#[test]
fn a_flip_in_the_newest_record_of_the_log_costs_that_block_and_no_other() {
    let mut alliance = alliance();
    let dir = tempfile::tempdir().expect("scratch");
    let store = grown(&dir, &mut alliance);
    let last = vec![alliance.sign(0, Goods::new(62).register_product())];
    let block = next(&store, &last).expect("the next block");
    let head = apply(&store, &last).expect("committed");
    let sound = dump(&store);
    drop(store);
    let path = dir.path().join("store");
    let mut logs: Vec<_> =
        fs::read_dir(&path).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    logs.retain(|file| file.extension().is_some_and(|end| end == "log"));
    let log = logs.into_iter().max_by_key(|file| file.file_name().map(ToOwned::to_owned)).expect("a log");
    let bytes = fs::read(&log).expect("a file");
    let mut other = bytes.clone();
    *other.last_mut().expect("not empty") ^= 0x10;
    fs::write(&log, other).expect("written");
    let store = Store::open(&path, &alliance.genesis).expect("it opens");
    assert_eq!(store.head().expect("a head").height, head.height - 1);
    assert_eq!(findings(&store), Vec::new(), "what is left is whole");
    // Delivered again, it leads to the same store.
    let (header, body) = block;
    let input =
        BlockInput { chain: header.chain, height: header.height, time_ms: header.time_ms, txs: &checked(&last) };
    let (effects, bytes) = (execute(&store, input).expect("executed"), header.encode());
    let certificate = (header.height % 2 == 0).then(|| certify(header.chain, &bytes));
    let again = FinalBlock { header: &header, header_bytes: &bytes, body: &body, certificate: certificate.as_deref() };
    assert_eq!(store.commit(again, &effects).expect("committed"), head);
    assert!(dump(&store) == sound);
}

mod whole;

use super::*;
use crate::ledger::BlockEffects;
use crate::ledger::tests::goods::Goods;
use crate::ledger::tests::{Alliance, GENESIS_MS, alliance, checked};
use crate::ledger::{BlockInput, execute};
use ed25519_dalek::{Signer as _, SigningKey};
use proptest::prelude::*;
use rocksdb::IteratorMode;
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use tracelight_domain::state::{History, StateBody};
use tracelight_proof::block::{body_digest, encode_body, txs_root};
use tracelight_proof::codec::Canonical as _;
use tracelight_proof::genesis::{consensus_namespace, validators_hash};
use tracelight_proof::history::is_complete;
use tracelight_proof::log;
use tracelight_proof::state_proof::{self, EMPTY, leaf_hash, node_hash, value_hash};

/// The next block with these transactions.
fn next(store: &Store, txs: &[Vec<u8>]) -> Result<(Header, Vec<u8>), StoreError> {
    let before = store.head()?;
    let height = before.height + 1;
    let body = encode_body(txs);
    let validators = validators_hash(&store.validators_at(0)?.set()?);
    let header = Header {
        height,
        parent: before.block,
        body: body_digest(&body),
        chain: store.chain()?,
        time_ms: GENESIS_MS + height,
        txs_root: txs_root(txs),
        txs: u32::try_from(txs.len()).expect("few"),
        executed: before.height,
        state_root: before.commitments.state_root,
        outcomes: before.commitments.outcomes,
        events: before.commitments.events,
        log_root: before.commitments.log_root,
        validators,
        next_validators: validators,
    };
    Ok((header, body))
}

/// Executes and commits a block; returns the new head.
fn apply(store: &Store, txs: &[Vec<u8>]) -> Result<Head, StoreError> {
    let (header, body) = next(store, txs)?;
    let height = header.height;
    let input = BlockInput { chain: header.chain, height, time_ms: header.time_ms, txs: &checked(txs) };
    let effects = execute(store, input)?;
    let bytes = header.encode();
    let certificate = (height % 2 == 0).then(|| certify(header.chain, &bytes));
    let certificate = certificate.as_deref();
    store.commit(FinalBlock { header: &header, header_bytes: &bytes, body: &body, certificate }, &effects)
}

/// A certificate by three of the four validators.
fn certify(chain: ChainId, header: &[u8]) -> Vec<u8> {
    let mut keys: Vec<SigningKey> = (16..20).map(|seed| SigningKey::from_bytes(&[seed; 32])).collect();
    keys.sort_by_key(|key| key.verifying_key().to_bytes());
    let proposal = [&[0, 9, 8], block_id(header).0.as_slice()].concat();
    let tag = [consensus_namespace(chain).as_slice(), b"_FINALIZE"].concat();
    let message = [&[u8::try_from(tag.len()).expect("a short tag")][..], &tag, &proposal].concat();
    let mut out = [proposal, 4u64.to_be_bytes().to_vec(), vec![0b0111, 3]].concat();
    keys.iter().take(3).for_each(|key| out.extend_from_slice(&key.sign(&message).to_bytes()));
    out
}

fn open(dir: &tempfile::TempDir, alliance: &Alliance) -> Store {
    Store::open(&dir.path().join("store"), &alliance.genesis).expect("a store")
}

#[test]
fn two_stores_and_a_replay_agree_byte_for_byte() {
    let mut alliance = alliance();
    let goods = Goods::new(1);
    let blocks = alliance.story(&goods);
    let dirs: Vec<_> = (0..2).map(|_| tempfile::tempdir().expect("scratch")).collect();
    let mut heads = Vec::new();
    for dir in &dirs {
        let mut store = open(dir, &alliance);
        for txs in &blocks {
            // Closing and opening between blocks changes nothing.
            drop(store);
            store = open(dir, &alliance);
            apply(&store, txs).expect("committed");
        }
        assert_eq!(store.check_chain().expect("a chain"), 6);
        heads.push(store.head().expect("a head"));
    }
    assert_eq!(heads[0], heads[1]);
    assert!(heads[0].commitments.events > 0);
    assert_eq!(heads[0].txs_height, 5);

    let store = open(&dirs[0], &alliance);
    let read_only = Store::open_read_only(&dirs[1].path().join("store")).expect("opens beside nobody");
    assert_eq!(read_only.head().expect("a head"), heads[0]);
    let state_root = heads[0].commitments.state_root;
    for id in
        [ObjectId::Batch(goods.batch.clone()), ObjectId::Logistic(goods.case), ObjectId::Unit(goods.touch(0).unit)]
    {
        let proof = store.prove(&heads[0].commitments, &id).expect("a proof");
        let state = state_proof::verify(&proof, &state_root, &id).expect("it holds").expect("it exists");
        assert_eq!(Some(&state), store.object(&id).expect("a read").as_ref());
        let events = store.events(&id, state.history.count).expect("events");
        assert!(is_complete(&events, &state.history));
    }
    // An old state is provable too: before block 4 nobody had received anything.
    let before = store.commitments(3).expect("a read").expect("executed");
    let unit = ObjectId::Unit(goods.touch(0).unit);
    let proof = store.prove(&before, &unit).expect("a proof");
    assert_eq!(state_proof::verify(&proof, &before.state_root, &unit), Ok(None));
    assert_eq!(
        before.version,
        store.commitments(2).expect("a read").expect("executed").version,
        "an empty block makes no version"
    );
}

#[test]
fn the_log_holds_every_block_and_proves_it_after_a_restart() {
    let alliance = alliance();
    let dir = tempfile::tempdir().expect("scratch");
    for _ in 0..9 {
        apply(&open(&dir, &alliance), &[]).expect("committed");
    }
    let store = open(&dir, &alliance);
    let root_at = |height| store.commitments(height).expect("a read").expect("executed").log_root;
    for height in 0..=9u64 {
        let (size, root) = (height + 1, root_at(height));
        assert_eq!(log::root(&store, size).expect("a read"), root);
        for index in 0..size {
            let id = block_id(&store.block(index).expect("a read").expect("stored").header);
            let proof = log::prove_inclusion(&store, index, size).expect("a read").expect("inside");
            assert_eq!(log::verify_inclusion(&log::leaf(&id.0), index, size, &proof, &root), Ok(()));
            let proof = log::prove_consistency(&store, index + 1, size).expect("a read").expect("older");
            let (old, new) = (log::LogHead { size: index + 1, root: root_at(index) }, log::LogHead { size, root });
            assert_eq!(log::verify_consistency(&old, &new, &proof), Ok(()));
        }
    }
    assert_eq!(store.head().expect("a head").log.size(), 10);
    assert!(matches!(log::root(&store, 11), Err(StoreError::Missing { column: "log_nodes", .. })));
}

#[test]
fn blocks_come_in_order_and_once() {
    let mut alliance = alliance();
    let dir = tempfile::tempdir().expect("scratch");
    let store = open(&dir, &alliance);
    let tx = alliance.sign(0, Goods::new(1).register_product());
    let id = checked(std::slice::from_ref(&tx))[0].id;
    apply(&store, std::slice::from_ref(&tx)).expect("committed");
    let first = store.tx(&id).expect("a read").expect("indexed");
    assert_eq!((first.height, first.outcome), (1, 0));
    // Ordered twice by a faulty leader: the first outcome stands.
    apply(&store, &[tx]).expect("committed");
    assert_eq!(store.tx(&id).expect("a read"), Some(first));
    assert_eq!(store.certificate(1).expect("a read"), None);
    assert!(store.certificate(2).expect("a read").is_some());
    let row = store.block(1).expect("a read").expect("stored");
    let header = Header::decode(&row.header).expect("a header");
    let block = FinalBlock { header: &header, header_bytes: &row.header, body: &row.body, certificate: None };
    let again = store.commit(block, &BlockEffects::default());
    assert!(matches!(again, Err(StoreError::OutOfOrder { height: 1, head: 2 })));
}

#[test]
fn a_failed_write_leaves_the_block_before_and_stops_the_store() {
    let mut alliance = alliance();
    let blocks = alliance.story(&Goods::new(1));
    let dir = tempfile::tempdir().expect("scratch");
    for (done, txs) in blocks.iter().enumerate() {
        let store = open(&dir, &alliance);
        let before = store.head().expect("a head");
        assert_eq!(before.height, done as u64);
        store.fail_next_write.store(true, Ordering::Release);
        assert!(matches!(apply(&store, txs), Err(StoreError::Write { .. })));
        assert!(matches!(apply(&store, txs), Err(StoreError::Poisoned)));
        assert_eq!(store.head().expect("a head"), before);
        drop(store);
        let head = apply(&open(&dir, &alliance), txs).expect("the same block goes in after a restart");
        assert_eq!(head.height, before.height + 1);
    }
}

#[test]
fn a_store_of_another_chain_is_refused_by_name() {
    let alliance = alliance();
    let dir = tempfile::tempdir().expect("scratch");
    drop(open(&dir, &alliance));
    let mut other = alliance.genesis.clone();
    other.name = "Another".to_owned();
    let path = dir.path().join("store");
    let error = Store::open(&path, &other).err().expect("another chain");
    assert!(matches!(error, StoreError::OtherChain { .. }), "{error}");
    let held = open(&dir, &alliance);
    let error = Store::open(&path, &alliance.genesis).err().expect("in use");
    assert!(error.to_string().contains("another chain-node"), "{error}");
    drop(held);
}

fn log(number: u16) -> ObjectId {
    let mut hash = [0; 32];
    hash[..2].copy_from_slice(&number.to_be_bytes());
    ObjectId::Log(alliance().glns[0], Hash(hash))
}

fn state(size: u64) -> ObjectState {
    ObjectState { history: History::EMPTY, body: StateBody::Log { size, root: Hash::ZERO } }
}

/// Commits a block that writes these objects and has no transactions.
fn write(store: &Store, objects: &BTreeMap<u16, u64>) -> Head {
    let (header, body) = next(store, &[]).expect("a head");
    let objects = objects.iter().map(|(number, size)| (log(*number), state(*size))).collect();
    let effects = BlockEffects { objects, ..BlockEffects::default() };
    let header_bytes = header.encode();
    let block = FinalBlock { header: &header, header_bytes: &header_bytes, body: &body, certificate: None };
    store.commit(block, &effects).expect("committed")
}

/// The root by its definition, over sorted keys and value hashes.
fn root(leaves: &[(Hash, Hash)], bits: usize) -> Hash {
    match leaves {
        [] => EMPTY,
        [(key, value)] => leaf_hash(key, value),
        more => {
            let is_left = |key: &Hash| (key.0[bits / 8] >> (7 - bits % 8)) & 1 == 0;
            let (left, right) = more.split_at(more.partition_point(|(key, _)| is_left(key)));
            node_hash(&root(left, bits + 1), &root(right, bits + 1))
        }
    }
}

fn root_of(content: &BTreeMap<ObjectId, ObjectState>) -> Hash {
    let mut leaves: Vec<(Hash, Hash)> =
        content.iter().map(|(id, state)| (state_key(id), value_hash(&state.to_bytes()))).collect();
    leaves.sort();
    root(&leaves, 0)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn every_kept_version_is_provable_and_a_crash_anywhere_changes_nothing(
        versions in prop::collection::vec(prop::collection::btree_map(0..300u16, any::<u64>(), 0..30), 1..90),
        crashes in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
        flip in any::<prop::sample::Index>(),
    ) {
        let alliance = alliance();
        let dir = tempfile::tempdir().expect("scratch");
        let mut store = open(&dir, &alliance);
        let mut content: BTreeMap<ObjectId, ObjectState> = alliance.genesis.objects().into_iter().collect();
        let mut contents = vec![(store.head().expect("a head").commitments, content.clone())];
        for (index, objects) in versions.iter().enumerate() {
            content.extend(objects.iter().map(|(number, size)| (log(*number), state(*size))));
            let head = write(&store, objects);
            prop_assert_eq!(head.commitments.state_root, root_of(&content));
            if !objects.is_empty() {
                contents.push((head.commitments, content.clone()));
            }
            if crashes.iter().any(|crash| crash.index(versions.len()) == index) {
                drop(store);
                store = open(&dir, &alliance);
                let (head, newest) = (store.head().expect("a head").commitments, &contents.last().expect("one").0);
                prop_assert_eq!((head.version, head.state_root), (newest.version, newest.state_root));
            }
        }
        let provable: Vec<_> = contents.iter().filter(|(at, _)| store.is_provable(at)).collect();
        prop_assert!(provable.len() >= contents.len().min(VERSIONS_MIN));
        prop_assert!(provable.len() <= VERSIONS_MAX + 1);
        let ids: Vec<ObjectId> = (0..310).step_by(7).map(log).chain(alliance.genesis.objects().into_iter().map(|(id, _)| id)).collect();
        for (at, content) in &contents {
            for id in &ids {
                let proof = store.prove(at, id);
                if !store.is_provable(at) {
                    let refused = matches!(proof, Err(StoreError::NotProvable { .. }));
                    prop_assert!(refused);
                    break;
                }
                let proof = proof.expect("a proof");
                prop_assert_eq!(state_proof::verify(&proof, &at.state_root, id), Ok(content.get(id).cloned()));
                let mut bytes = proof.to_bytes();
                prop_assert_eq!(StateProof::parse(&bytes, 1 << 20, "proof"), Ok(proof.clone()));
                // A flipped bit is no proof, or is not read at all.
                let at_bit = flip.index(bytes.len() * 8);
                bytes[at_bit / 8] ^= 1 << (at_bit % 8);
                if let Ok(mutated) = StateProof::parse(&bytes, 1 << 20, "proof") {
                    prop_assert!(state_proof::verify(&mutated, &at.state_root, id).is_err());
                }
            }
        }
        for id in &ids {
            prop_assert_eq!(store.object(id).expect("a read"), content.get(id).cloned());
        }
    }
}

#[test]
fn old_versions_go_to_disk_and_leave_nothing_behind() {
    let alliance = alliance();
    let dir = tempfile::tempdir().expect("scratch");
    let store = open(&dir, &alliance);
    let heads: Vec<Head> = (0..200).map(|version| write(&store, &(0..40).map(|id| (id, version)).collect())).collect();
    let count =
        |name| store.db.iterator_cf(columns::family(&store.db, name).expect("there"), IteratorMode::Start).count();
    let objects = alliance.genesis.objects().len() + 40;
    assert_eq!(count(columns::OBJECTS.name), objects, "one row an object");
    assert!(count(columns::WRITES) <= VERSIONS_MAX, "rows that are in `objects` are gone");
    assert!(objects > tree::BUCKET_MAX, "the root is an inner page");
    assert!(count(columns::PAGES) <= 1 + 16, "pages are overwritten in place");
    let oldest = heads.iter().position(|head| store.is_provable(&head.commitments)).expect("the newest is provable");
    assert!((heads.len() - VERSIONS_MAX - 1..=heads.len() - VERSIONS_MIN).contains(&oldest), "{oldest}");
    assert!(heads[oldest..].iter().all(|head| store.is_provable(&head.commitments)));
}

#[test]
fn damage_is_refused_and_named_never_proven() {
    let alliance = alliance();
    let dir = tempfile::tempdir().expect("scratch");
    let store = open(&dir, &alliance);
    // Everything but object 0 goes to disk.
    write(&store, &(0..400).map(|id| (id, 1)).collect());
    (0..60).for_each(|version| drop(write(&store, &BTreeMap::from([(0, version)]))));
    let at = store.head().expect("a head").commitments;
    let nibble = |id: &ObjectId| state_key(id).0[0] >> 4;
    let id = (1..400).map(log).find(|id| nibble(id) != nibble(&log(0))).expect("another nibble");
    let key = state_key(&id);
    assert!(store.prove(&at, &id).is_ok());
    let objects = columns::family(&store.db, columns::OBJECTS.name).expect("there");
    let sound = store.db.get_cf(objects, key.0).expect("a read").expect("on disk");
    let other = columns::Row::new(&id, &state(99));
    store.db.put_cf(objects, key.0, other.bytes()).expect("written");
    assert!(matches!(store.prove(&at, &id), Err(StoreError::OtherObject { key: named }) if named == key));
    store.db.put_cf(objects, key.0, sound).expect("written");
    assert!(store.prove(&at, &id).is_ok());
    drop(store);
    // Not in memory, and no version writes it again.
    let store = open(&dir, &alliance);
    let pages = columns::family(&store.db, columns::PAGES).expect("there");
    let path = tree::Path::of(&key, 1);
    let Some(tree::Page::Bucket(leaves)) = columns::page(&store.db, &path).expect("a read") else {
        panic!("a bucket of some 25 leaves")
    };
    let leaves = leaves[1..].into();
    store.db.put_cf(pages, path.row(), tree::Page::Bucket(leaves).encode(&path)).expect("written");
    drop(store);
    let store = open(&dir, &alliance);
    let error = store.prove(&at, &id).expect_err("a leaf is missing");
    assert!(matches!(&error, StoreError::OtherPage { path } if path.starts_with("1:")), "{error}");
    drop(store);
    // The page on the way of what the versions write: they lead elsewhere.
    let store = open(&dir, &alliance);
    let pages = columns::family(&store.db, columns::PAGES).expect("there");
    let path = tree::Path::of(&state_key(&log(0)), 1);
    store.db.delete_cf(pages, path.row()).expect("written");
    drop(store);
    let error = Store::open(&dir.path().join("store"), &alliance.genesis).err().expect("refused");
    assert!(matches!(&error, StoreError::OtherPage { path } if path.starts_with("1:")), "{error}");
}

use super::*;
use crate::ledger::tests::goods::Goods;
use crate::ledger::tests::{Alliance, GENESIS_MS, alliance, checked};
use crate::ledger::{BlockInput, execute};
use jmt::proof::SparseMerkleProof;
use jmt::{JellyfishMerkleTree, KeyHash, RootHash};
use proptest::prelude::*;
use rocksdb::IteratorMode;
use sha2::Sha256;
use std::collections::BTreeMap;
use tracelight_domain::state::{History, StateBody};
use tracelight_proof::block::{body_digest, encode_body, txs_root};
use tracelight_proof::codec::Canonical as _;
use tracelight_proof::history::is_complete;
use tracelight_proof::{log, state_proof};

/// Executes and commits a block; returns the new head.
fn apply(store: &Store, txs: &[Vec<u8>]) -> Result<Head, StoreError> {
    let before = store.head()?;
    let height = before.height + 1;
    let body = encode_body(txs);
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
        validators: Hash([1; 32]),
        next_validators: Hash([1; 32]),
    };
    let input = BlockInput { chain: header.chain, height, time_ms: header.time_ms, txs: &checked(txs) };
    let effects = execute(store, input)?;
    let bytes = header.encode();
    let certificate = (height % 2 == 0).then_some(b"certificate".as_slice());
    store.commit(FinalBlock { header: &header, header_bytes: &bytes, body: &body, certificate }, &effects)
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
        let proof = store.prove(heads[0].commitments.version, &id).expect("a proof");
        let state = state_proof::verify(&proof, &state_root, &id).expect("it holds").expect("it exists");
        assert_eq!(Some(&state), store.object(&id).expect("a read").as_ref());
        let events = store.events(&id, state.history.count).expect("events");
        assert!(is_complete(&events, &state.history));
    }
    // An old state is provable too: before block 4 nobody had received anything.
    let before = store.commitments(3).expect("a read").expect("executed");
    let unit = ObjectId::Unit(goods.touch(0).unit);
    let proof = store.prove(before.version, &unit).expect("a proof");
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
    assert_eq!(store.certificate(2).expect("a read").as_deref(), Some(b"certificate".as_slice()));
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

/// Writes versions of random objects straight into the tree; returns the root of each version.
fn grow(store: &Store, versions: &[BTreeMap<u16, u64>], kept: u64) -> Vec<Hash> {
    let mut roots = Vec::new();
    for (version, writes) in (1..).zip(versions) {
        let writes: Vec<_> = writes.iter().map(|(id, size)| (log(*id), state(*size))).collect();
        let mut batch = WriteBatch::default();
        let pairs = writes.iter().map(|(id, state)| (id, state));
        roots.push(tree::extend(&store.db, &mut batch, (version, kept), pairs).expect("extended"));
        store.db.write(batch).expect("written");
    }
    roots
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn our_checker_agrees_with_jmt_on_random_trees(
        versions in prop::collection::vec(prop::collection::btree_map(0..60u16, any::<u64>(), 1..30), 1..5),
        flip in any::<prop::sample::Index>(),
    ) {
        let dir = tempfile::tempdir().expect("scratch");
        let store = open(&dir, &alliance());
        let roots = grow(&store, &versions, VERSIONS_KEPT);
        let reader = tree::Tree { db: &store.db };
        let jmt_tree = JellyfishMerkleTree::<_, Sha256>::new(&reader);
        let mut content: BTreeMap<u16, u64> = BTreeMap::new();
        for ((version, writes), root) in (1..).zip(&versions).zip(&roots) {
            content.extend(writes);
            prop_assert_eq!(jmt_tree.get_root_hash(version).expect("a root").0, root.0);
            for number in 0..62 {
                let (id, want) = (log(number), content.get(&number).map(|size| state(*size)));
                let key = KeyHash(state_key(&id).0);
                let (value, theirs) = jmt_tree.get_with_proof(key, version).expect("a proof");
                prop_assert!(theirs.verify(RootHash(root.0), key, value.as_ref()).is_ok());
                let ours = reader.prove(version, &id).expect("a proof");
                prop_assert_eq!(state_proof::verify(&ours, root, &id), Ok(want));
                // Our own encoding: a flipped bit is no proof, or is not read at all.
                let mut bytes = ours.to_bytes();
                prop_assert_eq!(StateProof::parse(&bytes, 1 << 20, "proof"), Ok(ours.clone()));
                let at = flip.index(bytes.len() * 8);
                bytes[at / 8] ^= 1 << (at % 8);
                if let Ok(mutated) = StateProof::parse(&bytes, 1 << 20, "proof") {
                    prop_assert!(state_proof::verify(&mutated, root, &id).is_err(), "bit {} of {:?}", at, ours);
                }
                // jmt's bytes with a flipped bit behind the leaf: both checkers refuse, or neither reads it.
                let mut bytes = borsh::to_vec(&theirs).expect("encodes");
                let leaf_bytes = if bytes[0] == 0 { 1 } else { 65 };
                let at = leaf_bytes * 8 + flip.index((bytes.len() - leaf_bytes) * 8);
                bytes[at / 8] ^= 1 << (at % 8);
                let theirs = borsh::from_slice::<SparseMerkleProof<Sha256>>(&bytes);
                let theirs = theirs.is_ok_and(|proof| proof.verify(RootHash(root.0), key, value.as_ref()).is_ok());
                let ours = convert_proof(&bytes, value.clone()).is_ok_and(|proof| state_proof::verify(&proof, root, &id).is_ok());
                prop_assert_eq!(theirs, ours);
                prop_assert!(!ours);
            }
            // A proof is good under its own root only.
            let foreign = reader.prove(version, &log(0)).expect("a proof");
            prop_assert!(state_proof::verify(&foreign, &Hash([9; 32]), &log(0)).is_err());
        }
    }
}

#[test]
fn old_versions_go_and_young_ones_stay_whole() {
    let dir = tempfile::tempdir().expect("scratch");
    let store = open(&dir, &alliance());
    // Every version overwrites the same 20 objects: without pruning 60 versions would keep 1,200 values.
    let versions: Vec<BTreeMap<u16, u64>> = (0..60).map(|v| (0..20).map(|id| (id, v)).collect()).collect();
    let roots = grow(&store, &versions, 4);
    let count =
        |name| store.db.iterator_cf(columns::family(&store.db, name).expect("there"), IteratorMode::Start).count();
    let genesis_values = alliance().genesis.objects().len();
    assert_eq!(count(columns::TREE_VALUES), genesis_values + 20 * 5, "each object's value, and 4 replaced ones");
    assert!(count(columns::TREE_STALE) <= 5);
    for (version, root) in (1..).zip(&roots) {
        let proof = store.prove(version, &log(7));
        if version > 56 {
            let state_then = state_proof::verify(&proof.expect("kept"), root, &log(7));
            assert_eq!(state_then, Ok(Some(state(version - 1))));
        } else if version < 56 {
            assert!(proof.is_err(), "version {version} is gone");
        }
    }
}

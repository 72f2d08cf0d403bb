//! Every test runs on SQLite and on MariaDB, each in a database of its own.

use super::listing::Wanted;
use super::lists::Narrowed;
use super::*;
use crate::testing::story;
use sea_orm::{EntityTrait as _, PaginatorTrait as _, QueryOrder as _};
use std::collections::BTreeSet;
use tracelight_api::rest::goods::{CodeCounts, OrderState};
use tracelight_api::rest::imports::{ImportKind, ImportState};
use tracelight_api::rest::numbers::LineName;
use tracelight_client::chain::{VerifiedBlock, VerifiedFollower};
use tracelight_client::testing::TestChain;
use tracelight_domain::gs1::{Gtin, Lot, Serial};
use tracelight_domain::ids::{BatchId, Hash, MemberId, TxId, UnitId};
use tracelight_domain::rules::Refusal;
use tracelight_domain::serial::{Alphabet, CodeRule};
use tracelight_domain::state::UnitStatus;
use tracelight_domain::tx::{Content, TxBody};
use tracelight_imports::CodeRow;
use tracelight_testkit::services::MariaDb;
use uuid::Uuid;

/// A migrated store, and what has to live as long as it.
struct Scratch {
    store: Store,
    _folder: tempfile::TempDir,
}

async fn sqlite() -> Scratch {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let url = format!("sqlite:{}?mode=rwc", folder.path().join("test.db").display());
    migrated(&url, folder).await
}

async fn mariadb() -> Scratch {
    let server = tokio::task::spawn_blocking(MariaDb::shared).await.expect("it does not panic");
    let server = server.expect("MariaDB starts. Hint: ./scripts/test installs what is missing");
    let database = server.fresh_database().expect("a database of our own");
    migrated(&database.dsn, tempfile::tempdir().expect("a scratch folder")).await
}

async fn migrated(url: &str, folder: tempfile::TempDir) -> Scratch {
    let store = Store::open(url).await.expect("the database opens");
    assert!(matches!(store.must_be_migrated().await, Err(StoreError::NotMigrated { .. })));
    store.migrate().await.expect("it migrates");
    store.migrate().await.expect("a second time is harmless");
    store.must_be_migrated().await.expect("nothing is pending");
    Scratch { store, _folder: folder }
}

/// Runs a test on both engines.
macro_rules! on_both {
    ($($name:ident)+) => {
        mod on_sqlite { $(#[tokio::test] async fn $name() { super::$name(super::sqlite().await.store.clone()).await; })+ }
        mod on_mariadb { $(#[tokio::test] async fn $name() { super::$name(super::mariadb().await.store.clone()).await; })+ }
    };
}

mod access;
mod epcis;
mod lineage;
mod links;
mod marks;
mod numbers;
mod packs;
mod reader;

on_both! {
    the_read_model_is_rebuilt_byte_for_byte
    a_lying_outcome_stops_the_projection
    lots_and_serials_that_differ_in_case_are_two
    an_order_survives_its_worker
    a_cancelled_order_gets_no_more_codes
    the_same_request_keeps_its_first_transaction
    parts_of_a_list_arrive_in_order_or_not_at_all
    sessions_end
    imports_are_whole_or_not_there
    no_number_of_a_case_is_given_out_twice
    a_product_has_the_rule_that_was_written_last
}

fn verified(chain: &TestChain) -> Vec<VerifiedBlock> {
    let mut follower = VerifiedFollower::new(&chain.genesis).expect("a good genesis");
    follower.push(&chain.blocks_from(1, 256)).expect("true blocks")
}

async fn project_all(store: &Store, chain: &TestChain, blocks: &[VerifiedBlock]) {
    store.project_genesis(&chain.genesis).await.expect("the genesis is written");
    for block in blocks {
        store.project(chain.genesis.chain_id(), block).await.expect("the block is projected");
    }
}

/// Every row of the read model, table by table, in the order of its key.
async fn dump(store: &Store) -> Vec<(&'static str, String)> {
    macro_rules! tables {
        ($($table:ident by $($column:ident),+;)+) => {{
            let mut all = Vec::new();
            $(
                let query = entity::$table::Entity::find()$(.order_by_asc(entity::$table::Column::$column))+;
                let rows = query.all(store.reader()).await.expect("the table is read");
                assert!(!rows.is_empty(), "{} has no rows: the story does not reach it", stringify!($table));
                all.extend(rows.into_iter().map(|row| (stringify!($table), format!("{row:?}"))));
            )+
            all
        }};
    }
    tables! {
        rm_marker by Id; rm_block by Slot; rm_object by ObjectKey; rm_event by ObjectKey, Seq; rm_tx by Height, Pos; rm_product by Gtin;
        rm_batch by Gtin, Lot; rm_logistic by Sscc; rm_case_content by Sscc, Gtin, Lot; rm_shipment by Id;
        rm_shipment_object by Shipment, Idx; rm_shipment_case by Shipment, Sscc; rm_shipment_remark by Shipment, Sscc;
        rm_unit by Gtin, Serial; rm_recall by Id;
    }
}

async fn the_read_model_is_rebuilt_byte_for_byte(store: Store) {
    let mut chain = TestChain::new();
    let refusals = story::play(&mut chain);
    let expected = [Refusal::AlreadyExists, Refusal::NotTheReceiver, Refusal::NonceUsed, Refusal::BatchRecalled];
    assert_eq!(refusals, expected, "the story goes as it was written");
    assert_eq!(story::play_on(&mut chain), [Refusal::NotInStep], "and so does the rest of it");
    let blocks = verified(&chain);
    project_all(&store, &chain, &blocks).await;
    let before = dump(&store).await;
    // The states are those of the chain itself, byte for byte, and nothing else stands there.
    for (id, state) in &chain.state {
        assert_eq!(store.object(id).await.expect("it is read").as_ref(), Some(state), "{id:?}");
    }
    let objects = entity::rm_object::Entity::find().count(store.reader()).await.expect("it is counted");
    assert_eq!(objects as usize, chain.state.len());
    store.drop_read_model().await.expect("it is emptied");
    assert_eq!(store.marker().await.expect("it is read"), None);
    // Rebuilt with a restart after every block.
    project_all(&store, &chain, &[]).await;
    for block in &blocks {
        store.project(chain.genesis.chain_id(), block).await.expect("the block is projected");
        let marker = store.marker().await.expect("it is read").expect("it is there");
        assert_eq!(marker.position, block.position);
        VerifiedFollower::resume(&chain.genesis, marker.position).expect("it goes on");
    }
    assert_eq!(dump(&store).await, before);
    let twice = store.project(chain.genesis.chain_id(), &blocks[0]).await;
    assert!(matches!(twice, Err(ProjectError::NotNext { .. })), "a block counts once");
}

async fn a_lying_outcome_stops_the_projection(store: Store) {
    let mut chain = TestChain::new();
    story::play(&mut chain);
    let mut blocks = verified(&chain);
    project_all(&store, &chain, &blocks[..1]).await;
    let honest = blocks[1].clone();
    blocks[1].txs[1].1 = None;
    let error = store.project(chain.genesis.chain_id(), &blocks[1]).await.expect_err("a second registration");
    assert!(matches!(&error, ProjectError::Outcome { computed, .. } if computed == "already_exists"), "{error}");
    assert!(error.is_contradiction());
    blocks[1] = honest.clone();
    blocks[1].txs[0].1 = Some(Refusal::BadSignature);
    let error = store.project(chain.genesis.chain_id(), &blocks[1]).await.expect_err("the signature is good");
    assert!(matches!(error, ProjectError::Outcome { .. }), "{error}");
    blocks[1] = honest;
    blocks[1].events = Some(99);
    let error = store.project(chain.genesis.chain_id(), &blocks[1]).await.expect_err("another count");
    assert!(matches!(error, ProjectError::Events { certified: 99, .. }), "{error}");
    let marker = store.marker().await.expect("it is read").expect("it is there");
    assert_eq!(marker.position.height, 1, "nothing of a refused block is written");
}

fn batch(lot: &str) -> BatchId {
    BatchId { gtin: story::batch().gtin, lot: Lot::parse(lot).expect("a lot of constants") }
}

fn member() -> MemberId {
    TestChain::new().member(0).gln
}

fn new_order(lot: &str, wanted: u64) -> OrderRow {
    OrderRow {
        id: Uuid::now_v7(),
        batch: batch(lot),
        member: member(),
        wanted,
        made: 0,
        signed: false,
        state: OrderState::Queued,
        created_ms: 1,
        started: None,
        updated_ms: 1,
        error: None,
    }
}

fn serial(text: &str) -> Serial {
    Serial::parse(text).expect("a serial of constants")
}

async fn lots_and_serials_that_differ_in_case_are_two(store: Store) {
    for lot in ["aB", "Ab"] {
        let plan = BatchPlan { quantity: 1, secret: [lot.len() as u8; 32] };
        store.plan_batch(&batch(lot), member(), &plan).await.expect("two lots");
        store.place_order(&new_order(lot, 2)).await.expect("an order");
        let claimed = store.claim_order(Uuid::now_v7(), 1, 10).await.expect("it works").expect("an order waits");
        let serials = [serial(&format!("{lot}1")), serial(&format!("{}1", lot.to_uppercase()))];
        // AB1 was drawn for the first lot already: the second lot gets only its own spelling.
        let new = if lot == "aB" { 2 } else { 1 };
        let stored = store.store_chunk(&claimed, &serials, 2, 10).await.expect("it works");
        assert_eq!(stored, ChunkStored::Stored { new }, "{lot}");
    }
    assert_eq!(store.code_count(&batch("aB")).await.expect("counted").issued, 2);
    assert_eq!(store.code_count(&batch("Ab")).await.expect("counted").issued, 1);
    let line = LineName::parse("xian/line-2").expect("a line of constants");
    assert_eq!(store.take_block(&batch("aB"), &line, 3).await.expect("taken"), 2);
    let first = store.codes_of_line(&batch("aB"), &line, None).await.expect("read");
    assert_eq!(first, [serial("AB1"), serial("aB1")], "in the order of their bytes");
    assert_eq!(store.codes_of_line(&batch("aB"), &line, first.first()).await.expect("read"), [serial("aB1")]);
    assert_eq!(store.codes_of_line(&batch("Ab"), &line, None).await.expect("read"), []);
}

fn drawn(from: u64, count: u64) -> Vec<Serial> {
    (from..from + count).map(|number| serial(&format!("S{number:06}"))).collect()
}

async fn an_order_survives_its_worker(store: Store) {
    let order = new_order("L", 3_000);
    store.place_order(&order).await.expect("an order");
    let killed = store.claim_order(Uuid::now_v7(), 100, 200).await.expect("it works").expect("an order waits");
    assert_eq!(
        store.store_chunk(&killed, &drawn(0, 1_500), 110, 210).await.expect("it works"),
        ChunkStored::Stored { new: 1_500 }
    );
    let other = Uuid::now_v7();
    assert_eq!(store.claim_order(other, 150, 400).await.expect("it works"), None, "its worker holds it");
    let taken = store.claim_order(other, 300, 400).await.expect("it works").expect("the lease has run out");
    assert_eq!((taken.order.made, taken.order.started), (1_500, Some((300, 1_500))));
    // The first worker comes back and finds that it is not its order any more.
    assert_eq!(store.store_chunk(&killed, &drawn(9_000, 10), 310, 500).await.expect("it works"), ChunkStored::NotOurs);
    // Serials that were drawn before, and one twice in the chunk, count once; the surplus is left out.
    let mut serials = drawn(1_400, 1_000);
    serials.push(serials[999].clone());
    assert_eq!(
        store.store_chunk(&taken, &serials, 320, 500).await.expect("it works"),
        ChunkStored::Stored { new: 900 }
    );
    assert_eq!(
        store.store_chunk(&taken, &drawn(5_000, 2_000), 330, 500).await.expect("it works"),
        ChunkStored::Stored { new: 600 }
    );
    let done = store.order(order.id).await.expect("read").expect("it is there");
    assert_eq!((done.made, done.state), (3_000, OrderState::Done));
    let mut all = Vec::new();
    while let page @ [_, ..] = store.codes_of_order(order.id, all.len() as u64, 700).await.expect("read").as_slice() {
        all.extend_from_slice(page);
    }
    assert_eq!(all.len(), 3_000, "no gap in the numbers");
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 3_000, "no serial twice");
    assert_eq!(store.claim_order(other, 9_999, 10_000).await.expect("it works"), None);
}

async fn a_cancelled_order_gets_no_more_codes(store: Store) {
    let order = new_order("L", 100);
    store.place_order(&order).await.expect("an order");
    let claimed = store.claim_order(Uuid::now_v7(), 1, 10).await.expect("it works").expect("an order waits");
    store.store_chunk(&claimed, &drawn(0, 10), 2, 10).await.expect("it works");
    assert!(store.cancel_order(order.id, 3).await.expect("it works"));
    assert_eq!(store.store_chunk(&claimed, &drawn(50, 10), 4, 10).await.expect("it works"), ChunkStored::NotOurs);
    assert!(!store.cancel_order(order.id, 5).await.expect("it works"), "once");
    let stopped = store.order(order.id).await.expect("read").expect("it is there");
    assert_eq!((stopped.made, stopped.state), (10, OrderState::Cancelled));
    assert_eq!(store.orders_of(&order.batch, order.member).await.expect("read").len(), 1);
    let stranger = TestChain::new().member(1).gln;
    assert!(store.orders_of(&order.batch, stranger).await.expect("read").is_empty());
}

async fn the_same_request_keeps_its_first_transaction(store: Store) {
    let mut chain = TestChain::new();
    let gtin = Gtin::build(0, "6901234", 1).expect("a GTIN of constants");
    let (first, second) = (chain.sign(0, story::product(gtin)), chain.sign(0, story::product(gtin)));
    let (user, key) = (Uuid::now_v7(), Hash([1; 32]));
    assert_eq!(store.remembered(user, key).await.expect("read"), None);
    let kept = Remembered { request: Hash([2; 32]), tx: first };
    assert_eq!(store.remember(user, key, kept.clone(), 1).await.expect("kept"), kept);
    let late = Remembered { request: Hash([3; 32]), tx: second };
    assert_eq!(store.remember(user, key, late.clone(), 2).await.expect("the first one comes back"), kept);
    assert_eq!(store.remember(Uuid::now_v7(), key, late.clone(), 3).await.expect("another user's key"), late);
}

async fn parts_of_a_list_arrive_in_order_or_not_at_all(store: Store) {
    let order = new_order("L", 5);
    store.place_order(&order).await.expect("an order");
    let claimed = store.claim_order(Uuid::now_v7(), 1, 10).await.expect("it works").expect("an order waits");
    store.store_chunk(&claimed, &drawn(0, 5), 2, 10).await.expect("it works");
    let part = |first: u64, count: u64, last: bool| ManifestPart {
        batch: batch("L"),
        member: member(),
        tx: TxId([9; 32]),
        first,
        serials: drawn(first, count),
        gone: Gone { scrapped: if last { drawn(4, 1) } else { Vec::new() }, ..Gone::default() },
        line: None,
        count_salt: [8; 16],
        last,
    };
    let store_part = async |part: &ManifestPart| store.store_manifest_part(part).await.expect("it works");
    assert_eq!(store_part(&part(2, 2, true)).await, StorePart::Conflict { expected: 0 });
    assert_eq!(store_part(&part(0, 2, false)).await, StorePart::Stored);
    assert_eq!(store_part(&part(0, 2, false)).await, StorePart::Already);
    let mut other = part(0, 2, false);
    other.serials.swap(0, 1);
    assert_eq!(store_part(&other).await, StorePart::Conflict { expected: 2 });
    assert_eq!(store_part(&part(2, 2, true)).await, StorePart::Stored);
    assert_eq!(store_part(&part(2, 2, true)).await, StorePart::Already);
    let whole = store.batch_manifest(&batch("L")).await.expect("read").expect("it is there");
    assert_eq!((whole.units, whole.state), (4, ManifestState::Complete));
    assert_eq!(store.manifest_serials(&batch("L"), 0, 10).await.expect("read"), drawn(0, 4));
    store.manifest_is_true(&batch("L")).await.expect("it works");
    let count = store.code_count(&batch("L")).await.expect("counted");
    assert_eq!(count, CodeCounts { issued: 5, commissioned: 4, scrapped: 1, ..CodeCounts::default() });
}

async fn sessions_end(store: Store) {
    use tower_sessions::session::{Id, Record};
    use tower_sessions::{ExpiredDeletion as _, SessionStore as _};
    let at = |seconds: i64| time::OffsetDateTime::now_utc() + time::Duration::seconds(seconds);
    let mut alive = Record { id: Id::default(), data: Default::default(), expiry_date: at(60) };
    alive.data.insert("user".to_owned(), serde_json::json!("u"));
    store.create(&mut alive).await.expect("made");
    let mut over = Record { id: Id::default(), data: Default::default(), expiry_date: at(-1) };
    store.create(&mut over).await.expect("made");
    assert_eq!(store.load(&alive.id).await.expect("read").expect("alive").data, alive.data);
    assert!(store.load(&over.id).await.expect("read").is_none());
    store.delete_expired().await.expect("swept");
    assert_eq!(entity::app_session::Entity::find().count(store.reader()).await.expect("counted"), 1);
    let row = entity::app_session::Entity::find().one(store.reader()).await.expect("read").expect("one");
    let id = alive.id.0.to_be_bytes();
    assert!(!row.id.windows(16).any(|window| window == id), "the table's key is not the cookie's");
    store.delete(&alive.id).await.expect("signed out");
    assert!(store.load(&alive.id).await.expect("read").is_none());
}

fn new_import(kind: ImportKind, content: u8) -> ImportRow {
    ImportRow {
        id: Uuid::now_v7(),
        member: member(),
        kind,
        name: "表.csv".to_owned(),
        hash: [content; 32],
        mapping: String::new(),
        state: ImportState::Checked,
        rows: 3,
        refused: 0,
        faults_count: 0,
        faults: Vec::new(),
        applied: 0,
        user: "u".to_owned(),
        created_ms: 1,
    }
}

async fn imports_are_whole_or_not_there(store: Store) {
    let rows: Vec<(u32, CodeRow)> = ["aB1", "Ab1", "c"]
        .into_iter()
        .zip(2..)
        .map(|(text, row)| (row, CodeRow { gtin: batch("L").gtin, lot: batch("L").lot, serial: serial(text) }))
        .collect();
    let import = new_import(ImportKind::Codes, 1);
    assert_eq!(store.keep_import(&import, b"file").await.expect("kept"), import);
    assert_eq!(store.import_file(import.id).await.expect("read").as_deref(), Some(&b"file"[..]));
    assert!(store.apply_codes(&import, &rows, 5).await.expect("applied"));
    assert!(!store.apply_codes(&import, &rows, 5).await.expect("nothing left to do"));
    assert_eq!(store.import_file(import.id).await.expect("read"), None, "the file is not needed any more");
    let count = async || store.code_count(&batch("L")).await.expect("counted").issued;
    assert_eq!(count().await, 3);
    // The same content again is the import that stands.
    let again = store.keep_import(&new_import(ImportKind::Codes, 1), b"file").await.expect("looked up");
    assert_eq!((again.id, again.state, again.applied), (import.id, ImportState::Applied, 3));
    // One serial that is there already, and none of the others is stored.
    let other = new_import(ImportKind::Codes, 2);
    store.keep_import(&other, b"file").await.expect("kept");
    let mixed = vec![(2, CodeRow { serial: serial("new"), ..rows[0].1.clone() }), rows[1].clone()];
    assert!(store.apply_codes(&other, &mixed, 5).await.is_err());
    assert_eq!(count().await, 3);
    assert_eq!(store.import(other.id).await.expect("read").expect("kept").state, ImportState::Checked);
    let taken = store.taken_serials(batch("L").gtin, &[&serial("Ab1"), &serial("ab1")]).await.expect("read");
    assert_eq!(taken, [b"Ab1".to_vec()], "byte for byte");
    assert_eq!(store.undo_import(&import).await.expect("undone"), TakenBack::Done);
    assert_eq!(store.undo_import(&import).await.expect("asked"), TakenBack::NotApplied);
    assert_eq!((count().await, store.orders_of(&batch("L"), member()).await.expect("read").len()), (0, 0));
    // Waiting files are bounded: the oldest goes.
    for content in 10..40 {
        store.keep_import(&new_import(ImportKind::Partners, content), b"file").await.expect("kept");
    }
    let newest = Wanted { order: IMPORT_SORTS[0].1, descending: true, after: None, limit: 100 };
    let all = store.list_imports(member(), &Narrowed::default(), &newest).await.expect("listed");
    let ids: Vec<_> = all.into_iter().map(|(id, _)| id).collect();
    let kept = store.imports_at(&ids).await.expect("read");
    let waiting = kept.iter().filter(|row| row.state == ImportState::Checked).count();
    assert_eq!((waiting, kept[0].hash, kept.len()), (20, [39; 32], 21), "and what is over stays in the list");
}

async fn no_number_of_a_case_is_given_out_twice(store: Store) {
    let take = async |count| store.take_ssccs("6901234", 3, count, 1_000).await.expect("works");
    assert_eq!((take(10).await, take(5).await), (Some(0), Some(10)));
    let both = futures::future::join_all((0..8).map(|_| take(100))).await;
    let firsts: BTreeSet<u64> = both.into_iter().flatten().collect();
    assert_eq!(firsts.len(), 8, "{firsts:?}");
    assert_eq!((take(200).await, take(185).await, take(1).await), (None, Some(815), None));
    assert_eq!(store.next_sscc("6901234", 4).await.expect("works"), 0);
}

async fn a_product_has_the_rule_that_was_written_last(store: Store) {
    let gtin = batch("L").gtin;
    assert_eq!(store.code_rule(gtin).await.expect("read"), None);
    for (prefix, alphabet, length) in [("X-", Alphabet::Digits, 18), ("", Alphabet::Hexadecimal, 11)] {
        let rule = CodeRule::new(prefix, alphabet, length).expect("a rule");
        store.set_code_rule(gtin, &rule).await.expect("written");
        assert_eq!(store.code_rule(gtin).await.expect("read"), Some(rule));
    }
}

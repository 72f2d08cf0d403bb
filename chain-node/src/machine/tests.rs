use super::verify::Fault;
use super::*;
use crate::ledger::tests::goods::{Goods, public, sign};
use crate::ledger::tests::{Alliance, GENESIS_MS, alliance};
use crate::mempool::MempoolLimits;
use crate::node::{FinalBlockError, Origin};
use crate::store::Store;
use std::time::Duration;
use tokio::time::{Instant, timeout};
use tracelight_api::chain::TxOutcome;
use tracelight_domain::ids::Hash;
use tracelight_proof::block::{Header, body_digest, encode_body, txs_root};

const PACE: Pace = Pace { heartbeat_ms: 300 };
/// No heartbeat comes within a test: whoever proposes at this pace has something to say.
const SILENT: Pace = Pace { heartbeat_ms: 3_600_000 };

fn in_time() -> u64 {
    GENESIS_MS + 1_000_000
}

fn an_hour_late() -> u64 {
    in_time() - 3_600_000
}

pub(crate) fn node(dir: &tempfile::TempDir, alliance: &Alliance, limits: MempoolLimits) -> Arc<Node> {
    node_with_clock(dir, alliance, limits, in_time)
}

pub(crate) fn node_with_clock(
    dir: &tempfile::TempDir,
    alliance: &Alliance,
    limits: MempoolLimits,
    clock: fn() -> u64,
) -> Arc<Node> {
    let store = Store::open(&dir.path().join("store"), &alliance.genesis).expect("a store");
    let validator = alliance.genesis.members[0].validator;
    Arc::new(Node::new(&alliance.genesis, validator, store, limits, clock).expect("a node"))
}

pub(crate) const ROOMY: MempoolLimits = MempoolLimits { txs_max: 1_000, bytes_max: 1 << 20 };

fn scratch() -> tempfile::TempDir {
    tempfile::tempdir().expect("scratch")
}

/// The newest executed block, as consensus hands it out.
pub(crate) fn tip(node: &Node) -> Block {
    let row = node.store.block(node.head().height).expect("a read").expect("stored");
    Block { header: row.header.into(), body: row.body.into() }
}

pub(crate) async fn proposed(node: &Arc<Node>, parent: &Block) -> Block {
    proposed_at(node, PACE, parent).await
}

async fn proposed_at(node: &Arc<Node>, pace: Pace, parent: &Block) -> Block {
    let block = timeout(Duration::from_secs(20), propose::propose(node, pace, parent.clone()));
    block.await.expect("in time").expect("a block")
}

fn submit(node: &Node, tx: &[u8]) {
    let receipts = node.submit(&[tx], Origin::Client).expect("the store works");
    assert_eq!(receipts[0].outcome, TxOutcome::Pending, "{receipts:?}");
}

/// A header of this height; the rest says nothing.
pub(crate) fn header_at(height: u64) -> Header {
    let alliance = alliance();
    let genesis = crate::ledger::genesis_header(&alliance.genesis, Hash::ZERO).expect("validators");
    Header { height, ..genesis }
}

fn header(block: &Block) -> Header {
    Header::decode(&block.header).expect("a header")
}

fn with_header(block: &Block, change: impl FnOnce(&mut Header)) -> Block {
    let mut changed = header(block);
    change(&mut changed);
    Block { header: changed.encode().into(), body: block.body.clone() }
}

fn with_txs(block: &Block, txs: &[Vec<u8>]) -> Block {
    let body = encode_body(txs);
    let changed = with_header(block, |header| {
        header.body = body_digest(&body);
        header.txs = u32::try_from(txs.len()).expect("few");
        header.txs_root = txs_root(txs);
    });
    Block { body: body.into(), ..changed }
}

/// ADR 0016. Without the wait the block after the first is empty and comes at once.
#[tokio::test(flavor = "multi_thread")]
async fn a_block_that_only_speaks_of_a_state_gives_way_to_a_transaction() {
    let (dir, mut alliance) = (scratch(), alliance());
    let node = node(&dir, &alliance, ROOMY);
    submit(&node, &alliance.sign(0, Goods::new(1).register_product()));
    let began = Instant::now();
    let first = proposed(&node, &tip(&node)).await;
    node.take_final(&first.header, &first.body, None).expect("executed");
    let second = proposed(&node, &first).await;
    assert_eq!((header(&second).txs, header(&second).executed), (0, 1));
    // Clocks of blocks count whole milliseconds.
    assert!(began.elapsed() >= Duration::from_millis(propose::PROOF_WAIT_MS - 1));
    node.take_final(&second.header, &second.body, Some(b"certificate")).expect("executed");

    submit(&node, &alliance.sign(0, Goods::new(2).register_product()));
    let third = proposed(&node, &second).await;
    node.take_final(&third.header, &third.body, None).expect("executed");
    let leader = tokio::spawn({
        let (node, third) = (Arc::clone(&node), third.clone());
        async move { proposed(&node, &third).await }
    });
    tokio::time::sleep(Duration::from_millis(10)).await;
    submit(&node, &alliance.sign(0, Goods::new(3).register_product()));
    let fourth = leader.await.expect("the leader");
    assert_eq!((header(&fourth).txs, header(&fourth).executed), (1, 3), "one block does both");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leader_proposes_at_once_when_there_is_something_to_say() {
    let (dir, mut alliance) = (scratch(), alliance());
    let node = node(&dir, &alliance, ROOMY);
    let genesis = tip(&node);
    let first_tx = alliance.sign(0, Goods::new(1).register_product());
    submit(&node, &first_tx);
    let first = proposed_at(&node, SILENT, &genesis).await;
    assert_eq!((header(&first).txs, header(&first).executed), (1, 0));
    // The child of a block that is not executed yet does not repeat its transaction, and has nothing to prove yet.
    let waiting = timeout(Duration::from_millis(150), propose::propose(&node, SILENT, first.clone()));
    assert!(waiting.await.is_err(), "there is nothing to say");
    // Execution while the leader waits makes it speak.
    let leader = tokio::spawn({
        let (node, first) = (Arc::clone(&node), first.clone());
        async move { proposed_at(&node, SILENT, &first).await }
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!leader.is_finished(), "there is still nothing to say");
    node.take_final(&first.header, &first.body, None).expect("executed");
    let second = leader.await.expect("the leader");
    assert_eq!((header(&second).txs, header(&second).executed), (0, 1));
    assert_ne!(header(&second).state_root, header(&first).state_root);
    // All is said: the next block is a heartbeat.
    node.take_final(&second.header, &second.body, Some(b"certificate")).expect("executed");
    let started = Instant::now();
    let third = proposed(&node, &second).await;
    assert!(started.elapsed() >= Duration::from_millis(250));
    assert_eq!(header(&third).txs, 0);
    // A parent that has been overtaken is not built on.
    assert!(propose::propose(&node, PACE, genesis).await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_field_of_a_block_is_checked() {
    let (leader_dir, voter_dir, mut alliance) = (scratch(), scratch(), alliance());
    let (leader, voter) = (node(&leader_dir, &alliance, ROOMY), node(&voter_dir, &alliance, ROOMY));
    let genesis = tip(&leader);
    let tx = alliance.sign(0, Goods::new(1).register_product());
    submit(&leader, &tx);
    let block = proposed(&leader, &genesis).await;
    let judge = |block: Block| {
        let (voter, genesis) = (&voter, genesis.clone());
        async move { timeout(Duration::from_secs(10), verify::verify(voter, genesis, block)).await.expect("in time") }
    };
    type Change = fn(&mut Header);
    let changes: [(&str, Change); 13] = [
        ("chain", |h| h.chain.0[0] ^= 1),
        ("validators", |h| h.validators = Hash::ZERO),
        ("next_validators", |h| h.next_validators = Hash::ZERO),
        ("height", |h| h.height = 2),
        ("parent", |h| h.parent = Hash::ZERO),
        ("time", |h| h.time_ms = GENESIS_MS),
        ("executed", |h| h.executed = 1),
        ("state_root", |h| h.state_root = Hash::ZERO),
        ("outcomes", |h| h.outcomes = Hash([1; 32])),
        ("events", |h| h.events = 1),
        ("log_root", |h| h.log_root = Hash::ZERO),
        ("txs", |h| h.txs = 2),
        ("txs_root", |h| h.txs_root = Hash::ZERO),
    ];
    for (field, change) in changes {
        let fault = judge(with_header(&block, change)).await.expect_err(field);
        assert!(matches!(fault, Fault::Field(found) if found == field), "{field}: {fault}");
    }
    let mut forged = tx.clone();
    *forged.last_mut().expect("a signature") ^= 1;
    assert!(matches!(judge(with_txs(&block, &[forged])).await, Err(Fault::Tx { index: 0, .. })));
    assert!(matches!(judge(with_txs(&block, &[b"?".to_vec()])).await, Err(Fault::Tx { index: 0, .. })));
    assert!(matches!(judge(with_txs(&block, &[tx.clone(), tx.clone()])).await, Err(Fault::Twice(_))));
    judge(block.clone()).await.expect("the true block is valid");
    // The same transaction in its child: seen before execution and after it.
    let empty = with_header(&block, |header| {
        (header.height, header.parent, header.time_ms) = (2, block_id_of(&block), header.time_ms + 1);
    });
    let child = with_txs(&empty, &[tx]);
    let twice = verify::verify(&voter, block.clone(), child.clone()).await;
    assert!(matches!(twice, Err(Fault::Twice(_))));
    voter.take_final(&block.header, &block.body, None).expect("executed");
    let twice = verify::verify(&voter, block, child).await;
    assert!(matches!(twice, Err(Fault::Twice(_))));
}

fn block_id_of(block: &Block) -> Hash {
    tracelight_proof::block::block_id(&block.header)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_pass_is_waited_for() {
    let (leader_dir, late_dir, lagging_dir, alliance) = (scratch(), scratch(), scratch(), alliance());
    let leader = node(&leader_dir, &alliance, ROOMY);
    let genesis = tip(&leader);
    let first = proposed(&leader, &genesis).await;
    let late = node_with_clock(&late_dir, &alliance, ROOMY, an_hour_late);
    let waiting = timeout(Duration::from_millis(300), verify::verify(&late, genesis.clone(), first.clone()));
    assert!(waiting.await.is_err(), "a block from the future is neither good nor bad");
    // A voter that has not executed what the header speaks of waits until it has.
    leader.take_final(&first.header, &first.body, None).expect("executed");
    let second = proposed(&leader, &first).await;
    assert_eq!(header(&second).executed, 1);
    let lagging = node(&lagging_dir, &alliance, ROOMY);
    let vote = tokio::spawn({
        let (lagging, first, second) = (Arc::clone(&lagging), first.clone(), second.clone());
        async move { verify::verify(&lagging, first, second).await }
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!vote.is_finished());
    lagging.take_final(&first.header, &first.body, None).expect("executed");
    let vote = timeout(Duration::from_secs(10), vote).await.expect("in time").expect("no panic");
    vote.expect("the block is valid");
}

#[tokio::test(flavor = "multi_thread")]
async fn final_blocks_may_repeat_and_contradictions_stop_the_node() {
    let (dir, other_dir, mut alliance) = (scratch(), scratch(), alliance());
    let node = node(&dir, &alliance, ROOMY);
    submit(&node, &alliance.sign(0, Goods::new(1).register_product()));
    let first = proposed(&node, &tip(&node)).await;
    node.take_final(&first.header, &first.body, None).expect("executed");
    let head = node.head();
    node.take_final(&first.header, &first.body, Some(b"late")).expect("a repeated delivery is harmless");
    assert_eq!(node.head(), head);
    assert_eq!(node.store.certificate(1).expect("a read").as_deref(), Some(b"late".as_slice()));
    let other = with_header(&first, |header| header.time_ms += 1);
    let error = node.take_final(&other.header, &other.body, None).expect_err("another block of this height");
    assert!(matches!(error, FinalBlockError::OtherBlock { height: 1, .. }), "{error}");
    // A certified header that speaks of another state than this node computed.
    let second = proposed(&node, &first).await;
    let other = with_header(&second, |header| header.state_root = Hash::ZERO);
    let error = node.take_final(&other.header, &other.body, None).expect_err("another state");
    assert!(matches!(error, FinalBlockError::OtherState { executed: 1 }), "{error}");
    assert_eq!(node.head(), head);
    // A node that was away executes the same blocks from bytes alone and agrees.
    let away = self::node(&other_dir, &alliance, ROOMY);
    away.take_final(&first.header, &first.body, None).expect("executed");
    away.take_final(&second.header, &second.body, None).expect("executed, and its state is the certified one");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_goes_on_over_blocks_that_are_not_executed_yet() {
    let (dir, mut alliance) = (scratch(), alliance());
    let node = node(&dir, &alliance, ROOMY);
    let (goods, device) = (Goods::new(1), ed25519_dalek::SigningKey::from_bytes(&[42; 32]));
    let label = "line 1".to_owned();
    for body in [
        tracelight_domain::tx::TxBody::RegisterDevice { device: public(&device), label },
        goods.register_product(),
        goods.register_batch(),
    ] {
        submit(&node, &alliance.sign(0, body));
    }
    let first = proposed(&node, &tip(&node)).await;
    node.take_final(&first.header, &first.body, None).expect("executed");
    let chain = alliance.genesis.chain_id();
    submit(&node, &sign(&device, chain, 0, 100, goods.seal()));
    let second = proposed(&node, &first).await;
    submit(&node, &sign(&device, chain, 1, 100, goods.pack()));
    let third = proposed(&node, &second).await;
    assert_eq!((header(&second).txs, header(&third).txs), (1, 1));
    for block in [&second, &third] {
        node.take_final(&block.header, &block.body, None).expect("executed");
    }
    let outcomes = node.store.block(3).expect("a read").expect("stored").outcomes;
    assert_eq!(outcomes, [0]);
    assert!(node.pending().mempool.is_empty());
    // Too far ahead of the chain is refused by name; a little ahead waits for those before it.
    let far = sign(&device, chain, 2 + crate::mempool::DEVICE_AHEAD_MAX + 1, 100, goods.seal());
    let receipts = node.submit(&[far.as_slice()], Origin::Client).expect("the store works");
    assert_eq!(receipts[0].refusal.as_deref(), Some("nonce_gap"));
    submit(&node, &sign(&device, chain, 5, 100, goods.seal()));
}

#[tokio::test(flavor = "multi_thread")]
async fn peers_are_told_and_what_they_tell_is_taken() {
    let (dir, peer_dir, mut alliance) = (scratch(), scratch(), alliance());
    let (node, peer) = (node(&dir, &alliance, ROOMY), node(&peer_dir, &alliance, ROOMY));
    let (sender, mut messages) = mpsc::channel::<Bytes>(100);
    node.set_broadcast(Box::new(move |bytes| sender.try_send(bytes).expect("room")));
    for number in 0..3 {
        submit(&node, &alliance.sign(0, Goods::new(number).register_product()));
    }
    while let Ok(message) = messages.try_recv() {
        peer.take_gossip(&message);
        peer.take_gossip(&message);
    }
    peer.take_gossip(b"noise");
    assert_eq!(peer.pending().mempool.len(), 3);
    let (machine, mut queue) = Machine::new(Arc::clone(&peer), PACE);
    for _ in 0..=GOSSIP_WAITING_MAX {
        machine.gossip([0; 32], Bytes::from_static(b"noise"));
    }
    assert_eq!(peer.dropped_gossip(), 1);
    assert!(queue.try_recv().is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_block_of_an_epoch_names_the_next_validators() {
    let (leader_dir, voter_dir, mut alliance) = (scratch(), scratch(), alliance());
    alliance.genesis.epoch_blocks = 8;
    let (leader, voter) = (node(&leader_dir, &alliance, ROOMY), node(&voter_dir, &alliance, ROOMY));
    let mut parent = tip(&leader);
    while header(&parent).height < 14 {
        let block = proposed(&leader, &parent).await;
        for node in [&leader, &voter] {
            node.take_final(&block.header, &block.body, Some(b"certificate")).expect("executed");
        }
        parent = block;
    }
    assert_eq!((leader.epoch_of(7), leader.epoch_of(8), leader.last_of(1)), (0, 1, 15));
    let last = proposed(&leader, &parent).await;
    let fault = |change: fn(&mut Header)| {
        let (voter, parent, block) = (&voter, parent.clone(), with_header(&last, change));
        async move { verify::verify(voter, parent, block).await.expect_err("a lie").to_string() }
    };
    // It has to speak of a block of its own epoch, so that changes of more than two epochs never meet.
    assert!(fault(|header| header.executed = 7).await.contains("executed"));
    assert!(fault(|header| header.next_validators = Hash::ZERO).await.contains("next_validators"));
    verify::verify(&voter, parent.clone(), last.clone()).await.expect("the true block is valid");
    // A certified header that names others than this node's ledger stops the node.
    let other = with_header(&last, |header| header.next_validators = Hash::ZERO);
    let error = voter.take_final(&other.header, &other.body, Some(b"certificate")).expect_err("other validators");
    assert!(matches!(error, FinalBlockError::OtherValidators { height: 15 }), "{error}");
    voter.take_final(&last.header, &last.body, Some(b"certificate")).expect("executed");
    let committee = voter.committee(2).expect("the next epoch's");
    assert_eq!(committee.parent, block_id_of(&last).0);
    assert_eq!((committee.validators.len(), committee.observers.len(), committee.may_vote), (4, 0, true));
    assert!(voter.committee(3).is_err(), "nobody knows yet");
    assert!(voter.store.steps(0, 10).expect("a read").is_empty(), "nothing changed");
}

//! Four real nodes: goods travel, proofs hold, nodes die and come back, and nothing that was acknowledged is lost.

mod common;

use common::goods::{Goods, public, sign};
use common::{Cluster, WAIT};
use ed25519_dalek::SigningKey;
use std::sync::Mutex;
use std::time::{Duration, Instant};
use tracelight_api::chain::{Receipt, TxOutcome};
use tracelight_domain::state::{EventKind, LogisticStatus, ObjectId, StateBody, UnitStatus};
use tracelight_domain::tx::TxBody;
use tracelight_proof::block::encode_body;

/// Twelve processes at once would test the machine, not the chain.
static ONE_CLUSTER: Mutex<()> = Mutex::new(());

const MANUFACTURER: usize = 0;
const LOGISTICS: usize = 1;
const PHARMACY: usize = 2;
const REGULATOR: usize = 3;

#[track_caller]
fn all_applied(receipts: &[Receipt]) -> u64 {
    for receipt in receipts {
        assert_eq!(receipt.outcome, TxOutcome::Applied, "{receipt:?}");
    }
    receipts.iter().filter_map(|receipt| receipt.height).max().expect("a height")
}

#[track_caller]
fn refused(receipt: &Receipt, outcome: TxOutcome, name: &str) {
    assert_eq!((receipt.outcome, receipt.refusal.as_deref()), (outcome, Some(name)), "{receipt:?}");
}

#[test]
fn goods_travel_and_every_node_proves_it() -> anyhow::Result<()> {
    let _one = ONE_CLUSTER.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let mut cluster = Cluster::start()?;
    let goods = Goods::new(1);
    // One call with transactions that build on each other.
    let bodies = [goods.register_product(), goods.register_batch(), goods.seal(), goods.pack()];
    let txs: Vec<_> = bodies.into_iter().map(|body| cluster.sign(MANUFACTURER, body)).collect();
    all_applied(&cluster.submit(0, &txs)?);
    // Hand-over by two hands, each through its own node.
    let to = cluster.members[PHARMACY].gln;
    let ship = cluster.sign(MANUFACTURER, goods.ship(to));
    let shipped = all_applied(&cluster.submit(0, &[ship])?);
    cluster.wait_height(2, shipped)?;
    let receive = cluster.sign(PHARMACY, goods.receive());
    let received = all_applied(&cluster.submit(2, &[receive])?);
    cluster.wait_height(2, received)?;
    let dispense = cluster.sign(PHARMACY, goods.dispense(0));
    let dispensed = all_applied(&cluster.submit(2, &[dispense])?);
    let open = cluster.sign(REGULATOR, goods.open_recall());
    let approve = cluster.sign(REGULATOR, goods.approve_recall());
    let recalled = all_applied(&cluster.submit(3, &[open, approve])?).max(dispensed);

    let absent = Goods::new(99);
    let unit = ObjectId::Unit(goods.touch(0).unit);
    let ids = [
        ObjectId::Batch(goods.batch.clone()),
        unit,
        ObjectId::Logistic(goods.case),
        ObjectId::Unit(goods.touch(1).unit),
        ObjectId::Batch(absent.batch.clone()),
    ];
    for node in 0..4 {
        let proven = cluster.proven(node, &ids, recalled)?;
        let kinds = |index: usize| proven[index].events.iter().map(|event| event.kind).collect::<Vec<_>>();
        let body = |index: usize| proven[index].state.as_ref().map(|state| state.body.clone());
        assert_eq!(kinds(0), [EventKind::Registered, EventKind::Sealed, EventKind::Recalled]);
        assert!(matches!(body(1), Some(StateBody::Unit { status: UnitStatus::Dispensed, .. })));
        assert_eq!(kinds(1), [EventKind::Dispensed]);
        assert!(
            matches!(body(2), Some(StateBody::Logistic { status: LogisticStatus::InStock, custodian, .. }) if custodian == to)
        );
        assert_eq!(kinds(2), [EventKind::Packed, EventKind::Shipped, EventKind::Received]);
        assert!(body(3).is_none() && kinds(3).is_empty(), "an untouched pack has no row of its own");
        assert!(body(4).is_none());
    }
    // All four stand on the same chain.
    let first = cluster.blocks(0, 0, 256)?.blocks;
    let height = first.len().min(5);
    for node in 1..4 {
        assert_eq!(
            cluster.blocks(node, 0, height)?.blocks[..height].iter().map(|b| &b.header).collect::<Vec<_>>(),
            first[..height].iter().map(|b| &b.header).collect::<Vec<_>>()
        );
    }
    refusals_are_named(&mut cluster, &goods)?;
    devices_keep_their_sequence(&mut cluster)?;
    cluster.terminate(1, Duration::from_secs(6))
}

fn refusals_are_named(cluster: &mut Cluster, goods: &Goods) -> anyhow::Result<()> {
    let other = Goods::new(2);
    let first = cluster.sign(MANUFACTURER, other.register_product());
    assert_eq!(cluster.submit(0, std::slice::from_ref(&first))?[0].outcome, TxOutcome::Applied);
    let again = cluster.submit(0, std::slice::from_ref(&first))?.remove(0);
    assert!(again.outcome == TxOutcome::Applied && again.already, "{again:?}");
    // A rule that says no, before it is ordered.
    let twice = cluster.sign(MANUFACTURER, other.register_product());
    refused(&cluster.submit(0, &[twice])?[0], TxOutcome::Rejected, "already_exists");
    let wrong_role = cluster.sign(LOGISTICS, Goods::new(3).register_product());
    // This node may not have executed the product's block yet. While anything is on its way that could change the answer, a
    // transaction is ordered and recorded as refused instead of being turned away.
    let answer = cluster.submit(1, &[wrong_role])?.remove(0);
    let outcome = if answer.height.is_some() { TxOutcome::Refused } else { TxOutcome::Rejected };
    refused(&answer, outcome, "wrong_role");
    // The same nonce for something else.
    let chain = cluster.chain();
    let nonce = tracelight_proof::signed::parse(&first)?.tx.nonce;
    let operator = &cluster.members[MANUFACTURER].operator;
    let conflict = sign(operator, chain, nonce, 50_000, Goods::new(4).register_product());
    refused(&cluster.submit(0, &[conflict])?[0], TxOutcome::Conflict, "nonce_used");
    // Strangers' bytes, a stranger's key, a changed signature, an oversized item: each by name, and the rest goes on.
    let stranger = SigningKey::from_bytes(&[3; 32]);
    let mut forged = first.clone();
    *forged.last_mut().expect("a signature") ^= 1;
    let good = cluster.sign(MANUFACTURER, Goods::new(5).register_product());
    let items = [vec![1, 2, 3], sign(&stranger, chain, 1, 50_000, goods.seal()), forged, vec![0; 17_000], good];
    let answers = cluster.submit(0, &items)?;
    refused(&answers[0], TxOutcome::Rejected, "malformed");
    refused(&answers[1], TxOutcome::Rejected, "unknown_key");
    refused(&answers[2], TxOutcome::Rejected, "bad_signature");
    refused(&answers[3], TxOutcome::Rejected, "too_large");
    assert_eq!(answers[4].outcome, TxOutcome::Applied);
    let (status, body) = cluster.post(0, "/v1/txs", &[0, 0, 0, 1, 0, 0, 0, 9, 1])?;
    assert_eq!(status, 400, "{}", String::from_utf8_lossy(&body));
    assert!(String::from_utf8_lossy(&body).contains("tracelight:malformed"));
    assert_eq!(cluster.post(0, "/v1/txs", &vec![0; 3 << 20]).map_or(413, |(status, _)| status), 413);
    Ok(())
}

fn devices_keep_their_sequence(cluster: &mut Cluster) -> anyhow::Result<()> {
    let device = SigningKey::from_bytes(&[5; 32]);
    let register = TxBody::RegisterDevice { device: public(&device), label: "line 1".to_owned() };
    let register = cluster.sign(MANUFACTURER, register);
    all_applied(&cluster.submit(0, &[register])?);
    let goods = Goods::new(6);
    let setup: Vec<_> = [goods.register_product(), goods.register_batch()]
        .into_iter()
        .map(|body| cluster.sign(MANUFACTURER, body))
        .collect();
    all_applied(&cluster.submit(0, &setup)?);
    let chain = cluster.chain();
    // Sent in the wrong order; taken in the right one.
    let txs = [sign(&device, chain, 1, 50_000, goods.pack()), sign(&device, chain, 0, 50_000, goods.seal())];
    all_applied(&cluster.submit(0, &txs)?);
    let reused = sign(&device, chain, 1, 50_000, goods.seal());
    refused(&cluster.submit(0, &[reused])?[0], TxOutcome::Conflict, "nonce_used");
    let not_allowed = sign(&device, chain, 2, 50_000, goods.register_batch());
    refused(&cluster.submit(0, &[not_allowed])?[0], TxOutcome::Refused, "wrong_purpose");
    // The refused one has used its nonce up.
    let next = sign(
        &device,
        chain,
        3,
        50_000,
        TxBody::Anchor {
            log: tracelight_domain::ids::Hash([1; 32]),
            size: 1,
            root: tracelight_domain::ids::Hash([2; 32]),
        },
    );
    all_applied(&cluster.submit(0, &[next])?);
    Ok(())
}

#[test]
fn nodes_die_and_nothing_acknowledged_is_lost() -> anyhow::Result<()> {
    let _one = ONE_CLUSTER.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let mut cluster = Cluster::start()?;
    let mut acknowledged = Vec::new();
    let register = |cluster: &mut Cluster, node: usize, number: u64| {
        let goods = Goods::new(number);
        let tx = cluster.sign(MANUFACTURER, goods.register_product());
        let height = all_applied(&cluster.submit(node, &[tx])?);
        anyhow::Ok((ObjectId::Product(goods.gtin), height))
    };
    for number in 0..3 {
        acknowledged.push(register(&mut cluster, 0, number)?);
    }
    // One of four dies: the others go on, and it catches up.
    cluster.kill9(3)?;
    let started = Instant::now();
    for number in 3..8 {
        acknowledged.push(register(&mut cluster, 1, number)?);
    }
    println!("five transactions with three of four nodes: {:?}", started.elapsed());
    let height = cluster.status(0)?.executed;
    cluster.start_node(3)?;
    let started = Instant::now();
    cluster.wait_height(3, height)?;
    println!("the fourth node caught up to height {height} in {:?}", started.elapsed());
    let at = acknowledged.iter().map(|(_, height)| *height).max().expect("some");
    let ids: Vec<_> = acknowledged.iter().map(|(id, _)| id.clone()).collect();
    assert!(cluster.proven(3, &ids, at)?.iter().all(|proven| proven.state.is_some()));
    // Two of four: no quorum, no block, and the node says why.
    cluster.kill9(2)?;
    cluster.kill9(3)?;
    let started = Instant::now();
    let stall = loop {
        if let Some(stall) = cluster.status(0)?.stall {
            break stall;
        }
        assert!(started.elapsed() < WAIT, "the node never says that it stands still");
        std::thread::sleep(Duration::from_millis(200));
    };
    assert!(stall.starts_with("waiting for 1 more vote: validator "), "{stall}");
    assert!(stall.contains(" last seen ") && stall.contains(" s ago") && stall.lines().count() == 1, "{stall}");
    for dead in [2, 3] {
        assert!(stall.contains(&cluster.genesis.members[dead].name_en), "{stall}");
    }
    assert_eq!(cluster.get(0, "/readyz")?.0, 503);
    // The same for a dashboard made for CometBFT.
    let metrics = String::from_utf8(cluster.get(0, "/metrics")?.1)?;
    for line in [
        "cometbft_consensus_validators 4",
        "cometbft_consensus_missing_validators 2",
        "cometbft_p2p_peers 1",
        "cometbft_mempool_size 0",
        "tracelight_consensus_stalled 1",
        &format!("cometbft_consensus_height {}", cluster.status(0)?.height),
    ] {
        assert!(metrics.lines().any(|found| found == line), "`{line}` is not in {metrics}");
    }
    assert!(metrics.contains("cometbft_consensus_block_interval_seconds_bucket"), "{metrics}");
    // The rest die too, with a transaction on its way; then all come back.
    let last = cluster.sign(MANUFACTURER, Goods::new(8).register_product());
    let (status, _) = cluster.post(0, "/v1/txs", &encode_body(std::slice::from_ref(&last)))?;
    assert_eq!(status, 200);
    cluster.kill9(0)?;
    cluster.kill9(1)?;
    let started = Instant::now();
    for node in 0..4 {
        cluster.start_node(node)?;
    }
    for node in 0..4 {
        cluster.wait_height(node, at + 1)?;
    }
    println!("all four killed and back at height {} in {:?}", at + 1, started.elapsed());
    for node in 0..4 {
        let proven = cluster.proven(node, &ids, at)?;
        assert!(proven.iter().all(|proven| proven.state.is_some()), "node {node}{}", cluster.log(node));
    }
    // What was only pending may be gone; sending it again settles it either way.
    all_applied(&cluster.submit(0, &[last])?);
    for node in 0..4 {
        cluster.terminate(node, Duration::from_secs(6))?;
    }
    Ok(())
}

#[test]
fn latency_and_rate_are_within_wide_bounds() -> anyhow::Result<()> {
    let _one = ONE_CLUSTER.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let mut cluster = Cluster::start()?;
    let mut latencies: Vec<Duration> = Vec::new();
    for number in 0..30 {
        let tx = cluster.sign(MANUFACTURER, Goods::new(number).register_product());
        let started = Instant::now();
        all_applied(&cluster.submit(0, &[tx])?);
        latencies.push(started.elapsed());
    }
    latencies.sort_unstable();
    println!("one transaction to final and durable: p50 {:?}, max {:?}", latencies[15], latencies[29]);
    assert!(latencies[15] < Duration::from_secs(3));
    let before = cluster.status(0)?.height;
    let started = Instant::now();
    let mut txs = 0;
    for call in 0..4u64 {
        let call: Vec<_> = (0..1_000)
            .map(|i| cluster.sign(MANUFACTURER, Goods::new(1_000 + call * 1_000 + i).register_product()))
            .collect();
        all_applied(&cluster.submit(0, &call)?);
        txs += call.len();
    }
    let (blocks, seconds) = (cluster.status(0)?.height - before, started.elapsed().as_secs_f64());
    println!(
        "{txs} transactions in {blocks} blocks in {seconds:.2} s: {:.0} tx/s, {:.1} blocks/s (signing included)",
        txs as f64 / seconds,
        blocks as f64 / seconds
    );
    Ok(())
}

//! Engines on loopback with a toy application: agreement, a dead validator, restart from disk, and the ways to fail.

#[expect(dead_code, reason = "the helpers are for all test programs of the folder")]
mod common;

use bytes::Bytes;
use common::{Cluster, Toy, header};
use std::{
    net::TcpListener,
    sync::atomic::Ordering,
    time::{Duration, Instant},
};
use tracelight_consensus::{Activity, ConfigFault, EngineError, Handle, StartError, StorageError, start};

const STEP: Duration = Duration::from_secs(15);

fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(future)
}

#[test]
fn four_agree_lose_one_stop_and_go_on_from_disk() {
    let mut cluster = Cluster::new(4);
    cluster.start_all();
    let first = cluster.reach(1, STEP);
    cluster.reach(20, STEP);
    let rate_of_four = cluster.rate(0, Duration::from_secs(2));
    let skipped_by_four = skipped(&cluster, 0);
    cluster.agree();
    let connected = wait_for(|| cluster.engine(0).connected_peers().len() == 3);
    assert!(connected, "the others are connected: {:?}", cluster.engine(0).connected_peers());
    gossip_reaches_all_but_the_sender(&cluster);

    cluster.stop(3);
    let rate_at_once = cluster.rate(0, Duration::from_secs(4));
    let rate_of_three = cluster.rate(0, Duration::from_secs(2));
    assert!(rate_of_three > 1.0, "three of four go on: {rate_of_three} blocks/s");
    let beats = quiet(&cluster, || cluster.rate(0, Duration::from_secs(3)));
    assert!(beats > 0.5, "three of four keep a quiet chain going: {beats} blocks/s");
    cluster.start(3);
    let target = cluster.machines[0].height() + 5;
    let caught_up = cluster.reach(target, STEP);
    cluster.agree();

    (0..4).for_each(|node| cluster.stop(node));
    let before: Vec<_> = cluster.machines.iter().map(|machine| machine.seen().blocks.clone()).collect();
    let highest = cluster.machines.iter().map(|machine| machine.height()).max().expect("nodes");
    cluster.start_all();
    let resumed = cluster.reach(highest + 5, STEP);
    cluster.agree();
    stored_chain_is_what_was_delivered(&cluster, highest);
    for (node, blocks) in before.iter().enumerate() {
        let now = &cluster.machines[node].seen().blocks;
        assert!(
            blocks.iter().all(|(height, block)| now.get(height) == Some(block)),
            "node {node} lost or changed a block"
        );
    }
    let checked = cluster.check_certificates();
    let blocks: usize = cluster.machines.iter().map(|machine| machine.seen().blocks.len()).sum();
    assert!(checked * 2 > blocks, "most blocks have their own certificate: {checked} of {blocks}");
    let early: usize = cluster.machines.iter().map(|machine| machine.seen().early.len()).sum();
    assert!(early * 2 > blocks, "most certificates are told before the delivery: {early} of {blocks}");
    println!(
        "first block {first:?}; 4 of 4: {rate_of_four:.1} blocks/s, {skipped_by_four:?} skipped; 3 of 4: {rate_at_once:.1} blocks/s in the first 4 s, then {rate_of_three:.1}, \
         quiet {beats:.2}; caught up in {caught_up:?}; resumed after a full stop in {resumed:?}; {checked} certificates of {blocks} deliveries"
    );
    (0..4).for_each(|node| cluster.stop(node));
}

/// The views that passed without a block, as this node saw it.
fn skipped(cluster: &Cluster, node: usize) -> Vec<u64> {
    let seen = cluster.machines[node].seen();
    let view = |activity: &_| match activity {
        Activity::Skipped { view } => Some(*view),
        _ => None,
    };
    seen.activity.iter().filter_map(view).collect()
}

/// Runs `measure` while every leader waits a second for transactions that do not come.
fn quiet<T>(cluster: &Cluster, measure: impl FnOnce() -> T) -> T {
    let pause = |ms| cluster.machines.iter().for_each(|machine| machine.pause_ms.store(ms, Ordering::Relaxed));
    pause(1000);
    // The views under way still run at the old pace.
    std::thread::sleep(Duration::from_millis(500));
    let measured = measure();
    pause(0);
    measured
}

/// Waits for the condition, at most [`STEP`].
fn wait_for(condition: impl Fn() -> bool) -> bool {
    let start = Instant::now();
    while !condition() {
        if start.elapsed() > STEP {
            return false;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    true
}

#[track_caller]
fn gossip_reaches_all_but_the_sender(cluster: &Cluster) {
    let message = Bytes::from_static(b"a transaction");
    cluster.engine(1).broadcast(message.clone());
    let expected = (cluster.plan.nodes[1].public_key, message);
    let arrived = |node: usize| cluster.machines[node].seen().gossip.contains(&expected);
    assert!(wait_for(|| [0, 2, 3].into_iter().all(arrived)), "everybody hears it");
    assert!(!arrived(1), "the sender does not hear itself");
    cluster.engine(1).broadcast(Bytes::from(vec![0; (256 << 10) + 1]));
    assert_eq!(cluster.engine(1).broadcasts_dropped(), 1, "a message over the bound is dropped and counted");
}

/// The engine's own store has every block up to `highest`, as the application saw them.
#[track_caller]
fn stored_chain_is_what_was_delivered(cluster: &Cluster, highest: u64) {
    let delivered = cluster.machines[2].seen().blocks.clone();
    let engine: &Handle = cluster.engine(2);
    run(async {
        for height in 1..=highest {
            let stored = engine.block(height).await.unwrap_or_else(|| panic!("block {height} is stored"));
            assert_eq!(stored.id(), delivered[&height].0, "height {height}");
            let certificate = engine.certificate(height).await;
            assert!(certificate.is_some() || delivered[&height].1.is_none(), "certificate of {height} is kept");
        }
        assert_eq!(engine.block(highest + 1_000_000).await, None);
        assert_eq!(engine.certificate(highest + 1_000_000).await, None);
    });
}

#[test]
fn one_validator_is_a_chain_and_a_quiet_chain_beats_once_a_second() {
    let mut cluster = Cluster::new(1);
    cluster.machines[0].pause_ms.store(1000, Ordering::Relaxed);
    cluster.start_all();
    cluster.reach(1, STEP);
    let took = cluster.reach(4, STEP);
    assert!(took > Duration::from_millis(2500), "three blocks of one second each: {took:?}");
    assert_eq!(skipped(&cluster, 0), Vec::<u64>::new(), "a heartbeat is faster than the leader timeout");
    assert_eq!(cluster.check_certificates(), cluster.machines[0].seen().blocks.len());
    cluster.stop(0);
}

#[test]
fn a_block_that_the_application_could_not_take_comes_again() {
    let mut cluster = Cluster::new(1);
    cluster.start_all();
    cluster.reach(3, STEP);
    cluster.machines[0].broken.store(true, Ordering::Relaxed);
    let engine = cluster.engines[0].take().expect("running");
    let ended = run(async { tokio::time::timeout(STEP, engine.ended()).await.expect("the engine ends") });
    let Err(EngineError::StateMachine { height, .. }) = ended else { panic!("ended with {ended:?}") };
    let last = cluster.machines[0].height();
    assert_eq!(height, last + 1);
    assert!(matches!(engine.join(), Err(EngineError::StateMachine { .. })));

    cluster.machines[0].broken.store(false, Ordering::Relaxed);
    cluster.start(0);
    cluster.reach(last + 3, STEP);
    cluster.stop(0);
}

#[test]
fn blocks_that_the_application_forgot_come_again_from_the_engine_alone() {
    let mut cluster = Cluster::new(1);
    cluster.start_all();
    cluster.reach(6, STEP);
    cluster.stop(0);
    let machine = cluster.machines[0].clone();
    let known = machine.seen().blocks.clone();
    let last = machine.height();
    // Its disk lost the newest blocks, which it had acknowledged: marshal alone would go on after them.
    machine.seen().blocks.retain(|height, _| height + 2 <= last);
    cluster.start(0);
    cluster.reach(last + 2, STEP);
    for (height, (id, certificate)) in &known {
        let again = machine.seen().blocks[height].clone();
        assert_eq!(again.0, *id, "block {height}");
        assert!(again.1 == *certificate || certificate.is_none(), "block {height} comes with its certificate");
    }
    cluster.stop(0);
}

#[test]
fn a_node_whose_peers_have_pruned_begins_where_its_application_is() {
    const PRUNED: u64 = 1_050;
    let mut cluster = Cluster::new(4);
    cluster.start_all();
    cluster.reach(PRUNED + 50, 20 * STEP);
    let floor = {
        let seen = cluster.machines[3].seen();
        let newest = seen.blocks.iter().rev().find_map(|(_, (_, certificate))| certificate.clone());
        newest.expect("most blocks have one").to_vec()
    };
    cluster.stop(3);
    (0..3).for_each(|node| cluster.engine(node).reader().prune(PRUNED));
    // Whole files go, of a thousand and some blocks each.
    let is_gone = |node: usize| run(async { cluster.engine(node).block(5).await.is_none() });
    assert!(wait_for(|| (0..3).all(is_gone)), "old blocks go");
    let kept = run(async { cluster.engine(0).block(PRUNED + 1).await.is_some() });
    assert!(kept, "newer ones stay");

    std::fs::remove_dir_all(cluster.dir(3)).expect("there");
    let height = cluster.machines[0].height();
    let mut config = cluster.config(3);
    config.floor = Some(floor.clone());
    cluster.engines[3] = Some(start(config, cluster.machines[3].clone()).expect("it begins at the floor"));
    cluster.reach(height + 20, STEP);
    cluster.agree();
    assert!(run(async { cluster.engine(3).block(5).await.is_none() }), "it fetched nothing old");
    // And once more, without anything offered: the folder remembers.
    cluster.stop(3);
    let height = cluster.machines[0].height();
    cluster.start(3);
    cluster.reach(height + 20, STEP);
    cluster.agree();

    cluster.stop(3);
    std::fs::remove_dir_all(cluster.dir(3)).expect("there");
    let mut config = cluster.config(3);
    let mut forged = floor;
    *forged.last_mut().expect("not empty") ^= 1;
    config.floor = Some(forged);
    let refused = start(config, cluster.machines[3].clone()).err();
    assert!(matches!(refused, Some(StartError::Engine(EngineError::Floor { .. }))), "{refused:?}");
}

#[test]
fn a_block_that_does_not_follow_is_not_proposed() {
    let mut cluster = Cluster::new(1);
    cluster.start_all();
    cluster.reach(2, STEP);
    cluster.machines[0].lying.store(true, Ordering::Relaxed);
    let machine = &cluster.machines[0];
    let asked_again = wait_for(|| machine.lies.load(Ordering::Relaxed) >= 2);
    assert!(asked_again, "the engine refuses a block, lives, and asks again");
    // Blocks proposed before may still become final; after them the chain stands.
    let stands = || {
        let height = machine.height();
        std::thread::sleep(Duration::from_secs(1));
        machine.height() == height
    };
    assert!(wait_for(stands), "no refused block becomes final");
    let height = machine.height();
    cluster.machines[0].lying.store(false, Ordering::Relaxed);
    cluster.reach(height + 2, STEP);
    cluster.stop(0);
}

#[test]
fn what_prevents_a_start_is_named() {
    let mut cluster = Cluster::new(4);
    let plan = cluster.plan.clone();
    let refused = |config| match start(config, Toy::new(plan.clone())) {
        Ok(_) => panic!("started"),
        Err(error) => error,
    };

    let mut config = cluster.config(0);
    config.genesis_header = header(1, [0; 32], b"").to_vec();
    config.worker_threads = 0;
    config.epoch_blocks = 1;
    let StartError::Config { faults } = refused(config) else { panic!("another error") };
    assert!(faults.contains(&ConfigFault::GenesisHeight { height: 1 }), "{faults:?}");
    let out_of_range = |fault: &&ConfigFault| matches!(fault, ConfigFault::OutOfRange { setting, .. } if ["worker_threads", "epoch_blocks"].contains(setting));
    assert_eq!(faults.iter().filter(out_of_range).count(), 2, "{faults:?}");
    assert_eq!(faults.len(), 3, "{faults:?}");

    let twice = Toy::new(Cluster::with_committees(1, 100, vec![vec![0, 0]]).plan.clone());
    let Err(StartError::Engine(EngineError::Committee { epoch: 0, reason })) = start(cluster.config(0), twice) else {
        panic!("another end")
    };
    assert!(reason.contains("0 and 1 have the same key"), "{reason}");

    let address = cluster.plan.nodes[0].address.clone();
    let taken = TcpListener::bind(&address).expect("still free");
    let error = refused(cluster.config(0));
    assert!(matches!(error, StartError::Listen { .. }), "{error}");
    assert!(error.to_string().contains(&address), "{error}");
    drop(taken);

    cluster.start(0);
    let mut config = cluster.config(0);
    config.listen.set_port(common::free_ports(1)[0]);
    assert!(matches!(refused(config), StartError::Storage(StorageError::InUse { .. })));
    cluster.stop(0);
    let mut config = cluster.config(0);
    let mut other = header(0, [9; 32], b"").to_vec();
    std::mem::swap(&mut config.genesis_header, &mut other);
    assert!(matches!(refused(config), StartError::Storage(StorageError::OtherChain { .. })));
}

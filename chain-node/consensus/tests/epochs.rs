//! Validators come and go while the chain runs: joins, a removal, a replacement, stops and failures around the boundary.

#[expect(dead_code, reason = "the helpers are for all test programs of the folder")]
mod common;

use common::{Cluster, NAMESPACE};
use std::{
    sync::{Mutex, MutexGuard, PoisonError, atomic::Ordering},
    time::{Duration, Instant},
};
use tracelight_consensus::{Activity, EngineError, Handle, NO_VOTES_NAME};
use tracelight_proof::certificate::{Certificate, CertificateError};

/// The machine is shared with other builds.
const STEP: Duration = Duration::from_secs(60);

/// Longest gap between the last block of an epoch and the first of the next.
const STALL_MAX: Duration = Duration::from_secs(5);

/// Several clusters at once would measure the machine.
static ONE_CLUSTER: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ONE_CLUSTER.lock().unwrap_or_else(PoisonError::into_inner)
}

fn votes_in(cluster: &Cluster, node: usize, epoch: u64) -> Option<bool> {
    let seen = cluster.machines[node].seen();
    seen.activity.iter().find_map(|activity| match activity {
        Activity::Epoch { epoch: of, votes, .. } if *of == epoch => Some(*votes),
        _ => None,
    })
}

/// Gaps at the boundaries that a node went through live, longest last. Every one is shorter than [`STALL_MAX`].
#[track_caller]
fn stalls(cluster: &Cluster, node: usize, epochs: std::ops::Range<u64>) -> Vec<Duration> {
    let times = cluster.machines[node].seen().times.clone();
    let gap = |epoch| {
        let last = cluster.plan.last(epoch);
        Some(times.get(&(last + 1))?.duration_since(*times.get(&last)?))
    };
    let mut gaps: Vec<_> = epochs.filter_map(gap).collect();
    gaps.sort_unstable();
    assert!(gaps.iter().all(|gap| *gap < STALL_MAX), "stalls at node {node}: {gaps:?}");
    gaps
}

/// Every node that has the last block of an epoch got its certificate with it.
#[track_caller]
fn boundaries_are_certified(cluster: &Cluster) -> usize {
    let mut found = 0;
    for (node, machine) in cluster.machines.iter().enumerate() {
        let seen = machine.seen();
        let boundaries =
            (0..).map(|epoch| cluster.plan.last(epoch)).take_while(|last| *last <= seen.blocks.len() as u64);
        for height in boundaries {
            let (_, certificate) = seen.blocks.get(&height).expect("no gaps");
            assert!(certificate.is_some(), "node {node}, block {height}");
            found += 1;
        }
    }
    found
}

#[test]
fn members_come_and_go_and_the_chain_goes_on() {
    let _alone = alone();
    let committees = vec![
        vec![0, 1, 2, 3],
        vec![0, 1, 2, 3],
        vec![0, 1, 2, 3, 4], // a fifth joins
        vec![1, 2, 3, 4],    // the first is removed
        vec![1, 2, 3, 4],
        vec![1, 2, 3, 5], // the fifth is replaced
    ];
    let mut cluster = Cluster::with_committees(6, 25, committees);
    (0..4).for_each(|node| cluster.start(node));
    cluster.reach(10, STEP);
    // It looks on first, and votes when its time comes.
    cluster.start(4);
    cluster.reach(cluster.plan.last(3) + 5, STEP);
    assert_eq!(votes_in(&cluster, 4, 2), Some(true), "the newcomer votes as soon as it belongs");
    assert_eq!(votes_in(&cluster, 0, 2), Some(true));
    assert_eq!(votes_in(&cluster, 0, 3), Some(false), "the removed one looks on");
    // A node that was never there crosses all epochs at once.
    cluster.start(5);
    cluster.reach(cluster.plan.last(6) + 5, STEP);
    assert_eq!(votes_in(&cluster, 5, 6), Some(true));
    assert_eq!(votes_in(&cluster, 4, 6), Some(false));
    cluster.agree();
    let checked = cluster.check_certificates();
    let boundaries = boundaries_are_certified(&cluster);
    let gaps = stalls(&cluster, 1, 0..6);
    println!("{checked} certificates good, {boundaries} boundaries certified; gaps at boundaries {gaps:?}");
    assert!(boundaries >= 6 * 6);
    old_keys_do_not_certify_a_later_epoch(&cluster);
    (0..6).for_each(|node| cluster.stop(node));
}

#[track_caller]
fn old_keys_do_not_certify_a_later_epoch(cluster: &Cluster) {
    let height = cluster.plan.last(3);
    let (id, certificate) = cluster.machines[1].seen().blocks[&height].clone();
    let certificate = certificate.expect("certified");
    let founders = cluster.plan.checker(0);
    let verdict = Certificate::parse(&certificate, &founders).and_then(|it| it.verify(NAMESPACE, &founders, &id));
    assert!(matches!(verdict, Err(CertificateError::BadSignature { .. })), "{verdict:?}");
}

/// How an engine ended, if it does within this time.
fn ended_within(engine: &Handle, time: Duration) -> Option<Result<(), EngineError>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async { tokio::time::timeout(time, engine.ended()).await.ok() })
}

#[test]
fn stops_and_failures_around_a_boundary_lose_nothing() {
    let _alone = alone();
    let mut cluster = Cluster::with_committees(5, 20, vec![vec![0, 1, 2, 3], vec![0, 1, 2, 3], vec![1, 2, 3, 4]]);
    (0..5).for_each(|node| cluster.start(node));
    // One goes away just before a boundary and comes back epochs later.
    cluster.reach(cluster.plan.last(0) - 3, STEP);
    drop(cluster.engines[3].take());
    let away = cluster.machines[3].height();
    cluster.reach(cluster.plan.last(2) + 3, STEP);
    cluster.start(3);
    cluster.reach(cluster.plan.last(3) + 3, STEP);
    assert_eq!(votes_in(&cluster, 3, 4), Some(true));
    cluster.agree();

    // All take the last block of an epoch and fail before it is acknowledged. The epoch after the next, because some may be
    // entering the next one by now.
    let next = cluster.plan.epoch(cluster.machines[1].height()) + 2;
    for machine in &cluster.machines {
        machine.speechless_from.store(next, Ordering::Relaxed);
    }
    let mut failed = Vec::new();
    for node in 0..5 {
        let engine = cluster.engines[node].take().expect("running");
        // Who was a block behind when the others failed has nobody to ask, and is stopped as it is.
        if let Some(ended) = ended_within(&engine, Duration::from_secs(20)) {
            assert!(matches!(&ended, Err(EngineError::Committee { epoch, .. }) if *epoch == next), "{ended:?}");
            assert_eq!(cluster.machines[node].height(), cluster.plan.last(next - 1), "taken, not acknowledged");
            failed.push(node);
        }
        let _ = engine.shutdown();
        cluster.machines[node].speechless_from.store(u64::MAX, Ordering::Relaxed);
    }
    assert!(failed.len() >= 3, "those without whom there is no block end with it: {failed:?}");
    let repeated: Vec<_> = cluster.machines.iter().map(|machine| machine.seen().repeated).collect();
    cluster.start_all();
    let resumed = cluster.reach(cluster.plan.last(next) + 3, STEP);
    for node in failed {
        assert!(cluster.machines[node].seen().repeated > repeated[node], "the last block of the epoch came again");
    }

    // All stop at once, somewhere near a boundary.
    for engine in &mut cluster.engines {
        drop(engine.take());
    }
    let highest = cluster.machines.iter().map(|machine| machine.height()).max().expect("nodes");
    // Dropping does not wait; the folders are free when the threads are done.
    std::thread::sleep(Duration::from_secs(2));
    cluster.start_all();
    let again = cluster.reach(highest + 25, STEP);
    cluster.agree();
    let checked = cluster.check_certificates();
    println!(
        "away at {away}, back in epoch 3; resumed over a boundary in {resumed:?}, after a full stop in {again:?}; \
         {checked} certificates, {} boundaries",
        boundaries_are_certified(&cluster)
    );
    (0..5).for_each(|node| cluster.stop(node));
}

#[test]
fn a_key_on_two_hosts_is_found_and_one_of_them_stops_voting() {
    let _alone = alone();
    let mut cluster = Cluster::with_committees(4, 1000, vec![vec![0, 1, 2, 3]]);
    let double = cluster.double(3);
    let port = common::free_ports(1)[0];
    let nowhere = || "".to_owned();
    let hide = |machine: &common::Toy, nodes: &[usize]| {
        let mut addresses = machine.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        nodes.iter().for_each(|node| drop(addresses.insert(*node, nowhere())));
    };
    // Node 3 and node 0 call each other; the double and nodes 1 and 2 do.
    hide(&cluster.machines[3], &[1, 2]);
    hide(&cluster.machines[double], &[0]);
    for node in [1, 2] {
        let mut addresses = cluster.machines[node].addresses.lock().unwrap_or_else(PoisonError::into_inner);
        addresses.insert(3, format!("127.0.0.1:{port}"));
    }
    let start = Instant::now();
    let mut config = cluster.config(double);
    config.listen = format!("127.0.0.1:{port}").parse().expect("an address");
    let machine = cluster.machines[double].clone();
    cluster.engines[double] = Some(tracelight_consensus::start(config, machine).expect("the double starts"));
    (0..4).for_each(|node| cluster.start(node));
    let found = |node: usize| {
        let seen = cluster.machines[node].seen();
        seen.activity.iter().any(|activity| matches!(activity, Activity::KeyUsedElsewhere { .. }))
    };
    while !found(3) && !found(double) {
        assert!(start.elapsed() < STEP, "nobody noticed; heights {:?}", heights(&cluster));
        std::thread::sleep(Duration::from_millis(20));
    }
    let took = start.elapsed();
    let loser = if found(3) { 3 } else { double };
    let mark = cluster.dir(loser).join(NO_VOTES_NAME);
    let why = std::fs::read_to_string(&mark).expect("the mark is there");
    println!("found after {took:?} by node {loser}: {why}");
    // It follows, also after a restart, and the others go on.
    let height = cluster.machines[0].height();
    cluster.reach(height + 10, STEP);
    cluster.agree();
    if loser == 3 {
        cluster.stop(3);
        cluster.start(3);
        let seen_last = || {
            let seen = cluster.machines[3].seen();
            seen.activity.iter().rev().find_map(|activity| match activity {
                Activity::Epoch { votes, .. } => Some(*votes),
                _ => None,
            })
        };
        let wait = Instant::now();
        while seen_last() != Some(false) {
            assert!(wait.elapsed() < STEP, "the mark counts after a restart");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    for engine in &mut cluster.engines {
        drop(engine.take());
    }
}

fn heights(cluster: &Cluster) -> Vec<u64> {
    cluster.machines.iter().map(|machine| machine.height()).collect()
}

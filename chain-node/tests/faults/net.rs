//! Partitions. A side without a quorum makes nothing final; after the healing the chain goes on within [`HEAL_MAX`].

use crate::common::Cluster;
use crate::history::Load;
use crate::namespaces::{Namespaces, can_cut};
use crate::{check, one_cluster};
use anyhow::ensure;
use std::time::{Duration, Instant};
use tracelight_testkit::machine::{able, soak};

const BOUND: Duration = Duration::from_secs(90);
/// From the healing to the next acknowledgement. TCP itself waits up to twice as long as the cut lasted before it tries
/// again; the rest is the timeouts of views.
const HEAL_MAX: Duration = Duration::from_secs(20);
/// What was final when the cut came may still be on its way for so long.
const SETTLE: Duration = Duration::from_millis(1_500);
const CUT: Duration = Duration::from_secs(4);
/// For those who have a quorum while somebody is cut off: blocks, and the longest time for them.
const BLOCKS: u64 = 3;
const GO_ON_MAX: Duration = Duration::from_secs(20);

#[test]
fn partitions_stop_the_minority_and_heal() -> anyhow::Result<()> {
    if !able("partitions", can_cut()) {
        return Ok(());
    }
    let _one = one_cluster();
    let mut cluster = Cluster::found()?;
    let net = Namespaces::for_cluster(&mut cluster)?;
    cluster.start_all()?;
    let load = Load::start(&cluster, 7, 3);
    for round in 0..soak() {
        load.wait_for(10, BOUND)?;
        halves(&cluster, &net, &load, round)?;
        isolated(&cluster, &net, &load, round % 4)?;
        one_way(&cluster, &net, &load, round % 4)?;
        flapping(&net, &load, round % 4)?;
    }
    let history = load.finish()?;
    check::check(&mut cluster, &history)?;
    Ok(())
}

fn heights(cluster: &Cluster, nodes: &[usize]) -> anyhow::Result<Vec<u64>> {
    nodes.iter().map(|node| Ok(cluster.status(*node)?.executed)).collect()
}

/// No new block becomes final among these nodes while the cut lasts. One that lags may still fetch what was final before.
fn stand_still(cluster: &Cluster, nodes: &[usize]) -> anyhow::Result<()> {
    std::thread::sleep(SETTLE);
    let before = heights(cluster, nodes)?;
    std::thread::sleep(CUT);
    let after = heights(cluster, nodes)?;
    let (newest, now) = (before.iter().max(), after.iter().max());
    ensure!(newest == now, "nodes {nodes:?} went from {before:?} to {after:?} without a quorum");
    Ok(())
}

/// These have a quorum and make blocks. Members' calls say less: who waited for a node that is cut off asks it no more for
/// a while, and so it is with the nodes of the cut before.
fn go_on(cluster: &Cluster, nodes: &[usize], what: &str) -> anyhow::Result<()> {
    let newest = || anyhow::Ok(heights(cluster, nodes)?.into_iter().max().unwrap_or(0));
    let (started, goal) = (Instant::now(), newest()? + BLOCKS);
    while newest()? < goal {
        ensure!(started.elapsed() < GO_ON_MAX, "{what}: the others made no {BLOCKS} blocks within {GO_ON_MAX:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
    println!("{what}: {BLOCKS} blocks of the others in {:?}", started.elapsed());
    Ok(())
}

fn healed(net: &Namespaces, load: &Load, what: &str) -> anyhow::Result<()> {
    net.heal()?;
    let started = Instant::now();
    load.wait_for(1, HEAL_MAX)?;
    println!("{what}: the next acknowledgement {:?} after the healing", started.elapsed());
    load.wait_for(10, BOUND)?;
    Ok(())
}

/// Two and two: nobody has a quorum, everybody stands still and says what is missing.
fn halves(cluster: &Cluster, net: &Namespaces, load: &Load, round: usize) -> anyhow::Result<()> {
    let halves = [([0, 1], [2, 3]), ([0, 2], [1, 3]), ([0, 3], [1, 2])];
    let (one, other) = halves[round % halves.len()];
    net.part(&one, &other)?;
    stand_still(cluster, &[0, 1, 2, 3])?;
    healed(net, load, "halves")
}

/// One alone, its turns as leader included: it stands still, the other three go on.
fn isolated(cluster: &Cluster, net: &Namespaces, load: &Load, node: usize) -> anyhow::Result<()> {
    let others: Vec<usize> = (0..4).filter(|other| *other != node).collect();
    net.part(&[node], &others)?;
    go_on(cluster, &others, &format!("node {node} alone"))?;
    stand_still(cluster, &[node])?;
    let without = load.wait_for(8, BOUND)?;
    println!("node {node} alone: 8 acknowledgements of the others in {without:?}");
    healed(net, load, "one alone")
}

/// One that is heard and does not hear: the other three go on.
fn one_way(cluster: &Cluster, net: &Namespaces, load: &Load, node: usize) -> anyhow::Result<()> {
    let others: Vec<usize> = (0..4).filter(|other| *other != node).collect();
    let deaf: Vec<(usize, usize)> = others.iter().map(|other| (node, *other)).collect();
    net.cut(&deaf)?;
    go_on(cluster, &others, &format!("node {node} deaf"))?;
    stand_still(cluster, &[node])?;
    let without = load.wait_for(8, BOUND)?;
    println!("node {node} deaf: 8 acknowledgements of the others in {without:?}");
    healed(net, load, "one way")
}

/// A cut that comes and goes, at another place each time.
fn flapping(net: &Namespaces, load: &Load, first: usize) -> anyhow::Result<()> {
    for turn in 0..8 {
        let node = (first + turn) % 4;
        let others: Vec<usize> = (0..4).filter(|other| *other != node).collect();
        net.part(&[node], &others[..1 + turn % 3])?;
        std::thread::sleep(Duration::from_millis(400));
        net.heal()?;
        std::thread::sleep(Duration::from_millis(150));
    }
    healed(net, load, "flapping")
}

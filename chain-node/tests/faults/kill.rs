//! kill -9, with the page cache surviving. What the disk loses in a power cut is the simulation's part.

use crate::common::Cluster;
use crate::history::Load;
use crate::{check, one_cluster};
use std::time::{Duration, Instant};
use tracelight_testkit::machine::soak;

const BOUND: Duration = Duration::from_secs(90);

/// Each round: two single nodes die one after the other, then two at once (more than the chain stands: nothing may become
/// final), and in the last round all four. Fourteen kills in a run of normal size, two of them during a start.
#[test]
fn killed_nodes_lose_nothing_that_was_acknowledged() -> anyhow::Result<()> {
    let _one = one_cluster();
    let mut cluster = Cluster::start()?;
    let load = Load::start(&cluster, 1, 3);
    load.wait_for(20, BOUND)?;
    let (mut kills, mut slowest) = (0, Duration::ZERO);
    for round in 0..2 * soak() {
        for node in [round, round + 1] {
            kills += kill_one(&mut cluster, &load, node % 4, round)?;
        }
        let (back, count) = kill_several(&mut cluster, &load, &[round % 4, (round + 2) % 4])?;
        (slowest, kills) = (slowest.max(back), kills + count);
        if round % 2 == 1 {
            let (back, count) = kill_several(&mut cluster, &load, &[0, 1, 2, 3])?;
            (slowest, kills) = (slowest.max(back), kills + count);
        }
    }
    let history = load.finish()?;
    println!("{kills} kills; longest way from the last start to the next acknowledgement: {slowest:?}");
    check::check(&mut cluster, &history)?;
    Ok(())
}

/// One of four: the others go on without it, then it comes back while they work.
fn kill_one(cluster: &mut Cluster, load: &Load, node: usize, round: usize) -> anyhow::Result<usize> {
    cluster.kill9(node)?;
    let without = load.wait_for(6, BOUND)?;
    cluster.start_node(node)?;
    let started = Instant::now();
    // Every second time it dies again while it catches up.
    if round % 2 == 1 {
        std::thread::sleep(Duration::from_millis(150));
        cluster.kill9(node)?;
        cluster.start_node(node)?;
    }
    let height = cluster.status((node + 1) % 4)?.executed;
    cluster.wait_height(node, height)?;
    println!("node {node} killed: 6 acknowledgements in {without:?} without it, caught up in {:?}", started.elapsed());
    load.wait_for(3, BOUND)?;
    Ok(1 + round % 2)
}

/// More than the chain stands: it has to stop, and to go on by itself when they are back.
fn kill_several(cluster: &mut Cluster, load: &Load, nodes: &[usize]) -> anyhow::Result<(Duration, usize)> {
    for node in nodes {
        cluster.kill9(*node)?;
    }
    let alive: Vec<usize> = (0..4).filter(|node| !nodes.contains(node)).collect();
    let heights = |cluster: &Cluster| {
        alive.iter().map(|node| Ok(cluster.status(*node)?.executed)).collect::<anyhow::Result<Vec<_>>>()
    };
    let before = settled(|| heights(cluster))?;
    std::thread::sleep(Duration::from_secs(2));
    let after = heights(cluster)?;
    anyhow::ensure!(after == before, "blocks became final without a quorum: {before:?}, then {after:?}");
    for node in nodes {
        cluster.spawn_node(*node)?;
    }
    let started = Instant::now();
    load.wait_for(1, BOUND)?;
    let back = started.elapsed();
    println!("nodes {nodes:?} killed at once: the next acknowledgement {back:?} after their start");
    for node in nodes {
        cluster.wait_started(*node)?;
    }
    load.wait_for(6, BOUND)?;
    Ok((back, nodes.len()))
}

/// The heights once they stand still for a second: the votes of nodes that were killed may still be in the others' sockets, and
/// they make few blocks final. A chain that goes on without a quorum never stands still.
fn settled(heights: impl Fn() -> anyhow::Result<Vec<u64>>) -> anyhow::Result<Vec<u64>> {
    let mut last = heights()?;
    for _ in 0..10 {
        std::thread::sleep(Duration::from_secs(1));
        let now = heights()?;
        if now == last {
            return Ok(now);
        }
        last = now;
    }
    anyhow::bail!("the chain goes on without a quorum: {last:?}")
}

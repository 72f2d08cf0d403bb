//! A node that stands still or whose disk is slow, without being dead.
//!
//! One that stands still is passed over after a few timeouts, and the others keep their pace. One that is merely slow keeps
//! its turns as leader, and each turn takes as long as it takes, up to the leader timeout: a member that waits for each
//! transaction before it sends the next feels that. What this file asks for is that they go on at all, at a stated pace.

use crate::common::Cluster;
use crate::history::Load;
use crate::trace::{Trace, can_trace};
use crate::{check, one_cluster, soak};
use anyhow::ensure;
use std::time::{Duration, Instant};
use tracelight_testkit::machine::able;

const BOUND: Duration = Duration::from_secs(120);
const VICTIM: usize = 3;
/// The others have to reach this part of their pace. On its own machine each would keep nearly all of it; here all share two
/// cores with whatever else runs.
const PACE_MIN: f64 = 0.2;
/// Acknowledgements a second beside a leader that needs most of its timeout: four members, each with one transaction on its
/// way, three quick blocks and a slow one in 1.5 s make 10; half of that is asked for.
const SLOW_PACE_MIN: f64 = 5.0 / 1.5;

/// Acknowledgements a second over this many.
fn pace(load: &Load, count: usize) -> anyhow::Result<f64> {
    Ok(count as f64 / load.wait_for(count, BOUND)?.as_secs_f64())
}

#[test]
fn a_node_that_stands_still_does_not_hold_up_the_others() -> anyhow::Result<()> {
    let _one = one_cluster();
    let mut cluster = Cluster::start()?;
    let load = Load::start(&cluster, 5, 3);
    for _ in 0..soak() {
        load.leave_out(VICTIM);
        load.wait_for(40, BOUND)?;
        let before = pace(&load, 80)?;
        cluster.node(VICTIM)?.signal("STOP")?;
        // Until it is passed over its turns cost a timeout each.
        std::thread::sleep(Duration::from_secs(6));
        let during = pace(&load, 80);
        cluster.node(VICTIM)?.signal("CONT")?;
        let during = during?;
        load.take_in(VICTIM);
        let started = Instant::now();
        let height = cluster.status(0)?.executed;
        cluster.wait_height(VICTIM, height)?;
        println!(
            "acknowledgements a second: {before:.1}, {during:.1} with one node stopped ({:.0} %); it caught up in {:?}",
            100.0 * during / before,
            started.elapsed()
        );
        ensure!(during >= PACE_MIN * before, "{during:.1} instead of {before:.1} a second");
    }
    let history = load.finish()?;
    check::check(&mut cluster, &history)?;
    Ok(())
}

#[test]
fn a_slow_disk_does_not_hold_up_the_others() -> anyhow::Result<()> {
    if !able("a slow disk", can_trace()) {
        return Ok(());
    }
    let _one = one_cluster();
    let mut cluster = Cluster::start()?;
    let load = Load::start(&cluster, 6, 3);
    load.leave_out(VICTIM);
    load.wait_for(40, BOUND)?;
    let before = pace(&load, 80)?;
    let pid = cluster.node(VICTIM)?.pid();
    let scratch = cluster.scratch().to_owned();
    // 200 ms for each sync.
    let slow = "inject=fdatasync,fsync:delay_enter=200000";
    let trace = Trace::attach(pid, &["-e", "trace=fdatasync,fsync", "-e", slow], &scratch, "slow")?;
    std::thread::sleep(Duration::from_secs(6));
    let during = pace(&load, 80)?;
    let lines = trace.detach()?;
    load.take_in(VICTIM);
    ensure!(lines.iter().filter(|line| line.contains("DELAYED")).count() > 3, "the disk was not slow: {lines:?}");
    println!("acknowledgements a second: {before:.1}, {during:.1} with a slow disk ({:.0} %)", 100.0 * during / before);
    ensure!(during >= SLOW_PACE_MIN, "{during:.1} a second, not {SLOW_PACE_MIN:.1}");
    let history = load.finish()?;
    check::check(&mut cluster, &history)?;
    Ok(())
}

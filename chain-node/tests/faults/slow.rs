//! A node that stands still or whose disk is slow, without being dead.
//!
//! Both are passed over when their votes have come too late for a few views, and the others keep most of their pace. The
//! simulation asks for that in virtual time (`chain-node/sim/tests/seeds.rs`). Here all share two cores with the tool that
//! makes the disk slow and with whatever else runs: the bounds have room for that, and the longest waits are printed and not judged.

use crate::common::Cluster;
use crate::history::Load;
use crate::trace::{Trace, can_trace};
use crate::{check, one_cluster};
use anyhow::ensure;
use std::time::{Duration, Instant};
use tracelight_testkit::machine::{able, soak};

const BOUND: Duration = Duration::from_secs(120);
const VICTIM: usize = 3;
/// The others have to reach this part of their pace. On its own machine each would keep nearly all of it; here all share two
/// cores with whatever else runs.
const PACE_MIN: f64 = 0.2;
/// The same beside a slow disk. Without passing it over it is a tenth: one turn of four takes more than half a second.
const SLOW_PART_MIN: f64 = 0.6;
/// Until the others know that it is slow.
const SETTLE: Duration = Duration::from_secs(4);
/// Fast and slow by turns, because the machine's own pace moves.
const TURNS: usize = 3;
/// Seconds of each turn. The slow node is tried again now and then, which costs a timeout of half a second: on a fast machine that
/// outweighed a turn of so many transactions.
const TURN_S: f64 = 5.0;
/// Transactions until the pace of this machine is known.
const FIRST_TXS: usize = 120;

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
    let turn_txs = (pace(&load, FIRST_TXS)? * TURN_S) as usize;
    let pid = cluster.node(VICTIM)?.pid();
    let scratch = cluster.scratch().to_owned();
    let (mut fast, mut slow) = (Turn::default(), Turn::default());
    for turn in 0..TURNS {
        fast.add(&load, turn_txs)?;
        // 200 ms for each sync.
        let delay = "inject=fdatasync,fsync:delay_enter=200000";
        let name = format!("slow{turn}");
        let trace = Trace::attach(pid, &["-e", "trace=fdatasync,fsync", "-e", delay], &scratch, &name)?;
        std::thread::sleep(SETTLE);
        slow.add(&load, turn_txs)?;
        let lines = trace.detach()?;
        ensure!(lines.iter().filter(|line| line.contains("DELAYED")).count() > 3, "the disk was not slow: {lines:?}");
        std::thread::sleep(SETTLE);
    }
    load.take_in(VICTIM);
    let pace = slow.pace() / fast.pace();
    println!(
        "acknowledgements a second: {:.1}, {:.1} with a slow disk ({:.0} %); 99 of 100 within {:.0} ms, {:.0} ms",
        fast.pace(),
        slow.pace(),
        100.0 * pace,
        1000.0 * fast.p99_s(),
        1000.0 * slow.p99_s()
    );
    ensure!(pace >= SLOW_PART_MIN, "{:.1} instead of {:.1} a second", slow.pace(), fast.pace());
    let history = load.finish()?;
    check::check(&mut cluster, &history)?;
    Ok(())
}

/// What was measured over several turns.
#[derive(Default)]
struct Turn {
    took: Duration,
    waits: Vec<Duration>,
    txs: usize,
}

impl Turn {
    fn add(&mut self, load: &Load, txs: usize) -> anyhow::Result<()> {
        let since = Instant::now();
        self.took += load.wait_for(txs, BOUND)?;
        self.txs += txs;
        self.waits.extend(load.waits_since(since));
        self.waits.sort_unstable();
        Ok(())
    }

    fn pace(&self) -> f64 {
        self.txs as f64 / self.took.as_secs_f64()
    }

    fn p99_s(&self) -> f64 {
        self.waits.get(self.waits.len() * 99 / 100).map_or(f64::NAN, Duration::as_secs_f64)
    }
}

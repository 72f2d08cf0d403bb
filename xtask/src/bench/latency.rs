//! `bench latency`: how long a transaction takes from submission to its certified, executed, synced block, against what the
//! bare engine takes for an empty block.
//!
//! - The load is a tenth of what the chain took in a burst of this run. Probes are single transactions in between, each
//!   submitted over HTTP with a wait for "applied".
//! - The bare engine is the same wiring with an application that does nothing (`chain-node bench-engine`): four processes,
//!   empty blocks one after the other, time from proposal to durable delivery. The chain is idle meanwhile.
//! - `latency.ratio` is the median over interleaved pairs of the two p50.
//! - Where the time goes, by the metrics of the node that the probes ask, means over its blocks with transactions:
//!   `latency.agreed_ms` from the proposal as seen there until the block is known to be final, `latency.executed_ms` from then
//!   until it is executed and on the disk. The rest of a probe is its way in, its way to the leader, the wait for a block
//!   that is under way, and the way back.

use super::load::{Chain, goods, median, percentile_ms, rounded, submit_all};
use crate::demo::alliance::{Binaries, bare_engine};
use anyhow::{Context, ensure};
use clap::Args;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tracelight_domain::tx::SignedTx;
use tracelight_testkit::process::http_get;

/// Transactions of the burst that tells the chain's capacity.
const BURST: usize = 5_000;
/// Calls a second under load; each carries its share of transactions.
const CALLS_PER_S: u32 = 20;
/// How long a node may take to tell its metrics.
const METRICS_MAX: Duration = Duration::from_secs(5);
/// Time between probes.
const PROBE_EVERY: Duration = Duration::from_millis(50);

/// What to run.
#[derive(Args)]
pub struct Options {
    /// Interleaved pairs.
    #[arg(long, default_value_t = 5)]
    pairs: usize,
    /// Probes in each pair.
    #[arg(long, default_value_t = 60)]
    probes: usize,
}

pub async fn run(options: &Options) -> anyhow::Result<()> {
    ensure!(options.pairs > 0 && options.probes > 0, "at least one pair and one probe");
    let scratch = tempfile::tempdir()?;
    let chain = Chain::start(scratch.path()).await?;
    // At most twice the burst is needed for the load of all pairs, which the loop below stays within.
    let load_txs = BURST * 4;
    let goods = goods(&chain.builder, &chain.key, BURST + load_txs + options.pairs * options.probes)?;
    chain.set_up(goods.set_up).await?;
    let (burst, rest) = goods.samples.split_at(BURST);
    let (mut load, mut probes) = rest.split_at(load_txs);
    let capacity = BURST as f64 / chain.apply_all(burst).await?;
    let per_call = ((capacity / 10.0 / f64::from(CALLS_PER_S)).round() as usize).max(1);

    let before = Parts::read(chain.alliance.rpc_address(0))?;
    let (mut ours, mut bare, mut ratios) = (vec![], vec![], vec![]);
    for pair in 0..options.pairs {
        let engine = bare_engine(&Binaries::built()?, &scratch.path().join(format!("bare-{pair}")))?;
        let (now, later) = probes.split_at(options.probes);
        probes = later;
        let mut waits = under_load(&chain, &mut load, now, per_call).await?;
        waits.sort_unstable();
        let p50 = percentile_ms(&waits, 0.5);
        eprintln!("submission to applied {p50:.1} ms, bare engine {engine:.1} ms, ratio {:.2}", p50 / engine);
        ours.push(p50);
        bare.push(engine);
        ratios.push(p50 / engine);
    }
    let after = Parts::read(chain.alliance.rpc_address(0))?;
    let result = serde_json::json!({
        "latency.agreed_ms": rounded(after.agreed.mean_since(before.agreed) * 1000.0),
        "latency.executed_ms": rounded(after.executed.mean_since(before.executed) * 1000.0),
        "latency.p50_ms": rounded(median(&ours)),
        "latency.bare_p50_ms": rounded(median(&bare)),
        "latency.ratio": rounded(median(&ratios)),
        "latency.load_tx_per_s": per_call * CALLS_PER_S as usize,
        "latency.capacity_tx_per_s": capacity.round(),
        "latency.pairs": options.pairs,
        "latency.probes": options.pairs * options.probes,
    });
    println!("{result}");
    Ok(())
}

/// A histogram so far.
#[derive(Clone, Copy)]
struct Times {
    sum: f64,
    count: f64,
}

impl Times {
    /// 0 when the node says nothing of it yet.
    fn of(metrics: &str, name: &str) -> Self {
        let value = |part: &str| {
            let line = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(part));
            line.and_then(|rest| rest.trim().parse().ok()).unwrap_or(0.0)
        };
        Self { sum: value("_sum "), count: value("_count ") }
    }

    fn mean_since(self, before: Self) -> f64 {
        (self.sum - before.sum) / (self.count - before.count)
    }
}

/// What a node says of the parts of a transaction's time.
struct Parts {
    agreed: Times,
    executed: Times,
}

impl Parts {
    fn read(rpc: SocketAddr) -> anyhow::Result<Self> {
        let answer = http_get(rpc, "/metrics", METRICS_MAX)?;
        ensure!(answer.status == 200, "the node answers {} to a question for its metrics", answer.status);
        let metrics = String::from_utf8_lossy(&answer.body);
        let of = |name| Times::of(&metrics, name);
        Ok(Self { agreed: of("tracelight_block_agreed_seconds"), executed: of("tracelight_block_executed_seconds") })
    }
}

/// Probes one after the other while the load goes on beside them.
async fn under_load(
    chain: &Chain,
    load: &mut &[SignedTx],
    probes: &[SignedTx],
    per_call: usize,
) -> anyhow::Result<Vec<Duration>> {
    let mut calls = tokio::task::JoinSet::new();
    let mut tick = tokio::time::interval(Duration::from_secs(1) / CALLS_PER_S);
    let probe = async {
        let mut waits = Vec::with_capacity(probes.len());
        for tx in probes {
            let started = Instant::now();
            submit_all(&chain.nodes[0], std::slice::from_ref(tx)).await?;
            waits.push(started.elapsed());
            tokio::time::sleep(PROBE_EVERY).await;
        }
        anyhow::Ok(waits)
    };
    tokio::pin!(probe);
    let waits = loop {
        tokio::select! {
            waits = &mut probe => break waits?,
            _ = tick.tick() => {
                let (now, later) = load.split_at_checked(per_call).context("the load is used up; ask for fewer probes")?;
                *load = later;
                let (now, node) = (now.to_vec(), chain.nodes[calls.len() % chain.nodes.len()].clone());
                calls.spawn(async move { submit_all(&node, &now).await });
            }
        }
    };
    while let Some(call) = calls.join_next().await {
        call??;
    }
    Ok(waits)
}

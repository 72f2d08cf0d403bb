//! `bench latency`: how long a transaction takes from submission to its certified, executed, synced block, against what the
//! bare engine takes for an empty block.
//!
//! - The load is a tenth of what the chain took in a burst of this run. Probes are single transactions in between, each
//!   submitted over HTTP with a wait for "applied".
//! - The bare engine is the same wiring with an application that does nothing (`chain-node bench-engine`): four processes,
//!   empty blocks one after the other, time from proposal to durable delivery. The chain is idle meanwhile.
//! - `latency.ratio` is the median over interleaved pairs of the two p50.

use super::load::{Chain, goods, median, percentile_ms, rounded, submit_all};
use crate::demo::alliance::{Binaries, bare_engine};
use anyhow::{Context, ensure};
use clap::Args;
use std::time::{Duration, Instant};
use tracelight_domain::tx::SignedTx;

/// Transactions of the burst that tells the chain's capacity.
const BURST: usize = 5_000;
/// Calls a second under load; each carries its share of transactions.
const CALLS_PER_S: u32 = 20;
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
    let result = serde_json::json!({
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

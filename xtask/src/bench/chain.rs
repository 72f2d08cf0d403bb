//! `bench chain`: how many single-unit transactions a second the chain makes final, against what the machine's cores could
//! verify at most.
//!
//! - Four `chain-node` processes on loopback, each with its own rocksdb; each checks every signature, and answers only
//!   after its disk is synced. They share this machine's cores.
//! - The transactions are signed before the clock starts. Each samples one pack of a sealed batch and carries the pack's
//!   membership path. One operator signs them all, as a line's does.
//! - `chain.bound_tx_per_s` = cores × batch-verify rate of one core ÷ 4: four validators that did nothing but check
//!   signatures could not do more. The rate is that of the general case, every signature by another key;
//!   `chain.bound_one_signer_tx_per_s` is that of the load itself, whose equal keys are checked together.
//! - The load comes in pieces; both rates are measured before and after each. `chain.ratio` is the median of the pieces'
//!   ratios, each against the mean of the rates around it.
//! - `chain.p50_ms`, `chain.p99_ms`: one transaction at a time from submission to "applied" at an otherwise idle chain.

use super::load::{Chain, goods, median, percentile_ms, rounded, submit_all, verify_rate, with_own_signers};
use anyhow::ensure;
use clap::Args;
use std::time::{Duration, Instant};
use tracelight_client::chain::NodeClient;
use tracelight_domain::tx::SignedTx;

/// What to run.
#[derive(Args)]
pub struct Options {
    /// Transactions under load.
    #[arg(long, default_value_t = 50_000)]
    txs: usize,
    /// Pieces of the load, each with its own bound.
    #[arg(long, default_value_t = 5)]
    pairs: usize,
    /// Transactions one at a time, for the latency.
    #[arg(long, default_value_t = 100)]
    single: usize,
}

pub async fn run(options: &Options) -> anyhow::Result<()> {
    ensure!(options.pairs > 0 && options.txs >= options.pairs, "at least one pair, and one transaction for each");
    let scratch = tempfile::tempdir()?;
    let chain = Chain::start(scratch.path()).await?;
    eprintln!("signing {} transactions", options.txs + options.single);
    let goods = goods(&chain.builder, &chain.key, options.txs + options.single)?;
    chain.set_up(goods.set_up).await?;
    let (load, single) = goods.samples.split_at(options.txs);
    let general = with_own_signers(&chain.builder, load);
    let cores = std::thread::available_parallelism()?.get();
    let bounds = || (cores as f64 * verify_rate(&general) / 4.0, cores as f64 * verify_rate(load) / 4.0);

    let (mut rates, mut bound, mut one_signer, mut ratios) = (vec![], vec![], vec![], vec![]);
    let cpu_before = chain.cpu_seconds()?;
    let mut before = bounds();
    for piece in load.chunks(options.txs.div_ceil(options.pairs)) {
        let rate = piece.len() as f64 / chain.apply_all(piece).await?;
        let after = bounds();
        let own = f64::midpoint(before.0, after.0);
        eprintln!("{rate:.0} tx/s, bound {own:.0}, ratio {:.3}", rate / own);
        rates.push(rate);
        bound.push(own);
        one_signer.push(f64::midpoint(before.1, after.1));
        ratios.push(rate / own);
        before = after;
    }
    let cpu_us = (chain.cpu_seconds()? - cpu_before) * 1e6 / 4.0 / load.len() as f64;
    let mut waits = one_at_a_time(&chain.nodes[0], single).await?;
    waits.sort_unstable();
    let result = serde_json::json!({
        "chain.tx_per_s": median(&rates).round(),
        "chain.bound_tx_per_s": median(&bound).round(),
        "chain.bound_one_signer_tx_per_s": median(&one_signer).round(),
        "chain.ratio": rounded(median(&ratios)),
        "chain.cpu_us_per_tx_and_validator": cpu_us.round(),
        "chain.p50_ms": percentile_ms(&waits, 0.50).round(),
        "chain.p99_ms": percentile_ms(&waits, 0.99).round(),
        "chain.txs": load.len(),
        "chain.pairs": ratios.len(),
        "chain.cores": cores,
        "chain.height": chain.nodes[0].status().await?.height,
    });
    println!("{result}");
    Ok(())
}

async fn one_at_a_time(node: &NodeClient, txs: &[SignedTx]) -> anyhow::Result<Vec<Duration>> {
    let mut waits = Vec::with_capacity(txs.len());
    for tx in txs {
        let started = Instant::now();
        submit_all(node, std::slice::from_ref(tx)).await?;
        waits.push(started.elapsed());
    }
    Ok(waits)
}

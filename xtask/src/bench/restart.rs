//! `bench restart`: how long a validator is away after `kill -9` when the chain holds ten million events.
//!
//! - The store is filled before the chain starts: `chain-node bench-state --load-only` writes ten million objects with one
//!   event each, sorted, straight into table files, as the state of block 0. All four validators begin with the same
//!   files, so they agree on block 0 and run the chain from there.
//! - One validator is then stopped for good, so that the other three are just a quorum, and [`TXS`] transactions are applied,
//!   so that the log and the newest versions are not empty.
//! - Then, [`KILLS`] times: `kill -9` of one of the three, which stops the chain, and a start of it at once. The chain can only
//!   move again when the started one votes. `restart.s` is the time from the kill until another validator has a new
//!   block executed; the median counts. `restart.open_s` is the part until the started one's rpc answers, which is when its
//!   stores are open; the rest is finding the others and agreeing on a view.

use super::load::{CALL_TXS, submit_all};
use crate::demo::alliance::{Alliance, Binaries, SLUGS};
use anyhow::{Context, ensure};
use clap::Args;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use tracelight_client::chain::NodeClient;
use tracelight_client::keys::Signer;
use tracelight_client::tx::TxBuilder;
use tracelight_domain::gs1::Gtin;
use tracelight_domain::tx::{Product, ProductKind, TxBody};
use tracelight_testkit::process::http_get;

/// Kills that are measured.
const KILLS: usize = 5;
/// Transactions before the first kill.
const TXS: u64 = 5_000;
/// How long a restart may take before the measurement gives up.
const RESTART_MAX: Duration = Duration::from_secs(300);
/// How often the height is asked for.
const ASK_EVERY: Duration = Duration::from_millis(5);
/// How long an answer of the started node may take.
const LIVE_MAX: Duration = Duration::from_millis(50);
/// The validator that is killed.
const KILLED: usize = 0;
/// The one that is watched.
const WATCHED: usize = 1;
/// The one that is stopped for good.
const STOPPED: usize = 3;

/// What to run.
#[derive(Args)]
pub struct Options {
    /// Events at the start.
    #[arg(long, default_value_t = 10_000_000)]
    events: u64,
}

pub async fn run(options: &Options) -> anyhow::Result<()> {
    let binaries = Binaries::built()?;
    let scratch = tempfile::tempdir()?;
    let begin = Instant::now();
    let fill = |alliance: &Path| fill(&binaries, alliance, options.events);
    let mut alliance = Alliance::start_filled(&binaries, scratch.path(), fill).await?;
    let load_s = begin.elapsed().as_secs_f64();
    let access = alliance.access()?.into_iter().nth(WATCHED).context("four nodes")?;
    let watched = &NodeClient::with_access(vec![access])?;
    ensure!(watched.status().await?.events == options.events, "the chain does not begin with the events");
    alliance.kill(STOPPED)?;
    apply(&alliance, watched).await?;
    let (mut times, mut opens) = (Vec::with_capacity(KILLS), Vec::with_capacity(KILLS));
    let rpc = alliance.rpc_address(KILLED);
    for kill in 0..KILLS {
        let begin = Instant::now();
        alliance.kill(KILLED)?;
        // Blocks that were final before the kill may still arrive; two new ones need the third vote.
        let height = watched.status().await?.height + 2;
        alliance.start_again(&binaries, KILLED)?;
        let mut open = None;
        while watched.status().await?.height < height {
            if open.is_none() && http_get(rpc, "/livez", LIVE_MAX).is_ok() {
                open = Some(begin.elapsed().as_secs_f64());
            }
            ensure!(
                begin.elapsed() < RESTART_MAX,
                "the chain has not moved {} s after the kill",
                RESTART_MAX.as_secs()
            );
            tokio::time::sleep(ASK_EVERY).await;
        }
        let took = begin.elapsed().as_secs_f64();
        let open = open.unwrap_or(took);
        eprintln!("kill {kill}: open after {open:.2} s, voting again after {took:.2} s");
        times.push(took);
        opens.push(open);
    }
    times.sort_by(f64::total_cmp);
    opens.sort_by(f64::total_cmp);
    let hundredths = |value: f64| (value * 100.0).round() / 100.0;
    let result = serde_json::json!({
        "restart.s": hundredths(times.get(KILLS / 2).copied().unwrap_or_default()),
        "restart.open_s": hundredths(opens.get(KILLS / 2).copied().unwrap_or_default()),
        "restart.max_s": hundredths(times.last().copied().unwrap_or_default()),
        "restart.events": watched.status().await?.events,
        "restart.height": watched.status().await?.height,
        "restart.load_s": load_s.round(),
        "restart.cores": std::thread::available_parallelism()?.get(),
    });
    println!("{result}");
    Ok(())
}

/// Fills the store of the first member and gives the others the same files.
fn fill(binaries: &Binaries, alliance: &Path, events: u64) -> anyhow::Result<()> {
    let store = |slug: &str| alliance.join(slug).join("data").join("store");
    let first = store(SLUGS[0]);
    eprintln!("filling a store with {events} events");
    let mut load: Command = binaries.command("chain-node");
    load.arg("bench-state").arg("--load-only").arg("--genesis").arg(alliance.join("genesis.bin"));
    let loaded = load.arg("--dir").arg(&first).args(["--keys", &events.to_string()]).output()?;
    ensure!(loaded.status.success(), "bench-state: {}", String::from_utf8_lossy(&loaded.stderr));
    for slug in &SLUGS[1..] {
        let to = store(slug);
        std::fs::create_dir_all(&to)?;
        for entry in std::fs::read_dir(&first)? {
            let entry = entry?;
            let (from, to) = (entry.path(), to.join(entry.file_name()));
            // A table file is never changed; the others are a store's own.
            if from.extension().is_some_and(|end| end == "sst") {
                std::fs::hard_link(&from, &to)?;
            } else {
                std::fs::copy(&from, &to)?;
            }
        }
    }
    Ok(())
}

/// Applies transactions that each write a new object.
async fn apply(alliance: &Alliance, node: &NodeClient) -> anyhow::Result<()> {
    let key = Signer::read(&alliance.key(SLUGS[0], "operator"))?;
    let builder = TxBuilder::valid_for(node.status().await?.chain_id.0, 0, 100_000);
    let product = |number: u64| -> anyhow::Result<TxBody> {
        Ok(TxBody::RegisterProduct(Product {
            gtin: Gtin::build(0, "6901234", number)?,
            name_en: "Bench".into(),
            name_zh: String::new(),
            detail: String::new(),
            approval: String::new(),
            hotline: String::new(),
            kind: ProductKind::Medicine,
        }))
    };
    let sign = |number: u64| Ok(builder.sign(&key, number, product(number)?)?);
    let txs = (0..TXS).map(sign).collect::<anyhow::Result<Vec<_>>>()?;
    for some in txs.chunks(CALL_TXS) {
        submit_all(node, some).await?;
    }
    Ok(())
}

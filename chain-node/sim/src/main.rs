//! `chain-sim`: runs seeds of the simulation and judges them. `cargo xtask sim` builds and starts it.
//!
//! One seed is one run: [`plan`] draws the faults, [`drive`] makes them happen to the hosts of [`host`], [`load`] sends
//! transactions, [`judge`] looks at what is left. The last line of the output is one JSON object.

mod alliance;
mod drive;
#[path = "../../tests/common/goods.rs"]
mod goods;
mod host;
mod judge;
mod liar;
mod load;
mod plan;

use clap::Parser;
use drive::{Plant, Report};
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

/// Simulates the chain with faults.
#[derive(Parser)]
#[command(name = "chain-sim", version)]
struct Cli {
    /// How many seeds.
    #[arg(long, default_value_t = 1)]
    seeds: u64,
    /// The first one.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Seeds that run at the same time; by default one more than there are cores.
    #[arg(long)]
    jobs: Option<usize>,
    /// So many of the seeds run twice and have to come out the same.
    #[arg(long, default_value_t = 0)]
    twice: u64,
    /// A fault that no node survives: the run has to fail.
    #[arg(long)]
    plant: Option<Plant>,
    /// Instead of seeds: one validator with a slow disk, and what the members of the others notice of it.
    #[arg(long)]
    gray: bool,
    /// One line a seed, and the program's log if RUST_LOG says so.
    #[arg(long)]
    verbose: bool,
}

#[derive(Default)]
struct Sum {
    failures: Vec<u64>,
    simulated_ms: u64,
    blocks: u64,
    txs: usize,
    set_changes: usize,
    answers: usize,
    crashes: u64,
    deaths: u64,
    evidence: usize,
    messages: u64,
    lost: u64,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    if cli.verbose {
        let filter = tracing_subscriber::EnvFilter::from_default_env();
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    } else {
        // Hosts panic when their disk fails; that is part of the run.
        panic::set_hook(Box::new(|_| {}));
    }
    if cli.gray {
        return gray(cli.seed);
    }
    let (began, next, sum) = (Instant::now(), AtomicU64::new(0), Mutex::new(Sum::default()));
    // One more than there are cores: a run waits now and then for its stores to close.
    let jobs = cli.jobs.unwrap_or_else(|| thread::available_parallelism().map_or(1, usize::from) + 1);
    thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= cli.seeds {
                        return;
                    }
                    one(&cli, cli.seed + index, index < cli.twice, &sum);
                }
            });
        }
    });
    let sum = sum.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    println!(
        "{}",
        serde_json::json!({
            "sim.seeds": cli.seeds,
            "sim.failures": sum.failures.len(),
            "sim.simulated_s": sum.simulated_ms / 1000,
            "sim.cpu_s": cpu_s(),
            "sim.wall_s": began.elapsed().as_secs_f64().round(),
            "sim.twice": cli.twice.min(cli.seeds),
            "sim.blocks": sum.blocks,
            "sim.txs": sum.txs,
            "sim.set_changes": sum.set_changes,
            "sim.answers": sum.answers,
            "sim.crashes": sum.crashes,
            "sim.deaths": sum.deaths,
            "sim.evidence": sum.evidence,
            "sim.messages": sum.messages,
            "sim.messages_lost": sum.lost,
        })
    );
    if sum.failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Measures one slow validator.
fn gray(seed: u64) -> ExitCode {
    let [before, during, after] = match drive::gray::run(seed).map(<[_; 3]>::try_from) {
        Ok(Ok(parts)) => parts,
        Ok(Err(parts)) => {
            println!("the run ended after {} parts", parts.len());
            return ExitCode::FAILURE;
        }
        Err(error) => {
            println!("no scratch folder: {error}");
            return ExitCode::FAILURE;
        }
    };
    let ratio = |part: usize, whole: usize| (1000.0 * part as f64 / whole.max(1) as f64).round() / 1000.0;
    println!(
        "{}",
        serde_json::json!({
            "gray.sync_ms": drive::gray::SYNC_MS,
            "gray.answers": [before.answers, during.answers, after.answers],
            "gray.p99_ms": [before.p99_ms, during.p99_ms, after.p99_ms],
            "gray.gaps": [before.gaps, during.gaps, after.gaps],
            "gray.pace": ratio(during.answers, before.answers),
            "gray.pace_after": ratio(after.answers, before.answers),
        })
    );
    ExitCode::SUCCESS
}

/// Runs one seed, and again if its outcome has to be compared.
fn one(cli: &Cli, seed: u64, twice: bool, sum: &Mutex<Sum>) {
    let began = Instant::now();
    let (report, mut faults) = attempt(seed, cli.plant);
    if let Some(report) = report.as_ref().filter(|_| twice) {
        let (again, _) = attempt(seed, cli.plant);
        let again = again.map(|again| again.digest);
        if again.as_ref() != Some(&report.digest) {
            faults.push(format!("the seed came out as {} and as {again:?}", report.digest));
        }
    }
    let mut sum = sum.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(report) = &report {
        sum.simulated_ms += report.simulated_ms;
        sum.blocks += report.verdict.height;
        sum.txs += report.verdict.txs;
        sum.set_changes += report.verdict.set_changes;
        sum.answers += report.answers;
        sum.crashes += report.crashes;
        sum.deaths += report.deaths;
        sum.evidence += report.evidence;
        sum.messages += report.network.sent;
        sum.lost += report.network.lost;
        if cli.verbose {
            println!(
                "seed {seed}: {} ms virtual, {} ms real, height {}, {} txs, {} answers, {} crashes, {} deaths, {} evidence, {:?}, {}",
                report.simulated_ms,
                began.elapsed().as_millis(),
                report.verdict.height,
                report.verdict.txs,
                report.answers,
                report.crashes,
                report.deaths,
                report.evidence,
                report.network,
                report.digest
            );
        }
    }
    if !faults.is_empty() {
        sum.failures.push(seed);
        println!("seed {seed} failed:");
        faults.iter().take(12).for_each(|fault| println!("  {fault}"));
        println!("  plan: {:?}", plan::Plan::of(seed));
        let plant = cli.plant.map_or(String::new(), |plant| format!(" --plant {}", name(plant)));
        println!("  replay: cargo xtask sim --seeds 1 --seed {seed}{plant}");
    }
}

fn name(plant: Plant) -> String {
    clap::ValueEnum::to_possible_value(&plant).map_or(String::new(), |value| value.get_name().to_owned())
}

fn attempt(seed: u64, plant: Option<Plant>) -> (Option<Report>, Vec<String>) {
    match panic::catch_unwind(AssertUnwindSafe(|| drive::run(seed, plant))) {
        Ok(Ok(mut report)) => {
            let faults = std::mem::take(&mut report.verdict.violations);
            (Some(report), faults)
        }
        Ok(Err(error)) => (None, vec![format!("no scratch folder: {error}")]),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
            (None, vec![format!("the simulation panicked: {text}")])
        }
    }
}

/// CPU time of this process so far, seconds; 0 where the system does not say.
fn cpu_s() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit_once(')').map_or("", |(_, after)| after);
    let ticks = after.split_whitespace().skip(11).take(2).filter_map(|it| it.parse::<f64>().ok()).sum::<f64>();
    ticks / 100.0
}

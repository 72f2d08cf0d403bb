//! What developers run: the browser programs, the demo and its check, the benchmarks.
//!
//! | command | does |
//! |---|---|
//! | `cargo xtask assets` | builds the browser programs and checks their sizes |
//! | `cargo xtask demo [--check]` | starts a whole alliance on loopback and plays the story; `./scripts/demo` sets up first |
//! | `cargo xtask sim --seeds N [--seed S]` | simulates the whole chain with faults; a failing seed prints its replay command |
//! | `cargo xtask line-torture --readings N` | kills and starves the gateway while lines send; counts what the chain holds |
//! | `cargo xtask api-cases --examples N` | lets schemathesis call the API of a demo; last line is one JSON object |
//! | `cargo xtask bench chain`, `items`, `latency`, `line`, `trace`, `verify` | measures against what the machine could do; last line is one JSON object |
//! | `cargo xtask fuzz --seconds N` | runs all fuzz targets of `fuzz/` on their kept corpora |
//! | `cargo xtask checklist` | says which points of the acceptance list have a test, and which have none |
//! | `cargo xtask vectors` | runs every third-party set of vectors; last line is one JSON object |

mod api_cases;
mod assets;
mod bench;
mod checklist;
mod demo;
mod fuzz;
mod sim;
mod torture;
mod vectors;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "What developers of Tracelight run")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Lets a stranger's generator call the API, thousands of times; the last line is one JSON object.
    ApiCases(api_cases::Options),
    /// Builds the checker and the consoles for the browser, compressed and named by their content.
    Assets {
        /// The checker only.
        #[arg(long)]
        checker: bool,
    },
    /// Says which points of the acceptance list have a test; the last line is one JSON object.
    Checklist(checklist::Options),
    /// Starts an alliance of four, a server and a gateway on loopback, and plays the story.
    Demo(demo::Options),
    /// Runs all fuzz targets on their kept corpora.
    Fuzz(fuzz::Options),
    /// Tortures the gateway between broker and chain and counts what arrived; the last line is one JSON object.
    LineTorture(torture::Options),
    /// Simulates the chain with faults; the last line is one JSON object.
    Sim(sim::Options),
    /// Runs every third-party set of vectors and counts; the last line is one JSON object.
    Vectors,
    /// Measures; the last line is one JSON object.
    Bench {
        #[command(subcommand)]
        what: bench::What,
    },
}

/// What waits, on as many threads as the machines that we measure on have cores.
fn block_on(work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?.block_on(work)
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::Assets { checker } => {
            let assets = if checker { assets::run_checker()? } else { assets::run()? };
            let names = [&assets.manifest.verifier_wasm, &assets.manifest.hydrate_wasm];
            eprintln!("{} and {} are in {}", names[0], names[1], assets.folder.display());
            Ok(())
        }
        Command::ApiCases(options) => api_cases::run(&options),
        Command::Checklist(options) => checklist::run(&options),
        Command::Demo(options) => demo::run(options),
        Command::Fuzz(options) => fuzz::run(&options),
        Command::LineTorture(options) => torture::run(&options),
        Command::Sim(options) => sim::run(&options),
        Command::Vectors => vectors::run(),
        Command::Bench { what } => bench::run(&what),
    }
}

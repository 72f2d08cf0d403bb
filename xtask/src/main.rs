//! What developers run: the browser programs, the demo and its check, the benchmarks.
//!
//! | command | does |
//! |---|---|
//! | `cargo xtask assets` | builds the browser programs and checks their sizes |
//! | `cargo xtask demo [--check]` | starts a whole alliance on loopback and plays the story; `./scripts/demo` sets up first |
//! | `cargo xtask sim --seeds N [--seed S]` | simulates the whole chain with faults; a failing seed prints its replay command |
//! | `cargo xtask bench chain`, `items`, `latency`, `verify` | measures against what the machine could do; last line is one JSON object |
//! | `cargo xtask fuzz --seconds N` | runs all fuzz targets of `fuzz/` on their kept corpora |

mod assets;
mod bench;
mod demo;
mod fuzz;
mod sim;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "What developers of Tracelight run")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Builds the checker and the consoles for the browser, compressed and named by their content.
    Assets {
        /// The checker only.
        #[arg(long)]
        checker: bool,
    },
    /// Starts an alliance of four, a server and a gateway on loopback, and plays the story.
    Demo(demo::Options),
    /// Runs all fuzz targets on their kept corpora.
    Fuzz(fuzz::Options),
    /// Simulates the chain with faults; the last line is one JSON object.
    Sim(sim::Options),
    /// Measures; the last line is one JSON object.
    Bench {
        #[command(subcommand)]
        what: bench::What,
    },
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::Assets { checker } => {
            let assets = if checker { assets::run_checker()? } else { assets::run()? };
            let names = [&assets.manifest.verifier_wasm, &assets.manifest.hydrate_wasm];
            eprintln!("{} and {} are in {}", names[0], names[1], assets.folder.display());
            Ok(())
        }
        Command::Demo(options) => demo::run(options),
        Command::Fuzz(options) => fuzz::run(&options),
        Command::Sim(options) => sim::run(&options),
        Command::Bench { what } => bench::run(&what),
    }
}

//! `cargo xtask sim`: simulates the chain with faults, one seed after the other. Builds `chain-sim` (`chain-node/sim`) and runs it.

use anyhow::{Context as _, ensure};
use clap::Args;
use std::path::PathBuf;
use std::process::Command;

/// The packages and features that all builds of this workspace choose; another choice would compile the libraries again.
const SELECTION: [&str; 6] =
    ["--locked", "--workspace", "--exclude", "tracelight-hydrate", "--features", "tracelight-web-ui/ssr"];

/// How many seeds, and which.
#[derive(Args)]
pub struct Options {
    /// How many seeds.
    #[arg(long, default_value_t = 500)]
    seeds: u64,
    /// The first one.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// So many of them run twice and have to come out the same; by default one in 25.
    #[arg(long)]
    twice: Option<u64>,
    /// A fault in every seed: `forgotten-votes` and `lying-store` make the runs fail, `lost-store` has to heal.
    #[arg(long)]
    plant: Option<String>,
    /// One line a seed; RUST_LOG chooses what else is said.
    #[arg(long)]
    verbose: bool,
}

pub fn run(options: &Options) -> anyhow::Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo).arg("build").args(SELECTION).args(["--bin", "chain-sim"]).status()?;
    ensure!(built.success(), "`chain-sim` does not build");
    let mut sim = Command::new(program()?);
    let twice = options.twice.unwrap_or(options.seeds.div_ceil(25));
    for (name, value) in [("--seeds", options.seeds), ("--seed", options.seed), ("--twice", twice)] {
        sim.arg(name).arg(value.to_string());
    }
    if let Some(plant) = &options.plant {
        sim.args(["--plant", plant]);
    }
    if options.verbose {
        sim.arg("--verbose");
    }
    ensure!(sim.status()?.success(), "the simulation failed; each failing seed names the command that replays it");
    Ok(())
}

fn program() -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe()?;
    Ok(own.parent().context("a program stands in a folder")?.join("chain-sim"))
}

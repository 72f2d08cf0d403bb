//! Measurements. Every figure is a ratio against something measured in the same run, because the machine's own speed moves.

mod chain;

use clap::Subcommand;

/// What to measure.
#[derive(Subcommand)]
pub enum What {
    /// Four validator processes, pre-signed single-unit transactions, every signature checked by every validator.
    Chain(chain::Options),
}

pub fn run(what: What) -> anyhow::Result<()> {
    match what {
        What::Chain(options) => chain::run(&options),
    }
}

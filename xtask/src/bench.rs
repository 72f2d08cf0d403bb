//! Measurements. Every figure is a ratio against something measured in the same run, because the machine's own speed moves.

mod chain;
mod state;

use clap::Subcommand;

/// What to measure.
#[derive(Subcommand)]
pub enum What {
    /// Four validator processes, pre-signed single-unit transactions, every signature checked by every validator.
    Chain(chain::Options),
    /// The store: CPU a written key at ten million objects, beside rocksdb alone.
    State(state::Options),
}

pub fn run(what: What) -> anyhow::Result<()> {
    match what {
        What::Chain(options) => chain::run(&options),
        What::State(options) => state::run(&options),
    }
}

//! Measurements. Every figure is a ratio against something measured in the same run, because the machine's own speed moves.
//! The last line of each is one JSON object.

mod chain;
mod clones;
mod items;
mod latency;
mod line;
mod load;
mod restart;
mod scan;
mod state;
mod trace;
mod verify;

use clap::Subcommand;

/// What to measure.
#[derive(Subcommand)]
pub enum What {
    /// Four validator processes, pre-signed single-unit transactions, every signature checked by every validator.
    Chain(chain::Options),
    /// What the rules of risk find of copied codes, and how often they are wrong, on a made-up population.
    Clones(clones::Options),
    /// Unit events a second when one signed event covers 1,000 packs.
    Items(items::Options),
    /// Submission to certified block at a tenth of the chain's capacity, against the bare engine.
    Latency(latency::Options),
    /// What a reading costs the gateway, against a message of Mosquitto's; and readings to final a second.
    Line(line::Options),
    /// From `kill -9` to voting again, with ten million events stored.
    Restart(restart::Options),
    /// The shopper's answer, page and bundle, against a bare route that answers with JSON.
    Scan(scan::Options),
    /// The store: CPU a written key at ten million objects, beside rocksdb alone.
    State(state::Options),
    /// Who holds a lot now, and the graph of a lot of 10,000 others, over ten million packs in MariaDB.
    Trace(trace::Options),
    /// A phone's check of a whole bundle, in Chromium and natively.
    Verify(verify::Options),
}

pub fn run(what: &What) -> anyhow::Result<()> {
    crate::block_on(async {
        match what {
            What::Chain(options) => chain::run(options).await,
            What::Clones(options) => clones::run(options),
            What::Items(options) => items::run(options).await,
            What::Latency(options) => latency::run(options).await,
            What::Line(options) => line::run(options).await,
            What::Restart(options) => restart::run(options).await,
            What::Scan(options) => scan::run(options).await,
            What::State(options) => state::run(options),
            What::Trace(options) => trace::run(options).await,
            What::Verify(options) => verify::run(options),
        }
    })
}

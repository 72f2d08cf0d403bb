//! `line-torture`: the gateway between a broker, a chain and a server that all go away, with its own life at risk.
//!
//! Four lines, each with a device that keeps every reading until its answer covers it, play orders one after the other.
//! Meanwhile, chosen by the seed:
//!
//! * the gateway is killed with SIGKILL and started again, each time with another clock (up to three days ahead or behind,
//!   by libfaketime);
//! * Mosquitto is restarted, or killed;
//! * three of four validators stop, so that the chain is away for longer than the spool has room: `SpoolFull` refuses;
//! * every seventh reading is published twice.
//!
//! At the end everything is read back from the chain by a verifying follower and compared with what the devices sent: every
//! list hashes to its root on the chain; every commissioned and packed code stands once in them, in the order of the
//! scanner; orders, cases and pallets of a line stand on the chain in the order in which they were closed.
//!
//! The last line is one JSON object: `line.sent` readings that devices sent (each counted once, however often it went out),
//! `line.final` of them that the chain holds the effect of, `line.lost`, `line.doubled`, `line.reordered`.

mod faults;
mod judge;
pub mod office;
pub mod plant;

use crate::demo::alliance::{Alliance, Binaries};
use anyhow::ensure;
use clap::Args;
use plant::{LINES, Plant, Size, Trusted};
use serde_json::json;
use std::time::Instant;

/// How much.
#[derive(Args)]
pub struct Options {
    /// Readings in all, about.
    #[arg(long, default_value_t = 10_000)]
    readings: u64,
    /// Chooses the faults.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Nothing goes wrong: to see what the comparison says then.
    #[arg(long)]
    calm: bool,
}

pub fn run(options: &Options) -> anyhow::Result<()> {
    crate::block_on(torture(options))
}

async fn torture(options: &Options) -> anyhow::Result<()> {
    let began = Instant::now();
    let scratch = tempfile::tempdir()?;
    let binaries = Binaries::built()?;
    let alliance = Alliance::start(&binaries, scratch.path()).await?;
    let size = Size::of(options.readings);
    eprintln!("{} orders on {LINES} lines, {} readings", size.orders(), size.readings());
    let mut plant = Plant::start(&binaries, alliance, scratch.path(), size, Trusted::ByKey).await?;
    let devices = plant.start_devices()?;
    let told = faults::until_devices_end(&mut plant, devices, options.seed, options.calm).await?;
    eprintln!("{:>4} s: all readings are answered; {told:?}", began.elapsed().as_secs());
    plant.mend()?;
    plant.until_final().await?;
    let verdict = judge::compare(&plant).await?;
    let report = json!({
        "line.sent": verdict.sent, "line.final": verdict.settled, "line.lost": verdict.lost,
        "line.doubled": verdict.doubled, "line.reordered": verdict.reordered,
        "line.orders": size.orders(), "line.kills": told.kills, "line.clock_jumps": told.clock_jumps,
        "line.broker_restarts": told.broker_restarts, "line.chain_outages": told.chain_outages,
        "line.published_twice": verdict.published_twice, "line.refused_spool_full": verdict.refused_full,
        "line.seconds": began.elapsed().as_secs(),
    });
    println!("{report}");
    let good = (verdict.lost, verdict.doubled, verdict.reordered) == (0, 0, 0) && verdict.sent == verdict.settled;
    if !good {
        let kept = scratch.keep();
        eprintln!("everything is kept in {}", kept.display());
    }
    ensure!(good, "readings were lost, doubled or put in another order");
    ensure!(options.calm || told.kills > 0, "no fault was injected: too few readings for a torture");
    Ok(())
}

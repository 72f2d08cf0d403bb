//! `demo`: the whole of Tracelight on loopback, with the story as its data.
//!
//! Four validators, two witnesses, one server for all four members (each with its own key file), one gateway with the embedded broker,
//! SQLite. Everything lives in one folder that is made anew at each start. `--check` plays the story with nobody at the
//! keyboard, looks at the pages in headless Chromium, prints one JSON object and ends; without it the system stays up.
//! `--parts production` takes MariaDB and Mosquitto from Debian's packages instead, in scratch folders.

pub mod alliance;
mod check;
mod line;
mod places;
pub mod servers;
mod sheets;
mod story;
pub mod web;
mod witnesses;

use alliance::{Alliance, Binaries};
use anyhow::Context;
use clap::{Args, ValueEnum};
use servers::{Parts, System};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// What to run.
#[derive(Args, Debug)]
pub struct Options {
    /// Plays the whole story, checks every step, prints one JSON object last and ends.
    #[arg(long)]
    check: bool,
    /// Folder for everything; it is emptied first. Default: `demo` beside the built programs.
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Which database and broker.
    #[arg(long, value_enum, default_value = "embedded")]
    parts: PartsChoice,
    /// Folder for pictures of the pages (with --check).
    #[arg(long)]
    screenshots: Option<PathBuf>,
    /// Port of the server; another one is taken when it is 0 or busy.
    #[arg(long, default_value_t = 8080)]
    port: u16,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum PartsChoice {
    /// SQLite and the embedded broker.
    Embedded,
    /// MariaDB and Mosquitto from Debian's packages, in scratch folders.
    Production,
}

pub fn run(options: Options) -> anyhow::Result<()> {
    crate::block_on(start(options))
}

/// Progress for people; the answer for programs is on standard output.
pub fn say(began: Instant, text: &str) {
    eprintln!("[{:>4} s] {text}", began.elapsed().as_secs());
}

async fn start(options: Options) -> anyhow::Result<()> {
    let began = Instant::now();
    let binaries = Binaries::built()?;
    let folder = match &options.dir {
        Some(folder) => folder.clone(),
        None => binaries.path("demo").join(if options.check { "check" } else { "up" }),
    };
    if folder.exists() {
        std::fs::remove_dir_all(&folder).with_context(|| format!("cannot empty `{}`", folder.display()))?;
    }
    std::fs::create_dir_all(&folder)?;
    let folder = folder.canonicalize()?;
    if let Some(pictures) = &options.screenshots {
        std::fs::create_dir_all(pictures)?;
    }

    let parts = match options.parts {
        PartsChoice::Embedded => Parts::Embedded,
        PartsChoice::Production => Parts::production()?,
    };
    let mut system = up(&binaries, &folder, parts, options.port, began).await?;
    if options.check {
        let report = check::story(&mut system, &folder, options.screenshots.as_deref(), began).await?;
        println!("{report}");
        return Ok(());
    }
    check::demo_data(&mut system, &folder, began).await?;
    tokio::signal::ctrl_c().await?;
    eprintln!("\nstopping");
    Ok(())
}

async fn up(binaries: &Binaries, folder: &Path, parts: Parts, port: u16, began: Instant) -> anyhow::Result<System> {
    say(began, "an alliance of four: manufacturer, logistics, pharmacy, regulator; and two witnesses");
    let alliance = Alliance::start_witnessed(binaries, folder).await?;
    say(began, "the chain moves; database, server and gateway");
    let system = System::start(binaries, alliance, folder, parts, port).await?;
    say(began, &format!("the server answers at {}", system.base));
    Ok(system)
}

/// A sealed lot of so many packs more.
pub async fn more_packs(system: &mut System, folder: &Path, packs: u64) -> anyhow::Result<Vec<String>> {
    let lot = check::more_packs(system, folder, packs).await?;
    Ok((0..lot.run.commissioned.len()).map(|index| lot.path(index)).collect())
}

/// The embedded defaults with the demo's data, for a command that calls them.
pub async fn with_data(folder: &Path, began: Instant) -> anyhow::Result<System> {
    let mut system = up(&Binaries::built()?, folder, Parts::Embedded, 0, began).await?;
    check::demo_data(&mut system, folder, began).await?;
    Ok(system)
}

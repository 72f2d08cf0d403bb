//! `bench trace`: a recall's question (who holds this lot now?) and the graph of a lot, over a history in MariaDB.
//!
//! - MariaDB runs in a scratch folder with [`PAGES_MB`] for its pages, which is less than the history has. The tables are made by
//!   `server migrate`, and then **filled straight from files**: no chain is needed for what is measured, which reads nothing but
//!   the read model. So there are no transactions (`rm_tx`), no bytes of states but those of lineages (`rm_object`), and of the
//!   lists behind the roots the packs alone (`manifest_unit`).
//! - The history (`history.rs`): lots of [`history::LOT_UNITS`] packs, 25 a case, 40 cases a pallet, two makers, two carriers, eight
//!   pharmacies. The lineage (`lineage.rs`): one lot that all others were made from, in two steps.
//! - A real server answers over HTTP, in the profile that this program was built in. A regulator asks.
//! - `trace.recall_p95_ms`: `GET /recalls/preview`, one lot after another in an order of chance; from the call to the last byte.
//! - `trace.graph_10k_ms`: `GET /trace/graph` of the lineage's first lot, the median of [`GRAPHS`]; likewise. With fewer lots than
//!   10,000 the figure means nothing.
//! - `trace.rows`: rows that were filled in. `trace.db_mb`: the data folder. `trace.rss_mb`: MariaDB's memory after all that.

mod blocks;
mod history;
mod lineage;
mod tables;

use super::load::{median, percentile_ms, rounded};
use crate::demo::alliance::{Binaries, SLUGS};
use crate::demo::servers::secret;
use crate::demo::web::Person;
use anyhow::{Context as _, ensure};
use rand::SeedableRng as _;
use rand::seq::IndexedRandom as _;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use tracelight_api::rest::recall::Holdings;
use tracelight_api::rest::trace::{GapKind, TraceGraph};
use tracelight_domain::ids::BatchId;
use tracelight_testkit::ports::free_port;
use tracelight_testkit::process::{Child, run as run_program};
use tracelight_testkit::services::{Database, MariaDb};

/// Megabytes that MariaDB may keep of its pages.
const PAGES_MB: u32 = 1_024;
/// Graphs that are asked for.
const GRAPHS: usize = 7;
/// Longest wait for a command of the set-up.
const SET_UP_MAX: Duration = Duration::from_secs(120);
/// The regulator's user.
const USER: &str = "watch";
/// Guards a server that lives for one measurement.
const PASSWORD: &str = "scratch of the bench";

/// What to run.
#[derive(clap::Args)]
pub struct Options {
    /// Packs of the history.
    #[arg(long, default_value_t = 10_000_000)]
    units: u64,
    /// Lots of the lineage, 4 to 10,000.
    #[arg(long, default_value_t = 10_000)]
    lots: usize,
    /// Lots whose holders are asked for.
    #[arg(long, default_value_t = 500)]
    asks: usize,
}

pub async fn run(options: &Options) -> anyhow::Result<()> {
    ensure!(options.units > 0 && options.asks > 0, "at least one pack and one question");
    let scratch = tempfile::tempdir()?;
    let database_server = MariaDb::start_with_pages(PAGES_MB)?;
    let database = database_server.create_database("trace")?;
    let mut server = Server::set_up(scratch.path(), &database)?;
    let began = Instant::now();
    let rows = fill(options, scratch.path(), &database_server, &database)?;
    let fill_s = began.elapsed().as_secs_f64();
    server.start()?;
    let person = Person::sign_in(&server.base, USER, PASSWORD).await?;
    let mut recalls = recalls(&person, options).await?;
    recalls.sort_unstable();
    let graphs = graphs(&person, options.lots).await?;
    let result = json!({
        "trace.units": options.units,
        "trace.recall_p95_ms": rounded(percentile_ms(&recalls, 0.95)),
        "trace.graph_10k_ms": rounded(median(&graphs)),
        "trace.rows": rows,
        "trace.db_mb": megabytes(folder_bytes(&database_server.data())?),
        "trace.rss_mb": megabytes(resident_bytes(database_server.pid().context("MariaDB runs")?)?),
        "trace.recall_p50_ms": rounded(percentile_ms(&recalls, 0.5)),
        "trace.recall_max_ms": rounded(percentile_ms(&recalls, 1.0)),
        "trace.asks": options.asks,
        "trace.graph_lots": options.lots,
        "trace.pages_mb": PAGES_MB,
        "trace.fill_s": fill_s.round(),
        "trace.cores": std::thread::available_parallelism()?.get(),
    });
    println!("{result}");
    Ok(())
}

fn fill(options: &Options, folder: &Path, server: &MariaDb, database: &Database) -> anyhow::Result<u64> {
    let cast = blocks::Cast::new()?;
    let mut tables = tables::Tables::new(folder)?;
    let mut blocks = blocks::Blocks::new(&mut tables);
    eprintln!("writing a history of {} packs", options.units);
    history::write(&mut blocks, &cast, options.units)?;
    lineage::write(&mut blocks, &cast, options.lots)?;
    blocks.marker()?;
    tables.load(server, database)
}

/// Asks who holds lots of the history; each answer has to add up.
async fn recalls(person: &Person, options: &Options) -> anyhow::Result<Vec<Duration>> {
    let mut rng = rand_chacha::ChaCha20Rng::seed_from_u64(1);
    let lots = history::lots(options.units)?;
    let mut waits = Vec::with_capacity(options.asks);
    for _ in 0..options.asks {
        let BatchId { gtin, lot } = lots.choose(&mut rng).context("the history has lots")?;
        let began = Instant::now();
        let held: Holdings = person.get(&format!("/recalls/preview?gtin={gtin}&lot={lot}")).await?;
        waits.push(began.elapsed());
        let parts = held.holders.iter().map(|one| one.in_stock + one.in_transit + one.short).sum::<u64>();
        ensure!(held.sealed == Some(parts + held.gone + held.unknown), "{lot} does not add up: {held:?}");
        ensure!(!held.holders.is_empty(), "somebody holds {lot}");
    }
    Ok(waits)
}

/// Asks for the lineage; it has to be whole.
async fn graphs(person: &Person, lots: usize) -> anyhow::Result<Vec<f64>> {
    let root = lineage::root()?;
    let path = format!("/trace/graph?code=(01){}(10){}", root.gtin, root.lot);
    let mut waits = Vec::with_capacity(GRAPHS);
    for turn in 0..GRAPHS {
        let began = Instant::now();
        let bytes = person.get_bytes(&path).await?;
        let took = began.elapsed().as_secs_f64() * 1e3;
        let graph: TraceGraph = serde_json::from_slice(&bytes)?;
        ensure!(graph.complete && graph.lots.len() == lots, "{} lots of {lots}", graph.lots.len());
        ensure!(graph.links.iter().all(|link| link.units == Some(25)), "each link has its case");
        ensure!(graph.gaps.iter().all(|gap| gap.kind == GapKind::InNoCase), "{:?}", graph.gaps.first());
        eprintln!(
            "graph {turn}: {took:.0} ms, {} KB, {} links, {} moves, {} gaps",
            bytes.len() / 1_000,
            graph.links.len(),
            graph.moves.len(),
            graph.gaps.len()
        );
        waits.push(took);
    }
    Ok(waits)
}

/// A server on the database, without chain-nodes.
struct Server {
    binaries: Binaries,
    config: PathBuf,
    log: PathBuf,
    address: std::net::SocketAddr,
    base: String,
    child: Option<Child>,
}

impl Server {
    /// Makes tables, an alliance and the regulator's user.
    fn set_up(folder: &Path, database: &Database) -> anyhow::Result<Self> {
        let binaries = Binaries::built()?;
        let (alliance, log) = (folder.join("alliance"), folder.join("server.log"));
        let mut init = binaries.command("chain-node");
        init.arg("init-alliance").arg("--dir").arg(&alliance);
        run_program("init-alliance", init, &folder.join("init-alliance.log"), SET_UP_MAX)?;
        let file: Value = serde_json::from_slice(&std::fs::read(alliance.join("alliance.json"))?)?;
        let place = SLUGS.iter().position(|slug| *slug == "regulator").context("there is a regulator")?;
        let gln = file["members"][place]["gln"].as_str().context("alliance.json names each member's GLN")?;
        let port = free_port()?;
        let base = format!("http://127.0.0.1:{port}");
        secret(&folder.join("database.url"), &database.dsn)?;
        let config = folder.join("server.toml");
        let genesis = alliance.join("genesis.bin");
        std::fs::write(
            &config,
            format!(
                "listen = \"127.0.0.1:{port}\"\npublic_base_url = {base:?}\ndatabase_url_file = \"database.url\"\n\
                 genesis = {genesis:?}\n"
            ),
        )?;
        let server = Self { binaries, config, log, address: ([127, 0, 0, 1], port).into(), base, child: None };
        run_program("server migrate", server.command(&["migrate"]), &server.log, SET_UP_MAX)?;
        let password = folder.join("password");
        secret(&password, PASSWORD)?;
        let mut add = server.command(&["add-user", "--member", gln, "--name", USER, "--role", "operator"]);
        add.arg("--password-file").arg(&password);
        run_program("server add-user", add, &server.log, SET_UP_MAX)?;
        Ok(server)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.binaries.command("server");
        command.arg("--config").arg(&self.config).args(arguments);
        command
    }

    fn start(&mut self) -> anyhow::Result<()> {
        let mut child = Child::spawn("server", self.command(&["run"]), &self.log)?;
        // Not `/readyz`: there is no chain to be near to.
        child.wait_for_http(self.address, "/livez", SET_UP_MAX)?;
        self.child = Some(child);
        Ok(())
    }
}

fn megabytes(bytes: u64) -> u64 {
    bytes.div_ceil(1_000_000)
}

fn folder_bytes(folder: &Path) -> anyhow::Result<u64> {
    let mut all = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let meta = entry.metadata()?;
        all += if meta.is_dir() { folder_bytes(&entry.path())? } else { meta.len() };
    }
    Ok(all)
}

/// Memory of a process that is in use.
fn resident_bytes(pid: u32) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("a process has a size")?;
    let kb: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kb * 1_024)
}

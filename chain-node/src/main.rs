//! `chain-node`: a member's node of the alliance's chain.

use anyhow::{Context as _, bail};
use clap::{Parser, Subcommand};
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tracelight_chain_node::clock::system_ms;
use tracelight_chain_node::config::NodeConfig;
use tracelight_chain_node::init::{FoundersFile, Founding, default_founders, init_alliance};
use tracelight_chain_node::store::measure;
use tracelight_chain_node::store::snapshot::inspect;
use tracelight_chain_node::{backup, bench_engine, doctor, health, run};
use tracelight_domain::ids::PublicKey;
use tracelight_proof::genesis::{EPOCH_BLOCKS, Genesis, GenesisWitness};
use tracing_subscriber::EnvFilter;

/// A member's node of the alliance's chain.
#[derive(Parser)]
#[command(name = "chain-node", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the node until SIGTERM.
    Run {
        /// The member's node.toml.
        #[arg(long, env = "CHAIN_NODE_CONFIG")]
        config: PathBuf,
    },
    /// Founds an alliance: genesis, keys and configuration of every member. Refuses to overwrite.
    InitAlliance(InitAlliance),
    /// Asks the running node whether it is ready; exit code 0 when it is.
    Healthcheck {
        /// The member's node.toml.
        #[arg(long, env = "CHAIN_NODE_CONFIG")]
        config: PathBuf,
    },
    /// Fills a new store and measures it; `cargo xtask bench state` and `bench restart` run this.
    #[command(hide = true)]
    BenchState(BenchState),
    /// Reads a node's store through: says what is wrong since when, and what to do. Works beside a running node.
    Doctor {
        /// The member's node.toml.
        #[arg(long, env = "CHAIN_NODE_CONFIG")]
        config: PathBuf,
        /// Executes the blocks of a stopped node again, into a new store.
        #[arg(long)]
        repair: bool,
    },
    /// Copies the node's chain to a folder, also while the node runs. Votes are never copied.
    Backup {
        /// The member's node.toml.
        #[arg(long, env = "CHAIN_NODE_CONFIG")]
        config: PathBuf,
        /// A folder that does not exist yet.
        dir: PathBuf,
    },
    /// Starts a data folder from a backup. The node does not vote in the epochs that began before.
    Restore {
        /// The member's node.toml.
        #[arg(long, env = "CHAIN_NODE_CONFIG")]
        config: PathBuf,
        /// The backup.
        dir: PathBuf,
    },
    /// The state at one certified block, as files that nobody has to be trusted for.
    Snapshot {
        /// The member's node.toml.
        #[arg(long, env = "CHAIN_NODE_CONFIG")]
        config: PathBuf,
        #[command(subcommand)]
        what: Snapshot,
    },
    /// Runs the engine alone with empty blocks for some seconds and prints their latency; for `xtask bench latency`.
    #[command(hide = true)]
    BenchEngine {
        /// A member's node.toml of an alliance that never ran.
        #[arg(long)]
        config: PathBuf,
        /// Seconds to measure.
        #[arg(long, default_value_t = 6)]
        seconds: u64,
    },
}

#[derive(Subcommand)]
enum Snapshot {
    /// Writes the newest certified state to a folder that does not exist yet.
    Make {
        /// The folder.
        dir: PathBuf,
    },
    /// Says what a snapshot promises, if its manifest follows from the genesis.
    Inspect {
        /// The folder.
        dir: PathBuf,
    },
    /// Starts a data folder from a snapshot, checking everything.
    Restore {
        /// The folder.
        dir: PathBuf,
    },
}

#[derive(clap::Args)]
struct BenchState {
    /// The alliance's genesis.
    #[arg(long)]
    genesis: PathBuf,
    /// A folder that does not exist yet.
    #[arg(long)]
    dir: PathBuf,
    /// Objects at the start.
    #[arg(long)]
    keys: u64,
    /// Rocksdb alone, without the node's store.
    #[arg(long, conflicts_with = "load_only")]
    rows_alone: bool,
    /// Ends when the store is filled.
    #[arg(long)]
    load_only: bool,
}

#[derive(clap::Args)]
struct InitAlliance {
    /// Folder for everything; absent or empty.
    #[arg(long)]
    dir: PathBuf,
    /// The alliance's name.
    #[arg(long, default_value = "Tracelight demo alliance")]
    name: String,
    /// Address on which all nodes listen.
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    host: IpAddr,
    /// Ports for validators, one a member.
    #[arg(long, value_delimiter = ',', default_values_t = [7701, 7702, 7703, 7704])]
    p2p_ports: Vec<u16>,
    /// Ports for rpc, one a member.
    #[arg(long, value_delimiter = ',', default_values_t = [7801, 7802, 7803, 7804])]
    rpc_ports: Vec<u16>,
    /// Blocks of an epoch: the set of validators changes between epochs only.
    #[arg(long, default_value_t = EPOCH_BLOCKS)]
    epoch_blocks: u32,
    /// A witness that may co-sign checkpoints: NAME=KEY, the key in 64 hexadecimal digits. May be repeated.
    #[arg(long, value_name = "NAME=KEY")]
    witness: Vec<String>,
    /// TOML file with other members: `[[member]]` with slug, gln, role, name_en, name_zh, place_en, place_zh.
    #[arg(long)]
    members: Option<PathBuf>,
}

fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| {
        EnvFilter::new("warn,chain_node=info,tracelight_chain_node=info,tracelight_consensus=info")
    });
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false).init();
    match act(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn act(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Run { config } => {
            let checked = NodeConfig::load(&config)?.validate(&config)?;
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            let outcome = runtime.block_on(run::run(checked));
            // Blocking work that still runs is not waited for.
            runtime.shutdown_background();
            Ok(outcome?)
        }
        Command::InitAlliance(arguments) => found(arguments),
        Command::Healthcheck { config } => {
            let config = NodeConfig::load(&config)?;
            let answer = health::check(config.rpc_listen)
                .with_context(|| format!("the node at {} is not ready", config.rpc_listen))?;
            println!("{answer}");
            Ok(())
        }
        Command::BenchState(arguments) => bench_state(&arguments),
        Command::Doctor { config, repair } => {
            let config = NodeConfig::load(&config)?;
            if repair {
                println!("rebuilt to height {}; the old store is `{}`", doctor::repair(&config)?, doctor::DAMAGED_DIR);
            }
            let diagnosis = doctor::examine(&config);
            if diagnosis.is_well {
                print!("{}", diagnosis.text);
                return Ok(());
            }
            eprint!("{}", diagnosis.text);
            bail!("the store is not well")
        }
        Command::Backup { config, dir } => {
            let head = backup::backup(&NodeConfig::load(&config)?, &dir)?;
            println!("block {} with state root {} is in `{}`", head.height, head.commitments.state_root, dir.display());
            Ok(())
        }
        Command::Restore { config, dir } => {
            let height = backup::restore(&NodeConfig::load(&config)?, &dir)?;
            println!("restored to height {height}; the node will not vote in the epochs that began before now");
            Ok(())
        }
        Command::Snapshot { config, what } => take_snapshot(&NodeConfig::load(&config)?, what),
        Command::BenchEngine { config, seconds } => {
            println!("{}", bench_engine::measure(NodeConfig::load(&config)?.validate(&config)?, seconds)?);
            Ok(())
        }
    }
}

fn take_snapshot(config: &NodeConfig, what: Snapshot) -> anyhow::Result<()> {
    let promise = match &what {
        Snapshot::Make { dir } => backup::make_snapshot(config, dir)?,
        Snapshot::Inspect { dir } => inspect(dir, &backup::genesis(config)?)?,
        Snapshot::Restore { dir } => {
            let report = backup::restore_snapshot(config, dir)?;
            println!("checked {} rows; the node will not vote in the epochs that began before now", report.rows);
            inspect(dir, &backup::genesis(config)?)?
        }
    };
    println!("chain id     {}", promise.manifest.chain);
    println!("state after  block {}", promise.state.height);
    println!("state root   {}", promise.certified.state_root);
    println!("certified by block {}", promise.certified.height);
    println!("events       {}", promise.certified.events);
    println!("nonces       {}", promise.manifest.nonces);
    println!("pruned       blocks 1 to {}, transactions {}", promise.manifest.pruned, promise.manifest.txs);
    Ok(())
}

fn bench_state(arguments: &BenchState) -> anyhow::Result<()> {
    let BenchState { genesis, dir, keys, .. } = arguments;
    if dir.exists() {
        bail!("`{}` exists; a measurement takes a folder of its own", dir.display());
    }
    let bytes = std::fs::read(genesis).with_context(|| format!("cannot read `{}`", genesis.display()))?;
    let genesis = Genesis::parse_checked(&bytes)?;
    std::fs::create_dir_all(dir).with_context(|| format!("cannot make `{}`", dir.display()))?;
    if arguments.load_only {
        return Ok(measure::load(dir, &genesis, *keys)?);
    }
    let what = if arguments.rows_alone { measure::What::RowsAlone } else { measure::What::Store };
    measure::serve(dir, &genesis, (what, *keys), std::io::stdin().lock(), std::io::stdout())
}

fn found(arguments: InitAlliance) -> anyhow::Result<()> {
    let founders = match &arguments.members {
        None => default_founders(),
        Some(path) => founders_of(path)?,
    };
    let witnesses = arguments.witness.iter().map(|text| witness_of(text)).collect::<anyhow::Result<Vec<_>>>()?;
    let slugs: Vec<String> = founders.iter().map(|founder| founder.slug.clone()).collect();
    let founding = Founding {
        dir: arguments.dir,
        name: arguments.name,
        time_ms: system_ms(),
        epoch_blocks: arguments.epoch_blocks,
        witnesses,
        founders,
        host: arguments.host,
        p2p_ports: arguments.p2p_ports,
        rpc_ports: arguments.rpc_ports,
    };
    let chain = init_alliance(&founding)?;
    println!("chain id {chain}");
    for slug in slugs {
        println!("chain-node run --config {}", founding.dir.join(slug).join("node.toml").display());
    }
    Ok(())
}

fn witness_of(text: &str) -> anyhow::Result<GenesisWitness> {
    let parts = text.rsplit_once('=').and_then(|(name, key)| Some((name, PublicKey::parse_hex(key)?)));
    let (name, key) = parts
        .with_context(|| format!("`{text}` is no witness; NAME=KEY is wanted, as `tracelight witness key` prints"))?;
    Ok(GenesisWitness { name: name.to_owned(), key })
}

fn founders_of(path: &Path) -> anyhow::Result<Vec<tracelight_chain_node::init::Founder>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let file: FoundersFile = toml::from_str(&text).with_context(|| format!("`{}`", path.display()))?;
    if file.member.is_empty() {
        bail!("`{}` names no member", path.display());
    }
    Ok(file.member)
}

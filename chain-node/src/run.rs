//! `chain-node run`: wires the parts, and takes them apart again.
//!
//! Start: configuration, store, rpc's port, engine. Stop (SIGTERM, SIGINT, or the engine's end): waits of rpc end, rpc
//! closes, the engine closes its storage; all within [`STOP_TIME_MAX`]. What is not finished by then is what a crash would
//! leave, and every store here is made for that.

use crate::clock::system_ms;
use crate::config::Checked;
use crate::machine::{Machine, Pace, work_off_gossip};
use crate::node::{GOSSIP_BYTES_MAX, Node};
use crate::own_key::OwnKey;
use crate::rpc::{Rpc, listen};
use crate::store::{Store, StoreError};
use crate::voter;
use metrics_exporter_prometheus::{BuildError, PrometheusBuilder};
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tracelight_consensus as consensus;
use tracelight_domain::ids::PublicKey;
use tracelight_proof::block::BODY_BYTES_MAX;
use tracelight_proof::genesis::consensus_namespace;

/// Folder of the ledger's store in the data folder.
pub const STORE_DIR: &str = "store";
/// Folder of the engine's storage in the data folder.
pub const CONSENSUS_DIR: &str = "consensus";
/// File in the data folder, written by whoever restores it from a backup, and by a node that finds its folder gone: milliseconds since 1970 at that moment. The node
/// may have cast votes after the backup that it no longer knows of, so it does not vote in epochs that began before.
pub const QUARANTINE: &str = "quarantine";
/// How long stopping may take.
pub const STOP_TIME_MAX: Duration = Duration::from_secs(5);

/// How often peers are counted, and transactions that have waited as long are told to them again.
const TICK: Duration = Duration::from_millis(500);
/// Bytes of the write that asks a failing disk what is wrong with it.
const PROBE_BYTES: usize = 4 << 20;
/// Buckets of all times that are measured, seconds: from what a block's execution takes to what a chain that stands takes.
const TIME_BUCKETS: &[f64] =
    &[0.001, 0.002, 0.003, 0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1.0, 1.5, 2.0, 5.0, 10.0, 30.0];

/// Why the node did not start, or why it ended.
#[derive(Debug, Error)]
pub enum RunError {
    /// The data folder.
    #[error("cannot make the data folder `{path}`: {source}")]
    DataDir {
        /// The folder.
        path: String,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// The ledger's store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The background reading found damage.
    #[error("the store is damaged, {what}")]
    Damaged {
        /// Where, since when, and the way out.
        what: String,
    },
    /// Rpc's port.
    #[error("cannot listen for rpc on {address}: {source}. Hint: is another node using this port?")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// The note of which folder holds the key's votes.
    #[error(transparent)]
    Voter(#[from] voter::VoterError),
    /// The engine did not start.
    #[error(transparent)]
    Start(#[from] consensus::StartError),
    /// The engine ended.
    #[error(transparent)]
    Engine(consensus::EngineError),
    /// The engine ended because its disk failed.
    #[error(
        "{error} ({probe}). The node voted for and acknowledged nothing that is not on the disk; check the disk and its free space, then start it again"
    )]
    Disk {
        /// What the engine says.
        error: consensus::EngineError,
        /// What a write to the same folder comes to now.
        probe: String,
    },
    /// Metrics.
    #[error("cannot collect metrics: {0}")]
    Metrics(#[from] BuildError),
    /// Signals or tasks.
    #[error("the operating system: {0}")]
    System(#[from] std::io::Error),
}

/// Runs the node until it is told to stop.
///
/// # Errors
/// [`RunError`] naming what failed.
pub async fn run(config: Checked) -> Result<(), RunError> {
    let metrics = PrometheusBuilder::new().set_buckets(TIME_BUCKETS)?.install_recorder()?;
    let node = Arc::new(open_node(&config)?);
    let rpc_listen = config.rpc_listen;
    let listener =
        TcpListener::bind(rpc_listen).await.map_err(|source| RunError::Listen { address: rpc_listen, source })?;
    let (chain, validator) = (node.identity.chain, config.validator);
    let (limits, access, data_dir) = (config.limits, config.access.clone(), config.data_dir.clone());
    let keep_blocks = config.keep_blocks;
    let pace = Pace { heartbeat_ms: config.limits.heartbeat_ms };
    let (machine, gossip) = Machine::new(Arc::clone(&node), pace);
    let engine_config = engine_config(config, &node)?;
    // Both wait on signals from here on, so that a stop during a long start is not lost.
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let started = tokio::task::spawn_blocking(move || consensus::start(engine_config, Arc::new(machine))).await;
    let handle = started.map_err(std::io::Error::other)??;
    let broadcaster = handle.broadcaster();
    node.set_broadcast(Box::new(move |bytes| broadcaster.broadcast(bytes)));
    let checker = tokio::spawn(work_off_gossip(Arc::clone(&node), gossip));
    let rpc = Rpc::new(Arc::clone(&node), access, limits.calls(), Some(metrics));
    let rpc = tokio::spawn(listen::serve(listener, rpc, limits.rpc_connections_max, node.watch_stopping()));
    let height = node.head().height;
    tracing::info!(
        chain.id = %chain, %validator, height, %rpc_listen,
        "Node of chain {chain} runs at height {height}, rpc on http://{rpc_listen}"
    );
    let scrubbed = Arc::clone(&node);
    // Ends with the node: it looks whether the node stops, and a stop does not wait for it.
    let mut scrub = tokio::task::spawn_blocking(move || crate::scrub::scrub(&scrubbed));
    let pruning = keep_blocks.map(|keep_blocks| {
        let (node, engine) = (Arc::clone(&node), handle.reader());
        tokio::task::spawn_blocking(move || crate::prune::prune(&node, &engine, keep_blocks))
    });
    // Without pruning there is nothing to wait for.
    let pruned = async {
        match pruning {
            Some(pruning) => pruning.await.map_err(std::io::Error::other),
            None => std::future::pending().await,
        }
    };
    let mut damage = None;
    let mut unpruned = None;
    let ended = tokio::select! {
        outcome = handle.ended() => Some(outcome),
        found = &mut scrub => {
            damage = found.ok().flatten();
            None
        }
        outcome = pruned => {
            unpruned = match outcome {
                Ok(Ok(())) => None,
                Ok(Err(error)) => Some(RunError::Store(error)),
                Err(panic) => Some(RunError::System(panic)),
            };
            None
        }
        _ = terminate.recv() => None,
        _ = interrupt.recv() => None,
        () = tick(&node, &handle) => None,
    };
    stop(&node, handle, rpc, checker).await;
    if let Some(what) = damage {
        return Err(RunError::Damaged { what });
    }
    if let Some(error) = unpruned {
        return Err(error);
    }
    match ended {
        None => Ok(()),
        Some(Ok(())) => Ok(()),
        Some(Err(error)) => Err(explain(error, &data_dir)),
    }
}

/// The engine panics when its disk fails, not always with the reason; a write of our own finds that out.
fn explain(error: consensus::EngineError, data_dir: &Path) -> RunError {
    let message = error.to_string();
    let marks = ["os error", "Os {", "io error", "IO error", "WriteFailed", "ReadFailed", "SyncFailed", "journal"];
    if !marks.iter().any(|mark| message.contains(mark)) || message.contains("check the disk") {
        return RunError::Engine(error);
    }
    let probe = match probe(data_dir) {
        Ok(()) => "a write to the data folder succeeds again".to_owned(),
        Err(error) => format!("a write to the data folder: {error}"),
    };
    RunError::Disk { error, probe }
}

/// Writes and syncs as much as the engine writes at a time.
fn probe(data_dir: &Path) -> std::io::Result<()> {
    let path = data_dir.join("probe");
    let write = || {
        let mut file = std::fs::File::create(&path)?;
        file.write_all(&vec![0x55; PROBE_BYTES])?;
        file.sync_all()
    };
    let written = write();
    // Not there when it could not be made.
    let _ = std::fs::remove_file(&path);
    written
}

fn open_node(config: &Checked) -> Result<Node, RunError> {
    let store_dir = config.data_dir.join(STORE_DIR);
    std::fs::create_dir_all(&store_dir).map_err(|source| RunError::DataDir { path: shown(&store_dir), source })?;
    let store = Store::open(&store_dir, &config.genesis)?;
    let node = Node::new(&config.genesis, config.validator, store, config.limits.mempool(), system_ms)?;
    voter::note(&config.validator_key, &config.data_dir, system_ms())?;
    let quarantine = quarantine(&config.data_dir)?;
    if let Some(since_ms) = quarantine {
        tracing::warn!(
            since_ms,
            "This data folder may lack votes that this key has cast: the node votes again in the first epoch that begins after {since_ms} ms"
        );
    }
    Ok(node.with_membership(config.peers.clone(), quarantine))
}

/// When this data folder was restored from a backup, if it was: the file [`QUARANTINE`] says it.
fn quarantine(data_dir: &Path) -> Result<Option<u64>, RunError> {
    let path = data_dir.join(QUARANTINE);
    match std::fs::read_to_string(&path) {
        // What cannot be read counts as of now: a node that does not vote harms nobody.
        Ok(text) => Ok(Some(text.trim().parse().unwrap_or_else(|_| system_ms()))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(RunError::DataDir { path: shown(&path), source }),
    }
}

fn engine_config(config: Checked, node: &Node) -> Result<consensus::Config, RunError> {
    let missing = StoreError::Missing { column: "blocks", height: 0 };
    let genesis_header = node.store.block(0)?.ok_or(missing)?.header;
    let mut engine = consensus::Config::new(
        consensus::Key::Held(Arc::new(OwnKey::new(config.signer))),
        config.p2p_listen,
        config.data_dir.join(CONSENSUS_DIR),
        consensus_namespace(node.identity.chain),
        genesis_header,
        config.genesis.epoch_blocks,
    );
    engine.block_bytes_max = u32::try_from(BODY_BYTES_MAX).unwrap_or(u32::MAX);
    engine.gossip_bytes_max = u32::try_from(GOSSIP_BYTES_MAX).unwrap_or(u32::MAX);
    engine.leader_timeout = Duration::from_millis(config.limits.leader_timeout_ms);
    // Counts only where the engine has no storage yet: after a restoration, whose blocks need not be fetched again.
    engine.floor = node.store.newest_certificate(node.head().height)?;
    Ok(engine)
}

/// Looks after the small things. Never returns.
async fn tick(node: &Arc<Node>, handle: &consensus::Handle) {
    let (mut stalled, mut mark) = (None, 0);
    loop {
        tokio::time::sleep(TICK).await;
        node.set_connected(handle.connected_peers().into_iter().map(PublicKey).collect());
        mark = node.repeat_gossip(mark);
        let stall = node.stall();
        match (&stall, &stalled) {
            (Some(reason), None) => tracing::warn!("The chain stands still: {reason}"),
            (None, Some(_)) => tracing::info!("The chain moves again"),
            _ => {}
        }
        stalled = stall;
    }
}

async fn stop(node: &Node, handle: consensus::Handle, rpc: JoinHandle<()>, checker: JoinHandle<()>) {
    tracing::info!("Stopping");
    node.begin_stop();
    checker.abort();
    let engine = tokio::task::spawn_blocking(move || handle.shutdown());
    let all = async {
        if rpc.await.is_err() {
            tracing::error!("Rpc panicked");
        }
        match engine.await {
            Ok(Ok(())) | Err(_) => {}
            Ok(Err(error)) => tracing::debug!("The engine had ended: {error}"),
        }
    };
    if timeout(STOP_TIME_MAX - Duration::from_millis(500), all).await.is_err() {
        tracing::warn!("Stopping takes too long; ending as after a crash, which is safe");
    }
}

/// A path for people.
#[must_use]
pub fn shown(path: &Path) -> String {
    path.display().to_string()
}

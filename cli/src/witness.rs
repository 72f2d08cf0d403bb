//! `tracelight witness`: an outsider (a regulator's lab, a consumer body) that cosigns checkpoints of the alliance's log and
//! refuses two that do not continue each other. It speaks C2SP tlog-witness over HTTP, so that other witnesses can take its
//! place and it can be watched with other people's tools.
//!
//! ```text
//! POST /add-checkpoint   200 one signature line       the checkpoint continues the last one that was signed here
//!                        400 what cannot be read      403 no quorum of the alliance's validators certified that header
//!                        404 another log              409 the size signed last (text/x.tlog.size), or another root of it
//!                        422 the log does not continue the one that was signed here
//! GET  /                 the last checkpoint, for people
//! ```
//! What it trusts is the genesis that it was given: the certificate in the note is followed from there, changes of the
//! validators included. What it remembers is one file, the last checkpoint that it signed; it is written, synced and renamed
//! before the signature leaves, under one lock from the comparison to the rename. A crash leaves the old file or the new one.
//! The file is the witness's memory: with an empty one it would sign any history, so a missing file is an error unless
//! `--first-start` says that there was none yet.

mod memory;
#[cfg(test)]
mod tests;

use crate::Verdict;
use anyhow::Context as _;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use memory::{Memory, MemoryError};
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};
use thiserror::Error;
use tracelight_client::keys::{KeyFileError, Signer};
use tracelight_domain::ids::{ChainId, PublicKey};
use tracelight_proof::bundle::{BundleFault, Certified};
use tracelight_proof::genesis::{GENESIS_BYTES_MAX, Genesis};
use tracelight_proof::log::{LogError, LogHead, verify_consistency};
use tracelight_proof::note::{AddCheckpoint, Checkpoint, Cosigner, NoteError, REQUEST_BYTES_MAX};

/// Requests that are checked at once; one takes about a millisecond and a sync of the disk.
const REQUESTS_MAX: usize = 32;

/// What a witness does.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Tells name and key as an alliance's genesis wants them (`chain-node init-alliance --witness`), and as others do.
    Key {
        /// Its name: without space or `+`, best a host name.
        #[arg(long)]
        name: String,
        /// File with its key's seed, 64 hexadecimal digits, mode 0600. Made when it is not there.
        #[arg(long)]
        key: PathBuf,
    },
    /// Serves until it is told to stop.
    Run(Run),
}

#[derive(clap::Args)]
struct Run {
    /// Its name in the genesis.
    #[arg(long)]
    name: String,
    /// File with its key's seed.
    #[arg(long)]
    key: PathBuf,
    /// The alliance's genesis file.
    #[arg(long)]
    genesis: PathBuf,
    /// Where it remembers the last checkpoint that it signed.
    #[arg(long)]
    memory: PathBuf,
    /// There is no memory yet: start one.
    #[arg(long)]
    first_start: bool,
    /// Address and port.
    #[arg(long, default_value = "127.0.0.1:7900")]
    listen: SocketAddr,
}

/// Does what was asked.
///
/// # Errors
/// When a file cannot be used or the address cannot be had.
pub fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<Verdict> {
    match &args.command {
        Command::Key { name, key } => {
            let key = memory::key_of(key)?.public_key();
            writeln!(out, "{name}={key}\n{}", Cosigner { name, key: &key }.vkey())?;
        }
        Command::Run(run) => {
            let witness = open(run)?;
            tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(serve(run, witness, out))?;
        }
    }
    Ok(Verdict::Holds)
}

fn open(run: &Run) -> anyhow::Result<Witness> {
    use std::io::Read as _;
    let file = std::fs::File::open(&run.genesis);
    let mut bytes = Vec::new();
    file.and_then(|file| file.take(GENESIS_BYTES_MAX as u64 + 1).read_to_end(&mut bytes))
        .with_context(|| format!("cannot read the genesis `{}`", run.genesis.display()))?;
    let genesis = Genesis::parse_checked(&bytes).with_context(|| format!("the genesis `{}`", run.genesis.display()))?;
    let key = Signer::read(&run.key)?;
    let own = key.public_key();
    anyhow::ensure!(
        genesis.witnesses.iter().any(|witness| witness.name == run.name && witness.key == own),
        "the genesis names no witness `{}` with the key {own}; its cosignatures would count for nobody",
        run.name
    );
    let memory = Memory::open(&run.memory, genesis.chain_id(), run.first_start)?;
    Ok(Witness::new(run.name.clone(), key, genesis, memory))
}

async fn serve(run: &Run, witness: Witness, out: &mut dyn Write) -> anyhow::Result<()> {
    let listener = tokio::net::TcpListener::bind(run.listen).await;
    let listener = listener.with_context(|| format!("cannot listen on {}", run.listen))?;
    writeln!(out, "{} witnesses tracelight/{} on http://{}", run.name, witness.chain, listener.local_addr()?)?;
    out.flush()?;
    let stop = async {
        let terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate());
        match terminate {
            Ok(mut terminate) => tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            },
            Err(_) => drop(tokio::signal::ctrl_c().await),
        }
    };
    axum::serve(listener, router(Arc::new(witness))).with_graceful_shutdown(stop).await?;
    Ok(())
}

/// The witness over HTTP.
pub(crate) fn router(witness: Arc<Witness>) -> Router {
    let places = Arc::new(tokio::sync::Semaphore::new(REQUESTS_MAX));
    Router::new()
        .route("/add-checkpoint", post(add_checkpoint))
        .route("/", get(last))
        .layer(DefaultBodyLimit::max(REQUEST_BYTES_MAX))
        .with_state((witness, places))
}

type Shared = (Arc<Witness>, Arc<tokio::sync::Semaphore>);

async fn add_checkpoint(State((witness, places)): State<Shared>, body: Bytes) -> Response {
    let Ok(place) = places.try_acquire_owned() else {
        return (StatusCode::SERVICE_UNAVAILABLE, "too many requests at once; try again\n").into_response();
    };
    let work = tokio::task::spawn_blocking(move || {
        let _place = place;
        witness.take(&body, now_s())
    });
    match work.await {
        Ok(Ok(line)) => line.into_response(),
        Ok(Err(refusal)) => refusal.into_response(),
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, "the request failed\n").into_response(),
    }
}

async fn last(State((witness, _)): State<Shared>) -> String {
    match witness.last() {
        Some(checkpoint) => checkpoint.text(),
        None => format!("tracelight/{}\nnothing signed yet\n", witness.chain),
    }
}

fn now_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// Why a checkpoint is not cosigned.
#[derive(Debug, Error)]
pub(crate) enum Refusal {
    /// 400.
    #[error("the request: {0}")]
    Malformed(#[from] NoteError),
    /// 400.
    #[error("the old size {old} is above the checkpoint's {size}")]
    OldAbove { old: u64, size: u64 },
    /// 404.
    #[error("this witness does not know that log")]
    OtherLog,
    /// 403.
    #[error("the checkpoint is not certified by the alliance's validators: {0}")]
    NotCertified(String),
    /// 409.
    #[error("the last size signed here is {0}")]
    KnowsOther(u64),
    /// 409, and evidence of two histories.
    #[error("another root of size {0} was signed here")]
    OtherRoot(u64),
    /// 422, and evidence of two histories.
    #[error("the checkpoint does not continue the one that was signed here: {0}")]
    Inconsistent(#[from] LogError),
    /// 500.
    #[error("the memory cannot be written: {0}")]
    Memory(#[from] MemoryError),
    /// 503: the key is in a token that is away. The checkpoint is remembered; asking again is answered.
    #[error("{0}")]
    Key(#[from] KeyFileError),
}

impl From<BundleFault> for Refusal {
    fn from(fault: BundleFault) -> Self {
        Self::NotCertified(fault.to_string())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = match &self {
            Self::Malformed(_) | Self::OldAbove { .. } => StatusCode::BAD_REQUEST,
            Self::OtherLog => StatusCode::NOT_FOUND,
            Self::NotCertified(_) => StatusCode::FORBIDDEN,
            Self::KnowsOther(_) | Self::OtherRoot(_) => StatusCode::CONFLICT,
            Self::Inconsistent(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Memory(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Key(_) => StatusCode::SERVICE_UNAVAILABLE,
        };
        match self {
            Self::KnowsOther(size) | Self::OtherRoot(size) => {
                (status, [(header::CONTENT_TYPE, "text/x.tlog.size")], format!("{size}\n")).into_response()
            }
            other => (status, format!("{other}\n")).into_response(),
        }
    }
}

/// A witness without its network.
pub(crate) struct Witness {
    name: String,
    key: Signer,
    genesis: Genesis,
    chain: ChainId,
    /// Held from the comparison with the last checkpoint until the new one is on disk.
    memory: Mutex<Memory>,
}

impl Witness {
    pub(crate) fn new(name: String, key: Signer, genesis: Genesis, memory: Memory) -> Self {
        Self { name, key, chain: genesis.chain_id(), genesis, memory: Mutex::new(memory) }
    }

    /// The last checkpoint that was signed.
    pub(crate) fn last(&self) -> Option<Checkpoint> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner).last()
    }

    /// Checks a request; the signature line to answer. When it returns, the new checkpoint is on disk.
    pub(crate) fn take(&self, body: &[u8], now_s: u64) -> Result<String, Refusal> {
        let request = AddCheckpoint::parse(body)?;
        let origin = request.note.text.split('\n').next().unwrap_or_default();
        let own =
            Checkpoint { chain: self.chain, head: LogHead { size: 0, root: tracelight_proof::log::empty_root() } };
        if origin != own.origin() {
            return Err(Refusal::OtherLog);
        }
        let checkpoint = Checkpoint::parse(&request.note.text)?;
        self.certified(&request, &checkpoint)?;
        let (old, head) = (request.old_size, checkpoint.head);
        if old > head.size {
            return Err(Refusal::OldAbove { old, size: head.size });
        }
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let known = memory.last().map_or(own.head, |last| last.head);
        if old != known.size {
            return Err(Refusal::KnowsOther(known.size));
        }
        if old == head.size && known.root != head.root {
            eprintln!("two histories: {} certified twice, as {} and as {}", head.size, known.root, head.root);
            return Err(Refusal::OtherRoot(known.size));
        }
        verify_consistency(&known, &head, &request.proof)?;
        if known != head {
            memory.remember(checkpoint)?;
        }
        drop(memory);
        let text = &request.note.text;
        let public: PublicKey = self.key.public_key();
        let cosigner = Cosigner { name: &self.name, key: &public };
        Ok(cosigner.line(now_s, &self.key.cosign(now_s, text)?).line())
    }

    /// A quorum of the alliance's validators stands behind a header that names this very log.
    fn certified(&self, request: &AddCheckpoint, checkpoint: &Checkpoint) -> Result<(), Refusal> {
        let certification = request.note.certification(&checkpoint.origin());
        let certification = certification.ok_or_else(|| Refusal::NotCertified("it carries no certification".into()))?;
        let certified = Certified::decode(certification).map_err(NoteError::Certification)?;
        let header = certified.verify(&self.genesis)?;
        let named = LogHead { size: header.executed.saturating_add(1), root: header.log_root };
        if named != checkpoint.head {
            return Err(Refusal::NotCertified("the certified header names another log".into()));
        }
        Ok(())
    }
}

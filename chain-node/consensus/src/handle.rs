//! Starting, using and stopping an engine.

use crate::{
    Block, Config, ConfigFault, FatalError, StateMachine,
    config::Checked,
    engine::{self, Mailbox},
    gossip::Outbox,
    storage::{StorageError, StorageFolder},
    wiring::Own,
};
use bytes::Bytes;
use commonware_codec::Encode as _;
use commonware_consensus::types::Height;
use commonware_runtime::{Runner as _, tokio::Runner};
use commonware_utils::sync::Mutex;
use std::{
    any::Any,
    io,
    net::{SocketAddr, TcpListener},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, mpsc},
    thread::{self, JoinHandle},
    time::Duration,
};
use tokio::sync::{oneshot, watch};

/// How long opening the stored chain may take. It is read through once; ten minutes are some hundred million blocks.
const START_WAIT_MAX: Duration = Duration::from_secs(600);

/// How long the engine may take to stop. Longer means that the application blocks a thread.
const SHUTDOWN_WAIT_MAX: Duration = Duration::from_secs(30);

/// Why an engine did not start. Nothing is left running, but for [`StartError::Slow`].
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration is wrong in these ways.
    #[error("the consensus configuration is wrong: {}", list(.faults))]
    Config {
        /// Every fault found.
        faults: Vec<ConfigFault>,
    },
    /// The storage folder cannot be used.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// Nothing can listen there.
    #[error("cannot listen for validators on {address}: {source}. Hint: is another node using this port?")]
    Listen {
        /// The configured address.
        address: SocketAddr,
        /// What the operating system says.
        source: io::Error,
    },
    /// The operating system refused a thread.
    #[error("cannot start the consensus thread")]
    Thread(#[source] io::Error),
    /// The engine ended while it opened the stored chain.
    #[error("the consensus engine did not start: {0}")]
    Engine(EngineError),
    /// The stored chain was not open after ten minutes. The engine was told to stop when it is.
    #[error("the consensus engine did not open its stored chain within {} s", START_WAIT_MAX.as_secs())]
    Slow,
}

/// Why a running engine ended by itself. It cannot be revived; the process should end and be started again.
#[derive(Clone, Debug, thiserror::Error)]
pub enum EngineError {
    /// [`StateMachine::finalized`] failed.
    #[error("the application could not take the final block {height}: {error}")]
    StateMachine {
        /// The block that comes again after a restart.
        height: u64,
        /// What the application said.
        error: FatalError,
    },
    /// The disk did not answer in time.
    #[error("the consensus storage does not answer (reading the certificate of block {height}); check the disk")]
    StorageStalled {
        /// The block at hand.
        height: u64,
    },
    /// The application does not say who decides, or says what cannot be.
    #[error("the validators of epoch {epoch} are not to be had: {reason}")]
    Committee {
        /// The epoch.
        epoch: u64,
        /// Why.
        reason: String,
    },
    /// No peer gave the certificate of an epoch's last block.
    #[error(
        "no peer has the certificate of block {height}, the last of its epoch; start the node again when the others are reachable"
    )]
    BoundaryCertificate {
        /// The block.
        height: u64,
    },
    /// The engine gave up, as it does when its disk fails or its files are damaged.
    #[error("the consensus engine stopped: {0}")]
    Panicked(String),
    /// The finalization to begin at is none.
    #[error(
        "the engine cannot begin at the finalization that the store holds: {reason}. Restore the data folder from a snapshot of another member"
    )]
    Floor {
        /// What is wrong with it.
        reason: String,
    },
    /// The application lost a block, and so did the engine.
    #[error(
        "the ledger's store lost block {height}, which was durable, and the consensus storage does not have it either; check the disk, then restore the data folder from a snapshot of another member"
    )]
    Forgotten {
        /// The block.
        height: u64,
    },
    /// The engine did not stop in time.
    #[error("the consensus engine did not stop within {} s", SHUTDOWN_WAIT_MAX.as_secs())]
    ShutdownTimeout,
}

fn list(faults: &[ConfigFault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// What a running engine offers.
pub struct Ready {
    pub(crate) mailbox: Mailbox,
    pub(crate) outbox: Outbox,
    pub(crate) peers: Arc<Mutex<Vec<[u8; 32]>>>,
}

impl Ready {
    /// See [`Handle::broadcaster`].
    #[must_use]
    pub fn broadcaster(&self) -> Broadcaster {
        Broadcaster(self.outbox.clone())
    }
}

/// A running engine. Dropping it stops the engine without waiting.
pub struct Handle {
    ready: Ready,
    stop: Option<oneshot::Sender<()>>,
    /// `None` while the engine runs.
    ended: watch::Receiver<Option<Result<(), EngineError>>>,
    /// Disconnects when the thread ends.
    finished: mpsc::Receiver<()>,
    thread: JoinHandle<()>,
}

/// Starts an engine on its own thread, and returns when the stored chain is open. Blocks final before the start follow through
/// [`StateMachine::finalized`] as far as they were not acknowledged.
///
/// Blocks the caller while the storage is read, so an async program calls it before its runtime or in `spawn_blocking`.
///
/// # Errors
///
/// [`StartError`] naming what is wrong with the configuration, the folder or the address.
pub fn start(config: Config, machine: Arc<dyn StateMachine>) -> Result<Handle, StartError> {
    let mut config = config.check().map_err(|faults| StartError::Config { faults })?;
    let genesis_id = config.genesis.share().id();
    let folder = StorageFolder::open(&config.storage_dir, genesis_id, config.block_bytes_max)?;
    config.floor = folder.floor(config.floor.take())?;
    let address = config.listen;
    // The engine binds again, and panics if it cannot; asking first gives a better answer in all but a race.
    drop(TcpListener::bind(address).map_err(|source| StartError::Listen { address, source })?);

    let (stop, stopped) = oneshot::channel();
    let (ready_sender, ready) = mpsc::sync_channel(1);
    let (ended_sender, ended) = watch::channel(None);
    let (finished_sender, finished) = mpsc::sync_channel(0);
    let thread = thread::Builder::new()
        .name("consensus".to_owned())
        .spawn(move || {
            let _finished: mpsc::SyncSender<()> = finished_sender;
            let outcome = run(config, &folder, machine, ready_sender, stopped);
            // The folder is free before anybody learns that the engine ended.
            drop(folder);
            ended_sender.send_replace(Some(outcome));
        })
        .map_err(StartError::Thread)?;
    match ready.recv_timeout(START_WAIT_MAX) {
        Ok(ready) => Ok(Handle { ready, stop: Some(stop), ended, finished, thread }),
        Err(mpsc::RecvTimeoutError::Timeout) => Err(StartError::Slow),
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            let _ = thread.join();
            let outcome = ended.borrow().clone();
            let error = outcome.and_then(Result::err);
            Err(StartError::Engine(error.unwrap_or_else(|| EngineError::Panicked("no reason given".to_owned()))))
        }
    }
}

/// The engine's thread.
fn run(
    config: Checked,
    folder: &StorageFolder,
    machine: Arc<dyn StateMachine>,
    ready: mpsc::SyncSender<Ready>,
    stop: oneshot::Receiver<()>,
) -> Result<(), EngineError> {
    let settings = commonware_runtime::tokio::Config::new()
        .with_worker_threads(config.worker_threads)
        .with_tcp_nodelay(Some(true))
        .with_storage_directory(&folder.engine_dir);
    let report = move |it| {
        let _ = ready.send(it);
    };
    let mark = folder.votes_mark();
    let own = Own {
        config,
        machine,
        may_vote: !mark.is_set(),
        forbid_votes: Box::new(move |why| mark.set(why)),
        cache_pages: engine::CACHE_PAGES,
    };
    let engine = || Runner::new(settings).start(move |context| engine::run(context, own, report, stop));
    // commonware panics when its disk fails, and passes on every panic of its tasks.
    catch_unwind(AssertUnwindSafe(engine)).unwrap_or_else(|panic| Err(EngineError::Panicked(message(&*panic))))
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("a panic without a message").to_owned()
}

impl Handle {
    /// Sends bytes to all connected validators, best effort, this one excluded. Never blocks: messages over the bound and
    /// messages that find the queue of [`GOSSIP_QUEUE_MAX`](crate::GOSSIP_QUEUE_MAX) full are dropped and counted.
    pub fn broadcast(&self, bytes: Bytes) {
        self.ready.outbox.push(bytes);
    }

    /// A way to broadcast that may be cloned and kept elsewhere.
    #[must_use]
    pub fn broadcaster(&self) -> Broadcaster {
        Broadcaster(self.ready.outbox.clone())
    }

    /// Messages that [`Handle::broadcast`] dropped since the start.
    #[must_use]
    pub fn broadcasts_dropped(&self) -> u64 {
        self.ready.outbox.dropped()
    }

    /// Public keys of the nodes connected now, ascending; at most a second old.
    #[must_use]
    pub fn connected_peers(&self) -> Vec<[u8; 32]> {
        self.ready.peers.lock().clone()
    }

    /// A way to read the stored chain that may be cloned and kept elsewhere.
    #[must_use]
    pub fn reader(&self) -> Reader {
        Reader(self.ready.mailbox.clone())
    }

    /// See [`Reader::certificate`].
    pub async fn certificate(&self, height: u64) -> Option<Bytes> {
        self.reader().certificate(height).await
    }

    /// See [`Reader::block`].
    pub async fn block(&self, height: u64) -> Option<Block> {
        self.reader().block(height).await
    }

    /// Waits until the engine ends: by itself with an error, or `Ok` after it was stopped.
    ///
    /// # Errors
    ///
    /// [`EngineError`] saying why it ended.
    pub async fn ended(&self) -> Result<(), EngineError> {
        let mut ended = self.ended.clone();
        let outcome = ended.wait_for(Option::is_some).await.map(|outcome| outcome.clone());
        outcome.ok().flatten().unwrap_or_else(|| Err(EngineError::Panicked("no reason given".to_owned())))
    }

    /// Stops the engine and waits until its storage is free, at most 30 s. Blocks the caller.
    ///
    /// # Errors
    ///
    /// [`EngineError`] if it had ended before, or does not stop.
    pub fn shutdown(mut self) -> Result<(), EngineError> {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        match self.finished.recv_timeout(SHUTDOWN_WAIT_MAX) {
            Err(mpsc::RecvTimeoutError::Timeout) => Err(EngineError::ShutdownTimeout),
            _ => self.join(),
        }
    }

    /// Waits until the engine ends by itself, without bound. Blocks the caller.
    ///
    /// # Errors
    ///
    /// [`EngineError`] saying why it ended.
    pub fn join(self) -> Result<(), EngineError> {
        let Self { stop, ended, thread, .. } = self;
        let _ = thread.join();
        drop(stop);
        let outcome = ended.borrow().clone();
        outcome.unwrap_or_else(|| Err(EngineError::Panicked("no reason given".to_owned())))
    }
}

/// Broadcasts without the [`Handle`].
#[derive(Clone)]
pub struct Broadcaster(Outbox);

impl Broadcaster {
    /// See [`Handle::broadcast`].
    pub fn broadcast(&self, bytes: Bytes) {
        self.0.push(bytes);
    }
}

/// Reads final blocks and certificates from the engine's storage.
#[derive(Clone)]
pub struct Reader(Mailbox);

impl Reader {
    /// The encoded finalization of exactly the block at this height, if this node has it. `None` also after the engine ended.
    pub async fn certificate(&self, height: u64) -> Option<Bytes> {
        let finalization = self.0.get_finalization(Height::new(height)).await?;
        Some(finalization.encode())
    }

    /// Drops blocks and certificates below this height from the engine's storage, a thousand or so at a time. Blocks that the
    /// application has not acknowledged stay whatever the height is.
    pub fn prune(&self, height: u64) {
        self.0.prune(Height::new(height));
    }

    /// The final block at this height, if this node has it. `None` also after the engine ended.
    pub async fn block(&self, height: u64) -> Option<Block> {
        let block = self.0.get_block(Height::new(height)).await?;
        Some(block.inner().share())
    }
}

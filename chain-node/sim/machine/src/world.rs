//! Hosts that start and crash, on one disk and one network, under one clock.

use crate::{
    context::{HostState, SimContext, Skew, message},
    disk::SyncTime,
    network::{HostId, Net},
};
use commonware_runtime::{
    Clock as _, Handle, Spawner as _, Storage as _, Supervisor as _,
    deterministic::{self, Checkpoint, FaultConfig, PartialWriteMode, ResizeConfig, Runner, WriteConfig},
};
use commonware_utils::Probability;
use futures::{FutureExt as _, future::BoxFuture, future::pending};
use std::{
    num::NonZeroUsize,
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::sync::oneshot;
use tracelight_consensus::{
    Broadcaster, Config, StateMachine,
    parts::{self, Checked, ForbidVotes, Network, Own},
};

/// A run that does not end by then is at fault, virtual time.
const RUN_TIME_MAX: Duration = Duration::from_secs(4 * 3600);
/// Epochs of which a host can be made to forget its votes.
const EPOCHS_FORGOTTEN: u64 = 64;
/// Pages of its storage that a host's engine keeps in memory; a node keeps thirty times as many.
const CACHE_PAGES: NonZeroUsize = NonZeroUsize::new(64).expect("not zero");
/// Virtual time in which the tasks of a killed host are gone.
const GONE_AFTER: Duration = Duration::from_millis(20);

/// The engine's disk. Rates are per million operations. A fault shows as an error, which ends the host; what a crash keeps of
/// what was not synced matters only at a power cut of all, a host that crashes alone loses all of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Disk {
    /// Opening fails.
    pub open: u32,
    /// Reading fails.
    pub read: u32,
    /// Writing fails, perhaps after a part.
    pub write: u32,
    /// Syncing fails.
    pub sync: u32,
    /// Share of unsynced bytes that a power cut keeps, per cent.
    pub keep: u32,
    /// Kept bytes are any; otherwise the first ones of a write.
    pub scattered: bool,
}

impl Disk {
    fn faults(self) -> FaultConfig {
        let rate = |ppm: u32| Probability::new(u64::from(ppm), 1_000_000);
        let mode = if self.scattered { PartialWriteMode::Subset } else { PartialWriteMode::Prefix };
        let retention = Probability::new(u64::from(self.keep), 100);
        let both = |failure| Some((rate(failure)?, retention?));
        let write = both(self.write);
        FaultConfig {
            open_rate: rate(self.open),
            read_rate: rate(self.read),
            sync_rate: rate(self.sync),
            write_rate: write.map(|(failure_rate, retention_rate)| WriteConfig { failure_rate, retention_rate, mode }),
            resize_rate: write.map(|(failure_rate, partial_rate)| ResizeConfig { failure_rate, partial_rate }),
            ..FaultConfig::default()
        }
    }
}

/// Where a run begins.
pub enum Start {
    /// With empty disks.
    New {
        /// Decides everything.
        seed: u64,
        /// Virtual time, milliseconds since 1970.
        time_ms: u64,
    },
    /// After a power cut.
    Again(Box<Snapshot>),
}

/// What a power cut leaves: the disks, the time, and the seed's numbers that were not used yet.
pub struct Snapshot {
    checkpoint: Checkpoint,
    seed: u64,
    cuts: u64,
}

impl Snapshot {
    /// Digest over every step of every task so far.
    pub fn digest(&self) -> String {
        self.checkpoint.auditor().state()
    }
}

/// Runs a script on a machine. When it returns, the power is cut.
pub fn simulate<T>(start: Start, script: impl FnOnce(World) -> BoxFuture<'static, T>) -> (T, Snapshot) {
    let (runner, seed, cuts) = match start {
        Start::New { seed, time_ms } => {
            let config = deterministic::Config::new()
                .with_seed(seed)
                .with_start_time(UNIX_EPOCH + Duration::from_millis(time_ms))
                .with_timeout(Some(RUN_TIME_MAX));
            (Runner::new(config), seed, 0)
        }
        Start::Again(snapshot) => (Runner::from(snapshot.checkpoint), snapshot.seed, snapshot.cuts + 1),
    };
    let (result, checkpoint) = runner.start_and_recover(|context| {
        // The network draws from its own numbers, so that its use of them does not shift those of the tasks.
        let net = Arc::new(Net::new(seed ^ (cuts << 56) ^ 0x6e65_7477_6f72_6b00));
        let postman = net.clone();
        drop(context.child("postman").spawn(move |context| postman.deliver(context)));
        script(World { context, net })
    });
    (result, Snapshot { checkpoint, seed, cuts })
}

/// The machine, inside a run.
pub struct World {
    context: deterministic::Context,
    net: Arc<Net>,
}

/// Makes a host's application.
pub type Build = Box<dyn FnOnce(Env) -> Result<Arc<dyn StateMachine>, String> + Send>;

/// A host that is about to start.
pub struct Boot {
    /// Which.
    pub id: HostId,
    /// The engine's configuration; its folder and address mean nothing here.
    pub config: Config,
    /// The host's clock.
    pub skew: Arc<Skew>,
    /// How slow its disk is.
    pub sync_time: Arc<SyncTime>,
    /// May it vote?
    pub may_vote: bool,
    /// Called when it finds its key in use elsewhere.
    pub forbid_votes: ForbidVotes,
    /// A disk that forgets the votes cast before; nobody survives that.
    pub forget_votes: bool,
    /// Makes the application. Tasks that it starts end with the host.
    pub build: Build,
    /// Told when the engine is up.
    pub ready: Box<dyn FnOnce(Broadcaster) + Send>,
}

impl World {
    /// The true time, milliseconds since 1970.
    pub fn now_ms(&self) -> u64 {
        since_1970_ms(self.context.current())
    }

    /// Lets time pass.
    pub async fn sleep_ms(&self, ms: u64) {
        self.context.sleep(Duration::from_millis(ms)).await;
    }

    /// The network.
    pub fn net(&self) -> &Net {
        &self.net
    }

    /// Changes the engine's disks.
    pub fn set_disk(&self, disk: Disk) {
        *self.context.storage_fault_config().write() = disk.faults();
    }

    /// Starts a host.
    ///
    /// # Errors
    /// What is wrong with the configuration.
    pub fn boot(&self, boot: Boot) -> Result<Life, String> {
        let Boot { id, config, skew, sync_time, may_vote, forbid_votes, forget_votes, build, ready } = boot;
        let config = config.check().map_err(|faults| format!("{faults:?}"))?;
        let life = self.net.join(id, config.public_key());
        let disk = self.context.child("disk").with_attribute("host", id).with_attribute("life", life);
        let state = Arc::new(HostState::new(format!("host{id}"), skew, sync_time, disk));
        let context = self.context.child("host").with_attribute("host", id).with_attribute("life", life);
        let (own, net) = (state.clone(), self.net.clone());
        let handle = context.spawn(move |inner| async move {
            let context = SimContext { inner, host: own.clone() };
            if forget_votes {
                for epoch in 0..EPOCHS_FORGOTTEN {
                    let _ = context.remove(&format!("votes-e{epoch}"), None).await;
                }
            }
            let env = Env { context: context.child("application"), net: net.clone(), id };
            let host = HostTask { context, net, id, life, config, may_vote, forbid_votes, ready };
            let reason = match build(env) {
                Err(reason) => reason,
                Ok(machine) => match AssertUnwindSafe(host.run(machine)).catch_unwind().await {
                    Ok(reason) => reason,
                    Err(panic) => format!("the engine panicked: {}", message(&*panic)),
                },
            };
            own.end(reason);
            pending::<()>().await;
        });
        let handle = Arc::new(handle);
        let (watched, dying, net) = (state.clone(), handle.clone(), self.net.clone());
        let watch = self.context.child("watch").spawn(move |_| async move {
            watched.wait_for_end().await;
            net.leave(id, life);
            dying.abort();
        });
        Ok(Life { id, life, state, handle, watch, net: self.net.clone() })
    }

    /// Kills a host as `kill -9` or a power cut does, and returns when nothing of it runs any more.
    pub async fn kill(&self, host: Life) {
        host.net.leave(host.id, host.life);
        host.watch.abort();
        host.handle.abort();
        self.context.sleep(GONE_AFTER).await;
    }
}

fn since_1970_ms(time: SystemTime) -> u64 {
    u64::try_from(time.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis()).unwrap_or(u64::MAX)
}

/// A host that runs, or ended by itself.
pub struct Life {
    id: HostId,
    life: u64,
    state: Arc<HostState>,
    handle: Arc<Handle<()>>,
    watch: Handle<()>,
    net: Arc<Net>,
}

impl Life {
    /// Why it ended by itself, if it did.
    pub fn ended(&self) -> Option<String> {
        self.state.ended()
    }
}

/// A host, for its application.
pub struct Env {
    context: SimContext,
    net: Arc<Net>,
    id: HostId,
}

impl Env {
    /// The same once more.
    pub fn share(&self) -> Self {
        Self { context: self.context.child("part"), net: self.net.clone(), id: self.id }
    }

    /// Milliseconds since 1970 by the host's clock.
    pub fn now_ms(&self) -> u64 {
        since_1970_ms(self.context.current())
    }

    /// Waits.
    pub fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        Box::pin(self.context.sleep(time))
    }

    /// Starts a task that ends with the host.
    pub fn spawn(&self, task: BoxFuture<'static, ()>) {
        drop(self.context.child("task").spawn(|_| task));
    }

    /// Keys of the hosts connected now.
    pub fn connected(&self) -> Vec<[u8; 32]> {
        self.net.connected(self.id)
    }

    /// Ends the host at once.
    pub fn crash(&self, reason: &str) {
        self.context.host.end(reason.to_owned());
    }
}

struct HostTask {
    context: SimContext,
    net: Arc<Net>,
    id: HostId,
    life: u64,
    config: Checked,
    may_vote: bool,
    forbid_votes: ForbidVotes,
    ready: Box<dyn FnOnce(Broadcaster) + Send>,
}

impl HostTask {
    /// Runs the engine; answers why it ended.
    async fn run(self, machine: Arc<dyn StateMachine>) -> String {
        let Self { context, net, id, life, config, may_vote, forbid_votes, ready } = self;
        // The network's own clock is the true one.
        let clock = context.child("network").inner;
        let endpoint = net.endpoint(id, life, Arc::new(move || clock.current()));
        let connections = net.clone();
        let network = Network {
            votes: endpoint.channel(0),
            certificates: endpoint.channel(1),
            resolver: endpoint.channel(2),
            blocks: endpoint.channel(3),
            backfill: endpoint.channel(4),
            gossip: endpoint.channel(5),
            directory: endpoint.clone(),
            blocker: endpoint,
            connected: Arc::new(move || connections.connected(id)),
        };
        let own = Own { config, machine, may_vote, forbid_votes, cache_pages: CACHE_PAGES };
        let (stop, stopped) = oneshot::channel();
        let outcome = parts::run(context.child("engine"), own, network, |it| ready(it.broadcaster()), stopped).await;
        drop(stop);
        match outcome {
            Ok(()) => "the engine stopped".to_owned(),
            Err(error) => error.to_string(),
        }
    }
}

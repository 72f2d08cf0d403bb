//! A host: the real node, application and store on the made-up machine, with its disk's faults and eyes on what it reports.

use crate::liar::Liar;
use crate::plan::{Malice, draw};
use bytes::Bytes;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;
use tracelight_chain_node::host::{Host, Lost, Work};
use tracelight_chain_node::machine::{Machine, Pace, work_off_gossip};
use tracelight_chain_node::mempool::MempoolLimits;
use tracelight_chain_node::node::Node;
use tracelight_chain_node::store::{Room, Store, WriteFault, WriteFaults};
use tracelight_consensus::{Activity, Block, BoxFuture, Committee, FatalError, Misbehaviour, StateMachine};
use tracelight_domain::ids::PublicKey;
use tracelight_proof::genesis::Genesis;
use tracelight_sim_machine::Env;

const LIMITS: MempoolLimits = MempoolLimits { txs_max: 10_000, bytes_max: 8 << 20 };
const TICK: Duration = Duration::from_millis(500);

/// What is shared between a host and the script, whatever life the host is in.
#[derive(Default)]
pub struct Shared {
    node: Mutex<Option<Arc<Node>>>,
    /// Longest delay of a computation, milliseconds.
    pub slow_ms: AtomicU64,
    /// May it vote? Not any more when it found its key elsewhere.
    pub no_votes: AtomicBool,
    /// What it reported.
    pub notes: Mutex<Notes>,
}

/// What a host reported.
#[derive(Default)]
pub struct Notes {
    /// Validators that contradicted themselves.
    pub evidence: Vec<(PublicKey, Misbehaviour)>,
    /// Validators that it shut out.
    pub blocked: Vec<PublicKey>,
    /// Did it find its own key in use elsewhere?
    pub doubled: bool,
    /// Ids of blocks that no honest node may accept.
    pub lies: Vec<[u8; 32]>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    /// The node, while the host runs.
    pub fn node(&self) -> Option<Arc<Node>> {
        lock(&self.node).clone()
    }

    /// Forgets the node of a life that is over.
    pub fn forget(&self) {
        drop(lock(&self.node).take());
    }

    /// What it reported.
    pub fn notes(&self) -> MutexGuard<'_, Notes> {
        lock(&self.notes)
    }
}

/// Which write of the ledger's store fails, and how.
pub struct Trigger {
    left: AtomicI64,
    fault: WriteFault,
    fired: AtomicBool,
}

impl Trigger {
    /// The write with this number after the start, counted from 1; 0 for none.
    pub fn at(write: u64, fault: WriteFault) -> Arc<Self> {
        let left = AtomicI64::new(i64::try_from(write).unwrap_or(0));
        Arc::new(Self { left, fault, fired: AtomicBool::new(false) })
    }

    /// Lets everything pass from now on.
    pub fn disarm(&self) {
        self.left.store(0, Ordering::Relaxed);
    }

    /// May the node end over it? Over a lie it may not, and cannot but.
    pub fn excuses(&self) -> bool {
        self.fired.load(Ordering::Relaxed) && self.fault != WriteFault::Lie
    }

    fn ask(&self) -> Option<WriteFault> {
        if self.left.load(Ordering::Relaxed) == 0 || self.left.fetch_sub(1, Ordering::Relaxed) != 1 {
            return None;
        }
        self.fired.store(true, Ordering::Relaxed);
        Some(self.fault)
    }

    fn hook(self: Arc<Self>) -> WriteFaults {
        Box::new(move |_| self.ask())
    }
}

/// The machine, for the node.
struct SimHost {
    env: Env,
    shared: Arc<Shared>,
    rng: Mutex<ChaCha8Rng>,
}

impl Host for SimHost {
    fn now_ms(&self) -> u64 {
        self.env.now_ms()
    }

    fn uptime(&self) -> Duration {
        Duration::from_millis(self.env.now_ms())
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        self.env.sleep(time)
    }

    fn compute(&self, work: Work) -> BoxFuture<'static, Result<(), Lost>> {
        let slow_ms = self.shared.slow_ms.load(Ordering::Relaxed);
        let pause = match slow_ms {
            0 => None,
            _ => Some(self.env.sleep(Duration::from_millis(draw(&mut lock(&self.rng), (0, slow_ms))))),
        };
        let (done, wait) = oneshot::channel();
        self.env.spawn(Box::pin(async move {
            if let Some(pause) = pause {
                pause.await;
            }
            work();
            let _ = done.send(());
        }));
        Box::pin(async move { wait.await.map_err(|_| Lost::Stopping) })
    }
}

/// What a host needs to start.
pub struct Start {
    pub genesis: Genesis,
    pub validator: PublicKey,
    pub dir: PathBuf,
    pub heartbeat_ms: u64,
    pub trigger: Arc<Trigger>,
    pub shared: Arc<Shared>,
    pub malice: Option<Malice>,
    pub seed: u64,
}

/// Opens the store and puts the node together; `run.rs` does the same for a real one.
pub fn build(start: Start, env: Env) -> Result<Arc<dyn StateMachine>, String> {
    let Start { genesis, validator, dir, heartbeat_ms, trigger, shared, malice, seed } = start;
    let store = Store::open_in(Room::SMALL, &dir, &genesis).map_err(|error| error.to_string())?;
    store.inject(trigger.hook());
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let lies = ChaCha8Rng::seed_from_u64(rng.random());
    let host = SimHost { env: env.share(), shared: shared.clone(), rng: Mutex::new(rng) };
    let node = Node::new_on(Arc::new(host), &genesis, validator, store, LIMITS).map_err(|error| error.to_string())?;
    let node = Arc::new(node);
    let (machine, gossip) = Machine::new(node.clone(), Pace { heartbeat_ms });
    env.spawn(Box::pin(work_off_gossip(node.clone(), gossip)));
    env.spawn(Box::pin(tick(node.clone(), env.share())));
    *lock(&shared.node) = Some(node.clone());
    let watched = Watched { machine, shared: shared.clone() };
    Ok(match malice {
        Some(malice @ (Malice::Lies | Malice::Mute)) => Arc::new(Liar::new(watched, node, shared, malice, lies)),
        _ => Arc::new(watched),
    })
}

/// As `run.rs` does.
async fn tick(node: Arc<Node>, env: Env) {
    let mut mark = 0;
    loop {
        env.sleep(TICK).await;
        node.set_connected(env.connected().into_iter().map(PublicKey).collect());
        mark = node.repeat_gossip(mark);
        let _ = node.stall();
    }
}

/// The real application, whose reports are kept.
pub struct Watched {
    machine: Machine,
    shared: Arc<Shared>,
}

impl StateMachine for Watched {
    fn propose(&self, parent: Block) -> BoxFuture<'_, Option<Block>> {
        self.machine.propose(parent)
    }

    fn verify(&self, parent: Block, block: Block) -> BoxFuture<'_, bool> {
        self.machine.verify(parent, block)
    }

    fn certified(&self, block_id: [u8; 32], certificate: Bytes) {
        self.machine.certified(block_id, certificate);
    }

    fn finalized(&self, block: Block, certificate: Option<Bytes>) -> BoxFuture<'_, Result<(), FatalError>> {
        self.machine.finalized(block, certificate)
    }

    fn executed(&self) -> Option<u64> {
        self.machine.executed()
    }

    fn committee(&self, epoch: u64) -> BoxFuture<'_, Result<Committee, FatalError>> {
        self.machine.committee(epoch)
    }

    fn gossip(&self, from: [u8; 32], bytes: Bytes) {
        self.machine.gossip(from, bytes);
    }

    fn activity(&self, activity: Activity) {
        match &activity {
            Activity::Misbehaviour { validator, kind, .. } => {
                self.shared.notes().evidence.push((PublicKey(*validator), *kind));
            }
            Activity::KeyUsedElsewhere { .. } => self.shared.notes().doubled = true,
            Activity::Blocked { validators } => {
                self.shared.notes().blocked.extend(validators.iter().map(|key| PublicKey(*key)));
            }
            _ => {}
        }
        self.machine.activity(activity);
    }
}

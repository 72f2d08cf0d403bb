//! A toy application and a cluster of engines on loopback, all in this process.

use bytes::Bytes;
use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tracelight_consensus::{Activity, Block, BoxFuture, Config, FatalError, Handle, StateMachine, Validator, start};

pub const NAMESPACE: &[u8] = b"tracelight/consensus/v1/test";

/// Version 1, height, parent, body hash: the fixed part of a header and nothing else.
pub fn header(height: u64, parent: [u8; 32], body: &[u8]) -> Bytes {
    use commonware_cryptography::{Blake3, Hasher as _};
    let mut header = vec![1];
    header.extend_from_slice(&height.to_be_bytes());
    header.extend_from_slice(&parent);
    header.extend_from_slice(Blake3::hash(&[body]).as_ref());
    header.into()
}

/// What one node saw. Survives restarts of its engine, as a database would.
#[derive(Default)]
pub struct Seen {
    /// Block id and certificate by height.
    pub blocks: BTreeMap<u64, ([u8; 32], Option<Bytes>)>,
    pub gossip: Vec<([u8; 32], Bytes)>,
    pub activity: Vec<Activity>,
    /// Deliveries of heights that were delivered before.
    pub repeated: u64,
}

/// Proposes a block at once, or after a pause, with the height as its body.
pub struct Toy {
    seen: Mutex<Seen>,
    pub pause_ms: AtomicU64,
    /// Refuse every block from now on, as a machine with a full disk would.
    pub broken: AtomicBool,
    /// Propose blocks that do not follow their parent.
    pub lying: AtomicBool,
    /// Blocks proposed that do not follow their parent.
    pub lies: AtomicU64,
}

impl Toy {
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            seen: Mutex::default(),
            pause_ms: AtomicU64::new(0),
            broken: AtomicBool::new(false),
            lying: AtomicBool::new(false),
            lies: AtomicU64::new(0),
        })
    }

    pub fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn height(&self) -> u64 {
        self.seen().blocks.keys().next_back().copied().unwrap_or(0)
    }

    fn body(height: u64) -> Bytes {
        Bytes::from(format!("body of block {height}"))
    }
}

impl StateMachine for Toy {
    fn propose(&self, parent: Block) -> BoxFuture<'_, Option<Block>> {
        Box::pin(async move {
            // Shows that timers work on the engine's runtime.
            tokio::time::sleep(Duration::from_millis(self.pause_ms.load(Ordering::Relaxed))).await;
            let height = parent.height() + 1;
            let body = Self::body(height);
            let lying = self.lying.load(Ordering::Relaxed);
            let claimed = height + u64::from(lying);
            self.lies.fetch_add(u64::from(lying), Ordering::Relaxed);
            Some(Block { header: header(claimed, parent.id(), &body), body })
        })
    }

    fn verify(&self, parent: Block, block: Block) -> BoxFuture<'_, bool> {
        Box::pin(async move { block.height() == parent.height() + 1 && block.body == Self::body(block.height()) })
    }

    fn finalized(&self, block: Block, certificate: Option<Bytes>) -> BoxFuture<'_, Result<(), FatalError>> {
        Box::pin(async move {
            if self.broken.load(Ordering::Relaxed) {
                return Err(FatalError::new("the toy is broken"));
            }
            // Shows that tasks can be spawned on the engine's runtime.
            let id = tokio::task::spawn_blocking({
                let block = block.clone();
                move || block.id()
            });
            let id = id.await.map_err(FatalError::new)?;
            let mut seen = self.seen();
            let next = seen.blocks.keys().next_back().map_or(1, |height| height + 1);
            if block.height() > next {
                return Err(FatalError::new(format!("block {} came before block {next}", block.height())));
            }
            match seen.blocks.get(&block.height()) {
                Some((known, _)) if *known != id => {
                    return Err(FatalError::new(format!("two blocks of height {}", block.height())));
                }
                Some(_) => seen.repeated += 1,
                None => {
                    seen.blocks.insert(block.height(), (id, certificate));
                }
            }
            Ok(())
        })
    }

    fn gossip(&self, from: [u8; 32], bytes: Bytes) {
        self.seen().gossip.push((from, bytes));
    }

    fn activity(&self, activity: Activity) {
        self.seen().activity.push(activity);
    }
}

/// `count` validators with keys of fixed seeds and free ports.
pub struct Cluster {
    pub validators: Vec<Validator>,
    pub seeds: Vec<[u8; 32]>,
    pub machines: Vec<Arc<Toy>>,
    pub engines: Vec<Option<Handle>>,
    scratch: tempfile::TempDir,
}

/// Ports that were free a moment ago. All are held at once, so they differ.
pub fn free_ports(count: usize) -> Vec<u16> {
    let bind = |_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let held: Vec<_> = (0..count).map(bind).collect();
    held.iter().map(|it| it.local_addr().expect("bound").port()).collect()
}

pub fn public_key(seed: &[u8; 32]) -> [u8; 32] {
    use commonware_codec::{Copying, DecodeExt as _};
    use commonware_cryptography::{Signer as _, ed25519::PrivateKey};
    let key = PrivateKey::decode(Copying(seed)).expect("any seed is a key").public_key();
    let mut bytes = [0; 32];
    bytes.copy_from_slice(&key);
    bytes
}

impl Cluster {
    pub fn new(count: u8) -> Self {
        let seeds: Vec<_> = (1..=count).map(|seed| [seed; 32]).collect();
        let ports = free_ports(seeds.len());
        let validator = |(seed, port): (&[u8; 32], &u16)| Validator {
            public_key: public_key(seed),
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, *port)),
        };
        Self {
            validators: seeds.iter().zip(&ports).map(validator).collect(),
            machines: seeds.iter().map(|_| Toy::new()).collect(),
            engines: seeds.iter().map(|_| None).collect(),
            seeds,
            scratch: tempfile::tempdir().expect("scratch folder"),
        }
    }

    pub fn dir(&self, node: usize) -> PathBuf {
        Path::new(self.scratch.path()).join(format!("node-{node}"))
    }

    pub fn config(&self, node: usize) -> Config {
        Config::new(
            self.seeds[node].into(),
            self.validators.clone(),
            self.validators[node].address,
            self.dir(node),
            NAMESPACE.to_vec(),
            header(0, [0; 32], b"").to_vec(),
        )
    }

    pub fn start(&mut self, node: usize) {
        let machine = self.machines[node].clone();
        self.engines[node] = Some(start(self.config(node), machine).expect("the engine starts"));
    }

    pub fn start_all(&mut self) {
        (0..self.seeds.len()).for_each(|node| self.start(node));
    }

    pub fn stop(&mut self, node: usize) {
        let engine = self.engines[node].take().expect("a running engine");
        engine.shutdown().expect("the engine stops cleanly");
    }

    pub fn engine(&self, node: usize) -> &Handle {
        self.engines[node].as_ref().expect("a running engine")
    }

    /// Waits until all running nodes have a block of this height, and says how long it took.
    #[track_caller]
    pub fn reach(&self, height: u64, within: Duration) -> Duration {
        let start = Instant::now();
        let lowest = || {
            let running = self.engines.iter().zip(&self.machines).filter(|(engine, _)| engine.is_some());
            running.map(|(_, machine)| machine.height()).min().expect("a running engine")
        };
        while lowest() < height {
            let heights: Vec<_> = self.machines.iter().map(|machine| machine.height()).collect();
            assert!(start.elapsed() < within, "height {height} not reached within {within:?}: {heights:?}");
            std::thread::sleep(Duration::from_millis(10));
        }
        start.elapsed()
    }

    /// Blocks a second that node `node` delivers during `time`.
    pub fn rate(&self, node: usize, time: Duration) -> f64 {
        let (before, start) = (self.machines[node].height(), Instant::now());
        std::thread::sleep(time);
        (self.machines[node].height() - before) as f64 / start.elapsed().as_secs_f64()
    }
}

//! A toy application and a cluster of engines on loopback, all in this process.

use bytes::Bytes;
use std::{
    collections::{BTreeMap, BTreeSet},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tracelight_consensus::{
    Activity, Block, BoxFuture, Committee, Config, FatalError, Handle, StateMachine, Validator, start,
};
use tracelight_proof::certificate::{Certificate, ValidatorSet};

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

/// Who decides when; the same for all nodes of a test.
pub struct Plan {
    pub epoch_blocks: u32,
    /// Nodes of each epoch; the last entry is for ever.
    pub committees: Vec<Vec<usize>>,
    /// All nodes of the test. Those that are not in a committee may look on.
    pub nodes: Vec<Validator>,
}

impl Plan {
    pub fn committee(&self, epoch: u64) -> &[usize] {
        let last = self.committees.len() - 1;
        &self.committees[usize::try_from(epoch).unwrap_or(last).min(last)]
    }

    pub fn epoch(&self, height: u64) -> u64 {
        height / u64::from(self.epoch_blocks)
    }

    /// The last height of an epoch.
    pub fn last(&self, epoch: u64) -> u64 {
        (epoch + 1) * u64::from(self.epoch_blocks) - 1
    }

    /// The set that certifies this height, for the checker that phones run.
    pub fn checker(&self, height: u64) -> ValidatorSet {
        let keys: Vec<_> = self.committee(self.epoch(height)).iter().map(|node| self.nodes[*node].public_key).collect();
        ValidatorSet::new(&keys).expect("good keys")
    }
}

pub fn genesis_id() -> [u8; 32] {
    Block { header: header(0, [0; 32], b""), body: Bytes::new() }.id()
}

/// What one node saw. Survives restarts of its engine, as a database would.
#[derive(Default)]
pub struct Seen {
    /// Block id and certificate by height.
    pub blocks: BTreeMap<u64, ([u8; 32], Option<Bytes>)>,
    pub gossip: Vec<([u8; 32], Bytes)>,
    pub activity: Vec<Activity>,
    /// When each height came first.
    pub times: BTreeMap<u64, Instant>,
    /// Deliveries of heights that were delivered before.
    pub repeated: u64,
    /// Ids of blocks that were final before they were delivered.
    pub early: BTreeSet<[u8; 32]>,
}

/// Proposes a block at once, or after a pause, with the height as its body.
pub struct Toy {
    pub plan: Arc<Plan>,
    /// Where this node believes the others to be, other than the plan says.
    pub addresses: Mutex<BTreeMap<usize, String>>,
    /// Do not say who decides from this epoch on.
    pub speechless_from: AtomicU64,
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
    pub fn new(plan: Arc<Plan>) -> Arc<Self> {
        Arc::new(Self {
            plan,
            addresses: Mutex::default(),
            speechless_from: AtomicU64::new(u64::MAX),
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

    fn certified(&self, block_id: [u8; 32], certificate: Bytes) {
        let mut seen = self.seen();
        if !certificate.is_empty() && seen.blocks.values().next_back().is_none_or(|(newest, _)| *newest != block_id) {
            seen.early.insert(block_id);
        }
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
                    seen.times.insert(block.height(), Instant::now());
                    seen.blocks.insert(block.height(), (id, certificate));
                }
            }
            Ok(())
        })
    }

    fn executed(&self) -> Option<u64> {
        Some(self.height())
    }

    fn committee(&self, epoch: u64) -> BoxFuture<'_, Result<Committee, FatalError>> {
        Box::pin(async move {
            if epoch >= self.speechless_from.load(Ordering::Relaxed) {
                return Err(FatalError::new("the toy is speechless"));
            }
            let parent = match epoch.checked_sub(1) {
                None => genesis_id(),
                Some(before) => {
                    let (height, seen) = (self.plan.last(before), self.seen());
                    let block = seen.blocks.get(&height).ok_or_else(|| FatalError::new("asked too early"))?;
                    block.0
                }
            };
            let addresses = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
            let node = |index: usize| {
                let known = self.plan.nodes[index].clone();
                Validator { address: addresses.get(&index).cloned().unwrap_or(known.address), ..known }
            };
            let committee = self.plan.committee(epoch);
            let others = (0..self.plan.nodes.len()).filter(|index| !committee.contains(index));
            Ok(Committee {
                parent,
                validators: committee.iter().copied().map(node).collect(),
                observers: others.map(node).collect(),
                may_vote: true,
            })
        })
    }

    fn gossip(&self, from: [u8; 32], bytes: Bytes) {
        self.seen().gossip.push((from, bytes));
    }

    fn activity(&self, activity: Activity) {
        self.seen().activity.push(activity);
    }
}

/// Nodes with keys of fixed seeds and free ports.
pub struct Cluster {
    pub plan: Arc<Plan>,
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
    /// Nodes that are all validators, for ever.
    pub fn new(count: u8) -> Self {
        Self::with_committees(count, 1_000_000, vec![(0..usize::from(count)).collect()])
    }

    pub fn with_committees(count: u8, epoch_blocks: u32, committees: Vec<Vec<usize>>) -> Self {
        let seeds: Vec<_> = (1..=count).map(|seed| [seed; 32]).collect();
        let ports = free_ports(seeds.len());
        let node = |(seed, port): (&[u8; 32], &u16)| Validator {
            public_key: public_key(seed),
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, *port)).to_string(),
        };
        let plan = Arc::new(Plan { epoch_blocks, committees, nodes: seeds.iter().zip(&ports).map(node).collect() });
        Self {
            machines: seeds.iter().map(|_| Toy::new(plan.clone())).collect(),
            engines: seeds.iter().map(|_| None).collect(),
            plan,
            seeds,
            scratch: tempfile::tempdir().expect("scratch folder"),
        }
    }

    /// A second node with the key of `node`, on a port of its own; returns its number.
    pub fn double(&mut self, node: usize) -> usize {
        self.seeds.push(self.seeds[node]);
        self.machines.push(Toy::new(self.plan.clone()));
        self.engines.push(None);
        self.seeds.len() - 1
    }

    pub fn dir(&self, node: usize) -> PathBuf {
        Path::new(self.scratch.path()).join(format!("node-{node}"))
    }

    pub fn config(&self, node: usize) -> Config {
        let listen = self.plan.nodes.get(node).map_or("127.0.0.1:0", |it| it.address.as_str());
        Config::new(
            self.seeds[node].into(),
            listen.parse().expect("an address"),
            self.dir(node),
            NAMESPACE.to_vec(),
            header(0, [0; 32], b"").to_vec(),
            self.plan.epoch_blocks,
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

    /// All nodes that have a height have the same block there. They may be running, and be at different heights.
    #[track_caller]
    pub fn agree(&self) {
        let mut known = BTreeMap::new();
        for (node, machine) in self.machines.iter().enumerate() {
            for (height, (id, _)) in &machine.seen().blocks {
                let first = *known.entry(*height).or_insert(*id);
                assert_eq!(*id, first, "node {node} has another block at height {height}");
            }
        }
    }

    /// Every certificate delivered is good in the eyes of the checker that phones run, under the set of its epoch. Returns how
    /// many there were.
    #[track_caller]
    pub fn check_certificates(&self) -> usize {
        let mut checked = 0;
        for machine in &self.machines {
            for (height, (id, certificate)) in &machine.seen().blocks {
                let Some(bytes) = certificate else { continue };
                let validators = self.plan.checker(*height);
                let parsed = Certificate::parse(bytes, &validators);
                let signers = parsed.and_then(|it| Ok((it.epoch(), it.verify(NAMESPACE, &validators, id)?)));
                let (epoch, signers) = signers.unwrap_or_else(|error| panic!("certificate of block {height}: {error}"));
                assert!(signers.as_slice().len() >= validators.quorum());
                assert_eq!(epoch, self.plan.epoch(*height), "epoch of block {height}");
                checked += 1;
            }
        }
        checked
    }

    /// Blocks a second that node `node` delivers during `time`.
    pub fn rate(&self, node: usize, time: Duration) -> f64 {
        let (before, start) = (self.machines[node].height(), Instant::now());
        std::thread::sleep(time);
        (self.machines[node].height() - before) as f64 / start.elapsed().as_secs_f64()
    }
}

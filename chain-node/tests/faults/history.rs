//! Members at work while things go wrong, and what they were told.
//!
//! Each writer owns a lane: goods that nobody else touches, moved step by step from registration to the counter, through
//! whichever node answers. A step is sent again, the same bytes, until some node says how it ended: that is what the
//! programs beside the chain do. The device lane anchors a log that grows, with nonces that may not have a gap. An observer
//! asks all nodes all the time and notes what they say, so that a node which takes something back is caught.

use crate::common::goods::{Goods, public, sign};
use crate::common::{Caller, Cluster, Member, http_within, json};
use crate::{MANUFACTURER, PHARMACY};
use ed25519_dalek::SigningKey;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tracelight_api::chain::{Blocks, NodeStatus, Receipt, Receipts, TxOutcome};
use tracelight_domain::ids::{ChainId, Hash, TxId};
use tracelight_domain::state::ObjectId;
use tracelight_domain::tx::TxBody;
use tracelight_proof::block::{block_id, encode_body};

/// Longest wait of a call for a transaction's end.
const WAIT_MS: u64 = 2_000;
/// Longest time of a call.
const CALL_MAX: Duration = Duration::from_secs(5);
/// How long a node that let a call time out is not asked.
const AVOID: Duration = Duration::from_secs(20);
/// Pause of a writer that was not answered.
const PAUSE: Duration = Duration::from_millis(100);

/// What a member knows of one of its transactions.
#[derive(Clone, Debug)]
pub struct Sent {
    pub id: TxId,
    pub bytes: Vec<u8>,
    /// Objects that have exactly one event of it once it is applied.
    pub objects: Vec<ObjectId>,
    /// When it was first sent.
    pub asked: Instant,
    /// Each answer that was final, and when it came: node, outcome, height.
    pub finals: Vec<Final>,
    /// Calls without an answer, or with the answer that it is on its way.
    pub unknown: usize,
    /// Answers that it leaves no trace: a node that lags behind says so of what it cannot know yet.
    pub rejected: Vec<String>,
}

/// A final answer.
#[derive(Clone, Copy, Debug)]
pub struct Final {
    pub node: usize,
    pub at: Instant,
    pub outcome: TxOutcome,
    pub height: Option<u64>,
}

impl Sent {
    /// The first final answer.
    pub fn acknowledged(&self) -> Option<&Final> {
        self.finals.first()
    }
}

/// Everything that was said.
#[derive(Clone, Debug, Default)]
pub struct History {
    pub sent: Vec<Sent>,
    /// Block ids that nodes showed while the faults went on, by height; more than one is a fork.
    pub shown: BTreeMap<u64, Vec<Hash>>,
    /// What was wrong already while it went on.
    pub broken: Vec<String>,
    /// Heights that the observer asked for.
    pub looks: usize,
}

impl History {
    /// Transactions that were acknowledged.
    pub fn acknowledged(&self) -> usize {
        self.sent.iter().filter(|sent| sent.acknowledged().is_some()).count()
    }
}

#[derive(Clone)]
struct Shared {
    rpc: Vec<Caller>,
    chain: ChainId,
    members: Vec<Member>,
    stop: Arc<AtomicBool>,
    history: Arc<Mutex<History>>,
    /// Until when each node is not asked.
    avoid: Arc<Mutex<Vec<Option<Instant>>>>,
    /// Nodes that lost their disk since the observer last looked.
    wiped: Arc<Mutex<Vec<usize>>>,
}

/// Members at work.
pub struct Load {
    shared: Shared,
    threads: Vec<JoinHandle<()>>,
}

impl Load {
    /// Sets `lanes` writers, one device and one observer to work. `run` distinguishes several loads on one chain.
    pub fn start(cluster: &Cluster, run: u64, lanes: u64) -> Self {
        let shared = Shared {
            rpc: (0..cluster.rpc.len()).map(|node| cluster.caller(node)).collect(),
            chain: cluster.chain(),
            members: cluster.members.clone(),
            stop: Arc::default(),
            history: Arc::default(),
            avoid: Arc::new(Mutex::new(vec![None; cluster.rpc.len()])),
            wiped: Arc::default(),
        };
        let mut threads = Vec::new();
        for lane in 0..lanes {
            let shared = shared.clone();
            threads.push(std::thread::spawn(move || shared.move_goods(run * 16 + lane)));
        }
        let device = shared.clone();
        threads.push(std::thread::spawn(move || device.anchor_log(run)));
        let observer = shared.clone();
        threads.push(std::thread::spawn(move || observer.observe()));
        Self { shared, threads }
    }

    /// Transactions acknowledged so far.
    pub fn acknowledged(&self) -> usize {
        self.shared.history().acknowledged()
    }

    /// Waits until so many more are acknowledged, and returns how long it took.
    pub fn wait_for(&self, more: usize, bound: Duration) -> anyhow::Result<Duration> {
        let (started, goal) = (Instant::now(), self.acknowledged() + more);
        while self.acknowledged() < goal {
            anyhow::ensure!(started.elapsed() < bound, "{more} more acknowledgements did not come within {bound:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(started.elapsed())
    }

    /// How long each transaction took that was sent since then and is acknowledged, ascending.
    pub fn waits_since(&self, since: Instant) -> Vec<Duration> {
        let history = self.shared.history();
        let sent = history.sent.iter().filter(|sent| sent.asked >= since);
        let mut waits: Vec<_> = sent.filter_map(|sent| Some(sent.acknowledged()?.at - sent.asked)).collect();
        waits.sort_unstable();
        waits
    }

    /// Members no longer ask this node.
    pub fn leave_out(&self, node: usize) {
        let forever = Instant::now() + Duration::from_secs(1_000_000);
        self.shared.avoid.lock().unwrap_or_else(PoisonError::into_inner)[node] = Some(forever);
    }

    /// Members ask this node again.
    pub fn take_in(&self, node: usize) {
        self.shared.avoid.lock().unwrap_or_else(PoisonError::into_inner)[node] = None;
    }

    /// Tells the observer that a node which is down has lost its disk and will begin anew.
    pub fn wiped(&self, node: usize) {
        self.shared.wiped.lock().unwrap_or_else(PoisonError::into_inner).push(node);
    }

    /// Lets the writers give up what is not settled and ends them.
    pub fn finish(self) -> anyhow::Result<History> {
        self.shared.stop.store(true, Ordering::Relaxed);
        for thread in self.threads {
            thread.join().map_err(|_| anyhow::anyhow!("a writer panicked"))?;
        }
        let history = self.shared.history().clone();
        Ok(history)
    }
}

/// One step: a transaction, and the objects that it touches.
struct Step {
    member: usize,
    body: TxBody,
    objects: Vec<ObjectId>,
}

impl Shared {
    fn history(&self) -> std::sync::MutexGuard<'_, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn move_goods(&self, lane: u64) {
        for round in 0..50_000 {
            let goods = Goods::new((lane + 1) * 50_000 + round);
            let mut nonce = (lane + 1) << 32 | round << 8;
            for call in steps(&goods, self.members[PHARMACY].gln) {
                let mut sent = Vec::new();
                for step in call {
                    nonce += 1;
                    let bytes = sign(&self.members[step.member].operator, self.chain, nonce, 50_000, step.body);
                    sent.push(self.note(bytes, step.objects));
                }
                if !self.settle(&sent, lane + round) {
                    return;
                }
            }
        }
    }

    /// A device's log that grows, two entries in a call, the second one first.
    fn anchor_log(&self, run: u64) {
        let device = SigningKey::from_bytes(&[u8::try_from(run % 200).unwrap_or(0) + 20; 32]);
        let register = TxBody::RegisterDevice { device: public(&device), label: format!("line {run}") };
        let key = &self.members[MANUFACTURER].operator;
        let register = sign(key, self.chain, 1 << 60 | run, 50_000, register);
        let register = self.note(register, vec![ObjectId::Key(public(&device))]);
        if !self.settle(&[register], 0) {
            return;
        }
        let log = Hash([u8::try_from(run % 200).unwrap_or(0); 32]);
        let object = ObjectId::Log(self.members[MANUFACTURER].gln, log);
        let anchor = |nonce: u64| {
            let body = TxBody::Anchor { log, size: nonce + 1, root: Hash([3; 32]) };
            self.note(sign(&device, self.chain, nonce, 50_000, body), vec![object.clone()])
        };
        for pair in 0..100_000 {
            let (second, first) = (anchor(2 * pair + 1), anchor(2 * pair));
            if !self.settle(&[second, first], pair) {
                return;
            }
        }
    }

    /// Notes a transaction that is about to be sent; returns its place.
    fn note(&self, bytes: Vec<u8>, objects: Vec<ObjectId>) -> usize {
        let signed = tracelight_proof::signed::parse(&bytes).expect("a transaction of our own");
        let id = tracelight_proof::signed::tx_id(&signed.tx);
        let asked = Instant::now();
        let mut history = self.history();
        history.sent.push(Sent { id, bytes, objects, asked, finals: Vec::new(), unknown: 0, rejected: Vec::new() });
        history.sent.len() - 1
    }

    /// Sends until all are final; `false` when told to stop before.
    fn settle(&self, places: &[usize], first_node: u64) -> bool {
        let nodes = self.rpc.len();
        let mut node = usize::try_from(first_node).unwrap_or(0) % nodes;
        let txs: Vec<Vec<u8>> = {
            let history = self.history();
            places.iter().map(|place| history.sent[*place].bytes.clone()).collect()
        };
        while !self.stopped() {
            if self.avoids(node) {
                node = (node + 1) % nodes;
                continue;
            }
            let path = format!("/v1/txs?wait_ms={WAIT_MS}");
            let started = Instant::now();
            let answer = http_within(&self.rpc[node], "POST", &path, &encode_body(&txs), CALL_MAX);
            let receipts = answer.and_then(json::<Receipts>).ok().map(|answer| answer.receipts);
            match receipts {
                Some(receipts) if receipts.len() == txs.len() => {
                    if self.take(places, node, &receipts) {
                        return true;
                    }
                }
                _ => {
                    places.iter().for_each(|place| self.history().sent[*place].unknown += 1);
                    if started.elapsed() >= CALL_MAX {
                        self.avoid.lock().unwrap_or_else(PoisonError::into_inner)[node] = Some(Instant::now() + AVOID);
                    }
                    std::thread::sleep(PAUSE);
                }
            }
            node = (node + 1) % nodes;
        }
        false
    }

    /// Whether the node let a call time out lately. Never all of them.
    fn avoids(&self, node: usize) -> bool {
        let avoid = self.avoid.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let avoided = |until: &Option<Instant>| until.is_some_and(|until| until > now);
        avoided(&avoid[node]) && !avoid.iter().all(avoided)
    }

    /// Notes a node's answers; whether all are final.
    fn take(&self, places: &[usize], node: usize, receipts: &[Receipt]) -> bool {
        let (at, mut history) = (Instant::now(), self.history());
        let mut all = true;
        for (place, receipt) in places.iter().zip(receipts) {
            let sent = &mut history.sent[*place];
            match receipt.outcome {
                TxOutcome::Applied | TxOutcome::Refused => {
                    sent.finals.push(Final { node, at, outcome: receipt.outcome, height: receipt.height });
                }
                TxOutcome::Pending => sent.unknown += 1,
                TxOutcome::Rejected | TxOutcome::Conflict => {
                    let why = receipt.refusal.clone().unwrap_or_default();
                    sent.rejected.push(format!("node {node}: {:?} {why}", receipt.outcome));
                }
            }
            all &= sent.acknowledged().is_some();
        }
        all
    }

    fn observe(&self) {
        let mut highest = vec![0; self.rpc.len()];
        while !self.stopped() {
            for node in std::mem::take(&mut *self.wiped.lock().unwrap_or_else(PoisonError::into_inner)) {
                highest[node] = 0;
            }
            for (node, highest) in highest.iter_mut().enumerate() {
                if let Err(broken) = self.look(node, highest) {
                    self.history().broken.push(broken);
                }
            }
            std::thread::sleep(PAUSE);
        }
    }

    /// Asks a node for its newest block. A node that does not answer says nothing.
    fn look(&self, node: usize, highest: &mut u64) -> Result<(), String> {
        let ask = |path: &str| http_within(&self.rpc[node], "GET", path, &[], Duration::from_secs(2));
        let Ok(status) = ask("/v1/status").and_then(json::<NodeStatus>) else { return Ok(()) };
        if status.executed < *highest {
            return Err(format!("node {node} went back from block {highest} to block {}", status.executed));
        }
        *highest = status.executed;
        let path = format!("/v1/blocks?from={highest}&max=1");
        let Ok(blocks) = ask(&path).and_then(json::<Blocks>) else { return Ok(()) };
        let Some(block) = blocks.blocks.first() else {
            return Err(format!("node {node} says that it executed block {highest} and does not show it"));
        };
        let id = block_id(&block.header.0);
        let mut history = self.history();
        history.looks += 1;
        let ids = history.shown.entry(*highest).or_default();
        if !ids.contains(&id) {
            ids.push(id);
        }
        Ok(())
    }
}

/// The life of one batch, as calls of transactions that may travel together.
fn steps(goods: &Goods, to: tracelight_domain::ids::MemberId) -> Vec<Vec<Step>> {
    let by = |member, body, objects: Vec<ObjectId>| Step { member, body, objects };
    let batch = || ObjectId::Batch(goods.batch.clone());
    let case = || ObjectId::Logistic(goods.case);
    vec![
        vec![
            by(MANUFACTURER, goods.register_product(), vec![ObjectId::Product(goods.gtin)]),
            by(MANUFACTURER, goods.register_batch(), vec![batch()]),
            by(MANUFACTURER, goods.seal(), vec![batch()]),
            by(MANUFACTURER, goods.pack(), vec![case()]),
        ],
        vec![by(MANUFACTURER, goods.ship(to), vec![case()])],
        vec![by(PHARMACY, goods.receive(), vec![case()])],
        vec![by(PHARMACY, goods.dispense(0), vec![ObjectId::Unit(goods.touch(0).unit)])],
    ]
}

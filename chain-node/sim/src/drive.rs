//! The script of a run: hosts start, faults come and go, clients send, power is cut; then everything heals, the chain must move
//! again within [`HEAL_MS_MAX`], and [`crate::judge`] looks at what is left.

pub mod gray;

use crate::alliance::{Alliance, GENESIS_MS};
use crate::host::{self, Shared, Trigger};
use crate::judge::{Verdict, judge};
use crate::load::{Load, Server};
use crate::plan::{Malice, Plan, draw};
use futures::future::BoxFuture;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tracelight_chain_node::store::{Room, Store, WriteFault};
use tracelight_consensus::Config;
use tracelight_domain::ids::{ChainId, Height};
use tracelight_proof::block::BODY_BYTES_MAX;
use tracelight_proof::genesis::consensus_namespace;
use tracelight_sim_machine::network::{HostId, Link};
use tracelight_sim_machine::{Boot, Disk, Life, Skew, Start, SyncTime, World, simulate};

/// After the faults every honest node has to be three blocks above the highest of before within this virtual time.
pub const HEAL_MS_MAX: u64 = 30_000;
/// And every honest node has to get a new transaction into the chain within this.
pub const PROBE_MS_MAX: u64 = 30_000;
/// Blocks that show that the chain moves.
const PROGRESS: Height = 3;
const TICK_MS: u64 = 50;
const POLL_MS: u64 = 250;
/// Load goes on for so long after the healing.
const AFTERMATH_MS: u64 = 4_000;

/// Faults on top of a seed's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Plant {
    /// Crashed hosts forget the votes they cast. No node survives it; the simulation has to notice.
    ForgottenVotes,
    /// The store says that it wrote a block, and did not. No node survives it; the simulation has to notice.
    LyingStore,
    /// The ledger's store of a host is gone. The engine, whose storage is still there, gives it every block again.
    LostStore,
}

struct Slot {
    member: usize,
    dir: PathBuf,
    skew: Arc<Skew>,
    sync_time: Arc<SyncTime>,
    shared: Arc<Shared>,
    life: Option<Life>,
    trigger: Arc<Trigger>,
    /// When it starts, if it does not run.
    starts_ms: u64,
    /// The engine's disk failed in this life.
    ill_disk: bool,
    starts: u64,
}

/// What a run came to.
pub struct Report {
    pub verdict: Verdict,
    /// Digest over every step of every task, and all headers.
    pub digest: String,
    pub simulated_ms: u64,
    pub answers: usize,
    pub crashes: u64,
    pub deaths: u64,
    pub evidence: usize,
    pub network: tracelight_sim_machine::network::Counts,
}

/// Times at which something happens next.
#[derive(Default)]
struct Next {
    crash: u64,
    cut: u64,
    mend: Option<u64>,
    clock: u64,
    tx: u64,
    poll: u64,
    twins: u64,
}

struct Script {
    plan: Plan,
    plant: Option<Plant>,
    alliance: Arc<Alliance>,
    genesis_header: Vec<u8>,
    slots: Vec<Slot>,
    load: Load,
    rng: ChaCha8Rng,
    next: Next,
    healed: bool,
    violations: Vec<String>,
    crashes: u64,
    deaths: u64,
    verdict: Verdict,
    ended_ms: u64,
    network: tracelight_sim_machine::network::Counts,
    _scratch: tempfile::TempDir,
}

/// Runs a seed.
///
/// # Errors
/// When there is no room for scratch files.
pub fn run(seed: u64, plant: Option<Plant>) -> io::Result<Report> {
    let mut script = Box::new(Script::new(Plan::of(seed), plant)?);
    let mut start = Start::New { seed, time_ms: GENESIS_MS + 1_000 };
    let parts = script.plan.parts_ms.clone();
    for (index, length_ms) in parts.iter().enumerate() {
        let is_last = index + 1 == parts.len();
        let length_ms = *length_ms;
        let (back, snapshot) = simulate(start, move |world| -> BoxFuture<'static, Box<Script>> {
            Box::pin(async move {
                script.part(&world, length_ms, is_last).await;
                script
            })
        });
        (script, start) = (back, Start::Again(Box::new(snapshot)));
        if !script.violations.is_empty() {
            break;
        }
    }
    let steps = match &start {
        Start::Again(snapshot) => snapshot.digest(),
        Start::New { .. } => String::new(),
    };
    let evidence = script.slots.iter().map(|slot| slot.shared.notes().evidence.len()).sum();
    let mut verdict = std::mem::take(&mut script.verdict);
    verdict.violations.splice(0..0, std::mem::take(&mut script.violations));
    Ok(Report {
        digest: format!("{steps}-{}", verdict.digest),
        verdict,
        simulated_ms: script.ended_ms.saturating_sub(GENESIS_MS),
        answers: script.load.sent.iter().filter(|sent| sent.answer.is_some()).count(),
        crashes: script.crashes,
        deaths: script.deaths,
        evidence,
        network: script.network,
    })
}

/// The header of block 0, from a store that is opened for it once in a process: alliances of one size and epoch are the same.
fn genesis_header(alliance: &Alliance, scratch: &Path) -> io::Result<Vec<u8>> {
    static KNOWN: Mutex<BTreeMap<ChainId, Vec<u8>>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(header) = known.get(&alliance.chain) {
        return Ok(header.clone());
    }
    std::fs::create_dir_all(scratch)?;
    let store = Store::open_in(Room::SMALL, scratch, &alliance.genesis).map_err(io::Error::other)?;
    let genesis = store.block(0).map_err(io::Error::other)?;
    let header = genesis.ok_or_else(|| io::Error::other("a new store has no block 0"))?.header;
    known.insert(alliance.chain, header.clone());
    Ok(header)
}

impl Script {
    fn new(plan: Plan, plant: Option<Plant>) -> io::Result<Self> {
        // Memory, if there is a disk of it.
        let shm = PathBuf::from("/dev/shm");
        let base = if shm.is_dir() { shm } else { std::env::temp_dir() };
        let scratch = tempfile::Builder::new().prefix("tracelight-sim-").tempdir_in(base)?;
        let alliance = Arc::new(Alliance::found(plan.members, plan.epoch_blocks));
        let twin = plan.culprit.filter(|(_, malice)| matches!(malice, Malice::Twins | Malice::Doubled));
        let hosts = (0..plan.members).chain(twin.map(|(member, _)| member));
        let slot = |(id, member): (usize, usize)| Slot {
            member,
            dir: scratch.path().join(format!("host{id}")),
            skew: Arc::default(),
            sync_time: Arc::default(),
            shared: Arc::default(),
            life: None,
            trigger: Trigger::at(0, WriteFault::Before),
            starts_ms: 0,
            ill_disk: false,
            starts: 0,
        };
        let slots: Vec<Slot> = hosts.enumerate().map(slot).collect();
        for slot in &slots {
            std::fs::create_dir_all(&slot.dir)?;
        }
        let genesis_header = genesis_header(&alliance, &scratch.path().join("genesis"))?;
        Ok(Self {
            load: Load::new(plan.seed ^ 0x10ad, plan.vote_out),
            rng: ChaCha8Rng::seed_from_u64(plan.seed ^ 0xfa17),
            plant,
            alliance,
            genesis_header,
            slots,
            next: Next::default(),
            healed: false,
            violations: Vec::new(),
            crashes: 0,
            deaths: 0,
            verdict: Verdict::default(),
            ended_ms: 0,
            network: Default::default(),
            plan,
            _scratch: scratch,
        })
    }

    fn malice(&self, id: HostId) -> Option<Malice> {
        let member = self.slots[id].member;
        self.plan.culprit.filter(|(culprit, _)| *culprit == member).map(|(_, malice)| malice)
    }

    /// Honest hosts that run.
    fn servers(&self) -> Vec<Server> {
        let honest = (0..self.slots.len()).filter(|id| self.malice(*id).is_none());
        honest.filter_map(|id| Some((id, self.slots[id].shared.node()?))).collect()
    }

    /// The time between two power cuts.
    async fn part(&mut self, world: &World, length_ms: u64, is_last: bool) {
        let begin = world.now_ms();
        self.begin(world, begin);
        while world.now_ms() < begin + length_ms && self.violations.is_empty() {
            self.tick(world).await;
        }
        if is_last && self.violations.is_empty() {
            self.heal(world).await;
            self.recover(world).await;
            let lies = self.slots.iter().flat_map(|slot| slot.shared.notes().lies.clone()).collect::<BTreeSet<_>>();
            self.verdict = judge(&self.alliance, &self.servers(), &self.load, &lies);
        }
        self.end(world);
    }

    fn begin(&mut self, world: &World, now: u64) {
        world.net().set_weather(self.plan.weather);
        world.set_disk(self.plan.disk);
        if let Some((id, ms)) = self.plan.slow {
            self.slots[id].shared.slow_ms.store(ms, Ordering::Relaxed);
        }
        if let Some((id, ms)) = self.plan.slow_disk {
            self.slots[id].sync_time.set(ms);
        }
        self.next = Next::default();
        if let Some(crashes) = self.plan.crashes {
            self.next.crash = now + draw(&mut self.rng, crashes.every_ms);
        }
        if let Some(cuts) = self.plan.cuts {
            self.next.cut = now + draw(&mut self.rng, cuts.every_ms);
        }
        for slot in &mut self.slots {
            slot.starts_ms = now + draw(&mut self.rng, (0, 300));
        }
    }

    /// What the power cut finds.
    fn end(&mut self, world: &World) {
        for slot in &mut self.slots {
            slot.shared.forget();
            slot.life = None;
        }
        self.ended_ms = world.now_ms();
        let (sum, now) = (&mut self.network, world.net().counts());
        sum.sent += now.sent;
        sum.lost += now.lost;
        sum.doubled += now.doubled;
        sum.overtaken += now.overtaken;
    }

    async fn tick(&mut self, world: &World) {
        world.sleep_ms(TICK_MS).await;
        let now = world.now_ms();
        self.bury(world, now).await;
        self.start_hosts(world, now);
        if !self.healed {
            self.faults(world, now).await;
        }
        if now >= self.next.tx {
            self.next.tx = now + draw(&mut self.rng, self.plan.tx_every_ms);
            let servers = self.servers();
            self.load.act(&self.alliance, &servers, now, self.plan.mischief_percent);
        }
        if now >= self.next.poll {
            self.next.poll = now + POLL_MS;
            let servers = self.servers();
            self.load.poll(&servers, now);
            self.look_at_notes();
        }
    }

    /// Hosts that ended by themselves: was there a reason?
    async fn bury(&mut self, world: &World, now: u64) {
        for id in 0..self.slots.len() {
            let Some(reason) = self.slots[id].life.as_ref().and_then(Life::ended) else { continue };
            let slot = &self.slots[id];
            let excused =
                slot.trigger.excuses() || self.malice(id).is_some() || (slot.ill_disk && is_of_the_disk(&reason));
            if !excused {
                self.violations.push(format!("host {id} ended by itself: {reason}"));
            }
            tracing::info!(id, "Host {id} ended: {reason}");
            self.deaths += 1;
            self.kill(world, id).await;
            self.slots[id].starts_ms = now + draw(&mut self.rng, (300, 1_500));
        }
    }

    async fn kill(&mut self, world: &World, id: HostId) {
        self.slots[id].shared.forget();
        if let Some(life) = self.slots[id].life.take() {
            world.kill(life).await;
        }
    }

    fn start_hosts(&mut self, world: &World, now: u64) {
        for id in 0..self.slots.len() {
            if self.slots[id].life.is_none() && now >= self.slots[id].starts_ms {
                self.start(world, id);
            }
        }
    }

    fn start(&mut self, world: &World, id: HostId) {
        let trigger = self.trigger();
        let (malice, seed) = (self.malice(id), self.rng.random());
        let disk = self.plan.disk;
        let slot = &mut self.slots[id];
        let member = &self.alliance.members[slot.member];
        slot.starts += 1;
        slot.trigger = trigger;
        slot.ill_disk = !self.healed && (disk.open, disk.read, disk.write, disk.sync) != (0, 0, 0, 0);
        let mut config = Config::new(
            member.seed.into(),
            ([127, 0, 0, 1], 1).into(),
            PathBuf::new(),
            consensus_namespace(self.alliance.chain),
            self.genesis_header.clone(),
            self.plan.epoch_blocks,
        );
        config.block_bytes_max = u32::try_from(BODY_BYTES_MAX).unwrap_or(u32::MAX);
        config.leader_timeout = Duration::from_millis(self.plan.leader_timeout_ms);
        let start = host::Start {
            genesis: self.alliance.genesis.clone(),
            validator: member.validator,
            dir: slot.dir.clone(),
            heartbeat_ms: self.plan.heartbeat_ms,
            trigger: slot.trigger.clone(),
            shared: slot.shared.clone(),
            malice,
            seed,
        };
        let (marked, ready) = (slot.shared.clone(), slot.shared.clone());
        let boot = Boot {
            id,
            config,
            skew: slot.skew.clone(),
            sync_time: slot.sync_time.clone(),
            may_vote: !slot.shared.no_votes.load(Ordering::Relaxed),
            // A host that is dishonest on purpose does not keep the mark: it ends, and votes again after the next start.
            forbid_votes: Box::new(move |_| match malice {
                Some(Malice::Twins) => Err(io::Error::other("unwilling")),
                _ => {
                    marked.no_votes.store(true, Ordering::Relaxed);
                    Ok(())
                }
            }),
            forget_votes: self.plant == Some(Plant::ForgottenVotes) && slot.starts > 1,
            build: Box::new(move |env| host::build(start, env)),
            ready: Box::new(move |broadcaster| {
                if let Some(node) = ready.node() {
                    node.set_broadcast(Box::new(move |bytes| broadcaster.broadcast(bytes)));
                }
            }),
        };
        match world.boot(boot) {
            Ok(life) => slot.life = Some(life),
            Err(fault) => self.violations.push(format!("host {id} does not start: {fault}")),
        }
    }

    fn trigger(&mut self) -> Arc<Trigger> {
        let fault = if self.rng.random() { WriteFault::Before } else { WriteFault::After };
        match (self.plan.store, self.plant) {
            (_, Some(Plant::LyingStore)) if !self.healed => Trigger::at(draw(&mut self.rng, (3, 30)), WriteFault::Lie),
            (Some(store), _) if !self.healed && self.rng.random_range(0..100) < store.percent => {
                Trigger::at(draw(&mut self.rng, store.writes), fault)
            }
            _ => Trigger::at(0, fault),
        }
    }

    async fn faults(&mut self, world: &World, now: u64) {
        if let Some(crashes) = self.plan.crashes.filter(|_| now >= self.next.crash) {
            self.next.crash = now + draw(&mut self.rng, crashes.every_ms);
            let all = self.rng.random_range(0..100) < crashes.all_percent;
            let one = self.rng.random_range(0..self.slots.len());
            for id in (0..self.slots.len()).filter(|id| all || *id == one) {
                if self.slots[id].life.is_some() {
                    self.crashes += 1;
                    self.kill(world, id).await;
                    self.slots[id].starts_ms = now + draw(&mut self.rng, crashes.down_ms);
                }
            }
        }
        self.cut(world, now);
        if let Some(clocks) = self.plan.clocks.filter(|_| now >= self.next.clock) {
            self.next.clock = now + draw(&mut self.rng, clocks.every_ms);
            for (id, slot) in self.slots.iter().enumerate() {
                let by_one = clocks.one.filter(|(one, _)| *one == id).map_or(0, |(_, ms)| ms);
                slot.skew.set(by_one + self.rng.random_range(-clocks.ms_max..=clocks.ms_max));
            }
        }
    }

    fn cut(&mut self, world: &World, now: u64) {
        let hosts = self.slots.len();
        if let Some(cuts) = self.plan.cuts {
            if self.next.mend.is_some_and(|at| now >= at) {
                self.next.mend = None;
                self.next.cut = now + draw(&mut self.rng, cuts.every_ms);
                self.mend(world);
            } else if self.next.mend.is_none() && now >= self.next.cut {
                self.next.mend = Some(now + draw(&mut self.rng, cuts.last_ms));
                let one_way = self.rng.random_range(0..3) == 0;
                let alone = self.rng.random_range(0..hosts);
                let halves: bool = self.rng.random();
                let side: Vec<bool> =
                    (0..hosts).map(|id| if halves { self.rng.random() } else { id == alone }).collect();
                for (from, to) in
                    pairs(hosts).filter(|(from, to)| side[*from] != side[*to] && !(one_way && side[*from]))
                {
                    world.net().set_link(from, to, Some(Link { cut: true, ..self.plan.weather }));
                }
            }
        }
        // Who sees which twin, and to whom a picker speaks, changes now and then.
        if self.next.mend.is_none() && now >= self.next.twins {
            self.next.twins = now + draw(&mut self.rng, (1_000, 6_000));
            self.mend(world);
        }
    }

    /// The network without its cuts, but for those that a culprit makes.
    fn mend(&mut self, world: &World) {
        let hosts = self.slots.len();
        for (from, to) in pairs(hosts) {
            world.net().set_link(from, to, None);
        }
        let cut = Some(Link { cut: true, ..self.plan.weather });
        match self.plan.culprit.filter(|_| !self.healed) {
            Some((member, Malice::Twins | Malice::Doubled)) => {
                let twins = [member, hosts - 1];
                for other in (0..hosts).filter(|id| !twins.contains(id)) {
                    let hidden = self.rng.random_range(0..3usize);
                    if let Some(hidden) = twins.get(hidden) {
                        world.net().set_link(*hidden, other, cut);
                        world.net().set_link(other, *hidden, cut);
                    }
                }
            }
            Some((member, Malice::Picks)) => {
                for other in (0..hosts).filter(|id| *id != member && self.rng.random()) {
                    world.net().set_link(member, other, cut);
                }
            }
            _ => {}
        }
    }

    /// Ends all faults but the culprit's.
    async fn heal(&mut self, world: &World) {
        self.healed = true;
        world.net().set_weather(Link::GOOD);
        self.plan.weather = Link::GOOD;
        self.mend(world);
        world.set_disk(Disk::default());
        let now = world.now_ms();
        for id in 0..self.slots.len() {
            self.slots[id].skew.set(0);
            self.slots[id].shared.slow_ms.store(0, Ordering::Relaxed);
            self.slots[id].sync_time.set(0);
            self.slots[id].trigger.disarm();
            self.slots[id].starts_ms = now;
        }
        if self.plant == Some(Plant::LostStore) {
            self.kill(world, 0).await;
            let _ =
                std::fs::remove_dir_all(&self.slots[0].dir).and_then(|()| std::fs::create_dir_all(&self.slots[0].dir));
        }
    }

    /// The chain has to move again, and every honest node has to serve.
    async fn recover(&mut self, world: &World) {
        let honest = (0..self.slots.len()).filter(|id| self.malice(*id).is_none()).count();
        let highest = self.servers().iter().map(|(_, node)| node.head().height).max().unwrap_or(0);
        let heights = |script: &Self| script.servers().iter().map(|(_, node)| node.head().height).collect::<Vec<_>>();
        let deadline = world.now_ms() + HEAL_MS_MAX;
        loop {
            self.tick(world).await;
            let now = heights(self);
            if !self.violations.is_empty()
                || now.len() == honest && now.iter().all(|height| *height >= highest + PROGRESS)
            {
                break;
            }
            if world.now_ms() > deadline {
                let why: Vec<_> =
                    self.servers().iter().map(|(id, node)| (*id, node.stall(), node.term().epoch)).collect();
                self.violations.push(format!(
                    "{HEAL_MS_MAX} ms after the faults the honest hosts are at {now:?}, not {PROGRESS} above {highest}: {why:?}"
                ));
                return;
            }
        }
        let (servers, now) = (self.servers(), world.now_ms());
        let probes: Vec<_> = servers.iter().map(|server| self.load.probe(&self.alliance, server, now)).collect();
        let deadline = now + PROBE_MS_MAX;
        while probes.iter().any(|probe| self.load.sent[*probe].answer.is_none_or(|answer| !answer.applied)) {
            self.tick(world).await;
            if world.now_ms() > deadline || !self.violations.is_empty() {
                self.violations.push("a healthy node's new transaction did not get into the chain".to_owned());
                return;
            }
        }
        let end = world.now_ms() + AFTERMATH_MS;
        while world.now_ms() < end {
            self.tick(world).await;
        }
        self.come_together(world).await;
    }

    /// Nobody asks any more; every honest node has to reach the height of the highest.
    async fn come_together(&mut self, world: &World) {
        self.next.tx = u64::MAX;
        self.next.poll = u64::MAX;
        let highest = self.servers().iter().map(|(_, node)| node.head().height).max().unwrap_or(0);
        let deadline = world.now_ms() + HEAL_MS_MAX;
        while self.servers().iter().any(|(_, node)| node.head().height < highest) {
            self.tick(world).await;
            if world.now_ms() > deadline || !self.violations.is_empty() {
                return self.violations.push(format!("not all honest hosts reached height {highest}"));
            }
        }
    }

    /// Evidence and blame name only the culprit.
    fn look_at_notes(&mut self) {
        let culprit = self.plan.culprit.map(|(member, _)| self.alliance.members[member].validator);
        for (id, slot) in self.slots.iter().enumerate() {
            if self.plan.culprit.is_some_and(|(member, _)| member == slot.member) {
                continue;
            }
            let notes = slot.shared.notes();
            if let Some((key, kind)) = notes.evidence.iter().find(|(key, _)| Some(*key) != culprit) {
                self.violations.push(format!("host {id} has evidence of {kind:?} against the honest validator {key}"));
            }
            if let Some(key) = notes.blocked.iter().find(|key| Some(**key) != culprit) {
                self.violations.push(format!("host {id} shut out the honest validator {key}"));
            }
            if notes.doubled {
                self.violations.push(format!("host {id} believes that its key is used elsewhere"));
            }
        }
    }
}

fn pairs(hosts: usize) -> impl Iterator<Item = (HostId, HostId)> {
    (0..hosts).flat_map(move |from| (0..hosts).map(move |to| (from, to))).filter(|(from, to)| from != to)
}

/// Whether a host may end for this when the engine's disk fails.
fn is_of_the_disk(reason: &str) -> bool {
    ["injected storage fault", "panicked", "stored certificates", "stored blocks", "storage"]
        .iter()
        .any(|text| reason.contains(text))
}

//! The network between the hosts.
//!
//! Two hosts are connected while both run, each tracks the other's key (in the newest two sets, as the real network does) and
//! neither has shut the other out. What a connected host sends is lost, delayed, doubled or overtaken as the [`Link`] says. What
//! was under way to a host that crashed is lost. Two hosts may have one key: each receives what is sent to it, over its own links.
//!
//! The real network keeps the order of one connection and loses messages only with it; a [`Link`] may be worse. It also rations
//! senders, which this one does not.

use commonware_actor::{Feedback, Unreliable};
use commonware_cryptography::ed25519::PublicKey;
use commonware_p2p::{
    Address, AddressableManager, AddressableTrackedPeers, BlockedSubscription, Blocker, CheckedSender, LimitedSender,
    Message, PeerSetSubscription, PeerSetUpdate, Provider, Receiver, Recipients, TrackedPeers,
};
use commonware_runtime::{Clock as _, IoBuf, IoBufs, deterministic};
use commonware_utils::{
    channel::ring,
    ordered::{Map, Set},
};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    num::NonZeroUsize,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};
use tokio::sync::{Notify, mpsc};

/// A host, whatever its key is.
pub type HostId = usize;

/// Messages that wait for a host to read them, a channel; further ones are dropped.
const QUEUE_MAX: usize = 4096;
/// Sets of peers that a host remembers, as the real network does.
const TRACKED_SETS: usize = 2;
const ONE: NonZeroUsize = NonZeroUsize::MIN;

/// How messages go from one host to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// Nothing arrives.
    pub cut: bool,
    /// Share that is lost, per mille.
    pub loss: u32,
    /// Share that arrives twice, per mille.
    pub double: u32,
    /// Shortest time under way.
    pub delay_ms_min: u64,
    /// Longest time under way.
    pub delay_ms_max: u64,
    /// Do messages keep their order?
    pub in_order: bool,
}

impl Link {
    /// Two machines in one hall.
    pub const GOOD: Self = Self { cut: false, loss: 0, double: 0, delay_ms_min: 1, delay_ms_max: 5, in_order: true };
}

/// What became of messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Given to the network by connected hosts.
    pub sent: u64,
    /// Lost by chance, by a cut or by a crash.
    pub lost: u64,
    /// Delivered a second time.
    pub doubled: u64,
    /// Delivered after one that was sent later.
    pub overtaken: u64,
}

/// All hosts and what is under way between them.
pub struct Net {
    state: Mutex<State>,
    /// Somebody sent something that arrives before everything else.
    earlier: Notify,
}

struct State {
    rng: ChaCha8Rng,
    hosts: BTreeMap<HostId, Host>,
    lives: u64,
    /// Links that differ from `weather`.
    links: BTreeMap<(HostId, HostId), Link>,
    weather: Link,
    transit: BTreeMap<(SystemTime, u64), Parcel>,
    sequence: u64,
    /// When the latest message of a pair arrives.
    latest: BTreeMap<(HostId, HostId), SystemTime>,
    counts: Counts,
}

struct Host {
    key: PublicKey,
    life: u64,
    sets: BTreeMap<u64, TrackedPeers<PublicKey>>,
    blocked: BTreeSet<PublicKey>,
    channels: BTreeMap<u64, mpsc::Sender<Message<PublicKey>>>,
    subscribers: Vec<mpsc::UnboundedSender<PeerSetUpdate<PublicKey>>>,
    watchers: Vec<ring::Sender<Set<PublicKey>>>,
}

struct Parcel {
    to: HostId,
    life: u64,
    channel: u64,
    from: PublicKey,
    bytes: IoBuf,
}

impl Host {
    fn tracks(&self, key: &PublicKey) -> bool {
        self.sets.values().any(|set| set.primary.position(key).is_some() || set.secondary.position(key).is_some())
    }

    fn update(&self) -> Option<PeerSetUpdate<PublicKey>> {
        let (index, latest) = self.sets.last_key_value()?;
        let primary = Set::from_iter_dedup(self.sets.values().flat_map(|set| set.primary.iter().cloned()));
        let others = self.sets.values().flat_map(|set| set.secondary.iter());
        let secondary = Set::from_iter_dedup(others.filter(|key| primary.position(key).is_none()).cloned());
        Some(PeerSetUpdate { index: *index, latest: latest.clone(), all: TrackedPeers::new(primary, secondary) })
    }
}

impl State {
    fn connected(&self, one: HostId, other: HostId) -> bool {
        let (Some(a), Some(b)) = (self.hosts.get(&one), self.hosts.get(&other)) else { return false };
        let shut_out = a.blocked.contains(&b.key) || b.blocked.contains(&a.key);
        a.key != b.key && a.tracks(&b.key) && b.tracks(&a.key) && !shut_out
    }

    fn link(&self, from: HostId, to: HostId) -> Link {
        self.links.get(&(from, to)).copied().unwrap_or(self.weather)
    }

    /// The hosts that these recipients mean, as far as they are connected.
    fn targets(&self, from: HostId, recipients: &Recipients<PublicKey>) -> Vec<HostId> {
        let meant = |key: &PublicKey| match recipients {
            Recipients::All => true,
            Recipients::Some(keys) => keys.contains(key),
            Recipients::One(only) => only == key,
        };
        let ids = self.hosts.iter().filter(|(_, host)| meant(&host.key)).map(|(id, _)| *id);
        ids.filter(|id| self.connected(from, *id)).collect()
    }

    fn post(&mut self, now: SystemTime, from: HostId, to: HostId, channel: u64, bytes: IoBuf) {
        let link = self.link(from, to);
        self.counts.sent += 1;
        let lost = self.rng.random_range(0..1000) < link.loss;
        if link.cut || lost {
            self.counts.lost += 1;
            return;
        }
        let copies = if self.rng.random_range(0..1000) < link.double { 2 } else { 1 };
        self.counts.doubled += copies - 1;
        for _ in 0..copies {
            let delay = self.rng.random_range(link.delay_ms_min..=link.delay_ms_max.max(link.delay_ms_min));
            let mut at = now + Duration::from_millis(delay);
            let latest = self.latest.entry((from, to)).or_insert(at);
            if at < *latest {
                if link.in_order {
                    at = *latest;
                } else {
                    self.counts.overtaken += 1;
                }
            }
            *latest = (*latest).max(at);
            let (Some(sender), Some(receiver)) = (self.hosts.get(&from), self.hosts.get(&to)) else { return };
            let parcel = Parcel { to, life: receiver.life, channel, from: sender.key.clone(), bytes: bytes.clone() };
            self.sequence += 1;
            self.transit.insert((at, self.sequence), parcel);
        }
    }

    fn deliver(&mut self, parcel: Parcel) {
        let host = self.hosts.get(&parcel.to).filter(|host| host.life == parcel.life);
        let queue = host.and_then(|host| host.channels.get(&parcel.channel));
        if queue.is_none_or(|queue| queue.try_send((parcel.from, parcel.bytes)).is_err()) {
            self.counts.lost += 1;
        }
    }
}

impl Net {
    pub(crate) fn new(seed: u64) -> Self {
        let state = State {
            rng: ChaCha8Rng::seed_from_u64(seed),
            hosts: BTreeMap::new(),
            lives: 0,
            links: BTreeMap::new(),
            weather: Link::GOOD,
            transit: BTreeMap::new(),
            sequence: 0,
            latest: BTreeMap::new(),
            counts: Counts::default(),
        };
        Self { state: Mutex::new(state), earlier: Notify::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Connects a host that starts; answers the number of this life.
    pub(crate) fn join(&self, id: HostId, key: PublicKey) -> u64 {
        let mut state = self.state();
        state.lives += 1;
        let life = state.lives;
        let host = Host {
            key,
            life,
            sets: BTreeMap::new(),
            blocked: BTreeSet::new(),
            channels: BTreeMap::new(),
            subscribers: Vec::new(),
            watchers: Vec::new(),
        };
        state.hosts.insert(id, host);
        life
    }

    /// Disconnects a host in this life.
    pub(crate) fn leave(&self, id: HostId, life: u64) {
        let mut state = self.state();
        let gone =
            if state.hosts.get(&id).is_some_and(|host| host.life == life) { state.hosts.remove(&id) } else { None };
        drop(state);
        // Whoever waits for its channels is woken without the lock.
        drop(gone);
    }

    /// How messages go unless a link says otherwise.
    pub fn set_weather(&self, weather: Link) {
        self.state().weather = weather;
    }

    /// How messages go from one host to another; `None` for as the weather is.
    pub fn set_link(&self, from: HostId, to: HostId, link: Option<Link>) {
        let mut state = self.state();
        match link {
            Some(link) => state.links.insert((from, to), link),
            None => state.links.remove(&(from, to)),
        };
    }

    /// What became of messages so far.
    pub fn counts(&self) -> Counts {
        self.state().counts
    }

    /// Keys of the hosts that this one is connected to, ascending.
    pub fn connected(&self, id: HostId) -> Vec<[u8; 32]> {
        let state = self.state();
        let reachable = |other: &HostId| !state.link(id, *other).cut && !state.link(*other, id).cut;
        let ids = state.hosts.keys().filter(|other| state.connected(id, **other) && reachable(other));
        let keys = ids.filter_map(|other| state.hosts.get(other)).map(|host| bytes(&host.key));
        keys.collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Brings messages to their receivers as their time comes.
    pub(crate) async fn deliver(self: Arc<Self>, context: deterministic::Context) {
        loop {
            let next = {
                let mut state = self.state();
                let now = context.current();
                while let Some(first) = state.transit.first_entry().filter(|first| first.key().0 <= now) {
                    let parcel = first.remove();
                    state.deliver(parcel);
                }
                state.transit.first_key_value().map(|((at, _), _)| *at)
            };
            let earlier = self.earlier.notified();
            match next {
                None => earlier.await,
                Some(at) => tokio::select! {
                    biased;
                    () = earlier => {}
                    () = context.sleep_until(at) => {}
                },
            }
        }
    }

    pub(crate) fn endpoint(
        self: &Arc<Self>,
        id: HostId,
        life: u64,
        clock: Arc<dyn Fn() -> SystemTime + Send + Sync>,
    ) -> Endpoint {
        Endpoint { net: self.clone(), id, life, clock }
    }
}

fn bytes(key: &PublicKey) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(key);
    bytes
}

/// A host's end of the network in one life: who may connect, and whom it shuts out.
#[derive(Clone)]
pub(crate) struct Endpoint {
    net: Arc<Net>,
    id: HostId,
    life: u64,
    clock: Arc<dyn Fn() -> SystemTime + Send + Sync>,
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").field("id", &self.id).field("life", &self.life).finish_non_exhaustive()
    }
}

impl Endpoint {
    /// Opens a channel.
    pub fn channel(&self, number: u64) -> (Outlet, Inlet) {
        let (sender, queue) = mpsc::channel(QUEUE_MAX);
        self.with(|host| host.channels.insert(number, sender));
        (Outlet { endpoint: self.clone(), number }, Inlet { queue })
    }

    fn with<T>(&self, act: impl FnOnce(&mut Host) -> T) -> Option<T> {
        let mut state = self.net.state();
        state.hosts.get_mut(&self.id).filter(|host| host.life == self.life).map(act)
    }
}

impl Provider for Endpoint {
    type PublicKey = PublicKey;

    async fn peer_set(&mut self, id: u64) -> Option<TrackedPeers<PublicKey>> {
        self.with(|host| host.sets.get(&id).cloned()).flatten()
    }

    async fn subscribe(&mut self) -> PeerSetSubscription<PublicKey> {
        #[expect(clippy::disallowed_methods, reason = "the trait asks for it; one message an epoch")]
        let (sender, receiver) = mpsc::unbounded_channel();
        self.with(|host| {
            if let Some(update) = host.update() {
                let _ = sender.send(update);
            }
            host.subscribers.push(sender);
        });
        receiver
    }
}

impl AddressableManager for Endpoint {
    fn track<R>(&mut self, id: u64, peers: R) -> Feedback
    where
        R: Into<AddressableTrackedPeers<PublicKey>> + Send,
    {
        let peers = peers.into();
        let set = TrackedPeers::new(peers.primary.into_keys(), peers.secondary.into_keys());
        let known = self.with(|host| {
            // As the real one: numbers only rise.
            if host.sets.last_key_value().is_some_and(|(last, _)| id <= *last) {
                return;
            }
            host.sets.insert(id, set);
            while host.sets.len() > TRACKED_SETS {
                host.sets.pop_first();
            }
            if let Some(update) = host.update() {
                host.subscribers.retain(|subscriber| subscriber.send(update.clone()).is_ok());
            }
        });
        if known.is_some() { Feedback::Ok } else { Feedback::Closed }
    }

    fn overwrite(&mut self, _peers: Map<PublicKey, Address>) -> Feedback {
        Feedback::Ok
    }
}

impl Blocker for Endpoint {
    type PublicKey = PublicKey;

    fn block(&mut self, peer: PublicKey) -> Feedback {
        self.with(|host| {
            if host.blocked.insert(peer) {
                let blocked = Set::from_iter_dedup(host.blocked.iter().cloned());
                host.watchers.retain(|watcher| watcher.send_lossy(blocked.clone()));
            }
        });
        Feedback::Ok
    }

    fn blocked(&mut self) -> BlockedSubscription<PublicKey> {
        let (sender, receiver) = ring::channel(ONE);
        self.with(|host| {
            sender.send_lossy(Set::from_iter_dedup(host.blocked.iter().cloned()));
            host.watchers.push(sender);
        });
        receiver
    }
}

/// The sending end of a channel.
#[derive(Clone, Debug)]
pub(crate) struct Outlet {
    endpoint: Endpoint,
    number: u64,
}

impl LimitedSender for Outlet {
    type PublicKey = PublicKey;
    type Checked<'a> = Letter;

    fn check(&mut self, recipients: Recipients<PublicKey>) -> Result<Letter, SystemTime> {
        Ok(Letter { outlet: self.clone(), recipients })
    }
}

/// A message on its way into the network.
pub(crate) struct Letter {
    outlet: Outlet,
    recipients: Recipients<PublicKey>,
}

impl CheckedSender for Letter {
    type PublicKey = PublicKey;

    fn recipients(&self) -> Vec<PublicKey> {
        let Endpoint { net, id, .. } = &self.outlet.endpoint;
        let state = net.state();
        let targets = state.targets(*id, &self.recipients);
        let keys: BTreeSet<_> =
            targets.iter().filter_map(|id| state.hosts.get(id)).map(|host| host.key.clone()).collect();
        keys.into_iter().collect()
    }

    fn send(self, message: impl Into<IoBufs> + Send, _priority: bool) -> Unreliable<Feedback> {
        let Endpoint { net, id, life, clock } = &self.outlet.endpoint;
        let (bytes, now) = (message.into().coalesce(), clock());
        let mut state = net.state();
        if state.hosts.get(id).is_none_or(|host| host.life != *life) {
            return Unreliable::new(Feedback::Closed);
        }
        let first = state.transit.first_key_value().map(|(at, _)| *at);
        for to in state.targets(*id, &self.recipients) {
            state.post(now, *id, to, self.outlet.number, bytes.clone());
        }
        if state.transit.first_key_value().map(|(at, _)| *at) != first {
            net.earlier.notify_one();
        }
        Unreliable::new(Feedback::Ok)
    }
}

/// The receiving end of a channel.
#[derive(Debug)]
pub(crate) struct Inlet {
    queue: mpsc::Receiver<Message<PublicKey>>,
}

/// The host is gone from the network.
#[derive(Debug)]
pub(crate) struct Gone;

impl fmt::Display for Gone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the network is gone")
    }
}

impl std::error::Error for Gone {}

impl Receiver for Inlet {
    type Error = Gone;
    type PublicKey = PublicKey;

    async fn recv(&mut self) -> Result<Message<PublicKey>, Gone> {
        self.queue.recv().await.ok_or(Gone)
    }

    fn capacity(&self) -> NonZeroUsize {
        NonZeroUsize::new(QUEUE_MAX).unwrap_or(ONE)
    }
}

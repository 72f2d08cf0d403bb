//! Lets the engine's timer go off early when [`Pace`] finds a view hopeless.
//!
//! The engine waits for its timeouts with the clock of the context that it is given, and the part of it that waits for views
//! (`voter`) waits for nothing else with it. So that part gets a clock whose waits also end when the view is given up, once a
//! view: afterwards the engine is waiting to repeat its vote, which has its own interval.
//!
//! What [`Pace`] needs to know comes from what the engine reports. It reports the end of a view before it waits in the next, so
//! both speak of the same view; were that to change, waits would end by the timeouts alone.

use crate::{Activity, StateMachine, adapter::key_bytes, pace::Pace, scheme::Scheme, wiring::Context};
use commonware_actor::Feedback;
use commonware_consensus::{
    Reporter, Viewable as _,
    simplex::{
        elector::{Config as _, Elector as _, RoundRobin, RoundRobinElector},
        types::{self as simplex, Attributable as _},
    },
    types::{Epoch, Participant, Round, View},
};
use commonware_cryptography::{Sha256, certificate::Scheme as _, sha256::Digest};
use commonware_runtime::{
    BlobVersion, Clock, Error, Handle, Metrics, Name, Spawner, Storage, Supervisor,
    signal::Signal,
    telemetry::metrics::{Metric, Registered},
};
use commonware_utils::{N3f1, ordered::Quorum as _, sync::Mutex};
use futures::future::pending;
use rand_core::{TryCryptoRng, TryRng};
use std::{
    convert::Infallible,
    fmt::Display,
    ops::RangeInclusive,
    sync::Arc,
    time::{Duration, SystemTime},
};
use tokio::sync::watch;

/// Who leads which view. What a node takes for it has to be what the engine takes for it.
pub(crate) type Election = RoundRobin<Sha256>;

/// Watches one epoch on a node that votes in it.
#[derive(Clone)]
pub(crate) struct Watch(Arc<Watched>);

struct Watched {
    epoch: Epoch,
    scheme: Scheme,
    elector: RoundRobinElector<Scheme>,
    now: Box<dyn Fn() -> SystemTime + Send + Sync>,
    machine: Arc<dyn StateMachine>,
    state: Mutex<State>,
    /// The newest view that was found hopeless.
    hopeless: watch::Sender<u64>,
}

struct State {
    pace: Pace,
    lagging: Vec<usize>,
    /// The newest view that was given up.
    given_up: u64,
}

impl Watch {
    /// `None` for a node that only follows.
    pub fn new(context: &impl Context, epoch: u64, scheme: &Scheme, machine: Arc<dyn StateMachine>) -> Option<Self> {
        let own = usize::from(scheme.me()?.signer()?);
        let participants = scheme.participants();
        let quorum = participants.quorum::<N3f1>() as usize;
        let clock = context.child("pace");
        let pace = Pace::new(participants.len(), quorum, own);
        Some(Self(Arc::new(Watched {
            epoch: Epoch::new(epoch),
            elector: Election::default().build(participants),
            scheme: scheme.clone(),
            now: Box::new(move || clock.current()),
            machine,
            state: Mutex::new(State { pace, lagging: Vec::new(), given_up: 0 }),
            hopeless: watch::Sender::new(0),
        })))
    }

    fn leader(&self, view: u64) -> usize {
        usize::from(self.0.elector.elect(Round::new(self.0.epoch, View::new(view)), ()))
    }

    fn look(&self, note: impl FnOnce(&mut Pace, SystemTime)) {
        let now = (self.0.now)();
        let mut state = self.0.state.lock();
        let before = state.pace.current();
        note(&mut state.pace, now);
        let current = state.pace.current();
        if state.pace.is_hopeless(self.leader(current), now) {
            self.0.hopeless.send_if_modified(|view| std::mem::replace(view, current) != current);
        }
        if current == before {
            return;
        }
        let lagging = state.pace.lagging(now);
        if lagging != state.lagging {
            state.lagging.clone_from(&lagging);
            drop(state);
            let key = |index: &usize| self.0.scheme.participants().key(Participant::from_usize(*index)).map(key_bytes);
            let validators = lagging.iter().filter_map(key).collect();
            self.0.machine.activity(Activity::Lagging { validators });
        }
    }

    /// The view that the node is in, unless it was given up already.
    fn waits_in(&self) -> Option<u64> {
        let state = self.0.state.lock();
        Some(state.pace.current()).filter(|view| *view > state.given_up)
    }

    /// Resolves when the view that the node is in now is found hopeless, once.
    async fn given_up(self) {
        let Some(view) = self.waits_in() else { return pending().await };
        let mut hopeless = self.0.hopeless.subscribe();
        if hopeless.wait_for(|found| *found == view).await.is_err() {
            return pending().await;
        }
        self.0.state.lock().given_up = view;
    }
}

impl Reporter for Watch {
    type Activity = simplex::Activity<Scheme, Digest>;

    fn report(&mut self, activity: Self::Activity) -> Feedback {
        match &activity {
            simplex::Activity::Notarize(it) => {
                self.look(|pace, now| pace.voted(it.view().get(), usize::from(it.signer()), now));
            }
            simplex::Activity::Finalize(it) => {
                self.look(|pace, now| pace.voted(it.view().get(), usize::from(it.signer()), now));
            }
            simplex::Activity::Nullify(it) => {
                self.look(|pace, now| pace.voted_to_skip(it.view().get(), usize::from(it.signer()), now));
            }
            simplex::Activity::Certification(it) => self.look(|pace, now| pace.ended(it.view().get(), now)),
            simplex::Activity::Nullification(it) => self.look(|pace, now| pace.ended(it.view().get(), now)),
            simplex::Activity::Finalization(it) => self.look(|pace, now| pace.ended(it.view().get(), now)),
            _ => {}
        }
        Feedback::Ok
    }
}

/// A context whose part that waits for views waits no longer than a [`Watch`] says.
pub(crate) struct Hurried<E> {
    inner: E,
    watch: Option<Watch>,
    waits_for_views: bool,
}

/// What the engine calls the part that waits for views.
const VOTER: &str = "voter";

impl<E> Hurried<E> {
    pub fn new(inner: E, watch: Option<Watch>) -> Self {
        Self { inner, watch, waits_for_views: false }
    }
}

impl<E: Context> Supervisor for Hurried<E> {
    fn name(&self) -> Name {
        self.inner.name()
    }

    fn child(&self, label: &'static str) -> Self {
        Self { inner: self.inner.child(label), watch: self.watch.clone(), waits_for_views: label == VOTER }
    }

    fn with_attribute(self, key: &'static str, value: impl Display) -> Self {
        Self { inner: self.inner.with_attribute(key, value), ..self }
    }
}

impl<E: Context> Spawner for Hurried<E> {
    fn shared(self, blocking: bool) -> Self {
        Self { inner: self.inner.shared(blocking), ..self }
    }

    fn dedicated(self) -> Self {
        Self { inner: self.inner.dedicated(), ..self }
    }

    fn spawn<F, Fut, T>(self, f: F) -> Handle<T>
    where
        F: FnOnce(Self) -> Fut + Send + 'static,
        Fut: Future<Output = T> + Send + 'static,
        T: Send + 'static,
    {
        let Self { inner, watch, waits_for_views } = self;
        inner.spawn(move |inner| f(Self { inner, watch, waits_for_views }))
    }

    async fn stop(self, value: i32, timeout: Option<Duration>) -> Result<(), Error> {
        self.inner.stop(value, timeout).await
    }

    fn stopped(&self) -> Signal {
        self.inner.stopped()
    }
}

impl<E: Context> Metrics for Hurried<E> {
    fn register<N: Into<String>, H: Into<String>, M: Metric>(&self, name: N, help: H, metric: M) -> Registered<M> {
        self.inner.register(name, help, metric)
    }

    fn encode(&self) -> String {
        self.inner.encode()
    }
}

impl<E: Context> governor::clock::Clock for Hurried<E> {
    type Instant = SystemTime;

    fn now(&self) -> SystemTime {
        self.inner.current()
    }
}

impl<E: Context> governor::clock::ReasonablyRealtime for Hurried<E> {}

impl<E: Context> Clock for Hurried<E> {
    fn current(&self) -> SystemTime {
        self.inner.current()
    }

    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send + 'static + use<E> {
        self.inner.sleep(duration)
    }

    fn sleep_until(&self, deadline: SystemTime) -> impl Future<Output = ()> + Send + 'static + use<E> {
        let watch = self.watch.clone().filter(|_| self.waits_for_views);
        let (due, given_up) = (self.inner.sleep_until(deadline), async move {
            match watch {
                Some(watch) => watch.given_up().await,
                None => pending().await,
            }
        });
        async move {
            tokio::select! {
                biased;
                () = due => {}
                () = given_up => {}
            }
        }
    }
}

impl<E: Context> TryRng for Hurried<E> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.inner.next_u32())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.inner.next_u64())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.inner.fill_bytes(bytes);
        Ok(())
    }
}

impl<E: Context> TryCryptoRng for Hurried<E> {}

impl<E: Context> Storage for Hurried<E> {
    type Blob = E::Blob;

    async fn open_versioned(
        &self,
        partition: &str,
        name: &[u8],
        versions: RangeInclusive<BlobVersion>,
    ) -> Result<(Self::Blob, u64, BlobVersion), Error> {
        self.inner.open_versioned(partition, name, versions).await
    }

    async fn remove(&self, partition: &str, name: Option<&[u8]>) -> Result<(), Error> {
        self.inner.remove(partition, name).await
    }

    async fn scan(&self, partition: &str) -> Result<Vec<Vec<u8>>, Error> {
        self.inner.scan(partition).await
    }
}

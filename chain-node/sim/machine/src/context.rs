//! The runtime as one host sees it: its own folder on the common disk, its own clock, and an end of its own when a task panics.

use crate::disk::{File, SyncTime};
use commonware_runtime::{
    BlobVersion, Clock, Error, Handle, Metrics, Name, Spawner, Storage, Supervisor, deterministic,
    signal::Signal,
    telemetry::metrics::{Metric, Registered},
};
use futures::{FutureExt as _, future::pending};
use rand_core::{TryCryptoRng, TryRng};
use std::{
    any::Any,
    convert::Infallible,
    fmt::Display,
    ops::RangeInclusive,
    panic::AssertUnwindSafe,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime},
};
use tokio::sync::Notify;

/// Longer than any run.
const NEVER: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// How far a host's clock is off, milliseconds. It may change at any moment, as clocks do that somebody sets.
#[derive(Debug, Default)]
pub struct Skew(AtomicI64);

impl Skew {
    /// Sets it.
    pub fn set(&self, ms: i64) {
        self.0.store(ms, Ordering::Relaxed);
    }

    /// How far the clock is off.
    pub fn ms(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }

    fn apply(&self, time: SystemTime) -> SystemTime {
        let ms = self.ms();
        let off = Duration::from_millis(ms.unsigned_abs());
        let seen = if ms < 0 { time.checked_sub(off) } else { time.checked_add(off) };
        seen.unwrap_or(time)
    }
}

/// One life of a host, from its start to its crash.
pub(crate) struct HostState {
    /// Begins the names of its folders.
    pub folder: String,
    pub skew: Arc<Skew>,
    /// How long a sync takes.
    pub sync_time: Arc<SyncTime>,
    /// Waits for the disk.
    pub disk: Arc<deterministic::Context>,
    ended: Mutex<Option<String>>,
    end: Notify,
}

impl HostState {
    pub fn new(folder: String, skew: Arc<Skew>, sync_time: Arc<SyncTime>, disk: deterministic::Context) -> Self {
        Self { folder, skew, sync_time, disk: Arc::new(disk), ended: Mutex::default(), end: Notify::new() }
    }

    /// The host ended by itself. The first reason counts.
    pub fn end(&self, reason: String) {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(reason);
        self.end.notify_one();
    }

    pub fn ended(&self) -> Option<String> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub async fn wait_for_end(&self) {
        self.end.notified().await;
    }
}

/// The runtime for one host.
pub(crate) struct SimContext {
    pub inner: deterministic::Context,
    pub host: Arc<HostState>,
}

/// What a panic said.
pub(crate) fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic without a message").to_owned()
}

impl Supervisor for SimContext {
    fn name(&self) -> Name {
        self.inner.name()
    }

    fn child(&self, label: &'static str) -> Self {
        Self { inner: self.inner.child(label), host: self.host.clone() }
    }

    fn with_attribute(self, key: &'static str, value: impl Display) -> Self {
        Self { inner: self.inner.with_attribute(key, value), host: self.host }
    }
}

impl Spawner for SimContext {
    fn shared(self, blocking: bool) -> Self {
        Self { inner: self.inner.shared(blocking), host: self.host }
    }

    fn dedicated(self) -> Self {
        Self { inner: self.inner.dedicated(), host: self.host }
    }

    fn spawn<F, Fut, T>(self, f: F) -> Handle<T>
    where
        F: FnOnce(Self) -> Fut + Send + 'static,
        Fut: Future<Output = T> + Send + 'static,
        T: Send + 'static,
    {
        let Self { inner, host } = self;
        inner.spawn(move |inner| {
            let task = f(Self { inner, host: host.clone() });
            async move {
                match AssertUnwindSafe(task).catch_unwind().await {
                    Ok(value) => value,
                    // A panic of a task ends a real node's runtime; here it ends the host.
                    Err(panic) => {
                        host.end(format!("a task panicked: {}", message(&*panic)));
                        pending().await
                    }
                }
            }
        })
    }

    async fn stop(self, value: i32, timeout: Option<Duration>) -> Result<(), Error> {
        self.inner.stop(value, timeout).await
    }

    fn stopped(&self) -> Signal {
        self.inner.stopped()
    }
}

/// Nobody looks at the metrics of a simulated host, and keeping a register of them is a twelfth of a run.
impl Metrics for SimContext {
    fn register<N: Into<String>, H: Into<String>, M: Metric>(&self, _name: N, _help: H, metric: M) -> Registered<M> {
        Registered::detached(metric)
    }

    fn encode(&self) -> String {
        String::new()
    }
}

impl governor::clock::Clock for SimContext {
    type Instant = SystemTime;

    fn now(&self) -> SystemTime {
        self.current()
    }
}

impl governor::clock::ReasonablyRealtime for SimContext {}

impl Clock for SimContext {
    fn current(&self) -> SystemTime {
        self.host.skew.apply(self.inner.current())
    }

    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send + 'static + use<> {
        self.inner.sleep(duration)
    }

    fn sleep_until(&self, deadline: SystemTime) -> impl Future<Output = ()> + Send + 'static + use<> {
        // "Never" is the last moment that there is; by a clock that is behind, it lies beyond.
        let wait = deadline.duration_since(self.current()).unwrap_or_default();
        self.inner.sleep(wait.min(NEVER))
    }
}

impl TryRng for SimContext {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.inner.try_next_u32()
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.inner.try_next_u64()
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.inner.try_fill_bytes(bytes)
    }
}

impl TryCryptoRng for SimContext {}

impl SimContext {
    fn folder(&self, partition: &str) -> String {
        format!("{}-{partition}", self.host.folder)
    }
}

impl Storage for SimContext {
    type Blob = File;

    async fn open_versioned(
        &self,
        partition: &str,
        name: &[u8],
        versions: RangeInclusive<BlobVersion>,
    ) -> Result<(Self::Blob, u64, BlobVersion), Error> {
        let (inner, bytes, version) = self.inner.open_versioned(&self.folder(partition), name, versions).await?;
        let file = File { inner, time: self.host.sync_time.clone(), clock: self.host.disk.clone() };
        Ok((file, bytes, version))
    }

    async fn remove(&self, partition: &str, name: Option<&[u8]>) -> Result<(), Error> {
        self.inner.remove(&self.folder(partition), name).await
    }

    async fn scan(&self, partition: &str) -> Result<Vec<Vec<u8>>, Error> {
        self.inner.scan(&self.folder(partition)).await
    }
}

//! A file on a disk that may be slow.

use commonware_runtime::{
    Blob, Clock as _, Error, Handle, IoBufs, IoBufsMut, ReadOptions, Storage, WriteOptions, deterministic,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// How long each sync of a host's engine takes, milliseconds; nothing unless set. It may change at any moment.
#[derive(Debug, Default)]
pub struct SyncTime(AtomicU64);

impl SyncTime {
    /// Sets it.
    pub fn set(&self, ms: u64) {
        self.0.store(ms, Ordering::Relaxed);
    }
}

/// A file of a host. Who syncs waits until its turn comes; the sync itself takes no time.
pub(crate) struct File {
    pub inner: <deterministic::Context as Storage>::Blob,
    pub time: Arc<SyncTime>,
    pub clock: Arc<deterministic::Context>,
}

impl File {
    async fn wait(&self) {
        let ms = self.time.0.load(Ordering::Relaxed);
        if ms > 0 {
            self.clock.sleep(Duration::from_millis(ms)).await;
        }
    }
}

impl Blob for File {
    async fn read_at_buf(
        &self,
        offset: u64,
        len: usize,
        bufs: impl Into<IoBufsMut> + Send,
        options: ReadOptions,
    ) -> Result<IoBufsMut, Error> {
        self.inner.read_at_buf(offset, len, bufs, options).await
    }

    async fn read_at(&self, offset: u64, len: usize, options: ReadOptions) -> Result<IoBufsMut, Error> {
        self.inner.read_at(offset, len, options).await
    }

    async fn write_at(&self, offset: u64, bufs: impl Into<IoBufs> + Send, options: WriteOptions) -> Result<(), Error> {
        self.inner.write_at(offset, bufs, options).await
    }

    async fn resize(&self, len: u64) -> Result<(), Error> {
        self.inner.resize(len).await
    }

    async fn sync(&self) -> Result<(), Error> {
        self.wait().await;
        self.inner.sync().await
    }

    async fn start_sync(&self) -> Handle<()> {
        self.wait().await;
        self.inner.start_sync().await
    }
}

//! What a node needs of the machine it runs on, besides its disk and its network: the time, waiting, and threads for long
//! computations. The real one is [`TokioHost`]; the simulation (`chain-node/sim`) brings a machine whose time is made up.
//!
//! **Invariant:** between a node and its engine nothing else reads a clock, waits for time to pass, or starts a thread.

use crate::clock::Clock;
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use thiserror::Error;
use tokio::sync::oneshot;
use tracelight_consensus::BoxFuture;

/// A long computation, without its result.
pub type Work = Box<dyn FnOnce() + Send>;

/// Computing ended without a result.
#[derive(Clone, Debug, Error)]
pub enum Lost {
    /// The computation panicked.
    #[error("it panicked: {0}")]
    Panicked(String),
    /// The machine is stopping.
    #[error("the program ends")]
    Stopping,
}

/// The machine.
pub trait Host: Send + Sync + 'static {
    /// Milliseconds since 1970 by its clock.
    fn now_ms(&self) -> u64;

    /// Time since some moment, which only goes forward: for measuring, never for deciding.
    fn uptime(&self) -> Duration;

    /// Waits, whatever its clock says meanwhile.
    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()>;

    /// Computes away from the tasks of the engine. The work begins at once and is not given up when the future is dropped.
    fn compute(&self, work: Work) -> BoxFuture<'static, Result<(), Lost>>;
}

/// Computes on the host and returns the result.
///
/// # Errors
/// [`Lost`] when there is none.
pub async fn compute<T: Send + 'static>(host: &dyn Host, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Lost> {
    let (done, result) = oneshot::channel();
    let work = move || {
        // Nobody waits any more: the future was dropped.
        let _ = done.send(work());
    };
    host.compute(Box::new(work)).await?;
    result.await.map_err(|_| Lost::Stopping)
}

/// The machine under a tokio runtime. Its methods belong into one.
#[derive(Clone, Copy, Debug)]
pub struct TokioHost(pub Clock);

impl Host for TokioHost {
    fn now_ms(&self) -> u64 {
        (self.0)()
    }

    fn uptime(&self) -> Duration {
        static BEGAN: OnceLock<Instant> = OnceLock::new();
        BEGAN.get_or_init(Instant::now).elapsed()
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(time))
    }

    fn compute(&self, work: Work) -> BoxFuture<'static, Result<(), Lost>> {
        let running = tokio::task::spawn_blocking(work);
        Box::pin(async move {
            match running.await {
                Ok(()) => Ok(()),
                Err(error) if error.is_panic() => Err(Lost::Panicked(error.to_string())),
                Err(_) => Err(Lost::Stopping),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::system_ms;

    #[tokio::test]
    async fn results_and_panics_come_back() {
        let host = TokioHost(system_ms);
        assert_eq!(compute(&host, || 7).await.ok(), Some(7));
        let lost = compute::<u8>(&host, || panic!("out of luck")).await;
        assert!(matches!(&lost, Err(Lost::Panicked(message)) if message.contains("out of luck")), "{lost:?}");
    }
}

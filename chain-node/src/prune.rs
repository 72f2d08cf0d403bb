//! Dropping the bodies of old blocks in the background, as `[prune]` of the configuration says.
//!
//! ```text
//! last = head - keep_blocks        every PAUSE:  store: bodies up to `last`      engine: blocks and certificates below `last`
//! ```
//! The store's part comes first: what the engine alone drops could no longer heal the store ([`tracelight_consensus`] gives
//! again what the store lost). Both are whole after a crash at any moment, and the next pass goes on. A pass works
//! [`WORK`] at a time and then rests as long, so that blocks go before.
//!
//! Off unless configured. What every block then costs on disk, and what pruning leaves of it, is in ADR 0014.

use crate::node::Node;
use crate::store::StoreError;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tracelight_consensus::Reader;
use tracelight_domain::ids::Height;

/// Between two passes.
pub const PAUSE: Duration = Duration::from_secs(10);
/// Work between two rests.
pub const WORK: Duration = Duration::from_millis(50);
/// How often a waiting thread looks whether the node stops.
const LOOK: Duration = Duration::from_millis(200);

/// Prunes until the node stops or the disk fails. Blocks; belongs on a thread of its own.
///
/// # Errors
/// [`StoreError`] of the disk.
pub fn prune(node: &Arc<Node>, engine: &Reader, keep_blocks: u64) -> Result<(), StoreError> {
    let stopping = node.watch_stopping();
    let rest = |time: Duration| {
        let until = Instant::now() + time;
        while !*stopping.borrow() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            std::thread::sleep(left.min(LOOK));
        }
        false
    };
    while rest(PAUSE) {
        let Some(last) = last_to_go(node.head().height, keep_blocks) else { continue };
        let mut horizon = node.store.horizon();
        let mut begin = Instant::now();
        while horizon < last {
            horizon = node.store.prune(last)?;
            if begin.elapsed() >= WORK {
                if !rest(begin.elapsed()) {
                    return Ok(());
                }
                begin = Instant::now();
            }
        }
        engine.prune(last);
        tracing::debug!(horizon, "Blocks up to {horizon} have no bodies any more");
    }
    Ok(())
}

/// The newest block whose body goes; `None` while all stay.
fn last_to_go(head: Height, keep_blocks: u64) -> Option<Height> {
    head.checked_sub(keep_blocks).filter(|last| *last > 0)
}

#[cfg(test)]
mod tests {
    use super::last_to_go;

    #[test]
    fn the_newest_blocks_stay() {
        assert_eq!((last_to_go(99, 100), last_to_go(100, 100)), (None, None));
        assert_eq!((last_to_go(101, 100), last_to_go(250, 100)), (Some(1), Some(150)));
    }
}

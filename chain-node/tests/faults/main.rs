//! Faults on real processes: nodes are killed, cut off, stopped, and their disks fail, fill up and vanish, while members
//! work through the public interface. Afterwards [`check`] asks every node as a stranger would.
//!
//! | file | fault |
//! |---|---|
//! | [`kill`] | kill -9 of one node, of more than the chain stands, of all |
//! | [`disk`] | no space, fdatasync and fsync that fail, a disk that is gone |
//! | [`net`] | partitions between network namespaces |
//! | [`slow`] | a node that stands still, a disk that is slow |
//! | [`order`] | the acknowledgement comes after the disk is synced, by strace |
//! | [`peers`] | a stranger among the validators |
//!
//! The sizes are those of each run; `TRACELIGHT_SOAK=N` makes the loops N times as long.

mod check;
#[path = "../common/mod.rs"]
mod common;
mod disk;
mod history;
mod kill;
mod namespaces;
mod net;
mod order;
mod peers;
mod slow;
mod trace;

use std::sync::{Mutex, MutexGuard, PoisonError};

const MANUFACTURER: usize = 0;
const PHARMACY: usize = 2;

/// Twelve processes at once would test the machine, not the chain. (Between processes of the runner, its configuration
/// does this.)
fn one_cluster() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

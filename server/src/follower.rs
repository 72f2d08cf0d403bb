//! The follower: takes blocks from the nodes, believes what is certified, projects it into the read model.
//!
//! ```text
//! nodes --blocks--> client::follow (certificates, links, outcomes) --VerifiedBlock--> Store::project (one transaction)
//! ```
//! * It resumes at the height marker, which is written with the rows of its block. A crash between two blocks loses
//!   nothing; a crash within one undoes it.
//! * It executes each block again by the rules of `domain` ([`execute`]). An outcome, or a count of events, that differs
//!   from what the validators certified stops it for good with an error: either this program or the chain is wrong, and
//!   a person has to find out which.
//! * A node that lies or is away is left for another one; what was verified stays.

pub mod execute;
mod run;

pub use run::{Halt, run};

use std::sync::Arc;
use tokio::sync::watch;
use tracelight_domain::ids::Height;

/// How far the projection is. Everybody who waits for a block watches this.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Newest height in the read model.
    pub projected: Height,
    /// Its BFT time, milliseconds.
    pub time_ms: u64,
    /// Newest height in the read model whose block held transactions: what is said of goods has not changed since. After a
    /// start the height at which it began.
    pub changed: Height,
    /// Newest height that a node told of.
    pub seen: Height,
    /// Why it does not move, in words.
    pub trouble: Option<String>,
    /// It has found a contradiction and will not go on.
    pub halted: bool,
}

/// Both ends of the progress.
#[derive(Clone, Debug)]
pub struct ProgressCell(Arc<watch::Sender<Progress>>);

impl Default for ProgressCell {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(Progress::default())))
    }
}

impl ProgressCell {
    /// As it is now.
    #[must_use]
    pub fn now(&self) -> Progress {
        self.0.borrow().clone()
    }

    /// A part of it, as it is now.
    pub fn of<T>(&self, part: impl FnOnce(&Progress) -> T) -> T {
        part(&self.0.borrow())
    }

    /// To wait for changes.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<Progress> {
        self.0.subscribe()
    }

    /// Changes it.
    pub fn update(&self, change: impl FnOnce(&mut Progress)) {
        self.0.send_modify(change);
    }
}

//! What the application gives the engine.

use crate::{Block, Committee};
use bytes::Bytes;
use std::{error::Error, fmt, sync::Arc};

/// A boxed future that may move between threads.
pub type BoxFuture<'a, T> = futures::future::BoxFuture<'a, T>;

/// The replicated application.
///
/// All futures are polled on the engine's runtime (see the crate comment) and may be dropped at any `await`: when the engine
/// gives up on a view, and at shutdown. They must therefore be safe to cancel.
pub trait StateMachine: Send + Sync + 'static {
    /// Builds the block on top of `parent`, which is notarized but perhaps not final yet.
    ///
    /// May wait for transactions, but not as long as the leader timeout: the engine drops the future when the view is
    /// given up. `None` proposes nothing and lets the view time out. The block must have height `parent.height() + 1`, parent
    /// `parent.id()` and pass [`Block::check`]; another is reported as an error and not proposed.
    fn propose(&self, parent: Block) -> BoxFuture<'_, Option<Block>>;

    /// Whether `block` may follow `parent`. Height, parent id and body hash have been checked.
    ///
    /// The answer must be the same on every honest node and at every time. Never answer `false` for a passing condition
    /// (missing data, a clock, a full disk): keep the future pending instead. `false` means that the block is invalid for good.
    fn verify(&self, parent: Block, block: Block) -> BoxFuture<'_, bool>;

    /// The block with this id is final, and this is its finalization. Told once or several times, in any order, for some blocks
    /// and not for others, and before the engine has stored the block as final; [`StateMachine::finalized`] follows in any case.
    /// Who can do something with it now need not wait for that. Must not block.
    fn certified(&self, block_id: [u8; 32], certificate: Bytes);

    /// A final block. Called in order of height from 1 on, one at a time, at least once: after a restart the last few
    /// blocks come again and must be recognised by their height.
    ///
    /// The last block of an epoch always comes with its certificate.
    ///
    /// Resolve to `Ok` only when the block is executed and durable: only then is it acknowledged, and never delivered again.
    /// `certificate` holds the finalization of exactly this block, if this node has one; `None` means that a
    /// descendant's certificate covers it (see the crate comment).
    ///
    /// # Errors
    ///
    /// An error stops the engine for good; the block is not acknowledged and comes again after a restart.
    fn finalized(&self, block: Block, certificate: Option<Bytes>) -> BoxFuture<'_, Result<(), FatalError>>;

    /// The newest block that [`StateMachine::finalized`] has taken durably, asked once at the start: what is missing below the
    /// block that was acknowledged last is given again, from the engine's own storage. `None` when the application cannot
    /// tell; then nothing is compared.
    fn executed(&self) -> Option<u64> {
        None
    }

    /// Who decides and who may connect in `epoch`. Asked at the start, for the epoch of the next block to be delivered, and
    /// whenever the last block of the epoch before has been taken by [`StateMachine::finalized`] and before that block is
    /// acknowledged. The validators must be the same on every node; the rest may differ.
    ///
    /// # Errors
    ///
    /// An error stops the engine for good.
    fn committee(&self, epoch: u64) -> BoxFuture<'_, Result<Committee, FatalError>>;

    /// Bytes that the peer `from` gossiped, at most [`Config::gossip_bytes_max`](crate::Config::gossip_bytes_max), not
    /// checked in any way. Must not block; when the application's queue is full, it drops them and counts.
    fn gossip(&self, from: [u8; 32], bytes: Bytes);

    /// Something worth a log line or a metric. Must not block.
    fn activity(&self, activity: Activity);
}

/// The application cannot go on: its state could not be written, or it contradicts the chain.
#[derive(Clone)]
pub struct FatalError(Arc<dyn Error + Send + Sync>);

impl FatalError {
    /// Wraps the cause; a `&str` or a `String` will do.
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(Arc::from(cause.into()))
    }
}

impl fmt::Display for FatalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for FatalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl Error for FatalError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

/// What the engine noticed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Activity {
    /// A higher block is final. It may reach [`StateMachine::finalized`] later, when blocks before it are missing here.
    Tip {
        /// Height of the block.
        height: u64,
        /// View in which it was proposed.
        view: u64,
    },
    /// A view passed without a block, because its leader was slow or away.
    Skipped {
        /// The view.
        view: u64,
    },
    /// The validators whose votes come too late to count on them changed. While the others are a quorum, their turns as leader
    /// are passed over.
    Lagging {
        /// Public keys, in the order of the committee; empty when all keep pace.
        validators: Vec<[u8; 32]>,
    },
    /// A validator signed two things of which an honest one signs at most one.
    Misbehaviour {
        /// Public key of the validator.
        validator: [u8; 32],
        /// What it did.
        kind: Misbehaviour,
        /// In which view.
        view: u64,
        /// Both signed votes in the engine's encoding: proof for a third party. The signatures have been verified.
        evidence: Bytes,
    },
    /// Consensus of an epoch runs on this node.
    Epoch {
        /// Which.
        epoch: u64,
        /// Whether this node votes in it; otherwise it follows.
        votes: bool,
        /// Validators of the epoch.
        validators: usize,
        /// Of which so many have to agree.
        quorum: usize,
    },
    /// A vote was signed with this node's key that this node did not make: the key is used elsewhere too. The node follows
    /// from now on and does not vote, until somebody removes the mark in its storage folder.
    KeyUsedElsewhere {
        /// In which epoch.
        epoch: u64,
        /// In which view.
        view: u64,
    },
    /// The set of validators that this node refuses to talk to for a while, because they sent what no honest one sends.
    Blocked {
        /// Public keys, ascending; empty when all are forgiven.
        validators: Vec<[u8; 32]>,
    },
}

/// Ways in which a validator can contradict itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misbehaviour {
    /// Voted for two blocks in one view.
    ConflictingNotarize,
    /// Voted to finalize two blocks in one view.
    ConflictingFinalize,
    /// Voted to skip a view and to finalize a block of it.
    NullifyFinalize,
}

//! The consensus engine: agreement of the alliance's validators on one sequence of blocks.
//!
//! This crate wires commonware 2026.10.0 (simplex with ed25519 votes, marshal, authenticated peer-to-peer, its tokio
//! runtime) behind [`start`] and [`StateMachine`], which are not generic. It is the only crate that names commonware: an
//! edit of the ledger does not recompile the engine, and another engine can take its place.
//!
//! **Invariant:** the engine knows nothing of what a block says. It reads of a header exactly the fields below, and of a
//! body its BLAKE3 hash.
//!
//! # Blocks
//!
//! ```text
//! block:     header | body
//! header:    version u8 | height u64 BE | parent block id[32] | BLAKE3 of the body[32] | anything
//!            73 to HEADER_BYTES_MAX bytes, version not 0
//! block id:  SHA-256("tracelight/block/v1" | header)
//! to peers:  header length varint | header | body length varint | body
//! ```
//!
//! A block from a peer or from disk is decoded only if the body fits its header, so one header never stands before two
//! bodies. The first block is the genesis: height 0, a body of no bytes at all (its header names the BLAKE3 hash of nothing), the
//! same header on every node.
//!
//! # Flow
//!
//! ```text
//!                 propose(parent)            verify(parent, block)          finalized(block, certificate)
//! leader ──────────────► block ──────────────► every validator ──────────────► every node
//!                          │ 2f+1 notarize                     │ 2f+1 finalize
//! ```
//!
//! The next leader starts as soon as a block is notarized, one step before it is final. Blocks reach
//! [`StateMachine::finalized`] in order of height, durably stored by the engine first, and are acknowledged to the engine
//! only when that future answers `Ok`: after a crash the engine delivers again what was not acknowledged. What is known to be final
//! is told before that ([`StateMachine::certified`]), for those who can use it.
//!
//! A view whose leader lags, or that more validators have voted to skip than may be faulty, is not waited for: see `pace`.
//!
//! # Epochs
//!
//! ```text
//! epoch e:  heights e * L to (e + 1) * L - 1          L = Config::epoch_blocks
//! ```
//! The validators of an epoch are fixed. When the last block of an epoch is final, and the application has taken it, the engine
//! asks the application who decides in the next ([`StateMachine::committee`]), starts consensus anew with them, and only
//! then acknowledges that block. The chain waits for one finality at each boundary, 0.1 to 0.2 s. A node whose key is not
//! among the validators follows: it checks and executes everything and does not vote.
//!
//! A committee of which no quorum is on line halts the chain for good, so the application must not name one.
//!
//! # Certificates
//!
//! A finalization is signed votes of a quorum; `tracelight_proof::certificate` specifies its bytes. Not every block has
//! its own: a finalization makes all ancestors final, and under load or after a fault some blocks are only covered by a
//! descendant. Who wants a proof for such a block takes the certificate of the next height that has one, and the headers
//! between. Nodes may hold different valid certificates for one block.
//!
//! # Threads
//!
//! The engine owns a tokio runtime on its own thread (`consensus`) with [`Config::worker_threads`] workers, timers and I/O
//! enabled. Futures of the [`StateMachine`] are polled there, so `tokio::time`, `tokio::sync`, `tokio::spawn` and
//! `spawn_blocking` work in them without a handle to another runtime, and `spawn_blocking` uses the engine's pool. Long
//! computations (signature batches, execution) must go to `spawn_blocking` or rayon: a blocked worker delays votes.
//! [`Handle`] may be used from any thread and any runtime; only [`start`], [`Handle::shutdown`] and [`Handle::join`] block.
//!
//! # Peers
//!
//! The node's key may be held elsewhere, in a token: [`ValidatorKey`].
//! Only the validators of this epoch and the one before and the observers of both may connect. Connections are encrypted and authenticated by the validators' keys, whatever address
//! they come from. Clocks of validators must agree within [`CLOCK_SKEW_MAX`], or they refuse each other.
//!
//! # Storage
//!
//! ```text
//! storage_dir/lock       held while an engine runs
//! storage_dir/identity   genesis block id and largest body so far; a folder of another chain is refused
//! storage_dir/no-votes   while it is there, this node does not vote
//! storage_dir/floor      where the engine began, if not at the genesis ([`Config::floor`])
//! storage_dir/engine/    votes, blocks and certificates, by commonware
//! ```
//!
//! Votes of past epochs are removed. Final blocks and certificates stay until [`Reader::prune`] is called. An application that
//! has lost what it acknowledged gets it again at the start ([`StateMachine::executed`]). Deleting the folder of a running validator's key is unsafe:
//! the votes in it are what keeps the validator from voting twice. So is running two nodes with one key: the one that finds
//! votes in its name that it did not cast makes the file `no-votes`, says so ([`Activity::KeyUsedElsewhere`]) and follows.

mod adapter;
mod audit;
mod block;
mod chain_block;
mod committee;
mod config;
mod delivery;
mod early;
mod engine;
mod epochs;
mod gossip;
mod handle;
mod hurry;
mod machine;
mod own_key;
mod pace;
mod peers;
mod recover;
mod scheme;
mod storage;
mod wiring;

/// The engine without a runtime and a network, for the simulation (`chain-node/sim`), which brings its own. Not for nodes:
/// [`start`] is the only way to run one.
pub mod parts {
    pub use crate::{
        config::Checked,
        handle::Ready,
        wiring::{Channel, Context, Directory, ForbidVotes, Guard, Network, Own, run},
    };
}

pub use block::{Block, BlockError, HEADER_BYTES_MAX, HEADER_BYTES_MIN};
pub use committee::{Committee, CommitteeFault, OBSERVERS_MAX, VALIDATORS_MAX, Validator};
pub use config::{
    BLOCK_BYTES_MAX_DEFAULT, BLOCK_BYTES_MAX_LIMIT, Config, ConfigFault, EPOCH_BLOCKS_MAX, EPOCH_BLOCKS_MIN,
    GOSSIP_BYTES_MAX_DEFAULT, LEADER_TIMEOUT_DEFAULT,
};
pub use engine::CLOCK_SKEW_MAX;
pub use gossip::GOSSIP_QUEUE_MAX;
pub use handle::{Broadcaster, EngineError, Handle, Reader, StartError, start};
pub use machine::{Activity, BoxFuture, FatalError, Misbehaviour, StateMachine};
pub use scheme::{Key, ValidatorKey};
pub use storage::{NO_VOTES_NAME, StorageError};

//! The chain on a made-up machine: the engine's own wiring (`tracelight_consensus::parts`) over commonware's deterministic
//! runtime and a network of our own, in one thread, driven by one seed.
//!
//! | part | real node | here |
//! |---|---|---|
//! | engine: simplex, marshal, epochs, delivery | `tracelight_consensus` | the same |
//! | node, application, ledger, store (rocksdb) | `tracelight_chain_node` | the same, in a scratch folder |
//! | clock, timers, tasks | tokio | virtual; tasks that are ready run in an order that the seed draws; each host's clock is off by a [`Skew`] |
//! | long computations | threads | at once, after a virtual delay (a slow disk) |
//! | engine's files | files | in memory: a host's crash loses what was not synced, a power cut of all keeps torn parts of it ([`Disk`]); a sync may take long ([`SyncTime`]) |
//! | network | commonware's authenticated peers | [`network`]: delay, loss, duplication, reordering, cuts in one direction or both |
//!
//! This crate is the machine; the program `chain-sim` beside it puts nodes on it, draws the faults, makes the load and judges. It
//! is a crate of its own, so that none of it is in the real node, and apart from the program, so that an edit of the node or of
//! the program does not compile the engine again.
//!
//! # What it does not show
//!
//! Handshakes, rate limits and the sizes of real queues; threads that race; rocksdb's own files on a disk that loses or tears
//! writes (`chain-node/tests` does that to real processes); a network that changes bytes, which authentication excludes.
//!
//! # Determinism
//!
//! The same seed gives the same run, byte for byte: [`simulate`] returns the runtime's digest over every step of every task.
//! What comes from outside is only the random coefficients of batch signature checks, which change no answer.

mod context;
mod disk;
pub mod network;
mod world;

pub use context::Skew;
pub use disk::SyncTime;
pub use world::{Boot, Build, Disk, Env, Life, Snapshot, Start, World, simulate};

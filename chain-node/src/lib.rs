//! A member's node: orders transactions with the other members' nodes, executes them and answers for the result.
//!
//! ```text
//!  rpc ──┐                    ┌── propose / verify ──┐
//!        ├─► mempool ─────────┤      machine         ├◄──► consensus (own crate)
//!  gossip┘                    └── finalized ─► ledger ─► store (rocksdb, one synced batch a block)
//! ```
//!
//! | module | holds |
//! |---|---|
//! | [`ledger`] | what a block does to the state: pure, no clock, no disk |
//! | [`store`] | the only place that knows rocksdb: state, histories, authenticated tree, blocks, indexes |
//! | [`mempool`] | signed transactions on their way into a block |
//! | [`ancestry`] | blocks that are proposed but not executed yet |
//! | [`node`] | the parts above as one thing, for consensus and rpc |
//! | [`machine`] | the replicated application that consensus drives |
//! | [`own_key`] | the validator's key, in memory or in a token, as the engine asks for it |
//! | [`host`] | time and threads, so that the simulation can make them up |
//! | [`rpc`] | HTTP, as `tracelight_api::chain` says |
//! | [`config`], [`init`], [`run`], [`doctor`], [`backup`], [`scrub`], [`prune`] | the program |
//! | [`bench_engine`] | the engine alone, as a measure |

pub mod ancestry;
pub mod backup;
pub mod bench_engine;
pub mod clock;
pub mod config;
pub mod doctor;
pub mod health;
pub mod host;
pub mod init;
pub mod ledger;
pub mod machine;
pub mod mempool;
pub mod metrics;
pub mod node;
pub mod own_key;
pub mod prune;
pub mod rpc;
pub mod run;
pub mod scrub;
pub mod store;
pub mod voter;

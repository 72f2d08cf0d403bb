//! The device gateway: readings of packaging lines come in over MQTT, are kept on disk before they are answered, and leave
//! as signed transactions to the chain.
//!
//! ```text
//! device --MQTT--> mqtt --> core: reading, sequence, line --> spool (fsync) --> ack --> device
//!                                        |
//!                                        v deeds
//!                                     uplink: outbox (fsync) --> chain --> final --> lists to the server --> deleted
//! ```
//!
//! | module | holds |
//! |---|---|
//! | [`mqtt`] | the broker behind a trait; the only place that names an MQTT library |
//! | [`spool`] | the format on disk, nothing else |
//! | [`core`] | payload to answer, without network |
//! | [`line`], [`sequence`], [`reading`], [`topic`], [`journal`], [`mode`] | its pure parts |
//! | [`uplink`] | deeds to final transactions |
//! | [`config`], [`run`], [`simulate`] | the program |
//!
//! **Invariant:** nobody is told "stored" before the disk was synced, and nothing is deleted before it is final.

pub mod catalogue;
pub mod config;
pub mod core;
mod files;
pub mod intake;
pub mod journal;
pub mod line;
pub mod mode;
pub mod mqtt;
pub mod progress;
pub mod reading;
pub mod run;
pub mod sequence;
pub mod simulate;
pub mod spool;
pub mod topic;
pub mod uplink;

pub use intake::Intake;

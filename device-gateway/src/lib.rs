//! The device gateway: readings of packaging lines come in over MQTT, are kept on disk before they are answered, and leave
//! as signed transactions to the chain.
//!
//! ```text
//! device --MQTT--> mqtt --+--> core: reading, sequence, line --> spool (fsync) --> ack --> device
//! operator -------> terminal           |
//!                                      v deeds
//!                                     uplink: outbox (fsync) --> chain --> final --> lists to the server --> deleted
//! ```
//!
//! | module | holds |
//! |---|---|
//! | [`mqtt`] | the broker behind a trait (`mqtt/`, a crate of its own), and the embedded one |
//! | [`spool`] | the format on disk, nothing else |
//! | [`core`] | payload to answer, without network |
//! | [`line`], [`sequence`], [`reading`], [`topic`], [`journal`], [`mode`] | its pure parts |
//! | [`sparkplug`] | Sparkplug B 3.0: the gateway as a host application |
//! | [`vouch`] | readings of devices that cannot sign |
//! | [`terminal`] | the page for operators, whose readings take the same way |
//! | [`uplink`] | deeds to final transactions |
//! | [`config`], [`run`] | the program |
//!
//! `simulator/` plays a packaging line against it: `tracelight simulate-line`.
//!
//! **Invariant:** nobody is told "stored" before the disk was synced, and nothing is deleted before it is final.

pub mod ballast;
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
pub mod sparkplug;
pub mod spool;
pub mod terminal;
pub mod uplink;
pub mod vouch;

pub use intake::Intake;
pub use tracelight_mqtt::topic;

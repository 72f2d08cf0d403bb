//! Sparkplug B 3.0: the gateway as a host application of edge nodes.
//!
//! Sparkplug is QoS 0 and says what a value *is*; a reading is a fact that must not be lost. So it is a tolerant input:
//! what comes is taken, what is missing shows in the numbers and is asked for again, and devices that can do better use
//! the gateway's own topics. A configured metric of text type is a scanner: each value that arrives as data becomes a
//! reading that the gateway itself numbers and signs ([`crate::vouch`]).
//!
//! | module | holds |
//! |---|---|
//! | [`topic`], [`payload`] | what is on the wire |
//! | [`host`] | the host without network and clock |
//! | [`link`] | its connection |

pub mod host;
pub mod link;
mod node;
pub mod payload;
#[cfg(test)]
mod tests;
pub mod topic;

/// Metric of every birth and death that names the session.
pub const BIRTH_NUMBER: &str = "bdSeq";
/// Metric that asks a node to say everything anew.
pub const REBIRTH: &str = "Node Control/Rebirth";

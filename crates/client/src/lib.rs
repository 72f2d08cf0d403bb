//! The client of a chain-node that returns *verified* values, and the keys and transactions of whoever talks to one.
//!
//! | module | holds |
//! |---|---|
//! | [`chain`] | [`chain::NodeClient`]: the RPC of `api::chain` over HTTP, with several nodes, time limits and bounded answers |
//! | [`follow`] | [`follow::VerifiedFollower`]: what of a node's blocks may be believed, and when |
//! | [`light`] | [`light::LightClient`]: believes headers by certificates, follows changes of the validators |
//! | [`witness`] | [`witness::WitnessClient`]: asks an outsider to cosign a checkpoint |
//! | [`keys`] | [`keys::Signer`]: a secret key, with one method a purpose |
//! | [`tx`] | [`tx::TxBuilder`]: signed transactions |
//! | `testing` | a chain inside a test's own process (feature `testing`, for tests alone) |
//!
//! **Invariant:** a value that comes out of [`follow`] has been certified by a quorum of the alliance's validators; a node
//! that lies is found out, it is not believed. What [`chain`] returns has not been checked yet.

pub mod chain;
pub mod follow;
pub mod keys;
pub mod light;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod tx;
pub mod witness;

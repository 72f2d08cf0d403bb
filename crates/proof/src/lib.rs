//! Canonical bytes, hashes and proofs: everything that has to be equal on every machine, and the checker that a phone runs.
//!
//! **Invariant:** this crate reads no clock, no file and no private key, and builds for wasm32.
//!
//! | module | holds |
//! |---|---|
//! | [`codec`] | the byte format: fixed-width big-endian integers, counted lists, one spelling for each value |
//! | [`wire`] | that format for the types of `domain` |
//! | [`hash`] | one domain-separation string per purpose |
//! | [`genesis`], [`block`] | the alliance, its headers and outcomes |
//! | [`signed`] | the bytes a key signs, transaction ids, signature checks (ZIP-215) |
//! | [`log`] | the log of all blocks, as RFC 6962 has it: inclusion and consistency |
//! | [`merkle`] | roots of batches, cases, pallets and transactions |
//! | [`state_proof`] | membership and absence in the authenticated state |
//! | [`history`] | completeness of an object's events |
//! | [`certificate`] | finality: the quorum's signatures over a header |
//! | [`note`] | checkpoints of the log and the cosignatures of witnesses |
//! | [`receipt`] | a server's signed word of what it said about a code |
//! | [`snapshot`] | the files that a joining node starts from, and the check of their manifest |
//! | [`bundle`] | what a phone needs to check an answer, and the check |

pub mod block;
pub mod bundle;
pub mod certificate;
pub mod codec;
pub mod commitments;
pub mod genesis;
pub mod hash;
pub mod history;
pub mod log;
pub mod merkle;
pub mod note;
pub mod receipt;
pub mod signed;
pub mod snapshot;
pub mod state_proof;
pub mod wire;

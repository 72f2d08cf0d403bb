//! What every decoder of strangers' bytes promises, as one function a decoder that takes any bytes and panics when a promise is
//! broken. A fuzz target of `fuzz/` calls it with millions of inputs, the test `corpus` with those that are kept.
//!
//! ```text
//! crates/decoders/src/NAME.rs     the promises               fuzz/fuzz_targets/NAME.rs    its fuzz target, three lines
//! fuzz/corpus/NAME/seed-*         true examples, made by the test `seeding` from the golden bytes and the test alliances
//! fuzz/corpus/NAME/<40 hex>       inputs that reach further, found by fuzzing and kept
//! ```
//! The promises: no panic, whatever comes; what is read is written again as the same bytes, so nothing has two spellings;
//! two readers of one format agree. Programs that a fuzzer cannot build in a minute (the engine, the gateway's broker client, the
//! server's pages) keep their decoders in files without such libraries, and those files are compiled here as they stand.

// Those files' own tests run where the files live; checking all targets would compile them here.
#![cfg(not(test))]

pub mod block;
pub mod bundle;
pub mod certificate;
pub mod certified;
pub mod checker;
pub mod engine;
pub mod epcis_hash;
pub mod epcis_json;
pub mod epcis_xml;
pub mod follow;
pub mod genesis;
pub mod imports;
pub mod line;
pub mod note;
pub mod page_token;
pub mod rest;
pub mod rpc;
pub mod scan;
pub mod snapshot;
pub mod sparkplug;
pub mod spool;
pub mod state_proof;
pub mod transaction;

/// A decoder's promises.
pub type Check = fn(&[u8]);

/// Bytes of one input: a bundle with a large anchor still fits.
pub const INPUT_BYTES_MAX: usize = 64 * 1024;

/// All of them, by the name of their fuzz target.
pub const TARGETS: &[(&str, Check)] = &[
    ("block", block::check),
    ("bundle", bundle::check),
    ("certificate", certificate::check),
    ("certified", certified::check),
    ("checker", checker::check),
    ("engine", engine::check),
    ("epcis_hash", epcis_hash::check),
    ("epcis_json", epcis_json::check),
    ("epcis_xml", epcis_xml::check),
    ("follow", follow::check),
    ("genesis", genesis::check),
    ("imports", imports::check),
    ("line", line::check),
    ("note", note::check),
    ("page_token", page_token::check),
    ("rest", rest::check),
    ("rpc", rpc::check),
    ("scan", scan::check),
    ("snapshot", snapshot::check),
    ("sparkplug", sparkplug::check),
    ("spool", spool::check),
    ("state_proof", state_proof::check),
    ("transaction", transaction::check),
];

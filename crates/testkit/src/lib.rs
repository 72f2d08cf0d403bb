//! What tests share. A dev-dependency only: no program imports it.
//!
//! | module | holds |
//! |---|---|
//! | [`data`] | finds the third-party documents and vectors |
//! | [`vectors`] | runs them and counts: for the tests of their crates and for `cargo xtask vectors` |
//! | [`alliance`] | a small alliance with fixed keys, its state tree, certificates and a true bundle |
//! | [`journey`] | a true chain of any shape and true bundles over it: for liars, sizes and benchmarks |
//! | [`liar`] | a server that lies: over a hundred lies with the part and the reason of their refusal |
//! | [`snapshot`] | a small snapshot of the fixed alliance |
//! | [`ports`], [`process`], [`services`] | free ports, child processes, MariaDB, Mosquitto and SoftHSM in scratch folders |
//! | [`machine`] | whether a test that needs root, a mount or a tracer can run here |
//! | [`browser`] | drives headless Chromium |

pub mod alliance;
pub mod data;
pub mod journey;
pub mod liar;
pub mod snapshot;
pub mod vectors;
pub use data::shared_data;

pub mod browser;
pub mod machine;
pub mod ports;
pub mod process;
pub mod services;

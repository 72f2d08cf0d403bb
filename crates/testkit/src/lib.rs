//! What tests share. A dev-dependency only: no program imports it.
//!
//! | module | holds |
//! |---|---|
//! | [`data`] | finds the third-party documents and vectors |
//! | [`alliance`] | a small alliance with fixed keys, its state tree, certificates and a true bundle |
//! | [`journey`] | a true chain of any shape and true bundles over it: for liars, sizes and benchmarks |
//! | [`liar`] | a server that lies: over a hundred lies with the part and the reason of their refusal |
//! | [`ports`], [`process`], [`services`] | free ports, child processes, MariaDB and Mosquitto in scratch folders |
//! | [`machine`] | whether a test that needs root, a mount or a tracer can run here |
//! | [`browser`] | drives headless Chromium |

pub mod alliance;
pub mod data;
pub mod journey;
pub mod liar;
pub use data::shared_data;

pub mod browser;
pub mod machine;
pub mod ports;
pub mod process;
pub mod services;

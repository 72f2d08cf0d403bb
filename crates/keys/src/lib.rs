//! Secrets in files: ed25519 seeds, plain or under a passphrase, and bearer tokens. The one place that reads and writes them.
//!
//! | module | holds |
//! |---|---|
//! | [`file`] | reading and writing a file that only its owner may read |
//! | [`seed`] | [`seed::Seed`]: an ed25519 seed and its two file formats |
//! | [`sealed`] | the format under a passphrase |
//! | [`passphrase`] | where a passphrase comes from: a file or the terminal, never the environment or the command line |
//! | [`token`] | [`token::Token`]: what a caller of a node shows |
//!
//! **Invariant:** every file has mode 0600 or stricter, and is refused otherwise; nothing here prints a secret; every secret
//! is wiped from memory when dropped; no file that exists is overwritten.

pub mod file;
pub mod passphrase;
pub mod sealed;
pub mod seed;
pub mod token;

pub use file::KeyError;
pub use passphrase::Unlock;
pub use seed::Seed;
pub use token::Token;

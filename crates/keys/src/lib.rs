//! Secrets: ed25519 keys in files (plain or under a passphrase) and in PKCS#11 tokens, and bearer tokens. The one place that reads and
//! writes them, and the one that signs.
//!
//! | module | holds |
//! |---|---|
//! | [`file`] | reading and writing a file that only its owner may read |
//! | [`seed`] | [`seed::Seed`]: an ed25519 seed and its two file formats |
//! | [`sealed`] | the format under a passphrase |
//! | [`passphrase`] | where a passphrase comes from: a file or the terminal, never the environment or the command line |
//! | [`pkcs11`] | a key that is in a PKCS#11 token and stays there |
//! | [`signer`] | [`signer::Signer`]: a key wherever it is, with one method a purpose |
//! | [`token`] | [`token::Token`]: what a caller of a node shows |
//!
//! **Invariant:** every file has mode 0600 or stricter, and is refused otherwise; nothing here prints a secret; every secret
//! is wiped from memory when dropped; no file that exists is overwritten; nobody outside can have plain bytes signed; a library is
//! loaded only where a key file named `*.toml` says so.

pub mod file;
pub mod passphrase;
pub mod pkcs11;
pub mod sealed;
pub mod seed;
pub mod signer;
pub mod token;

pub use file::KeyError;
pub use passphrase::Unlock;
pub use seed::Seed;
pub use signer::Signer;
pub use token::Token;

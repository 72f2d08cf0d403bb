//! Keys for whoever signs: [`tracelight_keys`], under the names that this crate's users know. A [`Signer`] holds a key in memory or by
//! a session with a PKCS#11 token, and has one method a purpose.

pub use tracelight_keys::passphrase::ask as ask_passphrase;
pub use tracelight_keys::{KeyError as KeyFileError, Seed, Signer, Token, Unlock, pkcs11};

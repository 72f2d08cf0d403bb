//! Keys in a PKCS#11 token: a smart card, a hardware security module, or SoftHSM2.
//!
//! ```text
//! a file NAME.toml   where the key is: module, token, label, public key; see [`Place`]. Nothing secret.
//! the PIN            in a file of its own, or typed at the terminal when the program starts
//! ```
//!
//! # What runs whose code
//!
//! A module is a library that is loaded into the process. One is loaded only for a key file whose name ends in `.toml`, from the
//! absolute path that stands in it, and only if nobody but root or the owner of that key file can write it. Nothing is searched for,
//! nothing is taken from the environment by this crate (a module may read its own variables, as SoftHSM reads `SOFTHSM2_CONF`).
//!
//! # A key's thread
//!
//! ```text
//! caller ──message──► queue of QUEUE_MAX ──► the key's thread: one session ──► module ──► token
//!        ◄─signature, at most `timeout_ms` later──
//! ```
//! Calls into a module may take as long as they like, and a session is for one thread at a time. So each key has a thread that
//! owns its session, and callers wait for it for a bounded time: [`Fault::Timeout`]. A full queue refuses at once:
//! [`Fault::Busy`]. What nobody waits for any more is not signed.
//!
//! ```text
//! closed ──open──► open ──session or token lost──► closed, opened again at once, the message signed once more
//!    ▲               │
//!    └─ not to be had: until REOPEN_PAUSE has passed callers are refused with the last reason ([`Fault::Away`])
//! ```
//! A token that a module does not see any more may need the module to be started again, which is done then (the module `module`).
//!
//! Opening is: load the module, find the token, log in, find the key, compare its public half with the one in the file, and sign
//! random bytes under a domain of their own (`tracelight/key-check/v1`). **Every signature is checked** under the rules of ZIP-215
//! before anybody gets it: a token with a fault, or another key under the same label, is noticed here and not by the peers; and a
//! wrong signature would tell something of the key.
//!
//! # A wrong PIN is tried once
//!
//! Tokens lock after a few. When a token refuses the PIN, that is noted beside the PIN's file (`PIN_FILE.refused`: when the file was last
//! changed), and the PIN is not tried again before the file has changed, whatever restarts the program. A token that says that
//! one more wrong PIN locks it is not tried at all: [`Fault::PinFinalTry`].
//!
//! # What is asked of a key
//!
//! `CKK_EC_EDWARDS`, private, not extractable, sensitive; signs with `CKM_EDDSA` without parameters (pure Ed25519). Bytes of the token are
//! strangers' bytes: their length is asked for before they are fetched, and a point is taken in the two forms that occur (the
//! module [`point`]). Sums: a thread, a session, at most [`QUEUE_MAX`] waiting messages of [`MESSAGE_BYTES_MAX`].

mod error;
mod make;
mod module;
mod pin;
mod place;
pub mod point;
mod session;
mod worker;

pub use error::{Fault, TokenKeyError};
pub use make::{import, make};
pub use place::{EXTENSION, Place, TIMEOUT_MS_DEFAULT, TIMEOUT_MS_MAX, TIMEOUT_MS_MIN, TokenName};
pub use worker::{MESSAGE_BYTES_MAX, OPEN_WAIT_MAX, QUEUE_MAX, REOPEN_PAUSE, TokenKey};

//! The validator's key as the engine asks for it: votes and handshakes, from memory or from a token.
//!
//! A token that does not sign costs the vote, not the node: the engine abstains and asks again for the next vote, and the key opens its
//! token again by itself. The first failure is a warning with the way out, and one more every [`REPEAT`] while it lasts; the first
//! signature after it is told as well. `tracelight_consensus_key_signs` is 0 meanwhile.

use crate::metrics;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use tracelight_consensus::ValidatorKey;
use tracelight_keys::{KeyError, Signer};

/// How often a lasting failure is told.
pub const REPEAT: Duration = Duration::from_secs(30);

/// The node's key.
pub struct OwnKey {
    signer: Signer,
    /// Since when it fails, when that was told last, and how often it failed.
    failing: Mutex<Option<Failing>>,
}

#[derive(Clone, Copy)]
struct Failing {
    told: Instant,
    times: u64,
}

impl OwnKey {
    /// The key of a node.
    #[must_use]
    pub fn new(signer: Signer) -> Self {
        if let Some(place) = signer.place() {
            tracing::info!("The validator's key is {place}");
        }
        Self { signer, failing: Mutex::default() }
    }

    fn signed(&self, what: &'static str, sign: impl FnOnce() -> Result<[u8; 64], KeyError>) -> Option<[u8; 64]> {
        let started = Instant::now();
        let outcome = sign();
        if self.signer.may_wait() {
            metrics::own_key(outcome.is_ok(), started.elapsed().as_secs_f64());
        }
        match outcome {
            Ok(signature) => {
                self.signs();
                Some(signature)
            }
            Err(error) => {
                metrics::unsigned(what);
                self.fails(what, &error);
                None
            }
        }
    }

    fn signs(&self) {
        let mut failing = self.failing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Failing { times, .. }) = failing.take() {
            tracing::info!(times, "The validator's key signs again, after {times} signatures that it did not give");
        }
    }

    fn fails(&self, what: &'static str, error: &KeyError) {
        let mut failing = self.failing.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let before = failing.map_or(0, |failing| failing.times);
        let due = failing.is_none_or(|failing| now.duration_since(failing.told) >= REPEAT);
        let told = failing.filter(|_| !due).map_or(now, |failing| failing.told);
        *failing = Some(Failing { told, times: before + 1 });
        if due {
            let times = before + 1;
            tracing::warn!(times, what, "The validator's key did not sign a {what}, so this node abstains: {error}");
        }
    }
}

impl ValidatorKey for OwnKey {
    fn public_key(&self) -> [u8; 32] {
        self.signer.public_key().0
    }

    fn may_wait(&self) -> bool {
        self.signer.may_wait()
    }

    fn sign_vote(&self, namespace: &[u8], vote: &[u8]) -> Option<[u8; 64]> {
        self.signed("vote", || self.signer.sign_vote(namespace, vote))
    }

    fn sign_handshake(&self, transcript: &[u8; 32]) -> Option<[u8; 64]> {
        self.signed("handshake", || self.signer.sign_handshake(transcript))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_signed_is_counted_until_it_is_again() {
        let key = OwnKey::new(Signer::from_seed(&[7; 32]));
        // No namespace of votes: the one thing that a key in memory refuses.
        for _ in 0..3 {
            assert_eq!(key.sign_vote(b"another purpose", b"vote"), None);
        }
        let times = || key.failing.lock().expect("no panic").map(|failing| failing.times);
        assert_eq!(times(), Some(3));
        assert!(key.sign_handshake(&[1; 32]).is_some());
        assert_eq!(times(), None);
    }
}

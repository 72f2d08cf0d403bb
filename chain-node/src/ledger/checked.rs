//! Transactions whose signature has been checked, and the memory of those seen before.
//!
//! A transaction arrives up to three times: from its sender, by gossip, and in a block. Its signature is checked the
//! first time; afterwards its exact bytes are recognised by their hash. The hash covers the signature too, so that a good
//! transaction with another signature is not taken for the checked one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tracelight_domain::ids::{Hash, PublicKey, TxId};
use tracelight_domain::tx::SignedTx;
use tracelight_proof::hash::body_hash;

/// Bytes of transactions remembered in one generation; there are two. With the parsed form about 3 times as much memory.
const GENERATION_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Keys of which is remembered whether their order is small: 64 bytes each, 1 MB. When full all are forgotten, as a stranger
/// can invent keys faster than members have them.
const KEYS_MAX: usize = 16 * 1024;

/// A transaction with a good signature.
#[derive(Debug)]
pub struct CheckedTx {
    /// Its id.
    pub id: TxId,
    /// As parsed.
    pub signed: SignedTx,
    /// As it came; canonical, because only canonical bytes parse.
    pub bytes: Vec<u8>,
}

/// Transactions seen before, by the hash of their bytes. Bounded: the older half is forgotten at once.
#[derive(Default)]
pub struct SeenTxs {
    generations: Mutex<Generations>,
    keys: Mutex<HashMap<PublicKey, bool>>,
}

#[derive(Default)]
struct Generations {
    young: HashMap<Hash, Arc<CheckedTx>>,
    young_bytes: usize,
    old: HashMap<Hash, Arc<CheckedTx>>,
}

/// The name under which exact bytes are remembered.
#[must_use]
pub fn bytes_key(bytes: &[u8]) -> Hash {
    body_hash(bytes)
}

impl SeenTxs {
    /// The checked transaction with exactly these bytes, if it is remembered.
    #[must_use]
    pub fn get(&self, key: &Hash) -> Option<Arc<CheckedTx>> {
        let generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        generations.young.get(key).or_else(|| generations.old.get(key)).cloned()
    }

    /// What was found out about a key, now or before. Finding out costs as much as a signature.
    pub fn key_is_good(&self, key: &PublicKey, look: impl FnOnce() -> bool) -> bool {
        let keys = || self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = keys().get(key) {
            return *known;
        }
        let found = look();
        let mut keys = keys();
        if keys.len() >= KEYS_MAX {
            keys.clear();
        }
        keys.insert(*key, found);
        found
    }

    /// Remembers a transaction whose signature was found good.
    pub fn insert(&self, key: Hash, tx: Arc<CheckedTx>) {
        let mut generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        if generations.young_bytes >= GENERATION_BYTES_MAX {
            generations.old = std::mem::take(&mut generations.young);
            generations.young_bytes = 0;
        }
        // 256 bytes stand for the parsed form and the tables.
        generations.young_bytes += tx.bytes.len() + 256;
        generations.young.insert(key, tx);
    }
}

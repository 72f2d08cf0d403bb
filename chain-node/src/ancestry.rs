//! Blocks that were proposed and are not executed yet: what their transactions are, so that none is ordered twice.
//!
//! A block lands here when this node proposes it or is asked about it, and leaves when it, or another block of its
//! height, is executed. After a restart blocks may be missing; [`Ancestry::above`] then says so.

use crate::ledger::checked::CheckedTx;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::Hash as Key;
use std::sync::Arc;
use std::time::Duration;
use tracelight_domain::ids::{Hash, Height, PublicKey, TxId};
use tracelight_proof::block::Header;

/// Blocks kept. More than one block of a height exists only when leaders fail or lie.
const BLOCKS_MAX: usize = 256;

/// A proposed block.
#[derive(Clone, Debug)]
pub struct ProposedBlock {
    /// Its header.
    pub header: Header,
    /// Its transactions, checked.
    pub txs: Arc<Vec<Arc<CheckedTx>>>,
    /// When it was proposed or judged here, for measuring.
    pub seen: Duration,
}

/// The proposed blocks that are not executed yet, by height and id, and in how many of them each transaction and each nonce
/// stands: every submission and every wait for a receipt asks.
#[derive(Default)]
pub struct Ancestry {
    blocks: BTreeMap<(Height, Hash), ProposedBlock>,
    ids: HashMap<TxId, u32>,
    nonces: HashMap<(PublicKey, u64), u32>,
}

/// The unexecuted blocks from a block down to the newest executed one.
#[derive(Debug, Default)]
pub struct Line {
    /// From the block downwards.
    pub blocks: Vec<ProposedBlock>,
    /// Does the line reach down to the executed blocks? If not, it may lack transactions.
    pub whole: bool,
}

impl Ancestry {
    /// Remembers a block.
    pub fn insert(&mut self, id: Hash, block: ProposedBlock) {
        for tx in block.txs.iter() {
            add(&mut self.ids, tx.id);
            add(&mut self.nonces, nonce_of(tx));
        }
        if let Some(before) = self.blocks.insert((block.header.height, id), block) {
            self.forget(&before);
        }
        while self.blocks.len() > BLOCKS_MAX
            && let Some((_, oldest)) = self.blocks.pop_first()
        {
            self.forget(&oldest);
        }
    }

    fn forget(&mut self, block: &ProposedBlock) {
        for tx in block.txs.iter() {
            subtract(&mut self.ids, tx.id);
            subtract(&mut self.nonces, nonce_of(tx));
        }
    }

    /// The block with this id.
    #[must_use]
    pub fn get(&self, height: Height, id: Hash) -> Option<&ProposedBlock> {
        self.blocks.get(&(height, id))
    }

    /// The height of the block with this id.
    #[must_use]
    pub fn height_of(&self, id: &Hash) -> Option<Height> {
        self.blocks.keys().rev().find(|(_, known)| known == id).map(|(height, _)| *height)
    }

    /// Forgets blocks that are executed or can no longer be.
    pub fn executed(&mut self, height: Height) {
        let later = self.blocks.split_off(&(height + 1, Hash::ZERO));
        for block in std::mem::replace(&mut self.blocks, later).values() {
            self.forget(block);
        }
    }

    /// Does an unexecuted block, perhaps a competing one, hold this transaction?
    #[must_use]
    pub fn holds(&self, id: &TxId) -> bool {
        self.ids.contains_key(id)
    }

    /// Does an unexecuted block hold a transaction of this key with this nonce?
    #[must_use]
    pub fn holds_nonce(&self, key: &PublicKey, nonce: u64) -> bool {
        self.nonces.contains_key(&(*key, nonce))
    }

    /// Do unexecuted blocks hold transactions?
    #[must_use]
    pub fn has_txs(&self) -> bool {
        !self.ids.is_empty()
    }

    /// The unexecuted blocks from the block with this id down to `executed`.
    #[must_use]
    pub fn above(&self, executed: Height, height: Height, id: Hash) -> Line {
        let mut line = Line { blocks: Vec::new(), whole: false };
        let (mut height, mut id) = (height, id);
        let mut seen = BTreeSet::new();
        while height > executed && seen.insert(id) {
            let Some(block) = self.get(height, id) else { return line };
            line.blocks.push(block.clone());
            (height, id) = (height - 1, block.header.parent);
        }
        line.whole = true;
        line
    }
}

fn nonce_of(tx: &CheckedTx) -> (PublicKey, u64) {
    (tx.signed.tx.key, tx.signed.tx.nonce)
}

fn add<K: Key + Eq>(counts: &mut HashMap<K, u32>, key: K) {
    *counts.entry(key).or_default() += 1;
}

fn subtract<K: Key + Eq>(counts: &mut HashMap<K, u32>, key: K) {
    if let Entry::Occupied(mut count) = counts.entry(key) {
        match count.get() {
            0 | 1 => drop(count.remove()),
            _ => *count.get_mut() -= 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::checked::SeenTxs;
    use crate::ledger::signatures::check_all;
    use crate::ledger::tests::goods::Goods;
    use crate::ledger::tests::{Alliance, alliance};
    use crate::machine::tests::header_at;

    fn tx(alliance: &mut Alliance, item: u64) -> Arc<CheckedTx> {
        let bytes = alliance.sign(0, Goods::new(item).register_product());
        let checked = check_all(&SeenTxs::default(), &[&bytes]).remove(0);
        checked.expect("well signed")
    }

    fn block(height: Height, txs: &[Arc<CheckedTx>]) -> ProposedBlock {
        ProposedBlock { header: header_at(height), txs: Arc::new(txs.to_vec()), seen: Duration::ZERO }
    }

    #[test]
    fn a_transaction_of_two_competing_blocks_is_held_until_the_last_of_them_goes() {
        let mut alliance = alliance();
        let (both, one) = (tx(&mut alliance, 1), tx(&mut alliance, 2));
        let mut ancestry = Ancestry::default();
        ancestry.insert(Hash([1; 32]), block(5, std::slice::from_ref(&both)));
        ancestry.insert(Hash([2; 32]), block(6, &[both.clone(), one.clone()]));
        // The same block again counts once.
        ancestry.insert(Hash([2; 32]), block(6, &[both.clone(), one.clone()]));
        ancestry.executed(5);
        assert!(ancestry.holds(&both.id) && ancestry.holds(&one.id));
        assert!(ancestry.holds_nonce(&one.signed.tx.key, one.signed.tx.nonce));
        ancestry.executed(6);
        assert!(!ancestry.holds(&both.id) && !ancestry.has_txs());
        assert!(!ancestry.holds_nonce(&one.signed.tx.key, one.signed.tx.nonce));
    }

    #[test]
    fn the_oldest_blocks_go_first_with_their_transactions() {
        let mut alliance = alliance();
        let mut ancestry = Ancestry::default();
        let first = tx(&mut alliance, 1);
        ancestry.insert(Hash([0; 32]), block(1, std::slice::from_ref(&first)));
        (0..BLOCKS_MAX as u64).for_each(|more| ancestry.insert(Hash([0; 32]), block(2 + more, &[])));
        assert!(!ancestry.holds(&first.id) && !ancestry.has_txs());
    }
}

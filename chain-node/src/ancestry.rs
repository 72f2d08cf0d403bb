//! Blocks that were proposed and are not executed yet: what their transactions are, so that none is ordered twice.
//!
//! A block lands here when this node proposes it or is asked about it, and leaves when it, or another block of its
//! height, is executed. After a restart blocks may be missing; [`Ancestry::above`] then says so.

use crate::ledger::checked::CheckedTx;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tracelight_domain::ids::{Hash, Height, TxId};
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
}

/// The proposed blocks that are not executed yet, by height and id.
#[derive(Default)]
pub struct Ancestry {
    blocks: BTreeMap<(Height, Hash), ProposedBlock>,
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
        self.blocks.insert((block.header.height, id), block);
        while self.blocks.len() > BLOCKS_MAX {
            self.blocks.pop_first();
        }
    }

    /// The block with this id.
    #[must_use]
    pub fn get(&self, height: Height, id: Hash) -> Option<&ProposedBlock> {
        self.blocks.get(&(height, id))
    }

    /// Forgets blocks that are executed or can no longer be.
    pub fn executed(&mut self, height: Height) {
        self.blocks = self.blocks.split_off(&(height + 1, Hash::ZERO));
    }

    /// All transactions of unexecuted blocks, also of competing ones.
    pub fn txs(&self) -> impl Iterator<Item = &Arc<CheckedTx>> {
        self.blocks.values().flat_map(|block| block.txs.iter())
    }

    /// Does an unexecuted block hold this transaction?
    #[must_use]
    pub fn holds(&self, id: &TxId) -> bool {
        self.txs().any(|tx| tx.id == *id)
    }

    /// Do unexecuted blocks hold transactions?
    #[must_use]
    pub fn has_txs(&self) -> bool {
        self.blocks.values().any(|block| !block.txs.is_empty())
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

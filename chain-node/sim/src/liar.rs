//! A dishonest leader and voter: the real application, with what it says falsified.

use crate::host::{Shared, Watched};
use crate::plan::Malice;
use bytes::Bytes;
use rand::Rng as _;
use rand_chacha::ChaCha8Rng;
use std::sync::{Arc, Mutex, PoisonError};
use tracelight_chain_node::node::Node;
use tracelight_consensus::{Activity, Block, BoxFuture, Committee, FatalError, StateMachine};
use tracelight_domain::ids::Hash;
use tracelight_proof::block::{Header, body_digest, encode_body, split_body, txs_root};

/// Says something false in some of its blocks, or nothing at all.
pub struct Liar {
    honest: Watched,
    node: Arc<Node>,
    shared: Arc<Shared>,
    malice: Malice,
    rng: Mutex<ChaCha8Rng>,
}

impl Liar {
    pub fn new(honest: Watched, node: Arc<Node>, shared: Arc<Shared>, malice: Malice, rng: ChaCha8Rng) -> Self {
        Self { honest, node, shared, malice, rng: Mutex::new(rng) }
    }

    /// The block with one thing wrong, and whether that makes it invalid for good.
    fn falsify(&self, block: &Block) -> Option<Block> {
        let mut rng = self.rng.lock().unwrap_or_else(PoisonError::into_inner);
        let mut header = Header::decode(&block.header).ok()?;
        let mut body = block.body.clone();
        match rng.random_range(0..10) {
            0 => header.state_root = Hash(rng.random()),
            1 => header.outcomes = Hash(rng.random()),
            2 => header.log_root = Hash(rng.random()),
            3 => header.next_validators = Hash(rng.random()),
            4 => header.events = header.events.wrapping_add(1),
            5 => header.txs_root = Hash(rng.random()),
            6 => header.validators = Hash(rng.random()),
            7 | 8 => {
                // A transaction that the chain holds already, or one twice.
                let old = self.old_transaction(rng.random_range(0..u64::MAX));
                let mut txs: Vec<Vec<u8>> = split_body(&body).ok()?.into_iter().map(<[u8]>::to_vec).collect();
                let again = old.or_else(|| txs.first().cloned())?;
                txs.push(again);
                body = encode_body(&txs).into();
                header.body = body_digest(&body);
                header.txs = u32::try_from(txs.len()).ok()?;
                header.txs_root = txs_root(&txs);
            }
            _ => return None,
        }
        let block = Block { header: header.encode().into(), body };
        self.shared.notes().lies.push(block.id());
        Some(block)
    }

    fn old_transaction(&self, chance: u64) -> Option<Vec<u8>> {
        let head = self.node.head();
        let height = head.txs_height.saturating_sub(chance % 3);
        let row = self.node.store.block(height).ok()??;
        let txs = split_body(&row.body).ok()?;
        txs.first().map(|tx| tx.to_vec())
    }
}

impl StateMachine for Liar {
    fn propose(&self, parent: Block) -> BoxFuture<'_, Option<Block>> {
        Box::pin(async move {
            if self.malice == Malice::Mute {
                return None;
            }
            let block = self.honest.propose(parent).await?;
            Some(self.falsify(&block).unwrap_or(block))
        })
    }

    fn verify(&self, parent: Block, block: Block) -> BoxFuture<'_, bool> {
        match self.malice {
            Malice::Mute => Box::pin(std::future::pending()),
            // It finds everything good, its own lies before all.
            _ => {
                let _ = (parent, block);
                Box::pin(async { true })
            }
        }
    }

    fn certified(&self, block_id: [u8; 32], certificate: Bytes) {
        self.honest.certified(block_id, certificate);
    }

    fn finalized(&self, block: Block, certificate: Option<Bytes>) -> BoxFuture<'_, Result<(), FatalError>> {
        self.honest.finalized(block, certificate)
    }

    fn executed(&self) -> Option<u64> {
        self.honest.executed()
    }

    fn committee(&self, epoch: u64) -> BoxFuture<'_, Result<Committee, FatalError>> {
        self.honest.committee(epoch)
    }

    fn gossip(&self, from: [u8; 32], bytes: Bytes) {
        self.honest.gossip(from, bytes);
    }

    fn activity(&self, activity: Activity) {
        self.honest.activity(activity);
    }
}

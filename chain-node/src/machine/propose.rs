//! Building a block.
//!
//! A leader proposes at once when transactions wait, and when the state after the newest transactions is executed but not
//! yet spoken of by a header (without such a header nobody can prove that state). Otherwise it waits until a heartbeat
//! after its parent.

use super::Pace;
use crate::ancestry::ProposedBlock;
use crate::host::compute;
use crate::ledger::checked::CheckedTx;
use crate::mempool::BlockLimits;
use crate::node::Node;
use crate::store::{Head, StoreError};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use tracelight_consensus::Block;
use tracelight_domain::ids::{Hash, Height};
use tracelight_proof::block::{
    BODY_BYTES_MAX, Header, TXS_PER_BLOCK_MAX, block_id, body_digest, encode_body, txs_root,
};

const LIMITS: BlockLimits = BlockLimits { txs_max: TXS_PER_BLOCK_MAX, bytes_max: BODY_BYTES_MAX };

pub(super) async fn propose(node: &Arc<Node>, pace: Pace, parent: Block) -> Option<Block> {
    let parent = match Parent::of(node, parent).await {
        Ok(parent) => Arc::new(parent),
        Err(fault) => {
            tracing::error!("Not proposing: {fault}");
            return None;
        }
    };
    let due_ms = parent.header.time_ms.saturating_add(pace.heartbeat_ms);
    let wait_ms = due_ms.saturating_sub(node.now_ms()).min(pace.heartbeat_ms);
    let mut due = node.host().sleep(Duration::from_millis(wait_ms));
    let mut is_due = wait_ms == 0;
    loop {
        // Before the attempt, so that nothing is missed that happens during it.
        let changed = node.changed();
        let (own, at) = (Arc::clone(node), Arc::clone(&parent));
        match compute(node.host(), move || attempt(&own, &at, is_due)).await {
            Ok(Ok(Attempt::Block(block))) => return Some(block),
            Ok(Ok(Attempt::Stale)) => return None,
            Ok(Ok(Attempt::Nothing)) => {}
            Ok(Err(fault)) => {
                tracing::error!("Not proposing: {fault}");
                return None;
            }
            Err(lost) => {
                tracing::error!("Not proposing: building a block: {lost}");
                return None;
            }
        }
        tokio::select! {
            biased;
            () = changed => {}
            () = &mut due, if !is_due => is_due = true,
        }
    }
}

/// The block to build on.
struct Parent {
    header: Header,
    id: Hash,
}

impl Parent {
    async fn of(node: &Arc<Node>, block: Block) -> Result<Self, super::verify::Fault> {
        let (header, id) = (Header::decode(&block.header)?, block_id(&block.header));
        super::verify::remember(node, header.clone(), id, block.body).await?;
        Ok(Self { header, id })
    }
}

enum Attempt {
    Block(Block),
    /// Nothing to say yet.
    Nothing,
    /// The parent has been overtaken.
    Stale,
}

fn attempt(node: &Node, parent: &Parent, is_due: bool) -> Result<Attempt, StoreError> {
    let height = parent.header.height + 1;
    let chosen = {
        let pending = node.pending();
        let head = node.head();
        if head.height >= height {
            return Ok(Attempt::Stale);
        }
        let line = node.line(&pending, parent.header.height, parent.id);
        let newest_txs = line.blocks.iter().find(|block| block.header.txs > 0);
        let newest_txs = newest_txs.map_or(head.txs_height, |block| block.header.height);
        let mut fault = None;
        let txs = if line.whole {
            let ancestors: HashSet<_> = line.blocks.iter().flat_map(|b| b.txs.iter()).map(|tx| tx.id).collect();
            pending.mempool.select(height, LIMITS, &ancestors, |key| {
                node.next_nonce(&line.blocks, key).unwrap_or_else(|error| {
                    fault = Some(error);
                    u64::MAX
                })
            })
        } else {
            // Not knowing what stands in the blocks between, an empty block is the only safe one.
            Vec::new()
        };
        if let Some(fault) = fault {
            return Err(fault);
        }
        // A leader that lags behind its parent's author repeats what the parent says, which it has verified.
        let executed = head.height.max(parent.header.executed);
        let is_last = height == node.last_of(node.epoch_of(height));
        // Who decides next can only be said by who has executed that far; the head wakes us.
        if is_last && (head.height < executed || !node.may_speak_of(height, executed)) {
            return Ok(Attempt::Nothing);
        }
        let next_validators = node.next_validators(parent.header.next_validators, height, executed)?;
        Chosen {
            next_validators,
            unproven: newest_txs > parent.header.executed && head.height >= newest_txs,
            head,
            txs,
        }
    };
    if chosen.txs.is_empty() && !chosen.unproven && !is_due {
        return Ok(Attempt::Nothing);
    }
    Ok(Attempt::Block(build(node, parent, height, chosen)))
}

struct Chosen {
    head: Head,
    txs: Vec<Arc<CheckedTx>>,
    unproven: bool,
    next_validators: Hash,
}

fn build(node: &Node, parent: &Parent, height: Height, chosen: Chosen) -> Block {
    let bytes: Vec<&[u8]> = chosen.txs.iter().map(|tx| tx.bytes.as_slice()).collect();
    let body = encode_body(&bytes);
    let before = &parent.header;
    let (head, own) = (&chosen.head, &chosen.head.commitments);
    let behind = head.height < before.executed;
    let header = Header {
        height,
        parent: parent.id,
        body: body_digest(&body),
        chain: node.identity.chain,
        time_ms: node.now_ms().max(before.time_ms + 1),
        txs_root: txs_root(&bytes),
        txs: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
        executed: if behind { before.executed } else { head.height },
        state_root: if behind { before.state_root } else { own.state_root },
        outcomes: if behind { before.outcomes } else { own.outcomes },
        events: if behind { before.events } else { own.events },
        log_root: if behind { before.log_root } else { own.log_root },
        validators: before.next_validators,
        next_validators: chosen.next_validators,
    };
    let header_bytes = header.encode();
    let proposed = ProposedBlock { header, txs: Arc::new(chosen.txs) };
    node.pending().ancestry.insert(block_id(&header_bytes), proposed);
    Block { header: header_bytes.into(), body: body.into() }
}

//! Building a block.
//!
//! | there is | a leader proposes |
//! |---|---|
//! | a transaction that waits | at once |
//! | a state after the newest transactions that no header speaks of yet, so that nobody can prove it | [`PROOF_WAIT_MS`] after the parent |
//! | nothing new | a heartbeat after the parent |
//!
//! A block that only speaks of a state is worth waiting for: a transaction that comes meanwhile would have to wait until it is
//! agreed on, and its own block speaks of that state as well.

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

/// How long after its parent a block comes that has nothing in it but what its header says of the state. Of a chain in use,
/// the next transaction comes first.
pub const PROOF_WAIT_MS: u64 = 50;

const LIMITS: BlockLimits = BlockLimits { txs_max: TXS_PER_BLOCK_MAX, bytes_max: BODY_BYTES_MAX };

pub(super) async fn propose(node: &Arc<Node>, pace: Pace, parent: Block) -> Option<Block> {
    let parent = match Parent::of(node, parent).await {
        Ok(parent) => Arc::new(parent),
        Err(fault) => {
            tracing::error!("Not proposing: {fault}");
            return None;
        }
    };
    // A clock that is behind the parent's author waits no longer than one that is not.
    let left_ms =
        |wait_ms: u64| parent.header.time_ms.saturating_add(wait_ms).saturating_sub(node.now_ms()).min(wait_ms);
    let sleep = |wait_ms: u64| node.host().sleep(Duration::from_millis(wait_ms));
    let (proof_ms, heartbeat_ms) = (left_ms(PROOF_WAIT_MS), left_ms(pace.heartbeat_ms));
    let (mut proof, mut heartbeat) = (sleep(proof_ms), sleep(heartbeat_ms));
    let mut due = Due { proof: proof_ms == 0, heartbeat: heartbeat_ms == 0 };
    loop {
        // Before the attempt, so that nothing is missed that happens during it.
        let changed = node.changed();
        let (own, at) = (Arc::clone(node), Arc::clone(&parent));
        match compute(node.host(), move || attempt(&own, &at, due)).await {
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
            () = &mut proof, if !due.proof => due.proof = true,
            () = &mut heartbeat, if !due.heartbeat => due.heartbeat = true,
        }
    }
}

/// What has waited long enough.
#[derive(Clone, Copy)]
struct Due {
    /// A block that only speaks of a state.
    proof: bool,
    /// A block that says nothing.
    heartbeat: bool,
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

fn attempt(node: &Node, parent: &Parent, due: Due) -> Result<Attempt, StoreError> {
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
    let must_speak = !chosen.txs.is_empty() || due.heartbeat || chosen.unproven && due.proof;
    if !must_speak {
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
    let proposed = ProposedBlock { header, txs: Arc::new(chosen.txs), seen: node.host().uptime() };
    node.pending().ancestry.insert(block_id(&header_bytes), proposed);
    Block { header: header_bytes.into(), body: body.into() }
}

//! Judging another's block. An answer of "no" is for good, so what may pass (a clock, a lag) is waited for.

use super::AHEAD_MS_MAX;
use crate::ancestry::ProposedBlock;
use crate::host::compute;
use crate::ledger::checked::CheckedTx;
use crate::ledger::signatures::{self, TxFault};
use crate::node::Node;
use bytes::Bytes;
use std::collections::HashSet;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use tracelight_consensus::Block;
use tracelight_domain::ids::{Hash, TxId};
use tracelight_proof::block::{BodyError, Header, block_id, split_body, txs_root};
use tracelight_proof::codec::DecodeError;

/// Why a block is invalid for good.
#[derive(Debug, Error)]
pub(super) enum Fault {
    #[error("its header cannot be read: {0}")]
    Header(#[from] DecodeError),
    #[error("its body cannot be read: {0}")]
    Body(#[from] BodyError),
    #[error("its `{0}` is wrong")]
    Field(&'static str),
    #[error("transaction {index}: {fault}")]
    Tx { index: usize, fault: TxFault },
    #[error("transaction {0} stands twice in the chain")]
    Twice(TxId),
}

pub(super) async fn verify(node: &Arc<Node>, parent: Block, block: Block) -> Result<(), Fault> {
    let (before, header) = (Header::decode(&parent.header)?, Header::decode(&block.header)?);
    check_fields(node, &before, &header)?;
    node.note_proposal_time(header.time_ms);
    let parent_id = block_id(&parent.header);
    remember(node, before, parent_id, parent.body).await?;
    wait_for_clock(node, header.time_ms).await;
    check_commitments(node, &header).await?;
    let id = block_id(&block.header);
    let txs = checked_txs(node, &header, block.body).await?;
    let own = Arc::clone(node);
    match compute(node.host(), move || enter(&own, header, id, txs)).await {
        Ok(answer) => answer,
        // The program ends.
        Err(_) => pending().await,
    }
}

/// Looks for transactions that the chain holds already, and puts the block among the unexecuted ones; under one lock.
fn enter(node: &Node, header: Header, id: Hash, txs: Txs) -> Result<(), Fault> {
    let mut pending = node.pending();
    let line = node.line(&pending, header.height - 1, header.parent);
    let mut ids: HashSet<TxId> = line.blocks.iter().flat_map(|block| block.txs.iter()).map(|tx| tx.id).collect();
    for tx in txs.iter() {
        // What waits is not executed: both change under this lock. When the disk fails the node is about to stop; execution
        // looks again.
        let before = !pending.mempool.contains(&tx.id)
            && node.store.tx(&tx.id).ok().flatten().is_some_and(|row| row.height < header.height);
        if !ids.insert(tx.id) || before {
            return Err(Fault::Twice(tx.id));
        }
    }
    if header.height > node.head().height {
        pending.ancestry.insert(id, ProposedBlock { header, txs, seen: node.host().uptime() });
    }
    Ok(())
}

fn check_fields(node: &Node, before: &Header, header: &Header) -> Result<(), Fault> {
    let identity = &node.identity;
    let checks = [
        ("chain", header.chain == identity.chain),
        ("validators", header.validators == before.next_validators),
        ("height", before.height.checked_add(1) == Some(header.height)),
        ("parent", header.parent == before.id()),
        ("time", header.time_ms > before.time_ms),
        ("executed", header.executed >= before.executed && header.executed < header.height),
        ("executed", node.may_speak_of(header.height, header.executed)),
    ];
    match checks.into_iter().find(|(_, good)| !good) {
        Some((field, _)) => Err(Fault::Field(field)),
        None => Ok(()),
    }
}

async fn wait_for_clock(node: &Node, time_ms: u64) {
    loop {
        let ahead_ms = time_ms.saturating_sub(node.now_ms());
        if ahead_ms <= AHEAD_MS_MAX {
            node.set_waits_for_ms(0);
            return;
        }
        node.set_waits_for_ms(time_ms);
        // The engine drops this future when it gives up on the view.
        node.host().sleep(Duration::from_millis((ahead_ms - AHEAD_MS_MAX).min(1_000))).await;
    }
}

async fn check_commitments(node: &Node, header: &Header) -> Result<(), Fault> {
    loop {
        let changed = node.changed();
        if node.head().height >= header.executed {
            break;
        }
        changed.await;
    }
    let own = match node.store.commitments(header.executed) {
        Ok(Some(own)) => own,
        // The disk fails, which says nothing about the block.
        Ok(None) | Err(_) => return pending().await,
    };
    let Ok(next_validators) = node.next_validators(header.validators, header.height, header.executed) else {
        return pending().await;
    };
    let checks = [
        ("next_validators", next_validators == header.next_validators),
        ("state_root", own.state_root == header.state_root),
        ("outcomes", own.outcomes == header.outcomes),
        ("events", own.events == header.events),
        ("log_root", own.log_root == header.log_root),
    ];
    match checks.into_iter().find(|(_, good)| !good) {
        Some((field, _)) => Err(Fault::Field(field)),
        None => Ok(()),
    }
}

type Txs = Arc<Vec<Arc<CheckedTx>>>;

async fn checked_txs(node: &Arc<Node>, header: &Header, body: Bytes) -> Result<Txs, Fault> {
    let (own, header) = (Arc::clone(node), header.clone());
    let work = move || {
        let bytes = split_body(&body)?;
        if usize::try_from(header.txs) != Ok(bytes.len()) {
            return Err(Fault::Field("txs"));
        }
        if txs_root(&bytes) != header.txs_root {
            return Err(Fault::Field("txs_root"));
        }
        let checked = signatures::check_all(&own.seen, &bytes).into_iter().enumerate();
        let txs = checked.map(|(index, answer)| answer.map_err(|fault| Fault::Tx { index, fault }));
        txs.collect::<Result<Vec<_>, _>>().map(Arc::new)
    };
    match compute(node.host(), work).await {
        Ok(answer) => answer,
        // The program ends.
        Err(_) => pending().await,
    }
}

/// Puts a notarized block among the unexecuted ones, unless it is there or executed.
pub(super) async fn remember(node: &Arc<Node>, header: Header, id: Hash, body: Bytes) -> Result<(), Fault> {
    {
        let pending = node.pending();
        if header.height <= node.head().height || pending.ancestry.get(header.height, id).is_some() {
            return Ok(());
        }
    }
    let txs = checked_txs(node, &header, body).await?;
    let mut pending = node.pending();
    if header.height > node.head().height {
        pending.ancestry.insert(id, ProposedBlock { header, txs, seen: node.host().uptime() });
    }
    Ok(())
}

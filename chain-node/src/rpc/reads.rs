//! Status, genesis and blocks.

use super::{Failure, Rpc, large};
use crate::node::Node;
use crate::store::StoreError;
use axum::Json;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use tracelight_api::chain::{BLOCKS_PER_CALL_MAX, Blocks, ChainBlock, NodeStatus, WAIT_MS_MAX};
use tracelight_api::{Base64, Text};
use tracelight_domain::ids::Height;

/// Bytes of blocks in one answer, before base64. One block is always given.
pub const BLOCKS_ANSWER_BYTES_MAX: usize = 8 * 1024 * 1024;

pub(super) async fn status(State(rpc): State<Rpc>) -> Json<NodeStatus> {
    let node = &rpc.node;
    let head = node.head();
    let pending = u64::try_from(node.pending().mempool.len()).unwrap_or(u64::MAX);
    Json(NodeStatus {
        chain_id: Text(node.identity.chain),
        validator: Text(node.identity.validator),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        height: head.height,
        executed: head.height,
        time_ms: head.time_ms,
        events: head.commitments.events,
        peers: node.peers(),
        pending,
        stall: node.stall(),
        epoch: node.term().epoch,
        votes: node.term().votes,
        notice: node.notice(),
        pruned: node.store.horizon(),
    })
}

pub(super) async fn genesis(State(rpc): State<Rpc>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/octet-stream")], rpc.node.identity.genesis.clone())
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Range {
    #[serde(default)]
    from: Height,
    max: Option<usize>,
    #[serde(default)]
    wait_ms: u64,
}

pub(super) async fn blocks(State(rpc): State<Rpc>, Query(range): Query<Range>) -> Result<Response, Failure> {
    let (mut head, mut stopping) = (rpc.node.watch_head(), rpc.node.watch_stopping());
    let first = head.wait_for(|head| head.height >= range.from);
    let wait = Duration::from_millis(range.wait_ms.min(WAIT_MS_MAX));
    tokio::select! {
        // A wait that ends without the block is an empty answer.
        _ = timeout(wait, first) => {}
        _ = stopping.wait_for(|stopping| *stopping) => {}
    }
    let node = Arc::clone(&rpc.node);
    large(&rpc, move || Ok(Json(Blocks { blocks: read_blocks(&node, range)? }))).await
}

fn read_blocks(node: &Node, range: Range) -> Result<Vec<ChainBlock>, StoreError> {
    let count = range.max.unwrap_or(BLOCKS_PER_CALL_MAX).clamp(1, BLOCKS_PER_CALL_MAX);
    let head = node.head().height;
    let (mut blocks, mut bytes) = (Vec::new(), 0);
    for height in (range.from..=head).take(count) {
        let missing = StoreError::Missing { column: "blocks", height };
        let row = node.store.block(height)?.ok_or(missing)?;
        bytes += row.header.len() + row.body.len();
        if bytes > BLOCKS_ANSWER_BYTES_MAX && !blocks.is_empty() {
            break;
        }
        let step = if height == node.last_of(node.epoch_of(height)) { node.store.step(height)? } else { None };
        blocks.push(ChainBlock {
            next_validators: step.map(|step| step.keys.into_iter().map(Text).collect()),
            header: Base64(row.header),
            body: Base64(row.body),
            certificate: node.store.certificate(height)?.map(Base64),
            outcomes: row.outcomes,
        });
    }
    Ok(blocks)
}

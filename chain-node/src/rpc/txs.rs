//! Submitting transactions and asking for their outcome.

use super::{Failure, Rpc, blocking};
use crate::node::{LocalRefusal, Node, Origin, rejected};
use crate::store::StoreError;
use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use tracelight_api::chain::{Receipt, Receipts, TXS_PER_CALL_MAX, TxOutcome, WAIT_MS_MAX};
use tracelight_api::problem::Problem;
use tracelight_domain::ids::TxId;
use tracelight_domain::tx::TX_BYTES_MAX;
use tracelight_proof::codec::{Canonical as _, DecodeError, Reader};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wait {
    #[serde(default)]
    wait_ms: u64,
}

pub(super) async fn submit(
    State(rpc): State<Rpc>,
    wait: Query<Wait>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Receipts>, Failure> {
    let body = body
        .map_err(|rejection| Failure::of(Problem::new(rejection.status().as_u16(), "body", rejection.body_text())))?;
    let deadline = Instant::now() + Duration::from_millis(wait.wait_ms.min(WAIT_MS_MAX));
    let node = Arc::clone(&rpc.node);
    let items = split(&body)?;
    drop(body);
    let mut receipts = blocking(move || submit_items(&node, &items)).await?;
    wait_for_outcomes(&rpc.node, &mut receipts, deadline).await?;
    Ok(Json(Receipts { receipts }))
}

/// The items of a call; an item over its bound keeps only its place.
fn split(body: &[u8]) -> Result<Vec<Option<Vec<u8>>>, Failure> {
    let wrong = |error: DecodeError| {
        Failure::of(Problem::new(400, "malformed", "the body is no list of transactions").detail(error.to_string()))
    };
    let mut reader = Reader::new(body);
    let count = usize::try_from(u32::read(&mut reader).map_err(wrong)?).unwrap_or(usize::MAX);
    if count > TXS_PER_CALL_MAX {
        let detail = format!("{count} transactions; at most {TXS_PER_CALL_MAX} are taken in one call");
        return Err(Failure::of(Problem::new(413, "too_many", "too many transactions").detail(detail)));
    }
    let mut items = Vec::with_capacity(count);
    for _ in 0..count {
        let item = reader.blob(body.len(), "transaction").map_err(wrong)?;
        items.push((item.len() <= TX_BYTES_MAX).then(|| item.to_vec()));
    }
    reader.finish().map_err(wrong)?;
    Ok(items)
}

fn submit_items(node: &Node, items: &[Option<Vec<u8>>]) -> Result<Vec<Receipt>, StoreError> {
    let sound: Vec<&[u8]> = items.iter().flatten().map(Vec::as_slice).collect();
    let mut answers = node.submit(&sound, Origin::Client)?.into_iter();
    let too_large = || {
        let detail = format!("a transaction has at most {TX_BYTES_MAX} bytes");
        rejected(None, LocalRefusal::TooLarge.name(), detail)
    };
    Ok(items.iter().map(|item| item.as_ref().and_then(|_| answers.next()).unwrap_or_else(too_large)).collect())
}

/// Waits until no receipt is pending, the deadline passes, or the node stops.
async fn wait_for_outcomes(node: &Arc<Node>, receipts: &mut [Receipt], deadline: Instant) -> Result<(), Failure> {
    let (mut head, mut stopping) = (node.watch_head(), node.watch_stopping());
    loop {
        head.borrow_and_update();
        let open: Vec<(usize, TxId)> = receipts
            .iter()
            .enumerate()
            .filter(|(_, receipt)| receipt.outcome == TxOutcome::Pending)
            .filter_map(|(index, receipt)| receipt.tx_id.map(|id| (index, id.0)))
            .collect();
        if open.is_empty() {
            return Ok(());
        }
        let reader = Arc::clone(node);
        let answers = blocking(move || {
            let ask = |(index, id)| Ok((index, reader.receipt(&id)?.unwrap_or_else(|| dropped(id))));
            open.into_iter().map(ask).collect::<Result<Vec<_>, StoreError>>()
        })
        .await?;
        for (index, answer) in answers {
            if let Some(receipt) = receipts.get_mut(index)
                && answer.outcome != TxOutcome::Pending
            {
                *receipt = Receipt { already: receipt.already, ..answer };
            }
        }
        let settled = receipts.iter().all(|receipt| receipt.outcome != TxOutcome::Pending);
        if settled || *stopping.borrow() {
            return Ok(());
        }
        tokio::select! {
            changed = timeout_at(deadline, head.changed()) => if !matches!(changed, Ok(Ok(()))) { return Ok(()) },
            _ = stopping.changed() => {}
        }
    }
}

fn dropped(id: TxId) -> Receipt {
    rejected(
        Some(id),
        LocalRefusal::Dropped.name(),
        "it was never ordered and no longer waits (expired, or its nonce was used); sign it again",
    )
}

pub(super) async fn receipt(State(rpc): State<Rpc>, Path(id): Path<String>) -> Result<Json<Receipt>, Failure> {
    let Some(id) = TxId::parse_hex(&id) else {
        let problem = Problem::new(400, "tx_id", "not a transaction id").detail("64 hexadecimal digits are expected");
        return Err(Failure::of(problem.field("id")));
    };
    let node = Arc::clone(&rpc.node);
    let unknown = || Failure::of(Problem::new(404, "unknown_tx", "this node does not know the transaction"));
    blocking(move || node.receipt(&id)).await?.map(Json).ok_or_else(unknown)
}

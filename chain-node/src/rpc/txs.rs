//! Submitting transactions and asking for their outcome.

use super::{Failure, Rpc, blocking};
use crate::node::{LocalRefusal, Node, Origin, final_receipt, rejected};
use crate::store::StoreError;
use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, interval, sleep_until};
use tracelight_api::chain::{CallError, Receipt, Receipts, TxOutcome, WAIT_MS_MAX, split_call};
use tracelight_api::problem::Problem;
use tracelight_domain::ids::TxId;
use tracelight_domain::tx::TX_BYTES_MAX;

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
    let began = Instant::now();
    let deadline = began + Duration::from_millis(wait.wait_ms.min(WAIT_MS_MAX));
    let node = Arc::clone(&rpc.node);
    let items = split(&body)?;
    drop(body);
    let mut receipts = blocking(move || submit_items(&node, &items)).await?;
    wait_for_outcomes(&rpc.node, &mut receipts, deadline).await?;
    if wait.wait_ms > 0 && receipts.iter().all(|receipt| receipt.outcome == TxOutcome::Applied) {
        crate::metrics::submission_took(began.elapsed());
    }
    Ok(Json(Receipts { receipts }))
}

/// The items of a call, apart from its body; an item over its bound keeps only its place.
fn split(body: &[u8]) -> Result<Vec<Option<Vec<u8>>>, Failure> {
    let items = split_call(body).map_err(|error| {
        let problem = match error {
            CallError::TooMany(_) => Problem::new(413, "too_many", "too many transactions"),
            CallError::Malformed(_) => Problem::new(400, "malformed", "the body is no list of transactions"),
        };
        Failure::of(problem.detail(error.to_string()))
    })?;
    Ok(items.into_iter().map(|item| item.map(<[u8]>::to_vec)).collect())
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

/// How often a call looks for transactions that are not going to be ordered any more, which nobody tells.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Waits until no receipt is pending, the deadline passes, or the node stops.
async fn wait_for_outcomes(node: &Arc<Node>, receipts: &mut [Receipt], deadline: Instant) -> Result<(), Failure> {
    let mut open = Open::new();
    for (index, receipt) in receipts.iter().enumerate() {
        if let (TxOutcome::Pending, Some(id)) = (receipt.outcome, receipt.tx_id) {
            open.entry(id.0).or_default().push(index);
        }
    }
    if open.is_empty() || deadline <= Instant::now() {
        return Ok(());
    }
    let ids: Vec<TxId> = open.keys().copied().collect();
    // First listening, then looking, so that nothing is missed in between.
    let (mut wait, mut stopping) = (node.waits.wait_for(&ids), node.watch_stopping());
    let mut look = interval(LOOK_EVERY);
    loop {
        tokio::select! {
            biased;
            () = stops(&mut stopping) => return Ok(()),
            (id, row) = wait.next() => settle(receipts, &mut open, id, &final_receipt(id, row)),
            _ = look.tick() => look_for(node, receipts, &mut open).await?,
            () = sleep_until(deadline) => return Ok(()),
        }
        if open.is_empty() {
            return Ok(());
        }
    }
}

async fn stops(stopping: &mut watch::Receiver<bool>) {
    // A sender that is gone has stopped too.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}

/// Asks the node for every open transaction.
async fn look_for(node: &Arc<Node>, receipts: &mut [Receipt], open: &mut Open) -> Result<(), Failure> {
    let (node, ids): (_, Vec<TxId>) = (Arc::clone(node), open.keys().copied().collect());
    let ask = move |id| Ok((id, node.receipt(&id)?.unwrap_or_else(|| dropped(id))));
    let answers = blocking(move || ids.into_iter().map(ask).collect::<Result<Vec<_>, StoreError>>()).await?;
    for (id, answer) in answers.into_iter().filter(|(_, answer)| answer.outcome != TxOutcome::Pending) {
        settle(receipts, open, id, &answer);
    }
    Ok(())
}

/// The places in the answer of each transaction that has no outcome yet. Somebody may have sent one twice in a call.
type Open = HashMap<TxId, Vec<usize>>;

fn settle(receipts: &mut [Receipt], open: &mut Open, id: TxId, answer: &Receipt) {
    for index in open.remove(&id).into_iter().flatten() {
        if let Some(receipt) = receipts.get_mut(index) {
            *receipt = Receipt { already: receipt.already, ..answer.clone() };
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
        let problem =
            Problem::new(400, "tx_id", "not a transaction id").detail("64 lower-case hexadecimal digits are expected");
        return Err(Failure::of(problem.field("id")));
    };
    let node = Arc::clone(&rpc.node);
    let unknown = || Failure::of(Problem::new(404, "unknown_tx", "this node does not know the transaction"));
    blocking(move || node.receipt(&id)).await?.map(Json).ok_or_else(unknown)
}

//! Who decides, and how the set of those who do has changed.

use super::{Failure, Rpc, blocking};
use crate::node::Node;
use crate::store::{StepRow, StoreError};
use axum::Json;
use axum::extract::{Query, State};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;
use tracelight_api::chain::{PendingValidator, STEPS_PER_CALL_MAX, Step, Steps, ValidatorSeat, Validators};
use tracelight_api::{Base64, Text};
use tracelight_domain::governance::Seat;
use tracelight_domain::ids::{Height, PublicKey};

pub(super) async fn validators(State(rpc): State<Rpc>) -> Result<Json<Validators>, Failure> {
    let node = Arc::clone(&rpc.node);
    blocking(move || all(&node)).await.map(Json)
}

fn all(node: &Node) -> Result<Validators, StoreError> {
    let (term, head) = (node.term(), node.head().height);
    let connected: BTreeSet<PublicKey> = node.connected().into_iter().collect();
    let seat = |seat: Seat| {
        let this_node = seat.key == node.identity.validator;
        ValidatorSeat {
            key: Text(seat.key),
            member: Text(seat.member),
            address: seat.address,
            connected: this_node || connected.contains(&seat.key),
            this_node,
        }
    };
    let next = node.store.validators_at(head)?;
    let now = node.validators_of(term.epoch)?;
    let pending = next.pending.into_iter().map(|awaited| PendingValidator {
        seat: seat(awaited.seat),
        replaces: awaited.replaces.map(Text),
        since: awaited.since,
    });
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let first_height = node.last_of(term.epoch) + 1 - u64::from(node.identity.epoch_blocks);
    Ok(Validators {
        epoch: term.epoch,
        first_height,
        last_height: node.last_of(term.epoch),
        quorum: number(term.quorum),
        online: number(node.online_validators()),
        now: now.seats.into_iter().map(seat).collect(),
        pending: pending.collect(),
        next: next.seats.into_iter().map(seat).collect(),
    })
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Range {
    #[serde(default)]
    from: Height,
    max: Option<usize>,
}

pub(super) async fn steps(State(rpc): State<Rpc>, Query(range): Query<Range>) -> Result<Json<Steps>, Failure> {
    let node = Arc::clone(&rpc.node);
    let max = range.max.unwrap_or(STEPS_PER_CALL_MAX).clamp(1, STEPS_PER_CALL_MAX);
    let rows = blocking(move || node.store.steps(range.from, max)).await?;
    let step = |StepRow { header, certificate, keys }| Step {
        header: Base64(header),
        certificate: Base64(certificate),
        validators: keys.into_iter().map(Text).collect(),
    };
    Ok(Json(Steps { steps: rows.into_iter().map(step).collect() }))
}

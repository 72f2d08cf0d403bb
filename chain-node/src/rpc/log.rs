//! The log of block ids, for witnesses: its newest certified head, and that it continues an older one.

use super::prove::newest_certified;
use super::{Failure, Rpc, blocking};
use axum::Json;
use axum::extract::{Query, State};
use serde::Deserialize;
use std::sync::Arc;
use tracelight_api::chain::{CertifiedHeader, Consistency};
use tracelight_api::problem::Problem;
use tracelight_api::{Base64, Text};
use tracelight_proof::log::prove_consistency;

pub(super) async fn checkpoint(State(rpc): State<Rpc>) -> Result<Json<CertifiedHeader>, Failure> {
    let node = Arc::clone(&rpc.node);
    let certified = blocking(move || newest_certified(&node)).await?;
    let certified = certified.ok_or_else(|| {
        let problem = Problem::new(503, "no_certificate", "no certified header is at hand");
        Failure::of(problem.detail("the chain has just started or stands still; try again in a moment"))
    })?;
    let (header, certificate) = (Base64(certified.header), Base64(certified.certificate));
    Ok(Json(CertifiedHeader { header, certificate }))
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sizes {
    from: u64,
    to: u64,
}

pub(super) async fn consistency(
    State(rpc): State<Rpc>,
    Query(sizes): Query<Sizes>,
) -> Result<Json<Consistency>, Failure> {
    let node = Arc::clone(&rpc.node);
    // Only what is executed is in the log on this disk.
    let size = node.head().log.size();
    let wrong = || {
        let problem = Problem::new(400, "sizes", "the log has no such sizes");
        let (from, to) = (sizes.from, sizes.to);
        Failure::of(problem.detail(format!("asked from {from} to {to}, and the log has {size} entries")))
    };
    if sizes.to > size {
        return Err(wrong());
    }
    let proof = blocking(move || prove_consistency(&node.store, sizes.from, sizes.to)).await?;
    let hashes = proof.ok_or_else(wrong)?.into_iter().map(Text).collect();
    Ok(Json(Consistency { hashes }))
}

//! Proofs of objects' states and histories, all under one certified header.

use super::{Failure, Rpc, large};
use crate::node::Node;
use crate::store::{Commitments, StoreError};
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::response::{IntoResponse as _, Response};
use std::sync::Arc;
use tracelight_api::Base64;
use tracelight_api::chain::{ObjectProof, PROVE_OBJECTS_MAX, Proofs, ProveRequest};
use tracelight_api::problem::Problem;
use tracelight_domain::ids::Height;
use tracelight_domain::state::{ObjectId, ObjectState};
use tracelight_proof::block::Header;
use tracelight_proof::codec::Canonical as _;
use tracelight_proof::state_proof::{ProofLeaf, VALUE_BYTES_MAX};

/// Bytes of an object id. The longest is a pack's: tag, GTIN, serial of 20.
const OBJECT_ID_BYTES_MAX: usize = 64;
/// Headers that are looked at for one with a certificate of its own.
const HEADERS_SEARCHED_MAX: usize = 512;

pub(super) async fn prove(
    State(rpc): State<Rpc>,
    request: Result<Json<ProveRequest>, JsonRejection>,
) -> Result<Response, Failure> {
    let Json(request) = request
        .map_err(|rejection| Failure::of(Problem::new(rejection.status().as_u16(), "body", rejection.body_text())))?;
    let ids = parse_ids(&request)?;
    let node = Arc::clone(&rpc.node);
    let none = || {
        let problem = Problem::new(503, "no_certificate", "no certified header is at hand");
        Failure::of(problem.detail("the chain has just started or stands still; try again in a moment"))
    };
    let answer = move || {
        Ok(prove_all(&node, &ids, request.at)?
            .map_or_else(|| none().into_response(), |proofs| Json(proofs).into_response()))
    };
    large(&rpc, answer).await
}

fn parse_ids(request: &ProveRequest) -> Result<Vec<ObjectId>, Failure> {
    let wrong = |name: &str, detail: String| {
        Failure::of(Problem::new(400, name, "the objects cannot be proven").detail(detail).field("objects"))
    };
    if request.objects.len() > PROVE_OBJECTS_MAX {
        let detail = format!("{} objects; at most {PROVE_OBJECTS_MAX} are taken", request.objects.len());
        return Err(wrong("too_many", detail));
    }
    let parse = |(index, bytes): (usize, &Base64)| {
        ObjectId::parse(&bytes.0, OBJECT_ID_BYTES_MAX, "object id")
            .map_err(|error| wrong("malformed", format!("object {index}: {error}")))
    };
    request.objects.iter().enumerate().map(parse).collect()
}

fn prove_all(node: &Node, ids: &[ObjectId], at: Option<Height>) -> Result<Option<Proofs>, StoreError> {
    let wished = at.map(|height| certified_at(node, height)).transpose()?.flatten();
    let Some(certified) = wished.map_or_else(|| newest_certified(node), |wished| Ok(Some(wished)))? else {
        return Ok(None);
    };
    let prove_one = |id: &ObjectId| {
        let proof = node.store.prove(&certified.state, id)?;
        let count = match &proof.leaf {
            ProofLeaf::Present(value) => {
                let state = ObjectState::parse(value, VALUE_BYTES_MAX, "state");
                let damaged = |source| StoreError::Damaged { column: "objects", source };
                state.map_err(damaged)?.history.count
            }
            ProofLeaf::Absent | ProofLeaf::Other { .. } => 0,
        };
        // Events only grow: the first `count` are those of the proven state, whatever came later.
        let events = node.store.events(id, count)?;
        Ok(ObjectProof {
            id: Base64(id.to_bytes()),
            proof: Base64(proof.to_bytes()),
            events: events.iter().map(|event| Base64(event.to_bytes())).collect(),
        })
    };
    let objects = ids.iter().map(prove_one).collect::<Result<Vec<_>, StoreError>>()?;
    let (header, certificate) = (Base64(certified.header), Base64(certified.certificate));
    Ok(Some(Proofs { header, certificate, objects }))
}

pub(super) struct Certified {
    pub header: Vec<u8>,
    pub certificate: Vec<u8>,
    state: Commitments,
}

/// The newest header with a certificate of its own whose state can still be proven.
pub(super) fn newest_certified(node: &Node) -> Result<Option<Certified>, StoreError> {
    let head = node.head().height;
    for height in (1..=head).rev().take(HEADERS_SEARCHED_MAX) {
        if node.store.certificate(height)?.is_some() {
            // Older headers speak of older states.
            return certified_at(node, height);
        }
    }
    Ok(None)
}

/// The header of this height, when it has a certificate of its own and its state can still be proven.
fn certified_at(node: &Node, height: Height) -> Result<Option<Certified>, StoreError> {
    let (certificate, header) = (node.store.certificate(height)?, node.store.header_bytes(height)?);
    let (Some(certificate), Some(header)) = (certificate, header) else { return Ok(None) };
    let damaged = |source| StoreError::Damaged { column: "blocks", source };
    let executed = Header::decode(&header).map_err(damaged)?.executed;
    let missing = StoreError::Missing { column: "executed", height: executed };
    let state = node.store.commitments(executed)?.ok_or(missing)?;
    Ok(node.store.is_provable(&state).then_some(Certified { header, certificate, state }))
}

//! Compares a list with the root on the chain: leaves from the batch's secret, tree, root.

use crate::app::AppState;
use crate::http::ApiResult;
use crate::store::{BatchManifest, CaseManifest};
use std::collections::BTreeMap;
use tracelight_domain::gs1::{Gtin, Lot, Serial};
use tracelight_domain::ids::{BatchId, Hash};
use tracelight_domain::state::{ObjectId, StateBody};
use tracelight_proof::{commitments, merkle};

/// Serials read at a time.
const PAGE: u64 = 50_000;

/// What the comparison found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckOutcome {
    /// The list is the one behind the root; this is kept.
    True,
    /// The root is not on the chain yet.
    NotFinal,
    /// It is not; the list is forgotten, so that the true one can be sent.
    False(String),
}

/// Compares a complete list of a batch.
///
/// # Errors
/// 503 when the database does not answer.
pub async fn check_batch(state: &AppState, manifest: &BatchManifest) -> ApiResult<CheckOutcome> {
    let Some(seal) = state.store.batch(&manifest.batch).await?.and_then(|batch| batch.sealed) else {
        return Ok(CheckOutcome::NotFinal);
    };
    let Some(plan) = state.store.batch_plan(&manifest.batch, manifest.member).await? else {
        return Ok(CheckOutcome::NotFinal);
    };
    let why = if seal.evidence.tx_id != manifest.tx.to_string() {
        Some(format!("the batch was sealed by transaction {}", seal.evidence.tx_id))
    } else if seal.count_salt != manifest.count_salt || seal.unit_count != manifest.units {
        Some(format!("the seal counts {} packs, the list {}", seal.unit_count, manifest.units))
    } else {
        let leaves = batch_leaves(state, manifest, plan.secret).await?;
        // A million leaves are two million hashes: a second of a core, so not on the async threads.
        let root = off_thread(move || merkle::root(leaves)).await;
        (root != Some(seal.tree_root))
            .then(|| "its root is another one; order and serials have to be those of the line".to_owned())
    };
    match why {
        None => {
            state.store.manifest_is_true(&manifest.batch).await?;
            Ok(CheckOutcome::True)
        }
        Some(why) => {
            state.store.forget_manifest(&manifest.batch).await?;
            tracing::warn!(batch = %manifest.batch, reason = why, "The list of batch {} is not the one on the chain", manifest.batch);
            Ok(CheckOutcome::False(why))
        }
    }
}

async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    tokio::task::spawn_blocking(work).await.ok()
}

async fn batch_leaves(state: &AppState, manifest: &BatchManifest, secret: [u8; 32]) -> ApiResult<Vec<Hash>> {
    let mut leaves = Vec::with_capacity(usize::try_from(manifest.units).unwrap_or(0).min(1 << 20));
    let mut first = 0;
    while first < manifest.units {
        let page = state.store.manifest_serials(&manifest.batch, first, PAGE).await?;
        if page.is_empty() {
            break;
        }
        first += page.len() as u64;
        let BatchId { gtin, lot } = manifest.batch.clone();
        let part = off_thread(move || page.iter().map(|serial| leaf(gtin, &lot, serial, &secret)).collect::<Vec<_>>());
        leaves.extend(part.await.unwrap_or_default());
    }
    Ok(leaves)
}

fn leaf(gtin: Gtin, lot: &Lot, serial: &Serial, secret: &[u8; 32]) -> Hash {
    commitments::unit_leaf(gtin, lot, serial, &commitments::unit_salt(secret, serial))
}

/// Compares the list of a case.
///
/// # Errors
/// 503 when the database does not answer.
pub async fn check_case(state: &AppState, case: &CaseManifest) -> ApiResult<CheckOutcome> {
    let object = state.store.object(&ObjectId::Logistic(case.sscc)).await?;
    let Some(StateBody::Logistic { content_root, content_count, .. }) = object.map(|object| object.body) else {
        return Ok(CheckOutcome::NotFinal);
    };
    let Some((evidence, _)) = state.store.transaction(case.tx).await? else { return Ok(CheckOutcome::NotFinal) };
    let mut secrets: BTreeMap<&Lot, [u8; 32]> = BTreeMap::new();
    for (lot, _) in &case.units {
        if secrets.contains_key(lot) {
            continue;
        }
        let batch = BatchId { gtin: case.gtin, lot: lot.clone() };
        let Some(plan) = state.store.batch_plan(&batch, case.member).await? else { return Ok(CheckOutcome::NotFinal) };
        secrets.insert(lot, plan.secret);
    }
    let leaves = case.units.iter().filter_map(|(lot, serial)| Some(leaf(case.gtin, lot, serial, secrets.get(lot)?)));
    let root = merkle::root(leaves.collect());
    if root == content_root && case.units.len() as u64 == u64::from(content_count) {
        state.store.case_manifest_is_true(case.sscc).await?;
        return Ok(CheckOutcome::True);
    }
    state.store.forget_case_manifest(case.sscc).await?;
    let why = format!("the packing of block {} has another root or count", evidence.height);
    tracing::warn!(sscc = %case.sscc, reason = why, "The list of case {} is not the one on the chain", case.sscc);
    Ok(CheckOutcome::False(why))
}

/// Comes back to the lists whose transactions were not final when they arrived. Returns how many were settled.
///
/// # Errors
/// 503 when the database does not answer.
pub async fn check_waiting(state: &AppState) -> ApiResult<usize> {
    let mut settled = 0;
    for manifest in state.store.unchecked_manifests().await? {
        settled += usize::from(check_batch(state, &manifest).await? != CheckOutcome::NotFinal);
    }
    for sscc in state.store.unchecked_cases().await? {
        if let Some((case, false)) = state.store.case_manifest(sscc).await? {
            settled += usize::from(check_case(state, &case).await? != CheckOutcome::NotFinal);
        }
    }
    Ok(settled)
}

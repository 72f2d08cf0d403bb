//! One step of a case, for every lot that is left: signed, kept, sent, read back from the verified chain.

use super::SENT_AT_ONCE;
use crate::app::AppState;
use crate::http::{ApiError, ApiResult};
use crate::signing::{Author, Capacity, sign_in_capacity, submit_all};
use crate::store::{CaseKept, CaseLotKept, Published, RecallText, class_number};
use axum::http::StatusCode;
use std::collections::BTreeSet;
use tracelight_api::rest::recall_case::{CaseStage, CaseStep};
use tracelight_domain::ids::BatchId;
use tracelight_domain::state::RecallStatus;
use tracelight_domain::tx::{SignedTx, TxBody};
use uuid::Uuid;

/// Is a step done for a lot, as the verified chain has it?
#[must_use]
pub fn is_done(step: CaseStep, lot: &CaseLotKept) -> bool {
    match step {
        CaseStep::Open => lot.status.is_some(),
        CaseStep::Approve => lot.approved,
        CaseStep::Close => lot.status == Some(RecallStatus::Closed),
        // What never came to the chain has nothing to be taken back.
        CaseStep::Withdraw => lot.status.is_none() || lot.status == Some(RecallStatus::Closed),
    }
}

/// Goes on with the step under way until it is done or stands still. Harmless when there is none, and when it runs twice.
///
/// # Errors
/// 503 when the chain, a key or the database does not answer now; the case stays where it is. 409 when the chain refuses; the
/// step then stands still.
pub async fn advance(state: &AppState, id: Uuid) -> ApiResult<()> {
    let Some(case) = state.store.recall_case(id).await? else { return Ok(()) };
    let Some(step) = case.stage.under_way() else { return Ok(()) };
    let steps = state.store.recall_case_steps(id).await?;
    let Some((taken, user)) = steps.into_iter().find(|(taken, _)| taken.step == step) else { return Ok(()) };
    let author = Author { user, user_name: taken.user, member: case.member };
    let mut refused: Option<ApiError> = None;
    let mut tried: BTreeSet<BatchId> = BTreeSet::new();
    loop {
        let lots = state.store.recall_case_lots(id).await?;
        let left: Vec<&CaseLotKept> = lots.iter().filter(|lot| !is_done(step, lot)).collect();
        let Some(first) = left.first() else { return finish(state, &case, step, &author, &lots).await };
        let untried = left.iter().filter(|lot| !tried.contains(&lot.batch));
        let part: Vec<&CaseLotKept> = untried.take(SENT_AT_ONCE).copied().collect();
        if part.is_empty() {
            let Some(error) = refused else {
                return Err(ApiError::unavailable("the chain has not made every lot's transaction final yet"));
            };
            state.store.stop_recall_step(id, step, &stands_still(&first.batch, &error)).await?;
            return Err(error);
        }
        tried.extend(part.iter().map(|lot| lot.batch.clone()));
        if let Some(error) = send(state, &case, step, &author, taken.asked_ms, &part).await? {
            refused.get_or_insert(error);
        }
    }
}

fn stands_still(lot: &BatchId, error: &ApiError) -> String {
    let why = error.0.detail.as_deref().unwrap_or(&error.0.title);
    format!("(01){}(10){}: {why}", lot.gtin, lot.lot)
}

/// Signs for these lots what is not signed yet, and sends. Returns a refusal, if there is one.
async fn send(
    state: &AppState,
    case: &CaseKept,
    step: CaseStep,
    author: &Author,
    asked_ms: u64,
    lots: &[&CaseLotKept],
) -> ApiResult<Option<ApiError>> {
    state.nodes()?;
    let height = state.progress().projected;
    let kept = state.store.recall_step_txs(case.id, step).await?;
    let is_good = |tx: &&SignedTx| tx.tx.expires_at > height;
    let expired: Vec<SignedTx> =
        lots.iter().filter_map(|lot| kept.get(&lot.batch)).filter(|tx| tx.tx.expires_at <= height).cloned().collect();
    let mut fresh = Vec::new();
    for lot in lots.iter().filter(|lot| kept.get(&lot.batch).filter(is_good).is_none()) {
        let Some(body) = body(state, case, step, author, lot).await? else { continue };
        let intention =
            format!("recall-case/{}/{}/{}/{}/{asked_ms}/{height}", case.id, step.word(), lot.batch.gtin, lot.batch.lot);
        let capacity = if step == CaseStep::Approve { Capacity::Approver } else { Capacity::Operator };
        let tx = sign_in_capacity(state, case.member, capacity, intention.as_bytes(), body).await?;
        fresh.push((lot.batch.clone(), tx));
    }
    // From here on the same bytes are sent, whatever happens to this process.
    state.store.keep_recall_step_txs(case.id, step, &expired, &fresh).await?;
    let kept = state.store.recall_step_txs(case.id, step).await?;
    let txs: Vec<SignedTx> = lots.iter().filter_map(|lot| kept.get(&lot.batch)).cloned().collect();
    if txs.is_empty() {
        return Ok(None);
    }
    let results = submit_all(state, author, action(step), &txs).await?;
    if step == CaseStep::Approve {
        for (lot, _) in lots.iter().zip(&results).filter(|(_, result)| result.is_ok()) {
            if let Some(recall) = lot.recall {
                state.store.keep_recall_approver(recall, &author.user_name).await?;
            }
        }
    }
    let unavailable = StatusCode::SERVICE_UNAVAILABLE.as_u16();
    let mut refusals = results.into_iter().filter_map(Result::err);
    Ok(refusals.find(|error| error.0.status != unavailable))
}

const fn action(step: CaseStep) -> &'static str {
    match step {
        CaseStep::Open => "open_recall",
        CaseStep::Approve => "approve_recall",
        CaseStep::Close => "close_recall",
        CaseStep::Withdraw => "withdraw_recall",
    }
}

/// What is signed for a lot. The text that shoppers read is on disk before its hash is on the chain.
async fn body(
    state: &AppState,
    case: &CaseKept,
    step: CaseStep,
    author: &Author,
    lot: &CaseLotKept,
) -> ApiResult<Option<TxBody>> {
    let Some(recall) = lot.recall else { return Ok(None) };
    Ok(Some(match step {
        CaseStep::Open => {
            let published = Published {
                gtin: lot.batch.gtin.to_string(),
                lot: lot.batch.lot.to_string(),
                class: class_number(case.class()),
                drill: case.draft.drill,
                text: RecallText {
                    reason_en: case.draft.reason_en.clone(),
                    reason_zh: case.draft.reason_zh.clone(),
                    advice_en: case.draft.advice_en.clone(),
                    advice_zh: case.draft.advice_zh.clone(),
                },
            };
            state.store.keep_recall_text(recall, &published, &author.user_name).await?;
            let (batch, class, drill) = (lot.batch.clone(), case.class(), case.draft.drill);
            TxBody::OpenRecall { recall, batch, class, drill, notice: published.hash() }
        }
        CaseStep::Approve => TxBody::ApproveRecall { recall },
        CaseStep::Close | CaseStep::Withdraw => TxBody::CloseRecall { recall },
    }))
}

/// Every lot is done: what follows from the step, then the next stage.
async fn finish(
    state: &AppState,
    case: &CaseKept,
    step: CaseStep,
    author: &Author,
    lots: &[CaseLotKept],
) -> ApiResult<()> {
    if step == CaseStep::Approve {
        // Holders are told before the case says that it is in force: no crash in between leaves them out.
        super::remind::tell(state, case, lots).await?;
    }
    if step == CaseStep::Close {
        super::record::seal(state, case, author).await?;
    }
    if state.store.end_recall_step(case.id, step, crate::clock::now_ms()).await? {
        let stage = step.stages().2;
        tracing::info!(case.id = %case.id, lots_count = lots.len(), "Recall case {} is {}", case.id, stage.word());
        metrics::counter!("recall_case_steps_total", "step" => step.word()).increment(1);
    }
    Ok(())
}

/// May holders answer in this stage?
#[must_use]
pub const fn takes_answers(stage: CaseStage) -> bool {
    matches!(stage, CaseStage::Approving | CaseStage::Approved)
}

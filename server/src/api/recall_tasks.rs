//! What recall cases ask of the user's member: its notices, and its answers. Every member, about its own packs and nobody else's.

use crate::app::AppState;
use crate::auth::User;
use crate::http::{ApiError, ApiResult, Body, Path};
use crate::recall_cases::{advance::takes_answers, answers};
use crate::store::{AnswerKept, CaseKept, Held, TaskKept};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use std::collections::{BTreeMap, BTreeSet};
use tracelight_api::problem::Problem;
use tracelight_api::rest::Page;
use tracelight_api::rest::recall_task::{
    ANSWERS_MAX, AnswerDocument, GivenAnswer, LotAnswer, NOTE_CHARS_MAX, NewAnswer, PACKS_MAX, RecallTask, TaskLot,
    TaskRow,
};
use tracelight_domain::gs1::{Gtin, Lot};
use tracelight_domain::ids::{BatchId, MemberId};
use tracelight_proof::hash::sha256;
use tracelight_proof::signed::tx_id;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// Routes of this file.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(show)).routes(routes!(seen)).routes(routes!(answer))
}

/// A notice as it is read: the case, the member's part of it.
struct Part {
    case: CaseKept,
    task: TaskKept,
    lots: BTreeSet<BatchId>,
    given: Vec<AnswerKept>,
}

/// Notices to your member, newest first, at most 200.
#[utoipa::path(get, path = "/recall-tasks", tag = "recalls",
    responses((status = 200, body = Page<TaskRow>), (status = 401, body = Problem)))]
async fn list(State(state): State<AppState>, user: User) -> ApiResult<Json<Page<TaskRow>>> {
    let mut items = Vec::new();
    for task in state.store.recall_tasks_of(user.member).await? {
        let part = part_of(&state, task).await?;
        items.push(row(&part)?);
    }
    Ok(Json(Page { items, next: None }))
}

/// One notice: why, which lots, how many packs the chain says that your member holds, and what it answered.
#[utoipa::path(get, path = "/recall-tasks/{id}", tag = "recalls", params(("id" = String, Path,)),
    responses((status = 200, body = RecallTask), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn show(State(state): State<AppState>, user: User, Path(case): Path<String>) -> ApiResult<Json<RecallTask>> {
    let part = mine(&state, &user, &case).await?;
    Ok(Json(view(&state, &part).await?))
}

/// Somebody of your member has opened the notice. The first time counts; reading it by `GET` does not.
#[utoipa::path(post, path = "/recall-tasks/{id}/seen", tag = "recalls", params(("id" = String, Path,)),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
async fn seen(State(state): State<AppState>, user: User, Path(case): Path<String>) -> ApiResult<StatusCode> {
    let part = mine(&state, &user, &case).await?;
    user.must_be_person()?;
    state.store.see_recall_task(part.case.id, user.member, &user.name, crate::clock::now_ms()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Answers for your member's packs, signed in its name. The newest answer counts; all are kept.
#[utoipa::path(post, path = "/recall-tasks/{id}/answers", tag = "recalls", request_body = NewAnswer,
    params(("id" = String, Path,)),
    responses((status = 200, body = RecallTask), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn answer(
    State(state): State<AppState>,
    user: User,
    Path(case): Path<String>,
    Body(asked): Body<NewAnswer>,
) -> ApiResult<Json<RecallTask>> {
    let part = mine(&state, &user, &case).await?;
    user.must_operate()?;
    if !takes_answers(part.case.stage) {
        let title = "the case takes no more answers";
        return Err(ApiError::new(StatusCode::CONFLICT, "case_ended", title).detail("it was closed"));
    }
    let newest = part.given.last();
    let revision = newest.map_or(0, |answer| answer.revision);
    if asked.revision != revision {
        return Err(outdated(asked.revision));
    }
    if revision >= ANSWERS_MAX {
        let title = "your member has answered as often as it may";
        let detail = format!("{ANSWERS_MAX} answers are kept; tell whoever recalls by telephone");
        return Err(ApiError::new(StatusCode::CONFLICT, "too_many_answers", title).detail(detail));
    }
    let lots = checked(&state, &part, asked.lots).await?;
    // One after the other: a log on the chain only grows.
    if let Some(waiting) = newest.filter(|answer| !answer.settled) {
        answers::settle(&state, waiting.clone()).await?;
    }
    let next = revision + 1;
    let document = AnswerDocument {
        case: part.case.id.to_string(),
        member: user.member.to_string(),
        revision: next,
        previous: newest.map(|answer| sha256(&answer.document).to_string()).unwrap_or_default(),
        at_ms: crate::clock::now_ms(),
        lots,
    };
    let at_ms = document.at_ms;
    // Strings and numbers always have a JSON form.
    let document = serde_json::to_vec(&document).unwrap_or_default();
    let tx = answers::sign(&state, part.case.id, user.member, next, &document).await?;
    let kept = AnswerKept {
        case: part.case.id,
        member: user.member,
        revision: next,
        at_ms,
        user: user.id,
        user_name: user.name.clone(),
        document,
        tx,
        settled: false,
    };
    if !state.store.keep_recall_answer(&kept).await? {
        return Err(outdated(asked.revision));
    }
    match answers::settle(&state, kept).await {
        // It is signed and kept, and is sent until the chain has it.
        Err(error) if error.0.status >= 500 => {}
        done => done?,
    }
    let part = mine(&state, &user, &case).await?;
    Ok(Json(view(&state, &part).await?))
}

fn outdated(revision: u32) -> ApiError {
    let title = "somebody else of your member has answered meanwhile";
    let detail = format!("the newest answer is not the one of revision {revision}; read the notice again");
    ApiError::new(StatusCode::CONFLICT, "outdated", title).detail(detail)
}

/// Answers of lots that the member is asked about, those of the answer before included, ascending.
async fn checked(state: &AppState, part: &Part, answers: Vec<LotAnswer>) -> ApiResult<Vec<LotAnswer>> {
    let mut out: BTreeMap<BatchId, LotAnswer> = BTreeMap::new();
    for mut answer in answers {
        let batch = batch_of(&answer)?;
        let name = format!("(01){}(10){}", batch.gtin, batch.lot);
        if !part.lots.contains(&batch) {
            return Err(ApiError::invalid("lots", format!("{name} is no lot that your member is asked about")));
        }
        let counts = [answer.found, answer.quarantined, answer.sold, answer.unaccounted];
        if let Some(count) = counts.into_iter().find(|count| *count > PACKS_MAX) {
            return Err(ApiError::invalid("lots", format!("{name}: {count} packs, expected at most {PACKS_MAX}")));
        }
        answer.note = answer.note.trim().to_owned();
        super::line_of_text("lots", &answer.note, NOTE_CHARS_MAX * 4)?;
        if answer.note.chars().count() > NOTE_CHARS_MAX {
            return Err(ApiError::invalid("lots", format!("{name}: a note of more than {NOTE_CHARS_MAX} characters")));
        }
        let held = held(state, &batch, part.task.member).await?.total();
        if answer.total() > held && answer.note.is_empty() {
            let detail = format!(
                "{name}: {} packs answered, the chain says that you hold {held}; say in the note where the others come from",
                answer.total()
            );
            return Err(ApiError::invalid("lots", detail));
        }
        (answer.gtin, answer.lot) = (batch.gtin.to_string(), batch.lot.to_string());
        if out.insert(batch, answer).is_some() {
            return Err(ApiError::invalid("lots", format!("{name} is there twice")));
        }
    }
    let before = match part.given.last() {
        Some(answer) => answers::lots(&answers::read(answer)?)?,
        None => BTreeMap::new(),
    };
    if let Some(lot) = before.keys().find(|lot| !out.contains_key(lot)) {
        let detail =
            format!("(01){}(10){} was answered before and is missing; an answer is a whole", lot.gtin, lot.lot);
        return Err(ApiError::invalid("lots", detail));
    }
    if out.is_empty() {
        return Err(ApiError::invalid("lots", "no lot is answered for"));
    }
    Ok(out.into_values().collect())
}

fn batch_of(answer: &LotAnswer) -> ApiResult<BatchId> {
    let gtin = Gtin::parse_padded(&answer.gtin).map_err(|error| ApiError::from(error).field("lots"))?;
    let lot = Lot::parse(&answer.lot).map_err(|error| ApiError::from(error).field("lots"))?;
    Ok(BatchId { gtin, lot })
}

/// What the chain says that a member answers for now.
async fn held(state: &AppState, batch: &BatchId, member: MemberId) -> ApiResult<Held> {
    Ok(state.store.holdings(batch).await?.holders.get(&member).copied().unwrap_or_default())
}

/// The user's own notice.
async fn mine(state: &AppState, user: &User, case: &str) -> ApiResult<Part> {
    let none = || ApiError::not_found("no recall case of this id asks your member");
    let id = Uuid::parse_str(case).map_err(|_| none())?;
    let task = state.store.recall_task(id, user.member).await?.ok_or_else(none)?;
    part_of(state, task).await
}

async fn part_of(state: &AppState, task: TaskKept) -> ApiResult<Part> {
    let none = || ApiError::not_found("the recall case is gone");
    let case = state.store.recall_case(task.case).await?.ok_or_else(none)?;
    let lots = state.store.recall_task_lots(task.case).await?.remove(&task.member).unwrap_or_default();
    let given = state.store.recall_answers(task.case, Some(task.member)).await?;
    Ok(Part { case, task, lots, given })
}

fn row(part: &Part) -> ApiResult<TaskRow> {
    let answered = match part.given.last() {
        Some(answer) => answers::lots(&answers::read(answer)?)?,
        None => BTreeMap::new(),
    };
    Ok(TaskRow {
        case: part.case.id.to_string(),
        title: part.case.draft.title.clone(),
        class: part.case.draft.class,
        drill: part.case.draft.drill,
        open: takes_answers(part.case.stage),
        told_ms: part.task.made_ms,
        seen_ms: part.task.seen.as_ref().map(|(ms, _)| *ms),
        reminded_ms: part.task.reminded_ms,
        lots: part.lots.len() as u64,
        answered_lots: part.lots.iter().filter(|lot| answered.contains_key(lot)).count() as u64,
    })
}

async fn view(state: &AppState, part: &Part) -> ApiResult<RecallTask> {
    let mut answered = match part.given.last() {
        Some(answer) => answers::lots(&answers::read(answer)?)?,
        None => BTreeMap::new(),
    };
    let names: Vec<BatchId> = part.lots.iter().cloned().collect();
    let mut lots = Vec::with_capacity(names.len());
    for found in state.store.scope_of(&names).await? {
        let (held, answer) = (held(state, &found.batch, part.task.member).await?, answered.remove(&found.batch));
        let said = answer.as_ref().map(LotAnswer::total);
        let (product_en, product_zh) = found.product;
        lots.push(TaskLot {
            gtin: found.batch.gtin.to_string(),
            lot: found.batch.lot.to_string(),
            product_en,
            product_zh,
            in_stock: held.in_stock,
            in_transit: held.in_transit,
            short: held.short,
            not_explained: said.map_or(0, |said| held.total().saturating_sub(said)),
            beyond: said.map_or(0, |said| said.saturating_sub(held.total())),
            answer,
        });
    }
    let mut given = Vec::with_capacity(part.given.len());
    for answer in &part.given {
        let id = tx_id(&answer.tx.tx);
        let evidence = state.store.transaction(id).await?.filter(|(_, refusal)| refusal.is_none());
        given.push(GivenAnswer {
            revision: answer.revision,
            at_ms: answer.at_ms,
            user: answer.user_name.clone(),
            hash: sha256(&answer.document).to_string(),
            tx_id: id.to_string(),
            evidence: evidence.map(|(evidence, _)| evidence),
            lots: answers::read(answer)?.lots,
        });
    }
    Ok(RecallTask {
        task: row(part)?,
        by_en: state.alliance.name_en(part.case.member),
        by_zh: state.alliance.name_zh(part.case.member),
        reason_en: part.case.draft.reason_en.clone(),
        reason_zh: part.case.draft.reason_zh.clone(),
        region: part.case.draft.region.clone(),
        lots,
        revision: part.given.last().map_or(0, |answer| answer.revision),
        answers: given,
    })
}

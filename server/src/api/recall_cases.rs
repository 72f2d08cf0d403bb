//! Recall cases: drafts, opening, the second person's approval, the end. For regulators, and for makers about their own lots.
//!
//! A draft is its member's. What was opened is seen by regulators too; steps are for the member whose case it is, as on the chain.

use super::imports::InLanguage;
use super::recalls::scope;
use super::{PageQuery, text};
use crate::app::AppState;
use crate::auth::User;
use crate::http::{ApiError, ApiResult, Body, Path, Query};
use crate::recall_cases::{advance, report as case_report, sums, view};
use crate::store::{CaseKept, CaseWritten, StepBy};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use std::collections::BTreeSet;
use tracelight_api::problem::Problem;
use tracelight_api::rest::Page;
use tracelight_api::rest::audit::AuditAction;
use tracelight_api::rest::imports::ImportLanguage;
use tracelight_api::rest::recall_case::{
    AskStep, CaseDraft, CaseRow, CaseStage, CaseStep, DRAFTS_MAX, LOTS_MAX, LotName, PLACE_CHARS_MAX, REASON_CHARS_MAX,
    Reach, RecallCase, TITLE_CHARS_MAX,
};
use tracelight_domain::gs1::{Gtin, Lot};
use tracelight_domain::ids::{BatchId, RecallId};
use tracelight_domain::state::MemberRole;
use tracelight_domain::tx::SignedTx;
use tracelight_labels::report::Face;
use tracelight_proof::codec::Canonical as _;
use tracelight_web_ui::i18n::Lang;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// Routes of this file.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, make))
        .routes(routes!(show, save, discard))
        .routes(routes!(open))
        .routes(routes!(approve))
        .routes(routes!(withdraw))
        .routes(routes!(close))
        .routes(routes!(report))
        .routes(routes!(record))
        .routes(routes!(record_tx))
}

/// Cases, newest first.
#[utoipa::path(get, path = "/recall-cases", tag = "recalls", params(PageQuery),
    responses((status = 200, body = Page<CaseRow>), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem)))]
async fn list(
    State(state): State<AppState>,
    user: User,
    Query(asked): Query<PageQuery>,
) -> ApiResult<Json<Page<CaseRow>>> {
    scope(&user)?;
    let rows = asked.rows()?;
    let bad = |_| ApiError::invalid("cursor", "expected what `next` of the page before says");
    let before = asked.cursor.as_deref().map(Uuid::parse_str).transpose().map_err(bad)?;
    let regulator = user.member_role == MemberRole::Regulator;
    let mut found = state.store.recall_cases(user.member, regulator, before, rows + 1).await?;
    let more = found.len() as u64 > rows;
    found.truncate(usize::try_from(rows).unwrap_or(usize::MAX));
    let next = found.last().filter(|_| more).map(|(case, _)| case.id.to_string());
    let mut items = Vec::with_capacity(found.len());
    for (case, lots) in found {
        items.push(row(&state, case, lots).await?);
    }
    Ok(Json(Page { items, next }))
}

async fn row(state: &AppState, case: CaseKept, lots: u64) -> ApiResult<CaseRow> {
    let reach = if case.stage == CaseStage::Draft {
        Reach::default()
    } else {
        let (tasks, asked) = (state.store.recall_tasks(case.id).await?, state.store.recall_task_lots(case.id).await?);
        let given = state.store.recall_answers(case.id, None).await?;
        let mut answered = 0;
        for task in &tasks {
            let lots = asked.get(&task.member).cloned().unwrap_or_default();
            let complete = crate::recall_cases::answers::complete_since(&given, task.member, &lots)?;
            answered += u64::from(complete.is_some());
        }
        let seen = tasks.iter().filter(|task| task.seen.is_some()).count() as u64;
        Reach { told: tasks.len() as u64, seen, answered }
    };
    Ok(CaseRow {
        id: case.id.to_string(),
        member: case.member.to_string(),
        title: case.draft.title,
        class: case.draft.class,
        drill: case.draft.drill,
        stage: case.stage,
        lots,
        changed_ms: case.changed_ms,
        reach,
    })
}

/// Begins a draft. Nothing is sent.
#[utoipa::path(post, path = "/recall-cases", tag = "recalls", request_body = CaseDraft,
    responses((status = 201, body = RecallCase), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 409, body = Problem)))]
async fn make(
    State(state): State<AppState>,
    user: User,
    Body(draft): Body<CaseDraft>,
) -> ApiResult<(StatusCode, Json<RecallCase>)> {
    scope(&user)?;
    user.must_operate()?;
    let (draft, lots) = checked(&state, &user, draft).await?;
    let now_ms = crate::clock::now_ms();
    let case = CaseKept {
        id: Uuid::now_v7(),
        member: user.member,
        stage: CaseStage::Draft,
        draft: CaseDraft { revision: 1, ..draft },
        created_by: user.name.clone(),
        created_ms: now_ms,
        changed_ms: now_ms,
        trouble: None,
        end_reason: None,
    };
    match state.store.make_recall_case(&case, &lots).await? {
        CaseWritten::Done => Ok((StatusCode::CREATED, Json(shown(&state, case.id).await?))),
        CaseWritten::Outdated | CaseWritten::TooMany => {
            let title = "your member has as many drafts as it may";
            let detail = format!("{DRAFTS_MAX} drafts are kept; open or discard one of them first");
            Err(ApiError::new(StatusCode::CONFLICT, "too_many_drafts", title).detail(detail))
        }
    }
}

/// One case, with what is known of its lots, who was told and who answered.
#[utoipa::path(get, path = "/recall-cases/{id}", tag = "recalls", params(("id" = String, Path,)),
    responses((status = 200, body = RecallCase), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
async fn show(State(state): State<AppState>, user: User, Path(case): Path<String>) -> ApiResult<Json<RecallCase>> {
    let case = visible(&state, &user, &case).await?;
    Ok(Json(view::case(&state, case).await?))
}

/// Writes a draft anew.
#[utoipa::path(put, path = "/recall-cases/{id}", tag = "recalls", request_body = CaseDraft,
    params(("id" = String, Path,)),
    responses((status = 200, body = RecallCase), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn save(
    State(state): State<AppState>,
    user: User,
    Path(case): Path<String>,
    Body(draft): Body<CaseDraft>,
) -> ApiResult<Json<RecallCase>> {
    let case = operated(&state, &user, &case).await?;
    let (draft, lots) = checked(&state, &user, draft).await?;
    let case = CaseKept { draft, changed_ms: crate::clock::now_ms(), ..case };
    match state.store.save_recall_case(&case, &lots).await? {
        CaseWritten::Done => Ok(Json(shown(&state, case.id).await?)),
        CaseWritten::Outdated | CaseWritten::TooMany => Err(outdated(case.draft.revision)),
    }
}

/// Forgets a draft.
#[utoipa::path(delete, path = "/recall-cases/{id}", tag = "recalls", params(("id" = String, Path,)),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn discard(State(state): State<AppState>, user: User, Path(case): Path<String>) -> ApiResult<StatusCode> {
    let case = operated(&state, &user, &case).await?;
    match state.store.drop_recall_case(case.id).await? {
        CaseWritten::Done => Ok(StatusCode::NO_CONTENT),
        CaseWritten::Outdated | CaseWritten::TooMany => {
            let title = "the case is no draft any more";
            Err(ApiError::new(StatusCode::CONFLICT, "not_a_draft", title).detail("withdraw it, or close it"))
        }
    }
}

/// Opens a case: one recall a lot goes to the chain. Nothing takes effect before a second person approves.
#[utoipa::path(post, path = "/recall-cases/{id}/open", tag = "recalls", request_body = AskStep,
    params(("id" = String, Path,)),
    responses((status = 200, body = RecallCase), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn open(
    State(state): State<AppState>,
    user: User,
    Path(case): Path<String>,
    Body(asked): Body<AskStep>,
) -> ApiResult<Json<RecallCase>> {
    let case = operated(&state, &user, &case).await?;
    complete(&case.draft)?;
    let lots = state.store.recall_case_lots(case.id).await?;
    if lots.is_empty() {
        return Err(ApiError::invalid("lots", "the case has no lot; choose at least one"));
    }
    if asked.packs.is_some() {
        count_is(&state, &case, asked.packs).await?;
    }
    let mut recalls = Vec::with_capacity(lots.len());
    for lot in lots {
        let mut random = [0; RecallId::LEN];
        getrandom::fill(&mut random)?;
        recalls.push((lot.batch, RecallId(random)));
    }
    take(&state, &user, &case, CaseStep::Open, &asked, &recalls).await
}

/// Approves a case, as the second person: from here every pack of its lots is recalled, and their holders are told. The person says
/// how many packs that is.
#[utoipa::path(post, path = "/recall-cases/{id}/approve", tag = "recalls", request_body = AskStep,
    params(("id" = String, Path,)),
    responses((status = 200, body = RecallCase), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn approve(
    State(state): State<AppState>,
    user: User,
    Path(case): Path<String>,
    Body(asked): Body<AskStep>,
) -> ApiResult<Json<RecallCase>> {
    user.must_approve()?;
    let case = own(&state, &user, &case).await?;
    let steps = state.store.recall_case_steps(case.id).await?;
    if steps.iter().any(|(taken, by)| taken.step == CaseStep::Open && *by == user.id) {
        return Err(ApiError::forbidden("whoever opened a recall does not approve it; ask another person"));
    }
    count_is(&state, &case, asked.packs).await?;
    take(&state, &user, &case, CaseStep::Approve, &asked, &[]).await
}

/// Takes a case back before it was approved. It never was in force.
#[utoipa::path(post, path = "/recall-cases/{id}/withdraw", tag = "recalls", request_body = AskStep,
    params(("id" = String, Path,)),
    responses((status = 200, body = RecallCase), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn withdraw(
    State(state): State<AppState>,
    user: User,
    Path(case): Path<String>,
    Body(asked): Body<AskStep>,
) -> ApiResult<Json<RecallCase>> {
    let case = operated(&state, &user, &case).await?;
    if asked.reason.trim().is_empty() {
        return Err(ApiError::invalid("reason", "say why the case is taken back"));
    }
    take(&state, &user, &case, CaseStep::Withdraw, &asked, &[]).await
}

/// Winds a case up. Its lots stay recalled. With answers missing it needs a reason.
#[utoipa::path(post, path = "/recall-cases/{id}/close", tag = "recalls", request_body = AskStep,
    params(("id" = String, Path,)),
    responses((status = 200, body = RecallCase), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn close(
    State(state): State<AppState>,
    user: User,
    Path(case): Path<String>,
    Body(asked): Body<AskStep>,
) -> ApiResult<Json<RecallCase>> {
    let case = operated(&state, &user, &case).await?;
    let now = view::case(&state, case.clone()).await?;
    let missing = now.reach.told.saturating_sub(now.reach.answered);
    if missing > 0 && asked.reason.trim().is_empty() {
        let detail =
            format!("{missing} of {} holders have not answered for every lot; say why it ends now", now.reach.told);
        return Err(ApiError::invalid("reason", detail));
    }
    take(&state, &user, &case, CaseStep::Close, &asked, &[]).await
}

/// The report of a case as PDF; before the case is closed it says that it is not the last word. Chinese needs a face with Chinese on the server
/// (`report_font`); without one the report is in English.
#[utoipa::path(get, path = "/recall-cases/{id}/report.pdf", tag = "recalls", params(("id" = String, Path,), InLanguage),
    responses((status = 200, content_type = "application/pdf", body = Vec<u8>), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn report(
    State(state): State<AppState>,
    user: User,
    Path(case): Path<String>,
    Query(asked): Query<InLanguage>,
) -> ApiResult<Response> {
    let case = visible(&state, &user, &case).await?;
    if case.stage == CaseStage::Draft {
        let title = "a draft has no report";
        return Err(ApiError::new(StatusCode::CONFLICT, "not_sent", title).detail("open the case first"));
    }
    let (id, name) = (case.id, format!("recall-{}.pdf", case.id));
    let case = view::case(&state, case).await?;
    let (written, here) = (crate::clock::iso(crate::clock::now_ms()), state.clone());
    let failed = |error: tracelight_labels::LabelError| {
        ApiError::fault(StatusCode::INTERNAL_SERVER_ERROR, "fault", "the report could not be drawn", &error)
    };
    let draw = move || {
        // 19 MB from the disk: once.
        let face = here.report_face.get_or_init(|| face(here.config.report_font().as_deref()));
        let lang = match asked.language {
            ImportLanguage::Zh if face.has_chinese() => Lang::Zh,
            ImportLanguage::Zh | ImportLanguage::En => Lang::En,
        };
        let parts = case_report::parts(&case, &written, lang);
        tracelight_labels::report::draw(face, lang.tag(), case_report::title(lang), &parts)
    };
    let drawn = tokio::task::spawn_blocking(draw).await;
    let ended = |error| ApiError::fault(StatusCode::INTERNAL_SERVER_ERROR, "fault", "drawing ended", &error);
    note(&state, &user, id, AuditAction::TableExported, "report").await?;
    Ok(super::attachment(&name, "application/pdf", drawn.map_err(ended)?.map_err(failed)?))
}

/// The face of reports: of the machine's file, when it can be read; else the one that the program carries.
fn face(font: Option<&std::path::Path>) -> Face {
    let Some(font) = font else { return Face::latin() };
    Face::read(font).unwrap_or_else(|error| {
        tracing::warn!(cause = %error, "Reports are in English: {error}");
        Face::latin()
    })
}

/// The sealed record of a closed case, byte for byte as it was hashed.
#[utoipa::path(get, path = "/recall-cases/{id}/record.json", tag = "recalls", params(("id" = String, Path,)),
    responses((status = 200, content_type = "application/json", body = Vec<u8>), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn record(State(state): State<AppState>, user: User, Path(case): Path<String>) -> ApiResult<Response> {
    let (id, record, _) = sealed(&state, &user, &case).await?;
    note(&state, &user, id, AuditAction::TableExported, "record").await?;
    Ok(super::attachment(&format!("recall-{id}-record.json"), "application/json", record))
}

/// The signed transaction over the record's hash, in hex: `tracelight record` checks the one against the other.
#[utoipa::path(get, path = "/recall-cases/{id}/record.tx", tag = "recalls", params(("id" = String, Path,)),
    responses((status = 200, content_type = "text/plain", body = String), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn record_tx(State(state): State<AppState>, user: User, Path(case): Path<String>) -> ApiResult<Response> {
    let (id, _, tx) = sealed(&state, &user, &case).await?;
    note(&state, &user, id, AuditAction::TableExported, "signature of the record").await?;
    let text = format!("{}\n", hex::encode(tx.to_bytes()));
    Ok(super::attachment(&format!("recall-{id}-record.tx"), "text/plain; charset=utf-8", text))
}

async fn sealed(state: &AppState, user: &User, case: &str) -> ApiResult<(Uuid, Vec<u8>, SignedTx)> {
    let case = visible(state, user, case).await?;
    let record = match case.stage {
        CaseStage::Closed => state.store.recall_record(case.id).await?,
        _ => None,
    };
    let (record, tx) = record.ok_or_else(|| {
        let title = "the case has no sealed record";
        ApiError::new(StatusCode::CONFLICT, "not_closed", title).detail("it is sealed when the case is closed")
    })?;
    Ok((case.id, record, tx))
}

/// Begins a step and goes as far with it as it goes now; the rest is the background's.
async fn take(
    state: &AppState,
    user: &User,
    case: &CaseKept,
    step: CaseStep,
    asked: &AskStep,
    recalls: &[(BatchId, RecallId)],
) -> ApiResult<Json<RecallCase>> {
    text("reason", &asked.reason, REASON_CHARS_MAX)?;
    let (before, during, _) = step.stages();
    let may = case.stage == before
        || case.stage == during
        || (step == CaseStep::Withdraw && case.stage == CaseStage::Opening && case.trouble.is_some());
    if !may {
        let title = "the case is not at this step";
        let detail = format!("it is `{}`; this step follows `{}`", case.stage.word(), before.word());
        return Err(ApiError::new(StatusCode::CONFLICT, "wrong_stage", title).detail(detail));
    }
    let by = StepBy { user: user.id, user_name: user.name.clone(), at_ms: crate::clock::now_ms() };
    let reason = Some(asked.reason.trim()).filter(|reason| !reason.is_empty());
    let asked = state.store.ask_recall_step(case.id, step, asked.revision, &by, reason, recalls).await?;
    if asked != CaseWritten::Done {
        return Err(outdated(case.draft.revision));
    }
    let action = match step {
        CaseStep::Open => AuditAction::RecallOpened,
        CaseStep::Approve => AuditAction::RecallApproved,
        CaseStep::Close | CaseStep::Withdraw => AuditAction::RecallClosed,
    };
    note(state, user, case.id, action, step.word()).await?;
    match advance::advance(state, case.id).await {
        // Under way: the case says how far it has come.
        Err(error) if error.0.status == StatusCode::SERVICE_UNAVAILABLE.as_u16() => {}
        done => done?,
    }
    Ok(Json(shown(state, case.id).await?))
}

/// What was done with a case stands in the log, a regulator's acts in those of the makers of its lots too.
async fn note(state: &AppState, user: &User, id: Uuid, action: AuditAction, what: &str) -> ApiResult<()> {
    let lots: Vec<BatchId> = state.store.recall_case_lots(id).await?.into_iter().map(|lot| lot.batch).collect();
    let makers = crate::audit::makers_of(state, &lots).await?;
    let about = format!("recall case {}: {what}, {} lots", id.simple(), lots.len());
    crate::audit::of_goods(state, user, action, about, makers).await
}

async fn shown(state: &AppState, id: Uuid) -> ApiResult<RecallCase> {
    let case = state.store.recall_case(id).await?.ok_or_else(no_case)?;
    view::case(state, case).await
}

/// A case that the user may see.
pub(super) async fn visible(state: &AppState, user: &User, id: &str) -> ApiResult<CaseKept> {
    scope(user)?;
    let id = Uuid::parse_str(id).map_err(|_| no_case())?;
    let case = state.store.recall_case(id).await?.ok_or_else(no_case)?;
    let others = user.member_role == MemberRole::Regulator && case.stage != CaseStage::Draft;
    if case.member == user.member || others { Ok(case) } else { Err(no_case()) }
}

/// A case that the user's member may change.
async fn own(state: &AppState, user: &User, id: &str) -> ApiResult<CaseKept> {
    let case = visible(state, user, id).await?;
    if case.member == user.member {
        return Ok(case);
    }
    Err(ApiError::forbidden("the case is another member's; its own people take its steps"))
}

/// The same, for its operators.
async fn operated(state: &AppState, user: &User, id: &str) -> ApiResult<CaseKept> {
    user.must_operate()?;
    own(state, user, id).await
}

fn no_case() -> ApiError {
    ApiError::not_found("there is no recall case with this id that you may see")
}

fn outdated(revision: u32) -> ApiError {
    let title = "somebody else has worked on this case meanwhile";
    let detail = format!("the case is no longer at revision {revision}, or no longer at this step; read it again");
    ApiError::new(StatusCode::CONFLICT, "outdated", title).detail(detail)
}

/// The packs that a person typed have to be those of the case.
async fn count_is(state: &AppState, case: &CaseKept, packs: Option<u64>) -> ApiResult<()> {
    let lots: Vec<BatchId> = state.store.recall_case_lots(case.id).await?.into_iter().map(|lot| lot.batch).collect();
    let known: u64 = state.store.holdings_of(&lots).await?.values().map(sums::packs).sum();
    match packs {
        Some(said) if said == known => Ok(()),
        said => {
            let said = said.map_or_else(|| "no count".to_owned(), |said| said.to_string());
            let title = "the count is not that of the case";
            let detail =
                format!("found {said}, the case is about {known} packs now; look at it again and type that number");
            Err(ApiError::new(StatusCode::CONFLICT, "count_differs", title).field("packs").detail(detail))
        }
    }
}

/// A draft within its bounds, and its lots without repetitions, each one that the user may recall.
async fn checked(state: &AppState, user: &User, mut draft: CaseDraft) -> ApiResult<(CaseDraft, Vec<BatchId>)> {
    for part in
        [&mut draft.title, &mut draft.reason_en, &mut draft.reason_zh, &mut draft.region, &mut draft.publication]
            .into_iter()
            .chain([&mut draft.advice_en, &mut draft.advice_zh])
    {
        *part = part.trim().to_owned();
    }
    super::line_of_text("title", &draft.title, TITLE_CHARS_MAX * 4)?;
    text("title", &draft.title, TITLE_CHARS_MAX)?;
    text("reason_en", &draft.reason_en, REASON_CHARS_MAX)?;
    text("reason_zh", &draft.reason_zh, REASON_CHARS_MAX)?;
    text("advice_en", &draft.advice_en, REASON_CHARS_MAX)?;
    text("advice_zh", &draft.advice_zh, REASON_CHARS_MAX)?;
    text("region", &draft.region, PLACE_CHARS_MAX)?;
    text("publication", &draft.publication, PLACE_CHARS_MAX)?;
    if !(1..=3).contains(&draft.class) {
        return Err(ApiError::invalid("class", format!("found {}, expected 1 (grave) to 3", draft.class)));
    }
    let names = std::mem::take(&mut draft.lots);
    let lots: BTreeSet<BatchId> = names.iter().map(batch_of).collect::<ApiResult<_>>()?;
    if lots.len() > LOTS_MAX {
        let detail = format!("{} lots, expected at most {LOTS_MAX}; make a second case for the others", lots.len());
        return Err(ApiError::invalid("lots", detail));
    }
    let lots: Vec<BatchId> = lots.into_iter().collect();
    let known = state.store.scope_of(&lots).await?;
    let maker = scope(user)?;
    let may: BTreeSet<&BatchId> =
        known.iter().filter(|lot| maker.is_none_or(|maker| maker == lot.maker)).map(|lot| &lot.batch).collect();
    if let Some(lot) = lots.iter().find(|lot| !may.contains(lot)) {
        let detail = format!("(01){}(10){} is no lot that you may recall", lot.gtin, lot.lot);
        return Err(ApiError::not_found(&detail).field("lots"));
    }
    Ok((draft, lots))
}

fn batch_of(name: &LotName) -> ApiResult<BatchId> {
    let gtin = Gtin::parse_padded(&name.gtin).map_err(|error| ApiError::from(error).field("lots"))?;
    let lot = Lot::parse(&name.lot).map_err(|error| ApiError::from(error).field("lots"))?;
    Ok(BatchId { gtin, lot })
}

/// What a case needs before it is opened. Shoppers' pages have both languages.
fn complete(draft: &CaseDraft) -> ApiResult<()> {
    for (field, text) in [("title", &draft.title), ("reason_en", &draft.reason_en), ("reason_zh", &draft.reason_zh)] {
        if text.is_empty() {
            return Err(ApiError::invalid(field, "is empty; write it before you open the case"));
        }
    }
    super::recalls::advice("advice_en", &draft.advice_en, &draft.advice_zh)?;
    super::recalls::advice("advice_zh", &draft.advice_zh, &draft.advice_en)?;
    Ok(())
}

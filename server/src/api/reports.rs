//! Reports of suspected fakes: the list, one case, the next step in it. For regulators, and for makers about their own products.

use super::list::{ListQuery, REPORTS};
use super::text;
use crate::app::AppState;
use crate::auth::User;
use crate::http::{ApiError, ApiResult, Body, Path, Query};
use crate::scan;
use crate::scan::facts::Looked;
use crate::scan::risk::assessed;
use crate::scan::token::Subject;
use crate::store::{Actor, ReportFilter, Stepped};
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use tracelight_api::problem::Problem;
use tracelight_api::rest::Page;
use tracelight_api::rest::audit::AuditAction;
use tracelight_api::rest::report::{
    Finding, NOTE_CHARS_MAX, REPLY_CHARS_MAX, Report, ReportCase, ReportStatus, ReportUpdate, RulesRecord,
};
use tracelight_domain::gs1::{Gtin, Lot, Serial};
use tracelight_domain::ids::MemberId;
use tracelight_domain::risk::Record;
use tracelight_domain::state::MemberRole;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Routes of this file.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(rules)).routes(routes!(show, step)).routes(routes!(photo))
}

/// Whose reports a user may see: those of the maker's products, or all for the regulator.
pub(super) fn scope(user: &User) -> ApiResult<Option<MemberId>> {
    match user.member_role {
        MemberRole::Regulator => Ok(None),
        MemberRole::Manufacturer => Ok(Some(user.member)),
        MemberRole::Logistics | MemberRole::Pharmacy => {
            Err(ApiError::forbidden("reports are for regulators and for the makers of the products"))
        }
    }
}

/// Reports, newest first without a wish. States: `received`, `in_work`, `closed`. Sorted by `received`, `case`, `gtin`.
#[utoipa::path(get, path = "/reports", tag = "reports", params(ListQuery),
    responses((status = 200, body = Page<Report>), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem)))]
async fn list(
    State(state): State<AppState>,
    user: User,
    Query(asked): Query<ListQuery>,
) -> ApiResult<Json<Page<Report>>> {
    let maker = scope(&user)?;
    let wish = asked.wish(&REPORTS)?;
    let (ids, next) = wish.page(state.store.list_reports(maker, &wish.narrowed, &wish.wanted).await?);
    Ok(Json(Page { items: state.store.reports_at(&ids).await?, next }))
}

/// What the rules of risk had said of codes whose packs were then examined, and what came out: of your products, or of all for regulators.
#[utoipa::path(get, path = "/reports/rules", tag = "reports",
    responses((status = 200, body = RulesRecord), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn rules(State(state): State<AppState>, user: User) -> ApiResult<Json<RulesRecord>> {
    let maker = scope(&user)?;
    Ok(Json(state.store.rules_record(maker).await?))
}

/// One case: what was reported, other reports of the same code, and what was done.
#[utoipa::path(get, path = "/reports/{case}", tag = "reports",
    params(("case" = String, Path, description = "its number")),
    responses((status = 200, body = ReportCase), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
async fn show(State(state): State<AppState>, user: User, Path(case): Path<String>) -> ApiResult<Json<ReportCase>> {
    visible(&state, &user, &case).await.map(Json)
}

/// A photo of a case, as a JPEG that this server made of what was sent: without place, camera and comments.
#[utoipa::path(get, path = "/reports/{case}/photos/{number}", tag = "reports",
    params(("case" = String, Path, description = "its number"), ("number" = u32, Path, description = "from 1")),
    responses((status = 200, description = "the picture", content_type = "image/jpeg"), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn photo(
    State(state): State<AppState>,
    user: User,
    Path((case, number)): Path<(String, u32)>,
) -> ApiResult<Response> {
    visible(&state, &user, &case).await?;
    let found = state.store.report_photo(&case, number).await?;
    let jpeg =
        found.ok_or_else(|| ApiError::not_found("this case has no photo of this number, or its time is over"))?;
    // Somebody may open it by itself: then it is a picture and nothing else.
    let headers = [
        (header::CONTENT_TYPE, "image/jpeg".to_owned()),
        (header::CONTENT_DISPOSITION, format!("inline; filename=\"{case}-{number}.jpg\"")),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox".to_owned()),
    ];
    Ok((headers, jpeg).into_response())
}

/// The next step in a case. The person who reported reads the reply under the case number.
#[utoipa::path(put, path = "/reports/{case}", tag = "reports", request_body = ReportUpdate,
    params(("case" = String, Path, description = "its number")),
    responses((status = 200, body = ReportCase), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn step(
    State(state): State<AppState>,
    user: User,
    Path(case): Path<String>,
    Body(update): Body<ReportUpdate>,
) -> ApiResult<Json<ReportCase>> {
    scope(&user)?;
    user.must_operate()?;
    let found = visible(&state, &user, &case).await?;
    check(&update)?;
    let actor = Actor { user: &user.name, member: user.member, at_ms: crate::clock::now_ms() };
    let rules = match update.finding {
        Some(Finding::Fake | Finding::NoFake) => said(&state, &found.report, actor.at_ms).await,
        Some(Finding::CannotTell | Finding::Duplicate) | None => None,
    };
    match state.store.step_report(&found.report.case_number, &update, rules.as_deref(), actor).await? {
        Stepped::Done => {
            if let Some(subject) = subject_of(&found.report) {
                state.shop.let_go(&subject, state.changed()).await;
            }
            let now = visible(&state, &user, &case).await?;
            note(&state, &user, &now.report).await?;
            Ok(Json(now))
        }
        Stepped::Outdated => {
            let title = "somebody else has worked on this case meanwhile";
            let detail = format!("the case is no longer at revision {}; read it again", update.revision);
            Err(ApiError::new(StatusCode::CONFLICT, "outdated", title).detail(detail))
        }
    }
}

/// The rules that say something of the code's checks, by their names. Nothing when the report is about no code, or nobody can look now: a
/// finding does not wait for that.
async fn said(state: &AppState, report: &Report, now_ms: u64) -> Option<String> {
    let subject = Subject { lot: None, ..subject_of(report)? };
    let Looked::Known(facts) = scan::look(state, &subject, now_ms).await.ok()? else { return None };
    // Not what was found before.
    let record = Record { examined: None, ..facts.record.clone() };
    let findings = assessed(&facts.checks, &record).findings;
    Some(findings.iter().map(|finding| finding.fact.rule()).collect::<Vec<_>>().join(","))
}

/// The code that a report is about.
fn subject_of(report: &Report) -> Option<Subject> {
    let (gtin, serial) = (Gtin::parse(report.gtin.as_deref()?).ok()?, Serial::parse(report.serial.as_deref()?).ok()?);
    Some(Subject { gtin, lot: report.lot.as_deref().and_then(|lot| Lot::parse(lot).ok()), serial })
}

async fn note(state: &AppState, user: &User, report: &Report) -> ApiResult<()> {
    let gtin = report.gtin.as_deref().and_then(|gtin| Gtin::parse(gtin).ok());
    let maker = match gtin {
        Some(gtin) => crate::audit::maker_of(state, gtin).await?,
        None => None,
    };
    let about = format!("{}: {}", report.case_number, report.status.word());
    crate::audit::of_goods(state, user, AuditAction::ReportStep, about, maker).await
}

async fn visible(state: &AppState, user: &User, case: &str) -> ApiResult<ReportCase> {
    let maker = scope(user)?;
    let filter = ReportFilter { maker, case_number: Some(case.to_owned()) };
    let found = state.store.report(&filter).await?;
    let mut case = found.ok_or_else(|| ApiError::not_found("no case of yours has this number"))?;
    if maker.is_some() {
        // The form promises it: the contact goes to the regulator alone.
        case.contact = String::new();
    }
    Ok(case)
}

/// Finding and reply belong to the end of a case; texts are bounded.
fn check(update: &ReportUpdate) -> ApiResult<()> {
    let closes = update.status == ReportStatus::Closed;
    if closes != update.finding.is_some() {
        let detail = if closes { "a closed case has a finding" } else { "only a closed case has a finding" };
        return Err(ApiError::invalid("finding", detail));
    }
    if closes && update.reply.trim().is_empty() {
        return Err(ApiError::invalid("reply", "a closed case has a reply; the person who reported reads it"));
    }
    text("reply", &update.reply, REPLY_CHARS_MAX)?;
    text("note", &update.note, NOTE_CHARS_MAX)
}

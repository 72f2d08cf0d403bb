//! Alerts of medicine packs, read and explained by those whom they concern. What raises them: [`crate::fmd`].

use super::list::{ALERTS, ListQuery};
use super::text;
use crate::app::AppState;
use crate::auth::User;
use crate::clock::now_ms;
use crate::http::{ApiError, ApiResult, Body, Path, Query};
use crate::store::{Actor, Stepped};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use tracelight_api::problem::Problem;
use tracelight_api::rest::Page;
use tracelight_api::rest::alert::{ALERT_NOTE_CHARS_MAX, Alert, AlertStatus, AlertUpdate};
use tracelight_api::rest::audit::AuditAction;
use tracelight_domain::gs1::Gtin;
use tracelight_domain::ids::MemberId;
use tracelight_domain::state::MemberRole;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Routes of this file.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(show, step))
}

/// Whose alerts a user may see: those that its member raised or that are about its products; all for the regulator.
pub(super) fn scope(user: &User) -> Option<MemberId> {
    (user.member_role != MemberRole::Regulator).then_some(user.member)
}

/// Alerts, newest first without a wish. States: `open`, `explained`, `suspicious`. Sorted by `last`, `gravity`, `times`, `gtin`.
#[utoipa::path(get, path = "/alerts", tag = "alerts", params(ListQuery),
    responses((status = 200, body = Page<Alert>), (status = 400, body = Problem), (status = 401, body = Problem)))]
async fn list(
    State(state): State<AppState>,
    user: User,
    Query(asked): Query<ListQuery>,
) -> ApiResult<Json<Page<Alert>>> {
    let wish = asked.wish(&ALERTS)?;
    let (ids, next) = wish.page(state.store.list_alerts(scope(&user), &wish.narrowed, &wish.wanted).await?);
    Ok(Json(Page { items: state.store.alerts_at(&ids).await?, next }))
}

/// One alert.
#[utoipa::path(get, path = "/alerts/{number}", tag = "alerts", params(("number" = String, Path, description = "its number")),
    responses((status = 200, body = Alert), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn show(State(state): State<AppState>, user: User, Path(number): Path<String>) -> ApiResult<Json<Alert>> {
    visible(&state, &user, &number).await.map(Json)
}

/// What it was: a mistake, with which, or suspicious. Whoever sees an alert may say so.
#[utoipa::path(put, path = "/alerts/{number}", tag = "alerts", request_body = AlertUpdate,
    params(("number" = String, Path, description = "its number")),
    responses((status = 200, body = Alert), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn step(
    State(state): State<AppState>,
    user: User,
    Path(number): Path<String>,
    Body(update): Body<AlertUpdate>,
) -> ApiResult<Json<Alert>> {
    user.must_operate()?;
    let found = visible(&state, &user, &number).await?;
    if update.status != AlertStatus::Open && update.note.trim().is_empty() {
        return Err(ApiError::invalid("note", "say why; whoever reads the alert next has nothing else"));
    }
    text("note", &update.note, ALERT_NOTE_CHARS_MAX)?;
    let actor = Actor { user: &user.name, member: user.member, at_ms: now_ms() };
    if state.store.step_alert(&found.number, &update, actor).await? == Stepped::Outdated {
        let detail = format!("the alert is no longer at revision {}; read it again", update.revision);
        let title = "somebody else has worked on this alert meanwhile";
        return Err(ApiError::new(StatusCode::CONFLICT, "outdated", title).detail(detail));
    }
    let maker = match Gtin::parse(&found.gtin) {
        Ok(gtin) => crate::audit::maker_of(&state, gtin).await?,
        Err(_) => None,
    };
    let about = format!("{}: {}", found.number, update.status.word());
    crate::audit::of_goods(&state, &user, AuditAction::AlertStep, about, maker).await?;
    visible(&state, &user, &number).await.map(Json)
}

async fn visible(state: &AppState, user: &User, number: &str) -> ApiResult<Alert> {
    let found = state.store.alert(number, scope(user)).await?;
    found.ok_or_else(|| ApiError::not_found("no alert of yours has this number"))
}

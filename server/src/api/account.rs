//! One's own account: what it is, its password, its sessions. The second factor is in `second.rs`. For people only; whoever
//! reads is enough.

use crate::app::AppState;
use crate::audit::line;
use crate::auth::{self, User, hash_password, must_be_strong};
use crate::http::{ApiError, ApiResult, Body, Path};
use crate::store::{UserStep, session_key};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use tower_sessions::Session as Cookie;
use tracelight_api::problem::Problem;
use tracelight_api::rest::Page;
use tracelight_api::rest::account::{Account, ChangePassword, EndedSessions, OwnSession, TotpState};
use tracelight_api::rest::audit::AuditAction;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Bytes of a session's id, as its owner sees it: the beginning of its row's key.
const ID_BYTES: usize = 16;

/// Routes of this file.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(account))
        .routes(routes!(password))
        .routes(routes!(sessions))
        .routes(routes!(end_others))
        .routes(routes!(end))
}

/// Your account.
#[utoipa::path(get, path = "/account", tag = "account",
    responses((status = 200, body = Account), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn account(State(state): State<AppState>, user: User) -> ApiResult<Json<Account>> {
    user.must_be_person()?;
    let totp = state.store.totp(user.id).await?;
    let totp = TotpState {
        available: !state.totp_keys.is_empty(),
        on_since_ms: totp.and_then(|totp| totp.confirmed_ms),
        recovery_left: state.store.recovery_left(user.id).await?,
    };
    Ok(Json(Account { user: user.name, role: user.role, administrator: user.administrator, totp }))
}

/// Another password for you. All your other sessions end.
#[utoipa::path(post, path = "/account/password", tag = "account", request_body = ChangePassword,
    responses((status = 204), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 409, body = Problem), (status = 429, body = Problem)))]
async fn password(
    State(state): State<AppState>,
    user: User,
    cookie: Cookie,
    Body(form): Body<ChangePassword>,
) -> ApiResult<StatusCode> {
    user.must_be_person()?;
    let row = auth::verify_own_password(&state, &user, "current", &form.current).await?;
    state.sign_in_limit.forgive(&user.name);
    must_be_strong("new", &form.new, &user.name)?;
    if form.new == form.current {
        return Err(ApiError::invalid("new", "this is the password that you have"));
    }
    let hash = hashed(form.new).await?;
    let kept = cookie.id().map(|id| session_key(&id));
    let entry = line(&user, AuditAction::PasswordChanged, "");
    match state.store.change_password(&row, &hash, kept, entry, crate::clock::now_ms()).await? {
        UserStep::Done => Ok(StatusCode::NO_CONTENT),
        UserStep::Outdated | UserStep::LastAdministrator => Err(super::users::outdated()),
    }
}

/// The argon2id string of a password that was checked, off the async threads.
pub(super) async fn hashed(password: String) -> ApiResult<String> {
    let title = "the password could not be kept";
    let failed =
        |cause: &dyn std::fmt::Display| ApiError::fault(StatusCode::INTERNAL_SERVER_ERROR, "fault", title, cause);
    let hash = tokio::task::spawn_blocking(move || hash_password(&password)).await.map_err(|error| failed(&error))?;
    hash.map_err(|error| failed(&error))
}

/// Your sessions, newest first. No address is kept.
#[utoipa::path(get, path = "/account/sessions", tag = "account",
    responses((status = 200, body = Page<OwnSession>), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn sessions(State(state): State<AppState>, user: User, cookie: Cookie) -> ApiResult<Json<Page<OwnSession>>> {
    user.must_be_person()?;
    let this = cookie.id().map(|id| session_key(&id));
    let rows = state.store.sessions_of(user.id, crate::clock::now_ms()).await?;
    let view = |row: crate::store::SessionRow| OwnSession {
        id: id_of(&row.key),
        begun_ms: row.begun_ms,
        seen_ms: row.seen_ms,
        this: this == Some(row.key),
        browser: row.browser,
    };
    Ok(Json(Page { items: rows.into_iter().map(view).collect(), next: None }))
}

fn id_of(key: &[u8; 32]) -> String {
    hex::encode(key.get(..ID_BYTES).unwrap_or(key))
}

/// Ends one of your sessions at once.
#[utoipa::path(delete, path = "/account/sessions/{session}", tag = "account",
    params(("session" = String, Path, description = "its id")),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
async fn end(State(state): State<AppState>, user: User, Path(id): Path<String>) -> ApiResult<StatusCode> {
    user.must_be_person()?;
    let now = crate::clock::now_ms();
    let missing = || ApiError::not_found("you have no session with this id; it may have ended");
    let rows = state.store.sessions_of(user.id, now).await?;
    let row = rows.into_iter().find(|row| id_of(&row.key) == id).ok_or_else(missing)?;
    let entry = line(&user, AuditAction::SessionEnded, row.browser);
    match state.store.end_session(user.id, row.key, entry, now).await? {
        UserStep::Done => Ok(StatusCode::NO_CONTENT),
        UserStep::Outdated | UserStep::LastAdministrator => Err(missing()),
    }
}

/// Ends all your other sessions: you are signed out everywhere but here.
#[utoipa::path(post, path = "/account/sessions/end-others", tag = "account",
    responses((status = 200, body = EndedSessions), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn end_others(State(state): State<AppState>, user: User, cookie: Cookie) -> ApiResult<Json<EndedSessions>> {
    user.must_be_person()?;
    let this = cookie.id().map(|id| session_key(&id)).ok_or_else(ApiError::unauthorized)?;
    let entry = line(&user, AuditAction::SessionsEnded, "");
    let ended = state.store.end_other_sessions(user.id, this, entry, crate::clock::now_ms()).await?;
    Ok(Json(EndedSessions { ended }))
}

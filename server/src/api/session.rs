//! Sign in, sign out, who am I.

use crate::app::AppState;
use crate::auth::{self, User};
use crate::http::{ApiError, ApiResult, Body};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use tower_sessions::Session as Cookie;
use tracelight_api::problem::Problem;
use tracelight_api::rest::audit::AuditAction;
use tracelight_api::rest::session::{Session, SignIn};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Routes of this file.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(sign_in, who, sign_out))
}

/// Sign in. An account with a second factor answers 401 `code_needed` until `code` comes along.
#[utoipa::path(post, path = "/session", tag = "session", request_body = SignIn,
    responses((status = 200, body = Session), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 429, body = Problem)))]
async fn sign_in(
    State(state): State<AppState>,
    cookie: Cookie,
    headers: HeaderMap,
    Body(form): Body<SignIn>,
) -> ApiResult<Json<Session>> {
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or("");
    let user = auth::sign_in(&cookie, &state, &form, auth::browser_word(agent)).await?;
    view(&state, user).map(Json)
}

/// Who is signed in.
#[utoipa::path(get, path = "/session", tag = "session",
    responses((status = 200, body = Session), (status = 401, body = Problem)))]
async fn who(State(state): State<AppState>, user: User) -> ApiResult<Json<Session>> {
    view(&state, user).map(Json)
}

/// Sign out. Harmless when nobody is signed in.
#[utoipa::path(delete, path = "/session", tag = "session", responses((status = 204)))]
async fn sign_out(State(state): State<AppState>, cookie: Cookie) -> ApiResult<StatusCode> {
    let user = auth::signed_in(&cookie, &state).await?;
    auth::sign_out(&cookie).await?;
    if let Some(user) = user {
        crate::audit::record(&state, &user, AuditAction::SignOut, "").await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// A user as screens show it.
///
/// # Errors
/// 401 when the user's member has left the alliance.
pub fn view(state: &AppState, user: User) -> ApiResult<Session> {
    let member = state.alliance.view(user.member).ok_or_else(ApiError::unauthorized)?;
    Ok(Session { user: user.name, role: user.role, administrator: user.administrator, member })
}

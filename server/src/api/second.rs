//! One's own second factor: begin, confirm by a code, other recovery codes, off. What protects its secret: `auth/totp.rs`.

use super::users::outdated;
use crate::app::AppState;
use crate::audit::line;
use crate::auth::{self, Code, User, parse_code, recovery_codes};
use crate::http::{ApiError, ApiResult, Body};
use crate::store::{TotpRow, UserRow, UserStep};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use tracelight_api::problem::Problem;
use tracelight_api::rest::account::{BeginTotp, PasswordAndCode, RecoveryCodes, TotpCode, TotpOffer};
use tracelight_api::rest::audit::AuditAction;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Routes of this file.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(begin))
        .routes(routes!(confirm))
        .routes(routes!(recovery))
        .routes(routes!(switch_off))
}

/// A new secret for your authenticator, told once. It counts for nothing until a code confirms it.
#[utoipa::path(post, path = "/account/totp", tag = "account", request_body = BeginTotp,
    responses((status = 200, body = TotpOffer), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 409, body = Problem), (status = 429, body = Problem)))]
async fn begin(State(state): State<AppState>, user: User, Body(form): Body<BeginTotp>) -> ApiResult<Json<TotpOffer>> {
    user.must_be_person()?;
    if state.totp_keys.is_empty() {
        return Err(auth::not_configured());
    }
    auth::verify_own_password(&state, &user, "password", &form.password).await?;
    let (key_id, sealed, offer) = state.totp_keys.offer(user.id, &user.name)?;
    match state.store.offer_totp(user.id, &key_id, &sealed, crate::clock::now_ms()).await? {
        UserStep::Done => {
            state.sign_in_limit.forgive(&user.name);
            Ok(Json(offer))
        }
        UserStep::Outdated | UserStep::LastAdministrator => {
            let title = "a second factor is on already";
            Err(ApiError::new(StatusCode::CONFLICT, "totp_on", title).detail("switch it off first"))
        }
    }
}

/// A code shows that your authenticator has the secret: from now on a code is needed at sign-in. The answer holds your recovery
/// codes, told once.
#[utoipa::path(post, path = "/account/totp/confirm", tag = "account", request_body = TotpCode,
    responses((status = 200, body = RecoveryCodes), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 409, body = Problem), (status = 429, body = Problem)))]
async fn confirm(
    State(state): State<AppState>,
    user: User,
    Body(form): Body<TotpCode>,
) -> ApiResult<Json<RecoveryCodes>> {
    user.must_be_person()?;
    let now = crate::clock::now_ms();
    state.sign_in_limit.take(&user.name, now)?;
    let offered = state.store.totp(user.id).await?.filter(|totp| totp.confirmed_ms.is_none()).ok_or_else(|| {
        let title = "no second factor waits for a code";
        ApiError::new(StatusCode::CONFLICT, "totp_not_offered", title).detail("begin with a new secret")
    })?;
    let wrong =
        || ApiError::invalid("code", "this is not the code that your authenticator shows now; is its clock right?");
    let Some(Code::Digits(digits)) = parse_code(&form.code) else { return Err(wrong()) };
    let step = state.totp_keys.step_of(user.id, &offered.key_id, &offered.sealed, &digits, now)?.ok_or_else(wrong)?;
    let (codes, kept) = recovery_codes()?;
    let entry = line(&user, AuditAction::TotpOn, "");
    match state.store.confirm_totp(user.id, &offered.sealed, step, &kept, entry, now).await? {
        UserStep::Done => {
            state.sign_in_limit.forgive(&user.name);
            Ok(Json(RecoveryCodes { codes }))
        }
        UserStep::Outdated | UserStep::LastAdministrator => Err(outdated()),
    }
}

/// Ten other recovery codes, told once; those before are good for nothing.
#[utoipa::path(post, path = "/account/totp/recovery", tag = "account", request_body = PasswordAndCode,
    responses((status = 200, body = RecoveryCodes), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 409, body = Problem), (status = 429, body = Problem)))]
async fn recovery(
    State(state): State<AppState>,
    user: User,
    Body(form): Body<PasswordAndCode>,
) -> ApiResult<Json<RecoveryCodes>> {
    both_factors(&state, &user, &form).await?;
    let (codes, kept) = recovery_codes()?;
    let entry = line(&user, AuditAction::RecoveryCodesMade, "");
    match state.store.new_recovery(user.id, &kept, entry, crate::clock::now_ms()).await? {
        UserStep::Done => Ok(Json(RecoveryCodes { codes })),
        UserStep::Outdated | UserStep::LastAdministrator => Err(outdated()),
    }
}

/// No code is needed any more.
#[utoipa::path(post, path = "/account/totp/off", tag = "account", request_body = PasswordAndCode,
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 409, body = Problem), (status = 429, body = Problem)))]
async fn switch_off(
    State(state): State<AppState>,
    user: User,
    Body(form): Body<PasswordAndCode>,
) -> ApiResult<StatusCode> {
    both_factors(&state, &user, &form).await?;
    let entry = line(&user, AuditAction::TotpOff, "");
    match state.store.drop_totp(user.id, entry, crate::clock::now_ms()).await? {
        UserStep::Done => Ok(StatusCode::NO_CONTENT),
        UserStep::Outdated | UserStep::LastAdministrator => Err(not_on()),
    }
}

/// Password and code of an account whose second factor is on. A wrong code is 403: the session is good.
async fn both_factors(state: &AppState, user: &User, form: &PasswordAndCode) -> ApiResult<(UserRow, TotpRow)> {
    user.must_be_person()?;
    let totp = state.store.totp(user.id).await?.filter(|totp| totp.confirmed_ms.is_some()).ok_or_else(not_on)?;
    let row = auth::verify_own_password(state, user, "password", &form.password).await?;
    auth::second_factor(state, &row, &totp, "code", &form.code).await.map_err(|mut error| {
        if error.0.status == StatusCode::UNAUTHORIZED.as_u16() {
            error.0.status = StatusCode::FORBIDDEN.as_u16();
        }
        error
    })?;
    state.sign_in_limit.forgive(&user.name);
    Ok((row, totp))
}

fn not_on() -> ApiError {
    ApiError::new(StatusCode::CONFLICT, "totp_off", "no second factor is on")
}

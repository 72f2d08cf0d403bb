//! Sign-in: name, password, and a code where the account needs one; and the same checks for changes of one's own account.

use super::{Code, User, known, parse_code, session_fault, verify_password};
use crate::app::AppState;
use crate::http::{ApiError, ApiResult};
use crate::store::{NewAudit, SESSION_BEGUN, SESSION_BROWSER, SESSION_USER, TotpRow, UserRow};
use axum::http::StatusCode;
use tower_sessions::Session;
use tracelight_api::rest::audit::{AuditAction, AuditOutcome};
use tracelight_api::rest::session::SignIn;

/// Checks who it is and begins a session under a new id, in this kind of browser.
///
/// # Errors
/// 401 without a hint which of name and password was wrong, or which says that a code is needed or wrong; 403 for an account
/// that is suspended; 429 after too many attempts; 503.
pub async fn sign_in(session: &Session, state: &AppState, form: &SignIn, browser: &str) -> ApiResult<User> {
    let now = crate::clock::now_ms();
    state.sign_in_limit.take(&form.user, now)?;
    let row = state.store.user_by_name(&form.user).await?;
    let stored = row.as_ref().map(|row| row.password_hash.clone());
    let good = verify_password(form.password.clone(), stored).await?;
    let Some(row) = row else {
        // What was typed may be a password: it is counted, never written down.
        metrics::counter!("sign_in_unknown_names_total").increment(1);
        return Err(wrong_credentials());
    };
    if !good {
        note(state, &row, AuditAction::SignIn, AuditOutcome::Refused).await?;
        return Err(wrong_credentials());
    }
    let totp = state.store.totp(row.id).await?.filter(|totp| totp.confirmed_ms.is_some());
    if let Some(totp) = totp {
        let Some(code) = &form.code else { return Err(code_needed()) };
        if let Err(error) = second_factor(state, &row, &totp, "code", code).await {
            note(state, &row, AuditAction::SignIn, AuditOutcome::Refused).await?;
            return Err(error);
        }
    }
    if row.suspended_ms.is_some() {
        note(state, &row, AuditAction::SignIn, AuditOutcome::Refused).await?;
        return Err(ApiError::new(StatusCode::FORBIDDEN, "suspended", "this account is suspended")
            .detail("ask an administrator of your member"));
    }
    let user = known(state, row.clone()).ok_or_else(wrong_credentials)?;
    state.sign_in_limit.forgive(&form.user);
    state.store.room_for_session(user.id, now).await?;
    // A new id, so that whoever planted a session before the sign-in does not share it afterwards.
    session.cycle_id().await.map_err(|error| session_fault(&error))?;
    session.insert(SESSION_USER, user.id).await.map_err(|error| session_fault(&error))?;
    session.insert(SESSION_BEGUN, now).await.map_err(|error| session_fault(&error))?;
    session.insert(SESSION_BROWSER, browser).await.map_err(|error| session_fault(&error))?;
    note(state, &row, AuditAction::SignIn, AuditOutcome::Done).await?;
    Ok(user)
}

/// Checks the password of an account before something of it is changed. Counts as an attempt to sign in.
///
/// # Errors
/// 403 naming the field; 429; 503.
pub async fn verify_own_password(state: &AppState, user: &User, field: &str, password: &str) -> ApiResult<UserRow> {
    state.sign_in_limit.take(&user.name, crate::clock::now_ms())?;
    let row = state.store.user_by_id(user.id).await?.ok_or_else(ApiError::unauthorized)?;
    if !verify_password(password.to_owned(), Some(row.password_hash.clone())).await? {
        let title = "the password is not right";
        return Err(ApiError::new(StatusCode::FORBIDDEN, "wrong_password", title).field(field));
    }
    Ok(row)
}

/// Checks a code of an account and uses it up.
///
/// # Errors
/// 401 naming the field; 503.
pub async fn second_factor(state: &AppState, row: &UserRow, totp: &TotpRow, field: &str, code: &str) -> ApiResult<()> {
    let good = match parse_code(code) {
        Some(Code::Digits(digits)) => {
            let now = crate::clock::now_ms();
            match state.totp_keys.step_of(row.id, &totp.key_id, &totp.sealed, &digits, now)? {
                Some(step) => state.store.use_totp_step(row.id, step).await?,
                None => false,
            }
        }
        Some(Code::Recovery(hash)) => {
            let used = state.store.use_recovery(row.id, hash).await?;
            if used {
                note(state, row, AuditAction::RecoveryCodeUsed, AuditOutcome::Done).await?;
            }
            used
        }
        None => false,
    };
    if good {
        return Ok(());
    }
    let title = "the code is not right, or was used already";
    Err(ApiError::new(StatusCode::UNAUTHORIZED, "wrong_code", title)
        .field(field)
        .detail("wait for the next code of the authenticator, or use a recovery code"))
}

async fn note(state: &AppState, row: &UserRow, action: AuditAction, outcome: AuditOutcome) -> ApiResult<()> {
    let user = row.name.clone();
    let line = NewAudit { member: row.member, actor: row.member, user, action, object: String::new(), outcome };
    Ok(state.store.add_audit(&[line], crate::clock::now_ms()).await?)
}

fn wrong_credentials() -> ApiError {
    ApiError::new(StatusCode::UNAUTHORIZED, "wrong_credentials", "name or password is wrong")
}

fn code_needed() -> ApiError {
    let title = "this account needs a code as well";
    ApiError::new(StatusCode::UNAUTHORIZED, "code_needed", title)
        .field("code")
        .detail("six digits of the authenticator, or a recovery code")
}

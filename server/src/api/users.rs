//! Accounts of a member's people. Administrators change them; approvers see them too, because both release roles. Why a role
//! needs a second person: [`crate::auth`].

use crate::app::AppState;
use crate::audit::line;
use crate::auth::User;
use crate::http::{ApiError, ApiResult, Body, Path};
use crate::store::{AskedRow, UserRow, UserStep};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use std::collections::{BTreeMap, BTreeSet};
use tracelight_api::problem::Problem;
use tracelight_api::rest::Page;
use tracelight_api::rest::audit::AuditAction;
use tracelight_api::rest::session::UserRole;
use tracelight_api::rest::user::{AskedRole, ChangeUser, UserAccount};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// Routes of this file.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(change))
        .routes(routes!(release))
        .routes(routes!(decline))
        .routes(routes!(suspend))
        .routes(routes!(reactivate))
        .routes(routes!(totp_off))
}

/// Accounts of your member, by name.
#[utoipa::path(get, path = "/users", tag = "users",
    responses((status = 200, body = Page<UserAccount>), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn list(State(state): State<AppState>, user: User) -> ApiResult<Json<Page<UserAccount>>> {
    user.must_oversee()?;
    let rows = state.store.users(user.member).await?;
    let with_totp = state.store.with_totp(user.member).await?;
    let names: BTreeMap<Uuid, String> = rows.iter().map(|row| (row.id, row.name.clone())).collect();
    let items = rows.into_iter().map(|row| view(row, &user, &with_totp, &names)).collect();
    Ok(Json(Page { items, next: None }))
}

/// Gives an account another role, or the administrator's rights. To become approver or administrator waits until another approver
/// or administrator has released it; everything else counts at once.
#[utoipa::path(put, path = "/users/{user}", tag = "users", request_body = ChangeUser,
    params(("user" = String, Path, description = "its id")),
    responses((status = 200, body = UserAccount), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn change(
    State(state): State<AppState>,
    user: User,
    Path(id): Path<String>,
    Body(form): Body<ChangeUser>,
) -> ApiResult<Json<UserAccount>> {
    user.must_administer()?;
    let row = other(&state, &user, &id).await?;
    fits(form)?;
    let now = crate::clock::now_ms();
    let to = words(form);
    let done = if raises(&row, form) {
        let asked = AskedRow { to: form, by: user.id, at_ms: now };
        let entry = line(&user, AuditAction::RoleAsked, format!("{}: {to}", row.name));
        state.store.ask_role(&row, asked, entry, now).await?
    } else {
        let entry = line(&user, AuditAction::UserChanged, format!("{}: {to}", row.name));
        state.store.change_user(&row, form, entry, now).await?
    };
    answer(&state, &user, &row, done).await
}

/// Releases the role that was asked for. Not for who asked, and not for whom it is.
#[utoipa::path(post, path = "/users/{user}/release", tag = "users",
    params(("user" = String, Path, description = "its id")),
    responses((status = 200, body = UserAccount), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn release(State(state): State<AppState>, user: User, Path(id): Path<String>) -> ApiResult<Json<UserAccount>> {
    user.must_oversee()?;
    let row = own(&state, &user, &id).await?;
    let asked = row.asked.ok_or_else(outdated)?;
    if !may_release(&user, &row, &asked) {
        return Err(ApiError::forbidden("this needs another person than the one who asked, and the one it is for"));
    }
    let entry = line(&user, AuditAction::RoleReleased, format!("{}: {}", row.name, words(asked.to)));
    let done = state.store.release_role(&row, user.id, entry, crate::clock::now_ms()).await?;
    answer(&state, &user, &row, done).await
}

/// Forgets the role that was asked for.
#[utoipa::path(post, path = "/users/{user}/decline", tag = "users",
    params(("user" = String, Path, description = "its id")),
    responses((status = 200, body = UserAccount), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn decline(State(state): State<AppState>, user: User, Path(id): Path<String>) -> ApiResult<Json<UserAccount>> {
    user.must_oversee()?;
    let row = own(&state, &user, &id).await?;
    let entry = line(&user, AuditAction::RoleDeclined, row.name.clone());
    let done = state.store.decline_role(&row, entry, crate::clock::now_ms()).await?;
    answer(&state, &user, &row, done).await
}

/// Suspends an account: its sessions end at once, and it does not sign in.
#[utoipa::path(post, path = "/users/{user}/suspend", tag = "users",
    params(("user" = String, Path, description = "its id")),
    responses((status = 200, body = UserAccount), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn suspend(State(state): State<AppState>, user: User, Path(id): Path<String>) -> ApiResult<Json<UserAccount>> {
    user.must_administer()?;
    let row = other(&state, &user, &id).await?;
    let entry = line(&user, AuditAction::UserSuspended, row.name.clone());
    let done = state.store.suspend_user(&row, entry, crate::clock::now_ms()).await?;
    answer(&state, &user, &row, done).await
}

/// Lets a suspended account sign in again.
#[utoipa::path(post, path = "/users/{user}/reactivate", tag = "users",
    params(("user" = String, Path, description = "its id")),
    responses((status = 200, body = UserAccount), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn reactivate(State(state): State<AppState>, user: User, Path(id): Path<String>) -> ApiResult<Json<UserAccount>> {
    user.must_administer()?;
    let row = other(&state, &user, &id).await?;
    let entry = line(&user, AuditAction::UserReactivated, row.name.clone());
    let done = state.store.reactivate_user(&row, entry, crate::clock::now_ms()).await?;
    answer(&state, &user, &row, done).await
}

/// Switches off the second factor of an account whose authenticator is lost. Its password stays.
#[utoipa::path(post, path = "/users/{user}/totp-off", tag = "users",
    params(("user" = String, Path, description = "its id")),
    responses((status = 200, body = UserAccount), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn totp_off(State(state): State<AppState>, user: User, Path(id): Path<String>) -> ApiResult<Json<UserAccount>> {
    user.must_administer()?;
    let row = other(&state, &user, &id).await?;
    let entry = line(&user, AuditAction::UserTotpOff, row.name.clone());
    let done = state.store.drop_totp(row.id, entry, crate::clock::now_ms()).await?;
    answer(&state, &user, &row, done).await
}

/// An approver is no administrator: who makes accounts must not approve what they do.
pub(super) fn fits(to: ChangeUser) -> ApiResult<()> {
    if to.administrator && to.role == UserRole::Approver {
        let detail = "an approver is no administrator: who makes accounts must not approve what they do";
        return Err(ApiError::invalid("administrator", detail));
    }
    Ok(())
}

/// Does it need a second person?
pub(super) const fn is_raised(to: ChangeUser) -> bool {
    to.administrator || matches!(to.role, UserRole::Approver)
}

/// Does the account get something that needs a second person, and that it does not have?
fn raises(row: &UserRow, to: ChangeUser) -> bool {
    let approver = to.role == UserRole::Approver && row.role != UserRole::Approver;
    approver || (to.administrator && !row.administrator)
}

/// A role for the log.
pub(super) fn words(to: ChangeUser) -> String {
    let role = match to.role {
        UserRole::Operator => "operator",
        UserRole::Approver => "approver",
        UserRole::Viewer => "viewer",
    };
    if to.administrator { format!("{role}, administrator") } else { role.to_owned() }
}

fn may_release(user: &User, row: &UserRow, asked: &AskedRow) -> bool {
    user.id != asked.by && user.id != row.id
}

fn view(row: UserRow, user: &User, with_totp: &BTreeSet<Uuid>, names: &BTreeMap<Uuid, String>) -> UserAccount {
    let asked = row.asked.map(|asked| AskedRole {
        role: asked.to.role,
        administrator: asked.to.administrator,
        by: names.get(&asked.by).cloned().unwrap_or_default(),
        at_ms: asked.at_ms,
        yours_to_release: may_release(user, &row, &asked),
    });
    UserAccount {
        id: row.id.simple().to_string(),
        role: row.role,
        administrator: row.administrator,
        suspended_ms: row.suspended_ms,
        totp: with_totp.contains(&row.id),
        created_ms: row.created_ms,
        asked,
        this: row.id == user.id,
        name: row.name,
    }
}

fn no_user() -> ApiError {
    ApiError::not_found("your member has no account with this id")
}

async fn own(state: &AppState, user: &User, id: &str) -> ApiResult<UserRow> {
    let id = Uuid::try_parse(id).map_err(|_| no_user())?;
    state.store.user_by_id(id).await?.filter(|row| row.member == user.member).ok_or_else(no_user)
}

/// An account of the member that is not the user's own.
async fn other(state: &AppState, user: &User, id: &str) -> ApiResult<UserRow> {
    let row = own(state, user, id).await?;
    if row.id == user.id {
        let title = "this is your own account";
        return Err(ApiError::new(StatusCode::CONFLICT, "own_account", title)
            .detail("ask another administrator; your password and second factor are on the page of your account"));
    }
    Ok(row)
}

/// The account as it is now, or why nothing was changed.
async fn answer(state: &AppState, user: &User, row: &UserRow, done: UserStep) -> ApiResult<Json<UserAccount>> {
    match done {
        UserStep::Done => {}
        UserStep::Outdated => return Err(outdated()),
        UserStep::LastAdministrator => {
            let title = "this is the last administrator of your member";
            return Err(
                ApiError::new(StatusCode::CONFLICT, "last_administrator", title).detail("make another one first")
            );
        }
    }
    let now = state.store.user_by_id(row.id).await?.ok_or_else(no_user)?;
    let with_totp = state.store.with_totp(user.member).await?;
    let by = match now.asked {
        Some(asked) => state.store.user_by_id(asked.by).await?,
        None => None,
    };
    let names = by.into_iter().map(|by| (by.id, by.name)).collect();
    Ok(Json(view(now, user, &with_totp, &names)))
}

/// Somebody was faster.
pub(super) fn outdated() -> ApiError {
    let title = "the account is not as it was";
    ApiError::new(StatusCode::CONFLICT, "outdated", title).detail("load the page again and look what has changed")
}

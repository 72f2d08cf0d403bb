//! Invitations: made and taken back by administrators, looked at and accepted by whoever has the link.
//!
//! ```text
//! link     {public_base_url}/console/invitation?token={52 characters of base 32: 256 bits}
//! ```
//! The token is told once and kept as its SHA-256. It stands in no path, so that no log of requests has it. The account of an
//! invitation to approver or administrator only reads until a second person has released the role ([`crate::auth`]).

use super::users::{fits, is_raised, outdated, words};
use crate::app::AppState;
use crate::audit::line;
use crate::auth::{User, must_be_strong};
use crate::http::{ApiError, ApiResult, Body, Path};
use crate::store::{Accepted, AskedRow, InvitationRow, NewAudit, UserRow, UserStep};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use data_encoding::BASE32_NOPAD;
use tracelight_api::problem::Problem;
use tracelight_api::rest::Page;
use tracelight_api::rest::audit::{AuditAction, AuditOutcome};
use tracelight_api::rest::session::UserRole;
use tracelight_api::rest::user::{
    AcceptInvitation, AcceptedInvitation, ChangeUser, INVITATION_DAYS, INVITATIONS_MAX, Invitation, InvitationState,
    InvitationToken, InvitationView, LABEL_CHARS_MAX, MadeInvitation, NewInvitation, USER_NAME_BYTES_MAX, USERS_MAX,
};
use tracelight_proof::hash::sha256;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// Bytes of a token.
const TOKEN_BYTES: usize = 32;
const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// Routes of this file.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, make))
        .routes(routes!(look))
        .routes(routes!(accept))
        .routes(routes!(revoke))
}

/// Invitations of your member, newest first, without their links.
#[utoipa::path(get, path = "/invitations", tag = "users",
    responses((status = 200, body = Page<Invitation>), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn list(State(state): State<AppState>, user: User) -> ApiResult<Json<Page<Invitation>>> {
    user.must_oversee()?;
    let now = crate::clock::now_ms();
    let rows = state.store.invitations(user.member).await?;
    Ok(Json(Page { items: rows.into_iter().map(|row| view(row, now)).collect(), next: None }))
}

/// Invites somebody: the link makes one account within seven days, and is told once.
#[utoipa::path(post, path = "/invitations", tag = "users", request_body = NewInvitation,
    responses((status = 201, body = MadeInvitation), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 409, body = Problem)))]
async fn make(
    State(state): State<AppState>,
    user: User,
    Body(form): Body<NewInvitation>,
) -> ApiResult<(StatusCode, Json<MadeInvitation>)> {
    user.must_administer()?;
    let to = ChangeUser { role: form.role, administrator: form.administrator };
    fits(to)?;
    let label = form.label.trim();
    super::line_of_text("label", label, 4 * LABEL_CHARS_MAX)?;
    let length = label.chars().count();
    if length > LABEL_CHARS_MAX {
        return Err(ApiError::invalid("label", format!("{length} characters, expected at most {LABEL_CHARS_MAX}")));
    }
    let mut token = [0; TOKEN_BYTES];
    getrandom::fill(&mut token)?;
    let now = crate::clock::now_ms();
    let row = InvitationRow {
        id: Uuid::now_v7(),
        member: user.member,
        role: form.role,
        administrator: form.administrator,
        label: label.to_owned(),
        made_by: user.id,
        made_by_name: user.name.clone(),
        made_ms: now,
        expires_ms: now + INVITATION_DAYS * DAY_MS,
        accepted_ms: None,
        accepted_name: None,
        revoked_ms: None,
    };
    let entry = line(&user, AuditAction::InvitationMade, about(&row));
    if !state.store.make_invitation(&row, sha256(&token).0, entry).await? {
        let title = "your member has too many open invitations";
        return Err(ApiError::new(StatusCode::CONFLICT, "too_many_invitations", title)
            .detail(format!("at most {INVITATIONS_MAX}; take one back that is not needed")));
    }
    let base = &state.config.public_base_url;
    let link = format!("{base}/console/invitation?token={}", BASE32_NOPAD.encode(&token));
    Ok((StatusCode::CREATED, Json(MadeInvitation { link, invitation: view(row, now) })))
}

/// Takes an open invitation back: its link is good for nothing.
#[utoipa::path(post, path = "/invitations/{invitation}/revoke", tag = "users",
    params(("invitation" = String, Path, description = "its id")),
    responses((status = 200, body = Invitation), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn revoke(State(state): State<AppState>, user: User, Path(id): Path<String>) -> ApiResult<Json<Invitation>> {
    user.must_administer()?;
    let missing = || ApiError::not_found("your member has no invitation with this id");
    let id = Uuid::try_parse(&id).map_err(|_| missing())?;
    let rows = state.store.invitations(user.member).await?;
    let row = rows.into_iter().find(|row| row.id == id).ok_or_else(missing)?;
    let now = crate::clock::now_ms();
    let entry = line(&user, AuditAction::InvitationRevoked, about(&row));
    match state.store.revoke_invitation(id, entry, now).await? {
        UserStep::Done => Ok(Json(view(InvitationRow { revoked_ms: Some(now), ..row }, now))),
        UserStep::Outdated | UserStep::LastAdministrator => Err(outdated()),
    }
}

/// What an invitation is for.
#[utoipa::path(post, path = "/invitations/look", tag = "users", request_body = InvitationToken,
    responses((status = 200, body = InvitationView), (status = 404, body = Problem)))]
async fn look(State(state): State<AppState>, Body(form): Body<InvitationToken>) -> ApiResult<Json<InvitationView>> {
    let row = open(&state, &form.token).await?;
    let member = state.alliance.view(row.member).ok_or_else(not_open)?;
    let InvitationRow { role, administrator, expires_ms, .. } = row;
    Ok(Json(InvitationView { member, role, administrator, expires_ms }))
}

/// Makes an account with an invitation; then sign in with it.
#[utoipa::path(post, path = "/invitations/accept", tag = "users", request_body = AcceptInvitation,
    responses((status = 201, body = AcceptedInvitation), (status = 400, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
async fn accept(
    State(state): State<AppState>,
    Body(form): Body<AcceptInvitation>,
) -> ApiResult<(StatusCode, Json<AcceptedInvitation>)> {
    let row = open(&state, &form.token).await?;
    state.alliance.view(row.member).ok_or_else(not_open)?;
    let name = name_of(&form.name)?;
    must_be_strong("password", &form.password, &name)?;
    let hash = super::account::hashed(form.password).await?;
    let now = crate::clock::now_ms();
    let to = ChangeUser { role: row.role, administrator: row.administrator };
    let waits = is_raised(to);
    let role = if waits { UserRole::Viewer } else { row.role };
    let asked = waits.then_some(AskedRow { to, by: row.made_by, at_ms: now });
    let user = UserRow { asked, ..UserRow::new(name.clone(), row.member, role, hash, now) };
    let entry = NewAudit {
        member: row.member,
        actor: row.member,
        user: name.clone(),
        action: AuditAction::InvitationAccepted,
        object: format!("{}, invited by {}", about(&row), row.made_by_name),
        outcome: AuditOutcome::Done,
    };
    match state.store.accept_invitation(row.id, &user, entry, now).await? {
        Accepted::Done => Ok((StatusCode::CREATED, Json(AcceptedInvitation { user: name, waits }))),
        Accepted::NotOpen => Err(not_open()),
        Accepted::NameTaken => {
            let title = "this name is somebody else's";
            Err(ApiError::new(StatusCode::CONFLICT, "name_taken", title).field("name").detail("choose another one"))
        }
        Accepted::Full => {
            let title = "the member has too many accounts";
            Err(ApiError::new(StatusCode::CONFLICT, "too_many_users", title).detail(format!("at most {USERS_MAX}")))
        }
    }
}

/// A sign-in name: one line without spaces at its ends.
fn name_of(text: &str) -> ApiResult<String> {
    let name = text.trim();
    super::line_of_text("name", name, USER_NAME_BYTES_MAX)?;
    // A key writes itself so in the log.
    if name.is_empty() || name.starts_with("key ") {
        let detail = format!("expected 1 to {USER_NAME_BYTES_MAX} bytes that do not begin with `key `");
        return Err(ApiError::invalid("name", detail));
    }
    Ok(name.to_owned())
}

/// The open invitation of a token. What is wrong with another is nobody's to know.
async fn open(state: &AppState, token: &str) -> ApiResult<InvitationRow> {
    let bytes = BASE32_NOPAD.decode(token.as_bytes()).ok().filter(|bytes| bytes.len() == TOKEN_BYTES);
    let hash = sha256(&bytes.ok_or_else(not_open)?).0;
    let row = state.store.invitation_of(hash).await?;
    row.filter(|row| row.is_open(crate::clock::now_ms())).ok_or_else(not_open)
}

fn not_open() -> ApiError {
    let title = "this invitation is not good any more";
    ApiError::new(StatusCode::NOT_FOUND, "invitation_not_open", title)
        .detail("it was used, taken back, or its seven days are over; ask who invited you for a new one")
}

fn about(row: &InvitationRow) -> String {
    let to = words(ChangeUser { role: row.role, administrator: row.administrator });
    if row.label.is_empty() { to } else { format!("{}: {to}", row.label) }
}

fn view(row: InvitationRow, now_ms: u64) -> Invitation {
    let state = match (row.accepted_ms, row.revoked_ms) {
        (Some(_), _) => InvitationState::Accepted,
        (None, Some(_)) => InvitationState::Revoked,
        (None, None) if row.is_open(now_ms) => InvitationState::Open,
        (None, None) => InvitationState::Expired,
    };
    Invitation {
        id: row.id.simple().to_string(),
        label: row.label,
        role: row.role,
        administrator: row.administrator,
        state,
        made_by: row.made_by_name,
        made_ms: row.made_ms,
        expires_ms: row.expires_ms,
        accepted_by: row.accepted_name,
    }
}

//! Who is asking: people by session cookie, programs of members by key, gateways by bearer token.
//!
//! * Passwords are argon2id (the crate's defaults: 19 MiB, 2 rounds). Checking one takes tens of milliseconds and runs off
//!   the async threads, a few at a time. An unknown name costs the same as a wrong password.
//! * An account with a second factor needs a code as well: `code_needed` says so to whoever has the password, and the call
//!   comes again with the code. Nothing is kept between the two, and both count as attempts. A code is taken once.
//! * A session is a cookie (`tl_session`, HttpOnly, SameSite=Lax) that names a row; the user is read again at each request,
//!   so a change of role, or a suspension, works at once. It ends after a fixed time, and when its owner says so.
//! * **Administrators.** A flag, not a role, because what it allows has nothing to do with the keys of the chain: inviting,
//!   roles, suspending. It must not undo the two-person rule of recalls by the back door. So: an approver is never an
//!   administrator; nobody changes the own account, and nobody sets another's password; and who is to become an approver
//!   or an administrator has to be released by another approver or administrator than the one who asked. One person alone
//!   therefore never gets a second account that approves what the first has opened: the first approvers and administrators
//!   are made by the machine's operator (`server add-user`), each for a person, and from then on each new one has the
//!   consent of two. Who has both roles one after the other does not approve what was opened under the same name. All of it
//!   is in the audit log, which approvers read too.
//! * 401: nobody is signed in. 403: your role does not allow this. 404: another member's thing, or none.

mod api_key;
mod caller;
mod gateway;
mod limit;
mod password;
mod scope;
mod seen;
mod sign_in;
mod strength;
mod totp;

pub use api_key::{KeyHolder, KeyLimit, Secret, holder};
pub use caller::Caller;
pub use gateway::{Gateway, GatewayError, Gateways};
pub use limit::SignInLimit;
pub use password::{PASSWORD_BYTES_MAX, PASSWORD_BYTES_MIN, hash_password, verify_password};
pub use scope::{Need, needed};
pub use seen::{Seen, browser_word};
pub use sign_in::{second_factor, sign_in, verify_own_password};
pub use strength::must_be_strong;
pub use totp::{Code, TotpKeys, not_configured, parse_code, recovery_codes};

use crate::app::AppState;
use crate::http::{ApiError, ApiResult};
use crate::store::{AccessAudit, SESSION_USER, Store, UserRow, session_key};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use tower_sessions::cookie::SameSite;
use tower_sessions::cookie::time::Duration;
use tower_sessions::{Expiry, Session, SessionManagerLayer};
use tracelight_api::rest::session::UserRole;
use tracelight_domain::ids::MemberId;
use tracelight_domain::state::MemberRole;
use uuid::Uuid;

/// Name of the session cookie.
pub const COOKIE: &str = "tl_session";

/// How somebody shows who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// A person, by session.
    Session,
    /// A program of the member, by key; the call is within the key's scopes.
    Key,
}

/// Somebody who is signed in: a person, or a program that acts as an operator within the scopes of its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Id of the user or of the key.
    pub id: Uuid,
    /// Sign-in name, or `key` and its prefix.
    pub name: String,
    /// For whom the user works.
    pub member: MemberId,
    /// What that member does.
    pub member_role: MemberRole,
    /// What the user may do for it.
    pub role: UserRole,
    /// Looks after the member's accounts.
    pub administrator: bool,
    /// How that is known.
    pub shown: Shown,
}

impl User {
    /// May the user sign with the operator key?
    ///
    /// # Errors
    /// 403.
    pub fn must_operate(&self) -> ApiResult<()> {
        if self.role == UserRole::Operator { Ok(()) } else { Err(ApiError::forbidden("this needs an operator")) }
    }

    /// May the user sign with the approver key?
    ///
    /// # Errors
    /// 403.
    pub fn must_approve(&self) -> ApiResult<()> {
        if self.role == UserRole::Approver { Ok(()) } else { Err(ApiError::forbidden("this needs an approver")) }
    }

    /// Does the user look after the member's accounts?
    ///
    /// # Errors
    /// 403.
    pub fn must_administer(&self) -> ApiResult<()> {
        self.must_be_person()?;
        if self.administrator { Ok(()) } else { Err(ApiError::forbidden("this needs an administrator of your member")) }
    }

    /// May the user see the member's accounts and its audit log, and release roles?
    ///
    /// # Errors
    /// 403.
    pub fn must_oversee(&self) -> ApiResult<()> {
        self.must_be_person()?;
        if self.administrator || self.role == UserRole::Approver {
            return Ok(());
        }
        Err(ApiError::forbidden("this needs an administrator or an approver of your member"))
    }

    /// A line of the log of who changed what programs may do.
    #[must_use]
    pub fn audit(&self, action: &'static str, subject: Uuid, detail: String) -> AccessAudit {
        AccessAudit { member: self.member, user: self.id, user_name: self.name.clone(), action, subject, detail }
    }

    /// Is it a person? No key widens what its member trusts.
    ///
    /// # Errors
    /// 403.
    pub fn must_be_person(&self) -> ApiResult<()> {
        match self.shown {
            Shown::Session => Ok(()),
            Shown::Key => Err(ApiError::forbidden("no key may do this; a person has to sign in")),
        }
    }

    /// Does the user's member do this?
    ///
    /// # Errors
    /// 403.
    pub fn must_be(&self, role: MemberRole) -> ApiResult<()> {
        if self.member_role == role {
            return Ok(());
        }
        Err(ApiError::forbidden(&format!("this is for a member that is a {}", role_word(role))))
    }
}

const fn role_word(role: MemberRole) -> &'static str {
    match role {
        MemberRole::Manufacturer => "manufacturer",
        MemberRole::Logistics => "logistics company",
        MemberRole::Pharmacy => "pharmacy",
        MemberRole::Regulator => "regulator",
    }
}

impl FromRequestParts<AppState> for User {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        if let Some(key) = holder(parts, state).await? {
            return by_key(state, &key);
        }
        let session = Session::from_request_parts(parts, state).await.map_err(|_| ApiError::unauthorized())?;
        signed_in(&session, state).await?.ok_or_else(ApiError::unauthorized)
    }
}

/// A program, as handlers see it.
fn by_key(state: &AppState, key: &KeyHolder) -> ApiResult<User> {
    let member_role = state.alliance.member(key.member).ok_or_else(ApiError::unauthorized)?.role;
    let (role, shown) = (UserRole::Operator, Shown::Key);
    Ok(User { id: key.id, name: key.name(), member: key.member, member_role, role, administrator: false, shown })
}

/// The user of a session, if somebody is signed in.
///
/// # Errors
/// 503 when the database does not answer: "cannot tell" is never "nobody".
pub async fn signed_in(session: &Session, state: &AppState) -> ApiResult<Option<User>> {
    let id: Option<Uuid> = session.get(SESSION_USER).await.map_err(|error| session_fault(&error))?;
    let Some(id) = id else { return Ok(None) };
    let user = user_of(state, id).await?;
    if let (Some(_), Some(session)) = (&user, session.id()) {
        state.seen.mark(&state.store, session_key(&session), crate::clock::now_ms()).await;
    }
    Ok(user)
}

/// A user by id, if there is (still) one whose member is part of the alliance.
///
/// # Errors
/// 503.
pub async fn user_of(state: &AppState, id: Uuid) -> ApiResult<Option<User>> {
    Ok(state.store.user_by_id(id).await?.and_then(|row| known(state, row)))
}

/// A user who is not suspended, and whose member is (still) part of the alliance.
fn known(state: &AppState, row: UserRow) -> Option<User> {
    let member_role = state.alliance.member(row.member)?.role;
    let UserRow { id, name, member, role, administrator, suspended_ms, .. } = row;
    let user = User { id, name, member, member_role, role, administrator, shown: Shown::Session };
    suspended_ms.is_none().then_some(user)
}

fn session_fault(error: &dyn std::fmt::Display) -> ApiError {
    let status = axum::http::StatusCode::SERVICE_UNAVAILABLE;
    ApiError::fault(status, "cannot_check_now", "cannot check now: sessions cannot be read", error)
}

/// Ends the session.
///
/// # Errors
/// 503.
pub async fn sign_out(session: &Session) -> ApiResult<()> {
    session.flush().await.map_err(|error| session_fault(&error))
}

/// The layer that reads and writes the cookie.
#[must_use]
pub fn session_layer(state: &AppState) -> SessionManagerLayer<Store> {
    SessionManagerLayer::new(state.store.clone())
        .with_name(COOKIE)
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_secure(state.config.public_base_url.starts_with("https://"))
        .with_expiry(Expiry::OnInactivity(Duration::hours(i64::from(state.config.session_hours))))
}

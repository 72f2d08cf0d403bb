//! Who is asking: people by session cookie, programs of members by key, gateways by bearer token.
//!
//! * Passwords are argon2id (the crate's defaults: 19 MiB, 2 rounds). Checking one takes tens of milliseconds and runs off
//!   the async threads, a few at a time. An unknown name costs the same as a wrong password.
//! * A session is a cookie (`tl_session`, HttpOnly, SameSite=Lax) that names a row; the user is read again at each request,
//!   so a change of role works at once. It ends after a fixed time.
//! * 401: nobody is signed in. 403: your role does not allow this. 404: another member's thing, or none.

mod api_key;
mod caller;
mod gateway;
mod limit;
mod password;
mod scope;

pub use api_key::{KeyHolder, KeyLimit, Secret, holder};
pub use caller::Caller;
pub use gateway::{Gateway, GatewayError, Gateways};
pub use limit::SignInLimit;
pub use password::{PASSWORD_BYTES_MAX, PASSWORD_BYTES_MIN, hash_password, verify_password};
pub use scope::{Need, needed};

use crate::app::AppState;
use crate::http::{ApiError, ApiResult};
use crate::store::{AccessAudit, Store, UserRow};
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
/// Key of the user's id within the session.
const USER: &str = "user";

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
    Ok(User { id: key.id, name: key.name(), member: key.member, member_role, role, shown })
}

/// The user of a session, if somebody is signed in.
///
/// # Errors
/// 503 when the database does not answer: "cannot tell" is never "nobody".
pub async fn signed_in(session: &Session, state: &AppState) -> ApiResult<Option<User>> {
    let id: Option<Uuid> = session.get(USER).await.map_err(|error| session_fault(&error))?;
    let Some(id) = id else { return Ok(None) };
    user_of(state, id).await
}

/// A user by id, if there is (still) one whose member is part of the alliance.
///
/// # Errors
/// 503.
pub async fn user_of(state: &AppState, id: Uuid) -> ApiResult<Option<User>> {
    Ok(state.store.user_by_id(id).await?.and_then(|row| known(state, row)))
}

/// A user whose member is (still) part of the alliance.
fn known(state: &AppState, row: UserRow) -> Option<User> {
    let member_role = state.alliance.member(row.member)?.role;
    Some(User { id: row.id, name: row.name, member: row.member, member_role, role: row.role, shown: Shown::Session })
}

fn session_fault(error: &dyn std::fmt::Display) -> ApiError {
    let status = axum::http::StatusCode::SERVICE_UNAVAILABLE;
    ApiError::fault(status, "cannot_check_now", "cannot check now: sessions cannot be read", error)
}

/// Checks name and password and begins a session under a new id.
///
/// # Errors
/// 401 without a hint which of the two was wrong; 429 after too many attempts; 503.
pub async fn sign_in(session: &Session, state: &AppState, name: &str, password: &str) -> ApiResult<User> {
    let now = crate::clock::now_ms();
    state.sign_in_limit.take(name, now)?;
    let row = state.store.user_by_name(name).await?;
    let stored = row.as_ref().map(|row| row.password_hash.clone());
    let good = verify_password(password.to_owned(), stored).await?;
    let user = row.filter(|_| good).and_then(|row| known(state, row));
    let Some(user) = user else {
        let title = "name or password is wrong";
        return Err(ApiError::new(axum::http::StatusCode::UNAUTHORIZED, "wrong_credentials", title));
    };
    state.sign_in_limit.forgive(name);
    // A new id, so that whoever planted a session before the sign-in does not share it afterwards.
    session.cycle_id().await.map_err(|error| session_fault(&error))?;
    session.insert(USER, user.id).await.map_err(|error| session_fault(&error))?;
    Ok(user)
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

//! Whoever may ask for a member on interfaces that systems use too (EPCIS, verification of identifiers): a person by session
//! cookie, a program by its key, or a system by the bearer token of a gateway.

use super::{Gateway, KeyHolder, User, holder, user_of};
use crate::app::AppState;
use crate::http::{ApiError, ApiResult};
use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use tracelight_api::rest::session::UserRole;
use tracelight_domain::ids::MemberId;
use tracelight_domain::state::MemberRole;
use uuid::Uuid;

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// For whom.
    pub member: MemberId,
    /// What that member does.
    pub role: MemberRole,
    /// The person; none for a system.
    pub user: Option<User>,
    /// The system's key; none for a person or a gateway.
    pub key: Option<KeyHolder>,
}

impl Caller {
    /// May the caller change something? A system may within its scopes.
    ///
    /// # Errors
    /// 403.
    pub fn must_write(&self) -> ApiResult<()> {
        match &self.user {
            Some(user) if user.role != UserRole::Operator => {
                Err(ApiError::forbidden("this needs an operator of your member, or a system's token"))
            }
            _ => Ok(()),
        }
    }

    /// For the audit log: id and name.
    #[must_use]
    pub fn author(&self) -> (Uuid, String) {
        match (&self.user, &self.key) {
            (Some(user), _) => (user.id, user.name.clone()),
            (None, Some(key)) => (key.id, key.name()),
            (None, None) => (Uuid::nil(), "gateway".to_owned()),
        }
    }

    /// Is it still who it was? Asked again and again of a call that does not end.
    pub async fn still(&self, state: &AppState) -> bool {
        if let Some(user) = &self.user {
            return user_of(state, user.id).await.is_ok_and(|now| now.is_some_and(|now| now.member == user.member));
        }
        let Some(key) = &self.key else { return true };
        let now = state.store.api_key(key.id).await;
        now.is_ok_and(|now| now.is_some_and(|now| now.is_good(crate::clock::now_ms())))
    }
}

impl FromRequestParts<AppState> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        if !parts.headers.contains_key(header::AUTHORIZATION) {
            let user = User::from_request_parts(parts, state).await?;
            return Ok(Self { member: user.member, role: user.member_role, user: Some(user), key: None });
        }
        let key = holder(parts, state).await?;
        let member = match &key {
            Some(key) => key.member,
            None => Gateway::from_request_parts(parts, state).await?.member,
        };
        let role = state.alliance.member(member).ok_or_else(ApiError::unauthorized)?.role;
        Ok(Self { member, role, user: None, key })
    }
}

//! Who asks: a person by session cookie, or a system of a member by its key, or by the bearer token of a gateway.
//!
//! | | reads | captures, stores queries, subscribes |
//! |---|---|---|
//! | operator, system | yes | yes |
//! | viewer, approver | yes | no: 403 |
//!
//! A key does what its scopes say: `epcis:capture` captures, `epcis:query` asks, stores queries and subscribes.
//!
//! Everything is the caller's own member's; another member's job, query or subscription does not exist (404).

use super::problem::{EpcisError, EpcisResult};
use crate::app::AppState;
use crate::auth;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use std::ops::Deref;
use tracelight_domain::ids::MemberId;
use tracelight_domain::state::MemberRole;
use tracelight_epcis::error::ExceptionKind;

/// Who asks. Refusals are in EPCIS's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller(auth::Caller);

impl Deref for Caller {
    type Target = auth::Caller;

    fn deref(&self) -> &auth::Caller {
        &self.0
    }
}

/// What may be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sight {
    /// Whose captured events.
    pub member: MemberId,
    /// Every history of the ledger, and not only those with a part of the member.
    pub regulator: bool,
}

impl Sight {
    /// Whose part a history of the ledger has to have.
    #[must_use]
    pub fn scope(self) -> Option<MemberId> {
        if self.regulator { None } else { Some(self.member) }
    }
}

impl Caller {
    /// May the caller change something?
    ///
    /// # Errors
    /// 403.
    pub fn must_write(&self) -> EpcisResult<()> {
        self.0
            .must_write()
            .map_err(|error| EpcisError::new(ExceptionKind::Security, error.0.detail.unwrap_or_default()))
    }

    /// What the caller may see.
    #[must_use]
    pub fn sight(&self) -> Sight {
        Sight { member: self.member, regulator: self.role == MemberRole::Regulator }
    }
}

impl FromRequestParts<AppState> for Caller {
    type Rejection = EpcisError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, EpcisError> {
        auth::Caller::from_request_parts(parts, state).await.map(Self).map_err(refused)
    }
}

/// "Nobody" in EPCIS's words; a database that does not answer stays what it is.
fn refused(error: crate::http::ApiError) -> EpcisError {
    if error.0.status == 401 { EpcisError::unauthorized() } else { error.into() }
}

//! Sign-in. The session is a cookie (`HttpOnly`, `SameSite=Lax`); every call that changes something also needs a
//! same-origin request.

use serde::{Deserialize, Serialize};

/// Sign in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// User name.
    pub user: String,
    /// Password.
    pub password: String,
    /// Six digits of the authenticator, or a recovery code, for an account with a second factor: `code_needed` asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// Who is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Session {
    /// User name.
    pub user: String,
    /// What the user may do.
    pub role: UserRole,
    /// Does the user look after the member's accounts?
    #[serde(default)]
    pub administrator: bool,
    /// The user's member.
    pub member: Member,
}

/// What a user may do for its member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum UserRole {
    /// Signs with the member's operator key.
    Operator,
    /// Signs with the approver's key; the second person of a recall.
    Approver,
    /// Reads only.
    Viewer,
}

/// A member as screens show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Member {
    /// GLN.
    pub gln: String,
    /// Name in Latin script.
    pub name_en: String,
    /// Name in Chinese.
    pub name_zh: String,
    /// `manufacturer`, `logistics`, `pharmacy`, `regulator`.
    pub role: MemberRole,
}

/// What a member does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MemberRole {
    /// Makes goods.
    Manufacturer,
    /// Stores and carries goods.
    Logistics,
    /// Supplies goods to the public.
    Pharmacy,
    /// Watches, and recalls.
    Regulator,
}

impl From<tracelight_domain::state::MemberRole> for MemberRole {
    fn from(role: tracelight_domain::state::MemberRole) -> Self {
        use tracelight_domain::state::MemberRole as Domain;
        match role {
            Domain::Manufacturer => Self::Manufacturer,
            Domain::Logistics => Self::Logistics,
            Domain::Pharmacy => Self::Pharmacy,
            Domain::Regulator => Self::Regulator,
        }
    }
}

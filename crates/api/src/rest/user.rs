//! Accounts of a member's people: who there is, what they may do, invitations.
//!
//! ```text
//! administrator    invites, changes roles, suspends and reactivates, switches off a lost second factor. A flag on an operator or
//!                  a viewer, never on an approver
//! raising          to approver or to administrator is asked for by an administrator, and counts once another approver or
//!                  administrator of the member has released it
//! invitation       open --accept--> accepted      '--revoke--> revoked      '--(7 days)--> expired
//! ```
//! So no administrator makes both persons of an approval alone. Nobody sets another person's password. The last
//! administrator is neither suspended nor demoted. Everything is in the audit log.

use super::session::{Member, UserRole};
use serde::{Deserialize, Serialize};

/// Accounts of one member.
pub const USERS_MAX: u64 = 500;
/// Invitations of one member that are open.
pub const INVITATIONS_MAX: u64 = 50;
/// Days for which an invitation is good.
pub const INVITATION_DAYS: u64 = 7;
/// Characters of what an invitation is called.
pub const LABEL_CHARS_MAX: usize = 80;
/// Bytes of a sign-in name.
pub const USER_NAME_BYTES_MAX: usize = 64;

/// An account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UserAccount {
    /// Its id.
    pub id: String,
    /// Sign-in name.
    pub name: String,
    /// What it may do.
    pub role: UserRole,
    /// Does it look after the member's accounts?
    pub administrator: bool,
    /// When it was suspended, milliseconds; absent while it may sign in.
    pub suspended_ms: Option<u64>,
    /// Does it need a code at sign-in?
    pub totp: bool,
    /// When it was made.
    pub created_ms: u64,
    /// What it may do once another person has released it.
    pub asked: Option<AskedRole>,
    /// Is it yours?
    pub this: bool,
}

/// A role that waits for a second person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AskedRole {
    /// The role.
    pub role: UserRole,
    /// With the administrator's rights?
    pub administrator: bool,
    /// Who asked for it.
    pub by: String,
    /// When.
    pub at_ms: u64,
    /// May you release it?
    pub yours_to_release: bool,
}

/// What an account may do from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangeUser {
    /// The role.
    pub role: UserRole,
    /// With the administrator's rights?
    #[serde(default)]
    pub administrator: bool,
}

/// Where an invitation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum InvitationState {
    /// Its link is good.
    Open,
    /// Somebody has made an account with it.
    Accepted,
    /// It was taken back.
    Revoked,
    /// Its time is over.
    Expired,
}

/// An invitation, without its link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Invitation {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub label: String,
    /// The role of the account.
    pub role: UserRole,
    /// With the administrator's rights?
    pub administrator: bool,
    /// Where it stands.
    pub state: InvitationState,
    /// Who made it.
    pub made_by: String,
    /// When.
    pub made_ms: u64,
    /// Until when its link is good.
    pub expires_ms: u64,
    /// The account that was made with it.
    pub accepted_by: Option<String>,
}

/// Invite somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewInvitation {
    /// What it is called in the list, at most 80 characters.
    #[serde(default)]
    pub label: String,
    /// The role of the account.
    pub role: UserRole,
    /// With the administrator's rights?
    #[serde(default)]
    pub administrator: bool,
}

/// A new invitation with its link, told once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MadeInvitation {
    /// Whoever opens it first makes an account for your member.
    pub link: String,
    /// The invitation.
    pub invitation: Invitation,
}

/// Ask what an invitation is for.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct InvitationToken {
    /// What stands in the link.
    pub token: String,
}

/// What an invitation is for, to whoever has its link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InvitationView {
    /// Whose account it will be.
    pub member: Member,
    /// The role.
    pub role: UserRole,
    /// With the administrator's rights?
    pub administrator: bool,
    /// Until when the link is good.
    pub expires_ms: u64,
}

/// Make an account with an invitation.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AcceptInvitation {
    /// What stands in the link.
    pub token: String,
    /// Sign-in name, 1 to 64 bytes.
    pub name: String,
    /// Password, at least 12 characters.
    pub password: String,
}

/// The account that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AcceptedInvitation {
    /// Its sign-in name.
    pub user: String,
    /// It only reads until a second person of the member has released its role.
    pub waits: bool,
}

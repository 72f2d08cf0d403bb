//! One's own account: password, second factor, sessions.
//!
//! ```text
//! sign-in        name + password [+ code]        401 code_needed: the password is right, and a code has to come with it
//! TOTP           off --begin(password)--> offered --confirm(code)--> on --off(password, code)--> off
//! recovery       ten codes, shown when TOTP is confirmed and when new ones are asked for; each is good once
//! sessions       ended one by one, all others at once, and all others by a new password
//! ```
//! Codes are those of RFC 6238 (SHA-1, six digits, 30 s, one step to either side); each is taken once. For people only.

use super::session::UserRole;
use serde::{Deserialize, Serialize};

/// Recovery codes of an account.
pub const RECOVERY_CODES: usize = 10;
/// Sessions of one account; a sign-in beyond them ends the oldest.
pub const SESSIONS_MAX: u64 = 50;
/// Characters of a new password at least. Whatever is common, repeated or counted up does not count towards its strength.
pub const PASSWORD_CHARS_MIN: usize = 12;

/// Your account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Account {
    /// Sign-in name.
    pub user: String,
    /// What you may do for your member.
    pub role: UserRole,
    /// Do you look after your member's accounts?
    pub administrator: bool,
    /// The second factor.
    pub totp: TotpState,
}

/// How the second factor stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TotpState {
    /// Can this server keep secrets of second factors? If not, its operator has to name a key.
    pub available: bool,
    /// Since when a code is needed at sign-in, milliseconds; absent when none is.
    pub on_since_ms: Option<u64>,
    /// Recovery codes that are left.
    pub recovery_left: u64,
}

/// Change your password. All your other sessions end.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    /// The present one.
    pub current: String,
    /// The new one, at least 12 characters.
    pub new: String,
}

/// Begin with a second factor.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct BeginTotp {
    /// Your password.
    pub password: String,
}

/// What an authenticator needs, told once. Nothing has changed until a code confirms it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TotpOffer {
    /// The secret, in base 32, to type.
    pub secret: String,
    /// The same as `otpauth://` address.
    pub uri: String,
    /// The address as QR code, an SVG picture.
    pub qr_svg: String,
}

/// A code of the authenticator.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TotpCode {
    /// Six digits.
    pub code: String,
}

/// Password and code.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PasswordAndCode {
    /// Your password.
    pub password: String,
    /// Six digits of the authenticator, or a recovery code.
    pub code: String,
}

/// Recovery codes, told once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecoveryCodes {
    /// Each is good for one sign-in in place of a code.
    pub codes: Vec<String>,
}

/// A session of yours. No address is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OwnSession {
    /// Its id.
    pub id: String,
    /// When it began, milliseconds.
    pub begun_ms: u64,
    /// When it was last used, to the minute.
    pub seen_ms: u64,
    /// The kind of browser: `Chrome`, `Firefox`, …, `other`.
    pub browser: String,
    /// Is it the one that asks?
    pub this: bool,
}

/// How many sessions were ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EndedSessions {
    /// How many.
    pub ended: u64,
}

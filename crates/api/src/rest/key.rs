//! Keys for programs: `Authorization: Bearer tl_…` acts for a member within scopes, without a person's password.
//!
//! ```text
//! key      tl_ | 40 characters of chance (200 bits) | 6 of checksum      base 32: 0-9 a-z without i l o u
//! prefix   tl_ and the first 8: what lists and logs show
//! make --> active --rotate--> active, and the old secret until its overlap ends
//!             '----revoke---> revoked      '--(its time)--> expired
//! ```
//! The server keeps the SHA-256 of a secret; the secret is told once. A key never makes keys, opens or approves recalls, or
//! registers devices.

use serde::{Deserialize, Serialize};

/// Characters of a key's name.
pub const KEY_NAME_CHARS_MAX: usize = 80;
/// Keys of one member that are neither revoked nor expired.
pub const KEYS_MAX: u64 = 50;
/// Hours for which a rotated secret may stay good: a week.
pub const OVERLAP_HOURS_MAX: u32 = 168;
/// Hours for which a rotated secret stays good when nobody says.
pub const OVERLAP_HOURS: u32 = 24;

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Scope {
    /// Read products, batches, orders, labels, stock, shipments.
    #[serde(rename = "goods:read")]
    GoodsRead,
    /// Register products and batches, order codes, import tables.
    #[serde(rename = "goods:write")]
    GoodsWrite,
    /// Ship, receive, refuse; dispense and other steps of single packs.
    #[serde(rename = "handover:write")]
    HandoverWrite,
    /// Read histories and recalls.
    #[serde(rename = "trace:read")]
    TraceRead,
    /// Capture EPCIS events, and read what became of them.
    #[serde(rename = "epcis:capture")]
    EpcisCapture,
    /// Ask for EPCIS events, store queries and subscribe to them.
    #[serde(rename = "epcis:query")]
    EpcisQuery,
    /// Make webhooks, read their log, send again.
    #[serde(rename = "webhooks")]
    Webhooks,
}

impl Scope {
    /// All of them, in the order of lists.
    pub const ALL: [Self; 7] = [
        Self::GoodsRead,
        Self::GoodsWrite,
        Self::HandoverWrite,
        Self::TraceRead,
        Self::EpcisCapture,
        Self::EpcisQuery,
        Self::Webhooks,
    ];

    /// As it is written.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::GoodsRead => "goods:read",
            Self::GoodsWrite => "goods:write",
            Self::HandoverWrite => "handover:write",
            Self::TraceRead => "trace:read",
            Self::EpcisCapture => "epcis:capture",
            Self::EpcisQuery => "epcis:query",
            Self::Webhooks => "webhooks",
        }
    }

    /// Back from its word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.word() == word)
    }
}

/// Where a key stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// It works.
    Active,
    /// Its time is over.
    Expired,
    /// Somebody ended it.
    Revoked,
}

/// Make a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewApiKey {
    /// What it is for: 1 to 80 characters.
    pub name: String,
    /// What it may do, at least one.
    pub scopes: Vec<Scope>,
    /// Days until it expires, 1 to 3650; without one it does not.
    #[serde(default)]
    pub expires_in_days: Option<u32>,
}

/// Rotate a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RotateApiKey {
    /// Hours for which the old secret stays good, 0 to 168; 24 when absent.
    #[serde(default)]
    pub overlap_hours: Option<u32>,
}

/// A key, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApiKey {
    /// Its id; it stays when the key is rotated.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// The beginning of its secret.
    pub prefix: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// Where it stands.
    pub state: KeyState,
    /// Who made it.
    pub created_by: String,
    /// When, milliseconds.
    pub created_ms: u64,
    /// When it expires, milliseconds.
    pub expires_ms: Option<u64>,
    /// When it was revoked, milliseconds.
    pub revoked_ms: Option<u64>,
    /// The day (UTC) of its last use, an ISO date.
    pub last_used_on: Option<String>,
    /// The beginning of the secret before the last rotation, while that one is still good.
    pub old_prefix: Option<String>,
    /// Until when the old secret is good, milliseconds.
    pub old_until_ms: Option<u64>,
}

/// A key that was just made or rotated.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MadeApiKey {
    /// The secret. It is told here and never again.
    pub secret: String,
    /// The key.
    pub key: ApiKey,
}

impl core::fmt::Debug for MadeApiKey {
    /// Without the secret.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("MadeApiKey").field("key", &self.key).finish_non_exhaustive()
    }
}

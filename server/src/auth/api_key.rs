//! Keys of members' programs: `Authorization: Bearer tl_…` ([`tracelight_api::rest::key`] says what a key is).
//!
//! ```text
//! secret   "tl_" | 40 characters = 25 random bytes | 6 characters = the first 30 bits of SHA-256("tracelight api key" 0 chance)
//! found    by its first 11 characters, which lists and logs show; then SHA-256 is compared in constant time
//! ```
//! The checksum tells a secret that was copied in part, and lets a scanner of source code be sure, before anything is asked of
//! the database. 160 bits of a secret stay unknown to whoever sees its prefix.
//!
//! A key may call what [`scope`](super::scope) says and nothing else. Each has [`CALLS_PER_MINUTE`].

use super::scope::{Need, needed};
use crate::app::AppState;
use crate::http::{ApiError, ApiResult};
use crate::rates::{Bounds, Full, Rates};
use crate::store::ApiKeyRow;
use axum::extract::{FromRequestParts as _, OriginalUri};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use data_encoding::{Encoding, Specification};
use sha2::{Digest as _, Sha256};
use std::sync::LazyLock;
use subtle::ConstantTimeEq as _;
use tracelight_api::rest::key::Scope;
use tracelight_domain::ids::MemberId;
use uuid::Uuid;

/// How every secret begins.
const MARK: &str = "tl_";
/// Random bytes of a secret: 200 bits.
const CHANCE_BYTES: usize = 25;
/// Characters for them.
const CHANCE_CHARS: usize = 40;
/// Characters of the checksum.
const SUM_CHARS: usize = 6;
/// Characters that are shown.
const PREFIX_CHARS: usize = MARK.len() + 8;
/// Base 32 without letters that are taken for digits.
static BASE_32: LazyLock<Encoding> = LazyLock::new(|| {
    let mut form = Specification::new();
    form.symbols.push_str("0123456789abcdefghjkmnpqrstvwxyz");
    form.encoding().expect("32 symbols, each once")
});

/// Calls of one key in a minute: 20 a second.
pub const CALLS_PER_MINUTE: u32 = 1_200;
/// 10,000 keys of 16 + 32 bytes are half a megabyte; when the table is full, further keys share one window.
const BOUNDS: Bounds =
    Bounds { uses_max: CALLS_PER_MINUTE, window_ms: 60_000, keys_max: 10_000, full: Full::Share(CALLS_PER_MINUTE) };
/// Milliseconds of a day.
const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// A secret of the right form. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secret({}..)", self.prefix())
    }
}

impl Secret {
    /// A new one.
    ///
    /// # Errors
    /// When the operating system gives no randomness.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut chance = [0; CHANCE_BYTES];
        getrandom::fill(&mut chance)?;
        Ok(Self::of(&chance))
    }

    fn of(chance: &[u8; CHANCE_BYTES]) -> Self {
        let chance = BASE_32.encode(chance);
        let sum = checksum(&chance);
        Self(format!("{MARK}{chance}{sum}"))
    }

    /// Reads one; `None` for what was never made here.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix(MARK)?;
        let (chance, sum) = rest.split_at_checked(CHANCE_CHARS)?;
        BASE_32.decode(chance.as_bytes()).ok()?;
        (checksum(chance) == sum).then(|| Self(text.to_owned()))
    }

    /// What lists and logs show.
    #[must_use]
    pub fn prefix(&self) -> &str {
        self.0.get(..PREFIX_CHARS).unwrap_or_default()
    }

    /// What is kept of it.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }

    /// The text, to be told once.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

fn checksum(chance: &str) -> String {
    let digest = Sha256::new().chain_update(b"tracelight api key\0").chain_update(chance.as_bytes()).finalize();
    BASE_32.encode(&digest).chars().take(SUM_CHARS).collect()
}

/// Counts the calls of each key.
#[derive(Debug)]
pub struct KeyLimit(Rates<Uuid>);

impl Default for KeyLimit {
    fn default() -> Self {
        Self(Rates::new(BOUNDS))
    }
}

impl KeyLimit {
    /// Counts a call.
    ///
    /// # Errors
    /// 429 when there were too many.
    pub fn take(&self, key: Uuid, now_ms: u64) -> ApiResult<()> {
        self.0.take(key, now_ms).map_err(|too_often| {
            ApiError::too_often("too_many_calls", "too many calls with this key", too_often)
                .detail(format!("a key has {CALLS_PER_MINUTE} calls a minute"))
        })
    }
}

/// A key that is asking, for its member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyHolder {
    /// The key.
    pub id: Uuid,
    /// The beginning of its secret.
    pub prefix: String,
    /// For whom.
    pub member: MemberId,
}

impl KeyHolder {
    /// The key in logs: `key tl_4f0k2m9x`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("key {}", self.prefix)
    }
}

/// The key of a request, after its scope was checked; `None` when the request shows none.
///
/// # Errors
/// 401 for a key that is not (any more) good; 403 naming the scope that is missing, or for a call that is a person's; 429;
/// 503.
pub async fn holder(parts: &mut Parts, state: &AppState) -> ApiResult<Option<KeyHolder>> {
    let Some(shown) = shown(parts) else { return Ok(None) };
    let now_ms = crate::clock::now_ms();
    let (prefix, row) = match Secret::parse(shown) {
        Some(secret) => {
            let row = known(state, &secret, now_ms).await?.ok_or_else(not_good)?;
            (secret.prefix().to_owned(), row)
        }
        None => return Err(not_good().detail("this is no key, or not all of one: expected `tl_` and 46 characters")),
    };
    state.key_limit.take(row.id, now_ms)?;
    let uri = match OriginalUri::from_request_parts(parts, state).await {
        Ok(OriginalUri(uri)) => uri,
        Err(never) => match never {},
    };
    may(&row.scopes, needed(&parts.method, uri.path()), &prefix)?;
    used(state, &row, now_ms).await;
    Ok(Some(KeyHolder { id: row.id, prefix, member: row.member }))
}

/// What a request shows as a key, if it shows one.
fn shown(parts: &Parts) -> Option<&str> {
    let header = parts.headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = header.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && token.starts_with(MARK)).then_some(token)
}

fn not_good() -> ApiError {
    let status = axum::http::StatusCode::UNAUTHORIZED;
    ApiError::new(status, "bad_api_key", "this key is not good")
        .detail("it is not known here, was revoked or rotated, or has expired; make another one under /console/keys")
}

async fn known(state: &AppState, secret: &Secret, now_ms: u64) -> ApiResult<Option<ApiKeyRow>> {
    let hash = secret.hash();
    for (kept, until_ms, row) in state.store.api_keys_by_prefix(secret.prefix()).await? {
        let same: bool = kept.as_slice().ct_eq(&hash).into();
        if same {
            let good = row.is_good(now_ms) && until_ms.is_none_or(|until| now_ms < until);
            return Ok(Some(row).filter(|row| good && state.alliance.member(row.member).is_some()));
        }
    }
    Ok(None)
}

/// Is the call within the scopes?
fn may(scopes: &[Scope], need: Need, prefix: &str) -> ApiResult<()> {
    let status = axum::http::StatusCode::FORBIDDEN;
    match need {
        Need::AnyKey => Ok(()),
        Need::Scope(scope) if scopes.contains(&scope) => Ok(()),
        Need::Scope(scope) => {
            let has: Vec<&str> = scopes.iter().map(|scope| scope.word()).collect();
            let title = format!("the key lacks the scope `{}`", scope.word());
            Err(ApiError::new(status, "missing_scope", &title).field("scope").detail(format!(
                "this call needs `{}`; the key {prefix} has `{}`. Make a key with that scope",
                scope.word(),
                has.join(" ")
            )))
        }
        Need::Person => {
            Err(ApiError::new(status, "not_for_keys", "no key may do this")
                .detail("a person has to sign in for this call"))
        }
    }
}

/// Writes down the day of the use, once a day. A call does not fail because of it.
async fn used(state: &AppState, row: &ApiKeyRow, now_ms: u64) {
    let today = now_ms / DAY_MS;
    if row.used_day.is_none_or(|day| day < today)
        && let Err(error) = state.store.api_key_used(row.id, today).await
    {
        tracing::warn!(key.id = %row.id, cause = %error, "The use of key {} was not written down: {error}", row.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_back_and_a_changed_one_is_not() {
        let secret = Secret::generate().expect("randomness");
        let text = secret.reveal().to_owned();
        assert_eq!((text.len(), secret.prefix().len()), (49, 11));
        assert_eq!(Secret::parse(&text).as_ref(), Some(&secret));
        for at in MARK.len()..text.len() {
            let other = if text.as_bytes()[at] == b'7' { "8" } else { "7" };
            let changed = format!("{}{other}{}", &text[..at], &text[at + 1..]);
            assert_eq!(Secret::parse(&changed), None, "character {at}");
        }
        for bad in ["", "tl_", &text[..48], &format!("{text}0"), &text.to_uppercase(), &format!(" {text}")] {
            assert_eq!(Secret::parse(bad), None, "`{bad}`");
        }
        assert!(!format!("{secret:?}").contains(&text[11..]));
    }

    #[test]
    fn the_form_of_a_secret_does_not_change() {
        // Keys that are in use somewhere: this text must stay good.
        let secret = Secret::of(&[0x5a; CHANCE_BYTES]);
        assert_eq!(secret.reveal(), "tl_b9d5mpjtb9d5mpjtb9d5mpjtb9d5mpjtb9d5mpjtwa7p6z");
    }
}

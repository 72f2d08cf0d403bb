//! Keys of members' programs: list, make, rotate, revoke. For the member's operators; a key never gets here.

use crate::app::AppState;
use crate::auth::{Secret, User};
use crate::http::{ApiError, ApiResult, Body, Path};
use crate::store::{ApiKeyRow, NewSecret, SecretRow};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use std::collections::BTreeSet;
use tracelight_api::problem::Problem;
use tracelight_api::rest::Page;
use tracelight_api::rest::key::{
    ApiKey, KEY_NAME_CHARS_MAX, KEYS_MAX, KeyState, MadeApiKey, NewApiKey, OVERLAP_HOURS, OVERLAP_HOURS_MAX,
    RotateApiKey,
};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// Milliseconds of an hour.
const HOUR_MS: u64 = 60 * 60 * 1_000;
/// Days of a key's life at most: ten years.
const DAYS_MAX: u32 = 3_650;

/// Routes of this file.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list, make)).routes(routes!(rotate)).routes(routes!(revoke))
}

/// Keys of your member, newest first, without their secrets.
#[utoipa::path(get, path = "/api-keys", tag = "keys",
    responses((status = 200, body = Page<ApiKey>), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn list(State(state): State<AppState>, user: User) -> ApiResult<Json<Page<ApiKey>>> {
    may(&user)?;
    let now_ms = crate::clock::now_ms();
    let keys = state.store.api_keys(user.member).await?;
    let items = keys.into_iter().map(|(row, secrets)| view(row, &secrets, now_ms)).collect();
    Ok(Json(Page { items, next: None }))
}

/// Makes a key. Its secret is in this answer and nowhere else; asking twice makes two keys.
#[utoipa::path(post, path = "/api-keys", tag = "keys", request_body = NewApiKey,
    responses((status = 201, body = MadeApiKey), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 409, body = Problem)))]
async fn make(
    State(state): State<AppState>,
    user: User,
    Body(form): Body<NewApiKey>,
) -> ApiResult<(StatusCode, Json<MadeApiKey>)> {
    may(&user)?;
    let name = form.name.trim();
    super::line_of_text("name", name, 4 * KEY_NAME_CHARS_MAX)?;
    let length = name.chars().count();
    if !(1..=KEY_NAME_CHARS_MAX).contains(&length) {
        return Err(ApiError::invalid("name", format!("{length} characters, expected 1 to {KEY_NAME_CHARS_MAX}")));
    }
    let scopes: BTreeSet<_> = form.scopes.iter().copied().collect();
    if scopes.is_empty() {
        return Err(ApiError::invalid("scopes", "a key without a scope can do nothing; name at least one"));
    }
    if let Some(days) = form.expires_in_days.filter(|days| !(1..=DAYS_MAX).contains(days)) {
        return Err(ApiError::invalid("expires_in_days", format!("{days} is outside 1 to {DAYS_MAX}")));
    }
    let now_ms = crate::clock::now_ms();
    let secret = Secret::generate()?;
    let row = ApiKeyRow {
        id: Uuid::now_v7(),
        member: user.member,
        name: name.to_owned(),
        scopes: scopes.into_iter().collect(),
        created_by: user.name.clone(),
        created_ms: now_ms,
        expires_ms: form.expires_in_days.map(|days| now_ms + u64::from(days) * 24 * HOUR_MS),
        revoked_ms: None,
        used_day: None,
    };
    let scopes: Vec<&str> = row.scopes.iter().map(|scope| scope.word()).collect();
    let entry = user.audit("make_api_key", row.id, format!("{} {}", secret.prefix(), scopes.join(" ")));
    let kept = NewSecret { prefix: secret.prefix(), hash: secret.hash() };
    if !state.store.make_api_key(&row, kept, &entry, now_ms).await? {
        let title = "your member has too many keys";
        return Err(ApiError::new(StatusCode::CONFLICT, "too_many_keys", title)
            .detail(format!("at most {KEYS_MAX} keys are in use at once; revoke one that is not needed")));
    }
    tracing::info!(key.id = %row.id, "Made API key {}", row.id);
    let secrets = [SecretRow { prefix: secret.prefix().to_owned(), until_ms: None }];
    let key = view(row, &secrets, now_ms);
    Ok((StatusCode::CREATED, Json(MadeApiKey { secret: secret.reveal().to_owned(), key })))
}

/// Gives a key another secret. The old one stays good for some hours, so that programs can be changed one by one.
#[utoipa::path(post, path = "/api-keys/{key}/rotate", tag = "keys", params(("key" = String, Path, description = "its id")),
    request_body = RotateApiKey,
    responses((status = 200, body = MadeApiKey), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn rotate(
    State(state): State<AppState>,
    user: User,
    Path(id): Path<String>,
    Body(form): Body<RotateApiKey>,
) -> ApiResult<Json<MadeApiKey>> {
    may(&user)?;
    let hours = form.overlap_hours.unwrap_or(OVERLAP_HOURS);
    if hours > OVERLAP_HOURS_MAX {
        return Err(ApiError::invalid("overlap_hours", format!("{hours} is outside 0 to {OVERLAP_HOURS_MAX}")));
    }
    let id = own(&state, &user, &id).await?.id;
    let now_ms = crate::clock::now_ms();
    let secret = Secret::generate()?;
    let kept = NewSecret { prefix: secret.prefix(), hash: secret.hash() };
    let entry = user.audit("rotate_api_key", id, format!("{}, the old one for {hours} h", secret.prefix()));
    let until_ms = now_ms + u64::from(hours) * HOUR_MS;
    if !state.store.rotate_api_key(id, kept, until_ms, &entry, now_ms).await? {
        return Err(ApiError::new(StatusCode::CONFLICT, "key_is_over", "this key is over")
            .detail("it was revoked or has expired; make another one"));
    }
    let key = shown(&state, &user, id).await?;
    Ok(Json(MadeApiKey { secret: secret.reveal().to_owned(), key }))
}

/// Ends a key at once, with all its secrets. Harmless when it is over.
#[utoipa::path(post, path = "/api-keys/{key}/revoke", tag = "keys", params(("key" = String, Path, description = "its id")),
    responses((status = 200, body = ApiKey), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
async fn revoke(State(state): State<AppState>, user: User, Path(id): Path<String>) -> ApiResult<Json<ApiKey>> {
    may(&user)?;
    let id = own(&state, &user, &id).await?.id;
    state.store.revoke_api_key(id, &user.audit("revoke_api_key", id, String::new()), crate::clock::now_ms()).await?;
    shown(&state, &user, id).await.map(Json)
}

fn may(user: &User) -> ApiResult<()> {
    user.must_be_person()?;
    user.must_operate()
}

fn no_key() -> ApiError {
    ApiError::not_found("your member has no key with this id")
}

async fn own(state: &AppState, user: &User, id: &str) -> ApiResult<ApiKeyRow> {
    let id = Uuid::try_parse(id).map_err(|_| no_key())?;
    state.store.api_key(id).await?.filter(|row| row.member == user.member).ok_or_else(no_key)
}

/// A key as it is now.
async fn shown(state: &AppState, user: &User, id: Uuid) -> ApiResult<ApiKey> {
    let keys = state.store.api_keys(user.member).await?;
    let found = keys.into_iter().find(|(row, _)| row.id == id);
    found.map(|(row, secrets)| view(row, &secrets, crate::clock::now_ms())).ok_or_else(no_key)
}

fn view(row: ApiKeyRow, secrets: &[SecretRow], now_ms: u64) -> ApiKey {
    let state = match (row.revoked_ms, row.is_good(now_ms)) {
        (Some(_), _) => KeyState::Revoked,
        (None, true) => KeyState::Active,
        (None, false) => KeyState::Expired,
    };
    let prefix = secrets.iter().find(|secret| secret.until_ms.is_none()).map(|secret| secret.prefix.clone());
    let old = secrets.iter().find(|secret| secret.until_ms.is_some_and(|until| now_ms < until));
    let old = old.filter(|_| state == KeyState::Active);
    ApiKey {
        id: row.id.simple().to_string(),
        name: row.name,
        prefix: prefix.unwrap_or_default(),
        scopes: row.scopes,
        state,
        created_by: row.created_by,
        created_ms: row.created_ms,
        expires_ms: row.expires_ms,
        revoked_ms: row.revoked_ms,
        last_used_on: row.used_day.and_then(day),
        old_prefix: old.map(|secret| secret.prefix.clone()),
        old_until_ms: old.and_then(|secret| secret.until_ms),
    }
}

/// A day since 1970 as an ISO date.
fn day(days: u64) -> Option<String> {
    let seconds = i64::try_from(days.checked_mul(86_400)?).ok()?;
    let date = time::OffsetDateTime::from_unix_timestamp(seconds).ok()?.date();
    Some(format!("{:04}-{:02}-{:02}", date.year(), u8::from(date.month()), date.day()))
}

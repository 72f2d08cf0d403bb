//! Devices that sign for the member: the list, and registering a new one. Taking one out of service is a vote of the members.

use super::{PageQuery, line_of_text};
use crate::app::AppState;
use crate::auth::User;
use crate::http::{ApiError, ApiResult, Body, IdempotencyKey, Query};
use crate::signing::{Capacity, Intent, sign_and_submit};
use crate::store::{DeviceCursor, cursor_after};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use tracelight_api::problem::Problem;
use tracelight_api::rest::Page;
use tracelight_api::rest::device::{Device, NewDevice, PLACE_BYTES_MAX, label};
use tracelight_domain::ids::PublicKey;
use tracelight_domain::rules::Refusal;
use tracelight_domain::tx::TxBody;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Routes of this file.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list, register))
}

/// Devices of the reader's member, newest first.
#[utoipa::path(get, path = "/devices", tag = "devices", params(PageQuery),
    responses((status = 200, body = Page<Device>), (status = 400, body = Problem), (status = 401, body = Problem)))]
async fn list(
    State(state): State<AppState>,
    user: User,
    Query(page): Query<PageQuery>,
) -> ApiResult<Json<Page<Device>>> {
    let rows = page.rows()?;
    let after = page.cursor.as_deref().map(parse_cursor).transpose()?;
    let at = state.progress().projected;
    let mut items = state.store.devices(user.member, after, rows + 1, at).await?;
    let more = items.len() as u64 > rows;
    items.truncate(usize::try_from(rows).unwrap_or(usize::MAX));
    let next = items.last().filter(|_| more).map(cursor_after);
    Ok(Json(Page { items, next }))
}

/// Lets a device sign for the member, on the chain.
#[utoipa::path(post, path = "/devices", tag = "devices", request_body = NewDevice,
    responses((status = 201, body = Device), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 409, body = Problem)))]
async fn register(
    State(state): State<AppState>,
    user: User,
    key: IdempotencyKey,
    Body(form): Body<NewDevice>,
) -> ApiResult<(StatusCode, Json<Device>)> {
    user.must_operate()?;
    let device = parse(&form)?;
    let request = serde_json::to_vec(&form).unwrap_or_default();
    let intent = Intent {
        user: &user,
        capacity: Capacity::Operator,
        action: "register_device",
        key: &key,
        request: &request,
        body: TxBody::RegisterDevice { device, label: label(&form.line, &form.site) },
    };
    sign_and_submit(&state, intent).await.map_err(about_the_key)?;
    let stored = state.store.device(device, state.progress().projected).await?;
    let own = stored.filter(|(member, _)| *member == user.member.to_string());
    let (_, device) =
        own.ok_or_else(|| ApiError::unavailable("the device is on the chain, but not visible here yet"))?;
    Ok((StatusCode::CREATED, Json(device)))
}

/// What the chain has against a key belongs to the field of the key.
fn about_the_key(error: ApiError) -> ApiError {
    let names = [Refusal::KeyTaken.name(), Refusal::BadKey.name()];
    let is_one = error.0.kind.strip_prefix("tracelight:").is_some_and(|name| names.contains(&name));
    if is_one { error.field("key") } else { error }
}

/// The device's key; line and site are checked too.
fn parse(form: &NewDevice) -> ApiResult<PublicKey> {
    let device = parse_key(&form.key)?;
    for (field, text) in [("line", &form.line), ("site", &form.site)] {
        if text.trim() != text.as_str() || text.is_empty() {
            return Err(ApiError::invalid(field, "expected a name without spaces around it"));
        }
        line_of_text(field, text, PLACE_BYTES_MAX)?;
    }
    // The label on the chain is `line, site`; the last comma has to be the one between them.
    if let Some(at) = form.site.chars().position(|character| character == ',') {
        let mut error =
            ApiError::invalid("site", format!("character {} is a comma, expected a name without one", at + 1));
        error.0.position = u32::try_from(at + 1).ok();
        return Err(error);
    }
    Ok(device)
}

fn parse_key(text: &str) -> ApiResult<PublicKey> {
    let digits = 2 * PublicKey::LEN;
    if let Some((at, found)) = text.chars().enumerate().find(|(_, c)| !matches!(c, '0'..='9' | 'a'..='f')) {
        let detail = format!("character {} is `{}`, expected 0 to 9 or a to f", at + 1, found.escape_default());
        let mut error = ApiError::invalid("key", detail);
        error.0.position = u32::try_from(at + 1).ok();
        return Err(error);
    }
    PublicKey::parse_hex(text).ok_or_else(|| {
        let detail = format!("{} characters, expected the {digits} that `device-gateway keygen` prints", text.len());
        ApiError::invalid("key", detail)
    })
}

fn parse_cursor(cursor: &str) -> ApiResult<DeviceCursor> {
    let parse = |text: &str| {
        let (height, key) = text.split_once('-')?;
        Some(DeviceCursor { height: height.parse().ok()?, key: PublicKey::parse_hex(key)? })
    };
    parse(cursor).ok_or_else(|| ApiError::invalid("cursor", "expected what `next` of the page before says"))
}

//! Code orders: place, look, cancel. The codes are made by [`crate::jobs`].

use super::batches::own;
use crate::app::AppState;
use crate::auth::User;
use crate::http::{ApiError, ApiResult, Body, IdempotencyKey, Path};
use crate::label_keys::LabelKeys;
use crate::store::OrderRow;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use tracelight_api::problem::Problem;
use tracelight_api::rest::goods::{NewOrder, ORDER_CODES_MAX, Order, OrderState};
use tracelight_domain::state::MemberRole;
use tracelight_proof::hash::sha256;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// Routes of this file.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(place)).routes(routes!(one)).routes(routes!(cancel))
}

/// Orders codes for a batch. They are made in the background.
#[utoipa::path(post, path = "/batches/{gtin}/{lot}/orders", tag = "goods", request_body = NewOrder,
    params(("gtin" = String, Path, description = "GTIN"), ("lot" = String, Path, description = "Lot")),
    responses((status = 202, body = Order), (status = 400, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn place(
    State(state): State<AppState>,
    user: User,
    key: IdempotencyKey,
    Path((gtin, lot)): Path<(String, String)>,
    Body(form): Body<NewOrder>,
) -> ApiResult<(StatusCode, Json<Order>)> {
    user.must_operate()?;
    user.must_be(MemberRole::Manufacturer)?;
    let batch = own(&state, &user, &gtin, &lot).await?;
    if !(1..=ORDER_CODES_MAX).contains(&form.count) {
        return Err(ApiError::invalid("count", format!("{} is outside 1 to {ORDER_CODES_MAX}", form.count)));
    }
    if form.signed && state.label_keys.signing(user.member).is_none() {
        return Err(LabelKeys::missing());
    }
    let now = crate::clock::now_ms();
    let order = OrderRow {
        id: order_id(&user, &key),
        batch: batch.id,
        member: user.member,
        wanted: form.count,
        made: 0,
        signed: form.signed,
        state: OrderState::Queued,
        created_ms: now,
        started: None,
        updated_ms: now,
        error: None,
    };
    let placed = match state.store.order(order.id).await? {
        Some(earlier) => earlier,
        None if batch.sealed.is_some() => return Err(tracelight_domain::rules::Refusal::BatchSealed.into()),
        None => state.store.place_order(&order).await?,
    };
    if placed.batch != order.batch || placed.wanted != order.wanted || placed.signed != order.signed {
        return Err(ApiError::idempotency_conflict());
    }
    Ok((StatusCode::ACCEPTED, Json(view(placed, now))))
}

/// The order's id: of a request with an idempotency key always the same, so that it places one order however often it comes.
fn order_id(user: &User, key: &IdempotencyKey) -> Uuid {
    let Some(key) = &key.0 else { return Uuid::now_v7() };
    let name = sha256(&[user.id.as_bytes(), b"place_order\0".as_slice(), key.as_bytes()].concat());
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(name.0).for_each(|(byte, from)| *byte = from);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

/// Where an order stands.
#[utoipa::path(get, path = "/orders/{id}", tag = "goods", params(("id" = String, Path, description = "Order")),
    responses((status = 200, body = Order), (status = 404, body = Problem)))]
async fn one(State(state): State<AppState>, user: User, Path(id): Path<String>) -> ApiResult<Json<Order>> {
    let order = own_order(&state, &user, &id).await?;
    Ok(Json(view(order, crate::clock::now_ms())))
}

/// Stops an order. The codes made so far stay.
#[utoipa::path(post, path = "/orders/{id}/cancel", tag = "goods", params(("id" = String, Path, description = "Order")),
    responses((status = 200, body = Order), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
async fn cancel(State(state): State<AppState>, user: User, Path(id): Path<String>) -> ApiResult<Json<Order>> {
    user.must_operate()?;
    let order = own_order(&state, &user, &id).await?;
    let now = crate::clock::now_ms();
    if !state.store.cancel_order(order.id, now).await? {
        let title = "the order is finished already";
        return Err(ApiError::new(StatusCode::CONFLICT, "order_finished", title));
    }
    let order = own_order(&state, &user, &id).await?;
    Ok(Json(view(order, now)))
}

/// An order of the user's member.
///
/// # Errors
/// 400 for a malformed id, 404.
pub async fn own_order(state: &AppState, user: &User, id: &str) -> ApiResult<OrderRow> {
    let id = Uuid::parse_str(id).map_err(|error| ApiError::invalid("id", error.to_string()))?;
    let found = state.store.order(id).await?.filter(|order| order.member == user.member);
    found.ok_or_else(|| ApiError::not_found("no order of your member has this id"))
}

/// An order as screens show it.
#[must_use]
pub fn view(order: OrderRow, now_ms: u64) -> Order {
    let rate = order.started.filter(|_| order.state == OrderState::Running).and_then(|(began, before)| {
        let since_ms = now_ms.saturating_sub(began).max(1);
        let rate = order.made.saturating_sub(before).saturating_mul(1000) / since_ms;
        (rate > 0).then_some(rate)
    });
    Order {
        id: order.id.to_string(),
        gtin: order.batch.gtin.to_string(),
        lot: order.batch.lot.to_string(),
        count: order.wanted,
        made: order.made,
        signed: order.signed,
        state: order.state,
        rate_per_s: rate,
        eta_s: rate.map(|rate| order.wanted.saturating_sub(order.made).div_ceil(rate)),
        error: order.error,
        created_ms: order.created_ms,
    }
}

//! Batches: the list, one, and registering a new one.
//!
//! A maker sees its own batches with their counts. Others see what the chain tells everybody; another manufacturer's
//! batch does not exist for a manufacturer.

use super::list::{BATCHES, ListQuery};
use super::orders::view as order_view;
use crate::app::AppState;
use crate::auth::User;
use crate::http::{ApiError, ApiResult, Body, IdempotencyKey, Path, Query};
use crate::signing::{Capacity, Intent, sign_and_submit};
use crate::store::{BatchPlan, BatchRow, OrderRow};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use tracelight_api::problem::Problem;
use tracelight_api::rest::Page;
use tracelight_api::rest::goods::{Batch, BatchStage, NewBatch, OrderState};
use tracelight_domain::gs1::{Date, Gtin, Lot};
use tracelight_domain::ids::BatchId;
use tracelight_domain::rules::goods::UNITS_PER_BATCH_MAX;
use tracelight_domain::state::MemberRole;
use tracelight_domain::tx::TxBody;
use tracelight_proof::commitments::{quota_commitment, quota_salt};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Routes of this file.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list, register)).routes(routes!(one))
}

/// Batches that the member may see, in the order of GTIN and lot without a wish. States: `open`, `sealed`, `recalled`. Sorted by
/// `gtin`, `lot`, `product`, `made_on`, `expires_on`, `registered`.
#[utoipa::path(get, path = "/batches", tag = "goods", params(ListQuery),
    responses((status = 200, body = Page<Batch>), (status = 400, body = Problem), (status = 401, body = Problem)))]
async fn list(
    State(state): State<AppState>,
    user: User,
    Query(asked): Query<ListQuery>,
) -> ApiResult<Json<Page<Batch>>> {
    let wish = asked.wish(&BATCHES)?;
    let maker = (user.member_role == MemberRole::Manufacturer).then_some(user.member);
    let (ids, next) = wish.page(state.store.list_batches(maker, &wish.narrowed, &wish.wanted).await?);
    let found = state.store.batches_at(&ids).await?;
    let mut items = Vec::with_capacity(found.len());
    for row in found {
        items.push(view(&state, &user, row).await?);
    }
    Ok(Json(Page { items, next }))
}

/// One batch.
#[utoipa::path(get, path = "/batches/{gtin}/{lot}", tag = "goods",
    params(("gtin" = String, Path, description = "GTIN"), ("lot" = String, Path, description = "Lot")),
    responses((status = 200, body = Batch), (status = 404, body = Problem)))]
async fn one(
    State(state): State<AppState>,
    user: User,
    Path((gtin, lot)): Path<(String, String)>,
) -> ApiResult<Json<Batch>> {
    let row = visible(&state, &user, &gtin, &lot).await?;
    view(&state, &user, row).await.map(Json)
}

/// Registers a batch on the chain, and keeps its plan here.
#[utoipa::path(post, path = "/batches", tag = "goods", request_body = NewBatch,
    responses((status = 201, body = Batch), (status = 400, body = Problem), (status = 403, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn register(
    State(state): State<AppState>,
    user: User,
    key: IdempotencyKey,
    Body(form): Body<NewBatch>,
) -> ApiResult<(StatusCode, Json<Batch>)> {
    user.must_operate()?;
    user.must_be(MemberRole::Manufacturer)?;
    let batch = BatchId { gtin: Gtin::parse_padded(&form.gtin)?, lot: Lot::parse(&form.lot)? };
    let made_on = date("made_on", &form.made_on)?;
    let expires_on = date("expires_on", &form.expires_on)?;
    if !(1..=UNITS_PER_BATCH_MAX).contains(&form.quantity) {
        return Err(ApiError::invalid("quantity", format!("{} is outside 1 to {UNITS_PER_BATCH_MAX}", form.quantity)));
    }
    let mut secret = [0; 32];
    getrandom::fill(&mut secret)?;
    // The plan first: once the batch is on the chain, its secret must not be lost. Only the maker's own plan counts.
    let mut plan = BatchPlan { quantity: form.quantity, secret };
    let own = state.store.product(batch.gtin).await?.is_some_and(|product| product.maker == user.member.to_string());
    // The chain holds a commitment to the quantity of a registered batch; its plan must not move any more.
    if own && state.store.batch(&batch).await?.is_none() {
        state.store.plan_batch(&batch, user.member, &plan).await?;
    }
    if let Some(kept) = state.store.batch_plan(&batch, user.member).await? {
        plan.secret = kept.secret;
    }
    let quota = quota_commitment(plan.quantity, &quota_salt(&plan.secret));
    let request = serde_json::to_vec(&form).unwrap_or_default();
    let intent = Intent {
        user: &user,
        capacity: Capacity::Operator,
        action: "register_batch",
        key: &key,
        request: &request,
        body: TxBody::RegisterBatch { batch: batch.clone(), made_on, expires_on, quota },
    };
    sign_and_submit(&state, intent).await?;
    // Of two registrations at once, with two quantities, this one is on the chain.
    state.store.plan_batch(&batch, user.member, &plan).await?;
    let stored = state.store.batch(&batch).await?;
    let row = stored.ok_or_else(|| ApiError::unavailable("the batch is on the chain, but not visible here yet"))?;
    Ok((StatusCode::CREATED, Json(view(&state, &user, row).await?)))
}

fn date(field: &'static str, text: &str) -> ApiResult<Date> {
    Date::parse_iso(text).map_err(|error| ApiError::from(error).field(field))
}

/// The batch of a path, if the user may know that it exists.
///
/// # Errors
/// 400 for a malformed GTIN or lot, 404.
pub async fn visible(state: &AppState, user: &User, gtin: &str, lot: &str) -> ApiResult<BatchRow> {
    let id = BatchId { gtin: Gtin::parse_padded(gtin)?, lot: Lot::parse(lot)? };
    let missing = || ApiError::not_found("no batch with this GTIN and lot is registered");
    let row = state.store.batch(&id).await?.ok_or_else(missing)?;
    let foreign = user.member_role == MemberRole::Manufacturer && row.maker != user.member;
    if foreign { Err(missing()) } else { Ok(row) }
}

/// The batch of a path, if it is the user's own.
///
/// # Errors
/// 400 for a malformed GTIN or lot, 404.
pub async fn own(state: &AppState, user: &User, gtin: &str, lot: &str) -> ApiResult<BatchRow> {
    let row = visible(state, user, gtin, lot).await?;
    if row.maker == user.member {
        return Ok(row);
    }
    Err(ApiError::not_found("no batch of your member has this GTIN and lot"))
}

async fn view(state: &AppState, user: &User, row: BatchRow) -> ApiResult<Batch> {
    let own = row.maker == user.member;
    let plan = if own { state.store.batch_plan(&row.id, user.member).await? } else { None };
    let orders = if own { state.store.orders_of(&row.id, user.member).await? } else { Vec::new() };
    let codes = if own { Some(state.store.code_count(&row.id).await?) } else { None };
    let shipped = state.store.batch_was_shipped(&row.id).await?;
    let now = crate::clock::now_ms();
    Ok(Batch {
        gtin: row.id.gtin.to_string(),
        lot: row.id.lot.to_string(),
        stage: stage(&row, shipped, &orders),
        product_en: row.product_en,
        product_zh: row.product_zh,
        made_on: row.made_on.to_string(),
        expires_on: row.expires_on.to_string(),
        maker: row.maker.to_string(),
        quantity: plan.map(|plan| plan.quantity),
        codes,
        recalled: row.recalled.is_some(),
        registered: row.registered,
        sealed: row.sealed.map(|seal| seal.evidence),
        orders: orders.into_iter().map(|order| order_view(order, now)).collect(),
    })
}

fn stage(row: &BatchRow, shipped: bool, orders: &[OrderRow]) -> BatchStage {
    let any = |states: &[OrderState]| orders.iter().any(|order| states.contains(&order.state));
    if row.recalled.is_some() {
        BatchStage::Recalled
    } else if shipped {
        BatchStage::Shipped
    } else if row.sealed.is_some() {
        BatchStage::Sealed
    } else if any(&[OrderState::Queued, OrderState::Running]) {
        BatchStage::Coding
    } else if orders.iter().any(|order| order.made > 0) {
        BatchStage::Coded
    } else {
        BatchStage::Registered
    }
}

//! Products: the list, one, and registering a new one.

use super::{PageQuery, line_of_text};
use crate::app::AppState;
use crate::auth::User;
use crate::http::{ApiError, ApiResult, Body, IdempotencyKey};
use crate::signing::{Capacity, Intent, sign_and_submit};
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use tracelight_api::problem::Problem;
use tracelight_api::rest::Page;
use tracelight_api::rest::goods::{NewProduct, Product, ProductKind};
use tracelight_domain::gs1::Gtin;
use tracelight_domain::state::MemberRole;
use tracelight_domain::tx::{self, TEXT_BYTES_MAX, TxBody};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Routes of this file.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list, register)).routes(routes!(one))
}

/// Products of the alliance, in the order of their GTINs.
#[utoipa::path(get, path = "/products", tag = "goods", params(PageQuery),
    responses((status = 200, body = Page<Product>), (status = 401, body = Problem)))]
async fn list(
    State(state): State<AppState>,
    _user: User,
    Query(page): Query<PageQuery>,
) -> ApiResult<Json<Page<Product>>> {
    let rows = page.rows()?;
    let after = page.cursor.as_deref().map(Gtin::parse).transpose()?;
    let mut items = state.store.products(after, rows + 1).await?;
    let more = items.len() as u64 > rows;
    items.truncate(usize::try_from(rows).unwrap_or(usize::MAX));
    let next = items.last().filter(|_| more).map(|product| product.gtin.clone());
    Ok(Json(Page { items, next }))
}

/// One product.
#[utoipa::path(get, path = "/products/{gtin}", tag = "goods", params(("gtin" = String, Path, description = "GTIN")),
    responses((status = 200, body = Product), (status = 404, body = Problem)))]
async fn one(State(state): State<AppState>, _user: User, Path(gtin): Path<String>) -> ApiResult<Json<Product>> {
    let gtin = Gtin::parse_padded(&gtin)?;
    let found = state.store.product(gtin).await?;
    found.map(Json).ok_or_else(|| ApiError::not_found("no product with this GTIN is registered"))
}

/// Registers a product on the chain.
#[utoipa::path(post, path = "/products", tag = "goods", request_body = NewProduct,
    responses((status = 201, body = Product), (status = 400, body = Problem), (status = 403, body = Problem),
        (status = 409, body = Problem)))]
async fn register(
    State(state): State<AppState>,
    user: User,
    key: IdempotencyKey,
    Body(form): Body<NewProduct>,
) -> ApiResult<(StatusCode, Json<Product>)> {
    user.must_operate()?;
    user.must_be(MemberRole::Manufacturer)?;
    let product = parse(&form)?;
    let gtin = product.gtin;
    let request = serde_json::to_vec(&form).unwrap_or_default();
    let intent = Intent {
        user: &user,
        capacity: Capacity::Operator,
        action: "register_product",
        key: &key,
        request: &request,
        body: TxBody::RegisterProduct(product),
    };
    sign_and_submit(&state, intent).await?;
    let stored = state.store.product(gtin).await?;
    let product =
        stored.ok_or_else(|| ApiError::unavailable("the product is on the chain, but not visible here yet"))?;
    Ok((StatusCode::CREATED, Json(product)))
}

fn parse(form: &NewProduct) -> ApiResult<tx::Product> {
    let gtin = Gtin::parse_padded(&form.gtin)?;
    if form.name_en.trim().is_empty() {
        return Err(ApiError::invalid("name_en", "empty, expected the product's name"));
    }
    for (field, text) in [
        ("name_en", &form.name_en),
        ("name_zh", &form.name_zh),
        ("detail", &form.detail),
        ("approval", &form.approval),
        ("hotline", &form.hotline),
    ] {
        line_of_text(field, text, TEXT_BYTES_MAX)?;
    }
    Ok(tx::Product {
        gtin,
        name_en: form.name_en.clone(),
        name_zh: form.name_zh.clone(),
        detail: form.detail.clone(),
        approval: form.approval.clone(),
        hotline: form.hotline.clone(),
        kind: match form.kind {
            ProductKind::Medicine => tx::ProductKind::Medicine,
            ProductKind::Food => tx::ProductKind::Food,
        },
    })
}

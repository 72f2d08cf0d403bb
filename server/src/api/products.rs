//! Products: the list, one, and registering a new one.

use super::line_of_text;
use super::list::{ListQuery, PRODUCTS};
use crate::app::AppState;
use crate::auth::User;
use crate::http::{ApiError, ApiResult, Body, IdempotencyKey, Path, Query};
use crate::signing::{Capacity, Intent, sign_and_submit};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use tracelight_api::problem::Problem;
use tracelight_api::rest::Page;
use tracelight_api::rest::goods::{CodeAlphabet, CodeRule, NewProduct, Product, ProductKind};
use tracelight_domain::gs1::Gtin;
use tracelight_domain::serial::{self, Alphabet, RuleError, SERIAL_LENGTH};
use tracelight_domain::state::MemberRole;
use tracelight_domain::tx::{self, TEXT_BYTES_MAX, TxBody};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Routes of this file.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list, register)).routes(routes!(one)).routes(routes!(rule, set_rule))
}

/// Products of the alliance, in the order of their GTINs without a wish. States: `medicine`, `food`. Sorted by `gtin`, `name`,
/// `registered`.
#[utoipa::path(get, path = "/products", tag = "goods", params(ListQuery),
    responses((status = 200, body = Page<Product>), (status = 400, body = Problem), (status = 401, body = Problem)))]
async fn list(
    State(state): State<AppState>,
    _user: User,
    Query(asked): Query<ListQuery>,
) -> ApiResult<Json<Page<Product>>> {
    let wish = asked.wish(&PRODUCTS)?;
    let (gtins, next) = wish.page(state.store.list_products(&wish.narrowed, &wish.wanted).await?);
    Ok(Json(Page { items: state.store.products_at(&gtins).await?, next }))
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

/// How the serials of your product look.
#[utoipa::path(get, path = "/products/{gtin}/code-rule", tag = "goods",
    params(("gtin" = String, Path, description = "GTIN")),
    responses((status = 200, body = CodeRule), (status = 404, body = Problem)))]
async fn rule(State(state): State<AppState>, user: User, Path(gtin): Path<String>) -> ApiResult<Json<CodeRule>> {
    let gtin = own(&state, &user, &gtin).await?;
    Ok(Json(view(state.store.code_rule(gtin).await?.as_ref())))
}

/// Says how the serials of your product look, from the next chunk of codes on. Codes that were made stay as they are.
#[utoipa::path(put, path = "/products/{gtin}/code-rule", tag = "goods", request_body = CodeRule,
    params(("gtin" = String, Path, description = "GTIN")),
    responses((status = 200, body = CodeRule), (status = 400, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
async fn set_rule(
    State(state): State<AppState>,
    user: User,
    Path(gtin): Path<String>,
    Body(form): Body<CodeRule>,
) -> ApiResult<Json<CodeRule>> {
    user.must_operate()?;
    let gtin = own(&state, &user, &gtin).await?;
    let alphabet = match form.alphabet {
        CodeAlphabet::Readable => Alphabet::Readable,
        CodeAlphabet::Digits => Alphabet::Digits,
        CodeAlphabet::Hexadecimal => Alphabet::Hexadecimal,
    };
    let rule = serial::CodeRule::new(&form.prefix, alphabet, usize::from(form.length)).map_err(|error| {
        let field = if matches!(error, RuleError::Prefix(_)) { "prefix" } else { "length" };
        ApiError::invalid(field, error.to_string())
    })?;
    state.store.set_code_rule(gtin, &rule).await?;
    Ok(Json(view(Some(&rule))))
}

/// A product of the user's member.
pub(super) async fn own(state: &AppState, user: &User, gtin: &str) -> ApiResult<Gtin> {
    let gtin = Gtin::parse_padded(gtin)?;
    let product = state.store.product(gtin).await?.filter(|product| product.maker == user.member.to_string());
    product.map(|_| gtin).ok_or_else(|| ApiError::not_found("your member has no product with this GTIN"))
}

fn view(rule: Option<&serial::CodeRule>) -> CodeRule {
    let alphabet = match rule.map(serial::CodeRule::alphabet) {
        None | Some(Alphabet::Readable) => CodeAlphabet::Readable,
        Some(Alphabet::Digits) => CodeAlphabet::Digits,
        Some(Alphabet::Hexadecimal) => CodeAlphabet::Hexadecimal,
    };
    let length = rule.map_or(SERIAL_LENGTH, serial::CodeRule::length);
    CodeRule {
        alphabet,
        // At most twenty.
        length: u8::try_from(length).unwrap_or(u8::MAX),
        prefix: rule.map_or_else(String::new, |rule| rule.prefix().to_owned()),
    }
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

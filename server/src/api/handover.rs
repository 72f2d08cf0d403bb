//! Stock and hand-overs. A member sees its own; what is between others does not exist for it (404).

use super::list::{ListQuery, SHIPMENTS, STOCK};
use crate::app::AppState;
use crate::auth::User;
use crate::http::{ApiError, ApiResult, Body, IdempotencyKey, Path, Query};
use crate::signing::{Capacity, Intent, sign_and_submit};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use tracelight_api::rest::Page;
use tracelight_api::rest::handover::{NewShipment, ReceiveShipment, Shipment, StockItem};
use tracelight_domain::gs1::{Gln, KeyError, Sscc};
use tracelight_domain::ids::{MemberId, ShipmentId};
use tracelight_domain::state::MemberRole;
use tracelight_domain::tx::{OBJECTS_MAX, TxBody};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The calls of this file.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(stock))
        .routes(routes!(list, ship))
        .routes(routes!(show))
        .routes(routes!(receive))
        .routes(routes!(refuse))
}

/// Members that hand goods on. A regulator watches and holds none.
fn must_trade(user: &User) -> ApiResult<()> {
    match user.member_role {
        MemberRole::Manufacturer | MemberRole::Logistics | MemberRole::Pharmacy => Ok(()),
        MemberRole::Regulator => Err(ApiError::forbidden("this is for members that hold goods")),
    }
}

/// Whose goods a list is about.
///
/// # Errors
/// 403 for the regulator who names nobody, 404 for a member whose goods are not the user's to see.
pub(super) fn whose(state: &AppState, user: &User, asked: &ListQuery) -> ApiResult<MemberId> {
    let Some(gln) = asked.member.as_deref().filter(|gln| !gln.is_empty()) else {
        must_trade(user)?;
        return Ok(user.member);
    };
    let member = Gln::parse(gln).map_err(|error| ApiError::from(error).field("member"))?;
    let may = user.member_role == MemberRole::Regulator || member == user.member;
    // Whoever may not see a member's goods is not told whether there is such a member.
    if may && state.alliance.member(member).is_some() {
        Ok(member)
    } else {
        Err(ApiError::not_found("no member with this GLN whose goods you may see"))
    }
}

/// Members whose name or GLN has these words; the alliance is a short list.
pub(super) fn named(state: &AppState, q: &str) -> Vec<MemberId> {
    let small = q.to_lowercase();
    let members = state.alliance.genesis.members.iter();
    let is_called = |name: &str| name.to_lowercase().contains(&small);
    let found = members.filter(|one| is_called(&one.name_en) || is_called(&one.name_zh) || one.gln.to_string() == q);
    found.map(|one| one.gln).collect()
}

/// Cases and pallets that your member answers for; for the regulator those of a member that it names. States are those of a case.
/// Sorted by `sscc`, `changed`.
#[utoipa::path(get, path = "/stock", params(ListQuery), responses(
    (status = 200, body = Page<StockItem>), (status = 401, description = "not signed in"),
    (status = 403, description = "another role"),
))]
async fn stock(
    State(state): State<AppState>,
    user: User,
    Query(asked): Query<ListQuery>,
) -> ApiResult<Json<Page<StockItem>>> {
    let member = whose(&state, &user, &asked)?;
    let wish = asked.wish(&STOCK)?;
    let (labels, next) = wish.page(state.store.list_stock(member, &wish.narrowed, &wish.wanted).await?);
    Ok(Json(Page { items: state.store.stock_at(&labels).await?, next }))
}

/// Hand-overs that your member sent or was sent, newest first without a wish; for the regulator those of a member that it names.
/// Sorted by `shipped`, `due`.
#[utoipa::path(get, path = "/shipments", params(ListQuery), responses(
    (status = 200, body = Page<Shipment>), (status = 401, description = "not signed in"),
    (status = 403, description = "another role"),
))]
async fn list(
    State(state): State<AppState>,
    user: User,
    Query(asked): Query<ListQuery>,
) -> ApiResult<Json<Page<Shipment>>> {
    let member = whose(&state, &user, &asked)?;
    let wish = asked.wish(&SHIPMENTS)?;
    let named = named(&state, &wish.narrowed.q);
    let (ids, next) = wish.page(state.store.list_shipments(member, &named, &wish.narrowed, &wish.wanted).await?);
    let name = |member: MemberId| state.alliance.name_en(member);
    Ok(Json(Page { items: state.store.shipments_at(&ids, name).await?, next }))
}

/// One hand-over of your member.
#[utoipa::path(get, path = "/shipments/{id}", params(("id" = String, Path,)), responses(
    (status = 200, body = Shipment), (status = 401, description = "not signed in"),
    (status = 403, description = "another role"), (status = 404, description = "none of your member's"),
))]
async fn show(State(state): State<AppState>, user: User, Path(id): Path<String>) -> ApiResult<Json<Shipment>> {
    must_trade(&user)?;
    let id = ShipmentId::parse_hex(&id).ok_or_else(no_shipment)?;
    shown(&state, &user, id).await.map(Json)
}

/// Hands goods to another member. Custody moves when it accepts.
#[utoipa::path(post, path = "/shipments", request_body = NewShipment, responses(
    (status = 201, body = Shipment), (status = 400, description = "a field is wrong"),
    (status = 401, description = "not signed in"), (status = 403, description = "another role"),
    (status = 409, description = "the chain refuses: the rule's name"),
))]
async fn ship(
    State(state): State<AppState>,
    user: User,
    key: IdempotencyKey,
    Body(asked): Body<NewShipment>,
) -> ApiResult<(StatusCode, Json<Shipment>)> {
    must_trade(&user)?;
    user.must_operate()?;
    let to = Gln::parse(&asked.to).map_err(|error| at("to", error))?;
    let objects = labels("objects", &asked.objects)?;
    if objects.is_empty() {
        return Err(ApiError::invalid("objects", "name at least one case or pallet"));
    }
    let mut random = [0; ShipmentId::LEN];
    getrandom::fill(&mut random)?;
    let body = TxBody::Ship { shipment: ShipmentId(random), to, objects };
    let request = request_bytes(&asked);
    let signed = sign(&state, &user, "ship", &key, &request, body).await?;
    // A repetition was signed under the id of the first request.
    let TxBody::Ship { shipment, .. } = signed else { return Err(no_shipment()) };
    Ok((StatusCode::CREATED, Json(shown(&state, &user, shipment).await?)))
}

/// Accepts a shipment, and says what is missing or broken.
#[utoipa::path(post, path = "/shipments/{id}/receive", params(("id" = String, Path,)), request_body = ReceiveShipment,
    responses(
    (status = 200, body = Shipment), (status = 400, description = "a field is wrong"),
    (status = 401, description = "not signed in"), (status = 403, description = "another role"),
    (status = 404, description = "none of your member's"), (status = 409, description = "the chain refuses"),
))]
async fn receive(
    State(state): State<AppState>,
    user: User,
    key: IdempotencyKey,
    Path(id): Path<String>,
    Body(asked): Body<ReceiveShipment>,
) -> ApiResult<Json<Shipment>> {
    must_trade(&user)?;
    user.must_operate()?;
    let shipment = own(&state, &user, &id).await?;
    let (short, damaged) = (labels("short", &asked.short)?, labels("damaged", &asked.damaged)?);
    let mut request = request_bytes(&asked);
    request.extend(shipment.0);
    sign(&state, &user, "receive", &key, &request, TxBody::Receive { shipment, short, damaged }).await?;
    shown(&state, &user, shipment).await.map(Json)
}

/// Takes nothing of a shipment; everything goes back to the shipper's stock.
#[utoipa::path(post, path = "/shipments/{id}/refuse", params(("id" = String, Path,)), responses(
    (status = 200, body = Shipment), (status = 401, description = "not signed in"),
    (status = 403, description = "another role"), (status = 404, description = "none of your member's"),
    (status = 409, description = "the chain refuses"),
))]
async fn refuse(
    State(state): State<AppState>,
    user: User,
    key: IdempotencyKey,
    Path(id): Path<String>,
) -> ApiResult<Json<Shipment>> {
    must_trade(&user)?;
    user.must_operate()?;
    let shipment = own(&state, &user, &id).await?;
    sign(&state, &user, "refuse", &key, &shipment.0, TxBody::Refuse { shipment }).await?;
    shown(&state, &user, shipment).await.map(Json)
}

async fn sign(
    state: &AppState,
    user: &User,
    action: &'static str,
    key: &IdempotencyKey,
    request: &[u8],
    body: TxBody,
) -> ApiResult<TxBody> {
    let intent = Intent { user, capacity: Capacity::Operator, action, key, request, body };
    Ok(sign_and_submit(state, intent).await?.body)
}

/// A shipment whose sender or receiver is the user's member.
async fn own(state: &AppState, user: &User, id: &str) -> ApiResult<ShipmentId> {
    let id = ShipmentId::parse_hex(id).ok_or_else(no_shipment)?;
    shown(state, user, id).await.map(|_| id)
}

async fn shown(state: &AppState, user: &User, id: ShipmentId) -> ApiResult<Shipment> {
    let name = |member: MemberId| state.alliance.name_en(member);
    state.store.shipment(id, user.member, name).await?.ok_or_else(no_shipment)
}

fn no_shipment() -> ApiError {
    ApiError::not_found("your member has no shipment with this id")
}

fn labels(field: &str, texts: &[String]) -> ApiResult<Vec<Sscc>> {
    if texts.len() > OBJECTS_MAX {
        return Err(ApiError::invalid(field, format!("{} labels, at most {OBJECTS_MAX} are allowed", texts.len())));
    }
    let parse =
        |(index, text): (usize, &String)| Sscc::parse(text).map_err(|error| at(&format!("{field}[{index}]"), error));
    texts.iter().enumerate().map(parse).collect()
}

fn at(field: &str, error: KeyError) -> ApiError {
    ApiError::from(error).field(field)
}

/// The request as it counts for its idempotency key. Plain strings always have a JSON form.
fn request_bytes<T: serde::Serialize>(asked: &T) -> Vec<u8> {
    serde_json::to_vec(asked).unwrap_or_default()
}

#[cfg(test)]
mod tests;

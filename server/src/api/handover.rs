//! Stock and hand-overs. A member sees its own; what is between others does not exist for it (404).

use crate::app::AppState;
use crate::auth::User;
use crate::http::{ApiError, ApiResult, Body, IdempotencyKey, Path, Query};
use crate::signing::{Capacity, Intent, sign_and_submit};
use crate::store::ShipmentCursor;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use tracelight_api::rest::Page;
use tracelight_api::rest::handover::{NewShipment, ReceiveShipment, Shipment, StockItem};
use tracelight_domain::gs1::{Gln, KeyError, Sscc};
use tracelight_domain::ids::{MemberId, ShipmentId};
use tracelight_domain::state::MemberRole;
use tracelight_domain::tx::{OBJECTS_MAX, TxBody};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Rows of a page when the caller does not say.
const PAGE_DEFAULT: u64 = 100;
/// Rows of a page at most.
const PAGE_MAX: u64 = crate::store::PAGE_MAX;

/// The calls of this file.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(stock))
        .routes(routes!(list, ship))
        .routes(routes!(show))
        .routes(routes!(receive))
        .routes(routes!(refuse))
}

/// Which page of a list.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// `next` of the page before.
    cursor: Option<String>,
    /// Rows, 1 to 200.
    limit: Option<u64>,
}

/// Which page of whose list.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OfMember {
    /// GLN of the member, for the regulator; another member has its own alone.
    member: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Rows, 1 to 200.
    limit: Option<u64>,
}

impl OfMember {
    /// Whose list.
    fn whose(&self, state: &AppState, user: &User) -> ApiResult<MemberId> {
        let Some(gln) = self.member.as_deref().filter(|gln| !gln.is_empty()) else {
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

    fn paging(self) -> Paging {
        Paging { cursor: self.cursor, limit: self.limit }
    }
}

impl Paging {
    fn limit(&self) -> ApiResult<u64> {
        match self.limit.unwrap_or(PAGE_DEFAULT) {
            limit @ 1..=PAGE_MAX => Ok(limit),
            limit => Err(ApiError::invalid("limit", format!("found {limit}, expected 1 to {PAGE_MAX}"))),
        }
    }
}

/// Members that hand goods on. A regulator watches and holds none.
fn must_trade(user: &User) -> ApiResult<()> {
    match user.member_role {
        MemberRole::Manufacturer | MemberRole::Logistics | MemberRole::Pharmacy => Ok(()),
        MemberRole::Regulator => Err(ApiError::forbidden("this is for members that hold goods")),
    }
}

/// Cases and pallets that your member answers for; for the regulator those of a member that it names.
#[utoipa::path(get, path = "/stock", params(OfMember), responses(
    (status = 200, body = Page<StockItem>), (status = 401, description = "not signed in"),
    (status = 403, description = "another role"),
))]
async fn stock(
    State(state): State<AppState>,
    user: User,
    Query(asked): Query<OfMember>,
) -> ApiResult<Json<Page<StockItem>>> {
    let member = asked.whose(&state, &user)?;
    let paging = asked.paging();
    let limit = paging.limit()?;
    let after = paging.cursor.as_deref().map(|cursor| Sscc::parse(cursor).map_err(|_| bad_cursor())).transpose()?;
    let items = state.store.stock(member, after, limit).await?;
    let next = (items.len() as u64 == limit).then(|| items.last().map(|item| item.sscc.clone())).flatten();
    Ok(Json(Page { items, next }))
}

/// Hand-overs that your member sent or was sent, newest first; for the regulator those of a member that it names.
#[utoipa::path(get, path = "/shipments", params(OfMember), responses(
    (status = 200, body = Page<Shipment>), (status = 401, description = "not signed in"),
    (status = 403, description = "another role"),
))]
async fn list(
    State(state): State<AppState>,
    user: User,
    Query(asked): Query<OfMember>,
) -> ApiResult<Json<Page<Shipment>>> {
    let member = asked.whose(&state, &user)?;
    let paging = asked.paging();
    let limit = paging.limit()?;
    let after = paging.cursor.as_deref().map(|cursor| shipment_cursor(cursor).ok_or_else(bad_cursor)).transpose()?;
    let name = |member: MemberId| state.alliance.name_en(member);
    let items = state.store.shipments(member, after, limit, name).await?;
    let last = items.last().filter(|_| items.len() as u64 == limit);
    let next = last.map(|shipment| format!("{}-{}", shipment.shipped.height, shipment.id));
    Ok(Json(Page { items, next }))
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

fn bad_cursor() -> ApiError {
    ApiError::invalid("cursor", "expected `next` of the page before")
}

fn shipment_cursor(text: &str) -> Option<ShipmentCursor> {
    let (height, id) = text.split_once('-')?;
    Some(ShipmentCursor { height: height.parse().ok()?, id: ShipmentId::parse_hex(id)? })
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

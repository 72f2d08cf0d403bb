//! Recalls: preview, open, approve by a second person, close. For the regulator, and for a maker's own lots; for other
//! members the call is not allowed, and a lot of another maker does not exist.

use super::list::{ListQuery, RECALLS};
use crate::app::AppState;
use crate::auth::User;
use crate::http::{ApiError, ApiResult, Body, IdempotencyKey, Path, Query};
use crate::signing::{Capacity, Intent, sign_and_submit};
use crate::store::{LotHoldings, Published, RecallRow, RecallText, class_number};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use tracelight_api::rest::Page;
use tracelight_api::rest::audit::AuditAction;
use tracelight_api::rest::recall::{Holder, Holdings, NewRecall, Recall};
use tracelight_domain::gs1::{Gtin, KeyError, Lot};
use tracelight_domain::ids::{BatchId, MemberId, RecallId};
use tracelight_domain::state::{MemberRole, RecallStatus};
use tracelight_domain::tx::{RecallClass, TxBody};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Characters of a published reason in one language.
const REASON_CHARS_MAX: usize = 1_000;

/// The calls of this file.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(preview))
        .routes(routes!(list, open))
        .routes(routes!(show))
        .routes(routes!(approve))
        .routes(routes!(close))
}

/// Which lot.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LotQuery {
    /// GTIN, 8 to 14 digits.
    gtin: String,
    /// Lot.
    lot: String,
}

/// Who may see recalls at all: the maker whose lots are shown, or everything for the regulator.
pub(super) fn scope(user: &User) -> ApiResult<Option<MemberId>> {
    match user.member_role {
        MemberRole::Regulator => Ok(None),
        MemberRole::Manufacturer => Ok(Some(user.member)),
        MemberRole::Logistics | MemberRole::Pharmacy => {
            Err(ApiError::forbidden("recalls are for regulators and for the makers of the lots"))
        }
    }
}

/// Who holds how much of a lot, before anything is opened.
#[utoipa::path(get, path = "/recalls/preview", params(LotQuery), responses(
    (status = 200, body = Holdings), (status = 400, description = "a field is wrong"),
    (status = 401, description = "not signed in"), (status = 403, description = "another role"),
    (status = 404, description = "no such lot of yours"),
))]
async fn preview(
    State(state): State<AppState>,
    user: User,
    Query(asked): Query<LotQuery>,
) -> ApiResult<Json<Holdings>> {
    let scope = scope(&user)?;
    let batch = batch_of(&asked.gtin, &asked.lot)?;
    let maker = visible_lot(&state, scope, &batch).await?;
    crate::audit::searched(&state, &user, &batch.to_string(), [maker]).await?;
    Ok(Json(holdings(&state, &batch).await?))
}

/// Recalls, newest first without a wish. States: `opened`, `approved`, `closed`. Sorted by `opened`, `lot`, `product`.
#[utoipa::path(get, path = "/recalls", params(ListQuery), responses(
    (status = 200, body = Page<Recall>), (status = 401, description = "not signed in"),
    (status = 403, description = "another role"),
))]
async fn list(
    State(state): State<AppState>,
    user: User,
    Query(asked): Query<ListQuery>,
) -> ApiResult<Json<Page<Recall>>> {
    let scope = scope(&user)?;
    let wish = asked.wish(&RECALLS)?;
    let (ids, next) = wish.page(state.store.list_recalls(scope, &wish.narrowed, &wish.wanted).await?);
    let mut items = Vec::with_capacity(ids.len());
    for row in state.store.recalls_at(&ids).await? {
        items.push(view(&state, row).await?);
    }
    Ok(Json(Page { items, next }))
}

/// One recall, with who holds how much now.
#[utoipa::path(get, path = "/recalls/{id}", params(("id" = String, Path,)), responses(
    (status = 200, body = Recall), (status = 401, description = "not signed in"),
    (status = 403, description = "another role"), (status = 404, description = "none that you may see"),
))]
async fn show(State(state): State<AppState>, user: User, Path(id): Path<String>) -> ApiResult<Json<Recall>> {
    let row = visible(&state, &user, &id).await?;
    Ok(Json(view(&state, row).await?))
}

/// Opens a recall. It has no effect before a second person approves it.
#[utoipa::path(post, path = "/recalls", request_body = NewRecall, responses(
    (status = 201, body = Recall), (status = 400, description = "a field is wrong"),
    (status = 401, description = "not signed in"), (status = 403, description = "another role"),
    (status = 404, description = "no such lot of yours"), (status = 409, description = "the chain refuses"),
))]
async fn open(
    State(state): State<AppState>,
    user: User,
    key: IdempotencyKey,
    Body(asked): Body<NewRecall>,
) -> ApiResult<(StatusCode, Json<Recall>)> {
    let scope = scope(&user)?;
    user.must_operate()?;
    let batch = batch_of(&asked.gtin, &asked.lot)?;
    let class = class_of(asked.class)?;
    visible_lot(&state, scope, &batch).await?;
    let published = Published {
        gtin: batch.gtin.to_string(),
        lot: batch.lot.to_string(),
        class: class_number(class),
        drill: asked.drill,
        text: RecallText {
            reason_en: reason("reason_en", &asked.reason_en)?,
            reason_zh: reason("reason_zh", &asked.reason_zh)?,
            advice_en: advice("advice_en", &asked.advice_en, &asked.advice_zh)?,
            advice_zh: advice("advice_zh", &asked.advice_zh, &asked.advice_en)?,
        },
    };
    let mut random = [0; RecallId::LEN];
    getrandom::fill(&mut random)?;
    let fresh = RecallId(random);
    let notice = published.hash();
    // The text is on disk before its hash is on the chain; without a recall it is taken away again.
    state.store.keep_recall_text(fresh, &published, &user.name).await?;
    let body = TxBody::OpenRecall { recall: fresh, batch, class, drill: asked.drill, notice };
    let request = serde_json::to_vec(&asked).unwrap_or_default();
    let signed = sign(&state, &user, Capacity::Operator, "open_recall", &key, &request, body).await;
    let id = match &signed {
        Ok(TxBody::OpenRecall { recall, .. }) => Some(*recall),
        // Still on its way: the text stays, because the recall may yet come.
        Err(error) if error.0.status == StatusCode::SERVICE_UNAVAILABLE.as_u16() => Some(fresh),
        _ => None,
    };
    if id != Some(fresh) {
        state.store.drop_recall_text(fresh).await?;
    }
    signed?;
    let id = id.ok_or_else(no_recall)?;
    let row = state.store.recall(id).await?.ok_or_else(no_recall)?;
    note(&state, &user, AuditAction::RecallOpened, &row).await?;
    Ok((StatusCode::CREATED, Json(view(&state, row).await?)))
}

/// Approves a recall, as the second person. From here every pack of the lot is recalled.
#[utoipa::path(post, path = "/recalls/{id}/approve", params(("id" = String, Path,)), responses(
    (status = 200, body = Recall), (status = 401, description = "not signed in"),
    (status = 403, description = "not an approver"), (status = 404, description = "none that you may see"),
    (status = 409, description = "the chain refuses"),
))]
async fn approve(
    State(state): State<AppState>,
    user: User,
    key: IdempotencyKey,
    Path(id): Path<String>,
) -> ApiResult<Json<Recall>> {
    let row = visible(&state, &user, &id).await?;
    user.must_approve()?;
    // Somebody may have had both roles, one after the other.
    if row.opened_for == user.member && row.opened_by.as_deref() == Some(user.name.as_str()) {
        let title = "a recall is approved by another person than the one who opened it";
        return Err(ApiError::new(StatusCode::CONFLICT, "same_person", title).detail("ask another approver"));
    }
    let body = TxBody::ApproveRecall { recall: row.id };
    sign(&state, &user, Capacity::Approver, "approve_recall", &key, &row.id.0, body).await?;
    state.store.keep_recall_approver(row.id, &user.name).await?;
    let row = state.store.recall(row.id).await?.ok_or_else(no_recall)?;
    note(&state, &user, AuditAction::RecallApproved, &row).await?;
    Ok(Json(view(&state, row).await?))
}

/// Winds a recall up. The lot stays recalled.
#[utoipa::path(post, path = "/recalls/{id}/close", params(("id" = String, Path,)), responses(
    (status = 200, body = Recall), (status = 401, description = "not signed in"),
    (status = 403, description = "another role"), (status = 404, description = "none that you may see"),
    (status = 409, description = "the chain refuses"),
))]
async fn close(
    State(state): State<AppState>,
    user: User,
    key: IdempotencyKey,
    Path(id): Path<String>,
) -> ApiResult<Json<Recall>> {
    let row = visible(&state, &user, &id).await?;
    user.must_operate()?;
    let body = TxBody::CloseRecall { recall: row.id };
    sign(&state, &user, Capacity::Operator, "close_recall", &key, &row.id.0, body).await?;
    let row = state.store.recall(row.id).await?.ok_or_else(no_recall)?;
    note(&state, &user, AuditAction::RecallClosed, &row).await?;
    Ok(Json(view(&state, row).await?))
}

async fn note(state: &AppState, user: &User, action: AuditAction, row: &RecallRow) -> ApiResult<()> {
    let drill = if row.drill { ", drill" } else { "" };
    crate::audit::of_goods(state, user, action, format!("{}{drill}", row.batch), [row.maker]).await
}

async fn sign(
    state: &AppState,
    user: &User,
    capacity: Capacity,
    action: &'static str,
    key: &IdempotencyKey,
    request: &[u8],
    body: TxBody,
) -> ApiResult<TxBody> {
    let intent = Intent { user, capacity, action, key, request, body };
    Ok(sign_and_submit(state, intent).await?.body)
}

/// A recall that the user may see.
async fn visible(state: &AppState, user: &User, id: &str) -> ApiResult<RecallRow> {
    let scope = scope(user)?;
    let id = RecallId::parse_hex(id).ok_or_else(no_recall)?;
    let row = state.store.recall(id).await?;
    row.filter(|row| scope.is_none_or(|maker| row.maker == maker)).ok_or_else(no_recall)
}

/// The maker of a lot that the user may recall.
async fn visible_lot(state: &AppState, scope: Option<MemberId>, batch: &BatchId) -> ApiResult<MemberId> {
    let row = state.store.batch(batch).await?;
    match row.filter(|row| scope.is_none_or(|maker| row.maker == maker)) {
        Some(row) => Ok(row.maker),
        None => Err(ApiError::not_found("no such lot that you may recall")),
    }
}

/// The word of a recall's state.
pub(super) const fn status_word(status: RecallStatus) -> &'static str {
    match status {
        RecallStatus::Opened => "opened",
        RecallStatus::Approved => "approved",
        RecallStatus::Closed => "closed",
    }
}

async fn view(state: &AppState, row: RecallRow) -> ApiResult<Recall> {
    let holdings = holdings(state, &row.batch).await?;
    let text = row.text.unwrap_or_default();
    Ok(Recall {
        id: row.id.to_string(),
        gtin: row.batch.gtin.to_string(),
        lot: row.batch.lot.to_string(),
        product_en: row.product_en,
        class: class_number(row.class),
        reason_en: text.reason_en,
        reason_zh: text.reason_zh,
        advice_en: text.advice_en,
        advice_zh: text.advice_zh,
        drill: row.drill,
        status: status_word(row.status).to_owned(),
        // Opened or approved through another member's server: the member is all that is known here.
        opened_by: row.opened_by.unwrap_or_else(|| state.alliance.name_en(row.opened_for)),
        approved_by: match &row.approved {
            Some(_) => Some(row.approved_by.unwrap_or_else(|| state.alliance.name_en(row.opened_for))),
            None => None,
        },
        opened: row.opened,
        approved: row.approved,
        holdings,
    })
}

async fn holdings(state: &AppState, batch: &BatchId) -> ApiResult<Holdings> {
    let LotHoldings { sealed, holders, gone, unknown } = state.store.holdings(batch).await?;
    let holders = holders.into_iter().map(|(member, held)| Holder {
        gln: member.to_string(),
        name_en: state.alliance.name_en(member),
        name_zh: state.alliance.name_zh(member),
        in_stock: held.in_stock,
        in_transit: held.in_transit,
        short: held.short,
    });
    Ok(Holdings {
        gtin: batch.gtin.to_string(),
        lot: batch.lot.to_string(),
        sealed,
        holders: holders.collect(),
        gone,
        unknown,
    })
}

fn batch_of(gtin: &str, lot: &str) -> ApiResult<BatchId> {
    let at = |field: &'static str| move |error: KeyError| ApiError::from(error).field(field);
    Ok(BatchId { gtin: Gtin::parse_padded(gtin).map_err(at("gtin"))?, lot: Lot::parse(lot).map_err(at("lot"))? })
}

fn class_of(number: u8) -> ApiResult<RecallClass> {
    match number {
        1 => Ok(RecallClass::One),
        2 => Ok(RecallClass::Two),
        3 => Ok(RecallClass::Three),
        other => Err(ApiError::invalid("class", format!("found {other}, expected 1 (grave) to 3"))),
    }
}

/// What shoppers will read. Both languages are needed: every page has both.
fn reason(field: &str, text: &str) -> ApiResult<String> {
    let text = text.trim();
    let length = text.chars().count();
    if (1..=REASON_CHARS_MAX).contains(&length) {
        return Ok(text.to_owned());
    }
    Err(ApiError::invalid(field, format!("{length} characters, expected 1 to {REASON_CHARS_MAX}")))
}

/// Advice in one language; without the other it is nothing that every shopper can read.
pub(super) fn advice(field: &str, text: &str, other: &str) -> ApiResult<String> {
    let (text, other) = (text.trim(), other.trim());
    let length = text.chars().count();
    if text.is_empty() && !other.is_empty() {
        return Err(ApiError::invalid(field, "is empty and the other language is not; write both or none"));
    }
    if length > REASON_CHARS_MAX {
        return Err(ApiError::invalid(field, format!("{length} characters, expected at most {REASON_CHARS_MAX}")));
    }
    Ok(text.to_owned())
}

fn no_recall() -> ApiError {
    ApiError::not_found("there is no recall with this id that you may see")
}

//! Labels of a code order, as a table and as sheets. The order's own member only; others get 404.

use crate::app::AppState;
use crate::auth::User;
use crate::http::{ApiError, ApiResult, Path, Query};
use crate::label_keys::LabelKeys;
use crate::store::{OrderRow, Store};
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use futures::Stream;
use serde::Deserialize;
use std::num::NonZeroU64;
use std::ops::Range;
use std::sync::Arc;
use tracelight_api::rest::audit::AuditAction;
use tracelight_api::rest::goods::PDF_LABELS_MAX;
use tracelight_domain::gs1::Serial;
use tracelight_labels::pdf::{Layout, draw};
use tracelight_labels::sheet::{PRESETS, Preset};
use tracelight_labels::{LabelError, LabelFacts, csv};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// Rows of the table that are made at once: about 1 MB of text.
const ROWS_AT_ONCE: u64 = 4_000;

/// The calls of this file.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(labels_csv)).routes(routes!(labels_pdf))
}

/// Which labels of an order.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Sheets {
    /// Number of the first code, from 0.
    #[serde(default)]
    first: u64,
    /// How many, 1 to 5000; all that are left, if they are not more, when it is absent.
    count: Option<u64>,
    /// Sheet: `a4-21`, `a4-24` or `a4-40`.
    preset: Option<String>,
    /// Labels of the first page that are used up already.
    #[serde(default)]
    skip: usize,
}

/// All codes of an order: GTIN, lot, expiry, serial, Digital Link, element string.
#[utoipa::path(get, path = "/orders/{id}/labels.csv", params(("id" = String, Path,)), responses(
    (status = 200, description = "the table, streamed", content_type = "text/csv"),
    (status = 401, description = "not signed in"), (status = 403, description = "another role"),
    (status = 404, description = "no such order of your member"),
))]
async fn labels_csv(State(state): State<AppState>, user: User, Path(id): Path<String>) -> ApiResult<Response> {
    let (order, facts) = order_of(&state, &user, &id).await?;
    let name = file_name(&order, "csv");
    let head = csv::head().map_err(refused)?;
    let make: Maker = Arc::new(move |serials| csv::rows(&facts, serials));
    crate::audit::record(&state, &user, AuditAction::CodesExported, about(&order, order.made)).await?;
    let body = Body::from_stream(streamed(state.store.clone(), order.id, 0..order.made, ROWS_AT_ONCE, head, make));
    Ok(([(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, name)], body)
        .into_response())
}

/// Label sheets in true millimetres: QR code with the Digital Link, GTIN, lot, expiry and serial in writing.
#[utoipa::path(get, path = "/orders/{id}/labels.pdf", params(("id" = String, Path,), Sheets), responses(
    (status = 200, description = "the sheets", content_type = "application/pdf"),
    (status = 400, description = "no such labels or sheet"), (status = 401, description = "not signed in"),
    (status = 403, description = "another role"), (status = 404, description = "no such order of your member"),
))]
async fn labels_pdf(
    State(state): State<AppState>,
    user: User,
    Path(id): Path<String>,
    Query(asked): Query<Sheets>,
) -> ApiResult<Response> {
    let (order, facts) = order_of(&state, &user, &id).await?;
    let layout = layout(&asked)?;
    let serials = chosen(&state.store, &order, &asked).await?;
    let (name, count) = (file_name(&order, "pdf"), serials.len() as u64);
    let drawn = tokio::task::spawn_blocking(move || draw(&facts, &serials, &layout)).await;
    let title = "the sheets could not be drawn";
    let drawn = drawn.map_err(|error| ApiError::fault(StatusCode::INTERNAL_SERVER_ERROR, "fault", title, &error))?;
    let bytes = drawn.map_err(refused)?;
    crate::audit::record(&state, &user, AuditAction::LabelsExported, format!("{}, PDF", about(&order, count))).await?;
    Ok(([(header::CONTENT_TYPE, "application/pdf".to_owned()), (header::CONTENT_DISPOSITION, name)], bytes)
        .into_response())
}

/// An order for the audit log: its lot, and how many of its codes.
pub(super) fn about(order: &OrderRow, codes: u64) -> String {
    format!("{}, {codes} codes", order.batch)
}

pub(super) async fn order_of(state: &AppState, user: &User, id: &str) -> ApiResult<(OrderRow, LabelFacts)> {
    user.must_be(tracelight_domain::state::MemberRole::Manufacturer)?;
    let missing = || ApiError::not_found("your member has no order with this id");
    let id = Uuid::try_parse(id).map_err(|_| missing())?;
    let order = state.store.order(id).await?.filter(|order| order.member == user.member).ok_or_else(missing)?;
    let batch = state.store.batch(&order.batch).await?.ok_or_else(missing)?;
    let signing = state.label_keys.signing(order.member).filter(|_| order.signed).cloned();
    // Labels that were ordered signed are never made without a signature: on the shelf that would look like a forgery.
    if order.signed && signing.is_none() {
        return Err(LabelKeys::missing());
    }
    let facts = LabelFacts {
        public_base_url: state.config.public_base_url.clone(),
        gtin: order.batch.gtin,
        lot: order.batch.lot.clone(),
        expires_on: batch.expires_on,
        signing,
    };
    Ok((order, facts))
}

fn layout(asked: &Sheets) -> ApiResult<Layout> {
    let preset = match &asked.preset {
        None => PRESETS.first().copied(),
        Some(name) => Preset::by_name(name),
    };
    let names = PRESETS.map(|preset| preset.name).join(", ");
    let preset = preset.ok_or_else(|| ApiError::invalid("preset", format!("expected one of {names}")))?;
    if asked.skip >= preset.per_page() {
        return Err(ApiError::invalid(
            "skip",
            format!("a sheet has {} labels; at least one must be free", preset.per_page()),
        ));
    }
    let first = NonZeroU64::MIN.saturating_add(asked.first);
    Ok(Layout { preset, skip: asked.skip, first })
}

/// The serials that were asked for; every one of them exists.
async fn chosen(store: &Store, order: &OrderRow, asked: &Sheets) -> ApiResult<Vec<Serial>> {
    let made = order.made;
    if asked.first >= made {
        return Err(ApiError::invalid("first", format!("the order has {made} codes so far, numbered from 0")));
    }
    let left = made - asked.first;
    let count = asked.count.unwrap_or(left);
    if count == 0 || count > left || count > PDF_LABELS_MAX {
        let most = left.min(PDF_LABELS_MAX);
        return Err(ApiError::invalid("count", format!("found {count}, expected 1 to {most}; take several files")));
    }
    let mut serials = Vec::new();
    while (serials.len() as u64) < count {
        let got = serials.len() as u64;
        let page = store.codes_of_order(order.id, asked.first + got, count - got).await?;
        if page.is_empty() {
            return Err(ApiError::unavailable("the order's codes are not all there yet; try again"));
        }
        serials.extend(page);
    }
    Ok(serials)
}

/// Makes the part of a file that belongs to some serials.
pub(super) type Maker = Arc<dyn Fn(&[Serial]) -> Result<Vec<u8>, LabelError> + Send + Sync>;

/// A file in parts, each made when the one before has been taken: the head, then the serials numbered `span`.
pub(super) fn streamed(
    store: Store,
    order: Uuid,
    span: Range<u64>,
    at_once: u64,
    head: Vec<u8>,
    make: Maker,
) -> impl Stream<Item = Result<Bytes, std::io::Error>> {
    let begin = (Some(head), span.start);
    futures::stream::try_unfold(begin, move |(head, next)| {
        let (store, make) = (store.clone(), Arc::clone(&make));
        async move {
            if let Some(head) = head {
                return Ok(Some((Bytes::from(head), (None, next))));
            }
            if next >= span.end {
                return Ok(None);
            }
            let limit = at_once.min(span.end - next);
            let serials = store.codes_of_order(order, next, limit).await.map_err(std::io::Error::other)?;
            if serials.is_empty() {
                // The answer has begun; breaking it off is the only way to say that it is not whole.
                return Err(std::io::Error::other(format!("code {next} of the order is missing")));
            }
            let after = next + serials.len() as u64;
            let part = tokio::task::spawn_blocking(move || make(&serials)).await.map_err(std::io::Error::other)?;
            Ok(Some((Bytes::from(part.map_err(std::io::Error::other)?), (None, after))))
        }
    })
}

/// GTIN and lot as a file name; a lot may hold characters that no file name has.
pub(super) fn file_name(order: &OrderRow, ending: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let lot: String = order.batch.lot.as_str().chars().map(plain).collect();
    format!("attachment; filename=\"labels-{}-{lot}.{ending}\"", order.batch.gtin)
}

pub(super) fn refused(error: LabelError) -> ApiError {
    match error {
        LabelError::TooSmall { .. } | LabelError::TooLong { .. } => ApiError::invalid("preset", error.to_string()),
        LabelError::NoRoomForText { .. } => ApiError::invalid("stock", error.to_string()),
        LabelError::NameTooLong { .. } => ApiError::invalid("to", error.to_string()),
        LabelError::Font(_) => ApiError::invalid("font", error.to_string()),
        LabelError::Typeface(_) => ApiError::invalid("format", error.to_string()),
        LabelError::Link(_) | LabelError::Symbol { .. } | LabelError::Pdf(_) | LabelError::Csv(_) => {
            ApiError::fault(StatusCode::INTERNAL_SERVER_ERROR, "fault", "the labels cannot be made", &error)
        }
    }
}

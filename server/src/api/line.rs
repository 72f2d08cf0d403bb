//! What a gateway asks of its member's server: batches, codes, and where to put the lists behind the roots.
//!
//! A list is kept as it arrives and counts for nothing until [`check`] has compared it with the root on the chain. It
//! arrives as soon as the line has submitted the transaction, so often before that is final; the worker of
//! [`crate::jobs`] comes back to it.

mod check;
mod manifests;

pub use check::{CheckOutcome, check_batch, check_case, check_waiting};

use super::numbers::line_name;
use crate::app::AppState;
use crate::auth::Gateway;
use crate::http::{ApiError, ApiResult, Body as JsonBody, Path, Query};
use crate::store::BatchRow;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use futures::stream;
use serde::Deserialize;
use tracelight_api::Base64;
use tracelight_api::problem::Problem;
use tracelight_api::rest::line::LineBatch;
use tracelight_api::rest::numbers::{HeldByLine, LineName, TakeBlock};
use tracelight_domain::gs1::{Gtin, Lot, Serial};
use tracelight_domain::ids::BatchId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Routes of this file.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(batch)).routes(routes!(take)).routes(routes!(codes)).merge(manifests::router())
}

/// What the line needs to know of a batch before it starts.
#[utoipa::path(get, path = "/line/batches/{gtin}/{lot}", tag = "line",
    params(("gtin" = String, Path, description = "GTIN"), ("lot" = String, Path, description = "Lot")),
    responses((status = 200, body = LineBatch), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn batch(
    State(state): State<AppState>,
    gateway: Gateway,
    Path((gtin, lot)): Path<(String, String)>,
) -> ApiResult<Json<LineBatch>> {
    let row = own(&state, gateway, &gtin, &lot).await?;
    let plan = state.store.batch_plan(&row.id, gateway.member).await?.ok_or_else(|| {
        ApiError::not_found("the batch was registered elsewhere; this server does not hold its secret")
    })?;
    let count = state.store.code_count(&row.id).await?;
    Ok(Json(LineBatch {
        gtin: row.id.gtin.to_string(),
        lot: row.id.lot.to_string(),
        expires_on: row.expires_on.to_string(),
        batch_secret: Base64(plan.secret.to_vec()),
        issued: count.issued,
        quota: plan.quantity,
        sealed: row.sealed.is_some(),
        line: String::new(),
    }))
}

/// Takes codes for a line that starts: those that a person gave it, or else all that no line holds. No code is ever in the
/// hands of two lines. Asking again is harmless.
#[utoipa::path(post, path = "/line/batches/{gtin}/{lot}/blocks", tag = "line", request_body = TakeBlock,
    params(("gtin" = String, Path, description = "GTIN"), ("lot" = String, Path, description = "Lot")),
    responses((status = 200, body = HeldByLine), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem)))]
async fn take(
    State(state): State<AppState>,
    gateway: Gateway,
    Path((gtin, lot)): Path<(String, String)>,
    JsonBody(form): JsonBody<TakeBlock>,
) -> ApiResult<Json<HeldByLine>> {
    let row = own(&state, gateway, &gtin, &lot).await?;
    let line = line_name(&form.line)?;
    let codes = if row.sealed.is_some() {
        // Nothing more is given; what it still holds is told.
        let blocks = state.store.blocks_of(&row.id).await?;
        blocks.iter().filter(|block| block.line == line.as_str()).map(|block| block.open).sum()
    } else {
        state.store.take_block(&row.id, &line, crate::clock::now_ms()).await?
    };
    Ok(Json(HeldByLine { line: line.to_string(), codes }))
}

/// Whose codes.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct OfLine {
    /// `site/line`.
    line: String,
}

/// The open codes in the blocks of a line, one serial a line.
#[utoipa::path(get, path = "/line/batches/{gtin}/{lot}/codes", tag = "line",
    params(("gtin" = String, Path, description = "GTIN"), ("lot" = String, Path, description = "Lot"), OfLine),
    responses((status = 200, body = String, content_type = "text/plain"), (status = 400, body = Problem),
        (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn codes(
    State(state): State<AppState>,
    gateway: Gateway,
    Path((gtin, lot)): Path<(String, String)>,
    Query(asked): Query<OfLine>,
) -> ApiResult<Response> {
    let row = own(&state, gateway, &gtin, &lot).await?;
    let line = line_name(&asked.line)?;
    let pages = stream::try_unfold((state, row.id, line, None), next_page);
    let mut response = Body::from_stream(pages).into_response();
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, plain);
    Ok(response)
}

/// Where a stream of serials goes on: after the last one sent.
type Cursor = (AppState, BatchId, LineName, Option<Serial>);

/// One page at a time, so that a million codes never stand in memory. A failing database cuts the stream short, which the
/// gateway sees: the body's framing has no proper end.
async fn next_page(cursor: Cursor) -> Result<Option<(Bytes, Cursor)>, crate::store::StoreError> {
    let (state, batch, line, after) = cursor;
    let page = state.store.codes_of_line(&batch, &line, after.as_ref()).await?;
    let Some(last) = page.last().cloned() else { return Ok(None) };
    let mut text = String::with_capacity(page.len() * 21);
    for serial in &page {
        text.push_str(serial.as_str());
        text.push('\n');
    }
    Ok(Some((Bytes::from(text), (state, batch, line, Some(last)))))
}

/// A batch of the gateway's member.
async fn own(state: &AppState, gateway: Gateway, gtin: &str, lot: &str) -> ApiResult<BatchRow> {
    let id = BatchId { gtin: Gtin::parse_padded(gtin)?, lot: Lot::parse(lot)? };
    let found = state.store.batch(&id).await?.filter(|row| row.maker == gateway.member);
    found.ok_or_else(|| ApiError::not_found("no batch of this member has this GTIN and lot"))
}

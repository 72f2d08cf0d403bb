//! Marks of items as a table: what a line or a tag maker's list holds, uploaded by a person.
//!
//! ```text
//! serial | the kind's fields     first row; CSV or XLSX, as every table here is read ([`tracelight_imports::table`])
//! ```
//! Each row is kept by itself, as with the call for programs ([`super::marks`]): a row that is not right stops no other, and sending the
//! table again is harmless.

use super::marks::{configured, keep_one, kind_of};
use super::products::own;
use crate::app::AppState;
use crate::auth::User;
use crate::http::{ApiError, ApiResult, Path, off_thread};
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use tracelight_api::problem::Problem;
use tracelight_api::rest::marks::{
    ItemMark, MARK_FAULTS_SHOWN, MARK_ROWS_MAX, MARK_TABLE_BYTES_MAX, MarkOutcome, MarkRowFault, MarkTable,
};
use tracelight_imports::limits::Limits;
use tracelight_imports::table::{self, Row};
use tracelight_marks::{Kind, hologram, nfc, pin, rfid, score};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

const LIMITS: Limits = Limits { file_bytes_max: MARK_TABLE_BYTES_MAX, rows_max: MARK_ROWS_MAX, ..Limits::SERVER };
const SERIAL: &str = "serial";

/// Routes of this file.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(upload)).layer(axum::extract::DefaultBodyLimit::max(MARK_TABLE_BYTES_MAX))
}

/// Columns of a kind's table, behind the serial.
fn columns(kind: &Kind) -> &'static [&'static str] {
    match kind {
        kind if *kind == pin::KIND => &["pin"],
        kind if *kind == nfc::KIND => &["uid"],
        kind if *kind == rfid::KIND => &["tid", "epc", "epc_locked"],
        kind if *kind == score::KIND => &["service", "genuine_from", "copy_below", "window_ms"],
        _ => &[],
    }
}

/// Keeps marks of a kind from a table: CSV or XLSX, at most 4 MiB and 2,000 rows. What is there stays.
#[utoipa::path(post, path = "/products/{gtin}/marks/{kind}/table", tag = "goods",
    request_body(content = String, content_type = "application/octet-stream"),
    params(("gtin" = String, Path, description = "GTIN"), ("kind" = String, Path, description = "a kind that has items")),
    responses((status = 200, body = MarkTable), (status = 400, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn upload(
    State(state): State<AppState>,
    user: User,
    Path((gtin, kind)): Path<(String, String)>,
    body: Result<Bytes, BytesRejection>,
) -> ApiResult<Json<MarkTable>> {
    user.must_operate()?;
    let gtin = own(&state, &user, &gtin).await?;
    let kind = kind_of(configured(&state)?, &kind)?;
    if kind == hologram::KIND {
        return Err(ApiError::invalid("kind", "the questions belong to the product: PUT /products/{gtin}/hologram"));
    }
    let body = body.map_err(|rejection| ApiError::invalid("file", rejection.body_text()))?;
    let read = off_thread(move || table::read(&body, &LIMITS)).await?;
    let read = read.map_err(|error| ApiError::invalid("file", error.to_string()))?;
    let places = places(&kind, &read.header)?;
    let mut told = MarkTable { rows: 0, stored: 0, already: 0, faults_count: 0, faults: Vec::new() };
    for row in &read.rows {
        told.rows += 1;
        let mark = mark(row, &places);
        let (outcome, detail) = keep_one(&state, gtin, &kind, &mark).await?;
        match outcome {
            MarkOutcome::Stored => told.stored += 1,
            MarkOutcome::AlreadyStored => told.already += 1,
            MarkOutcome::Conflicts | MarkOutcome::UnknownCode | MarkOutcome::Refused => {
                told.faults_count += 1;
                if told.faults.len() < MARK_FAULTS_SHOWN {
                    let detail = detail.unwrap_or_default();
                    told.faults.push(MarkRowFault { row: row.number, serial: mark.serial, outcome, detail });
                }
            }
        }
    }
    tracing::info!(gtin = %gtin, kind = %kind, rows_count = told.rows, faults_count = told.faults_count, user = user.name, "Marks of product {gtin} were uploaded");
    Ok(Json(told))
}

/// Where each column stands in the file.
fn places(kind: &Kind, header: &[String]) -> ApiResult<Vec<(&'static str, usize)>> {
    let wanted = std::iter::once(SERIAL).chain(columns(kind).iter().copied());
    let place = |name: &'static str| {
        let found = header.iter().position(|cell| cell.trim().eq_ignore_ascii_case(name));
        found.map(|place| (name, place)).ok_or_else(|| {
            let all = std::iter::once(SERIAL).chain(columns(kind).iter().copied()).collect::<Vec<_>>().join(", ");
            let detail = format!("the first row has no column `{name}`; expected {all}");
            ApiError::invalid("file", detail)
        })
    };
    wanted.map(place).collect()
}

fn mark(row: &Row, places: &[(&'static str, usize)]) -> ItemMark {
    let text = |place: usize| row.cell(place).map(|cell| cell.text.to_string()).unwrap_or_default();
    let serial = places.first().map(|(_, place)| text(*place)).unwrap_or_default();
    let reference = places.iter().skip(1).map(|(name, place)| ((*name).to_owned(), text(*place)));
    ItemMark { serial, reference: reference.filter(|(_, value)| !value.is_empty()).collect() }
}

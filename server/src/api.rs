//! REST v1, under `/api/v1`. The contract is `tracelight_api::rest`; the document is `server/openapi/v1.json`.
//!
//! Handlers authorize, parse, ask the store, answer. Each file is one area and exposes its `router()`.

pub mod account;
pub mod alerts;
pub mod api_keys;
pub mod audit;
pub mod batches;
pub mod chain;
pub mod devices;
pub mod examples;
pub mod fsma204;
pub mod handover;
pub mod imports;
pub mod invitations;
pub mod labels;
pub mod line;
pub mod links;
pub mod list;
pub mod lists;
pub mod map;
pub mod mark_checks;
pub mod mark_table;
pub mod marks;
pub mod notices;
pub mod numbers;
pub mod orders;
pub mod printing;
pub mod products;
pub mod recall_cases;
pub mod recall_scope;
pub mod recall_tasks;
pub mod recalls;
pub mod reports;
pub mod search;
pub mod second;
pub mod session;
pub mod sheet;
pub mod trace;
pub mod trace_graph;
pub mod trace_picture;
pub mod units;
pub mod users;
pub mod webhooks;

use crate::app::AppState;
use crate::http::{ApiError, ApiResult};
use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use tracelight_domain::cell::neutral;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

/// Rows of a page when nobody says how many.
const PAGE_ROWS: u64 = 50;
/// Rows of a page at most.
pub const PAGE_ROWS_MAX: u64 = 200;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Tracelight server",
        version = "1",
        description = "Traceability and anti-counterfeit for an alliance of companies. Errors are RFC 9457 problems. \
                       Calls that sign something take an `Idempotency-Key`: the same key and request again are done once. \
                       Programs call with a key (`Authorization: Bearer tl_…`), browsers with a session from the same origin."
    ),
    servers((url = "/api/v1")),
    components(schemas(tracelight_api::problem::Problem))
)]
struct Document;

/// All areas, with their document.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(Document::openapi())
        .merge(session::router())
        .merge(account::router())
        .merge(second::router())
        .merge(users::router())
        .merge(invitations::router())
        .merge(audit::router())
        .merge(products::router())
        .merge(links::router())
        .merge(marks::router())
        .merge(mark_checks::router())
        .merge(mark_table::router())
        .merge(batches::router())
        .merge(orders::router())
        .merge(numbers::router())
        .merge(labels::router())
        .merge(printing::router())
        .merge(imports::router())
        .merge(line::router())
        .merge(devices::router())
        .merge(handover::router())
        .merge(units::router())
        .merge(trace::router())
        .merge(trace_graph::router())
        .merge(trace_picture::router())
        .merge(fsma204::router())
        .merge(recalls::router())
        .merge(recall_scope::router())
        .merge(recall_cases::router())
        .merge(recall_tasks::router())
        .merge(alerts::router())
        .merge(reports::router())
        .merge(map::router())
        .merge(notices::router())
        .merge(search::router())
        .merge(lists::router())
        .merge(chain::router())
        .merge(api_keys::router())
        .merge(webhooks::router())
}

/// The document as it is committed.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn document() -> Result<String, serde_json::Error> {
    let (_, mut document) = router().split_for_parts();
    // EPCIS has a root of its own, where its clients expect it.
    let (_, epcis) = crate::epcis::router().split_for_parts();
    for (path, mut item) in epcis.paths.paths {
        item.servers = Some(vec![utoipa::openapi::Server::new("/")]);
        document.paths.paths.insert(format!("/epcis{}", path.trim_end_matches('/')), item);
    }
    let (_, vrs) = crate::vrs::router().split_for_parts();
    if let (Some(all), Some(more)) = (document.components.as_mut(), vrs.components) {
        all.schemas.extend(more.schemas);
    }
    for (path, mut item) in vrs.paths.paths {
        item.servers = Some(vec![utoipa::openapi::Server::new("/")]);
        document.paths.paths.insert(format!("/vrs{path}"), item);
    }
    examples::complete(&mut document);
    Ok(document.to_pretty_json()? + "\n")
}

/// A path of the document as it is called: EPCIS and the verification of identifiers have roots of their own.
#[must_use]
pub fn called(path: &str) -> String {
    let has_own_root = ["/epcis", "/vrs"].iter().any(|root| path.starts_with(root));
    if has_own_root { path.to_owned() } else { format!("/api/v1{path}") }
}

/// Where a page begins, and how long it is.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    /// `next` of the page before.
    #[serde(default)]
    pub cursor: Option<String>,
    /// Rows, 1 to 200; 50 when absent.
    #[serde(default)]
    pub limit: Option<u64>,
}

impl PageQuery {
    /// Rows of this page.
    ///
    /// # Errors
    /// 400 outside 1 to [`PAGE_ROWS_MAX`].
    pub fn rows(&self) -> ApiResult<u64> {
        match self.limit.unwrap_or(PAGE_ROWS) {
            rows @ 1..=PAGE_ROWS_MAX => Ok(rows),
            other => Err(ApiError::invalid("limit", format!("{other} is outside 1 to {PAGE_ROWS_MAX}"))),
        }
    }
}

/// Tables that are kept as files.
const CSV: &str = "text/csv; charset=utf-8";

/// A table, in memory. No cell is a formula: [`tracelight_domain::cell`].
fn csv_of<R: AsRef<[String]>>(start: &str, records: impl IntoIterator<Item = R>) -> ApiResult<Vec<u8>> {
    let failed = |error: &dyn std::fmt::Display| {
        ApiError::fault(StatusCode::INTERNAL_SERVER_ERROR, "fault", "the table could not be written", &error)
    };
    let mut table = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(start.as_bytes().to_vec());
    for cells in records {
        let cells = cells.as_ref().iter().map(|cell| neutral(cell).into_owned());
        table.write_record(cells).map_err(|error| failed(&error))?;
    }
    table.into_inner().map_err(|error| failed(&error))
}

/// A file to be kept, of this media type.
fn attachment(name: &str, kind: &str, bytes: impl Into<Body>) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers = [(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    (headers, bytes.into()).into_response()
}

/// Checks that a text is one bounded, printable line.
///
/// # Errors
/// 400 naming the field and the first character that has no place in a line.
pub fn line_of_text(field: &str, text: &str, bytes_max: usize) -> ApiResult<()> {
    if text.len() > bytes_max {
        return Err(ApiError::invalid(field, format!("{} bytes, expected at most {bytes_max}", text.len())));
    }
    if let Some(at) = text.chars().position(char::is_control) {
        let mut error = ApiError::invalid(field, format!("character {} is a control character, expected text", at + 1));
        error.0.position = u32::try_from(at + 1).ok();
        return Err(error);
    }
    Ok(())
}

/// Text of several lines: so many characters, and of the control characters only the end of a line.
///
/// # Errors
/// 400 naming the field, and the character's place.
pub fn text(field: &str, text: &str, chars_max: usize) -> ApiResult<()> {
    let length = text.chars().count();
    if length > chars_max {
        return Err(ApiError::invalid(field, format!("{length} characters, expected at most {chars_max}")));
    }
    let Some(at) = text.chars().position(|character| character.is_control() && character != '\n') else {
        return Ok(());
    };
    let mut error = ApiError::invalid(field, format!("character {} is a control character, expected text", at + 1));
    error.0.position = u32::try_from(at + 1).ok();
    Err(error)
}

#[cfg(test)]
mod tests {
    use super::csv_of;

    #[test]
    fn a_table_quotes_what_has_to_be_and_runs_nothing() {
        let rows = [["serial", "pin"], ["-1+1", "12"], ["a\"b,c", "34"]].map(|cells| cells.map(str::to_owned));
        let table = csv_of("\u{feff}", rows).expect("in memory");
        assert_eq!(String::from_utf8(table).expect("text"), "\u{feff}serial,pin\r\n'-1+1,12\r\n\"a\"\"b,c\",34\r\n");
    }
}

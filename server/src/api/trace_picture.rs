//! The graph of a lot as a picture and as tables: for pages, and as files of exactly the rows that a page's filter finds.
//!
//! Who sees what is as for the whole graph ([`super::trace_graph`]). Pictures are laid out off the async threads, two at a time; a
//! picture that cannot be laid out is left out, and the table beside it has everything.

use super::sheet::{Sheet, csv_file, xlsx_file};
use super::trace_graph::read;
use crate::app::AppState;
use crate::auth::User;
use crate::epcis::caller::Caller;
use crate::epcis::events::file_of_class;
use crate::graph::collapse::Sketch;
use crate::graph::table::{Chosen, sheet};
use crate::graph::{self, layout};
use crate::http::{ApiError, ApiResult, Query};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use std::sync::LazyLock;
use tokio::sync::Semaphore;
use tracelight_api::problem::Problem;
use tracelight_api::rest::audit::AuditAction;
use tracelight_api::rest::trace::{Direction, TraceGraph};
use tracelight_api::rest::trace_picture::{Drawing, TablePart, TracePicture};
use tracelight_domain::gs1::Gln;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Bytes of the words of a filter.
const Q_BYTES_MAX: usize = 200;
/// What a lot's name does not keep as it is in a Digital Link.
const RESERVED: &percent_encoding::AsciiSet =
    &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// Layouts at a time.
static TURN: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(2));

/// The calls of this file.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(picture)).routes(routes!(csv)).routes(routes!(xlsx)).routes(routes!(jsonld))
}

/// Which lot, which table, and which rows of it.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// A lot with its GTIN: element string, Digital Link or bracketed text.
    code: String,
    /// Where to go from it; both ways when absent.
    #[serde(default)]
    direction: Direction,
    /// Which table; hand-overs when absent.
    #[serde(default)]
    part: TablePart,
    /// Words that a row has to have, anywhere, whatever their case.
    q: Option<String>,
    /// Steps from the lot, below zero towards what it was made from; 9 stands for all further ones.
    level: Option<i32>,
    /// GLN of a company that a row names.
    member: Option<String>,
    /// A column to sort by, with `-` before it from the last to the first.
    sort: Option<String>,
    /// Page of the table, from 1.
    page: Option<u64>,
}

/// Which lot, which table, and which rows of it: all pages.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AskedFile {
    /// A lot with its GTIN: element string, Digital Link or bracketed text.
    code: String,
    /// Where to go from it; both ways when absent.
    #[serde(default)]
    direction: Direction,
    /// Which table; hand-overs when absent. A workbook has all of them, this one sorted.
    #[serde(default)]
    part: TablePart,
    /// Words that a row has to have, anywhere, whatever their case.
    q: Option<String>,
    /// Steps from the lot, below zero towards what it was made from; 9 stands for all further ones.
    level: Option<i32>,
    /// GLN of a company that a row names.
    member: Option<String>,
    /// A column to sort by, with `-` before it from the last to the first.
    sort: Option<String>,
}

/// A picture of the graph of a lot, within a bound, and a page of a table of it.
#[utoipa::path(get, path = "/trace/graph/picture", params(Asked), responses(
    (status = 200, body = TracePicture), (status = 400, body = Problem, description = "a part of the question is wrong"),
    (status = 401, body = Problem), (status = 404, body = Problem, description = "unknown, or another maker's"),
))]
async fn picture(
    State(state): State<AppState>,
    user: User,
    Query(asked): Query<Asked>,
) -> ApiResult<Json<TracePicture>> {
    let chosen = chosen(asked.part, asked.q, asked.level, asked.member, asked.sort)?;
    let graph = read(&state, &user, &asked.code, asked.direction).await?;
    let drawing = drawn(&graph).await?;
    let picture = graph::picture(&graph, drawing, &chosen, asked.page.unwrap_or(1));
    picture.map(Json).ok_or_else(|| ApiError::invalid("page", "the table has no such page; the first is 1"))
}

/// One table of the graph, all rows that the filter finds.
#[utoipa::path(get, path = "/trace/graph.csv", params(AskedFile), responses(
    (status = 200, description = "the rows", content_type = "text/csv"),
    (status = 400, body = Problem, description = "a part of the question is wrong"),
    (status = 401, body = Problem), (status = 404, body = Problem, description = "unknown, or another maker's"),
))]
async fn csv(State(state): State<AppState>, user: User, Query(asked): Query<AskedFile>) -> ApiResult<Response> {
    let chosen = chosen(asked.part, asked.q, asked.level, asked.member, asked.sort)?;
    let graph = read(&state, &user, &asked.code, asked.direction).await?;
    exported(&state, &user, &graph, "csv").await?;
    csv_file(&format!("trace-{}", asked.part.word()), &sheet(&graph, &chosen))
}

/// All tables of the graph, each with the rows that the filter finds.
#[utoipa::path(get, path = "/trace/graph.xlsx", params(AskedFile), responses(
    (status = 200, description = "the workbook",
        content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (status = 400, body = Problem, description = "a part of the question is wrong"),
    (status = 401, body = Problem), (status = 404, body = Problem, description = "unknown, or another maker's"),
))]
async fn xlsx(State(state): State<AppState>, user: User, Query(asked): Query<AskedFile>) -> ApiResult<Response> {
    let chosen = chosen(asked.part, asked.q, asked.level, asked.member, asked.sort)?;
    let graph = read(&state, &user, &asked.code, asked.direction).await?;
    let of = |part: TablePart| match part == chosen.part {
        true => sheet(&graph, &chosen),
        false => sheet(&graph, &Chosen { part, sort: None, ..chosen.clone() }),
    };
    let sheets: Vec<Sheet> = TablePart::ALL.into_iter().map(of).collect();
    exported(&state, &user, &graph, "xlsx").await?;
    xlsx_file("trace", sheets).await
}

/// A file of the graph is about to leave: it stands in the log, and a regulator's in those of the makers.
async fn exported(state: &AppState, user: &User, graph: &TraceGraph, format: &str) -> ApiResult<()> {
    let makers = graph.lots.iter().filter_map(|lot| Gln::parse(lot.maker.as_ref()?).ok());
    let about = format!("{}, graph, {format}", graph.subject);
    crate::audit::of_goods(state, user, AuditAction::TableExported, about, makers).await
}

/// Which lot.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AskedLot {
    /// A lot with its GTIN: element string, Digital Link or bracketed text.
    code: String,
}

/// The events of the lot as EPCIS 2.0 in JSON-LD: those of the ledger, and what your member captured.
#[utoipa::path(get, path = "/trace/graph.jsonld", params(AskedLot), responses(
    (status = 200, description = "an EPCISQueryDocument", content_type = "application/ld+json"),
    (status = 400, body = Problem, description = "the code is wrong: field and position"),
    (status = 401, body = Problem), (status = 404, body = Problem, description = "unknown, or another maker's"),
))]
async fn jsonld(
    State(state): State<AppState>,
    user: User,
    caller: Caller,
    Query(asked): Query<AskedLot>,
) -> ApiResult<Response> {
    let graph = read(&state, &user, &asked.code, Direction::Back).await?;
    let lot = graph.lots.get(graph::subject(&graph));
    let lot = lot.ok_or_else(|| ApiError::not_found("the chain does not know this lot"))?;
    let name = percent_encoding::utf8_percent_encode(&lot.lot, RESERVED);
    let class = format!("https://id.gs1.org/01/{}/10/{name}", lot.gtin);
    exported(&state, &user, &graph, "jsonld").await?;
    let mut response = match file_of_class(&state, &caller, &class).await {
        Ok(response) => response,
        Err(error) => return Ok(error.into_response()),
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/ld+json"));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"trace.jsonld\""));
    Ok(response)
}

fn chosen(
    part: TablePart,
    q: Option<String>,
    level: Option<i32>,
    member: Option<String>,
    sort: Option<String>,
) -> ApiResult<Chosen> {
    let q = q.unwrap_or_default();
    super::line_of_text("q", &q, Q_BYTES_MAX)?;
    let member = member.filter(|member| !member.is_empty());
    let member = member.map(|member| Gln::parse(&member)).transpose();
    let member = member.map_err(|error| ApiError::from(error).field("member"))?.map(|gln| gln.to_string());
    let sort = sort.filter(|sort| !sort.is_empty());
    let (name, descending) = match sort.as_deref().map(|sort| (sort, sort.strip_prefix('-'))) {
        None => (None, false),
        Some((_, Some(name))) => (Some(name), true),
        Some((name, None)) => (Some(name), false),
    };
    let known = |name: &str| {
        part.sorts().iter().find(|known| **known == name).copied().ok_or_else(|| {
            let detail = format!("expected one of {}, with `-` before it to turn it round", part.sorts().join(", "));
            ApiError::invalid("sort", detail)
        })
    };
    Ok(Chosen { part, q: q.trim().to_lowercase(), level, member, sort: name.map(known).transpose()?, descending })
}

/// The picture of a graph.
async fn drawn(graph: &TraceGraph) -> ApiResult<Option<Drawing>> {
    let sketch = Sketch::of(graph);
    let _turn = TURN.acquire().await.map_err(|_| ApiError::unavailable("the server is shutting down"))?;
    match tokio::task::spawn_blocking(move || layout::place(sketch)).await {
        Ok(drawing) => Ok(Some(drawing)),
        // The library that lays out met a graph that it cannot take: the table still tells everything.
        Err(error) => {
            tracing::error!(error = %error, "A picture could not be laid out");
            Ok(None)
        }
    }
}

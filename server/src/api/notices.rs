//! Public recall notices: upload and check a file, apply it, its faults as a table; the list with its matches, and which products
//! notices may concern.
//!
//! For the regulator and for makers; each member has a collection of its own. Nothing here recalls anything: a match is a hint.

use super::imports::{InLanguage, NAME_BYTES_MAX};
use super::sheet::{Cell, Sheet, csv_file, xlsx_file};
use super::{CSV, PageQuery, attachment, csv_of};
use crate::app::AppState;
use crate::auth::User;
use crate::http::{ApiError, ApiResult, Path, Query};
use crate::notices::{dry_run, refresh, scope, views, words_zh};
use crate::store::{NoticeCursor, NoticeFilter, NoticeImportRow};
use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use tracelight_api::problem::Problem;
use tracelight_api::rest::Page;
use tracelight_api::rest::audit::AuditAction;
use tracelight_api::rest::imports::ImportLanguage;
use tracelight_api::rest::notice::{
    MatchStrength, NOTICE_FILE_BYTES_MAX, NOTICES_MAX, NoticeClass, NoticeHint, NoticeImport, NoticeImportState,
    NoticeStatus, RecallNotice,
};
use tracelight_domain::gs1::Gtin;
use tracelight_proof::hash::sha256;
use tracelight_regulatory::notices::RowFault;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// The table of what is wrong with a file.
const ERRORS: &str = "recall-notices-errors.csv";
/// Notices that are compared with products at once.
const VIEWS_AT_ONCE: usize = 500;

/// Routes of this file.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(rows))
        .routes(routes!(hints))
        .routes(routes!(imports, upload))
        .routes(routes!(one))
        .routes(routes!(errors))
        .routes(routes!(apply))
        .layer(DefaultBodyLimit::max(NOTICE_FILE_BYTES_MAX))
}

/// Which notices. What several parts name must all hold.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// Words that a notice has: of product, firm, codes, reason, number.
    #[serde(default)]
    search: String,
    /// How grave.
    class: Option<NoticeClass>,
    /// Where they stand.
    status: Option<NoticeStatus>,
    /// With a match of this weight or more.
    strength: Option<MatchStrength>,
    /// That may concern this product.
    gtin: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Rows, 1 to 200; 50 when absent.
    limit: Option<u64>,
}

/// Which notices, all pages. What several parts name must all hold.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AskedFile {
    /// Words that a notice has: of product, firm, codes, reason, number.
    #[serde(default)]
    search: String,
    /// How grave.
    class: Option<NoticeClass>,
    /// Where they stand.
    status: Option<NoticeStatus>,
    /// With a match of this weight or more.
    strength: Option<MatchStrength>,
    /// That may concern this product.
    gtin: Option<String>,
}

/// The name of a file, for the list.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Named {
    /// Its name.
    #[serde(default)]
    name: String,
}

/// Notices, newest first, each with the products that it may concern, why, and what is not known.
#[utoipa::path(get, path = "/recall-notices", tag = "recalls", params(Asked), responses(
    (status = 200, body = Page<RecallNotice>), (status = 400, body = Problem), (status = 401, body = Problem),
    (status = 403, body = Problem)))]
async fn list(
    State(state): State<AppState>,
    user: User,
    Query(asked): Query<Asked>,
) -> ApiResult<Json<Page<RecallNotice>>> {
    scope(&user)?;
    super::line_of_text("search", &asked.search, NAME_BYTES_MAX)?;
    let rows_max = PageQuery { cursor: None, limit: asked.limit }.rows()?;
    let gtin = asked.gtin.as_deref().filter(|gtin| !gtin.is_empty()).map(Gtin::parse_padded).transpose();
    let filter = NoticeFilter {
        search: asked.search,
        class: asked.class,
        status: asked.status,
        strength: asked.strength,
        gtin: gtin.map_err(|error| ApiError::from(error).field("gtin"))?,
    };
    let after = asked.cursor.as_deref().map(cursor_of).transpose()?;
    refresh(&state, &user).await?;
    let mut rows = state.store.notices(user.member, &filter, after.as_ref(), rows_max + 1).await?;
    let more = rows.len() as u64 > rows_max;
    rows.truncate(usize::try_from(rows_max).unwrap_or(usize::MAX));
    let next = rows.last().filter(|_| more).map(|row| cursor_text(&row.cursor()));
    Ok(Json(Page { items: views(&state, &user, rows).await?, next }))
}

/// All notices that the filter finds, as a file.
#[utoipa::path(get, path = "/recall-notices/rows/{format}", tag = "recalls",
    params(("format" = String, Path, description = "`csv` or `xlsx`"), AskedFile), responses(
    (status = 200, description = "the table", content_type = "text/csv"), (status = 400, body = Problem),
    (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn rows(
    State(state): State<AppState>,
    user: User,
    Path(format): Path<String>,
    Query(asked): Query<AskedFile>,
) -> ApiResult<Response> {
    scope(&user)?;
    super::line_of_text("search", &asked.search, NAME_BYTES_MAX)?;
    let gtin = asked.gtin.as_deref().filter(|gtin| !gtin.is_empty()).map(Gtin::parse_padded).transpose();
    let gtin = gtin.map_err(|error| ApiError::from(error).field("gtin"))?;
    let AskedFile { search, class, status, strength, .. } = asked;
    let filter = NoticeFilter { search, class, status, strength, gtin };
    refresh(&state, &user).await?;
    // A member has at most so many.
    let mut left = state.store.notices(user.member, &filter, None, NOTICES_MAX as u64).await?;
    let mut cells = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let rest = left.split_off(left.len().min(VIEWS_AT_ONCE));
        cells.extend(views(&state, &user, left).await?.iter().map(notice_cells));
        left = rest;
    }
    let sheet = Sheet { name: "notices", heads: NOTICE_HEADS, rows: cells };
    if !matches!(format.as_str(), "csv" | "xlsx") {
        return Err(ApiError::not_found("notices are kept as `csv` or `xlsx`"));
    }
    let about = format!("notices.{format}, {} rows", sheet.rows.len());
    crate::audit::record(&state, &user, AuditAction::TableExported, about).await?;
    match format.as_str() {
        "csv" => csv_file("notices", &sheet),
        _ => xlsx_file("notices", vec![sheet]).await,
    }
}

const NOTICE_HEADS: &[&str] = &[
    "Notice",
    "Event",
    "Firm",
    "Class",
    "Status",
    "Initiated",
    "Reported",
    "Region",
    "Distribution",
    "Reason",
    "Product",
    "Codes",
    "GTINs",
    "Lots",
    "May concern",
    "Changed",
];

fn notice_cells(notice: &RecallNotice) -> Vec<Cell> {
    let word = |value: serde_json::Result<serde_json::Value>| {
        let word = value.ok().and_then(|value| value.as_str().map(str::to_owned));
        Cell::text(word.unwrap_or_default())
    };
    let mut cells: Vec<Cell> = [&notice.key, &notice.event, &notice.firm].map(Cell::text).into();
    cells.extend([word(serde_json::to_value(notice.class)), word(serde_json::to_value(notice.status))]);
    cells.extend([notice.initiated.as_ref(), notice.reported.as_ref()].map(Cell::some));
    cells
        .extend([&notice.region, &notice.distribution, &notice.reason, &notice.product, &notice.codes].map(Cell::text));
    let matches: Vec<&str> = notice.matches.iter().map(|found| found.gtin.as_str()).collect();
    cells.extend([notice.gtins.join(" "), notice.lots.join(" "), matches.join(" ")].map(Cell::Text));
    cells.push(Cell::Time(notice.changed_ms));
    cells
}

/// Products that notices may concern, with how many; closed notices do not count.
#[utoipa::path(get, path = "/recall-notices/hints", tag = "recalls", responses(
    (status = 200, body = Page<NoticeHint>), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn hints(State(state): State<AppState>, user: User) -> ApiResult<Json<Page<NoticeHint>>> {
    scope(&user)?;
    refresh(&state, &user).await?;
    Ok(Json(Page { items: state.store.notice_hints(user.member).await?, next: None }))
}

/// Uploads a file of notices: CSV of the FDA's table, CSV or JSON of openFDA, JSON of FSIS. It is read and compared with the list;
/// nothing is changed yet.
#[utoipa::path(post, path = "/recall-notices/imports", tag = "recalls", params(Named),
    request_body(content = String, content_type = "application/octet-stream", description = "the file"),
    responses((status = 200, body = NoticeImport), (status = 400, body = Problem), (status = 403, body = Problem),
        (status = 413, body = Problem)))]
async fn upload(
    State(state): State<AppState>,
    user: User,
    Query(asked): Query<Named>,
    body: Result<Bytes, BytesRejection>,
) -> ApiResult<Json<NoticeImport>> {
    scope(&user)?;
    user.must_operate()?;
    let body = body.map_err(|rejection| {
        let detail = format!("{}; at most {NOTICE_FILE_BYTES_MAX} bytes are read", rejection.body_text());
        ApiError::new(rejection.status(), "body_unreadable", "the file cannot be read").field("file").detail(detail)
    })?;
    super::line_of_text("name", &asked.name, NAME_BYTES_MAX)?;
    let run = dry_run(&state, &user, body.to_vec()).await?;
    let row = NoticeImportRow {
        id: Uuid::now_v7(),
        member: user.member,
        name: asked.name,
        hash: sha256(&body).0,
        state: NoticeImportState::Checked,
        found: run.found,
        user: user.name.clone(),
        created_ms: crate::clock::now_ms(),
    };
    Ok(Json(view(state.store.keep_notice_import(&row, &body).await?)))
}

/// The newest files of your member.
#[utoipa::path(get, path = "/recall-notices/imports", tag = "recalls", responses(
    (status = 200, body = Page<NoticeImport>), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn imports(State(state): State<AppState>, user: User) -> ApiResult<Json<Page<NoticeImport>>> {
    scope(&user)?;
    let items = state.store.notice_imports(user.member).await?;
    Ok(Json(Page { items: items.into_iter().map(view).collect(), next: None }))
}

/// One file.
#[utoipa::path(get, path = "/recall-notices/imports/{id}", tag = "recalls",
    params(("id" = String, Path, description = "Import")),
    responses((status = 200, body = NoticeImport), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn one(State(state): State<AppState>, user: User, Path(id): Path<String>) -> ApiResult<Json<NoticeImport>> {
    Ok(Json(view(own(&state, &user, &id).await?.0)))
}

/// The records that are no notices, each with its row, what is wrong, and the record as it stands in the file.
#[utoipa::path(get, path = "/recall-notices/imports/{id}/errors.csv", tag = "recalls",
    params(("id" = String, Path, description = "Import"), InLanguage), responses(
    (status = 200, description = "the table", content_type = "text/csv"), (status = 403, body = Problem),
    (status = 404, body = Problem)))]
async fn errors(
    State(state): State<AppState>,
    user: User,
    Path(id): Path<String>,
    Query(asked): Query<InLanguage>,
) -> ApiResult<Response> {
    let (_, file) = own(&state, &user, &id).await?;
    let run = dry_run(&state, &user, file).await?;
    let heads = match asked.language {
        ImportLanguage::Zh => ["行", "列", "问题", "原记录"],
        ImportLanguage::En => ["row", "column", "error", "record"],
    };
    let row = |fault: &RowFault| {
        let what = match asked.language {
            ImportLanguage::Zh => words_zh(&fault.problem),
            ImportLanguage::En => fault.problem.to_string(),
        };
        let column = fault.column.clone().unwrap_or_default();
        [fault.original.row.to_string(), column, what, fault.original.text.clone()]
    };
    let rows = run.import.faults.iter().map(row);
    let bytes = csv_of("\u{feff}", std::iter::once(heads.map(str::to_owned)).chain(rows))?;
    crate::audit::record(&state, &user, AuditAction::TableExported, ERRORS).await?;
    Ok(attachment(ERRORS, CSV, bytes))
}

/// Puts the file's notices into the list: new ones are added, changed ones take the place of what was there. Records with faults are
/// left out. Applying again changes nothing.
#[utoipa::path(post, path = "/recall-notices/imports/{id}/apply", tag = "recalls",
    params(("id" = String, Path, description = "Import")),
    responses((status = 200, body = NoticeImport), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
async fn apply(State(state): State<AppState>, user: User, Path(id): Path<String>) -> ApiResult<Json<NoticeImport>> {
    scope(&user)?;
    user.must_operate()?;
    let (import, file) = own(&state, &user, &id).await?;
    // The list and the products may have changed since the upload.
    let run = dry_run(&state, &user, file).await?;
    let room = (NOTICES_MAX as u64).saturating_sub(state.store.notices_count(user.member).await?);
    if run.rows.len() as u64 > room.saturating_add(run.found.changed) {
        let detail = format!("at most {NOTICES_MAX} notices are kept, there is room for {room}");
        return Err(ApiError::new(StatusCode::CONFLICT, "too_many_notices", "the list is full").detail(detail));
    }
    state.store.apply_notices(&import, &run.rows, &run.matches).await?;
    tracing::info!(user = %user.name, new_count = run.found.new, changed_count = run.found.changed, "Applied recall notices");
    let about = format!("{}: {} new, {} changed", import.name, run.found.new, run.found.changed);
    crate::audit::record(&state, &user, AuditAction::NoticesImported, about).await?;
    Ok(Json(view(NoticeImportRow { state: NoticeImportState::Applied, ..import })))
}

async fn own(state: &AppState, user: &User, id: &str) -> ApiResult<(NoticeImportRow, Vec<u8>)> {
    scope(user)?;
    let missing = || ApiError::not_found("your member has no file with this id, or newer ones have taken its place");
    let id = Uuid::try_parse(id).map_err(|_| missing())?;
    state.store.notice_import(user.member, id).await?.ok_or_else(missing)
}

fn view(row: NoticeImportRow) -> NoticeImport {
    NoticeImport {
        id: row.id.to_string(),
        name: row.name,
        state: row.state,
        found: row.found,
        user: row.user,
        created_ms: row.created_ms,
    }
}

/// `2026-11-01~1~0~hex of the id`.
fn cursor_text(cursor: &NoticeCursor) -> String {
    format!("{}~{}~{}~{}", cursor.date, cursor.source, cursor.part, hex::encode(&cursor.id))
}

fn cursor_of(text: &str) -> ApiResult<NoticeCursor> {
    let wrong = || ApiError::invalid("cursor", "expected the `next` of the page before");
    let parts: Vec<&str> = text.split('~').collect();
    let [date, source, part, id] = parts.as_slice() else { return Err(wrong()) };
    let (source, part) = (source.parse().map_err(|_| wrong())?, part.parse().map_err(|_| wrong())?);
    let is_date = date.len() <= 10 && date.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let id = hex::decode(id).ok().filter(|id| is_date && id.len() <= crate::store::NOTICE_ID_BYTES_MAX);
    Ok(NoticeCursor { date: (*date).to_owned(), source, part, id: id.ok_or_else(wrong)? })
}

//! Imports: upload, look, apply, take back; the template and the error file; the address book.
//!
//! Products and codes are for operators of a manufacturer, partners for operators of any member. An import is its member's
//! own; others get 404.

use super::list::{IMPORTS, ListQuery};
use super::{CSV, PageQuery, attachment};
use crate::app::AppState;
use crate::auth::User;
use crate::http::{ApiError, ApiResult, IdempotencyKey, Path, Query};
use crate::imports::{dry_run, is_same, kind_of, told};
use crate::signing::{Capacity, Intent, sign_and_submit};
use crate::store::{ImportRow, TakenBack};
use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use std::time::{Duration, Instant};
use tracelight_api::problem::Problem;
use tracelight_api::rest::Page;
use tracelight_api::rest::audit::AuditAction;
use tracelight_api::rest::imports::{IMPORT_BYTES_MAX, Import, ImportKind, ImportLanguage, ImportState, Partner};
use tracelight_domain::gs1::Gln;
use tracelight_domain::state::MemberRole;
use tracelight_domain::tx::{self, TxBody};
use tracelight_imports::CheckedRows;
use tracelight_imports::error_file;
use tracelight_imports::template::{Language, template};
use tracelight_proof::hash::sha256;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// Time that one call spends on products; what is left goes on with the next call.
const PRODUCTS_TIME: Duration = Duration::from_secs(10);
/// Bytes of a file's name and of a mapping.
pub(super) const NAME_BYTES_MAX: usize = 200;
const MAPPING_BYTES_MAX: usize = 2_000;

/// Routes of this file.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list, upload))
        .routes(routes!(blank))
        .routes(routes!(one))
        .routes(routes!(errors))
        .routes(routes!(apply))
        .routes(routes!(undo))
        .routes(routes!(partners))
        .layer(DefaultBodyLimit::max(IMPORT_BYTES_MAX))
}

/// Which template.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Blank {
    /// What the file will be about.
    kind: ImportKind,
    /// Language of the headers; Chinese when absent.
    #[serde(default)]
    language: ImportLanguage,
}

/// What is uploaded.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Upload {
    /// What the file is about.
    kind: ImportKind,
    /// Its name, for the list.
    #[serde(default)]
    name: String,
    /// `gtin:Artikel,lot:Charge`: columns whose headers are not ours.
    #[serde(default)]
    map: String,
}

/// In which language.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct InLanguage {
    /// Chinese when absent.
    #[serde(default)]
    pub(super) language: ImportLanguage,
}

/// The file to fill in: CSV in UTF-8 with a byte order mark.
#[utoipa::path(get, path = "/imports/template", tag = "imports", params(Blank), responses(
    (status = 200, description = "the template", content_type = "text/csv"), (status = 401, body = Problem)))]
async fn blank(_user: User, Query(asked): Query<Blank>) -> Response {
    let name = kind_of(asked.kind).name();
    attachment(&format!("{name}.csv"), CSV, template(kind_of(asked.kind), language(asked.language)))
}

/// Uploads a file, CSV or XLSX, and checks it. Nothing is changed yet. The same file again gives the same import.
#[utoipa::path(post, path = "/imports", tag = "imports", params(Upload),
    request_body(content = String, content_type = "application/octet-stream", description = "the file"),
    responses((status = 200, body = Import), (status = 400, body = Problem), (status = 403, body = Problem),
        (status = 413, body = Problem)))]
async fn upload(
    State(state): State<AppState>,
    user: User,
    Query(asked): Query<Upload>,
    body: Result<Bytes, BytesRejection>,
) -> ApiResult<Json<Import>> {
    may_import(&user, asked.kind)?;
    let body = body.map_err(|rejection| {
        let detail = format!("{}; at most {IMPORT_BYTES_MAX} bytes are read", rejection.body_text());
        ApiError::new(rejection.status(), "body_unreadable", "the file cannot be read").detail(detail)
    })?;
    super::line_of_text("name", &asked.name, NAME_BYTES_MAX)?;
    super::line_of_text("map", &asked.map, MAPPING_BYTES_MAX)?;
    let run = dry_run(&state, &user, asked.kind, &asked.map, body.to_vec()).await?;
    let row = ImportRow {
        id: Uuid::now_v7(),
        member: user.member,
        kind: asked.kind,
        name: asked.name,
        hash: sha256(&[asked.map.as_bytes(), b"\0", &body[..]].concat()).0,
        mapping: asked.map,
        state: if run.checked.faults_count == 0 { ImportState::Checked } else { ImportState::Refused },
        rows: run.table.rows.len() as u64,
        refused: run.checked.rows_refused as u64,
        faults_count: run.checked.faults_count as u64,
        faults: run.checked.faults.iter().map(told).collect(),
        applied: 0,
        user: user.name.clone(),
        created_ms: crate::clock::now_ms(),
    };
    Ok(Json(view(state.store.keep_import(&row, &body).await?)))
}

/// Imports of your member, newest first. Words are looked for in the file's name and in who uploaded it.
#[utoipa::path(get, path = "/imports", tag = "imports", params(ListQuery),
    responses((status = 200, body = Page<Import>), (status = 400, body = Problem), (status = 401, body = Problem)))]
async fn list(
    State(state): State<AppState>,
    user: User,
    Query(asked): Query<ListQuery>,
) -> ApiResult<Json<Page<Import>>> {
    let wish = asked.wish(&IMPORTS)?;
    let (ids, next) = wish.page(state.store.list_imports(user.member, &wish.narrowed, &wish.wanted).await?);
    let items = state.store.imports_at(&ids).await?.into_iter().map(view).collect();
    Ok(Json(Page { items, next }))
}

/// One import.
#[utoipa::path(get, path = "/imports/{id}", tag = "imports", params(("id" = String, Path, description = "Import")),
    responses((status = 200, body = Import), (status = 404, body = Problem)))]
async fn one(State(state): State<AppState>, user: User, Path(id): Path<String>) -> ApiResult<Json<Import>> {
    Ok(Json(view(own(&state, &user, &id).await?)))
}

/// The file again, with what is wrong in a column `error`: to correct and upload.
#[utoipa::path(get, path = "/imports/{id}/errors.csv", tag = "imports",
    params(("id" = String, Path, description = "Import"), InLanguage), responses(
    (status = 200, description = "the table", content_type = "text/csv"), (status = 404, body = Problem)))]
async fn errors(
    State(state): State<AppState>,
    user: User,
    Path(id): Path<String>,
    Query(asked): Query<InLanguage>,
) -> ApiResult<Response> {
    let import = own(&state, &user, &id).await?;
    let run = checked_again(&state, &user, &import).await?;
    let bytes = error_file(&run.table, &run.checked.faults, language(asked.language)).map_err(|error| {
        let title = "the error file could not be written";
        ApiError::fault(StatusCode::INTERNAL_SERVER_ERROR, "fault", title, &error)
    })?;
    let name = format!("{}-errors.csv", kind_of(import.kind).name());
    crate::audit::record(&state, &user, AuditAction::TableExported, name.clone()).await?;
    Ok(attachment(&name, CSV, bytes))
}

/// Does what the file says: all of it, or nothing. Products go onto the chain one by one; when the answer says `applying`,
/// ask again.
#[utoipa::path(post, path = "/imports/{id}/apply", tag = "imports", params(("id" = String, Path, description = "Import")),
    responses((status = 200, body = Import), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
async fn apply(State(state): State<AppState>, user: User, Path(id): Path<String>) -> ApiResult<Json<Import>> {
    let import = own(&state, &user, &id).await?;
    may_import(&user, import.kind)?;
    match import.state {
        ImportState::Applied => return Ok(Json(view(import))),
        ImportState::Checked | ImportState::Applying => {}
        ImportState::Refused => {
            return Err(conflict("import_refused", "the file has faults; correct it and upload it"));
        }
        ImportState::Undone => {
            return Err(conflict("import_undone", "this import was taken back; upload the file again"));
        }
    }
    // The world may have changed since the upload.
    let run = checked_again(&state, &user, &import).await?;
    if let Some(fault) = run.checked.faults.first() {
        let message = fault.message();
        let detail = format!("row {}, {}: {} / {}", fault.row, fault.column, message.en, message.zh);
        return Err(conflict("import_refused", "the file does not fit any more; upload it again").detail(detail));
    }
    match run.checked.rows {
        CheckedRows::Products(rows) => apply_products(&state, &user, &import, &rows).await?,
        CheckedRows::Partners(rows) => {
            state.store.apply_partners(&import, &rows).await?;
        }
        CheckedRows::Codes(rows) => {
            state.store.apply_codes(&import, &rows, crate::clock::now_ms()).await?;
        }
    }
    Ok(Json(view(own(&state, &user, &id).await?)))
}

/// Takes an import of partners or codes back. Codes that were used stay, and so does all of their import.
#[utoipa::path(post, path = "/imports/{id}/undo", tag = "imports", params(("id" = String, Path, description = "Import")),
    responses((status = 200, body = Import), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
async fn undo(State(state): State<AppState>, user: User, Path(id): Path<String>) -> ApiResult<Json<Import>> {
    let import = own(&state, &user, &id).await?;
    may_import(&user, import.kind)?;
    if import.kind == ImportKind::Products && import.applied > 0 {
        return Err(conflict("on_the_chain", "products are on the chain, where nothing is erased"));
    }
    match state.store.undo_import(&import).await? {
        TakenBack::Done => Ok(Json(view(own(&state, &user, &id).await?))),
        TakenBack::Used => {
            Err(conflict("codes_used", "some of these codes were used; recall or decommission them instead"))
        }
        TakenBack::NotApplied if import.state == ImportState::Undone => Ok(Json(view(import))),
        TakenBack::NotApplied => {
            Err(conflict("not_applied", "this import was not applied; there is nothing to take back"))
        }
    }
}

/// Your member's address book, in the order of the GLNs.
#[utoipa::path(get, path = "/partners", tag = "imports", params(PageQuery),
    responses((status = 200, body = Page<Partner>), (status = 401, body = Problem)))]
async fn partners(
    State(state): State<AppState>,
    user: User,
    Query(page): Query<PageQuery>,
) -> ApiResult<Json<Page<Partner>>> {
    let rows = page.rows()?;
    let after = page.cursor.as_deref().map(Gln::parse).transpose()?;
    let mut items = state.store.partners(user.member, after, rows + 1).await?;
    let more = items.len() as u64 > rows;
    items.truncate(usize::try_from(rows).unwrap_or(usize::MAX));
    let next = items.last().filter(|_| more).map(|partner| partner.gln.clone());
    Ok(Json(Page { items, next }))
}

fn may_import(user: &User, kind: ImportKind) -> ApiResult<()> {
    user.must_operate()?;
    match kind {
        ImportKind::Partners => Ok(()),
        ImportKind::Products | ImportKind::Codes => user.must_be(MemberRole::Manufacturer),
    }
}

async fn own(state: &AppState, user: &User, id: &str) -> ApiResult<ImportRow> {
    let missing = || ApiError::not_found("your member has no import with this id");
    let id = Uuid::try_parse(id).map_err(|_| missing())?;
    state.store.import(id).await?.filter(|row| row.member == user.member).ok_or_else(missing)
}

async fn checked_again(state: &AppState, user: &User, import: &ImportRow) -> ApiResult<crate::imports::DryRun> {
    let file = state.store.import_file(import.id).await?;
    let file =
        file.ok_or_else(|| ApiError::not_found("the file of this import is not kept any more; upload it again"))?;
    dry_run(state, user, import.kind, &import.mapping, file).await
}

/// Registers products until all are on the chain or the time is up.
async fn apply_products(
    state: &AppState,
    user: &User,
    import: &ImportRow,
    rows: &[(u32, tx::Product)],
) -> ApiResult<()> {
    let begun = Instant::now();
    for (done, (number, product)) in rows.iter().enumerate() {
        if begun.elapsed() >= PRODUCTS_TIME {
            return Ok(state.store.import_progress(import.id, ImportState::Applying, done as u64).await?);
        }
        if state.store.product(product.gtin).await?.is_some_and(|stored| is_same(&stored, product, user)) {
            continue;
        }
        // The same row of the same import is the same request, whoever asks how often.
        let key = IdempotencyKey(Some(format!("import-{}-{number}", import.id)));
        let request = format!("{}-{number}", import.id);
        let intent = Intent {
            user,
            capacity: Capacity::Operator,
            action: "register_product",
            key: &key,
            request: request.as_bytes(),
            body: TxBody::RegisterProduct(product.clone()),
        };
        if let Err(error) = sign_and_submit(state, intent).await {
            state.store.import_progress(import.id, ImportState::Applying, done as u64).await?;
            return Err(error);
        }
    }
    Ok(state.store.import_progress(import.id, ImportState::Applied, rows.len() as u64).await?)
}

fn conflict(name: &str, title: &str) -> ApiError {
    ApiError::new(StatusCode::CONFLICT, name, title)
}

const fn language(language: ImportLanguage) -> Language {
    match language {
        ImportLanguage::Zh => Language::Zh,
        ImportLanguage::En => Language::En,
    }
}

fn view(row: ImportRow) -> Import {
    Import {
        id: row.id.to_string(),
        kind: row.kind,
        name: row.name,
        state: row.state,
        rows: row.rows,
        rows_refused: row.refused,
        faults_count: row.faults_count,
        faults: row.faults,
        applied: row.applied,
        user: row.user,
        created_ms: row.created_ms,
    }
}

//! Files of lists: exactly the rows that a list finds for the same words, filters and order, on all its pages.
//!
//! `GET /lists/{list}.csv` and `.xlsx`. Who sees which rows is as in the list itself. For people: a program pages through a list.

use super::list::{ALERTS, BATCHES, IMPORTS, ListQuery, ListSpec, PRODUCTS, RECALLS, REPORTS, SHIPMENTS, STOCK};
use super::sheet::{Cell, Sheet, csv_file, xlsx_file};
use super::{alerts, handover, recalls, reports};
use crate::app::AppState;
use crate::auth::User;
use crate::http::{ApiError, ApiResult, Path, Query};
use crate::store::class_number;
use axum::extract::State;
use axum::response::Response;
use tracelight_api::problem::Problem;
use tracelight_api::rest::Evidence;
use tracelight_api::rest::audit::AuditAction;
use tracelight_api::rest::goods::ProductKind;
use tracelight_api::rest::handover::Level;
use tracelight_domain::ids::MemberId;
use tracelight_domain::state::MemberRole;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The calls of this file.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(file))
}

/// All rows of a list as a file.
#[utoipa::path(get, path = "/lists/{file}", tag = "goods",
    params(("file" = String, Path, description = "`products`, `batches`, `stock`, `shipments`, `recalls`, `reports`, `imports` or `alerts` with `.csv` or `.xlsx`"), ListQuery),
    responses((status = 200, description = "the table", content_type = "text/csv"),
        (status = 400, body = Problem, description = "a part of the question is wrong, or there are too many rows"),
        (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn file(
    State(state): State<AppState>,
    user: User,
    Path(file): Path<String>,
    Query(asked): Query<ListQuery>,
) -> ApiResult<Response> {
    let none = || ApiError::not_found("no list is kept in a file of this name");
    let (name, kind) = file.rsplit_once('.').ok_or_else(none)?;
    let sheet = match name {
        "products" => products(&state, &asked).await?,
        "batches" => batches(&state, &user, &asked).await?,
        "stock" => stock(&state, &user, &asked).await?,
        "shipments" => shipments(&state, &user, &asked).await?,
        "recalls" => recall_rows(&state, &user, &asked).await?,
        "alerts" => alert_rows(&state, &user, &asked).await?,
        "imports" => import_rows(&state, &user, &asked).await?,
        "reports" => report_rows(&state, &user, &asked).await?,
        _ => return Err(none()),
    };
    if !matches!(kind, "csv" | "xlsx") {
        return Err(none());
    }
    let about = format!("{file}, {} rows", sheet.rows.len());
    crate::audit::of_goods(&state, &user, AuditAction::TableExported, about, state.alliance.makers()).await?;
    match kind {
        "csv" => csv_file(name, &sheet),
        _ => xlsx_file(name, vec![sheet]).await,
    }
}

/// Where a row stands on the chain.
fn proof(evidence: &Evidence) -> [Cell; 3] {
    [Cell::Number(evidence.height), Cell::Time(evidence.time_ms), Cell::text(&evidence.tx_id)]
}

fn sheet(spec: &ListSpec, heads: &'static [&'static str], rows: Vec<Vec<Cell>>) -> Sheet {
    Sheet { name: spec.name, heads, rows }
}

async fn products(state: &AppState, asked: &ListQuery) -> ApiResult<Sheet> {
    let wish = asked.whole(&PRODUCTS)?;
    let gtins = wish.all(state.store.list_products(&wish.narrowed, &wish.wanted).await?)?;
    let heads = &[
        "GTIN",
        "Name",
        "Name (zh)",
        "Detail",
        "Kind",
        "Approval",
        "Hotline",
        "Maker GLN",
        "Block",
        "Time",
        "Transaction",
    ];
    let rows = state.store.products_at(&gtins).await?.into_iter().map(|product| {
        let kind = if product.kind == ProductKind::Medicine { "medicine" } else { "food" };
        let mut cells: Vec<Cell> =
            [&product.gtin, &product.name_en, &product.name_zh, &product.detail].map(Cell::text).into();
        cells.push(Cell::text(kind));
        cells.extend([&product.approval, &product.hotline, &product.maker].map(Cell::text));
        cells.extend(proof(&product.evidence));
        cells
    });
    Ok(sheet(&PRODUCTS, heads, rows.collect()))
}

async fn batches(state: &AppState, user: &User, asked: &ListQuery) -> ApiResult<Sheet> {
    let wish = asked.whole(&BATCHES)?;
    let maker = (user.member_role == MemberRole::Manufacturer).then_some(user.member);
    let ids = wish.all(state.store.list_batches(maker, &wish.narrowed, &wish.wanted).await?)?;
    let heads = &[
        "GTIN",
        "Lot",
        "Product",
        "Product (zh)",
        "Maker GLN",
        "Made on",
        "Expires on",
        "Recall class",
        "Packs sealed",
        "Sealed at",
        "Block",
        "Time",
        "Transaction",
    ];
    let rows = state.store.batches_at(&ids).await?.into_iter().map(|row| {
        let mut cells = vec![
            Cell::text(row.id.gtin.to_string()),
            Cell::text(row.id.lot.to_string()),
            Cell::text(row.product_en),
            Cell::text(row.product_zh),
            Cell::text(row.maker.to_string()),
            Cell::text(row.made_on.to_string()),
            Cell::text(row.expires_on.to_string()),
            Cell::number(row.recalled.map(|class| u64::from(class_number(class)))),
            Cell::number(row.sealed.as_ref().map(|seal| seal.unit_count)),
            row.sealed.as_ref().map_or(Cell::Empty, |seal| Cell::Time(seal.evidence.time_ms)),
        ];
        cells.extend(proof(&row.registered));
        cells
    });
    Ok(sheet(&BATCHES, heads, rows.collect()))
}

async fn stock(state: &AppState, user: &User, asked: &ListQuery) -> ApiResult<Sheet> {
    let wish = asked.whole(&STOCK)?;
    let member = handover::whose(state, user, asked)?;
    let labels = wish.all(state.store.list_stock(member, &wish.narrowed, &wish.wanted).await?)?;
    let heads = &[
        "SSCC",
        "Level",
        "On pallet",
        "State",
        "Packs",
        "Lots",
        "Holds a recalled lot",
        "Block",
        "Time",
        "Transaction",
    ];
    let rows = state.store.stock_at(&labels).await?.into_iter().map(|item| {
        let lots: Vec<String> =
            item.lots.iter().map(|lot| format!("(01){}(10){} x {}", lot.gtin, lot.lot, lot.count)).collect();
        let mut cells = vec![
            Cell::text(item.sscc),
            Cell::text(if item.level == Level::Pallet { "pallet" } else { "case" }),
            Cell::some(item.parent),
            Cell::text(item.status),
            Cell::Number(item.unit_count),
            Cell::text(lots.join("; ")),
            Cell::text(if item.recalled { "yes" } else { "no" }),
        ];
        cells.extend(proof(&item.evidence));
        cells
    });
    Ok(sheet(&STOCK, heads, rows.collect()))
}

async fn shipments(state: &AppState, user: &User, asked: &ListQuery) -> ApiResult<Sheet> {
    let wish = asked.whole(&SHIPMENTS)?;
    let member = handover::whose(state, user, asked)?;
    let named = handover::named(state, &wish.narrowed.q);
    let ids = wish.all(state.store.list_shipments(member, &named, &wish.narrowed, &wish.wanted).await?)?;
    let name = |member: MemberId| state.alliance.name_en(member);
    let heads = &[
        "Hand-over",
        "From GLN",
        "From",
        "To GLN",
        "To",
        "State",
        "Cases and pallets",
        "Packs",
        "Due",
        "Shipped",
        "Answered",
        "Block",
        "Time",
        "Transaction",
    ];
    let rows = state.store.shipments_at(&ids, name).await?.into_iter().map(|row| {
        let labels: Vec<&str> = row.objects.iter().map(|object| object.sscc.as_str()).collect();
        let labels = labels.join(" ");
        let packs = row.objects.iter().map(|object| object.unit_count).fold(0, u64::saturating_add);
        let mut cells: Vec<Cell> =
            [&row.id, &row.from, &row.from_name, &row.to, &row.to_name, &row.status, &labels].map(Cell::text).into();
        cells.extend([Cell::Number(packs), Cell::Time(row.due_ms), Cell::Time(row.shipped.time_ms)]);
        cells.push(row.answered.as_ref().map_or(Cell::Empty, |answered| Cell::Time(answered.time_ms)));
        cells.extend(proof(row.answered.as_ref().unwrap_or(&row.shipped)));
        cells
    });
    Ok(sheet(&SHIPMENTS, heads, rows.collect()))
}

async fn recall_rows(state: &AppState, user: &User, asked: &ListQuery) -> ApiResult<Sheet> {
    let scope = recalls::scope(user)?;
    let wish = asked.whole(&RECALLS)?;
    let ids = wish.all(state.store.list_recalls(scope, &wish.narrowed, &wish.wanted).await?)?;
    let heads = &[
        "Recall",
        "GTIN",
        "Lot",
        "Product",
        "Class",
        "Drill",
        "State",
        "Reason",
        "Reason (zh)",
        "Opened",
        "Approved",
        "Block",
        "Time",
        "Transaction",
    ];
    let rows = state.store.recalls_at(&ids).await?.into_iter().map(|row| {
        let text = row.text.unwrap_or_default();
        let mut cells = vec![
            Cell::text(row.id.to_string()),
            Cell::text(row.batch.gtin.to_string()),
            Cell::text(row.batch.lot.to_string()),
            Cell::text(row.product_en),
            Cell::Number(u64::from(class_number(row.class))),
            Cell::text(if row.drill { "yes" } else { "no" }),
            Cell::text(recalls::status_word(row.status)),
            Cell::text(text.reason_en),
            Cell::text(text.reason_zh),
            Cell::Time(row.opened.time_ms),
            row.approved.as_ref().map_or(Cell::Empty, |approved| Cell::Time(approved.time_ms)),
        ];
        cells.extend(proof(row.approved.as_ref().unwrap_or(&row.opened)));
        cells
    });
    Ok(sheet(&RECALLS, heads, rows.collect()))
}

async fn alert_rows(state: &AppState, user: &User, asked: &ListQuery) -> ApiResult<Sheet> {
    let wish = asked.whole(&ALERTS)?;
    let ids = wish.all(state.store.list_alerts(alerts::scope(user), &wish.narrowed, &wish.wanted).await?)?;
    let heads = &[
        "Alert",
        "Kind",
        "Gravity",
        "Return code",
        "State",
        "GTIN",
        "Product",
        "Product (zh)",
        "Serial",
        "Lot scanned",
        "Expiry scanned",
        "Lot registered",
        "Expiry registered",
        "Where GLN",
        "Action",
        "First",
        "Last",
        "Times",
        "Note",
        "Said by GLN",
    ];
    let rows = state.store.alerts_at(&ids).await?.into_iter().map(|row| {
        let (gravity, status, action) = (row.gravity.word(), row.status.word(), row.action.word());
        let mut cells: Vec<Cell> = [row.number.as_str(), &row.kind, gravity, &row.code, status].map(Cell::text).into();
        cells.extend(
            [&row.gtin, &row.product_en, &row.product_zh, &row.serial, &row.lot, &row.expires_on].map(Cell::text),
        );
        cells.extend([row.held_lot.as_str(), &row.held_expires_on, &row.member, action].map(Cell::text));
        cells.extend([Cell::Time(row.first_ms), Cell::Time(row.last_ms), Cell::Number(row.times)]);
        cells.extend([&row.note, &row.decided_by].map(Cell::text));
        cells
    });
    Ok(sheet(&ALERTS, heads, rows.collect()))
}

async fn import_rows(state: &AppState, user: &User, asked: &ListQuery) -> ApiResult<Sheet> {
    let wish = asked.whole(&IMPORTS)?;
    let ids = wish.all(state.store.list_imports(user.member, &wish.narrowed, &wish.wanted).await?)?;
    let heads = &["Import", "Uploaded", "What", "File", "State", "Rows", "Rows refused", "Faults", "Applied", "By"];
    let rows = state.store.imports_at(&ids).await?.into_iter().map(|row| {
        let mut cells = vec![Cell::text(row.id.to_string()), Cell::Time(row.created_ms)];
        cells.extend([row.kind.word(), &row.name, row.state.word()].map(Cell::text));
        cells.extend([row.rows, row.refused, row.faults_count, row.applied].map(Cell::Number));
        cells.push(Cell::text(row.user));
        cells
    });
    Ok(sheet(&IMPORTS, heads, rows.collect()))
}

/// Nothing of how to reach people is in a file.
async fn report_rows(state: &AppState, user: &User, asked: &ListQuery) -> ApiResult<Sheet> {
    let scope = reports::scope(user)?;
    let wish = asked.whole(&REPORTS)?;
    let ids = wish.all(state.store.list_reports(scope, &wish.narrowed, &wish.wanted).await?)?;
    let heads = &[
        "Case",
        "Received",
        "State",
        "Finding",
        "GTIN",
        "Lot",
        "Serial",
        "Product",
        "Product (zh)",
        "What",
        "Reports of this code",
        "Look by",
    ];
    let rows = state.store.reports_at(&ids).await?.into_iter().map(|row| {
        vec![
            Cell::text(row.case_number),
            Cell::Time(row.received_ms),
            Cell::text(row.status.word()),
            Cell::some(row.finding.map(|finding| finding.word())),
            Cell::some(row.gtin),
            Cell::some(row.lot),
            Cell::some(row.serial),
            Cell::text(row.product_en),
            Cell::text(row.product_zh),
            Cell::text(row.what),
            Cell::Number(row.same_code),
            row.due_ms.map_or(Cell::Empty, Cell::Time),
        ]
    });
    Ok(sheet(&REPORTS, heads, rows.collect()))
}

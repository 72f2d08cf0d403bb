//! Where and when packs are checked: the map of a choice of checks, and the same as files.
//!
//! ```text
//! gtin, lot, days, outcome    which checks: they decide which areas there are
//! within                      only areas in this hexagon, and those split further
//! cell                        one area of the answer: its suspicious codes
//! ```
//! The regulator sees all products, a maker its own, nobody else anything. **Bounds.** The newest
//! [`CHECKS_LOOKED_AT_MAX`](tracelight_api::rest::map::CHECKS_LOOKED_AT_MAX) checks with a place are looked at; two maps are laid out at a
//! time, off the async threads, and who comes meanwhile waits as long as a request may.

use super::sheet::{Cell, Sheet, csv_file, xlsx_file};
use crate::app::AppState;
use crate::auth::User;
use crate::clock::now_ms;
use crate::http::{ApiError, ApiResult, Query};
use crate::scan::page::{UTC_OFFSET_MINUTES, market_day};
use crate::store::CheckChoice;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;
use tokio::sync::Semaphore;
use tracelight_api::problem::Problem;
use tracelight_api::rest::audit::AuditAction;
use tracelight_api::rest::map::{CheckMap, CheckOutcome, DayChecks, MAP_DAYS_MAX, MapCounts, MapTown};
use tracelight_domain::gs1::{Gtin, Lot};
use tracelight_domain::ids::MemberId;
use tracelight_domain::state::MemberRole;
use tracelight_map::{View, codes, day_words, hexagon, laid, named};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Maps at a time.
static TURN: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(2));

/// Routes of this file.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(show)).routes(routes!(csv)).routes(routes!(xlsx))
}

/// Which checks, and which part of the map.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// A product, by its GTIN.
    gtin: Option<String>,
    /// A lot, as its codes name it.
    lot: Option<String>,
    /// Days to look back, today among them: 1 to 30; 30 when absent.
    days: Option<u32>,
    /// How checks came out: `first`, `before`, `copy`, `stopped`, `not_released`; all when absent.
    outcome: Option<String>,
    /// Only areas in this hexagon: an index of H3 in hexadecimal digits.
    within: Option<String>,
    /// An area of this very answer, for its suspicious codes.
    cell: Option<String>,
}

/// Areas, clusters, and checks by day.
#[utoipa::path(get, path = "/map", tag = "reports", params(Asked),
    responses((status = 200, body = CheckMap), (status = 400, body = Problem, description = "a part of the question is wrong"),
        (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn show(State(state): State<AppState>, user: User, Query(asked): Query<Asked>) -> ApiResult<Json<CheckMap>> {
    let chosen = Chosen::of(&user, &asked)?;
    let map = chosen.read(&state).await?;
    crate::audit::searched(&state, &user, &chosen.about(), chosen.makers(&state).await?).await?;
    Ok(Json(map))
}

/// The areas as a table; of one area, its suspicious codes.
#[utoipa::path(get, path = "/map.csv", tag = "reports", params(Asked),
    responses((status = 200, description = "the table", content_type = "text/csv"),
        (status = 400, body = Problem, description = "a part of the question is wrong"),
        (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn csv(State(state): State<AppState>, user: User, Query(asked): Query<Asked>) -> ApiResult<Response> {
    let chosen = Chosen::of(&user, &asked)?;
    let map = chosen.read(&state).await?;
    let sheet = if chosen.cell.is_some() { code_sheet(&map) } else { area_sheet(&map) };
    chosen.exported(&state, &user, "csv").await?;
    csv_file("map", &sheet)
}

/// Everything of the map as a workbook: areas, clusters, days, and the codes of an area that is named.
#[utoipa::path(get, path = "/map.xlsx", tag = "reports", params(Asked),
    responses((status = 200, description = "the workbook",
            content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (status = 400, body = Problem, description = "a part of the question is wrong"),
        (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn xlsx(State(state): State<AppState>, user: User, Query(asked): Query<Asked>) -> ApiResult<Response> {
    let chosen = Chosen::of(&user, &asked)?;
    let map = chosen.read(&state).await?;
    let mut sheets = vec![area_sheet(&map), cluster_sheet(&map), day_sheet(&map)];
    sheets.extend(chosen.cell.is_some().then(|| code_sheet(&map)));
    chosen.exported(&state, &user, "xlsx").await?;
    xlsx_file("map", sheets).await
}

/// A question that was checked.
struct Chosen {
    choice: CheckChoice,
    days: u32,
    view: View,
    cell: Option<String>,
    now_ms: u64,
}

fn there(part: &Option<String>) -> Option<&str> {
    part.as_deref().map(str::trim).filter(|part| !part.is_empty())
}

impl Chosen {
    fn of(user: &User, asked: &Asked) -> ApiResult<Self> {
        let maker = match user.member_role {
            MemberRole::Regulator => None,
            MemberRole::Manufacturer => Some(user.member),
            MemberRole::Logistics | MemberRole::Pharmacy => {
                return Err(ApiError::forbidden("the map is for regulators and for the makers of the products"));
            }
        };
        let gtin = there(&asked.gtin).map(Gtin::parse_padded).transpose();
        let gtin = gtin.map_err(|error| ApiError::from(error).field("gtin"))?;
        let lot = there(&asked.lot).map(Lot::parse).transpose();
        let lot = lot.map_err(|error| ApiError::from(error).field("lot"))?;
        let days = match asked.days.unwrap_or(MAP_DAYS_MAX) {
            days @ 1..=MAP_DAYS_MAX => days,
            other => return Err(ApiError::invalid("days", format!("{other} is outside 1 to {MAP_DAYS_MAX}"))),
        };
        let outcome = there(&asked.outcome).map(|word| {
            let known = CheckOutcome::ALL.map(CheckOutcome::word).join(", ");
            let detail = format!("`{}` is none, expected one of {known}", word.escape_default());
            CheckOutcome::parse(word).ok_or_else(|| ApiError::invalid("outcome", detail))
        });
        let cell_of = |field: &str, part: &Option<String>| {
            let wrong =
                || ApiError::invalid(field, "expected an index of H3 as the map names it, 15 hexadecimal digits");
            there(part).map(|text| hexagon(text).ok_or_else(wrong)).transpose()
        };
        let (within, cell) = (cell_of("within", &asked.within)?, cell_of("cell", &asked.cell)?);
        let now_ms = now_ms();
        let first = market_day(now_ms) - i64::from(days) + 1;
        let choice = CheckChoice { maker, gtin, lot, since_ms: begin_of(first), outcome: outcome.transpose()? };
        let view = View { within, utc_offset_minutes: UTC_OFFSET_MINUTES };
        Ok(Self { choice, days, view, cell: cell.map(|cell| cell.to_string()), now_ms })
    }

    /// What was looked at, for the audit log.
    fn about(&self) -> String {
        let goods = match (&self.choice.gtin, &self.choice.lot) {
            (Some(gtin), Some(lot)) => format!("(01){gtin}(10){lot}"),
            (Some(gtin), None) => format!("(01){gtin}"),
            (None, Some(lot)) => format!("(10){lot}"),
            (None, None) => "all products".to_owned(),
        };
        let area = self.cell.as_deref().map(|cell| format!(", area {cell}")).unwrap_or_default();
        format!("map: {goods}, {} days{area}", self.days)
    }

    /// Whose goods it is about.
    async fn makers(&self, state: &AppState) -> ApiResult<BTreeSet<MemberId>> {
        Ok(match self.choice.gtin {
            Some(gtin) => crate::audit::maker_of(state, gtin).await?.into_iter().collect(),
            None => state.alliance.makers().collect(),
        })
    }

    async fn exported(&self, state: &AppState, user: &User, format: &str) -> ApiResult<()> {
        let about = format!("{}, {format}", self.about());
        crate::audit::of_goods(state, user, AuditAction::TableExported, about, self.makers(state).await?).await
    }

    async fn read(&self, state: &AppState) -> ApiResult<CheckMap> {
        let store = &state.store;
        let (checks, cut) = store.placed_checks(&self.choice).await?;
        let by_day = store.checks_by_day(&self.choice).await?;
        let reports = store.reported_codes(&self.choice).await?;
        let failed = |error: &dyn std::fmt::Display| {
            ApiError::fault(StatusCode::INTERNAL_SERVER_ERROR, "fault", "the map could not be laid out", error)
        };
        let turn = TURN.acquire().await.map_err(|_| ApiError::unavailable("the server is shutting down"))?;
        let view = self.view;
        let work = tokio::task::spawn_blocking(move || (laid(&checks, &reports, &view), checks, reports));
        let (mut laid, checks, reports) = work.await.map_err(|error| failed(&error))?;
        drop(turn);
        let members = match &self.cell {
            None => Vec::new(),
            Some(cell) => {
                let at = laid.areas.iter().position(|area| area.cell == *cell);
                let found = at.and_then(|at| laid.members.get(at).cloned());
                found.ok_or_else(|| ApiError::invalid("cell", "no area of this map; choose one that is shown"))?
            }
        };
        let shown = laid.clusters.iter().flat_map(|cluster| &cluster.lots).map(|lot| lot.gtin.clone());
        let listed = members.iter().filter_map(|at| checks.get(*at as usize)).map(|check| check.code.gtin.clone());
        let gtins: BTreeSet<String> = shown.chain(listed).collect();
        let names = store.product_names(&gtins.into_iter().collect::<Vec<_>>()).await?;
        named(&mut laid.clusters, &names);
        Ok(CheckMap {
            as_of_ms: self.now_ms,
            days: self.days,
            checks: by_day.iter().map(|count| count.checks).sum(),
            placed: by_day.iter().map(|count| count.placed).sum(),
            cut,
            elsewhere: laid.elsewhere,
            areas: laid.areas,
            clusters: laid.clusters,
            drawing: laid.drawing,
            by_day: self.each_day(&by_day),
            codes: codes(&checks, &members, &reports, &names),
        })
    }

    /// Each day of the time, also those without a check.
    fn each_day(&self, counts: &[crate::store::DayCount]) -> Vec<DayChecks> {
        let last = market_day(self.now_ms);
        let days = last - i64::from(self.days) + 1..=last;
        let mut by_day: BTreeMap<i64, Vec<u64>> = days.map(|day| (day, vec![0; CheckOutcome::ALL.len()])).collect();
        for count in counts {
            let at = CheckOutcome::ALL.iter().position(|outcome| *outcome == count.outcome);
            if let (Some(at), Some(sums)) = (at, by_day.get_mut(&count.day))
                && let Some(sum) = sums.get_mut(at)
            {
                *sum += count.checks;
            }
        }
        by_day.into_iter().map(|(day, counts)| DayChecks { day: day_words(day), counts }).collect()
    }
}

/// When a day of the console's zone begins.
fn begin_of(day: i64) -> u64 {
    u64::try_from((day * 24 * 60 - i64::from(UTC_OFFSET_MINUTES)) * 60_000).unwrap_or_default()
}

fn degrees(mdeg: i32) -> Cell {
    Cell::text(format!("{:.3}", f64::from(mdeg) / 1_000.0))
}

fn near(town: Option<&MapTown>) -> [Cell; 2] {
    [town.map(|town| &town.en), town.map(|town| &town.zh)].map(Cell::some)
}

fn counts(counts: &MapCounts) -> Vec<Cell> {
    let numbers = [counts.suspicious, counts.checks, counts.suspicious_codes, counts.codes, counts.reports];
    let days = [&counts.first_day, &counts.last_day].map(Cell::text);
    numbers.map(Cell::Number).into_iter().chain(days).collect()
}

fn area_sheet(map: &CheckMap) -> Sheet {
    let heads = &[
        "H3 cell",
        "Resolution",
        "Part",
        "Latitude",
        "Longitude",
        "Near",
        "Near (zh)",
        "Suspicious checks",
        "Checks",
        "Suspicious codes",
        "Codes",
        "Reports",
        "First day",
        "Last day",
    ];
    let rows = map.areas.iter().map(|area| {
        let part = if area.rest { "rest" } else { "whole" };
        let mut cells = vec![Cell::text(&area.cell), Cell::Number(area.resolution.into()), Cell::text(part)];
        cells.extend([area.lat_mdeg, area.lon_mdeg].map(degrees));
        cells.extend(near(area.near.as_ref()));
        cells.extend(counts(&area.counts));
        cells
    });
    Sheet { name: "areas", heads, rows: rows.collect() }
}

fn cluster_sheet(map: &CheckMap) -> Sheet {
    let heads = &[
        "Cluster",
        "Areas",
        "Latitude",
        "Longitude",
        "Near",
        "Near (zh)",
        "Suspicious checks",
        "Checks",
        "Suspicious codes",
        "Codes",
        "Reports",
        "First day",
        "Last day",
        "Lots",
    ];
    let rows = map.clusters.iter().zip(1u64..).map(|(cluster, number)| {
        let mut cells = vec![Cell::Number(number), Cell::Number(cluster.cells.len() as u64)];
        cells.extend([cluster.lat_mdeg, cluster.lon_mdeg].map(degrees));
        cells.extend(near(cluster.near.as_ref()));
        cells.extend(counts(&cluster.counts));
        let lot = |lot: &tracelight_api::rest::map::MapLot| {
            let named = lot.lot.as_ref().map(|lot| format!("(10){lot}")).unwrap_or_default();
            format!("(01){}{named}: {}", lot.gtin, lot.suspicious)
        };
        cells.push(Cell::text(cluster.lots.iter().map(lot).collect::<Vec<_>>().join("; ")));
        cells
    });
    Sheet { name: "clusters", heads, rows: rows.collect() }
}

fn day_sheet(map: &CheckMap) -> Sheet {
    let heads =
        &["Day", "First check", "Checked before", "Possible copy", "Recalled, expired, stopped", "Not released yet"];
    let rows = map.by_day.iter().map(|day| {
        let counts = day.counts.iter().copied().map(Cell::Number);
        std::iter::once(Cell::text(&day.day)).chain(counts).collect()
    });
    Sheet { name: "days", heads, rows: rows.collect() }
}

fn code_sheet(map: &CheckMap) -> Sheet {
    let heads = &["GTIN", "Lot", "Serial", "Product", "Product (zh)", "Suspicious checks", "Checks", "Reports"];
    let rows = map.codes.iter().map(|code| {
        let lot = Cell::some(code.lot.as_ref());
        let names = [&code.product_en, &code.product_zh].map(Cell::text);
        let numbers = [code.suspicious, code.checks, code.reports].map(Cell::Number);
        let code = [Cell::text(&code.gtin), lot, Cell::text(&code.serial)];
        code.into_iter().chain(names).chain(numbers).collect()
    });
    Sheet { name: "codes", heads, rows: rows.collect() }
}

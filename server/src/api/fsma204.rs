//! The FSMA 204 sortable spreadsheet: what a selection finds, the workbook, one event as CSV.
//!
//! The regulator gets everybody's records, another member its own: lots that it makes, and its own side of hand-overs. One
//! spreadsheet is made at a time; who comes meanwhile waits, as long as a request may.

use super::{CSV, attachment};
use crate::app::AppState;
use crate::auth::User;
use crate::fsma204::{GLOSSARY, Look, REMARKS, Zone, entries, rows_count};
use crate::http::{ApiError, ApiResult, Query};
use crate::scan::page::UTC_OFFSET_MINUTES;
use crate::store::{Fsma204Records, Fsma204Scope};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;
use tokio::sync::Semaphore;
use tracelight_api::problem::Problem;
use tracelight_api::rest::audit::AuditAction;
use tracelight_api::rest::fsma204::{FSMA204_ROWS_MAX, Fsma204Cte, Fsma204Gap, Fsma204Sheet, Fsma204Summary};
use tracelight_api::rest::goods::ProductKind;
use tracelight_domain::gs1::scan::parse_scan;
use tracelight_domain::gs1::{Date, Gln, Gtin, Lot};
use tracelight_domain::ids::{BatchId, MemberId};
use tracelight_domain::state::MemberRole;
use tracelight_regulatory::fsma204::{Cte, Entry, Export, ExportError, Request, Selection, Tlc, export};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Bytes of a place's name.
const PLACE_BYTES_MAX: usize = 200;
/// Gaps by paragraph that a summary lists; the columns of all events are fewer.
const GAPS_MAX: usize = 100;

/// One at a time: each may take the memory that [`FSMA204_ROWS_MAX`] names.
static TURN: LazyLock<std::sync::Arc<Semaphore>> = LazyLock::new(|| std::sync::Arc::new(Semaphore::new(1)));

/// The calls of this file.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(summary)).routes(routes!(workbook)).routes(routes!(table))
}

/// Which records. What several parts name must all hold; an empty part selects everything.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// A food, by its GTIN.
    gtin: Option<String>,
    /// A traceability lot code: GTIN and lot as an element string, Digital Link or bracketed text.
    tlc: Option<String>,
    /// The first day, `2026-11-01`.
    from: Option<String>,
    /// The last day.
    to: Option<String>,
    /// A place that a record names: the GLN or the name of a member.
    place: Option<String>,
    /// The zone of the days, `+08:00` or `-05:00`; the console's own when absent.
    utc_offset: Option<String>,
}

/// Which records of one event.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AskedOfOne {
    /// The event.
    cte: Fsma204Cte,
    /// A food, by its GTIN.
    gtin: Option<String>,
    /// A traceability lot code: GTIN and lot as an element string, Digital Link or bracketed text.
    tlc: Option<String>,
    /// The first day, `2026-11-01`.
    from: Option<String>,
    /// The last day.
    to: Option<String>,
    /// A place that a record names: the GLN or the name of a member.
    place: Option<String>,
    /// The zone of the days, `+08:00` or `-05:00`; the console's own when absent.
    utc_offset: Option<String>,
}

/// How many records a selection finds, and which key data elements they lack.
#[utoipa::path(get, path = "/trace/fsma204", params(Asked), responses(
    (status = 200, body = Fsma204Summary), (status = 400, body = Problem, description = "a part of the selection is wrong"),
    (status = 401, body = Problem),
))]
async fn summary(
    State(state): State<AppState>,
    user: User,
    Query(asked): Query<Asked>,
) -> ApiResult<Json<Fsma204Summary>> {
    let chosen = Chosen::of(&state, &user, &asked).await?;
    let (zone, records) = (chosen.zone, chosen.read(&state).await?);
    crate::audit::searched(&state, &user, &format!("FSMA 204: {}", chosen.about()), makers(&records)).await?;
    let as_of_ms = records.as_of_ms;
    let export = chosen.export(&state, records, Ok).await?;
    Ok(Json(view(&export, as_of_ms, zone)))
}

/// The workbook: a sheet for each critical tracking event of 21 CFR 1 subpart S, the gaps by paragraph, a glossary.
#[utoipa::path(get, path = "/trace/fsma204.xlsx", params(Asked), responses(
    (status = 200, description = "the workbook",
        content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (status = 400, body = Problem, description = "a part of the selection is wrong"), (status = 401, body = Problem),
))]
async fn workbook(State(state): State<AppState>, user: User, Query(asked): Query<Asked>) -> ApiResult<Response> {
    let chosen = Chosen::of(&state, &user, &asked).await?;
    let records = chosen.read(&state).await?;
    let (about, makers) = (format!("{}, workbook", chosen.about()), makers(&records));
    let bytes = chosen.export(&state, records, |export| export.xlsx()).await?;
    let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    tracing::info!(user = %user.name, bytes_count = bytes.len(), "Made an FSMA 204 workbook");
    crate::audit::of_goods(&state, &user, AuditAction::Fsma204Exported, about, makers).await?;
    Ok(attachment("fsma204.xlsx", kind, bytes))
}

/// The records of one event as CSV, with the columns of its sheet.
#[utoipa::path(get, path = "/trace/fsma204.csv", params(AskedOfOne), responses(
    (status = 200, description = "the table", content_type = "text/csv"),
    (status = 400, body = Problem, description = "a part of the selection is wrong, or no event is named"),
    (status = 401, body = Problem),
))]
async fn table(State(state): State<AppState>, user: User, Query(asked): Query<AskedOfOne>) -> ApiResult<Response> {
    let cte = cte_of(asked.cte);
    let AskedOfOne { gtin, tlc, from, to, place, utc_offset, .. } = asked;
    let asked = Asked { gtin, tlc, from, to, place, utc_offset };
    let chosen = Chosen::of(&state, &user, &asked).await?;
    let records = chosen.read(&state).await?;
    let (about, makers) = (format!("{}, {}", chosen.about(), cte.sheet()), makers(&records));
    let bytes = chosen.export(&state, records, move |export| export.csv(cte)).await?;
    let name = cte.sheet().to_lowercase().replace(' ', "-");
    crate::audit::of_goods(&state, &user, AuditAction::Fsma204Exported, about, makers).await?;
    Ok(attachment(&format!("fsma204-{name}.csv"), CSV, bytes))
}

/// Whose foods the records are about, for the audit log.
fn makers(records: &Fsma204Records) -> std::collections::BTreeSet<MemberId> {
    records.lots.values().filter(|lot| lot.is_food).map(|lot| lot.read.maker).collect()
}

/// A part that is there: forms send empty ones.
fn there(part: &Option<String>) -> Option<&str> {
    part.as_deref().map(str::trim).filter(|part| !part.is_empty())
}

/// A selection that was checked.
struct Chosen {
    member: Option<MemberId>,
    gtin: Option<Gtin>,
    lot: Option<Lot>,
    from: Option<Date>,
    to: Option<Date>,
    place: Option<String>,
    zone: Zone,
}

impl Chosen {
    async fn of(state: &AppState, user: &User, asked: &Asked) -> ApiResult<Self> {
        let member = match user.member_role {
            MemberRole::Regulator => None,
            MemberRole::Manufacturer | MemberRole::Logistics | MemberRole::Pharmacy => Some(user.member),
        };
        let gtin = there(&asked.gtin).map(Gtin::parse_padded).transpose();
        let gtin = gtin.map_err(|error| ApiError::from(error).field("gtin"))?;
        if let Some(gtin) = gtin {
            is_food(state, "gtin", gtin).await?;
        }
        let lot = there(&asked.tlc).map(lot_code).transpose()?;
        if let Some(lot) = &lot {
            is_food(state, "tlc", lot.gtin).await?;
            if gtin.is_some_and(|gtin| gtin != lot.gtin) {
                return Err(wrong("other_food", "tlc", "the lot is of another food than the GTIN"));
            }
        }
        let day = |field: &'static str, part: &Option<String>| {
            there(part).map(Date::parse_iso).transpose().map_err(|error| ApiError::from(error).field(field))
        };
        let (from, to) = (day("from", &asked.from)?, day("to", &asked.to)?);
        if let (Some(first), Some(last)) = (from, to)
            && first.last_day() > last.last_day()
        {
            return Err(wrong("days_reversed", "to", "the last day is before the first"));
        }
        let zone = match there(&asked.utc_offset) {
            None => Zone::of_minutes(UTC_OFFSET_MINUTES),
            Some(text) => Zone::parse(text)
                .ok_or_else(|| ApiError::invalid("utc_offset", "expected such as `+08:00` or `-05:00`"))?,
        };
        let gtin = gtin.or_else(|| lot.as_ref().map(|lot| lot.gtin));
        let place = there(&asked.place).map(place).transpose()?;
        Ok(Self { member, gtin, lot: lot.map(|lot| lot.lot), from, to, place, zone })
    }

    /// What was selected, for the audit log. A place's name is somebody's own words and is left out.
    fn about(&self) -> String {
        let goods = match (&self.gtin, &self.lot) {
            (Some(gtin), Some(lot)) => BatchId { gtin: *gtin, lot: lot.clone() }.to_string(),
            (Some(gtin), None) => format!("(01){gtin}"),
            (None, _) => "all foods".to_owned(),
        };
        let day = |date: Option<Date>| date.map(|date| date.to_string()).unwrap_or_default();
        if self.from.is_none() && self.to.is_none() {
            return goods;
        }
        format!("{goods}, {}..{}", day(self.from), day(self.to))
    }

    async fn read(&self, state: &AppState) -> ApiResult<Fsma204Records> {
        let scope = Fsma204Scope {
            member: self.member,
            gtin: self.gtin,
            lot: self.lot.clone(),
            from: self.from,
            to: self.to,
            rows_max: FSMA204_ROWS_MAX,
        };
        let records = state.store.fsma204(&scope).await?;
        if records.cut { Err(too_many()) } else { Ok(records) }
    }

    /// Lays the records out and makes something of them, off the async threads and in turn.
    async fn export<T: Send + 'static>(
        self,
        state: &AppState,
        records: Fsma204Records,
        make: impl FnOnce(Export) -> Result<T, ExportError> + Send + 'static,
    ) -> ApiResult<T> {
        let turn = TURN.clone().acquire_owned().await;
        let turn = turn.map_err(|_| ApiError::unavailable("the server is shutting down"))?;
        let alliance = state.alliance.clone();
        let today = self.zone.day(crate::clock::now_ms());
        let work = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let look = Look { alliance: &alliance, member: self.member, food: self.gtin, zone: self.zone };
            let entries = entries(&records, &look);
            drop(records);
            if rows_count(&entries) > FSMA204_ROWS_MAX {
                return Err(too_many());
            }
            make(self.laid_out(&entries, today)?).map_err(|error| failed(&error))
        });
        work.await.map_err(|error| failed(&error))?
    }

    fn laid_out(&self, entries: &[Entry], today: Option<Date>) -> ApiResult<Export> {
        let lot = self.gtin.zip(self.lot.clone()).map(|(gtin, lot)| BatchId { gtin, lot }.to_string());
        let selection = Selection {
            foods: self.gtin.iter().map(ToString::to_string).collect(),
            from: self.from,
            to: self.to,
            tlcs: lot.iter().filter_map(|lot| Tlc::parse(lot).ok()).collect(),
            locations: self.place.iter().cloned().collect(),
        };
        let glossary = GLOSSARY.map(|(code, meaning)| (code.to_owned(), meaning.to_owned()));
        let epoch = || Date::from_days(0).map_err(|error| failed(&error));
        let request = Request {
            entries,
            selection: &selection,
            time_zone: &self.zone.name(),
            made_on: today.map_or_else(epoch, Ok)?,
            glossary: &glossary,
        };
        let mut export = export(&request).map_err(|error| failed(&error))?;
        export.about.extend(REMARKS.map(|(what, words)| (what.to_owned(), words.to_owned())));
        Ok(export)
    }
}

fn failed(error: &dyn std::fmt::Display) -> ApiError {
    ApiError::fault(StatusCode::INTERNAL_SERVER_ERROR, "fault", "the spreadsheet could not be made", error)
}

fn too_many() -> ApiError {
    let detail = format!("more than {FSMA204_ROWS_MAX} rows; choose a shorter time, a food or a lot");
    ApiError::new(StatusCode::BAD_REQUEST, "too_many_rows", "the selection has too many records")
        .field("from")
        .detail(detail)
}

/// A part of a selection that does not fit; pages say it in both languages.
fn wrong(name: &str, field: &str, detail: &str) -> ApiError {
    ApiError::new(StatusCode::BAD_REQUEST, name, "a part of the selection does not fit").field(field).detail(detail)
}

async fn is_food(state: &AppState, field: &str, gtin: Gtin) -> ApiResult<()> {
    match state.store.product(gtin).await?.map(|product| product.kind) {
        Some(ProductKind::Food) => Ok(()),
        Some(ProductKind::Medicine) => {
            Err(wrong("not_a_food", field, "this product is registered as a medicine; FSMA 204 is about foods"))
        }
        None => Err(wrong("unknown_food", field, &format!("no product is registered with the GTIN {gtin}"))),
    }
}

fn lot_code(text: &str) -> ApiResult<BatchId> {
    let scan = parse_scan(text.as_bytes()).map_err(|error| {
        let problem = super::units::scan_error(&error);
        problem.field("tlc")
    })?;
    match (scan.gtin(), scan.lot()) {
        (Some(gtin), Some(lot)) => Ok(BatchId { gtin, lot }),
        _ => Err(wrong("no_lot_code", "tlc", "expected GTIN and lot, such as (01)06901234000771(10)C26K28")),
    }
}

/// A GLN is checked; a name is compared as it is.
fn place(text: &str) -> ApiResult<String> {
    super::line_of_text("place", text, PLACE_BYTES_MAX)?;
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        Gln::parse(text).map_err(|error| ApiError::from(error).field("place"))?;
    }
    Ok(text.to_owned())
}

/// The events that the network has records of, in the order of the sheets.
const EVENTS: [Fsma204Cte; 4] =
    [Fsma204Cte::InitialPacking, Fsma204Cte::Shipping, Fsma204Cte::Receiving, Fsma204Cte::Transformation];

const fn cte_of(cte: Fsma204Cte) -> Cte {
    match cte {
        Fsma204Cte::InitialPacking => Cte::InitialPacking,
        Fsma204Cte::Shipping => Cte::Shipping,
        Fsma204Cte::Receiving => Cte::Receiving,
        Fsma204Cte::Transformation => Cte::Transformation,
    }
}

fn view(export: &Export, as_of_ms: u64, zone: Zone) -> Fsma204Summary {
    let told = |cte: Cte| EVENTS.into_iter().find(|event| cte_of(*event) == cte);
    let sheets = export.sheets.iter().filter_map(|sheet| {
        let (records, rows) = (sheet.records as u64, sheet.rows.len() as u64);
        Some(Fsma204Sheet { cte: told(sheet.cte)?, records, rows })
    });
    let mut by_column: BTreeMap<_, u64> = BTreeMap::new();
    for gap in &export.gaps {
        *by_column.entry((gap.cte, gap.cfr, gap.kde, gap.parts.clone())).or_default() += 1;
    }
    let mut gaps: Vec<Fsma204Gap> = by_column
        .into_iter()
        .filter_map(|((cte, cfr, kde, parts), records)| {
            let parts = parts.into_iter().map(str::to_owned).collect();
            Some(Fsma204Gap { cte: told(cte)?, kde: kde.to_owned(), parts, cfr: cfr.to_owned(), records })
        })
        .collect();
    gaps.sort_by_key(|gap| std::cmp::Reverse(gap.records));
    gaps.truncate(GAPS_MAX);
    Fsma204Summary {
        as_of_ms,
        time_zone: zone.name(),
        sheets: sheets.collect(),
        gaps,
        gaps_count: export.gaps.len() as u64,
        findings: export.findings.len() as u64,
    }
}

//! One box for everything; what finds what stands in [`tracelight_api::rest::search`].
//!
//! Every kind is asked for with the bounds of its own list: a manufacturer finds its own lots, reports and recalls are for those who
//! may read them, and a company is opened by the regulator or by itself. Codes are looked up when they are opened, not here.

use crate::app::AppState;
use crate::auth::User;
use crate::http::{ApiError, ApiResult, Query};
use crate::store::ReportFilter;
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use tracelight_api::problem::Problem;
use tracelight_api::rest::search::{Found, HITS_MAX, Hit, HitKind, SEARCH_CHARS_MAX};
use tracelight_domain::gs1::Lot;
use tracelight_domain::gs1::scan::parse_scan;
use tracelight_domain::ids::RecallId;
use tracelight_domain::state::MemberRole;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The calls of this file.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(search))
}

/// What to look for.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// A code, a lot, a product, a company, the number of a report or of a recall; 1 to 200 characters.
    q: String,
}

/// What begins with, is called or is numbered like this.
#[utoipa::path(get, path = "/search", tag = "trace", params(Asked), responses(
    (status = 200, body = Found), (status = 400, body = Problem, description = "nothing to look for, or too much"),
    (status = 401, body = Problem),
))]
async fn search(State(state): State<AppState>, user: User, Query(asked): Query<Asked>) -> ApiResult<Json<Found>> {
    let words = asked.q.trim();
    super::line_of_text("q", words, SEARCH_CHARS_MAX * 4)?;
    let length = words.chars().count();
    if !(1..=SEARCH_CHARS_MAX).contains(&length) {
        return Err(ApiError::invalid("q", format!("{length} characters, expected 1 to {SEARCH_CHARS_MAX}")));
    }
    let mut found = Found { hits: Vec::new(), more: false };
    found.hits.extend(code(words));
    found.hits.extend(report(&state, &user, words).await?);
    found.hits.extend(recall(&state, &user, words).await?);
    add(&mut found, lots(&state, &user, words).await?);
    add(&mut found, products(&state, words).await?);
    add(&mut found, companies(&state, &user, words));
    Ok(Json(found))
}

/// Each kind is asked for one hit more than is told.
fn add(found: &mut Found, mut hits: Vec<Hit>) {
    found.more |= hits.len() > HITS_MAX;
    hits.truncate(HITS_MAX);
    found.hits.append(&mut hits);
}

fn hit(kind: HitKind, id: impl Into<String>) -> Hit {
    Hit { kind, id: id.into(), gtin: None, lot: None, name_en: String::new(), name_zh: String::new(), recalled: false }
}

/// What can be traced: a pack, a case or pallet, a lot with its GTIN.
fn code(words: &str) -> Option<Hit> {
    let scan = parse_scan(words.as_bytes()).ok()?;
    let traced = scan.sscc().is_some() || scan.unit().is_ok() || (scan.gtin().is_some() && scan.lot().is_some());
    traced.then(|| hit(HitKind::Code, words))
}

async fn report(state: &AppState, user: &User, words: &str) -> ApiResult<Option<Hit>> {
    let maker = match user.member_role {
        MemberRole::Regulator => None,
        MemberRole::Manufacturer => Some(user.member),
        MemberRole::Logistics | MemberRole::Pharmacy => return Ok(None),
    };
    let number = words.to_ascii_uppercase();
    if !number.starts_with("TL-") {
        return Ok(None);
    }
    let filter = ReportFilter { maker, case_number: Some(number) };
    Ok(state.store.report(&filter).await?.map(|case| hit(HitKind::Report, case.report.case_number)))
}

async fn recall(state: &AppState, user: &User, words: &str) -> ApiResult<Option<Hit>> {
    let Some(id) = RecallId::parse_hex(&words.to_ascii_lowercase()) else { return Ok(None) };
    let row = state.store.recall(id).await?;
    let row = row.filter(|row| match user.member_role {
        MemberRole::Regulator => true,
        MemberRole::Manufacturer => row.maker == user.member,
        MemberRole::Logistics | MemberRole::Pharmacy => false,
    });
    Ok(row.map(|row| Hit {
        gtin: Some(row.batch.gtin.to_string()),
        lot: Some(row.batch.lot.to_string()),
        ..hit(HitKind::Recall, id.to_string())
    }))
}

async fn lots(state: &AppState, user: &User, words: &str) -> ApiResult<Vec<Hit>> {
    // What cannot be a lot begins none.
    let Ok(lot) = Lot::parse(words) else { return Ok(Vec::new()) };
    let maker = (user.member_role == MemberRole::Manufacturer).then_some(user.member);
    let found = state.store.lots_beginning(lot.as_bytes(), maker, HITS_MAX as u64 + 1).await?;
    let one = |lot: crate::store::LotHit| Hit {
        gtin: Some(lot.id.gtin.to_string()),
        name_en: lot.product.0,
        name_zh: lot.product.1,
        recalled: lot.recalled,
        ..hit(HitKind::Lot, lot.id.lot.to_string())
    };
    Ok(found.into_iter().map(one).collect())
}

async fn products(state: &AppState, words: &str) -> ApiResult<Vec<Hit>> {
    let found = state.store.products_with(words, HITS_MAX as u64 + 1).await?;
    let one = |product: crate::store::ProductHit| Hit {
        name_en: product.name_en,
        name_zh: product.name_zh,
        ..hit(HitKind::Product, product.gtin)
    };
    Ok(found.into_iter().map(one).collect())
}

/// The alliance's members are a short list; it is looked through here.
fn companies(state: &AppState, user: &User, words: &str) -> Vec<Hit> {
    let small = words.to_lowercase();
    let is_called = |name: &str| name.to_lowercase().contains(&small);
    let members = state.alliance.members();
    let may = |gln: &str| user.member_role == MemberRole::Regulator || gln == user.member.to_string();
    let found = members
        .into_iter()
        .filter(|one| may(&one.gln))
        .filter(|one| one.gln == words || is_called(&one.name_en) || is_called(&one.name_zh));
    let one = |member: tracelight_api::rest::session::Member| Hit {
        name_en: member.name_en,
        name_zh: member.name_zh,
        ..hit(HitKind::Company, member.gln)
    };
    found.take(HITS_MAX + 1).map(one).collect()
}

//! Which lots a recall may concern, with what is known of each and what is not. For regulators, and for makers among their own lots.

use super::recalls::scope;
use crate::app::AppState;
use crate::auth::User;
use crate::http::{ApiError, ApiResult, Query};
use crate::recall_cases::view;
use crate::store::{Ingredient, ScopeFilter};
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use std::time::Duration;
use tracelight_api::problem::Problem;
use tracelight_api::rest::recall_case::{LOTS_MAX, LotsFound};
use tracelight_domain::gs1::{Date, Gln, Gtin, KeyError, Lot, Serial};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Bytes of a search's words, and of a line's name.
const WORDS_BYTES_MAX: usize = 200;
/// How long a search may take.
const SEARCH_MAX: Duration = Duration::from_secs(20);

/// Routes of this file.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(search))
}

/// Which lots: everything that is given has to hold. At least one of them has to be given.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct ScopeQuery {
    /// GTIN, 8 to 14 digits: all lots of a product.
    gtin: Option<String>,
    /// Lot.
    lot: Option<String>,
    /// Made on this day or later: `2026-10-01`.
    made_from: Option<String>,
    /// Made on this day or earlier.
    made_to: Option<String>,
    /// Expiring on this day or later.
    expires_from: Option<String>,
    /// Expiring on this day or earlier.
    expires_to: Option<String>,
    /// First serial of a range, compared byte by byte. Needs `gtin` and `serial_to`.
    serial_from: Option<String>,
    /// Last serial of the range.
    serial_to: Option<String>,
    /// Words of the label of the device that sealed it (line or site), its key in hex, or the GLN of its maker.
    line: Option<String>,
    /// GTIN of an ingredient: lots that its lots went into, however many steps away.
    ingredient_gtin: Option<String>,
    /// Lot of the ingredient. Needs `ingredient_gtin`.
    ingredient_lot: Option<String>,
    /// GLN of a supplier: lots that any of its lots went into.
    supplier: Option<String>,
    /// Words of a product's name, or part of a lot.
    words: Option<String>,
}

fn given(text: Option<&String>) -> Option<&str> {
    text.map(|text| text.trim()).filter(|text| !text.is_empty())
}

fn read<T>(
    field: &'static str,
    text: Option<&String>,
    parse: impl FnOnce(&str) -> Result<T, KeyError>,
) -> ApiResult<Option<T>> {
    given(text).map(|text| parse(text).map_err(|error| ApiError::from(error).field(field))).transpose()
}

fn words(field: &'static str, text: Option<&String>) -> ApiResult<Option<String>> {
    let Some(text) = given(text) else { return Ok(None) };
    super::line_of_text(field, text, WORDS_BYTES_MAX)?;
    Ok(Some(text.to_owned()))
}

impl ScopeQuery {
    fn filter(&self) -> ApiResult<ScopeFilter> {
        let gtin = read("gtin", self.gtin.as_ref(), Gtin::parse_padded)?;
        let from = read("serial_from", self.serial_from.as_ref(), Serial::parse)?;
        let to = read("serial_to", self.serial_to.as_ref(), Serial::parse)?;
        let serials = match (from, to) {
            (None, None) => None,
            (Some(_), None) => return Err(ApiError::invalid("serial_to", "a range has an end too")),
            (None, Some(_)) => return Err(ApiError::invalid("serial_from", "a range has a beginning too")),
            (Some(_), Some(_)) if gtin.is_none() => {
                return Err(ApiError::invalid("gtin", "serials are those of one product; name it"));
            }
            (Some(from), Some(to)) if from.as_bytes() > to.as_bytes() => {
                return Err(ApiError::invalid("serial_to", "lies before serial_from, byte by byte"));
            }
            (Some(from), Some(to)) => Some((from, to)),
        };
        let filter = ScopeFilter {
            maker: None,
            gtin,
            lot: read("lot", self.lot.as_ref(), Lot::parse)?,
            made: (
                read("made_from", self.made_from.as_ref(), Date::parse_iso)?,
                read("made_to", self.made_to.as_ref(), Date::parse_iso)?,
            ),
            expires: (
                read("expires_from", self.expires_from.as_ref(), Date::parse_iso)?,
                read("expires_to", self.expires_to.as_ref(), Date::parse_iso)?,
            ),
            serials,
            line: words("line", self.line.as_ref())?,
            ingredient: self.ingredient()?,
            words: words("words", self.words.as_ref())?,
        };
        if self.is_empty() {
            return Err(ApiError::invalid("gtin", "nothing is asked for; give at least one of the parameters"));
        }
        Ok(filter)
    }

    fn ingredient(&self) -> ApiResult<Option<Ingredient>> {
        let gtin = read("ingredient_gtin", self.ingredient_gtin.as_ref(), Gtin::parse_padded)?;
        let lot = read("ingredient_lot", self.ingredient_lot.as_ref(), Lot::parse)?;
        let supplier = read("supplier", self.supplier.as_ref(), Gln::parse)?;
        match (gtin, lot, supplier) {
            (Some(_), _, Some(_)) => Err(ApiError::invalid("supplier", "give an ingredient or a supplier, not both")),
            (None, Some(_), _) => Err(ApiError::invalid("ingredient_gtin", "a lot is one of a product; name it")),
            (Some(gtin), lot, None) => Ok(Some(Ingredient::Product(gtin, lot))),
            (None, None, Some(supplier)) => Ok(Some(Ingredient::Of(supplier))),
            (None, None, None) => Ok(None),
        }
    }

    fn is_empty(&self) -> bool {
        [
            &self.gtin,
            &self.lot,
            &self.made_from,
            &self.made_to,
            &self.expires_from,
            &self.expires_to,
            &self.serial_from,
            &self.line,
            &self.ingredient_gtin,
            &self.supplier,
            &self.words,
        ]
        .into_iter()
        .all(|text| given(text.as_ref()).is_none())
    }
}

/// Lots that a recall may concern, newest first, at most 200, each with how many packs are where and what is not known.
#[utoipa::path(get, path = "/recall-lots", tag = "recalls", params(ScopeQuery),
    responses((status = 200, body = LotsFound), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 503, body = Problem)))]
async fn search(
    State(state): State<AppState>,
    user: User,
    Query(asked): Query<ScopeQuery>,
) -> ApiResult<Json<LotsFound>> {
    let maker = scope(&user)?;
    let filter = ScopeFilter { maker, ..asked.filter()? };
    let work = async {
        let found = state.store.scope(&filter, LOTS_MAX).await?;
        let names: Vec<_> = found.lots.iter().map(|lot| lot.batch.clone()).collect();
        let holdings = state.store.holdings_of(&names).await?;
        let (by_serials, nothing) = (filter.serials.is_some(), crate::store::LotHoldings::default());
        let lots = found.lots.iter().map(|lot| {
            let held = holdings.get(&lot.batch).unwrap_or(&nothing);
            view::lot(lot, held, by_serials, None)
        });
        Ok(Json(LotsFound { lots: lots.collect(), more: found.more, lineage_cut: found.cut }))
    };
    let late =
        |_| ApiError::unavailable(format!("the search takes more than {} s; ask for less", SEARCH_MAX.as_secs()));
    tokio::time::timeout(SEARCH_MAX, work).await.map_err(late)?
}

//! Verification of product identifiers for trading partners: the messages of a DSCSA Verification Router Service (GS1
//! Lightweight Messaging Standard 1.0.2 to 1.3), under `/vrs`.
//!
//! ```text
//! GET /vrs/verify/gtin/{gtin}/lot/{lot}/ser/{serial}?exp=YYMMDD&linkType=verificationService&context=dscsaSaleableReturn
//!         [&reqGLN=&corrUUID=&ctrlPossessAtt=&email=&telephone=]    GS1US-Version: 1.3.0
//! GET /vrs/checkConnectivity?gtin=&reqGLN=[&context=]
//! ```
//! `gtin`, `lot`, `ser` and `exp` may be written as `01`, `10`, `21` and `17`. Whoever asks is a member of the alliance: a person by
//! session, a program by a key with `trace:read`, a system by the bearer token of its member's gateway; `reqGLN`, when it is sent, is that member's.
//!
//! | answered | when |
//! |---|---|
//! | `No_match_GTIN_Serial` | the maker put no such serial on a pack that was released |
//! | `No_match_GTIN_Serial_Lot`, `.._Expiry`, `.._Lot_Expiry` | the pack exists; this of it is another |
//! | `Not_for_re-distribution` | supplied, sold, sampled, destroyed, exported, stolen (`Illegitimate` from 1.3) |
//! | verified, `Recalled` (`recalled` before 1.3) | a recall of its lot is in force |
//! | verified, from 1.3 `Expired`, `Suspect` | its date has passed; the pattern of checks looks like a copied code |
//! | verified | none of these |
//! | 400, 401, 403, 404, 503 | malformed; nobody, or an unknown `reqGLN`; another member's `reqGLN`; no product that is answered for here; cannot check now |
//!
//! `verified: false` is status 200. Day `00` of an expiry is the end of the month on both sides. The reasons `No_reason_provided`
//! and `Manufacturer_policy` are never given: an answer says why. Contact data in a request is neither kept nor logged.

#[cfg(test)]
mod tests;

use crate::app::AppState;
use crate::auth::Caller;
use crate::clock::{iso, now_ms};
use crate::http::{ApiError, ApiResult, Path, Query};
use crate::resolver::links::SALEABLE_RETURN;
use crate::resolver::vocabulary::LinkType;
use crate::scan::facts::{Looked, PackFacts, Standing};
use crate::scan::page::market_day;
use crate::scan::token::Subject;
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use serde::Deserialize;
use tracelight_api::problem::Problem;
use tracelight_api::vrs::{Connectivity, FailureReason, VERSION_HEADER, Verification, VerificationData};
use tracelight_domain::gs1::{Date, Gln, Gtin, Lot, Serial};
use tracelight_domain::state::UnitStatus;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// The calls, with their document.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(verify)).routes(routes!(check_connectivity))
}

/// What a request for verification says besides the identifier. Names that are not here, such as those of contact data, are
/// passed over.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
struct VerifyQuery {
    /// Expiry as printed, `YYMMDD`.
    #[serde(alias = "17")]
    exp: Option<String>,
    /// `verificationService`.
    link_type: Option<String>,
    /// `dscsaSaleableReturn`.
    context: Option<String>,
    /// GLN of whoever asks.
    #[serde(rename = "reqGLN")]
    #[param(rename = "reqGLN")]
    req_gln: Option<String>,
    /// The request's own number; it comes back with the answer.
    #[serde(rename = "corrUUID")]
    #[param(rename = "corrUUID")]
    corr_uuid: Option<String>,
}

/// Is this identifier on a pack of its maker?
#[utoipa::path(get, path = "/verify/{gtin_name}/{gtin}/{lot_name}/{lot}/{ser_name}/{serial}", tag = "vrs",
    params(("gtin_name" = String, Path, description = "`gtin` or `01`"), ("gtin" = String, Path, description = "GTIN"),
        ("lot_name" = String, Path, description = "`lot` or `10`"), ("lot" = String, Path, description = "Lot"),
        ("ser_name" = String, Path, description = "`ser` or `21`"), ("serial" = String, Path, description = "Serial"),
        VerifyQuery,
        ("GS1US-Version" = Option<String>, Header, description = "Version of the messages, such as `1.3.0`")),
    responses((status = 200, body = Verification), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem), (status = 503, body = Problem)))]
async fn verify(
    State(state): State<AppState>,
    partner: Caller,
    Path(path): Path<(String, String, String, String, String, String)>,
    Query(query): Query<VerifyQuery>,
    headers: HeaderMap,
) -> ApiResult<Json<Verification>> {
    let now = now_ms();
    let claim = Claim::read(&path, &query, now)?;
    let version = version(&headers)?;
    if query.link_type.as_deref().and_then(LinkType::parse) != Some(LinkType::VERIFICATION) {
        return Err(ApiError::invalid("linkType", "expected `verificationService`"));
    }
    known_context(query.context.as_deref().unwrap_or_default())?;
    if query.corr_uuid.as_deref().is_some_and(|text| Uuid::try_parse(text).is_err()) {
        return Err(ApiError::invalid("corrUUID", "expected a UUID"));
    }
    may_ask(&state, &partner, query.req_gln.as_deref())?;
    let responder = responder(&state, claim.gtin).await?;
    let subject = Subject { gtin: claim.gtin, lot: None, serial: claim.serial.clone() };
    let looked = crate::scan::look(&state, &subject, now).await.map_err(|outage| {
        ApiError::fault(axum::http::StatusCode::SERVICE_UNAVAILABLE, "cannot_check_now", "cannot check now", &outage)
    })?;
    let data = judged(&claim, &looked, version, now);
    metrics::counter!("vrs_verifications_total", "verified" => if data.verified { "yes" } else { "no" }).increment(1);
    let responder_gln = responder.to_string();
    Ok(Json(Verification { verification_timestamp: iso(now), responder_gln, data, corr_uuid: query.corr_uuid }))
}

/// Would a request about this product be answered?
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct ConnectivityQuery {
    /// GTIN.
    gtin: String,
    /// GLN of whoever asks.
    #[serde(rename = "reqGLN")]
    #[param(rename = "reqGLN")]
    req_gln: Option<String>,
    /// `dscsaSaleableReturn`.
    context: Option<String>,
}

/// Who answers for a product, and may the caller ask?
#[utoipa::path(get, path = "/checkConnectivity", tag = "vrs", params(ConnectivityQuery),
    responses((status = 200, body = Connectivity), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn check_connectivity(
    State(state): State<AppState>,
    partner: Caller,
    Query(query): Query<ConnectivityQuery>,
) -> ApiResult<Json<Connectivity>> {
    let gtin = Gtin::parse(&query.gtin)?;
    if let Some(context) = query.context.as_deref() {
        known_context(context)?;
    }
    may_ask(&state, &partner, query.req_gln.as_deref())?;
    Ok(Json(Connectivity { responder_gln: responder(&state, gtin).await?.to_string() }))
}

/// What the pack in somebody's hand says.
struct Claim {
    gtin: Gtin,
    lot: Lot,
    serial: Serial,
    expiry: Date,
}

impl Claim {
    fn read(
        path: &(String, String, String, String, String, String),
        query: &VerifyQuery,
        now_ms: u64,
    ) -> ApiResult<Self> {
        let (gtin_name, gtin, lot_name, lot, serial_name, serial) = path;
        for (found, word, number) in [(gtin_name, "gtin", "01"), (lot_name, "lot", "10"), (serial_name, "ser", "21")] {
            if found != word && found != number {
                return Err(ApiError::invalid("path", format!("`{found}` where `{word}` or `{number}` stands")));
            }
        }
        let (gtin, lot, serial) = (Gtin::parse(gtin)?, Lot::parse(lot)?, Serial::parse(serial)?);
        let exp = query.exp.as_deref().ok_or_else(|| ApiError::invalid("exp", "missing, expected 6 digits, YYMMDD"))?;
        // The century of the day; a clock that shows no date shows none of a pack either.
        let year = Date::from_days(market_day(now_ms))?.year();
        Ok(Self { gtin, lot, serial, expiry: Date::parse_yymmdd(exp, year)? })
    }
}

/// Which words are understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    /// 1.0 to 1.2, and whoever names none.
    Early,
    /// From 1.3 on.
    From13,
}

fn version(headers: &HeaderMap) -> ApiResult<Version> {
    let Some(value) = headers.get(VERSION_HEADER) else { return Ok(Version::Early) };
    let text = value.to_str().unwrap_or_default();
    let mut numbers = text.split('.').map(|part| part.parse::<u16>().ok());
    match (numbers.next().flatten(), numbers.next().flatten()) {
        (Some(1), Some(minor)) => Ok(if minor >= 3 { Version::From13 } else { Version::Early }),
        _ => Err(ApiError::invalid("GS1US-Version", format!("`{text}`, expected a version 1 such as `1.3.0`"))),
    }
}

fn known_context(context: &str) -> ApiResult<()> {
    if context.eq_ignore_ascii_case(SALEABLE_RETURN) {
        return Ok(());
    }
    Err(ApiError::invalid("context", format!("`{context}`, expected `{SALEABLE_RETURN}`")))
}

/// A member asks for itself: 401 for a GLN that nobody has, 403 for another member's.
fn may_ask(state: &AppState, partner: &Caller, req_gln: Option<&str>) -> ApiResult<()> {
    let Some(text) = req_gln else { return Ok(()) };
    let gln = Gln::parse(text)?;
    if gln == partner.member {
        return Ok(());
    }
    if state.alliance.member(gln).is_none() {
        let title = "no trading partner has this reqGLN";
        return Err(ApiError::new(axum::http::StatusCode::UNAUTHORIZED, "unknown_partner", title).field("reqGLN"));
    }
    Err(ApiError::forbidden("reqGLN is another member's; ask under your own"))
}

/// The maker of a product, where this server answers for it.
async fn responder(state: &AppState, gtin: Gtin) -> ApiResult<Gln> {
    let unknown = || ApiError::not_found("this GTIN is not in the directory of this service");
    let product = state.store.product(gtin).await?.ok_or_else(unknown)?;
    let maker = Gln::parse(&product.maker)?;
    if state.keys.serves(maker) { Ok(maker) } else { Err(unknown()) }
}

/// The answer. The serial first; then lot and expiry, each named if it fails; then what may become of the pack.
fn judged(claim: &Claim, looked: &Looked, version: Version, now_ms: u64) -> VerificationData {
    let facts = match looked {
        Looked::Known(facts) if facts.standing == Standing::Sealed => facts,
        _ => return failed(FailureReason::GtinSerial, None),
    };
    let lot = facts.lot == claim.lot;
    let expiry = facts.expires_on.last_day() == claim.expiry.last_day();
    match (lot, expiry) {
        (false, false) => failed(FailureReason::GtinSerialLotExpiry, None),
        (false, true) => failed(FailureReason::GtinSerialLot, None),
        (true, false) => failed(FailureReason::GtinSerialExpiry, None),
        (true, true) if facts.unit != UnitStatus::Active => {
            let stolen = facts.unit == UnitStatus::Stolen && version == Version::From13;
            failed(FailureReason::NotForRedistribution, stolen.then_some("Illegitimate"))
        }
        (true, true) => VerificationData {
            verified: true,
            verification_failure_reason: None,
            additional_info: further(facts, version, now_ms).map(str::to_owned),
        },
    }
}

fn failed(reason: FailureReason, info: Option<&str>) -> VerificationData {
    VerificationData {
        verified: false,
        verification_failure_reason: Some(reason),
        additional_info: info.map(str::to_owned),
    }
}

/// The gravest thing that else is known of a pack in trade.
fn further(facts: &PackFacts, version: Version, now_ms: u64) -> Option<&'static str> {
    let expired = facts.expires_on.last_day().to_days() < market_day(now_ms);
    match (facts.recalled.is_some(), version) {
        (true, Version::Early) => Some("recalled"),
        (true, Version::From13) => Some("Recalled"),
        (false, Version::From13) if expired => Some("Expired"),
        (false, Version::From13) if facts.is_suspicious() => Some("Suspect"),
        (false, _) => None,
    }
}

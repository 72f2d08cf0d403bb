//! `POST /line/manifests`: takes the list behind a root.

use super::check::{CheckOutcome, check_batch, check_case};
use crate::api::numbers::line_name;
use crate::app::AppState;
use crate::auth::Gateway;
use crate::http::{ApiError, ApiResult, Body};
use crate::store::{CaseManifest, Gone, ManifestPart, ManifestState, StorePart};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use tracelight_api::problem::Problem;
use tracelight_api::rest::line::{MANIFEST_SERIALS_MAX, Manifest, ManifestStored};
use tracelight_domain::gs1::{Gtin, KeyError, Lot, Serial, Sscc};
use tracelight_domain::ids::{BatchId, TxId};
use tracelight_domain::rules::goods::UNITS_PER_CASE_MAX;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(store))
}

/// Keeps the list behind a root, and compares it with the chain as soon as that is possible.
#[utoipa::path(post, path = "/line/manifests", tag = "line", request_body = Manifest,
    responses((status = 200, body = ManifestStored), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn store(
    State(state): State<AppState>,
    gateway: Gateway,
    Body(manifest): Body<Manifest>,
) -> ApiResult<Json<ManifestStored>> {
    let stored = match manifest {
        Manifest::Batch { gtin, lot, tx_id, first, serials, rejected, sampled, invalid, line, count_salt, last } => {
            at_most("serials", serials.len(), MANIFEST_SERIALS_MAX)?;
            at_most("rejected", rejected.len() + sampled.len() + invalid.len(), MANIFEST_SERIALS_MAX)?;
            let part = ManifestPart {
                batch: BatchId { gtin: Gtin::parse(&gtin)?, lot: Lot::parse(&lot)? },
                member: gateway.member,
                tx: tx(&tx_id)?,
                first,
                serials: parse_serials("serials", &serials)?,
                gone: Gone {
                    scrapped: parse_serials("rejected", &rejected)?,
                    sampled: parse_serials("sampled", &sampled)?,
                    invalid: parse_serials("invalid", &invalid)?,
                },
                line: Some(line).filter(|line| !line.is_empty()).map(|line| line_name(&line)).transpose()?,
                count_salt: salt(&count_salt)?,
                last,
            };
            batch_part(&state, &part).await?
        }
        Manifest::Case { sscc, tx_id, gtin, units } => {
            at_most("units", units.len(), usize::try_from(UNITS_PER_CASE_MAX).unwrap_or(usize::MAX))?;
            let unit = |(lot, serial): &(String, String)| Ok((Lot::parse(lot)?, Serial::parse(serial)?));
            let units: Result<Vec<_>, KeyError> = units.iter().map(unit).collect();
            let case = CaseManifest {
                sscc: Sscc::parse(&sscc)?,
                member: gateway.member,
                tx: tx(&tx_id)?,
                gtin: Gtin::parse(&gtin)?,
                units: units?,
            };
            case_list(&state, &case).await?
        }
    };
    Ok(Json(stored))
}

async fn batch_part(state: &AppState, part: &ManifestPart) -> ApiResult<ManifestStored> {
    let missing = || ApiError::not_found("no batch of this member has this GTIN and lot");
    state.store.batch(&part.batch).await?.filter(|row| row.maker == part.member).ok_or_else(missing)?;
    let Gone { scrapped, sampled, invalid } = &part.gone;
    let serials: Vec<Serial> = part.serials.iter().chain(scrapped).chain(sampled).chain(invalid).cloned().collect();
    let issued = state.store.issued_among(&part.batch, &serials).await?;
    if issued != serials.len() as u64 {
        let title = "the list names codes that were not issued for this batch";
        let detail = format!("{} of {} serials were issued", issued, serials.len());
        return Err(ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "foreign_code", title)
            .field("serials")
            .detail(detail));
    }
    let already = match state.store.store_manifest_part(part).await? {
        StorePart::Stored => false,
        StorePart::Already => true,
        StorePart::Conflict { expected } => {
            let detail = format!("expected the part that begins at {expected}, with the same tx_id and count_salt");
            return Err(conflict("first").detail(detail));
        }
    };
    let known = state.store.batch_manifest(&part.batch).await?;
    let checked = match known {
        Some(known) if known.state == ManifestState::Checked => true,
        Some(known) if known.state == ManifestState::Complete => said(check_batch(state, &known).await?)?,
        _ => false,
    };
    Ok(ManifestStored { already, checked })
}

async fn case_list(state: &AppState, case: &CaseManifest) -> ApiResult<ManifestStored> {
    let known = state.store.case_manifest(case.sscc).await?;
    let already = known.is_some();
    let checked = match known {
        Some((known, _)) if known != *case => {
            return Err(conflict("units").detail("another list for this case is stored already"));
        }
        Some((_, checked)) => checked,
        None => {
            state.store.store_case_manifest(case).await?;
            false
        }
    };
    let checked = checked || said(check_case(state, case).await?)?;
    Ok(ManifestStored { already, checked })
}

/// What the comparison says to the gateway.
fn said(outcome: CheckOutcome) -> ApiResult<bool> {
    match outcome {
        CheckOutcome::True => Ok(true),
        CheckOutcome::NotFinal => Ok(false),
        CheckOutcome::False(why) => {
            let title = "the list is not the one behind the root on the chain";
            Err(ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "manifest_contradicts_chain", title).detail(why))
        }
    }
}

fn conflict(field: &str) -> ApiError {
    let title = "another list or part is stored already";
    ApiError::new(StatusCode::CONFLICT, "manifest_conflict", title).field(field)
}

fn at_most(field: &str, count: usize, max: usize) -> ApiResult<()> {
    if count <= max {
        return Ok(());
    }
    Err(ApiError::invalid(field, format!("{count} entries, expected at most {max}; send the list in parts")))
}

fn parse_serials(field: &'static str, texts: &[String]) -> ApiResult<Vec<Serial>> {
    let parsed = texts.iter().enumerate().map(|(index, text)| {
        Serial::parse(text).map_err(|error| ApiError::from(error).field(format!("{field}[{index}]")))
    });
    parsed.collect()
}

fn tx(text: &str) -> ApiResult<TxId> {
    TxId::parse_hex(text).ok_or_else(|| ApiError::invalid("tx_id", "expected 64 lower-case hexadecimal digits"))
}

fn salt(text: &str) -> ApiResult<[u8; 16]> {
    let mut salt = [0; 16];
    hex::decode_to_slice(text, &mut salt)
        .map_err(|_| ApiError::invalid("count_salt", "expected 32 hexadecimal digits"))?;
    Ok(salt)
}

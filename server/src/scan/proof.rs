//! What the phone's own check needs: the bundle of a pack, and the anchor (genesis and changes of the validators).
//!
//! A bundle carries its anchor, so that it can be kept and checked by itself. `?anchor=omit` leaves it out, for a page that
//! has asked for `/v1/anchor` once: it is the same for every pack, and browsers keep it by its tag.

use super::Outage;
use super::code::{PathCode, from_path};
use super::front::Again;
use super::reader::Asked;
use super::token::Subject;
use crate::app::AppState;
use crate::bundle::{BundleError, Source};
use crate::clock::now_ms;
use crate::http::{ApiError, ApiResult, Path, Query};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use std::time::Duration;
use tracelight_domain::ids::UnitId;
use tracelight_proof::codec::Canonical as _;
use tracelight_proof::hash::sha256;
use tracelight_web_ui::scan::model::TypedCode;

/// A batch's tree may have to be built first: a million packs take a few seconds, once.
const BUNDLE_TIMEOUT: Duration = Duration::from_secs(15);

/// `GET /v1/bundle/{gtin}/{serial}`
pub async fn bundle(
    State(state): State<AppState>,
    asked: Asked,
    Path((gtin, serial)): Path<(String, String)>,
    Query(wish): Query<Wish>,
) -> ApiResult<Response> {
    let subject = from_path(PathCode { gtin: &gtin, lot: None, serial: &serial });
    of(&state, &asked, subject.map_err(malformed)?, wish).await
}

/// `GET /v1/bundle/{gtin}/{lot}/{serial}`
pub async fn bundle_of_lot(
    State(state): State<AppState>,
    asked: Asked,
    Path((gtin, lot, serial)): Path<(String, String, String)>,
    Query(wish): Query<Wish>,
) -> ApiResult<Response> {
    let subject = from_path(PathCode { gtin: &gtin, lot: Some(&lot), serial: &serial });
    of(&state, &asked, subject.map_err(malformed)?, wish).await
}

/// What a page has already.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    /// `omit` leaves the anchor out.
    anchor: Option<String>,
}

/// `GET /v1/anchor`
pub async fn anchor(State(state): State<AppState>, headers: HeaderMap) -> ApiResult<Response> {
    let light = state.light.as_ref();
    let light = light.ok_or_else(|| ApiError::unavailable("this server was started without a genesis"))?;
    let bytes = light.anchor().to_bytes();
    let tag = format!("\"{}\"", sha256(&bytes));
    let own = [(header::CACHE_CONTROL, "no-cache".to_owned()), (header::ETAG, tag.clone())];
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return Ok((StatusCode::NOT_MODIFIED, own).into_response());
    }
    Ok(([(header::CONTENT_TYPE, "application/octet-stream")], own, bytes).into_response())
}

/// `GET /v1/genesis`
pub async fn genesis(State(state): State<AppState>) -> ApiResult<Response> {
    if !state.alliance.configured {
        return Err(ApiError::unavailable("this server was started without a genesis"));
    }
    let headers = [(header::CONTENT_TYPE, "application/octet-stream"), (header::CACHE_CONTROL, "no-cache")];
    Ok((headers, state.alliance.bytes.clone()).into_response())
}

/// The bundle of a code with its anchor, to be kept.
pub async fn whole(state: &AppState, subject: &Subject) -> ApiResult<Bytes> {
    let changed = state.changed();
    state.shop.held.bundle(subject, changed, true, made(state, subject, true)).await
}

async fn of(state: &AppState, asked: &Asked, subject: Subject, wish: Wish) -> ApiResult<Response> {
    let whole = match wish.anchor.as_deref() {
        None => true,
        Some("omit") => false,
        Some(_) => return Err(ApiError::invalid("anchor", "`omit` is the only wish".to_owned())),
    };
    let changed = state.changed();
    let at_hand = state.shop.held.has_bundle(&subject, changed, whole);
    let _turn = if at_hand { None } else { Some(state.shop.turns.take(asked.network).await.map_err(busy)?) };
    let bundle = state.shop.held.bundle(&subject, changed, whole, made(state, &subject, whole)).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"tracelight-bundle.bin\""),
    ];
    let mut response = (headers, bundle.clone()).into_response();
    response.extensions_mut().insert(Again { body: bundle, changed, page: None });
    Ok(response)
}

/// Makes a bundle, within a time.
///
/// # Errors
/// 404 for a pack of no list here, 503.
pub(super) async fn made(state: &AppState, subject: &Subject, whole: bool) -> ApiResult<Bytes> {
    let unit = UnitId { gtin: subject.gtin, serial: subject.serial.clone() };
    let (node, lot) = (state.nodes()?, subject.lot.as_ref());
    let light = state.light.as_ref();
    let light = light.ok_or_else(|| ApiError::unavailable("this server was started without a genesis"))?;
    let source = Source { node, light, witnesses: &state.witnesses, chain: state.alliance.chain, whole };
    let made = state.shop.bundles.bundle(&state.store, &source, &unit, lot, now_ms);
    let made = match tokio::time::timeout(BUNDLE_TIMEOUT, made).await {
        Ok(made) => made.map_err(fault)?,
        Err(_) => return Err(ApiError::unavailable("the bundle takes too long; try again in a moment")),
    };
    let bundle = made.ok_or_else(|| ApiError::not_found("no sealed batch on this server holds this code"))?;
    Ok(bundle.into())
}

pub(super) fn busy(outage: Outage) -> ApiError {
    ApiError::unavailable(outage.to_string())
}

/// Nothing that does not verify is ever sent.
fn fault(error: BundleError) -> ApiError {
    ApiError::fault(StatusCode::SERVICE_UNAVAILABLE, "cannot_check_now", "the bundle cannot be made now", &error)
}

/// No code of a pack.
pub(super) fn malformed(typed: TypedCode) -> ApiError {
    ApiError::invalid("code", format!("`{}` is no code of a pack: {:?}", typed.text, typed.fault))
}

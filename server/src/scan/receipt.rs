//! Receipts of verdicts: [`tracelight_proof::receipt`], signed here and shown to whoever has one.
//!
//! ```text
//! POST /scan/receipt   token     a receipt of what the page of this token said; with the bundle of this moment
//! GET  /scan/receipt?r=TLR1.…    is it ours, what did we say, and what does the code say now
//! GET  /.well-known/tracelight-receipt-key    the key, for those who check off line
//! ```
//! * The page's token says, under this server's MAC, what was said, when, and by which block. A receipt is made of that alone,
//!   so nobody gets one for a verdict that was not given, and it is that of the page, whatever has happened since.
//! * The key is made once and kept with the other secrets of the database; it signs receipts and nothing else.
//! * Nothing is written, and nothing of a person stands in a receipt. Making one is limited as checks are; looking at one is not.

#[cfg(test)]
mod tests;

use super::handlers::{cannot_check, see_other};
use super::page::{Reader, frame};
use super::reader::{Asked, form_value};
use super::token::{PageToken, Said as Seen, Subject};
use super::{ANSWER_TIMEOUT, Outage, facts::Looked, known, proof, secret};
use crate::app::AppState;
use crate::clock::now_ms;
use crate::http::ApiError;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use serde_json::{Value, json};
use std::time::Duration;
use tracelight_client::keys::Signer;
use tracelight_domain::verdict::{Verdict, judge};
use tracelight_labels::symbol::Symbol;
use tracelight_proof::hash::sha256;
use tracelight_proof::receipt::{Receipt, SignedReceipt};
use tracelight_web_ui::scan::model::{CodeFacts, Keep, KeptPage, ProductKind, Said};
use tracelight_web_ui::scan::{KEPT_URL, render_kept_page};

/// Name of the secret that signs receipts.
const KEY_NAME: &str = "verdict-receipt";

/// How long a receipt waits for its bundle. A batch's tree may have to be built first.
const BUNDLE_WAIT: Duration = Duration::from_secs(5);

/// `POST /scan/receipt`
pub async fn make(State(state): State<AppState>, asked: Asked, form: String) -> Response {
    if asked.cross_site {
        return ApiError::forbidden("this form works from the scan page only").into_response();
    }
    let now = now_ms();
    if let Err(too_often) = state.shop.limits.receipts.of_network(asked.network, now) {
        return too_often.into_response();
    }
    let token = match secret(&state).await {
        Ok(secret) => secret.open(&form_value(&form, "token").unwrap_or_default()),
        Err(outage) => return super::handlers::cannot_check_any(&asked, None, &outage),
    };
    let foreign = || ApiError::invalid("token", "the form was not made by this server under an answer").into_response();
    let Ok(page) = token else { return foreign() };
    let (Some(subject), Some(seen)) = (&page.subject, &page.said) else { return foreign() };
    if page.is_too_old(now) {
        return see_other(&subject.path());
    }
    if let Err(too_often) = state.shop.limits.receipts.of_code(subject, now) {
        return too_often.into_response();
    }
    let made = made(&state, &asked, &page, subject, seen).await;
    made.unwrap_or_else(|outage| cannot_check(&asked, subject, &outage))
}

async fn made(
    state: &AppState,
    asked: &Asked,
    page: &PageToken,
    subject: &Subject,
    seen: &Seen,
) -> Result<Response, Outage> {
    // The bundle is an extra: without it the receipt is still what was said.
    let bundle = tokio::time::timeout(BUNDLE_WAIT, proof::whole(state, subject)).await;
    let bundle = bundle.ok().and_then(Result::ok);
    let receipt = Receipt {
        chain: state.alliance.chain,
        said_ms: page.rendered_ms,
        verdict: seen.verdict,
        gtin: subject.gtin,
        lot: subject.lot.clone(),
        serial: subject.serial.clone(),
        height: seen.height,
        as_of_ms: seen.as_of_ms,
        bundle: bundle.as_ref().map(|bytes| sha256(bytes)),
    };
    let text = signer(state).await?.sign_receipt(receipt.clone()).map_err(|_| Outage::NoKey)?.text();
    let url = format!("{}{KEPT_URL}?r={text}", state.config.public_base_url.trim_end_matches('/'));
    let keep = Keep {
        qr: qr(&url),
        url: format!("{KEPT_URL}?r={text}"),
        bundle: bundle.map(|bytes| base64::engine::general_purpose::STANDARD.encode(bytes)),
    };
    metrics::counter!("scan_receipts_total").increment(1);
    shown(state, asked, Some(&receipt), Some(keep), &text).await
}

/// `GET /scan/receipt?r=`
pub async fn show(State(state): State<AppState>, asked: Asked) -> Response {
    let text = asked.query("r").unwrap_or_default();
    let looked = async {
        let key = signer(&state).await?.public_key();
        let signed = SignedReceipt::parse(text.trim()).ok();
        let ours = signed.filter(|signed| signed.verify(&key).is_ok()).map(|signed| signed.receipt);
        let ours = ours.filter(|receipt| receipt.chain == state.alliance.chain);
        shown(&state, &asked, ours.as_ref(), None, text.trim()).await
    };
    looked.await.unwrap_or_else(|outage| super::handlers::cannot_check_any(&asked, None, &outage))
}

/// `GET /.well-known/tracelight-receipt-key`
pub async fn key(State(state): State<AppState>) -> Response {
    match signer(&state).await {
        Ok(signer) => {
            let key: Value = json!({ "algorithm": "ed25519", "key": signer.public_key().to_string(),
                "signs": "tracelight/verdict-receipt/v1" });
            Json(key).into_response()
        }
        Err(outage) => ApiError::unavailable(outage.to_string()).into_response(),
    }
}

async fn shown(
    state: &AppState,
    asked: &Asked,
    receipt: Option<&Receipt>,
    keep: Option<Keep>,
    text: &str,
) -> Result<Response, Outage> {
    let secret = secret(state).await?;
    let subject = receipt.map(subject_of);
    let reader = asked.reader(subject.as_ref().map(|subject| (secret, subject)), now_ms())?;
    let mut frame = frame(&reader, subject.as_ref());
    // What is no receipt is not repeated into an address.
    let again = if receipt.is_some() { format!("r={text}&") } else { String::new() };
    frame.other_language_url = format!("{KEPT_URL}?{again}lang={}", reader.lang.other().tag());
    let (now, kind) = match &subject {
        Some(subject) => now_of(state, &reader, subject).await,
        None => (None, ProductKind::Medicine),
    };
    let status = match (receipt, now) {
        (None, _) => StatusCode::BAD_REQUEST,
        (Some(_), None) => StatusCode::SERVICE_UNAVAILABLE,
        (Some(_), Some(_)) => StatusCode::OK,
    };
    let said = receipt.zip(subject.as_ref()).map(|(receipt, subject)| said(receipt, subject));
    Ok(asked.answer(status, render_kept_page(&KeptPage { frame, said, now, kind, keep })))
}

/// What the code says now to this reader; `None` when nobody can say.
async fn now_of(state: &AppState, reader: &Reader, subject: &Subject) -> (Option<Verdict>, ProductKind) {
    let Ok(known) = known(state, subject, reader.now_ms).await else { return (None, ProductKind::Medicine) };
    let looked = &known.found.looked;
    let kind = match looked {
        Looked::Known(facts) if facts.product.kind == tracelight_domain::tx::ProductKind::Food => ProductKind::Food,
        _ => ProductKind::Medicine,
    };
    let knowledge = looked.knowledge(reader.device_hash.as_ref(), reader.now_ms);
    (Some(judge(&knowledge, super::page::market_day(reader.now_ms))), kind)
}

fn subject_of(receipt: &Receipt) -> Subject {
    Subject { gtin: receipt.gtin, lot: receipt.lot.clone(), serial: receipt.serial.clone() }
}

fn said(receipt: &Receipt, subject: &Subject) -> Said {
    Said {
        verdict: receipt.verdict,
        said_ms: i64::try_from(receipt.said_ms).unwrap_or(i64::MAX),
        code: CodeFacts {
            gtin: receipt.gtin.to_string(),
            serial: receipt.serial.to_string(),
            lot: receipt.lot.as_ref().map(ToString::to_string),
            path: subject.path(),
            ..CodeFacts::default()
        },
        height: receipt.height,
    }
}

/// The QR code of an address as the path of an SVG; an address too long for one has none.
fn qr(url: &str) -> Option<(usize, String)> {
    let symbol = Symbol::qr(url).ok()?;
    Some((symbol.columns_with_quiet_zone(), symbol.path()))
}

/// The key that signs receipts; the same on all servers of one database.
async fn signer(state: &AppState) -> Result<&Signer, Outage> {
    let make = || async {
        let mut fresh = [0; 32];
        getrandom::fill(&mut fresh)?;
        let kept = state.store.shared_secret(KEY_NAME, fresh, now_ms());
        let seed = tokio::time::timeout(ANSWER_TIMEOUT, kept).await.map_err(|_| Outage::Slow)??;
        Ok(Signer::from_seed(&seed))
    };
    state.shop.receipt_key.get_or_try_init(make).await
}

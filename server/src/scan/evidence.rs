//! The evidence of one pack as a single file that checks itself: `GET /v1/evidence/{gtin}/{serial}` and with a lot between them; and the page
//! that checks whatever proof was saved: `GET /offline`. Both are downloads.
//!
//! What stands in it is in [`tracelight_web_ui::scan::evidence`]. The checker is the one that phones load; without built browser files
//! there is none, and the answer says which command does the same.

use super::code::{PathCode, from_path};
use super::files::checker_files;
use super::page::UTC_OFFSET_MINUTES;
use super::proof::{busy, malformed, whole};
use super::reader::Asked;
use super::token::Subject;
use crate::app::AppState;
use crate::clock::now_ms;
use crate::http::{ApiError, ApiResult, Path, encoded};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use std::collections::BTreeMap;
use tracelight_domain::ids::MemberId;
use tracelight_web_ui::i18n::Lang;
use tracelight_web_ui::scan::Clock;
use tracelight_web_ui::scan::evidence::{Evidence, LabelMaker, Offline, render_evidence_file, render_offline_page};

/// Products on the page, the newest first: 20,000 make 340 kB. Of the others the page says that it does not know them.
const LABEL_PRODUCTS_MAX: u64 = 20_000;

/// `GET /v1/evidence/{gtin}/{serial}`
pub async fn file(
    State(state): State<AppState>,
    asked: Asked,
    Path((gtin, serial)): Path<(String, String)>,
) -> ApiResult<Response> {
    let subject = from_path(PathCode { gtin: &gtin, lot: None, serial: &serial });
    of(&state, &asked, subject.map_err(malformed)?).await
}

/// `GET /v1/evidence/{gtin}/{lot}/{serial}`
pub async fn file_of_lot(
    State(state): State<AppState>,
    asked: Asked,
    Path((gtin, lot, serial)): Path<(String, String, String)>,
) -> ApiResult<Response> {
    let subject = from_path(PathCode { gtin: &gtin, lot: Some(&lot), serial: &serial });
    of(&state, &asked, subject.map_err(malformed)?).await
}

/// `GET /offline`
pub async fn offline(State(state): State<AppState>, asked: Asked) -> ApiResult<Response> {
    let _turn = state.shop.turns.take(asked.network).await.map_err(busy)?;
    let (js, wasm) = built_checker(&state).await?;
    let makers = makers(&state, asked.lang()).await?;
    let html = render_offline_page(&Offline {
        clock: Clock { lang: asked.lang(), utc_offset_minutes: UTC_OFFSET_MINUTES },
        made_ms: i64::try_from(now_ms()).unwrap_or(i64::MAX),
        chain: &state.alliance.chain.to_string(),
        checker: (&js, &wasm),
        base: &state.config.public_base_url,
        makers: &makers,
    });
    Ok(download("tracelight-offline.html", html))
}

/// Who signs labels, with which keys, of which products.
async fn makers(state: &AppState, lang: Lang) -> ApiResult<Vec<LabelMaker>> {
    let mut makers: BTreeMap<MemberId, LabelMaker> = BTreeMap::new();
    for (member, key) in state.label_keys.public() {
        let maker = makers.entry(member).or_insert_with(|| {
            let name = if lang == Lang::Zh { state.alliance.name_zh(member) } else { state.alliance.name_en(member) };
            LabelMaker { name, keys: BTreeMap::new(), gtins: Vec::new() }
        });
        maker.keys.insert(hex::encode(key.hint()), hex::encode(key.point()));
    }
    if makers.is_empty() {
        return Ok(Vec::new());
    }
    let listed: Vec<MemberId> = makers.keys().copied().collect();
    for (gtin, member) in state.store.gtins_of(&listed, LABEL_PRODUCTS_MAX).await? {
        if let Some(maker) = makers.get_mut(&member) {
            maker.gtins.push(gtin);
        }
    }
    Ok(makers.into_values().collect())
}

async fn built_checker(state: &AppState) -> ApiResult<(Vec<u8>, Vec<u8>)> {
    checker_files(state).await.ok_or_else(|| {
        let detail = "this server has no built checker to put into a file; keep `/v1/bundle/…` and check it with `tracelight verify`";
        ApiError::unavailable(detail)
    })
}

fn download(name: &str, html: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    (headers, html).into_response()
}

async fn of(state: &AppState, asked: &Asked, subject: Subject) -> ApiResult<Response> {
    let (js, wasm) = built_checker(state).await?;
    let _turn = state.shop.turns.take(asked.network).await.map_err(busy)?;
    let bundle = whole(state, &subject).await?;
    let (gtin, serial) = (subject.gtin.to_string(), subject.serial.to_string());
    let lot = subject.lot.as_ref().map(ToString::to_string);
    let (in_code, in_name) = match &lot {
        Some(lot) => (format!("/10/{}", encoded(lot)), format!("(10){lot}")),
        None => Default::default(),
    };
    let code = format!("/01/{gtin}{in_code}/21/{}", encoded(&serial));
    let name = format!("(01){gtin}{in_name}(21){serial}");
    let html = render_evidence_file(&Evidence {
        lang: asked.lang(),
        subject: &name,
        code: &code,
        chain: &state.alliance.chain.to_string(),
        made_ms: now_ms(),
        bundle: &bundle,
        checker: (&js, &wasm),
    });
    // A serial may hold what no file name may.
    let plain: String = serial.chars().filter(char::is_ascii_alphanumeric).collect();
    Ok(download(&format!("evidence-{gtin}-{plain}.html"), html))
}

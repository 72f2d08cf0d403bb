//! Published recalls for everybody: a page with a search, Atom (RFC 4287) and JSON Feed 1.1.
//!
//! ```text
//! GET /recalls?q=&before=      q       a code, a GTIN, a lot, a product, a company, or the id of a recall
//!                              before  the id of the last recall of the page before
//! GET /recalls/feed.atom       GET /recalls/feed.json      the newest [`FEED_MAX`] changes; `ETag`, for any origin
//! ```
//! Only recalls that a second person has approved, and no drills. One that was wound up stays in the list, because its lot
//! stays recalled. When the chain or the database does not answer, or what is known is old, the answer is 503 and no list:
//! an empty list would read as good news.

mod feed;

use super::code::from_typed;
use super::handlers::incident;
use super::page::{RECALLS_URL, Reader, frame, pick};
use super::reader::Asked;
use super::{ANSWER_TIMEOUT, Outage, fresh, standing};
use crate::app::AppState;
use crate::clock::now_ms;
use crate::http::{ApiError, encoded};
use crate::store::{PUBLIC_RECALLS_MAX, PublicRecall, RecallOrder};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use tracelight_domain::gs1::{Gtin, Lot};
use tracelight_domain::ids::UnitId;
use tracelight_proof::genesis::GenesisMember;
use tracelight_web_ui::scan::model::{Lang, PublishedRecall, RecallClass, RecallsPage};
use tracelight_web_ui::scan::{RECALL_SEARCH_CHARS_MAX, render_recalls_page};

/// Recalls of one page.
const PAGE_MAX: u64 = 20;
/// Recalls of a feed.
const FEED_MAX: u64 = 100;

/// `GET /recalls`
pub async fn page(State(state): State<AppState>, asked: Asked) -> Response {
    match listed(&state, &asked).await {
        Ok(response) => response,
        Err(outage) => cannot_list(&asked, &outage),
    }
}

/// The same page without a list, with a number; the cause goes to the log.
fn cannot_list(asked: &Asked, outage: &Outage) -> Response {
    let incident = incident();
    tracing::error!(incident, cause = %outage, "Recalls cannot be listed, incident {incident}");
    match asked.reader(None, now_ms()) {
        Ok(reader) => {
            let html = render_recalls_page(&RecallsPage { outage: Some(incident), ..empty(&reader, String::new()) });
            asked.answer(StatusCode::SERVICE_UNAVAILABLE, html)
        }
        Err(error) => ApiError::unavailable(error.to_string()).into_response(),
    }
}

/// `GET /recalls/feed.atom`
pub async fn atom(State(state): State<AppState>, asked: Asked, headers: HeaderMap) -> Response {
    fed(&state, &asked, &headers, feed::atom, "application/atom+xml; charset=utf-8").await
}

/// `GET /recalls/feed.json`
pub async fn json(State(state): State<AppState>, asked: Asked, headers: HeaderMap) -> Response {
    fed(&state, &asked, &headers, feed::json, "application/feed+json; charset=utf-8").await
}

fn unavailable(outage: &Outage) -> ApiError {
    ApiError::fault(StatusCode::SERVICE_UNAVAILABLE, "cannot_check_now", "cannot check now", outage)
}

/// So many published recalls, newest first, if what is known is fresh.
async fn published(state: &AppState, order: RecallOrder, limit: u64, now_ms: u64) -> Result<Vec<PublicRecall>, Outage> {
    standing(state)?;
    let read = tokio::time::timeout(ANSWER_TIMEOUT, state.store.public_recalls(order, limit));
    let (recalls, as_of_ms) = read.await.map_err(|_| Outage::Slow)??;
    fresh(as_of_ms, now_ms)?;
    Ok(recalls)
}

async fn listed(state: &AppState, asked: &Asked) -> Result<Response, Outage> {
    let now = now_ms();
    let text: String = asked.query("q").unwrap_or_default().trim().chars().take(RECALL_SEARCH_CHARS_MAX).collect();
    let before = asked.query("before");
    // One more than is shown says that there is another page. Whoever looks for something looks among all.
    let limit = if text.is_empty() && before.is_none() { PAGE_MAX + 1 } else { PUBLIC_RECALLS_MAX };
    let mut recalls = published(state, RecallOrder::Published, limit, now).await?;
    let wanted = wanted(state, &text).await?;
    recalls.retain(|recall| wanted.fits(recall, state.alliance.member(recall.maker)));
    if let Some(before) = before {
        let last = recalls.iter().position(|recall| hex::encode(recall.id.0) == before);
        recalls.drain(..last.map_or(0, |last| last + 1));
    }
    let shown_max = usize::try_from(PAGE_MAX).unwrap_or(usize::MAX);
    let rest = recalls.len() > shown_max;
    recalls.truncate(shown_max);
    let reader = asked.reader(None, now)?;
    let address =
        |recall: &PublicRecall| format!("{RECALLS_URL}?q={}&before={}", encoded(&text), hex::encode(recall.id.0));
    let older = recalls.last().filter(|_| rest).map(address);
    let found = recalls.iter().map(|recall| shown(reader.lang, recall, state.alliance.member(recall.maker))).collect();
    let html = render_recalls_page(&RecallsPage { found, older_url: older, ..empty(&reader, text) });
    Ok(asked.answer(StatusCode::OK, html))
}

/// The page before anything is found.
fn empty(reader: &Reader, text: String) -> RecallsPage {
    let mut frame = frame(reader, None);
    frame.other_language_url = format!("{RECALLS_URL}?q={}&lang={}", encoded(&text), reader.lang.other().tag());
    RecallsPage {
        frame,
        asked: text,
        found: Vec::new(),
        older_url: None,
        atom_url: format!("{RECALLS_URL}/feed.atom?lang={}", reader.lang.tag()),
        json_url: format!("{RECALLS_URL}/feed.json?lang={}", reader.lang.tag()),
        outage: None,
    }
}

type Writer = fn(&feed::Feed<'_>) -> Vec<u8>;

async fn fed(state: &AppState, asked: &Asked, headers: &HeaderMap, write: Writer, media: &str) -> Response {
    let recalls = match published(state, RecallOrder::Changed, FEED_MAX, now_ms()).await {
        Ok(recalls) => recalls,
        Err(outage) => return unavailable(&outage).into_response(),
    };
    let lang = asked.lang();
    let items: Vec<_> =
        recalls.iter().map(|recall| (recall, shown(lang, recall, state.alliance.member(recall.maker)))).collect();
    let base = state.config.public_base_url.as_str();
    let body = write(&feed::Feed { lang, base, alliance: &state.alliance.genesis.name, items: &items });
    feed::answer(headers, body, media)
}

/// A recall as people read it.
fn shown(lang: Lang, recall: &PublicRecall, maker: Option<&GenesisMember>) -> PublishedRecall {
    use tracelight_domain::tx::RecallClass as Class;
    let signed = |ms: u64| i64::try_from(ms).unwrap_or(i64::MAX);
    let maker = maker.map_or_else(|| recall.maker.to_string(), |m| pick(lang, &m.name_en, &m.name_zh).to_owned());
    PublishedRecall {
        product: pick(lang, &recall.product.0, &recall.product.1).to_owned(),
        maker,
        gtin: recall.batch.gtin.to_string(),
        lot: recall.batch.lot.to_string(),
        class: match recall.class {
            Class::One => RecallClass::I,
            Class::Two => RecallClass::II,
            Class::Three => RecallClass::III,
        },
        published_at_ms: signed(recall.approved.time_ms),
        closed_at_ms: recall.closed.as_ref().map(|closed| signed(closed.time_ms)),
        reason: recall.text.as_ref().map(|text| pick(lang, &text.reason_en, &text.reason_zh).to_owned()),
        advice: recall
            .text
            .as_ref()
            .map(|text| pick(lang, &text.advice_en, &text.advice_zh).to_owned())
            .filter(|advice| !advice.is_empty()),
        hotline: (!recall.hotline.is_empty()).then(|| recall.hotline.clone()),
        url: format!("{RECALLS_URL}?q={}", hex::encode(recall.id.0)),
    }
}

/// What somebody looks for.
#[derive(Debug)]
enum Wanted {
    All,
    /// The lot that a code belongs to, or names. A code that nobody knows and that names none fits nothing.
    Lot(Gtin, Option<Lot>),
    Product(Gtin),
    /// Part of a name, or a lot, whatever its case; lower case.
    Words(String),
}

async fn wanted(state: &AppState, text: &str) -> Result<Wanted, Outage> {
    if text.is_empty() {
        return Ok(Wanted::All);
    }
    if let Ok(subject) = from_typed(text) {
        let unit = UnitId { gtin: subject.gtin, serial: subject.serial };
        let pack = tokio::time::timeout(ANSWER_TIMEOUT, state.store.pack(&unit));
        let lot = pack.await.map_err(|_| Outage::Slow)??.and_then(|pack| pack.place).map(|place| place.lot);
        return Ok(Wanted::Lot(subject.gtin, lot.or(subject.lot)));
    }
    let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    if let Ok(gtin) = Gtin::parse(&digits) {
        return Ok(Wanted::Product(gtin));
    }
    Ok(Wanted::Words(text.to_lowercase()))
}

impl Wanted {
    fn fits(&self, recall: &PublicRecall, maker: Option<&GenesisMember>) -> bool {
        match self {
            Self::All => true,
            Self::Lot(gtin, lot) => recall.batch.gtin == *gtin && lot.as_ref() == Some(&recall.batch.lot),
            Self::Product(gtin) => recall.batch.gtin == *gtin,
            Self::Words(words) => {
                let holds = |text: &str| text.to_lowercase().contains(words);
                let (en, zh) = &recall.product;
                let names = maker.map_or(("", ""), |maker| (maker.name_en.as_str(), maker.name_zh.as_str()));
                holds(en)
                    || holds(zh)
                    || holds(names.0)
                    || holds(names.1)
                    || recall.batch.lot.as_str().to_lowercase() == *words
                    || hex::encode(recall.id.0) == *words
            }
        }
    }
}

#[cfg(test)]
mod tests;

//! The pages for shoppers: the answer to a scan, the form for typing a code, checks and reports, and the bundle.
//!
//! ```text
//! GET  /01/{gtin}[/10/{lot}]/21/{serial}     the answer: 200, 404 unknown code, 400 malformed, 503 cannot check now
//!                                            (to browsers; programs and other paths: `crate::resolver`)
//! GET  /scan/pack?code=                      the same, where the resolver leads
//! GET  /check?code=                          a typed code: 303 to its page, or 400 naming the character
//! POST /scan/pin       token pin         what the covered PIN of a code proves; GET /t?… what an NFC tag proves ([`marks`])
//! POST /scan/check     token [answer]        counts the check; without an answer 204, with one a page
//! POST /scan/place      token lat lon            roughly where a counted check was made ([`place`])
//! GET  /scan/report?code=   POST /scan/report   token what photos where contact -> a case number
//! GET  /scan/case?number=   GET /scan/case/receipt.pdf    how a report stands, and its receipt
//! POST /scan/receipt   token   GET /scan/receipt?r=        a signed receipt of what a page said ([`receipt`])
//! GET  /recalls?q=   GET /recalls/feed.atom   GET /recalls/feed.json    published recalls, for people and for programs
//! GET  /privacy        what is kept of a reader, and how long ([`privacy`])
//! GET  /v1/evidence/…   the bundle, the checker and a page around them in one file; GET /offline  the same for any bundle
//! GET  /v1/bundle/…   GET /v1/anchor   GET /v1/genesis     what the phone's own check needs; GET /v1/label-keys  who signs labels
//! ```
//! * What is the same for everybody is looked up and drawn once in a second ([`held`]), and what packs share is read once in a second
//!   ([`Common`]); who writes looks for itself.
//! * A GET writes nothing and counts nothing. No address is stored; a device is a random cookie of one day, kept as a hash. A phone
//!   remembers the codes that it has checked by cookies that go to their pages alone ([`token::CHECKED_COOKIE`]).
//! * Every answer rests on verified, fresh data or says "cannot check now": a dead database, a missing list, a halted
//!   follower or a projection older than [`STALE_MS_MAX`] never look like an answer about the pack.
//! * The same page to first visits within that second comes from [`front`]; look-ups go by turns of networks ([`turns`]).
//! * Forms are limited by network and by code ([`limits`]); pages with a verdict never are.
//! * Time for an answer is bounded by [`ANSWER_TIMEOUT`].

mod case;
pub mod code;
pub mod counting;
mod drawn;
mod evidence;
pub mod facts;
mod files;
pub mod forget;
mod front;
mod handlers;
mod held;
pub mod journey;
pub mod limits;
pub(crate) mod marks;
pub mod page;
mod photos;
pub mod place;
mod privacy;
mod proof;
mod reader;
mod recalls;
mod receipt;
mod report;
pub mod risk;
pub mod token;
mod turns;

#[cfg(test)]
mod pace;
#[cfg(test)]
mod paint;
#[cfg(test)]
pub mod story;
#[cfg(test)]
mod tests;

use crate::app::AppState;
use crate::bundle::BundleMaker;
use crate::store::common::{Common, CommonAt};
use crate::store::{LookUp, StoreError};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use facts::Looked;
pub(crate) use front::FrontLayer;
pub(crate) use handlers::malformed;
pub(crate) use held::HELD_FOR;
use held::Known;
pub(crate) use marks::router as marks_router;
pub(crate) use reader::{Asked as Shopper, form_value};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use thiserror::Error;
use token::{ScanSecret, Subject};
use tokio::sync::OnceCell;
use tracelight_client::keys::Signer;
use tracelight_domain::ids::UnitId;
use tracelight_web_ui::scan::evidence::OFFLINE_URL;

/// How long an answer may take.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(2);
/// How old the newest projected block may be. A recall is seen within a minute of its approval, or nothing is said.
pub const STALE_MS_MAX: u64 = 60_000;
/// Bytes of a posted form.
const FORM_BYTES_MAX: usize = 8 * 1024;
/// Name of the secret that keys tokens and device hashes.
const SECRET_NAME: &str = "scan";

/// What the pages for shoppers keep in memory.
#[derive(Default)]
pub struct Shop {
    /// Trees of batches whose packs are asked for.
    pub bundles: BundleMaker,
    /// How often forms may be sent.
    pub limits: limits::Limits,
    /// Whole answers that are given again.
    pub front: front::Front,
    photos: photos::PhotoDesk,
    common: Common,
    held: held::Held,
    turns: turns::Turns,
    secret: OnceCell<ScanSecret>,
    receipt_key: OnceCell<Signer>,
    assets: OnceLock<page::PageAssets>,
}

impl Shop {
    /// Lets go of what is held of a code: somebody has written something here that its page tells of.
    pub(crate) async fn let_go(&self, subject: &Subject, height: tracelight_domain::ids::Height) {
        self.held.let_go(subject, height).await;
    }
}

impl std::fmt::Debug for Shop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shop")
    }
}

/// Why nothing can be said about a pack.
#[derive(Debug, Error)]
pub enum Outage {
    /// The database fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It took too long.
    #[error("no answer within {} ms", ANSWER_TIMEOUT.as_millis())]
    Slow,
    /// Too many of the same network ask at once.
    #[error("too much is asked from this network at once; it is answered in turn, try again in a moment")]
    Busy,
    /// This server belongs to no alliance yet.
    #[error("this server has no genesis")]
    NoAlliance,
    /// The follower has found a contradiction.
    #[error("the follower has halted: {0}")]
    Halted(String),
    /// What is known is too old.
    #[error("the newest verified block is {age_ms} ms old")]
    Stale {
        /// Its age.
        age_ms: u64,
    },
    /// A list is missing.
    #[error("{0}")]
    Missing(&'static str),
    /// The machine has no randomness.
    #[error("no randomness: {0}")]
    Randomness(#[from] getrandom::Error),
    /// The key of receipts cannot sign.
    #[error("the key of receipts cannot sign")]
    NoKey,
    /// Of the look-up that this reader waited for.
    #[error(transparent)]
    Shared(Arc<Outage>),
}

/// The routes for shoppers.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/01/{gtin}/21/{serial}", get(handlers::unit).options(crate::resolver::answer::options))
        .route("/01/{gtin}/10/{lot}/21/{serial}", get(handlers::unit_of_lot).options(crate::resolver::answer::options))
        .route("/scan/pack", get(handlers::pack))
        .route("/check", get(handlers::entry))
        .route("/scan/check", post(handlers::check))
        .route("/scan/place", post(place::tell))
        .route("/scan/{script}", get(files::script))
        .route("/scan/case", get(case::page))
        .route(case::pdf::PDF_URL, get(case::pdf::receipt))
        .route(tracelight_web_ui::scan::KEPT_URL, get(receipt::show).post(receipt::make))
        .route(tracelight_web_ui::scan::KEPT_KEY_URL, get(receipt::key))
        .route(tracelight_web_ui::scan::PRIVACY_URL, get(privacy::page))
        .route("/recalls", get(recalls::page))
        .route("/recalls/feed.atom", get(recalls::atom))
        .route("/recalls/feed.json", get(recalls::json))
        .route("/v1/bundle/{gtin}/{serial}", get(proof::bundle))
        .route("/v1/bundle/{gtin}/{lot}/{serial}", get(proof::bundle_of_lot))
        .route(OFFLINE_URL, get(evidence::offline))
        .route("/v1/evidence/{gtin}/{serial}", get(evidence::file))
        .route("/v1/evidence/{gtin}/{lot}/{serial}", get(evidence::file_of_lot))
        .route("/v1/label-keys", get(crate::label_keys::published))
        .route("/v1/genesis", get(proof::genesis))
        .route("/v1/anchor", get(proof::anchor))
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
}

/// The form that takes photos: it is longer than the others, and a phone sends it for minutes ([`crate::layers`]).
pub fn uploads() -> Router<AppState> {
    let route = get(report::form).post(report::send);
    Router::new().route(page::REPORT_URL, route).layer(DefaultBodyLimit::max(report::SENT_FORM_BYTES_MAX))
}

/// Is there an alliance, and no contradiction in what it says?
fn standing(state: &AppState) -> Result<(), Outage> {
    if !state.alliance.configured {
        return Err(Outage::NoAlliance);
    }
    let progress = state.progress();
    if progress.halted { Err(Outage::Halted(progress.trouble.unwrap_or_default())) } else { Ok(()) }
}

/// Is what a block of this time tells new enough?
const fn fresh(as_of_ms: u64, now_ms: u64) -> Result<(), Outage> {
    let age_ms = now_ms.saturating_sub(as_of_ms);
    if age_ms > STALE_MS_MAX { Err(Outage::Stale { age_ms }) } else { Ok(()) }
}

/// What is known of a code, fresh and within the time, or why nothing can be said.
pub(crate) async fn look(state: &AppState, subject: &Subject, now_ms: u64) -> Result<Looked, Outage> {
    Ok(look_whole(state, subject, now_ms).await?.looked)
}

/// The same, with what belongs to it.
async fn look_whole(state: &AppState, subject: &Subject, now_ms: u64) -> Result<LookUp, Outage> {
    standing(state)?;
    // Whoever writes looks at everything anew.
    let found = looked_up(state, subject, &Common::default()).await?;
    fresh(found.as_of_ms, now_ms)?;
    Ok(found)
}

/// The same for those who only read: it may have been looked up within the last second ([`held`]).
async fn known(state: &AppState, subject: &Subject, now_ms: u64) -> Result<Arc<Known>, Outage> {
    standing(state)?;
    let height = state.changed();
    let known = state.shop.held.known(subject, height, looked_up(state, subject, &state.shop.common)).await?;
    fresh(known.found.as_of_ms, now_ms)?;
    Ok(known)
}

async fn looked_up(state: &AppState, subject: &Subject, common: &Common) -> Result<LookUp, Outage> {
    let changed = state.changed();
    let asked = async {
        let unit = UnitId { gtin: subject.gtin, serial: subject.serial.clone() };
        let (Some(pack), store) = state.store.pack_and_moment(&unit).await? else {
            return Ok(None);
        };
        let common = CommonAt { kept: common, changed };
        let mut looked = store.look_up(subject, &pack, common, |member| state.keys.serves(member)).await?;
        if let Looked::Known(facts) = &mut looked {
            risk::fill(state, &store, &unit, facts, crate::clock::now_ms()).await?;
        }
        let marks =
            if pack.has_marks { marks::of_code(state, &store, subject, &looked).await? } else { Default::default() };
        Ok::<_, StoreError>(Some(LookUp { looked, as_of_ms: pack.as_of_ms, marks }))
    };
    let found = tokio::time::timeout(ANSWER_TIMEOUT, asked).await.map_err(|_| Outage::Slow)??;
    match found {
        None => Err(Outage::Missing("nothing has been projected yet")),
        Some(LookUp { looked: Looked::Unavailable { why }, .. }) => Err(Outage::Missing(why)),
        Some(found) => Ok(found),
    }
}

/// The secret behind tokens and device hashes; the same on all servers of one database.
async fn secret(state: &AppState) -> Result<&ScanSecret, Outage> {
    let make = || async {
        let mut fresh = [0; 32];
        getrandom::fill(&mut fresh)?;
        let kept = state.store.shared_secret(SECRET_NAME, fresh, crate::clock::now_ms());
        let kept = tokio::time::timeout(ANSWER_TIMEOUT, kept).await.map_err(|_| Outage::Slow)??;
        Ok(ScanSecret::new(kept))
    };
    state.shop.secret.get_or_try_init(make).await
}

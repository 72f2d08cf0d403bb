//! Physical marks on the pages for shoppers: a covered PIN that is typed, an NFC tag that is tapped, a hologram that is looked at.
//!
//! ```text
//! POST /scan/pin   token pin     reads the PIN, settles its first showing, answers with the code's page and the card of marks
//! GET  /scan/hologram?code=      the questions about its hologram; POST token a0 a1 …  what the answers say, on the code's page
//! GET  /t?…                      finds the tag that made the address, settles its counter, answers with its code's page
//! ```
//! * Without `[marks]` in the configuration neither address exists, and no page speaks of marks.
//! * The verdict is found first and outranks the mark: below a bad one nothing is settled for a PIN, and no good news shown.
//! * A PIN stands in no log, in no row and in no address. It is sent back once, in the field that it was typed into.
//! * Neither counts as a check. A HEAD, a browser's guess and a program that opens links settle nothing: a tag's answer can be
//!   used once, and is the person's.
//! * An address that no tag of ours made, and a tag that is on no pack, get the page of an unknown code for the same work.

mod hologram;
mod pin;
mod say;
mod tag;
mod visit;

pub(crate) use visit::{Shown, visit};

#[cfg(test)]
mod tests;

use super::facts::{Looked, Standing};
use super::handlers::{cannot_check_any, see_other};
use super::reader::{Asked, form_value};
use super::secret;
use super::token::{ScanSecret, Subject};
use crate::app::AppState;
use crate::clock::now_ms;
use crate::http::{ApiError, encoded};
use crate::store::{ShopperMarks, Store, StoreError};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use tracelight_domain::ids::UnitId;
use tracelight_marks::Kind;
use tracelight_web_ui::scan::model::{MarkCard, PinForm, ScanPage};

/// Where a PIN is posted to.
const PIN_URL: &str = "/scan/pin";
/// Where a hologram is asked about.
const HOLOGRAM_URL: &str = "/scan/hologram";

/// The routes of the kinds that are known here.
pub(crate) fn router(state: &AppState) -> Router<AppState> {
    let Some(marks) = &state.marks else { return Router::new() };
    let mut routes = Router::new();
    if marks.knows(&tracelight_marks::pin::KIND) {
        routes = routes.route(PIN_URL, get(pin::elsewhere).post(pin::check));
    }
    routes = routes.route(HOLOGRAM_URL, get(hologram::form).post(hologram::check));
    if marks.tags().is_some() {
        routes = routes.route("/t", get(tag::tap));
    }
    routes.layer(DefaultBodyLimit::max(super::FORM_BYTES_MAX))
}

/// The pages' secret, and the code that a form of theirs is about; or what is answered to a form of somebody else's, to one that lay too
/// long, and during an outage.
async fn opened<'a>(state: &'a AppState, asked: &Asked, form: &str) -> Result<(&'a ScanSecret, Subject), Response> {
    if asked.cross_site {
        return Err(ApiError::forbidden("this form works from its own page only").into_response());
    }
    let secret = secret(state).await.map_err(|outage| cannot_check_any(asked, None, &outage))?;
    let page = secret.open(&form_value(form, "token").unwrap_or_default()).ok();
    let Some((too_old, subject)) = page.and_then(|page| Some((page.is_too_old(now_ms()), page.subject?))) else {
        return Err(ApiError::invalid("token", "the form was not made by this server").into_response());
    };
    if too_old { Err(see_other(&subject.path())) } else { Ok((secret, subject)) }
}

/// Which marks of the code can be checked here?
pub(super) async fn of_code(
    state: &AppState,
    store: &Store,
    subject: &Subject,
    looked: &Looked,
) -> Result<ShopperMarks, StoreError> {
    let sealed = matches!(looked, Looked::Known(facts) if facts.standing == Standing::Sealed);
    let Some(marks) = state.marks.as_ref().filter(|_| sealed) else { return Ok(ShopperMarks::default()) };
    let Some(policy) = store.mark_policy(subject.gtin).await? else { return Ok(ShopperMarks::default()) };
    let carries = |kind: &Kind| marks.knows(kind) && policy.carried().iter().any(|carried| carried.kind == *kind);
    let (pin, hologram) = (tracelight_marks::pin::KIND, tracelight_marks::hologram::KIND);
    Ok(ShopperMarks {
        pin: carries(&pin) && store.mark(&unit_of(subject), &pin).await?.is_some(),
        hologram: carries(&hologram) && store.hologram(subject.gtin).await?.is_some(),
    })
}

/// The card of a page on which no mark was shown yet: the form, where there is a PIN; the way to the questions about a hologram.
pub(super) fn card(page: &ScanPage, marks: ShopperMarks, subject: &Subject) -> Option<MarkCard> {
    let token = page.answer.as_ref()?.token.clone();
    let form = PinForm { post_url: PIN_URL.to_owned(), token, typed: String::new(), fault: None };
    let (lang, code) = (page.frame.lang.tag(), encoded(&subject.path()));
    let hologram_url = marks.hologram.then(|| format!("{HOLOGRAM_URL}?code={code}&lang={lang}"));
    (marks != ShopperMarks::default()).then_some(MarkCard {
        found: None,
        form: marks.pin.then_some(form),
        hologram_url,
    })
}

fn unit_of(subject: &Subject) -> UnitId {
    UnitId { gtin: subject.gtin, serial: subject.serial.clone() }
}

//! Physical marks on the pages for shoppers: a covered PIN that is typed, an NFC tag that is tapped.
//!
//! ```text
//! POST /scan/pin   token pin     reads the PIN, settles its first showing, answers with the code's page and the card of marks
//! GET  /t?…                      finds the tag that made the address, settles its counter, answers with its code's page
//! ```
//! * Without `[marks]` in the configuration neither address exists, and no page speaks of marks.
//! * The verdict is found first and outranks the mark: below a bad one nothing is settled for a PIN, and no good news shown.
//! * A PIN stands in no log, in no row and in no address. It is sent back once, in the field that it was typed into.
//! * Neither counts as a check. A HEAD, a browser's guess and a program that opens links settle nothing: a tag's answer can be
//!   used once, and is the person's.
//! * An address that no tag of ours made, and a tag that is on no pack, get the page of an unknown code for the same work.

mod pin;
mod say;
mod tag;
mod visit;

#[cfg(test)]
mod tests;

use super::facts::{Looked, Standing};
use super::token::Subject;
use crate::app::AppState;
use crate::store::{Store, StoreError};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::get;
use tracelight_domain::ids::UnitId;
use tracelight_web_ui::scan::model::{MarkCard, PinForm, ScanPage};

/// Where a PIN is posted to.
const PIN_URL: &str = "/scan/pin";

/// The routes of the kinds that are known here.
pub(crate) fn router(state: &AppState) -> Router<AppState> {
    let Some(marks) = &state.marks else { return Router::new() };
    let mut routes = Router::new();
    if marks.knows(&tracelight_marks::pin::KIND) {
        routes = routes.route(PIN_URL, get(pin::elsewhere).post(pin::check));
    }
    if marks.tags().is_some() {
        routes = routes.route("/t", get(tag::tap));
    }
    routes.layer(DefaultBodyLimit::max(super::FORM_BYTES_MAX))
}

/// Can the code's PIN be checked here?
pub(super) async fn has_pin(
    state: &AppState,
    store: &Store,
    subject: &Subject,
    looked: &Looked,
) -> Result<bool, StoreError> {
    let sealed = matches!(looked, Looked::Known(facts) if facts.standing == Standing::Sealed);
    let kind = tracelight_marks::pin::KIND;
    if !sealed || !state.marks.as_ref().is_some_and(|marks| marks.knows(&kind)) {
        return Ok(false);
    }
    store.carries_mark(&unit_of(subject), &kind).await
}

/// The card of a page on which no mark was shown yet: the form, where there is a PIN.
pub(super) fn card(page: &ScanPage, has_pin: bool) -> Option<MarkCard> {
    let token = page.answer.as_ref().filter(|_| has_pin)?.token.clone();
    let form = PinForm { post_url: PIN_URL.to_owned(), token, typed: String::new(), fault: None };
    Some(MarkCard { found: None, form: Some(form) })
}

fn unit_of(subject: &Subject) -> UnitId {
    UnitId { gtin: subject.gtin, serial: subject.serial.clone() }
}

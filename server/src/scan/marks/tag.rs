//! An NFC tag that was tapped: `GET /t?…`, with the parameters that the tag mirrors.

use super::super::handlers::{cannot_check_any, status_of, whole_page};
use super::super::page::unknown_page;
use super::super::reader::Asked;
use super::super::token::Subject;
use super::super::{Outage, known, secret};
use super::pin::within;
use super::say;
use super::visit::{Shown, visit};
use crate::app::AppState;
use crate::clock::now_ms;
use crate::http::ApiError;
use crate::marks::{Marks, finder};
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use tracelight_domain::ids::UnitId;
use tracelight_marks::nfc::{Ntag424, Uid};
use tracelight_marks::{Context, Enrolment, Fields, Item};
use tracelight_web_ui::scan::render_scan_page;

/// `GET /t`
pub(super) async fn tap(State(state): State<AppState>, asked: Asked, RawQuery(query): RawQuery) -> Response {
    let Some((marks, tags)) = state.marks.as_ref().and_then(|marks| Some((marks, marks.tags()?))) else {
        return unknown(&asked);
    };
    // Longer than any tag's, and the same as no message.
    let evidence = Fields::new().with("url", query.unwrap_or_default()).unwrap_or_default();
    let answered = match whose(&state, tags, &evidence).await {
        Ok(Some((unit, enrolment))) => {
            let subject = Subject { gtin: unit.gtin, lot: None, serial: unit.serial.clone() };
            let answered = answer(&state, marks, &asked, (&unit, &enrolment), &subject, &evidence).await;
            answered.map_err(|outage| (Some(subject), outage))
        }
        Ok(None) => Ok(unknown(&asked)),
        Err(outage) => Err((None, outage)),
    };
    answered.unwrap_or_else(|(subject, outage)| cannot_check_any(&asked, subject.as_ref(), &outage))
}

/// Whose tag it is. For nobody's the same is asked of the database and the same is computed.
async fn whose(state: &AppState, tags: &Ntag424, evidence: &Fields) -> Result<Option<(UnitId, Enrolment)>, Outage> {
    let uid = tags.identify(evidence).map_or([0; Uid::LEN], |uid| uid.0);
    let found = within(state.store.marked_unit(finder(&uid))).await?;
    if found.is_none()
        && let (Some(decoy), Ok(item)) = (tags.decoy(), Item::parse("decoy"))
    {
        use tracelight_marks::Check as _;
        let _ = std::hint::black_box(tags.read(&decoy, evidence, Context { item: &item, now_ms: now_ms() }));
    }
    Ok(found)
}

async fn answer(
    state: &AppState,
    marks: &Marks,
    asked: &Asked,
    (unit, enrolment): (&UnitId, &Enrolment),
    subject: &Subject,
    evidence: &Fields,
) -> Result<Response, Outage> {
    let now = now_ms();
    let secret = secret(state).await?;
    // First of all: a tap is not used up for an answer that nobody gets.
    let known = known(state, subject, now).await?;
    let reader = asked.reader(Some((secret, subject)), now)?;
    let mut page = whole_page(state, secret, &reader, subject, &known.found);
    if asked.is_visit()
        && let Some(policy) = within(state.store.mark_policy(unit.gtin)).await?
    {
        let shown = Shown { unit, enrolment, policy: &policy };
        let found = say::found(&visit(state, marks, shown, evidence, now).await);
        let mut card = page.marks.take().unwrap_or_default();
        card.found = found;
        page.marks = Some(card);
    }
    metrics::counter!("scan_pages_total", "verdict" => page.verdict.name()).increment(1);
    Ok(asked.answer(status_of(page.verdict), render_scan_page(&page)))
}

fn unknown(asked: &Asked) -> Response {
    match asked.reader(None, now_ms()) {
        Ok(reader) => asked.answer(StatusCode::NOT_FOUND, render_scan_page(&unknown_page(&reader))),
        Err(error) => ApiError::unavailable(error.to_string()).into_response(),
    }
}

//! Reports of suspected fakes: three questions, one required, and a case number.
//!
//! A mistake brings the form back with what was typed and the reason beside its field. Browsers do not let a page fill in
//! files again, so photos have to be chosen anew.

mod sent;
#[cfg(test)]
mod tests;

use super::case::pdf;
use super::code::from_typed;
use super::handlers::cannot_check;
use super::page::{REPORT_URL, Reader, code_facts, frame, product};
use super::photos::PHOTOS_BYTES_MAX;
use super::reader::Asked;
use super::token::{PageToken, ScanSecret, Subject};
use super::{Outage, facts::Looked, look, secret};
use crate::app::AppState;
use crate::clock::now_ms;
use crate::http::{ApiError, encoded};
use crate::store::{KeptReport, NewReport};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use sent::Sent;
use tracelight_domain::gs1::Date;
use tracelight_web_ui::scan::model::{
    PhotoFault, Photos, PhotosFault, ReceiptPage, ReportFault, ReportPage, ReportRetry, ReportWhat,
};
use tracelight_web_ui::scan::{CASE_URL, render_report_page, render_report_receipt_page};

pub use sent::SENT_FORM_BYTES_MAX;

/// Case numbers that are tried until one is free; the second is needed once in a billion.
const CASE_ATTEMPTS: usize = 3;
/// No 0, 1, I, L, O, U: read out over the telephone.
const CASE_LETTERS: &[u8; 30] = b"23456789ABCDEFGHJKMNPQRSTVWXYZ";

/// `GET /scan/report?code=`
pub async fn form(State(state): State<AppState>, asked: Asked) -> Response {
    let subject = asked.query("code").and_then(|text| from_typed(&text).ok());
    let made = async {
        let now = now_ms();
        let secret = secret(&state).await?;
        let reader = asked.reader(None, now)?;
        Ok(report_page(&state, &asked, secret, &reader, subject.as_ref(), None, StatusCode::OK).await)
    };
    made.await.unwrap_or_else(|outage| out(&asked, subject.as_ref(), &outage))
}

/// `POST /scan/report`
pub async fn send(State(state): State<AppState>, asked: Asked, request: Request) -> Response {
    if asked.cross_site {
        return ApiError::forbidden("this form works from the report page only").into_response();
    }
    if let Err(too_often) = state.shop.limits.reports.of_network(asked.network, now_ms()) {
        return too_often.into_response();
    }
    let secret = match secret(&state).await {
        Ok(secret) => secret,
        Err(outage) => return out(&asked, None, &outage),
    };
    let sent = match Sent::read(request, &state, secret).await {
        Ok(sent) => sent,
        Err(error) => return error.into_response(),
    };
    let subject = sent.token.subject.as_ref();
    if let Some(too_often) = subject.and_then(|subject| state.shop.limits.reports.of_code(subject, now_ms()).err()) {
        return too_often.into_response();
    }
    answered(&state, &asked, secret, &sent).await.unwrap_or_else(|outage| out(&asked, subject, &outage))
}

async fn answered(state: &AppState, asked: &Asked, secret: &ScanSecret, sent: &Sent) -> Result<Response, Outage> {
    let now = now_ms();
    let reader = asked.reader(None, now)?;
    let subject = sent.token.subject.as_ref();
    let checked = match sent.fault() {
        Ok(what) => room(state, sent).await?.map(|()| what),
        Err(fault) => Err(fault),
    };
    let what = match checked {
        Ok(what) => what,
        Err(fault) => {
            let (retry, status) = (Some(sent.retry(fault)), status_of(fault));
            let mut page = report_page(state, asked, secret, &reader, subject, retry, status).await;
            if status == StatusCode::SERVICE_UNAVAILABLE {
                page.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
            }
            return Ok(page);
        }
    };
    let kept = keep(state, sent, what, now).await?;
    let mut frame = frame(&reader, subject);
    frame.other_language_url = format!("{REPORT_URL}?lang={}", reader.lang.other().tag());
    let html = render_report_receipt_page(&ReceiptPage {
        frame,
        received_at_ms: i64::try_from(kept.at_ms).unwrap_or(i64::MAX),
        photos: kept.photos,
        pdf_url: Some(pdf::url(&kept.case_number, reader.lang)),
        case_url: Some(format!("{CASE_URL}?number={}", kept.case_number)),
        hotline: None,
        case_number: kept.case_number,
    });
    Ok(asked.answer(StatusCode::OK, html))
}

/// Is there room for the photos?
async fn room(state: &AppState, sent: &Sent) -> Result<Result<(), ReportFault>, Outage> {
    if sent.photos.is_empty() {
        return Ok(Ok(()));
    }
    let held = tokio::time::timeout(super::ANSWER_TIMEOUT, state.store.photo_bytes());
    let held = held.await.map_err(|_| Outage::Slow)??;
    let more: usize = sent.photos.iter().map(Vec::len).sum();
    if held.saturating_add(more as u64) <= PHOTOS_BYTES_MAX {
        return Ok(Ok(()));
    }
    tracing::error!(held, "No room for photos of reports. Hint: close cases; photos go 30 days later");
    Ok(Err(ReportFault::Photos(PhotosFault { number: 0, fault: PhotoFault::Full })))
}

const fn status_of(fault: ReportFault) -> StatusCode {
    match fault {
        ReportFault::Photos(PhotosFault { fault: PhotoFault::Busy | PhotoFault::Full, .. }) => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

async fn keep(state: &AppState, sent: &Sent, what: ReportWhat, now: u64) -> Result<KeptReport, Outage> {
    let mut attempt = 0;
    loop {
        attempt += 1;
        let case_number = case_number(now)?;
        let report = NewReport {
            subject: sent.token.subject.as_ref(),
            at_ms: now,
            what: what.name(),
            detail: &sent.place,
            contact: &sent.contact,
            nonce: sent.token.nonce,
            id: *uuid::Uuid::now_v7().as_bytes(),
            case_number: &case_number,
            photos: &sent.photos,
        };
        let kept = tokio::time::timeout(super::ANSWER_TIMEOUT, state.store.keep_report(&report));
        match kept.await.map_err(|_| Outage::Slow)? {
            Err(_) if attempt < CASE_ATTEMPTS => {}
            other => return Ok(other?),
        }
    }
}

async fn report_page(
    state: &AppState,
    asked: &Asked,
    secret: &ScanSecret,
    reader: &Reader,
    subject: Option<&Subject>,
    retry: Option<ReportRetry>,
    status: StatusCode,
) -> Response {
    let token = PageToken {
        rendered_ms: reader.now_ms,
        nonce: reader.page_nonce,
        subject: subject.cloned(),
        said: None,
        checked_as: None,
    };
    // The form works without knowing the product: a report is most needed when something is wrong.
    let facts = match subject {
        Some(subject) => match look(state, subject, reader.now_ms).await {
            Ok(Looked::Known(facts)) => Some(facts),
            _ => None,
        },
        None => None,
    };
    let mut frame = frame(reader, subject);
    let code = subject.map(|subject| encoded(&subject.path()));
    let code = code.map(|code| format!("&code={code}")).unwrap_or_default();
    frame.other_language_url = format!("{REPORT_URL}?lang={}{code}", reader.lang.other().tag());
    let html = render_report_page(&ReportPage {
        frame,
        post_url: REPORT_URL.to_owned(),
        token: secret.seal(&token),
        product: facts.as_ref().map(|facts| product(reader.lang, facts, state.alliance.member(facts.maker))),
        code: subject.map(code_facts),
        photos: Photos::Offered,
        retry,
    });
    asked.answer(status, html)
}

fn out(asked: &Asked, subject: Option<&Subject>, outage: &Outage) -> Response {
    match subject {
        Some(subject) => cannot_check(asked, subject, outage),
        None => {
            let (status, title) = (StatusCode::SERVICE_UNAVAILABLE, "cannot take the report now");
            ApiError::fault(status, "cannot_check_now", title, outage).into_response()
        }
    }
}

/// `TL-26-4K7M9X-93`: year, six letters at random, and their check number modulo 97.
fn case_number(now: u64) -> Result<String, getrandom::Error> {
    let days = i64::try_from(now / 86_400_000).unwrap_or(0);
    let year = Date::from_days(days).map_or(0, |date| date.year() % 100);
    let mut random = [0u8; 8];
    getrandom::fill(&mut random)?;
    let mut rest = u64::from_be_bytes(random);
    let mut letters = String::new();
    let mut check = 0u64;
    for _ in 0..6 {
        let index = rest % CASE_LETTERS.len() as u64;
        rest /= CASE_LETTERS.len() as u64;
        let letter = usize::try_from(index).ok().and_then(|index| CASE_LETTERS.get(index)).copied().unwrap_or(b'X');
        letters.push(char::from(letter));
        check = (check * 31 + index) % 97;
    }
    Ok(format!("TL-{year:02}-{letters}-{check:02}"))
}

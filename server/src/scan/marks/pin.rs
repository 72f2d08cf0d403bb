//! A covered PIN that was typed on a code's page.

use super::super::handlers::{cannot_check, see_other, status_of, whole_page};
use super::super::reader::{Asked, form_value};
use super::super::token::{ScanSecret, Subject};
use super::super::{Outage, known, look_whole};
use super::visit::{Shown, visit};
use super::{opened, say, unit_of};
use crate::app::AppState;
use crate::clock::now_ms;
use crate::http::ApiError;
use crate::marks::Marks;
use crate::store::LookUp;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use tracelight_marks::pin::{KIND, Pin};
use tracelight_marks::{Fields, Kind, Policy};
use tracelight_web_ui::scan::marks::allows_good_news;
use tracelight_web_ui::scan::model::{MarkFound, PIN_FIELD_CHARS_MAX, PinFault};
use tracelight_web_ui::scan::render_scan_page;
use zeroize::Zeroizing;

/// `GET /scan/pin`: whoever reloads the answer without its form types the code again.
pub(super) async fn elsewhere() -> Response {
    see_other(super::super::page::ENTRY_URL)
}

/// `POST /scan/pin`
pub(super) async fn check(State(state): State<AppState>, asked: Asked, form: String) -> Response {
    let form = Zeroizing::new(form);
    let Some(marks) = &state.marks else { return ApiError::not_found("no PIN is checked here").into_response() };
    let (secret, subject) = match opened(&state, &asked, &form).await {
        Ok(opened) => opened,
        Err(answer) => return answer,
    };
    let typed = Zeroizing::new(form_value(&form, "pin").unwrap_or_default());
    let work = Work { state: &state, marks, asked: &asked, secret, subject: &subject, now: now_ms() };
    work.answer(&typed).await.unwrap_or_else(|outage| cannot_check(&asked, &subject, &outage))
}

struct Work<'a> {
    state: &'a AppState,
    marks: &'a Marks,
    asked: &'a Asked,
    secret: &'a ScanSecret,
    subject: &'a Subject,
    now: u64,
}

/// What is put into the card, beside what was found.
struct Typed<'a> {
    text: &'a str,
    fault: Option<PinFault>,
}

impl Work<'_> {
    async fn answer(&self, typed: &str) -> Result<Response, Outage> {
        let limits = &self.state.shop.limits.pins;
        let limited = limits.of_network(self.asked.network, self.now);
        if let Err(too_often) = limited.and_then(|()| limits.of_code(self.subject, self.now)) {
            return self.too_often(&too_often, typed).await;
        }
        let found = look_whole(self.state, self.subject, self.now).await?;
        let policy = self.policy(&found).await?;
        let Some(policy) = policy else { return Ok(see_other(&self.subject.path())) };
        if Pin::parse(typed).is_err() {
            let typed = Typed { text: typed, fault: Some(PinFault::NoPin) };
            return self.page(StatusCode::BAD_REQUEST, &found, None, typed);
        }
        let (mark, text) = match self.shown(&policy, typed).await? {
            // Typed again from here; a PIN that fits is not sent back.
            Some(mark @ MarkFound::PinDiffers { .. }) => (Some(mark), typed),
            mark => (mark, ""),
        };
        self.page(StatusCode::OK, &found, mark, Typed { text, fault: None })
    }

    /// The product's policy, when the PIN of this code is to be looked at: a verdict that outranks it has the page for itself.
    async fn policy(&self, found: &LookUp) -> Result<Option<Policy>, Outage> {
        let reader = self.asked.reader(Some((self.secret, self.subject)), self.now)?;
        let page = whole_page(self.state, self.secret, &reader, self.subject, found);
        if !found.marks.pin || !allows_good_news(page.verdict) {
            return Ok(None);
        }
        within(self.state.store.mark_policy(self.subject.gtin)).await
    }

    async fn shown(&self, policy: &Policy, typed: &str) -> Result<Option<MarkFound>, Outage> {
        let unit = unit_of(self.subject);
        let Some(enrolment) = self.mark(&KIND).await? else { return Ok(Some(MarkFound::PinUnknown)) };
        // A PIN that was read has at most 256 bytes, so it is a field.
        let Ok(evidence) = Fields::new().with("pin", typed) else { return Ok(Some(MarkFound::NotNow)) };
        let shown = Shown { unit: &unit, enrolment: &enrolment, policy };
        Ok(say::found(&visit(self.state, self.marks, shown, &evidence, self.now).await))
    }

    async fn mark(&self, kind: &Kind) -> Result<Option<tracelight_marks::Enrolment>, Outage> {
        within(self.state.store.mark(&unit_of(self.subject), kind)).await
    }

    /// Its page as everybody sees it, and when to come back.
    async fn too_often(&self, error: &ApiError, typed: &str) -> Result<Response, Outage> {
        let seconds = error.0.retry_after_s.unwrap_or(60);
        let known = known(self.state, self.subject, self.now).await?;
        let mark = MarkFound::TooOften { seconds: u32::try_from(seconds).unwrap_or(u32::MAX) };
        let typed = Typed { text: typed, fault: None };
        let mut response = self.page(StatusCode::TOO_MANY_REQUESTS, &known.found, Some(mark), typed)?;
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        Ok(response)
    }

    fn page(
        &self,
        status: StatusCode,
        found: &LookUp,
        mark: Option<MarkFound>,
        typed: Typed<'_>,
    ) -> Result<Response, Outage> {
        let reader = self.asked.reader(Some((self.secret, self.subject)), self.now)?;
        let mut page = whole_page(self.state, self.secret, &reader, self.subject, found);
        if let Some(card) = &mut page.marks {
            card.found = mark;
            if let Some(form) = &mut card.form {
                form.typed = typed.text.chars().take(PIN_FIELD_CHARS_MAX).collect();
                form.fault = typed.fault;
            }
        }
        let status = if status_of(page.verdict) == StatusCode::OK { status } else { status_of(page.verdict) };
        Ok(self.asked.answer(status, render_scan_page(&page)))
    }
}

/// An answer of the store within the time.
pub(super) async fn within<T>(asked: impl Future<Output = Result<T, crate::store::StoreError>>) -> Result<T, Outage> {
    Ok(tokio::time::timeout(super::super::ANSWER_TIMEOUT, asked).await.map_err(|_| Outage::Slow)??)
}

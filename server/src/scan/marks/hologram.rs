//! Questions about a product's hologram, answered by whoever holds the pack.
//!
//! They belong to the product and not to the item, so nothing is enrolled for a pack: what its check reads is made from the product's
//! questions at each visit. Which answer is right stands on no page.

use super::super::code::from_typed;
use super::super::handlers::{cannot_check, see_other, status_of, whole_page};
use super::super::page::{ENTRY_URL, code_facts, frame, product};
use super::super::reader::{Asked, form_value};
use super::super::token::{PageToken, ScanSecret, Subject};
use super::super::{Outage, look_whole, secret};
use super::pin::within;
use super::visit::{Shown, visit};
use super::{HOLOGRAM_URL, opened, say, unit_of};
use crate::app::AppState;
use crate::clock::now_ms;
use crate::http::{ApiError, encoded};
use crate::marks::{Marks, questionnaire};
use crate::scan::facts::Looked;
use crate::store::LookUp;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use tracelight_api::rest::marks::HologramQuestions;
use tracelight_marks::Fields;
use tracelight_marks::hologram::KIND;
use tracelight_web_ui::i18n::Lang;
use tracelight_web_ui::scan::marks::allows_good_news;
use tracelight_web_ui::scan::model::MarkFound;
use tracelight_web_ui::scan::{QuestionsPage, render_questions_page, render_scan_page};

/// `GET /scan/hologram?code=`
pub(super) async fn form(State(state): State<AppState>, asked: Asked) -> Response {
    let subject = asked.query("code").and_then(|text| from_typed(&text).ok());
    let Some(subject) = subject else { return see_other(ENTRY_URL) };
    let made = async {
        let secret = secret(&state).await?;
        let work = Work { state: &state, asked: &asked, secret, subject: &subject, now: now_ms() };
        work.questions().await
    };
    made.await.unwrap_or_else(|outage| cannot_check(&asked, &subject, &outage))
}

/// `POST /scan/hologram`
pub(super) async fn check(State(state): State<AppState>, asked: Asked, form: String) -> Response {
    let Some(marks) = &state.marks else {
        return ApiError::not_found("no hologram is asked about here").into_response();
    };
    let (secret, subject) = match opened(&state, &asked, &form).await {
        Ok(opened) => opened,
        Err(answer) => return answer,
    };
    let work = Work { state: &state, asked: &asked, secret, subject: &subject, now: now_ms() };
    work.answer(marks, &form).await.unwrap_or_else(|outage| cannot_check(&asked, &subject, &outage))
}

struct Work<'a> {
    state: &'a AppState,
    asked: &'a Asked,
    secret: &'a ScanSecret,
    subject: &'a Subject,
    now: u64,
}

impl Work<'_> {
    /// What is known of the code, and its product's questions; `None` when they are not asked: a verdict that outranks them has the page
    /// for itself.
    async fn asked_about(&self) -> Result<(LookUp, Option<HologramQuestions>), Outage> {
        let found = look_whole(self.state, self.subject, self.now).await?;
        let reader = self.asked.reader(Some((self.secret, self.subject)), self.now)?;
        let page = whole_page(self.state, self.secret, &reader, self.subject, &found);
        if !found.marks.hologram || !allows_good_news(page.verdict) {
            return Ok((found, None));
        }
        let questions = within(self.state.store.hologram(self.subject.gtin)).await?;
        Ok((found, questions))
    }

    async fn questions(&self) -> Result<Response, Outage> {
        let _turn = self.state.shop.turns.take(self.asked.network).await?;
        let (found, questions) = self.asked_about().await?;
        match questions {
            Some(questions) => self.page(&found, &questions, false),
            None => Ok(see_other(&self.subject.path())),
        }
    }

    fn page(&self, found: &LookUp, asked: &HologramQuestions, is_empty: bool) -> Result<Response, Outage> {
        let reader = self.asked.reader(Some((self.secret, self.subject)), self.now)?;
        let word = |zh: &str, en: &str| if reader.lang == Lang::Zh { zh.to_owned() } else { en.to_owned() };
        let questions = asked.questions.iter().map(|question| {
            let options = question.options.iter().map(|option| word(&option.zh, &option.en));
            (word(&question.zh, &question.en), options.collect())
        });
        let mut frame = frame(&reader, Some(self.subject));
        let code = encoded(&self.subject.path());
        frame.other_language_url = format!("{HOLOGRAM_URL}?code={code}&lang={}", reader.lang.other().tag());
        let product = match &found.looked {
            Looked::Known(facts) => Some(product(reader.lang, facts, self.state.alliance.member(facts.maker))),
            Looked::Unknown | Looked::Unavailable { .. } => None,
        };
        let subject = Some(self.subject.clone());
        let token =
            PageToken { rendered_ms: reader.now_ms, nonce: reader.page_nonce, subject, said: None, checked_as: None };
        let html = render_questions_page(&QuestionsPage {
            frame,
            post_url: HOLOGRAM_URL.to_owned(),
            token: self.secret.seal(&token),
            product,
            code: Some(code_facts(self.subject)),
            questions: questions.collect(),
            back_url: self.subject.path(),
            is_empty,
        });
        Ok(self.asked.answer(if is_empty { StatusCode::BAD_REQUEST } else { StatusCode::OK }, html))
    }

    async fn answer(&self, marks: &Marks, form: &str) -> Result<Response, Outage> {
        let limits = &self.state.shop.limits.pins;
        let limited = limits.of_network(self.asked.network, self.now);
        if let Err(too_often) = limited.and_then(|()| limits.of_code(self.subject, self.now)) {
            let seconds = too_often.0.retry_after_s.unwrap_or(60);
            let mut response = too_often.into_response();
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            return Ok(response);
        }
        let (found, questions) = self.asked_about().await?;
        let Some(questions) = questions else { return Ok(see_other(&self.subject.path())) };
        let evidence = evidence(&questions, form);
        if evidence == Fields::new() {
            return self.page(&found, &questions, true);
        }
        let mark = self.shown(marks, &questions, &evidence).await?;
        let reader = self.asked.reader(Some((self.secret, self.subject)), self.now)?;
        let mut page = whole_page(self.state, self.secret, &reader, self.subject, &found);
        page.marks.get_or_insert_default().found = mark;
        Ok(self.asked.answer(status_of(page.verdict), render_scan_page(&page)))
    }

    async fn shown(
        &self,
        marks: &Marks,
        questions: &HologramQuestions,
        evidence: &Fields,
    ) -> Result<Option<MarkFound>, Outage> {
        let unit = unit_of(self.subject);
        let policy = within(self.state.store.mark_policy(unit.gtin)).await?;
        let reference =
            questionnaire(questions).ok().and_then(|asked| Fields::new().with("questionnaire", asked.to_bytes()).ok());
        // The questions were checked when they were set, so both are there.
        let (Some(policy), Some(reference)) = (policy, reference) else { return Ok(Some(MarkFound::NotNow)) };
        let Ok((enrolment, _)) = marks.enrol(&unit, &KIND, &reference, &[0; 32]) else {
            return Ok(Some(MarkFound::NotNow));
        };
        let shown = Shown { unit: &unit, enrolment: &enrolment, policy: &policy };
        Ok(say::found(&visit(self.state, marks, shown, evidence, self.now).await))
    }
}

/// The chosen options, by the names that the check knows. What is none of the options is left out.
fn evidence(asked: &HologramQuestions, form: &str) -> Fields {
    let mut fields = Fields::new();
    for (at, question) in asked.questions.iter().enumerate() {
        let chosen = form_value(form, &format!("a{at}")).and_then(|value| value.parse::<usize>().ok());
        let Some(place) = chosen.filter(|place| *place < question.options.len()) else { continue };
        if let Ok(more) = fields.clone().with(&format!("a.q{at}"), format!("o{place}").as_str()) {
            fields = more;
        }
    }
    fields
}

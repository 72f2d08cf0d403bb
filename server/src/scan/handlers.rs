//! The answer to a scan, the form for typing a code, and the check that counts.

use super::code::{PathCode, from_path, from_typed};
use super::drawn::Drawn;
use super::front::Again;
use super::page::{Reader, Site, frame, outage_page, product, scan_page};
use super::reader::{Asked, form_value};
use super::token::{ScanSecret, Subject};
use super::{Outage, facts::Looked, known, look, secret};
use crate::app::AppState;
use crate::clock::now_ms;
use crate::http::ApiError;
use crate::resolver::page_or_link;
use crate::store::{LookUp, NewCheck};
use axum::extract::rejection::PathRejection;
use axum::extract::{OriginalUri, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use std::sync::Arc;
use tracelight_domain::verdict::{Verdict, judge};
use tracelight_web_ui::scan::model::{Answer, AnswerPage, CodeEntryPage, CodeFault, PlaceForm, ScanPage, TypedCode};
use tracelight_web_ui::scan::{CODE_CHARS_MAX, render_answer_page, render_code_entry_page, render_scan_page};

/// `GET /01/{gtin}/21/{serial}`
pub async fn unit(
    State(state): State<AppState>,
    asked: Asked,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    path: Result<Path<(String, String)>, PathRejection>,
) -> Response {
    let page = async {
        match path {
            Ok(Path((gtin, serial))) => {
                answer(&state, &asked, from_path(PathCode { gtin: &gtin, lot: None, serial: &serial })).await
            }
            Err(_) => not_text(&asked),
        }
    };
    page_or_link(&state, &asked, &uri, &headers, page).await
}

/// `GET /01/{gtin}/10/{lot}/21/{serial}`
pub async fn unit_of_lot(
    State(state): State<AppState>,
    asked: Asked,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    path: Result<Path<(String, String, String)>, PathRejection>,
) -> Response {
    let page = async {
        match path {
            Ok(Path((gtin, lot, serial))) => {
                answer(&state, &asked, from_path(PathCode { gtin: &gtin, lot: Some(&lot), serial: &serial })).await
            }
            Err(_) => not_text(&asked),
        }
    };
    page_or_link(&state, &asked, &uri, &headers, page).await
}

/// `GET /scan/pack?code=`: the page about a pack under an address that is no identifier, where the resolver leads.
pub async fn pack(State(state): State<AppState>, asked: Asked) -> Response {
    answer(&state, &asked, from_typed(&asked.query("code").unwrap_or_default())).await
}

/// 400 for the path of an identifier with a fault.
pub(crate) fn malformed(asked: &Asked, path: &str) -> Response {
    let typed = from_typed(path).err().unwrap_or_else(|| {
        let fault = Some(CodeFault::NotAllowed { position: 1, found: '/' });
        TypedCode { text: path.chars().take(CODE_CHARS_MAX).collect(), fault }
    });
    entry_page(asked, typed, StatusCode::BAD_REQUEST)
}

/// `GET /check?code=`
pub async fn entry(asked: Asked) -> Response {
    let Some(text) = asked.query("code") else {
        return entry_page(&asked, TypedCode::default(), StatusCode::OK);
    };
    match from_typed(&text) {
        Ok(subject) => see_other(&subject.path()),
        Err(typed) => entry_page(&asked, typed, StatusCode::BAD_REQUEST),
    }
}

/// `POST /scan/check`
pub async fn check(State(state): State<AppState>, asked: Asked, form: String) -> Response {
    if asked.cross_site {
        return ApiError::forbidden("this form works from the scan page only").into_response();
    }
    if let Err(too_often) = state.shop.limits.checks.of_network(asked.network, now_ms()) {
        return too_often.into_response();
    }
    match counted(&state, &asked, &form).await {
        Ok(response) => response,
        Err(Counting::TooOften(error)) => error.into_response(),
        Err(Counting::Foreign) => ApiError::invalid("token", "the form was not made by this server").into_response(),
        Err(Counting::Outage(outage)) => {
            let (status, title) = (StatusCode::SERVICE_UNAVAILABLE, "cannot check now");
            ApiError::fault(status, "cannot_check_now", title, &outage).into_response()
        }
    }
}

enum Counting {
    Foreign,
    TooOften(ApiError),
    Outage(Outage),
}

impl<E: Into<Outage>> From<E> for Counting {
    fn from(error: E) -> Self {
        Self::Outage(error.into())
    }
}

async fn counted(state: &AppState, asked: &Asked, form: &str) -> Result<Response, Counting> {
    let now = now_ms();
    let secret = secret(state).await?;
    let page = secret.open(&form_value(form, "token").unwrap_or_default()).map_err(|_| Counting::Foreign)?;
    let Some(subject) = &page.subject else { return Err(Counting::Foreign) };
    let answer = form_value(form, "answer").as_deref().and_then(Answer::from_name);
    if page.is_too_old(now) {
        return Ok(see_other(&subject.path()));
    }
    state.shop.limits.checks.of_code(subject, now).map_err(Counting::TooOften)?;
    let looked = look(state, subject, now).await?;
    let device = secret.device_of(&page, asked.device());
    if !asked.is_program() {
        let knowledge = looked.knowledge(device.as_ref(), now);
        let check = NewCheck {
            subject,
            at_ms: now,
            device,
            today: asked.device().map(|device| secret.device_today(device)),
            verdict: judge(&knowledge, super::page::market_day(now)),
            nonce: secret.page_number(page.nonce, device.as_ref()),
            answer: answer.map(Answer::name),
            id: *uuid::Uuid::now_v7().as_bytes(),
        };
        let counted = tokio::time::timeout(super::ANSWER_TIMEOUT, state.store.count_check(&check));
        let counted = counted.await.map_err(|_| Outage::Slow)??;
        state.shop.held.let_go(subject, state.changed()).await;
        metrics::counter!("scan_checks_total", "counted" => if counted == crate::store::Counted::New { "new" } else { "same" })
            .increment(1);
    }
    let Some(answer) = answer else {
        return Ok(asked.remembered(subject, &page, StatusCode::NO_CONTENT.into_response()));
    };
    let reader = asked.reader(Some((secret, subject)), now)?;
    let product = match &looked {
        Looked::Known(facts) => Some(product(reader.lang, facts, state.alliance.member(facts.maker))),
        _ => None,
    };
    let mut frame = frame(&reader, Some(subject));
    // This page is an answer to a POST; the other language begins anew at the verdict.
    frame.other_language_url = format!("{}?lang={}", subject.path(), reader.lang.other().tag());
    let html = render_answer_page(&AnswerPage {
        frame,
        answer,
        back_url: subject.path(),
        product,
        place: Some(PlaceForm {
            token: form_value(form, "token").unwrap_or_default(),
            script_url: super::files::place_script_url(),
        }),
    });
    Ok(asked.remembered(subject, &page, asked.answer(StatusCode::OK, html)))
}

async fn answer(state: &AppState, asked: &Asked, subject: Result<Subject, TypedCode>) -> Response {
    let subject = match subject {
        Ok(subject) => subject,
        Err(typed) => return entry_page(asked, typed, StatusCode::BAD_REQUEST),
    };
    match verdict(state, asked, &subject).await {
        Ok(response) => response,
        Err(outage) => cannot_check(asked, &subject, &outage),
    }
}

async fn verdict(state: &AppState, asked: &Asked, subject: &Subject) -> Result<Response, Outage> {
    let now = now_ms();
    let secret = secret(state).await?;
    let changed = state.changed();
    let at_hand = state.shop.held.has(subject, changed);
    let _turn = if at_hand { None } else { Some(state.shop.turns.take(asked.network).await?) };
    let known = known(state, subject, now).await?;
    let mut reader = asked.reader(Some((secret, subject)), now)?;
    let own = reader.device_hash.is_some_and(|device| known.has_check_of(&device));
    if !own {
        // What is drawn here is others' page, too; and whoever says that it has checked the code, and has not, is a stranger.
        reader.checked_as = None;
    }
    let draw = || draw(state, secret, &reader, subject, &known.found);
    let page = if own { Arc::new(draw()) } else { known.page((reader.lang, reader.device), draw) };
    metrics::counter!("scan_pages_total", "verdict" => page.verdict.name()).increment(1);
    let (mut response, body) = asked.answer_drawn(&page);
    if !own {
        response.extensions_mut().insert(Again { body, changed, page: Some((known, page.verdict)) });
    }
    Ok(response)
}

fn draw(state: &AppState, secret: &ScanSecret, reader: &Reader, subject: &Subject, found: &LookUp) -> Drawn {
    let page = whole_page(state, secret, reader, subject, found);
    Drawn::new(status_of(page.verdict), page.verdict, render_scan_page(&page))
}

/// The page about a code, with the form for its PIN.
pub(super) fn whole_page(
    state: &AppState,
    secret: &ScanSecret,
    reader: &Reader,
    subject: &Subject,
    found: &LookUp,
) -> ScanPage {
    let genesis_hash = state.alliance.chain.to_string();
    let assets = super::files::page_assets(state);
    let site = Site { genesis: &state.alliance.genesis, genesis_hash: &genesis_hash, secret, assets };
    let mut page = scan_page(&site, reader, subject, &found.looked);
    // The page also stands under `/scan/pack`, where a query alone would lose the code.
    page.frame.other_language_url = format!("{}?lang={}", subject.path(), reader.lang.other().tag());
    page.marks = super::marks::card(&page, found.marks, subject);
    page
}

/// The status of a page with this verdict.
pub(super) const fn status_of(verdict: Verdict) -> StatusCode {
    match verdict {
        Verdict::UnknownCode => StatusCode::NOT_FOUND,
        Verdict::CannotCheckNow => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::OK,
    }
}

/// "Cannot check now", with a number; the cause goes to the log.
pub(super) fn cannot_check(asked: &Asked, subject: &Subject, outage: &Outage) -> Response {
    cannot_check_any(asked, Some(subject), outage)
}

/// The same, when nobody knows which code it is about.
pub(super) fn cannot_check_any(asked: &Asked, subject: Option<&Subject>, outage: &Outage) -> Response {
    let incident = incident();
    tracing::error!(incident, cause = %outage, "A scan cannot be answered, incident {incident}");
    metrics::counter!("scan_pages_total", "verdict" => Verdict::CannotCheckNow.name()).increment(1);
    match asked.reader(None, now_ms()) {
        Ok(reader) => {
            let html = render_scan_page(&outage_page(&reader, subject, incident));
            asked.answer(StatusCode::SERVICE_UNAVAILABLE, html)
        }
        Err(error) => ApiError::unavailable(error.to_string()).into_response(),
    }
}

/// `503-8C41-02F3`: short enough to be read out.
pub(super) fn incident() -> String {
    let id = uuid::Uuid::new_v4().as_u128();
    format!("503-{:04X}-{:04X}", id & 0xffff, (id >> 16) & 0xffff)
}

fn entry_page(asked: &Asked, typed: TypedCode, status: StatusCode) -> Response {
    match asked.reader(None, now_ms()) {
        Ok(reader) => {
            let html = render_code_entry_page(&CodeEntryPage {
                frame: frame(&reader, None),
                typed,
                camera_url: Some(super::files::camera_script_url()),
            });
            asked.answer(status, html)
        }
        Err(error) => ApiError::unavailable(error.to_string()).into_response(),
    }
}

/// The address holds bytes that are no text.
fn not_text(asked: &Asked) -> Response {
    let fault = Some(CodeFault::NotAllowed { position: 1, found: char::REPLACEMENT_CHARACTER });
    entry_page(asked, TypedCode { text: String::new(), fault }, StatusCode::BAD_REQUEST)
}

pub(super) fn see_other(path: &str) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, path), (header::CACHE_CONTROL, "no-store")]).into_response()
}

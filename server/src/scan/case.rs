//! How a report stands, for whoever has its number. Nothing that was typed into the report is shown, only what was answered.

pub mod pdf;

use super::handlers::incident;
use super::page::frame;
use super::reader::Asked;
use super::{ANSWER_TIMEOUT, Outage};
use crate::app::AppState;
use crate::clock::now_ms;
use crate::http::{ApiError, encoded};
use crate::store::ReportFilter;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use tracelight_api::rest::report::ReportCase;
use tracelight_web_ui::scan::model::{CasePage, CaseView};
use tracelight_web_ui::scan::{CASE_URL, render_case_page};

/// Characters that were typed and are shown again.
const TYPED_CHARS_MAX: usize = 32;

/// `GET /scan/case?number=`
pub async fn page(State(state): State<AppState>, asked: Asked) -> Response {
    let typed: String = asked.query("number").unwrap_or_default().trim().chars().take(TYPED_CHARS_MAX).collect();
    let mut looked = Ok(None);
    if !typed.is_empty() {
        // Numbers are short: nobody may try many.
        if let Err(too_often) = state.shop.limits.cases.of_network(asked.network, now_ms()) {
            return too_often.into_response();
        }
        looked = look(&state, &typed).await;
    }
    let reader = match asked.reader(None, now_ms()) {
        Ok(reader) => reader,
        Err(error) => return ApiError::unavailable(error.to_string()).into_response(),
    };
    let (status, found, outage) = match looked {
        Ok(Some(found)) => (StatusCode::OK, Some(found), None),
        Ok(None) if typed.is_empty() => (StatusCode::OK, None, None),
        Ok(None) => (StatusCode::NOT_FOUND, None, None),
        Err(outage) => {
            let incident = incident();
            tracing::error!(incident, cause = %outage, "A report cannot be looked up, incident {incident}");
            (StatusCode::SERVICE_UNAVAILABLE, None, Some(incident))
        }
    };
    let mut frame = frame(&reader, None);
    frame.other_language_url = format!("{CASE_URL}?number={}&lang={}", encoded(&typed), reader.lang.other().tag());
    asked.answer(status, render_case_page(&CasePage { frame, typed, found, outage }))
}

async fn look(state: &AppState, typed: &str) -> Result<Option<CaseView>, Outage> {
    let Some(case_number) = case_number(typed) else { return Ok(None) };
    Ok(found(state, case_number).await?.map(view))
}

async fn found(state: &AppState, case_number: String) -> Result<Option<ReportCase>, Outage> {
    let filter = ReportFilter { case_number: Some(case_number), ..ReportFilter::default() };
    let found = tokio::time::timeout(ANSWER_TIMEOUT, state.store.report(&filter)).await.map_err(|_| Outage::Slow)?;
    Ok(found?)
}

/// The number as receipts have it, from what people type: `tl 26 4k7m2p 93`.
fn case_number(typed: &str) -> Option<String> {
    let signs = typed.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_uppercase();
    let rest = signs.strip_prefix("TL").filter(|rest| rest.len() == 10)?;
    let (year, rest) = rest.split_at(2);
    let (letters, check) = rest.split_at(6);
    Some(format!("TL-{year}-{letters}-{check}"))
}

fn view(case: ReportCase) -> CaseView {
    let ms = |ms: u64| i64::try_from(ms).unwrap_or(i64::MAX);
    CaseView {
        received_at_ms: ms(case.report.received_ms),
        case_number: case.report.case_number,
        status: case.report.status,
        finding: case.report.finding,
        changed_at_ms: case.steps.last().map(|step| ms(step.time_ms)),
        reply: case.reply,
    }
}

#[cfg(test)]
mod tests {
    use super::case_number;

    #[test]
    fn a_number_is_read_as_people_type_it() {
        for typed in ["TL-26-4K7M2P-93", "tl26 4k7m2p 93", " TL–26–4K7M2P–93 "] {
            assert_eq!(case_number(typed).as_deref(), Some("TL-26-4K7M2P-93"), "{typed}");
        }
        for typed in ["", "TL-26", "26-4K7M2P-93", "TL-26-4K7M2P-931"] {
            assert_eq!(case_number(typed), None, "{typed}");
        }
    }
}

//! The receipt of a report as a PDF: what its page says, to be kept, printed and shown in a shop. By the number alone, like
//! the page of the case; nothing that was typed into the report stands in it.

use super::super::page::{REPORT_URL, UTC_OFFSET_MINUTES};
use super::super::reader::Asked;
use super::{case_number, found};
use crate::app::AppState;
use crate::clock::now_ms;
use crate::http::{ApiError, encoded};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use tracelight_api::rest::report::ReportCase;
use tracelight_labels::paper::{Block, Paper, draw};
use tracelight_web_ui::i18n::Lang;
use tracelight_web_ui::scan::{CASE_URL, Clock, ScanTexts};

/// Where the PDF is.
pub const PDF_URL: &str = "/scan/case/receipt.pdf";

/// The address of one receipt.
pub fn url(number: &str, lang: Lang) -> String {
    format!("{PDF_URL}?number={}&lang={}", encoded(number), lang.tag())
}

/// `GET /scan/case/receipt.pdf?number=`
pub async fn receipt(State(state): State<AppState>, asked: Asked) -> Response {
    if let Err(too_often) = state.shop.limits.cases.of_network(asked.network, now_ms()) {
        return too_often.into_response();
    }
    let number = asked.query("number").as_deref().and_then(case_number);
    let case = match number {
        Some(number) => found(&state, number).await,
        None => Ok(None),
    };
    let case = match case {
        Ok(Some(case)) => case,
        Ok(None) => return ApiError::not_found("no report has this number").field("number").into_response(),
        Err(outage) => return ApiError::unavailable(outage.to_string()).into_response(),
    };
    match draw(&paper(&case, asked.lang(), asked.host())) {
        Ok(pdf) => {
            let name = format!("attachment; filename=\"{}.pdf\"", case.report.case_number);
            let headers = [
                (header::CONTENT_TYPE, "application/pdf".to_owned()),
                (header::CONTENT_DISPOSITION, name),
                (header::HeaderName::from_static("x-robots-tag"), "noindex".to_owned()),
            ];
            (headers, pdf).into_response()
        }
        Err(error) => {
            let status = axum::http::StatusCode::INTERNAL_SERVER_ERROR;
            ApiError::fault(status, "no_pdf", "the receipt cannot be drawn", &error).into_response()
        }
    }
}

/// The page. Every character of it is in the face, or is left out: host and numbers are ASCII, and names are not on it.
pub fn paper(case: &ReportCase, lang: Lang, host: &str) -> Paper {
    let t = ScanTexts::of(lang);
    let clock = Clock { lang, utc_offset_minutes: UTC_OFFSET_MINUTES };
    let received = clock.moment(i64::try_from(case.report.received_ms).unwrap_or(i64::MAX));
    let fact = |label: &str, value: String| Block::Fact { label: label.trim().to_owned(), value };
    let mut blocks = vec![
        fact(t.receipt_case, case.report.case_number.clone()),
        fact(t.receipt_received, format!("{received} (UTC+8)")),
    ];
    if let (Some(gtin), Some(serial)) = (&case.report.gtin, &case.report.serial) {
        let lot = case.report.lot.as_ref().map(|lot| format!(" (10){lot}")).unwrap_or_default();
        blocks.push(fact(t.receipt_code, format!("(01){gtin}{lot} (21){serial}")));
    }
    if case.photos > 0 {
        blocks.push(fact(t.receipt_photos, case.photos.to_string()));
    }
    blocks.push(Block::Heading(t.receipt_next.to_owned()));
    blocks.push(Block::Text(format!("{}{}{}", t.receipt_looked, t.colon, t.receipt_looked_text)));
    blocks.push(Block::Text(format!("{}{}{}", t.receipt_answered, t.colon, t.receipt_answered_text)));
    blocks.push(Block::Text(format!("{host}{CASE_URL}?number={}", case.report.case_number)));
    blocks.push(Block::Heading(t.receipt_keep.to_owned()));
    blocks.push(Block::Text(t.receipt_keep_text.to_owned()));
    blocks.push(Block::Text(t.receipt_pdf_note.to_owned()));
    Paper {
        title: t.receipt_title.to_owned(),
        lang: lang.tag(),
        blocks,
        footer: format!("Tracelight · {host}{REPORT_URL}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracelight_api::rest::report::{Report, ReportStatus};
    use tracelight_labels::paper::lacks;

    fn case() -> ReportCase {
        ReportCase {
            report: Report {
                case_number: "TL-26-4K7M2P-93".to_owned(),
                received_ms: 1_796_034_060_000,
                gtin: Some("09506000134352".to_owned()),
                lot: Some("12345678901234567890".to_owned()),
                serial: Some("a/%?&+_-.000001AAAA!".to_owned()),
                product_en: String::new(),
                product_zh: String::new(),
                what: "looks".to_owned(),
                status: ReportStatus::Received,
                finding: None,
                same_code: 1,
                due_ms: None,
            },
            place: "The market behind the station".to_owned(),
            contact: "+86 139 0000 0000".to_owned(),
            photos: 5,
            reply: String::new(),
            revision: 0,
            same: Vec::new(),
            steps: Vec::new(),
        }
    }

    /// The face is cut to these texts: a text that changes may need it cut again (`crates/labels/assets/fonts`).
    #[test]
    fn c13_the_receipt_is_a_pdf_in_both_languages_and_holds_nothing_typed() {
        for lang in [Lang::Zh, Lang::En] {
            let page = paper(&case(), lang, "id.a-rather-long-name.example:8443");
            let said = format!("{page:?}");
            assert!(said.contains("TL-26-4K7M2P-93") && !said.contains("139 0000") && !said.contains("market"));
            for (key, zh, _) in ScanTexts::ENTRIES.iter().filter(|(key, ..)| key.starts_with("receipt_")) {
                assert_eq!(lacks(zh), None, "{key}");
            }
            let pdf = draw(&page).expect("it fits a page");
            assert!(pdf.starts_with(b"%PDF-") && pdf.len() < 100_000, "{} bytes", pdf.len());
        }
    }
}

//! The links of an identifier as a page for people.

use super::identifier::{Identifier, NoIdentifier};
use super::links::Known;
use crate::app::AppState;
use crate::clock::now_ms;
use crate::http::{ApiError, encoded};
use crate::scan::Shopper;
use crate::scan::page::frame;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use tracelight_web_ui::scan::model::{LinkRow, LinksPage};
use tracelight_web_ui::scan::render_links_page;

/// `GET /scan/links?code=/01/…`
pub async fn page(State(state): State<AppState>, shopper: Shopper) -> Response {
    let code = shopper.query("code").unwrap_or_default();
    let identifier = match Identifier::read(&code) {
        Ok(identifier) => identifier,
        Err(NoIdentifier::OtherKey(_)) => return ApiError::not_found("no links are kept for this key").into_response(),
        Err(_) => return crate::scan::malformed(&shopper, &code),
    };
    match super::known_of(&state, &identifier).await {
        Ok(known) => shown(&shopper, &identifier, known.as_ref()),
        Err(error) => error.into_response(),
    }
}

/// The page: 200 with the links, 404 when nothing is known.
#[must_use]
pub fn shown(shopper: &Shopper, identifier: &Identifier, known: Option<&Known>) -> Response {
    let reader = match shopper.reader(None, now_ms()) {
        Ok(reader) => reader,
        Err(error) => return ApiError::unavailable(error.to_string()).into_response(),
    };
    let mut frame = frame(&reader, None);
    let path = identifier.path();
    frame.other_language_url = format!("/scan/links?code={}&lang={}", encoded(&path), reader.lang.other().tag());
    let rows = known.map(rows).unwrap_or_default();
    let status = if known.is_some() { StatusCode::OK } else { StatusCode::NOT_FOUND };
    let name = known.map(|known| known.description.clone());
    let html = render_links_page(&LinksPage { frame, name, identifier: path, rows });
    shopper.answer(status, html)
}

/// All links but those to lists like this one.
fn rows(known: &Known) -> Vec<LinkRow> {
    let all = known.levels.iter().flat_map(|level| known.of_level(level));
    all.filter(|link| !link.href.contains("/scan/links?code="))
        .map(|link| LinkRow {
            title: link.title.clone(),
            url: link.href.clone(),
            kind: link.kind.curie(),
            languages: link.hreflang.join(", "),
        })
        .collect()
}

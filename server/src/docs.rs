//! The reference of the interfaces, under `/docs/api`: written by the server from its own OpenAPI document, so that it cannot
//! be older than the program.
//!
//! ```text
//! GET /docs                    303 to /docs/api
//! GET /docs/api[?lang=zh|en]   the page; no script, no third party, one style sheet (that of the consoles)
//! GET /docs/api/openapi.json   the document
//! ```
//! Each call shows what it needs of a key, its parameters, its answers, and a command for a shell in which `TRACELIGHT` and
//! `TRACELIGHT_KEY` are set. The page is made once a language; it holds nothing of a member, so anybody may read it.

pub mod page;

use crate::app::AppState;
use crate::http::{ApiError, Query};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use axum::routing::get;
use serde::Deserialize;
use std::sync::{Arc, OnceLock};
use tracelight_web_ui::i18n::Lang;

/// No script at all.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

/// What is asked.
#[derive(Debug, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    lang: Option<String>,
}

/// The page in both languages, in the order of [`Lang::ALL`].
type Pages = Arc<OnceLock<Result<[String; 2], String>>>;

/// Routes of this file.
pub fn router() -> Router<AppState> {
    let pages = Pages::default();
    let page = move |State(state): State<AppState>, Query(asked): Query<Asked>, headers: HeaderMap| {
        let pages = Arc::clone(&pages);
        async move {
            let chosen = asked.lang.as_deref().and_then(Lang::from_tag);
            let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
            answer(&state, &pages, chosen.unwrap_or_else(|| Lang::negotiate(accepted)))
        }
    };
    Router::new()
        .route("/docs", get(|| async { Redirect::to("/docs/api") }))
        .route("/docs/api", get(page))
        .route("/docs/api/openapi.json", get(document))
}

fn answer(state: &AppState, pages: &Pages, lang: Lang) -> Response {
    let make = || -> Result<[String; 2], String> {
        let text = crate::api::document().map_err(|error| error.to_string())?;
        let document = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        Ok(Lang::ALL.map(|lang| page::write(&document, &state.config.public_base_url, lang)))
    };
    match pages.get_or_init(make) {
        Ok([zh, en]) => {
            let html = if lang == Lang::Zh { zh } else { en };
            let headers = [
                (header::CONTENT_SECURITY_POLICY, POLICY),
                (header::VARY, "accept-language"),
                (header::CACHE_CONTROL, "no-cache"),
            ];
            (headers, Html(html.clone())).into_response()
        }
        Err(error) => fault(error),
    }
}

async fn document() -> Response {
    match crate::api::document() {
        Ok(text) => ([(header::CONTENT_TYPE, "application/json")], text).into_response(),
        Err(error) => fault(&error),
    }
}

fn fault(cause: &dyn std::fmt::Display) -> Response {
    ApiError::fault(StatusCode::INTERNAL_SERVER_ERROR, "fault", "a fault on our side", cause).into_response()
}

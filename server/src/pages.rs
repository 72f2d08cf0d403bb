//! Where the pages of `web-ui` are mounted.
//!
//! The scan page is mounted by [`crate::scan`]. The consoles (`/console/…`) are the Leptos application of
//! `tracelight_web_ui::console`; it uses the REST interface like any client: while the server writes a page, calls go to
//! the REST router in this process with the reader's cookie, so that no rule is written twice.
//!
//! ```text
//! GET /console, /console/…              a page (200, 404, 503, …), or 303 to sign-in
//! GET /console/style-{hash}.css         the style sheet, for ever
//! language:  ?lang= (then remembered in `tl_lang`), else that cookie, else Accept-Language
//! ```
//!
//! Without built browser files (`assets_dir`) the pages are read only. The manifest is read once, at the first page.

use crate::app::AppState;
use crate::http::ApiError;
use crate::scan::page::UTC_OFFSET_MINUTES;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use std::sync::{Arc, OnceLock};
use tower::ServiceExt as _;
use tracelight_web_ui::console::api::{Answering, ApiGateway, Client};
use tracelight_web_ui::console::render::{Asked, Options, Rendered, render};
use tracelight_web_ui::console::style;
use tracelight_web_ui::i18n::Lang;

/// Bytes of one REST answer that a page may show. A page of 200 rows is below 1 MB.
const ANSWER_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Bytes of a query that are looked at for the language.
const QUERY_BYTES_MAX: usize = 4_096;
/// Remembers the language, as on the scan page.
const LANG_COOKIE: &str = "tl_lang";
/// For a year, in seconds.
const LANG_COOKIE_S: u32 = 365 * 24 * 60 * 60;
const FOREVER: &str = "public, max-age=31536000, immutable";

/// What is made once and serves all pages.
struct Site {
    gateway: Arc<InProcess>,
    script: Option<Script>,
}

/// The names of the hydration program, from the assets' manifest.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
struct Script {
    hydrate_js: String,
    hydrate_wasm: String,
}

/// Routes of the pages.
pub fn router() -> Router<AppState> {
    let site: Arc<OnceLock<Site>> = Arc::default();
    let handler = move |State(state): State<AppState>, uri: Uri, headers: HeaderMap| {
        let site = Arc::clone(&site);
        async move { page(&state, site.get_or_init(|| Site::new(&state)), &uri, &headers).await }
    };
    Router::new().route("/console", get(handler.clone())).route("/console/{*rest}", get(handler))
}

impl Site {
    fn new(state: &AppState) -> Self {
        let (api, _) = crate::api::router().split_for_parts();
        let api = Router::new().nest("/api/v1", api).with_state(state.clone()).layer(crate::auth::session_layer(state));
        Self { gateway: Arc::new(InProcess(api)), script: script(state) }
    }
}

fn script(state: &AppState) -> Option<Script> {
    let path = state.config.assets_dir.as_ref()?.join("manifest.json");
    let read = std::fs::read(&path).map_err(|error| error.to_string());
    match read.and_then(|bytes| serde_json::from_slice(&bytes).map_err(|error| error.to_string())) {
        Ok(script) => Some(script),
        Err(error) => {
            tracing::warn!(path = %path.display(), error, "Console pages are read only: no manifest of browser files");
            None
        }
    }
}

/// The REST router, called without a socket.
struct InProcess(Router);

impl ApiGateway for InProcess {
    fn call(&self, method: &'static str, path: String, body: Option<String>, cookie: Option<String>) -> Answering {
        let router = self.0.clone();
        Box::pin(async move { answer(router, method, &path, body, cookie).await })
    }
}

async fn answer(
    router: Router,
    method: &str,
    path: &str,
    body: Option<String>,
    cookie: Option<String>,
) -> (u16, Vec<u8>) {
    let failed = |cause: &dyn std::fmt::Display| {
        let error = ApiError::fault(StatusCode::INTERNAL_SERVER_ERROR, "fault", "a fault on our side", cause);
        (error.0.status, serde_json::to_vec(&*error.0).unwrap_or_default())
    };
    let mut request = Request::builder().method(method).uri(path).header(header::ACCEPT, "application/json");
    if let Some(cookie) = cookie {
        request = request.header(header::COOKIE, cookie);
    }
    if body.is_some() {
        request = request.header(header::CONTENT_TYPE, "application/json");
    }
    let request = match request.body(body.map_or_else(Body::empty, Body::from)) {
        Ok(request) => request,
        Err(error) => return failed(&error),
    };
    let response = match router.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    let status = response.status().as_u16();
    match to_bytes(response.into_body(), ANSWER_BYTES_MAX).await {
        Ok(bytes) => (status, bytes.to_vec()),
        Err(error) => failed(&error),
    }
}

async fn page(state: &AppState, site: &Site, uri: &Uri, headers: &HeaderMap) -> Response {
    if uri.path() == style::path() {
        let kind = [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, FOREVER)];
        return (kind, style::sheet()).into_response();
    }
    let mut random = [0u8; 16];
    if let Err(error) = getrandom::fill(&mut random) {
        let status = StatusCode::SERVICE_UNAVAILABLE;
        return ApiError::fault(status, "no_randomness", "no randomness", &error).into_response();
    }
    let nonce = STANDARD.encode(random);
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let cookies = text(header::COOKIE);
    let query = uri.query().filter(|query| query.len() <= QUERY_BYTES_MAX);
    let chosen = query.and_then(lang_of);
    let remembered = || cookie(cookies.unwrap_or_default(), LANG_COOKIE).and_then(Lang::from_tag);
    let lang = chosen.or_else(remembered).unwrap_or_else(|| Lang::negotiate(text(header::ACCEPT_LANGUAGE)));
    let asset = |name: &str| format!("/assets/{name}");
    let options = Options {
        hydrate_js: site.script.as_ref().map(|script| asset(&script.hydrate_js)),
        hydrate_wasm: site.script.as_ref().map(|script| asset(&script.hydrate_wasm)),
        nonce: nonce.clone(),
        utc_offset_minutes: UTC_OFFSET_MINUTES,
    };
    let client = Client::Server { gateway: Arc::<InProcess>::clone(&site.gateway), cookie: cookies.map(str::to_owned) };
    let asked = Asked { path: uri.path(), query: uri.query(), lang, now_ms: crate::clock::now_ms() };
    let mut response = match render(asked, &options, &client).await {
        Rendered::Redirect(url) => Redirect::to(&url).into_response(),
        Rendered::Html { status, html } => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, Html(html)).into_response()
        }
    };
    let secure = state.config.public_base_url.starts_with("https://");
    set_headers(response.headers_mut(), &nonce, chosen, secure);
    response
}

fn set_headers(headers: &mut HeaderMap, nonce: &str, chosen: Option<Lang>, secure: bool) {
    let policy = format!(
        "default-src 'none'; style-src 'self'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; connect-src 'self'; \
         img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    let mut insert = |name: header::HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.append(name, value);
        }
    };
    insert(header::CONTENT_SECURITY_POLICY, &policy);
    insert(header::CACHE_CONTROL, "no-store");
    insert(header::VARY, "accept-language, cookie");
    if let Some(lang) = chosen {
        let secure = if secure { "; Secure" } else { "" };
        insert(
            header::SET_COOKIE,
            &format!("{LANG_COOKIE}={}; Max-Age={LANG_COOKIE_S}; Path=/; SameSite=Lax{secure}", lang.tag()),
        );
    }
}

/// The language that an address asks for. A tag is plain letters, so nothing has to be decoded.
fn lang_of(query: &str) -> Option<Lang> {
    query.split('&').find_map(|part| part.strip_prefix("lang=")).and_then(Lang::from_tag)
}

/// The first cookie of a name.
fn cookie<'a>(cookies: &'a str, name: &str) -> Option<&'a str> {
    let mut pairs = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(found, _)| *found == name).map(|(_, value)| value)
}

#[cfg(test)]
mod tests;

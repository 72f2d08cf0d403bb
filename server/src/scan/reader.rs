//! Who asks: language, device and cookies of one request, and the headers of its answer.

use super::counting::{is_program, is_speculative};
use super::drawn::{Drawn, policy};
use super::limits::network;
use super::page::Reader;
use super::token::{
    CHECKED_COOKIE, CHECKED_COOKIE_S, DEVICE_COOKIE, DEVICE_COOKIE_S, PageToken, ScanSecret, Subject, device_cookie,
    digits,
};
use crate::app::AppState;
use crate::http::Encoding;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{Html, IntoResponse as _, Response};
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use tracelight_web_ui::i18n::Lang;
use tracelight_web_ui::scan::device_of;

/// Remembers the language.
const LANG_COOKIE: &str = "tl_lang";
/// For a year, in seconds.
const LANG_COOKIE_S: u32 = 365 * 24 * 60 * 60;
/// Bytes of a query that are looked at.
const QUERY_BYTES_MAX: usize = 4_096;

/// What a request says about who asks. It never fails: what is missing or strange is left out.
#[derive(Clone, Debug)]
pub struct Asked {
    query: String,
    cookies: String,
    user_agent: String,
    accept_language: Option<String>,
    encoding: Encoding,
    /// Where a form came from, as the browser says.
    pub cross_site: bool,
    speculative: bool,
    is_get: bool,
    /// The network that asks, when that can be said; kept nowhere.
    pub network: Option<IpAddr>,
    secure: bool,
    host: String,
}

impl FromRequestParts<AppState> for Asked {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Infallible> {
        let text = |name: HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let site = parts.headers.get("sec-fetch-site").and_then(|value| value.to_str().ok());
        let base = state.config.public_base_url.as_str();
        let query = parts.uri.query().unwrap_or_default();
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        Ok(Self {
            query: query.get(..query.len().min(QUERY_BYTES_MAX)).unwrap_or_default().to_owned(),
            cookies: text(header::COOKIE).unwrap_or_default().to_owned(),
            user_agent: text(header::USER_AGENT).unwrap_or_default().to_owned(),
            accept_language: text(header::ACCEPT_LANGUAGE).map(str::to_owned),
            encoding: Encoding::best(text(header::ACCEPT_ENCODING).unwrap_or_default()),
            cross_site: matches!(site, Some("cross-site" | "same-site")),
            speculative: is_guess(&parts.headers),
            is_get: parts.method == Method::GET,
            network: network(peer, &parts.headers, &state.config.proxies, base.starts_with("https://")),
            secure: base.starts_with("https://"),
            host: base.split_once("://").map_or(base, |(_, host)| host).to_owned(),
        })
    }
}

impl Asked {
    /// The first value of a name in the query.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<String> {
        form_value(&self.query, name)
    }

    fn cookie(&self, name: &str) -> Option<&str> {
        let pairs = self.cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
        pairs.filter(|(found, _)| *found == name).map(|(_, value)| value).next()
    }

    /// The device's cookie, when it is one of ours.
    #[must_use]
    pub fn device(&self) -> Option<&str> {
        self.cookie(DEVICE_COOKIE).and_then(device_cookie)
    }

    /// As which device this phone has checked the code of this page before, by its own memory.
    #[must_use]
    pub fn checked_as(&self) -> Option<[u8; 16]> {
        let value = self.cookie(CHECKED_COOKIE).and_then(device_cookie)?;
        let mut bytes = [0; 16];
        hex::decode_to_slice(value, &mut bytes).ok()?;
        Some(bytes)
    }

    /// The answer to a check, by which the phone remembers the code: with a lot in its address and without.
    #[must_use]
    pub fn remembered(&self, subject: &Subject, page: &PageToken, mut response: Response) -> Response {
        let before = page.checked_as.map(digits);
        let Some(value) = before.as_deref().or(self.device()) else { return response };
        let secure = if self.secure { "; Secure" } else { "" };
        for path in [subject.path(), Subject { lot: None, ..subject.clone() }.path()] {
            let cookie = format!(
                "{CHECKED_COOKIE}={value}; Max-Age={CHECKED_COOKIE_S}; Path={path}; HttpOnly; SameSite=Lax{secure}"
            );
            append(response.headers_mut(), header::SET_COOKIE, &cookie);
        }
        response
    }

    /// Host of this server, as in the address bar.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// A program that opens links by itself?
    #[must_use]
    pub fn is_program(&self) -> bool {
        is_program(&self.user_agent)
    }

    /// Is it a person's visit, as far as can be told? Neither HEAD nor a guess of the browser nor a program is one.
    #[must_use]
    pub fn is_visit(&self) -> bool {
        self.is_get && !self.speculative && !self.is_program()
    }

    /// By the address, else by the cookie, else by the browser's own wish.
    #[must_use]
    pub fn lang(&self) -> Lang {
        let chosen = self.query("lang").as_deref().and_then(Lang::from_tag);
        chosen
            .or_else(|| self.cookie(LANG_COOKIE).and_then(Lang::from_tag))
            .unwrap_or_else(|| Lang::negotiate(self.accept_language.as_deref()))
    }

    /// The reader of a page that is made now, `of` a code or of none.
    ///
    /// # Errors
    /// No randomness for the page's number.
    pub fn reader(&self, of: Option<(&ScanSecret, &Subject)>, now_ms: u64) -> Result<Reader, getrandom::Error> {
        let mut page_nonce = [0; 16];
        getrandom::fill(&mut page_nonce)?;
        Ok(Reader {
            lang: self.lang(),
            device: device_of(&self.user_agent),
            device_hash: of.and_then(|(secret, subject)| {
                let before = self.checked_as().map(digits);
                before.as_deref().or(self.device()).map(|device| secret.device_for(subject, device))
            }),
            checked_as: self.checked_as(),
            host: self.host.clone(),
            now_ms,
            page_nonce,
        })
    }

    /// A page as an answer, with the headers that every page for shoppers has.
    #[must_use]
    pub fn answer(&self, status: StatusCode, html: String) -> Response {
        let policy = policy(&html);
        self.page(policy, (status, Html(html)).into_response())
    }

    /// A page that may answer others, too, and the bytes of its body.
    #[must_use]
    pub fn answer_drawn(&self, page: &Drawn) -> (Response, Bytes) {
        let (body, encoding) = page.body(self.encoding);
        let mut response = (page.status, Html(body.clone())).into_response();
        if let Some(name) = encoding.name() {
            response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
        }
        (self.page(page.policy.clone(), response), body)
    }

    fn page(&self, policy: HeaderValue, mut response: Response) -> Response {
        let headers = response.headers_mut();
        page_headers(headers, policy);
        let secure = if self.secure { "; Secure" } else { "" };
        if let Some(lang) = self.query("lang").as_deref().and_then(Lang::from_tag) {
            let cookie = format!("{LANG_COOKIE}={}; Max-Age={LANG_COOKIE_S}; Path=/; SameSite=Lax{secure}", lang.tag());
            append(headers, header::SET_COOKIE, &cookie);
        }
        // A guess of the browser is nobody's visit yet.
        if self.device().is_none() && self.is_get && !self.speculative {
            headers.extend(fresh_device_cookie(self.secure).map(|cookie| (header::SET_COOKIE, cookie)));
        }
        response
    }
}

/// Whether the browser asks by itself, for what its reader may open next.
pub fn is_guess(headers: &HeaderMap) -> bool {
    let purpose = |name: &'static str| headers.get(name).and_then(|value| value.to_str().ok());
    is_speculative(purpose("sec-purpose"), purpose("purpose"))
}

/// The cookie of a device that has none; none where the machine has no randomness.
pub fn fresh_device_cookie(secure: bool) -> Option<HeaderValue> {
    let mut random = [0u8; 16];
    getrandom::fill(&mut random).ok()?;
    let (value, secure) = (hex::encode(random), if secure { "; Secure" } else { "" });
    let cookie = format!("{DEVICE_COOKIE}={value}; Max-Age={DEVICE_COOKIE_S}; Path=/; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::try_from(cookie).ok()
}

fn page_headers(headers: &mut HeaderMap, policy: HeaderValue) {
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("x-robots-tag"), "noindex"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::VARY, "accept-encoding, accept-language, cookie"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

fn append(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.append(name, value);
    }
}

/// The first value of a name in `application/x-www-form-urlencoded` text; bytes that are no UTF-8 become U+FFFD.
#[must_use]
pub fn form_value(form: &str, name: &str) -> Option<String> {
    let decode = |text: &str| {
        let spaced = text.replace('+', " ");
        percent_encoding::percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
    };
    form.split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(found, _)| decode(found) == name)
        .map(|(_, value)| decode(value))
}

//! One call: its address, its limits, whether it may be sent again, and its answer.
//!
//! ```text
//! send --> 2xx                                                    the answer, bounded
//!      '-> 429, or never connected          --> again, any call   nothing was done
//!      '-> 502 503 504, or no answer        --> again, if harmless
//!      '-> anything else, or the last try   --> Error
//! ```
//! Between attempts 0.2, 1 and 3 s, or what `Retry-After` says when that is not more than [`PAUSE_MAX`]. The limits of time are those
//! of one attempt; a call of four has at most four times as long, and the pauses.

use crate::address::{Plain, checked};
use crate::error::{Error, Refused, Violation};
use crate::once::Once;
use bytes::Bytes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Method, Response};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio::io::{AsyncWrite, AsyncWriteExt as _};
use tracelight_api::problem::Problem;
use tracelight_api::rest::session::Session;

/// Attempts of one call.
pub const ATTEMPTS_MAX: u32 = 4;
/// Bytes of an answer that is read as a whole: a page of a thousand EPCIS events with fields of their own.
pub const ANSWER_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// Bytes of a download: room for a million labels of 8 KB each.
pub const DOWNLOAD_BYTES_MAX: u64 = 8 * 1024 * 1024 * 1024;
/// Bytes of a refusal.
const PROBLEM_BYTES_MAX: u64 = 256 * 1024;
/// Longest pause between two attempts; a server that asks for more is told of to the caller.
const PAUSE_MAX: Duration = Duration::from_secs(30);
const PAUSES: [Duration; 3] = [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(3)];
const CONNECT_MAX: Duration = Duration::from_secs(10);
/// Longest attempt of an ordinary call, from its first byte to the last of the answer: a signature waits for a final block. The largest
/// table to import (8 MiB) is uploaded within it at 0.75 Mbit/s or faster.
const ANSWER_MAX: Duration = Duration::from_secs(90);
/// Longest silence of one attempt: from its start, the upload included, to the head of the answer, then between two pieces of it. A
/// server may think as long as the whole of an ordinary attempt, so only a download ends by it.
const SILENCE_MAX: Duration = ANSWER_MAX;
/// Longest attempt of a download.
const DOWNLOAD_MAX: Duration = Duration::from_secs(3 * 3_600);
/// Pause between two looks at something that is waited for.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Everything except what RFC 3986 calls unreserved.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A server, called with a key. Cheap to clone; clones share their connections.
#[derive(Clone)]
pub struct Tracelight {
    http: Client,
    /// Scheme, host and port; nothing that could be a secret.
    base: String,
    bearer: HeaderValue,
}

impl std::fmt::Debug for Tracelight {
    /// Without the key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tracelight").field("base", &self.base).finish_non_exhaustive()
    }
}

/// May a call be sent again after it was perhaps done?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Again {
    /// It is the same however often it is done.
    Harmless,
    /// It is not, or nobody knows.
    Never,
}

/// What is sent.
pub(crate) struct Call {
    method: Method,
    /// Path and query, from the root.
    path: String,
    body: Option<(&'static str, Bytes)>,
    headers: HeaderMap,
    again: Again,
    time: Duration,
}

impl Call {
    pub(crate) fn get(path: String) -> Self {
        let (body, headers) = (None, HeaderMap::new());
        Self { method: Method::GET, path, body, headers, again: Again::Harmless, time: ANSWER_MAX }
    }

    pub(crate) fn delete(path: String) -> Self {
        // A second one would be told that there is nothing.
        Self { method: Method::DELETE, again: Again::Never, ..Self::get(path) }
    }

    /// A POST without a body.
    pub(crate) fn act(path: String, again: Again) -> Self {
        Self { method: Method::POST, again, ..Self::get(path) }
    }

    pub(crate) fn post(path: String, body: &impl Serialize, again: Again) -> Result<Self, Error> {
        let json = serde_json::to_vec(body).map_err(|error| Error::Setup(error.to_string()))?;
        Ok(Self::act(path, again).body("application/json", json.into()))
    }

    pub(crate) fn put(path: String, body: &impl Serialize) -> Result<Self, Error> {
        Ok(Self { method: Method::PUT, ..Self::post(path, body, Again::Harmless)? })
    }

    pub(crate) fn body(mut self, media: &'static str, bytes: Bytes) -> Self {
        self.body = Some((media, bytes));
        self
    }

    pub(crate) fn header(mut self, name: &'static str, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Under this name the call is done once.
    pub(crate) fn once(mut self, once: &Once) -> Result<Self, Error> {
        let value = HeaderValue::from_str(once.as_str()).map_err(|_| Error::BadName)?;
        self.again = Again::Harmless;
        Ok(self.header("idempotency-key", value))
    }

    /// Method and path. A query may hold what is nobody's business in a log.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.method, self.path.split('?').next().unwrap_or_default())
    }
}

/// A path of REST v1 from its parts, each escaped.
pub(crate) fn path(parts: &[&str]) -> Result<String, Error> {
    under("/api/v1", parts)
}

/// A path below a root.
pub(crate) fn under(root: &str, parts: &[&str]) -> Result<String, Error> {
    let mut out = root.to_owned();
    for part in parts {
        // A URL has no way to name these; every client and server along the way would take them for something else.
        if matches!(*part, "" | "." | "..") {
            return Err(Error::BadPart { part: (*part).to_owned() });
        }
        out.push('/');
        out.push_str(&escaped(part));
    }
    Ok(out)
}

/// A path with a query.
pub(crate) fn asked<'q>(path: &str, pairs: impl IntoIterator<Item = (&'q str, &'q str)>) -> String {
    let mut out = path.to_owned();
    for (name, value) in pairs {
        out.push(if out.contains('?') { '&' } else { '?' });
        out.push_str(&format!("{}={}", escaped(name), escaped(value)));
    }
    out
}

/// The contract's word for a value without fields, as a query holds it.
pub(crate) fn word(value: impl Serialize) -> Result<String, Error> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        other => Err(Error::Setup(format!("{other:?} is no word"))),
    }
}

/// Looks at once and then every [`LOOK_EVERY`] until there is what is waited for. A look that fails with what passes is followed by
/// the next one.
pub(crate) async fn until<T, L: Future<Output = Result<Option<T>, Error>>>(
    within: Duration,
    what: String,
    mut look: impl FnMut() -> L,
) -> Result<T, Error> {
    let mut last = None;
    let looks = async {
        loop {
            match look().await {
                Ok(Some(found)) => return Ok(found),
                Ok(None) => last = None,
                Err(error) if error.passes() => last = Some(Box::new(error)),
                Err(error) => return Err(error),
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    let end = tokio::time::timeout(within, looks).await;
    end.unwrap_or_else(|_| Err(Error::NotInTime { what, within, last }))
}

fn escaped(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}

impl Tracelight {
    /// A client of the server at `base` (`https://host`, or `http://127.0.0.1:port` within this machine) with a key of the member's
    /// (`tl_…`). Nothing is sent yet.
    ///
    /// # Errors
    /// [`Error::BadUrl`], [`Error::PlainHttp`], [`Error::BadKey`], [`Error::Setup`].
    pub fn new(base: &str, key: &str) -> Result<Self, Error> {
        Self::at(checked(base, Plain::Loopback)?, key)
    }

    /// As [`Tracelight::new`], and also over `http://` to another machine. The key goes there in the clear: only where nobody else is
    /// on that network.
    ///
    /// # Errors
    /// [`Error::BadUrl`], [`Error::BadKey`], [`Error::Setup`].
    pub fn over_plain_http(base: &str, key: &str) -> Result<Self, Error> {
        Self::at(checked(base, Plain::Anywhere)?, key)
    }

    fn at(base: String, key: &str) -> Result<Self, Error> {
        let mut bearer = HeaderValue::from_str(&format!("Bearer {}", key.trim())).map_err(|_| Error::BadKey)?;
        bearer.set_sensitive(true);
        let mut builder = Client::builder()
            .connect_timeout(CONNECT_MAX)
            .read_timeout(SILENCE_MAX)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("tracelight-rest/", env!("CARGO_PKG_VERSION")));
        if base.starts_with("http://") {
            // A machine without a certificate store can still call a plain server, and no proxy stands before one.
            builder = builder.no_proxy().tls_certs_only([]);
        }
        let http = builder.build().map_err(|error| Error::Setup(chain_of(&error)))?;
        Ok(Self { http, base, bearer })
    }

    /// Who the key is: its name, its member.
    ///
    /// # Errors
    /// [`Error`]; `not_signed_in` for a key that is unknown, expired or revoked.
    pub async fn session(&self) -> Result<Session, Error> {
        self.read(Call::get(path(&["session"])?)).await
    }

    /// A JSON answer.
    pub(crate) async fn read<T: DeserializeOwned>(&self, call: Call) -> Result<T, Error> {
        let bytes = self.bytes(&call).await?;
        serde_json::from_slice(&bytes).map_err(|error| Error::BadAnswer { call: call.name(), why: error.to_string() })
    }

    /// An answer that says nothing but yes.
    pub(crate) async fn done(&self, call: Call) -> Result<(), Error> {
        self.bytes(&call).await.map(drop)
    }

    /// The headers of an answer, and its body as JSON; null when it has none.
    pub(crate) async fn with_headers(&self, call: Call) -> Result<(HeaderMap, serde_json::Value), Error> {
        let response = self.send(&call).await?;
        let headers = response.headers().clone();
        let bytes = bounded(&call, response, ANSWER_BYTES_MAX).await?;
        let body = if bytes.is_empty() { b"null".as_slice() } else { bytes.as_slice() };
        let value = serde_json::from_slice(body)
            .map_err(|error| Error::BadAnswer { call: call.name(), why: error.to_string() })?;
        Ok((headers, value))
    }

    async fn bytes(&self, call: &Call) -> Result<Vec<u8>, Error> {
        bounded(call, self.send(call).await?, ANSWER_BYTES_MAX).await
    }

    /// Streams an answer to a writer, and flushes it. Returns the bytes. What was written before an error is not complete.
    pub(crate) async fn download(&self, call: Call, to: &mut (impl AsyncWrite + Unpin)) -> Result<u64, Error> {
        let call = Call { time: DOWNLOAD_MAX, ..call };
        let mut response = self.send(&call).await?;
        let mut written = 0;
        while let Some(chunk) = response.chunk().await.map_err(|error| broken(&call, error))? {
            written += chunk.len() as u64;
            if written > DOWNLOAD_BYTES_MAX {
                return Err(Error::TooLong { call: call.name(), max: DOWNLOAD_BYTES_MAX });
            }
            to.write_all(&chunk).await.map_err(Error::Write)?;
        }
        to.flush().await.map_err(Error::Write)?;
        Ok(written)
    }

    /// Sends a call until it succeeds, or may not be sent again.
    async fn send(&self, call: &Call) -> Result<Response, Error> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            let (error, pause) = match self.attempt(call).send().await {
                Ok(response) if response.status().is_success() => return Ok(response),
                Ok(response) => {
                    let refused = refusal(call, response).await;
                    let pause = after_refusal(call, &refused.problem, attempt);
                    (Error::Refused(Box::new(refused)), pause)
                }
                Err(error) => {
                    let harmless = error.is_connect() || call.again == Again::Harmless;
                    let pause = pause(attempt).filter(|_| harmless);
                    (unanswered(call, attempt, harmless, chain_of(&error.without_url())), pause)
                }
            };
            let Some(pause) = pause else { return Err(error) };
            tokio::time::sleep(pause).await;
        }
    }

    fn attempt(&self, call: &Call) -> reqwest::RequestBuilder {
        let mut request = self
            .http
            .request(call.method.clone(), format!("{}{}", self.base, call.path))
            .header(AUTHORIZATION, self.bearer.clone())
            .header(ACCEPT, "application/json, application/problem+json;q=0.9, */*;q=0.5")
            .headers(call.headers.clone())
            .timeout(call.time);
        if let Some((media, bytes)) = &call.body {
            request = request.header(CONTENT_TYPE, *media).body(bytes.clone());
        }
        request
    }
}

/// The pause after so many attempts; `None` after the last.
fn pause(attempt: u32) -> Option<Duration> {
    let index = usize::try_from(attempt.saturating_sub(1)).ok()?;
    PAUSES.get(index).copied().filter(|_| attempt < ATTEMPTS_MAX)
}

fn after_refusal(call: &Call, problem: &Problem, attempt: u32) -> Option<Duration> {
    let again = match problem.status {
        // Counted before anything was looked at.
        429 => true,
        502..=504 => call.again == Again::Harmless,
        _ => false,
    };
    let asked = problem.retry_after_s.map(Duration::from_secs);
    let pause = pause(attempt).filter(|_| again)?;
    Some(asked.map_or(pause, |asked| asked.max(pause))).filter(|pause| *pause <= PAUSE_MAX)
}

/// What EPCIS adds to a problem.
#[derive(Default, Deserialize)]
struct Violations {
    #[serde(default)]
    violations: Vec<Violation>,
}

/// The server's own words, or what the status alone says.
async fn refusal(call: &Call, response: Response) -> Refused {
    let status = response.status();
    let waits = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    let bytes = bounded(call, response, PROBLEM_BYTES_MAX).await.unwrap_or_default();
    let plain = || Problem::new(status.as_u16(), "http", status.canonical_reason().unwrap_or("an unknown status"));
    let told = serde_json::from_slice::<Problem>(&bytes).unwrap_or_else(|_| plain());
    let violations = serde_json::from_slice::<Violations>(&bytes).unwrap_or_default().violations;
    // A body may claim another status than the one it was sent with; the line of the answer counts.
    let problem = Problem { status: status.as_u16(), retry_after_s: told.retry_after_s.or(waits), ..told };
    Refused { call: call.name(), problem, violations, harmless: call.again == Again::Harmless }
}

async fn bounded(call: &Call, mut response: Response, max: u64) -> Result<Vec<u8>, Error> {
    let too_long = || Error::TooLong { call: call.name(), max };
    if response.content_length().is_some_and(|length| length > max) {
        return Err(too_long());
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| broken(call, error))? {
        if (bytes.len() + chunk.len()) as u64 > max {
            return Err(too_long());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn unanswered(call: &Call, attempts: u32, harmless: bool, why: String) -> Error {
    Error::NoAnswer { call: call.name(), attempts, harmless, why }
}

fn broken(call: &Call, error: reqwest::Error) -> Error {
    let why = format!("the answer broke off: {}", chain_of(&error.without_url()));
    unanswered(call, 1, call.again == Again::Harmless, why)
}

/// An error with its causes in one line; the outermost alone ("error sending request") says nothing. The same as that of
/// `tracelight-client`, which this crate may not know.
fn chain_of(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let said = inner.to_string();
        if !text.ends_with(&said) {
            text = format!("{text}: {said}");
        }
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests;

//! The same answer again, before a request goes through anything else: a code that a whole town looks at costs little more than
//! sending its page.
//!
//! ```text
//! request --> front --known within the last second--> the same answer, with its own request id and device cookie
//!               '----> layers, router, handler --> answer, which the handler may have marked as [`Again`] --> kept
//! ```
//! * Only a `GET` of a pack's page or bundle without any cookie: a first visit, as a camera makes it. Whoever has been here has a
//!   cookie and is answered by the handler, which knows what that device has checked.
//! * What an answer depends on is its key: path and query, `Accept`, the language that `Accept-Language` leads to, the kind of
//!   device, the encoding. A guess of the browser (`Sec-Purpose`) and a choice of language (`?lang=`) go to the handler.
//! * It is as old as what is held ([`super::held`]) and no older: a block with transactions, a check that is counted here, and
//!   [`HELD_FOR`] end it; a halted follower or stale data are never answered from here. (A check finds no answer of a code that so many
//!   others have pushed out of what is held; it then ends after [`HELD_FOR`].)
//! * Such an answer counts in `scan_pages_total` as any other; it has no line in the log.
//! * At most [`ANSWERS_MAX`] answers of up to 20 kB each; the least used gives way.

use super::fresh;
use super::held::{HELD_FOR, Known};
use super::reader::{fresh_device_cookie, is_guess};
use crate::app::AppState;
use crate::clock::now_ms;
use crate::http::Encoding;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use axum::response::Response;
use futures::future::{BoxFuture, Either, Ready, ready};
use moka::sync::Cache;
use std::sync::Arc;
use std::task::{Context, Poll};
use tower::{Layer, Service};
use tracelight_domain::ids::Height;
use tracelight_domain::verdict::Verdict;
use tracelight_web_ui::i18n::Lang;
use tracelight_web_ui::scan::device_of;

/// Answers that are kept.
const ANSWERS_MAX: u64 = 2_048;
/// Paths of answers that can be kept begin so.
const PAGES: &str = "/01/";
const BUNDLES: &str = "/v1/bundle/";
/// Bytes of a path and query that are looked at.
const ADDRESS_BYTES_MAX: usize = 512;

/// A mark on an answer that anybody may have who asks the same.
#[derive(Clone)]
pub struct Again {
    /// Its body, in the encoding that the answer names.
    pub body: Bytes,
    /// Newest block with transactions when it was made.
    pub changed: Height,
    /// What a page rests on.
    pub page: Option<(Arc<Known>, Verdict)>,
}

/// What is kept.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    again: Again,
    counter: Option<metrics::Counter>,
}

type Key = Box<[u8]>;

/// Answers that are given again.
pub struct Front {
    answers: Cache<Key, Arc<Answer>>,
    #[cfg(test)]
    given: std::sync::atomic::AtomicU64,
}

impl Default for Front {
    fn default() -> Self {
        Self {
            answers: Cache::builder().max_capacity(ANSWERS_MAX).time_to_live(HELD_FOR).build(),
            #[cfg(test)]
            given: std::sync::atomic::AtomicU64::new(0),
        }
    }
}

impl Front {
    fn find(&self, state: &AppState, key: &Key) -> Option<Arc<Answer>> {
        let answer = self.answers.get(key)?;
        let (changed, halted) = state.progress.of(|now| (now.changed, now.halted));
        let current = match &answer.again.page {
            Some((known, _)) => !known.is_gone() && fresh(known.found.as_of_ms, now_ms()).is_ok(),
            None => true,
        };
        if !current || halted || answer.again.changed != changed {
            return None;
        }
        #[cfg(test)]
        self.given.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Some(answer)
    }

    fn keep(&self, key: Key, response: &mut Response) {
        let Some(again) = response.extensions_mut().remove::<Again>() else { return };
        let mut headers = response.headers().clone();
        headers.remove(header::SET_COOKIE);
        headers.remove(crate::layers::REQUEST_ID);
        let counter =
            again.page.as_ref().map(|(_, verdict)| metrics::counter!("scan_pages_total", "verdict" => verdict.name()));
        let answer = Answer { status: response.status(), headers, again, counter };
        self.answers.insert(key, Arc::new(answer));
    }
}

/// What the answer to a request depends on; `None` for a request whose answer is nobody else's.
fn key(request: &Request<Body>) -> Option<Key> {
    let path = request.uri().path_and_query()?.as_str();
    let page = path.starts_with(PAGES);
    let headers = request.headers();
    let mine = headers.contains_key(header::COOKIE) || is_guess(headers) || path.contains("lang=");
    if request.method() != Method::GET || !(page || path.starts_with(BUNDLES)) || mine || path.len() > ADDRESS_BYTES_MAX
    {
        return None;
    }
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let mut key = Vec::with_capacity(path.len() + 64);
    key.extend_from_slice(path.as_bytes());
    if page {
        let lang = Lang::negotiate(text(header::ACCEPT_LANGUAGE));
        let device = device_of(text(header::USER_AGENT).unwrap_or_default());
        let encoding = Encoding::best(text(header::ACCEPT_ENCODING).unwrap_or_default());
        // No byte of a path or of text in a header is below a space.
        key.extend([0, lang as u8, device as u8, encoding as u8]);
        for accept in headers.get_all(header::ACCEPT) {
            key.extend_from_slice(accept.as_bytes());
            key.push(0);
        }
    }
    Some(key.into())
}

fn given(state: &AppState, answer: &Answer) -> Response {
    let mut response = Response::new(Body::from(answer.again.body.clone()));
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers.clone();
    if let Some(id) = crate::layers::fresh_request_id() {
        response.headers_mut().insert(crate::layers::REQUEST_ID, id);
    }
    if let Some(counter) = &answer.counter {
        counter.increment(1);
        if let Some(cookie) = fresh_device_cookie(state.config.public_base_url.starts_with("https://")) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
    response
}

/// Puts the front before a service.
#[derive(Clone, Debug)]
pub struct FrontLayer(pub AppState);

impl<S> Layer<S> for FrontLayer {
    type Service = FrontService<S>;
    fn layer(&self, inner: S) -> Self::Service {
        FrontService { state: self.0.clone(), inner }
    }
}

/// A service with the front before it.
#[derive(Clone, Debug)]
pub struct FrontService<S> {
    state: AppState,
    inner: S,
}

impl<S, E> Service<Request<Body>> for FrontService<S>
where
    S: Service<Request<Body>, Response = Response, Error = E>,
    S::Future: Send + 'static,
    E: Send + 'static,
{
    type Response = Response;
    type Error = E;
    type Future = Either<Ready<Result<Response, E>>, Either<S::Future, BoxFuture<'static, Result<Response, E>>>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), E>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let Some(key) = key(&request) else { return Either::Right(Either::Left(self.inner.call(request))) };
        if let Some(answer) = self.state.shop.front.find(&self.state, &key) {
            return Either::Left(ready(Ok(given(&self.state, &answer))));
        }
        let (state, answering) = (self.state.clone(), self.inner.call(request));
        Either::Right(Either::Right(Box::pin(async move {
            let mut response = answering.await?;
            state.shop.front.keep(key, &mut response);
            Ok(response)
        })))
    }
}

#[cfg(test)]
mod tests;

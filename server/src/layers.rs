//! What surrounds every request: id, trace, security headers, limits, cross-site protection.

use crate::app::AppState;
use crate::http::ApiError;
use crate::scan::FrontLayer;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, Request, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use std::time::Duration;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate as _};
use tower_http::csrf::CsrfLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::{DefaultOnResponse, TraceLayer};
use tracing::Level;

/// Bytes of a request's body, unless a route says otherwise. A manifest of 50,000 serials is 1.2 MB.
pub const BODY_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Time for one answer. Above the 25 s that a signature may take to go round the loop.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(40);

/// Time for an answer to a form with photos: 20 MB at 1 Mbit/s. How many are received at once is bounded where they are taken.
pub const UPLOAD_TIMEOUT: Duration = Duration::from_secs(180);

/// Scripts and styles from this origin alone, and the checker's WASM. Pages with inline styles set a stricter or wider
/// policy of their own; a header that a handler has set stays.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; object-src 'none'; \
     base-uri 'none'; frame-ancestors 'none'; form-action 'self'; img-src 'self' data:";

/// Forms of the pages for shoppers. Those pages send no referrer, so a browser without `Sec-Fetch-Site` (iOS before 16.4)
/// posts them with `Origin: null`, which the layer would refuse. They carry a keyed token of their own and change nothing
/// that a session owns; [`crate::scan`] refuses what a browser calls cross-site.
const SHOPPER_FORMS: [&str; 6] =
    ["/scan/check", "/scan/hologram", "/scan/pin", "/scan/place", "/scan/receipt", "/scan/report"];

/// Of a request, in its answer and in its line of the log.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Hashes and signatures, which no packing makes shorter.
const PROOFS: NotForContentType = NotForContentType::const_new("application/octet-stream");

/// What an answer has when its handler has set nothing else.
static HEADERS: [(HeaderName, HeaderValue); 6] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY)),
    (header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000; includeSubDomains")),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

/// Puts the layers around a finished router, the outermost first; before them the front that gives answers again. All layers as
/// one: each that a router is given for itself puts every call of every route into another box.
pub fn wrap(router: Router, state: &AppState) -> Router {
    wrap_for(router, REQUEST_TIMEOUT).layer(FrontLayer(state.clone()))
}

/// The same around forms with files, without the front.
pub fn wrap_uploads(router: Router) -> Router {
    wrap_for(router, UPLOAD_TIMEOUT)
}

fn wrap_for(router: Router, timeout: Duration) -> Router {
    let layers = ServiceBuilder::new()
        .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
        .layer(TraceLayer::new_for_http().make_span_with(span).on_response(one_line()))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .map_response(with_headers)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(CompressionLayer::new().compress_when(DefaultPredicate::new().and(PROOFS)))
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, timeout))
        .layer(CsrfLayer::new().with_insecure_bypass(|_, uri| SHOPPER_FORMS.contains(&uri.path())))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX));
    router.layer(layers)
}

/// A number for an answer that goes through no layer.
pub fn fresh_request_id() -> Option<HeaderValue> {
    HeaderValue::try_from(uuid::Uuid::new_v4().to_string()).ok()
}

fn with_headers<B>(mut response: Response<B>) -> Response<B> {
    let headers = response.headers_mut();
    for (name, value) in &HEADERS {
        headers.entry(name).or_insert_with(|| value.clone());
    }
    response
}

/// One request, one line.
fn one_line() -> DefaultOnResponse {
    DefaultOnResponse::new().level(Level::INFO)
}

/// Method and path; never a query (it may hold a code's token), a body or an address.
fn span<B>(request: &Request<B>) -> tracing::Span {
    let id = request.headers().get(REQUEST_ID).and_then(|value| value.to_str().ok()).unwrap_or("");
    tracing::info_span!("server.request", method = %request.method(), path = request.uri().path(), request.id = id)
}

/// A panic is a fault of ours: the caller gets an incident number, never a stack.
fn panicked(cause: Box<dyn std::any::Any + Send + 'static>) -> Response {
    let cause = cause
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| cause.downcast_ref::<&str>().copied())
        .unwrap_or("a panic without words")
        .to_owned();
    let title = "cannot check now: a fault on our side";
    ApiError::fault(StatusCode::INTERNAL_SERVER_ERROR, "fault", title, &cause).into_response()
}

/// For paths that no route has.
pub async fn not_found(uri: Uri) -> ApiError {
    ApiError::not_found(&format!("nothing is served under `{}`", uri.path()))
}

//! The page for operators of lines, served by the gateway itself: it stands in the plant and works while everything above the
//! gateway is off.
//!
//! ```text
//! scanner --keys--> page --outbox (disk)--> POST readings --> intake --> spool (fsync) --> acks --> page: OK, STOP
//!                    ^                                           ^
//!                    +---- GET state (answers when it changes)   +---- readings over MQTT
//! ```
//!
//! | call | who | what |
//! |---|---|---|
//! | `GET /terminal/` and its files | anybody | the page; it holds nothing of anybody |
//! | `POST /terminal/pair` | who has a token | `{"token": ".."}`; the token becomes a cookie, `HttpOnly`, `SameSite=Strict`, `Secure` over TLS |
//! | `POST /terminal/unpair` | anybody | the cookie goes |
//! | `GET /terminal/me` | a terminal | which device it is |
//! | `GET /terminal/{site}/{line}/{device}/state?seen=TAG` | that terminal | the line ([`state::View`]); waits up to [`state::WATCH_MAX`] while nothing but `TAG` is to be seen |
//! | `POST /terminal/{site}/{line}/{device}/readings` | that terminal | readings, each as it would be published; the same answers, in order |
//!
//! A terminal is a device of the configuration with a token (`token_file`). Its readings have the envelope of any other's:
//! boot, number, operation; no signature, because the gateway knows by the token who sends. They take the way of readings
//! over MQTT through the same [`crate::intake::Intake`], and are answered after the same sync. What is published under a
//! terminal's name on the broker is not believed ([`crate::reading::Trust::Terminal`]).
//!
//! Without a token a call is answered 401; with the token of another terminal 403; a place that is no terminal of this gateway is
//! 404, for terminals only. A POST has to say an `Origin` that is this very host.
//!
//! | bound | value | costs at most |
//! |---|---|---|
//! | connections | 64 ([`listen::BOUNDS`], kept by `crates/listen`), a quarter for one address of another machine; more are closed at once. So [`listen::TERMINALS_MAX`] terminals | 64 KiB each: 4 MiB |
//! | head of a call | 64 KiB, 30 s, idle time included | |
//! | an answer that nobody takes | 20 s, then the connection is cut | |
//! | body of a call | [`READINGS_BYTES_MAX`], [`READINGS_MAX`] readings | 512 KiB on each connection: 32 MiB |
//! | time for a call | [`CALL_TIME_MAX`] | |
//! | calls with readings of one terminal | one at a time, then 429: each waits for a sync of the disk, which is the rate | |
//! | readings that wait for the intake | [`QUEUE_MAX`]; then the call waits for room | 16 KiB each: 4 MiB |
//! | pairing | [`access::PAIRINGS_MAX`] at once; a wrong one keeps its place for [`access::WRONG_TOKEN_PAUSE`], also when its caller hangs up | 8 KiB each |

pub mod access;
pub mod listen;
mod page;
mod readings;
pub mod state;
#[cfg(test)]
mod tests;

use crate::core::Synced;
use crate::intake::Arrival;
use crate::mode::Since;
use crate::topic::Place;
use access::Doorkeeper;
use axum::Router;
use axum::body::Bytes;
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http_body_util::{BodyExt as _, Collected, LengthLimitError, Limited};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;
use tracelight_api::problem::{PROBLEM_JSON, Problem};

/// Readings in one call.
pub const READINGS_MAX: usize = 64;
/// Bytes of the body of one call.
pub const READINGS_BYTES_MAX: usize = 256 * 1024;
/// Readings of all terminals that wait for the intake.
pub const QUEUE_MAX: usize = 256;
/// Time for one call; above what a call that watches the state waits.
pub const CALL_TIME_MAX: Duration = Duration::from_secs(30);

/// Scripts and styles from here alone, none of them in the page itself.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; worker-src 'self'; \
                      manifest-src 'self'; img-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

/// What the calls share.
#[derive(Clone)]
pub struct Terminals {
    doorkeeper: Arc<Doorkeeper>,
    shown: Arc<BTreeMap<Place, watch::Receiver<Arc<Synced>>>>,
    intake: mpsc::Sender<Arrival>,
    mode: watch::Receiver<Since>,
    run: String,
}

impl Terminals {
    /// For these terminals, which are shown what [`crate::core::Core::shown`] gives. What they send goes to `intake`, which is
    /// the queue of [`crate::intake::Intake::with_terminals`]. `run` is drawn anew for each core.
    #[must_use]
    pub fn new(
        doorkeeper: Arc<Doorkeeper>,
        shown: BTreeMap<Place, watch::Receiver<Arc<Synced>>>,
        intake: mpsc::Sender<Arrival>,
        mode: watch::Receiver<Since>,
        run: String,
    ) -> Self {
        Self { doorkeeper, shown: Arc::new(shown), intake, mode, run }
    }

    /// All routes.
    pub fn router(self) -> Router {
        let header = |name: HeaderName, value: &'static str| {
            SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
        };
        page::files()
            .route("/terminal/pair", post(access::pair))
            .route("/terminal/unpair", post(access::unpair))
            .route("/terminal/me", get(access::me))
            .route("/terminal/{site}/{line}/{device}/state", get(state::state))
            .route("/terminal/{site}/{line}/{device}/readings", post(readings::take))
            .fallback(unknown)
            .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, CALL_TIME_MAX))
            .layer(CatchPanicLayer::new())
            .layer(header(CONTENT_SECURITY_POLICY, POLICY))
            .layer(header(X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .layer(header(REFERRER_POLICY, "no-referrer"))
            .layer(header(CACHE_CONTROL, "no-store"))
            .with_state(self)
    }
}

async fn unknown() -> Failure {
    Failure::new(404, "unknown_path", "no such path")
}

/// The body of a call. One that was cut short says nothing of what its sender meant: it is not called malformed, because a
/// terminal takes a reading out that is.
///
/// # Errors
/// 413 over `max` bytes, 400 when the connection broke.
async fn body_of(request: Request, max: usize) -> Result<Bytes, Failure> {
    let read = Limited::new(request.into_body(), max).collect().await;
    read.map(Collected::to_bytes).map_err(|why| {
        if why.is::<LengthLimitError>() {
            Failure::new(413, "too_long", "the call is too long").with(format!("at most {max} bytes"))
        } else {
            Failure::new(400, "cut_short", "the call was cut short; send it again")
        }
    })
}

/// An answer that says no.
#[derive(Debug)]
pub struct Failure(Box<Problem>);

impl Failure {
    fn new(status: u16, name: &str, title: &str) -> Self {
        Self(Box::new(Problem::new(status, name, title)))
    }

    fn with(self, detail: impl Into<String>) -> Self {
        Self(Box::new(self.0.detail(detail)))
    }

    /// The place is no terminal of this gateway.
    fn no_terminal(place: &Place) -> Self {
        Self::new(404, "unknown_terminal", "no such terminal").with(format!("`{place}` is no terminal of this gateway"))
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, axum::Json(*self.0)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

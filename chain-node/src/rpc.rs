//! HTTP, as `tracelight_api::chain` says. Who may call stands in [`access`]: whoever changes something shows the node's token,
//! questions are free on this machine.
//!
//! | bound | value | costs at most |
//! |---|---|---|
//! | connections | `rpc_connections_max` (512), a quarter for one address | 64 KiB each: 32 MiB |
//! | calls at once | `rpc_calls_max` (512), half for callers without the token; then 503 `busy` | small ones 16 KiB each: 8 MiB |
//! | calls of one address without the token | `rpc_calls_per_s` (200), as many again at once; then 429 `too_fast` | 256 KiB |
//! | bodies, all together | [`access::BODIES_BYTES_MAX`], 2 MiB each; then 503 `busy` | 64 MiB, twice while they are split: 128 MiB |
//! | large answers at once (blocks, proofs) | [`LARGE_ANSWERS_MAX`]; the next one waits | 8 MiB and its base64: 20 MiB each, 320 MiB |
//! | time for a head, a body, a call | 30 s, 10 s, [`CALL_TIME_MAX`], which is above the longest `wait_ms` | |
//! | time without a byte taken from an answer | 20 s | |
//!
//! Together less than 500 MiB, whatever strangers do. `/livez` and `/readyz` are always answered; `/metrics` to this machine
//! and to whoever shows the token.

pub mod access;
pub mod listen;
mod log;
mod prove;
pub mod rates;
mod reads;
#[cfg(test)]
mod tests;
mod txs;
mod validators;

use crate::node::Node;
use crate::store::StoreError;
use access::{Access, Shares, gate, hold};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use metrics_exporter_prometheus::PrometheusHandle;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;
use tracelight_api::chain::{TXS_CALL_BYTES_MAX, WAIT_MS_MAX};
use tracelight_api::problem::{PROBLEM_JSON, Problem};

/// How long a call may take, its body included.
pub const CALL_TIME_MAX: Duration = Duration::from_millis(WAIT_MS_MAX + 10_000);

/// Answers with blocks or proofs that are put together or sent at once.
pub const LARGE_ANSWERS_MAX: usize = 16;

/// What the handlers share.
#[derive(Clone)]
pub struct Rpc {
    node: Arc<Node>,
    shares: Shares,
    large: Arc<Semaphore>,
    metrics: Option<PrometheusHandle>,
}

/// How much of the calls there may be.
#[derive(Clone, Copy, Debug)]
pub struct CallLimits {
    /// At once.
    pub calls_max: usize,
    /// A second, of one address without the token.
    pub calls_per_s: u32,
}

impl Rpc {
    /// Answers for a node.
    #[must_use]
    pub fn new(node: Arc<Node>, access: Access, limits: CallLimits, metrics: Option<PrometheusHandle>) -> Self {
        let shares = Shares::new(access, limits.calls_max, limits.calls_per_s);
        Self { node, shares, large: Arc::new(Semaphore::new(LARGE_ANSWERS_MAX)), metrics }
    }

    /// The node it answers for.
    #[must_use]
    pub const fn node(&self) -> &Arc<Node> {
        &self.node
    }

    /// All routes.
    pub fn router(self) -> Router {
        let calls = Router::new()
            .route("/v1/txs", post(txs::submit))
            .route("/v1/txs/{id}", get(txs::receipt))
            .route("/v1/status", get(reads::status))
            .route("/v1/genesis", get(reads::genesis))
            .route("/v1/blocks", get(reads::blocks))
            .route("/v1/validators", get(validators::validators))
            .route("/v1/steps", get(validators::steps))
            .route("/v1/checkpoint", get(log::checkpoint))
            .route("/v1/log/consistency", get(log::consistency))
            .route("/v1/prove", post(prove::prove))
            .route("/metrics", get(metrics_page))
            .layer(middleware::from_fn_with_state(self.clone(), gate));
        Router::new()
            .route("/livez", get(livez))
            .route("/readyz", get(readyz))
            .merge(calls)
            .fallback(unknown)
            .layer(DefaultBodyLimit::max(TXS_CALL_BYTES_MAX))
            .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, CALL_TIME_MAX))
            .layer(CatchPanicLayer::new())
            .with_state(self)
    }
}

async fn livez() -> &'static str {
    "alive\n"
}

async fn readyz(State(rpc): State<Rpc>) -> Response {
    match rpc.node.stall() {
        None => "ready\n".into_response(),
        Some(stall) => (StatusCode::SERVICE_UNAVAILABLE, format!("{stall}\n")).into_response(),
    }
}

async fn metrics_page(State(rpc): State<Rpc>) -> Response {
    let Some(metrics) = rpc.metrics else {
        return Failure::of(Problem::new(404, "no_metrics", "this process collects no metrics")).into_response();
    };
    crate::metrics::refresh(&rpc.node);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], metrics.render()).into_response()
}

async fn unknown() -> Failure {
    Failure::of(
        Problem::new(404, "unknown_path", "no such path").detail("the calls are listed at /v1 in the documentation"),
    )
}

/// An error answer.
pub(crate) struct Failure(Box<Problem>);

impl Failure {
    fn of(problem: Problem) -> Self {
        Self(Box::new(problem))
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(*self.0)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        match status {
            StatusCode::UNAUTHORIZED => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            }
            _ => {}
        }
        response
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        if let StoreError::Pruned { .. } = &error {
            return Self::of(Problem::new(410, "pruned", "the block was pruned here").detail(error.to_string()));
        }
        tracing::error!("Answering a call failed: {error}");
        Self::of(
            Problem::new(500, "store", "the node cannot read its store")
                .detail("the operator finds the cause in the log"),
        )
    }
}

/// Puts a large answer together when there is room for it, and keeps the room until it is sent.
async fn large<T, F>(rpc: &Rpc, work: F) -> Result<Response, Failure>
where
    T: IntoResponse + Send + 'static,
    F: FnOnce() -> Result<T, StoreError> + Send + 'static,
{
    let room = Arc::clone(&rpc.large).acquire_owned().await;
    let answer = blocking(work).await?.into_response();
    Ok(hold(answer, room))
}

/// Runs what computes or reads the disk on a blocking thread.
async fn blocking<T, F>(work: F) -> Result<T, Failure>
where
    T: Send + 'static,
    F: FnOnce() -> Result<T, StoreError> + Send + 'static,
{
    match tokio::task::spawn_blocking(work).await {
        Ok(answer) => answer.map_err(Failure::from),
        Err(panic) => {
            tracing::error!("A call panicked: {panic}");
            Err(Failure::of(Problem::new(500, "internal", "the call failed")))
        }
    }
}

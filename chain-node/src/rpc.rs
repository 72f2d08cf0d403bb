//! HTTP, as `tracelight_api::chain` says. Reads and submissions are open to whoever reaches the port: what is written is
//! signed, and what is read is public within the alliance; the port belongs on the members' network.
//!
//! | bound | value |
//! |---|---|
//! | body | [`TXS_CALL_BYTES_MAX`] |
//! | calls at once | `rpc_calls_max`, then 503 `busy`; `/livez`, `/readyz` and `/metrics` are always answered |
//! | time of a call | [`CALL_TIME_MAX`], above the longest `wait_ms` |
//! | bytes of a `blocks` answer | [`reads::BLOCKS_ANSWER_BYTES_MAX`], one block at least |

mod log;
mod prove;
mod reads;
#[cfg(test)]
mod tests;
mod txs;
mod validators;

use crate::node::Node;
use crate::store::StoreError;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
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

/// What the handlers share.
#[derive(Clone)]
pub struct Rpc {
    node: Arc<Node>,
    calls: Arc<Semaphore>,
    metrics: Option<PrometheusHandle>,
}

impl Rpc {
    /// Answers for a node, at most `calls_max` calls at once.
    #[must_use]
    pub fn new(node: Arc<Node>, calls_max: usize, metrics: Option<PrometheusHandle>) -> Self {
        Self { node, calls: Arc::new(Semaphore::new(calls_max)), metrics }
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
            .layer(middleware::from_fn_with_state(self.clone(), one_of_few));
        Router::new()
            .route("/livez", get(livez))
            .route("/readyz", get(readyz))
            .route("/metrics", get(metrics_page))
            .merge(calls)
            .fallback(unknown)
            .layer(DefaultBodyLimit::max(TXS_CALL_BYTES_MAX))
            .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, CALL_TIME_MAX))
            .layer(CatchPanicLayer::new())
            .with_state(self)
    }
}

async fn one_of_few(State(rpc): State<Rpc>, request: Request, next: Next) -> Response {
    match rpc.calls.try_acquire() {
        Ok(_permit) => next.run(request).await,
        Err(_) => Failure::of(
            Problem::new(503, "busy", "too many calls at once").detail("the node is busy; try again in a moment"),
        )
        .into_response(),
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
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        response
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        tracing::error!("Answering a call failed: {error}");
        Self::of(
            Problem::new(500, "store", "the node cannot read its store")
                .detail("the operator finds the cause in the log"),
        )
    }
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

//! `/livez`, `/readyz` with reasons, `/metrics`.

use crate::app::AppState;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use serde::Serialize;
use std::sync::OnceLock;

/// Age of the newest projected block beyond which the server is not ready: thirty heartbeats.
pub const CHAIN_AGE_MS_MAX: u64 = 30_000;

/// Whether the server can answer, and what is in the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Readiness {
    /// All parts are well.
    pub ready: bool,
    /// One line a part.
    pub parts: Vec<PartState>,
}

/// One part that the server needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PartState {
    /// `database`, `chain`.
    pub part: &'static str,
    /// Is it well?
    pub ok: bool,
    /// What it says, and what to do.
    pub reason: String,
}

/// Routes of this file.
pub fn router() -> Router<AppState> {
    Router::new().route("/livez", get(|| async { "ok\n" })).route("/readyz", get(ready)).route("/metrics", get(numbers))
}

async fn ready(State(state): State<AppState>) -> Response {
    let readiness = readiness(&state).await;
    let status = if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(readiness)).into_response()
}

/// Asks every part.
pub async fn readiness(state: &AppState) -> Readiness {
    let database = match state.store.ping().await {
        Ok(()) => PartState { part: "database", ok: true, reason: "answers".to_owned() },
        Err(error) => PartState { part: "database", ok: false, reason: error.to_string() },
    };
    let parts = vec![database, chain(state)];
    Readiness { ready: parts.iter().all(|part| part.ok), parts }
}

fn chain(state: &AppState) -> PartState {
    let bad = |reason: String| PartState { part: "chain", ok: false, reason };
    if !state.alliance.configured {
        return bad("no genesis is configured. Hint: name genesis and nodes in the configuration".to_owned());
    }
    let progress = state.progress();
    let age_ms = crate::clock::now_ms().saturating_sub(progress.time_ms);
    if progress.halted || age_ms > CHAIN_AGE_MS_MAX {
        let why = progress.trouble.unwrap_or_else(|| "no newer block has come".to_owned());
        return bad(format!("block {} is {age_ms} ms old: {why}", progress.projected));
    }
    let behind = progress.seen.saturating_sub(progress.projected);
    PartState {
        part: "chain",
        ok: true,
        reason: format!("block {}, {behind} behind, {age_ms} ms old", progress.projected),
    }
}

/// The recorder of this process. Installed once; a second call (a test) gets the same one.
pub fn recorder() -> Option<&'static PrometheusHandle> {
    static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    RECORDER.get_or_init(|| PrometheusBuilder::new().install_recorder().ok()).as_ref()
}

async fn numbers() -> Response {
    let text = recorder().map(PrometheusHandle::render).unwrap_or_default();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}

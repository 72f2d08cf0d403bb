//! EPCIS 2.0 over HTTP, under `/epcis`: capture and query (GS1 EPCIS 2.0, sections 8 and 12; GS1's OpenAPI document 2.0.0).
//!
//! ```text
//! POST /capture    body -> prepare: read, check, hash -> one transaction -> job, 202        (not one bad event, or `proceed`)
//!                  the log's root goes on the chain soon after; what a person may sign is signed  (`anchor`, `custody`)
//! GET  /events     parameters -> ask -> search: captured events, then histories of the ledger -> a page, `Link: rel="next"`
//! POST /queries/{name}/subscriptions    webhook, signed; or WebSocket on /queries/{name}/events
//! ```
//! | module | holds |
//! |---|---|
//! | [`caller`] | who asks: a person by session, a system by its member's bearer token |
//! | [`problem`], [`address`] | EPCIS's exceptions as RFC 9457 problems, also for a path that is none |
//! | [`headers`] | the headers that GS1 defines, their defaults, and which syntax is answered |
//! | [`prepare`], [`names`] | a body as events that can be stored, and what they name |
//! | [`capture`], [`jobs`] | the capture calls, and what became of them |
//! | [`ask`], [`token`], [`search`] | which events are asked for, where a page begins, and finding them |
//! | [`events`], [`lists`], [`queries`] | the query calls |
//! | [`subscriptions`], [`reports`], [`stream`] | telling subscribers; what is to be sent goes by [`post`](crate::post) |
//! | [`anchor`], [`custody`] | what captured events do on the chain |
//!
//! What a member captures is seen by that member alone. Histories of the ledger are seen by whoever has part in them, and by
//! a regulator. Real clients send no GS1 header at all, so each has a default.

pub mod address;
pub mod anchor;
pub mod answer;
pub mod ask;
pub mod caller;
pub mod capture;
pub mod custody;
pub mod events;
pub mod headers;
pub mod jobs;
pub mod lists;
pub mod names;
pub mod prepare;
pub mod problem;
pub mod queries;
pub mod reports;
pub mod schedule;
pub mod search;
pub mod stream;
pub mod subscriptions;
pub mod token;

use crate::app::AppState;
use axum::Router;
use std::time::Duration;
use tokio::sync::watch;
use tower::Layer as _;
use utoipa_axum::router::OpenApiRouter;

/// Pause between two looks of the background work.
const PAUSE: Duration = Duration::from_millis(500);
/// Pause after the chain or the database did not answer.
const TROUBLE: Duration = Duration::from_secs(5);

/// The calls, with their document.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .merge(capture::router())
        .merge(events::router())
        .merge(queries::router())
        .merge(subscriptions::router())
        .merge(lists::router())
}

/// The calls as they are served: GS1's headers on every answer, `OPTIONS` for all of them. The headers are put around the whole
/// router, because the router tells which methods a path takes (`Allow`) outside of the layers of its routes.
pub fn served(state: &AppState) -> Router<AppState> {
    let (router, _) = router().split_for_parts();
    let calls = router.fallback(problem::no_such_resource).with_state(state.clone());
    Router::new().fallback_service(axum::middleware::from_fn(headers::around).layer(calls))
}

/// Anchors, signs and reports until it is told to stop.
pub async fn run(state: AppState, mut stop: watch::Receiver<bool>) {
    let anchors = async {
        let mut anchors = anchor::Anchors::default();
        loop {
            anchors.turn(&state).await;
            tokio::time::sleep(PAUSE).await;
        }
    };
    let custody = async {
        loop {
            let pause = if custody::turn(&state).await { PAUSE } else { TROUBLE };
            tokio::time::sleep(pause).await;
        }
    };
    let reports = async {
        loop {
            reports::turn(&state).await;
            tokio::time::sleep(PAUSE).await;
        }
    };
    // Each at its own pace: a slow subscriber holds no signature up. Without a chain there is nothing to sign.
    let on_chain = async {
        if state.alliance.configured {
            tokio::join!(anchors, custody);
        }
    };
    let work = async { tokio::join!(on_chain, reports) };
    tokio::select! {
        _ = work => {},
        _ = stop.wait_for(|stopped| *stopped) => {},
    }
}

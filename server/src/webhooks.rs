//! What members are told of: events of verified blocks become deliveries of the endpoints that asked for them.
//!
//! ```text
//! endpoint.place --(blocks up to the projection)--> happened --> deliveries + new place, one transaction
//! ```
//! An event is neither lost nor made twice. An endpoint that does not take its events keeps at most [`WAITING_MAX`]; until then
//! its place stays. At most [`WINDOW`] blocks are looked at in one step, so that a long absence is told piece by piece.
//! A place without news is written down only every [`WINDOW`] blocks.

use crate::app::AppState;
use crate::clock::iso;
use crate::http::{ApiError, ApiResult};
use crate::store::{Happened, NewDelivery, Outbox, StoreError, WebhookRow};
use axum::http::StatusCode;
use std::time::Duration;
use tokio::sync::watch;
use tracelight_api::rest::webhook::{EventData, WebhookEvent};
use tracelight_domain::ids::Height;
use tracelight_domain::state::MemberRole;
use uuid::Uuid;

/// The type of a test.
pub const TEST: &str = "webhook.test";
/// Blocks of one step.
const WINDOW: u64 = 256;
/// Deliveries that wait for one endpoint.
const WAITING_MAX: u64 = 1_000;
/// Endpoints of one turn: more than all members have.
const TURN_MAX: u64 = 4_096;
/// Pause between two looks.
const PAUSE: Duration = Duration::from_millis(500);
/// Pause after the database did not answer.
const TROUBLE: Duration = Duration::from_secs(5);

/// Makes deliveries until it is told to stop.
pub async fn run(state: AppState, mut stop: watch::Receiver<bool>) {
    let work = async {
        let mut told = None;
        loop {
            let pause = match turn(&state, &mut told).await {
                Ok(()) => PAUSE,
                Err(error) => {
                    tracing::warn!(cause = %error, "Webhooks wait for the database: {error}");
                    TROUBLE
                }
            };
            tokio::time::sleep(pause).await;
        }
    };
    tokio::select! {
        () = work => {},
        _ = stop.wait_for(|stopped| *stopped) => {},
    }
}

/// Up to where events are told now.
///
/// # Errors
/// When the database does not answer.
pub async fn now(state: &AppState) -> Result<Height, StoreError> {
    Ok(state.store.marker().await?.map_or(0, |marker| marker.position.height))
}

/// Tells of the blocks that have come. `told` is the height up to which every endpoint has been told of everything, so that
/// nothing is looked up again before the next block: an endpoint that is made or switched on later begins there or above.
async fn turn(state: &AppState, told: &mut Option<Height>) -> Result<(), StoreError> {
    let height = now(state).await?;
    if *told == Some(height) {
        return Ok(());
    }
    let mut whole = true;
    for row in state.store.webhooks_behind(height, TURN_MAX).await? {
        let takes = state.store.deliveries_waiting(Outbox::Events, row.id).await? < WAITING_MAX;
        whole &= takes && step(state, &row, height).await?;
    }
    *told = whole.then_some(height);
    Ok(())
}

/// Tells one endpoint of at most [`WINDOW`] blocks. Returns whether that was all.
async fn step(state: &AppState, row: &WebhookRow, height: Height) -> Result<bool, StoreError> {
    // A member that left is told nothing more.
    let Some(member) = state.alliance.member(row.member) else { return Ok(true) };
    let regulator = member.role == MemberRole::Regulator;
    let until = height.min(row.place.saturating_add(WINDOW));
    let happened = state.store.happened(row.member, regulator, row.place, until).await?;
    let wanted = happened.into_iter().filter(|one| row.events.contains(&one.kind));
    let deliveries: Vec<NewDelivery> = wanted.map(delivery).collect();
    if !deliveries.is_empty() || until == row.place.saturating_add(WINDOW) {
        state.store.webhook_told(row, until, deliveries, crate::clock::now_ms()).await?;
    }
    Ok(until == height)
}

fn delivery(happened: Happened) -> NewDelivery {
    let Happened { kind, evidence, data } = happened;
    let timestamp = iso(evidence.time_ms);
    let data = EventData { evidence: Some(evidence), ..data };
    write(kind.word(), timestamp, data)
}

fn write(event: &'static str, timestamp: String, data: EventData) -> NewDelivery {
    let body = WebhookEvent { r#type: event.to_owned(), timestamp, data };
    // Texts and numbers always have a JSON form.
    NewDelivery { id: Uuid::now_v7(), event, body: serde_json::to_vec(&body).unwrap_or_default() }
}

/// Sends a test to an endpoint. Returns its id.
///
/// # Errors
/// 409 for an endpoint that is switched off or has too much waiting; 503.
pub async fn test(state: &AppState, row: &WebhookRow) -> ApiResult<Uuid> {
    must_take(state, row).await?;
    let now_ms = crate::clock::now_ms();
    let delivery = write(TEST, iso(now_ms), EventData::default());
    let id = delivery.id;
    state.store.deliver_one(row.id, delivery, now_ms).await?;
    Ok(id)
}

/// Does an endpoint take something more?
///
/// # Errors
/// 409; 503.
pub async fn must_take(state: &AppState, row: &WebhookRow) -> ApiResult<()> {
    if row.off.is_some() {
        return Err(ApiError::new(StatusCode::CONFLICT, "webhook_disabled", "the endpoint is switched off")
            .detail("enable it first; its `off_because` says why it is off"));
    }
    if state.store.deliveries_waiting(Outbox::Events, row.id).await? >= WAITING_MAX {
        return Err(ApiError::new(StatusCode::CONFLICT, "too_many_deliveries", "too much waits for the endpoint")
            .detail(format!("{WAITING_MAX} deliveries wait; look at its log for what goes wrong")));
    }
    Ok(())
}

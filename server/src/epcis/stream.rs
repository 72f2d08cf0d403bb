//! Subscriptions by WebSocket: each message is an EPCISQueryDocument with what the query newly found.
//!
//! The client only listens; what it sends is read for pings and the close and otherwise dropped. A client that does not take a
//! message in time is cut off: it connects again with `initialRecordTime`. At most [`STREAMS_MAX`] are open at once, and who
//! asked is looked up again every half minute, so that a person who has left hears no more.

use super::address::Pairs;
use super::answer;
use super::ask::Ask;
use super::caller::{Caller, Sight};
use super::headers::Written;
use super::jobs::one;
use super::problem::{EpcisError, EpcisResult};
use super::reports::{Told, beginning, news};
use super::schedule::Schedule;
use super::subscriptions::{controls, record_time, standing};
use crate::app::AppState;
use crate::store::QueryRow;
use axum::body::Bytes;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use futures::{SinkExt as _, StreamExt as _};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tracelight_epcis::error::ExceptionKind;

/// Streams of this server at once.
pub const STREAMS_MAX: usize = 64;
/// Bytes of a message from a client.
const MESSAGE_BYTES_MAX: usize = 4 * 1024;
/// Pause between two looks.
const LOOK: Duration = Duration::from_millis(500);
/// Looks between two pings, at which the person is looked up again.
const LOOKS_PER_PING: u32 = 60;
/// How long a client may take for a message.
const SEND: Duration = Duration::from_secs(10);

static STREAMS: std::sync::LazyLock<Arc<Semaphore>> =
    std::sync::LazyLock::new(|| Arc::new(Semaphore::new(STREAMS_MAX)));

/// What a stream needs.
struct Listening {
    state: AppState,
    caller: Caller,
    sight: Sight,
    query: QueryRow,
    ask: Ask,
    written: Written,
    schedule: Option<Schedule>,
    report_if_empty: bool,
    from_ms: Option<u64>,
    told: Told,
    _permit: OwnedSemaphorePermit,
}

/// Opens a stream.
///
/// # Errors
/// SubscriptionControlsException; ImplementationException when too many are open.
pub async fn open(
    state: AppState,
    caller: Caller,
    query: QueryRow,
    pairs: &Pairs,
    written: Written,
    upgrade: WebSocketUpgrade,
) -> EpcisResult<Response> {
    let ask = standing(&query.name, &query.body)?;
    let fields: Pairs = pairs.iter().filter(|(name, _)| Schedule::is_field(name)).cloned().collect();
    let at_once = one(pairs, "stream") == Some("true");
    if at_once != fields.is_empty() {
        return Err(controls("a stream has either `stream=true` or the fields of a schedule"));
    }
    let schedule = if at_once { None } else { Some(Schedule::new(&fields).map_err(controls)?) };
    let from_ms = one(pairs, "initialRecordTime").map(record_time).transpose()?;
    let permit = Arc::clone(&STREAMS).try_acquire_owned().map_err(|_| {
        EpcisError::new(ExceptionKind::Implementation, format!("{STREAMS_MAX} streams are open; subscribe by webhook"))
    })?;
    let sight = caller.sight();
    let told = beginning(&state, sight, from_ms).await?;
    let report_if_empty = one(pairs, "reportIfEmpty") == Some("true");
    let listening = Listening {
        state,
        caller,
        sight,
        query,
        ask,
        written,
        schedule,
        report_if_empty,
        from_ms,
        told,
        _permit: permit,
    };
    let upgrade = upgrade.max_message_size(MESSAGE_BYTES_MAX).max_frame_size(MESSAGE_BYTES_MAX);
    Ok(upgrade.on_upgrade(move |socket| listening.serve(socket)))
}

impl Listening {
    async fn serve(mut self, socket: WebSocket) {
        let (mut sink, mut source) = socket.split();
        let mut due_ms = self.next_due(crate::clock::now_ms());
        let mut looks = 0_u32;
        let mut ticks = tokio::time::interval(LOOK);
        loop {
            tokio::select! {
                received = source.next() => match received {
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                    Some(Ok(_)) => continue,
                },
                _ = ticks.tick() => {},
            }
            looks = looks.wrapping_add(1);
            let mut messages = Vec::new();
            if looks.is_multiple_of(LOOKS_PER_PING) {
                if !self.caller.still(&self.state).await {
                    return;
                }
                messages.push(Message::Ping(Bytes::new()));
            }
            let now_ms = crate::clock::now_ms();
            if now_ms >= due_ms {
                match self.report(now_ms).await {
                    Ok((report, whole)) => {
                        messages.extend(report.map(|text| Message::Text(text.into())));
                        due_ms = if whole { self.next_due(now_ms) } else { now_ms };
                    }
                    Err(error) => tracing::warn!("A stream looks again later: {}", error.detail()),
                }
            }
            for message in messages {
                match tokio::time::timeout(SEND, sink.send(message)).await {
                    Ok(Ok(())) => {}
                    _ => return,
                }
            }
        }
    }

    fn next_due(&self, now_ms: u64) -> u64 {
        self.schedule.as_ref().map_or(now_ms, |schedule| schedule.after(now_ms).unwrap_or(u64::MAX))
    }

    async fn report(&mut self, now_ms: u64) -> EpcisResult<(Option<String>, bool)> {
        let (events, told, whole) = news(&self.state, self.sight, &self.ask, self.told, self.from_ms).await?;
        let document = if events.is_empty() && !(self.report_if_empty && self.schedule.is_some()) {
            None
        } else {
            Some(answer::document(events, &self.query.name, None, self.written, now_ms)?)
        };
        self.told = told;
        Ok((document, whole))
    }
}

//! Readings of a terminal, in order. Each goes to the intake as if it had been published, and the call is answered when each
//! has its answer: after the sync.

use super::access::At;
use super::state::View;
use super::{Failure, READINGS_BYTES_MAX, READINGS_MAX, Terminals, body_of};
use crate::intake::{Arrival, Source};
use crate::mode::Mode;
use axum::Json;
use axum::extract::{Path, Request, State};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::timeout;
use tracelight_api::line::{Ack, Reading};

/// For an answer of the intake. A disk that needs longer is ill; the terminal keeps its readings and sends them again.
const ANSWER_MAX: Duration = Duration::from_secs(10);

/// The call.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Call {
    readings: Vec<Reading>,
}

/// Its answer.
#[derive(Serialize)]
pub(super) struct Taken {
    /// One for each reading, in order.
    acks: Vec<Ack>,
    /// The line after them.
    view: View,
}

/// Takes readings.
pub(super) async fn take(
    State(terminals): State<Terminals>,
    at: Path<At>,
    request: Request,
) -> Result<Json<Taken>, Failure> {
    let place = terminals.place(at);
    // Nobody's bytes are read before the token was.
    let _permit = terminals.admit_sender(request.headers(), &place)?;
    let Call { readings } = parsed(&body_of(request, READINGS_BYTES_MAX).await?)?;
    if readings.len() > READINGS_MAX {
        let detail = format!("{} readings, at most {READINGS_MAX} go into one call", readings.len());
        return Err(Failure::new(413, "too_many_readings", "too many readings").with(detail));
    }
    if terminals.mode.borrow().mode == Mode::Draining {
        return Err(away());
    }
    let topic = place.topic("evt");
    let acks = timeout(ANSWER_MAX, answers(&terminals, &topic, readings)).await.map_err(|_| away())??;
    Ok(Json(Taken { acks, view: View::of(&terminals, &place)? }))
}

async fn answers(terminals: &Terminals, topic: &str, readings: Vec<Reading>) -> Result<Vec<Ack>, Failure> {
    let mut waiting = Vec::with_capacity(readings.len());
    for reading in readings {
        let payload = serde_json::to_vec(&reading).map_err(|_| away())?;
        let (reply, answer) = oneshot::channel();
        let arrival = Arrival { topic: topic.to_owned(), payload, source: Source::Terminal(reply) };
        // A full queue makes the call wait; its time is bounded.
        terminals.intake.send(arrival).await.map_err(|_| away())?;
        waiting.push(answer);
    }
    let mut acks = Vec::with_capacity(waiting.len());
    for answer in waiting {
        acks.push(answer.await.map_err(|_| away())?);
    }
    Ok(acks)
}

/// Nothing was promised: the terminal sends all of them again, and learns of each what became of it.
fn away() -> Failure {
    Failure::new(503, "intake_away", "the gateway takes no readings at the moment; send them again")
}

fn parsed(bytes: &[u8]) -> Result<Call, Failure> {
    serde_json::from_slice(bytes)
        .map_err(|why| Failure::new(400, "malformed", "these are no readings").with(why.to_string()))
}

//! What a terminal shows of its line, and waiting for it to change.
//!
//! A call names the tag of what it has seen and is answered when there is something else, or after [`WATCH_MAX`]. The page asks
//! again at once: so it notices within that time, and within the time of its own call, that the gateway is gone.

use super::access::{At, Me};
use super::{Failure, Terminals};
use crate::core::{LineView, Synced};
use crate::intake::now_ms;
use crate::mode::{Mode, Since};
use crate::sequence::Held;
use crate::topic::Place;
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// Longest wait for something new.
pub const WATCH_MAX: Duration = Duration::from_secs(15);

/// The line, as its terminal shows it: as of the last sync.
#[derive(Debug, Serialize)]
pub struct View {
    /// Another one whenever anything below it but the time is.
    pub tag: String,
    /// Gateway clock, milliseconds since 1970: ages are counted from it.
    pub time_ms: u64,
    /// Drawn anew each time the gateway opens its disk: `at` counts anew then.
    pub run: String,
    /// Grows with each change of line and numbers: of two views of a run, the one with the greater is newer.
    pub at: u64,
    /// Version of the page that fits this gateway.
    pub page: &'static str,
    /// Which terminal it is.
    pub me: Me,
    /// What the gateway is doing.
    pub mode: Mode,
    /// Since when, milliseconds since 1970.
    pub mode_since_ms: u64,
    /// The line.
    pub line: LineView,
    /// Which of its readings the gateway holds.
    pub held: Vec<Held>,
}

impl View {
    /// As it is now.
    ///
    /// # Errors
    /// No such terminal.
    pub(super) fn of(terminals: &Terminals, place: &Place) -> Result<Self, Failure> {
        let shown = terminals.shown.get(place).ok_or_else(|| Failure::no_terminal(place))?;
        let Synced { at, line, held } = (**shown.borrow()).clone();
        let Since { mode, since_ms } = *terminals.mode.borrow();
        let run = terminals.run.clone();
        let tag = format!("{run}-{at}-{mode:?}-{since_ms}");
        let (page, me) = (super::page::version(), Me::from(place));
        Ok(Self { tag, time_ms: now_ms(), run, at, page, me, mode, mode_since_ms: since_ms, line, held })
    }
}

/// What the caller has seen.
#[derive(Deserialize)]
pub(super) struct Seen {
    #[serde(default)]
    seen: String,
}

/// The state, when it is another than the one that was seen.
pub(super) async fn state(
    State(terminals): State<Terminals>,
    at: Path<At>,
    query: Query<Seen>,
    headers: HeaderMap,
) -> Result<Json<View>, Failure> {
    let place = terminals.place(at);
    terminals.admit(&headers, &place)?;
    let until = Instant::now() + WATCH_MAX;
    // Their own places in what changes: a change between two looks is not missed.
    let mut shown = terminals.shown.get(&place).ok_or_else(|| Failure::no_terminal(&place))?.clone();
    let mut mode = terminals.mode.clone();
    loop {
        shown.mark_unchanged();
        mode.mark_unchanged();
        let view = View::of(&terminals, &place)?;
        if view.tag != query.seen || Instant::now() >= until {
            return Ok(Json(view));
        }
        // A core or a gateway that is gone ends the wait, too: the terminal asks the next one.
        let gone = tokio::select! {
            changed = shown.changed() => changed.is_err(),
            changed = mode.changed() => changed.is_err(),
            () = sleep_until(until) => false,
        };
        if gone {
            return Ok(Json(view));
        }
    }
}

//! What a subscription's next report holds: the events that a stored query newly finds.
//!
//! ```text
//! place   "entries.height.ms": entries of the log and height of the ledger that were reported, and the time of that block
//! due     at once (`stream`): a look a second     schedule: its next moment
//! ```
//! Report, place and next time are written in one transaction: a report is neither lost nor made twice. A subscriber that
//! does not take its reports keeps at most [`WAITING_MAX`]; until then its place stays, and nothing is lost.

use super::answer;
use super::ask::Ask;
use super::caller::Sight;
use super::headers::{EpcFormat, Written};
use super::problem::EpcisResult;
use super::schedule::Schedule;
use super::search::{SCAN_MAX, events_of, master_data, now};
use crate::app::AppState;
use crate::store::{EVENTS_PER_QUERY, Outbox, SubscriptionRow};
use std::collections::BTreeSet;
use tracelight_epcis::Event;
use tracelight_epcis::document::Format;
use tracelight_epcis::ledger::read_back;
use tracelight_epcis::query::MasterData;

/// Events of one report.
const EVENTS_MAX: usize = 500;
/// Reports that wait for one subscriber.
const WAITING_MAX: u64 = 50;
/// Pause between two looks for a subscription that reports at once.
const LOOK_MS: u64 = 1_000;
/// Pause when something does not answer, or a subscriber has too many reports.
const TROUBLE_MS: u64 = 30_000;
/// Subscriptions of one turn.
const TURN_MAX: u64 = 32;

/// How far somebody has been told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// Entries of the log.
    pub entries: u64,
    /// Height of the ledger.
    pub height: u64,
}

impl Told {
    /// As a subscription keeps it.
    #[must_use]
    pub fn text(self) -> String {
        format!("{}.{}", self.entries, self.height)
    }

    /// Back.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (entries, height) = text.split_once('.')?;
        Some(Self { entries: entries.parse().ok()?, height: height.parse().ok()? })
    }
}

/// Where a new subscriber begins: now, or at the beginning when a time was said.
///
/// # Errors
/// When the database does not answer.
pub async fn beginning(state: &AppState, sight: Sight, from_ms: Option<u64>) -> EpcisResult<Told> {
    if from_ms.is_some() {
        return Ok(Told { entries: 0, height: 0 });
    }
    let now = now(state, sight).await?;
    Ok(Told { entries: now.entries, height: now.height })
}

/// Makes the reports that are due.
pub async fn turn(state: &AppState) {
    let now_ms = crate::clock::now_ms();
    let due = match state.store.epcis_due(now_ms, TURN_MAX).await {
        Ok(due) => due,
        Err(error) => {
            tracing::warn!(cause = %error, "Subscriptions wait for the database: {error}");
            return;
        }
    };
    for row in due {
        if let Err(error) = one(state, &row, now_ms).await {
            tracing::warn!(subscription.id = %row.id, "Subscription {} is looked at later: {}", row.id, error.detail());
            let later =
                state.store.epcis_report(row.id, row.due_ms, row.place.as_deref(), now_ms + TROUBLE_MS, None, now_ms);
            if let Err(error) = later.await {
                tracing::warn!(cause = %error, "Subscriptions wait for the database: {error}");
            }
        }
    }
}

async fn one(state: &AppState, row: &SubscriptionRow, now_ms: u64) -> EpcisResult<()> {
    let sight = Sight { member: row.member, regulator: row.regulator };
    if state.store.deliveries_waiting(Outbox::Reports, row.id).await? >= WAITING_MAX {
        state.store.epcis_report(row.id, row.due_ms, row.place.as_deref(), now_ms + TROUBLE_MS, None, now_ms).await?;
        return Ok(());
    }
    let Some(query) = state.store.epcis_query(row.member, &row.query).await? else { return Ok(()) };
    let ask = Ask::stored(&query.name, &query.body, &Vec::new())?;
    let told = row.place.as_deref().and_then(Told::parse).unwrap_or(Told { entries: 0, height: 0 });
    let (events, told, whole) = news(state, sight, &ask, told, row.from_ms).await?;
    let report = if events.is_empty() && !row.report_if_empty {
        None
    } else {
        let written = Written { format: Format::Json, epcs: EpcFormat::AsCaptured };
        Some(answer::document(events, &query.name, Some(&row.id.to_string()), written, now_ms)?)
    };
    let due_ms = match &row.schedule {
        // The rest of a long report follows at once.
        _ if !whole => now_ms,
        None => now_ms + LOOK_MS,
        Some(text) => {
            Schedule::parse(text).ok().and_then(|schedule| schedule.after(now_ms)).unwrap_or(now_ms + TROUBLE_MS)
        }
    };
    let body = report.as_deref().map(str::as_bytes);
    state.store.epcis_report(row.id, row.due_ms, Some(&told.text()), due_ms, body, now_ms).await?;
    Ok(())
}

/// The events that a question newly finds, how far that goes, and whether it is all of it.
///
/// # Errors
/// When the database does not answer.
pub async fn news(
    state: &AppState,
    sight: Sight,
    ask: &Ask,
    told: Told,
    from_ms: Option<u64>,
) -> EpcisResult<(Vec<Event>, Told, bool)> {
    let snapshot = now(state, sight).await?;
    let facts = if ask.needs_master { master_data(state, sight).await? } else { MasterData::default() };
    let wanted = |event: &Event| {
        let recorded = event.record_time.map_or(0, |time| time.unix_nanos().div_euclid(1_000_000));
        from_ms.is_none_or(|from| recorded >= i128::from(from)) && ask.query.admits(event, &facts)
    };
    let (mut events, mut told, mut scanned) = (Vec::new(), told, 0);
    while told.entries < snapshot.entries {
        let rows = state.store.epcis_events(sight.member, told.entries, snapshot.entries, &ask.narrow).await?;
        let more = rows.len() as u64 == EVENTS_PER_QUERY;
        for (entry, event) in events_of(rows).await? {
            told.entries = entry + 1;
            scanned += 1;
            if wanted(&event) {
                events.push(event);
            }
            if events.len() == EVENTS_MAX || scanned == SCAN_MAX {
                return Ok((events, told, false));
            }
        }
        if !more {
            told.entries = snapshot.entries;
        }
    }
    // Histories are read whole, so that a correction finds what it corrects; only what is new of them is told.
    let (keys, height) = state.store.epcis_touched(sight.scope(), told.height, snapshot.height).await?;
    for chunk in keys.chunks(16) {
        for (object, history) in state.store.epcis_histories(sight.scope(), &[], height, Some(chunk)).await? {
            let new: BTreeSet<i128> =
                history.iter().filter(|line| line.height > told.height).map(|line| i128::from(line.time_ms)).collect();
            let is_new = |event: &Event| {
                event.record_time.is_some_and(|time| new.contains(&time.unix_nanos().div_euclid(1_000_000)))
            };
            events.extend(read_back(&object, &history).into_iter().filter(|event| is_new(event) && wanted(event)));
        }
    }
    told.height = told.height.max(height);
    Ok((events, told, told.height >= snapshot.height))
}

//! Finding the events of a question: first the member's captured events in the order of their entries, then the histories of
//! the ledger object by object.
//!
//! Without an order, a page goes on where the last one ended and costs what it looks at. With an order or a limit, all of the
//! answer is found first. Either way at most [`SCAN_MAX`] events are looked at for one answer: a page ends there and the next
//! one goes on; an answer in an order is QueryTooLargeException.

use super::ask::{Ask, too_large};
use super::caller::Sight;
use super::prepare::parse;
use super::problem::EpcisResult;
use super::token::{Place, Snapshot, Token};
use crate::app::AppState;
use crate::http::ApiError;
use crate::store::{EVENTS_PER_QUERY, EventRow, StoreError};
use axum::http::StatusCode;
use std::ops::ControlFlow;
use tracelight_domain::state::ObjectId;
use tracelight_epcis::Event;
use tracelight_epcis::document::{Format, read};
use tracelight_epcis::ledger::read_back;
use tracelight_epcis::limits::{Limits, Policy};
use tracelight_epcis::query::MasterData;
use tracelight_proof::codec::Canonical as _;

/// Events that are looked at for one answer: about two seconds of one core at worst.
pub const SCAN_MAX: usize = 20_000;

/// A page.
#[derive(Debug)]
pub struct Found {
    /// Its events.
    pub events: Vec<Event>,
    /// Where the next one begins, if there is one.
    pub next: Option<Token>,
}

/// Finds a page.
///
/// # Errors
/// QueryTooLargeException; when the database does not answer.
pub async fn search(state: &AppState, sight: Sight, ask: &Ask) -> EpcisResult<Found> {
    let (snapshot, place) = match &ask.token {
        Some(token) => (token.snapshot, token.place.clone()),
        None => (now(state, sight).await?, Place::Captured(0)),
    };
    let facts = if ask.needs_master { master_data(state, sight).await? } else { MasterData::default() };
    let mut scan = Scan { state, sight, ask, facts, snapshot, scanned: 0, matched: Vec::new(), stopped: None };
    let place = if ask.whole { Place::Captured(0) } else { place };
    scan.run(place).await?;
    if ask.whole { scan.in_order() } else { Ok(scan.page()) }
}

/// What there is to see now.
///
/// # Errors
/// When the database does not answer.
pub async fn now(state: &AppState, sight: Sight) -> EpcisResult<Snapshot> {
    let entries = state.store.epcis_size(sight.member).await?;
    let height = state.store.marker().await?.map_or(0, |marker| marker.position.height);
    Ok(Snapshot { entries, height })
}

/// The master data that a member captured.
///
/// # Errors
/// When the database does not answer.
pub async fn master_data(state: &AppState, sight: Sight) -> EpcisResult<MasterData> {
    let mut data = MasterData::default();
    for body in state.store.epcis_master(sight.member).await? {
        let corrupt = |error: tracelight_epcis::Exception| StoreError::Corrupt {
            table: "epcis_master",
            column: "body",
            why: error.to_string(),
        };
        let limits = Limits { bytes_max: 64 * 1024 * 1024, ..Limits::default() };
        let capture = read(&body, Format::Json, &limits, Policy::default()).map_err(corrupt)?;
        data.add(&capture.document.header);
    }
    Ok(data)
}

/// Rows as events, on a thread for it.
///
/// # Errors
/// When a row is damaged.
pub async fn events_of(rows: Vec<EventRow>) -> EpcisResult<Vec<(u64, Event)>> {
    let read = move || -> Result<Vec<(u64, Event)>, StoreError> {
        rows.iter().map(|row| Ok((u64::try_from(row.seq).unwrap_or(0), parse(&row.body)?))).collect()
    };
    let ended = |error: tokio::task::JoinError| {
        ApiError::fault(StatusCode::INTERNAL_SERVER_ERROR, "fault", "reading ended", &error)
    };
    Ok(tokio::task::spawn_blocking(read).await.map_err(ended)??)
}

struct Scan<'s> {
    state: &'s AppState,
    sight: Sight,
    ask: &'s Ask,
    facts: MasterData,
    snapshot: Snapshot,
    scanned: usize,
    matched: Vec<Event>,
    stopped: Option<Place>,
}

impl Scan<'_> {
    async fn run(&mut self, place: Place) -> EpcisResult<()> {
        let (key, skip) = match place {
            Place::Ledger { key, skip } => (key, skip),
            Place::Captured(entry) => {
                if self.captured(entry).await?.is_break() {
                    return Ok(());
                }
                (Vec::new(), 0)
            }
            Place::Ordered => (Vec::new(), 0),
        };
        self.ledger(key, skip).await
    }

    async fn captured(&mut self, from: u64) -> EpcisResult<ControlFlow<()>> {
        let mut from = from;
        loop {
            let (store, narrow) = (&self.state.store, &self.ask.narrow);
            let rows = store.epcis_events(self.sight.member, from, self.snapshot.entries, narrow).await?;
            let more = rows.len() as u64 == EVENTS_PER_QUERY;
            for (entry, event) in events_of(rows).await? {
                if self.offer(|| Place::Captured(entry), event)?.is_break() {
                    return Ok(ControlFlow::Break(()));
                }
                from = entry + 1;
            }
            if !more {
                return Ok(ControlFlow::Continue(()));
            }
        }
    }

    async fn ledger(&mut self, key: Vec<u8>, skip: usize) -> EpcisResult<()> {
        let only = self.only().await?;
        let (mut from, mut skip) = (key, skip);
        loop {
            let (scope, height) = (self.sight.scope(), self.snapshot.height);
            let objects = self.state.store.epcis_histories(scope, &from, height, only.as_deref()).await?;
            if objects.is_empty() {
                return Ok(());
            }
            for (object, history) in objects {
                let key = object.to_bytes();
                let done = if key == from { skip } else { 0 };
                for (index, event) in read_back(&object, &history).into_iter().enumerate().skip(done) {
                    if self.offer(|| Place::Ledger { key: key.clone(), skip: index }, event)?.is_break() {
                        return Ok(());
                    }
                }
                // The smallest key behind it.
                from = [key.as_slice(), &[0]].concat();
                skip = 0;
            }
        }
    }

    /// Keys of the objects that the question names. A pallet also stands in the histories of its cases.
    async fn only(&self) -> EpcisResult<Option<Vec<Vec<u8>>>> {
        let Some(objects) = &self.ask.objects else { return Ok(None) };
        let mut keys: Vec<Vec<u8>> = objects.iter().map(|object| object.to_bytes()).collect();
        for object in objects {
            if let ObjectId::Logistic(pallet) = object {
                keys.extend(self.state.store.epcis_inside(*pallet).await?);
            }
        }
        keys.sort_unstable();
        keys.dedup();
        Ok(Some(keys))
    }

    fn offer(&mut self, place: impl FnOnce() -> Place, event: Event) -> EpcisResult<ControlFlow<()>> {
        if self.scanned == SCAN_MAX {
            if self.ask.whole {
                return Err(too_large(SCAN_MAX));
            }
            self.stopped = Some(place());
            return Ok(ControlFlow::Break(()));
        }
        self.scanned += 1;
        if !self.ask.query.admits(&event, &self.facts) {
            return Ok(ControlFlow::Continue(()));
        }
        if !self.ask.whole && self.matched.len() == self.ask.query.page.per_page {
            self.stopped = Some(place());
            return Ok(ControlFlow::Break(()));
        }
        self.matched.push(event);
        Ok(ControlFlow::Continue(()))
    }

    fn page(self) -> Found {
        let before = self.ask.token.as_ref().map_or(0, |token| token.page.after);
        let page = self.ask.page(before + self.matched.len() as u64);
        let next = self.stopped.map(|place| Token { page, snapshot: self.snapshot, place });
        Found { events: self.matched, next }
    }

    fn in_order(self) -> EpcisResult<Found> {
        let before = self.ask.token.as_ref().map_or(0, |token| token.page.after);
        let all = self.ask.query.select(&self.matched, &self.facts)?;
        let skip = usize::try_from(before).unwrap_or(usize::MAX);
        let events: Vec<Event> =
            all.iter().skip(skip).take(self.ask.query.page.per_page).map(|event| (*event).clone()).collect();
        let after = before + events.len() as u64;
        let more = after < all.len() as u64 && !events.is_empty();
        let next = more.then(|| Token { page: self.ask.page(after), snapshot: self.snapshot, place: Place::Ordered });
        Ok(Found { events, next })
    }
}

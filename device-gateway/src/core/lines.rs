//! From which record on a line is not final yet. A span is an order from the reading that opened it until nothing on disk
//! is needed of it any more: it is closed, released where it has to be, every deed of it is done, the line waits for nothing
//! of it, and no later span was played with packs of it.

use super::view::{RECENT_MAX, Recent};
use crate::line::{Deed, Done, Line, Report};
use crate::progress::CLOSED_MAX;
use crate::topic::LineKey;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use tracelight_api::line::LineOp;
use tracelight_domain::ids::BatchId;

#[derive(Debug)]
struct Span {
    batch: BatchId,
    opened: u64,
    /// The line still works on it, or waits for something of it.
    live: bool,
    readings: u64,
    deeds: BTreeSet<u64>,
    /// Earlier orders of which packs were in this one: to play this one those have to be played.
    needs: BTreeSet<BatchId>,
}

/// The orders of a line that are not final, oldest first.
#[derive(Debug, Default)]
pub(super) struct Spans {
    spans: VecDeque<Span>,
    /// Record that opened the last order that became final.
    ended: Option<u64>,
}

/// What lines have left behind, kept in one place for a new reading and one that is played from disk.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) spans: BTreeMap<LineKey, Spans>,
    /// What the chain has to be told, by the id of the record that caused it.
    pub(super) deeds: BTreeMap<u64, Pending>,
    /// The last readings of each line, newest first.
    pub(super) recent: BTreeMap<LineKey, VecDeque<Recent>>,
    /// Batches closed here, oldest first.
    pub(super) closed: VecDeque<BatchId>,
    /// Of closed orders, to be written to disk.
    pub(super) reports: Vec<Report>,
}

/// A deed that is not done.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) line: LineKey,
    pub(super) deed: Arc<Deed>,
    /// When the reading came that made it due, milliseconds since 1970.
    pub(super) since_ms: u64,
}

/// One step that was carried out.
pub(super) struct Step<'a> {
    pub(super) id: u64,
    pub(super) received_ms: u64,
    pub(super) key: LineKey,
    pub(super) op: &'a LineOp,
    /// The line after it.
    pub(super) line: &'a Line,
    /// The order that it belongs to.
    pub(super) batch: Option<BatchId>,
    pub(super) done: Done,
}

impl Spans {
    pub(super) fn floor(&self) -> Option<u64> {
        self.spans.front().map(|span| span.opened)
    }

    pub(super) fn readings(&self) -> u64 {
        self.spans.iter().map(|span| span.readings).sum()
    }

    /// Deeds that are not done, by the record that caused each; those of an order oldest first.
    fn deeds(&self) -> impl Iterator<Item = &BTreeSet<u64>> {
        self.spans.iter().map(|span| &span.deeds)
    }

    /// Has an order become final that was opened at or after this record?
    pub(super) fn ended_after(&self, record: u64) -> bool {
        self.ended.is_some_and(|opened| opened >= record)
    }

    pub(super) fn done(&mut self, record: u64) {
        for span in &mut self.spans {
            span.deeds.remove(&record);
        }
        self.forget();
    }

    /// Forgets what is over, oldest first.
    fn forget(&mut self) {
        while let Some(front) = self.spans.front() {
            let needed = self.spans.iter().skip(1).any(|later| later.needs.contains(&front.batch));
            if front.live || needed || !front.deeds.is_empty() {
                return;
            }
            self.ended = self.spans.pop_front().map(|span| span.opened);
        }
    }
}

/// The order that a step belongs to, seen from the line before it.
pub(super) fn order_of(line: &Line, op: &LineOp) -> Option<BatchId> {
    match op {
        LineOp::OpenBatch { gtin, lot, .. } | LineOp::ReleaseBatch { gtin, lot } => {
            crate::line::batch_id(gtin, lot).ok()
        }
        _ => line.batch().cloned(),
    }
}

impl Ledger {
    /// Remembers a reading for displays.
    pub(super) fn remember(&mut self, line: &LineKey, reading: Recent) {
        let recent = self.recent.entry(line.clone()).or_default();
        recent.push_front(reading);
        recent.truncate(RECENT_MAX);
    }

    /// How many deeds of a line are not done, and when the oldest became due. Costs a step for each order that is not final.
    pub(super) fn waiting(&self, line: &LineKey) -> (u64, Option<u64>) {
        let Some(spans) = self.spans.get(line) else { return (0, None) };
        let count = spans.deeds().map(BTreeSet::len).sum::<usize>() as u64;
        let oldest = spans.deeds().filter_map(BTreeSet::first).min();
        (count, oldest.and_then(|record| self.deeds.get(record)).map(|pending| pending.since_ms))
    }

    /// Counts a step.
    pub(super) fn account(&mut self, step: Step<'_>) {
        let spans = self.spans.entry(step.key.clone()).or_default();
        if let (LineOp::OpenBatch { .. }, Some(batch)) = (step.op, &step.batch) {
            spans.spans.push_back(Span {
                batch: batch.clone(),
                opened: step.id,
                live: true,
                readings: 0,
                deeds: BTreeSet::new(),
                needs: BTreeSet::new(),
            });
        }
        let of_step = spans.spans.iter_mut().rev().find(|span| Some(&span.batch) == step.batch.as_ref());
        if let Some(span) = of_step {
            span.readings += 1;
            if step.line.batch() == Some(&span.batch) {
                span.needs.extend(step.line.guests().cloned());
            }
            for (record, deed) in step.done.deeds {
                span.deeds.insert(record);
                let pending = Pending { line: step.key.clone(), deed: Arc::new(deed), since_ms: step.received_ms };
                self.deeds.insert(record, pending);
            }
        }
        for span in &mut spans.spans {
            span.live = step.line.needs(&span.batch);
        }
        spans.forget();
        self.reports.extend(step.done.report);
        if let Some(batch) = step.done.ended
            && !self.closed.contains(&batch)
        {
            self.closed.push_back(batch);
            if self.closed.len() > CLOSED_MAX {
                self.closed.pop_front();
            }
        }
    }
}

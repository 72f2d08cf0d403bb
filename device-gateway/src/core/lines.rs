//! From which record on a line is not final yet. A span is a batch from the reading that opened it to the one that closed
//! it; it is over when it is closed and every deed in it is done.

use crate::line::Deed;
use crate::progress::CLOSED_MAX;
use crate::topic::LineKey;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use tracelight_api::line::LineOp;
use tracelight_domain::ids::BatchId;

#[derive(Debug)]
struct Span {
    opened: u64,
    closed: bool,
    readings: u64,
    deeds: BTreeSet<u64>,
}

/// The batches of a line that are not final, oldest first.
#[derive(Debug, Default)]
pub(super) struct Spans {
    spans: VecDeque<Span>,
    /// Record that opened the last batch that became final.
    ended: Option<u64>,
}

/// One step that was carried out.
pub(super) struct Step<'a> {
    pub(super) id: u64,
    pub(super) key: LineKey,
    pub(super) op: &'a LineOp,
    pub(super) deed: Option<Deed>,
    /// The batch, when this step closed it.
    pub(super) closing: Option<BatchId>,
}

impl Spans {
    pub(super) fn floor(&self) -> Option<u64> {
        self.spans.front().map(|span| span.opened)
    }

    pub(super) fn readings(&self) -> u64 {
        self.spans.iter().map(|span| span.readings).sum()
    }

    /// Has a batch become final that was opened at or after this record?
    pub(super) fn ended_after(&self, record: u64) -> bool {
        self.ended.is_some_and(|opened| opened >= record)
    }

    pub(super) fn done(&mut self, record: u64) {
        for span in &mut self.spans {
            span.deeds.remove(&record);
        }
        while self.spans.front().is_some_and(|span| span.closed && span.deeds.is_empty()) {
            self.ended = self.spans.pop_front().map(|span| span.opened);
        }
    }
}

/// Counts a step. The same for a new reading and for one that is played from disk.
pub(super) fn account(
    spans: &mut BTreeMap<LineKey, Spans>,
    deeds: &mut BTreeMap<u64, (LineKey, Arc<Deed>)>,
    closed: &mut VecDeque<BatchId>,
    step: Step<'_>,
) {
    let line = spans.entry(step.key.clone()).or_default();
    if matches!(step.op, LineOp::OpenBatch { .. }) {
        line.spans.push_back(Span { opened: step.id, closed: false, readings: 0, deeds: BTreeSet::new() });
    }
    if let Some(span) = line.spans.back_mut() {
        span.readings += 1;
        span.closed = step.closing.is_some();
        if let Some(deed) = step.deed {
            span.deeds.insert(step.id);
            deeds.insert(step.id, (step.key, Arc::new(deed)));
        }
    }
    if let Some(batch) = step.closing
        && !closed.contains(&batch)
    {
        closed.push_back(batch);
        if closed.len() > CLOSED_MAX {
            closed.pop_front();
        }
    }
}

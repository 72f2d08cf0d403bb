//! What a display of one line shows: its state, what is in what is open, what was read last, and what waits for the chain.

use super::Core;
use crate::line::{Inside, Line};
use crate::reading;
use crate::topic::{LineKey, Place};
use serde::Serialize;
use tracelight_api::line::{LineOp, LineReason, LineState};

/// Readings of a line that are remembered for displays: 12 of 300 B.
pub const RECENT_MAX: usize = 12;
/// Things of each level that are named: as many as somebody takes out again one by one.
const INSIDE_MAX: usize = 24;

/// A reading, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Recent {
    /// Device that sent it.
    pub device: String,
    /// `kind` of what it said.
    pub kind: &'static str,
    /// The code it was about, cut to 80 characters; empty when it was about none.
    pub raw: String,
    /// Why it does not count.
    pub reason: Option<LineReason>,
    /// When the gateway took it, milliseconds since 1970.
    pub received_ms: u64,
}

/// A line, as a display shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LineView {
    /// Order and counts.
    pub state: LineState,
    /// What was put last into what is open.
    pub inside: Inside,
    /// The last readings, newest first.
    pub recent: Vec<Recent>,
    /// Deeds of this line that are not final, or whose list is not with the server.
    pub deeds_waiting: u64,
    /// When the oldest of them became due, milliseconds since 1970.
    pub oldest_deed_ms: Option<u64>,
}

impl Recent {
    pub(super) fn of(place: &Place, op: &LineOp, reason: Option<LineReason>, received_ms: u64) -> Self {
        let (kind, raw) = told(op);
        Self { device: place.device.clone(), kind, raw: reading::shown(raw), reason, received_ms }
    }
}

/// The `kind` of what happened, and the code that it happened to.
fn told(op: &LineOp) -> (&'static str, &str) {
    match op {
        LineOp::OpenBatch { lot, .. } => ("open_batch", lot),
        LineOp::Print { raw } => ("print", raw),
        LineOp::Verify { raw, .. } => ("verify", raw),
        LineOp::Commission { raw } => ("commission", raw),
        LineOp::Reject { raw, .. } => ("reject", raw),
        LineOp::Sample { raw, .. } => ("sample", raw),
        LineOp::Invalidate { raw, .. } => ("invalidate", raw),
        LineOp::Replace { new, .. } => ("replace", new),
        LineOp::Pack { raw } => ("pack", raw),
        LineOp::Unpack { raw } => ("unpack", raw),
        LineOp::CloseBundle { raw, .. } => ("close_bundle", raw),
        LineOp::CloseCase { raw, .. } => ("close_case", raw),
        LineOp::Stack { raw } => ("stack", raw),
        LineOp::ClosePallet { raw, .. } => ("close_pallet", raw),
        LineOp::Break { raw, .. } => ("break", raw),
        LineOp::Hold { .. } => ("hold", ""),
        LineOp::Resume => ("resume", ""),
        LineOp::CloseBatch { .. } => ("close_batch", ""),
        LineOp::CancelBatch => ("cancel_batch", ""),
        LineOp::ReleaseBatch { lot, .. } => ("release_batch", lot),
    }
}

impl Core {
    /// A line as a display shows it; an idle one when nobody has worked there yet.
    #[must_use]
    pub fn view(&self, line: &LineKey) -> LineView {
        let (deeds_waiting, oldest_deed_ms) = self.ledger.waiting(line);
        LineView {
            state: self.line_state(line),
            inside: self.lines.get(line).map(|line: &Line| line.inside(INSIDE_MAX)).unwrap_or_default(),
            recent: self.ledger.recent.get(line).into_iter().flatten().cloned().collect(),
            deeds_waiting,
            oldest_deed_ms,
        }
    }
}

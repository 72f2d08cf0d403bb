//! What terminals are shown: the line, and which of their readings are held, as of the last sync. A terminal's display waits
//! here, and not at the core: nothing that a power cut could take back is ever shown.

use super::view::LineView;
use crate::reading::Trust;
use crate::sequence::Held;
use crate::topic::{LineKey, Place};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio::sync::watch;

/// Boots of a terminal that are named, the newest: 400 B. Each load of the page begins one, and readings that are still kept
/// from earlier loads go out oldest first. A boot beyond these is counted ahead until its readings are answered.
pub const HELD_MAX: usize = 8;

/// What one terminal is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Synced {
    /// Grows with each change.
    pub at: u64,
    /// Its line.
    pub line: LineView,
    /// Of its newest boots, oldest first.
    pub held: Vec<Held>,
}

/// Every terminal's, each with those that wait for it to change.
#[derive(Debug, Default)]
pub(super) struct Board {
    terminals: BTreeMap<Place, watch::Sender<Arc<Synced>>>,
    /// Lines that changed since the last time.
    changed: BTreeSet<LineKey>,
}

impl Board {
    /// Of the terminals among these devices.
    pub(super) fn of(devices: &BTreeMap<Place, Trust>) -> Self {
        let terminals = devices.iter().filter(|(_, trust)| **trust == Trust::Terminal);
        let terminals: BTreeMap<_, _> =
            terminals.map(|(place, _)| (place.clone(), watch::Sender::new(Arc::default()))).collect();
        let changed = terminals.keys().map(Place::line_key).collect();
        Self { terminals, changed }
    }

    pub(super) fn readers(&self) -> BTreeMap<Place, watch::Receiver<Arc<Synced>>> {
        self.terminals.iter().map(|(place, sender)| (place.clone(), sender.subscribe())).collect()
    }

    pub(super) fn changed(&mut self, line: &LineKey) {
        if !self.changed.contains(line) {
            self.changed.insert(line.clone());
        }
    }

    /// Shows what is so now at the lines that changed. Everything it is told has to be synced.
    pub(super) fn show(&mut self, view: impl Fn(&LineKey) -> LineView, held: impl Fn(&Place) -> Vec<Held>) {
        let changed = std::mem::take(&mut self.changed);
        for (place, sender) in self.terminals.iter().filter(|(place, _)| changed.contains(&place.line_key())) {
            let (line, held) = (view(&place.line_key()), held(place));
            sender.send_if_modified(|synced| {
                let moved = synced.line != line || synced.held != held;
                if moved {
                    *synced = Arc::new(Synced { at: synced.at + 1, line, held });
                }
                moved
            });
        }
    }
}

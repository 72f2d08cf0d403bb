//! What the gateway is doing, as one word with named transitions. Pure.
//!
//! ```text
//! Offline     readings are taken; the chain does not answer
//! CatchingUp  the chain answers; deeds of earlier wait
//! Online      the chain answers and nothing of earlier waits
//! SpoolFull   readings are refused, not dropped; the uplink goes on
//! Draining    asked to end: no new readings, the uplink finishes what it can
//! ```

use serde::{Deserialize, Serialize};

/// The mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// All is well.
    Online,
    /// Working off what waited.
    CatchingUp,
    /// The chain does not answer.
    Offline,
    /// No room for readings.
    SpoolFull,
    /// Ending.
    Draining,
}

/// A mode, and since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Since {
    /// The mode.
    pub mode: Mode,
    /// Milliseconds since 1970.
    pub since_ms: u64,
}

/// What decides the mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The chain answered; so many deeds still wait.
    ChainAnswered {
        /// Deeds that are not done.
        waiting: usize,
    },
    /// The chain did not answer.
    ChainSilent,
    /// A reading was refused for want of room.
    NoRoom,
    /// A reading was stored.
    Room,
    /// Asked to end.
    Stop,
}

impl Mode {
    /// The mode after an event. Draining is final.
    #[must_use]
    pub const fn after(self, event: Event) -> Self {
        match (self, event) {
            (Self::Draining, _) | (_, Event::Stop) => Self::Draining,
            (_, Event::NoRoom) => Self::SpoolFull,
            // Until a reading fits again: what the uplink knows does not make room.
            (Self::SpoolFull, Event::ChainAnswered { .. } | Event::ChainSilent) => Self::SpoolFull,
            (Self::SpoolFull, Event::Room) => Self::CatchingUp,
            (_, Event::ChainSilent) => Self::Offline,
            (_, Event::ChainAnswered { waiting: 0 }) => Self::Online,
            (Self::Online, Event::ChainAnswered { .. }) => Self::Online,
            (_, Event::ChainAnswered { .. }) => Self::CatchingUp,
            (other, Event::Room) => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_transitions_are_the_named_ones() {
        let steps = [
            (Mode::Offline, Event::ChainAnswered { waiting: 3 }, Mode::CatchingUp),
            (Mode::CatchingUp, Event::ChainAnswered { waiting: 1 }, Mode::CatchingUp),
            (Mode::CatchingUp, Event::ChainAnswered { waiting: 0 }, Mode::Online),
            (Mode::Online, Event::ChainAnswered { waiting: 2 }, Mode::Online),
            (Mode::Online, Event::ChainSilent, Mode::Offline),
            (Mode::Online, Event::NoRoom, Mode::SpoolFull),
            (Mode::SpoolFull, Event::ChainAnswered { waiting: 0 }, Mode::SpoolFull),
            (Mode::SpoolFull, Event::Room, Mode::CatchingUp),
            (Mode::SpoolFull, Event::Stop, Mode::Draining),
            (Mode::Draining, Event::ChainAnswered { waiting: 0 }, Mode::Draining),
            (Mode::Offline, Event::Room, Mode::Offline),
        ];
        for (from, event, to) in steps {
            assert_eq!(from.after(event), to, "{from:?} after {event:?}");
        }
    }
}

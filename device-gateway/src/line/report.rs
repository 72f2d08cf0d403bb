//! What is kept of a closed order when its readings are no longer on disk: `orders/{gtin}-{lot in hex}.json`.

use super::boxes::{Level, Member};
use super::order::Open;
use serde::{Deserialize, Serialize};
use tracelight_api::line::{Reconciliation, SerialState};
use tracelight_domain::gs1::Serial;
use tracelight_domain::ids::BatchId;

/// Version of the file.
const VERSION: u32 = 1;

/// A closed order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Version of the file.
    pub version: u32,
    /// GTIN-14.
    pub gtin: String,
    /// Lot.
    pub lot: String,
    /// Where the numbers went.
    pub numbers: Reconciliation,
    /// What people gave reasons for, in order: relabelled packs, labels broken up, numbers declared invalid or
    /// rejected, stops.
    pub remarks: Vec<Remark>,
    /// Numbers that were met and are on no good pack, with what became of them.
    pub gone: Vec<(String, SerialState)>,
    /// Bundles that were in use at the end, with their packs in order. The chain does not know bundles.
    pub bundles: Vec<(String, Vec<String>)>,
}

/// Something that a person gave a reason for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case", deny_unknown_fields)]
pub enum Remark {
    /// A good pack got another label. The old number is dead.
    Replaced {
        /// Number that was on it.
        old: String,
        /// Number that is on it now.
        new: String,
        /// Why.
        reason: String,
    },
    /// A bundle, case or pallet was broken up. Its label is dead.
    Broken {
        /// Its label.
        label: String,
        /// Why.
        reason: String,
    },
    /// A number was declared invalid.
    Invalidated {
        /// It.
        serial: String,
        /// Why.
        reason: String,
    },
    /// A pack or label was rejected by a person; what a camera rejects has no reason.
    Rejected {
        /// Its number.
        serial: String,
        /// Why.
        reason: String,
    },
    /// The order was stopped for a while.
    Held {
        /// Why.
        reason: String,
    },
}

impl Report {
    pub(super) fn of(order: &Open, numbers: Reconciliation) -> Self {
        let batch = &order.sheet.batch;
        let state = |serial: &Serial| match order.state_of(serial) {
            // A label that was printed and never seen again is not to be used by anybody.
            SerialState::Encoded => SerialState::SnInvalid,
            other => other,
        };
        let gone = order.units.keys().map(|serial| (serial.to_string(), state(serial)));
        let serials = |content: &[Member]| {
            let serial = |member: &Member| match member {
                Member::Own(serial) | Member::Guest(_, serial) => Some(serial.to_string()),
                Member::Box(_) => None,
            };
            content.iter().filter_map(serial).collect::<Vec<_>>()
        };
        let boxes = order.boxes.closed();
        let bundles = boxes.iter().filter(|closed| closed.level == Level::Bundle && !closed.dead);
        Self {
            version: VERSION,
            gtin: batch.gtin.to_string(),
            lot: batch.lot.to_string(),
            numbers,
            remarks: order.remarks.clone(),
            gone: gone.filter(|(_, state)| *state != SerialState::Commissioned).collect(),
            bundles: bundles.map(|closed| (closed.label.to_string(), serials(&closed.content))).collect(),
        }
    }

    /// Name of its file.
    #[must_use]
    pub fn file_name(batch: &BatchId) -> String {
        format!("{}-{}.json", batch.gtin, hex::encode(batch.lot.as_bytes()))
    }
}

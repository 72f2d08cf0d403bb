//! The open order of a line: every number it has met, and what is packed. Pure.

use super::boxes::Boxes;
use super::code::{Code, Label, code, expiry_differs};
use super::report::Remark;
use super::sheet::Sheet;
use super::spec::Spec;
use crate::reading::Objection;
use std::collections::BTreeMap;
use std::sync::Arc;
use tracelight_api::line::{LineReason, Reconciliation, SerialState};
use tracelight_domain::gs1::scan::UnitCode;
use tracelight_domain::gs1::{Gtin, Lot, Serial};

/// Where a good pack, a bundle or a case is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum At {
    /// On the line.
    Loose,
    /// In what is open one level above.
    Open,
    /// In a closed one; its index.
    Inside(u32),
}

/// What became of a number that the line has met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// Printed, perhaps graded well enough.
    Encoded { graded: bool },
    /// Good; the number is its turn of commissioning.
    Good { turn: u64, at: At },
    /// Rejected before it was good.
    LabelScrapped,
    /// Rejected, or relabelled, after it was good.
    Inactive,
    /// Its label is a sample.
    LabelSampled,
    /// Its pack is a sample.
    Sampled,
    /// Never to be used.
    Invalid,
}

/// Counts by state, kept beside the map so that nobody has to walk it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) good: u64,
    pub(super) encoded: u64,
    pub(super) scrapped: u64,
    pub(super) sampled: u64,
    pub(super) invalid: u64,
}

impl Tally {
    const fn slot(&mut self, unit: Unit) -> &mut u64 {
        match unit {
            Unit::Encoded { .. } => &mut self.encoded,
            Unit::Good { .. } => &mut self.good,
            Unit::LabelScrapped | Unit::Inactive => &mut self.scrapped,
            Unit::LabelSampled | Unit::Sampled => &mut self.sampled,
            Unit::Invalid => &mut self.invalid,
        }
    }

    /// Numbers that the batch's quota has paid for.
    pub(super) const fn used(&self) -> u64 {
        self.good + self.scrapped + self.sampled
    }
}

/// A lot of which packs were carried over into this order.
#[derive(Clone, Debug)]
pub(super) struct GuestLot {
    pub(super) sheet: Arc<Sheet>,
    /// Its packs that are in a case of this order.
    pub(super) packs: BTreeMap<Serial, At>,
}

/// An open order.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) sheet: Arc<Sheet>,
    pub(super) spec: Spec,
    pub(super) held: bool,
    pub(super) units: BTreeMap<Serial, Unit>,
    pub(super) tally: Tally,
    pub(super) turns: u64,
    pub(super) guests: BTreeMap<Lot, GuestLot>,
    pub(super) boxes: Boxes,
    /// What people gave reasons for, in order. Each is a reading in the spool, which bounds them.
    pub(super) remarks: Vec<Remark>,
}

impl Open {
    pub(super) fn new(sheet: Arc<Sheet>, spec: Spec) -> Self {
        Self {
            sheet,
            spec,
            held: false,
            units: BTreeMap::new(),
            tally: Tally::default(),
            turns: 0,
            guests: BTreeMap::new(),
            boxes: Boxes::default(),
            remarks: Vec::new(),
        }
    }

    /// Sets what became of a number.
    pub(super) fn set(&mut self, serial: Serial, unit: Unit) {
        *self.tally.slot(unit) += 1;
        if let Some(before) = self.units.insert(serial, unit) {
            *self.tally.slot(before) -= 1;
        }
    }

    /// Moves a good pack of this order.
    pub(super) fn place(&mut self, serial: &Serial, to: At) {
        if let Some(Unit::Good { at, .. }) = self.units.get_mut(serial) {
            *at = to;
        }
    }

    /// The number that was scanned, if it is one of this order's packs.
    pub(super) fn serial(&self, raw: &str) -> Result<Serial, Objection> {
        match code(raw)? {
            Code::Sscc(_) => {
                let detail = "the label of a case or pallet (00) was read where a pack's code (01)(21) belongs";
                Err(Objection::new(LineReason::WrongLevel, detail))
            }
            Code::Item(item) if Some(item.gtin) == self.spec.bundle_gtin => {
                let detail = "the code of a bundle was read where a pack's code belongs";
                Err(Objection::new(LineReason::WrongLevel, detail))
            }
            Code::Item(item) => self.own(item),
        }
    }

    /// The number, if it belongs to this order.
    pub(super) fn own(&self, item: UnitCode) -> Result<Serial, Objection> {
        let batch = &self.sheet.batch;
        let wrong = |detail: String| Objection::new(LineReason::WrongProduct, detail);
        if item.gtin != batch.gtin {
            return Err(wrong(format!("the code is of product {}, the order is for {}", item.gtin, batch.gtin)));
        }
        if let Some(lot) = item.lot.filter(|lot| *lot != batch.lot) {
            return Err(wrong(format!("the code is of lot `{lot}`, the order is for `{}`", batch.lot)));
        }
        if expiry_differs(item.expiry, self.sheet.expires_on) {
            let printed = item.expiry.map(|date| date.as_str().to_owned()).unwrap_or_default();
            let detail = format!("the code says expiry {printed}, the batch expires on {}", self.expires_on());
            return Err(Objection::new(LineReason::WrongExpiry, detail));
        }
        if !self.sheet.issued.contains(&item.serial) {
            let detail = format!("serial `{}` was never issued for batch {batch}", item.serial);
            return Err(Objection::new(LineReason::ForeignCode, detail));
        }
        Ok(item.serial)
    }

    fn expires_on(&self) -> String {
        self.sheet.expires_on.map(|date| date.to_string()).unwrap_or_default()
    }

    /// The label of a bundle, case or pallet, as far as this order can tell.
    pub(super) fn label(&self, code: &Code) -> Option<Label> {
        match code {
            Code::Sscc(sscc) => Some(Label::Sscc(*sscc)),
            Code::Item(item) => self.is_bundle(item.gtin).then(|| Label::Bundle(item.serial.clone())),
        }
    }

    pub(super) fn is_bundle(&self, gtin: Gtin) -> bool {
        self.spec.bundle_gtin == Some(gtin)
    }

    /// The pack of an earlier lot that is in a case of this order.
    pub(super) fn guest(&self, item: &UnitCode) -> Option<(Lot, At)> {
        if item.gtin != self.sheet.batch.gtin {
            return None;
        }
        let named = |lot: &Lot| item.lot.as_ref().is_none_or(|named| named == lot);
        self.guests
            .iter()
            .filter(|(lot, _)| named(lot))
            .find_map(|(lot, guests)| guests.packs.get(&item.serial).map(|at| (lot.clone(), *at)))
    }

    /// What OPEN-SCS calls the state of a number.
    pub(super) fn state_of(&self, serial: &Serial) -> SerialState {
        match self.units.get(serial) {
            None if self.sheet.issued.contains(serial) => SerialState::Allocated,
            None => SerialState::Unassigned,
            Some(Unit::Encoded { .. }) => SerialState::Encoded,
            Some(Unit::Good { .. }) => SerialState::Commissioned,
            Some(Unit::LabelScrapped) => SerialState::LabelScrapped,
            Some(Unit::Inactive) => SerialState::Inactive,
            Some(Unit::LabelSampled) => SerialState::LabelSampled,
            Some(Unit::Sampled) => SerialState::Sampled,
            Some(Unit::Invalid) => SerialState::SnInvalid,
        }
    }

    /// Where every number went, if the order were closed now.
    pub(super) fn reconcile(&self) -> Reconciliation {
        let issued = self.sheet.issued.len() as u64;
        Reconciliation {
            issued,
            commissioned: self.tally.good,
            scrapped: self.tally.scrapped,
            sampled: self.tally.sampled,
            // Numbers that the line has never met are free again; those on a label that nobody accounts for are not.
            returned: issued.saturating_sub(self.units.len() as u64),
            invalid: self.tally.invalid + self.tally.encoded,
        }
    }
}

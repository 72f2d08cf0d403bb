//! The end of an order: reconciliation, the seal, the deeds of its cases, what is carried over, and release. Pure.

use super::boxes::{Level, Member};
use super::code::Label;
use super::deed::{Deed, Gone, case_deed, pallet_deed, seal_deed};
use super::order::{GuestLot, Open, Unit};
use super::report::Report;
use super::sheet::Sheet;
use super::units::wrong_step;
use super::{CARRIED_MAX, Plan, Planned};
use crate::reading::Objection;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tracelight_api::line::{Counted, LineReason, Reconciliation};
use tracelight_domain::gs1::scan::UnitCode;
use tracelight_domain::gs1::{Gtin, Lot, Serial, Sscc};
use tracelight_domain::ids::BatchId;

/// Good packs of closed orders that wait for a mixed case, by batch.
#[derive(Debug, Default)]
pub(super) struct Carried {
    batches: BTreeMap<BatchId, (Arc<Sheet>, BTreeSet<Serial>)>,
}

impl Carried {
    pub(super) fn count(&self) -> usize {
        self.batches.values().map(|(_, serials)| serials.len()).sum()
    }

    pub(super) fn holds(&self, batch: &BatchId) -> bool {
        self.batches.contains_key(batch)
    }

    /// The batch of a carried pack that was scanned.
    pub(super) fn find(&self, gtin: Gtin, item: &UnitCode) -> Option<BatchId> {
        if item.gtin != gtin {
            return None;
        }
        let fits = |batch: &BatchId| batch.gtin == gtin && item.lot.as_ref().is_none_or(|lot| *lot == batch.lot);
        let mut found =
            self.batches.iter().filter(|(batch, (_, serials))| fits(batch) && serials.contains(&item.serial));
        found.next().map(|(batch, _)| batch.clone())
    }

    pub(super) fn put(&mut self, sheet: &Arc<Sheet>, serial: Serial) {
        let entry = self.batches.entry(sheet.batch.clone()).or_insert_with(|| (Arc::clone(sheet), BTreeSet::new()));
        entry.1.insert(serial);
    }

    pub(super) fn take(&mut self, batch: &BatchId, serial: &Serial) -> Option<Arc<Sheet>> {
        let (sheet, serials) = self.batches.get_mut(batch)?;
        let sheet = serials.remove(serial).then(|| Arc::clone(sheet));
        if serials.is_empty() {
            self.batches.remove(batch);
        }
        sheet
    }
}

/// A closed order that quality assurance has not let go.
#[derive(Debug)]
pub(super) struct Unreleased {
    pub(super) batch: BatchId,
    /// Its cases and pallets, by the record that closed each.
    pub(super) deeds: Vec<(u64, Deed)>,
    pub(super) labels: BTreeSet<Sscc>,
    /// Batches of which packs are in its mixed cases.
    pub(super) guests: BTreeSet<BatchId>,
    pub(super) numbers: Reconciliation,
}

/// What closing an order gave.
pub(super) struct Ended {
    pub(super) seal: Deed,
    pub(super) boxes: Unreleased,
    pub(super) report: Report,
}

impl Open {
    pub(super) fn plan_seal(&self, counted: Option<&Counted>, carry: bool, carried: usize) -> Planned {
        if self.tally.good == 0 {
            let detail = "no pack was commissioned; there is nothing to seal, cancel the order instead";
            return Err(Objection::new(LineReason::Empty, detail));
        }
        for level in [Level::Bundle, Level::Case, Level::Pallet] {
            let inside = self.boxes.open(level).len();
            if inside > 0 {
                let detail = format!("{inside} are in an open {}; close it or unpack them first", level.name());
                return Err(wrong_step(detail));
            }
        }
        if let Some(counted) = counted {
            self.agree(counted)?;
        }
        let loose = if carry { self.loose().count() } else { 0 };
        if carried + loose > CARRIED_MAX {
            let detail = format!("{} packs would be carried over, at most {CARRIED_MAX} can be", carried + loose);
            return Err(wrong_step(detail));
        }
        Ok(Plan::Seal { carry })
    }

    fn agree(&self, counted: &Counted) -> Result<(), Objection> {
        let numbers = self.reconcile();
        let pairs = [
            ("good", counted.commissioned, numbers.commissioned),
            ("scrapped", counted.scrapped, numbers.scrapped),
            ("sampled", counted.sampled, numbers.sampled),
        ];
        let differ = |(name, line, gateway): &(&str, u64, u64)| {
            (line != gateway).then(|| format!("{name}: the line counted {line}, the gateway {gateway}"))
        };
        let differences: Vec<String> = pairs.iter().filter_map(differ).collect();
        if differences.is_empty() {
            return Ok(());
        }
        Err(Objection::new(LineReason::CountsDiffer, differences.join("; ")))
    }

    pub(super) fn plan_cancel(&self) -> Planned {
        if self.tally.good == 0 {
            return Ok(Plan::Cancel);
        }
        let good = self.tally.good;
        Err(wrong_step(format!("{good} packs are commissioned; reject them, or close the order")))
    }

    fn loose(&self) -> impl Iterator<Item = &Serial> {
        let loose = |unit: &Unit| matches!(unit, Unit::Good { at: super::order::At::Loose, .. });
        self.units.iter().filter(move |(_, unit)| loose(unit)).map(|(serial, _)| serial)
    }

    /// Ends the order. `record` names its seal.
    pub(super) fn end(self, carry: bool, salt: [u8; 16], carried: &mut Carried) -> Ended {
        if carry {
            for serial in self.loose() {
                carried.put(&self.sheet, serial.clone());
            }
        }
        let numbers = self.reconcile();
        let report = Report::of(&self, numbers);
        let guests: BTreeSet<BatchId> = self.guests.values().map(|guest| guest.sheet.batch.clone()).collect();
        let (mut deeds, mut labels) = (Vec::new(), BTreeSet::new());
        for closed in self.boxes.closed() {
            let Label::Sscc(sscc) = closed.label else { continue };
            labels.insert(sscc);
            if closed.dead {
                continue;
            }
            let deed = match closed.level {
                // The chain knows cases and pallets; a bundle is told in the list of its case.
                Level::Bundle => continue,
                Level::Case => case_deed(&self.sheet, sscc, &self.packs_with_sheets(&closed.content)),
                Level::Pallet => pallet_deed(&self.sheet, sscc, self.cases_of(&closed.content)),
            };
            deeds.push((closed.record, deed));
        }
        let batch = self.sheet.batch.clone();
        let boxes = Unreleased { batch, deeds, labels, guests, numbers };
        Ended { seal: self.seal(salt), boxes, report }
    }

    fn packs_with_sheets(&self, content: &[Member]) -> Vec<(Arc<Sheet>, Serial)> {
        let with_sheet = |member: &Member| match member {
            Member::Own(serial) => Some((Arc::clone(&self.sheet), serial.clone())),
            Member::Guest(lot, serial) => {
                self.guests.get(lot).map(|guests: &GuestLot| (Arc::clone(&guests.sheet), serial.clone()))
            }
            Member::Box(_) => None,
        };
        self.boxes.packs_of(content).into_iter().filter_map(with_sheet).collect()
    }

    fn cases_of(&self, content: &[Member]) -> Vec<Sscc> {
        let label = |member: &Member| match member {
            Member::Box(index) => match self.boxes.get(*index).map(|case| &case.label) {
                Some(Label::Sscc(sscc)) => Some(*sscc),
                _ => None,
            },
            _ => None,
        };
        content.iter().filter_map(label).collect()
    }

    fn seal(self, salt: [u8; 16]) -> Deed {
        let mut good: Vec<(u64, Serial)> = Vec::with_capacity(self.units.len());
        let mut gone = Gone::default();
        for (serial, unit) in self.units {
            match unit {
                Unit::Good { turn, .. } => good.push((turn, serial)),
                Unit::LabelScrapped | Unit::Inactive => gone.scrapped.push(serial),
                Unit::LabelSampled | Unit::Sampled => gone.sampled.push(serial),
                // A label that was printed and never seen again is not to be used by anybody.
                Unit::Invalid | Unit::Encoded { .. } => gone.invalid.push(serial),
            }
        }
        good.sort_unstable_by_key(|(turn, _)| *turn);
        let good = good.into_iter().map(|(_, serial)| serial).collect();
        seal_deed(&self.sheet, good, gone, salt)
    }
}

/// Which of the closed orders is to be let go, if it may be.
pub(super) fn plan_release(unreleased: &[Unreleased], open: Option<&BatchId>, batch: BatchId) -> Planned {
    if open == Some(&batch) {
        return Err(wrong_step(format!("batch {batch} is open on this line; close it first")));
    }
    let Some(order) = unreleased.iter().find(|order| order.batch == batch) else {
        return Err(wrong_step(format!("no closed batch {batch} of this line waits for release")));
    };
    let earlier = unreleased.iter().find(|other| order.guests.contains(&other.batch));
    if let Some(earlier) = earlier {
        let detail = format!("its mixed cases hold packs of batch {}; release that first", earlier.batch);
        return Err(wrong_step(detail));
    }
    Ok(Plan::Release(batch))
}

/// The lots of an order's guests, as they are looked up.
pub(super) fn guest_lot<'a>(guests: &'a mut BTreeMap<Lot, GuestLot>, sheet: &Arc<Sheet>) -> &'a mut GuestLot {
    guests
        .entry(sheet.batch.lot.clone())
        .or_insert_with(|| GuestLot { sheet: Arc::clone(sheet), packs: BTreeMap::new() })
}

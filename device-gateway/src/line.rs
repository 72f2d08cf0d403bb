//! One packaging line: what has been commissioned, packed and stacked of its open batch. Pure; no I/O, no clock.
//!
//! ```text
//!            open_batch                       close_batch: one SealBatch over all good packs
//! (idle) ----------------> (batch) -----------------------------------------------> (idle)
//!                commission, reject            pack ... close_case:   one Pack of packs
//!                                              stack ... close_pallet: one Pack of cases
//! ```
//! Every step is planned, then committed: [`Line::plan`] says whether the step is allowed and changes nothing;
//! [`Line::commit`] carries it out and cannot fail. The reading is written to disk between the two. Recovery plays the
//! disk through the same two functions.
//!
//! * A code belongs to the batch when its GTIN fits, its lot fits (if it names one) and its serial was issued.
//! * A pack that is rejected after it was commissioned leaves the batch. Packs that were never put into a case are sealed
//!   with the batch all the same.
//! * Good and rejected packs together are not more than the batch was registered for: the chain would not seal it.
//! * A batch closes only when no case and no pallet is open, so that nothing of a line outlives its batch.

mod deed;
mod sheet;
#[cfg(test)]
mod tests;

pub use deed::{Deed, List};
pub use sheet::Sheet;

use crate::reading::{Objection, shown};
use deed::{case_deed, pallet_deed, seal_deed};
use std::collections::BTreeMap;
use std::sync::Arc;
use tracelight_api::line::{LineOp, LineReason};
use tracelight_domain::gs1::scan::{Scan, parse_scan};
use tracelight_domain::gs1::{Gtin, Lot, Serial, Sscc};
use tracelight_domain::ids::BatchId;
use tracelight_domain::tx::OBJECTS_MAX;

/// Packs in one case. The chain would take more; a list of so many still travels in one manifest.
pub const CASE_UNITS_MAX: usize = 20_000;
/// Packs commissioned in one batch. 4 M packs take about 400 MB here.
pub const BATCH_UNITS_MAX: usize = 4_000_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pack {
    /// Good; the number is its turn of commissioning.
    Commissioned(u64),
    InCase(u64),
    Rejected,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Label {
    Case,
    Stacked,
    Pallet,
}

#[derive(Debug)]
struct Open {
    sheet: Arc<Sheet>,
    packs: BTreeMap<Serial, Pack>,
    turns: u64,
    good: u64,
    case: Vec<Serial>,
    labels: BTreeMap<Sscc, Label>,
    pallet: Vec<Sscc>,
}

/// A line.
#[derive(Debug, Default)]
pub struct Line {
    open: Option<Open>,
}

/// A step that is allowed in the state it was planned in.
#[derive(Clone, Debug)]
pub enum Plan {
    /// Start on a batch.
    Open(Arc<Sheet>),
    /// Count a good pack.
    Commission(Serial),
    /// Take a label or pack out.
    Reject(Serial),
    /// Put a pack into the case.
    Pack(Serial),
    /// Close the case under its label.
    CloseCase(Sscc),
    /// Put a case onto the pallet.
    Stack(Sscc),
    /// Close the pallet under its label.
    ClosePallet(Sscc),
    /// Seal the batch.
    CloseBatch,
}

/// What displays show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Open batch.
    pub batch: Option<BatchId>,
    /// Good packs.
    pub commissioned: u64,
    /// Packs in the open case.
    pub in_case: u32,
    /// Cases on the open pallet.
    pub on_pallet: u32,
}

type Planned = Result<Plan, Objection>;

impl Line {
    /// The open batch.
    #[must_use]
    pub fn batch(&self) -> Option<&BatchId> {
        self.open.as_ref().map(|open| &open.sheet.batch)
    }

    /// What displays show.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        self.open.as_ref().map_or_else(Counts::default, |open| Counts {
            batch: Some(open.sheet.batch.clone()),
            commissioned: open.good,
            in_case: count(open.case.len()),
            on_pallet: count(open.pallet.len()),
        })
    }

    /// Is the step allowed? `sheet` finds the batch that a line starts on.
    ///
    /// # Errors
    /// The reason, with what to do about it.
    pub fn plan(&self, op: &LineOp, sheet: impl FnOnce(&BatchId) -> Result<Arc<Sheet>, Objection>) -> Planned {
        if let LineOp::OpenBatch { gtin, lot } = op {
            let batch = batch_id(gtin, lot)?;
            if let Some(open) = self.batch() {
                let detail = format!("batch {open} is open on this line; close it first");
                return Err(Objection::new(LineReason::WrongStep, detail));
            }
            return sheet(&batch).map(Plan::Open);
        }
        let Some(open) = &self.open else {
            return Err(Objection::new(LineReason::NoOpenBatch, "no batch is open on this line; open one first"));
        };
        match op {
            LineOp::OpenBatch { .. } | LineOp::CloseBatch => open.plan_seal(),
            LineOp::Commission { raw } => open.plan_commission(open.unit(raw)?),
            LineOp::Reject { raw } => open.plan_reject(open.unit(raw)?),
            LineOp::Pack { raw } => open.plan_pack(open.unit(raw)?),
            LineOp::CloseCase { raw } => {
                let label = open.fresh_label(raw)?;
                let empty = || Objection::new(LineReason::Empty, "no pack was put into the case");
                if open.case.is_empty() { Err(empty()) } else { Ok(Plan::CloseCase(label)) }
            }
            LineOp::Stack { raw } => open.plan_stack(sscc(raw)?),
            LineOp::ClosePallet { raw } => {
                let label = open.fresh_label(raw)?;
                let empty = || Objection::new(LineReason::Empty, "no case was put onto the pallet");
                if open.pallet.is_empty() { Err(empty()) } else { Ok(Plan::ClosePallet(label)) }
            }
        }
    }

    /// Carries a planned step out. Returns what the chain has to be told, if anything. `salt` hides the count of a batch
    /// that is sealed here.
    pub fn commit(&mut self, plan: Plan, salt: [u8; 16]) -> Option<Deed> {
        if let Plan::Open(sheet) = plan {
            self.open = Some(Open {
                sheet,
                packs: BTreeMap::new(),
                turns: 0,
                good: 0,
                case: Vec::new(),
                labels: BTreeMap::new(),
                pallet: Vec::new(),
            });
            return None;
        }
        if matches!(plan, Plan::CloseBatch) {
            return self.open.take().map(|open| open.seal(salt));
        }
        let open = self.open.as_mut()?;
        match plan {
            Plan::Open(_) | Plan::CloseBatch => None,
            Plan::Commission(serial) => {
                open.packs.insert(serial, Pack::Commissioned(open.turns));
                open.turns += 1;
                open.good += 1;
                None
            }
            Plan::Reject(serial) => {
                if let Some(Pack::Commissioned(_)) = open.packs.insert(serial, Pack::Rejected) {
                    open.good -= 1;
                }
                None
            }
            Plan::Pack(serial) => {
                if let Some(pack) = open.packs.get_mut(&serial)
                    && let Pack::Commissioned(turn) = *pack
                {
                    *pack = Pack::InCase(turn);
                }
                open.case.push(serial);
                None
            }
            Plan::CloseCase(label) => {
                open.labels.insert(label, Label::Case);
                Some(case_deed(&open.sheet, label, std::mem::take(&mut open.case)))
            }
            Plan::Stack(case) => {
                open.labels.insert(case, Label::Stacked);
                open.pallet.push(case);
                None
            }
            Plan::ClosePallet(label) => {
                open.labels.insert(label, Label::Pallet);
                Some(pallet_deed(&open.sheet, label, std::mem::take(&mut open.pallet)))
            }
        }
    }
}

impl Open {
    /// The pack that was scanned, if it belongs to this batch.
    fn unit(&self, raw: &str) -> Result<Serial, Objection> {
        let scan = scan(raw)?;
        if scan.sscc().is_some() {
            let detail = "the label of a case or pallet (00) was read where a pack's code (01)(21) belongs";
            return Err(Objection::new(LineReason::WrongLevel, detail));
        }
        let unit = scan.unit().map_err(|error| Objection::new(LineReason::BadRead, error.to_string()))?;
        let batch = &self.sheet.batch;
        let foreign = |detail: String| Objection::new(LineReason::ForeignCode, detail);
        if unit.gtin != batch.gtin {
            return Err(foreign(format!("the code is of product {}, the open batch of {}", unit.gtin, batch.gtin)));
        }
        if let Some(lot) = unit.lot.filter(|lot| *lot != batch.lot) {
            return Err(foreign(format!("the code is of lot `{lot}`, the open batch is `{}`", batch.lot)));
        }
        if !self.sheet.issued.contains(&unit.serial) {
            return Err(foreign(format!("serial `{}` was never issued for batch {batch}", unit.serial)));
        }
        Ok(unit.serial)
    }

    fn plan_commission(&self, serial: Serial) -> Planned {
        match self.packs.get(&serial) {
            None if self.packs.len() >= BATCH_UNITS_MAX => {
                let detail = format!("the batch holds {BATCH_UNITS_MAX} packs, which is the most; close it");
                Err(Objection::new(LineReason::WrongStep, detail))
            }
            None => self.within_quota().map(|()| Plan::Commission(serial)),
            Some(Pack::Rejected) => {
                let detail = format!("serial `{serial}` was rejected; a rejected label is never used again");
                Err(Objection::new(LineReason::WrongStep, detail))
            }
            Some(_) => Err(duplicate(format!("serial `{serial}` is commissioned already"))),
        }
    }

    fn plan_reject(&self, serial: Serial) -> Planned {
        match self.packs.get(&serial) {
            Some(Pack::Rejected) => Err(duplicate(format!("serial `{serial}` is rejected already"))),
            Some(Pack::InCase(_)) => {
                let detail = format!("serial `{serial}` is in a case; a packed pack cannot be rejected on the line");
                Err(Objection::new(LineReason::WrongStep, detail))
            }
            None => self.within_quota().map(|()| Plan::Reject(serial)),
            Some(Pack::Commissioned(_)) => Ok(Plan::Reject(serial)),
        }
    }

    /// Is there room for a pack that the batch has not met yet?
    fn within_quota(&self) -> Result<(), Objection> {
        if (self.packs.len() as u64) < self.sheet.quota {
            return Ok(());
        }
        let detail =
            format!("the batch was registered for {} packs, rejected ones included; close it", self.sheet.quota);
        Err(Objection::new(LineReason::QuotaReached, detail))
    }

    fn plan_pack(&self, serial: Serial) -> Planned {
        match self.packs.get(&serial) {
            Some(Pack::InCase(_)) => Err(duplicate(format!("serial `{serial}` is in a case already"))),
            Some(Pack::Commissioned(_)) if self.case.len() >= CASE_UNITS_MAX => {
                let detail = format!("the case holds {CASE_UNITS_MAX} packs, which is the most; close it");
                Err(Objection::new(LineReason::WrongStep, detail))
            }
            Some(Pack::Commissioned(_)) => Ok(Plan::Pack(serial)),
            None | Some(Pack::Rejected) => {
                let detail = format!("serial `{serial}` was not commissioned, or was rejected; commission it first");
                Err(Objection::new(LineReason::NotCommissioned, detail))
            }
        }
    }

    fn plan_stack(&self, label: Sscc) -> Planned {
        match self.labels.get(&label) {
            None => {
                let detail = format!("no case {label} was closed on this line in this batch");
                Err(Objection::new(LineReason::ForeignCode, detail))
            }
            Some(Label::Stacked) => Err(duplicate(format!("case {label} is on a pallet already"))),
            Some(Label::Pallet) => {
                let detail = format!("{label} is a pallet; only cases go onto a pallet");
                Err(Objection::new(LineReason::WrongLevel, detail))
            }
            Some(Label::Case) if self.pallet.len() >= OBJECTS_MAX => {
                let detail = format!("the pallet holds {OBJECTS_MAX} cases, which is the most; close it");
                Err(Objection::new(LineReason::WrongStep, detail))
            }
            Some(Label::Case) => Ok(Plan::Stack(label)),
        }
    }

    fn plan_seal(&self) -> Planned {
        if self.good == 0 {
            return Err(Objection::new(LineReason::Empty, "no pack was commissioned; there is nothing to seal"));
        }
        if !self.case.is_empty() || !self.pallet.is_empty() {
            let detail = format!(
                "{} packs are in an open case and {} cases on an open pallet; close them first",
                self.case.len(),
                self.pallet.len()
            );
            return Err(Objection::new(LineReason::WrongStep, detail));
        }
        Ok(Plan::CloseBatch)
    }

    /// A label for something new.
    fn fresh_label(&self, raw: &str) -> Result<Sscc, Objection> {
        let label = sscc(raw)?;
        if self.labels.contains_key(&label) {
            return Err(duplicate(format!("label {label} is used already; a label is used once")));
        }
        Ok(label)
    }

    fn seal(self, salt: [u8; 16]) -> Deed {
        let mut good: Vec<(u64, Serial)> = Vec::with_capacity(self.packs.len());
        let mut rejected = Vec::new();
        for (serial, pack) in self.packs {
            match pack {
                Pack::Commissioned(turn) | Pack::InCase(turn) => good.push((turn, serial)),
                Pack::Rejected => rejected.push(serial),
            }
        }
        good.sort_unstable_by_key(|(turn, _)| *turn);
        seal_deed(&self.sheet, good.into_iter().map(|(_, serial)| serial).collect(), rejected, salt)
    }
}

/// The batch that a line is told to start on.
///
/// # Errors
/// [`LineReason::BadRead`], naming the field and the position.
pub fn batch_id(gtin: &str, lot: &str) -> Result<BatchId, Objection> {
    let bad = |error: tracelight_domain::gs1::KeyError| Objection::new(LineReason::BadRead, error.to_string());
    Ok(BatchId { gtin: Gtin::parse(gtin).map_err(bad)?, lot: Lot::parse(lot).map_err(bad)? })
}

fn scan(raw: &str) -> Result<Scan, Objection> {
    parse_scan(raw.as_bytes()).map_err(|error| Objection::new(LineReason::BadRead, error.to_string()))
}

fn sscc(raw: &str) -> Result<Sscc, Objection> {
    let scan = scan(raw)?;
    if let Some(label) = scan.sscc() {
        return Ok(label);
    }
    if scan.gtin().is_some() {
        let detail = "a product's code (01) was read where the label of a case or pallet (00) belongs";
        return Err(Objection::new(LineReason::WrongLevel, detail));
    }
    let detail = format!("`{}` holds no SSCC (00)", shown(raw));
    Err(Objection::new(LineReason::BadRead, detail))
}

fn duplicate(detail: String) -> Objection {
    Objection::new(LineReason::Duplicate, detail)
}

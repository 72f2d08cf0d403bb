//! One packaging line: what became of every number of its open order, and what is packed. Pure; no I/O, no clock.
//!
//! ```text
//!            open_batch             close_batch: SealBatch, and a Pack of each case and pallet that is whole
//! (idle) ----------------> (order) ------------------------------------------------------------> (idle)
//!    ^                        |  ^                                \ hold_for_release: the Packs wait
//!    |        cancel_batch    |  | print, verify, commission, reject, sample, invalidate, replace
//!    +------------------------+  | pack, close_bundle, close_case, stack, close_pallet
//!                                | unpack, break (rework); hold, resume
//! ```
//! Every step is planned, then committed: [`Line::plan`] says whether the step is allowed and changes nothing;
//! [`Line::commit`] carries it out and cannot fail. The reading is written to disk between the two. Recovery plays the
//! disk through the same two functions.
//!
//! * A code belongs to the order when GTIN, lot and expiry fit (as far as it names them) and its serial was issued.
//! * Printed is not commissioned. A number ends as good, scrapped, sampled, returned or invalid, and
//!   `issued = commissioned + scrapped + sampled + returned + invalid` whenever an order is closed.
//! * Good, scrapped and sampled together are not more than the batch was registered for: the chain would not seal it.
//! * A pack that is rejected, sampled or relabelled leaves its order: a case that is on the chain never holds one. What is
//!   in something closed is touched only after that was broken up; the label of what was broken up is dead.
//! * What the chain is told of cases and pallets is told when the order is closed, or released where the order asks for
//!   it: rework before that needs no correction on the chain, and what is not on the chain cannot be shipped.
//! * Good packs in no case are sealed with the batch. With `carry` they may go into a *mixed* case of a later order of the
//!   same product; the line then still needs the earlier order ([`Line::needs`]).
//!
//! | module | holds |
//! |---|---|
//! | `code`, `spec` | what a scan names, what an order asks for |
//! | `order` | the numbers of the open order |
//! | `units`, `packing`, `closing` | the steps |
//! | `boxes` | bundles, cases, pallets |
//! | `inside` | what is in those that are open, for displays |
//! | `deed`, `report` | what the chain and the server are told, what is kept for people |

mod boxes;
mod closing;
mod code;
mod deed;
mod inside;
mod order;
mod packing;
mod report;
mod sheet;
mod spec;
#[cfg(test)]
mod tests;
mod units;

pub use code::batch_id;
pub use deed::{Deed, Gone, List};
pub use inside::{Inside, Item};
pub use report::{Remark, Report};
pub use sheet::Sheet;

use crate::reading::Objection;
use boxes::{Level, Member};
use closing::{Carried, Unreleased, guest_lot, plan_release};
use code::Label;
use order::{At, Open, Unit};
use spec::{Spec, reason};
use std::sync::Arc;
use tracelight_api::line::{JobState, LastClose, LineOp, LineReason, LineState, SerialState};
use tracelight_domain::gs1::{Lot, Serial};
use tracelight_domain::ids::BatchId;
use units::{duplicate, wrong_step};

/// Packs in one case. The chain would take more; a list of so many still travels in one manifest.
pub const CASE_UNITS_MAX: usize = 20_000;
/// Numbers met in one order. 4 M take about 400 MB here.
pub const BATCH_UNITS_MAX: usize = 4_000_000;
/// Packs that a line carries over for mixed cases.
pub const CARRIED_MAX: usize = 20_000;
/// Closed orders of one line that wait for release.
pub const UNRELEASED_MAX: usize = 64;

/// A line.
#[derive(Debug, Default)]
pub struct Line {
    open: Option<Open>,
    carried: Carried,
    unreleased: Vec<Unreleased>,
    last: Option<LastClose>,
}

/// A step that is allowed in the state it was planned in.
#[derive(Clone, Debug)]
pub struct Step(Plan);

#[derive(Clone, Debug)]
enum Plan {
    Open(Arc<Sheet>, Spec),
    Print(Serial),
    Verify(Serial),
    Commission(Serial),
    Reject(Serial, Option<String>),
    Sample(Serial),
    Invalidate(Serial, String),
    Replace { old: Serial, new: Serial, reason: String },
    Put(Level, Member),
    PackCarried(BatchId, Serial),
    Unpack(Member),
    Close(Level, Label),
    Break(u32, String),
    Hold(String),
    Resume,
    Seal { carry: bool },
    Cancel,
    Release(BatchId),
}

/// What a step that was carried out leads to.
#[derive(Debug, Default)]
pub struct Done {
    /// What the chain has to be told, each under the record that caused it.
    pub deeds: Vec<(u64, Deed)>,
    /// The batch that this step ended for good: it is never opened again.
    pub ended: Option<BatchId>,
    /// What is kept of it.
    pub report: Option<Report>,
}

/// With what a step is carried out.
#[derive(Clone, Copy, Debug)]
pub struct Stamp {
    /// Id of the reading's record.
    pub record: u64,
    /// Hides the count of a batch that is sealed here.
    pub salt: [u8; 16],
}

type Planned = Result<Plan, Objection>;

impl Line {
    /// The open batch.
    #[must_use]
    pub fn batch(&self) -> Option<&BatchId> {
        self.open.as_ref().map(|open| &open.sheet.batch)
    }

    /// Batches of earlier orders of which packs are in the open one.
    pub fn guests(&self) -> impl Iterator<Item = &BatchId> {
        self.open.iter().flat_map(|open| open.guests.values()).map(|guest| &guest.sheet.batch)
    }

    /// Does the line still work on this batch, or wait for something of it?
    #[must_use]
    pub fn needs(&self, batch: &BatchId) -> bool {
        self.batch() == Some(batch)
            || self.carried.holds(batch)
            || self.guests().any(|guest| guest == batch)
            || self.unreleased.iter().any(|order| order.batch == *batch || order.guests.contains(batch))
    }

    /// What OPEN-SCS calls the state of a number of the open order.
    #[must_use]
    pub fn state_of(&self, serial: &Serial) -> SerialState {
        self.open.as_ref().map_or(SerialState::Unassigned, |open| open.state_of(serial))
    }

    /// What displays show. `waiting` is not the line's to know.
    #[must_use]
    pub fn shown(&self) -> LineState {
        let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        let mut state = LineState {
            carried: self.carried.count() as u64,
            unreleased: count(self.unreleased.len()),
            last: self.last.clone(),
            ..LineState::default()
        };
        let Some(open) = &self.open else { return state };
        state.gtin = Some(open.sheet.batch.gtin.to_string());
        state.lot = Some(open.sheet.batch.lot.to_string());
        state.job = match (open.held, open.units.is_empty()) {
            (true, _) => JobState::Held,
            (false, true) => JobState::Loaded,
            (false, false) => JobState::Running,
        };
        state.commissioned = open.tally.good;
        state.scrapped = open.tally.scrapped;
        state.sampled = open.tally.sampled;
        state.in_bundle = count(open.boxes.open(Level::Bundle).len());
        state.in_case = count(open.boxes.open(Level::Case).len());
        state.on_pallet = count(open.boxes.open(Level::Pallet).len());
        (state.bundle_of, state.case_of, state.pallet_of) = (open.spec.bundle, open.spec.case, open.spec.pallet);
        state.bundle_gtin = open.spec.bundle_gtin.map(|gtin| gtin.to_string());
        state
    }

    /// Is the step allowed? `sheet` finds the batch that a line starts on.
    ///
    /// # Errors
    /// The reason, with what to do about it.
    pub fn plan(
        &self,
        op: &LineOp,
        sheet: impl FnOnce(&BatchId) -> Result<Arc<Sheet>, Objection>,
    ) -> Result<Step, Objection> {
        match op {
            LineOp::OpenBatch { gtin, lot, order } => {
                let batch = batch_id(gtin, lot)?;
                if let Some(open) = self.batch() {
                    return Err(wrong_step(format!("batch {open} is open on this line; close it first")));
                }
                if self.needs(&batch) {
                    return Err(wrong_step(format!("batch {batch} was closed on this line; it is never opened again")));
                }
                let spec = order.as_ref().map(|order| Spec::of(batch.gtin, order)).transpose()?.unwrap_or_default();
                sheet(&batch).map(|sheet| Plan::Open(sheet, spec))
            }
            LineOp::ReleaseBatch { gtin, lot } => plan_release(&self.unreleased, self.batch(), batch_id(gtin, lot)?),
            _ => match &self.open {
                Some(open) => self.plan_in(open, op),
                None => {
                    let detail = "no batch is open on this line; open one first";
                    Err(Objection::new(LineReason::NoOpenBatch, detail))
                }
            },
        }
        .map(Step)
    }

    fn plan_in(&self, open: &Open, op: &LineOp) -> Planned {
        let while_held = matches!(
            op,
            LineOp::Resume | LineOp::Hold { .. } | LineOp::Reject { .. } | LineOp::Sample { .. } | LineOp::CancelBatch
        );
        if open.held && !while_held {
            return Err(Objection::new(LineReason::Held, "the order is on hold; resume it first"));
        }
        match op {
            LineOp::OpenBatch { .. } | LineOp::ReleaseBatch { .. } => Err(wrong_step("an order is open".to_owned())),
            LineOp::Print { raw } => open.plan_print(open.serial(raw)?),
            LineOp::Verify { raw, grade } => open.plan_verify(open.serial(raw)?, grade),
            LineOp::Commission { raw } => open.plan_commission(open.serial(raw)?),
            LineOp::Reject { raw, reason } => open.plan_reject(open.serial(raw)?, reason.as_deref()),
            LineOp::Sample { raw, purpose } => open.plan_sample(open.serial(raw)?, *purpose),
            LineOp::Invalidate { raw, reason } => open.plan_invalidate(open.serial(raw)?, reason),
            LineOp::Replace { old, new, reason } => open.plan_replace(open.serial(old)?, open.serial(new)?, reason),
            LineOp::Pack { raw } => open.plan_pack(raw, &self.carried),
            LineOp::Unpack { raw } => open.plan_unpack(raw),
            LineOp::CloseBundle { raw, fill } => open.plan_close(Level::Bundle, raw, *fill),
            LineOp::CloseCase { raw, fill } => self.new_label(open.plan_close(Level::Case, raw, *fill)?),
            LineOp::Stack { raw } => open.plan_stack(raw),
            LineOp::ClosePallet { raw, fill } => self.new_label(open.plan_close(Level::Pallet, raw, *fill)?),
            LineOp::Break { raw, reason } => open.plan_break(raw, reason),
            LineOp::Hold { .. } if open.held => Err(duplicate("the order is on hold already".to_owned())),
            LineOp::Hold { reason: why } => reason(why).map(Plan::Hold),
            LineOp::Resume if !open.held => Err(wrong_step("the order is not on hold".to_owned())),
            LineOp::Resume => Ok(Plan::Resume),
            LineOp::CloseBatch { .. } if open.spec.hold_for_release && self.unreleased.len() >= UNRELEASED_MAX => {
                Err(wrong_step(format!("{UNRELEASED_MAX} closed orders wait for release; release one first")))
            }
            LineOp::CloseBatch { counted, carry } => open.plan_seal(counted.as_ref(), *carry, self.carried.count()),
            LineOp::CancelBatch => open.plan_cancel(),
        }
    }

    /// A label that no order that waits for release has used.
    fn new_label(&self, plan: Plan) -> Planned {
        if let Plan::Close(_, Label::Sscc(sscc)) = &plan
            && let Some(order) = self.unreleased.iter().find(|order| order.labels.contains(sscc))
        {
            return Err(duplicate(format!("label {sscc} is used already, in batch {}", order.batch)));
        }
        Ok(plan)
    }

    /// Carries a planned step out.
    pub fn commit(&mut self, Step(plan): Step, stamp: Stamp) -> Done {
        match plan {
            Plan::Open(sheet, spec) => self.open = Some(Open::new(sheet, spec)),
            Plan::Seal { carry } => return self.close(carry, stamp),
            Plan::Cancel => return self.cancel(),
            Plan::Release(batch) => return self.release(&batch),
            plan => {
                if let Some(open) = self.open.as_mut() {
                    commit_in(open, &mut self.carried, plan, stamp);
                }
            }
        }
        Done::default()
    }

    fn close(&mut self, carry: bool, stamp: Stamp) -> Done {
        let Some(open) = self.open.take() else { return Done::default() };
        let waits = open.spec.hold_for_release;
        let ended = open.end(carry, stamp.salt, &mut self.carried);
        let batch = ended.boxes.batch.clone();
        let job = if waits { JobState::Completed } else { JobState::Closed };
        self.last = Some(last(&ended.boxes, job));
        let mut deeds = Vec::new();
        if waits {
            self.unreleased.push(ended.boxes);
        } else {
            deeds = ended.boxes.deeds;
        }
        deeds.push((stamp.record, ended.seal));
        Done { deeds, ended: Some(batch), report: Some(ended.report) }
    }

    /// A batch of which some number was printed is over; one that nobody touched may be opened again.
    fn cancel(&mut self) -> Done {
        let Some(open) = self.open.take() else { return Done::default() };
        let batch = open.sheet.batch.clone();
        let numbers = open.reconcile();
        self.last = Some(LastClose {
            gtin: batch.gtin.to_string(),
            lot: batch.lot.to_string(),
            job: JobState::Aborted,
            numbers,
        });
        for (_, guest) in open.guests {
            for serial in guest.packs.into_keys() {
                self.carried.put(&guest.sheet, serial);
            }
        }
        Done { ended: (!open.units.is_empty()).then_some(batch), ..Done::default() }
    }

    fn release(&mut self, batch: &BatchId) -> Done {
        let Some(place) = self.unreleased.iter().position(|order| order.batch == *batch) else {
            return Done::default();
        };
        let order = self.unreleased.remove(place);
        self.last = Some(last(&order, JobState::Closed));
        Done { deeds: order.deeds, ..Done::default() }
    }
}

fn last(order: &Unreleased, job: JobState) -> LastClose {
    let BatchId { gtin, lot } = &order.batch;
    LastClose { gtin: gtin.to_string(), lot: lot.to_string(), job, numbers: order.numbers }
}

fn commit_in(open: &mut Open, carried: &mut Carried, plan: Plan, stamp: Stamp) {
    match plan {
        Plan::Open(..) | Plan::Seal { .. } | Plan::Cancel | Plan::Release(_) => {}
        Plan::Print(serial) => open.set(serial, Unit::Encoded { graded: false }),
        Plan::Verify(serial) => open.set(serial, Unit::Encoded { graded: true }),
        Plan::Commission(serial) => open.commit_commission(serial),
        Plan::Reject(serial, reason) => open.commit_reject(serial, reason),
        Plan::Sample(serial) => open.commit_sample(serial),
        Plan::Invalidate(serial, reason) => open.commit_invalidate(serial, reason),
        Plan::Replace { old, new, reason } => open.commit_replace(old, new, reason),
        Plan::Put(level, member) => {
            open.move_packs(std::slice::from_ref(&member), At::Open);
            open.boxes.put(level, member);
        }
        Plan::PackCarried(batch, serial) => {
            if let Some(sheet) = carried.take(&batch, &serial) {
                guest_lot(&mut open.guests, &sheet).packs.insert(serial.clone(), At::Open);
                open.boxes.put(Level::Case, Member::Guest(batch.lot, serial));
            }
        }
        Plan::Unpack(member) => {
            open.boxes.take(&member);
            let freed = open.move_packs(std::slice::from_ref(&member), At::Loose);
            give_back(open, carried, freed);
        }
        Plan::Close(level, label) => {
            let (index, content) = open.boxes.close(level, label, stamp.record);
            open.move_packs(&content, At::Inside(index));
        }
        Plan::Break(index, reason) => {
            let content = open.commit_break(index, reason);
            let freed = open.move_packs(&content, At::Loose);
            give_back(open, carried, freed);
        }
        Plan::Hold(reason) => {
            open.held = true;
            open.remarks.push(Remark::Held { reason });
        }
        Plan::Resume => open.held = false,
    }
}

/// Packs of earlier lots that left their case wait for another one.
fn give_back(open: &mut Open, carried: &mut Carried, freed: Vec<(Lot, Serial)>) {
    for (lot, serial) in freed {
        if let Some(guests) = open.guests.get_mut(&lot)
            && guests.packs.remove(&serial).is_some()
        {
            carried.put(&guests.sheet, serial);
            if guests.packs.is_empty() {
                open.guests.remove(&lot);
            }
        }
    }
}

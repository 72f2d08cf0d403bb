//! Steps with one number: print, verify, commission, reject, sample, invalidate, replace. Pure.

use super::order::{At, Open, Unit};
use super::report::Remark;
use super::spec::{Grade, reason};
use super::{BATCH_UNITS_MAX, Plan, Planned};
use crate::reading::{Objection, shown};
use tracelight_api::line::{LineReason, Purpose};
use tracelight_domain::gs1::Serial;

pub(super) fn duplicate(detail: String) -> Objection {
    Objection::new(LineReason::Duplicate, detail)
}

pub(super) fn wrong_step(detail: String) -> Objection {
    Objection::new(LineReason::WrongStep, detail)
}

impl Open {
    pub(super) fn plan_print(&self, serial: Serial) -> Planned {
        match self.units.get(&serial) {
            None => self.has_room().map(|()| Plan::Print(serial)),
            Some(Unit::Encoded { .. }) => Err(duplicate(format!("serial `{serial}` is printed already"))),
            Some(_) => Err(wrong_step(format!("serial `{serial}` {}; a number is printed once", self.told(&serial)))),
        }
    }

    pub(super) fn plan_verify(&self, serial: Serial, text: &str) -> Planned {
        let Some(grade) = Grade::parse(text) else {
            let detail = format!("grade: `{}` is not A, B, C, D, F or 0.0 to 4.0", shown(text));
            return Err(Objection::new(LineReason::BadRead, detail));
        };
        match self.units.get(&serial) {
            None | Some(Unit::Encoded { .. }) => {}
            Some(_) => {
                let detail = format!("serial `{serial}` {}; labels are graded before that", self.told(&serial));
                return Err(wrong_step(detail));
            }
        }
        if let Some(min) = self.spec.grade_min.filter(|min| grade < *min) {
            let detail =
                format!("the label of serial `{serial}` has grade {grade}, the order asks for {min} or better");
            return Err(Objection::new(LineReason::GradeTooLow, detail));
        }
        self.has_room().map(|()| Plan::Verify(serial))
    }

    pub(super) fn plan_commission(&self, serial: Serial) -> Planned {
        self.may_become_good(&serial)?;
        Ok(Plan::Commission(serial))
    }

    fn may_become_good(&self, serial: &Serial) -> Result<(), Objection> {
        match self.units.get(serial) {
            None | Some(Unit::Encoded { .. }) => {}
            Some(Unit::Good { .. }) => return Err(duplicate(format!("serial `{serial}` is commissioned already"))),
            Some(_) => {
                let detail = format!("serial `{serial}` {}; its label is never used again", self.told(serial));
                return Err(wrong_step(detail));
            }
        }
        if self.spec.grade_min.is_some() && !matches!(self.units.get(serial), Some(Unit::Encoded { graded: true })) {
            let detail = format!("the label of serial `{serial}` was not graded well enough; verify it first");
            return Err(Objection::new(LineReason::GradeTooLow, detail));
        }
        self.has_room()?;
        self.within_quota()
    }

    pub(super) fn plan_reject(&self, serial: Serial, why: Option<&str>) -> Planned {
        let why = why.map(reason).transpose()?;
        match self.units.get(&serial) {
            Some(Unit::LabelScrapped | Unit::Inactive) => {
                Err(duplicate(format!("serial `{serial}` is rejected already")))
            }
            Some(Unit::Good { at: At::Loose, .. }) => Ok(Plan::Reject(serial, why)),
            Some(Unit::Good { at, .. }) => Err(self.packed(&serial, *at)),
            None | Some(Unit::Encoded { .. }) => {
                self.has_room()?;
                self.within_quota().map(|()| Plan::Reject(serial, why))
            }
            Some(_) => Err(wrong_step(format!("serial `{serial}` {}", self.told(&serial)))),
        }
    }

    pub(super) fn plan_sample(&self, serial: Serial, purpose: Purpose) -> Planned {
        let plan = Plan::Sample(serial.clone());
        match (purpose, self.units.get(&serial)) {
            (_, Some(Unit::LabelSampled | Unit::Sampled)) => {
                Err(duplicate(format!("serial `{serial}` is a sample already")))
            }
            (Purpose::Label, None | Some(Unit::Encoded { .. })) => {
                self.has_room()?;
                self.within_quota().map(|()| plan)
            }
            (Purpose::Label, Some(Unit::Good { .. })) => {
                let detail = format!("serial `{serial}` is on a good pack; sample the pack, not its label");
                Err(wrong_step(detail))
            }
            (_, Some(Unit::Good { at: At::Loose, .. })) => Ok(plan),
            (_, Some(Unit::Good { at, .. })) => Err(self.packed(&serial, *at)),
            (_, None | Some(Unit::Encoded { .. })) => {
                let detail = format!("serial `{serial}` is on no good pack yet; commission it, or sample its label");
                Err(Objection::new(LineReason::NotCommissioned, detail))
            }
            (_, Some(_)) => Err(wrong_step(format!("serial `{serial}` {}", self.told(&serial)))),
        }
    }

    pub(super) fn plan_invalidate(&self, serial: Serial, why: &str) -> Planned {
        let reason = reason(why)?;
        match self.units.get(&serial) {
            None | Some(Unit::Encoded { .. }) => self.has_room().map(|()| Plan::Invalidate(serial, reason)),
            Some(Unit::Invalid) => Err(duplicate(format!("serial `{serial}` is invalid already"))),
            Some(_) => Err(wrong_step(format!("serial `{serial}` {}", self.told(&serial)))),
        }
    }

    pub(super) fn plan_replace(&self, old: Serial, new: Serial, why: &str) -> Planned {
        let reason = reason(why)?;
        match self.units.get(&old) {
            Some(Unit::Good { at: At::Inside(_), .. }) => return Err(self.packed(&old, At::Inside(0))),
            Some(Unit::Good { .. }) => {}
            _ => {
                let detail = format!("serial `{old}` is on no good pack; only a good pack gets another label");
                return Err(Objection::new(LineReason::NotCommissioned, detail));
            }
        }
        self.may_become_good(&new)?;
        Ok(Plan::Replace { old, new, reason })
    }

    pub(super) fn commit_commission(&mut self, serial: Serial) {
        self.set(serial, Unit::Good { turn: self.turns, at: At::Loose });
        self.turns += 1;
    }

    pub(super) fn commit_reject(&mut self, serial: Serial, reason: Option<String>) {
        if let Some(reason) = reason {
            self.remarks.push(Remark::Rejected { serial: serial.to_string(), reason });
        }
        let was_good = matches!(self.units.get(&serial), Some(Unit::Good { .. }));
        self.set(serial, if was_good { Unit::Inactive } else { Unit::LabelScrapped });
    }

    pub(super) fn commit_sample(&mut self, serial: Serial) {
        let was_good = matches!(self.units.get(&serial), Some(Unit::Good { .. }));
        self.set(serial, if was_good { Unit::Sampled } else { Unit::LabelSampled });
    }

    pub(super) fn commit_invalidate(&mut self, serial: Serial, reason: String) {
        self.remarks.push(Remark::Invalidated { serial: serial.to_string(), reason });
        self.set(serial, Unit::Invalid);
    }

    /// The new number takes the old one's place, also in an open bundle or case.
    pub(super) fn commit_replace(&mut self, old: Serial, new: Serial, reason: String) {
        let Some(Unit::Good { at, .. }) = self.units.get(&old).copied() else { return };
        self.set(old.clone(), Unit::Inactive);
        self.set(new.clone(), Unit::Good { turn: self.turns, at });
        self.turns += 1;
        if at == At::Open {
            self.boxes.relabel_open(&old, &new);
        }
        self.remarks.push(Remark::Replaced { old: old.to_string(), new: new.to_string(), reason });
    }

    /// What became of a number, in words that follow its name.
    fn told(&self, serial: &Serial) -> &'static str {
        match self.units.get(serial) {
            None => "was never met",
            Some(Unit::Encoded { .. }) => "is printed",
            Some(Unit::Good { .. }) => "is on a good pack",
            Some(Unit::LabelScrapped | Unit::Inactive) => "was rejected or relabelled",
            Some(Unit::LabelSampled | Unit::Sampled) => "was taken as a sample",
            Some(Unit::Invalid) => "was declared invalid",
        }
    }

    fn packed(&self, serial: &Serial, at: At) -> Objection {
        let way = match at {
            At::Inside(_) => "break it up first",
            _ => "unpack it first",
        };
        wrong_step(format!("serial `{serial}` is in a bundle or case; {way}"))
    }

    /// Is there room for a number that the order has not met yet?
    fn has_room(&self) -> Result<(), Objection> {
        if self.units.len() < BATCH_UNITS_MAX {
            return Ok(());
        }
        Err(wrong_step(format!("the order holds {BATCH_UNITS_MAX} numbers, which is the most; close it")))
    }

    /// Would the chain still seal the batch with one more?
    fn within_quota(&self) -> Result<(), Objection> {
        if self.tally.used() < self.sheet.quota {
            return Ok(());
        }
        let quota = self.sheet.quota;
        let detail = format!("the batch was registered for {quota} packs, rejected ones and samples included");
        Err(Objection::new(LineReason::QuotaReached, detail))
    }
}

//! Steps with bundles, cases and pallets: pack, unpack, close, stack, break. Pure.

use super::boxes::{Level, Member};
use super::code::{Code, Label, code, sscc};
use super::order::{At, Open, Unit};
use super::report::Remark;
use super::spec::reason;
use super::units::{duplicate, wrong_step};
use super::{CASE_UNITS_MAX, Carried, Plan, Planned};
use crate::reading::Objection;
use std::collections::BTreeSet;
use tracelight_api::line::{Fill, LineReason};
use tracelight_domain::gs1::{Lot, Serial};
use tracelight_domain::tx::{BATCHES_PER_CASE_MAX, OBJECTS_MAX};

fn wrong_level(detail: String) -> Objection {
    Objection::new(LineReason::WrongLevel, detail)
}

fn wrong_ratio(detail: String) -> Objection {
    Objection::new(LineReason::WrongRatio, detail)
}

impl Open {
    /// How many are inside when one of this level is full.
    fn full(&self, level: Level) -> Option<u32> {
        match level {
            Level::Bundle => self.spec.bundle,
            Level::Case => self.spec.case,
            Level::Pallet => self.spec.pallet,
        }
    }

    /// Where packs go.
    fn pack_level(&self) -> Level {
        if self.spec.bundle.is_some() { Level::Bundle } else { Level::Case }
    }

    pub(super) fn plan_pack(&self, raw: &str, carried: &Carried) -> Planned {
        let code = code(raw)?;
        if let Some(label) = self.label(&code) {
            return self.plan_pack_bundle(&label);
        }
        let Code::Item(item) = code else {
            return Err(wrong_level("the label of a case or pallet was read where a pack's code belongs".to_owned()));
        };
        if let Some((lot, _)) = self.guest(&item) {
            let serial = item.serial;
            return Err(duplicate(format!("serial `{serial}` of lot `{lot}` is in a case already")));
        }
        if let Some(batch) = carried.find(self.sheet.batch.gtin, &item) {
            if self.spec.bundle.is_some() {
                let detail = "a pack of an earlier lot goes into a case, and this order packs bundles".to_owned();
                return Err(wrong_step(detail));
            }
            return self.has_place(Level::Case).map(|()| Plan::PackCarried(batch, item.serial));
        }
        let serial = self.own(item)?;
        match self.units.get(&serial) {
            Some(Unit::Good { at: At::Loose, .. }) => {
                let level = self.pack_level();
                self.has_place(level).map(|()| Plan::Put(level, Member::Own(serial)))
            }
            Some(Unit::Good { .. }) => Err(duplicate(format!("serial `{serial}` is in a bundle or case already"))),
            _ => {
                let detail = format!("serial `{serial}` was not commissioned, or was rejected; commission it first");
                Err(Objection::new(LineReason::NotCommissioned, detail))
            }
        }
    }

    fn plan_pack_bundle(&self, label: &Label) -> Planned {
        let asked = if self.spec.bundle.is_some() { "bundle" } else { "pack" };
        let Some((index, closed)) = self.boxes.find(label) else {
            return Err(match label {
                Label::Bundle(serial) => {
                    let detail = format!("no bundle `{serial}` was closed in this order");
                    Objection::new(LineReason::ForeignCode, detail)
                }
                Label::Sscc(sscc) if self.spec.bundle.is_some() => {
                    let detail = format!("no bundle {sscc} was closed in this order");
                    Objection::new(LineReason::ForeignCode, detail)
                }
                Label::Sscc(_) => {
                    wrong_level(format!("the label (00) of a case or pallet was read, a {asked} is needed"))
                }
            });
        };
        if closed.dead {
            return Err(Objection::new(LineReason::DeadLabel, format!("{} was broken up", self.name(index))));
        }
        match (closed.level, closed.at) {
            (Level::Bundle, At::Loose) => {
                self.has_place(Level::Case).map(|()| Plan::Put(Level::Case, Member::Box(index)))
            }
            (Level::Bundle, _) => Err(duplicate(format!("{} is in a case already", self.name(index)))),
            _ => Err(wrong_level(format!("{} was read, a {asked} is needed", self.name(index)))),
        }
    }

    pub(super) fn plan_stack(&self, raw: &str) -> Planned {
        let label = Label::Sscc(sscc(raw)?);
        let Some((index, closed)) = self.boxes.find(&label) else {
            let detail = "no case with this label was closed on this line in this order".to_owned();
            return Err(Objection::new(LineReason::ForeignCode, detail));
        };
        if closed.dead {
            return Err(Objection::new(LineReason::DeadLabel, format!("{} was broken up", self.name(index))));
        }
        match (closed.level, closed.at) {
            (Level::Case, At::Loose) => {
                self.has_place(Level::Pallet).map(|()| Plan::Put(Level::Pallet, Member::Box(index)))
            }
            (Level::Case, _) => Err(duplicate(format!("{} is on a pallet already", self.name(index)))),
            _ => Err(wrong_level(format!("{} was read; only cases go onto a pallet", self.name(index)))),
        }
    }

    /// Is there a place in what is open on this level?
    fn has_place(&self, level: Level) -> Result<(), Objection> {
        let inside = self.boxes.open(level).len();
        let (bound, max) = match (self.full(level), level) {
            (Some(full), _) => (full as usize, full as usize),
            (None, Level::Pallet) => (OBJECTS_MAX, OBJECTS_MAX),
            (None, _) => (CASE_UNITS_MAX, CASE_UNITS_MAX),
        };
        if inside < bound {
            return Ok(());
        }
        Err(wrong_ratio(format!("the open {} holds {max}, which is all that goes in; close it first", level.name())))
    }

    pub(super) fn plan_unpack(&self, raw: &str) -> Planned {
        let code = code(raw)?;
        let (at, member, what) = if let Some(label) = self.label(&code) {
            let Some((index, closed)) = self.boxes.find(&label) else {
                return Err(Objection::new(
                    LineReason::ForeignCode,
                    "nothing was closed under this label in this order",
                ));
            };
            (closed.at, Member::Box(index), self.name(index))
        } else {
            let Code::Item(item) = code else {
                return Err(wrong_level("this label is of no bundle or case".to_owned()));
            };
            let what = format!("serial `{}`", item.serial);
            if let Some((lot, at)) = self.guest(&item) {
                (at, Member::Guest(lot, item.serial), what)
            } else {
                let serial = self.own(item)?;
                let at = match self.units.get(&serial) {
                    Some(Unit::Good { at, .. }) => *at,
                    _ => At::Loose,
                };
                (at, Member::Own(serial), what)
            }
        };
        match at {
            At::Open => Ok(Plan::Unpack(member)),
            At::Loose => Err(wrong_step(format!("{what} is in nothing that is open"))),
            At::Inside(outer) => Err(wrong_step(format!("{what} is inside {}; break that up first", self.name(outer)))),
        }
    }

    pub(super) fn plan_close(&self, level: Level, raw: &str, fill: Fill) -> Planned {
        let label = self.fresh_label(level, raw)?;
        let content = self.boxes.open(level);
        if level == Level::Bundle && self.spec.bundle.is_none() {
            return Err(wrong_step("this order packs no bundles; close the case".to_owned()));
        }
        if content.is_empty() {
            let detail = format!("nothing was put into the {}", level.name());
            return Err(Objection::new(LineReason::Empty, detail));
        }
        let count = u32::try_from(content.len()).unwrap_or(u32::MAX);
        let full = self.full(level);
        let lots = self.lots_in(content);
        match (fill, full) {
            (Fill::Mixed, _) if level != Level::Case => Err(wrong_ratio("only a case can be mixed".to_owned())),
            (Fill::Mixed, _) if lots < 2 => {
                Err(wrong_ratio("the case holds one lot; close it as full or partial".to_owned()))
            }
            (Fill::Mixed, _) if lots > BATCHES_PER_CASE_MAX => {
                Err(wrong_ratio(format!("the case holds {lots} lots, at most {BATCHES_PER_CASE_MAX} go into one")))
            }
            (Fill::Full | Fill::Partial, _) if lots > 1 => {
                Err(wrong_ratio(format!("the case holds packs of {lots} lots; close it as mixed")))
            }
            (Fill::Full, Some(full)) if count != full => {
                let name = level.name();
                Err(wrong_ratio(format!("the {name} holds {count} of {full}; fill it up, or close it as partial")))
            }
            (Fill::Partial, Some(full)) if count == full => {
                Err(wrong_ratio(format!("the {} holds {count} of {full}; it is full", level.name())))
            }
            _ => Ok(Plan::Close(level, label)),
        }
    }

    fn lots_in(&self, content: &[Member]) -> usize {
        let mut own = false;
        let mut guests = BTreeSet::<&Lot>::new();
        for member in content {
            match member {
                Member::Guest(lot, _) => {
                    guests.insert(lot);
                }
                Member::Own(_) | Member::Box(_) => own = true,
            }
        }
        guests.len() + usize::from(own)
    }

    fn fresh_label(&self, level: Level, raw: &str) -> Result<Label, Objection> {
        let label = match (level, code(raw)) {
            (Level::Bundle, Ok(code)) => match self.label(&code) {
                Some(label) => label,
                None => {
                    return Err(wrong_level("a pack's code was read where the code of a bundle belongs".to_owned()));
                }
            },
            _ => Label::Sscc(sscc(raw)?),
        };
        match self.boxes.find(&label) {
            None => Ok(label),
            Some((index, closed)) if closed.dead => {
                Err(Objection::new(LineReason::DeadLabel, format!("{} was broken up", self.name(index))))
            }
            Some((index, _)) => Err(duplicate(format!("the label is used already, for {}", self.name(index)))),
        }
    }

    pub(super) fn plan_break(&self, raw: &str, why: &str) -> Planned {
        let reason = reason(why)?;
        let code = code(raw)?;
        let Some(label) = self.label(&code) else {
            return Err(wrong_level(
                "a pack's code was read where a label of a bundle, case or pallet belongs".to_owned(),
            ));
        };
        let Some((index, closed)) = self.boxes.find(&label) else {
            return Err(Objection::new(LineReason::ForeignCode, "nothing was closed under this label in this order"));
        };
        if closed.dead {
            return Err(duplicate(format!("{} was broken up already", self.name(index))));
        }
        match closed.at {
            At::Loose => Ok(Plan::Break(index, reason)),
            At::Open => Err(wrong_step(format!("{} is in something open; unpack it first", self.name(index)))),
            At::Inside(outer) => {
                let detail = format!("{} is inside {}; break that up first", self.name(index), self.name(outer));
                Err(wrong_step(detail))
            }
        }
    }

    /// Breaks one up and notes why. Returns what was inside.
    pub(super) fn commit_break(&mut self, index: u32, reason: String) -> Vec<Member> {
        if let Some(closed) = self.boxes.get(index) {
            self.remarks.push(Remark::Broken { label: closed.label.to_string(), reason });
        }
        self.boxes.break_up(index)
    }

    /// "case 395...", for people.
    pub(super) fn name(&self, index: u32) -> String {
        let Some(closed) = self.boxes.get(index) else { return "something unknown".to_owned() };
        match &closed.label {
            Label::Sscc(sscc) => format!("{} {sscc}", closed.level.name()),
            Label::Bundle(serial) => format!("bundle `{serial}`"),
        }
    }

    /// Marks where the packs of a list are now. Packs of earlier lots that become loose are returned.
    pub(super) fn move_packs(&mut self, members: &[Member], to: At) -> Vec<(Lot, Serial)> {
        let mut freed = Vec::new();
        for member in members {
            match member {
                Member::Own(serial) => self.place(serial, to),
                Member::Box(_) => {}
                Member::Guest(lot, serial) if to == At::Loose => freed.push((lot.clone(), serial.clone())),
                Member::Guest(lot, serial) => {
                    if let Some(at) = self.guests.get_mut(lot).and_then(|guests| guests.packs.get_mut(serial)) {
                        *at = to;
                    }
                }
            }
        }
        freed
    }
}

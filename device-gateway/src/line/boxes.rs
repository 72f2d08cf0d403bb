//! Bundles, cases and pallets of an order: what is open, what is closed, what is in what. Pure.
//!
//! ```text
//! packs --pack--> open bundle --close--> bundle --pack--> open case --close--> case --stack--> open pallet --close--> pallet
//!          or straight into the open case, where the order has no bundles
//! ```
//! * A label is used once. Breaking a closed one up leaves a dead label and loose content.
//! * Something that is inside something closed is touched only after that was broken up, outermost first.

use super::code::Label;
use super::order::At;
use std::collections::BTreeMap;
use tracelight_domain::gs1::{Lot, Serial};

/// A level of packing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Bundle,
    Case,
    Pallet,
}

impl Level {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Bundle => "bundle",
            Self::Case => "case",
            Self::Pallet => "pallet",
        }
    }
}

/// Something inside something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Member {
    /// A pack of this order.
    Own(Serial),
    /// A pack of an earlier lot.
    Guest(Lot, Serial),
    /// A bundle or case, by its index.
    Box(u32),
}

/// A bundle, case or pallet that was closed.
#[derive(Clone, Debug)]
pub(super) struct Closed {
    pub(super) label: Label,
    pub(super) level: Level,
    pub(super) content: Vec<Member>,
    pub(super) at: At,
    /// Broken up: the label is never used again.
    pub(super) dead: bool,
    /// The record that closed it; names its deed.
    pub(super) record: u64,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Boxes {
    closed: Vec<Closed>,
    labels: BTreeMap<Label, u32>,
    open: [Vec<Member>; 3],
}

impl Boxes {
    pub(super) fn open(&self, level: Level) -> &[Member] {
        &self.open[level as usize]
    }

    pub(super) fn closed(&self) -> &[Closed] {
        &self.closed
    }

    pub(super) fn get(&self, index: u32) -> Option<&Closed> {
        self.closed.get(index as usize)
    }

    pub(super) fn find(&self, label: &Label) -> Option<(u32, &Closed)> {
        let index = *self.labels.get(label)?;
        self.get(index).map(|closed| (index, closed))
    }

    /// Puts something into what is open on a level.
    pub(super) fn put(&mut self, level: Level, member: Member) {
        if let Member::Box(index) = member {
            self.set_at(index, At::Open);
        }
        self.open[level as usize].push(member);
    }

    /// Takes something out of what is open. Says whether it was there.
    pub(super) fn take(&mut self, member: &Member) -> bool {
        for open in &mut self.open {
            if let Some(place) = open.iter().position(|inside| inside == member) {
                open.remove(place);
                if let Member::Box(index) = *member {
                    self.set_at(index, At::Loose);
                }
                return true;
            }
        }
        false
    }

    /// A pack in something open has another number now.
    pub(super) fn relabel_open(&mut self, old: &Serial, new: &Serial) {
        for inside in self.open.iter_mut().flatten() {
            if matches!(inside, Member::Own(serial) if serial == old) {
                *inside = Member::Own(new.clone());
            }
        }
    }

    /// Closes what is open on a level under a label that was not used before. Returns the new index and what is inside.
    pub(super) fn close(&mut self, level: Level, label: Label, record: u64) -> (u32, Vec<Member>) {
        let content = std::mem::take(&mut self.open[level as usize]);
        let index = u32::try_from(self.closed.len()).unwrap_or(u32::MAX);
        for member in &content {
            if let Member::Box(inner) = *member {
                self.set_at(inner, At::Inside(index));
            }
        }
        self.labels.insert(label.clone(), index);
        let inside = content.clone();
        self.closed.push(Closed { label, level, content, at: At::Loose, dead: false, record });
        (index, inside)
    }

    /// Breaks one up. Returns what was inside.
    pub(super) fn break_up(&mut self, index: u32) -> Vec<Member> {
        let Some(closed) = self.closed.get_mut(index as usize) else { return Vec::new() };
        closed.dead = true;
        let content = std::mem::take(&mut closed.content);
        for member in &content {
            if let Member::Box(inner) = *member {
                self.set_at(inner, At::Loose);
            }
        }
        content
    }

    fn set_at(&mut self, index: u32, at: At) {
        if let Some(closed) = self.closed.get_mut(index as usize) {
            closed.at = at;
        }
    }

    /// The packs of a bundle or case, those of its bundles included, in packing order.
    pub(super) fn packs_of<'a>(&'a self, content: &'a [Member]) -> Vec<&'a Member> {
        let mut packs = Vec::new();
        for member in content {
            match member {
                Member::Box(index) => packs.extend(self.get(*index).map(|inner| &inner.content).into_iter().flatten()),
                pack => packs.push(pack),
            }
        }
        packs
    }
}

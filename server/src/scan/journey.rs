//! The way of a pack, from the events of its batch, its case, the pallets that carried the case, and the pack itself.
//!
//! A pack inherits what happened to what held it. A pallet's events count only while the case stood on it:
//!
//! ```text
//! case on pallet P      from the case's `Packed` with container P
//!                       to its `Unpacked`, `MissingOnArrival` or `ReceivedDamaged` with container P, which takes it off
//! ```
//! The receiver's answer that takes a case off a pallet is one transaction with the pallet's own `Received`: that event of
//! the pallet is not the case's. [`merge`] gives every event that concerns the pack, for traces; [`shopper_steps`] draws
//! from them what a shopper may see: roles and towns of partners, the maker, dates.

use std::collections::BTreeMap;
use tracelight_domain::gs1::Sscc;
use tracelight_domain::ids::MemberId;
use tracelight_domain::state::{Event, EventKind, MemberRole, ObjectId};
use tracelight_web_ui::scan::model::{JourneyStep, PartnerRole, Signed, StepKind, StepState};

/// An event and the object it happened to.
pub type Happened = (ObjectId, Event);

/// Everything that concerns the pack (or case), oldest first. `hosts` maps each pallet that ever carried the case to all
/// its events.
#[must_use]
pub fn merge(
    batch: Vec<Happened>,
    unit: Vec<Happened>,
    case: Vec<Happened>,
    hosts: &BTreeMap<Sscc, Vec<Event>>,
) -> Vec<Happened> {
    let mut all = batch;
    for (pallet, events) in hosts {
        let stays = stays_on(&case, *pallet);
        let inherited = events.iter().filter(|event| {
            // The pallet's own making is not a step of the case; putting the case on it is, and is the case's event.
            !matches!(event.kind, EventKind::Packed | EventKind::Unpacked)
                && stays.iter().any(|stay| stay.covers(event))
        });
        all.extend(inherited.map(|event| (ObjectId::Logistic(*pallet), event.clone())));
    }
    all.extend(case);
    all.extend(unit);
    // A stable order: by block, and within one block what holds comes before what is held, as inserted above; but a batch is
    // sealed after its packs were packed, also when both stand in one block.
    all.sort_by_key(|(_, event)| (event.height, event.kind == EventKind::Sealed));
    all
}

struct Stay<'a> {
    on: &'a Event,
    off: Option<&'a Event>,
}

impl Stay<'_> {
    fn covers(&self, event: &Event) -> bool {
        let begun = event.height >= self.on.height;
        let ended = self.off.is_some_and(|off| event.height > off.height || event.tx == off.tx);
        begun && !ended
    }
}

fn stays_on(case: &[Happened], pallet: Sscc) -> Vec<Stay<'_>> {
    let mut stays: Vec<Stay<'_>> = Vec::new();
    for (_, event) in case.iter().filter(|(_, event)| event.container == Some(pallet)) {
        match event.kind {
            EventKind::Packed => stays.push(Stay { on: event, off: None }),
            _ => {
                if let Some(open) = stays.last_mut().filter(|stay| stay.off.is_none()) {
                    open.off = Some(event);
                }
            }
        }
    }
    stays
}

/// What a shopper is told of a member.
#[derive(Clone, Debug)]
pub struct Station {
    /// Its part in the trade.
    pub role: MemberRole,
    /// Its town, in the page's language.
    pub place: String,
}

/// Draws the steps that may be shown to a shopper from merged events.
#[must_use]
pub fn shopper_steps(events: &[Happened], station: impl Fn(MemberId) -> Option<Station>) -> Vec<JourneyStep> {
    let mut steps: Vec<JourneyStep> = Vec::new();
    let mut recalled = false;
    let place = |member: MemberId| station(member).map(|station| station.place).filter(|place| !place.is_empty());
    let role = |member: MemberId| station(member).map_or(PartnerRole::Logistics, |station| partner(station.role));
    for (object, event) in events {
        let step = |what, place, signed| JourneyStep {
            what,
            place,
            at_ms: i64::try_from(event.time_ms).unwrap_or(i64::MAX),
            signed,
            state: StepState::Passed,
        };
        let moved = matches!(object, ObjectId::Logistic(_) | ObjectId::Unit(_));
        match event.kind {
            // The case's own making: the line read each pack that went into it.
            EventKind::Packed if event.container.is_none() => {
                steps.push(step(StepKind::Made, place(event.actor), Signed::Line));
            }
            EventKind::Sealed => steps.push(step(StepKind::Sealed, None, Signed::OneSide)),
            EventKind::Shipped if moved => {
                steps.push(step(StepKind::OnTheWay, place(event.actor), Signed::OneSide));
            }
            EventKind::Received | EventKind::ReceivedDamaged if moved => {
                take_back_last_leg(&mut steps);
                steps.push(step(StepKind::Held(role(event.actor)), place(event.actor), Signed::BothSides));
            }
            EventKind::Refused | EventKind::Found => take_back_last_leg(&mut steps),
            EventKind::Returned => {
                steps.push(step(StepKind::Held(role(event.actor)), place(event.actor), Signed::OneSide));
            }
            EventKind::Dispensed | EventKind::Sold => {
                steps.push(step(StepKind::Sold(role(event.actor)), place(event.actor), Signed::OneSide));
            }
            EventKind::Stolen | EventKind::Sampled | EventKind::Destroyed | EventKind::Exported => {
                steps.push(step(StepKind::TakenOut, None, Signed::OneSide));
            }
            EventKind::Recalled => {
                recalled = true;
                let mut step = step(StepKind::Recalled, None, Signed::OneSide);
                step.state = StepState::Recalled;
                steps.push(step);
            }
            _ => {}
        }
    }
    mark_present(&mut steps, recalled);
    steps
}

/// "On the way" is over: what follows says where it went.
fn take_back_last_leg(steps: &mut Vec<JourneyStep>) {
    if let Some(at) = steps.iter().rposition(|step| step.what == StepKind::OnTheWay) {
        steps.remove(at);
    }
}

/// The pack is where its last step of custody was, unless it has left the trade or is recalled.
fn mark_present(steps: &mut [JourneyStep], recalled: bool) {
    let custody = |step: &&mut JourneyStep| !matches!(step.what, StepKind::Sealed | StepKind::Recalled);
    if let Some(last) = steps.iter_mut().filter(custody).last()
        && matches!(last.what, StepKind::Held(_) | StepKind::OnTheWay)
        && !recalled
    {
        last.state = StepState::Now;
    }
}

const fn partner(role: MemberRole) -> PartnerRole {
    match role {
        MemberRole::Manufacturer => PartnerRole::Maker,
        MemberRole::Logistics => PartnerRole::Logistics,
        MemberRole::Pharmacy => PartnerRole::Pharmacy,
        MemberRole::Regulator => PartnerRole::Regulator,
    }
}

#[cfg(test)]
mod tests;

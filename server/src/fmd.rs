//! What a national system of Delegated Regulation (EU) 2016/161 would answer, beside the chain's own answer: return code, warning or
//! alert, for medicines. The rules are [`tracelight_regulatory::fmd`]; this file says which of our facts are theirs.
//!
//! ```text
//! ours                                            theirs
//! dispense, sell                                  supply                (sell: handed to the public)
//! return                                          the undoing of what the pack's state says
//! sample, destroy, report stolen, export          the same
//! the member's GLN                                entitlement and premises: this chain knows no part of a member
//! ```
//! **The chain decides.** It is asked first, but for an expiry that differs from the registered one, which it does not see: such a pack is
//! refused here. What it refuses is then explained in these words, from facts that are read after it has refused; when they do not explain
//! it (the fault is another one, such as a wrong custodian), nothing is added and nothing is raised.
//!
//! **No alert** without facts: a server that does not have the maker's lists, or whose projection is too old, says nothing of the pack.

mod attempt;

pub(crate) use attempt::Attempt;

use crate::scan::facts::{Looked, PackFacts, Standing};
use tracelight_api::rest::handover::UnitAction;
use tracelight_domain::gs1::Date;
use tracelight_domain::ids::MemberId;
use tracelight_domain::state::{EventKind, ObjectId, UnitStatus};
use tracelight_regulatory::fmd::{
    Action, Actor, AlertId, Context, Held, Mark, Presented, ReturnCode, Signal, State, Undoable, apply, identity,
    standing,
};

/// What is answered beside the chain's answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Return code.
    pub code: Option<ReturnCode>,
    /// Alerts.
    pub alerts: Vec<AlertId>,
    /// The next time the same is an alert.
    pub warned: bool,
}

impl Answer {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Who asks for what, and when.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Who.
    pub member: MemberId,
    /// For what.
    pub action: UnitAction,
    /// Milliseconds since 1970.
    pub now_ms: u64,
    /// The day in the market.
    pub today: Date,
    /// How often the same member has asked for the same of this pack today.
    pub repeats: u32,
}

/// What is printed on a pack, against what is registered. `None` when nothing can be said.
#[must_use]
pub fn compared(
    presented: &Presented,
    looked: &Looked,
    product_known: bool,
    batch_known: bool,
    asked: &Asked,
) -> Option<Answer> {
    let held = match looked {
        Looked::Unavailable { .. } => return None,
        Looked::Unknown if product_known => Held::NoSerial { batch_known },
        Looked::Unknown => Held::NoProduct,
        // A code that was ordered and never came onto a pack is none that a repository holds.
        Looked::Known(facts) if facts.standing != Standing::Sealed => Held::NoSerial { batch_known: true },
        Looked::Known(facts) => {
            let state = standing(&state_of(facts), &context(facts, asked));
            Held::Pack { batch: facts.lot.clone(), expiry: facts.expires_on, state }
        }
    };
    let found = identity(presented, &held);
    let answer = Answer { code: found.codes.first().copied(), alerts: found.alerts, warned: false };
    (!answer.is_empty()).then_some(answer)
}

/// What explains that the chain has refused. `None` when these rules would not.
#[must_use]
pub fn refused(facts: &PackFacts, asked: &Asked) -> Option<Answer> {
    let state = state_of(facts);
    let refusal = apply(&state, action_on(&state, asked.action), &context(facts, asked)).err()?;
    let (alerts, warned) = match refusal.signal {
        Signal::Nothing => (Vec::new(), false),
        Signal::Warning => (Vec::new(), true),
        Signal::Alert(alert) => (vec![alert], false),
    };
    let answer = Answer { code: refusal.code(), alerts, warned };
    (!answer.is_empty()).then_some(answer)
}

fn action_on(state: &State, action: UnitAction) -> Action {
    match action {
        UnitAction::Dispense | UnitAction::Sell => Action::Supply,
        UnitAction::Sample => Action::Sample,
        UnitAction::Destroy => Action::Destroy,
        UnitAction::ReportStolen => Action::ReportStolen,
        UnitAction::Export => Action::Export,
        UnitAction::Return => Action::Undo(match state {
            State::Exported(_) => Undoable::Export,
            State::Sample(_) => Undoable::Sample,
            _ => Undoable::Supply,
        }),
    }
}

/// Whoever the chain names: a member, at its GLN.
fn actor(member: MemberId) -> Actor {
    let gln = member.to_string();
    Actor { entitlement: gln.clone(), premises: gln, user: String::new() }
}

fn state_of(facts: &PackFacts) -> State {
    let last = facts.events.iter().rev().find(|(object, event)| {
        matches!(object, ObjectId::Unit(_))
            && matches!(
                event.kind,
                EventKind::Dispensed
                    | EventKind::Sold
                    | EventKind::Sampled
                    | EventKind::Destroyed
                    | EventKind::Stolen
                    | EventKind::Exported
            )
    });
    // What happened to a pack with its case has no event of the pack.
    let Some((_, event)) = last.or(facts.events.last()) else { return State::Active };
    let at = i64::try_from(event.time_ms / 1_000).unwrap_or(i64::MAX);
    let mark = Mark { at, by: actor(event.actor) };
    match facts.unit {
        UnitStatus::Active => State::Active,
        UnitStatus::Dispensed | UnitStatus::Sold => State::Supplied(mark),
        UnitStatus::Sampled => State::Sample(mark),
        UnitStatus::Destroyed => State::Destroyed(mark),
        UnitStatus::Stolen => State::Stolen(mark),
        UnitStatus::Exported => State::Exported(mark),
    }
}

fn context(facts: &PackFacts, asked: &Asked) -> Context {
    Context {
        now: i64::try_from(asked.now_ms / 1_000).unwrap_or(i64::MAX),
        today: asked.today,
        actor: actor(asked.member),
        expiry: facts.expires_on,
        batch_recalled: facts.recalled.is_some(),
        product_withdrawn: false,
        for_destruction: false,
        theft_known: facts.unit == UnitStatus::Stolen,
        given_to_public: facts.unit == UnitStatus::Sold,
        earlier_repeats: asked.repeats,
    }
}

#[cfg(test)]
mod tests;

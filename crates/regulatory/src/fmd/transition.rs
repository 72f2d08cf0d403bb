//! The transition function: see the head of [`super`] for the rules.

use super::codes::{AlertId, ReturnCode};
use super::{Action, Context, Mark, REPEAT_WARNINGS_MAX, State, UNDO_SECONDS_MAX, Undoable};

/// Why an operation is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Reason {
    /// The undoing names another operation than the one that was done.
    #[error("the pack is not in the state that is to be undone")]
    UndoMismatch,
    /// Art. 13(1)(a).
    #[error("it was done under another entitlement or at other premises")]
    ByAnother,
    /// A lock or a check-out is undone by who did it.
    #[error("it was done by another user")]
    ByAnotherUser,
    /// Art. 13(1)(b).
    #[error("it was done more than ten days ago")]
    TooLate,
    /// Art. 13(1)(c), or an operation on such a pack.
    #[error("the pack is expired")]
    Expired,
    /// Art. 13(1)(d), or an operation on such a pack.
    #[error("the batch is recalled")]
    Recalled,
    /// Art. 13(1)(d), or an operation on such a pack.
    #[error("the product is withdrawn")]
    Withdrawn,
    /// Art. 13(1)(d).
    #[error("the pack is intended for destruction")]
    ForDestruction,
    /// Art. 13(1)(d).
    #[error("the pack is stolen, or a theft is known of")]
    Stolen,
    /// Art. 13(1)(e).
    #[error("the pack was supplied to the public")]
    GivenToPublic,
    /// The same operation again.
    #[error("the pack has that state already")]
    AlreadySet,
    /// Another operation on an inactive pack.
    #[error("the pack is inactive already")]
    AlreadyInactive,
}

impl Reason {
    /// The code that a national system answers; `None` where the public guides name none.
    #[must_use]
    pub const fn code(self) -> Option<ReturnCode> {
        match self {
            Self::UndoMismatch => Some(ReturnCode::UndoMismatch),
            Self::ByAnother | Self::ByAnotherUser => Some(ReturnCode::UndoByAnother),
            Self::TooLate => Some(ReturnCode::UndoTooLate),
            Self::AlreadySet => Some(ReturnCode::AlreadySet),
            Self::AlreadyInactive => Some(ReturnCode::AlreadyInactive),
            Self::Expired
            | Self::Recalled
            | Self::Withdrawn
            | Self::ForDestruction
            | Self::Stolen
            | Self::GivenToPublic => None,
        }
    }
}

/// What goes out besides the refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Nothing.
    Nothing,
    /// A warning to whoever acts.
    Warning,
    /// An alert to those who look into it.
    Alert(AlertId),
}

/// An operation that does not happen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{first}")]
pub struct Refusal {
    /// The reason that is looked at first; its code is the answer.
    pub first: Reason,
    /// The other reasons, in the order of art. 13.
    pub others: Vec<Reason>,
    /// Warning or alert.
    pub signal: Signal,
}

impl Refusal {
    fn of(first: Reason, signal: Signal) -> Self {
        Self { first, others: Vec::new(), signal }
    }

    /// The return code.
    #[must_use]
    pub const fn code(&self) -> Option<ReturnCode> {
        self.first.code()
    }

    /// All reasons.
    pub fn reasons(&self) -> impl Iterator<Item = Reason> + '_ {
        std::iter::once(self.first).chain(self.others.iter().copied())
    }
}

/// The state as of the context's day: an active pack is withdrawn, recalled or expired by what is known of its product, its batch and
/// its date, in this order. Any other state stands.
#[must_use]
pub fn standing(state: &State, context: &Context) -> State {
    match state {
        State::Active if context.product_withdrawn => State::Withdrawn,
        State::Active if context.batch_recalled => State::Recalled,
        State::Active if expired(context) => State::Expired,
        other => other.clone(),
    }
}

/// Does what is asked, or says why not.
///
/// # Errors
/// [`Refusal`]; the pack's state is then unchanged.
pub fn apply(state: &State, action: Action, context: &Context) -> Result<State, Refusal> {
    let state = standing(state, context);
    match (&state, action) {
        (State::Active, Action::Undo(_)) => Err(Refusal::of(Reason::UndoMismatch, Signal::Nothing)),
        (State::Active, _) => Ok(set(action, context)),
        (State::Expired, _) => Err(Refusal::of(Reason::Expired, Signal::Nothing)),
        (State::Recalled, _) => Err(Refusal::of(Reason::Recalled, Signal::Nothing)),
        (State::Withdrawn, _) => Err(Refusal::of(Reason::Withdrawn, Signal::Nothing)),
        (_, Action::Undo(done)) => undo(&state, done, context),
        (_, _) if state.kind() == action.target() => Err(repeated(&state, context)),
        (_, _) => Err(Refusal::of(Reason::AlreadyInactive, Signal::Alert(AlertId::AlreadyInactive))),
    }
}

/// Is a product on the market?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProductStanding {
    /// It is.
    OnMarket,
    /// It was withdrawn, for good.
    Withdrawn,
}

/// A withdrawn product takes no new batches.
///
/// # Errors
/// [`Reason::Withdrawn`].
pub const fn may_upload_batch(product: ProductStanding) -> Result<(), Reason> {
    match product {
        ProductStanding::OnMarket => Ok(()),
        ProductStanding::Withdrawn => Err(Reason::Withdrawn),
    }
}

fn expired(context: &Context) -> bool {
    context.today > context.expiry
}

fn set(action: Action, context: &Context) -> State {
    let mark = Mark { at: context.now, by: context.actor.clone() };
    match action {
        Action::Supply => State::Supplied(mark),
        Action::Export => State::Exported(mark),
        Action::Sample => State::Sample(mark),
        Action::FreeSample => State::FreeSample(mark),
        Action::Lock => State::Locked(mark),
        Action::CheckOut => State::CheckedOut(mark),
        Action::Destroy => State::Destroyed(mark),
        Action::ReportStolen => State::Stolen(mark),
        Action::Recall => State::Recalled,
        Action::Withdraw => State::Withdrawn,
        Action::Undo(_) => State::Active,
    }
}

fn undo(state: &State, done: Undoable, context: &Context) -> Result<State, Refusal> {
    let Some(mark) = state.mark().filter(|_| state.kind() == done.from()) else {
        return Err(Refusal::of(Reason::UndoMismatch, Signal::Nothing));
    };
    let by_same_user = matches!(done, Undoable::Lock | Undoable::CheckOut);
    let same_place = mark.by.entitlement == context.actor.entitlement && mark.by.premises == context.actor.premises;
    let late = context.now.saturating_sub(mark.at) > UNDO_SECONDS_MAX;
    let conditions = [
        (!same_place, Reason::ByAnother),
        (by_same_user && mark.by.user != context.actor.user, Reason::ByAnotherUser),
        (!by_same_user && late, Reason::TooLate),
        (expired(context), Reason::Expired),
        (context.batch_recalled, Reason::Recalled),
        (context.product_withdrawn, Reason::Withdrawn),
        (context.for_destruction, Reason::ForDestruction),
        (context.theft_known, Reason::Stolen),
        (context.given_to_public, Reason::GivenToPublic),
    ];
    let mut failed = conditions.into_iter().filter(|(fails, _)| *fails).map(|(_, reason)| reason);
    let Some(first) = failed.next() else { return Ok(State::Active) };
    let mut refusal = Refusal { first, others: failed.collect(), signal: Signal::Nothing };
    if refusal.reasons().any(|reason| reason == Reason::TooLate) {
        refusal.signal = Signal::Alert(AlertId::UndoTooLate);
    }
    Err(refusal)
}

fn repeated(state: &State, context: &Context) -> Refusal {
    let same_place = state.mark().is_some_and(|mark| {
        mark.by.premises == context.actor.premises && mark.by.entitlement == context.actor.entitlement
    });
    let signal = if same_place {
        if context.earlier_repeats < REPEAT_WARNINGS_MAX { Signal::Warning } else { Signal::Alert(AlertId::Repeated) }
    } else {
        Signal::Alert(AlertId::AlreadyInactive)
    };
    Refusal::of(Reason::AlreadySet, signal)
}

/// The kinds that an undoing may lead out of: what the regulation and the guides call reversible.
#[cfg(test)]
pub(super) fn reversible(kind: super::Kind) -> Option<Undoable> {
    Undoable::ALL.into_iter().find(|done| done.from() == kind)
}

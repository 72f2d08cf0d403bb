//! States of a medicine pack under Delegated Regulation (EU) 2016/161, and what may follow what.
//!
//! ```text
//! Active --Supply, Export, Sample, FreeSample--> that state --Undo, art. 13--> Active
//! Active --Lock, CheckOut----------------------> that state --Undo, the same user--> Active
//! Active --Destroy, ReportStolen---------------> that state, for good
//! Active --Recall (batch), Withdraw (product)--> that state, for good
//! Active --its last day is over----------------> Expired, for good; follows from the date, nobody does it
//! ```
//! Nothing else. A pack that is not active takes no operation but the undoing of the one that made it so. A recall or a
//! withdrawal reaches a batch or a product: a pack that was already decommissioned keeps its state, and what bars its way
//! back is the standing of its batch and product in [`Context`].
//!
//! Undoing under art. 13 needs all of: the same entitlement and the same premises; at most ten days; not expired; not
//! recalled, withdrawn, meant for destruction or stolen, and no knowledge of theft; never handed to the public. A refusal names
//! every condition that fails, not the first alone. Locked and checked-out packs come back by the same user, with no ten days,
//! but never past a recall, a withdrawal, a theft or the expiry.
//!
//! An alert is a lead, not a verdict. None is raised when the pack is inactive because it is expired, recalled or withdrawn; a
//! pack that was supplied and has expired since is inactive because it was supplied, and a second supply elsewhere is an alert.
//! The same operation again at the same place is a warning first, and an alert after [`REPEAT_WARNINGS_MAX`] warnings.
//!
//! Whether the identifier is authentic at all is [`identity()`]: product code and serial decide (art. 11); batch and expiry that
//! differ are alerts, not the definition.
//!
//! **Invariant:** [`apply`] is a function of its arguments: it reads no clock and keeps nothing.

mod codes;
mod identity;
mod transition;

pub use codes::{AlertId, NO_ALERT_TWINS, ReturnCode, Severity};
pub use identity::{Held, Identity, Presented, identity};
pub use transition::{ProductStanding, Reason, Refusal, Signal, apply, may_upload_batch, standing};

use tracelight_domain::gs1::Date;

/// Seconds after which an operation is not undone any more: ten days, art. 13(1)(b).
pub const UNDO_SECONDS_MAX: i64 = 10 * 24 * 60 * 60;

/// Repeats of one operation at one place that are warned of before one raises an alert. The regulation's guides say "after
/// repeated tries" and no number; this one is ours.
pub const REPEAT_WARNINGS_MAX: u32 = 1;

/// Who does something, and where. Compared byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The authorisation or entitlement to supply or decommission.
    pub entitlement: String,
    /// The premises.
    pub premises: String,
    /// The user, person or system, within the premises.
    pub user: String,
}

/// When and by whom a pack was set to a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Seconds since 1970-01-01T00:00Z.
    pub at: i64,
    /// By whom.
    pub by: Actor,
}

/// The state of a pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// May be handed on and dispensed.
    Active,
    /// Handed to the public, or registered for it.
    Supplied(Mark),
    /// Left the Union.
    Exported(Mark),
    /// Taken as a sample by an authority.
    Sample(Mark),
    /// Given away as a free sample.
    FreeSample(Mark),
    /// Put on hold.
    Locked(Mark),
    /// Taken out to be packed again.
    CheckedOut(Mark),
    /// Destroyed.
    Destroyed(Mark),
    /// Stolen.
    Stolen(Mark),
    /// Past its last day.
    Expired,
    /// Its batch is recalled.
    Recalled,
    /// Its product is withdrawn.
    Withdrawn,
}

/// A state without when and by whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// [`State::Active`].
    Active,
    /// [`State::Supplied`].
    Supplied,
    /// [`State::Exported`].
    Exported,
    /// [`State::Sample`].
    Sample,
    /// [`State::FreeSample`].
    FreeSample,
    /// [`State::Locked`].
    Locked,
    /// [`State::CheckedOut`].
    CheckedOut,
    /// [`State::Destroyed`].
    Destroyed,
    /// [`State::Stolen`].
    Stolen,
    /// [`State::Expired`].
    Expired,
    /// [`State::Recalled`].
    Recalled,
    /// [`State::Withdrawn`].
    Withdrawn,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Active,
        Self::Supplied,
        Self::Exported,
        Self::Sample,
        Self::FreeSample,
        Self::Locked,
        Self::CheckedOut,
        Self::Destroyed,
        Self::Stolen,
        Self::Expired,
        Self::Recalled,
        Self::Withdrawn,
    ];

    /// Its name in the national systems.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Supplied => "supplied (dispensed)",
            Self::Exported => "exported",
            Self::Sample => "sample (NCA)",
            Self::FreeSample => "free sample",
            Self::Locked => "locked",
            Self::CheckedOut => "checked_out (repackaging)",
            Self::Destroyed => "destroyed",
            Self::Stolen => "stolen",
            Self::Expired => "expired",
            Self::Recalled => "recalled",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// May such a pack be dispensed?
    #[must_use]
    pub const fn can_dispense(self) -> bool {
        matches!(self, Self::Active)
    }
}

impl State {
    /// Which one.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Active => Kind::Active,
            Self::Supplied(_) => Kind::Supplied,
            Self::Exported(_) => Kind::Exported,
            Self::Sample(_) => Kind::Sample,
            Self::FreeSample(_) => Kind::FreeSample,
            Self::Locked(_) => Kind::Locked,
            Self::CheckedOut(_) => Kind::CheckedOut,
            Self::Destroyed(_) => Kind::Destroyed,
            Self::Stolen(_) => Kind::Stolen,
            Self::Expired => Kind::Expired,
            Self::Recalled => Kind::Recalled,
            Self::Withdrawn => Kind::Withdrawn,
        }
    }

    /// When and by whom it was set; `None` where nobody did it to this pack.
    #[must_use]
    pub const fn mark(&self) -> Option<&Mark> {
        match self {
            Self::Supplied(mark)
            | Self::Exported(mark)
            | Self::Sample(mark)
            | Self::FreeSample(mark)
            | Self::Locked(mark)
            | Self::CheckedOut(mark)
            | Self::Destroyed(mark)
            | Self::Stolen(mark) => Some(mark),
            Self::Active | Self::Expired | Self::Recalled | Self::Withdrawn => None,
        }
    }
}

/// An operation that can be undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undoable {
    /// [`Action::Supply`].
    Supply,
    /// [`Action::Export`].
    Export,
    /// [`Action::Sample`].
    Sample,
    /// [`Action::FreeSample`].
    FreeSample,
    /// [`Action::Lock`].
    Lock,
    /// [`Action::CheckOut`].
    CheckOut,
}

impl Undoable {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Supply, Self::Export, Self::Sample, Self::FreeSample, Self::Lock, Self::CheckOut];

    /// The state that it is undone from.
    #[must_use]
    pub const fn from(self) -> Kind {
        match self {
            Self::Supply => Kind::Supplied,
            Self::Export => Kind::Exported,
            Self::Sample => Kind::Sample,
            Self::FreeSample => Kind::FreeSample,
            Self::Lock => Kind::Locked,
            Self::CheckOut => Kind::CheckedOut,
        }
    }
}

/// What somebody wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Dispense.
    Supply,
    /// Send out of the Union.
    Export,
    /// Take as a sample, by an authority.
    Sample,
    /// Give away as a free sample.
    FreeSample,
    /// Put on hold.
    Lock,
    /// Take out to be packed again.
    CheckOut,
    /// Destroy.
    Destroy,
    /// Report as stolen.
    ReportStolen,
    /// Mark as recalled, with its batch.
    Recall,
    /// Mark as withdrawn, with its product.
    Withdraw,
    /// Undo one's own operation.
    Undo(Undoable),
}

impl Action {
    /// All of them: ten that set a state, six that undo one.
    pub const ALL: [Self; 16] = [
        Self::Supply,
        Self::Export,
        Self::Sample,
        Self::FreeSample,
        Self::Lock,
        Self::CheckOut,
        Self::Destroy,
        Self::ReportStolen,
        Self::Recall,
        Self::Withdraw,
        Self::Undo(Undoable::Supply),
        Self::Undo(Undoable::Export),
        Self::Undo(Undoable::Sample),
        Self::Undo(Undoable::FreeSample),
        Self::Undo(Undoable::Lock),
        Self::Undo(Undoable::CheckOut),
    ];

    /// The state that it leads to.
    #[must_use]
    pub const fn target(self) -> Kind {
        match self {
            Self::Supply => Kind::Supplied,
            Self::Export => Kind::Exported,
            Self::Sample => Kind::Sample,
            Self::FreeSample => Kind::FreeSample,
            Self::Lock => Kind::Locked,
            Self::CheckOut => Kind::CheckedOut,
            Self::Destroy => Kind::Destroyed,
            Self::ReportStolen => Kind::Stolen,
            Self::Recall => Kind::Recalled,
            Self::Withdraw => Kind::Withdrawn,
            Self::Undo(_) => Kind::Active,
        }
    }
}

/// What is known when somebody wants to do something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// Seconds since 1970-01-01T00:00Z.
    pub now: i64,
    /// The date of `now` where the pack is.
    pub today: Date,
    /// Who wants to.
    pub actor: Actor,
    /// The pack's last day; without a day, the last one of the month.
    pub expiry: Date,
    /// The batch is recalled.
    pub batch_recalled: bool,
    /// The product is withdrawn.
    pub product_withdrawn: bool,
    /// The pack is registered as intended for destruction.
    pub for_destruction: bool,
    /// The pack is registered as stolen, or whoever acts knows of a theft.
    pub theft_known: bool,
    /// The pack was handed to a person of the public at some time, whatever its state.
    pub given_to_public: bool,
    /// How often the same operation was tried again at the same place before.
    pub earlier_repeats: u32,
}

#[cfg(test)]
mod tests;

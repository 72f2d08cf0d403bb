//! Why a reading does not count, and the way out of it.

use serde::{Deserialize, Serialize};

/// Why a reading does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineReason {
    /// The payload is no reading.
    Malformed,
    /// The signature does not fit the device's key.
    BadSignature,
    /// The topic names a device the gateway does not know.
    UnknownDevice,
    /// Same boot and number, other content.
    Conflict,
    /// An earlier number of this boot is missing; send from `contiguous + 1`.
    SequenceGap,
    /// The scanner string cannot be parsed.
    BadRead,
    /// The code was never issued for this order, or is of another line.
    ForeignCode,
    /// This code was read at this step already.
    Duplicate,
    /// A unit where a case belongs, or the other way round.
    WrongLevel,
    /// The pack was not commissioned, or was rejected.
    NotCommissioned,
    /// The step does not fit the state of the line or of the code.
    WrongStep,
    /// No batch is open on this line.
    NoOpenBatch,
    /// Nothing was packed or stacked.
    Empty,
    /// The batch or its codes could not be had from the server; try again.
    ServerUnreachable,
    /// The spool has reached its bound.
    SpoolFull,
    /// The batch has as many good, rejected and sampled packs as it was registered for; close it.
    QuotaReached,
    /// The code is of another product or lot than the order.
    WrongProduct,
    /// The date printed in the code is not the batch's.
    WrongExpiry,
    /// More or fewer inside than the order says.
    WrongRatio,
    /// The label was graded below what the order asks for, or was not graded at all.
    GradeTooLow,
    /// The label was used and broken up; it is dead.
    DeadLabel,
    /// The order is on hold.
    Held,
    /// What the line counted is not what the gateway counted.
    CountsDiffer,
}

impl LineReason {
    /// Every reason, in order of declaration.
    pub const ALL: [Self; 23] = [
        Self::Malformed,
        Self::BadSignature,
        Self::UnknownDevice,
        Self::Conflict,
        Self::SequenceGap,
        Self::BadRead,
        Self::ForeignCode,
        Self::Duplicate,
        Self::WrongLevel,
        Self::NotCommissioned,
        Self::WrongStep,
        Self::NoOpenBatch,
        Self::Empty,
        Self::ServerUnreachable,
        Self::SpoolFull,
        Self::QuotaReached,
        Self::WrongProduct,
        Self::WrongExpiry,
        Self::WrongRatio,
        Self::GradeTooLow,
        Self::DeadLabel,
        Self::Held,
        Self::CountsDiffer,
    ];

    /// What the person or the program at the line can do about it. One sentence.
    #[must_use]
    pub const fn way_out(self) -> &'static str {
        match self {
            Self::Malformed => "have the device's program put right; see docs/line.md for the form of a reading",
            Self::BadSignature => "register the device's present key with the gateway, or give the device its key back",
            Self::UnknownDevice => "add the device to the gateway's configuration",
            Self::Conflict => "draw a new boot id and send the reading under its number 0",
            Self::SequenceGap => "send again from the number after `contiguous`",
            Self::BadRead => "clean the code or the lens and scan again; reject the label if it stays unreadable",
            Self::ForeignCode => "take the item off the line; its code does not belong to this order",
            Self::Duplicate => "nothing to do if it was scanned twice; else take both items off, two carry one code",
            Self::WrongLevel => "scan the code of the level that the step asks for",
            Self::NotCommissioned => "commission the pack first, or take it off the line if it was rejected",
            Self::WrongStep => "finish or undo the step that is named, then scan again",
            Self::NoOpenBatch => "open an order on this line first",
            Self::Empty => "put something in first, or leave the step out",
            Self::ServerUnreachable => "wait for the server, or open an order whose batch the gateway keeps",
            Self::SpoolFull => "wait: readings are refused until the chain has taken what is kept; nothing is lost",
            Self::QuotaReached => "close the order, and register another batch for what is left",
            Self::WrongProduct => "take the item off the line, and clear the line of the product before",
            Self::WrongExpiry => "stop the printer and set the date of this batch; reject the label",
            Self::WrongRatio => "fill up or take out what is too much, or close it as partial or mixed",
            Self::GradeTooLow => "grade the label again, or reject it and print another",
            Self::DeadLabel => "print a new label; a label that was broken up is never used again",
            Self::Held => "resume the order first",
            Self::CountsDiffer => "reject, sample or scan what is missing, then close again with the right counts",
        }
    }
}

//! Return codes and alerts of the national systems, with what they mean. Names and meanings as the public guides for end
//! users give them; how grave each alert is, is our ranking and no rule.

/// What a national system answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReturnCode {
    /// The batch is not known.
    UnknownBatch,
    /// The expiry is another one.
    ExpiryMismatch,
    /// The batch is another one.
    BatchMismatch,
    /// The serial is not known.
    UnknownSerial,
    /// What is to be undone is not what was done.
    UndoMismatch,
    /// It has that status already.
    AlreadySet,
    /// Undone after ten days.
    UndoTooLate,
    /// Undone by somebody else or elsewhere.
    UndoByAnother,
    /// The pack is inactive already.
    AlreadyInactive,
    /// Another market could not do it.
    NotPerformed,
}

impl ReturnCode {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::UnknownBatch,
        Self::ExpiryMismatch,
        Self::BatchMismatch,
        Self::UnknownSerial,
        Self::UndoMismatch,
        Self::AlreadySet,
        Self::UndoTooLate,
        Self::UndoByAnother,
        Self::AlreadyInactive,
        Self::NotPerformed,
    ];

    /// As it is sent.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::UnknownBatch => "NMVS_FE_LOT_03",
            Self::ExpiryMismatch => "NMVS_FE_LOT_12",
            Self::BatchMismatch => "NMVS_FE_LOT_13",
            Self::UnknownSerial => "NMVS_NC_PC_02",
            Self::UndoMismatch => "NMVS_NC_PCK_06",
            Self::AlreadySet => "NMVS_NC_PCK_19",
            Self::UndoTooLate => "NMVS_NC_PCK_20",
            Self::UndoByAnother => "NMVS_NC_PCK_21",
            Self::AlreadyInactive => "NMVS_NC_PCK_22",
            Self::NotPerformed => "NMVS_NC_PCK_27",
        }
    }

    /// What it says.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::UnknownBatch => "unknown batch",
            Self::ExpiryMismatch => "expiry mismatch",
            Self::BatchMismatch => "batch mismatch",
            Self::UnknownSerial => "unknown serial number",
            Self::UndoMismatch => "undo: actual status does not match",
            Self::AlreadySet => "status already set",
            Self::UndoTooLate => "undo later than 10 days",
            Self::UndoByAnother => "undo by another user/location",
            Self::AlreadyInactive => "pack already inactive",
            Self::NotPerformed => "status change could not be performed",
        }
    }

    /// Does the code come with an alert, where nothing suppresses it?
    #[must_use]
    pub const fn raises_alert(self) -> bool {
        match self {
            Self::UnknownBatch
            | Self::ExpiryMismatch
            | Self::BatchMismatch
            | Self::UnknownSerial
            | Self::AlreadySet
            | Self::UndoTooLate
            | Self::AlreadyInactive => true,
            Self::UndoMismatch | Self::UndoByAnother | Self::NotPerformed => false,
        }
    }
}

/// Codes that say the same as others but raise no alert. The public guides do not say which is the twin of which, so nothing here
/// sends one.
pub const NO_ALERT_TWINS: [&str; 7] = [
    "NMVS_FE_LOT_15",
    "NMVS_FE_LOT_17",
    "NMVS_FE_LOT_18",
    "NMVS_NC_PC_14",
    "NMVS_NC_PCK_28",
    "NMVS_NC_PCK_29",
    "NMVS_NC_PCK_30",
];

/// How soon somebody should look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Most often a mistake in handling: look when there are many.
    Handling,
    /// Most often wrong master data: ask who uploaded it.
    Data,
    /// May be a falsified pack: keep it, and look now.
    Falsification,
}

/// An alert that the systems number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AlertId {
    /// A1.
    UnknownProduct,
    /// A3.
    UnknownSerial,
    /// A4.
    UndoTooLate,
    /// A10.
    Repeated,
    /// A24.
    AlreadyInactive,
    /// A52.
    ExpiryMismatch,
    /// A68.
    BatchMismatch,
}

impl AlertId {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::UnknownProduct,
        Self::UnknownSerial,
        Self::UndoTooLate,
        Self::Repeated,
        Self::AlreadyInactive,
        Self::ExpiryMismatch,
        Self::BatchMismatch,
    ];

    /// Its number.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::UnknownProduct => "A1",
            Self::UnknownSerial => "A3",
            Self::UndoTooLate => "A4",
            Self::Repeated => "A10",
            Self::AlreadyInactive => "A24",
            Self::ExpiryMismatch => "A52",
            Self::BatchMismatch => "A68",
        }
    }

    /// What it says.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::UnknownProduct => "unknown product code",
            Self::UnknownSerial => "unknown serial",
            Self::UndoTooLate => "undo > 10 days",
            Self::Repeated => "repeated same-location decommission",
            Self::AlreadyInactive => "already inactive",
            Self::ExpiryMismatch => "expiry mismatch",
            Self::BatchMismatch => "batch mismatch",
        }
    }

    /// How soon to look.
    #[must_use]
    pub const fn severity(self) -> Severity {
        match self {
            Self::UndoTooLate | Self::Repeated => Severity::Handling,
            Self::ExpiryMismatch | Self::BatchMismatch | Self::UnknownProduct => Severity::Data,
            Self::UnknownSerial | Self::AlreadyInactive => Severity::Falsification,
        }
    }
}

//! Why a scan was refused: which field, where, and what should have stood there.

use super::{ELEMENTS_MAX, RAW_BYTES_MAX};
use crate::gs1::KeyError;
use crate::gs1::ai::{Ai, AssociationError};
use crate::gs1::linters::Fault;

/// Characters of a stranger's input that an error message repeats.
const SHOWN_MAX: usize = 32;

/// Why raw scanner data, a Digital Link or an EPC is not what it should be. Positions count characters of the raw input
/// from 1, symbology identifier included.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScanError {
    /// Nothing was read.
    #[error("the scan is empty, expected GS1 data")]
    Empty,
    /// Refused before it was looked at.
    #[error("the scan is {found} bytes long, expected at most {RAW_BYTES_MAX}")]
    TooLong { found: usize },
    /// GS1 data are ASCII; anything else in a URI is percent-encoded.
    #[error("character {position} is byte 0x{found:02x}, expected ascii")]
    NotAscii { position: usize, found: u8 },
    /// The characters behind `]` name no carrier that we know.
    #[error("symbology identifier `{found}` is not one of ]d1 ]d2 ]Q1 ]Q3 ]C0 ]C1 ]e0 ]J0 ]J1 ]E0 ]E4")]
    Symbology { found: String },
    /// The shape is wrong: a bracket, a slash, a scheme.
    #[error("{field}: expected {expected} at character {position}, found `{found}`")]
    Syntax { field: &'static str, position: usize, expected: &'static str, found: String },
    /// No Application Identifier that we know stands here.
    #[error("no known application identifier at character {position}, found `{found}`")]
    UnknownAi { position: usize, found: String },
    /// An AI that is known, but may not stand in this place.
    #[error("({ai}) may not stand at character {position}, expected {expected}")]
    Misplaced { ai: Ai, position: usize, expected: &'static str },
    /// The value of an AI breaks its format or one of its content rules.
    #[error("({ai}) {title}: expected {expected} at character {position}, found `{found}` ({rule})", title = .ai.title())]
    Value { ai: Ai, position: usize, expected: &'static str, found: String, rule: &'static str },
    /// A key that was read without an AI, or out of an EPC, is wrong.
    #[error("{source} (at character {position} of the scan)")]
    Key { position: usize, source: KeyError },
    /// Values that cannot stand together.
    #[error("{source}, at character {position}")]
    Association { position: usize, source: AssociationError },
    /// More values than any carrier of ours holds.
    #[error("more than {ELEMENTS_MAX} values at character {position}")]
    TooManyElements { position: usize },
    /// The scan is well-formed, but does not hold what was asked for.
    #[error("the scan holds no {field} ({ai}), expected {expected}")]
    Missing { field: &'static str, ai: Ai, expected: &'static str },
}

impl ScanError {
    /// The field that was refused: an AI in digits, or the name of a part.
    #[must_use]
    pub fn field(&self) -> String {
        match self {
            Self::Empty | Self::TooLong { .. } | Self::NotAscii { .. } | Self::TooManyElements { .. } => "scan".into(),
            Self::Symbology { .. } => "symbology identifier".into(),
            Self::UnknownAi { .. } => "application identifier".into(),
            Self::Syntax { field, .. } => (*field).into(),
            Self::Misplaced { ai, .. } | Self::Value { ai, .. } | Self::Missing { ai, .. } => ai.to_string(),
            Self::Key { source, .. } => source.field().into(),
            Self::Association { source, .. } => source.ai().to_string(),
        }
    }

    /// The first wrong character of the raw input, counted from 1.
    #[must_use]
    pub const fn position(&self) -> usize {
        match self {
            Self::Empty | Self::Symbology { .. } | Self::Missing { .. } => 1,
            Self::TooLong { .. } => RAW_BYTES_MAX.saturating_add(1),
            Self::NotAscii { position, .. }
            | Self::Syntax { position, .. }
            | Self::UnknownAi { position, .. }
            | Self::Misplaced { position, .. }
            | Self::Value { position, .. }
            | Self::Key { position, .. }
            | Self::Association { position, .. }
            | Self::TooManyElements { position } => *position,
        }
    }

    /// What should have stood there, in words.
    #[must_use]
    pub fn expected(&self) -> String {
        match self {
            Self::Empty => "GS1 data".into(),
            Self::TooLong { .. } => format!("at most {RAW_BYTES_MAX} bytes"),
            Self::NotAscii { .. } => "ascii".into(),
            Self::Symbology { .. } => "]d1 ]d2 ]Q1 ]Q3 ]C0 ]C1 ]e0 ]J0 ]J1 ]E0 ]E4, or none".into(),
            Self::UnknownAi { .. } => "a known application identifier".into(),
            Self::Syntax { expected, .. }
            | Self::Misplaced { expected, .. }
            | Self::Value { expected, .. }
            | Self::Missing { expected, .. } => (*expected).into(),
            Self::Key { source, .. } => source.expected(),
            Self::Association { source, .. } => source.to_string(),
            Self::TooManyElements { .. } => format!("at most {ELEMENTS_MAX} values"),
        }
    }

    /// A fault of an AI's value; `position_of` gives the place of a byte of the value in the raw input.
    pub(in crate::gs1) fn value(ai: Ai, value: &str, fault: Fault, position_of: impl Fn(usize) -> usize) -> Self {
        Self::Value {
            ai,
            position: position_of(fault.start),
            expected: fault.expected,
            found: shown(value.get(fault.start..).unwrap_or_default()),
            rule: fault.rule,
        }
    }

    pub(in crate::gs1) fn syntax(field: &'static str, position: usize, expected: &'static str, found: &str) -> Self {
        Self::Syntax { field, position, expected, found: shown(found) }
    }

    pub(in crate::gs1) fn unknown_ai(position: usize, found: &str) -> Self {
        Self::UnknownAi { position, found: shown(found) }
    }
}

/// The beginning of a stranger's text, made fit for a message.
pub(in crate::gs1) fn shown(text: &str) -> String {
    text.chars().take(SHOWN_MAX).flat_map(char::escape_default).collect()
}

//! What is wrong with one field that somebody typed, scanned or sent.

/// Why a value is not the GS1 key, text or date that it should be.
///
/// Every variant names the field; `position` counts characters from 1, as a person reads them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The value has the wrong number of characters.
    #[error("{field}: {found} characters, expected {expected}")]
    Length { field: &'static str, expected: &'static str, found: usize },
    /// A character stands where it may not.
    #[error("{field}: character {position} is `{}`, expected {expected}", .found.escape_default())]
    Character { field: &'static str, position: usize, expected: &'static str, found: char },
    /// The last digit does not follow from the others: most often a typing error or a made-up number.
    #[error("{field}: the check digit at position {position} is `{found}`, expected `{expected}`")]
    CheckDigit { field: &'static str, position: usize, expected: char, found: char },
    /// The characters are allowed, their meaning is not: month 13, 30 February.
    #[error("{field}: `{found}` at position {position}, expected {expected}")]
    Value { field: &'static str, position: usize, expected: &'static str, found: String },
}

impl KeyError {
    /// The field that was refused: `gtin`, `gln`, `sscc`, `lot`, `serial`, `date`, ...
    #[must_use]
    pub fn field(&self) -> &'static str {
        match self {
            Self::Length { field, .. }
            | Self::Character { field, .. }
            | Self::CheckDigit { field, .. }
            | Self::Value { field, .. } => field,
        }
    }

    /// The first wrong character, counted from 1; for a wrong length, where the value ended.
    #[must_use]
    pub fn position(&self) -> usize {
        match self {
            Self::Length { found, .. } => *found,
            Self::Character { position, .. } | Self::CheckDigit { position, .. } | Self::Value { position, .. } => {
                *position
            }
        }
    }

    /// What should have stood there, in words.
    #[must_use]
    pub fn expected(&self) -> String {
        match self {
            Self::Length { expected, .. } | Self::Character { expected, .. } | Self::Value { expected, .. } => {
                (*expected).to_owned()
            }
            Self::CheckDigit { expected, .. } => format!("check digit {expected}"),
        }
    }
}

//! 药品追溯码: Chinese drug traceability codes of 20 digits (NMPAB/T 1002-2019).
//!
//! The standard allows two families: a code of 20 characters whose first seven are the drug identification code
//! (药品标识码, one per drug and packing level), or a GS1 code (GTIN and serial). This module is the first family only; a
//! code of another length is not wrong, it is of another family.
//!
//! The last four digits of the dominant platform's codes are an encrypted check which no third party can compute. So
//! only the shape can be tested here, and the rest is a lookup with three *different* bad answers: [`Lookup`].

#![cfg_attr(
    not(test),
    deny(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::string_slice, clippy::unreachable)
)]

use crate::gs1::KeyError;

/// A code of 20 digits. Well-formed, which says nothing about whether it was ever issued.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DrugCode([u8; 20]);

impl DrugCode {
    /// Digits of a code.
    pub const LENGTH: usize = 20;

    /// Reads exactly 20 digits.
    ///
    /// # Errors
    /// A character that is not a digit, or a wrong length.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let field = "drug traceability code";
        if let Some((index, found)) = text.chars().enumerate().find(|(_, c)| !c.is_ascii_digit()) {
            return Err(KeyError::Character { field, position: index + 1, expected: "a digit", found });
        }
        let digits = text.as_bytes().try_into();
        digits.map(Self).map_err(|_| KeyError::Length { field, expected: "20 digits", found: text.len() })
    }

    /// The digits as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // ASCII digits by construction, so the empty default is never taken.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The digits as ASCII bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// 药品标识码: the first seven digits, one per drug and packing level.
    #[must_use]
    pub fn drug_identification(&self) -> &str {
        self.as_str().split_at_checked(7).map_or("", |(head, _)| head)
    }

    /// 生产标识码 with its check: the thirteen digits behind the drug identification code.
    #[must_use]
    pub fn production_identification(&self) -> &str {
        self.as_str().split_at_checked(7).map_or("", |(_, tail)| tail)
    }

    /// Codes that begin with 89 are for drugs under special control.
    #[must_use]
    pub fn is_special_control(&self) -> bool {
        self.0.starts_with(b"89")
    }
}

impl std::fmt::Display for DrugCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

impl std::fmt::Debug for DrugCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DrugCode({})", self.as_str())
    }
}

impl std::str::FromStr for DrugCode {
    type Err = KeyError;
    fn from_str(text: &str) -> Result<Self, KeyError> {
        Self::parse(text)
    }
}

/// What the issuing platform says about a well-formed code. The three refusals mean different things to the person who
/// holds the pack, and are never folded into one "not found".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lookup {
    /// Issued and activated.
    Active,
    /// The last four digits are wrong (answer 12): a misread, or an invented number.
    WrongCheck,
    /// The check is right, but nobody ever applied for this code (answer 11).
    NeverApplied,
    /// Issued to a producer who never activated it (answer 13): it should not be on a pack.
    NeverActivated,
}

impl Lookup {
    /// From the `sub_ret_code` of the platform; `None` for an answer that is not about the code.
    #[must_use]
    pub const fn from_sub_ret_code(code: u16) -> Option<Self> {
        match code {
            11 => Some(Self::NeverApplied),
            12 => Some(Self::WrongCheck),
            13 => Some(Self::NeverActivated),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;

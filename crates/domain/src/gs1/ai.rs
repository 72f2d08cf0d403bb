//! Application Identifiers: the numbers in brackets that say what a value means.
//!
//! The table is ours, row for row what the GS1 Barcode Syntax Dictionary says: format, whether the length is predefined
//! (then no separator follows), what must and what may not stand beside it, and its place in a Digital Link.

mod associations;
mod table;

use super::linters::{self, Fault, Linter};
pub use associations::{AssociationError, check_associations};

/// One Application Identifier that the table knows: two to four digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ai {
    digits: [u8; 4],
    length: u8,
}

/// Which values an AI's component is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Set {
    Digits,
    Cset82,
    Cset39,
    Base64Url,
}

/// One part of a value. Parts follow each other without separators; only the last may vary in length.
#[derive(Debug, Clone, Copy)]
pub struct Component {
    pub set: Set,
    pub min: u8,
    pub max: u8,
    /// May be absent, together with everything behind it.
    pub optional: bool,
    pub linters: &'static [Linter],
}

/// Two properties of an AI's value in a carrier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flags {
    /// The length is predefined by the standard: the value needs no separator behind it.
    pub predefined_length: bool,
    /// May be a query attribute of a Digital Link.
    pub query: bool,
}

const PLAIN: Flags = Flags { predefined_length: false, query: false };
const FIXED: Flags = Flags { predefined_length: true, query: false };
const QUERY: Flags = Flags { predefined_length: false, query: true };
const FIXED_QUERY: Flags = Flags { predefined_length: true, query: true };

/// What the table says about an AI or a range of AIs. The fields are explained at the table.
#[derive(Debug)]
pub struct Entry {
    pub first: &'static str,
    pub last: &'static str,
    pub flags: Flags,
    pub components: &'static [Component],
    pub req: &'static str,
    pub ex: &'static str,
    pub key: Option<&'static str>,
    pub title: &'static str,
}

impl Ai {
    pub const SSCC: Self = Self::known(*b"00\0\0", 2);
    pub const GTIN: Self = Self::known(*b"01\0\0", 2);
    pub const CONTENT: Self = Self::known(*b"02\0\0", 2);
    pub const LOT: Self = Self::known(*b"10\0\0", 2);
    pub const PRODUCTION_DATE: Self = Self::known(*b"11\0\0", 2);
    pub const BEST_BEFORE: Self = Self::known(*b"15\0\0", 2);
    pub const EXPIRY: Self = Self::known(*b"17\0\0", 2);
    pub const SERIAL: Self = Self::known(*b"21\0\0", 2);
    pub const COUNT: Self = Self::known(*b"37\0\0", 2);
    pub const DIGSIG: Self = Self::known(*b"8030", 4);
    pub const CPV: Self = Self::known(*b"22\0\0", 2);

    const fn known(digits: [u8; 4], length: u8) -> Self {
        Self { digits, length }
    }

    /// Reads the digits of an AI, without brackets. `None` when the table does not know it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        entry_of(text).and(Self::from_digits(text))
    }

    fn from_digits(text: &str) -> Option<Self> {
        if !(2..=4).contains(&text.len()) {
            return None;
        }
        let mut digits = [0_u8; 4];
        for (place, byte) in digits.iter_mut().zip(text.bytes()) {
            *place = byte;
        }
        Some(Self { digits, length: u8::try_from(text.len()).ok()? })
    }

    /// The digits, without brackets.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // ASCII digits by construction, so the empty defaults are never taken.
        let digits = self.digits.get(..usize::from(self.length)).unwrap_or_default();
        std::str::from_utf8(digits).unwrap_or_default()
    }

    /// What the table says about it.
    #[must_use]
    pub fn entry(&self) -> Option<&'static Entry> {
        entry_of(self.as_str())
    }

    /// The data title that is printed beside the brackets: `BATCH/LOT`.
    #[must_use]
    pub fn title(&self) -> &'static str {
        self.entry().map_or("", |entry| entry.title)
    }
}

impl std::fmt::Display for Ai {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

impl std::fmt::Debug for Ai {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "({})", self.as_str())
    }
}

/// Every row of the table, in lexical order.
#[must_use]
pub fn entries() -> &'static [Entry] {
    table::TABLE
}

/// The row for exactly these digits.
fn entry_of(text: &str) -> Option<&'static Entry> {
    let after = table::TABLE.partition_point(|entry| entry.first <= text);
    let entry = table::TABLE.get(after.checked_sub(1)?)?;
    let within = text <= entry.last && text.len() == entry.first.len();
    (within && text.bytes().all(|byte| byte.is_ascii_digit())).then_some(entry)
}

/// The AI with which `data` begins, its row, and what follows. No AI is the beginning of another, so there is at most one.
pub(super) fn split_ai(data: &str) -> Option<(Ai, &'static Entry, &str)> {
    (2..=4).find_map(|length| {
        let (head, rest) = data.split_at_checked(length)?;
        Some((Ai::from_digits(head)?, entry_of(head)?, rest))
    })
}

/// Does an AI match a pattern of the table, where `n` is any digit?
pub(super) fn matches_pattern(ai: &str, pattern: &str) -> bool {
    ai.len() == pattern.len()
        && ai.bytes().zip(pattern.bytes()).all(|(digit, wanted)| wanted == b'n' || digit == wanted)
}

impl Component {
    const fn fixed(set: Set, length: u8, linters: &'static [Linter]) -> Self {
        Self { set, min: length, max: length, optional: false, linters }
    }

    const fn up_to(set: Set, max: u8, linters: &'static [Linter]) -> Self {
        Self { set, min: 1, max, optional: false, linters }
    }

    const fn optional(self) -> Self {
        Self { optional: true, ..self }
    }

    /// Takes as much of `data` as this part may hold, and checks it. Gives the rest.
    fn take<'d>(&self, data: &'d str) -> Result<&'d str, Fault> {
        // The caller has made sure of ASCII, so any place is a boundary; if it were not, the charset rule says so.
        let length = data.len().min(usize::from(self.max));
        let (head, rest) = data.split_at_checked(length).unwrap_or((data, ""));
        if head.is_empty() && self.optional {
            return Ok(rest);
        }
        self.check_set(head)?;
        if head.len() < usize::from(self.min) {
            return Err(Fault::new("TOO_SHORT", "more characters", head.len(), 0));
        }
        for linter in self.linters {
            linter.check(head)?;
        }
        Ok(rest)
    }

    fn check_set(&self, head: &str) -> Result<(), Fault> {
        match self.set {
            Set::Digits => linters::digits(head),
            Set::Cset82 => linters::cset82(head),
            Set::Cset39 => linters::cset39(head),
            Set::Base64Url => linters::cset64(head),
        }
    }
}

impl Entry {
    /// Takes the value from the front of `data`, which ends at the next separator. Gives the value and the rest.
    pub(super) fn take<'d>(&self, data: &'d str) -> Result<(&'d str, &'d str), Fault> {
        let mut rest = data;
        for component in self.components {
            let offset = data.len().saturating_sub(rest.len());
            rest = component.take(rest).map_err(|fault| fault.shifted(offset))?;
        }
        let length = data.len().saturating_sub(rest.len());
        Ok((data.get(..length).unwrap_or_default(), rest))
    }

    /// Checks a complete value.
    ///
    /// # Errors
    /// The first fault, `TOO_LONG` when characters are left.
    pub fn check(&self, value: &str) -> Result<(), Fault> {
        let (_, rest) = self.take(value)?;
        if rest.is_empty() {
            return Ok(());
        }
        let start = value.len().saturating_sub(rest.len());
        Err(Fault::new("TOO_LONG", "the end of the value", start, rest.len()))
    }

    /// The format as the GS1 General Specifications write it: `N6`, `X..20`, `N13+X..17`.
    #[must_use]
    pub fn format(&self) -> String {
        let parts = self.components.iter().map(|component| {
            let set = match component.set {
                Set::Digits => 'N',
                Set::Cset82 => 'X',
                Set::Cset39 => 'Y',
                Set::Base64Url => 'Z',
            };
            let range = if component.min == component.max { "" } else { ".." };
            let part = format!("{set}{range}{}", component.max);
            if component.optional { format!("[{part}]") } else { part }
        });
        parts.collect::<Vec<_>>().join("+")
    }
}

#[cfg(test)]
mod tests;

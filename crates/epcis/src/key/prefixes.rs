//! How long a company prefix is: needed to write an EPC URN, never to read one.
//!
//! GS1 publishes a table of prefixes and lengths (`GCPPrefixFormatList`); it grows, so it is read and not compiled in. The
//! longest prefix of a key that stands in the table decides; 0 in the table means that no company has it.

use serde_json::Value;
use std::collections::BTreeMap;

/// Rows of a table: the published one has about 170,000.
const ROWS_MAX: usize = 1_000_000;
/// A prefix and the length of company prefixes that begin with it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Prefixes {
    lengths: BTreeMap<String, u8>,
    longest: usize,
}

/// Why a table is not one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrefixesError {
    #[error("the table of company prefixes is no JSON object of prefix and length")]
    Shape,
    #[error("the table of company prefixes has more than {ROWS_MAX} rows")]
    TooLong,
    #[error("the table of company prefixes says `{prefix}`: {length}; expected digits and a length of 0 or 4 to 12")]
    Row { prefix: String, length: String },
}

impl Prefixes {
    /// Reads `{"000": 7, …}`, alone or under `prefix_to_gcp_length`, or GS1's own `{"GCPPrefixFormatList": {"entry": [{"prefix": "000", "gcpLength": 7}, …]}}`.
    ///
    /// # Errors
    /// See [`PrefixesError`].
    pub fn parse(text: &str) -> Result<Self, PrefixesError> {
        let table: Value = serde_json::from_str(text).map_err(|_| PrefixesError::Shape)?;
        let mut out = Self::default();
        if let Some(rows) = table.pointer("/GCPPrefixFormatList/entry").and_then(Value::as_array) {
            for row in rows {
                let prefix = row.get("prefix").and_then(Value::as_str).ok_or(PrefixesError::Shape)?;
                out.add(prefix, row.get("gcpLength").unwrap_or(&Value::Null))?;
            }
            return Ok(out);
        }
        let rows = table.get("prefix_to_gcp_length").unwrap_or(&table).as_object().ok_or(PrefixesError::Shape)?;
        rows.iter().try_for_each(|(prefix, length)| out.add(prefix, length))?;
        Ok(out)
    }

    fn add(&mut self, prefix: &str, length: &Value) -> Result<(), PrefixesError> {
        let row = || PrefixesError::Row { prefix: crate::text::shown(prefix), length: length.to_string() };
        let number =
            length.as_u64().and_then(|number| u8::try_from(number).ok()).filter(|n| *n == 0 || (4..=12).contains(n));
        let number = number.ok_or_else(row)?;
        if prefix.is_empty() || prefix.len() > 12 || !prefix.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(row());
        }
        if self.lengths.len() >= ROWS_MAX {
            return Err(PrefixesError::TooLong);
        }
        self.longest = self.longest.max(prefix.len());
        self.lengths.insert(prefix.to_owned(), number);
        Ok(())
    }

    /// The length of the company prefix with which these digits begin. EPC URNs know only 6 to 12.
    #[must_use]
    pub fn length_of(&self, digits: &str) -> Option<usize> {
        let longest = self.longest.min(digits.len());
        let found = (1..=longest).rev().find_map(|length| self.lengths.get(digits.get(..length)?));
        found.map(|length| usize::from(*length)).filter(|length| (6..=12).contains(length))
    }

    /// `prefix.reference` of a key: `count` digits without check digit; its first digit belongs to the reference or is a filler.
    pub(super) fn split(&self, key: &str, count: usize, lead: bool, filler: bool) -> Option<String> {
        let payload = key.get(..if filler { count.saturating_add(1) } else { count })?;
        let (first, digits) = if lead || filler { payload.split_at_checked(1)? } else { ("", payload) };
        let (prefix, reference) = digits.split_at_checked(self.length_of(digits)?)?;
        Some(if lead { format!("{prefix}.{first}{reference}") } else { format!("{prefix}.{reference}") })
    }
}

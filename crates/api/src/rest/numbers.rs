//! The numbers of a batch: which line holds them, what became of each, and the books that are closed over them.
//!
//! ```text
//! issued = commissioned + scrapped + sampled + returned + invalid + open
//! ```
//! A *block* is a part of a batch's codes in the hands of one line; no code is in two. A code is *open* from the order that made
//! it until somebody says what became of it: the line's list when its order ends (what it never met is *returned*), or a person
//! with a reason. The books of a batch are closed when nothing is open; then nothing moves any more.

use super::goods::CodeCounts;
use serde::{Deserialize, Serialize};

/// Bytes of a line's name: site and line, each up to 64, and the stroke between them.
pub const LINE_BYTES_MAX: usize = 129;
/// Bytes of a reason.
pub const REASON_BYTES_MAX: usize = 400;
/// Codes that are named in one call.
pub const NAMED_CODES_MAX: usize = 5_000;
/// Open codes that [`Numbers`] names; `GET …/numbers/open` has all of them.
pub const OPEN_SHOWN_MAX: u64 = 20;

/// A line of a member, `site/line` as in its topics.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineName(String);

impl LineName {
    /// Two levels of 1 to 64 characters of `A-Z a-z 0-9 . _ -`. `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let level = |text: &str| {
            (1..=64).contains(&text.len())
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
        };
        let (site, line) = text.split_once('/')?;
        (level(site) && level(line)).then(|| Self(text.to_owned()))
    }

    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl core::fmt::Display for LineName {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A gateway takes codes for a line that starts. A line that a person gave codes gets those; any other gets all that are free.
/// Asking again is harmless.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TakeBlock {
    /// `site/line`.
    pub line: String,
}

/// What a line holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HeldByLine {
    /// `site/line`.
    pub line: String,
    /// Open codes in its blocks; `GET …/codes?line=` streams them.
    pub codes: u64,
}

/// Gives a line a block of codes that no line holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewBlock {
    /// `site/line`, as the gateway of that line is configured.
    pub line: String,
    /// How many, from 1.
    pub codes: u64,
}

/// A block of codes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Block {
    /// Its id.
    pub id: String,
    /// Which line holds it.
    pub line: String,
    /// Who gave it; absent when the line took it by itself.
    pub given_by: Option<String>,
    /// Codes when it was made.
    pub codes: u64,
    /// Codes of it that are open.
    pub open: u64,
    /// When it was made, milliseconds.
    pub taken_ms: u64,
}

/// Says of open codes that no label will carry them: all of a line (or all that no line holds), or those that are named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Invalidate {
    /// Whose; absent for codes that no line holds. Not looked at when codes are named.
    #[serde(default)]
    pub line: Option<String>,
    /// These and no others; empty for all that are open there.
    #[serde(default)]
    pub serials: Vec<String>,
    /// How many that will be; nothing happens when it is another number by now.
    pub count: u64,
    /// Why, 1 to 400 bytes. Kept with the name of who says so.
    pub reason: String,
}

/// The books of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Numbers {
    /// GTIN-14.
    pub gtin: String,
    /// Lot.
    pub lot: String,
    /// The sum.
    pub counts: CodeCounts,
    /// The sum of each line; their sums add up to `counts`.
    pub lines: Vec<LineNumbers>,
    /// Blocks, newest first, at most 200.
    pub blocks: Vec<Block>,
    /// The first open codes.
    pub open: Vec<OpenNumber>,
    /// What the seal on the chain counts; absent before.
    pub seal: Option<SealNumbers>,
    /// What people did, newest first, at most 200.
    pub acts: Vec<NumberAct>,
    /// When the books were closed; nothing moves from then on.
    pub closed: Option<BooksClosed>,
}

/// The sum of one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LineNumbers {
    /// `site/line`; absent for codes that no line has held.
    pub line: Option<String>,
    /// Its sum.
    pub counts: CodeCounts,
}

/// A code of which nobody has said what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OpenNumber {
    /// Its serial.
    pub serial: String,
    /// Which line holds it, if one does.
    pub line: Option<String>,
}

/// What the seal on the chain counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SealNumbers {
    /// Good packs.
    pub commissioned: u64,
    /// Scrapped.
    pub scrapped: u64,
    /// Sampled.
    pub sampled: u64,
}

/// Something that a person did with the numbers of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NumberAct {
    /// What.
    pub kind: NumberActKind,
    /// Whose codes; absent for codes that no line holds, or of several.
    pub line: Option<String>,
    /// How many.
    pub codes: u64,
    /// Why; empty where no reason is asked for.
    pub reason: String,
    /// Who.
    pub user: String,
    /// When, milliseconds.
    pub at_ms: u64,
}

/// What a person did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum NumberActKind {
    /// Gave a line a block.
    Given,
    /// Took the open rest of a block back.
    Returned,
    /// Declared codes invalid.
    Invalidated,
    /// Closed the books.
    Closed,
}

/// Closed books.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BooksClosed {
    /// Who closed them.
    pub user: String,
    /// When, milliseconds.
    pub at_ms: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_site_and_a_line() {
        let long = format!("{}/{}", "s".repeat(64), "l".repeat(64));
        for good in ["xian/line-2", "a/b", long.as_str()] {
            assert_eq!(LineName::parse(good).expect("a line").as_str(), good);
        }
        assert_eq!(long.len(), LINE_BYTES_MAX);
        let longer = format!("{}/l", "s".repeat(65));
        for bad in ["", "/", "a", "a/", "/b", "a/b/c", "a b/c", "西安/2", longer.as_str()] {
            assert_eq!(LineName::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_request_with_a_part_that_nobody_knows_is_refused() {
        assert!(serde_json::from_str::<Invalidate>(r#"{"count":1,"reason":"x"}"#).is_ok());
        assert!(serde_json::from_str::<Invalidate>(r#"{"count":1,"reason":"x","all":true}"#).is_err());
    }
}

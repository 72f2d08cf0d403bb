//! `[[label_keys]]`: keys that sign labels, and those of other makers whose labels are checked.
//!
//! ```toml
//! [[label_keys]]                  # the first of a member that has a file signs; all of them are published
//! member = "6901234000009"
//! file = "label-2026.key"         # 64 hexadecimal digits: openssl rand -hex 32
//!
//! [[label_keys]]                  # of another maker's server, or one that signs no more
//! member = "6901234000009"
//! public = "04…"                  # its point, as the maker's /v1/label-keys has it
//! ```

use serde::Deserialize;
use std::path::PathBuf;

/// A key of labels: one of `file` and `public`.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct LabelKeyConfig {
    /// GLN of the maker whose labels it signs.
    pub member: String,
    /// File with 64 hexadecimal digits. Whoever has it makes labels that pass where there is no network.
    pub file: Option<PathBuf>,
    /// The public point alone, 130 hexadecimal digits.
    pub public: Option<String>,
}

//! What a gateway asks of its member's server, with its bearer token.

use crate::text::Base64;
use serde::{Deserialize, Serialize};

/// Packs in one manifest call; a larger list is sent in parts.
pub const MANIFEST_SERIALS_MAX: usize = 50_000;

/// What the line needs to know of a batch before it starts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LineBatch {
    /// GTIN-14.
    pub gtin: String,
    /// Lot.
    pub lot: String,
    /// ISO date, or year and month.
    pub expires_on: String,
    /// Secret from which the salts of the leaves are derived, 32 bytes. Never leaves the member.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub batch_secret: Base64,
    /// Codes issued. A line takes its block of them by `POST …/blocks`; `GET …/codes?line=` streams those, one serial a line.
    pub issued: u64,
    /// Packs that the batch was registered for: good, rejected and sampled ones together are not more.
    pub quota: u64,
    /// The batch is sealed already.
    pub sealed: bool,
    /// The line that holds the codes, `site/line`, in a gateway's own copy; the server leaves it out.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub line: String,
}

/// A list behind a root. The server checks it against the root on the chain and keeps it, so that packs stay checkable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Manifest {
    /// The packs of a sealed batch, in order of their leaves. Parts arrive in order; the last has `last: true`.
    Batch {
        /// GTIN-14.
        gtin: String,
        /// Lot.
        lot: String,
        /// The sealing transaction, hex.
        tx_id: String,
        /// Index of the first serial of this part.
        first: u64,
        /// Serials.
        serials: Vec<String>,
        /// Codes that the line rejected or relabelled. All that is not good comes with the last parts.
        rejected: Vec<String>,
        /// Codes that were taken as samples.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        sampled: Vec<String>,
        /// Codes that were declared invalid, or printed and never seen again.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        invalid: Vec<String>,
        /// The line that held the codes, `site/line`: what it never met is returned. Empty from a gateway that knows no blocks.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        line: String,
        /// Salt of the count commitment, hex.
        count_salt: String,
        /// No more parts.
        last: bool,
    },
    /// The packs of a case, in order of their leaves.
    Case {
        /// SSCC.
        sscc: String,
        /// The packing transaction, hex.
        tx_id: String,
        /// GTIN-14.
        gtin: String,
        /// Lot and serial of each pack.
        units: Vec<(String, String)>,
    },
}

/// What became of a manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ManifestStored {
    /// It was there already with the same content.
    pub already: bool,
    /// It has been compared with the root on the chain (false: the transaction is not final yet; it will be).
    pub checked: bool,
}

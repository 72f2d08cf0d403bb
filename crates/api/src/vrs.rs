//! Verification of product identifiers between trading partners (GS1 Lightweight Messaging Standard, the messages of a
//! DSCSA Verification Router Service). Names of fields and reasons are the standard's.

use serde::{Deserialize, Serialize};

/// The header that names the version of the messages.
pub const VERSION_HEADER: &str = "gs1us-version";

/// The answer to `verify`. It is status 200 also when the identifier is not verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Verification {
    /// When, UTC with milliseconds.
    pub verification_timestamp: String,
    /// GLN of whoever answers: the product's maker.
    #[serde(rename = "responderGLN")]
    pub responder_gln: String,
    /// The answer.
    pub data: VerificationData,
    /// The request's own number, as it was sent.
    #[serde(rename = "corrUUID", default, skip_serializing_if = "Option::is_none")]
    pub corr_uuid: Option<String>,
}

/// Is the identifier one that its maker put on a pack?
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VerificationData {
    /// Do all four elements belong together, and may the pack go on?
    pub verified: bool,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verification_failure_reason: Option<FailureReason>,
    /// What else the maker knows: `recalled` before version 1.3, one of its words from then on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub additional_info: Option<String>,
}

/// Why an identifier is not verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum FailureReason {
    /// The maker put no such serial on a pack of this product.
    #[serde(rename = "No_match_GTIN_Serial")]
    GtinSerial,
    /// The lot is another one.
    #[serde(rename = "No_match_GTIN_Serial_Lot")]
    GtinSerialLot,
    /// The expiry is another one.
    #[serde(rename = "No_match_GTIN_Serial_Expiry")]
    GtinSerialExpiry,
    /// Lot and expiry are others.
    #[serde(rename = "No_match_GTIN_Serial_Lot_Expiry")]
    GtinSerialLotExpiry,
    /// The pack may not go on: it was supplied, sampled, destroyed, exported or stolen.
    #[serde(rename = "Not_for_re-distribution")]
    NotForRedistribution,
}

/// The answer to `checkConnectivity`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Connectivity {
    /// GLN of whoever would answer.
    #[serde(rename = "responderGLN")]
    pub responder_gln: String,
}

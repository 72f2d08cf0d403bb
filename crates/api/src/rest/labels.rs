//! Labels of packs, cases and pallets, and numbers for cases and pallets.

use serde::{Deserialize, Serialize};

/// SSCCs in one call.
pub const SSCCS_MAX: u32 = 10_000;

/// Asks for new numbers of cases and pallets. Each call gives new ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewSsccs {
    /// 1 to [`SSCCS_MAX`].
    pub count: u32,
    /// The first digit, 0 to 9; members use it for what they like, such as the site.
    #[serde(default)]
    pub extension_digit: u8,
}

/// New numbers of cases and pallets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Ssccs {
    /// 18 digits each, one after the other.
    pub ssccs: Vec<String>,
    /// How many are left with this extension digit.
    pub left: u64,
}

/// What a label comes as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum LabelFormat {
    /// ZPL II, for a label printer.
    Zpl,
    /// A picture of what the printer will print.
    #[default]
    Svg,
    /// A page of the label's size.
    Pdf,
}

/// What carries the code of a pack.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CodeCarrier {
    /// QR code with a Digital Link.
    #[default]
    Qr,
    /// GS1 DataMatrix with the element string.
    Datamatrix,
}

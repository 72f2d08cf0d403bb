//! One box for everything: a code, a lot, a product, a company, the number of a case.
//!
//! | what is typed | hits |
//! |---|---|
//! | a code of a pack, a case, a pallet, or a lot with its GTIN, as scanners and people write it | `code`: its history |
//! | the beginning of a lot | `lot`, in the order of lots |
//! | a GTIN, or a part of a product's name | `product` |
//! | a GLN, or a part of a member's name | `company` |
//! | the number of a report | `report`, for those who work on it |
//! | the id of a recall | `recall`, likewise |
//!
//! At most [`HITS_MAX`] of a kind; `more` says that there were more. A hit is told only to whoever may open it.

use serde::{Deserialize, Serialize};

/// Hits of one kind.
pub const HITS_MAX: usize = 10;
/// Characters that are looked for.
pub const SEARCH_CHARS_MAX: usize = 200;

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Found {
    /// The surest first.
    pub hits: Vec<Hit>,
    /// There is more of a kind than is told; more characters help.
    pub more: bool,
}

/// What a hit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum HitKind {
    /// A pack, case, pallet or lot whose history can be read: `id` is the code.
    Code,
    /// A lot: `gtin` and `id`.
    Lot,
    /// A product: `id` is its GTIN.
    Product,
    /// A member: `id` is its GLN.
    Company,
    /// A report of a suspected fake: `id` is its number.
    Report,
    /// A recall: `id`.
    Recall,
}

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Hit {
    /// What it is.
    pub kind: HitKind,
    /// What it is opened by.
    pub id: String,
    /// `lot`, `recall`: GTIN-14 of the product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gtin: Option<String>,
    /// `recall`: the lot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<String>,
    /// Name in English: of the product or the member; empty where there is none.
    #[serde(default)]
    pub name_en: String,
    /// Name in Chinese.
    #[serde(default)]
    pub name_zh: String,
    /// A recall of the lot is in force.
    #[serde(default)]
    pub recalled: bool,
}

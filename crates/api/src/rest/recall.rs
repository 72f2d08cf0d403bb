//! Recalls, as the regulator and the maker see them.

use super::Evidence;
use serde::{Deserialize, Serialize};

/// Opens a recall; it has no effect before a second person approves it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewRecall {
    /// GTIN.
    pub gtin: String,
    /// Lot.
    pub lot: String,
    /// 1 (grave) to 3.
    pub class: u8,
    /// What shoppers read, in English.
    pub reason_en: String,
    /// What shoppers read, in Chinese.
    pub reason_zh: String,
    /// What whoever has used it should look out for and do, in English. Both languages or none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub advice_en: String,
    /// The same in Chinese.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub advice_zh: String,
    /// A drill changes nothing that a shopper sees.
    #[serde(default)]
    pub drill: bool,
}

/// Who holds how much of a lot, and what is not known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Holdings {
    /// GTIN-14.
    pub gtin: String,
    /// Lot.
    pub lot: String,
    /// Packs sealed; absent while the lot is not sealed.
    pub sealed: Option<u64>,
    /// Present holders. With `gone` and `unknown` they add up to `sealed`.
    pub holders: Vec<Holder>,
    /// Packs dispensed, sold, sampled or destroyed.
    pub gone: u64,
    /// Packs that nobody can place: not in any case.
    pub unknown: u64,
}

/// One holder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Holder {
    /// GLN.
    pub gln: String,
    /// Name in English.
    pub name_en: String,
    /// Name in Chinese.
    pub name_zh: String,
    /// Packs in stock.
    pub in_stock: u64,
    /// Packs on the way to somebody else, still the holder's to answer for.
    pub in_transit: u64,
    /// Packs reported missing on arrival, the holder's to explain.
    pub short: u64,
}

/// A recall.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Recall {
    /// Id, 32 hex digits.
    pub id: String,
    /// GTIN-14.
    pub gtin: String,
    /// Lot.
    pub lot: String,
    /// Product name in English.
    pub product_en: String,
    /// 1 to 3.
    pub class: u8,
    /// What shoppers read, in English.
    pub reason_en: String,
    /// What shoppers read, in Chinese.
    pub reason_zh: String,
    /// What whoever has used it should look out for and do, in English; may be empty.
    pub advice_en: String,
    /// The same in Chinese.
    pub advice_zh: String,
    /// A drill?
    pub drill: bool,
    /// `opened`, `approved`, `closed`.
    pub status: String,
    /// User who opened it.
    pub opened_by: String,
    /// User who approved it.
    pub approved_by: Option<String>,
    /// Opening on the chain.
    pub opened: Evidence,
    /// Approval on the chain.
    pub approved: Option<Evidence>,
    /// Who holds how much now.
    pub holdings: Holdings,
}

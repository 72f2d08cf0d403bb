//! Products, batches, code orders and labels.

use super::Evidence;
use serde::{Deserialize, Serialize};

/// Codes in one order.
pub const ORDER_CODES_MAX: u64 = 1_000_000;
/// Labels in one PDF.
pub const PDF_LABELS_MAX: u64 = 5_000;

/// Registers a product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewProduct {
    /// 8, 12, 13 or 14 digits with their check digit.
    pub gtin: String,
    /// Name in English.
    pub name_en: String,
    /// Name in Chinese.
    #[serde(default)]
    pub name_zh: String,
    /// Strength and pack size.
    #[serde(default)]
    pub detail: String,
    /// Marketing approval number.
    #[serde(default)]
    pub approval: String,
    /// Free telephone line for recalls.
    #[serde(default)]
    pub hotline: String,
    /// What sort of goods.
    pub kind: ProductKind,
}

/// What sort of goods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ProductKind {
    /// A medicine.
    Medicine,
    /// Food.
    Food,
}

/// A registered product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Product {
    /// GTIN-14.
    pub gtin: String,
    /// GLN of its maker.
    pub maker: String,
    /// Name in English.
    pub name_en: String,
    /// Name in Chinese.
    pub name_zh: String,
    /// Strength and pack size.
    pub detail: String,
    /// Marketing approval number.
    pub approval: String,
    /// Free telephone line.
    pub hotline: String,
    /// What sort of goods.
    pub kind: ProductKind,
    /// Its registration on the chain.
    pub evidence: Evidence,
}

/// How the serials of a product look: a fixed prefix, then random characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CodeRule {
    /// Which characters are drawn.
    pub alphabet: CodeAlphabet,
    /// Characters in all, at most 20; enough of them are random that nobody can guess a serial.
    pub length: u8,
    /// The fixed beginning, of GS1 character set 82; may be empty.
    #[serde(default)]
    pub prefix: String,
}

/// The characters of serials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CodeAlphabet {
    /// 32 digits and capital letters that cannot be mistaken for each other.
    Readable,
    /// Digits.
    Digits,
    /// `0` to `9` and `A` to `F`.
    Hexadecimal,
}

/// Registers a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewBatch {
    /// GTIN.
    pub gtin: String,
    /// Lot, 1 to 20 characters of GS1 character set 82.
    pub lot: String,
    /// ISO date.
    pub made_on: String,
    /// ISO date, or year and month.
    pub expires_on: String,
    /// Planned packs. Stays with the maker.
    pub quantity: u64,
}

/// A batch as its maker sees it. Counts that are not the viewer's to know are absent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Batch {
    /// GTIN-14.
    pub gtin: String,
    /// Lot.
    pub lot: String,
    /// Product name in English.
    pub product_en: String,
    /// Product name in Chinese.
    pub product_zh: String,
    /// ISO date.
    pub made_on: String,
    /// ISO date, or year and month.
    pub expires_on: String,
    /// GLN of its maker.
    pub maker: String,
    /// How far it is.
    pub stage: BatchStage,
    /// Planned packs.
    pub quantity: Option<u64>,
    /// Where each code is.
    pub codes: Option<CodeCounts>,
    /// A recall is in force.
    pub recalled: bool,
    /// Registration on the chain.
    pub registered: Evidence,
    /// Seal on the chain.
    pub sealed: Option<Evidence>,
    /// Code orders, newest first.
    pub orders: Vec<Order>,
}

/// How far a batch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum BatchStage {
    /// On the chain, no codes yet.
    Registered,
    /// Codes are being made.
    Coding,
    /// Codes are ready for the line.
    Coded,
    /// Sealed by its line.
    Sealed,
    /// Some of it left its maker.
    Shipped,
    /// Recalled.
    Recalled,
}

/// What became of the codes of a batch. The parts add up to `issued`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CodeCounts {
    /// Made.
    pub issued: u64,
    /// On a good pack, under the sealed root.
    pub commissioned: u64,
    /// Rejected or relabelled by the line.
    pub scrapped: u64,
    /// Taken as samples.
    pub sampled: u64,
    /// Never printed; came back when the order ended.
    pub returned: u64,
    /// On no pack and never to be used: printed and not seen again, or declared so.
    pub invalid: u64,
    /// Nobody has said yet what became of them.
    pub open: u64,
}

impl CodeCounts {
    /// By how much the parts differ from `issued`; 0 when they add up.
    #[must_use]
    pub fn differ(&self) -> u64 {
        let parts = [self.commissioned, self.scrapped, self.sampled, self.returned, self.invalid, self.open];
        parts.into_iter().fold(0u64, u64::saturating_add).abs_diff(self.issued)
    }
}

/// Orders codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewOrder {
    /// 1 to [`ORDER_CODES_MAX`].
    pub count: u64,
    /// Whether the labels are signed: phones can then check them without a network; the QR code has about twice as many modules.
    #[serde(default)]
    pub signed: bool,
}

/// A code order: a job that survives a restart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Order {
    /// Its id.
    pub id: String,
    /// GTIN-14.
    pub gtin: String,
    /// Lot.
    pub lot: String,
    /// Codes ordered.
    pub count: u64,
    /// Codes made and on disk.
    pub made: u64,
    /// Whether the labels are signed.
    pub signed: bool,
    /// Where it stands.
    pub state: OrderState,
    /// Codes a second while running.
    pub rate_per_s: Option<u64>,
    /// Seconds left while running.
    pub eta_s: Option<u64>,
    /// Why it failed.
    pub error: Option<String>,
    /// When it was placed, milliseconds.
    pub created_ms: u64,
}

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum OrderState {
    /// Waits for a worker.
    Queued,
    /// Codes are being made.
    Running,
    /// All made.
    Done,
    /// Stopped by a person; the codes made so far stay.
    Cancelled,
    /// Stopped by a fault.
    Failed,
}

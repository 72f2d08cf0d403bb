//! What happens on a line.

use serde::{Deserialize, Serialize};

/// What happened on the line. `raw` is what the scanner sent, as text; GS is U+001D.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum LineOp {
    /// The line starts on a batch.
    OpenBatch {
        /// GTIN-14.
        gtin: String,
        /// Lot.
        lot: String,
        /// Levels, ratios and checks. Without it packs go into cases, cases onto pallets, and nothing is counted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        order: Option<Order>,
    },
    /// A code was printed on a label: it is used up, and is no product yet.
    Print {
        /// The code.
        raw: String,
    },
    /// The camera graded a label.
    Verify {
        /// The code.
        raw: String,
        /// ISO/IEC 15415 or 15416 grade: `A` to `D`, `F`, or `0.0` to `4.0`.
        grade: String,
    },
    /// A printed code was read on a good pack.
    Commission {
        /// The code.
        raw: String,
    },
    /// A code was read on a bad pack or label and will not be used.
    Reject {
        /// The code.
        raw: String,
        /// Why, where a person said so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// A label or pack was taken as a sample.
    Sample {
        /// The code.
        raw: String,
        /// For whom.
        purpose: Purpose,
    },
    /// A number will not be used, though no label carries it.
    Invalidate {
        /// The code.
        raw: String,
        /// Why.
        reason: String,
    },
    /// A good pack got another label. The old code is dead.
    Replace {
        /// The code that was on the pack.
        old: String,
        /// The code that is on it now.
        new: String,
        /// Why.
        reason: String,
    },
    /// A commissioned pack goes into the open bundle or case, or a closed bundle into the open case.
    Pack {
        /// The pack's or bundle's code.
        raw: String,
    },
    /// Something is taken out of what is open.
    Unpack {
        /// The code of what is taken out.
        raw: String,
    },
    /// The open bundle is closed under its code.
    CloseBundle {
        /// SSCC, or a serialised GTIN of the order's bundle level.
        raw: String,
        /// Is it full?
        #[serde(default, skip_serializing_if = "Fill::is_full")]
        fill: Fill,
    },
    /// The open case is closed under its label.
    CloseCase {
        /// SSCC label.
        raw: String,
        /// Is it full, and of one lot?
        #[serde(default, skip_serializing_if = "Fill::is_full")]
        fill: Fill,
    },
    /// A closed case goes onto the open pallet.
    Stack {
        /// SSCC label.
        raw: String,
    },
    /// The open pallet is closed under its label.
    ClosePallet {
        /// SSCC label.
        raw: String,
        /// Is it full?
        #[serde(default, skip_serializing_if = "Fill::is_full")]
        fill: Fill,
    },
    /// A closed bundle, case or pallet is broken up. Its label is dead; what was inside stands alone.
    Break {
        /// Its label.
        raw: String,
        /// Why.
        reason: String,
    },
    /// The order is stopped for now.
    Hold {
        /// Why.
        reason: String,
    },
    /// The order goes on.
    Resume,
    /// The batch is done: seal it.
    CloseBatch {
        /// What the line counted. When it is given, it has to agree.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        counted: Option<Counted>,
        /// Packs that are in no case may go into a mixed case of the next order of this product.
        #[serde(default, skip_serializing_if = "core::ops::Not::not")]
        carry: bool,
    },
    /// The order ends without a product. Only while nothing was commissioned, scrapped or sampled.
    CancelBatch,
    /// Quality assurance lets a closed batch go: its cases and pallets come onto the chain and may be shipped.
    ReleaseBatch {
        /// GTIN-14.
        gtin: String,
        /// Lot.
        lot: String,
    },
}

impl LineOp {
    /// Starts on a batch without ratios.
    #[must_use]
    pub fn open(gtin: &str, lot: &str) -> Self {
        Self::OpenBatch { gtin: gtin.to_owned(), lot: lot.to_owned(), order: None }
    }

    /// Rejects without a reason, as a camera does.
    #[must_use]
    pub fn reject(raw: impl Into<String>) -> Self {
        Self::Reject { raw: raw.into(), reason: None }
    }

    /// Closes a full case.
    #[must_use]
    pub fn close_case(raw: impl Into<String>) -> Self {
        Self::CloseCase { raw: raw.into(), fill: Fill::Full }
    }

    /// Closes a full pallet.
    #[must_use]
    pub fn close_pallet(raw: impl Into<String>) -> Self {
        Self::ClosePallet { raw: raw.into(), fill: Fill::Full }
    }

    /// Closes the batch without the line's own counts.
    #[must_use]
    pub const fn close_batch() -> Self {
        Self::CloseBatch { counted: None, carry: false }
    }
}

/// What an order asks for beyond its batch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// Packs in a bundle. Without it packs go straight into cases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bundle: Option<Aggregation>,
    /// Bundles (or packs, without bundles) in a case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<Aggregation>,
    /// Cases on a pallet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pallet: Option<Aggregation>,
    /// Lowest grade of a label, `A` to `D`. With it a label has to be graded before its pack is commissioned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grade_min: Option<String>,
    /// Cases and pallets wait for `release_batch`.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub hold_for_release: bool,
}

/// One level of packing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Aggregation {
    /// How many of the level below are inside when it is full. 1 to 20,000, on a pallet to 512.
    pub count: u32,
    /// GTIN-14 of this level, where its code is a serialised GTIN (bundles only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gtin: Option<String>,
}

/// How something is closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fill {
    /// As many inside as the order says, of one lot.
    #[default]
    Full,
    /// Fewer than the order says, of one lot (零箱).
    Partial,
    /// Of several lots, as many as the order says or fewer (拼箱). Cases only.
    Mixed,
}

impl Fill {
    /// As most are; not written out.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        matches!(self, Self::Full)
    }
}

/// For whom a sample is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// A label that never was on a pack, for the record of the order.
    Label,
    /// The laboratory.
    Quality,
    /// The shelf of retained samples.
    Retained,
    /// The regulator.
    Regulator,
}

/// What the line counted by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counted {
    /// Good packs.
    pub commissioned: u64,
    /// Labels and packs that were scrapped.
    pub scrapped: u64,
    /// Labels and packs that were taken as samples.
    pub sampled: u64,
}

//! States of orders and numbers by the words of OPEN-SCS (OPC 40450 companion), and what the gateway publishes of them.

use serde::{Deserialize, Serialize};

/// State of a serial number, with OPEN-SCS's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum SerialState {
    /// Nobody has asked for it.
    Unassigned = 0,
    /// Asked for, and with no line.
    Unallocated = 1,
    /// A line may print it.
    Allocated = 2,
    /// Never to be used.
    SnInvalid = 3,
    /// Printed.
    Encoded = 4,
    /// Its label was taken as a sample.
    LabelSampled = 5,
    /// Its label was scrapped.
    LabelScrapped = 6,
    /// On a good pack, and read there.
    Commissioned = 7,
    /// Its pack was taken as a sample.
    Sampled = 8,
    /// It was commissioned, and its pack is out of the order or carries another code now.
    Inactive = 9,
    /// Its pack was destroyed.
    Destroyed = 10,
    /// Quality assurance has let its pack go.
    Released = 11,
}

/// State of an order on a line, with OPEN-SCS's numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum JobState {
    /// No order.
    #[default]
    Undefined = 0,
    /// Known, and not on a line.
    Waiting = 1,
    /// May be loaded.
    Ready = 2,
    /// On the line, and nothing was done yet.
    Loaded = 3,
    /// The line works on it.
    Running = 4,
    /// Closed, and waiting for quality assurance.
    Completed = 5,
    /// Ended without a product.
    Aborted = 6,
    /// Stopped by an operator.
    Held = 7,
    /// Stopped by the line.
    Suspended = 8,
    /// Closed and let go.
    Closed = 9,
}

/// Where every number of an order went. `issued = commissioned + scrapped + sampled + returned + invalid`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reconciliation {
    /// Numbers that the line was given.
    pub issued: u64,
    /// On good packs.
    pub commissioned: u64,
    /// Labels scrapped, and packs rejected or relabelled after they were good.
    pub scrapped: u64,
    /// Labels and packs taken as samples.
    pub sampled: u64,
    /// Never printed: free again.
    pub returned: u64,
    /// Printed and neither used nor scrapped, or declared invalid.
    pub invalid: u64,
}

impl Reconciliation {
    /// Does every number have its place?
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        let sum = self.commissioned.saturating_add(self.scrapped).saturating_add(self.sampled);
        self.issued == sum.saturating_add(self.returned).saturating_add(self.invalid)
    }
}

/// The order that the line closed last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LastClose {
    /// GTIN-14.
    pub gtin: String,
    /// Lot.
    pub lot: String,
    /// `completed` while it waits for release, then `closed`; `aborted` when it was cancelled.
    pub job: JobState,
    /// Where its numbers went.
    pub numbers: Reconciliation,
}

/// The line's state, published by the gateway for displays (retained).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineState {
    /// Open batch.
    pub gtin: Option<String>,
    /// Open lot.
    pub lot: Option<String>,
    /// State of the order.
    #[serde(default)]
    pub job: JobState,
    /// Good packs so far.
    pub commissioned: u64,
    /// Labels and packs scrapped so far.
    #[serde(default)]
    pub scrapped: u64,
    /// Labels and packs sampled so far.
    #[serde(default)]
    pub sampled: u64,
    /// Packs in the open bundle.
    #[serde(default)]
    pub in_bundle: u32,
    /// Packs of a full bundle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bundle_of: Option<u32>,
    /// GTIN-14 of a bundle's code, where the order has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bundle_gtin: Option<String>,
    /// Packs or bundles in the open case.
    pub in_case: u32,
    /// Of a full case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case_of: Option<u32>,
    /// Cases on the open pallet.
    pub on_pallet: u32,
    /// Of a full pallet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pallet_of: Option<u32>,
    /// Packs of earlier lots that wait for a mixed case.
    #[serde(default)]
    pub carried: u64,
    /// Batches that wait for release.
    #[serde(default)]
    pub unreleased: u32,
    /// The order closed last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<LastClose>,
    /// Readings that are not final on the chain yet.
    pub waiting: u64,
}

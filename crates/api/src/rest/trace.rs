//! The graph of a lot: what it was made from and into, who handed how much of each lot to whom, and what is not known.
//!
//! Lots are named once, in `lots`; everything else names them by their place there, from 0. What each bound and gap means stands
//! in `docs/trace.md`.

use serde::{Deserialize, Serialize};

/// Where to go from the lot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// To what it was made into.
    Forward,
    /// To what it was made from.
    Back,
    /// Both, each by itself: the other products of its ingredients are not in the answer.
    #[default]
    Both,
}

/// The graph of a lot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TraceGraph {
    /// What was asked, in bracketed text.
    pub subject: String,
    /// Where to.
    pub direction: Direction,
    /// BFT time of the newest block that the answer rests on, milliseconds; 0 before the first.
    pub as_of_ms: u64,
    /// No bound was met. Otherwise gaps of the kind `cut` say where.
    pub complete: bool,
    /// At most 10,000, by distance.
    pub lots: Vec<GraphLot>,
    /// One lot was made into another.
    pub links: Vec<GraphLink>,
    /// Hand-overs, added up by lot, sender, receiver and status. What was declared an error is not in them.
    pub moves: Vec<GraphMove>,
    /// What is not known, by lot.
    pub gaps: Vec<GraphGap>,
    /// Everybody who is named, by GLN.
    pub members: Vec<GraphMember>,
}

/// A lot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GraphLot {
    /// GTIN-14.
    pub gtin: String,
    /// Lot.
    pub lot: String,
    /// Steps from the lot that was asked for; below zero towards what it was made from.
    pub distance: i32,
    /// Its links, moves and gaps are all here. False for the lots of other members, and for those that are not registered.
    pub in_full: bool,
    /// Product name in English; empty for a lot that is not registered.
    pub product_en: String,
    /// Product name in Chinese.
    pub product_zh: String,
    /// GLN of the maker; absent for a lot that is not registered.
    pub maker: Option<String>,
    /// Production date, `YYYY-MM-DD`.
    pub made_on: Option<String>,
    /// Expiry date, `YYYY-MM-DD` or `YYYY-MM`.
    pub expires_on: Option<String>,
    /// The gravest recall in force: 1 (grave) to 3.
    pub recalled: Option<u8>,
    /// Packs that were sealed; absent before the seal and where `in_full` is false.
    pub sealed: Option<u64>,
}

/// One lot was made into another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GraphLink {
    /// What went in: a place in `lots`.
    pub from: u32,
    /// What came out: a place in `lots`.
    pub to: u32,
    /// Cases that were used up; absent for a lot that went in before it was packed, and where that is not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cases: Option<u64>,
    /// Packs of the lot in these cases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub units: Option<u64>,
}

/// What the hand-overs of one lot between two members that stand alike come to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GraphMove {
    /// A place in `lots`.
    pub lot: u32,
    /// GLN of the shipper.
    pub from: String,
    /// GLN of the receiver.
    pub to: String,
    /// `open`, `received`, `received_in_part`, `refused`, `disputed`, `settled`.
    pub status: String,
    /// Hand-overs.
    pub shipments: u64,
    /// Cases, without those that were missing on arrival.
    pub cases: u64,
    /// Packs of the lot, without those that were missing on arrival.
    pub units: u64,
    /// Packs of the lot that were missing on arrival.
    pub short: u64,
    /// The first shipping, milliseconds.
    pub first_ms: u64,
    /// The last shipping or answer, milliseconds.
    pub last_ms: u64,
}

/// What is not known of a lot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GraphGap {
    /// What it is.
    pub kind: GapKind,
    /// A place in `lots`.
    pub lot: u32,
    /// `in_no_case`, `not_received`: packs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub units: Option<u64>,
    /// `cut`: lots that are linked to this one and left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lots: Option<u64>,
    /// `not_received`: the hand-over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipment: Option<String>,
    /// `not_received`: GLN of the shipper.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// `not_received`: GLN of whoever has not answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// `not_received`: the millisecond that has passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_ms: Option<u64>,
}

/// Kinds of gaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum GapKind {
    /// A lineage names the lot, and it is not registered here.
    LotUnknown,
    /// The lot has no count yet.
    NotSealed,
    /// More packs were sealed than were packed into cases.
    InNoCase,
    /// A hand-over is past its day and has no answer.
    NotReceived,
    /// A bound was met here.
    Cut,
}

/// Somebody who is named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GraphMember {
    /// GLN.
    pub gln: String,
    /// Name in English.
    pub name_en: String,
    /// Name in Chinese.
    pub name_zh: String,
}

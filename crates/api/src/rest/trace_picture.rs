//! What a page shows of the graph of a lot: a picture with a bound, and one page of a table of the same.
//!
//! The whole graph is [`super::trace`]; this is what is left of it when up to 10,000 lots have to be looked at: lots that are many on
//! one step are one box by maker, and the rest are rows. Everything here is named by itself, not by places in lists that are not here.

use super::trace::{Direction, GapKind, GraphLot, GraphMember};
use serde::{Deserialize, Serialize};

/// Boxes of a picture: 9 columns of ingredients * 12 + 1 + 9 columns * 12 products, 12 companies and what is lost beside each.
pub const PICTURE_BOXES_MAX: usize = 600;
/// Lots or companies that are drawn one by one in a column; more are drawn by maker, the rest as one box.
pub const COLUMN_BOXES_MAX: usize = 12;
/// Rows of a page of the table.
pub const TABLE_ROWS: usize = 50;

/// A picture and a table of the graph of a lot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TracePicture {
    /// What was asked, in bracketed text.
    pub subject: String,
    /// GTIN-14 of the lot that was asked for.
    pub gtin: String,
    /// The lot.
    pub lot: String,
    /// Where to.
    pub direction: Direction,
    /// BFT time of the newest block that the answer rests on, milliseconds; 0 before the first.
    pub as_of_ms: u64,
    /// No bound of the graph was met.
    pub complete: bool,
    /// Sizes of the whole graph.
    pub counts: PictureCounts,
    /// The picture; absent when it could not be laid out. The table has everything.
    pub drawing: Option<Drawing>,
    /// The part of the table that was asked for.
    pub table: PictureTable,
    /// Everybody who is named in the picture or in these rows, by GLN.
    pub members: Vec<GraphMember>,
}

/// Sizes of the whole graph.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PictureCounts {
    /// Lots.
    pub lots: u64,
    /// Makings of one lot from another.
    pub links: u64,
    /// Hand-overs, added up by lot, sender, receiver and status.
    pub moves: u64,
    /// Declared gaps.
    pub gaps: u64,
    /// Companies that make, sent or received one of the lots.
    pub members: u64,
    /// Packs of the lot that was asked for; absent before the seal.
    pub sealed: Option<u64>,
    /// Packs of it that have no record of where they are: in no case, missing on arrival, or in a hand-over past its day.
    pub not_known: u64,
}

/// A picture. Lengths are pixels of a page that is not enlarged; a box is 208 wide and 56 high.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Drawing {
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
    /// From left to right.
    pub columns: Vec<DrawingColumn>,
    /// By column, from top to bottom: the order in which a reader who hears the page meets them.
    pub boxes: Vec<DrawingBox>,
    /// Between boxes.
    pub lines: Vec<DrawingLine>,
    /// Lots that stand in a box with others.
    pub grouped: u64,
}

/// A column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DrawingColumn {
    /// Left edge.
    pub x: u32,
    /// What stands in it.
    pub kind: ColumnKind,
}

/// What stands in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ColumnKind {
    /// Lots that it was made from.
    MadeFrom,
    /// The lot.
    Subject,
    /// Lots that it was made into.
    MadeInto,
    /// Companies that it went to.
    HandedOver,
    /// Both of these.
    MadeIntoAndHandedOver,
}

/// What a box is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum BoxKind {
    /// The lot that was asked for.
    Subject,
    /// Another lot.
    Lot,
    /// Several lots: of one maker when `member` is there.
    Lots,
    /// A company that the lot went to.
    Holder,
    /// Several of these.
    Holders,
    /// Packs that nobody can place.
    NotKnown,
}

/// A box.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DrawingBox {
    /// What it is.
    pub kind: BoxKind,
    /// Left edge.
    pub x: u32,
    /// Upper edge.
    pub y: u32,
    /// Steps from the lot that was asked for; below zero towards what it was made from.
    pub distance: i32,
    /// `lot`, `subject`: GTIN-14.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gtin: Option<String>,
    /// `lot`, `subject`: the lot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<String>,
    /// Product name in English; empty where there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub product_en: String,
    /// Product name in Chinese.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub product_zh: String,
    /// GLN of the maker, or of the company; absent for a lot that is not registered and for what several share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// `lots`, `holders`: how many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// Packs: sealed of a lot, that came to a company, that nobody can place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub units: Option<u64>,
    /// The gravest recall in force: 1 (grave) to 3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recalled: Option<u8>,
    /// Everything of a lot is told to whoever asks; its own graph can be opened.
    pub in_full: bool,
}

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    /// One lot was made into another.
    Made,
    /// Packs were handed over.
    Moved,
    /// Packs are on their way, refused or in dispute.
    Unsettled,
    /// To packs that nobody can place.
    NotKnown,
}

/// A line between two boxes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DrawingLine {
    /// A place in `boxes`, from 0.
    pub from: u32,
    /// A place in `boxes`.
    pub to: u32,
    /// What it is.
    pub kind: LineKind,
    /// Makings or hand-overs that are drawn as this line.
    pub count: u64,
}

/// Tables of a graph.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TablePart {
    /// Hand-overs.
    #[default]
    Moves,
    /// Lots.
    Lots,
    /// Makings.
    Links,
    /// Gaps.
    Gaps,
}

impl TablePart {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::Moves, Self::Lots, Self::Links, Self::Gaps];

    /// Its word in an address.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Moves => "moves",
            Self::Lots => "lots",
            Self::Links => "links",
            Self::Gaps => "gaps",
        }
    }

    /// The columns that it can be sorted by, as `sort` names them.
    #[must_use]
    pub const fn sorts(self) -> &'static [&'static str] {
        match self {
            Self::Moves => &["lot", "from", "to", "status", "units", "short", "first", "last"],
            Self::Lots => &["distance", "lot", "product", "maker", "made_on", "sealed"],
            Self::Links => &["from", "to", "units"],
            Self::Gaps => &["lot", "kind", "units", "due"],
        }
    }
}

/// A page of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PictureTable {
    /// Rows that were asked for, on all pages.
    pub total: u64,
    /// This page, from 1.
    pub page: u64,
    /// Pages; 1 when there are no rows.
    pub pages: u64,
    /// At most [`TABLE_ROWS`].
    pub rows: PictureRows,
}

/// Rows of one table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PictureRows {
    /// Hand-overs.
    Moves(Vec<MoveRow>),
    /// Lots.
    Lots(Vec<GraphLot>),
    /// Makings.
    Links(Vec<LinkRow>),
    /// Gaps.
    Gaps(Vec<GapRow>),
}

/// The name of a lot in a row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LotName {
    /// GTIN-14.
    pub gtin: String,
    /// Lot.
    pub lot: String,
    /// Everything is told of it.
    pub in_full: bool,
}

/// One lot was made into another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LinkRow {
    /// What went in.
    pub from: LotName,
    /// What came out.
    pub to: LotName,
    /// Cases that were used up; absent where that is not known or not told.
    pub cases: Option<u64>,
    /// Packs of the lot in these cases.
    pub units: Option<u64>,
}

/// Hand-overs of one lot between two companies that stand alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MoveRow {
    /// The lot.
    pub lot: LotName,
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
pub struct GapRow {
    /// What it is.
    pub kind: GapKind,
    /// The lot.
    pub lot: LotName,
    /// Packs, for `in_no_case` and `not_received`.
    pub units: Option<u64>,
    /// `cut`: lots that are linked to this one and left out.
    pub lots: Option<u64>,
    /// `not_received`: the hand-over.
    pub shipment: Option<String>,
    /// `not_received`: GLN of the shipper.
    pub from: Option<String>,
    /// `not_received`: GLN of whoever has not answered.
    pub to: Option<String>,
    /// `not_received`: the millisecond that has passed.
    pub due_ms: Option<u64>,
}

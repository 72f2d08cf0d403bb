//! How many packs of each lot went from whom to whom, how much of a lot was used up, and what nobody knows.

use super::walk::{Link, Node, Walked};
use crate::gs1::Sscc;
use crate::ids::{BatchId, MemberId, ShipmentId, TxId};
use crate::state::{ObjectId, ShipmentStatus};
use std::collections::{BTreeMap, BTreeSet};

/// Cases and the packs of one lot in them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// Cases.
    pub cases: u64,
    /// Packs of the lot.
    pub units: u64,
}

/// What of a lot was packed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Packed {
    /// All cases with packs of the lot, also those that were used up or broken up since.
    pub all: Used,
    /// Of these, used up: by the transaction that made something else of them.
    pub used: BTreeMap<TxId, Used>,
}

/// Packs of one lot on or in one object of a hand-over, as it was shipped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    /// The lot.
    pub lot: BatchId,
    /// The hand-over.
    pub shipment: ShipmentId,
    /// The case or pallet that was shipped.
    pub object: Sscc,
    /// All that was shipped.
    pub shipped: Used,
    /// Of it, missing on arrival, as the receiver said.
    pub short: Used,
}

/// A hand-over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandOver {
    /// Who shipped.
    pub from: MemberId,
    /// To whom.
    pub to: MemberId,
    /// Where it stands.
    pub status: ShipmentStatus,
    /// Millisecond by which it has to be settled.
    pub due_ms: u64,
    /// The shipping, and its time in milliseconds.
    pub shipped: (TxId, u64),
    /// The receiver's answer, and its time.
    pub answered: Option<(TxId, u64)>,
}

/// The hand-overs of all lots of a graph.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Journeys {
    /// What was carried, one entry for each lot, hand-over and object of it.
    pub carried: Vec<Carried>,
    /// The hand-overs that `carried` names.
    pub hand_overs: BTreeMap<ShipmentId, HandOver>,
    /// Events that their signers have withdrawn: whose history they stand in, and their transaction.
    pub withdrawn: BTreeSet<(ObjectId, TxId)>,
}

/// What one lot's hand-overs between two members that stand alike come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// The lot, as a place in [`Walked::nodes`].
    pub lot: usize,
    /// Who shipped.
    pub from: MemberId,
    /// To whom.
    pub to: MemberId,
    /// Where they stand.
    pub status: ShipmentStatus,
    /// Hand-overs.
    pub shipments: u64,
    /// Shipped, without what was missing on arrival.
    pub goods: Used,
    /// Packs that were missing on arrival.
    pub short: u64,
    /// The first shipping, milliseconds.
    pub first_ms: u64,
    /// The last shipping or answer, milliseconds.
    pub last_ms: u64,
}

/// What is not known of a lot. `lot` is a place in [`Walked::nodes`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gap {
    /// A lineage names it, and it is not registered.
    LotUnknown {
        /// The lot.
        lot: usize,
    },
    /// It has no count yet.
    NotSealed {
        /// The lot.
        lot: usize,
    },
    /// More packs were sealed than stand in cases.
    InNoCase {
        /// The lot.
        lot: usize,
        /// How many.
        units: u64,
    },
    /// A hand-over is past its day and has no answer.
    NotReceived {
        /// The lot.
        lot: usize,
        /// The hand-over.
        shipment: ShipmentId,
        /// Who shipped.
        from: MemberId,
        /// Who has not answered.
        to: MemberId,
        /// Packs of the lot.
        units: u64,
        /// The millisecond that has passed.
        due_ms: u64,
    },
    /// A bound was met: lots that are linked to this one are left out.
    Cut {
        /// The lot.
        lot: usize,
        /// How many.
        lots: usize,
    },
}

impl Gap {
    /// The lot, as a place in [`Walked::nodes`].
    #[must_use]
    pub const fn lot(&self) -> usize {
        match self {
            Self::LotUnknown { lot }
            | Self::NotSealed { lot }
            | Self::InNoCase { lot, .. }
            | Self::NotReceived { lot, .. }
            | Self::Cut { lot, .. } => *lot,
        }
    }
}

/// What is told of the lots of a graph.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// How much of one lot went into another, where it went in by the case.
    pub used: BTreeMap<Link, Used>,
    /// By lot, sender, receiver and status.
    pub moves: Vec<Move>,
    /// By lot.
    pub gaps: Vec<Gap>,
}

impl Told {
    /// Adds up what was read of the lots of which everything is told. `now_ms` is the time of the newest block that the reading
    /// rests on.
    #[must_use]
    pub fn of(walked: &Walked, packed: &BTreeMap<BatchId, Packed>, journeys: &Journeys, now_ms: u64) -> Self {
        let mut gaps: Vec<Gap> = walked.cut.iter().map(|(lot, lots)| Gap::Cut { lot: *lot, lots: *lots }).collect();
        gaps.extend(walked.nodes.iter().enumerate().filter_map(|(at, node)| counted(at, node, packed.get(&node.id))));
        let (moves, late) = moves(walked, journeys, now_ms);
        gaps.extend(late);
        gaps.sort_by_key(Gap::lot);
        let used = walked.links.iter().filter_map(|link| Some((*link, used(walked, *link, packed)?))).collect();
        Self { used, moves, gaps }
    }
}

fn used(walked: &Walked, link: Link, packed: &BTreeMap<BatchId, Packed>) -> Option<Used> {
    let (from, to) = (walked.nodes.get(link.from)?, walked.nodes.get(link.to)?);
    packed.get(&from.id)?.used.get(&to.lot.as_ref()?.made_by).copied()
}

fn counted(at: usize, node: &Node, packed: Option<&Packed>) -> Option<Gap> {
    let Some(lot) = &node.lot else { return Some(Gap::LotUnknown { lot: at }) };
    if !node.in_full {
        return None;
    }
    let Some(sealed) = lot.sealed else { return Some(Gap::NotSealed { lot: at }) };
    let units = sealed.saturating_sub(packed.map_or(0, |packed| packed.all.units));
    (units > 0).then_some(Gap::InNoCase { lot: at, units })
}

/// Hand-overs of one lot that stand alike.
type Key = (usize, MemberId, MemberId, u8);

fn moves(walked: &Walked, journeys: &Journeys, now_ms: u64) -> (Vec<Move>, Vec<Gap>) {
    let told = walked.nodes.iter().zip(0..).filter(|(node, _)| node.in_full);
    let places: BTreeMap<&BatchId, usize> = told.map(|(node, at)| (&node.id, at)).collect();
    let mut moves: BTreeMap<Key, (Move, BTreeSet<ShipmentId>)> = BTreeMap::new();
    let mut late: BTreeMap<(usize, ShipmentId), u64> = BTreeMap::new();
    for carried in &journeys.carried {
        let (Some(at), Some(hand_over)) = (places.get(&carried.lot), journeys.hand_overs.get(&carried.shipment)) else {
            continue;
        };
        let is_withdrawn = |tx: TxId| {
            journeys.withdrawn.contains(&(ObjectId::Shipment(carried.shipment), tx))
                || journeys.withdrawn.contains(&(ObjectId::Logistic(carried.object), tx))
        };
        if is_withdrawn(hand_over.shipped.0) {
            continue;
        }
        let answered = hand_over.answered.filter(|(tx, _)| !is_withdrawn(*tx));
        add(&mut moves, *at, carried, hand_over, answered.map(|(_, ms)| ms));
        if answered.is_none() && hand_over.due_ms < now_ms {
            let units: &mut u64 = late.entry((*at, carried.shipment)).or_default();
            *units = units.saturating_add(carried.shipped.units);
        }
    }
    let moves = moves.into_values().map(|(one, shipments)| Move { shipments: shipments.len() as u64, ..one });
    let late = late.into_iter().filter_map(|((lot, shipment), units)| {
        let HandOver { from, to, due_ms, .. } = *journeys.hand_overs.get(&shipment)?;
        Some(Gap::NotReceived { lot, shipment, from, to, units, due_ms })
    });
    (moves.collect(), late.collect())
}

fn add(
    moves: &mut BTreeMap<Key, (Move, BTreeSet<ShipmentId>)>,
    lot: usize,
    carried: &Carried,
    hand_over: &HandOver,
    answered_ms: Option<u64>,
) {
    let HandOver { from, to, status, shipped: (_, shipped_ms), .. } = *hand_over;
    let is_answer =
        matches!(status, ShipmentStatus::Received | ShipmentStatus::ReceivedInPart | ShipmentStatus::Refused);
    // An answer that was withdrawn leaves the hand-over on its way, and says nothing of what is missing.
    let status = if is_answer && answered_ms.is_none() { ShipmentStatus::Open } else { status };
    let short = if answered_ms.is_some() { carried.short } else { Used::default() };
    let (first_ms, last_ms) = (shipped_ms, answered_ms.unwrap_or(shipped_ms).max(shipped_ms));
    let none = Used::default();
    let new = Move { lot, from, to, status, shipments: 0, goods: none, short: 0, first_ms, last_ms };
    let (one, shipments) = moves.entry((lot, from, to, order(status))).or_insert_with(|| (new, BTreeSet::new()));
    shipments.insert(carried.shipment);
    one.goods.cases = one.goods.cases.saturating_add(carried.shipped.cases.saturating_sub(short.cases));
    one.goods.units = one.goods.units.saturating_add(carried.shipped.units.saturating_sub(short.units));
    one.short = one.short.saturating_add(short.units);
    one.first_ms = one.first_ms.min(first_ms);
    one.last_ms = one.last_ms.max(last_ms);
}

/// The order in which moves are told.
const fn order(status: ShipmentStatus) -> u8 {
    match status {
        ShipmentStatus::Received => 0,
        ShipmentStatus::ReceivedInPart => 1,
        ShipmentStatus::Open => 2,
        ShipmentStatus::Refused => 3,
        ShipmentStatus::Disputed => 4,
        ShipmentStatus::Settled => 5,
    }
}

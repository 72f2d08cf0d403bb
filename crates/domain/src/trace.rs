//! The graph of a lot: what it was made from, what was made from it, and from hand to hand how each of these lots went.
//!
//! ```text
//! read lots, level by level     walk::Walk      which lots, which links; loops end, bounds cut
//! read cases and hand-overs     moves::Told     how many packs went from whom to whom; what is not known
//! ```
//! Nothing here reads anything: the caller reads what [`Walk::wanted`] names, and hands it in.
//!
//! **Forward** follows what a lot was made into, **back** what it was made from. Both together are the two closures of the lot
//! that was asked for; the other products of its ingredients are not in them.
//!
//! **What was declared an error is left out**: a link whose making was withdrawn on either side, and a hand-over whose shipping was
//! withdrawn, whole or for one case or pallet. A withdrawn answer leaves the hand-over as it was before: on its way.
//!
//! **Quantities** are those of classes: packs of a lot in cases. A case counts in each hand-over that it was shipped in, by itself
//! or on the pallet on which it stood then.

mod moves;
mod walk;

#[cfg(test)]
mod tests;

pub use moves::{Carried, Gap, HandOver, Journeys, Move, Packed, Told, Used};
pub use walk::{Link, LotRead, Node, Walk, Walked};

use crate::ids::MemberId;

/// Lots of one graph. Worst case memory: 10,000 lots * (144 names of others * 64 B + 300 B) = 95 MB.
pub const GRAPH_LOTS_MAX: usize = 10_000;

/// Steps from the lot that was asked for, each way. A step costs three questions to the database.
pub const GRAPH_STEPS_MAX: u32 = 1_000;

/// Where to go from a lot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// To what it was made into.
    Forward,
    /// To what it was made from.
    Back,
    /// Both ways, each by itself.
    Both,
}

/// Whose eyes see the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// A regulator's: all of it.
    All,
    /// A member's: its own lots, and as bare nodes the lots of others that are linked to them.
    Of(MemberId),
}

impl Sight {
    /// Is everything told of a lot of this maker?
    #[must_use]
    pub fn tells(self, maker: MemberId) -> bool {
        match self {
            Self::All => true,
            Self::Of(member) => member == maker,
        }
    }
}

/// How far a walk goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Lots that are read.
    pub lots_max: usize,
    /// Steps from the lot that was asked for, each way.
    pub steps_max: u32,
}

impl Bounds {
    /// Those of the network.
    pub const GRAPH: Self = Self { lots_max: GRAPH_LOTS_MAX, steps_max: GRAPH_STEPS_MAX };
}

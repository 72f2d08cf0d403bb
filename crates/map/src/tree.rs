//! Areas in which nobody stands alone: the hexagons of H3 as a tree, split from above.
//!
//! ```text
//! split( hexagon ):
//!   children with PEOPLE_MIN people are split further; the others are left
//!   what is left, of nobody:            the hexagon is not drawn itself
//!   what is left, of fewer people:      the smallest children are left too, until it is of PEOPLE_MIN
//!   what is left is drawn as the hexagon's rest; where all is left, the hexagon is drawn whole
//! a hexagon of the coarsest level with fewer people is drawn nowhere: its checks are `elsewhere`
//! ```
//! **The law of small counts.** What is drawn is of [`PEOPLE_MIN`] people, and so is what is missing between an area and the areas
//! within it: a count of fewer cannot be had by taking a close look off a wide one.
//!
//! **People.** A device's token lasts a day, so tokens are compared within a day only: as many people as the day with the most
//! tokens has. A check without a token is of nobody. A browser whose token ends in the middle of a day has two on that day, so
//! three of them are two people at least.

use h3o::{CellIndex, Resolution};
use std::collections::BTreeMap;
use tracelight_api::rest::map::PEOPLE_MIN;

/// The coarsest level: some 87,000 square kilometres.
pub const COARSEST: Resolution = Resolution::Two;

/// A check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Its number.
    pub at: u32,
    /// Its cell.
    pub cell: CellIndex,
    /// Its day.
    pub day: i64,
    /// Its device, by a number.
    pub device: Option<u32>,
}

/// An area that is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The hexagon.
    pub cell: CellIndex,
    /// Areas within it are shown by themselves.
    pub rest: bool,
    /// Numbers of its checks.
    pub checks: Vec<u32>,
}

/// All areas of a choice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grouped {
    /// What is shown.
    pub shown: Vec<Shown>,
    /// Checks that are in no area.
    pub elsewhere: u64,
}

/// Splits checks into areas, to `finest` at most.
#[must_use]
pub fn grouped(seen: &[Seen], finest: Resolution) -> Grouped {
    let mut out = Grouped::default();
    for (cell, part) in by_parent(seen.to_vec(), COARSEST) {
        if people(&part) < PEOPLE_MIN {
            out.elsewhere += part.len() as u64;
        } else {
            split(cell, part, finest, &mut out.shown);
        }
    }
    out
}

/// Splits a hexagon of [`PEOPLE_MIN`] people or more. Goes as deep as there are levels: three.
fn split(cell: CellIndex, seen: Vec<Seen>, finest: Resolution, out: &mut Vec<Shown>) {
    let next = cell.resolution().succ().filter(|next| *next <= finest);
    let Some(next) = next else {
        out.push(shown(cell, false, &seen));
        return;
    };
    let mut large: Vec<(CellIndex, Vec<Seen>)> = Vec::new();
    let mut rest: Vec<Seen> = Vec::new();
    for (child, part) in by_parent(seen, next) {
        if people(&part) < PEOPLE_MIN {
            rest.extend(part);
        } else {
            large.push((child, part));
        }
    }
    large.sort_by_key(|(child, part)| (std::cmp::Reverse(people(part)), *child));
    while !rest.is_empty() && people(&rest) < PEOPLE_MIN {
        // The whole is of enough people, so this ends at the latest when all of it is left.
        let Some((_, smallest)) = large.pop() else { break };
        rest.extend(smallest);
    }
    if !rest.is_empty() {
        out.push(shown(cell, !large.is_empty(), &rest));
    }
    for (child, part) in large {
        split(child, part, finest, out);
    }
}

fn shown(cell: CellIndex, rest: bool, seen: &[Seen]) -> Shown {
    Shown { cell, rest, checks: seen.iter().map(|one| one.at).collect() }
}

fn by_parent(seen: Vec<Seen>, level: Resolution) -> BTreeMap<CellIndex, Vec<Seen>> {
    let mut parts: BTreeMap<CellIndex, Vec<Seen>> = BTreeMap::new();
    for one in seen {
        // A cell is of the finest level, so it has a parent at each of ours.
        if let Some(parent) = one.cell.parent(level) {
            parts.entry(parent).or_default().push(one);
        }
    }
    parts
}

/// How many people at least: devices of the day with the most of them.
#[must_use]
pub fn people(seen: &[Seen]) -> usize {
    let mut tokens: Vec<(i64, u32)> = seen.iter().filter_map(|one| Some((one.day, one.device?))).collect();
    tokens.sort_unstable();
    tokens.dedup();
    tokens.chunk_by(|one, other| one.0 == other.0).map(<[_]>::len).max().unwrap_or_default()
}

//! Neighbouring areas, joined.
//!
//! Two areas are neighbours when they are the same hexagon or share an edge at the coarser of their levels.

use super::tree::{COARSEST, Shown};
use h3o::{CellIndex, Resolution};
use std::collections::BTreeMap;

/// Groups of neighbours among the areas that count, each in the order of the areas.
#[must_use]
pub fn joined(shown: &[Shown], counts: impl Fn(&Shown) -> bool) -> Vec<Vec<usize>> {
    let mut of_cell: BTreeMap<CellIndex, Vec<usize>> = BTreeMap::new();
    for (at, one) in shown.iter().enumerate().filter(|(_, one)| counts(one)) {
        of_cell.entry(one.cell).or_default().push(at);
    }
    let mut heads: Vec<usize> = (0..shown.len()).collect();
    for (cell, places) in &of_cell {
        for level in Resolution::range(COARSEST, cell.resolution()) {
            let Some(own) = cell.parent(level) else { continue };
            let around = own.edges().map(h3o::DirectedEdgeIndex::destination).chain([own]);
            for near in around.filter_map(|near| of_cell.get(&near)).flatten() {
                for place in places {
                    join(&mut heads, *place, *near);
                }
            }
        }
    }
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for at in 0..shown.len() {
        if shown.get(at).is_some_and(&counts) {
            groups.entry(head(&heads, at)).or_default().push(at);
        }
    }
    groups.into_values().collect()
}

/// The first of a group.
fn head(heads: &[usize], mut at: usize) -> usize {
    // Heads point to smaller numbers, so this ends.
    while let Some(next) = heads.get(at).copied().filter(|next| *next < at) {
        at = next;
    }
    at
}

fn join(heads: &mut [usize], one: usize, other: usize) {
    let (one, other) = (head(heads, one), head(heads, other));
    if let Some(later) = heads.get_mut(one.max(other)) {
        *later = one.min(other);
    }
}

/// The smallest hexagon that holds all of these.
#[must_use]
pub fn common(cells: &[CellIndex]) -> Option<CellIndex> {
    let first = cells.first()?;
    let levels = Resolution::range(Resolution::Zero, first.resolution()).collect::<Vec<_>>();
    let parents = levels.into_iter().rev().filter_map(|level| first.parent(level));
    let mut holding =
        parents.filter(|parent| cells.iter().all(|cell| cell.parent(parent.resolution()) == Some(*parent)));
    holding.next()
}

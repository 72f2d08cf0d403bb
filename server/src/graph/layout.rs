//! Where the boxes of a sketch stand: columns by steps, from left to right; within a column so that few lines cross.
//!
//! The order within columns and the places are `rust-sugiyama`'s (Gansner's layers, Brandes' and Köpf's coordinates). It lays layers
//! out from top to bottom, so widths are handed in as heights and the other way round. It is given only lines from one column to a
//! later one, so it meets no cycle; what goes back or stays in its column is drawn, and moves nothing.

use super::collapse::Sketch;
use rust_sugiyama::configure::Config;
use std::collections::{BTreeMap, BTreeSet};
use tracelight_api::rest::trace_picture::{BoxKind, ColumnKind, Drawing, DrawingBox, DrawingColumn, DrawingLine};

/// Width of a box.
pub const BOX_WIDTH: u32 = 208;
/// Its height.
pub const BOX_HEIGHT: u32 = 56;
/// Between two columns.
const COLUMN_GAP: u32 = 64;
/// Between two boxes of a column.
const ROW_GAP: u32 = 14;
/// Above the boxes, for the names of the columns.
pub const HEAD_HEIGHT: u32 = 32;

/// Places a sketch.
#[must_use]
pub fn place(sketch: Sketch) -> Drawing {
    let centres = centres(&sketch);
    let left = centres.iter().map(|(x, _)| *x).fold(f64::INFINITY, f64::min);
    let top = centres.iter().map(|(_, y)| *y).fold(f64::INFINITY, f64::min);
    let mut boxes: Vec<(usize, DrawingBox)> = sketch.boxes.into_iter().enumerate().collect();
    for (at, one) in &mut boxes {
        let (x, y) = centres.get(*at).copied().unwrap_or((left, top));
        (one.x, one.y) = (whole(x - left), whole(y - top).saturating_add(HEAD_HEIGHT));
    }
    boxes.sort_by_key(|(at, one)| (one.x, one.y, *at));
    let places: BTreeMap<usize, usize> = boxes.iter().enumerate().map(|(place, (at, _))| (*at, place)).collect();
    let moved = |at: u32| {
        let place = usize::try_from(at).ok().and_then(|at| places.get(&at)).copied();
        place.and_then(|place| u32::try_from(place).ok())
    };
    let lines = sketch
        .lines
        .iter()
        .filter_map(|line| Some(DrawingLine { from: moved(line.from)?, to: moved(line.to)?, ..*line }));
    let lines = lines.collect();
    let boxes: Vec<DrawingBox> = boxes.into_iter().map(|(_, one)| one).collect();
    let edge = |value: fn(&DrawingBox) -> u32| boxes.iter().map(value).max().unwrap_or_default();
    Drawing {
        width: edge(|one| one.x).saturating_add(BOX_WIDTH),
        height: edge(|one| one.y).saturating_add(BOX_HEIGHT),
        columns: columns(&boxes),
        boxes,
        lines,
        grouped: sketch.grouped,
    }
}

/// Middles of the boxes, across and down.
fn centres(sketch: &Sketch) -> Vec<(f64, f64)> {
    let number = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let size = (f64::from(BOX_HEIGHT), f64::from(BOX_WIDTH + COLUMN_GAP - ROW_GAP));
    let vertices: Vec<(u32, (f64, f64))> = (0..sketch.boxes.len()).map(|at| (number(at), size)).collect();
    let mut centres = vec![(0.0, 0.0); sketch.boxes.len()];
    let edges = edges(sketch);
    if edges.is_empty() {
        // Nothing to lay out: the boxes stand one below the other.
        let step = f64::from(BOX_HEIGHT + ROW_GAP);
        centres.iter_mut().zip(0u32..).for_each(|(centre, at)| centre.1 = f64::from(at) * step);
        return centres;
    }
    let config = Config { vertex_spacing: f64::from(ROW_GAP), dummy_size: 0.5, ..Config::default() };
    let mut below = 0.0;
    // Parts without a line between them stand one below the other.
    for (part, ..) in rust_sugiyama::from_vertices_and_edges(&vertices, &edges, &config) {
        let top = part.iter().map(|(_, (down, _))| *down).fold(f64::INFINITY, f64::min);
        let mut bottom: f64 = below;
        for (at, (down, across)) in part {
            if let Some(centre) = centres.get_mut(at) {
                *centre = (across, below + down - top);
                bottom = bottom.max(centre.1);
            }
        }
        below = bottom + f64::from(BOX_HEIGHT + 2 * ROW_GAP);
    }
    centres
}

/// Lines to a later column, each pair once. A box that none of them reaches hangs on the lot that was asked for, so that its column
/// is the right one.
fn edges(sketch: &Sketch) -> Vec<(u32, u32)> {
    let column = |at: u32| {
        let at = usize::try_from(at).ok()?;
        sketch.boxes.get(at).map(|one| one.distance)
    };
    let mut edges: BTreeSet<(u32, u32)> = BTreeSet::new();
    edges.extend(sketch.lines.iter().map(|line| (line.from, line.to)).filter(|(from, to)| column(*from) < column(*to)));
    let start = sketch.boxes.iter().position(|one| one.kind == BoxKind::Subject).and_then(|at| u32::try_from(at).ok());
    let Some(start) = start else { return edges.into_iter().collect() };
    let reached: BTreeSet<u32> = edges.iter().map(|(_, to)| *to).collect();
    let leaving: BTreeSet<u32> = edges.iter().map(|(from, _)| *from).collect();
    for (one, at) in sketch.boxes.iter().zip(0u32..) {
        if one.distance > 0 && !reached.contains(&at) {
            edges.insert((start, at));
        }
        if one.distance < 0 && !leaving.contains(&at) {
            edges.insert((at, start));
        }
    }
    edges.into_iter().collect()
}

fn columns(boxes: &[DrawingBox]) -> Vec<DrawingColumn> {
    let mut by_column: BTreeMap<i32, (u32, bool, bool)> = BTreeMap::new();
    for one in boxes {
        let (x, lots, holders) = by_column.entry(one.distance).or_insert((one.x, false, false));
        *x = (*x).min(one.x);
        match one.kind {
            BoxKind::Subject | BoxKind::Lot | BoxKind::Lots => *lots = true,
            BoxKind::Holder | BoxKind::Holders => *holders = true,
            BoxKind::NotKnown => {}
        }
    }
    let kind = |distance: i32, lots: bool, holders: bool| match (distance, lots, holders) {
        (..0, ..) => ColumnKind::MadeFrom,
        (0, ..) => ColumnKind::Subject,
        (_, true, true) => ColumnKind::MadeIntoAndHandedOver,
        (_, true, false) => ColumnKind::MadeInto,
        (_, false, _) => ColumnKind::HandedOver,
    };
    let columns = by_column.into_iter();
    columns.map(|(distance, (x, lots, holders))| DrawingColumn { x, kind: kind(distance, lots, holders) }).collect()
}

/// A length that is not below zero, in whole units. A float that is no length at all is 0.
fn whole(value: f64) -> u32 {
    value.round() as u32
}

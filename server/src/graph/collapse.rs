//! Which boxes and lines a picture of a graph has.
//!
//! ```text
//! lots        by steps from the lot asked for; a column of more than COLUMN_BOXES_MAX is drawn by maker, then as one box of the rest
//! companies   by hand-overs of the lot asked for: one column further than whoever handed it to them first; likewise
//! not known   beside whoever packs went missing from: in no case, missing on arrival, past the day of a hand-over
//! ```
//! The lot's own box stands for its maker, too: hand-overs begin there.

use super::subject;
use std::collections::{BTreeMap, VecDeque};
use tracelight_api::rest::trace::{GapKind, GraphMove, TraceGraph};
use tracelight_api::rest::trace_picture::{BoxKind, COLUMN_BOXES_MAX, DrawingBox, DrawingLine, LineKind};

/// From so many steps on, each way, everything is one box.
pub const FAR: i32 = 9;

/// The column of something so many steps away.
#[must_use]
pub fn column_of(distance: i32) -> i32 {
    distance.clamp(-FAR, FAR)
}

/// What is drawn, not yet placed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sketch {
    /// Boxes; the edges of each are 0.
    pub boxes: Vec<DrawingBox>,
    /// Lines between them, by both ends and kind.
    pub lines: Vec<DrawingLine>,
    /// Lots that stand in a box with others.
    pub grouped: u64,
}

type Lines = BTreeMap<(usize, usize, LineKind), u64>;

impl Sketch {
    /// The sketch of a graph.
    #[must_use]
    pub fn of(graph: &TraceGraph) -> Self {
        let mut sketch = Self::default();
        let mut lines = Lines::new();
        let of_lot = sketch.lots(graph);
        for link in &graph.links {
            if let (Some(from), Some(to)) = (at(&of_lot, link.from), at(&of_lot, link.to)) {
                add(&mut lines, (from, to, LineKind::Made), 1);
            }
        }
        let own = subject(graph);
        if let Some(box_of_subject) = of_lot.get(own) {
            sketch.hand_overs(graph, own, *box_of_subject, &mut lines);
        }
        sketch.lines = lines.into_iter().map(|((from, to, kind), count)| line(from, to, kind, count)).collect();
        sketch
    }

    fn push(&mut self, one: DrawingBox) -> usize {
        self.boxes.push(one);
        self.boxes.len() - 1
    }

    /// Boxes of lots, and the box of each lot.
    fn lots(&mut self, graph: &TraceGraph) -> Vec<usize> {
        let mut columns: BTreeMap<i32, Vec<usize>> = BTreeMap::new();
        for (place, lot) in graph.lots.iter().enumerate() {
            columns.entry(column_of(lot.distance)).or_default().push(place);
        }
        let mut of_lot = vec![0; graph.lots.len()];
        for (column, places) in columns {
            for (member, group) in lot_groups(graph, column, places) {
                let drawn = match group.as_slice() {
                    [one] => self.push(lot_box(graph, *one, column)),
                    many => {
                        self.grouped = self.grouped.saturating_add(many.len() as u64);
                        let count = Some(many.len() as u64);
                        self.push(DrawingBox { member, count, ..plain(BoxKind::Lots, column) })
                    }
                };
                for place in group {
                    if let Some(slot) = of_lot.get_mut(place) {
                        *slot = drawn;
                    }
                }
            }
        }
        of_lot
    }

    /// Companies that the lot went to, and packs of it that nobody can place.
    fn hand_overs(&mut self, graph: &TraceGraph, own: usize, start: usize, lines: &mut Lines) {
        let is_own = |lot: u32| usize::try_from(lot).is_ok_and(|lot| lot == own);
        let moves: Vec<&GraphMove> = graph.moves.iter().filter(|one| is_own(one.lot)).collect();
        let maker = graph.lots.get(own).and_then(|lot| lot.maker.as_deref()).unwrap_or_default();
        let mut of_member = self.holders(&moves, maker);
        of_member.insert(maker, start);
        let mut not_known: BTreeMap<usize, u64> = BTreeMap::new();
        let mut lost = |from: usize, units: u64| {
            if units > 0 {
                let sum = not_known.entry(from).or_default();
                *sum = sum.saturating_add(units);
            }
        };
        for one in &moves {
            let (Some(from), Some(to)) = (of_member.get(one.from.as_str()), of_member.get(one.to.as_str())) else {
                continue;
            };
            let settled = matches!(one.status.as_str(), "received" | "received_in_part" | "settled");
            let kind = if settled { LineKind::Moved } else { LineKind::Unsettled };
            add(lines, (*from, *to, kind), one.shipments);
            lost(*from, one.short);
        }
        for gap in graph.gaps.iter().filter(|gap| is_own(gap.lot)) {
            let from = match gap.kind {
                GapKind::InNoCase => Some(start),
                GapKind::NotReceived => gap.from.as_deref().and_then(|gln| of_member.get(gln)).copied(),
                GapKind::LotUnknown | GapKind::NotSealed | GapKind::Cut => None,
            };
            if let (Some(from), Some(units)) = (from, gap.units) {
                lost(from, units);
            }
        }
        for (from, units) in not_known {
            let column = self.boxes.get(from).map_or(0, |one| one.distance).saturating_add(1);
            let to = self.push(DrawingBox { units: Some(units), ..plain(BoxKind::NotKnown, column) });
            add(lines, (from, to, LineKind::NotKnown), 1);
        }
    }

    /// Boxes of companies other than the maker, and the box of each.
    fn holders<'a>(&mut self, moves: &[&'a GraphMove], maker: &'a str) -> BTreeMap<&'a str, usize> {
        let depths = depths(moves, maker);
        let mut came: BTreeMap<&str, u64> = BTreeMap::new();
        for one in moves.iter().filter(|one| one.status != "refused") {
            let sum = came.entry(one.to.as_str()).or_default();
            *sum = sum.saturating_add(one.units);
        }
        let came = |gln: &str| came.get(gln).copied().unwrap_or_default();
        let mut columns: BTreeMap<i32, Vec<&str>> = BTreeMap::new();
        for (gln, depth) in depths {
            columns.entry(column_of(depth)).or_default().push(gln);
        }
        let mut of_member = BTreeMap::new();
        for (column, mut glns) in columns {
            glns.sort_by_key(|gln| (std::cmp::Reverse(came(gln)), *gln));
            let alone = if column == FAR { 0 } else { COLUMN_BOXES_MAX };
            let alone = if glns.len() <= alone.max(1) { glns.len() } else { alone.saturating_sub(1) };
            let rest = glns.split_off(alone);
            for gln in glns {
                let (member, units) = (Some(gln.to_owned()), Some(came(gln)));
                of_member.insert(gln, self.push(DrawingBox { member, units, ..plain(BoxKind::Holder, column) }));
            }
            if !rest.is_empty() {
                let units = rest.iter().map(|gln| came(gln)).fold(0, u64::saturating_add);
                let (count, units) = (Some(rest.len() as u64), Some(units));
                let drawn = self.push(DrawingBox { count, units, ..plain(BoxKind::Holders, column) });
                of_member.extend(rest.into_iter().map(|gln| (gln, drawn)));
            }
        }
        of_member
    }
}

/// Lots of one column as they are drawn, with their maker where a box is of one.
fn lot_groups(graph: &TraceGraph, column: i32, places: Vec<usize>) -> Vec<(Option<String>, Vec<usize>)> {
    if places.len() == 1 || (places.len() <= COLUMN_BOXES_MAX && column.abs() < FAR) {
        return places.into_iter().map(|place| (None, vec![place])).collect();
    }
    if column.abs() == FAR {
        return vec![(None, places)];
    }
    let mut by_maker: BTreeMap<Option<String>, Vec<usize>> = BTreeMap::new();
    for place in places {
        let maker = graph.lots.get(place).and_then(|lot| lot.maker.clone());
        by_maker.entry(maker).or_default().push(place);
    }
    let mut groups: Vec<_> = by_maker.into_iter().collect();
    groups.sort_by_key(|(maker, places)| (std::cmp::Reverse(places.len()), maker.clone()));
    if groups.len() > COLUMN_BOXES_MAX {
        let rest = groups.split_off(COLUMN_BOXES_MAX - 1);
        groups.push((None, rest.into_iter().flat_map(|(_, places)| places).collect()));
    }
    groups
}

/// Hand-overs to each company from the maker on. Who got it from nobody that is known stands behind the maker.
fn depths<'a>(moves: &[&'a GraphMove], maker: &'a str) -> BTreeMap<&'a str, i32> {
    let mut next: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for one in moves {
        next.entry(one.from.as_str()).or_default().push(one.to.as_str());
    }
    let mut depths: BTreeMap<&str, i32> = BTreeMap::from([(maker, 0)]);
    let mut waiting = VecDeque::from([maker]);
    while let Some(gln) = waiting.pop_front() {
        let depth = depths.get(gln).copied().unwrap_or_default().saturating_add(1);
        for to in next.get(gln).into_iter().flatten() {
            if !depths.contains_key(to) {
                depths.insert(to, depth);
                waiting.push_back(to);
            }
        }
    }
    for one in moves {
        for gln in [one.from.as_str(), one.to.as_str()] {
            depths.entry(gln).or_insert(1);
        }
    }
    depths.remove(maker);
    depths
}

fn at(of_lot: &[usize], place: u32) -> Option<usize> {
    of_lot.get(usize::try_from(place).ok()?).copied()
}

/// Nothing is drawn from a box to itself.
fn add(lines: &mut Lines, key: (usize, usize, LineKind), count: u64) {
    if key.0 != key.1 {
        let sum = lines.entry(key).or_default();
        *sum = sum.saturating_add(count);
    }
}

fn line(from: usize, to: usize, kind: LineKind, count: u64) -> DrawingLine {
    let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    DrawingLine { from: place(from), to: place(to), kind, count }
}

fn plain(kind: BoxKind, distance: i32) -> DrawingBox {
    DrawingBox {
        kind,
        x: 0,
        y: 0,
        distance,
        gtin: None,
        lot: None,
        product_en: String::new(),
        product_zh: String::new(),
        member: None,
        count: None,
        units: None,
        recalled: None,
        in_full: false,
    }
}

fn lot_box(graph: &TraceGraph, place: usize, column: i32) -> DrawingBox {
    let kind = if column == 0 { BoxKind::Subject } else { BoxKind::Lot };
    let Some(lot) = graph.lots.get(place) else { return plain(kind, column) };
    DrawingBox {
        gtin: Some(lot.gtin.clone()),
        lot: Some(lot.lot.clone()),
        product_en: lot.product_en.clone(),
        product_zh: lot.product_zh.clone(),
        member: lot.maker.clone(),
        units: lot.sealed,
        recalled: lot.recalled,
        in_full: lot.in_full,
        ..plain(kind, column)
    }
}

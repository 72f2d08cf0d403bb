//! The graph of a lot as rows: which of them are asked for, in which order, and as cells of a file.
//!
//! A filter names words (`q`, anywhere in what a row shows, whatever their case), a step (`level`) and a company (`member`); what it
//! names must all hold. Rows that compare equal keep the order of the graph, so that pages do not overlap.

use super::collapse::column_of;
use crate::api::sheet::{Cell, Sheet};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use tracelight_api::rest::trace::{GapKind, GraphGap, GraphLink, GraphLot, GraphMove, TraceGraph};
use tracelight_api::rest::trace_picture::{GapRow, LinkRow, LotName, MoveRow, PictureRows, TablePart};

/// Rows that are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chosen {
    /// Which table.
    pub part: TablePart,
    /// Words that a row has to have, in small letters; empty asks for nothing.
    pub q: String,
    /// Steps of a lot of the row from the one that was asked for; from [`super::collapse::FAR`] on they are one.
    pub level: Option<i32>,
    /// GLN of a company that the row names.
    pub member: Option<String>,
    /// Column, one of [`TablePart::sorts`]; the graph's own order without one.
    pub sort: Option<&'static str>,
    /// From the last to the first.
    pub descending: bool,
}

/// Names of members by GLN, in English and Chinese.
#[derive(Debug)]
pub struct Names<'a>(BTreeMap<&'a str, (&'a str, &'a str)>);

impl<'a> Names<'a> {
    /// Those of a graph.
    #[must_use]
    pub fn of(graph: &'a TraceGraph) -> Self {
        let one = |member: &'a tracelight_api::rest::trace::GraphMember| {
            (member.gln.as_str(), (member.name_en.as_str(), member.name_zh.as_str()))
        };
        Self(graph.members.iter().map(one).collect())
    }

    fn both(&self, gln: &'a str) -> [&'a str; 3] {
        let (en, zh) = self.0.get(gln).copied().unwrap_or_default();
        [gln, en, zh]
    }

    fn en(&self, gln: &'a str) -> &'a str {
        self.0.get(gln).map_or(gln, |(en, _)| en)
    }
}

fn lot(graph: &TraceGraph, place: u32) -> Option<&GraphLot> {
    graph.lots.get(usize::try_from(place).ok()?)
}

/// Places of the rows that are asked for in the list of their part, in order.
#[must_use]
pub fn found(graph: &TraceGraph, names: &Names<'_>, chosen: &Chosen) -> Vec<usize> {
    let length = match chosen.part {
        TablePart::Moves => graph.moves.len(),
        TablePart::Lots => graph.lots.len(),
        TablePart::Links => graph.links.len(),
        TablePart::Gaps => graph.gaps.len(),
    };
    let mut rows: Vec<usize> = (0..length).filter(|at| is_asked(graph, names, chosen, *at)).collect();
    if let Some(sort) = chosen.sort {
        rows.sort_by(|a, b| {
            let order = compare(graph, names, chosen.part, sort, *a, *b);
            if chosen.descending { order.reverse() } else { order }
        });
    }
    rows
}

fn is_asked(graph: &TraceGraph, names: &Names<'_>, chosen: &Chosen, at: usize) -> bool {
    let (lots, members, more) = shown(graph, chosen.part, at);
    let is_near = |level: i32| lots.iter().flatten().any(|lot| column_of(lot.distance) == level);
    let is_of = |gln: &String| members.iter().any(|member| member == gln);
    if !chosen.level.is_none_or(is_near) || !chosen.member.as_ref().is_none_or(is_of) {
        return false;
    }
    if chosen.q.is_empty() {
        return true;
    }
    let of_lots = lots.iter().flatten().flat_map(|lot| [&lot.gtin, &lot.lot, &lot.product_en, &lot.product_zh]);
    let of_members = members.iter().flat_map(|gln| names.both(gln));
    let mut words = of_lots.map(String::as_str).chain(of_members).chain(more);
    words.any(|words| words.to_lowercase().contains(&chosen.q))
}

/// What a row shows: its lots, the companies in it, and other words.
fn shown(graph: &TraceGraph, part: TablePart, at: usize) -> ([Option<&GraphLot>; 2], Vec<&str>, Option<&str>) {
    match part {
        TablePart::Moves => {
            let Some(one) = graph.moves.get(at) else { return ([None, None], Vec::new(), None) };
            ([lot(graph, one.lot), None], vec![&one.from, &one.to], Some(&one.status))
        }
        TablePart::Lots => {
            let one = graph.lots.get(at);
            ([one, None], one.and_then(|lot| lot.maker.as_deref()).into_iter().collect(), None)
        }
        TablePart::Links => {
            let lots = graph.links.get(at).map(|link| [lot(graph, link.from), lot(graph, link.to)]);
            let lots = lots.unwrap_or_default();
            (lots, lots.iter().flatten().filter_map(|lot| lot.maker.as_deref()).collect(), None)
        }
        TablePart::Gaps => {
            let Some(gap) = graph.gaps.get(at) else { return ([None, None], Vec::new(), None) };
            let lot = lot(graph, gap.lot);
            let maker = lot.and_then(|lot| lot.maker.as_deref());
            let members = [gap.from.as_deref(), gap.to.as_deref(), maker];
            ([lot, None], members.into_iter().flatten().collect(), gap.shipment.as_deref())
        }
    }
}

fn compare(graph: &TraceGraph, names: &Names<'_>, part: TablePart, sort: &str, a: usize, b: usize) -> Ordering {
    let by_lot = |place: u32| lot(graph, place).map(|lot| (lot.gtin.as_str(), lot.lot.as_str()));
    match part {
        TablePart::Moves => pair(graph.moves.get(a), graph.moves.get(b), |a: &GraphMove, b: &GraphMove| match sort {
            "lot" => by_lot(a.lot).cmp(&by_lot(b.lot)),
            "from" => names.en(&a.from).cmp(names.en(&b.from)),
            "to" => names.en(&a.to).cmp(names.en(&b.to)),
            "status" => a.status.cmp(&b.status),
            "units" => a.units.cmp(&b.units),
            "short" => a.short.cmp(&b.short),
            "first" => a.first_ms.cmp(&b.first_ms),
            _ => a.last_ms.cmp(&b.last_ms),
        }),
        TablePart::Lots => pair(graph.lots.get(a), graph.lots.get(b), |a: &GraphLot, b: &GraphLot| {
            let maker = |lot: &GraphLot| lot.maker.as_deref().map(|gln| names.en(gln).to_owned());
            match sort {
                "lot" => (&a.gtin, &a.lot).cmp(&(&b.gtin, &b.lot)),
                "product" => a.product_en.cmp(&b.product_en),
                "maker" => maker(a).cmp(&maker(b)),
                "made_on" => a.made_on.cmp(&b.made_on),
                "sealed" => a.sealed.cmp(&b.sealed),
                _ => a.distance.cmp(&b.distance),
            }
        }),
        TablePart::Links => pair(graph.links.get(a), graph.links.get(b), |a: &GraphLink, b: &GraphLink| match sort {
            "from" => by_lot(a.from).cmp(&by_lot(b.from)),
            "to" => by_lot(a.to).cmp(&by_lot(b.to)),
            _ => a.units.cmp(&b.units),
        }),
        TablePart::Gaps => pair(graph.gaps.get(a), graph.gaps.get(b), |a: &GraphGap, b: &GraphGap| match sort {
            "lot" => by_lot(a.lot).cmp(&by_lot(b.lot)),
            "kind" => gap_word(a.kind).cmp(gap_word(b.kind)),
            "units" => a.units.cmp(&b.units),
            _ => a.due_ms.cmp(&b.due_ms),
        }),
    }
}

fn pair<T>(a: Option<&T>, b: Option<&T>, compare: impl Fn(&T, &T) -> Ordering) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => compare(a, b),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

/// The word of a gap, as the interface writes it.
#[must_use]
pub const fn gap_word(kind: GapKind) -> &'static str {
    match kind {
        GapKind::LotUnknown => "lot_unknown",
        GapKind::NotSealed => "not_sealed",
        GapKind::InNoCase => "in_no_case",
        GapKind::NotReceived => "not_received",
        GapKind::Cut => "cut",
    }
}

fn name(graph: &TraceGraph, place: u32) -> LotName {
    let lot = lot(graph, place);
    LotName {
        gtin: lot.map(|lot| lot.gtin.clone()).unwrap_or_default(),
        lot: lot.map(|lot| lot.lot.clone()).unwrap_or_default(),
        in_full: lot.is_some_and(|lot| lot.in_full),
    }
}

/// The rows at these places.
#[must_use]
pub fn rows(graph: &TraceGraph, part: TablePart, places: &[usize]) -> PictureRows {
    match part {
        TablePart::Moves => {
            let row = |one: &GraphMove| MoveRow {
                lot: name(graph, one.lot),
                from: one.from.clone(),
                to: one.to.clone(),
                status: one.status.clone(),
                shipments: one.shipments,
                cases: one.cases,
                units: one.units,
                short: one.short,
                first_ms: one.first_ms,
                last_ms: one.last_ms,
            };
            PictureRows::Moves(places.iter().filter_map(|at| graph.moves.get(*at).map(row)).collect())
        }
        TablePart::Lots => PictureRows::Lots(places.iter().filter_map(|at| graph.lots.get(*at).cloned()).collect()),
        TablePart::Links => {
            let row = |link: &GraphLink| LinkRow {
                from: name(graph, link.from),
                to: name(graph, link.to),
                cases: link.cases,
                units: link.units,
            };
            PictureRows::Links(places.iter().filter_map(|at| graph.links.get(*at).map(row)).collect())
        }
        TablePart::Gaps => {
            let row = |gap: &GraphGap| GapRow {
                kind: gap.kind,
                lot: name(graph, gap.lot),
                units: gap.units,
                lots: gap.lots,
                shipment: gap.shipment.clone(),
                from: gap.from.clone(),
                to: gap.to.clone(),
                due_ms: gap.due_ms,
            };
            PictureRows::Gaps(places.iter().filter_map(|at| graph.gaps.get(*at).map(row)).collect())
        }
    }
}

/// The rows that are asked for as a table of a file.
#[must_use]
pub fn sheet(graph: &TraceGraph, chosen: &Chosen) -> Sheet {
    let names = Names::of(graph);
    let places = found(graph, &names, chosen);
    let named = |lot: LotName| [Cell::Text(lot.gtin), Cell::Text(lot.lot)];
    let company = |gln: Option<&str>| {
        let name = gln.map(|gln| names.en(gln));
        [Cell::some(gln), Cell::some(name)]
    };
    let (name, heads, rows): (_, &[&str], Vec<Vec<Cell>>) = match rows(graph, chosen.part, &places) {
        PictureRows::Moves(rows) => {
            let row = |row: MoveRow| {
                let mut cells: Vec<Cell> = named(row.lot).into();
                cells.extend(company(Some(&row.from)));
                cells.extend(company(Some(&row.to)));
                cells.push(Cell::Text(row.status));
                cells.extend([row.shipments, row.cases, row.units, row.short].map(Cell::Number));
                cells.extend([row.first_ms, row.last_ms].map(Cell::Time));
                cells
            };
            ("Hand-overs", MOVE_HEADS, rows.into_iter().map(row).collect())
        }
        PictureRows::Lots(rows) => ("Lots", LOT_HEADS, rows.into_iter().map(|lot| lot_cells(&lot, company)).collect()),
        PictureRows::Links(rows) => {
            let row = |row: LinkRow| {
                let mut cells: Vec<Cell> = named(row.from).into();
                cells.extend(named(row.to));
                cells.extend([row.cases, row.units].map(Cell::number));
                cells
            };
            ("Made from", LINK_HEADS, rows.into_iter().map(row).collect())
        }
        PictureRows::Gaps(rows) => {
            let row = |row: GapRow| {
                let mut cells: Vec<Cell> = named(row.lot).into();
                cells.push(Cell::text(gap_word(row.kind)));
                cells.extend([row.units, row.lots].map(Cell::number));
                cells.push(Cell::some(row.shipment));
                cells.extend(company(row.from.as_deref()));
                cells.extend(company(row.to.as_deref()));
                cells.push(row.due_ms.map_or(Cell::Empty, Cell::Time));
                cells
            };
            ("Not known", GAP_HEADS, rows.into_iter().map(row).collect())
        }
    };
    Sheet { name, heads, rows }
}

const MOVE_HEADS: &[&str] = &[
    "GTIN",
    "Lot",
    "From GLN",
    "From",
    "To GLN",
    "To",
    "Status",
    "Hand-overs",
    "Cases",
    "Packs",
    "Missing on arrival",
    "First shipped",
    "Last shipped or answered",
];
const LOT_HEADS: &[&str] = &[
    "GTIN",
    "Lot",
    "Steps",
    "Product",
    "Product (zh)",
    "Maker GLN",
    "Maker",
    "Made on",
    "Expires on",
    "Recall class",
    "Packs sealed",
    "Told in full",
];
const LINK_HEADS: &[&str] = &["From GTIN", "From lot", "Into GTIN", "Into lot", "Cases used", "Packs used"];
const GAP_HEADS: &[&str] =
    &["GTIN", "Lot", "What", "Packs", "Lots left out", "Shipment", "From GLN", "From", "To GLN", "To", "Due"];

fn lot_cells<'a>(lot: &'a GraphLot, company: impl Fn(Option<&'a str>) -> [Cell; 2]) -> Vec<Cell> {
    let mut cells = vec![
        Cell::text(&lot.gtin),
        Cell::text(&lot.lot),
        // Steps towards ingredients are below zero, which a count is not.
        Cell::text(lot.distance.to_string()),
        Cell::text(&lot.product_en),
        Cell::text(&lot.product_zh),
    ];
    cells.extend(company(lot.maker.as_deref()));
    cells.extend([lot.made_on.as_ref(), lot.expires_on.as_ref()].map(|day| Cell::some(day.map(String::as_str))));
    cells.push(Cell::number(lot.recalled.map(u64::from)));
    cells.push(Cell::number(lot.sealed));
    cells.push(Cell::text(if lot.in_full { "yes" } else { "no" }));
    cells
}

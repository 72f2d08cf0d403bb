//! The graph of a lot as people look at it: a picture with a bound, and tables of the same.
//!
//! ```text
//! TraceGraph --collapse--> boxes and lines --layout--> Drawing          at most PICTURE_BOXES_MAX boxes, whatever the graph's size
//!            --table-----> rows that were asked for, in order --> a page of them, or all as cells of a file
//! ```
//! All of it is pure. The picture shows lots by their steps from the one that was asked for, and the hand-overs of that one from
//! company to company; the hand-overs of the other lots are rows, and each lot leads to its own picture.
//!
//! **Bounds.** A column has [`COLUMN_BOXES_MAX`](tracelight_api::rest::trace_picture::COLUMN_BOXES_MAX) boxes of lots and as many of
//! companies; more are drawn by maker, and what is left as one box. Steps from [`collapse::FAR`] on are one box each way. What a box
//! of several leaves out is in the table: each such box leads there.

pub mod collapse;
pub mod layout;
pub mod table;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use table::{Chosen, Names};
use tracelight_api::rest::trace::{GapKind, GraphMember, TraceGraph};
use tracelight_api::rest::trace_picture::{
    Drawing, PictureCounts, PictureRows, PictureTable, TABLE_ROWS, TracePicture,
};

/// Place in the list of lots of the one that was asked for.
#[must_use]
pub fn subject(graph: &TraceGraph) -> usize {
    graph.lots.iter().position(|lot| lot.distance == 0).unwrap_or_default()
}

/// A picture and a page of a table. `None` for a page that does not exist.
#[must_use]
pub fn picture(graph: &TraceGraph, drawing: Option<Drawing>, chosen: &Chosen, page: u64) -> Option<TracePicture> {
    let names = Names::of(graph);
    let found = table::found(graph, &names, chosen);
    let rows_max = TABLE_ROWS as u64;
    let total = found.len() as u64;
    let pages = total.div_ceil(rows_max).max(1);
    if page == 0 || page > pages {
        return None;
    }
    let from = usize::try_from((page - 1) * rows_max).ok()?;
    let shown = found.get(from..).unwrap_or_default();
    let rows = table::rows(graph, chosen.part, shown.get(..TABLE_ROWS).unwrap_or(shown));
    let members = named(graph, drawing.as_ref(), &rows);
    let lot = graph.lots.get(subject(graph))?;
    Some(TracePicture {
        subject: graph.subject.clone(),
        gtin: lot.gtin.clone(),
        lot: lot.lot.clone(),
        direction: graph.direction,
        as_of_ms: graph.as_of_ms,
        complete: graph.complete,
        counts: counts(graph),
        drawing,
        table: PictureTable { total, page, pages, rows },
        members,
    })
}

fn counts(graph: &TraceGraph) -> PictureCounts {
    let at = subject(graph);
    let own = |lot: u32| usize::try_from(lot).is_ok_and(|lot| lot == at);
    let short = graph.moves.iter().filter(|one| own(one.lot)).map(|one| one.short);
    let gaps = graph.gaps.iter().filter(|gap| own(gap.lot) && gap.kind != GapKind::Cut).filter_map(|gap| gap.units);
    PictureCounts {
        lots: graph.lots.len() as u64,
        links: graph.links.len() as u64,
        moves: graph.moves.len() as u64,
        gaps: graph.gaps.len() as u64,
        members: graph.members.len() as u64,
        sealed: graph.lots.get(at).and_then(|lot| lot.sealed),
        not_known: short.chain(gaps).fold(0, u64::saturating_add),
    }
}

/// The members that a picture and these rows name.
fn named(graph: &TraceGraph, drawing: Option<&Drawing>, rows: &PictureRows) -> Vec<GraphMember> {
    let mut glns: BTreeSet<&str> = BTreeSet::new();
    glns.extend(drawing.into_iter().flat_map(|drawing| &drawing.boxes).filter_map(|one| one.member.as_deref()));
    match rows {
        PictureRows::Moves(rows) => glns.extend(rows.iter().flat_map(|row| [row.from.as_str(), row.to.as_str()])),
        PictureRows::Lots(rows) => glns.extend(rows.iter().filter_map(|row| row.maker.as_deref())),
        PictureRows::Links(_) => {}
        PictureRows::Gaps(rows) => {
            glns.extend(rows.iter().flat_map(|row| [&row.from, &row.to]).flatten().map(String::as_str))
        }
    }
    let known: BTreeMap<&str, &GraphMember> = graph.members.iter().map(|one| (one.gln.as_str(), one)).collect();
    glns.into_iter().filter_map(|gln| known.get(gln).map(|member| (*member).clone())).collect()
}

//! Pictures and tables of graphs that are made up: bounds, what is merged, what leads where, and how long the greatest takes.

use super::collapse::{FAR, Sketch};
use super::layout::{BOX_HEIGHT, BOX_WIDTH, place};
use super::table::{Chosen, Names, found, sheet};
use super::{picture, subject};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;
use std::time::{Duration, Instant};
use tracelight_api::rest::trace::{
    Direction, GapKind, GraphGap, GraphLink, GraphLot, GraphMember, GraphMove, TraceGraph,
};
use tracelight_api::rest::trace_picture::{
    BoxKind, COLUMN_BOXES_MAX, ColumnKind, LineKind, PICTURE_BOXES_MAX, PictureRows, TABLE_ROWS, TablePart,
};

fn gln(at: usize) -> String {
    format!("69012340{at:05}")
}

fn lot(at: usize, distance: i32, maker: usize) -> GraphLot {
    GraphLot {
        gtin: "06901234000016".into(),
        lot: format!("L{at:05}"),
        distance,
        in_full: true,
        product_en: "Amoxicillin".into(),
        product_zh: "阿莫西林".into(),
        maker: Some(gln(maker)),
        made_on: Some("2026-10-01".into()),
        expires_on: Some("2028-09".into()),
        recalled: None,
        sealed: Some(at as u64),
    }
}

fn graph(lots: Vec<GraphLot>, links: &[(u32, u32)], moves: Vec<GraphMove>, gaps: Vec<GraphGap>) -> TraceGraph {
    let members =
        (0..40)
            .map(|at| GraphMember { gln: gln(at), name_en: format!("Company {at}"), name_zh: format!("公司{at}") });
    let link = |(from, to): &(u32, u32)| GraphLink { from: *from, to: *to, cases: Some(1), units: Some(25) };
    TraceGraph {
        subject: "(01)06901234000016(10)L00000".into(),
        direction: Direction::Both,
        as_of_ms: 1,
        complete: true,
        lots,
        links: links.iter().map(link).collect(),
        moves,
        gaps,
        members: members.collect(),
    }
}

fn moved(lot: u32, from: usize, to: usize, status: &str, units: u64, short: u64) -> GraphMove {
    GraphMove {
        lot,
        from: gln(from),
        to: gln(to),
        status: status.into(),
        shipments: 1,
        cases: 1,
        units,
        short,
        first_ms: 10 + units,
        last_ms: 20 + units,
    }
}

fn gap(kind: GapKind, lot: u32, units: Option<u64>, from: Option<usize>) -> GraphGap {
    GraphGap { kind, lot, units, lots: None, shipment: None, from: from.map(gln), to: None, due_ms: None }
}

/// One ingredient, one product; the maker ships to 1, who ships to 2 with 3 packs missing, and back to the maker.
fn small() -> TraceGraph {
    let lots = vec![lot(1, -1, 0), lot(0, 0, 0), lot(2, 1, 0)];
    let moves = vec![
        moved(1, 0, 1, "received", 30, 0),
        moved(1, 1, 2, "received_in_part", 20, 3),
        moved(1, 1, 0, "open", 5, 0),
        moved(0, 0, 7, "received", 1, 0),
    ];
    let gaps = vec![
        gap(GapKind::InNoCase, 1, Some(4), None),
        gap(GapKind::NotReceived, 1, Some(5), Some(1)),
        gap(GapKind::NotSealed, 2, None, None),
    ];
    graph(lots, &[(0, 1), (1, 2)], moves, gaps)
}

#[test]
fn m8_a_small_graph_is_drawn_box_by_box() {
    let graph = small();
    let drawing = place(Sketch::of(&graph));
    let kinds: Vec<(BoxKind, i32, Option<u64>)> =
        drawing.boxes.iter().map(|one| (one.kind, one.distance, one.units)).collect();
    let of = |kind| kinds.iter().filter(|(known, ..)| *known == kind).collect::<Vec<_>>();
    assert_eq!(of(BoxKind::Subject), [&(BoxKind::Subject, 0, Some(0))]);
    assert_eq!(of(BoxKind::Lot).len(), 2, "{kinds:?}");
    assert_eq!(of(BoxKind::Holder), [&(BoxKind::Holder, 1, Some(30)), &(BoxKind::Holder, 2, Some(20))]);
    let lost: Vec<_> = of(BoxKind::NotKnown).iter().map(|(_, column, units)| (*column, *units)).collect();
    assert_eq!(lost, [(1, Some(4)), (2, Some(8))], "beside the maker, and beside who shipped what is missing");
    let columns: Vec<ColumnKind> = drawing.columns.iter().map(|column| column.kind).collect();
    let expected =
        [ColumnKind::MadeFrom, ColumnKind::Subject, ColumnKind::MadeIntoAndHandedOver, ColumnKind::HandedOver];
    assert_eq!(columns, expected);
    let unsettled = drawing.lines.iter().filter(|line| line.kind == LineKind::Unsettled).count();
    assert_eq!(unsettled, 1, "the way back to the maker leads to the lot's own box: {:?}", drawing.lines);
    let picture = picture(&graph, Some(drawing), &Chosen::default(), 1).expect("a first page");
    assert_eq!((picture.counts.not_known, picture.counts.sealed, picture.lot.as_str()), (12, Some(0), "L00000"));
    assert!(picture.members.iter().any(|member| member.name_zh == "公司2"), "{:?}", picture.members);
}

/// No two boxes overlap, each column is right of the one before, and each line has its ends.
fn check_placed(graph: &TraceGraph) {
    let drawing = place(Sketch::of(graph));
    assert!(drawing.boxes.len() <= PICTURE_BOXES_MAX, "{} boxes", drawing.boxes.len());
    for (at, one) in drawing.boxes.iter().enumerate() {
        assert!(one.x + BOX_WIDTH <= drawing.width && one.y + BOX_HEIGHT <= drawing.height, "{one:?}");
        for other in drawing.boxes.iter().skip(at + 1) {
            let apart = one.x.abs_diff(other.x) >= BOX_WIDTH || one.y.abs_diff(other.y) >= BOX_HEIGHT;
            assert!(apart, "{one:?} covers {other:?}");
        }
    }
    for pair in drawing.columns.windows(2) {
        assert!(pair[0].x < pair[1].x, "{:?}", drawing.columns);
    }
    for line in &drawing.lines {
        assert!(line.from != line.to && (line.from.max(line.to) as usize) < drawing.boxes.len(), "{line:?}");
    }
    let shown: u64 = drawing
        .boxes
        .iter()
        .map(|one| match one.kind {
            BoxKind::Lots => one.count.unwrap_or_default(),
            BoxKind::Subject | BoxKind::Lot => 1,
            _ => 0,
        })
        .sum();
    assert_eq!(shown, graph.lots.len() as u64, "each lot is in one box");
}

/// A graph of chance, with steps as a walk counts them.
fn random(seed: u64) -> TraceGraph {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let mut lots = Vec::new();
    let mut links = Vec::new();
    let depth = rng.random_range(0..FAR + 4);
    let mut levels: Vec<Vec<u32>> = Vec::new();
    for distance in -depth..=depth {
        let count = if distance == 0 { 1 } else { rng.random_range(1..40u32) };
        let level: Vec<u32> = (0..count)
            .map(|_| {
                lots.push(lot(lots.len(), distance, rng.random_range(0..30)));
                lots.len() as u32 - 1
            })
            .collect();
        levels.push(level);
    }
    for pair in levels.windows(2) {
        for near in &pair[0] {
            links.push((*near, pair[1][rng.random_range(0..pair[1].len())]));
        }
        for far in &pair[1] {
            links.push((pair[0][rng.random_range(0..pair[0].len())], *far));
        }
    }
    // Loops: a product that goes into its own ingredient.
    for _ in 0..rng.random_range(0..4) {
        links.push((lots.len() as u32 - 1, rng.random_range(0..lots.len() as u32)));
    }
    let own = lots.iter().position(|lot| lot.distance == 0).expect("one is asked for") as u32;
    let count = rng.random_range(0..80);
    let status = ["received", "open", "refused", "received_in_part", "disputed"];
    let moves = (0..count).map(|_| {
        let (from, to) = (rng.random_range(0..30), rng.random_range(0..30));
        moved(own, from, to, status[rng.random_range(0..5)], rng.random_range(0..9), rng.random_range(0..3))
    });
    let moves = moves.collect();
    graph(lots, &links, moves, vec![gap(GapKind::InNoCase, own, Some(4), None)])
}

#[test]
fn m8_pictures_of_all_kinds_of_graphs_stand_well() {
    check_placed(&small());
    check_placed(&graph(vec![lot(0, 0, 0)], &[], Vec::new(), Vec::new()));
    for seed in 0..150 {
        check_placed(&random(seed));
    }
}

#[test]
fn m8_many_lots_are_drawn_by_maker_and_lead_to_the_table() {
    let mut lots = vec![lot(0, 0, 0)];
    lots.extend((1..=3_412).map(|at| lot(at, 1, at % 3)));
    let links: Vec<(u32, u32)> = (1..=3_412).map(|to| (0, to)).collect();
    let graph = graph(lots, &links, Vec::new(), Vec::new());
    let sketch = Sketch::of(&graph);
    assert_eq!((sketch.boxes.len(), sketch.grouped), (4, 3_412));
    let groups: Vec<_> = sketch.boxes.iter().filter(|one| one.kind == BoxKind::Lots).collect();
    assert_eq!(groups.iter().filter_map(|one| one.count).sum::<u64>(), 3_412);
    assert!(sketch.lines.iter().all(|line| line.count >= 1_137), "a line says how many makings it stands for");
    // The rows behind a box are as many as the box says.
    for one in groups {
        let chosen = Chosen {
            part: TablePart::Lots,
            level: Some(one.distance),
            member: one.member.clone(),
            ..Chosen::default()
        };
        assert_eq!(Some(found(&graph, &Names::of(&graph), &chosen).len() as u64), one.count);
    }
    let many: Vec<GraphLot> = std::iter::once(lot(0, 0, 0)).chain((1..40).map(|at| lot(at, 1, at))).collect();
    let links: Vec<(u32, u32)> = (1..40).map(|to| (0, to)).collect();
    let sketch = Sketch::of(&super::tests::graph(many, &links, Vec::new(), Vec::new()));
    assert_eq!(sketch.boxes.len(), 1 + COLUMN_BOXES_MAX);
    assert!(sketch.boxes.iter().any(|one| one.kind == BoxKind::Lots && one.member.is_none() && one.count == Some(28)));
}

#[test]
fn m8_rows_are_filtered_sorted_and_paged() {
    let graph = small();
    let names = Names::of(&graph);
    let rows = |chosen: &Chosen| found(&graph, &names, chosen);
    let moves = Chosen::default();
    assert_eq!(rows(&moves), [0, 1, 2, 3]);
    let by = |sort, descending| Chosen { sort: Some(sort), descending, ..Chosen::default() };
    assert_eq!(rows(&by("units", false)), [3, 2, 1, 0]);
    assert_eq!(rows(&by("units", true)), [0, 1, 2, 3]);
    assert_eq!(rows(&by("to", false)), [2, 0, 1, 3]);
    assert_eq!(rows(&Chosen { q: "公司2".into(), ..Chosen::default() }), [1]);
    assert_eq!(rows(&Chosen { q: "l00001".into(), ..Chosen::default() }), [3], "of the ingredient");
    assert_eq!(rows(&Chosen { level: Some(-1), ..Chosen::default() }), [3]);
    assert_eq!(rows(&Chosen { member: Some(gln(2)), ..Chosen::default() }), [1]);
    for part in TablePart::ALL {
        for sort in part.sorts() {
            let chosen = Chosen { part, sort: Some(sort), ..Chosen::default() };
            let sheet = sheet(&graph, &chosen);
            assert_eq!(sheet.rows.len(), rows(&chosen).len());
            assert!(sheet.rows.iter().all(|row| row.len() == sheet.heads.len()), "{part:?}");
        }
    }
    let many: Vec<GraphLot> = (0..120).map(|at| lot(at, i32::from(at > 0), 0)).collect();
    let graph = super::tests::graph(many, &[], Vec::new(), Vec::new());
    let chosen = Chosen { part: TablePart::Lots, ..Chosen::default() };
    let page = |page| picture(&graph, None, &chosen, page).map(|picture| picture.table);
    let last = page(3).expect("a last page");
    assert_eq!((last.total, last.pages), (120, 3));
    let PictureRows::Lots(shown) = last.rows else { panic!("lots were asked for") };
    assert_eq!((shown.len(), shown[0].lot.as_str()), (120 - 2 * TABLE_ROWS, "L00100"));
    assert_eq!((page(0), page(4)), (None, None));
    assert_eq!(page(1).map(|table| table.page), Some(1));
}

/// 10,000 lots in two steps, as the bench's lineage has them, each with hand-overs.
fn greatest() -> TraceGraph {
    let mut lots = vec![lot(0, 0, 0)];
    lots.extend((1..10_000).map(|at| lot(at, if at <= 128 { 1 } else { 2 }, at % 8)));
    let mut links: Vec<(u32, u32)> = (1..=128).map(|to| (0, to)).collect();
    links.extend((129..10_000).map(|to| (1 + to % 128, to)));
    let moves = (0..20_000u32).map(|at| moved(at % 10_000, 0, 1 + at as usize % 30, "received", 25, 0));
    let gaps = (0..5_000u32).map(|at| gap(GapKind::InNoCase, at, Some(1), None));
    graph(lots, &links, moves.collect(), gaps.collect())
}

#[test]
fn m8_ten_thousand_lots_are_drawn_within_the_bound() {
    let graph = greatest();
    assert_eq!(subject(&graph), 0);
    let began = Instant::now();
    let drawing = place(Sketch::of(&graph));
    let drawn = began.elapsed();
    let chosen = Chosen { part: TablePart::Moves, q: "company 7".into(), sort: Some("units"), ..Chosen::default() };
    let picture = picture(&graph, Some(drawing), &chosen, 1).expect("a first page");
    let took = began.elapsed();
    eprintln!(
        "drawn in {drawn:?}, with a table in {took:?}, {} boxes",
        picture.drawing.as_ref().map_or(0, |d| d.boxes.len())
    );
    assert!(picture.drawing.as_ref().is_some_and(|drawing| drawing.boxes.len() <= PICTURE_BOXES_MAX));
    // What is left of two seconds after the database; the server's own code is not optimised here.
    assert!(took < Duration::from_secs(1), "{took:?}");
}

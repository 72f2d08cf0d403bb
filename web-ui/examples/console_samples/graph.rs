//! A canned picture of the graph of a lot.

use super::{GTIN, NOW_MS, members};
use tracelight_api::rest::search::{Found, Hit, HitKind};
use tracelight_api::rest::trace::{Direction, GraphMember};
use tracelight_api::rest::trace_picture::{
    BoxKind, ColumnKind, Drawing, DrawingBox, DrawingColumn, DrawingLine, LineKind, LotName, MoveRow, PictureCounts,
    PictureRows, PictureTable, TracePicture,
};

fn one(kind: BoxKind, distance: i32, row: u32, name: &str, member: Option<usize>, units: Option<u64>) -> DrawingBox {
    let lot = matches!(kind, BoxKind::Subject | BoxKind::Lot);
    DrawingBox {
        kind,
        x: u32::try_from(distance + 1).unwrap_or_default() * 272,
        y: 32 + row * 35,
        distance,
        gtin: lot.then(|| GTIN.into()),
        lot: lot.then(|| name.into()),
        product_en: if lot { "Paracetamol oral suspension for children".into() } else { String::new() },
        product_zh: if lot { "小儿对乙酰氨基酚口服混悬液".into() } else { String::new() },
        member: member.map(|at| members()[at].gln.clone()),
        count: None,
        units,
        recalled: None,
        in_full: true,
    }
}

pub fn picture() -> TracePicture {
    let mut boxes = vec![
        one(BoxKind::Lot, -1, 0, "API P-7781", Some(0), Some(40)),
        one(BoxKind::Lot, -1, 2, "SY-118", Some(0), None),
        one(BoxKind::Lots, -1, 4, "", Some(0), None),
        one(BoxKind::Subject, 0, 2, "A24K07", Some(0), Some(48_000)),
        one(BoxKind::Lot, 1, 0, "KIT-20261", Some(0), Some(1_200)),
        one(BoxKind::Holder, 1, 2, "", Some(1), Some(30_000)),
        one(BoxKind::NotKnown, 1, 4, "", None, Some(212)),
        one(BoxKind::Holder, 2, 2, "", Some(2), Some(21_600)),
        one(BoxKind::NotKnown, 2, 4, "", None, Some(88)),
    ];
    boxes[2].count = Some(3_412);
    boxes[4].recalled = Some(1);
    let line = |from, to, kind| DrawingLine { from, to, kind, count: 1 };
    let lines = vec![
        line(0, 3, LineKind::Made),
        line(1, 3, LineKind::Made),
        line(2, 3, LineKind::Made),
        line(3, 4, LineKind::Made),
        line(3, 5, LineKind::Moved),
        line(3, 6, LineKind::NotKnown),
        line(5, 7, LineKind::Unsettled),
        line(5, 8, LineKind::NotKnown),
    ];
    let column = |at: u32, kind| DrawingColumn { x: at * 272, kind };
    let columns = vec![
        column(0, ColumnKind::MadeFrom),
        column(1, ColumnKind::Subject),
        column(2, ColumnKind::MadeIntoAndHandedOver),
        column(3, ColumnKind::HandedOver),
    ];
    let row = |lot: &str, from: usize, to: usize, status: &str, units, short| MoveRow {
        lot: LotName { gtin: GTIN.into(), lot: lot.into(), in_full: true },
        from: members()[from].gln.clone(),
        to: members()[to].gln.clone(),
        status: status.into(),
        shipments: 3,
        cases: units / 48,
        units,
        short,
        first_ms: NOW_MS - 400 * 3_600_000,
        last_ms: NOW_MS - 300 * 3_600_000,
    };
    let rows = vec![
        row("A24K07", 0, 1, "received", 30_000, 0),
        row("A24K07", 1, 2, "received_in_part", 21_600, 88),
        row("KIT-20261", 0, 1, "open", 960, 0),
    ];
    TracePicture {
        subject: format!("(01){GTIN}(10)A24K07"),
        gtin: GTIN.into(),
        lot: "A24K07".into(),
        direction: Direction::Both,
        as_of_ms: NOW_MS - 438,
        complete: true,
        counts: PictureCounts {
            lots: 3_416,
            links: 3_415,
            moves: 103,
            gaps: 14,
            members: 3,
            sealed: Some(48_000),
            not_known: 300,
        },
        drawing: Some(Drawing {
            width: 272 * 3 + 208,
            height: 32 + 4 * 35 + 56,
            columns,
            boxes,
            lines,
            grouped: 3_412,
        }),
        table: PictureTable { total: 103, page: 1, pages: 3, rows: PictureRows::Moves(rows) },
        members: members()
            .into_iter()
            .map(|one| GraphMember { gln: one.gln, name_en: one.name_en, name_zh: one.name_zh })
            .collect(),
    }
}

/// A search with a hit of each kind that is a list.
pub fn found() -> Found {
    let hit = |kind, id: &str, name: (&str, &str), recalled| Hit {
        kind,
        id: id.into(),
        gtin: (kind == HitKind::Lot).then(|| GTIN.into()),
        lot: None,
        name_en: name.0.into(),
        name_zh: name.1.into(),
        recalled,
    };
    let product = ("Paracetamol oral suspension", "对乙酰氨基酚口服混悬液");
    let hits = vec![
        hit(HitKind::Lot, "A24K07", product, true),
        hit(HitKind::Lot, "A24K08", product, false),
        hit(HitKind::Product, GTIN, product, false),
        hit(HitKind::Company, "9521101530023", ("Anrui Distribution", "安瑞医药物流"), false),
    ];
    Found { hits, more: true }
}

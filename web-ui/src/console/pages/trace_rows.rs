//! The graph of a lot as tables: hand-overs, lots, makings, gaps. Sorted, narrowed and paged by links and a form of `GET`.

use std::collections::BTreeMap;

use leptos::prelude::*;
use tracelight_api::rest::trace::{GapKind, GraphLot};
use tracelight_api::rest::trace_picture::{GapRow, LinkRow, LotName, MoveRow, PictureRows, TablePart, TracePicture};

use super::trace_drawing::names;
use super::trace_graph::{data_path, graph_url, table_url};
use crate::console::icons::{Mark, Sign, sign, state};
use crate::console::load::PageData;
use crate::console::page::Page;
use crate::console::parts::{link_button, sortable};
use crate::console::texts::graph::GraphTexts;
use crate::console::texts::moves::HandoverTexts;
use crate::console::ui::Ui;
use crate::i18n::fill;

/// Hidden fields of the form: what stays as it is when words are looked for.
const KEPT: [&str; 7] = ["gtin", "lot", "direction", "part", "level", "member", "sort"];

type Names = BTreeMap<String, String>;

/// The tables, of which one is shown.
pub fn tables(ui: Ui, data: &PageData, picture: &TracePicture) -> AnyView {
    let t = GraphTexts::of(ui.lang);
    let names = names(ui, picture);
    let part = part_of(&picture.table.rows);
    let counts = &picture.counts;
    let tabs = [
        (TablePart::Moves, t.p_moves, counts.moves),
        (TablePart::Lots, t.p_lots, counts.lots),
        (TablePart::Links, t.p_links, counts.links),
        (TablePart::Gaps, t.p_gaps, counts.gaps),
    ];
    let tabs = tabs.map(|(each, words, count)| {
        let current = (each == part).then_some("page");
        let words = fill(words, &[("n", &ui.number(count))]);
        view! { <a class="b" href=table_url(data, each, &[]) aria-current=current>{words}</a> }
    });
    let csv = data_path(&data.address, ".csv").map(|path| link_button(Some(Sign::Download), "b", path, t.csv));
    view! {
        <section class="c" id="table">
            <h2>{t.table}</h2>
            <nav class="buttons filter" aria-label=t.table>{tabs.into_iter().collect_view()}</nav>
            {find(ui, data)}
            {narrowed(ui, data, &names)}
            {rows(ui, data, picture, &names)}
            {pages(ui, data, picture)}
            <p class="buttons">{csv}</p>
        </section>
    }
    .into_any()
}

const fn part_of(rows: &PictureRows) -> TablePart {
    match rows {
        PictureRows::Moves(_) => TablePart::Moves,
        PictureRows::Lots(_) => TablePart::Lots,
        PictureRows::Links(_) => TablePart::Links,
        PictureRows::Gaps(_) => TablePart::Gaps,
    }
}

fn find(ui: Ui, data: &PageData) -> AnyView {
    let t = GraphTexts::of(ui.lang);
    let kept = KEPT.into_iter().filter_map(|name| {
        let value = data.address.query(name)?.to_owned();
        Some(view! { <input type="hidden" name=name value=value/> })
    });
    let kept: Vec<_> = kept.collect();
    let q = data.address.query("q").unwrap_or_default().to_owned();
    view! {
        <form method="get" action=format!("{}#table", Page::TraceGraph.path()) role="search" class="row find">
            {kept}
            <div class="field">
                <label for="f-q">{t.q}</label>
                <input type="text" id="f-q" name="q" value=q autocomplete="off" spellcheck="false"/>
            </div>
            <button type="submit" class="b">{sign(Sign::Search)} <span>{t.find}</span></button>
        </form>
    }
    .into_any()
}

/// What the rows are narrowed by, and the way out.
fn narrowed(ui: Ui, data: &PageData, names: &Names) -> Option<AnyView> {
    let t = GraphTexts::of(ui.lang);
    let level = data.address.query("level").map(|level| fill(t.only_level, &[("n", level)]));
    let member = data.address.query("member").map(|gln| {
        let who = names.get(gln).cloned().or_else(|| data.member_names().get(gln).cloned());
        fill(t.only_member, &[("who", &who.unwrap_or_else(|| gln.to_owned()))])
    });
    let q = data.address.query("q").map(|q| format!("“{q}”"));
    let words: Vec<String> = [level, member, q].into_iter().flatten().collect();
    if words.is_empty() {
        return None;
    }
    let part = TablePart::ALL.into_iter().find(|part| data.address.query("part") == Some(part.word()));
    let all = table_url(data, part.unwrap_or_default(), &[]);
    Some(view! { <p class="soft">{words.join(" · ")} " " <a href=all>{t.clear}</a></p> }.into_any())
}

fn rows(ui: Ui, data: &PageData, picture: &TracePicture, names: &Names) -> AnyView {
    let t = GraphTexts::of(ui.lang);
    if picture.table.total == 0 {
        let is_narrowed = ["q", "level", "member"].iter().any(|name| data.address.query(name).is_some());
        return view! { <p>{if is_narrowed { t.none } else { t.none_all }}</p> }.into_any();
    }
    let head = |words: &'static str, sort: &'static str| (words, Some(sort));
    match &picture.table.rows {
        PictureRows::Moves(rows) => {
            let heads = vec![
                head(t.h_lot, "lot"),
                head(t.h_from, "from"),
                head(t.h_to, "to"),
                head(t.h_status, "status"),
                head(t.h_packs, "units"),
                head(t.h_short, "short"),
                head(t.h_first, "first"),
                head(t.h_last, "last"),
            ];
            let cells = rows.iter().map(|row| move_cells(ui, names, row)).collect();
            sortable(data, t.table, &["k", "d", "d", "d", "s n", "x n", "d e", "x e"], heads, cells)
        }
        PictureRows::Lots(rows) => {
            let heads = vec![
                head(t.h_lot, "lot"),
                head(t.h_steps, "distance"),
                head(t.h_product, "product"),
                head(t.h_maker, "maker"),
                head(t.h_made, "made_on"),
                head(t.h_sealed, "sealed"),
            ];
            let cells = rows.iter().map(|row| lot_cells(ui, names, row)).collect();
            sortable(data, t.table, &["k", "x n", "d", "d", "d", "s n"], heads, cells)
        }
        PictureRows::Links(rows) => {
            let heads = vec![head(t.h_input, "from"), head(t.h_output, "to"), head(t.h_used, "units")];
            let cells = rows.iter().map(|row| link_cells(ui, row)).collect();
            sortable(data, t.table, &["k", "d", "s n"], heads, cells)
        }
        PictureRows::Gaps(rows) => {
            let heads =
                vec![head(t.h_lot, "lot"), head(t.h_what, "kind"), head(t.h_packs, "units"), head(t.h_due, "due")];
            let cells = rows.iter().map(|row| gap_cells(ui, names, row)).collect();
            sortable(data, t.table, &["k", "d", "s n", "d"], heads, cells)
        }
    }
}

fn lot_link(lot: &LotName) -> AnyView {
    let words = lot.lot.clone();
    let gtin = lot.gtin.clone();
    if lot.in_full {
        let href = graph_url(&lot.gtin, &lot.lot);
        view! { <a class="mono" href=href>{words}</a> <span class="lots mono">{gtin}</span> }.into_any()
    } else {
        view! { <span class="mono">{words}</span> <span class="lots mono">{gtin}</span> }.into_any()
    }
}

fn who(ui: Ui, names: &Names, gln: &str) -> AnyView {
    ui.run(names.get(gln).map_or(gln, String::as_str))
}

fn status(ui: Ui, word: &str) -> AnyView {
    let t = HandoverTexts::of(ui.lang);
    match word {
        "open" => state(Mark::Running, t.st_open),
        "received" => state(Mark::Done, t.st_received),
        "received_in_part" => state(Mark::Attention, t.st_part),
        "refused" => state(Mark::Stopped, t.st_refused),
        "disputed" => state(Mark::Attention, t.st_disputed),
        "settled" => state(Mark::Done, t.st_settled),
        other => state(Mark::None, other),
    }
}

fn move_cells(ui: Ui, names: &Names, row: &MoveRow) -> Vec<AnyView> {
    vec![
        lot_link(&row.lot),
        who(ui, names, &row.from),
        who(ui, names, &row.to),
        status(ui, &row.status),
        ui.packs(row.units).into_any(),
        ui.number(row.short).into_any(),
        ui.time(row.first_ms).into_any(),
        ui.time(row.last_ms).into_any(),
    ]
}

fn lot_cells(ui: Ui, names: &Names, lot: &GraphLot) -> Vec<AnyView> {
    let t = GraphTexts::of(ui.lang);
    let name = LotName { gtin: lot.gtin.clone(), lot: lot.lot.clone(), in_full: lot.in_full };
    let recalled = lot.recalled.map(|_| state(Mark::Stopped, t.b_recalled));
    let product = ui.name(&lot.product_en, &lot.product_zh);
    let product = if lot.maker.is_none() { t.b_unregistered.into_any() } else { ui.run(&product) };
    vec![
        view! { {lot_link(&name)} {recalled} }.into_any(),
        lot.distance.to_string().into_any(),
        product,
        lot.maker.as_ref().map(|gln| who(ui, names, gln)).into_any(),
        lot.made_on.clone().unwrap_or_default().into_any(),
        lot.sealed.map_or_else(|| t.not_told.to_owned(), |sealed| ui.packs(sealed)).into_any(),
    ]
}

fn link_cells(ui: Ui, row: &LinkRow) -> Vec<AnyView> {
    let t = GraphTexts::of(ui.lang);
    let used = row.units.map_or_else(|| t.not_told.to_owned(), |units| ui.packs(units));
    vec![lot_link(&row.from), lot_link(&row.to), used.into_any()]
}

fn gap_cells(ui: Ui, names: &Names, row: &GapRow) -> Vec<AnyView> {
    let t = GraphTexts::of(ui.lang);
    let name = |gln: &Option<String>| {
        let gln = gln.as_deref().unwrap_or_default();
        names.get(gln).map_or_else(|| gln.to_owned(), Clone::clone)
    };
    let what = match row.kind {
        GapKind::LotUnknown => t.g_lot_unknown.to_owned(),
        GapKind::NotSealed => t.g_not_sealed.to_owned(),
        GapKind::InNoCase => t.g_in_no_case.to_owned(),
        GapKind::NotReceived => fill(t.g_not_received, &[("from", &name(&row.from)), ("to", &name(&row.to))]),
        GapKind::Cut => fill(t.g_cut, &[("n", &ui.number(row.lots.unwrap_or_default()))]),
    };
    vec![
        lot_link(&row.lot),
        state(Mark::Attention, what),
        row.units.map(|units| ui.packs(units)).into_any(),
        row.due_ms.map(|ms| ui.time(ms)).into_any(),
    ]
}

/// Which page this is, and the ways to those beside it.
fn pages(ui: Ui, data: &PageData, picture: &TracePicture) -> AnyView {
    let t = GraphTexts::of(ui.lang);
    let table = &picture.table;
    let (total, page, all) = (ui.number(table.total), ui.number(table.page), ui.number(table.pages));
    let words = fill(t.rows, &[("n", &total), ("page", &page), ("pages", &all)]);
    let to = |page: u64| data.address.with("page", &page.to_string()) + "#table";
    let before = (table.page > 1).then(|| view! { <a class="b" href=to(table.page - 1)>{t.before}</a> });
    let after =
        (table.page < table.pages).then(|| view! { <a class="b" href=to(table.page + 1)>{ui.t().next_page}</a> });
    let label = words.clone();
    view! { <nav class="pager" aria-label=label><span>{words}</span> <span class="buttons">{before} {after}</span></nav> }.into_any()
}

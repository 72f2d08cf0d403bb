//! The picture of the graph of a lot, as SVG; on phones the same boxes as a list.
//!
//! The server has placed the boxes; this writes them down. Each box is a link that the keyboard reaches, in the order of the columns:
//! a lot leads to its own graph, the lot itself to its history, several lots or a company to their rows in the table. Shapes and
//! words say what colours say.

use std::collections::BTreeMap;

use leptos::prelude::*;
use tracelight_api::rest::trace_picture::{
    BoxKind, ColumnKind, Drawing, DrawingBox, DrawingLine, LineKind, TablePart, TracePicture,
};

use super::trace_graph::{graph_url, table_url};
use crate::console::icons::{Mark, mark};
use crate::console::load::PageData;
use crate::console::page::{Page, url};
use crate::console::texts::graph::GraphTexts;
use crate::console::ui::Ui;
use crate::i18n::{fill, run_lang};

/// Width and height of a box, as the server places them.
const BOX: (u32, u32) = (208, 56);
/// Half-width characters of a title in a box, of the line below it.
const TITLE_MAX: usize = 21;
const LINE_MAX: usize = 26;
/// Boxes of the list on phones; more are in the table.
const LIST_MAX: usize = 60;

/// Words of a box, and where it leads.
struct Words {
    title: String,
    line: String,
    href: Option<String>,
    class: &'static str,
}

/// The picture, its legend, and the list for phones.
pub fn drawing(ui: Ui, data: &PageData, picture: &TracePicture, drawing: &Drawing) -> AnyView {
    let t = GraphTexts::of(ui.lang);
    let names = names(ui, picture);
    let words: Vec<Words> = drawing.boxes.iter().map(|one| words_of(ui, data, &names, one)).collect();
    let lots = |side: fn(i32) -> bool| {
        let of_side =
            drawing.boxes.iter().filter(|one| side(one.distance) && matches!(one.kind, BoxKind::Lot | BoxKind::Lots));
        of_side.map(|one| one.count.unwrap_or(1)).sum::<u64>()
    };
    let holders = drawing.boxes.iter().filter(|one| matches!(one.kind, BoxKind::Holder | BoxKind::Holders));
    let holders: u64 = holders.map(|one| one.count.unwrap_or(1)).sum();
    let (from, into, members) =
        (ui.number(lots(|steps| steps < 0)), ui.number(lots(|steps| steps > 0)), ui.number(holders));
    let values = [("lot", picture.lot.as_str()), ("from", &*from), ("into", &*into), ("members", &*members)];
    let label = fill(t.label, &values);
    let heads = drawing.columns.iter().map(|column| {
        view! { <g><text class="gh" x=column.x.to_string() y="14">{column_words(t, column.kind)}</text></g> }
    });
    let heads = heads.collect_view();
    let lines = drawing.lines.iter().filter_map(|line| line_view(drawing, line)).collect_view();
    let boxes = drawing.boxes.iter().zip(&words).map(|(one, words)| box_view(one, words)).collect_view();
    // A margin for the stroke and the ring of focus.
    let view_box = format!("-4 -4 {} {}", drawing.width + 8, drawing.height + 8);
    view! {
        <div class="graph" tabindex="0" role="region" aria-label=t.picture>
            <svg class="g" viewBox=view_box width=(drawing.width + 8).to_string() height=(drawing.height + 8).to_string() role="group" aria-label=label>
                {heads}
                {lines}
                {boxes}
            </svg>
        </div>
        {list(ui, data, drawing, &words)}
        {legend(t, drawing)}
        {grouped(ui, data, drawing)}
    }
    .into_any()
}

/// Names of the members that the picture names.
pub fn names(ui: Ui, picture: &TracePicture) -> BTreeMap<String, String> {
    picture.members.iter().map(|one| (one.gln.clone(), ui.name(&one.name_en, &one.name_zh))).collect()
}

fn column_words(t: &'static GraphTexts, kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::MadeFrom => t.c_from,
        ColumnKind::Subject => t.c_subject,
        ColumnKind::MadeInto => t.c_into,
        ColumnKind::HandedOver => t.c_handed,
        ColumnKind::MadeIntoAndHandedOver => t.c_both,
    }
}

fn words_of(ui: Ui, data: &PageData, names: &BTreeMap<String, String>, one: &DrawingBox) -> Words {
    let t = GraphTexts::of(ui.lang);
    let gln = one.member.clone().unwrap_or_default();
    let who = names.get(&gln).cloned().unwrap_or_else(|| gln.clone());
    let packs = one.units.map(|units| ui.packs(units)).unwrap_or_default();
    let level = one.distance.to_string();
    let count = one.count.map(|count| ui.number(count)).unwrap_or_default();
    match one.kind {
        BoxKind::Subject | BoxKind::Lot => {
            let (gtin, lot) = (one.gtin.clone().unwrap_or_default(), one.lot.clone().unwrap_or_default());
            let recalled = one.recalled.map(|_| t.b_recalled.to_owned());
            let name = ui.name(&one.product_en, &one.product_zh);
            let known = if who.is_empty() { Some(t.b_unregistered.to_owned()) } else { Some(who) };
            let parts =
                [recalled, known, Some(packs), Some(name)].into_iter().flatten().filter(|part| !part.is_empty());
            let subject = one.kind == BoxKind::Subject;
            let href = match (subject, one.in_full) {
                (true, _) => Some(url(&Page::Trace.path(), &[("code", &format!("(01){gtin}(10){lot}"))])),
                (false, true) => Some(graph_url(&gtin, &lot)),
                (false, false) => None,
            };
            let class = match (one.recalled, subject) {
                (Some(_), _) => "bx rc",
                (None, true) => "bx su",
                (None, false) => "bx",
            };
            Words { title: lot, line: parts.collect::<Vec<_>>().join(", "), href, class }
        }
        BoxKind::Lots => {
            let mut more = vec![("level", level.as_str())];
            more.extend((!gln.is_empty()).then_some(("member", gln.as_str())));
            let title = match gln.is_empty() {
                true => fill(t.b_others, &[("n", &count)]),
                false => fill(t.b_lots_of, &[("who", &who), ("n", &count)]),
            };
            let href = Some(table_url(data, TablePart::Lots, &more));
            Words { title, line: t.b_show.to_owned(), href, class: "bx many" }
        }
        BoxKind::Holder => {
            let href = Some(table_url(data, TablePart::Moves, &[("member", gln.as_str())]));
            Words { title: who, line: packs, href, class: "bx" }
        }
        BoxKind::Holders => {
            let title = fill(t.b_companies, &[("n", &count)]);
            Words { title, line: packs, href: Some(table_url(data, TablePart::Moves, &[])), class: "bx many" }
        }
        BoxKind::NotKnown => {
            let line = fill(t.b_no_record, &[("packs", &packs)]);
            Words {
                title: t.b_unknown.to_owned(),
                line,
                href: Some(table_url(data, TablePart::Gaps, &[])),
                class: "bx lost",
            }
        }
    }
}

fn box_view(one: &DrawingBox, words: &Words) -> AnyView {
    let (x, y) = (one.x, one.y);
    let title = short(&words.title, TITLE_MAX);
    let line = short(&words.line, LINE_MAX);
    let whole = format!("{}. {}", words.title, words.line);
    let label = whole.clone();
    let class = words.class;
    let mono = if matches!(one.kind, BoxKind::Subject | BoxKind::Lot) { "gt mono" } else { "gt" };
    let inner = view! {
        <g class=class>
            <title>{whole}</title>
            <rect x=x.to_string() y=y.to_string() width=BOX.0.to_string() height=BOX.1.to_string() rx="10"/>
            <text class=mono x=(x + 14).to_string() y=(y + 24).to_string()>{title}</text>
            <text class="gl" x=(x + 14).to_string() y=(y + 43).to_string()>{line}</text>
        </g>
    };
    match words.href.clone() {
        Some(href) => view! { <g><a href=href aria-label=label>{inner}</a></g> }.into_any(),
        None => view! { <g role="img" aria-label=label>{inner}</g> }.into_any(),
    }
}

/// A line from the right edge of a box to the left edge of the other; one that goes back leaves above and comes in below.
fn line_view(drawing: &Drawing, line: &DrawingLine) -> Option<AnyView> {
    let place = |at: u32| drawing.boxes.get(usize::try_from(at).ok()?);
    let (from, to) = (place(line.from)?, place(line.to)?);
    let middle = |one: &DrawingBox| i64::from(one.y) + i64::from(BOX.1 / 2);
    let (left, right) = (i64::from(from.x) + i64::from(BOX.0), i64::from(to.x));
    let bend = ((right - left) / 2).clamp(32, 200);
    let path = format!(
        "M{left} {} C{} {} {} {} {right} {}",
        middle(from),
        left + bend,
        middle(from),
        right - bend,
        middle(to),
        middle(to)
    );
    let class = match line.kind {
        LineKind::Made => "ln",
        LineKind::Moved => "ln mv",
        LineKind::Unsettled => "ln op",
        LineKind::NotKnown => "ln lost",
    };
    Some(view! { <g><path class=class d=path aria-hidden="true"/></g> }.into_any())
}

/// What a phone shows: the boxes by column, each with what it says.
fn list(ui: Ui, data: &PageData, drawing: &Drawing, words: &[Words]) -> AnyView {
    let t = GraphTexts::of(ui.lang);
    let mut by_column: BTreeMap<i32, Vec<(&DrawingBox, &Words)>> = BTreeMap::new();
    for (one, words) in drawing.boxes.iter().zip(words).take(LIST_MAX) {
        by_column.entry(one.distance).or_default().push((one, words));
    }
    let heads = drawing.columns.iter().map(|column| column_words(t, column.kind));
    let parts = by_column.into_values().zip(heads).map(|(boxes, head)| {
        let items = boxes.into_iter().map(|(one, words)| {
            let (title, lang) = (words.title.clone(), run_lang(&words.title, ui.lang));
            let title = match words.href.clone() {
                Some(href) => view! { <a href=href lang=lang>{title}</a> }.into_any(),
                None => view! { <b lang=lang>{title}</b> }.into_any(),
            };
            let warn = (one.kind == BoxKind::NotKnown).then(|| mark(Mark::Attention));
            let stop = one.recalled.map(|_| mark(Mark::Stopped));
            let line = words.line.clone();
            view! { <li>{warn} {stop} {title} " " <small>{line}</small></li> }
        });
        view! { <li><p class="soft">{head}</p> <ul>{items.collect_view()}</ul></li> }
    });
    let more = (drawing.boxes.len() > LIST_MAX).then(|| {
        let href = table_url(data, TablePart::Lots, &[]);
        view! { <li><a href=href>{t.show_others}</a></li> }
    });
    view! { <ul class="graphlist">{parts.collect_view()} {more}</ul> }.into_any()
}

/// What the lines mean, as far as there are any of a kind.
fn legend(t: &'static GraphTexts, drawing: &Drawing) -> AnyView {
    let kinds = [
        (LineKind::Made, "ln", t.k_made),
        (LineKind::Moved, "ln mv", t.k_moved),
        (LineKind::Unsettled, "ln op", t.k_unsettled),
        (LineKind::NotKnown, "ln lost", t.k_unknown),
    ];
    let drawn = |kind: LineKind| drawing.lines.iter().any(|line| line.kind == kind);
    let items = kinds.into_iter().filter(|(kind, ..)| drawn(*kind)).map(|(_, class, words)| {
        view! {
            <li><svg class="gk" viewBox="0 0 36 12" width="36" height="12" aria-hidden="true"><path class=class d="M2 6h32"/></svg>
                <small>{words}</small></li>
        }
    });
    view! { <ul class="graphkey">{items.collect_view()}</ul> }.into_any()
}

fn grouped(ui: Ui, data: &PageData, drawing: &Drawing) -> Option<AnyView> {
    let t = GraphTexts::of(ui.lang);
    (drawing.grouped > 0).then(|| {
        let words = fill(t.grouped, &[("n", &ui.number(drawing.grouped))]);
        let href = table_url(data, TablePart::Lots, &[]);
        view! { <p class="soft">{words} " " <a href=href>{t.show_others}</a></p> }.into_any()
    })
}

/// A text that fits: Chinese characters are as wide as two others.
fn short(text: &str, max: usize) -> String {
    let wide = |character: char| if (character as u32) < 0x1100 { 1 } else { 2 };
    if text.chars().map(wide).sum::<usize>() <= max {
        return text.to_owned();
    }
    let mut width = 1;
    let kept = text.chars().take_while(|character| {
        width += wide(*character);
        width <= max
    });
    kept.chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn texts_fit_and_say_that_they_are_cut() {
        assert_eq!(short("A24K07", 6), "A24K07");
        assert_eq!(short("A24K078", 6), "A24K0…");
        assert_eq!(short("小儿对乙酰", 6), "小儿…");
        assert_eq!(short("小儿对", 6), "小儿对");
    }
}

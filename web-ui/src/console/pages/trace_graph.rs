//! The graph of a lot: a picture of where it came from and where it went, and the same as a table.
//!
//! ```text
//! ?gtin=&lot=                     which lot
//! &direction=back|forward         one way only
//! &part=&q=&level=&member=        which table, which rows
//! &sort=[-]column&page=           in which order, which page
//! ```
//! Everything stands in the address, so a picture and a table can be sent to somebody, and nothing here needs the program. On phones
//! the picture is a list ([`super::trace_drawing`]).

use leptos::prelude::*;
use tracelight_api::rest::session::MemberRole;
use tracelight_api::rest::trace::Direction;
use tracelight_api::rest::trace_picture::{TablePart, TracePicture};

use super::{trace_drawing, trace_rows};
use crate::console::icons::{Sign, sign};
use crate::console::load::{Fetched, PageData};
use crate::console::page::{Address, Page, url};
use crate::console::parts::{card, error_card, head, link_button, note};
use crate::console::texts::graph::GraphTexts;
use crate::console::texts::moves::PackTexts;
use crate::console::ui::Ui;
use crate::i18n::{Lang, fill};

/// What an address may choose, as the interface names it.
const PARTS: [&str; 7] = ["direction", "part", "q", "level", "member", "sort", "page"];

/// The code of the lot that an address names.
pub fn code(address: &Address) -> Option<String> {
    Some(format!("(01){}(10){}", address.query("gtin")?, address.query("lot")?))
}

/// Path of what an address chooses: the picture, or a file (`.csv`, `.xlsx`).
pub fn data_path(address: &Address, file: &str) -> Option<String> {
    let code = code(address)?;
    let skipped = if file == "/picture" { "" } else { "page" };
    let chosen = PARTS.into_iter().filter(|name| *name != skipped);
    let chosen = chosen.filter_map(|name| Some((name, address.query(name)?)));
    let parts: Vec<(&str, &str)> = [("code", code.as_str())].into_iter().chain(chosen).collect();
    Some(url(&format!("/api/v1/trace/graph{file}"), &parts))
}

/// Address of the graph of a lot.
pub fn graph_url(gtin: &str, lot: &str) -> String {
    url(&Page::TraceGraph.path(), &[("gtin", gtin), ("lot", lot)])
}

/// Address of the graph of the lot that a bracketed text begins with.
pub fn graph_url_of(subject: &str) -> Option<String> {
    let (gtin, lot) = subject.strip_prefix("(01)")?.split_once("(10)")?;
    let lot = lot.split_once("(21)").map_or(lot, |(lot, _)| lot);
    Some(graph_url(gtin, lot))
}

/// A table of the shown graph: part, and what it is narrowed by. Leads past the picture.
pub fn table_url(data: &PageData, part: TablePart, more: &[(&str, &str)]) -> String {
    let kept = ["gtin", "lot", "direction"].into_iter().filter_map(|name| Some((name, data.address.query(name)?)));
    let parts: Vec<(&str, &str)> = kept.chain([("part", part.word())]).chain(more.iter().copied()).collect();
    url(&Page::TraceGraph.path(), &parts) + "#table"
}

/// The page.
pub fn page(ui: Ui, data: &PageData, picture: Option<&Fetched<TracePicture>>) -> AnyView {
    let t = GraphTexts::of(ui.lang);
    let crumb = Some((Page::Trace.path(), PackTexts::of(ui.lang).trace_title.to_owned()));
    let picture = match picture {
        Some(Ok(picture)) => picture,
        Some(Err(problem)) => {
            let top = head(crumb, t.title.into_any(), "".into_any(), None);
            return view! { {top} {ask(ui, data)} {error_card(ui, data, problem)} }.into_any();
        }
        None => {
            let top = head(crumb, t.title.into_any(), t.line.into_any(), None);
            return view! { {top} {ask(ui, data)} }.into_any();
        }
    };
    let (before, after) = t.lot.split_once("{lot}").unwrap_or((t.lot, ""));
    let lot = picture.lot.clone();
    let title = view! { {before} <span class="mono">{lot}</span> {after} }.into_any();
    let cut = (!picture.complete).then(|| note("attention", t.cut));
    let drawing = match &picture.drawing {
        Some(drawing) => {
            view! { {directions(ui, picture)} {trace_drawing::drawing(ui, data, picture, drawing)} }.into_any()
        }
        None => note("attention", t.no_picture),
    };
    view! {
        {head(crumb, title, sentence(ui, picture).into_any(), Some(actions(ui, data, picture)))}
        {cut}
        {card(t.picture, drawing)}
        {trace_rows::tables(ui, data, picture)}
    }
    .into_any()
}

/// Packs, lots, companies, and what has no record.
fn sentence(ui: Ui, picture: &TracePicture) -> String {
    let t = GraphTexts::of(ui.lang);
    let counts = &picture.counts;
    let packs = counts.sealed.map(|sealed| fill(t.counts_packs, &[("packs", &ui.packs(sealed))])).unwrap_or_default();
    let sizes = [("lots", &*ui.number(counts.lots)), ("members", &*ui.number(counts.members))];
    let sizes = fill(if counts.members == 1 { t.counts_one } else { t.counts }, &sizes);
    let lost = match (counts.not_known, counts.sealed) {
        (0, Some(_)) => t.lost_none.to_owned(),
        (0, None) => String::new(),
        (lost, _) => fill(t.lost, &[("packs", &ui.packs(lost))]),
    };
    let gap = if ui.lang == Lang::Zh { "" } else { " " };
    format!("{packs}{sizes}{gap}{lost}")
}

fn actions(ui: Ui, data: &PageData, picture: &TracePicture) -> AnyView {
    let t = GraphTexts::of(ui.lang);
    let role = data.session.as_ref().map(|session| session.member.role);
    let may = matches!(role, Some(MemberRole::Regulator | MemberRole::Manufacturer)) && data.may_operate();
    let lot = [("gtin", picture.gtin.as_str()), ("lot", picture.lot.as_str())];
    let recall = may.then(|| {
        let path = url(&Page::NewRecall.path(), &lot);
        link_button(Some(Sign::File), "b p", path, PackTexts::of(ui.lang).open_recall)
    });
    let history = url(&Page::Trace.path(), &[("code", picture.subject.as_str())]);
    let xlsx = data_path(&data.address, ".xlsx").map(|path| link_button(Some(Sign::Download), "b", path, t.xlsx));
    let epcis = url("/api/v1/trace/graph.jsonld", &[("code", picture.subject.as_str())]);
    view! {
        {xlsx}
        {link_button(Some(Sign::Download), "b", epcis, t.epcis)}
        {link_button(Some(Sign::Share), "b", history, t.history)}
        {recall}
    }
    .into_any()
}

/// Links to each way; the one that is shown is marked.
fn directions(ui: Ui, picture: &TracePicture) -> AnyView {
    let t = GraphTexts::of(ui.lang);
    let ways = [
        (Direction::Both, "both", t.d_both),
        (Direction::Back, "back", t.d_back),
        (Direction::Forward, "forward", t.d_forward),
    ];
    let links = ways.map(|(way, word, words)| {
        let current = (way == picture.direction).then_some("page");
        let lot = [("gtin", picture.gtin.as_str()), ("lot", picture.lot.as_str()), ("direction", word)];
        let href = url(&Page::TraceGraph.path(), &lot);
        view! { <a class="b" href=href aria-current=current>{words}</a> }
    });
    view! { <nav class="buttons filter" aria-label=t.direction>{links.into_iter().collect_view()}</nav> }.into_any()
}

/// The form that asks for a lot.
fn ask(ui: Ui, data: &PageData) -> AnyView {
    let t = GraphTexts::of(ui.lang);
    let value = |name: &str| data.address.query(name).unwrap_or_default().to_owned();
    let field = |name: &'static str, label: &'static str, mode: &'static str| {
        view! {
            <div class="field">
                <label for=format!("f-{name}")>{label}</label>
                <input type="text" id=format!("f-{name}") name=name value=value(name) inputmode=mode autocomplete="off" spellcheck="false" required=true/>
            </div>
        }
    };
    view! {
        <section class="c narrowcard">
            <form method="get" action=Page::TraceGraph.path() role="search">
                {field("gtin", t.ask_gtin, "numeric")}
                {field("lot", t.ask_lot, "text")}
                <button type="submit" class="b p">{sign(Sign::Search)} {t.ask_go}</button>
            </form>
        </section>
    }
    .into_any()
}

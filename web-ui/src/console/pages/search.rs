//! What the box at the head of every page finds. A single hit is opened at once, by the server, so that a code, a lot or a case that
//! is typed in full costs one step; several hits are a list.

use leptos::prelude::*;
use tracelight_api::rest::search::{Found, Hit, HitKind};

use super::trace_graph::graph_url;
use crate::console::icons::{Mark, Sign, sign, state};
use crate::console::load::{Fetched, PageData};
use crate::console::page::{Address, Page, url};
use crate::console::parts::{empty, error_card, head, note, table};
use crate::console::texts::search::SearchTexts;
use crate::console::ui::Ui;
use crate::i18n::fill;

/// Path of the search that an address asks for.
pub fn data_path(address: &Address) -> Option<String> {
    Some(url("/api/v1/search", &[("q", address.query("q")?)]))
}

/// Where to go at once: the only thing that was found, when it has a page.
pub fn only(found: &Found) -> Option<String> {
    match found.hits.as_slice() {
        [one] if !found.more => target(one),
        _ => None,
    }
}

/// The page that opens a hit. A product has none of its own; its lots are found by their beginning.
fn target(hit: &Hit) -> Option<String> {
    let gtin = hit.gtin.clone().unwrap_or_default();
    match hit.kind {
        HitKind::Code => Some(url(&Page::Trace.path(), &[("code", &hit.id)])),
        HitKind::Lot => Some(url(&Page::Trace.path(), &[("code", &format!("(01){gtin}(10){}", hit.id))])),
        HitKind::Product => None,
        HitKind::Company => Some(Page::Company { gln: hit.id.clone() }.path()),
        HitKind::Report => Some(Page::Report { case: hit.id.clone() }.path()),
        HitKind::Recall => Some(Page::Recall { id: hit.id.clone() }.path()),
    }
}

/// The box. It asks with `GET`, so it works without the program, and its answer can be shared.
pub fn search_box(ui: Ui, data: &PageData) -> AnyView {
    let t = SearchTexts::of(ui.lang);
    let is_here = data.address.page == Some(Page::Search);
    let q = data.address.query("q").filter(|_| is_here).unwrap_or_default().to_owned();
    view! {
        <form method="get" action=Page::Search.path() role="search" class="search">
            <label for="g-q" class="vh">{t.label}</label>
            <input type="text" id="g-q" name="q" value=q autocomplete="off" spellcheck="false" required=true title=t.label maxlength="200"/>
            <button type="submit" class="b">{sign(Sign::Search)} <span>{t.go}</span></button>
        </form>
    }
    .into_any()
}

/// The page.
pub fn page(ui: Ui, data: &PageData, found: Option<&Fetched<Found>>) -> AnyView {
    let t = SearchTexts::of(ui.lang);
    let plain = |line: &'static str| head(None, t.title.into_any(), line.into_any(), None);
    let found = match found {
        None => return plain(t.line),
        Some(Err(problem)) => return view! { {plain(t.line)} {error_card(ui, data, problem)} }.into_any(),
        Some(Ok(found)) => found,
    };
    if found.hits.is_empty() {
        return view! { {plain(t.line)} {empty(t.none, t.none_do, None)} }.into_any();
    }
    let count = match found.hits.len() {
        1 => t.found_one.to_owned(),
        count => fill(t.found, &[("n", &ui.number(count as u64))]),
    };
    let rows = found.hits.iter().map(|hit| row(ui, hit)).collect();
    let heads = vec![t.h_what, t.h_kind, t.h_name, t.h_more];
    let more = found.more.then(|| note("", t.more));
    view! {
        {head(None, t.title.into_any(), count.into_any(), None)}
        <section class="c">{table(t.title, &["k", "s", "d", "d"], heads, rows)} {more}</section>
    }
    .into_any()
}

fn row(ui: Ui, hit: &Hit) -> Vec<AnyView> {
    let t = SearchTexts::of(ui.lang);
    let id = hit.id.clone();
    let what = match target(hit) {
        Some(href) => view! { <a class="mono" href=href>{id}</a> }.into_any(),
        None => view! { <span class="mono">{id}</span> }.into_any(),
    };
    let kind = match hit.kind {
        HitKind::Code => t.k_code,
        HitKind::Lot => t.k_lot,
        HitKind::Product => t.k_product,
        HitKind::Company => t.k_company,
        HitKind::Report => t.k_report,
        HitKind::Recall => t.k_recall,
    };
    let recalled = hit.recalled.then(|| state(Mark::Stopped, t.recalled));
    let gtin = hit.gtin.clone();
    let more = match (hit.kind, &hit.gtin) {
        (HitKind::Lot, Some(gtin)) => {
            let batch = Page::Batch { gtin: gtin.clone(), lot: hit.id.clone() }.path();
            let graph = graph_url(gtin, &hit.id);
            view! { <a href=graph>{t.graph}</a> " " <a href=batch>{t.batch}</a> }.into_any()
        }
        _ => ().into_any(),
    };
    vec![
        what,
        view! { {kind} " " {recalled} }.into_any(),
        view! { {ui.run(&ui.name(&hit.name_en, &hit.name_zh))} " " <small class="mono">{gtin}</small> }.into_any(),
        more,
    ]
}

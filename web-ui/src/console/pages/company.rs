//! One company: what it holds, what it sent and was sent. For the regulator; everybody else sees its own.

use leptos::prelude::*;
use tracelight_api::rest::Page as Rows;
use tracelight_api::rest::handover::{Level, Shipment, StockItem};

use super::handovers::{shipment_state, units, who};
use super::trace_graph::graph_url;
use crate::console::icons::{Mark, Sign, state};
use crate::console::load::{Fetched, PageData};
use crate::console::page::{Page, url};
use crate::console::parts::{card, error_card, head, link_button, table};
use crate::console::texts::moves::{HandoverTexts, StockTexts};
use crate::console::texts::search::SearchTexts;
use crate::console::ui::Ui;
use crate::i18n::fill;

/// The page.
pub fn page(
    ui: Ui,
    data: &PageData,
    gln: &str,
    stock: &Fetched<Rows<StockItem>>,
    shipments: &Fetched<Rows<Shipment>>,
) -> AnyView {
    let t = SearchTexts::of(ui.lang);
    let name = data.member_names().get(gln).cloned().unwrap_or_else(|| gln.to_owned());
    let top = head(
        None,
        ui.run(&name),
        view! { <span class="mono">{gln.to_owned()}</span> " · " {t.company_line} }.into_any(),
        None,
    );
    let (stock, shipments) = match (stock, shipments) {
        (Ok(stock), Ok(shipments)) => (stock, shipments),
        (Err(problem), _) | (_, Err(problem)) => return view! { {top} {error_card(ui, data, problem)} }.into_any(),
    };
    view! {
        {top}
        {card(t.holds, held(ui, data, stock))}
        {card(t.shipped, sent(ui, data, gln, shipments))}
    }
    .into_any()
}

fn held(ui: Ui, data: &PageData, stock: &Rows<StockItem>) -> AnyView {
    let t = SearchTexts::of(ui.lang);
    if stock.items.is_empty() {
        return view! { <p>{t.holds_none}</p> }.into_any();
    }
    let row = |item: &StockItem| {
        let trace = url(&Page::Trace.path(), &[("code", &format!("(00){}", item.sscc))]);
        let lots = item.lots.iter().map(|lot| {
            let (href, words) = (graph_url(&lot.gtin, &lot.lot), lot.lot.clone());
            view! { <a class="mono" href=href>{words}</a> " " }
        });
        let level = if item.level == Level::Pallet { t.pallet } else { t.case };
        let recalled = item.recalled.then(|| state(Mark::Stopped, t.recalled));
        let label = item.sscc.clone();
        vec![
            view! { <a class="mono" href=trace>{label}</a> }.into_any(),
            view! { {stock_words(ui, &item.status)} " " {recalled} }.into_any(),
            level.into_any(),
            lots.collect_view().into_any(),
            ui.packs(item.unit_count).into_any(),
            ui.evidence(&item.evidence),
        ]
    };
    let heads = vec![t.h_label, HandoverTexts::of(ui.lang).state, t.h_level, t.h_lots, t.h_packs, ui.t().evidence];
    let rows = stock.items.iter().map(row).collect();
    let next = stock
        .next
        .as_deref()
        .map(|next| link_button(Some(Sign::Next), "b", data.address.with("stock", next), t.more_stock));
    view! { {table(t.holds, &["k", "s", "d", "d", "d n", "d e"], heads, rows)} <p class="buttons">{next}</p> }
        .into_any()
}

fn stock_words(ui: Ui, status: &str) -> AnyView {
    let t = StockTexts::of(ui.lang);
    match status {
        "in_stock" => state(Mark::Done, t.in_stock),
        "in_transit" => state(Mark::Running, t.in_transit),
        "short" => state(Mark::Attention, t.short),
        "damaged" => state(Mark::Attention, t.damaged),
        "lost" => state(Mark::Stopped, t.lost),
        "stolen" => state(Mark::Stopped, t.stolen),
        other => state(Mark::None, other),
    }
}

fn sent(ui: Ui, data: &PageData, gln: &str, shipments: &Rows<Shipment>) -> AnyView {
    let t = SearchTexts::of(ui.lang);
    let h = HandoverTexts::of(ui.lang);
    if shipments.items.is_empty() {
        return view! { <p>{t.shipped_none}</p> }.into_any();
    }
    let row = |shipment: &Shipment| {
        let with = if shipment.to == gln {
            fill(h.from_who, &[("who", &who(data, &shipment.from, &shipment.from_name))])
        } else {
            fill(h.to_who, &[("who", &who(data, &shipment.to, &shipment.to_name))])
        };
        let objects = shipment.objects.iter().map(|object| {
            let trace = url(&Page::Trace.path(), &[("code", &format!("(00){}", object.sscc))]);
            let label = object.sscc.clone();
            view! { <a class="mono" href=trace>{label}</a> " " }
        });
        vec![
            with.into_any(),
            shipment_state(ui, shipment),
            ui.packs(units(shipment)).into_any(),
            objects.collect_view().into_any(),
            ui.evidence(shipment.answered.as_ref().unwrap_or(&shipment.shipped)),
        ]
    };
    let heads = vec![h.who, h.state, h.packs, h.object, ui.t().evidence];
    let rows = shipments.items.iter().map(row).collect();
    let next = shipments.next.as_deref();
    let next =
        next.map(|next| link_button(Some(Sign::Next), "b", data.address.with("shipments", next), t.more_shipments));
    view! { {table(t.shipped, &["k", "s", "d n", "d", "d e"], heads, rows)} <p class="buttons">{next}</p> }.into_any()
}

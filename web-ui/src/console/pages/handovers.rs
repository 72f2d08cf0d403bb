//! Hand-overs: those that wait for the reader's signature as cards, all of them as a list.

use leptos::prelude::*;
use tracelight_api::rest::Page as Rows;
use tracelight_api::rest::handover::Shipment;

use super::incoming;
use crate::console::icons::{Mark, state};
use crate::console::lists::{is_narrowed, nothing, tools};
use crate::console::load::{Fetched, PageData};
use crate::console::page::Page;
use crate::console::parts::{empty, error_card, head, link_button, pager, sortable};
use crate::console::texts::moves::HandoverTexts;
use crate::console::ui::Ui;
use crate::i18n::fill;

/// The page.
pub fn page(ui: Ui, data: &PageData, rows: &Fetched<Rows<Shipment>>) -> AnyView {
    let t = HandoverTexts::of(ui.lang);
    let bare = || head(None, t.title.into_any(), "".into_any(), None);
    let rows = match rows {
        Ok(rows) => rows,
        Err(problem) => return view! { {bare()} {error_card(ui, data, problem)} }.into_any(),
    };
    let states = [
        ("open", t.st_open),
        ("received", t.st_received),
        ("received_in_part", t.st_part),
        ("refused", t.st_refused),
        ("disputed", t.st_disputed),
        ("settled", t.st_settled),
    ];
    let tools = || tools(ui, data, &Page::Handovers, "shipments", &states);
    if rows.items.is_empty() && is_narrowed(&data.address) {
        return view! { {bare()} {tools()} {nothing(ui, &Page::Handovers)} }.into_any();
    }
    if rows.items.is_empty() {
        let link = link_button(None, "b", Page::Stock.path(), t.to_stock);
        return view! { {bare()} {empty(t.empty_title, t.empty, Some(link))} }.into_any();
    }
    let own = data.session.as_ref().map(|session| session.member.gln.clone()).unwrap_or_default();
    let mut waiting: Vec<&Shipment> = rows.items.iter().filter(|s| s.to == own && s.status == "open").collect();
    waiting.sort_by_key(|shipment| shipment.due_ms);
    let line = match waiting.len() {
        0 => t.line_none.to_owned(),
        count => fill(t.line_open, &[("n", &count.to_string())]),
    };
    let cards = waiting.iter().enumerate().map(|(index, shipment)| incoming::card(ui, data, shipment, index == 0));
    let cells = rows.items.iter().map(|shipment| row(ui, data, shipment, &own)).collect();
    let heads = vec![
        (t.who, None),
        (t.state, Some("due")),
        (t.packs, None),
        (t.object, None),
        (ui.t().evidence, Some("shipped")),
    ];
    let list = sortable(data, t.all, &["k", "s", "d n", "d", "d e"], heads, cells);
    view! {
        {head(None, t.title.into_any(), line.into_any(), None)}
        {cards.collect_view()}
        {tools()}
        <section class="c" id="table"><h2>{t.all}</h2>{list}</section>
        {pager(ui, data, rows.next.as_deref())}
    }
    .into_any()
}

/// Packs of a shipment.
pub fn units(shipment: &Shipment) -> u64 {
    shipment.objects.iter().map(|object| object.unit_count).sum()
}

/// Name of a member in the reader's language, or the name that the shipment carries.
pub fn who(data: &PageData, gln: &str, name: &str) -> String {
    data.member_names().get(gln).cloned().unwrap_or_else(|| name.to_owned())
}

fn row(ui: Ui, data: &PageData, shipment: &Shipment, own: &str) -> Vec<AnyView> {
    let t = HandoverTexts::of(ui.lang);
    let with = if shipment.to == own {
        fill(t.from_who, &[("who", &who(data, &shipment.from, &shipment.from_name))])
    } else {
        fill(t.to_who, &[("who", &who(data, &shipment.to, &shipment.to_name))])
    };
    let objects = shipment.objects.iter().map(|object| object.sscc.clone()).collect::<Vec<_>>().join(", ");
    vec![
        with.into_any(),
        shipment_state(ui, shipment),
        ui.packs(units(shipment)).into_any(),
        view! { <span class="mono">{objects}</span> }.into_any(),
        ui.evidence(shipment.answered.as_ref().unwrap_or(&shipment.shipped)),
    ]
}

/// The state of a hand-over with its mark.
pub fn shipment_state(ui: Ui, shipment: &Shipment) -> AnyView {
    let t = HandoverTexts::of(ui.lang);
    let late = shipment.status == "open" && shipment.due_ms < ui.now_ms;
    let (shape, words) = match shipment.status.as_str() {
        "open" if late => {
            let span = ui.span(ui.now_ms.saturating_sub(shipment.due_ms));
            (Mark::Attention, fill(t.overdue, &[("span", &span)]))
        }
        "open" => (Mark::Running, t.st_open.to_owned()),
        "received" => (Mark::Done, t.st_received.to_owned()),
        "received_in_part" => (Mark::Attention, t.st_part.to_owned()),
        "refused" => (Mark::Stopped, t.st_refused.to_owned()),
        "disputed" => (Mark::Attention, t.st_disputed.to_owned()),
        "settled" => (Mark::Done, t.st_settled.to_owned()),
        other => (Mark::None, other.to_owned()),
    };
    state(shape, words)
}

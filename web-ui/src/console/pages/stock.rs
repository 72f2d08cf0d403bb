//! Cases and pallets in the member's hands, and shipping some of them to another member.

use leptos::prelude::*;
use tracelight_api::rest::Page as Rows;
use tracelight_api::rest::handover::{Level, NewShipment, StockItem};
use tracelight_api::rest::session::{Member, MemberRole};

use crate::console::api::{self, Anything};
use crate::console::browser::{Entries, go};
use crate::console::form::{Control, Field, Question, Sending, ask, field, form, send_button};
use crate::console::icons::{Mark, state};
use crate::console::lists::{is_narrowed, nothing, tools};
use crate::console::load::{Fetched, PageData};
use crate::console::page::Page;
use crate::console::parts::{empty, error_card, head, link_button, pager, sortable};
use crate::console::texts::moves::StockTexts;
use crate::console::ui::{Ui, grouped};
use crate::i18n::fill;

/// The page.
pub fn page(ui: Ui, data: &PageData, rows: &Fetched<Rows<StockItem>>) -> AnyView {
    let t = StockTexts::of(ui.lang);
    let bare = || head(None, t.title.into_any(), "".into_any(), None);
    let rows = match rows {
        Ok(rows) => rows,
        Err(problem) => return view! { {bare()} {error_card(ui, data, problem)} }.into_any(),
    };
    let states = [
        ("in_stock", t.in_stock),
        ("in_transit", t.in_transit),
        ("short", t.short),
        ("damaged", t.damaged),
        ("lost", t.lost),
        ("stolen", t.stolen),
    ];
    let tools = || tools(ui, data, &Page::Stock, "stock", &states);
    if rows.items.is_empty() && is_narrowed(&data.address) {
        return view! { {bare()} {tools()} {nothing(ui, &Page::Stock)} }.into_any();
    }
    if rows.items.is_empty() {
        let maker = data.session.as_ref().is_some_and(|session| session.member.role == MemberRole::Manufacturer);
        let (words, link) = if maker {
            (t.empty_maker, link_button(None, "b", Page::Batches.path(), t.to_batches))
        } else {
            (t.empty_other, link_button(None, "b", Page::Handovers.path(), t.to_handovers))
        };
        return view! { {bare()} {empty(t.empty_title, words, Some(link))} }.into_any();
    }
    // A case on a pallet is counted with its pallet.
    let units = rows.items.iter().filter(|item| item.parent.is_none()).map(|item| item.unit_count).sum();
    let line = fill(t.line, &[("n", &ui.number(rows.items.len() as u64)), ("packs", &ui.packs(units))]);
    let list = stock_table(ui, data, &rows.items);
    let content = if data.may_operate() {
        ship_form(ui, data, &rows.items, list)
    } else {
        view! { <section class="c">{list}</section> <p class="soft">{ui.t().needs_operator}</p> }.into_any()
    };
    view! { {head(None, t.title.into_any(), line.into_any(), None)} {tools()} {content} {pager(ui, data, rows.next.as_deref())} }
        .into_any()
}

/// May this be shipped as it stands?
fn shippable(item: &StockItem) -> bool {
    item.parent.is_none() && item.status == "in_stock" && !item.recalled
}

/// Words of case or pallet.
pub fn level_words(t: &'static StockTexts, level: Level) -> &'static str {
    match level {
        Level::Case => t.case,
        Level::Pallet => t.pallet,
    }
}

fn status(t: &'static StockTexts, item: &StockItem) -> AnyView {
    if item.recalled {
        return state(Mark::Stopped, t.recalled);
    }
    let (shape, words) = match item.status.as_str() {
        "in_stock" => (Mark::Done, t.in_stock),
        "in_transit" => (Mark::Running, t.in_transit),
        "short" => (Mark::Attention, t.short),
        "damaged" => (Mark::Attention, t.damaged),
        "unpacked" => (Mark::Planned, t.unpacked),
        "lost" => (Mark::Attention, t.lost),
        "stolen" => (Mark::Stopped, t.stolen),
        "consumed" => (Mark::Planned, t.consumed),
        other => (Mark::None, other),
    };
    state(shape, words)
}

fn stock_table(ui: Ui, data: &PageData, items: &[StockItem]) -> AnyView {
    let t = StockTexts::of(ui.lang);
    let may = data.may_operate();
    let mut sorted: Vec<&StockItem> = items.iter().collect();
    if data.address.query("sort").is_none() {
        sorted.sort_by_key(|item| (!item.recalled, !matches!(item.status.as_str(), "short" | "damaged")));
    }
    let rows = sorted.into_iter().map(|item| {
        let lots = item
            .lots
            .iter()
            .map(|lot| format!("{} × {}", lot.lot, ui.number(lot.count)))
            .collect::<Vec<_>>()
            .join(", ");
        let parent = item.parent.as_ref().map(|parent| fill(t.on_pallet, &[("sscc", parent)]));
        let parent = parent.map(|words| view! { <small class="lots">{words}</small> });
        let id = format!("o-{}", item.sscc);
        let boxed = (may && shippable(item)).then(|| {
            let label = format!("{} {}", t.choose, item.sscc);
            view! { <input type="checkbox" id=id.clone() name="object" value=item.sscc.clone() aria-label=label/> }
        });
        let subject = crate::console::page::url(&Page::Trace.path(), &[("code", &format!("(00){}", item.sscc))]);
        vec![
            view! { {boxed} <a href=subject>{grouped(&item.sscc)}</a> {parent} }.into_any(),
            level_words(t, item.level).into_any(),
            status(t, item),
            view! { <span class="mono">{lots}</span> }.into_any(),
            ui.packs(item.unit_count).into_any(),
            ui.evidence(&item.evidence),
        ]
    });
    let heads = vec![
        (t.object, Some("sscc")),
        (t.kind, None),
        (t.state, None),
        (t.lots, None),
        (t.packs, None),
        (ui.t().evidence, Some("changed")),
    ];
    sortable(data, t.title, &["k", "d", "s", "d", "d n", "d e"], heads, rows.collect())
}

fn ship_form(ui: Ui, data: &PageData, items: &[StockItem], list: AnyView) -> AnyView {
    let t = StockTexts::of(ui.lang);
    let sending = Sending::new(&["objects", "to"]);
    let asking = RwSignal::new(false);
    let chosen: RwSignal<Option<(NewShipment, u64, String)>> = RwSignal::new(None);
    let receivers = receivers(ui, data);
    let names = receivers.clone();
    let counts: Vec<(String, u64)> = items.iter().map(|item| (item.sscc.clone(), item.unit_count)).collect();
    let send = move |entries: Entries| {
        let objects = entries.all("object");
        let to = entries.text("to");
        if objects.is_empty() {
            return sending.refuse("objects", t.need_objects);
        }
        let Some((_, name)) = names.iter().find(|(gln, _)| *gln == to && !gln.is_empty()) else {
            return sending.refuse("to", t.need_receiver);
        };
        let units = counts.iter().filter(|(sscc, _)| objects.contains(sscc)).map(|(_, count)| count).sum();
        sending.problem.set(None);
        chosen.set(Some((NewShipment { to, objects }, units, name.clone())));
        asking.set(true);
    };
    let say = move |text: &'static str| {
        chosen.with(|chosen| {
            chosen.as_ref().map_or_else(String::new, |(shipment, units, name)| {
                let n = ui.number(shipment.objects.len() as u64);
                fill(text, &[("n", &n), ("packs", &ui.packs(*units)), ("to", name)])
            })
        })
    };
    let question = Question {
        words: Signal::derive(move || say(t.ship_ask)),
        yes: Signal::derive(move || say(t.ship_yes)),
        no: ui.t().cancel,
        danger: false,
    };
    let yes = move || {
        if let Some((shipment, ..)) = chosen.get_untracked() {
            let call = async move { api::post::<_, Anything>("/api/v1/shipments", &shipment).await };
            sending.run(call, |_| go(&Page::Handovers.path()));
        }
    };
    let to = Field { name: "to", label: t.receiver, hint: None, control: Control::Choice(receivers) };
    let objects_wrong = move || {
        sending
            .problem
            .with(|problem| problem.as_ref().and_then(|p| crate::console::form::field_error(ui, p, "objects")))
    };
    let inner = view! {
        <section class="c">{list} <p class="wrong" id="f-objects" tabindex="-1">{objects_wrong}</p></section>
        <section class="c narrowcard">
            <h2>{t.ship_title}</h2>
            <p class="hint">{t.ship_hint}</p>
            {field(ui, sending, to, true)}
            {sending.general(ui)}
            {ask(ui, sending, asking, question, yes)}
            {send_button(ui, sending, "b p", t.ship)}
        </section>
    };
    form(inner, send)
}

/// Members that goods can go to: all but the shipper itself and the regulator.
fn receivers(ui: Ui, data: &PageData) -> Vec<(String, String)> {
    let own = data.session.as_ref().map(|session| session.member.gln.as_str());
    let members: &[Member] = match &data.chain {
        Some(Ok(chain)) => &chain.members,
        _ => &[],
    };
    let others =
        members.iter().filter(|member| Some(member.gln.as_str()) != own && member.role != MemberRole::Regulator);
    let others = others.map(|member| (member.gln.clone(), ui.name(&member.name_en, &member.name_zh)));
    std::iter::once((String::new(), ui.t().pick.to_owned())).chain(others).collect()
}

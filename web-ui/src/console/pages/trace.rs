//! The history of a pack, case, pallet or lot: who held it, then every event with its evidence.

use std::collections::BTreeSet;

use leptos::prelude::*;
use tracelight_api::rest::handover::{Trace, TraceStep};
use tracelight_api::rest::session::MemberRole;

use crate::console::icons::{Mark, Sign, mark, sign};
use crate::console::load::{Fetched, PageData};
use crate::console::page::{Page, escape, url};
use crate::console::parts::{card, empty, error_card, head, link_button, table};
use crate::console::texts::fsma204::FsmaTexts;
use crate::console::texts::graph::GraphTexts;
use crate::console::texts::moves::{EventTexts, PackTexts};
use crate::console::ui::Ui;
use crate::i18n::fill;

/// The page.
pub fn page(ui: Ui, data: &PageData, trace: Option<&Fetched<Trace>>) -> AnyView {
    let t = PackTexts::of(ui.lang);
    let crumb = || trace.map(|_| (Page::Trace.path(), t.trace_title.to_owned()));
    let plain = |line: AnyView| head(crumb(), t.trace_title.into_any(), line, None);
    let trace = match trace {
        None => {
            let graph = link_button(Some(Sign::Share), "b", Page::TraceGraph.path(), GraphTexts::of(ui.lang).title);
            let links = view! { {graph} {sheet_link(ui)} }.into_any();
            let top = head(None, t.trace_title.into_any(), t.trace_line.into_any(), Some(links));
            return view! { {top} {ask(ui, data)} }.into_any();
        }
        Some(Err(problem)) => {
            return view! { {plain("".into_any())} {ask(ui, data)} {error_card(ui, data, problem)} }.into_any();
        }
        Some(Ok(trace)) => trace,
    };
    let title = view! { <span class="mono">{trace.subject.clone()}</span> }.into_any();
    if trace.steps.is_empty() {
        return view! { {head(crumb(), title, "".into_any(), None)} {ask(ui, data)} {empty(t.trace_none, t.trace_none_do, None)} }.into_any();
    }
    let actors: BTreeSet<&str> = trace.steps.iter().map(|step| step.actor.as_str()).collect();
    let count = fill(t.trace_count, &[("n", &ui.number(trace.steps.len() as u64)), ("m", &actors.len().to_string())]);
    let names = data.member_names();
    let custodian = trace.custodian.as_ref().map(|gln| names.get(gln).unwrap_or(gln).clone());
    let custodian = custodian.map(|who| fill(t.custodian, &[("who", &who)])).unwrap_or_default();
    let actions =
        view! { {evidence_link(ui, &trace.subject)} {graph_link(ui, data, &trace.subject)} {recall_link(ui, data, &trace.subject)} {sheet_link(ui)} }
            .into_any();
    view! {
        {head(crumb(), title, format!("{count} {custodian}").into_any(), Some(actions))}
        {journey(ui, data, &trace.steps)}
        {events(ui, data, &trace.steps)}
        {ask(ui, data)}
    }
    .into_any()
}

/// The evidence of a pack as a file that checks itself without a network.
fn evidence_link(ui: Ui, subject: &str) -> Option<AnyView> {
    let (gtin, serial) = subject.strip_prefix("(01)")?.split_once("(21)")?;
    let gtin = gtin.split_once("(10)").map_or(gtin, |(gtin, _)| gtin);
    let url = format!("/v1/evidence/{}/{}", escape(gtin), escape(serial));
    Some(link_button(Some(Sign::Download), "b", url, PackTexts::of(ui.lang).evidence_file))
}

/// The graph of the lot, for whoever may see it; the server says who may not.
fn graph_link(ui: Ui, data: &PageData, subject: &str) -> Option<AnyView> {
    let role = data.session.as_ref().map(|session| session.member.role)?;
    if !matches!(role, MemberRole::Regulator | MemberRole::Manufacturer) {
        return None;
    }
    let url = super::trace_graph::graph_url_of(subject)?;
    Some(link_button(Some(Sign::Share), "b", url, GraphTexts::of(ui.lang).open))
}

/// The spreadsheet for the FDA, of the records that the reader's member may export.
fn sheet_link(ui: Ui) -> AnyView {
    link_button(Some(Sign::Download), "b", Page::Fsma204.path(), FsmaTexts::of(ui.lang).title)
}

/// A lot can be recalled by a regulator or its maker.
fn recall_link(ui: Ui, data: &PageData, subject: &str) -> Option<AnyView> {
    let role = data.session.as_ref().map(|session| session.member.role)?;
    if !matches!(role, MemberRole::Regulator | MemberRole::Manufacturer) || !data.may_operate() {
        return None;
    }
    let (gtin, lot) = subject.strip_prefix("(01)")?.split_once("(10)")?;
    let lot = lot.split_once("(21)").map_or(lot, |(lot, _)| lot);
    let url = url(&Page::NewRecall.path(), &[("gtin", gtin), ("lot", lot)]);
    Some(link_button(Some(Sign::File), "b", url, PackTexts::of(ui.lang).open_recall))
}

/// The form that asks for a code. It asks with `GET`, so it works without the program and its answer can be shared.
fn ask(ui: Ui, data: &PageData) -> AnyView {
    let t = PackTexts::of(ui.lang);
    let code = data.address.query("code").unwrap_or_default().to_owned();
    view! {
        <section class="c narrowcard">
            <form method="get" action=Page::Trace.path() role="search">
                <div class="field">
                    <label for="f-code">{t.trace_code}</label>
                    <input type="text" id="f-code" name="code" value=code autocomplete="off" spellcheck="false" required=true/>
                </div>
                <button type="submit" class="b p">{sign(Sign::Search)} {t.trace_go}</button>
            </form>
        </section>
    }
    .into_any()
}

fn event_mark(event: &str) -> Mark {
    match event {
        "missing_on_arrival" | "received_damaged" | "lost" | "refused" | "disputed" | "corrected" => Mark::Attention,
        "recalled" | "stolen" => Mark::Stopped,
        "recall_opened" => Mark::Planned,
        _ => Mark::Done,
    }
}

/// `Actor`, or `Actor → other side`.
fn who(data: &PageData, step: &TraceStep) -> String {
    let names = data.member_names();
    let actor = names.get(&step.actor).cloned().unwrap_or_else(|| step.actor_name.clone());
    match &step.peer_name {
        // Whoever receives, refuses or misses something is the right side of the arrow.
        Some(peer)
            if matches!(step.event.as_str(), "received" | "received_damaged" | "missing_on_arrival" | "refused") =>
        {
            format!("{peer} → {actor}")
        }
        Some(peer) => format!("{actor} → {peer}"),
        None => actor,
    }
}

/// Where the actor works, as far as it lets the alliance know.
fn place(ui: Ui, step: &TraceStep) -> Option<AnyView> {
    let place = ui.name(&step.place_en, &step.place_zh);
    (!place.is_empty()).then(|| view! { " " <span class="soft">{ui.run(&place)}</span> }.into_any())
}

/// The event's words, and whether its signer has withdrawn it.
fn title(t: &PackTexts, words: &EventTexts, step: &TraceStep) -> String {
    let words = words.of_event(&step.event);
    if step.withdrawn { fill(t.withdrawn, &[("what", words)]) } else { words.to_owned() }
}

/// The steps at which somebody else came to answer for the goods, or something went wrong.
fn journey(ui: Ui, data: &PageData, steps: &[TraceStep]) -> AnyView {
    let t = PackTexts::of(ui.lang);
    let words = EventTexts::of(ui.lang);
    let told = steps.iter().filter(|step| !matches!(step.event.as_str(), "packed" | "unpacked" | "anchored"));
    let items = told.map(|step| {
        let title = title(t, words, step);
        view! {
            <li>{mark(if step.withdrawn { Mark::Attention } else { event_mark(&step.event) })} <span><b>{title}</b> " " {ui.run(&who(data, step))} {place(ui, step)}</span>
                <small>{ui.evidence(&step.evidence)}</small></li>
        }
    });
    card(t.journey, view! { <ol class="journey">{items.collect_view()}</ol> })
}

fn events(ui: Ui, data: &PageData, steps: &[TraceStep]) -> AnyView {
    let t = PackTexts::of(ui.lang);
    let words = EventTexts::of(ui.lang);
    let rows = steps.iter().map(|step| {
        let title = title(t, words, step);
        let container = step.container.as_ref().map(|sscc| {
            let target = url(&Page::Trace.path(), &[("code", &format!("(00){sscc}"))]);
            view! { " · " <a class="mono" href=target>{sscc.clone()}</a> }
        });
        let object = step.object.clone();
        vec![
            view! { <b>{title}</b> }.into_any(),
            view! { {ui.run(&who(data, step))} {place(ui, step)} {container} }.into_any(),
            view! { <span class="mono">{object}</span> }.into_any(),
            ui.evidence(&step.evidence),
        ]
    });
    let heads = vec![t.step, t.what, t.object, ui.t().evidence];
    card(t.table, table(t.table, &["k", "d", "d", "d e"], heads, rows.collect()))
}

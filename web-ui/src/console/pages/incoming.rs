//! One hand-over that waits for the reader's signature: receive it as sent, mark what is missing or broken, or refuse it.

use leptos::prelude::*;
use tracelight_api::rest::handover::{Level, ReceiveShipment, Shipment};

use super::handovers::{units, who};
use super::stock::level_words;
use crate::console::api::{self, Anything};
use crate::console::browser::{Entries, reload};
use crate::console::form::{Question, Sending, ask, ask_button, form, send_button};
use crate::console::grave::marked;
use crate::console::icons::{Mark, state};
use crate::console::load::PageData;
use crate::console::page::escape;
use crate::console::texts::moves::{HandoverTexts, StockTexts};
use crate::console::ui::{Ui, grouped};
use crate::i18n::fill;

/// The card. The first one on the page carries the filled button.
pub fn card(ui: Ui, data: &PageData, shipment: &Shipment, first: bool) -> AnyView {
    let t = HandoverTexts::of(ui.lang);
    let from = who(data, &shipment.from, &shipment.from_name);
    let title = fill(t.from, &[("who", &from), ("packs", &ui.packs(units(shipment)))]);
    let due = if shipment.due_ms < ui.now_ms {
        let span = ui.span(ui.now_ms.saturating_sub(shipment.due_ms));
        state(Mark::Attention, fill(t.overdue, &[("span", &span)]))
    } else {
        fill(t.due, &[("time", &ui.time(shipment.due_ms))]).into_any()
    };
    let actions = if data.may_operate() { actions(ui, shipment, first) } else { ui.t().needs_operator.into_any() };
    view! {
        <section class="c">
            <h2>{title}</h2>
            <p class="soft">{due} " · " {t.shipped} {ui.evidence(&shipment.shipped)}</p>
            {actions}
        </section>
    }
    .into_any()
}

fn actions(ui: Ui, shipment: &Shipment, first: bool) -> AnyView {
    let t = HandoverTexts::of(ui.lang);
    let sending = Sending::new(&[]);
    let (remarks, refusing) = (RwSignal::new(ReceiveShipment::default()), RwSignal::new(false));
    let asking = RwSignal::new(false);
    let base = format!("/api/v1/shipments/{}", escape(&shipment.id));
    let receive = format!("{base}/receive");
    let whole = receive.clone();
    let as_sent = move |_| {
        let path = whole.clone();
        sending.run(async move { api::post::<_, Anything>(&path, &ReceiveShipment::default()).await }, |_| reload());
    };
    let in_part = move || {
        let (path, request) = (receive.clone(), remarks.get_untracked());
        sending.run(async move { api::post::<_, Anything>(&path, &request).await }, |_| reload());
    };
    let refuse = move || {
        let path = format!("{base}/refuse");
        sending.run(async move { api::post::<_, Anything>(&path, &()).await }, |_| reload());
    };
    let packs = ui.packs(units(shipment));
    let (refuse_words, refuse_yes) =
        (fill(t.refuse_ask, &[("packs", &packs)]), fill(t.refuse_yes, &[("packs", &packs)]));
    let refusal = Question {
        words: Signal::derive(move || refuse_words.clone()),
        yes: Signal::derive(move || refuse_yes.clone()),
        no: ui.t().cancel,
        danger: true,
    };
    let part = Question {
        words: Signal::derive(move || {
            let (short, damaged) = remarks.with(|r| (r.short.len().to_string(), r.damaged.len().to_string()));
            fill(t.receive_ask, &[("short", &short), ("damaged", &damaged)])
        }),
        yes: Signal::derive(move || t.receive_remarks.to_owned()),
        no: ui.t().cancel,
        danger: false,
    };
    let objects = objects(shipment);
    let named: Vec<String> = objects.iter().map(|(sscc, ..)| sscc.clone()).collect();
    let send = move |entries: Entries| {
        let marked = |what: &str| -> Vec<String> {
            named.iter().filter(|sscc| entries.text(&format!("r-{sscc}")) == what).cloned().collect()
        };
        let request = ReceiveShipment { short: marked("short"), damaged: marked("damaged") };
        if request == ReceiveShipment::default() {
            return sending.refuse("remarks", t.need_remark);
        }
        remarks.set(request);
        asking.set(true);
    };
    let rows = objects.into_iter().map(|(sscc, level, cases, inside)| remark_row(ui, &sscc, level, cases, inside));
    let class = if first { "b p" } else { "b" };
    view! {
        <div class="gap">
            {sending.general(ui)}
            {ask(ui, sending, refusing, refusal, refuse)}
            <p class="buttons">
                <button type="button" class=class disabled=move || sending.held() on:click=as_sent>
                    {move || if sending.busy.get() { ui.t().sending } else { t.receive }}
                </button>
                {marked("refuse-shipment", ask_button(sending, refusing, "b danger", t.refuse))}
            </p>
            <details>
                <summary>{t.remarks}</summary>
                {form(view! {
                    {rows.collect_view()}
                    {ask(ui, sending, asking, part, in_part)}
                    {send_button(ui, sending, "b", t.receive_remarks)}
                }, send)}
            </details>
        </div>
    }
    .into_any()
}

/// SSCC, level, number of cases, and whether it stands on the pallet above it.
fn objects(shipment: &Shipment) -> Vec<(String, Level, usize, bool)> {
    let mut out = Vec::new();
    for object in &shipment.objects {
        out.push((object.sscc.clone(), object.level, object.cases.len(), false));
        if object.level == Level::Pallet {
            out.extend(object.cases.iter().map(|case| (case.clone(), Level::Case, 0, true)));
        }
    }
    out
}

fn remark_row(ui: Ui, sscc: &str, level: Level, cases: usize, inside: bool) -> AnyView {
    let t = HandoverTexts::of(ui.lang);
    let name = format!("r-{sscc}");
    let count = (cases > 0 && level == Level::Pallet).then(|| fill(t.cases, &[("n", &ui.number(cases as u64))]));
    let choice = |value: &'static str, words: &'static str| {
        let name = name.clone();
        view! {
            <label class="tick"><input type="radio" name=name value=value checked=value == "ok"/> {words}</label>
        }
    };
    let class = if inside { "inside" } else { "" };
    view! {
        <fieldset class=class>
            <legend>{level_words(StockTexts::of(ui.lang), level)} " " {grouped(sscc)} " " <small class="soft">{count}</small></legend>
            <div class="choose">{choice("ok", t.ok)} {choice("short", t.short)} {choice("damaged", t.damaged)}</div>
        </fieldset>
    }
    .into_any()
}

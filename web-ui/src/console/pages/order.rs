//! A code order: the running one with its number, bar, rate and time left, and the labels of one that has codes.

use std::time::Duration;

use leptos::prelude::*;
use tracelight_api::rest::goods::{Batch, Order, OrderState, PDF_LABELS_MAX};

use super::batch::is_open;
use crate::console::api::{self, Anything};
use crate::console::browser::reload;
use crate::console::form::{Sending, poll};
use crate::console::grave::{Grave, Reason, grave};
use crate::console::icons::Sign;
use crate::console::page::escape;
use crate::console::parts::{card, link_button, note};
use crate::console::texts::goods::OneBatchTexts;
use crate::console::ui::Ui;
use crate::i18n::fill;

/// Once a second, for two hours of looking; an order of the largest size takes minutes.
const EVERY: Duration = Duration::from_secs(1);
const TIMES: u32 = 2 * 3_600;

/// The running order.
pub fn running(ui: Ui, first: &Order, may: bool) -> AnyView {
    let t = OneBatchTexts::of(ui.lang);
    let order = RwSignal::new(first.clone());
    let (asking, tired) = (RwSignal::new(false), RwSignal::new(false));
    let path = format!("/api/v1/orders/{}", escape(&first.id));
    let tick = move || {
        if !is_open(&order.get_untracked()) {
            return false;
        }
        if !asking.get_untracked() {
            asking.set(true);
            let path = path.clone();
            leptos::task::spawn_local(async move {
                // A missed answer is asked for again a second later.
                if let Ok(newer) = api::get::<Order>(&path).await {
                    let over = !is_open(&newer);
                    order.set(newer);
                    if over {
                        // Counts, stages and labels of the page follow from the finished order.
                        reload();
                    }
                }
                asking.set(false);
            });
        }
        true
    };
    poll(EVERY, TIMES, tick, move || tired.set(true));
    let percent = move || order.with(|order| ui.percent(order.made, order.count));
    let made = move || order.with(|order| ui.number(order.made));
    let title = move || {
        order.with(|order| {
            let text = if order.state == OrderState::Queued { t.waiting } else { t.making };
            fill(text, &[("n", &ui.number(order.count))])
        })
    };
    let left = move || {
        order.with(|order| order.eta_s.map(|eta| fill(t.left, &[("span", &ui.span(eta.saturating_mul(1_000)))])))
    };
    let rate = move || order.with(|order| order.rate_per_s.map(|rate| fill(t.rate, &[("n", &ui.number(rate))])));
    let id = first.id.clone();
    view! {
        <section class="c">
            <h2>{title}</h2>
            <p class="big">{made} " " <small>{move || fill(t.made, &[("n", &percent().to_string())])}</small></p>
            <progress max=first.count.to_string() value=move || order.with(|order| order.made.to_string()) aria-label=title></progress>
            <div class="split">
                <span><b>{left}</b> " " {rate}</span>
                <span>{t.order} <span class="mono">{id}</span></span>
            </div>
            {note("", t.close)}
            {move || tired.get().then(|| note("attention", t.stopped_asking))}
            {may.then(|| cancel(ui, order))}
        </section>
    }
    .into_any()
}

fn cancel(ui: Ui, order: RwSignal<Order>) -> AnyView {
    let t = OneBatchTexts::of(ui.lang);
    let sending = Sending::of_card("order", &[]);
    let say = move |text: &'static str| {
        order.with(|order| {
            let rest = order.count.saturating_sub(order.made);
            fill(text, &[("n", &ui.number(order.made)), ("rest", &ui.number(rest))])
        })
    };
    let step = Grave {
        id: "cancel-order",
        button: t.cancel,
        class: "b danger",
        words: Signal::derive(move || say(t.cancel_ask)),
        yes: Signal::derive(move || say(t.cancel_yes)),
        no: t.cancel_no,
        reason: Reason::None,
        typed: None,
    };
    let yes = move |_| {
        let path = format!("/api/v1/orders/{}/cancel", escape(&order.with_untracked(|order| order.id.clone())));
        sending.run(async move { api::post::<_, Anything>(&path, &()).await }, |_| reload());
    };
    view! {
        {grave(ui, sending, step, yes)}
        <p class="soft">{move || say(t.cancel_keeps)}</p>
    }
    .into_any()
}

/// CSV and PDF of the newest order that has codes. Plain links and a form that asks with `GET`: both work without the
/// program, and the browser saves what the server streams.
pub fn labels(ui: Ui, batch: &Batch) -> Option<AnyView> {
    let t = OneBatchTexts::of(ui.lang);
    let order = batch.orders.iter().find(|order| !is_open(order) && order.made > 0)?;
    let base = format!("/api/v1/orders/{}/labels", escape(&order.id));
    let line = fill(t.labels_line, &[("id", &order.id), ("n", &ui.number(order.made))]);
    let count = order.made.min(PDF_LABELS_MAX);
    let hint = fill(t.count_hint, &[("n", &ui.number(PDF_LABELS_MAX))]);
    let inner = view! {
        <div class="gap">
            <p class="soft">{line} " " {order.signed.then_some(t.labels_signed)}</p>
            {link_button(Some(Sign::Download), "b", format!("{base}.csv"), t.csv)}
            <form method="get" action=format!("{base}.pdf") class="row">
                <div class="field">
                    <label for="first">{t.first}</label>
                    <input type="text" inputmode="numeric" pattern="[0-9]+" id="first" name="first" value="0" required=true/>
                </div>
                <div class="field">
                    <label for="labels">{t.count}</label>
                    <input type="text" inputmode="numeric" pattern="[0-9]+" id="labels" name="count" value=count.to_string() required=true aria-describedby="labels-hint"/>
                </div>
                <button type="submit" class="b">{t.pdf}</button>
            </form>
            <p class="hint" id="labels-hint">{hint} " " {t.ruler}</p>
            {printer(ui, &base)}
        </div>
    };
    Some(card(t.labels, inner))
}

/// ZPL for a label printer, and what its first label will look like.
fn printer(ui: Ui, base: &str) -> AnyView {
    let t = OneBatchTexts::of(ui.lang);
    let choose = |name: &'static str, label: &'static str, choices: &[(&'static str, &'static str)]| {
        let id = format!("zpl-{name}");
        let options = choices.iter().map(|(value, words)| view! { <option value=*value>{*words}</option> });
        view! {
            <div class="field">
                <label for=id.clone()>{label}</label>
                <select id=id.clone() name=name>{options.collect_view()}</select>
            </div>
        }
    };
    view! {
        <form method="get" action=format!("{base}.zpl") class="row">
            {choose("stock", t.stock, &[("50x30", "50 x 30"), ("60x40", "60 x 40"), ("100x50", "100 x 50")])}
            {choose("dpi", t.dpi, &[("300", "300"), ("203", "203"), ("600", "600")])}
            {choose("carrier", t.carrier, &[("qr", "QR"), ("datamatrix", "GS1 DataMatrix")])}
            <button type="submit" class="b">{t.zpl}</button>
            <button type="submit" class="b" formaction=format!("{base}/preview.svg")>{t.preview}</button>
        </form>
        <p class="hint">{t.zpl_hint}</p>
    }
    .into_any()
}

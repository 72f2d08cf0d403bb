//! One batch: the running order, what became of every number, stages, facts, order form, labels.

use leptos::prelude::*;
use tracelight_api::rest::goods::{Batch, BatchStage, NewOrder, ORDER_CODES_MAX, Order, OrderState};
use tracelight_api::rest::numbers::Numbers;

use super::batches::batch_state;
use crate::console::api::{self, Anything};
use crate::console::browser::{Entries, reload};
use crate::console::form::{Control, Field, Sending, field, form, send_button};
use crate::console::icons::{Mark, Sign, mark, state};
use crate::console::load::{Fetched, PageData};
use crate::console::page::{Page, escape, url};
use crate::console::parts::{card, error_card, facts, head, link_button, table};
use crate::console::texts::goods::{BatchTexts, OneBatchTexts};
use crate::console::ui::Ui;
use crate::i18n::fill;

/// The page.
pub fn page(ui: Ui, data: &PageData, batch: &Fetched<Batch>, numbers: Option<&Fetched<Numbers>>) -> AnyView {
    let (t, list) = (OneBatchTexts::of(ui.lang), BatchTexts::of(ui.lang));
    let crumb = Some((Page::Batches.path(), list.title.to_owned()));
    let batch = match batch {
        Ok(batch) => batch,
        Err(problem) => {
            return view! { {head(crumb, list.title.into_any(), "".into_any(), None)} {error_card(ui, data, problem)} }
                .into_any();
        }
    };
    let subject = format!("(01){}(10){}", batch.gtin, batch.lot);
    let trace = link_button(Some(Sign::Share), "b", url(&Page::Trace.path(), &[("code", &subject)]), t.trace);
    let title = view! { {t.lot} <span class="mono">{batch.lot.clone()}</span> }.into_any();
    let (shape, words) = batch_state(ui, batch);
    let name = ui.run(&ui.name(&batch.product_en, &batch.product_zh));
    let line = view! { {name} " · " {state(shape, words)} }.into_any();
    let own = data.session.as_ref().is_some_and(|session| session.member.gln == batch.maker);
    let may = own && data.may_operate();
    let books = numbers.and_then(|numbers| numbers.as_ref().ok());
    view! {
        {head(crumb, title, line, Some(trace))}
        <div class="two">
            <div>
                {batch.orders.first().filter(|order| is_open(order)).map(|order| super::order::running(ui, order, may))}
                {super::numbers::sum(ui, data, batch, numbers)}
                {may.then(|| order_form(ui, batch))}
                {books.and_then(|books| super::blocks::blocks(ui, batch, books, may))}
                {own.then(|| super::order::labels(ui, batch))}
                {orders(ui, batch)}
                {books.and_then(|books| super::numbers::acts(ui, books))}
            </div>
            <div>
                {stages(ui, batch)}
                {batch_facts(ui, data, batch)}
                {books.and_then(|books| super::blocks::closing(ui, batch, books, may))}
                {books.filter(|_| may).and_then(|books| super::blocks::declare(ui, books))}
            </div>
        </div>
    }
    .into_any()
}

/// Codes are still to be made.
pub fn is_open(order: &Order) -> bool {
    matches!(order.state, OrderState::Queued | OrderState::Running)
}

fn stages(ui: Ui, batch: &Batch) -> AnyView {
    let (t, list) = (OneBatchTexts::of(ui.lang), BatchTexts::of(ui.lang));
    let past = |stage: BatchStage| match (stage, batch.stage) {
        (_, BatchStage::Shipped) => true,
        // A recall says nothing of how far the batch was; its seal does.
        (BatchStage::Coded, BatchStage::Recalled) => batch.orders.iter().any(|order| order.made > 0),
        (BatchStage::Shipped, _) => false,
        (BatchStage::Sealed, _) => batch.sealed.is_some(),
        (BatchStage::Coded, now) => matches!(now, BatchStage::Coded | BatchStage::Sealed),
        _ => true,
    };
    let shape = |done: bool, running: bool| match (done, running) {
        (true, _) => Mark::Done,
        (_, true) => Mark::Running,
        _ => Mark::Planned,
    };
    let coding = batch.stage == BatchStage::Coding;
    let percent =
        batch.orders.first().filter(|_| coding).map(|order| format!("{} %", ui.percent(order.made, order.count)));
    let steps = [
        (Mark::Done, list.st_registered, Some(ui.evidence(&batch.registered))),
        (shape(past(BatchStage::Coded), coding), t.codes_stage, percent.map(IntoAny::into_any)),
        (
            shape(past(BatchStage::Sealed), false),
            list.st_sealed,
            batch.sealed.as_ref().map(|sealed| ui.evidence(sealed)),
        ),
        (shape(past(BatchStage::Shipped), false), list.st_shipped, None),
    ];
    let recalled = batch.recalled.then_some((Mark::Stopped, list.st_recalled, None));
    let items = steps.into_iter().chain(recalled).map(|(shape, words, small)| {
        let class = match shape {
            Mark::Planned => "",
            Mark::Running => "now",
            _ => "on",
        };
        view! { <li class=class>{mark(shape)} <span>{words}</span> {small.map(|small| view! { <small>{small}</small> })}</li> }
    });
    card(t.stands, view! { <ol class="stages">{items.collect_view()}</ol> })
}

fn batch_facts(ui: Ui, data: &PageData, batch: &Batch) -> AnyView {
    let (t, list) = (OneBatchTexts::of(ui.lang), BatchTexts::of(ui.lang));
    let gtin = batch.gtin.clone();
    let maker = data.member_names().get(&batch.maker).cloned().unwrap_or_else(|| batch.maker.clone());
    let mut rows = vec![
        ("GTIN", view! { <span class="mono">{gtin}</span> }.into_any()),
        (t.maker, ui.run(&maker)),
        (list.made, batch.made_on.clone().into_any()),
        (list.expiry, batch.expires_on.clone().into_any()),
    ];
    if let Some(quantity) = batch.quantity {
        rows.push((t.quantity, ui.number(quantity).into_any()));
    }
    card(t.facts, facts(rows))
}

fn order_form(ui: Ui, batch: &Batch) -> AnyView {
    let t = OneBatchTexts::of(ui.lang);
    if batch.sealed.is_some() {
        return card(t.order_title, view! { <p class="soft">{t.sealed_no_order}</p> });
    }
    let sending = Sending::new(&["count", "signed"]);
    let path = format!("/api/v1/batches/{}/{}/orders", escape(&batch.gtin), escape(&batch.lot));
    let hint = fill(t.order_hint, &[("n", &ui.number(ORDER_CODES_MAX))]);
    let refused = hint.clone();
    let send = move |entries: Entries| {
        let Some(count) = entries.count("count").filter(|count| (1..=ORDER_CODES_MAX).contains(count)) else {
            return sending.refuse("count", &refused);
        };
        let (path, signed) = (path.clone(), entries.text("signed") == "yes");
        sending.run(async move { api::post::<_, Anything>(&path, &NewOrder { count, signed }).await }, |_| reload());
    };
    // The plan, when nothing has been ordered yet: what most orders ask for.
    let first =
        batch.quantity.filter(|_| batch.orders.is_empty()).map(|quantity| quantity.to_string()).unwrap_or_default();
    let count = Field {
        name: "count",
        label: t.order_count,
        hint: Some(hint),
        control: Control::Line(first, "numeric", "off"),
    };
    let kinds =
        [("no", t.order_plain), ("yes", t.order_signed)].map(|(value, words)| (value.to_owned(), words.to_owned()));
    let signed = Field {
        name: "signed",
        label: t.order_labels,
        hint: Some(t.order_signed_hint.to_owned()),
        control: Control::Choice(kinds.to_vec()),
    };
    let class = if batch.orders.is_empty() { "b p" } else { "b" };
    let inner = view! { {field(ui, sending, count, true)} {field(ui, sending, signed, false)} {sending.general(ui)} {send_button(ui, sending, class, t.order_go)} };
    card(t.order_title, form(inner, send))
}

fn orders(ui: Ui, batch: &Batch) -> Option<AnyView> {
    let t = OneBatchTexts::of(ui.lang);
    if batch.orders.is_empty() {
        return None;
    }
    let rows = batch.orders.iter().map(|order| {
        let (shape, words) = match order.state {
            OrderState::Queued => (Mark::Planned, t.o_queued),
            OrderState::Running => (Mark::Running, t.o_running),
            OrderState::Done => (Mark::Done, t.o_done),
            OrderState::Cancelled => (Mark::Done, t.o_cancelled),
            OrderState::Failed => (Mark::Attention, t.o_failed),
        };
        let words = match &order.error {
            Some(error) => format!("{words}: {error}"),
            None => words.to_owned(),
        };
        let (id, made) =
            (order.id.clone(), fill(t.of, &[("n", &ui.number(order.made)), ("m", &ui.number(order.count))]));
        vec![
            view! { <span class="mono">{id}</span> }.into_any(),
            state(shape, words),
            made.into_any(),
            ui.time(order.created_ms).into_any(),
        ]
    });
    let heads = vec![t.order, BatchTexts::of(ui.lang).state, t.codes, t.ordered];
    Some(card(t.orders, table(t.orders, &["k", "s", "d n", "d"], heads, rows.collect())))
}

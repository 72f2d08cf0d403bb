//! Batches: the list (what needs somebody first) and registering one.

use leptos::prelude::*;
use tracelight_api::rest::Page as Rows;
use tracelight_api::rest::goods::{Batch, BatchStage, NewBatch, OrderState, Product};

use crate::console::api::{self, Anything};
use crate::console::browser::{Entries, go};
use crate::console::form::{Control, Field, Sending, field, form, send_button};
use crate::console::icons::{Mark, Sign, state};
use crate::console::lists::{is_narrowed, nothing, tools};
use crate::console::load::{Fetched, PageData};
use crate::console::page::Page;
use crate::console::parts::{empty, error_card, head, link_button, pager, sortable};
use crate::console::texts::goods::BatchTexts;
use crate::console::texts::lists::ListTexts;
use crate::console::ui::Ui;
use crate::i18n::fill;

/// State mark and words of a batch.
pub fn batch_state(ui: Ui, batch: &Batch) -> (Mark, String) {
    let t = BatchTexts::of(ui.lang);
    let newest = batch.orders.first();
    if batch.recalled {
        return (Mark::Stopped, t.st_recalled.to_owned());
    }
    if newest.is_some_and(|order| order.state == OrderState::Failed) {
        return (Mark::Attention, t.st_failed.to_owned());
    }
    match batch.stage {
        BatchStage::Registered => (Mark::Planned, t.st_registered.to_owned()),
        BatchStage::Coding => {
            let words =
                newest.map(|order| fill(t.st_coding_at, &[("n", &ui.percent(order.made, order.count).to_string())]));
            (Mark::Running, words.unwrap_or_else(|| t.st_coding.to_owned()))
        }
        BatchStage::Coded => (Mark::Running, t.st_coded.to_owned()),
        BatchStage::Sealed => (Mark::Done, t.st_sealed.to_owned()),
        BatchStage::Shipped => (Mark::Done, t.st_shipped.to_owned()),
        BatchStage::Recalled => (Mark::Stopped, t.st_recalled.to_owned()),
    }
}

/// The list.
pub fn list(ui: Ui, data: &PageData, rows: &Fetched<Rows<Batch>>) -> AnyView {
    let t = BatchTexts::of(ui.lang);
    let register =
        || data.may_operate().then(|| link_button(Some(Sign::Plus), "b p", Page::NewBatch.path(), t.register));
    let rows = match rows {
        Ok(rows) => rows,
        Err(problem) => {
            return view! { {head(None, t.title.into_any(), "".into_any(), None)} {error_card(ui, data, problem)} }
                .into_any();
        }
    };
    let l = ListTexts::of(ui.lang);
    let states = [("open", l.open), ("sealed", l.sealed), ("recalled", l.recalled)];
    let tools = || tools(ui, data, &Page::Batches, "batches", &states);
    if rows.items.is_empty() && is_narrowed(&data.address) {
        let top = head(None, t.title.into_any(), "".into_any(), register());
        return view! { {top} {tools()} {nothing(ui, &Page::Batches)} }.into_any();
    }
    if rows.items.is_empty() {
        return view! { {head(None, t.title.into_any(), "".into_any(), None)} {empty(t.empty_title, t.empty, register())} }.into_any();
    }
    let needs = |batch: &Batch| matches!(batch_state(ui, batch).0, Mark::Attention | Mark::Stopped);
    let attention = rows.items.iter().filter(|batch| needs(batch)).count();
    let mut batches: Vec<&Batch> = rows.items.iter().collect();
    // Stable: what needs somebody first, the rest in the server's order; in that order alone when the reader has chosen one.
    if data.address.query("sort").is_none() {
        batches.sort_by_key(|batch| !needs(batch));
    }
    let cells = batches.into_iter().map(|batch| row(ui, batch)).collect();
    let count = rows.items.len() as u64;
    let mut line = fill(if count == 1 { t.line_one } else { t.line }, &[("n", &ui.number(count))]);
    if attention > 0 {
        line = format!("{line} {}", fill(t.need_you, &[("n", &attention.to_string())]));
    }
    let heads = vec![
        (t.lot, Some("lot")),
        (t.product, Some("product")),
        (t.state, None),
        (t.packs, None),
        (t.made, Some("made_on")),
        (t.expiry, Some("expires_on")),
        (ui.t().evidence, Some("registered")),
    ];
    view! {
        {head(None, t.title.into_any(), line.into_any(), register())}
        {tools()}
        <section class="c" id="table">{sortable(data, t.title, &["k w", "d", "s", "d n", "x w", "d w", "d e"], heads, cells)}</section>
        {pager(ui, data, rows.next.as_deref())}
    }
    .into_any()
}

fn row(ui: Ui, batch: &Batch) -> Vec<AnyView> {
    let url = Page::Batch { gtin: batch.gtin.clone(), lot: batch.lot.clone() }.path();
    let (mark, words) = batch_state(ui, batch);
    let lot = batch.lot.clone();
    let evidence = batch.sealed.as_ref().unwrap_or(&batch.registered);
    vec![
        view! { <a class="mono" href=url>{lot}</a> }.into_any(),
        ui.run(&ui.name(&batch.product_en, &batch.product_zh)),
        state(mark, words),
        batch.quantity.map_or_else(|| "—".to_owned(), |quantity| ui.packs(quantity)).into_any(),
        batch.made_on.clone().into_any(),
        batch.expires_on.clone().into_any(),
        ui.evidence(evidence),
    ]
}

/// Registering a batch.
pub fn register(ui: Ui, data: &PageData, products: &Fetched<Rows<Product>>) -> AnyView {
    let t = BatchTexts::of(ui.lang);
    let crumb = Some((Page::Batches.path(), t.title.to_owned()));
    let top = head(crumb, t.new_title.into_any(), t.new_line.into_any(), None);
    let products = match products {
        Ok(products) => products,
        Err(problem) => return view! { {top} {error_card(ui, data, problem)} }.into_any(),
    };
    if products.items.is_empty() {
        let action = link_button(
            Some(Sign::Plus),
            "b p",
            Page::NewProduct.path(),
            crate::console::texts::goods::ProductTexts::of(ui.lang).register,
        );
        return view! { {top} {empty(t.empty_title, t.no_products, Some(action))} }.into_any();
    }
    if !data.may_operate() {
        return view! { {top} <p class="line">{ui.t().needs_operator}</p> }.into_any();
    }
    let sending = Sending::new(&["gtin", "lot", "made_on", "expires_on", "quantity"]);
    let send = move |entries: Entries| {
        let Some(quantity) = entries.count("quantity") else {
            return sending.refuse("quantity", t.quantity);
        };
        let request = NewBatch {
            gtin: entries.text("gtin"),
            lot: entries.text("lot"),
            made_on: entries.text("made_on"),
            expires_on: entries.text("expires_on"),
            quantity,
        };
        let next = Page::Batch { gtin: request.gtin.clone(), lot: request.lot.clone() }.path();
        sending.run(async move { api::post::<_, Anything>("/api/v1/batches", &request).await }, move |_| go(&next));
    };
    let line = |mode| Control::Line(String::new(), mode, "off");
    let fields = [
        Field {
            name: "gtin",
            label: t.product,
            hint: None,
            control: Control::Choice(choices(ui, data, &products.items)),
        },
        Field { name: "lot", label: t.lot, hint: Some(t.lot_hint.into()), control: line("text") },
        Field { name: "made_on", label: t.made, hint: Some(t.made_hint.into()), control: Control::Date },
        Field { name: "expires_on", label: t.expiry, hint: Some(t.expiry_hint.into()), control: Control::Date },
        Field { name: "quantity", label: t.quantity, hint: None, control: line("numeric") },
    ];
    let inner = view! {
        {fields.into_iter().map(|one| field(ui, sending, one, true)).collect_view()}
        {sending.general(ui)}
        {send_button(ui, sending, "b p", t.register)}
    };
    view! { {top} <section class="c narrowcard">{form(inner, send)}</section> }.into_any()
}

/// The products to choose from; the one that the address names stands first.
fn choices(ui: Ui, data: &PageData, products: &[Product]) -> Vec<(String, String)> {
    let named = data.address.query("gtin");
    let words = |product: &Product| {
        let name = ui.name(&product.name_en, &product.name_zh);
        (product.gtin.clone(), format!("{name} {} · {}", product.detail, product.gtin))
    };
    let mut choices: Vec<_> = products.iter().map(words).collect();
    choices.sort_by_key(|(gtin, _)| Some(gtin.as_str()) != named);
    choices
}

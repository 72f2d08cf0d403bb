//! Products: the list and registering one.

use leptos::prelude::*;
use tracelight_api::rest::Page as Rows;
use tracelight_api::rest::goods::{NewProduct, Product, ProductKind};
use tracelight_api::rest::notice::NoticeHint;

use crate::console::api::{self, Anything};
use crate::console::browser::{Entries, go};
use crate::console::form::{Control, Field, Sending, field, form, send_button};
use crate::console::icons::Sign;
use crate::console::lists::{is_narrowed, nothing, tools};
use crate::console::load::{Fetched, PageData};
use crate::console::page::{Page, url};
use crate::console::pages::notice_match::hint;
use crate::console::parts::{empty, error_card, head, link_button, note, pager, sortable};
use crate::console::texts::goods::ProductTexts;
use crate::console::texts::notices::NoticeTexts;
use crate::console::ui::Ui;
use crate::i18n::fill;

/// The list.
pub fn list(
    ui: Ui,
    data: &PageData,
    rows: &Fetched<Rows<Product>>,
    hints: Option<&Fetched<Rows<NoticeHint>>>,
) -> AnyView {
    let t = ProductTexts::of(ui.lang);
    let register =
        || data.may_operate().then(|| link_button(Some(Sign::Plus), "b p", Page::NewProduct.path(), t.register));
    let bare = || head(None, t.title.into_any(), "".into_any(), None);
    let rows = match rows {
        Ok(rows) => rows,
        Err(problem) => return view! { {bare()} {error_card(ui, data, problem)} }.into_any(),
    };
    let states = [("medicine", t.medicine), ("food", t.food)];
    let tools = || tools(ui, data, &Page::Products, "products", &states);
    if rows.items.is_empty() && is_narrowed(&data.address) {
        return view! { {bare()} {tools()} {nothing(ui, &Page::Products)} }.into_any();
    }
    if rows.items.is_empty() {
        return view! { {bare()} {empty(t.line_none, t.empty, register())} }.into_any();
    }
    let count = rows.items.len() as u64;
    let line = fill(if count == 1 { t.line_one } else { t.line }, &[("n", &ui.number(count))]);
    let (known, failed) = match hints {
        Some(Ok(hints)) => (hints.items.as_slice(), None),
        Some(Err(_)) => (&[][..], Some(note("attention", NoticeTexts::of(ui.lang).hints_failed))),
        None => (&[][..], None),
    };
    let cells = rows.items.iter().map(|product| row(ui, data, product, known)).collect();
    let heads = vec![
        (t.product, Some("name")),
        (t.detail, None),
        (t.gtin, Some("gtin")),
        (t.approval, None),
        (ui.t().evidence, Some("registered")),
        ("", None),
    ];
    view! {
        {head(None, t.title.into_any(), line.into_any(), register())}
        {failed}
        {tools()}
        <section class="c" id="table">{sortable(data, t.title, &["k", "d", "d", "x", "d e", "s"], heads, cells)}</section>
        {pager(ui, data, rows.next.as_deref())}
    }
    .into_any()
}

fn row(ui: Ui, data: &PageData, product: &Product, hints: &[NoticeHint]) -> Vec<AnyView> {
    let t = ProductTexts::of(ui.lang);
    let gtin = product.gtin.clone();
    let add = data.may_operate().then(|| {
        let url = url(&Page::NewBatch.path(), &[("gtin", &product.gtin)]);
        view! { <a href=url>{t.add_batch}</a> }
    });
    let own = data.session.as_ref().is_some_and(|session| session.member.gln == product.maker);
    let rule = own.then(|| {
        let url = Page::CodeRule { gtin: product.gtin.clone() }.path();
        let marks = Page::Marks { gtin: product.gtin.clone() }.path();
        view! { " " <a href=url>{t.rule}</a> " " <a href=marks>{t.marks}</a> }
    });
    vec![
        view! { {ui.run(&ui.name(&product.name_en, &product.name_zh))} {hint(ui, hints, &product.gtin)} }.into_any(),
        ui.run(&product.detail),
        view! { <span class="mono">{gtin}</span> }.into_any(),
        ui.run(&product.approval),
        ui.evidence(&product.evidence),
        view! { {add} {rule} }.into_any(),
    ]
}

/// Registering a product.
pub fn register(ui: Ui, data: &PageData) -> AnyView {
    let t = ProductTexts::of(ui.lang);
    let crumb = Some((Page::Products.path(), t.title.to_owned()));
    let top = head(crumb, t.new_title.into_any(), t.new_line.into_any(), None);
    if !data.may_operate() {
        return view! { {top} <p class="line">{ui.t().needs_operator}</p> }.into_any();
    }
    let sending = Sending::new(&["gtin", "name_en", "name_zh", "detail", "approval", "hotline", "kind"]);
    let send = move |entries: Entries| {
        let request = NewProduct {
            gtin: entries.text("gtin"),
            name_en: entries.text("name_en"),
            name_zh: entries.text("name_zh"),
            detail: entries.text("detail"),
            approval: entries.text("approval"),
            hotline: entries.text("hotline"),
            kind: if entries.text("kind") == "food" { ProductKind::Food } else { ProductKind::Medicine },
        };
        let next = url(&Page::NewBatch.path(), &[("gtin", &request.gtin)]);
        sending.run(async move { api::post::<_, Anything>("/api/v1/products", &request).await }, move |_| go(&next));
    };
    let line = |mode| Control::Line(String::new(), mode, "off");
    let kinds = vec![("medicine".to_owned(), t.medicine.to_owned()), ("food".to_owned(), t.food.to_owned())];
    let fields = [
        (Field { name: "kind", label: t.kind, hint: None, control: Control::Choice(kinds) }, true),
        (Field { name: "gtin", label: t.gtin, hint: Some(t.gtin_hint.into()), control: line("numeric") }, true),
        (Field { name: "name_zh", label: t.name_zh, hint: None, control: line("text") }, false),
        (Field { name: "name_en", label: t.name_en, hint: None, control: line("text") }, true),
        (Field { name: "detail", label: t.detail, hint: Some(t.detail_hint.into()), control: line("text") }, false),
        (Field { name: "approval", label: t.approval, hint: None, control: line("text") }, false),
        (Field { name: "hotline", label: t.hotline, hint: Some(t.hotline_hint.into()), control: line("tel") }, false),
    ];
    let inner = view! {
        {fields.into_iter().map(|(one, must)| field(ui, sending, one, must)).collect_view()}
        {sending.general(ui)}
        {send_button(ui, sending, "b p", t.register)}
    };
    view! { {top} <section class="c narrowcard">{form(inner, send)}</section> }.into_any()
}

//! Recalls: the list. What waits for a second person stands first.

use leptos::prelude::*;
use tracelight_api::rest::Page as Rows;
use tracelight_api::rest::recall::Recall;
use tracelight_api::rest::session::MemberRole;

use crate::console::icons::{Mark, Sign, state};
use crate::console::lists::{is_narrowed, nothing, tools};
use crate::console::load::{Fetched, PageData};
use crate::console::page::Page;
use crate::console::parts::{empty, error_card, head, link_button, pager, sortable};
use crate::console::texts::lists::ListTexts;
use crate::console::texts::recalls::RecallTexts;
use crate::console::ui::Ui;
use crate::i18n::fill;

/// The page.
pub fn page(ui: Ui, data: &PageData, rows: &Fetched<Rows<Recall>>) -> AnyView {
    let t = RecallTexts::of(ui.lang);
    let new = || may_open(data).then(|| link_button(Some(Sign::Plus), "b p", Page::NewRecall.path(), t.new));
    let bare = || head(None, t.title.into_any(), "".into_any(), None);
    let rows = match rows {
        Ok(rows) => rows,
        Err(problem) => return view! { {bare()} {error_card(ui, data, problem)} }.into_any(),
    };
    let l = ListTexts::of(ui.lang);
    let states = [("opened", l.opened), ("approved", l.approved), ("closed", l.closed)];
    let tools = || tools(ui, data, &Page::Recalls, "recalls", &states);
    if rows.items.is_empty() && is_narrowed(&data.address) {
        return view! { {bare()} {tools()} {nothing(ui, &Page::Recalls)} }.into_any();
    }
    if rows.items.is_empty() {
        return view! { {bare()} {empty(t.empty_title, t.empty, new())} }.into_any();
    }
    let count = |status: &str| rows.items.iter().filter(|recall| recall.status == status).count().to_string();
    let line = fill(t.line, &[("n", &count("opened")), ("m", &count("approved"))]);
    let mut recalls: Vec<&Recall> = rows.items.iter().collect();
    if data.address.query("sort").is_none() {
        recalls.sort_by_key(|recall| match recall.status.as_str() {
            "opened" => 0,
            "approved" => 1,
            _ => 2,
        });
    }
    let cells = recalls.into_iter().map(|recall| row(ui, recall)).collect();
    let heads = vec![
        (t.lot, Some("lot")),
        (t.product, Some("product")),
        (t.state, None),
        (t.class, None),
        (ui.t().evidence, Some("opened")),
    ];
    view! {
        {head(None, t.title.into_any(), line.into_any(), new())}
        {tools()}
        <section class="c" id="table">{sortable(data, t.title, &["k", "d", "s", "d", "d e"], heads, cells)}</section>
        {pager(ui, data, rows.next.as_deref())}
    }
    .into_any()
}

/// Regulators and makers open recalls, by an operator.
pub fn may_open(data: &PageData) -> bool {
    let role = data.session.as_ref().map(|session| session.member.role);
    matches!(role, Some(MemberRole::Regulator | MemberRole::Manufacturer)) && data.may_operate()
}

/// State mark and words of a recall.
pub fn recall_state(ui: Ui, recall: &Recall) -> AnyView {
    let t = RecallTexts::of(ui.lang);
    match recall.status.as_str() {
        "opened" => state(Mark::Attention, t.st_opened),
        "approved" if recall.drill => state(Mark::Running, t.drill),
        "approved" => state(Mark::Stopped, t.st_approved),
        "closed" => state(Mark::Done, t.st_closed),
        other => state(Mark::None, other),
    }
}

fn row(ui: Ui, recall: &Recall) -> Vec<AnyView> {
    let t = RecallTexts::of(ui.lang);
    let url = Page::Recall { id: recall.id.clone() }.path();
    let lot = recall.lot.clone();
    let class = fill(t.class_n, &[("n", &recall.class.to_string())]);
    let class = if recall.drill { format!("{class} · {}", t.drill) } else { class };
    vec![
        view! { <a class="mono" href=url>{lot}</a> }.into_any(),
        ui.run(&recall.product_en),
        recall_state(ui, recall),
        class.into_any(),
        ui.evidence(recall.approved.as_ref().unwrap_or(&recall.opened)),
    ]
}

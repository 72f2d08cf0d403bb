//! Recalls: what is asked of the reader's organisation, recall cases, and the recalls of single lots on the chain. What waits for
//! somebody stands first.

use leptos::prelude::*;
use tracelight_api::rest::Page as Rows;
use tracelight_api::rest::recall::Recall;
use tracelight_api::rest::recall_case::{CaseRow, CaseStage};
use tracelight_api::rest::recall_task::TaskRow;
use tracelight_api::rest::session::MemberRole;

use super::case_parts::case_state;
use crate::console::icons::{Mark, Sign, state};
use crate::console::lists::{is_narrowed, nothing, tools};
use crate::console::load::{PageData, RecallLists};
use crate::console::page::{CasePart, Page};
use crate::console::parts::{card, empty, error_card, head, link_button, pager, pager_by, sortable, table};
use crate::console::texts::lists::ListTexts;
use crate::console::texts::recall_cases::CaseTexts;
use crate::console::texts::recalls::RecallTexts;
use crate::console::ui::Ui;
use crate::i18n::fill;

/// The page.
pub fn page(ui: Ui, data: &PageData, lists: &RecallLists) -> AnyView {
    let (t, c) = (RecallTexts::of(ui.lang), CaseTexts::of(ui.lang));
    let new = || may_open(data).then(|| link_button(Some(Sign::Plus), "b p", Page::NewRecall.path(), t.new));
    let bare = || head(None, t.title.into_any(), "".into_any(), None);
    if let Some(problem) = lists.problem() {
        return view! { {bare()} {error_card(ui, data, problem)} }.into_any();
    }
    let tasks = lists.tasks.as_ref().map(|rows| rows.items.as_slice()).unwrap_or_default();
    let cases = lists.cases.as_ref().and_then(|rows| rows.as_ref().ok());
    let recalls = lists.recalls.as_ref().and_then(|rows| rows.as_ref().ok());
    let none = tasks.is_empty()
        && cases.is_none_or(|rows| rows.items.is_empty())
        && recalls.is_none_or(|rows| rows.items.is_empty());
    let narrowed = is_narrowed(&data.address);
    if none && recalls.is_some() && !narrowed {
        return view! { {bare()} {empty(t.empty_title, t.empty, new())} }.into_any();
    }
    if none && !narrowed {
        return view! { {bare()} {empty(c.task_none, c.task_none_words, None)} }.into_any();
    }
    let waits = cases.map_or(0, |rows| rows.items.iter().filter(|case| case.stage == CaseStage::Opened).count());
    let in_force = cases.map_or(0, |rows| rows.items.iter().filter(|case| case.stage == CaseStage::Approved).count());
    let count =
        |status: &str| recalls.map_or(0, |rows| rows.items.iter().filter(|recall| recall.status == status).count());
    let (waits, in_force) = (waits.max(count("opened")), in_force.max(count("approved")));
    let line = fill(t.line, &[("n", &waits.to_string()), ("m", &in_force.to_string())]);
    let line = if recalls.is_some() { line } else { String::new() };
    view! {
        {head(None, t.title.into_any(), line.into_any(), new())}
        {(!tasks.is_empty()).then(|| card(c.asked_of_you, tasks_table(ui, tasks)))}
        {cases.filter(|rows| !rows.items.is_empty()).map(|rows| card(c.cases, view! { {cases_table(ui, &rows.items)} {pager_by(ui, data, "cases", rows.next.as_deref())} }))}
        {recalls.filter(|rows| narrowed || !rows.items.is_empty()).map(|rows| by_lot(ui, data, rows))}
    }
    .into_any()
}

/// Regulators and makers open recalls, by an operator.
pub fn may_open(data: &PageData) -> bool {
    let role = data.session.as_ref().map(|session| session.member.role);
    matches!(role, Some(MemberRole::Regulator | MemberRole::Manufacturer)) && data.may_operate()
}

fn tasks_table(ui: Ui, tasks: &[TaskRow]) -> AnyView {
    let (t, c) = (RecallTexts::of(ui.lang), CaseTexts::of(ui.lang));
    let mut tasks: Vec<&TaskRow> = tasks.iter().collect();
    tasks.sort_by_key(|task| !task.open || task.answered_lots >= task.lots);
    let rows = tasks.into_iter().map(|task| {
        let url = Page::RecallTask { case: task.case.clone() }.path();
        let title = if task.drill { format!("{}{}", c.one_drill, task.title) } else { task.title.clone() };
        let mark = match (task.open, task.answered_lots >= task.lots) {
            (true, false) => Mark::Attention,
            (true, true) | (false, _) => Mark::Done,
        };
        let lots = fill(c.lots_n, &[("n", &task.answered_lots.to_string()), ("m", &task.lots.to_string())]);
        vec![
            view! { <a href=url>{title}</a> }.into_any(),
            state(mark, lots),
            fill(t.class_n, &[("n", &task.class.to_string())]).into_any(),
            ui.time(task.told_ms).into_any(),
        ]
    });
    table(c.asked_of_you, &["k", "s", "d", "d e"], vec![c.h_title, c.h_answered, t.class, c.told], rows.collect())
}

fn cases_table(ui: Ui, cases: &[CaseRow]) -> AnyView {
    let (t, c) = (RecallTexts::of(ui.lang), CaseTexts::of(ui.lang));
    let mut cases: Vec<&CaseRow> = cases.iter().collect();
    cases.sort_by_key(|case| match case.stage {
        CaseStage::Opened => 0,
        CaseStage::Opening | CaseStage::Approving | CaseStage::Closing | CaseStage::Withdrawing => 1,
        CaseStage::Approved => 2,
        CaseStage::Draft => 3,
        CaseStage::Closed | CaseStage::Withdrawn => 4,
    });
    let rows = cases.into_iter().map(|case| {
        let part = if case.stage == CaseStage::Draft { CasePart::Scope } else { CasePart::Case };
        let url = Page::RecallCase { id: case.id.clone(), part }.path();
        let title = if case.title.is_empty() { c.untitled.to_owned() } else { case.title.clone() };
        let class = fill(t.class_n, &[("n", &case.class.to_string())]);
        let class = if case.drill { format!("{class} · {}", c.drill) } else { class };
        let reach = fill(c.of, &[("n", &case.reach.answered.to_string()), ("m", &case.reach.told.to_string())]);
        vec![
            view! { <a href=url>{title}</a> }.into_any(),
            case_state(ui, case.stage, case.drill),
            class.into_any(),
            ui.number(case.lots).into_any(),
            if case.reach.told > 0 { reach.into_any() } else { "–".into_any() },
            ui.time(case.changed_ms).into_any(),
        ]
    });
    let heads = vec![c.h_title, t.state, t.class, c.h_lots, c.h_reach, c.h_changed];
    table(c.cases, &["k", "s", "d", "x n", "d", "x e"], heads, rows.collect())
}

/// Recalls of single lots: searched, narrowed, sorted and paged by the address.
fn by_lot(ui: Ui, data: &PageData, rows: &Rows<Recall>) -> AnyView {
    let (t, l) = (RecallTexts::of(ui.lang), ListTexts::of(ui.lang));
    let states = [("opened", l.opened), ("approved", l.approved), ("closed", l.closed)];
    let tools = tools(ui, data, &Page::Recalls, "recalls", &states);
    let mut recalls: Vec<&Recall> = rows.items.iter().collect();
    if data.address.query("sort").is_none() {
        recalls.sort_by_key(|recall| match recall.status.as_str() {
            "opened" => 0,
            "approved" => 1,
            _ => 2,
        });
    }
    let cells: Vec<_> = recalls.into_iter().map(|recall| row(ui, recall)).collect();
    let heads = vec![
        (t.lot, Some("lot")),
        (t.product, Some("product")),
        (t.state, None),
        (t.class, None),
        (ui.t().evidence, Some("opened")),
    ];
    let found = if cells.is_empty() {
        nothing(ui, &Page::Recalls)
    } else {
        sortable(data, t.title, &["k", "d", "s", "d", "d e"], heads, cells)
    };
    let title = CaseTexts::of(ui.lang).by_lot;
    view! { {tools} {card(title, view! { <div id="table">{found}</div> {pager(ui, data, rows.next.as_deref())} })} }
        .into_any()
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

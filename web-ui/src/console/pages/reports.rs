//! Reports of suspected fakes: the list, newest first, by state.

use leptos::prelude::*;
use tracelight_api::rest::Page as Rows;
use tracelight_api::rest::report::{Finding, Report, ReportStatus};

use crate::console::icons::{Mark, state};
use crate::console::load::{Fetched, PageData};
use crate::console::page::{Page, url};
use crate::console::parts::{empty, error_card, head, link_button, pager, table};
use crate::console::texts::reports::ReportTexts;
use crate::console::ui::Ui;
use crate::i18n::fill;

/// The page.
pub fn page(ui: Ui, data: &PageData, rows: &Fetched<Rows<Report>>) -> AnyView {
    let t = ReportTexts::of(ui.lang);
    let top = head(None, t.title.into_any(), t.line.into_any(), None);
    let rows = match rows {
        Ok(rows) => rows,
        Err(problem) => return view! { {top} {error_card(ui, data, problem)} }.into_any(),
    };
    let filtered = ["status", "gtin", "lot", "cursor"].iter().any(|name| data.address.query(name).is_some());
    let list = match (rows.items.is_empty(), filtered) {
        (true, false) => return view! { {top} {empty(t.empty_title, t.empty, None)} }.into_any(),
        (true, true) => {
            let all = link_button(None, "b", Page::Reports.path(), t.show_all);
            empty(t.empty_title, t.empty_filtered, Some(all))
        }
        (false, _) => {
            let cells = rows.items.iter().map(|report| row(ui, report)).collect();
            let heads = vec![t.h_case, t.h_state, t.h_product, t.h_what, t.h_received];
            view! { <section class="c">{table(t.title, &["k", "s", "d", "d", "d"], heads, cells)}</section> }.into_any()
        }
    };
    view! {
        {top}
        {states(ui, data)}
        {list}
        {pager(ui, data, rows.next.as_deref())}
    }
    .into_any()
}

/// Links to each state; the one that is shown is marked.
fn states(ui: Ui, data: &PageData) -> AnyView {
    let t = ReportTexts::of(ui.lang);
    let shown = data.address.query("status").and_then(ReportStatus::parse);
    let kept = ["gtin", "lot"].map(|name| (name, data.address.query(name)));
    let kept: Vec<(&str, &str)> = kept.iter().filter_map(|(name, value)| Some((*name, (*value)?))).collect();
    let link = |status: Option<ReportStatus>, words: &'static str| {
        let mut query = kept.clone();
        query.extend(status.map(|status| ("status", status.word())));
        let current = (status == shown).then_some("page");
        view! { <a class="b" href=url(&Page::Reports.path(), &query) aria-current=current>{words}</a> }
    };
    let each = ReportStatus::ALL.map(|status| link(Some(status), status_words(ui, status))).into_iter().collect_view();
    view! { <nav class="buttons filter" aria-label=t.filter>{link(None, t.all)} {each}</nav> }.into_any()
}

/// Words of a state.
pub fn status_words(ui: Ui, status: ReportStatus) -> &'static str {
    let t = ReportTexts::of(ui.lang);
    match status {
        ReportStatus::Received => t.st_received,
        ReportStatus::InWork => t.st_in_work,
        ReportStatus::Closed => t.st_closed,
    }
}

/// Words of a finding.
pub fn finding_words(ui: Ui, finding: Finding) -> &'static str {
    let t = ReportTexts::of(ui.lang);
    match finding {
        Finding::Fake => t.f_fake,
        Finding::NoFake => t.f_no_fake,
        Finding::CannotTell => t.f_cannot_tell,
        Finding::Duplicate => t.f_duplicate,
    }
}

/// Words of what is wrong.
pub fn what_words(ui: Ui, what: &str) -> &'static str {
    let t = ReportTexts::of(ui.lang);
    match what {
        "looks" => t.w_looks,
        "print" => t.w_print,
        "seal" => t.w_seal,
        "seller" => t.w_seller,
        _ => t.w_other,
    }
}

/// The state with its mark, what came out, and the time that is left to look at it.
pub fn report_state(ui: Ui, report: &Report) -> AnyView {
    let t = ReportTexts::of(ui.lang);
    let words = status_words(ui, report.status);
    match (report.status, report.finding, report.due_ms) {
        (ReportStatus::Received, _, Some(due)) if due < ui.now_ms => {
            let late = fill(t.overdue, &[("span", &ui.span(ui.now_ms - due))]);
            view! { {state(Mark::Stopped, words)} <p class="soft">{late}</p> }.into_any()
        }
        (ReportStatus::Received, _, due) => {
            let left = due.map(|due| fill(t.due, &[("span", &ui.span(due.saturating_sub(ui.now_ms)))]));
            view! { {state(Mark::Attention, words)} <p class="soft">{left}</p> }.into_any()
        }
        (ReportStatus::InWork, ..) => state(Mark::Running, words),
        (ReportStatus::Closed, finding, _) => {
            let finding = finding.map(|finding| finding_words(ui, finding));
            view! { {state(Mark::Done, words)} <p class="soft">{finding}</p> }.into_any()
        }
    }
}

/// The product's name, or why there is none.
pub fn product_words(ui: Ui, report: &Report) -> AnyView {
    let t = ReportTexts::of(ui.lang);
    if report.gtin.is_none() {
        return t.no_code.into_any();
    }
    let name = ui.name(&report.product_en, &report.product_zh);
    if name.is_empty() { t.unknown_product.into_any() } else { ui.run(&name) }
}

fn row(ui: Ui, report: &Report) -> Vec<AnyView> {
    let t = ReportTexts::of(ui.lang);
    let href = Page::Report { case: report.case_number.clone() }.path();
    let number = report.case_number.clone();
    let same = (report.same_code > 1).then(|| fill(t.same, &[("n", &ui.number(report.same_code))]));
    let lot = report.lot.clone().map(|lot| view! { " " <span class="mono">{lot}</span> });
    vec![
        view! { <a class="mono nb" href=href>{number}</a> }.into_any(),
        report_state(ui, report),
        view! { {product_words(ui, report)} {lot} }.into_any(),
        view! { {what_words(ui, &report.what)} <p class="soft">{same}</p> }.into_any(),
        ui.time(report.received_ms).into_any(),
    ]
}

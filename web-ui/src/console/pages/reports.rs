//! Reports of suspected fakes: the list, newest first, by state.

use leptos::prelude::*;
use tracelight_api::rest::Page as Rows;
use tracelight_api::rest::report::{Finding, Report, ReportStatus, RuleRecord, RulesRecord};

use crate::console::icons::{Mark, state};
use crate::console::lists::{is_narrowed, nothing, tools};
use crate::console::load::{Fetched, PageData};
use crate::console::page::Page;
use crate::console::parts::{card, counted, empty, error_card, head, pager, sortable, table};
use crate::console::texts::reports::ReportTexts;
use crate::console::ui::Ui;
use crate::i18n::fill;

/// The page.
pub fn page(ui: Ui, data: &PageData, rows: &Fetched<Rows<Report>>, rules: &Fetched<RulesRecord>) -> AnyView {
    let t = ReportTexts::of(ui.lang);
    let top = head(None, t.title.into_any(), t.line.into_any(), None);
    let rows = match rows {
        Ok(rows) => rows,
        Err(problem) => return view! { {top} {error_card(ui, data, problem)} }.into_any(),
    };
    let states = ReportStatus::ALL.map(|status| (status.word(), status_words(ui, status)));
    let tools = || tools(ui, data, &Page::Reports, "reports", &states);
    if rows.items.is_empty() && is_narrowed(&data.address) {
        return view! { {top} {tools()} {nothing(ui, &Page::Reports)} }.into_any();
    }
    if rows.items.is_empty() {
        return view! { {top} {empty(t.empty_title, t.empty, None)} }.into_any();
    }
    let cells = rows.items.iter().map(|report| row(ui, report)).collect();
    let heads = vec![
        (t.h_case, Some("case")),
        (t.h_state, None),
        (t.h_product, Some("gtin")),
        (t.h_what, None),
        (t.h_received, Some("received")),
    ];
    view! {
        {top}
        {tools()}
        <section class="c" id="table">{sortable(data, t.title, &["k", "s", "d", "d", "d"], heads, cells)}</section>
        {pager(ui, data, rows.next.as_deref())}
        {rules.as_ref().ok().filter(|record| record.fake + record.no_fake > 0).map(|record| learned(ui, record))}
    }
    .into_any()
}

/// What the rules had said of codes whose packs were examined, and what came out.
fn learned(ui: Ui, record: &RulesRecord) -> AnyView {
    let t = ReportTexts::of(ui.lang);
    let sums = [("fake", ui.number(record.fake)), ("no_fake", ui.number(record.no_fake))];
    let line = fill(t.rules_line, &sums.each_ref().map(|(name, value)| (*name, value.as_str())));
    let row = |rule: &RuleRecord| {
        vec![
            rule_words(t, &rule.rule).into_any(),
            counted(t.f_fake, ui.number(rule.fake).into_any()),
            counted(t.f_no_fake, ui.number(rule.no_fake).into_any()),
        ]
    };
    let rows = record.rules.iter().map(row).collect();
    let list = table(t.rules_title, &["k", "s n", "d n"], vec![t.h_rule, t.f_fake, t.f_no_fake], rows);
    card(t.rules_title, view! { <p>{line}</p> {list} })
}

fn rule_words(t: &'static ReportTexts, rule: &str) -> &'static str {
    match rule {
        "disowned" => t.r_disowned,
        "too_many" => t.r_too_many,
        "too_fast" => t.r_too_fast,
        "too_far" => t.r_too_far,
        "strangers" => t.r_strangers,
        "wrong_market" => t.r_wrong_market,
        "before_sale" => t.r_before_sale,
        "after_sale" => t.r_after_sale,
        "burst" => t.r_burst,
        _ => t.r_none,
    }
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
    let same = (report.same_code > 1).then(|| {
        let words = fill(t.same, &[("n", &ui.number(report.same_code))]);
        view! { <p class="soft">{words}</p> }
    });
    let lot = report.lot.clone().map(|lot| view! { " " <span class="mono">{lot}</span> });
    vec![
        view! { <a class="mono nb" href=href>{number}</a> }.into_any(),
        report_state(ui, report),
        view! { {product_words(ui, report)} {lot} }.into_any(),
        view! { {what_words(ui, &report.what)} {same} }.into_any(),
        ui.time(report.received_ms).into_any(),
    ]
}

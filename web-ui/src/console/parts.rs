//! Parts that pages are made of: title, cards, tables, bars, notes, errors, empty states.
//!
//! Tables carry their roles as attributes, because below 760 px the style sheet lays their rows out as two lines and a
//! browser would then forget that they are tables.

use leptos::prelude::*;
use tracelight_api::problem::Problem;

use super::icons::{Mark, Sign, mark, sign};
use super::load::PageData;
use super::page::Page;
use super::pages::alerts::code_words;
use super::texts::alerts::AlertTexts;
use super::ui::Ui;
use crate::i18n::run_lang;

/// The head of a page: where it belongs, its title, one sentence of state, its actions.
pub fn head(crumb: Option<(String, String)>, title: AnyView, line: AnyView, actions: Option<AnyView>) -> AnyView {
    view! {
        <header class="head">
            <div>
                {crumb.map(|(url, words)| view! { <p class="crumb"><a href=url>{words}</a></p> })}
                <h1 id="h" tabindex="-1">{title}</h1>
                <p class="line">{line}</p>
            </div>
            {actions.map(|actions| view! { <div class="buttons">{actions}</div> })}
        </header>
    }
    .into_any()
}

/// A link that looks like a button.
pub fn link_button(icon: Option<Sign>, class: &'static str, url: String, words: impl Into<String>) -> AnyView {
    let words: String = words.into();
    view! { <a class=class href=url>{icon.map(sign)} <span>{words}</span></a> }.into_any()
}

/// A card with a title.
pub fn card(title: impl Into<String>, inner: impl IntoView + 'static) -> AnyView {
    let title: String = title.into();
    view! { <section class="c"><h2>{title}</h2>{inner.into_view()}</section> }.into_any()
}

/// A table whose rows become two lines on phones.
///
/// Classes of columns: `k` names the row (first line, left), `s` is its state or its number (first line, right), `d`
/// stands on the second line, `x` is left out on phones; `n` is added for numbers.
pub fn table(
    label: &str,
    columns: &'static [&'static str],
    heads: Vec<&'static str>,
    rows: Vec<Vec<AnyView>>,
) -> AnyView {
    let heads = columns
        .iter()
        .zip(heads)
        .map(|(class, words)| view! { <th class=*class scope="col" role="columnheader">{words}</th> });
    rows_under(label, columns, heads.collect_view().into_any(), rows)
}

/// A number of a [`table`], with the head of its column, which a phone does not show.
pub fn counted(head: &'static str, number: AnyView) -> AnyView {
    view! { <span class="narrow">{head} " "</span> {number} }.into_any()
}

fn rows_under(label: &str, columns: &'static [&'static str], heads: AnyView, rows: Vec<Vec<AnyView>>) -> AnyView {
    let label = label.to_owned();
    let rows = rows.into_iter().map(|cells| {
        let cells = columns.iter().zip(cells).map(|(class, cell)| view! { <td class=*class role="cell">{cell}</td> });
        view! { <tr role="row">{cells.collect_view()}</tr> }
    });
    view! {
        <table class="t" role="table" aria-label=label>
            <thead role="rowgroup"><tr role="row">{heads}</tr></thead>
            <tbody role="rowgroup">{rows.collect_view()}</tbody>
        </table>
    }
    .into_any()
}

/// A table whose heads sort it: each with the word of its column in `sort=`, where it has one. The order stands in the address.
pub fn sortable(
    data: &PageData,
    label: &str,
    columns: &'static [&'static str],
    heads: Vec<(&'static str, Option<&'static str>)>,
    rows: Vec<Vec<AnyView>>,
) -> AnyView {
    let sorted = data.address.query("sort").unwrap_or_default().to_owned();
    let heads = columns.iter().zip(heads).map(|(class, (words, name))| {
        let Some(name) = name else {
            return view! { <th class=*class scope="col" role="columnheader">{words}</th> }.into_any();
        };
        let (order, arrow, next) = match sorted.strip_prefix('-') {
            Some(column) if column == name => ("descending", " ↓", name.to_owned()),
            None if sorted == name => ("ascending", " ↑", format!("-{name}")),
            _ => ("none", "", name.to_owned()),
        };
        let href = data.address.without("page").without("cursor").with("sort", &next);
        let href = format!("{href}#table");
        view! {
            <th class=*class scope="col" role="columnheader" aria-sort=order><a href=href>{words}<span aria-hidden="true">{arrow}</span></a></th>
        }
        .into_any()
    });
    let heads = heads.collect_view();
    rows_under(label, columns, heads.into_any(), rows)
}

/// A list of facts.
pub fn facts(rows: Vec<(&'static str, AnyView)>) -> AnyView {
    let rows = rows.into_iter().map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> });
    view! { <dl class="facts">{rows.collect_view()}</dl> }.into_any()
}

/// A note: plain, `attention` or `stop`.
pub fn note(class: &'static str, words: impl IntoView + 'static) -> AnyView {
    let class = format!("note {class}");
    view! { <div class=class>{sign(Sign::Info)} <p>{words.into_view()}</p></div> }.into_any()
}

/// A part of a whole.
pub struct Part {
    /// Class of its colour: `r1` to `r5`, or `unknown`.
    pub class: &'static str,
    /// Size.
    pub count: u64,
    /// What it is.
    pub words: &'static str,
}

/// Widths below this many thousandths cannot be seen on a phone.
const VISIBLE_MIN: u64 = 20;

/// A bar whose parts add up to `whole`, with the numbers in its legend. Parts of 0 have no bar and keep their number.
pub fn sum_bar(ui: Ui, label: &str, parts: &[Part]) -> AnyView {
    let whole: u64 = parts.iter().map(|part| part.count).sum();
    let widths: Vec<u64> = parts.iter().map(|part| thousandths(part.count, whole)).collect();
    let total: u64 = widths.iter().sum::<u64>().max(1);
    let mut at = 0u64;
    let mut bars = Vec::with_capacity(parts.len());
    for (part, width) in parts.iter().zip(&widths) {
        if *width > 0 {
            let percent = |value: u64| format!("{}.{:02}%", value * 100 / total, value * 10_000 / total % 100);
            bars.push(view! { <rect class=part.class x=percent(at) width=percent(*width) y="0" height="28"/> });
            at += width;
        }
    }
    let legend = parts.iter().map(|part| {
        let swatch = format!("sw {}", part.class);
        view! { <li><svg class=swatch viewBox="0 0 14 14" aria-hidden="true"><rect class=part.class width="14" height="14"/></svg>
            <span><b>{ui.number(part.count)}</b> <small>{part.words}</small></span></li> }
    });
    let legend = legend.collect_view();
    view! {
        <svg class="sum" role="img" aria-label=label.to_owned() height="28">
            <defs><pattern id="hatch" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
                <rect class="ha" width="8" height="8"/><rect class="hb" width="4" height="8"/>
            </pattern></defs>
            {bars}
        </svg>
        <ul class="legend">{legend}</ul>
    }
    .into_any()
}

fn thousandths(part: u64, whole: u64) -> u64 {
    if part == 0 || whole == 0 { 0 } else { ((u128::from(part) * 1_000 / u128::from(whole)) as u64).max(VISIBLE_MIN) }
}

/// An empty state: one sentence and the next step.
pub fn empty(title: &'static str, words: &'static str, actions: Option<AnyView>) -> AnyView {
    view! {
        <section class="c empty">
            <svg class="pic" viewBox="0 0 120 56" aria-hidden="true" inner_html=EMPTY></svg>
            <h2>{title}</h2>
            <p>{words}</p>
            {actions.map(|actions| view! { <div class="buttons">{actions}</div> })}
        </section>
    }
    .into_any()
}

const EMPTY: &str = r#"<g class="g"><rect x="2" y="4" width="34" height="46" rx="2"/><path d="m36 4 9 4v46l-9-4M8 32h22M8 38h15"/><path d="M58 28h28" stroke-dasharray="5 3"/></g><g class="ac"><rect x="90" y="14" width="28" height="28" rx="5"/><path d="M96 20h6v6h-6zM106 20h6M112 24v2M106 30h6v6h-6zM96 32h5"/></g>"#;

/// The next page of a list, and the way back to its start.
pub fn pager(ui: Ui, data: &PageData, next: Option<&str>) -> AnyView {
    pager_by(ui, data, "cursor", next)
}

/// The same where a page has more than one list: under which name of the query this one's place stands.
pub fn pager_by(ui: Ui, data: &PageData, name: &'static str, next: Option<&str>) -> AnyView {
    let next = next.map(|cursor| link_button(Some(Sign::Next), "b", data.address.with(name, cursor), ui.t().next_page));
    let first = data.address.query(name).map(|_| data.address.without(name).url());
    let first = first.map(|url| view! { <a href=url>{ui.t().first_page}</a> });
    view! { <nav class="pager" aria-label=ui.t().next_page><span>{first}</span> {next}</nav> }.into_any()
}

/// A page whose data could not be loaded: what happened, what it means, what you can do, code.
pub fn error_card(ui: Ui, data: &PageData, problem: &Problem) -> AnyView {
    let t = ui.t();
    let (title, means, way_out) = match problem.status {
        404 => (t.err_missing, t.err_means_missing, t.err_do_back),
        401 => (t.err_denied, t.err_means_denied, t.err_do_sign_in),
        403 => (t.err_denied, t.err_means_denied, t.err_do_person),
        400..=499 => (t.err_load, t.err_means_denied, t.err_do_check),
        _ => (t.err_load, t.err_means_outage, t.err_do_retry),
    };
    let again = link_button(Some(Sign::Again), "b p", data.address.url(), t.try_again);
    error_box(ui, title, problem, means, way_out, Some(again))
}

/// A command that was not done.
pub fn problem_card(ui: Ui, problem: &Problem) -> AnyView {
    let t = ui.t();
    let (means, way_out) = match problem.status {
        401 => (t.err_means_denied, t.err_do_sign_in),
        403 => (t.err_means_denied, t.err_do_person),
        400..=499 => (t.err_means_refused, t.err_do_check),
        _ => (t.err_means_unsure, t.err_do_retry),
    };
    error_box(ui, t.err_send, problem, means, way_out, None)
}

/// What a national system would answer about a medicine, and the alert that was raised.
fn medicine(ui: Ui, problem: &Problem) -> Option<AnyView> {
    let t = AlertTexts::of(ui.lang);
    let code = problem.code.as_ref().map(|code| (t.code, code_words(ui.lang, code).into_any()));
    let alert = problem.alert.as_ref().map(|number| {
        let href = Page::Alert { number: number.clone() }.path();
        (t.alert, view! { {t.alert_raised} <a class="mono" href=href>{number.clone()}</a> }.into_any())
    });
    let rows: Vec<_> = code.into_iter().chain(alert).collect();
    (!rows.is_empty()).then(|| facts(rows))
}

fn error_box(
    ui: Ui,
    title: &'static str,
    problem: &Problem,
    means: &'static str,
    way_out: &'static str,
    again: Option<AnyView>,
) -> AnyView {
    let t = ui.t();
    let what = ui.problem(problem);
    let what_lang = run_lang(&what, ui.lang);
    let code = problem.kind.strip_prefix("tracelight:").unwrap_or(&problem.kind).to_owned();
    let code = match &problem.incident {
        Some(incident) => format!("{code} · {incident}"),
        None => format!("{code} · {}", problem.status),
    };
    view! {
        <section class="c error">
            <h2>{mark(Mark::Attention)} <span>{title}</span></h2>
            <dl class="what">
                <div><dt>{t.err_what}</dt><dd lang=what_lang>{what}</dd></div>
                <div><dt>{t.err_means}</dt><dd>{means}</dd></div>
                <div><dt>{t.err_do}</dt><dd>{way_out}</dd></div>
            </dl>
            {medicine(ui, problem)}
            {again.map(|again| view! { <div class="buttons">{again}</div> })}
            <p class="codeline"><code>{code}</code></p>
        </section>
    }
    .into_any()
}

//! What became of every code of a batch: the sum, the sum of each line, and what people did.

use leptos::prelude::*;
use tracelight_api::rest::goods::{Batch, CodeCounts};
use tracelight_api::rest::numbers::{LineNumbers, NumberActKind, Numbers};

use crate::console::load::{Fetched, PageData};
use crate::console::parts::{card, counted, error_card, note, table};
use crate::console::texts::numbers::NumberTexts;
use crate::console::ui::Ui;
use crate::i18n::fill;

/// The sum of a batch, for whoever may see it.
pub fn sum(ui: Ui, data: &PageData, batch: &Batch, numbers: Option<&Fetched<Numbers>>) -> AnyView {
    let t = NumberTexts::of(ui.lang);
    let Some(counts) = batch.codes else {
        return card(t.accounted, view! { <p class="soft">{t.hidden}</p> });
    };
    if counts.issued == 0 {
        return card(t.accounted, view! { <p class="soft">{t.none_issued}</p> });
    }
    let lines = match numbers {
        Some(Ok(numbers)) => by_line(ui, numbers),
        Some(Err(problem)) => Some(error_card(ui, data, problem)),
        None => None,
    };
    let differs =
        (counts.differ() > 0).then(|| note("attention", fill(t.differs, &[("n", &ui.number(counts.differ()))])));
    let seal = numbers.and_then(|numbers| numbers.as_ref().ok()).and_then(|numbers| seal_note(ui, numbers));
    let inner = view! {
        {table(t.accounted, &["k", "s n"], vec![t.where_it_is, t.codes], rows(ui, counts))}
        {differs}
        {seal}
    };
    view! { {card(t.accounted, inner)} {lines} }.into_any()
}

/// Words and counts of a sum, in the order in which it is read: what was issued, then its parts.
fn parts(ui: Ui, counts: CodeCounts) -> [(&'static str, u64); 7] {
    let t = NumberTexts::of(ui.lang);
    [
        (t.issued, counts.issued),
        (t.commissioned, counts.commissioned),
        (t.scrapped, counts.scrapped),
        (t.sampled, counts.sampled),
        (t.returned, counts.returned),
        (t.invalid, counts.invalid),
        (t.open, counts.open),
    ]
}

fn rows(ui: Ui, counts: CodeCounts) -> Vec<Vec<AnyView>> {
    let row = |(index, (words, count)): (usize, (&'static str, u64))| {
        let count = ui.number(count);
        if index == 0 {
            return vec![view! { <b>{words}</b> }.into_any(), view! { <b>{count}</b> }.into_any()];
        }
        vec![words.into_any(), count.into_any()]
    };
    parts(ui, counts).into_iter().enumerate().map(row).collect()
}

/// The seal counts something else than the list.
fn seal_note(ui: Ui, numbers: &Numbers) -> Option<AnyView> {
    let t = NumberTexts::of(ui.lang);
    let (seal, counts) = (numbers.seal?, numbers.counts);
    let same =
        (seal.commissioned, seal.scrapped, seal.sampled) == (counts.commissioned, counts.scrapped, counts.sampled);
    let values = [
        ("good", ui.number(seal.commissioned)),
        ("scrapped", ui.number(seal.scrapped)),
        ("sampled", ui.number(seal.sampled)),
    ];
    let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
    (!same).then(|| note("attention", fill(t.seal_differs, &values)))
}

fn by_line(ui: Ui, numbers: &Numbers) -> Option<AnyView> {
    let t = NumberTexts::of(ui.lang);
    if !numbers.lines.iter().any(|line| line.line.is_some()) {
        return None;
    }
    let row = |line: &LineNumbers| {
        let name = match &line.line {
            Some(name) => view! { <span class="mono">{name.clone()}</span> }.into_any(),
            None => t.no_line.into_any(),
        };
        let counts = parts(ui, line.counts).map(|(words, count)| counted(words, ui.number(count).into_any()));
        std::iter::once(name).chain(counts).collect::<Vec<_>>()
    };
    let heads = std::iter::once(t.line).chain(parts(ui, numbers.counts).map(|(words, _)| words)).collect();
    let columns = &["k", "s n", "d n", "d n", "d n", "d n", "d n", "d n"];
    Some(card(t.by_line, table(t.by_line, columns, heads, numbers.lines.iter().map(row).collect())))
}

/// What people did, newest first.
pub fn acts(ui: Ui, numbers: &Numbers) -> Option<AnyView> {
    let t = NumberTexts::of(ui.lang);
    if numbers.acts.is_empty() {
        return None;
    }
    let rows = numbers.acts.iter().map(|act| {
        let what = match act.kind {
            NumberActKind::Given => t.act_given,
            NumberActKind::Returned => t.act_returned,
            NumberActKind::Invalidated => t.act_invalidated,
            NumberActKind::Closed => t.act_closed,
        };
        let by = fill(t.by_person, &[("user", &act.user), ("time", &ui.time(act.at_ms))]);
        vec![
            what.into_any(),
            ui.number(act.codes).into_any(),
            view! { <span class="mono">{act.line.clone()}</span> }.into_any(),
            ui.run(&act.reason),
            by.into_any(),
        ]
    });
    let heads = vec![t.act, t.codes, t.line, t.reason, t.who];
    Some(card(t.acts, table(t.acts, &["k", "s n", "d", "d", "d"], heads, rows.collect())))
}

//! What the pages of a recall case share: its state in words, its steps, its lots, its packs as bars.

use leptos::prelude::*;
use tracelight_api::rest::recall_case::{CaseLot, CaseStage, CaseSums, NotKnown};

use super::holdings::{Sums, unknown_lines};
use crate::console::icons::{Mark, state};
use crate::console::parts::{Part, note, sum_bar, table};
use crate::console::texts::recall_cases::CaseTexts;
use crate::console::texts::recalls::RecallTexts;
use crate::console::ui::Ui;
use crate::i18n::fill;

/// Steps of a recall from its scope to its end.
const STEPS: usize = 5;

/// Where the reader is: `Step 2 of 5, reason and publication`.
pub fn steps(ui: Ui, now: usize, what: &str) -> AnyView {
    let words = fill(CaseTexts::of(ui.lang).step, &[("n", &now.to_string()), ("what", what)]);
    let dots = (1..=STEPS).map(|step| view! { <li class=if step <= now { "on" } else { "" }></li> });
    view! { <p class="stepword">{words}</p> <ol class="steps" aria-hidden="true">{dots.collect_view()}</ol> }.into_any()
}

/// State mark and words of a case.
pub fn case_state(ui: Ui, stage: CaseStage, drill: bool) -> AnyView {
    let t = CaseTexts::of(ui.lang);
    match stage {
        CaseStage::Draft => state(Mark::None, t.st_draft),
        CaseStage::Opening => state(Mark::Running, t.st_opening),
        CaseStage::Opened => state(Mark::Attention, t.st_opened),
        CaseStage::Approving => state(Mark::Running, t.st_approving),
        CaseStage::Approved if drill => state(Mark::Running, t.st_drill),
        CaseStage::Approved => state(Mark::Stopped, t.st_approved),
        CaseStage::Closing => state(Mark::Running, t.st_closing),
        CaseStage::Closed => state(Mark::Done, t.st_closed),
        CaseStage::Withdrawing => state(Mark::Running, t.st_withdrawing),
        CaseStage::Withdrawn => state(Mark::None, t.st_withdrawn),
    }
}

/// `1 lot`, `2 lots`.
pub fn lots_words(ui: Ui, count: usize) -> String {
    let t = CaseTexts::of(ui.lang);
    if count == 1 { t.check_lots_one.to_owned() } else { fill(t.check_lots, &[("n", &ui.number(count as u64))]) }
}

/// What is not known of a lot, in words.
fn unknown_words(ui: Ui, what: NotKnown) -> &'static str {
    let t = CaseTexts::of(ui.lang);
    match what {
        NotKnown::Unsealed => t.n_unsealed,
        NotKnown::Unplaced => t.n_unplaced,
        NotKnown::OnTheWay => t.n_on_the_way,
        NotKnown::Serials => t.n_serials,
        NotKnown::Line => t.n_line,
        NotKnown::Hotline => t.n_hotline,
    }
}

/// How a lot is named in a form.
pub fn lot_value(lot: &CaseLot) -> String {
    format!("{}/{}", lot.gtin, lot.lot)
}

/// Lots with their packs and what is not known; each with a box to tick when `ticked` says how it is at first.
pub fn lots_table(ui: Ui, label: &str, lots: &[CaseLot], ticked: Option<fn(&CaseLot) -> bool>) -> AnyView {
    let t = CaseTexts::of(ui.lang);
    let rows = lots.iter().map(|lot| {
        let stoppable = lot.in_stock.saturating_add(lot.in_transit);
        let packs = lot.sealed.map_or_else(|| "?".to_owned(), |sealed| ui.number(sealed));
        vec![
            name(ui, lot, ticked),
            view! { {ui.run(&ui.name(&lot.product_en, &lot.product_zh))} <br/> <span class="soft">{lot.made_on.clone()} " / " {lot.expires_on.clone()}</span> }.into_any(),
            view! { <b>{packs}</b> }.into_any(),
            ui.number(stoppable).into_any(),
            remarks(ui, lot),
        ]
    });
    let heads = vec![t.f_lot, t.h_product, t.h_packs, t.h_reachable, t.h_unknown];
    table(label, &["k", "d", "s n", "x n", "d"], heads, rows.collect())
}

fn name(ui: Ui, lot: &CaseLot, ticked: Option<fn(&CaseLot) -> bool>) -> AnyView {
    let (words, gtin) = (lot.lot.clone(), lot.gtin.clone());
    let inner = view! { <span class="mono">{words}</span> <br/> <span class="soft mono nb">{gtin}</span> };
    match ticked {
        None => {
            let status = lot.status.as_deref().map(|status| match status {
                "opened" => RecallTexts::of(ui.lang).st_opened,
                "approved" => RecallTexts::of(ui.lang).st_approved,
                _ => RecallTexts::of(ui.lang).st_closed,
            });
            view! { {inner} {status.map(|words| view! { <br/> <span class="soft">{words}</span> })} }.into_any()
        }
        Some(ticked) => {
            view! { <label class="tick"><input type="checkbox" name="lot" value=lot_value(lot) checked=ticked(lot)/> <span>{inner}</span></label> }
                .into_any()
        }
    }
}

fn remarks(ui: Ui, lot: &CaseLot) -> AnyView {
    let t = CaseTexts::of(ui.lang);
    let mut lines: Vec<String> = Vec::new();
    lines.extend(lot.recalled.map(|class| fill(t.recalled_already, &[("n", &class.to_string())])));
    lines.extend(lot.in_range.map(|count| fill(t.in_range, &[("n", &ui.number(count))])));
    lines.extend(lot.not_known.iter().map(|what| unknown_words(ui, *what).to_owned()));
    if lines.is_empty() {
        return "–".into_any();
    }
    view! { <ul class="remarks soft">{lines.into_iter().map(|line| view! { <li>{line}</li> }).collect_view()}</ul> }
        .into_any()
}

/// Where the packs of a case are, as the chain has it.
pub fn chain_bar(ui: Ui, sums: &CaseSums) -> AnyView {
    let t = RecallTexts::of(ui.lang);
    let parts = [
        Part { class: "r1", count: sums.in_stock, words: t.p_stock },
        Part { class: "r2", count: sums.in_transit, words: t.p_transit },
        Part { class: "r3", count: sums.short, words: t.p_short },
        Part { class: "r4", count: sums.gone, words: t.p_gone },
        Part { class: "unknown", count: sums.unknown, words: t.p_unknown },
    ];
    let total: u64 = parts.iter().map(|part| part.count).fold(0, u64::saturating_add);
    let differs = (total != sums.packs)
        .then(|| note("attention", fill(t.parts_differ, &[("n", &ui.number(total.abs_diff(sums.packs)))])));
    view! { {bar(ui, &parts)} {differs} }.into_any()
}

/// What holders answered, beside what they have not.
pub fn answer_bar(ui: Ui, sums: &CaseSums) -> AnyView {
    let t = CaseTexts::of(ui.lang);
    let parts = [
        Part { class: "r1", count: sums.quarantined, words: t.a_quarantined },
        Part { class: "r2", count: sums.found, words: t.a_found },
        Part { class: "r4", count: sums.sold, words: t.a_sold },
        Part { class: "r3", count: sums.unaccounted, words: t.a_unaccounted },
        Part { class: "r5", count: sums.not_answered, words: t.a_not_answered },
        Part { class: "unknown", count: sums.not_explained, words: t.a_not_explained },
    ];
    let beyond = (sums.beyond > 0).then(|| note("attention", fill(t.beyond, &[("packs", &ui.packs(sums.beyond))])));
    view! { {bar(ui, &parts)} {beyond} }.into_any()
}

fn bar(ui: Ui, parts: &[Part]) -> AnyView {
    let label =
        parts.iter().map(|part| format!("{} {}", part.words, ui.number(part.count))).collect::<Vec<_>>().join(", ");
    sum_bar(ui, &label, parts)
}

/// What is not known of the whole, in sentences.
pub fn unknowns(ui: Ui, sums: &CaseSums) -> AnyView {
    let unsealed = (sums.unsealed_lots > 0)
        .then(|| fill(CaseTexts::of(ui.lang).unsealed_lots, &[("n", &ui.number(sums.unsealed_lots))]));
    let CaseSums { in_stock, in_transit, short, gone, unknown, .. } = *sums;
    unknown_lines(ui, &Sums { in_stock, in_transit, short, gone, unknown }, unsealed)
}

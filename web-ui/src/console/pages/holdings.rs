//! Who holds how much of a lot: one bar that adds up to all packs, and a table by holder. Shared by preview and progress.

use leptos::prelude::*;
use tracelight_api::rest::recall::{Holder, Holdings};

use crate::console::parts::{Part, note, sum_bar, table};
use crate::console::texts::recalls::RecallTexts;
use crate::console::ui::Ui;
use crate::i18n::fill;

/// The parts of a lot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sums {
    /// In somebody's stock.
    pub in_stock: u64,
    /// On the way.
    pub in_transit: u64,
    /// Missing on arrival.
    pub short: u64,
    /// Dispensed, sold or taken out of use.
    pub gone: u64,
    /// Nobody can place them.
    pub unknown: u64,
}

impl Sums {
    /// Adds up the holders.
    pub fn of(holdings: &Holdings) -> Self {
        let add = |part: fn(&Holder) -> u64| holdings.holders.iter().map(part).fold(0u64, u64::saturating_add);
        Self {
            in_stock: add(|holder| holder.in_stock),
            in_transit: add(|holder| holder.in_transit),
            short: add(|holder| holder.short),
            gone: holdings.gone,
            unknown: holdings.unknown,
        }
    }

    /// All parts.
    pub fn total(self) -> u64 {
        [self.in_stock, self.in_transit, self.short, self.gone, self.unknown].into_iter().fold(0, u64::saturating_add)
    }

    /// What has not reached a buyer and is in known hands.
    pub fn stoppable(self) -> u64 {
        self.in_stock.saturating_add(self.in_transit)
    }

    /// What is not back and not gone.
    pub fn out(self) -> u64 {
        self.total().saturating_sub(self.gone)
    }
}

/// The bar, its legend, and a note when the parts do not add up to the packs sealed.
pub fn bar(ui: Ui, holdings: &Holdings) -> AnyView {
    let t = RecallTexts::of(ui.lang);
    let sums = Sums::of(holdings);
    let parts = [
        Part { class: "r1", count: sums.in_stock, words: t.p_stock },
        Part { class: "r2", count: sums.in_transit, words: t.p_transit },
        Part { class: "r3", count: sums.short, words: t.p_short },
        Part { class: "r4", count: sums.gone, words: t.p_gone },
        Part { class: "unknown", count: sums.unknown, words: t.p_unknown },
    ];
    let label =
        parts.iter().map(|part| format!("{} {}", part.words, ui.number(part.count))).collect::<Vec<_>>().join(", ");
    let differs = holdings.sealed.filter(|sealed| *sealed != sums.total());
    let differs = differs
        .map(|sealed| note("attention", fill(t.parts_differ, &[("n", &ui.number(sealed.abs_diff(sums.total())))])));
    view! { {sum_bar(ui, &label, &parts)} {differs} }.into_any()
}

/// Holders, most packs first, with the next step of each when `next`.
pub fn by_holder(ui: Ui, holdings: &Holdings, next: bool) -> AnyView {
    let t = RecallTexts::of(ui.lang);
    if holdings.holders.is_empty() {
        return view! { <p class="soft">{t.no_holders}</p> }.into_any();
    }
    let held = |holder: &Holder| holder.in_stock.saturating_add(holder.in_transit).saturating_add(holder.short);
    let mut holders: Vec<&Holder> = holdings.holders.iter().collect();
    holders.sort_by(|a, b| held(b).cmp(&held(a)).then_with(|| a.gln.cmp(&b.gln)));
    let rows = holders.into_iter().map(|holder| {
        let mut cells = vec![
            ui.run(&ui.name(&holder.name_en, &holder.name_zh)),
            ui.number(holder.in_stock).into_any(),
            ui.number(holder.in_transit).into_any(),
            ui.number(holder.short).into_any(),
            view! { <b>{ui.packs(held(holder))}</b> }.into_any(),
        ];
        if next {
            cells.push(next_step(t, holder).into_any());
        }
        cells
    });
    let mut heads = vec![t.company, t.p_stock, t.p_transit, t.p_short, t.held];
    if next {
        heads.push(t.next_step);
    }
    table(t.by_company, &["k", "x n", "x n", "x n", "s n", "d"], heads, rows.collect())
}

fn next_step(t: &'static RecallTexts, holder: &Holder) -> &'static str {
    if holder.in_stock > 0 {
        t.next_hold
    } else if holder.in_transit > 0 {
        t.next_transit
    } else {
        t.next_short
    }
}

/// What nobody knows about the lot, in sentences.
pub fn unknowns(ui: Ui, holdings: &Holdings) -> AnyView {
    let unsealed = holdings.sealed.is_none().then(|| RecallTexts::of(ui.lang).unknown_sealed.to_owned());
    unknown_lines(ui, &Sums::of(holdings), unsealed)
}

/// The same of any sums; `more` is said of lots that are not sealed.
pub fn unknown_lines(ui: Ui, sums: &Sums, more: Option<String>) -> AnyView {
    let t = RecallTexts::of(ui.lang);
    let say = |text: &str, count: u64| (count > 0).then(|| fill(text, &[("packs", &ui.packs(count))]));
    let known = [
        say(t.unknown_packs, sums.unknown),
        say(t.unknown_transit, sums.in_transit),
        say(t.unknown_short, sums.short),
        say(t.unknown_gone, sums.gone),
    ];
    let mut lines: Vec<String> = known.into_iter().chain([more]).flatten().collect();
    if lines.is_empty() {
        lines.push(t.unknown_none.to_owned());
    }
    lines.into_iter().map(|line| view! { <p>{line}</p> }).collect_view().into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_add_up() {
        let holder = |in_stock, in_transit, short| Holder {
            gln: "9521000000014".into(),
            name_en: "A".into(),
            name_zh: String::new(),
            in_stock,
            in_transit,
            short,
        };
        let holdings = Holdings {
            gtin: "09521101530001".into(),
            lot: "L".into(),
            sealed: Some(100),
            holders: vec![holder(40, 5, 1), holder(30, 0, 0)],
            gone: 20,
            unknown: 4,
        };
        let sums = Sums::of(&holdings);
        assert_eq!((sums.total(), sums.stoppable(), sums.out()), (100, 75, 80));
        let huge = Holdings { gone: u64::MAX, ..holdings };
        assert_eq!(Sums::of(&huge).total(), u64::MAX);
    }
}

//! A product that a notice may concern: how sure that is, why, what is not known, and the way to a recall. Also the hint of it beside
//! a product.

use leptos::prelude::*;
use tracelight_api::rest::notice::{
    MatchReason, MatchReasonKind, MatchStrength, MatchUnknown, NoticeHint, NoticeMatch,
};

use crate::console::icons::{Mark, Sign, mark, state};
use crate::console::load::PageData;
use crate::console::page::{Page, url};
use crate::console::parts::link_button;
use crate::console::texts::notices::NoticeTexts;
use crate::console::ui::Ui;
use crate::i18n::fill;

/// One match.
pub fn one(ui: Ui, data: &PageData, found: &NoticeMatch) -> AnyView {
    let t = NoticeTexts::of(ui.lang);
    let (shape, words) = match found.strength {
        MatchStrength::Fact => (Mark::Attention, t.fact),
        MatchStrength::Likely => (Mark::Planned, t.likely),
        MatchStrength::Suggestion => (Mark::None, t.suggestion),
    };
    let why = found.why.iter().map(|why| view! { <li>{reason(t, why)}</li> });
    let unknown = found.unknown.iter().map(|one| view! { <li>{unknown_words(t, *one)}</li> });
    let unknown = (!found.unknown.is_empty())
        .then(|| view! { <p><b>{t.unknown}</b></p> <ul class="plainlist">{unknown.collect_view()}</ul> });
    view! {
        <div class="note match">
            <div>
                <p><b>{state(shape, words.to_owned())}</b></p>
                <p>{ui.run(&ui.name(&found.product_en, &found.product_zh))} " " <span class="mono">{found.gtin.clone()}</span></p>
                <ul class="plainlist">{why.collect_view()}</ul>
                {lots(ui, found)}
                {unknown}
                {data.may_operate().then(|| recalls(ui, found))}
            </div>
        </div>
    }
    .into_any()
}

fn reason(t: &'static NoticeTexts, why: &MatchReason) -> String {
    let words = match why.kind {
        MatchReasonKind::GtinStated => t.w_gtin_stated,
        MatchReasonKind::GtinInferred => t.w_gtin_inferred,
        MatchReasonKind::OtherLevel => t.w_other_level,
        MatchReasonKind::DoubtfulCode => t.w_doubtful_code,
        MatchReasonKind::NameSimilar => t.w_name_similar,
    };
    fill(words, &[("value", &why.value)])
}

fn unknown_words(t: &'static NoticeTexts, unknown: MatchUnknown) -> &'static str {
    match unknown {
        MatchUnknown::NoLotsNamed => t.u_no_lots_named,
        MatchUnknown::ExtentNotStated => t.u_extent_not_stated,
        MatchUnknown::DatesNotCompared => t.u_dates_not_compared,
        MatchUnknown::NotTiedToProduct => t.u_not_tied_to_product,
        MatchUnknown::NotUnderstood => t.u_not_understood,
        MatchUnknown::OwnLotsUnknown => t.u_own_lots_unknown,
    }
}

fn lots(ui: Ui, found: &NoticeMatch) -> AnyView {
    let t = NoticeTexts::of(ui.lang);
    let list = |label: &'static str, lots: &[String]| {
        let text = lots.join(", ");
        (!lots.is_empty()).then(|| view! { <p>{label} " " <span class="mono">{text}</span></p> })
    };
    let not_named = (found.lots_not_named > 0)
        .then(|| view! { <p>{fill(t.lots_not_named, &[("n", &ui.number(found.lots_not_named))])}</p> });
    view! { {list(t.lots_named, &found.lots_named)} {list(t.lots_maybe, &found.lots_maybe)} {not_named} }.into_any()
}

/// The way to the page that opens a recall: for each lot that is named, or for a lot that the reader names.
fn recalls(ui: Ui, found: &NoticeMatch) -> AnyView {
    const LINKS_MAX: usize = 3;
    let t = NoticeTexts::of(ui.lang);
    let path = Page::NewRecall.path();
    if found.lots_named.is_empty() {
        let open = url(&path, &[("gtin", &found.gtin)]);
        return view! { <p class="buttons">{link_button(Some(Sign::File), "b", open, t.recall)}</p> }.into_any();
    }
    let links = found.lots_named.iter().take(LINKS_MAX).map(|lot| {
        let open = url(&path, &[("gtin", &found.gtin), ("lot", lot)]);
        link_button(Some(Sign::File), "b", open, fill(t.recall_lot, &[("lot", lot)]))
    });
    view! { <p class="buttons">{links.collect_view()}</p> }.into_any()
}

/// The hint beside a product, which leads to its notices.
pub fn hint(ui: Ui, hints: &[NoticeHint], gtin: &str) -> Option<AnyView> {
    let t = NoticeTexts::of(ui.lang);
    let counts = &hints.iter().find(|hint| hint.gtin == gtin)?.notices;
    let all = counts.fact + counts.likely + counts.suggestion;
    let words = match (counts.fact, all) {
        (_, 0) => return None,
        (0, 1) => t.hint_one.to_owned(),
        (0, all) => fill(t.hint, &[("n", &ui.number(all))]),
        (fact, _) => fill(t.hint_fact, &[("n", &ui.number(fact))]),
    };
    let shape = if counts.fact > 0 { Mark::Attention } else { Mark::Planned };
    let open = url(&Page::Notices.path(), &[("gtin", gtin)]);
    Some(view! { <br/> <a class="hintlink" href=open>{mark(shape)} " " {words}</a> }.into_any())
}

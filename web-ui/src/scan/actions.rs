//! The cards of each verdict: its one next action first, then what supports it.

use leptos::prelude::*;

use super::cards::{self, LensEnd, kind_of, lens, pair};
use super::css::Part;
use super::forms::code_form;
use super::model::{Answer, RecallClass, RecallFacts, ScanPage, StepState, Suspicion, Verdict};
use super::shell::{Ctx, card, plain_link, primary_link, tel};
use crate::brand::{Icon, icon};
use crate::i18n::Lang;
use crate::verdict_text::verdict_text;

/// The cards of a verdict page and the style parts they need.
pub(super) fn verdict_cards(ctx: Ctx<'_>, page: &ScanPage) -> (Vec<AnyView>, Vec<Part>) {
    let t = ctx.t;
    let mut cards: Vec<AnyView> = Vec::new();
    let mut parts = vec![Part::Strip, Part::Button];
    match page.verdict {
        Verdict::FirstCheck => {
            let end = page.answer.clone().map_or(LensEnd::Bare, LensEnd::Buttons);
            cards.extend(lens(ctx, page, t.lens_first, end));
        }
        Verdict::CheckedBefore | Verdict::SoldOrDispensed => {
            cards.extend(question(ctx, page));
            cards.extend(cards::earlier(ctx, page));
            cards.extend(lens(ctx, page, t.lens_two, LensEnd::Bare));
            parts.push(Part::Journey);
        }
        Verdict::Suspicious => {
            cards.push(suspicious(ctx, page));
            let text = if kind_of(page).is_food() { t.do_show_food } else { t.do_show };
            cards.push(report_card(ctx, t.do_title, text, t.do_report));
            cards.extend(lens(ctx, page, t.lens_pack, LensEnd::Bare));
            parts.push(Part::Fast);
        }
        Verdict::Recalled => {
            cards.extend(recalled(ctx, page));
            parts.extend([Part::Steps, Part::Dot, Part::Middle]);
        }
        Verdict::UnknownCode => {
            cards.extend(unknown(ctx, page));
            parts.extend([Part::Form, Part::Gap, Part::Outline]);
        }
        Verdict::CannotCheckNow => {
            cards.extend(no_answer(ctx, page));
            parts.extend([Part::Until, Part::Middle, Part::Outline]);
        }
        Verdict::Expired => {
            let text = if kind_of(page).is_food() { t.dispose_food } else { t.dispose_medicine };
            cards.push(opening(ctx, page, t.dispose_title, t.dispose_text, text));
        }
        Verdict::NotActivated => cards.push(opening(ctx, page, t.seller_title, t.seller_text, t.seller_ask)),
        Verdict::BadSignature => cards.push(report_card(ctx, t.do_title, t.do_false, t.do_report)),
        Verdict::Stolen => cards.push(report_card(ctx, t.do_title, t.do_stolen, t.do_report_place)),
        Verdict::Decommissioned => cards.push(report_card(ctx, t.do_title, t.do_taken_out, t.do_report)),
    }
    super::marks::place(ctx, page, &mut cards, &mut parts);
    // An outage knows nothing; whatever the page holds besides would look like an answer.
    if page.verdict != Verdict::CannotCheckNow {
        common_cards(ctx, page, &mut cards, &mut parts);
        super::kept::place(ctx, page, &mut cards);
    }
    (cards, parts)
}

fn common_cards(ctx: Ctx<'_>, page: &ScanPage, cards: &mut Vec<AnyView>, parts: &mut Vec<Part>) {
    if matches!(page.verdict, Verdict::Expired | Verdict::NotActivated | Verdict::Stolen | Verdict::Decommissioned) {
        cards.extend(lens(ctx, page, ctx.t.lens_pack, LensEnd::Bare));
    }
    if page.code.lot.is_some() || page.code.expiry.is_some() {
        parts.extend([Part::Lens, Part::Dot]);
    }
    if let Some(links) = &page.check {
        cards.push(cards::check_panel(ctx, page, links));
    }
    if let Some(journey) = cards::journey(ctx, &page.journey) {
        cards.push(journey);
        parts.push(Part::Journey);
        for (state, part) in [(StepState::Withdrawn, Part::Gone), (StepState::Recalled, Part::Back)] {
            if page.journey.iter().any(|step| step.state == state) {
                parts.push(part);
            }
        }
    }
    if let Some(record) = cards::record(ctx, page) {
        cards.push(record);
        parts.push(Part::Record);
    }
}

/// The question of a page that asks, with two equal buttons.
fn question(ctx: Ctx<'_>, page: &ScanPage) -> Option<AnyView> {
    let t = ctx.t;
    let form = page.answer.clone()?;
    let (title, yes, no, text) = if page.verdict == Verdict::SoldOrDispensed {
        (t.ask_sold, t.ask_sold_yes, t.ask_sold_no, t.ask_sold_text)
    } else {
        (t.ask_before, t.ask_before_yes, t.ask_before_no, t.ask_before_text)
    };
    let buttons = pair(form, [(Answer::Mine, yes), (Answer::NotMine, no)]);
    Some(card(title, view! { {buttons} <p class="d">{text}</p> }))
}

/// A sentence and the report button.
fn report_card(ctx: Ctx<'_>, title: &str, text: &'static str, button: &'static str) -> AnyView {
    let link = ctx.frame.report_url.clone().map(|url| primary_link(None, url, button.to_owned()));
    card(title, view! { <p>{text}</p> {link} })
}

/// A filled button that opens the advice below it.
fn opening(ctx: Ctx<'_>, page: &ScanPage, title: &str, text: &'static str, advice: &'static str) -> AnyView {
    let next = verdict_text(page.verdict, ctx.frame.lang, kind_of(page)).next;
    card(
        title,
        view! {
            <p>{text}</p>
            <details><summary class="b p">{next}</summary><p class="y">{advice}</p></details>
        },
    )
}

fn suspicious(ctx: Ctx<'_>, page: &ScanPage) -> AnyView {
    let t = ctx.t;
    let Some(Suspicion::TooFast { from, to, km }) = &page.suspicion else {
        return card(t.why_title, view! { <p>{t.suspicious_note}</p> });
    };
    let minutes = (to.at_ms.saturating_sub(from.at_ms) / 60_000).max(0);
    let label = ctx.say(t.too_fast_label, &[("km", &km.to_string()), ("minutes", &minutes.to_string())]);
    let end = |x: &'static str, anchor: &'static str, check: &super::model::EarlierCheck| {
        let place = check.place.clone().unwrap_or_else(|| t.earlier_unknown.to_owned());
        let when = ctx.clock.hour(check.at_ms);
        view! {
            <text x=x y="68" text-anchor=anchor font-weight="600">{place}</text>
            <text x=x y="86" text-anchor=anchor fill="var(--ink2)">{when}</text>
        }
    };
    // Hexagons stand for areas of a grid; this is no map.
    let drawing = r#"<path d="M36 42h230" stroke="var(--w)" stroke-width="2" stroke-dasharray="3 4"/><path d="M26 31l9.5 5.5v11L26 53l-9.5-5.5v-11zM276 31l9.5 5.5v11L276 53l-9.5-5.5v-11z" fill="var(--w)"/>"#;
    card(
        t.why_title,
        view! {
            <p>{t.too_fast_text}</p>
            <svg class="t" viewBox="0 0 302 100" role="img" aria-label=label.clone()>
                <g inner_html=drawing></g>
                <text x="151" y="34" text-anchor="middle" font-weight="600">{label.clone()}</text>
                {end("12", "start", from)} {end("290", "end", to)}
            </svg>
            <p class="d">{t.too_fast_note}</p>
        },
    )
}

fn recalled(ctx: Ctx<'_>, page: &ScanPage) -> Vec<AnyView> {
    let t = ctx.t;
    let food = kind_of(page).is_food();
    let recall = page.recall.as_ref();
    let stop = if food { t.recall_step_stop_food } else { t.recall_step_stop };
    let rows = [stop, t.recall_step_keep, t.recall_step_back].map(|step| view! { <li>{step}</li> });
    let rows = rows.into_iter().collect_view();
    let mut cards = vec![card(t.do_now, view! { <ol class="a">{rows}</ol> {recall_action(ctx, page)} })];
    if let Some(advice) = recall.and_then(|recall| recall.advice.clone()) {
        let title = if food { t.recall_harm_food } else { t.recall_harm };
        cards.push(card(title, view! { <p>{ctx.run(&advice)}</p> }));
    }
    let note = recall.map(|recall| LensEnd::Note(recall_note(ctx, recall))).unwrap_or(LensEnd::Bare);
    cards.extend(lens(ctx, page, t.lens_included, note));
    cards
}

/// The call button; a report button when no number is known.
fn recall_action(ctx: Ctx<'_>, page: &ScanPage) -> Option<AnyView> {
    let t = ctx.t;
    let product = page.product.as_ref();
    let number = product.and_then(|product| product.hotline.clone());
    let next = verdict_text(page.verdict, ctx.frame.lang, kind_of(page)).next;
    match number {
        Some(number) => {
            let text = product.map(|product| ctx.say(t.recall_call, &[("maker", &product.maker_short)]));
            let button = primary_link(Some(Icon::Call), tel(&number), text.unwrap_or_else(|| next.to_owned()));
            Some(view! { {button} <p class="d z">{number}</p> }.into_any())
        }
        None => {
            let url = ctx.frame.report_url.clone()?;
            Some(primary_link(None, url, t.do_report.to_owned()))
        }
    }
}

fn recall_note(ctx: Ctx<'_>, recall: &RecallFacts) -> String {
    let t = ctx.t;
    let class = match recall.class {
        RecallClass::I => t.recall_class_i,
        RecallClass::II => t.recall_class_ii,
        RecallClass::III => t.recall_class_iii,
    };
    let text = match recall.lots.len() {
        0 => t.recall_no_lots,
        1 => t.recall_lot,
        _ => t.recall_lots,
    };
    let lots = match recall.lots.split_last() {
        Some((last, rest)) if !rest.is_empty() => {
            format!("{}{}{last}", rest.join(t.list_comma), t.list_and)
        }
        Some((only, _)) => only.clone(),
        None => String::new(),
    };
    let when = match ctx.frame.lang {
        Lang::Zh => format!(" {} ", ctx.clock.day_in_words(recall.opened_at_ms)),
        Lang::En => ctx.clock.day_in_words(recall.opened_at_ms),
    };
    ctx.say(text, &[("class", class), ("lots", &lots), ("when", when.trim_start())])
}

fn unknown(ctx: Ctx<'_>, page: &ScanPage) -> Vec<AnyView> {
    let t = ctx.t;
    let typed = page.typed.clone().unwrap_or_default();
    let report = ctx.frame.report_url.clone().map(|url| plain_link(None, url, t.do_report.to_owned()));
    vec![
        card(t.typed_title, code_form(ctx, &typed, t.typed_button)),
        card(t.scanned_title, view! { <p>{t.scanned_text}</p> {report} }),
        card(t.means_title, view! { <p class="d">{t.means_text}</p> }),
    ]
}

fn no_answer(ctx: Ctx<'_>, page: &ScanPage) -> Vec<AnyView> {
    let t = ctx.t;
    let next = verdict_text(page.verdict, ctx.frame.lang, kind_of(page)).next;
    let tried = ctx.say(t.out_tried, &[("time", &ctx.clock.time(ctx.frame.now_ms))]);
    let retry = view! {
        <section class="c">
            {primary_link(Some(Icon::Again), page.retry_url.clone(), next.to_owned())} <p class="d z">{tried}</p>
        </section>
    };
    let kept = format!("{}{}", ctx.frame.host, page.code.path);
    let until = view! {
        <ul class="u">
            <li>{icon(Icon::Look)}<b>{t.out_look}</b><span class="d">{t.out_look_text}</span></li>
            <li>{icon(Icon::People)}<b>{t.out_ask}</b><span class="d">{t.out_ask_text}</span></li>
            <li>{icon(Icon::Paper)}<b>{t.out_keep}</b><span class="d m">{kept}</span></li>
        </ul>
    };
    let number = page.incident.clone().map(|number| view! { <p class="d z">{t.out_number}<b>{number}</b></p> });
    vec![retry.into_any(), card(t.out_until, until), number.into_any()]
}

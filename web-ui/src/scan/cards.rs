//! The cards that several verdicts share: lens, journey, record, earlier checks and the device's check.

use leptos::prelude::*;

use super::EARLIER_SHOWN_MAX;
use super::model::{
    Answer, AnswerForm, CheckLinks, JourneyStep, PartnerRole, ProductKind, ScanPage, Signed, StepKind, StepState,
};
use super::shell::{Ctx, card};
use crate::brand::{Icon, icon};

/// A pack seen from the front, its print marked on the side. `*` is replaced by what it holds.
const PACK: &str = r##"<path d="M81 1 98 9v86H81" fill="var(--ctl)" opacity=".45"/><rect x="1" y="1" width="80" height="94" rx="2" fill="var(--card)" stroke="var(--ctl)" stroke-width="1.4"/><path d="M1 64h80v31H1z" fill="var(--ctl)"/><path d="M10 74h40M10 83h28" stroke="var(--card)" stroke-width="3" stroke-linecap="round"/><g fill="none" stroke="var(--ctl)" stroke-width="2.2" stroke-linejoin="round">*</g><path d="M97 50l7-27M97 74l7 21" stroke="var(--a)" stroke-dasharray="2 2"/><rect x="83" y="49" width="13" height="26" rx="1" fill="var(--card)" stroke="var(--a)" stroke-width="2"/>"##;
const BOTTLE: &str = r#"<rect x="34" y="13" width="14" height="7"/><path d="M35 20v4q-7 2-7 7v18a4 4 0 0 0 4 4h18a4 4 0 0 0 4-4V31q0-5-7-7v-4M28 35h26"/>"#;
const LEAF: &str = r#"<path d="M41 12q14 10 13 22-1 11-13 16-12-5-13-16-1-12 13-22zM41 26v30M41 42l8-7M41 38l-7-6"/>"#;

/// What stands under the lens.
pub(super) enum LensEnd {
    /// Two equal buttons that answer it.
    Buttons(AnswerForm),
    /// A note.
    Note(String),
    /// Nothing.
    Bare,
}

/// The facts to compare with the pack. `None` when there is nothing to compare.
pub(super) fn lens(ctx: Ctx<'_>, page: &ScanPage, title: &str, end: LensEnd) -> Option<AnyView> {
    let t = ctx.t;
    let kind = kind_of(page);
    let date_label = if kind.is_food() { t.best_before } else { t.expiry };
    let facts: Vec<(&'static str, String)> = [(t.lot, &page.code.lot), (date_label, &page.code.expiry)]
        .into_iter()
        .filter_map(|(label, value)| value.clone().map(|value| (label, value)))
        .collect();
    if facts.is_empty() {
        return None;
    }
    // A title that promises two things needs two.
    let title = if facts.len() < 2 && title != t.lens_included { t.lens_pack } else { title };
    let end = match end {
        LensEnd::Buttons(form) if facts.len() < 2 => {
            pair(form, [(Answer::Match, t.it_matches), (Answer::Differs, t.it_differs)])
        }
        LensEnd::Buttons(form) => pair(form, [(Answer::Match, t.both_match), (Answer::Differs, t.one_differs)]),
        LensEnd::Note(note) => view! { <p class="d">{note}</p> }.into_any(),
        LensEnd::Bare => ().into_any(),
    };
    let rows = facts
        .into_iter()
        .map(|(label, value)| view! { <div><dt class="d">{label}</dt><dd class="m">{value}</dd></div> });
    let drawing = PACK.replace('*', if kind.is_food() { LEAF } else { BOTTLE });
    Some(card(
        title,
        view! {
            {product_lines(ctx, page)}
            <div class="g">
                <svg viewBox="0 0 104 96" aria-hidden="true" inner_html=drawing></svg>
                <dl>{rows.collect_view()}</dl>
            </div>
            {end}
        },
    ))
}

/// The kind of the product; a medicine when nothing is known.
pub(super) fn kind_of(page: &ScanPage) -> ProductKind {
    page.product.as_ref().map_or(ProductKind::Medicine, |product| product.kind)
}

fn product_lines(ctx: Ctx<'_>, page: &ScanPage) -> Option<AnyView> {
    let product = page.product.as_ref()?;
    let detail = product.detail.as_deref().map(|detail| view! { {ctx.run(detail)} " · " });
    Some(
        view! {
            <p><b>{ctx.run(&product.name)}</b><br/><span class="d">{detail} {ctx.run(&product.maker)}</span></p>
        }
        .into_any(),
    )
}

/// Two equal buttons that post one answer each.
pub(super) fn pair(form: AnswerForm, answers: [(Answer, &'static str); 2]) -> AnyView {
    let buttons = answers.map(|(answer, text)| {
        view! { <button class="b" name="answer" value=answer.name()>{text}</button> }
    });
    view! {
        <form class="q" method="post" action=form.post_url>
            <input type="hidden" name="token" value=form.token/>
            {buttons.into_iter().collect_view()}
        </form>
    }
    .into_any()
}

/// How the reader's device checks the answer. The script puts the button in place of the download.
pub(super) fn check_panel(ctx: Ctx<'_>, page: &ScanPage, links: &CheckLinks) -> AnyView {
    let t = ctx.t;
    let runs = links.assets.as_ref().filter(|_| page.script_url.is_some());
    let text = match runs {
        Some(assets) => ctx.say(t.check_text, &[("kb", &assets.kb.to_string())]),
        None => t.check_text_download.to_owned(),
    };
    let button = runs.map(|_| {
        view! {
            <template id="t-run">
                <button class="b" id="run" type="button" data-busy=t.check_busy>
                    <span>{ctx.say(t.check_button, &[])}</span> {icon(Icon::Phone)}
                </button>
            </template>
        }
    });
    let as_of = page.chain.map(|point| {
        let height = point.height.to_string();
        ctx.say(t.check_as_of, &[("height", &height), ("when", &ctx.clock.moment(point.as_of_ms))])
    });
    view! {
        <section class="c" id="check">
            <h2>{t.check_title}</h2>
            <p>{text}</p>
            <a class="b" id="get" href=links.bundle_url.clone() download="">
                {t.check_download} {icon(Icon::Save)}
            </a>
            {button}
            {offline_link(ctx, links)}
            <p class="d">{as_of}</p>
        </section>
    }
    .into_any()
}

/// The proof as a page to keep.
pub(super) fn offline_link(ctx: Ctx<'_>, links: &CheckLinks) -> Option<AnyView> {
    let url = links.offline_url.clone()?;
    Some(view! { <p><a href=url download="">{ctx.t.check_offline}</a></p> }.into_any())
}

/// Where the pack has been. `None` when no step may be shown.
pub(super) fn journey(ctx: Ctx<'_>, steps: &[JourneyStep]) -> Option<AnyView> {
    if steps.is_empty() {
        return None;
    }
    let mut year = None;
    let rows = steps
        .iter()
        .map(|step| {
            let when = ctx.clock.moment_in(step.at_ms, year);
            year = Some(ctx.clock.year(step.at_ms));
            journey_row(ctx, step, &when)
        })
        .collect_view();
    Some(card(ctx.t.journey_title, view! { <ol class="j">{rows}</ol> }))
}

fn journey_row(ctx: Ctx<'_>, step: &JourneyStep, when: &str) -> AnyView {
    let t = ctx.t;
    let class = match step.state {
        StepState::Passed => None,
        StepState::Now => Some("now"),
        StepState::Withdrawn => Some("gone"),
        StepState::Recalled => Some("back"),
    };
    let when = if step.state == StepState::Now { ctx.say(t.since, &[("when", when)]) } else { when.to_owned() };
    let signed = match step.signed {
        Signed::Line => t.signed_line,
        Signed::BothSides => t.signed_both,
        Signed::OneSide => t.signed_one,
    };
    let withdrawn = (step.state == StepState::Withdrawn).then(|| format!(" · {}", t.state_withdrawn));
    let small = format!("{when} · {signed}{}", withdrawn.unwrap_or_default());
    view! { <li class=class><b>{step_title(ctx, step)}</b><span class="d">{small}</span></li> }.into_any()
}

fn step_title(ctx: Ctx<'_>, step: &JourneyStep) -> String {
    let t = ctx.t;
    let place = step.place.as_deref();
    let at = |with: &str, without: &str, role: &str| match place {
        Some(place) => ctx.say(with, &[("place", place), ("role", role)]),
        None => ctx.say(without, &[("role", role)]),
    };
    match step.what {
        StepKind::Made => at(t.step_made, t.step_made_plain, ""),
        StepKind::Sealed => t.step_sealed.to_owned(),
        StepKind::OnTheWay => at(t.step_way_from, t.step_way, ""),
        StepKind::Held(role) => at(t.step_at, "{role}", role_name(ctx, role)),
        StepKind::Sold(role) => at(t.step_sold_at, t.step_sold, role_name(ctx, role)),
        StepKind::Recalled => t.step_recalled.to_owned(),
        StepKind::TakenOut => t.step_taken_out.to_owned(),
    }
}

fn role_name(ctx: Ctx<'_>, role: PartnerRole) -> &'static str {
    let t = ctx.t;
    match role {
        PartnerRole::Maker => t.role_maker,
        PartnerRole::Wholesaler => t.role_wholesaler,
        PartnerRole::Logistics => t.role_logistics,
        PartnerRole::Pharmacy => t.role_pharmacy,
        PartnerRole::Hospital => t.role_hospital,
        PartnerRole::Shop => t.role_shop,
        PartnerRole::Regulator => t.role_regulator,
    }
}

/// What is registered about the product and the code.
pub(super) fn record(ctx: Ctx<'_>, page: &ScanPage) -> Option<AnyView> {
    let product = page.product.as_ref()?;
    let t = ctx.t;
    let food = product.kind.is_food();
    let maker_label = if food { t.record_maker_food } else { t.record_maker };
    let approval_label = if food { t.record_approval_food } else { t.record_approval };
    let checks = match page.earlier.count {
        0 => t.record_checks_none.to_owned(),
        n => ctx.say(t.record_checks_n, &[("n", &n.to_string())]),
    };
    let approval = product.approval.as_deref().map(|text| row(approval_label, ctx.run(text)));
    let made = page.code.made.clone().map(|text| row(t.record_made, text.into_any()));
    Some(card(
        t.record_title,
        view! {
            <dl class="r">
                {row(maker_label, ctx.run(&product.maker))} {approval} {made}
                {row(t.record_checks, checks.into_any())}
                <div><dt class="d">{t.record_gtin}</dt><dd class="m">{page.code.gtin.clone()}</dd></div>
                <div><dt class="d">{t.record_serial}</dt><dd class="m">{grouped(&page.code.serial)}</dd></div>
            </dl>
        },
    ))
}

fn row(label: &'static str, value: AnyView) -> AnyView {
    view! { <div><dt class="d">{label}</dt><dd>{value}</dd></div> }.into_any()
}

/// A serial in groups of four. The gaps are drawn by the style sheet, so that a copy has no spaces.
pub(super) fn grouped(serial: &str) -> AnyView {
    let chars: Vec<char> = serial.chars().collect();
    chars.chunks(4).map(|four| view! { <span>{four.iter().collect::<String>()}</span><wbr/> }).collect_view().into_any()
}

/// Earlier checks, hour and area only, and this one.
pub(super) fn earlier(ctx: Ctx<'_>, page: &ScanPage) -> Option<AnyView> {
    let t = ctx.t;
    let listed: Vec<_> = page.earlier.listed.iter().take(EARLIER_SHOWN_MAX).collect();
    let first_is_listed = u32::try_from(page.earlier.listed.len()).is_ok_and(|n| n == page.earlier.count);
    let hidden = usize::try_from(page.earlier.count).unwrap_or(usize::MAX).saturating_sub(listed.len());
    if listed.is_empty() {
        return None;
    }
    let rows = listed
        .iter()
        .enumerate()
        .map(|(index, check)| {
            let title = match check.place.as_deref() {
                Some(place) => ctx.say(t.earlier_near, &[("place", place)]),
                None => t.earlier_unknown.to_owned(),
            };
            let first = (index == 0 && first_is_listed).then(|| format!(" · {}", t.earlier_first));
            let small = format!("{}{}", ctx.clock.hour(check.at_ms), first.unwrap_or_default());
            view! { <li><b>{title}</b><span class="d">{small}</span></li> }
        })
        .collect_view();
    let more = (hidden > 0).then(|| {
        view! { <li><span class="d">{ctx.say(t.earlier_more, &[("n", &hidden.to_string())])}</span></li> }
    });
    let now = ctx.clock.moment_in(ctx.frame.now_ms, Some(ctx.clock.year(ctx.frame.now_ms)));
    Some(card(
        t.earlier_title,
        view! {
            <ol class="j">
                {rows} {more} <li class="now"><b>{t.earlier_now}</b><span class="d">{now}</span></li>
            </ol>
        },
    ))
}

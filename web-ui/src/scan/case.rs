//! How a report stands, for whoever has its number: a form for the number, the steps, the answer.

use leptos::prelude::*;
use tracelight_api::rest::report::{Finding, ReportStatus};

use super::CASE_URL;
use super::css::Part;
use super::model::{CasePage, CaseView};
use super::shell::{Ctx, Field, Sheet, card};
use crate::verdict_text::Role;

/// Characters of a number as people type it, with spaces.
const NUMBER_CHARS_MAX: usize = 32;

/// The page.
pub(super) fn case(ctx: Ctx<'_>, page: &CasePage) -> Sheet {
    let t = ctx.t;
    let (word, why) = match (&page.found, &page.outage) {
        (Some(found), _) => {
            let number = view! { {t.receipt_case} <b class="m">{found.case_number.clone()}</b> };
            (standing(ctx, found), number.into_any())
        }
        (None, Some(incident)) => {
            let words = view! { {t.case_outage} " " <span class="m">{incident.clone()}</span> };
            (t.case_title, words.into_any())
        }
        (None, None) => (t.case_title, t.case_text.into_any()),
    };
    let mut cards = Vec::new();
    if let Some(found) = &page.found {
        cards.push(card(t.case_reply, reply(ctx, found)));
        cards.push(card(t.case_steps, steps(ctx, found)));
    }
    cards.push(view! { <section class="c">{number_form(ctx, page)}</section> }.into_any());
    Sheet {
        field: Field { role: Role::Paper, icon: None, word: word.to_owned(), line: None, why: Some(why), strip: None },
        cards,
        templates: None,
        script: None,
        parts: vec![Part::Button, Part::Form, Part::Gap, Part::Journey],
    }
}

fn standing(ctx: Ctx<'_>, found: &CaseView) -> &'static str {
    let t = ctx.t;
    match (found.status, found.finding) {
        (ReportStatus::Received, _) => t.case_waits,
        (ReportStatus::InWork, _) | (ReportStatus::Closed, None) => t.case_in_work,
        (ReportStatus::Closed, Some(Finding::Fake)) => t.case_fake,
        (ReportStatus::Closed, Some(Finding::NoFake)) => t.case_no_fake,
        (ReportStatus::Closed, Some(Finding::CannotTell)) => t.case_cannot_tell,
        (ReportStatus::Closed, Some(Finding::Duplicate)) => t.case_duplicate,
    }
}

fn reply(ctx: Ctx<'_>, found: &CaseView) -> AnyView {
    if found.reply.is_empty() {
        return view! { <p>{ctx.t.case_no_reply}</p> }.into_any();
    }
    found.reply.lines().map(|line| view! { <p>{ctx.run(line)}</p> }).collect_view().into_any()
}

fn steps(ctx: Ctx<'_>, found: &CaseView) -> AnyView {
    let t = ctx.t;
    let rank = |status: ReportStatus| ReportStatus::ALL.iter().position(|known| *known == status);
    let class = |status| (rank(status) > rank(found.status)).then_some("now");
    let changed = |status: ReportStatus| {
        let at = found.changed_at_ms.filter(|_| found.status == status)?;
        Some(view! { <span class="d">{ctx.clock.moment(at)}</span> })
    };
    view! {
        <ol class="j">
            <li><b>{t.receipt_received}</b><span class="d">{ctx.clock.moment(found.received_at_ms)}</span></li>
            <li class=class(ReportStatus::InWork)><b>{t.receipt_looked}</b>{changed(ReportStatus::InWork)}</li>
            <li class=class(ReportStatus::Closed)><b>{t.receipt_answered}</b>{changed(ReportStatus::Closed)}</li>
        </ol>
    }
    .into_any()
}

fn number_form(ctx: Ctx<'_>, page: &CasePage) -> AnyView {
    let t = ctx.t;
    let unknown = page.found.is_none() && page.outage.is_none() && !page.typed.is_empty();
    let described = if unknown { "number-e number-h" } else { "number-h" };
    let wrong = unknown.then(|| view! { <p class="e" id="number-e"><b>{t.case_unknown}</b>{t.case_unknown_rest}</p> });
    let typed = if page.found.is_some() { String::new() } else { page.typed.clone() };
    let button = if page.found.is_some() { t.case_another } else { t.case_button };
    view! {
        <form method="get" action=CASE_URL>
            <label for="number">{t.case_label}</label>
            <input
                class="m" type="text" id="number" name="number" value=typed required=true
                maxlength=NUMBER_CHARS_MAX.to_string() autocomplete="off" autocapitalize="characters" spellcheck="false"
                aria-describedby=described aria-invalid=unknown.then_some("true")
            />
            {wrong}
            <p class="d" id="number-h">{t.case_hint}</p>
            <button class="b p">{button}</button>
        </form>
    }
    .into_any()
}

//! The list of published recalls, and the search among them.

use leptos::prelude::*;

use super::RECALL_SEARCH_CHARS_MAX;
use super::css::Part;
use super::model::{ProductKind, PublishedRecall, RecallClass, RecallsPage, Verdict};
use super::shell::{Ctx, Field, Sheet, plain_link, primary_link, tel};
use crate::brand::{Icon, verdict_icon};
use crate::verdict_text::{Role, drawing_of, role_of, verdict_text};

/// The search, then a card for each recall, or the news that none fits.
pub(super) fn recalls(ctx: Ctx<'_>, page: &RecallsPage) -> Sheet {
    let t = ctx.t;
    if let Some(number) = &page.outage {
        return outage(ctx, number);
    }
    let mut cards = vec![search(ctx, page)];
    if page.found.is_empty() {
        let text = if page.asked.is_empty() { t.recalls_none } else { t.recalls_none_fit };
        let check = plain_link(None, ctx.frame.code_entry_url.clone(), t.footer_type.to_owned());
        cards.push(view! { <section class="c"><p>{text}</p>{check}</section> }.into_any());
    }
    cards.extend(page.found.iter().map(|recall| one(ctx, recall)));
    let older = page.older_url.clone().map(|url| plain_link(Some(Icon::Down), url, t.recalls_older.to_owned()));
    cards.push(
        view! {
            <section class="c">
                {older}
                <p>
                    {t.recalls_follow} " " <a href=page.atom_url.clone()>"Atom"</a> " · "
                    <a href=page.json_url.clone()>"JSON Feed"</a>
                </p>
            </section>
        }
        .into_any(),
    );
    Sheet {
        field: Field {
            role: Role::Paper,
            icon: None,
            word: t.recalls_title.to_owned(),
            line: None,
            why: Some(t.recalls_lead.into_any()),
            strip: None,
        },
        cards,
        templates: None,
        script: None,
        parts: vec![Part::Button, Part::Form, Part::Gap],
    }
}

/// An empty list would read as good news.
fn outage(ctx: Ctx<'_>, number: &str) -> Sheet {
    let t = ctx.t;
    let verdict = Verdict::CannotCheckNow;
    let text = verdict_text(verdict, ctx.frame.lang, ProductKind::Medicine);
    let (shape, glyph) = drawing_of(verdict);
    let again = primary_link(Some(Icon::Again), ctx.frame.recalls_url.clone(), text.next.to_owned());
    Sheet {
        field: Field {
            role: role_of(verdict),
            icon: Some(verdict_icon(shape, glyph)),
            word: text.word.to_owned(),
            line: Some(t.recalls_out.to_owned()),
            why: Some(t.why_out.into_any()),
            strip: None,
        },
        cards: vec![
            view! {
                <section class="c">{again}<p class="d">{t.out_number}<b>{number.to_owned()}</b></p></section>
            }
            .into_any(),
        ],
        templates: None,
        script: None,
        parts: vec![Part::Button, Part::Outline],
    }
}

fn search(ctx: Ctx<'_>, page: &RecallsPage) -> AnyView {
    let t = ctx.t;
    view! {
        <section class="c">
            <form method="get" action=ctx.frame.recalls_url.clone() role="search">
                <label for="q">{t.recalls_search}</label>
                <input
                    type="text" inputmode="search" id="q" name="q" value=page.asked.clone()
                    maxlength=RECALL_SEARCH_CHARS_MAX.to_string() autocomplete="off" autocapitalize="off"
                    spellcheck="false" aria-describedby="q-h"
                />
                <p class="d" id="q-h">{t.recalls_search_hint}</p>
                <button class="b p">{t.recalls_search_button}</button>
            </form>
        </section>
    }
    .into_any()
}

fn one(ctx: Ctx<'_>, recall: &PublishedRecall) -> AnyView {
    let t = ctx.t;
    let class = match recall.class {
        RecallClass::I => t.recall_class_i,
        RecallClass::II => t.recall_class_ii,
        RecallClass::III => t.recall_class_iii,
    };
    let published = ctx.clock.day_in_words(recall.published_at_ms);
    let published = ctx.say(t.recalls_published, &[("when", &published)]);
    let closed = recall.closed_at_ms.map(|at_ms| {
        let when = ctx.clock.day_in_words(at_ms);
        view! { <p class="d">{ctx.say(t.recalls_closed, &[("when", &when)])}</p> }
    });
    let reason = recall.reason.clone().unwrap_or_else(|| t.why_recalled_plain.to_owned());
    let advice = recall.advice.clone().map(|advice| view! { <p>{ctx.run(&advice)}</p> });
    let call = recall.hotline.clone().map(|number| {
        let text = ctx.say(t.recall_call, &[("maker", &recall.maker)]);
        plain_link(Some(Icon::Call), tel(&number), text)
    });
    view! {
        <section class="c">
            <h2>{ctx.run(&recall.product)}</h2>
            <p>
                <b>{class}</b> {t.recalls_lot} <span class="m">{recall.lot.clone()}</span> " · "
                <span class="m">{recall.gtin.clone()}</span>
            </p>
            <p>{ctx.run(&reason)}</p>
            {advice}
            <p class="d">{ctx.run(&recall.maker)} " · " <a href=recall.url.clone()>{published}</a></p>
            {closed} {call}
        </section>
    }
    .into_any()
}

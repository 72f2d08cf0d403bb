//! The states that the page's script lays over a verdict, as `<template>` elements in the page's language.
//!
//! ```text
//! #t-css     the rules of these states, which a page does not need before (a style element that the content policy names)
//! #t-ok      [data-strip] new strip content, [data-panel] new content of #check
//! #t-fail    [data-field] new content of #f,  [data-cards] new content of #m
//! #t-none    new strip content: the checker could not run
//! #t-late    new strip content: the page says recalled, the checked record does not say it yet (recalled pages only)
//!
//! inside:    [data-f=name]     gets a fact as text
//!            [data-age=s|min|h] one stays, by the age of the record
//!            [data-dots]       holds one <i> per member; the script fills as many as have signed
//!            [data-part=name]  one stays: the part of the proof that failed (`tracelight_proof::bundle::Part`);
//!                               its [data-after] lists the groups that are checked before it
//!            [data-ok=group]   stays when the failed part's [data-after] lists it
//! ```
//!
//! A tick never stands for something that was not checked: the checker stops at the first part that does not hold, in
//! the order of `Part`, and [`before`] lists only what lies wholly before a part in that order.

use leptos::prelude::*;
use tracelight_proof::bundle::Part;

use super::cards::offline_link;
use super::css::{self, parts_alone};
use super::model::{CheckLinks, ScanPage, Verdict};
use super::shell::{Ctx, card, heading, part_of_text, plain_link, primary_link, strip_words};
use super::texts::ScanTexts;
use crate::brand::{Glyph, Icon, Shape, icon, verdict_icon};
use crate::verdict_text::{ProductKind, verdict_text};

/// The templates of a page whose answer can be checked.
pub(super) fn templates(ctx: Ctx<'_>, page: &ScanPage, links: &CheckLinks) -> AnyView {
    let t = ctx.t;
    let none = strip_words(Icon::Server, None, ctx.say(t.strip_not_run, &[]));
    let late = (page.verdict == Verdict::Recalled).then(|| {
        let words = strip_words(Icon::PhoneOk, None, ctx.say(t.strip_recall_ahead, &[]));
        view! { <template id="t-late">{words}</template> }
    });
    let rules = parts_alone(&[css::Part::Field("stop"), css::Part::Tape, css::Part::Proof, css::Part::Open]);
    view! {
        <template id="t-css"><style inner_html=rules></style></template>
        <template id="t-ok">
            <p data-strip="">{strip_ok(ctx, page.verdict)}</p>
            <div data-panel="">{panel_ok(ctx, links)}</div>
        </template>
        <template id="t-fail">
            <div data-field="">{field_failed(ctx, page.verdict)}</div>
            <div data-cards="">{cards_failed(ctx, page)}</div>
        </template>
        <template id="t-none">{none}</template>
        {late}
    }
    .into_any()
}

/// What the strip says once the record is confirmed. Counts and judgements stay the server's word.
fn strip_ok(ctx: Ctx<'_>, verdict: Verdict) -> AnyView {
    let t = ctx.t;
    let rest = match verdict {
        Verdict::CheckedBefore | Verdict::SoldOrDispensed => Some(t.strip_part_count),
        Verdict::Suspicious => Some(t.strip_part_judge),
        _ => None,
    };
    match rest {
        Some(rest) => strip_words(Icon::PhoneOk, Some(ctx.say(t.strip_part, &[])), format!(" {rest}")),
        None => {
            let (before, after) = t.strip_checked_at.split_once("{time}").unwrap_or((t.strip_checked_at, ""));
            let after = part_of_text(after);
            view! {
                {icon(Icon::PhoneOk)}
                <span><b>{ctx.say(t.strip_checked, &[])}</b> {before} <span data-f="time"></span> {after}</span>
            }
            .into_any()
        }
    }
}

/// A sentence with one fact in it, which the script fills.
fn with_fact(text: &str, name: &'static str) -> AnyView {
    let hole = format!("{{{name}}}");
    let (before, after) = text.split_once(&hole).unwrap_or((text, ""));
    let (before, after) = (part_of_text(before), part_of_text(after));
    view! { {before} <span data-f=name></span> {after} }.into_any()
}

/// A text with two facts in either order: cut at both.
fn two_facts(text: &'static str, one: &'static str, other: &'static str) -> AnyView {
    let cut = |text: &str, name: &'static str| -> AnyView {
        if text.contains(&format!("{{{name}}}")) { with_fact(text, name) } else { text.to_owned().into_any() }
    };
    let middle = text.find('}').map_or(text.len(), |at| at + 1);
    let (head, tail) = text.split_at_checked(middle).unwrap_or((text, ""));
    let (first, second) = if head.contains(&format!("{{{one}}}")) { (one, other) } else { (other, one) };
    view! { {cut(head, first)} {cut(tail, second)} }.into_any()
}

fn tick_row(title: &'static str, group: &'static str, detail: AnyView) -> AnyView {
    view! { <li data-ok=group>{icon(Icon::Tick)}<b>{title}</b>{detail}</li> }.into_any()
}

fn panel_ok(ctx: Ctx<'_>, links: &CheckLinks) -> AnyView {
    let t = ctx.t;
    let age = |unit: &'static str, text: &'static str| {
        view! { <span class="d" data-age=unit>{with_fact(text, "n")}</span> }
    };
    let rows = view! {
        <ul class="k">
            {tick_row(t.ok_signed, "signed", view! {
                <span class="d">{two_facts(t.ok_signed_text, "signed", "members")}</span><span data-dots="" aria-hidden="true"><i></i></span>
            }.into_any())}
            {tick_row(t.ok_witness, "witness", view! {
                <span class="d">{two_facts(t.ok_witness_text, "witnesses", "witnesses_of")}</span>
            }.into_any())}
            {tick_row(t.ok_fresh, "fresh", view! {
                {age("s", t.ok_fresh_s)} {age("min", t.ok_fresh_min)} {age("h", t.ok_fresh_h)}
            }.into_any())}
            {tick_row(t.ok_complete, "complete", view! {
                <span class="d">{with_fact(&t.ok_complete_text.replace("{n}", "{events}"), "events")}</span>
            }.into_any())}
            {tick_row(t.ok_pack, "pack", view! { <span class="d">{t.ok_pack_text}</span> }.into_any())}
        </ul>
    };
    let genesis = links.genesis_hash.clone();
    view! {
        <h2>{ctx.say(t.checked_title, &[])}</h2>
        {rows}
        <p class="d">{t.limit}</p>
        <details>
            <summary>{t.show_proof}</summary>
            <dl class="d">
                <dt>{t.proof_block}</dt><dd data-f="height"></dd>
                <dt>{t.proof_time}</dt><dd data-f="block_time"></dd>
                <dt>{t.proof_genesis}</dt><dd class="m">{genesis}</dd>
            </dl>
            <a class="b" href=links.bundle_url.clone() download="">{t.check_download} {icon(Icon::Save)}</a>
        </details>
        {offline_link(ctx, links)}
    }
    .into_any()
}

fn field_failed(ctx: Ctx<'_>, verdict: Verdict) -> AnyView {
    let t = ctx.t;
    let word = verdict_text(verdict, ctx.frame.lang, ProductKind::Medicine).word;
    // English quotes a word inside a sentence in lower case; Chinese has none.
    let why = ctx.say(t.failed_why, &[("word", &word.to_lowercase())]);
    let strip = strip_words(Icon::PhoneFailed, Some(ctx.say(t.strip_failed, &[])), t.strip_failed_rest.to_owned());
    view! {
        {verdict_icon(Shape::Octagon, Glyph::Crack)}
        {heading(t.failed_word, Some(t.failed_line))}
        <p class="y">{why}</p>
        <p class="s">{strip}</p>
    }
    .into_any()
}

fn cards_failed(ctx: Ctx<'_>, page: &ScanPage) -> AnyView {
    let t = ctx.t;
    let report = ctx.frame.report_url.clone().map(|url| plain_link(None, url, t.failed_report.to_owned()));
    let again = primary_link(Some(Icon::Again), page.retry_url.clone(), t.failed_again.to_owned());
    let what = card(t.do_title, view! { <p>{t.failed_do}</p> {again} {report} });
    let passed = [(t.ok_signed, "signed"), (t.ok_fresh, "fresh"), (t.ok_complete, "complete"), (t.ok_pack, "pack")];
    let passed = passed.map(|(title, group)| tick_row(title, group, ().into_any()));
    let failed = PARTS.map(|part| {
        let (title, text) = part_words(ctx, part);
        part_row(part.name(), before(part), title, text)
    });
    let recalled = part_row("recalled", "signed fresh complete pack", t.part_recalled, t.part_recalled_text);
    let found = card(
        &ctx.say(t.failed_found, &[]),
        view! { <ul class="k">{passed.into_iter().collect_view()}{recalled}{failed.into_iter().collect_view()}</ul> },
    );
    let fake = card(t.failed_fake, view! { <p>{t.failed_fake_text} " " <b>{ctx.frame.host.clone()}</b></p> });
    view! { {what} {found} {fake} }.into_any()
}

fn part_row(name: &'static str, after: &'static str, title: &'static str, text: &'static str) -> AnyView {
    view! {
        <li class="x" data-part=name data-after=after>{icon(Icon::Cross)}<b>{title}</b><span class="d">{text}</span></li>
    }
    .into_any()
}

/// The parts of a proof. The last stands for any name that the script does not find.
const PARTS: [Part; 12] = [
    Part::Certificate,
    Part::Header,
    Part::Freshness,
    Part::StateProof,
    Part::History,
    Part::BatchPath,
    Part::Containment,
    Part::Steps,
    Part::Witness,
    Part::Genesis,
    Part::Subject,
    Part::Format,
];

/// The groups of parts that the checker has found to hold when it stops at this part.
const fn before(part: Part) -> &'static str {
    match part {
        Part::Format | Part::Genesis | Part::Steps | Part::Header | Part::Certificate => "",
        Part::Freshness => "signed",
        Part::Witness => "signed fresh",
        Part::Subject | Part::StateProof | Part::History | Part::BatchPath => "signed fresh",
        Part::Containment => "signed fresh complete",
    }
}

/// What it means that a part does not hold.
fn part_words(ctx: Ctx<'_>, part: Part) -> (&'static str, &'static str) {
    words_of_part(ctx.t, part)
}

/// Title and explanation of a part of a proof that does not hold.
pub(super) const fn words_of_part(t: &'static ScanTexts, part: Part) -> (&'static str, &'static str) {
    match part {
        Part::Format => (t.part_format, t.part_format_text),
        Part::Genesis => (t.part_genesis, t.part_genesis_text),
        Part::Steps => (t.part_steps, t.part_steps_text),
        Part::Witness => (t.part_witness, t.part_witness_text),
        Part::Header => (t.part_header, t.part_header_text),
        Part::Certificate => (t.part_certificate, t.part_certificate_text),
        Part::Freshness => (t.part_freshness, t.part_freshness_text),
        Part::Subject => (t.part_subject, t.part_subject_text),
        Part::StateProof => (t.part_state_proof, t.part_state_proof_text),
        Part::History => (t.part_history, t.part_history_text),
        Part::BatchPath => (t.part_batch_path, t.part_batch_path_text),
        Part::Containment => (t.part_containment, t.part_containment_text),
    }
}

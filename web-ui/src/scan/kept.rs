//! Receipts of verdicts: the form under a verdict that makes one, and the page that shows one.
//!
//! The page speaks of the receipt first, unless the code says something worse now: a recall, or any other verdict that warns,
//! outranks the good news that the signature fits.

pub mod model;
mod texts;

use leptos::prelude::*;

use super::cards::grouped;
use super::css::Part;
use super::model::{ScanPage, Verdict};
use super::shell::{Ctx, Field, Sheet, card, plain_link, primary_link};
use crate::brand::{Glyph, Icon, Shape, verdict_icon};
use crate::verdict_text::{Role, drawing_of, role_of, verdict_text};
use model::{Keep, KeptPage, Said};
pub use texts::KeptTexts;

/// Where receipts are made and shown.
pub const KEPT_URL: &str = "/scan/receipt";
/// Where the key is that signs them.
pub const KEPT_KEY_URL: &str = "/.well-known/tracelight-receipt-key";

/// Adds the form under a verdict.
pub(super) fn place(ctx: Ctx<'_>, page: &ScanPage, cards: &mut Vec<AnyView>) {
    let Some(form) = &page.keep else { return };
    let t = KeptTexts::of(ctx.frame.lang);
    let inner = view! {
        <p class="d">{t.keep_text}</p>
        <form method="post" action=form.post_url.clone()>
            <input type="hidden" name="token" value=form.token.clone()/> <button class="b">{t.keep_button}</button>
        </form>
    };
    cards.push(card(t.keep_title, inner));
}

/// Does this verdict outrank the news that a receipt fits?
const fn warns(verdict: Verdict) -> bool {
    !matches!(
        verdict,
        Verdict::FirstCheck | Verdict::CheckedBefore | Verdict::SoldOrDispensed | Verdict::CannotCheckNow
    )
}

/// The page.
pub(super) fn kept(ctx: Ctx<'_>, page: &KeptPage) -> Sheet {
    let t = KeptTexts::of(ctx.frame.lang);
    let Some(said) = &page.said else { return not_ours(ctx) };
    let words = |verdict| verdict_text(verdict, ctx.frame.lang, page.kind);
    let when = ctx.clock.moment(said.said_ms);
    let why = ctx.say(t.why, &[("when", &when), ("word", words(said.verdict).word)]);
    let worse = page.now.filter(|now| warns(*now));
    let (role, icon, word, line) = match worse {
        Some(now) => {
            let (shape, glyph) = drawing_of(now);
            (role_of(now), Some(verdict_icon(shape, glyph)), words(now).word, words(now).line)
        }
        None => (Role::Paper, None, t.ours, t.ours_line),
    };
    let mut cards = Vec::new();
    cards.extend(page.keep.as_ref().map(|keep| save(ctx, keep)));
    cards.push(card(t.now_title, now_words(ctx, page, said)));
    cards.push(card(t.then_title, then(ctx, page, said)));
    Sheet {
        field: Field {
            role,
            icon,
            word: word.to_owned(),
            line: Some(line.to_owned()),
            why: Some(why.into_any()),
            strip: None,
        },
        cards,
        templates: None,
        script: None,
        parts: vec![Part::Button, Part::Record, Part::Middle],
    }
}

fn not_ours(ctx: Ctx<'_>) -> Sheet {
    let t = KeptTexts::of(ctx.frame.lang);
    let entry = primary_link(None, ctx.frame.code_entry_url.clone(), ctx.t.footer_type.to_owned());
    Sheet {
        field: Field {
            role: Role::Warn,
            icon: Some(verdict_icon(Shape::Triangle, Glyph::Mark)),
            word: t.not_ours.to_owned(),
            line: Some(t.not_ours_line.to_owned()),
            why: None,
            strip: None,
        },
        cards: vec![card(ctx.t.answer_next, view! { <p>{t.not_ours_text}</p> {entry} })],
        templates: None,
        script: None,
        parts: vec![Part::Button],
    }
}

fn now_words(ctx: Ctx<'_>, page: &KeptPage, said: &Said) -> AnyView {
    let t = KeptTexts::of(ctx.frame.lang);
    let open = primary_link(None, said.code.path.clone(), t.now_open.to_owned());
    let words = match page.now {
        None | Some(Verdict::CannotCheckNow) => t.now_none.to_owned(),
        Some(now) if now == said.verdict => t.now_same.to_owned(),
        Some(now) => {
            let text = verdict_text(now, ctx.frame.lang, page.kind);
            format!("{}{}{}", text.word, ctx.t.colon, text.line)
        }
    };
    view! { <p>{words}</p> {open} }.into_any()
}

fn then(ctx: Ctx<'_>, page: &KeptPage, said: &Said) -> AnyView {
    let t = KeptTexts::of(ctx.frame.lang);
    let words = verdict_text(said.verdict, ctx.frame.lang, page.kind);
    let row = |label: &'static str, value: AnyView| view! { <div><dt class="d">{label}</dt><dd>{value}</dd></div> };
    let lot = said.code.lot.as_ref().map(|lot| format!("(10){lot} "));
    let code = view! {
        <span class="m">{format!("(01){} ", said.code.gtin)} {lot} "(21)" {grouped(&said.code.serial)}</span>
    };
    view! {
        <dl class="r">
            {row(t.then_when, ctx.clock.moment(said.said_ms).into_any())}
            {row(t.then_word, format!("{}{}{}", words.word, ctx.t.colon, words.line).into_any())}
            {row(t.then_code, code.into_any())} {row(t.then_block, said.height.to_string().into_any())}
        </dl>
    }
    .into_any()
}

fn save(ctx: Ctx<'_>, keep: &Keep) -> AnyView {
    let t = KeptTexts::of(ctx.frame.lang);
    let qr = keep.qr.as_ref().map(|(modules, path)| {
        let inner = format!(r##"<path fill="#fff" d="M0 0h{modules}v{modules}H0z"/><path fill="#000" d="{path}"/>"##);
        view! {
            <p class="z">
                <svg
                    role="img" aria-label=t.save_qr width="240" height="240" viewBox=format!("0 0 {modules} {modules}")
                    shape-rendering="crispEdges" inner_html=inner
                ></svg>
            </p>
        }
    });
    let bundle = keep.bundle.as_ref().map(|bytes| {
        let url = format!("data:application/octet-stream;base64,{bytes}");
        view! { <a class="b" href=url download="tracelight-bundle.bin">{t.save_bundle} {crate::brand::icon(Icon::Save)}</a> }
    });
    let how = ctx.say(t.save_how, &[("key", &format!("{}{KEPT_KEY_URL}", ctx.frame.host))]);
    card(
        t.save_title,
        view! {
            <p>{t.save_text}</p> {qr} {plain_link(Some(Icon::Paper), keep.url.clone(), t.save_open.to_owned())} {bundle}
            <p class="d">{how}</p>
        },
    )
}

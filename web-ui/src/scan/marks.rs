//! The card of the pack's marks: what an NFC tag, a covered PIN or a look at the hologram proved, the form for a PIN, and the way to the
//! questions about a hologram ([`questions`]).
//!
//! It speaks of the code and its mark, never of the goods, and it never says more than the verdict above it allows:
//!
//! | verdict | card |
//! |---|---|
//! | active, checked before, sold | what was found, first of all cards; the form for a PIN behind the verdict's own |
//! | cannot check now | none |
//! | every other | bad news alone, behind the verdict's own cards; good news becomes "what stands above counts", and there is no form |

pub mod model;
mod questions;
mod texts;

use leptos::prelude::*;

use super::css::Part;
use super::model::{ScanPage, Verdict};
use super::shell::{Ctx, plain_link};
use crate::brand::{Icon, icon};
use model::{MarkCard, MarkFound, PIN_FIELD_CHARS_MAX, PinFault, PinForm};
pub use questions::QuestionsPage;
pub(super) use questions::questions;
pub use texts::MarkTexts;

/// Adds the card where it belongs.
pub(super) fn place(ctx: Ctx<'_>, page: &ScanPage, cards: &mut Vec<AnyView>, parts: &mut Vec<Part>) {
    let Some(marks) = page.marks.as_ref().filter(|_| page.verdict != Verdict::CannotCheckNow) else { return };
    let allows = allows_good_news(page.verdict);
    let form = marks.form.as_ref().filter(|_| allows && !is_over(marks));
    let hologram =
        marks.hologram_url.as_ref().filter(|_| allows && !marks.found.is_some_and(MarkFound::is_of_a_hologram));
    if form.is_some() {
        parts.extend([Part::Form, Part::Gap]);
    }
    match marks.found {
        Some(found) if allows => cards.insert(0, section(ctx, Some(found), form)),
        Some(found) => cards.push(section(ctx, Some(below(found)), None)),
        None if form.is_some() => cards.push(section(ctx, None, form)),
        None => {}
    }
    if let Some(url) = hologram {
        let t = MarkTexts::of(ctx.frame.lang);
        let link = plain_link(Some(Icon::Look), url.clone(), t.holo_open.to_owned());
        parts.push(Part::Button);
        let id = if marks.found.is_none() && form.is_none() { "mark" } else { "hologram" };
        cards.push(
            view! { <section class="c" id=id><h2>{icon(Icon::Look)} " " {t.holo_title}</h2><p>{t.holo_text}</p> {link}</section> }
                .into_any(),
        );
    }
}

/// May a mark's good news stand beside this verdict?
pub const fn allows_good_news(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::FirstCheck | Verdict::CheckedBefore | Verdict::SoldOrDispensed)
}

/// What is left of a finding below a verdict that outranks it.
const fn below(found: MarkFound) -> MarkFound {
    match found {
        MarkFound::TagOpened | MarkFound::TagDiffers | MarkFound::PinDiffers { .. } | MarkFound::HologramDiffers => {
            found
        }
        _ => MarkFound::Outranked,
    }
}

/// Is there nothing left to be typed?
fn is_over(marks: &MarkCard) -> bool {
    match marks.found {
        None | Some(MarkFound::NotNow | MarkFound::TooOften { .. }) => false,
        Some(found) if found.is_of_a_hologram() => false,
        Some(MarkFound::PinDiffers { left }) => left == 0,
        Some(found) => !found.is_of_a_tag(),
    }
}

fn section(ctx: Ctx<'_>, found: Option<MarkFound>, form: Option<&PinForm>) -> AnyView {
    let t = MarkTexts::of(ctx.frame.lang);
    let said = found.map(|found| said(ctx, found));
    let (sign, word) = said.as_ref().map_or((Icon::Look, t.pin_title), |said| (said.sign, said.word));
    // The form has a title of its own below what a tag said.
    let second = form.is_some() && found.is_some_and(|found| found.is_of_a_tag() || found.is_of_a_hologram());
    let second = second.then(|| view! { <p><b>{t.pin_title}</b></p> });
    let text = said.as_ref().map(|said| view! { <p>{said.text.clone()}</p> });
    let next = said.and_then(|said| said.next);
    let form = form.map(|form| pin_form(ctx, form, found));
    view! { <section class="c" id="mark"><h2>{icon(sign)} " " {word}</h2>{text} {next} {second} {form}</section> }
        .into_any()
}

struct Said {
    sign: Icon,
    word: &'static str,
    text: String,
    next: Option<AnyView>,
}

/// Icon, word, one sentence and the next action.
fn said(ctx: Ctx<'_>, found: MarkFound) -> Said {
    let t = MarkTexts::of(ctx.frame.lang);
    let line = |text: &str| Some(view! { <p>{ctx.say(text, &[])}</p> }.into_any());
    let report = |text: &'static str| ctx.frame.report_url.clone().map(|url| plain_link(None, url, text.to_owned()));
    let when = |at_ms: i64| ctx.clock.moment(at_ms);
    let (sign, word, text, next) = match found {
        MarkFound::PinFirst => (Icon::Tick, t.pin_first, t.pin_first_text.to_owned(), line(t.pin_first_next)),
        MarkFound::PinBefore { at_ms, count } => {
            let text = ctx.say(t.pin_before_text, &[("when", &when(at_ms)), ("n", &count.to_string())]);
            (Icon::Again, t.pin_before, text, report(t.pin_before_next))
        }
        MarkFound::PinDiffers { .. } => (Icon::Cross, t.pin_differs, t.pin_differs_text.to_owned(), None),
        MarkFound::PinSpent => (Icon::NoSignal, t.pin_spent, t.pin_spent_text.to_owned(), line(t.pin_spent_next)),
        MarkFound::PinUnknown => {
            (Icon::NoSignal, t.pin_unknown, t.pin_unknown_text.to_owned(), line(t.pin_unknown_next))
        }
        MarkFound::TagFresh => (Icon::Tick, t.tag_fresh, t.tag_fresh_text.to_owned(), line(t.tag_fresh_next)),
        MarkFound::TagUsed { at_ms } => {
            (Icon::Again, t.tag_used, ctx.say(t.tag_used_text, &[("when", &when(at_ms))]), line(t.tag_used_next))
        }
        MarkFound::TagOpened => (Icon::Cross, t.tag_opened, t.tag_opened_text.to_owned(), report(t.report)),
        MarkFound::TagDiffers => (Icon::Cross, t.tag_differs, t.tag_differs_text.to_owned(), report(t.report)),
        MarkFound::TagUnreadable => (Icon::NoSignal, t.tag_unread, t.tag_unread_text.to_owned(), line(t.tag_used_next)),
        MarkFound::HologramFits => (Icon::Look, t.holo_fits, t.holo_fits_text.to_owned(), line(t.tag_fresh_next_plain)),
        MarkFound::HologramDiffers => (Icon::Cross, t.holo_differs, t.holo_differs_text.to_owned(), report(t.report)),
        MarkFound::HologramOpen => {
            (Icon::NoSignal, t.holo_unsure, t.holo_unsure_text.to_owned(), line(t.holo_unsure_next))
        }
        MarkFound::NotNow => (Icon::NoSignal, t.not_now, t.not_now_text.to_owned(), line(t.not_now_next)),
        MarkFound::TooOften { seconds } => {
            let next = ctx.say(t.too_often_next, &[("n", &seconds.to_string())]);
            (Icon::NoSignal, t.too_often, t.too_often_text.to_owned(), line(&next))
        }
        MarkFound::Outranked => (Icon::Look, t.outranked, t.outranked_text.to_owned(), None),
    };
    // A wrong PIN's next action is its form; when no try is left, the sentence for that.
    let next = match found {
        MarkFound::PinDiffers { left: 0 } => line(t.pin_none_left),
        _ => next,
    };
    Said { sign, word, text, next }
}

/// The form for a PIN, with what is wrong with the last one.
fn pin_form(ctx: Ctx<'_>, form: &PinForm, found: Option<MarkFound>) -> AnyView {
    let t = MarkTexts::of(ctx.frame.lang);
    let fault = match (form.fault, found) {
        (Some(PinFault::NoPin), _) => Some(t.pin_fault.to_owned()),
        (None, Some(MarkFound::PinDiffers { left })) => Some(ctx.say(t.pin_left, &[("n", &left.to_string())])),
        (None, _) => None,
    };
    let invalid = fault.is_some().then_some("true");
    let described = if fault.is_some() { "pin-e pin-h" } else { "pin-h" };
    let fault = fault.map(|text| view! { <p class="e" id="pin-e">{text}</p> });
    let intro = found.is_none().then(|| view! { <p>{t.pin_text}</p> });
    view! {
        {intro}
        <form method="post" action=form.post_url.clone()>
            <label for="pin">{t.pin_label}</label>
            <input
                class="m" type="text" id="pin" name="pin" value=form.typed.clone() required=true
                maxlength=PIN_FIELD_CHARS_MAX.to_string() inputmode="text" autocomplete="off" autocapitalize="characters"
                spellcheck="false" aria-describedby=described aria-invalid=invalid
            />
            {fault}
            <p class="d" id="pin-h">{t.pin_hint}</p>
            <button class="b p">{t.pin_button}</button>
            <input type="hidden" name="token" value=form.token.clone()/>
        </form>
    }
    .into_any()
}

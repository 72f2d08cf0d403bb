//! The pages without a verdict: typing a code, the report, its receipt, and the answer to a question.
//!
//! Plain forms, complete without scripts. Every field has its label above it, its hint, and its error in words below it,
//! tied by `aria-describedby`.

use leptos::prelude::*;

use super::cards::grouped;
use super::css::Part;
use super::evidence::OFFLINE_URL;
use super::model::{
    Answer, AnswerPage, CodeEntryPage, CodeFacts, CodeFault, PhotoFault, Photos, PhotosFault, ProductFacts,
    ReceiptPage, ReportFault, ReportPage, ReportWhat, TypedCode,
};
use super::shell::{Ctx, Field, Sheet, card, plain_link, primary_link, tel};
use super::{CODE_CHARS_MAX, REPORT_TEXT_CHARS_MAX};
use super::{camera, place};
use crate::brand::{Glyph, Icon, Shape, icon, verdict_icon};
use crate::verdict_text::Role;

/// The form for typing a code, with what is wrong with the last one.
pub(super) fn code_form(ctx: Ctx<'_>, typed: &TypedCode, button: &'static str) -> AnyView {
    let t = ctx.t;
    let fault = typed.fault.as_ref().map(|fault| fault_words(ctx, fault));
    let invalid = fault.is_some().then_some("true");
    let described = if fault.is_some() { "code-e code-h" } else { "code-h" };
    let fault = fault.map(|(strong, rest)| view! { <p class="e" id="code-e"><b>{strong}</b>{rest}</p> });
    view! {
        <form method="get" action=ctx.frame.code_entry_url.clone()>
            <label for="code">{t.typed_label}</label>
            <input
                class="m" type="text" id="code" name="code" value=typed.text.clone() required=true
                maxlength=CODE_CHARS_MAX.to_string() inputmode="text" autocomplete="off" autocapitalize="off"
                spellcheck="false" aria-describedby=described aria-invalid=invalid
            />
            {fault}
            <p class="d" id="code-h">{t.typed_hint}</p>
            <button class="b p">{button}</button>
        </form>
    }
    .into_any()
}

/// What is wrong, and what to do about it.
fn fault_words(ctx: Ctx<'_>, fault: &CodeFault) -> (String, Option<String>) {
    let t = ctx.t;
    match fault {
        CodeFault::Empty => (t.fault_empty.to_owned(), None),
        CodeFault::CheckDigit { others, expected, found } => {
            let values = [others.to_string(), expected.to_string(), found.to_string()];
            let [n, expected, found] = &values;
            let rest = ctx.say(t.fault_digit_rest, &[("n", n), ("expected", expected), ("found", found)]);
            (t.fault_digit.to_owned(), Some(rest))
        }
        CodeFault::NotAllowed { position, found } => {
            let strong = ctx.say(t.fault_char, &[("n", &position.to_string())]);
            (strong, Some(ctx.say(t.fault_char_rest, &[("found", &found.to_string())])))
        }
        CodeFault::Length { found, expected } => {
            let (found, expected) = (found.to_string(), expected.to_string());
            let rest = ctx.say(t.fault_length_rest, &[("found", &found), ("expected", &expected)]);
            (t.fault_length.to_owned(), Some(rest))
        }
        CodeFault::NoSerial => (t.fault_no_serial.to_owned(), Some(t.fault_no_serial_rest.to_owned())),
    }
}

/// The page for typing a code.
pub(super) fn code_entry(ctx: Ctx<'_>, page: &CodeEntryPage) -> Sheet {
    let t = ctx.t;
    let offline = format!("{OFFLINE_URL}?lang={}", ctx.frame.lang.tag());
    Sheet {
        field: Field {
            role: Role::Paper,
            icon: None,
            word: t.entry_title.to_owned(),
            line: None,
            why: Some(t.entry_text.into_any()),
            strip: None,
        },
        cards: vec![
            view! { <section class="c">{code_form(ctx, &page.typed, t.entry_button)}</section> }.into_any(),
            view! { <section class="c"><p><a href=offline download="">{t.offline_page}</a></p></section> }.into_any(),
        ],
        templates: page.camera_url.is_some().then(|| camera::template(ctx)),
        script: page.camera_url.clone().map(|url| view! { <script defer=true src=url></script> }.into_any()),
        parts: vec![Part::Button, Part::Form, Part::Gap, Part::Camera],
    }
}

/// The page after an equal button.
pub(super) fn answer(ctx: Ctx<'_>, page: &AnswerPage) -> Sheet {
    let t = ctx.t;
    let (role, word, line, text) = match page.answer {
        Answer::Match => (Role::Paper, t.answer_match, t.answer_match_line, t.answer_match_text),
        Answer::Mine => (Role::Paper, t.answer_mine, t.answer_mine_line, t.answer_mine_text),
        Answer::Differs => (Role::Warn, t.answer_differs, t.answer_differs_line, t.answer_differs_text),
        Answer::NotMine => (Role::Warn, t.answer_not_mine, t.answer_not_mine_line, t.answer_not_mine_text),
    };
    let back = page.back_url.clone();
    let buttons = if role == Role::Warn {
        let report = ctx.frame.report_url.clone();
        let report = report.map(|url| primary_link(None, url, t.do_report.to_owned()));
        let call = page.product.as_ref().and_then(|product| {
            let number = product.hotline.as_deref()?;
            let text = ctx.say(t.recall_call, &[("maker", &product.maker_short)]);
            Some(plain_link(Some(Icon::Call), tel(number), text))
        });
        view! { {report} {call} {plain_link(None, back, t.answer_back.to_owned())} }.into_any()
    } else {
        primary_link(None, back, t.answer_back.to_owned())
    };
    Sheet {
        field: Field {
            role,
            icon: (role == Role::Warn).then(|| verdict_icon(Shape::Triangle, Glyph::Mark)),
            word: word.to_owned(),
            line: Some(line.to_owned()),
            why: None,
            strip: None,
        },
        cards: vec![card(t.answer_next, view! { <p>{text}</p> {buttons} })],
        templates: page.place.as_ref().map(|form| place::template(ctx, form)),
        script: page.place.as_ref().map(place::script),
        parts: vec![Part::Button],
    }
}

/// The report form.
pub(super) fn report(ctx: Ctx<'_>, page: &ReportPage) -> Sheet {
    let t = ctx.t;
    Sheet {
        field: Field {
            role: Role::Paper,
            icon: None,
            word: t.report_title.to_owned(),
            line: None,
            why: Some(t.report_lead.into_any()),
            strip: None,
        },
        cards: vec![report_form(ctx, page)],
        templates: None,
        script: None,
        parts: vec![Part::Button, Part::Form, Part::Report, Part::Open],
    }
}

fn report_form(ctx: Ctx<'_>, page: &ReportPage) -> AnyView {
    let t = ctx.t;
    let enctype = (page.photos == Photos::Offered).then_some("multipart/form-data");
    let fault = page.retry.as_ref().map(|retry| retry.fault);
    let where_title = if page.photos == Photos::Offered { t.report_where_3 } else { t.report_where_2 };
    let (place, contact) =
        page.retry.as_ref().map(|retry| (retry.place.clone(), retry.contact.clone())).unwrap_or_default();
    let long = REPORT_TEXT_CHARS_MAX.to_string();
    let too_long = (fault == Some(ReportFault::TextTooLong)).then(|| {
        view! { <p class="e">{ctx.say(t.report_fault_long, &[("n", &long)])}</p> }
    });
    let contact_open = (!contact.is_empty()).then_some(true);
    view! {
        <form class="c" method="post" action=page.post_url.clone() enctype=enctype>
            <input type="hidden" name="token" value=page.token.clone()/>
            {about(ctx, page.product.as_ref(), page.code.as_ref())} {question_what(ctx, page, fault)} {question_photos(ctx, page, fault)}
            <p><label for="where">{where_title} " " <span class="d">{t.report_where_hint}</span></label></p>
            <input type="text" id="where" name="where" value=place maxlength=long.clone() autocomplete="off"/>
            {too_long}
            <details open=contact_open>
                <summary>{t.report_contact} " " <span class="d">{t.report_optional}</span></summary>
                <p><label for="contact">{t.report_contact_label}</label></p>
                <input type="text" id="contact" name="contact" value=contact maxlength=long.clone()/>
            </details>
            <button class="b p">{t.report_send}</button>
            <p class="d">{t.report_goes}</p>
        </form>
    }
    .into_any()
}

/// Which pack a form is about.
pub(super) fn about(ctx: Ctx<'_>, product: Option<&ProductFacts>, code: Option<&CodeFacts>) -> Option<AnyView> {
    let t = ctx.t;
    let code = code?;
    let name = product.map(|product| view! { <b>{ctx.run(&product.name)}</b> });
    let lot = code.lot.as_ref().map(|lot| ctx.say(t.report_lot, &[("lot", lot)]));
    Some(
        view! {
            <p class="d">{t.report_about} {name} {lot} " · " <span class="m">{grouped(&code.serial)}</span></p>
        }
        .into_any(),
    )
}

fn question_what(ctx: Ctx<'_>, page: &ReportPage, fault: Option<ReportFault>) -> AnyView {
    let t = ctx.t;
    let missing = fault == Some(ReportFault::NothingChosen);
    let chosen = page.retry.as_ref().and_then(|retry| retry.what);
    let error = missing.then(|| view! { <p class="e" id="what-e">{t.report_fault_choose}</p> });
    let rows = ReportWhat::ALL.map(|what| {
        let text = match what {
            ReportWhat::Looks => t.report_looks,
            ReportWhat::Print => t.report_print,
            ReportWhat::Seal => t.report_seal,
            ReportWhat::Seller => t.report_seller,
            ReportWhat::Other => t.report_other,
        };
        let checked = (chosen == Some(what)).then_some(true);
        view! { <label><input type="radio" name="what" value=what.name() required=true checked=checked/> {text}</label> }
    });
    view! {
        <fieldset aria-describedby=missing.then_some("what-e")>
            <legend>{t.report_what}</legend> {error} {rows.into_iter().collect_view()}
        </fieldset>
    }
    .into_any()
}

fn question_photos(ctx: Ctx<'_>, page: &ReportPage, fault: Option<ReportFault>) -> Option<AnyView> {
    let t = ctx.t;
    if page.photos == Photos::NotOffered {
        return None;
    }
    let error = match fault {
        Some(ReportFault::Photos(fault)) => {
            let again = if fault.fault == PhotoFault::Full { "" } else { t.photo_again };
            Some(view! { <p class="e" id="photos-e">{photo_words(ctx, fault)} {again}</p> })
        }
        _ => None,
    };
    let described = if error.is_some() { "photos-e photos-h" } else { "photos-h" };
    let invalid = error.is_some().then_some("true");
    // By their names, so that a phone that keeps HEIC sends a JPEG of it.
    let kinds = "image/jpeg,image/png,image/webp";
    Some(
        view! {
            <p id="photos-l"><b>{t.report_photos}</b> " " <span class="d">{t.report_photos_hint}</span></p>
            <label class="b w">
                {icon(Icon::Camera)} <span>{t.report_photos_button}</span>
                <input
                    type="file" name="photos" accept=kinds multiple=true aria-labelledby="photos-l"
                    aria-describedby=described aria-invalid=invalid
                />
            </label>
            {error}
            <p class="d" id="photos-h">{t.report_photos_text}</p>
        }
        .into_any(),
    )
}

/// Which photo, why not, and the way out.
fn photo_words(ctx: Ctx<'_>, fault: PhotosFault) -> String {
    let t = ctx.t;
    let words = match fault.fault {
        PhotoFault::TooMany => t.photo_too_many,
        PhotoFault::TooLarge => t.photo_too_large,
        PhotoFault::Heic => t.photo_heic,
        PhotoFault::NotAPicture => t.photo_no_picture,
        PhotoFault::TooManyPixels => t.photo_pixels,
        PhotoFault::Damaged => t.photo_damaged,
        PhotoFault::Busy => t.photo_busy,
        PhotoFault::Full => t.photo_full,
    };
    let about_one = !matches!(fault.fault, PhotoFault::TooMany | PhotoFault::Busy | PhotoFault::Full);
    if !about_one || fault.number == 0 {
        return words.to_owned();
    }
    format!("{}{words}", ctx.say(t.photo_number, &[("n", &fault.number.to_string())]))
}

/// The page after a report.
pub(super) fn receipt(ctx: Ctx<'_>, page: &ReceiptPage) -> Sheet {
    let t = ctx.t;
    let (answered, open) = match page.case_url.clone() {
        Some(url) => (t.receipt_answered_text, Some(plain_link(None, url, t.receipt_open.to_owned()))),
        None => (t.receipt_answered_plain, None),
    };
    let received = ctx.clock.moment(page.received_at_ms);
    let photos = (page.photos > 0).then(|| format!(" · {}{}{}", t.receipt_photos, t.colon, page.photos));
    let next = view! {
        <ol class="j">
            <li><b>{t.receipt_received}</b><span class="d">{received} {photos}</span></li>
            <li class="now"><b>{t.receipt_looked}</b><span class="d">{t.receipt_looked_text}</span></li>
            <li class="now"><b>{t.receipt_answered}</b><span class="d">{answered}</span></li>
        </ol>
    };
    let pdf = page.pdf_url.clone().map(|url| primary_link(Some(Icon::Save), url, t.receipt_pdf.to_owned()));
    let call = page
        .hotline
        .clone()
        .map(|number| plain_link(Some(Icon::Call), tel(&number), ctx.say(t.receipt_hotline, &[("n", &number)])));
    let why = view! { {t.receipt_case} <b class="m">{page.case_number.clone()}</b> };
    Sheet {
        field: Field {
            role: Role::Paper,
            icon: Some(
                view! { <svg class="vi" viewBox="0 0 24 24" aria-hidden="true" inner_html=tray()></svg> }.into_any(),
            ),
            word: t.receipt_title.to_owned(),
            line: Some(t.receipt_line.to_owned()),
            why: Some(why.into_any()),
            strip: None,
        },
        cards: vec![
            card(t.receipt_next, next),
            card(t.receipt_keep, view! { <p>{t.receipt_keep_text}</p> {pdf} {open} {call} }),
        ],
        templates: None,
        script: None,
        parts: vec![Part::Button, Part::Journey, Part::Outline],
    }
}

/// The tray as a verdict-sized drawing in the text's colour.
fn tray() -> String {
    format!(r#"<g class="o">{}</g>"#, Icon::Tray.paths())
}

//! The frame of every scan page: document, header, field, footer.
//!
//! ```text
//! body:   div.v.<role>( header, div#f[role=status]( icon, h1#h, why, strip#s ) ), main#m( cards ), footer, templates
//! ```
//!
//! The field stands first in reading order after the header. It is `role=status` without `aria-atomic`, so that a later
//! change of the strip announces the strip and not the whole field. Nothing here has a `style` attribute.

use leptos::prelude::*;

use super::css::{Part, style_sheet};
use super::dates::Clock;
use super::model::{Device, Frame};
use super::texts::ScanTexts;
use crate::brand::{self, Icon, icon};
use crate::i18n::{fill, run_lang};
use crate::verdict_text::Role;

/// Reader, texts and clock of one page.
#[derive(Clone, Copy)]
pub(super) struct Ctx<'a> {
    pub frame: &'a Frame,
    pub t: &'static ScanTexts,
    pub clock: Clock,
}

impl<'a> Ctx<'a> {
    pub fn new(frame: &'a Frame) -> Self {
        let clock = Clock { lang: frame.lang, utc_offset_minutes: frame.utc_offset_minutes };
        Self { frame, t: ScanTexts::of(frame.lang), clock }
    }

    /// Fills `{d}` and the given values.
    pub fn say(&self, text: &str, values: &[(&str, &str)]) -> String {
        let device = match self.frame.device {
            Device::Phone => self.t.phone,
            Device::Computer => self.t.device,
        };
        let mut all = vec![("d", device)];
        all.extend_from_slice(values);
        fill(text, &all)
    }

    /// A run of registered data, with its language when it is not the page's.
    pub fn run(&self, text: &str) -> AnyView {
        let lang = run_lang(text, self.frame.lang);
        let text = text.to_owned();
        match lang {
            Some(lang) => view! { <span lang=lang>{text}</span> }.into_any(),
            None => text.into_any(),
        }
    }
}

/// What the field says.
pub(super) struct Field {
    pub role: Role,
    pub icon: Option<AnyView>,
    pub word: String,
    pub line: Option<String>,
    pub why: Option<AnyView>,
    pub strip: Option<AnyView>,
}

/// One page, ready to be put together.
pub(super) struct Sheet {
    pub field: Field,
    pub cards: Vec<AnyView>,
    pub templates: Option<AnyView>,
    pub script: Option<AnyView>,
    pub parts: Vec<Part>,
}

/// Writes the document.
pub(super) fn document(ctx: Ctx<'_>, make: impl FnOnce() -> Sheet) -> String {
    // Views read the reactive owner when they are made and when they are written.
    let html = Owner::new().with(|| {
        let sheet = make();
        whole(ctx, sheet).to_html()
    });
    // Markers between texts, for hydration, which these pages do not have. Every `<` of data is escaped by now.
    html.replace("<!>", "")
}

fn whole(ctx: Ctx<'_>, sheet: Sheet) -> AnyView {
    let Sheet { field, cards, templates, script, mut parts } = sheet;
    let role = field.role;
    parts.insert(0, Part::Field(role.class()));
    if role == Role::Stop {
        parts.push(Part::Tape);
    }
    if field.strip.is_none() {
        parts.push(Part::Plain);
    }
    let css = style_sheet(&parts);
    let title = match &field.line {
        Some(line) => format!("{}{}{} · {}", field.word, ctx.t.colon, line, brand::NAME),
        None => format!("{} · {}", field.word, brand::NAME),
    };
    view! {
        <!DOCTYPE html>
        <html lang=ctx.frame.lang.tag()>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width,initial-scale=1"/>
                <meta name="robots" content="noindex"/>
                <meta name="format-detection" content="telephone=no"/>
                <title>{title}</title>
                <style inner_html=css></style>
                {script}
            </head>
            <body>
                <div id="v" class=format!("v {}", role.class())>
                    {header(ctx)} {field_view(field)}
                </div>
                <main id="m">{cards}</main>
                {footer(ctx)} {templates}
            </body>
        </html>
    }
    .into_any()
}

fn header(ctx: Ctx<'_>) -> AnyView {
    let other = ctx.frame.lang.other();
    view! {
        <header>
            <p>{brand::mark()} {brand::NAME}</p>
            <a class="l" href=ctx.frame.other_language_url.clone() lang=other.tag() hreflang=other.tag()>
                {other.own_name()}
            </a>
        </header>
    }
    .into_any()
}

fn field_view(field: Field) -> AnyView {
    // A form or a receipt is no answer that a reader waits for, so it is no status but a region of the page.
    let (role, atomic, label) = match field.role {
        Role::Paper => ("region", None, Some("h")),
        _ => ("status", Some("false"), None),
    };
    let why = field.why.map(|why| view! { <p class="y">{why}</p> });
    view! {
        <div id="f" role=role aria-atomic=atomic aria-labelledby=label>
            {field.icon} {heading(&field.word, field.line.as_deref())} {why} {field.strip}
        </div>
    }
    .into_any()
}

/// Word and line, as the page's one `h1`.
pub(super) fn heading(word: &str, line: Option<&str>) -> AnyView {
    let line = line.map(|line| view! { " " <span class="n">{line.to_owned()}</span> });
    view! { <h1 id="h" tabindex="-1"><span>{word.to_owned()}</span>{line}</h1> }.into_any()
}

/// A text that may be empty. An empty text would be written as a space.
pub(super) fn part_of_text(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// A strip's content: an icon and a sentence, of which the start may be strong.
pub(super) fn strip_words(sign: Icon, strong: Option<String>, rest: String) -> AnyView {
    let strong = strong.map(|strong| view! { <b>{strong}</b> });
    view! { {icon(sign)} <span>{strong} {rest}</span> }.into_any()
}

fn footer(ctx: Ctx<'_>) -> AnyView {
    let t = ctx.t;
    let (before, after) = t.footer_host.split_once("{host}").unwrap_or((t.footer_host, ""));
    let (before, after) = (part_of_text(before), part_of_text(after));
    let report = ctx.frame.report_url.clone().map(|url| view! { <a href=url>{t.footer_report}</a> });
    let privacy = ctx.frame.privacy_url.clone().map(|url| view! { <a href=url>{t.footer_privacy}</a> });
    view! {
        <footer class="d">
            <p>{before} <b>{ctx.frame.host.clone()}</b> {after}</p>
            <p>
                {report} " " <a href=ctx.frame.code_entry_url.clone()>{t.footer_type}</a> " "
                <a href=ctx.frame.recalls_url.clone()>{t.footer_recalls}</a> " " {privacy}
            </p>
        </footer>
    }
    .into_any()
}

/// A card with a title.
pub(super) fn card(title: &str, inner: impl IntoView + 'static) -> AnyView {
    view! { <section class="c"><h2>{title.to_owned()}</h2>{inner.into_view()}</section> }.into_any()
}

/// A filled button that is a link. One per page.
pub(super) fn primary_link(sign: Option<Icon>, url: String, text: String) -> AnyView {
    view! { <a class="b p" href=url>{text} {sign.map(icon)}</a> }.into_any()
}

/// An outlined button that is a link. Its words come first and the sign stands before them by the style: a page arrives in pieces, and what is
/// there already does not move when the sign comes ([`super::css`]).
pub(super) fn plain_link(sign: Option<Icon>, url: String, text: String) -> AnyView {
    view! { <a class="b" href=url>{text} {sign.map(icon)}</a> }.into_any()
}

/// A `tel:` target of a printed number: digits and a leading plus.
pub(super) fn tel(number: &str) -> String {
    let kept: String = number.chars().filter(|c| c.is_ascii_digit() || *c == '+').take(20).collect();
    format!("tel:{kept}")
}

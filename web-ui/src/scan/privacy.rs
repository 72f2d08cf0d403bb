//! What is kept of a reader: one page, in the words of people, that every page for shoppers leads to.
//!
//! How long something is kept comes from whoever deletes it, so that the page cannot promise other times than are held.

mod texts;

use leptos::prelude::*;

use super::css::Part;
use super::model::Frame;
use super::shell::{Ctx, Field, Sheet, card};
use crate::verdict_text::Role;
pub use texts::PrivacyTexts;

/// Address of the page.
pub const PRIVACY_URL: &str = "/privacy";

/// The page.
#[derive(Clone, Debug)]
pub struct PrivacyPage {
    /// Reader and links.
    pub frame: Frame,
    /// What the alliance calls itself.
    pub alliance: String,
    /// Where to ask, as the operator wrote it.
    pub contact: Option<String>,
    /// How long things are kept.
    pub kept: KeptDays,
}

/// Days after which something is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeptDays {
    /// What shows that one device has checked several codes.
    pub devices: u64,
    /// Rough areas.
    pub places: u64,
    /// A phone's own memory of a code.
    pub checked: u64,
    /// Contact and photos of a report, after its case was closed.
    pub contacts: u64,
    /// The same, after it came, at the latest.
    pub contacts_at_most: u64,
}

/// One card for each occasion.
pub(super) fn privacy(ctx: Ctx<'_>, page: &PrivacyPage) -> Sheet {
    let t = PrivacyTexts::of(ctx.frame.lang);
    let kept = page.kept;
    let say = |title: &'static str, text: String| card(title, view! { <p>{text}</p> });
    let days = |text: &str, days: u64| ctx.say(text, &[("n", &days.to_string())]);
    let report = [("n", kept.contacts.to_string()), ("m", kept.contacts_at_most.to_string())];
    let report = ctx.say(t.report_text, &report.each_ref().map(|(name, value)| (*name, value.as_str())));
    Sheet {
        field: Field {
            role: Role::Paper,
            icon: None,
            word: t.title.to_owned(),
            line: None,
            why: Some(t.lead.into_any()),
            strip: None,
        },
        cards: vec![
            say(t.look, t.look_text.to_owned()),
            say(t.check, days(t.check_text, kept.devices)),
            say(t.place, days(t.place_text, kept.places)),
            say(t.report, report),
            card(t.cookies, cookies(ctx, kept.checked)),
            say(t.chain, t.chain_text.to_owned()),
            card(t.who, who(ctx, page)),
        ],
        templates: None,
        script: None,
        parts: vec![Part::Links],
    }
}

fn cookies(ctx: Ctx<'_>, checked_days: u64) -> AnyView {
    let t = PrivacyTexts::of(ctx.frame.lang);
    let checked = ctx.say(t.cookie_checked, &[("n", &checked_days.to_string())]);
    let rows = [
        (t.cookie_day.to_owned(), t.cookie_day_text),
        (checked, t.cookie_checked_text),
        (t.cookie_lang.to_owned(), t.cookie_lang_text),
    ];
    let rows = rows.map(|(name, why)| view! { <li>{name}<span class="d">{why}</span></li> });
    view! { <ul class="x">{rows.into_iter().collect_view()}</ul> }.into_any()
}

fn who(ctx: Ctx<'_>, page: &PrivacyPage) -> AnyView {
    let t = PrivacyTexts::of(ctx.frame.lang);
    let ask = match &page.contact {
        Some(contact) => ctx.say(t.who_ask, &[("contact", contact)]),
        None => t.who_maker.to_owned(),
    };
    view! { <p>{ctx.say(t.who_text, &[("alliance", &page.alliance)])}</p> <p>{ask}</p> }.into_any()
}

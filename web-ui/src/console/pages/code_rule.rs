//! How the serials of a product look: the rule that holds, and changing it.

use leptos::prelude::*;
use tracelight_api::rest::goods::{CodeAlphabet, CodeRule};

use crate::console::api::{self, Anything};
use crate::console::browser::{Entries, reload};
use crate::console::form::{Control, Field, Sending, field, form, send_button};
use crate::console::load::{Fetched, PageData};
use crate::console::page::{Page, escape};
use crate::console::parts::{card, error_card, facts, head};
use crate::console::texts::goods::ProductTexts;
use crate::console::texts::numbers::RuleTexts;
use crate::console::ui::Ui;

/// Characters of a serial, by GS1.
const LENGTH_MAX: u64 = 20;

/// The page.
pub fn page(ui: Ui, data: &PageData, gtin: &str, rule: &Fetched<CodeRule>) -> AnyView {
    let t = RuleTexts::of(ui.lang);
    let crumb = Some((Page::Products.path(), ProductTexts::of(ui.lang).title.to_owned()));
    let title = view! { {t.title} " " <span class="mono">{gtin.to_owned()}</span> }.into_any();
    let top = head(crumb, title, t.line.into_any(), None);
    let rule = match rule {
        Ok(rule) => rule,
        Err(problem) => return view! { {top} {error_card(ui, data, problem)} }.into_any(),
    };
    let edit = if data.may_operate() {
        edit(ui, gtin, rule)
    } else {
        view! { <p class="line">{ui.t().needs_operator}</p> }.into_any()
    };
    view! { {top} {card(t.now, shown(ui, rule))} {edit} }.into_any()
}

fn words(ui: Ui, alphabet: CodeAlphabet) -> (&'static str, &'static str) {
    let t = RuleTexts::of(ui.lang);
    match alphabet {
        CodeAlphabet::Readable => ("readable", t.readable),
        CodeAlphabet::Digits => ("digits", t.digits),
        CodeAlphabet::Hexadecimal => ("hexadecimal", t.hexadecimal),
    }
}

fn shown(ui: Ui, rule: &CodeRule) -> AnyView {
    let t = RuleTexts::of(ui.lang);
    let prefix = match rule.prefix.as_str() {
        "" => t.none.into_any(),
        prefix => view! { <span class="mono">{prefix.to_owned()}</span> }.into_any(),
    };
    let length = ui.number(u64::from(rule.length));
    facts(vec![(t.alphabet, words(ui, rule.alphabet).1.into_any()), (t.length, length.into_any()), (t.prefix, prefix)])
}

fn edit(ui: Ui, gtin: &str, rule: &CodeRule) -> AnyView {
    let t = RuleTexts::of(ui.lang);
    let sending = Sending::new(&["alphabet", "length", "prefix"]);
    let path = format!("/api/v1/products/{}/code-rule", escape(gtin));
    let send = move |entries: Entries| {
        let length = entries.count("length").filter(|length| (1..=LENGTH_MAX).contains(length));
        let Some(length) = length.and_then(|length| u8::try_from(length).ok()) else {
            return sending.refuse("length", t.length_wrong);
        };
        let alphabet = match entries.text("alphabet").as_str() {
            "digits" => CodeAlphabet::Digits,
            "hexadecimal" => CodeAlphabet::Hexadecimal,
            _ => CodeAlphabet::Readable,
        };
        let (path, rule) = (path.clone(), CodeRule { alphabet, length, prefix: entries.text("prefix") });
        sending.run(async move { api::put::<_, Anything>(&path, &rule).await }, |_| reload());
    };
    // The one that holds is chosen at first.
    let mut alphabets = vec![CodeAlphabet::Readable, CodeAlphabet::Digits, CodeAlphabet::Hexadecimal];
    alphabets.sort_by_key(|alphabet| *alphabet != rule.alphabet);
    let choices = alphabets.into_iter().map(|alphabet| words(ui, alphabet));
    let choices = choices.map(|(name, words)| (name.to_owned(), words.to_owned())).collect();
    let line = |value: String, mode| Control::Line(value, mode, "off");
    let fields = [
        (Field { name: "alphabet", label: t.alphabet, hint: None, control: Control::Choice(choices) }, true),
        (
            Field {
                name: "length",
                label: t.length,
                hint: Some(t.length_hint.into()),
                control: line(rule.length.to_string(), "numeric"),
            },
            true,
        ),
        (
            Field {
                name: "prefix",
                label: t.prefix,
                hint: Some(t.prefix_hint.into()),
                control: line(rule.prefix.clone(), "text"),
            },
            false,
        ),
    ];
    let inner = view! {
        {fields.into_iter().map(|(one, must)| field(ui, sending, one, must)).collect_view()}
        {sending.general(ui)}
        {send_button(ui, sending, "b p", t.save)}
    };
    view! { <section class="c narrowcard">{form(inner, send)}</section> }.into_any()
}

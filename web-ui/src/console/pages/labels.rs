//! Logistic labels: new numbers for cases and pallets, and the label of one.
//!
//! The label's form asks with `GET` and everything of it is in the address, so looking, ZPL and PDF work without the program;
//! what is wrong with the number is said below its field by the server that wrote the page.

use leptos::prelude::*;
use tracelight_api::problem::Problem;
use tracelight_api::rest::labels::{NewSsccs, SSCCS_MAX, Ssccs};

use crate::console::api;
use crate::console::browser::Entries;
use crate::console::form::{Control, Field, Sending, field, field_error, form, send_button};
use crate::console::icons::Sign;
use crate::console::load::{Fetched, PageData};
use crate::console::page::{Address, Page, escape, url};
use crate::console::parts::{card, error_card, head, link_button};
use crate::console::texts::numbers::LabelTexts;
use crate::console::ui::Ui;
use crate::i18n::{fill, run_lang};

/// Papers and resolutions, the usual one first; the server knows the same.
const STOCKS: [(&str, &str); 3] = [("a6", "A6"), ("4x6in", "4 x 6 in"), ("a5", "A5")];
const RESOLUTIONS: [(&str, &str); 3] = [("300", "300"), ("203", "203"), ("600", "600")];

/// The page. `label` is what the server says to the label that the address names.
pub fn page(ui: Ui, data: &PageData, label: Option<&Fetched<()>>) -> AnyView {
    let t = LabelTexts::of(ui.lang);
    let problem = label.and_then(|label| label.as_ref().err());
    let of_field = problem.is_some_and(|problem| problem.field.as_deref().is_some_and(is_field));
    let shown = match label {
        Some(Ok(())) => picture(ui, &data.address),
        Some(Err(problem)) if !of_field => Some(error_card(ui, data, problem)),
        _ => None,
    };
    view! {
        {head(None, t.title.into_any(), t.line.into_any(), None)}
        <div class="two">
            <div>{one(ui, &data.address, problem)} {shown}</div>
            <div>{data.may_operate().then(|| numbers(ui))}</div>
        </div>
    }
    .into_any()
}

fn is_field(name: &str) -> bool {
    matches!(name, "sscc" | "to" | "stock" | "dpi")
}

/// Path of a label in the interface, from what the address says.
pub fn label_path(address: &Address, format: &str) -> Option<String> {
    let path = format!("/api/v1/logistic-units/{}/label", escape(address.query("sscc")?));
    let asked = ["stock", "dpi", "to"].into_iter().filter_map(|name| Some((name, address.query(name)?)));
    Some(url(&path, &std::iter::once(("format", format)).chain(asked).collect::<Vec<_>>()))
}

fn one(ui: Ui, address: &Address, problem: Option<&Problem>) -> AnyView {
    let t = LabelTexts::of(ui.lang);
    let value = |name: &str| address.query(name).unwrap_or_default().to_owned();
    let line = |name: &'static str, label: &'static str, hint: Option<&'static str>| {
        let wrong = problem.and_then(|problem| field_error(ui, problem, name));
        let lang = wrong.as_deref().and_then(|words| run_lang(words, ui.lang));
        let invalid = wrong.as_ref().map(|_| "true");
        let mode = if name == "sscc" { "numeric" } else { "text" };
        view! {
            <div class="field">
                <label for=format!("l-{name}")>{label}</label>
                {hint.map(|hint| view! { <p class="hint" id=format!("l-{name}-hint")>{hint}</p> })}
                <input type="text" id=format!("l-{name}") name=name value=value(name) inputmode=mode autocomplete="off"
                    spellcheck="false" aria-invalid=invalid aria-describedby=format!("l-{name}-hint l-{name}-wrong")/>
                <p class="wrong" id=format!("l-{name}-wrong") lang=lang>{wrong}</p>
            </div>
        }
    };
    let choose = |name: &'static str, label: &'static str, choices: [(&'static str, &'static str); 3]| {
        let chosen = value(name);
        let options = choices.map(|(key, words)| {
            let here = key == chosen;
            view! { <option value=key selected=here>{words}</option> }
        });
        view! {
            <div class="field">
                <label for=format!("l-{name}")>{label}</label>
                <select id=format!("l-{name}") name=name>{options.collect_view()}</select>
            </div>
        }
    };
    let inner = view! {
        <form method="get" action=Page::Labels.path()>
            {line("sscc", t.sscc, Some(t.sscc_hint))}
            {line("to", t.to, None)}
            <div class="row">{choose("stock", t.stock, STOCKS)} {choose("dpi", t.dpi, RESOLUTIONS)}</div>
            <button type="submit" class="b p">{t.show}</button>
        </form>
    };
    card(t.one, inner)
}

fn picture(ui: Ui, address: &Address) -> Option<AnyView> {
    let t = LabelTexts::of(ui.lang);
    let words = fill(t.picture, &[("sscc", address.query("sscc")?)]);
    let (svg, zpl, pdf) = (label_path(address, "svg")?, label_path(address, "zpl")?, label_path(address, "pdf")?);
    let inner = view! {
        <img class="logistic" src=svg alt=words.clone()/>
        <p class="buttons">
            {link_button(Some(Sign::Download), "b", zpl, t.zpl)}
            {link_button(Some(Sign::Download), "b", pdf, t.pdf)}
        </p>
    };
    Some(card(words, inner))
}

fn numbers(ui: Ui) -> AnyView {
    let t = LabelTexts::of(ui.lang);
    let sending = Sending::new(&["count", "extension_digit"]);
    let got: RwSignal<Option<Ssccs>> = RwSignal::new(None);
    let hint = fill(t.count_hint, &[("n", &ui.number(u64::from(SSCCS_MAX)))]);
    let refused = hint.clone();
    let send = move |entries: Entries| {
        let count = entries.count("count").and_then(|count| u32::try_from(count).ok());
        let Some(count) = count.filter(|count| (1..=SSCCS_MAX).contains(count)) else {
            return sending.refuse("count", &refused);
        };
        let digit = entries.count("extension_digit").and_then(|digit| u8::try_from(digit).ok());
        let Some(extension_digit) = digit.filter(|digit| *digit <= 9) else {
            return sending.refuse("extension_digit", t.digit_wrong);
        };
        let request = NewSsccs { count, extension_digit };
        let call = async move { api::post::<_, Ssccs>("/api/v1/ssccs", &request).await };
        sending.run(call, move |ssccs| got.set(Some(ssccs)));
    };
    let line = |value: &str| Control::Line(value.to_owned(), "numeric", "off");
    let fields = [
        Field { name: "count", label: t.count, hint: Some(hint), control: line("") },
        Field { name: "extension_digit", label: t.digit, hint: Some(t.digit_hint.into()), control: line("0") },
    ];
    let list = move || got.get().map(|ssccs| given(ui, &ssccs));
    let inner = view! {
        {fields.into_iter().map(|one| field(ui, sending, one, true)).collect_view()}
        {sending.general(ui)}
        {send_button(ui, sending, "b", t.go)}
        <div aria-live="polite">{list}</div>
    };
    card(t.new, form(inner, send))
}

/// The new numbers, one a line, to be kept.
fn given(ui: Ui, ssccs: &Ssccs) -> AnyView {
    let t = LabelTexts::of(ui.lang);
    let count = ui.number(ssccs.ssccs.len() as u64);
    let words = fill(t.got, &[("n", &count), ("left", &ui.number(ssccs.left))]);
    let first = ssccs.ssccs.first().map(|sscc| url(&Page::Labels.path(), &[("sscc", sscc)]));
    let list = ssccs.ssccs.join("\n");
    view! {
        <p>{words}</p>
        <textarea class="mono" rows="6" readonly=true aria-label=t.list prop:value=list.clone()>{list.clone()}</textarea>
        {first.map(|url| view! { <p><a href=url>{t.first_label}</a></p> })}
    }
    .into_any()
}

//! One alert of a medicine pack: what was scanned against what is registered, and the next step.

use leptos::prelude::*;
use tracelight_api::rest::alert::{ALERT_NOTE_CHARS_MAX, Alert, AlertStatus, AlertUpdate};

use super::alerts::{alert_state, code_words, gravity_words, kind_words, product_words, status_words};
use super::dispense::action_words;
use crate::console::api::{self, Anything};
use crate::console::browser::{Entries, reload};
use crate::console::form::{Control, Field, Sending, field, form, send_button};
use crate::console::load::{Fetched, PageData};
use crate::console::page::{Page, escape, url};
use crate::console::parts::{card, error_card, facts, head};
use crate::console::texts::alerts::AlertTexts;
use crate::console::ui::Ui;
use crate::i18n::fill;

/// The page.
pub fn page(ui: Ui, data: &PageData, alert: &Fetched<Alert>) -> AnyView {
    let t = AlertTexts::of(ui.lang);
    let crumb = Some((Page::Alerts.path(), t.title.to_owned()));
    let alert = match alert {
        Ok(alert) => alert,
        Err(problem) => {
            return view! { {head(crumb, t.title.into_any(), "".into_any(), None)} {error_card(ui, data, problem)} }
                .into_any();
        }
    };
    let title = view! { <span class="mono">{alert.number.clone()}</span> }.into_any();
    let line = view! { {kind_words(ui.lang, &alert.kind)} " · " {product_words(ui, alert)} }.into_any();
    view! {
        {head(crumb, title, line, None)}
        <div class="two">
            <div>{card(t.scanned, scanned(ui, data, alert))}</div>
            <div>{card(t.stands, stands(ui, data, alert))} {next_step(ui, data, alert)}</div>
        </div>
    }
    .into_any()
}

fn scanned(ui: Ui, data: &PageData, alert: &Alert) -> AnyView {
    let t = AlertTexts::of(ui.lang);
    let mono = |text: &str| view! { <span class="mono">{text.to_owned()}</span> }.into_any();
    let beside = |text: &str, held: &str| {
        let text = if text.is_empty() { t.none } else { text };
        if held.is_empty() || held == text {
            mono(text)
        } else {
            fill(t.registered, &[("text", text), ("held", held)]).into_any()
        }
    };
    let code = format!("(01){}(21){}", alert.gtin, alert.serial);
    let trace = url(&Page::Trace.path(), &[("code", code.as_str())]);
    let serial =
        view! { <span class="mono">{alert.serial.clone()}</span> " " <a href=trace>{t.see_trace}</a> }.into_any();
    let place = data.member_names().get(&alert.member).cloned().unwrap_or_else(|| alert.member.clone());
    let mut rows = vec![(t.h_product, product_words(ui, alert)), (t.gtin, mono(&alert.gtin)), (t.serial, serial)];
    rows.push((t.lot, beside(&alert.lot, &alert.held_lot)));
    rows.push((t.expiry, beside(&alert.expires_on, &alert.held_expires_on)));
    rows.push((t.wanted, action_words(ui.lang, alert.action).into_any()));
    rows.push((t.at, ui.run(&place)));
    if !alert.code.is_empty() {
        rows.push((t.code, code_words(ui.lang, &alert.code).into_any()));
    }
    rows.push((t.first, ui.time(alert.first_ms).into_any()));
    let last = format!("{} · {}", ui.time(alert.last_ms), fill(t.times, &[("n", &ui.number(alert.times))]));
    rows.push((t.h_last, last.into_any()));
    facts(rows)
}

fn stands(ui: Ui, data: &PageData, alert: &Alert) -> AnyView {
    let t = AlertTexts::of(ui.lang);
    let said = match alert.decided_ms {
        None => view! { <p>{t.nobody}</p> }.into_any(),
        Some(at) => {
            let member =
                data.member_names().get(&alert.decided_by).cloned().unwrap_or_else(|| alert.decided_by.clone());
            let by = fill(t.said, &[("member", &member), ("time", &ui.time(at))]);
            view! { <p>{ui.run(&alert.note)}</p> <p class="soft">{by}</p> }.into_any()
        }
    };
    view! { <p>{alert_state(ui, alert)}</p> <p class="soft">{gravity_words(ui.lang, alert.gravity)}</p> {said} }
        .into_any()
}

/// The form of the next step. What is chosen at first is what most alerts turn out to be.
fn next_step(ui: Ui, data: &PageData, alert: &Alert) -> AnyView {
    let t = AlertTexts::of(ui.lang);
    if !data.may_operate() {
        return card(t.step_title, view! { <p>{ui.t().needs_operator}</p> });
    }
    let sending = Sending::new(&["status", "note"]);
    let path = format!("/api/v1/alerts/{}", escape(&alert.number));
    let revision = alert.revision;
    let send = move |entries: Entries| {
        let status = AlertStatus::parse(&entries.text("status")).unwrap_or(AlertStatus::Open);
        let update = AlertUpdate { revision, status, note: entries.text("note") };
        let path = path.clone();
        sending.run(async move { api::put::<_, Anything>(&path, &update).await }, |_| reload());
    };
    let first = if alert.status == AlertStatus::Open { AlertStatus::Explained } else { alert.status };
    let mut all = AlertStatus::ALL;
    all.sort_by_key(|status| *status != first);
    let choices = all.map(|status| (status.word().to_owned(), status_words(ui.lang, status).to_owned()));
    let hint = fill(t.note_hint, &[("n", &ALERT_NOTE_CHARS_MAX.to_string())]);
    let fields = [
        Field { name: "status", label: t.status, hint: None, control: Control::Choice(choices.to_vec()) },
        Field { name: "note", label: t.note, hint: Some(hint), control: Control::Area(alert.note.clone()) },
    ];
    let inner = view! {
        {fields.map(|each| field(ui, sending, each, false)).into_iter().collect_view()}
        {sending.general(ui)}
        <p class="buttons">{send_button(ui, sending, "b p", t.save)}</p>
    };
    card(t.step_title, form(inner, send))
}

//! An endpoint of a webhook: where it goes, what it is told, how it is, and what can be done with it.

use leptos::prelude::*;
use tracelight_api::rest::webhook::{DeliveryState, MadeWebhook, OffReason, Webhook, WebhookDelivery, WebhookState};

use crate::console::api::{self, Anything};
use crate::console::browser::{go, reload};
use crate::console::form::{Question, Sending, ask, ask_button, told_once};
use crate::console::grave::{Grave, Reason, question_button};
use crate::console::icons::{Mark, Sign, state};
use crate::console::page::{Page, escape};
use crate::console::parts::{facts, link_button};
use crate::console::texts::webhooks::HookTexts;
use crate::console::ui::Ui;
use crate::i18n::fill;

/// Path of its calls.
pub fn path(hook: &Webhook) -> String {
    format!("/api/v1/webhooks/{}", escape(&hook.id))
}

fn own_page(hook: &Webhook) -> String {
    Page::Webhook { id: hook.id.clone() }.path()
}

/// One endpoint: where it goes, what it is told, how it is, and the steps.
pub fn card(ui: Ui, hook: &Webhook) -> AnyView {
    let t = HookTexts::of(ui.lang);
    let (shape, words) = standing(ui, hook);
    let events = hook.events.iter().map(|event| view! { <code>{event.word()}</code> " " }).collect_view();
    let last = hook.last_delivery.as_ref().map_or_else(
        || t.nothing.to_owned(),
        |last| {
            let time = ui.time(last.delivered_ms.unwrap_or(last.created_ms));
            fill(t.last_line, &[("event", &last.event), ("state", delivery_words(ui, last).1), ("time", &time)])
        },
    );
    let mut rows =
        vec![(t.told, events.into_any()), (t.last, last.into_any()), (t.since, ui.time(hook.created_ms).into_any())];
    if !hook.description.is_empty() {
        rows.insert(0, (t.description, ui.run(&hook.description)));
    }
    let old = hook.old_secret_until_ms.map(|until| {
        view! { <p class="soft">{fill(t.old, &[("time", &ui.time(until))])}</p> }
    });
    view! {
        <section class="c">
            <h2><span class="mono">{hook.url.clone()}</span></h2>
            <div class="split"><span><b>{state(shape, words)}</b></span></div>
            {facts(rows)}
            {old}
            {steps(ui, hook)}
        </section>
    }
    .into_any()
}

/// On or off, and why.
fn standing(ui: Ui, hook: &Webhook) -> (Mark, String) {
    let t = HookTexts::of(ui.lang);
    match (hook.state, hook.off_because, hook.failing_since_ms) {
        (WebhookState::Active, _, None) => (Mark::Done, t.st_on.to_owned()),
        (WebhookState::Active, _, Some(since)) => (Mark::Attention, fill(t.st_failing, &[("time", &ui.time(since))])),
        (WebhookState::Disabled, why, _) => {
            let words = match why {
                Some(OffReason::Failing) => t.st_off_failing,
                Some(OffReason::Gone) => t.st_off_gone,
                Some(OffReason::Told) => t.st_off_told,
                None => t.st_off,
            };
            (Mark::Stopped, words.to_owned())
        }
    }
}

/// A test, another secret, off and on, and the end.
fn steps(ui: Ui, hook: &Webhook) -> AnyView {
    let t = HookTexts::of(ui.lang);
    let sending = Sending::of_card(&hook.id, &[]);
    let secret: RwSignal<Option<String>> = RwSignal::new(None);
    let rotating = RwSignal::new(false);
    let count = hook.events.len().to_string();
    let say = |text: &str| Signal::stored(fill(text, &[("url", &hook.url), ("n", &count)]));
    let rotation = Question {
        words: say(t.rotate_ask),
        yes: Signal::stored(t.rotate_yes.to_owned()),
        no: ui.t().cancel,
        danger: false,
    };
    let step = |id: &'static str, button: &'static str, asked: &str, yes: &str| Grave {
        id,
        button,
        class: "b",
        words: say(asked),
        yes: Signal::stored(yes.to_owned()),
        no: ui.t().cancel,
        reason: Reason::None,
        typed: None,
    };
    let end = step("switch-webhook-off", t.off, t.off_ask, t.off_yes);
    let deletion = step("delete-webhook", t.delete, t.delete_ask, t.delete_yes);
    let base = path(hook);
    let call = |step: &str| {
        let path = format!("{base}/{step}");
        move || {
            let path = path.clone();
            async move { api::post::<_, Anything>(&path, &()).await }
        }
    };
    let (log, own) = (own_page(hook), own_page(hook));
    let (to_test, to_off, to_on) = (call("test"), call("disable"), call("enable"));
    let test = move |_| {
        let log = log.clone();
        sending.run(to_test(), move |_| go(&log));
    };
    let switch_off = move |_| sending.run(to_off(), |_| reload());
    let switch_on = move |_| sending.run(to_on(), |_| reload());
    let path = format!("{base}/rotate");
    let rotate = move || {
        let path = path.clone();
        sending.run(async move { api::post::<_, MadeWebhook>(&path, &()).await }, move |made| {
            rotating.set(false);
            secret.set(Some(made.secret));
        });
    };
    let delete = move |_| {
        let base = base.clone();
        sending.run(async move { api::delete(&base).await }, |()| go(&Page::Webhooks.path()));
    };
    let on = hook.state == WebhookState::Active;
    let held = move || sending.held();
    view! {
        {ask(ui, sending, rotating, rotation, rotate)}
        {told_once(t.made, t.stored, secret)}
        <p class="buttons">
            {on.then(|| view! { <button type="button" class="b" disabled=held on:click=test>{t.test}</button> })}
            {(!on).then(|| view! { <button type="button" class="b p" disabled=held on:click=switch_on>{t.on}</button> })}
            {link_button(Some(Sign::File), "b", own, t.log)}
            {ask_button(sending, rotating, "b", t.rotate)}
        </p>
        {sending.general(ui)}
        {on.then(|| question_button(ui, sending, end, switch_off))}
        {question_button(ui, sending, deletion, delete)}
    }
    .into_any()
}

/// How far a delivery is.
pub fn delivery_words(ui: Ui, line: &WebhookDelivery) -> (Mark, &'static str) {
    let t = HookTexts::of(ui.lang);
    match (line.state, line.status.is_some() || !line.note.is_empty()) {
        (DeliveryState::Delivered, _) => (Mark::Done, t.d_done),
        (DeliveryState::GivenUp, _) => (Mark::Stopped, t.d_given_up),
        (DeliveryState::Waits, false) => (Mark::Running, t.d_new),
        (DeliveryState::Waits, true) => (Mark::Attention, t.d_waits),
    }
}

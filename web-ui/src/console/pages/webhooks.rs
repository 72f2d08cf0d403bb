//! Webhooks: the member's endpoints, a card each, below the form for a new one, whose secret is shown once.

use leptos::prelude::*;
use tracelight_api::rest::Page as Rows;
use tracelight_api::rest::webhook::{DESCRIPTION_CHARS_MAX, EventType, MadeWebhook, NewWebhook, Webhook};

use super::endpoint::card;
use crate::console::api;
use crate::console::browser::Entries;
use crate::console::form::{Control, Field, Sending, field, form, send_button, ticks, told_once};
use crate::console::icons::Sign;
use crate::console::load::{Fetched, PageData};
use crate::console::page::Page;
use crate::console::parts::{empty, error_card, head, link_button};
use crate::console::texts::webhooks::HookTexts;
use crate::console::ui::Ui;
use crate::i18n::fill;

/// The list, below the form for a new one.
pub fn page(ui: Ui, data: &PageData, rows: &Fetched<Rows<Webhook>>) -> AnyView {
    let t = HookTexts::of(ui.lang);
    let docs = link_button(Some(Sign::File), "b", "/docs/api".to_owned(), t.docs);
    let top = head(None, t.title.into_any(), t.line.into_any(), Some(docs));
    let rows = match rows {
        Ok(rows) => rows,
        Err(problem) => return view! { {top} {error_card(ui, data, problem)} }.into_any(),
    };
    let list = if rows.items.is_empty() {
        let form = format!("{}#f-url", Page::Webhooks.path());
        empty(t.empty_title, t.empty, Some(link_button(Some(Sign::Plus), "b", form, t.first)))
    } else {
        rows.items.iter().map(|hook| card(ui, hook)).collect_view().into_any()
    };
    view! { {top} {make(ui)} {list} }.into_any()
}

const fn words(t: &'static HookTexts, event: EventType) -> &'static str {
    match event {
        EventType::BatchSealed => t.e_batch_sealed,
        EventType::ShipmentShipped => t.e_shipped,
        EventType::ShipmentReceived => t.e_received,
        EventType::ShipmentRefused => t.e_refused,
        EventType::RecallOpened => t.e_opened,
        EventType::RecallApproved => t.e_approved,
        EventType::RecallClosed => t.e_closed,
        EventType::RecallNotice => t.e_notice,
        EventType::RecallReminder => t.e_reminder,
    }
}

fn make(ui: Ui) -> AnyView {
    let t = HookTexts::of(ui.lang);
    let sending = Sending::new(&["url", "events", "description"]);
    let secret: RwSignal<Option<String>> = RwSignal::new(None);
    let send = move |entries: Entries| {
        let events: Vec<EventType> = entries.all("events").iter().filter_map(|word| EventType::parse(word)).collect();
        if events.is_empty() {
            return sending.refuse("events", t.events_missing);
        }
        let hook = NewWebhook { url: entries.text("url"), events, description: entries.text("description") };
        let call = async move { api::post::<_, MadeWebhook>("/api/v1/webhooks", &hook).await };
        sending.run(call, move |made| secret.set(Some(made.secret)));
    };
    let line = |mode| Control::Line(String::new(), mode, "off");
    let most = fill(t.description_hint, &[("n", &DESCRIPTION_CHARS_MAX.to_string())]);
    let url = Field { name: "url", label: t.url, hint: Some(t.url_hint.into()), control: line("url") };
    let description = Field { name: "description", label: t.description, hint: Some(most), control: line("text") };
    let boxes = EventType::ALL.map(|event| (event.word(), words(t, event))).to_vec();
    let inner = view! {
        <h2>{t.new}</h2>
        {field(ui, sending, url, true)}
        {ticks(ui, sending, "events", t.events, boxes)}
        {field(ui, sending, description, false)}
        {sending.general(ui)}
        {send_button(ui, sending, "b p", t.make)}
        {told_once(t.made, t.stored, secret)}
    };
    view! { <section class="c narrowcard">{form(inner, send)}</section> }.into_any()
}

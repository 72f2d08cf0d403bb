//! One endpoint and its delivery log.

use leptos::prelude::*;
use tracelight_api::rest::Page as Rows;
use tracelight_api::rest::webhook::{Webhook, WebhookDelivery, WebhookState};

use super::endpoint::{card, delivery_words, path};
use crate::console::api::{self, Anything};
use crate::console::browser::reload;
use crate::console::form::Sending;
use crate::console::icons::{Sign, state};
use crate::console::load::{Fetched, PageData};
use crate::console::page::{Page, escape};
use crate::console::parts::{empty, error_card, head, link_button, table};
use crate::console::texts::webhooks::HookTexts;
use crate::console::ui::Ui;
use crate::i18n::fill;

/// The endpoint and its log.
pub fn page(ui: Ui, data: &PageData, hook: &Fetched<Webhook>, log: Option<&Fetched<Rows<WebhookDelivery>>>) -> AnyView {
    let t = HookTexts::of(ui.lang);
    let crumb = Some((Page::Webhooks.path(), t.title.to_owned()));
    let look = link_button(Some(Sign::Again), "b", data.address.url(), t.look);
    let hook = match hook {
        Ok(hook) => hook,
        Err(problem) => {
            let top = head(crumb, t.log.into_any(), "".into_any(), None);
            return view! { {top} {error_card(ui, data, problem)} }.into_any();
        }
    };
    let log = log.map(|log| match log {
        Ok(rows) if rows.items.is_empty() => empty(t.log_empty_title, t.log_empty, None),
        Ok(rows) => lines(ui, hook, &rows.items),
        Err(problem) => error_card(ui, data, problem),
    });
    let line = if hook.description.is_empty() { "".into_any() } else { ui.run(&hook.description) };
    view! { {head(crumb, t.log.into_any(), line, Some(look))} {card(ui, hook)} {log} }.into_any()
}

/// The log.
fn lines(ui: Ui, hook: &Webhook, log: &[WebhookDelivery]) -> AnyView {
    let t = HookTexts::of(ui.lang);
    let sending = Sending::of_card("log", &[]);
    let base = path(hook);
    let cells = |line: &WebhookDelivery| {
        let (shape, words) = delivery_words(ui, line);
        let status = line.status.map(|status| status.to_string());
        let answer = match (status, line.note.is_empty()) {
            (Some(status), true) => status.into_any(),
            (None, true) => "".into_any(),
            (_, false) => ui.run(&line.note),
        };
        let next = line.next_ms.map(|next| match next.saturating_sub(ui.now_ms) {
            0 => t.now.to_owned(),
            wait => fill(t.in_span, &[("span", &ui.span(wait))]),
        });
        vec![
            view! { <span class="mono">{line.event.clone()}</span> }.into_any(),
            state(shape, words),
            ui.time(line.delivered_ms.unwrap_or(line.created_ms)).into_any(),
            ui.number(line.attempts).into_any(),
            answer,
            next.into_any(),
            again(ui, sending, hook, format!("{base}/deliveries/{}/resend", escape(&line.id))),
        ]
    };
    let rows = log.iter().map(cells).collect();
    let heads = vec![t.h_event, t.h_state, t.h_time, t.h_attempts, t.h_answer, t.h_next, t.h_again];
    let count = fill(t.log_line, &[("n", &ui.number(log.len() as u64))]);
    view! {
        <section class="c">
            <p class="soft">{count}</p>
            {sending.general(ui)}
            {table(t.log, &["k", "s", "d", "d", "d", "d", "d"], heads, rows)}
        </section>
    }
    .into_any()
}

/// Sends one line again. The receiver knows it by its id, so no question is asked.
fn again(ui: Ui, sending: Sending, hook: &Webhook, path: String) -> AnyView {
    if hook.state != WebhookState::Active {
        return "".into_any();
    }
    let send = move |_| {
        let path = path.clone();
        sending.run(async move { api::post::<_, Anything>(&path, &()).await }, |_| reload());
    };
    let words = HookTexts::of(ui.lang).again;
    view! { <button type="button" class="b" disabled=move || sending.held() on:click=send>{words}</button> }.into_any()
}

//! Keys of the member's programs: making one, whose secret is shown once; rotating and revoking.

use leptos::prelude::*;
use tracelight_api::rest::Page as Rows;
use tracelight_api::rest::key::{ApiKey, KeyState, MadeApiKey, NewApiKey, RotateApiKey, Scope};

use crate::console::api::{self, Anything};
use crate::console::browser::{Entries, reload};
use crate::console::form::{
    Control, Field, Question, Sending, ask, ask_button, field, form, send_button, ticks, told_once,
};
use crate::console::grave::{Grave, Reason, grave};
use crate::console::icons::{Mark, Sign, state};
use crate::console::load::{Fetched, PageData};
use crate::console::page::escape;
use crate::console::parts::{empty, error_card, facts, head, link_button};
use crate::console::texts::keys::KeyTexts;
use crate::console::ui::Ui;
use crate::i18n::fill;

/// The list, below the form for a new one.
pub fn page(ui: Ui, data: &PageData, rows: &Fetched<Rows<ApiKey>>) -> AnyView {
    let t = KeyTexts::of(ui.lang);
    let docs = link_button(Some(Sign::File), "b", "/docs/api".to_owned(), t.docs);
    let top = head(None, t.title.into_any(), t.line.into_any(), Some(docs));
    let rows = match rows {
        Ok(rows) => rows,
        Err(problem) => return view! { {top} {error_card(ui, data, problem)} }.into_any(),
    };
    let list = if rows.items.is_empty() {
        empty(t.empty_title, t.empty, None)
    } else {
        rows.items.iter().map(|key| card(ui, key)).collect_view().into_any()
    };
    view! { {top} {make(ui)} {list} }.into_any()
}

const fn words(t: &'static KeyTexts, scope: Scope) -> &'static str {
    match scope {
        Scope::GoodsRead => t.s_goods_read,
        Scope::GoodsWrite => t.s_goods_write,
        Scope::HandoverWrite => t.s_handover_write,
        Scope::TraceRead => t.s_trace_read,
        Scope::EpcisCapture => t.s_epcis_capture,
        Scope::EpcisQuery => t.s_epcis_query,
        Scope::Webhooks => t.s_webhooks,
    }
}

fn make(ui: Ui) -> AnyView {
    let t = KeyTexts::of(ui.lang);
    let sending = Sending::new(&["name", "scopes", "expires_in_days"]);
    let secret: RwSignal<Option<String>> = RwSignal::new(None);
    let send = move |entries: Entries| {
        let scopes: Vec<Scope> = entries.all("scopes").iter().filter_map(|word| Scope::parse(word)).collect();
        if scopes.is_empty() {
            return sending.refuse("scopes", t.scopes_missing);
        }
        let expires_in_days = entries.text("expires_in_days").parse().ok();
        let key = NewApiKey { name: entries.text("name"), scopes, expires_in_days };
        let call = async move { api::post::<_, MadeApiKey>("/api/v1/api-keys", &key).await };
        sending.run(call, move |made| secret.set(Some(made.secret)));
    };
    let boxes = Scope::ALL.map(|scope| (scope.word(), words(t, scope))).to_vec();
    let ends = [("90", t.days_90), ("365", t.days_365), ("", t.no_end)];
    let ends = ends.map(|(days, words)| (days.to_owned(), words.to_owned())).to_vec();
    let name = Field {
        name: "name",
        label: t.name,
        hint: Some(t.name_hint.into()),
        control: Control::Line(String::new(), "text", "off"),
    };
    let ends = Field { name: "expires_in_days", label: t.expiry, hint: None, control: Control::Choice(ends) };
    let inner = view! {
        <h2>{t.new}</h2>
        {field(ui, sending, name, true)}
        {ticks(ui, sending, "scopes", t.scopes, boxes)}
        {field(ui, sending, ends, false)}
        {sending.general(ui)}
        {send_button(ui, sending, "b p", t.make)}
        {told_once(t.made, t.stored, secret)}
    };
    view! { <section class="c narrowcard">{form(inner, send)}</section> }.into_any()
}

fn card(ui: Ui, key: &ApiKey) -> AnyView {
    let t = KeyTexts::of(ui.lang);
    let (shape, word) = match key.state {
        KeyState::Active => (Mark::Done, t.st_active),
        KeyState::Expired => (Mark::Stopped, t.st_expired),
        KeyState::Revoked => (Mark::Stopped, t.st_revoked),
    };
    let by = fill(t.by, &[("user", &key.created_by), ("time", &ui.time(key.created_ms))]);
    let prefix = format!("{}…", key.prefix);
    let used = key.last_used_on.clone().unwrap_or_else(|| t.never.to_owned());
    let until = key.expires_ms.map_or_else(|| t.no_end.to_owned(), |ms| ui.time(ms));
    let scopes = key.scopes.iter().map(|scope| view! { <code>{scope.word()}</code> " " }).collect_view();
    let old = key.old_prefix.as_ref().zip(key.old_until_ms).map(|(prefix, until)| {
        let words = fill(t.old, &[("prefix", prefix), ("time", &ui.time(until))]);
        view! { <p class="soft">{words}</p> }
    });
    let rows = vec![
        (t.prefix, view! { <span class="mono">{prefix}</span> }.into_any()),
        (t.scopes, scopes.into_any()),
        (t.used, used.into_any()),
        (t.until, until.into_any()),
    ];
    view! {
        <section class="c">
            <h2>{ui.run(&key.name)}</h2>
            <div class="split"><span><b>{state(shape, word)}</b></span></div>
            <p class="soft">{by}</p>
            {facts(rows)}
            {old}
            {(key.state == KeyState::Active).then(|| steps(ui, key))}
        </section>
    }
    .into_any()
}

/// Rotating and revoking, each after a question.
fn steps(ui: Ui, key: &ApiKey) -> AnyView {
    let t = KeyTexts::of(ui.lang);
    let sending = Sending::of_card(&key.id, &[]);
    let secret: RwSignal<Option<String>> = RwSignal::new(None);
    let rotating = RwSignal::new(false);
    let rotation = Question {
        words: Signal::stored(fill(t.rotate_ask, &[("name", &key.name)])),
        yes: Signal::stored(t.rotate_yes.to_owned()),
        no: ui.t().cancel,
        danger: false,
    };
    let used = key.last_used_on.clone().unwrap_or_else(|| t.never.to_owned());
    let count = key.scopes.len().to_string();
    let asked = fill(t.revoke_ask, &[("name", &key.name), ("n", &count), ("day", &used)]);
    let revocation = Grave {
        id: "revoke-key",
        button: t.revoke,
        class: "b",
        words: Signal::stored(asked),
        yes: Signal::stored(t.revoke_yes.to_owned()),
        no: ui.t().cancel,
        reason: Reason::None,
        typed: None,
    };
    let base = format!("/api/v1/api-keys/{}", escape(&key.id));
    let path = format!("{base}/rotate");
    let rotate = move || {
        let path = path.clone();
        let call = async move { api::post::<_, MadeApiKey>(&path, &RotateApiKey::default()).await };
        sending.run(call, move |made| {
            rotating.set(false);
            secret.set(Some(made.secret));
        });
    };
    let path = format!("{base}/revoke");
    let revoke = move |_| {
        let path = path.clone();
        sending.run(async move { api::post::<_, Anything>(&path, &()).await }, |_| reload());
    };
    view! {
        {ask(ui, sending, rotating, rotation, rotate)}
        {told_once(t.made, t.stored, secret)}
        <p class="buttons">
            {ask_button(sending, rotating, "b", t.rotate)}
        </p>
        {grave(ui, sending, revocation, revoke)}
    }
    .into_any()
}

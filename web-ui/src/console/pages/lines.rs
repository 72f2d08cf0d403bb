//! Lines: the devices that sign for the member's packaging lines, a card each, and registering one.

use leptos::prelude::*;
use tracelight_api::rest::Page as Rows;
use tracelight_api::rest::device::{Device, DeviceState, NewDevice, PLACE_BYTES_MAX};

use crate::console::api::{self, Anything};
use crate::console::browser::{Entries, go};
use crate::console::form::{Control, Field, Sending, field, form, send_button};
use crate::console::icons::{Mark, Sign, state};
use crate::console::load::{Fetched, PageData};
use crate::console::page::Page;
use crate::console::parts::{empty, error_card, head, link_button, note, pager};
use crate::console::texts::goods::LineTexts;
use crate::console::ui::Ui;
use crate::i18n::fill;

/// The list.
pub fn list(ui: Ui, data: &PageData, rows: &Fetched<Rows<Device>>) -> AnyView {
    let t = LineTexts::of(ui.lang);
    let register =
        || data.may_operate().then(|| link_button(Some(Sign::Plus), "b p", Page::NewLine.path(), t.register));
    let bare = || head(None, t.title.into_any(), "".into_any(), None);
    let rows = match rows {
        Ok(rows) => rows,
        Err(problem) => return view! { {bare()} {error_card(ui, data, problem)} }.into_any(),
    };
    if rows.items.is_empty() {
        return view! { {bare()} {empty(t.empty_title, t.empty, register())} }.into_any();
    }
    let count = rows.items.len() as u64;
    let line = fill(if count == 1 { t.line_one } else { t.line }, &[("n", &ui.number(count))]);
    view! {
        {head(None, t.title.into_any(), line.into_any(), register())}
        {rows.items.iter().map(|device| card(ui, device)).collect_view()}
        {pager(ui, data, rows.next.as_deref())}
    }
    .into_any()
}

/// One device: where it stands, how it is doing, what it has sent.
fn card(ui: Ui, device: &Device) -> AnyView {
    let t = LineTexts::of(ui.lang);
    let (shape, words) = match (device.state, &device.last_seen) {
        (DeviceState::Revoked, _) => (Mark::Stopped, t.st_revoked),
        (DeviceState::Waits, _) => (Mark::Planned, t.st_waits),
        (DeviceState::Active, None) => (Mark::Planned, t.st_silent),
        (DeviceState::Active, Some(_)) => (Mark::Done, t.st_active),
    };
    let last = match &device.last_seen {
        Some(seen) => {
            let age = ui.span(ui.now_ms.saturating_sub(seen.time_ms));
            fill(t.last, &[("age", &age), ("n", &ui.number(seen.height))])
        }
        None => t.never.to_owned(),
    };
    let below = match device.state {
        DeviceState::Revoked => {
            let height = device.until.map(|until| ui.number(until)).unwrap_or_default();
            Some(note("stop", fill(t.revoked_note, &[("n", &height)])))
        }
        DeviceState::Active if device.last_seen.is_none() => Some(note("", t.silent_note)),
        _ => None,
    };
    let name = if device.line.is_empty() { t.no_place } else { device.line.as_str() };
    let sent = device.last_sequence.map_or(0, |last| last.saturating_add(1));
    let key = device.key.clone();
    view! {
        <section class="c dev">
            <div class="devrow">
                <div><h2>{ui.run(name)}</h2> <p class="soft">{ui.run(&device.site)}</p></div>
                <div><p><b>{state(shape, words)}</b></p> <p class="soft">{last}</p></div>
                <dl>
                    <div><dt>{t.sent}</dt><dd>{ui.number(sent)}</dd></div>
                    <div><dt>{t.registered}</dt><dd>{ui.evidence(&device.registered)}</dd></div>
                </dl>
            </div>
            {below}
            <p class="soft">{t.key} " " <span class="mono">{key}</span></p>
        </section>
    }
    .into_any()
}

/// Registering a device.
pub fn register(ui: Ui, data: &PageData) -> AnyView {
    let t = LineTexts::of(ui.lang);
    let crumb = Some((Page::Lines.path(), t.title.to_owned()));
    let top = head(crumb, t.new_title.into_any(), t.new_line.into_any(), None);
    if !data.may_operate() {
        return view! { {top} <p class="line">{ui.t().needs_operator}</p> }.into_any();
    }
    let sending = Sending::new(&["line", "site", "key"]);
    let send = move |entries: Entries| {
        let request = NewDevice { key: entries.text("key"), line: entries.text("line"), site: entries.text("site") };
        sending.run(async move { api::post::<_, Anything>("/api/v1/devices", &request).await }, move |_| {
            go(&Page::Lines.path());
        });
    };
    let line = || Control::Line(String::new(), "text", "off");
    let place = fill(t.place_hint, &[("n", &PLACE_BYTES_MAX.to_string())]);
    let fields = [
        Field { name: "line", label: t.f_line, hint: Some(t.line_hint.into()), control: line() },
        Field { name: "site", label: t.f_site, hint: Some(place), control: line() },
        Field { name: "key", label: t.f_key, hint: Some(t.key_hint.into()), control: line() },
    ];
    let inner = view! {
        {fields.into_iter().map(|one| field(ui, sending, one, true)).collect_view()}
        {sending.general(ui)}
        {send_button(ui, sending, "b p", t.register)}
    };
    view! { {top} <section class="c narrowcard">{form(inner, send)}</section> }.into_any()
}

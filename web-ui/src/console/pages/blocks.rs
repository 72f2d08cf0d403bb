//! Steps with a batch's numbers: blocks of lines, declaring a rest invalid, closing the books.

use leptos::prelude::*;
use tracelight_api::rest::goods::{Batch, ORDER_CODES_MAX};
use tracelight_api::rest::numbers::{Block, Invalidate, NewBlock, Numbers};

use crate::console::api::{self, Anything};
use crate::console::browser::{Entries, reload};
use crate::console::form::{Control, Field, Question, Sending, ask, ask_button, field, form, send_button};
use crate::console::grave::{Grave, Reason, grave, marked};
use crate::console::page::escape;
use crate::console::parts::{card, note};
use crate::console::texts::numbers::NumberTexts;
use crate::console::ui::Ui;
use crate::i18n::fill;

/// Path of the batch in the interface.
fn base(numbers: &Numbers) -> String {
    format!("/api/v1/batches/{}/{}", escape(&numbers.gtin), escape(&numbers.lot))
}

/// Codes that a block could take.
fn free(numbers: &Numbers) -> u64 {
    let none = numbers.lines.iter().find(|line| line.line.is_none()).map_or(0, |line| line.counts.open);
    none.saturating_add(numbers.counts.returned)
}

/// The blocks, and a form for another one while the batch is not sealed.
pub fn blocks(ui: Ui, batch: &Batch, numbers: &Numbers, may: bool) -> Option<AnyView> {
    let t = NumberTexts::of(ui.lang);
    if numbers.counts.issued == 0 {
        return None;
    }
    let steps = may && numbers.closed.is_none();
    let list = if numbers.blocks.is_empty() {
        view! { <p class="soft">{t.no_blocks}</p> }.into_any()
    } else {
        numbers.blocks.iter().map(|block| one(ui, numbers, block, steps)).collect_view().into_any()
    };
    let give = (steps && batch.sealed.is_none() && free(numbers) > 0).then(|| give(ui, numbers));
    Some(view! { {card(t.blocks, list)} {give} }.into_any())
}

fn one(ui: Ui, numbers: &Numbers, block: &Block, steps: bool) -> AnyView {
    let t = NumberTexts::of(ui.lang);
    let size = fill(t.block_open, &[("n", &ui.number(block.codes)), ("open", &ui.number(block.open))]);
    let time = ui.time(block.taken_ms);
    let by = match &block.given_by {
        Some(user) => fill(t.by_person, &[("user", user), ("time", &time)]),
        None => fill(t.by_itself, &[("time", &time)]),
    };
    let back = (steps && block.open > 0).then(|| take_back(ui, numbers, block));
    view! {
        <div class="split"><span><b class="mono">{block.line.clone()}</b> " " <span class="soft">{by}</span></span>
            <span>{size}</span></div>
        {back}
    }
    .into_any()
}

fn take_back(ui: Ui, numbers: &Numbers, block: &Block) -> AnyView {
    let t = NumberTexts::of(ui.lang);
    let sending = Sending::of_card(&block.id, &[]);
    let count = ui.number(block.open);
    let say = |text| fill(text, &[("n", count.as_str()), ("line", block.line.as_str())]);
    let step = Grave {
        id: "take-codes-back",
        button: t.take_back,
        class: "b",
        words: Signal::stored(say(t.take_back_ask)),
        yes: Signal::stored(say(t.take_back_yes)),
        no: t.no,
        reason: Reason::None,
        typed: None,
    };
    let path = format!("{}/blocks/{}/return", base(numbers), escape(&block.id));
    let yes = move |_| {
        let path = path.clone();
        sending.run(async move { api::post::<_, Anything>(&path, &()).await }, |_| reload());
    };
    view! {
        {grave(ui, sending, step, yes)}
    }
    .into_any()
}

fn give(ui: Ui, numbers: &Numbers) -> AnyView {
    let t = NumberTexts::of(ui.lang);
    let sending = Sending::of_card("give", &["line", "codes"]);
    let path = format!("{}/blocks", base(numbers));
    let hint = fill(t.give_count_hint, &[("n", &ui.number(free(numbers)))]);
    let refused = hint.clone();
    let send = move |entries: Entries| {
        let Some(codes) = entries.count("codes").filter(|codes| (1..=ORDER_CODES_MAX).contains(codes)) else {
            return sending.refuse("codes", &refused);
        };
        let (path, block) = (path.clone(), NewBlock { line: entries.text("line"), codes });
        sending.run(async move { api::post::<_, Anything>(&path, &block).await }, |_| reload());
    };
    let line = |mode| Control::Line(String::new(), mode, "off");
    let fields = [
        Field { name: "line", label: t.give_line, hint: Some(t.give_line_hint.into()), control: line("text") },
        Field { name: "codes", label: t.give_count, hint: Some(hint), control: line("numeric") },
    ];
    let inner = view! {
        {fields.into_iter().map(|one| field(ui, sending, one, true)).collect_view()}
        {sending.general(ui)}
        {send_button(ui, sending, "b", t.give_go)}
    };
    card(t.give_title, form(inner, send))
}

/// Declaring an open rest invalid, while there is one.
pub fn declare(ui: Ui, numbers: &Numbers) -> Option<AnyView> {
    let t = NumberTexts::of(ui.lang);
    let rests: Vec<(Option<String>, u64)> = numbers
        .lines
        .iter()
        .filter(|line| line.counts.open > 0)
        .map(|line| (line.line.clone(), line.counts.open))
        .collect();
    if rests.is_empty() || numbers.closed.is_some() {
        return None;
    }
    let choice = |(line, open): &(Option<String>, u64)| {
        let name = line.as_deref().unwrap_or(t.no_line);
        let words = fill(t.declare_choice, &[("line", name), ("n", &ui.number(*open))]);
        (line.clone().unwrap_or_default(), words)
    };
    let choices = rests.iter().map(choice).collect();
    let sending = Sending::of_card("declare", &["whose", "reason"]);
    let asking = RwSignal::new(false);
    let pending: RwSignal<Option<Invalidate>> = RwSignal::new(None);
    let path = format!("{}/numbers/invalidate", base(numbers));
    let send = move |entries: Entries| {
        let (line, reason) = (Some(entries.text("whose")).filter(|line| !line.is_empty()), entries.text("reason"));
        if reason.is_empty() {
            return sending.refuse("reason", t.declare_reason_missing);
        }
        let count = rests.iter().find(|(known, _)| *known == line).map_or(0, |(_, open)| *open);
        pending.set(Some(Invalidate { line, serials: Vec::new(), count, reason }));
        sending.problem.set(None);
        asking.set(true);
    };
    let yes = move || {
        if let Some(request) = pending.get_untracked() {
            let path = path.clone();
            sending.run(async move { api::post::<_, Anything>(&path, &request).await }, |_| reload());
        }
    };
    let words = move || {
        let asked = pending.get();
        let (line, count) = asked.map(|asked| (asked.line, asked.count)).unwrap_or_default();
        let line = line.unwrap_or_else(|| t.no_line.to_owned());
        fill(t.declare_ask, &[("n", &ui.number(count)), ("line", &line)])
    };
    let question = Question {
        words: Signal::derive(words),
        yes: Signal::derive(move || t.declare_go.to_owned()),
        no: t.no,
        danger: true,
    };
    let fields = [
        Field { name: "whose", label: t.declare_whose, hint: None, control: Control::Choice(choices) },
        Field {
            name: "reason",
            label: t.declare_reason,
            hint: Some(t.declare_reason_hint.into()),
            control: Control::Line(String::new(), "text", "off"),
        },
    ];
    let inner = view! {
        {fields.into_iter().map(|one| field(ui, sending, one, true)).collect_view()}
        {sending.general(ui)}
        {ask(ui, sending, asking, question, yes)}
        {marked("declare-codes-invalid", send_button(ui, sending, "b danger", t.declare_go))}
    };
    Some(card(t.declare_title, form(inner, send)))
}

/// Closing the books: done, possible, or what is missing.
pub fn closing(ui: Ui, batch: &Batch, numbers: &Numbers, may: bool) -> Option<AnyView> {
    let t = NumberTexts::of(ui.lang);
    if numbers.counts.issued == 0 {
        return None;
    }
    if let Some(closed) = &numbers.closed {
        let words = fill(t.closed_line, &[("user", &closed.user), ("time", &ui.time(closed.at_ms))]);
        return Some(card(t.close_title, view! { <p>{words}</p> }));
    }
    if batch.sealed.is_none() {
        return Some(card(t.close_title, view! { <p class="soft">{t.close_not_sealed}</p> }));
    }
    // What no line holds comes back when the books are closed.
    let held: u64 = numbers.lines.iter().filter(|line| line.line.is_some()).map(|line| line.counts.open).sum();
    if held > 0 {
        let words = fill(t.close_open, &[("n", &ui.number(held))]);
        let of_lines = numbers.open.iter().filter(|code| code.line.is_some());
        let first: Vec<String> = of_lines.map(|code| code.serial.clone()).collect();
        let inner = view! { {note("attention", words)} <p class="mono">{first.join(" ")}</p> };
        return Some(card(t.close_title, inner));
    }
    let ready = view! { <p>{t.close_ready}</p> };
    Some(card(t.close_title, view! { {ready} {may.then(|| close(ui, numbers))} }))
}

fn close(ui: Ui, numbers: &Numbers) -> AnyView {
    let t = NumberTexts::of(ui.lang);
    let (sending, asking) = (Sending::of_card("close", &[]), RwSignal::new(false));
    let words = fill(t.close_ask, &[("n", &ui.number(numbers.counts.issued))]);
    let question =
        Question { words: Signal::stored(words), yes: Signal::stored(t.close_go.to_owned()), no: t.no, danger: false };
    let path = format!("{}/numbers/close", base(numbers));
    let yes = move || {
        let path = path.clone();
        sending.run(async move { api::post::<_, Anything>(&path, &()).await }, |_| reload());
    };
    view! {
        {ask(ui, sending, asking, question, yes)}
        <p class="buttons">{ask_button(sending, asking, "b p", t.close_go)}</p>
        {sending.general(ui)}
    }
    .into_any()
}

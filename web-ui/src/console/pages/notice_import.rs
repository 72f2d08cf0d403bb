//! Uploading a file of recall notices, and what it would change.

use leptos::prelude::*;
use tracelight_api::rest::notice::{NoticeFindings, NoticeImport, NoticeImportState};

use crate::console::api::{self, Anything};
use crate::console::browser::{Entries, reload};
use crate::console::form::{Control, Field, Question, Sending, ask, ask_button, field, form, send_button};
use crate::console::icons::{Mark, Sign, state};
use crate::console::load::PageData;
use crate::console::page::{escape, url};
use crate::console::parts::{facts, link_button, note, table};
use crate::console::texts::notices::NoticeTexts;
use crate::console::ui::Ui;
use crate::i18n::{Lang, fill};

/// Faults and changes that the page lists.
const SHOWN: usize = 10;

/// The form for a file; `class` is that of its button.
pub fn upload(ui: Ui, class: &'static str) -> AnyView {
    let t = NoticeTexts::of(ui.lang);
    let sending = Sending::new(&["file"]);
    let send = move |entries: Entries| {
        let Some(file) = entries.file("file") else { return sending.refuse("file", t.file_missing) };
        let path = url("/api/v1/recall-notices/imports", &[("name", &file.name())]);
        sending.run(async move { api::send_file::<Anything>(&path, &file).await }, |_| reload());
    };
    let control = Control::File(".csv,.json,.txt");
    let one = Field { name: "file", label: t.file, hint: Some(t.file_hint.into()), control };
    let inner = view! {
        <h2>{t.upload}</h2>
        <p class="soft">{t.check_line}</p>
        {field(ui, sending, one, true)}
        {sending.general(ui)}
        {send_button(ui, sending, class, t.check)}
    };
    view! { <section class="c narrowcard">{form(inner, send)}</section> }.into_any()
}

/// A file, with what its check found.
pub fn card(ui: Ui, data: &PageData, import: &NoticeImport) -> AnyView {
    let t = NoticeTexts::of(ui.lang);
    let is_applied = import.state == NoticeImportState::Applied;
    let (shape, words) = if is_applied { (Mark::Done, t.st_applied) } else { (Mark::Planned, t.st_checked) };
    let name = if import.name.is_empty() { t.no_name } else { import.name.as_str() };
    let by = fill(t.by, &[("user", &import.user), ("time", &ui.time(import.created_ms))]);
    let rows = fill(t.rows, &[("n", &ui.number(import.found.rows))]);
    // What an applied file had to say is in the list.
    let details = (!is_applied).then(|| view! { {counts(ui, &import.found)} {changes(ui, &import.found)} });
    view! {
        <section class="c">
            <h2>{ui.run(name)}</h2>
            <div class="split"><span><b>{state(shape, words.to_owned())}</b></span> <span>{rows}</span></div>
            <p class="soft">{by}</p>
            {details}
            {faults(ui, import)}
            {(!is_applied && data.may_operate()).then(|| apply(ui, import))}
        </section>
    }
    .into_any()
}

fn counts(ui: Ui, found: &NoticeFindings) -> AnyView {
    let t = NoticeTexts::of(ui.lang);
    let m = &found.matches;
    let matches = [("fact", m.fact), ("likely", m.likely), ("suggestion", m.suggestion)];
    let matches = matches.map(|(name, count)| (name, ui.number(count)));
    let matches = fill(t.counts, &matches.each_ref().map(|(name, count)| (*name, count.as_str())));
    let number = |count: u64| ui.number(count).into_any();
    let mut rows = vec![
        (t.c_new, number(found.new)),
        (t.c_changed, number(found.changed)),
        (t.c_same, number(found.same)),
        (t.c_faults, number(found.faults_count)),
    ];
    if found.repeated > 0 {
        rows.push((t.c_repeated, number(found.repeated)));
    }
    rows.push((t.c_matches, matches.into_any()));
    facts(rows)
}

fn changes(ui: Ui, found: &NoticeFindings) -> Option<AnyView> {
    let t = NoticeTexts::of(ui.lang);
    if found.changes.is_empty() {
        return None;
    }
    let all = found.changes.iter().flat_map(|change| change.fields.iter().map(move |field| (change, field)));
    let rows = all.take(SHOWN).map(|(change, field)| {
        vec![
            view! { <span class="mono">{change.key.clone()}</span> }.into_any(),
            view! { <span lang="en">{field.field.clone()}</span> }.into_any(),
            ui.run(&field.before),
            ui.run(&field.now),
        ]
    });
    let rows = rows.collect();
    Some(table(t.changes, &["k", "s", "d", "d"], vec![t.key, t.field, t.before, t.now], rows))
}

/// The first records with faults; the error file has all of them.
fn faults(ui: Ui, import: &NoticeImport) -> Option<AnyView> {
    let t = NoticeTexts::of(ui.lang);
    let found = &import.found;
    if found.faults_count == 0 {
        return None;
    }
    let shown = found.faults.len().min(SHOWN);
    let rows = found.faults.iter().take(shown).map(|fault| {
        let message = match ui.lang {
            Lang::Zh => fault.message_zh.clone(),
            Lang::En => fault.message_en.clone(),
        };
        vec![
            fault.row.to_string().into_any(),
            view! { <span class="mono">{fault.column.clone()}</span> }.into_any(),
            ui.run(&message),
        ]
    });
    let rows = rows.collect();
    let (language, more) = (if ui.lang == Lang::Zh { "zh" } else { "en" }, found.faults_count > shown as u64);
    let path = format!("/api/v1/recall-notices/imports/{}/errors.csv", escape(&import.id));
    let path = url(&path, &[("language", language)]);
    let words = format!("{}: {}", t.c_faults, ui.number(found.faults_count));
    Some(
        view! {
            {note("attention", words)}
            {table(t.faults, &["k n", "s", "d"], vec![t.row, t.column, t.what], rows)}
            {more.then(|| view! { <p class="soft">{fill(t.more, &[("n", &ui.number(shown as u64))])}</p> })}
            <p>{link_button(Some(Sign::Download), "b", path, t.errors)}</p>
        }
        .into_any(),
    )
}

/// Applying, after a question that names the count.
fn apply(ui: Ui, import: &NoticeImport) -> AnyView {
    let t = NoticeTexts::of(ui.lang);
    let sending = Sending::of_card(&import.id, &[]);
    let asking = RwSignal::new(false);
    let count = ui.number(import.found.new + import.found.changed);
    let say = |text: &'static str| Signal::stored(fill(text, &[("n", &count)]));
    let question = Question { words: say(t.apply_ask), yes: say(t.apply_yes), no: t.no, danger: false };
    let path = format!("/api/v1/recall-notices/imports/{}/apply", escape(&import.id));
    let run = move || {
        let path = path.clone();
        sending.run(async move { api::post::<_, Anything>(&path, &()).await }, |_| reload());
    };
    view! {
        {ask(ui, sending, asking, question, run)}
        <p class="buttons">{ask_button(sending, asking, "b p", t.apply)}</p>
        {sending.general(ui)}
    }
    .into_any()
}

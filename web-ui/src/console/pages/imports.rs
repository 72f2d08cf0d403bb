//! Imports: uploading a table, what its dry run found, applying it and taking it back.

use leptos::prelude::*;
use tracelight_api::problem::Problem;
use tracelight_api::rest::Page as Rows;
use tracelight_api::rest::imports::{Import, ImportFault, ImportKind, ImportState};
use tracelight_api::rest::session::MemberRole;

use crate::console::api::{self, Anything};
use crate::console::browser::{Entries, reload};
use crate::console::form::{Control, Field, Question, Sending, ask, ask_button, field, form, send_button};
use crate::console::grave::{Grave, Reason, grave};
use crate::console::icons::{Mark, Sign, state};
use crate::console::lists::{is_narrowed, nothing, tools};
use crate::console::load::{Fetched, PageData};
use crate::console::page::{Page, escape, url};
use crate::console::parts::{empty, error_card, head, link_button, note, pager, table};
use crate::console::shell::language_key;
use crate::console::texts::imports::ImportTexts;
use crate::console::ui::Ui;
use crate::i18n::{Lang, fill};

/// Faults that the page lists; the error file has all that the server tells.
const FAULTS_SHOWN: usize = 20;

/// The list, below the form for a new one.
pub fn page(ui: Ui, data: &PageData, rows: &Fetched<Rows<Import>>) -> AnyView {
    let t = ImportTexts::of(ui.lang);
    let top = head(None, t.title.into_any(), t.line.into_any(), None);
    let rows = match rows {
        Ok(rows) => rows,
        Err(problem) => return view! { {top} {error_card(ui, data, problem)} }.into_any(),
    };
    let states = ImportState::ALL.map(|state| (state.word(), state_words(t, state)));
    let tools = || tools(ui, data, &Page::Imports, "imports", &states);
    let narrowed = is_narrowed(&data.address);
    let find = (narrowed || !rows.items.is_empty()).then(tools);
    let list = if rows.items.is_empty() && narrowed {
        nothing(ui, &Page::Imports)
    } else if rows.items.is_empty() {
        let (name, _) = kinds(data).first().map_or(("", ""), |kind| words(t, *kind));
        let path = url("/api/v1/imports/template", &[("kind", name), ("language", language_key(ui.lang))]);
        empty(t.empty_title, t.empty, Some(link_button(Some(Sign::Download), "b", path, t.template)))
    } else {
        rows.items.iter().map(|import| card(ui, data, import)).collect_view().into_any()
    };
    view! {
        {top}
        {data.may_operate().then(|| upload(ui, data))}
        {find}
        {list}
        {pager(ui, data, rows.next.as_deref())}
    }
    .into_any()
}

const fn words(t: &'static ImportTexts, kind: ImportKind) -> (&'static str, &'static str) {
    match kind {
        ImportKind::Products => ("products", t.products),
        ImportKind::Partners => ("partners", t.partners),
        ImportKind::Codes => ("codes", t.codes),
    }
}

/// A state as a filter says it.
const fn state_words(t: &'static ImportTexts, state: ImportState) -> &'static str {
    match state {
        ImportState::Checked => t.st_checked,
        ImportState::Refused => t.st_refused,
        ImportState::Applying => t.f_applying,
        ImportState::Applied => t.st_applied,
        ImportState::Undone => t.st_undone,
    }
}

/// What the reader's member may upload.
fn kinds(data: &PageData) -> &'static [ImportKind] {
    match data.session.as_ref().map(|session| session.member.role) {
        Some(MemberRole::Manufacturer) => &[ImportKind::Products, ImportKind::Codes, ImportKind::Partners],
        _ => &[ImportKind::Partners],
    }
}

fn upload(ui: Ui, data: &PageData) -> AnyView {
    let t = ImportTexts::of(ui.lang);
    let sending = Sending::new(&["kind", "file"]);
    let send = move |entries: Entries| {
        let Some(file) = entries.file("file") else { return sending.refuse("file", t.file_missing) };
        let path = url("/api/v1/imports", &[("kind", &entries.text("kind")), ("name", &file.name())]);
        sending.run(async move { api::send_file::<Anything>(&path, &file).await }, |_| reload());
    };
    let choices = kinds(data).iter().map(|kind| words(t, *kind));
    let choices = choices.map(|(name, words)| (name.to_owned(), words.to_owned())).collect();
    let fields = [
        Field { name: "kind", label: t.kind, hint: None, control: Control::Choice(choices) },
        Field { name: "file", label: t.file, hint: Some(t.file_hint.into()), control: Control::File(".csv,.xlsx") },
    ];
    let templates = kinds(data).iter().map(|kind| {
        let (name, words) = words(t, *kind);
        let path = url("/api/v1/imports/template", &[("kind", name), ("language", language_key(ui.lang))]);
        view! { <a href=path>{words}</a> " " }
    });
    let inner = view! {
        <h2>{t.new}</h2>
        {fields.into_iter().map(|one| field(ui, sending, one, true)).collect_view()}
        {sending.general(ui)}
        {send_button(ui, sending, "b p", t.check)}
        <p class="hint">{t.templates} " " {templates.collect_view()}</p>
    };
    view! { <section class="c narrowcard">{form(inner, send)}</section> }.into_any()
}

fn card(ui: Ui, data: &PageData, import: &Import) -> AnyView {
    let t = ImportTexts::of(ui.lang);
    let (shape, told) = match import.state {
        ImportState::Checked => (Mark::Planned, t.st_checked.to_owned()),
        ImportState::Refused => (Mark::Attention, t.st_refused.to_owned()),
        ImportState::Applying => (Mark::Running, fill(t.st_applying, &[("n", &ui.number(import.applied))])),
        ImportState::Applied => (Mark::Done, t.st_applied.to_owned()),
        ImportState::Undone => (Mark::Stopped, t.st_undone.to_owned()),
    };
    let name = if import.name.is_empty() { t.no_name } else { import.name.as_str() };
    let by = fill(t.by, &[("user", &import.user), ("time", &ui.time(import.created_ms))]);
    let rows = fill(t.rows, &[("n", &ui.number(import.rows))]);
    view! {
        <section class="c">
            <h2>{words(t, import.kind).1} ": " {ui.run(name)}</h2>
            <div class="split"><span><b>{state(shape, told)}</b></span> <span>{rows}</span></div>
            <p class="soft">{by}</p>
            {(import.state == ImportState::Refused).then(|| faults(ui, import))}
            {data.may_operate().then(|| steps(ui, import))}
        </section>
    }
    .into_any()
}

/// The first faults, by row and column.
fn faults(ui: Ui, import: &Import) -> AnyView {
    let t = ImportTexts::of(ui.lang);
    let counts = [("n", ui.number(import.faults_count)), ("rows", ui.number(import.rows_refused))];
    let counts = counts.each_ref().map(|(name, value)| (*name, value.as_str()));
    let shown = import.faults.len().min(FAULTS_SHOWN);
    let more = import.faults_count > shown as u64;
    let cells = |fault: &ImportFault| {
        let (message, expected) = match ui.lang {
            Lang::Zh => (fault.message_zh.clone(), fault.expected_zh.clone()),
            Lang::En => (fault.message_en.clone(), fault.expected_en.clone()),
        };
        let column = match &fault.letters {
            Some(letters) => format!("{letters} ({})", fault.column),
            None => fault.column.clone(),
        };
        vec![
            fault.row.to_string().into_any(),
            view! { <span class="mono">{column}</span> }.into_any(),
            ui.run(&fault.found),
            ui.run(&message),
            ui.run(&expected),
        ]
    };
    let rows = import.faults.iter().take(shown).map(cells).collect();
    let path = format!("/api/v1/imports/{}/errors.csv", escape(&import.id));
    let path = url(&path, &[("language", language_key(ui.lang))]);
    view! {
        {note("attention", fill(t.wrong, &counts))}
        {table(t.what, &["k n", "s", "d", "d", "x"], vec![t.row, t.column, t.found, t.what, t.expected], rows)}
        {more.then(|| view! { <p class="soft">{fill(t.more, &[("n", &ui.number(shown as u64))])}</p> })}
        <p>{link_button(Some(Sign::Download), "b", path, t.errors)}</p>
    }
    .into_any()
}

/// What can be done with an import, each after a question.
fn steps(ui: Ui, import: &Import) -> Option<AnyView> {
    let t = ImportTexts::of(ui.lang);
    let products = import.kind == ImportKind::Products;
    let (step, verb, asked, yes) = match import.state {
        ImportState::Checked | ImportState::Applying if products => ("apply", t.apply, t.apply_chain, t.apply_yes),
        ImportState::Checked => ("apply", t.apply, t.apply_ask, t.apply_yes),
        ImportState::Applied if !products => ("undo", t.undo, t.undo_ask, t.undo_yes),
        _ => return None,
    };
    let sending = Sending::of_card(&import.id, &[]);
    let asking = RwSignal::new(false);
    let count = ui.number(import.rows);
    let say = move |text: &'static str| fill(text, &[("n", &count)]);
    let (asked, yes) = (say(asked), say(yes));
    let (words, yes) = (Signal::stored(asked), Signal::stored(yes));
    let path = format!("/api/v1/imports/{}/{step}", escape(&import.id));
    let run = move || {
        let path = path.clone();
        sending.run(async move { send_step(&path).await }, |()| reload());
    };
    if step == "undo" {
        let step = Grave {
            id: "take-import-back",
            button: verb,
            class: "b",
            words,
            yes,
            no: t.no,
            reason: Reason::None,
            typed: None,
        };
        return Some(grave(ui, sending, step, move |_| run()));
    }
    let question = Question { words, yes, no: t.no, danger: false };
    let view = view! {
        {ask(ui, sending, asking, question, run)}
        <p class="buttons">{ask_button(sending, asking, "b p", verb)}</p>
        {sending.general(ui)}
    };
    Some(view.into_any())
}

/// Products take their time: asked again until all are on the chain, at most as often as the largest file needs.
async fn send_step(path: &str) -> Result<(), Problem> {
    const TIMES: u32 = 100;
    for _ in 0..TIMES {
        let import = api::post::<_, Import>(path, &()).await?;
        if import.state != ImportState::Applying {
            break;
        }
    }
    Ok(())
}

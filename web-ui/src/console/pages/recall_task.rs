//! A recall notice to the reader's organisation: why, which lots, what to do, and the answer that it signs. The first time that
//! somebody opens it in a browser is kept: that is what "reached" means.

use leptos::prelude::*;
use tracelight_api::rest::recall_task::{LotAnswer, NewAnswer, RecallTask, TaskLot};

use crate::console::api::{self, Anything};
use crate::console::browser::{Entries, reload};
use crate::console::form::{Question, Sending, ask, form, send_button};
use crate::console::icons::{Mark, state};
use crate::console::load::{Fetched, PageData};
use crate::console::page::{Page, escape};
use crate::console::parts::{card, error_card, facts, head, note};
use crate::console::texts::recall_cases::CaseTexts;
use crate::console::texts::recalls::RecallTexts;
use crate::console::ui::Ui;
use crate::i18n::fill;

/// The four counts of an answer, as its form names them.
const COUNTS: [&str; 4] = ["found", "quarantined", "sold", "unaccounted"];

/// The page.
pub fn page(ui: Ui, data: &PageData, task: &Fetched<RecallTask>) -> AnyView {
    let (t, r) = (CaseTexts::of(ui.lang), RecallTexts::of(ui.lang));
    let crumb = Some((Page::Recalls.path(), r.title.to_owned()));
    let task = match task {
        Ok(task) => task,
        Err(problem) => {
            return view! { {head(crumb, t.task_title.into_any(), "".into_any(), None)} {error_card(ui, data, problem)} }
                .into_any();
        }
    };
    if task.task.seen_ms.is_none() {
        tell_seen(&task.task.case);
    }
    let by = ui.name(&task.by_en, &task.by_zh);
    let title = if task.task.drill { format!("{}{}", t.one_drill, task.task.title) } else { task.task.title.clone() };
    let line = fill(if task.task.drill { t.task_line_drill } else { t.task_line }, &[("by", &by)]);
    let reminded = task.task.reminded_ms.map(|ms| note("attention", fill(t.reminded_at, &[("time", &ui.time(ms))])));
    view! {
        {head(crumb, title.into_any(), line.into_any(), None)}
        {reminded}
        <div class="two">
            <div>{answer(ui, data, task)}</div>
            <div>
                {card(r.reason, why(ui, task, by))}
                {card(t.answered_before, history(ui, task))}
            </div>
        </div>
    }
    .into_any()
}

/// Says that the notice was opened, once the page lives in a browser. Whether it arrives shows on the next page.
fn tell_seen(case: &str) {
    let path = format!("/api/v1/recall-tasks/{}/seen", escape(case));
    Effect::new(move |_| {
        let path = path.clone();
        leptos::task::spawn_local(async move {
            let _ = api::post::<_, Anything>(&path, &()).await;
        });
    });
}

fn why(ui: Ui, task: &RecallTask, by: String) -> AnyView {
    let (t, r) = (CaseTexts::of(ui.lang), RecallTexts::of(ui.lang));
    let mut rows = vec![
        (t.by, ui.run(&by)),
        (r.class, fill(r.class_n, &[("n", &task.task.class.to_string())]).into_any()),
        (t.told, ui.time(task.task.told_ms).into_any()),
    ];
    if !task.region.is_empty() {
        rows.push((t.t_region, ui.run(&task.region)));
    }
    view! {
        <p lang="zh-CN">{task.reason_zh.clone()}</p> <p class="line" lang="en">{task.reason_en.clone()}</p>
        {facts(rows)}
    }
    .into_any()
}

fn answer(ui: Ui, data: &PageData, task: &RecallTask) -> AnyView {
    let t = CaseTexts::of(ui.lang);
    if !task.task.open {
        return view! { {note("", t.task_ended)} {lots_read(ui, task)} }.into_any();
    }
    if !data.may_operate() {
        return view! { {note("", ui.t().needs_operator)} {lots_read(ui, task)} }.into_any();
    }
    let sending = Sending::new(&["lots"]);
    let asking = RwSignal::new(false);
    let pending: RwSignal<Option<NewAnswer>> = RwSignal::new(None);
    let (revision, names) = (task.revision, task.lots.clone());
    let send = move |entries: Entries| match read(&entries, &names) {
        Some(lots) => {
            pending.set(Some(NewAnswer { revision, lots }));
            sending.problem.set(None);
            asking.set(true);
        }
        None => sending.refuse("lots", t.bad_count),
    };
    let question = Question {
        words: Signal::derive(move || t.answer_ask.to_owned()),
        yes: Signal::derive(move || t.answer.to_owned()),
        no: ui.t().cancel,
        danger: false,
    };
    let path = format!("/api/v1/recall-tasks/{}/answers", escape(&task.task.case));
    let yes = move || {
        if let Some(request) = pending.get_untracked() {
            let path = path.clone();
            sending.run(async move { api::post::<_, Anything>(&path, &request).await }, |_| reload());
        }
    };
    let inner = view! {
        <p class="soft">{t.what_to_do}</p>
        {task.lots.iter().enumerate().map(|(at, lot)| lot_fields(ui, at, lot)).collect_view()}
        <p class="wrong" id="f-lots" tabindex="-1">{move || sending.problem.get().filter(|p| p.field.as_deref() == Some("lots")).map(|p| ui.problem(&p))}</p>
        {sending.general(ui)}
        {ask(ui, sending, asking, question, yes)}
        <p class="buttons">{send_button(ui, sending, "b p", t.answer)}</p>
    };
    card(t.lots, form(inner, send))
}

/// The counts of every lot; `None` when one of them is no count. A lot that is left empty is not answered for.
fn read(entries: &Entries, lots: &[TaskLot]) -> Option<Vec<LotAnswer>> {
    let mut out = Vec::new();
    for (at, lot) in lots.iter().enumerate() {
        let texts = COUNTS.map(|count| entries.text(&format!("{count}-{at}")));
        if texts.iter().all(String::is_empty) && lot.answer.is_none() {
            continue;
        }
        let mut counts = [0u64; 4];
        for ((count, text), name) in counts.iter_mut().zip(&texts).zip(COUNTS) {
            *count = if text.is_empty() { 0 } else { entries.count(&format!("{name}-{at}"))? };
        }
        let [found, quarantined, sold, unaccounted] = counts;
        let note = entries.text(&format!("note-{at}"));
        out.push(LotAnswer {
            gtin: lot.gtin.clone(),
            lot: lot.lot.clone(),
            found,
            quarantined,
            sold,
            unaccounted,
            note,
        });
    }
    Some(out)
}

fn lot_head(ui: Ui, lot: &TaskLot) -> AnyView {
    let t = CaseTexts::of(ui.lang);
    let (name, gtin) = (lot.lot.clone(), lot.gtin.clone());
    let held = lot.in_stock.saturating_add(lot.in_transit).saturating_add(lot.short);
    let rest = (lot.not_explained > 0)
        .then(|| state(Mark::Attention, fill(t.not_explained_n, &[("n", &ui.number(lot.not_explained))])));
    view! {
        <p><b class="mono">{name}</b> " · " {ui.run(&ui.name(&lot.product_en, &lot.product_zh))} " · " <span class="mono soft">{gtin}</span></p>
        <p class="soft">{t.chain_says} ": " {ui.packs(held)} " " {rest}</p>
    }
    .into_any()
}

fn lot_fields(ui: Ui, at: usize, lot: &TaskLot) -> AnyView {
    let t = CaseTexts::of(ui.lang);
    let before = |part: fn(&LotAnswer) -> u64| lot.answer.as_ref().map(part).map(|count| count.to_string());
    let values = [
        (t.a_found, before(|answer| answer.found)),
        (t.a_quarantined, before(|answer| answer.quarantined)),
        (t.a_sold, before(|answer| answer.sold)),
        (t.a_unaccounted, before(|answer| answer.unaccounted)),
    ];
    let fields = values.into_iter().zip(COUNTS).map(|((label, value), name)| {
        let id = format!("{name}-{at}");
        view! {
            <div class="field"><label for=id.clone()>{label}</label>
                <input type="text" id=id.clone() name=id inputmode="numeric" autocomplete="off" value=value.unwrap_or_default()/></div>
        }
    });
    let note_id = format!("note-{at}");
    let note = lot.answer.as_ref().map(|answer| answer.note.clone()).unwrap_or_default();
    view! {
        <fieldset class="lot">
            <legend class="vh">{lot.lot.clone()}</legend>
            {lot_head(ui, lot)}
            <div class="three counts">{fields.collect_view()}</div>
            <div class="field"><label for=note_id.clone()>{t.note}</label> <p class="hint">{t.note_hint}</p>
                <input type="text" id=note_id.clone() name=note_id autocomplete="off" value=note/></div>
        </fieldset>
    }
    .into_any()
}

fn lots_read(ui: Ui, task: &RecallTask) -> AnyView {
    let t = CaseTexts::of(ui.lang);
    let lots = task
        .lots
        .iter()
        .map(|lot| view! { <li>{lot_head(ui, lot)} {lot.answer.as_ref().map(|answer| counts(ui, answer))}</li> });
    card(t.lots, view! { <ul class="log">{lots.collect_view()}</ul> })
}

fn counts(ui: Ui, answer: &LotAnswer) -> AnyView {
    let t = CaseTexts::of(ui.lang);
    let parts = [
        (t.a_found, answer.found),
        (t.a_quarantined, answer.quarantined),
        (t.a_sold, answer.sold),
        (t.a_unaccounted, answer.unaccounted),
    ];
    let words: Vec<String> = parts.into_iter().map(|(label, count)| format!("{label} {}", ui.number(count))).collect();
    let note = (!answer.note.is_empty()).then(|| view! { " · " {ui.run(&answer.note)} });
    view! { <p>{words.join(" · ")} {note}</p> }.into_any()
}

fn history(ui: Ui, task: &RecallTask) -> AnyView {
    let t = CaseTexts::of(ui.lang);
    if task.answers.is_empty() {
        return view! { <p>{t.answers_none}</p> }.into_any();
    }
    let lines = task.answers.iter().rev().map(|given| {
        let words = fill(t.revision, &[("n", &given.revision.to_string()), ("user", &given.user)]);
        let evidence = match &given.evidence {
            Some(evidence) => ui.evidence(evidence),
            None => view! { <span class="ev">{t.on_its_way}</span> }.into_any(),
        };
        let lots = given.lots.iter().map(|lot| view! { <div><span class="mono">{lot.lot.clone()}</span> {counts(ui, lot)}</div> });
        view! { <li><b>{words}</b> <p class="soft">{ui.time(given.at_ms)} " · " {evidence}</p> {lots.collect_view()}</li> }
    });
    view! { <ol class="log" reversed>{lines.collect_view()}</ol> }.into_any()
}

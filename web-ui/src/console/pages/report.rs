//! One report: what was said, other reports of the same code, the next step, and what was done.

use leptos::prelude::*;
use tracelight_api::rest::report::{
    Finding, NOTE_CHARS_MAX, REPLY_CHARS_MAX, Report, ReportCase, ReportStatus, ReportStep, ReportUpdate,
};
use tracelight_api::rest::session::MemberRole;

use super::reports::{finding_words, product_words, report_state, status_words, what_words};
use crate::console::api::{self, Anything};
use crate::console::browser::{Entries, reload};
use crate::console::form::{Control, Field, Sending, field, form, send_button};
use crate::console::load::{Fetched, PageData};
use crate::console::page::{Page, escape, url};
use crate::console::parts::{card, error_card, facts, head};
use crate::console::texts::reports::ReportTexts;
use crate::console::ui::Ui;
use crate::i18n::fill;

/// Photos that a report can have.
const PHOTOS_SHOWN_MAX: u32 = 5;

/// The page.
pub fn page(ui: Ui, data: &PageData, case: &Fetched<ReportCase>) -> AnyView {
    let t = ReportTexts::of(ui.lang);
    let crumb = Some((Page::Reports.path(), t.title.to_owned()));
    let case = match case {
        Ok(case) => case,
        Err(problem) => {
            return view! { {head(crumb, t.title.into_any(), "".into_any(), None)} {error_card(ui, data, problem)} }
                .into_any();
        }
    };
    let report = &case.report;
    let title = view! { <span class="mono">{report.case_number.clone()}</span> }.into_any();
    let line = view! { {product_words(ui, report)} " · " {status_words(ui, report.status)} }.into_any();
    view! {
        {head(crumb, title, line, None)}
        <div class="two">
            <div>
                {card(t.reported, said(ui, data, case))}
                {(case.photos > 0).then(|| card(t.photos_title, photos(ui, case)))}
                {next_step(ui, data, case)}
            </div>
            <div>
                {(!case.same.is_empty()).then(|| card(t.same_title, others(case)))}
                {card(t.log, log(ui, data, &case.steps))}
            </div>
        </div>
    }
    .into_any()
}

fn said(ui: Ui, data: &PageData, case: &ReportCase) -> AnyView {
    let t = ReportTexts::of(ui.lang);
    let report = &case.report;
    let text = |text: &str| if text.is_empty() { "–".into_any() } else { ui.run(text) };
    let mut rows = vec![(t.h_state, report_state(ui, report)), (t.h_what, what_words(ui, &report.what).into_any())];
    if let Some(code) = code_of(report) {
        let trace = url(&Page::Trace.path(), &[("code", code.as_str())]);
        let shown = code.clone();
        rows.push((t.code, view! { <span class="mono">{shown}</span> " " <a href=trace>{t.see_trace}</a> }.into_any()));
    }
    if let Some(lot) = &report.lot {
        let recall = report.gtin.as_ref().map(|gtin| {
            let path = url(&Page::NewRecall.path(), &[("gtin", gtin.as_str()), ("lot", lot.as_str())]);
            view! { " " <a href=path>{t.see_recall}</a> }
        });
        rows.push((t.lot, view! { <span class="mono">{lot.clone()}</span> {recall} }.into_any()));
    }
    rows.push((t.h_received, ui.time(report.received_ms).into_any()));
    rows.push((t.place, text(&case.place)));
    let is_regulator = data.session.as_ref().is_some_and(|session| session.member.role == MemberRole::Regulator);
    let contact = if !is_regulator {
        t.contact_not_yours.into_any()
    } else if case.contact.is_empty() {
        t.contact_none.into_any()
    } else {
        view! { {ui.run(&case.contact)} <p class="soft">{t.contact_kept}</p> }.into_any()
    };
    rows.push((t.contact, contact));
    facts(rows)
}

/// The photos, each a link to itself alone.
fn photos(ui: Ui, case: &ReportCase) -> AnyView {
    let t = ReportTexts::of(ui.lang);
    let shown = (1..=case.photos.min(PHOTOS_SHOWN_MAX)).map(|number| {
        let path = format!("/api/v1/reports/{}/photos/{number}", escape(&case.report.case_number));
        let words = fill(t.photo, &[("n", &number.to_string())]);
        let picture = path.clone();
        view! { <li><a href=path rel="external"><img src=picture alt=words loading="lazy"/></a></li> }
    });
    view! { <ul class="photos">{shown.collect_view()}</ul> <p class="soft">{t.photos_kept}</p> }.into_any()
}

/// The code as an element string, when the report is about one.
fn code_of(report: &Report) -> Option<String> {
    let (gtin, serial) = (report.gtin.as_ref()?, report.serial.as_ref()?);
    let lot = report.lot.as_ref().map(|lot| format!("(10){lot}")).unwrap_or_default();
    Some(format!("(01){gtin}{lot}(21){serial}"))
}

fn others(case: &ReportCase) -> AnyView {
    let links = case.same.iter().map(|number| {
        let path = Page::Report { case: number.clone() }.path();
        view! { <li><a class="mono" href=path>{number.clone()}</a></li> }
    });
    view! { <ul class="log">{links.collect_view()}</ul> }.into_any()
}

/// The form of the next step. What is chosen at first is what stands.
fn next_step(ui: Ui, data: &PageData, case: &ReportCase) -> AnyView {
    let t = ReportTexts::of(ui.lang);
    if !data.may_operate() {
        return card(t.step_title, view! { <p>{ui.t().needs_operator}</p> });
    }
    let sending = Sending::new(&["status", "finding", "reply", "note"]);
    let path = format!("/api/v1/reports/{}", escape(&case.report.case_number));
    let revision = case.revision;
    let send = move |entries: Entries| {
        let status = ReportStatus::parse(&entries.text("status")).unwrap_or(ReportStatus::InWork);
        let closes = status == ReportStatus::Closed;
        let finding = Finding::parse(&entries.text("finding")).filter(|_| closes);
        if closes && finding.is_none() {
            return sending.refuse("finding", t.finding_missing);
        }
        let update =
            ReportUpdate { revision, status, finding, reply: entries.text("reply"), note: entries.text("note") };
        let path = path.clone();
        sending.run(async move { api::put::<_, Anything>(&path, &update).await }, |_| reload());
    };
    let first = match case.report.status {
        ReportStatus::Received => ReportStatus::InWork,
        other => other,
    };
    let status = chosen_first(ReportStatus::ALL.to_vec(), first)
        .into_iter()
        .map(|status| (status.word().to_owned(), status_words(ui, status).to_owned()));
    let words = |finding: Finding| (finding.word().to_owned(), finding_words(ui, finding).to_owned());
    let mut findings: Vec<(String, String)> = match case.report.finding {
        Some(finding) => chosen_first(Finding::ALL.to_vec(), finding).into_iter().map(words).collect(),
        None => Finding::ALL.map(words).to_vec(),
    };
    if case.report.finding.is_none() {
        findings.insert(0, (String::new(), t.finding_none.to_owned()));
    }
    let most = |text: &str, count: usize| Some(fill(text, &[("n", &count.to_string())]));
    let area = |text: &str| Control::Area(text.to_owned());
    let fields = [
        Field { name: "status", label: t.status, hint: None, control: Control::Choice(status.collect()) },
        Field {
            name: "finding",
            label: t.finding,
            hint: Some(t.finding_hint.into()),
            control: Control::Choice(findings),
        },
        Field { name: "reply", label: t.reply, hint: most(t.reply_hint, REPLY_CHARS_MAX), control: area(&case.reply) },
        Field { name: "note", label: t.note, hint: most(t.note_hint, NOTE_CHARS_MAX), control: area("") },
    ];
    let inner = view! {
        {fields.map(|each| field(ui, sending, each, false)).into_iter().collect_view()}
        {sending.general(ui)}
        <p class="buttons">{send_button(ui, sending, "b p", t.save)}</p>
    };
    card(t.step_title, form(inner, send))
}

fn chosen_first<T: PartialEq + Copy>(mut all: Vec<T>, chosen: T) -> Vec<T> {
    all.sort_by_key(|each| *each != chosen);
    all
}

fn log(ui: Ui, data: &PageData, steps: &[ReportStep]) -> AnyView {
    let t = ReportTexts::of(ui.lang);
    if steps.is_empty() {
        return view! { <p>{t.log_empty}</p> }.into_any();
    }
    let names = data.member_names();
    let line = |step: &ReportStep| {
        let member = names.get(&step.member).unwrap_or(&step.member).clone();
        let by = fill(t.by, &[("user", &step.user), ("member", &member)]);
        let finding = step.finding.map(|finding| format!(" · {}", finding_words(ui, finding)));
        let note = (!step.note.is_empty()).then(|| view! { <p>{ui.run(&step.note)}</p> });
        view! {
            <li>
                <b>{status_words(ui, step.status)} {finding}</b>
                <p class="soft">{ui.time(step.time_ms)} " · " {by}</p>
                {note}
            </li>
        }
    };
    // The newest first: it is what somebody who comes back looks for.
    view! { <ol class="log" reversed>{steps.iter().rev().map(line).collect_view()}</ol> }.into_any()
}

//! A recall case that was sent: where it stands, what is left to be signed, who was reached, what holders answered, how long it took.

use std::time::Duration;

use leptos::prelude::*;
use tracelight_api::rest::recall_case::{AskStep, CaseHolder, CaseStage, CaseStep, RecallCase};
use tracelight_api::rest::session::UserRole;

use super::case_parts::{answer_bar, case_state, chain_bar, lots_table, lots_words, steps, unknowns};
use super::recall_draft::{texts, title};
use crate::console::api::{self, Anything};
use crate::console::browser::reload;
use crate::console::form::{Sending, poll};
use crate::console::grave::{FIELDS, Grave, Reason, Said, grave};
use crate::console::icons::{Mark, Sign, mark};
use crate::console::load::PageData;
use crate::console::page::{Page, escape};
use crate::console::parts::{card, facts, head, link_button, note, table};
use crate::console::shell::language_key;
use crate::console::texts::recall_cases::CaseTexts;
use crate::console::texts::recalls::RecallTexts;
use crate::console::ui::Ui;
use crate::i18n::fill;

/// How often a page of a step under way looks again, and for how long.
const LOOK_EVERY: Duration = Duration::from_secs(2);
const LOOK_TIMES: u32 = 300;

/// The page.
pub fn page(ui: Ui, data: &PageData, case: &RecallCase) -> AnyView {
    let (t, r) = (CaseTexts::of(ui.lang), RecallTexts::of(ui.lang));
    let crumb = Some((Page::Recalls.path(), r.title.to_owned()));
    let class = fill(r.class_n, &[("n", &case.draft.class.to_string())]);
    let packs = ui.packs(case.sums.packs);
    let lots = lots_words(ui, case.lots.len());
    let line = fill(t.one_line, &[("class", &class), ("lots", &lots), ("packs", &packs)]);
    let line = view! { {line} " " {case_state(ui, case.stage, case.draft.drill)} }.into_any();
    let told = case.reach.told > 0;
    let (now, what) = match case.stage {
        CaseStage::Draft | CaseStage::Opening => (3, t.s_check),
        CaseStage::Opened | CaseStage::Approving | CaseStage::Withdrawing | CaseStage::Withdrawn => (4, t.s_approve),
        CaseStage::Approved | CaseStage::Closing | CaseStage::Closed => (5, t.s_follow),
    };
    view! {
        {head(crumb, title(t, case).into_any(), line, Some(papers(ui, case)))}
        {steps(ui, now, what)}
        {under_way(ui, data, case)}
        {told.then(|| reach(ui, case))}
        <div class="two">
            <div>
                {(case.stage == CaseStage::Opened).then(|| signatures(ui, data, case))}
                {card(fill(t.where_are, &[("packs", &packs)]), chain_bar(ui, &case.sums))}
                {told.then(|| card(t.answers_title, answer_bar(ui, &case.sums)))}
                {told.then(|| unreached(ui, case))}
                {told.then(|| card(t.holders, holders(ui, case)))}
                {card(t.lots, lots_table(ui, t.lots, &case.lots, None))}
                {(case.stage == CaseStage::Approved).then(|| signatures(ui, data, case))}
            </div>
            <div>
                {card(t.stopwatch, stopwatch(ui, case))}
                <section class="c attention gap"><h2>{mark(Mark::Attention)} <span>{r.unknown_title}</span></h2>{unknowns(ui, &case.sums)}</section>
                {signed(ui, case)}
                {record(ui, case)}
                {card(r.reason, view! { {texts(ui, &case.draft)} {places(ui, case)} })}
            </div>
        </div>
    }
    .into_any()
}

/// The report, and the sealed record once there is one.
fn papers(ui: Ui, case: &RecallCase) -> AnyView {
    let t = CaseTexts::of(ui.lang);
    let path = |name: &str| format!("/api/v1/recall-cases/{}/{name}", escape(&case.id));
    let sealed = case.record_hash.is_some();
    let language = language_key(ui.lang);
    view! {
        {link_button(Some(Sign::Download), "b", path(&format!("report.pdf?language={language}")), t.report_pdf)}
        {sealed.then(|| link_button(Some(Sign::Download), "b", path("record.json"), t.record_json))}
        {sealed.then(|| link_button(Some(Sign::Download), "b", path("record.tx"), t.record_tx))}
    }
    .into_any()
}

fn record(ui: Ui, case: &RecallCase) -> Option<AnyView> {
    let t = CaseTexts::of(ui.lang);
    let hash = case.record_hash.clone()?;
    let evidence = case.record.as_ref().map(|evidence| ui.evidence(evidence));
    let command = "tracelight record record.json --tx record.tx --node http://NODE";
    let inner = view! { <p>{t.record_line}</p> <p class="mono">{hash}</p> <p>{evidence}</p> <pre tabindex="0"><code>{command}</code></pre> };
    Some(card(t.record, inner))
}

fn places(ui: Ui, case: &RecallCase) -> AnyView {
    let t = CaseTexts::of(ui.lang);
    let rows: Vec<_> = [(t.t_region, &case.draft.region), (t.t_publication, &case.draft.publication)]
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(label, text)| (label, ui.run(text)))
        .collect();
    facts(rows)
}

/// A step that takes a while: how far it is, or why it stands still.
fn under_way(ui: Ui, data: &PageData, case: &RecallCase) -> Option<AnyView> {
    let t = CaseTexts::of(ui.lang);
    let step = case.stage.under_way()?;
    let all = case.lots.len() as u64;
    let words = fill(t.progress, &[("n", &ui.number(case.done_lots)), ("m", &ui.number(all))]);
    let trouble = case.trouble.clone();
    if trouble.is_none() {
        poll(
            LOOK_EVERY,
            LOOK_TIMES,
            || {
                reload();
                false
            },
            || {},
        );
    }
    let role = data.session.as_ref().map(|session| session.role);
    let may = match step {
        CaseStep::Approve => role == Some(UserRole::Approver),
        _ => role == Some(UserRole::Operator),
    };
    let again = (trouble.is_some() && may && is_own(data, case)).then(|| again(ui, case, step));
    Some(
        view! {
            <section class="c">
                <p>{words}</p>
                <progress max=all.to_string() value=case.done_lots.to_string()></progress>
                {trouble.map(|why| note("stop", view! { <b>{t.stands_still}</b> ": " {ui.run(&why)} }))}
                <p class="soft">{t.progress_note}</p>
                {again}
            </section>
        }
        .into_any(),
    )
}

fn again(ui: Ui, case: &RecallCase, step: CaseStep) -> AnyView {
    let t = CaseTexts::of(ui.lang);
    let reason = case.end_reason.clone().unwrap_or_default();
    let ask = Grave {
        id: "go-on-with-recall-step",
        button: t.again,
        class: "b p",
        words: Signal::derive(move || t.again_ask.to_owned()),
        yes: Signal::derive(move || t.again.to_owned()),
        no: ui.t().cancel,
        reason: Reason::None,
        typed: None,
    };
    let packs = case.sums.packs;
    step_button(ui, case, step, ask, move |_| Said { count: Some(packs), reason: reason.clone() })
}

fn is_own(data: &PageData, case: &RecallCase) -> bool {
    data.session.as_ref().is_some_and(|session| session.member.gln == case.member)
}

/// A button that takes a step of the whole case.
fn step_button(
    ui: Ui,
    case: &RecallCase,
    step: CaseStep,
    ask: Grave,
    said: impl Fn(Said) -> Said + Clone + Send + Sync + 'static,
) -> AnyView {
    let sending = Sending::of_card(step.word(), FIELDS);
    let path = format!("/api/v1/recall-cases/{}/{}", escape(&case.id), step.word());
    let revision = case.draft.revision;
    grave(ui, sending, ask, move |what| {
        let Said { count, reason } = said(what);
        let (path, request) = (path.clone(), AskStep { revision, packs: count, reason });
        sending.run(async move { api::post::<_, Anything>(&path, &request).await }, |_| reload());
    })
}

/// What is left to be signed.
fn signatures(ui: Ui, data: &PageData, case: &RecallCase) -> Option<AnyView> {
    let t = CaseTexts::of(ui.lang);
    let role = data.session.as_ref().map(|session| session.role)?;
    if !is_own(data, case) {
        return None;
    }
    let packs = ui.packs(case.sums.packs);
    let drill = case.draft.drill;
    let inner = match (case.stage, role) {
        (CaseStage::Opened, UserRole::Approver) => {
            let words = fill(if drill { t.approve_ask_drill } else { t.approve_ask }, &[("packs", &packs)]);
            let count = case.sums.packs;
            let ask = Grave {
                id: "approve-recall-case",
                button: if drill { t.approve_drill } else { t.approve },
                class: "b p",
                words: Signal::derive(move || words.clone()),
                yes: Signal::derive(move || t.approve_yes.to_owned()),
                no: ui.t().cancel,
                reason: Reason::None,
                typed: Some((fill(t.type_packs, &[("n", &count.to_string())]), count)),
            };
            step_button(ui, case, CaseStep::Approve, ask, |said| said)
        }
        (CaseStage::Opened, UserRole::Operator) => {
            let words = fill(t.withdraw_ask, &[("lots", &lots_words(ui, case.lots.len()))]);
            let ask = Grave {
                id: "withdraw-recall-case",
                button: t.withdraw,
                class: "b",
                words: Signal::derive(move || words.clone()),
                yes: Signal::derive(move || t.withdraw_yes.to_owned()),
                no: ui.t().cancel,
                reason: Reason::Needed(t.reason),
                typed: None,
            };
            let button = step_button(ui, case, CaseStep::Withdraw, ask, |said| said);
            view! { <p>{t.approve_other}</p> {button} }.into_any()
        }
        (CaseStage::Opened, UserRole::Viewer) => view! { <p>{t.approve_other}</p> }.into_any(),
        (CaseStage::Approved, UserRole::Operator) => closing(ui, case),
        _ => return None,
    };
    Some(view! { <section class="c signature">{inner}</section> }.into_any())
}

fn closing(ui: Ui, case: &RecallCase) -> AnyView {
    let t = CaseTexts::of(ui.lang);
    let missing = case.reach.told.saturating_sub(case.reach.answered);
    let open = case.sums.not_answered.saturating_add(case.sums.not_explained);
    let text = if case.draft.drill { t.close_ask_drill } else { t.close_ask };
    let words = fill(text, &[("n", &ui.number(missing)), ("packs", &ui.packs(open))]);
    let ask = Grave {
        id: "close-recall-case",
        button: if case.draft.drill { t.close_drill } else { t.close },
        class: "b",
        words: Signal::derive(move || words.clone()),
        yes: Signal::derive(move || t.close_yes.to_owned()),
        no: ui.t().cancel,
        reason: if missing > 0 { Reason::Needed(t.reason) } else { Reason::Optional(t.reason) },
        typed: None,
    };
    step_button(ui, case, CaseStep::Close, ask, |said| said)
}

fn reach(ui: Ui, case: &RecallCase) -> AnyView {
    let t = CaseTexts::of(ui.lang);
    let told = case.reach.told;
    let of = |count: u64, all: u64| fill(t.of, &[("n", &ui.number(count)), ("m", &ui.number(all))]);
    let one = |words: &'static str, part: u64, all: u64| {
        view! { <section class="c kpi"><p>{words}</p><p class="big">{ui.share(part, all)}</p><p>{of(part, all)}</p></section> }
    };
    let held = case.sums.in_stock.saturating_add(case.sums.in_transit).saturating_add(case.sums.short);
    view! {
        <div class="three">
            {one(t.k_reach, case.reach.seen, told)}
            {one(t.k_answered, case.reach.answered, told)}
            {one(t.k_quarantined, case.sums.quarantined.min(held), held)}
        </div>
    }
    .into_any()
}

fn unreached(ui: Ui, case: &RecallCase) -> AnyView {
    let t = CaseTexts::of(ui.lang);
    let silent: Vec<&CaseHolder> = case.holders.iter().filter(|holder| holder.seen_ms.is_none()).collect();
    if silent.is_empty() {
        return card(t.unreached, view! { <p>{t.unreached_none}</p> });
    }
    let names = silent.into_iter().map(|holder| {
        let name = ui.name(&holder.name_en, &holder.name_zh);
        view! { <li><b>{ui.run(&name)}</b> " · " {ui.packs(holder.held)}</li> }
    });
    card(t.unreached, view! { <ul class="log">{names.collect_view()}</ul> })
}

fn holders(ui: Ui, case: &RecallCase) -> AnyView {
    let t = CaseTexts::of(ui.lang);
    let when = |ms: Option<u64>| ms.map_or_else(|| t.not_yet.to_owned(), |ms| ui.time(ms));
    let rows = case.holders.iter().map(|holder| {
        let lots = fill(t.lots_n, &[("n", &holder.answered_lots.to_string()), ("m", &holder.lots.to_string())]);
        let evidence = holder.evidence.as_ref().map(|evidence| view! { <br/> {ui.evidence(evidence)} });
        let reminded = match holder.reminded_ms {
            Some(ms) => fill(t.reminded_n, &[("n", &holder.reminders.to_string()), ("time", &ui.time(ms))]),
            None => "–".to_owned(),
        };
        vec![
            ui.run(&ui.name(&holder.name_en, &holder.name_zh)),
            ui.number(holder.held).into_any(),
            when(holder.seen_ms).into_any(),
            view! { {lots} {evidence} }.into_any(),
            reminded.into_any(),
        ]
    });
    let heads = vec![RecallTexts::of(ui.lang).company, t.h_held, t.h_seen, t.h_answered, t.h_reminded];
    table(t.holders, &["k", "s n", "d", "d", "d"], heads, rows.collect())
}

fn stopwatch(ui: Ui, case: &RecallCase) -> AnyView {
    let t = CaseTexts::of(ui.lang);
    let watch = &case.stopwatch;
    let seconds = |ms: Option<u64>| match ms {
        Some(ms) => fill(t.seconds, &[("n", &format!("{}.{}", ui.number(ms / 1_000), ms % 1_000 / 100))]).into_any(),
        None => "–".into_any(),
    };
    facts(vec![
        (t.w_opened, seconds(watch.opened_ms)),
        (t.w_approved, seconds(watch.approved_ms)),
        (t.w_seen, seconds(watch.seen_ms)),
        (t.w_answered, seconds(watch.answered_ms)),
        (t.w_closed, seconds(watch.closed_ms)),
    ])
}

fn signed(ui: Ui, case: &RecallCase) -> AnyView {
    let t = CaseTexts::of(ui.lang);
    let rows = case.steps.iter().map(|taken| {
        let label = match taken.step {
            CaseStep::Open => t.d_open,
            CaseStep::Approve => t.d_approve,
            CaseStep::Close => t.d_close,
            CaseStep::Withdraw => t.d_withdraw,
        };
        let time = ui.time(taken.done_ms.unwrap_or(taken.asked_ms));
        (label, view! { {taken.user.clone()} <span class="ev">{time}</span> }.into_any())
    });
    let why = case.end_reason.clone().map(|why| view! { <p class="soft">{t.end_reason} ": " {ui.run(&why)}</p> });
    card(t.signed, view! { {facts(rows.collect())} {why} })
}

//! A draft of a recall case: its text, then what it affects, what is not known, and its opening. Nothing is sent before that.

use std::collections::BTreeSet;

use leptos::prelude::*;
use tracelight_api::rest::recall_case::{
    AskStep, CaseDraft, CaseStage, LotsFound, PLACE_CHARS_MAX, REASON_CHARS_MAX, RecallCase, TITLE_CHARS_MAX,
};

use super::case_parts::{chain_bar, lots_table, lots_words, steps, unknowns};
use super::recalls::may_open;
use crate::console::api;
use crate::console::browser::{Entries, go};
use crate::console::form::{Control, Field, Question, Sending, ask, ask_button, field, form, send_button};
use crate::console::grave::{FIELDS, Grave, Reason, grave};
use crate::console::icons::{Mark, mark};
use crate::console::load::{Fetched, PageData};
use crate::console::page::{CasePart, Page, escape};
use crate::console::parts::{card, error_card, facts, head, link_button, note};
use crate::console::texts::recall_cases::CaseTexts;
use crate::console::texts::recalls::RecallTexts;
use crate::console::ui::Ui;
use crate::i18n::fill;

/// One of the pages of a draft.
pub fn page(
    ui: Ui,
    data: &PageData,
    part: CasePart,
    case: &Fetched<RecallCase>,
    found: Option<&Fetched<LotsFound>>,
) -> AnyView {
    let t = CaseTexts::of(ui.lang);
    let crumb = || Some((Page::Recalls.path(), RecallTexts::of(ui.lang).title.to_owned()));
    let case = match case {
        Ok(case) => case,
        Err(problem) => {
            return view! { {head(crumb(), t.cases.into_any(), "".into_any(), None)} {error_card(ui, data, problem)} }
                .into_any();
        }
    };
    if part == CasePart::Case {
        return super::recall_case::page(ui, data, case);
    }
    if case.stage != CaseStage::Draft {
        let link = link_button(None, "b p", path(case, CasePart::Case), t.to_case);
        return view! { {head(crumb(), title(t, case).into_any(), t.no_draft.into_any(), Some(link))} }.into_any();
    }
    match part {
        CasePart::Scope => super::recall_new::scope(ui, data, Some(case), found),
        CasePart::Text => view! {
            {head(crumb(), t.text_title.into_any(), t.text_line.into_any(), None)}
            {steps(ui, 2, t.s_text)}
            {text(ui, data, case)}
        }
        .into_any(),
        CasePart::Check | CasePart::Case => check(ui, data, case),
    }
}

fn path(case: &RecallCase, part: CasePart) -> String {
    Page::RecallCase { id: case.id.clone(), part }.path()
}

/// What people call a case.
pub fn title(t: &'static CaseTexts, case: &RecallCase) -> String {
    let title = if case.draft.title.is_empty() { t.untitled } else { case.draft.title.as_str() };
    if case.draft.drill { format!("{}{title}", t.one_drill) } else { title.to_owned() }
}

fn text(ui: Ui, data: &PageData, case: &RecallCase) -> AnyView {
    let t = CaseTexts::of(ui.lang);
    if !may_open(data) {
        return card(t.text_title, view! { <p>{ui.t().needs_operator}</p> });
    }
    let sending =
        Sending::new(&["title", "class", "reason_zh", "reason_en", "advice_zh", "advice_en", "region", "publication"]);
    let (draft, api_path) = (case.draft.clone(), format!("/api/v1/recall-cases/{}", escape(&case.id)));
    let before = draft.clone();
    let send = move |entries: Entries| {
        let draft = CaseDraft {
            title: entries.text("title"),
            class: entries.text("class").parse().unwrap_or(before.class),
            reason_en: entries.text("reason_en"),
            reason_zh: entries.text("reason_zh"),
            advice_en: entries.text("advice_en"),
            advice_zh: entries.text("advice_zh"),
            region: entries.text("region"),
            publication: entries.text("publication"),
            drill: entries.ticked("drill"),
            ..before.clone()
        };
        let path = api_path.clone();
        let call = async move { api::put::<_, RecallCase>(&path, &draft).await };
        sending.run(call, |case| go(&Page::RecallCase { id: case.id, part: CasePart::Check }.path()));
    };
    let is_drill = draft.drill;
    let fields = text_fields(ui, &draft).map(|(one, needed)| field(ui, sending, one, needed));
    let inner = view! {
        {fields.into_iter().collect_view()}
        <label class="tick"><input type="checkbox" name="drill" value="yes" checked=is_drill/> {RecallTexts::of(ui.lang).as_drill}</label>
        {sending.general(ui)}
        <p class="buttons">
            {send_button(ui, sending, "b p", t.t_keep)}
            {link_button(None, "b", path(case, CasePart::Scope), t.edit_scope)}
        </p>
    };
    view! { <section class="c narrowcard">{form(inner, send)}</section> }.into_any()
}

fn text_fields(ui: Ui, draft: &CaseDraft) -> [(Field, bool); 8] {
    let (t, r) = (CaseTexts::of(ui.lang), RecallTexts::of(ui.lang));
    let line = |text: &str| Control::Line(text.to_owned(), "text", "off");
    let area = |text: &str| Control::Area(text.to_owned());
    let most = |count: usize| format!(" (≤ {count})");
    let mut classes = vec![(1, r.class_1), (2, r.class_2), (3, r.class_3)];
    // The first is chosen at first.
    classes.sort_by_key(|(class, _)| *class != draft.class);
    let classes = classes.into_iter().map(|(class, words)| (class.to_string(), words.to_owned())).collect();
    let hint = |text: &str, count: usize| Some(format!("{text}{}", most(count)));
    [
        (
            Field {
                name: "title",
                label: t.t_title,
                hint: hint(t.t_title_hint, TITLE_CHARS_MAX),
                control: line(&draft.title),
            },
            true,
        ),
        (Field { name: "class", label: r.class, hint: None, control: Control::Choice(classes) }, true),
        (
            Field {
                name: "reason_zh",
                label: r.reason_zh,
                hint: hint(r.reason_hint, REASON_CHARS_MAX),
                control: area(&draft.reason_zh),
            },
            true,
        ),
        (Field { name: "reason_en", label: r.reason_en, hint: None, control: area(&draft.reason_en) }, true),
        (
            Field {
                name: "advice_zh",
                label: r.advice_zh,
                hint: hint(r.advice_hint, REASON_CHARS_MAX),
                control: area(&draft.advice_zh),
            },
            false,
        ),
        (Field { name: "advice_en", label: r.advice_en, hint: None, control: area(&draft.advice_en) }, false),
        (
            Field { name: "region", label: t.t_region, hint: hint("", PLACE_CHARS_MAX), control: line(&draft.region) },
            false,
        ),
        (
            Field {
                name: "publication",
                label: t.t_publication,
                hint: hint(t.t_publication_hint, PLACE_CHARS_MAX),
                control: line(&draft.publication),
            },
            false,
        ),
    ]
}

fn check(ui: Ui, data: &PageData, case: &RecallCase) -> AnyView {
    let (t, r) = (CaseTexts::of(ui.lang), RecallTexts::of(ui.lang));
    let crumb = Some((path(case, CasePart::Text), title(t, case)));
    let lots = lots_words(ui, case.lots.len());
    let words = fill(t.check_title, &[("packs", &ui.packs(case.sums.packs)), ("lots", &lots)]);
    let stoppable = case.sums.in_stock.saturating_add(case.sums.in_transit);
    let stoppable =
        (case.sums.packs > 0).then(|| fill(r.stoppable, &[("n", &ui.percent(stoppable, case.sums.packs).to_string())]));
    view! {
        {head(crumb, words.into_any(), t.check_line.into_any(), None)}
        {steps(ui, 3, t.s_check)}
        <div class="two">
            <div>
                {card(r.where_now, view! { {chain_bar(ui, &case.sums)} {stoppable.map(|words| view! { <p class="after">{words}</p> })} })}
                {card(t.lots, lots_table(ui, t.lots, &case.lots, None))}
            </div>
            <div>
                <section class="c attention gap"><h2>{mark(Mark::Attention)} <span>{r.unknown_title}</span></h2>{unknowns(ui, &case.sums)}</section>
                {shoppers(ui, case)}
                {may_open(data).then(|| opening(ui, case, &lots))}
            </div>
        </div>
    }
    .into_any()
}

fn shoppers(ui: Ui, case: &RecallCase) -> AnyView {
    let t = CaseTexts::of(ui.lang);
    let drill = case.draft.drill.then(|| note("", t.shoppers_drill));
    let numbers: BTreeSet<&str> =
        case.lots.iter().map(|lot| lot.hotline.as_str()).filter(|number| !number.is_empty()).collect();
    let numbers = numbers.into_iter().collect::<Vec<_>>().join(", ");
    let numbers = (!numbers.is_empty()).then(|| facts(vec![(t.hotline, numbers.into_any())]));
    card(t.shoppers, view! { {drill} {texts(ui, &case.draft)} {numbers} })
}

/// What shoppers read, in both languages: why, and the advice where there is one.
pub fn texts(ui: Ui, draft: &CaseDraft) -> AnyView {
    said(ui, [&draft.reason_zh, &draft.reason_en], [&draft.advice_zh, &draft.advice_en])
}

/// The same of a recall. Chinese first.
pub fn said(ui: Ui, reason: [&String; 2], advice: [&String; 2]) -> AnyView {
    let both = |[zh, en]: [&String; 2]| {
        view! { <p lang="zh-CN">{zh.clone()}</p> <p class="line" lang="en">{en.clone()}</p> }.into_any()
    };
    let title = RecallTexts::of(ui.lang).advice;
    let [zh, _] = advice;
    let advice = (!zh.is_empty()).then(|| view! { <h3>{title}</h3> {both(advice)} });
    view! { {both(reason)} {advice} }.into_any()
}

/// What is still missing, else the button that opens; beside it the way back and the end of the draft.
fn opening(ui: Ui, case: &RecallCase, lots: &str) -> AnyView {
    let (t, r) = (CaseTexts::of(ui.lang), RecallTexts::of(ui.lang));
    let draft = &case.draft;
    let missing: Vec<&str> =
        [(&draft.title, t.t_title), (&draft.reason_zh, r.reason_zh), (&draft.reason_en, r.reason_en)]
            .into_iter()
            .filter_map(|(text, label)| text.is_empty().then_some(label))
            .collect();
    let links = view! {
        <p class="buttons">
            {link_button(None, "b", path(case, CasePart::Scope), t.edit_scope)}
            {link_button(None, "b", path(case, CasePart::Text), t.edit_text)}
        </p>
    };
    let open = if missing.is_empty() && !case.lots.is_empty() {
        open_button(ui, case, lots)
    } else {
        note("attention", fill(t.missing, &[("what", &missing.join(", "))]))
    };
    view! { <section class="c signature gap">{open} {links}</section> <section class="c">{discard(ui, case, lots)}</section> }.into_any()
}

fn open_button(ui: Ui, case: &RecallCase, lots: &str) -> AnyView {
    let t = CaseTexts::of(ui.lang);
    let sending = Sending::of_card("open", &[]);
    let asking = RwSignal::new(false);
    let drill = case.draft.drill;
    let text = if drill { t.open_ask_drill } else { t.open_ask };
    let words = fill(text, &[("lots", lots), ("packs", &ui.packs(case.sums.packs))]);
    let question = Question {
        words: Signal::derive(move || words.clone()),
        yes: Signal::derive(move || t.open_yes.to_owned()),
        no: ui.t().cancel,
        danger: true,
    };
    let api_path = format!("/api/v1/recall-cases/{}/open", escape(&case.id));
    let request = AskStep { revision: case.draft.revision, packs: Some(case.sums.packs), reason: String::new() };
    let yes = move || {
        let (path, request) = (api_path.clone(), request.clone());
        let call = async move { api::post::<_, RecallCase>(&path, &request).await };
        sending.run(call, |case| go(&Page::RecallCase { id: case.id, part: CasePart::Case }.path()));
    };
    view! {
        {sending.general(ui)}
        {ask(ui, sending, asking, question, yes)}
        <p class="buttons">{ask_button(sending, asking, "b p", if drill { t.open_drill } else { t.open })}</p>
    }
    .into_any()
}

fn discard(ui: Ui, case: &RecallCase, lots: &str) -> AnyView {
    let t = CaseTexts::of(ui.lang);
    let sending = Sending::of_card("discard", FIELDS);
    let words = fill(t.discard_ask, &[("lots", lots)]);
    let step = Grave {
        id: "discard-recall-draft",
        button: t.discard,
        class: "b",
        words: Signal::derive(move || words.clone()),
        yes: Signal::derive(move || t.discard_yes.to_owned()),
        no: ui.t().cancel,
        reason: Reason::None,
        typed: None,
    };
    let api_path = format!("/api/v1/recall-cases/{}", escape(&case.id));
    grave(ui, sending, step, move |_| {
        let path = api_path.clone();
        sending.run(async move { api::delete(&path).await }, |()| go(&Page::Recalls.path()));
    })
}

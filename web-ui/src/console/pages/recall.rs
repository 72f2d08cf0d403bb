//! One recall: where its packs are now, who has to do what next, who signed, and the signatures that are still to come.

use leptos::prelude::*;
use tracelight_api::rest::recall::Recall;
use tracelight_api::rest::session::{MemberRole, UserRole};

use super::holdings::{Sums, bar, by_holder, unknowns};
use super::recall_draft::said;
use super::recalls::{may_open, recall_state};
use super::trace_graph::graph_url;
use crate::console::api::{self, Anything};
use crate::console::browser::reload;
use crate::console::form::Sending;
use crate::console::grave::{FIELDS, Grave, Reason, grave};
use crate::console::icons::{Mark, Sign, mark};
use crate::console::load::{Fetched, PageData};
use crate::console::page::{Page, escape};
use crate::console::parts::{card, error_card, facts, head, link_button};
use crate::console::texts::graph::GraphTexts;
use crate::console::texts::recall_cases::CaseTexts;
use crate::console::texts::recalls::RecallTexts;
use crate::console::ui::Ui;
use crate::i18n::fill;

/// The page.
pub fn page(ui: Ui, data: &PageData, recall: &Fetched<Recall>) -> AnyView {
    let t = RecallTexts::of(ui.lang);
    let crumb = Some((Page::Recalls.path(), t.title.to_owned()));
    let recall = match recall {
        Ok(recall) => recall,
        Err(problem) => {
            return view! { {head(crumb, t.title.into_any(), "".into_any(), None)} {error_card(ui, data, problem)} }
                .into_any();
        }
    };
    let sums = Sums::of(&recall.holdings);
    let lot = recall.lot.clone();
    let title =
        view! { {if recall.drill { t.one_drill } else { t.one_title }} <span class="mono">{lot}</span> }.into_any();
    let class = fill(t.class_n, &[("n", &recall.class.to_string())]);
    let first = fill(t.one_line, &[("class", &class), ("product", &recall.product_en)]);
    let line = view! { {first} " " {since(ui, recall)} " " {recall_state(ui, recall)} }.into_any();
    let total = ui.packs(sums.total());
    let graph = link_button(Some(Sign::Share), "b", graph_url(&recall.gtin, &recall.lot), GraphTexts::of(ui.lang).open);
    view! {
        {head(crumb, title, line, Some(graph))}
        {(recall.status == "opened").then(|| steps_left(ui, data, recall, sums))}
        {numbers(ui, recall, sums)}
        <div class="two">
            <div>
                {card(fill(t.where_are, &[("packs", &total)]), bar(ui, &recall.holdings))}
                {card(t.by_company, by_holder(ui, &recall.holdings, true))}
                {(recall.status != "opened").then(|| steps_left(ui, data, recall, sums))}
            </div>
            <div>
                <section class="c attention gap"><h2>{mark(Mark::Attention)} <span>{t.unknown_title}</span></h2>{unknowns(ui, &recall.holdings)}</section>
                {signed(ui, recall)}
                {card(t.reason, said(ui, [&recall.reason_zh, &recall.reason_en], [&recall.advice_zh, &recall.advice_en]))}
            </div>
        </div>
    }
    .into_any()
}

fn since(ui: Ui, recall: &Recall) -> String {
    let t = RecallTexts::of(ui.lang);
    match (&recall.approved, recall.status.as_str(), recall.drill) {
        (_, "closed", _) => t.closed.to_owned(),
        (Some(approved), _, true) => fill(t.since_drill, &[("time", &ui.time(approved.time_ms))]),
        (Some(approved), _, false) => fill(t.since, &[("time", &ui.time(approved.time_ms))]),
        (None, ..) => t.waits.to_owned(),
    }
}

fn numbers(ui: Ui, recall: &Recall, sums: Sums) -> AnyView {
    let t = RecallTexts::of(ui.lang);
    let total = ui.number(sums.total());
    let of = |count: u64| fill(t.of_packs, &[("n", &ui.number(count)), ("m", &total)]);
    let percent = |count: u64| ui.share(count, sums.total());
    let one = |words: &'static str, big: String, small: String| {
        view! { <section class="c kpi"><p>{words}</p><p class="big">{big}</p><p>{small}</p></section> }
    };
    view! {
        <div class="three">
            {one(t.k_holders, ui.number(recall.holdings.holders.len() as u64), ui.packs(sums.out()))}
            {one(t.k_reachable, of(sums.stoppable()), percent(sums.stoppable()))}
            {one(t.k_unknown, of(sums.unknown), percent(sums.unknown))}
        </div>
    }
    .into_any()
}

/// The signatures that the recall still needs: approval, later its end.
fn steps_left(ui: Ui, data: &PageData, recall: &Recall, sums: Sums) -> Option<AnyView> {
    let t = RecallTexts::of(ui.lang);
    let base = format!("/api/v1/recalls/{}", escape(&recall.id));
    let approver = data.session.as_ref().is_some_and(|session| {
        session.role == UserRole::Approver
            && matches!(session.member.role, MemberRole::Regulator | MemberRole::Manufacturer)
    });
    let count = recall.holdings.sealed.unwrap_or_else(|| sums.total());
    let packs = [("packs", ui.packs(count))];
    let out = [("packs", ui.packs(sums.out()))];
    let say = |text: &str, values: &[(&str, String); 1]| {
        fill(text, &values.each_ref().map(|(name, value)| (*name, value.as_str())))
    };
    match recall.status.as_str() {
        "opened" if approver => {
            let words = say(if recall.drill { t.approve_ask_drill } else { t.approve_ask }, &packs);
            Some(signature(ui, format!("{base}/approve"), words, say(t.approve_yes, &packs), Some(count)))
        }
        "opened" => Some(view! { <section class="c"><p>{t.approve_other}</p></section> }.into_any()),
        "approved" if may_open(data) => {
            let words = if recall.drill { t.close_ask_drill.to_owned() } else { say(t.close_ask, &out) };
            Some(signature(ui, format!("{base}/close"), words, say(t.close_yes, &out), None))
        }
        _ => None,
    }
}

fn signature(ui: Ui, path: String, words: String, yes: String, approves: Option<u64>) -> AnyView {
    let (t, c) = (RecallTexts::of(ui.lang), CaseTexts::of(ui.lang));
    let sending = Sending::new(FIELDS);
    let step = Grave {
        id: if approves.is_some() { "approve-recall" } else { "close-recall" },
        button: if approves.is_some() { t.approve } else { t.close },
        class: if approves.is_some() { "b p" } else { "b" },
        words: Signal::stored(words),
        yes: Signal::stored(yes),
        no: ui.t().cancel,
        reason: Reason::None,
        typed: approves.map(|packs| (fill(c.type_packs, &[("n", &packs.to_string())]), packs)),
    };
    let sign = move |_| {
        let path = path.clone();
        sending.run(async move { api::post::<_, Anything>(&path, &()).await }, |_| reload());
    };
    view! { <section class="c signature">{grave(ui, sending, step, sign)}</section> }.into_any()
}

fn signed(ui: Ui, recall: &Recall) -> AnyView {
    let t = RecallTexts::of(ui.lang);
    let opened_by = recall.opened_by.clone();
    let mut rows = vec![(t.opened, view! { {opened_by} {ui.evidence(&recall.opened)} }.into_any())];
    match &recall.approved {
        Some(approved) => {
            let by = recall.approved_by.clone().unwrap_or_default();
            rows.push((t.approved, view! { {by} {ui.evidence(approved)} }.into_any()));
        }
        None => rows.push((t.approved, t.st_opened.into_any())),
    }
    card(t.signed_by, facts(rows))
}

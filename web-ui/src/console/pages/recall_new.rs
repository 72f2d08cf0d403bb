//! The scope of a recall: search by any term, tick, keep a draft. The search asks with `GET`: it can be shared and works without
//! the program. Nothing is sent from here.

use leptos::prelude::*;
use tracelight_api::rest::recall_case::{CaseDraft, CaseLot, LotName, LotsFound, NotKnown, RecallCase};

use super::case_parts::{lots_table, steps};
use crate::console::api;
use crate::console::browser::{Entries, go};
use crate::console::form::{Sending, form, send_button};
use crate::console::icons::{Sign, sign};
use crate::console::load::{Fetched, PageData};
use crate::console::page::{Address, CasePart, Page, escape, url};
use crate::console::parts::{card, empty, error_card, head, note};
use crate::console::texts::recall_cases::CaseTexts;
use crate::console::texts::recalls::RecallTexts;
use crate::console::ui::Ui;
use crate::i18n::fill;

/// What may be asked for, as the server names it.
const TERMS: [&str; 13] = [
    "words",
    "gtin",
    "lot",
    "made_from",
    "made_to",
    "expires_from",
    "expires_to",
    "serial_from",
    "serial_to",
    "line",
    "ingredient_gtin",
    "ingredient_lot",
    "supplier",
];

/// The call that answers what the address asks for; `None` before anything is asked.
pub fn search_path(address: &Address) -> Option<String> {
    let given: Vec<(&str, &str)> = TERMS.iter().filter_map(|term| Some((*term, address.query(term)?))).collect();
    (!given.is_empty()).then(|| url("/api/v1/recall-lots", &given))
}

/// The page of a recall that is not a draft yet.
pub fn page(ui: Ui, data: &PageData, found: Option<&Fetched<LotsFound>>) -> AnyView {
    scope(ui, data, None, found)
}

/// The page, for a draft or before there is one.
pub fn scope(ui: Ui, data: &PageData, case: Option<&RecallCase>, found: Option<&Fetched<LotsFound>>) -> AnyView {
    let t = CaseTexts::of(ui.lang);
    let crumb = Some((Page::Recalls.path(), RecallTexts::of(ui.lang).title.to_owned()));
    let action = match case {
        Some(case) => Page::RecallCase { id: case.id.clone(), part: CasePart::Scope }.path(),
        None => Page::NewRecall.path(),
    };
    let (problem, found) = match found {
        Some(Err(problem)) => (Some(error_card(ui, data, problem)), None),
        Some(Ok(found)) => (None, Some(found)),
        None => (None, None),
    };
    let (case, found) = (case.cloned(), found.cloned());
    view! {
        {head(crumb, t.scope_title.into_any(), t.scope_line.into_any(), None)}
        {steps(ui, 1, t.s_scope)}
        {terms(ui, data, action)}
        {problem}
        {picked(ui, data, case, found)}
    }
    .into_any()
}

fn terms(ui: Ui, data: &PageData, action: String) -> AnyView {
    let t = CaseTexts::of(ui.lang);
    let line = |name: &'static str, label: &'static str, mode: &'static str| {
        let value = data.address.query(name).unwrap_or_default().to_owned();
        let id = format!("f-{name}");
        view! {
            <div class="field"><label for=id.clone()>{label}</label>
                <input type="text" id=id name=name inputmode=mode autocomplete="off" spellcheck="false" value=value/></div>
        }
    };
    let more = TERMS.iter().skip(3).any(|term| data.address.query(term).is_some());
    view! {
        <section class="c">
            <form method="get" action=action role="search">
                <div class="three">
                    {line("words", t.f_words, "text")}
                    {line("gtin", "GTIN", "numeric")}
                    {line("lot", t.f_lot, "text")}
                </div>
                <details open=more>
                    <summary>{t.more_terms}</summary>
                    <div class="three">
                        {line("made_from", t.f_made_from, "numeric")}
                        {line("made_to", t.f_made_to, "numeric")}
                        {line("line", t.f_line, "text")}
                        {line("expires_from", t.f_expires_from, "numeric")}
                        {line("expires_to", t.f_made_to, "numeric")}
                        {line("supplier", t.f_supplier, "numeric")}
                        {line("serial_from", t.f_serial_from, "text")}
                        {line("serial_to", t.f_made_to, "text")}
                        {line("ingredient_gtin", t.f_ingredient_gtin, "numeric")}
                        {line("ingredient_lot", t.f_ingredient_lot, "text")}
                    </div>
                </details>
                <p class="buttons"><button type="submit" class="b p">{sign(Sign::Search)} {t.search}</button></p>
            </form>
        </section>
    }
    .into_any()
}

/// Lots of the draft and lots that were found, to be ticked and kept.
fn picked(ui: Ui, data: &PageData, case: Option<RecallCase>, found: Option<LotsFound>) -> AnyView {
    let t = CaseTexts::of(ui.lang);
    let own: Vec<CaseLot> = case.as_ref().map(|case| case.lots.clone()).unwrap_or_default();
    let is_own = |lot: &CaseLot| own.iter().any(|own| own.gtin == lot.gtin && own.lot == lot.lot);
    let searched = found.is_some();
    let found = found.unwrap_or(LotsFound { lots: Vec::new(), more: false, lineage_cut: false });
    let fresh: Vec<CaseLot> = found.lots.iter().filter(|lot| !is_own(lot)).cloned().collect();
    let count = found.lots.len();
    let notes = view! {
        {found.more.then(|| note("attention", fill(t.found_more, &[("n", &count.to_string())])))}
        {found.lineage_cut.then(|| note("attention", t.found_cut))}
    };
    let nothing = (searched && count == 0).then(|| empty(t.found_none, t.found_none_do, None));
    if own.is_empty() && fresh.is_empty() {
        return view! { {notes} {nothing} }.into_any();
    }
    let tables = view! {
        {notes}
        {nothing}
        {(!fresh.is_empty()).then(|| card(t.found, lots_table(ui, t.found, &fresh, Some(likely))))}
        {(!own.is_empty()).then(|| card(t.in_case, lots_table(ui, t.in_case, &own, Some(|_| true))))}
    };
    if !super::recalls::may_open(data) {
        return tables.into_any();
    }
    let sending = Sending::new(&["lots"]);
    let send = move |entries: Entries| keep(sending, t, case.as_ref(), &entries.all("lot"));
    let inner = view! {
        {tables}
        {sending.general(ui)}
        <p class="wrong" id="f-lots" tabindex="-1">{move || sending.problem.get().filter(|p| p.field.as_deref() == Some("lots")).map(|p| ui.problem(&p))}</p>
        <p class="buttons">{send_button(ui, sending, "b p", t.keep_lots)}</p>
    };
    form(inner, send)
}

/// A lot that is ticked at first. Whether one concerns the recall that is only not known to be outside is the reader's to say.
fn likely(lot: &CaseLot) -> bool {
    !lot.not_known.contains(&NotKnown::Serials)
}

fn keep(sending: Sending, t: &'static CaseTexts, case: Option<&RecallCase>, ticked: &[String]) {
    let name = |value: &String| {
        let (gtin, lot) = value.split_once('/')?;
        Some(LotName { gtin: gtin.to_owned(), lot: lot.to_owned() })
    };
    let lots: Vec<LotName> = ticked.iter().filter_map(name).collect();
    if lots.is_empty() {
        return sending.refuse("lots", t.pick_one);
    }
    let then = |case: RecallCase| go(&Page::RecallCase { id: case.id, part: CasePart::Text }.path());
    match case {
        Some(case) => {
            let path = format!("/api/v1/recall-cases/{}", escape(&case.id));
            let draft = CaseDraft { lots, ..case.draft.clone() };
            sending.run(async move { api::put::<_, RecallCase>(&path, &draft).await }, then);
        }
        None => {
            let draft = CaseDraft {
                revision: 0,
                title: String::new(),
                class: 2,
                reason_en: String::new(),
                reason_zh: String::new(),
                advice_en: String::new(),
                advice_zh: String::new(),
                region: String::new(),
                publication: String::new(),
                drill: false,
                lots,
            };
            sending.run(async move { api::post::<_, RecallCase>("/api/v1/recall-cases", &draft).await }, then);
        }
    }
}

//! Opening a recall: which lot, what it affects and what is not known, reason and class. Nothing is sent before the last
//! step, and nothing takes effect before a second person approves.

use leptos::prelude::*;
use tracelight_api::rest::recall::{Holdings, NewRecall, Recall};

use super::holdings::{Sums, bar, by_holder, unknowns};
use crate::console::api;
use crate::console::browser::{Entries, go};
use crate::console::form::{Control, Field, Question, Sending, ask, field, form, send_button};
use crate::console::icons::{Mark, mark};
use crate::console::load::{Fetched, PageData};
use crate::console::page::Page;
use crate::console::parts::{card, error_card, head};
use crate::console::texts::recalls::RecallTexts;
use crate::console::ui::Ui;
use crate::i18n::fill;

/// The page.
pub fn page(ui: Ui, data: &PageData, preview: Option<&Fetched<Holdings>>) -> AnyView {
    let t = RecallTexts::of(ui.lang);
    let crumb = || Some((Page::Recalls.path(), t.title.to_owned()));
    let plain = || head(crumb(), t.scope_title.into_any(), t.scope_line.into_any(), None);
    let holdings = match preview {
        None => return view! { {plain()} {steps(ui, 1, t.step_scope)} {scope(ui, data)} }.into_any(),
        Some(Err(problem)) => return view! { {plain()} {scope(ui, data)} {error_card(ui, data, problem)} }.into_any(),
        Some(Ok(holdings)) => holdings,
    };
    let sums = Sums::of(holdings);
    let title = match (holdings.sealed, holdings.holders.len()) {
        (None, _) => fill(t.preview_unsealed, &[("lot", &holdings.lot)]),
        (Some(sealed), count) => {
            let text = if count == 1 { t.preview_title_one } else { t.preview_title };
            fill(text, &[("packs", &ui.packs(sealed)), ("n", &count.to_string())])
        }
    };
    let line = fill(t.preview_line, &[("lot", &holdings.lot), ("gtin", &holdings.gtin)]);
    let percent = ui.percent(sums.stoppable(), sums.total());
    let stoppable = (sums.total() > 0).then(|| fill(t.stoppable, &[("n", &percent.to_string())]));
    view! {
        {head(crumb(), title.into_any(), line.into_any(), None)}
        {steps(ui, 2, t.step_preview)}
        <div class="two">
            <div>
                {card(t.where_now, view! { {bar(ui, holdings)} {stoppable.map(|words| view! { <p class="after">{words}</p> })} })}
                {card(t.by_company, by_holder(ui, holdings, false))}
            </div>
            <div>
                <section class="c attention gap"><h2>{mark(Mark::Attention)} <span>{t.unknown_title}</span></h2>{unknowns(ui, holdings)}</section>
                {super::recalls::may_open(data).then(|| reason(ui, holdings, sums))}
            </div>
        </div>
    }
    .into_any()
}

fn steps(ui: Ui, now: usize, what: &str) -> AnyView {
    let t = RecallTexts::of(ui.lang);
    let words = fill(t.step, &[("n", &now.to_string()), ("what", what)]);
    let dots = (1..=3).map(|step| view! { <li class=if step <= now { "on" } else { "" }></li> });
    view! { <p class="stepword">{words}</p> <ol class="steps" aria-hidden="true">{dots.collect_view()}</ol> }.into_any()
}

/// Which lot. Asks with `GET`: the preview can be shared and works without the program.
fn scope(ui: Ui, data: &PageData) -> AnyView {
    let t = RecallTexts::of(ui.lang);
    let (gtin, lot) = (
        data.address.query("gtin").unwrap_or_default().to_owned(),
        data.address.query("lot").unwrap_or_default().to_owned(),
    );
    view! {
        <section class="c narrowcard">
            <form method="get" action=Page::NewRecall.path()>
                <div class="field"><label for="f-gtin">"GTIN"</label>
                    <input type="text" id="f-gtin" name="gtin" inputmode="numeric" autocomplete="off" required=true value=gtin/></div>
                <div class="field"><label for="f-lot">{t.lot}</label>
                    <input type="text" id="f-lot" name="lot" autocomplete="off" spellcheck="false" required=true value=lot/></div>
                <button type="submit" class="b p">{t.scope_go}</button>
            </form>
        </section>
    }
    .into_any()
}

fn reason(ui: Ui, holdings: &Holdings, sums: Sums) -> AnyView {
    let t = RecallTexts::of(ui.lang);
    let sending = Sending::new(&["class", "reason_zh", "reason_en"]);
    let asking = RwSignal::new(false);
    let pending: RwSignal<Option<NewRecall>> = RwSignal::new(None);
    let (gtin, lot) = (holdings.gtin.clone(), holdings.lot.clone());
    let send = move |entries: Entries| {
        pending.set(Some(NewRecall {
            gtin: gtin.clone(),
            lot: lot.clone(),
            class: entries.text("class").parse().unwrap_or(1),
            reason_en: entries.text("reason_en"),
            reason_zh: entries.text("reason_zh"),
            drill: entries.ticked("drill"),
        }));
        sending.problem.set(None);
        asking.set(true);
    };
    let (lot, packs) = (holdings.lot.clone(), ui.packs(holdings.sealed.unwrap_or_else(|| sums.total())));
    let words = Signal::derive(move || {
        let drill = pending.with(|pending| pending.as_ref().is_some_and(|recall| recall.drill));
        fill(if drill { t.open_ask_drill } else { t.open_ask }, &[("lot", &lot), ("packs", &packs)])
    });
    let question =
        Question { words, yes: Signal::derive(move || t.open_yes.to_owned()), no: ui.t().cancel, danger: true };
    let yes = move || {
        if let Some(request) = pending.get_untracked() {
            let call = async move { api::post::<_, Recall>("/api/v1/recalls", &request).await };
            sending.run(call, |recall| go(&Page::Recall { id: recall.id }.path()));
        }
    };
    let classes = [("1", t.class_1), ("2", t.class_2), ("3", t.class_3)];
    let classes = classes.into_iter().map(|(value, words)| (value.to_owned(), words.to_owned())).collect();
    let fields = [
        Field { name: "class", label: t.class, hint: None, control: Control::Choice(classes) },
        Field {
            name: "reason_zh",
            label: t.reason_zh,
            hint: Some(t.reason_hint.into()),
            control: Control::Area(String::new()),
        },
        Field { name: "reason_en", label: t.reason_en, hint: None, control: Control::Area(String::new()) },
    ];
    let inner = view! {
        {fields.into_iter().map(|one| field(ui, sending, one, true)).collect_view()}
        <label class="tick"><input type="checkbox" name="drill" value="yes"/> {t.as_drill}</label>
        {sending.general(ui)}
        {ask(ui, sending, asking, question, yes)}
        {send_button(ui, sending, "b p", t.open_go)}
    };
    card(t.reason_title, form(inner, send))
}

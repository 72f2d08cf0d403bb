//! One pack at a time: scan or type its code, record what happens to it. The keyboard returns to the code field, so that
//! a scanner that types and ends with Enter needs no mouse.

use leptos::prelude::*;
use tracelight_api::rest::handover::{Done, UnitAction, UnitActionRequest};

use crate::console::api;
use crate::console::browser::{Entries, focus};
use crate::console::form::{Control, Field, Question, Sending, ask, field, form, send_button};
use crate::console::grave::marked;
use crate::console::icons::{Mark, state};
use crate::console::load::PageData;
use crate::console::parts::head;
use crate::console::texts::moves::PackTexts;
use crate::console::ui::Ui;
use crate::i18n::{Lang, fill};

/// Records kept on the page; older ones are in the trace of their pack.
const RECENT_MAX: usize = 20;

/// The page.
pub fn page(ui: Ui, data: &PageData) -> AnyView {
    let t = PackTexts::of(ui.lang);
    let top = head(None, t.title.into_any(), t.line.into_any(), None);
    if !data.may_operate() {
        return view! { {top} <p class="line">{ui.t().needs_operator}</p> }.into_any();
    }
    let sending = Sending::new(&["code"]);
    let asking = RwSignal::new(false);
    let pending: RwSignal<Option<UnitActionRequest>> = RwSignal::new(None);
    let recent: RwSignal<Vec<(UnitActionRequest, Done)>> = RwSignal::new(Vec::new());
    let record = move || {
        let Some(request) = pending.get_untracked() else {
            return;
        };
        let sent = request.clone();
        sending.run(async move { api::post::<_, Done>("/api/v1/units/actions", &sent).await }, move |done| {
            asking.set(false);
            recent.update(|recent| {
                recent.insert(0, (request, done));
                recent.truncate(RECENT_MAX);
            });
            clear_code();
        });
    };
    let send = move |entries: Entries| {
        let code = entries.text("code");
        if code.is_empty() {
            return sending.refuse("code", t.need_code);
        }
        let action = UnitAction::parse(&entries.text("action")).unwrap_or(UnitAction::Dispense);
        pending.set(Some(UnitActionRequest { code, action }));
        if is_final(action) {
            asking.set(true);
        } else {
            record();
        }
    };
    let what =
        move || pending.with(|pending| pending.as_ref().map_or("", |request| action_words(ui.lang, request.action)));
    let question = Question {
        words: Signal::derive(move || fill(t.ask, &[("what", what())])),
        yes: Signal::derive(move || t.yes.to_owned()),
        no: ui.t().cancel,
        danger: true,
    };
    let code = Field {
        name: "code",
        label: t.code,
        hint: Some(t.code_hint.into()),
        control: Control::Line(String::new(), "text", "off"),
    };
    let choices =
        offered().map(|action| (action.word().to_owned(), action_words(ui.lang, action).to_owned())).collect();
    let action = Field { name: "action", label: t.action, hint: None, control: Control::Choice(choices) };
    let inner = view! {
        {field(ui, sending, code, true)}
        {field(ui, sending, action, true)}
        {sending.general(ui)}
        {ask(ui, sending, asking, question, record)}
        {marked("end-of-a-pack", send_button(ui, sending, "b p", t.go))}
    };
    view! {
        {top}
        <section class="c narrowcard">{form(inner, send)}</section>
        <div role="status">{move || done_list(ui, &recent.get())}</div>
    }
    .into_any()
}

/// What is done with packs at a counter; goods are not exported there.
fn offered() -> impl Iterator<Item = UnitAction> {
    UnitAction::ALL.into_iter().filter(|action| *action != UnitAction::Export)
}

/// What takes the code out of use and cannot come back by a return.
const fn is_final(action: UnitAction) -> bool {
    matches!(action, UnitAction::Sample | UnitAction::Destroy | UnitAction::ReportStolen | UnitAction::Export)
}

/// Words of what happens to a pack.
pub fn action_words(lang: Lang, action: UnitAction) -> &'static str {
    let t = PackTexts::of(lang);
    match action {
        UnitAction::Dispense => t.a_dispense,
        UnitAction::Sell => t.a_sell,
        UnitAction::Return => t.a_return,
        UnitAction::Sample => t.a_sample,
        UnitAction::Destroy => t.a_destroy,
        UnitAction::ReportStolen => t.a_stolen,
        UnitAction::Export => t.a_export,
    }
}

/// Empties the code field for the next scan.
fn clear_code() {
    use leptos::web_sys::wasm_bindgen::JsCast;
    let field = leptos::web_sys::window()
        .and_then(|window| window.document())
        .and_then(|page| page.get_element_by_id("f-code"));
    if let Some(field) = field.and_then(|field| field.dyn_into::<leptos::web_sys::HtmlInputElement>().ok()) {
        field.set_value("");
    }
    focus("f-code");
}

fn done_list(ui: Ui, recent: &[(UnitActionRequest, Done)]) -> Option<AnyView> {
    let t = PackTexts::of(ui.lang);
    if recent.is_empty() {
        return None;
    }
    let items = recent.iter().map(|(request, done)| {
        let words = if done.already { t.already } else { t.done };
        let words = format!("{words}: {}", action_words(ui.lang, request.action));
        view! {
            <li>{state(Mark::Done, words)} <small><span class="mono">{request.code.clone()}</span> " · " {ui.evidence(&done.evidence)}</small></li>
        }
    });
    Some(
        view! { <section class="c"><h2>{t.recent}</h2><ul class="plainlist">{items.collect_view()}</ul></section> }
            .into_any(),
    )
}

//! The one part for steps that destroy something or cannot be taken back: what it affects, with its count; a second look; where it is
//! recorded, a reason; where it is grave, the count typed by hand. A test goes over every page and knows every such step by its
//! `data-grave`.

use leptos::prelude::*;

use super::browser::Entries;
use super::form::{Control, Field, Sending, field, form};
use super::ui::Ui;

/// Marks a button of such a step whose question stands elsewhere: in a form that asks for more than this part does.
pub fn marked(id: &'static str, button: AnyView) -> AnyView {
    view! { <span data-grave=id>{button}</span> }.into_any()
}

/// Fields of the part, for [`Sending`].
pub const FIELDS: &[&str] = &["typed", "reason"];

/// A reason that goes with a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Nothing records one.
    None,
    /// It may be given; the label.
    Optional(&'static str),
    /// It has to be given; the label.
    Needed(&'static str),
}

/// A step that destroys something or cannot be taken back.
#[derive(Clone)]
pub struct Grave {
    /// Names the step among all of them.
    pub id: &'static str,
    /// The button that opens the question.
    pub button: &'static str,
    /// Its class.
    pub class: &'static str,
    /// What will happen, with the count.
    pub words: Signal<String>,
    /// The verb.
    pub yes: Signal<String>,
    /// The way back.
    pub no: &'static str,
    /// A reason.
    pub reason: Reason,
    /// Words that ask for the count, and the count that has to be typed.
    pub typed: Option<(String, u64)>,
}

/// What was said with the step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// The count that was typed.
    pub count: Option<u64>,
    /// The reason.
    pub reason: String,
}

/// The button of such a step, and its question once it is pressed. `yes` runs when everything that is asked for is given.
pub fn grave(ui: Ui, sending: Sending, step: Grave, yes: impl Fn(Said) + Clone + Send + Sync + 'static) -> AnyView {
    view! { {sending.general(ui)} {question_button(ui, sending, step, yes)} }.into_any()
}

/// The same, where the place for what goes wrong stands elsewhere on the card.
pub fn question_button(
    ui: Ui,
    sending: Sending,
    step: Grave,
    yes: impl Fn(Said) + Clone + Send + Sync + 'static,
) -> AnyView {
    let asking = RwSignal::new(false);
    let (id, class, button) = (step.id, step.class, step.button);
    let question = move || asking.get().then(|| question(ui, sending, asking, step.clone(), yes.clone()));
    view! {
        <div aria-live="polite">{question}</div>
        <p class="buttons">
            <button type="button" class=class data-grave=id disabled=move || sending.held()
                aria-expanded=move || asking.get().to_string() on:click=move |_| asking.set(true)>{button}</button>
        </p>
    }
    .into_any()
}

fn question(
    ui: Ui,
    sending: Sending,
    asking: RwSignal<bool>,
    step: Grave,
    yes: impl Fn(Said) + Clone + Send + Sync + 'static,
) -> AnyView {
    let Grave { words, yes: label, no, reason, typed, .. } = step;
    let expected = typed.as_ref().map(|(_, count)| *count);
    let send = move |entries: Entries| {
        let said = Said { count: entries.count("typed"), reason: entries.text("reason") };
        if expected.is_some() && said.count != expected {
            return sending.refuse("typed", ui.t().grave_count_differs);
        }
        if matches!(reason, Reason::Needed(_)) && said.reason.is_empty() {
            return sending.refuse("reason", ui.t().grave_reason_missing);
        }
        yes(said);
    };
    let count = typed.map(|(hint, _)| {
        let control = Control::Line(String::new(), "numeric", "off");
        let label = ui.t().grave_count;
        field(ui, sending, Field { name: "typed", label, hint: Some(hint), control }, true)
    });
    let why = match reason {
        Reason::None => None,
        Reason::Optional(label) | Reason::Needed(label) => {
            let control = Control::Area(String::new());
            let needed = matches!(reason, Reason::Needed(_));
            Some(field(ui, sending, Field { name: "reason", label, hint: None, control }, needed))
        }
    };
    let inner = view! {
        <p>{move || words.get()}</p>
        {count}
        {why}
        <p class="buttons">
            <button type="submit" class="b danger" disabled=move || sending.held()>
                {move || if sending.busy.get() { ui.t().sending.to_owned() } else { label.get() }}
            </button>
            <button type="button" class="b" on:click=move |_| asking.set(false)>{no}</button>
        </p>
    };
    view! { <div class="note ask grave">{form(inner, send)}</div> }.into_any()
}

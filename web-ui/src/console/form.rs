//! Forms: fields with their errors, sending, and questions before something that cannot be taken back.
//!
//! ```text
//! field:   label, hint, control, error in words       aria-describedby -> hint and error
//! send:    the button keeps its width and says "Sending…"; it is disabled until the program runs in the browser
//! error:   with `field`, below that field, with its character; else a card above the button
//! ```

use std::future::Future;
use std::time::Duration;

use leptos::prelude::*;
use tracelight_api::problem::Problem;

use super::browser::{Entries, focus, hidden, reload};
use super::page::Address;
use super::parts::problem_card;
use super::ui::Ui;
use crate::i18n::{fill, run_lang};

/// What a form is doing.
#[derive(Clone, Copy)]
pub struct Sending {
    /// The program runs in the browser.
    pub ready: RwSignal<bool>,
    /// A call is on its way.
    pub busy: RwSignal<bool>,
    /// What the last call said.
    pub problem: RwSignal<Option<Problem>>,
    /// Id of the place for what belongs to no field.
    place: StoredValue<String>,
    /// Names of the form's fields, in order.
    fields: &'static [&'static str],
}

impl Sending {
    /// A form with these fields, the only one of its page.
    pub fn new(fields: &'static [&'static str]) -> Self {
        Self::within(fields, "problem".to_owned())
    }

    /// The steps of one card of several, with these fields: each has its own place for what went wrong.
    pub fn of_card(id: &str, fields: &'static [&'static str]) -> Self {
        Self::within(fields, format!("problem-{id}"))
    }

    fn within(fields: &'static [&'static str], place: String) -> Self {
        let ready = RwSignal::new(false);
        // Effects run in the browser only, after the page has come to life.
        Effect::new(move |_| ready.set(true));
        Self { ready, busy: RwSignal::new(false), problem: RwSignal::new(None), place: StoredValue::new(place), fields }
    }

    /// The send button cannot be used.
    pub fn held(self) -> bool {
        self.busy.get() || !self.ready.get()
    }

    /// Says what is wrong without asking the server.
    pub fn refuse(self, field: &'static str, title: &str) {
        self.fail(Problem::new(422, "incomplete", title).field(field));
    }

    /// Shows a problem and moves the keyboard to it.
    pub fn fail(self, problem: Problem) {
        let target = problem.field.clone().filter(|field| self.fields.contains(&field.as_str()));
        self.problem.set(Some(problem));
        focus(&target.map_or_else(|| self.place.get_value(), |field| format!("f-{field}")));
    }

    /// Runs one call; a second one waits until it is over.
    pub fn run<T: 'static>(
        self,
        call: impl Future<Output = Result<T, Problem>> + 'static,
        then: impl FnOnce(T) + 'static,
    ) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.problem.set(None);
        leptos::task::spawn_local(async move {
            match call.await {
                Ok(value) => then(value),
                Err(problem) => self.fail(problem),
            }
            self.busy.set(false);
        });
    }

    /// The words below a field.
    fn error_of(self, ui: Ui, field: &str) -> Option<String> {
        self.problem.with(|problem| problem.as_ref().and_then(|problem| field_error(ui, problem, field)))
    }

    /// The problem that belongs to no field of the form.
    pub fn general(self, ui: Ui) -> AnyView {
        view! {
            <div id=self.place.get_value() tabindex="-1" role="alert">
                {move || {
                    self.problem.get().filter(|problem| !self.fields.iter().any(|field| names(problem, field))).map(|p| problem_card(ui, &p))
                }}
            </div>
        }
        .into_any()
    }
}

fn names(problem: &Problem, field: &str) -> bool {
    problem.field.as_deref() == Some(field)
}

/// The words below a field, from a problem that names it.
pub fn field_error(ui: Ui, problem: &Problem, field: &str) -> Option<String> {
    if !names(problem, field) {
        return None;
    }
    let mut words = ui.problem(problem);
    if let Some(position) = problem.position {
        words.push_str(&fill(ui.t().at_character, &[("n", &position.to_string())]));
    }
    Some(words)
}

/// A field of a form.
pub struct Field {
    /// Name in the request and in problems.
    pub name: &'static str,
    /// Label.
    pub label: &'static str,
    /// Words between label and control.
    pub hint: Option<String>,
    /// The control; its id is `f-{name}`.
    pub control: Control,
}

/// What a reader fills in.
pub enum Control {
    /// A line of text: value at first, `inputmode`, `autocomplete`.
    Line(String, &'static str, &'static str),
    /// A password.
    Password,
    /// A password that is chosen now.
    NewPassword,
    /// A code that is shown elsewhere for a moment.
    Code,
    /// A date, or a year and month.
    Date,
    /// Several lines: the text at first.
    Area(String),
    /// A file, of the kinds that `accept` names.
    File(&'static str),
    /// One of many: value and words. The first is chosen at first.
    Choice(Vec<(String, String)>),
}

/// Rows of an area: what stands in it, and room for one more.
fn rows_of(text: &str) -> String {
    text.lines().count().saturating_add(1).clamp(3, 20).to_string()
}

/// Draws a field. It must be filled in when `required`.
pub fn field(ui: Ui, sending: Sending, field: Field, required: bool) -> AnyView {
    let Field { name, label, hint, control } = field;
    let id = format!("f-{name}");
    let (hint_id, error_id) = (format!("h-{name}"), format!("e-{name}"));
    let described = hint.as_ref().map_or_else(|| error_id.clone(), |_| format!("{hint_id} {error_id}"));
    let invalid = move || sending.error_of(ui, name).map(|_| "true");
    let must = required.then_some("true");
    let control = match control {
        Control::Line(value, mode, auto) => view! {
            <input id=id.clone() name=name type="text" value=value inputmode=mode autocomplete=auto spellcheck="false"
                aria-describedby=described aria-invalid=invalid aria-required=must/>
        }
        .into_any(),
        Control::Password => view! {
            <input id=id.clone() name=name type="password" autocomplete="current-password"
                aria-describedby=described aria-invalid=invalid aria-required=must/>
        }
        .into_any(),
        Control::NewPassword => view! {
            <input id=id.clone() name=name type="password" autocomplete="new-password"
                aria-describedby=described aria-invalid=invalid aria-required=must/>
        }
        .into_any(),
        Control::Code => view! {
            <input id=id.clone() name=name type="text" class="mono" autocomplete="one-time-code" autocapitalize="characters"
                spellcheck="false" aria-describedby=described aria-invalid=invalid aria-required=must/>
        }
        .into_any(),
        Control::Date => view! {
            <input id=id.clone() name=name type="text" class="mono" inputmode="numeric" autocomplete="off"
                aria-describedby=described aria-invalid=invalid aria-required=must/>
        }
        .into_any(),
        Control::Area(text) => {
            let rows = rows_of(&text);
            view! {
            <textarea id=id.clone() name=name rows=rows aria-describedby=described aria-invalid=invalid aria-required=must>{text}</textarea>
        }
        .into_any()
        }
        Control::File(accept) => view! {
            <input id=id.clone() name=name type="file" accept=accept
                aria-describedby=described aria-invalid=invalid aria-required=must/>
        }
        .into_any(),
        Control::Choice(choices) => view! {
            <select id=id.clone() name=name aria-describedby=described aria-invalid=invalid aria-required=must>
                {choices.into_iter().map(|(value, words)| view! { <option value=value>{words}</option> }).collect_view()}
            </select>
        }
        .into_any(),
    };
    view! {
        <div class="field">
            <label for=id>{label}</label>
            {hint.map(|hint| view! { <p class="hint" id=hint_id>{hint}</p> })}
            {control}
            <p class="wrong" id=error_id lang=move || sending.error_of(ui, name).and_then(|words| run_lang(&words, ui.lang))>
                {move || sending.error_of(ui, name)}
            </p>
        </div>
    }
    .into_any()
}

/// Boxes to tick, each with its words and its value, and one place for what is wrong with all of them.
pub fn ticks(
    ui: Ui,
    sending: Sending,
    name: &'static str,
    legend: &'static str,
    boxes: Vec<(&'static str, &'static str)>,
) -> AnyView {
    let (described, id) = (format!("f-{name}"), format!("f-{name}"));
    let boxes = boxes.into_iter().map(|(value, words)| {
        view! {
            <label class="tick">
                <input type="checkbox" name=name value=value/>
                <span>{words} " " <code>{value}</code></span>
            </label>
        }
    });
    view! {
        <fieldset aria-describedby=described>
            <legend>{legend}</legend>
            {boxes.collect_view()}
            <p class="wrong" id=id tabindex="-1">{move || sending.error_of(ui, name)}</p>
        </fieldset>
    }
    .into_any()
}

/// A secret that is told once, until the reader says that it is stored.
pub fn told_once(words: &'static str, stored: &'static str, secret: RwSignal<Option<String>>) -> AnyView {
    view! {
        <div aria-live="polite">
            {move || secret.get().map(|text| view! {
                <div class="note attention ask">
                    <p>{words}</p>
                    <p><code>{text}</code></p>
                    <p class="buttons"><button type="button" class="b p" on:click=move |_| reload()>{stored}</button></p>
                </div>
            })}
        </div>
    }
    .into_any()
}

/// The button that sends a form.
pub fn send_button(ui: Ui, sending: Sending, class: &'static str, words: &'static str) -> AnyView {
    view! {
        <button type="submit" class=class disabled=move || sending.held()>
            {move || if sending.busy.get() { ui.t().sending } else { words }}
        </button>
    }
    .into_any()
}

/// A form. `send` gets what stands in it.
pub fn form(inner: impl IntoView + 'static, send: impl Fn(Entries) + Send + 'static) -> AnyView {
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        send(Entries::of(&event));
    };
    // `post`: if the program has not loaded, nothing that was typed gets into an address.
    view! { <form method="post" novalidate on:submit=submit>{inner.into_view()}</form> }.into_any()
}

/// A question before something that cannot be taken back. It names the count; "no" is beside "yes".
pub struct Question {
    /// What will happen, with the count.
    pub words: Signal<String>,
    /// The verb with its count.
    pub yes: Signal<String>,
    /// The way back.
    pub no: &'static str,
    /// "Yes" is a stop-coloured button.
    pub danger: bool,
}

/// Shows `question` while `asking`; `yes` runs once per press.
pub fn ask(
    ui: Ui,
    sending: Sending,
    asking: RwSignal<bool>,
    question: Question,
    yes: impl Fn() + Clone + Send + Sync + 'static,
) -> AnyView {
    let Question { words, yes: label, no, danger } = question;
    let class = if danger { "b danger" } else { "b p" };
    view! {
        <div aria-live="polite">
            {move || {
                let yes = yes.clone();
                asking.get().then(|| view! {
                    <div class="note ask">
                        <p>{move || words.get()}</p>
                        <p class="buttons">
                            <button type="button" class=class disabled=move || sending.held() on:click=move |_| yes()>
                                {move || if sending.busy.get() { ui.t().sending.to_owned() } else { label.get() }}
                            </button>
                            <button type="button" class="b" on:click=move |_| asking.set(false)>{no}</button>
                        </p>
                    </div>
                })
            }}
        </div>
    }
    .into_any()
}

/// A button that opens a question.
pub fn ask_button(sending: Sending, asking: RwSignal<bool>, class: &'static str, words: impl Into<String>) -> AnyView {
    let words: String = words.into();
    view! {
        <button type="button" class=class disabled=move || sending.held() aria-expanded=move || asking.get().to_string()
            on:click=move |_| asking.set(true)>
            {words}
        </button>
    }
    .into_any()
}

/// A line of a form that asks by the address: its value and what is wrong with it come from there.
pub fn asked_line(
    ui: Ui,
    address: &Address,
    problem: Option<&Problem>,
    name: &'static str,
    label: &'static str,
    hint: Option<&'static str>,
    mode: &'static str,
) -> AnyView {
    let wrong = problem.and_then(|problem| field_error(ui, problem, name));
    let lang = wrong.as_deref().and_then(|words| run_lang(words, ui.lang));
    let invalid = wrong.as_ref().map(|_| "true");
    let value = address.query(name).unwrap_or_default().to_owned();
    let described = match hint {
        Some(_) => format!("l-{name}-hint l-{name}-wrong"),
        None => format!("l-{name}-wrong"),
    };
    view! {
        <div class="field">
            <label for=format!("l-{name}")>{label}</label>
            {hint.map(|hint| view! { <p class="hint" id=format!("l-{name}-hint")>{hint}</p> })}
            <input type="text" id=format!("l-{name}") name=name value=value inputmode=mode autocomplete="off"
                spellcheck="false" aria-invalid=invalid aria-describedby=described/>
            <p class="wrong" id=format!("l-{name}-wrong") lang=lang>{wrong}</p>
        </div>
    }
    .into_any()
}

/// Calls `tick` every `every` in the browser while somebody looks at the page, at most `times` times; `last` runs after
/// the last one. `tick` answers whether to go on.
pub fn poll(
    every: Duration,
    times: u32,
    tick: impl Fn() -> bool + Send + Sync + 'static,
    last: impl Fn() + Send + Sync + 'static,
) {
    let work = StoredValue::new((tick, last));
    Effect::new(move |_| {
        let left = StoredValue::new(times);
        let handle: StoredValue<Option<IntervalHandle>> = StoredValue::new(None);
        let stop = move || {
            if let Some(handle) = handle.get_value() {
                handle.clear();
            }
        };
        let turn = move || {
            if hidden() {
                return;
            }
            left.update_value(|left| *left = left.saturating_sub(1));
            let go_on = work.with_value(|(tick, _)| tick());
            if left.get_value() == 0 {
                work.with_value(|(_, last)| last());
            }
            if !go_on || left.get_value() == 0 {
                stop();
            }
        };
        handle.set_value(set_interval_with_handle(turn, every).ok());
        on_cleanup(stop);
    });
}

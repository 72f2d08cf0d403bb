//! The member's people: roles that wait for a second person, accounts with their changes, invitations.

use leptos::prelude::*;
use tracelight_api::rest::Page as Rows;
use tracelight_api::rest::session::UserRole;
use tracelight_api::rest::user::{ChangeUser, Invitation, UserAccount};

use crate::console::api::{self, Anything};
use crate::console::browser::reload;
use crate::console::form::{Question, Sending, ask, ask_button};
use crate::console::grave::marked;
use crate::console::icons::{Mark, state};
use crate::console::load::{Fetched, PageData};
use crate::console::page::escape;
use crate::console::parts::{error_card, facts, head};
use crate::console::texts::accounts::UserTexts;
use crate::console::ui::Ui;
use crate::i18n::fill;

/// The page.
pub fn page(
    ui: Ui,
    data: &PageData,
    users: &Fetched<Rows<UserAccount>>,
    invitations: &Fetched<Rows<Invitation>>,
) -> AnyView {
    let t = UserTexts::of(ui.lang);
    let top = head(None, t.title.into_any(), t.line.into_any(), None);
    let users = match users {
        Ok(rows) => &rows.items,
        Err(problem) => return view! { {top} {error_card(ui, data, problem)} }.into_any(),
    };
    let administers = data.session.as_ref().is_some_and(|session| session.administrator);
    // Whoever waits comes first.
    let (waiting, others): (Vec<_>, Vec<_>) = users.iter().partition(|user| user.asked.is_some());
    let cards = waiting.into_iter().chain(others).map(|user| account(ui, user, administers)).collect_view();
    let invite = administers.then(|| super::invitations::invite(ui));
    view! {
        {top}
        {cards}
        {invite}
        {super::invitations::list(ui, data, invitations, administers)}
    }
    .into_any()
}

/// A role in words.
pub fn role_words(ui: Ui, role: UserRole, administrator: bool) -> &'static str {
    let t = UserTexts::of(ui.lang);
    match (role, administrator) {
        (UserRole::Operator, false) => t.r_operator,
        (UserRole::Operator, true) => t.r_operator_admin,
        (UserRole::Viewer, false) => t.r_viewer,
        (UserRole::Viewer, true) => t.r_viewer_admin,
        (UserRole::Approver, _) => t.r_approver,
    }
}

/// What an account may become.
pub const ROLES: [(UserRole, bool); 5] = [
    (UserRole::Operator, false),
    (UserRole::Approver, false),
    (UserRole::Viewer, false),
    (UserRole::Operator, true),
    (UserRole::Viewer, true),
];

fn account(ui: Ui, user: &UserAccount, administers: bool) -> AnyView {
    let t = UserTexts::of(ui.lang);
    let (shape, words) = match user.suspended_ms {
        Some(_) => (Mark::Stopped, t.suspended),
        None => (Mark::Done, t.active),
    };
    let you = user.this.then(|| view! { " " <small>{t.you}</small> });
    let rows = vec![
        (t.role, role_words(ui, user.role, user.administrator).into_any()),
        (t.factor, if user.totp { t.yes } else { t.no }.into_any()),
        (t.since, ui.time(user.created_ms).into_any()),
    ];
    let waits = user.asked.is_some().then(|| waiting(ui, user));
    let changes = (administers && !user.this).then(|| {
        view! { <details><summary>{t.changes}</summary>{changes(ui, user)}</details> }
    });
    view! {
        <section class="c">
            <h2>{ui.run(&user.name)} {you}</h2>
            <div class="split"><span><b>{state(shape, words)}</b></span></div>
            {waits}
            {facts(rows)}
            {changes}
        </section>
    }
    .into_any()
}

/// A role that waits for a second person.
fn waiting(ui: Ui, user: &UserAccount) -> AnyView {
    let t = UserTexts::of(ui.lang);
    let Some(asked) = &user.asked else { return ().into_any() };
    let role = role_words(ui, asked.role, asked.administrator);
    let sending = Sending::of_card(&format!("asked-{}", user.id), &[]);
    let releasing = RwSignal::new(false);
    let base = format!("/api/v1/users/{}", escape(&user.id));
    let question = question(ui, t.release_ask, &user.name, role);
    let path = format!("{base}/release");
    let release = move || post(sending, path.clone());
    let path = format!("{base}/decline");
    let decline = move |_| post(sending, path.clone());
    let yours = asked.yours_to_release.then(|| {
        view! { {ask(ui, sending, releasing, question, release)} }
    });
    let button = asked.yours_to_release.then(|| ask_button(sending, releasing, "b", t.release));
    view! {
        <div class="note attention ask">
            <p>{fill(t.asked, &[("user", &asked.by), ("role", role)])}</p>
            {yours}
            <p class="buttons">
                {button}
                <button type="button" class="b" disabled=move || sending.held() on:click=decline>{t.decline}</button>
            </p>
            {sending.general(ui)}
        </div>
    }
    .into_any()
}

fn post(sending: Sending, path: String) {
    sending.run(async move { api::post::<_, Anything>(&path, &()).await }, |_| reload());
}

fn question(ui: Ui, words: &str, name: &str, role: &str) -> Question {
    Question {
        words: Signal::stored(fill(words, &[("name", name), ("role", role)])),
        yes: Signal::stored(UserTexts::of(ui.lang).go.to_owned()),
        no: ui.t().cancel,
        danger: false,
    }
}

/// What an administrator may change of another account, each after a question.
fn changes(ui: Ui, user: &UserAccount) -> AnyView {
    let t = UserTexts::of(ui.lang);
    let sending = Sending::of_card(&format!("user-{}", user.id), &[]);
    let base = format!("/api/v1/users/{}", escape(&user.id));
    let mut questions: Vec<AnyView> = Vec::new();
    let mut buttons: Vec<AnyView> = Vec::new();
    for (role, administrator) in ROLES.into_iter().filter(|to| *to != (user.role, user.administrator)) {
        let words = role_words(ui, role, administrator);
        let second =
            (role == UserRole::Approver && user.role != UserRole::Approver) || (administrator && !user.administrator);
        let asking = RwSignal::new(false);
        let asked = question(ui, if second { t.role_ask_second } else { t.role_ask }, &user.name, words);
        let path = base.clone();
        let put = move || {
            let path = path.clone();
            let to = ChangeUser { role, administrator };
            sending.run(async move { api::put::<_, Anything>(&path, &to).await }, |_| reload());
        };
        questions.push(ask(ui, sending, asking, asked, put));
        let label = fill(t.make_role, &[("role", words)]);
        buttons.push(ask_button(sending, asking, "b", label));
    }
    let others = [
        (user.suspended_ms.is_none(), "suspend", t.suspend, t.suspend_ask, Some("suspend-account")),
        (user.suspended_ms.is_some(), "reactivate", t.reactivate, t.reactivate_ask, None),
        (user.totp, "totp-off", t.totp_off, t.totp_off_ask, Some("take-second-factor-off")),
    ];
    for (_, step, label, asked, grave) in others.into_iter().filter(|(offered, ..)| *offered) {
        let asking = RwSignal::new(false);
        let asked = Question { danger: grave.is_some(), ..question(ui, asked, &user.name, "") };
        let path = format!("{base}/{step}");
        questions.push(ask(ui, sending, asking, asked, move || post(sending, path.clone())));
        buttons.push(match grave {
            Some(id) => marked(id, ask_button(sending, asking, "b danger", label)),
            None => ask_button(sending, asking, "b", label),
        });
    }
    view! { <p class="buttons">{buttons}</p> {questions} {sending.general(ui)} }.into_any()
}

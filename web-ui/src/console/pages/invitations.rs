//! Inviting somebody, the invitations so far, and the page behind an invitation's link, which needs no session.

use leptos::prelude::*;
use tracelight_api::problem::Problem;
use tracelight_api::rest::Page as Rows;
use tracelight_api::rest::account::PASSWORD_CHARS_MIN;
use tracelight_api::rest::user::{
    AcceptInvitation, AcceptedInvitation, Invitation, InvitationState, InvitationView, LABEL_CHARS_MAX, MadeInvitation,
    NewInvitation,
};

use super::account::input;
use super::users::{ROLES, role_words};
use crate::brand;
use crate::console::api::{self, Anything};
use crate::console::browser::{Entries, reload};
use crate::console::form::{Control, Field, Sending, field, form, send_button, told_once};
use crate::console::icons::{Mark, state};
use crate::console::load::{Fetched, PageData};
use crate::console::page::{Page, escape};
use crate::console::parts::{card, error_card, link_button, table};
use crate::console::shell::language_key;
use crate::console::texts::accounts::{AccountTexts, InvitationTexts, UserTexts};
use crate::console::ui::Ui;
use crate::i18n::{Lang, fill};

/// The form that makes a link, which is told once.
pub fn invite(ui: Ui) -> AnyView {
    let t = UserTexts::of(ui.lang);
    let sending = Sending::of_card("invite", &["label", "role"]);
    let link: RwSignal<Option<String>> = RwSignal::new(None);
    let send = move |entries: Entries| {
        let chosen = entries.text("role").parse().unwrap_or(0_usize);
        let (role, administrator) = ROLES.get(chosen).copied().unwrap_or(ROLES[0]);
        let request = NewInvitation { label: entries.text("label"), role, administrator };
        let call = async move { api::post::<_, MadeInvitation>("/api/v1/invitations", &request).await };
        sending.run(call, move |made| link.set(Some(made.link)));
    };
    let words = |(index, (role, administrator))| (format!("{index}"), role_words(ui, role, administrator).to_owned());
    let roles = ROLES.into_iter().enumerate().map(words).collect();
    let label = Field {
        name: "label",
        label: t.label,
        hint: Some(fill(t.label_hint, &[("n", &LABEL_CHARS_MAX.to_string())])),
        control: Control::Line(String::new(), "text", "off"),
    };
    let role = Field { name: "role", label: t.role, hint: None, control: Control::Choice(roles) };
    let inner = view! {
        <h2>{t.invite}</h2>
        <p class="soft">{t.invite_line}</p>
        {field(ui, sending, label, false)}
        {field(ui, sending, role, true)}
        {sending.general(ui)}
        {send_button(ui, sending, "b p", t.make)}
        {told_once(t.made, t.given, link)}
    };
    view! { <section class="c narrowcard">{form(inner, send)}</section> }.into_any()
}

/// The invitations so far, newest first.
pub fn list(ui: Ui, data: &PageData, rows: &Fetched<Rows<Invitation>>, administers: bool) -> AnyView {
    let t = UserTexts::of(ui.lang);
    let rows = match rows {
        Ok(rows) if rows.items.is_empty() => {
            return card(t.invitations, view! { <p class="soft">{t.no_invitations}</p> });
        }
        Ok(rows) => &rows.items,
        Err(problem) => return error_card(ui, data, problem),
    };
    let sending = Sending::of_card("invitations", &[]);
    let row = |invitation: &Invitation| {
        let open = invitation.state == InvitationState::Open;
        let label = if invitation.label.is_empty() { t.no_label.into_any() } else { ui.run(&invitation.label) };
        let by = fill(t.by, &[("user", &invitation.made_by), ("time", &ui.time(invitation.made_ms))]);
        let path = format!("/api/v1/invitations/{}/revoke", escape(&invitation.id));
        let revoke = (administers && open).then(|| {
            let take_back = move |_| {
                let path = path.clone();
                sending.run(async move { api::post::<_, Anything>(&path, &()).await }, |_| reload());
            };
            view! {
                <button type="button" class="b" disabled=move || sending.held() on:click=take_back>{t.revoke}</button>
            }
        });
        vec![
            view! { {label} <p class="soft">{by}</p> }.into_any(),
            where_it_stands(ui, invitation),
            role_words(ui, invitation.role, invitation.administrator).into_any(),
            revoke.into_any(),
        ]
    };
    let rows = rows.iter().map(row).collect();
    let heads = vec![t.h_for, t.h_state, t.role, t.h_action];
    let inner = view! { {table(t.invitations, &["k", "s", "d", "d"], heads, rows)} {sending.general(ui)} };
    card(t.invitations, inner)
}

fn where_it_stands(ui: Ui, invitation: &Invitation) -> AnyView {
    let t = UserTexts::of(ui.lang);
    match invitation.state {
        InvitationState::Open => state(Mark::Planned, fill(t.st_open, &[("time", &ui.time(invitation.expires_ms))])),
        InvitationState::Accepted => {
            let user = invitation.accepted_by.clone().unwrap_or_default();
            state(Mark::Done, fill(t.st_accepted, &[("user", &user)]))
        }
        InvitationState::Revoked => state(Mark::Stopped, t.st_revoked),
        InvitationState::Expired => state(Mark::None, t.st_expired),
    }
}

/// The page behind the link.
pub fn page(ui: Ui, data: &PageData, invitation: &Fetched<InvitationView>) -> AnyView {
    let other = ui.lang.other();
    let inner = match invitation {
        Ok(view) => open(ui, data, view),
        Err(problem) => closed(ui, data, problem),
    };
    view! {
        <div class="signin">
            <p class="logo">{brand::mark()} <b>{brand::NAME}</b></p>
            <section class="c">{inner}</section>
            <p class="foot">
                <a href=data.address.with("lang", language_key(other)) lang=other.tag() hreflang=other.tag()>{other.own_name()}</a>
            </p>
        </div>
    }
    .into_any()
}

fn closed(ui: Ui, data: &PageData, problem: &Problem) -> AnyView {
    let t = InvitationTexts::of(ui.lang);
    if problem.status != 404 {
        return view! { <h1 id="h" tabindex="-1">{t.title}</h1> {error_card(ui, data, problem)} }.into_any();
    }
    view! {
        <h1 id="h" tabindex="-1">{t.bad_title}</h1>
        <p class="line">{t.bad}</p>
        {link_button(None, "b", Page::SignIn.path(), t.sign_in)}
    }
    .into_any()
}

fn open(ui: Ui, data: &PageData, invitation: &InvitationView) -> AnyView {
    let t = InvitationTexts::of(ui.lang);
    let a = AccountTexts::of(ui.lang);
    let sending = Sending::new(&["name", "password", "again"]);
    let made: RwSignal<Option<AcceptedInvitation>> = RwSignal::new(None);
    let token = data.address.query("token").unwrap_or_default().to_owned();
    let send = move |entries: Entries| {
        if entries.raw("password") != entries.raw("again") {
            return sending.refuse("again", a.differ);
        }
        let (token, name) = (token.clone(), entries.text("name"));
        let request = AcceptInvitation { token, name, password: entries.raw("password") };
        let call = async move { api::post::<_, AcceptedInvitation>("/api/v1/invitations/accept", &request).await };
        sending.run(call, move |accepted| made.set(Some(accepted)));
    };
    let member = ui.name(&invitation.member.name_en, &invitation.member.name_zh);
    let role = role_words(ui, invitation.role, invitation.administrator);
    let role = if ui.lang == Lang::En { role.to_lowercase() } else { role.to_owned() };
    let line = fill(t.line, &[("member", &member), ("role", &role)]);
    let until = fill(t.until, &[("time", &ui.time(invitation.expires_ms))]);
    let hint = fill(a.new_hint, &[("n", &PASSWORD_CHARS_MIN.to_string())]);
    let inner = view! {
        {input(ui, sending, "name", t.name, Some(t.name_hint.into()), Control::Line(String::new(), "text", "username"))}
        {input(ui, sending, "password", t.password, Some(hint), Control::NewPassword)}
        {input(ui, sending, "again", a.again, None, Control::NewPassword)}
        {sending.general(ui)}
        {send_button(ui, sending, "b p", t.go)}
    };
    let done = move || {
        made.get().map(|accepted| {
            let waits = accepted.waits.then_some(t.waits);
            view! {
                <div class="note attention ask">
                    <p><b>{t.done}</b></p>
                    <p>{waits}</p>
                    <p class="buttons">{link_button(None, "b p", Page::SignIn.path(), t.sign_in)}</p>
                </div>
            }
        })
    };
    view! {
        <h1 id="h" tabindex="-1">{t.title}</h1>
        <p class="line">{line}</p>
        <p class="soft">{until}</p>
        <div aria-live="polite">{done}</div>
        <div hidden=move || made.with(Option::is_some)>{form(inner, send)}</div>
    }
    .into_any()
}

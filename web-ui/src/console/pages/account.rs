//! One's own account: password, second factor, sessions.

use leptos::prelude::*;
use tracelight_api::problem::Problem;
use tracelight_api::rest::Page as Rows;
use tracelight_api::rest::account::{
    Account, BeginTotp, ChangePassword, OwnSession, PASSWORD_CHARS_MIN, PasswordAndCode, RecoveryCodes, TotpCode,
    TotpOffer,
};

use crate::console::api::{self, Anything};
use crate::console::browser::{Entries, reload};
use crate::console::form::{Control, Field, Sending, field, form, send_button};
use crate::console::grave::marked;
use crate::console::icons::{Mark, state};
use crate::console::load::{Fetched, PageData};
use crate::console::page::escape;
use crate::console::parts::{card, error_card, facts, head, note, table};
use crate::console::texts::accounts::AccountTexts;
use crate::console::ui::Ui;
use crate::i18n::fill;

/// The page.
pub fn page(ui: Ui, data: &PageData, account: &Fetched<Account>, sessions: &Fetched<Rows<OwnSession>>) -> AnyView {
    let t = AccountTexts::of(ui.lang);
    let account = match account {
        Ok(account) => account,
        Err(problem) => {
            let top = head(None, t.title.into_any(), "".into_any(), None);
            return view! { {top} {error_card(ui, data, problem)} }.into_any();
        }
    };
    let role = super::users::role_words(ui, account.role, account.administrator);
    let line = fill(t.line, &[("user", &account.user), ("role", role)]);
    let list = match sessions {
        Ok(rows) => running(ui, &rows.items),
        Err(problem) => error_card(ui, data, problem),
    };
    view! {
        {head(None, t.title.into_any(), line.into_any(), None)}
        {password(ui)}
        {second(ui, account)}
        {list}
    }
    .into_any()
}

/// A field of one of the page's forms.
pub(super) fn input(
    ui: Ui,
    sending: Sending,
    name: &'static str,
    label: &'static str,
    hint: Option<String>,
    control: Control,
) -> AnyView {
    field(ui, sending, Field { name, label, hint, control }, true)
}

/// The server names a field of its call; on the page it has a name of its own.
fn renamed(mut problem: Problem, names: [(&str, &str); 2]) -> Problem {
    let here = problem.field.as_deref().and_then(|field| names.iter().find(|(name, _)| *name == field));
    if let Some((_, here)) = here {
        problem.field = Some((*here).to_owned());
    }
    problem
}

fn password(ui: Ui) -> AnyView {
    let t = AccountTexts::of(ui.lang);
    let sending = Sending::of_card("password", &["current", "new", "again"]);
    let done = RwSignal::new(false);
    let send = move |entries: Entries| {
        if entries.raw("new") != entries.raw("again") {
            return sending.refuse("again", t.differ);
        }
        let request = ChangePassword { current: entries.raw("current"), new: entries.raw("new") };
        let call = async move { api::post::<_, Anything>("/api/v1/account/password", &request).await };
        sending.run(call, move |_| done.set(true));
    };
    let hint = fill(t.new_hint, &[("n", &PASSWORD_CHARS_MIN.to_string())]);
    let inner = view! {
        <p class="soft">{t.password_line}</p>
        {input(ui, sending, "current", t.current, None, Control::Password)}
        {input(ui, sending, "new", t.new, Some(hint), Control::NewPassword)}
        {input(ui, sending, "again", t.again, None, Control::NewPassword)}
        {sending.general(ui)}
        {send_button(ui, sending, "b p", t.change)}
        <div aria-live="polite">{move || done.get().then(|| note("", t.changed))}</div>
    };
    view! { <section class="c narrowcard"><h2>{t.password}</h2>{form(inner, send)}</section> }.into_any()
}

fn second(ui: Ui, account: &Account) -> AnyView {
    let t = AccountTexts::of(ui.lang);
    let inner = match account.totp.on_since_ms {
        Some(since) => switched_on(ui, since, account.totp.recovery_left),
        None if account.totp.available => switched_off(ui),
        None => note("attention", t.totp_missing),
    };
    view! {
        <section class="c narrowcard">
            <h2>{t.totp}</h2>
            <p class="soft">{t.totp_line}</p>
            {inner}
        </section>
    }
    .into_any()
}

/// Password, then the secret, then a code, then the recovery codes.
fn switched_off(ui: Ui) -> AnyView {
    let t = AccountTexts::of(ui.lang);
    let sending = Sending::of_card("totp", &["totp_password", "code"]);
    let offer: RwSignal<Option<TotpOffer>> = RwSignal::new(None);
    let codes: RwSignal<Option<RecoveryCodes>> = RwSignal::new(None);
    let begin = move |entries: Entries| {
        let request = BeginTotp { password: entries.raw("totp_password") };
        let call = async move {
            let answer = api::post::<_, TotpOffer>("/api/v1/account/totp", &request).await;
            answer.map_err(|problem| renamed(problem, [("password", "totp_password"), ("", "")]))
        };
        sending.run(call, move |made| offer.set(Some(made)));
    };
    let confirm = move |entries: Entries| {
        let request = TotpCode { code: entries.text("code") };
        let call = async move { api::post::<_, RecoveryCodes>("/api/v1/account/totp/confirm", &request).await };
        sending.run(call, move |made| codes.set(Some(made)));
    };
    let steps = move || match (codes.get(), offer.get()) {
        (Some(made), _) => told(ui, &made),
        (None, Some(made)) => {
            let inner = view! {
                <p>{t.scan}</p>
                <p class="qr" role="img" aria-label=t.qr inner_html=made.qr_svg></p>
                <p>{t.secret} ": " <code>{grouped(&made.secret)}</code></p>
                {input(ui, sending, "code", t.code, Some(t.code_hint.into()), Control::Code)}
                {send_button(ui, sending, "b p", t.confirm)}
            };
            form(inner, confirm)
        }
        (None, None) => {
            let inner = view! {
                {input(ui, sending, "totp_password", t.your_password, None, Control::Password)}
                {send_button(ui, sending, "b", t.begin)}
            };
            form(inner, begin)
        }
    };
    view! { <div aria-live="polite">{steps}</div> {sending.general(ui)} }.into_any()
}

/// Four characters, a space, four characters: for people who type.
fn grouped(secret: &str) -> String {
    let mut out = String::with_capacity(secret.len() + secret.len() / 4);
    for (index, character) in secret.chars().enumerate() {
        if index > 0 && index.is_multiple_of(4) {
            out.push(' ');
        }
        out.push(character);
    }
    out
}

/// Recovery codes, until the reader says that they are stored.
fn told(ui: Ui, made: &RecoveryCodes) -> AnyView {
    let t = AccountTexts::of(ui.lang);
    let list = made.codes.iter().map(|code| view! { <li><code>{code.clone()}</code></li> }).collect_view();
    view! {
        <div class="note attention ask">
            <p>{t.recovery}</p>
            <ul class="codes">{list}</ul>
            <p class="buttons"><button type="button" class="b p" on:click=move |_| reload()>{t.kept}</button></p>
        </div>
    }
    .into_any()
}

fn switched_on(ui: Ui, since: u64, left: u64) -> AnyView {
    let t = AccountTexts::of(ui.lang);
    let rows = vec![
        (t.on_since, state(Mark::Done, ui.time(since))),
        (t.left, view! { <span>{ui.number(left)}</span> }.into_any()),
    ];
    let more = Sending::of_card("recovery", &["more_password", "more_code"]);
    let codes: RwSignal<Option<RecoveryCodes>> = RwSignal::new(None);
    let send_more = move |entries: Entries| {
        let request = PasswordAndCode { password: entries.raw("more_password"), code: entries.text("more_code") };
        let call = async move {
            let answer = api::post::<_, RecoveryCodes>("/api/v1/account/totp/recovery", &request).await;
            answer.map_err(|problem| renamed(problem, [("password", "more_password"), ("code", "more_code")]))
        };
        more.run(call, move |made| codes.set(Some(made)));
    };
    let off = Sending::of_card("off", &["off_password", "off_code"]);
    let send_off = move |entries: Entries| {
        let request = PasswordAndCode { password: entries.raw("off_password"), code: entries.text("off_code") };
        let call = async move {
            let answer = api::post::<_, Anything>("/api/v1/account/totp/off", &request).await;
            answer.map_err(|problem| renamed(problem, [("password", "off_password"), ("code", "off_code")]))
        };
        off.run(call, |_| reload());
    };
    let either = || Some(t.either.to_owned());
    let more_form = view! {
        {input(ui, more, "more_password", t.your_password, None, Control::Password)}
        {input(ui, more, "more_code", t.code, either(), Control::Code)}
        {more.general(ui)}
        {send_button(ui, more, "b", t.more)}
        <div aria-live="polite">{move || codes.get().map(|made| told(ui, &made))}</div>
    };
    let off_form = view! {
        <p>{t.off_line}</p>
        {input(ui, off, "off_password", t.your_password, None, Control::Password)}
        {input(ui, off, "off_code", t.code, either(), Control::Code)}
        {off.general(ui)}
        {marked("switch-second-factor-off", send_button(ui, off, "b danger", t.off))}
    };
    view! {
        {facts(rows)}
        <details><summary>{t.more}</summary>{form(more_form, send_more)}</details>
        <details><summary>{t.off}</summary>{form(off_form, send_off)}</details>
    }
    .into_any()
}

fn running(ui: Ui, sessions: &[OwnSession]) -> AnyView {
    let t = AccountTexts::of(ui.lang);
    let sending = Sending::of_card("sessions", &[]);
    let row = |session: &OwnSession| {
        let browser = if session.browser == "other" { t.other_browser.to_owned() } else { session.browser.clone() };
        let action = if session.this {
            state(Mark::Running, t.this)
        } else {
            let path = format!("/api/v1/account/sessions/{}", escape(&session.id));
            let end = move |_| {
                let path = path.clone();
                sending.run(async move { api::delete(&path).await }, |()| reload());
            };
            let label = format!("{}: {browser}, {}", t.end, ui.time(session.begun_ms));
            view! {
                <button type="button" class="b" aria-label=label disabled=move || sending.held() on:click=end>{t.end}</button>
            }
            .into_any()
        };
        vec![browser.into_any(), action, ui.time(session.seen_ms).into_any(), ui.time(session.begun_ms).into_any()]
    };
    let rows = sessions.iter().map(row).collect();
    let others = sessions.iter().any(|session| !session.this);
    let end_all = move |_| {
        let call = async { api::post::<_, Anything>("/api/v1/account/sessions/end-others", &()).await };
        sending.run(call, |_| reload());
    };
    let all = others.then(|| {
        view! {
            <p class="buttons">
                <button type="button" class="b" disabled=move || sending.held() on:click=end_all>{t.end_others}</button>
            </p>
        }
    });
    let inner = view! {
        <p class="soft">{t.sessions_line}</p>
        {table(t.sessions, &["k", "s", "d", "d"], vec![t.h_browser, t.h_end, t.h_seen, t.h_begun], rows)}
        {sending.general(ui)}
        {all}
    };
    card(t.sessions, inner)
}

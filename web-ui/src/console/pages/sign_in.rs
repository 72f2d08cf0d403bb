//! Sign-in: user name and password, a code where the account needs one, then on to the page that was asked for.

use leptos::leptos_dom::helpers::request_animation_frame;
use leptos::prelude::*;
use tracelight_api::problem::Problem;
use tracelight_api::rest::session::SignIn;

use crate::brand;
use crate::console::api::{self, Anything};
use crate::console::browser::{Entries, focus, go};
use crate::console::form::{Control, Field, Sending, field, form, send_button};
use crate::console::load::PageData;
use crate::console::page::safe_next;
use crate::console::shell::language_key;
use crate::console::texts::SignInTexts;
use crate::console::ui::Ui;

/// The page.
pub fn page(ui: Ui, data: &PageData) -> AnyView {
    let t = SignInTexts::of(ui.lang);
    let sending = Sending::new(&["user", "password", "code"]);
    // The account has a second factor; name and password stay where they are.
    let needs_code = RwSignal::new(false);
    let next = safe_next(data.address.query("next"));
    let send = move |entries: Entries| {
        let next = next.clone();
        let code = Some(entries.text("code")).filter(|code| !code.is_empty());
        let request = SignIn { user: entries.text("user"), password: entries.raw("password"), code };
        let call = async move {
            match api::post::<_, Anything>("/api/v1/session", &request).await {
                Ok(_) => Ok(true),
                Err(problem) if problem.kind == "tracelight:code_needed" => Ok(false),
                Err(problem) => Err(said(t, problem)),
            }
        };
        sending.run(call, move |signed_in| {
            if signed_in {
                return go(&next);
            }
            needs_code.set(true);
            // After the field has appeared.
            request_animation_frame(|| focus("f-code"));
        });
    };
    let user =
        Field { name: "user", label: t.user, hint: None, control: Control::Line(String::new(), "text", "username") };
    let password = Field { name: "password", label: t.password, hint: None, control: Control::Password };
    let code = Field { name: "code", label: t.code, hint: Some(t.code_hint.into()), control: Control::Code };
    let inner = view! {
        {field(ui, sending, user, true)}
        {field(ui, sending, password, true)}
        <div hidden=move || !needs_code.get() aria-live="polite">{field(ui, sending, code, false)}</div>
        {sending.general(ui)}
        {send_button(ui, sending, "b p", t.go)}
    };
    let other = ui.lang.other();
    view! {
        <div class="signin">
            <p class="logo">{brand::mark()} <b>{brand::NAME}</b></p>
            <section class="c">
                <h1 id="h" tabindex="-1">{t.title}</h1>
                <p class="line">{t.line}</p>
                {form(inner, send)}
            </section>
            <p class="foot">
                <a href=data.address.with("lang", language_key(other)) lang=other.tag() hreflang=other.tag()>{other.own_name()}</a>
            </p>
        </div>
    }
    .into_any()
}

/// Which of name and password is wrong is nobody's to know; the field carries the words.
fn said(t: &'static SignInTexts, mut problem: Problem) -> Problem {
    let words = match problem.kind.as_str() {
        "tracelight:suspended" => t.suspended,
        "tracelight:wrong_credentials" => t.refused,
        _ => return problem,
    };
    problem.kind = "tracelight:sign_in_refused".to_owned();
    problem.detail = Some(words.to_owned());
    problem.field = Some("password".to_owned());
    problem
}

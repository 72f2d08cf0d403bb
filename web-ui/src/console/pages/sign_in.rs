//! Sign-in: user name and password, then on to the page that was asked for.

use leptos::prelude::*;
use tracelight_api::rest::session::SignIn;

use crate::brand;
use crate::console::api::{self, Anything};
use crate::console::browser::go;
use crate::console::form::{Control, Field, Sending, field, form, send_button};
use crate::console::load::PageData;
use crate::console::page::safe_next;
use crate::console::shell::language_key;
use crate::console::texts::SignInTexts;
use crate::console::ui::Ui;

/// The page.
pub fn page(ui: Ui, data: &PageData) -> AnyView {
    let t = SignInTexts::of(ui.lang);
    let sending = Sending::new(&["user", "password"]);
    let next = safe_next(data.address.query("next"));
    let send = move |entries: crate::console::browser::Entries| {
        let next = next.clone();
        let request = SignIn { user: entries.text("user"), password: entries.raw("password") };
        let call = async move {
            api::post::<_, Anything>("/api/v1/session", &request).await.map_err(|mut problem| {
                // Which of the two is wrong is nobody's to know; the field carries the words.
                if problem.status == 401 {
                    problem.kind = "tracelight:sign_in_refused".to_owned();
                    problem.detail = Some(t.refused.to_owned());
                    problem.field = Some("password".to_owned());
                }
                problem
            })
        };
        sending.run(call, move |_| go(&next));
    };
    let user =
        Field { name: "user", label: t.user, hint: None, control: Control::Line(String::new(), "text", "username") };
    let password = Field { name: "password", label: t.password, hint: None, control: Control::Password };
    let inner = view! {
        {field(ui, sending, user, true)}
        {field(ui, sending, password, true)}
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

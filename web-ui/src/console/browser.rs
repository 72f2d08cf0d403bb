//! The few things that only a browser can do. Off the browser every function here says so or does nothing, so that
//! event handlers compile for the server too, where nothing ever runs them.

use tracelight_api::problem::Problem;
use web_sys::wasm_bindgen::JsCast;

use super::api::Answer;

/// Calls our own origin.
///
/// # Errors
/// When nobody answers.
#[cfg(target_arch = "wasm32")]
pub async fn fetch(method: &'static str, path: &str, body: Option<String>) -> Result<Answer, Problem> {
    let failed = |error: wasm_bindgen::JsValue| super::api::unreachable_problem(&format!("{error:?}"));
    let init = web_sys::RequestInit::new();
    init.set_method(method);
    init.set_credentials(web_sys::RequestCredentials::SameOrigin);
    if let Some(body) = &body {
        init.set_body(&wasm_bindgen::JsValue::from_str(body));
    }
    let request = web_sys::Request::new_with_str_and_init(path, &init).map_err(failed)?;
    if let Some(body) = &body {
        request.headers().set("content-type", "application/json").map_err(failed)?;
        request.headers().set("idempotency-key", &attempt::key(path, body)).map_err(failed)?;
    }
    let answer = answer_to(&request).await?;
    if body.is_some() && answer.0 < 500 {
        attempt::answered();
    }
    Ok(answer)
}

/// Sends a file to our own origin. Sending the same one again does nothing more: the server knows it by its content.
///
/// # Errors
/// When nobody answers.
#[cfg(target_arch = "wasm32")]
pub async fn send_file(path: &str, file: &web_sys::File) -> Result<Answer, Problem> {
    let failed = |error: wasm_bindgen::JsValue| super::api::unreachable_problem(&format!("{error:?}"));
    let init = web_sys::RequestInit::new();
    init.set_method("POST");
    init.set_credentials(web_sys::RequestCredentials::SameOrigin);
    init.set_body(file.as_ref());
    let request = web_sys::Request::new_with_str_and_init(path, &init).map_err(failed)?;
    request.headers().set("content-type", "application/octet-stream").map_err(failed)?;
    answer_to(&request).await
}

/// Sends a file to our own origin.
///
/// # Errors
/// Always: only a browser has an origin.
#[cfg(not(target_arch = "wasm32"))]
pub async fn send_file(path: &str, _: &web_sys::File) -> Result<Answer, Problem> {
    Err(super::api::unreachable_problem(&format!("only a browser can send a file to `{path}`")))
}

#[cfg(target_arch = "wasm32")]
async fn answer_to(request: &web_sys::Request) -> Result<Answer, Problem> {
    use super::api::unreachable_problem;
    use wasm_bindgen_futures::JsFuture;
    let failed = |error: wasm_bindgen::JsValue| unreachable_problem(&format!("{error:?}"));
    request.headers().set("accept", "application/json").map_err(failed)?;
    let window = web_sys::window().ok_or_else(|| unreachable_problem("there is no window"))?;
    let answer = JsFuture::from(window.fetch_with_request(request)).await.map_err(failed)?;
    let answer: web_sys::Response = answer.dyn_into().map_err(failed)?;
    let bytes = JsFuture::from(answer.array_buffer().map_err(failed)?).await.map_err(failed)?;
    Ok((answer.status(), js_sys::Uint8Array::new(&bytes).to_vec()))
}

/// Keys of attempts. A command that got no clear answer is sent again under the same key, so that the server does it
/// once; after a clear answer the same words are a new command.
#[cfg(target_arch = "wasm32")]
mod attempt {
    use std::cell::Cell;

    thread_local! {
        static PAGE: u64 = (js_sys::Math::random() * 9_007_199_254_740_992.0) as u64;
        static ANSWERS: Cell<u64> = const { Cell::new(0) };
    }

    pub fn answered() {
        ANSWERS.with(|answers| answers.set(answers.get().wrapping_add(1)));
    }

    pub fn key(path: &str, body: &str) -> String {
        let hash = crate::console::style::fnv(path.bytes().chain([0]).chain(body.bytes()));
        format!("{:x}-{:x}-{hash:016x}", PAGE.with(|page| *page), ANSWERS.with(Cell::get))
    }
}

/// Calls our own origin.
///
/// # Errors
/// Always: only a browser has an origin.
#[cfg(not(target_arch = "wasm32"))]
pub async fn fetch(_: &'static str, path: &str, _: Option<String>) -> Result<Answer, Problem> {
    Err(super::api::unreachable_problem(&format!("only a browser can fetch `{path}`")))
}

/// Loads another page.
pub fn go(url: &str) {
    if let Some(window) = web_sys::window() {
        // A refused navigation leaves the reader where they are; there is nobody else to tell.
        let _ = window.location().set_href(url);
    }
}

/// Loads this page again.
pub fn reload() {
    if let Some(window) = web_sys::window() {
        let _ = window.location().reload();
    }
}

/// Nobody looks at the page at the moment.
pub fn hidden() -> bool {
    web_sys::window().and_then(|window| window.document()).is_none_or(|document| document.hidden())
}

/// Moves the keyboard to an element.
pub fn focus(id: &str) {
    let element = web_sys::window().and_then(|window| window.document()).and_then(|page| page.get_element_by_id(id));
    if let Some(element) = element.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = element.focus();
    }
}

/// What stands in a form when it is sent. Read from the page and not from signals, so that what was typed before the
/// program had loaded counts too.
pub struct Entries(Option<web_sys::FormData>);

impl Entries {
    /// The entries of the form that an event comes from.
    pub fn of(event: &web_sys::SubmitEvent) -> Self {
        let form = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlFormElement>().ok());
        Self(form.and_then(|form| web_sys::FormData::new_with_form(&form).ok()))
    }

    /// One entry without spaces around it; empty when it is absent.
    pub fn text(&self, name: &str) -> String {
        self.raw(name).trim().to_owned()
    }

    /// One entry as it is.
    pub fn raw(&self, name: &str) -> String {
        self.0.as_ref().and_then(|data| data.get(name).as_string()).unwrap_or_default()
    }

    /// A file that was chosen. `None` when there is none.
    pub fn file(&self, name: &str) -> Option<web_sys::File> {
        let file = self.0.as_ref()?.get(name).dyn_into::<web_sys::File>().ok()?;
        // A control without a choice sends a file without a name.
        Some(file).filter(|file| !file.name().is_empty())
    }

    /// A ticked box.
    pub fn ticked(&self, name: &str) -> bool {
        self.0.as_ref().is_some_and(|data| data.has(name))
    }

    /// All entries of one name.
    pub fn all(&self, name: &str) -> Vec<String> {
        let values =
            self.0.as_ref().map(|data| data.get_all(name).iter().filter_map(|value| value.as_string()).collect());
        values.unwrap_or_default()
    }

    /// A count, with or without separators between thousands. `None` when it is no count.
    pub fn count(&self, name: &str) -> Option<u64> {
        self.text(name).replace([',', ' ', '\u{a0}', '，'], "").parse().ok()
    }
}

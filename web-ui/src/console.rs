//! The consoles of the members: manufacturer, logistics, pharmacy, regulator. Pages are written by the server and come
//! to life in the browser (`hydrate`); without JavaScript they still show their data.
//!
//! | module | job |
//! |---|---|
//! | [`page`] | addresses; all shareable state is in the URL |
//! | [`load`] | the data of a page, loaded over REST before it is written |
//! | [`api`] | REST calls: in process on the server, `fetch` in the browser |
//! | [`render`] | the whole document (server only) |
//! | [`shell`] | rail, sections, chain line |
//! | [`pages`] | one file a page |
//! | [`lists`] | the tools of lists: words, states, files |
//! | [`form`], [`parts`], [`chart`], [`icons`], [`ui`] | what pages are made of |
//!
//! Why there is no client-side router and no streaming: every page is one document whose data are complete before the
//! first byte. Its status is then true (404, 503), a page works without the program, and the browser hydrates from the
//! same value that wrote the HTML, so that the two cannot differ.

pub mod api;
pub mod browser;
pub mod chart;
pub mod form;
pub mod grave;
pub mod hologram_text;
mod icons;
pub mod lists;
pub mod load;
pub mod page;
pub mod pages;
pub mod parts;
#[cfg(feature = "ssr")]
pub mod render;
pub mod shell;
pub mod style;
pub mod texts;
pub mod ui;

use leptos::prelude::*;

use load::PageData;
use ui::Ui;

/// A page inside its frame: what stands in `div#app`.
pub fn app(data: &PageData) -> AnyView {
    let ui = Ui { lang: data.lang(), now_ms: data.now_ms, utc_offset_minutes: data.utc_offset_minutes };
    let content = pages::content(ui, data);
    shell::frame(ui, data, content)
}

/// Brings the page to life. Called once by the hydration program.
#[cfg(feature = "hydrate")]
pub fn hydrate() {
    use web_sys::wasm_bindgen::JsCast;
    let document = leptos::prelude::document();
    let data = document.get_element_by_id("data").and_then(|element| element.text_content());
    let data = data.and_then(|json| serde_json::from_str::<PageData>(&json).ok());
    let root = document.get_element_by_id("app").and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok());
    // A page of another version is left as the server wrote it: it can be read, and a reload brings them together.
    if let (Some(data), Some(root)) = (data, root) {
        leptos::mount::hydrate_from(root, move || app(&data)).forget();
    }
}

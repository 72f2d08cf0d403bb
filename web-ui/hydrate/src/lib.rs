//! The program that brings console pages to life in the browser. One function around [`tracelight_web_ui::console`]; the
//! page's script calls it once.

use wasm_bindgen::prelude::wasm_bindgen;

/// Hydrates the page that the server wrote.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    tracelight_web_ui::console::hydrate();
}

//! Writes a whole page on the server.
//!
//! ```text
//! html:   head( title, style sheet ), body( noscript, div#app( page ), script#data( JSON ), module script with nonce )
//! ```
//!
//! `script#data` is a data block, which no browser runs; `<` is escaped in it. The module script is the only one that
//! runs and carries the nonce of the page's content policy. No element has a `style` attribute.

use leptos::prelude::*;

use super::api::Client;
use super::load::{Loaded, PageData, load};
use super::page::{Address, escape};
use super::ui::Ui;
use crate::brand;
use crate::i18n::Lang;

/// What the server says about a page.
#[derive(Clone, Debug)]
pub struct Options {
    /// URL of the hydration script, as the assets manifest names it; without it the page is read only.
    pub hydrate_js: Option<String>,
    /// URL of its WebAssembly.
    pub hydrate_wasm: Option<String>,
    /// Nonce of the page's content policy, fresh for each answer.
    pub nonce: String,
    /// Minutes from UTC in which times are shown.
    pub utc_offset_minutes: i32,
}

/// What a reader asks for.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// Path of the request, as sent.
    pub path: &'a str,
    /// Query of the request, as sent.
    pub query: Option<&'a str>,
    /// Language of the answer.
    pub lang: Lang,
    /// The server's clock, milliseconds since 1970.
    pub now_ms: u64,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rendered {
    /// A page with its status.
    Html {
        /// HTTP status.
        status: u16,
        /// The document.
        html: String,
    },
    /// Go there (303).
    Redirect(String),
}

/// Answers a request for a console page.
pub async fn render(asked: Asked<'_>, options: &Options, client: &Client) -> Rendered {
    let address = Address::parse(asked.path, asked.query);
    match load(address, asked.lang, asked.now_ms, options.utc_offset_minutes, client).await {
        Loaded::Redirect(url) => Rendered::Redirect(url),
        Loaded::Page(data) => Rendered::Html { status: data.body.status(), html: document(&data, options) },
    }
}

/// Writes the document of loaded data.
pub fn document(data: &PageData, options: &Options) -> String {
    let owner = Owner::new();
    let app = owner.with(|| super::app(data).to_html());
    let ui = Ui { lang: data.lang(), now_ms: data.now_ms, utc_offset_minutes: data.utc_offset_minutes };
    let title = title_of(&app);
    let title = if title.is_empty() { brand::NAME.to_owned() } else { format!("{title} · {}", brand::NAME) };
    let mut html = String::with_capacity(app.len() + 8_192);
    html.push_str(&format!(
        concat!(
            "<!DOCTYPE html><html lang=\"{lang}\"><head><meta charset=\"utf-8\">",
            "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">",
            "<meta name=\"robots\" content=\"noindex\"><title>{title}</title>",
            "<link rel=\"icon\" href=\"data:image/svg+xml,{icon}\">",
            "<link rel=\"stylesheet\" href=\"{style}\"></head><body>",
            "<noscript><p class=\"noscript\">{no_script}</p></noscript><div id=\"app\">",
        ),
        lang = ui.lang.tag(),
        title = title,
        icon = escape(&icon()),
        style = super::style::path(),
        no_script = ui.t().no_script,
    ));
    html.push_str(&app);
    html.push_str("</div>");
    if let (Some(js), Some(wasm)) = (&options.hydrate_js, &options.hydrate_wasm) {
        html.push_str(&scripts(data, js, wasm, &options.nonce));
    }
    html.push_str("</body></html>");
    html
}

/// The mark as the page's icon. It stands alone, so its colour is written out.
fn icon() -> String {
    format!(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' stroke='#1c4daf' color='#1c4daf' \
         stroke-linecap='round' stroke-linejoin='round'>{}</svg>",
        brand::MARK
    )
}

fn scripts(data: &PageData, js: &str, wasm: &str, nonce: &str) -> String {
    let json = |text: &str| serde_json::Value::String(text.to_owned()).to_string().replace('<', "\\u003c");
    // The data hold texts, numbers and lists only; a list of those is always JSON.
    let data = serde_json::to_string(data).unwrap_or_else(|_| "null".to_owned()).replace('<', "\\u003c");
    format!(
        concat!(
            "<script type=\"application/json\" id=\"data\">{data}</script>",
            "<script type=\"module\" nonce=\"{nonce}\">import init,{{hydrate}} from {js};",
            "init({{module_or_path:{wasm}}}).then(hydrate)</script>",
        ),
        data = data,
        nonce = nonce,
        js = json(js),
        wasm = json(wasm),
    )
}

/// The text of the page's `h1`, still escaped, without its tags.
fn title_of(html: &str) -> String {
    let inner = html
        .split_once("<h1")
        .and_then(|(_, rest)| rest.split_once('>'))
        .and_then(|(_, rest)| rest.split_once("</h1>"));
    let Some((inner, _)) = inner else {
        return String::new();
    };
    let mut out = String::with_capacity(inner.len());
    let mut outside = true;
    for c in inner.chars() {
        match c {
            '<' => outside = false,
            '>' => outside = true,
            c if outside => out.push(c),
            _ => {}
        }
    }
    out.trim().to_owned()
}

//! The page's files. They are part of the program, so that page and gateway always fit each other; [`version`] names them.

use super::Terminals;
use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use std::sync::LazyLock;
use tracelight_proof::hash::sha256;

pub(super) const HTML: &str = include_str!("page/index.html");
pub(super) const CSS: &str = include_str!("page/page.css");
/// Texts by language, as JSON.
pub(super) const TEXTS: &str = include_str!("page/texts.json");
const WORKER: &str = include_str!("page/worker.js");
const MANIFEST: &str = include_str!("page/manifest.json");
const ICON: &str = include_str!("page/icon.svg");
/// In the order in which the page loads them, behind the texts.
pub(super) const SCRIPTS: [(&str, &str); 11] = [
    ("codes.js", include_str!("page/codes.js")),
    ("sound.js", include_str!("page/sound.js")),
    ("outbox.js", include_str!("page/outbox.js")),
    ("line.js", include_str!("page/line.js")),
    ("screen.js", include_str!("page/screen.js")),
    ("app.js", include_str!("page/app.js")),
    ("alone.js", include_str!("page/alone.js")),
    ("view.js", include_str!("page/view.js")),
    ("panels.js", include_str!("page/panels.js")),
    ("scan.js", include_str!("page/scan.js")),
    ("main.js", include_str!("page/main.js")),
];
/// What the worker keeps for a reload without network.
const SHELL: [&str; 4] = ["page.css", "texts.js", "manifest.json", "icon.svg"];

/// Of the page's files: the first 64 bits of their hash.
pub(super) fn version() -> &'static str {
    static VERSION: LazyLock<String> = LazyLock::new(|| {
        let scripts = SCRIPTS.iter().map(|(_, text)| *text);
        let all: String = [HTML, CSS, TEXTS, WORKER].into_iter().chain(scripts).collect();
        hex::encode(sha256(all.as_bytes()).0.get(..8).unwrap_or_default())
    });
    &VERSION
}

/// Routes of the files.
pub(super) fn files() -> Router<Terminals> {
    let scripts = std::iter::once("texts.js").chain(SCRIPTS.map(|(name, _)| name));
    let tags: Vec<String> =
        scripts.map(|name| format!("<script defer src=\"{name}?v={{version}}\"></script>")).collect();
    let html = HTML.replace("{scripts}", &tags.join("\n")).replace("{version}", version());
    let texts = format!("'use strict';\nwindow.TEXTS = {TEXTS};\n");
    let names: Vec<&str> = SHELL.into_iter().chain(SCRIPTS.map(|(name, _)| name)).collect();
    let worker = WORKER.replace("{shell}", &names.join(" ")).replace("{version}", version());
    let own = [
        ("/terminal/".to_owned(), "text/html; charset=utf-8", html),
        ("/terminal/page.css".to_owned(), "text/css; charset=utf-8", CSS.to_owned()),
        ("/terminal/texts.js".to_owned(), JS, texts),
        ("/terminal/worker.js".to_owned(), JS, worker),
        ("/terminal/manifest.json".to_owned(), "application/manifest+json", MANIFEST.to_owned()),
        ("/terminal/icon.svg".to_owned(), "image/svg+xml", ICON.to_owned()),
    ];
    let scripts = SCRIPTS.map(|(name, text)| (format!("/terminal/{name}"), JS, text.to_owned()));
    let to_page = || async { Redirect::temporary("/terminal/") };
    let router = Router::new().route("/", get(to_page)).route("/terminal", get(to_page));
    own.into_iter()
        .chain(scripts)
        .fold(router, |router, (path, kind, text)| router.route(&path, get(move || async move { file(kind, text) })))
}

const JS: &str = "text/javascript; charset=utf-8";

/// Asked for anew each time: a gateway that was updated serves another page.
fn file(kind: &'static str, text: String) -> Response {
    ([(CONTENT_TYPE, kind), (CACHE_CONTROL, "no-cache")], text).into_response()
}

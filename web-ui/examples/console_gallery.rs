//! Writes every page of the consoles with canned data, in both languages, into the folder named by the first argument,
//! to be looked at beside the pictures of the visual language:
//! `cargo run -p tracelight-web-ui --features ssr --example console_gallery -- DIR`.

use std::future::Future;
use std::path::Path;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use tracelight_api::problem::Problem;
use tracelight_web_ui::console::render::{Asked, Options, Rendered, render};
use tracelight_web_ui::console::style;
use tracelight_web_ui::i18n::Lang;

mod console_samples;

use console_samples::{Canned, NOW_MS, gallery, session};

fn main() -> std::io::Result<()> {
    let folder =
        std::env::args().nth(1).ok_or_else(|| std::io::Error::other("no folder given, hint: console_gallery DIR"))?;
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder)?;
    let options = Options { hydrate_js: None, hydrate_wasm: None, nonce: String::new(), utc_offset_minutes: 480 };
    let write = |name: &str, lang: Lang, path: &str, client: tracelight_web_ui::console::api::Client| {
        let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
        let asked = Asked { path, query, lang, now_ms: NOW_MS };
        let html = match ready(render(asked, &options, &client)) {
            Rendered::Html { html, .. } => html,
            Rendered::Redirect(url) => format!("-> {url}"),
        };
        let link = format!("<link rel=\"stylesheet\" href=\"{}\">", style::path());
        let html = html.replace(&link, &format!("<style>{}</style>", style::sheet()));
        std::fs::write(folder.join(format!("{name}-{}.html", lang.tag())), html)
    };
    for lang in Lang::ALL {
        for (name, path, role, user) in gallery() {
            write(name, lang, &path, Canned::client(role, user))?;
        }
        let maker = || {
            Some(session(
                tracelight_api::rest::session::MemberRole::Manufacturer,
                tracelight_api::rest::session::UserRole::Operator,
            ))
        };
        write(
            "empty",
            lang,
            "/console/batches",
            Canned { session: maker(), empty: true, problem: None }.into_client(),
        )?;
        let mut problem = Problem::new(503, "cannot_check_now", "the database does not answer");
        problem.incident = Some("0193a7c4e0b17d2a".into());
        write(
            "error",
            lang,
            "/console/batches",
            Canned { session: maker(), empty: false, problem: Some(problem) }.into_client(),
        )?;
    }
    Ok(())
}

/// Canned answers are ready at once; nothing here ever waits.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("canned answers are ready at once"),
    }
}

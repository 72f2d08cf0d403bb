//! The page that a shopper's camera opens: the verdict, why, what to do, and how to check the answer without trusting us.
//!
//! Server-rendered Leptos **without hydration**: a page is one HTML document that is complete when scripts never run.
//! Plain forms and links do everything; [`checker_js`] only adds the device's own check and the "seen" signal.
//!
//! ```text
//! transferred:  document with inline CSS <= 14 KB compressed, CSS <= 4 KB raw, script <= 4 KB raw, one request before a tap
//! policy:       [`content_security_policy`]: no `style` attributes, no event attributes, no inline scripts
//! counting:     a GET counts nothing. The answer form posts; a browser with scripts also posts the "seen" signal once
//!               the page is visible and not being prerendered. De-duplication is the server's.
//! ```
//!
//! The interface for the server is [`model`] (plain data) and the `render_*` functions (data in, document out). They do
//! no input and output, read no clock, and do not fail. Everything in [`model`] may hold strangers' text; it is escaped.
//!
//! A verdict that the device could not confirm, and one that it confirmed, are drawn by the script from `<template>`
//! elements in the page ([`overlay`]), so that the script holds no text.

mod actions;
mod camera;
mod cards;
mod case;
mod css;
mod dates;
pub mod evidence;
mod forms;
pub mod kept;
mod links;
pub mod marks;
pub mod model;
mod overlay;
mod place;
mod privacy;
mod recalls;
mod shell;
mod texts;
mod typed;
mod why;

use std::sync::OnceLock;

use base64::Engine as _;
use leptos::prelude::*;
use tracelight_proof::hash::sha256;

use crate::brand::{Icon, verdict_icon};
use crate::verdict_text::{drawing_of, role_of, verdict_text};
use model::{
    AnswerPage, CasePage, CodeEntryPage, Device, Frame, KeptPage, LinksPage, PlacePage, RecallsPage, ReceiptPage,
    ReportPage, ScanPage, Verdict,
};
use shell::{Ctx, Field, Sheet, document, strip_words};

pub use camera::{CameraTexts, camera_js};
pub use dates::Clock;
pub use kept::{KEPT_KEY_URL, KEPT_URL, KeptTexts};
pub use marks::QuestionsPage;
pub use place::{PLACE_URL, PlaceTexts, place_js};
pub use privacy::{KeptDays, PRIVACY_URL, PrivacyPage, PrivacyTexts};
pub use texts::ScanTexts;
pub use typed::{TypedUnit, read_typed};

/// The page's script as written.
const CHECKER_JS: &str = include_str!("scan/checker.js");

/// Where a report is looked up by its number.
pub const CASE_URL: &str = "/scan/case";
/// Characters of a typed code that are kept: a GTIN, a serial and two more elements with their brackets and spaces.
pub const CODE_CHARS_MAX: usize = 200;

/// Characters of a text in a report.
pub const REPORT_TEXT_CHARS_MAX: usize = 200;

/// Characters of what is looked for among recalls: a whole code, or a name.
pub const RECALL_SEARCH_CHARS_MAX: usize = 200;

/// Earlier checks that are listed one by one; the rest is a number.
pub const EARLIER_SHOWN_MAX: usize = 5;

/// A checker of at most this many kilobytes starts without a tap, unless the device asks to save data.
pub const AUTO_CHECK_KB_MAX: u32 = 60;

/// The page's script, to be served as `text/javascript` under the name in [`ScanPage::script_url`]: the file without
/// its comment lines and indents.
pub fn checker_js() -> &'static str {
    static BARE: OnceLock<String> = OnceLock::new();
    BARE.get_or_init(|| bare(CHECKER_JS))
}

fn bare(script: &str) -> String {
    let lines = script.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The `Content-Security-Policy` of a page that was drawn here (W3C CSP 3): of styles only those that it holds, each by its
/// SHA-256; scripts of this origin, and the checker's WASM. Text of strangers is escaped, so it makes no style element.
pub fn content_security_policy(html: &str) -> String {
    let mut styles = String::new();
    for style in html.split("<style>").skip(1).filter_map(|rest| rest.split_once("</style>")) {
        styles.push_str(" 'sha256-");
        base64::engine::general_purpose::STANDARD.encode_string(sha256(style.0.as_bytes()).0, &mut styles);
        styles.push('\'');
    }
    format!(
        "default-src 'none'; style-src{styles}; script-src 'self' 'wasm-unsafe-eval'; \
         connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
}

/// The answer to a scan, as a whole document. Status 503 belongs to [`Verdict::CannotCheckNow`], 200 to the rest
/// (404 to [`Verdict::UnknownCode`] if the server prefers).
pub fn render_scan_page(page: &ScanPage) -> String {
    let ctx = Ctx::new(&page.frame);
    document(ctx, || scan_sheet(ctx, page))
}

/// The report form.
pub fn render_report_page(page: &ReportPage) -> String {
    let frame = without_report_link(&page.frame);
    let ctx = Ctx::new(&frame);
    document(ctx, || forms::report(ctx, page))
}

/// The page after a report, with its case number.
pub fn render_report_receipt_page(page: &ReceiptPage) -> String {
    let frame = without_report_link(&page.frame);
    let ctx = Ctx::new(&frame);
    document(ctx, || forms::receipt(ctx, page))
}

/// How a report stands.
pub fn render_case_page(page: &CasePage) -> String {
    let frame = without_report_link(&page.frame);
    let ctx = Ctx::new(&frame);
    document(ctx, || case::case(ctx, page))
}

/// The page of a receipt of a verdict. Status 200; 400 when it is not ours, 503 when nobody can say what holds now.
pub fn render_kept_page(page: &KeptPage) -> String {
    let ctx = Ctx::new(&page.frame);
    document(ctx, || kept::kept(ctx, page))
}

/// The questions about a product's hologram.
pub fn render_questions_page(page: &QuestionsPage) -> String {
    let ctx = Ctx::new(&page.frame);
    document(ctx, || marks::questions(ctx, page))
}

/// The page after a rough place was told.
pub fn render_place_page(page: &PlacePage) -> String {
    let ctx = Ctx::new(&page.frame);
    document(ctx, || place::told(ctx, page))
}

/// What is kept of a reader.
pub fn render_privacy_page(page: &PrivacyPage) -> String {
    let ctx = Ctx::new(&page.frame);
    document(ctx, || privacy::privacy(ctx, page))
}

/// The page for typing a code; it says which character is wrong.
pub fn render_code_entry_page(page: &CodeEntryPage) -> String {
    let ctx = Ctx::new(&page.frame);
    document(ctx, || forms::code_entry(ctx, page))
}

/// The page that lists the links of a product.
pub fn render_links_page(page: &LinksPage) -> String {
    let ctx = Ctx::new(&page.frame);
    document(ctx, || links::links(ctx, page))
}

/// The list of published recalls.
pub fn render_recalls_page(page: &RecallsPage) -> String {
    let ctx = Ctx::new(&page.frame);
    document(ctx, || recalls::recalls(ctx, page))
}

/// The page after "both match", "one differs", "yes" or "no".
pub fn render_answer_page(page: &AnswerPage) -> String {
    let ctx = Ctx::new(&page.frame);
    document(ctx, || forms::answer(ctx, page))
}

/// The frame of a page that is itself about a report.
fn without_report_link(frame: &Frame) -> Frame {
    Frame { report_url: None, ..frame.clone() }
}

fn scan_sheet(ctx: Ctx<'_>, page: &ScanPage) -> Sheet {
    let text = verdict_text(page.verdict, ctx.frame.lang, cards::kind_of(page));
    let (shape, glyph) = drawing_of(page.verdict);
    let (cards, parts) = actions::verdict_cards(ctx, page);
    // An outage has nothing to check, whatever the server has put in.
    let check = page.check.as_ref().filter(|_| page.verdict != Verdict::CannotCheckNow);
    let runs = check.filter(|links| links.assets.is_some() && page.script_url.is_some());
    Sheet {
        field: Field {
            role: role_of(page.verdict),
            icon: Some(verdict_icon(shape, glyph)),
            word: text.word.to_owned(),
            line: Some(text.line.to_owned()),
            why: Some(ctx.run(&why::why(ctx, page))),
            strip: Some(strip(ctx, page, check.is_some())),
        },
        cards,
        templates: runs.map(|links| overlay::templates(ctx, page, links)),
        script: script(page, runs),
        parts,
    }
}

/// Who speaks. It leads to the check, where there is one.
fn strip(ctx: Ctx<'_>, page: &ScanPage, checkable: bool) -> AnyView {
    let t = ctx.t;
    let (sign, text) = match page.verdict {
        Verdict::CannotCheckNow => (Icon::NoSignal, t.strip_nobody),
        Verdict::Suspicious => (Icon::Server, t.strip_judges),
        _ if checkable => (Icon::Server, t.strip_server),
        _ => (Icon::Server, t.strip_server_only),
    };
    let words = strip_words(sign, None, ctx.say(text, &[]));
    if checkable {
        view! { <a class="s" id="s" href="#check">{words} {crate::brand::icon(Icon::Down)}</a> }.into_any()
    } else {
        view! { <p class="s" id="s">{words}</p> }.into_any()
    }
}

/// The script element. What the script needs to know stands in its data attributes.
fn script(page: &ScanPage, runs: Option<&model::CheckLinks>) -> Option<AnyView> {
    let url = page.script_url.clone()?;
    let seen = page.answer.as_ref().filter(|_| page.verdict != Verdict::CannotCheckNow);
    let token = seen.map(|form| form.token.clone());
    let seen = seen.and_then(|form| form.seen_url.clone());
    if runs.is_none() && seen.is_none() {
        return None;
    }
    let assets = runs.and_then(|links| links.assets.clone());
    let auto = assets.as_ref().is_some_and(|assets| assets.kb <= AUTO_CHECK_KB_MAX).then_some("");
    let recalled = (page.verdict == Verdict::Recalled).then_some("");
    Some(
        view! {
            <script
                defer=true src=url
                data-js=assets.as_ref().map(|assets| assets.js_url.clone())
                data-wasm=assets.as_ref().map(|assets| assets.wasm_url.clone())
                data-bundle=runs.map(|links| links.bundle_url.clone())
                data-genesis=runs.map(|links| links.genesis_hash.clone())
                data-code=page.code.path.clone() data-auto=auto data-recalled=recalled data-seen=seen
                data-token=token
            ></script>
        }
        .into_any(),
    )
}

/// The reader's device from a `User-Agent`: a phone unless it names a desktop system.
pub fn device_of(user_agent: &str) -> Device {
    let mobile = ["Mobile", "Android", "iPhone", "iPad"].iter().any(|name| user_agent.contains(name));
    let desktop = ["Windows NT", "Macintosh", "X11"].iter().any(|name| user_agent.contains(name));
    if desktop && !mobile { Device::Computer } else { Device::Phone }
}

//! Every console page in both languages with canned data: one `h1`, a title, no inline style, the evidence of each fact,
//! texts of the page's language; what a problem does; what cannot be injected.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use tracelight_api::problem::Problem;
use tracelight_api::rest::session::{MemberRole, UserRole};
use tracelight_web_ui::console::api::Client;
use tracelight_web_ui::console::form::field_error;
use tracelight_web_ui::console::render::{Asked, Options, Rendered, render};
use tracelight_web_ui::console::texts::goods::{BatchTexts, OneBatchTexts, ProductTexts};
use tracelight_web_ui::console::texts::moves::{EventTexts, HandoverTexts, PackTexts, StockTexts};
use tracelight_web_ui::console::texts::recalls::RecallTexts;
use tracelight_web_ui::console::texts::{ChainTexts, CommonTexts, SignInTexts};
use tracelight_web_ui::console::ui::Ui;
use tracelight_web_ui::i18n::{Lang, is_cjk, placeholders};

#[path = "../examples/console_samples/mod.rs"]
mod console_samples;

use console_samples::{Canned, NOW_MS, gallery, session};

fn options() -> Options {
    Options {
        hydrate_js: Some("/assets/hydrate-1.js".into()),
        hydrate_wasm: Some("/assets/hydrate-1.wasm".into()),
        nonce: "n0nce".into(),
        utc_offset_minutes: 480,
    }
}

fn rendered(path: &str, lang: Lang, client: &Client) -> Rendered {
    let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
    let options = options();
    let asked = Asked { path, query, lang, now_ms: NOW_MS };
    let future = render(asked, &options, client);
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("canned answers are ready at once"),
    }
}

fn html(path: &str, lang: Lang, client: &Client) -> (u16, String) {
    match rendered(path, lang, client) {
        Rendered::Html { status, html } => (status, html),
        Rendered::Redirect(url) => panic!("{path} redirects to {url}"),
    }
}

/// What stands in `div#app`, without the drawings.
fn app(html: &str) -> String {
    let (_, rest) = html.split_once("<div id=\"app\">").expect("a page has an app");
    rest.split("<script").next().unwrap_or(rest).to_owned()
}

/// Text that a reader sees.
fn text(html: &str) -> String {
    let mut out = String::new();
    let mut outside = true;
    for c in app(html).chars() {
        match c {
            '<' => outside = false,
            '>' => {
                outside = true;
                out.push(' ');
            }
            c if outside => out.push(c),
            _ => {}
        }
    }
    out
}

#[test]
fn every_page_is_a_sound_document_in_both_languages() {
    for lang in Lang::ALL {
        for (name, path, role, user) in gallery() {
            let (status, html) = html(&path, lang, &Canned::client(role, user));
            let what = format!("{name} {lang:?}");
            assert_eq!(status, if name == "nowhere" { 404 } else { 200 }, "{what}");
            assert!(html.starts_with(&format!("<!DOCTYPE html><html lang=\"{}\">", lang.tag())), "{what}");
            assert_eq!(html.matches("<h1").count(), 1, "{what}: one h1");
            let title = html.split_once("<title>").and_then(|(_, rest)| rest.split_once(" · Tracelight</title>"));
            assert!(title.is_some_and(|(title, _)| !title.trim().is_empty()), "{what}: title");
            assert!(!html.contains(" style=") && !html.contains("<style"), "{what}: inline style");
            assert!(!html.contains(" onclick") && !html.contains("javascript:"), "{what}: inline script");
            // The data block runs nothing; the module script carries the nonce.
            assert_eq!(html.matches("<script").count(), 2, "{what}");
            assert!(html.contains("<script type=\"module\" nonce=\"n0nce\">"), "{what}");
            let left = text(&html);
            assert!(!left.contains('{') && !left.contains("undefined"), "{what}: a placeholder is left");
            let has_cjk = left.chars().any(is_cjk);
            assert!(has_cjk || lang == Lang::En, "{what}: Chinese pages hold Chinese");
        }
    }
}

#[test]
fn facts_of_the_chain_show_block_and_time() {
    for (path, role, wants) in [
        ("/console/products", MemberRole::Manufacturer, "Final 1,200,001"),
        ("/console/batches", MemberRole::Manufacturer, "Final 1,284,001 · Today 09:02"),
        ("/console/batches/09521101530001/C26J19", MemberRole::Manufacturer, "Final 1,284,200 · Today 13:02"),
        ("/console/stock", MemberRole::Manufacturer, "Final 1,284,250"),
        ("/console/handovers", MemberRole::Logistics, "Final 1,284,260"),
        ("/console/trace?code=x", MemberRole::Regulator, "Final 1,201,440 · 5 Nov 22:02"),
        ("/console/recalls", MemberRole::Regulator, "Final 1,276,114"),
        ("/console/chain", MemberRole::Regulator, "1,284,306"),
    ] {
        let (_, html) = html(path, Lang::En, &Canned::client(role, UserRole::Operator));
        assert!(html.contains(wants), "{path} does not show `{wants}`");
    }
}

#[test]
fn the_parts_of_a_recall_add_up_and_what_is_not_known_is_said() {
    let client = Canned::client(MemberRole::Regulator, UserRole::Operator);
    let (_, html) = html("/console/recalls/new?gtin=09521101530001&lot=A24K07", Lang::En, &client);
    let shown = text(&html);
    for words in [
        "48,000 packs with 3 holders",
        "38,100",
        "4,800",
        "412 packs are in no case on record",
        "89 % can still be stopped",
    ] {
        assert!(shown.contains(words), "`{words}`");
    }
    assert!(!shown.contains("The parts differ"), "the sample adds up");
    let widths: f64 = html
        .split("<rect ")
        .filter_map(|rect| rect.split('>').next()?.split_once("width=\"")?.1.split_once("%\"")?.0.parse::<f64>().ok())
        .sum();
    assert!((99.5..=100.01).contains(&widths), "the bar is full: {widths}");
}

#[test]
fn lists_are_read_by_role_and_need_a_session() {
    let nobody = || Canned { session: None, empty: false, problem: None }.into_client();
    let to_sign_in = Rendered::Redirect("/console/sign-in?next=%2Fconsole%2Fstock".into());
    assert_eq!(rendered("/console/stock", Lang::En, &nobody()), to_sign_in);
    assert_eq!(html("/console/sign-in", Lang::En, &nobody()).0, 200);
    for (role, home) in [
        (MemberRole::Manufacturer, "/console/batches"),
        (MemberRole::Logistics, "/console/handovers"),
        (MemberRole::Pharmacy, "/console/dispense"),
        (MemberRole::Regulator, "/console/recalls"),
    ] {
        let got = rendered("/console", Lang::En, &Canned::client(role, UserRole::Operator));
        assert_eq!(got, Rendered::Redirect(home.into()));
    }
    let (_, viewer) = html("/console/stock", Lang::En, &Canned::client(MemberRole::Logistics, UserRole::Viewer));
    assert!(!viewer.contains("type=\"checkbox\" id=\"o-") && viewer.contains("An operator signs this"));
}

#[test]
fn errors_and_empty_lists_say_the_next_step() {
    let who = || Some(session(MemberRole::Manufacturer, UserRole::Operator));
    let mut problem = Problem::new(503, "cannot_check_now", "the database does not answer");
    problem.incident = Some("i-7".into());
    let broken = Canned { session: who(), empty: false, problem: Some(problem) }.into_client();
    let empty = Canned { session: who(), empty: true, problem: None }.into_client();
    for path in ["/console/products", "/console/batches", "/console/stock", "/console/handovers", "/console/recalls"] {
        let (status, page) = html(path, Lang::En, &broken);
        assert_eq!(status, 503, "{path}");
        for words in ["What happened", "What it means", "What you can do", "cannot_check_now · i-7", "Try again"] {
            assert!(page.contains(words), "{path}: `{words}`");
        }
        let (status, page) = html(path, Lang::En, &empty);
        assert_eq!(status, 200, "{path}");
        let card = page.split_once("class=\"c empty\"").expect("an empty card").1;
        let link = card.split("<a ").nth(1).and_then(|link| link.split('>').next()).unwrap_or_default();
        assert!(link.contains("class=\"b") && link.contains("href=\"/console/"), "{path}: a next step, not `{link}`");
    }
    assert_eq!(html("/console/batches/1/2", Lang::Zh, &empty).0, 404);
}

#[test]
fn a_problem_stands_below_its_field() {
    let ui = Ui { lang: Lang::En, now_ms: NOW_MS, utc_offset_minutes: 480 };
    let mut problem =
        Problem::new(400, "invalid_field", "a field is wrong").field("gtin").detail("the check digit is 1, not 2");
    problem.position = Some(14);
    assert_eq!(field_error(ui, &problem, "gtin").as_deref(), Some("the check digit is 1, not 2 (character 14)"));
    assert_eq!(field_error(ui, &problem, "lot"), None);
    let zh = Ui { lang: Lang::Zh, ..ui };
    assert_eq!(field_error(zh, &problem, "gtin").as_deref(), Some("the check digit is 1, not 2（第 14 个字符）"));
    let (_, page) =
        html("/console/batches/new", Lang::En, &Canned::client(MemberRole::Manufacturer, UserRole::Operator));
    for field in ["gtin", "lot", "made_on", "expires_on", "quantity"] {
        assert!(page.contains(&format!("id=\"f-{field}\"")) && page.contains(&format!("id=\"e-{field}\"")), "{field}");
        assert!(
            page.contains(&format!("e-{field}\" aria-")) || page.contains(&format!("e-{field}\"")),
            "{field} is described"
        );
    }
}

#[test]
fn what_strangers_write_stays_text() {
    let evil = "</script><script>alert(1)</script><img src=x onerror=alert(1)>";
    let problem = Problem::new(500, "x", evil);
    let who = Some(session(MemberRole::Manufacturer, UserRole::Operator));
    let client = Canned { session: who, empty: false, problem: Some(problem) }.into_client();
    let (_, page) = html(&format!("/console/trace?code={}", "%3C%2Fscript%3E%3Cscript%3E"), Lang::En, &client);
    assert_eq!(page.matches("<script").count(), 2);
    assert!(!page.contains("<img"));
    let data =
        page.split_once("id=\"data\">").and_then(|(_, rest)| rest.split_once("</script>")).expect("a data block").0;
    let data: tracelight_web_ui::console::load::PageData = serde_json::from_str(data).expect("the block reads back");
    assert_eq!(data.address.query("code"), Some("</script><script>"));
}

#[test]
fn both_languages_use_the_same_placeholders() {
    let catalogues = [
        CommonTexts::ENTRIES,
        SignInTexts::ENTRIES,
        ChainTexts::ENTRIES,
        ProductTexts::ENTRIES,
        BatchTexts::ENTRIES,
        OneBatchTexts::ENTRIES,
        StockTexts::ENTRIES,
        HandoverTexts::ENTRIES,
        PackTexts::ENTRIES,
        EventTexts::ENTRIES,
        RecallTexts::ENTRIES,
    ];
    for (key, zh, en) in catalogues.into_iter().flatten() {
        assert_eq!(placeholders(zh), placeholders(en), "{key}");
        assert!(!en.chars().any(is_cjk), "{key}: English without Chinese characters");
        assert!(!en.contains('!') && !zh.contains('！'), "{key}: no exclamation marks");
    }
}

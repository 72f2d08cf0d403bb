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
use tracelight_web_ui::console::texts::accounts::{AccountTexts, AuditTexts, InvitationTexts, UserTexts};
use tracelight_web_ui::console::texts::fsma204::FsmaTexts;
use tracelight_web_ui::console::texts::goods::{BatchTexts, LineTexts, OneBatchTexts, ProductTexts};
use tracelight_web_ui::console::texts::imports::ImportTexts;
use tracelight_web_ui::console::texts::keys::KeyTexts;
use tracelight_web_ui::console::texts::map::MapTexts;
use tracelight_web_ui::console::texts::moves::{EventTexts, HandoverTexts, PackTexts, StockTexts};
use tracelight_web_ui::console::texts::notices::NoticeTexts;
use tracelight_web_ui::console::texts::numbers::{LabelTexts, NumberTexts, RuleTexts};
use tracelight_web_ui::console::texts::recall_cases::CaseTexts;
use tracelight_web_ui::console::texts::recalls::RecallTexts;
use tracelight_web_ui::console::texts::webhooks::HookTexts;
use tracelight_web_ui::console::texts::{ChainTexts, CommonTexts, SignInTexts};
use tracelight_web_ui::console::ui::Ui;
use tracelight_web_ui::i18n::{Lang, is_cjk, placeholders};

#[path = "console_pages/accounts.rs"]
mod accounts;
#[path = "../examples/console_samples/mod.rs"]
mod console_samples;
#[path = "console_pages/maps.rs"]
mod maps;
#[path = "console_pages/recalls.rs"]
mod recalls;
#[path = "console_pages/regulatory.rs"]
mod regulatory;

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

/// Without the marks by which the browser's program finds its places.
fn html(path: &str, lang: Lang, client: &Client) -> (u16, String) {
    match rendered(path, lang, client) {
        Rendered::Html { status, html } => (status, html.replace("<!>", "")),
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
        ("/console/lines", MemberRole::Manufacturer, "Final 1,200,400"),
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
    let (_, html) = html("/console/recalls/cases/c-draft/check", Lang::En, &client);
    let shown = text(&html);
    for words in
        ["48,000 packs in 2 lots", "38,100", "4,800", "412 packs are in no case on record", "89 % can still be stopped"]
    {
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
    for path in [
        "/console/products",
        "/console/batches",
        "/console/lines",
        "/console/stock",
        "/console/handovers",
        "/console/recalls",
        "/console/webhooks",
    ] {
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
fn an_import_says_what_is_wrong_where_and_what_can_be_done() {
    let client = || Canned::client(MemberRole::Manufacturer, UserRole::Operator);
    let (_, page) = html("/console/imports", Lang::En, &client());
    let shown = text(&page);
    for words in [
        "40 faults in 31 rows",
        "A (gtin)",
        "6.95211E+12",
        "its last digits are lost",
        "the last a check digit",
        "The first 1 are listed",
        "Ready to apply",
        "300 rows done",
        "Taken back",
        "File without a name",
    ] {
        assert!(shown.contains(words), "`{words}` in {shown}");
    }
    assert!(page.contains("type=\"file\"") && page.contains("/errors.csv?language=en"));
    assert_eq!(page.matches("aria-expanded").count(), 3, "apply, take back, go on");
    let viewer = Canned::client(MemberRole::Manufacturer, UserRole::Viewer);
    let (_, page) = html("/console/imports", Lang::Zh, &viewer);
    assert!(!page.contains("<form method=\"post\"") && text(&page).contains("40 处错误"));
    let (_, page) = html("/console/imports", Lang::En, &Canned::client(MemberRole::Logistics, UserRole::Operator));
    assert!(page.contains("value=\"partners\"") && !page.contains("value=\"products\""));
}

#[test]
fn a_line_shows_what_its_device_does_and_what_to_do_about_it() {
    let client = || Canned::client(MemberRole::Manufacturer, UserRole::Operator);
    let (_, page) = html("/console/lines", Lang::En, &client());
    let shown = text(&page);
    for words in [
        "3 devices on this page",
        "In service",
        "Last signed 61 s ago, block 1,284,300",
        "18,402",
        "Nothing sent yet",
        "Start the gateway",
        "Out of service",
        "From block 1,250,000 on nothing that this key signs counts",
        "Line not named",
    ] {
        assert!(shown.contains(words), "`{words}` in {shown}");
    }
    let (_, form) = html("/console/lines/new", Lang::Zh, &client());
    for field in ["line", "site", "key"] {
        assert!(form.contains(&format!("id=\"f-{field}\"")) && form.contains(&format!("id=\"e-{field}\"")), "{field}");
    }
    let viewer = || Canned::client(MemberRole::Manufacturer, UserRole::Viewer);
    assert!(!html("/console/lines", Lang::En, &viewer()).1.contains("href=\"/console/lines/new\""));
    assert!(html("/console/lines/new", Lang::En, &viewer()).1.matches("<form").count() == 1);
}

#[test]
fn the_sum_of_a_batch_is_shown_with_what_is_open_and_who_may_settle_it() {
    let client = || Canned::client(MemberRole::Manufacturer, UserRole::Operator);
    let path = "/console/batches/09521101530001/C26J19";
    let (_, page) = html(path, Lang::En, &client());
    let shown = text(&page).split_whitespace().collect::<Vec<_>>().join(" ");
    for words in [
        "Issued 48,200 Commissioned 48,000 Scrapped 40 Sampled 10 Returned 137 Invalid 10 Open 3",
        "xian/line-1 Issued 48,100 Commissioned 48,000 Scrapped 40 Sampled 10 Returned 40 Invalid 10 Open 0",
        "xian/line-2 Issued 100 Commissioned 0 Scrapped 0 Sampled 0 Returned 97 Invalid 0 Open 3",
        "3 codes are open",
        "7F3K9QX2M4TB",
        "xian/line-2: 3",
        "the reel was burnt",
        "Taken by the line",
    ] {
        assert!(shown.contains(words), "`{words}` in {shown}");
    }
    assert!(!shown.contains("The parts differ") && !shown.contains("The seal on the chain counts"), "it adds up");
    for field in ["whose", "reason"] {
        assert!(page.contains(&format!("id=\"f-{field}\"")) && page.contains(&format!("id=\"e-{field}\"")), "{field}");
    }
    // Before the seal a line can be given codes, and nothing can be closed.
    let (_, coded) = html("/console/batches/09521101530001/A24K09", Lang::Zh, &client());
    assert!(coded.contains("id=\"f-line\"") && coded.contains("id=\"f-codes\""));
    assert!(text(&coded).contains("封批之后才能关账") && text(&coded).contains("还没有产线领取编码"));
    let ids: Vec<&str> = coded.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(ids.iter().all(|id| ids.iter().filter(|other| *other == id).count() == 1), "{ids:?}");
    let viewer = Canned::client(MemberRole::Manufacturer, UserRole::Viewer);
    let (_, page) = html(path, Lang::En, &viewer);
    assert!(!page.contains("<form method=\"post\"") && text(&page).contains("3 codes are open"));
}

#[test]
fn a_code_rule_is_shown_and_its_maker_changes_it() {
    let path = "/console/products/09521101530001/code-rule";
    let (_, page) = html(path, Lang::En, &Canned::client(MemberRole::Manufacturer, UserRole::Operator));
    assert!(text(&page).contains("Digits") && page.contains("value=\"18\"") && page.contains("value=\"X-\""));
    let first = page.split("<option").nth(1).expect("a choice");
    assert!(first.contains("digits"), "the rule that holds is chosen at first: {first}");
    let (_, page) = html(path, Lang::Zh, &Canned::client(MemberRole::Manufacturer, UserRole::Viewer));
    assert!(page.matches("<form").count() == 1 && text(&page).contains("由操作员签署"));
    let products = html("/console/products", Lang::En, &Canned::client(MemberRole::Manufacturer, UserRole::Viewer)).1;
    assert!(products.contains(path), "the list leads there");
    let products = html("/console/products", Lang::En, &Canned::client(MemberRole::Logistics, UserRole::Viewer)).1;
    assert!(!products.contains(path), "a product of somebody else has no rule here");
}

#[test]
fn a_logistic_label_is_shown_without_the_program_and_what_is_wrong_stands_below_its_field() {
    let client = || Canned::client(MemberRole::Manufacturer, UserRole::Operator);
    let asked = "stock=a5&dpi=203&to=An%20rui";
    let (status, page) = html(&format!("/console/labels?sscc=395211015300000018&{asked}"), Lang::En, &client());
    assert_eq!(status, 200);
    let label =
        format!("/api/v1/logistic-units/395211015300000018/label?format=svg&amp;{}", asked.replace('&', "&amp;"));
    assert!(page.contains(&format!("src=\"{label}\"")), "{page}");
    for format in ["zpl", "pdf"] {
        assert!(page.contains(&format!("href=\"{}\"", label.replace("svg", format))), "{format}");
    }
    assert!(page.contains("<form method=\"get\" action=\"/console/labels\""));
    let (status, page) = html("/console/labels?sscc=39521101530000001", Lang::En, &client());
    assert_eq!(status, 400);
    let wrong =
        page.split_once("id=\"l-sscc-wrong\"").and_then(|(_, rest)| rest.split_once("</p>")).expect("a place").0;
    assert!(wrong.contains("17 digits, expected 18"), "{wrong}");
    assert!(!page.contains("<img") && page.contains("value=\"39521101530000001\""), "what was typed stays");
    let (status, page) = html("/console/labels?sscc=395211015300000025", Lang::En, &client());
    assert!(status == 404 && text(&page).contains("your member has no such case"));
    let (_, page) = html("/console/labels", Lang::En, &Canned::client(MemberRole::Manufacturer, UserRole::Viewer));
    assert!(!page.contains("method=\"post\""), "new numbers are for operators");
}

#[test]
fn keys_are_listed_without_secrets_and_only_good_ones_can_be_changed() {
    let client = || Canned::client(MemberRole::Pharmacy, UserRole::Operator);
    let (_, page) = html("/console/keys", Lang::En, &client());
    let shown = text(&page);
    for words in ["ERP 收货", "tl_4f0k2m9x", "goods:read", "2026-11-27", "Never", "Revoked", "is good until"] {
        assert!(shown.contains(words), "`{words}` in {shown}");
    }
    assert_eq!(shown.matches("Rotate").count(), 1, "the revoked one offers nothing: {shown}");
    assert!(page.contains("name=\"scopes\" value=\"epcis:capture\""));
    assert!(page.contains("href=\"/console/keys\""));
    let viewer = Canned::client(MemberRole::Pharmacy, UserRole::Viewer);
    assert!(!html("/console/stock", Lang::En, &viewer).1.contains("href=\"/console/keys\""));
}

#[test]
fn webhooks_say_how_they_are_and_why_and_what_is_sent_again() {
    let client = || Canned::client(MemberRole::Manufacturer, UserRole::Operator);
    let (_, page) = html("/console/webhooks", Lang::En, &client());
    let shown = text(&page);
    for words in [
        "https://erp.example.com/tracelight",
        "recall.approved",
        "ERP 收货",
        "shipment.shipped · Taken · Today 13:02",
        "The old secret signs too until Today 15:02",
        "On, but every attempt since Today 09:02 has failed",
        "the address answered 410",
        "Nothing sent yet",
    ] {
        assert!(shown.contains(words), "`{words}` in {shown}");
    }
    let count = |words: &str| shown.matches(words).count();
    assert_eq!((count("Send a test"), count("Switch off"), count("Switch on"), count("Delete")), (2, 2, 1, 3));
    assert_eq!(page.matches("aria-expanded").count(), 8, "questions before what cannot be taken back");
    for field in ["url", "events", "description"] {
        assert!(page.contains(&format!("id=\"f-{field}\"")), "{field}");
    }
    assert!(page.contains("name=\"events\" value=\"recall.closed\""));
    let ids: Vec<&str> = page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(ids.iter().all(|id| ids.iter().filter(|other| *other == id).count() == 1), "{ids:?}");

    let one = format!("/console/webhooks/{}", "2d".repeat(16));
    let (_, page) = html(&one, Lang::En, &client());
    let shown = text(&page);
    for words in [
        "Not taken, comes again",
        "answered 500",
        "In 10 min",
        "On its way",
        "Now",
        "Given up",
        "no answer in time, 8 times",
        "204",
        "The newest 4",
    ] {
        assert!(shown.contains(words), "`{words}` in {shown}");
    }
    assert_eq!(shown.matches("Send again").count(), 4);
    assert!(page.contains("href=\"/console/webhooks\" aria-current=\"page\"") && !page.contains("whsec_"));
    let (_, off) = html(&format!("/console/webhooks/{}", "3e".repeat(16)), Lang::Zh, &client());
    let again = ">再次发送</button>";
    assert!(
        html(&one, Lang::Zh, &client()).1.contains(again) && !off.contains(again),
        "one that is off is told nothing"
    );
    assert!(text(&off).contains("对方答复 410"), "and says why");
    let empty = Canned { session: Some(session(MemberRole::Pharmacy, UserRole::Operator)), empty: true, problem: None };
    assert!(text(&html(&one, Lang::En, &empty.into_client()).1).contains("Send a test, to see"));
    assert_eq!(html("/console/webhooks/0000", Lang::Zh, &client()).0, 404);
    let viewer = Canned::client(MemberRole::Manufacturer, UserRole::Viewer);
    assert!(!html("/console/stock", Lang::En, &viewer).1.contains("href=\"/console/webhooks\""));
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
        AccountTexts::ENTRIES,
        UserTexts::ENTRIES,
        InvitationTexts::ENTRIES,
        AuditTexts::ENTRIES,
        ProductTexts::ENTRIES,
        BatchTexts::ENTRIES,
        LineTexts::ENTRIES,
        ImportTexts::ENTRIES,
        FsmaTexts::ENTRIES,
        MapTexts::ENTRIES,
        NoticeTexts::ENTRIES,
        KeyTexts::ENTRIES,
        HookTexts::ENTRIES,
        OneBatchTexts::ENTRIES,
        NumberTexts::ENTRIES,
        RuleTexts::ENTRIES,
        LabelTexts::ENTRIES,
        StockTexts::ENTRIES,
        HandoverTexts::ENTRIES,
        PackTexts::ENTRIES,
        EventTexts::ENTRIES,
        RecallTexts::ENTRIES,
        CaseTexts::ENTRIES,
    ];
    for (key, zh, en) in catalogues.into_iter().flatten() {
        assert_eq!(placeholders(zh), placeholders(en), "{key}");
        assert!(!en.chars().any(is_cjk), "{key}: English without Chinese characters");
        assert!(!en.contains('!') && !zh.contains('！'), "{key}: no exclamation marks");
    }
}

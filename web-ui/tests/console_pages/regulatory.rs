//! The pages about what authorities ask for and publish: the FSMA 204 spreadsheet, recall notices.

use super::{Canned, html, session, text};
use tracelight_api::problem::Problem;
use tracelight_api::rest::session::{MemberRole, UserRole};
use tracelight_web_ui::i18n::Lang;

fn maker() -> tracelight_web_ui::console::api::Client {
    Canned::client(MemberRole::Manufacturer, UserRole::Operator)
}

#[test]
fn r2_the_spreadsheet_is_counted_and_what_is_missing_is_named_before_it_is_downloaded() {
    let (_, page) = html("/console/trace/fsma204", Lang::En, &maker());
    assert!(page.contains("<form method=\"get\" action=\"/console/trace/fsma204\"") && !page.contains("fsma204.xlsx"));
    let asked = "gtin=09521101530001&from=2026-11-01&utc_offset=-05:00";
    let (status, page) = html(&format!("/console/trace/fsma204?{asked}&to=&show=1"), Lang::En, &maker());
    let shown = text(&page);
    assert_eq!(status, 200);
    for words in ["1,220 records", "1,204", "21 CFR 1.1340(a)(4)", "without phone number, street", "2,420", "UTC-05:00"]
    {
        assert!(shown.contains(words), "`{words}` in {shown}");
    }
    let selection = "gtin=09521101530001&amp;from=2026-11-01&amp;utc_offset=-05%3A00";
    assert!(page.contains(&format!("href=\"/api/v1/trace/fsma204.xlsx?{selection}\"")), "{page}");
    assert!(page.contains(&format!("href=\"/api/v1/trace/fsma204.csv?{selection}&amp;cte=shipping\"")), "{page}");
    assert!(!page.contains("cte=receiving"), "an event without records has no file");
    assert!(
        page.contains("value=\"09521101530001\"") && page.contains("value=\"-05:00\" selected"),
        "what was chosen stays"
    );
    assert!(shown.contains("your own lots"), "{shown}");
    let regulator = Canned::client(MemberRole::Regulator, UserRole::Viewer);
    let (_, page) = html("/console/trace/fsma204", Lang::Zh, &regulator);
    assert!(text(&page).contains("所有成员"));
}

#[test]
fn a_wrong_selection_is_named_beside_its_field() {
    let mut problem =
        Problem::new(400, "invalid_field", "a field is wrong").field("tlc").detail("expected GTIN and lot");
    problem.position = Some(3);
    let who = Some(session(MemberRole::Manufacturer, UserRole::Operator));
    let client = Canned { session: who, empty: false, problem: Some(problem) }.into_client();
    let (status, page) = html("/console/trace/fsma204?tlc=xyz&show=1", Lang::En, &client);
    assert_eq!(status, 400);
    let wrong = page.split_once("id=\"l-tlc-wrong\"").and_then(|(_, rest)| rest.split_once("</p>")).expect("a place").0;
    assert!(wrong.contains("expected GTIN and lot") && wrong.contains("(character 3)"), "{wrong}");
    assert!(page.contains("value=\"xyz\"") && !page.contains("What happened"), "{page}");
}

#[test]
fn a_match_says_how_sure_it_is_why_and_what_is_not_known() {
    let (_, page) = html("/console/notices", Lang::En, &maker());
    let shown = text(&page);
    for words in [
        "The notice names this product",
        "Perhaps this product: please look",
        "It states the GTIN",
        "wrong check digit or length that could be this one: 952110153000",
        "What we do not know",
        "It names no lots: all of ours may be meant.",
        "That clears none of them",
        "Recall lot A24K07",
        "1 for certain, 0 likely, 2 to look at",
        "must not be empty",
    ] {
        assert!(shown.contains(words), "`{words}` in {shown}");
    }
    assert!(!page.contains("<b>undeclared</b>"), "words of a notice are text");
    assert!(page.contains("/console/recalls/new?gtin=09521101530001&amp;lot=A24K07"));
    assert!(page.contains("errors.csv?language=en") && page.contains("type=\"file\""));
    assert_eq!(page.matches("aria-expanded").count(), 1, "the applied file is not applied again");
    let viewer = Canned::client(MemberRole::Regulator, UserRole::Viewer);
    let (_, page) = html("/console/notices?gtin=09521101530001&status=ongoing", Lang::Zh, &viewer);
    assert!(!page.contains("method=\"post\"") && !page.contains("/console/recalls/new"), "reading recalls nothing");
    assert!(page.contains("name=\"gtin\" value=\"09521101530001\"") && page.contains("value=\"ongoing\" selected"));
    let (_, products) = html("/console/products", Lang::En, &maker());
    assert!(
        text(&products).contains("Named by recall notices: 1")
            && products.contains("/console/notices?gtin=09521101530001")
    );
}

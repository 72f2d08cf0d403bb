//! The page of the map.

use super::{Canned, html, session, text};
use tracelight_api::problem::Problem;
use tracelight_api::rest::session::{MemberRole, UserRole};
use tracelight_web_ui::i18n::Lang;

fn regulator() -> tracelight_web_ui::console::api::Client {
    Canned::client(MemberRole::Regulator, UserRole::Viewer)
}

#[test]
fn r6_the_map_says_in_words_what_it_draws_and_each_area_leads_to_its_codes() {
    let (status, page) = html("/console/map?lang=en&days=7", Lang::En, &regulator());
    let shown = text(&page);
    assert_eq!(status, 200);
    for words in
        ["suspicious checks with a place", "34.", "° N, ", "° E", "Cluster 1", "See reports", "at least 3 devices"]
    {
        assert!(shown.contains(words), "`{words}` in {shown}");
    }
    assert!(page.contains("class=\"g mapsvg\"") && page.contains("role=\"group\" aria-label=\"Map: "), "{page}");
    // As many links over the drawing as areas; the same address in the table.
    let over = page.split("class=\"maplink\"").skip(1);
    let hrefs: Vec<&str> = over.filter_map(|part| part.split("href=\"").nth(1)?.split('"').next()).collect();
    assert!(hrefs.len() >= 5, "{hrefs:?}");
    assert!(
        hrefs
            .iter()
            .all(|href| href.starts_with("/console/map?") && href.ends_with("#codes") && href.contains("days=7"))
    );
    assert!(page.matches(&format!("href=\"{}\"", hrefs[0])).count() >= 2, "the gravest stands in the table too");
    assert!(page.contains("/api/v1/map.csv?days=7") && page.contains("/api/v1/map.xlsx?days=7"));
    assert!(!page.contains("https://") && !page.contains("tile"), "nothing from outside");
}

#[test]
fn r6_an_area_lists_its_codes_with_their_history_and_reports() {
    let cell = super::console_samples::first_area();
    let (_, page) = html(&format!("/console/map?cell={cell}"), Lang::Zh, &regulator());
    let shown = text(&page);
    assert!(shown.contains("该区域的可疑编码") && shown.contains("8K2M0000"), "{shown}");
    assert!(page.contains("/console/trace?code=%2801%2909521101530001%2810%29A24K07%2821%298K2M0000"), "{page}");
    assert!(page.contains("/console/reports?gtin=09521101530001&amp;lot=A24K07"), "{page}");
    assert!(page.contains("id=\"codes\""));
}

#[test]
fn r6_the_bars_of_days_have_a_sentence_a_legend_and_a_table() {
    let (_, page) = html("/console/map", Lang::En, &regulator());
    let chart = page.split_once("viewBox=\"0 0 720 220\"").expect("a chart").1;
    let (chart, after) = chart.split_once("</svg>").expect("it ends");
    assert!(chart.contains("role=\"img\" aria-label=\"Bars: 24 Oct to 22 Nov"), "{chart}");
    assert_eq!(chart.matches("<title>").count(), 30, "each day says what it has");
    assert!(after.contains("The same as a table") && after.contains("class=\"days\""));
}

#[test]
fn r6_without_a_place_the_page_says_where_places_come_from() {
    let who = Some(session(MemberRole::Manufacturer, UserRole::Viewer));
    let empty = || Canned { session: who.clone(), empty: true, problem: None }.into_client();
    let (status, page) = html("/console/map", Lang::En, &empty());
    assert_eq!(status, 200);
    assert!(
        text(&page).contains("Places come from people who check a pack") && page.contains("href=\"/console/reports\"")
    );
    assert!(page.contains("class=\"chart\""), "checks without a place have days");
    assert!(text(&html("/console/map", Lang::Zh, &empty()).1).contains("位置由消费者自愿提供"));
    let problem = Problem::new(400, "invalid_field", "a field is wrong").field("cell").detail("no area of this map");
    let broken = Canned { session: who.clone(), empty: false, problem: Some(problem) }.into_client();
    let (status, page) = html("/console/map?cell=x", Lang::En, &broken);
    assert!(status == 400 && page.contains("no area of this map"));
    let problem = Problem::new(400, "invalid_field", "a field is wrong").field("gtin").detail("13 digits, expected 14");
    let broken = Canned { session: who, empty: false, problem: Some(problem) }.into_client();
    let (status, page) = html("/console/map?gtin=0952110153000&lot=A24", Lang::En, &broken);
    let field = page.split_once("id=\"l-gtin\"").expect("the field").1.split_once("id=\"l-lot\"").expect("the next").0;
    assert!(status == 400 && field.contains("aria-invalid=\"true\"") && field.contains("13 digits"), "{field}");
    assert!(field.contains("value=\"0952110153000\"") && page.contains("value=\"A24\""), "what was typed stays");
}

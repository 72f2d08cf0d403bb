//! The graph of a lot as people look at it, through the router: picture, tables, files of exactly the shown rows, the page, its
//! links, who sees it, and how long 10,000 lots take.

use super::trace_graph::{caught_up, lot, play};
use crate::http::encoded;
use crate::testing::{Reply, World, story};
use calamine::{Data, Reader as _, Xlsx};
use serde_json::{Value, json};
use std::io::Cursor;
use std::time::{Duration, Instant};
use tracelight_client::testing::{CARRIER, MAKER, PHARMACY};

/// Most that a page of 10,000 lots may take (M8).
const PAGE_MAX: Duration = Duration::from_secs(2);

async fn asked(world: &World, user: &str, file: &str, name: &str, more: &str) -> Reply {
    let session = world.sign_in(user).await;
    let code = encoded(&lot(name).to_string());
    world.call("GET", &format!("/api/v1/trace/graph{file}?code={code}{more}"), Some(&session), None).await
}

async fn page(world: &World, user: &str, name: &str, more: &str) -> String {
    let session = world.sign_in(user).await;
    let path = format!("/console/trace/graph?gtin={}&lot={name}{more}", story::batch().gtin);
    let html = String::from_utf8(world.call("GET", &path, Some(&session), None).await.expect(200).body).expect("text");
    // Without the marks by which the browser's program finds its places.
    html.replace("<!>", "")
}

fn lines(reply: Reply) -> Vec<String> {
    let text = String::from_utf8(reply.expect(200).body).expect("UTF-8");
    text.trim_start_matches('\u{feff}').lines().map(str::to_owned).collect()
}

async fn the_picture_and_its_rows(world: &World) {
    let gln = |member| world.node.chain().member(member).gln.to_string();
    let picture = asked(world, "regulator", "/picture", "Made-1", "").await.expect(200).json();
    let boxes = picture["drawing"]["boxes"].as_array().expect("a picture").clone();
    let kind = |kind: &str| boxes.iter().filter(|one| one["kind"] == kind).collect::<Vec<_>>();
    assert_eq!((kind("subject").len(), kind("lot").len(), kind("holder").len()), (1, 3, 2), "{boxes:?}");
    assert_eq!(kind("not_known").iter().map(|one| one["units"].clone()).collect::<Vec<_>>(), [json!(1), json!(2)]);
    assert_eq!(picture["counts"]["not_known"], json!(3));
    assert_eq!(picture["table"]["total"], json!(3));
    let rows = picture["table"]["rows"]["moves"].as_array().expect("hand-overs are first").clone();
    assert!(rows.iter().any(|row| row["short"] == json!(2) && row["to"] == json!(gln(PHARMACY))), "{rows:?}");
    let narrowed = format!("&member={}&sort=-units", gln(CARRIER));
    let picture = asked(world, "regulator", "/picture", "Made-1", &narrowed).await.expect(200).json();
    let units = |value: &Value| {
        value["table"]["rows"]["moves"]
            .as_array()
            .expect("rows")
            .iter()
            .map(|row| row["units"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(units(&picture), [json!(4), json!(2)]);
    for (more, field) in [
        ("&sort=weight", "sort"),
        ("&page=2", "page"),
        ("&page=0", "page"),
        ("&member=123", "member"),
        ("&level=near", "level"),
        ("&part=all", "part"),
        ("&q=a%0Ab", "q"),
        ("&depth=1", "depth"),
    ] {
        let refused = asked(world, "regulator", "/picture", "Made-1", more).await.expect(400).json();
        assert_eq!(refused["field"], json!(field), "{more}: {refused}");
    }
}

/// A file has the rows that the page finds, in its order, on all pages.
async fn files_have_exactly_the_shown_rows(world: &World) {
    let gln = |member| world.node.chain().member(member).gln.to_string();
    let narrowed = format!("&part=moves&member={}&sort=-units", gln(CARRIER));
    let csv = asked(world, "regulator", ".csv", "Made-1", &narrowed).await;
    assert!(csv.headers["content-disposition"].to_str().expect("text").contains("trace-moves.csv"));
    let csv = lines(csv);
    assert!(csv[0].starts_with("GTIN,Lot,From GLN,From,"), "{csv:?}");
    let ends: Vec<bool> = csv[1..].iter().zip([",4,0,", ",2,2,"]).map(|(line, part)| line.contains(part)).collect();
    assert_eq!((csv.len(), ends), (3, vec![true, true]), "{csv:?}");
    assert_eq!(lines(asked(world, "regulator", ".csv", "Made-1", "&part=lots").await).len(), 1 + 4);
    assert_eq!(lines(asked(world, "regulator", ".csv", "Made-1", "&part=lots&q=raw").await).len(), 1 + 2);
    let events = asked(world, "regulator", ".jsonld", "Made-1", "").await.expect(200);
    assert!(events.headers["content-disposition"].to_str().expect("text").contains("trace.jsonld"));
    let events = events.json();
    let list = &events["epcisBody"]["queryResults"]["resultsBody"]["eventList"];
    assert!(events["type"] == "EPCISQueryDocument" && list.as_array().is_some_and(|list| !list.is_empty()), "{events}");
    asked(world, "carrier", ".jsonld", "Made-1", "").await.expect(404);
    let book = asked(world, "regulator", ".xlsx", "Made-1", "&q=raw-1").await.expect(200).body;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(book)).expect("a workbook");
    assert_eq!(book.sheet_names(), ["Hand-overs", "Lots", "Made from", "Not known"]);
    for (sheet, rows) in [("Hand-overs", 1), ("Lots", 1), ("Made from", 1), ("Not known", 1)] {
        let range = book.worksheet_range(sheet).expect("a sheet");
        assert_eq!(range.height(), 1 + rows, "{sheet}: {range:?}");
    }
    let lots = book.worksheet_range("Lots").expect("a sheet");
    assert_eq!((lots[(1, 1)].clone(), lots[(1, 10)].clone()), (Data::String("Raw-1".into()), Data::Float(5.0)));
}

async fn the_page_shows_it_and_leads_on(world: &World) {
    for (lang, words) in [
        ("en", ["Where it came from, where it went", "The same as a table", "Not known", "Handed over to"]),
        ("zh", ["来自哪里，去了哪里", "同样的内容，以表格显示", "去向不明", "交接到"]),
    ] {
        let html = page(world, "regulator", "Made-1", &format!("&lang={lang}")).await;
        for words in words {
            assert!(html.contains(words), "{words}: {html}");
        }
        // Each lot leads to its own graph, and the lot itself to its history.
        let gtin = story::batch().gtin;
        for target in ["Raw-1", "Raw-2", "Made-2"] {
            assert!(html.contains(&format!("/console/trace/graph?gtin={gtin}&amp;lot={target}\"")), "{target}: {html}");
        }
        assert!(html.contains("href=\"/console/trace?code="), "{html}");
        assert!(html.contains("/api/v1/trace/graph.xlsx?code=") && html.contains("/api/v1/trace/graph.jsonld?code="));
    }
    let html = page(world, "regulator", "Made-1", "&part=lots&q=raw&sort=-lot&lang=en").await;
    let (first, second) = (html.find("Raw-2</a>"), html.rfind("Raw-1</a>"));
    assert!(first.is_some() && first < second, "from the last to the first: {html}");
    assert!(html.contains("aria-sort=\"descending\"") && html.contains("Clear filters"), "{html}");
    let html = page(world, "regulator", "Made-1", "&part=lots&q=nothing+has+this&lang=en").await;
    assert!(html.contains("No row has this"), "{html}");
    let regulator = world.sign_in("regulator").await;
    for (path, status) in [
        ("/console/trace/graph".to_owned(), 200),
        (format!("/console/trace/graph?gtin={}&lot=None", story::batch().gtin), 404),
        (format!("/console/trace/graph?gtin={}&lot=Made-1&sort=x", story::batch().gtin), 400),
    ] {
        world.call("GET", &path, Some(&regulator), None).await.expect(status);
    }
    let carrier = world.sign_in("carrier").await;
    let hidden = format!("/console/trace/graph?gtin={}&lot=Made-1", story::batch().gtin);
    world.call("GET", &hidden, Some(&carrier), None).await.expect(404);
    let trace = format!("/console/trace?code={}&lang=en", encoded(&lot("Made-1").to_string()));
    let html =
        String::from_utf8(world.call("GET", &trace, Some(&regulator), None).await.expect(200).body).expect("text");
    assert!(html.contains("lot=Made-1\""), "the trace leads to the graph: {html}");
}

#[tokio::test]
async fn m8_the_graph_of_a_lot_as_page_and_files() {
    let world = World::start().await;
    play(&world, story::product(story::batch().gtin)).await;
    the_picture_and_its_rows(&world).await;
    files_have_exactly_the_shown_rows(&world).await;
    the_page_shows_it_and_leads_on(&world).await;
}

/// From the request to the whole page, with the graph read from SQLite; the server's own code is not optimised here.
#[tokio::test]
async fn m8_ten_thousand_lots_are_a_page_within_two_seconds() {
    let world = World::start().await;
    world.node.apply(MAKER, story::product(story::batch().gtin));
    caught_up(&world).await;
    let maker = world.node.chain().member(MAKER).gln;
    world.state.store.put_lineage(&lot("Root"), maker, 10_000).await;
    let session = world.sign_in("regulator").await;
    let base = format!("/console/trace/graph?gtin={}&lot=Root&lang=en", story::batch().gtin);
    let mut took = Vec::new();
    for more in ["", "&part=lots&q=n09&sort=-lot&page=2", "&part=links&level=2", "&direction=forward&part=gaps"] {
        let began = Instant::now();
        let reply = world.call("GET", &format!("{base}{more}"), Some(&session), None).await.expect(200);
        took.push((began.elapsed(), reply.body.len()));
        let html = String::from_utf8(reply.body).expect("text");
        assert!(html.contains("10,000 lots, 1 company."), "{html}");
        assert!(html.contains("9,871 lots") && html.contains("Show all lots in the table"), "{html}");
    }
    eprintln!("10,000 lots: {took:?}");
    let (slowest, largest) = (took.iter().map(|(took, _)| *took).max(), took.iter().map(|(_, bytes)| *bytes).max());
    assert!(slowest.is_some_and(|took| took < PAGE_MAX) && largest.is_some_and(|bytes| bytes < 200_000), "{took:?}");
    let code = encoded(&lot("Root").to_string());
    let began = Instant::now();
    let csv = world.call("GET", &format!("/api/v1/trace/graph.csv?code={code}&part=lots"), Some(&session), None).await;
    assert_eq!(lines(csv).len(), 10_001);
    eprintln!("10,000 rows of CSV: {:?}", began.elapsed());
}

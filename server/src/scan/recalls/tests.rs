//! The list and the feeds, through the router.

use crate::scan::story::{GTIN, Story};
use crate::testing::{Reply, World};
use axum::body::Body;
use axum::http::{Request, header};
use serde_json::{Value, json};

fn text(reply: &Reply) -> String {
    String::from_utf8(reply.body.clone()).expect("UTF-8")
}

async fn get(world: &World, path: &str) -> Reply {
    world.call("GET", path, None, None).await
}

/// Opens a recall, and has a second person approve it if wanted; its id.
async fn recall(world: &World, lot: &str, drill: bool, approve: bool) -> String {
    let regulator = world.sign_in("regulator").await;
    let asked = json!({"gtin": GTIN, "lot": lot, "class": 1, "reason_en": "It may hold <glass>.",
        "reason_zh": "可能混有玻璃。", "drill": drill});
    let opened = world.call("POST", "/api/v1/recalls", Some(&regulator), Some(asked)).await.expect(201).json();
    let id = opened["id"].as_str().expect("an id").to_owned();
    if approve {
        let second = world.sign_in("regulator2").await;
        let path = format!("/api/v1/recalls/{id}/approve");
        world.call("POST", &path, Some(&second), Some(json!({}))).await.expect(200);
    }
    id
}

#[tokio::test]
async fn what_is_published_is_listed_and_found() {
    let world = World::start().await;
    let story = Story::sealed(&world, "A24K07").await;
    let other = Story::coded(&world, "B1", "2028-10").await;
    recall(&world, "A24K07", true, true).await;
    let empty = text(&get(&world, "/recalls?lang=en").await.expect(200));
    assert!(empty.contains("No recall has been published yet"), "a drill is not for the public");

    let id = recall(&world, "A24K07", false, false).await;
    assert!(!text(&get(&world, "/recalls").await).contains("A24K07"), "opened is not approved");
    let second = world.sign_in("regulator2").await;
    world.call("POST", &format!("/api/v1/recalls/{id}/approve"), Some(&second), Some(json!({}))).await.expect(200);
    for found in [
        String::new(),
        format!("q={}", story.path(0)),
        "q=a24k07".to_owned(),
        "q=PARACETAMOL".to_owned(),
        "q=Qinling".to_owned(),
        format!("q={GTIN}"),
        format!("q={id}"),
    ] {
        let html = text(&get(&world, &format!("/recalls?lang=en&{found}")).await.expect(200));
        assert!(html.contains("A24K07") && html.contains("It may hold &lt;glass&gt;."), "{found}");
    }
    for none in [other.path(0), "A24".to_owned(), format!("/01/{GTIN}/21/NEVERISSUED"), "%3Cscript%3E".to_owned()] {
        let html = text(&get(&world, &format!("/recalls?lang=en&q={none}")).await.expect(200));
        assert!(html.contains("does not mean that a pack is good") && !html.contains("glass"), "{none}");
    }
    let zh = text(&get(&world, "/recalls?lang=zh").await.expect(200));
    assert!(zh.contains("可能混有玻璃。") && zh.contains("一级召回"));
    let after = text(&get(&world, &format!("/recalls?before={id}")).await.expect(200));
    assert!(!after.contains("glass"), "the next page begins behind the last recall");
}

#[tokio::test]
async fn programs_follow_the_same_list() {
    let world = World::start().await;
    Story::sealed(&world, "A24K07").await;
    let id = recall(&world, "A24K07", false, true).await;
    let reply = get(&world, "/recalls/feed.json?lang=zh").await.expect(200);
    assert_eq!(reply.headers[header::CONTENT_TYPE], "application/feed+json; charset=utf-8");
    assert_eq!(reply.headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
    let feed = reply.json();
    let item = &feed["items"][0];
    assert_eq!(
        (feed["version"].as_str(), feed["language"].as_str()),
        (Some("https://jsonfeed.org/version/1.1"), Some("zh-CN"))
    );
    assert_eq!(item["content_text"], "可能混有玻璃。");
    let ours = &item["_tracelight"];
    let expected = json!({"recall": id, "gtin": GTIN, "lot": "A24K07", "class": 1, "status": "in_force"});
    for (name, value) in expected.as_object().expect("an object") {
        assert_eq!(&ours[name], value, "{name}");
    }
    assert_eq!(ours["closed"], Value::Null);
    assert!(ours["approved"]["tx_id"].is_string(), "where it stands on the chain: {ours}");

    let atom = text(&get(&world, "/recalls/feed.atom?lang=en").await.expect(200));
    let mut reader = quick_xml::Reader::from_str(&atom);
    let mut entries = 0;
    loop {
        match reader.read_event().expect("well formed") {
            quick_xml::events::Event::Start(tag) if tag.name().as_ref() == b"entry" => entries += 1,
            quick_xml::events::Event::Eof => break,
            _ => {}
        }
    }
    assert!(entries == 1 && atom.contains("It may hold &lt;glass&gt;.") && atom.contains(&id), "{atom}");

    let tag = get(&world, "/recalls/feed.atom").await.headers[header::ETAG].clone();
    let request = Request::get("/recalls/feed.atom").header(header::IF_NONE_MATCH, tag);
    world.send(request.body(Body::empty()).expect("a request")).await.expect(304);

    // Wound up: the lot stays recalled, and the list says both.
    let regulator = world.sign_in("regulator").await;
    let path = format!("/api/v1/recalls/{id}/close");
    world.call("POST", &path, Some(&regulator), Some(json!({}))).await.expect(200);
    let html = text(&get(&world, "/recalls?lang=en").await.expect(200));
    assert!(html.contains("The lot stays recalled"), "{html}");
    let feed = get(&world, "/recalls/feed.json").await.expect(200).json();
    assert_eq!(feed["items"][0]["_tracelight"]["status"], "closed");
}

#[tokio::test]
async fn c11_an_outage_is_no_empty_list() {
    let world = World::start().await;
    Story::sealed(&world, "A24K07").await;
    get(&world, "/recalls").await.expect(200);
    let later = crate::clock::now_ms() + crate::scan::STALE_MS_MAX + 60_000;
    let stale = super::published(&world.state, crate::store::RecallOrder::Changed, 1, later).await;
    assert!(matches!(stale, Err(crate::scan::Outage::Stale { .. })), "an old list is no list: {stale:?}");
    world.state.store.clone().close().await.expect("the database closes");
    let page = text(&get(&world, "/recalls?lang=en&q=A24K07").await.expect(503));
    assert!(page.contains("Cannot check now") && page.contains("503-") && !page.contains("No published recall"));
    for path in ["/recalls/feed.json", "/recalls/feed.atom"] {
        let reply = get(&world, path).await.expect(503);
        assert_eq!(reply.problem(), "cannot_check_now");
    }
}

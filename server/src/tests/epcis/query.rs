//! Queries: parameters, order, pages, lists, stored queries, and the ledger's events among the others.

use super::{capture, events, exception, next, object_event, of, send};
use crate::testing::{World, story};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tracelight_epcis::hash::event_hash;

const JSON: &str = "application/json";

fn epc(n: u64) -> String {
    format!("urn:epc:id:sgtin:0614141.107346.{n}")
}

/// Captures so many events, a minute apart, every third of them received.
async fn captured(world: &World, maker: &str, count: u64) {
    let one = |n: u64| {
        let step = if n.is_multiple_of(3) { "receiving" } else { "shipping" };
        let more = json!({ "eventTime": format!("2026-11-01T10:{n:02}:00.000Z"), "bizStep": step,
            "disposition": "in_progress", "eventID": format!("urn:uuid:{n}"), "example:lane": n,
            "readPoint": { "id": "urn:epc:id:sgln:0614141.07346.1234" } });
        object_event(&[&epc(n)], more)
    };
    let body = of(&(0..count).map(one).collect::<Vec<_>>());
    capture(world, maker, JSON, body).await.expect(202);
}

async fn get(world: &World, who: &str, path: &str) -> Vec<String> {
    let reply = world.call("GET", path, Some(who), None).await.expect(200);
    let id = |event: &tracelight_epcis::Event| event.event_id.as_ref().expect("an id").as_str().to_owned();
    events(&reply).iter().map(id).collect()
}

fn ids(numbers: impl IntoIterator<Item = u64>) -> Vec<String> {
    numbers.into_iter().map(|n| format!("urn:uuid:{n}")).collect()
}

#[tokio::test]
async fn parameters_order_and_limits() {
    let world = World::start().await;
    let maker = world.sign_in("maker").await;
    captured(&world, &maker, 10).await;
    let found = async |query: &str| get(&world, &maker, &format!("/epcis/events?{query}")).await;
    assert_eq!(found("EQ_bizStep=receiving").await, ids([0, 3, 6, 9]));
    assert_eq!(found("EQ_bizStep=receiving%7Cshipping&LT_eventTime=2026-11-01T10:02:00Z").await, ids([0, 1]));
    assert_eq!(found("GE_eventTime=2026-11-01T11:08:00%2B01:00&orderBy=eventTime").await, ids([9, 8]));
    assert_eq!(found("orderBy=eventTime&orderDirection=ASC&eventCountLimit=2").await, ids([0, 1]));
    assert_eq!(found("MATCH_epc=https://id.gs1.org/01/10614141073464/21/4").await, ids([4]), "any spelling");
    assert_eq!(
        found("MATCH_anyEPC=urn:epc:idpat:sgtin:0614141.107346.*&EQ_bizStep=receiving").await,
        ids([0, 3, 6, 9])
    );
    assert_eq!(found("MATCH_epc=urn:epc:id:sgtin:0614141.107346.77").await, ids([]));
    assert_eq!(found("EQ_eventID=urn:uuid:5%7Curn:uuid:6").await, ids([5, 6]));
    let lane = "GE_example:lane=8";
    let extension = [("gs1-extensions", "example=https://ns.example.com/epcis/")];
    let reply = send(&world, "GET", &format!("/epcis/events?{lane}"), &maker, &extension, "").await.expect(200);
    assert_eq!(events(&reply).len(), 2);
    let refused = async |query: &str, status: u16| {
        exception(&world.call("GET", &format!("/epcis/events?{query}"), Some(&maker), None).await.expect(status))
    };
    assert_eq!(refused(lane, 400).await, "QueryParameterException", "the prefix is not known");
    assert_eq!(refused("EQ_bizStep=dancing", 400).await, "QueryParameterException");
    assert_eq!(refused("EQ_nothing=1", 400).await, "QueryParameterException");
    assert_eq!(refused("maxEventCount=9", 413).await, "QueryTooLargeException");
    assert_eq!(refused("maxEventCount=10&eventCountLimit=3&orderBy=eventTime", 400).await, "QueryParameterException");
    assert_eq!(refused("nextPageToken=x", 400).await, "QueryParameterException");
    let long = format!("EQ_eventID={}", "x".repeat(20_000));
    assert_eq!(refused(&long, 414).await, "URITooLongException");
    let image = send(&world, "GET", "/epcis/events", &maker, &[("accept", "image/png")], "").await.expect(406);
    assert_eq!(exception(&image), "NotAcceptableException");
}

#[tokio::test]
async fn pages_hold_every_event_once_while_others_come() {
    let world = World::start().await;
    story::play(&mut world.node.chain());
    let height = world.node.chain().height();
    world.projected(height - 1).await;
    let maker = world.sign_in("maker").await;
    captured(&world, &maker, 7).await;
    for query in ["", "&orderBy=eventTime"] {
        let whole: Vec<String> = get(&world, &maker, &format!("/epcis/events?perPage=1000{query}")).await;
        assert!(whole.len() > 15, "captured ones and those of the ledger: {whole:?}");
        let (mut path, mut seen) = (Some(format!("/epcis/events?perPage=4{query}")), Vec::new());
        let mut late = 20;
        while let Some(at) = path {
            let page = world.call("GET", &at, Some(&maker), None).await.expect(200);
            let found = events(&page);
            assert!(found.len() <= 4);
            seen.extend(found.iter().map(|event| event.event_id.as_ref().expect("an id").as_str().to_owned()));
            path = next(&page);
            let event = object_event(&[&epc(late)], json!({ "eventID": format!("urn:late:{}{late}", query.len()) }));
            capture(&world, &maker, JSON, of(&[event])).await.expect(202);
            late += 1;
        }
        assert_eq!(seen, whole, "{query}");
    }
    let stolen = world.call("GET", "/epcis/events?perPage=2", Some(&maker), None).await.expect(200);
    let token = next(&stolen).expect("more").split("nextPageToken=").nth(1).expect("a token").to_owned();
    let other = format!("/epcis/events?perPage=2&EQ_action=ADD&nextPageToken={token}");
    assert_eq!(exception(&world.call("GET", &other, Some(&maker), None).await.expect(400)), "QueryParameterException");
    world.call("DELETE", &format!("/epcis/nextPageToken/{token}"), Some(&maker), None).await.expect(204);
}

#[tokio::test]
async fn the_ledger_reads_back_to_whom_it_concerns() {
    let world = World::start().await;
    story::play(&mut world.node.chain());
    let hidden = tracelight_domain::gs1::Gtin::build(0, "6901234", 78).expect("a GTIN of constants");
    world.node.apply(tracelight_client::testing::MAKER, story::product(hidden));
    let height = world.node.chain().height();
    world.projected(height - 1).await;
    let pallet = format!("https://id.gs1.org/00/{}", story::sscc(3));
    let case = format!("https://id.gs1.org/00/{}", story::sscc(2));
    let steps = async |who: &str, query: &str| -> Vec<String> {
        let user = world.sign_in(who).await;
        let reply =
            world.call("GET", &format!("/epcis/events?perPage=1000&{query}"), Some(&user), None).await.expect(200);
        let step = |event: &tracelight_epcis::Event| event.biz_step.as_ref().map_or("", |step| step.short()).to_owned();
        events(&reply).iter().map(step).collect()
    };
    let of_pallet = steps("regulator", &format!("MATCH_anyEPC={pallet}")).await;
    assert!(of_pallet.contains(&"shipping".to_owned()) && of_pallet.contains(&"packing".to_owned()), "{of_pallet:?}");
    assert_eq!(steps("maker", &format!("MATCH_anyEPC={pallet}")).await, of_pallet, "its maker sees all of it");
    let lot = format!("MATCH_anyEPCClass=https://id.gs1.org/01/{}/10/{}", story::batch().gtin, story::batch().lot);
    assert!(steps("maker", &lot).await.contains(&"commissioning".to_owned()));
    assert_eq!(steps("carrier", &lot).await, Vec::<String>::new(), "the carrier has no part in the lot");
    let of_case = steps("carrier", &format!("MATCH_epc={case}")).await;
    assert!(of_case.contains(&"receiving".to_owned()), "the case that was missing on arrival: {of_case:?}");
    let maker = world.sign_in("maker").await;
    let reply = world.call("GET", "/epcis/events?perPage=1000", Some(&maker), None).await.expect(200);
    for event in events(&reply) {
        let id = event.event_id.as_ref().expect("an id").as_str();
        assert_eq!(id, event_hash(&event), "an event of the ledger has its hash as id");
    }
    let id = event_hash(&events(&reply)[0]);
    let one = format!("/epcis/events/{}", crate::http::encoded(&id));
    assert_eq!(get(&world, &maker, &one).await, [id]);
    let members = async |who: &str, list: &str| -> BTreeSet<String> {
        let user = world.sign_in(who).await;
        let (mut path, mut all) = (Some(format!("/epcis/{list}?perPage=2")), BTreeSet::new());
        while let Some(at) = path {
            let page = world.call("GET", &at, Some(&user), None).await.expect(200);
            let list = page.json()["member"].as_array().cloned().unwrap_or_default();
            all.extend(list.iter().filter_map(Value::as_str).map(str::to_owned));
            path = next(&page);
        }
        all
    };
    assert!(members("maker", "epcs").await.is_superset(&BTreeSet::from([pallet.clone(), case])));
    assert!(members("maker", "bizSteps").await.contains("commissioning"));
    assert!(!members("carrier", "bizSteps").await.contains("commissioning"), "it has part in no such line");
    let of_step = format!("/epcis/epcs/{}/events", crate::http::encoded(&pallet));
    assert_eq!(get(&world, &maker, &of_step).await.len(), of_pallet.len());
}

#[tokio::test]
async fn lists_name_what_was_captured() {
    let world = World::start().await;
    let maker = world.sign_in("maker").await;
    captured(&world, &maker, 5).await;
    let list =
        async |path: &str| world.call("GET", path, Some(&maker), None).await.expect(200).json()["member"].clone();
    assert_eq!(list("/epcis/bizSteps").await, json!(["receiving", "shipping"]));
    assert_eq!(list("/epcis/dispositions").await, json!(["in_progress"]));
    assert_eq!(list("/epcis/bizLocations").await, json!([]));
    let place = "https://id.gs1.org/414/0614141073467/254/1234";
    assert_eq!(list("/epcis/readPoints").await, json!([place]));
    assert_eq!(list("/epcis/eventTypes").await.as_array().map(Vec::len), Some(5));
    assert_eq!(list("/epcis/epcs").await.as_array().map(Vec::len), Some(5));
    assert_eq!(list("/epcis").await.as_array().map(Vec::len), Some(9));
    let at = |list: &str, value: &str| format!("/epcis/{list}/{}", crate::http::encoded(value));
    assert_eq!(list(&at("bizSteps", "urn:epcglobal:cbv:bizstep:shipping")).await, json!(["events"]));
    assert_eq!(list(&at("epcs", &epc(3))).await, json!(["events"]));
    for (name, value) in [("bizSteps", "packing"), ("epcs", "urn:epc:id:sgtin:0614141.107346.99"), ("moods", "good")] {
        let reply = world.call("GET", &at(name, value), Some(&maker), None).await.expect(404);
        assert_eq!(exception(&reply), "NoSuchResourceException");
    }
    assert_eq!(get(&world, &maker, &format!("{}/events", at("readPoints", place))).await, ids(0..5));
    assert_eq!(get(&world, &maker, "/epcis/eventTypes/ObjectEvent/events?EQ_bizStep=receiving").await, ids([0, 3]));
    assert_eq!(get(&world, &maker, "/epcis/eventTypes/AggregationEvent/events").await, ids([]));
}

#[tokio::test]
async fn stored_queries_run_under_their_names() {
    let world = World::start().await;
    let maker = world.sign_in("maker").await;
    captured(&world, &maker, 10).await;
    let create = async |body: Value| world.call("POST", "/epcis/queries", Some(&maker), Some(body)).await;
    let query =
        json!({ "name": "received", "query": { "EQ_bizStep": ["receiving"], "GE_eventTime": "2026-11-01T10:01:00Z" } });
    create(query.clone()).await.expect(201);
    assert_eq!(exception(&create(query.clone()).await.expect(409)), "ResourceAlreadyExistsException");
    for bad in [
        json!({ "query": {} }),
        json!({ "name": "a b", "query": {} }),
        json!({ "name": "q" }),
        json!({ "name": "q", "query": { "EQ_bizStep": ["dancing"] } }),
        json!({ "name": "q", "query": { "EQ_nothing": 1 } }),
    ] {
        assert_eq!(exception(&create(bad).await.expect(400)), "QueryValidationException");
    }
    let list = world.call("GET", "/epcis/queries", Some(&maker), None).await.expect(200).json();
    assert_eq!(list, json!([query]));
    let path = "/epcis/queries/received";
    assert_eq!(world.call("GET", path, Some(&maker), None).await.expect(200).json(), query);
    let first = world.call("GET", &format!("{path}/events?perPage=2"), Some(&maker), None).await.expect(200);
    assert_eq!(first.json()["epcisBody"]["queryResults"]["queryName"], "received");
    assert_eq!(events(&first).len(), 2);
    assert_eq!(get(&world, &maker, &next(&first).expect("more")).await, ids([9]));
    let more = world.call("GET", &format!("{path}/events?EQ_action=ADD"), Some(&maker), None).await.expect(400);
    assert_eq!(exception(&more), "QueryParameterException");
    let carrier = world.sign_in("carrier").await;
    for (method, path) in [("GET", path), ("DELETE", path), ("GET", "/epcis/queries/received/events")] {
        let reply = world.call(method, path, Some(&carrier), None).await.expect(404);
        assert_eq!(exception(&reply), "NoSuchNameException");
    }
    world.call("DELETE", path, Some(&maker), None).await.expect(204);
    world.call("GET", path, Some(&maker), None).await.expect(404);
}

#[tokio::test]
async fn master_data_of_headers_answers_questions_about_places() {
    let world = World::start().await;
    let maker = world.sign_in("maker").await;
    let (whole, part) = ("urn:epc:id:sgln:0614141.00777.0", "urn:epc:id:sgln:0614141.00777.1");
    let event = object_event(&[&epc(1)], json!({ "eventID": "urn:uuid:1", "readPoint": { "id": part } }));
    let mut document: Value = serde_json::from_str(&of(&[event])).expect("JSON");
    document["epcisHeader"] = json!({ "epcisMasterData": { "vocabularyList": [{ "type": "urn:epcglobal:epcis:vtype:ReadPoint",
        "vocabularyElementList": [{ "id": whole, "children": [part] }] }] } });
    capture(&world, &maker, JSON, document.to_string()).await.expect(202);
    assert_eq!(get(&world, &maker, &format!("/epcis/events?WD_readPoint={whole}")).await, ids([1]));
    assert_eq!(get(&world, &maker, &format!("/epcis/events?EQ_readPoint={whole}")).await, ids([]));
    let links = [("gs1-epc-format", "Always_GS1_Digital_Link")];
    let reply = send(&world, "GET", "/epcis/events", &maker, &links, "").await.expect(200);
    let place = events(&reply)[0].read_point.clone().expect("a place");
    assert_eq!(place.id.as_str(), "https://id.gs1.org/414/0614141007776/254/1");
}

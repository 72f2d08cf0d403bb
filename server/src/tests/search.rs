//! The box at the head of every page: what it finds for whom, and how many steps lead to a whole history.

use super::trace_graph::{lot, play};
use crate::http::encoded;
use crate::testing::{World, story};
use axum::http::header;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tracelight_client::testing::{CARRIER, MAKER, PHARMACY};

async fn found(world: &World, user: &str, words: &str) -> Value {
    let session = world.sign_in(user).await;
    world.call("GET", &format!("/api/v1/search?q={}", encoded(words)), Some(&session), None).await.expect(200).json()
}

fn kinds(found: &Value) -> Vec<(String, String)> {
    let one = |hit: &Value| {
        let text = |name: &str| hit[name].as_str().expect("text").to_owned();
        (text("kind"), text("id"))
    };
    found["hits"].as_array().expect("hits").iter().map(one).collect()
}

fn named(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(kind, id)| ((*kind).to_owned(), (*id).to_owned())).collect()
}

async fn everybody_finds_what_it_may_open(world: &World) {
    let gln = |member| world.node.chain().member(member).gln.to_string();
    let gtin = story::batch().gtin.to_string();
    assert_eq!(kinds(&found(world, "regulator", "Raw").await), named(&[("lot", "Raw-1"), ("lot", "Raw-2")]));
    assert_eq!(kinds(&found(world, "regulator", "raw").await), [], "capital letters count in lots");
    assert_eq!(kinds(&found(world, "maker", "Made-1").await), named(&[("lot", "Made-1")]));
    assert_eq!(kinds(&found(world, "regulator", "AMOXI").await), named(&[("product", &gtin)]));
    assert_eq!(kinds(&found(world, "regulator", "%").await), [], "a wildcard stands for itself");
    assert_eq!(kinds(&found(world, "regulator", "_moxi").await), []);
    assert_eq!(kinds(&found(world, "regulator", &gtin).await), named(&[("product", &gtin)]));
    let code = lot("Made-1").to_string();
    assert_eq!(kinds(&found(world, "regulator", &code).await), named(&[("code", &code)]));
    assert_eq!(kinds(&found(world, "regulator", &gln(CARRIER)).await), named(&[("company", &gln(CARRIER))]));
    assert_eq!(kinds(&found(world, "pharmacy", &gln(CARRIER)).await), [], "another company's goods are its own");
    assert_eq!(kinds(&found(world, "pharmacy", &gln(PHARMACY)).await), named(&[("company", &gln(PHARMACY))]));
    assert_eq!(kinds(&found(world, "regulator", "TL-26-000000-00").await), []);
    let session = world.sign_in("regulator").await;
    for words in ["", "%20", "a%0Ab", &"x".repeat(201)] {
        let refused = world.call("GET", &format!("/api/v1/search?q={words}"), Some(&session), None).await.expect(400);
        assert_eq!(refused.json()["field"], json!("q"), "{words}");
    }
}

/// More lots than are told, of two products' beginnings.
async fn more_is_said(world: &World) {
    let maker = world.node.chain().member(MAKER).gln;
    world.state.store.put_lineage(&lot("Wide"), maker, 200).await;
    let wide = found(world, "regulator", "N0").await;
    assert_eq!((wide["hits"].as_array().map(Vec::len), &wide["more"]), (Some(10), &json!(true)));
    assert_eq!(found(world, "regulator", "N0010").await["more"], json!(false));
}

/// Follows what a person does: types, and is led on; then clicks links. Counts both.
async fn steps_to_history(world: &World, session: &str, words: &str, links: &[&str]) -> (usize, String) {
    let mut path = format!("/console/search?q={}&lang=en", encoded(words));
    let mut steps = 1;
    let mut links = links.iter();
    loop {
        let reply = world.call("GET", &path, Some(session), None).await;
        if reply.status.as_u16() == 303 {
            // The server leads on by itself: nobody clicks.
            path = reply.headers[header::LOCATION].to_str().expect("text").to_owned();
            path.push_str(if path.contains('?') { "&lang=en" } else { "?lang=en" });
            continue;
        }
        let html = String::from_utf8(reply.expect(200).body).expect("text");
        let Some(link) = links.next() else { return (steps, html) };
        let (_, rest) = html.split_once(&format!("href=\"{link}")).unwrap_or_else(|| panic!("{link}: {html}"));
        let (end, _) = rest.split_once('"').expect("an address ends");
        path = format!("{link}{}", end.replace("&amp;", "&"));
        path.push_str(if path.contains('?') { "&lang=en" } else { "?lang=en" });
        steps += 1;
    }
}

async fn a_history_is_three_steps_away(world: &World) {
    let session = world.sign_in("regulator").await;
    let gln = world.node.chain().member(CARRIER).gln.to_string();
    let trace = "/console/trace?code=";
    for (words, links, most) in [
        (lot("Made-1").to_string(), &[][..], 1),
        (format!("(00){}", story::sscc(5)), &[], 1),
        ("Made-1".to_owned(), &[], 1),
        ("Made".to_owned(), &[trace], 2),
        (gln, &[trace], 2),
    ] {
        let began = Instant::now();
        let (steps, html) = steps_to_history(world, &session, &words, links).await;
        assert!(steps <= most.min(3), "{words}: {steps} steps");
        assert!(began.elapsed() < Duration::from_secs(2), "{words}: {:?}", began.elapsed());
        // Actor, what, when and where it stands on the chain.
        let place = world.state.alliance.place(world.node.chain().member(MAKER).gln).0;
        for part in ["The same as a table", "Final ", place.as_str()] {
            assert!(html.contains(part), "{words}: `{part}` in {html}");
        }
        let happened = ["Sealed", "Packed", "Shipped"].iter().any(|event| html.contains(event));
        assert!(happened, "{words}: what happened is told: {html}");
        assert!(html.matches("class=\"ev\"").count() >= 4, "each event with its evidence: {html}");
    }
    let page =
        |path: String| async move { world.call("GET", &path, Some(&world.sign_in("pharmacy").await), None).await };
    let carrier = world.node.chain().member(CARRIER).gln;
    page(format!("/console/companies/{carrier}")).await.expect(404);
    let own = world.node.chain().member(PHARMACY).gln;
    page(format!("/console/companies/{own}")).await.expect(200);
    page("/console/search".to_owned()).await.expect(200);
}

#[tokio::test]
async fn r1_a_code_or_lot_leads_to_its_history() {
    let world = World::start().await;
    play(&world, story::product(story::batch().gtin)).await;
    everybody_finds_what_it_may_open(&world).await;
    a_history_is_three_steps_away(&world).await;
    more_is_said(&world).await;
}

#[tokio::test]
async fn r1_a_code_or_lot_leads_to_its_history_on_mariadb() {
    let database = tokio::task::spawn_blocking(|| {
        let server =
            tracelight_testkit::services::MariaDb::shared().expect("MariaDB starts. Hint: install mariadb-server");
        server.fresh_database().expect("a database")
    });
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let world = World::on(&database.await.expect("it ran").dsn, scratch).await;
    play(&world, story::product(story::batch().gtin)).await;
    everybody_finds_what_it_may_open(&world).await;
    more_is_said(&world).await;
}

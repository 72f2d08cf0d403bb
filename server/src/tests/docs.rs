//! The reference page: nothing from elsewhere, every call, commands that work.

use crate::api::examples::body;
use crate::testing::World;
use serde_json::Value;
use std::collections::BTreeSet;
use tracelight_api::rest::key::Scope;

pub fn document() -> Value {
    serde_json::from_str(&crate::api::document().expect("a document")).expect("JSON")
}

/// Method, path and operation.
pub fn calls(document: &Value) -> Vec<(String, String, Value)> {
    let mut all = Vec::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods").iter().filter(|(key, _)| *key != "servers") {
            all.push((method.clone(), path.clone(), operation.clone()));
        }
    }
    all
}

#[tokio::test]
async fn d1_the_page_shows_every_call_and_asks_nobody_else() {
    let world = World::start().await;
    let document = document();
    for (lang, words) in
        [("en", "Needs the scope <code>goods:write</code>"), ("zh", "需要权限 <code>goods:write</code>")]
    {
        let reply = world.call("GET", &format!("/docs/api?lang={lang}"), None, None).await.expect(200);
        let policy = reply.headers["content-security-policy"].to_str().expect("text");
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("script-src"), "{policy}");
        let html = String::from_utf8(reply.body).expect("text");
        assert!(html.contains(words) && html.matches("<h1").count() == 1, "{lang}");
        for bad in ["<script", " style=", "src=\"http", "href=\"http", "<img"] {
            assert!(!html.contains(bad), "{bad}");
        }
        for (method, path, operation) in calls(&document) {
            let id = operation["operationId"].as_str().expect("an id");
            assert!(html.contains(&format!("id=\"{id}\"")), "{method} {path}");
        }
        let sheet =
            html.split_once("rel=\"stylesheet\" href=\"").and_then(|(_, rest)| rest.split_once('"')).expect("one").0;
        world.call("GET", sheet, None, None).await.expect(200);
    }
    let told = world.call("GET", "/docs/api/openapi.json", None, None).await.expect(200).json();
    assert_eq!(told, document);
    world.call("GET", "/docs", None, None).await.expect(303);
}

#[test]
fn every_operation_has_an_id_of_its_own_a_tag_and_who_may() {
    let document = document();
    let mut ids = BTreeSet::new();
    for (method, path, operation) in calls(&document) {
        let id = operation["operationId"].as_str().expect("an id").to_owned();
        assert!(ids.insert(id.clone()), "{id} twice");
        assert!(operation["tags"][0].is_string() && operation["security"][0].is_object(), "{method} {path}");
        let json = &operation["requestBody"]["content"]["application/json"];
        assert!(json.is_null() || !json["example"].is_null(), "{method} {path} has no example");
    }
    let scopes: BTreeSet<&str> = calls(&document)
        .iter()
        .filter_map(|(.., operation)| operation["security"][0]["api_key"][0].as_str().map(str::to_owned))
        .filter_map(|word| Scope::parse(&word).map(Scope::word))
        .collect();
    assert_eq!(scopes, Scope::ALL.map(Scope::word).into_iter().collect(), "each scope opens something");
}

/// Each example is sent as the page shows it: it is understood, whatever becomes of it on an empty chain.
#[tokio::test]
async fn d1_every_example_is_understood() {
    let world = World::start().await;
    let maker = world.sign_in("maker").await;
    let mut sent = 0;
    for (method, path, operation) in calls(&document()) {
        let Some(example) = body(&method, &path) else { continue };
        let Some(content) = operation["requestBody"]["content"].as_object() else { panic!("{path} takes no body") };
        let media = content.keys().next().expect("a media type");
        let (name, value) = maker.split_once(": ").expect("a cookie");
        let full = crate::api::called(&path);
        let full =
            full.replace("{gtin}", "06901234000771").replace("{lot}", "C26K28").replace("{queryName}", "shipments");
        let full = full.replace("{link}", "01920000-0000-7000-8000-000000000002");
        let full = full.replace("/orders/{id}", "/orders/01920000-0000-7000-8000-000000000003");
        let full = full.replace("{kind}", "nfc.ntag424");
        let request = axum::http::Request::builder().method(method.to_uppercase().as_str()).uri(full);
        let request = request.header(name, value).header("content-type", media);
        let reply = world.send(request.body(example.to_string().into()).expect("a good request")).await;
        let said = String::from_utf8_lossy(&reply.body).into_owned();
        assert!(!matches!(reply.status.as_u16(), 400 | 415 | 422 | 500..), "{method} {path}: {} {said}", reply.status);
        sent += 1;
    }
    assert!(sent >= 22, "{sent}");
}

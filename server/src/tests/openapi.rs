//! The committed document is the one that the routes give, and addresses that do not fit it are refused by name.

use super::docs::{calls, document};
use crate::testing::{GATEWAY_TOKEN, World};
use serde_json::Value;

#[test]
fn d1_the_committed_document_is_that_of_the_routes() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi/v1.json");
    let made = crate::api::document().expect("a document");
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(path, &made).expect("the file is writable");
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        committed == made,
        "server/openapi/v1.json is old. Hint: server openapi > server/openapi/v1.json, or this test with UPDATE_OPENAPI=1"
    );
    let json: serde_json::Value = serde_json::from_str(&made).expect("JSON");
    assert!(json["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")), "{}", json["openapi"]);
}

/// The path with each `{name}` filled in.
fn filled(path: &str, with: &str) -> String {
    let mut parts = path.split('{');
    let mut full = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        full.push_str(with);
        full.push_str(part.split_once('}').map_or("", |(_, rest)| rest));
    }
    crate::api::called(&full)
}

/// Values of a query that are one word of a few, or a number.
fn picky(document: &Value, operation: &Value) -> Vec<String> {
    let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
    let is_picky = |schema: &Value| {
        let of = schema["$ref"].as_str().and_then(|path| document.pointer(path.trim_start_matches('#')));
        let kinds = of.unwrap_or(schema)["type"].to_string();
        of.is_some() || kinds.contains("integer")
    };
    let query = parameters.iter().filter(|parameter| parameter["in"] == "query" && is_picky(&parameter["schema"]));
    query.map(|parameter| parameter["name"].as_str().expect("a name").to_owned()).collect()
}

#[tokio::test]
async fn an_address_that_is_none_is_refused_by_its_field() {
    let world = World::start().await;
    let maker = world.sign_in("maker").await;
    let document = document();
    let (mut paths, mut queries) = (0, 0);
    for (method, path, operation) in calls(&document) {
        let credential = if path.starts_with("/line/") { World::bearer(GATEWAY_TOKEN) } else { maker.clone() };
        let refused = async |address: String| {
            let reply = world.call(&method.to_uppercase(), &address, Some(&credential), None).await;
            let kind = reply.headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
            assert!(
                reply.status.is_client_error() && kind == "application/problem+json",
                "{method} {address}: {reply:?}"
            );
            reply
        };
        if path.contains('{') && method == "get" {
            let problem = refused(filled(&path, "%FF")).await.json();
            let first = path.split(['{', '}']).nth(1).expect("one");
            assert!(path.starts_with("/epcis") || problem["field"] == first, "{path}: {problem}");
            paths += 1;
        }
        for name in picky(&document, &operation) {
            let problem = refused(format!("{}?{name}=x", filled(&path, "x"))).await.json();
            assert!(path.starts_with("/epcis") || problem["field"] == name.as_str(), "{path} {name}: {problem}");
            queries += 1;
        }
    }
    assert!(paths >= 20 && queries >= 25, "{paths} {queries}");
}

//! The committed document is the one that the routes give.

#[test]
fn the_committed_document_is_that_of_the_routes() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi/v1.json");
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    let made = crate::api::document().expect("a document");
    assert!(
        committed == made,
        "server/openapi/v1.json is old. Hint: cargo run -p tracelight-server -- openapi > server/openapi/v1.json"
    );
    let json: serde_json::Value = serde_json::from_str(&made).expect("JSON");
    assert!(json["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")), "{}", json["openapi"]);
}

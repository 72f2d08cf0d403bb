//! Products, batches and code orders.

use crate::testing::World;
use serde_json::json;
use std::collections::BTreeSet;
use tracelight_client::testing::MAKER;
use tracelight_domain::gs1::Gtin;

fn gtin(item: u64) -> String {
    Gtin::build(0, "6901234", item).expect("a GTIN of constants").to_string()
}

#[tokio::test]
async fn a_product_a_batch_and_its_codes() {
    let world = World::start().await;
    let maker = world.sign_in("maker").await;
    let new = json!({ "gtin": gtin(1), "name_en": "Amoxicillin", "name_zh": "阿莫西林", "kind": "medicine" });
    let product = world.call("POST", "/api/v1/products", Some(&maker), Some(new)).await.expect(201).json();
    assert_eq!(product["maker"], world.node.chain().member(MAKER).gln.to_string());
    assert_eq!(product["evidence"]["tx_id"].as_str().map(str::len), Some(64));

    let new = json!({ "gtin": gtin(1), "lot": "L1", "made_on": "2026-10-01", "expires_on": "2028-09", "quantity": 9 });
    let batch = world.call("POST", "/api/v1/batches", Some(&maker), Some(new)).await.expect(201).json();
    assert_eq!((batch["stage"].as_str(), batch["quantity"].as_u64()), (Some("registered"), Some(9)));

    let path = format!("/api/v1/batches/{}/L1", gtin(1));
    let order = json!({ "count": 12_000 });
    let order = world.call("POST", &format!("{path}/orders"), Some(&maker), Some(order)).await.expect(202).json();
    let id = order["id"].as_str().expect("an id");
    let done = world.until(&format!("/api/v1/orders/{id}"), &maker, |order| order["state"] == "done").await;
    assert_eq!(done["made"], 12_000);
    let batch = world.call("GET", &path, Some(&maker), None).await.expect(200).json();
    assert_eq!((batch["stage"].as_str(), batch["codes"]["open"].as_u64()), (Some("coded"), Some(12_000)));

    // What another member may know of it: that it exists, not how many there are.
    let carrier = world.sign_in("carrier").await;
    let seen = world.call("GET", &path, Some(&carrier), None).await.expect(200).json();
    assert_eq!((&seen["codes"], &seen["quantity"]), (&json!(null), &json!(null)));
    world.call("GET", &format!("/api/v1/orders/{id}"), Some(&carrier), None).await.expect(404);

    let gateway = World::bearer(crate::testing::GATEWAY_TOKEN);
    let line = format!("/api/v1/line/batches/{}/L1", gtin(1));
    let take = json!({ "line": "xian/line-2" });
    world.call("POST", &format!("{line}/blocks"), Some(&gateway), Some(take)).await.expect(200);
    let codes = world.call("GET", &format!("{line}/codes?line=xian/line-2"), Some(&gateway), None).await;
    let text = String::from_utf8(codes.expect(200).body).expect("text");
    let serials: BTreeSet<&str> = text.lines().collect();
    assert_eq!((serials.len(), text.lines().count()), (12_000, 12_000));
    assert!(serials.iter().all(|serial| serial.len() == 16), "80 random bits in 16 characters");
}

#[tokio::test]
async fn the_serials_of_a_product_look_as_its_maker_says() {
    let world = World::start().await;
    let maker = world.sign_in("maker").await;
    let product = json!({ "gtin": gtin(1), "name_en": "x", "kind": "food" });
    world.call("POST", "/api/v1/products", Some(&maker), Some(product)).await.expect(201);
    let path = format!("/api/v1/products/{}/code-rule", gtin(1));
    let rule = world.call("GET", &path, Some(&maker), None).await.expect(200).json();
    assert_eq!(rule, json!({ "alphabet": "readable", "length": 16, "prefix": "" }));
    for (wrong, field) in [
        (json!({ "alphabet": "digits", "length": 13 }), "length"),
        (json!({ "alphabet": "readable", "length": 21 }), "length"),
        (json!({ "alphabet": "readable", "length": 20, "prefix": "a b" }), "prefix"),
    ] {
        assert_eq!(world.call("PUT", &path, Some(&maker), Some(wrong)).await.expect(400).json()["field"], field);
    }
    let wanted = json!({ "alphabet": "digits", "length": 18, "prefix": "X-" });
    world.call("PUT", &path, Some(&maker), Some(wanted.clone())).await.expect(200);
    assert_eq!(world.call("GET", &path, Some(&maker), None).await.expect(200).json(), wanted);

    let batch =
        json!({ "gtin": gtin(1), "lot": "L1", "made_on": "2026-10-01", "expires_on": "2028-09", "quantity": 9 });
    world.call("POST", "/api/v1/batches", Some(&maker), Some(batch)).await.expect(201);
    let orders = format!("/api/v1/batches/{}/L1/orders", gtin(1));
    let order = world.call("POST", &orders, Some(&maker), Some(json!({ "count": 200 }))).await.expect(202).json();
    let id = order["id"].as_str().expect("an id");
    world.until(&format!("/api/v1/orders/{id}"), &maker, |order| order["state"] == "done").await;
    let gateway = World::bearer(crate::testing::GATEWAY_TOKEN);
    let line = format!("/api/v1/line/batches/{}/L1", gtin(1));
    let take = json!({ "line": "xian/line-2" });
    world.call("POST", &format!("{line}/blocks"), Some(&gateway), Some(take)).await.expect(200);
    let codes = world.call("GET", &format!("{line}/codes?line=xian/line-2"), Some(&gateway), None).await;
    let text = String::from_utf8(codes.expect(200).body).expect("text");
    let good = |serial: &str| {
        serial.len() == 18 && serial.starts_with("X-") && serial[2..].bytes().all(|b| b.is_ascii_digit())
    };
    assert_eq!(text.lines().filter(|serial| good(serial)).count(), 200, "{text}");
}

#[tokio::test]
async fn a_malformed_field_is_named_with_its_position() {
    let world = World::start().await;
    let maker = world.sign_in("maker").await;
    let product = |gtin: &str| json!({ "gtin": gtin, "name_en": "x", "kind": "food" });
    let batch = |lot: &str, made: &str| json!({ "gtin": gtin(1), "lot": lot, "made_on": made, "expires_on": "2028-09-30", "quantity": 1 });
    let mut wrong_digit = gtin(1);
    let last = if wrong_digit.pop() == Some('0') { '1' } else { '0' };
    wrong_digit.push(last);
    let cases = [
        ("/api/v1/products", product("69012x40000017"), "gtin", 6),
        ("/api/v1/products", product(&wrong_digit), "gtin", 14),
        ("/api/v1/batches", batch("a b", "2026-10-01"), "lot", 2),
        ("/api/v1/batches", batch("L", "2026-02-30"), "made_on", 9),
        ("/api/v1/products", json!({ "gtin": gtin(1), "name_en": "a\u{7}", "kind": "food" }), "name_en", 2),
    ];
    for (path, body, field, position) in cases {
        let reply = world.call("POST", path, Some(&maker), Some(body.clone())).await.expect(400);
        let problem = reply.json();
        assert_eq!(problem["field"], field, "{body}");
        assert_eq!(problem["position"], position, "{problem}");
        assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains("expected")), "{problem}");
        assert_eq!(reply.headers["content-type"], "application/problem+json");
    }
    let missing =
        world.call("POST", "/api/v1/products", Some(&maker), Some(json!({ "gtin": gtin(1) }))).await.expect(400);
    assert_eq!(missing.json()["field"], "name_en");
    let unknown = json!({ "gtin": gtin(1), "name_en": "x", "kind": "food", "colour": "red" });
    let unknown = world.call("POST", "/api/v1/products", Some(&maker), Some(unknown)).await.expect(400);
    assert_eq!(unknown.json()["field"], "colour");
}

#[tokio::test]
async fn a_rule_says_no_by_its_name() {
    let world = World::start().await;
    let maker = world.sign_in("maker").await;
    let batch =
        json!({ "gtin": gtin(1), "lot": "L", "made_on": "2026-10-01", "expires_on": "2028-09-30", "quantity": 1 });
    let refused = world.call("POST", "/api/v1/batches", Some(&maker), Some(batch.clone())).await.expect(409);
    assert_eq!(refused.problem(), "unknown_product");
    let product = json!({ "gtin": gtin(1), "name_en": "x", "kind": "food" });
    world.call("POST", "/api/v1/products", Some(&maker), Some(product.clone())).await.expect(201);
    let twice = world.call("POST", "/api/v1/products", Some(&maker), Some(product)).await.expect(409);
    assert_eq!(twice.problem(), "already_exists");
    let mut backwards = batch;
    backwards["expires_on"] = json!("2025-01-01");
    let refused = world.call("POST", "/api/v1/batches", Some(&maker), Some(backwards)).await.expect(422);
    assert_eq!(refused.problem(), "dates_in_order");
}

#[tokio::test]
async fn the_same_key_does_it_once() {
    let world = World::start().await;
    let maker = world.sign_in("maker").await;
    let (_, cookie) = maker.split_once(": ").expect("a cookie");
    let post = async |path: &str, body: serde_json::Value| {
        let request = axum::http::Request::post(path)
            .header("cookie", cookie)
            .header("content-type", "application/json")
            .header("idempotency-key", "once")
            .body(axum::body::Body::from(body.to_string()));
        world.send(request.expect("a good request")).await
    };
    let send =
        async |item: u64| post("/api/v1/products", json!({ "gtin": gtin(item), "name_en": "x", "kind": "food" })).await;
    let first = send(1).await.expect(201).json();
    let height = world.node.chain().height();
    let again = send(1).await.expect(201).json();
    assert_eq!(first, again);
    assert_eq!(world.node.chain().height(), height, "nothing was ordered again");
    assert_eq!(send(2).await.expect(409).problem(), "idempotency_conflict");

    // An order makes no transaction, and is placed once all the same.
    let new = json!({ "gtin": gtin(1), "lot": "L1", "made_on": "2026-10-01", "expires_on": "2028-09", "quantity": 9 });
    world.call("POST", "/api/v1/batches", Some(&maker), Some(new)).await.expect(201);
    let path = format!("/api/v1/batches/{}/L1/orders", gtin(1));
    let (one, same) = tokio::join!(post(&path, json!({ "count": 3 })), post(&path, json!({ "count": 3 })));
    assert_eq!(one.expect(202).json()["id"], same.expect(202).json()["id"]);
    assert_eq!(post(&path, json!({ "count": 4 })).await.expect(409).problem(), "idempotency_conflict");
    let other = world.call("POST", &path, Some(&maker), Some(json!({ "count": 3 }))).await.expect(202).json();
    let id = other["id"].as_str().expect("an id");
    world.until(&format!("/api/v1/orders/{id}"), &maker, |order| order["state"] == "done").await;
    let batch = world.call("GET", &format!("/api/v1/batches/{}/L1", gtin(1)), Some(&maker), None).await.expect(200);
    assert_eq!(batch.json()["codes"]["open"].as_u64(), Some(6), "two orders of three, not three");
}

#[tokio::test]
async fn lists_are_paged_and_limits_are_kept() {
    let world = World::start().await;
    let maker = world.sign_in("maker").await;
    for item in 1..=3 {
        let product = json!({ "gtin": gtin(item), "name_en": "x", "kind": "food" });
        world.call("POST", "/api/v1/products", Some(&maker), Some(product)).await.expect(201);
    }
    let first = world.call("GET", "/api/v1/products?limit=2", Some(&maker), None).await.expect(200).json();
    assert_eq!(first["items"].as_array().map(Vec::len), Some(2));
    let next = format!("/api/v1/products?limit=2&cursor={}", first["next"].as_str().expect("a next page"));
    let second = world.call("GET", &next, Some(&maker), None).await.expect(200).json();
    assert_eq!((second["items"].as_array().map(Vec::len), &second["next"]), (Some(1), &json!(null)));
    let over = world.call("GET", "/api/v1/products?limit=201", Some(&maker), None).await.expect(400);
    assert_eq!(over.json()["field"], "limit");
    let batch =
        json!({ "gtin": gtin(1), "lot": "L", "made_on": "2026-10-01", "expires_on": "2028-09-30", "quantity": 1 });
    world.call("POST", "/api/v1/batches", Some(&maker), Some(batch)).await.expect(201);
    let orders = format!("/api/v1/batches/{}/L/orders", gtin(1));
    for count in [0, 1_000_001] {
        let refused = world.call("POST", &orders, Some(&maker), Some(json!({ "count": count }))).await.expect(400);
        assert_eq!(refused.json()["field"], "count");
    }
}

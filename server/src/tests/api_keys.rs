//! Keys of programs: told once, bounded by scope, rotated with an overlap, ended at once; and that no call was forgotten.

use super::epcis::{object_event, of};
use crate::auth::{Need, needed};
use crate::testing::{GATEWAY_TOKEN, Reply, World, story};
use axum::http::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tracelight_api::rest::key::Scope;

const KEYS: &str = "/api/v1/api-keys";

/// A key of the maker with these scopes: its id, and the credential for [`World::call`].
async fn key(world: &World, maker: &str, scopes: &[&str]) -> (String, String) {
    let body = json!({ "name": "ERP", "scopes": scopes });
    let made = world.call("POST", KEYS, Some(maker), Some(body)).await.expect(201).json();
    let secret = made["secret"].as_str().expect("a secret");
    (made["key"]["id"].as_str().expect("an id").to_owned(), World::bearer(secret))
}

async fn post(world: &World, path: &str, credential: &str, body: Value) -> Reply {
    world.call("POST", path, Some(credential), Some(body)).await
}

async fn get(world: &World, path: &str, credential: &str) -> Reply {
    world.call("GET", path, Some(credential), None).await
}

#[tokio::test]
async fn d4_a_secret_is_told_once_and_not_kept() {
    let world = World::start().await;
    let maker = world.sign_in("maker").await;
    let body =
        json!({ "name": " 仓库 WMS ", "scopes": ["goods:read", "webhooks", "goods:read"], "expires_in_days": 30 });
    let made = post(&world, KEYS, &maker, body).await.expect(201).json();
    let secret = made["secret"].as_str().expect("a secret").to_owned();
    assert_eq!((secret.len(), &made["key"]["name"]), (49, &json!("仓库 WMS")));
    assert_eq!(made["key"]["scopes"], json!(["goods:read", "webhooks"]));
    assert_eq!(get(&world, "/api/v1/session", &World::bearer(&secret)).await.expect(200).json()["role"], "operator");
    let listed = get(&world, KEYS, &maker).await.expect(200);
    let text = String::from_utf8(listed.body.clone()).expect("text");
    assert!(!text.contains(&secret[11..]), "the list has no secret");
    let one = &listed.json()["items"][0];
    assert_eq!((&one["prefix"], &one["state"]), (&json!(secret[..11]), &json!("active")));
    assert_eq!(one["last_used_on"].as_str().map(str::len), Some(10), "a day, no time: {one}");
    for suffix in ["", "-wal"] {
        let bytes = std::fs::read(world.scratch().join(format!("server.db{suffix}"))).unwrap_or_default();
        assert!(!bytes.windows(49).any(|window| window == secret.as_bytes()), "the database does not hold it");
    }
}

#[tokio::test]
async fn d4_a_key_does_what_its_scopes_say_and_nothing_else() {
    let world = World::start().await;
    story::play(&mut world.node.chain());
    let height = world.node.chain().height();
    world.projected(height - 1).await;
    let maker = world.sign_in("maker").await;
    let (_, reader) = key(&world, &maker, &["goods:read"]).await;
    let (_, all) = key(&world, &maker, &Scope::ALL.map(Scope::word)).await;
    get(&world, "/api/v1/batches", &reader).await.expect(200);
    let gtin = story::batch().gtin.to_string();
    let batch = json!({ "gtin": gtin, "lot": "K-1", "made_on": "2026-10-01", "expires_on": "2028-09", "quantity": 5 });
    let refused = post(&world, "/api/v1/batches", &reader, batch.clone()).await.expect(403);
    assert_eq!(refused.problem(), "missing_scope");
    assert!(
        refused.json()["title"].as_str().is_some_and(|title| title.contains("`goods:write`")),
        "{}",
        refused.json()
    );
    assert_eq!(get(&world, "/api/v1/trace?code=x", &reader).await.expect(403).problem(), "missing_scope");
    post(&world, "/api/v1/batches", &all, batch).await.expect(201);
    // What is for people stays for people, whatever the scopes are.
    let recall = json!({ "gtin": gtin, "lot": "Lot-aB", "class": 1, "reason_en": "x", "reason_zh": "x" });
    let device = json!({ "key": "5a".repeat(32), "line": "line 2", "site": "Xi'an" });
    for (path, body) in [
        (KEYS, json!({ "name": "more", "scopes": ["goods:read"] })),
        ("/api/v1/recalls", recall),
        ("/api/v1/recalls/03030303030303030303030303030303/approve", json!({})),
        ("/api/v1/recalls/03030303030303030303030303030303/close", json!({})),
        ("/api/v1/devices", device),
    ] {
        assert_eq!(post(&world, path, &all, body).await.expect(403).problem(), "not_for_keys", "{path}");
    }
    assert_eq!(get(&world, KEYS, &all).await.expect(403).problem(), "not_for_keys");
    // Another member's things do not exist for it.
    let carrier = world.sign_in("carrier").await;
    let (_, foreign) = key(&world, &carrier, &["goods:read", "goods:write"]).await;
    let place = format!("/api/v1/batches/{gtin}/Lot-aB/orders");
    post(&world, &place, &foreign, json!({ "count": 1 })).await.expect(403);
}

#[tokio::test]
async fn epcis_takes_a_key_within_its_scope() {
    let world = World::start().await;
    let maker = world.sign_in("maker").await;
    let (_, captures) = key(&world, &maker, &["epcis:capture"]).await;
    let (_, asks) = key(&world, &maker, &["epcis:query"]).await;
    let event = json!({ "eventID": "urn:uuid:5e50c1f6-6d0a-4b4c-9a0e-0d7f1a2b3c4d", "bizStep": "storing" });
    let document = of(&[object_event(&["urn:epc:id:sgtin:0614141.107346.1"], event)]);
    let document: Value = serde_json::from_str(&document).expect("JSON");
    let refused = post(&world, "/epcis/capture", &asks, document.clone()).await.expect(403).json();
    assert!(refused["detail"].as_str().is_some_and(|detail| detail.contains("`epcis:capture`")), "{refused}");
    post(&world, "/epcis/capture", &captures, document).await.expect(202);
    get(&world, "/epcis/capture", &captures).await.expect(200);
    get(&world, "/epcis/events", &captures).await.expect(403);
    let found = get(&world, "/epcis/events", &asks).await.expect(200).json();
    assert_eq!(found["epcisBody"]["queryResults"]["resultsBody"]["eventList"].as_array().map(Vec::len), Some(1));
    post(&world, "/epcis/queries", &asks, json!({ "name": "q", "query": {} })).await.expect(201);
    get(&world, "/epcis/events", &World::bearer(GATEWAY_TOKEN)).await.expect(200);
}

#[tokio::test]
async fn d4_a_rotated_secret_overlaps_and_a_revoked_key_ends_at_once() {
    let world = World::start().await;
    let maker = world.sign_in("maker").await;
    let (id, first) = key(&world, &maker, &["goods:read"]).await;
    let rotate = async |hours: u32| {
        let path = format!("{KEYS}/{id}/rotate");
        post(&world, &path, &maker, json!({ "overlap_hours": hours })).await.expect(200).json()
    };
    let second = rotate(1).await;
    assert_eq!((&second["key"]["id"], second["key"]["old_prefix"].is_string()), (&json!(id), true), "{second}");
    let second = World::bearer(second["secret"].as_str().expect("a secret"));
    for good in [&first, &second] {
        get(&world, "/api/v1/products", good).await.expect(200);
    }
    let third = rotate(0).await;
    assert!(third["key"]["old_prefix"].is_null(), "no overlap was asked for: {third}");
    let third = World::bearer(third["secret"].as_str().expect("a secret"));
    for over in [&first, &second] {
        assert_eq!(get(&world, "/api/v1/products", over).await.expect(401).problem(), "bad_api_key");
    }
    get(&world, "/api/v1/products", &third).await.expect(200);
    for _ in 0..2 {
        let revoked = post(&world, &format!("{KEYS}/{id}/revoke"), &maker, Value::Null).await.expect(200).json();
        assert_eq!(revoked["state"], "revoked");
    }
    get(&world, "/api/v1/products", &third).await.expect(401);
    get(&world, "/epcis/events", &third).await.expect(401);
    let over = post(&world, &format!("{KEYS}/{id}/rotate"), &maker, json!({})).await.expect(409);
    assert_eq!(over.problem(), "key_is_over");
    post(&world, &format!("{KEYS}/{id}/rotate"), &maker, json!({ "overlap_hours": 169 })).await.expect(400);
}

#[tokio::test]
async fn what_is_no_key_is_refused() {
    let world = World::start().await;
    let maker = world.sign_in("maker").await;
    let (_, good) = key(&world, &maker, &["goods:read"]).await;
    let short = &good[..good.len() - 1];
    let unknown = World::bearer(crate::auth::Secret::generate().expect("randomness").reveal());
    for bad in [short, &unknown, "authorization: Bearer tl_"] {
        assert_eq!(get(&world, "/api/v1/products", bad).await.expect(401).problem(), "bad_api_key", "{bad}");
    }
    for body in [
        json!({ "name": "", "scopes": ["goods:read"] }),
        json!({ "name": "x", "scopes": [] }),
        json!({ "name": "x", "scopes": ["everything"] }),
        json!({ "name": "x\n", "scopes": ["goods:read"], "expires_in_days": 0 }),
        json!({ "name": "x".repeat(81), "scopes": ["goods:read"] }),
    ] {
        post(&world, KEYS, &maker, body).await.expect(400);
    }
    for made in 1..50 {
        post(&world, KEYS, &maker, json!({ "name": made.to_string(), "scopes": ["goods:read"] })).await.expect(201);
    }
    let full = post(&world, KEYS, &maker, json!({ "name": "one more", "scopes": ["goods:read"] })).await.expect(409);
    assert_eq!(full.problem(), "too_many_keys");
}

#[tokio::test]
async fn a_key_has_so_many_calls_a_minute() {
    let world = World::start().await;
    let maker = world.sign_in("maker").await;
    let (id, busy) = key(&world, &maker, &["goods:read"]).await;
    let (_, quiet) = key(&world, &maker, &["goods:read"]).await;
    get(&world, "/api/v1/products", &busy).await.expect(200);
    let id = uuid::Uuid::parse_str(&id).expect("an id");
    while world.state.key_limit.take(id, crate::clock::now_ms()).is_ok() {}
    let refused = get(&world, "/api/v1/products", &busy).await.expect(429);
    assert!(refused.headers.contains_key("retry-after"));
    get(&world, "/api/v1/products", &quiet).await.expect(200);
}

/// Whoever adds a call says here that it is for people, or gives it a scope.
#[test]
fn every_call_has_its_scope_or_is_for_people() {
    let document: Value = serde_json::from_str(&crate::api::document().expect("a document")).expect("JSON");
    let mut people = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        let full = crate::api::called(path);
        for method in methods.as_object().expect("methods").keys().filter(|key| *key != "servers") {
            let verb = Method::from_bytes(method.to_uppercase().as_bytes()).expect("a method");
            match needed(&verb, &full) {
                Need::Person => {
                    people.insert(format!("{method} {path}"));
                }
                Need::AnyKey => assert_eq!(method, "get", "{path}"),
                Need::Scope(Scope::GoodsRead | Scope::TraceRead) => assert_eq!(method, "get", "{path}"),
                Need::Scope(Scope::GoodsWrite | Scope::HandoverWrite) => assert_ne!(method, "get", "{path}"),
                Need::Scope(_) => {}
            }
        }
    }
    let expected = [
        "delete /account/sessions/{session}",
        "delete /recall-cases/{id}",
        "delete /session",
        "get /account",
        "get /account/sessions",
        "get /api-keys",
        "get /audit",
        "get /audit.csv",
        "get /invitations",
        "get /line/batches/{gtin}/{lot}",
        "get /line/batches/{gtin}/{lot}/codes",
        "get /lists/{file}",
        "get /map",
        "get /map.csv",
        "get /map.xlsx",
        "get /reports",
        "get /reports/rules",
        "get /reports/{case}",
        "get /reports/{case}/photos/{number}",
        "get /users",
        "post /account/password",
        "post /account/sessions/end-others",
        "post /account/totp",
        "post /account/totp/confirm",
        "post /account/totp/off",
        "post /account/totp/recovery",
        "post /api-keys",
        "post /api-keys/{key}/revoke",
        "post /api-keys/{key}/rotate",
        "post /devices",
        "post /invitations",
        "post /invitations/accept",
        "post /invitations/look",
        "post /invitations/{invitation}/revoke",
        "post /line/batches/{gtin}/{lot}/blocks",
        "post /line/manifests",
        "post /recall-cases",
        "post /recall-cases/{id}/approve",
        "post /recall-cases/{id}/close",
        "post /recall-cases/{id}/open",
        "post /recall-cases/{id}/withdraw",
        "post /recall-notices/imports",
        "post /recall-notices/imports/{id}/apply",
        "post /recall-tasks/{id}/answers",
        "post /recall-tasks/{id}/seen",
        "post /recalls",
        "post /recalls/{id}/approve",
        "post /recalls/{id}/close",
        "post /session",
        "post /users/{user}/decline",
        "post /users/{user}/reactivate",
        "post /users/{user}/release",
        "post /users/{user}/suspend",
        "post /users/{user}/totp-off",
        "put /alerts/{number}",
        "put /recall-cases/{id}",
        "put /reports/{case}",
        "put /users/{user}",
    ];
    assert_eq!(people.iter().map(String::as_str).collect::<Vec<_>>(), expected);
}

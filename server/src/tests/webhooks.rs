//! Webhooks: each member is told of its own, signed; what is not taken comes again; who wants no more is left alone.

use crate::testing::{PATIENCE, World, story};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tracelight_api::rest::webhook::EventType;
use tracelight_rest::webhook::{Secret, verify};

const HOOKS: &str = "/api/v1/webhooks";

pub(super) type Call = (HeaderMap, Bytes);

/// A receiver that answers with a status which the test can change.
pub(super) struct Receiver {
    pub(super) url: String,
    status: Arc<AtomicU16>,
    calls: mpsc::Receiver<Call>,
}

impl Receiver {
    pub(super) async fn start() -> Self {
        let (sender, calls) = mpsc::channel(64);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/hook", listener.local_addr().expect("it is bound"));
        let status = Arc::new(AtomicU16::new(204));
        let answer = Arc::clone(&status);
        let take = move |State(sender): State<mpsc::Sender<Call>>, headers: HeaderMap, body: Bytes| {
            let answer = answer.load(Ordering::SeqCst);
            async move {
                let _ = sender.send((headers, body)).await;
                StatusCode::from_u16(answer).expect("a status")
            }
        };
        let router = Router::new().route("/hook", post(take)).with_state(sender);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, status, calls }
    }

    pub(super) async fn next(&mut self) -> Call {
        tokio::time::timeout(PATIENCE, self.calls.recv()).await.expect("in time").expect("it lives")
    }
}

/// Does a call come from who has the secret? Read as an integrator's receiver reads it.
fn signed(secret: &str, headers: &HeaderMap, body: &Bytes) -> bool {
    let secret = Secret::parse(secret).expect("a secret");
    verify(&secret, headers, body, crate::clock::now_ms() / 1_000).is_ok()
}

async fn make(world: &World, who: &str, url: &str) -> (String, String) {
    let body = json!({ "url": url, "events": EventType::ALL.map(EventType::word), "description": "ERP" });
    let made = world.call("POST", HOOKS, Some(who), Some(body)).await.expect(201).json();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    (text(&made["webhook"]["id"]), text(&made["secret"]))
}

#[tokio::test]
async fn each_member_is_told_of_its_own() {
    let world = World::start().await;
    world.projected(1).await;
    let mut told = Vec::new();
    for name in ["maker", "pharmacy"] {
        let who = world.sign_in(name).await;
        let receiver = Receiver::start().await;
        let (id, secret) = make(&world, &who, &receiver.url).await;
        told.push((who, receiver, id, secret));
    }
    story::play(&mut world.node.chain());
    let recalls = ["recall.approved", "recall.closed"];
    let maker = ["batch.sealed", "shipment.shipped", "shipment.received", "recall.opened"];
    let pharmacy = ["shipment.shipped", "shipment.received"];
    for ((who, receiver, id, secret), own) in told.iter_mut().zip([&maker[..], &pharmacy[..]]) {
        let mut expected: Vec<&str> = own.iter().chain(&recalls).copied().collect();
        let mut found = Vec::new();
        for _ in 0..expected.len() {
            let (headers, body) = receiver.next().await;
            assert!(signed(secret, &headers, &body));
            assert!(!headers.contains_key("gs1-signature"));
            let body: Value = serde_json::from_slice(&body).expect("JSON");
            let data = &body["data"];
            assert!(data["evidence"]["height"].as_u64().is_some_and(|height| height > 1), "{body}");
            match body["type"].as_str().expect("a type") {
                "batch.sealed" => assert_eq!((&data["lot"], &data["units"]), (&json!("Lot-aB"), &json!(4))),
                "shipment.received" => assert_eq!(data["in_part"], json!(own.len() == 2), "{body}"),
                "shipment.shipped" => assert!(data["from"].is_string() && data["to"].is_string()),
                _ => assert_eq!((&data["class"], &data["drill"]), (&json!(1), &json!(false))),
            }
            found.push(body["type"].as_str().expect("a type").to_owned());
        }
        expected.sort_unstable();
        found.sort_unstable();
        assert_eq!(found, expected);
        let path = format!("{HOOKS}/{id}/deliveries");
        let all = |log: &Value| {
            log["items"].as_array().is_some_and(|lines| lines.iter().all(|line| line["state"] == "delivered"))
        };
        let log = world.until(&path, who, all).await;
        assert_eq!(
            (log["items"].as_array().map(Vec::len), &log["items"][0]["status"]),
            (Some(expected.len()), &json!(204))
        );
        assert!(receiver.calls.try_recv().is_err(), "and nothing else");
    }
}

#[tokio::test]
async fn d5_what_is_not_taken_is_told_and_sent_again() {
    let world = World::start().await;
    let maker = world.sign_in("maker").await;
    let mut receiver = Receiver::start().await;
    let (id, secret) = make(&world, &maker, &receiver.url).await;
    let call =
        async |method: &str, path: &str| world.call(method, &format!("{HOOKS}/{id}{path}"), Some(&maker), None).await;
    receiver.status.store(500, Ordering::SeqCst);
    let sent = call("POST", "/test").await.expect(202).json();
    assert_eq!((&sent["event"], &sent["state"]), (&json!("webhook.test"), &json!("waits")));
    let (first, body) = receiver.next().await;
    assert_eq!(first["webhook-id"], sent["id"].as_str().expect("an id"));
    let failed =
        world.until(&format!("{HOOKS}/{id}/deliveries"), &maker, |log| log["items"][0]["status"] == json!(500)).await;
    assert_eq!(failed["items"][0]["state"], "waits");
    assert!(failed["items"][0]["next_ms"].is_u64(), "{failed}");
    let failing = call("GET", "").await.expect(200).json();
    assert!(failing["failing_since_ms"].is_u64());
    assert_eq!(failing["last_delivery"]["id"], sent["id"]);
    // A new secret signs beside the old one; sending again has the same id.
    let rotated = call("POST", "/rotate").await.expect(200).json();
    let new = rotated["secret"].as_str().expect("a secret");
    assert!(rotated["webhook"]["old_secret_until_ms"].is_u64());
    receiver.status.store(200, Ordering::SeqCst);
    call("POST", &format!("/deliveries/{}/resend", sent["id"].as_str().expect("an id"))).await.expect(202);
    let (mut again, mut same) = receiver.next().await;
    while !again["webhook-signature"].to_str().is_ok_and(|both| both.contains(' ')) {
        // An attempt from before the rotation.
        (again, same) = receiver.next().await;
    }
    assert_eq!((&again["webhook-id"], &same), (&first["webhook-id"], &body));
    assert!(signed(new, &again, &same) && signed(&secret, &again, &same) && !signed(new, &first, &body));
    let taken = |log: &Value| log["items"][0]["state"] == "delivered";
    let log = world.until(&format!("{HOOKS}/{id}/deliveries"), &maker, taken).await;
    assert!(log["items"][0]["next_ms"].is_null(), "it is over");
    assert!(call("GET", "").await.expect(200).json()["failing_since_ms"].is_null(), "it is well again");
    call("DELETE", "").await.expect(204);
    call("GET", "").await.expect(404);
}

#[tokio::test]
async fn who_wants_no_more_is_left_alone_until_it_is_enabled() {
    let world = World::start().await;
    let maker = world.sign_in("maker").await;
    let mut receiver = Receiver::start().await;
    let (id, _) = make(&world, &maker, &receiver.url).await;
    let call =
        async |method: &str, path: &str| world.call(method, &format!("{HOOKS}/{id}{path}"), Some(&maker), None).await;
    receiver.status.store(410, Ordering::SeqCst);
    let sent = call("POST", "/test").await.expect(202).json();
    receiver.next().await;
    let off = world.until(&format!("{HOOKS}/{id}"), &maker, |hook| hook["state"] == "disabled").await;
    assert_eq!(off["off_because"], "gone");
    assert_eq!(call("POST", "/test").await.expect(409).problem(), "webhook_disabled");
    let resend = format!("/deliveries/{}/resend", sent["id"].as_str().expect("an id"));
    assert_eq!(call("POST", &resend).await.expect(409).problem(), "webhook_disabled");
    receiver.status.store(204, Ordering::SeqCst);
    let on = call("POST", "/enable").await.expect(200).json();
    assert!(on["state"] == "active" && on["off_because"].is_null(), "{on}");
    call("POST", &resend).await.expect(202);
    receiver.next().await;
    // What somebody switched off gives up what waits, and says so.
    receiver.status.store(500, Ordering::SeqCst);
    call("POST", "/test").await.expect(202);
    receiver.next().await;
    let off = call("POST", "/disable").await.expect(200).json();
    assert_eq!((&off["off_because"], &off["last_delivery"]["state"]), (&json!("told"), &json!("given_up")));
    assert_eq!(call("POST", "/disable").await.expect(200).json()["off_because"], "told", "twice is once");
    assert_eq!(call("POST", "/enable").await.expect(200).json()["state"], "active");
}

#[tokio::test]
async fn what_is_no_endpoint_is_refused() {
    let world = World::start().await;
    let maker = world.sign_in("maker").await;
    let good = "https://client.example.com/hook";
    for bad in [
        json!({ "url": "http://client.example.com/", "events": ["batch.sealed"] }),
        json!({ "url": "https://10.0.0.1/", "events": ["batch.sealed"] }),
        json!({ "url": "https://169.254.169.254/latest", "events": ["batch.sealed"] }),
        json!({ "url": good, "events": [] }),
        json!({ "url": good, "events": ["batch.lost"] }),
        json!({ "url": good, "events": ["batch.sealed"], "description": "x".repeat(201) }),
    ] {
        world.call("POST", HOOKS, Some(&maker), Some(bad)).await.expect(400);
    }
    for _ in 0..20 {
        make(&world, &maker, good).await;
    }
    let one = json!({ "url": good, "events": ["batch.sealed"] });
    let full = world.call("POST", HOOKS, Some(&maker), Some(one)).await.expect(409);
    assert_eq!(full.problem(), "too_many_webhooks");
}

//! Subscriptions: signed webhooks that are sent until they are taken, and the WebSocket.

use super::{capture, document, exception, object_event, of};
use crate::post::hmac_sha256;
use crate::testing::{PATIENCE, World};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tracelight_epcis::document::Format;

const JSON: &str = "application/json";
const EPC: &str = "urn:epc:id:sgtin:0614141.107346.1";

fn event(id: &str, step: &str) -> Value {
    object_event(&[EPC], json!({ "eventID": id, "bizStep": step }))
}

type Call = (HeaderMap, Bytes);

/// A subscriber that fails the first call and takes the others.
async fn subscriber() -> (String, mpsc::Receiver<Call>) {
    let (sender, receiver) = mpsc::channel(16);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/hook", listener.local_addr().expect("it is bound"));
    let failed = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let take = move |State(sender): State<mpsc::Sender<Call>>, headers: HeaderMap, body: Bytes| {
        let first = !failed.swap(true, std::sync::atomic::Ordering::SeqCst);
        async move {
            let _ = sender.send((headers, body)).await;
            if first { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::NO_CONTENT }
        }
    };
    let router = Router::new().route("/hook", post(take)).with_state(sender);
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, receiver)
}

async fn received(calls: &mut mpsc::Receiver<Call>) -> Call {
    tokio::time::timeout(PATIENCE, calls.recv()).await.expect("in time").expect("the subscriber lives")
}

fn ids(body: &[u8]) -> Vec<String> {
    let events = document(body, Format::Json).events;
    events.iter().map(|event| event.event_id.as_ref().expect("an id").as_str().to_owned()).collect()
}

#[tokio::test]
async fn a_webhook_gets_what_is_new_signed_and_until_it_takes_it() {
    let world = World::start().await;
    let maker = world.sign_in("maker").await;
    let call = async |method: &str, path: &str, body: Option<Value>| world.call(method, path, Some(&maker), body).await;
    call("POST", "/epcis/queries", Some(json!({ "name": "q", "query": { "EQ_bizStep": "shipping" } })))
        .await
        .expect(201);
    capture(&world, &maker, JSON, of(&[event("urn:uuid:before", "shipping")])).await.expect(202);
    let (url, mut calls) = subscriber().await;
    let made =
        call("POST", "/epcis/queries/q/subscriptions", Some(json!({ "dest": url, "stream": true }))).await.expect(201);
    let secret = made.json()["signatureToken"].as_str().expect("it is told once").to_owned();
    let path = super::location(&made);
    capture(&world, &maker, JSON, of(&[event("urn:uuid:other", "storing"), event("urn:uuid:new", "shipping")]))
        .await
        .expect(202);
    let (first, body) = received(&mut calls).await;
    assert_eq!(ids(&body), ["urn:uuid:new"], "what was there before is not new");
    let (again, same) = received(&mut calls).await;
    assert_eq!(
        (&first["webhook-id"], &body),
        (&again["webhook-id"], &same),
        "the same report, because it was not taken"
    );
    let key = STANDARD.decode(secret.strip_prefix("whsec_").expect("its form")).expect("base64");
    for (headers, body) in [(&first, &body), (&again, &same)] {
        let part = |name: &str| headers[name].as_bytes().to_vec();
        let signed = hmac_sha256(&key, &[&part("webhook-id"), b".", &part("webhook-timestamp"), b".", body]);
        assert_eq!(headers["webhook-signature"], format!("v1,{}", STANDARD.encode(signed)).as_str());
        assert_eq!(headers["gs1-signature"], format!("sha256={}", hex::encode(hmac_sha256(&key, &[body]))).as_str());
    }
    let delivered = |view: &Value| view["tracelight:deliveries"][0]["state"] == "delivered";
    let view = world.until(&path, &maker, delivered).await;
    assert_eq!(view["tracelight:deliveries"][0]["attempts"], 2);
    assert!(view["signatureToken"].is_null() && view["lastNotifiedAt"].is_string(), "{view}");
    call("DELETE", &path, None).await.expect(204);
    capture(&world, &maker, JSON, of(&[event("urn:uuid:late", "shipping")])).await.expect(202);
    tokio::time::sleep(std::time::Duration::from_millis(2_500)).await;
    assert!(calls.try_recv().is_err(), "it has ended");
}

#[tokio::test]
async fn what_is_no_subscription_is_refused() {
    let world = World::start().await;
    let maker = world.sign_in("maker").await;
    let call = async |path: &str, body: Value| world.call("POST", path, Some(&maker), Some(body)).await;
    call("/epcis/queries", json!({ "name": "q", "query": {} })).await.expect(201);
    call("/epcis/queries", json!({ "name": "o", "query": { "orderBy": "eventTime" } })).await.expect(201);
    let dest = "https://client.example.com/hook";
    for bad in [
        json!({ "stream": true }),
        json!({ "dest": dest }),
        json!({ "dest": dest, "stream": true, "schedule": { "minute": "5" } }),
        json!({ "dest": dest, "schedule": { "minute": "61" } }),
        json!({ "dest": "http://client.example.com/", "stream": true }),
        json!({ "dest": "https://10.0.0.1/", "stream": true }),
        json!({ "dest": dest, "stream": true, "signatureToken": "short" }),
        json!({ "dest": dest, "stream": true, "other": 1 }),
        json!({ "dest": dest, "stream": true, "initialRecordTime": "yesterday" }),
    ] {
        let reply = call("/epcis/queries/q/subscriptions", bad.clone()).await.expect(400);
        assert_eq!(exception(&reply), "SubscriptionControlsException", "{bad}");
    }
    let ordered = call("/epcis/queries/o/subscriptions", json!({ "dest": dest, "stream": true })).await.expect(400);
    assert_eq!(exception(&ordered), "SubscriptionControlsException");
    let none = call("/epcis/queries/none/subscriptions", json!({ "dest": dest, "stream": true })).await.expect(404);
    assert_eq!(exception(&none), "NoSuchNameException");
    let scheduled =
        json!({ "dest": dest, "schedule": { "hour": "1", "minute": "5" }, "signatureToken": "0123456789abcdef" });
    let made = call("/epcis/queries/q/subscriptions", scheduled).await.expect(201).json();
    assert_eq!(
        (&made["schedule"], &made["signatureToken"]),
        (&json!({ "hour": "1", "minute": "5" }), &Value::Null),
        "{made}"
    );
}

#[tokio::test]
async fn a_stream_brings_events_as_they_come() {
    let world = World::start().await;
    let maker = world.sign_in("maker").await;
    let query = json!({ "name": "q", "query": { "EQ_bizStep": ["shipping"] } });
    world.call("POST", "/epcis/queries", Some(&maker), Some(query)).await.expect(201);
    capture(&world, &maker, JSON, of(&[event("urn:uuid:before", "shipping")])).await.expect(202);
    let address = world.listen().await;
    let mut socket = TcpStream::connect(address).await.expect("it listens");
    let upgrade = format!(
        "GET /epcis/queries/q/events?stream=true&initialRecordTime=2020-01-01T00:00:00Z HTTP/1.1\r\nHost: x\r\n{maker}\r\n\
         Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    socket.write_all(upgrade.as_bytes()).await.expect("it is sent");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(tokio::time::timeout(PATIENCE, socket.read_u8()).await.expect("in time").expect("a byte"));
    }
    let head = String::from_utf8(head).expect("text");
    assert!(head.starts_with("HTTP/1.1 101"), "{head}");
    assert_eq!(ids(&message(&mut socket).await), ["urn:uuid:before"], "recorded since the time that was said");
    capture(&world, &maker, JSON, of(&[event("urn:uuid:x", "storing"), event("urn:uuid:new", "shipping")]))
        .await
        .expect(202);
    assert_eq!(ids(&message(&mut socket).await), ["urn:uuid:new"]);
}

/// The next text message: one frame without a mask (RFC 6455, 5.2).
async fn message(socket: &mut TcpStream) -> Vec<u8> {
    let read = async {
        loop {
            let (first, second) = (socket.read_u8().await?, socket.read_u8().await?);
            let length = match second & 0x7f {
                126 => u64::from(socket.read_u16().await?),
                127 => socket.read_u64().await?,
                short => u64::from(short),
            };
            let mut body = vec![0; usize::try_from(length).expect("it fits")];
            socket.read_exact(&mut body).await?;
            if first & 0x0f == 1 {
                return Ok::<_, std::io::Error>(body);
            }
        }
    };
    tokio::time::timeout(PATIENCE, read).await.expect("in time").expect("a frame")
}
